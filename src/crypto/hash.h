// SHA-256 (FIPS 180-4), HMAC-SHA-256 (RFC 2104), HKDF-SHA-256 (RFC 5869).
#pragma once

#include <array>
#include <initializer_list>

#include "base/bytes.h"
#include "crypto/secret.h"

namespace strongroom {

using Digest = std::array<uint8_t, 32>;

// Of the concatenation of `parts`.  Any thread; contexts are kept per thread.
Digest Sha256(std::initializer_list<ByteView> parts);
inline Digest Sha256(ByteView bytes) { return Sha256({bytes}); }

// A keyed hash with the key schedule computed once.  Any thread.
class Mac {
 public:
  explicit Mac(const SecretBytes& key);
  Mac(Mac&&) noexcept;
  Mac& operator=(Mac&&) noexcept;
  ~Mac();
  Digest Compute(std::initializer_list<ByteView> parts) const;
  // Constant time.
  bool Verify(std::initializer_list<ByteView> parts, ByteView expected) const;

 private:
  SecretBytes inner_;  // SHA-256 states after the padded key blocks
  SecretBytes outer_;
};

// `size_bytes` <= 8160.  `purpose` separates uses; salt empty, as our input keys are uniform.
SecretBytes Hkdf(const SecretBytes& key, ByteView purpose, size_t size_bytes = 32);
// The full function, for test vectors.
SecretBytes HkdfWithSalt(ByteView input_key, ByteView salt, ByteView info, size_t size_bytes);

}  // namespace strongroom
