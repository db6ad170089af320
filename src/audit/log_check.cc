#include "audit/log_check.h"

#include <algorithm>
#include <set>
#include <utility>

#include "audit/checkpoint.h"
#include "audit/inbox.h"
#include "audit/log_reader.h"
#include "audit/log_source.h"

namespace strongroom {
namespace {

constexpr size_t kRowsPerScan = 64;  // of inboxes: up to 256 KiB each
constexpr size_t kRunsPerScan = 1'000;
constexpr size_t kMendBatchBytes = 256 * 1024;

std::string Number(uint64_t number) { return std::to_string(number); }

bool SameDigest(const LogDigest& a, const LogDigest& b) {
  return a.first_index == b.first_index && a.count == b.count && a.earliest == b.earliest && a.latest == b.latest &&
         a.actors == b.actors && a.customers == b.customers;
}

}  // namespace

// One writer's entries, one after the other, with the chain that leads to them.
class LogCheck::Inbox {
 public:
  Inbox(const StoreReader& data, const KeyRing& ring, uint32_t writer, const InboxPosition& begin)
      : data_(data),
        ring_(ring),
        writer_(writer),
        begin_(InboxKey(writer, begin.next_sequence)),
        position_(begin),
        after_(begin) {}

  struct Entry {
    Bytes encoded;
    Digest leaf{};
  };

  // The next entry; nullopt at the end.  kLogInvalid says what is wrong; then the walk goes on behind it, unless
  // nothing is left.
  Result<std::optional<Entry>> Next() {
    while (at_ == row_.entries.size()) {
      position_ = after_;
      ASSIGN_OR_RETURN(const bool more, NextRow());
      if (!more) return std::optional<Entry>();
    }
    Entry entry;
    entry.leaf = leaves_[at_];
    entry.encoded = std::move(row_.entries[at_++]);
    ++position_.next_sequence;
    position_.chain = ChainNext(position_.chain, entry.leaf);
    return std::optional<Entry>(std::move(entry));
  }
  // Of what Next() has answered.
  const InboxPosition& position() const { return position_; }
  uint32_t writer() const { return writer_; }

 private:
  Result<bool> NextRow() {
    if (next_row_ == rows_.size()) {
      if (last_page_) return false;
      const Bytes prefix = InboxKey(writer_, 0).substr(0, 5);
      ASSIGN_OR_RETURN(rows_, data_.Scan({.begin = begin_, .end = PrefixEnd(prefix), .limit = kRowsPerScan}));
      last_page_ = rows_.size() < kRowsPerScan;
      next_row_ = 0;
      if (rows_.empty()) return false;
      begin_ = rows_.back().key + '\0';
    }
    const StoreRow stored = std::move(rows_[next_row_++]);
    row_ = InboxRow();
    at_ = 0;
    leaves_.clear();
    ASSIGN_OR_RETURN(InboxRow row, OpenInboxRow(ring_, stored.key, stored.value));
    Result<InboxPosition> after = FollowInbox(after_, row, &leaves_);
    const Status broken = after.status();
    if (!broken.ok()) {  // from here on the row's own word is taken: one break is told once
      position_ = {row.first_sequence, row.chain_before};
      leaves_.clear();
      after = FollowInbox(position_, row, &leaves_);
    }
    row_ = std::move(row);
    after_ = *after;
    RETURN_IF_ERROR(broken);
    return true;
  }

  const StoreReader& data_;
  const KeyRing& ring_;
  const uint32_t writer_;
  std::vector<StoreRow> rows_;
  size_t next_row_ = 0;
  Bytes begin_;
  bool last_page_ = false;
  InboxRow row_;
  std::vector<Digest> leaves_;
  size_t at_ = 0;
  InboxPosition position_;  // behind what was answered
  InboxPosition after_;     // behind the row
};

// What follows from the entries and is not in the store.
struct LogCheck::Derived {
  std::map<Bytes, Bytes> tiles;  // by row key
  std::vector<LogDigest> digests;
};

LogCheck::LogCheck(const StoreReader& data, const StoreReader& key_store, std::shared_ptr<const KeyRing> ring)
    : data_(data), key_store_(key_store), ring_(std::move(ring)), derived_(std::make_unique<Derived>()) {}

LogCheck::~LogCheck() = default;

void LogCheck::Report(std::string problem) {
  if (report_.problems.size() < kMaxProblems) report_.problems.push_back(std::move(problem));
}

Result<LogCheckReport> LogCheck::Run(const Visit& visit) {
  const Result<std::optional<LogState>> state = ReadLogState(data_, *ring_);
  if (!state.ok() && state.reason() != Reason::kLogInvalid) return state.status();
  if (!state.ok()) Report(state.status().message());
  const Result<std::vector<uint32_t>> writers = ListInboxWriters(data_);
  if (!writers.ok() && writers.reason() != Reason::kLogInvalid) return writers.status();
  if (!writers.ok()) {
    Report(writers.status().message());
    return std::move(report_);
  }
  const Result<LogFloor> floor = ReadLogFloor(data_, *ring_);
  if (floor.ok()) {
    floor_ = *floor;
  } else if (floor.reason() == Reason::kLogInvalid) {
    Report(floor.status().message());
  } else {
    return floor.status();
  }
  report_.pruned = floor_.index;
  for (const uint32_t writer : *writers) {
    inboxes_[writer] = std::make_unique<Inbox>(data_, *ring_, writer, floor_.BeginOf(ring_->compartment(), writer));
  }
  report_.writers = inboxes_.size();
  if (state.ok() && state->has_value()) {
    state_version_ = (*state)->version;
    RETURN_IF_ERROR(CheckMerged(**state, visit));
    RETURN_IF_ERROR(CheckPositions(**state));
    RETURN_IF_ERROR(CheckCheckpoint(**state));
    RETURN_IF_ERROR(CheckStrays(**state));
  }
  RETURN_IF_ERROR(CheckWaiting(visit));
  if (pruned_by_entries_ < floor_.index) {
    Report("log entries below " + Number(floor_.index) +
           " are gone, and no entry of the log says that policy took them");
  }
  const Result<LogFloor> now = ReadLogFloor(data_, *ring_);
  report_.floor_moved = now.ok() && floor.ok() && now->version != floor_.version;
  const Status mark = LogReader(data_, ring_).CheckMark(key_store_);
  if (mark.reason() == Reason::kLogInvalid || mark.reason() == Reason::kStorageBehindMark) {
    Report("mark: " + mark.message());
  } else {
    RETURN_IF_ERROR(mark);
  }
  return std::move(report_);
}

// --- what was merged -------------------------------------------------------------------------------------------------

// Below the floor the hashes that stayed take the place of the entries.
Status LogCheck::StartAtFloor(const LogState& state) {
  const LogReader reader(data_, ring_);
  for (uint64_t tile = 0; tile * kTileWidth < floor_.index; ++tile) {
    const Result<Bytes> hashes = reader.ReadTile(0, tile, kTileWidth);
    if (hashes.reason() == Reason::kLogInvalid) {
      Report(hashes.status().message());
      return Status::Ok();
    }
    RETURN_IF_ERROR(hashes.status());
    for (size_t i = 0; i < kTileWidth; ++i) {
      Digest leaf{};
      std::copy_n(AsU8(*hashes) + i * kHashSizeBytes, kHashSizeBytes, leaf.begin());
      tree_.Append(leaf, [&](uint8_t level, uint64_t index, const Bytes& full) { CompareTile(level, index, full); });
    }
  }
  // The look-up row of the block in which the floor lies goes when the whole block is below it.
  digested_ = floor_.index;
  ASSIGN_OR_RETURN(
      const std::vector<StoreRow> rows,
      data_.Scan({.begin = LogDigestKey(0), .end = LogDigestKey(floor_.index), .limit = 1, .reverse = true}));
  if (!rows.empty()) {
    const Result<LogDigest> digest = LogDigest::Open(*ring_, rows.front().key, rows.front().value);
    if (digest.ok()) digested_ = std::max(digested_, digest->first_index + digest->count);
    if (!digest.ok()) Report("the look-up row of the block at log entry " + Number(floor_.index) + " does not open");
  }
  if (digested_ > state.digested) digested_ = floor_.index;
  // Rows are kept whole: what of them lies below the floor is passed over.
  for (const auto& [writer, position] : floor_.writers) {
    const auto inbox = inboxes_.find(writer);
    while (inbox != inboxes_.end() && inbox->second->position().next_sequence < position.first_above) {
      const Result<std::optional<Inbox::Entry>> next = inbox->second->Next();
      if (next.reason() == Reason::kLogInvalid) Report(next.status().message());
      if (!next.ok() && next.reason() != Reason::kLogInvalid) return next.status();
      if (!next.ok() || !next->has_value()) break;
    }
  }
  return failure_;
}

// The run in which the floor lies; those before it may be there still.
Result<Bytes> LogCheck::FirstRunKey() const {
  ASSIGN_OR_RETURN(
      const std::vector<StoreRow> rows,
      data_.Scan({.begin = LogRunKey(0), .end = LogRunKey(floor_.index + 1), .limit = 1, .reverse = true}));
  return rows.empty() ? LogRunKey(0) : rows.front().key;
}

void LogCheck::SeePruning(const AuditEntry& entry) {
  if (entry.action != Action::kLogPrune || entry.outcome != Reason::kOk) return;
  if (const std::optional<PruneNote> note = PruneNote::Parse(entry.detail); note.has_value()) {
    pruned_by_entries_ = std::max(pruned_by_entries_, note->end);
  }
}

Status LogCheck::CheckMerged(const LogState& state, const Visit& visit) {
  if (floor_.index > 0) RETURN_IF_ERROR(StartAtFloor(state));
  ASSIGN_OR_RETURN(Bytes begin, FirstRunKey());
  bool gap = false;
  while (!gap && tree_.size() < state.size) {
    ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                     data_.Scan({.begin = begin, .end = LogRunKey(state.size), .limit = kRunsPerScan}));
    for (const StoreRow& row : rows) {
      const Result<LogRun> run = DecodeLogRun(row.key, row.value);
      if (run.ok() && run->first_index + run->count <= floor_.index) continue;  // ends at the floor
      const uint64_t below = run.ok() && run->first_index < floor_.index ? floor_.index - run->first_index : 0;
      gap = !run.ok() || run->first_index + below != tree_.size() || run->count - below > state.size - tree_.size();
      if (gap) break;
      const uint64_t before = tree_.size();
      const LogRun rest{run->first_index + below, run->writer, run->first_sequence + below,
                        static_cast<uint32_t>(run->count - below)};
      RETURN_IF_ERROR(FollowRun(state, rest, visit));
      gap = tree_.size() != before + rest.count;
      if (gap) break;
    }
    if (gap || rows.size() < kRunsPerScan) break;
    begin = rows.back().key + '\0';
  }
  RETURN_IF_ERROR(failure_);
  report_.merged = tree_.size();
  if (tree_.size() < state.size) {
    Report("nothing says where log entry " + Number(tree_.size()) + " of " + Number(state.size) + " lies");
    return Status::Ok();
  }
  if (digested_ != state.digested) {
    Report("the state says that digests cover " + Number(state.digested) + " entries; they should cover " +
           Number(digested_));
  }
  root_holds_ = state.size == 0 ? state.root == EmptyRoot() : tree_.Root() == state.root;
  if (!root_holds_) Report("the entries do not give the root of the log's state");
  return CompareEdge();
}

Status LogCheck::FollowRun(const LogState& state, const LogRun& run, const Visit& visit) {
  const auto inbox = inboxes_.find(run.writer);
  const bool continues = inbox != inboxes_.end() && inbox->second->position().next_sequence == run.first_sequence;
  if (!continues) {
    Report("log entry " + Number(run.first_index) + " should be entry " + Number(run.first_sequence) + " of writer " +
           Number(run.writer) + ", which does not follow the one before");
    return Status::Ok();
  }
  for (uint32_t i = 0; i < run.count; ++i) {
    const Result<std::optional<Inbox::Entry>> next = inbox->second->Next();
    if (next.reason() == Reason::kLogInvalid) {
      Report(next.status().message());
      return Status::Ok();
    }
    RETURN_IF_ERROR(next.status());
    if (!next->has_value()) {
      Report("inbox of writer " + Number(run.writer) + " ends before log entry " + Number(run.first_index + i));
      return Status::Ok();
    }
    Take(state, (*next)->encoded, (*next)->leaf, visit);
  }
  return failure_;
}

void LogCheck::Take(const LogState& state, const Bytes& encoded, const Digest& leaf, const Visit& visit) {
  const uint64_t index = tree_.size();
  const Result<AuditEntry> entry = AuditEntry::Decode(encoded);
  tree_.Append(leaf, [&](uint8_t level, uint64_t tile, const Bytes& hashes) { CompareTile(level, tile, hashes); });
  if (!entry.ok()) {
    Report("log entry " + Number(index) + ": " + entry.status().message());
    return;
  }
  SeePruning(*entry);
  if (index >= digested_) digest_.Add(*entry);
  if (digest_.Full()) {
    if (const Status checked = CheckDigest(state); !checked.ok()) failure_ = checked;
  }
  if (visit) visit(index, *entry);
}

// Of the block that has just become full.
Status LogCheck::CheckDigest(const LogState& state) {
  digest_.first_index = digested_;
  digest_.Finish();
  const Bytes key = LogDigestKey(digested_);
  ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, data_.Get(key));
  const Result<LogDigest> opened =
      stored.has_value() ? LogDigest::Open(*ring_, key, stored->bytes) : Status(Reason::kLogInvalid);
  if (tree_.size() <= state.size && (!opened.ok() || !SameDigest(*opened, digest_))) {
    Report("the look-up row of log entries " + Number(digested_) + " to " + Number(tree_.size() - 1) +
           (stored.has_value() ? " does not say what they say" : " is missing"));
    derived_->digests.push_back(digest_);
    ++report_.derived_rows;
  }
  digest_ = LogDigest();
  digested_ = tree_.size();
  return Status::Ok();
}

void LogCheck::CompareTile(uint8_t level, uint64_t index, const Bytes& hashes) {
  const Bytes key = LogTileKey(level, index);
  const Result<std::optional<StoreValue>> stored = data_.Get(key);
  if (!stored.ok()) {
    failure_ = stored.status();
    return;
  }
  const size_t width = hashes.size() / kHashSizeBytes;
  // A tile that is still filling may be longer by now than the state says that was read.
  const bool there = stored->has_value() && (*stored)->bytes.size() >= hashes.size();
  if (there && ByteView((*stored)->bytes).substr(0, hashes.size()) == hashes) return;
  Report(TilePath(level, index, width) + (there ? " differs from what the entries give" : " is missing or cut"));
  derived_->tiles[key] = hashes;
  ++report_.derived_rows;
}

Status LogCheck::CompareEdge() {
  const std::vector<Bytes>& edge = tree_.edge();
  for (uint8_t level = 0; level < edge.size(); ++level) {
    if (edge[level].empty()) continue;
    CompareTile(level, (tree_.size() >> (level * kTileHeight)) / kTileWidth, edge[level]);
  }
  return failure_;
}

Status LogCheck::CheckPositions(const LogState& state) {
  if (tree_.size() < state.size) return Status::Ok();  // said already
  for (const auto& [writer, position] : state.writers) {
    const auto inbox = inboxes_.find(writer);
    const bool stands = inbox != inboxes_.end() && inbox->second->position() == position;
    if (!stands) Report("inbox of writer " + Number(writer) + " is not merged up to where the log's state says");
  }
  return Status::Ok();
}

Status LogCheck::CheckCheckpoint(const LogState& state) {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, data_.Get(LogCheckpointKey()));
  if (!row.has_value()) {
    Report("the newest checkpoint is missing");
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(const VerifierKey key, VerifierKey::Create(state.origin, ring_->log_signer().public_key()));
  const Result<Checkpoint> checkpoint = OpenCheckpoint(row->bytes, key);
  if (!checkpoint.ok()) {
    Report("checkpoint: " + checkpoint.status().message());
    return Status::Ok();
  }
  // Both are written in one batch; a later step may have replaced both since the state was read.
  const Result<std::optional<LogState>> now = ReadLogState(data_, *ring_);
  const bool unchanged = now.ok() && now->has_value() && (*now)->version == state.version;
  const bool agrees = checkpoint->size == state.size && checkpoint->root == state.root;
  if (unchanged && !agrees) Report("the newest checkpoint is of another log than the state is");
  return Status::Ok();
}

// Rows that speak of entries the log does not have.
Status LogCheck::CheckStrays(const LogState& state) {
  ASSIGN_OR_RETURN(const std::vector<StoreRow> runs,
                   data_.Scan({.begin = LogRunKey(state.size), .end = PrefixEnd(Bytes("lr")), .limit = 1}));
  ASSIGN_OR_RETURN(const std::vector<StoreRow> digests,
                   data_.Scan({.begin = LogDigestKey(state.digested), .end = PrefixEnd(Bytes("ld")), .limit = 1}));
  if (runs.empty() && digests.empty()) return Status::Ok();
  const Result<std::optional<LogState>> now = ReadLogState(data_, *ring_);
  const bool unchanged = now.ok() && now->has_value() && (*now)->version == state.version;
  if (unchanged) Report("rows of the log speak of entries beyond its end");
  return Status::Ok();
}

// --- what waits ------------------------------------------------------------------------------------------------------

Status LogCheck::CheckWaiting(const Visit& visit) {
  for (const auto& [writer, inbox] : inboxes_) {
    while (true) {
      const Result<std::optional<Inbox::Entry>> next = inbox->Next();
      if (next.reason() == Reason::kLogInvalid) {
        Report(next.status().message());
        continue;
      }
      RETURN_IF_ERROR(next.status());
      if (!next->has_value()) break;
      ++report_.waiting;
      const Result<AuditEntry> entry = AuditEntry::Decode((*next)->encoded);
      if (!entry.ok()) {
        Report("inbox of writer " + Number(writer) + ", entry " + Number(inbox->position().next_sequence - 1) + ": " +
               entry.status().message());
      } else {
        SeePruning(*entry);
        if (visit) visit(std::nullopt, *entry);
      }
    }
  }
  return Status::Ok();
}

// --- mending ---------------------------------------------------------------------------------------------------------

Result<std::vector<SealedBatch>> LogCheck::Mend(Random& random) const {
  std::vector<SealedBatch> batches;
  if (!root_holds_) return batches;
  const auto put = [&](Bytes key, Bytes value) {
    if (batches.empty() || batches.back().ApproximateSizeBytes() > kMendBatchBytes) {
      batches.emplace_back();
      batches.back().rows().conditions.push_back({LogStateKey(), state_version_});
    }
    batches.back().rows().puts.push_back({std::move(key), std::move(value)});
  };
  for (const auto& [key, hashes] : derived_->tiles) put(key, hashes);
  for (const LogDigest& digest : derived_->digests) {
    ASSIGN_OR_RETURN(Bytes sealed, digest.Seal(*ring_, random));
    put(LogDigestKey(digest.first_index), std::move(sealed));
  }
  return batches;
}

}  // namespace strongroom
