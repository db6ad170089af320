// LogPruner: takes entries of a log away that are older than policy keeps them.
//
// Two steps.  (1) Prune() writes, in one commit through the log's own journal, the new floor and the entry log.prune
// that says which entries go.  From then on readers answer kLogPruned below the floor.  (2) Sweep() deletes the rows
// below the floor; it may be broken off anywhere and asked for again.
//
// Never taken: what is not in the tree, what the key store's mark does not cover, the newest row of each writer's
// inbox, and anything the caller holds back.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "audit/journal.h"
#include "audit/log_floor.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/random.h"
#include "keys/key_ring.h"
#include "store/store.h"

namespace strongroom {

struct PruneLimits {
  UnixMillis before = 0;            // only entries older than this
  uint64_t at_most = UINT64_MAX;    // only entries below this index
  uint64_t most_entries = 1 << 20;  // about, in one call
};

struct Pruned {
  uint64_t begin = 0;
  uint64_t end = 0;  // exclusive; equal to `begin`: nothing was old enough
};

// One thread at a time.
class LogPruner {
 public:
  // All must outlive this.
  LogPruner(Store& data, const StoreReader& key_store, std::shared_ptr<const KeyRing> ring, Random& random)
      : data_(data), key_store_(key_store), ring_(std::move(ring)), random_(random) {}

  // Step 1.  kStorageConflict: another server did it.  kLogInvalid: the log does not say where its entries lie.
  Result<Pruned> Prune(Journal& journal, const PruneLimits& limits);
  // Step 2.  Answers how many rows were deleted.  `go_on` is asked between batches; false breaks it off.
  Result<uint64_t> Sweep(const std::function<bool()>& go_on = {});

 private:
  Result<uint64_t> MarkedSize(const std::string& origin) const;
  Result<uint64_t> OldestToKeep(const LogFloor& floor, uint64_t end, const PruneLimits& limits) const;
  Status MoveWriters(uint64_t end, LogFloor& floor) const;
  Result<LogFloor::Writer> WriterAt(uint32_t writer, uint64_t first_above) const;
  Result<uint64_t> DeleteRange(const Bytes& begin, const Bytes& end, const std::function<bool(const StoreRow&)>& goes,
                               const std::function<bool()>& go_on);

  Store& data_;
  const StoreReader& key_store_;
  const std::shared_ptr<const KeyRing> ring_;
  Random& random_;
};

}  // namespace strongroom
