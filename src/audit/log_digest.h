// Look-up rows: from a customer or an actor to the entries that name them, at no cost to those who write entries.
//
// The sequencer cuts the log into blocks of at most 1,024 entries and writes one sealed digest for each full block:
// who occurs in it and where.  A look-up reads digests from the newest back and opens only blocks that hold a hit; the
// block still filling is read directly.  A digest names audit ids by their first eight bytes (they are random, so that
// is a hash of them); whoever follows it compares the whole id.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "audit/entry.h"
#include "base/status.h"
#include "keys/key_ring.h"

namespace strongroom {

struct LogDigest {
  static constexpr size_t kMaxEntries = 1024;
  static constexpr size_t kMaxCustomers = 16 * 1024;  // a block is cut early when it names so many; rows stay small

  uint64_t first_index = 0;
  uint32_t count = 0;
  UnixMillis earliest = 0;
  UnixMillis latest = 0;
  std::vector<PrincipalId> actors;                       // sorted, unique
  std::vector<std::pair<uint64_t, uint16_t>> customers;  // sorted: start of an audit id, offset in the block

  void Add(const AuditEntry& entry);
  bool Full() const { return count >= kMaxEntries || customers.size() >= kMaxCustomers; }
  // Sorts what Add gathered; before Seal and the two below.
  void Finish();
  bool HasActor(PrincipalId actor) const;
  std::vector<uint16_t> OffsetsOf(const AuditId& customer) const;  // ascending, unique

  // As the row LogDigestKey(first_index).
  Result<Bytes> Seal(const KeyRing& ring, Random& random) const;
  static Result<LogDigest> Open(const KeyRing& ring, ByteView key, ByteView value);
};

}  // namespace strongroom
