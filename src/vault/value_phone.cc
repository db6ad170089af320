#include "vault/value_phone.h"

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <set>

#include "vault/normalise_text.h"

namespace strongroom {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

// Calling codes where a number that does not begin with 0 is written in E.164 as it stands: no national prefix, carrier
// code or area code is ever added or taken away.  A test compares with the library.
constexpr std::string_view kPlainCodes[] = {
    "20",  "27",  "30",  "31",  "32",  "33",  "34",  "36",  "39",  "40",  "41",  "43",  "44",
    "45",  "46",  "47",  "48",  "49",  "60",  "62",  "63",  "64",  "65",  "66",  "81",  "82",
    "84",  "90",  "91",  "351", "352", "353", "354", "356", "357", "358", "359", "371", "372",
    "380", "385", "386", "420", "421", "852", "886", "966", "971", "972",
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The digits, fullwidth ones (U+FF10-FF19) included; nothing when other characters stand between them.
std::optional<std::string> DigitsOf(std::string_view text, size_t* extension_at) {
  std::string digits;
  *extension_at = std::string::npos;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (IsDigit(c)) {
      digits.push_back(c);
    } else if (c == '+' && !digits.empty()) {
      return std::nullopt;
    } else if ((c == 'x' || c == 'X' || c == ';' || c == '#' || c == 'e') && !digits.empty()) {
      *extension_at = i;
      return digits;
    } else if (text.substr(i).starts_with("\xEF\xBC") && i + 2 < text.size()) {
      const auto last = static_cast<uint8_t>(text[i + 2]);
      if (last >= 0x90 && last <= 0x99) digits.push_back(static_cast<char>('0' + last - 0x90));
      const bool known = (last >= 0x90 && last <= 0x99) || last == 0x8B || last == 0x8D || last == 0x88 || last == 0x89;
      if (!known) return std::nullopt;  // besides digits: fullwidth + - ( )
      i += 2;
    } else if (std::string_view("+()-./ \t").find(c) == std::string_view::npos) {
      const std::string compact = CompactCode(text.substr(i, std::min<size_t>(3, text.size() - i)));
      const size_t length = static_cast<uint8_t>(c) >= 0xE0 ? 3 : static_cast<uint8_t>(c) >= 0xC2 ? 2 : 0;
      if (length == 0 || !CompactCode(text.substr(i, length)).empty()) return std::nullopt;
      i += length - 1;
    }
  }
  return digits;
}

// Whether "+" and digits are E.164 as they stand.
bool IsPlain(std::string_view phone) {
  if (phone.size() < 9 || phone.size() > 16) return false;
  const std::string_view digits = phone.substr(1);
  if (digits[0] == '1') return digits.size() == 11 && digits[1] >= '2';
  if (digits.starts_with("86")) {  // mobile numbers; 12x and 179x are carrier codes
    return digits.size() == 13 && digits[2] == '1' && digits[3] >= '3' && !digits.substr(2).starts_with("179");
  }
  return std::any_of(std::begin(kPlainCodes), std::end(kPlainCodes), [&](std::string_view code) {
    return digits.starts_with(code) && digits.size() >= code.size() + 5 && digits[code.size()] != '0';
  });
}

// Turns a national number into an international one where that is a matter of a 0 to drop and a code to add.
bool AddCallingCode(std::string& digits, std::string_view region) {
  if (region == "US" || region == "CA") {
    if (digits.size() != 10) return false;
    digits.insert(0, "+1");
    return true;
  }
  if (region == "CN") {
    if (digits.size() != 11 || digits[0] != '1') return false;
    digits.insert(0, "+86");
    return true;
  }
  struct TrunkZero {
    std::string_view region, code;
    size_t min_size, max_size;  // with the 0; shorter ones may be numbers whose 0 stays
  };
  constexpr TrunkZero kTrunkZero[] = {
      {"BE", "+32", 9, 10},  {"DE", "+49", 11, 12}, {"FR", "+33", 10, 10},
      {"GB", "+44", 11, 11}, {"NL", "+31", 10, 10}, {"SE", "+46", 9, 10},
  };
  for (const TrunkZero& rule : kTrunkZero) {
    if (region != rule.region) continue;
    if (digits.size() < rule.min_size || digits.size() > rule.max_size || digits[0] != '0') return false;
    digits.replace(0, 1, rule.code);
    return true;
  }
  return false;
}

}  // namespace

namespace internal {

std::optional<std::string> PlainE164(std::string_view text, std::string_view region) {
  if (text.size() > 32) return std::nullopt;
  std::string phone;
  for (char c : text) {
    if (IsDigit(c) || (c == '+' && phone.empty())) {
      phone.push_back(c);
    } else if (c != ' ' && c != '-' && c != '.' && c != '(' && c != ')') {
      return std::nullopt;
    }
  }
  if (!phone.starts_with('+') && !AddCallingCode(phone, region)) return std::nullopt;
  if (!IsPlain(phone)) return std::nullopt;
  return phone;
}

std::optional<std::string> CanonicalPhoneByLibrary(std::string_view text, const std::string& region) {
  static PhoneNumberUtil* const kUtil = PhoneNumberUtil::GetInstance();
  thread_local PhoneNumber number;
  thread_local std::string written;
  written.assign(text);
  const auto error = kUtil->Parse(written, region.empty() ? "ZZ" : region, &number);
  std::optional<std::string> phone;
  if (error == PhoneNumberUtil::NO_PARSING_ERROR && number.has_country_code()) {
    phone.emplace();
    kUtil->Format(number, PhoneNumberUtil::E164, &*phone);
    if (number.has_extension() && !number.extension().empty()) *phone += ";ext=" + number.extension();
  }
  number.Clear();
  std::fill(written.begin(), written.end(), '\0');  // these outlive the call
  return phone;
}

}  // namespace internal

bool IsPhoneRegion(const std::string& region) {
  static const std::set<std::string> kRegions = [] {
    std::set<std::string> regions;
    PhoneNumberUtil::GetInstance()->GetSupportedRegions(&regions);
    return regions;
  }();
  return kRegions.contains(region);
}

std::optional<std::string> CanonicalPhone(std::string_view text, const std::string& region) {
  if (std::optional<std::string> plain = internal::PlainE164(text, region)) return plain;
  size_t extension_at = std::string::npos;
  std::optional<std::string> digits = DigitsOf(text, &extension_at);
  if (!digits || digits->size() < 3 || digits->size() > 17) return std::nullopt;
  if (std::optional<std::string> phone = internal::CanonicalPhoneByLibrary(text, region)) return phone;
  if (extension_at != std::string::npos || digits->size() > 15) return std::nullopt;
  return text.starts_with('+') ? "+" + *digits : *digits;
}

}  // namespace strongroom
