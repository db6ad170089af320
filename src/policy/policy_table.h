// A policy tested as a table: who asks what and why, and what the answer must be.  `strongroom policy test` runs it.
//
// The file (TOML, docs/reference/policy.md):
//
//   rest = "deny"                     # every role and action that no case names must be denied, however it is asked
//   [[case]]
//   who = ["support"]                 # roles, each asked alone; "support+auditor" is somebody who holds both
//   what = ["customer.reveal"]        # actions, each asked alone
//   sensitivity = ["personal"]        # each asked alone; "none": no single field; absent: none
//   why = "support-call"              # the purpose claimed; absent: none
//   tier = 0
//   decision = "plain"
//   rule = "support-reveal-personal"  # optional: the rule that must have decided
//
// Also: field, from (an address), compartment, second_factor_age_seconds, credential_purposes (absent: "*"), kind of
// caller (absent: staff), has (the needs that are met), at ("mon 10:30", by the company's clock).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "policy/policy_set.h"

namespace strongroom {

struct PolicyCase {
  int line = 0;
  std::vector<std::string> who;  // "role" or "role+role"
  std::vector<Action> what;
  std::vector<std::optional<Sensitivity>> sensitivities;  // nullopt: asked without a field
  std::string field;
  std::string purpose;
  std::vector<std::string> credential_purposes;
  std::string compartment;
  IpAddress address = IpAddress::Loopback();
  uint8_t tier = 0;
  std::optional<int64_t> second_factor_age_seconds;
  PrincipalKind kind = PrincipalKind::kStaff;
  std::vector<Need> has;
  std::optional<uint16_t> minute_of_week;
  Decision decision = Decision::kDeny;
  std::string rule;  // empty: any
};

// "mon 10:30": the minute of the week.
std::optional<uint16_t> ParseWeekMoment(std::string_view text);

struct PolicyMismatch {
  int line = 0;       // of the case; 0: one of the rest
  std::string asked;  // "support asks customer.reveal of a personal field for support-call"
  Decision expected = Decision::kDeny;
  std::string expected_rule;  // empty: any
  Decision got = Decision::kDeny;
  std::string got_rule;
  std::string ToString() const;  // one line for a terminal
};

struct PolicyTableReport {
  size_t cases = 0;
  size_t questions = 0;  // cases multiplied out
  size_t rest_questions = 0;
  std::vector<PolicyMismatch> mismatches;  // empty: the policy does what the table says
};

// Immutable once parsed.  Any thread.
class PolicyTable {
 public:
  // kPolicyInvalid names the line.
  static Result<PolicyTable> Parse(std::string_view toml);
  // Asks every question.  A role the policy does not have is kRoleUnknown: the case would pass for the wrong reason.
  Result<PolicyTableReport> Run(const PolicySet& policy) const;

  const std::vector<PolicyCase>& cases() const { return cases_; }
  bool rest_is_denied() const { return rest_is_denied_; }

 private:
  std::vector<PolicyCase> cases_;
  bool rest_is_denied_ = false;
};

}  // namespace strongroom
