// Past keys of customers, and what was taken away of them: what makes data of any age agree with the newest key store.
#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "keys/customer_keys.h"
#include "keys/customer_rows.h"

namespace strongroom {
namespace {

constexpr size_t kPage = 1'000;
constexpr size_t kMaxPastKeys = 100'000;  // of one customer; each was a change of some day
constexpr int kTries = 10;                // against whoever changes the key's row meanwhile

Bytes EndOf(char kind) { return Bytes(1, static_cast<char>(kind + 1)); }

}  // namespace

Result<CustomerKeyPtr> CustomerKeys::GetWithPast(CustomerId customer) const {
  const Bytes prefix = CustomerRowKey(kPastKeyKind, customer);
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                   key_store_.Scan({.begin = prefix, .end = PrefixEnd(prefix), .limit = kMaxPastKeys}));
  const EpochSetPtr epochs = ring_->epochs().Current();
  CustomerKeyPtr older;
  for (const StoreRow& row : rows) {  // the oldest first
    ASSIGN_OR_RETURN(const PastKeyRow past, PastKeyRow::Decode(row.key, row.value));
    const Result<SecretBytes> key = past.Open(*epochs, ring_->compartment());
    if (key.reason() == Reason::kKeyMissing) continue;
    RETURN_IF_ERROR(key.status());
    older = std::make_shared<const CustomerKey>(CustomerKey{Aead(*key), past.generation, std::move(older)});
  }
  ASSIGN_OR_RETURN(ReadKey read, Read(customer, std::move(older)));  // blocked or not: the customer is there
  return std::move(read.key);
}

Result<bool> CustomerKeys::IsBetweenKeys(CustomerId customer) const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, key_store_.Get(CustomerKeyRowKey(customer)));
  if (!stored.has_value()) return Status(Reason::kCustomerNotFound);
  ASSIGN_OR_RETURN(const CustomerKeyRow row, CustomerKeyRow::Decode(stored->bytes));
  return !row.wrapped_before.empty();
}

Result<std::vector<Bytes>> CustomerKeys::NotNoted(CustomerId customer, const std::vector<Bytes>& names) const {
  std::vector<Bytes> row_keys;
  row_keys.reserve(names.size());
  for (const Bytes& name : names) row_keys.push_back(CustomerRowKey(kTakenKind, customer) + name);
  ASSIGN_OR_RETURN(const auto rows, key_store_.MultiGet(row_keys));
  std::vector<Bytes> missing;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].has_value()) missing.push_back(names[i]);
  }
  return missing;
}

Status CustomerKeys::NoteTaken(CustomerId customer, const std::vector<Bytes>& names, UnixMillis now) {
  Status written;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    ASSIGN_OR_RETURN(const std::vector<Bytes> missing, NotNoted(customer, names));
    if (missing.empty()) return Status::Ok();
    const Bytes key_row = CustomerKeyRowKey(customer);
    ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, key_store_.Get(key_row));
    if (!stored.has_value()) return Status(Reason::kCustomerNotFound);
    ASSIGN_OR_RETURN(const CustomerKeyRow key, CustomerKeyRow::Decode(stored->bytes));
    StoreBatch batch;
    batch.conditions.push_back({key_row, stored->version});  // not beside an erasure
    for (const Bytes& name : missing) {
      if (name.empty() || name.size() > TakenRow::kMaxNameBytes) return Status(Reason::kInvalidArgument);
      const TakenRow row{customer, name, key.generation, now};
      ASSIGN_OR_RETURN(Bytes sealed, row.Seal(ring_->rows(), ring_->compartment(), random_));
      batch.puts.push_back({row.RowKey(), std::move(sealed)});
    }
    written = committer_.Commit(std::move(batch));
    if (written.reason() != Reason::kStorageConflict) return written;
  }
  return written;
}

Result<std::vector<TakenRow>> CustomerKeys::TakenFrom(CustomerId customer) const {
  std::vector<TakenRow> taken;
  const Bytes prefix = CustomerRowKey(kTakenKind, customer);
  Bytes begin = prefix;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                     key_store_.Scan({.begin = begin, .end = PrefixEnd(prefix), .limit = kPage}));
    for (const StoreRow& row : rows) {
      ASSIGN_OR_RETURN(TakenRow one, TakenRow::Open(ring_->rows(), ring_->compartment(), row.key, row.value));
      taken.push_back(std::move(one));
    }
    if (rows.size() < kPage) return taken;
    begin = rows.back().key + '\0';
  }
}

// Of an erased customer.
Status CustomerKeys::DeletePast(StoreBatch& batch, CustomerId customer) const {
  for (const char kind : {kPastKeyKind, kTakenKind}) {
    const Bytes prefix = CustomerRowKey(kind, customer);
    ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                     key_store_.Scan({.begin = prefix, .end = PrefixEnd(prefix), .limit = kMaxPastKeys}));
    for (const StoreRow& row : rows) batch.deletes.push_back(row.key);
  }
  return Status::Ok();
}

// The oldest generation of the customer's keys that opens; nothing: the customer has none.
Result<std::optional<uint32_t>> CustomerKeys::OldestGeneration(CustomerId customer) const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, key_store_.Get(CustomerKeyRowKey(customer)));
  if (!stored.has_value()) return std::optional<uint32_t>();
  ASSIGN_OR_RETURN(const CustomerKeyRow key, CustomerKeyRow::Decode(stored->bytes));
  const Bytes prefix = CustomerRowKey(kPastKeyKind, customer);
  ASSIGN_OR_RETURN(const std::vector<StoreRow> oldest,
                   key_store_.Scan({.begin = prefix, .end = PrefixEnd(prefix), .limit = 1}));
  if (!oldest.empty()) {
    ASSIGN_OR_RETURN(const PastKeyRow past, PastKeyRow::Decode(oldest.front().key, oldest.front().value));
    return std::optional<uint32_t>(past.generation);
  }
  return std::optional<uint32_t>(key.wrapped_before.empty() ? key.generation : key.generation - 1);
}

Status CustomerKeys::SweepPast() {
  const auto sweep = [this](char kind, const auto& is_past) -> Status {
    Bytes begin(1, kind);
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                       key_store_.Scan({.begin = begin, .end = EndOf(kind), .limit = kPage}));
      StoreBatch batch;
      for (const StoreRow& row : rows) {
        ASSIGN_OR_RETURN(const bool past, is_past(row));
        if (past) batch.deletes.push_back(row.key);
      }
      if (!batch.deletes.empty()) RETURN_IF_ERROR(committer_.Commit(std::move(batch)));
      if (rows.size() < kPage) return Status::Ok();
      begin = rows.back().key + '\0';
    }
  };
  const EpochSetPtr epochs = ring_->epochs().Current();
  RETURN_IF_ERROR(sweep(kPastKeyKind, [&](const StoreRow& row) -> Result<bool> {
    ASSIGN_OR_RETURN(const PastKeyRow past, PastKeyRow::Decode(row.key, row.value));
    return !epochs->held.contains(past.epoch);
  }));
  // What was taken away of a customer is of use while a key opens that may have sealed it.
  CustomerId customer = 0;
  std::optional<uint32_t> oldest;
  return sweep(kTakenKind, [&](const StoreRow& row) -> Result<bool> {
    ASSIGN_OR_RETURN(const TakenRow taken, TakenRow::Open(ring_->rows(), ring_->compartment(), row.key, row.value));
    if (taken.customer != customer) {
      customer = taken.customer;
      ASSIGN_OR_RETURN(oldest, OldestGeneration(customer));
    }
    return !oldest.has_value() || taken.generation < *oldest;
  });
}

}  // namespace strongroom
