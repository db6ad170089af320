#include "store/store.h"

namespace strongroom {

namespace {
// Lengths and tags that a backend's own log adds to a row; an estimate is enough to bound a group.
constexpr size_t kRowOverheadBytes = 8;
}  // namespace

size_t StoreBatch::ApproximateSizeBytes() const {
  size_t size_bytes = 0;
  for (const StoreCondition& condition : conditions) size_bytes += condition.key.size() + kRowOverheadBytes;
  for (const StorePut& put : puts) size_bytes += put.key.size() + put.value.size() + kRowOverheadBytes;
  for (const Bytes& key : deletes) size_bytes += key.size() + kRowOverheadBytes;
  return size_bytes;
}

Status Store::Commit(const StoreBatch& batch) {
  std::vector<Status> statuses = CommitGroup({&batch}, nullptr);
  return statuses.empty() ? Status(Reason::kInternal, "the store answered no status for a batch") : statuses.front();
}

Status Store::Compact(ByteView /*begin*/, ByteView /*end*/) { return Status::Ok(); }

Bytes PrefixEnd(ByteView prefix) {
  Bytes end(prefix);
  while (!end.empty() && static_cast<uint8_t>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
  return end;
}

}  // namespace strongroom
