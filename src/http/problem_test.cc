#include "http/problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"

namespace strongroom {
namespace {

TEST(Problem, EveryReasonHasAnHttpStatusAndReadsBack) {
  size_t count = 0;
  const ReasonInfo* table = ReasonTable(&count);
  ASSERT_GT(count, 50u);
  for (size_t i = 0; i < count; ++i) {
    const Response response = ProblemResponse(Status(table[i].reason), "00000000000000ff");
    EXPECT_GE(response.status, 400) << table[i].wire_code;
    EXPECT_LE(response.status, 503) << table[i].wire_code;
    EXPECT_NE(ReasonPhrase(response.status), "") << table[i].wire_code;
    EXPECT_EQ(response.content_type, "application/problem+json");
    auto document = JsonDocument::ParseObject(response.body);
    ASSERT_TRUE(document.ok()) << response.body;
    JsonValue root = document->root();
    EXPECT_EQ(*root.GetString("type"), "/docs/errors/" + std::string(table[i].wire_code));
    EXPECT_EQ(*root.GetString("code"), table[i].wire_code);
    EXPECT_EQ(*root.GetString("title"), table[i].title);
    EXPECT_EQ(*root.GetInt("status"), response.status);
    EXPECT_EQ(*root.GetString("request_id"), "00000000000000ff");
    EXPECT_TRUE(root.GetString("detail").ok());
    EXPECT_TRUE(root.RefuseUnknown().ok());
  }
}

TEST(Problem, TheTableMatchesTheMeaning) {
  EXPECT_EQ(HttpStatusOf(Code::kInvalid), 400);
  EXPECT_EQ(HttpStatusOf(Code::kUnauthenticated), 401);
  EXPECT_EQ(HttpStatusOf(Code::kDenied), 403);
  EXPECT_EQ(HttpStatusOf(Code::kExhausted), 429);
  EXPECT_EQ(HttpStatusOf(Code::kUnavailable), 503);
  EXPECT_EQ(ProblemResponse(Status(Reason::kHeaderTooLarge), "").status, 431);
  EXPECT_EQ(ProblemResponse(Status(Reason::kBodyTooLarge), "").status, 413);
}

TEST(Problem, OurOwnFaultsKeepTheirCauseToThemselves) {
  for (Reason reason : {Reason::kInternal, Reason::kDataCorrupt, Reason::kKeyMissing}) {
    const Response response = ProblemResponse(Status(reason, "row 17 of /var/lib"), "id");
    EXPECT_THAT(response.body, ::testing::Not(::testing::HasSubstr("/var/lib")));
  }
  EXPECT_THAT(ProblemResponse(Status(Reason::kDenied, "the rule says no"), "id").body,
              ::testing::HasSubstr("the rule says no"));
}

}  // namespace
}  // namespace strongroom
