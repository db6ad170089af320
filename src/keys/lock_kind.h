// What kinds of lock there are: the numbers stand in the key store.
#pragma once

#include <cstdint>
#include <string_view>

namespace strongroom {

enum class LockKind : uint8_t {
  kPassphrase = 1,   // Argon2id of a passphrase
  kDevelopment = 2,  // a key file beside the data: loopback only, protects nothing, never converted
  kShares = 3,       // k-of-n Shamir shares, each held by one custodian
  kPkcs11 = 4,       // a key that never leaves a token (PKCS#11), and the token's PIN
  kTpm = 5,          // sealed in this machine's TPM 2.0, with a PIN or without one
};
std::string_view NameOf(LockKind kind);

// Whether it opens with a LockDevice alone.
constexpr bool IsInHardware(LockKind kind) { return kind == LockKind::kPkcs11 || kind == LockKind::kTpm; }

}  // namespace strongroom
