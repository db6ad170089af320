// One walk over the table of recognisers: what each row says it finds is found, and its near-misses are not.
#include "detect/recogniser.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "detect/detector.h"
#include "detect/validators.h"

namespace strongroom::detect::internal {
namespace {

constexpr CivilDate kToday{2026, 11, 1};

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    lines.emplace_back(line);
  }
  return lines;
}

// A line without its marks, and what stands between them.
struct Example {
  std::string text;
  size_t begin = 0;
  size_t end = 0;
};

Example Unmarked(std::string line) {
  constexpr std::string_view kOpens = "«";
  constexpr std::string_view kCloses = "»";
  Example example;
  example.begin = line.find(kOpens);
  EXPECT_NE(example.begin, std::string::npos) << line;
  if (example.begin == std::string::npos) return example;
  line.erase(example.begin, kOpens.size());
  example.end = line.find(kCloses);
  EXPECT_NE(example.end, std::string::npos) << line;
  if (example.end != std::string::npos) line.erase(example.end, kCloses.size());
  example.text = line;
  return example;
}

std::vector<Finding> Found(const std::string& text) {
  DetectorOptions options;
  options.today = kToday;
  const Detector detector(options);
  std::vector<Finding> findings;
  detector.Find(text, "", findings);
  return findings;
}

TEST(Recognisers, EveryExampleIsFoundWholeByItsRow) {
  size_t examples = 0;
  for (const Recogniser& row : Recognisers()) {
    for (const std::string& line : Lines(row.examples)) {
      const Example example = Unmarked(line);
      const std::vector<Finding> findings = Found(example.text);
      bool found = false;
      std::string instead;
      for (const Finding& finding : findings) {
        found |= finding.rule == row.name && finding.begin == example.begin && finding.end == example.end;
        instead +=
            std::string(finding.rule) + " [" + example.text.substr(finding.begin, finding.end - finding.begin) + "] ";
      }
      EXPECT_TRUE(found) << row.name << ": " << line << "\n  found: " << instead;
      ++examples;
    }
  }
  EXPECT_GT(examples, 100U);
}

TEST(Recognisers, NoNearMissIsFound) {
  size_t near_misses = 0;
  for (const Recogniser& row : Recognisers()) {
    for (const std::string& line : Lines(row.near_misses)) {
      for (const Finding& finding : Found(line)) {
        EXPECT_NE(finding.rule, row.name)
            << line << " [" << line.substr(finding.begin, finding.end - finding.begin) << "]";
      }
      ++near_misses;
    }
  }
  EXPECT_GT(near_misses, 80U);
}

TEST(Recognisers, RowsAreWhole) {
  std::set<std::string_view> names;
  for (const Recogniser& row : Recognisers()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    if (row.grammar != Grammar::kShapes) continue;
    EXPECT_NE(FindNationalIdType(row.subtype), nullptr) << row.subtype;
    EXPECT_FALSE(row.examples.empty()) << row.name;
    EXPECT_FALSE(row.words.empty()) << row.name;
    EXPECT_LE(row.plain, row.grouped) << row.name;
    EXPECT_LE(row.grouped, row.in_context) << row.name;
  }
  // Every national number has its row.
  for (const NationalIdType& type : NationalIdTypes()) {
    bool has = false;
    for (const Recogniser& row : Recognisers()) has |= row.subtype == type.name;
    EXPECT_TRUE(has) << type.name;
  }
}

// Marks that a redaction leaves behind are nothing anybody finds, so that a text redacted twice is the text redacted
// once.
TEST(Recognisers, MarksOfRedactionAreNothing) {
  for (const char* text :
       {"[PERSON]", "[CREDIT_CARD]", "[US_SSN] and [NATIONAL_ID:se.personnummer]", "password=[SECRET]",
        "\"password\": \"[SECRET]\"", "password: ********", "call ***********", "card ████████████████",
        "密码：████████", "born [DATE_OF_BIRTH]", "SSN ***-**-****", "token=████-████", "api_key=[SECRET_1]",
        "age [AGE]", "https", "e-mail [EMAIL] now", "█████@█████.██", "****@****.***"}) {
    EXPECT_TRUE(Found(text).empty()) << text;
  }
  // The same places with something in them.
  for (const char* text : {"password=hunter22", "call 070-174 06 05", "card 4111111111111111", "SSN 536-90-4399"}) {
    EXPECT_EQ(Found(text).size(), 1U) << text;
  }
}

}  // namespace
}  // namespace strongroom::detect::internal
