// What a device says of itself, signed with the key of its certificate, in answer to a challenge
// (docs/formats/device.md). Pure: no store, no clock.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/device_record.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace strongroom {

// One report, as it was sent.
struct PostureReport {
  static constexpr size_t kMaxBytes = 4096;
  static constexpr int64_t kMostClockMillis = 10 * 60'000;

  DeviceId device = 0;
  std::string nonce;
  UnixMillis made_at = 0;
  bool disk_encrypted = false;
  bool protection_current = false;
  std::string os;

  // Strict; kPostureInvalid.
  static Result<PostureReport> Parse(ByteView json);
};

// The bytes that are signed.
Bytes PostureSigned(ByteView report);

// Challenges that need no memory: they carry their time, and a keyed hash.  Any thread.
class PostureChallenges {
 public:
  static constexpr int64_t kGoodForMillis = 5 * 60'000;

  explicit PostureChallenges(const SecretBytes& key) : mac_(key) {}
  std::string Make(DeviceId device, UnixMillis now, Random& random) const;
  // When it was made; nothing when it is none of ours, another device's, or too old.
  std::optional<UnixMillis> MadeAt(std::string_view nonce, DeviceId device, UnixMillis now) const;

 private:
  Bytes TagOf(DeviceId device, ByteView head) const;
  const Mac mac_;
};

// Sixteen hexadecimal digits, lower case.  kDeviceNotFound for anything else.
Result<DeviceId> ParseDeviceId(std::string_view text);
std::string FormatDeviceId(DeviceId id);

}  // namespace strongroom
