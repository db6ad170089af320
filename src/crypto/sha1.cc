#include "crypto/sha1.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>

#include "crypto/internal/die.h"

namespace strongroom {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

Sha1Digest Sha1(std::initializer_list<ByteView> parts) {
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  internal::Require(context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr) == 1,
                    "SHA-1 cannot start");
  for (const ByteView part : parts) {
    internal::Require(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1, "SHA-1 failed");
  }
  Sha1Digest digest = {};
  unsigned int size_bytes = 0;
  internal::Require(EVP_DigestFinal_ex(context.get(), digest.data(), &size_bytes) == 1 && size_bytes == digest.size(),
                    "SHA-1 cannot finish");
  return digest;
}

Sha1Digest HmacSha1(const SecretBytes& key, ByteView message) {
  internal::Require(!key.empty(), "HMAC-SHA-1 was given an empty key");
  Sha1Digest digest = {};
  unsigned int size_bytes = 0;
  const uint8_t* done = HMAC(EVP_sha1(), ExposeSecret(key).data(), static_cast<int>(key.size()), AsU8(message),
                             message.size(), digest.data(), &size_bytes);
  internal::Require(done != nullptr && size_bytes == digest.size(), "HMAC-SHA-1 failed");
  return digest;
}

}  // namespace strongroom
