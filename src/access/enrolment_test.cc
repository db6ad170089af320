// From an invitation to an account: once, by whoever was vetted, and all of it or nothing.
#include "access/enrolment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/front_door.h"
#include "access/testing/test_person.h"
#include "base/encoding.h"
#include "base/json.h"
#include "factors/testing/test_authenticator.h"
#include "factors/totp.h"

namespace strongroom {
namespace {

class EnrolmentTest : public testing::Test {
 protected:
  // Invited and, unless told otherwise, vetted.
  std::string Invite(const std::string& name, bool vet = true, std::vector<IpNetwork> networks = {}) {
    StaffInvitation invitation;
    invitation.name = name;
    invitation.display_name = "Kim Lindqvist";
    invitation.roles = {{"support", std::nullopt, 0}};
    invitation.networks = std::move(networks);
    const Result<Invited> invited = vault_->staff().Invite(vault_.As("administrator"), invitation).Wait();
    EXPECT_TRUE(invited.ok()) << invited.status().ToString();
    last_ = invited->member->id;
    if (vet) {
      EXPECT_TRUE(vault_->staff().Vet(vault_.As("everything"), last_, "folder 7").Wait().ok());
    }
    return std::string(ExposeSecret(invited->code));
  }
  Enrolment& enrolment() { return vault_->front_door().enrolment(); }
  std::string Open(const std::string& code) {
    const Result<OpenedEnrolment> opened = enrolment().Open(browser_.From(), code);
    EXPECT_TRUE(opened.ok()) << opened.status().ToString();
    return opened.ok() ? opened->transaction : "";
  }
  void SetUpTotp(const std::string& transaction) {
    const Result<TotpOffer> offer = enrolment().BeginTotp(browser_.From(), transaction);
    ASSERT_TRUE(offer.ok());
    secret_ = *ParseTotpSecretText(ExposeSecret(offer->secret));
    EXPECT_TRUE(enrolment().ConfirmTotp(browser_.From(), transaction, Code()).ok());
  }
  std::string Code() { return TotpCodeAt(secret_, TotpStepAt(vault_.clock().NowMillis())); }
  StaffState State() { return vault_->staff_directory().Find(last_)->state; }

  TestVault vault_;
  TestBrowser browser_{vault_, "192.0.2.7"};
  PrincipalId last_ = 0;
  SecretBytes secret_;
};

TEST_F(EnrolmentTest, MakesAnAccountThatSignsInAndUsesUpTheInvitation) {
  const std::string code = Invite("kim");
  const std::string transaction = Open(code);
  EXPECT_TRUE(enrolment().SetPassword(browser_.From(), transaction, "orange kettle 72").ok());
  SetUpTotp(transaction);
  EXPECT_EQ(State(), StaffState::kVetted) << "nothing is written before the end";
  EXPECT_TRUE(vault_->staff_directory().Find(last_)->password.empty());
  ASSERT_TRUE(enrolment().Finish(browser_.From(), transaction).ok());
  EXPECT_EQ(State(), StaffState::kActive);
  EXPECT_EQ(enrolment().Open(browser_.From(), code).reason(), Reason::kEnrolmentInvalid);
  ASSERT_TRUE(browser_.GivePassword("kim", "orange kettle 72").ok());
  EXPECT_EQ(browser_.GiveCode(Code()).reason(), Reason::kFactorRefused) << "the code that confirmed the app is used";
  vault_.clock().AdvanceMillis(kTotpStepMillis);
  EXPECT_TRUE(browser_.GiveCode(Code()).ok());
}

TEST_F(EnrolmentTest, RefusedInvitationsLookAlike) {
  const std::string unvetted = Invite("kim", false);
  const std::string outside = Invite("lin", true, {*IpNetwork::Parse("10.0.0.0/8")});
  const std::string suspended = Invite("mary");
  ASSERT_TRUE(vault_->staff().Leave(vault_.As("everything"), last_).Wait().ok());
  const std::string expired = Invite("bob");
  std::set<std::string> answers;
  const auto refuse = [&](const std::string& code) {
    const Result<OpenedEnrolment> opened = enrolment().Open(browser_.From(), code);
    EXPECT_FALSE(opened.ok()) << code;
    answers.insert(opened.status().ToString());
  };
  for (const std::string& code : {unvetted, outside, suspended, std::string("not a code"), std::string()}) refuse(code);
  std::string wrong = expired;
  wrong[0] = wrong[0] == 'a' ? 'b' : 'a';
  refuse(wrong);
  EXPECT_TRUE(enrolment().Open(browser_.From(), expired).ok()) << "the control: in its time";
  vault_.clock().AdvanceMillis((Staff::kInvitationDays * 24 * 60 + 1) * 60'000);
  refuse(expired);
  EXPECT_EQ(answers.size(), 1u);
}

TEST_F(EnrolmentTest, NeedsAPasswordAndAFactor) {
  const std::string transaction = Open(Invite("kim"));
  EXPECT_EQ(enrolment().Finish(browser_.From(), transaction).reason(), Reason::kPasswordRefused);
  for (const char* bad : {"short", "password123", "Kim Lindqvist", "strongroom", "abcdefghijklmnop"}) {
    EXPECT_EQ(enrolment().SetPassword(browser_.From(), transaction, bad).reason(), Reason::kPasswordRefused) << bad;
  }
  EXPECT_TRUE(enrolment().SetPassword(browser_.From(), transaction, "orange kettle 72").ok());
  EXPECT_EQ(enrolment().Finish(browser_.From(), transaction).reason(), Reason::kFactorInvalid);
  EXPECT_EQ(State(), StaffState::kVetted);
  SetUpTotp(transaction);
  EXPECT_TRUE(enrolment().Finish(browser_.From(), transaction).ok());
}

TEST_F(EnrolmentTest, AnAppIsConfirmedByACodeOfItsOwnAndNotByGuessing) {
  const std::string transaction = Open(Invite("kim"));
  const SignInFrom from = browser_.From();
  EXPECT_EQ(enrolment().ConfirmTotp(from, transaction, "123456").reason(), Reason::kFactorInvalid) << "not begun";
  const Result<TotpOffer> offer = enrolment().BeginTotp(from, transaction);
  secret_ = *ParseTotpSecretText(ExposeSecret(offer->secret));
  for (int i = 0; i < CredentialSetup::kMostTries; ++i) {
    EXPECT_EQ(enrolment().ConfirmTotp(from, transaction, "000000").reason(), Reason::kFactorRefused);
  }
  EXPECT_EQ(enrolment().ConfirmTotp(from, transaction, Code()).reason(), Reason::kFactorInvalid) << "begin again";
  SetUpTotp(transaction);
}

TEST_F(EnrolmentTest, APasskeyIsAFactorAndSignsInAlone) {
  const std::string transaction = Open(Invite("kim"));
  const SignInFrom local = [&] {
    SignInFrom from = browser_.From();
    from.address = browser_.address;
    return from;
  }();
  SignInRules rules;
  rules.origin = "https://vault.example.com";
  vault_->front_door().rules().Set(rules);
  TestAuthenticator authenticator("vault.example.com", "https://vault.example.com");
  EXPECT_TRUE(enrolment().SetPassword(local, transaction, "orange kettle 72").ok());
  const auto challenge_of = [](const std::string& json) {
    const JsonDocument document = *JsonDocument::Parse(json);
    return *Base64UrlDecode(*document.root().GetString("challenge"));
  };
  const Result<std::string> options = enrolment().BeginPasskey(local, transaction);
  ASSERT_TRUE(options.ok()) << options.status().ToString();
  const auto finish = [&](const RegistrationResponse& response) {
    const std::string text = TestAuthenticator::ToJson(response);
    const JsonDocument document = *JsonDocument::Parse(text);
    return enrolment().FinishPasskey(local, transaction, document.root(), "laptop");
  };
  const RegistrationResponse made = authenticator.Register(challenge_of(*options));
  EXPECT_TRUE(finish(made).ok());
  EXPECT_EQ(finish(made).reason(), Reason::kFactorInvalid) << "a challenge works once";
  ASSERT_TRUE(enrolment().Finish(local, transaction).ok());

  SignIn& sign_in = vault_->front_door().sign_in();
  const Result<PasskeyOptions> alone = sign_in.OptionsFor(local, {});
  ASSERT_TRUE(alone.ok());
  const AssertionResponse assertion = authenticator.Assert(challenge_of(alone->json));
  const std::string text = TestAuthenticator::ToJson(assertion);
  const auto with_passkey = [&] {
    const JsonDocument document = *JsonDocument::Parse(text);
    const Bytes proof_public = browser_.ProofPublic();
    return browser_.Take(sign_in.WithPasskey(local, alone->transaction, document.root(), proof_public));
  };
  const Result<SignInStep> in = with_passkey();
  ASSERT_TRUE(in.ok()) << in.status().ToString();
  EXPECT_TRUE(browser_.Ask().ok());
  EXPECT_EQ(with_passkey().reason(), Reason::kSignInRefused) << "the same answer again";
}

TEST_F(EnrolmentTest, ANewInvitationEndsTheEnrolmentUnderWay) {
  const std::string transaction = Open(Invite("kim"));
  EXPECT_TRUE(enrolment().SetPassword(browser_.From(), transaction, "orange kettle 72").ok());
  const Result<Invited> again = vault_->staff().InviteAgain(vault_.As("everything"), last_).Wait();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(enrolment().Finish(browser_.From(), transaction).reason(), Reason::kEnrolmentInvalid);
}

TEST_F(EnrolmentTest, OfTwoEnrolmentsWithOneCodeOneFinishes) {
  const std::string code = Invite("kim");
  const std::string first = Open(code), second = Open(code);
  for (const std::string& transaction : {first, second}) {
    EXPECT_TRUE(enrolment().SetPassword(browser_.From(), transaction, "orange kettle 72").ok());
    SetUpTotp(transaction);
  }
  EXPECT_TRUE(enrolment().Finish(browser_.From(), first).ok());
  EXPECT_EQ(enrolment().Finish(browser_.From(), second).reason(), Reason::kEnrolmentInvalid);
}

TEST_F(EnrolmentTest, AnotherAddressDoesNotGoOn) {
  const std::string transaction = Open(Invite("kim"));
  TestBrowser elsewhere(vault_, "198.51.100.1");
  EXPECT_EQ(enrolment().SetPassword(elsewhere.From(), transaction, "orange kettle 72").reason(),
            Reason::kEnrolmentInvalid);
}

}  // namespace
}  // namespace strongroom
