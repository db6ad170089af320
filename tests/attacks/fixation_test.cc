// Somebody plants a cookie of their own in Ada's browser, and waits for her to sign in.
#include "access/sign_in_json.h"
#include "tests/attacks/attack_fixture.h"

namespace strongroom::attacks {
namespace {

using ::testing::HasSubstr;

class Fixation : public AttackTest {};

TEST_F(Fixation, ACookieThatWasPlantedNeverBecomesTheSession) {
  const std::string planted = "srs_" + std::string(43, 'B');
  victims_.cookie = planted;
  SignIn(victims_, ada_);
  EXPECT_NE(victims_.cookie, planted) << "signing in draws a new one";
  TestBrowser attacker = victims_;  // even with the key, which never leaves the browser
  attacker.cookie = planted;
  EXPECT_EQ(Ask(attacker, "GET /v1/session").Outcome(), "401 session-ended");
  // The control: were it the session's cookie, it would open.
  attacker.cookie = victims_.cookie;
  EXPECT_EQ(Ask(attacker, "GET /v1/session").Outcome(), "200");
}

// The attacker's own session, planted: Ada would work in the attacker's name, and not notice.
TEST_F(Fixation, SigningInDoesNotGoOnWithSomebodyElsesSession) {
  TestBrowser attackers(vault_, "198.51.100.66");
  const TestPerson mallory = MakePerson(vault_, attackers, "mallory");
  SignIn(attackers, mallory);
  victims_.cookie = attackers.cookie;
  EXPECT_EQ(Ask(victims_, "GET /v1/session").Outcome(), "401 session-unproved") << "her browser has no key to it";
  SignIn(victims_, ada_);
  EXPECT_THAT(Ask(victims_, "GET /v1/session").body, HasSubstr(R"("name":"ada")"));
  EXPECT_THAT(Ask(attackers, "GET /v1/session").body, HasSubstr(R"("name":"mallory")")) << "the control: it works";
}

TEST_F(Fixation, ASessionThatGainedByAStepUpHasAnotherCookie) {
  SignIn(victims_, ada_);
  const TestBrowser before = victims_;
  const Answer raised =
      Ask(victims_, "POST /v1/session:step-up", R"({"kind":"totp","code":")" + ada_.Code(vault_) + R"("})");
  ASSERT_EQ(raised.Outcome(), "200") << raised.body;
  TestBrowser old = before;
  victims_.cookie = raised.CookieOf(kSessionCookie);
  EXPECT_NE(victims_.cookie, before.cookie);
  vault_.clock().AdvanceMillis(Sessions::kGraceMillis);
  EXPECT_EQ(Ask(old, "GET /v1/session").Outcome(), "401 session-ended");
  EXPECT_EQ(Ask(victims_, "GET /v1/session").Outcome(), "200") << "the control";
}

}  // namespace
}  // namespace strongroom::attacks
