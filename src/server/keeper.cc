#include "server/keeper.h"

#include <malloc.h>

#include <chrono>
#include <thread>
#include <utility>

#include "server/doctor.h"
#include "server/fsck.h"
#include "server/version.h"

namespace strongroom {
namespace {
constexpr auto kFailedUnlockPause = std::chrono::seconds(1);  // on top of Argon2id, and one attempt at a time
constexpr auto kDrainPoll = std::chrono::milliseconds(2);
constexpr int kDrainPolls = 5'000;                            // 10 seconds for requests in flight
constexpr int kPatientPolls = 1'000;                          // 2 of them for answers that are not taken

OutboxState OutboxStateOf(OpenVault& vault) {
  return {vault.outbox().CanTellAnybody(), vault.outbox().Counts(), vault.house().clock().NowMillis()};
}

// Null when none is configured.
Result<std::shared_ptr<const BreachFilter>> BreachesOf(const ServerConfig& config) {
  if (config.breach_filter.empty()) return std::shared_ptr<const BreachFilter>();
  ASSIGN_OR_RETURN(BreachFilter filter, BreachFilter::Open(config.breach_filter));
  return std::make_shared<const BreachFilter>(std::move(filter));
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

Keeper::Keeper(const ServerConfig& config, VaultFiles& files, const Clock& clock, Random& random, LockInfo lock, const HouseOptions& options)
    : config_(config), files_(files), clock_(clock), random_(random), lock_(lock), options_(options) {}

Keeper::~Keeper() {
  Close().IgnoreError();  // nothing is left to answer to
}

Result<std::unique_ptr<Keeper>> Keeper::Create(const ServerConfig& config, VaultFiles& files, const Clock& clock, Random& random,
                                               const HouseOptions& options) {
  ASSIGN_OR_RETURN(const LockInfo lock, ReadLockInfo(*files.office().keys));
  return std::unique_ptr<Keeper>(new Keeper(config, files, clock, random, lock, options));
}

ServerStatus Keeper::GetStatus() const {
  ServerStatus status;
  const std::shared_ptr<OpenVault> vault = Current();
  status.locked = vault == nullptr && !closing_;
  status.lock_kind = std::string(NameOf(lock_.kind));
  status.version = kVersion;
  if (vault != nullptr) {
    for (const auto& room : vault->house().compartments()) status.compartments.push_back(room->info.name);
  } else if (lock_.kind == LockKind::kShares) {
    status.shares_needed = lock_.threshold - shares_given_;
  }
  return status;
}

Result<SecretBytes> Keeper::SecretFrom(const SecretBytes& secret) {
  if (lock_.kind != LockKind::kShares) return secret.Clone();
  ASSIGN_OR_RETURN(SecretShare share, DecodeShare(ExposeSecret(secret)));
  if (share.threshold != lock_.threshold) return Status(Reason::kUnlockFailed, "this is not a share of this vault's lock");
  std::erase_if(shares_, [&share](const SecretShare& known) { return known.index == share.index; });
  shares_.push_back(std::move(share));
  shares_given_ = static_cast<int>(shares_.size());
  if (shares_.size() < lock_.threshold) return SecretBytes();
  Result<SecretBytes> combined = CombineShares(shares_);
  shares_.clear();  // right or wrong, they are not kept
  shares_given_ = 0;
  if (!combined.ok()) return Status(Reason::kUnlockFailed, "the shares do not fit together; all of them must be given again");
  return combined;
}

Status Keeper::Unlock(const SecretBytes& secret) {
  std::lock_guard lock(mutex_);
  // Not waited for: whoever waited here would hold up the requests that the lock itself waits for.
  if (closing_) return Status(Reason::kServerLocked, "the server is still locking: requests in flight are being answered; try again");
  if (closer_.joinable()) closer_.join();
  if (Current() != nullptr) return Status(Reason::kServerUnlocked);
  ASSIGN_OR_RETURN(const SecretBytes opening, SecretFrom(secret));
  if (opening.empty()) return Status::Ok();  // a share more; GetStatus tells how many are missing
  const Result<SecretBytes> root_key = OpenLock(*files_.office().keys, opening);
  if (!root_key.ok()) {
    std::this_thread::sleep_for(kFailedUnlockPause);
    return root_key.status();
  }
  OpenVaultOptions options{config_.outbox, /*sends_notices=*/true};
  options.witness = config_.witness;
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
  closer_ = std::thread([this, vault = std::move(vault)]() mutable { Drain(std::move(vault), Patience::kEndless).IgnoreError(); });  // GetStatus tells
  return Status::Ok();
}

Status Keeper::Close() {
  std::lock_guard lock(mutex_);
  if (closer_.joinable()) closer_.join();
  std::shared_ptr<OpenVault> vault = std::atomic_exchange(&current_, std::shared_ptr<OpenVault>());
  return vault == nullptr ? Status::Ok() : Drain(std::move(vault), Patience::kLimited);
}

Status Keeper::Drain(std::shared_ptr<OpenVault> vault, Patience patience) {
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
  return permit.Finish(Diagnose(config_, lock_, sequencers, vault->erasures(), OutboxStateOf(*vault), PeopleStateOf(*vault),
                                vault->log_witnesses().State())).Wait();
}

Result<std::vector<std::string>> Keeper::Fsck(const Caller& caller) {
  const std::shared_ptr<OpenVault> vault = Current();
  if (vault == nullptr) return Status(Reason::kServerLocked);
  Permit permit = vault->gate().Authorise(caller, Action::kStoreCheck);
  if (!permit.granted()) return permit.Refuse<std::vector<std::string>>().Wait();
  Result<FsckReport> report = CheckVault(*vault, /*sweep=*/false);
  if (!report.ok()) return permit.Fail<std::vector<std::string>>(report.status()).Wait();
  permit.entry().count = static_cast<uint32_t>(report->findings.size());
  return permit.Finish(std::move(report->findings)).Wait();
}

}  // namespace strongroom
