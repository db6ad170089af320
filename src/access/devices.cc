#include "access/devices.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "base/encoding.h"
#include "crypto/certificate_request.h"
#include "vault/normalise_text.h"

namespace strongroom {
namespace {

constexpr uint8_t kAuthorityVersion = 1;
constexpr std::string_view kAuthorityName = "device-authority";
constexpr std::string_view kChallengePurpose = "strongroom posture challenge v1";
constexpr size_t kPage = 1'000;

Status Refused(std::string message) { return Status(Reason::kInvalidArgument, std::move(message)); }

Status CheckLabel(std::string_view label) {
  if (!label.empty() && label.size() <= DeviceRecord::kMaxTextBytes && IsValidUtf8(label) &&
      !HasControlCharacters(label, /*lines_allowed=*/false) && !HasDirectionControls(label)) {
    return Status::Ok();
  }
  return Refused("label is 1 to 64 bytes of text");
}

}  // namespace

std::string_view NameOf(DeviceStage stage) {
  switch (stage) {
    case DeviceStage::kRequested:
      return "requested";
    case DeviceStage::kActive:
      return "active";
    case DeviceStage::kExpired:
      return "expired";
    case DeviceStage::kRevoked:
      return "revoked";
    case DeviceStage::kPersonInactive:
      return "person-inactive";
  }
  return "unknown";
}

size_t Devices::DigestHash::operator()(const Digest& digest) const {
  size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof(hash));
  return hash;
}

Devices::Devices(Gate& gate, StaffDirectory& directory, const AccessSettingsService& settings)
    : gate_(gate),
      directory_(directory),
      settings_(settings),
      challenges_(gate.house().office().sealed->ring().Derive(kChallengePurpose)),
      refusals_(*gate.house().office().journal, gate.house().clock()),
      table_(std::make_shared<const Snapshot>()) {}

// --- reading ---------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<Devices>> Devices::Open(Gate& gate, StaffDirectory& directory,
                                               const AccessSettingsService& settings) {
  std::unique_ptr<Devices> devices(new Devices(gate, directory, settings));
  RETURN_IF_ERROR(devices->Refresh());
  return devices;
}

Status Devices::Refresh() {
  std::lock_guard lock(change_mutex_);
  RETURN_IF_ERROR(ReadAuthority());
  auto next = std::make_shared<Snapshot>();
  Bytes after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> page, office().ListDocuments(Table::kDevice, after, kPage));
    for (const ListedDocument& document : page) {
      ASSIGN_OR_RETURN(DeviceRecord record, DeviceRecord::Decode(document.content));
      const auto device = std::make_shared<const DeviceRecord>(std::move(record));
      next->by_id[device->id] = device;
      for (const IssuedCertificate& one : device->certificates) next->by_certificate[one.fingerprint] = device;
    }
    if (page.size() < kPage) break;
    after = page.back().row_key;
  }
  std::atomic_store(&table_, SnapshotPtr(std::move(next)));
  return Status::Ok();
}

Status Devices::ReadAuthority() {
  ASSIGN_OR_RETURN(std::optional<Document> stored, office().GetDocument(Table::kAccess, kAuthorityName));
  if (!stored.has_value()) return Status::Ok();
  ByteReader reader(stored->content);
  const bool known_format = reader.U8() == kAuthorityVersion;
  const SecretBytes key = SecretBytes::CopyOf(reader.Prefixed());
  const Bytes certificate(reader.Prefixed());
  const Status whole = reader.Finish("the authority of devices");
  WipeString(stored->content);
  RETURN_IF_ERROR(whole);
  if (!known_format) return Status(Reason::kDataCorrupt, "the authority of devices is of a newer format");
  ASSIGN_OR_RETURN(ca_to_be_, CertificateAuthority::Open(key, certificate));
  KeepAuthority();
  return Status::Ok();
}

void Devices::KeepAuthority() {
  if (!ca_to_be_.has_value()) return;
  ca_ = std::move(ca_to_be_);
  ca_to_be_.reset();
  std::atomic_store(&authority_der_, std::make_shared<const Bytes>(ca_->certificate()));
}

Devices::DevicePtr Devices::Find(DeviceId id) const {
  const SnapshotPtr all = table();
  const auto found = all->by_id.find(id);
  return found == all->by_id.end() ? nullptr : found->second;
}

void Devices::Publish(const DeviceRecord& changed) {
  auto next = std::make_shared<Snapshot>(*table());
  if (const auto before = next->by_id.find(changed.id); before != next->by_id.end()) {
    for (const IssuedCertificate& one : before->second->certificates) next->by_certificate.erase(one.fingerprint);
  }
  const auto device = std::make_shared<const DeviceRecord>(changed);
  next->by_id[device->id] = device;
  for (const IssuedCertificate& one : device->certificates) next->by_certificate[one.fingerprint] = device;
  std::atomic_store(&table_, SnapshotPtr(std::move(next)));
}

DeviceStage Devices::StageOf(const DeviceRecord& record, UnixMillis at) const {
  if (record.revoked_at != 0) return DeviceStage::kRevoked;
  const StaffMemberPtr owner = directory_.Find(record.person);
  if (owner == nullptr || owner->state != StaffState::kActive) return DeviceStage::kPersonInactive;
  if (record.certificates.empty()) return DeviceStage::kRequested;
  return record.ends_at() > at ? DeviceStage::kActive : DeviceStage::kExpired;
}

bool Devices::IsHealthy(const DeviceRecord& record, UnixMillis at) const {
  return record.posture.has_value() && record.posture->good() &&
         at - record.posture->at < settings_.Current()->posture_hours * 3'600'000;
}

DeviceCheck Devices::Check(const Digest& certificate, PrincipalId person, UnixMillis at) const {
  DeviceCheck check;
  const SnapshotPtr all = table();
  const auto found = all->by_certificate.find(certificate);
  if (found == all->by_certificate.end()) {
    check.alarm = "device-unknown";
    return check;
  }
  const DeviceRecord& device = *found->second;
  if (device.revoked_at != 0) check.alarm = "device-revoked";
  if (device.person != person) check.alarm = "device-of-another";
  if (!check.alarm.empty()) return check;
  check.device = device.id;
  if (StageOf(device, at) != DeviceStage::kActive) return check;
  for (const IssuedCertificate& one : device.certificates) {
    if (one.fingerprint != certificate || one.not_after <= at) continue;
    check.state = IsHealthy(device, at) ? DeviceState::kHealthy : DeviceState::kEnrolled;
  }
  return check;
}

DeviceView Devices::ViewOf(const DeviceRecord& record) const {
  DeviceView view;
  view.record = record;
  view.stage = StageOf(record, now());
  view.healthy = view.stage == DeviceStage::kActive && IsHealthy(record, now());
  if (const StaffMemberPtr owner = directory_.Find(record.person)) view.person_name = owner->display_name;
  if (const auto root = authority()) view.authority = *root;
  return view;
}

Receipted<std::vector<DeviceView>> Devices::List(const Caller& caller) const {
  Permit permit = gate_.Authorise(caller, Action::kDeviceRead);
  if (!permit.granted()) return permit.Refuse<std::vector<DeviceView>>();
  std::vector<DeviceView> all;
  for (const auto& [id, device] : table()->by_id) all.push_back(ViewOf(*device));
  std::sort(all.begin(), all.end(), [](const DeviceView& a, const DeviceView& b) {
    return std::tie(b.record.requested_at, b.record.id) < std::tie(a.record.requested_at, a.record.id);
  });
  permit.entry().detail = "devices listed";
  permit.entry().count = static_cast<uint32_t>(all.size());
  return permit.Finish(std::move(all));
}

Receipted<std::vector<DeviceView>> Devices::ListOwn(const Caller& caller) const {
  Permit permit = gate_.Authorise(caller, Action::kStaffSelf);
  if (!permit.granted()) return permit.Refuse<std::vector<DeviceView>>();
  std::vector<DeviceView> own;
  for (const auto& [id, device] : table()->by_id) {
    if (device->person == caller.principal->id) own.push_back(ViewOf(*device));
  }
  std::sort(own.begin(), own.end(),
            [](const DeviceView& a, const DeviceView& b) { return b.record.requested_at < a.record.requested_at; });
  permit.entry().detail = "own devices listed";
  permit.entry().count = static_cast<uint32_t>(own.size());
  return permit.Finish(std::move(own));
}

Receipted<DeviceView> Devices::Get(const Caller& caller, DeviceId id) const {
  const DevicePtr device = Find(id);
  const bool own = device != nullptr && caller.principal != nullptr && caller.principal->id == device->person;
  Permit permit = gate_.Authorise(caller, own ? Action::kStaffSelf : Action::kDeviceRead);
  if (!permit.granted()) return permit.Refuse<DeviceView>();
  permit.entry().detail = "device " + FormatDeviceId(id);
  if (device == nullptr) return permit.Fail<DeviceView>(Status(Reason::kDeviceNotFound));
  return permit.Finish(ViewOf(*device));
}

// --- enrolling -------------------------------------------------------------------------------------------------------

Status Devices::CheckOwner(PrincipalId person) const {
  const StaffMemberPtr owner = directory_.Find(person);
  if (owner == nullptr) return Status(Reason::kStaffNotFound);
  if (owner->state != StaffState::kActive) return Status(Reason::kStaffStateWrong, "devices are for active people");
  return Status::Ok();
}

Result<DeviceRecord> Devices::NewRecord(const Caller& caller, PrincipalId person, std::string_view label,
                                        ByteView request) {
  RETURN_IF_ERROR(CheckLabel(label));
  RETURN_IF_ERROR(CheckOwner(person));
  size_t others = 0;
  for (const auto& [id, device] : table()->by_id) {
    if (device->person == person && device->revoked_at == 0) ++others;
  }
  if (others >= kMostPerPerson) return Refused("a person has at most 10 devices; revoke one that is not used");
  DeviceRecord record;
  while (record.id == 0) record.id = gate_.house().random().NextU64();
  record.person = person;
  record.label = std::string(label);
  record.requested_at = now();
  record.requested_by = caller.principal->id;
  ASSIGN_OR_RETURN(record.public_key, PublicKeyOfRequest(request));
  return record;
}

Status Devices::EnsureAuthority(SealedBatch& batch) {
  if (ca_.has_value()) return Status::Ok();
  RETURN_IF_ERROR(ReadAuthority());  // another server may have made it
  if (ca_.has_value()) return Status::Ok();
  ASSIGN_OR_RETURN(ca_to_be_, CertificateAuthority::Create(gate_.house().random(), now()));
  const SecretBytes key = ca_to_be_->private_key();
  Bytes content;
  content.reserve(4096);  // so that no copy of the key stays behind in an outgrown buffer
  ByteWriter writer(content);
  writer.U8(kAuthorityVersion);
  writer.Prefixed(ExposeSecret(key));
  writer.Prefixed(ca_to_be_->certificate());
  const Status put = office().PutDocument(batch, Table::kAccess, kAuthorityName, content, kAbsent);
  WipeString(content);
  return put;
}

// With change_mutex_ held.
Status Devices::Certify(DeviceRecord& record, SealedBatch& batch, int64_t days) {
  ca_to_be_.reset();
  RETURN_IF_ERROR(EnsureAuthority(batch));
  const CertificateAuthority& ca = ca_.has_value() ? *ca_ : *ca_to_be_;
  ASSIGN_OR_RETURN(IssuedCertificate issued,
                   ca.Issue(record.public_key, FormatDeviceId(record.id), now(), days, gate_.house().random()));
  std::erase_if(record.certificates, [&](const IssuedCertificate& one) { return one.not_after <= now(); });
  if (record.certificates.size() == DeviceRecord::kMaxCertificates)
    record.certificates.erase(record.certificates.begin());
  record.certificates.push_back(std::move(issued));
  return Status::Ok();
}

// Commits, and only then tells.  With change_mutex_ held.
Receipted<DeviceView> Devices::Write(Permit permit, DeviceRecord record, SealedBatch batch, StoreVersion expected) {
  const Bytes content = record.Encode();
  const Status put = office().PutDocument(batch, Table::kDevice, FormatDeviceId(record.id), content, expected);
  if (!put.ok()) return permit.Fail<DeviceView>(put);
  permit.entry().detail += " " + FormatDeviceId(record.id) + " of " + FormatDeviceId(record.person);
  permit.entry().change = Sha256(content);
  AuditEntry entry = permit.entry();
  const Receipt receipt = permit.SubmitStep(std::move(batch), std::move(entry));
  if (const Status written = receipt.Wait(); !written.ok()) {
    const bool other = written.reason() == Reason::kStorageConflict;
    return permit.Fail<DeviceView>(other ? Status(Reason::kRecordBusy) : written);
  }
  permit.Close();
  KeepAuthority();
  Publish(record);
  return Receipted<DeviceView>(ViewOf(record), receipt);
}

Receipted<DeviceView> Devices::Add(Permit permit, Result<DeviceRecord> record, std::optional<int64_t> days) {
  SealedBatch batch;
  Status fit = record.status();
  if (fit.ok() && days.has_value()) {
    record->granted_at = now();
    record->granted_by = permit.caller().principal->id;
    fit = Certify(*record, batch, *days);
  }
  if (!fit.ok()) return permit.Fail<DeviceView>(fit);
  return Write(std::move(permit), *std::move(record), std::move(batch), kAbsent);
}

Receipted<DeviceView> Devices::Request(const Caller& caller, std::string_view label, ByteView request) {
  Permit permit = gate_.Authorise(caller, Action::kStaffSelf);
  if (!permit.granted()) return permit.Refuse<DeviceView>();
  permit.entry().detail = "device requested";
  std::lock_guard lock(change_mutex_);
  Result<DeviceRecord> record = NewRecord(caller, caller.principal->id, label, request);
  return Add(std::move(permit), std::move(record), std::nullopt);
}

Receipted<DeviceView> Devices::Issue(const Caller& caller, PrincipalId person, std::string_view label, ByteView request,
                                     int64_t days) {
  Permit permit = gate_.Authorise(caller, Action::kDeviceEnrol);
  if (!permit.granted()) return permit.Refuse<DeviceView>();
  permit.entry().detail = "device issued";
  if (caller.principal->id == person) {
    return permit.Fail<DeviceView>(Status(Reason::kOwnCaseRefused, "nobody enrols a device of their own; request it"));
  }
  std::lock_guard lock(change_mutex_);
  Result<DeviceRecord> record = NewRecord(caller, person, label, request);
  return Add(std::move(permit), std::move(record), days);
}

// --- changing --------------------------------------------------------------------------------------------------------

Result<Devices::Stored> Devices::ReadStored(DeviceId id) const {
  ASSIGN_OR_RETURN(const std::optional<Document> stored, office().GetDocument(Table::kDevice, FormatDeviceId(id)));
  if (!stored.has_value()) return Status(Reason::kDeviceNotFound);
  ASSIGN_OR_RETURN(DeviceRecord record, DeviceRecord::Decode(stored->content));
  return Stored{std::move(record), stored->version};
}

Receipted<DeviceView> Devices::Change(Permit permit, DeviceId id, const ChangeFn& change) {
  std::lock_guard lock(change_mutex_);
  Result<Stored> stored = ReadStored(id);
  SealedBatch batch;
  Status fit = stored.status();
  if (fit.ok()) fit = change(stored->record, batch);
  if (!fit.ok()) return permit.Fail<DeviceView>(fit);
  return Write(std::move(permit), std::move(stored->record), std::move(batch), stored->version);
}

Receipted<DeviceView> Devices::Grant(const Caller& caller, DeviceId id, int64_t days) {
  Permit permit = gate_.Authorise(caller, Action::kDeviceEnrol);
  if (!permit.granted()) return permit.Refuse<DeviceView>();
  permit.entry().detail = "device granted";
  const PrincipalId by = caller.principal->id;
  return Change(std::move(permit), id, [&, this](DeviceRecord& record, SealedBatch& batch) -> Status {
    if (record.person == by) return Status(Reason::kOwnCaseRefused, "a colleague grants one's own device");
    if (record.revoked_at != 0) return Status(Reason::kDeviceRefused, "it was revoked; request it anew");
    if (record.granted_at != 0) return Status(Reason::kDeviceRefused, "it has a certificate; renew it");
    RETURN_IF_ERROR(CheckOwner(record.person));
    record.granted_at = now();
    record.granted_by = by;
    return Certify(record, batch, days);
  });
}

Receipted<DeviceView> Devices::Renew(const Caller& caller, DeviceId id, ByteView request, int64_t days) {
  const DevicePtr device = Find(id);
  const bool own = device != nullptr && caller.principal != nullptr && caller.principal->id == device->person;
  Permit permit = gate_.Authorise(caller, own ? Action::kStaffSelf : Action::kDeviceEnrol);
  if (!permit.granted()) return permit.Refuse<DeviceView>();
  permit.entry().detail = "device renewed";
  return Change(std::move(permit), id, [&, this](DeviceRecord& record, SealedBatch& batch) -> Status {
    if (own && !request.empty()) return Status(Reason::kOwnCaseRefused, "a new key is a colleague's to enrol");
    if (own && caller.standing.device == DeviceState::kUnknown) {
      return Status(Reason::kDeviceRefused, "renew it from an enrolled device, or ask a colleague");
    }
    if (record.revoked_at != 0 || record.granted_at == 0) {
      return Status(Reason::kDeviceRefused, "only a device with a certificate can be renewed");
    }
    if (own && record.ends_at() <= now()) return Status(Reason::kDeviceRefused, "it ran out; ask a colleague");
    RETURN_IF_ERROR(CheckOwner(record.person));
    if (!request.empty()) {
      ASSIGN_OR_RETURN(record.public_key, PublicKeyOfRequest(request));
      record.posture.reset();  // another key: perhaps another disk
    }
    return Certify(record, batch, days);
  });
}

Receipted<DeviceView> Devices::Revoke(const Caller& caller, DeviceId id) {
  const DevicePtr device = Find(id);
  const bool own = device != nullptr && caller.principal != nullptr && caller.principal->id == device->person;
  Permit permit = gate_.Authorise(caller, own ? Action::kStaffSelf : Action::kDeviceRevoke);
  if (!permit.granted()) return permit.Refuse<DeviceView>();
  permit.entry().detail = "device revoked";
  const PrincipalId by = caller.principal->id;
  Receipted<DeviceView> answer = Change(std::move(permit), id, [&, this](DeviceRecord& record, SealedBatch&) -> Status {
    if (record.revoked_at != 0) return Status(Reason::kDeviceRefused, "it was revoked before");
    record.revoked_at = now();
    record.revoked_by = by;
    return Status::Ok();
  });
  const DevicePtr after = Find(id);
  if (after != nullptr && after->revoked_at != 0) {
    for (const Listener& listener : listeners_) listener(id);
  }
  return answer;
}

}  // namespace strongroom
