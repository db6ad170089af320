// What the server and the process that speaks to a lock's device say to each other: one question, one answer, each to
// the end of its direction of a socket pair.  Both ends are the same program, so there is no version.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/secret.h"
#include "keys/lock_device.h"
#include "locks/lock_config.h"

namespace strongroom {

constexpr size_t kMaxDeviceMessageBytes = size_t{16} << 10;

enum class DeviceCall : uint8_t { kMake = 1, kGiveAgain = 2 };

struct DeviceQuestion {
  DeviceCall call = DeviceCall::kMake;
  LockKind kind = LockKind::kPkcs11;
  LockConfig config;  // what of it names the device
  Bytes salt;
  Bytes binding;
  SecretBytes pin;
};
// Holds the PIN: whoever encodes or receives it wipes it.
Bytes EncodeQuestion(const DeviceQuestion& question);
Result<DeviceQuestion> DecodeQuestion(ByteView bytes);

// Holds the secret: likewise.
Bytes EncodeAnswer(const Result<LockDevice::Made>& answer);
// The device's own code may have written this: kLockDeviceFailed for what is no answer; of a message what can be
// printed, and no more than 300 bytes of it.
Result<LockDevice::Made> DecodeAnswer(ByteView bytes);

}  // namespace strongroom
