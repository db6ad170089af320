// What the model of the binary finds: known sentences, and what holds for every text.
#include "names/name_finder.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "names/model.h"
#include "names/training/random.h"
#include "names/training/scoring.h"

namespace strongroom::names {
namespace {

using detect::Finding;
using detect::Kind;

std::vector<Finding> Find(std::string_view text, std::string_view heading = "") {
  std::vector<Finding> findings;
  NameFinder::BuiltIn().Find(text, heading, findings);
  return findings;
}

// "PERSON Anna Svensson" for each.
std::vector<std::string> FoundIn(std::string_view text, std::string_view heading = "") {
  std::vector<std::string> found;
  for (const Finding& finding : Find(text, heading)) {
    found.push_back(std::string(detect::NameOf(finding.kind)) + " " +
                    std::string(text.substr(finding.begin, finding.end - finding.begin)));
  }
  return found;
}

using Texts = std::vector<std::string>;

TEST(NameFinder, FindsNamesInThreeLanguages) {
  EXPECT_EQ(FoundIn("Kunden Erik Lindqvist ringde om sin faktura."), Texts{"PERSON Erik Lindqvist"});
  EXPECT_EQ(FoundIn("My name is Laura Bennett and I live in Manchester."),
            (Texts{"PERSON Laura Bennett", "LOCATION Manchester"}));
  EXPECT_EQ(FoundIn("客户王芳，身份证号"), Texts{"PERSON 王芳"});
}

TEST(NameFinder, FindsNoneWhereThereAreNone) {
  EXPECT_EQ(FoundIn("The service returned a delayed response while the queue was processed."), Texts());
  EXPECT_EQ(FoundIn("Systemet svarade sent och kön växte under natten."), Texts());
  EXPECT_EQ(FoundIn("系统在夜间维护期间响应缓慢。"), Texts());
}

TEST(NameFinder, AHeadingDecidesWhatTextAloneDoesNot) {
  EXPECT_EQ(FoundIn("Rose", "customer_name"), Texts{"PERSON Rose"});
  EXPECT_EQ(FoundIn("rose", "colour"), Texts());
}

std::vector<Sample> OwnSentences() {
  std::vector<Sample> samples;
  std::ifstream file(std::string(STRONGROOM_SOURCE_DIR) + "/src/names/testdata/sentences.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    Sample sample;
    for (size_t at = 0; at < line.size();) {
      if (line.compare(at, 2, "\\n") == 0) {
        sample.text += '\n';
        at += 2;
      } else if (line[at] == '[') {
        const size_t space = line.find(' ', at), end = line.find(']', at);
        const size_t begin = sample.text.size();
        sample.text += line.substr(space + 1, end - space - 1);
        sample.spans.push_back({begin, sample.text.size(), line.substr(at + 1, space - at - 1)});
        at = end + 1;
      } else {
        sample.text += line[at++];
      }
    }
    samples.push_back(sample);
  }
  return samples;
}

TEST(NameFinder, FindsMostOfOurOwnSentencesAndLittleElse) {
  const std::vector<Sample> samples = OwnSentences();
  ASSERT_GE(samples.size(), 60U);
  Scoreboard board;
  for (const Sample& sample : samples) ScoreOne(sample, Find(sample.text), detect::KindSet::All(), board);
  const Counts all = board.Typed(detect::KindSet::All());
  const Counts& people = board.kinds[static_cast<size_t>(Kind::kPerson)];
  std::printf("typed F1 %.3f (precision %.3f, recall %.3f), people %.3f\n", all.F(1), all.Precision(), all.Recall(),
              people.F(1));
  EXPECT_GE(all.F(1), .85);
  EXPECT_GE(people.F(1), .90);
  // The same with a model that knows nothing finds nothing: the floor is one.
  const auto knows_nothing = NameFinder::Open(EncodeModel(ModelParts()));
  ASSERT_TRUE(knows_nothing.ok());
  std::vector<Finding> none;
  (*knows_nothing)->Find(samples[0].text, "", none);
  EXPECT_TRUE(none.empty());
}

void ExpectSound(std::string_view text, const std::vector<Finding>& findings) {
  size_t last = 0;
  for (const Finding& finding : findings) {
    ASSERT_LE(last, finding.begin);
    ASSERT_LT(finding.begin, finding.end);
    ASSERT_LE(finding.end, text.size());
    ASSERT_GT(finding.score, 0);
    ASSERT_LE(finding.score, 1);
    last = finding.end;
  }
}

TEST(NameFinder, FindingsAreSortedAndApartWhateverTheBytes) {
  SeededRandom random(11);
  const std::vector<Sample> samples = OwnSentences();
  for (int round = 0; round < 3000; ++round) {
    std::string text = random.Pick(samples).text + random.Pick(samples).text;
    for (size_t i = random.Below(6); i > 0 && !text.empty(); --i)
      text[random.Below(text.size())] = static_cast<char>(random.Below(256));
    text.resize(random.Below(text.size() + 1));
    ExpectSound(text, Find(text, random.Chance(.3) ? "name" : ""));
  }
}

TEST(NameFinder, FindingsBeginAndEndOnBordersOfCharacters) {
  for (const Sample& sample : OwnSentences()) {
    for (const Finding& finding : Find(sample.text)) {
      const auto inside = [&](size_t at) {
        return at < sample.text.size() && (static_cast<unsigned char>(sample.text[at]) & 0xC0) == 0x80;
      };
      EXPECT_FALSE(inside(finding.begin)) << sample.text;
      EXPECT_FALSE(inside(finding.end)) << sample.text;
    }
  }
}

TEST(NameFinder, FindsOnlyKindsItSays) {
  const detect::KindSet kinds = NameFinder::BuiltIn().kinds();
  EXPECT_FALSE(kinds.Has(Kind::kEmail));
  detect::KindSet met;
  for (const Sample& sample : OwnSentences()) {
    for (const Finding& finding : Find(sample.text)) {
      EXPECT_TRUE(kinds.Has(finding.kind));
      met.Add(finding.kind);
    }
  }
  for (Kind kind : {Kind::kPerson, Kind::kLocation, Kind::kOrganization, Kind::kStreetAddress}) {
    EXPECT_TRUE(kinds.Has(kind) && met.Has(kind));
  }
}

TEST(NameFinder, LongTextsAreReadInParts) {
  std::string line = "Kunden Erik Lindqvist ringde. ", text;
  for (int i = 0; i < 20000; ++i) text += i % 40 == 39 ? line + "\n" : line;
  const std::vector<Finding> findings = Find(text);
  ExpectSound(text, findings);
  EXPECT_GE(findings.size(), 19990U);
  // Without a line or a space to end at, in one word and in Chinese.
  ExpectSound(text, Find(std::string(600000, 'a')));
  std::string han;
  for (int i = 0; i < 100000; ++i) han += "王芳住";
  ExpectSound(han, Find(han));
}

TEST(NameFinder, TheSameTextGivesTheSameFindingsAgain) {
  for (const Sample& sample : OwnSentences()) {
    const std::vector<Finding> first = Find(sample.text), second = Find(sample.text);
    ASSERT_EQ(first.size(), second.size());
    for (size_t i = 0; i < first.size(); ++i) {
      EXPECT_EQ(first[i].begin, second[i].begin);
      EXPECT_EQ(first[i].score, second[i].score);
    }
  }
}

}  // namespace
}  // namespace strongroom::names
