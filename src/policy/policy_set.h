// PolicySet: role × field or sensitivity × purpose × conditions → decision, as data.  Pure: no I/O, no clock.
//
// Rules are tried in the order they are written; the first that matches decides.  A rule matches when every part it
// states matches; a part it does not state matches anything.  No match: deny, rule 0 "default-deny".
// The file format (TOML) is docs/reference/policy.md; the shipped default is policy/default_policy.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "policy/action.h"
#include "policy/decision.h"
#include "policy/principal.h"
#include "policy/sensitivity.h"

namespace strongroom {

// What is asked of policy.  Views need only live during the call.
struct PolicyQuestion {
  Action action = Action::kNone;
  std::string_view field;                                   // empty: the action concerns no single field
  Sensitivity sensitivity = Sensitivity::kCredential;       // of the field
  bool has_field = false;
  std::string_view compartment;
  uint8_t tier = 0;                                         // 0 ordinary, 1 VIP
};

struct PolicyRule {
  std::string name;                        // unique, kebab-case
  std::vector<std::string> roles;          // empty: any
  std::vector<Action> actions;             // empty: any
  std::vector<Sensitivity> sensitivities;  // empty: any, also no field at all; stated: the question must have a field
  std::vector<std::string> fields;         // empty: any
  std::vector<std::string> purposes;       // empty: any, also none; stated: the caller must claim one of them
  std::vector<std::string> compartments;   // empty: any
  std::vector<IpNetwork> networks;         // empty: anywhere
  std::optional<uint8_t> tier_at_most;
  std::optional<int64_t> second_factor_max_age_seconds;  // stated: matches only when a factor at most this old was shown
  Decision decision = Decision::kDeny;
};

class PolicySet {
 public:
  // kPolicyInvalid names the line and what is wrong (unknown member, unknown action, duplicate rule name, ...).
  static Result<std::shared_ptr<const PolicySet>> Parse(std::string_view toml);
  // The policy a new vault starts with.
  static std::string_view DefaultToml();

  // Total, pure, any thread.  A caller without a principal is denied.
  Decided Decide(const Caller& caller, const PolicyQuestion& question) const;

  const std::vector<PolicyRule>& rules() const { return rules_; }
  const std::vector<std::string>& roles() const { return roles_; }
  bool HasRole(std::string_view role) const;
  const std::string& source() const { return source_; }  // the TOML it was read from

 private:
  std::vector<std::string> roles_;
  std::vector<PolicyRule> rules_;
  std::string source_;
};

}  // namespace strongroom
