// RowCache: rows lately read, and the versions of keys lately read or written, so that a warm row and a condition on a
// warm key need no read of the database.  A fixed, direct-mapped table: a key has one slot, the latest key to use a
// slot owns it.
//
// Exact: a slot keeps the key's bytes, and what was read from the database enters only if no write touched the slot
// while it was being read (each slot carries a stamp, moved by writes).  A write leaves the version alone, because what
// is written is seldom read next.
//
// Any thread may read; one thread at a time writes.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "store/store.h"

namespace strongroom {

class RowCache {
 public:
  // Longer rows are read from the database each time: they are few, and would make the memory unbounded.
  static constexpr size_t kMaxRowBytes = 512;

  // `slots` is rounded up to a power of two.  Memory: at most about 900 bytes a slot, 400 with rows of customers.
  explicit RowCache(size_t slots);

  std::optional<StoreVersion> FindVersion(ByteView key) const;
  // Nothing: not known here.  An empty value: known to be absent.
  std::optional<std::optional<StoreValue>> Find(ByteView key) const;

  // Around a read of the database: take a ticket, read, hand in what was found (none: the key is absent).
  struct Ticket {
    size_t slot = 0;
    uint64_t stamp = 0;
  };
  Ticket BeginRead(ByteView key) const;
  void EndRead(Ticket ticket, ByteView key, const std::optional<StoreValue>& found);

  // Around a write: BeginWrite for every key of the group, write, then EndWrite for every key in the same order.
  // After a write that is known not to have happened, AbandonWrite for each instead; after one of which that is not
  // known, neither: the slots then answer nothing for ever.
  void BeginWrite(ByteView key);
  void EndWrite(ByteView key, StoreVersion version);
  void AbandonWrite(ByteView key);

 private:
  struct Slot {
    Bytes key;  // empty: free
    Bytes row;
    bool holds_row = false;
    StoreVersion version = kAbsent;
    uint64_t stamp = 0;
    uint32_t writes_under_way = 0;
  };
  static constexpr size_t kStripes = 64;

  size_t SlotOf(ByteView key) const;
  std::mutex& MutexOf(size_t slot) const { return mutexes_[slot % kStripes]; }

  std::vector<Slot> slots_;
  mutable std::array<std::mutex, kStripes> mutexes_;
};

}  // namespace strongroom
