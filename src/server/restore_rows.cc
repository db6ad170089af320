#include "server/restore_rows.h"

#include <utility>

#include "backup/whole_hash.h"

namespace strongroom {
namespace {
constexpr size_t kBatchBytes = 1 << 20;
constexpr size_t kBatchRows = 4096;
constexpr size_t kPageRows = 64;  // of up to a mebibyte each
}  // namespace

Status RowWriter::Put(Bytes key, Bytes value) {
  RETURN_IF_ERROR(FlushWhenFull(key.size() + value.size()));
  batch_.puts.push_back({std::move(key), std::move(value)});
  return Status::Ok();
}

Status RowWriter::Delete(Bytes key) {
  RETURN_IF_ERROR(FlushWhenFull(key.size()));
  batch_.deletes.push_back(std::move(key));
  return Status::Ok();
}

Status RowWriter::FlushWhenFull(size_t more_bytes) {
  const bool full = bytes_ + more_bytes > kBatchBytes || batch_.puts.size() + batch_.deletes.size() >= kBatchRows;
  if (full) RETURN_IF_ERROR(Flush());
  bytes_ += more_bytes;
  return Status::Ok();
}

Status RowWriter::Flush() {
  bytes_ = 0;
  if (batch_.puts.empty() && batch_.deletes.empty()) return Status::Ok();
  const StoreBatch batch = std::exchange(batch_, StoreBatch());
  return store_.Commit(batch);
}

// What this has written lies before the row that is being looked at, so no page shows it again.
Result<const StoreRow*> MirrorRows::Present() {
  if (at_ == page_.size() && !last_page_) {
    ASSIGN_OR_RETURN(page_, store_.Scan({.begin = next_begin_, .end = {}, .limit = kPageRows}));
    last_page_ = page_.size() < kPageRows;
    at_ = 0;
    if (!page_.empty()) next_begin_ = page_.back().key + '\0';
  }
  return at_ < page_.size() ? &page_[at_] : nullptr;
}

Status MirrorRows::Pass(const StoreRow& row) {
  const bool stays = keep_ && keep_(row.key);
  const Status passed = stays ? Status::Ok() : writer_.Delete(row.key);
  ++at_;
  return passed;
}

Status MirrorRows::Take(Bytes key, Bytes value) {
  while (true) {
    ASSIGN_OR_RETURN(const StoreRow* present, Present());
    if (present == nullptr || present->key > key) break;
    if (present->key == key) {
      const bool same = present->value == value;
      ++at_;
      return same ? Status::Ok() : writer_.Put(std::move(key), std::move(value));
    }
    RETURN_IF_ERROR(Pass(*present));
  }
  return writer_.Put(std::move(key), std::move(value));
}

Status MirrorRows::Finish() {
  while (true) {
    ASSIGN_OR_RETURN(const StoreRow* present, Present());
    if (present == nullptr) break;
    RETURN_IF_ERROR(Pass(*present));
  }
  return writer_.Flush();
}

Status CheckRestoredRoom(const StoreReader& store, const RoomTotals& totals) {
  Sha256Stream hash;
  uint64_t count = 0;
  Bytes begin;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<StoreRow> page, store.Scan({.begin = begin, .end = {}, .limit = kPageRows}));
    for (const StoreRow& row : page) AddToWhole(hash, row.key, row.value);
    count += page.size();
    if (page.size() < kPageRows) break;
    begin = page.back().key + '\0';
  }
  if (count == totals.rows_whole && hash.Finish() == totals.hash_whole) return Status::Ok();
  return Status(Reason::kDataCorrupt, "the room " + totals.room + " holds " + std::to_string(count) +
                                          " rows, which are not the " + std::to_string(totals.rows_whole) +
                                          " that the set was made from");
}

}  // namespace strongroom
