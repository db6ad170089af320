// Work that a crash left or that is under way: no damage, and listed as what it is.  A repair finishes erasures, moves
// of customers and indexes that are being made anew.
#include "server/fsck_run.h"

namespace strongroom {
namespace {

// Documents that do not open end the count: the check of documents tells of them.
uint64_t CountDocuments(const Room& room, Table table) {
  uint64_t count = 0;
  Bytes after;
  while (true) {
    const auto page = room.sealed->ListDocuments(table, after, FsckRun::kPage);
    if (!page.ok()) return count;
    count += page->size();
    if (page->size() < FsckRun::kPage) return count;
    after = page->back().row_key;
  }
}

}  // namespace

Status FinishWork(FsckRun& run) {
  static_cast<void>(run.vault.customers().FinishErasures());  // what stays unfinished is listed
  static_cast<void>(run.vault.customer_moves().FinishMoves());
  return run.vault.index_jobs().RunAll();
}

Status ListWork(FsckRun& run, const Room& room) {
  if (const uint64_t erasures = CountDocuments(room, Table::kIntent); erasures > 0)
    run.Unfinished(room, std::to_string(erasures) + " erasures");
  if (const uint64_t keys = CountDocuments(room, Table::kRekey); keys > 0)
    run.Unfinished(room, std::to_string(keys) + " customers are to get a new key");
  if (room.customer_keys != nullptr) {
    ASSIGN_OR_RETURN(const std::vector<CustomerId> moves, room.customer_keys->ScanArrivals(0, FsckRun::kPage));
    if (!moves.empty()) run.Unfinished(room, std::to_string(moves.size()) + " customers are being moved here");
    return Status::Ok();
  }
  for (const FieldDef& field : run.vault.catalogue().Current()->fields()) {
    if (field.replaced.has_value()) run.Unfinished(room, "the index of field '" + field.name + "' is being made anew");
  }
  return Status::Ok();
}

}  // namespace strongroom
