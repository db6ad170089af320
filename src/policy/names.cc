// The names of the small enumerations, as policies, catalogues and answers write them.
#include <iterator>

#include "policy/conditions.h"
#include "policy/decision.h"
#include "policy/principal.h"
#include "policy/sensitivity.h"

namespace strongroom {
namespace {

// Indexed by the enumeration's number.
constexpr std::string_view kDecisions[] = {"deny", "token", "masked", "plain", "needs_step_up", "needs_approval"};
constexpr std::string_view kSensitivities[] = {"public",    "internal",  "personal",
                                               "sensitive", "financial", "credential"};
constexpr std::string_view kPrincipalKinds[] = {"none",     "staff",   "application", "partner",
                                                "customer", "auditor", "system"};
constexpr std::string_view kDeviceStates[] = {"unknown", "enrolled", "healthy"};
constexpr std::string_view kNeeds[] = {"training", "agreement", "acceptable-use", "device", "healthy-device", "case"};
static_assert(std::size(kNeeds) == kNeedCount);
static_assert(std::size(kSensitivities) == kSensitivityCount);

template <typename Enum, size_t kCount>
std::string_view NameIn(const std::string_view (&names)[kCount], Enum value) {
  const auto index = static_cast<size_t>(value);
  return index < kCount ? names[index] : "unknown";
}

template <typename Enum, size_t kCount>
std::optional<Enum> FromNameIn(const std::string_view (&names)[kCount], std::string_view name) {
  for (size_t i = 0; i < kCount; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view NameOf(Decision decision) { return NameIn(kDecisions, decision); }
std::optional<Decision> DecisionFromName(std::string_view name) { return FromNameIn<Decision>(kDecisions, name); }

std::string_view NameOf(Sensitivity sensitivity) { return NameIn(kSensitivities, sensitivity); }
std::optional<Sensitivity> SensitivityFromName(std::string_view name) {
  return FromNameIn<Sensitivity>(kSensitivities, name);
}

std::string_view NameOf(PrincipalKind kind) { return NameIn(kPrincipalKinds, kind); }
std::optional<PrincipalKind> PrincipalKindFromName(std::string_view name) {
  return FromNameIn<PrincipalKind>(kPrincipalKinds, name);
}

std::string_view NameOf(DeviceState state) { return NameIn(kDeviceStates, state); }

std::string_view NameOf(Need need) { return NameIn(kNeeds, need); }
std::optional<Need> NeedFromName(std::string_view name) { return FromNameIn<Need>(kNeeds, name); }

}  // namespace strongroom
