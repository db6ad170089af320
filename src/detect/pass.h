// One search through one text: what its parts share.  Internal to detect.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "detect/civil_date.h"
#include "detect/context.h"
#include "detect/detector.h"
#include "detect/number_text.h"
#include "detect/recogniser.h"
#include "detect/validators.h"

namespace strongroom::detect::internal {

// One form of a kShapes row, ready to be compared with a NumberText.
struct Shape {
  uint8_t row = 0;
  bool checked = false;      // by a check digit
  uint64_t groups = 0;       // where separators stand, if any do
  uint64_t must_letter = 0;  // bit i: character i is a letter
  uint64_t must_digit = 0;
  std::optional<IdText> (*parse)(std::string_view text, const CivilDate& today) = nullptr;
};

inline constexpr size_t kLongestNumber = 34;  // an IBAN

// What a Detector knows; made once, never changed.
struct DetectorTables {
  explicit DetectorTables(const DetectorOptions& options);

  DetectorOptions options;
  ContextWords words;
  std::array<std::vector<Shape>, kLongestNumber + 1> shapes;  // by length without separators
  RowSet wanted = 0;                                          // rows of the kinds asked for
  std::array<uint8_t, 16> row_of_grammar{};                   // the one row of each grammar but kShapes and kContextual
  RowSet contextual = 0;                                      // rows of kContextual

  bool Wants(Grammar grammar) const { return (wanted >> row_of_grammar[static_cast<size_t>(grammar)] & 1) != 0; }
  size_t RowOf(Grammar grammar) const { return row_of_grammar[static_cast<size_t>(grammar)]; }
};

// What stands right before a number.
struct LeftSide {
  char before = '\0';         // folded; '\0' at the beginning
  char beyond = '\0';         // and the one before that
  uint8_t before_length = 0;  // in bytes of the text
  uint8_t beyond_length = 0;
  bool decimal = false;      // a digit and a point or comma: the rest of an amount
  bool digit_group = false;  // a digit and a separator: not the first group
  bool word = false;         // a hyphen after a letter or digit: part of a longer name
  bool money = false;
};

class Pass {
 public:
  Pass(const DetectorTables& known, std::string_view searched, RowSet under, std::vector<Finding>& found)
      : tables(known), text(searched), heading(under), found_(found) {}

  // Reports a find, unless it is too weak or of a kind nobody asked for.
  void Add(size_t row, size_t begin, size_t end, float score, std::string_view subtype = "") {
    if (score < tables.options.min_score || (tables.wanted >> row & 1) == 0) return;
    const Recogniser& rule = Recognisers()[row];
    found_.push_back({begin, end, rule.kind, score, subtype.empty() ? rule.subtype : subtype, rule.name});
    // Finds come nearly in the order of their places.
    for (size_t i = found_.size() - 1; i > 0 && found_[i].begin < found_[i - 1].begin; --i) {
      std::swap(found_[i], found_[i - 1]);
    }
  }

  // Whether a word of the row is near: in the heading, before `begin`, after `end`.
  bool IsNear(size_t row, size_t begin, size_t end) {
    return (Before(begin) >> row & 1) != 0 || (After(end) >> row & 1) != 0;
  }
  RowSet Before(size_t begin) {
    if (begin != before_at_) {
      before_at_ = begin;
      before_ = tables.words.Before(text, begin);
    }
    return before_ | heading;
  }
  RowSet After(size_t end) {
    if (end != after_at_) {
      after_at_ = end;
      after_ = tables.words.After(text, end);
    }
    return after_;
  }

  const DetectorTables& tables;
  const std::string_view text;
  const RowSet heading;
  size_t tokens_to = 0;  // up to where FindKey has looked
  size_t urls_to = 0;    // up to where FindUrl and FindWww have

 private:
  std::vector<Finding>& found_;
  size_t before_at_ = ~size_t{0};
  RowSet before_ = 0;
  size_t after_at_ = ~size_t{0};
  RowSet after_ = 0;
};

// Each looks for its own at one place and answers where the search goes on: at the end of a find that leaves nothing
// more to be read inside it, else 0.
size_t FindNumbers(Pass& pass, const NumberText& number, const LeftSide& left);
// Words that only their context makes a number: licences, passports.
void FindContextual(Pass& pass, const NumberText& number);
size_t FindPhone(Pass& pass, const NumberText& number, const LeftSide& left);
size_t FindDate(Pass& pass, const NumberText& number, const LeftSide& left);
void FindAge(Pass& pass, const NumberText& number, const LeftSide& left);
size_t FindIpv4(Pass& pass, const NumberText& number, const LeftSide& left);
size_t FindColonAddress(Pass& pass, size_t colon, size_t floor);             // IPv6 and MAC
size_t FindMac(Pass& pass, const NumberText& number, const LeftSide& left);  // with hyphens or points
size_t FindEmail(Pass& pass, size_t at_sign, size_t at_length);
size_t FindUrl(Pass& pass, size_t colon);   // "scheme:" "//"
size_t FindWww(Pass& pass, size_t last_w);  // "www."
size_t FindKeyBlock(Pass& pass, size_t hyphen);
size_t FindKey(Pass& pass, size_t inside, size_t floor);  // a key with a known prefix around `inside`
void FindAssignment(Pass& pass, size_t mark, size_t mark_length);

}  // namespace strongroom::detect::internal
