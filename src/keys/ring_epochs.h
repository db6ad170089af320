// RingEpochs: the epochs of a room's key ring while they change under running requests.
//
// A wrap key and a blinding key last for an epoch.  One epoch is open: new rows stand under it.  When it is closed,
// everything under it moves to the next; when nothing is left there it is proved empty, and some weeks later its keys
// are destroyed (keys/key_epochs.h does all that; docs/formats/key-store.md has the states).
//
// Readers take Current(), look in every live epoch, the oldest first, and look again if Current() has changed
// meanwhile: rows move only from an older epoch to the open one, in one batch, so such a reader misses none.
//
// Writers take a lease before the look-up that decides what they write, and their batch carries it.  A lease names the
// epoch that was open when it was taken; the batch is refused (kStorageConflict: ask again) when it comes to be
// committed after that epoch was closed.  So that hardly any batch is, an epoch is closed only when its leases have
// been given back, or after a while; until the next is there, Take() waits.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/status.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/prp.h"
#include "crypto/secret.h"

namespace strongroom {

using Epoch = uint32_t;  // from 1

// What blinds index rows during one epoch.
struct Blinder {
  Prp128 rows;  // PRP(blinding key, HMAC(index key, ...))
  Mac tails;    // the tail of a row that may stand beside equals; dies with the epoch too
  Aead refs;    // seals what the row points to
  explicit Blinder(const SecretBytes& blinding_key);
};

struct EpochKeys {
  EpochKeys(Epoch epoch, const SecretBytes& wrap_key, const SecretBytes& blinding_key)
      : number(epoch), wrap(wrap_key), blinder(blinding_key) {}
  const Epoch number;
  const KeyWrap wrap;
  const Blinder blinder;
};
using EpochKeysPtr = std::shared_ptr<const EpochKeys>;

// The epochs at one moment.  Immutable.
struct EpochSet {
  EpochKeysPtr open;
  std::map<Epoch, EpochKeysPtr> held;  // every epoch whose keys there are
  std::vector<EpochKeysPtr> live;      // those with rows under them, ascending; the last is the open one
};
using EpochSetPtr = std::shared_ptr<const EpochSet>;

class RingEpochs;

// A writer's hold on the epoch it writes under.  Shared by everything one request writes: whoever took a second lease
// while an epoch is being closed would wait for the first.
class EpochLease {
 public:
  EpochLease(std::shared_ptr<RingEpochs> epochs, EpochSetPtr set) : epochs_(std::move(epochs)), set_(std::move(set)) {}
  ~EpochLease();
  EpochLease(const EpochLease&) = delete;
  EpochLease& operator=(const EpochLease&) = delete;
  const EpochSet& set() const { return *set_; }
  const EpochKeys& open() const { return *set_->open; }
  // Asked by the threads that commit, just before they do.  kStorageConflict when the epoch was closed meanwhile.
  Status MayCommit() const;
  // With several servers a batch of this lease must hold only while its epoch is the open one, by the store's own word:
  // then its number.
  std::optional<Epoch> MustStandUnder() const;

 private:
  const std::shared_ptr<RingEpochs> epochs_;
  const EpochSetPtr set_;
};
using EpochLeasePtr = std::shared_ptr<const EpochLease>;

// Any thread.  Lives in a shared_ptr.
class RingEpochs : public std::enable_shared_from_this<RingEpochs> {
 public:
  static constexpr int kTakeSeconds = 20;  // longer than any turn takes

  explicit RingEpochs(EpochSetPtr set) : set_(std::move(set)) {}

  EpochSetPtr Current() const { return std::atomic_load(&set_); }
  // Waits while one epoch gives way to the next; kRecordBusy when that takes too long.
  Result<EpochLeasePtr> Take();

  // The turn from one epoch to the next, by the one thread that rotates: Close, then everything that was committed
  // before is waited for (by whoever knows who commits), then Publish. Waits up to `patience_millis` for the leases of
  // the open epoch.
  void Close(int64_t patience_millis);
  // The epochs from now on; ends a turn.
  void Publish(EpochSetPtr set);

  // Another server has closed, or is about to close, the open epoch: Take() waits until Publish().
  void Hold();
  // Several servers write: leases say what must stand in the store (EpochLease::MustStandUnder).
  void ShareWithOthers() { shared_ = true; }

  // Closed epochs go on being written to.  Only so that a test can show that it would notice.
  void IgnoreClosingForTests() { ignore_closing_ = true; }

 private:
  friend class EpochLease;
  void GiveBack(Epoch epoch);

  EpochSetPtr set_;  // atomically
  std::atomic<Epoch> closed_up_to_{0};
  std::atomic<bool> ignore_closing_{false};
  std::atomic<bool> shared_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool turning_ = false;
  std::map<Epoch, int> leases_;
};

}  // namespace strongroom
