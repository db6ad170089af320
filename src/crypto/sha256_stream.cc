#include "crypto/sha256_stream.h"

#include <openssl/evp.h>

#include "crypto/internal/die.h"

namespace strongroom {
namespace {
void Begin(evp_md_ctx_st* context) {
  internal::Require(context != nullptr && EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1,
                    "SHA-256 cannot start");
}
}  // namespace

void Sha256Stream::FreeContext::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) { Begin(context_.get()); }
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;
Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::Add(ByteView bytes) {
  if (bytes.empty()) return;
  internal::Require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "SHA-256 failed");
}

Digest Sha256Stream::Finish() {
  Digest digest{};
  unsigned int size_bytes = 0;
  internal::Require(EVP_DigestFinal_ex(context_.get(), digest.data(), &size_bytes) == 1 && size_bytes == digest.size(),
                    "SHA-256 cannot finish");
  Begin(context_.get());
  return digest;
}

}  // namespace strongroom
