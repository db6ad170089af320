#include "factors/password_rules.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "factors/common_passwords.h"
#include "factors/password_text.h"

namespace strongroom {
namespace {

PasswordContext Context() {
  PasswordContext context;
  context.words = {"Strongroom", "Åsa Andersson", "Bloms Möbler AB"};
  context.AddEmail("asa.lindqvist@example.com");
  return context;
}

PasswordFault FaultOf(std::string_view password, PasswordUse use = PasswordUse::kWithSecondFactor,
                      const PasswordContext& context = Context()) {
  const Result<SecretBytes> normalised = NormalisePassword(password);
  if (!normalised.ok()) return PasswordFault::kNotText;
  return FindPasswordFault(*normalised, use, context);
}

TEST(PasswordRules, LengthIsAllThatIsAskedOfAnUnknownPassword) {
  for (const char* good :
       {"gul kanot tvättar måne", "vqzwmxkgrtyplod", "               x y z q w k", "汽车月亮香蕉图书馆窗户咖啡雨伞河流",
        "🐘🪴🧮🚲🪁🧦🪵🪜🧷🪣🧲🪚🪛🧹🪒"}) {
    EXPECT_EQ(FaultOf(good, PasswordUse::kAlone), PasswordFault::kNone) << good;
  }
}

TEST(PasswordRules, FifteenCodePointsAloneEightWithASecondFactor) {
  const std::string letters = "vqzwmxkgrtyplodfhj";
  for (size_t length = 1; length <= letters.size(); ++length) {
    const std::string password = letters.substr(0, length);
    EXPECT_EQ(FaultOf(password, PasswordUse::kAlone) == PasswordFault::kTooShort, length < 15) << length;
    EXPECT_EQ(FaultOf(password) == PasswordFault::kTooShort, length < 8) << length;
  }
  // Code points, not bytes: eight letters of two bytes each, seven of four.
  EXPECT_EQ(FaultOf("åqöwäxûr"), PasswordFault::kNone);
  EXPECT_EQ(FaultOf("🐘🪴🧮🚲🪁🧦🪵"), PasswordFault::kTooShort);
}

TEST(PasswordRules, TwoHundredAndFiftySixCodePointsAreTakenAndNoMore) {
  std::string password;
  for (size_t i = 0; i < 256; ++i) password += static_cast<char>('a' + (i * i * 7 + i / 3) % 26);
  EXPECT_EQ(FaultOf(password), PasswordFault::kNone);
  EXPECT_EQ(NormalisePassword(password + "x").reason(), Reason::kPasswordRefused);
  EXPECT_EQ(NormalisePassword(std::string(1 << 20, 'x')).reason(), Reason::kPasswordRefused);
}

TEST(PasswordRules, TwoFormsOfTheSameTextAreTheSamePassword) {
  const Result<SecretBytes> composed = NormalisePassword("p\u00e5tagligt"),
                            apart = NormalisePassword("pa\u030atagligt");
  ASSERT_TRUE(composed.ok() && apart.ok());
  EXPECT_EQ(ExposeSecret(*composed), ExposeSecret(*apart));
  EXPECT_NE(ExposeSecret(*NormalisePassword("patagligt")), ExposeSecret(*composed));
  // NFC and not NFKC: what looks different stays different.
  EXPECT_NE(ExposeSecret(*NormalisePassword("ﬁn")), ExposeSecret(*NormalisePassword("fin")));
}

TEST(PasswordRules, WhatIsNotTextIsRefused) {
  EXPECT_TRUE(NormalisePassword("vqzwmxkg").ok()) << "control";
  for (const std::string& bad : {std::string("vqzw\xffmxkg"), std::string("vqzw\0mxkg", 9), std::string("vqzw\nmxkg"),
                                 std::string("vqzw\u0378mxkg"), std::string("vqzw\xed\xa0\x80mxkg")}) {
    EXPECT_EQ(NormalisePassword(bad).reason(), Reason::kPasswordRefused);
  }
}

TEST(PasswordRules, TheSameWordTwiceWithASpaceBetweenIsTheWord) {
  const auto fault = [](std::string_view text) {
    return FindPasswordFault(SecretBytes::CopyOf(text), PasswordUse::kWithSecondFactor, {});
  };
  EXPECT_EQ(fault("password password"), PasswordFault::kCommon);
  EXPECT_EQ(fault("dragon  dragon  dragon"), PasswordFault::kCommon);
  EXPECT_EQ(fault("dragon kettle dragon"), PasswordFault::kNone) << "the control: there is a word between";
}

TEST(PasswordRules, CommonPasswordsAreRefusedInEveryDisguise) {
  for (const char* bad :
       {"password",     "PASSWORD",     "Passw0rd",    "p@$$w0rd",         "password1",          "Password123!",
        "!!password!!", "2026password", "drowssap",    "passwordpassword", "Password1Password1", "sunshine2025",
        "lösenord",     "LÖSENORD!",    "losenord123", "woaini1314",       "1q2w3e4r5t",         "12345678",
        "1234567890",   "iloveyou!!",   "Admin2026!",  "welcome12345",     "ｐａｓｓｗｏｒｄ"}) {
    const PasswordFault fault = FaultOf(bad);
    EXPECT_TRUE(fault == PasswordFault::kCommon || fault == PasswordFault::kPattern) << bad << " " << NameOf(fault);
  }
  // The whole is compared: a common word among others is no fault (800-63B-4, 3.1.1.2).
  EXPECT_EQ(FaultOf("password kanot måne"), PasswordFault::kNone);
  EXPECT_EQ(FaultOf("sunshinevqzw"), PasswordFault::kNone);
}

TEST(PasswordRules, PatternsAreRefused) {
  for (const char* bad : {"abcdefghijklmnopq", "aaaaaaaaaaaaaaaaa", "qwertyuiopasdfgh", "abcabcabcabcabcabc",
                          "98765432109876543", "abcdefgh12345678", "aaaabbbbccccdddd", "asdfghjklasdfghjkl",
                          "1qaz2wsx3edc4rfv", "äöäöäöäöäöäöäöäö", "vqzwmxkgvqzwmxkg"}) {
    const PasswordFault fault = FaultOf(bad, PasswordUse::kAlone);
    EXPECT_TRUE(fault == PasswordFault::kPattern || fault == PasswordFault::kCommon) << bad << " " << NameOf(fault);
  }
  // The controls: the unit is long enough by itself, and where eight are enough it is.
  EXPECT_EQ(FaultOf("vqzwmxkgvqzwmxkg"), PasswordFault::kNone);
  EXPECT_EQ(FaultOf("vqzwmxkgrtyplodvqzwmxkgrtyplod", PasswordUse::kAlone), PasswordFault::kNone);
}

TEST(PasswordRules, NamesOfTheContextAreRefused) {
  for (const char* bad :
       {"strongroom", "Strongroom2026!", "5tr0ngr00m", "moorgnorts", "asaandersson", "Åsa Andersson", "åsaandersson1",
        "andersson99", "BlomsMobler", "bloms.möbler.ab", "asa.lindqvist", "lindqvist-2026", "example.com",
        "strongroomandersson", "anderssonpassword", "Andersson12qw"}) {
    EXPECT_EQ(FaultOf(bad), PasswordFault::kContext) << bad << " " << NameOf(FaultOf(bad));
    // The control: the same password of somebody whom it does not name.
    const PasswordFault without = FaultOf(bad, PasswordUse::kWithSecondFactor, {});
    EXPECT_NE(without, PasswordFault::kContext) << bad;
  }
  EXPECT_EQ(FaultOf("andersson köper kanot"), PasswordFault::kNone);
  // A short name may turn up in a random password by accident.
  EXPECT_EQ(FaultOf("4asa9172!65%38"), PasswordFault::kNone);
}

TEST(PasswordRules, AContextOfAnySizeIsBounded) {
  PasswordContext context;
  for (int i = 0; i < 10'000; ++i) context.words.push_back("word" + std::to_string(i));
  context.words.push_back(std::string(100'000, 'x'));
  EXPECT_LE(ContextSkeletons(context).size(), 64u);
  EXPECT_EQ(FaultOf("vqzwmxkg", PasswordUse::kWithSecondFactor, context), PasswordFault::kNone);
}

TEST(PasswordRules, EveryFaultHasANameAndASentence) {
  for (const PasswordFault fault :
       {PasswordFault::kTooShort, PasswordFault::kTooLong, PasswordFault::kNotText, PasswordFault::kCommon,
        PasswordFault::kPattern, PasswordFault::kContext, PasswordFault::kBreached}) {
    EXPECT_EQ(StatusOf(fault, PasswordUse::kAlone).reason(), Reason::kPasswordRefused);
    EXPECT_NE(NameOf(fault), "none");
  }
  EXPECT_TRUE(StatusOf(PasswordFault::kNone, PasswordUse::kAlone).ok());
  EXPECT_NE(StatusOf(PasswordFault::kTooShort, PasswordUse::kAlone).message().find("15"), std::string::npos);
  EXPECT_NE(StatusOf(PasswordFault::kTooShort, PasswordUse::kWithSecondFactor).message().find("8"), std::string::npos);
}

TEST(PasswordRules, AcceptPasswordGivesTheTextToHashOrTheReason) {
  const auto accepted = AcceptPassword("pa\u030a kanot i regn", PasswordUse::kAlone, Context());
  ASSERT_TRUE(accepted.ok());
  EXPECT_EQ(ExposeSecret(*accepted), "p\u00e5 kanot i regn");
  EXPECT_EQ(AcceptPassword("passw0rd", PasswordUse::kWithSecondFactor, Context()).reason(), Reason::kPasswordRefused);
}

TEST(CommonPasswords, TheListIsSmallCleanAndRanked) {
  const std::string_view text = CommonPasswordsText();
  EXPECT_LT(text.size(), 200'000u);
  EXPECT_EQ(CommonRank(SkeletonOf(FoldPassword("123456"))), 1u);
  EXPECT_GT(CommonRank(SkeletonOf(FoldPassword("lösenord"))), 2000u);
  EXPECT_EQ(CommonRank(U"vqzwmxkg"), 0u);
}

TEST(PasswordText, FindsPeriodsAndRuns) {
  EXPECT_EQ(PeriodOf(U"abcabcab"), 3u);
  EXPECT_EQ(PeriodOf(U"abcdabc"), 7u);
  EXPECT_EQ(PeriodOf(U"aaaa"), 1u);
  EXPECT_EQ(PeriodOf(U""), 0u);
  EXPECT_EQ(PeriodOf(U"a"), 1u);
  EXPECT_EQ(RunLengthAt(U"abcdx", 0), 4u);
  EXPECT_EQ(RunLengthAt(U"4321", 0), 4u);
  EXPECT_EQ(RunLengthAt(U"7890", 0), 4u);
  EXPECT_EQ(RunLengthAt(U"qwertz", 0), 6u);
  EXPECT_EQ(RunLengthAt(U"abab", 0), 2u);
  EXPECT_EQ(RunLengthAt(U"x", 0), 1u);
  EXPECT_EQ(FoldPassword("LÖSENORD ẞ"), U"losenord ss");
}

TEST(PasswordRules, PrintsWhatACheckCosts) {
  std::string longest;
  while (longest.size() < 256) longest += "password1";
  longest.resize(256);
  for (const std::string& password : {std::string("gul kanot tvättar måne"), longest}) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i) static_cast<void>(FaultOf(password));
    const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
    std::printf("a password of %zu bytes checked in %.0f us\n", password.size(), spent.count() / 1000);
  }
}

}  // namespace
}  // namespace strongroom
