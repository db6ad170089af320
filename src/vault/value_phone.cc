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

// The length in bytes of the separator `text` begins with; 0 for none.
size_t SeparatorLength(std::string_view text) {
  if (std::string_view("()-./ \t").find(text[0]) != std::string_view::npos) return 1;
  const auto lead = static_cast<uint8_t>(text[0]);
  const size_t length = lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  const bool fullwidth = text.starts_with("\xEF\xBC\x88") || text.starts_with("\xEF\xBC\x89") ||
                         text.starts_with("\xEF\xBC\x8D");  // ( ) -
  return length != 0 && (fullwidth || CompactCode(text.substr(0, length)).empty()) ? length : 0;
}

// "+46701740605" or "0701740605" and the digits of an extension; nothing when the text has anything else in it.
// Fullwidth digits and plus signs (U+FF10-FF19, U+FF0B) count as their narrow forms.
struct Dialled {
  std::string number;
  std::string extension;
};

std::optional<Dialled> ReadDialled(std::string_view text) {
  Dialled dialled;
  bool in_extension = false;
  while (!text.empty()) {
    std::string& digits = in_extension ? dialled.extension : dialled.number;
    const bool fullwidth = text.starts_with("\xEF\xBC") && text.size() >= 3;
    const auto last = static_cast<uint8_t>(fullwidth ? text[2] : '\0');
    if (IsDigit(text[0])) {
      digits.push_back(text[0]);
      text.remove_prefix(1);
    } else if (last >= 0x90 && last <= 0x99) {
      digits.push_back(static_cast<char>('0' + last - 0x90));
      text.remove_prefix(3);
    } else if ((text[0] == '+' || last == 0x8B) && dialled.number.empty()) {
      dialled.number.push_back('+');
      text.remove_prefix(fullwidth ? 3 : 1);
    } else if (const size_t length = SeparatorLength(text); length != 0) {
      text.remove_prefix(length);
    } else {
      if (in_extension || dialled.number.size() < 3) return std::nullopt;
      const std::string lower = AsciiLower(text.substr(0, 10));
      size_t word = 0;
      for (std::string_view start : {";ext=", "extension", "extn", "ext", "x", "#"}) {
        if (word == 0 && lower.starts_with(start)) word = start.size();
      }
      if (word == 0) return std::nullopt;
      in_extension = true;
      text.remove_prefix(word);
    }
  }
  // An empty extension, or one longer than switchboards have, is a mistake.
  if (in_extension && (dialled.extension.empty() || dialled.extension.size() > 7)) return std::nullopt;
  return dialled;
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
  std::optional<Dialled> dialled = ReadDialled(text);
  if (!dialled) return std::nullopt;
  const auto digits = [](const std::string& number) { return number.size() - (number.starts_with('+') ? 1 : 0); };
  if (digits(dialled->number) < 3 || digits(dialled->number) > 20) return std::nullopt;
  // The library's answer is taken when it stands: one that the library would change again is not canonical.
  auto placed = internal::CanonicalPhoneByLibrary(dialled->number, region);
  if (placed &&
      (internal::PlainE164(*placed, region) || internal::CanonicalPhoneByLibrary(*placed, region) == placed)) {
    dialled->number = *std::move(placed);
  }
  constexpr size_t kMaxDigits = 15;  // ITU-T E.164; the library lets 17 pass
  if (digits(dialled->number) > kMaxDigits) return std::nullopt;
  if (!dialled->extension.empty()) dialled->number += ";ext=" + dialled->extension;
  return dialled->number;
}

}  // namespace strongroom
