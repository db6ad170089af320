#include "redact/coding.h"

#include <gtest/gtest.h>

#include "redact/testing/fake_finder.h"

namespace strongroom::redact {
namespace {

std::string Decoded(Coding coding, std::string_view raw) {
  std::string text;
  Decode(coding, raw, text);
  return text;
}

std::string RandomOf(Dice& dice, const std::vector<std::string_view>& pieces) {
  std::string text;
  for (size_t i = dice.Below(12); i > 0; --i) text += pieces[dice.Below(pieces.size())];
  return text;
}

struct Language {
  Coding coding;
  std::vector<std::string_view> raw;   // pieces of well-formed texts; any order of them is one
  std::vector<std::string_view> with;  // pieces that replace
};

const std::vector<Language>& Languages() {
  static const std::vector<Language> languages = {
      {Coding::kPlain, {"a", "&", "\"", "\\"}, {"x", "&#"}},
      {Coding::kCsvQuoted, {"a", "\"\"", "b,", "\n"}, {"\"", "x"}},
      {Coding::kJsonString,
       {"a", "u", "\\\\", "\\u00e5", "\\n", "\\ud83d\\ude00", "å"},
       {"\\", "\"", "u00", "\n", "n"}},
      {Coding::kMarkup,
       {"a", "&", "#", "x4", "1", ";", "&#", "&#x", "&#49", "&#229;", "&amp;", "&amp", "&l", "lt;", "g", "å"},
       {"x41", "1", "amp;", "#", "gt", ";", "&", "å", "<"}},
      {Coding::kMarkupBare, {"a", "&", "&#", "x4", "&#49", "1", ";", "&gt;"}, {"x41", "1", ";", " ", "="}},
  };
  return languages;
}

// What is read behind a splice is what was meant, whatever stood beside the place: no code comes into being there.
TEST(Splice, TheTextBehindItIsTheEditedText) {
  for (const Language& language : Languages()) {
    Dice dice(7);
    size_t changed = 0;
    for (int round = 0; round < 20000; ++round) {
      const std::string raw = RandomOf(dice, language.raw);
      const std::string text = Decoded(language.coding, raw);
      std::vector<Edit> edits;
      std::vector<std::string> withs;
      withs.reserve(3);
      std::string expected;
      size_t at = 0;
      while (withs.size() < 3 && at < text.size()) {
        const size_t begin = at + dice.Below(text.size() - at);
        const size_t end = begin + 1 + dice.Below(text.size() - begin);
        // Edits keep to whole characters.
        const auto inside = [&](size_t i) {
          return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;
        };
        if (inside(begin) || inside(end)) break;
        withs.push_back(RandomOf(dice, language.with));
        edits.push_back({begin, end, withs.back()});
        expected += text.substr(at, begin - at) + withs.back();
        at = end;
      }
      expected += text.substr(at);
      std::string out;
      ASSERT_EQ(Splice(language.coding, raw, 0, edits, out), text.size());
      ASSERT_EQ(Decoded(language.coding, out), expected) << raw << " became " << out;
      changed += edits.empty() ? 0 : 1;
    }
    EXPECT_GT(changed, 5000U);
  }
}

TEST(Splice, AStandInBehindTheBeginningOfACodeOrTagMakesNone) {
  std::string out;
  Splice(Coding::kMarkup, "&#ZZ@x.se", 0, {{2, 9, "xab12@example.com"}}, out);
  EXPECT_EQ(out, "&#&#120;ab12@example.com");
  out.clear();
  Splice(Coding::kMarkup, "a <王> b", 0, {{3, 6, "Li"}}, out);
  EXPECT_EQ(out, "a <&#76;i> b");
}

}  // namespace
}  // namespace strongroom::redact
