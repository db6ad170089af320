#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace strongroom {

// What policy answers.  The first is the default: what no rule speaks of is denied.
enum class Decision : uint8_t { kDeny = 0, kToken = 1, kMasked = 2, kPlain = 3, kNeedsStepUp = 4, kNeedsApproval = 5 };

std::string_view NameOf(Decision decision);  // "needs_step_up"
std::optional<Decision> DecisionFromName(std::string_view name);

// True when the work may go ahead (token, masked, plain).  Of an action that shows no value (change, erase, lock, ...)
// these three mean the same; policies write `plain` there.
constexpr bool Allows(Decision decision) {
  return decision == Decision::kToken || decision == Decision::kMasked || decision == Decision::kPlain;
}

// A decision and the rule that made it.  rule 0, "default-deny", when none spoke.
struct Decided {
  Decision decision = Decision::kDeny;
  uint16_t rule = 0;
  std::string_view rule_name = "default-deny";  // lives as long as the PolicySet
};

}  // namespace strongroom
