#include "paper/misread.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace strongroom::paper {
namespace {

using detect::Finding;
using detect::Kind;

constexpr uint8_t kDoubtful = 80;  // percent: below it, a number is not trusted to be as it was read
constexpr uint8_t kVeryDoubtful = 50;
constexpr size_t kLeastDigits = 6;
constexpr size_t kLabelReach = 48;  // bytes before a number in which a word for it may stand
constexpr float kByShape = 0.7F;
constexpr float kByLabel = 0.65F;
constexpr float kByDoubt = 0.55F;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsLetter(char c) { return IsUpper(c) || IsLower(c); }
bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// A text as it may have been, and for each byte of it where it comes from.
struct Version {
  std::string text;
  std::vector<uint32_t> from;

  explicit Version(const std::string& original) : text(original), from(original.size()) {
    for (size_t i = 0; i < from.size(); ++i) from[i] = static_cast<uint32_t>(i);
  }
  Version() = default;
  void Take(const Version& other, size_t at) {
    text += other.text[at];
    from.push_back(other.from[at]);
  }
};

char DigitLike(char c) {
  switch (c) {
    case 'O':
    case 'o':
    case 'Q':
    case 'D':
    case 'U':
      return '0';
    case 'l':
    case 'I':
    case 'i':
    case '|':
    case '!':
    case ']':
    case '[':
      return '1';
    case 'Z':
    case 'z':
      return '2';
    case 'A':
      return '4';
    case 'S':
    case 's':
    case '$':
      return '5';
    case 'b':
    case 'G':
      return '6';
    case 'T':
    case '?':
      return '7';
    case 'B':
    case '&':
      return '8';
    case 'g':
    case 'q':
      return '9';
    default:
      return c;
  }
}

char LetterLike(char c, bool upper) {
  switch (c) {
    case '0':
      return upper ? 'O' : 'o';
    case '1':
    case '|':
      return upper ? 'I' : 'l';
    case '5':
      return upper ? 'S' : 's';
    case '8':
      return 'B';
    case '6':
      return upper ? 'G' : 'b';
    default:
      return c;
  }
}

template <typename EachWord>
void ForWords(std::string& text, const EachWord& each) {
  size_t at = 0;
  while (at < text.size()) {
    while (at < text.size() && (IsBlank(text[at]) || text[at] == '\n')) ++at;
    size_t end = at;
    while (end < text.size() && !IsBlank(text[end]) && text[end] != '\n') ++end;
    if (end > at) each(at, end);
    at = end;
  }
}

// Words that are numbers but for letters that look like digits.
void MakeDigits(std::string& text) {
  ForWords(text, [&](size_t begin, size_t end) {
    size_t digits = 0, alike = 0, other = 0;
    for (size_t i = begin; i < end; ++i) {
      const char c = text[i];
      if (IsDigit(c)) {
        ++digits;
      } else if (DigitLike(c) != c) {
        ++alike;
      } else if (IsLetter(c) || (c & 0x80) != 0) {
        ++other;
      }
    }
    if (alike == 0 || digits < 2 || digits < alike || other > digits / 4) return;
    for (size_t i = begin; i < end; ++i) {
      // A bracket around a number is one.
      const bool edge = i == begin || i + 1 == end;
      if (edge && (text[i] == '[' || text[i] == ']' || text[i] == '!' || text[i] == '?' || text[i] == '|')) continue;
      text[i] = DigitLike(text[i]);
    }
  });
}

// Words of nothing but what looks like digits, beside one that is digits: a group of a longer number.
void MakeDigitGroups(std::string& text) {
  constexpr std::string_view kAlike = "OoQDlIi|SsBZz-";
  constexpr std::string_view kSurelyAlike = "OoQDlI|-";  // "is" and "so" are words
  struct Word {
    size_t begin = 0;
    size_t end = 0;
    size_t digits = 0;
    bool alike = true;
  };
  std::vector<Word> words;
  ForWords(text, [&](size_t begin, size_t end) {
    Word word = {begin, end, 0, end - begin >= 2};
    for (size_t i = begin; i < end; ++i) word.digits += IsDigit(text[i]) ? 1 : 0;
    for (size_t i = begin; i < end; ++i) {
      word.alike = word.alike && (IsDigit(text[i]) ||
                                  (word.digits > 0 ? kAlike : kSurelyAlike).find(text[i]) != std::string_view::npos);
    }
    words.push_back(word);
  });
  const auto join = [&](const Word& sure, Word& other) {
    const size_t from = std::min(sure.end, other.end);
    const bool beside = text.find('\n', from) >= std::max(sure.begin, other.begin);
    if (!beside || sure.digits < 2 || !sure.alike || !other.alike || other.digits == other.end - other.begin) return;
    for (size_t i = other.begin; i < other.end; ++i) text[i] = DigitLike(text[i]);
    other.digits = other.end - other.begin;
  };
  for (size_t i = 1; i < words.size(); ++i) join(words[i - 1], words[i]);
  for (size_t i = words.size(); i-- > 1;) join(words[i], words[i - 1]);
}

// Words in which digits stand for letters.
void MakeLetters(std::string& text) {
  ForWords(text, [&](size_t begin, size_t end) {
    size_t digits = 0, letters = 0, upper = 0;
    for (size_t i = begin; i < end; ++i) {
      digits += IsDigit(text[i]) || text[i] == '|' ? 1 : 0;
      letters += IsLetter(text[i]) || (text[i] & 0x80) != 0 ? 1 : 0;
      upper += IsUpper(text[i]) ? 1 : 0;
    }
    if (digits == 0 || letters < 3 || digits * 2 > letters) return;
    const bool all_upper = upper == letters;
    for (size_t i = begin; i < end; ++i) text[i] = LetterLike(text[i], all_upper || i == begin);
  });
}

bool InNumber(char c) { return IsDigit(c) || c == '-' || c == '+' || c == '/'; }

// Blanks between the parts of a number, within a line.
Version CloseNumbers(const Version& version) {
  Version closed;
  const std::string& text = version.text;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsBlank(text[i]) && i > 0 && i + 1 < text.size() && InNumber(text[i - 1]) && InNumber(text[i + 1])) continue;
    closed.Take(version, i);
  }
  return closed;
}

bool InAddress(char c) { return IsLetter(c) || IsDigit(c) || c == '.' || c == '_' || c == '-' || c == '@' || c == '+'; }

// Signs that are read where an '@' stands, and blanks beside it and beside dots in its line.
Version MakeMail(const std::string& original) {
  constexpr std::string_view kSigns[] = {"\u00A9", "\u00AE", "\u20AC", "(Q)", "(a)", "(@", "@)"};
  const Version version(original);
  const std::string& text = version.text;
  Version signs;
  for (size_t i = 0; i < text.size();) {
    size_t sign = 0;
    for (const std::string_view candidate : kSigns) {
      if (text.compare(i, candidate.size(), candidate) == 0) sign = candidate.size();
    }
    const bool inside = i > 0 && InAddress(text[i - 1]);
    // "annaQexample.com": a capital in small letters, with a dot after it.
    if (sign == 0 && text[i] == 'Q' && inside && !IsUpper(text[i - 1]) && i + 1 < text.size() &&
        (IsLower(text[i + 1]) || text[i + 1] == '@')) {
      sign = text[i + 1] == '@' ? 2 : 1;
    }
    // "annaQ@example.com" is an address already, of somebody else.
    const bool goes_on = i + sign < text.size() && InAddress(text[i + sign]);
    if (sign > 0 && inside && goes_on) {
      signs.text += '@';
      signs.from.push_back(static_cast<uint32_t>(i));
      i += sign;
    } else {
      signs.Take(version, i++);
    }
  }
  Version mail;
  for (size_t line = 0; line < signs.text.size();) {
    size_t end = signs.text.find('\n', line);
    end = end == std::string::npos ? signs.text.size() : end + 1;
    const bool has_mail = std::string_view(signs.text).substr(line, end - line).find('@') != std::string_view::npos;
    for (size_t i = line; i < end; ++i) {
      const bool blank = has_mail && IsBlank(signs.text[i]) && i > line && i + 1 < end;
      if (blank) {
        const char left = signs.text[i - 1];
        const char right = signs.text[i + 1];
        const bool beside_sign = (left == '@' && InAddress(right)) || (right == '@' && InAddress(left));
        const bool beside_dot =
            (left == '.' && (IsLower(right) || IsDigit(right))) ||
            ((right == '.' || right == '_') && InAddress(left) && i + 2 < end && IsLower(signs.text[i + 2])) ||
            (left == '_' && InAddress(right));
        if (beside_sign || beside_dot) continue;
      }
      mail.Take(signs, i);
    }
    line = end;
  }
  return mail;
}

// --- numbers by their shape ---

struct Label {
  std::string_view word;
  Kind kind;
};
// In small letters; found anywhere before the number on its line.
constexpr Label kLabels[] = {{"card", Kind::kCreditCard},
                             {"kort", Kind::kCreditCard},
                             {"\u5361\u53F7", Kind::kCreditCard},
                             {"visa", Kind::kCreditCard},
                             {"mastercard", Kind::kCreditCard},
                             {"ssn", Kind::kUsSsn},
                             {"social security", Kind::kUsSsn},
                             {"personnummer", Kind::kNationalId},
                             {"personnr", Kind::kNationalId},
                             {"pers.nr", Kind::kNationalId},
                             {"samordningsnummer", Kind::kNationalId},
                             {"\u8EAB\u4EFD\u8BC1", Kind::kNationalId},
                             {"passport", Kind::kNationalId},
                             {"passnummer", Kind::kNationalId},
                             {"\u62A4\u7167", Kind::kNationalId},
                             {"national id", Kind::kNationalId},
                             {"licence", Kind::kNationalId},
                             {"license", Kind::kNationalId},
                             {"iban", Kind::kIban},
                             {"account", Kind::kIban},
                             {"konto", Kind::kIban},
                             {"bankgiro", Kind::kIban},
                             {"\u8D26\u53F7", Kind::kIban},
                             {"\u8D26\u6237", Kind::kIban},
                             {"phone", Kind::kPhone},
                             {"tel", Kind::kPhone},
                             {"mobil", Kind::kPhone},
                             {"cell", Kind::kPhone},
                             {"fax", Kind::kPhone},
                             {"\u7535\u8BDD", Kind::kPhone},
                             {"\u624B\u673A", Kind::kPhone},
                             {"born", Kind::kDateOfBirth},
                             {"birth", Kind::kDateOfBirth},
                             {"f\u00F6dd", Kind::kDateOfBirth},
                             {"fodd", Kind::kDateOfBirth},
                             {"\u51FA\u751F", Kind::kDateOfBirth}};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (IsUpper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// The label nearest before `at` on its line.
const Label* LabelBefore(std::string_view text, size_t at) {
  size_t line = text.rfind('\n', at == 0 ? 0 : at - 1);
  line = line == std::string_view::npos ? 0 : line + 1;
  if (line > at) return nullptr;
  const size_t from = std::max(line, at > kLabelReach ? at - kLabelReach : 0);
  const std::string before = Lower(text.substr(from, at - from));
  const Label* nearest = nullptr;
  size_t best = 0;
  for (const Label& label : kLabels) {
    const size_t found = before.rfind(label.word);
    if (found == std::string::npos) continue;
    if (nearest == nullptr || found + label.word.size() > best) {
      nearest = &label;
      best = found + label.word.size();
    }
  }
  return nearest;
}

struct Number {
  size_t begin = 0;
  size_t end = 0;
  std::vector<size_t> groups;  // digits between what is none
  size_t digits = 0;
};

bool BetweenDigits(char c) {
  return IsBlank(c) || c == '-' || c == '.' || c == '/' || c == '+' || c == '(' || c == ')' || c == ':';
}

// Digits with at most two signs between them, on one line.
std::vector<Number> NumbersOf(const std::string& text) {
  std::vector<Number> numbers;
  for (size_t at = 0; at < text.size();) {
    if (!IsDigit(text[at])) {
      ++at;
      continue;
    }
    Number number;
    number.begin = at;
    size_t end = at;
    while (true) {
      size_t group = 0;
      while (end < text.size() && IsDigit(text[end])) ++end, ++group;
      number.groups.push_back(group);
      number.digits += group;
      number.end = end;
      size_t next = end;
      while (next < text.size() && next < end + 3 && BetweenDigits(text[next])) ++next;
      if (next == end || next >= text.size() || !IsDigit(text[next])) break;
      end = next;
    }
    // The last place of a Chinese identity number may be an X.
    if (number.end < text.size() && (text[number.end] == 'X' || text[number.end] == 'x') && number.digits == 17)
      ++number.end;
    at = std::max(number.end, at + 1);
    numbers.push_back(std::move(number));
  }
  return numbers;
}

// Whether these stand in it, one after the other.
bool HasGroups(const Number& number, std::initializer_list<size_t> groups) {
  return std::search(number.groups.begin(), number.groups.end(), groups.begin(), groups.end()) != number.groups.end();
}

bool LooksLikeDate(const Number& number) {
  return number.groups.size() == 3 &&
         (HasGroups(number, {4, 2, 2}) || HasGroups(number, {2, 2, 4}) || HasGroups(number, {2, 2, 2}));
}

uint8_t LeastConfidence(const PageText& page, size_t begin, size_t end) {
  uint8_t least = 100;
  const auto first = std::upper_bound(page.pieces.begin(), page.pieces.end(), begin,
                                      [](size_t at, const PageText::Piece& piece) { return at < piece.end; });
  for (auto piece = first; piece != page.pieces.end() && piece->begin < end; ++piece)
    least = std::min(least, piece->confidence);
  return least;
}

Kind KindOfDigits(size_t digits) {
  return digits >= 13 ? Kind::kCreditCard : digits >= 10 ? Kind::kNationalId : Kind::kPhone;
}

// What a number is taken for, whatever its check digits say; no score: for nothing.
Finding Judged(const PageText& page, const Number& number, size_t begin, size_t end) {
  Finding finding;
  finding.begin = begin;
  finding.end = end;
  const auto is = [&finding](Kind kind, float score, std::string_view rule) {
    finding.kind = kind;
    finding.score = score;
    finding.rule = rule;
  };
  const uint8_t confidence = LeastConfidence(page, begin, end);
  if (number.digits < kLeastDigits || confidence >= 100) return finding;
  const Label* const label = LabelBefore(page.text, begin);
  if (HasGroups(number, {4, 4, 4, 4}) || HasGroups(number, {4, 6, 5}) || HasGroups(number, {4, 4, 4, 4, 3})) {
    is(Kind::kCreditCard, kByShape, "misread/card");
  } else if (HasGroups(number, {3, 2, 4})) {
    is(Kind::kUsSsn, kByShape, "misread/ssn");
  } else if (HasGroups(number, {6, 4}) || HasGroups(number, {8, 4})) {
    is(Kind::kNationalId, kByShape, "misread/personal number");
  } else if (label != nullptr) {
    is(label->kind, kByLabel, "misread/beside a label");
  } else if (confidence < (LooksLikeDate(number) ? kVeryDoubtful : kDoubtful)) {
    is(KindOfDigits(number.digits), kByDoubt, "misread/doubtful number");
  } else if (number.digits >= 15 && number.digits <= 19) {
    is(Kind::kCreditCard, kByDoubt, "misread/card");
  }
  return finding;
}

// Two letters, two digits, then groups of letters and digits: 15 to 34 in all (ISO 13616).
void FindAccounts(const Version& version, std::vector<Finding>& found) {
  const std::string& text = version.text;
  for (size_t at = 0; at + 15 < text.size(); ++at) {
    const bool starts = (at == 0 || !(IsLetter(text[at - 1]) || IsDigit(text[at - 1]))) &&
                        (IsUpper(text[at]) || IsDigit(text[at])) && IsUpper(text[at + 1]) &&
                        IsDigit(DigitLike(text[at + 2])) && IsDigit(DigitLike(text[at + 3]));
    if (!starts) continue;
    size_t end = at;
    size_t signs = 0, digits = 0;
    for (size_t i = at; i < text.size() && signs < 34; ++i) {
      if (IsUpper(text[i]) || IsDigit(text[i]) ||
          (IsLetter(text[i]) && DigitLike(text[i]) != text[i] && i > 0 && IsDigit(text[i - 1]))) {
        ++signs;
        digits += IsDigit(text[i]) ? 1 : 0;
        end = i + 1;
      } else if (!IsBlank(text[i]) || (i + 1 < text.size() && IsBlank(text[i + 1]))) {
        break;
      }
    }
    if (signs < 15 || digits < 10) continue;
    Finding finding;
    finding.begin = version.from[at];
    finding.end = version.from[end - 1] + size_t{1};
    finding.kind = Kind::kIban;
    finding.score = kByShape;
    finding.rule = "misread/account";
    found.push_back(finding);
    at = end - 1;
  }
}

// Where an address ends after a dot that was read as more than one.
constexpr std::string_view kTopDomains[] = {"com", "org", "net", "edu", "gov", "info", "eu", "se", "nu",
                                            "no",  "dk",  "fi",  "de",  "uk",  "us",   "cn", "tw", "hk"};

size_t AfterTopDomain(const std::string& text, size_t end) {
  size_t at = end;
  while (at < text.size() && at < end + 3 && (text[at] == ':' || text[at] == ',' || text[at] == '.' || text[at] == ' '))
    ++at;
  size_t word = at;
  while (word < text.size() && IsLower(text[word])) ++word;
  const bool whole = word == text.size() || !InAddress(text[word]);
  const std::string_view domain = std::string_view(text).substr(at, word - at);
  return at > end && whole && std::find(std::begin(kTopDomains), std::end(kTopDomains), domain) != std::end(kTopDomains)
             ? word
             : end;
}

// Letters on both sides of an '@', whatever became of the dot behind it: no address, but most of one.
void FindAddresses(const Version& mail, const std::string& original, std::vector<Finding>& found) {
  const std::string& text = mail.text;
  const auto letters = [&](size_t begin, size_t end) {
    return std::count_if(text.begin() + static_cast<ptrdiff_t>(begin), text.begin() + static_cast<ptrdiff_t>(end),
                         [](char c) { return IsLetter(c); });
  };
  for (size_t sign = text.find('@'); sign != std::string::npos; sign = text.find('@', sign + 1)) {
    size_t begin = sign;
    while (begin > 0 && InAddress(text[begin - 1])) --begin;
    size_t end = sign + 1;
    while (end < text.size() && InAddress(text[end])) ++end;
    if (letters(begin, sign) < 2 || letters(sign + 1, end) < 3) continue;
    // A sign that only looks like one, or stands by itself, makes no address without a dot.
    const uint32_t from = mail.from[sign];
    const bool read_so = original[from] == '@' && mail.from[sign - 1] + 1 == from && mail.from[sign + 1] == from + 1;
    const size_t dot = text.find('.', sign);
    if (!read_so && (dot == std::string::npos || dot >= end)) continue;
    end = AfterTopDomain(text, end);
    Finding finding;
    finding.begin = mail.from[begin];
    finding.end = mail.from[end - 1] + size_t{1};
    finding.kind = Kind::kEmail;
    finding.score = kByShape;
    finding.rule = "misread/address";
    found.push_back(finding);
  }
}

// Joins what it meets; the surest of them says what it is.
void Cover(std::vector<Finding>& findings, Finding candidate) {
  for (auto at = findings.begin(); at != findings.end();) {
    if (at->begin < candidate.end && candidate.begin < at->end) {
      const Finding& name = at->score >= candidate.score ? *at : candidate;
      Finding joined = name;
      joined.begin = std::min(at->begin, candidate.begin);
      joined.end = std::max(at->end, candidate.end);
      candidate = joined;
      at = findings.erase(at);
    } else {
      ++at;
    }
  }
  const auto place = std::lower_bound(findings.begin(), findings.end(), candidate.begin,
                                      [](const Finding& finding, size_t begin) { return finding.begin < begin; });
  findings.insert(place, candidate);
}

}  // namespace

bool IsFromPicture(const PageText& page) {
  return std::any_of(page.pieces.begin(), page.pieces.end(),
                     [](const PageText::Piece& piece) { return piece.confidence < 100; });
}

void FindMisread(const PageText& page, const redact::Selection& selection, redact::Decider& decider,
                 std::vector<Finding>& findings) {
  std::vector<Finding> found;
  std::vector<Finding> some;
  const auto search = [&](const Version& version) {
    decider.Decide(version.text, {}, nullptr, some);
    for (Finding finding : some) {
      finding.end = version.from[finding.end - 1] + size_t{1};
      finding.begin = version.from[finding.begin];
      found.push_back(finding);
    }
  };
  const Version plain(page.text);
  Version digits = plain;
  MakeDigits(digits.text);
  Version groups = digits;
  MakeDigitGroups(groups.text);
  Version letters(page.text);
  MakeLetters(letters.text);
  const Version closed = CloseNumbers(groups);
  const Version mail = MakeMail(page.text);
  if (digits.text != page.text) search(digits);
  if (groups.text != digits.text) search(groups);
  if (letters.text != page.text) search(letters);
  if (closed.text != groups.text) search(closed);
  if (mail.text != page.text) search(mail);

  for (const Version* const version : std::initializer_list<const Version*>{&plain, &digits, &groups, &closed}) {
    for (const Number& number : NumbersOf(version->text)) {
      const Finding finding =
          Judged(page, number, version->from[number.begin], version->from[number.end - 1] + size_t{1});
      if (finding.score > 0) found.push_back(finding);
    }
  }
  FindAccounts(plain, found);
  FindAccounts(digits, found);
  FindAddresses(mail, page.text, found);
  for (const Finding& finding : found) {
    if (selection.kinds.Has(finding.kind) && finding.score >= selection.min_score) Cover(findings, finding);
  }
}

}  // namespace strongroom::paper
