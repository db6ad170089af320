#include "detect/blocks.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "detect/testing/dice.h"

namespace strongroom::detect {
namespace {

constexpr BlockLimits kSmall{.soft = 200, .hard = 700, .before = 30, .after = 60};

std::string Text(uint64_t seed, size_t pieces) {
  static constexpr std::string_view kPieces[] = {"alpha ",
                                                 "å",
                                                 "身份证",
                                                 "\n",
                                                 "4111111111111111",
                                                 " ",
                                                 "\xff",
                                                 "-----BEGIN X",
                                                 "-----END X",
                                                 "\r\n",
                                                 "0123456789 0123456789 0123456789 "};
  Dice dice(seed);
  const bool long_lines = dice.Below(2) == 0;
  std::string text;
  for (size_t i = 0; i < pieces; ++i) {
    std::string_view piece = kPieces[dice.Below(std::size(kPieces))];
    if (long_lines && piece.ends_with('\n') && dice.Below(20) != 0) continue;
    text += piece;
  }
  return text;
}

std::vector<Block> Cut(std::string_view text, const BlockLimits& limits, size_t most_fed, uint64_t seed) {
  Dice dice(seed);
  BlockCutter cutter(limits);
  std::vector<Block> blocks;
  const auto drain = [&] {
    while (std::optional<Block> block = cutter.Next()) blocks.push_back(*std::move(block));
  };
  while (!text.empty()) {
    const size_t size = std::min(text.size(), 1 + dice.Below(most_fed));
    cutter.Feed(text.substr(0, size));
    text.remove_prefix(size);
    if (dice.Below(3) != 0) drain();
  }
  drain();
  cutter.Finish();
  drain();
  return blocks;
}

TEST(Blocks, BodiesAreTheStreamAndSurroundingsAreItsText) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    const std::string text = Text(seed, 700);
    const std::vector<Block> blocks = Cut(text, kSmall, 5000, seed);
    std::string joined;
    for (const Block& block : blocks) {
      EXPECT_EQ(block.offset + block.body_begin, joined.size());
      EXPECT_EQ(text.substr(block.offset, block.text.size()), block.text);
      EXPECT_LE(block.body().size(), kSmall.hard);
      EXPECT_FALSE(block.body().empty());
      EXPECT_EQ(block.last, &block == &blocks.back());
      joined += block.body();
    }
    EXPECT_EQ(joined, text);
    EXPECT_GT(blocks.size(), 5U);
  }
}

TEST(Blocks, HowTheStreamIsFedChangesNothing) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    const std::string text = Text(seed, 400);
    const std::vector<Block> whole = Cut(text, kSmall, text.size(), 1);
    for (size_t most : {1, 7, 64, 1000}) {
      const std::vector<Block> parts = Cut(text, kSmall, most, seed + most);
      ASSERT_EQ(parts.size(), whole.size());
      for (size_t i = 0; i < parts.size(); ++i) {
        EXPECT_EQ(parts[i].text, whole[i].text);
        EXPECT_EQ(parts[i].offset, whole[i].offset);
        EXPECT_EQ(parts[i].body_begin, whole[i].body_begin);
        EXPECT_EQ(parts[i].body_end, whole[i].body_end);
        EXPECT_EQ(parts[i].last, whole[i].last);
      }
    }
  }
}

TEST(Blocks, NoUtf8SequenceIsCut) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += i % 3 == 0 ? "a" : "身份";
  for (const Block& block : Cut(text, kSmall, 100, 3)) {
    for (std::string_view part : {std::string_view(block.text), block.body()}) {
      EXPECT_NE(static_cast<unsigned char>(part.front()) & 0xC0, 0x80);
    }
  }
}

TEST(Blocks, AKeyIsNotCutAtItsLineEnds) {
  const std::string key = "-----BEGIN PRIVATE KEY-----\n" + std::string(100, 'A') + "\n" + std::string(100, 'B') +
                          "\n-----END PRIVATE KEY-----\n";
  for (size_t lead = 60; lead < 220; lead += 7) {
    const std::string text = std::string(lead, 'x') + "\n" + key + "tail\n" + std::string(500, 'y');
    bool whole = false;
    for (const Block& block : Cut(text, kSmall, 50, lead)) {
      if (block.body().find(key) != std::string_view::npos) whole = true;
    }
    EXPECT_TRUE(whole) << lead;
  }
}

Finding At(size_t begin, size_t end) {
  Finding finding;
  finding.begin = begin;
  finding.end = end;
  return finding;
}

TEST(Blocks, AnEmptyStreamHasNoBlock) { EXPECT_TRUE(Cut("", kSmall, 10, 1).empty()); }

TEST(Blocks, AFindOnABorderIsKeptOnceByTheBlockItBeginsIn) {
  Block first{.text = std::string(100, 'a'), .offset = 0, .body_begin = 0, .body_end = 80};
  Block second{.text = std::string(90, 'a'), .offset = 60, .body_begin = 20, .body_end = 90};
  BlockJoiner joiner;
  std::vector<Finding> findings = {At(75, 88), At(90, 95)};
  joiner.Keep(first, findings);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].begin, 75U);
  // The same find again, its tail taken for another, and the one that belongs here.
  findings = {At(15, 28), At(22, 28), At(30, 35)};
  joiner.Keep(second, findings);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].begin, 30U);
}

}  // namespace
}  // namespace strongroom::detect
