// Staff: the life of a person who signs in, from invitation to leaving.
//
//   invited ──vet──► vetted ──enrol──► active ◄──► suspended
//                                        └────────────┴─────► left
//
// Vetting is a second person's: never the inviter's, never one's own.  Nobody changes their own roles, suspends
// themselves or takes part in their own case.  What gives rights (roles, a new invitation) needs a colleague's approval
// when a person asks; that is policy's, and the gate's, not this class's.  Suspension, leaving and new roles take
// effect with the next request: whoever keeps sessions listens to the directory.
//
// Every entry names people by id alone.  Any thread; calls wait.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/ceiling.h"
#include "access/staff_directory.h"
#include "audit/receipt.h"
#include "crypto/secret.h"
#include "vault/gate.h"

namespace strongroom {

struct StaffInvitation {
  std::string name;  // to sign in with: 1 to 64 characters
  std::string display_name;
  std::string email;
  std::string phone;
  std::string language = "en";   // en, sv, zh
  std::vector<RoleGrant> roles;  // 1 to 16, of the policy in force; granted_by is filled in
  std::vector<std::string> purposes;
  std::vector<IpNetwork> networks;
};

struct Invited {
  StaffMemberPtr member;
  SecretBytes code;  // the only time it is seen
};

class Staff {
 public:
  static constexpr int64_t kInvitationDays = 7;

  // All must outlive this.
  Staff(Gate& gate, StaffDirectory& directory, const Ceiling& ceiling)
      : gate_(gate), directory_(directory), ceiling_(ceiling) {}

  // For `strongroom init`: somebody vetted by whoever makes the vault, because there is nobody else yet.
  static Result<Invited> PrepareFirst(const SealedStore& office, SealedBatch& batch, StaffInvitation invitation,
                                      const PolicySet& policy, UnixMillis now, Random& random);

  Receipted<std::vector<StaffMemberPtr>> List(const Caller& caller) const;    // staff.read
  Receipted<StaffMemberPtr> Get(const Caller& caller, PrincipalId id) const;  // staff.read; kStaffNotFound
  // staff.invite; kStaffNameTaken, kCeilingReached
  Receipted<Invited> Invite(const Caller& caller, StaffInvitation invitation);
  // `reference`: where the papers are, never what is in them.
  Receipted<StaffMemberPtr> Vet(const Caller& caller, PrincipalId id, std::string_view reference);  // staff.vet
  // A new code; whoever was active has to set up password and factors anew.  staff.change
  Receipted<Invited> InviteAgain(const Caller& caller, PrincipalId id);
  Receipted<StaffMemberPtr> ChangeRoles(const Caller& caller, PrincipalId id, std::vector<RoleGrant> roles,
                                        std::vector<std::string> purposes);  // staff.change; kCeilingReached
  // What a review takes away.  It gives nobody more, so one person may do it at once: staff.suspend.  Whoever is left
  // without a role cannot sign in.
  Receipted<StaffMemberPtr> TakeRoles(const Caller& caller, PrincipalId id, const std::vector<std::string>& roles);
  Receipted<StaffMemberPtr> Suspend(const Caller& caller, PrincipalId id);  // staff.suspend
  Receipted<StaffMemberPtr> Resume(const Caller& caller, PrincipalId id);   // staff.change: it gives rights back
  Receipted<StaffMemberPtr> Leave(const Caller& caller, PrincipalId id);    // staff.suspend; final

  // Active administrators at this moment; with fewer than two the vault is in solo mode.
  size_t ActiveAdministrators() const;

 private:
  Receipted<StaffMemberPtr> ChangeOther(Permit permit, PrincipalId id, const StaffDirectory::ChangeFn& change);
  Status RefuseLastAdministrator(const StaffMember& member) const;
  UnixMillis now() const { return gate_.house().clock().NowMillis(); }

  Gate& gate_;
  StaffDirectory& directory_;
  const Ceiling& ceiling_;
};

}  // namespace strongroom
