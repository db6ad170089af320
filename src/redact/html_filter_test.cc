#include "redact/html_filter.h"

#include <gtest/gtest.h>

#include "redact/testing/fake_finder.h"

namespace strongroom::redact {
namespace {

std::unique_ptr<Filter> Make(const Job& job) { return std::make_unique<HtmlFilter>(job); }

std::string RandomPage(uint64_t seed, size_t pieces) {
  static constexpr std::string_view kPieces[] = {"<p>",
                                                 "</p>",
                                                 "<b>",
                                                 "</b>",
                                                 "<td>id</td><td>",
                                                 "ZZanna ",
                                                 "ZZ&#98;o",
                                                 "070-123 45 67",
                                                 "1234",
                                                 "a@b.se",
                                                 "&lt;",
                                                 "&",
                                                 "<",
                                                 "<a href=\"mailto:a@b.se\">",
                                                 "</a>",
                                                 "<img alt='ZZanna' src=x>",
                                                 "<!-- ZZanna -->",
                                                 "<script>var x='ZZbo'</script>",
                                                 "<input name=id value=1234>",
                                                 "&aring;",
                                                 "王小明",
                                                 "plain text ",
                                                 "[PERSON]",
                                                 "███",
                                                 "\xFF",
                                                 "<!--",
                                                 "-->",
                                                 "<!DOCTYPE html>",
                                                 ">",
                                                 "<x y=\"",
                                                 "'",
                                                 "•••1234 ",
                                                 "Xelomaku",
                                                 "<style>",
                                                 "</style>",
                                                 "<br/>",
                                                 "<?xml ?>"};
  Dice dice(seed);
  std::string text;
  for (size_t i = 0; i < pieces; ++i) text += dice.OneOf(kPieces);
  return text;
}

TEST(HtmlFilter, TextAttributesCommentsAndScripts) {
  const Outcome outcome = RunFilter(
      Make,
      "<p class=\"ZZ\">Dear <b>ZZ</b>anna <i>ZZlind</i> &amp; co</p><a href=\"mailto:a@b.se\" title='by ZZbo'>x</a>"
      "<!-- from ZZanna --><script>let a = \"a@b.se\";</script><input value=1234 name=id>");
  ASSERT_TRUE(outcome.status.ok());
  EXPECT_EQ(
      outcome.out,
      "<p class=\"ZZ\">Dear <b>██████ ██████</b><i></i> &amp; co</p><a href=\"mailto:██████\" title='by ████'>x</a>"
      "<!-- from ██████ --><script>let a = \"██████\";</script><input value=████ name=id>");
}

TEST(HtmlFilter, BlocksPartTextAndCellsAreHeadedByTheOneBefore) {
  EXPECT_EQ(RunFilter(Make, "<td>ZZanna</td> <td>ZZbo</td>").out, "<td>██████</td> <td>████</td>");
  EXPECT_EQ(RunFilter(Make, "<td>id</td>\n<td>1234</td><td>1234</td>").out, "<td>id</td>\n<td>████</td><td>1234</td>");
}

TEST(HtmlFilter, EntitiesAreReadAndUntouchedOnesStay) {
  EXPECT_EQ(RunFilter(Make, "<p>&#90;&#x5A;anna&nbsp;&aring; ZZ &lt;</p>").out, "<p>██████&nbsp;&aring; ██ &lt;</p>");
}

TEST(HtmlFilter, TwiceChangesNothing) {
  for (Mode mode : kAllModes) {
    RunOptions options;
    options.mode = mode;
    size_t changed = 0;
    for (uint64_t seed = 1; seed <= 400; ++seed) {
      const std::string text = RandomPage(seed, 40);
      const Outcome once = RunFilter(Make, text, options);
      ASSERT_TRUE(once.status.ok());
      const Outcome twice = RunFilter(Make, once.out, options);
      ASSERT_EQ(once.out, twice.out) << NameOf(mode) << " of " << text;
      changed += once.out != text ? 1 : 0;
    }
    EXPECT_GT(changed, 300U);
  }
}

TEST(HtmlFilter, ChunksAndThreadsChangeNothing) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const std::string text = RandomPage(seed, 20000);
    RunOptions options;
    options.mode = kAllModes[seed % 5];
    const Outcome whole = RunFilter(Make, text, options);
    for (size_t most : {5, 1000, 90000}) {
      RunOptions parts = options;
      parts.most_fed = most;
      parts.threads = most == 1000 ? 1 : 3;
      const Outcome cut = RunFilter(Make, text, parts);
      ASSERT_EQ(whole.out, cut.out);
      ASSERT_EQ(whole.found.size(), cut.found.size());
    }
  }
}

TEST(HtmlFilter, WithNothingSelectedEveryByteStays) {
  RunOptions options;
  options.selection.kinds = detect::KindSet();
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    const std::string text = RandomPage(seed, 50);
    EXPECT_EQ(RunFilter(Make, text, options).out, text);
  }
}

}  // namespace
}  // namespace strongroom::redact
