#include "backup/snapshot_rows.h"

#include <algorithm>

namespace strongroom {

Result<const StoreRow*> SnapshotRows::Next() {
  if (next_ < page_.size()) return &page_[next_++];
  if (exhausted_) return static_cast<const StoreRow*>(nullptr);
  size_t bytes = 0;
  for (const StoreRow& row : page_) bytes += row.key.size() + row.value.size();
  // Twice as many at most: large values may begin at any row.
  if (!page_.empty()) limit_ = std::clamp(kPageBytes * page_.size() / (bytes + 1), kFewestRows, 2 * limit_);
  limit_ = std::min(limit_, kMostRows);
  ScanRange range;
  range.begin = begin_;
  range.limit = limit_;
  ASSIGN_OR_RETURN(page_, snapshot_->Scan(range));
  next_ = 0;
  exhausted_ = page_.size() < limit_;
  if (page_.empty()) return static_cast<const StoreRow*>(nullptr);
  begin_ = page_.back().key + '\0';
  return &page_[next_++];
}

}  // namespace strongroom
