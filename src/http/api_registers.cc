// What is asked of everybody who signs in, and who is behind; and the settings of access.
#include "access/api_json.h"
#include "access/api_key_record.h"
#include "http/api_tools.h"
#include "http/staff_json.h"

namespace strongroom {
namespace {

void AppendRegister(JsonWriter& json, const Register& one, UnixMillis now) {
  const RegisterVersion* due = one.DueAt(now);
  json.BeginObject().String("name", one.name).String("kind", NameOf(one.kind)).Bool("needed", one.needed);
  json.String("version", due == nullptr ? one.versions.front().version : due->version);
  if (one.valid_days) json.Int("valid_days", *one.valid_days);
  json.Key("versions").BeginArray();
  for (const RegisterVersion& version : one.versions) {
    json.BeginObject().String("version", version.version).String("due_from", FormatTime(version.due_from));
    json.String("reference", version.reference).EndObject();
  }
  json.EndArray().EndObject();
}

void AppendDue(JsonWriter& json, const PersonsDue& person) {
  json.BeginObject().String("id", FormatPrincipalId(person.person->id)).String("name", person.person->display_name);
  json.Key("due").BeginArray();
  for (const DueMark& mark : person.due) {
    json.BeginObject().String("register", mark.name).String("version", mark.version).Bool("overdue", mark.overdue);
    json.String("due", FormatTime(mark.due_at)).EndObject();
  }
  json.EndArray().EndObject();
}

UnixMillis NowOf(const ApiCall& call) { return call.vault.house().clock().NowMillis(); }

Result<Response> List(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const RegisterReport report, call.vault.registers().Read(call.caller).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("registers").BeginArray();
  for (const Register& one : report.registers) AppendRegister(json, one, NowOf(call));
  json.EndArray().Key("behind").BeginArray();
  for (const PersonsDue& person : report.due) AppendDue(json, person);
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<RegisterChange> RegisterChangeFromJson(const JsonValue& json) {
  RegisterChange change;
  ASSIGN_OR_RETURN(const std::string_view version, json.GetString("version"));
  change.version = std::string(version);
  ASSIGN_OR_RETURN(const std::optional<std::string_view> kind, json.OptString("kind"));
  if (kind.has_value()) {
    change.kind = RegisterKindFromName(*kind);
    if (!change.kind) return Status(Reason::kInvalidArgument, "'kind' is training, agreement or acceptable-use");
  }
  ASSIGN_OR_RETURN(const std::optional<std::string_view> due_from, json.OptString("due_from"));
  if (due_from.has_value()) {
    ASSIGN_OR_RETURN(change.due_from, ParseTime(*due_from));
  }
  ASSIGN_OR_RETURN(const std::optional<std::string_view> reference, json.OptString("reference"));
  if (reference.has_value()) change.reference = std::string(*reference);
  ASSIGN_OR_RETURN(change.valid_days, json.OptInt("valid_days", 1, 3660));
  ASSIGN_OR_RETURN(change.needed, json.OptBool("needed"));
  RETURN_IF_ERROR(json.RefuseUnknown());
  return change;
}

Result<Response> Put(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  ASSIGN_OR_RETURN(const RegisterChange change, RegisterChangeFromJson(document.root()));
  ASSIGN_OR_RETURN(const Register one,
                   call.vault.registers().Put(call.caller, call.request.Param("name"), change).Wait());
  Bytes out;
  JsonWriter json(out);
  AppendRegister(json, one, NowOf(call));
  return JsonResponse(std::move(out));
}

Response StaffResponse(const StaffMember& member) {
  Bytes out;
  JsonWriter json(out);
  AppendStaffJson(json, member);
  return JsonResponse(std::move(out));
}

Result<Response> RecordMark(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  ASSIGN_OR_RETURN(RegisterMark mark, RegisterMarkFromJson(document.root()));
  ASSIGN_OR_RETURN(const PrincipalId id, ParsePrincipalId(call.request.Param("id")));
  ASSIGN_OR_RETURN(const StaffMemberPtr member, call.vault.registers().Record(call.caller, id, std::move(mark)).Wait());
  return StaffResponse(*member);
}

Result<Response> Accept(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  ASSIGN_OR_RETURN(RegisterMark mark, RegisterMarkFromJson(document.root()));
  ASSIGN_OR_RETURN(const StaffMemberPtr member, call.vault.registers().Accept(call.caller, std::move(mark)).Wait());
  return StaffResponse(*member);
}

Response SettingsResponse(const AccessSettingsView& view) {
  Bytes out;
  JsonWriter json(out);
  json.BeginObject();
  AppendAccessSettings(json, view.settings);
  json.String("etag", view.etag).EndObject();
  return JsonResponse(std::move(out), 200, view.etag);
}

Result<Response> ReadSettings(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const AccessSettingsView view, call.vault.access_settings().Read(call.caller).Wait());
  return SettingsResponse(view);
}

// The etag of GET comes back as If-Match, or within the body that GET answered.
Result<Response> ChangeSettings(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> etag, document.root().OptString("etag"));
  ASSIGN_OR_RETURN(AccessSettings settings, AccessSettingsFromJson(document.root()));
  std::string_view if_match = call.request.Header("If-Match");
  if (if_match.empty()) if_match = etag.value_or("");
  ASSIGN_OR_RETURN(const AccessSettingsView view,
                   call.vault.access_settings().Change(call.caller, std::move(settings), if_match).Wait());
  return SettingsResponse(view);
}

}  // namespace

void AddRegisterRoutes(RouteAdder& add) {
  add.Worker("GET", "/v1/registers", List);
  add.Worker("PUT", "/v1/registers/{name}", Put);
  add.Worker("POST", "/v1/staff/{id}/record", RecordMark);
  add.Worker("POST", "/v1/me:accept", Accept);
  add.Worker("GET", "/v1/access-settings", ReadSettings);
  add.Worker("PUT", "/v1/access-settings", ChangeSettings);
}

}  // namespace strongroom
