// A person as policy sees them at this moment: their roles that hold, their purposes, where they may come from, which
// registers they keep.  Made from the directory's document, the rules and the registers in force; good until one of
// them changes or something in them runs out.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "access/registers.h"
#include "access/sign_in_rules.h"
#include "access/staff_directory.h"
#include "base/clock.h"
#include "policy/principal.h"

namespace strongroom {

struct PersonNow {
  StaffMemberPtr member;
  SignInRulesPtr rules;
  std::shared_ptr<const Principal> principal;
  Standing standing;         // without the time of the week
  uint64_t credentials = 0;  // CredentialsMark()
  UnixMillis until = 0;      // look again then
  uint64_t registers = 0;    // Registers::Generation() it was made with
  bool may_sign_in = false;  // active, not locked, and holds a role

  // Inside of the person's own networks, and of those of every role they hold that has any.
  bool MayComeFrom(const IpAddress& address) const;
};
using PersonNowPtr = std::shared_ptr<const PersonNow>;

// `registers`: null where nobody asks for the standing yet; then nothing is current.
PersonNowPtr MakePersonNow(StaffMemberPtr member, SignInRulesPtr rules, UnixMillis now,
                           const Registers* registers = nullptr);

}  // namespace strongroom
