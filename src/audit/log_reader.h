// LogReader: one compartment's audit log as it stands in the data store.
//
// Every entry it answers has been compared with the hash in its tile; what differs is kLogInvalid and says where.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/entry.h"
#include "audit/log_digest.h"
#include "audit/log_source.h"
#include "audit/log_state.h"
#include "audit/signed_note.h"
#include "base/status.h"
#include "keys/key_ring.h"
#include "store/store.h"

namespace strongroom {

struct IndexedEntry {
  std::optional<uint64_t> index;  // place in the log; unset: durable, but not yet merged into the tree
  uint32_t writer = 0;
  uint64_t sequence = 0;  // in the writer's inbox
  AuditEntry entry;
};

// What is set must match.
struct LogFilter {
  std::optional<AuditId> customer = {};
  std::optional<PrincipalId> actor = {};
  std::optional<Action> action = {};
  std::optional<UnixMillis> from = {};   // inclusive
  std::optional<UnixMillis> until = {};  // exclusive
  bool Matches(const AuditEntry& entry) const;
};

struct LogPage {
  std::vector<IndexedEntry> entries;    // newest first
  std::optional<uint64_t> next_before;  // pass as `before` for the next page; unset: there is nothing older
};

// Any thread.
class LogReader : public LogSource {
 public:
  static constexpr size_t kMaxEntriesPerRead = 16 * 1024;
  static constexpr size_t kMaxDigestsPerFind = 1000;  // about a million entries; a page may come back short
  static constexpr size_t kMaxUnmergedEntries = 64 * 1024;

  // `data` must outlive this.
  LogReader(const StoreReader& data, std::shared_ptr<const KeyRing> ring) : data_(data), ring_(std::move(ring)) {}

  // Entries in the tree; 0 when it was never sequenced.
  Result<uint64_t> Size() const;
  // What an auditor verifies this log with.  kNotInitialised before the sequencer's first step.
  Result<VerifierKey> Key() const;

  Result<std::string> ReadCheckpoint() const override;  // kNotInitialised before the sequencer's first step
  Result<Bytes> ReadTile(uint8_t level, uint64_t index, size_t width) const override;
  Result<Bytes> ReadBundle(uint64_t index, size_t width) const override;

  // Entries [begin, end) in log order; kInvalidArgument beyond the log's end or kMaxEntriesPerRead.
  Result<std::vector<IndexedEntry>> Read(uint64_t begin, uint64_t end) const;
  // A tlog-proof of the entry against the newest checkpoint.
  Result<std::string> Prove(uint64_t index) const;

  // Newest first, entries below log index `before` (unset: all, also those not yet merged, which come in addition to
  // `limit`).  A page may hold fewer than `limit` and still have a next one.
  Result<LogPage> Find(const LogFilter& filter, size_t limit, std::optional<uint64_t> before = std::nullopt) const;
  Result<std::vector<IndexedEntry>> FindByCustomer(const AuditId& customer, size_t limit) const;

  // Compares with the mark in the key store.  kStorageBehindMark when this data is older than the mark or has another
  // history; kLogInvalid when the tree does not agree with itself.  To be called when a compartment is opened.
  Status CheckMark(const StoreReader& key_store) const;

 private:
  struct Located {
    uint32_t writer = 0;
    uint64_t sequence = 0;
    Bytes encoded;
  };
  Result<LogState> RequireState() const;
  Result<std::vector<Located>> ReadEncoded(const LogState& state, uint64_t begin, uint64_t end) const;
  Status ReadInbox(uint32_t writer, uint64_t sequence, uint64_t count, std::vector<Located>& out) const;
  Status CompareWithTiles(const LogState& state, uint64_t begin, const std::vector<Located>& entries) const;
  Result<std::vector<IndexedEntry>> ReadIn(const LogState& state, uint64_t begin, uint64_t end) const;
  Result<bool> AddFromBlock(const LogState& state, const LogFilter& filter, const LogDigest& digest, uint64_t end,
                            const std::function<bool(std::vector<IndexedEntry>)>& add) const;
  Result<std::vector<IndexedEntry>> ReadUnmerged(const LogState& state) const;

  const StoreReader& data_;
  const std::shared_ptr<const KeyRing> ring_;
};

}  // namespace strongroom
