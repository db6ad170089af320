#include "vault/key_rotation.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "vault/epoch_leftovers.h"
#include "vault/rekey.h"

namespace strongroom {
namespace {

constexpr auto kPause = std::chrono::hours(1);
constexpr int64_t kMillisPerDay = 86'400'000;

AuditEntry SystemEntry(Action action) {
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = action;
  entry.decision = Decision::kPlain;
  return entry;
}

Status Record(Room& room, AuditEntry entry, std::string detail) {
  entry.detail = std::move(detail);
  return room.journal->Submit({}, std::move(entry)).Wait();
}

std::string Named(Epoch epoch) { return "epoch " + std::to_string(epoch); }

}  // namespace

KeyRotation::~KeyRotation() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::vector<Room*> KeyRotation::Rooms() const {
  std::vector<Room*> rooms = {&gate_.house().office()};
  for (const auto& room : gate_.house().compartments()) rooms.push_back(room.get());
  return rooms;
}

UnixMillis KeyRotation::DestroyAt(const EpochInfo& info) const {
  return info.state == EpochState::kEmpty ? info.empty_at + options_.keep_days * kMillisPerDay : 0;
}

// --- what may be asked -----------------------------------------------------------------------------------------------

EpochsAnswer KeyRotation::Look() const {
  EpochsAnswer answer;
  answer.options = options_;
  for (Room* const room : Rooms()) {
    RoomEpochs epochs;
    epochs.room = room->info.name;
    Result<std::vector<EpochInfo>> listed = room->epochs->List();
    {
      std::lock_guard lock(failures_mutex_);
      const auto failure = failures_.find(room);
      if (failure != failures_.end()) epochs.failure = failure->second;
    }
    if (listed.ok()) {
      epochs.epochs = *std::move(listed);
      if (options_.rotate_days > 0) {
        epochs.rotate_at = epochs.epochs.back().opened_at + options_.rotate_days * kMillisPerDay;
      }
    } else {
      epochs.failure = listed.status();
    }
    answer.rooms.push_back(std::move(epochs));
  }
  return answer;
}

Receipted<EpochsAnswer> KeyRotation::List(const Caller& caller) const {
  Permit permit = gate_.Authorise(caller, Action::kEpochRead);
  if (!permit.granted()) return permit.Refuse<EpochsAnswer>();
  return permit.Finish(Look());
}

Receipted<EpochsAnswer> KeyRotation::Rotate(const Caller& caller) {
  Permit permit = gate_.Authorise(caller, Action::kEpochRotate);
  if (!permit.granted()) return permit.Refuse<EpochsAnswer>();
  if (const Status duty = gate_.house().CheckDuty(); !duty.ok()) return permit.Fail<EpochsAnswer>(duty);
  const EpochsAnswer before = Look();
  for (const RoomEpochs& room : before.rooms) {  // all or none, as far as that can be known before
    for (const EpochInfo& info : room.epochs) {
      if (info.state == EpochState::kClosed) return permit.Fail<EpochsAnswer>(Status(Reason::kRotationUnderWay));
    }
  }
  for (Room* const room : Rooms()) {
    const Status turned = TurnOver(*room, permit.entry());
    if (!turned.ok()) return permit.Fail<EpochsAnswer>(turned);
  }
  {
    std::lock_guard lock(mutex_);
    asked_ = true;
  }
  wake_.notify_all();
  permit.entry().detail = "all rooms";
  return permit.Finish(Look());
}

Receipted<std::vector<DestroyedEpoch>> KeyRotation::DestroyDue(const Caller& caller) {
  using Answer = std::vector<DestroyedEpoch>;
  Permit permit = gate_.Authorise(caller, Action::kEpochDestroy);
  if (!permit.granted()) return permit.Refuse<Answer>();
  if (const Status duty = gate_.house().CheckDuty(); !duty.ok()) return permit.Fail<Answer>(duty);
  Answer answer;
  for (Room* const room : Rooms()) {
    const Result<std::vector<Epoch>> destroyed = DestroyDueIn(*room, permit.entry());
    if (!destroyed.ok()) return permit.Fail<Answer>(destroyed.status());
    for (const Epoch epoch : *destroyed) answer.push_back({room->info.name, epoch});
  }
  permit.entry().count = static_cast<uint32_t>(answer.size());
  permit.entry().detail = "what was due";
  return permit.Finish(std::move(answer));
}

// --- what is done ----------------------------------------------------------------------------------------------------

Status KeyRotation::TurnOver(Room& room, const AuditEntry& entry) {
  ASSIGN_OR_RETURN(const std::vector<EpochInfo> before, room.epochs->List());
  const Epoch closing = before.back().epoch;
  RETURN_IF_ERROR(Record(room, entry, Named(closing) + " closes, " + Named(closing + 1) + " opens"));
  // The journal writes in order: when this entry is settled, so is everything that was handed to it before.
  const auto settle = [&] { Record(room, entry, Named(closing + 1) + " is open").IgnoreError(); };
  return room.epochs->TurnOver(settle, options_.patience_millis).status();
}

Status KeyRotation::MoveAll(Room& room, bool paced) {
  while (true) {
    const auto begun = std::chrono::steady_clock::now();
    ASSIGN_OR_RETURN(const bool moved, room.epochs->MoveSome());
    if (!moved) return Status::Ok();
    if (!paced) continue;
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    const int share = std::clamp(options_.share_percent, 1, 100);
    if (Sleep(took.count() * (100 - share) / share)) return Status(Reason::kShuttingDown);
  }
}

// Entries of outcomes.  First the entry, then that it is written: a crash between the two says it twice.
Status KeyRotation::Tell(Room& room) {
  ASSIGN_OR_RETURN(const std::vector<EpochInfo> infos, room.epochs->List());
  for (const EpochInfo& info : infos) {
    if (KeyEpochs::IsTold(info)) continue;
    if (info.state == EpochState::kDestroyed) {
      RETURN_IF_ERROR(Record(room, SystemEntry(Action::kEpochDestroy), Named(info.epoch) + " is destroyed"));
    } else {
      RETURN_IF_ERROR(Record(room, SystemEntry(Action::kEpochRotate),
                             Named(info.epoch) + " is empty: of " + std::to_string(info.scanned_keys) +
                                 " customers' keys and " + std::to_string(info.scanned_rows) +
                                 " index rows none is left"));
    }
    RETURN_IF_ERROR(room.epochs->MarkTold(info));
  }
  return Status::Ok();
}

Result<std::vector<Epoch>> KeyRotation::DestroyDueIn(Room& room, const AuditEntry& entry) {
  std::vector<Epoch> destroyed;
  ASSIGN_OR_RETURN(const std::vector<EpochInfo> infos, room.epochs->List());
  for (const EpochInfo& info : infos) {
    if (info.state != EpochState::kEmpty || DestroyAt(info) > gate_.house().clock().NowMillis()) continue;
    if (room.customer_keys != nullptr) RETURN_IF_ERROR(CarryPlansOver(room));
    if (info.epoch == kFirstEpoch) RETURN_IF_ERROR(LeaveFirstEpoch(room, [this] { return Sleep(0); }));
    RETURN_IF_ERROR(Record(room, entry, Named(info.epoch) + " is to be destroyed"));
    RETURN_IF_ERROR(room.epochs->Destroy(info.epoch));
    destroyed.push_back(info.epoch);
  }
  RETURN_IF_ERROR(Tell(room));
  return destroyed;
}

// New keys for customers of whom something was taken away: within a day, and before an epoch ends.
Status KeyRotation::Rekey(Room& room, bool all) {
  const UnixMillis now = gate_.house().clock().NowMillis();
  return RekeyMarked(room, all ? now + 1 : now - kMillisPerDay + 1, [this] { return Sleep(0); }).status();
}

Status KeyRotation::RunRoom(Room& room, bool paced) {
  ASSIGN_OR_RETURN(const std::vector<EpochInfo> before, room.epochs->List());
  const bool moving = std::any_of(before.begin(), before.end(),
                                  [](const EpochInfo& info) { return info.state == EpochState::kClosed; });
  Status rekeyed = Rekey(room, /*all=*/moving);  // one record that does not open keeps no key from being rotated
  if (rekeyed.reason() == Reason::kShuttingDown) return rekeyed;
  RETURN_IF_ERROR(MoveAll(room, paced));
  RETURN_IF_ERROR(Tell(room));
  ASSIGN_OR_RETURN(const std::vector<EpochInfo> infos, room.epochs->List());
  const UnixMillis due_at = infos.back().opened_at + options_.rotate_days * kMillisPerDay;
  if (options_.rotate_days > 0 && due_at <= gate_.house().clock().NowMillis()) {
    if (rekeyed.ok()) rekeyed = Rekey(room, /*all=*/true);
    RETURN_IF_ERROR(TurnOver(room, SystemEntry(Action::kEpochRotate)));
    RETURN_IF_ERROR(MoveAll(room, paced));
    RETURN_IF_ERROR(Tell(room));
  }
  RETURN_IF_ERROR(DestroyDueIn(room, SystemEntry(Action::kEpochDestroy)).status());
  return rekeyed;
}

Status KeyRotation::RunAll(bool paced) {
  std::lock_guard lock(run_mutex_);
  Status first;
  for (Room* const room : Rooms()) {
    Status ran = RunRoom(*room, paced);
    if (first.ok()) first = ran;
    if (ran.reason() == Reason::kShuttingDown) return ran;
    std::lock_guard failures(failures_mutex_);
    failures_[room] = std::move(ran);
  }
  return first;
}

Status KeyRotation::RunDue() { return RunAll(/*paced=*/false); }

// --- the thread ------------------------------------------------------------------------------------------------------

void KeyRotation::Start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
}

bool KeyRotation::Sleep(int64_t millis) {
  std::unique_lock lock(mutex_);
  return wake_.wait_for(lock, std::chrono::milliseconds(millis), [this] { return stopping_; }) ||
         !gate_.house().on_duty();
}

void KeyRotation::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    asked_ = false;
    lock.unlock();
    const bool on_duty = gate_.house().on_duty();
    if (on_duty) RunAll(/*paced=*/true).IgnoreError();  // kept for status and doctor; tried again within the hour
    lock.lock();
    wake_.wait_for(lock, on_duty ? kPause : kOffDutyPause, [this] { return stopping_ || asked_; });
  }
}

}  // namespace strongroom
