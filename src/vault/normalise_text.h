// Text helpers that validation, normalisation and masks share.  All take valid UTF-8; all are pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "detect/civil_date.h"

namespace strongroom {

bool IsAscii(std::string_view text);
bool IsAllDigits(std::string_view text);  // ASCII digits; true for empty text
std::string AsciiLower(std::string_view text);
// Without white space at either end: ASCII, no-break, ideographic.
std::string_view TrimSpace(std::string_view text);
// Letters of ASCII in upper case; separators (white space, hyphen, full stop, slash, their wide forms) dropped;
// anything else kept as it is.
std::string CompactCode(std::string_view text);

// Control characters of Unicode category Cc; with `lines_allowed`, tab, line feed and carriage return pass.
bool HasControlCharacters(std::string_view text, bool lines_allowed);
// Characters that turn the direction of the text around them (U+202A-202E, U+2066-2069): they make one name look like
// another.
bool HasDirectionControls(std::string_view text);
bool HasLetter(std::string_view text);
size_t CountCodePoints(std::string_view text);

// Unicode normalisation form C.
std::string ToNfc(std::string_view text);
// NFKC_Casefold (UAX #44) with runs of white space made one space and none at the ends.
std::string FoldForSearch(std::string_view text);

// "2026-11-22" and nothing else.
std::optional<detect::CivilDate> ParseIsoDate(std::string_view text);
// Decimal text: an optional sign, digits, an optional fraction; no exponent, at most 60 digits.  No leading or trailing
// zeros and no "-0", so that equal numbers have one text.
std::optional<std::string> CanonicalNumber(std::string_view text);

// Whether `choices` is empty or a list, with commas, of types ("se.personnummer") and countries with types ("se").
bool AreNationalIdChoices(std::string_view choices);
// The canonical form under the first of `choices` that `text` fits; with no choices, compact text that fits any type.
std::optional<std::string> CanonicalNationalId(std::string_view text, std::string_view choices,
                                               const detect::CivilDate& today);

}  // namespace strongroom
