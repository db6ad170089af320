#include "redact/csv_filter.h"

#include <gtest/gtest.h>

#include "redact/testing/fake_finder.h"

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
  for (Mode mode : kAllModes) {
    RunOptions options;
    options.mode = mode;
    size_t changed = 0;
    for (uint64_t seed = 1; seed <= 300; ++seed) {
      const std::string text = RandomTable(seed, 60);
      const Outcome once = RunFilter(Make, text, options);
      ASSERT_TRUE(once.status.ok());
      const Outcome twice = RunFilter(Make, once.out, options);
      ASSERT_EQ(once.out, twice.out) << NameOf(mode) << " of " << text;
      changed += once.out != text ? 1 : 0;
    }
    EXPECT_GT(changed, 200U);
  }
}

TEST(CsvFilter, ChunksAndThreadsChangeNothing) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const std::string text = RandomTable(seed, 30000);
    RunOptions options;
    options.mode = kAllModes[seed % 5];
    const Outcome whole = RunFilter(Make, text, options);
    for (size_t most : {7, 1000, 90000}) {
      RunOptions parts = options;
      parts.most_fed = most;
      parts.threads = most == 1000 ? 1 : 3;
      parts.seed = seed + most;
      const Outcome cut = RunFilter(Make, text, parts);
      ASSERT_EQ(whole.status.reason(), cut.status.reason());
      ASSERT_EQ(whole.out, cut.out);
      ASSERT_EQ(whole.found.size(), cut.found.size());
      for (size_t i = 0; i < whole.found.size(); ++i) {
        ASSERT_EQ(whole.found[i].place.path, cut.found[i].place.path);
        ASSERT_EQ(whole.found[i].place.line, cut.found[i].place.line);
      }
    }
  }
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
