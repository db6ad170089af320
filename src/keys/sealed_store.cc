#include "keys/sealed_store.h"

#include <utility>

#include "base/encoding.h"
#include "keys/aad.h"

namespace strongroom {
namespace {

constexpr std::string_view kRecordItem = "record";

Bytes EncodeLabel(const IndexLabel& label) {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(label.kind);
  writer.U16(label.field);
  writer.U8(label.normaliser_version);
  writer.U8(label.length);
  return out;
}

Bytes ItemAad(CompartmentId compartment, CustomerId customer, uint32_t generation, char kind, ByteView item) {
  Bytes name(1, kind);
  name.append(item);
  return aad::CustomerItem(compartment, customer, generation, name);
}

}  // namespace

SealedStore::SealedStore(Store& data, std::shared_ptr<const KeyRing> ring, CustomerKeys* customer_keys, Random& random)
    : data_(data), ring_(std::move(ring)), customer_keys_(customer_keys), random_(random) {}

Bytes SealedStore::RecordKey(CustomerId customer) const {
  Bytes key = "c";
  ByteWriter(key).U64(customer);
  return key;
}

Bytes SealedStore::ItemKey(CustomerId customer, char kind, ByteView item) const {
  Bytes key = "d";
  ByteWriter(key).U64(customer);
  if (kind != 0) key.push_back(kind);
  key.append(item);
  return key;
}

Bytes SealedStore::DocumentKey(Table table, ByteView name) const {
  Bytes key = "n";
  ByteWriter writer(key);
  writer.U8(static_cast<uint8_t>(table));
  const Digest digest = ring_->index().Compute({"document", ByteView(key).substr(1, 1), name});
  writer.Raw(View(digest).substr(0, 16));
  return key;
}

// --- records ---------------------------------------------------------------------------------------------------------

Result<OpenRecord> SealedStore::OpenStored(CustomerId customer, const StoreValue& stored) const {
  ASSIGN_OR_RETURN(CustomerKeyPtr key, customer_keys_->Get(customer));
  ASSIGN_OR_RETURN(Bytes content, key->aead.Open(stored.bytes, aad::CustomerItem(compartment(), customer, key->generation,
                                                                                 kRecordItem)));
  return OpenRecord{PlainBytes(std::move(content)), stored.version, std::move(key), {}};
}

Result<OpenRecord> SealedStore::GetRecord(CustomerId customer, bool want_hash) const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, data_.Get(RecordKey(customer)));
  if (!stored.has_value()) return Status(Reason::kCustomerNotFound);
  Result<OpenRecord> record = OpenStored(customer, *stored);
  if (record.ok() && want_hash) record->sealed_hash = Sha256(stored->bytes);
  return record;
}

Result<std::vector<Result<OpenRecord>>> SealedStore::GetRecords(const std::vector<CustomerId>& customers) const {
  std::vector<Bytes> keys;
  keys.reserve(customers.size());
  for (CustomerId customer : customers) keys.push_back(RecordKey(customer));
  ASSIGN_OR_RETURN(const auto stored, data_.MultiGet(keys));
  std::vector<Result<OpenRecord>> records;
  records.reserve(customers.size());
  for (size_t i = 0; i < customers.size(); ++i) {
    if (stored[i].has_value()) {
      records.push_back(OpenStored(customers[i], *stored[i]));
    } else {
      records.emplace_back(Status(Reason::kCustomerNotFound));
    }
  }
  return records;
}

Result<Digest> SealedStore::PutRecord(SealedBatch& batch, CustomerId customer, const CustomerKey& key, ByteView content,
                                      StoreVersion expected) const {
  ASSIGN_OR_RETURN(Bytes sealed, key.aead.Seal(content, aad::CustomerItem(compartment(), customer, key.generation, kRecordItem),
                                               random_));
  const Digest hash = Sha256(sealed);
  batch.rows().conditions.push_back({RecordKey(customer), expected});
  batch.rows().puts.push_back({RecordKey(customer), std::move(sealed)});
  return hash;
}

void SealedStore::ExpectRecord(SealedBatch& batch, CustomerId customer, StoreVersion version) const {
  batch.rows().conditions.push_back({RecordKey(customer), version});
}

void SealedStore::DeleteRecord(SealedBatch& batch, CustomerId customer) const {
  batch.rows().deletes.push_back(RecordKey(customer));
}

Result<std::vector<CustomerId>> SealedStore::ScanRecords(CustomerId begin, size_t limit) const {
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows, data_.Scan({.begin = RecordKey(begin), .end = "d", .limit = limit}));
  std::vector<CustomerId> ids;
  ids.reserve(rows.size());
  for (const StoreRow& row : rows) {
    ByteReader reader(ByteView(row.key).substr(1));
    ids.push_back(reader.U64());
  }
  return ids;
}

// --- items -----------------------------------------------------------------------------------------------------------

Status SealedStore::PutItem(SealedBatch& batch, CustomerId customer, const CustomerKey& key, char kind, ByteView item,
                            ByteView content) const {
  ASSIGN_OR_RETURN(Bytes sealed,
                   key.aead.Seal(content, ItemAad(compartment(), customer, key.generation, kind, item), random_));
  batch.rows().puts.push_back({ItemKey(customer, kind, item), std::move(sealed)});
  return Status::Ok();
}

Result<std::optional<OpenItem>> SealedStore::GetItem(CustomerId customer, const CustomerKey& key, char kind,
                                                     ByteView item) const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, data_.Get(ItemKey(customer, kind, item)));
  if (!stored.has_value()) return std::optional<OpenItem>();
  ASSIGN_OR_RETURN(Bytes content,
                   key.aead.Open(stored->bytes, ItemAad(compartment(), customer, key.generation, kind, item)));
  return std::optional<OpenItem>(OpenItem{PlainBytes(std::move(content)), stored->version});
}

void SealedStore::ExpectItem(SealedBatch& batch, CustomerId customer, char kind, ByteView item, StoreVersion version) const {
  batch.rows().conditions.push_back({ItemKey(customer, kind, item), version});
}

void SealedStore::DeleteItem(SealedBatch& batch, CustomerId customer, char kind, ByteView item) const {
  batch.rows().deletes.push_back(ItemKey(customer, kind, item));
}

Result<std::vector<Bytes>> SealedStore::ListItems(CustomerId customer, char kind, size_t limit) const {
  const Bytes prefix = ItemKey(customer, kind, {});
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                   data_.Scan({.begin = prefix, .end = PrefixEnd(prefix), .limit = limit}));
  std::vector<Bytes> names;
  names.reserve(rows.size());
  for (const StoreRow& row : rows) names.push_back(row.key.substr(prefix.size()));
  return names;
}

Result<size_t> SealedStore::DeleteAllItems(SealedBatch& batch, CustomerId customer, size_t limit) const {
  const Bytes prefix = ItemKey(customer, 0, {});
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                   data_.Scan({.begin = prefix, .end = PrefixEnd(prefix), .limit = limit}));
  for (const StoreRow& row : rows) batch.rows().deletes.push_back(row.key);
  return rows.size();
}

std::vector<Bytes> SealedStore::PlannedDeletes(const SealedBatch& batch) { return batch.rows().deletes; }

void SealedStore::DeleteRows(SealedBatch& batch, const std::vector<Bytes>& row_keys) {
  batch.rows().deletes.insert(batch.rows().deletes.end(), row_keys.begin(), row_keys.end());
}

Result<size_t> SealedStore::CountRows(const std::vector<Bytes>& row_keys) const {
  ASSIGN_OR_RETURN(const auto rows, data_.MultiGet(row_keys));
  size_t count = 0;
  for (const auto& row : rows) count += row.has_value();
  return count;
}

Result<StoreVersion> SealedStore::RowVersion(const Bytes& row_key) const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, data_.Get(row_key));
  return row.has_value() ? row->version : kAbsent;
}

void SealedStore::ExpectRow(SealedBatch& batch, const Bytes& row_key, StoreVersion version) {
  batch.rows().conditions.push_back({row_key, version});
}

// --- references and unique rows --------------------------------------------------------------------------------------

Block SealedStore::Blind(const Blinder& blinder, const IndexLabel& label, ByteView value) const {
  const Digest digest = ring_->index().Compute({"reference", EncodeLabel(label), value});
  Block block;
  std::copy(digest.begin(), digest.begin() + block.size(), block.begin());
  return blinder.rows.Permute(block);
}

Bytes SealedStore::ReferenceKey(const Blinder& blinder, const IndexLabel& label, ByteView value, CustomerId customer) const {
  Bytes key = "i";
  ByteWriter writer(key);
  writer.Raw(View(Blind(blinder, label, value)));
  // The tail is derived, not drawn: the record need not store its rows' keys (docs/decisions/0001).
  Bytes owner;
  ByteWriter(owner).U64(customer);
  const Digest tail = blinder.tails.Compute({ByteView(key).substr(1), owner});
  writer.Raw(View(tail).substr(0, 8));
  return key;
}

Status SealedStore::AddSealedRow(SealedBatch& batch, const Aead& aead, Bytes row_key, ByteView content) const {
  ASSIGN_OR_RETURN(Bytes sealed, aead.Seal(content, aad::Row(compartment(), row_key), random_));
  batch.rows().puts.push_back({std::move(row_key), std::move(sealed)});
  return Status::Ok();
}

Status SealedStore::PutReference(SealedBatch& batch, Epoch epoch, const IndexLabel& label, ByteView value,
                                 CustomerId customer) const {
  const Blinder* blinder = ring_->BlinderOf(epoch);
  if (blinder == nullptr) return Status(Reason::kKeyMissing, "the blinding key of this epoch is no longer held");
  Bytes content;
  ByteWriter(content).U64(customer);
  return AddSealedRow(batch, blinder->refs, ReferenceKey(*blinder, label, value, customer), content);
}

Status SealedStore::DeleteReference(SealedBatch& batch, Epoch epoch, const IndexLabel& label, ByteView value,
                                    CustomerId customer) const {
  const Blinder* blinder = ring_->BlinderOf(epoch);
  if (blinder == nullptr) return Status(Reason::kKeyMissing, "the blinding key of this epoch is no longer held");
  batch.rows().deletes.push_back(ReferenceKey(*blinder, label, value, customer));
  return Status::Ok();
}

Result<std::vector<CustomerId>> SealedStore::FindReferences(const IndexLabel& label, ByteView value, size_t limit) const {
  std::vector<CustomerId> found;
  for (const auto& [epoch, blinder] : ring_->blinders()) {
    Bytes prefix = "i";
    prefix.append(View(Blind(*blinder, label, value)));
    ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                     data_.Scan({.begin = prefix, .end = PrefixEnd(prefix), .limit = limit + 1 - found.size()}));
    for (const StoreRow& row : rows) {
      ASSIGN_OR_RETURN(const Bytes content, blinder->refs.Open(row.value, aad::Row(compartment(), row.key)));
      ByteReader reader(content);
      found.push_back(reader.U64());
      RETURN_IF_ERROR(reader.Finish("an index row"));
    }
    if (found.size() > limit) break;
  }
  return found;
}

Result<bool> SealedStore::HasReference(Epoch epoch, const IndexLabel& label, ByteView value, CustomerId customer) const {
  const Blinder* blinder = ring_->BlinderOf(epoch);
  if (blinder == nullptr) return false;
  ASSIGN_OR_RETURN(const auto stored, data_.Get(ReferenceKey(*blinder, label, value, customer)));
  return stored.has_value();
}

Status SealedStore::PutUnique(SealedBatch& batch, Epoch epoch, const IndexLabel& label, ByteView value, ByteView content,
                              StoreVersion expected) const {
  const Blinder* blinder = ring_->BlinderOf(epoch);
  if (blinder == nullptr) return Status(Reason::kKeyMissing, "the blinding key of this epoch is no longer held");
  Bytes key = "x";
  key.append(View(Blind(*blinder, label, value)));
  batch.rows().conditions.push_back({key, expected});
  return AddSealedRow(batch, blinder->refs, std::move(key), content);
}

Status SealedStore::DeleteUnique(SealedBatch& batch, Epoch epoch, const IndexLabel& label, ByteView value) const {
  const Blinder* blinder = ring_->BlinderOf(epoch);
  if (blinder == nullptr) return Status(Reason::kKeyMissing, "the blinding key of this epoch is no longer held");
  Bytes key = "x";
  key.append(View(Blind(*blinder, label, value)));
  batch.rows().deletes.push_back(std::move(key));
  return Status::Ok();
}

Result<std::optional<Document>> SealedStore::GetUnique(const IndexLabel& label, ByteView value) const {
  for (const auto& [epoch, blinder] : ring_->blinders()) {
    Bytes key = "x";
    key.append(View(Blind(*blinder, label, value)));
    ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, data_.Get(key));
    if (!stored.has_value()) continue;
    ASSIGN_OR_RETURN(Bytes content, blinder->refs.Open(stored->bytes, aad::Row(compartment(), key)));
    return std::optional<Document>(Document{std::move(content), stored->version});
  }
  return std::optional<Document>();
}

Result<std::vector<std::optional<Document>>> SealedStore::GetUniques(const IndexLabel& label,
                                                                     const std::vector<ByteView>& values) const {
  std::vector<std::optional<Document>> found(values.size());
  for (const auto& [epoch, blinder] : ring_->blinders()) {
    std::vector<Bytes> keys;
    keys.reserve(values.size());
    for (const ByteView value : values) keys.push_back("x" + Bytes(View(Blind(*blinder, label, value))));
    ASSIGN_OR_RETURN(const auto rows, data_.MultiGet(keys));
    for (size_t i = 0; i < rows.size(); ++i) {
      if (!rows[i].has_value() || found[i].has_value()) continue;
      ASSIGN_OR_RETURN(Bytes content, blinder->refs.Open(rows[i]->bytes, aad::Row(compartment(), keys[i])));
      found[i] = Document{std::move(content), rows[i]->version};
    }
  }
  return found;
}

Result<Bytes> SealedStore::UniqueRowKey(Epoch epoch, const IndexLabel& label, ByteView value) const {
  const Blinder* blinder = ring_->BlinderOf(epoch);
  if (blinder == nullptr) return Status(Reason::kKeyMissing, "the blinding key of this epoch is no longer held");
  return "x" + Bytes(View(Blind(*blinder, label, value)));
}

Result<std::optional<UniqueRow>> SealedStore::GetUniqueRow(const Bytes& row_key) const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, data_.Get(row_key));
  if (!stored.has_value()) return std::optional<UniqueRow>();
  Status failure(Reason::kKeyMissing, "no blinding key is held");
  for (const auto& [epoch, blinder] : ring_->blinders()) {
    Result<Bytes> content = blinder->refs.Open(stored->bytes, aad::Row(compartment(), row_key));
    if (content.ok()) return std::optional<UniqueRow>(UniqueRow{*std::move(content), stored->version, epoch});
    failure = content.status();
  }
  return failure;
}

Status SealedStore::PutUniqueRow(SealedBatch& batch, Epoch epoch, const Bytes& row_key, ByteView content,
                                 StoreVersion expected) const {
  const Blinder* blinder = ring_->BlinderOf(epoch);
  if (blinder == nullptr) return Status(Reason::kKeyMissing, "the blinding key of this epoch is no longer held");
  batch.rows().conditions.push_back({row_key, expected});
  return AddSealedRow(batch, blinder->refs, row_key, content);
}

// --- documents -------------------------------------------------------------------------------------------------------

Status SealedStore::PutDocument(SealedBatch& batch, Table table, ByteView name, ByteView content,
                                StoreVersion expected) const {
  batch.rows().conditions.push_back({DocumentKey(table, name), expected});
  return OverwriteDocument(batch, table, name, content);
}

Status SealedStore::OverwriteDocument(SealedBatch& batch, Table table, ByteView name, ByteView content) const {
  return AddSealedRow(batch, ring_->rows(), DocumentKey(table, name), content);
}

Result<std::optional<Document>> SealedStore::GetDocument(Table table, ByteView name) const {
  const Bytes key = DocumentKey(table, name);
  ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, data_.Get(key));
  if (!stored.has_value()) return std::optional<Document>();
  ASSIGN_OR_RETURN(Bytes content, ring_->rows().Open(stored->bytes, aad::Row(compartment(), key)));
  return std::optional<Document>(Document{std::move(content), stored->version});
}

void SealedStore::DeleteDocument(SealedBatch& batch, Table table, ByteView name) const {
  batch.rows().deletes.push_back(DocumentKey(table, name));
}

void SealedStore::ExpectDocument(SealedBatch& batch, Table table, ByteView name, StoreVersion version) const {
  batch.rows().conditions.push_back({DocumentKey(table, name), version});
}

Result<std::vector<ListedDocument>> SealedStore::ListDocuments(Table table, ByteView after, size_t limit) const {
  Bytes prefix = "n";
  ByteWriter(prefix).U8(static_cast<uint8_t>(table));
  Bytes begin = prefix;
  if (!after.empty()) {
    if (!after.starts_with(prefix)) return Status(Reason::kCursorInvalid);
    begin = Bytes(after) + '\0';
  }
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                   data_.Scan({.begin = begin, .end = PrefixEnd(prefix), .limit = limit}));
  std::vector<ListedDocument> documents;
  documents.reserve(rows.size());
  for (const StoreRow& row : rows) {
    ASSIGN_OR_RETURN(Bytes content, ring_->rows().Open(row.value, aad::Row(compartment(), row.key)));
    documents.push_back({row.key, std::move(content)});
  }
  return documents;
}

}  // namespace strongroom
