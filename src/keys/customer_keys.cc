#include "keys/customer_keys.h"

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "base/encoding.h"
#include "keys/aad.h"
#include "keys/customer_rows.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr int64_t kFollowMillis = 100;
constexpr int64_t kGraceMillis = 100;  // for a look at the cache that is under way
constexpr int kBlockTries = 10;        // against a key that is wrapped anew or given a new generation meanwhile

void AddCondition(StoreBatch& batch, const EpochLease& lease) {
  if (const std::optional<Epoch> open = lease.MustStandUnder()) batch.conditions.push_back(StandsUnder(*open));
}

}  // namespace

CustomerKeys::CustomerKeys(Store& key_store, std::shared_ptr<const KeyRing> ring, const Clock& clock, Random& random,
                           std::shared_ptr<const ServerView> view)
    : key_store_(key_store),
      ring_(std::move(ring)),
      clock_(clock),
      random_(random),
      view_(std::move(view)),
      committer_(key_store) {}

int64_t CustomerKeys::CacheMillis() const { return IsShared() ? kSharedCacheMillis : kCacheMillis; }

void CustomerKeys::WaitForOthers() const {
  if (IsShared()) std::this_thread::sleep_for(std::chrono::milliseconds(kSharedCacheMillis + kGraceMillis));
}

CustomerKeys::~CustomerKeys() = default;

// What was prepared for an epoch is refused when that is closed.
struct CustomerKeys::Leased : GroupCommitter::Attachment {
  explicit Leased(EpochLeasePtr held) : lease(std::move(held)) {}
  Status BeforeCommit() const override { return lease->MayCommit(); }
  const EpochLeasePtr lease;
};

Result<std::vector<CustomerKeyPtr>> CustomerKeys::Create(const std::vector<CustomerId>& customers,
                                                         EpochLeasePtr lease) {
  ASSIGN_OR_RETURN(DrawnKeys drawn, Draw(customers, std::move(lease)));
  AddCondition(drawn.rows.rows(), *drawn.rows.lease());
  RETURN_IF_ERROR(committer_.Commit(std::move(drawn.rows.rows()), std::make_unique<Leased>(drawn.rows.lease())));
  return std::move(drawn.keys);
}

Status CustomerKeys::CommitUnder(StoreBatch batch, const EpochLeasePtr& lease) {
  AddCondition(batch, *lease);
  return committer_.Commit(std::move(batch), std::make_unique<Leased>(lease));
}

Result<DrawnKeys> CustomerKeys::Draw(const std::vector<CustomerId>& customers, EpochLeasePtr lease) const {
  if (lease == nullptr) {
    ASSIGN_OR_RETURN(lease, ring_->epochs().Take());
  }
  const EpochKeys& epoch = lease->open();
  DrawnKeys drawn;
  drawn.rows.SetLease(lease);
  StoreBatch& batch = drawn.rows.rows();
  drawn.keys.reserve(customers.size());
  for (CustomerId customer : customers) {
    const SecretBytes key = SecretBytes::Generate(Aead::kKeySizeBytes, random_);
    CustomerKeyRow row;
    row.epoch = epoch.number;
    ASSIGN_OR_RETURN(row.wrapped,
                     epoch.wrap.Wrap(key, aad::CustomerKey(ring_->compartment(), customer, row.generation), random_));
    Bytes row_key = CustomerKeyRowKey(customer);
    batch.conditions.push_back({row_key, kAbsent});
    batch.puts.push_back({std::move(row_key), row.Encode()});
    drawn.keys.push_back(std::make_shared<const CustomerKey>(CustomerKey{Aead(key), row.generation, nullptr}));
  }
  return drawn;
}

void CustomerKeys::Write(DrawnKeys&& drawn, GroupCommitter::Done done) {
  auto leased = std::make_unique<Leased>(drawn.rows.lease());
  AddCondition(drawn.rows.rows(), *drawn.rows.lease());
  committer_.Submit(std::move(drawn.rows.rows()), std::move(leased), std::move(done));
}

Result<CustomerKeys::ReadKey> CustomerKeys::Fetch(CustomerId customer) {
  Shard& shard = ShardOf(customer);
  const int64_t now = clock_.MonotonicMillis();
  uint64_t evictions_seen = 0;
  {
    std::lock_guard lock(shard.mutex);
    evictions_seen = shard.evictions;
    const auto found = shard.entries.find(customer);
    if (found != shard.entries.end() && found->second.expires_at > now) {
      return ReadKey{found->second.key, false};
    }
  }
  ASSIGN_OR_RETURN(ReadKey read, Read(customer));
  if (!read.blocked) Remember(customer, read.key, evictions_seen, now);
  return read;
}

Result<CustomerKeyPtr> CustomerKeys::Get(CustomerId customer) {
  ASSIGN_OR_RETURN(ReadKey read, Fetch(customer));
  if (read.blocked) return Status(Reason::kCustomerNotFound);
  return std::move(read.key);
}

Result<CustomerKeyPtr> CustomerKeys::GetEvenBlocked(CustomerId customer) {
  ASSIGN_OR_RETURN(ReadKey read, Fetch(customer));
  return std::move(read.key);
}

Result<CustomerKeyPtr> CustomerKeys::GetAfresh(CustomerId customer) {
  Evict(customer);
  return GetEvenBlocked(customer);
}

Result<CustomerKeys::ReadKey> CustomerKeys::Read(CustomerId customer, CustomerKeyPtr older) const {
  // The row may be wrapped anew, and the epoch it names be gone, between the two looks; with several servers it may
  // stand under an epoch that another server has just opened.
  const int tries = IsShared() ? 12 : 3;
  Status failure;
  for (int attempt = 0; attempt < tries; ++attempt) {
    ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, key_store_.Get(CustomerKeyRowKey(customer)));
    if (!stored.has_value()) return Status(Reason::kCustomerNotFound);
    ASSIGN_OR_RETURN(const CustomerKeyRow row, CustomerKeyRow::Decode(stored->bytes));
    const EpochSetPtr epochs = ring_->epochs().Current();
    const Result<SecretBytes> key = row.Open(*epochs, ring_->compartment(), customer);
    if (!key.ok()) {
      failure = key.status();
      if (key.reason() != Reason::kKeyMissing) return failure;
      if (IsShared()) std::this_thread::sleep_for(std::chrono::milliseconds(kFollowMillis));
      continue;
    }
    CustomerKey opened{Aead(*key), row.generation, older};
    if (!row.wrapped_before.empty()) {
      ASSIGN_OR_RETURN(const SecretBytes before, row.OpenBefore(*epochs, ring_->compartment(), customer));
      opened.before = std::make_shared<const CustomerKey>(CustomerKey{Aead(before), row.generation - 1, older});
    }
    return ReadKey{std::make_shared<const CustomerKey>(std::move(opened)), row.blocked};
  }
  return failure;
}

void CustomerKeys::Settle() { committer_.Commit({}).IgnoreError(); }

// --- a new key -------------------------------------------------------------------------------------------------------

Status CustomerKeys::Replace(CustomerId customer, StoreVersion expected, const CustomerKeyRow& row, EpochLeasePtr lease,
                             const PastKeyRow* past) {
  StoreBatch batch;
  const Bytes row_key = CustomerKeyRowKey(customer);
  batch.conditions.push_back({row_key, expected});
  batch.puts.push_back({row_key, row.Encode()});
  if (past != nullptr) batch.puts.push_back({past->RowKey(), past->Encode()});
  if (lease != nullptr) AddCondition(batch, *lease);
  std::unique_ptr<Leased> leased = lease == nullptr ? nullptr : std::make_unique<Leased>(std::move(lease));
  const Status written = committer_.Commit(std::move(batch), std::move(leased));
  Evict(customer);  // whatever became of it
  return written;
}

Result<CustomerKeyPtr> CustomerKeys::BeginRekey(CustomerId customer) {
  const Bytes row_key = CustomerKeyRowKey(customer);
  ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, key_store_.Get(row_key));
  if (!stored.has_value()) return Status(Reason::kCustomerNotFound);
  ASSIGN_OR_RETURN(const CustomerKeyRow old_row, CustomerKeyRow::Decode(stored->bytes));
  if (old_row.blocked) {
    ASSIGN_OR_RETURN(const bool moving, IsMoving(customer));
    if (moving) return Status(Reason::kRecordBusy);
  }
  if (old_row.wrapped_before.empty()) {
    ASSIGN_OR_RETURN(const EpochLeasePtr lease, ring_->epochs().Take());
    ASSIGN_OR_RETURN(const CustomerKeyRow moved,
                     old_row.Rewrapped(lease->set(), lease->open(), ring_->compartment(), customer, random_));
    CustomerKeyRow row;
    row.epoch = moved.epoch;
    row.generation = old_row.generation + 1;
    row.blocked = old_row.blocked;
    row.wrapped_before = moved.wrapped;
    ASSIGN_OR_RETURN(row.wrapped, lease->open().wrap.Wrap(
                                      SecretBytes::Generate(Aead::kKeySizeBytes, random_),
                                      aad::CustomerKey(ring_->compartment(), customer, row.generation), random_));
    RETURN_IF_ERROR(Replace(customer, stored->version, row, lease));
    WaitForOthers();  // from here on nobody seals with the old one
  }
  return GetAfresh(customer);
}

Status CustomerKeys::EndRekey(CustomerId customer) {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, key_store_.Get(CustomerKeyRowKey(customer)));
  if (!stored.has_value()) return Status(Reason::kCustomerNotFound);
  ASSIGN_OR_RETURN(CustomerKeyRow row, CustomerKeyRow::Decode(stored->bytes));
  if (row.wrapped_before.empty()) return Status::Ok();
  // The wrap stays as it is, under the epoch it stands under, and is never made anew.
  const PastKeyRow past{customer, row.generation - 1, row.epoch, std::move(row.wrapped_before)};
  row.wrapped_before.clear();
  return Replace(customer, stored->version, row, nullptr, &past);
}

void CustomerKeys::Remember(CustomerId customer, const CustomerKeyPtr& key, uint64_t evictions_seen, int64_t read_at) {
  Shard& shard = ShardOf(customer);
  const int64_t now = clock_.MonotonicMillis();
  const int64_t expires_at = read_at + CacheMillis();
  std::lock_guard lock(shard.mutex);
  if (shard.evictions != evictions_seen || expires_at <= now) return;
  DropOldest(shard, now);
  shard.entries[customer] = {key, expires_at};
  shard.by_expiry.emplace_back(expires_at, customer);
}

// What has expired, and the oldest when there is no room for one more.
void CustomerKeys::DropOldest(Shard& shard, int64_t now) {
  while (!shard.by_expiry.empty()) {
    const auto [expires_at, customer] = shard.by_expiry.front();
    const bool full = shard.by_expiry.size() >= kCacheEntries / kShards;
    if (expires_at > now && !full) return;
    const auto entry = shard.entries.find(customer);
    if (entry != shard.entries.end() && entry->second.expires_at == expires_at) shard.entries.erase(entry);
    shard.by_expiry.pop_front();
  }
}

void CustomerKeys::Evict(CustomerId customer) {
  Shard& shard = ShardOf(customer);
  std::lock_guard lock(shard.mutex);
  shard.entries.erase(customer);
  ++shard.evictions;
}

// --- blocking --------------------------------------------------------------------------------------------------------

Result<ErasureBlock> CustomerKeys::OpenBlock(const Bytes& row_key, ByteView sealed) const {
  ASSIGN_OR_RETURN(const Bytes note, ring_->rows().Open(sealed, aad::Row(ring_->compartment(), row_key)));
  ByteReader reader(note);
  const uint8_t version = reader.U8();
  ErasureBlock block;
  block.asked_at = static_cast<UnixMillis>(reader.U64());
  block.due_at = static_cast<UnixMillis>(reader.U64());
  RETURN_IF_ERROR(reader.Finish("the note of a blocked customer"));
  if (version != kFormatVersion) return Status(Reason::kDataCorrupt, "a block is of a newer format");
  return block;
}

Result<Bytes> CustomerKeys::SealBlock(const Bytes& row_key, const ErasureBlock& block) const {
  Bytes note;
  ByteWriter writer(note);
  writer.U8(kFormatVersion);
  writer.U64(static_cast<uint64_t>(block.asked_at));
  writer.U64(static_cast<uint64_t>(block.due_at));
  return ring_->rows().Seal(note, aad::Row(ring_->compartment(), row_key), random_);
}

// One batch: the note, or its end, and the mark in the key's row.
Status CustomerKeys::SetBlocked(CustomerId customer, const std::optional<ErasureBlock>& block) {
  const Bytes row_key = CustomerKeyRowKey(customer);
  const Bytes block_key = CustomerRowKey(kBlockKind, customer);
  Status written;
  for (int attempt = 0; attempt < kBlockTries; ++attempt) {
    ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, key_store_.Get(row_key));
    if (!stored.has_value()) return Status(Reason::kCustomerNotFound);
    ASSIGN_OR_RETURN(CustomerKeyRow row, CustomerKeyRow::Decode(stored->bytes));
    ASSIGN_OR_RETURN(const std::optional<StoreValue> noted, key_store_.Get(block_key));
    if (row.blocked == block.has_value() && noted.has_value() == block.has_value()) {
      return block.has_value() ? Status::Ok() : Status(Reason::kCustomerNotFound);
    }
    if (row.blocked) {
      ASSIGN_OR_RETURN(const bool moving, IsMoving(customer));
      if (moving) return Status(Reason::kRecordBusy);
    }
    row.blocked = block.has_value();
    StoreBatch batch;
    batch.conditions.push_back({row_key, stored->version});
    batch.puts.push_back({row_key, row.Encode()});
    if (block.has_value()) {
      ASSIGN_OR_RETURN(Bytes sealed, SealBlock(block_key, *block));
      batch.puts.push_back({block_key, std::move(sealed)});
    } else {
      batch.deletes.push_back(block_key);
    }
    written = committer_.Commit(std::move(batch));
    Evict(customer);  // whatever became of it
    if (written.reason() != Reason::kStorageConflict) return written;
  }
  return written;
}

Status CustomerKeys::Block(CustomerId customer, const ErasureBlock& block) {
  RETURN_IF_ERROR(SetBlocked(customer, block));
  WaitForOthers();
  return Status::Ok();
}

Status CustomerKeys::Unblock(CustomerId customer) { return SetBlocked(customer, std::nullopt); }

Result<std::optional<ErasureBlock>> CustomerKeys::BlockOf(CustomerId customer) const {
  const Bytes row_key = CustomerRowKey(kBlockKind, customer);
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, key_store_.Get(row_key));
  if (!row.has_value()) return std::optional<ErasureBlock>();
  ASSIGN_OR_RETURN(const ErasureBlock block, OpenBlock(row_key, row->bytes));
  return std::optional<ErasureBlock>(block);
}

Result<std::vector<BlockedCustomer>> CustomerKeys::ScanBlocked(CustomerId begin, size_t limit) const {
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                   key_store_.Scan({.begin = CustomerRowKey(kBlockKind, begin), .end = "C", .limit = limit}));
  std::vector<BlockedCustomer> blocked;
  blocked.reserve(rows.size());
  for (const StoreRow& row : rows) {
    ASSIGN_OR_RETURN(const CustomerId customer, CustomerOfKeyRow(row.key));
    ASSIGN_OR_RETURN(const ErasureBlock block, OpenBlock(row.key, row.value));
    blocked.push_back({customer, block});
  }
  return blocked;
}

// --- the end ---------------------------------------------------------------------------------------------------------

// That the customer was erased, and when.
Status CustomerKeys::PutLedger(StoreBatch& batch, CustomerId customer, UnixMillis now) const {
  Bytes note;
  ByteWriter writer(note);
  writer.U8(kFormatVersion);
  writer.U64(static_cast<uint64_t>(now));
  const Bytes row_key = CustomerRowKey(kLedgerKind, customer);
  ASSIGN_OR_RETURN(Bytes sealed, ring_->rows().Seal(note, aad::Row(ring_->compartment(), row_key), random_));
  batch.puts.push_back({row_key, std::move(sealed)});
  return Status::Ok();
}

Status CustomerKeys::Destroy(CustomerId customer, UnixMillis now) {
  constexpr int kTries = 10;  // against a new key, or what is taken away, just then
  const Bytes key_row = CustomerKeyRowKey(customer);
  Status destroyed;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    ASSIGN_OR_RETURN(const std::optional<StoreValue> row, key_store_.Get(key_row));
    if (!row.has_value()) return Status(Reason::kCustomerNotFound);
    StoreBatch batch;
    batch.conditions.push_back({key_row, row->version});  // so that no past key or note is written beside this
    RETURN_IF_ERROR(PutLedger(batch, customer, now));
    batch.deletes.push_back(key_row);
    batch.deletes.push_back(CustomerRowKey(kBlockKind, customer));
    RETURN_IF_ERROR(DeletePast(batch, customer));
    destroyed = committer_.Commit(std::move(batch));
    if (destroyed.reason() != Reason::kStorageConflict) break;
  }
  RETURN_IF_ERROR(destroyed);
  Evict(customer);
  WaitForOthers();
  return Status::Ok();
}

Status CustomerKeys::DropOrphans(const std::vector<CustomerId>& customers) {
  StoreBatch batch;
  for (CustomerId customer : customers) {
    batch.deletes.push_back(CustomerKeyRowKey(customer));
    batch.deletes.push_back(CustomerRowKey(kBlockKind, customer));
    RETURN_IF_ERROR(DeletePast(batch, customer));
  }
  RETURN_IF_ERROR(committer_.Commit(std::move(batch)));
  for (CustomerId customer : customers) Evict(customer);
  return Status::Ok();
}

void CustomerKeys::DropOrphanLater(CustomerId customer) {
  StoreBatch batch;
  batch.deletes.push_back(CustomerKeyRowKey(customer));
  Evict(customer);  // nobody can have asked for it since: no record names it
  committer_.Submit(std::move(batch), nullptr, [](const Status&) {});
}

Result<bool> CustomerKeys::IsErased(CustomerId customer) const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, key_store_.Get(CustomerRowKey(kLedgerKind, customer)));
  return row.has_value();
}

Result<std::optional<UnixMillis>> CustomerKeys::ErasedAt(CustomerId customer) const {
  const Bytes row_key = CustomerRowKey(kLedgerKind, customer);
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, key_store_.Get(row_key));
  if (!row.has_value()) return std::optional<UnixMillis>();
  ASSIGN_OR_RETURN(const Bytes note, ring_->rows().Open(row->bytes, aad::Row(ring_->compartment(), row_key)));
  ByteReader reader(note);
  const uint8_t version = reader.U8();
  const auto erased_at = static_cast<UnixMillis>(reader.U64());
  RETURN_IF_ERROR(reader.Finish("a note of the erasure ledger"));
  if (version != kFormatVersion) return Status(Reason::kDataCorrupt, "a note of the ledger is of a newer format");
  return std::optional<UnixMillis>(erased_at);
}

Result<std::vector<CustomerId>> CustomerKeys::Scan(CustomerId begin, size_t limit) const {
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                   key_store_.Scan({.begin = CustomerKeyRowKey(begin), .end = "L", .limit = limit}));
  std::vector<CustomerId> ids;
  ids.reserve(rows.size());
  for (const StoreRow& row : rows) {
    ByteReader reader(ByteView(row.key).substr(1));
    ids.push_back(reader.U64());
  }
  return ids;
}

}  // namespace strongroom
