// The access review and the score over HTTP: every answer is held to the OpenAPI document by the fixture.
#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;

class ApiReviewTest : public ApiTest {};

TEST_F(ApiReviewTest, IsReadSignedAndKept) {
  vault_.SequenceAll();
  const ApiAnswer read = Call("auditor", "GET /v1/access-review");
  EXPECT_EQ(read.status, 200);
  EXPECT_THAT(read.body,
              AllOf(HasSubstr(R"("sees_everything":1)"), HasSubstr(R"("customer.export":"with_colleague")")));
  EXPECT_EQ(Outcome("support", "GET /v1/access-review"), "403 denied");
  EXPECT_EQ(Outcome("auditor", "POST /v1/access-review:sign", "{}"), "403 denied");
  const ApiAnswer made = Call("administrator", "POST /v1/access-review:sign", "{}");
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_THAT(made.TextOf("note"), HasSubstr("strongroom access review v1\n"));
  const ApiAnswer list = Call("auditor", "GET /v1/access-reviews");
  const size_t at = list.body.find("\"id\":\"") + 6;
  const std::string id = list.body.substr(at, 16);
  EXPECT_EQ(Call("auditor", "GET /v1/access-reviews/" + id).body, made.TextOf("note"));
  EXPECT_EQ(Outcome("auditor", "GET /v1/access-reviews/0000000000000001"), "404 route-not-found");
  EXPECT_THAT(Call("auditor", "GET /v1/access-review").body, HasSubstr(id)) << "as the last that was signed";
}

TEST_F(ApiReviewTest, RolesAreTakenAwayWithOneCall) {
  const std::string id =
      Call("administrator", "POST /v1/staff", R"({"name":"ada","roles":[{"role":"support"},{"role":"importer"}]})")
          .TextOf("id");
  const std::string line = "POST /v1/staff/" + id + "/take-roles";
  EXPECT_EQ(Outcome("support", line, R"({"roles":["support"]})"), "403 denied");
  EXPECT_EQ(Outcome("administrator", line, R"({"roles":["auditor"]})"), "400 invalid-argument");
  const ApiAnswer taken = Call("administrator", line, R"({"roles":["support"]})");
  EXPECT_EQ(taken.status, 200) << taken.body;
  EXPECT_THAT(taken.body, HasSubstr(R"("roles":[{"role":"importer"}])"));
}

TEST_F(ApiReviewTest, TheScoreSaysWhatToDoNext) {
  const ApiAnswer score = Call("privacy-officer", "GET /v1/score");
  EXPECT_EQ(score.status, 200) << score.body;
  EXPECT_THAT(score.body, HasSubstr("/console/"));
  EXPECT_EQ(Outcome("support", "GET /v1/score"), "403 denied");
}

}  // namespace
}  // namespace strongroom
