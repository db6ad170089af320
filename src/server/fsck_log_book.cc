#include "server/fsck_log_book.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/encoding.h"

namespace strongroom {
namespace {
constexpr size_t kFirstSlots = 1024;
}

uint64_t FsckLogBook::StartOf(const std::array<uint8_t, 16>& bytes) { return ByteReader(View(bytes)).U64(); }
uint64_t FsckLogBook::StartOf(const Digest& digest) { return ByteReader(View(digest)).U64(); }

FsckLogBook::FsckLogBook(size_t table_bytes, uint64_t begin)
    : max_slots_(std::max(kFirstSlots, std::bit_floor(table_bytes / sizeof(Line)))),
      begin_(begin),
      lines_(kFirstSlots) {}

// Ids are random: their low bits choose the slot, whatever the range.
size_t FsckLogBook::SlotOf(uint64_t id) const {
  size_t slot = id & (lines_.size() - 1);
  while (lines_[slot].used && lines_[slot].id != id) slot = (slot + 1) & (lines_.size() - 1);
  return slot;
}

FsckLogBook::Line* FsckLogBook::Find(uint64_t id) {
  Line& line = lines_[SlotOf(id)];
  return line.used ? &line : nullptr;
}

void FsckLogBook::Say(const AuditId& customer, RecordWord word, const Digest& hash) {
  const uint64_t id = StartOf(customer);
  if (!Covers(id)) return;
  if (lines_[SlotOf(id)].used || used_ < lines_.size() / 4 * 3) {
    Line& line = lines_[SlotOf(id)];
    if (!line.used) ++used_;
    line = {id, StartOf(hash), word, true, false};
    return;
  }
  MakeRoom();
  Say(customer, word, hash);
}

void FsckLogBook::MakeRoom() {
  if (lines_.size() < max_slots_) return Rebuild(lines_.size() * 2);
  last_ = begin_ + (last_ - begin_) / 2;
  Rebuild(lines_.size());
}

void FsckLogBook::Rebuild(size_t slots) {
  std::vector<Line> before(slots);
  std::swap(before, lines_);
  used_ = 0;
  for (const Line& line : before) {
    if (!line.used || !Covers(line.id)) continue;
    lines_[SlotOf(line.id)] = line;
    ++used_;
  }
}

}  // namespace strongroom
