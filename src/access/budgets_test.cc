// Budgets: counted, durable, locked, released.  The default policy gives support 40 reveals an hour.
#include "access/budgets.h"

#include <gtest/gtest.h>

#include <thread>

#include "access/testing/test_vault.h"

namespace strongroom {
namespace {

constexpr int64_t kHour = 3'600'000;

class BudgetsTest : public ::testing::Test {
 protected:
  BudgetsTest() {
    vault_.AddPerson("anna", {"support"});
    vault_.AddPerson("bo", {"support"});
    vault_.AddPerson("cilla", {"administrator"});
    for (int i = 0; i < 60; ++i) {
      codes_.push_back(vault_.CreateCustomer({{"email", "c" + std::to_string(i) + "@example.com"}}));
    }
  }

  Reason Reveal(std::string_view who, size_t customer) {
    const Caller caller = vault_.As(who, "delivery");
    return vault_->customers().Reveal(caller, {codes_[customer], {"email"}}).Wait().reason();
  }
  // How many of the first `count` customers this person gets to see.
  int RevealAll(std::string_view who, size_t count = 60) {
    int seen = 0;
    for (size_t i = 0; i < count; ++i) seen += Reveal(who, i) == Reason::kOk ? 1 : 0;
    return seen;
  }
  Reason Compare(std::string_view who, size_t customer) {
    return vault_->customers().Compare(vault_.As(who), codes_[customer], "email", "x@example.com").Wait().reason();
  }
  Reason Release(std::string_view by, std::string_view whom) {
    return vault_->budgets().Release(vault_.As(by), vault_.IdOf(whom)).Wait().reason();
  }
  // Services of the same stores, as after a crash.
  std::unique_ptr<Budgets> Reopened(BudgetOptions options = {}) {
    return *Budgets::Open(vault_->gate(), vault_->people(), vault_->messenger(), options);
  }
  std::vector<AuditId> Customers(size_t count) {
    std::vector<AuditId> ids(count);
    for (AuditId& id : ids) vault_.random().Fill(id.data(), id.size());
    return ids;
  }
  Reason Take(Budgets& budgets, size_t count, std::string_view who = "anna") {
    const auto policy = vault_->gate().policy().Get();
    return budgets.Take(vault_.As(who), Action::kCustomerReveal, Customers(count), *policy).reason();
  }

  TestVault vault_;
  std::vector<std::string> codes_;
};

TEST_F(BudgetsTest, OnePersonSeesAsManyAsPolicySaysAndNoMore) {
  EXPECT_EQ(RevealAll("anna", 50), 40);
  EXPECT_EQ(Reveal("anna", 0), Reason::kOk) << "whom one helps already is not counted again";
  EXPECT_EQ(Reveal("bo", 0), Reason::kOk) << "each person's own";
  vault_.clock().AdvanceMillis(kHour);
  EXPECT_EQ(Reveal("anna", 50), Reason::kOk) << "a new window";
}

TEST_F(BudgetsTest, TheLongerWindowHoldsAsWell) {
  int seen = 0;
  for (int hour = 0; hour < 6; ++hour) {
    for (int i = 0; i < 40; ++i) {
      Budgets& budgets = vault_->budgets();
      seen += Take(budgets, 1) == Reason::kOk ? 1 : 0;
    }
    vault_.clock().AdvanceMillis(kHour);
    if (seen < 40 * (hour + 1)) break;
  }
  EXPECT_EQ(seen, 200) << "support-day";
}

TEST_F(BudgetsTest, ProgramsAreNotCounted) {
  for (size_t i = 0; i < 60; ++i) EXPECT_EQ(Reveal("application", i), Reason::kOk);
}

TEST_F(BudgetsTest, ABatchIsRefusedWholeWhenItDoesNotFit) {
  const Caller caller = vault_.As("anna", "delivery");
  std::vector<RevealRequest> requests;
  for (const std::string& code : codes_) requests.push_back({code, {"email"}});
  EXPECT_EQ(vault_->customers().RevealMany(caller, requests).Wait().reason(), Reason::kBudgetExhausted);
  requests.resize(40);
  EXPECT_TRUE(vault_->customers().RevealMany(vault_.As("anna", "delivery"), requests).Wait().ok());
  EXPECT_EQ(Reveal("anna", 40), Reason::kBudgetExhausted);
}

TEST_F(BudgetsTest, EachGuessCounts) {
  int answered = 0;
  // Of each customer fewer than those after which the customer's own counter makes her wait.
  for (size_t i = 0; i < 130; ++i) answered += Compare("anna", i % 60) == Reason::kOk ? 1 : 0;
  EXPECT_EQ(answered, 120);
}

TEST_F(BudgetsTest, WhoeverGoesOnIsLockedUntilAColleagueHasLooked) {
  RevealAll("anna", 40);
  for (int i = 0; i < 19; ++i) EXPECT_EQ(Reveal("anna", 40), Reason::kBudgetExhausted) << i;
  EXPECT_EQ(Reveal("anna", 40), Reason::kPersonLocked);
  EXPECT_EQ(Reveal("anna", 0), Reason::kPersonLocked);
  EXPECT_EQ(vault_->customers().Read(vault_.As("anna"), codes_[0]).Wait().reason(), Reason::kPersonLocked);
  vault_.clock().AdvanceMillis(25 * kHour);
  EXPECT_EQ(Reveal("anna", 0), Reason::kPersonLocked) << "time alone releases nobody";
  EXPECT_EQ(Reopened()->CheckLock(vault_.As("anna")).reason(), Reason::kPersonLocked) << "nor does a restart";
  EXPECT_EQ(Release("anna", "anna"), Reason::kPersonLocked);
  EXPECT_EQ(Release("bo", "anna"), Reason::kDenied);
  EXPECT_EQ(Release("cilla", "bo"), Reason::kStaffStateWrong);
  EXPECT_EQ(Release("cilla", "cilla"), Reason::kOwnCaseRefused);
  EXPECT_EQ(Release("cilla", "anna"), Reason::kOk);
  EXPECT_EQ(Reveal("anna", 40), Reason::kOk);
  EXPECT_TRUE(Reopened()->CheckLock(vault_.As("anna")).ok());
}

TEST_F(BudgetsTest, ACrashLosesTheRestOfASliceAndGivesNothing) {
  // Crashes after every single look: each loses the rest of a slice of 5.
  int seen = 0;
  for (int i = 0; i < 60; ++i) seen += Take(*Reopened(), 1) == Reason::kOk ? 1 : 0;
  EXPECT_EQ(seen, 8);
  // The control: what is not durable begins anew with each crash.
  seen = 0;
  for (int i = 0; i < 60; ++i) seen += Take(*Reopened({.durable_for_tests = false}), 1, "bo") == Reason::kOk ? 1 : 0;
  EXPECT_EQ(seen, 60);
}

TEST_F(BudgetsTest, TwoServersShareOneBudget) {
  const std::unique_ptr<Budgets> first = Reopened();
  const std::unique_ptr<Budgets> second = Reopened();
  int seen = 0;
  for (int i = 0; i < 60; ++i) {
    seen += Take(*first, 1) == Reason::kOk ? 1 : 0;
    seen += Take(*second, 1) == Reason::kOk ? 1 : 0;
  }
  EXPECT_EQ(seen, 40);
}

TEST_F(BudgetsTest, ManyAtOnceGetNoMore) {
  std::atomic<int> seen{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) seen += Take(vault_->budgets(), 1) == Reason::kOk ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(seen, 40);
}

TEST_F(BudgetsTest, ItSaysBeforehandWhetherItWouldWait) {
  const auto policy = vault_->gate().policy().Get();
  const auto would_wait = [&](std::string_view who, Action action) {
    return vault_->gate().safeguards()->WouldWait(vault_.As(who), action);
  };
  EXPECT_TRUE(would_wait("anna", Action::kCustomerReveal)) << "the first slice";
  EXPECT_FALSE(would_wait("anna", Action::kCustomerRead)) << "nothing counts it";
  EXPECT_FALSE(would_wait("application", Action::kCustomerReveal)) << "a program";
  ASSERT_EQ(Reveal("anna", 0), Reason::kOk);
  EXPECT_FALSE(would_wait("anna", Action::kCustomerReveal)) << "4 of the slice are left";
  ASSERT_EQ(Reveal("anna", 1), Reason::kOk);
  EXPECT_TRUE(would_wait("anna", Action::kCustomerReveal)) << "nearly used up";
  Caller approved = vault_.As("anna");
  approved.approval = "0123456789abcdef";
  EXPECT_TRUE(vault_->gate().safeguards()->WouldWait(approved, Action::kCustomerRead));
}

TEST_F(BudgetsTest, EverybodySeesTheirOwnAndAdministratorsAll) {
  RevealAll("anna", 3);
  RevealAll("bo", 50);
  const auto all = vault_->budgets().List(vault_.As("cilla")).Wait();
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->size(), 2u);
  const auto own = vault_->budgets().List(vault_.As("anna")).Wait();
  ASSERT_TRUE(own.ok());
  ASSERT_EQ(own->size(), 1u);
  EXPECT_EQ(own->front().name, "anna");
  ASSERT_EQ(own->front().budgets.size(), 2u);
  for (const BudgetUse& use : own->front().budgets) EXPECT_EQ(use.used, 3u) << use.budget;
  EXPECT_EQ(vault_->budgets().List(vault_.As("application")).Wait().reason(), Reason::kDenied);
}

}  // namespace
}  // namespace strongroom
