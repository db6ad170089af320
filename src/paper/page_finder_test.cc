#include "paper/page_finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "detect/detector.h"

namespace strongroom::paper {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

// A page of words, ten units wide each, lines twenty apart.
PageText PageOf(const std::vector<std::vector<std::string>>& lines) {
  PageText page;
  for (size_t line = 0; line < lines.size(); ++line) {
    for (size_t word = 0; word < lines[line].size(); ++word) {
      if (word > 0) page.Blank();
      const double left = 10.0 * static_cast<double>(word);
      const double top = 20.0 * static_cast<double>(line);
      page.Add(lines[line][word], {left, top, left + 9, top + 12});
    }
    page.EndLine();
  }
  return page;
}

std::vector<PageFind> FindsOn(const PageText& page) {
  const detect::Detector detector({});
  redact::Job job;
  job.finder = &detector;
  return PageFinder(job).Find(page);
}

TEST(PageFinderTest, AFindHasTheBoxOfItsWords) {
  const std::vector<PageFind> finds = FindsOn(PageOf({{"Card", "4111", "1111", "1111", "1111", "paid"}}));
  ASSERT_THAT(finds, SizeIs(1));
  EXPECT_EQ(finds[0].finding.kind, detect::Kind::kCreditCard);
  EXPECT_THAT(finds[0].pieces, ElementsAre(1, 2, 3, 4));
  ASSERT_THAT(finds[0].boxes, SizeIs(1));
  EXPECT_EQ(finds[0].boxes[0].left, 10);
  EXPECT_EQ(finds[0].boxes[0].right, 49);
}

TEST(PageFinderTest, AFindOverALinesEndHasABoxOnEach) {
  const std::vector<PageFind> finds = FindsOn(PageOf({{"Card", "4111", "1111"}, {"1111", "1111", "paid"}}));
  ASSERT_THAT(finds, SizeIs(1));
  EXPECT_THAT(finds[0].pieces, ElementsAre(1, 2, 3, 4));
  ASSERT_THAT(finds[0].boxes, SizeIs(2));
  EXPECT_EQ(finds[0].boxes[1].top, 20);
}

TEST(PageFinderTest, AnEmptyPageHasNone) { EXPECT_THAT(FindsOn(PageText{}), SizeIs(0)); }

}  // namespace
}  // namespace strongroom::paper
