#include "redact/csv_filter.h"

#include <gtest/gtest.h>

#include "redact/testing/filter_properties.h"

namespace strongroom::redact {
namespace {

std::unique_ptr<Filter> Make(const Job& job) { return std::make_unique<CsvFilter>(job, '\0'); }

std::string RandomTable(uint64_t seed, size_t pieces) {
  static constexpr std::string_view kPieces[] = {"ZZanna",   "\"ZZa \"\"q\"\" ZZb\"",
                                                 ",",        ",",
                                                 ",",        ",",
                                                 "\n",       "\r\n",
                                                 "\n",       "070-123 45 67",
                                                 "1234",     "\"",
                                                 "id",       "\"x\ny,ZZq\"",
                                                 "a@b.se",   "\"a@b.se\"tail ZZt",
                                                 ";",        "plain words",
                                                 "[PERSON]", "███",
                                                 "王小明",   "\xFF",
                                                 "•••1234",  "Xelomaku"};
  Dice dice(seed);
  std::string text = dice.Below(2) == 0 ? "id,name,note\n" : "";
  for (size_t i = 0; i < pieces; ++i) text += dice.OneOf(kPieces);
  return text;
}

TEST(CsvFilter, CellsChangeAndTheTableStays) {
  const Outcome outcome =
      RunFilter(Make, "\xEF\xBB\xBFname;\"the id\";note\r\n\"ZZa \"\"ZZb\";1234;\"say \"\"x\"\" to a@b.se\"\r\nx;99");
  ASSERT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.out,
            "\xEF\xBB\xBFname;\"the id\";note\r\n\"███ \"\"███\";████;\"say \"\"x\"\" to ██████\"\r\nx;99");
  ASSERT_EQ(outcome.found.size(), 4U);
  EXPECT_EQ(outcome.found[0].place.path, "A2");
  EXPECT_EQ(outcome.found[0].place.line, 2U);
  EXPECT_EQ(outcome.found[2].place.path, "B2");
  EXPECT_EQ(outcome.found[3].place.path, "C2");
}

TEST(CsvFilter, TheNameOfAColumnIsContextForItsCells) {
  EXPECT_EQ(RunFilter(Make, "id,other\n1234,1234\n").out, "id,other\n████,1234\n");
}

TEST(CsvFilter, AColumnOfOneKindTakesDoubtfulCellsWithIt) {
  const std::string table = "who,x\nZZanna,1\nZZbo,2\nZZci,3\nZZdi,4\nErik Unknown,5\n,6\n";
  EXPECT_EQ(RunFilter(Make, table).out, "who,x\n██████,1\n████,2\n████,3\n████,4\n████ ███████,5\n,6\n");
  // The same cell where the column is not of one kind.
  EXPECT_EQ(RunFilter(Make, "who,x\nErik Unknown,5\nstone,6\n").out, "who,x\nErik Unknown,5\nstone,6\n");
}

TEST(CsvFilter, DoubtfulFindsCountInAColumnOfTheirKind) {
  std::string table = "nr,x\n";
  for (int i = 0; i < 5; ++i) table += "id12345,1234\n";
  table += "5678,5678\n";
  const std::string out = RunFilter(Make, table).out;
  EXPECT_NE(out.find("████,5678\n"), std::string::npos) << out;
}

TEST(CsvFilter, FindsTheDelimiter) {
  EXPECT_EQ(RunFilter(Make, "id\tb\n1234\t1234").out, "id\tb\n████\t1234");
  EXPECT_EQ(RunFilter(Make, "id|b\n1234|1234").out, "id|b\n████|1234");
}

TEST(CsvFilter, TwiceChangesNothing) {
  ExpectTwiceChangesNothing(
      Make, [](uint64_t seed) { return RandomTable(seed, 60); }, 300, 200);
}

TEST(CsvFilter, ChunksAndThreadsChangeNothing) {
  ExpectChunksAndThreadsChangeNothing(
      Make, [](uint64_t seed) { return RandomTable(seed, 30000); }, 12);
}

TEST(CsvFilter, WithNothingSelectedEveryByteStays) {
  RunOptions options;
  options.selection.kinds = detect::KindSet();
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const std::string text = RandomTable(seed, 50);
    EXPECT_EQ(RunFilter(Make, text, options).out, text);
  }
}

TEST(CsvFilter, ACellWithoutEndIsRefused) {
  std::string text = "a,b\n\"";
  text.append(kLongestValue + 10, 'x');
  EXPECT_EQ(RunFilter(Make, text).status.reason(), Reason::kValueTooLong);
}

}  // namespace
}  // namespace strongroom::redact
