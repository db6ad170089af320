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
  uint8_t begin = 0;  // in NumberText::compact
  uint8_t end = 0;
  uint8_t digits = 0;
  char separator = '\0';  // before the word: ' ' '-' '.' '/' '_' '+' '(' ')' or one of the two above

  size_t length() const { return static_cast<size_t>(end - begin); }
  bool all_digits() const { return digits == end - begin; }
};

struct NumberText {
  static constexpr size_t kMaxWords = 12;
  static constexpr size_t kMaxChars = 60;

  char compact[kMaxChars + 4];  // letters, in upper case, and digits
  NumberWord words[kMaxWords];
  uint8_t count = 0;
  bool cut = false;      // the last word goes on beyond what is held
  uint64_t letters = 0;  // bit i: compact[i] is a letter

  std::string_view Compact(size_t last) const { return {compact, words[last].end}; }
  std::string_view Word(size_t i) const { return {compact + words[i].begin, words[i].length()}; }
};

// The words as far as `last`, with the separators that validators know.
class WrittenNumber {
 public:
  WrittenNumber(const NumberText& number, size_t last);
  std::string_view view() const { return {text_, size_}; }

 private:
  char text_[NumberText::kMaxChars + NumberText::kMaxWords];
  size_t size_ = 0;
};

// Reads the words from `begin`, where a letter or digit stands, as far as a number can go: a word of letters alone ends
// it, but for single letters and, when the first word begins like an account number, groups of up to four.  The first
// word is always read.
void ReadNumber(std::string_view text, size_t begin, NumberText& number);

}  // namespace strongroom::detect::internal
