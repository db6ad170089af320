#include "access/device_record.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;

class TimeReader {
 public:
  explicit TimeReader(ByteReader& reader) : reader_(reader) {}
  UnixMillis Next() {
    const uint64_t value = reader_.U64();
    possible_ = possible_ && value <= static_cast<uint64_t>(INT64_MAX);
    return static_cast<UnixMillis>(value);
  }
  bool possible() const { return possible_; }

 private:
  ByteReader& reader_;
  bool possible_ = true;
};

void WriteTime(ByteWriter& writer, UnixMillis at) { writer.U64(static_cast<uint64_t>(at)); }

}  // namespace

Bytes DeviceRecord::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.U64(id);
  writer.U64(person);
  writer.Prefixed(label);
  for (const auto& [at, by] :
       {std::pair{requested_at, requested_by}, std::pair{granted_at, granted_by}, std::pair{revoked_at, revoked_by}}) {
    WriteTime(writer, at);
    writer.U64(by);
  }
  writer.Prefixed(public_key);
  writer.Varint(certificates.size());
  for (const IssuedCertificate& certificate : certificates) {
    writer.Raw(View(certificate.fingerprint));
    WriteTime(writer, certificate.not_after);
    writer.Prefixed(certificate.der);
  }
  writer.U8(posture.has_value() ? 1 : 0);
  if (!posture.has_value()) return out;
  WriteTime(writer, posture->challenge_at);
  WriteTime(writer, posture->at);
  writer.U8(posture->disk_encrypted ? 1 : 0);
  writer.U8(posture->protection_current ? 1 : 0);
  writer.Prefixed(posture->os);
  return out;
}

Result<DeviceRecord> DeviceRecord::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  TimeReader times(reader);
  const bool known_format = reader.U8() == kFormatVersion;
  DeviceRecord out;
  out.id = reader.U64();
  out.person = reader.U64();
  out.label = std::string(reader.Prefixed());
  out.requested_at = times.Next();
  out.requested_by = reader.U64();
  out.granted_at = times.Next();
  out.granted_by = reader.U64();
  out.revoked_at = times.Next();
  out.revoked_by = reader.U64();
  out.public_key = Bytes(reader.Prefixed());
  const uint64_t count = reader.Varint();
  for (uint64_t left = count; left > 0 && count <= kMaxCertificates && !reader.failed(); --left) {
    IssuedCertificate certificate;
    const ByteView fingerprint = reader.Raw(certificate.fingerprint.size());
    std::copy(fingerprint.begin(), fingerprint.end(), certificate.fingerprint.begin());
    certificate.not_after = times.Next();
    certificate.der = Bytes(reader.Prefixed());
    out.certificates.push_back(std::move(certificate));
  }
  const uint8_t has_posture = reader.U8();
  uint8_t flags = 0;
  if (has_posture == 1) {
    DevicePosture& posture = out.posture.emplace();
    posture.challenge_at = times.Next();
    posture.at = times.Next();
    const uint8_t disk = reader.U8();
    const uint8_t protection = reader.U8();
    flags = disk | protection;
    posture.disk_encrypted = disk == 1;
    posture.protection_current = protection == 1;
    posture.os = std::string(reader.Prefixed());
  }
  RETURN_IF_ERROR(reader.Finish("a device"));
  const bool granted = out.granted_at != 0;
  if (!known_format || out.id == 0 || out.person == 0 || count > kMaxCertificates || has_posture > 1 || flags > 1 ||
      !times.possible() || granted == out.certificates.empty() || out.label.size() > kMaxTextBytes) {
    return Status(Reason::kDataCorrupt, "a device holds an impossible value");
  }
  return out;
}

}  // namespace strongroom
