// A colleague's approval over the API: what is described, decided and sent is one and the same request.
#include "base/encoding.h"
#include "http/asked_questions.h"
#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ApiApprovalsTest : public ApiTest {
 protected:
  ApiApprovalsTest() {
    vault_.AddPerson("anna", {"support"});
    vault_.AddPerson("bo", {"support"});
    vault_.AddPerson("cilla", {"administrator"});
    vault_.AddPerson("david", {"administrator"});
    vip_ = vault_.CreateCustomer({{"email", "vip@example.com"}}, {}, "main", 1);
  }

  static std::string Described(const std::string& method, const std::string& target, const std::string& body,
                               const std::string& reason = "she called") {
    Bytes out;
    JsonWriter json(out);
    json.BeginObject().String("method", method).String("target", target).String("body", body);
    json.String("reason", reason).EndObject();
    return out;
  }
  // Asks, and answers the id.
  std::string Ask(std::string_view who, const std::string& method, const std::string& target, const std::string& body) {
    const ApiAnswer asked = Call(who, "POST /v1/approvals", Described(method, target, body));
    EXPECT_EQ(asked.status, 201) << asked.body;
    return asked.TextOf("id");
  }
  std::string Decide(std::string_view who, const std::string& id, const std::string& how) {
    return Outcome(who, "POST /v1/approvals/" + id + "/" + how);
  }

  std::string vip_;
  const std::string reveal_ = R"({"fields":["email"],"purpose":"delivery"})";
};

TEST_F(ApiApprovalsTest, AVipIsShownOnceAColleagueAgreed) {
  const std::string target = "/v1/customers/" + vip_ + "/reveal";
  EXPECT_EQ(Outcome("anna", "POST " + target, reveal_), "403 approval-needed");
  const std::string id = Ask("anna", "POST", target, reveal_);
  EXPECT_EQ(Outcome("anna", "POST " + target, reveal_, {{"X-Approval", id}}), "403 approval-waiting");
  EXPECT_EQ(Decide("anna", id, "grant"), "403 own-case-refused");
  EXPECT_EQ(Decide("cilla", id, "grant"), "403 denied");
  const ApiAnswer seen = Call("bo", "GET /v1/approvals/" + id);
  EXPECT_EQ(seen.TextOf("body"), reveal_) << "the approver sees exactly what will run";
  EXPECT_EQ(seen.TextOf("target"), target);
  EXPECT_THAT(Call("cilla", "GET /v1/approvals").body, Not(HasSubstr(vip_)));
  EXPECT_EQ(Decide("bo", id, "grant"), "200");
  // One byte more is another request.
  EXPECT_EQ(Outcome("anna", "POST " + target, reveal_ + " ", {{"X-Approval", id}}), "403 approval-unusable");
  EXPECT_EQ(Outcome("anna", "POST " + target + "?x=1", reveal_, {{"X-Approval", id}}), "403 approval-unusable");
  EXPECT_EQ(Outcome("bo", "POST " + target, reveal_, {{"X-Approval", id}}), "404 approval-not-found");
  const ApiAnswer shown = Call("anna", "POST " + target, reveal_, {{"X-Approval", id}});
  EXPECT_EQ(shown.status, 200) << shown.body;
  EXPECT_THAT(shown.body, HasSubstr("vip@example.com"));
  EXPECT_EQ(Outcome("anna", "POST " + target, reveal_, {{"X-Approval", id}}), "403 approval-unusable");
}

TEST_F(ApiApprovalsTest, APolicyIsChangedByTwo) {
  const std::string policy = TestPolicy() + "\n# tighter\n";
  const Headers as_toml = {{"Content-Type", "application/toml"}};
  EXPECT_EQ(Outcome("cilla", "PUT /v1/policy", policy, as_toml), "403 approval-needed");
  const std::string id = Ask("cilla", "PUT", "/v1/policy", policy);
  EXPECT_EQ(Decide("anna", id, "grant"), "403 denied");
  EXPECT_EQ(Decide("david", id, "grant"), "200");
  Headers approved = as_toml;
  approved.push_back({"X-Approval", id});
  EXPECT_EQ(Outcome("cilla", "PUT /v1/policy", policy + "#", approved), "403 approval-unusable");
  EXPECT_EQ(Outcome("cilla", "PUT /v1/policy", policy, approved), "200");
  vault_.SequenceAll();
  // The log names old and new, and who agreed.
  const std::string log = Call("auditor", "GET /v1/audit/entries?log=office&limit=100").body;
  EXPECT_THAT(log, HasSubstr("approval " + id + " pending to granted: policy.change from "));
  EXPECT_THAT(log, HasSubstr("approval " + id + " by " + FormatPrincipalId(vault_.IdOf("david"))));
}

TEST_F(ApiApprovalsTest, AFailedRequestHasSpentItToo) {
  const std::string body = R"({"name":"x","kind":"application","roles":["no-such-role"]})";
  const std::string id = Ask("cilla", "POST", "/v1/api-keys", body);
  EXPECT_EQ(Decide("david", id, "grant"), "200");
  EXPECT_EQ(Outcome("cilla", "POST /v1/api-keys", body, {{"X-Approval", id}}), "400 role-unknown");
  EXPECT_EQ(Outcome("cilla", "POST /v1/api-keys", body, {{"X-Approval", id}}), "403 approval-unusable");
}

TEST_F(ApiApprovalsTest, TheTierOfAVipNeedsTwo) {
  vault_.AddPerson("eva", {"privacy-officer"});
  vault_.AddPerson("filip", {"privacy-officer"});
  const std::string line = "/v1/customers/" + vip_;
  const std::string body = R"({"collection_point":"web-signup","tier":0})";
  const Headers any = {{"If-Match", "*"}};
  EXPECT_EQ(Outcome("application", "PATCH " + line, body, any), "403 denied");
  EXPECT_EQ(Outcome("eva", "PATCH " + line, body, any), "403 approval-needed");
  const std::string id = Ask("eva", "PATCH", line, body);
  EXPECT_EQ(Decide("filip", id, "grant"), "200");
  EXPECT_EQ(Outcome("eva", "PATCH " + line, body, {{"If-Match", "*"}, {"X-Approval", id}}), "200");
  // Raising it is free.
  EXPECT_EQ(Outcome("application", "PATCH " + line, R"({"collection_point":"web-signup","tier":1})", any), "200");
}

TEST_F(ApiApprovalsTest, AnExportIsOpenedWholeAndOnce) {
  vault_.AddPerson("eva", {"privacy-officer"});
  vault_.AddPerson("filip", {"privacy-officer"});
  std::vector<std::string> codes;
  for (int i = 0; i < 5; ++i) {
    codes.push_back(vault_.CreateCustomer({{"email", "e" + std::to_string(i) + "@example.com"}}));
  }
  const std::string line = "POST /v1/customers:export";
  const auto page = [](const std::string& cursor) {
    return R"({"fields":["email"],"recipient":"courier","purpose":"delivery","limit":2)" +
           (cursor.empty() ? "" : R"(, "cursor": ")" + cursor + "\"") + "}";
  };
  EXPECT_EQ(Outcome("eva", line, page("")), "403 approval-needed");
  const std::string id = Ask("eva", "POST", "/v1/customers:export", page(""));
  EXPECT_EQ(Decide("filip", id, "grant"), "200");
  const Headers approved = {{"X-Approval", id}};
  const ApiAnswer first = Call("eva", line, page(""), approved);
  ASSERT_EQ(first.status, 200) << first.body;
  std::string cursor = first.TextOf("next_cursor");
  EXPECT_EQ(Outcome("eva", line, page(""), approved), "403 approval-unusable") << "not from the start again";
  const std::string elsewhere = codes[codes[0] == cursor ? 1 : 0];
  EXPECT_EQ(Outcome("eva", line, page(elsewhere), approved), "403 approval-unusable") << "nor from elsewhere";
  const std::string wider =
      R"({"fields":["email","card"],"recipient":"courier","purpose":"delivery","limit":2,"cursor":")" + cursor +
      R"("})";
  EXPECT_EQ(Outcome("eva", line, wider, approved), "403 approval-unusable") << "nor with more fields";
  int pages = 1;
  while (!cursor.empty()) {
    const ApiAnswer next = Call("eva", line, page(cursor), approved);
    ASSERT_EQ(next.status, 200) << next.body;
    EXPECT_EQ(Outcome("eva", line, page(cursor), approved), "403 approval-unusable") << "each page once";
    cursor = next.TextOf("next_cursor");
    ++pages;
  }
  EXPECT_GE(pages, 3);
}

TEST_F(ApiApprovalsTest, BadQuestionsAreRefused) {
  const auto ask = [&](const std::string& method, const std::string& target, const std::string& body) {
    return Outcome("anna", "POST /v1/approvals", Described(method, target, body));
  };
  EXPECT_EQ(ask("GET", "/v1/nowhere", ""), "404 route-not-found");
  EXPECT_EQ(ask("DELETE", "/v1/customers/" + vip_ + "/reveal", ""), "404 route-not-found");
  EXPECT_EQ(ask("POST", "v1/policy", ""), "400 invalid-argument");
  EXPECT_EQ(ask("POST", "/v1/customers/" + vip_ + "/reveal", "{"), "400 malformed-json");
  EXPECT_EQ(ask("POST", "/v1/customers/" + vip_ + "/reveal", R"({"fields":["nothing"]})"), "400 field-unknown");
  EXPECT_EQ(ask("POST", "/v1/customers/" + vip_ + "/reveal", "{}"), "400 invalid-argument");
  EXPECT_EQ(ask("POST", "/v1/customers/1/reveal", reveal_), "400 code-mistyped");
  EXPECT_EQ(ask("DELETE", "/v1/customers/" + vip_, ""), "403 denied") << "support erases nobody, approved or not";
  EXPECT_EQ(Outcome("anna", "GET /v1/approvals/zz"), "404 approval-not-found");
  EXPECT_EQ(Outcome("anna", "POST /v1/approvals", R"({"method":"PUT","target":"/v1/policy"})"), "400 missing-member");
}

TEST_F(ApiApprovalsTest, WhoMayNotAskLearnsNothingOfWhoThereIs) {
  const std::string gone = vault_.CreateCustomer({{"email", "gone@example.com"}});
  EXPECT_EQ(Outcome("everything", "DELETE /v1/customers/" + gone), "200");
  for (const std::string& code : {vip_, gone}) {
    EXPECT_EQ(Outcome("cilla", "POST /v1/approvals", Described("POST", "/v1/customers/" + code + "/reveal", reveal_)),
              "403 denied")
        << code;
  }
  EXPECT_EQ(Outcome("anna", "POST /v1/approvals", Described("POST", "/v1/customers/" + gone + "/reveal", reveal_)),
            "404 customer-not-found")
      << "the control";
}

TEST_F(ApiApprovalsTest, TheGlassIsBrokenOverTheApi) {
  const std::string target = "POST /v1/customers/" + vip_ + "/reveal";
  // A key shows no second factor, so policy asks for one first.
  EXPECT_EQ(Outcome("anna", target, reveal_, {{"X-Break-Glass", "she%20fainted%20here"}, {"X-Case", "SUP-1"}}),
            "403 denied");
  EXPECT_EQ(Outcome("anna", target, reveal_, {{"X-Case", "Ada Lovelace"}}), "400 invalid-argument");
}

TEST_F(ApiApprovalsTest, BudgetsAreShownAndReleased) {
  std::vector<std::string> codes;
  for (int i = 0; i < 41; ++i) codes.push_back(vault_.CreateCustomer({{"email", std::to_string(i) + "@example.com"}}));
  for (const std::string& code : codes) {
    const std::string outcome = Outcome("anna", "POST /v1/customers/" + code + "/reveal", reveal_);
    EXPECT_EQ(outcome, &code == &codes.back() ? "429 budget-exhausted" : "200");
  }
  EXPECT_THAT(Call("anna", "GET /v1/budgets").body, HasSubstr(R"("budget":"support-hour","limit":40,"used":40)"));
  const std::string release = "POST /v1/staff/" + FormatPrincipalId(vault_.IdOf("anna")) + "/release";
  EXPECT_EQ(Outcome("cilla", release), "409 staff-state-wrong");
  for (int i = 0; i < 25; ++i) Outcome("anna", "POST /v1/customers/" + codes.back() + "/reveal", reveal_);
  EXPECT_EQ(Outcome("anna", "GET /v1/customers/" + codes[0]), "403 person-locked");
  EXPECT_EQ(Outcome("bo", release), "403 denied");
  EXPECT_EQ(Outcome("cilla", release), "200");
  EXPECT_EQ(Outcome("anna", "POST /v1/customers/" + codes.back() + "/reveal", reveal_), "200");
}

// The table names routes there are, so that a question about one that was renamed does not fail for ever.
TEST_F(ApiApprovalsTest, EveryRouteThatCanBeApprovedIsARoute) {
  std::set<std::string> routes;
  for (const auto& route : router_.routes()) routes.insert(route->method + " " + route->pattern);
  for (const RouteAction& route : RouteActions()) {
    EXPECT_TRUE(routes.contains(std::string(route.method) + " " + std::string(route.pattern))) << route.pattern;
  }
}

}  // namespace
}  // namespace strongroom
