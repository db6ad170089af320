// Documents of a room: each opens.  What they say is for their owners to judge.
#include "server/fsck_run.h"

namespace strongroom {

Status CheckDocuments(FsckRun& run, const Room& room) {
  const StoredRows rows = run.RowsOf(room);
  Bytes begin;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<StoredDocument> page, rows.Documents(begin, FsckRun::kPage));
    for (const StoredDocument& document : page) {
      if (document.opens) continue;
      run.Find(FsckCheck::kDocuments, room, "a document of table " + std::to_string(document.table) + " does not open");
    }
    run.Count(FsckCheck::kDocuments, page.size());
    if (page.size() < FsckRun::kPage) return Status::Ok();
    begin = StoredRows::After(page.back().row_key);
  }
}

}  // namespace strongroom
