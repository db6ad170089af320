#include "vault/erasure_plan.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "vault/disclosure_note.h"
#include "vault/file_manifest.h"
#include "vault/guesses.h"
#include "vault/index_rows.h"
#include "vault/rekey.h"
#include "vault/token_item.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 5;
constexpr uint8_t kCountlessVersion = 4;   // neither when it was asked for nor items other than tokens
                                           // 3: not sealed under the epoch, so whoever kept it could confirm guesses
constexpr uint8_t kRowKeysVersion = 2;     // row keys of one epoch, where there are marks now
constexpr char kSignInItemKind = 's';      // of access/customer_account.h, which stands above
constexpr size_t kMaxTokens = 10'000'000;  // all of them: a forgotten one would leave rows behind
// Of the lists that grow with the tokens.  Sealed, the intent must stay below the store's limit for a value, and the
// commit that deletes what it lists below that for a batch.
constexpr size_t kMaxListedBytes = 600 * 1024;

Bytes IntentName(CustomerId customer) {
  Bytes name = "erase";
  ByteWriter(name).U64(customer);
  return name;
}

size_t ListedBytes(const Bytes& row) { return row.size() + 4; }
// A mark is listed in 17 bytes, and deleted as a key of 25 in each of two epochs.
constexpr size_t kMarkListedBytes = 64;

void WriteMark(ByteWriter& writer, const RowMark& mark) {
  writer.U8(static_cast<uint8_t>(mark.kind));
  writer.Raw(View(mark.mark));
}

Result<RowMark> ReadMark(ByteReader& reader, CustomerId customer) {
  RowMark mark;
  mark.kind = static_cast<char>(reader.U8());
  const ByteView bytes = reader.Raw(mark.mark.size());
  if (reader.failed() || (mark.kind != kReferenceKind && mark.kind != kUniqueKind)) {
    return Status(Reason::kDataCorrupt, "an erasure's intent names a row of an unknown kind");
  }
  std::copy(bytes.begin(), bytes.end(), mark.mark.begin());
  if (mark.kind == kReferenceKind) mark.customer = customer;
  return mark;
}

}  // namespace

Result<ErasurePlan> ErasurePlan::Make(const Room& room, const Catalogue& catalogue, const OpenCustomer& customer,
                                      const Clock& clock, UnixMillis asked_at) {
  const SealedStore& sealed = *room.sealed;
  const Record& record = customer.record;
  ErasurePlan plan;
  plan.customer = customer.id;
  plan.audit_id = record.audit_id;
  plan.asked_at = asked_at;
  for (const IndexRow& row : IndexRowsOf(catalogue, record, clock, RowsOf::kEveryRule)) {
    plan.rows.push_back(sealed.MarkOfReference(row.label, row.value, customer.id));
  }
  if (const RecordValue* external_id = record.Find(kExternalIdField)) {
    plan.rows.push_back(sealed.MarkOfUnique(ExternalIdLabel(), external_id->text));
  }
  plan.rows.push_back(sealed.MarkOfUnique(AuditIdLabel(), View(record.audit_id)));
  return plan;
}

Result<bool> ErasurePlan::AddTokens(const Room& room, const Room& office, const CustomerKey& key) {
  const SealedStore& sealed = *room.sealed;
  ASSIGN_OR_RETURN(const std::vector<Bytes> names, sealed.ListItems(customer, kTokenItemKind, kMaxTokens));
  RETURN_IF_ERROR(CountItems(room));
  tokens = names.size();
  tokens_listed = true;
  size_t listed_bytes = 0;
  const auto fits = [&listed_bytes](size_t bytes) {
    if (listed_bytes + bytes > kMaxListedBytes) return false;
    listed_bytes += bytes;
    return true;
  };
  const auto list = [&](const Bytes& name) -> Status {
    ASSIGN_OR_RETURN(const std::optional<OpenItem> opened, sealed.GetItem(customer, key, kTokenItemKind, name));
    if (!opened.has_value()) return Status::Ok();
    ASSIGN_OR_RETURN(const TokenItem token, TokenItem::Decode(opened->content.view()));
    if (token.format == TokenFormat::kFormatPreserving) {
      Bytes row = office.sealed->DocumentRowKey(Table::kTokenDirectory, DirectoryName(token.domain, token.shown));
      if (!fits(ListedBytes(row))) return Status(Reason::kRecordTooLarge);
      directory_rows.push_back(std::move(row));
    } else if (token.format == TokenFormat::kDeterministic) {
      SharedToken one{TokenIdOf(token.home, name), {}};
      ASSIGN_OR_RETURN(one.value, token.ValueMark(sealed));
      if (!fits(ListedBytes(one.token) + 2 * kMarkListedBytes)) return Status(Reason::kRecordTooLarge);
      rows.push_back(sealed.MarkOfReference(TokenOwnerLabel(), one.token, customer));
      shared.push_back(std::move(one));
    }
    return Status::Ok();
  };
  for (const Bytes& name : names) {
    if (!list(name).ok()) ++unlisted;
  }
  return tokens + files + disclosures + other_items > 0;
}

Status ErasurePlan::CountItems(const Room& room) {
  const auto count = [&](char kind, size_t& counted) -> Status {
    ASSIGN_OR_RETURN(const std::vector<Bytes> names, room.sealed->ListItems(customer, kind, kMaxTokens));
    counted += names.size();
    return Status::Ok();
  };
  tokens = files = disclosures = other_items = 0;
  RETURN_IF_ERROR(count(kTokenItemKind, tokens));
  RETURN_IF_ERROR(count(kFileManifestKind, files));
  RETURN_IF_ERROR(count(kDisclosureKind, disclosures));
  RETURN_IF_ERROR(count(kGuessItemKind, other_items));
  return count(kSignInItemKind, other_items);
}

Status ErasurePlan::PutIntent(const SealedStore& sealed, SealedBatch& batch) const {
  Bytes plan;
  ByteWriter writer(plan);
  writer.Raw(View(audit_id));
  writer.U64(static_cast<uint64_t>(asked_at));
  writer.U8(tokens_listed ? 1 : 0);
  writer.Varint(tokens);
  writer.Varint(unlisted);
  for (const size_t counted : {files, disclosures, other_items}) writer.Varint(counted);
  writer.Varint(rows.size());
  for (const RowMark& row : rows) WriteMark(writer, row);
  writer.Varint(directory_rows.size());
  for (const Bytes& row : directory_rows) writer.Prefixed(row);
  writer.Varint(shared.size());
  for (const SharedToken& token : shared) {
    writer.Prefixed(token.token);
    WriteMark(writer, token.value);
  }
  Bytes content;
  ByteWriter outer(content);
  outer.U8(kFormatVersion);
  outer.U64(customer);
  ASSIGN_OR_RETURN(const Bytes kept, sealed.SealForEpoch(batch, plan, IntentName(customer)));
  outer.Raw(kept);
  return sealed.PutDocument(batch, Table::kIntent, IntentName(customer), content, version);
}

Result<ErasurePlan> ErasurePlan::Decode(const SealedStore& sealed, ByteView content) {
  ByteReader outer(content);
  ErasurePlan plan;
  const uint8_t format = outer.U8();
  if (format < kRowKeysVersion || format > kFormatVersion) {
    return Status(Reason::kDataCorrupt, "an erasure's intent is of another format");
  }
  plan.customer = outer.U64();
  if (outer.failed()) return Status(Reason::kDataCorrupt, "an erasure's intent is cut short");
  Bytes opened(outer.Rest());
  if (format >= kCountlessVersion) {
    ASSIGN_OR_RETURN(SealedStore::EpochContent kept, sealed.OpenForEpoch(opened, IntentName(plan.customer)));
    opened = std::move(kept.content);
    plan.sealed_under = kept.epoch;
  }
  ByteReader reader(opened);
  const ByteView audit_id = reader.Raw(plan.audit_id.size());
  if (format == kFormatVersion) plan.asked_at = static_cast<UnixMillis>(reader.U64());
  const Epoch epoch = format == kRowKeysVersion ? static_cast<Epoch>(reader.Varint()) : 0;
  plan.tokens_listed = reader.U8() != 0;
  plan.tokens = reader.Varint();
  plan.unlisted = reader.Varint();
  if (format == kFormatVersion) {
    for (size_t* const counted : {&plan.files, &plan.disclosures, &plan.other_items}) *counted = reader.Varint();
  }
  const auto read_mark = [&](std::vector<RowMark>* rows, RowMark* one) -> Status {
    RowMark mark;
    if (format != kRowKeysVersion) {
      ASSIGN_OR_RETURN(mark, ReadMark(reader, plan.customer));
    } else {
      const Bytes row_key(reader.Prefixed());
      if (row_key.empty() || row_key.front() == 'c') return Status::Ok();  // the record: found by the customer's id
      ASSIGN_OR_RETURN(mark, sealed.MarkOfRow(epoch, row_key, plan.customer));
    }
    if (rows != nullptr) rows->push_back(mark);
    if (one != nullptr) *one = mark;
    return Status::Ok();
  };
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    RETURN_IF_ERROR(read_mark(&plan.rows, nullptr));
  }
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left)
    plan.directory_rows.emplace_back(reader.Prefixed());
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    SharedToken token{Bytes(reader.Prefixed()), {}};
    RETURN_IF_ERROR(read_mark(nullptr, &token.value));
    plan.shared.push_back(std::move(token));
  }
  RETURN_IF_ERROR(reader.Finish("an erasure's intent"));
  std::copy(audit_id.begin(), audit_id.end(), plan.audit_id.begin());
  return plan;
}

Result<std::optional<ErasurePlan>> ErasurePlan::Find(const SealedStore& sealed, CustomerId customer) {
  ASSIGN_OR_RETURN(const std::optional<Document> document, sealed.GetDocument(Table::kIntent, IntentName(customer)));
  if (!document.has_value()) return std::optional<ErasurePlan>();
  ASSIGN_OR_RETURN(ErasurePlan plan, Decode(sealed, document->content));
  plan.version = document->version;
  return std::optional<ErasurePlan>(std::move(plan));
}

Status ErasurePlan::AddDeletes(const SealedStore& sealed, SealedBatch& batch) const {
  sealed.DeleteRecord(batch, customer);
  ForgetMark(sealed, batch, customer);
  RETURN_IF_ERROR(sealed.DeleteMarked(batch, rows));
  for (const SharedToken& token : shared) {
    // The row first: whoever becomes an owner after it is found writes it again, and this batch conflicts.
    ASSIGN_OR_RETURN(const std::optional<RowPlace> row, sealed.FindRow(token.value));
    if (!row.has_value()) continue;
    ASSIGN_OR_RETURN(const std::vector<CustomerId> owners, sealed.FindReferences(TokenOwnerLabel(), token.token, 2));
    const bool others =
        std::any_of(owners.begin(), owners.end(), [this](CustomerId owner) { return owner != customer; });
    if (others) continue;
    SealedStore::ExpectRow(batch, *row);
    RETURN_IF_ERROR(sealed.DeleteMarked(batch, {token.value}));
  }
  sealed.ExpectDocument(batch, Table::kIntent, IntentName(customer), version);
  sealed.DeleteDocument(batch, Table::kIntent, IntentName(customer));
  return Status::Ok();
}

}  // namespace strongroom
