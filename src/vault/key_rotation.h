// KeyRotation: rotates the keys of every room, proves that the old ones are out of use, and destroys them in time.
//
// What happens to keys and rows is keys/key_epochs.h's.  Here: who may ask for it, what the log says (an entry before
// an epoch is closed or destroyed, one when it is proved empty or gone), when it is due, and the thread that does what
// takes long.  After a crash the thread goes on where the key store says, and tells the log what it has not been told.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "audit/receipt.h"
#include "vault/gate.h"

namespace strongroom {

struct KeyRotationOptions {
  int rotate_days = 30;  // an epoch that has been open so long is closed; 0: only when somebody asks
  int keep_days = 35;    // an epoch that has been empty so long is destroyed: as long as copies of the keys are kept
  // Of its time the thread moves rows; for the rest it sleeps, so that requests have the disk.  In percent.
  int share_percent = 50;
  int64_t patience_millis = KeyEpochs::kPatienceMillis;  // with requests that hold the epoch which is closed
};

struct RoomEpochs {
  std::string room;
  std::vector<EpochInfo> epochs;  // ascending; the last is the open one
  UnixMillis rotate_at = 0;       // 0: only when somebody asks
  Status failure;                 // of the last try to go on
};

struct EpochsAnswer {
  KeyRotationOptions options;
  std::vector<RoomEpochs> rooms;  // the office first
};

struct DestroyedEpoch {
  std::string room;
  Epoch epoch = 0;
};

// Any thread.
class KeyRotation {
 public:
  KeyRotation(Gate& gate, KeyRotationOptions options) : gate_(gate), options_(options) {}
  ~KeyRotation();

  // Action epoch.read.
  Receipted<EpochsAnswer> List(const Caller& caller) const;
  // Closes the open epoch of every room and opens the next; what stands under the closed one is moved by the thread.
  // kRotationUnderWay.  Action epoch.rotate.
  Receipted<EpochsAnswer> Rotate(const Caller& caller);
  // Destroys at once what is due, rather than with the next run.  Action epoch.destroy.
  Receipted<std::vector<DestroyedEpoch>> DestroyDue(const Caller& caller);

  // Once an hour from now on, and whenever somebody has asked for a rotation, on a thread of its own.
  void Start();
  // What the thread does, once, without sleeping; the first failure of a room leaves it for the next run.
  Status RunDue();
  // For doctor.
  EpochsAnswer Look() const;
  UnixMillis DestroyAt(const EpochInfo& info) const;

 private:
  std::vector<Room*> Rooms() const;
  Status TurnOver(Room& room, const AuditEntry& entry);
  Status RunRoom(Room& room, bool paced);
  Status Rekey(Room& room, bool all);
  Status MoveAll(Room& room, bool paced);
  Status Tell(Room& room);
  Result<std::vector<Epoch>> DestroyDueIn(Room& room, const AuditEntry& entry);
  void Run();
  Status RunAll(bool paced);
  bool Sleep(int64_t millis);  // true: stop, or it is another server's work now

  Gate& gate_;
  const KeyRotationOptions options_;
  mutable std::mutex failures_mutex_;
  std::map<const Room*, Status> failures_;
  std::mutex run_mutex_;  // one run at a time
  std::mutex mutex_;      // guards what follows
  std::condition_variable wake_;
  bool stopping_ = false;
  bool asked_ = false;
  std::thread thread_;
};

}  // namespace strongroom
