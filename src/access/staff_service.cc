#include "access/staff_service.h"

#include <algorithm>
#include <set>
#include <utility>

#include "access/api_key_record.h"
#include "access/invitation_code.h"
#include "base/encoding.h"
#include "vault/normalise_text.h"

namespace strongroom {
namespace {

constexpr int64_t kMillisPerDay = 86'400'000;
constexpr size_t kMostRoles = 16;
constexpr size_t kMostEntries = 100;
constexpr size_t kLongestTextBytes = 200;
constexpr size_t kLongestNameCharacters = 64;
constexpr std::string_view kAdministrator = "administrator";

Status Refused(std::string message) { return Status(Reason::kInvalidArgument, std::move(message)); }

bool IsPlainText(std::string_view text, size_t at_most) {
  return text.size() <= at_most && IsValidUtf8(text) && !HasDirectionControls(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
}

Status CheckRoles(const std::vector<RoleGrant>& roles, const PolicySet& policy, UnixMillis now) {
  if (roles.empty() || roles.size() > kMostRoles) return Refused("roles must name 1 to 16 roles");
  std::set<std::string_view> seen;
  for (const RoleGrant& grant : roles) {
    if (!policy.HasRole(grant.role)) {
      return Status(Reason::kRoleUnknown,
                    "the policy in force lacks one of the roles; 'strongroom policy show' lists them");
    }
    if (!seen.insert(grant.role).second) return Refused("roles names one twice");
    if (grant.until && *grant.until <= now) return Refused("a role's 'until' must lie in the future");
  }
  return Status::Ok();
}

Status CheckPurposes(const std::vector<std::string>& purposes) {
  if (purposes.size() > kMostEntries) return Refused("purposes has more than 100 entries");
  for (const std::string& purpose : purposes) {
    if (purpose == "*" && purposes.size() > 1)
      return Refused("purposes: \"*\" already stands for every one; write it alone");
    if (purpose.empty() || !IsPlainText(purpose, 64)) return Refused("a purpose is 1 to 64 bytes of text");
  }
  return Status::Ok();
}

Status CheckInvitation(const StaffInvitation& invitation, const PolicySet& policy, UnixMillis now) {
  if (invitation.name.empty() || !IsPlainText(invitation.name, kLongestTextBytes) ||
      CountCodePoints(invitation.name) > kLongestNameCharacters || FoldForSearch(invitation.name).empty()) {
    return Refused("name must be 1 to 64 characters of text");
  }
  for (const std::string* text : {&invitation.display_name, &invitation.email, &invitation.phone}) {
    if (!IsPlainText(*text, kLongestTextBytes))
      return Refused("display_name, email and phone are at most 200 bytes of text");
  }
  if (invitation.language != "en" && invitation.language != "sv" && invitation.language != "zh") {
    return Refused("language is en, sv or zh");
  }
  if (invitation.networks.size() > kMostEntries) return Refused("networks has more than 100 entries");
  RETURN_IF_ERROR(CheckPurposes(invitation.purposes));
  return CheckRoles(invitation.roles, policy, now);
}

StaffMember MemberOf(StaffInvitation&& invitation, PrincipalId by, UnixMillis now) {
  StaffMember member;
  member.name = std::move(invitation.name);
  member.display_name = invitation.display_name.empty() ? member.name : std::move(invitation.display_name);
  member.email = std::move(invitation.email);
  member.phone = std::move(invitation.phone);
  member.language = std::move(invitation.language);
  member.roles = std::move(invitation.roles);
  for (RoleGrant& grant : member.roles) grant.granted_by = by;
  member.purposes = std::move(invitation.purposes);
  member.networks = std::move(invitation.networks);
  member.invited_by = by;
  member.invited_at = now;
  return member;
}

// Draws a code and puts its HMAC, not the code, into the document.
SecretBytes OpenInvitation(const KeyRing& office, Random& random, UnixMillis now, StaffMember& member) {
  SecretBytes code = DrawInvitationCode(random);
  member.invitation_mac = InvitationMac(office, code);
  member.invitation_until = now + Staff::kInvitationDays * kMillisPerDay;
  return code;
}

PrincipalId DrawId(Random& random) {
  PrincipalId id = 0;
  while (id == 0) id = random.NextU64();
  return id;
}

void ForgetFactors(StaffMember& member) {
  member.password.clear();
  member.password_set_at.reset();
  member.passkeys.clear();
  member.totp_secret.clear();
  member.totp_last_step = -1;
  member.phone_confirmed = false;
  member.recovery_codes.clear();
  member.question.clear();
  member.answer.clear();
}

std::string RolesText(const std::vector<RoleGrant>& roles) {
  std::string text;
  for (const RoleGrant& grant : roles) text += (text.empty() ? "" : ",") + grant.role;
  return text.empty() ? "none" : text;
}

// What was granted, whole: it can be proved from the log for ever, also where the names do not fit into the detail.
Digest HashOfGrant(const std::vector<RoleGrant>& roles, const std::vector<std::string>& purposes) {
  StaffMember grant;
  grant.roles = roles;
  grant.purposes = purposes;
  return Sha256(grant.Encode());
}

std::string Detail(PrincipalId id, const std::string& what) {
  std::string detail = "staff " + FormatPrincipalId(id) + " " + what;
  if (detail.size() > AuditEntry::kMaxDetailBytes) detail.resize(AuditEntry::kMaxDetailBytes);
  return detail;
}

Status NotFrom(StaffState state) {
  return Status(Reason::kStaffStateWrong,
                "this step does not begin from the state '" + std::string(NameOf(state)) + "'");
}

}  // namespace

Result<Invited> Staff::PrepareFirst(const SealedStore& office, SealedBatch& batch, StaffInvitation invitation,
                                    const PolicySet& policy, UnixMillis now, Random& random) {
  RETURN_IF_ERROR(CheckInvitation(invitation, policy, now));
  StaffMember member = MemberOf(std::move(invitation), 0, now);
  member.id = DrawId(random);
  member.state = StaffState::kVetted;
  member.vetted_at = now;
  member.vetting_reference = "first administrator";
  SecretBytes code = OpenInvitation(office.ring(), random, now, member);
  RETURN_IF_ERROR(StaffDirectory::Prepare(office, batch, member));
  return Invited{std::make_shared<const StaffMember>(std::move(member)), std::move(code)};
}

Receipted<std::vector<StaffMemberPtr>> Staff::List(const Caller& caller) const {
  Permit permit = gate_.Authorise(caller, Action::kStaffRead);
  if (!permit.granted()) return permit.Refuse<std::vector<StaffMemberPtr>>();
  return permit.Finish(directory_.All());
}

Receipted<StaffMemberPtr> Staff::Get(const Caller& caller, PrincipalId id) const {
  Permit permit = gate_.Authorise(caller, Action::kStaffRead);
  if (!permit.granted()) return permit.Refuse<StaffMemberPtr>();
  StaffMemberPtr member = directory_.Find(id);
  if (member == nullptr) return permit.Fail<StaffMemberPtr>(Status(Reason::kStaffNotFound));
  return permit.Finish(std::move(member));
}

Receipted<Invited> Staff::Invite(const Caller& caller, StaffInvitation invitation) {
  Permit permit = gate_.Authorise(caller, Action::kStaffInvite);
  if (!permit.granted()) return permit.Refuse<Invited>();
  const House& house = gate_.house();
  if (const Status fit = CheckInvitation(invitation, *gate_.policy().Get(), now()); !fit.ok()) {
    return permit.Fail<Invited>(fit);
  }
  StaffMember member = MemberOf(std::move(invitation), caller.principal->id, now());
  member.id = DrawId(house.random());
  SecretBytes code = OpenInvitation(house.office().sealed->ring(), house.random(), now(), member);
  permit.entry().detail = Detail(member.id, "invited, roles " + RolesText(member.roles));
  permit.entry().change = Sha256(member.Encode());
  const auto check = [this](const StaffMember& added) { return ceiling_.Check(nullptr, added); };
  Result<StaffMemberPtr> added = directory_.Add(std::move(permit), std::move(member), check).Wait();
  if (!added.ok()) return added.status();
  return Receipted<Invited>(Invited{*std::move(added), std::move(code)}, Receipt::Settled(Status::Ok()));
}

Receipted<StaffMemberPtr> Staff::ChangeOther(Permit permit, PrincipalId id, const StaffDirectory::ChangeFn& change) {
  if (permit.caller().principal->id == id) {
    return permit.Fail<StaffMemberPtr>(
        Status(Reason::kOwnCaseRefused, "nobody does this to their own account; ask a colleague"));
  }
  return directory_.Change(std::move(permit), id, change);
}

Receipted<StaffMemberPtr> Staff::Vet(const Caller& caller, PrincipalId id, std::string_view reference) {
  Permit permit = gate_.Authorise(caller, Action::kStaffVet);
  if (!permit.granted()) return permit.Refuse<StaffMemberPtr>();
  permit.entry().detail = Detail(id, "vetted");
  if (reference.empty() || !IsPlainText(reference, kLongestTextBytes)) {
    return permit.Fail<StaffMemberPtr>(
        Refused("name where the papers of the vetting are (reference), at most 200 bytes"));
  }
  const PrincipalId by = caller.principal->id;
  return ChangeOther(std::move(permit), id, [this, by, reference](StaffMember& member) {
    if (member.state != StaffState::kInvited) return NotFrom(member.state);
    if (member.invited_by == by) {
      return Status(Reason::kOwnCaseRefused, "whoever invited somebody does not vet them; ask a colleague");
    }
    member.state = StaffState::kVetted;
    member.vetted_by = by;
    member.vetted_at = now();
    member.vetting_reference = std::string(reference);
    return Status::Ok();
  });
}

Receipted<Invited> Staff::InviteAgain(const Caller& caller, PrincipalId id) {
  Permit permit = gate_.Authorise(caller, Action::kStaffChange);
  if (!permit.granted()) return permit.Refuse<Invited>();
  permit.entry().detail = Detail(id, "invited again");
  SecretBytes code;
  Result<StaffMemberPtr> changed = ChangeOther(std::move(permit), id, [&](StaffMember& member) {
                                     if (member.state == StaffState::kSuspended || member.state == StaffState::kLeft)
                                       return NotFrom(member.state);
                                     // Whoever was in begins anew: the invitation must not lie beside a password that
                                     // still opens.
                                     if (member.state == StaffState::kActive) member.state = StaffState::kVetted;
                                     ForgetFactors(member);
                                     const House& house = gate_.house();
                                     code =
                                         OpenInvitation(house.office().sealed->ring(), house.random(), now(), member);
                                     return Status::Ok();
                                   }).Wait();
  if (!changed.ok()) return changed.status();
  return Receipted<Invited>(Invited{*std::move(changed), std::move(code)}, Receipt::Settled(Status::Ok()));
}

Receipted<StaffMemberPtr> Staff::ChangeRoles(const Caller& caller, PrincipalId id, std::vector<RoleGrant> roles,
                                             std::vector<std::string> purposes) {
  Permit permit = gate_.Authorise(caller, Action::kStaffChange);
  if (!permit.granted()) return permit.Refuse<StaffMemberPtr>();
  Status fit = CheckRoles(roles, *gate_.policy().Get(), now());
  if (fit.ok()) fit = CheckPurposes(purposes);
  if (!fit.ok()) return permit.Fail<StaffMemberPtr>(fit);
  for (RoleGrant& grant : roles) grant.granted_by = caller.principal->id;
  const StaffMemberPtr before = directory_.Find(id);
  permit.entry().detail =
      Detail(id, "roles " + (before == nullptr ? "none" : RolesText(before->roles)) + " become " + RolesText(roles));
  permit.entry().change = HashOfGrant(roles, purposes);
  return ChangeOther(std::move(permit), id, [&](StaffMember& member) {
    if (member.state == StaffState::kLeft) return NotFrom(member.state);
    const bool stays =
        std::any_of(roles.begin(), roles.end(), [](const RoleGrant& grant) { return grant.role == kAdministrator; });
    if (!stays) RETURN_IF_ERROR(RefuseLastAdministrator(member));
    const StaffMember as_was = member;
    member.roles = roles;
    member.purposes = purposes;
    return ceiling_.Check(&as_was, member);
  });
}

Receipted<StaffMemberPtr> Staff::TakeRoles(const Caller& caller, PrincipalId id,
                                           const std::vector<std::string>& roles) {
  Permit permit = gate_.Authorise(caller, Action::kStaffSuspend);
  if (!permit.granted()) return permit.Refuse<StaffMemberPtr>();
  const StaffMemberPtr before = directory_.Find(id);
  if (before == nullptr) return permit.Fail<StaffMemberPtr>(Status(Reason::kStaffNotFound));
  std::vector<RoleGrant> left = before->roles;
  const auto is_taken = [&roles](const RoleGrant& grant) {
    return std::find(roles.begin(), roles.end(), grant.role) != roles.end();
  };
  std::erase_if(left, is_taken);
  if (roles.empty() || left.size() + roles.size() != before->roles.size()) {
    return permit.Fail<StaffMemberPtr>(Refused("roles must name roles that this person holds, each once"));
  }
  permit.entry().detail = Detail(id, "roles " + RolesText(before->roles) + " become " + RolesText(left));
  permit.entry().change = HashOfGrant(left, before->purposes);
  return ChangeOther(std::move(permit), id, [&](StaffMember& member) {
    if (member.state == StaffState::kLeft) return NotFrom(member.state);
    if (std::find(roles.begin(), roles.end(), kAdministrator) != roles.end()) {
      RETURN_IF_ERROR(RefuseLastAdministrator(member));
    }
    std::erase_if(member.roles, is_taken);
    return Status::Ok();
  });
}

Receipted<StaffMemberPtr> Staff::Suspend(const Caller& caller, PrincipalId id) {
  Permit permit = gate_.Authorise(caller, Action::kStaffSuspend);
  if (!permit.granted()) return permit.Refuse<StaffMemberPtr>();
  permit.entry().detail = Detail(id, "suspended");
  return ChangeOther(std::move(permit), id, [this](StaffMember& member) {
    if (member.state != StaffState::kActive) return NotFrom(member.state);
    RETURN_IF_ERROR(RefuseLastAdministrator(member));
    member.state = StaffState::kSuspended;
    return Status::Ok();
  });
}

Receipted<StaffMemberPtr> Staff::Resume(const Caller& caller, PrincipalId id) {
  Permit permit = gate_.Authorise(caller, Action::kStaffChange);
  if (!permit.granted()) return permit.Refuse<StaffMemberPtr>();
  permit.entry().detail = Detail(id, "resumed");
  return ChangeOther(std::move(permit), id, [](StaffMember& member) {
    if (member.state != StaffState::kSuspended) return NotFrom(member.state);
    member.state = StaffState::kActive;
    return Status::Ok();
  });
}

Receipted<StaffMemberPtr> Staff::Leave(const Caller& caller, PrincipalId id) {
  Permit permit = gate_.Authorise(caller, Action::kStaffSuspend);
  if (!permit.granted()) return permit.Refuse<StaffMemberPtr>();
  permit.entry().detail = Detail(id, "left");
  return ChangeOther(std::move(permit), id, [this](StaffMember& member) {
    if (member.state == StaffState::kLeft) return NotFrom(member.state);
    RETURN_IF_ERROR(RefuseLastAdministrator(member));
    member.state = StaffState::kLeft;
    member.left_at = now();
    ForgetFactors(member);
    member.invitation_mac = {};
    member.invitation_until.reset();
    member.places.clear();
    return Status::Ok();
  });
}

size_t Staff::ActiveAdministrators() const {
  size_t count = 0;
  for (const StaffMemberPtr& member : directory_.All()) {
    const std::vector<std::string> roles = member->RolesAt(now());
    if (member->state == StaffState::kActive && std::count(roles.begin(), roles.end(), kAdministrator) > 0) ++count;
  }
  return count;
}

// Called within a change, while nobody else can change the staff: two who suspend each other cannot both succeed.
Status Staff::RefuseLastAdministrator(const StaffMember& member) const {
  const std::vector<std::string> roles = member.RolesAt(now());
  const bool counts = member.state == StaffState::kActive && std::count(roles.begin(), roles.end(), kAdministrator) > 0;
  if (!counts || ActiveAdministrators() > 1) return Status::Ok();
  return Status(Reason::kStaffStateWrong, "this is the last active administrator; make another one first");
}

}  // namespace strongroom
