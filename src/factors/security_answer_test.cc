#include "factors/security_answer.h"

#include <gtest/gtest.h>

#include <string>

namespace strongroom {
namespace {

constexpr std::string_view kQuestion = "In which street did you live when you were ten?";

std::string Normal(std::string_view answer) {
  const Result<SecretBytes> normalised = NormaliseAnswer(answer);
  return normalised.ok() ? std::string(ExposeSecret(*normalised)) : "(refused)";
}

TEST(SecurityAnswer, OneAnswerHowEverItIsWritten) {
  for (const char* spelling :
       {"St. Petersburg", "st petersburg", "  ST-PETERSBURG! ", "ｓｔ．ｐｅｔｅｒｓｂｕｒｇ", "stpetersburg"}) {
    EXPECT_EQ(Normal(spelling), "stpetersburg") << spelling;
  }
  EXPECT_EQ(Normal("Stra\u00dfe 7"), Normal("STRASSE 7"));
  EXPECT_EQ(Normal("A\u030angermanland"), Normal("\u00e5ngermanland"));
  EXPECT_NE(Normal("Ångermanland"), Normal("Angermanland")) << "marks tell words apart";
  EXPECT_NE(Normal("Storgatan 1"), Normal("Storgatan 2"));
}

TEST(SecurityAnswer, TheNormalFormIsItsOwnNormalForm) {
  // Marks that squeezing brings together, in an order that composing would change.
  const std::string once = Normal("\u05bf      \u05b7\u05b7 1789");
  EXPECT_EQ(Normal(once), once);
  EXPECT_EQ(Normal("a \u030a\u0323 b"), Normal("a\u0323 \u030ab"));
}

TEST(SecurityAnswer, ShortEmptyAndPlainAnswersAreRefused) {
  for (const char* good : {"Storgatan 14", "Lund", "北京", "なごや", "Ulm 3"}) {
    EXPECT_TRUE(AcceptAnswer(good, kQuestion).ok()) << good;
  }
  for (const char* bad : {"", "   ", "...", "Ulm", "a", "aaaaaa", "12345", "abcdef", "none", "I don't know!",
                          "Vet inte", "不知道", "Test"}) {
    EXPECT_EQ(AcceptAnswer(bad, kQuestion).reason(), Reason::kFactorInvalid) << bad;
  }
}

TEST(SecurityAnswer, WordsOfTheQuestionAreNoAnswer) {
  EXPECT_TRUE(AcceptAnswer("street", "What was your first pet called?").ok()) << "control";
  for (const char* bad : {"street", "Street.", "which street", "you were ten"}) {
    EXPECT_EQ(AcceptAnswer(bad, kQuestion).reason(), Reason::kFactorInvalid) << bad;
  }
}

TEST(SecurityAnswer, WhatIsNotTextOrTooLongIsRefused) {
  EXPECT_EQ(NormaliseAnswer("\xff\xfe").reason(), Reason::kFactorInvalid);
  EXPECT_EQ(NormaliseAnswer(std::string(1001, 'x')).reason(), Reason::kFactorInvalid);
  EXPECT_TRUE(NormaliseAnswer(std::string(1000, 'x')).ok());
}

}  // namespace
}  // namespace strongroom
