// A lock's secret from a PKCS#11 token: HMAC-SHA-256 of the lock's salt under a key that never leaves the token
// (PKCS #11 v2.40, CKM_SHA256_HMAC).  Loads the maker's module: only in a process of its own (device_process.h).
#pragma once

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/secret.h"
#include "keys/lock_device.h"
#include "locks/lock_config.h"

namespace strongroom {

// With `make`, a key that is not in the token is generated there: 32 bytes, sensitive, not extractable.
// kUnlockFailed: the token refuses the PIN.  kLockDeviceFailed: no such module, token or key; more than one of that
// name; a key that could be taken out; a token that would be blocked by one more wrong PIN, which is left to its own
// tool.
Result<LockDevice::Made> AskToken(const LockConfig& config, ByteView salt, const SecretBytes& pin, bool make);

}  // namespace strongroom
