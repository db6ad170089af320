// Public keys as WebAuthn carries them: COSE_Key (RFC 9052, 9053, 8230), the kinds that sign.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/public_key.h"

namespace strongroom {

// Numbers of the IANA registry "COSE Algorithms".
enum class CoseAlgorithm : int32_t {
  kEs256 = -7,
  kEdDsa = -8,  // with Ed25519, as WebAuthn fixes it (Level 3, 5.8.5)
  kEs384 = -35,
  kEs512 = -36,
  kEd448 = -53,
  kRs256 = -257,
};

struct CoseKey {
  CoseAlgorithm algorithm;
  PublicKey key;
};

// Reads the key that `bytes` begins with and says how many bytes it took.  kFactorInvalid for anything but a public
// signing key of a kind above whose members fit each other; members that are not of that kind are refused
// (WebAuthn 5.8.5 wants none), compressed points too.
Result<CoseKey> ParseCoseKey(ByteView bytes, size_t* size_bytes);

}  // namespace strongroom
