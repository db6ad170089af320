#include "audit/log_pruner.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "audit/checkpoint.h"
#include "audit/log_digest.h"
#include "audit/log_state.h"
#include "audit/tree.h"
#include "base/encoding.h"

namespace strongroom {
namespace {
constexpr size_t kDigestsPerScan = 32;
constexpr size_t kRunsPerScan = 1'000;
constexpr size_t kRowsPerSweep = 16;  // of inboxes: up to 256 KiB each
}  // namespace

Result<uint64_t> LogPruner::MarkedSize(const std::string& origin) const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> mark, key_store_.Get(kLogMarkKey));
  if (!mark.has_value()) return uint64_t{0};
  ASSIGN_OR_RETURN(const VerifierKey key, VerifierKey::Create(origin, ring_->log_signer().public_key()));
  const Result<Checkpoint> checkpoint = OpenCheckpoint(mark->bytes, key);
  return checkpoint.ok() ? checkpoint->size : 0;  // of another log: then nothing is covered
}

// The end of the last block in a row of them of which every entry is old enough, and that ends at `end` or below.
Result<uint64_t> LogPruner::OldestToKeep(const LogFloor& floor, uint64_t end, const PruneLimits& limits) const {
  uint64_t found = floor.index;
  Bytes begin = LogDigestKey(0);
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                     data_.Scan({.begin = begin, .end = LogDigestKey(end), .limit = kDigestsPerScan}));
    for (const StoreRow& row : rows) {
      ASSIGN_OR_RETURN(const LogDigest digest, LogDigest::Open(*ring_, row.key, row.value));
      const uint64_t block_end = digest.first_index + digest.count;
      if (block_end <= floor.index) continue;  // a sweep has yet to delete it
      const bool goes = digest.latest < limits.before && block_end <= end && digest.first_index <= found;
      if (!goes || block_end - floor.index > std::max<uint64_t>(limits.most_entries, 2 * LogDigest::kMaxEntries))
        return found;
      found = block_end;
    }
    if (rows.size() < kDigestsPerScan) return found;
    begin = rows.back().key + '\0';
  }
}

// Where a writer's rows begin when its entries before `first_above` may go.  Rows are kept whole, and the newest stays:
// it says where the inbox ends.
Result<LogFloor::Writer> LogPruner::WriterAt(uint32_t writer, uint64_t first_above) const {
  const Bytes prefix = InboxKey(writer, 0).substr(0, 5);
  ASSIGN_OR_RETURN(const std::vector<StoreRow> newest,
                   data_.Scan({.begin = prefix, .end = PrefixEnd(prefix), .limit = 1, .reverse = true}));
  ASSIGN_OR_RETURN(const std::vector<StoreRow> last,
                   data_.Scan({.begin = prefix, .end = InboxKey(writer, first_above), .limit = 1, .reverse = true}));
  if (newest.empty() || last.empty()) {
    return Status(Reason::kLogInvalid, "inbox of writer " + std::to_string(writer) + ": entry " +
                                           std::to_string(first_above - 1) + " is missing, though the log holds it");
  }
  ASSIGN_OR_RETURN(const InboxRow row, OpenInboxRow(*ring_, last.front().key, last.front().value));
  const InboxPosition before{row.first_sequence, row.chain_before};
  ASSIGN_OR_RETURN(const InboxPosition after, FollowInbox(before, row, nullptr));
  const bool stays = after.next_sequence > first_above || last.front().key == newest.front().key;
  return LogFloor::Writer{stays ? before : after, first_above};
}

Status LogPruner::MoveWriters(uint64_t end, LogFloor& floor) const {
  std::map<uint32_t, uint64_t> first_above;
  ASSIGN_OR_RETURN(const std::vector<StoreRow> first,
                   data_.Scan({.begin = LogRunKey(0), .end = LogRunKey(floor.index + 1), .limit = 1, .reverse = true}));
  Bytes begin = first.empty() ? LogRunKey(floor.index) : first.front().key;
  uint64_t next = floor.index;
  while (next < end) {
    ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                     data_.Scan({.begin = begin, .end = LogRunKey(end), .limit = kRunsPerScan}));
    for (const StoreRow& row : rows) {
      ASSIGN_OR_RETURN(const LogRun run, DecodeLogRun(row.key, row.value));
      if (run.first_index > next || next - run.first_index >= run.count) break;
      const uint64_t until = std::min(end, run.first_index + run.count);
      first_above[run.writer] = run.first_sequence + (until - run.first_index);
      next = until;
    }
    if (rows.size() < kRunsPerScan) break;
    begin = rows.back().key + '\0';
  }
  if (next != end) {
    return Status(Reason::kLogInvalid, "nothing says where log entry " + std::to_string(next) + " lies");
  }
  for (const auto& [writer, sequence] : first_above) {
    ASSIGN_OR_RETURN(floor.writers[writer], WriterAt(writer, sequence));
  }
  return Status::Ok();
}

Result<Pruned> LogPruner::Prune(Journal& journal, const PruneLimits& limits) {
  ASSIGN_OR_RETURN(LogFloor floor, ReadLogFloor(data_, *ring_));
  Pruned pruned{floor.index, floor.index};
  ASSIGN_OR_RETURN(const std::optional<LogState> state, ReadLogState(data_, *ring_));
  if (!state.has_value()) return pruned;
  ASSIGN_OR_RETURN(const uint64_t marked, MarkedSize(state->origin));
  const uint64_t most = std::min({state->digested, marked, limits.at_most});
  if (most <= floor.index) return pruned;
  ASSIGN_OR_RETURN(const uint64_t block_end, OldestToKeep(floor, most, limits));
  const uint64_t end = block_end / kTileWidth * kTileWidth;  // bundles of an export are whole or gone
  if (end <= floor.index) return pruned;
  RETURN_IF_ERROR(MoveWriters(end, floor));
  floor.index = end;

  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kLogPrune;
  entry.decision = Decision::kPlain;
  entry.count = static_cast<uint32_t>(std::min<uint64_t>(end - pruned.begin, UINT32_MAX));
  entry.detail = PruneNote{pruned.begin, end, state->size}.Format();
  SealedBatch batch;
  ASSIGN_OR_RETURN(Bytes sealed, SealLogFloor(floor, *ring_, random_));
  batch.rows().puts.push_back({LogFloorKey(), std::move(sealed)});
  batch.rows().conditions.push_back({LogFloorKey(), floor.version});
  RETURN_IF_ERROR(journal.Submit(std::move(batch), std::move(entry)).Wait());
  pruned.end = end;
  return pruned;
}

Result<uint64_t> LogPruner::DeleteRange(const Bytes& begin, const Bytes& end,
                                        const std::function<bool(const StoreRow&)>& goes,
                                        const std::function<bool()>& go_on) {
  uint64_t deleted = 0;
  Bytes from = begin;
  while (!go_on || go_on()) {
    ASSIGN_OR_RETURN(const std::vector<StoreRow> rows, data_.Scan({.begin = from, .end = end, .limit = kRowsPerSweep}));
    if (rows.empty()) break;
    StoreBatch batch;
    for (const StoreRow& row : rows) {
      if (!goes || goes(row)) batch.deletes.push_back(row.key);
    }
    if (!batch.deletes.empty()) RETURN_IF_ERROR(data_.Commit(batch));
    deleted += batch.deletes.size();
    from = rows.back().key + '\0';
  }
  // A deleted row's bytes lie in the files until these are compacted.
  if (deleted > 0) data_.Compact(begin, end).IgnoreError();
  return deleted;
}

Result<uint64_t> LogPruner::Sweep(const std::function<bool()>& go_on) {
  ASSIGN_OR_RETURN(const LogFloor floor, ReadLogFloor(data_, *ring_));
  if (floor.index == 0) return uint64_t{0};
  uint64_t deleted = 0;
  for (const auto& [writer, position] : floor.writers) {
    ASSIGN_OR_RETURN(const uint64_t rows,
                     DeleteRange(InboxKey(writer, 0), InboxKey(writer, position.kept.next_sequence), {}, go_on));
    deleted += rows;
  }
  const auto ends_below = [&floor](uint64_t first, uint64_t count) { return first + count <= floor.index; };
  ASSIGN_OR_RETURN(const uint64_t runs, DeleteRange(
                                            LogRunKey(0), LogRunKey(floor.index),
                                            [&](const StoreRow& row) {
                                              const Result<LogRun> run = DecodeLogRun(row.key, row.value);
                                              return run.ok() && ends_below(run->first_index, run->count);
                                            },
                                            go_on));
  ASSIGN_OR_RETURN(const uint64_t digests, DeleteRange(
                                               LogDigestKey(0), LogDigestKey(floor.index),
                                               [&](const StoreRow& row) {
                                                 const Result<LogDigest> digest =
                                                     LogDigest::Open(*ring_, row.key, row.value);
                                                 return digest.ok() && ends_below(digest->first_index, digest->count);
                                               },
                                               go_on));
  return deleted + runs + digests;
}

}  // namespace strongroom
