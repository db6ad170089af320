// KeyRing: the keys of one compartment (or of the office) while the server is unlocked.
//
// Every key here is random and stored wrapped under the root key in the compartment's key store (row kind 'R',
// docs/formats/key-store.md).  HKDF separates uses below a key.  Epochs: wrap and blinding keys have versions; new
// rows use the newest, reads try the one their row names.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "base/status.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/prp.h"
#include "crypto/random.h"
#include "crypto/signer.h"
#include "keys/ids.h"
#include "store/store.h"

namespace strongroom {

using Epoch = uint32_t;  // from 1

// What blinds index rows during one epoch.
struct Blinder {
  Prp128 rows;   // PRP(blinding key, HMAC(index key, ...))
  Mac tails;     // the tail of a row that may stand beside equals; dies with the epoch too
  Aead refs;     // seals what the row points to
  explicit Blinder(const SecretBytes& blinding_key);
};

class KeyRing {
 public:
  // Writes a new ring into an empty key store.  kAlreadyInitialised when one is there.
  static Status Create(Store& key_store, const SecretBytes& root_key, CompartmentId compartment, Random& random);
  // Opens the ring.  kUnlockFailed when the root key is not the one that wrapped it.
  static Result<std::shared_ptr<const KeyRing>> Open(const Store& key_store, const SecretBytes& root_key,
                                                     CompartmentId compartment);

  CompartmentId compartment() const { return compartment_; }
  Epoch epoch() const { return epoch_; }                        // the newest
  const KeyWrap* WrapKey(Epoch epoch) const;                    // null: destroyed or never was
  const Blinder* BlinderOf(Epoch epoch) const;
  const std::map<Epoch, std::unique_ptr<Blinder>>& blinders() const { return blinders_; }
  const Mac& index() const { return *index_; }                  // HMAC(index key, ...)
  const Aead& rows() const { return *rows_; }                   // seals named rows and token rows
  const Aead& log() const { return *log_; }                     // seals the audit log at rest
  const Signer& log_signer() const { return *log_signer_; }     // signs checkpoints
  // A key below the ring for one named use (office: routing, ledger, pepper).
  SecretBytes Derive(ByteView purpose) const;

 private:
  KeyRing() = default;
  CompartmentId compartment_ = kOffice;
  Epoch epoch_ = 0;
  std::map<Epoch, std::unique_ptr<KeyWrap>> wrap_keys_;
  std::map<Epoch, std::unique_ptr<Blinder>> blinders_;
  std::unique_ptr<Mac> index_;
  std::unique_ptr<Aead> rows_;
  std::unique_ptr<Aead> log_;
  std::unique_ptr<Signer> log_signer_;
  SecretBytes base_;
};

}  // namespace strongroom
