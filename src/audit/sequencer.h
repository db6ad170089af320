// Sequencer: merges the inboxes of one compartment into its log, an RFC 6962 tree, and signs checkpoints.
//
// One step: read what the writers added since the last (verifying chain and numbers), append the leaf hashes to the
// tiles, and commit tiles, look-up rows, state and signed checkpoint in one batch, on condition that the state is still
// the one it started from.  Of two sequencers one loses that condition and starts over from what the other wrote, so
// no two checkpoints ever disagree.  Then the newest checkpoint goes to the key store as the log's mark.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "audit/log_digest.h"
#include "audit/log_state.h"
#include "audit/tree.h"
#include "base/status.h"
#include "crypto/random.h"
#include "keys/key_ring.h"
#include "store/store.h"

namespace strongroom {

struct SequencerOptions {
  std::string origin;              // the log's name: "privacy.example.com/audit"; fixed once the log exists
  size_t entries_per_step = 8192;  // about: rows of an inbox are taken whole
};

// One thread at a time.
class Sequencer {
 public:
  // Verifies the log as it stands.  kStorageBehindMark, kLogInvalid; kConfigInvalid when the log has another origin.
  // Stores, ring and random must outlive this.
  static Result<std::unique_ptr<Sequencer>> Open(Store& data, Store& key_store, std::shared_ptr<const KeyRing> ring,
                                                 Random& random, SequencerOptions options);

  // True when entries were merged.  The very first step publishes the checkpoint of an empty log.
  // kStorageConflict when another sequencer was faster: step again.  kLogInvalid when an inbox was tampered with.
  Result<bool> Step();

  // Entries in the log, as of the last step.
  uint64_t size() const { return state_.size; }
  // The last step took as much as a step takes: more may be waiting.
  bool has_more() const { return has_more_; }

 private:
  struct Draft;
  Sequencer(Store& data, Store& key_store, std::shared_ptr<const KeyRing> ring, Random& random,
            SequencerOptions options);
  Status Load();
  Status Take(uint32_t writer, size_t budget, Draft& draft) const;
  Status Integrate(const std::vector<Bytes>& entries, const std::vector<Digest>& leaves, Draft& draft) const;
  Result<std::string> Finish(Draft& draft) const;
  Status WriteMark();

  Store& data_;
  Store& key_store_;
  const std::shared_ptr<const KeyRing> ring_;
  Random& random_;
  const SequencerOptions options_;
  bool loaded_ = false;  // the members below are what the store holds
  LogState state_;
  TreeBuilder tree_;
  LogDigest digest_;  // of the block that is still filling
  std::string checkpoint_;
  bool has_more_ = false;
  bool marked_ = false;  // the key store holds `checkpoint_` or a later one
};

// Steps in a thread of its own, every `interval`, and at once while a backlog is left.  Not at once after every step: a
// step flushes both stores, and what waits for those flushes is the requests that are to be logged.
class SequencerRunner {
 public:
  // `may_step`: asked before each step; empty: always.
  explicit SequencerRunner(std::unique_ptr<Sequencer> sequencer, std::function<bool()> may_step = nullptr,
                           std::chrono::milliseconds interval = std::chrono::milliseconds(250));
  // Ends after the step that is running.
  ~SequencerRunner();
  // Of the last step: what `doctor` and /readyz report.  Any thread.
  Status last_status() const;

 private:
  void Run();
  const std::unique_ptr<Sequencer> sequencer_;
  const std::function<bool()> may_step_;
  const std::chrono::milliseconds interval_;
  mutable std::mutex mutex_;  // guards the next three
  std::condition_variable wake_;
  bool stopping_ = false;
  Status last_status_;
  std::thread thread_;
};

}  // namespace strongroom
