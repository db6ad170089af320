// Custodians: who holds which share of the lock.  Names of people: sealed, in the office's documents
// (Table::kCustodian), by the id of the set of shares; never in the log.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "keys/sealed_store.h"

namespace strongroom {

// Ok when there is none, or one of 1 to 100 bytes for each of `shares`, UTF-8 without control characters.
Status CheckCustodians(const std::vector<std::string>& names, size_t shares);

// Names of the set's shares, the first share's first.  What is known of other sets than `kept_id` is taken away; that
// of the lock in force is kept while a new one waits.
Status PutCustodians(const SealedStore& office, SealedBatch& batch, ByteView set_id, ByteView kept_id,
                     const std::vector<std::string>& names);
// Empty when nobody was named.
Result<std::vector<std::string>> ReadCustodians(const SealedStore& office, ByteView set_id);

}  // namespace strongroom
