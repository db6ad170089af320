// The outbox over the API: what waits is listed masked, tried again, thrown away; a test message tells what happened.
#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ApiOutboxTest : public ApiTest {
 protected:
  std::string PutOne() {
    Notice notice;
    notice.kind = "alarm";
    notice.to_house = true;
    notice.parameters = {{"what", "decoy.touched"}, {"count", "1"}, {"time", "2026-11-22T06:05:53Z"}};
    const Result<std::vector<NoticeId>> ids = vault_->outbox().PutAlone(notice);
    EXPECT_TRUE(ids.ok()) << ids.status().ToString();
    return ids.ok() && !ids->empty() ? FormatNoticeId(ids->front()) : "";
  }
};

TEST_F(ApiOutboxTest, ListsRetriesAndDiscards) {
  const std::string first = PutOne();
  const std::string second = PutOne();
  const ApiAnswer list = Call("operator", "GET /v1/outbox?state=waiting&limit=1");
  EXPECT_EQ(list.status, 200) << list.body;
  EXPECT_THAT(list.body, HasSubstr(R"("waiting":2,"dead":0)"));
  EXPECT_THAT(list.body, HasSubstr(R"("kind":"alarm","channel":"syslog","to":"siem","state":"waiting","attempts":0)"));
  EXPECT_THAT(list.body, Not(HasSubstr("decoy"))) << "parameters are not shown";
  const ApiAnswer rest = Call("operator", "GET /v1/outbox?after=" + list.TextOf("next"));
  EXPECT_THAT(rest.body, HasSubstr(R"("state":"waiting")"));
  EXPECT_EQ(rest.TextOf("next"), "");
  EXPECT_EQ(Outcome("operator", "POST /v1/outbox/" + first + "/retry"), "200");
  EXPECT_EQ(Outcome("operator", "DELETE /v1/outbox/" + first), "200");
  EXPECT_EQ(Outcome("operator", "DELETE /v1/outbox/" + first), "404 notice-not-found");
  EXPECT_EQ(Outcome("operator", "POST /v1/outbox/" + first + "/retry"), "404 notice-not-found");
  EXPECT_EQ(Outcome("operator", "DELETE /v1/outbox/xyz"), "400 invalid-argument");
  EXPECT_THAT(Call("operator", "GET /v1/outbox").body, HasSubstr(second));
}

TEST_F(ApiOutboxTest, OnlyWhoRunsTheSystemMay) {
  const std::string id = PutOne();
  for (const char* role : {"application", "support", "partner", "importer", "auditor", "privacy-officer"}) {
    EXPECT_EQ(Outcome(role, "GET /v1/outbox"), "403 denied") << role;
    EXPECT_EQ(Outcome(role, "POST /v1/outbox/" + id + "/retry"), "403 denied") << role;
    EXPECT_EQ(Outcome(role, "DELETE /v1/outbox/" + id), "403 denied") << role;
    EXPECT_EQ(Outcome(role, "POST /v1/outbox:test", R"({"channel":"syslog","to":"siem"})"), "403 denied") << role;
  }
  EXPECT_EQ(Outcome("", "GET /v1/outbox"), "401 credential-missing");
  for (const char* role : {"administrator", "operator"}) EXPECT_EQ(Outcome(role, "GET /v1/outbox"), "200") << role;
}

TEST_F(ApiOutboxTest, ATestSaysWhetherItWasSent) {
  const ApiAnswer sent =
      Call("operator", "POST /v1/outbox:test", R"({"channel":"syslog","to":"siem","language":"zh"})");
  EXPECT_EQ(sent.body, R"({"sent":true})");
  EXPECT_EQ(Outcome("operator", "POST /v1/outbox:test", R"({"channel":"mail","to":"ada@example.com"})"),
            "400 config-invalid");
  EXPECT_EQ(Outcome("operator", "POST /v1/outbox:test", R"({"channel":"mail","to":"ada"})"), "400 invalid-argument");
  EXPECT_EQ(Outcome("operator", "POST /v1/outbox:test", R"({"channel":"post","to":"siem"})"), "400 invalid-argument");
  EXPECT_EQ(Outcome("operator", "POST /v1/outbox:test", R"({"channel":"syslog","to":"siem","x":1})"),
            "400 unknown-member");
  EXPECT_EQ(Outcome("operator", "GET /v1/outbox?state=lost"), "400 invalid-argument");
  EXPECT_EQ(Outcome("operator", "GET /v1/outbox?after=x"), "400 cursor-invalid");
}

TEST_F(ApiOutboxTest, MetricsCountWhatWaits) {
  PutOne();
  const ApiAnswer metrics = Call("", "GET /metrics");
  EXPECT_THAT(metrics.body, HasSubstr("strongroom_outbox_waiting 1\n"));
  EXPECT_THAT(metrics.body, HasSubstr("strongroom_outbox_dead 0\n"));
}

}  // namespace
}  // namespace strongroom
