// Index rows against records: every reference and unique row of every epoch opens, stands under an epoch that may have
// rows, and is one of those that the record of its customer, or a token beside it, should have.  The other direction,
// rows that are missing, is told by the checks of records and of tokens.
//
// A row that is no use to anybody is taken away by a repair: what it stood for is made anew from the record.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/encoding.h"
#include "server/fsck_run.h"
#include "vault/index_rows.h"
#include "vault/token_item.h"

namespace strongroom {
namespace {

constexpr size_t kRemembered = 20'000;  // customers whose rows are known: neighbours in the store are strangers
constexpr size_t kRowsPerMend = 500;
constexpr size_t kMaxTokens = 10'000'000;
constexpr size_t kMaxOwners = 1'000;
constexpr size_t kTokenIdBytes = 16;

class IndexRowCheck {
 public:
  IndexRowCheck(FsckRun& run, Room& room) : run_(run), room_(room), rows_(run.RowsOf(room)) {}

  Status Run() {
    for (const char kind : {kReferenceKind, kUniqueKind}) {
      Bytes begin;
      while (true) {
        ASSIGN_OR_RETURN(const std::vector<StoredIndexRow> page, rows_.IndexRows(kind, begin, FsckRun::kPage));
        for (const StoredIndexRow& row : page) RETURN_IF_ERROR(Check(row));
        run_.Count(FsckCheck::kIndexRows, page.size());
        run_.report.index_rows += page.size();
        if (page.size() < FsckRun::kPage) break;
        begin = StoredRows::After(page.back().row_key);
      }
      RETURN_IF_ERROR(TakeAway());  // the row of a value is of use while somebody owns its token
    }
    return Status::Ok();
  }

 private:
  struct Verdict {
    std::string wrong;  // empty: nothing
    CustomerId customer = 0;
    bool of_use = false;  // though something is wrong: it is kept
  };

  // What may lead to a customer.
  struct Known {
    enum class State : uint8_t { kNobody, kErasing, kUnreadable, kOpen };
    State state = State::kNobody;
    std::vector<Block> marks;  // of the record, sorted
    CustomerKeyPtr key;
  };

  Status Check(const StoredIndexRow& row) {
    ASSIGN_OR_RETURN(const Verdict first, Judge(row));
    if (first.wrong.empty()) return Status::Ok();
    // Moved, changed or deleted since: what is there now counts.
    known_.clear();
    ASSIGN_OR_RETURN(const std::vector<StoredIndexRow> again, rows_.IndexRows(row.row_key.front(), row.row_key, 1));
    if (again.empty() || again.front().row_key != row.row_key) return Status::Ok();
    ASSIGN_OR_RETURN(Verdict verdict, Judge(again.front()));
    if (verdict.wrong.empty()) return Status::Ok();
    if (!run_.repair() || verdict.of_use) {
      Tell(verdict, false);
      return Status::Ok();
    }
    doomed_.emplace_back(RowPlace{row.row_key, again.front().version, again.front().epoch}, std::move(verdict));
    return doomed_.size() < kRowsPerMend ? Status::Ok() : TakeAway();
  }

  Status TakeAway() {
    if (doomed_.empty()) return Status::Ok();
    SealedBatch batch;
    for (const auto& [place, verdict] : doomed_) {
      SealedStore::ExpectRow(batch, place);
      SealedStore::DeleteRows(batch, {place.row_key});
    }
    ASSIGN_OR_RETURN(const bool done, run_.Mend(room_, std::move(batch), doomed_.size(), "stray index rows"));
    for (const auto& [place, verdict] : doomed_) Tell(verdict, done);
    doomed_.clear();
    return Status::Ok();
  }

  void Tell(const Verdict& verdict, bool mended) {
    if (verdict.customer == 0) {
      run_.Find(FsckCheck::kIndexRows, room_, verdict.wrong, mended);
    } else {
      run_.FindOf(FsckCheck::kIndexRows, room_, verdict.customer, verdict.wrong, mended);
    }
  }

  Result<Verdict> Judge(const StoredIndexRow& row) {
    if (row.epoch == 0) return Verdict{"an index row opens under no epoch's key", 0, false};
    if (!row.key_fits) return Verdict{"an index row stands under a key that is not its own", 0, false};
    if (!row.live) {
      return Verdict{"an index row stands under epoch " + std::to_string(row.epoch) + ", which was proved empty", 0,
                     false};
    }
    if (row.row_key.front() == kReferenceKind) return JudgeReference(row);
    if (row.content.size() == sizeof(CustomerId)) return JudgeUnique(row);
    if (row.content.size() == kTokenIdBytes || row.content.size() == kTokenIdBytes + 1) return JudgeValue(row);
    return Verdict{"a unique row holds something that is not known", 0, true};
  }

  Result<Verdict> JudgeReference(const StoredIndexRow& row) {
    ASSIGN_OR_RETURN(const Known* known, Of(row.customer));
    if (known->state == Known::State::kErasing || known->state == Known::State::kUnreadable) return Verdict{};
    if (known->state == Known::State::kNobody) {
      return Verdict{"an index row leads to this customer, who is not there", row.customer, false};
    }
    if (std::binary_search(known->marks.begin(), known->marks.end(), row.mark.mark)) return Verdict{};
    ASSIGN_OR_RETURN(const bool owns, OwnsToken(row.customer, *known->key, row.mark.mark));
    if (owns) return Verdict{};
    return Verdict{"an index row leads to this customer, whose record has no such value", row.customer, false};
  }

  // External ids and audit ids.
  Result<Verdict> JudgeUnique(const StoredIndexRow& row) {
    ByteReader reader(row.content);
    const CustomerId customer = reader.U64();
    ASSIGN_OR_RETURN(const Known* known, Of(customer));
    if (known->state == Known::State::kErasing || known->state == Known::State::kUnreadable) return Verdict{};
    if (known->state == Known::State::kNobody) {
      return Verdict{"the row of an id leads to this customer, who is not there", customer, false};
    }
    if (std::binary_search(known->marks.begin(), known->marks.end(), row.mark.mark)) return Verdict{};
    return Verdict{"the row of an id leads to this customer, whose record has another", customer, false};
  }

  // From a value to its deterministic token: somebody owns that, and has it for this value.
  Result<Verdict> JudgeValue(const StoredIndexRow& row) const {
    const ByteView token = ByteView(row.content).substr(0, kTokenIdBytes);
    const auto owners = room_.sealed->FindReferences(TokenOwnerLabel(), token, kMaxOwners);
    if (owners.reason() == Reason::kDataCorrupt) return Verdict{};  // a row of an owner is damaged: told there
    RETURN_IF_ERROR(owners.status());
    for (const CustomerId owner : *owners) {
      const Result<CustomerKeyPtr> key = room_.customer_keys->GetEvenBlocked(owner);
      if (!key.ok()) return Verdict{};  // being erased, or damaged
      const Result<std::optional<OpenItem>> item =
          room_.sealed->GetItem(owner, **key, kTokenItemKind, token.substr(sizeof(CustomerId)));
      if (!item.ok()) return Verdict{};
      if (!item->has_value()) continue;
      const Result<TokenItem> decoded = TokenItem::Decode((*item)->content.view());
      if (!decoded.ok() || !decoded->HasValueRow()) continue;
      const Result<RowMark> mark = decoded->ValueMark(*room_.sealed);
      if (mark.ok() && mark->mark == row.mark.mark) return Verdict{};
    }
    return Verdict{"the row of a value leads to a token that nobody has", 0, false};
  }

  Result<const Known*> Of(CustomerId customer) {
    if (const auto found = known_.find(customer); found != known_.end()) return &found->second;
    if (known_.size() >= kRemembered) known_.clear();
    Known known;
    const Result<FsckOpened> opened = OpenForFsck(room_, customer);
    if (opened.ok()) {
      known.state = Known::State::kOpen;
      known.key = opened->stored.key;
      known.marks = MarksOf(customer, opened->record);
    } else {
      ASSIGN_OR_RETURN(const bool there, FsckRun::HasRecord(rows_, customer));
      ASSIGN_OR_RETURN(const bool erasing, FsckRun::IsBeingErased(room_, customer));
      known.state = there ? Known::State::kUnreadable : erasing ? Known::State::kErasing : Known::State::kNobody;
    }
    return &(known_[customer] = std::move(known));
  }

  std::vector<Block> MarksOf(CustomerId customer, const Record& record) const {
    const SealedStore& sealed = *room_.sealed;
    std::vector<Block> marks;
    for (const IndexRow& row : IndexRowsOf(*run_.catalogue, record, run_.house.clock(), RowsOf::kEveryRule)) {
      marks.push_back(sealed.MarkOfReference(row.label, row.value, customer).mark);
    }
    if (const RecordValue* external_id = record.Find(kExternalIdField)) {
      marks.push_back(sealed.MarkOfUnique(ExternalIdLabel(), external_id->text).mark);
    }
    marks.push_back(sealed.MarkOfUnique(AuditIdLabel(), View(record.audit_id)).mark);
    std::sort(marks.begin(), marks.end());
    return marks;
  }

  // Whether the row says that the customer owns one of their deterministic tokens.  True also when one does not open:
  // it may be that one.
  Result<bool> OwnsToken(CustomerId customer, const CustomerKey& key, const Block& mark) const {
    ASSIGN_OR_RETURN(const std::vector<Bytes> names, room_.sealed->ListItems(customer, kTokenItemKind, kMaxTokens));
    for (const Bytes& name : names) {
      const Result<std::optional<OpenItem>> opened = room_.sealed->GetItem(customer, key, kTokenItemKind, name);
      if (!opened.ok()) return true;
      if (!opened->has_value()) continue;
      const Result<TokenItem> token = TokenItem::Decode((*opened)->content.view());
      if (!token.ok()) return true;
      if (token->format != TokenFormat::kDeterministic) continue;
      Bytes id;
      ByteWriter(id).U64(token->home);
      id += name;
      if (room_.sealed->MarkOfReference(TokenOwnerLabel(), id, customer).mark == mark) return true;
    }
    return false;
  }

  FsckRun& run_;
  Room& room_;
  const StoredRows rows_;
  std::unordered_map<CustomerId, Known> known_;
  std::vector<std::pair<RowPlace, Verdict>> doomed_;
};

}  // namespace

Status CheckIndexRows(FsckRun& run, Room& room) { return IndexRowCheck(run, room).Run(); }

}  // namespace strongroom
