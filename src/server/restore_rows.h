// Rows on their way from a backup set into a store.
#pragma once

#include <functional>
#include <vector>

#include "backup/set_format.h"
#include "base/status.h"
#include "store/store.h"

namespace strongroom {

// Commits what it is given in batches of about a mebibyte, each durable.  One thread.
class RowWriter {
 public:
  explicit RowWriter(Store& store) : store_(store) {}
  Status Put(Bytes key, Bytes value);
  Status Delete(Bytes key);
  Status Flush();

 private:
  Status FlushWhenFull(size_t more_bytes);
  Store& store_;
  StoreBatch batch_;
  size_t bytes_ = 0;
};

// Makes a store hold exactly the rows that are taken, keys ascending: what stands there equal is left alone, what is
// not among them goes, unless `keep` says otherwise.  Broken off and begun anew it comes to the same end.  One thread.
class MirrorRows {
 public:
  using Keep = std::function<bool(ByteView key)>;
  explicit MirrorRows(Store& store, Keep keep = {}) : store_(store), keep_(std::move(keep)), writer_(store) {}
  Status Take(Bytes key, Bytes value);
  Status Finish();

 private:
  // The next row that stood there before; null behind the last.
  Result<const StoreRow*> Present();
  Status Pass(const StoreRow& row);

  Store& store_;
  const Keep keep_;
  RowWriter writer_;
  std::vector<StoreRow> page_;
  size_t at_ = 0;
  Bytes next_begin_;
  bool last_page_ = false;
};

// kDataCorrupt when the store does not hold the rows that the set was made from.
Status CheckRestoredRoom(const StoreReader& store, const RoomTotals& totals);

}  // namespace strongroom
