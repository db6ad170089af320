// Sessions: people who are signed in.
//
// A session is a cookie of 256 random bits, kept as HMAC alone, and a key that the browser agreed on when it signed in
// and proves with every request (factors/session_proof.h): a cookie that was stolen or sent by another page opens
// nothing.  Each request sees the person as they are now: whoever was suspended, left, was locked, or changed password
// or factor has no session any more, even if nobody told this class.
//
// The form is docs/formats/session.md.  Lock-light: a request takes one shard's mutex for the look-up; all else it
// reads is immutable or atomic.  Any thread.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/access_notices.h"
#include "access/access_settings.h"
#include "access/attempts.h"
#include "access/devices.h"
#include "access/person_now.h"
#include "access/session_record.h"
#include "audit/receipt.h"
#include "factors/session_proof.h"
#include "vault/gate.h"

namespace strongroom {

// What a request shows.
struct SessionRequest {
  std::string_view cookie;  // "srs_..."
  std::string_view proof;   // X-Session-Proof
  std::string_view method;
  std::string_view target;
  bool from_other_site = false;  // the browser says that another site's page sends it
  IpAddress address;
  uint64_t request_id = 0;
  std::optional<Digest> certificate;  // SHA-256 of the client certificate of the connection, verified; devices.h
};

// A session about to begin.
struct NewSession {
  uint64_t id = 0;  // drawn before, because the proof key depends on it
  PersonNowPtr person;
  FactorKind factor = FactorKind::kNone;
  IpAddress address;
  std::string device;
  SecretBytes proof_key;
  std::optional<Digest> certificate;  // that the connection showed; of the person's own device: it is bound to that
  bool bound_passkey = false;         // the factor was a passkey that cannot leave its device
  std::string ends_cookie;            // a session of this browser that ends with the new one; empty: none
};

struct SessionInfo {
  uint64_t id = 0;
  PrincipalId person = 0;
  UnixMillis created_at = 0;
  UnixMillis last_seen_at = 0;
  UnixMillis factor_at = 0;
  UnixMillis password_at = 0;
  UnixMillis ends_at = 0;  // at the latest; sooner when idle
  FactorKind factor = FactorKind::kNone;
  IpAddress address;
  std::string device;
  uint64_t device_id = 0;  // the enrolled device it is bound to; 0: none
};

class Sessions {
 public:
  static constexpr size_t kMostPerPerson = 8;
  // How long a replaced cookie goes on, without what was gained.
  static constexpr int64_t kGraceMillis = 10'000;

  // What it stands on.
  struct Parts {
    Gate& gate;
    StaffDirectory& directory;
    const Registers& registers;
    const AccessSettingsService& settings;  // for the company's clock
    RulesInForce& rules;
    Attempts& attempts;
    AccessNotices& notices;
  };

  // Reads who was signed in, and listens to the directory.  All must outlive this.
  static Result<std::unique_ptr<Sessions>> Open(const Parts& parts);

  // Before the first request.  Without: no certificate is worth anything, and no session is bound to a device.
  void Use(Devices* devices);

  // Who calls?  kSessionEnded: no such session any more.  kSessionUnproved, kNetworkRefused,
  // kDeviceRefused: alarmed.  Needs no Caller:
  // its answer is what a Caller is made of.  Does not wait.
  Result<Caller> Authenticate(const SessionRequest& request);

  // For sign_in.h.  The cookie's text, once the session is durable.  `entry`: of the sign-in.  kDeviceRefused: the
  // connection's certificate is another person's, revoked or unknown; alarmed.
  Result<SecretBytes> Begin(NewSession session, AuditEntry entry);
  // More was shown: a new cookie for the same session.  kSessionEnded.
  struct Shown {
    FactorKind factor = FactorKind::kNone;  // kNone: none
    bool password = false;
  };
  Result<SecretBytes> Raise(uint64_t id, const Shown& shown, AuditEntry entry);
  // The person changes what they sign in with from this session, which goes on: call from within the change.
  void GoOnWith(uint64_t id, const StaffMember& changed);
  // What GoOnWith() allowed is made durable.
  Status KeepWith(uint64_t id, AuditEntry entry);

  // Of the caller, or, with the right session.read, of somebody else.
  Receipted<std::vector<SessionInfo>> List(const Caller& caller, PrincipalId person) const;
  // One's own, or with the right session.end anybody's.  kSessionEnded when there is none.
  Receipted<bool> End(const Caller& caller, uint64_t id);
  std::optional<SessionInfo> Find(uint64_t id) const;

  // Takes in sessions that began, changed or ended at another server.
  Status Refresh();

  // Ends what ran out and notes when the others were last used: by itself once a minute, when requests come.
  void Tidy();

 private:
  struct Live;
  using LivePtr = std::shared_ptr<Live>;
  struct DigestHash {
    size_t operator()(const Digest& digest) const;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<Digest, LivePtr, DigestHash> by_mac;
  };

  explicit Sessions(const Parts& parts);
  // Who was signed in, by what is stored, and when each was last seen.
  using Stored = std::vector<std::pair<SessionRecord, UnixMillis>>;
  Result<Stored> Read() const;
  Status ReadSeen(std::string_view name, std::unordered_map<uint64_t, UnixMillis>& seen) const;
  std::string SeenName() const;
  Digest MacOf(std::string_view cookie) const { return mac_.Compute({cookie}); }
  Shard& ShardOf(const Digest& mac) const { return shards_[mac[0] % shards_.size()]; }
  LivePtr Look(std::string_view cookie) const;
  LivePtr LookById(uint64_t id) const;
  void Insert(const LivePtr& live);
  void Remove(const LivePtr& live);
  template <typename Fn>
  void ForEach(const Fn& fn) const;
  std::vector<LivePtr> Of(PrincipalId person) const;

  PersonNowPtr PersonOf(Live& live, UnixMillis now) const;
  bool IsOver(const Live& live, const PersonNow& person, UnixMillis now) const;
  // `alarm`: what the house is told, if it is one.
  Status Refuse(const SessionRequest& request, const Live* live, Reason reason, std::string_view detail,
                std::string_view alarm = {});
  // What the connection's certificate is worth; refused when the session is bound to another device.
  Result<DeviceState> DeviceOf(const Live& live, const SessionRequest& request, UnixMillis now);
  void OnRevoked(uint64_t device);
  Caller CallerOf(const Live& live, const PersonNow& person, const SessionRequest& request, UnixMillis now) const;
  void OnChange(const StaffMember& after);
  void EndQuietly(const std::vector<LivePtr>& ended, PrincipalId person, std::string_view why);
  void MakeRoom(PrincipalId person, uint64_t begun);
  void TidyIfDue(UnixMillis now);
  Status Commit(SealedBatch batch, AuditEntry entry) const;
  Bytes EncodeSeen() const;
  const SealedStore& office() const { return *gate_.house().office().sealed; }
  static std::string NameOf(uint64_t id);
  static SessionInfo InfoOf(const Live& live, const SignInRules& rules);

  Gate& gate_;
  StaffDirectory& directory_;
  const Registers& registers_;
  const AccessSettingsService& settings_;
  RulesInForce& rules_;
  Attempts& attempts_;
  AccessNotices& notices_;
  Devices* devices_ = nullptr;
  const Mac mac_;
  mutable std::array<Shard, 16> shards_;
  std::mutex change_mutex_;            // one change of documents at a time
  std::atomic<int64_t> tidied_ms_{0};  // monotonic
};

}  // namespace strongroom
