// Records against the log: the newest entry that names a customer and the hash of their record must be of the row in
// the store, and who is not in the store must have been erased.  So a customer who was put back to an older state,
// whole and under the right key, is found, and one who was removed.
//
// Where the log was pruned, a record that no entry is left of is counted and not judged.
//
// The log is read once into a table of bounded size (fsck_log_book.h), then the records are walked.  What differs is
// looked at again with the log as it is then: it may have been changed meanwhile.
#include <utility>

#include "audit/log_check.h"
#include "audit/log_floor.h"
#include "base/encoding.h"
#include "server/fsck_log_book.h"
#include "server/fsck_run.h"
#include "vault/index_rows.h"
#include "vault/record_history.h"

namespace strongroom {
namespace {

constexpr size_t kAllEntries = 1'000'000;  // of one customer
constexpr size_t kMaxRemoved = 1'000;      // who are looked at again

class AgainstLog {
 public:
  AgainstLog(FsckRun& run, Room& room) : run_(run), room_(room), rows_(run.RowsOf(room)) {}

  Status Run() {
    uint64_t begin = 0;
    while (true) {
      FsckLogBook book(run_.options.log_table_bytes, begin);
      RETURN_IF_ERROR(ReadLog(
          [&](const AuditId& customer, RecordWord word, const Digest& hash) { book.Say(customer, word, hash); }));
      ++run_.report.log_passes;
      RETURN_IF_ERROR(CompareRecords(book));
      RETURN_IF_ERROR(TellRemoved(book));
      if (book.last() == UINT64_MAX) return Status::Ok();
      begin = book.last() + 1;
    }
  }

 private:
  // Where the log does not agree with itself, the check of the log tells.
  Status ReadLog(const TellRecord& tell) const {
    const FsckStores& stores = run_.StoresOf(room_);
    LogCheck log(*stores.data, *stores.keys, room_.sealed->ring_ptr());
    return log.Run([&](std::optional<uint64_t>, const AuditEntry& entry) { ForEachRecordOf(entry, tell); }).status();
  }

  Status CompareRecords(FsckLogBook& book) {
    Bytes begin;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<StoredRecord> page, rows_.Records(begin, FsckRun::kPage));
      for (const StoredRecord& row : page) {
        if (row.customer.has_value()) RETURN_IF_ERROR(Compare(book, *row.customer));
      }
      if (page.size() < FsckRun::kPage) return Status::Ok();
      begin = StoredRows::After(page.back().row_key);
    }
  }

  Status Compare(FsckLogBook& book, CustomerId id) {
    const Result<FsckOpened> opened = OpenForFsck(room_, id, /*want_hash=*/true);
    if (!opened.ok()) return Status::Ok();  // erased since, or told by the check of records
    const uint64_t audit_id = FsckLogBook::StartOf(opened->record.audit_id);
    if (!book.Covers(audit_id)) return Status::Ok();
    run_.Count(FsckCheck::kAgainstLog);
    FsckLogBook::Line* const line = book.Find(audit_id);
    if (line != nullptr) line->seen = true;
    // Created together with others, and not changed since: no other record was ever sealed under this key.
    if (line != nullptr && line->word == RecordWord::kChanged) {
      ++run_.report.not_compared;
      return Status::Ok();
    }
    if (line == nullptr) {  // created, and last changed, before what the log keeps
      ASSIGN_OR_RETURN(const LogFloor floor, ReadLogFloor(*run_.StoresOf(room_).data, room_.sealed->ring()));
      if (floor.index > 0) {
        ++run_.report.not_compared_pruned;
        return Status::Ok();
      }
    }
    const bool agrees = line != nullptr && line->word == RecordWord::kIs &&
                        line->hash == FsckLogBook::StartOf(opened->stored.sealed_hash);
    return agrees ? Status::Ok() : LookAgain(id);
  }

  Status LookAgain(CustomerId id) {
    const Result<FsckOpened> now = OpenForFsck(room_, id, /*want_hash=*/true);
    if (!now.ok()) return Status::Ok();
    ASSIGN_OR_RETURN(const Newest newest, NewestOf(now->record.audit_id));
    if (newest.word == RecordWord::kIs && newest.hash == now->stored.sealed_hash) return Status::Ok();
    const Result<FsckOpened> after = OpenForFsck(room_, id, /*want_hash=*/true);
    if (!after.ok() || after->stored.version != now->stored.version) return Status::Ok();  // changed meanwhile
    run_.FindOf(FsckCheck::kAgainstLog, room_, id,
                newest.known
                    ? "the record is not the one the log's newest entry of it names: it was put back or replaced"
                    : "the log has no entry that made this record");
    return Status::Ok();
  }

  struct Newest {
    bool known = false;
    RecordWord word = RecordWord::kChanged;
    Digest hash{};
  };
  Result<Newest> NewestOf(const AuditId& audit_id) const {
    Newest newest;
    ASSIGN_OR_RETURN(const std::vector<IndexedEntry> entries, room_.log->FindByCustomer(audit_id, kAllEntries));
    for (const IndexedEntry& entry : entries) {  // newest first
      ForEachRecordOf(entry.entry, [&](const AuditId& customer, RecordWord word, const Digest& hash) {
        if (customer == audit_id && !newest.known) newest = {true, word, hash};
      });
      if (newest.known) break;
    }
    return newest;
  }

  // Whom the log knows, whom no record belongs to, and whom nobody erased.
  Status TellRemoved(const FsckLogBook& book) {
    std::set<uint64_t> removed;
    for (const FsckLogBook::Line& line : book.lines()) {
      if (!line.used || line.seen || line.word == RecordWord::kGone) continue;
      if (removed.size() < kMaxRemoved) {
        removed.insert(line.id);
      } else {
        ++run_.report.more_findings;
      }
    }
    if (removed.empty()) return Status::Ok();
    std::set<AuditId> whole;  // the table has their beginnings alone
    RETURN_IF_ERROR(ReadLog([&](const AuditId& customer, RecordWord, const Digest&) {
      if (removed.contains(FsckLogBook::StartOf(customer))) whole.insert(customer);
    }));
    for (const AuditId& audit_id : whole) RETURN_IF_ERROR(TellOneRemoved(audit_id));
    return Status::Ok();
  }

  Status TellOneRemoved(const AuditId& audit_id) {
    ASSIGN_OR_RETURN(const Newest newest, NewestOf(audit_id));
    if (newest.word == RecordWord::kGone) return Status::Ok();  // erased meanwhile
    // The row of the audit id, if it was left, says who it was.
    const Result<std::optional<UniqueRow>> row = room_.sealed->GetUnique(AuditIdLabel(), View(audit_id));
    if (!row.ok() || !row->has_value()) {
      run_.Find(FsckCheck::kAgainstLog, room_,
                "a customer whom the log calls " + HexEncode(View(audit_id)) + " is gone, and nobody erased them");
      return Status::Ok();
    }
    ByteReader reader((*row)->content);
    const CustomerId id = reader.U64();
    ASSIGN_OR_RETURN(const bool there, FsckRun::HasRecord(rows_, id));
    if (there) return Status::Ok();  // created meanwhile, or does not open: told by the check of records
    run_.FindOf(FsckCheck::kAgainstLog, room_, id, "the record is gone, and nobody erased this customer");
    return Status::Ok();
  }

  FsckRun& run_;
  Room& room_;
  const StoredRows rows_;
};

}  // namespace

Status CheckAgainstLog(FsckRun& run, Room& room) { return AgainstLog(run, room).Run(); }

}  // namespace strongroom
