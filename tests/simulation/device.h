// The simulated hardware behind a lock: a token that may be absent, may answer too late, or may forget.
#pragma once

#include <cstdint>
#include <optional>

#include "crypto/hash.h"
#include "keys/lock_device.h"

namespace strongroom {

enum class DeviceTrouble : uint8_t {
  kAway,  // nothing is done
  kLate   // it is done, and the answer comes when nobody waits any more
};

// One thread at a time.
class SimulatedDevice : public LockDevice {
 public:
  static constexpr char kPin[] = "48151623";

  // Meets the nth question from now on, once.
  void Plan(DeviceTrouble trouble, uint64_t nth) {
    trouble_ = trouble;
    left_ = nth;
  }
  void ClearPlan() { left_ = 0; }
  uint64_t faults_made() const { return faults_; }
  // A control: from now on it gives other secrets than it gave.
  void Forget() { mac_.emplace(SecretBytes::CopyOf(Bytes(32, '!'))); }

  Result<Made> Make(LockKind kind, ByteView salt, const SecretBytes& pin) override {
    ASSIGN_OR_RETURN(SecretBytes secret, GiveAgain(kind, salt, kBinding, pin));
    return Made{std::move(secret), kBinding};
  }
  Result<SecretBytes> GiveAgain(LockKind, ByteView salt, ByteView binding, const SecretBytes& pin) override {
    if (left_ > 0 && --left_ == 0) {
      ++faults_;
      return Status(kLockDeviceFailed,
                    trouble_ == DeviceTrouble::kAway ? "the token is not there" : "the token did not answer in time");
    }
    if (ExposeSecret(pin) != kPin || binding != kBinding) return Status(Reason::kUnlockFailed);
    const Digest digest = mac_->Compute({salt});
    return SecretBytes::CopyOf({reinterpret_cast<const char*>(digest.data()), digest.size()});
  }

 private:
  static constexpr char kBinding[] = "simulated";
  std::optional<Mac> mac_{SecretBytes::CopyOf(Bytes(32, 't'))};
  DeviceTrouble trouble_ = DeviceTrouble::kAway;
  uint64_t left_ = 0;
  uint64_t faults_ = 0;
};

}  // namespace strongroom
