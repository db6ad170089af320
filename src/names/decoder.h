// The best labels for a run of tokens, given what speaks for each label at each token and for each pair in a row.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "names/labels.h"

namespace strongroom::names {

using Scores = std::array<int16_t, kLabelCount>;

// Viterbi.  Scratch that is kept between calls; one thread at a time.
class Decoder {
 public:
  // `transitions[from][to]`; what MayFollow forbids weighs more than anything that may.
  void SetTransitions(const std::array<Scores, kLabelCount>& transitions) {
    for (size_t from = 0; from < kLabelCount; ++from) {
      for (size_t to = 0; to < kLabelCount; ++to) {
        const bool may = MayFollow(static_cast<uint8_t>(from), static_cast<uint8_t>(to));
        transitions_[from][to] = may ? std::clamp<int16_t>(transitions[from][to], -kLimit, kLimit) : kForbidden;
      }
    }
  }

  void Clear() { scores_.clear(); }
  Scores& AddToken() { return scores_.emplace_back(Scores{}); }
  size_t size() const { return scores_.size(); }
  const Scores& scores(size_t at) const { return scores_[at]; }

  // Labels for the tokens added since Clear().  What is before and after them is outside of every name.
  void Decode(std::vector<uint8_t>& labels);

 private:
  // Sixteen bits are enough: scores are kept as differences to the best, within the limits.
  static constexpr int16_t kLimit = 4000;
  static constexpr int16_t kForbidden = -16000;
  static constexpr int16_t kFloor = -9000;

  Scores Advance(const Scores& before, Scores& from) const;

  std::array<Scores, kLabelCount> transitions_ = {};
  std::vector<Scores> scores_;
  std::vector<Scores> from_;
};

}  // namespace strongroom::names
