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
constexpr std::string_view kSheetRow = "Sshares";
constexpr std::string_view kPendingRow = "Slock-pending";
constexpr uint8_t kPendingVersion = 1;
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
  Digest row_hash{};               // of the row as it lies in the store
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

Result<StoredLock> Decode(ByteView row) {
  ByteReader reader(row);
  StoredLock lock;
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

Result<StoredLock> Read(const Store& office_keys) {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, office_keys.Get(kLockRow));
  if (!row.has_value()) return Status(Reason::kNotInitialised);
  ASSIGN_OR_RETURN(StoredLock lock, Decode(row->bytes));
  lock.version = row->version;
  lock.row_hash = Sha256(row->bytes);
  return lock;
}

struct StoredPending {
  Digest beside{};  // hash of the row of the lock in force then
  Bytes lock_row;
  PendingLock lock;
  StoreVersion version = kAbsent;
};

Bytes EncodePending(const Digest& beside, ByteView lock_row, const ShareSheet& sheet) {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kPendingVersion);
  writer.Raw(View(beside));
  writer.Prefixed(lock_row);
  writer.Prefixed(sheet.Encode());
  return out;
}

Result<std::optional<StoredPending>> ReadPending(const Store& office_keys) {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, office_keys.Get(kPendingRow));
  if (!row.has_value()) return std::optional<StoredPending>();
  ByteReader reader(row->bytes);
  const uint8_t version = reader.U8();
  StoredPending pending;
  pending.version = row->version;
  const ByteView beside = reader.Raw(pending.beside.size());
  if (!reader.failed()) std::copy_n(AsU8(beside), beside.size(), pending.beside.begin());
  pending.lock_row = Bytes(reader.Prefixed());
  const ByteView sheet = reader.Prefixed();
  RETURN_IF_ERROR(reader.Finish("the row of the lock that waits"));
  if (version != kPendingVersion) {
    return Status(Reason::kDataCorrupt, "the row of the lock that waits is of a format this version does not know");
  }
  ASSIGN_OR_RETURN(const StoredLock lock, Decode(pending.lock_row));
  pending.lock.info = lock.info;
  ASSIGN_OR_RETURN(pending.lock.sheet, ShareSheet::Decode(sheet));
  return std::optional(std::move(pending));
}

struct StoredSheet {
  ShareSheet sheet;
  StoreVersion version = kAbsent;
};

Result<std::optional<StoredSheet>> ReadSheet(const Store& office_keys) {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, office_keys.Get(kSheetRow));
  if (!row.has_value()) return std::optional<StoredSheet>();
  ASSIGN_OR_RETURN(ShareSheet sheet, ShareSheet::Decode(row->bytes));
  return std::optional(StoredSheet{std::move(sheet), row->version});
}

Status RefuseDevelopment() {
  return Status(Reason::kInvalidArgument,
                "a development lock is never changed and never taken: make a new vault and import the customers");
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

Status WriteFirstLock(Store& office_keys, const NewLock& lock, const ShareSheet* sheet) {
  StoreBatch batch;
  batch.conditions.push_back({Bytes(kLockRow), kAbsent});
  batch.puts.push_back({Bytes(kLockRow), lock.row_});
  if (sheet != nullptr) batch.puts.push_back({Bytes(kSheetRow), sheet->Encode()});
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
    return RefuseDevelopment();
  }
  ASSIGN_OR_RETURN(const std::optional<StoreValue> pending, office_keys.Get(kPendingRow));
  if (pending.has_value()) return Status(Reason::kSharesPending);
  RETURN_IF_ERROR(CheckUnlockingSecret(options.info.kind, new_secret));
  RETURN_IF_ERROR(Open(old_lock, old_secret, options.device).status());
  ASSIGN_OR_RETURN(const StoredLock lock, Make(options, new_secret, root_key, random));
  // As the next start will: a lock that does not open would be found too late.
  RETURN_IF_ERROR(Open(lock, new_secret, options.device).status());
  StoreBatch batch;
  batch.conditions.push_back({Bytes(kLockRow), old_lock.version});
  batch.puts.push_back({Bytes(kLockRow), Encode(lock)});
  if (!options.same_secret) batch.deletes.push_back(Bytes(kSheetRow));
  RETURN_IF_ERROR(office_keys.Commit(batch));
  office_keys.Compact("S", "T").IgnoreError();  // it is changed; old files go with the next compaction at the latest
  return Status::Ok();
}

// --- shares that their custodians have yet to show -------------------------------------------------------------------

Status PutPendingLock(Store& office_keys, const SecretBytes& old_secret, LockDevice* old_device, const NewLock& lock,
                      const ShareSheet& sheet) {
  ASSIGN_OR_RETURN(const StoredLock old_lock, Read(office_keys));
  if (old_lock.info.kind == LockKind::kDevelopment) return RefuseDevelopment();
  RETURN_IF_ERROR(Open(old_lock, old_secret, old_device).status());
  StoreBatch batch;
  batch.conditions.push_back({Bytes(kLockRow), old_lock.version});
  batch.conditions.push_back({Bytes(kPendingRow), kAbsent});
  batch.puts.push_back({Bytes(kPendingRow), EncodePending(old_lock.row_hash, lock.row_, sheet)});
  ASSIGN_OR_RETURN(const std::optional<StoreValue> pending, office_keys.Get(kPendingRow));
  if (pending.has_value()) return Status(Reason::kSharesPending);
  return office_keys.Commit(batch);
}

Result<std::optional<PendingLock>> ReadPendingLock(const Store& office_keys) {
  ASSIGN_OR_RETURN(std::optional<StoredPending> pending, ReadPending(office_keys));
  if (!pending.has_value()) return std::optional<PendingLock>();
  return std::optional(std::move(pending->lock));
}

Status DropPendingLock(Store& office_keys) {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> pending, office_keys.Get(kPendingRow));
  if (!pending.has_value()) return Status(Reason::kInvalidArgument, "no new lock waits for its custodians");
  StoreBatch batch;
  batch.conditions.push_back({Bytes(kPendingRow), pending->version});
  batch.deletes.push_back(Bytes(kPendingRow));
  RETURN_IF_ERROR(office_keys.Commit(batch));
  office_keys.Compact("S", "T").IgnoreError();
  return Status::Ok();
}

Result<std::optional<ShareSheet>> ReadShareSheet(const Store& office_keys) {
  ASSIGN_OR_RETURN(std::optional<StoredSheet> stored, ReadSheet(office_keys));
  if (!stored.has_value()) return std::optional<ShareSheet>();
  return std::optional(std::move(stored->sheet));
}

Result<ShownShare> FindShare(const Store& office_keys, const SecretShare& share) {
  ASSIGN_OR_RETURN(const std::optional<StoredPending> pending, ReadPending(office_keys));
  ShownShare shown;
  if (pending.has_value()) {
    const ShareSheet& sheet = pending->lock.sheet;
    if (const std::optional<uint8_t> number = sheet.Find(share); number.has_value()) {
      shown = {true, *number, static_cast<uint8_t>(sheet.lines.size()), false};
      const bool anew = sheet.lines[*number - 1u].acknowledged_at == 0;
      shown.last = sheet.Acknowledged() + anew == sheet.lines.size();
      return shown;
    }
  }
  ASSIGN_OR_RETURN(const std::optional<StoredSheet> stored, ReadSheet(office_keys));
  if (stored.has_value()) {
    if (const std::optional<uint8_t> number = stored->sheet.Find(share); number.has_value()) {
      return ShownShare{false, *number, static_cast<uint8_t>(stored->sheet.lines.size()), false};
    }
  }
  return Status(Reason::kUnlockFailed, "this is no share of a lock of this vault");
}

Result<LockInfo> MarkShare(Store& office_keys, const ShownShare& shown, UnixMillis now) {
  ASSIGN_OR_RETURN(const StoredLock in_force, Read(office_keys));
  const Status changed(Reason::kStorageConflict, "the lock was changed meanwhile: show the share again");
  StoreBatch batch;
  if (!shown.pending) {
    ASSIGN_OR_RETURN(std::optional<StoredSheet> stored, ReadSheet(office_keys));
    if (!stored.has_value() || shown.number > stored->sheet.lines.size()) return changed;
    stored->sheet.lines[shown.number - 1u].acknowledged_at = now;
    batch.conditions.push_back({Bytes(kSheetRow), stored->version});
    batch.puts.push_back({Bytes(kSheetRow), stored->sheet.Encode()});
    RETURN_IF_ERROR(office_keys.Commit(batch));
    return in_force.info;
  }
  ASSIGN_OR_RETURN(std::optional<StoredPending> pending, ReadPending(office_keys));
  if (!pending.has_value() || shown.number > pending->lock.sheet.lines.size()) return changed;
  // What is inside wraps the root key of then.
  if (pending->beside != in_force.row_hash) {
    return Status(
        Reason::kStorageConflict,
        "the lock in force is another one than when these shares were made: 'strongroom lock cancel-pending'");
  }
  ShareSheet& sheet = pending->lock.sheet;
  sheet.lines[shown.number - 1u].acknowledged_at = now;
  batch.conditions.push_back({Bytes(kPendingRow), pending->version});
  if (!sheet.AllAcknowledged()) {
    batch.puts.push_back({Bytes(kPendingRow), EncodePending(pending->beside, pending->lock_row, sheet)});
    RETURN_IF_ERROR(office_keys.Commit(batch));
    return in_force.info;
  }
  batch.conditions.push_back({Bytes(kLockRow), in_force.version});
  batch.puts.push_back({Bytes(kLockRow), pending->lock_row});
  batch.puts.push_back({Bytes(kSheetRow), sheet.Encode()});
  batch.deletes.push_back(Bytes(kPendingRow));
  RETURN_IF_ERROR(office_keys.Commit(batch));
  office_keys.Compact("S", "T").IgnoreError();
  return pending->lock.info;
}

}  // namespace strongroom
