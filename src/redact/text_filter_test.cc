#include "redact/text_filter.h"

#include <gtest/gtest.h>

#include "detect/detector.h"
#include "redact/testing/fake_finder.h"

namespace strongroom::redact {
namespace {

constexpr detect::BlockLimits kSmall{.soft = 300, .hard = 900, .before = 100, .after = 200};

std::unique_ptr<Filter> Make(const Job& job) { return std::make_unique<TextFilter>(job); }
std::unique_ptr<Filter> MakeSmall(const Job& job) { return std::make_unique<TextFilter>(job, kSmall); }

std::string RandomText(uint64_t seed, size_t pieces) {
  static constexpr std::string_view kPieces[] = {
      "ZZanna ",  "ZZbo",     "alpha ",    "å",         "身份证王小明", "\n",        "070-123 45 67",
      "id 1234",  " 555 ",    "\xFF",      "███",       "[PERSON]",     "\r\n",      "12345678901234567",
      "a@b.se",   "•••1234 ", "Xelomaku ", " 12 34 56", "\xE2\x96",     "[PERSON_3", "the quick brown fox ",
      "ZZa ZZb ", "99 ",      "某安和宁",  ". ",        "\t",           "1234,777 "};
  Dice dice(seed);
  std::string text;
  for (size_t i = 0; i < pieces; ++i) text += dice.OneOf(kPieces);
  return text;
}

TEST(TextFilter, TakesOutWhatIsFoundAndNothingElse) {
  const Outcome outcome = RunFilter(Make, "Dear ZZanna ZZlind,\r\ncall 070-123 45 67 \xFF or a@b.se\n");
  ASSERT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.out, "Dear ██████ ██████,\r\ncall ███████ ██ ██ \xFF or ██████\n");
  ASSERT_EQ(outcome.found.size(), 3U);
  EXPECT_EQ(outcome.found[1].kind, detect::Kind::kPhone);
  EXPECT_EQ(outcome.found[1].place.line, 2U);
  EXPECT_EQ(outcome.found[1].place.column, 6U);
  EXPECT_EQ(outcome.found[1].place.byte, 26U);
}

TEST(TextFilter, WithoutAReplacerOnlyReports) {
  RunOptions look;
  look.redact = false;
  const Outcome outcome = RunFilter(Make, "ZZanna and ZZbo", look);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.found.size(), 2U);
}

TEST(TextFilter, KindsAndScoreDecide) {
  RunOptions options;
  options.selection.kinds = detect::KindSet();
  options.selection.kinds.Add(detect::Kind::kEmail);
  EXPECT_EQ(RunFilter(Make, "ZZanna a@b.se 1234", options).out, "ZZanna ██████ 1234");
  options.selection = {};
  options.selection.min_score = 0.2F;
  EXPECT_EQ(RunFilter(Make, "x 1234", options).out, "x ████");
  options.selection.min_score = 0.95F;
  EXPECT_EQ(RunFilter(Make, "ZZanna a@b.se 1234", options).out, "ZZanna ██████ 1234");
}

TEST(TextFilter, WhatIsFoundOnlyBesideAMarkIsTakenOutInTheSameRun) {
  // 555 alone is no find; beside a block the fake Finder is sure of it.
  EXPECT_EQ(RunFilter(Make, "x 555 y").out, "x 555 y");
  EXPECT_EQ(RunFilter(Make, "ZZanna 555 y").out, "██████ ███ y");
}

// Not kToken: the fake tokens differ from run to run; marks they are all the same.
TEST(TextFilter, TwiceChangesNothing) {
  for (Mode mode : kAllModes) {
    RunOptions options;
    options.mode = mode;
    size_t changed = 0;
    for (uint64_t seed = 1; seed <= 400; ++seed) {
      const std::string text = RandomText(seed, 40);
      const Outcome once = RunFilter(Make, text, options);
      ASSERT_TRUE(once.status.ok());
      const Outcome twice = RunFilter(Make, once.out, options);
      ASSERT_EQ(once.out, twice.out) << NameOf(mode) << " of " << text;
      EXPECT_TRUE(twice.found.empty());
      changed += once.out != text ? 1 : 0;
    }
    EXPECT_GT(changed, 300U);
  }
}

TEST(TextFilter, ChunksAndThreadsChangeNothing) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    const std::string text = RandomText(seed, 400);
    RunOptions options;
    options.mode = kAllModes[seed % 5];
    const Outcome whole = RunFilter(MakeSmall, text, options);
    for (size_t most : {1, 3, 100, 5000}) {
      for (size_t threads : {1, 3}) {
        RunOptions parts = options;
        parts.most_fed = most;
        parts.threads = threads;
        parts.seed = seed + most;
        const Outcome cut = RunFilter(MakeSmall, text, parts);
        ASSERT_EQ(whole.out, cut.out);
        ASSERT_EQ(whole.found.size(), cut.found.size());
        for (size_t i = 0; i < whole.found.size(); ++i) {
          EXPECT_EQ(whole.found[i].place.byte, cut.found[i].place.byte);
          EXPECT_EQ(whole.found[i].place.line, cut.found[i].place.line);
          EXPECT_EQ(whole.found[i].place.column, cut.found[i].place.column);
        }
      }
    }
  }
}

// Between two finds that were found in one text stands what stood there: shown by taking the finds out by hand.
TEST(TextFilter, BytesOutsideFindsStay) {
  static const FakeFinder finder;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    const std::string text = RandomText(seed, 60);
    Decider decider(finder, {}, nullptr, true);
    std::vector<detect::Finding> findings;
    decider.Decide(text, {}, nullptr, findings);
    std::string expected;
    size_t at = 0;
    for (const detect::Finding& finding : findings) {
      expected += text.substr(at, finding.begin - at);
      AppendLabel(finding.kind, expected);
      at = finding.end;
    }
    expected += text.substr(at);
    RunOptions options;
    options.mode = Mode::kLabel;
    EXPECT_EQ(RunFilter(Make, text, options).out, expected);
  }
}

TEST(TextFilter, WideTextIsRefused) {
  const std::string wide(
      "\xFF\xFE"
      "Z\0Z\0",
      6);
  EXPECT_EQ(RunFilter(Make, wide).status.reason(), Reason::kUnsupportedMediaType);
  std::string unmarked;
  for (char c : std::string_view("ZZanna and others")) unmarked += std::string(1, c) + '\0';
  EXPECT_EQ(RunFilter(Make, unmarked).status.reason(), Reason::kUnsupportedMediaType);
  EXPECT_TRUE(RunFilter(Make, "").status.ok());
}

TEST(TextFilter, ATokenThatCannotBeHadStopsTheRun) {
  static const FakeFinder finder;
  FakeTokenizer tokenizer;
  tokenizer.fail = true;
  Replacer replacer(Mode::kToken, nullptr, &tokenizer);
  std::string out;
  Job job;
  job.finder = &finder;
  job.replacer = &replacer;
  job.write = [&](std::string_view bytes) { return out += bytes, Status::Ok(); };
  TextFilter filter(job);
  ASSERT_TRUE(filter.Feed("hello ZZanna").ok());
  EXPECT_EQ(filter.Finish().reason(), Reason::kServerUnreachable);
  EXPECT_EQ(out, "");
}

// With the recognisers of the product: they may take the stand-in of an identity number for a telephone.
TEST(TextFilter, WithTheRealRecognisersAndAnotherKeyTwiceChangesNothing) {
  detect::DetectorOptions options;
  options.today = {2026, 11, 1};
  options.min_score = kDoubtfulScore;
  const detect::Detector detector(options);
  const auto redact = [&](std::string_view text, std::string_view key) {
    const StandIns stand_ins(SecretBytes::CopyOf(key));
    Replacer replacer(Mode::kStandIn, &stand_ins, nullptr);
    std::string out;
    Job job;
    job.finder = &detector;
    job.replacer = &replacer;
    job.write = [&](std::string_view bytes) { return out += bytes, Status::Ok(); };
    TextFilter filter(job);
    EXPECT_TRUE(filter.Feed(text).ok() && filter.Finish().ok());
    return out;
  };
  for (std::string_view text : {"Personnummer 811218-9876.", "ring 070-174 06 05, Personnummer 811218-9876",
                                "SSN 536-90-4399", "身份证号11010519491231002X，", "卡号4111111111111111，",
                                "IBAN SE45 5000 0000 0583 9825 7466", "NHS 943-476-5870", "born 5 March 1987",
                                "BSN 111222333", "CPF 111.444.777-35", "tel +46 70 174 06 05", "DNI 54362315-K"}) {
    for (int i = 0; i < 200; ++i) {
      const std::string once = redact(text, "a key of the tests, number " + std::to_string(i));
      ASSERT_NE(once, text);
      ASSERT_EQ(redact(once, "another key of the tests"), once) << text;
    }
  }
}

// Each number is doubtful until the one before it is a block: one more falls in every round.
TEST(TextFilter, AChainOfFindsIsFollowedToItsEndOrTakenOutWhole) {
  const auto make = [](const Job& job) { return std::make_unique<TextFilter>(job); };
  for (size_t numbers : {2U, 40U, 20'000U}) {
    std::string text = "id 1234";
    for (size_t i = 1; i < numbers; ++i) text += " 1234";
    for (Mode mode : kAllModes) {
      RunOptions options;
      options.mode = mode;
      const Outcome once = RunFilter(make, text, options);
      ASSERT_TRUE(once.status.ok());
      if (mode == Mode::kBlock) {
        EXPECT_EQ(once.out.find('1'), std::string::npos) << numbers;
      }
      EXPECT_EQ(RunFilter(make, once.out, options).out, once.out) << NameOf(mode) << " " << numbers;
    }
  }
}

// The rest of an address that was found short must not be read as a part of its mask.
TEST(TextFilter, AMaskDoesNotGrowByWhatStandsBehindIt) {
  RunOptions options;
  options.mode = Mode::kMask;
  const std::string text = "Ocz@mapele.e.cb 994 ZZX";
  const auto make = [](const Job& job) { return std::make_unique<TextFilter>(job); };
  const Outcome once = RunFilter(make, text, options);
  ASSERT_TRUE(once.status.ok());
  EXPECT_EQ(once.out.find("mapele"), std::string::npos);
  EXPECT_EQ(RunFilter(make, once.out, options).out, once.out);
}

}  // namespace
}  // namespace strongroom::redact
