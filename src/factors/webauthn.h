// Passkeys: the relying party's side of the registration and authentication ceremonies of W3C WebAuthn, Level 2 and 3
// (sections 7.1 and 7.2), without I/O.  Any thread.
//
//     std::string options = RegistrationOptionsJson(party, user, challenge, existing);   // to the browser
//     ASSIGN_OR_RETURN(RegistrationResponse response, ParseRegistrationResponse(body));  // from the browser
//     ASSIGN_OR_RETURN(NewPasskey passkey, VerifyRegistration(party, challenge, response));
//
// The caller keeps the challenge (16 bytes or more, random, once, minutes) and the credentials, refuses a credential id
// that anybody has registered before (7.1 step 26), and stores what VerifyAssertion answers.
//
// Registration failures are kFactorInvalid, assertion failures kFactorRefused; the message names the step.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"
#include "base/status.h"
#include "factors/cose_key.h"

namespace strongroom {

constexpr size_t kPasskeyIdMaxBytes = 1023;  // Level 3, 5.1
constexpr size_t kUserHandleMaxBytes = 64;   // 5.4.3
constexpr size_t kChallengeLeastBytes = 16;  // 13.4.3

// Who we are to an authenticator, and what we ask of it.
struct RelyingParty {
  std::string id;                    // "example.org": the host name, or a parent domain of it
  std::string name;                  // for people
  std::vector<std::string> origins;  // "https://example.org", compared byte for byte
  // Inside a frame of another site.  Unless set, such ceremonies are refused.
  bool allow_cross_origin = false;
  std::vector<std::string> top_origins;  // whose frames; anybody's when empty
  // Finger, face or PIN.  Off only in tests that show what happens without it.
  bool require_user_verification = true;
  // An attestation of a kind that is not verified here (all but "none" and packed self-attestation) is ignored when set
  // and refused when not.
  bool allow_unverified_attestation = false;
  // In order of preference.
  std::vector<CoseAlgorithm> algorithms = {CoseAlgorithm::kEs256, CoseAlgorithm::kEdDsa, CoseAlgorithm::kRs256};
  int64_t timeout_millis = 300'000;  // for the person, at the authenticator
};

struct PasskeyUser {
  Bytes handle;              // 1 to 64 random bytes, never anything personal (14.6.1)
  std::string name;          // what the person signs in with
  std::string display_name;  //
};

// What names a credential to the browser: for excludeCredentials and allowCredentials.
struct PasskeyDescriptor {
  Bytes id;
  std::vector<std::string> transports;  // as the browser said at registration
};

// The argument of PublicKeyCredential.parseCreationOptionsFromJSON (Level 3, 5.1.9), user verification required as the
// party says, a discoverable credential preferred, attestation none.
std::string RegistrationOptionsJson(const RelyingParty& party, const PasskeyUser& user, ByteView challenge,
                                    const std::vector<PasskeyDescriptor>& exclude);
// The argument of PublicKeyCredential.parseRequestOptionsFromJSON.  An empty list lets the person choose among the
// discoverable credentials: no account is named, so nothing tells which exist.
std::string AuthenticationOptionsJson(const RelyingParty& party, ByteView challenge,
                                      const std::vector<PasskeyDescriptor>& allow);

// --- what the browser sends: RegistrationResponseJSON and AuthenticationResponseJSON (Level 3, 5.1.8) ---

struct RegistrationResponse {
  Bytes credential_id;
  Bytes client_data_json;
  Bytes attestation_object;
  std::vector<std::string> transports;  // at most 8, each at most 32 characters
};
struct AssertionResponse {
  Bytes credential_id;
  Bytes client_data_json;
  Bytes authenticator_data;
  Bytes signature;
  Bytes user_handle;  // empty when the authenticator gave none
};
// kFactorInvalid and kFactorRefused, or the JSON reader's own reasons.  Members not named here are ignored, as the
// standard adds to them.
Result<RegistrationResponse> ParseRegistrationResponse(JsonValue object);
Result<AssertionResponse> ParseAssertionResponse(JsonValue object);

// --- the ceremonies ---

enum class Attestation : uint8_t { kNone, kSelf, kUnverified };

// What is to be stored of a new credential.
struct NewPasskey {
  Bytes id;
  Bytes public_key;  // COSE_Key, as the authenticator sent it
  CoseAlgorithm algorithm = CoseAlgorithm::kEs256;
  uint32_t sign_count = 0;
  std::array<uint8_t, 16> aaguid = {};  // the authenticator's model, unless it keeps that to itself; unverified
  bool user_verified = false;
  bool backup_eligible = false;  // may leave the device it was made on
  bool backed_up = false;        // has left it
  Attestation attestation = Attestation::kNone;
  std::vector<std::string> transports;
};
Result<NewPasskey> VerifyRegistration(const RelyingParty& party, ByteView challenge,
                                      const RegistrationResponse& response);

// What was stored.
struct StoredPasskey {
  Bytes id;
  Bytes public_key;
  uint32_t sign_count = 0;
  bool backup_eligible = false;
  Bytes user_handle;  // of the person it belongs to
};
struct VerifiedAssertion {
  uint32_t sign_count = 0;  // to be stored
  // The counter did not go up: two devices hold the key, or an old copy answered (7.2 step 22).  To be alarmed; whether
  // to refuse is the caller's decision.
  bool sign_count_regressed = false;
  bool user_verified = false;
  bool backed_up = false;  // to be stored
};
Result<VerifiedAssertion> VerifyAssertion(const RelyingParty& party, ByteView challenge, const StoredPasskey& passkey,
                                          const AssertionResponse& response);

}  // namespace strongroom
