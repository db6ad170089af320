#include "vault/erasure_plan.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "vault/index_rows.h"
#include "vault/token_item.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 2;
constexpr size_t kMaxTokens = 10'000'000;        // all of them: a forgotten one would leave rows behind
// Of the lists that grow with the tokens.  Sealed, the intent must stay below the store's limit for a value, and the
// commit that deletes what it lists below that for a batch.
constexpr size_t kMaxListedBytes = 600 * 1024;

Bytes IntentName(CustomerId customer) {
  Bytes name = "erase";
  ByteWriter(name).U64(customer);
  return name;
}

size_t ListedBytes(const Bytes& row) { return row.size() + 4; }

Bytes SharedTokenId(CustomerId home, ByteView item_name) {
  Bytes token;
  ByteWriter writer(token);
  writer.U64(home);
  writer.Raw(item_name);
  return token;
}

}  // namespace

Result<ErasurePlan> ErasurePlan::Make(const Room& room, const Catalogue& catalogue, const OpenCustomer& customer,
                                      const Clock& clock) {
  const SealedStore& sealed = *room.sealed;
  const Record& record = customer.record;
  ErasurePlan plan;
  plan.customer = customer.id;
  plan.audit_id = record.audit_id;
  plan.epoch = record.epoch;
  SealedBatch deletes;
  for (const IndexRow& row : IndexRowsOf(catalogue, record, clock, RowsOf::kEveryRule)) {
    RETURN_IF_ERROR(sealed.DeleteReference(deletes, record.epoch, row.label, row.value, customer.id));
  }
  if (const RecordValue* external_id = record.Find(kExternalIdField)) {
    RETURN_IF_ERROR(sealed.DeleteUnique(deletes, record.epoch, ExternalIdLabel(), external_id->text));
  }
  RETURN_IF_ERROR(sealed.DeleteUnique(deletes, record.epoch, AuditIdLabel(), View(record.audit_id)));

  sealed.DeleteRecord(deletes, customer.id);
  plan.rows = SealedStore::PlannedDeletes(deletes);
  return plan;
}

Result<bool> ErasurePlan::AddTokens(const Room& room, const Room& office, const CustomerKey& key) {
  const SealedStore& sealed = *room.sealed;
  ASSIGN_OR_RETURN(const std::vector<Bytes> names, sealed.ListItems(customer, kTokenItemKind, kMaxTokens));
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
      SharedToken one{SharedTokenId(token.home, name), token.value_row};
      SealedBatch owner;
      RETURN_IF_ERROR(sealed.DeleteReference(owner, epoch, TokenOwnerLabel(), one.token, customer));
      const std::vector<Bytes> owner_rows = SealedStore::PlannedDeletes(owner);
      size_t bytes = ListedBytes(one.token) + ListedBytes(one.value_row);
      for (const Bytes& row : owner_rows) bytes += ListedBytes(row);
      if (!fits(bytes)) return Status(Reason::kRecordTooLarge);
      rows.insert(rows.end(), owner_rows.begin(), owner_rows.end());
      shared.push_back(std::move(one));
    }
    return Status::Ok();
  };
  for (const Bytes& name : names) {
    if (!list(name).ok()) ++unlisted;
  }
  return !directory_rows.empty() || !shared.empty() || unlisted > 0;
}

Result<size_t> ErasurePlan::CountTokens(const Room& room) const {
  ASSIGN_OR_RETURN(const std::vector<Bytes> names, room.sealed->ListItems(customer, kTokenItemKind, kMaxTokens));
  return names.size();
}

Status ErasurePlan::PutIntent(const SealedStore& sealed, SealedBatch& batch) const {
  Bytes content;
  ByteWriter writer(content);
  writer.U8(kFormatVersion);
  writer.U64(customer);
  writer.Raw(View(audit_id));
  writer.Varint(epoch);
  writer.U8(tokens_listed ? 1 : 0);
  writer.Varint(tokens);
  writer.Varint(unlisted);
  writer.Varint(rows.size());
  for (const Bytes& row : rows) writer.Prefixed(row);
  writer.Varint(directory_rows.size());
  for (const Bytes& row : directory_rows) writer.Prefixed(row);
  writer.Varint(shared.size());
  for (const SharedToken& token : shared) {
    writer.Prefixed(token.token);
    writer.Prefixed(token.value_row);
  }
  return sealed.PutDocument(batch, Table::kIntent, IntentName(customer), content, version);
}

Result<ErasurePlan> ErasurePlan::Decode(ByteView content) {
  ByteReader reader(content);
  ErasurePlan plan;
  const uint8_t format = reader.U8();
  plan.customer = reader.U64();
  const ByteView audit_id = reader.Raw(plan.audit_id.size());
  plan.epoch = static_cast<Epoch>(reader.Varint());
  plan.tokens_listed = reader.U8() != 0;
  plan.tokens = reader.Varint();
  plan.unlisted = reader.Varint();
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) plan.rows.emplace_back(reader.Prefixed());
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left)
    plan.directory_rows.emplace_back(reader.Prefixed());
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    Bytes token(reader.Prefixed());
    plan.shared.push_back({std::move(token), Bytes(reader.Prefixed())});
  }
  RETURN_IF_ERROR(reader.Finish("an erasure's intent"));
  if (format != kFormatVersion) return Status(Reason::kDataCorrupt, "an erasure's intent is of another format");
  std::copy(audit_id.begin(), audit_id.end(), plan.audit_id.begin());
  return plan;
}

Result<std::optional<ErasurePlan>> ErasurePlan::Find(const SealedStore& sealed, CustomerId customer) {
  ASSIGN_OR_RETURN(const std::optional<Document> document, sealed.GetDocument(Table::kIntent, IntentName(customer)));
  if (!document.has_value()) return std::optional<ErasurePlan>();
  ASSIGN_OR_RETURN(ErasurePlan plan, Decode(document->content));
  plan.version = document->version;
  return std::optional<ErasurePlan>(std::move(plan));
}

Status ErasurePlan::AddDeletes(const SealedStore& sealed, SealedBatch& batch) const {
  SealedStore::DeleteRows(batch, rows);
  for (const SharedToken& token : shared) {
    // The version first: whoever becomes an owner after it is read writes the row again, and this batch conflicts.
    ASSIGN_OR_RETURN(const StoreVersion row_version, sealed.RowVersion(token.value_row));
    if (row_version == kAbsent) continue;
    ASSIGN_OR_RETURN(const std::vector<CustomerId> owners, sealed.FindReferences(TokenOwnerLabel(), token.token, 2));
    const bool others =
        std::any_of(owners.begin(), owners.end(), [this](CustomerId owner) { return owner != customer; });
    if (others) continue;
    SealedStore::ExpectRow(batch, token.value_row, row_version);
    SealedStore::DeleteRows(batch, {token.value_row});
  }
  sealed.ExpectDocument(batch, Table::kIntent, IntentName(customer), version);
  sealed.DeleteDocument(batch, Table::kIntent, IntentName(customer));
  return Status::Ok();
}

}  // namespace strongroom
