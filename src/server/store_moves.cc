#include "server/store_moves.h"

#include <chrono>
#include <utility>

namespace strongroom {
namespace {

constexpr auto kBetweenPages = std::chrono::milliseconds(2);  // in which commits that waited are taken
constexpr auto kAfterFailure = std::chrono::seconds(5);
constexpr auto kIdle = std::chrono::milliseconds(500);

Status Tell(OpenVault& vault, std::string detail) {
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kStoreMove;
  entry.decision = Decision::kPlain;
  entry.detail = std::move(detail);
  return vault.house().office().journal->Submit({}, std::move(entry)).Wait();
}

}  // namespace

StoreMoves::~StoreMoves() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void StoreMoves::Start(std::function<std::shared_ptr<OpenVault>()> current) {
  thread_ = std::thread([this, current = std::move(current)] { Run(current); });
}

std::vector<StoreMove> StoreMoves::State() const {
  std::vector<StoreMove> state;
  for (const MovingRoom& room : files_.moves()) state.push_back({room.what, room.store->progress()});
  return state;
}

Result<bool> StoreMoves::Step(OpenVault& vault, const MovingRoom& room) {
  const StoreMovePhase before = room.store->progress().phase;
  if (before == StoreMovePhase::kDone) return false;
  if (const auto [told, first] = told_.try_emplace(room.what, before); first && before == StoreMovePhase::kCopying)
    RETURN_IF_ERROR(Tell(vault, room.what + ": begun"));
  ASSIGN_OR_RETURN(const bool more, room.store->MoveSome());
  const StoreMoveProgress now = room.store->progress();
  if (before == StoreMovePhase::kCopying && now.phase == StoreMovePhase::kEmptying)
    RETURN_IF_ERROR(Tell(vault, room.what + ": cut over, " + std::to_string(now.rows_compared) + " rows proved"));
  if (now.phase == StoreMovePhase::kDone && now.rows_deleted > 0)
    RETURN_IF_ERROR(Tell(vault, room.what + ": the old place is empty"));
  return more;
}

void StoreMoves::Run(const std::function<std::shared_ptr<OpenVault>()>& current) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    std::chrono::milliseconds pause = kIdle;
    for (const MovingRoom& room : files_.moves()) {
      const std::shared_ptr<OpenVault> vault = current();
      if (vault == nullptr) break;
      const Result<bool> more = Step(*vault, room);
      if (!more.ok()) pause = kAfterFailure;  // doctor tells what it was
      if (!more.ok()) break;
      if (*more) pause = kBetweenPages;
      if (*more) break;  // one store after the other
    }
    lock.lock();
    wake_.wait_for(lock, pause, [this] { return stopping_; });
  }
}

}  // namespace strongroom
