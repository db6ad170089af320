#include "audit/log_reader.h"

#include <algorithm>

#include "audit/checkpoint.h"
#include "audit/inbox.h"
#include "audit/log_digest.h"
#include "audit/log_floor.h"

namespace strongroom {
namespace {

constexpr size_t kRowsPerScan = 64;  // of inboxes: up to 256 KiB each
constexpr size_t kDigestsPerScan = 32;
constexpr size_t kFewHits = 4;  // up to so many entries of a block are read one by one

Status Invalid(std::string why) { return Status(Reason::kLogInvalid, std::move(why)); }

Status RefusePruned(const StoreReader& data, const KeyRing& ring, uint64_t begin) {
  ASSIGN_OR_RETURN(const LogFloor floor, ReadLogFloor(data, ring));
  if (begin >= floor.index) return Status::Ok();
  return Status(Reason::kLogPruned,
                "entries below " + std::to_string(floor.index) + " are gone; their hashes are there");
}

}  // namespace

bool LogFilter::Matches(const AuditEntry& entry) const {
  if (actor.has_value() && entry.actor != *actor) return false;
  if (action.has_value() && entry.action != *action) return false;
  if (from.has_value() && entry.time < *from) return false;
  if (until.has_value() && entry.time >= *until) return false;
  return !customer.has_value() ||
         std::find(entry.customers.begin(), entry.customers.end(), *customer) != entry.customers.end();
}

Result<LogState> LogReader::RequireState() const {
  ASSIGN_OR_RETURN(std::optional<LogState> state, ReadLogState(data_, *ring_));
  if (!state.has_value()) return Status(Reason::kNotInitialised, "this log has not been sequenced yet");
  return *std::move(state);
}

Result<uint64_t> LogReader::Size() const {
  ASSIGN_OR_RETURN(const std::optional<LogState> state, ReadLogState(data_, *ring_));
  return state.has_value() ? state->size : 0;
}

Result<VerifierKey> LogReader::Key() const {
  ASSIGN_OR_RETURN(const LogState state, RequireState());
  return VerifierKey::Create(state.origin, ring_->log_signer().public_key());
}

Result<std::string> LogReader::ReadCheckpoint() const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, data_.Get(LogCheckpointKey()));
  if (!row.has_value()) return Status(Reason::kNotInitialised, "this log has no checkpoint yet");
  return row->bytes;
}

Result<Bytes> LogReader::ReadTile(uint8_t level, uint64_t index, size_t width) const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, data_.Get(LogTileKey(level, index)));
  if (!row.has_value() || row->bytes.size() < width * kHashSizeBytes || row->bytes.size() % kHashSizeBytes != 0) {
    return Invalid(TilePath(level, index, width) + " is missing from the store or shorter than the log says");
  }
  return row->bytes.substr(0, width * kHashSizeBytes);
}

Result<Bytes> LogReader::ReadBundle(uint64_t index, size_t width) const {
  ASSIGN_OR_RETURN(const LogState state, RequireState());
  ASSIGN_OR_RETURN(std::vector<Located> located, ReadEncoded(state, index * kTileWidth, index * kTileWidth + width));
  std::vector<Bytes> entries;
  entries.reserve(located.size());
  for (Located& entry : located) entries.push_back(std::move(entry.encoded));
  return EncodeBundle(entries);
}

Result<std::vector<IndexedEntry>> LogReader::Read(uint64_t begin, uint64_t end) const {
  ASSIGN_OR_RETURN(const LogState state, RequireState());
  return ReadIn(state, begin, end);
}

Result<std::vector<IndexedEntry>> LogReader::ReadIn(const LogState& state, uint64_t begin, uint64_t end) const {
  ASSIGN_OR_RETURN(const std::vector<Located> located, ReadEncoded(state, begin, end));
  std::vector<IndexedEntry> entries;
  entries.reserve(located.size());
  for (const Located& place : located) {
    const uint64_t index = begin + entries.size();
    Result<AuditEntry> entry = AuditEntry::Decode(place.encoded);
    if (!entry.ok()) return Invalid("log entry " + std::to_string(index) + ": " + entry.status().message());
    entries.push_back({index, place.writer, place.sequence, *std::move(entry)});
  }
  return entries;
}

Result<std::vector<LogReader::Located>> LogReader::ReadEncoded(const LogState& state, uint64_t begin,
                                                               uint64_t end) const {
  if (begin > end || end > state.size) {
    return Status(Reason::kInvalidArgument, "the log has " + std::to_string(state.size) + " entries");
  }
  if (end - begin > kMaxEntriesPerRead) return Status(Reason::kBatchTooLarge, "at most 16,384 entries at once");
  std::vector<Located> entries;
  if (begin == end) return entries;
  RETURN_IF_ERROR(RefusePruned(data_, *ring_, begin));
  entries.reserve(end - begin);
  const auto read = [&]() -> Status {
    ASSIGN_OR_RETURN(std::vector<StoreRow> rows,
                     data_.Scan({.begin = LogRunKey(0), .end = LogRunKey(begin + 1), .limit = 1, .reverse = true}));
    ASSIGN_OR_RETURN(std::vector<StoreRow> later,
                     data_.Scan({.begin = LogRunKey(begin + 1), .end = LogRunKey(end), .limit = end - begin}));
    rows.insert(rows.end(), std::make_move_iterator(later.begin()), std::make_move_iterator(later.end()));
    uint64_t next = begin;
    for (const StoreRow& row : rows) {
      ASSIGN_OR_RETURN(const LogRun run, DecodeLogRun(row.key, row.value));
      if (run.first_index > next || next - run.first_index >= run.count) break;
      // None is written before what it speaks of is counted.
      if (run.first_index + run.count > state.size)
        return Invalid("a row speaks of entries that the log does not have");
      const uint64_t skipped = next - run.first_index;
      const uint64_t wanted = std::min<uint64_t>(run.count - skipped, end - next);
      RETURN_IF_ERROR(ReadInbox(run.writer, run.first_sequence + skipped, wanted, entries));
      next += wanted;
    }
    if (next != end) return Invalid("nothing says where log entry " + std::to_string(next) + " lies");
    RETURN_IF_ERROR(CompareWithTiles(state, begin, entries));
    return Status::Ok();
  };
  const Status done = read();
  // They may have been pruned while they were read.
  if (done.reason() == Reason::kLogInvalid) RETURN_IF_ERROR(RefusePruned(data_, *ring_, begin));
  RETURN_IF_ERROR(done);
  return entries;
}

// Appends entries [sequence, sequence + count) of the writer.
Status LogReader::ReadInbox(uint32_t writer, uint64_t sequence, uint64_t count, std::vector<Located>& out) const {
  ASSIGN_OR_RETURN(
      std::vector<StoreRow> rows,
      data_.Scan({.begin = InboxKey(writer, 0), .end = InboxKey(writer, sequence + 1), .limit = 1, .reverse = true}));
  const uint64_t end = sequence + count;
  while (sequence < end) {
    uint64_t row_end = 0;
    for (const StoreRow& stored : rows) {
      ASSIGN_OR_RETURN(InboxRow row, OpenInboxRow(*ring_, stored.key, stored.value));
      row_end = row.first_sequence + row.entries.size();
      if (row.first_sequence > sequence || row_end <= sequence) break;
      for (; sequence < std::min(row_end, end); ++sequence) {
        out.push_back({writer, sequence, std::move(row.entries[sequence - row.first_sequence])});
      }
    }
    if (rows.empty() || (sequence < end && row_end != sequence)) {
      return Invalid("inbox of writer " + std::to_string(writer) + ", entry " + std::to_string(sequence) +
                     ": missing, though the log holds it");
    }
    if (sequence < end) {
      ASSIGN_OR_RETURN(rows, data_.Scan({.begin = InboxKey(writer, sequence),
                                         .end = InboxKey(writer, end),
                                         .limit = std::min<uint64_t>(kRowsPerScan, end - sequence)}));
    }
  }
  return Status::Ok();
}

Status LogReader::CompareWithTiles(const LogState& state, uint64_t begin, const std::vector<Located>& entries) const {
  Bytes tile;
  for (size_t i = 0; i < entries.size(); ++i) {
    const uint64_t index = begin + i;
    if (i == 0 || index % kTileWidth == 0) {
      ASSIGN_OR_RETURN(tile, ReadTile(0, index / kTileWidth, TileWidthIn(state.size, 0, index / kTileWidth)));
    }
    const Digest leaf = LeafHash(entries[i].encoded);
    if (View(leaf) != ByteView(tile).substr(index % kTileWidth * kHashSizeBytes, kHashSizeBytes)) {
      return Invalid("log entry " + std::to_string(index) + " (writer " + std::to_string(entries[i].writer) +
                     ", entry " + std::to_string(entries[i].sequence) + ") does not match the hash in its tile");
    }
  }
  return Status::Ok();
}

Result<std::string> LogReader::Prove(uint64_t index) const {
  ASSIGN_OR_RETURN(const VerifierKey key, Key());
  ASSIGN_OR_RETURN(const std::string note, ReadCheckpoint());
  ASSIGN_OR_RETURN(const Checkpoint checkpoint, OpenCheckpoint(note, key));
  ASSIGN_OR_RETURN(const std::vector<Digest> path, InclusionProof(*this, index, checkpoint.size));
  return FormatTlogProof(index, path, note);
}

Result<std::vector<IndexedEntry>> LogReader::ReadUnmerged(const LogState& state) const {
  std::vector<IndexedEntry> entries;
  ASSIGN_OR_RETURN(const std::vector<uint32_t> writers, ListInboxWriters(data_));
  for (uint32_t writer : writers) {
    InboxPosition position = state.PositionOf(ring_->compartment(), writer);
    const Bytes end = PrefixEnd(InboxKey(writer, 0).substr(0, 5));
    while (true) {
      ASSIGN_OR_RETURN(
          const std::vector<StoreRow> rows,
          data_.Scan({.begin = InboxKey(writer, position.next_sequence), .end = end, .limit = kRowsPerScan}));
      for (const StoreRow& stored : rows) {
        ASSIGN_OR_RETURN(const InboxRow row, OpenInboxRow(*ring_, stored.key, stored.value));
        ASSIGN_OR_RETURN(position, FollowInbox(position, row, nullptr));
        for (size_t i = 0; i < row.entries.size(); ++i) {
          ASSIGN_OR_RETURN(AuditEntry entry, AuditEntry::Decode(row.entries[i]));
          entries.push_back({std::nullopt, writer, row.first_sequence + i, std::move(entry)});
        }
      }
      if (rows.size() < kRowsPerScan) break;
      if (entries.size() > kMaxUnmergedEntries) {
        return Status(Reason::kAuditUnavailable,
                      "more than 65,536 entries wait to be merged into the log; look at the sequencer");
      }
    }
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const IndexedEntry& a, const IndexedEntry& b) { return a.entry.time < b.entry.time; });
  std::reverse(entries.begin(), entries.end());
  return entries;
}

// Offers the entries of the block below `end` that are there and the digest does not rule out, newest first; false when
// `add` did.
Result<bool> LogReader::AddFromBlock(const LogState& state, const LogFilter& filter, const LogDigest& digest,
                                     uint64_t end, const std::function<bool(std::vector<IndexedEntry>)>& add) const {
  if (filter.actor.has_value() && !digest.HasActor(*filter.actor)) return true;
  if (filter.from.has_value() && digest.latest < *filter.from) return true;
  if (filter.until.has_value() && digest.earliest >= *filter.until) return true;
  const uint64_t block_end = std::min(digest.first_index + digest.count, end);
  ASSIGN_OR_RETURN(const LogFloor floor, ReadLogFloor(data_, *ring_));  // it may lie in the block
  if (filter.customer.has_value()) {
    const std::vector<uint16_t> offsets = digest.OffsetsOf(*filter.customer);
    if (offsets.size() <= kFewHits) {
      for (auto offset = offsets.rbegin(); offset != offsets.rend(); ++offset) {
        const uint64_t index = digest.first_index + *offset;
        if (index >= block_end || index < floor.index) continue;
        ASSIGN_OR_RETURN(std::vector<IndexedEntry> hit, ReadIn(state, index, index + 1));
        if (!add(std::move(hit))) return false;
      }
      return true;
    }
  }
  const uint64_t block_begin = std::max(digest.first_index, floor.index);
  if (block_begin >= block_end) return true;
  ASSIGN_OR_RETURN(std::vector<IndexedEntry> block, ReadIn(state, block_begin, block_end));
  return add(std::move(block));
}

Result<LogPage> LogReader::Find(const LogFilter& filter, size_t limit, std::optional<uint64_t> before) const {
  if (limit == 0) return Status(Reason::kInvalidArgument, "the limit must be at least 1");
  LogPage page;
  ASSIGN_OR_RETURN(std::optional<LogState> stored, ReadLogState(data_, *ring_));
  const LogState state = stored.value_or(LogState());
  ASSIGN_OR_RETURN(const LogFloor floor, ReadLogFloor(data_, *ring_));
  if (floor.index > 0 && before.has_value() && *before <= floor.index) {
    RETURN_IF_ERROR(RefusePruned(data_, *ring_, 0));
  }
  if (!before.has_value()) {
    ASSIGN_OR_RETURN(std::vector<IndexedEntry> unmerged, ReadUnmerged(state));
    for (IndexedEntry& entry : unmerged) {
      if (filter.Matches(entry.entry)) page.entries.push_back(std::move(entry));
    }
  }
  limit += page.entries.size();
  // Adds what matches, newest first; false when the page is full.
  const auto add = [&](std::vector<IndexedEntry> entries) {
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
      if (!filter.Matches(entry->entry)) continue;
      if (page.entries.size() == limit) {
        page.next_before = page.entries.back().index;
        return false;
      }
      page.entries.push_back(std::move(*entry));
    }
    return true;
  };
  const uint64_t end = std::min(before.value_or(state.size), state.size);
  if (end > state.digested) {
    ASSIGN_OR_RETURN(std::vector<IndexedEntry> tail, ReadIn(state, state.digested, end));
    if (!add(std::move(tail))) return page;
  }
  page.next_before = std::min(end, state.digested);
  Bytes digest_end = LogDigestKey(std::min(end, state.digested));
  for (size_t digest_count = 0; digest_count < kMaxDigestsPerFind;) {
    ASSIGN_OR_RETURN(
        const std::vector<StoreRow> rows,
        data_.Scan({.begin = LogDigestKey(0), .end = digest_end, .limit = kDigestsPerScan, .reverse = true}));
    for (const StoreRow& row : rows) {
      ++digest_count;
      digest_end = row.key;
      ASSIGN_OR_RETURN(const LogDigest digest, LogDigest::Open(*ring_, row.key, row.value));
      const Result<bool> room = AddFromBlock(state, filter, digest, end, add);
      const bool pruned_meanwhile = room.reason() == Reason::kLogPruned;
      if (!pruned_meanwhile) RETURN_IF_ERROR(room.status());
      if (!pruned_meanwhile && !*room) return page;
      page.next_before = digest.first_index;
      if (pruned_meanwhile || digest.first_index <= floor.index) {  // nothing older is there
        page.next_before.reset();
        return page;
      }
    }
    if (rows.size() < kDigestsPerScan) {
      page.next_before.reset();
      return page;
    }
  }
  return page;
}

Result<std::vector<IndexedEntry>> LogReader::FindByCustomer(const AuditId& customer, size_t limit) const {
  std::vector<IndexedEntry> found;
  std::optional<uint64_t> before;
  while (found.size() < limit) {
    ASSIGN_OR_RETURN(LogPage page, Find({.customer = customer}, limit - found.size(), before));
    found.insert(found.end(), std::make_move_iterator(page.entries.begin()),
                 std::make_move_iterator(page.entries.end()));
    before = page.next_before;
    if (!before.has_value()) break;
  }
  if (found.size() > limit) found.resize(limit);
  return found;
}

Status LogReader::CheckMark(const StoreReader& key_store) const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> mark_row, key_store.Get(kLogMarkKey));
  ASSIGN_OR_RETURN(const std::optional<LogState> state, ReadLogState(data_, *ring_));
  const auto behind = [](std::string why) {
    return Status(Reason::kStorageBehindMark,
                  std::move(why) + "; if a backup was restored on purpose, say so with restore");
  };
  if (!state.has_value()) {
    return mark_row.has_value() ? behind("the data holds no log, but the keys know of one") : Status::Ok();
  }
  ASSIGN_OR_RETURN(const Digest root, RootOf(*this, state->size));
  if (root != state->root) return Invalid("the log's tiles do not give the root its state names");
  if (!mark_row.has_value()) return Status::Ok();  // the very first step may have ended between log and mark
  ASSIGN_OR_RETURN(const VerifierKey key, VerifierKey::Create(state->origin, ring_->log_signer().public_key()));
  const Result<Checkpoint> mark = OpenCheckpoint(mark_row->bytes, key);
  if (!mark.ok()) return behind("the log mark kept with the keys is not of this log");
  if (mark->size > state->size) {
    return behind("the log has " + std::to_string(state->size) + " entries, the mark kept with the keys " +
                  std::to_string(mark->size));
  }
  ASSIGN_OR_RETURN(const Digest root_then, RootOf(*this, mark->size));
  if (root_then != mark->root) return behind("the log's history is not the one the keys' mark was made of");
  return Status::Ok();
}

}  // namespace strongroom
