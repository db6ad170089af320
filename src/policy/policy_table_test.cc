#include "policy/policy_table.h"

#include <gtest/gtest.h>

#include <set>

namespace strongroom {
namespace {

constexpr std::string_view kPolicy = R"(
roles = ["clerk", "boss"]
[[rule]]
name = "clerk-reads"
roles = ["clerk"]
actions = ["customer.read"]
decision = "masked"
[[rule]]
name = "boss-reveals-one-field-at-night"
roles = ["boss"]
actions = ["customer.reveal"]
sensitivities = ["financial"]
fields = ["iban"]
purposes = ["refund"]
compartments = ["north"]
networks = ["10.1.0.0/16"]
second_factor_max_age_seconds = 60
decision = "plain"
)";

Result<PolicyTableReport> RunTable(std::string_view policy_toml, std::string_view table_toml) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const PolicySet> policy, PolicySet::Parse(policy_toml));
  ASSIGN_OR_RETURN(const PolicyTable table, PolicyTable::Parse(table_toml));
  return table.Run(*policy);
}

constexpr std::string_view kRightTable = R"(
rest = "deny"
[[case]]
who = "clerk"
what = "customer.read"
sensitivity = ["none", "personal"]
decision = "masked"
rule = "clerk-reads"
[[case]]
who = "boss"
what = "customer.reveal"
sensitivity = "financial"
field = "iban"
why = "refund"
compartment = "north"
from = "10.1.2.3"
second_factor_age_seconds = 60
decision = "plain"
)";

TEST(PolicyTable, ATableThatAgreesHasNoMismatch) {
  const Result<PolicyTableReport> report = RunTable(kPolicy, kRightTable);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(report->cases, 2u);
  EXPECT_EQ(report->questions, 3u);
  EXPECT_GT(report->rest_questions, 1000u);
  for (const PolicyMismatch& mismatch : report->mismatches) ADD_FAILURE() << mismatch.ToString();
}

TEST(PolicyTable, AWrongDecisionAndAWrongRuleAreReportedWithTheirLine) {
  const Result<PolicyTableReport> report = RunTable(kPolicy, R"([[case]]
who = "clerk"
what = "customer.read"
decision = "plain"
[[case]]
who = "clerk"
what = "customer.read"
decision = "masked"
rule = "another"
)");
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  ASSERT_EQ(report->mismatches.size(), 2u);
  EXPECT_EQ(report->mismatches[0].ToString(),
            "line 1: clerk asks customer.read: expected plain, got masked by clerk-reads");
  EXPECT_EQ(report->mismatches[1].ToString(),
            "line 5: clerk asks customer.read: expected masked by another, got masked by clerk-reads");
}

TEST(PolicyTable, TheRestFindsAGrantHoweverNarrow) {
  const Result<PolicyTableReport> report = RunTable(kPolicy, R"(rest = "deny"
[[case]]
who = "clerk"
what = "customer.read"
decision = "masked"
)");
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  ASSERT_EQ(report->mismatches.size(), 1u);
  EXPECT_EQ(report->mismatches[0].got_rule, "boss-reveals-one-field-at-night");
  EXPECT_EQ(report->mismatches[0].line, 0);
}

TEST(PolicyTable, WithoutRestOnlyTheCasesAreAsked) {
  const Result<PolicyTableReport> report =
      RunTable(kPolicy, "[[case]]\nwho = \"clerk\"\nwhat = \"customer.read\"\ndecision = \"masked\"\n");
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(report->rest_questions, 0u);
  EXPECT_TRUE(report->mismatches.empty());
}

TEST(PolicyTable, ARoleThePolicyLacksIsAnErrorNotAPass) {
  EXPECT_EQ(RunTable(kPolicy, "[[case]]\nwho = \"clark\"\nwhat = \"customer.read\"\ndecision = \"deny\"\n").reason(),
            Reason::kRoleUnknown);
  EXPECT_EQ(RunTable(kPolicy, "[[case]]\nwho = \"clerk+\"\nwhat = \"customer.read\"\ndecision = \"masked\"\n").reason(),
            Reason::kRoleUnknown);
  EXPECT_TRUE(
      RunTable(kPolicy, "[[case]]\nwho = \"clerk+boss\"\nwhat = \"customer.read\"\ndecision = \"masked\"\n").ok());
}

TEST(PolicyTable, RefusesWhatItCannotMean) {
  ASSERT_TRUE(PolicyTable::Parse(kRightTable).ok());
  const std::string head = "[[case]]\nwho = \"clerk\"\nwhat = \"customer.read\"\ndecision = \"deny\"\n";
  ASSERT_TRUE(PolicyTable::Parse(head).ok());
  for (const std::string& toml :
       {std::string(), std::string("rest = \"deny\"\n"), "rest = \"plain\"\n" + head, head + "whom = \"x\"\n",
        head + "sensitivity = \"secret\"\n", head + "from = \"10.0.0.0/8\"\n", head + "tier = 256\n",
        head + "second_factor_age_seconds = -1\n", head + "sensitivity = []\n",
        std::string("[[case]]\nwho = \"clerk\"\nwhat = \"customer.read\"\n"),
        std::string("[[case]]\nwhat = \"customer.read\"\ndecision = \"deny\"\n"),
        std::string("[[case]]\nwho = \"clerk\"\ndecision = \"deny\"\n"),
        std::string("[[case]]\nwho = \"clerk\"\nwhat = \"customer.show\"\ndecision = \"deny\"\n"),
        std::string("[[case]]\nwho = \"clerk\"\nwhat = \"customer.read\"\ndecision = \"allow\"\n")}) {
    EXPECT_EQ(PolicyTable::Parse(toml).reason(), Reason::kPolicyInvalid) << toml;
  }
}

TEST(DefaultPolicy, DoesWhatItsTableSays) {
  const Result<PolicyTableReport> report = RunTable(PolicySet::DefaultToml(), PolicySet::DefaultCasesToml());
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  for (const PolicyMismatch& mismatch : report->mismatches) ADD_FAILURE() << mismatch.ToString();
  std::printf("%zu cases, %zu questions, %zu of the rest\n", report->cases, report->questions, report->rest_questions);
}

TEST(DefaultPolicy, EveryRuleDecidesAtLeastOneCaseOfTheTable) {
  const auto policy = *PolicySet::Parse(PolicySet::DefaultToml());
  const auto table = *PolicyTable::Parse(PolicySet::DefaultCasesToml());
  // A rule that decides nothing changes nothing when it is taken out; each is taken out in turn and the table must
  // notice.
  for (const PolicyRule& rule : policy->rules()) {
    std::string toml(PolicySet::DefaultToml());
    const size_t name = toml.find("name = \"" + rule.name + "\"");
    const size_t start = toml.rfind("[[rule]]", name);
    const size_t end = toml.find("\n", toml.find("decision = ", name));
    toml.erase(start, end - start);
    const Result<std::shared_ptr<const PolicySet>> without = PolicySet::Parse(toml);
    ASSERT_TRUE(without.ok()) << without.status().ToString();
    ASSERT_EQ((*without)->rules().size() + 1, policy->rules().size());
    const Result<PolicyTableReport> report = table.Run(**without);
    ASSERT_TRUE(report.ok());
    EXPECT_FALSE(report->mismatches.empty()) << rule.name << " could be left out unnoticed";
  }
}

// Asked in the most permitted way there is: every purpose, a second factor this very moment, from the machine itself.
Decided AskFreely(const PolicySet& policy, const std::string& role, Action action, int sensitivity, uint8_t tier) {
  auto principal = std::make_shared<Principal>();
  principal->id = 1;
  principal->kind = PrincipalKind::kStaff;
  principal->roles = {role};
  principal->purposes = {"*"};
  Caller caller;
  caller.principal = principal;
  caller.address = IpAddress::Loopback();
  caller.purpose = "any-purpose";
  caller.second_factor_age_seconds = 0;
  caller.case_reference = "a-case";
  caller.standing = {true, true, true, DeviceState::kHealthy, uint16_t{0}};
  PolicyQuestion question;
  question.action = action;
  question.has_field = sensitivity >= 0;
  if (question.has_field) question.sensitivity = static_cast<Sensitivity>(sensitivity);
  question.tier = tier;
  return policy.Decide(caller, question);
}

TEST(DefaultPolicy, WhoRunsTheSystemTouchesNoPersonalData) {
  const auto policy = *PolicySet::Parse(PolicySet::DefaultToml());
  int denied = 0;
  for (const std::string role : {"administrator", "operator"}) {
    for (Action action : AllActions()) {
      if (!TouchesPersonalData(action)) continue;
      for (int sensitivity = -1; sensitivity < kSensitivityCount; ++sensitivity) {
        for (const uint8_t tier : {uint8_t{0}, uint8_t{1}}) {
          EXPECT_EQ(AskFreely(*policy, role, action, sensitivity, tier).decision, Decision::kDeny)
              << role << " " << NameOf(action) << " " << sensitivity;
          ++denied;
        }
      }
    }
  }
  // The same questions are answered to those whose work it is, and these two may do their own work.
  EXPECT_EQ(
      AskFreely(*policy, "support", Action::kCustomerReveal, static_cast<int>(Sensitivity::kPersonal), 0).decision,
      Decision::kPlain);
  EXPECT_EQ(AskFreely(*policy, "operator", Action::kServerUnlock, -1, 0).decision, Decision::kPlain);
  EXPECT_EQ(AskFreely(*policy, "administrator", Action::kPolicyRead, -1, 0).decision, Decision::kPlain);
  std::printf("%d questions denied\n", denied);
}

TEST(DefaultPolicy, NobodyGetsACredentialInPlainNotEvenWithAllRoles) {
  const auto policy = *PolicySet::Parse(PolicySet::DefaultToml());
  const int credential = static_cast<int>(Sensitivity::kCredential);
  for (const std::string& role : policy->roles()) {
    for (Action action : {Action::kCustomerRead, Action::kCustomerList, Action::kCustomerSearch,
                          Action::kCustomerReveal, Action::kCustomerCompare, Action::kCustomerExport, Action::kFileGet,
                          Action::kTokenCreate, Action::kTokenResolve}) {
      EXPECT_EQ(AskFreely(*policy, role, action, credential, 0).decision, Decision::kDeny) << role << NameOf(action);
    }
  }
  EXPECT_EQ(AskFreely(*policy, "application", Action::kPasswordVerify, credential, 0).decision, Decision::kPlain);
}

}  // namespace
}  // namespace strongroom
