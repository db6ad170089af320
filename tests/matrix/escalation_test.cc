// No role reaches more rights than its own, whatever it asks for alone: after everything was tried, the keys, the
// people who may act, and the policy give what they gave before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "tests/matrix/matrix_fixture.h"

namespace strongroom::matrix {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

// Ways to more, as somebody with a session and a list of the endpoints would try them.
constexpr std::string_view kAttempts = R"(
POST /v1/api-keys
body: {"name":"mine","kind":"staff","roles":["administrator","support","privacy-officer"],"purposes":["*"]}
POST /v1/api-keys
body: {"name":"mine","kind":"application","roles":["everything"],"purposes":["*"]}
POST /v1/api-keys
body: {"name":"mine","kind":"system","roles":["everything"],"purposes":["*"]}
POST /v1/staff/{id}/roles
> /v1/staff/{self}/roles
body: {"roles":[{"role":"administrator"},{"role":"everything"}]}
POST /v1/staff/{id}/roles
> /v1/staff/{person}/roles
body: {"roles":[{"role":"everything"}]}
POST /v1/staff/{id}/resume
> /v1/staff/{suspended}/resume
POST /v1/staff/{id}/invite-again
> /v1/staff/{self}/invite-again
POST /v1/staff
body: {"name":"me-too-{unique}","roles":[{"role":"everything"}]}
POST /v1/staff/{id}/vet
> /v1/staff/{self}/vet
body: {"reference":"trust me"}
PUT /v1/policy
type: application/toml
body: {wide-policy}
POST /v1/approvals
body: {"method":"POST","target":"/v1/api-keys","body":"{\"name\":\"mine\",\"kind\":\"staff\",\"roles\":[\"everything\"]}","reason":"please"}
POST /v1/approvals/{id}/grant
> /v1/approvals/{own-question}/grant
)";

std::vector<Example> Attempts() {
  const Result<std::vector<Example>> attempts = ReadExamples(std::string(kAttempts));
  EXPECT_TRUE(attempts.ok()) << attempts.status().ToString();
  return attempts.ok() ? *attempts : std::vector<Example>();
}

// What gives rights now and did not before.
std::vector<std::string> Gained(const std::set<std::string>& before, const std::set<std::string>& after) {
  std::vector<std::string> gained;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(gained));
  return gained;
}

std::vector<std::string> TryEverything(Stage& stage, const std::string& caller, Condition condition) {
  std::vector<std::string> gained;
  for (const Example& attempt : Attempts()) {
    stage.Prepare(caller);  // colleagues of the attempt are there before it is looked at what it gains
    const std::set<std::string> before = stage.Rights();
    stage.Ask(attempt, caller, condition);
    for (const std::string& one : Gained(before, stage.Rights())) gained.push_back(attempt.name + " gave " + one);
  }
  return gained;
}

TEST(Escalation, NobodyReachesMoreAlone) {
  Stage stage;
  for (const std::string& caller : Stage::Callers()) {
    if (caller == "key:administrator") continue;  // the control
    EXPECT_THAT(TryEverything(stage, caller, Condition::kAll), IsEmpty()) << caller;
  }
}

TEST(Escalation, TheKeyThatSetsTheHouseUpDoes) {
  Stage stage;
  EXPECT_THAT(TryEverything(stage, "key:administrator", Condition::kAll), Not(IsEmpty()));
}

TEST(Escalation, TwoAdministratorsTogetherDo) {
  Stage stage;
  EXPECT_THAT(TryEverything(stage, "administrator", Condition::kApproved), Not(IsEmpty()));
}

TEST(Escalation, TwoPeopleOfSupportTogetherDoNot) {
  Stage stage;
  for (const char* role : {"support", "privacy-officer", "auditor"}) {
    EXPECT_THAT(TryEverything(stage, role, Condition::kApproved), IsEmpty()) << role;
  }
}

}  // namespace
}  // namespace strongroom::matrix
