// The log of a room against itself (audit/log_check.h).  A repair writes tiles and look-up rows anew, which follow from
// the entries; everything else of a log is evidence and stays as it is.
#include <algorithm>
#include <optional>

#include "audit/log_check.h"
#include "server/fsck_run.h"

namespace strongroom {
namespace {
constexpr int kAttempts = 3;  // pruned meanwhile: again
}  // namespace

Status CheckLog(FsckRun& run, Room& room) {
  const FsckStores& stores = run.StoresOf(room);
  std::optional<LogCheck> whole;
  LogCheckReport found;
  for (int attempt = 0; attempt < kAttempts && (attempt == 0 || found.floor_moved); ++attempt) {
    whole.emplace(*stores.data, *stores.keys, room.sealed->ring_ptr());
    ASSIGN_OR_RETURN(found, whole->Run());
  }
  const LogCheck& check = *whole;
  const uint64_t pruned = std::min(found.pruned, found.merged);
  run.Count(FsckCheck::kLog, found.merged - pruned + found.waiting);
  run.report.log_entries += found.merged - pruned + found.waiting;
  run.report.log_entries_pruned += pruned;
  bool mended = false;
  if (run.repair() && found.derived_rows > 0) {
    ASSIGN_OR_RETURN(std::vector<SealedBatch> batches, check.Mend(run.house.random()));
    for (SealedBatch& batch : batches) {
      ASSIGN_OR_RETURN(mended, run.Mend(room, std::move(batch), 0, "rows of the log"));
      if (!mended) break;
    }
    if (mended) run.report.mended_rows += found.derived_rows;
  }
  // Mended means that nothing else was wrong: the problems are those rows.
  mended = mended && found.problems.size() == found.derived_rows;
  for (const std::string& problem : found.problems) run.Find(FsckCheck::kLog, room, "log: " + problem, mended);
  return Status::Ok();
}

}  // namespace strongroom
