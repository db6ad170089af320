// The decoder finds the best labels: compared with trying all.
#include "names/decoder.h"

#include <gtest/gtest.h>

#include "names/training/random.h"

namespace strongroom::names {
namespace {

using Table = std::array<Scores, kLabelCount>;

int ScoreOf(const Decoder& decoder, const Table& transitions, const std::vector<uint8_t>& labels) {
  int score = 0;
  uint8_t before = kOutside;
  for (size_t i = 0; i < labels.size(); ++i) {
    score += transitions[before][labels[i]] + decoder.scores(i)[labels[i]];
    before = labels[i];
  }
  return score + transitions[before][kOutside];
}

bool IsAllowed(const std::vector<uint8_t>& labels) {
  uint8_t before = kOutside;
  for (const uint8_t label : labels) {
    if (!MayFollow(before, label)) return false;
    before = label;
  }
  return MayEnd(before);
}

TEST(Decoder, FindsTheBestOfAllThatMayBe) {
  SeededRandom random(3);
  for (int round = 0; round < 300; ++round) {
    Table transitions;
    for (Scores& row : transitions) {
      for (int16_t& weight : row) weight = static_cast<int16_t>(random.Below(400) - 200);
    }
    Decoder decoder;
    decoder.SetTransitions(transitions);
    const size_t count = 1 + random.Below(3);
    for (size_t i = 0; i < count; ++i) {
      for (int16_t& score : decoder.AddToken()) score = static_cast<int16_t>(random.Below(1000) - 500);
    }
    std::vector<uint8_t> found;
    decoder.Decode(found);
    ASSERT_EQ(found.size(), count);
    ASSERT_TRUE(IsAllowed(found));
    std::vector<uint8_t> labels(count);
    size_t all = 1;
    for (size_t i = 0; i < count; ++i) all *= kLabelCount;
    int best = INT32_MIN;
    for (size_t number = 0; number < all; ++number) {
      for (size_t i = 0, rest = number; i < count; ++i, rest /= kLabelCount)
        labels[i] = static_cast<uint8_t>(rest % kLabelCount);
      if (IsAllowed(labels)) best = std::max(best, ScoreOf(decoder, transitions, labels));
    }
    ASSERT_EQ(ScoreOf(decoder, transitions, found), best);
  }
}

TEST(Decoder, StaysAllowedInLongRunsOfExtremeScores) {
  SeededRandom random(4);
  Table transitions = {};
  Decoder decoder;
  decoder.SetTransitions(transitions);
  for (int i = 0; i < 20000; ++i) {
    for (int16_t& score : decoder.AddToken()) score = random.Chance(.5) ? 2000 : -2000;
  }
  std::vector<uint8_t> labels;
  decoder.Decode(labels);
  EXPECT_TRUE(IsAllowed(labels));
}

}  // namespace
}  // namespace strongroom::names
