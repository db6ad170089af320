// Ada is signed in, and opens another site's page, which makes her browser send requests to us (CSRF).  Browsers keep
// a SameSite=Strict cookie from that; here one that does not.
#include "tests/attacks/attack_fixture.h"

namespace strongroom::attacks {
namespace {

class CrossSite : public AttackTest {
 protected:
  CrossSite() { SignIn(victims_, ada_); }
  // As evil.example's page makes the browser send it: with the cookie, without a proof.
  std::string FromEvil(const std::string& line, const std::string& body, Headers headers) {
    headers.emplace_back("Origin", "https://evil.example");
    headers.emplace_back("Sec-Fetch-Site", "cross-site");
    for (auto& cookie : CookiesOf(victims_)) headers.push_back(std::move(cookie));
    return Send(victims_.address.ToString(), line, body, std::move(headers)).Outcome();
  }
  void TakeEveryPageForOurs() {
    door_.way = [this](Authenticator& careful, const RequestHead& head) {
      return careful.Authenticate(
          *Rewritten(head, victims_.Proof(std::string(head.method()), std::string(head.target()))));
    };
  }
  bool IsSignedIn() { return Ask(victims_, "GET /v1/session").status == 200; }
};

TEST_F(CrossSite, AnotherSitesFetchActsForNobody) {
  EXPECT_EQ(FromEvil("DELETE /v1/session", "", {}), "401 session-unproved");
  EXPECT_EQ(NewestEntry().action, Action::kAlarm);
  EXPECT_TRUE(IsSignedIn());
  // Proved, as by a script that got into the browser's memory: what says that it is of another page is refused still.
  EXPECT_EQ(Ask(victims_, "DELETE /v1/session", "", {{"Origin", "https://evil.example"}}).Outcome(),
            "401 session-unproved");
  EXPECT_EQ(Ask(victims_, "DELETE /v1/session", "", {{"Sec-Fetch-Site", "same-site"}}).Outcome(),
            "401 session-unproved");
  EXPECT_TRUE(IsSignedIn());
  TakeEveryPageForOurs();  // the control
  EXPECT_EQ(FromEvil("DELETE /v1/session", "", {}), "200");
  EXPECT_FALSE(IsSignedIn());
}

// What a form can send without a preflight: three media types, and no header of its own.
TEST_F(CrossSite, AFormOfAnotherSiteIsRefusedTwice) {
  const std::string body = R"({"register":"agreement","version":"1"})";
  const auto with_type = [](const char* type) { return Headers{{"Content-Type", type}}; };
  const char* const kSimple[] = {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"};
  for (const char* type : kSimple) {
    EXPECT_EQ(FromEvil("POST /v1/me:accept", body, with_type(type)), "401 session-unproved") << type;
  }
  TakeEveryPageForOurs();  // with the first protection away, the second holds
  for (const char* type : kSimple) {
    EXPECT_EQ(FromEvil("POST /v1/me:accept", body, with_type(type)), "415 unsupported-media-type") << type;
  }
  EXPECT_EQ(FromEvil("POST /v1/me:accept", body, with_type("application/json")), "200") << "the control: both away";
}

TEST_F(CrossSite, NobodyIsSignedInFromAnotherSitesPage) {
  TestBrowser fresh(vault_, "192.0.2.7");
  EXPECT_EQ(GivePassword(fresh, ada_.name, ada_.password, {{"Origin", "https://evil.example"}}).Outcome(),
            "403 denied");
  EXPECT_EQ(GivePassword(fresh, ada_.name, ada_.password, {{"Sec-Fetch-Site", "cross-site"}}).Outcome(), "403 denied");
  EXPECT_EQ(GivePassword(fresh, ada_.name, ada_.password, {{"Origin", "http://vault.example.com"}}).Outcome(), "200")
      << "the control: our own page";
}

TEST_F(CrossSite, NoAnswerLetsAnotherSiteReadIt) {
  const Answer preflight = Send("192.0.2.7", "OPTIONS /v1/session", "",
                                {{"Origin", "https://evil.example"}, {"Access-Control-Request-Method", "DELETE"}});
  EXPECT_EQ(preflight.HeaderOf("Access-Control-Allow-Origin"), "");
  EXPECT_GE(preflight.status, 400);
  const Answer answer = Ask(victims_, "GET /v1/session");
  EXPECT_EQ(answer.HeaderOf("Access-Control-Allow-Origin"), "");
  EXPECT_EQ(answer.HeaderOf("Cross-Origin-Resource-Policy"), "same-origin") << "the control: headers are read";
}

}  // namespace
}  // namespace strongroom::attacks
