// API keys: made, listed, revoked.
#include "access/api_json.h"
#include "http/api_tools.h"

namespace strongroom {
namespace {

Result<Response> Create(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  ASSIGN_OR_RETURN(ApiKeySpec spec, ApiKeySpecFromJson(document.root(), call.vault.house().clock().NowMillis()));
  ASSIGN_OR_RETURN(const NewApiKey made, call.vault.api_keys().Create(call.caller, std::move(spec)).Wait());
  PlainBytes out;  // wiped unless it is sent
  out.mutable_bytes().reserve(1024);
  JsonWriter json(out.mutable_bytes());
  AppendNewApiKeyJson(json, made);
  return JsonResponse(std::move(out.mutable_bytes()), 201);
}

Result<Response> List(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const std::vector<ApiKeyInfo> keys, call.vault.api_keys().List(call.caller).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("api_keys").BeginArray();
  for (const ApiKeyInfo& info : keys) AppendApiKeyJson(json, info);
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Revoke(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  ASSIGN_OR_RETURN(const PrincipalId id, ParsePrincipalId(call.request.Param("id")));
  ASSIGN_OR_RETURN(const ApiKeyInfo info, call.vault.api_keys().Revoke(call.caller, id).Wait());
  Bytes out;
  JsonWriter json(out);
  AppendApiKeyJson(json, info);
  return JsonResponse(std::move(out));
}

}  // namespace

void AddCredentialRoutes(RouteAdder& add) {
  add.Worker("POST", "/v1/api-keys", Create);
  add.Worker("GET", "/v1/api-keys", List);
  add.Worker("DELETE", "/v1/api-keys/{id}", Revoke);
}

}  // namespace strongroom
