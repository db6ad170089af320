// What a signed-in person is told about themselves: who they are, how fresh their factor is, what policy would not
// refuse outright.  The console offers by it; the server decides every time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "access/registers.h"
#include "access/sign_in_kit.h"
#include "audit/receipt.h"
#include "policy/action.h"
#include "policy/policy_set.h"

namespace strongroom {

struct OverdueRegister {
  std::string name;     // "phishing"
  std::string kind;     // "training"
  std::string version;  // to be done or signed
};

struct SessionView {
  StaffMemberPtr person;
  std::vector<std::string> roles;
  std::optional<int64_t> second_factor_age_seconds;
  int64_t expires_in_seconds = 0;
  std::vector<Action> may;
  std::vector<OverdueRegister> overdue;
};

// kSessionEnded for callers without a session: keys have no person behind them that could be described.
Receipted<SessionView> DescribeSession(const SignInKit& kit, const Registers& registers, const Caller& caller);

// The actions that policy does not deny this caller outright, for some field, purpose or tier.
std::vector<Action> ActionsNotDenied(const PolicySet& policy, const Caller& caller);

}  // namespace strongroom
