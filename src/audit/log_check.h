// LogCheck: one room's whole audit log against itself, in one pass over its inboxes.
//
//   inboxes      every row opens, numbers are gapless, the chain holds, and each writer stands where the state says
//   runs         cover entries 0 to size without a gap, each writer's in order
//   tree         recomputed from the entries: every tile, the root of the state
//   digests      say what the entries say
//   checkpoint   signed with the room's key, of the state's size and root
//   mark         in the key store: of this history, and not ahead of it
//   pruning      what is gone lies below the floor, and an entry log.prune says so; below it the tree is made of the
//                hashes that stayed
//
// The log may grow meanwhile: it is checked as its state row stood in the beginning, and what waits to be merged is
// followed to its end.  Memory: a page of rows for each writer, and a block of 1,024 entries' digest.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/entry.h"
#include "audit/log_digest.h"
#include "audit/log_floor.h"
#include "audit/log_state.h"
#include "audit/tree.h"
#include "base/status.h"
#include "crypto/random.h"
#include "keys/key_ring.h"
#include "keys/sealed_batch.h"
#include "store/store.h"

namespace strongroom {

struct LogCheckReport {
  std::vector<std::string> problems;  // a sentence each, at most kMaxProblems
  uint64_t merged = 0;                // entries in the tree
  uint64_t waiting = 0;               // entries not merged yet
  uint64_t writers = 0;
  uint64_t pruned = 0;       // entries below this were pruned by policy: their hashes were checked, and no more
  bool floor_moved = false;  // more was pruned meanwhile: what is said may be of rows that were deleted; run anew
  uint64_t derived_rows =
      0;  // tiles and digests that are missing or wrong and follow from the entries: Mend() does them
};

// One use, one thread.
class LogCheck {
 public:
  static constexpr size_t kMaxProblems = 100;

  // Entries in log order, then those that wait, writer by writer; `index` is unset for these.
  using Visit = std::function<void(std::optional<uint64_t> index, const AuditEntry& entry)>;

  // All must outlive this.
  LogCheck(const StoreReader& data, const StoreReader& key_store, std::shared_ptr<const KeyRing> ring);
  ~LogCheck();

  // Fails only when the store does.
  Result<LogCheckReport> Run(const Visit& visit = {});
  // After Run(): rows that follow from the entries, in batches for the room's journal, each on condition that the log
  // has not grown.  None when the entries do not give the root that was signed: then they are what is wrong.
  Result<std::vector<SealedBatch>> Mend(Random& random) const;

 private:
  class Inbox;
  struct Derived;
  void Report(std::string problem);
  Status CheckMerged(const LogState& state, const Visit& visit);
  Status StartAtFloor(const LogState& state);
  void SeePruning(const AuditEntry& entry);
  Result<Bytes> FirstRunKey() const;
  Status FollowRun(const LogState& state, const LogRun& run, const Visit& visit);
  void Take(const LogState& state, const Bytes& encoded, const Digest& leaf, const Visit& visit);
  Status CheckDigest(const LogState& state);
  Status CompareEdge();
  void CompareTile(uint8_t level, uint64_t index, const Bytes& hashes);
  Status CheckPositions(const LogState& state);
  Status CheckWaiting(const Visit& visit);
  Status CheckCheckpoint(const LogState& state);
  Status CheckStrays(const LogState& state);

  const StoreReader& data_;
  const StoreReader& key_store_;
  const std::shared_ptr<const KeyRing> ring_;
  LogCheckReport report_;
  std::map<uint32_t, std::unique_ptr<Inbox>> inboxes_;
  TreeBuilder tree_;
  LogDigest digest_;       // of the block that is being read
  uint64_t digested_ = 0;  // where that begins
  LogFloor floor_;
  uint64_t pruned_by_entries_ = 0;  // what entries say was pruned
  Status failure_;                  // of the store, inside of a call that cannot answer one
  bool root_holds_ = false;
  StoreVersion state_version_ = kAbsent;
  std::unique_ptr<Derived> derived_;
};

}  // namespace strongroom
