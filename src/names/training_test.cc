// Training learns what it is shown, and is the same each time.
#include <gtest/gtest.h>

#include "names/model.h"
#include "names/name_finder.h"
#include "names/training/augment.h"
#include "names/training/generator.h"
#include "names/training/recipe.h"
#include "names/training/scoring.h"

namespace strongroom::names {
namespace {

const std::string& DataFolder() {
  static const std::string folder = std::string(STRONGROOM_SOURCE_DIR) + "/src/names/data";
  return folder;
}

Recipe SmallRecipe() {
  Recipe recipe;
  recipe.generated = 60;
  recipe.trainer.epochs = 3;
  recipe.trainer.least_count = 2;
  recipe.trainer.most_features = 5000;
  return recipe;
}

TEST(Training, TwiceTheSameGivesTheSameBytes) {
  const auto first = Cook(SmallRecipe(), DataFolder(), {}, nullptr);
  const auto second = Cook(SmallRecipe(), DataFolder(), {}, nullptr);
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(EncodeModel(*first), EncodeModel(*second));
  // Another seed, other texts, another model.
  Recipe other = SmallRecipe();
  other.trainer.seed = 2;
  const auto third = Cook(other, DataFolder(), {}, nullptr);
  ASSERT_TRUE(third.ok());
  EXPECT_NE(EncodeModel(*first), EncodeModel(*third));
}

TEST(Training, LearnsWhatItIsShown) {
  const auto parts = Cook(SmallRecipe(), DataFolder(), {}, nullptr);
  ASSERT_TRUE(parts.ok());
  const auto finder = NameFinder::Open(EncodeModel(*parts));
  ASSERT_TRUE(finder.ok());
  const auto lists = ReadLists(DataFolder());
  ASSERT_TRUE(lists.ok());
  const auto samples = GenerateSamples(DataFolder(), *lists, {}, 99, 60);
  ASSERT_TRUE(samples.ok());
  Scoreboard board;
  std::vector<detect::Finding> findings;
  for (const Sample& sample : *samples) {
    (*finder)->Find(sample.text, sample.heading, findings);
    ScoreOne(sample, findings, detect::KindSet::All(), board);
  }
  EXPECT_GT(board.Typed(detect::KindSet::All()).F(1), .5);
}

TEST(Training, SpansOfGeneratedTextsLieInTheText) {
  const auto lists = ReadLists(DataFolder());
  ASSERT_TRUE(lists.ok());
  const auto samples = GenerateSamples(DataFolder(), *lists, {}, 5, 500);
  ASSERT_TRUE(samples.ok());
  size_t spans = 0;
  for (const Sample& sample : *samples) {
    EXPECT_EQ(sample.text.find("[per"), std::string::npos) << sample.text;
    size_t last = 0;
    for (const Span& span : sample.spans) {
      EXPECT_LE(last, span.begin) << sample.text;
      EXPECT_LT(span.begin, span.end) << sample.text;
      EXPECT_LE(span.end, sample.text.size());
      EXPECT_TRUE(KindOfType(span.type).has_value()) << span.type;
      last = span.end;
      ++spans;
    }
  }
  EXPECT_GT(spans, samples->size());
}

TEST(Training, JoiningMarksMovesTheSpansAlong) {
  Sample sample;
  sample.text = "Hej , Åsa Ek , ( Lund ) .";
  sample.spans = {{6, 13, "PER"}, {18, 22, "LOC"}};
  const Sample joined = JoinMarks(sample);
  EXPECT_EQ(joined.text, "Hej, Åsa Ek, (Lund).");
  EXPECT_EQ(joined.text.substr(joined.spans[0].begin, joined.spans[0].end - joined.spans[0].begin), "Åsa Ek");
  EXPECT_EQ(joined.text.substr(joined.spans[1].begin, joined.spans[1].end - joined.spans[1].begin), "Lund");
}

TEST(Training, SamplesOfOneTemplateHaveOneSkeleton) {
  Sample first, second, third;
  first.text = "My name is Anna and I am 31";
  first.spans = {{11, 15, "PERSON"}};
  second.text = "my name is  Bo Ek and I am 44";
  second.spans = {{12, 17, "PERSON"}};
  third.text = "My name was Anna and I am 31";
  third.spans = {{12, 16, "PERSON"}};
  EXPECT_EQ(SkeletonOf(first), SkeletonOf(second));
  EXPECT_NE(SkeletonOf(first), SkeletonOf(third));
}

TEST(Scoring, CountsSpansTypesAndBytes) {
  Sample sample;
  sample.text = "Anna Ek in Lund";
  sample.spans = {{0, 7, "PER"}, {11, 15, "LOC"}};
  const auto finding = [](size_t begin, size_t end, detect::Kind kind) {
    detect::Finding made;
    made.begin = begin;
    made.end = end;
    made.kind = kind;
    return made;
  };
  Scoreboard board;
  ScoreOne(sample, {finding(0, 4, detect::Kind::kPerson), finding(11, 15, detect::Kind::kOrganization)},
           detect::KindSet::All(), board);
  const Counts typed = board.Typed(detect::KindSet::All());
  EXPECT_EQ(typed.right, 1U);  // four of seven bytes are half
  EXPECT_EQ(typed.wrong, 1U);
  EXPECT_EQ(typed.missing, 1U);
  EXPECT_EQ(board.untyped.right, 2U);
  EXPECT_EQ(board.characters.right, 8U);
  EXPECT_EQ(board.characters.missing, 2U);
  EXPECT_EQ(board.covered, 1U);
  EXPECT_EQ(board.gold, 2U);
}

}  // namespace
}  // namespace strongroom::names
