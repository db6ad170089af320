#include "vault/erasure_plan.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "vault/index_rows.h"
#include "vault/normalise.h"
#include "vault/token_item.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr size_t kMaxItems = 20'000;

Bytes IntentName(CustomerId customer) {
  Bytes name = "erase";
  ByteWriter(name).U64(customer);
  return name;
}

Bytes SharedTokenId(CustomerId customer, ByteView item_name) {
  Bytes token;
  ByteWriter writer(token);
  writer.U64(static_cast<uint64_t>(BucketOf(customer)) << (64 - kBucketBits));
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
  SealedBatch deletes;
  for (const IndexRow& row : IndexRowsOf(catalogue, record, clock)) {
    RETURN_IF_ERROR(sealed.DeleteReference(deletes, record.epoch, row.label, row.value, customer.id));
  }
  if (const RecordValue* external_id = record.Find(kExternalIdField)) {
    RETURN_IF_ERROR(sealed.DeleteUnique(deletes, record.epoch, ExternalIdLabel(), external_id->text));
  }
  RETURN_IF_ERROR(sealed.DeleteUnique(deletes, record.epoch, AuditIdLabel(), View(record.audit_id)));

  ASSIGN_OR_RETURN(const std::vector<Bytes> tokens, sealed.ListItems(customer.id, kTokenItemKind, kMaxItems));
  plan.tokens = tokens.size();
  for (const Bytes& name : tokens) {
    ASSIGN_OR_RETURN(const std::optional<OpenItem> opened, sealed.GetItem(customer.id, *customer.stored.key, kTokenItemKind, name));
    if (!opened.has_value()) continue;
    ASSIGN_OR_RETURN(const TokenItem token, TokenItem::Decode(opened->content.view()));
    if (token.format == TokenFormat::kFormatPreserving) plan.directory_names.push_back(DirectoryName(token.domain, token.shown));
    if (token.format != TokenFormat::kDeterministic) continue;
    const Bytes token_id = SharedTokenId(customer.id, name);
    RETURN_IF_ERROR(sealed.DeleteReference(deletes, record.epoch, TokenOwnerLabel(), token_id, customer.id));
    const RecordValue* value = record.FindItem(token.field, token.item);
    const FieldDef* field = catalogue.FindField(token.field);
    if (value == nullptr || field == nullptr) continue;
    SealedBatch value_row;
    const Bytes labelled = DirectoryName(token.domain, NormaliseForSearch(field->type, value->text, field->options, clock));
    RETURN_IF_ERROR(sealed.DeleteUnique(value_row, record.epoch, DeterministicTokenLabel(token.field), labelled));
    plan.shared.push_back({token_id, SealedStore::PlannedDeletes(value_row).front()});
  }
  ASSIGN_OR_RETURN(const size_t items, sealed.DeleteAllItems(deletes, customer.id, kMaxItems));
  if (items == kMaxItems) return Status(Reason::kRecordTooLarge, "the customer has more than 20,000 files and tokens; revoke tokens first");
  sealed.DeleteRecord(deletes, customer.id);
  plan.rows = SealedStore::PlannedDeletes(deletes);
  return plan;
}

Status ErasurePlan::PutIntent(const SealedStore& sealed, SealedBatch& batch) const {
  Bytes content;
  ByteWriter writer(content);
  writer.U8(kFormatVersion);
  writer.U64(customer);
  writer.Raw(View(audit_id));
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
  return sealed.OverwriteDocument(batch, Table::kIntent, IntentName(customer), content);
}

Result<ErasurePlan> ErasurePlan::Decode(ByteView content) {
  ByteReader reader(content);
  ErasurePlan plan;
  const uint8_t version = reader.U8();
  plan.customer = reader.U64();
  const ByteView audit_id = reader.Raw(plan.audit_id.size());
  plan.tokens = reader.Varint();
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) plan.rows.emplace_back(reader.Prefixed());
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) plan.directory_names.emplace_back(reader.Prefixed());
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    Bytes token(reader.Prefixed());
    plan.shared.push_back({std::move(token), Bytes(reader.Prefixed())});
  }
  RETURN_IF_ERROR(reader.Finish("an erasure's intent"));
  if (version != kFormatVersion) return Status(Reason::kDataCorrupt, "an erasure's intent is of a newer format");
  std::copy(audit_id.begin(), audit_id.end(), plan.audit_id.begin());
  return plan;
}

Status ErasurePlan::AddDeletes(const SealedStore& sealed, SealedBatch& batch) const {
  SealedStore::DeleteRows(batch, rows);
  for (const SharedToken& token : shared) {
    ASSIGN_OR_RETURN(const std::vector<CustomerId> owners, sealed.FindReferences(TokenOwnerLabel(), token.token, 2));
    const bool others = std::any_of(owners.begin(), owners.end(), [this](CustomerId owner) { return owner != customer; });
    if (!others) SealedStore::DeleteRows(batch, {token.value_row});
  }
  sealed.DeleteDocument(batch, Table::kIntent, IntentName(customer));
  return Status::Ok();
}

}  // namespace strongroom
