#include "http/staff_json.h"

#include <utility>

#include "access/api_json.h"
#include "access/api_key_record.h"
#include "http/api_tools.h"

namespace strongroom {
namespace {

Result<std::string> OptText(const JsonValue& json, std::string_view member) {
  ASSIGN_OR_RETURN(const std::optional<std::string_view> text, json.OptString(member));
  return std::string(text.value_or(std::string_view()));
}

void AppendMoment(JsonWriter& json, std::string_view member, const std::optional<UnixMillis>& time) {
  if (time) json.String(member, FormatTime(*time));
}

void AppendMembers(JsonWriter& json, const StaffMember& member) {
  json.String("id", FormatPrincipalId(member.id)).String("state", NameOf(member.state));
  json.String("name", member.name).String("display_name", member.display_name).String("email", member.email);
  if (!member.phone.empty()) json.String("phone", member.phone);
  json.String("language", member.language).Key("roles").BeginArray();
  for (const RoleGrant& grant : member.roles) {
    json.BeginObject().String("role", grant.role);
    AppendMoment(json, "until", grant.until);
    json.EndObject();
  }
  json.EndArray().Key("purposes").BeginArray();
  for (const std::string& purpose : member.purposes) json.String(purpose);
  json.EndArray().Key("networks").BeginArray();
  for (const IpNetwork& network : member.networks) json.String(network.ToString());
  json.EndArray().String("invited_at", FormatTime(member.invited_at));
  AppendMoment(json, "vetted_at", member.vetted_at);
  if (!member.vetting_reference.empty()) json.String("vetting_reference", member.vetting_reference);
  AppendMoment(json, "locked_at", member.locked_at);
  if (!member.locked_why.empty()) json.String("locked_why", member.locked_why);
  AppendMoment(json, "last_sign_in", member.last_sign_in);
  json.Bool("second_factor", member.has_second_factor()).Key("marks").BeginArray();
  for (const RegisterMark& mark : member.marks) {
    json.BeginObject().String("register", mark.name).String("version", mark.version).String("at", FormatTime(mark.at));
    AppendMoment(json, "valid_until", mark.valid_until);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace

Result<std::vector<RoleGrant>> RoleGrantsFromJson(const JsonValue& json) {
  std::vector<RoleGrant> grants;
  ASSIGN_OR_RETURN(const JsonValue array, json.GetArray("roles"));
  for (const JsonValue item : array) {
    RoleGrant grant;
    ASSIGN_OR_RETURN(const std::string_view role, item.GetString("role"));
    grant.role = std::string(role);
    ASSIGN_OR_RETURN(const std::optional<std::string_view> until, item.OptString("until"));
    if (until.has_value()) {
      ASSIGN_OR_RETURN(grant.until, ParseTime(*until));
    }
    RETURN_IF_ERROR(item.RefuseUnknown());
    grants.push_back(std::move(grant));
  }
  return grants;
}

Result<std::vector<std::string>> PurposesFromJson(const JsonValue& json) {
  std::vector<std::string> purposes;
  ASSIGN_OR_RETURN(const std::optional<JsonValue> array, json.OptArray("purposes"));
  if (!array.has_value()) return purposes;
  for (const JsonValue item : *array) {
    ASSIGN_OR_RETURN(const std::string_view purpose, item.AsString());
    purposes.emplace_back(purpose);
  }
  return purposes;
}

Result<StaffInvitation> StaffInvitationFromJson(const JsonValue& json) {
  StaffInvitation invitation;
  ASSIGN_OR_RETURN(const std::string_view name, json.GetString("name"));
  invitation.name = std::string(name);
  ASSIGN_OR_RETURN(invitation.display_name, OptText(json, "display_name"));
  ASSIGN_OR_RETURN(invitation.email, OptText(json, "email"));
  ASSIGN_OR_RETURN(invitation.phone, OptText(json, "phone"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> language, json.OptString("language"));
  invitation.language = std::string(language.value_or("en"));
  ASSIGN_OR_RETURN(invitation.roles, RoleGrantsFromJson(json));
  ASSIGN_OR_RETURN(invitation.purposes, PurposesFromJson(json));
  ASSIGN_OR_RETURN(const std::optional<JsonValue> networks, json.OptArray("networks"));
  if (networks.has_value()) {
    for (const JsonValue item : *networks) {
      ASSIGN_OR_RETURN(const std::string_view text, item.AsString());
      const std::optional<IpNetwork> network = IpNetwork::Parse(text);
      if (!network.has_value()) {
        return Status(Reason::kInvalidArgument, "'networks' takes addresses and CIDR blocks, such as 10.0.0.0/8");
      }
      invitation.networks.push_back(*network);
    }
  }
  RETURN_IF_ERROR(json.RefuseUnknown());
  return invitation;
}

Result<RegisterMark> RegisterMarkFromJson(const JsonValue& json) {
  RegisterMark mark;
  ASSIGN_OR_RETURN(const std::string_view name, json.GetString("register"));
  ASSIGN_OR_RETURN(const std::string_view version, json.GetString("version"));
  mark.name = std::string(name);
  mark.version = std::string(version);
  ASSIGN_OR_RETURN(const std::optional<std::string_view> until, json.OptString("valid_until"));
  if (until.has_value()) {
    ASSIGN_OR_RETURN(mark.valid_until, ParseTime(*until));
  }
  RETURN_IF_ERROR(json.RefuseUnknown());
  return mark;
}

void AppendStaffJson(JsonWriter& json, const StaffMember& member) {
  json.BeginObject();
  AppendMembers(json, member);
  json.EndObject();
}

void AppendInvitedJson(JsonWriter& json, const Invited& invited) {
  json.BeginObject();
  AppendMembers(json, *invited.member);
  AppendEnrolmentCode(json, invited);
  json.String("enrolment_until", FormatTime(*invited.member->invitation_until));
  json.EndObject();
}

}  // namespace strongroom
