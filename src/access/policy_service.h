// PolicyService: reading, testing and changing the policy in force.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/receipt.h"
#include "policy/policy_lint.h"
#include "vault/gate.h"

namespace strongroom {

struct PolicyView {
  std::string source;  // TOML
  std::string digest;  // SHA-256 of it, hex: what the log names
};

// Who would ask, and what: a question about the policy, not a request.
struct PolicyQuery {
  std::vector<std::string> roles;
  std::vector<std::string> credential_purposes = {"*"};
  std::string purpose;
  IpAddress address = IpAddress::Loopback();
  std::optional<int64_t> second_factor_age_seconds;
  PrincipalKind kind = PrincipalKind::kStaff;
  std::vector<Need> has;
  std::optional<uint16_t> minute_of_week;  // absent: now
  PolicyQuestion question;                 // its views must outlive the answer
};

struct PolicyAnswer {
  std::shared_ptr<const PolicySet> policy;  // keeps the names in `explanation` alive
  PolicyExplanation explanation;
};

// Any thread.
class PolicyService {
 public:
  // The stored policy, or the default when none was ever stored.
  static Result<std::shared_ptr<const PolicySet>> Load(const SealedStore& office);

  explicit PolicyService(Gate& gate) : gate_(gate) {}
  Receipted<PolicyView> Read(const Caller& caller) const;
  // Parses, stores, and puts in force.  kPolicyInvalid names the line; nothing changes then.
  Receipted<PolicyView> Change(const Caller& caller, std::string_view toml);
  // Runs a table of cases against the policy in force; the report as text, one line a mismatch, and a closing line.
  Receipted<std::string> Test(const Caller& caller, std::string_view table_toml) const;
  // What in a policy is likely not meant: in `toml`, or empty in the one in force.  kPolicyInvalid.  `roles_in_use`:
  // those somebody holds.
  Receipted<std::vector<PolicyFinding>> Lint(const Caller& caller, std::string_view toml,
                                             const std::vector<std::string>& roles_in_use) const;
  // The stored policy comes into force: another server may have stored it.  kPolicyInvalid.
  Status Refresh();
  // What the policy in force would decide, rule by rule.  kRoleUnknown.
  Receipted<PolicyAnswer> Explain(const Caller& caller, const PolicyQuery& query) const;

 private:
  Gate& gate_;
  std::mutex change_mutex_;
};

}  // namespace strongroom
