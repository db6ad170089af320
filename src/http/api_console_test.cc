// The console's files: what a browser may keep of them, what it may do with them, and how large the first view is.
#include <gmock/gmock.h>

#include <regex>

#include "http/console_assets.h"
#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr size_t kFirstViewBytes = 200'000;  // gzipped: index, style and the scripts it names

class ApiConsoleTest : public ApiTest {
 protected:
  void SetUp() override {
    if (ConsoleAssets().empty()) GTEST_SKIP() << "built without the console";
  }
  // The files that the index names.
  static std::vector<std::string> NamedBy(const std::string& html) {
    std::vector<std::string> names;
    static const std::regex kReference("(?:src|href)=\"/console/([^\"]+)\"");
    for (auto found = std::sregex_iterator(html.begin(), html.end(), kReference); found != std::sregex_iterator();
         ++found)
      names.push_back((*found)[1]);
    return names;
  }
};

TEST_F(ApiConsoleTest, TheIndexIsNotKeptAndLetsNothingInOrOut) {
  for (const char* path : {"/console/", "/console/find", "/console/access-review"}) {
    const ApiAnswer index = Call("", std::string("GET ") + path);
    ASSERT_EQ(index.status, 200) << path;
    EXPECT_EQ(index.content_type, "text/html; charset=utf-8");
    EXPECT_EQ(index.HeaderOf("Cache-Control"), "");  // the default of every answer: no-store
    const std::string policy = index.HeaderOf("Content-Security-Policy");
    for (const char* part : {"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
                             "form-action 'none'", "frame-ancestors 'none'", "base-uri 'none'"}) {
      EXPECT_THAT(policy, HasSubstr(part));
    }
    EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
    EXPECT_THAT(policy, Not(HasSubstr("http")));
    EXPECT_THAT(index.body, Not(HasSubstr("<style")));
    EXPECT_THAT(index.body, Not(HasSubstr(" style=")));
    EXPECT_THAT(index.body, Not(HasSubstr("://")));
  }
}

TEST_F(ApiConsoleTest, AssetsAreKeptForeverUnderTheNameOfTheirContent) {
  const std::vector<std::string> names = NamedBy(Call("", "GET /console/").body);
  ASSERT_GE(names.size(), 3U);  // icon, script, style
  for (const std::string& name : names) {
    const ApiAnswer asset = Call("", "GET /console/" + name);
    ASSERT_EQ(asset.status, 200) << name;
    EXPECT_EQ(asset.HeaderOf("Cache-Control"), "public, max-age=31536000, immutable");
    const std::string etag = asset.HeaderOf("ETag");
    const ApiAnswer again = Call("", "GET /console/" + name, "", {{"If-None-Match", "W/\"x\", " + etag}});
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(Call("", "GET /console/" + name, "", {{"If-None-Match", "\"other\""}}).status, 200);
  }
}

TEST_F(ApiConsoleTest, BrowsersThatTakeGzipGetIt) {
  const ApiAnswer plain = Call("", "GET /console/");
  EXPECT_EQ(plain.HeaderOf("Content-Encoding"), "");
  EXPECT_EQ(plain.HeaderOf("Vary"), "Accept-Encoding");
  const ApiAnswer gzip = Call("", "GET /console/", "", {{"Accept-Encoding", "br, gzip;q=0.8"}});
  EXPECT_EQ(gzip.HeaderOf("Content-Encoding"), "gzip");
  EXPECT_EQ(gzip.body.substr(0, 2), "\x1f\x8b");
  EXPECT_LT(gzip.body.size(), plain.body.size());
  EXPECT_EQ(Call("", "GET /console/", "", {{"Accept-Encoding", "gzipped"}}).HeaderOf("Content-Encoding"), "");
}

TEST_F(ApiConsoleTest, TheFirstViewIsSmall) {
  size_t bytes = Call("", "GET /console/", "", {{"Accept-Encoding", "gzip"}}).body.size();
  for (const std::string& name : NamedBy(Call("", "GET /console/").body)) {
    bytes += Call("", "GET /console/" + name, "", {{"Accept-Encoding", "gzip"}}).body.size();
  }
  std::printf("first view: %zu bytes gzipped\n", bytes);
  EXPECT_LE(bytes, kFirstViewBytes);
  EXPECT_GE(bytes, 20'000U);  // positive control: something was counted
}

TEST_F(ApiConsoleTest, NoFileNamesAnotherHost) {
  // What React writes about itself: namespaces of XML, which are names and not addresses, and a page for developers
  // that is only ever printed.
  static const std::regex kHost("https?://(?!www\\.w3\\.org/|react\\.dev/|localhost\\b)[a-z0-9.-]+");
  for (const ConsoleAsset& asset : ConsoleAssets()) {
    const std::string text(asset.plain);
    std::smatch found;
    EXPECT_FALSE(std::regex_search(text, found, kHost)) << asset.path << ": " << found.str();
  }
  EXPECT_TRUE(std::regex_search(std::string("fetch('https://example.com/x')"), kHost));
}

TEST_F(ApiConsoleTest, TheRootLeadsBrowsersToTheConsoleAndTellsProgramsTheyAreLost) {
  const ApiAnswer browser = Call("", "GET /", "", {{"Accept", "text/html,application/xhtml+xml;q=0.9"}});
  EXPECT_EQ(browser.status, 302);
  EXPECT_EQ(browser.HeaderOf("Location"), "/console/");
  EXPECT_EQ(Call("", "GET /console").status, 302);
  EXPECT_EQ(Call("", "GET /").code(), "route-not-found");
  EXPECT_EQ(Call("", "GET /", "", {{"Accept", "application/json"}}).code(), "route-not-found");
}

TEST_F(ApiConsoleTest, OtherPathsFindNothing) {
  for (const char* path : {"/console/robots.txt", "/console/Find", "/console/assets/none.js",
                           "/console/assets/%2e%2e%2findex.html", "/console/%2e%2e", "/console/assets/index.html"}) {
    EXPECT_EQ(Call("", std::string("GET ") + path).code(), "route-not-found") << path;
  }
}

}  // namespace
}  // namespace strongroom
