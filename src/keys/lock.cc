#include "keys/lock.h"

#include <utility>

#include "base/encoding.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "keys/aad.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr std::string_view kLockRow = "Slock";
constexpr size_t kMinPassphraseBytes = 12;

struct StoredLock {
  LockInfo info;
  Argon2Cost cost;
  Bytes salt;
  Bytes wrapped;
  StoreVersion version = kAbsent;  // of the row
};

Bytes Encode(const StoredLock& lock) {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.U8(static_cast<uint8_t>(lock.info.kind));
  writer.U8(lock.info.threshold);
  writer.U8(lock.info.count);
  writer.U32(lock.cost.memory_kib);
  writer.U32(lock.cost.passes);
  writer.Prefixed(lock.salt);
  writer.Prefixed(lock.wrapped);
  return out;
}

Result<StoredLock> Read(const Store& office_keys) {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, office_keys.Get(kLockRow));
  if (!row.has_value()) return Status(Reason::kNotInitialised);
  ByteReader reader(row->bytes);
  StoredLock lock;
  lock.version = row->version;
  const uint8_t version = reader.U8();
  const uint8_t kind = reader.U8();
  lock.info.kind = static_cast<LockKind>(kind);
  lock.info.threshold = reader.U8();
  lock.info.count = reader.U8();
  lock.cost.memory_kib = reader.U32();
  lock.cost.passes = reader.U32();
  lock.salt = Bytes(reader.Prefixed());
  lock.wrapped = Bytes(reader.Prefixed());
  RETURN_IF_ERROR(reader.Finish("the lock row"));
  if (version != kFormatVersion || kind < 1 || kind > 3) {
    return Status(Reason::kDataCorrupt, "the lock row is of a format this version does not know");
  }
  return lock;
}

// The key that wraps the root key.
Result<SecretBytes> UnlockingKey(const StoredLock& lock, const SecretBytes& secret) {
  if (lock.info.kind == LockKind::kPassphrase) return Argon2id(secret, lock.salt, lock.cost);
  return HkdfWithSalt(ExposeSecret(secret), lock.salt, "strongroom lock v1", Aead::kKeySizeBytes);
}

Result<StoredLock> Make(const LockOptions& options, const SecretBytes& secret, const SecretBytes& root_key,
                        Random& random) {
  StoredLock lock{options.info, options.cost, random.Take(kArgon2SaltSizeBytes), {}};
  ASSIGN_OR_RETURN(const SecretBytes key, UnlockingKey(lock, secret));
  ASSIGN_OR_RETURN(lock.wrapped,
                   KeyWrap(key).Wrap(root_key, aad::RootKey(static_cast<uint8_t>(options.info.kind)), random));
  return lock;
}

Result<SecretBytes> Open(const StoredLock& lock, const SecretBytes& secret) {
  ASSIGN_OR_RETURN(const SecretBytes key, UnlockingKey(lock, secret));
  Result<SecretBytes> root = KeyWrap(key).Unwrap(lock.wrapped, aad::RootKey(static_cast<uint8_t>(lock.info.kind)));
  if (!root.ok()) return Status(Reason::kUnlockFailed, "the lock did not open: wrong passphrase, key file or shares");
  return root;
}

}  // namespace

std::string_view NameOf(LockKind kind) {
  switch (kind) {
    case LockKind::kPassphrase:
      return "passphrase";
    case LockKind::kDevelopment:
      return "development key file";
    case LockKind::kShares:
      return "shares";
  }
  return "unknown";
}

Status CheckUnlockingSecret(LockKind kind, const SecretBytes& secret) {
  if (kind != LockKind::kPassphrase || secret.size() >= kMinPassphraseBytes) return Status::Ok();
  return Status(Reason::kInvalidArgument, "the passphrase must be at least 12 bytes long");
}

Status CreateLock(Store& office_keys, const LockOptions& options, const SecretBytes& secret,
                  const SecretBytes& root_key, Random& random) {
  RETURN_IF_ERROR(CheckUnlockingSecret(options.info.kind, secret));
  ASSIGN_OR_RETURN(const StoredLock lock, Make(options, secret, root_key, random));
  StoreBatch batch;
  batch.conditions.push_back({Bytes(kLockRow), kAbsent});
  batch.puts.push_back({Bytes(kLockRow), Encode(lock)});
  const Status written = office_keys.Commit(batch);
  if (written.reason() == Reason::kStorageConflict) return Status(Reason::kAlreadyInitialised);
  return written;
}

Result<LockInfo> ReadLockInfo(const Store& office_keys) {
  ASSIGN_OR_RETURN(const StoredLock lock, Read(office_keys));
  return lock.info;
}

Result<SecretBytes> OpenLock(const Store& office_keys, const SecretBytes& secret) {
  ASSIGN_OR_RETURN(const StoredLock lock, Read(office_keys));
  return Open(lock, secret);
}

Status ReplaceLock(Store& office_keys, const SecretBytes& old_secret, const LockOptions& options,
                   const SecretBytes& new_secret, const SecretBytes& root_key, Random& random) {
  ASSIGN_OR_RETURN(const StoredLock old_lock, Read(office_keys));
  if (old_lock.info.kind == LockKind::kDevelopment || options.info.kind == LockKind::kDevelopment) {
    return Status(Reason::kInvalidArgument,
                  "a development lock is never changed and never taken: make a new vault and import the customers");
  }
  RETURN_IF_ERROR(CheckUnlockingSecret(options.info.kind, new_secret));
  RETURN_IF_ERROR(Open(old_lock, old_secret).status());
  ASSIGN_OR_RETURN(const StoredLock lock, Make(options, new_secret, root_key, random));
  // As the next start will: a lock that does not open would be found too late.
  RETURN_IF_ERROR(Open(lock, new_secret).status());
  StoreBatch batch;
  batch.conditions.push_back({Bytes(kLockRow), old_lock.version});
  batch.puts.push_back({Bytes(kLockRow), Encode(lock)});
  RETURN_IF_ERROR(office_keys.Commit(batch));
  office_keys.Compact("S", "T").IgnoreError();  // it is changed; old files go with the next compaction at the latest
  return Status::Ok();
}

}  // namespace strongroom
