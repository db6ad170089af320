#include "detect/finding.h"

namespace strongroom::detect {
namespace {

constexpr std::array<std::string_view, kKindCount> kNames = {
    "PERSON", "STREET_ADDRESS", "LOCATION",    "ORGANIZATION", "DATE", "DATE_OF_BIRTH", "AGE",         "EMAIL", "PHONE",
    "URL",    "IP_ADDRESS",     "MAC_ADDRESS", "CREDIT_CARD",  "IBAN", "US_SSN",        "NATIONAL_ID", "SECRET"};

}  // namespace

std::string_view NameOf(Kind kind) { return kNames[static_cast<size_t>(kind)]; }

std::optional<Kind> KindOf(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

}  // namespace strongroom::detect
