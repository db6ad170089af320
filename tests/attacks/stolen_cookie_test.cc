// Malware copies Ada's cookie, and perhaps a request she made, to another machine.
#include "tests/attacks/attack_fixture.h"

namespace strongroom::attacks {
namespace {

class StolenCookie : public AttackTest {
 protected:
  StolenCookie() { SignIn(victims_, ada_); }
  // From the thief's machine, with what was stolen.
  std::string Steal(const std::string& line, const std::string& proof) {
    Headers headers = CookiesOf(victims_);
    if (!proof.empty()) headers.emplace_back("X-Session-Proof", proof);
    return Send("198.51.100.66", line, "", headers).Outcome();
  }
};

TEST_F(StolenCookie, IsWorthNothingWithoutTheKeyThatStayedInTheBrowser) {
  EXPECT_EQ(Steal("GET /v1/session", ""), "401 session-unproved");
  EXPECT_EQ(NewestEntry().action, Action::kAlarm);
  EXPECT_EQ(NewestEntry().actor, ada_.id);
  const SessionProofKey own(SecretBytes::CopyOf(std::string(32, 't')));
  EXPECT_EQ(Steal("GET /v1/session", own.MakeProof("GET", "/v1/session", vault_.clock().NowMillis())),
            "401 session-unproved");
  // The control: with proofs not asked for, the cookie is the session.
  door_.way = [this](Authenticator& careful, const RequestHead& head) {
    return careful.Authenticate(
        *Rewritten(head, victims_.Proof(std::string(head.method()), std::string(head.target()))));
  };
  EXPECT_EQ(Steal("GET /v1/session", ""), "200");
}

TEST_F(StolenCookie, AProofThatWasSeenIsOfOneRequestForTwoMinutes) {
  const std::string seen = victims_.Proof("GET", "/v1/session");
  EXPECT_EQ(Steal("GET /v1/sessions", seen), "401 session-unproved");
  EXPECT_EQ(Steal("DELETE /v1/session", seen), "401 session-unproved");
  EXPECT_EQ(Steal("GET /v1/session", seen), "200") << "said in docs/formats/session-proof.md: not against a repeat";
  vault_.clock().AdvanceMillis(kSessionProofSkewMillis + 1);
  EXPECT_EQ(Steal("GET /v1/session", seen), "401 session-unproved");
}

TEST_F(StolenCookie, OutsideOfTheRolesNetworksNotEvenTheWholeBrowserHelps) {
  AccessSettings settings;
  settings.networks["support"] = {*IpNetwork::Parse("192.0.2.0/24")};
  ASSERT_TRUE(vault_->access_settings().Change(vault_.As("everything"), settings, "*").Wait().ok());
  EXPECT_EQ(Ask(victims_, "GET /v1/session").Outcome(), "200");
  TestBrowser stolen = victims_;  // the laptop, with its key
  stolen.address = *IpAddress::Parse("198.51.100.66");
  EXPECT_EQ(Ask(stolen, "GET /v1/session").Outcome(), "403 network-refused");
  EXPECT_EQ(NewestEntry().action, Action::kAlarm);
  // The control: without the limit it does.
  ASSERT_TRUE(vault_->access_settings().Change(vault_.As("everything"), AccessSettings(), "*").Wait().ok());
  EXPECT_EQ(Ask(stolen, "GET /v1/session").Outcome(), "200");
}

}  // namespace
}  // namespace strongroom::attacks
