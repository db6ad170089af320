// A code read over the shoulder, an answer of a passkey that was recorded: sent again.
#include "base/encoding.h"
#include "base/json.h"
#include "factors/testing/test_authenticator.h"
#include "tests/attacks/attack_fixture.h"

namespace strongroom::attacks {
namespace {

class Replay : public AttackTest {
 protected:
  void Change(const std::function<void(StaffMember&)>& how) {
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = Action::kStaffSuspend;
    const auto change = [&how](StaffMember& member) {
      how(member);
      return Status::Ok();
    };
    ASSERT_TRUE(vault_->staff_directory().ChangeRecorded(ada_.id, change, std::move(entry)).ok());
  }
};

TEST_F(Replay, ACodeThatWasSeenWorksForNobodyElse) {
  const std::string code = ada_.Code(vault_);
  ASSERT_EQ(GivePassword(victims_, "ada", ada_.password).Outcome(), "200");
  ASSERT_EQ(GiveCode(victims_, code).Outcome(), "200");
  TestBrowser thief(vault_, "198.51.100.66");
  ASSERT_EQ(GivePassword(thief, "ada", ada_.password).Outcome(), "200");
  EXPECT_EQ(GiveCode(thief, code).Outcome(), "401 factor-refused");
  EXPECT_EQ(thief.cookie, "");
  // The control: a server that does not keep which code was spent.
  Change([](StaffMember& member) { member.totp_last_step = -1; });
  ASSERT_EQ(GivePassword(thief, "ada", ada_.password).Outcome(), "200");
  EXPECT_EQ(GiveCode(thief, code).Outcome(), "200");
}

class PasskeyReplay : public Replay {
 protected:
  PasskeyReplay() {
    AccessSettings settings;
    settings.origin = "https://vault.example.com";
    EXPECT_TRUE(vault_->access_settings().Change(vault_.As("everything"), settings, "*").Wait().ok());
    authenticator_key_.behaviour.counter_step = 0;  // as passkeys that are synchronised: the counter shows nothing
    Change([this](StaffMember& member) {
      Passkey passkey;
      passkey.credential_id = authenticator_key_.credential_id;
      passkey.public_key = authenticator_key_.CosePublicKey();
      passkey.backup_eligible = passkey.backed_up = true;
      member.passkeys.push_back(std::move(passkey));
    });
  }
  Answer Options(TestBrowser& browser) {
    return Send(browser.address.ToString(), "POST /v1/sign-in:passkey-options", "{}");
  }
  static Bytes ChallengeOf(const Answer& options) { return *Base64UrlDecode(options.TextOf("challenge")); }
  Answer Show(TestBrowser& browser, const std::string& transaction, const std::string& assertion) {
    const std::string point = Base64UrlEncode(browser.ProofPublic());
    return Send(browser.address.ToString(), "POST /v1/sign-in:passkey",
                R"({"transaction":")" + transaction + R"(","credential":)" + assertion + R"(,"proof_public":")" +
                    point + R"("})");
  }
  TestAuthenticator authenticator_key_{"vault.example.com", "https://vault.example.com"};
};

TEST_F(PasskeyReplay, AnAnswerThatWasRecordedSignsNobodyIn) {
  const Answer options = Options(victims_);
  ASSERT_EQ(options.status, 200) << options.body;
  const std::string transaction = options.TextOf("transaction");
  const std::string assertion = TestAuthenticator::ToJson(authenticator_key_.Assert(ChallengeOf(options)));
  ASSERT_EQ(Show(victims_, transaction, assertion).Outcome(), "200") << "the control: it is a good one";
  TestBrowser thief(vault_, "198.51.100.66");
  EXPECT_EQ(Show(thief, transaction, assertion).Outcome(), "401 sign-in-refused");
  EXPECT_EQ(NewestEntry().action, Action::kAlarm);
  // With a challenge of the thief's own.
  EXPECT_EQ(Show(thief, Options(thief).TextOf("transaction"), assertion).Outcome(), "401 sign-in-refused");
  // A restart forgets what was spent, and with it every challenge of before.
  vault_.Restart();
  EXPECT_EQ(Show(thief, transaction, assertion).Outcome(), "401 sign-in-expired");
  const Answer again = Options(victims_);
  EXPECT_EQ(Show(victims_, again.TextOf("transaction"),
                 TestAuthenticator::ToJson(authenticator_key_.Assert(ChallengeOf(again))))
                .Outcome(),
            "200")
      << "the control: a new one is taken";
}

}  // namespace
}  // namespace strongroom::attacks
