// People who sign in: invited, vetted, given roles, suspended, gone.
#include "access/api_json.h"
#include "http/api_tools.h"
#include "http/staff_json.h"

namespace strongroom {
namespace {

Result<PrincipalId> IdOf(const ApiCall& call) { return ParsePrincipalId(call.request.Param("id")); }

Response StaffResponse(const StaffMember& member) {
  Bytes out;
  JsonWriter json(out);
  AppendStaffJson(json, member);
  return JsonResponse(std::move(out));
}

// The code is in it: wiped unless it is sent.
Response InvitedResponse(const Invited& invited, int status) {
  PlainBytes out;
  out.mutable_bytes().reserve(4096);
  JsonWriter json(out.mutable_bytes());
  AppendInvitedJson(json, invited);
  return JsonResponse(std::move(out.mutable_bytes()), status);
}

Result<Response> List(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const std::vector<StaffMemberPtr> staff, call.vault.staff().List(call.caller).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("staff").BeginArray();
  for (const StaffMemberPtr& member : staff) AppendStaffJson(json, *member);
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Get(ApiCall& call) {
  ASSIGN_OR_RETURN(const PrincipalId id, IdOf(call));
  ASSIGN_OR_RETURN(const StaffMemberPtr member, call.vault.staff().Get(call.caller, id).Wait());
  return StaffResponse(*member);
}

Result<Response> Invite(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  ASSIGN_OR_RETURN(StaffInvitation invitation, StaffInvitationFromJson(document.root()));
  ASSIGN_OR_RETURN(const Invited invited, call.vault.staff().Invite(call.caller, std::move(invitation)).Wait());
  return InvitedResponse(invited, 201);
}

Result<Response> InviteAgain(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  ASSIGN_OR_RETURN(const PrincipalId id, IdOf(call));
  ASSIGN_OR_RETURN(const Invited invited, call.vault.staff().InviteAgain(call.caller, id).Wait());
  return InvitedResponse(invited, 200);
}

Result<Response> Vet(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  ASSIGN_OR_RETURN(const std::string_view reference, document.root().GetString("reference"));
  RETURN_IF_ERROR(document.root().RefuseUnknown());
  ASSIGN_OR_RETURN(const PrincipalId id, IdOf(call));
  ASSIGN_OR_RETURN(const StaffMemberPtr member, call.vault.staff().Vet(call.caller, id, reference).Wait());
  return StaffResponse(*member);
}

Result<Response> ChangeRoles(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  ASSIGN_OR_RETURN(std::vector<RoleGrant> roles, RoleGrantsFromJson(document.root()));
  ASSIGN_OR_RETURN(std::vector<std::string> purposes, PurposesFromJson(document.root()));
  RETURN_IF_ERROR(document.root().RefuseUnknown());
  ASSIGN_OR_RETURN(const PrincipalId id, IdOf(call));
  ASSIGN_OR_RETURN(const StaffMemberPtr member,
                   call.vault.staff().ChangeRoles(call.caller, id, std::move(roles), std::move(purposes)).Wait());
  return StaffResponse(*member);
}

Result<Response> TakeRoles(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  ASSIGN_OR_RETURN(const std::vector<std::string_view> taken, ReadStrings(document.root(), "roles", 16));
  RETURN_IF_ERROR(document.root().RefuseUnknown());
  ASSIGN_OR_RETURN(const PrincipalId id, IdOf(call));
  const std::vector<std::string> roles(taken.begin(), taken.end());
  ASSIGN_OR_RETURN(const StaffMemberPtr member, call.vault.staff().TakeRoles(call.caller, id, roles).Wait());
  return StaffResponse(*member);
}

using Step = Receipted<StaffMemberPtr> (Staff::*)(const Caller&, PrincipalId);

template <Step kStep>
Result<Response> Take(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  ASSIGN_OR_RETURN(const PrincipalId id, IdOf(call));
  ASSIGN_OR_RETURN(const StaffMemberPtr member, (call.vault.staff().*kStep)(call.caller, id).Wait());
  return StaffResponse(*member);
}

}  // namespace

void AddStaffRoutes(RouteAdder& add) {
  add.Worker("GET", "/v1/staff", List);
  add.Worker("POST", "/v1/staff", Invite);
  add.Worker("GET", "/v1/staff/{id}", Get);
  add.Worker("POST", "/v1/staff/{id}/vet", Vet);
  add.Worker("POST", "/v1/staff/{id}/roles", ChangeRoles);
  add.Worker("POST", "/v1/staff/{id}/take-roles", TakeRoles);
  add.Worker("POST", "/v1/staff/{id}/suspend", Take<&Staff::Suspend>);
  add.Worker("POST", "/v1/staff/{id}/resume", Take<&Staff::Resume>);
  add.Worker("POST", "/v1/staff/{id}/leave", Take<&Staff::Leave>);
  add.Worker("POST", "/v1/staff/{id}/invite-again", InviteAgain);
}

}  // namespace strongroom
