// Customers who go to another compartment, as far as keys are concerned (docs/formats/customer-move.md).
//
// Each function is one batch, on condition that the rows it was decided on are unchanged.
#include <utility>

#include "base/encoding.h"
#include "keys/aad.h"
#include "keys/customer_keys.h"
#include "keys/customer_rows.h"

namespace strongroom {
namespace {

constexpr int kTries = 10;  // against a key that is wrapped anew meanwhile
constexpr size_t kMaxPastKeys = 100'000;

Status Moving() { return {Reason::kRecordBusy, "this customer is moving to another compartment; ask again soon"}; }

// Until the rows hold still.  `change` answers the batch, or an empty one when there is nothing to do.
template <typename Change>
Status Again(GroupCommitter& committer, const Change& change) {
  Status written;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    ASSIGN_OR_RETURN(StoreBatch batch, change());
    if (batch.puts.empty() && batch.deletes.empty()) return Status::Ok();
    written = committer.Commit(std::move(batch));
    if (written.reason() != Reason::kStorageConflict) return written;
  }
  return Status(Reason::kRecordBusy);
}

}  // namespace

// --- what the rows say -----------------------------------------------------------------------------------------------

Result<std::optional<Departure>> CustomerKeys::DepartureOf(CustomerId customer) const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, key_store_.Get(DepartureRowKey(customer)));
  if (!row.has_value()) return std::optional<Departure>();
  ASSIGN_OR_RETURN(const Departure departure, OpenDeparture(row->bytes, ring_->rows(), ring_->compartment(), customer));
  return std::optional<Departure>(departure);
}

Result<std::optional<Arrival>> CustomerKeys::ArrivalOf(CustomerId customer) const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, key_store_.Get(ArrivalRowKey(customer)));
  if (!row.has_value()) return std::optional<Arrival>();
  ASSIGN_OR_RETURN(const Arrival arrival, OpenArrival(row->bytes, ring_->rows(), ring_->compartment(), customer));
  return std::optional<Arrival>(arrival);
}

Result<bool> CustomerKeys::IsMoving(CustomerId customer) const {
  ASSIGN_OR_RETURN(const std::optional<Departure> departure, DepartureOf(customer));
  if (departure.has_value() && departure->state == DepartureState::kLeaving) return true;
  ASSIGN_OR_RETURN(const std::optional<StoreValue> arrival, key_store_.Get(ArrivalRowKey(customer)));
  return arrival.has_value();
}

Result<std::vector<CustomerId>> CustomerKeys::ScanArrivals(CustomerId begin, size_t limit) const {
  return ScanKind(kArrivalKind, begin, limit);
}

Result<std::vector<CustomerId>> CustomerKeys::ScanDepartures(CustomerId begin, size_t limit) const {
  return ScanKind(kDepartureKind, begin, limit);
}

Result<std::vector<CustomerId>> CustomerKeys::ScanKind(char kind, CustomerId begin, size_t limit) const {
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows, key_store_.Scan({.begin = CustomerRowKey(kind, begin),
                                                                      .end = Bytes(1, static_cast<char>(kind + 1)),
                                                                      .limit = limit}));
  std::vector<CustomerId> ids;
  ids.reserve(rows.size());
  for (const StoreRow& row : rows) {
    ASSIGN_OR_RETURN(const CustomerId customer, CustomerOfKeyRow(row.key));
    ids.push_back(customer);
  }
  return ids;
}

Result<uint32_t> CustomerKeys::GenerationOf(CustomerId customer) const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, key_store_.Get(CustomerKeyRowKey(customer)));
  if (!stored.has_value()) return Status(Reason::kCustomerNotFound);
  ASSIGN_OR_RETURN(const CustomerKeyRow row, CustomerKeyRow::Decode(stored->bytes));
  return row.generation;
}

// The version of the row 'A', if it is this move's.
Result<std::optional<StoreVersion>> CustomerKeys::VersionOf(CustomerId customer, const Arrival& arrival) const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, key_store_.Get(ArrivalRowKey(customer)));
  if (!row.has_value()) return std::optional<StoreVersion>();
  ASSIGN_OR_RETURN(const Arrival there, OpenArrival(row->bytes, ring_->rows(), ring_->compartment(), customer));
  return there == arrival ? std::optional<StoreVersion>(row->version) : std::nullopt;
}

// --- in the compartment that is come to ------------------------------------------------------------------------------

Result<CustomerKeyPtr> CustomerKeys::BeginArrival(CustomerId customer, const Arrival& arrival) {
  ASSIGN_OR_RETURN(const EpochLeasePtr lease, ring_->epochs().Take());
  const SecretBytes key = SecretBytes::Generate(Aead::kKeySizeBytes, random_);
  CustomerKeyRow row;
  row.epoch = lease->open().number;
  row.generation = arrival.generation + 1;
  row.blocked = true;
  ASSIGN_OR_RETURN(row.wrapped, lease->open().wrap.Wrap(
                                    key, aad::CustomerKey(ring_->compartment(), customer, row.generation), random_));
  StoreBatch batch;
  const Bytes key_row = CustomerKeyRowKey(customer);
  const Bytes arrival_row = ArrivalRowKey(customer);
  batch.conditions.push_back({key_row, kAbsent});
  batch.conditions.push_back({arrival_row, kAbsent});
  batch.puts.push_back({key_row, row.Encode()});
  ASSIGN_OR_RETURN(Bytes note, SealArrival(arrival, ring_->rows(), ring_->compartment(), customer, random_));
  batch.puts.push_back({arrival_row, std::move(note)});
  RETURN_IF_ERROR(CommitUnder(std::move(batch), lease));
  return std::make_shared<const CustomerKey>(CustomerKey{Aead(key), row.generation, nullptr});
}

Status CustomerKeys::EndArrival(CustomerId customer, const Arrival& arrival) {
  const Bytes key_row = CustomerKeyRowKey(customer);
  const Bytes arrival_row = ArrivalRowKey(customer);
  const Status ended = Again(committer_, [&]() -> Result<StoreBatch> {
    StoreBatch batch;
    ASSIGN_OR_RETURN(const std::optional<StoreVersion> ours, VersionOf(customer, arrival));
    if (!ours.has_value()) return Status(Reason::kRecordBusy);  // somebody else has finished it
    ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, key_store_.Get(key_row));
    if (!stored.has_value()) return Status(Reason::kCustomerNotFound);
    ASSIGN_OR_RETURN(CustomerKeyRow row, CustomerKeyRow::Decode(stored->bytes));
    ASSIGN_OR_RETURN(const std::optional<StoreValue> block, key_store_.Get(CustomerRowKey(kBlockKind, customer)));
    if (!row.blocked || block.has_value()) return batch;  // done before, and blocked since
    row.blocked = false;
    batch.conditions.push_back({arrival_row, *ours});
    batch.conditions.push_back({key_row, stored->version});
    batch.puts.push_back({key_row, row.Encode()});
    batch.deletes.push_back(DepartureRowKey(customer));  // of an earlier stay
    return batch;
  });
  Evict(customer);
  return ended;
}

Status CustomerKeys::ForgetArrival(CustomerId customer, const Arrival& arrival) {
  return Again(committer_, [&]() -> Result<StoreBatch> {
    StoreBatch batch;
    ASSIGN_OR_RETURN(const std::optional<StoreVersion> ours, VersionOf(customer, arrival));
    if (!ours.has_value()) return batch;
    batch.conditions.push_back({ArrivalRowKey(customer), *ours});
    batch.deletes.push_back(ArrivalRowKey(customer));
    return batch;
  });
}

Status CustomerKeys::DropArrival(CustomerId customer, const Arrival& arrival) {
  const Bytes key_row = CustomerKeyRowKey(customer);
  const Bytes arrival_row = ArrivalRowKey(customer);
  const Status dropped = Again(committer_, [&]() -> Result<StoreBatch> {
    StoreBatch batch;
    ASSIGN_OR_RETURN(const std::optional<StoreVersion> ours, VersionOf(customer, arrival));
    if (!ours.has_value()) return batch;
    batch.conditions.push_back({arrival_row, *ours});
    ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, key_store_.Get(key_row));
    if (stored.has_value()) {
      batch.conditions.push_back({key_row, stored->version});
      batch.deletes.push_back(key_row);
    }
    batch.deletes.push_back(arrival_row);
    return batch;
  });
  Evict(customer);
  return dropped;
}

// --- in the compartment that is left ---------------------------------------------------------------------------------

Status CustomerKeys::BeginDeparture(CustomerId customer, const Departure& departure) {
  const Bytes key_row = CustomerKeyRowKey(customer);
  const Bytes departure_row = DepartureRowKey(customer);
  ASSIGN_OR_RETURN(const Bytes note, SealDeparture(departure, ring_->rows(), ring_->compartment(), customer, random_));
  RETURN_IF_ERROR(Again(committer_, [&]() -> Result<StoreBatch> {
    ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, key_store_.Get(key_row));
    if (!stored.has_value()) return Status(Reason::kCustomerNotFound);
    ASSIGN_OR_RETURN(CustomerKeyRow row, CustomerKeyRow::Decode(stored->bytes));
    ASSIGN_OR_RETURN(const bool moving, IsMoving(customer));
    if (moving) return Moving();
    if (row.blocked) return Status(Reason::kCustomerErasing, "this customer is being erased");
    if (!row.wrapped_before.empty() || row.generation != departure.generation) return Status(Reason::kRecordBusy);
    ASSIGN_OR_RETURN(const std::optional<StoreValue> before, key_store_.Get(departure_row));
    row.blocked = true;
    StoreBatch batch;
    batch.conditions.push_back({key_row, stored->version});
    batch.conditions.push_back({departure_row, before.has_value() ? before->version : kAbsent});
    batch.puts.push_back({key_row, row.Encode()});
    batch.puts.push_back({departure_row, note});
    return batch;
  }));
  Evict(customer);
  WaitForOthers();  // from here on nobody opens the customer
  return Status::Ok();
}

Status CustomerKeys::CutOver(CustomerId customer, const Departure& departure) {
  const Bytes key_row = CustomerKeyRowKey(customer);
  const Bytes departure_row = DepartureRowKey(customer);
  Departure gone = departure;
  gone.state = DepartureState::kGone;
  ASSIGN_OR_RETURN(const Bytes note, SealDeparture(gone, ring_->rows(), ring_->compartment(), customer, random_));
  RETURN_IF_ERROR(Again(committer_, [&]() -> Result<StoreBatch> {
    ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, key_store_.Get(key_row));
    ASSIGN_OR_RETURN(const std::optional<StoreValue> before, key_store_.Get(departure_row));
    if (!stored.has_value() || !before.has_value()) return Status(Reason::kRecordBusy);  // erased, or taken back
    ASSIGN_OR_RETURN(CustomerKeyRow row, CustomerKeyRow::Decode(stored->bytes));
    ASSIGN_OR_RETURN(const Departure there,
                     OpenDeparture(before->bytes, ring_->rows(), ring_->compartment(), customer));
    ASSIGN_OR_RETURN(const std::optional<StoreValue> block, key_store_.Get(CustomerRowKey(kBlockKind, customer)));
    const bool ours = there.state == DepartureState::kLeaving && SameMove(there, departure);
    if (!ours || block.has_value() || row.generation != departure.generation || !row.wrapped_before.empty()) {
      return Status(Reason::kRecordBusy);
    }
    // The wrap stays as it is, under the epoch it stands under, and dies with that.
    const PastKeyRow past{customer, row.generation, row.epoch, std::move(row.wrapped)};
    StoreBatch batch;
    batch.conditions.push_back({key_row, stored->version});
    batch.conditions.push_back({departure_row, before->version});
    batch.deletes.push_back(key_row);
    batch.puts.push_back({past.RowKey(), past.Encode()});
    batch.puts.push_back({departure_row, note});
    return batch;
  }));
  Evict(customer);
  WaitForOthers();
  return Status::Ok();
}

Status CustomerKeys::AbortDeparture(CustomerId customer, const Departure& departure) {
  const Bytes key_row = CustomerKeyRowKey(customer);
  const Bytes departure_row = DepartureRowKey(customer);
  const Status aborted = Again(committer_, [&]() -> Result<StoreBatch> {
    StoreBatch batch;
    ASSIGN_OR_RETURN(const std::optional<StoreValue> before, key_store_.Get(departure_row));
    if (!before.has_value()) return batch;
    ASSIGN_OR_RETURN(const Departure there,
                     OpenDeparture(before->bytes, ring_->rows(), ring_->compartment(), customer));
    if (there.state != DepartureState::kLeaving || !SameMove(there, departure)) return batch;
    batch.conditions.push_back({departure_row, before->version});
    batch.deletes.push_back(departure_row);
    ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, key_store_.Get(key_row));
    if (!stored.has_value()) return batch;  // erased meanwhile
    ASSIGN_OR_RETURN(CustomerKeyRow row, CustomerKeyRow::Decode(stored->bytes));
    ASSIGN_OR_RETURN(const std::optional<StoreValue> block, key_store_.Get(CustomerRowKey(kBlockKind, customer)));
    row.blocked = block.has_value();
    batch.conditions.push_back({key_row, stored->version});
    batch.puts.push_back({key_row, row.Encode()});
    return batch;
  });
  Evict(customer);
  return aborted;
}

// --- of who has gone -------------------------------------------------------------------------------------------------

Result<CustomerKeyPtr> CustomerKeys::GetDeparted(CustomerId customer) const {
  const Bytes prefix = CustomerRowKey(kPastKeyKind, customer);
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                   key_store_.Scan({.begin = prefix, .end = PrefixEnd(prefix), .limit = kMaxPastKeys}));
  const EpochSetPtr epochs = ring_->epochs().Current();
  CustomerKeyPtr newest;
  for (const StoreRow& row : rows) {  // the oldest first
    ASSIGN_OR_RETURN(const PastKeyRow past, PastKeyRow::Decode(row.key, row.value));
    const Result<SecretBytes> key = past.Open(*epochs, ring_->compartment());
    if (key.reason() == Reason::kKeyMissing) continue;
    RETURN_IF_ERROR(key.status());
    newest = std::make_shared<const CustomerKey>(CustomerKey{Aead(*key), past.generation, std::move(newest)});
  }
  if (newest == nullptr) return Status(Reason::kCustomerNotFound);
  return newest;
}

Result<bool> CustomerKeys::DestroyDeparted(CustomerId customer, UnixMillis now) {
  bool any = false;
  const Status destroyed = Again(committer_, [&]() -> Result<StoreBatch> {
    StoreBatch batch;
    const Bytes departure_row = DepartureRowKey(customer);
    ASSIGN_OR_RETURN(const std::optional<StoreValue> there, key_store_.Get(departure_row));
    if (!there.has_value()) return batch;
    ASSIGN_OR_RETURN(const bool erased, IsErased(customer));
    if (erased) return batch;
    any = true;
    batch.conditions.push_back({departure_row, there->version});
    RETURN_IF_ERROR(PutLedger(batch, customer, now));
    RETURN_IF_ERROR(DeletePast(batch, customer));
    return batch;
  });
  RETURN_IF_ERROR(destroyed);
  return any;
}

Status CustomerKeys::TakeBack(CustomerId customer, const std::vector<TakenRow>& taken,
                              const std::optional<ErasureBlock>& block) {
  const Bytes key_row = CustomerKeyRowKey(customer);
  const Bytes departure_row = DepartureRowKey(customer);
  ASSIGN_OR_RETURN(const std::optional<StoreValue> there, key_store_.Get(departure_row));
  if (!there.has_value()) return Status(Reason::kCustomerNotFound);
  ASSIGN_OR_RETURN(const Departure departure,
                   OpenDeparture(there->bytes, ring_->rows(), ring_->compartment(), customer));
  PastKeyRow past{customer, departure.generation, 0, {}};
  const Bytes past_row = past.RowKey();
  ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, key_store_.Get(past_row));
  if (!stored.has_value()) return Status(Reason::kCustomerNotFound);
  ASSIGN_OR_RETURN(past, PastKeyRow::Decode(past_row, stored->bytes));
  ASSIGN_OR_RETURN(const EpochLeasePtr lease, ring_->epochs().Take());
  ASSIGN_OR_RETURN(const SecretBytes key, past.Open(lease->set(), ring_->compartment()));
  CustomerKeyRow row;
  row.epoch = lease->open().number;
  row.generation = past.generation;
  row.blocked = block.has_value();
  ASSIGN_OR_RETURN(row.wrapped, lease->open().wrap.Wrap(
                                    key, aad::CustomerKey(ring_->compartment(), customer, row.generation), random_));
  StoreBatch batch;
  batch.conditions.push_back({key_row, kAbsent});
  batch.conditions.push_back({departure_row, there->version});
  batch.puts.push_back({key_row, row.Encode()});
  batch.deletes.push_back(departure_row);
  batch.deletes.push_back(past_row);
  if (block.has_value()) {
    const Bytes block_row = CustomerRowKey(kBlockKind, customer);
    ASSIGN_OR_RETURN(Bytes note, SealBlock(block_row, *block));
    batch.puts.push_back({block_row, std::move(note)});
  }
  for (const TakenRow& one : taken) {
    const TakenRow here{customer, one.name, row.generation, one.at};
    ASSIGN_OR_RETURN(Bytes sealed, here.Seal(ring_->rows(), ring_->compartment(), random_));
    batch.puts.push_back({here.RowKey(), std::move(sealed)});
  }
  RETURN_IF_ERROR(CommitUnder(std::move(batch), lease));
  Evict(customer);
  return Status::Ok();
}

}  // namespace strongroom
