// Text is cut into tokens whatever its bytes, and no token splits a character.
#include "names/tokens.h"

#include <gtest/gtest.h>

#include <string>

#include "names/gate.h"
#include "names/hashing.h"
#include "names/training/random.h"

namespace strongroom::names {
namespace {

std::vector<Token> Cut(std::string_view text) {
  const Lexicon empty;
  std::vector<Token> tokens;
  Tokenize(text, empty, tokens);
  return tokens;
}

std::vector<std::string> TextsOf(std::string_view text) {
  std::vector<std::string> texts;
  for (const Token& token : Cut(text)) {
    if (token.kind != TokenKind::kEdge) texts.emplace_back(text.substr(token.begin, token.end - token.begin));
  }
  return texts;
}

TEST(Tokens, WordsNumbersMarksAndChineseCharactersAreTokens) {
  EXPECT_EQ(TextsOf("Åsa O'Brien-Löf, 12B\n客户王芳 ok"),
            (std::vector<std::string>{"Åsa", "O", "'", "Brien", "-", "Löf", ",", "12B", "客", "户", "王", "芳", "ok"}));
  EXPECT_EQ(TextsOf(""), std::vector<std::string>());
  EXPECT_EQ(TextsOf(" \n\t\xC2\xA0\xE3\x80\x80"), std::vector<std::string>());
}

TEST(Tokens, TheSameWordIsTheSameInAnyCaseAndWithWhatNobodySees) {
  const auto word = [](std::string_view text) { return Cut(text)[kMargin].word; };
  EXPECT_EQ(word("ÅSA"), word("åsa"));
  EXPECT_EQ(word("Şahin"), word("şahin"));
  EXPECT_EQ(word("Δημήτρης"), word("δημήτρης"));
  EXPECT_EQ(word("Anders\xC2\xADson"), word("andersson"));
  EXPECT_EQ(word("\xEF\xBC\xA1nna"), word("anna"));  // full-width A
  EXPECT_NE(word("Anna"), word("Anne"));
}

TEST(Tokens, ShapesAndGapsAreSeen) {
  const std::vector<Token> tokens = Cut("ANNA Anna anna\n\nA mcDonald");
  const Token* t = tokens.data() + kMargin;
  EXPECT_EQ(t[0].shape, Shape::kCapitals);
  EXPECT_EQ(t[1].shape, Shape::kTitle);
  EXPECT_EQ(t[2].shape, Shape::kLower);
  EXPECT_EQ(t[3].shape, Shape::kInitial);
  EXPECT_EQ(t[4].shape, Shape::kCamel);
  EXPECT_EQ(t[1].gap, Gap::kSpace);
  EXPECT_EQ(t[3].gap, Gap::kParagraph);
  EXPECT_TRUE(t[3].opens);
  EXPECT_FALSE(t[4].opens);
}

TEST(Tokens, AnyBytesAreCutInOrderWithoutOverlap) {
  SeededRandom random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    const size_t size = random.Below(80);
    for (size_t i = 0; i < size; ++i)
      text += static_cast<char>(random.Chance(.5) ? random.Below(256) : 0x20 + random.Below(95));
    std::vector<Token> tokens = Cut(text);
    OpenGates(random.Chance(.5) ? Heading::kPerson : Heading::kNone, tokens);
    size_t last = 0;
    for (const Token& token : tokens) {
      ASSERT_LE(last, token.begin);
      ASSERT_LE(token.begin, token.end);
      ASSERT_LE(token.end, text.size());
      last = token.end;
    }
  }
}

TEST(Gates, MailAddressesUrlsAndLongNumbersAreNotAskedAbout) {
  const auto active = [](std::string_view text, std::string_view word) {
    const Lexicon empty;
    std::vector<Token> tokens;
    Tokenize(text, empty, tokens);
    OpenGates(Heading::kNone, tokens);
    for (const Token& token : tokens) {
      if (text.substr(token.begin, token.end - token.begin) == word) return token.active;
    }
    return false;
  };
  EXPECT_TRUE(active("call Karlsson now", "Karlsson"));
  EXPECT_FALSE(active("mail Erik.Karlsson@example.com now", "Karlsson"));
  EXPECT_FALSE(active("see https://example.com/Karlsson now", "Karlsson"));
  EXPECT_TRUE(active("Karlsson 12 Road", "12"));
  EXPECT_FALSE(active("Karlsson 12-34-5678 Road", "12"));
}

TEST(Gates, AHeadingSaysWhatStandsUnderIt) {
  EXPECT_EQ(HeadingOf(""), Heading::kNone);
  EXPECT_EQ(HeadingOf("Customer Name"), Heading::kPerson);
  EXPECT_EQ(HeadingOf("customer.email"), Heading::kOther);
  EXPECT_EQ(HeadingOf("姓名"), Heading::kPerson);
  EXPECT_EQ(HeadingOf("gatuadress"), Heading::kAddress);
  EXPECT_EQ(HeadingOf("company_name"), Heading::kOrganization);
  EXPECT_EQ(HeadingOf("城市"), Heading::kPlace);
}

}  // namespace
}  // namespace strongroom::names
