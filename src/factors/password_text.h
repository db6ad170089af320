// Passwords as attackers' word lists see them: without case, accents and leet spelling; and the plain patterns in them.
// For password_rules and password_strength.
//
// What is returned is as secret as what went in; it lives on the heap, which the server's build wipes (crypto/heap).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "factors/password_rules.h"

namespace strongroom {

// Code points; bytes that are not UTF-8 stand for themselves.
std::u32string CodePointsOf(std::string_view text);

// Compatibility decomposition, case folded, marks left out: "Lösenord" becomes "losenord".
std::u32string FoldPassword(std::string_view text);

// Each code point of a folded text by the letter it is written for: 4 and @ are a, 1, ! and l are i.  As long as
// `folded`.
std::u32string SkeletonOf(std::u32string_view folded);

// Neither a letter nor an ideograph: digits, signs, spaces.
bool IsDecoration(char32_t c);

// How many code points from `at` on make up one run: a sequence ("abcd", "4321"), one character again and again, or
// keys beside each other in a row of a keyboard ("qwer", "lkjh").  1 when nothing runs.
size_t RunLengthAt(std::u32string_view folded, size_t at);

// The shortest prefix that, said again and again (the last time perhaps cut short), gives the whole text, when it fits
// in at least twice; otherwise the length.  Linear time.
size_t PeriodOf(std::u32string_view text);

// The context's words and their parts, folded, in skeletons, and backwards; at least three and at most 64 code points
// each, at most 64 of them.
std::vector<std::u32string> ContextSkeletons(const PasswordContext& context);

// The longest word of `words` that stands at `at`; 0 when none does.
size_t WordLengthAt(const std::vector<std::u32string>& words, std::u32string_view skeleton, size_t at);

}  // namespace strongroom
