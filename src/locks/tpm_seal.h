// A lock's secret sealed in a TPM 2.0 (TPM 2.0 Library, parts 1 and 3): 32 random bytes under the storage primary key
// of the owner hierarchy, which the chip makes anew from its own seed whenever it is asked.  What is stored opens in
// this chip alone.  Loads the TPM libraries (tpm2-tss): only in a process of its own (device_process.h).
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/secret.h"
#include "keys/lock_device.h"

namespace strongroom {

// With an empty PIN the chip gives the secret to whoever runs this machine.  A PIN has at most 32 bytes; wrong ones are
// counted by the chip, which refuses all for a while when there are too many.
// The binding: name of the primary key || public part || sealed part, each prefixed.
Result<LockDevice::Made> SealInTpm(const std::string& tcti, const SecretBytes& pin);
// kUnlockFailed: wrong PIN, or another chip, or one that was cleared since.  kLockDeviceFailed: no TPM, or it refuses.
Result<LockDevice::Made> UnsealFromTpm(const std::string& tcti, ByteView binding, const SecretBytes& pin);

}  // namespace strongroom
