// KeyEpochs: the life of a room's wrap and blinding keys, from drawing them to destroying them.
//
//   open -> closed -> empty -> destroyed      one row each in the key store (keys/epoch_rows.h)
//
// TurnOver() opens the next epoch and closes the open one.  MoveSome(), called until it answers false, wraps every
// customer's key anew and blinds every index row anew, without opening anything of a customer: the blinding is a
// permutation, so it is undone with the old key and done with the new one.  Then it scans everything, and only a scan
// that finds nothing under the closed epoch makes it `empty`.  Destroy() deletes the keys; the row stays, as proof.
//
// A crash at any point goes on from the rows.  Each moved row is a batch of its own on condition that the old one is
// still there, so whatever a request changes or deletes meanwhile wins.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "crypto/random.h"
#include "keys/customer_keys.h"
#include "keys/epoch_rows.h"
#include "keys/fleet_rows.h"
#include "keys/key_ring.h"
#include "keys/root_key.h"
#include "keys/server_view.h"
#include "store/store.h"

namespace strongroom {

// Any thread; one call at a time does its work, the others wait.
class KeyEpochs {
 public:
  static constexpr size_t kPageRows = 512;
  static constexpr int64_t kPatienceMillis = 2'000;  // with writers that hold the epoch which is closed
  // With several servers: after so long the others know that an epoch is about to be closed, or that a new one is open.
  static constexpr int64_t kNoticeMillis = ServerView::kStaleMillis + 200;
  static constexpr int64_t kReadersMillis = 3'000;

  // Stores, clock and random must outlive this, as must `customer_keys` (null in the office).
  KeyEpochs(Store& key_store, Store& data, std::shared_ptr<const KeyRing> ring, std::shared_ptr<RootKey> root_key,
            CustomerKeys* customer_keys, const Clock& clock, Random& random);

  // Before the first turn, where several servers work on the vault.  Both must outlive this.
  void ShareWith(FleetRows* fleet, std::shared_ptr<const ServerView> view);
  // What another server did, or is about to do, to the epochs: reads them anew when `wanted` is the open one.  False:
  // the turn is under way, and whoever begins to write waits; ask again.
  Result<bool> Follow(Epoch wanted);
  // By the server that comes on duty: ends a turn that broke off with the one before.
  Status FinishTurn();

  // Ascending; the last is the open one.  Progress of a move is as of the last row that was written.
  Result<std::vector<EpochInfo>> List() const;
  // The next epoch; answers its number.  `settle` must return only when every batch that was handed to the room's
  // journal before is durable or has failed.  kRotationUnderWay while a closed epoch is not empty yet.
  Result<Epoch> TurnOver(const std::function<void()>& settle, int64_t patience_millis = kPatienceMillis);
  // Goes on moving what is under a closed epoch, by a page of rows; false when there is none.  kDataCorrupt when rows
  // open under no epoch's key: then nothing is proved, and fsck tells which customers' they should be.
  Result<bool> MoveSome(size_t page_rows = kPageRows);
  // Deletes the keys of an empty epoch for good, and what they alone opened: past keys of customers.
  // kInvalidArgument when it is not empty.
  Status Destroy(Epoch epoch);
  // The log has said how the epoch became what it is: IsTold() from now on.  A crash before leaves it untold.
  Status MarkTold(const EpochInfo& info);
  static bool IsTold(const EpochInfo& info) { return info.phase != MovePhase::kUntold; }

  const KeyRing& ring() const { return *ring_; }
  RootKey& root_key() const { return *root_key_; }

 private:
  struct Page;
  Status Save(EpochInfo& info);
  Result<Page> ScanPage(const Store& store, char kind, const Bytes& cursor, size_t rows) const;
  Result<bool> Rewrap(EpochInfo& info, const EpochSet& epochs, size_t page_rows);
  Result<bool> Reblind(EpochInfo& info, const EpochSet& epochs, char kind, size_t page_rows);
  Result<std::optional<StoreBatch>> MoveRow(const EpochKeys& from, const EpochKeys& to, const StoreRow& row) const;
  Result<bool> Prove(EpochInfo& info, const EpochSet& epochs, size_t page_rows);
  Status SettleRing();  // under root_key_->rings()
  Status PutTurnRows(Epoch open, bool key_store);
  Status PrepareOthers(Epoch closing, Epoch opening);
  Status TellOthers();
  Status CountUnder(const EpochInfo& info, const EpochSet& epochs, const Page& page, char kind);
  Status Finish(EpochInfo& info);
  void PublishWithout(Epoch epoch, bool destroyed);

  Store& key_store_;
  Store& data_;
  const std::shared_ptr<const KeyRing> ring_;
  const std::shared_ptr<RootKey> root_key_;
  CustomerKeys* const customer_keys_;
  const Clock& clock_;
  Random& random_;

  FleetRows* fleet_ = nullptr;  // null: no other server
  std::shared_ptr<const ServerView> view_;

  std::mutex mutex_;                 // guards all below, and is held while one call works
  std::optional<EpochInfo> moving_;  // the closed epoch, with progress that is not written yet
  int pages_unsaved_ = 0;
  uint64_t left_ = 0;        // of the proof under way: rows under the closed epoch
  uint64_t unreadable_ = 0;  // rows that open under no key
};

}  // namespace strongroom
