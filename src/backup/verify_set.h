// VerifySets: proves a full set and the increments that go on from it by restoring them into scratch stores.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backup/set_format.h"
#include "base/status.h"
#include "crypto/age.h"
#include "store/store.h"

namespace strongroom {

// An empty store for a room's rows, one for each call.  What it keeps is as sealed as what the set holds.
using ScratchStores = std::function<Result<std::unique_ptr<Store>>(const std::string& room)>;

struct VerifiedSet {
  SetHeader header;
  std::vector<RoomTotals> totals;
};

// `files`: the full set, then its increments in order.  After each the scratch stores are read whole and compared with
// the counts and hashes of the snapshots that the set was made from.
//
// kDataCorrupt names the file and the room; kInvalidArgument: the files are no chain (kind, vault or parent);
// kKeyMissing: none of the keys fits; kFileUnreadable.  `progress` is told the rows read.
Result<std::vector<VerifiedSet>> VerifySets(const std::vector<std::string>& files, const AgeKeys& keys,
                                            const ScratchStores& scratch,
                                            const std::function<void(uint64_t rows)>& progress = {});

}  // namespace strongroom
