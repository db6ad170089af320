// What the log says last of each customer's record, in a table of bounded size: the first 8 bytes of an audit id
// (random, so they tell customers apart) to the first 8 bytes of the record's hash.  24 bytes a slot.
//
// The book is of a range of ids.  When it is full the range shrinks to its lower half, and what lies above is left for
// another reading of the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "audit/entry.h"
#include "vault/record_history.h"

namespace strongroom {

class FsckLogBook {
 public:
  struct Line {
    uint64_t id = 0;  // first 8 bytes of the audit id
    uint64_t hash = 0;
    RecordWord word = RecordWord::kIs;
    bool used = false;
    bool seen = false;  // by whoever compares
  };
  static uint64_t StartOf(const std::array<uint8_t, 16>& bytes);
  static uint64_t StartOf(const Digest& digest);

  // Of ids from `begin` on.
  FsckLogBook(size_t table_bytes, uint64_t begin);
  // What is said later replaces what was said before.  Ids outside of the range are passed over.
  void Say(const AuditId& customer, RecordWord word, const Digest& hash);
  bool Covers(uint64_t id) const { return id >= begin_ && id <= last_; }
  Line* Find(uint64_t id);
  uint64_t last() const { return last_; }  // of the range, inclusive
  const std::vector<Line>& lines() const { return lines_; }

 private:
  size_t SlotOf(uint64_t id) const;
  void MakeRoom();
  void Rebuild(size_t slots);
  const size_t max_slots_;
  const uint64_t begin_;
  uint64_t last_ = UINT64_MAX;
  size_t used_ = 0;
  std::vector<Line> lines_;  // a power of two
};

}  // namespace strongroom
