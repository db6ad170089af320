#include "redact/html_filter.h"

#include <gtest/gtest.h>

#include "redact/testing/filter_properties.h"

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
                                                 "&#",
                                                 "x4",
                                                 "xa@b.se",
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

TEST(HtmlFilter, WhatIsTakenOutOfAnOpenTagOpensNoOther) {
  RunOptions options;
  options.mode = Mode::kLabel;
  EXPECT_EQ(RunFilter(Make, "<p>x</p><ZZanna y=<!-- ZZbo", options).out, "<p>x</p>&lt;[PERSON] y=&lt;!-- [PERSON]");
  EXPECT_EQ(RunFilter(Make, "<p>x</p><a y=<!-- z", options).out, "<p>x</p><a y=<!-- z");  // nothing found: as it was
}

TEST(HtmlFilter, TwiceChangesNothing) {
  ExpectTwiceChangesNothing(
      Make, [](uint64_t seed) { return RandomPage(seed, 40); }, 400, 300);
}

TEST(HtmlFilter, ChunksAndThreadsChangeNothing) {
  ExpectChunksAndThreadsChangeNothing(
      Make, [](uint64_t seed) { return RandomPage(seed, 20000); }, 12);
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
