// The ways to show a second factor.  Numbers are part of the session's format.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace strongroom {

enum class FactorKind : uint8_t { kNone = 0, kTotp = 1, kPasskey = 2, kSms = 3, kRecovery = 4 };

constexpr std::string_view NameOf(FactorKind kind) {
  switch (kind) {
    case FactorKind::kNone:
      return "none";
    case FactorKind::kTotp:
      return "totp";
    case FactorKind::kPasskey:
      return "passkey";
    case FactorKind::kSms:
      return "sms";
    case FactorKind::kRecovery:
      return "recovery";
  }
  return "none";
}

// Never kNone.
constexpr std::optional<FactorKind> FactorKindFromName(std::string_view name) {
  for (const FactorKind kind : {FactorKind::kTotp, FactorKind::kPasskey, FactorKind::kSms, FactorKind::kRecovery}) {
    if (name == NameOf(kind)) return kind;
  }
  return std::nullopt;
}

}  // namespace strongroom
