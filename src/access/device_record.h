// What the office keeps of a device: whose it is, its certificates, what it last said of itself.  One sealed document
// each (Table::kDevice); the form is docs/formats/device.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/certificate_authority.h"
#include "policy/principal.h"

namespace strongroom {

using DeviceId = uint64_t;

// What a device said of itself, and when.
struct DevicePosture {
  UnixMillis challenge_at = 0;  // when the challenge that it answers was made
  UnixMillis at = 0;
  bool disk_encrypted = false;
  bool protection_current = false;
  std::string os;

  bool good() const { return disk_encrypted && protection_current; }
};

struct DeviceRecord {
  static constexpr size_t kMaxCertificates = 4;
  static constexpr size_t kMaxTextBytes = 64;

  DeviceId id = 0;
  PrincipalId person = 0;
  std::string label;  // of its owner: never in the log
  UnixMillis requested_at = 0;
  PrincipalId requested_by = 0;
  UnixMillis granted_at = 0;  // 0: not yet
  PrincipalId granted_by = 0;
  UnixMillis revoked_at = 0;  // 0: no
  PrincipalId revoked_by = 0;
  Bytes public_key;                             // SubjectPublicKeyInfo
  std::vector<IssuedCertificate> certificates;  // oldest first
  std::optional<DevicePosture> posture;

  Bytes Encode() const;
  static Result<DeviceRecord> Decode(ByteView bytes);  // kDataCorrupt
  // Of the newest certificate; 0 when there is none.
  UnixMillis ends_at() const { return certificates.empty() ? 0 : certificates.back().not_after; }
};

}  // namespace strongroom
