// Each kind of finding, its near miss beside it, and a default policy without any.
#include "policy/policy_lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strongroom {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kHead = R"toml(
roles = ["clerk", "boss"]
[[rule]]
name = "boss-decides"
roles = ["boss"]
actions = ["approval.decide"]
decision = "plain"
[[rule]]
name = "clerk-reads"
roles = ["clerk"]
actions = ["customer.read"]
decision = "masked"
)toml";

// "kind about" of each finding.
std::vector<std::string> Lint(std::string_view rules, const std::vector<std::string>* in_use = nullptr) {
  const auto policy = PolicySet::Parse(std::string(kHead) + std::string(rules));
  EXPECT_TRUE(policy.ok()) << policy.status().ToString();
  std::vector<std::string> found;
  if (!policy.ok()) return found;
  for (const PolicyFinding& finding : LintPolicy(**policy, in_use)) {
    EXPECT_NE(finding.text.find(finding.about), std::string::npos) << finding.text;
    found.push_back(finding.kind + " " + finding.about);
  }
  return found;
}

std::string Rule(std::string_view name, std::string_view rest) {
  return "[[rule]]\nname = \"" + std::string(name) + "\"\n" + std::string(rest) + "\n";
}

TEST(PolicyLint, TheDefaultPolicyHasNoFinding) {
  const auto policy = PolicySet::Parse(PolicySet::DefaultToml());
  ASSERT_TRUE(policy.ok());
  for (const PolicyFinding& finding : LintPolicy(**policy, nullptr)) ADD_FAILURE() << finding.text;
}

TEST(PolicyLint, ARuleBehindOneThatDecidesAllOfItNeverMatches) {
  const auto behind = [](std::string_view first, std::string_view second) {
    return Lint(Rule("first", first) + Rule("second", second));
  };
  const std::vector<std::string> found = {"never-matches second"};
  constexpr std::string_view kShow = R"(roles = ["clerk"]
actions = ["customer.reveal"]
decision = "plain")";
  EXPECT_EQ(behind(kShow, kShow), found);
  EXPECT_EQ(behind(kShow, std::string(kShow) + "\ntier_at_most = 0"), found);
  EXPECT_THAT(behind(std::string(kShow) + "\ntier_at_most = 0", kShow), IsEmpty()) << "VIPs reach it";
  EXPECT_EQ(behind(kShow, std::string(kShow) + "\nsensitivities = [\"personal\"]"), found);
  EXPECT_THAT(behind(std::string(kShow) + "\nsensitivities = [\"personal\"]", kShow), IsEmpty());
  EXPECT_EQ(behind(std::string(kShow) + "\npurposes = [\"*\"]", std::string(kShow) + "\npurposes = [\"refund\"]"),
            found);
  EXPECT_THAT(behind(std::string(kShow) + "\npurposes = [\"*\"]", kShow), IsEmpty()) << "without a purpose";
  EXPECT_EQ(behind(std::string(kShow) + "\nnetworks = [\"10.0.0.0/8\"]",
                   std::string(kShow) + "\nnetworks = [\"10.1.0.0/16\"]"),
            found);
  EXPECT_THAT(behind(std::string(kShow) + "\nnetworks = [\"10.1.0.0/16\"]",
                     std::string(kShow) + "\nnetworks = [\"10.0.0.0/8\"]"),
              IsEmpty());
  EXPECT_EQ(behind(std::string(kShow) + "\nneeds = [\"training\"]",
                   std::string(kShow) + "\nneeds = [\"training\", \"device\"]"),
            found);
  EXPECT_THAT(behind(std::string(kShow) + "\nneeds = [\"training\"]", kShow), IsEmpty());
  EXPECT_EQ(behind(std::string(kShow) + "\nsecond_factor_max_age_seconds = 600",
                   std::string(kShow) + "\nsecond_factor_max_age_seconds = 300"),
            found);
  EXPECT_THAT(behind(std::string(kShow) + "\nhours = [\"mon-fri 08:00-17:00\"]", kShow), IsEmpty());
  EXPECT_THAT(behind(std::string(kShow) + "\nkinds = [\"staff\"]", kShow), IsEmpty());
}

TEST(PolicyLint, ARuleThatContradictsItselfNeverMatches) {
  constexpr std::string_view kRead = "roles = [\"clerk\"]\nactions = [\"customer.reveal\"]\ndecision = \"plain\"\n";
  const std::vector<std::string> found = {"never-matches odd"};
  EXPECT_EQ(Lint(Rule("odd", std::string(kRead) + "needs = [\"training\"]\nlacks = [\"training\"]")), found);
  EXPECT_THAT(Lint(Rule("odd", std::string(kRead) + "needs = [\"training\"]\nlacks = [\"training\", \"device\"]")),
              IsEmpty());
  EXPECT_EQ(Lint(Rule("odd", std::string(kRead) + "kinds = [\"application\"]\nneeds = [\"device\"]")), found);
  EXPECT_EQ(Lint(Rule("odd",
                      "roles = [\"clerk\"]\nactions = [\"policy.read\"]\nsensitivities = [\"personal\"]\n"
                      "decision = \"plain\"")),
            found);
}

TEST(PolicyLint, AGrantOfEverythingIsNamed) {
  EXPECT_THAT(Lint(Rule("all", "roles = [\"boss\"]\ndecision = \"plain\"")), ElementsAre("grants-any-action all"));
  EXPECT_THAT(Lint(Rule("none", "roles = [\"boss\"]\ndecision = \"deny\"")), IsEmpty());
}

TEST(PolicyLint, AStepUpThatOpensNothingIsADeadEnd) {
  constexpr std::string_view kAsk = R"(roles = ["clerk"]
actions = ["customer.reveal"]
decision = "needs_step_up")";
  EXPECT_THAT(Lint(Rule("ask", kAsk)), ElementsAre("dead-end ask"));
  EXPECT_THAT(Lint(Rule("show",
                        "roles = [\"clerk\"]\nactions = [\"customer.reveal\"]\nsecond_factor_max_age_seconds = 300\n"
                        "decision = \"plain\"") +
                   Rule("ask", kAsk)),
              IsEmpty());
}

TEST(PolicyLint, AnApprovalThatNobodyCanGiveIsNamed) {
  const auto without = PolicySet::Parse(R"toml(
roles = ["clerk"]
[[rule]]
name = "ask"
roles = ["clerk"]
actions = ["customer.reveal"]
decision = "needs_approval"
)toml");
  ASSERT_TRUE(without.ok());
  const std::vector<PolicyFinding> found = LintPolicy(**without, nullptr);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front().kind, "nobody-approves");
  EXPECT_THAT(Lint(Rule("ask", "roles = [\"clerk\"]\nactions = [\"customer.reveal\"]\ndecision = \"needs_approval\"")),
              IsEmpty());
}

TEST(PolicyLint, RolesWithoutRulesOrPeopleAreNamed) {
  const std::vector<std::string> only_clerks = {"clerk"};
  EXPECT_THAT(Lint("", &only_clerks), ElementsAre("role-without-anybody boss"));
  const std::vector<std::string> both = {"boss", "clerk"};
  EXPECT_THAT(Lint("", &both), IsEmpty());
  const auto policy = PolicySet::Parse(
      "roles = [\"clerk\", \"ghost\"]\n[[rule]]\nname = \"r\"\nroles = [\"clerk\"]\n"
      "actions = [\"customer.read\"]\ndecision = \"masked\"\n");
  ASSERT_TRUE(policy.ok());
  const std::vector<PolicyFinding> found = LintPolicy(**policy, nullptr);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front().about, "ghost");
}

TEST(PolicyLint, ABudgetThatCountsNothingIsNamed) {
  constexpr std::string_view kBudget = "[[budget]]\nname = \"b\"\nroles = [\"clerk\"]\ncustomers = 5\nper = \"hour\"\n";
  EXPECT_THAT(Lint(std::string(kBudget) + "actions = [\"customer.export\"]\n"), ElementsAre("budget-without-grant b"));
  EXPECT_THAT(Lint(std::string(kBudget) + "actions = [\"customer.read\"]\n"), IsEmpty());
}

}  // namespace
}  // namespace strongroom
