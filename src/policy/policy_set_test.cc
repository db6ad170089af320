#include "policy/policy_set.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

namespace strongroom {
namespace {

std::shared_ptr<const PolicySet> Policy(std::string_view toml) {
  Result<std::shared_ptr<const PolicySet>> policy = PolicySet::Parse(toml);
  EXPECT_TRUE(policy.ok()) << policy.status().ToString();
  return policy.ok() ? *policy : nullptr;
}

Caller CallerWith(std::vector<std::string> roles, std::string_view purpose = "",
                  std::vector<std::string> purposes = {"*"}) {
  auto principal = std::make_shared<Principal>();
  principal->id = 7;
  principal->kind = PrincipalKind::kStaff;
  principal->roles = std::move(roles);
  principal->purposes = std::move(purposes);
  Caller caller;
  caller.principal = std::move(principal);
  caller.address = IpAddress::Loopback();
  caller.purpose = purpose;
  return caller;
}

PolicyQuestion Asks(Action action) {
  PolicyQuestion question;
  question.action = action;
  return question;
}

PolicyQuestion AsksField(Action action, std::string_view field, Sensitivity sensitivity) {
  PolicyQuestion question = Asks(action);
  question.field = field;
  question.sensitivity = sensitivity;
  question.has_field = true;
  return question;
}

// A policy of one role whose only rule has these further members.
std::string OneRule(std::string_view members) {
  return "roles = [\"clerk\"]\n[[rule]]\nname = \"only\"\ndecision = \"plain\"\n" + std::string(members);
}

TEST(PolicySet, TheFirstRuleThatMatchesDecidesAndIsNamed) {
  const auto policy = Policy(R"(
roles = ["clerk"]
[[rule]]
name = "first"
actions = ["customer.read"]
decision = "masked"
[[rule]]
name = "second"
decision = "plain"
)");
  const Decided read = policy->Decide(CallerWith({"clerk"}), Asks(Action::kCustomerRead));
  EXPECT_EQ(read.decision, Decision::kMasked);
  EXPECT_EQ(read.rule, 1);
  EXPECT_EQ(read.rule_name, "first");
  const Decided erase = policy->Decide(CallerWith({"clerk"}), Asks(Action::kCustomerErase));
  EXPECT_EQ(erase.decision, Decision::kPlain);
  EXPECT_EQ(erase.rule, 2);
}

TEST(PolicySet, WhatNoRuleSpeaksOfIsDenied) {
  const auto policy = Policy(OneRule("actions = [\"customer.read\"]"));
  EXPECT_EQ(policy->Decide(CallerWith({"clerk"}), Asks(Action::kCustomerRead)).decision, Decision::kPlain);
  const Decided denied = policy->Decide(CallerWith({"clerk"}), Asks(Action::kCustomerErase));
  EXPECT_EQ(denied.decision, Decision::kDeny);
  EXPECT_EQ(denied.rule, 0);
  EXPECT_EQ(denied.rule_name, "default-deny");
}

TEST(PolicySet, ARuleWithoutRolesStillNeedsACallerWithAKnownRole) {
  const auto policy = Policy(OneRule(""));
  EXPECT_EQ(policy->Decide(CallerWith({"clerk"}), Asks(Action::kCustomerRead)).decision, Decision::kPlain);
  EXPECT_EQ(policy->Decide(CallerWith({"stranger", "clerk"}), Asks(Action::kCustomerRead)).decision, Decision::kPlain);
  EXPECT_EQ(policy->Decide(CallerWith({}), Asks(Action::kCustomerRead)).decision, Decision::kDeny);
  EXPECT_EQ(policy->Decide(CallerWith({"stranger"}), Asks(Action::kCustomerRead)).decision, Decision::kDeny);
  EXPECT_EQ(policy->Decide(CallerWith({"Clerk"}), Asks(Action::kCustomerRead)).decision, Decision::kDeny);
  EXPECT_EQ(policy->Decide(Caller(), Asks(Action::kCustomerRead)).decision, Decision::kDeny);
  Caller kindless = CallerWith({"clerk"});
  auto principal = std::make_shared<Principal>(*kindless.principal);
  principal->kind = PrincipalKind::kNone;
  kindless.principal = principal;
  EXPECT_EQ(policy->Decide(kindless, Asks(Action::kCustomerRead)).decision, Decision::kDeny);
}

TEST(PolicySet, WhatCannotBeAskedIsDeniedByTheWidestRuleToo) {
  const auto policy = Policy("roles = [\"clerk\"]\n[[rule]]\nname = \"all\"\ndecision = \"plain\"\n");
  EXPECT_EQ(policy->Decide(CallerWith({"clerk"}), Asks(Action::kStoreCheck)).decision, Decision::kPlain);
  for (Action action : {Action::kNone, Action::kSignInRefused, Action::kMismatchAlarm, static_cast<Action>(127),
                        static_cast<Action>(128), static_cast<Action>(255)}) {
    EXPECT_EQ(policy->Decide(CallerWith({"clerk"}), Asks(action)).decision, Decision::kDeny)
        << static_cast<int>(action);
  }
}

TEST(PolicySet, StatedSensitivitiesNeedAFieldOfThatKind) {
  const auto policy = Policy(OneRule("sensitivities = [\"personal\", \"public\"]"));
  const Caller caller = CallerWith({"clerk"});
  const Action action = Action::kCustomerReveal;
  EXPECT_EQ(policy->Decide(caller, AsksField(action, "email", Sensitivity::kPersonal)).decision, Decision::kPlain);
  EXPECT_EQ(policy->Decide(caller, AsksField(action, "email", Sensitivity::kPublic)).decision, Decision::kPlain);
  EXPECT_EQ(policy->Decide(caller, AsksField(action, "iban", Sensitivity::kFinancial)).decision, Decision::kDeny);
  EXPECT_EQ(policy->Decide(caller, Asks(action)).decision, Decision::kDeny);
  EXPECT_EQ(policy->Decide(caller, AsksField(action, "email", static_cast<Sensitivity>(9))).decision, Decision::kDeny);
}

TEST(PolicySet, AFieldOfNoKnownSensitivityIsDeniedByTheWidestRuleToo) {
  const auto policy = Policy(OneRule(""));
  const Caller caller = CallerWith({"clerk"});
  EXPECT_EQ(policy->Decide(caller, AsksField(Action::kCustomerRead, "a", Sensitivity::kPublic)).decision,
            Decision::kPlain);
  EXPECT_EQ(policy->Decide(caller, AsksField(Action::kCustomerRead, "a", static_cast<Sensitivity>(6))).decision,
            Decision::kDeny);
}

TEST(PolicySet, StatedFieldsNeedThatFieldByName) {
  const auto policy = Policy(OneRule("fields = [\"email\"]"));
  const Caller caller = CallerWith({"clerk"});
  EXPECT_EQ(policy->Decide(caller, AsksField(Action::kCustomerReveal, "email", Sensitivity::kPersonal)).decision,
            Decision::kPlain);
  EXPECT_EQ(policy->Decide(caller, AsksField(Action::kCustomerReveal, "phone", Sensitivity::kPersonal)).decision,
            Decision::kDeny);
  PolicyQuestion named_but_no_field = Asks(Action::kCustomerReveal);
  named_but_no_field.field = "email";
  EXPECT_EQ(policy->Decide(caller, named_but_no_field).decision, Decision::kDeny);
}

TEST(PolicySet, AStatedPurposeMustBeClaimedAndListedByTheCredential) {
  const auto policy = Policy(OneRule("purposes = [\"delivery\"]"));
  const auto decide = [&](std::string_view claimed, std::vector<std::string> listed) {
    return policy->Decide(CallerWith({"clerk"}, claimed, std::move(listed)), Asks(Action::kCustomerReveal)).decision;
  };
  EXPECT_EQ(decide("delivery", {"delivery"}), Decision::kPlain);
  EXPECT_EQ(decide("delivery", {"billing", "*"}), Decision::kPlain);
  EXPECT_EQ(decide("delivery", {"billing"}), Decision::kDeny);
  EXPECT_EQ(decide("delivery", {}), Decision::kDeny);
  EXPECT_EQ(decide("billing", {"*"}), Decision::kDeny);
  EXPECT_EQ(decide("", {"*"}), Decision::kDeny);
  EXPECT_EQ(decide("*", {"*"}), Decision::kDeny);
}

TEST(PolicySet, AStarIsEveryPurposeTheCredentialListsAndNeverNone) {
  const auto policy = Policy(OneRule("purposes = [\"*\"]"));
  const auto decide = [&](std::string_view claimed, std::vector<std::string> listed) {
    return policy->Decide(CallerWith({"clerk"}, claimed, std::move(listed)), Asks(Action::kCustomerReveal)).decision;
  };
  EXPECT_EQ(decide("delivery", {"delivery"}), Decision::kPlain);
  EXPECT_EQ(decide("delivery", {"*"}), Decision::kPlain);
  EXPECT_EQ(decide("delivery", {"billing"}), Decision::kDeny);
  EXPECT_EQ(decide("", {"delivery"}), Decision::kDeny);
  EXPECT_EQ(decide("", {"", "*"}), Decision::kDeny);
}

TEST(PolicySet, StatedCompartmentNetworkTierAndSecondFactorMustBeMet) {
  const auto policy = Policy(OneRule(R"(compartments = ["north"]
networks = ["10.0.0.0/8", "2001:db8::/32"]
tier_at_most = 1
second_factor_max_age_seconds = 60
)"));
  Caller caller = CallerWith({"clerk"});
  caller.address = *IpAddress::Parse("10.1.2.3");
  caller.second_factor_age_seconds = 60;
  PolicyQuestion question = Asks(Action::kCustomerRead);
  question.compartment = "north";
  question.tier = 1;
  const auto decision = [&] { return policy->Decide(caller, question).decision; };
  ASSERT_EQ(decision(), Decision::kPlain);
  caller.address = *IpAddress::Parse("2001:db8::9");
  EXPECT_EQ(decision(), Decision::kPlain);
  caller.address = *IpAddress::Parse("192.0.2.1");
  EXPECT_EQ(decision(), Decision::kDeny);
  caller.address = *IpAddress::Parse("10.0.0.1");
  question.compartment = "south";
  EXPECT_EQ(decision(), Decision::kDeny);
  question.compartment = "north";
  question.tier = 2;
  EXPECT_EQ(decision(), Decision::kDeny);
  question.tier = 0;
  for (const std::optional<int64_t> age :
       {std::optional<int64_t>(61), std::optional<int64_t>(), std::optional<int64_t>(-1)}) {
    caller.second_factor_age_seconds = age;
    EXPECT_EQ(decision(), Decision::kDeny) << age.value_or(-99);
  }
  caller.second_factor_age_seconds = 0;
  EXPECT_EQ(decision(), Decision::kPlain);
}

TEST(PolicySet, RefusesWhatItCannotMeanAndSaysWhere) {
  ASSERT_NE(Policy(OneRule("")), nullptr);
  struct Case {
    std::string toml;
    std::string_view line;
    std::string_view says;
  };
  const std::string head = "roles = [\"clerk\"]\n";
  const Case cases[] = {
      {"", "line 1:", "roles is missing"},
      {"roles = []\n", "line 1:", "empty list"},
      {"\nroles = [\"clerk\", \"clerk\"]\n", "line 2:", "twice"},
      {"roles = [\"Clerk\"]\n", "line 1:", "is no name"},
      {"roles = [7]\n", "line 1:", "list of strings"},
      {head + "format = 2\n", "line 2:", "from 1 to 1"},
      {head + "rules = []\n", "line 2:", "unknown member \"rules\""},
      {head + "rule = 3\n", "line 2:", "[[rule]]"},
      {head + "roles = [\"a\"]\n", "line 2:", ""},
      {head + "x = [\n", "line ", ""},
      {head + "[[rule]]\ndecision = \"plain\"\n", "line 2:", "name is missing"},
      {head + "[[rule]]\nname = \"a\"\n", "line 2:", "decision is missing"},
      {head + "[[rule]]\nname = \"a\"\ndecision = \"allow\"\n", "line 4:", "unknown decision \"allow\""},
      {head + "[[rule]]\nname = \"a b\"\ndecision = \"deny\"\n", "line 3:", "is no name"},
      {head + "[[rule]]\nname = \"default-deny\"\ndecision = \"deny\"\n", "line 3:", "no rule matches"},
      {head + "[[rule]]\nname = \"a\"\ndecision = \"deny\"\n[[rule]]\nname = \"a\"\ndecision = \"deny\"\n",
       "line 5:", "two rules are named \"a\""},
      {OneRule("role = [\"clerk\"]"), "line 5:", "unknown member \"role\""},
      {OneRule("roles = [\"boss\"]"), "line 5:", "role \"boss\""},
      {OneRule("roles = []"), "line 5:", "empty list"},
      {OneRule("actions = []"), "line 5:", "empty list"},
      {OneRule("actions = [\n\"customer.read\",\n\"customer.show\"]"), "line 7:", "unknown action \"customer.show\""},
      {OneRule("actions = [\"customer.read\", \"customer.read\"]"), "line 5:", "twice"},
      {OneRule("actions = [\"sign_in.refused\"]"), "line 5:", "unknown action"},
      {OneRule("actions = [\"none\"]"), "line 5:", "unknown action"},
      {OneRule("sensitivities = [\"secret\"]"), "line 5:", "unknown sensitivity"},
      {OneRule("purposes = [\"*\", \"delivery\"]"), "line 5:", "already stands for"},
      {OneRule("purposes = [\"\"]"), "line 5:", "is no name"},
      {OneRule("fields = [\"*\"]"), "line 5:", "is no name"},
      {OneRule("networks = [\"10.0.0.1/8\"]"), "line 5:", "host bits"},
      {OneRule("networks = [\"office\"]"), "line 5:", "unknown network"},
      {OneRule("tier_at_most = -1"), "line 5:", "from 0 to 255"},
      {OneRule("tier_at_most = 256"), "line 5:", "from 0 to 255"},
      {OneRule("tier_at_most = \"0\""), "line 5:", "whole number"},
      {OneRule("second_factor_max_age_seconds = 0"), "line 5:", "from 1"},
      {OneRule("second_factor_max_age_seconds = 1.5"), "line 5:", "whole number"},
  };
  for (const Case& each : cases) {
    const Result<std::shared_ptr<const PolicySet>> policy = PolicySet::Parse(each.toml);
    ASSERT_FALSE(policy.ok()) << each.toml;
    EXPECT_EQ(policy.reason(), Reason::kPolicyInvalid);
    EXPECT_NE(policy.status().message().find(each.line), std::string::npos) << policy.status().message() << each.toml;
    EXPECT_NE(policy.status().message().find(each.says), std::string::npos) << policy.status().message();
  }
  std::printf("%zu policies refused\n", std::size(cases));
}

TEST(PolicySet, RefusesTooManyRolesTooMuchTextAndDeepNesting) {
  const auto roles = [](int count) {
    std::string toml = "roles = [";
    for (int i = 0; i < count; ++i) toml += "\"r" + std::to_string(i) + "\", ";
    return toml + "]\n";
  };
  EXPECT_TRUE(PolicySet::Parse(roles(64)).ok());
  EXPECT_EQ(PolicySet::Parse(roles(65)).reason(), Reason::kPolicyInvalid);
  EXPECT_EQ(PolicySet::Parse(roles(1) + std::string(1 << 20, '#')).reason(), Reason::kPolicyInvalid);
  EXPECT_EQ(PolicySet::Parse(roles(1) + "x = " + std::string(100'000, '[')).reason(), Reason::kPolicyInvalid);
  EXPECT_EQ(PolicySet::Parse(roles(1) + "# \xff\xfe\n").reason(), Reason::kPolicyInvalid);
}

TEST(PolicySet, TheSixtyFourthRoleIsARoleOfItsOwn) {
  std::string toml = "roles = [";
  for (int i = 0; i < 64; ++i) toml += "\"r" + std::to_string(i) + "\", ";
  toml += "]\n[[rule]]\nname = \"last\"\nroles = [\"r63\"]\ndecision = \"plain\"\n";
  const auto policy = Policy(toml);
  EXPECT_EQ(policy->Decide(CallerWith({"r63"}), Asks(Action::kStoreCheck)).decision, Decision::kPlain);
  EXPECT_EQ(policy->Decide(CallerWith({"r62"}), Asks(Action::kStoreCheck)).decision, Decision::kDeny);
}

TEST(PolicySet, ExplainNamesEveryUnmetPart) {
  const auto policy = Policy(R"(
roles = ["clerk", "boss"]
[[rule]]
name = "narrow"
roles = ["boss"]
actions = ["customer.reveal"]
sensitivities = ["financial"]
fields = ["iban"]
purposes = ["refund"]
compartments = ["north"]
networks = ["10.0.0.0/8"]
tier_at_most = 0
second_factor_max_age_seconds = 60
decision = "plain"
[[rule]]
name = "wide"
decision = "masked"
)");
  Caller caller = CallerWith({"clerk"}, "marketing", {"delivery"});
  PolicyQuestion question = AsksField(Action::kCustomerRead, "email", Sensitivity::kPersonal);
  question.tier = 1;
  const PolicyExplanation explanation = policy->Explain(caller, question);
  EXPECT_EQ(explanation.decided.rule_name, "wide");
  ASSERT_EQ(explanation.steps.size(), 2u);
  EXPECT_EQ(explanation.steps[0].reasons.size(), 9u);
  for (const std::string& reason : explanation.steps[0].reasons) std::printf("  %s\n", reason.c_str());
  EXPECT_TRUE(explanation.steps[1].matched);
  EXPECT_TRUE(explanation.steps[1].reasons.empty());
}

TEST(PolicySet, ExplainSaysWhyNoRuleWasTried) {
  const auto policy = Policy(OneRule(""));
  EXPECT_TRUE(policy->Explain(CallerWith({"clerk"}), Asks(Action::kStoreCheck)).notes.empty());
  EXPECT_FALSE(policy->Explain(Caller(), Asks(Action::kStoreCheck)).notes.empty());
  EXPECT_FALSE(policy->Explain(CallerWith({"stranger"}), Asks(Action::kStoreCheck)).notes.empty());
  EXPECT_FALSE(policy->Explain(CallerWith({"clerk"}), Asks(Action::kSignInRefused)).notes.empty());
}

// Decide and Explain are written apart (masks and tables there, words here); on drawn questions they must agree.
TEST(PolicySet, ExplainAndDecideAgreeOnDrawnQuestions) {
  const auto policy = Policy(PolicySet::DefaultToml());
  std::mt19937 random(20'261'122);
  const auto below = [&](size_t bound) { return static_cast<size_t>(random() % bound); };
  int allowed = 0;
  constexpr int kQuestions = 20'000;
  for (int i = 0; i < kQuestions; ++i) {
    std::vector<std::string> roles;
    for (size_t n = below(3); n > 0; --n) roles.push_back(policy->roles()[below(policy->roles().size())]);
    Caller caller = CallerWith(roles, below(2) == 0 ? "delivery" : "", {below(3) == 0 ? "billing" : "*"});
    if (below(2) == 0) caller.second_factor_age_seconds = static_cast<int64_t>(below(600));
    PolicyQuestion question = Asks(AllActions()[below(AllActions().size())]);
    question.has_field = below(4) != 0;
    question.sensitivity = static_cast<Sensitivity>(below(kSensitivityCount));
    question.tier = static_cast<uint8_t>(below(3));
    const Decided decided = policy->Decide(caller, question);
    const PolicyExplanation explanation = policy->Explain(caller, question);
    const bool matched = !explanation.steps.empty() && explanation.steps.back().matched;
    ASSERT_EQ(matched ? explanation.steps.back().rule : 0, decided.rule);
    ASSERT_EQ(explanation.decided.rule, decided.rule);
    allowed += Allows(decided.decision) ? 1 : 0;
  }
  EXPECT_GT(allowed, kQuestions / 50);
  EXPECT_LT(allowed, kQuestions);
  std::printf("%d questions, %d allowed\n", kQuestions, allowed);
}

// Prints; asserts nothing about time.
TEST(PolicySet, PrintsNanosecondsPerDecision) {
  const auto policy = Policy(PolicySet::DefaultToml());
  const auto measure = [&](const char* what, const Caller& caller, const PolicyQuestion& question) {
    constexpr int kRounds = 200'000;
    const auto start = std::chrono::steady_clock::now();
    uint64_t sum = 0;
    for (int i = 0; i < kRounds; ++i) sum += policy->Decide(caller, question).rule;
    const auto end = std::chrono::steady_clock::now();
    std::printf("%-40s %6.1f ns (rule %llu)\n", what,
                std::chrono::duration<double, std::nano>(end - start).count() / kRounds,
                static_cast<unsigned long long>(sum / kRounds));
  };
  std::printf("%zu rules\n", policy->rules().size());
  measure("application reveals personal", CallerWith({"application"}, "delivery"),
          AsksField(Action::kCustomerReveal, "email", Sensitivity::kPersonal));
  measure("support, step-up needed", CallerWith({"support"}, "refund"),
          AsksField(Action::kCustomerReveal, "iban", Sensitivity::kFinancial));
  measure("three roles, six purposes",
          CallerWith({"importer", "auditor", "support"}, "refund", {"a", "b", "c", "d", "e", "refund"}),
          AsksField(Action::kCustomerReveal, "email", Sensitivity::kPersonal));
  measure("operator, denied", CallerWith({"operator"}),
          AsksField(Action::kCustomerReveal, "email", Sensitivity::kPersonal));
  measure("importer reads the catalogue", CallerWith({"importer"}), Asks(Action::kCatalogueRead));
}

// --- conditions on the person and the hour ---------------------------------------------------------------------------

Caller PersonWithRole(const std::string& role) {
  auto principal = std::make_shared<Principal>();
  principal->id = 7;
  principal->kind = PrincipalKind::kStaff;
  principal->roles = {role};
  principal->purposes = {"*"};
  Caller caller;
  caller.principal = principal;
  return caller;
}

Decision AnswerOf(std::string_view rule_parts, const Caller& caller) {
  const auto policy = PolicySet::Parse(
      "roles = [\"support\"]\n[[rule]]\nname = \"r\"\nactions = [\"customer.read\"]\ndecision = \"plain\"\n" +
      std::string(rule_parts));
  EXPECT_TRUE(policy.ok()) << policy.status().ToString();
  PolicyQuestion question;
  question.action = Action::kCustomerRead;
  return (*policy)->Decide(caller, question).decision;
}

TEST(PolicyConditions, NeedsAreAllMetOrTheRuleIsPassedOver) {
  Caller caller = PersonWithRole("support");
  constexpr std::string_view kRule = "needs = [\"training\", \"healthy-device\"]";
  EXPECT_EQ(AnswerOf(kRule, caller), Decision::kDeny);
  caller.standing.training_current = true;
  caller.standing.device = DeviceState::kEnrolled;
  EXPECT_EQ(AnswerOf(kRule, caller), Decision::kDeny);
  caller.standing.device = DeviceState::kHealthy;
  EXPECT_EQ(AnswerOf(kRule, caller), Decision::kPlain);
}

TEST(PolicyConditions, LacksMatchesWhoeverMissesOneOfThem) {
  Caller caller = PersonWithRole("support");
  caller.standing.training_current = caller.standing.agreement_signed = true;
  EXPECT_EQ(AnswerOf("lacks = [\"training\", \"acceptable-use\"]", caller), Decision::kPlain);
  EXPECT_EQ(AnswerOf("lacks = [\"training\", \"agreement\"]", caller), Decision::kDeny);
}

TEST(PolicyConditions, HoursNeedAKnownTimeWithinThem) {
  Caller caller = PersonWithRole("support");
  constexpr std::string_view kRule = "hours = [\"mon-fri 07:00-19:00\", \"sat 09:00-13:00\"]";
  EXPECT_EQ(AnswerOf(kRule, caller), Decision::kDeny);
  caller.standing.minute_of_week = static_cast<uint16_t>(5 * WeekHours::kMinutesPerDay + 12 * 60);
  EXPECT_EQ(AnswerOf(kRule, caller), Decision::kPlain);
  caller.standing.minute_of_week = static_cast<uint16_t>(5 * WeekHours::kMinutesPerDay + 14 * 60);
  EXPECT_EQ(AnswerOf(kRule, caller), Decision::kDeny);
}

TEST(PolicyConditions, KindsTellPeopleFromPrograms) {
  const Caller caller = PersonWithRole("support");
  EXPECT_EQ(AnswerOf("kinds = [\"application\"]", caller), Decision::kDeny);
  EXPECT_EQ(AnswerOf("kinds = [\"application\", \"staff\"]", caller), Decision::kPlain);
}

TEST(PolicyBudgets, AreReadAndRefusedWhenTheySayTooLittle) {
  const std::string head = "roles = [\"support\"]\n[[budget]]\nname = \"b\"\n";
  const auto good = PolicySet::Parse(
      head + "roles = [\"support\"]\nactions = [\"customer.reveal\"]\ncustomers = 40\nper = \"day\"\nlock_after = 3\n");
  ASSERT_TRUE(good.ok()) << good.status().ToString();
  ASSERT_EQ((*good)->budgets().size(), 1u);
  EXPECT_EQ((*good)->budgets()[0].customers, 40u);
  EXPECT_EQ((*good)->budgets()[0].window_seconds, 86400u);
  EXPECT_EQ((*good)->budgets()[0].lock_after, 3u);
  for (const char* rest : {"actions = [\"customer.reveal\"]\ncustomers = 40\nper = \"day\"\n",
                           "roles = [\"support\"]\ncustomers = 40\nper = \"day\"\n",
                           "roles = [\"support\"]\nactions = [\"customer.reveal\"]\nper = \"day\"\n",
                           "roles = [\"support\"]\nactions = [\"customer.reveal\"]\ncustomers = 40\n",
                           "roles = [\"support\"]\nactions = [\"customer.reveal\"]\ncustomers = 40\nper = \"week\"\n",
                           "roles = [\"nobody\"]\nactions = [\"customer.reveal\"]\ncustomers = 40\nper = \"day\"\n"}) {
    EXPECT_EQ(PolicySet::Parse(head + rest).reason(), Reason::kPolicyInvalid) << rest;
  }
}

}  // namespace
}  // namespace strongroom
