// One character at a time, as a rule should see it: full-width forms as ASCII, every space as ' ', every hyphen as '-',
// percent-encoded separators decoded.  Internal to detect.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace strongroom::detect::internal {

// What a character outside ASCII folds to when it is none of the above.
inline constexpr char kOther = '\x01';   // ends any word: ideographs, punctuation, symbols, bytes that are not UTF-8
inline constexpr char kLetter = '\x02';  // continues a word: letters of alphabets
inline constexpr char kUnseen = '\x03';  // soft hyphen, zero-width characters, direction marks: as if it were not there

struct Folded {
  char c = '\0';       // '\0' beyond the text
  uint8_t length = 0;  // in bytes of the text
};

// The character that begins at `at`.
Folded FoldSlow(std::string_view text, size_t at);
inline Folded FoldAt(std::string_view text, size_t at) {
  if (at >= text.size()) return {};
  const char c = text[at];
  if (static_cast<unsigned char>(c) < 0x80 && c != '%') return {c, 1};
  return FoldSlow(text, at);
}

// The character that ends at `at`; length 0 at the beginning.
Folded FoldBefore(std::string_view text, size_t at);

// The percent-encoded separator at `at` ("%20"), decoded; '\0' for none.
char PercentDecoded(std::string_view text, size_t at);

// The whole text folded, unseen characters left out.
std::string FoldAll(std::string_view text);

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool IsAlpha(char c) { return IsUpper(c) || IsLower(c); }
constexpr bool IsAlnum(char c) { return IsDigit(c) || IsAlpha(c); }
constexpr char Upper(char c) { return IsLower(c) ? static_cast<char>(c - 'a' + 'A') : c; }
constexpr char Lower(char c) { return IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }
// For short sets; a loop the compiler unrolls.
constexpr bool IsIn(char c, std::string_view set) {
  for (char member : set) {
    if (member == c) return true;
  }
  return false;
}
constexpr bool IsHex(char c) { return IsDigit(c) || (Lower(c) >= 'a' && Lower(c) <= 'f'); }

}  // namespace strongroom::detect::internal
