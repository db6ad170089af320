// FaultyStore: a decorator that makes any Store fail on purpose, so that the layers above can be shown to survive.
//
// It keeps the contract's sixth rule: after a full disk or a write of unknown outcome it refuses every write until
// Reopen().  Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <vector>

#include "store/store.h"

namespace strongroom {

enum class FaultKind : uint8_t {
  kFailBefore,   // nothing done; kStorageUnavailable; the store stays usable
  kStorageFull,  // nothing done; kStorageFull; a commit so failed refuses later ones
  kFailAfter,    // done, but the caller is told kStorageUnavailable: the unknown outcome; refuses later commits
  kDelay,        // done after `delay_millis`
};

enum class FaultCall : uint8_t { kRead, kCommitGroup };  // kRead: Get, MultiGet, Scan, Snapshot

struct Fault {
  FaultCall call = FaultCall::kCommitGroup;
  uint64_t nth = 1;  // counted per kind of call, from 1
  FaultKind kind = FaultKind::kFailBefore;
  int64_t delay_millis = 0;
};

struct FaultOdds {  // of each call, 0 to 1
  double fail_before = 0;
  double storage_full = 0;
  double fail_after = 0;  // commits only; a read so chosen fails before
};

// Which calls fail, and how: a script, chance, or both (the script goes first).
class FaultPlan {
 public:
  FaultPlan() = default;  // no faults
  explicit FaultPlan(std::vector<Fault> script) : script_(std::move(script)) {}
  // Prints its seed to stderr, so that a failure can be replayed.
  static FaultPlan Random(uint64_t seed, FaultOdds odds);

 private:
  friend class FaultyStore;
  std::vector<Fault> script_;
  bool random_ = false;
  uint64_t seed_ = 0;
  FaultOdds odds_;
};

class FaultyStore : public Store {
 public:
  explicit FaultyStore(std::shared_ptr<Store> inner, FaultPlan plan = {});

  Result<std::optional<StoreValue>> Get(ByteView key) const override;
  Result<std::vector<std::optional<StoreValue>>> MultiGet(const std::vector<Bytes>& keys) const override;
  Result<std::vector<StoreRow>> Scan(const ScanRange& range) const override;
  std::vector<Status> CommitGroup(const std::vector<const StoreBatch*>& batches, const Finisher& finish) override;
  Status Compact(ByteView begin, ByteView end) override { return inner_->Compact(begin, end); }
  Result<std::unique_ptr<StoreReader>> Snapshot() const override;  // the snapshot itself does not fail

  // Replaces the plan and begins to count calls anew.
  void SetPlan(FaultPlan plan);
  // Runs before each CommitGroup reaches the inner store: tests interleave with it.  Not called for refused commits.
  void SetBeforeCommit(std::function<void()> hook);
  // Called with each batch that was written, and with what the store's writer added to its group: tests keep everything
  // that ever was in a store.
  void SetAfterCommit(std::function<void(const StoreBatch&)> hook);
  // What opening the store again does: writes are taken again.
  void Reopen();

  uint64_t commits_seen() const;
  uint64_t reads_seen() const;
  uint64_t faults_made() const;

 private:
  struct Choice {
    bool faulty = false;
    Fault fault;
  };
  Choice Choose(FaultCall call) const;
  Status BeforeRead() const;
  void Refuse(const Status& status);

  const std::shared_ptr<Store> inner_;
  mutable std::mutex mutex_;  // guards all below; not held while the inner store works
  FaultPlan plan_;
  mutable std::mt19937_64 random_;
  mutable uint64_t commits_ = 0;
  mutable uint64_t reads_ = 0;
  mutable uint64_t faults_ = 0;
  std::function<void()> before_commit_;
  std::function<void(const StoreBatch&)> after_commit_;
  Status refusal_;
};

}  // namespace strongroom
