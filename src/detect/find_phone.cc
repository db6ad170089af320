// Telephone numbers: no register of numbering plans, but the shapes people write them in and the words beside them.
// (ITU-T E.123 and E.164 for the international form; the rest from how forms and letters look in many countries.)
#include <algorithm>

#include "detect/folding.h"
#include "detect/pass.h"

namespace strongroom::detect::internal {
namespace {

constexpr size_t kMostGroups = 7;
constexpr size_t kLeastDigits = 6;
constexpr size_t kMostDigits = 15;  // E.164

// Groups of digits as far as one end, and what stands around them.
struct Groups {
  uint8_t sizes[kMostGroups] = {};
  size_t count = 0;
  size_t digits = 0;
  char separator = '\0';  // that all gaps share; '\0' for none or a mixture
  bool mixed = false;
  bool plus = false;
  bool bracket = false;  // the first group, or the one after a country code, stands in brackets
  std::string_view compact;

  bool Are(std::initializer_list<int> wanted) const {
    return wanted.size() == count &&
           std::equal(wanted.begin(), wanted.end(), sizes, [](int a, uint8_t b) { return a == b; });
  }
  size_t smallest() const { return *std::min_element(sizes, sizes + count); }
  size_t largest() const { return *std::max_element(sizes, sizes + count); }
};

// How sure the shape makes us: on its own, and with a word beside it.
struct Surety {
  float alone = 0;
  float near = 0;
};

bool IsYear(std::string_view digits) {
  return digits.size() == 4 && (digits.starts_with("19") || digits.starts_with("20"));
}

// Groups of three after a first of one to three: an amount as much as a number.
bool LooksLikeThousands(const Groups& groups) {
  if (groups.count < 2 || groups.sizes[0] > 3 || (groups.separator != ' ' && groups.separator != '.')) return false;
  return std::all_of(groups.sizes + 1, groups.sizes + groups.count, [](uint8_t size) { return size == 3; });
}

Surety OfInternational(const Groups& groups) {
  if (groups.digits < 8 || groups.compact[0] == '0') return {};
  return {groups.count == 1 && groups.digits < 10 ? 0.6F : 0.9F, 0.95F};
}

// North America writes 3-3-4, with 1 or 001 before it.
bool IsNorthAmerican(const Groups& groups) {
  return groups.Are({3, 3, 4}) || (groups.compact[0] == '1' && groups.Are({1, 3, 3, 4})) ||
         (groups.compact.starts_with("001") && groups.Are({3, 3, 3, 4}));
}

Surety OfOneGroup(const Groups& groups) {
  const std::string_view digits = groups.compact;
  const size_t size = digits.size();
  if (size < 7 || size > 13) return {};
  if (size == 11 && digits[0] == '1' && digits[1] >= '3') return {0.72F, 0.9F};     // mobile, China
  if ((size == 10 || size == 11) && digits.starts_with("07")) return {0.6F, 0.9F};  // mobile, Sweden, Britain
  if (digits.starts_with("00") && size >= 10) return {0.5F, 0.85F};
  if (digits[0] == '0' && size >= 9 && size <= 11) return {0.4F, 0.85F};
  return {0.1F, size == 7 || size == 8 || size >= 12 ? 0.66F : 0.75F};
}

Surety OfGroups(const Groups& groups) {
  const std::string_view digits = groups.compact;
  if (IsNorthAmerican(groups) && groups.separator != '\0' && groups.separator != '/') {
    return groups.separator == ' ' && groups.count == 3 ? Surety{0.6F, 0.92F} : Surety{0.8F, 0.94F};
  }
  if (groups.bracket) {
    if (groups.sizes[0] > 5 || groups.digits > 13 || groups.digits < 6 || IsYear(digits.substr(0, groups.sizes[0]))) {
      return {0.3F, 0.6F};
    }
    return {groups.digits >= 8 ? 0.85F : 0.6F, 0.94F};
  }
  if (digits.starts_with("00") && groups.sizes[0] >= 2 && groups.digits >= 10) return {0.8F, 0.93F};
  if (groups.smallest() < 2 || groups.largest() > 8) return {};
  const bool mixed = groups.separator == '\0';
  if (digits[0] == '0') {
    if (groups.digits < 8 || groups.digits > 12 || groups.sizes[0] > 5 || groups.sizes[0] < 2)
      return groups.digits < 7 ? Surety{} : Surety{0.2F, 0.8F};
    return {groups.separator == '/' || groups.separator == '.' ? 0.55F : 0.72F, 0.92F};
  }
  if (groups.separator == '/' || groups.separator == '_') return {};
  if (groups.Are({3, 4, 4}) && digits[0] == '1' && digits[1] >= '3') return {0.8F, 0.93F};
  if (groups.Are({4, 4}) && IsYear(digits.substr(0, 4)) && IsYear(digits.substr(4))) return {};
  if (groups.digits > 12) return {};
  if (groups.Are({2, 2, 2, 2}) && groups.separator == '-') return {0.5F, 0.88F};
  if (groups.Are({3, 4}) && groups.separator == '-') return {0.45F, 0.88F};
  if (groups.digits == 6 && groups.count != 3) return {};
  return {LooksLikeThousands(groups) || mixed ? 0.2F : 0.4F, mixed ? 0.6F : 0.86F};
}

// A day written with its parts apart is no number to call.
bool IsDay(const Groups& groups) {
  const auto number = [&](size_t from, size_t size) {
    int value = 0;
    for (char c : groups.compact.substr(from, size)) value = value * 10 + (c - '0');
    return value;
  };
  if (groups.separator == '/' && groups.count > 2) return true;
  if (groups.count != 3 || groups.mixed) return false;
  if (groups.Are({4, 2, 2})) return IsRealDate({number(0, 4), number(4, 2), number(6, 2)});
  if (!groups.Are({2, 2, 4}) && !(groups.Are({2, 2, 2}) && groups.separator != ' ')) return false;
  const int first = number(0, 2);
  const int second = number(2, 2);
  return first >= 1 && second >= 1 && std::min(first, second) <= 12 && std::max(first, second) <= 31;
}

// The extension that follows ("x123", " ext. 45"): where it ends, or `at`.
size_t ExtensionEnd(std::string_view text, size_t at) {
  size_t mark = at;
  if (mark < text.size() && text[mark] == ' ') ++mark;
  if (mark >= text.size() || !IsIn(text[mark], "exX#a")) return at;
  bool named = false;
  for (std::string_view word : {"extension ", "ext. ", "ext.", "ext ", "ext", "x", "X", "#", "anknytning "}) {
    if (!text.substr(std::min(mark, text.size())).starts_with(word)) continue;
    mark += word.size();
    named = true;
    break;
  }
  size_t digits = 0;
  while (named && mark + digits < text.size() && IsDigit(text[mark + digits])) ++digits;
  const bool ends = mark + digits >= text.size() || !IsAlpha(text[mark + digits]);
  return digits >= 1 && digits <= 6 && ends ? mark + digits : at;
}

// The digits of a word that may end in an extension ("2851X818"); 0 when it is no such word.
size_t DigitsOf(const NumberText& number, size_t index) {
  const NumberWord& word = number.words[index];
  if (word.all_digits()) return word.length();
  const std::string_view text = number.Word(index);
  const size_t x = text.find('X');
  if (x == std::string_view::npos || x < 3 || word.digits + 1U != word.length() || text.size() - x > 7) return 0;
  return x;
}

bool SeparatorFits(char separator, bool bracket) {
  return separator == ' ' || separator == '-' || separator == '.' || separator == '/' ||
         (separator == ')' && bracket) || separator == '(';
}

}  // namespace

size_t FindPhone(Pass& pass, const NumberText& number, const LeftSide& left) {
  if (left.decimal || left.money) return 0;
  const size_t row = pass.tables.RowOf(Grammar::kPhone);
  size_t begin = number.words[0].raw_begin;
  Groups groups;
  groups.plus = left.before == '+';
  groups.bracket = left.before == '(';
  bool in_bracket = groups.bracket;
  if (groups.plus || groups.bracket) begin -= left.before_length;
  // "(+46)" and "+(46)".
  if ((groups.plus && left.beyond == '(') || (groups.bracket && left.beyond == '+')) {
    begin -= left.beyond_length;
    groups.plus = groups.bracket = in_bracket = true;
  }
  const bool attached = (left.digit_group || left.word) && !groups.plus && !groups.bracket;

  Surety best;
  size_t best_end = 0;
  for (size_t i = 0; i < number.count && i < kMostGroups; ++i) {
    const NumberWord& word = number.words[i];
    if (i > 0) {
      if (!SeparatorFits(word.separator, in_bracket || groups.bracket)) break;
      if (word.separator == '/' && i > 1) return 0;  // a day
      if (word.separator == '(') {
        // Only after the code of a country: "+46 (0)8", "1 (555)".
        if (!groups.plus && groups.compact != "1" && !groups.compact.starts_with("00")) break;
        groups.bracket = in_bracket = true;
      }
      const char gap = word.separator == ')' || word.separator == '(' ? groups.separator : word.separator;
      if (i == 1 || (groups.separator == '\0' && !groups.mixed)) {
        groups.separator = gap;
      } else if (gap != groups.separator) {
        groups.mixed = true;
        groups.separator = '\0';
      }
      if (word.separator == ')') in_bracket = false;
    }
    const size_t digits = DigitsOf(number, i);
    if (digits == 0 || (number.cut && i + 1U == number.count)) break;
    groups.sizes[groups.count++] = static_cast<uint8_t>(std::min<size_t>(digits, 40));
    groups.compact = {number.compact, groups.digits + digits};
    groups.digits += digits;
    if (groups.digits > kMostDigits + 2) break;
    const bool extended = digits != word.length();
    const bool goes_on = i + 1U < number.count && number.words[i + 1].separator == groups.separator && !extended &&
                         groups.separator != '\0' && number.words[i + 1].digits != 0;
    if (groups.digits >= kLeastDigits && !(in_bracket && groups.count == 1) && !IsDay(groups)) {
      Surety surety = groups.plus ? OfInternational(groups) : groups.count > 1 ? OfGroups(groups) : OfOneGroup(groups);
      // Shapes that are no plan's own must be all there is.
      if ((goes_on || attached) && surety.alone < 0.6F) surety = {};
      if (attached) surety.alone = std::min(surety.alone, 0.4F);
      if (extended && surety.alone > 0) surety = {std::max(surety.alone, 0.8F), 0.94F};
      if (surety.near > best.near || (surety.near == best.near && surety.near > 0)) {
        best = surety;
        best_end = word.raw_end;
      }
    }
    if (extended) break;
  }
  if (best.near < pass.tables.options.min_score) return 0;
  const size_t end = ExtensionEnd(pass.text, best_end);
  if (end != best_end) best = {std::max(best.alone, 0.7F), 0.94F};
  const bool near = best.alone < 0.6F && pass.IsNear(row, begin, best_end);
  pass.Add(row, begin, end, near ? best.near : best.alone);
  return best.alone >= 0.8F ? end : 0;
}

}  // namespace strongroom::detect::internal
