// Another site shows our page in an invisible frame, and lets people click on it (clickjacking).
#include "tests/attacks/attack_fixture.h"

namespace strongroom::attacks {
namespace {

class Framing : public AttackTest {
 protected:
  // As browsers decide (CSP3, 6.4.2; RFC 7034).
  static bool MayBeFramed(const Answer& answer) {
    const bool csp = answer.HeaderOf("Content-Security-Policy").find("frame-ancestors 'none'") != std::string::npos;
    return !csp && answer.HeaderOf("X-Frame-Options") != "DENY";
  }
  static bool BothSaySo(const Answer& answer) {
    return answer.HeaderOf("Content-Security-Policy").find("frame-ancestors 'none'") != std::string::npos &&
           answer.HeaderOf("X-Frame-Options") == "DENY";
  }
};

// Every route there is that answers without a body, with whatever it answers: pages, refusals, data.
TEST_F(Framing, NoPageOfOursCanBeFramed) {
  size_t asked = 0;
  for (const auto& route : router_.routes()) {
    if (route->method != "GET") continue;
    std::string target = route->pattern;
    while (target.find('{') != std::string::npos) {
      const size_t at = target.find('{');
      target.replace(at, target.find('}', at) - at + 1, "x");
    }
    const Answer answer = Send("192.0.2.7", "GET " + target);
    EXPECT_TRUE(BothSaySo(answer)) << target << "\n" << answer.head;
    ++asked;
  }
  EXPECT_GT(asked, 40u);
  EXPECT_TRUE(BothSaySo(Send("192.0.2.7", "GET /no-such-page")));
  EXPECT_TRUE(BothSaySo(Send("192.0.2.7", "GET /console/find")));
}

TEST_F(Framing, TheControlCanBe) {
  Answer careless = Send("192.0.2.7", "GET /docs/");
  EXPECT_FALSE(MayBeFramed(careless));
  for (const char* header : {"Content-Security-Policy", "X-Frame-Options"}) {
    const size_t at = careless.head.find(std::string("\r\n") + header);
    ASSERT_NE(at, std::string::npos);
    careless.head.erase(at, careless.head.find("\r\n", at + 2) - at);
  }
  EXPECT_TRUE(MayBeFramed(careless));
}

}  // namespace
}  // namespace strongroom::attacks
