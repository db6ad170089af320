#include "keys/lock.h"

#include <algorithm>
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
constexpr size_t kMinTokenPinBytes = 4;
constexpr size_t kMinTpmPinBytes = 6;
constexpr size_t kMaxPinBytes = 255;

struct StoredLock {
  LockInfo info;
  Argon2Cost cost;
  Bytes salt;
  Bytes wrapped;
  Bytes binding;                   // of a lock in hardware: what the device needs to give its secret again
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
  if (IsInHardware(lock.info.kind)) writer.Prefixed(lock.binding);
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
  if (IsInHardware(lock.info.kind)) lock.binding = Bytes(reader.Prefixed());
  lock.info.unattended = lock.info.kind == LockKind::kTpm && lock.cost.passes == 0;
  RETURN_IF_ERROR(reader.Finish("the lock row"));
  if (version != kFormatVersion || kind < 1 || kind > 5) {
    return Status(Reason::kDataCorrupt, "the lock row is of a format this version does not know");
  }
  return lock;
}

// What of the PIN goes to the device, and what of it stays with the lock.
struct PinParts {
  SecretBytes for_device;
  SecretBytes for_lock;  // empty unless the device's word alone must not do
};

// A token's PIN is the token's, which may change it.  A TPM's is ours: stretched, so that neither who listens on the
// chip's wires nor who breaks the chip open is spared guessing it at the price of Argon2id.
Result<PinParts> PartsOf(const StoredLock& lock, const SecretBytes& pin) {
  PinParts parts;
  if (lock.info.kind == LockKind::kPkcs11) {
    parts.for_device = pin.Clone();
  } else if (!lock.info.unattended) {
    ASSIGN_OR_RETURN(parts.for_lock, Argon2id(pin, lock.salt, lock.cost));
    parts.for_device = Hkdf(parts.for_lock, "strongroom tpm pin v1");
  }
  return parts;
}

Result<SecretBytes> WithDevice(const StoredLock& lock, const SecretBytes& given, const PinParts& parts) {
  if (given.size() != Aead::kKeySizeBytes) {
    return Status(kLockDeviceFailed, "the device gave a secret of another size");
  }
  SecretBytes both(given.size() + parts.for_lock.size());
  std::copy_n(ExposeSecret(given).data(), given.size(), both.MutableData());
  std::copy_n(ExposeSecret(parts.for_lock).data(), parts.for_lock.size(), both.MutableData() + given.size());
  return HkdfWithSalt(ExposeSecret(both), lock.salt, "strongroom lock v1", Aead::kKeySizeBytes);
}

Status NoDevice() {
  return Status(kLockDeviceFailed, "the lock is in hardware, which this program was not told how to reach");
}

// The key that wraps the root key.
Result<SecretBytes> UnlockingKey(const StoredLock& lock, const SecretBytes& secret, LockDevice* device) {
  if (IsInHardware(lock.info.kind)) {
    if (device == nullptr) return NoDevice();
    ASSIGN_OR_RETURN(const PinParts parts, PartsOf(lock, secret));
    ASSIGN_OR_RETURN(const SecretBytes given,
                     device->GiveAgain(lock.info.kind, lock.salt, lock.binding, parts.for_device));
    return WithDevice(lock, given, parts);
  }
  if (lock.info.kind == LockKind::kPassphrase) return Argon2id(secret, lock.salt, lock.cost);
  return HkdfWithSalt(ExposeSecret(secret), lock.salt, "strongroom lock v1", Aead::kKeySizeBytes);
}

// The same for a lock that is being made: the device has yet to make its part.
Result<SecretBytes> FirstUnlockingKey(StoredLock& lock, const SecretBytes& secret, LockDevice* device) {
  if (!IsInHardware(lock.info.kind)) return UnlockingKey(lock, secret, device);
  if (device == nullptr) return NoDevice();
  ASSIGN_OR_RETURN(const PinParts parts, PartsOf(lock, secret));
  ASSIGN_OR_RETURN(LockDevice::Made made, device->Make(lock.info.kind, lock.salt, parts.for_device));
  lock.binding = std::move(made.binding);
  return WithDevice(lock, made.secret, parts);
}

Result<StoredLock> Make(const LockOptions& options, const SecretBytes& secret, const SecretBytes& root_key,
                        Random& random) {
  StoredLock lock{options.info, options.cost, random.Take(kArgon2SaltSizeBytes), {}, {}};
  lock.info.unattended = lock.info.kind == LockKind::kTpm && secret.empty();
  if (lock.info.kind == LockKind::kPkcs11 || lock.info.unattended) lock.cost = {0, 0};
  ASSIGN_OR_RETURN(const SecretBytes key, FirstUnlockingKey(lock, secret, options.device));
  ASSIGN_OR_RETURN(lock.wrapped,
                   KeyWrap(key).Wrap(root_key, aad::RootKey(static_cast<uint8_t>(options.info.kind)), random));
  return lock;
}

Result<SecretBytes> Open(const StoredLock& lock, const SecretBytes& secret, LockDevice* device) {
  ASSIGN_OR_RETURN(const SecretBytes key, UnlockingKey(lock, secret, device));
  Result<SecretBytes> root = KeyWrap(key).Unwrap(lock.wrapped, aad::RootKey(static_cast<uint8_t>(lock.info.kind)));
  if (!root.ok()) {
    return Status(Reason::kUnlockFailed, "the lock did not open: wrong passphrase, key file, shares, PIN or device");
  }
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
    case LockKind::kPkcs11:
      return "pkcs11";
    case LockKind::kTpm:
      return "tpm";
  }
  return "unknown";
}

Status CheckUnlockingSecret(LockKind kind, const SecretBytes& secret) {
  const size_t size = secret.size();
  if (kind == LockKind::kPassphrase && size < kMinPassphraseBytes)
    return Status(Reason::kInvalidArgument, "the passphrase must be at least 12 bytes long");
  if (kind == LockKind::kPkcs11 && (size < kMinTokenPinBytes || size > kMaxPinBytes))
    return Status(Reason::kInvalidArgument, "the token's PIN has 4 to 255 bytes");
  if (kind == LockKind::kTpm && size != 0 && (size < kMinTpmPinBytes || size > kMaxPinBytes))
    return Status(Reason::kInvalidArgument, "the TPM's PIN has 6 to 255 bytes, or there is none");
  return Status::Ok();
}

Result<NewLock> MakeLock(const LockOptions& options, const SecretBytes& secret, const SecretBytes& root_key,
                         Random& random) {
  RETURN_IF_ERROR(CheckUnlockingSecret(options.info.kind, secret));
  ASSIGN_OR_RETURN(const StoredLock stored, Make(options, secret, root_key, random));
  // As the next start will: a device that does not give the same again would be found out too late.
  if (IsInHardware(stored.info.kind)) RETURN_IF_ERROR(Open(stored, secret, options.device).status());
  NewLock lock;
  lock.info_ = stored.info;
  lock.row_ = Encode(stored);
  return lock;
}

Status WriteFirstLock(Store& office_keys, const NewLock& lock) {
  StoreBatch batch;
  batch.conditions.push_back({Bytes(kLockRow), kAbsent});
  batch.puts.push_back({Bytes(kLockRow), lock.row_});
  const Status written = office_keys.Commit(batch);
  if (written.reason() == Reason::kStorageConflict) return Status(Reason::kAlreadyInitialised);
  return written;
}

Status CreateLock(Store& office_keys, const LockOptions& options, const SecretBytes& secret,
                  const SecretBytes& root_key, Random& random) {
  ASSIGN_OR_RETURN(const NewLock lock, MakeLock(options, secret, root_key, random));
  return WriteFirstLock(office_keys, lock);
}

Result<LockInfo> ReadLockInfo(const Store& office_keys) {
  ASSIGN_OR_RETURN(const StoredLock lock, Read(office_keys));
  return lock.info;
}

Result<SecretBytes> OpenLock(const Store& office_keys, const SecretBytes& secret, LockDevice* device) {
  ASSIGN_OR_RETURN(const StoredLock lock, Read(office_keys));
  return Open(lock, secret, device);
}

Status ReplaceLock(Store& office_keys, const SecretBytes& old_secret, const LockOptions& options,
                   const SecretBytes& new_secret, const SecretBytes& root_key, Random& random) {
  ASSIGN_OR_RETURN(const StoredLock old_lock, Read(office_keys));
  if (old_lock.info.kind == LockKind::kDevelopment || options.info.kind == LockKind::kDevelopment) {
    return Status(Reason::kInvalidArgument,
                  "a development lock is never changed and never taken: make a new vault and import the customers");
  }
  RETURN_IF_ERROR(CheckUnlockingSecret(options.info.kind, new_secret));
  RETURN_IF_ERROR(Open(old_lock, old_secret, options.device).status());
  ASSIGN_OR_RETURN(const StoredLock lock, Make(options, new_secret, root_key, random));
  // As the next start will: a lock that does not open would be found too late.
  RETURN_IF_ERROR(Open(lock, new_secret, options.device).status());
  StoreBatch batch;
  batch.conditions.push_back({Bytes(kLockRow), old_lock.version});
  batch.puts.push_back({Bytes(kLockRow), Encode(lock)});
  RETURN_IF_ERROR(office_keys.Commit(batch));
  office_keys.Compact("S", "T").IgnoreError();  // it is changed; old files go with the next compaction at the latest
  return Status::Ok();
}

}  // namespace strongroom
