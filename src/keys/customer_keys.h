// CustomerKeys: one random key per customer, wrapped by the compartment's wrap key, kept in the key store apart from
// the data.  Deleting a customer's row here is what erases the customer: data without its key opens never again.
//
// Row: 'K' || customer id -> epoch, generation, wrapped key (keys/customer_key_row.h, docs/formats/key-store.md).
// Ledger: 'L' || customer id -> sealed note that this customer was erased, replayed by every restore.
// Past keys 'P' and what was taken away 'F' (keys/past_rows.h): so that a restore of older data opens who lives, and
// brings back nothing that is gone.
// Block: 'B' || customer id -> sealed note that this customer is to be erased, and when; the key's row says so as well,
// so that whoever fetches the key is told without another read.
// Moves to another compartment: 'W' and 'A' (keys/move_rows.h); customer_keys_moves.cc.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "crypto/aead.h"
#include "crypto/random.h"
#include "keys/customer_key_row.h"
#include "keys/ids.h"
#include "keys/key_ring.h"
#include "keys/move_rows.h"
#include "keys/past_rows.h"
#include "keys/sealed_batch.h"
#include "keys/server_view.h"
#include "store/group_committer.h"
#include "store/store.h"

namespace strongroom {

struct CustomerKey {
  Aead aead;
  uint32_t generation = 1;  // counts the keys this customer has had
  // While everything of the customer moves to a new key: the one before it.  What is written is sealed with the new
  // one.  From GetWithPast(): every older one that opens, one behind the other.
  std::shared_ptr<const CustomerKey> before;
};
using CustomerKeyPtr = std::shared_ptr<const CustomerKey>;

// A customer who is to be erased, and whom nobody is shown meanwhile.
struct ErasureBlock {
  UnixMillis asked_at = 0;
  UnixMillis due_at = 0;  // when the key is to be destroyed; until then the block can be taken back
};

struct BlockedCustomer {
  CustomerId customer = 0;
  ErasureBlock block;
};

// Keys that exist in memory alone so far, and the rows to be written before anything is sealed with them for good.
struct DrawnKeys {
  std::vector<CustomerKeyPtr> keys;
  SealedBatch rows;
};

// Any thread.
class CustomerKeys {
 public:
  static constexpr int64_t kCacheMillis = 60'000;
  // With several servers: what one of them erases, blocks or gives a new key is known to all when this has passed, and
  // whoever did it waits for that.
  static constexpr int64_t kSharedCacheMillis = 1'000;
  static constexpr size_t kCacheEntries = 1 << 16;

  // `key_store`, `clock` and `random` must outlive this.  `view`: null when no other server works on the vault.
  CustomerKeys(Store& key_store, std::shared_ptr<const KeyRing> ring, const Clock& clock, Random& random,
               std::shared_ptr<const ServerView> view = nullptr);
  ~CustomerKeys();

  // Creates and stores a key for each (durable on return; waits).  kStorageConflict when one of them exists: draw
  // another id, or the epoch was closed meanwhile.  Key first, then data: an orphan key is harmless and swept by fsck.
  // `lease`: that of the batch which will hold their records, so that one request takes one; null: taken here.
  Result<std::vector<CustomerKeyPtr>> Create(const std::vector<CustomerId>& customers, EpochLeasePtr lease = nullptr);
  // The two halves of Create(), for callers that do not wait: `done` is called on the key store's thread when the rows
  // are durable or have failed, and must be quick.
  Result<DrawnKeys> Draw(const std::vector<CustomerId>& customers, EpochLeasePtr lease = nullptr) const;
  void Write(DrawnKeys&& drawn, GroupCommitter::Done done);
  // kCustomerNotFound when there is none (never was, or erased), and for a blocked customer: this is the one place
  // where whatever is asked about one ends.
  Result<CustomerKeyPtr> Get(CustomerId customer);
  // For what must go on while a customer is blocked: keeping index, keys and erasure right.  Shows nobody anything.
  Result<CustomerKeyPtr> GetEvenBlocked(CustomerId customer);
  // The same, for who holds a key already and has found that it does not open something: not from the cache.
  Result<CustomerKeyPtr> GetAfresh(CustomerId customer);
  // Waits until everything that was submitted before is durable or has failed.
  void Settle();

  // A new key for a customer, in two steps; what lies between (vault/rekey.h) seals everything anew.
  // The first draws it: from then on both open, and what is written is sealed with the new one.  Does nothing when both
  // are there already.  kStorageConflict when the row changed meanwhile: ask again.
  Result<CustomerKeyPtr> BeginRekey(CustomerId customer);
  // The second makes the one before a past key.  Precondition: nothing is sealed with it any more, but in copies.
  Status EndRekey(CustomerId customer);
  // From the return on, Get() knows of no such customer (durable on return; waits).  Blocked already: nothing changes.
  // kCustomerNotFound when there is no key.
  Status Block(CustomerId customer, const ErasureBlock& block);
  // kCustomerNotFound when there is no block.
  Status Unblock(CustomerId customer);
  // kDataCorrupt.
  Result<std::optional<ErasureBlock>> BlockOf(CustomerId customer) const;
  // Ascending, from `begin`.  kDataCorrupt.
  Result<std::vector<BlockedCustomer>> ScanBlocked(CustomerId begin, size_t limit) const;

  // The present key with all past keys that open behind it (`before`), the newest first.  Not from the cache.
  Result<CustomerKeyPtr> GetWithPast(CustomerId customer) const;
  // Whether BeginRekey was called and EndRekey was not.
  Result<bool> IsBetweenKeys(CustomerId customer) const;
  // Notes that these were taken away of the customer; durable on return.  One that is noted already stays as it is.
  // kCustomerNotFound when the customer has no key.  Names: at most TakenRow::kMaxNameBytes.
  Status NoteTaken(CustomerId customer, const std::vector<Bytes>& names, UnixMillis now);
  // Which of them are not noted.
  Result<std::vector<Bytes>> NotNoted(CustomerId customer, const std::vector<Bytes>& names) const;
  Result<std::vector<TakenRow>> TakenFrom(CustomerId customer) const;
  // Deletes past keys of epochs that are no longer held, and notes of what no key opens any more.
  Status SweepPast();

  // Destroys the key, all past ones and notes, takes a block away, and writes the erasure ledger in one batch (durable
  // on return; waits), then evicts.  kCustomerNotFound when there is none.
  Status Destroy(CustomerId customer, UnixMillis now);
  // Removes keys of customers whose record was never written (fsck, a failed create); no ledger entry.
  Status DropOrphans(const std::vector<CustomerId>& customers);
  // The same without waiting, and without saying how it went: fsck sweeps what stays.
  void DropOrphanLater(CustomerId customer);
  // True when the ledger says so.
  Result<bool> IsErased(CustomerId customer) const;
  // When; unset: the ledger knows of no erasure.  kDataCorrupt.
  Result<std::optional<UnixMillis>> ErasedAt(CustomerId customer) const;
  // Ids with a key, ascending, from `begin`.
  Result<std::vector<CustomerId>> Scan(CustomerId begin, size_t limit) const;

  // Moves (vault/customer_moves.h).  While a customer moves, the keys on both sides are as those of who is blocked:
  // Get() knows of nobody, and neither Block() nor BeginRekey() does anything (kRecordBusy).  All that write are
  // durable on return.  kDataCorrupt.
  Result<std::optional<Departure>> DepartureOf(CustomerId customer) const;
  Result<std::optional<Arrival>> ArrivalOf(CustomerId customer) const;
  // A departure that is not cut over, or an arrival that is not done with.
  Result<bool> IsMoving(CustomerId customer) const;
  // Ascending, from `begin`.
  Result<std::vector<CustomerId>> ScanArrivals(CustomerId begin, size_t limit) const;
  Result<std::vector<CustomerId>> ScanDepartures(CustomerId begin, size_t limit) const;
  Result<uint32_t> GenerationOf(CustomerId customer) const;
  // A key for the copy, of the generation after the one that is left behind.  kStorageConflict when there is one.
  Result<CustomerKeyPtr> BeginArrival(CustomerId customer, const Arrival& arrival);
  // Those below do their part of one move, and nothing to another of the same customer: two servers may believe that
  // they are on duty.
  // After the cut-over: the customer opens here.  Forgets a departure of earlier.  kRecordBusy: no such arrival.
  Status EndArrival(CustomerId customer, const Arrival& arrival);
  // Nothing of the customer is left where they came from.
  Status ForgetArrival(CustomerId customer, const Arrival& arrival);
  // The copy is given up: its key goes.  Precondition: the departure was taken back.
  Status DropArrival(CustomerId customer, const Arrival& arrival);
  // From the return on, nobody opens the customer.  kCustomerErasing, kRecordBusy, kRecordBusy when the key is of
  // another generation than `departure` says, or everything is being sealed anew.
  Status BeginDeparture(CustomerId customer, const Departure& departure);
  // The one batch that decides: the key becomes a past key, and the row says where the customer lives.  kRecordBusy
  // when the departure is not the one that was begun.
  Status CutOver(CustomerId customer, const Departure& departure);
  // Does nothing after the cut-over.
  Status AbortDeparture(CustomerId customer, const Departure& departure);
  // Past keys alone, the newest first, of who has gone.  kCustomerNotFound when none opens.
  Result<CustomerKeyPtr> GetDeparted(CustomerId customer) const;
  // Of who was erased elsewhere: past keys go, and the ledger says so here as well, because copies of this
  // compartment's data hold the customer.  False: the customer never left from here, or that was done before.
  Result<bool> DestroyDeparted(CustomerId customer, UnixMillis now);
  // For a restore that found the customer here and nowhere else: the key that stayed behind is the customer's again,
  // and what was taken away since is noted.  kCustomerNotFound, kKeyMissing when it does not open any more.
  // `block`: the customer was to be erased, and is so here.
  Status TakeBack(CustomerId customer, const std::vector<TakenRow>& taken,
                  const std::optional<ErasureBlock>& block = std::nullopt);

 private:
  struct Cached {
    CustomerKeyPtr key;
    int64_t expires_at = 0;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<CustomerId, Cached> entries;
    // As they were remembered, so the first to expire is in front.  One that was evicted or remembered anew since is
    // known by its other time, and passed over.
    std::deque<std::pair<int64_t, CustomerId>> by_expiry;
    uint64_t evictions = 0;  // a key read before an eviction must not be remembered after it
  };
  static void DropOldest(Shard& shard, int64_t now);
  static constexpr size_t kShards = 16;
  struct Leased;

  struct ReadKey {
    CustomerKeyPtr key;
    bool blocked = false;
  };
  // `older`: stands behind what the row holds.
  Result<ReadKey> Read(CustomerId customer, CustomerKeyPtr older = nullptr) const;
  // Not from the cache when it is blocked.
  Result<ReadKey> Fetch(CustomerId customer);
  Status Replace(CustomerId customer, StoreVersion expected, const CustomerKeyRow& row, EpochLeasePtr lease,
                 const PastKeyRow* past = nullptr);
  Status DeletePast(StoreBatch& batch, CustomerId customer) const;
  Result<std::optional<uint32_t>> OldestGeneration(CustomerId customer) const;
  Result<std::vector<CustomerId>> ScanKind(char kind, CustomerId begin, size_t limit) const;
  Result<std::optional<StoreVersion>> VersionOf(CustomerId customer, const Arrival& arrival) const;
  Status CommitUnder(StoreBatch batch, const EpochLeasePtr& lease);
  Status SetBlocked(CustomerId customer, const std::optional<ErasureBlock>& block);
  Result<ErasureBlock> OpenBlock(const Bytes& row_key, ByteView sealed) const;
  Result<Bytes> SealBlock(const Bytes& row_key, const ErasureBlock& block) const;
  Status PutLedger(StoreBatch& batch, CustomerId customer, UnixMillis now) const;
  Shard& ShardOf(CustomerId customer) { return shards_[customer % kShards]; }
  // `read_at`: from before it was read, so that what is remembered is never older than others wait for.
  void Remember(CustomerId customer, const CustomerKeyPtr& key, uint64_t evictions_seen, int64_t read_at);
  void Evict(CustomerId customer);

  bool IsShared() const { return view_ != nullptr && view_->shared(); }
  int64_t CacheMillis() const;
  void WaitForOthers() const;

  Store& key_store_;
  const std::shared_ptr<const KeyRing> ring_;
  const Clock& clock_;
  Random& random_;
  const std::shared_ptr<const ServerView> view_;
  std::array<Shard, kShards> shards_;
  GroupCommitter committer_;
};

}  // namespace strongroom
