// The words of a possible number, folded: "4111 1111-1111…" as its groups of digits and letters with one separator
// between them.  Internal to detect.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace strongroom::detect::internal {

// The separators of a NumberText.
inline constexpr char kWide = '~';   // several blanks, or a hyphen between blanks
inline constexpr char kBreak = '^';  // a line end, with blanks around it

struct NumberWord {
  size_t raw_begin = 0;  // in the text
  size_t raw_end = 0;
  uint8_t begin = 0;  // in `joined` and `parsed`
  uint8_t end = 0;
  uint8_t compact_end = 0;  // letters and digits of this and all words before
  uint8_t digits = 0;
  char separator = '\0';  // before the word: ' ' '-' '.' '/' '_' '+' '(' ')' or one of the two above

  size_t length() const { return static_cast<size_t>(end - begin); }
  bool all_digits() const { return digits == end - begin; }
};

struct NumberText {
  static constexpr size_t kMaxWords = 12;
  static constexpr size_t kMaxChars = 60;

  char joined[kMaxChars + 4];   // words in upper case, separators as above
  char parsed[kMaxChars + 4];   // the same with the separators a validator knows
  char compact[kMaxChars + 4];  // letters and digits only
  NumberWord words[kMaxWords];
  uint8_t count = 0;
  bool cut = false;      // the last word goes on beyond what is held
  uint64_t letters = 0;  // bit i: compact[i] is a letter
  uint64_t groups = 0;   // bit i: a word other than the first begins at compact[i]

  std::string_view Compact(size_t last) const { return {compact, words[last].compact_end}; }
  std::string_view Parsed(size_t last) const { return {parsed, words[last].end}; }
  std::string_view Word(size_t i) const { return {joined + words[i].begin, words[i].length()}; }
};

// Reads the words from `begin`, where a letter or digit stands, as far as a number can go: a word of letters alone ends
// it, but for single letters and, when the first word begins like an account number, groups of up to four.  The first
// word is always read.
void ReadNumber(std::string_view text, size_t begin, NumberText& number);

}  // namespace strongroom::detect::internal
