#include "keys/sealed_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "keys/aad.h"
#include "keys/customer_rows.h"
#include "keys/fleet_rows.h"
#include "keys/read_again.h"
#include "keys/row_marks.h"
#include "store/group.h"

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

// What an item is called in the associated data of its seal.
Bytes ItemName(char kind, ByteView item) {
  Bytes name(1, kind);
  name.append(item);
  return name;
}

// What servers hold a copy of; access/fleet.cc says how each is read again.
bool KeptInMemory(Table table) {
  switch (table) {
    case Table::kField:
    case Table::kCollectionPoint:
    case Table::kTokenDomain:
    case Table::kPolicy:
    case Table::kApiKey:
    case Table::kStaff:
    case Table::kSession:
    case Table::kDevice:
    case Table::kBudget:
    case Table::kAttempt:
    case Table::kRegister:
    case Table::kAccess:
      return true;
    default:
      return false;
  }
}

}  // namespace

// A look into every live epoch, which `look` begins with the oldest.  Rows move to the open epoch alone; if there is a
// newer one by now, some may have gone there behind its back.
template <typename Look>
auto SealedStore::InLiveEpochs(const Look& look) const {
  while (true) {
    const EpochSetPtr epochs = ring_->epochs().Current();
    auto answer = look(*epochs);
    if (ring_->epochs().Current() != epochs) continue;
    // With several servers, rows may have moved to an epoch that this one has not heard of.
    if (view_ == nullptr) return answer;
    if (Status fresh = view_->CheckFresh(); !fresh.ok()) return decltype(answer)(std::move(fresh));
    return answer;
  }
}

SealedStore::SealedStore(Store& data, std::shared_ptr<const KeyRing> ring, CustomerKeys* customer_keys, Random& random,
                         std::shared_ptr<const ServerView> view)
    : data_(data), ring_(std::move(ring)), customer_keys_(customer_keys), random_(random), view_(std::move(view)) {}

Bytes SealedStore::RecordKey(CustomerId customer) const { return CustomerRowKey('c', customer); }

Bytes SealedStore::ItemKey(CustomerId customer, char kind, ByteView item) const {
  Bytes key = CustomerRowKey('d', customer);
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

// A key may be old: it was remembered, or taken from a record opened before, while everything of the customer moves to
// a new one.  What does not open is tried again with the keys there are now; `fresh`, if given, gets those.
Result<Bytes> SealedStore::OpenSealed(CustomerId customer, const CustomerKey& key, ByteView sealed, ByteView item,
                                      CustomerKeyPtr* fresh) const {
  const auto open = [&](const CustomerKey& with) {
    return with.aead.Open(sealed, aad::CustomerItem(compartment(), customer, with.generation, item));
  };
  Result<Bytes> content = open(key);
  for (const CustomerKey* older = key.before.get(); !content.ok() && older != nullptr; older = older->before.get()) {
    content = open(*older);
  }
  if (content.ok() || customer_keys_ == nullptr) return content;
  Result<CustomerKeyPtr> now = customer_keys_->GetAfresh(customer);
  // Whether there is another key could not be read: that is not to say that the item is damaged.
  if (now.status().code() == Code::kUnavailable) return now.status();
  if (!now.ok() || (*now)->generation == key.generation) return content;
  Result<Bytes> again = open(**now);
  if (!again.ok() && (*now)->before != nullptr) again = open(*(*now)->before);
  if (again.ok() && fresh != nullptr) *fresh = *std::move(now);
  return again.ok() ? std::move(again) : std::move(content);
}

Result<OpenRecord> SealedStore::OpenStored(CustomerId customer, const StoreValue& stored, CustomerKeyPtr key) const {
  CustomerKeyPtr fresh;
  ASSIGN_OR_RETURN(Bytes content, OpenSealed(customer, *key, stored.bytes, kRecordItem, &fresh));
  if (fresh != nullptr) key = std::move(fresh);
  return OpenRecord{PlainBytes(std::move(content)), stored.version, std::move(key), {}};
}

Result<OpenRecord> SealedStore::GetRecord(CustomerId customer, bool want_hash) const {
  return ReadRecord(data_, RecordKey(customer), want_hash, [&](const StoreValue& stored) -> Result<OpenRecord> {
    ASSIGN_OR_RETURN(CustomerKeyPtr key, customer_keys_->Get(customer));
    return OpenStored(customer, stored, std::move(key));
  });
}

Result<OpenRecord> SealedStore::GetRecordWith(CustomerId customer, const CustomerKeyPtr& keys) const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, data_.Get(RecordKey(customer)));
  if (!stored.has_value()) return Status(Reason::kCustomerNotFound);
  Status failure;
  for (CustomerKeyPtr key = keys; key != nullptr; key = key->before) {
    Result<Bytes> content =
        key->aead.Open(stored->bytes, aad::CustomerItem(compartment(), customer, key->generation, kRecordItem));
    if (content.ok()) {
      return OpenRecord{PlainBytes(*std::move(content)), stored->version, key, Sha256(stored->bytes)};
    }
    failure = content.status();
  }
  return failure;
}

Result<OpenRecord> SealedStore::GetRecordEvenBlocked(CustomerId customer, bool want_hash) const {
  return ReadRecord(data_, RecordKey(customer), want_hash, [&](const StoreValue& stored) -> Result<OpenRecord> {
    ASSIGN_OR_RETURN(CustomerKeyPtr key, customer_keys_->GetEvenBlocked(customer));
    return OpenStored(customer, stored, std::move(key));
  });
}

Result<std::vector<Result<OpenRecord>>> SealedStore::GetRecords(const std::vector<CustomerId>& customers) const {
  std::vector<Bytes> keys;
  keys.reserve(customers.size());
  for (CustomerId customer : customers) keys.push_back(RecordKey(customer));
  ASSIGN_OR_RETURN(const auto stored, data_.MultiGet(keys));
  std::vector<Result<OpenRecord>> records;
  records.reserve(customers.size());
  for (size_t i = 0; i < customers.size(); ++i) {
    Result<CustomerKeyPtr> key = stored[i].has_value() ? customer_keys_->Get(customers[i])
                                                       : Result<CustomerKeyPtr>(Status(Reason::kCustomerNotFound));
    if (key.ok()) {
      records.push_back(OpenStored(customers[i], *stored[i], *std::move(key)));
      if (records.back().reason() == Reason::kDataCorrupt) records.back() = GetRecord(customers[i]);
    } else {
      records.emplace_back(key.status());
    }
  }
  return records;
}

Result<Digest> SealedStore::PutRecord(SealedBatch& batch, CustomerId customer, const CustomerKey& key, ByteView content,
                                      StoreVersion expected) const {
  ASSIGN_OR_RETURN(
      Bytes sealed,
      key.aead.Seal(content, aad::CustomerItem(compartment(), customer, key.generation, kRecordItem), random_));
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
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                   data_.Scan({.begin = RecordKey(begin), .end = "d", .limit = limit}));
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
  ASSIGN_OR_RETURN(
      Bytes sealed,
      key.aead.Seal(content, aad::CustomerItem(compartment(), customer, key.generation, ItemName(kind, item)),
                    random_));
  batch.rows().puts.push_back({ItemKey(customer, kind, item), std::move(sealed)});
  return Status::Ok();
}

Result<std::optional<OpenItem>> SealedStore::GetItem(CustomerId customer, const CustomerKey& key, char kind,
                                                     ByteView item) const {
  return ReadAgainWhileChanged(data_, ItemKey(customer, kind, item), [&](const StoreValue& stored) -> Result<OpenItem> {
    ASSIGN_OR_RETURN(Bytes content, OpenSealed(customer, key, stored.bytes, ItemName(kind, item), nullptr));
    return OpenItem{PlainBytes(std::move(content)), stored.version};
  });
}

void SealedStore::ExpectItem(SealedBatch& batch, CustomerId customer, char kind, ByteView item,
                             StoreVersion version) const {
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

Result<std::vector<CustomerId>> SealedStore::ScanItemOwners(CustomerId begin, size_t limit) const {
  std::vector<CustomerId> owners;
  Bytes from = ItemKey(begin, 0, {});
  while (owners.size() < limit) {
    ASSIGN_OR_RETURN(const std::vector<StoreRow> row, data_.Scan({.begin = from, .end = "e", .limit = 1}));
    if (row.empty()) break;
    ByteReader reader(ByteView(row.front().key).substr(1));
    owners.push_back(reader.U64());
    from = PrefixEnd(ItemKey(owners.back(), 0, {}));
  }
  return owners;
}

Result<ResealedItems> SealedStore::ResealItems(SealedBatch& batch, CustomerId customer, const CustomerKey& key,
                                               const Bytes& after, size_t limit_bytes) const {
  constexpr size_t kAtOnce = 8;  // a part of a file has 256 KiB
  const Bytes prefix = ItemKey(customer, 0, {});
  ResealedItems answer;
  answer.next = after.empty() ? prefix : after;
  while (batch.ApproximateSizeBytes() < limit_bytes) {
    ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                     data_.Scan({.begin = answer.next, .end = PrefixEnd(prefix), .limit = kAtOnce}));
    for (const StoreRow& row : rows) {
      if (batch.ApproximateSizeBytes() >= limit_bytes) return answer;
      answer.next = row.key + '\0';
      const ByteView item = ByteView(row.key).substr(prefix.size());
      const auto name_for = [&](uint32_t generation) {
        return aad::CustomerItem(compartment(), customer, generation, item);
      };
      Result<Bytes> already = key.aead.Open(row.value, name_for(key.generation));
      if (already.ok()) {
        const PlainBytes wiped(*std::move(already));
        continue;
      }
      Result<Bytes> opened(Status(Reason::kDataCorrupt));
      for (const CustomerKey* older = key.before.get(); !opened.ok() && older != nullptr; older = older->before.get()) {
        opened = older->aead.Open(row.value, name_for(older->generation));
      }
      if (!opened.ok()) {
        ++answer.unreadable;
        continue;
      }
      const PlainBytes content(*std::move(opened));
      ASSIGN_OR_RETURN(Bytes sealed, key.aead.Seal(content.view(), name_for(key.generation), random_));
      batch.rows().conditions.push_back({row.key, VersionOf(row.value)});
      batch.rows().puts.push_back({row.key, std::move(sealed)});
      ++answer.resealed;
    }
    answer.last = rows.size() < kAtOnce;
    if (answer.last) return answer;
  }
  return answer;
}

void SealedStore::DeleteRows(SealedBatch& batch, const std::vector<Bytes>& row_keys) {
  batch.rows().deletes.insert(batch.rows().deletes.end(), row_keys.begin(), row_keys.end());
}

// --- references and unique rows --------------------------------------------------------------------------------------

Result<Bytes> SealedStore::SealForEpoch(SealedBatch& batch, ByteView content, ByteView name) const {
  RETURN_IF_ERROR(TakeLease(batch));
  const EpochKeys& open = batch.lease()->open();
  Bytes out;
  ByteWriter(out).U32(open.number);
  RETURN_IF_ERROR(open.blinder.refs.SealAppend(content, aad::EpochContent(compartment(), name), random_, out));
  return out;
}

Result<SealedStore::EpochContent> SealedStore::OpenForEpoch(ByteView sealed, ByteView name) const {
  ByteReader reader(sealed);
  EpochContent opened;
  opened.epoch = reader.U32();
  if (reader.failed()) return Status(Reason::kDataCorrupt, "what is sealed for an epoch is cut short");
  const EpochSetPtr epochs = ring_->epochs().Current();
  const auto keys = epochs->held.find(opened.epoch);
  if (keys == epochs->held.end()) {
    return Status(Reason::kKeyMissing, "the keys of the epoch that this was sealed for are no longer held");
  }
  ASSIGN_OR_RETURN(opened.content,
                   keys->second->blinder.refs.Open(reader.Rest(), aad::EpochContent(compartment(), name)));
  return opened;
}

Status SealedStore::TakeLease(SealedBatch& batch) const {
  if (batch.lease() != nullptr) return Status::Ok();
  ASSIGN_OR_RETURN(EpochLeasePtr lease, ring_->epochs().Take());
  batch.SetLease(std::move(lease));
  return Status::Ok();
}

Block SealedStore::MarkOf(const IndexLabel& label, ByteView value) const {
  const Digest digest = ring_->index().Compute({"reference", EncodeLabel(label), value});
  Block block;
  std::copy(digest.begin(), digest.begin() + block.size(), block.begin());
  return block;
}

Status SealedStore::AddSealedRow(SealedBatch& batch, const Aead& aead, Bytes row_key, ByteView content) const {
  ASSIGN_OR_RETURN(Bytes sealed, aead.Seal(content, aad::Row(compartment(), row_key), random_));
  batch.rows().puts.push_back({std::move(row_key), std::move(sealed)});
  return Status::Ok();
}

RowMark SealedStore::MarkOfReference(const IndexLabel& label, ByteView value, CustomerId customer) const {
  return {kReferenceKind, MarkOf(label, value), customer};
}

RowMark SealedStore::MarkOfUnique(const IndexLabel& label, ByteView value) const {
  return {kUniqueKind, MarkOf(label, value), 0};
}

Result<RowMark> SealedStore::MarkOfRow(Epoch epoch, const Bytes& row_key, CustomerId customer) const {
  const EpochSetPtr epochs = ring_->epochs().Current();
  const auto keys = epochs->held.find(epoch);
  if (keys == epochs->held.end())
    return Status(Reason::kKeyMissing, "the blinding key of this epoch is no longer held");
  return MarkOfRowKey(keys->second->blinder, row_key, customer);
}

Status SealedStore::DeleteMarked(SealedBatch& batch, const std::vector<RowMark>& marks) const {
  RETURN_IF_ERROR(TakeLease(batch));
  for (const EpochKeysPtr& epoch : batch.lease()->set().live) {
    for (const RowMark& mark : marks) batch.rows().deletes.push_back(RowKeyOfMark(epoch->blinder, mark));
  }
  return Status::Ok();
}

Result<size_t> SealedStore::CountMarked(const std::vector<RowMark>& marks) const {
  return InLiveEpochs([&](const EpochSet& epochs) -> Result<size_t> {
    size_t count = 0;
    for (const EpochKeysPtr& epoch : epochs.live) {
      std::vector<Bytes> keys;
      keys.reserve(marks.size());
      for (const RowMark& mark : marks) keys.push_back(RowKeyOfMark(epoch->blinder, mark));
      ASSIGN_OR_RETURN(const auto rows, data_.MultiGet(keys));
      for (const auto& row : rows) count += row.has_value();
    }
    return count;
  });
}

Result<Bytes> SealedStore::DeleteIndexRows(SealedBatch& batch, char kind, const Bytes& after, size_t limit) const {
  if (kind != kReferenceKind && kind != kUniqueKind) return Status(Reason::kInvalidArgument, "no kind of index rows");
  const Bytes begin = after.empty() ? Bytes(1, kind) : after;
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                   data_.Scan({.begin = begin, .end = Bytes(1, static_cast<char>(kind + 1)), .limit = limit}));
  for (const StoreRow& row : rows) batch.rows().deletes.push_back(row.key);
  return rows.size() < limit ? Bytes() : rows.back().key + '\0';
}

Result<std::optional<RowPlace>> SealedStore::FindRow(const RowMark& mark) const {
  return InLiveEpochs([&](const EpochSet& epochs) -> Result<std::optional<RowPlace>> {
    for (const EpochKeysPtr& epoch : epochs.live) {
      Bytes key = RowKeyOfMark(epoch->blinder, mark);
      ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, data_.Get(key));
      if (stored.has_value()) return std::optional<RowPlace>(RowPlace{std::move(key), stored->version, epoch->number});
    }
    return std::optional<RowPlace>();
  });
}

void SealedStore::ExpectRow(SealedBatch& batch, const RowPlace& place) {
  batch.rows().conditions.push_back({place.row_key, place.version});
}

Status SealedStore::PutReference(SealedBatch& batch, const IndexLabel& label, ByteView value,
                                 CustomerId customer) const {
  RETURN_IF_ERROR(TakeLease(batch));
  const Blinder& blinder = batch.lease()->open().blinder;
  Bytes content;
  ByteWriter(content).U64(customer);
  return AddSealedRow(batch, blinder.refs, RowKeyOfMark(blinder, MarkOfReference(label, value, customer)), content);
}

Status SealedStore::DeleteReference(SealedBatch& batch, const IndexLabel& label, ByteView value,
                                    CustomerId customer) const {
  return DeleteMarked(batch, {MarkOfReference(label, value, customer)});
}

Result<std::vector<CustomerId>> SealedStore::FindReferences(const IndexLabel& label, ByteView value,
                                                            size_t limit) const {
  const RowMark mark = MarkOfReference(label, value, 0);
  return InLiveEpochs([&](const EpochSet& epochs) -> Result<std::vector<CustomerId>> {
    std::vector<CustomerId> found;
    std::set<CustomerId> seen;  // a row that moved between two looks is seen twice
    for (const EpochKeysPtr& epoch : epochs.live) {
      const Bytes prefix = RowPrefixOfMark(epoch->blinder, mark);
      ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                       data_.Scan({.begin = prefix, .end = PrefixEnd(prefix), .limit = limit + 1}));
      for (const StoreRow& row : rows) {
        ASSIGN_OR_RETURN(const Bytes content, epoch->blinder.refs.Open(row.value, aad::Row(compartment(), row.key)));
        ByteReader reader(content);
        const CustomerId customer = reader.U64();
        RETURN_IF_ERROR(reader.Finish("an index row"));
        if (found.size() <= limit && seen.insert(customer).second) found.push_back(customer);
      }
      if (found.size() > limit) break;
    }
    return found;
  });
}

Result<bool> SealedStore::HasReference(const IndexLabel& label, ByteView value, CustomerId customer) const {
  ASSIGN_OR_RETURN(const std::optional<RowPlace> place, FindRow(MarkOfReference(label, value, customer)));
  return place.has_value();
}

Status SealedStore::PutUnique(SealedBatch& batch, const IndexLabel& label, ByteView value, ByteView content,
                              const std::optional<RowPlace>& known) const {
  return PutMarked(batch, MarkOfUnique(label, value), content, known);
}

Status SealedStore::PutMarked(SealedBatch& batch, const RowMark& mark, ByteView content,
                              const std::optional<RowPlace>& known) const {
  RETURN_IF_ERROR(TakeLease(batch));
  const EpochKeys& open = batch.lease()->open();
  Bytes key = RowKeyOfMark(open.blinder, mark);
  const bool in_place = known.has_value() && known->epoch == open.number;
  if (known.has_value()) ExpectRow(batch, *known);
  if (!in_place) batch.rows().conditions.push_back({key, kAbsent});
  if (known.has_value() && !in_place) batch.rows().deletes.push_back(known->row_key);
  return AddSealedRow(batch, open.blinder.refs, std::move(key), content);
}

Status SealedStore::DeleteUnique(SealedBatch& batch, const IndexLabel& label, ByteView value) const {
  return DeleteMarked(batch, {MarkOfUnique(label, value)});
}

Result<std::optional<UniqueRow>> SealedStore::GetUnique(const IndexLabel& label, ByteView value) const {
  return GetMarked(MarkOfUnique(label, value));
}

Result<std::vector<std::optional<UniqueRow>>> SealedStore::GetUniques(const IndexLabel& label,
                                                                      const std::vector<ByteView>& values) const {
  std::vector<RowMark> marks;
  marks.reserve(values.size());
  for (const ByteView value : values) marks.push_back(MarkOfUnique(label, value));
  return GetAllMarked(marks);
}

Result<std::optional<UniqueRow>> SealedStore::GetMarked(const RowMark& mark) const {
  ASSIGN_OR_RETURN(auto found, GetAllMarked({mark}));
  return std::move(found.front());
}

Result<std::vector<std::optional<UniqueRow>>> SealedStore::GetAllMarked(const std::vector<RowMark>& marks) const {
  using Found = std::vector<std::optional<UniqueRow>>;
  return InLiveEpochs([&](const EpochSet& epochs) -> Result<Found> {
    Found found(marks.size());
    for (const EpochKeysPtr& epoch : epochs.live) {
      std::vector<Bytes> keys;
      keys.reserve(marks.size());
      for (const RowMark& mark : marks) keys.push_back(RowKeyOfMark(epoch->blinder, mark));
      ASSIGN_OR_RETURN(const auto rows, data_.MultiGet(keys));
      for (size_t i = 0; i < rows.size(); ++i) {
        if (!rows[i].has_value() || found[i].has_value()) continue;
        ASSIGN_OR_RETURN(Bytes content, epoch->blinder.refs.Open(rows[i]->bytes, aad::Row(compartment(), keys[i])));
        found[i] = UniqueRow{std::move(content), {std::move(keys[i]), rows[i]->version, epoch->number}};
      }
    }
    return found;
  });
}

// --- documents -------------------------------------------------------------------------------------------------------

Status SealedStore::PutDocument(SealedBatch& batch, Table table, ByteView name, ByteView content,
                                StoreVersion expected) const {
  batch.rows().conditions.push_back({DocumentKey(table, name), expected});
  return OverwriteDocument(batch, table, name, content);
}

// What other servers keep in memory of this table is old from here on (keys/fleet_rows.h).
void SealedStore::TellOthers(SealedBatch& batch, Table table) const {
  if (view_ == nullptr || !view_->shared() || !KeptInMemory(table)) return;
  Bytes key = FleetChangeKey(static_cast<uint8_t>(table));
  const auto same = [&key](const StorePut& put) { return put.key == key; };
  if (std::any_of(batch.rows().puts.begin(), batch.rows().puts.end(), same)) return;
  Bytes drawn(kFleetDrawBytes, 0);
  random_.Fill(drawn.data(), drawn.size());
  batch.rows().puts.push_back({std::move(key), std::move(drawn)});
}

Result<StoreVersion> SealedStore::ChangeOf(Table table) const {
  if (view_ == nullptr || !view_->shared()) return kAbsent;
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, data_.Get(FleetChangeKey(static_cast<uint8_t>(table))));
  return row.has_value() ? row->version : kAbsent;
}

void SealedStore::ExpectNoChangeSince(SealedBatch& batch, Table table, StoreVersion change) const {
  if (view_ == nullptr || !view_->shared()) return;
  batch.rows().conditions.push_back({FleetChangeKey(static_cast<uint8_t>(table)), change});
}

Status SealedStore::OverwriteDocument(SealedBatch& batch, Table table, ByteView name, ByteView content) const {
  TellOthers(batch, table);
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
  TellOthers(batch, table);
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
