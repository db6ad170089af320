#include "client/url.h"

#include <gtest/gtest.h>

namespace strongroom {
namespace {

TEST(WebUrl, ReadsHostPortPathAndQuery) {
  const Result<WebUrl> url = ParseWebUrl("https://hooks.example:8443/a/b?c=d");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->host, "hooks.example");
  EXPECT_EQ(url->port, "8443");
  EXPECT_EQ(url->authority, "hooks.example:8443");
  EXPECT_EQ(url->target, "/a/b?c=d");
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(ParseWebUrl("https://hooks.example?x=1")->target, "/?x=1");
  EXPECT_EQ(ParseWebUrl("https://hooks.example")->port, "443");
  EXPECT_EQ(ParseWebUrl("http://[::1]/x")->host, "::1");
}

TEST(WebUrl, RefusesWhatIsAmbiguousOrPlainAndFar) {
  for (const char* bad : {"http://hooks.example/", "ftp://x", "hooks.example", "https://", "https://a:b", "https://a:0",
                          "https://a:65536", "https://user@host", "https://user:pw@host/", "https://a/#b",
                          "https://a/ b", "https://a/\r\nX: y", "https://[::1", "https://[::1]x", "https://::1/",
                          "http://127.evil.example", "http://localhost.evil.example", "https://a\\b"}) {
    const Result<WebUrl> url = ParseWebUrl(bad);
    EXPECT_EQ(url.reason(), Reason::kInvalidArgument) << bad;
    EXPECT_EQ(url.status().message().find("pw"), std::string::npos);
  }
}

}  // namespace
}  // namespace strongroom
