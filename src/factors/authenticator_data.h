// What an authenticator signs (WebAuthn Level 3, 6.1): 37 bytes, then a new credential, then extensions, as flags say.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/status.h"

namespace strongroom {

struct AttestedCredential {
  std::array<uint8_t, 16> aaguid = {};
  ByteView id;
  ByteView public_key;  // COSE_Key, read by ParseCoseKey
};

// Views point into the parsed bytes.
struct AuthenticatorData {
  ByteView rp_id_hash;           // 32 bytes
  bool user_present = false;     // UP
  bool user_verified = false;    // UV
  bool backup_eligible = false;  // BE
  bool backed_up = false;        // BS
  uint32_t sign_count = 0;
  std::optional<AttestedCredential> credential;  // AT
};

// Any bytes: kMalformedRequest unless they are exactly authenticator data; extensions are read past.  kFactorInvalid
// for a public key of no supported kind.
Result<AuthenticatorData> ParseAuthenticatorData(ByteView bytes);

}  // namespace strongroom
