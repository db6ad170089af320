// The life of the process that speaks to a lock's device (device_process.h).
#pragma once

namespace strongroom {

inline constexpr int kLockDeviceSocket = 3;

// Reads the question from kLockDeviceSocket, asks the device, writes the answer.  The process' exit code; the caller
// must end with _exit(): a module's own clean-up at the exit may crash.
int RunLockDevice();

}  // namespace strongroom
