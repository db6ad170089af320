// SHA-256 (FIPS 180-4), HMAC-SHA-256 (RFC 2104), HKDF-SHA-256 (RFC 5869).
#pragma once

#include <array>
#include <initializer_list>
#include <memory>

#include "base/bytes.h"
#include "crypto/secret.h"

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace strongroom {

using Digest = std::array<uint8_t, 32>;

// Of the concatenation of `parts`.  Any thread; contexts are kept per thread.
Digest Sha256(std::initializer_list<ByteView> parts);
inline Digest Sha256(ByteView bytes) { return Sha256({bytes}); }

// A keyed hash with the key's two blocks hashed once.  The states that result stand for the key: OpenSSL keeps them on
// the heap and wipes them with the object.  Any thread.
class Mac {
 public:
  // Any length; an empty key is a programming error and ends the process.
  explicit Mac(const SecretBytes& key);
  Mac(Mac&&) noexcept;
  Mac& operator=(Mac&&) noexcept;
  ~Mac();
  Digest Compute(std::initializer_list<ByteView> parts) const;
  // Constant time.
  bool Verify(std::initializer_list<ByteView> parts, ByteView expected) const;

 private:
  struct FreeContext {
    void operator()(evp_md_ctx_st* context) const;
  };
  // SHA-256 after the padded key blocks; only ever copied from.
  std::unique_ptr<evp_md_ctx_st, FreeContext> inner_;
  std::unique_ptr<evp_md_ctx_st, FreeContext> outer_;
};

// `size_bytes` <= 8160 (255 blocks): more answers an empty secret, which no cipher here accepts as a key.
// `purpose` separates uses; salt empty, as our input keys are uniform.
SecretBytes Hkdf(const SecretBytes& key, ByteView purpose, size_t size_bytes = 32);
// The full function, for test vectors.
SecretBytes HkdfWithSalt(ByteView input_key, ByteView salt, ByteView info, size_t size_bytes);

}  // namespace strongroom
