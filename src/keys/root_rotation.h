// Another root key: every key of every ring wrapped anew under it, in two phases.
//
// (1) StageRoot() in every room: wraps under the new root key are written beside the old ones (rows 'N').
// (2) The lock row is replaced (ReplaceLock): from this one write on the new root key is the one that a start finds.
// (3) SettleRoot() in every room: the new wraps take the place of the old ones.
// A crash before (2) leaves the old root key with staged rows that mean nothing; a crash after it leaves rooms whose
// rows open only from their staged wraps.  SettleRoot(), called with whatever root key the lock gives, puts both right;
// it is called before a ring is opened, before a ring gets or loses a key, and before anything is staged again: a
// process may go on after a step that failed.
#pragma once

#include "base/status.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "keys/ids.h"
#include "store/store.h"

namespace strongroom {

// Settles what an earlier change left first.  kUnlockFailed when a key of the ring does not open with `old_root`.
// Nobody may change the ring meanwhile (RootKey::rings()).
Status StageRoot(Store& key_store, const SecretBytes& old_root, const SecretBytes& new_root, CompartmentId compartment,
                 Random& random);
// Does nothing when nothing is staged.  kUnlockFailed when neither wraps open with `root`.
Status SettleRoot(Store& key_store, const SecretBytes& root, CompartmentId compartment);

}  // namespace strongroom
