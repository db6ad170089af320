// OpenVault: an unlocked house with every service that works in it.  Made when the server unlocks, dropped when it
// locks; whoever holds a shared_ptr to it may finish what it began.
#pragma once

#include <memory>

#include "access/access_jobs.h"
#include "access/access_settings.h"
#include "access/api_keys.h"
#include "access/approvals.h"
#include "access/audit_service.h"
#include "access/budgets.h"
#include "access/ceiling.h"
#include "access/customer_door.h"
#include "access/devices.h"
#include "access/fleet.h"
#include "access/front_door.h"
#include "access/log_witnesses.h"
#include "access/messenger.h"
#include "access/people.h"
#include "access/policy_service.h"
#include "access/registers.h"
#include "access/review.h"
#include "access/safeguards.h"
#include "access/score.h"
#include "access/staff_directory.h"
#include "access/staff_service.h"
#include "access/witness_config.h"
#include "archive/paper_filters.h"
#include "archive/text_filters.h"
#include "keys/lock_kind.h"
#include "outbox/log_export.h"
#include "outbox/outbox.h"
#include "outbox/outbox_config.h"
#include "outbox/outbox_service.h"
#include "vault/backup_register.h"
#include "vault/catalogue_service.h"
#include "vault/customers.h"
#include "vault/disclosures.h"
#include "vault/erasure_jobs.h"
#include "vault/files.h"
#include "vault/gate.h"
#include "vault/house.h"
#include "vault/idempotency.h"
#include "vault/importer.h"
#include "vault/index_jobs.h"
#include "vault/key_rotation.h"
#include "vault/tokens.h"

namespace strongroom {

struct OpenVaultOptions {
  OutboxConfig outbox = {};
  bool sends_notices = false;  // a server does; who only looks at a vault leaves what waits alone
  FrontDoorOptions front_door = {};
  KeyRotationOptions rotation = {};
  ErasureOptions erasing = {};  // its days of epochs are those of `rotation`
  WitnessConfig witness = {};
  FleetOptions fleet = {};  // of a server that works beside others
  LogExportConfig log_export = {};
  std::string paper_worker;  // the program that is started to open paper (desk/paper_desk.h); empty: none
};

class OpenVault {
 public:
  // Loads policy, catalogue, token domains, credentials and people, and finishes erasures that a crash interrupted, if
  // it can.
  static Result<std::unique_ptr<OpenVault>> Open(std::unique_ptr<House> house, const OpenVaultOptions& options = {});

  House& house() { return *house_; }
  Gate& gate() { return gate_; }
  const Gate& gate() const { return gate_; }
  CatalogueService& catalogue() { return *catalogue_; }
  const CatalogueService& catalogue() const { return *catalogue_; }
  Customers& customers() { return *customers_; }
  Tokens& tokens() { return *tokens_; }
  Importer& importer() { return *importer_; }
  Disclosures& disclosures() { return *disclosures_; }
  TextFilters& text_filters() { return *text_filters_; }
  PaperFilters& paper_filters() { return *paper_filters_; }
  Files& files() { return *files_; }
  ApiKeys& api_keys() { return *api_keys_; }
  StaffDirectory& staff_directory() { return *staff_directory_; }
  Staff& staff() { return *staff_; }
  AccessSettingsService& access_settings() { return *access_settings_; }
  Devices& devices() { return *devices_; }
  Registers& registers() { return *registers_; }
  const Ceiling& ceiling() const { return *ceiling_; }
  LastUse& last_use() { return *last_use_; }
  Review& review() { return *review_; }
  Score& score() { return *score_; }
  AccessJobs& access_jobs() { return *access_jobs_; }
  IndexJobs& index_jobs() { return *index_jobs_; }
  PolicyService& policy() { return *policy_service_; }
  AuditService& audit() { return *audit_; }
  LogWitnesses& log_witnesses() { return *log_witnesses_; }
  LogExport& log_export() { return *log_export_; }
  Idempotency& idempotency() { return *idempotency_; }
  KeyRotation& key_rotation() { return *key_rotation_; }
  BackupRegister& backups() { return *backups_; }
  // For services that have something to tell (outbox/outbox.h), and what may be asked about it.
  Outbox& outbox() { return *outbox_; }
  OutboxService& outbox_service() { return *outbox_service_; }
  People& people() { return *people_; }
  Messenger& messenger() { return *messenger_; }
  Approvals& approvals() { return *approvals_; }
  Budgets& budgets() { return *budgets_; }
  FrontDoor& front_door() { return *front_door_; }
  CustomerDoor& customer_door() { return *customer_door_; }
  CustomerMoves& customer_moves() { return *customer_moves_; }
  ErasureJobs& erasure_jobs() { return *erasure_jobs_; }
  Fleet& fleet() { return *fleet_; }

 private:
  OpenVault(std::unique_ptr<House> house, std::shared_ptr<const PolicySet> policy);
  std::unique_ptr<House> house_;
  PolicyInForce policy_;
  Gate gate_;
  std::unique_ptr<Outbox> outbox_;  // before those who put into it
  std::unique_ptr<OutboxService> outbox_service_;
  std::unique_ptr<CatalogueService> catalogue_;
  std::unique_ptr<Customers> customers_;
  std::unique_ptr<Tokens> tokens_;
  std::unique_ptr<Importer> importer_;
  std::unique_ptr<Disclosures> disclosures_;
  std::unique_ptr<TextFilters> text_filters_;
  std::unique_ptr<PaperFilters> paper_filters_;
  std::unique_ptr<Files> files_;
  std::unique_ptr<ApiKeys> api_keys_;
  std::unique_ptr<StaffDirectory> staff_directory_;
  std::unique_ptr<AccessSettingsService> access_settings_;
  std::unique_ptr<Devices> devices_;
  std::unique_ptr<Ceiling> ceiling_;
  std::unique_ptr<Staff> staff_;
  std::unique_ptr<Registers> registers_;
  std::unique_ptr<LastUse> last_use_;
  std::unique_ptr<Review> review_;
  std::unique_ptr<Score> score_;
  std::unique_ptr<AccessJobs> access_jobs_;
  std::unique_ptr<PolicyService> policy_service_;
  std::unique_ptr<AuditService> audit_;
  std::unique_ptr<LogWitnesses> log_witnesses_;
  std::unique_ptr<LogExport> log_export_;
  std::unique_ptr<Idempotency> idempotency_;
  std::unique_ptr<People> people_;
  std::unique_ptr<Messenger> messenger_;
  std::unique_ptr<Approvals> approvals_;
  std::unique_ptr<Budgets> budgets_;
  std::unique_ptr<AccessSafeguards> safeguards_;
  std::unique_ptr<FrontDoor> front_door_;
  std::unique_ptr<CustomerDoor> customer_door_;
  std::unique_ptr<BackupRegister> backups_;
  std::unique_ptr<KeyRotation> key_rotation_;
  std::unique_ptr<CustomerMoves> customer_moves_;
  std::unique_ptr<ErasureJobs> erasure_jobs_;
  std::unique_ptr<IndexJobs> index_jobs_;
  std::unique_ptr<Fleet> fleet_;  // last: it reads the others anew
  void ListenToOthers();
};

struct ServerStatus {
  bool locked = true;
  std::string lock_kind;                  // "passphrase"...: NameOf(LockKind)
  int shares_needed = 0;                  // of a shares lock: how many more
  std::vector<std::string> compartments;  // when unlocked
  std::string version;
};

// Another lock, another root key, or both.
struct LockChange {
  std::vector<SecretBytes> present;       // what opens it now: the passphrase, or so many shares
  bool keep_lock = false;                 // only the root key changes: what opens the lock stays as it is
  LockKind kind = LockKind::kPassphrase;  // of the new lock; where its device is, the configuration says
  SecretBytes secret;                     // the new passphrase, or the PIN of a device
  uint8_t threshold = 0;
  uint8_t count = 0;
  bool rotate_root = false;
  std::vector<std::string> custodians;  // of new shares: a name for each, or none
};

struct LockChanged {
  std::vector<std::string> shares;  // of a new lock of shares; nobody can show them again.  Wiped by whoever shows them
  bool pending = false;             // they wait for their custodians; what opened the vault before still does
};

// A share that a custodian showed.
struct ShareShown {
  uint8_t number = 0;
  uint8_t of = 0;
  int missing = 0;        // how many of the same lock were never shown
  bool in_force = false;  // its lock is the one that opens the vault
};

struct ShareHolder {
  uint8_t number = 0;
  std::string custodian;           // empty: nobody was named
  UnixMillis acknowledged_at = 0;  // 0: never
};

struct LockView {
  std::string kind;
  uint8_t threshold = 0;  // of shares
  uint8_t count = 0;
  std::vector<ShareHolder> holders;  // empty: no shares, or none that can be acknowledged
  bool pending = false;              // a new lock of shares waits
  uint8_t pending_threshold = 0;
  std::vector<ShareHolder> pending_holders;
};

// A copy of the stores that is to be made.  Where it goes and who can open it, the configuration says.
struct BackupRequest {
  BackupKind kind = BackupKind::kData;
  bool incremental = false;  // only what changed since the newest data set
};

// What the HTTP layer knows of the vault's state.  Implemented by the server.  Any thread.
//
// The last holder of an OpenVault ends it, and ending it joins the threads of its journals: the last holder must not be
// one of those threads.  The HTTP layer keeps to that: a request's reference lives in its Exchange and is let go on the
// I/O thread after the answer was sent; what runs on a journal's thread (Receipted::Then) holds none.
class VaultKeeper {
 public:
  virtual ~VaultKeeper() = default;
  // Null when locked.
  virtual std::shared_ptr<OpenVault> Current() const = 0;
  virtual ServerStatus GetStatus() const = 0;
  // A passphrase, a PIN, or one share of several: Ok when the vault is open now, kSharesMissing-like progress is in
  // GetStatus(). kUnlockFailed, kServerUnlocked.  Slow on purpose; needs no Caller: the secret is the authority.
  virtual Status Unlock(const SecretBytes& secret) = 0;
  // Closes the vault and wipes its keys.  The caller needs the right server.lock.
  virtual Status Lock(const Caller& caller) = 0;
  // Needs what opens the lock now, and the right lock.change, and root_key.rotate for that.  kUnlockFailed,
  // kInvalidArgument (from or to a development lock), kStorageUnavailable when a token or TPM does not answer.  Slow on
  // purpose.
  // New shares are handed out and wait (kSharesPending: others do) until AcknowledgeShare() had each of them.
  virtual Result<LockChanged> ChangeLock(const Caller& caller, const LockChange& change) = 0;
  // A custodian shows their share, of the lock that waits or of the one in force.  Needs no Caller: the share is the
  // authority.  kUnlockFailed, kRateLimited after a wrong one, kServerLocked, kInvalidArgument (no share at all).
  virtual Result<ShareShown> AcknowledgeShare(const SecretBytes& share, const IpAddress& from) = 0;
  // Takes a lock back that waits; action lock.change.  kInvalidArgument when none does.
  virtual Status CancelPendingLock(const Caller& caller) = 0;
  // Kind, shares, custodians; action server.status.
  virtual Result<LockView> ShowLock(const Caller& caller) = 0;
  // What the score asks of the installation.
  virtual HouseFacts Facts() const = 0;
  // What `doctor` reports: one line a finding, red first.
  virtual Result<std::vector<std::string>> Doctor(const Caller& caller) = 0;
  // Checks references, records, wraps and log online; action server.check.  One line a finding; empty: nothing wrong.
  virtual Result<std::vector<std::string>> Fsck(const Caller& caller) = 0;
  // Copies the stores of all rooms into a backup set; action backup.make.  Slow.  kConfigInvalid, kStorageConflict,
  // kBackupNotFound, kInvalidArgument, kStorageFull, kStorageUnavailable.
  virtual Result<BackupRecord> MakeBackup(const Caller& caller, const BackupRequest& request) = 0;
};

}  // namespace strongroom
