#include "access/fleet.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace strongroom {

Fleet::Fleet(Gate& gate, FleetOptions options) : gate_(gate), options_(std::move(options)) {
  mine_.number = view().number();
  mine_.name = options_.name;
  mine_.address = options_.address;
  mine_.version = options_.version;
  mine_.started_at = gate.house().clock().NowMillis();
}

Fleet::~Fleet() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (later_.joinable()) later_.join();
  if (mine_.row_version == kAbsent) return;  // never joined
  view().HoldDuty(0);
  // So that nobody has to wait for a beat that does not come.  If it cannot be written, they wait.
  rows().Leave(mine_, duty_.has_value() ? &*duty_ : nullptr).IgnoreError();
}

void Fleet::WhenChanged(Table table, ReadAnewFn read_anew) { read_anew_[table].push_back(std::move(read_anew)); }

void Fleet::WhenChangedLater(Table table, ReadAnewFn read_anew) { read_later_[table] = std::move(read_anew); }

Status Fleet::BeginToLook() {
  if (!view().shared()) return Status::Ok();
  const int64_t began = Now();
  ASSIGN_OR_RETURN(const FleetSight sight, rows().Look());
  known_ = known_later_ = sight.changes;
  view().Saw(began);
  return Status::Ok();
}

Status Fleet::Join() {
  if (!view().shared()) return Status::Ok();
  const int64_t began = Now();
  std::optional<ServerLease> before;
  while (true) {
    ASSIGN_OR_RETURN(const FleetSight sight, rows().Look());
    const auto same = std::find_if(sight.servers.begin(), sight.servers.end(),
                                   [this](const ServerLease& one) { return one.number == mine_.number; });
    if (same == sight.servers.end()) break;
    if (before.has_value() && before->beat != same->beat) {
      return Status(Reason::kStorageConflict, "server " + std::to_string(mine_.number) + " of this vault runs at " +
                                                  same->name + ", " + same->address + "; give this one another number");
    }
    before = *same;
    // One that was killed left its row.  Our opening of the stores has fenced it, if it lives after all.
    mine_.beat = same->beat;
    mine_.row_version = same->row_version;
    if (Now() - began > 2 * kBeatMillis + kLookMillis) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(kLookMillis));
  }
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kServerJoin;
  entry.decision = Decision::kPlain;
  entry.detail = "server " + std::to_string(mine_.number);
  RETURN_IF_ERROR(gate_.house().office().journal->Submit({}, std::move(entry)).Wait());
  {
    std::lock_guard round(round_mutex_);
    ASSIGN_OR_RETURN(const FleetSight sight, rows().Look());
    NoteBeats(sight, Now());
    RETURN_IF_ERROR(BeatNow(sight));
  }
  RETURN_IF_ERROR(Round());
  thread_ = std::thread([this] { Run(); });
  later_ = std::thread([this] { RunLater(); });
  return Status::Ok();
}

void Fleet::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    Status done = Round();
    lock.lock();
    last_ = std::move(done);
    wake_.wait_for(lock, std::chrono::milliseconds(kLookMillis), [this] { return stopping_; });
  }
}

void Fleet::RunLater() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    RoundLater().IgnoreError();  // it is not known yet, and is read the next time
    lock.lock();
    wake_.wait_for(lock, std::chrono::milliseconds(kBeatMillis), [this] { return stopping_; });
  }
}

Status Fleet::RoundLater() {
  std::map<uint8_t, Bytes> seen;
  {
    std::lock_guard lock(mutex_);
    seen = sight_.changes;
  }
  for (const auto& [table, read_anew] : read_later_) {
    const auto now = seen.find(static_cast<uint8_t>(table));
    if (now == seen.end()) continue;
    Bytes& known = known_later_[static_cast<uint8_t>(table)];
    if (known == now->second || options_.ignore_changes_for_tests) continue;
    RETURN_IF_ERROR(read_anew());
    known = now->second;
  }
  return Status::Ok();
}

Status Fleet::Round() {
  std::lock_guard round(round_mutex_);
  const int64_t began = Now();
  ASSIGN_OR_RETURN(const FleetSight sight, rows().Look());
  RETURN_IF_ERROR(ReadAnew(sight));
  RETURN_IF_ERROR(FollowEpochs(sight));
  view().Saw(began);
  NoteBeats(sight, began);
  if (Now() - beat_ms_ >= kBeatMillis) RETURN_IF_ERROR(BeatNow(sight));
  if (!view().on_duty()) {
    settled_ = false;
  } else if (!settled_) {
    for (const auto& room : gate_.house().compartments()) RETURN_IF_ERROR(room->epochs->FinishTurn());
    RETURN_IF_ERROR(gate_.house().office().epochs->FinishTurn());
    if (settle_) RETURN_IF_ERROR(settle_());
    settled_ = true;
  }
  return Status::Ok();
}

// --- what the others changed -----------------------------------------------------------------------------------------

Status Fleet::ReadAnew(const FleetSight& sight) {
  for (const auto& [table, drawn] : sight.changes) {
    Bytes& known = known_[table];
    if (known == drawn) continue;
    const auto readers = read_anew_.find(static_cast<Table>(table));
    if (readers != read_anew_.end() && !options_.ignore_changes_for_tests) {
      for (const ReadAnewFn& read_anew : readers->second) RETURN_IF_ERROR(read_anew());
    }
    known = drawn;  // what was read is at least as new as what was seen
  }
  return Status::Ok();
}

Status Fleet::FollowEpochs(const FleetSight& sight) {
  const auto follow = [&](const Room& room) -> Status {
    const auto notice = sight.epochs.find(room.info.id);
    if (notice == sight.epochs.end()) return Status::Ok();
    Bytes& followed = followed_[room.info.id];
    if (followed == notice->second.drawn) return Status::Ok();
    ASSIGN_OR_RETURN(const bool done, room.epochs->Follow(notice->second.wanted));
    if (done) followed = notice->second.drawn;
    return Status::Ok();
  };
  RETURN_IF_ERROR(follow(gate_.house().office()));
  for (const auto& room : gate_.house().compartments()) RETURN_IF_ERROR(follow(*room));
  return Status::Ok();
}

// --- who lives, and who is on duty -----------------------------------------------------------------------------------

void Fleet::NoteBeats(const FleetSight& sight, int64_t now) {
  std::lock_guard lock(mutex_);
  std::map<uint32_t, Beat> beats;
  for (const ServerLease& server : sight.servers) {
    const auto known = beats_.find(server.number);
    const bool still = known != beats_.end() && known->second.beat == server.beat;
    beats[server.number] = {server.beat, still ? known->second.moved_ms : now};
  }
  beats_ = std::move(beats);
  if (sight.duty.has_value()) {
    const uint64_t beat = sight.duty->beat;
    if (duty_beat_.beat != beat) duty_beat_ = {beat, now};
  }
  sight_ = sight;
}

bool Fleet::MayTakeDuty(const FleetSight& sight, int64_t now) const {
  if (!sight.duty.has_value() || sight.duty->number == mine_.number) return true;
  std::lock_guard lock(mutex_);
  return duty_beat_.beat == sight.duty->beat && now - duty_beat_.moved_ms >= kTakeOverMillis;
}

Status Fleet::BeatNow(const FleetSight& sight) {
  const int64_t began = Now();
  std::optional<DutyLease> duty;
  if (MayTakeDuty(sight, began)) duty = sight.duty.value_or(DutyLease());
  const Status beaten = rows().Beat(mine_, duty.has_value() ? &*duty : nullptr);
  if (!beaten.ok()) {
    // Whether it was written is read from the row: the beat before may have been, and its answer lost.
    ASSIGN_OR_RETURN(const FleetSight now, rows().Look());
    for (const ServerLease& one : now.servers) {
      if (one.number == mine_.number && one.started_at == mine_.started_at && one.name == mine_.name) {
        mine_.beat = one.beat;
        mine_.row_version = one.row_version;
      }
    }
    return beaten;
  }
  beat_ms_ = began;
  duty_ = duty;
  view().HoldDuty(duty.has_value() ? began + kDutyMillis : 0);
  return Status::Ok();
}

// --- looking at it ---------------------------------------------------------------------------------------------------

FleetView Fleet::Look() const {
  FleetView all;
  all.number = view().number();
  all.on_duty = view().on_duty();
  if (!view().shared()) return all;
  all.age_millis = view().AgeMillis();
  const int64_t now = Now();
  std::lock_guard lock(mutex_);
  all.last = last_;
  for (const ServerLease& server : sight_.servers) {
    FleetMember member{server.number,     server.name, server.address, server.version,
                       server.started_at, false,       false,          false};
    const auto beat = beats_.find(server.number);
    member.alive = beat != beats_.end() && now - beat->second.moved_ms < kDeadMillis;
    member.on_duty = sight_.duty.has_value() && sight_.duty->number == server.number;
    member.self = server.number == mine_.number;
    all.members.push_back(std::move(member));
  }
  return all;
}

Receipted<FleetView> Fleet::List(const Caller& caller) const {
  Permit permit = gate_.Authorise(caller, Action::kServerStatus);
  if (!permit.granted()) return permit.Refuse<FleetView>();
  permit.entry().detail = "servers";
  return permit.Finish(Look());
}

}  // namespace strongroom
