// Devices: the computers from which people may work, known by certificates of the built-in authority.
//
//     requested ──grant (a colleague)──► active ──► expired, until renewed
//                                          └──revoke──► revoked, for good
//
// A device is one person's.  Its private key never comes here; of a certificate request the public key alone is taken.
// Nobody grants their own.  Whoever finds a device lost revokes it, its owner at once and alone: its sessions end with
// that (sessions.h listens).  Certificates are worth nothing while their person is not active.
//
// What a request showed at the TLS handshake is looked up in memory, for each request.  Entries name devices by id;
// their labels are their owners' words.  The forms are docs/formats/device.md.  Any thread; what is Receipted waits.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/access_settings.h"
#include "access/device_posture.h"
#include "access/device_record.h"
#include "access/refusal_log.h"
#include "access/staff_directory.h"
#include "audit/receipt.h"
#include "vault/gate.h"

namespace strongroom {

enum class DeviceStage : uint8_t { kRequested, kActive, kExpired, kRevoked, kPersonInactive };
std::string_view NameOf(DeviceStage stage);  // "person-inactive"

struct DeviceView {
  DeviceRecord record;
  DeviceStage stage = DeviceStage::kRequested;
  bool healthy = false;     // its newest report is good, and young enough
  std::string person_name;  // of its owner; empty when nobody is known by the id
  Bytes authority;          // the authority's certificate, DER; empty before the first certificate
};

// What a certificate that a request showed is worth for a person.
struct DeviceCheck {
  DeviceId device = 0;  // the person's own, current or expired; else 0
  DeviceState state = DeviceState::kUnknown;
  std::string_view alarm;  // not empty: to be refused, and what the house is told
};

// From where a report comes.
struct ReportFrom {
  IpAddress address;
  uint64_t request_id = 0;
};

class Devices {
 public:
  static constexpr size_t kMostPerPerson = 10;
  static constexpr int64_t kUsualDays = CertificateAuthority::kMostDays;

  // All must outlive this.
  static Result<std::unique_ptr<Devices>> Open(Gate& gate, StaffDirectory& directory,
                                               const AccessSettingsService& settings);
  ~Devices() { refusals_.Flush(); }

  Receipted<std::vector<DeviceView>> List(const Caller& caller) const;     // device.read
  Receipted<std::vector<DeviceView>> ListOwn(const Caller& caller) const;  // staff.self
  Receipted<DeviceView> Get(const Caller& caller, DeviceId id) const;      // one's own: staff.self; else device.read

  // For oneself, to be granted by a colleague: staff.self.  kInvalidArgument: the request or the label.
  Receipted<DeviceView> Request(const Caller& caller, std::string_view label, ByteView request);
  // At once, for somebody else: device.enrol.  kOwnCaseRefused, kStaffNotFound, kStaffStateWrong.
  Receipted<DeviceView> Issue(const Caller& caller, PrincipalId person, std::string_view label, ByteView request,
                              int64_t days);
  Receipted<DeviceView> Grant(const Caller& caller, DeviceId id, int64_t days);  // device.enrol; kOwnCaseRefused
  // A new certificate; those before go on until they end.  With the key it has: of one's own from an enrolled device
  // (staff.self; kDeviceRefused), or by whoever may enrol.  With a new key (`request` not empty): somebody else's,
  // device.enrol.
  Receipted<DeviceView> Renew(const Caller& caller, DeviceId id, ByteView request, int64_t days);
  Receipted<DeviceView> Revoke(const Caller& caller, DeviceId id);  // one's own: staff.self; else device.revoke

  // For a device, which is nobody yet: what its report has to answer.  kDeviceNotFound.
  Result<std::string> Challenge(DeviceId id);
  // The authority of a report is its signature.  kPostureInvalid, kDeviceNotFound; recorded as the owner's own doing.
  Result<DevicePosture> Report(const ReportFrom& from, DeviceId id, ByteView report, ByteView signature);

  // For sessions.h: what the certificate of this SHA-256 is worth for `person`.  Does not wait.
  DeviceCheck Check(const Digest& certificate, PrincipalId person, UnixMillis now) const;
  // Certificates that chain to this one may be shown; null: there is none yet.  DER.
  std::shared_ptr<const Bytes> authority() const { return std::atomic_load(&authority_der_); }
  // Told of a device whose sessions must end, on the changing thread.  Before the first request.
  using Listener = std::function<void(DeviceId device)>;
  void AddListener(Listener listener) { listeners_.push_back(std::move(listener)); }

  // Reads again what other servers changed.
  Status Refresh();

 private:
  using DevicePtr = std::shared_ptr<const DeviceRecord>;
  struct DigestHash {
    size_t operator()(const Digest& digest) const;
  };
  struct Snapshot {
    std::unordered_map<DeviceId, DevicePtr> by_id;
    std::unordered_map<Digest, DevicePtr, DigestHash> by_certificate;
  };
  using SnapshotPtr = std::shared_ptr<const Snapshot>;
  struct Stored {
    DeviceRecord record;
    StoreVersion version = kAbsent;
  };
  using ChangeFn = std::function<Status(DeviceRecord& record, SealedBatch& batch)>;

  Devices(Gate& gate, StaffDirectory& directory, const AccessSettingsService& settings);
  SnapshotPtr table() const { return std::atomic_load(&table_); }
  DevicePtr Find(DeviceId id) const;
  void Publish(const DeviceRecord& changed);
  Status ReadAuthority();
  // The authority, made within the batch when there is none yet.
  Status EnsureAuthority(SealedBatch& batch);
  void KeepAuthority();
  Result<Stored> ReadStored(DeviceId id) const;
  Status Certify(DeviceRecord& record, SealedBatch& batch, int64_t days);
  Status CheckOwner(PrincipalId person) const;
  Result<DeviceRecord> NewRecord(const Caller& caller, PrincipalId person, std::string_view label, ByteView request);
  Receipted<DeviceView> Add(Permit permit, Result<DeviceRecord> record, std::optional<int64_t> days);
  Receipted<DeviceView> Change(Permit permit, DeviceId id, const ChangeFn& change);
  Receipted<DeviceView> Write(Permit permit, DeviceRecord record, SealedBatch batch, StoreVersion expected);
  Status CheckReport(const DeviceRecord& device, ByteView report, ByteView signature, PostureReport& parsed,
                     UnixMillis& challenge_at) const;
  Result<DevicePosture> Keep(const ReportFrom& from, DeviceId id, const PostureReport& report, UnixMillis challenge_at);
  void RecordRefusal(const ReportFrom& from, const DeviceRecord* device, Reason why);
  DeviceStage StageOf(const DeviceRecord& record, UnixMillis now) const;
  bool IsHealthy(const DeviceRecord& record, UnixMillis now) const;
  DeviceView ViewOf(const DeviceRecord& record) const;
  const SealedStore& office() const { return *gate_.house().office().sealed; }
  UnixMillis now() const { return gate_.house().clock().NowMillis(); }

  Gate& gate_;
  StaffDirectory& directory_;
  const AccessSettingsService& settings_;
  const PostureChallenges challenges_;
  RefusalLog refusals_;
  std::mutex change_mutex_;  // one change at a time here; documents are conditional as well
  SnapshotPtr table_;
  std::optional<CertificateAuthority> ca_;        // guarded by change_mutex_
  std::optional<CertificateAuthority> ca_to_be_;  // guarded by change_mutex_: in a batch that is not durable yet
  std::shared_ptr<const Bytes> authority_der_;
  std::vector<Listener> listeners_;
};

}  // namespace strongroom
