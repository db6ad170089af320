#include "vault/ledger_replay.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "vault/erasure_plan.h"
#include "vault/file_manifest.h"
#include "vault/index_rows.h"
#include "vault/normalise.h"
#include "vault/rekey.h"
#include "vault/replay_rows.h"
#include "vault/token_item.h"

namespace strongroom {
namespace {

constexpr size_t kPage = 200;               // customers, intents
constexpr size_t kRowsPerCommit = 5'000;    // deleted
constexpr size_t kItemsPerCommit = 2'000;   // of customers who are gone
constexpr size_t kBatchBytes = 600 * 1024;  // with one part of a file more it stays below a commit's limit
constexpr size_t kMaxLostCodes = 10'000;
constexpr size_t kMaxItems = 10'000'000;  // all of a kind: a forgotten one would be one lost

Bytes EncodeCustomer(CustomerId customer) {
  Bytes out;
  ByteWriter(out).U64(customer);
  return out;
}

// Of two claims to the row of one value: one token, revoked if either says so.
std::optional<Bytes> MergeValueRows(const Bytes& there, const Bytes& more) {
  const Bytes& shorter = there.size() < more.size() ? there : more;
  const Bytes& longer = there.size() < more.size() ? more : there;
  if (longer != shorter + kRevokedMark) return std::nullopt;
  return longer;
}

class Replay {
 public:
  Replay(House& house, Room& room, const Catalogue& catalogue, const std::function<void(uint64_t)>& progress)
      : house_(house),
        room_(room),
        sealed_(*room.sealed),
        keys_(*room.customer_keys),
        catalogue_(catalogue),
        progress_(progress),
        rows_(sealed_, [this](SealedBatch batch) {
          return Record(std::move(batch), EntryOf(Action::kStoreRestore), "index rows made anew");
        }) {}

  Result<ReplayReport> Run() {
    RETURN_IF_ERROR(CarryOutIntents());
    RETURN_IF_ERROR(SettleMoves());
    RETURN_IF_ERROR(DropTheErased());
    RETURN_IF_ERROR(DropItemsWithoutRecord());
    for (const char kind : {kReferenceKind, kUniqueKind}) RETURN_IF_ERROR(DropIndexRows(kind));
    CustomerId begin = 0;
    uint64_t done = 0;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<CustomerId> page, sealed_.ScanRecords(begin, kPage));
      for (const CustomerId customer : page) RETURN_IF_ERROR(Restore(customer));
      done += page.size();
      if (progress_) progress_(done);
      if (page.size() < kPage) break;
      begin = page.back() + 1;
    }
    RETURN_IF_ERROR(rows_.Flush());
    report_.index_rows = rows_.references;
    report_.unique_rows = rows_.uniques;
    report_.unique_conflicts = rows_.conflicts;
    return std::move(report_);
  }

 private:
  // --- who is gone ---------------------------------------------------------------------------------------------------

  // The caller of such an erasure was granted it: whatever the copy lacks of it is done, whether or not the key went
  // before the copy was put back.
  Status CarryOutIntents() {
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<ListedDocument> page, sealed_.ListDocuments(Table::kIntent, {}, kPage));
      for (const ListedDocument& document : page) RETURN_IF_ERROR(CarryOut(document));
      if (page.size() < kPage) return Status::Ok();
    }
  }

  Status CarryOut(const ListedDocument& document) {
    ByteReader reader(document.content);
    reader.U8();  // every format begins with the customer
    const CustomerId customer = reader.U64();
    if (reader.failed()) return Status(Reason::kDataCorrupt, "an erasure's intent is cut short");
    // What it lists is index rows, which go anyway, and rows of the office's directory; it may not open any more.
    const Result<ErasurePlan> plan = ErasurePlan::Decode(sealed_, document.content);
    if (plan.ok()) {
      for (size_t begin = 0; begin < plan->directory_rows.size(); begin += kRowsPerCommit) {
        const auto first = plan->directory_rows.begin() + static_cast<ptrdiff_t>(begin);
        const size_t count = std::min(kRowsPerCommit, plan->directory_rows.size() - begin);
        SealedBatch batch;
        SealedStore::DeleteRows(batch, {first, first + static_cast<ptrdiff_t>(count)});
        AuditEntry entry = EntryOf(Action::kTokenRevoke);
        entry.count = static_cast<uint32_t>(count);
        entry.detail = "restore: directory of an erased customer";
        RETURN_IF_ERROR(house_.office().journal->Submit(std::move(batch), std::move(entry)).Wait());
      }
    }
    const Status destroyed = keys_.Destroy(customer, house_.clock().NowMillis());
    if (!destroyed.ok() && destroyed.reason() != Reason::kCustomerNotFound) return destroyed;
    RETURN_IF_ERROR(Drop(customer));
    SealedBatch batch;
    SealedStore::DeleteRows(batch, {document.row_key});
    return Record(std::move(batch), EntryOf(Action::kCustomerErase), "restore: done");
  }

  // Every store has been put back by now, so it can be seen where a customer is.
  Status SettleMoves() {
    CustomerId begin = 0;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<CustomerId> page, keys_.ScanDepartures(begin, kPage));
      for (const CustomerId customer : page) RETURN_IF_ERROR(SettleMove(customer));
      if (page.size() < kPage) return Status::Ok();
      begin = page.back() + 1;
    }
  }

  Status SettleMove(CustomerId customer) {
    ASSIGN_OR_RETURN(const std::optional<Departure> departure, keys_.DepartureOf(customer));
    if (!departure.has_value() || departure->state != DepartureState::kGone) return Status::Ok();
    ASSIGN_OR_RETURN(const std::vector<CustomerId> record, sealed_.ScanRecords(customer, 1));
    const bool here = !record.empty() && record.front() == customer;
    ASSIGN_OR_RETURN(const bool erased, keys_.IsErased(customer));
    ASSIGN_OR_RETURN(Room* const lives, house_.WhereIs(customer));
    if (!here || erased || lives == &room_ || lives == nullptr) return Status::Ok();  // items alone go below
    bool there = false;
    for (const auto& room : house_.compartments()) {
      ASSIGN_OR_RETURN(const std::optional<Departure> other, room->customer_keys->DepartureOf(customer));
      const bool later =
          other.has_value() && other->state == DepartureState::kGone && other->generation > departure->generation;
      if (there || (room.get() != lives && !later)) continue;
      ASSIGN_OR_RETURN(there, OpensIn(*room, customer));
    }
    ASSIGN_OR_RETURN(const bool erased_there, lives->customer_keys->IsErased(customer));
    if (!there && !erased_there) return TakeBack(customer, *lives);
    while (true) {
      SealedBatch batch;
      ASSIGN_OR_RETURN(const size_t items, sealed_.DeleteAllItems(batch, customer, kItemsPerCommit));
      if (items < kItemsPerCommit) {
        sealed_.DeleteRecord(batch, customer);
        ForgetMark(sealed_, batch, customer);
        ++report_.moved_away;
      }
      RETURN_IF_ERROR(Record(std::move(batch), EntryOf(Action::kCustomerMove), "restore: moved before"));
      if (items < kItemsPerCommit) return Status::Ok();
    }
  }

  static Result<bool> OpensIn(const Room& room, CustomerId customer) {
    Result<CustomerKeyPtr> keys = room.customer_keys->GetWithPast(customer);
    if (keys.reason() == Reason::kCustomerNotFound) keys = room.customer_keys->GetDeparted(customer);
    if (keys.reason() == Reason::kCustomerNotFound) return false;
    RETURN_IF_ERROR(keys.status());
    const Result<OpenRecord> record = room.sealed->GetRecordWith(customer, *keys);
    if (record.ok()) return true;
    if (record.reason() == Reason::kCustomerNotFound || record.reason() == Reason::kDataCorrupt) return false;
    return record.status();
  }

  // The copies are from before the move.  What was taken away since, wherever the customer lived, is taken again.
  Status TakeBack(CustomerId customer, Room& lives) {
    const Result<CustomerKeyPtr> past = keys_.GetDeparted(customer);
    if (past.reason() == Reason::kCustomerNotFound) return Lose(customer);
    RETURN_IF_ERROR(past.status());
    const Result<OpenRecord> record = sealed_.GetRecordWith(customer, *past);
    if (record.reason() == Reason::kDataCorrupt) return Lose(customer);
    RETURN_IF_ERROR(record.status());
    std::vector<TakenRow> taken;
    for (const auto& room : house_.compartments()) {
      if (room.get() == &room_) continue;
      ASSIGN_OR_RETURN(const std::vector<TakenRow> some, room->customer_keys->TakenFrom(customer));
      taken.insert(taken.end(), some.begin(), some.end());
    }
    ASSIGN_OR_RETURN(const std::optional<ErasureBlock> block, lives.customer_keys->BlockOf(customer));
    RETURN_IF_ERROR(keys_.TakeBack(customer, taken, block));
    RETURN_IF_ERROR(lives.customer_keys->DropOrphans({customer}));
    ++report_.taken_back;
    return Record({}, EntryOf(Action::kCustomerMove), "restore: taken back; the move is not in the copies");
  }

  Result<bool> IsGone(CustomerId customer) {
    ASSIGN_OR_RETURN(const bool erased, keys_.IsErased(customer));
    if (erased) {  // a key beside that says so would be an old one that was put back
      const Status destroyed = keys_.Destroy(customer, house_.clock().NowMillis());
      if (!destroyed.ok() && destroyed.reason() != Reason::kCustomerNotFound) return destroyed;
      return true;
    }
    ASSIGN_OR_RETURN(const std::vector<CustomerId> with_key, keys_.Scan(customer, 1));
    return with_key.empty() || with_key.front() != customer;
  }

  Status DropTheErased() {
    CustomerId begin = 0;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<CustomerId> page, sealed_.ScanRecords(begin, kPage));
      for (const CustomerId customer : page) {
        ASSIGN_OR_RETURN(const bool gone, IsGone(customer));
        if (gone) RETURN_IF_ERROR(Drop(customer));
      }
      if (page.size() < kPage) return FlushDropped();
      begin = page.back() + 1;
    }
  }

  Status DropItemsWithoutRecord() {
    CustomerId begin = 0;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<CustomerId> page, sealed_.ScanItemOwners(begin, kPage));
      for (const CustomerId customer : page) {
        ASSIGN_OR_RETURN(const std::vector<CustomerId> record, sealed_.ScanRecords(customer, 1));
        if (record.empty() || record.front() != customer) RETURN_IF_ERROR(Drop(customer));
      }
      if (page.size() < kPage) return FlushDropped();
      begin = page.back() + 1;
    }
  }

  Status Drop(CustomerId customer) {
    while (true) {
      ASSIGN_OR_RETURN(const size_t items, sealed_.DeleteAllItems(dropped_, customer, kItemsPerCommit));
      if (items < kItemsPerCommit) break;
      RETURN_IF_ERROR(FlushDropped());
    }
    sealed_.DeleteRecord(dropped_, customer);
    ForgetMark(sealed_, dropped_, customer);
    ++dropped_customers_;
    ++report_.erased_again;
    const bool full = dropped_.ApproximateSizeBytes() >= kBatchBytes / 4 || dropped_customers_ >= kPage;
    return full ? FlushDropped() : Status::Ok();
  }

  Status FlushDropped() {
    SealedBatch batch = std::move(dropped_);
    dropped_ = SealedBatch();
    if (batch.empty()) return Status::Ok();
    AuditEntry entry = EntryOf(Action::kCustomerErase);
    entry.count = std::exchange(dropped_customers_, 0);
    return Record(std::move(batch), std::move(entry), "restore: erased before");
  }

  Status DropIndexRows(char kind) {
    Bytes next;
    do {
      SealedBatch batch;
      ASSIGN_OR_RETURN(next, sealed_.DeleteIndexRows(batch, kind, next, kRowsPerCommit));
      if (batch.empty()) continue;
      RETURN_IF_ERROR(Record(std::move(batch), EntryOf(Action::kStoreRestore), "index rows, to be made anew"));
    } while (!next.empty());
    return Status::Ok();
  }

  // --- who lives -----------------------------------------------------------------------------------------------------

  Status Restore(CustomerId customer) {
    const Result<CustomerKeyPtr> keys = keys_.GetWithPast(customer);
    if (keys.reason() == Reason::kCustomerNotFound) return Status::Ok();  // went above
    if (keys.reason() == Reason::kDataCorrupt || keys.reason() == Reason::kKeyMissing) return Lose(customer);
    RETURN_IF_ERROR(keys.status());
    const Result<OpenRecord> stored = sealed_.GetRecordWith(customer, *keys);
    if (stored.reason() == Reason::kDataCorrupt) return Lose(customer);
    RETURN_IF_ERROR(stored.status());
    const Result<strongroom::Record> parsed = strongroom::Record::Parse(stored->content.view());
    if (!parsed.ok()) return Lose(customer);
    ASSIGN_OR_RETURN(const std::vector<TakenRow> taken, keys_.TakenFrom(customer));
    strongroom::Record record = *parsed;
    ++report_.customers;
    RETURN_IF_ERROR(RestoreRecord(customer, **keys, *stored, taken, record));
    RETURN_IF_ERROR(MarkWhoNeedsAKey(customer, **keys, taken, record));
    RETURN_IF_ERROR(AddRowsOf(customer, record));
    return AddTokensOf(customer, **keys, record);
  }

  Status Lose(CustomerId customer) {
    ++report_.unopenable;
    if (report_.lost_codes.size() < kMaxLostCodes)
      report_.lost_codes.push_back(house_.codes().EncodeCustomer(customer));
    return Status::Ok();
  }

  // Record and items under the present key, without what was taken away.
  Status RestoreRecord(CustomerId customer, const CustomerKey& key, const OpenRecord& stored,
                       const std::vector<TakenRow>& taken, strongroom::Record& record) {
    bool changed = false;
    std::vector<Bytes> files;
    for (const TakenRow& one : taken) {
      ByteReader reader(one.name);
      if (reader.U8() == static_cast<uint8_t>(kTakenFile)) {
        files.emplace_back(reader.Rest());
        continue;
      }
      const FieldId field = reader.U16();
      const ItemId item = reader.U32();
      RETURN_IF_ERROR(reader.Finish("the name of a value that was taken away"));
      const size_t gone = std::erase_if(
          record.values, [&](const RecordValue& value) { return value.field == field && value.item == item; });
      report_.fields_taken_again += gone;
      changed = changed || gone > 0;
      if (record.next_item <= item) {  // or a new value would get the number of one that was taken away
        record.next_item = item + 1;
        changed = true;
      }
    }
    RETURN_IF_ERROR(DeleteFiles(customer, files, record.audit_id));
    const bool old_key = stored.key->generation != key.generation;
    if (changed || old_key) {
      ASSIGN_OR_RETURN(const PlainBytes content, record.Encode());
      SealedBatch batch;
      ASSIGN_OR_RETURN(const Digest hash, sealed_.PutRecord(batch, customer, key, content.view(), stored.version));
      AuditEntry entry = EntryOf(Action::kCustomerRekey);
      entry.customers = {record.audit_id};
      entry.change = hash;
      RETURN_IF_ERROR(
          Record(std::move(batch), std::move(entry), "restore; generation " + std::to_string(key.generation)));
    }
    size_t resealed = 0;
    if (key.generation > 1) {
      ASSIGN_OR_RETURN(resealed, ResealItems(customer, key, record.audit_id));
    }
    if (old_key || resealed > 0) ++report_.moved_to_new_key;
    return Status::Ok();
  }

  Status DeleteFiles(CustomerId customer, const std::vector<Bytes>& files, const AuditId& audit_id) {
    if (files.empty()) return Status::Ok();
    const std::set<ByteView> gone(files.begin(), files.end());
    std::set<ByteView> found;
    SealedBatch batch;
    for (const char kind : {kFileChunkKind, kFileManifestKind}) {
      ASSIGN_OR_RETURN(const std::vector<Bytes> names, sealed_.ListItems(customer, kind, kMaxItems));
      for (const Bytes& name : names) {
        const auto file = gone.find(ByteView(name).substr(0, kFileIdBytes));
        if (file == gone.end()) continue;
        found.insert(*file);
        sealed_.DeleteItem(batch, customer, kind, name);
      }
    }
    report_.fields_taken_again += found.size();
    if (batch.empty()) return Status::Ok();
    AuditEntry entry = EntryOf(Action::kFileDelete);
    entry.customers = {audit_id};
    entry.count = static_cast<uint32_t>(found.size());
    return Record(std::move(batch), std::move(entry), "restore: deleted before");
  }

  Result<size_t> ResealItems(CustomerId customer, const CustomerKey& key, const AuditId& audit_id) {
    size_t resealed = 0;
    Bytes after;
    while (true) {
      SealedBatch batch;
      ASSIGN_OR_RETURN(const ResealedItems page, sealed_.ResealItems(batch, customer, key, after, kBatchBytes));
      report_.unopenable += page.unreadable;
      if (page.resealed > 0) {
        AuditEntry entry = EntryOf(Action::kCustomerRekey);
        entry.customers = {audit_id};
        entry.count = static_cast<uint32_t>(page.resealed);
        RETURN_IF_ERROR(Record(std::move(batch), std::move(entry), "restore: items"));
        resealed += page.resealed;
      }
      if (page.last) return resealed;
      after = page.next;
    }
  }

  // The copy may be from before the mark was made, and the key store has it that there was one: something was taken
  // away that the present key has sealed, or the customer stands between two keys.
  Status MarkWhoNeedsAKey(CustomerId customer, const CustomerKey& key, const std::vector<TakenRow>& taken,
                          const strongroom::Record& record) {
    const bool sealed_it =
        std::any_of(taken.begin(), taken.end(), [&](const TakenRow& one) { return one.generation >= key.generation; });
    ASSIGN_OR_RETURN(const bool between_keys, keys_.IsBetweenKeys(customer));
    if (!sealed_it && !between_keys) return Status::Ok();
    SealedBatch batch;
    RETURN_IF_ERROR(MarkForRekey(sealed_, batch, customer, house_.clock().NowMillis()));
    AuditEntry entry = EntryOf(Action::kCustomerRekey);
    entry.customers = {record.audit_id};
    return Record(std::move(batch), std::move(entry), "restore: is to get a new key");
  }

  // --- rows ----------------------------------------------------------------------------------------------------------

  Status AddRowsOf(CustomerId customer, const strongroom::Record& record) {
    for (const IndexRow& row : IndexRowsOf(catalogue_, record, house_.clock())) {
      RETURN_IF_ERROR(rows_.AddReference(row.label, row.value, customer));
    }
    if (const RecordValue* external_id = record.Find(kExternalIdField)) {
      RETURN_IF_ERROR(
          rows_.AddUnique(sealed_.MarkOfUnique(ExternalIdLabel(), external_id->text), EncodeCustomer(customer)));
    }
    return rows_.AddUnique(sealed_.MarkOfUnique(AuditIdLabel(), View(record.audit_id)), EncodeCustomer(customer));
  }

  Status AddTokensOf(CustomerId customer, const CustomerKey& key, const strongroom::Record& record) {
    ASSIGN_OR_RETURN(const std::vector<Bytes> names, sealed_.ListItems(customer, kTokenItemKind, kMaxItems));
    for (const Bytes& name : names) {
      const Result<std::optional<OpenItem>> opened = sealed_.GetItem(customer, key, kTokenItemKind, name);
      if (opened.reason() == Reason::kDataCorrupt) continue;  // counted above
      RETURN_IF_ERROR(opened.status());
      if (!opened->has_value()) continue;
      ASSIGN_OR_RETURN(TokenItem token, TokenItem::Decode((*opened)->content.view()));
      if (token.format == TokenFormat::kFormatPreserving) RETURN_IF_ERROR(KeepInDirectory(customer, name, token));
      if (token.format != TokenFormat::kDeterministic) continue;
      RETURN_IF_ERROR(RenewMark(customer, key, record, name, **opened, token));
      const Bytes id = TokenIdOf(token.home, name);
      RETURN_IF_ERROR(rows_.AddReference(TokenOwnerLabel(), id, customer));
      if (!token.value_mark.has_value()) continue;
      RETURN_IF_ERROR(
          rows_.AddUnique({kUniqueKind, *token.value_mark, 0}, token.revoked ? id + kRevokedMark : id, MergeValueRows));
    }
    return Status::Ok();
  }

  // An item from before items held marks names its row by a key of epoch 1: it gets the mark, as long as that can be
  // told; else from the value.  A value that was replaced since needs no row: the token is outdated.
  Status RenewMark(CustomerId customer, const CustomerKey& key, const strongroom::Record& record, const Bytes& name,
                   const OpenItem& opened, TokenItem& token) {
    if (token.value_row_of_epoch_1.empty()) return Status::Ok();
    const Result<RowMark> mark = token.ValueMark(sealed_);
    if (mark.ok()) {
      token.value_mark = mark->mark;
    } else {
      const RecordValue* const value = record.FindItem(token.field, token.item);
      const FieldDef* const field = catalogue_.FindField(token.field);
      if (value != nullptr && field != nullptr) {
        const std::string normalised = NormaliseForSearch(field->type, value->text, field->options, house_.clock());
        token.value_mark =
            sealed_.MarkOfUnique(DeterministicTokenLabel(field->id), DirectoryName(token.domain, normalised)).mark;
      }
    }
    token.value_row_of_epoch_1.clear();
    SealedBatch batch;
    sealed_.ExpectItem(batch, customer, kTokenItemKind, name, opened.version);
    RETURN_IF_ERROR(sealed_.PutItem(batch, customer, key, kTokenItemKind, name, token.Encode()));
    AuditEntry entry = EntryOf(Action::kEpochRotate);
    entry.customers = {record.audit_id};
    return Record(std::move(batch), std::move(entry), "restore: token written anew");
  }

  // The office's copy may be older than the compartment's.
  Status KeepInDirectory(CustomerId customer, const Bytes& name, const TokenItem& token) {
    const Room& office = house_.office();
    const Bytes row = DirectoryName(token.domain, token.shown);
    ASSIGN_OR_RETURN(const std::optional<Document> there, office.sealed->GetDocument(Table::kTokenDirectory, row));
    const Bytes id = TokenIdOf(customer, name);
    if (there.has_value()) {
      report_.unique_conflicts += there->content != id;
      return Status::Ok();
    }
    SealedBatch batch;
    RETURN_IF_ERROR(office.sealed->PutDocument(batch, Table::kTokenDirectory, row, id, kAbsent));
    AuditEntry entry = EntryOf(Action::kStoreRestore);
    entry.detail = "directory of token domain " + token.domain;
    return office.journal->Submit(std::move(batch), std::move(entry)).Wait();
  }

  // --- the log -------------------------------------------------------------------------------------------------------

  static AuditEntry EntryOf(Action action) {
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = action;
    entry.decision = Decision::kPlain;
    return entry;
  }

  Status Record(SealedBatch batch, AuditEntry entry, std::string detail) {
    entry.detail = std::move(detail);
    const Status written = room_.journal->Submit(std::move(batch), std::move(entry)).Wait();
    return written.reason() == Reason::kStorageConflict ? Status(Reason::kRecordBusy) : written;
  }

  House& house_;
  Room& room_;
  const SealedStore& sealed_;
  CustomerKeys& keys_;
  const Catalogue& catalogue_;
  const std::function<void(uint64_t)>& progress_;
  ReplayReport report_;
  ReplayRows rows_;
  SealedBatch dropped_;
  uint32_t dropped_customers_ = 0;
};

}  // namespace

Result<ReplayReport> ReplayLedger(House& house, Room& room, const Catalogue& catalogue,
                                  const std::function<void(uint64_t)>& progress) {
  if (room.customer_keys == nullptr) return ReplayReport();  // the office holds no customers
  return Replay(house, room, catalogue, progress).Run();
}

}  // namespace strongroom
