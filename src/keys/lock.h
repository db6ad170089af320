// Lock: what stands between the root key and whoever holds the disk.  The root key is stored wrapped under a key that
// only the lock's secret gives; the row stands in the office's key store ('S' "lock", docs/formats/key-store.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "crypto/password_hash.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "keys/lock_device.h"
#include "keys/lock_kind.h"
#include "keys/share_sheet.h"
#include "store/store.h"

namespace strongroom {

// Four bytes, so that it can be read and swapped at once.
struct alignas(4) LockInfo {
  LockKind kind = LockKind::kPassphrase;
  uint8_t threshold = 0;  // of shares
  uint8_t count = 0;
  // A TPM gives its secret to this machine, whoever starts it: the lock does not survive theft of the machine.
  bool unattended = false;
};

struct LockOptions {
  LockInfo info;
  Argon2Cost cost;               // of a passphrase, and of a TPM's PIN
  LockDevice* device = nullptr;  // of a lock in hardware; must outlive the call
  bool same_secret = false;  // ReplaceLock: shares that were handed out stay good, and so does what is known of them
};

// kInvalidArgument when the secret is too weak for this kind of lock: passphrases under 12 bytes, PINs under 4 (a token
// counts wrong ones) or, for a TPM, under 6 unless there is none.
Status CheckUnlockingSecret(LockKind kind, const SecretBytes& secret);

// A lock that is made and not yet written: whatever can fail outside of the store has been done.
class NewLock {
 public:
  const LockInfo& info() const { return info_; }

 private:
  friend Result<NewLock> MakeLock(const LockOptions& options, const SecretBytes& secret, const SecretBytes& root_key,
                                  Random& random);
  friend Status WriteFirstLock(Store& office_keys, const NewLock& lock, const ShareSheet* sheet);
  friend Status PutPendingLock(Store& office_keys, const SecretBytes& old_secret, LockDevice* old_device,
                               const NewLock& lock, const ShareSheet& sheet);
  LockInfo info_;
  Bytes row_;
};

// A lock with `root_key` inside.  `secret` is the passphrase, the key file's 32 bytes, the secret that was split into
// shares, or the PIN.  Passphrases and PINs that are too short are refused; a device may fail (lock_device.h).
Result<NewLock> MakeLock(const LockOptions& options, const SecretBytes& secret, const SecretBytes& root_key,
                         Random& random);
// kAlreadyInitialised when there is a lock.  `sheet` is that of its shares; null when it has none.
Status WriteFirstLock(Store& office_keys, const NewLock& lock, const ShareSheet* sheet = nullptr);
// Both.
Status CreateLock(Store& office_keys, const LockOptions& options, const SecretBytes& secret,
                  const SecretBytes& root_key, Random& random);
// Another secret, kind, cost or root key from now on, in one write.  `old_secret` must open the lock as it is
// (kUnlockFailed).  kInvalidArgument: from or to a development key file, or the new secret is too weak.
// kStorageConflict: somebody else changed it meanwhile.  kSharesPending: a new lock waits for its custodians, and might
// hold a root key that is none any more.  The old wrap is taken out of the store's files; whoever has a
// copy of it and the old secret still has the root key that was inside: then that must be rotated, too
// (root_rotation.h).  `options.device` is that of the new lock and of the old one; may be null when neither has one.
Status ReplaceLock(Store& office_keys, const SecretBytes& old_secret, const LockOptions& options,
                   const SecretBytes& new_secret, const SecretBytes& root_key, Random& random);
// kNotInitialised when there is none.
Result<LockInfo> ReadLockInfo(const Store& office_keys);
// The root key; kUnlockFailed when the secret is wrong.  Slow for a passphrase, on purpose.  A lock in hardware asks
// `device`; without one, or when that fails: kLockDeviceFailed.
Result<SecretBytes> OpenLock(const Store& office_keys, const SecretBytes& secret, LockDevice* device = nullptr);

// --- shares that their custodians have yet to show ---
// A new lock of shares waits beside the one in force (row 'S' "lock-pending") until every share was shown.

struct PendingLock {
  LockInfo info;
  ShareSheet sheet;
};

// `old_secret` must open the lock in force (kUnlockFailed).  kSharesPending: another one waits.  kInvalidArgument: the
// lock in force is a development key file.
Status PutPendingLock(Store& office_keys, const SecretBytes& old_secret, LockDevice* old_device, const NewLock& lock,
                      const ShareSheet& sheet);
Result<std::optional<PendingLock>> ReadPendingLock(const Store& office_keys);
// kInvalidArgument when none waits.
Status DropPendingLock(Store& office_keys);
// Of the lock in force; none when it is not of shares, or its shares are older than sheets are.
Result<std::optional<ShareSheet>> ReadShareSheet(const Store& office_keys);

// Where a share that was shown belongs.
struct ShownShare {
  bool pending = false;  // to the lock that waits
  uint8_t number = 0;
  uint8_t of = 0;
  bool last = false;  // of those the lock waits for: marking it puts the lock in force
};

// kUnlockFailed: of no lock here.
Result<ShownShare> FindShare(const Store& office_keys, const SecretShare& share);
// Writes down that it was shown.  With the last share of a lock that waits, in the same batch, that lock takes the
// place of the one in force.  Answers the lock in force then.  kStorageConflict: somebody else changed it meanwhile.
Result<LockInfo> MarkShare(Store& office_keys, const ShownShare& shown, UnixMillis now);

}  // namespace strongroom
