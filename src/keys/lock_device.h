// LockDevice: the hardware behind a lock, as the lock sees it.  It gives a secret of 32 bytes that nothing else gives,
// to whoever has the device and its PIN.  Implemented in locks/ (device_process.h), in a process of its own.
#pragma once

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/secret.h"
#include "keys/lock_kind.h"

namespace strongroom {

// The device is absent, does not answer in time, or breaks off: what it keeps cannot be had now.
inline constexpr Reason kLockDeviceFailed = Reason::kStorageUnavailable;

// One thread at a time.  All calls: kUnlockFailed when the device refuses the PIN or does not know what it is asked
// for, kLockDeviceFailed when it is absent, does not answer in time or breaks off.  Slow: a second is usual.
class LockDevice {
 public:
  struct Made {
    SecretBytes secret;  // 32 bytes
    Bytes binding;       // what GiveAgain needs besides the salt; no secret.  At most 2 KiB
  };

  virtual ~LockDevice() = default;
  // `salt` has 16 bytes.  Makes what the device must hold (a key in a token, unless it is there) and asks it once.
  virtual Result<Made> Make(LockKind kind, ByteView salt, const SecretBytes& pin) = 0;
  // The same secret, for the same salt and binding.
  virtual Result<SecretBytes> GiveAgain(LockKind kind, ByteView salt, ByteView binding, const SecretBytes& pin) = 0;
};

}  // namespace strongroom
