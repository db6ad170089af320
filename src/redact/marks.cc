#include "redact/marks.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "detect/finding.h"
#include "redact/text.h"

namespace strongroom::redact {
namespace {

constexpr std::string_view kVowels = "aeiou";
constexpr std::string_view kConsonants = "bdfgklmnprstvzcj";
// Characters of good meaning and no surname; 32 of them.
constexpr std::u32string_view kHan = U"安宁和平明清永康德信义仁礼智文华春秋冬夏晨星云雨山川江河松竹梅兰";
constexpr char32_t kHanFirst = U'某';
constexpr size_t kLongestTail = 64;  // of a label: "_12", " token"

// Which bytes a mark can begin with: [ X x, and the first bytes of a block, a dot and 某.
bool MarkBegins(char c) { return c == '[' || c == 'X' || c == 'x' || c == '\xE2' || c == '\xE6'; }

// The first byte at or behind `at` that a mark can begin with; the size of the text when there is none.
size_t NextBeginning(std::string_view text, size_t at) {
#ifdef __SSE2__
  const auto all = [](char c) { return _mm_set1_epi8(c); };
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i x = _mm_cmpeq_epi8(_mm_or_si128(bytes, all(0x20)), all('x'));
    // 0xE2 and 0xE6 differ in one bit.
    const __m128i wide = _mm_cmpeq_epi8(_mm_or_si128(bytes, all(0x04)), all('\xE6'));
    const __m128i any = _mm_or_si128(_mm_or_si128(x, wide), _mm_cmpeq_epi8(bytes, all('[')));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(any));
    if (mask != 0) return at + static_cast<size_t>(std::countr_zero(mask));
  }
#endif
  while (at < text.size() && !MarkBegins(text[at])) ++at;
  return at;
}

// Whether the second byte goes on as a mark does: most bytes that could begin one are settled here.
bool MayBeMark(std::string_view text, size_t at) {
  if (at + 1 >= text.size()) return false;
  const char next = text[at + 1];
  switch (text[at]) {
    case '[':
      return IsUpper(next);
    case 'X':
    case 'x':
      return IsAlnum(next);
    case '\xE2':
      return next == '\x96' || next == '\x80' || next == '\x88';
    default:
      return next == '\x9F' && at + 2 < text.size() && text[at + 2] == '\x90';
  }
}

std::string_view Syllable(size_t number, std::array<char, 2>& buffer) {
  buffer = {kConsonants[number / 5 % 16], kVowels[number % 5]};
  return {buffer.data(), 2};
}

size_t CheckSyllable(std::string_view first_six) {
  size_t sum = 7;
  for (char c : first_six) sum = (sum * 31 + static_cast<unsigned char>(ToLower(c))) % 1009;
  return sum % 80;
}

size_t HanCheck(size_t a, size_t b) { return (a * 7 + b * 11 + 5) % kHan.size(); }

bool IsStandInLocal(std::string_view local) {
  return local.size() == kStandInLocalSize && local[0] == 'x' &&
         std::all_of(local.begin() + 1, local.end(), [](char c) { return IsLower(c) || (c >= '2' && c <= '7'); });
}

bool SticksBefore(std::string_view text, size_t at) {
  return at > 0 && Sticks(CodePointAt(text.substr(CodePointBefore(text, at))).value);
}

// The length of the label that `rest` begins with, or 0.
size_t LabelSize(std::string_view rest) {
  size_t end = 1;
  while (end < rest.size() && end < 20 && IsUpper(rest[end])) ++end;
  // Names have underscores: STREET_ADDRESS.
  while (end < rest.size() && end < 20 &&
         (IsUpper(rest[end]) || (rest[end] == '_' && end + 1 < rest.size() && IsUpper(rest[end + 1]))))
    ++end;
  if (end == 1 || !detect::KindOf(rest.substr(1, end - 1))) return 0;
  const size_t name_end = end;
  if (end < rest.size() && rest[end] == '_') {
    while (++end < rest.size() && IsDigit(rest[end]) && end - name_end < kLongestTail) {
    }
  } else if (end < rest.size() && rest[end] == ' ') {
    const auto token = [](char c) { return IsAlnum(c) || c == '_' || c == '-'; };
    while (++end < rest.size() && token(rest[end]) && end - name_end < kLongestTail) {
    }
  }
  if (end == name_end + 1 || end >= rest.size() || rest[end] != ']') return 0;
  return end + 1;
}

size_t RunOf(std::string_view unit, std::string_view rest) {
  size_t size = 0;
  while (rest.substr(size).starts_with(unit)) size += unit.size();
  return size;
}

// What a mask shows before its dots: one letter, or a country's two.
size_t MaskBegin(std::string_view text, size_t dots) {
  if (dots == 0) return dots;
  const size_t one = CodePointBefore(text, dots);
  const char32_t letter = CodePointAt(text.substr(one)).value;
  if (!IsWordCharacter(letter)) return dots;
  if (letter >= 0x2E80 || !SticksBefore(text, one)) return one;
  const bool country = one > 0 && letter < 0x80 && IsUpper(text[one]) && IsUpper(text[one - 1]);
  return country && !SticksBefore(text, one - 1) ? one - 1 : dots;
}

// What a mask shows behind its dots: the last two or four digits, or the rest of an address.
size_t MaskEnd(std::string_view text, size_t at) {
  size_t digits = 0;
  while (at + digits < text.size() && digits < 5 && IsAlnum(text[at + digits])) ++digits;
  const size_t behind = at + digits;
  const bool free = behind == text.size() || !Sticks(CodePointAt(text.substr(behind)).value);
  if ((digits == 2 || digits == 4) && free) return behind;
  if (at >= text.size() || text[at] != '@') return at;
  size_t end = at + 1;
  if (end < text.size() && text.substr(end, 3) != "\u2022") end += CodePointAt(text.substr(end)).size;
  if (!text.substr(std::min(end, text.size())).starts_with(kMaskMark)) return at;
  end += kMaskMark.size();
  if (end >= text.size() || text[end] != '.') return end;
  size_t letters = 0;
  while (end + 1 + letters < text.size() && letters < 24 && IsLetter(text[end + 1 + letters])) ++letters;
  return letters >= 2 ? end + 1 + letters : end;
}

// The length of the stand-in that `rest` begins with, an x, or 0.  What stands beside it does not matter: it may have
// replaced a find in the middle of a word.
size_t StandInSize(std::string_view rest) {
  if (rest.size() >= kStandInLocalSize + kStandInDomain.size() && rest[kStandInLocalSize] == '@' &&
      rest.substr(kStandInLocalSize).starts_with(kStandInDomain) && IsStandInLocal(rest.substr(0, kStandInLocalSize))) {
    return kStandInLocalSize + kStandInDomain.size();
  }
  return IsStandInWord(rest.substr(0, kStandInWordSize)) ? kStandInWordSize : 0;
}

size_t HanNameSize(std::string_view rest) {
  std::array<size_t, 3> index{};
  size_t end = CodePointAt(rest).size;
  if (CodePointAt(rest).value != kHanFirst) return 0;
  for (size_t& place : index) {
    if (end >= rest.size()) return 0;
    const CodePoint c = CodePointAt(rest.substr(end));
    place = kHan.find(c.value);
    if (place == std::u32string_view::npos) return 0;
    end += c.size;
  }
  return index[2] == HanCheck(index[0], index[1]) ? end : 0;
}

std::optional<Span> MarkAt(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest[0] == '[') {
    const size_t size = LabelSize(rest);
    return size == 0 ? std::nullopt : std::optional<Span>({at, at + size});
  }
  if (rest[0] == 'X' || rest[0] == 'x') {
    const size_t size = StandInSize(rest);
    return size == 0 ? std::nullopt : std::optional<Span>({at, at + size});
  }
  if (static_cast<unsigned char>(rest[0]) == 0xE6) {
    const size_t size = HanNameSize(rest);
    return size == 0 ? std::nullopt : std::optional<Span>({at, at + size});
  }
  if (const size_t blocks = RunOf(kBlockMark, rest); blocks > 0) return Span{at, at + blocks};
  if (const size_t dots = RunOf("\u2219", rest); dots > 0) return Span{at, at + dots};
  if (!rest.starts_with(kMaskMark)) return std::nullopt;
  const size_t dots_end = at + RunOf("\u2022", rest);
  return Span{MaskBegin(text, at), MaskEnd(text, dots_end)};
}

}  // namespace

bool Sticks(char32_t c) {
  return IsWordCharacter(c) || c == '@' || c == '[' || c == ']' || c == 0x2022 || c == 0x2219 || c == 0x2588;
}

std::string StandInWord(size_t number) {
  std::array<char, 2> buffer{};
  std::string word = "X";
  word += kVowels[number % 5];
  word += Syllable(number / 5, buffer);
  word += Syllable(number / 400, buffer);
  word += Syllable(CheckSyllable(word), buffer);
  return word;
}

bool IsStandInWord(std::string_view word) {
  if (word.size() != kStandInWordSize || (word[0] != 'X' && word[0] != 'x')) return false;
  const bool upper = IsUpper(word[0]) && IsUpper(word[1]);
  for (size_t i = 1; i < word.size(); ++i) {
    if (upper ? !IsUpper(word[i]) : !IsLower(word[i])) return false;
    const std::string_view& letters = i % 2 == 1 ? kVowels : kConsonants;
    if (letters.find(ToLower(word[i])) == std::string_view::npos) return false;
  }
  std::array<char, 2> buffer{};
  const std::string_view check = Syllable(CheckSyllable(word.substr(0, 6)), buffer);
  return ToLower(word[6]) == check[0] && ToLower(word[7]) == check[1];
}

std::string StandInHanName(size_t number) {
  const size_t a = number % kHan.size();
  const size_t b = number / kHan.size() % kHan.size();
  std::string name;
  for (char32_t c : {kHanFirst, kHan[a], kHan[b], kHan[HanCheck(a, b)]}) AppendUtf8(name, c);
  return name;
}

void FindMarks(std::string_view text, std::vector<Span>& marks) {
  size_t free_from = 0;
  for (size_t at = 0; at < text.size();) {
    at = NextBeginning(text, at);
    if (at == text.size()) return;
    std::optional<Span> mark = MayBeMark(text, at) ? MarkAt(text, at) : std::nullopt;
    if (!mark) {
      ++at;
      continue;
    }
    mark->begin = std::max(mark->begin, free_from);
    marks.push_back(*mark);
    at = free_from = mark->end;
  }
}

}  // namespace strongroom::redact
