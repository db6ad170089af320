// Lock: what stands between the root key and whoever holds the disk.  The root key is stored wrapped under a key that
// only the lock's secret gives; the row stands in the office's key store ('S' "lock", docs/formats/key-store.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "crypto/password_hash.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "store/store.h"

namespace strongroom {

enum class LockKind : uint8_t {
  kPassphrase = 1,   // Argon2id of a passphrase
  kDevelopment = 2,  // a key file beside the data: loopback only, protects nothing, never converted
  kShares = 3,       // k-of-n Shamir shares, each held by one custodian
};
std::string_view NameOf(LockKind kind);

// Four bytes, so that it can be read and swapped at once.
struct alignas(4) LockInfo {
  LockKind kind = LockKind::kPassphrase;
  uint8_t threshold = 0;  // of shares
  uint8_t count = 0;
};

struct LockOptions {
  LockInfo info;
  Argon2Cost cost;  // of a passphrase
};

// kInvalidArgument when the secret is too weak for this kind of lock: passphrases under 12 bytes.
Status CheckUnlockingSecret(LockKind kind, const SecretBytes& secret);
// Writes the lock with `root_key` inside.  `secret` is the passphrase, the key file's 32 bytes, or the secret that was
// split into shares.  kAlreadyInitialised when there is a lock.  Passphrases under 12 bytes are refused.
Status CreateLock(Store& office_keys, const LockOptions& options, const SecretBytes& secret,
                  const SecretBytes& root_key, Random& random);
// Another secret, kind, cost or root key from now on, in one write.  `old_secret` must open the lock as it is
// (kUnlockFailed).  kInvalidArgument: from or to a development key file, or the new secret is too weak.
// kStorageConflict: somebody else changed it meanwhile.  The old wrap is taken out of the store's files; whoever has a
// copy of it and the old secret still has the root key that was inside: then that must be rotated, too
// (root_rotation.h).
Status ReplaceLock(Store& office_keys, const SecretBytes& old_secret, const LockOptions& options,
                   const SecretBytes& new_secret, const SecretBytes& root_key, Random& random);
// kNotInitialised when there is none.
Result<LockInfo> ReadLockInfo(const Store& office_keys);
// The root key; kUnlockFailed when the secret is wrong.  Slow for a passphrase, on purpose.
Result<SecretBytes> OpenLock(const Store& office_keys, const SecretBytes& secret);

}  // namespace strongroom
