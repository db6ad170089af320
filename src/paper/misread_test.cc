#include "paper/misread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "detect/detector.h"
#include "paper/page_finder.h"

namespace strongroom::paper {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// One line, each word read with this confidence.
PageText LineOf(const std::vector<std::string>& words, uint8_t confidence) {
  PageText page;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) page.Blank();
    const double left = 10.0 * static_cast<double>(i);
    page.Add(words[i], {left, 0, left + 9, 10}, 0, confidence);
  }
  page.EndLine();
  return page;
}

std::vector<std::string> FoundIn(const std::vector<std::string>& words, uint8_t confidence = 90) {
  const PageText page = LineOf(words, confidence);
  const detect::Detector detector({});
  redact::Job job;
  job.finder = &detector;
  std::vector<std::string> values;
  for (const PageFind& find : PageFinder(job).Find(page))
    values.push_back(page.text.substr(find.finding.begin, find.finding.end - find.finding.begin));
  return values;
}

struct Case {
  std::vector<std::string> words;
  const char* found;
};

TEST(MisreadTest, MisreadValuesAreFound) {
  const std::vector<Case> cases = {
      {{"paid", "4lll", "1111", "llll", "1111", "today"}, "4lll 1111 llll 1111"},  // letters for digits
      {{"paid", "4111", "1111", "1111", "1112", "today"}, "4111 1111 1111 1112"},  // no check digit fits
      {{"it", "is", "219-09-9999", "and", "was", "given"}, "219-09-9999"},         // a number that is nobody's
      {{"SSN:", "536-22-B719"}, "536-22-B719"},
      {{"Personnummer:", "6408", "23-3234"}, "6408 23-3234"},  // a blank inside
      {{"Personnummer:", "64O823-3234"}, "64O823-3234"},
      {{"Personnummer:", "640823-3235"}, "640823-3235"},  // a digit for another
      {{"E-mail:", "anna.bergQexample.com"}, "anna.bergQexample.com"},
      {{"E-mail:", "anna.berg\u00A9example.com"}, "anna.berg\u00A9example.com"},
      {{"E-mail:", "anna", ".berg@example.com"}, "anna .berg@example.com"},
      {{"write", "to", "karin.", "sjoberg@example.:", "se", "now"}, "karin. sjoberg@example.: se"},  // no dot is one
      {{"write", "to", "sjoberg@example", "now"}, "sjoberg@example"},
      {{"write", "to", "sjobergQexample.s", "now"}, "sjobergQexample.s"},
      {{"Account", "GB29", "NWBK", "6016", "1331", "9268", "18"}, "GB29 NWBK 6016 1331 9268 18"},
      {{"Telefon:", "070-l74", "O6", "35"}, "070-l74 O6 35"},
      {{"\u8EAB\u4EFD\u8BC1\u53F7:", "11010519491231003X"}, "11010519491231003X"},
  };
  for (const Case& one : cases) {
    EXPECT_THAT(FoundIn(one.words), ElementsAre(one.found)) << one.words[0] << " " << one.words[1];
  }
}

TEST(MisreadTest, TextThatWasNotReadFromAPictureIsTakenAtItsWord) {
  EXPECT_THAT(FoundIn({"paid", "4lll", "1111", "llll", "1111", "today"}, 100), IsEmpty());
  EXPECT_THAT(FoundIn({"paid", "4111", "1111", "1111", "1112", "today"}, 100), IsEmpty());
}

TEST(MisreadTest, ADoubtfulNumberGoesAndASureOneStays) {
  EXPECT_THAT(FoundIn({"order", "4482913", "was", "sent"}, 60), ElementsAre("4482913"));
  EXPECT_THAT(FoundIn({"order", "4482913", "was", "sent"}, 95), IsEmpty());
  EXPECT_THAT(FoundIn({"room", "4482", "was", "free"}, 30), IsEmpty());  // short ones identify nobody
}

TEST(MisreadTest, WordsAreNotNumbers) {
  EXPECT_THAT(FoundIn({"Section", "12B", "of", "the", "1998", "Act,", "page", "3"}), IsEmpty());
  EXPECT_THAT(FoundIn({"Total", "of", "lines:", "SOS", "and", "BIG", "boxes"}), IsEmpty());
  EXPECT_THAT(FoundIn({"the", "pieQueen", "sold", "12@3", "and", "@home"}), IsEmpty());
}

}  // namespace
}  // namespace strongroom::paper
