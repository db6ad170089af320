#include "keys/root_rotation.h"

#include <map>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "crypto/aead.h"
#include "keys/aad.h"

namespace strongroom {
namespace {

constexpr char kRingKind = 'R';
constexpr char kStagedKind = 'N';
constexpr size_t kMaxRows = 1'000'000;

Result<std::vector<StoreRow>> RowsOf(const Store& store, char kind) {
  return store.Scan({.begin = Bytes(1, kind), .end = Bytes(1, static_cast<char>(kind + 1)), .limit = kMaxRows});
}

Result<Bytes> AadOf(CompartmentId compartment, const Bytes& row_key) {
  const size_t separator = row_key.find('\0');
  if (separator == Bytes::npos || row_key.size() != separator + 5) {
    return Status(Reason::kDataCorrupt, "the key store holds a ring key with a malformed name");
  }
  ByteReader epoch(ByteView(row_key).substr(separator + 1));
  return aad::RingKey(compartment, ByteView(row_key).substr(1, separator - 1), epoch.U32());
}

Result<bool> AllOpen(const std::vector<StoreRow>& rows, const KeyWrap& root, CompartmentId compartment) {
  for (const StoreRow& row : rows) {
    ASSIGN_OR_RETURN(const Bytes associated_data, AadOf(compartment, row.key));
    if (!root.Unwrap(row.value, associated_data).ok()) return false;
  }
  return true;
}

Bytes Renamed(Bytes row_key, char kind) {
  row_key.front() = kind;
  return row_key;
}

Status Discard(Store& store, const std::vector<StoreRow>& staged) {
  if (staged.empty()) return Status::Ok();
  StoreBatch batch;
  for (const StoreRow& row : staged) batch.deletes.push_back(row.key);
  return store.Commit(batch);
}

}  // namespace

Status StageRoot(Store& key_store, const SecretBytes& old_root, const SecretBytes& new_root, CompartmentId compartment,
                 Random& random) {
  RETURN_IF_ERROR(SettleRoot(key_store, old_root, compartment));  // what is left may be all that still opens
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows, RowsOf(key_store, kRingKind));
  const KeyWrap old_wrap(old_root);
  const KeyWrap new_wrap(new_root);
  StoreBatch batch;
  for (const StoreRow& row : rows) {
    ASSIGN_OR_RETURN(const Bytes associated_data, AadOf(compartment, row.key));
    const Result<SecretBytes> key = old_wrap.Unwrap(row.value, associated_data);
    if (!key.ok()) return Status(Reason::kUnlockFailed, "the root key does not open this key ring");
    ASSIGN_OR_RETURN(Bytes wrapped, new_wrap.Wrap(*key, associated_data, random));
    batch.puts.push_back({Renamed(row.key, kStagedKind), std::move(wrapped)});
  }
  return key_store.Commit(batch);
}

Status SettleRoot(Store& key_store, const SecretBytes& root, CompartmentId compartment) {
  ASSIGN_OR_RETURN(const std::vector<StoreRow> staged, RowsOf(key_store, kStagedKind));
  if (staged.empty()) return Status::Ok();
  const KeyWrap wrap(root);
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows, RowsOf(key_store, kRingKind));
  ASSIGN_OR_RETURN(const bool rows_open, AllOpen(rows, wrap, compartment));
  if (rows_open) {  // the lock was never changed, or this has been done
    RETURN_IF_ERROR(Discard(key_store, staged));
  } else {
    ASSIGN_OR_RETURN(const bool staged_open, AllOpen(staged, wrap, compartment));
    if (!staged_open) return Status(Reason::kUnlockFailed, "the root key does not open this key ring");
    StoreBatch batch;
    for (const StoreRow& row : staged) {
      batch.puts.push_back({Renamed(row.key, kRingKind), row.value});
      batch.deletes.push_back(row.key);
    }
    RETURN_IF_ERROR(key_store.Commit(batch));
  }
  for (const char kind : {kStagedKind, kRingKind}) {  // wraps under the root key that is no more
    key_store.Compact(Bytes(1, kind), Bytes(1, static_cast<char>(kind + 1))).IgnoreError();
  }
  return Status::Ok();
}

}  // namespace strongroom
