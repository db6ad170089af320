// Claims of a request: read, bounded, and bound to every byte of what is asked.
#include "http/claims.h"

#include <gtest/gtest.h>

#include <memory>

namespace strongroom {
namespace {

Caller Somebody(PrincipalId id = 7) {
  Principal principal;
  principal.id = id;
  Caller caller;
  caller.principal = std::make_shared<const Principal>(std::move(principal));
  return caller;
}

Result<Caller> Read(const TestRequest& request, Caller caller = Somebody()) {
  RETURN_IF_ERROR(ReadClaims(request, request.body(), caller));
  return caller;
}

TEST(Claims, WhoClaimsNothingClaimsNothing) {
  const TestRequest request("GET", "/v1/customers/1");
  const Result<Caller> caller = Read(request);
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(caller->case_reference, "");
  EXPECT_EQ(caller->approval, "");
  EXPECT_EQ(caller->break_glass, "");
  EXPECT_EQ(caller->request_digest, (std::array<uint8_t, 32>{}));
}

TEST(Claims, ACaseIsATicketAndNoValue) {
  for (const char* good : {"SUP-1234", "INC0012345", "order/77#2", "1"}) {
    TestRequest request("GET", "/");
    request.Set("X-Case", good);
    const Result<Caller> caller = Read(request);
    ASSERT_TRUE(caller.ok()) << good;
    EXPECT_EQ(caller->case_reference, good);
  }
  for (const char* bad : {"19791210", "070-123 45 67", "ada1@example.com", "Ada", "4111111111111111", "a b1",
                          "\xc3\xa5"
                          "1",
                          "SUP-1234-SUP-1234-SUP-1234-SUP-1234-SUP-1"}) {
    TestRequest request("GET", "/");
    request.Set("X-Case", bad);
    EXPECT_EQ(Read(request).reason(), Reason::kInvalidArgument) << bad;
  }
}

TEST(Claims, TheDigestChangesWithEveryPart) {
  const auto digest = [](PrincipalId id, std::string method, std::string path, std::string body) {
    TestRequest request(std::move(method), std::move(path), std::move(body));
    request.Set("X-Approval", "0123456789abcdef");
    return Read(request, Somebody(id))->request_digest;
  };
  const auto base = digest(7, "POST", "/a?b=1", "body");
  EXPECT_EQ(base, digest(7, "POST", "/a?b=1", "body"));
  EXPECT_NE(base, (std::array<uint8_t, 32>{}));
  EXPECT_NE(base, digest(8, "POST", "/a?b=1", "body"));
  EXPECT_NE(base, digest(7, "PUT", "/a?b=1", "body"));
  EXPECT_NE(base, digest(7, "POST", "/a?b=2", "body"));
  EXPECT_NE(base, digest(7, "POST", "/a", "?b=1body")) << "parts must not run into each other";
  EXPECT_NE(base, digest(7, "POST", "/a?b=1", "body "));
}

TEST(Claims, AnApprovalThatCannotBeOneIsRefused) {
  TestRequest request("POST", "/");
  request.Set("X-Approval", "12");
  EXPECT_EQ(Read(request).reason(), Reason::kInvalidArgument);
  TestRequest import("POST", "/v1/imports:piece");
  import.Set("X-Approval", "0123456789abcdef").Set("X-Import-Mapping", "e30");
  EXPECT_EQ(Read(import).reason(), Reason::kApprovalUnusable);
}

TEST(Claims, AReasonIsBounded) {
  TestRequest request("POST", "/");
  request.Set("X-Break-Glass", std::string(1501, 'a'));
  EXPECT_EQ(Read(request).reason(), Reason::kInvalidArgument);
  TestRequest fits("POST", "/");
  fits.Set("X-Break-Glass", std::string(1500, 'a'));
  EXPECT_TRUE(Read(fits).ok());
}

}  // namespace
}  // namespace strongroom
