#include "detect/folding.h"

#include <algorithm>

namespace strongroom::detect::internal {
namespace {

struct CodePoint {
  uint32_t value = 0;
  uint8_t length = 0;  // 0: not UTF-8
};

CodePoint Decode(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[at + i])); };
  const uint32_t lead = byte(0);
  const uint8_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || at + length > text.size()) return {};
  uint32_t value = lead & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3F);
  }
  const uint32_t least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
  if (value < least || (value >= 0xD800 && value < 0xE000) || value > 0x10FFFF) return {};
  return {value, length};
}

char FoldCodePoint(uint32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) return static_cast<char>(c - 0xFEE0);
  if (c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F || c == 0x3000) return ' ';
  if (c == 0xAD || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2064) ||
      c == 0xFEFF) {
    return kUnseen;
  }
  if ((c >= 0x2010 && c <= 0x2015) || c == 0x2043 || c == 0x2212 || c == 0xFE58 || c == 0xFE63) return '-';
  if (c == 0x2028 || c == 0x2029) return '\n';
  const bool letter = (c >= 0xC0 && c < 0x2000 && c != 0xD7 && c != 0xF7) || (c >= 0x2C00 && c < 0x2E00);
  return letter ? kLetter : kOther;
}

int HexValue(char c) { return IsDigit(c) ? c - '0' : Lower(c) - 'a' + 10; }

}  // namespace

char PercentDecoded(std::string_view text, size_t at) {
  if (at + 3 > text.size() || text[at] != '%' || !IsHex(text[at + 1]) || !IsHex(text[at + 2])) return '\0';
  const char c = static_cast<char>(HexValue(text[at + 1]) << 4 | HexValue(text[at + 2]));
  return std::string_view(" -+()./:@").find(c) != std::string_view::npos ? c : '\0';
}

Folded FoldSlow(std::string_view text, size_t at) {
  if (text[at] == '%') {
    const char decoded = PercentDecoded(text, at);
    return decoded != '\0' ? Folded{decoded, 3} : Folded{'%', 1};
  }
  const CodePoint point = Decode(text, at);
  return point.length == 0 ? Folded{kOther, 1} : Folded{FoldCodePoint(point.value), point.length};
}

Folded FoldBefore(std::string_view text, size_t at) {
  if (at == 0) return {};
  const auto last = static_cast<unsigned char>(text[at - 1]);
  if (last < 0x80 && (at < 3 || text[at - 3] != '%')) return {text[at - 1], 1};
  if (at >= 3) {
    const char decoded = PercentDecoded(text, at - 3);
    if (decoded != '\0') return {decoded, 3};
  }
  size_t begin = at - 1;
  while (begin > 0 && at - begin < 4 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  const Folded folded = FoldAt(text, begin);
  return begin + folded.length == at ? folded : Folded{kOther, 1};
}

std::string FoldAll(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const Folded next = FoldAt(text, at);
    at += next.length;
    if (next.c != kUnseen) folded += next.c;
  }
  return folded;
}

}  // namespace strongroom::detect::internal
