// Days, in the forms of English, Swedish and Chinese and of machines (ISO 8601, RFC 3339); ages.
#include <algorithm>
#include <array>

#include "detect/folding.h"
#include "detect/pass.h"

namespace strongroom::detect::internal {
namespace {

constexpr int kFirstYear = 1600;
constexpr int kLastYear = 2199;

int Value(std::string_view digits) {
  int value = 0;
  for (char c : digits) value = value * 10 + (c - '0');
  return value;
}

bool IsYear(std::string_view digits) {
  return digits.size() == 4 && Value(digits) >= kFirstYear && Value(digits) <= kLastYear;
}

struct Month {
  std::string_view name;
  uint8_t number = 0;
};

// English and Swedish, whole and as they are cut short.
constexpr Month kMonths[] = {
    {"january", 1}, {"jan", 1},       {"januari", 1}, {"february", 2}, {"feb", 2},       {"februari", 2},
    {"march", 3},   {"mar", 3},       {"mars", 3},    {"april", 4},    {"apr", 4},       {"may", 5},
    {"maj", 5},     {"june", 6},      {"jun", 6},     {"juni", 6},     {"july", 7},      {"jul", 7},
    {"juli", 7},    {"august", 8},    {"aug", 8},     {"augusti", 8},  {"september", 9}, {"sep", 9},
    {"sept", 9},    {"october", 10},  {"oct", 10},    {"oktober", 10}, {"okt", 10},      {"november", 11},
    {"nov", 11},    {"december", 12}, {"dec", 12},
};
constexpr size_t kLongestMonth = 9;

int MonthOf(std::string_view word) {
  if (word.size() < 3 || word.size() > kLongestMonth) return 0;
  char lower[kLongestMonth];
  for (size_t i = 0; i < word.size(); ++i) {
    // "JAN", "Jan" and "jan", but no "jAN".
    if (i > 0 && IsUpper(word[i]) && !IsUpper(word[1])) return 0;
    lower[i] = Lower(word[i]);
  }
  for (const Month& month : kMonths) {
    if (month.name == std::string_view(lower, word.size())) return month.number;
  }
  return 0;
}

// How many letters stand at `at`.
size_t LettersAt(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && IsAlpha(text[end])) ++end;
  return end - at;
}

size_t DigitsAt(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && end - at < 6 && IsDigit(text[end])) ++end;
  return end - at;
}

// Two digits of a time, at most `most`.
bool TimePart(std::string_view text, size_t at, int most) {
  return DigitsAt(text, at) == 2 && Value(text.substr(at, 2)) <= most;
}

// Where the time of day that follows a day ends; `at` when none follows.
size_t TimeEnd(std::string_view text, size_t at) {
  size_t from = at;
  if (from < text.size() && text[from] == ',') ++from;
  if (from >= text.size() || !IsIn(text[from], " T_t")) return at;
  ++from;
  if (text.substr(from).starts_with("kl. ")) from += 4;
  if (text.substr(from).starts_with("at ")) from += 3;
  size_t end = from + DigitsAt(text, from);
  if (end - from < 1 || end - from > 2 || Value(text.substr(from, end - from)) > 24 || end >= text.size() ||
      !(text[end] == ':' || (text[end] == '.' && DigitsAt(text, end + 1) == 2)) || !TimePart(text, end + 1, 59)) {
    return at;
  }
  end += 3;
  if (end < text.size() && text[end] == ':' && TimePart(text, end + 1, 60)) {
    end += 3;
    if (end < text.size() && (text[end] == '.' || text[end] == ',') && DigitsAt(text, end + 1) >= 3) {
      end += 1 + DigitsAt(text, end + 1);
      while (end < text.size() && IsDigit(text[end])) ++end;
    }
  }
  if (end < text.size() && text[end] == 'Z') return end + 1;
  const size_t zone = end + (end < text.size() && text[end] == ' ' ? 1 : 0);
  if (zone < text.size() && IsIn(text[zone], "+-") && TimePart(text, zone + 1, 14)) {
    if (zone + 3 < text.size() && text[zone + 3] == ':' && TimePart(text, zone + 4, 59)) return zone + 6;
    return zone + 3;
  }
  for (std::string_view half : {"AM", "PM", "am", "pm", "a.m.", "p.m."}) {
    if (text.substr(zone).starts_with(half) && LettersAt(text, zone) <= 2) return zone + half.size();
  }
  return end;
}

// Of six or eight digits in a row: a day only beside a word that says so.
constexpr float kCompactDay = 0.35F;

// A day that was read: where it stands and how sure that it is one.
struct Day {
  size_t begin = 0;
  size_t end = 0;
  float score = 0;
};

// Three groups of digits with the same mark between: 1987-03-05, 3/5/1987, 05.03.87.
Day NumericDay(const NumberText& number, const LeftSide& left) {
  if (number.count < 3 || left.digit_group || left.decimal) return {};
  const NumberWord* words = number.words;
  const char mark = words[1].separator;
  if (!IsIn(mark, "-/._") || words[2].separator != mark) return {};
  if (!words[0].all_digits() || !words[1].all_digits() || words[1].length() > 2) return {};
  // "2026-03-12T09:10:11Z" is one word to the end of the hour.
  const std::string_view last = number.Word(2);
  const size_t last_digits = DigitsAt(last, 0);
  if (last_digits != last.size() && !(last_digits == 2 && last.size() >= 3 && last[2] == 'T')) return {};
  if (last_digits == last.size() && number.count > 3 && words[3].separator == mark && mark != '-') return {};
  const int a = Value(number.Word(0));
  const int b = Value(number.Word(1));
  const int c = Value(last.substr(0, last_digits));
  const size_t end = words[2].raw_begin + last_digits;
  if (IsYear(number.Word(0))) {
    if (last_digits > 2 || !IsRealDate({a, b, c})) return {};
    return {words[0].raw_begin, end, words[1].length() == 2 || mark == '/' ? 0.85F : 0.7F};
  }
  if (words[0].length() > 2) return {};
  const bool short_year = last_digits == 2;
  if (!short_year && !IsYear(last)) return {};
  const int year = short_year ? 2000 : c;
  if (!IsRealDate({year, a, b}) && !IsRealDate({year, b, a})) {
    // 87-03-05, the year first.
    if (!short_year || mark != '-' || words[0].length() != 2 || !IsRealDate({2000, b, c})) return {};
    return {words[0].raw_begin, end, 0.45F};
  }
  if (!short_year) return {words[0].raw_begin, end, mark == '_' ? 0.5F : 0.85F};
  if (words[1].length() != 2) return {words[0].raw_begin, end, mark == '/' ? 0.55F : 0.3F};
  return {words[0].raw_begin, end, mark == '/' ? 0.7F : 0.45F};
}

// "1987年3月5日", "3月5日", "1987年3月": digits and the words for year, month, day.
Day ChineseDay(std::string_view text, const NumberText& number) {
  struct Unit {
    std::string_view sign;
    size_t most = 0;
  };
  constexpr Unit kYear{"\u5e74", 4};
  constexpr Unit kMonth{"\u6708", 2};
  constexpr Unit kDay{"\u65e5", 2};
  const NumberWord& word = number.words[0];
  size_t at = word.raw_end;
  const auto skip_blank = [&](size_t from) { return from < text.size() && text[from] == ' ' ? from + 1 : from; };
  // Reads digits and the sign after them; answers where they end, or 0.
  const auto part = [&](size_t from, const Unit& unit, int most) -> size_t {
    from = skip_blank(from);
    size_t end = from;
    int value = 0;
    size_t digits = 0;
    while (true) {
      const Folded next = FoldAt(text, end);
      if (!IsDigit(next.c) || digits == unit.most) break;
      value = value * 10 + (next.c - '0');
      end += next.length;
      ++digits;
    }
    end = skip_blank(end);
    return digits >= 1 && value >= 1 && value <= most && text.substr(std::min(end, text.size())).starts_with(unit.sign)
               ? end + unit.sign.size()
               : 0;
  };
  Day day{word.raw_begin, 0, 0};
  size_t month_end = 0;
  at = skip_blank(at);
  if (IsYear(number.Word(0)) && text.substr(at).starts_with(kYear.sign)) {
    month_end = part(at + kYear.sign.size(), kMonth, 12);
    day.score = 0.6F;
  } else {
    month_end = part(word.raw_begin, kMonth, 12);
    day.score = 0.3F;
  }
  if (month_end == 0) return {};
  day.end = month_end;
  size_t day_end = part(month_end, kDay, 31);
  if (day_end == 0) day_end = part(month_end, {"\u53f7", 2}, 31);
  if (day_end != 0) day = {day.begin, day_end, day.score + 0.25F};
  return day;
}

// The month whose name ends right before `at`, over blanks, a comma or a point.
struct NamedMonth {
  int number = 0;
  size_t begin = 0;
  size_t end = 0;
};

NamedMonth MonthBefore(std::string_view text, size_t at) {
  size_t end = at;
  while (end > 0 && at - end < 3 && IsIn(text[end - 1], " .,-/")) --end;
  if (end == at) return {};
  size_t begin = end;
  while (begin > 0 && end - begin <= kLongestMonth && IsAlpha(text[begin - 1])) --begin;
  if (begin > 0 && static_cast<unsigned char>(text[begin - 1]) >= 0x80 && FoldBefore(text, begin).c == kLetter) {
    return {};
  }
  return {MonthOf(text.substr(begin, end - begin)), begin, end};
}

NamedMonth MonthAfter(std::string_view text, size_t at) {
  size_t begin = at;
  while (begin < text.size() && begin - at < 3 && IsIn(text[begin], " .,-/")) ++begin;
  const size_t before_of = begin;
  if (begin > at && text.substr(begin).starts_with("of ")) begin += 3;
  if (begin == at) return {};
  const size_t letters = LettersAt(text, begin);
  if (letters > kLongestMonth) return {};
  if (begin + letters < text.size() && FoldAt(text, begin + letters).c == kLetter) return {};
  return {MonthOf(text.substr(begin, letters)), before_of, begin + letters};
}

// The year that follows a day and its month: where it ends, or `at`.
size_t YearEnd(std::string_view text, size_t at) {
  size_t from = at;
  while (from < text.size() && from - at < 3 && IsIn(text[from], " .,-/")) ++from;
  if (from == at || DigitsAt(text, from) != 4 || !IsYear(text.substr(from, 4))) return at;
  return from + 4 < text.size() && IsAlpha(text[from + 4]) ? at : from + 4;
}

// Days with the month in letters, around the day `value` that ends at `end`.
Day NamedDay(std::string_view text, size_t begin, size_t end, int value, bool ordinal) {
  if (value < 1 || value > 31) return {};
  if (const NamedMonth month = MonthAfter(text, end); month.number != 0 && value <= DaysInMonth(2000, month.number)) {
    const size_t year_end = YearEnd(text, month.end);
    // "2 may apply"
    const bool word = month.number == 5 && IsLower(text[month.end - 3]) && text[month.end - 1] == 'y';
    if (year_end != month.end) return {begin, year_end, 0.85F};
    if (!word || ordinal) return {begin, month.end, 0.65F};
  }
  if (const NamedMonth month = MonthBefore(text, begin);
      month.number != 0 && value <= DaysInMonth(2000, month.number)) {
    const size_t year_end = YearEnd(text, end);
    const bool capital = IsUpper(text[month.begin]);
    if (year_end != end) return {month.begin, year_end, 0.85F};
    // In lower case it is as often a word ("may 5 people") or a planet's name.
    if (capital || ordinal) return {month.begin, end, 0.6F};
  }
  return {};
}

bool IsOrdinal(std::string_view letters) {
  return letters == "ST" || letters == "ND" || letters == "RD" || letters == "TH";
}

// "March 1987"
Day MonthAndYear(std::string_view text, const NumberWord& word) {
  const NamedMonth month = MonthBefore(text, word.raw_begin);
  if (month.number == 0 || word.raw_begin - month.end > 2) return {};
  return {month.begin, word.raw_end, IsUpper(text[month.begin]) || month.end - month.begin > 4 ? 0.6F : 0.4F};
}

Day ReadDay(const Pass& pass, const NumberText& number, const LeftSide& left) {
  const NumberWord& word = number.words[0];
  const std::string_view text = pass.text;
  const std::string_view digits = number.Word(0);
  if (!word.all_digits()) {
    const size_t count = DigitsAt(digits, 0);
    if (count < 1 || count > 2 || !IsOrdinal(digits.substr(count))) return {};
    return NamedDay(text, word.raw_begin, word.raw_end, Value(digits.substr(0, count)), true);
  }
  if (digits.size() > 4 && digits.size() != 8 && digits.size() != 6) return {};
  if (number.count >= 3) {
    if (const Day day = NumericDay(number, left); day.score > 0) return day;
  }
  // A letter alone may follow ("870305 i Lund"), no group of digits.
  const bool alone = number.count == 1 || number.words[1].digits == 0;
  if (digits.size() == 6) {
    // 870305, as births are written in Sweden.
    const CivilDate date{2000, Value(digits.substr(2, 2)), Value(digits.substr(4))};
    return alone && !left.decimal && IsRealDate(date) ? Day{word.raw_begin, word.raw_end, kCompactDay} : Day{};
  }
  if (digits.size() == 8) {
    const CivilDate date{Value(digits.substr(0, 4)), Value(digits.substr(4, 2)), Value(digits.substr(6))};
    const bool real = IsYear(digits.substr(0, 4)) && IsRealDate(date) && alone;
    return real ? Day{word.raw_begin, word.raw_end, kCompactDay} : Day{};
  }
  if (digits.size() == 3 || left.decimal) return {};
  const unsigned char next = word.raw_end < text.size() ? static_cast<unsigned char>(text[word.raw_end]) : 0;
  if (next >= 0xE5 || next == ' ') {
    if (const Day day = ChineseDay(text, number); day.score > 0) return day;
  }
  if (digits.size() == 4) return IsYear(digits) ? MonthAndYear(text, word) : Day{};
  size_t end = word.raw_end;
  if (text.substr(end).starts_with(":e") || text.substr(end).starts_with(":a")) end += 2;
  return NamedDay(text, word.raw_begin, end, Value(digits), end != word.raw_end);
}

}  // namespace

size_t FindDate(Pass& pass, const NumberText& number, const LeftSide& left) {
  Day day = ReadDay(pass, number, left);
  if (day.score == 0) return 0;
  const size_t date_row = pass.tables.RowOf(Grammar::kDate);
  const size_t birth_row = pass.tables.RowOf(Grammar::kBirthDate);
  const size_t day_end = day.end;
  day.end = TimeEnd(pass.text, day.end);
  if (pass.tables.Wants(Grammar::kBirthDate) && (day.score >= kCompactDay || pass.heading != 0)) {
    // A moment of a day is in a log.
    if (day.end == day_end && pass.IsNear(birth_row, day.begin, day.end)) {
      pass.Add(birth_row, day.begin, day.end, Recognisers()[birth_row].in_context);
      return day_end;
    }
  }
  const bool short_form = day_end - day.begin == 6 && day.score == kCompactDay;
  if (day.score < 0.6F && !short_form && pass.IsNear(date_row, day.begin, day.end)) day.score = 0.6F;
  if (!pass.tables.Wants(Grammar::kDate)) return 0;
  pass.Add(date_row, day.begin, day.end, day.score);
  return day.score >= 0.8F ? day.end : 0;
}

namespace {

bool FollowedBy(std::string_view text, size_t at, std::initializer_list<std::string_view> words) {
  const std::string_view rest = text.substr(std::min(at, text.size()), 24);
  for (std::string_view word : words) {
    if (rest.size() < word.size()) continue;
    bool same = true;
    for (size_t i = 0; same && i < word.size(); ++i) same = Lower(rest[i]) == word[i];
    if (!same) continue;
    const bool ends = rest.size() == word.size() || !IsAlpha(rest[word.size()]) || !IsAlpha(word.back());
    if (ends) return true;
  }
  return false;
}

bool PrecededBy(std::string_view text, size_t at, std::initializer_list<std::string_view> words) {
  for (std::string_view word : words) {
    if (at < word.size()) continue;
    bool same = true;
    for (size_t i = 0; same && i < word.size(); ++i) same = Lower(text[at - word.size() + i]) == word[i];
    if (!same) continue;
    if (at == word.size() || !IsAlpha(text[at - word.size() - 1]) || !IsAlpha(word.front())) return true;
  }
  return false;
}

}  // namespace

void FindAge(Pass& pass, const NumberText& number, const LeftSide& left) {
  const NumberWord& word = number.words[0];
  if (word.length() > 3 || left.decimal || left.word || left.digit_group) return;
  const size_t digits = DigitsAt(number.Word(0), 0);
  if (digits == 0 || Value(number.Word(0).substr(0, digits)) > 120) return;
  const std::string_view text = pass.text;
  const size_t row = pass.tables.RowOf(Grammar::kAge);
  const size_t end = word.raw_begin + digits;
  if (!word.all_digits() || end != word.raw_end) return;
  // What can follow an age, or stand before one: most numbers are neither.
  const auto next = static_cast<unsigned char>(end < text.size() ? text[end] : '\n');
  const bool tail = (next == ' ' || next == '-' || next >= 0xE5) && end + 1 < text.size() &&
                    (IsIn(text[end + 1], "yo\xc3\xe5") || static_cast<unsigned char>(text[end + 1]) >= 0x80);
  const auto head = static_cast<unsigned char>(left.before == kOther ? 0x80 : left.before);
  float score = 0;
  if (tail &&
      FollowedBy(text, end, {" years old", "-year-old", " year old", " years of age", "-years-old", " yrs old",
                             " y/o",       " yo ",      "-year old", " år gammal",    " år gamla",  " år gammalt",
                             "-årig",      "-årige",    "-åriga",    "-årigt",        "-åring",     "-åringen",
                             "-åringar",   " årig",     "\u5c81",    "\u5468\u5c81",  " \u5c81"})) {
    score = 0.9F;
  } else if ((head == ' ' || head == ':' || head == '=' || head >= 0x80) &&
             PrecededBy(text, word.raw_begin,
                        {"aged ",         "age: ",        "age ",          "age:",
                         "age=",          "\"age\":",     "\"age\": ",     "age is ",
                         "ålder: ",       "Ålder: ",      "Ålder ",        "Ålder:",
                         "ålder ",        "ålder:",       "åldern ",       "\u5e74\u9f84\uff1a",
                         "\u5e74\u9f84:", "\u5e74\u9f84", "\u5e74\u9f84 ", "\u5e74\u9f84\u4e3a"})) {
    score = 0.85F;
  } else if (tail && FollowedBy(text, end, {" år"}) &&
             PrecededBy(text, word.raw_begin, {"är ", "fyller ", "fyllt ", "blev ", "blir "})) {
    score = 0.6F;
  } else if ((pass.heading >> row & 1) != 0 && end - word.raw_begin + 2 >= text.size()) {
    score = 0.8F;
  }
  if (score > 0) pass.Add(row, word.raw_begin, end, score);
}

}  // namespace strongroom::detect::internal
