// Makes the data of a compartment that was put back from an older copy agree with its key store, which is the newest:
// whoever lives opens, and nothing that is gone comes back.
//
// (0) Customers whom the key store says moved away: who is found where they went, goes from here; who is not, because
// the copies are from before the move, is taken back (docs/formats/customer-move.md).
// (1) Erasures that the copy shows half done are carried out.  (2) Records whose customer the ledger says erased, or
// who has no key, go with all their items; so do items without a record.  (3) Every index row and unique row goes,
// whatever epoch it stands under. (4) Customer by customer: what is sealed with a past key is sealed with the present
// one, without what was taken away since (vault/rekey.h); and every row is made anew from record and items.
//
// Each step may be done again: after a crash or failure at any point it begins anew.  Nobody else may work with the
// room meanwhile; the server holds it closed.  What is not here: codes of tokens that the office's directory holds of
// erased customers (Tokens::SweepDirectory does that), keys of customers who were made after the copy (fsck).
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
  uint64_t customers = 0;           // living, whose record opens
  uint64_t erased_again = 0;        // customers whose rows were in the copy and went
  uint64_t moved_away = 0;          // customers whose rows were in the copy and who live in another compartment
  uint64_t taken_back = 0;          // customers who were moved away, and are in this copy alone
  uint64_t moved_to_new_key = 0;    // customers of whom something was sealed with a past key
  uint64_t fields_taken_again = 0;  // values and files
  uint64_t unopenable = 0;          // records and items that open with no key there is; they are left as they are
  uint64_t index_rows = 0;          // made anew
  uint64_t unique_rows = 0;
  uint64_t unique_conflicts = 0;        // two rows claimed one external id or value: the first kept it
  std::vector<std::string> lost_codes;  // customers with a key whose record is older than all of them; the first 10,000
};

// `catalogue`: the one in force after the restore.  `progress` hears now and then how many customers are done.
// kRecordBusy when somebody else works with the room.
Result<ReplayReport> ReplayLedger(House& house, Room& room, const Catalogue& catalogue,
                                  const std::function<void(uint64_t)>& progress = {});

}  // namespace strongroom
