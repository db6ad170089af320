// What in a policy is likely not what its writer meant.  Pure.  Findings are warnings: a policy with some is in force
// as it is.
#pragma once

#include <string>
#include <vector>

#include "policy/policy_set.h"

namespace strongroom {

struct PolicyFinding {
  // "never-matches", "grants-any-action", "dead-end", "nobody-approves", "role-without-rule", "role-without-anybody",
  // "budget-without-grant"
  std::string kind;
  std::string about;  // a rule, a role or a budget
  std::string text;   // one sentence
  bool operator==(const PolicyFinding&) const = default;
};

// In the order of the file.  `roles_in_use`: those somebody holds; null: nobody is asked about.
std::vector<PolicyFinding> LintPolicy(const PolicySet& policy, const std::vector<std::string>* roles_in_use);

}  // namespace strongroom
