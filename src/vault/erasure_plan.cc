#include "vault/erasure_plan.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "vault/index_rows.h"
#include "vault/token_item.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr size_t kMaxTokens = 10'000'000;        // all of them: a forgotten one would leave rows behind
constexpr size_t kMaxIntentBytes = 1000 * 1024;  // sealed, it must stay below the store's limit for a value

Bytes IntentName(CustomerId customer) {
  Bytes name = "erase";
  ByteWriter(name).U64(customer);
  return name;
}

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
  for (const IndexRow& row : IndexRowsOf(catalogue, record, clock)) {
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

Result<bool> ErasurePlan::AddTokens(const Room& room, const CustomerKey& key) {
  const SealedStore& sealed = *room.sealed;
  ASSIGN_OR_RETURN(const std::vector<Bytes> names, sealed.ListItems(customer, kTokenItemKind, kMaxTokens));
  SealedBatch deletes;
  tokens = names.size();
  tokens_listed = true;
  for (const Bytes& name : names) {
    ASSIGN_OR_RETURN(const std::optional<OpenItem> opened, sealed.GetItem(customer, key, kTokenItemKind, name));
    if (!opened.has_value()) continue;
    ASSIGN_OR_RETURN(const TokenItem token, TokenItem::Decode(opened->content.view()));
    if (token.format == TokenFormat::kFormatPreserving)
      directory_names.push_back(DirectoryName(token.domain, token.shown));
    if (token.format != TokenFormat::kDeterministic) continue;
    const Bytes token_id = SharedTokenId(token.home, name);
    RETURN_IF_ERROR(sealed.DeleteReference(deletes, epoch, TokenOwnerLabel(), token_id, customer));
    shared.push_back({token_id, token.value_row});
  }
  const std::vector<Bytes> owner_rows = SealedStore::PlannedDeletes(deletes);
  rows.insert(rows.end(), owner_rows.begin(), owner_rows.end());
  return !directory_names.empty() || !shared.empty();
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
  writer.Varint(rows.size());
  for (const Bytes& row : rows) writer.Prefixed(row);
  writer.Varint(directory_names.size());
  for (const Bytes& name : directory_names) writer.Prefixed(name);
  writer.Varint(shared.size());
  for (const SharedToken& token : shared) {
    writer.Prefixed(token.token);
    writer.Prefixed(token.value_row);
  }
  if (content.size() > kMaxIntentBytes) {
    return Status(Reason::kRecordTooLarge, "the customer has more tokens than one erasure can list");
  }
  return sealed.OverwriteDocument(batch, Table::kIntent, IntentName(customer), content);
}

Result<ErasurePlan> ErasurePlan::Decode(ByteView content) {
  ByteReader reader(content);
  ErasurePlan plan;
  const uint8_t version = reader.U8();
  plan.customer = reader.U64();
  const ByteView audit_id = reader.Raw(plan.audit_id.size());
  plan.epoch = static_cast<Epoch>(reader.Varint());
  plan.tokens_listed = reader.U8() != 0;
  plan.tokens = reader.Varint();
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) plan.rows.emplace_back(reader.Prefixed());
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left)
    plan.directory_names.emplace_back(reader.Prefixed());
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    Bytes token(reader.Prefixed());
    plan.shared.push_back({std::move(token), Bytes(reader.Prefixed())});
  }
  RETURN_IF_ERROR(reader.Finish("an erasure's intent"));
  if (version != kFormatVersion) return Status(Reason::kDataCorrupt, "an erasure's intent is of a newer format");
  std::copy(audit_id.begin(), audit_id.end(), plan.audit_id.begin());
  return plan;
}

Result<std::optional<ErasurePlan>> ErasurePlan::Find(const SealedStore& sealed, CustomerId customer) {
  ASSIGN_OR_RETURN(const std::optional<Document> document, sealed.GetDocument(Table::kIntent, IntentName(customer)));
  if (!document.has_value()) return std::optional<ErasurePlan>();
  ASSIGN_OR_RETURN(ErasurePlan plan, Decode(document->content));
  return std::optional<ErasurePlan>(std::move(plan));
}

Status ErasurePlan::AddDeletes(const SealedStore& sealed, SealedBatch& batch) const {
  SealedStore::DeleteRows(batch, rows);
  for (const SharedToken& token : shared) {
    // The version first: whoever becomes an owner after it is read writes the row again, and this batch conflicts.
    ASSIGN_OR_RETURN(const StoreVersion version, sealed.RowVersion(token.value_row));
    if (version == kAbsent) continue;
    ASSIGN_OR_RETURN(const std::vector<CustomerId> owners, sealed.FindReferences(TokenOwnerLabel(), token.token, 2));
    const bool others =
        std::any_of(owners.begin(), owners.end(), [this](CustomerId owner) { return owner != customer; });
    if (others) continue;
    SealedStore::ExpectRow(batch, token.value_row, version);
    SealedStore::DeleteRows(batch, {token.value_row});
  }
  sealed.DeleteDocument(batch, Table::kIntent, IntentName(customer));
  return Status::Ok();
}

}  // namespace strongroom
