// Phone numbers, by libphonenumber for what it knows and by their digits for what it does not: its tables age, so its
// refusal alone never refuses a number.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace strongroom {

// "+46701234567" (E.164), "+15552345678;ext=12" (RFC 3966), or the digits alone when the country is not known.  Nothing
// when the text is not a phone number at all: other characters than digits and + ( ) - . / space and an extension, or
// not 3 to 15 digits.  `region` (ISO 3166-1 alpha-2, may be empty) is where a number without country code is at home.
std::optional<std::string> CanonicalPhone(std::string_view text, const std::string& region);

bool IsPhoneRegion(const std::string& region);

namespace internal {
// The shortcut of CanonicalPhone, twenty times as fast, for numbers that are E.164 but for separators or lack only the
// code of a region whose rule is simple; nothing when the number needs the long way.  A test compares the two.
std::optional<std::string> PlainE164(std::string_view text, std::string_view region);
std::optional<std::string> CanonicalPhoneByLibrary(std::string_view text, const std::string& region);
}  // namespace internal

}  // namespace strongroom
