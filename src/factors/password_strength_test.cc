#include "factors/password_strength.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <string>

namespace strongroom {
namespace {

PasswordStrength Measure(std::string_view password) {
  PasswordContext context;
  context.words = {"Strongroom", "Andersson"};
  return MeasurePassword(password, context);
}

TEST(PasswordStrength, OrdersPasswordsAsAttackersDo) {
  for (const char* worst :
       {"", "a", "password", "123456", "Password", "passw0rd", "strongroom", "qwerty", "aaaaaaaaaaaaaa"}) {
    EXPECT_EQ(Measure(worst).score, 0) << worst << " " << Measure(worst).guesses_log10;
  }
  for (const char* middling : {"vqzwm", "Password2026", "monkeydragon", "andersson vqzw"}) {
    EXPECT_GE(Measure(middling).score, 1) << middling << " " << Measure(middling).guesses_log10;
    EXPECT_LE(Measure(middling).score, 3) << middling << " " << Measure(middling).guesses_log10;
  }
  for (const char* best : {"gul kanot tvättar måne", "vqzwmxkgrtyplod", "8f!kQ2z#Lm0v"}) {
    EXPECT_EQ(Measure(best).score, 4) << best;
    EXPECT_EQ(Measure(best).hint, StrengthHint::kNone);
  }
}

TEST(PasswordStrength, SayingItAgainHelpsLittleALongerWordMore) {
  const double once = Measure("vqzwmx").guesses_log10;
  EXPECT_LT(Measure("vqzwmxvqzwmx").guesses_log10, once + 0.5);
  EXPECT_GT(Measure("vqzwmxkgrtyp").guesses_log10, once + 5);
}

TEST(PasswordStrength, HintsSayWhatToLeaveOut) {
  EXPECT_EQ(Measure("").hint, StrengthHint::kAddWords);
  EXPECT_EQ(Measure("vqzwm").hint, StrengthHint::kAddWords);
  EXPECT_EQ(Measure("password").hint, StrengthHint::kAvoidCommon);
  EXPECT_EQ(Measure("andersson9").hint, StrengthHint::kAvoidContext);
  EXPECT_EQ(Measure("abcdefgh").hint, StrengthHint::kAvoidPattern);
  EXPECT_EQ(Measure("vqzwvqzw").hint, StrengthHint::kAvoidPattern);
  for (const StrengthHint hint : {StrengthHint::kAddWords, StrengthHint::kAvoidCommon, StrengthHint::kAvoidContext,
                                  StrengthHint::kAvoidPattern}) {
    EXPECT_FALSE(SentenceOf(hint).empty());
    EXPECT_NE(NameOf(hint), "none");
  }
}

TEST(PasswordStrength, LooksAtAHundredCharactersAndTakesNoLongerForMore) {
  std::string long_password;
  for (size_t i = 0; i < 100; ++i) long_password += static_cast<char>('a' + (i * i * 7 + i / 3) % 26);
  const double at_cap = Measure(long_password).guesses_log10;
  EXPECT_EQ(Measure(long_password + "vqzwmxkg").guesses_log10, at_cap);
  EXPECT_EQ(Measure(long_password + std::string(1'000'000, '1')).guesses_log10, at_cap);
  EXPECT_LT(Measure(long_password.substr(0, 90)).guesses_log10, at_cap) << "control: below the cap length counts";
}

TEST(PasswordStrength, TakesAnyBytes) {
  for (const std::string& bytes :
       {std::string("\xff\xfe\x00\x80", 4), std::string(500, '\xf0'), std::string("å\xcc")}) {
    const PasswordStrength strength = Measure(bytes);
    EXPECT_GE(strength.score, 0);
    EXPECT_LE(strength.score, 4);
  }
}

TEST(PasswordStrength, PrintsWhatItCosts) {
  std::string password;
  while (password.size() < 100) password += "passw0rd12";
  for (const std::string& text : {std::string("gul kanot tvättar måne"), std::string(100, '1'), password + "!"}) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 200; ++i) static_cast<void>(Measure(text));
    const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
    std::printf("%zu bytes measured in %.0f us\n", text.size(), spent.count() / 200);
  }
}

}  // namespace
}  // namespace strongroom
