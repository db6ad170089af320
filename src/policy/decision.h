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

// A decision and the rule that made it.  rule 0, "default-deny", when none spoke.
struct Decided {
  Decision decision = Decision::kDeny;
  uint16_t rule = 0;
  std::string_view rule_name = "default-deny";  // lives as long as the PolicySet
};

}  // namespace strongroom
