#include "server/log_pruning.h"

#include <algorithm>
#include <chrono>

#include "audit/log_pruner.h"

namespace strongroom {
namespace {
constexpr auto kLook = std::chrono::minutes(10);
constexpr int64_t kMillisPerDay = 86'400'000;
}  // namespace

LogPruning::~LogPruning() {
  Interrupt();
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

PruningState LogPruning::State() const {
  std::lock_guard lock(mutex_);
  return {true, keep_days_, hold_, last_, last_at_, clock_.NowMillis()};
}

Status LogPruning::PruneRoom(OpenVault& vault, const Room& room, RoomStores& stores) {
  LogPruner pruner(*stores.data, *stores.keys, room.sealed->ring_ptr(), random_);
  const std::string& name = room.info.name;
  PruneLimits limits;
  limits.before = clock_.NowMillis() - keep_days_ * kMillisPerDay;
  limits.at_most = std::min(vault.log_witnesses().Covered(name), vault.log_export().Taken(name));
  while (!interrupted_) {
    ASSIGN_OR_RETURN(const Pruned pruned, pruner.Prune(*room.journal, limits));
    if (pruned.end == pruned.begin) break;
  }
  return pruner.Sweep([this] { return !interrupted_; }).status();
}

Status LogPruning::RunDue(OpenVault& vault) {
  if (keep_days_ == 0 || hold_) return Status::Ok();
  std::lock_guard alone(running_);
  Status first = PruneRoom(vault, vault.house().office(), files_.office());
  for (const auto& room : vault.house().compartments()) {
    const Result<RoomStores*> stores = files_.Room(room->info.name, false);
    Status done = stores.ok() ? PruneRoom(vault, *room, **stores) : stores.status();
    if (first.ok()) first = std::move(done);
  }
  std::lock_guard lock(mutex_);
  last_ = first;
  last_at_ = clock_.NowMillis();
  return first;
}

void LogPruning::Start(std::function<std::shared_ptr<OpenVault>()> current) {
  if (keep_days_ == 0 || hold_) return;
  thread_ = std::thread([this, current = std::move(current)] { Run(current); });
}

void LogPruning::Run(const std::function<std::shared_ptr<OpenVault>()>& current) {
  int64_t next_at = clock_.MonotonicMillis();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const bool due = clock_.MonotonicMillis() >= next_at && !interrupted_;
    if (const std::shared_ptr<OpenVault> vault = due ? current() : nullptr;
        vault != nullptr && vault->house().on_duty()) {
      // What failed is tried again at the next look; doctor tells.
      if (RunDue(*vault).ok() && !interrupted_) next_at = clock_.MonotonicMillis() + kMillisPerDay;
    }
    lock.lock();
    wake_.wait_for(lock, kLook, [this] { return stopping_; });
  }
}

}  // namespace strongroom
