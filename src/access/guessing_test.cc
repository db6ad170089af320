// Guessing at a customer over the services: passwords and comparisons, outsiders and the customer, one after another
// and all at once.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "access/testing/test_vault.h"

namespace strongroom {
namespace {

constexpr std::string_view kPassword = "a long enough password";
constexpr int64_t kMinute = 60'000;

class GuessingTest : public ::testing::Test {
 protected:
  GuessingTest() {
    code_ = vault_.CreateCustomer({{"email", "ada@example.com"}, {"portal_password", kPassword}});
    gone_ = vault_.CreateCustomer({{"portal_password", kPassword}});
    EXPECT_TRUE(vault_->customers().Erase(vault_.As("everything"), gone_).Wait().ok());
  }
  static std::optional<IpAddress> From(std::string_view text) { return IpAddress::Parse(text); }

  // "match", "no match", or the reason.
  std::string Verify(std::string_view password, std::string_view from, std::string_view code = {}) {
    const auto answer = vault_->customers()
                            .VerifyPassword(vault_.As("application"), code.empty() ? code_ : code, "portal_password",
                                            password, From(from))
                            .Wait();
    if (!answer.ok()) return std::string(InfoOf(answer.reason()).wire_code);
    return *answer ? "match" : "no match";
  }
  std::string Compare(std::string_view value, std::string_view from) {
    const auto answer = vault_->customers().Compare(vault_.As("application"), code_, "email", value, From(from)).Wait();
    if (!answer.ok()) return std::string(InfoOf(answer.reason()).wire_code);
    return *answer ? "match" : "no match";
  }

  TestVault vault_;
  std::string code_, gone_;
};

TEST_F(GuessingTest, APasswordIsNotFoundByTrying) {
  for (int i = 0; i < 11; ++i) EXPECT_EQ(Verify("wrong " + std::to_string(i), "203.0.113.9"), "no match");
  EXPECT_EQ(Verify(kPassword, "203.0.113.200"), "rate-limited") << "the same network, and by now the right one";
  EXPECT_EQ(Verify(kPassword, "198.51.100.1"), "match") << "the customer, elsewhere";
  vault_.clock().AdvanceMillis(kMinute);
  EXPECT_EQ(Verify(kPassword, "203.0.113.9"), "match") << "the control: it is the right one";
}

TEST_F(GuessingTest, OutsidersCannotLockTheCustomerOut) {
  EXPECT_EQ(Verify(kPassword, "198.51.100.1"), "match");
  int answered = 0;
  for (int network = 0; network < 30; ++network) {
    for (int i = 0; i < 5; ++i) {
      answered += Verify("wrong", "203.0." + std::to_string(network) + ".1") == "no match" ? 1 : 0;
    }
  }
  EXPECT_EQ(answered, 51) << "fifty from all of them, and the one after which they wait";
  EXPECT_EQ(Verify(kPassword, "192.0.2.1"), "rate-limited") << "a network nobody has seen";
  EXPECT_EQ(Verify(kPassword, "198.51.100.99"), "match") << "where the customer usually is";
}

TEST_F(GuessingTest, WaitingTellsNothingOfWhoThereIs) {
  for (const std::string& code : {code_, gone_}) {
    std::string answers;
    for (int i = 0; i < 13; ++i) answers += Verify("wrong", "203.0.113.9", code)[0];
    EXPECT_EQ(answers, "nnnnnnnnnnnrr") << code;
  }
}

TEST_F(GuessingTest, ComparisonsWaitAsWell) {
  for (int i = 0; i < 11; ++i) EXPECT_EQ(Compare("x" + std::to_string(i) + "@example.com", "203.0.113.9"), "no match");
  EXPECT_EQ(Compare("ada@example.com", "203.0.113.9"), "rate-limited");
  EXPECT_EQ(Compare("ada@example.com", "198.51.100.1"), "match") << "the control";
  EXPECT_EQ(Verify(kPassword, "203.0.113.9"), "match") << "each field by itself";
}

TEST_F(GuessingTest, ItOutlivesARestart) {
  for (int i = 0; i < 11; ++i) Verify("wrong", "203.0.113.9");
  Customers restarted(vault_->gate(), vault_->catalogue());
  const auto answer =
      restarted.VerifyPassword(vault_.As("application"), code_, "portal_password", kPassword, From("203.0.113.9"))
          .Wait();
  EXPECT_EQ(answer.reason(), Reason::kRateLimited);
}

TEST_F(GuessingTest, GuessesAtTheSameMomentAreCountedOneByOne) {
  std::atomic<int> answered{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 10; ++i) {
          answered += Compare("x" + std::to_string(t * 10 + i) + "@example.com", "203.0.113.9") == "no match" ? 1 : 0;
        }
      });
    }
  }
  EXPECT_LE(answered, 11);
  EXPECT_GT(answered, 0);
}

TEST_F(GuessingTest, TheCountGoesWithTheCustomer) {
  Verify("wrong", "203.0.113.9");
  const auto room = vault_->house().RoomByName("main");
  const CustomerId id = *vault_->house().codes().DecodeCustomer(code_);
  EXPECT_EQ((*room)->sealed->ListItems(id, kGuessItemKind, 10)->size(), 1u) << "the control";
  EXPECT_TRUE(vault_->customers().Erase(vault_.As("everything"), code_).Wait().ok());
  EXPECT_EQ((*room)->sealed->ListItems(id, kGuessItemKind, 10)->size(), 0u);
}

}  // namespace
}  // namespace strongroom
