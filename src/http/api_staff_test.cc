// People over HTTP: every answer is held to the OpenAPI document by the fixture.
#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ApiStaffTest : public ApiTest {
 protected:
  std::string Invite(const std::string& name) {
    const ApiAnswer answer = Call("administrator", "POST /v1/staff",
                                  R"({"name":")" + name +
                                      R"(","display_name":"Ada Lind","email":"ada@example.com",)"
                                      R"("roles":[{"role":"support","until":"2030-01-01T00:00:00Z"}],)"
                                      R"("purposes":["customer-service"],"networks":["10.0.0.0/8"]})");
    EXPECT_EQ(answer.status, 201) << answer.body;
    code_ = answer.TextOf("enrolment_code");
    return answer.TextOf("id");
  }
  std::string code_;
};

TEST_F(ApiStaffTest, AnInvitationShowsItsCodeOnce) {
  const std::string id = Invite("ada");
  EXPECT_EQ(code_.size(), 35u);
  const ApiAnswer read = Call("administrator", "GET /v1/staff/" + id);
  EXPECT_EQ(read.status, 200);
  EXPECT_THAT(read.body, AllOf(HasSubstr("\"invited\""), HasSubstr("Ada Lind"), Not(HasSubstr(code_))));
  EXPECT_THAT(Call("auditor", "GET /v1/staff").body, AllOf(HasSubstr(id), Not(HasSubstr(code_))));
  EXPECT_EQ(Outcome("administrator", "POST /v1/staff", R"({"name":"ADA","roles":[{"role":"support"}]})"),
            "409 staff-name-taken");
}

TEST_F(ApiStaffTest, WhoeverInvitedDoesNotVet) {
  const std::string id = Invite("ada");
  const std::string body = R"({"reference":"folder 7"})";
  EXPECT_EQ(Outcome("administrator", "POST /v1/staff/" + id + "/vet", body), "403 own-case-refused");
  EXPECT_EQ(Outcome("support", "POST /v1/staff/" + id + "/vet", body), "403 denied");
  EXPECT_EQ(Call("everything", "POST /v1/staff/" + id + "/vet", body).TextOf("state"), "vetted") << "control";
}

TEST_F(ApiStaffTest, RegistersSayWhoIsBehind) {
  const std::string id = Invite("ada");
  const std::string record = "POST /v1/staff/" + id + "/record";
  EXPECT_EQ(Outcome("administrator", "PUT /v1/registers/phishing", R"({"version":"1"})"), "400 register-unknown");
  EXPECT_EQ(Outcome("support", "PUT /v1/registers/phishing", R"({"version":"1","kind":"training"})"), "403 denied");
  EXPECT_EQ(Outcome("administrator", "PUT /v1/registers/phishing",
                    R"({"version":"1","kind":"training","valid_days":90,"reference":"course 4"})"),
            "200");
  EXPECT_THAT(Call("auditor", "GET /v1/registers").body, AllOf(HasSubstr(id), HasSubstr("course 4")));
  for (const char* name : {"training", "phishing", "agreement", "acceptable-use"}) {
    EXPECT_EQ(Outcome("administrator", record, R"({"register":")" + std::string(name) + R"(","version":"1"})"), "200");
  }
  EXPECT_EQ(Outcome("administrator", record, R"({"register":"training","version":"9"})"), "400 invalid-argument");
  EXPECT_THAT(Call("auditor", "GET /v1/registers").body, Not(HasSubstr(id))) << "control: all done";
}

TEST_F(ApiStaffTest, SettingsOfAccessChangeOnlyAsTheyWereRead) {
  const ApiAnswer read = Call("administrator", "GET /v1/access-settings");
  EXPECT_EQ(read.status, 200);
  const std::string etag = read.HeaderOf("ETag");
  EXPECT_EQ(read.TextOf("etag"), etag);
  const std::string line = "PUT /v1/access-settings";
  const std::string zone = R"({"time_zone":"Europe/Stockholm","networks":{"support":["10.0.0.0/8"]}})";
  EXPECT_EQ(Outcome("administrator", line, zone), "428 precondition-required");
  EXPECT_EQ(Outcome("administrator", line, zone, {{"If-Match", "\"0000000000000001\""}}), "412 precondition-failed");
  const ApiAnswer changed = Call("administrator", line, zone, {{"If-Match", etag}});
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(Outcome("administrator", line, changed.body), "200") << "what GET answers can be sent back whole";
  EXPECT_EQ(Outcome("administrator", line, R"({"time_zone":"Mars/Olympus","etag":"*"})"), "400 invalid-argument");
  EXPECT_EQ(Outcome("administrator", line, R"({"networks":{"king":["::1"]},"etag":"*"})"), "400 role-unknown");
  EXPECT_EQ(Outcome("support", line, R"({"etag":"*"})"), "403 denied");
}

TEST_F(ApiStaffTest, RolesRegistersAndLeaving) {
  const std::string id = Invite("ada");
  EXPECT_EQ(Call("administrator", "POST /v1/staff/" + id + "/roles", R"({"roles":[{"role":"auditor"}]})").status, 200);
  EXPECT_EQ(Call("administrator", "POST /v1/staff/" + id + "/record",
                 R"({"register":"training","version":"1","valid_until":"2030-01-01T00:00:00Z"})")
                .status,
            200);
  EXPECT_EQ(Outcome("administrator", "POST /v1/staff/" + id + "/record",
                    R"({"register":"training","version":"1","valid_until":"2020-01-01T00:00:00Z"})"),
            "400 invalid-argument");
  EXPECT_EQ(Call("administrator", "POST /v1/staff/" + id + "/invite-again").status, 200);
  EXPECT_EQ(Outcome("administrator", "POST /v1/staff/" + id + "/suspend"), "409 staff-state-wrong");
  EXPECT_EQ(Outcome("administrator", "POST /v1/staff/" + id + "/resume"), "409 staff-state-wrong");
  EXPECT_EQ(Call("administrator", "POST /v1/staff/" + id + "/leave").TextOf("state"), "left");
  EXPECT_EQ(Outcome("administrator", "GET /v1/staff/0000000000000009"), "404 staff-not-found");
  EXPECT_EQ(Outcome("application", "POST /v1/me:accept", R"({"register":"agreement","version":"1"})"), "403 denied")
      << "a program has no account";
  EXPECT_EQ(Outcome("support", "POST /v1/me:accept", R"({"register":"agreement","version":"1"})"),
            "404 staff-not-found")
      << "nor has the holder of a key";
}

}  // namespace
}  // namespace strongroom
