// Numbers that a rule can check: cards, accounts, national identity numbers.
#include <algorithm>

#include "detect/folding.h"
#include "detect/pass.h"

namespace strongroom::detect::internal {
namespace {

constexpr uint64_t LowBits(size_t count) { return count >= 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1; }

// From here on no word beside a number is asked for.
constexpr float kSure = 0.85F;

// The first words of a number, as far as `last`.
struct Candidate {
  size_t last = 0;
  size_t length = 0;  // letters and digits
  size_t begin = 0;   // in the text
  size_t end = 0;
  uint64_t letters = 0;
  uint64_t groups = 0;      // where words begin, but for those a line end split
  uint64_t all_groups = 0;  // where words begin
  bool split = false;       // over a line end, or by more than one blank
  std::string_view compact;
};

Candidate CandidateOf(const NumberText& number, size_t last) {
  Candidate candidate;
  candidate.last = last;
  candidate.length = number.words[last].end;
  candidate.begin = number.words[0].raw_begin;
  candidate.end = number.words[last].raw_end;
  candidate.letters = number.letters & LowBits(candidate.length);
  candidate.compact = number.Compact(last);
  for (size_t i = 1; i <= last; ++i) {
    const bool split = number.words[i].separator == kBreak || number.words[i].separator == kWide;
    const uint64_t place = uint64_t{1} << number.words[i - 1].end;
    if (!split) candidate.groups |= place;
    candidate.all_groups |= place;
    candidate.split |= split;
  }
  return candidate;
}

// Whether another group follows, joined like the last: a part of something longer.
bool GoesOn(const NumberText& number, size_t last) {
  return last > 0 && last + 1 < number.count && number.words[last + 1].digits > 0 &&
         number.words[last + 1].separator == number.words[last].separator;
}

// Answers the end of a find that is sure, else 0.
size_t FindShapes(Pass& pass, const NumberText& number, const Candidate& candidate, const LeftSide& left) {
  const float least = pass.tables.options.min_score;
  size_t sure_to = 0;
  for (const Shape& shape : pass.tables.shapes[candidate.length]) {
    if ((candidate.letters & shape.must_digit) != 0 || (~candidate.letters & shape.must_letter) != 0) continue;
    if (candidate.groups != 0 && candidate.groups != shape.groups) continue;
    const Recogniser& row = Recognisers()[shape.row];
    // A number alone in a longer name ("AB-12-34") needs a word that says what it is.
    const bool bare =
        candidate.groups == 0 || candidate.split || left.word || left.digit_group || GoesOn(number, candidate.last);
    float alone = bare ? row.plain : row.grouped;
    if (candidate.split) alone = std::min(alone, 0.4F);
    // Without a check digit the hyphen is what makes the grouping its own.
    if (!shape.checked && !bare && number.words[1].separator != '-') alone = std::min(alone, 0.45F);
    // What is cheaper, and lets less through, is asked first.
    if (!shape.checked && alone < least && !pass.IsNear(shape.row, candidate.begin, candidate.end)) continue;
    const bool compact = candidate.split || candidate.groups == 0;
    if (!shape.parse(compact ? candidate.compact : WrittenNumber(number, candidate.last).view(),
                     pass.tables.options.today)) {
      continue;
    }
    const bool near = alone < kSure && pass.IsNear(shape.row, candidate.begin, candidate.end);
    if (!near && alone < least) continue;
    pass.Add(shape.row, candidate.begin, candidate.end, near ? row.in_context : alone);
    if (near || alone >= kSure) sure_to = candidate.end;
  }
  return sure_to;
}

// The groupings in which cards are printed, as the bits of Candidate::groups.
bool CardGrouping(uint64_t groups, size_t length) {
  constexpr auto kBits = [](std::initializer_list<int> places) {
    uint64_t bits = 0;
    for (int place : places) bits |= uint64_t{1} << place;
    return bits;
  };
  switch (length) {
    case 14:
    case 15:
      return groups == kBits({4, 10}) || groups == kBits({4, 8, 12});
    case 16:
      return groups == kBits({4, 8, 12});
    case 17:
    case 18:
    case 19:
      return groups == kBits({4, 8, 12}) || groups == kBits({4, 8, 12, 16}) || groups == kBits({6});
    default:
      return groups == kBits({4, 8, 12}) || groups == kBits({4, 7, 10});
  }
}

size_t FindCard(Pass& pass, const Candidate& candidate, const LeftSide& left) {
  if (!CardValid(candidate.compact)) return 0;
  const size_t index = pass.tables.RowOf(Grammar::kCard);
  const Recogniser& row = Recognisers()[index];
  const CardNetwork network = CardNetworkOf(candidate.compact);
  const bool regular = candidate.all_groups == 0 || CardGrouping(candidate.all_groups, candidate.length);
  float score = candidate.groups == 0 ? row.plain : row.grouped;
  // Thirteen digits are as often an article number, fourteen a time; with other groups or split they may be anything.
  if (!regular || candidate.split || network == CardNetwork::kUnknown || candidate.length < 15 || left.word ||
      left.digit_group) {
    score = network != CardNetwork::kUnknown && regular && candidate.all_groups != 0 && !left.word ? 0.6F : 0.4F;
  }
  if (score < kSure && pass.IsNear(index, candidate.begin, candidate.end)) {
    score = network == CardNetwork::kUnknown ? 0.75F : row.in_context;
  }
  pass.Add(index, candidate.begin, candidate.end, score, NameOf(network));
  return score >= 0.9F ? candidate.end : 0;
}

size_t FindIban(Pass& pass, const Candidate& candidate) {
  if (!IbanValid(candidate.compact)) return 0;
  const size_t index = pass.tables.RowOf(Grammar::kIban);
  pass.Add(index, candidate.begin, candidate.end, Recognisers()[index].grouped);
  return candidate.end;
}

}  // namespace

void FindContextual(Pass& pass, const NumberText& number) {
  const NumberWord& first = number.words[0];
  size_t last = 0;
  size_t digits = first.digits;
  while (last + 1 < number.count && number.words[last + 1].separator == '-') digits += number.words[++last].digits;
  const size_t length = number.words[last].end;
  if (length < 7 || length > 16 || digits < 5 || digits + 4 < length || (number.cut && last + 1U == number.count))
    return;
  RowSet near = pass.Before(first.raw_begin) & pass.tables.contextual;
  for (size_t row = 0; near != 0; ++row, near >>= 1) {
    if ((near & 1) != 0) pass.Add(row, first.raw_begin, number.words[last].raw_end, Recognisers()[row].in_context);
  }
}

size_t FindNumbers(Pass& pass, const NumberText& number, const LeftSide& left) {
  const size_t whole = number.cut ? number.count - 1 : number.count;
  if (whole == 0) return 0;
  const bool cards = pass.tables.Wants(Grammar::kCard);
  const bool ibans = pass.tables.Wants(Grammar::kIban) && (number.letters & 0xF) == 0x3;
  for (size_t last = 0; last < whole; ++last) {
    const size_t length = number.words[last].end;
    if (length > kLongestNumber) break;
    if (length < 8) continue;
    const bool card = cards && length >= 13 && length <= 19 && (number.letters & LowBits(length)) == 0;
    const bool iban = ibans && length >= 15;
    if (!card && !iban && pass.tables.shapes[length].empty()) continue;
    const Candidate candidate = CandidateOf(number, last);
    if (iban) {
      if (const size_t end = FindIban(pass, candidate)) return end;
    }
    if (left.decimal) continue;
    if (card) {
      if (const size_t end = FindCard(pass, candidate, left)) return end;
    }
    if (const size_t end = FindShapes(pass, number, candidate, left)) return end;
  }
  return 0;
}

}  // namespace strongroom::detect::internal
