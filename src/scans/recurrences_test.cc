#include "scans/recurrences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strongroom::scans {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

paper::PageText PageOf(const std::vector<std::string>& words) {
  paper::PageText page;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) page.Blank();
    const double left = 10.0 * static_cast<double>(i);
    page.Add(words[i], {left, 0, left + 9, 10}, 0, 90);
  }
  page.EndLine();
  return page;
}

std::vector<std::string> After(const paper::PageText& page, detect::Kind kind, size_t begin, size_t end) {
  paper::PageFind find;
  find.finding.begin = begin;
  find.finding.end = end;
  find.finding.kind = kind;
  std::vector<paper::PageFind> finds = {find};
  AddRecurrences(page, finds);
  std::vector<std::string> values;
  for (const paper::PageFind& one : finds)
    values.push_back(page.text.substr(one.finding.begin, one.finding.end - one.finding.begin));
  return values;
}

TEST(RecurrencesTest, TheSameWordsGoEverywhere) {
  const paper::PageText page = PageOf({"536-22-8719", "was", "536-22-8719", "but", "not", "1536-22-87190"});
  EXPECT_THAT(After(page, detect::Kind::kUsSsn, 0, 11), ElementsAre("536-22-8719", "536-22-8719"));
}

TEST(RecurrencesTest, PartsOfANameGoAlone) {
  const paper::PageText page = PageOf({"Margaret", "Holloway", "came;", "Holloway", "left", "with", "Marg"});
  EXPECT_THAT(After(page, detect::Kind::kPerson, 0, 17), ElementsAre("Margaret Holloway", "Holloway"));
  // Of what is no person, only the whole.
  EXPECT_THAT(After(page, detect::Kind::kOrganization, 0, 17), ElementsAre("Margaret Holloway"));
}

TEST(RecurrencesTest, WithoutFindsThereAreNone) {
  std::vector<paper::PageFind> finds;
  AddRecurrences(PageOf({"Holloway", "Holloway"}), finds);
  EXPECT_THAT(finds, IsEmpty());
}

}  // namespace
}  // namespace strongroom::scans
