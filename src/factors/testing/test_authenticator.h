// A passkey in software, for tests of whatever speaks WebAuthn: makes ES256 credentials and signs with them, and lies
// on request.  It plays the browser too, so it also writes the client data.
//
//     TestAuthenticator authenticator("example.org", "https://example.org");
//     RegistrationResponse made = authenticator.Register(challenge);
//     AssertionResponse signed_in = authenticator.Assert(challenge);
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "factors/webauthn.h"

struct evp_pkey_st;

namespace strongroom {

class TestAuthenticator {
 public:
  TestAuthenticator(std::string rp_id, std::string origin);
  ~TestAuthenticator();

  // What a ceremony will say.  A test changes one and expects a refusal.
  struct Behaviour {
    bool user_present = true;
    bool user_verified = true;
    bool backup_eligible = true;
    bool backed_up = true;
    bool self_attestation = false;
    bool sign_wrongly = false;
    uint32_t counter_step = 1;
    std::string type;              // instead of "webauthn.create" or "webauthn.get"
    std::string more_client_data;  // members of JSON, with the comma in front: ,"crossOrigin":true
    Bytes extensions;              // CBOR map
    Bytes user_handle;             // given with assertions
  };
  Behaviour behaviour;
  std::string rp_id;
  std::string origin;
  Bytes credential_id;  // random, 32 bytes
  uint32_t counter = 0;

  RegistrationResponse Register(ByteView challenge);
  AssertionResponse Assert(ByteView challenge);
  Bytes CosePublicKey() const;

  // The same as browsers send it.
  static std::string ToJson(const RegistrationResponse& response);
  static std::string ToJson(const AssertionResponse& response);

 private:
  Bytes ClientData(std::string_view type, ByteView challenge) const;
  Bytes AuthenticatorBytes(bool with_credential);
  Bytes Sign(ByteView message) const;
  evp_pkey_st* key_ = nullptr;
};

}  // namespace strongroom
