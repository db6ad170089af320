// Authenticated encryption with associated data: XAES-256-GCM (https://c2sp.org/XAES-256-GCM) over OpenSSL.
//
// Promise: whoever lacks the key learns the length and nothing else, and cannot produce or alter a sealed text that
// opens; a sealed text opens only with the associated data it was sealed with.  Nonces are drawn inside (192 random
// bits), so no caller can repeat one.  It does not commit to its key: wraps use KeyWrap, which does.
//
// sealed = nonce (24) || ciphertext (as long as the plaintext) || tag (16)
#pragma once

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "crypto/secret.h"

namespace strongroom {

class Aead {
 public:
  static constexpr size_t kKeySizeBytes = 32;
  static constexpr size_t kNonceSizeBytes = 24;
  static constexpr size_t kTagSizeBytes = 16;
  static constexpr size_t kOverheadBytes = kNonceSizeBytes + kTagSizeBytes;

  // `key` must be 32 bytes (checked: otherwise every operation fails with kInternal).  The key is copied and wiped
  // with the object.  Immutable afterwards: any thread.
  explicit Aead(const SecretBytes& key);
  Aead(Aead&&) noexcept = default;
  Aead& operator=(Aead&&) noexcept = default;

  Result<Bytes> Seal(ByteView plaintext, ByteView associated_data, Random& random) const;
  // Appends to `out`, which neither view may lie in; on failure `out` is as before.
  Status SealAppend(ByteView plaintext, ByteView associated_data, Random& random, Bytes& out) const;
  // kDataCorrupt when the text was not sealed with this key and this associated data.  The plaintext is written to
  // a buffer the caller wipes when it is personal data (PlainBytes does); on failure it is wiped here.
  Result<Bytes> Open(ByteView sealed, ByteView associated_data) const;
  // The same for what is itself a secret: the plaintext never lies in ordinary memory.
  Result<SecretBytes> OpenSecret(ByteView sealed, ByteView associated_data) const;

 private:
  // Writes sealed.size() - kOverheadBytes bytes to `out`, or wipes them and fails.
  Status OpenInto(ByteView sealed, ByteView associated_data, uint8_t* out) const;

  SecretBytes key_;
  SecretBytes subkey_mask_;  // K1 of the specification: depends on the key alone
};

// Seals one key under another with a commitment to the key inside, so that a wrap opens under one wrapping key only
// (XAES-256-GCM alone does not promise that).
//
// wrapped = commitment (32) || Aead(key).  commitment = HMAC-SHA-256(HKDF(wrapping key, "strongroom key commitment
// v1"), nonce || associated_data || key inside).  Checked in constant time after opening.
class KeyWrap {
 public:
  static constexpr size_t kOverheadBytes = 32 + Aead::kOverheadBytes;
  explicit KeyWrap(const SecretBytes& wrapping_key);
  Result<Bytes> Wrap(const SecretBytes& key, ByteView associated_data, Random& random) const;
  // kDataCorrupt on any mismatch.
  Result<SecretBytes> Unwrap(ByteView wrapped, ByteView associated_data) const;

 private:
  Aead aead_;
  Mac commitment_;
};

}  // namespace strongroom
