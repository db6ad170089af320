#include "audit/sequencer.h"

#include <algorithm>
#include <utility>

#include "audit/checkpoint.h"
#include "audit/inbox.h"
#include "audit/log_reader.h"

namespace strongroom {
namespace {

constexpr size_t kRowsPerScan = 64;          // of inboxes: up to 256 KiB each
constexpr size_t kStepLimitBytes = 8 << 20;  // of inbox rows opened in one step
constexpr int kMarkAttempts = 3;

}  // namespace

// What a step is about to commit; dropped when it fails.
struct Sequencer::Draft {
  LogState state;
  TreeBuilder tree;
  LogDigest digest;
  StoreBatch batch;
  size_t taken_bytes = 0;
  bool has_more = false;
};

Sequencer::Sequencer(Store& data, Store& key_store, std::shared_ptr<const KeyRing> ring, Random& random,
                     SequencerOptions options)
    : data_(data), key_store_(key_store), ring_(std::move(ring)), random_(random), options_(std::move(options)) {}

Result<std::unique_ptr<Sequencer>> Sequencer::Open(Store& data, Store& key_store, std::shared_ptr<const KeyRing> ring,
                                                   Random& random, SequencerOptions options) {
  RETURN_IF_ERROR(VerifierKey::Create(options.origin, ring->log_signer().public_key()).status());
  std::unique_ptr<Sequencer> sequencer(new Sequencer(data, key_store, std::move(ring), random, std::move(options)));
  RETURN_IF_ERROR(sequencer->Load());
  return sequencer;
}

Status Sequencer::Load() {
  const LogReader reader(data_, ring_);
  // Before anything is signed: a checkpoint of older or other data would contradict one already given out.
  RETURN_IF_ERROR(reader.CheckMark(key_store_));
  ASSIGN_OR_RETURN(std::optional<LogState> stored, ReadLogState(data_, *ring_));
  state_ = LogState();
  state_.origin = options_.origin;
  tree_ = TreeBuilder();
  digest_ = LogDigest();
  marked_ = false;
  if (stored.has_value()) {
    if (stored->origin != options_.origin) {
      return Status(Reason::kConfigInvalid, "this log is named " + stored->origin + ", the configuration says " +
                                                options_.origin + "; a log keeps its name");
    }
    state_ = *std::move(stored);
    ASSIGN_OR_RETURN(tree_, TreeBuilder::Continue(reader, state_.size));
    ASSIGN_OR_RETURN(checkpoint_, reader.ReadCheckpoint());
    ASSIGN_OR_RETURN(const std::vector<IndexedEntry> tail, reader.Read(state_.digested, state_.size));
    digest_.first_index = state_.digested;
    for (const IndexedEntry& entry : tail) digest_.Add(entry.entry);
  }
  loaded_ = true;
  return Status::Ok();
}

Result<bool> Sequencer::Step() {
  if (!loaded_) RETURN_IF_ERROR(Load());
  Draft draft{state_, tree_, digest_, {}, 0, false};
  ASSIGN_OR_RETURN(const std::vector<uint32_t> writers, ListInboxWriters(data_));
  for (uint32_t writer : writers) {
    RETURN_IF_ERROR(Take(writer, std::max<size_t>(1, options_.entries_per_step / writers.size()), draft));
  }
  const bool merged = draft.state.size > state_.size;
  if (merged || state_.version == kAbsent) {
    ASSIGN_OR_RETURN(std::string checkpoint, Finish(draft));
    loaded_ = false;  // until the store has answered and was read again
    RETURN_IF_ERROR(data_.Commit(draft.batch));
    ASSIGN_OR_RETURN(const std::optional<LogState> stored, ReadLogState(data_, *ring_));
    if (!stored.has_value() || stored->size != draft.state.size || stored->root != draft.state.root) {
      return Status(Reason::kStorageConflict, "another sequencer went on from this step");
    }
    state_ = *stored;
    tree_ = std::move(draft.tree);
    digest_ = std::move(draft.digest);
    checkpoint_ = std::move(checkpoint);
    marked_ = false;
    loaded_ = true;
  }
  has_more_ = draft.has_more;
  if (!marked_) RETURN_IF_ERROR(WriteMark());
  return merged;
}

// Adds whole rows of the writer's inbox until `budget` entries are exceeded or none are left.
Status Sequencer::Take(uint32_t writer, size_t budget, Draft& draft) const {
  InboxPosition position = draft.state.PositionOf(ring_->compartment(), writer);
  const uint64_t start = position.next_sequence;
  const uint64_t start_index = draft.state.size;
  const Bytes end = PrefixEnd(InboxKey(writer, 0).substr(0, 5));
  bool more = true;
  while (more && position.next_sequence - start < budget && draft.taken_bytes < kStepLimitBytes) {
    ASSIGN_OR_RETURN(
        const std::vector<StoreRow> rows,
        data_.Scan({.begin = InboxKey(writer, position.next_sequence), .end = end, .limit = kRowsPerScan}));
    more = rows.size() == kRowsPerScan;
    for (const StoreRow& stored : rows) {
      if (position.next_sequence - start >= budget || draft.taken_bytes >= kStepLimitBytes) {
        draft.has_more = true;
        break;
      }
      ASSIGN_OR_RETURN(const InboxRow row, OpenInboxRow(*ring_, stored.key, stored.value));
      std::vector<Digest> leaves;
      ASSIGN_OR_RETURN(position, FollowInbox(position, row, &leaves));
      RETURN_IF_ERROR(Integrate(row.entries, leaves, draft));
      draft.taken_bytes += stored.value.size();
    }
  }
  if (more) draft.has_more = true;
  if (position.next_sequence == start) return Status::Ok();
  const LogRun run{start_index, writer, start, static_cast<uint32_t>(position.next_sequence - start)};
  draft.batch.puts.push_back({LogRunKey(run.first_index), EncodeLogRun(run)});
  draft.state.writers[writer] = position;
  return Status::Ok();
}

Status Sequencer::Integrate(const std::vector<Bytes>& entries, const std::vector<Digest>& leaves, Draft& draft) const {
  const auto put_full_tile = [&draft](uint8_t level, uint64_t index, const Bytes& hashes) {
    draft.batch.puts.push_back({LogTileKey(level, index), hashes});
  };
  for (size_t i = 0; i < entries.size(); ++i) {
    ASSIGN_OR_RETURN(const AuditEntry entry, AuditEntry::Decode(entries[i]));
    draft.tree.Append(leaves[i], put_full_tile);
    ++draft.state.size;
    draft.digest.Add(entry);
    if (!draft.digest.Full()) continue;
    draft.digest.Finish();
    ASSIGN_OR_RETURN(Bytes sealed, draft.digest.Seal(*ring_, random_));
    draft.batch.puts.push_back({LogDigestKey(draft.digest.first_index), std::move(sealed)});
    draft.digest = LogDigest();
    draft.digest.first_index = draft.state.digested = draft.state.size;
  }
  return Status::Ok();
}

// Completes the batch; answers the signed checkpoint.
Result<std::string> Sequencer::Finish(Draft& draft) const {
  const std::vector<Bytes>& edge = draft.tree.edge();
  for (uint8_t level = 0; level < edge.size(); ++level) {
    const int shift = level * kTileHeight;
    if (edge[level].empty() || draft.state.size >> shift == state_.size >> shift) continue;
    draft.batch.puts.push_back({LogTileKey(level, (draft.state.size >> shift) / kTileWidth), edge[level]});
  }
  draft.state.root = draft.tree.Root();
  ASSIGN_OR_RETURN(std::string checkpoint,
                   SignCheckpoint({options_.origin, draft.state.size, draft.state.root}, ring_->log_signer()));
  ASSIGN_OR_RETURN(Bytes sealed_state, SealLogState(draft.state, *ring_, random_));
  draft.batch.puts.push_back({LogCheckpointKey(), checkpoint});
  draft.batch.puts.push_back({LogStateKey(), std::move(sealed_state)});
  draft.batch.conditions.push_back({LogStateKey(), state_.version});
  return checkpoint;
}

Status Sequencer::WriteMark() {
  ASSIGN_OR_RETURN(const VerifierKey key, VerifierKey::Create(options_.origin, ring_->log_signer().public_key()));
  for (int attempt = 0; attempt < kMarkAttempts; ++attempt) {
    ASSIGN_OR_RETURN(const std::optional<StoreValue> row, key_store_.Get(kLogMarkKey));
    if (row.has_value()) {
      ASSIGN_OR_RETURN(const Checkpoint mark, OpenCheckpoint(row->bytes, key));
      marked_ = mark.size >= state_.size;  // the mark never goes back
      if (marked_) return Status::Ok();
    }
    StoreBatch batch;
    batch.puts.push_back({kLogMarkKey, checkpoint_});
    batch.conditions.push_back({kLogMarkKey, row.has_value() ? row->version : kAbsent});
    const Status written = key_store_.Commit(batch);
    marked_ = written.ok();
    if (written.reason() != Reason::kStorageConflict) return written;
  }
  return Status(Reason::kStorageConflict, "other sequencers keep moving the log's mark");
}

SequencerRunner::SequencerRunner(std::unique_ptr<Sequencer> sequencer, std::function<bool()> may_step,
                                 std::chrono::milliseconds interval)
    : sequencer_(std::move(sequencer)),
      may_step_(std::move(may_step)),
      interval_(interval),
      thread_([this] { Run(); }) {}

SequencerRunner::~SequencerRunner() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

Status SequencerRunner::last_status() const {
  std::lock_guard lock(mutex_);
  return last_status_;
}

void SequencerRunner::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const Result<bool> merged = may_step_ == nullptr || may_step_() ? sequencer_->Step() : Result<bool>(false);
    lock.lock();
    last_status_ = merged.status();
    if (merged.ok() && *merged && sequencer_->has_more()) continue;
    wake_.wait_for(lock, interval_, [this] { return stopping_; });
  }
}

}  // namespace strongroom
