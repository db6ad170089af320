// Signing on with the company's identity provider: it stands for the password, and for nothing else.
#include "access/single_sign_on.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "access/testing/test_person.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/signer.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kIssuer = "https://id.example";

// The value of `name` in a query or a form; those of the tests need no decoding.
std::string ParameterOf(std::string_view text, const std::string& name) {
  for (const char* before : {"?", "&", ""}) {
    const std::string sought = before + name + "=";
    const size_t at = *before == '\0' ? (text.starts_with(sought) ? 0 : std::string_view::npos) : text.find(sought);
    if (at == std::string_view::npos) continue;
    const size_t begin = at + sought.size();
    return std::string(text.substr(begin, text.find('&', begin) - begin));
  }
  return {};
}

// A provider as the standard describes it: codes are good once, and for whoever has the verifier of the challenge.
class Provider : public WebClient {
 public:
  Provider() : WebClient({}), signer_(MakeSigner()) {}

  // Somebody signed in there, sent by `address`: the code that their browser brings back.
  std::string Allow(const std::string& address) {
    challenge_ = ParameterOf(address, "code_challenge");
    claims["nonce"] = "\"" + ParameterOf(address, "nonce") + "\"";
    return "code-1";
  }

  Result<WebAnswer> Send(const WebRequest& request) const override {
    const std::string issuer(kIssuer);
    if (request.url == issuer + "/.well-known/openid-configuration") {
      return Answer(R"({"issuer":")" + issuer + R"(","authorization_endpoint":")" + issuer +
                    R"(/authorize","token_endpoint":")" + issuer + R"(/token","jwks_uri":")" + issuer +
                    R"(/keys","response_types_supported":["code"],"code_challenge_methods_supported":["S256"],)"
                    R"("id_token_signing_alg_values_supported":["EdDSA"],"subject_types_supported":["public"]})");
    }
    if (request.url == issuer + "/keys") {
      return Answer(R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":")" + Base64UrlEncode(signer_.public_key()) +
                    "\"}]}");
    }
    const bool of_whoever_began =
        Base64UrlEncode(View(Sha256(ParameterOf(request.body, "code_verifier")))) == challenge_;
    if (request.url != issuer + "/token" || !of_whoever_began) return Answer(R"({"error":"invalid_grant"})", 400);
    return Answer(R"({"token_type":"Bearer","access_token":"x","id_token":")" + Token() + "\"}");
  }

  std::map<std::string, std::string> claims = {{"iss", "\"https://id.example\""},
                                               {"aud", "\"strongroom\""},
                                               {"sub", "\"subject-of-ada\""},
                                               {"email", "\"ada@example.com\""},
                                               {"email_verified", "true"}};

 private:
  static Signer MakeSigner() {
    SeededRandom random(1);
    return Signer::Generate(random);
  }
  static WebAnswer Answer(std::string_view body, int status = 200) {
    WebAnswer answer;
    answer.status = status;
    answer.body = Bytes(body);
    return answer;
  }
  std::string Token() const {
    std::string json = "{";
    for (const auto& [name, value] : claims) json.append("\"").append(name).append("\":").append(value).append(",");
    json.back() = '}';
    const std::string text = Base64UrlEncode(R"({"alg":"EdDSA","kid":"k","typ":"JWT"})") + "." + Base64UrlEncode(json);
    return text + "." + Base64UrlEncode(*signer_.Sign(text));
  }

  const Signer signer_;
  std::string challenge_;
};

class SingleSignOnTest : public testing::Test {
 protected:
  SingleSignOnTest()
      : ada_(MakePerson(vault_, browser_, "ada", {.email = "ada@example.com"})),
        provider_(std::make_shared<Provider>()) {
    door().UseWeb(provider_, /*allow_loopback_http=*/false);
    SingleSignOnSettings settings;
    settings.issuer = std::string(kIssuer);
    settings.client_id = "strongroom";
    EXPECT_TRUE(door().Set(vault_.As("administrator"), std::move(settings)).Wait().ok());
    Renew();
  }

  SingleSignOn& door() { return vault_->front_door().single_sign_on(); }
  // The provider's clock is ours.
  void Renew() {
    const int64_t now = vault_.clock().NowMillis() / 1000;
    provider_->claims["iat"] = std::to_string(now);
    provider_->claims["exp"] = std::to_string(now + 300);
  }
  Result<SignInStep> SignOn(TestBrowser& browser) {
    Renew();
    const Bytes proof_public = browser.ProofPublic();
    const Result<SignOnStart> start = door().Begin(browser.From(), proof_public);
    if (!start.ok()) return start.status();
    const std::string code = provider_->Allow(start->address);
    Result<SignInStep> step =
        door().Finish(browser.From(), start->transaction, ParameterOf(start->address, "state"), code);
    if (step.ok()) browser.transaction = step->transaction;
    return step;
  }
  Reason Outcome() { return SignOn(browser_).reason(); }
  std::string Why() { return OfficeEntries(vault_).back().detail; }
  void Become(StaffState state) {
    const AuditEntry entry = EntryOf(nullptr, {}, Action::kStaffChange, "test");
    const auto change = [&](StaffMember& person) {
      person.state = state;
      return Status::Ok();
    };
    ASSERT_TRUE(vault_->staff_directory().ChangeRecorded(ada_.id, change, entry).ok());
  }

  TestVault vault_;
  TestBrowser browser_{vault_};
  TestPerson ada_;
  std::shared_ptr<Provider> provider_;
};

TEST_F(SingleSignOnTest, ReplacesThePasswordAndLeavesFactorTrainingAndRoles) {
  const Result<SignInStep> step = SignOn(browser_);
  ASSERT_TRUE(step.ok()) << step.status().ToString() << " " << Why();
  EXPECT_EQ(step->next, SignInStep::Next::kFactor);
  EXPECT_FALSE(step->done.has_value()) << "nobody is in by the provider's word alone";
  EXPECT_FALSE(browser_.GiveCode("000000").ok());
  const Result<SignInStep> done = browser_.GiveCode(ada_.Code(vault_));
  ASSERT_TRUE(done.ok()) << done.status().ToString();
  ASSERT_TRUE(done->done.has_value());
  const Result<Caller> caller = browser_.Ask();
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(caller->principal->id, ada_.id);
  EXPECT_FALSE(caller->standing.training_current) << "what is overdue stays overdue";
}

TEST_F(SingleSignOnTest, WhoeverMayNotWorkHereDoesNotComeInThatWay) {
  EXPECT_EQ(Outcome(), Reason::kOk) << "the control";
  for (const StaffState state :
       {StaffState::kInvited, StaffState::kVetted, StaffState::kSuspended, StaffState::kLeft}) {
    Become(state);
    EXPECT_NE(Outcome(), Reason::kOk) << static_cast<int>(state);
  }
  Become(StaffState::kActive);
  EXPECT_EQ(Outcome(), Reason::kOk);
}

TEST_F(SingleSignOnTest, NobodyIsMadeByIt) {
  provider_->claims["email"] = "\"stranger@example.com\"";
  EXPECT_EQ(Outcome(), Reason::kSingleSignOnFailed);
  EXPECT_THAT(Why(), HasSubstr("nobody active has this e-mail address"));
  provider_->claims["email"] = "\"ada@example.com\"";
  provider_->claims["email_verified"] = "false";
  EXPECT_EQ(Outcome(), Reason::kSingleSignOnFailed) << "anybody may claim an address";
  provider_->claims["email_verified"] = "true";
  TestBrowser other(vault_);
  MakePerson(vault_, other, "adam", {.email = "Ada@example.com"});
  EXPECT_EQ(Outcome(), Reason::kSingleSignOnFailed) << "it might be either";
}

TEST_F(SingleSignOnTest, OneIsKnownBySubjectAndNotByAnAddressThatMayPassOn) {
  ASSERT_EQ(Outcome(), Reason::kOk);
  TestBrowser other(vault_);
  MakePerson(vault_, other, "eve", {.email = "eve@example.com"});
  provider_->claims["email"] = "\"eve@example.com\"";
  ASSERT_TRUE(SignOn(browser_).ok());
  ASSERT_TRUE(browser_.GiveCode(ada_.Code(vault_)).ok()) << "still ada's, with ada's app";
  EXPECT_EQ(browser_.Ask()->principal->id, ada_.id);
}

TEST_F(SingleSignOnTest, ATokenOfAnotherIsRefused) {
  const std::map<std::string, std::string> good = provider_->claims;
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"aud", "\"another-application\""}, {"iss", "\"https://evil.example\""}, {"sub", "\"\""}}) {
    provider_->claims = good;
    provider_->claims[name] = value;
    EXPECT_EQ(Outcome(), Reason::kSingleSignOnFailed) << name;
  }
  provider_->claims = good;
  EXPECT_EQ(Outcome(), Reason::kOk) << "the control";
}

TEST_F(SingleSignOnTest, WhatOneBrowserBeganAnotherCannotFinish) {
  const auto begin = [this](TestBrowser& browser) {
    const Bytes proof_public = browser.ProofPublic();
    return *door().Begin(browser.From(), proof_public);
  };
  // The thief has the code that belongs to ada's sign-on, and brings it with a sign-on of their own: PKCE.
  TestBrowser thief(vault_, "198.51.100.9");
  const SignOnStart stolen = begin(browser_);
  const std::string code = provider_->Allow(stolen.address);
  const SignOnStart own = begin(thief);
  EXPECT_EQ(door().Finish(thief.From(), own.transaction, ParameterOf(own.address, "state"), code).reason(),
            Reason::kSingleSignOnFailed);
  // Or ada's transaction from elsewhere; or ada's browser is led to finish with the thief's state.
  const std::string state = ParameterOf(stolen.address, "state");
  EXPECT_EQ(door().Finish(thief.From(), stolen.transaction, state, code).reason(), Reason::kSingleSignOnFailed);
  const SignOnStart again = begin(browser_);
  const std::string fresh = provider_->Allow(again.address);
  EXPECT_EQ(door().Finish(browser_.From(), again.transaction, state, fresh).reason(), Reason::kSingleSignOnFailed);
  EXPECT_EQ(door().Finish(browser_.From(), again.transaction, ParameterOf(again.address, "state"), fresh).reason(),
            Reason::kSignInExpired)
      << "each is good for one try";
  EXPECT_EQ(Outcome(), Reason::kOk) << "the control";
}

TEST_F(SingleSignOnTest, FromOutsideItIsRefusedAsAPasswordIs) {
  SignInRules rules = *vault_->front_door().rules().Get();
  rules.networks_of_roles["support"] = {*IpNetwork::Parse("192.0.2.0/24")};
  vault_->front_door().rules().Set(rules);
  TestBrowser outside(vault_, "198.51.100.9");
  EXPECT_EQ(SignOn(outside).reason(), Reason::kSignInRefused);
  EXPECT_EQ(Outcome(), Reason::kOk) << "the control: from inside";
}

TEST_F(SingleSignOnTest, ItIsSetByWhoeverMayAndKeptWithoutItsSecretBeingShown) {
  SingleSignOnSettings settings;
  settings.issuer = "http://id.example";
  settings.client_id = "strongroom";
  EXPECT_EQ(door().Set(vault_.As("administrator"), std::move(settings)).Wait().reason(), Reason::kInvalidArgument);
  SingleSignOnSettings with_secret;
  with_secret.issuer = std::string(kIssuer);
  with_secret.client_id = "strongroom";
  with_secret.client_secret = SecretBytes::CopyOf("tell nobody");
  SingleSignOnSettings refused;
  refused.issuer = with_secret.issuer;
  refused.client_id = with_secret.client_id;
  EXPECT_EQ(door().Set(vault_.As("support"), std::move(refused)).Wait().reason(), Reason::kDenied);
  const Result<SingleSignOnView> view = door().Set(vault_.As("administrator"), std::move(with_secret)).Wait();
  ASSERT_TRUE(view.ok());
  EXPECT_TRUE(view->has_secret);
  vault_.Restart();
  EXPECT_TRUE(door().configured());
  ASSERT_TRUE(door().Remove(vault_.As("administrator")).Wait().ok());
  EXPECT_EQ(Outcome(), Reason::kSingleSignOnFailed) << "nobody signs on where nothing is configured";
}

}  // namespace
}  // namespace strongroom
