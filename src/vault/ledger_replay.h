// Makes a restored compartment agree with its key store.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "vault/catalogue.h"
#include "vault/house.h"

namespace strongroom {

struct ReplayReport {
  uint64_t customers = 0;
  uint64_t erased_again = 0;
  uint64_t moved_to_new_key = 0;
  uint64_t fields_taken_again = 0;
  uint64_t unopenable = 0;
  uint64_t index_rows = 0;
  uint64_t unique_rows = 0;
  std::vector<std::string> lost_codes;
};

// Records and items whose customer the ledger says erased, or who has no key, go.  May be called again after a crash at
// any point, from the beginning.
Result<ReplayReport> ReplayLedger(House& house, Room& room, const Catalogue& catalogue,
                                  const std::function<void(uint64_t)>& progress = {});

}  // namespace strongroom
