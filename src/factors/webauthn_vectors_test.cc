// The ceremonies that the W3C publishes with the standard (WebAuthn Level 3, "Test Vectors"), read where they lie.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "base/json.h"
#include "factors/webauthn.h"

namespace strongroom {
namespace {

struct Vector {
  std::string title;
  RegistrationResponse registration;
  Bytes registration_challenge;
  AssertionResponse assertion;
  Bytes assertion_challenge;
};

Bytes Hex(JsonValue object, std::string_view member) { return *HexDecode(*object.GetString(member)); }

std::vector<Vector> Published() {
  const std::filesystem::path path =
      std::filesystem::path(STRONGROOM_SOURCE_DIR) / "../shared/vectors/webauthn/webauthn-test-vectors.json";
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  std::vector<Vector> vectors;
  const auto document = JsonDocument::ParseObject(text.str());
  if (!document.ok()) return vectors;
  const Result<JsonValue> entries = document->root().GetArray("vectors");  // outlives the loop over it
  if (!entries.ok()) return vectors;
  for (const JsonValue entry : *entries) {
    if (!entry.Find("registration")) continue;  // the root certificate
    const JsonValue made = *entry.GetObject("registration"), used = *entry.GetObject("authentication");
    Vector vector;
    vector.title = *entry.GetString("title");
    vector.registration_challenge = Hex(made, "challenge");
    vector.registration.credential_id = Hex(made, "credential_id");
    vector.registration.client_data_json = Hex(made, "clientDataJSON");
    vector.registration.attestation_object = Hex(made, "attestationObject");
    vector.assertion_challenge = Hex(used, "challenge");
    vector.assertion.credential_id = vector.registration.credential_id;
    vector.assertion.client_data_json = Hex(used, "clientDataJSON");
    vector.assertion.authenticator_data = Hex(used, "authenticatorData");
    vector.assertion.signature = Hex(used, "signature");
    vectors.push_back(std::move(vector));
  }
  return vectors;
}

// Takes what the vectors hold: any place in a page, verified or not, every algorithm, attestations we do not verify.
RelyingParty LaxParty() {
  RelyingParty party;
  party.id = "example.org";
  party.origins = {"https://example.org"};
  party.allow_cross_origin = true;
  party.require_user_verification = false;
  party.allow_unverified_attestation = true;
  party.algorithms = {CoseAlgorithm::kEs256, CoseAlgorithm::kEdDsa, CoseAlgorithm::kEs384,
                      CoseAlgorithm::kEs512, CoseAlgorithm::kEd448, CoseAlgorithm::kRs256};
  return party;
}

StoredPasskey Stored(const NewPasskey& passkey) {
  return {passkey.id, passkey.public_key, passkey.sign_count, passkey.backup_eligible, "handle"};
}

TEST(WebAuthnVectors, EveryPublishedCeremonyIsTakenAndNoneWithAnyByteOfItsSignatureChanged) {
  const std::vector<Vector> vectors = Published();
  if (vectors.empty()) GTEST_SKIP() << "no shared vectors";
  int registrations = 0, assertions = 0, self = 0, none = 0, unverified = 0, altered_refused = 0;
  for (const Vector& vector : vectors) {
    const auto passkey = VerifyRegistration(LaxParty(), vector.registration_challenge, vector.registration);
    ASSERT_TRUE(passkey.ok()) << vector.title << ": " << passkey.status().ToString();
    ++registrations;
    self += passkey->attestation == Attestation::kSelf;
    none += passkey->attestation == Attestation::kNone;
    unverified += passkey->attestation == Attestation::kUnverified;
    const auto verified = VerifyAssertion(LaxParty(), vector.assertion_challenge, Stored(*passkey), vector.assertion);
    ASSERT_TRUE(verified.ok()) << vector.title << ": " << verified.status().ToString();
    ++assertions;
    for (size_t i = 0; i < vector.assertion.signature.size(); ++i) {
      AssertionResponse altered = vector.assertion;
      altered.signature[i] = static_cast<char>(altered.signature[i] ^ 1);
      const auto refused = VerifyAssertion(LaxParty(), vector.assertion_challenge, Stored(*passkey), altered);
      EXPECT_EQ(refused.reason(), Reason::kFactorRefused) << vector.title << " byte " << i;
      altered_refused += !refused.ok();
    }
  }
  std::printf(
      "webauthn: %d registrations (%d none, %d self, %d attested by others) and %d assertions taken; "
      "%d altered signatures refused\n",
      registrations, none, self, unverified, assertions, altered_refused);
  EXPECT_EQ(registrations, 15);
  EXPECT_EQ(self, 1);
  EXPECT_EQ(none, 4);
}

TEST(WebAuthnVectors, AStrictPartyTakesThoseAloneThatMeetItsDemands) {
  const std::vector<Vector> vectors = Published();
  if (vectors.empty()) GTEST_SKIP() << "no shared vectors";
  RelyingParty strict;
  strict.id = "example.org";
  strict.origins = {"https://example.org"};
  int taken = 0, refused = 0;
  for (const Vector& vector : vectors) {
    const auto lax = VerifyRegistration(LaxParty(), vector.registration_challenge, vector.registration);
    ASSERT_TRUE(lax.ok());
    const bool framed = vector.registration.client_data_json.find("\"crossOrigin\":true") != std::string::npos;
    const bool asked_for =
        std::find(strict.algorithms.begin(), strict.algorithms.end(), lax->algorithm) != strict.algorithms.end();
    const bool meets = lax->user_verified && !framed && lax->attestation != Attestation::kUnverified && asked_for;
    const auto judged = VerifyRegistration(strict, vector.registration_challenge, vector.registration);
    EXPECT_EQ(judged.ok(), meets) << vector.title;
    (judged.ok() ? taken : refused) += 1;
  }
  std::printf("webauthn, strict: %d taken, %d refused\n", taken, refused);
  EXPECT_GT(taken, 0);
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace strongroom
