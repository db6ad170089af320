#include "detect/detector.h"

#include <algorithm>

#include "detect/anchors.h"
#include "detect/folding.h"
#include "detect/pass.h"
#include "detect/resolve.h"

namespace strongroom::detect {

using namespace internal;  // NOLINT: the parts of this file's one class

struct Detector::Tables : DetectorTables {
  using DetectorTables::DetectorTables;
};

namespace {

// Goes from anchor to anchor through one text.
class Search {
 public:
  Search(const DetectorTables& tables, std::string_view text, std::string_view heading, std::vector<Finding>& found)
      : tables_(tables), text_(text), pass_(tables, text, heading.empty() ? 0 : tables.words.In(heading), found) {}

  void Run() {
    Anchors anchors(text_);
    for (size_t at = anchors.Next(0); at < text_.size();) {
      const size_t end = std::max(Step(at), at + 1);
      at = anchors.Next(end);
    }
  }

 private:
  size_t Step(size_t at);
  size_t Colon(size_t at);
  size_t FullWidth(size_t at);
  size_t Digits(size_t at);
  size_t DigitWord(const LeftSide& left);
  size_t MixedWord(size_t at, const LeftSide& left);
  size_t WordBegin(size_t at) const;
  size_t WordEnd() const;
  LeftSide LeftOf(size_t begin) const;
  void PrecedingLetters(size_t begin);

  const DetectorTables& tables_;
  std::string_view text_;
  Pass pass_;
  NumberText number_;
  size_t found_to_ = 0;  // the end of the last find that leaves nothing to be read inside it
  size_t read_to_ = 0;   // the end of the last word with digits
};

size_t Search::Step(size_t at) {
  size_t end = 0;
  switch (text_[at]) {
    case '@':
      if (tables_.Wants(Grammar::kEmail)) end = FindEmail(pass_, at, 1);
      break;
    case ':':
      end = Colon(at);
      break;
    case '=':
      if (tables_.Wants(Grammar::kAssignment)) FindAssignment(pass_, at, 1);
      break;
    case 'w':
      // A URL's inside is searched too: what else stands in it may count for more than the URL.
      if (tables_.Wants(Grammar::kUrl)) (void)FindWww(pass_, at);
      break;
    case '-':
      if (tables_.Wants(Grammar::kKeyBlock)) end = FindKeyBlock(pass_, at);
      break;
    case 'A':
    case 'I':
    case 'y':
      if (tables_.Wants(Grammar::kKeyPrefix)) end = FindKey(pass_, at, found_to_);
      break;
    case static_cast<char>(0xEF):
      end = FullWidth(at);
      break;
    default:
      return Digits(at);
  }
  found_to_ = std::max(found_to_, end);
  return end;
}

size_t Search::Colon(size_t at) {
  const char next = at + 1 < text_.size() ? text_[at + 1] : '\0';
  if (next == '/' && text_.substr(at + 2).starts_with('/')) {
    if (tables_.Wants(Grammar::kUrl)) (void)FindUrl(pass_, at);
    return 0;
  }
  if (next == ':' || IsHex(next)) {
    if (tables_.Wants(Grammar::kIp) || tables_.Wants(Grammar::kMac)) {
      if (const size_t end = FindColonAddress(pass_, at, found_to_)) return end;
    }
  }
  if (tables_.Wants(Grammar::kAssignment)) FindAssignment(pass_, at, 1);
  return 0;
}

size_t Search::FullWidth(size_t at) {
  const char c = FoldAt(text_, at).c;
  if (IsDigit(c)) return Digits(at);
  if (c == '@' && tables_.Wants(Grammar::kEmail)) return FindEmail(pass_, at, 3);
  if ((c == ':' || c == '=') && tables_.Wants(Grammar::kAssignment)) FindAssignment(pass_, at, 3);
  return 0;
}

// The beginning of the word that the digit at `at` belongs to.
size_t Search::WordBegin(size_t at) const {
  size_t begin = at;
  while (begin > read_to_ && IsAlnum(text_[begin - 1])) --begin;
  if (begin > 0 && begin < at && text_[begin - 1] == '\\' &&
      std::string_view("nrt").find(text_[begin]) != std::string_view::npos)
    ++begin;
  return begin;
}

// The end of a word too long to be held.
size_t Search::WordEnd() const {
  size_t end = number_.words[0].raw_end;
  while (end < text_.size() && IsAlnum(text_[end])) ++end;
  return end;
}

LeftSide Search::LeftOf(size_t begin) const {
  LeftSide left;
  const Folded before = FoldBefore(text_, begin);
  const Folded beyond = FoldBefore(text_, begin - before.length);
  left.before = before.c;
  left.beyond = beyond.c;
  left.before_length = before.length;
  left.beyond_length = beyond.length;
  const bool after_digit = IsDigit(beyond.c);
  left.decimal =
      after_digit && (before.c == '.' || (before.c == ',' && begin + 3 < text_.size() && !IsDigit(text_[begin + 3])));
  left.digit_group =
      after_digit && (before.c == ' ' || before.c == '-' || before.c == '.' || before.c == '/' || before.c == '_');
  left.word = before.c == '-' && (IsAlnum(beyond.c) || beyond.c == kLetter);
  const char sign = before.c == ' ' ? beyond.c : before.c;
  left.money =
      sign == '$' || (before.c == kOther && static_cast<unsigned char>(text_[begin - 1]) >= 0x80 &&
                      (text_.substr(0, begin).ends_with("\u20ac") || text_.substr(0, begin).ends_with("\u00a3") ||
                       text_.substr(0, begin).ends_with("\u00a5")));
  return left;
}

size_t Search::DigitWord(const LeftSide& left) {
  size_t end = 0;
  if (number_.cut && number_.count == 1) return WordEnd();
  if (left.word && tables_.Wants(Grammar::kKeyPrefix)) {
    if ((end = FindKey(pass_, number_.words[0].raw_begin, found_to_)) != 0) return end;
  }
  if (number_.count >= 4 && tables_.Wants(Grammar::kIp)) {
    if ((end = FindIpv4(pass_, number_, left)) != 0) return end;
  }
  if ((end = FindNumbers(pass_, number_, left)) != 0) return end;
  if (tables_.Wants(Grammar::kDate) || tables_.Wants(Grammar::kBirthDate)) {
    if ((end = FindDate(pass_, number_, left)) != 0) return end;
  }
  if (tables_.contextual != 0) FindContextual(pass_, number_);
  if (number_.count >= 3 && number_.words[0].length() % 2 == 0 && tables_.Wants(Grammar::kMac)) {
    if ((end = FindMac(pass_, number_, left)) != 0) return end;
  }
  if (tables_.Wants(Grammar::kAge)) FindAge(pass_, number_, left);
  return tables_.Wants(Grammar::kPhone) ? FindPhone(pass_, number_, left) : 0;
}

size_t Search::MixedWord(size_t at, const LeftSide& left) {
  size_t end = 0;
  const NumberWord& word = number_.words[0];
  if (number_.cut && number_.count == 1) {
    // Longer than any number: a key, or noise.
    if (tables_.Wants(Grammar::kKeyPrefix)) end = FindKey(pass_, at, found_to_);
    return std::max(end, WordEnd());
  }
  if ((end = FindNumbers(pass_, number_, left)) != 0) return end;
  if (tables_.contextual != 0) FindContextual(pass_, number_);
  if (word.length() >= 10 || left.before == '_' || left.before == '-') {
    if (tables_.Wants(Grammar::kKeyPrefix) && (end = FindKey(pass_, at, found_to_)) != 0) return end;
  }
  if (word.length() <= 4 && number_.count >= 3 && tables_.Wants(Grammar::kMac)) {
    if ((end = FindMac(pass_, number_, left)) != 0) return end;
  }
  if (IsDigit(number_.compact[0])) {
    if (word.length() <= 4 && (tables_.Wants(Grammar::kDate) || tables_.Wants(Grammar::kBirthDate))) {
      if ((end = FindDate(pass_, number_, left)) != 0) return end;
    }
    if (tables_.Wants(Grammar::kPhone) && word.length() <= 24) return FindPhone(pass_, number_, left);
  }
  return 0;
}

// A number that begins with letters apart from its digits: "AB 12 34 56 C", "X-2482300-W", "SE 45 5000 …".
void Search::PrecedingLetters(size_t begin) {
  if (begin < read_to_ + 2 || (text_[begin - 1] != ' ' && text_[begin - 1] != '-') || !IsUpper(text_[begin - 2]))
    return;
  size_t letters = begin - 2;
  while (letters > read_to_ && begin - letters < 4 && IsAlpha(text_[letters - 1])) --letters;
  if (begin - 1 - letters > 2 || (letters > 0 && IsAlnum(text_[letters - 1]))) return;
  NumberText number;
  ReadNumber(text_, letters, number);
  (void)FindNumbers(pass_, number, LeftOf(letters));
}

size_t Search::Digits(size_t at) {
  // The digits of "%20" are none.
  if (at > 0 && text_[at - 1] == '%') {
    const char decoded = PercentDecoded(text_, at - 1);
    if (decoded == '@' && tables_.Wants(Grammar::kEmail)) {
      const size_t end = FindEmail(pass_, at - 1, 3);
      read_to_ = std::max(end, at + 2);
      return read_to_;
    }
    if (decoded != '\0') {
      read_to_ = at + 2;
      return read_to_;
    }
  }
  const size_t begin = WordBegin(at);
  ReadNumber(text_, begin, number_);
  const LeftSide left = LeftOf(begin);
  const size_t word_end = std::max(number_.words[0].raw_end, at + 1);
  // "é5": a word in letters we do not read.
  size_t end = 0;
  if (left.before != kLetter) {
    if (begin == at) PrecedingLetters(begin);
    end = number_.words[0].all_digits() ? DigitWord(left) : MixedWord(at, left);
  }
  found_to_ = std::max(found_to_, end);
  read_to_ = std::max(end, word_end);
  return read_to_;
}

}  // namespace

Detector::Detector(const DetectorOptions& options)
    : options_(options), tables_(std::make_unique<const Tables>(options)) {
  // What it would find would be thrown away.
  if (options_.names != nullptr && !options_.names->kinds().Meets(options_.kinds)) options_.names = nullptr;
}

Detector::~Detector() = default;

void Detector::Find(std::string_view text, std::string_view heading, std::vector<Finding>& findings) const {
  findings.clear();
  if (options_.names != nullptr) {
    options_.names->Find(text, heading, findings);
    std::erase_if(findings, [&](const Finding& finding) {
      return !options_.kinds.Has(finding.kind) || finding.score < options_.min_score;
    });
  }
  const size_t named = findings.size();
  if (named == 0) {
    Search(*tables_, text, heading, findings).Run();
  } else {
    std::vector<Finding> own;
    Search(*tables_, text, heading, own).Run();
    findings.insert(findings.end(), own.begin(), own.end());
    std::inplace_merge(findings.begin(), findings.begin() + static_cast<ptrdiff_t>(named), findings.end(),
                       [](const Finding& a, const Finding& b) { return a.begin < b.begin; });
  }
  Resolve(findings);
}

}  // namespace strongroom::detect
