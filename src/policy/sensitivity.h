// How much harm a field's values can do (DESIGN: Words).  Ordered from least to most only for display; policy never
// compares by order, it names the kinds.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace strongroom {

enum class Sensitivity : uint8_t { kPublic, kInternal, kPersonal, kSensitive, kFinancial, kCredential };
constexpr int kSensitivityCount = 6;

std::string_view NameOf(Sensitivity sensitivity);  // "personal"
std::optional<Sensitivity> SensitivityFromName(std::string_view name);

}  // namespace strongroom
