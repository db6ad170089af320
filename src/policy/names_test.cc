// The names tables: each name leads back to its value, no two values share one.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "policy/action.h"
#include "policy/decision.h"
#include "policy/principal.h"
#include "policy/sensitivity.h"

namespace strongroom {
namespace {

TEST(Names, EveryActionHasOneNameAndNumbersAscend) {
  std::set<std::string_view> names;
  int last = 0;
  for (Action action : AllActions()) {
    EXPECT_TRUE(names.insert(NameOf(action)).second) << NameOf(action);
    EXPECT_EQ(ActionFromName(NameOf(action)), action);
    EXPECT_GT(static_cast<int>(action), last);
    EXPECT_LT(static_cast<size_t>(action), kActionLimit);
    last = static_cast<int>(action);
  }
  EXPECT_EQ(names.size(), 88u);  // as many as action.h lists; a new one is added to both
}

TEST(Names, WhatIsNoActionHasNoName) {
  EXPECT_EQ(ActionFromName("customer.reveal"), Action::kCustomerReveal);
  for (std::string_view name : {"", "none", "customer", "customer.Reveal", "customer.reveal ", "customer.*"}) {
    EXPECT_EQ(ActionFromName(name), std::nullopt) << name;
  }
  EXPECT_EQ(NameOf(Action::kNone), "none");
  EXPECT_EQ(NameOf(static_cast<Action>(191)), "none");
}

TEST(Names, WhatTheGateRecordsItselfCannotBeAsked) {
  EXPECT_TRUE(CanBeAsked(Action::kCustomerReveal));
  EXPECT_FALSE(CanBeAsked(Action::kSignInRefused));
  EXPECT_FALSE(CanBeAsked(Action::kMismatchAlarm));
  EXPECT_FALSE(CanBeAsked(Action::kNone));
  EXPECT_FALSE(CanBeAsked(static_cast<Action>(191)));
}

TEST(Names, CustomersActionsTouchPersonalDataAndTheHousesDoNot) {
  int touching = 0;
  for (Action action : AllActions()) {
    const std::string name(NameOf(action));
    const bool about_customers = name.starts_with("customer.") || name.starts_with("file.") ||
                                 name.starts_with("token.") || name.starts_with("password.") ||
                                 name.starts_with("audit.") || name.starts_with("disclosure.") ||
                                 name.starts_with("mismatch.") || name.starts_with("customer_sign_in.") ||
                                 name.starts_with("erasure.") || name == "break_glass";
    EXPECT_EQ(TouchesPersonalData(action), about_customers) << name;
    touching += TouchesPersonalData(action) ? 1 : 0;
  }
  EXPECT_GT(touching, 0);
  EXPECT_TRUE(TouchesPersonalData(static_cast<Action>(191))) << "an unknown action is taken for the worst";
}

TEST(Names, SmallTablesRoundTrip) {
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(DecisionFromName(NameOf(static_cast<Decision>(i))), static_cast<Decision>(i));
    EXPECT_EQ(SensitivityFromName(NameOf(static_cast<Sensitivity>(i))), static_cast<Sensitivity>(i));
  }
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(PrincipalKindFromName(NameOf(static_cast<PrincipalKind>(i))), static_cast<PrincipalKind>(i));
  }
  EXPECT_EQ(NameOf(Decision::kNeedsStepUp), "needs_step_up");
  EXPECT_EQ(NameOf(Sensitivity::kCredential), "credential");
  EXPECT_EQ(NameOf(PrincipalKind::kSystem), "system");
  EXPECT_EQ(DecisionFromName("allow"), std::nullopt);
  EXPECT_EQ(SensitivityFromName("Personal"), std::nullopt);
  EXPECT_EQ(PrincipalKindFromName(""), std::nullopt);
  EXPECT_EQ(NameOf(static_cast<Decision>(200)), "unknown");
}

TEST(Names, OnlyTokenMaskedAndPlainAllow) {
  for (Decision decision : {Decision::kToken, Decision::kMasked, Decision::kPlain}) EXPECT_TRUE(Allows(decision));
  for (Decision decision : {Decision::kDeny, Decision::kNeedsStepUp, Decision::kNeedsApproval}) {
    EXPECT_FALSE(Allows(decision));
  }
}

}  // namespace
}  // namespace strongroom
