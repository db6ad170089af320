// KeyRing: the keys of one compartment (or of the office) while the server is unlocked.
//
// Every key here is random and stored wrapped under the root key in the compartment's key store (row kind 'R',
// docs/formats/key-store.md).  HKDF separates uses below a key.  Wrap and blinding keys change with the epoch, while
// requests run (keys/ring_epochs.h); the others last as long as the room.
#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/status.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "crypto/signer.h"
#include "keys/epoch_rows.h"
#include "keys/ids.h"
#include "keys/ring_epochs.h"
#include "keys/root_key.h"
#include "store/store.h"

namespace strongroom {

// 'R' || name || 0x00 || epoch.  Keys without epochs stand under epoch 0.
Bytes RingRowKey(std::string_view name, Epoch epoch);

class KeyRing {
 public:
  // Writes a new ring, in epoch 1, into an empty key store.  kAlreadyInitialised when one is there.
  static Status Create(Store& key_store, const SecretBytes& root_key, CompartmentId compartment, Random& random,
                       UnixMillis now = 0);
  // Opens the ring.  kUnlockFailed when the root key is not the one that wrapped it.
  static Result<std::shared_ptr<const KeyRing>> Open(const Store& key_store, const SecretBytes& root_key,
                                                     CompartmentId compartment);

  // The epochs as the key store has them now, for a room whose keys another server changes.  kUnlockFailed: under
  // another root key.
  Result<EpochSetPtr> ReadEpochs(const Store& key_store, const RootKey& root_key) const;

  CompartmentId compartment() const { return compartment_; }
  RingEpochs& epochs() const { return *epochs_; }
  Epoch epoch() const { return epochs_->Current()->open->number; }  // the open one, at this moment
  const Mac& index() const { return *index_; }                      // HMAC(index key, ...)
  const Aead& rows() const { return *rows_; }                       // seals named rows and token rows
  const Aead& log() const { return *log_; }                         // seals the audit log at rest
  const Signer& log_signer() const { return *log_signer_; }         // signs checkpoints
  // A key below the ring for one named use (office: routing, ledger, pepper).
  SecretBytes Derive(ByteView purpose) const;

 private:
  KeyRing() = default;
  CompartmentId compartment_ = kOffice;
  std::shared_ptr<RingEpochs> epochs_;
  std::unique_ptr<Mac> index_;
  std::unique_ptr<Aead> rows_;
  std::unique_ptr<Aead> log_;
  std::unique_ptr<Signer> log_signer_;
  SecretBytes base_;
};

}  // namespace strongroom
