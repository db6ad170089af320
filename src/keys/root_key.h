// RootKey: the one place where an unlocked server holds the key that wraps all others.
//
// It is needed whenever a ring gets a key.  It lives in locked pages (SecretBytes), belongs to the rooms of the
// unlocked house, and is wiped with the last of them.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "base/status.h"
#include "crypto/aead.h"
#include "crypto/random.h"
#include "crypto/secret.h"

namespace strongroom {

// Any thread.
class RootKey {
 public:
  explicit RootKey(const SecretBytes& key) : wrap_(std::make_unique<KeyWrap>(key)), key_(key.Clone()) {}

  Result<Bytes> Wrap(const SecretBytes& key, ByteView associated_data, Random& random) const {
    std::lock_guard lock(mutex_);
    return wrap_->Wrap(key, associated_data, random);
  }
  Result<SecretBytes> Unwrap(ByteView wrapped, ByteView associated_data) const {
    std::lock_guard lock(mutex_);
    return wrap_->Unwrap(wrapped, associated_data);
  }
  // While held, no key of any ring is written or deleted under this root key, except by the holder.  For whoever
  // rotates the root key (alone) and for whoever changes a ring (many at once).
  std::shared_mutex& rings() const { return rings_; }
  // For a new lock around it.
  SecretBytes Clone() const {
    std::lock_guard lock(mutex_);
    return key_.Clone();
  }
  // The one that the lock holds, from now on; the one before is wiped.
  void Replace(const SecretBytes& key) {
    std::lock_guard lock(mutex_);
    wrap_ = std::make_unique<KeyWrap>(key);
    key_ = key.Clone();
    doubtful_ = false;
  }
  // A change of the lock ended without an answer: it may hold another root key than this one.  Until Replace() no ring
  // may get or lose a key, because the next start would not find it, or find it again.
  void Doubt() { doubtful_ = true; }
  bool doubtful() const { return doubtful_; }

 private:
  mutable std::shared_mutex rings_;
  mutable std::mutex mutex_;
  std::unique_ptr<KeyWrap> wrap_;
  SecretBytes key_;
  std::atomic<bool> doubtful_{false};
};

}  // namespace strongroom
