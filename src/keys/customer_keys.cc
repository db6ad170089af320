#include "keys/customer_keys.h"

#include <string>
#include <utility>

#include "base/encoding.h"
#include "keys/aad.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;

Bytes RowKey(char kind, CustomerId customer) {
  Bytes key(1, kind);
  ByteWriter(key).U64(customer);
  return key;
}

}  // namespace

CustomerKeys::CustomerKeys(Store& key_store, std::shared_ptr<const KeyRing> ring, const Clock& clock, Random& random)
    : key_store_(key_store), ring_(std::move(ring)), clock_(clock), random_(random), committer_(key_store) {}

CustomerKeys::~CustomerKeys() = default;

Result<std::vector<CustomerKeyPtr>> CustomerKeys::Create(const std::vector<CustomerId>& customers) {
  ASSIGN_OR_RETURN(DrawnKeys drawn, Draw(customers));
  RETURN_IF_ERROR(committer_.Commit(std::move(drawn.rows.rows())));
  return std::move(drawn.keys);
}

Result<DrawnKeys> CustomerKeys::Draw(const std::vector<CustomerId>& customers) const {
  constexpr uint32_t kFirstGeneration = 1;
  const KeyWrap* wrap = ring_->WrapKey(ring_->epoch());
  DrawnKeys drawn;
  StoreBatch& batch = drawn.rows.rows();
  drawn.keys.reserve(customers.size());
  for (CustomerId customer : customers) {
    const SecretBytes key = SecretBytes::Generate(Aead::kKeySizeBytes, random_);
    ASSIGN_OR_RETURN(const Bytes wrapped,
                     wrap->Wrap(key, aad::CustomerKey(ring_->compartment(), customer, kFirstGeneration), random_));
    Bytes row;
    ByteWriter writer(row);
    writer.U8(kFormatVersion);
    writer.U32(ring_->epoch());
    writer.U32(kFirstGeneration);
    writer.Raw(wrapped);
    Bytes row_key = RowKey('K', customer);
    batch.conditions.push_back({row_key, kAbsent});
    batch.puts.push_back({std::move(row_key), std::move(row)});
    drawn.keys.push_back(std::make_shared<const CustomerKey>(CustomerKey{Aead(key), kFirstGeneration}));
  }
  return drawn;
}

void CustomerKeys::Write(DrawnKeys&& drawn, GroupCommitter::Done done) {
  committer_.Submit(std::move(drawn.rows.rows()), nullptr, std::move(done));
}

Result<CustomerKeyPtr> CustomerKeys::Get(CustomerId customer) {
  Shard& shard = ShardOf(customer);
  const int64_t now = clock_.MonotonicMillis();
  uint64_t evictions_seen = 0;
  {
    std::lock_guard lock(shard.mutex);
    evictions_seen = shard.evictions;
    const auto found = shard.entries.find(customer);
    if (found != shard.entries.end() && found->second.expires_at > now) return found->second.key;
  }
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, key_store_.Get(RowKey('K', customer)));
  if (!row.has_value()) return Status(Reason::kCustomerNotFound);
  ByteReader reader(row->bytes);
  const uint8_t version = reader.U8();
  const Epoch epoch = reader.U32();
  const uint32_t generation = reader.U32();
  const ByteView wrapped = reader.Rest();
  if (reader.failed() || version != kFormatVersion) {
    return Status(Reason::kDataCorrupt, "a customer key row is malformed or of a newer format");
  }
  const KeyWrap* wrap = ring_->WrapKey(epoch);
  if (wrap == nullptr) return Status(Reason::kKeyMissing, "a customer key names a wrap key that is no longer held");
  ASSIGN_OR_RETURN(const SecretBytes key, wrap->Unwrap(wrapped, aad::CustomerKey(ring_->compartment(), customer, generation)));
  auto opened = std::make_shared<const CustomerKey>(CustomerKey{Aead(key), generation});
  Remember(customer, opened, evictions_seen);
  return CustomerKeyPtr(std::move(opened));
}

void CustomerKeys::Remember(CustomerId customer, const CustomerKeyPtr& key, uint64_t evictions_seen) {
  Shard& shard = ShardOf(customer);
  const int64_t now = clock_.MonotonicMillis();
  std::lock_guard lock(shard.mutex);
  if (shard.evictions != evictions_seen) return;
  DropOldest(shard, now);
  shard.entries[customer] = {key, now + kCacheMillis};
  shard.by_expiry.emplace_back(now + kCacheMillis, customer);
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

Status CustomerKeys::Destroy(CustomerId customer, UnixMillis now) {
  const Bytes key_row = RowKey('K', customer);
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, key_store_.Get(key_row));
  if (!row.has_value()) return Status(Reason::kCustomerNotFound);
  Bytes note;
  ByteWriter writer(note);
  writer.U8(kFormatVersion);
  writer.U64(static_cast<uint64_t>(now));
  Bytes ledger_row = RowKey('L', customer);
  ASSIGN_OR_RETURN(Bytes sealed, ring_->rows().Seal(note, aad::Row(ring_->compartment(), ledger_row), random_));
  StoreBatch batch;
  batch.puts.push_back({std::move(ledger_row), std::move(sealed)});
  batch.deletes.push_back(key_row);
  RETURN_IF_ERROR(committer_.Commit(std::move(batch)));
  Evict(customer);
  return Status::Ok();
}

Status CustomerKeys::DropOrphans(const std::vector<CustomerId>& customers) {
  StoreBatch batch;
  for (CustomerId customer : customers) batch.deletes.push_back(RowKey('K', customer));
  RETURN_IF_ERROR(committer_.Commit(std::move(batch)));
  for (CustomerId customer : customers) Evict(customer);
  return Status::Ok();
}

void CustomerKeys::DropOrphanLater(CustomerId customer) {
  StoreBatch batch;
  batch.deletes.push_back(RowKey('K', customer));
  Evict(customer);  // nobody can have asked for it since: no record names it
  committer_.Submit(std::move(batch), nullptr, [](const Status&) {});
}

Result<bool> CustomerKeys::IsErased(CustomerId customer) const {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, key_store_.Get(RowKey('L', customer)));
  return row.has_value();
}

Result<std::vector<CustomerId>> CustomerKeys::Scan(CustomerId begin, size_t limit) const {
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                   key_store_.Scan({.begin = RowKey('K', begin), .end = "L", .limit = limit}));
  std::vector<CustomerId> ids;
  ids.reserve(rows.size());
  for (const StoreRow& row : rows) {
    ByteReader reader(ByteView(row.key).substr(1));
    ids.push_back(reader.U64());
  }
  return ids;
}

}  // namespace strongroom
