#include "names/training/scoring.h"

#include <algorithm>

namespace strongroom::names {
namespace {

struct Piece {
  size_t begin, end;
  detect::Kind kind;
};

double Overlap(const Piece& a, const Piece& b) {
  const size_t begin = std::max(a.begin, b.begin), end = std::min(a.end, b.end);
  if (begin >= end) return 0;
  const auto both = static_cast<double>(end - begin);
  return both / (static_cast<double>(a.end - a.begin + b.end - b.begin) - both);
}

struct Pair {
  double overlap;
  size_t gold, found;
};

// Marks of which gold pieces and findings have a partner.
void Match(const std::vector<Piece>& gold, const std::vector<Piece>& found, bool typed, std::vector<char>& gold_used,
           std::vector<char>& found_used) {
  std::vector<Pair> pairs;
  for (size_t i = 0; i < gold.size(); ++i) {
    for (size_t j = 0; j < found.size(); ++j) {
      if (typed && gold[i].kind != found[j].kind) continue;
      if (const double overlap = Overlap(gold[i], found[j]); overlap >= .5) pairs.push_back({overlap, i, j});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.overlap > b.overlap; });
  gold_used.assign(gold.size(), 0);
  found_used.assign(found.size(), 0);
  for (const Pair& pair : pairs) {
    if (gold_used[pair.gold] != 0 || found_used[pair.found] != 0) continue;
    gold_used[pair.gold] = found_used[pair.found] = 1;
  }
}

void ScoreCharacters(const std::string& text, const std::vector<Piece>& gold, const std::vector<Piece>& found,
                     Scoreboard& board) {
  std::vector<char> marks(text.size());
  for (const Piece& piece : gold) std::fill(marks.begin() + piece.begin, marks.begin() + piece.end, 1);
  for (const Piece& piece : found) {
    for (size_t i = piece.begin; i < piece.end; ++i) marks[i] = static_cast<char>(marks[i] | 2);
  }
  const auto blank = [&](size_t i) { return text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r'; };
  for (size_t i = 0; i < text.size(); ++i) {
    if (blank(i)) continue;
    board.characters.right += marks[i] == 3 ? 1 : 0;
    board.characters.wrong += marks[i] == 2 ? 1 : 0;
    board.characters.missing += marks[i] == 1 ? 1 : 0;
  }
  for (const Piece& piece : gold) {
    bool whole = true;
    for (size_t i = piece.begin; i < piece.end; ++i) whole = whole && (blank(i) || marks[i] == 3);
    board.covered += whole ? 1 : 0;
    ++board.gold;
  }
}

}  // namespace

Counts Scoreboard::Typed(detect::KindSet of) const {
  Counts sum;
  for (size_t i = 0; i < detect::kKindCount; ++i) {
    if (of.Has(static_cast<detect::Kind>(i))) sum.Add(kinds[i]);
  }
  return sum;
}

void ScoreOne(const Sample& sample, const std::vector<detect::Finding>& findings, detect::KindSet of,
              Scoreboard& board) {
  std::vector<Piece> gold, found;
  std::vector<Span> ignored;
  for (const Span& span : sample.spans) {
    const auto kind = KindOfType(span.type);
    if (kind.has_value() && of.Has(*kind)) {
      gold.push_back({span.begin, span.end, *kind});
    } else {
      ignored.push_back(span);
    }
  }
  for (const detect::Finding& finding : findings) {
    const bool inside = std::any_of(ignored.begin(), ignored.end(), [&](const Span& span) {
      return finding.begin < span.end && span.begin < finding.end;
    });
    Piece piece = {finding.begin, finding.end, finding.kind};
    // Sets that label DATE_TIME do not tell births from other days.
    const bool birth = finding.kind == detect::Kind::kDateOfBirth;
    if (birth && std::any_of(sample.spans.begin(), sample.spans.end(),
                             [](const Span& span) { return span.type == "DATE_TIME"; })) {
      piece.kind = detect::Kind::kDate;
    }
    const bool labelled =
        std::any_of(gold.begin(), gold.end(), [&](const Piece& one) { return Overlap(one, piece) > 0; });
    if (of.Has(piece.kind) && (labelled || !inside)) found.push_back(piece);
  }
  std::vector<char> gold_used, found_used;
  Match(gold, found, true, gold_used, found_used);
  for (size_t i = 0; i < gold.size(); ++i) {
    Counts& counts = board.kinds[static_cast<size_t>(gold[i].kind)];
    ++(gold_used[i] != 0 ? counts.right : counts.missing);
  }
  for (size_t j = 0; j < found.size(); ++j)
    board.kinds[static_cast<size_t>(found[j].kind)].wrong += found_used[j] == 0 ? 1 : 0;
  Match(gold, found, false, gold_used, found_used);
  for (const char used : gold_used) ++(used != 0 ? board.untyped.right : board.untyped.missing);
  for (const char used : found_used) board.untyped.wrong += used == 0 ? 1 : 0;
  ScoreCharacters(sample.text, gold, found, board);
}

}  // namespace strongroom::names
