#include "access/device_posture.h"

#include "access/api_key_record.h"
#include "base/encoding.h"
#include "base/json.h"
#include "vault/normalise_text.h"

namespace strongroom {
namespace {

constexpr std::string_view kSignedPrefix = "strongroom posture v1\n";
constexpr size_t kHeadBytes = 16;  // time and random
constexpr size_t kTagBytes = 16;
constexpr size_t kIdDigits = 16;

Status Invalid(std::string message) { return Status(Reason::kPostureInvalid, std::move(message)); }

Result<PostureReport> FromJson(const JsonValue& json) {
  PostureReport report;
  ASSIGN_OR_RETURN(const std::string_view device, json.GetString("device"));
  ASSIGN_OR_RETURN(report.device, ParseDeviceId(device));
  ASSIGN_OR_RETURN(const std::string_view nonce, json.GetString("nonce"));
  report.nonce = std::string(nonce);
  ASSIGN_OR_RETURN(const int64_t made_at, json.GetInt("made_at", 0, int64_t{1} << 40));
  report.made_at = made_at * 1000;
  ASSIGN_OR_RETURN(report.disk_encrypted, json.GetBool("disk_encrypted"));
  ASSIGN_OR_RETURN(report.protection_current, json.GetBool("protection_current"));
  ASSIGN_OR_RETURN(const std::string_view os, json.GetString("os"));
  report.os = std::string(os);
  RETURN_IF_ERROR(json.RefuseUnknown());
  return report;
}

}  // namespace

Result<PostureReport> PostureReport::Parse(ByteView json) {
  if (json.size() > kMaxBytes) return Invalid("a report has at most 4096 bytes");
  const Result<JsonDocument> document = JsonDocument::ParseObject(json, {.max_depth = 2, .max_values = 32});
  Result<PostureReport> report = document.ok() ? FromJson(document->root()) : document.status();
  if (!report.ok()) return Invalid("the report is not of the form in docs/formats/device.md");
  if (report->os.size() > DeviceRecord::kMaxTextBytes || HasControlCharacters(report->os, /*lines_allowed=*/false) ||
      HasDirectionControls(report->os)) {
    return Invalid("'os' is at most 64 bytes of text");
  }
  return report;
}

Bytes PostureSigned(ByteView report) { return Bytes(kSignedPrefix).append(report); }

Bytes PostureChallenges::TagOf(DeviceId device, ByteView head) const {
  Bytes name;
  ByteWriter(name).U64(device);
  const Digest tag = mac_.Compute({name, head});
  return Bytes(View(tag).substr(0, kTagBytes));
}

std::string PostureChallenges::Make(DeviceId device, UnixMillis now, Random& random) const {
  Bytes challenge;
  ByteWriter writer(challenge);
  writer.U64(static_cast<uint64_t>(now));
  writer.U64(random.NextU64());
  return Base64UrlEncode(challenge + TagOf(device, challenge));
}

std::optional<UnixMillis> PostureChallenges::MadeAt(std::string_view nonce, DeviceId device, UnixMillis now) const {
  const Result<Bytes> bytes = Base64UrlDecode(nonce);
  if (!bytes.ok() || bytes->size() != kHeadBytes + kTagBytes) return std::nullopt;
  const ByteView head = ByteView(*bytes).substr(0, kHeadBytes);
  if (!EqualInConstantTime(TagOf(device, head), ByteView(*bytes).substr(kHeadBytes))) return std::nullopt;
  const auto made_at = static_cast<UnixMillis>(ByteReader(head).U64());
  if (made_at > now || now - made_at > kGoodForMillis) return std::nullopt;
  return made_at;
}

std::string FormatDeviceId(DeviceId id) { return FormatPrincipalId(id); }

Result<DeviceId> ParseDeviceId(std::string_view text) {
  const Status unknown(Reason::kDeviceNotFound, "a device's id is 16 hexadecimal digits");
  if (text.size() != kIdDigits) return unknown;
  const Result<Bytes> bytes = HexDecode(text);
  if (!bytes.ok()) return unknown;
  const DeviceId id = ByteReader(*bytes).U64();
  if (id == 0 || FormatDeviceId(id) != text) return unknown;
  return id;
}

}  // namespace strongroom
