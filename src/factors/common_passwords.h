// The built-in list of common passwords and words (src/factors/data/common_passwords.txt), for rules and meter.
#pragma once

#include <cstdint>
#include <string_view>

namespace strongroom {

// The file's text, embedded at build time.
std::string_view CommonPasswordsText();

// How common the word is, from 1, the commonest; 0 when it is not on the list.  `skeleton` is folded and in the letters
// that leet stands for (password_text.h).  Any thread; the list is prepared at the first call.
uint32_t CommonRank(std::u32string_view skeleton);

// The longest word of the list, in code points: longer text need not be looked up.
size_t LongestCommonPassword();

}  // namespace strongroom
