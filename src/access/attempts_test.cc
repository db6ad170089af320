// How often somebody may guess.  Each property with its control: the same guesses where nothing holds them up.
#include "access/attempts.h"

#include <gtest/gtest.h>

#include "access/front_door.h"
#include "access/testing/test_person.h"

namespace strongroom {
namespace {

constexpr int64_t kMinute = 60'000;
constexpr int64_t kDay = 24 * 60 * kMinute;

class AttemptsTest : public testing::Test {
 protected:
  Attempts& attempts() { return vault_->front_door().attempts(); }
  static AttemptFrom From(const std::string& address) { return {*IpAddress::Parse(address), std::nullopt}; }
  static AttemptFrom Known(const std::string& address, uint8_t device = 1) {
    AttemptFrom from = From(address);
    from.known_device.emplace();
    from.known_device->fill(device);
    return from;
  }
  // True when the guess was looked at; it was wrong.
  bool Guess(const std::string& who, const AttemptFrom& from, AttemptKind kind = AttemptKind::kPassword) {
    const bool looked_at = attempts().Begin(kind, who, from).ok();
    AuditEntry entry;
    entry.outcome = Reason::kSignInRefused;
    attempts().Record(std::move(entry));
    return looked_at;
  }
  int GuessMany(int count, const std::string& who, const AttemptFrom& from, int64_t between_millis = 0) {
    int looked_at = 0;
    for (int i = 0; i < count; ++i) {
      looked_at += Guess(who, from) ? 1 : 0;
      vault_.clock().AdvanceMillis(between_millis);
    }
    return looked_at;
  }

  TestVault vault_;
};

TEST_F(AttemptsTest, FailuresDelayLongerAndLonger) {
  EXPECT_EQ(GuessMany(20, "ada", From("198.51.100.1")), 5);
  vault_.clock().AdvanceMillis(1'000);
  EXPECT_TRUE(Guess("ada", From("198.51.100.1"))) << "a second later";
  vault_.clock().AdvanceMillis(1'000);
  EXPECT_FALSE(Guess("ada", From("198.51.100.1"))) << "then two";
  vault_.clock().AdvanceMillis(1'000);
  EXPECT_TRUE(Guess("ada", From("198.51.100.1")));
}

TEST_F(AttemptsTest, ADayOfGuessingLooksAtFewGuesses) {
  int looked_at = 0;
  for (int64_t t = 0; t < kDay; t += 5'000) {
    looked_at += Guess("ada", From("198.51.100.1")) ? 1 : 0;
    vault_.clock().AdvanceMillis(5'000);
  }
  EXPECT_LT(looked_at, 100);
  EXPECT_GT(looked_at, 20) << "it is a delay and no lock";
}

TEST_F(AttemptsTest, GuessesFromManyNetworksAreCountedTogether) {
  int looked_at = 0;
  for (int i = 0; i < 250; ++i) {
    looked_at += Guess("ada", From("198." + std::to_string(i) + ".100.1")) ? 1 : 0;
  }
  EXPECT_EQ(looked_at, 30);
  // The control: as many, at as many accounts.
  looked_at = 0;
  for (int i = 0; i < 250; ++i) {
    looked_at += Guess("name" + std::to_string(i), From("203." + std::to_string(i) + ".100.1")) ? 1 : 0;
  }
  EXPECT_EQ(looked_at, 250);
}

TEST_F(AttemptsTest, AStolenListFromOneNetworkIsHeldUpWhateverTheNames) {
  int looked_at = 0;
  for (int i = 0; i < 250; ++i) {
    looked_at += Guess("name" + std::to_string(i), From("198.51.100." + std::to_string(i))) ? 1 : 0;
  }
  EXPECT_EQ(looked_at, 30);
}

TEST_F(AttemptsTest, OutsidersCannotLockOutWhoeverIsKnown) {
  for (int i = 0; i < 250; ++i) Guess("ada", From("198." + std::to_string(i) + ".100.1"));
  EXPECT_FALSE(Guess("ada", From("203.0.113.1"))) << "a stranger waits";
  EXPECT_TRUE(attempts().Begin(AttemptKind::kPassword, "ada", Known("203.0.113.1")).ok()) << "her laptop does not";
  // A device that is known to somebody else is a stranger here: its mark is not among this account's (sign_in_kit.cc).
}

TEST_F(AttemptsTest, AKnownDeviceHasAnAllowanceToo) {
  int looked_at = 0;
  for (int i = 0; i < 50; ++i) looked_at += Guess("ada", Known("203.0.113.1")) ? 1 : 0;
  EXPECT_EQ(looked_at, 10);
}

TEST_F(AttemptsTest, PasswordsAndFactorsAreCountedApart) {
  GuessMany(50, "ada", From("198.51.100.1"));
  EXPECT_FALSE(Guess("ada", From("198.51.100.1")));
  EXPECT_TRUE(Guess("ada", From("198.51.100.1"), AttemptKind::kFactor));
}

TEST_F(AttemptsTest, ASuccessGivesBackItsOwnAndNothingElse) {
  GuessMany(4, "ada", From("198.51.100.1"));
  for (int i = 0; i < 10; ++i) {
    const auto guess = attempts().Begin(AttemptKind::kPassword, "ada", From("198.51.100.1"));
    ASSERT_TRUE(guess.ok()) << i;
    attempts().Succeeded(*guess);
  }
  EXPECT_TRUE(Guess("ada", From("198.51.100.1")));
  EXPECT_FALSE(Guess("ada", From("198.51.100.1"))) << "the four from before still count";
}

TEST_F(AttemptsTest, AHundredInARowStopStrangersUntilTheOwnerOrAColleagueSaysOtherwise) {
  int looked_at = 0;
  for (int day = 0; day < 200; ++day) {
    looked_at += Guess("ada", From("198." + std::to_string(day) + ".100.1")) ? 1 : 0;
    vault_.clock().AdvanceMillis(kDay);
  }
  EXPECT_EQ(looked_at, 100);
  EXPECT_FALSE(Guess("ada", From("203.0.113.1")));
  const auto guess = attempts().Begin(AttemptKind::kPassword, "ada", Known("192.0.2.1"));
  ASSERT_TRUE(guess.ok());
  attempts().Succeeded(*guess);
  EXPECT_TRUE(Guess("ada", From("203.0.113.1")));

  for (int day = 0; day < 200; ++day) {
    Guess("bob", From("198." + std::to_string(day) + ".100.1"));
    vault_.clock().AdvanceMillis(kDay);
  }
  EXPECT_FALSE(Guess("bob", From("203.0.113.1")));
  attempts().Forget(AttemptKind::kPassword, "bob");
  EXPECT_TRUE(Guess("bob", From("203.0.113.1")));
}

TEST_F(AttemptsTest, ARestartForgetsNothing) {
  EXPECT_EQ(GuessMany(20, "ada", From("198.51.100.1"), 200), 7);
  OfficeEntries(vault_);
  vault_.Restart();
  EXPECT_FALSE(Guess("ada", From("198.51.100.1")));
  // The control: another account from another network.
  EXPECT_TRUE(Guess("bob", From("203.0.113.1")));
}

TEST_F(AttemptsTest, AFloodOfNamesDoesNotPushOutWhoIsBeingGuessedAt) {
  for (int i = 0; i < 250; ++i) Guess("ada", From("198." + std::to_string(i) + ".100.1"));
  for (int i = 0; i < 60'000; ++i) {
    const std::string address =
        std::to_string(20 + i / 62'500) + "." + std::to_string(i / 250 % 250) + "." + std::to_string(i % 250) + ".1";
    EXPECT_TRUE(attempts().Begin(AttemptKind::kPassword, "name" + std::to_string(i), From(address)).ok());
  }
  EXPECT_FALSE(Guess("ada", From("203.0.113.1")));
}

// Whoever guesses at one account fast must not hide what happens to another one meanwhile.
TEST_F(AttemptsTest, AFloodOfRefusalsDoesNotHideAnAlarm) {
  const auto record = [&](Action action, const std::string& detail) {
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kStaff;
    entry.actor = 7;
    entry.action = action;
    entry.outcome = Reason::kSignInRefused;
    entry.detail = detail;
    return attempts().Record(std::move(entry));
  };
  for (int i = 0; i < 100; ++i) record(Action::kSignInRefused, "password");
  EXPECT_FALSE(record(Action::kSignInRefused, "password")) << "the control: these are only counted by now";
  EXPECT_TRUE(record(Action::kAlarm, "right password, network"));
  for (int i = 0; i < 100; ++i) record(Action::kAlarm, "flood");
  attempts().FlushRefusals();
  uint32_t alarms_counted = 0;
  for (const AuditEntry& entry : OfficeEntries(vault_)) {
    if (entry.detail == "further alarms") alarms_counted += entry.count;
  }
  EXPECT_EQ(alarms_counted, 101 - RefusalLog::kEntriesPerSecond) << "and a flood of alarms is told as one";
}

}  // namespace
}  // namespace strongroom
