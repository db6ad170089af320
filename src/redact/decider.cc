#include "redact/decider.h"

#include <algorithm>

#include "redact/text.h"

namespace strongroom::redact {
namespace {

using detect::Finding;
using detect::Kind;

// Each round takes something out that the round before left; texts settle in two or three.  One made so that each find
// uncovers another may go on as long as that is cheap: linear time is promised.
constexpr size_t kMostRounds = 16;
constexpr size_t kCheapBytes = size_t{1} << 20;  // searched, of all rounds together
constexpr float kWholeCellShare = 0.8F;
constexpr float kWholeCellScore = 0.6F;
constexpr size_t kLongestLiftedCell = 80;

bool OnlyBlanks(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = CodePointAt(text.substr(at));
    if (!IsBlank(c.value)) return false;
    at += c.size;
  }
  return true;
}

bool HasWordCharacter(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = CodePointAt(text.substr(at));
    if (IsWordCharacter(c.value)) return true;
    at += c.size;
  }
  return false;
}

// Without what is neither letter nor digit at both ends.
Span Trimmed(std::string_view text, Span span) {
  while (span.begin < span.end) {
    const CodePoint c = CodePointAt(text.substr(span.begin, span.end - span.begin));
    if (IsWordCharacter(c.value)) break;
    span.begin += c.size;
  }
  while (span.begin < span.end) {
    const size_t last = std::max(CodePointBefore(text, span.end), span.begin);
    if (IsWordCharacter(CodePointAt(text.substr(last, span.end - last)).value)) break;
    span.end = last;
  }
  return span;
}

bool IsStandInMark(std::string_view mark) {
  return mark[0] == 'X' || mark[0] == 'x' || static_cast<unsigned char>(mark[0]) == 0xE6;
}

bool IsWords(Kind kind) {
  return kind == Kind::kPerson || kind == Kind::kLocation || kind == Kind::kOrganization ||
         kind == Kind::kStreetAddress;
}

}  // namespace

bool Decider::Wanted(const Finding& finding, const ColumnHint* hint) const {
  if (!selection_.kinds.Has(finding.kind) || finding.begin >= finding.end) return false;
  return finding.score >= selection_.min_score || (hint != nullptr && hint->kind == finding.kind);
}

// The text with its holes closed.
void Decider::MakeSight(std::string_view text) {
  sight_.clear();
  runs_.clear();
  const auto show = [&](size_t begin, size_t end) {
    if (begin >= end) return;
    runs_.push_back({sight_.size(), begin, end - begin});
    sight_.append(text.substr(begin, end - begin));
  };
  size_t at = 0;
  bool block_before = false;
  for (const Hole& hole : holes_) {
    const std::string_view between = text.substr(at, hole.span.begin - at);
    if (!hole.shown.empty()) {
      show(at, hole.span.begin);
      sight_ += hole.shown;
      block_before = false;
    } else if (!block_before || !OnlyBlanks(between)) {
      // Words of one name, blocked one by one, look like the name blocked as a whole: blanks between blocks are not
      // seen.
      show(at, hole.span.begin);
      sight_ += kBlockMark;
      block_before = true;
    }
    at = hole.span.end;
  }
  show(at, text.size());
}

void Decider::TakePiece(std::string_view text, const Finding& finding, Span span) {
  const std::string_view value = text.substr(span.begin, span.end - span.begin);
  if (value.empty() || OnlyBlanks(value)) return;
  if (shown_ != nullptr && StandIns::Is(finding.kind, value)) return;
  taken_.push_back(finding);
  taken_.back().begin = span.begin;
  taken_.back().end = span.end;
  taken_.back().score = std::max(finding.score, selection_.min_score);
}

// What of the finding, which points into sight_, stands in the text.  `first_run` ends behind its beginning.
void Decider::Take(std::string_view text, const Finding& finding, size_t first_run, const ColumnHint* hint) {
  if (!Wanted(finding, hint)) return;
  const std::string_view seen = std::string_view(sight_).substr(finding.begin, finding.end - finding.begin);
  if (shown_ != nullptr && StandIns::Is(finding.kind, seen)) return;
  for (size_t i = first_run; i < runs_.size() && runs_[i].sight < finding.end; ++i) {
    const Run& run = runs_[i];
    const size_t begin = std::max(finding.begin, run.sight);
    const size_t end = std::min(finding.end, run.sight + run.size);
    if (begin >= end) continue;
    Span span{run.text + (begin - run.sight), run.text + (end - run.sight)};
    if (end - begin < finding.end - finding.begin) {
      span = Trimmed(text, span);
      if (span.begin == span.end) continue;
    }
    TakePiece(text, finding, span);
  }
}

// A cell without a find, in a column that is made of finds.
void Decider::LiftWholeCell(std::string_view text, const ColumnHint& hint) {
  if (hint.share < kWholeCellShare || text.size() > kLongestLiftedCell || !selection_.kinds.Has(hint.kind)) return;
  const Span span = Trimmed(text, {0, text.size()});
  const std::string_view value = text.substr(span.begin, span.end - span.begin);
  if (!HasWordCharacter(value)) return;
  const auto digits = static_cast<size_t>(std::count_if(value.begin(), value.end(), IsDigit));
  if (IsWords(hint.kind) ? digits == value.size() : digits < 4) return;
  Finding whole;
  whole.kind = hint.kind;
  whole.score = kWholeCellScore;
  whole.subtype = hint.subtype;
  whole.rule = "column";
  TakePiece(text, whole, span);
}

// Of a text that does not settle nothing stays: what a further round would find is not known.
void Decider::TakeRest(std::string_view text, const Finding& like) {
  MakeSight(text);
  Finding rest = like;
  rest.begin = 0;
  rest.end = sight_.size();
  rest.score = 1;
  rest.rule = "unsettled";
  Take(text, rest, 0, nullptr);
}

void Decider::AddHoles(std::string_view text) {
  for (const Finding& finding : taken_) {
    Hole hole{{finding.begin, finding.end}, {}};
    if (shown_ != nullptr)
      shown_->Append(finding.kind, text.substr(finding.begin, finding.end - finding.begin), hole.shown);
    holes_.push_back(std::move(hole));
  }
  std::sort(holes_.begin(), holes_.end(), [](const Hole& a, const Hole& b) { return a.span.begin < b.span.begin; });
}

void Decider::Decide(std::string_view text, std::string_view heading, const ColumnHint* hint,
                     std::vector<Finding>& decided) {
  decided.clear();
  holes_.clear();
  marks_.clear();
  FindMarks(text, marks_);
  for (const Span& mark : marks_) {
    const std::string_view value = text.substr(mark.begin, mark.end - mark.begin);
    holes_.push_back({mark, shown_ != nullptr && IsStandInMark(value) ? std::string(value) : std::string()});
  }
  for (size_t round = 0;; ++round) {
    taken_.clear();
    if (round >= kMostRounds && round * text.size() >= kCheapBytes) {
      TakeRest(text, decided.back());
      decided.insert(decided.end(), taken_.begin(), taken_.end());
      break;
    }
    if (holes_.empty()) {
      finder_.Find(text, heading, found_);
      for (const Finding& finding : found_) {
        if (Wanted(finding, hint)) TakePiece(text, finding, {finding.begin, finding.end});
      }
      if (hint != nullptr && found_.empty()) LiftWholeCell(text, *hint);
    } else {
      MakeSight(text);
      finder_.Find(sight_, heading, found_);
      size_t run = 0;
      for (const Finding& finding : found_) {
        while (run < runs_.size() && runs_[run].sight + runs_[run].size <= finding.begin) ++run;
        Take(text, finding, run, hint);
      }
    }
    if (taken_.empty()) break;
    decided.insert(decided.end(), taken_.begin(), taken_.end());
    if (!settle_) break;
    AddHoles(text);
  }
  std::sort(decided.begin(), decided.end(), [](const Finding& a, const Finding& b) { return a.begin < b.begin; });
}

}  // namespace strongroom::redact
