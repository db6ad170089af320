#include "server/keeper.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/wipe.h"
#include "keys/root_rotation.h"
#include "server/doctor.h"
#include "server/fsck.h"
#include "server/restore_mark.h"
#include "server/version.h"

namespace strongroom {
namespace {
constexpr auto kFailedUnlockPause = std::chrono::seconds(1);  // on top of Argon2id, and one attempt at a time
constexpr auto kDrainPoll = std::chrono::milliseconds(2);
constexpr int kDrainPolls = 5'000;    // 10 seconds for requests in flight
constexpr int kPatientPolls = 1'000;  // 2 of them for answers that are not taken

OutboxState OutboxStateOf(OpenVault& vault) {
  return {vault.outbox().CanTellAnybody(), vault.outbox().Counts(), vault.house().clock().NowMillis()};
}

BackupsState BackupsStateOf(OpenVault& vault, const BackupConfig& config) {
  return {true, config.configured(), config.stale_after_days, vault.backups().Look(),
          vault.house().clock().NowMillis()};
}

EpochsState EpochsStateOf(OpenVault& vault) {
  return {true, vault.key_rotation().Look(), vault.house().clock().NowMillis()};
}

// Null when none is configured.
Result<std::shared_ptr<const BreachFilter>> BreachesOf(const ServerConfig& config) {
  if (config.breach_filter.empty()) return std::shared_ptr<const BreachFilter>();
  ASSIGN_OR_RETURN(BreachFilter filter, BreachFilter::Open(config.breach_filter));
  return std::make_shared<const BreachFilter>(std::move(filter));
}

std::string HostName() {
  char name[256] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "unnamed";
}

// Whoever answers for the house hears of it.  A full outbox must not keep the house shut: doctor tells of that.
SealedBatch TellOfUnlock(OpenVault& vault) {
  Notice notice;
  notice.kind = "vault-unlocked";
  notice.to_house = true;
  notice.parameters = {{"time", FormatTime(vault.house().clock().NowMillis())}};
  SealedBatch batch;
  return vault.outbox().Put(batch, notice).ok() ? std::move(batch) : SealedBatch();
}
}  // namespace

Keeper::Keeper(const ServerConfig& config, VaultFiles& files, const Clock& clock, Random& random, LockInfo lock,
               const HouseOptions& options)
    : config_(config),
      files_(files),
      clock_(clock),
      random_(random),
      lock_(lock),
      options_(options),
      device_(config.lock),
      moves_(files),
      pruning_(config.log_keep_days, config.log_hold, files, clock, random),
      backups_(config.backup, files, clock, random) {
  if (!options_.still_for_tests) moves_.Start([this] { return Current(); });
  if (!options_.still_for_tests) pruning_.Start([this] { return Current(); });
  if (!options_.still_for_tests) backups_.Start([this] { return Current(); });
}

void Keeper::PauseAfterWrongSecret() const {
  if (!options_.still_for_tests) std::this_thread::sleep_for(kFailedUnlockPause);
}

Keeper::~Keeper() {
  Close().IgnoreError();  // nothing is left to answer to
}

Result<std::unique_ptr<Keeper>> Keeper::Create(const ServerConfig& config, VaultFiles& files, const Clock& clock,
                                               Random& random, const HouseOptions& options) {
  // While a restore writes the key store there may be no lock; that must not look like a machine without a vault.
  RETURN_IF_ERROR(RefuseUnfinishedRestore(*files.office().keys));
  ASSIGN_OR_RETURN(const LockInfo lock, ReadLockInfo(*files.office().keys));
  return std::unique_ptr<Keeper>(new Keeper(config, files, clock, random, lock, options));
}

ServerStatus Keeper::GetStatus() const {
  ServerStatus status;
  const std::shared_ptr<OpenVault> vault = Current();
  status.locked = vault == nullptr && !closing_;
  status.lock_kind = std::string(NameOf(lock_.load().kind));
  status.version = kVersion;
  if (vault != nullptr) {
    for (const auto& room : vault->house().compartments()) status.compartments.push_back(room->info.name);
  } else if (lock_.load().kind == LockKind::kShares) {
    status.shares_needed = lock_.load().threshold - shares_given_;
  }
  return status;
}

Result<std::optional<SecretBytes>> Keeper::SecretFrom(const SecretBytes& secret) {
  if (lock_.load().kind != LockKind::kShares) return std::optional(secret.Clone());
  ASSIGN_OR_RETURN(SecretShare share, DecodeShare(ExposeSecret(secret)));
  if (share.threshold != lock_.load().threshold)
    return Status(Reason::kUnlockFailed, "this is not a share of this vault's lock");
  std::erase_if(shares_, [&share](const SecretShare& known) { return known.index == share.index; });
  shares_.push_back(std::move(share));
  shares_given_ = static_cast<int>(shares_.size());
  if (shares_.size() < lock_.load().threshold) return std::optional<SecretBytes>();
  Result<SecretBytes> combined = CombineShares(shares_);
  shares_.clear();  // right or wrong, they are not kept
  shares_given_ = 0;
  if (!combined.ok())
    return Status(Reason::kUnlockFailed, "the shares do not fit together; all of them must be given again");
  return std::optional(*std::move(combined));
}

Status Keeper::Unlock(const SecretBytes& secret) {
  std::lock_guard lock(mutex_);
  // Not waited for: whoever waited here would hold up the requests that the lock itself waits for.
  if (closing_)
    return Status(Reason::kServerLocked,
                  "the server is still locking: requests in flight are being answered; try again");
  if (closer_.joinable()) closer_.join();
  if (Current() != nullptr) return Status(Reason::kServerUnlocked);
  if (files_.writer() != 0) {  // another server may have changed it
    ASSIGN_OR_RETURN(const LockInfo now, ReadLockInfo(*files_.office().keys));
    lock_ = now;
  }
  ASSIGN_OR_RETURN(const std::optional<SecretBytes> opening, SecretFrom(secret));
  if (!opening.has_value()) return Status::Ok();  // a share more; GetStatus tells how many are missing
  const Result<SecretBytes> root_key = OpenLock(*files_.office().keys, *opening, &Device());
  if (!root_key.ok()) {
    PauseAfterWrongSecret();
    return root_key.status();
  }
  OpenVaultOptions options = KeepingOf(config_);
  if (!options_.still_for_tests) options.paper_worker = "/proc/self/exe";
  options.outbox = config_.outbox;
  options.sends_notices = !options_.still_for_tests;
  options.witness = config_.witness;
  options.fleet = {HostName(), config_.address + ":" + std::to_string(config_.port), kVersion};
  options.log_export = config_.log_export;
  // A list that was meant to be used and is not would refuse nothing, silently.
  ASSIGN_OR_RETURN(options.front_door.breaches, BreachesOf(config_));
  ASSIGN_OR_RETURN(OpenedHouse opened, OpenHouse(files_, *root_key, clock_, random_, options_));
  ASSIGN_OR_RETURN(std::unique_ptr<OpenVault> vault, OpenVault::Open(std::move(opened.house), options));
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kServerUnlock;
  entry.decision = Decision::kPlain;
  RETURN_IF_ERROR(vault->house().office().journal->Submit(TellOfUnlock(*vault), std::move(entry)).Wait());
  sequencers_ = std::move(opened.sequencers);
  backups_.Allow();
  pruning_.Allow();
  std::atomic_store(&current_, std::shared_ptr<OpenVault>(std::move(vault)));
  // The root key was on this thread, which may be main()'s and never come by here again.
  if (hooks_.scrub_thread) hooks_.scrub_thread();
  return Status::Ok();
}

Status Keeper::Lock(const Caller& caller) {
  {
    const std::shared_ptr<OpenVault> vault = Current();
    if (vault == nullptr) return Status(Reason::kServerLocked);
    Permit permit = vault->gate().Authorise(caller, Action::kServerLock);
    if (!permit.granted()) return permit.Refuse<bool>().Wait().status();
    RETURN_IF_ERROR(permit.Finish(true).Wait().status());
  }
  std::lock_guard lock(mutex_);
  if (closing_) return Status(Reason::kServerLocked);
  if (closer_.joinable()) closer_.join();
  std::shared_ptr<OpenVault> vault = std::atomic_exchange(&current_, std::shared_ptr<OpenVault>());
  if (vault == nullptr) return Status(Reason::kServerLocked);
  closing_ = true;
  closer_ = std::thread([this, vault = std::move(vault)]() mutable {
    Drain(std::move(vault), Patience::kEndless).IgnoreError();
  });  // GetStatus tells
  return Status::Ok();
}

void Keeper::LetGo() {
  if (const std::shared_ptr<OpenVault> vault = Current(); vault != nullptr) vault->paper_filters().LetGo();
}

Status Keeper::Close() {
  std::lock_guard lock(mutex_);
  if (closer_.joinable()) closer_.join();
  std::shared_ptr<OpenVault> vault = std::atomic_exchange(&current_, std::shared_ptr<OpenVault>());
  return vault == nullptr ? Status::Ok() : Drain(std::move(vault), Patience::kLimited);
}

Status Keeper::Drain(std::shared_ptr<OpenVault> vault, Patience patience) {
  backups_.Interrupt();
  pruning_.Interrupt();
  vault->paper_filters().LetGo();
  // Requests in flight hold the vault; it must end here, not on a thread that the vault itself would wait for.
  if (hooks_.cut) hooks_.cut(false);
  int polls = 0;
  while (vault.use_count() > 1 && (patience == Patience::kEndless || polls < kDrainPolls)) {
    ++polls;
    if (polls == kPatientPolls && hooks_.cut) hooks_.cut(true);
    std::this_thread::sleep_for(kDrainPoll);
  }
  if (vault.use_count() > 1) {
    // Never back: a lock that was answered holds.  The process ends, and with it everything that was held.
    leaked_ = new std::shared_ptr<OpenVault>(std::move(vault));
    return Status(Reason::kInternal, "requests are still running after the time that was given to them");
  }
  vault->api_keys().FlushRefusals();
  sequencers_.clear();
  vault.reset();
  malloc_trim(0);
  if (hooks_.scrub) hooks_.scrub();
  closing_ = false;
  return Status::Ok();
}

// --- another lock ----------------------------------------------------------------------------------------------------

Result<SecretBytes> Keeper::Combined(const std::vector<SecretBytes>& present, const LockInfo& lock) {
  if (lock.kind != LockKind::kShares) {
    if (present.size() == 1) return present.front().Clone();
    return Status(Reason::kUnlockFailed, "this lock opens with one passphrase or PIN");
  }
  std::vector<SecretShare> shares;
  for (const SecretBytes& text : present) {
    ASSIGN_OR_RETURN(SecretShare share, DecodeShare(ExposeSecret(text)));
    shares.push_back(std::move(share));
  }
  Result<SecretBytes> combined = CombineShares(shares);
  if (!combined.ok()) return Status(Reason::kUnlockFailed, "these shares do not open the lock");
  return combined;
}

Result<std::vector<std::pair<Store*, CompartmentId>>> Keeper::KeyStores(const House& house) {
  std::vector<std::pair<Store*, CompartmentId>> stores = {{files_.office().keys.get(), kOffice}};
  for (const auto& room : house.compartments()) {
    ASSIGN_OR_RETURN(RoomStores * opened, files_.Room(room->info.name, false));
    stores.emplace_back(opened->keys.get(), room->info.id);
  }
  return stores;
}

// An earlier change may have broken off behind the moment in which the lock was another one, or without an answer.
Status Keeper::FollowLock(RootKey& held, const SecretBytes& root_of_lock,
                          const std::vector<std::pair<Store*, CompartmentId>>& stores) {
  held.Replace(root_of_lock);
  Status settled;
  for (const auto& [keys, id] : stores) {
    Status one = SettleRoot(*keys, root_of_lock, id);
    if (settled.ok()) settled = std::move(one);
  }
  return settled;
}

Status Keeper::CarryOutChange(OpenVault& vault, const LockChange& change, const SecretBytes& present,
                              const SecretBytes& root) {
  const LockInfo before = lock_.load();
  LockOptions options;
  options.info = change.keep_lock ? before : LockInfo{.kind = change.kind};
  options.device = &Device();
  options.same_secret = change.keep_lock;
  const SecretBytes secret = change.keep_lock ? present.Clone() : change.secret.Clone();
  RootKey& held = vault.house().office().epochs->root_key();
  ASSIGN_OR_RETURN(const auto stores, KeyStores(vault.house()));
  const std::unique_lock alone(held.rings());
  RETURN_IF_ERROR(FollowLock(held, root, stores));
  const SecretBytes next = change.rotate_root ? SecretBytes::Generate(Aead::kKeySizeBytes, random_) : root.Clone();
  ASSIGN_OR_RETURN(const std::optional<PendingLock> waiting, ReadPendingLock(*files_.office().keys));
  if (waiting.has_value()) return Status(Reason::kSharesPending);
  if (change.rotate_root) {
    for (const auto& [keys, id] : stores) RETURN_IF_ERROR(StageRoot(*keys, root, next, id, random_));
  }
  const Status replaced = ReplaceLock(*files_.office().keys, present, options, secret, next, random_);
  if (change.rotate_root && replaced.code() == Code::kUnavailable) held.Doubt();
  RETURN_IF_ERROR(replaced);
  // The lock is another one: whatever fails from here on is put right by the next change, or the next start.
  options.info.unattended = options.info.kind == LockKind::kTpm && secret.empty();
  lock_ = options.info;
  if (!change.rotate_root) return Status::Ok();
  return FollowLock(held, next, stores);
}

// The others hold the root key of now: a new one would leave them with keys that wrap nothing.
Status Keeper::MayChangeLock(OpenVault& vault, const LockChange& change) {
  RETURN_IF_ERROR(vault.house().CheckDuty());
  const FleetView fleet = vault.fleet().Look();
  const bool others = std::any_of(fleet.members.begin(), fleet.members.end(),
                                  [](const FleetMember& one) { return one.alive && !one.self; });
  if (!change.rotate_root || !others) return Status::Ok();
  return Status(Reason::kStorageConflict, "the root key is rotated while one server runs alone: stop the others first");
}

Result<LockChanged> Keeper::ChangeLock(const Caller& caller, const LockChange& change) {
  const std::shared_ptr<OpenVault> vault = Current();
  if (vault == nullptr) return Status(Reason::kServerLocked);
  std::vector<Permit> permits;
  if (!change.keep_lock) permits.push_back(vault->gate().Authorise(caller, Action::kLockChange));
  if (change.rotate_root) permits.push_back(vault->gate().Authorise(caller, Action::kRootRotate));
  if (permits.empty())
    return Status(Reason::kInvalidArgument, "say what is to change: the lock, the root key, or both");
  for (size_t i = 0; i < permits.size(); ++i) {
    if (permits[i].granted()) continue;
    for (size_t other = 0; other < permits.size(); ++other) {
      if (other != i) permits[other].Close();  // one entry says it
    }
    return permits[i].Refuse<bool>().Wait().status();
  }
  std::lock_guard lock(mutex_);
  const auto refuse = [&](const Status& why) -> Status {
    Status recorded = permits.front().Fail<bool>(why).Wait().status();
    for (size_t other = 1; other < permits.size(); ++other) permits[other].Close();
    return recorded;
  };
  if (const Status may = MayChangeLock(*vault, change); !may.ok()) return refuse(may);
  SealedBatch names;  // of new shares' custodians
  const auto finish = [&](const Status& done) -> Status {
    Status recorded;
    for (Permit& permit : permits) {
      SealedBatch batch = std::exchange(names, SealedBatch());
      const Status one =
          done.ok() ? permit.Finish(true, std::move(batch)).Wait().status() : permit.Fail<bool>(done).Wait().status();
      if (recorded.ok()) recorded = one;
    }
    return recorded;
  };
  const Result<SecretBytes> present = Combined(change.present, lock_.load());
  const Result<SecretBytes> root =
      present.ok() ? OpenLock(*files_.office().keys, *present, &Device()) : Result<SecretBytes>(present.status());
  if (!root.ok()) {
    PauseAfterWrongSecret();
    return finish(root.status());
  }
  for (Permit& permit : permits) {
    AuditEntry intent = permit.entry();
    intent.detail = "begun";
    RETURN_IF_ERROR(permit.SubmitStep({}, std::move(intent)).Wait());
  }
  LockChanged answer;
  const LockInfo before = lock_.load();
  const bool new_shares = !change.keep_lock && change.kind == LockKind::kShares;
  const Status done = new_shares ? HandOutShares(*vault, change, *present, *root, answer, names)
                                 : CarryOutChange(*vault, change, *present, *root);
  for (Permit& permit : permits) {
    const std::string to(NameOf(new_shares ? LockKind::kShares : lock_.load().kind));
    permit.entry().detail = std::string(NameOf(before.kind)) + " to " + to + (answer.pending ? ", pending" : "");
  }
  const Status recorded = finish(done);
  if (recorded.ok()) return answer;
  // Nobody was told these shares: they must not wait.  If this fails, too, 'strongroom lock cancel-pending' does it.
  if (answer.pending) DropPendingLock(*files_.office().keys).IgnoreError();
  for (std::string& share : answer.shares) WipeText(share);
  return recorded;
}

HouseFacts Keeper::Facts() const {
  const std::shared_ptr<OpenVault> vault = Current();
  return FactsOf(config_, lock_, vault == nullptr ? LeavingState() : vault->log_witnesses().State());
}

Result<std::vector<std::string>> Keeper::Doctor(const Caller& caller) {
  const std::shared_ptr<OpenVault> vault = Current();
  if (vault == nullptr) return Status(Reason::kServerLocked);
  Permit permit = vault->gate().Authorise(caller, Action::kServerStatus);
  if (!permit.granted()) return permit.Refuse<std::vector<std::string>>().Wait();
  std::vector<Status> sequencers;
  {
    std::lock_guard lock(mutex_);
    for (const auto& runner : sequencers_) sequencers.push_back(runner->last_status());
  }
  const HouseState house{vault->erasure_jobs().Last(),
                         OutboxStateOf(*vault),
                         PeopleStateOf(*vault),
                         IndexStateOf(*vault),
                         EpochsStateOf(*vault),
                         vault->log_witnesses().State(),
                         BackupsStateOf(*vault, config_.backup),
                         moves_.State(),
                         vault->fleet().Look(),
                         SharesOfLock(),
                         pruning_.State(),
                         vault->log_export().State()};
  return permit.Finish(Diagnose(config_, lock_, sequencers, house)).Wait();
}

Result<std::vector<std::string>> Keeper::Fsck(const Caller& caller) {
  const std::shared_ptr<OpenVault> vault = Current();
  if (vault == nullptr) return Status(Reason::kServerLocked);
  Permit permit = vault->gate().Authorise(caller, Action::kStoreCheck);
  if (!permit.granted()) return permit.Refuse<std::vector<std::string>>().Wait();
  const Result<FsckReport> report = CheckVault(*vault, StoresOfFiles(files_));
  if (!report.ok()) return permit.Fail<std::vector<std::string>>(report.status()).Wait();
  permit.entry().count = static_cast<uint32_t>(report->Found());
  std::vector<std::string> lines;
  for (const FsckFinding& finding : report->findings) lines.push_back(finding.Line());
  if (report->more_findings > 0) lines.push_back(std::to_string(report->more_findings) + " more findings");
  return permit.Finish(std::move(lines)).Wait();
}

Result<BackupRecord> Keeper::MakeBackup(const Caller& caller, const BackupRequest& request) {
  const std::shared_ptr<OpenVault> vault = Current();
  if (vault == nullptr) return Status(Reason::kServerLocked);
  RETURN_IF_ERROR(vault->house().CheckDuty());
  return backups_.Make(*vault, caller, request);
}

}  // namespace strongroom
