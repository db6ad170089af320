// Fleet: this server among those that work on the same vault (docs/decisions/0024).
//
// Every 200 ms it looks at what the others changed (keys/fleet_rows.h), reads anew what of that is kept in memory here,
// and only then says that it has seen it (keys/server_view.h): whoever asks a server that has not looked for a second
// is refused.  Every second it beats, so that the others see it live, and one of them is on duty: the one whose row
// says so and who renews it in time.  Nobody's clock is compared with another's: whether a beat still moves is judged
// by one's own monotonic clock.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "audit/receipt.h"
#include "base/status.h"
#include "keys/fleet_rows.h"
#include "vault/gate.h"

namespace strongroom {

struct FleetOptions {
  std::string name;     // of the machine
  std::string address;  // where this server listens
  std::string version;
  // Changes of others are seen and not read.  Only so that a test can show that it would notice.
  bool ignore_changes_for_tests = false;
};

struct FleetMember {
  uint32_t number = 0;
  std::string name;
  std::string address;
  std::string version;
  UnixMillis started_at = 0;
  bool alive = false;    // its beat moved lately
  bool on_duty = false;  // by what is written
  bool self = false;
};

struct FleetView {
  uint32_t number = 0;  // this server's; 0: it is alone, and `members` is empty
  bool on_duty = true;
  int64_t age_millis = 0;  // of what is known of the others
  Status last;             // of the last look
  std::vector<FleetMember> members;
};

// Any thread.
class Fleet {
 public:
  static constexpr int64_t kLookMillis = 200;
  static constexpr int64_t kBeatMillis = 1'000;
  static constexpr int64_t kDeadMillis = 5'000;  // a beat that stood still for so long
  // A holder that could not renew for kDutyMillis stops by itself; another takes over after kTakeOverMillis.
  static constexpr int64_t kDutyMillis = 3'000;
  static constexpr int64_t kTakeOverMillis = 6'000;

  using ReadAnewFn = std::function<Status()>;

  // `gate` must outlive this.  Of a house that is alone, everything below does nothing.
  Fleet(Gate& gate, FleetOptions options);
  ~Fleet();

  // First of all, before anything is read into memory: what is there now.
  Status BeginToLook();
  // How the services that keep this table in memory read it anew.  Before Join().
  void WhenChanged(Table table, ReadAnewFn read_anew);
  // The same for what may lag, and may be long because strangers make it so: on a thread of its own, every second, so
  // that nobody can hold up a look by guessing passwords.
  void WhenChangedLater(Table table, ReadAnewFn read_anew);
  // What the server that comes on duty does first.  Before Join().
  void WhenOnDuty(ReadAnewFn settle) { settle_ = std::move(settle); }
  // Takes this server's place, tells the log, and looks from now on.  kStorageConflict: a server of this number lives.
  Status Join();
  // One round, as the threads do it.  For tests, which have none.
  Status Round();
  Status RoundLater();

  FleetView Look() const;
  // Action server.status.
  Receipted<FleetView> List(const Caller& caller) const;

 private:
  struct Beat {
    uint64_t beat = 0;
    int64_t moved_ms = 0;  // monotonic: when it was seen to move
  };
  void Run();
  void RunLater();
  Status ReadAnew(const FleetSight& sight);
  Status FollowEpochs(const FleetSight& sight);
  void NoteBeats(const FleetSight& sight, int64_t now);
  Status BeatNow(const FleetSight& sight);
  bool MayTakeDuty(const FleetSight& sight, int64_t now) const;
  int64_t Now() const { return gate_.house().clock().MonotonicMillis(); }
  FleetRows& rows() const { return *gate_.house().fleet(); }
  ServerView& view() const { return gate_.house().view(); }

  Gate& gate_;
  const FleetOptions options_;
  std::map<Table, std::vector<ReadAnewFn>> read_anew_;
  std::map<Table, ReadAnewFn> read_later_;
  std::map<uint8_t, Bytes> known_later_;  // of the thread that reads later
  ReadAnewFn settle_;
  std::mutex round_mutex_;  // one round at a time; guards what follows
  std::map<uint8_t, Bytes> known_;
  std::map<CompartmentId, Bytes> followed_;
  ServerLease mine_;
  std::optional<DutyLease> duty_;  // while it is held here
  bool settled_ = false;           // what comes with duty is done
  int64_t beat_ms_ = 0;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool stopping_ = false;
  Status last_;
  FleetSight sight_;
  std::map<uint32_t, Beat> beats_;
  Beat duty_beat_;
  std::thread thread_;
  std::thread later_;
};

}  // namespace strongroom
