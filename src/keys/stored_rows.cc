#include "keys/stored_rows.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "keys/aad.h"
#include "keys/customer_key_row.h"
#include "keys/epoch_rows.h"
#include "store/group.h"

namespace strongroom {
namespace {

constexpr size_t kAllEpochs = 100'000;
constexpr size_t kCountPage = 1'000;
// docs/formats/data-store.md and key-store.md.
constexpr std::string_view kDataKinds = "cdeilnxy";
constexpr std::string_view kKeyKinds = "ABEFGKLMNPRSWy";

Result<std::vector<StoreRow>> ScanKind(const StoreReader& store, char kind, const Bytes& begin, size_t limit) {
  const Bytes first(1, kind);
  return store.Scan({.begin = std::max(begin, first), .end = PrefixEnd(first), .limit = limit});
}

// Of a row whose key is a letter and the customer, and nothing else.
std::optional<CustomerId> CustomerOf(ByteView row_key) {
  ByteReader reader(row_key.substr(1));
  const CustomerId customer = reader.U64();
  if (!reader.Finish("a row's key").ok()) return std::nullopt;
  return customer;
}

StoredIndexRow OpenIndexRow(const EpochSet& epochs, CompartmentId compartment, StoreRow&& row) {
  StoredIndexRow answer;
  answer.row_key = std::move(row.key);
  answer.version = VersionOf(row.value);
  const Bytes associated_data = aad::Row(compartment, answer.row_key);
  // Most rows stand under the newest.
  for (auto keys = epochs.held.rbegin(); keys != epochs.held.rend(); ++keys) {
    const Blinder& blinder = keys->second->blinder;
    Result<Bytes> content = blinder.refs.Open(row.value, associated_data);
    if (!content.ok()) continue;
    answer.epoch = keys->first;
    answer.live = std::any_of(epochs.live.begin(), epochs.live.end(),
                              [&](const EpochKeysPtr& live) { return live->number == keys->first; });
    answer.content = *std::move(content);
    if (answer.row_key.front() == kReferenceKind) {
      ByteReader reader(answer.content);
      answer.customer = reader.U64();
      if (!reader.Finish("an index row").ok()) return answer;
    }
    const Result<RowMark> mark = MarkOfRowKey(blinder, answer.row_key, answer.customer);
    if (!mark.ok()) return answer;
    answer.mark = *mark;
    answer.key_fits = RowKeyOfMark(blinder, *mark) == answer.row_key;
    return answer;
  }
  return answer;
}

Result<std::map<char, uint64_t>> CountUnknown(const StoreReader& store, std::string_view known) {
  std::map<char, uint64_t> counts;
  Bytes begin;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<StoreRow> rows, store.Scan({.begin = begin, .end = {}, .limit = 1}));
    if (rows.empty()) return counts;
    const char kind = rows.front().key.front();
    const Bytes end = PrefixEnd(Bytes(1, kind));
    begin = rows.front().key;
    while (known.find(kind) == std::string_view::npos) {
      ASSIGN_OR_RETURN(const std::vector<StoreRow> page, store.Scan({.begin = begin, .end = end, .limit = kCountPage}));
      counts[kind] += page.size();
      if (page.size() < kCountPage) break;
      begin = StoredRows::After(page.back().key);
    }
    if (end.empty()) return counts;
    begin = end;
  }
}

}  // namespace

Result<std::vector<StoredRecord>> StoredRows::Records(const Bytes& begin, size_t limit) const {
  ASSIGN_OR_RETURN(std::vector<StoreRow> rows, ScanKind(data_, 'c', begin, limit));
  std::vector<StoredRecord> answer;
  answer.reserve(rows.size());
  for (StoreRow& row : rows) {
    const std::optional<CustomerId> customer = CustomerOf(row.key);
    answer.push_back({std::move(row.key), customer});
  }
  return answer;
}

Result<std::vector<StoredIndexRow>> StoredRows::IndexRows(char kind, const Bytes& begin, size_t limit) const {
  ASSIGN_OR_RETURN(std::vector<StoreRow> rows, ScanKind(data_, kind, begin, limit));
  const EpochSetPtr epochs = ring_.epochs().Current();  // after the rows: it has every epoch they can stand under
  std::vector<StoredIndexRow> answer;
  answer.reserve(rows.size());
  for (StoreRow& row : rows) answer.push_back(OpenIndexRow(*epochs, ring_.compartment(), std::move(row)));
  return answer;
}

Result<std::vector<StoredItem>> StoredRows::Items(const Bytes& begin, size_t limit) const {
  ASSIGN_OR_RETURN(std::vector<StoreRow> rows, ScanKind(data_, 'd', begin, limit));
  std::vector<StoredItem> answer;
  answer.reserve(rows.size());
  for (StoreRow& row : rows) {
    StoredItem item;
    ByteReader reader(ByteView(row.key).substr(1));
    const CustomerId customer = reader.U64();
    item.kind = static_cast<char>(reader.U8());
    if (!reader.failed()) {
      item.customer = customer;
      item.name = Bytes(reader.Rest());
    }
    item.version = VersionOf(row.value);
    item.sealed = std::move(row.value);
    item.row_key = std::move(row.key);
    answer.push_back(std::move(item));
  }
  return answer;
}

Result<std::vector<StoredDocument>> StoredRows::Documents(const Bytes& begin, size_t limit) const {
  ASSIGN_OR_RETURN(std::vector<StoreRow> rows, ScanKind(data_, 'n', begin, limit));
  std::vector<StoredDocument> answer;
  answer.reserve(rows.size());
  for (StoreRow& row : rows) {
    StoredDocument document;
    document.table = row.key.size() > 1 ? static_cast<uint8_t>(row.key[1]) : 0;
    const Result<Bytes> content = ring_.rows().Open(row.value, aad::Row(ring_.compartment(), row.key));
    document.opens = content.ok();
    document.row_key = std::move(row.key);
    answer.push_back(std::move(document));
  }
  return answer;
}

Result<std::vector<StoredKey>> StoredRows::Keys(const Bytes& begin, size_t limit) const {
  ASSIGN_OR_RETURN(std::vector<StoreRow> rows, ScanKind(key_store_, 'K', begin, limit));
  const EpochSetPtr epochs = ring_.epochs().Current();
  std::optional<std::vector<EpochInfo>> infos;  // read when one is missing
  std::vector<StoredKey> answer;
  answer.reserve(rows.size());
  for (StoreRow& row : rows) {
    StoredKey key;
    const Result<CustomerId> customer = CustomerOfKeyRow(row.key);
    const Result<CustomerKeyRow> decoded = CustomerKeyRow::Decode(row.value);
    key.row_key = std::move(row.key);
    if (customer.ok()) key.customer = *customer;
    if (customer.ok() && decoded.ok()) {
      key.epoch = decoded->epoch;
      key.moving = !decoded->wrapped_before.empty();
      key.blocked = decoded->blocked;
      Status opened = decoded->Open(*epochs, ring_.compartment(), *customer).status();
      if (opened.ok() && key.moving) opened = decoded->OpenBefore(*epochs, ring_.compartment(), *customer).status();
      key.state = opened.ok() ? StoredKey::State::kOpens : StoredKey::State::kDamaged;
      if (opened.reason() == Reason::kKeyMissing) {
        if (!infos.has_value()) {
          ASSIGN_OR_RETURN(infos, Epochs());
        }
        const bool known = std::any_of(infos->begin(), infos->end(),
                                       [&](const EpochInfo& info) { return info.epoch == decoded->epoch; });
        key.state = known ? StoredKey::State::kEpochEnded : StoredKey::State::kNoEpoch;
      }
    }
    answer.push_back(std::move(key));
  }
  return answer;
}

Result<std::vector<StoredErasure>> StoredRows::Erasures(const Bytes& begin, size_t limit) const {
  ASSIGN_OR_RETURN(std::vector<StoreRow> rows, ScanKind(key_store_, 'L', begin, limit));
  std::vector<StoredErasure> answer;
  answer.reserve(rows.size());
  for (StoreRow& row : rows) {
    StoredErasure erasure;
    erasure.customer = CustomerOf(row.key);
    const Result<Bytes> note = ring_.rows().Open(row.value, aad::Row(ring_.compartment(), row.key));
    if (note.ok()) {
      ByteReader reader(*note);
      const uint8_t format = reader.U8();
      erasure.erased_at = static_cast<UnixMillis>(reader.U64());
      erasure.opens = format >= 1 && !reader.failed();
    }
    erasure.row_key = std::move(row.key);
    answer.push_back(std::move(erasure));
  }
  return answer;
}

Result<PlainBytes> StoredRows::Open(const StoredItem& item, const CustomerKey& key) const {
  const auto open = [&](const CustomerKey& with) {
    const ByteView name = ByteView(item.row_key).substr(1 + sizeof(CustomerId));
    return with.aead.Open(item.sealed,
                          aad::CustomerItem(ring_.compartment(), item.customer.value_or(0), with.generation, name));
  };
  Result<Bytes> content = open(key);
  if (!content.ok() && key.before != nullptr) content = open(*key.before);
  RETURN_IF_ERROR(content.status());
  return PlainBytes(*std::move(content));
}

Result<std::vector<bool>> StoredRows::AreThere(const std::vector<RowMark>& marks) const {
  while (true) {
    const EpochSetPtr epochs = ring_.epochs().Current();
    std::vector<bool> there(marks.size(), false);
    for (const EpochKeysPtr& epoch : epochs->live) {
      std::vector<Bytes> keys;
      keys.reserve(marks.size());
      for (const RowMark& mark : marks) keys.push_back(RowKeyOfMark(epoch->blinder, mark));
      ASSIGN_OR_RETURN(const auto rows, data_.MultiGet(keys));
      for (size_t i = 0; i < rows.size(); ++i) there[i] = there[i] || rows[i].has_value();
    }
    if (ring_.epochs().Current() == epochs) return there;
  }
}

Result<std::vector<EpochInfo>> StoredRows::Epochs() const {
  ASSIGN_OR_RETURN(const std::vector<StoreRow> stored, ScanKind(key_store_, 'E', {}, kAllEpochs));
  std::vector<EpochInfo> epochs;
  epochs.reserve(stored.size());
  for (const StoreRow& row : stored) {
    const Result<Bytes> content = ring_.rows().Open(row.value, aad::Row(ring_.compartment(), row.key));
    Result<EpochInfo> info = content.ok() ? EpochInfo::Decode(*content) : Result<EpochInfo>(content.status());
    ByteReader key(ByteView(row.key).substr(1));
    const Epoch epoch = key.U32();
    if (!key.Finish("the key of an epoch's row").ok()) info = Status(Reason::kDataCorrupt);
    if (!info.ok()) info = EpochInfo();
    info->epoch = content.ok() ? epoch : 0;
    epochs.push_back(*std::move(info));
  }
  return epochs;
}

Result<StoredRows::RingRows> StoredRows::Ring() const {
  RingRows answer;
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows, ScanKind(key_store_, 'R', {}, kAllEpochs));
  for (const StoreRow& row : rows) {
    const size_t separator = row.key.find('\0');
    if (separator == Bytes::npos) continue;
    ByteReader reader(ByteView(row.key).substr(separator + 1));
    if (const Epoch epoch = reader.U32(); epoch != 0) ++answer.of_epoch[epoch];
  }
  ASSIGN_OR_RETURN(const std::vector<StoreRow> next, ScanKind(key_store_, 'N', {}, kAllEpochs));
  answer.next_root = next.size();
  return answer;
}

Result<std::map<char, uint64_t>> StoredRows::UnknownData() const { return CountUnknown(data_, kDataKinds); }
Result<std::map<char, uint64_t>> StoredRows::UnknownKeys() const { return CountUnknown(key_store_, kKeyKinds); }

}  // namespace strongroom
