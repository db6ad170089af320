#include "store/row_cache.h"

#include <xxhash.h>

#include <bit>

namespace strongroom {

RowCache::RowCache(size_t slots) : slots_(std::bit_ceil(slots < kStripes ? kStripes : slots)) {}

size_t RowCache::SlotOf(ByteView key) const { return XXH3_64bits(key.data(), key.size()) & (slots_.size() - 1); }

std::optional<StoreVersion> RowCache::FindVersion(ByteView key) const {
  const size_t index = SlotOf(key);
  std::lock_guard lock(MutexOf(index));
  const Slot& slot = slots_[index];
  if (slot.writes_under_way != 0 || slot.key != key) return std::nullopt;
  return slot.version;
}

std::optional<std::optional<StoreValue>> RowCache::Find(ByteView key) const {
  const size_t index = SlotOf(key);
  std::lock_guard lock(MutexOf(index));
  const Slot& slot = slots_[index];
  if (slot.writes_under_way != 0 || slot.key != key) return std::nullopt;
  if (slot.version == kAbsent) return std::optional<StoreValue>();
  if (!slot.holds_row) return std::nullopt;
  return StoreValue{slot.row, slot.version};
}

RowCache::Ticket RowCache::BeginRead(ByteView key) const {
  const size_t index = SlotOf(key);
  std::lock_guard lock(MutexOf(index));
  return {index, slots_[index].stamp};
}

void RowCache::EndRead(Ticket ticket, ByteView key, const std::optional<StoreValue>& found) {
  std::lock_guard lock(MutexOf(ticket.slot));
  Slot& slot = slots_[ticket.slot];
  if (slot.writes_under_way != 0 || slot.stamp != ticket.stamp) return;
  slot.key.assign(key);
  slot.version = found.has_value() ? found->version : kAbsent;
  slot.holds_row = found.has_value() && found->bytes.size() <= kMaxRowBytes;
  if (slot.holds_row) slot.row.assign(found->bytes);
}

void RowCache::BeginWrite(ByteView key) {
  const size_t index = SlotOf(key);
  std::lock_guard lock(MutexOf(index));
  ++slots_[index].stamp;
  ++slots_[index].writes_under_way;
}

void RowCache::EndWrite(ByteView key, StoreVersion version) {
  const size_t index = SlotOf(key);
  std::lock_guard lock(MutexOf(index));
  Slot& slot = slots_[index];
  ++slot.stamp;
  --slot.writes_under_way;
  slot.key.assign(key);
  slot.version = version;
  slot.holds_row = false;
}

void RowCache::AbandonWrite(ByteView key) {
  const size_t index = SlotOf(key);
  std::lock_guard lock(MutexOf(index));
  Slot& slot = slots_[index];
  ++slot.stamp;
  --slot.writes_under_way;
  slot.key.clear();
  slot.holds_row = false;
}

}  // namespace strongroom
