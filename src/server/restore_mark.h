// The mark of a restore that has begun and is not finished ('S' "restore" in the office's key store,
// docs/formats/restore.md).  As long as it stands nobody opens the house.
#pragma once

#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "store/store.h"

namespace strongroom {

// What is to be done next, in this order.  Each may be begun again.
enum class RestorePhase : uint8_t {
  kKeys = 1,    // key stores are written from a key set
  kData = 2,    // data stores are written from data sets
  kLogs = 3,    // every log goes on under another name
  kReplay = 4,  // the ledger is replayed, and everything checked
};

struct RestoreMark {
  RestorePhase phase = RestorePhase::kData;
  Bytes id;  // 16 random bytes, of this restore
  UnixMillis begun_at = 0;
  std::vector<Bytes> data_sets;  // ids, 16 bytes each, in their order; none: the data as it lies there
  Bytes keys_set;                // id; empty: the key store that lies there
  bool operator==(const RestoreMark&) const = default;
};

Result<std::optional<RestoreMark>> ReadRestoreMark(const StoreReader& office_keys);
Status WriteRestoreMark(Store& office_keys, const RestoreMark& mark);
Status ClearRestoreMark(Store& office_keys);
bool IsRestoreMark(ByteView row_key);

// kRestoreUnfinished while the mark stands.
Status RefuseUnfinishedRestore(const StoreReader& office_keys);

}  // namespace strongroom
