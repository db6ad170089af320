#include "http/router.h"

#include <gtest/gtest.h>

namespace strongroom {
namespace {

const Handler kNothing = [](Exchange&) {};

class RouterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Add("GET", "/healthz");
    Add("POST", "/v1/customers");
    Add("GET", "/v1/customers/{code}");
    Add("DELETE", "/v1/customers/{code}");
    Add("GET", "/v1/customers/search");
    Add("GET", "/v1/customers/{code}/fields/{field}");
    Add("GET", "/v1/customers/search/deep/{x}");
  }
  void Add(const char* method, const char* pattern) { ASSERT_TRUE(router_.Add(method, pattern, {}, kNothing).ok()); }
  // "GET /pattern" of the route found, "405 <allow>", "404", or "400".
  std::string Find(const std::string& method, const std::string& path) {
    request_ = std::make_unique<TestRequest>(method, path);
    Router::Reserve(*request_, path.size());
    auto match = router_.Match(*request_);
    if (!match.ok()) return "400";
    if (match->route != nullptr) return match->route->method + " " + match->route->pattern;
    return match->allow.empty() ? "404" : "405 " + std::string(match->allow);
  }
  Router router_;
  std::unique_ptr<TestRequest> request_;
};

TEST_F(RouterTest, FindsExactAndParameterRoutes) {
  EXPECT_EQ(Find("GET", "/healthz"), "GET /healthz");
  EXPECT_EQ(Find("DELETE", "/v1/customers/7F3K"), "DELETE /v1/customers/{code}");
  EXPECT_EQ(request_->Param("code"), "7F3K");
  EXPECT_EQ(Find("GET", "/v1/customers/7F3K/fields/email"), "GET /v1/customers/{code}/fields/{field}");
  EXPECT_EQ(request_->Param("code"), "7F3K");
  EXPECT_EQ(request_->Param("field"), "email");
  EXPECT_EQ(request_->Param("other"), "");
}

TEST_F(RouterTest, ALiteralBeatsAParameterAndTurnsBackWhenItLeadsNowhere) {
  EXPECT_EQ(Find("GET", "/v1/customers/search"), "GET /v1/customers/search");
  EXPECT_EQ(Find("GET", "/v1/customers/search/fields/email"), "GET /v1/customers/{code}/fields/{field}");
  EXPECT_EQ(request_->Param("code"), "search");
}

TEST_F(RouterTest, TellsAWrongMethodFromAWrongPath) {
  EXPECT_EQ(Find("PUT", "/v1/customers/7F3K"), "405 GET, HEAD, DELETE");
  EXPECT_EQ(Find("GET", "/v1/customers"), "405 POST");
  EXPECT_EQ(Find("GET", "/v1/nothing"), "404");
  EXPECT_EQ(Find("get", "/healthz"), "405 GET, HEAD");
  EXPECT_EQ(Find("HEAD", "/healthz"), "GET /healthz");
}

TEST_F(RouterTest, DoesNotNormalisePaths) {
  for (const char* path : {"/healthz/", "//healthz", "/./healthz", "/v1/../healthz", "healthz", "/", "",
                           "/v1/customers//fields/email", "/v1/customers/7F3K/fields/", "/HEALTHZ", "/health%7A"}) {
    EXPECT_EQ(Find("GET", path), "404") << path;
  }
}

TEST_F(RouterTest, DecodesParametersStrictly) {
  EXPECT_EQ(Find("GET", "/v1/customers/a%2Fb%C3%A5"), "GET /v1/customers/{code}");
  EXPECT_EQ(request_->Param("code"), "a/b\xC3\xA5");
  EXPECT_EQ(Find("GET", "/v1/customers/a+b"), "GET /v1/customers/{code}");
  EXPECT_EQ(request_->Param("code"), "a+b");
  for (const char* wrong : {"%", "%4", "%zz", "a%00b", "%C3", "%0A", "%7F"}) {
    EXPECT_EQ(Find("GET", std::string("/v1/customers/") + wrong), "400") << wrong;
  }
}

TEST_F(RouterTest, RefusesPatternsThatClash) {
  EXPECT_FALSE(router_.Add("GET", "/healthz", {}, kNothing).ok());
  EXPECT_FALSE(router_.Add("PUT", "/v1/customers/{other}", {}, kNothing).ok());
  EXPECT_FALSE(router_.Add("GET", "no-slash", {}, kNothing).ok());
  EXPECT_FALSE(router_.Add("GET", "/no-handler", {}, nullptr).ok());
  EXPECT_TRUE(router_.Add("PUT", "/v1/customers/{code}", {}, kNothing).ok());
}

TEST(RouterQuery, DecodesNamesAndValuesOnce) {
  TestRequest request("GET", "/");
  const std::string query = "limit=10&cursor=a%2Bb+c&&empty=&flag";
  Router::Reserve(request, query.size());
  ASSERT_TRUE(Router::ParseQuery(query, request).ok());
  EXPECT_EQ(request.Query("limit"), "10");
  EXPECT_EQ(request.Query("cursor"), "a+b c");
  EXPECT_EQ(request.Query("empty"), "");
  EXPECT_EQ(request.Query("flag"), "");
  EXPECT_EQ(request.Query("absent"), std::nullopt);
  EXPECT_TRUE(request.RefuseUnknownQuery({"limit", "cursor", "empty", "flag"}).ok());
  EXPECT_EQ(request.RefuseUnknownQuery({"limit"}).reason(), Reason::kInvalidArgument);
}

// Repeats are found by comparing each name with those before it: without a bound, one header of 16 KiB keeps an I/O
// thread busy for tens of milliseconds before anybody was authenticated.
TEST(RouterQuery, RefusesMoreParametersThanAnyCallKnows) {
  const auto parse = [](size_t parameters) {
    std::string query;
    for (size_t i = 0; i < parameters; ++i) query += (i == 0 ? "p" : "&p") + std::to_string(i);
    TestRequest request("GET", "/");
    Router::Reserve(request, query.size());
    return Router::ParseQuery(query, request);
  };
  EXPECT_TRUE(parse(Router::kMaxQueryParameters).ok());
  EXPECT_EQ(parse(Router::kMaxQueryParameters + 1).reason(), Reason::kMalformedRequest);
  EXPECT_EQ(parse(5'000).reason(), Reason::kMalformedRequest);
}

TEST(RouterQuery, RefusesRepeatsAndBadEncoding) {
  for (const char* query : {"a=1&a=2", "a=1&%61=2", "a=%", "a=%ff", "a=%00"}) {
    TestRequest request("GET", "/");
    Router::Reserve(request, 100);
    EXPECT_FALSE(Router::ParseQuery(query, request).ok()) << query;
  }
}

}  // namespace
}  // namespace strongroom
