// Devices: requested, granted, renewed, revoked; and what they report of themselves.
#include "access/api_json.h"
#include "access/api_key_record.h"
#include "http/api_door.h"
#include "http/api_tools.h"

namespace strongroom {
namespace {

constexpr size_t kMaxRequestBytes = 16u << 10;

void AppendPosture(JsonWriter& json, const DevicePosture& posture) {
  json.Key("posture").BeginObject().String("at", FormatTime(posture.at));
  json.Bool("disk_encrypted", posture.disk_encrypted).Bool("protection_current", posture.protection_current);
  json.String("os", posture.os).EndObject();
}

// Members only, inside of an object that the caller opens.
void AppendDevice(JsonWriter& json, const DeviceView& view) {
  const DeviceRecord& device = view.record;
  json.String("id", FormatDeviceId(device.id)).String("label", device.label);
  json.Key("person").BeginObject().String("id", FormatPrincipalId(device.person)).String("name", view.person_name);
  json.EndObject().String("state", NameOf(view.stage)).Bool("healthy", view.healthy);
  json.String("requested_at", FormatTime(device.requested_at));
  if (device.granted_at != 0) {
    json.String("enrolled_at", FormatTime(device.granted_at));
    json.String("granted_by", FormatPrincipalId(device.granted_by));
    json.String("expires_at", FormatTime(device.ends_at()));
  }
  if (device.revoked_at != 0) json.String("revoked_at", FormatTime(device.revoked_at));
  if (device.posture.has_value()) AppendPosture(json, *device.posture);
}

Response DeviceResponse(const DeviceView& view, int status = 200) {
  Bytes out;
  JsonWriter json(out);
  json.BeginObject();
  AppendDevice(json, view);
  if (!view.record.certificates.empty()) {
    json.String("certificate", CertificatePem(view.record.certificates.back().der));
    json.String("authority", CertificatePem(view.authority));
  }
  json.EndObject();
  return JsonResponse(std::move(out), status);
}

Response ListResponse(const std::vector<DeviceView>& views) {
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("devices").BeginArray();
  for (const DeviceView& view : views) {
    json.BeginObject();
    AppendDevice(json, view);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<DeviceId> IdOf(const Request& request) { return ParseDeviceId(request.Param("id")); }

Result<std::string_view> ReadRequest(const JsonValue& body) {
  ASSIGN_OR_RETURN(const std::string_view text, body.GetString("request"));
  if (text.size() > kMaxRequestBytes) return Status(Reason::kInvalidArgument, "'request' has at most 16384 bytes");
  return text;
}

Result<int64_t> ReadDays(const JsonValue& body) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> days,
                   body.OptInt("days", CertificateAuthority::kLeastDays, CertificateAuthority::kMostDays));
  return days.value_or(Devices::kUsualDays);
}

Result<Response> List(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const std::vector<DeviceView> all, call.vault.devices().List(call.caller).Wait());
  return ListResponse(all);
}

Result<Response> ListOwn(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const std::vector<DeviceView> own, call.vault.devices().ListOwn(call.caller).Wait());
  return ListResponse(own);
}

Result<Response> Get(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const DeviceId id, IdOf(call.request));
  ASSIGN_OR_RETURN(const DeviceView view, call.vault.devices().Get(call.caller, id).Wait());
  return DeviceResponse(view);
}

Result<Response> Ask(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view label, body.GetString("label"));
  ASSIGN_OR_RETURN(const std::string_view request, ReadRequest(body));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const DeviceView view, call.vault.devices().Request(call.caller, label, request).Wait());
  return DeviceResponse(view, 201);
}

Result<Response> Issue(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view person_text, body.GetString("person"));
  ASSIGN_OR_RETURN(const PrincipalId person, ParsePrincipalId(person_text));
  ASSIGN_OR_RETURN(const std::string_view label, body.GetString("label"));
  ASSIGN_OR_RETURN(const std::string_view request, ReadRequest(body));
  ASSIGN_OR_RETURN(const int64_t days, ReadDays(body));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const DeviceView view, call.vault.devices().Issue(call.caller, person, label, request, days).Wait());
  return DeviceResponse(view, 201);
}

Result<Response> Grant(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  ASSIGN_OR_RETURN(const int64_t days, ReadDays(document.root()));
  RETURN_IF_ERROR(document.root().RefuseUnknown());
  ASSIGN_OR_RETURN(const DeviceId id, IdOf(call.request));
  ASSIGN_OR_RETURN(const DeviceView view, call.vault.devices().Grant(call.caller, id, days).Wait());
  return DeviceResponse(view);
}

Result<Response> Renew(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> request, document.root().OptString("request"));
  ASSIGN_OR_RETURN(const int64_t days, ReadDays(document.root()));
  RETURN_IF_ERROR(document.root().RefuseUnknown());
  ASSIGN_OR_RETURN(const DeviceId id, IdOf(call.request));
  ASSIGN_OR_RETURN(const DeviceView view,
                   call.vault.devices().Renew(call.caller, id, request.value_or(""), days).Wait());
  return DeviceResponse(view);
}

Result<Response> Revoke(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  ASSIGN_OR_RETURN(const DeviceId id, IdOf(call.request));
  ASSIGN_OR_RETURN(const DeviceView view, call.vault.devices().Revoke(call.caller, id).Wait());
  return DeviceResponse(view);
}

// --- by the device itself, which is nobody yet: its signature is its authority ---

Result<Response> Challenge(DoorCall& call) {
  ASSIGN_OR_RETURN(const DeviceId id, IdOf(call.request));
  ASSIGN_OR_RETURN(const std::string nonce, call.vault.devices().Challenge(id));
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("nonce", nonce).EndObject();
  return JsonResponse(std::move(out));
}

Result<Bytes> ReadBytes(const JsonValue& body, std::string_view member) {
  ASSIGN_OR_RETURN(const std::string_view text, body.GetString(member));
  Result<Bytes> bytes = Base64UrlDecode(text);
  if (!bytes.ok()) return Status(Reason::kPostureInvalid, "'report' and 'signature' are base64url without padding");
  return bytes;
}

Result<Response> Report(DoorCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const Bytes report, ReadBytes(body, "report"));
  ASSIGN_OR_RETURN(const Bytes signature, ReadBytes(body, "signature"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const DeviceId id, IdOf(call.request));
  const ReportFrom from{call.request.address(), call.request.request_id()};
  ASSIGN_OR_RETURN(const DevicePosture posture, call.vault.devices().Report(from, id, report, signature));
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Bool("healthy", posture.good()).String("at", FormatTime(posture.at)).EndObject();
  return JsonResponse(std::move(out));
}

}  // namespace

void AddDeviceRoutes(RouteAdder& add, VaultKeeper& keeper) {
  add.Worker("GET", "/v1/devices", List);
  add.Worker("POST", "/v1/devices", Ask);
  add.Worker("POST", "/v1/devices:issue", Issue);
  add.Worker("GET", "/v1/devices/{id}", Get);
  add.Worker("DELETE", "/v1/devices/{id}", Revoke);
  add.Worker("POST", "/v1/devices/{id}/grant", Grant);
  add.Worker("POST", "/v1/devices/{id}/renew", Renew);
  add.Worker("GET", "/v1/me/devices", ListOwn);
  AddDoorRoute(add, keeper, "POST", "/v1/devices/{id}/challenge", Challenge);
  AddDoorRoute(add, keeper, "POST", "/v1/devices/{id}/posture", Report);
}

}  // namespace strongroom
