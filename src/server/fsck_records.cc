// Records against keys, codes and index rows: each opens under its customer's key, stands in the compartment that its
// code leads to, numbers its values as it says, and has every index row that it should.
//
// What is missing is written anew by a repair, from the record.  A record that does not open stays as it is: a backup
// may have its key, or its better self.
#include <set>
#include <utility>

#include "base/encoding.h"
#include "server/fsck_run.h"
#include "vault/index_rows.h"

namespace strongroom {
namespace {

class RecordCheck {
 public:
  RecordCheck(FsckRun& run, Room& room) : run_(run), room_(room), rows_(run.RowsOf(room)) {}

  Status Run() {
    Bytes begin;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<StoredRecord> page, rows_.Records(begin, FsckRun::kPage));
      for (const StoredRecord& row : page) {
        if (row.customer.has_value()) {
          RETURN_IF_ERROR(Check(*row.customer));
        } else {
          run_.Find(FsckCheck::kRecords, room_, "a row among the records has a malformed key");
        }
      }
      run_.Count(FsckCheck::kRecords, page.size());
      run_.report.customers += page.size();
      if (page.size() < FsckRun::kPage) return Status::Ok();
      begin = StoredRows::After(page.back().row_key);
    }
  }

 private:
  void Find(CustomerId id, std::string what, bool mended = false) {
    run_.FindOf(FsckCheck::kRecords, room_, id, std::move(what), mended);
  }

  Status Check(CustomerId id) {
    const Result<Room*> lives = run_.house.WhereIs(id);
    if (!lives.ok() || *lives != &room_) {
      ASSIGN_OR_RETURN(const bool moving, run_.IsMoving(id));
      ASSIGN_OR_RETURN(const bool there, FsckRun::HasRecord(rows_, id));
      if (moving || !there) return Status::Ok();
      Find(id, "the record stands in a compartment that its code does not lead to");
    }
    const Result<FsckOpened> opened = OpenForFsck(room_, id);
    if (!opened.ok()) return TellWhy(id, opened.status());
    CheckItemNumbers(id, opened->record);
    // A second time when something is missing: a change, or a move to another epoch, may have come between.
    for (int look = 0; look < 2; ++look) {
      const Result<FsckOpened> now = OpenForFsck(room_, id);
      if (!now.ok()) return Status::Ok();  // erased since
      ASSIGN_OR_RETURN(const bool complete, CheckRows(id, *now, /*tell=*/look == 1));
      if (complete) break;
    }
    return Status::Ok();
  }

  // Erased since the page was read, or truly a record that does not open.
  Status TellWhy(CustomerId id, const Status& why) {
    ASSIGN_OR_RETURN(const bool there, FsckRun::HasRecord(rows_, id));
    if (!there) return Status::Ok();
    const Result<CustomerKeyPtr> key = room_.customer_keys->GetAfresh(id);
    if (key.ok()) {
      Find(id, "the record does not open (" + std::string(InfoOf(why.reason()).wire_code) + ")");
      return Status::Ok();
    }
    if (key.reason() != Reason::kCustomerNotFound) {
      Find(id, "the record does not open, because the customer's key does not");
      return Status::Ok();
    }
    ASSIGN_OR_RETURN(const bool erased, room_.customer_keys->IsErased(id));
    Find(id, erased ? "the record is there, though the ledger says that the customer was erased"
                    : "the record's key is not in the key store");
    return Status::Ok();
  }

  void CheckItemNumbers(CustomerId id, const Record& record) {
    std::set<ItemId> seen;
    for (const RecordValue& value : record.values) {
      if (value.item < record.next_item && seen.insert(value.item).second) continue;
      Find(id, "the record numbers its values twice, or beyond the next number it says");
      return;
    }
  }

  // True when every row is there that should be.
  Result<bool> CheckRows(CustomerId id, const FsckOpened& customer, bool tell) {
    const SealedStore& sealed = *room_.sealed;
    const std::set<IndexRow> wanted =
        IndexRowsOf(*run_.catalogue, customer.record, run_.house.clock(), RowsOf::kFinishedIndexes);
    std::vector<RowMark> marks;
    marks.reserve(wanted.size());
    for (const IndexRow& row : wanted) marks.push_back(sealed.MarkOfReference(row.label, row.value, id));
    ASSIGN_OR_RETURN(const std::vector<bool> there, rows_.AreThere(marks));
    SealedBatch batch;
    uint64_t missing = 0;
    auto row = wanted.begin();
    for (size_t i = 0; i < marks.size(); ++i, ++row) {
      if (there[i]) continue;
      ++missing;
      if (run_.repair()) RETURN_IF_ERROR(sealed.PutReference(batch, row->label, row->value, id));
    }
    ASSIGN_OR_RETURN(const bool audit_id, CheckUnique(id, AuditIdLabel(), View(customer.record.audit_id),
                                                      "the row of the audit id", tell, batch));
    bool external = true;
    if (const RecordValue* value = customer.record.Find(kExternalIdField)) {
      ASSIGN_OR_RETURN(external,
                       CheckUnique(id, ExternalIdLabel(), value->text, "the row of the external id", tell, batch));
    }
    if (missing == 0 && audit_id && external) return true;
    if (!tell) return false;
    bool mended = false;
    const uint64_t rows = missing + told_.size();
    if (run_.repair() && !batch.empty()) {
      sealed.ExpectRecord(batch, id, customer.stored.version);
      ASSIGN_OR_RETURN(mended, run_.Mend(room_, std::move(batch), rows, "missing index rows"));
    }
    if (missing > 0)
      Find(id, "index rows are missing (" + std::to_string(missing) + "): searches do not find it", mended);
    for (std::string& what : told_) Find(id, std::move(what), mended);
    told_.clear();
    return false;
  }

  Result<bool> CheckUnique(CustomerId id, const IndexLabel& label, ByteView value, std::string what, bool tell,
                           SealedBatch& batch) {
    const SealedStore& sealed = *room_.sealed;
    Bytes content;
    ByteWriter(content).U64(id);
    const Result<std::optional<UniqueRow>> row = sealed.GetUnique(label, value);
    if (row.ok() && row->has_value() && (*row)->content == content) return true;
    if (row.reason() == Reason::kDataCorrupt) return true;  // it does not open: told by the check of index rows
    RETURN_IF_ERROR(row.status());
    if (!tell) return false;
    if (row->has_value()) {
      // Two records with one id: which of them is right, nothing here says.
      Find(id, what + " leads to another customer");
      return false;
    }
    told_.push_back(what + " is missing");
    if (run_.repair()) RETURN_IF_ERROR(sealed.PutUnique(batch, label, value, content));
    return false;
  }

  FsckRun& run_;
  Room& room_;
  const StoredRows rows_;
  std::vector<std::string> told_;  // of this customer, what the batch puts right besides references
};

}  // namespace

Status CheckRecords(FsckRun& run, Room& room) { return RecordCheck(run, room).Run(); }

}  // namespace strongroom
