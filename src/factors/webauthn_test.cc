#include "factors/webauthn.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "base/encoding.h"
#include "crypto/random.h"
#include "factors/testing/test_authenticator.h"

namespace strongroom {
namespace {

const Bytes kChallenge(32, 'c');
const Bytes kHandle(32, 'h');

RelyingParty Party() {
  RelyingParty party;
  party.id = "example.org";
  party.name = "Anderssons \"Blommor\"";
  party.origins = {"https://example.org", "https://www.example.org"};
  return party;
}

StoredPasskey Stored(const NewPasskey& passkey) {
  return {passkey.id, passkey.public_key, passkey.sign_count, passkey.backup_eligible, kHandle};
}

// A registration and an assertion after it, with the test's changes made before each.
struct Outcome {
  Result<NewPasskey> registration = Status(Reason::kInternal);
  Result<VerifiedAssertion> assertion = Status(Reason::kInternal);
};
using Change = std::function<void(TestAuthenticator&)>;

Outcome RunCeremonies(const Change& before_registration, const Change& before_assertion,
                      const RelyingParty& party = Party()) {
  TestAuthenticator authenticator("example.org", "https://example.org");
  before_registration(authenticator);
  Outcome outcome;
  outcome.registration = VerifyRegistration(party, kChallenge, authenticator.Register(kChallenge));
  if (!outcome.registration.ok()) return outcome;
  before_assertion(authenticator);
  outcome.assertion =
      VerifyAssertion(party, kChallenge, Stored(*outcome.registration), authenticator.Assert(kChallenge));
  return outcome;
}

void Nothing(TestAuthenticator&) {}

TEST(WebAuthn, APasskeyIsRegisteredAndSignsIn) {
  const Outcome outcome = RunCeremonies(Nothing, Nothing);
  ASSERT_TRUE(outcome.registration.ok()) << outcome.registration.status().ToString();
  EXPECT_EQ(outcome.registration->attestation, Attestation::kNone);
  EXPECT_EQ(outcome.registration->algorithm, CoseAlgorithm::kEs256);
  EXPECT_EQ(outcome.registration->id.size(), 32u);
  EXPECT_EQ(outcome.registration->aaguid[0], 0x5a);
  EXPECT_EQ(outcome.registration->sign_count, 1u);
  EXPECT_TRUE(outcome.registration->user_verified);
  EXPECT_TRUE(outcome.registration->backed_up);
  EXPECT_EQ(outcome.registration->transports, (std::vector<std::string>{"internal", "hybrid"}));
  ASSERT_TRUE(outcome.assertion.ok()) << outcome.assertion.status().ToString();
  EXPECT_EQ(outcome.assertion->sign_count, 2u);
  EXPECT_FALSE(outcome.assertion->sign_count_regressed);
  EXPECT_TRUE(outcome.assertion->user_verified);
}

TEST(WebAuthn, AnyDeviationIsRefusedInBothCeremonies) {
  const struct {
    const char* what;
    Change change;
  } deviations[] = {
      {"another site's page", [](TestAuthenticator& a) { a.origin = "https://example.org.evil.test"; }},
      {"the same host without TLS", [](TestAuthenticator& a) { a.origin = "http://example.org"; }},
      {"another port", [](TestAuthenticator& a) { a.origin = "https://example.org:8443"; }},
      {"another relying party", [](TestAuthenticator& a) { a.rp_id = "evil.test"; }},
      {"nobody present", [](TestAuthenticator& a) { a.behaviour.user_present = false; }},
      {"nobody verified", [](TestAuthenticator& a) { a.behaviour.user_verified = false; }},
      {"the other ceremony", [](TestAuthenticator& a) { a.behaviour.type = "payment.get"; }},
      {"inside of a frame", [](TestAuthenticator& a) { a.behaviour.more_client_data = ",\"crossOrigin\":true"; }},
      {"inside of a named frame",
       [](TestAuthenticator& a) { a.behaviour.more_client_data = ",\"topOrigin\":\"https://evil.test\""; }},
      {"a member twice",
       [](TestAuthenticator& a) { a.behaviour.more_client_data = ",\"origin\":\"https://example.org\""; }},
      {"crossOrigin of another type",
       [](TestAuthenticator& a) { a.behaviour.more_client_data = ",\"crossOrigin\":\"false\""; }},
      {"broken extensions", [](TestAuthenticator& a) { a.behaviour.extensions = "\xa1"; }},
      {"extensions that are no map", [](TestAuthenticator& a) { a.behaviour.extensions = Bytes(1, '\0'); }},
      {"bytes after the extensions", [](TestAuthenticator& a) { a.behaviour.extensions = Bytes("\xa0\x00", 2); }},
  };
  for (const auto& deviation : deviations) {
    const Outcome at_registration = RunCeremonies(deviation.change, Nothing);
    EXPECT_EQ(at_registration.registration.reason(), Reason::kFactorInvalid) << deviation.what;
    const Outcome at_assertion = RunCeremonies(Nothing, deviation.change);
    ASSERT_TRUE(at_assertion.registration.ok()) << deviation.what;
    EXPECT_EQ(at_assertion.assertion.reason(), Reason::kFactorRefused) << deviation.what;
  }
  // The controls: harmless additions are taken, and so is any origin of the list.
  for (const Change& harmless :
       {Change([](TestAuthenticator& a) { a.origin = "https://www.example.org"; }),
        Change([](TestAuthenticator& a) { a.behaviour.extensions = "\xa0"; }),
        Change([](TestAuthenticator& a) { a.behaviour.more_client_data = ",\"crossOrigin\":false,\"later\":[1]"; })}) {
    EXPECT_TRUE(RunCeremonies(harmless, Nothing).assertion.ok());
    EXPECT_TRUE(RunCeremonies(Nothing, harmless).assertion.ok());
  }
}

TEST(WebAuthn, TheUserVerifiedFlagIsWhatIsDemanded) {
  const Change unverified = [](TestAuthenticator& a) { a.behaviour.user_verified = false; };
  RelyingParty lax = Party();
  lax.require_user_verification = false;
  // The control: a party that does not demand it takes the same ceremonies, and is told.
  const Outcome outcome = RunCeremonies(unverified, Nothing, lax);
  ASSERT_TRUE(outcome.assertion.ok());
  EXPECT_FALSE(outcome.registration->user_verified);
  EXPECT_FALSE(outcome.assertion->user_verified);
  EXPECT_EQ(RunCeremonies(unverified, Nothing).registration.reason(), Reason::kFactorInvalid);
}

TEST(WebAuthn, FramesAreAllowedOnlyWhereTheyAreNamed) {
  const Change framed = [](TestAuthenticator& a) {
    a.behaviour.more_client_data = ",\"crossOrigin\":true,\"topOrigin\":\"https://shop.example\"";
  };
  RelyingParty party = Party();
  EXPECT_FALSE(RunCeremonies(framed, Nothing, party).registration.ok());
  party.allow_cross_origin = true;
  EXPECT_TRUE(RunCeremonies(framed, Nothing, party).assertion.ok());
  party.top_origins = {"https://shop.example"};
  EXPECT_TRUE(RunCeremonies(framed, Nothing, party).assertion.ok());
  party.top_origins = {"https://other.example"};
  EXPECT_FALSE(RunCeremonies(framed, Nothing, party).registration.ok());
}

TEST(WebAuthn, AnAnswerToAnotherChallengeIsRefused) {
  TestAuthenticator authenticator("example.org", "https://example.org");
  const RegistrationResponse made = authenticator.Register(kChallenge);
  const Result<NewPasskey> passkey = VerifyRegistration(Party(), kChallenge, made);
  ASSERT_TRUE(passkey.ok()) << "control";
  EXPECT_EQ(VerifyRegistration(Party(), Bytes(32, 'd'), made).reason(), Reason::kFactorInvalid);
  const AssertionResponse assertion = authenticator.Assert(kChallenge);
  ASSERT_TRUE(VerifyAssertion(Party(), kChallenge, Stored(*passkey), assertion).ok()) << "control";
  EXPECT_EQ(VerifyAssertion(Party(), Bytes(32, 'd'), Stored(*passkey), assertion).reason(), Reason::kFactorRefused);
  // A challenge that could be guessed is our own mistake.
  EXPECT_EQ(VerifyRegistration(Party(), "short", authenticator.Register("short")).reason(), Reason::kInternal);
}

TEST(WebAuthn, AnAssertionIsBoundToThePasskeyAndItsOwner) {
  TestAuthenticator authenticator("example.org", "https://example.org"), other("example.org", "https://example.org");
  authenticator.behaviour.user_handle = kHandle;
  const StoredPasskey stored = Stored(*VerifyRegistration(Party(), kChallenge, authenticator.Register(kChallenge)));
  const AssertionResponse good = authenticator.Assert(kChallenge);
  ASSERT_TRUE(VerifyAssertion(Party(), kChallenge, stored, good).ok()) << "control";

  StoredPasskey of_somebody_else = stored;
  of_somebody_else.user_handle = Bytes(32, 'x');
  EXPECT_EQ(VerifyAssertion(Party(), kChallenge, of_somebody_else, good).reason(), Reason::kFactorRefused);
  AssertionResponse renamed = other.Assert(kChallenge);
  EXPECT_FALSE(VerifyAssertion(Party(), kChallenge, stored, renamed).ok());
  renamed.credential_id = stored.id;  // somebody else's signature under this passkey's name
  EXPECT_EQ(VerifyAssertion(Party(), kChallenge, stored, renamed).reason(), Reason::kFactorRefused);
  authenticator.behaviour.sign_wrongly = true;
  EXPECT_FALSE(VerifyAssertion(Party(), kChallenge, stored, authenticator.Assert(kChallenge)).ok());

  for (size_t i = 0; i < good.authenticator_data.size(); ++i) {
    AssertionResponse altered = good;
    altered.authenticator_data[i] = static_cast<char>(altered.authenticator_data[i] ^ 2);
    EXPECT_FALSE(VerifyAssertion(Party(), kChallenge, stored, altered).ok()) << i;
  }
  AssertionResponse respaced = good;
  respaced.client_data_json += " ";
  EXPECT_FALSE(VerifyAssertion(Party(), kChallenge, stored, respaced).ok());
}

TEST(WebAuthn, ACounterThatDoesNotGoUpIsReported) {
  EXPECT_FALSE(RunCeremonies(Nothing, Nothing).assertion->sign_count_regressed) << "control";
  const Outcome standing = RunCeremonies(Nothing, [](TestAuthenticator& a) { a.behaviour.counter_step = 0; });
  EXPECT_TRUE(standing.assertion->sign_count_regressed);
  const Outcome back =
      RunCeremonies([](TestAuthenticator& a) { a.counter = 99; }, [](TestAuthenticator& a) { a.counter = 5; });
  EXPECT_TRUE(back.assertion->sign_count_regressed);
  // Synchronised passkeys do not count at all.
  const Outcome uncounted = RunCeremonies([](TestAuthenticator& a) { a.behaviour.counter_step = 0; }, Nothing);
  EXPECT_EQ(uncounted.assertion->sign_count, 0u);
  EXPECT_FALSE(uncounted.assertion->sign_count_regressed);
}

TEST(WebAuthn, BackupFlagsMustMakeSense) {
  const Change contradicts = [](TestAuthenticator& a) { a.behaviour.backup_eligible = false; };
  EXPECT_EQ(RunCeremonies(contradicts, Nothing).registration.reason(), Reason::kFactorInvalid);
  const Change device_bound = [](TestAuthenticator& a) { a.behaviour.backup_eligible = a.behaviour.backed_up = false; };
  EXPECT_TRUE(RunCeremonies(device_bound, Nothing).assertion.ok()) << "control";
  EXPECT_FALSE(RunCeremonies(device_bound, Nothing).registration->backup_eligible);
  EXPECT_EQ(RunCeremonies(Nothing, device_bound).assertion.reason(), Reason::kFactorRefused) << "it changed";
}

TEST(WebAuthn, SelfAttestationIsVerified) {
  const Change self = [](TestAuthenticator& a) { a.behaviour.self_attestation = true; };
  const Outcome outcome = RunCeremonies(self, Nothing);
  ASSERT_TRUE(outcome.registration.ok());
  EXPECT_EQ(outcome.registration->attestation, Attestation::kSelf);
  const Change wrong = [](TestAuthenticator& a) { a.behaviour.self_attestation = a.behaviour.sign_wrongly = true; };
  EXPECT_EQ(RunCeremonies(wrong, Nothing).registration.reason(), Reason::kFactorInvalid);
  RelyingParty lax = Party();
  lax.allow_unverified_attestation = true;
  EXPECT_FALSE(RunCeremonies(wrong, Nothing, lax).registration.ok()) << "a wrong signature is not an unknown one";
}

TEST(WebAuthn, AnAlgorithmThatWasNotAskedForIsRefused) {
  RelyingParty party = Party();
  party.algorithms = {CoseAlgorithm::kEdDsa};
  EXPECT_EQ(RunCeremonies(Nothing, Nothing, party).registration.reason(), Reason::kFactorInvalid);
}

TEST(WebAuthn, EveryCutOfAnAttestationObjectIsRefused) {
  TestAuthenticator authenticator("example.org", "https://example.org");
  const RegistrationResponse good = authenticator.Register(kChallenge);
  ASSERT_TRUE(VerifyRegistration(Party(), kChallenge, good).ok()) << "control";
  for (size_t size = 0; size < good.attestation_object.size(); ++size) {
    RegistrationResponse cut = good;
    cut.attestation_object.resize(size);
    EXPECT_FALSE(VerifyRegistration(Party(), kChallenge, cut).ok()) << size;
  }
  RegistrationResponse longer = good;
  longer.attestation_object += '\0';
  EXPECT_FALSE(VerifyRegistration(Party(), kChallenge, longer).ok());
}

TEST(WebAuthnJson, RegistrationOptionsSayWhatIsAsked) {
  const PasskeyUser user = {"handle-1", "ada", "Ada Lovelace"};
  EXPECT_EQ(RegistrationOptionsJson(Party(), user, "0123456789abcdef", {{"known", {"usb"}}}),
            R"({"rp":{"id":"example.org","name":"Anderssons \"Blommor\""},)"
            R"("user":{"id":"aGFuZGxlLTE","name":"ada","displayName":"Ada Lovelace"},)"
            R"("challenge":"MDEyMzQ1Njc4OWFiY2RlZg","pubKeyCredParams":[{"type":"public-key","alg":-7},)"
            R"({"type":"public-key","alg":-8},{"type":"public-key","alg":-257}],"timeout":300000,)"
            R"("excludeCredentials":[{"type":"public-key","id":"a25vd24","transports":["usb"]}],)"
            R"("authenticatorSelection":{"residentKey":"preferred","requireResidentKey":false,)"
            R"("userVerification":"required"},"attestation":"none"})");
}

TEST(WebAuthnJson, AuthenticationOptionsNameNobodyWhenNobodyIsNamed) {
  EXPECT_EQ(AuthenticationOptionsJson(Party(), "0123456789abcdef", {}),
            R"({"challenge":"MDEyMzQ1Njc4OWFiY2RlZg","timeout":300000,"rpId":"example.org","allowCredentials":[],)"
            R"("userVerification":"required"})");
}

TEST(WebAuthnJson, ResponsesReadBackAsTheyWereSent) {
  TestAuthenticator authenticator("example.org", "https://example.org");
  authenticator.behaviour.user_handle = kHandle;
  const RegistrationResponse made = authenticator.Register(kChallenge);
  const auto made_json = JsonDocument::ParseObject(TestAuthenticator::ToJson(made));
  ASSERT_TRUE(made_json.ok());
  const Result<RegistrationResponse> read = ParseRegistrationResponse(made_json->root());
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->credential_id, made.credential_id);
  EXPECT_EQ(read->client_data_json, made.client_data_json);
  EXPECT_EQ(read->attestation_object, made.attestation_object);
  EXPECT_EQ(read->transports, made.transports);

  const AssertionResponse assertion = authenticator.Assert(kChallenge);
  const auto assertion_json = JsonDocument::ParseObject(TestAuthenticator::ToJson(assertion));
  ASSERT_TRUE(assertion_json.ok());
  const Result<AssertionResponse> again = ParseAssertionResponse(assertion_json->root());
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ(again->authenticator_data, assertion.authenticator_data);
  EXPECT_EQ(again->signature, assertion.signature);
  EXPECT_EQ(again->user_handle, kHandle);
}

TEST(WebAuthnJson, MalformedResponsesAreRefused) {
  TestAuthenticator authenticator("example.org", "https://example.org");
  const std::string good = TestAuthenticator::ToJson(authenticator.Register(kChallenge));
  const auto refused = [&](const std::string& from, const std::string& to) {
    std::string json = good;
    const size_t at = json.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    json.replace(at, from.size(), to);
    const auto document = JsonDocument::ParseObject(json);
    return !document.ok() || !ParseRegistrationResponse(document->root()).ok();
  };
  EXPECT_FALSE(refused("platform", "platform")) << "control";
  EXPECT_TRUE(refused("\"public-key\"", "\"password\""));
  EXPECT_TRUE(refused("\"id\":\"", "\"id\":\"A"));
  EXPECT_TRUE(refused("\"rawId\"", "\"raw\""));
  EXPECT_TRUE(refused("\"clientDataJSON\":\"", "\"clientDataJSON\":\"="));
  EXPECT_TRUE(refused("\"attestationObject\":\"", "\"attestationObject\":\"" + std::string(100'000, 'A')));
  EXPECT_TRUE(refused("\"attestationObject\"", "\"object\""));
  EXPECT_TRUE(refused("\"response\"", "\"answer\""));
  // Transports of a kind nobody knows are no reason to turn a person away.
  EXPECT_FALSE(refused("\"internal\"", "17"));
}

}  // namespace
}  // namespace strongroom
