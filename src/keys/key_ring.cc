#include "keys/key_ring.h"

#include <string>
#include <utility>

#include "base/encoding.h"
#include "keys/aad.h"

namespace strongroom {
namespace {

// Ring keys without epochs are stored under epoch 0.
constexpr std::string_view kPlainNames[] = {"index", "rows", "log", "sign", "base"};
constexpr std::string_view kEpochNames[] = {"wrap", "blind"};
constexpr Epoch kFirstEpoch = 1;

// 'R' || name || 0x00 || epoch, big endian: the newest epoch of a name sorts last.
Bytes RowKey(std::string_view name, Epoch epoch) {
  Bytes key = "R";
  key.append(name);
  key.push_back('\0');
  ByteWriter(key).U32(epoch);
  return key;
}

Status AddKey(StoreBatch& batch, const KeyWrap& root, CompartmentId compartment, std::string_view name, Epoch epoch,
              Random& random) {
  const SecretBytes key = SecretBytes::Generate(Aead::kKeySizeBytes, random);
  ASSIGN_OR_RETURN(Bytes wrapped, root.Wrap(key, aad::RingKey(compartment, name, epoch), random));
  const Bytes row_key = RowKey(name, epoch);
  batch.conditions.push_back({row_key, kAbsent});
  batch.puts.push_back({row_key, std::move(wrapped)});
  return Status::Ok();
}

}  // namespace

Blinder::Blinder(const SecretBytes& blinding_key)
    : rows(Hkdf(blinding_key, "strongroom index rows v1")),
      tails(Hkdf(blinding_key, "strongroom index tails v1")),
      refs(Hkdf(blinding_key, "strongroom index references v1")) {}

Status KeyRing::Create(Store& key_store, const SecretBytes& root_key, CompartmentId compartment, Random& random) {
  const KeyWrap root(root_key);
  StoreBatch batch;
  for (std::string_view name : kPlainNames) RETURN_IF_ERROR(AddKey(batch, root, compartment, name, 0, random));
  for (std::string_view name : kEpochNames) RETURN_IF_ERROR(AddKey(batch, root, compartment, name, kFirstEpoch, random));
  const Status written = key_store.Commit(batch);
  if (written.reason() == Reason::kStorageConflict) {
    return Status(Reason::kAlreadyInitialised, "this key store already holds a key ring");
  }
  return written;
}

Result<std::shared_ptr<const KeyRing>> KeyRing::Open(const Store& key_store, const SecretBytes& root_key,
                                                     CompartmentId compartment) {
  const KeyWrap root(root_key);
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows, key_store.Scan({.begin = "R", .end = "S", .limit = 10'000}));
  if (rows.empty()) return Status(Reason::kNotInitialised, "this key store holds no key ring");
  std::shared_ptr<KeyRing> ring(new KeyRing());
  ring->compartment_ = compartment;
  for (const StoreRow& row : rows) {
    const size_t separator = row.key.find('\0');
    if (separator == Bytes::npos || row.key.size() != separator + 5) {
      return Status(Reason::kDataCorrupt, "the key store holds a ring key with a malformed name");
    }
    const std::string name = row.key.substr(1, separator - 1);
    ByteReader reader(ByteView(row.key).substr(separator + 1));
    const Epoch epoch = reader.U32();
    Result<SecretBytes> key = root.Unwrap(row.value, aad::RingKey(compartment, name, epoch));
    if (!key.ok()) return Status(Reason::kUnlockFailed, "the root key does not open this key ring");
    if (name == "wrap") {
      ring->wrap_keys_[epoch] = std::make_unique<KeyWrap>(*key);
      ring->epoch_ = std::max(ring->epoch_, epoch);
    } else if (name == "blind") {
      ring->blinders_[epoch] = std::make_unique<Blinder>(*key);
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
      return Status(Reason::kDataCorrupt, "the key store holds a ring key of an unknown name; was it written by a newer version?");
    }
  }
  const bool complete = ring->index_ && ring->rows_ && ring->log_ && ring->log_signer_ && !ring->base_.empty() &&
                        ring->wrap_keys_.contains(ring->epoch_) && ring->blinders_.contains(ring->epoch_);
  if (!complete) return Status(Reason::kKeyMissing, "the key ring lacks one of its keys; restore the newest key set");
  return std::shared_ptr<const KeyRing>(std::move(ring));
}

const KeyWrap* KeyRing::WrapKey(Epoch epoch) const {
  const auto found = wrap_keys_.find(epoch);
  return found == wrap_keys_.end() ? nullptr : found->second.get();
}

const Blinder* KeyRing::BlinderOf(Epoch epoch) const {
  const auto found = blinders_.find(epoch);
  return found == blinders_.end() ? nullptr : found->second.get();
}

SecretBytes KeyRing::Derive(ByteView purpose) const { return Hkdf(base_, purpose); }

}  // namespace strongroom
