#include "detect/number_text.h"

#include <array>

#include "detect/folding.h"

namespace strongroom::detect::internal {
namespace {

// Letters in upper case and digits; '\0' for all else.
constexpr std::array<char, 256> kUpperAlnum = [] {
  std::array<char, 256> table{};
  for (int c = 0; c < 128; ++c) {
    if (IsAlnum(static_cast<char>(c))) table[static_cast<size_t>(c)] = Upper(static_cast<char>(c));
  }
  return table;
}();

// What a separator may begin with.
constexpr std::array<bool, 128> kSeparates = [] {
  std::array<bool, 128> table{};
  for (char c : std::string_view(" \t\r\n-./_+()")) table[static_cast<size_t>(c)] = true;
  return table;
}();
constexpr std::array<bool, 128> kBlank = [] {
  std::array<bool, 128> table{};
  for (char c : std::string_view(" \t\r\n")) table[static_cast<size_t>(c)] = true;
  return table;
}();

// The folded character at `at`; unseen ones are stepped over.
Folded Seen(std::string_view text, size_t& at) {
  Folded next = FoldAt(text, at);
  while (next.c == kUnseen) {
    at += next.length;
    next = FoldAt(text, at);
  }
  return next;
}

struct Separator {
  char c = '\0';  // '\0': what follows does not belong to the number
  size_t end = 0;
};

// The separator that a mark and the blanks and line ends around it make.
char Combined(char mark, int blanks, bool line) {
  if (line) return mark == '\0' || mark == '-' ? kBreak : '\0';
  if (mark == '\0') return blanks == 1 ? ' ' : kWide;
  if (blanks == 0 || mark == '(' || mark == ')') return mark;
  return mark == '-' ? kWide : '\0';
}

// At most this many characters between two groups: a mark, a line end, an indentation.
constexpr int kLongestSeparator = 8;

Separator ReadSeparator(std::string_view text, size_t at) {
  // One mark and a digit or letter after it, or nothing of the kind at all: most of what there is.
  if (at + 1 >= text.size()) return {};
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80 && first != '%') {
    if (!kSeparates[first]) return {};
    if (IsAlnum(text[at + 1]))
      return {kBlank[first] ? (first == ' ' || first == '\t' ? ' ' : kBreak) : text[at], at + 1};
  }
  char mark = '\0';
  int blanks = 0;
  bool line = false;
  for (int i = 0; i < kLongestSeparator; ++i) {
    const Folded next = Seen(text, at);
    if (IsAlnum(next.c)) return {Combined(mark, blanks, line), at};
    switch (next.c) {
      case ' ':
      case '\t':
        ++blanks;
        break;
      case '\r':
      case '\n':
        line = true;
        break;
      case ')':
        mark = ')';
        break;
      case '-':
      case '.':
      case '/':
      case '_':
      case '+':
      case '(':
        // ")-" and ") (" are read as the bracket.
        if (mark == ')') break;
        if (mark != '\0') return {};
        mark = next.c;
        break;
      default:
        return {};
    }
    at += next.length;
  }
  return {};
}

// Validators know blanks, hyphens, full stops, slashes; and the plus sign, which speaks.
char ForValidators(char separator) {
  return separator == ' ' || separator == '-' || separator == '.' || separator == '/' || separator == '+' ? separator
         : separator == kBreak || separator == kWide                                                      ? ' '
                                                                                                          : '-';
}

// Appends the word at `at`; false when there was no room for all of it.
bool ReadWord(std::string_view text, size_t at, NumberText& number) {
  const size_t begin = number.count == 0 ? 0 : number.words[number.count - 1].end;
  const size_t raw_begin = at;
  size_t raw_end = at;
  size_t size = begin;
  size_t digits = 0;
  uint64_t letters = 0;
  bool whole = true;
  while (true) {
    char c = at < text.size() ? kUpperAlnum[static_cast<unsigned char>(text[at])] : '\0';
    size_t length = 1;
    if (c == '\0') {
      if (at >= text.size() || (static_cast<unsigned char>(text[at]) < 0x80 && text[at] != '%')) break;
      const Folded next = Seen(text, at);
      c = next.c;
      length = next.length;
      if (!IsAlnum(c)) {
        // A letter outside ASCII makes this no word of ours.
        if (c == kLetter) whole = false;
        break;
      }
      c = Upper(c);
    }
    if (size == NumberText::kMaxChars) {
      whole = false;
      break;
    }
    number.compact[size] = c;
    const bool digit = c <= '9';
    digits += digit ? 1 : 0;
    letters |= uint64_t{digit ? 0U : 1U} << size;
    ++size;
    at += length;
    raw_end = at;
  }
  NumberWord& word = number.words[number.count++];
  word.raw_begin = raw_begin;
  word.raw_end = raw_end;
  word.begin = static_cast<uint8_t>(begin);
  word.end = static_cast<uint8_t>(size);
  word.digits = static_cast<uint8_t>(digits);
  number.letters |= letters;
  return whole;
}

// Whether the first word begins like an account number: a country and two digits.
bool BeginsLikeIban(const NumberText& number) { return number.words[0].length() >= 4 && (number.letters & 0xF) == 0x3; }

// No number has more characters than this.
constexpr size_t kEnough = 34;

// Words too short for any number: columns of figures.
bool IsColumn(const NumberText& number) {
  const size_t count = number.count;
  const size_t length = number.words[count - 1].end;
  if (count == 2) return length == 2 && number.words[1].separator == ' ';
  return count >= 6 && length <= 2 * count;
}

// How many letters stand at `at` before a digit or the end of the word; more than four count as five.
int LettersAt(std::string_view text, size_t at) {
  int letters = 0;
  while (letters < 5 && at < text.size() && IsAlpha(text[at])) ++letters, ++at;
  return at < text.size() && IsDigit(text[at]) ? 0 : letters;
}

}  // namespace

WrittenNumber::WrittenNumber(const NumberText& number, size_t last) {
  for (size_t i = 0; i <= last; ++i) {
    if (i > 0) text_[size_++] = ForValidators(number.words[i].separator);
    const std::string_view word = number.Word(i);
    word.copy(text_ + size_, word.size());
    size_ += word.size();
  }
}

void ReadNumber(std::string_view text, size_t begin, NumberText& number) {
  number.count = 0;
  number.letters = 0;
  number.words[0].separator = '\0';
  number.cut = !ReadWord(text, begin, number);
  while (!number.cut && number.count < NumberText::kMaxWords) {
    const NumberWord& last = number.words[number.count - 1];
    if (last.end > kEnough || IsColumn(number)) return;
    const Separator separator = ReadSeparator(text, last.raw_end);
    if (separator.c == '\0') return;
    const int letters = LettersAt(text, separator.end);
    // Pairs of hexadecimal digits may be letters.
    const bool pairs = separator.c == '-' && number.words[0].length() == 2;
    if (letters > (BeginsLikeIban(number) ? 4 : pairs ? 2 : 1)) return;
    number.words[number.count].separator = separator.c;
    number.cut = !ReadWord(text, separator.end, number);
  }
}

}  // namespace strongroom::detect::internal
