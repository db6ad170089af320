// Who deserves a higher tier: weighed by what is held, handed out and looked at.
#include "access/tier_suggestions.h"

#include <gtest/gtest.h>

#include "access/testing/test_vault.h"

namespace strongroom {
namespace {

class TierSuggestionsTest : public ::testing::Test {
 protected:
  TierSuggestionPage List(std::string_view who = "privacy-officer",
                          uint32_t at_least = TierSuggestions::kEnoughPoints) {
    TierSuggestions suggestions(vault_->gate(), vault_->catalogue(), vault_->customers());
    const auto page = suggestions.List(vault_.As(who), {}, {}, at_least).Wait();
    reason_ = page.reason();
    return page.ok() ? *page : TierSuggestionPage();
  }
  TestVault vault_;
  Reason reason_ = Reason::kOk;
};

TEST(Exposure, EachPartWeighsAndIsBounded) {
  EXPECT_EQ(Exposure().Points(), 0u);
  EXPECT_EQ((Exposure{3, 0, 0, 0}).Points(), 6u);
  EXPECT_EQ((Exposure{0, 10, 0, 0}).Points(), 5u);
  EXPECT_EQ((Exposure{0, 1000, 0, 0}).Points(), 5u);
  EXPECT_EQ((Exposure{0, 0, 1000, 0}).Points(), 10u);
  EXPECT_EQ((Exposure{0, 0, 0, 1000}).Points(), 10u);
}

TEST_F(TierSuggestionsTest, WhoeverIsPreciousAndMuchHandledIsSuggested) {
  vault_.CreateCustomer({{"email", "quiet@example.com"}});
  const std::string busy = vault_.CreateCustomer({{"email", "busy@example.com"},
                                                  {"national_id", "19121212-1212"},
                                                  {"card", "4111111111111111"},
                                                  {"iban", "SE4550000000058398257466"}});
  const std::string vip = vault_.CreateCustomer({{"card", "4111111111111111"}}, {}, "main", 1);
  EXPECT_TRUE(List().suggestions.empty()) << "three precious fields alone are six points";
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(vault_->customers().Reveal(vault_.As("application", "delivery"), {busy, {"email"}}).Wait().ok());
  }
  vault_.SequenceAll();
  const TierSuggestionPage page = List();
  ASSERT_EQ(page.suggestions.size(), 1u);
  EXPECT_EQ(page.suggestions.front().code, busy);
  EXPECT_EQ(page.suggestions.front().exposure.precious_fields, 3u);
  EXPECT_EQ(page.suggestions.front().exposure.reveals, 30u);
  EXPECT_EQ(page.suggestions.front().suggested, 1);
  EXPECT_EQ(page.looked_at, 3u);
  // Whoever has a tier is left out, whatever the points.
  for (const TierSuggestion& one : List("privacy-officer", 0).suggestions) EXPECT_NE(one.code, vip);
  EXPECT_EQ(List("privacy-officer", 0).suggestions.size(), 2u);
}

TEST_F(TierSuggestionsTest, LooksLongAgoDoNotCount) {
  const std::string code = vault_.CreateCustomer({{"email", "a@example.com"}});
  ASSERT_TRUE(vault_->customers().Reveal(vault_.As("application", "delivery"), {code, {"email"}}).Wait().ok());
  vault_.SequenceAll();
  EXPECT_EQ(List("privacy-officer", 0).suggestions.front().exposure.reveals, 1u);
  vault_.clock().AdvanceMillis(TierSuggestions::kRevealMillis + 1);
  EXPECT_EQ(List("privacy-officer", 0).suggestions.front().exposure.reveals, 0u);
}

TEST_F(TierSuggestionsTest, OnlyWhoMayListCustomersIsTold) {
  List("administrator");
  EXPECT_EQ(reason_, Reason::kDenied);
  List("support");
  EXPECT_EQ(reason_, Reason::kDenied);
  List();
  EXPECT_EQ(reason_, Reason::kOk);
}

}  // namespace
}  // namespace strongroom
