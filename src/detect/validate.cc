#include "detect/validate.h"

#include <algorithm>

#include "detect/folding.h"
#include "detect/validators.h"

namespace strongroom::detect {
namespace {

using internal::FoldAll;
using internal::IsAlnum;
using internal::IsDigit;
using internal::Upper;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlank);
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Letters and digits alone, in upper case; nothing when there is anything but separators between them.
std::optional<std::string> Compact(std::string_view text) {
  std::string compact;
  for (char c : text) {
    if (IsAlnum(c)) {
      compact += Upper(c);
    } else if (std::string_view(" -./_:").find(c) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  return compact;
}

bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c); });
}

// Numbers whose separator says something (the century), or that the agency takes in its own grouping only.
bool SeparatorsSpeak(std::string_view type) { return type == "se.personnummer" || type == "fi.hetu"; }

std::optional<std::string> CanonicalNational(const NationalIdType& type, std::string_view folded,
                                             const CivilDate& today) {
  std::optional<IdText> id = type.parse(folded, today);
  if (!id && !SeparatorsSpeak(type.name)) {
    const std::optional<std::string> compact = Compact(folded);
    if (compact) id = type.parse(*compact, today);
    // "PT 501 964 843": the country before its number.
    const std::string country = {Upper(type.name[0]), Upper(type.name[1])};
    if (!id && compact && compact->starts_with(country)) id = type.parse(compact->substr(2), today);
  }
  if (!id) return std::nullopt;
  return std::string(id->view());
}

}  // namespace

std::vector<std::string_view> ValidatedTypes() {
  std::vector<std::string_view> names = {"card", "iban", "luhn"};
  for (const NationalIdType& type : NationalIdTypes()) names.push_back(type.name);
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<std::string> CanonicalAs(std::string_view type, std::string_view text, const CivilDate& today) {
  const std::string folded = FoldAll(text);
  const std::string_view trimmed = Trimmed(folded);
  if (const NationalIdType* national = FindNationalIdType(type)) return CanonicalNational(*national, trimmed, today);
  std::optional<std::string> compact = Compact(trimmed);
  if (!compact) return std::nullopt;
  const bool valid = type == "luhn"   ? AllDigits(*compact) && LuhnValid(*compact)
                     : type == "card" ? CardValid(*compact)
                     : type == "iban" ? IbanValid(*compact)
                                      : false;
  return valid ? compact : std::nullopt;
}

std::optional<bool> ValidateAs(std::string_view type, std::string_view text, const CivilDate& today) {
  if (type != "luhn" && type != "card" && type != "iban" && FindNationalIdType(type) == nullptr) return std::nullopt;
  return CanonicalAs(type, text, today).has_value();
}

}  // namespace strongroom::detect
