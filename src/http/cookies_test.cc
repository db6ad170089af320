#include "http/cookies.h"

#include <gtest/gtest.h>

namespace strongroom {
namespace {

constexpr std::string_view kName = "__Host-strongroom";

TEST(Cookies, AreFoundByTheirWholeNameOnce) {
  EXPECT_EQ(CookieNamed("__Host-strongroom=srs_x", kName), "srs_x");
  EXPECT_EQ(CookieNamed("a=b; __Host-strongroom=srs_x; c=d", kName), "srs_x");
  EXPECT_EQ(CookieNamed("a=b;__Host-strongroom=srs_x;c=d", kName), "srs_x");
  EXPECT_EQ(CookieNamed("__Host-strongroom=a=b", kName), "a=b");
  for (const char* none :
       {"", ";", "=", "__Host-strongroom", "x__Host-strongroom=srs_x", "__Host-strongroom-device=srd_x",
        "__host-strongroom=srs_x", "a=__Host-strongroom=srs_x", ";;;=;"}) {
    EXPECT_EQ(CookieNamed(none, kName), "") << none;
  }
  // Two of a name: whoever could set one chooses nothing.
  EXPECT_EQ(CookieNamed("__Host-strongroom=a; __Host-strongroom=b", kName), "");
}

struct Site {
  const char* fetch_site;
  const char* origin;
  bool other;
};

TEST(Cookies, BrowsersTellWhoseThePageIs) {
  for (const Site& site : std::initializer_list<Site>{
           {"", "", false},
           {"same-origin", "", false},
           {"none", "", false},
           {"same-origin", "https://vault.example.com", false},
           {"", "https://vault.example.com", false},
           {"cross-site", "", true},
           {"same-site", "", true},
           {"same-site", "https://vault.example.com", true},
           {"", "https://evil.example", true},
           {"", "https://vault.example.com.evil.example", true},
           {"", "https://vault.example.com:444", true},
           {"", "null", true},
           {"same-origin", "https://evil.example", true},
       }) {
    for (const std::string_view configured : {"", "https://vault.example.com"}) {
      TestRequest request("POST", "/v1/sign-in");
      request.Set("Host", "vault.example.com");
      if (*site.fetch_site != '\0') request.Set("Sec-Fetch-Site", site.fetch_site);
      if (*site.origin != '\0') request.Set("Origin", site.origin);
      EXPECT_EQ(ComesFromOtherSite(request, configured), site.other) << site.fetch_site << " " << site.origin;
    }
  }
  // With an origin configured, what the request calls us does not count.
  TestRequest request("POST", "/v1/sign-in");
  request.Set("Host", "evil.example").Set("Origin", "https://evil.example");
  EXPECT_FALSE(ComesFromOtherSite(request, ""));
  EXPECT_TRUE(ComesFromOtherSite(request, "https://vault.example.com"));
}

}  // namespace
}  // namespace strongroom
