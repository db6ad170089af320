// DeviceProcess: the lock's device, asked by a process of its own.
//
// A PKCS#11 module is code of the token's maker, and a TPM's libraries are large: neither is loaded into the server.
// For each question the program runs itself anew (kLockDeviceArgument) with one end of a socket pair and nothing else
// open, no core dump and bounded memory and time.  The question, with the PIN, goes down the pair; 32 bytes come back.
// A module that crashes, hangs or writes nonsense costs an error and a process.  It sees the PIN, which is the token's
// anyway, and no key of the vault's.
#pragma once

#include "keys/lock_device.h"
#include "locks/device_message.h"
#include "locks/lock_config.h"

namespace strongroom {

// The only argument of the program when it is that process; main() then calls RunLockDevice() (device_child.h).
inline constexpr char kLockDeviceArgument[] = "lock-device-process";

class DeviceProcess : public LockDevice {
 public:
  explicit DeviceProcess(LockConfig config) : config_(std::move(config)) {}
  Result<Made> Make(LockKind kind, ByteView salt, const SecretBytes& pin) override;
  Result<SecretBytes> GiveAgain(LockKind kind, ByteView salt, ByteView binding, const SecretBytes& pin) override;

 private:
  Result<Made> Ask(const DeviceQuestion& question) const;
  const LockConfig config_;
};

}  // namespace strongroom
