#include "vault/ledger_replay.h"

#include <utility>

namespace strongroom {
namespace {

constexpr size_t kPage = 1'000;
constexpr size_t kItemsAtOnce = 500;

Status Commit(Room& room, SealedBatch batch) {
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kStoreRestore;
  entry.decision = Decision::kPlain;
  entry.detail = "erased again";
  entry.count = 1;
  return room.journal->Submit(std::move(batch), std::move(entry)).Wait();
}

// Items first: what a crash leaves is found again by its record.
Status Remove(Room& room, CustomerId customer) {
  while (true) {
    SealedBatch batch;
    ASSIGN_OR_RETURN(const size_t items, room.sealed->DeleteAllItems(batch, customer, kItemsAtOnce));
    if (items == 0) break;
    RETURN_IF_ERROR(Commit(room, std::move(batch)));
  }
  SealedBatch batch;
  room.sealed->DeleteRecord(batch, customer);
  return Commit(room, std::move(batch));
}

}  // namespace

Result<ReplayReport> ReplayLedger(House& house, Room& room, const Catalogue& /*catalogue*/,
                                  const std::function<void(uint64_t)>& progress) {
  ReplayReport report;
  CustomerId begin = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<CustomerId> page, room.sealed->ScanRecords(begin, kPage));
    for (const CustomerId customer : page) {
      ++report.customers;
      ASSIGN_OR_RETURN(const bool erased, room.customer_keys->IsErased(customer));
      const Status key = room.customer_keys->Get(customer).status();
      if (!erased && key.ok()) continue;
      if (!erased && key.reason() != Reason::kCustomerNotFound) return key;
      if (erased) {
        ++report.erased_again;
      } else {
        ++report.unopenable;
        report.lost_codes.push_back(house.codes().EncodeCustomer(customer));
      }
      RETURN_IF_ERROR(Remove(room, customer));
    }
    if (progress) progress(report.customers);
    if (page.size() < kPage) return report;
    begin = page.back() + 1;
  }
}

}  // namespace strongroom
