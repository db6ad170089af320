// Bank data asks for a factor of the last five minutes.  What somebody shows instead: an old one, a weaker one, a spent
// one, a password, none.
#include "factors/totp.h"
#include "tests/attacks/attack_fixture.h"

namespace strongroom::attacks {
namespace {

class StepUp : public AttackTest {
 protected:
  StepUp() {
    KeepRegisters(ada_);
    code_ = vault_.CreateCustomer({{"iban", "DE89370400440532013000"}});
    SignIn(victims_, ada_);
  }
  std::string ShowBankData(Headers headers = {}) {
    return Ask(victims_, "POST /v1/customers/" + code_ + "/reveal", R"({"purpose":"delivery","fields":["iban"]})",
               std::move(headers))
        .Outcome();
  }
  std::string Show(const std::string& proof) {
    const Answer answer = Ask(victims_, "POST /v1/session:step-up", proof);
    if (const std::string cookie = answer.CookieOf("__Host-strongroom"); !cookie.empty()) victims_.cookie = cookie;
    return answer.Outcome();
  }
  std::string CodeProof(const std::string& code) { return R"({"kind":"totp","code":")" + code + R"("})"; }
  std::string code_;
};

TEST_F(StepUp, AnOldFactorIsNone) {
  EXPECT_EQ(ShowBankData(), "200") << "just signed in";
  vault_.clock().AdvanceMillis(5 * 60'000);
  EXPECT_EQ(ShowBankData(), "403 step-up-needed");
  EXPECT_EQ(Show(R"({"kind":"password","password":")" + ada_.password + R"("})"), "200");
  EXPECT_EQ(ShowBankData(), "403 step-up-needed") << "a password is no factor";
  EXPECT_EQ(Show(R"({"kind":"sms","code":"000000"})"), "401 factor-refused") << "nor is a text message here";
  EXPECT_EQ(Show(R"({"kind":"none"})"), "401 factor-refused");
  EXPECT_EQ(ShowBankData({{"X-Second-Factor-Age", "1"}}), "403 step-up-needed") << "nothing that is claimed counts";
  EXPECT_EQ(Show(CodeProof(ada_.Code(vault_))), "200");
  EXPECT_EQ(ShowBankData(), "200") << "the control: with what is asked for it is shown";
}

TEST_F(StepUp, ACodeOfTheSignInIsNotShownAgain) {
  vault_.clock().AdvanceMillis(5 * 60'000);
  const std::string code = ada_.Code(vault_);
  ASSERT_EQ(Show(CodeProof(code)), "200");
  EXPECT_EQ(Show(CodeProof(code)), "401 factor-refused");
  vault_.clock().AdvanceMillis(kTotpStepMillis);
  EXPECT_EQ(Show(CodeProof(ada_.Code(vault_))), "200") << "the control: the next one";
}

// Somebody has the telephone number moved to a card of their own, and signs in with the password and a text message.
TEST_F(StepUp, ASessionByTextMessageNeverCounts) {
  FrontDoor& door = vault_->front_door();
  const auto begin = [&](FactorKind factor) {
    NewSession session;
    session.id = vault_.random().NextU64();
    session.person =
        MakePersonNow(vault_->staff_directory().Find(ada_.id), door.rules().Get(), vault_.clock().NowMillis());
    session.factor = factor;
    session.address = victims_.address;
    session.proof_key = SecretBytes::CopyOf(std::string(32, 'k'));
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kStaff;
    entry.actor = ada_.id;
    entry.action = Action::kSessionSignIn;
    const Result<SecretBytes> cookie = door.sessions().Begin(std::move(session), std::move(entry));
    ASSERT_TRUE(cookie.ok());
    victims_.cookie = std::string(ExposeSecret(*cookie));
    victims_.proof_key = std::make_shared<const SessionProofKey>(SecretBytes::CopyOf(std::string(32, 'k')));
  };
  begin(FactorKind::kSms);
  EXPECT_EQ(Ask(victims_, "GET /v1/customers/" + code_).Outcome(), "200") << "it opens the door";
  EXPECT_EQ(ShowBankData(), "403 step-up-needed") << "and no more";
  EXPECT_EQ(Ask(victims_, "POST /v1/me:totp-begin", "{}").Outcome(), "403 step-up-needed")
      << "no factor of the thief's";
  // The control: a server that counts it.
  door_.way = [](Authenticator& careful, const RequestHead& head) {
    Result<Authenticated> known = careful.Authenticate(head);
    if (known.ok()) known->caller.second_factor_age_seconds = 0;
    return known;
  };
  EXPECT_EQ(ShowBankData(), "200");
  door_.way = {};
  begin(FactorKind::kTotp);
  EXPECT_EQ(ShowBankData(), "200") << "the control: a session by an app";
  EXPECT_EQ(Ask(victims_, "POST /v1/me:totp-begin", "{}").Outcome(), "200");
}

// A key of a person's kind has no session and shows no factor, whatever it was vouched for.
TEST_F(StepUp, AKeyThatNeverShowedAFactorHasNone) {
  vault_.AddPerson("bot", {"support"});
  const Answer answer =
      Send("192.0.2.7", "POST /v1/customers/" + code_ + "/reveal", R"({"purpose":"delivery","fields":["iban"]})",
           {{"Authorization", "Bearer " + vault_.Key("bot")}});
  EXPECT_EQ(answer.Outcome(), "403 step-up-needed");
  const Answer step_up = Send("192.0.2.7", "POST /v1/session:step-up", CodeProof(ada_.Code(vault_)),
                              {{"Authorization", "Bearer " + vault_.Key("bot")}});
  EXPECT_EQ(step_up.Outcome(), "401 session-ended");
}

}  // namespace
}  // namespace strongroom::attacks
