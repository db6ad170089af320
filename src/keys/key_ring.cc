#include "keys/key_ring.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "keys/aad.h"

namespace strongroom {
namespace {

// Ring keys without epochs are stored under epoch 0.
constexpr std::string_view kPlainNames[] = {"index", "rows", "log", "sign", "base"};
constexpr size_t kRowsName = 1;
constexpr std::string_view kEpochNames[] = {"wrap", "blind"};
constexpr Epoch kFirstEpoch = 1;

Status AddKey(StoreBatch& batch, const KeyWrap& root, CompartmentId compartment, std::string_view name, Epoch epoch,
              Random& random) {
  const SecretBytes key = SecretBytes::Generate(Aead::kKeySizeBytes, random);
  ASSIGN_OR_RETURN(Bytes wrapped, root.Wrap(key, aad::RingKey(compartment, name, epoch), random));
  const Bytes row_key = RingRowKey(name, epoch);
  batch.conditions.push_back({row_key, kAbsent});
  batch.puts.push_back({row_key, std::move(wrapped)});
  return Status::Ok();
}

// Which epochs there are keys of, and which of them rows stand under.
Result<EpochSetPtr> MakeEpochSet(const std::vector<EpochInfo>& rows, const std::map<Epoch, SecretBytes>& wrap_keys,
                                 const std::map<Epoch, SecretBytes>& blinding_keys) {
  auto set = std::make_shared<EpochSet>();
  for (const auto& [epoch, wrap_key] : wrap_keys) {
    const auto blinding_key = blinding_keys.find(epoch);
    if (blinding_key == blinding_keys.end()) continue;
    set->held[epoch] = std::make_shared<const EpochKeys>(epoch, wrap_key, blinding_key->second);
  }
  const Status missing(Reason::kKeyMissing, "the key ring lacks one of its keys; restore the newest key set");
  if (set->held.empty()) return missing;
  if (rows.empty()) {  // a vault from before epochs had rows
    set->open = set->held.rbegin()->second;
    for (const auto& [epoch, keys] : set->held) set->live.push_back(keys);
    return EpochSetPtr(std::move(set));
  }
  for (const EpochInfo& info : rows) {
    if (info.state != EpochState::kOpen && info.state != EpochState::kClosed) continue;
    const auto keys = set->held.find(info.epoch);
    if (keys == set->held.end()) return missing;
    set->live.push_back(keys->second);
    if (info.state == EpochState::kOpen) set->open = keys->second;
  }
  if (set->open == nullptr || set->live.back() != set->open) {
    return Status(Reason::kDataCorrupt, "the key store does not say which epoch of its keys is open");
  }
  return EpochSetPtr(std::move(set));
}

Status ParseRingRowKey(const Bytes& key, std::string& name, Epoch& epoch) {
  const size_t separator = key.find('\0');
  if (separator == Bytes::npos || key.size() != separator + 5) {
    return Status(Reason::kDataCorrupt, "the key store holds a ring key with a malformed name");
  }
  name = key.substr(1, separator - 1);
  ByteReader reader(ByteView(key).substr(separator + 1));
  epoch = reader.U32();
  return Status::Ok();
}

}  // namespace

// Big endian: the newest epoch of a name sorts last.
Bytes RingRowKey(std::string_view name, Epoch epoch) {
  Bytes key = "R";
  key.append(name);
  key.push_back('\0');
  ByteWriter(key).U32(epoch);
  return key;
}

Result<EpochSetPtr> KeyRing::ReadEpochs(const Store& key_store, const RootKey& root_key) const {
  ASSIGN_OR_RETURN(const std::vector<EpochInfo> states, ReadEpochRows(key_store, rows(), compartment_));
  ASSIGN_OR_RETURN(const std::vector<StoreRow> stored, key_store.Scan({.begin = "R", .end = "S", .limit = 1'000'000}));
  std::map<Epoch, SecretBytes> wrap_keys;
  std::map<Epoch, SecretBytes> blinding_keys;
  for (const StoreRow& row : stored) {
    std::string name;
    Epoch epoch = 0;
    RETURN_IF_ERROR(ParseRingRowKey(row.key, name, epoch));
    if (name != "wrap" && name != "blind") continue;
    Result<SecretBytes> key = root_key.Unwrap(row.value, aad::RingKey(compartment_, name, epoch));
    if (!key.ok()) return Status(Reason::kUnlockFailed, "the key ring is under another root key");
    (name == "wrap" ? wrap_keys : blinding_keys)[epoch] = std::move(*key);
  }
  return MakeEpochSet(states, wrap_keys, blinding_keys);
}

Status KeyRing::Create(Store& key_store, const SecretBytes& root_key, CompartmentId compartment, Random& random,
                       UnixMillis now) {
  const KeyWrap root(root_key);
  StoreBatch batch;
  for (std::string_view name : kPlainNames) RETURN_IF_ERROR(AddKey(batch, root, compartment, name, 0, random));
  for (std::string_view name : kEpochNames)
    RETURN_IF_ERROR(AddKey(batch, root, compartment, name, kFirstEpoch, random));
  EpochInfo first;
  first.epoch = kFirstEpoch;
  first.opened_at = now;
  // The row key is only in the batch so far.
  ASSIGN_OR_RETURN(const SecretBytes rows,
                   root.Unwrap(batch.puts[kRowsName].value, aad::RingKey(compartment, "rows", 0)));
  RETURN_IF_ERROR(PutEpochRow(batch, Aead(rows), compartment, first, random));
  const Status written = key_store.Commit(batch);
  if (written.reason() == Reason::kStorageConflict) {
    return Status(Reason::kAlreadyInitialised, "this key store already holds a key ring");
  }
  return written;
}

Result<std::shared_ptr<const KeyRing>> KeyRing::Open(const Store& key_store, const SecretBytes& root_key,
                                                     CompartmentId compartment) {
  const KeyWrap root(root_key);
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows, key_store.Scan({.begin = "R", .end = "S", .limit = 1'000'000}));
  if (rows.empty()) return Status(Reason::kNotInitialised, "this key store holds no key ring");
  std::shared_ptr<KeyRing> ring(new KeyRing());
  ring->compartment_ = compartment;
  std::map<Epoch, SecretBytes> wrap_keys;
  std::map<Epoch, SecretBytes> blinding_keys;
  for (const StoreRow& row : rows) {
    std::string name;
    Epoch epoch = 0;
    RETURN_IF_ERROR(ParseRingRowKey(row.key, name, epoch));
    Result<SecretBytes> key = root.Unwrap(row.value, aad::RingKey(compartment, name, epoch));
    if (!key.ok()) return Status(Reason::kUnlockFailed, "the root key does not open this key ring");
    if (name == "wrap") {
      wrap_keys[epoch] = std::move(*key);
    } else if (name == "blind") {
      blinding_keys[epoch] = std::move(*key);
    } else if (name == "index") {
      ring->index_ = std::make_unique<Mac>(*key);
    } else if (name == "rows") {
      ring->rows_ = std::make_unique<Aead>(*key);
    } else if (name == "log") {
      ring->log_ = std::make_unique<Aead>(*key);
    } else if (name == "sign") {
      ASSIGN_OR_RETURN(Signer signer, Signer::FromSeed(*key));
      ring->log_signer_ = std::make_unique<Signer>(std::move(signer));
    } else if (name == "base") {
      ring->base_ = std::move(*key);
    } else {
      return Status(Reason::kDataCorrupt,
                    "the key store holds a ring key of an unknown name; was it written by a newer version?");
    }
  }
  const bool complete = ring->index_ && ring->rows_ && ring->log_ && ring->log_signer_ && !ring->base_.empty();
  if (!complete) return Status(Reason::kKeyMissing, "the key ring lacks one of its keys; restore the newest key set");
  ASSIGN_OR_RETURN(const std::vector<EpochInfo> states, ReadEpochRows(key_store, *ring->rows_, compartment));
  ASSIGN_OR_RETURN(EpochSetPtr set, MakeEpochSet(states, wrap_keys, blinding_keys));
  ring->epochs_ = std::make_shared<RingEpochs>(std::move(set));
  return std::shared_ptr<const KeyRing>(std::move(ring));
}

SecretBytes KeyRing::Derive(ByteView purpose) const { return Hkdf(base_, purpose); }

}  // namespace strongroom
