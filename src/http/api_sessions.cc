// Sessions: one's own described, listed, ended; somebody else's by right.
#include "access/api_json.h"
#include "access/front_door.h"
#include "access/sign_in_json.h"
#include "http/api_door.h"

namespace strongroom {
namespace {

Result<Response> Describe(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const SessionView view,
                   DescribeSession(call.vault.front_door().kit(), call.vault.registers(), call.caller).Wait());
  Bytes out;
  JsonWriter json(out);
  AppendSessionViewJson(json, view);
  return JsonResponse(std::move(out));
}

Result<Response> SignOut(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  RETURN_IF_ERROR(call.vault.front_door().sessions().End(call.caller, call.caller.session_id).Wait().status());
  Response response = Nothing();
  response.headers.emplace_back("Set-Cookie", DropSessionCookie());
  return response;
}

Result<Response> List(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({"person"}));
  PrincipalId person = call.caller.principal->id;
  if (const auto other = call.request.Query("person")) {
    ASSIGN_OR_RETURN(person, ParsePrincipalId(*other));
  }
  ASSIGN_OR_RETURN(const std::vector<SessionInfo> sessions,
                   call.vault.front_door().sessions().List(call.caller, person).Wait());
  Bytes out;
  JsonWriter json(out);
  AppendSessionsJson(json, sessions, call.caller.session_id);
  return JsonResponse(std::move(out));
}

Result<Response> End(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  ASSIGN_OR_RETURN(const uint64_t id, ParseSessionId(call.request.Param("id")));
  RETURN_IF_ERROR(call.vault.front_door().sessions().End(call.caller, id).Wait().status());
  return Nothing();
}

}  // namespace

void AddSessionRoutes(RouteAdder& add) {
  add.Worker("GET", "/v1/session", Describe);
  add.Worker("DELETE", "/v1/session", SignOut);
  add.Worker("GET", "/v1/sessions", List);
  add.Worker("DELETE", "/v1/sessions/{id}", End);
}

}  // namespace strongroom
