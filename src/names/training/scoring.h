// How well findings match labels: by spans, with and without types, and by characters blacked out.
//
// A gold span and a finding match when they share at least half of what either covers; each matches once, the best
// pairs first.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "detect/finding.h"
#include "names/training/sample.h"

namespace strongroom::names {

struct Counts {
  size_t right = 0;    // found and labelled
  size_t wrong = 0;    // found, not labelled
  size_t missing = 0;  // labelled, not found

  double Precision() const {
    return right + wrong == 0 ? 0 : static_cast<double>(right) / static_cast<double>(right + wrong);
  }
  double Recall() const {
    return right + missing == 0 ? 0 : static_cast<double>(right) / static_cast<double>(right + missing);
  }
  double F(double beta) const {
    const double precision = Precision(), recall = Recall(), square = beta * beta;
    return precision + recall == 0 ? 0 : (1 + square) * precision * recall / (square * precision + recall);
  }
  void Add(const Counts& other) {
    right += other.right;
    wrong += other.wrong;
    missing += other.missing;
  }
};

struct Scoreboard {
  std::array<Counts, detect::kKindCount> kinds;
  Counts untyped;
  Counts characters;   // of UTF-8 without blanks, in bytes
  size_t covered = 0;  // gold spans wholly blacked out
  size_t gold = 0;

  Counts Typed(detect::KindSet of) const;
};

// Of kinds in `of` alone; labels of types that are not promised are left out, and so is what is found inside of them.
void ScoreOne(const Sample& sample, const std::vector<detect::Finding>& findings, detect::KindSet of,
              Scoreboard& board);

}  // namespace strongroom::names
