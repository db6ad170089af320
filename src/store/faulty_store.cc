#include "store/faulty_store.h"

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <thread>

namespace strongroom {

namespace {

Status Unavailable() { return Status(Reason::kStorageUnavailable, "a fault was injected"); }
Status Full() { return Status(Reason::kStorageFull, "a full disk was injected"); }

void Sleep(int64_t millis) { std::this_thread::sleep_for(std::chrono::milliseconds(millis)); }

}  // namespace

FaultPlan FaultPlan::Random(uint64_t seed, FaultOdds odds) {
  std::fprintf(stderr, "FaultPlan::Random seed=%" PRIu64 "\n", seed);
  FaultPlan plan;
  plan.random_ = true;
  plan.seed_ = seed;
  plan.odds_ = odds;
  return plan;
}

FaultyStore::FaultyStore(std::shared_ptr<Store> inner, FaultPlan plan) : inner_(std::move(inner)) {
  SetPlan(std::move(plan));
}

void FaultyStore::SetPlan(FaultPlan plan) {
  std::lock_guard lock(mutex_);
  plan_ = std::move(plan);
  random_.seed(plan_.seed_);
  commits_ = 0;
  reads_ = 0;
}

void FaultyStore::SetBeforeCommit(std::function<void()> hook) {
  std::lock_guard lock(mutex_);
  before_commit_ = std::move(hook);
}

void FaultyStore::SetAfterCommit(std::function<void(const StoreBatch&)> hook) {
  std::lock_guard lock(mutex_);
  after_commit_ = std::move(hook);
}

void FaultyStore::Reopen() {
  std::lock_guard lock(mutex_);
  refusal_ = Status::Ok();
}

void FaultyStore::Refuse(const Status& status) {
  std::lock_guard lock(mutex_);
  refusal_ = status;
}

uint64_t FaultyStore::commits_seen() const {
  std::lock_guard lock(mutex_);
  return commits_;
}

uint64_t FaultyStore::reads_seen() const {
  std::lock_guard lock(mutex_);
  return reads_;
}

uint64_t FaultyStore::faults_made() const {
  std::lock_guard lock(mutex_);
  return faults_;
}

FaultyStore::Choice FaultyStore::Choose(FaultCall call) const {
  std::lock_guard lock(mutex_);
  const uint64_t nth = call == FaultCall::kRead ? ++reads_ : ++commits_;
  Choice choice;
  for (const Fault& fault : plan_.script_) {
    if (fault.call == call && fault.nth == nth) choice = {true, fault};
  }
  if (!choice.faulty && plan_.random_) {
    const double draw = std::uniform_real_distribution<double>(0, 1)(random_);
    const FaultOdds& odds = plan_.odds_;
    choice.faulty = draw < odds.fail_before + odds.storage_full + odds.fail_after;
    choice.fault.kind = draw < odds.fail_before                       ? FaultKind::kFailBefore
                        : draw < odds.fail_before + odds.storage_full ? FaultKind::kStorageFull
                                                                      : FaultKind::kFailAfter;
  }
  if (choice.faulty) ++faults_;
  return choice;
}

Status FaultyStore::BeforeRead() const {
  const Choice choice = Choose(FaultCall::kRead);
  if (!choice.faulty) return Status::Ok();
  if (choice.fault.kind != FaultKind::kDelay) return Unavailable();
  Sleep(choice.fault.delay_millis);
  return Status::Ok();
}

Result<std::optional<StoreValue>> FaultyStore::Get(ByteView key) const {
  RETURN_IF_ERROR(BeforeRead());
  return inner_->Get(key);
}

Result<std::vector<std::optional<StoreValue>>> FaultyStore::MultiGet(const std::vector<Bytes>& keys) const {
  RETURN_IF_ERROR(BeforeRead());
  return inner_->MultiGet(keys);
}

Result<std::vector<StoreRow>> FaultyStore::Scan(const ScanRange& range) const {
  RETURN_IF_ERROR(BeforeRead());
  return inner_->Scan(range);
}

Result<std::unique_ptr<StoreReader>> FaultyStore::Snapshot() const {
  RETURN_IF_ERROR(BeforeRead());
  return inner_->Snapshot();
}

std::vector<Status> FaultyStore::CommitGroup(const std::vector<const StoreBatch*>& batches, const Finisher& finish) {
  std::function<void()> before_commit;
  std::function<void(const StoreBatch&)> after_commit;
  {
    std::lock_guard lock(mutex_);
    if (!refusal_.ok()) return std::vector<Status>(batches.size(), refusal_);
    before_commit = before_commit_;
    after_commit = after_commit_;
  }
  const Choice choice = Choose(FaultCall::kCommitGroup);
  if (before_commit) before_commit();
  if (choice.faulty && choice.fault.kind == FaultKind::kFailBefore) {
    return std::vector<Status>(batches.size(), Unavailable());
  }
  if (choice.faulty && choice.fault.kind == FaultKind::kStorageFull) {
    Refuse(Full());
    return std::vector<Status>(batches.size(), Full());
  }
  if (choice.faulty && choice.fault.kind == FaultKind::kDelay) Sleep(choice.fault.delay_millis);
  StoreBatch added;
  const Finisher noting = [&](const std::vector<size_t>& admitted, StoreBatch& extra) {
    const Status finished = finish(admitted, extra);
    added = extra;
    return finished;
  };
  std::vector<Status> statuses = inner_->CommitGroup(batches, finish && after_commit ? noting : finish);
  if (after_commit) {
    bool any = false;
    for (size_t i = 0; i < batches.size(); ++i) {
      if (statuses[i].ok()) after_commit(*batches[i]);
      any = any || statuses[i].ok();
    }
    if (any) after_commit(added);
  }
  if (choice.faulty && choice.fault.kind == FaultKind::kFailAfter) {
    Refuse(Unavailable());
    for (Status& status : statuses) {
      if (status.ok()) status = Unavailable();
    }
  }
  return statuses;
}

}  // namespace strongroom
