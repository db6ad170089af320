// The rows of a store's snapshot, one after the other, in bounded memory.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/status.h"
#include "store/store.h"

namespace strongroom {

// One thread.
class SnapshotRows {
 public:
  explicit SnapshotRows(std::unique_ptr<StoreReader> snapshot) : snapshot_(std::move(snapshot)) {}
  // Keys ascending; null at the end.  Until the next call.
  Result<const StoreRow*> Next();

 private:
  // A page has as many rows as it may have bytes, by what the last one had: values are of 50 bytes or of 256 KiB.
  static constexpr size_t kPageBytes = 4 << 20;
  static constexpr size_t kFewestRows = 16;
  static constexpr size_t kMostRows = 8192;
  std::unique_ptr<StoreReader> snapshot_;
  std::vector<StoreRow> page_;
  size_t next_ = 0;
  size_t limit_ = kFewestRows;
  Bytes begin_;
  bool exhausted_ = false;
};

}  // namespace strongroom
