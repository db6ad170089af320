// Reports of devices about themselves.
#include <utility>

#include "access/devices.h"
#include "crypto/public_key.h"

namespace strongroom {
namespace {

constexpr int kTries = 3;  // others may change the device meanwhile

Status Invalid(std::string message) { return Status(Reason::kPostureInvalid, std::move(message)); }

AuditEntry EntryOf(const ReportFrom& from, PrincipalId person) {
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kStaff;
  entry.actor = person;
  entry.address = from.address;
  entry.request_id = from.request_id;
  entry.action = Action::kStaffSelf;
  entry.decision = Decision::kPlain;
  return entry;
}

}  // namespace

Result<std::string> Devices::Challenge(DeviceId id) {
  const DevicePtr device = Find(id);
  if (device == nullptr || StageOf(*device, now()) != DeviceStage::kActive) return Status(Reason::kDeviceNotFound);
  return challenges_.Make(id, now(), gate_.house().random());
}

// The signature comes first: what nobody signed is not even parsed.
Status Devices::CheckReport(const DeviceRecord& device, ByteView report, ByteView signature, PostureReport& parsed,
                            UnixMillis& challenge_at) const {
  if (report.size() > PostureReport::kMaxBytes) return Invalid("a report has at most 4096 bytes");
  ASSIGN_OR_RETURN(const PublicKey key, PublicKey::FromSubjectPublicKeyInfo(device.public_key));
  if (!key.Verify(PostureSigned(report), signature, EcdsaForm::kFixedWidth)) {
    return Invalid("the report is not signed with the key of the device's certificate");
  }
  ASSIGN_OR_RETURN(parsed, PostureReport::Parse(report));
  const std::optional<UnixMillis> made_at = challenges_.MadeAt(parsed.nonce, device.id, now());
  if (parsed.device != device.id || !made_at.has_value()) {
    return Invalid("the report answers no challenge of the last five minutes for this device");
  }
  const UnixMillis off = now() - parsed.made_at;
  if (off > PostureReport::kMostClockMillis || off < -PostureReport::kMostClockMillis) {
    return Invalid("the device's clock is more than ten minutes off the server's");
  }
  challenge_at = *made_at;
  return Status::Ok();
}

Result<DevicePosture> Devices::Report(const ReportFrom& from, DeviceId id, ByteView report, ByteView signature) {
  const DevicePtr device = Find(id);
  if (device == nullptr || StageOf(*device, now()) != DeviceStage::kActive) {
    RecordRefusal(from, device.get(), Reason::kDeviceNotFound);
    return Status(Reason::kDeviceNotFound);
  }
  PostureReport parsed;
  UnixMillis challenge_at = 0;
  Status good = CheckReport(*device, report, signature, parsed, challenge_at);
  if (good.ok()) {
    Result<DevicePosture> kept = Keep(from, id, parsed, challenge_at);
    if (kept.ok()) return kept;
    good = kept.status();
  }
  RecordRefusal(from, device.get(), good.reason());
  return good;
}

Result<DevicePosture> Devices::Keep(const ReportFrom& from, DeviceId id, const PostureReport& report,
                                    UnixMillis challenge_at) {
  std::lock_guard lock(change_mutex_);
  Status written = Status(Reason::kRecordBusy);
  for (int tries = 0; tries < kTries; ++tries) {
    ASSIGN_OR_RETURN(Stored stored, ReadStored(id));
    DeviceRecord& record = stored.record;
    if (record.revoked_at != 0) return Status(Reason::kDeviceNotFound);
    if (record.posture.has_value() && record.posture->challenge_at >= challenge_at) {
      return Invalid("a report on this challenge or a later one was taken before");
    }
    const bool was_good = record.posture.has_value() && record.posture->good();
    record.posture = DevicePosture{challenge_at, now(), report.disk_encrypted, report.protection_current, report.os};
    AuditEntry entry = EntryOf(from, record.person);
    entry.detail = "device " + FormatDeviceId(id) + " reports: " + (record.posture->good() ? "good" : "not good");
    if (was_good && !record.posture->good()) entry.detail += ", was good";
    SealedBatch batch;
    RETURN_IF_ERROR(office().PutDocument(batch, Table::kDevice, FormatDeviceId(id), record.Encode(), stored.version));
    written = gate_.house().office().journal->Submit(std::move(batch), std::move(entry)).Wait();
    if (written.ok()) {
      Publish(record);
      return *record.posture;
    }
    if (written.reason() != Reason::kStorageConflict) return written;
  }
  return Status(Reason::kRecordBusy);
}

void Devices::RecordRefusal(const ReportFrom& from, const DeviceRecord* device, Reason why) {
  AuditEntry entry = EntryOf(from, device == nullptr ? 0 : device->person);
  if (device == nullptr) entry.actor_kind = PrincipalKind::kNone;
  entry.decision = Decision::kDeny;
  entry.outcome = why;
  entry.detail = device == nullptr ? "report of no device" : "report of device " + FormatDeviceId(device->id);
  refusals_.Record(std::move(entry));
}

}  // namespace strongroom
