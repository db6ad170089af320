#include "names/decoder.h"

#include <algorithm>
#include <cstring>

namespace strongroom::names {
namespace {

// Half of the labels at once, as g++ and clang have vectors.
constexpr size_t kHalf = kLabelCount / 2;
using Half [[gnu::vector_size(kLabelCount)]] = int16_t;

Half Load(const int16_t* from) {
  Half half;
  std::memcpy(&half, from, sizeof(half));
  return half;
}

int16_t Bounded(int score, int floor, int ceiling) { return static_cast<int16_t>(std::clamp(score, floor, ceiling)); }

}  // namespace

Scores Decoder::Advance(const Scores& before, Scores& from) const {
  Scores best;
  for (size_t part = 0; part < kLabelCount; part += kHalf) {
    Half top = Half{} + INT16_MIN, which = {};
    for (int16_t previous = 0; previous < static_cast<int16_t>(kLabelCount); ++previous) {
      const Half score = Load(transitions_[previous].data() + part) + before[previous];
      const Half better = score > top;
      top = (score & better) | (top & ~better);
      which = ((Half{} + previous) & better) | (which & ~better);
    }
    std::memcpy(best.data() + part, &top, sizeof(top));
    std::memcpy(from.data() + part, &which, sizeof(which));
  }
  return best;
}

void Decoder::Decode(std::vector<uint8_t>& labels) {
  const size_t count = scores_.size();
  labels.resize(count);
  if (count == 0) return;
  from_.resize(count);
  Scores state;
  for (size_t label = 0; label < kLabelCount; ++label) {
    const int begin = MayBegin(static_cast<uint8_t>(label)) ? transitions_[kOutside][label] : kForbidden;
    state[label] = Bounded(scores_[0][label] + begin, kForbidden, kLimit * 2);
  }
  for (size_t i = 1; i < count; ++i) {
    const int top = *std::max_element(state.begin(), state.end());
    for (int16_t& score : state) score = Bounded(score - top, kFloor, 0);
    state = Advance(state, from_[i]);
    for (size_t label = 0; label < kLabelCount; ++label) {
      state[label] = Bounded(state[label] + scores_[i][label], INT16_MIN, INT16_MAX);
    }
  }
  size_t best = kOutside;
  int best_score = INT32_MIN;
  for (size_t label = 0; label < kLabelCount; ++label) {
    if (!MayEnd(static_cast<uint8_t>(label))) continue;
    const int score = state[label] + transitions_[label][kOutside];
    if (score > best_score) {
      best_score = score;
      best = label;
    }
  }
  for (size_t i = count; i-- > 0;) {
    labels[i] = static_cast<uint8_t>(best);
    if (i > 0) best = static_cast<size_t>(from_[i][best]);
  }
}

}  // namespace strongroom::names
