#include "store/version_cache.h"

#include <xxhash.h>

#include <bit>

namespace strongroom {

VersionCache::VersionCache(size_t slots) : slots_(std::bit_ceil(slots < kStripes ? kStripes : slots)) {}

size_t VersionCache::SlotOf(ByteView key) const { return XXH3_64bits(key.data(), key.size()) & (slots_.size() - 1); }

std::optional<StoreVersion> VersionCache::Find(ByteView key) const {
  const size_t index = SlotOf(key);
  std::lock_guard lock(MutexOf(index));
  const Slot& slot = slots_[index];
  if (slot.writes_under_way != 0 || slot.key != key) return std::nullopt;
  return slot.version;
}

VersionCache::Ticket VersionCache::BeginRead(ByteView key) const {
  const size_t index = SlotOf(key);
  std::lock_guard lock(MutexOf(index));
  return {index, slots_[index].stamp};
}

void VersionCache::EndRead(Ticket ticket, ByteView key, StoreVersion version) {
  std::lock_guard lock(MutexOf(ticket.slot));
  Slot& slot = slots_[ticket.slot];
  if (slot.writes_under_way != 0 || slot.stamp != ticket.stamp) return;
  slot.key.assign(key);
  slot.version = version;
}

void VersionCache::BeginWrite(ByteView key) {
  const size_t index = SlotOf(key);
  std::lock_guard lock(MutexOf(index));
  ++slots_[index].stamp;
  ++slots_[index].writes_under_way;
}

void VersionCache::EndWrite(ByteView key, StoreVersion version) {
  const size_t index = SlotOf(key);
  std::lock_guard lock(MutexOf(index));
  Slot& slot = slots_[index];
  ++slot.stamp;
  --slot.writes_under_way;
  slot.key.assign(key);
  slot.version = version;
}

}  // namespace strongroom
