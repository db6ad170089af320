// PolicySet: role × field or sensitivity × purpose × conditions → decision, as data.  Pure: no I/O, no clock.
//
// Rules are tried in the order they are written; the first that matches decides.  A rule matches when every part it
// states matches; a part it does not state matches anything.  No match: deny, rule 0 "default-deny".
// The file format (TOML) is docs/reference/policy.md; the shipped default is policy/default_policy.cc.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "policy/action.h"
#include "policy/conditions.h"
#include "policy/decision.h"
#include "policy/principal.h"
#include "policy/sensitivity.h"

namespace strongroom {

// What is asked of policy.  Views need only live during the call.
struct PolicyQuestion {
  Action action = Action::kNone;
  std::string_view field;                              // empty: the action concerns no single field
  Sensitivity sensitivity = Sensitivity::kCredential;  // of the field
  bool has_field = false;
  std::string_view compartment;
  uint8_t tier = 0;  // 0 ordinary, 1 VIP
};

struct PolicyRule {
  std::string name;                        // unique, kebab-case
  std::vector<std::string> roles;          // empty: any
  std::vector<PrincipalKind> kinds;        // empty: any; people and programs may hold the same role
  std::vector<Action> actions;             // empty: any
  std::vector<Sensitivity> sensitivities;  // empty: any, also no field at all; stated: the question must have a field
  std::vector<std::string> fields;         // empty: any
  // Empty: any, also none.  Stated: the caller must claim one of them, and the credential must list it; "*" stands for
  // every purpose the credential lists.
  std::vector<std::string> purposes;
  std::vector<std::string> compartments;  // empty: any
  std::vector<IpNetwork> networks;        // empty: anywhere
  std::vector<Need> needs;                // all of them; empty: none
  std::vector<Need> lacks;                // stated: at least one of these is not met; for rules that lower
  std::vector<WeekHours> hours;           // empty: at any time; stated: a caller whose time is unknown does not match
  std::optional<uint8_t> tier_at_most;
  std::optional<int64_t>
      second_factor_max_age_seconds;  // stated: matches only when a factor at most this old was shown
  Decision decision = Decision::kDeny;
};

// How many customers one person may touch within a time, and what happens beyond.  Counted by access/budgets.h.
struct PolicyBudget {
  std::string name;                // unique, kebab-case
  std::vector<std::string> roles;  // whoever holds one of them; never empty
  std::vector<Action> actions;     // those that count; never empty
  uint32_t customers = 0;          // allowed within `window_seconds`
  uint32_t window_seconds = 3600;
  // Refused requests beyond the budget until the person is locked; 0: refused only, never locked.
  uint32_t lock_after = 0;
};

// What `strongroom policy explain` prints: every rule in order and why it did not match.
struct PolicyExplanation {
  struct Step {
    uint16_t rule = 0;  // from 1
    std::string_view rule_name;
    bool matched = false;              // true for at most one step, the last
    std::vector<std::string> reasons;  // one per part of the rule that did not match; cites roles, fields, purposes
  };
  Decided decided;
  std::vector<Step> steps;         // up to and including the rule that matched
  std::vector<std::string> notes;  // what was decided before any rule ("the caller holds no role this policy knows")
};

// Immutable once parsed.  Any thread.
class PolicySet {
 public:
  static constexpr size_t kMaxRoles = 64;
  static constexpr size_t kMaxRules = 2000;
  static constexpr size_t kMaxBudgets = 100;

  // kPolicyInvalid names the line and what is wrong (unknown member, unknown action, duplicate rule name, ...).
  static Result<std::shared_ptr<const PolicySet>> Parse(std::string_view toml);
  // The policy a new vault starts with, and the table of cases it is held to (policy/policy_table.h).
  static std::string_view DefaultToml();
  static std::string_view DefaultCasesToml();

  // Total, pure, any thread; allocates nothing.  Denied before any rule is tried: a caller without a principal, a
  // principal without a role this policy knows, an action that cannot be asked.
  Decided Decide(const Caller& caller, const PolicyQuestion& question) const;
  // The same answer with its reasons.  For people: slow.  Views live as long as the PolicySet.
  PolicyExplanation Explain(const Caller& caller, const PolicyQuestion& question) const;

  const std::vector<PolicyRule>& rules() const { return rules_; }
  const std::vector<PolicyBudget>& budgets() const { return budgets_; }
  const std::vector<std::string>& roles() const { return roles_; }
  bool HasRole(std::string_view role) const;
  const std::string& source() const { return source_; }  // the TOML it was read from

 private:
  // What a rule says about roles and sensitivities as bits, so that most rules are passed over in two tests.
  struct RuleMask {
    uint64_t roles = 0;            // bit i: roles_[i]
    uint8_t sensitivities = 0xff;  // bit i: Sensitivity i, asked with a field; kNoField: asked without
    uint16_t rule = 0;             // index into rules_
  };

  void Compile();
  uint64_t RoleBits(const Principal& principal) const;
  static uint8_t SensitivityBit(const PolicyQuestion& question);

  std::vector<std::string> roles_;
  std::vector<PolicyRule> rules_;
  std::vector<PolicyBudget> budgets_;
  std::vector<RuleMask> masks_;                                // one per rule
  std::array<std::vector<RuleMask>, kActionLimit> by_action_;  // the rules that speak of each action, in order
  std::string source_;
};

}  // namespace strongroom
