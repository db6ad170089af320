// Stolen lists tried on us (credential stuffing), and codes guessed once a password is known.
#include <set>

#include "factors/totp.h"
#include "tests/attacks/attack_fixture.h"

namespace strongroom::attacks {
namespace {

constexpr int64_t kDay = 24 * 3'600'000LL;
constexpr int kListed = 100;  // names of the list; the last is Ada, with her true password

class Guessing : public AttackTest {
 protected:
  uint64_t Looked() { return vault_->front_door().slow_work().turns(); }
  // The list, from one network; `pause` between two tries.  How often the list opened the door, and how many were
  // looked at.
  std::pair<int, uint64_t> TryTheList(int64_t pause_millis) {
    TestBrowser bot(vault_, "198.51.100.23");
    const uint64_t before = Looked();
    int opened = 0;
    for (int i = 0; i < kListed; ++i) {
      const bool last = i == kListed - 1;
      const std::string name = last ? "ada" : "person" + std::to_string(i);
      opened += GivePassword(bot, name, last ? ada_.password : "stolen-from-elsewhere").status == 200 ? 1 : 0;
      vault_.clock().AdvanceMillis(pause_millis);
    }
    return {opened, Looked() - before};
  }
};

TEST_F(Guessing, AStolenListIsHeldUpBeforeItsRightEntry) {
  const auto [opened, looked] = TryTheList(100);
  EXPECT_EQ(opened, 0);
  EXPECT_LE(looked, 35u) << "the rest was answered without a look";
  TestBrowser other(vault_, "203.0.113.4");
  EXPECT_EQ(GivePassword(other, "ada", ada_.password).Outcome(), "200") << "others are not held up";
}

TEST_F(Guessing, TheControlWithoutDelaysOpensTheDoor) {
  const auto [opened, looked] = TryTheList(kDay);  // whatever was counted is forgiven before the next
  EXPECT_EQ(opened, 1) << "as far as the second factor";
  EXPECT_EQ(looked, static_cast<uint64_t>(kListed));
}

// A password is known.  How many codes are looked at within a day, if nobody ever sleeps?
class CodeGuessing : public Guessing {
 protected:
  // Right and wrong codes alike: says which were looked at, and whether the right one got in.
  struct Night {
    int looked_at = 0;
    bool in = false;
  };
  // Tries every half minute; a new sign-in whenever one is over.  The code tried in the end is right.
  Night Guess(int tries, bool counted) {
    TestBrowser bot(vault_, "198.51.100.23");
    Night night;
    for (int i = 0; i < tries; ++i) {
      if (!counted) {
        vault_->front_door().attempts().Forget(AttemptKind::kFactor, AccountName());
        bot.address.bytes[13] = static_cast<uint8_t>(i);  // no network is counted either
        bot.address.bytes[14] = static_cast<uint8_t>(i >> 8);
        bot.transaction.clear();
      }
      const bool last = i == tries - 1;
      if (bot.transaction.empty() && GivePassword(bot, "ada", ada_.password).status != 200) bot.transaction.clear();
      if (!bot.transaction.empty()) {
        const Answer answer = GiveCode(bot, last ? ada_.Code(vault_) : "000000");
        if (answer.TextOf("code") == "sign-in-expired") bot.transaction.clear();
        night.in = night.in || answer.TextOf("next") == "done";
      }
      vault_.clock().AdvanceMillis(kTotpStepMillis);
    }
    for (const AuditEntry& entry : OfficeEntries(vault_)) {
      night.looked_at += entry.detail.find("wrong factor") != std::string::npos ? 1 : 0;
    }
    return night;
  }
  std::string AccountName() { return AccountOf(vault_->staff_directory().Find(ada_.id).get(), {}); }
};

// 10^6 codes, three of them right at a time: 70 looks a day are one in thirteen years.
TEST_F(CodeGuessing, ADayOfTriesLooksAtFewCodesWhateverIsStartedAnew) {
  const Night night = Guess(24 * 60 * 2, true);
  EXPECT_GT(night.looked_at, 4);
  EXPECT_LE(night.looked_at, 70);
  EXPECT_FALSE(night.in) << "the right one, too, waits its turn";
  // And Ada, from the browser she is known by, is not locked out by it.
  SignIn(victims_, ada_);
  EXPECT_EQ(Ask(victims_, "GET /v1/session").Outcome(), "200");
}

TEST_F(CodeGuessing, TheControlWithoutCountingLooksAtAll) {
  constexpr int kTries = 400;
  const Night night = Guess(kTries, false);
  EXPECT_GT(night.looked_at, kTries - 10);
  EXPECT_TRUE(night.in);
}

}  // namespace
}  // namespace strongroom::attacks
