#include "redact/json_filter.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "redact/testing/filter_properties.h"

namespace strongroom::redact {
namespace {

std::unique_ptr<Filter> Make(const Job& job) { return std::make_unique<JsonFilter>(job); }

// Random JSON, written in many ways.
class Writer {
 public:
  explicit Writer(uint64_t seed) : dice_(seed) {}
  std::string Value(int depth) {
    switch (dice_.Below(depth > 4 ? 4 : 6)) {
      case 0:
      case 1:
        return String();
      case 2: {
        static constexpr std::string_view kNumbers[] = {"0",       "-1.5e3", "12345678901", "1234",
                                                        "4670123", "1E9",    "87654321.5"};
        return std::string(dice_.OneOf(kNumbers));
      }
      case 3: {
        static constexpr std::string_view kWords[] = {"true", "false", "null"};
        return std::string(dice_.OneOf(kWords));
      }
      case 4: {
        std::string out = "[";
        for (size_t i = dice_.Below(5); i > 0; --i) out += Space() + Value(depth + 1) + Space() + (i > 1 ? "," : "");
        return out + "]";
      }
      default: {
        std::string out = "{";
        for (size_t i = dice_.Below(5); i > 0; --i) {
          out += Space() + Name(i) + Space() + ":" + Space() + Value(depth + 1) + (i > 1 ? "," : "");
        }
        return out + Space() + "}";
      }
    }
  }

 private:
  std::string Space() {
    static constexpr std::string_view kSpaces[] = {"", " ", "\n", "\t", "\r\n  "};
    return std::string(dice_.OneOf(kSpaces));
  }
  std::string Name(size_t i) {
    static constexpr std::string_view kNames[] = {"id", "name", "phone", "a@b.se", "ZZ\\u0061nna", "x y"};
    return "\"" + std::string(dice_.OneOf(kNames)) + std::to_string(i) + "\"";
  }
  std::string String() {
    static constexpr std::string_view kPieces[] = {
        "ZZanna",   "ZZ\\u0062o ", "\\n",    "070-123 45 67",  "1234", " ",      "\\\"",     "å",        "\\u738b小明",
        "[PERSON]", "███",         "a@b.se", "\\ud83d\\ude00", "\\\\", "words ", "•••1234 ", "Xelomaku", "\\/"};
    std::string out = "\"";
    for (size_t i = dice_.Below(6); i > 0; --i) out += dice_.OneOf(kPieces);
    return out + "\"";
  }
  Dice dice_;
};

std::string RandomJson(uint64_t seed, size_t values) {
  std::string text;
  for (size_t i = 0; i < values; ++i) text += Writer(seed * 1000 + i).Value(0) + "\n";
  return text;
}

TEST(JsonFilter, StringsAndNumbersChangeAndTheRestStays) {
  const std::string text =
      "{ \"na\\u006de\" : \"\\u005aZanna \\u00e5 \\\"x\\\"\", \"id\":1234, \"n\": 1234, \"list\":[{\"tel\": 12345678}, "
      "true ] }\n";
  const Outcome outcome = RunFilter(Make, text);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_EQ(outcome.out,
            "{ \"na\\u006de\" : \"██████ \\u00e5 \\\"x\\\"\", \"id\":\"████\", \"n\": 1234, \"list\":[{\"tel\": "
            "\"████████\"}, true ] }\n");
  ASSERT_EQ(outcome.found.size(), 3U);
  EXPECT_EQ(outcome.found[0].place.path, "name");
  EXPECT_EQ(outcome.found[2].place.path, "list[0].tel");
}

TEST(JsonFilter, ANumberStaysANumberWhenItsStandInIsOne) {
  RunOptions options;
  options.mode = Mode::kStandIn;
  // Ten digits: 000555 01.. has leading zeros, so it must become a string.
  EXPECT_EQ(RunFilter(Make, "[1234567890]", options).out.substr(0, 8), "[\"000555");
}

TEST(JsonFilter, MemberNamesThatAreDataAreSearchedAndNeverReported) {
  const Outcome outcome = RunFilter(Make, "{\"a@b.se\": {\"x\": \"ZZanna\"}, \"ZZanna\": 1}");
  EXPECT_EQ(outcome.out, "{\"██████\": {\"x\": \"██████\"}, \"ZZanna\": 1}");
  ASSERT_EQ(outcome.found.size(), 2U);
  EXPECT_EQ(outcome.found[0].place.path, "?");
  EXPECT_EQ(outcome.found[1].place.path, "?.x");
}

TEST(JsonFilter, ValidStaysValidTwiceChangesNothing) {
  JsonLimits limits;
  for (Mode mode : kAllModes) {
    RunOptions options;
    options.mode = mode;
    size_t changed = 0;
    for (uint64_t seed = 1; seed <= 300; ++seed) {
      const std::string text = RandomJson(seed, 1);
      const Outcome once = RunFilter(Make, text, options);
      ASSERT_TRUE(once.status.ok()) << once.status.message() << text;
      const Result<JsonDocument> before = JsonDocument::Parse(text, limits);
      const Result<JsonDocument> after = JsonDocument::Parse(once.out, limits);
      // Names may become the same, and that alone.
      if (before.ok() && !after.ok()) {
        ASSERT_EQ(after.reason(), Reason::kDuplicateKey) << once.out;
      }
      const Outcome twice = RunFilter(Make, once.out, options);
      ASSERT_EQ(once.out, twice.out) << NameOf(mode) << " of " << text;
      changed += once.out != text ? 1 : 0;
    }
    EXPECT_GT(changed, 100U);
  }
}

TEST(JsonFilter, ChunksAndThreadsChangeNothing) {
  ExpectChunksAndThreadsChangeNothing(
      Make, [](uint64_t seed) { return RandomJson(seed, 3000); }, 10);
}

TEST(JsonFilter, WhatIsNotJsonIsRefusedWhateverTheChunks) {
  for (std::string_view text : {"{",  "[1,]",  "{\"a\"}",           "{a:1}", "\"\\x\"",  "\"\\u12\"", "tru", "01",
                                "1.", "[1 2]", "{\"a\":1,}",        "]",     "\"a\nb\"", "\"",        ":",   ",",
                                "-",  "nulll", "{\"a\":1 \"b\":2}", "[}",    "\xFF",     "\xEF\xBB"}) {
    for (size_t most : {0, 1}) {
      RunOptions options;
      options.most_fed = most;
      const Outcome outcome = RunFilter(Make, text, options);
      EXPECT_EQ(outcome.status.reason(), Reason::kMalformedJson) << text;
    }
  }
  EXPECT_EQ(RunFilter(Make, std::string(600, '[')).status.reason(), Reason::kTooDeep);
  EXPECT_EQ(RunFilter(Make, "\"" + std::string(kLongestValue + 10, 'x')).status.reason(), Reason::kValueTooLong);
  for (std::string_view text : {"", "1", "1 2", "{}\n{}\n", "\xEF\xBB\xBF{}", "[]"})
    EXPECT_EQ(RunFilter(Make, text).out, text);
}

TEST(JsonFilter, AnyBytesEndInAnAnswer) {
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    Dice dice(seed);
    static constexpr std::string_view kPieces[] = {
        "{", "}", "[", "]", "\"", "\\", ":", ",", "1", "true", "u00", "ZZa", "\n", "\xFF", std::string_view("\0", 1)};
    std::string text;
    for (size_t i = dice.Below(40); i > 0; --i) text += dice.OneOf(kPieces);
    const Outcome whole = RunFilter(Make, text);
    RunOptions options;
    options.most_fed = 2;
    const Outcome cut = RunFilter(Make, text, options);
    ASSERT_EQ(whole.status.reason(), cut.status.reason()) << text;
    if (whole.status.ok()) {
      ASSERT_EQ(whole.out, cut.out);
    }
  }
}

}  // namespace
}  // namespace strongroom::redact
