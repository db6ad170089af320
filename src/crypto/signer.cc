#include "crypto/signer.h"

#include <openssl/evp.h>

#include <utility>

#include "crypto/internal/die.h"

namespace strongroom {
namespace {

constexpr size_t kSeedSizeBytes = 32;
constexpr size_t kPublicKeySizeBytes = 32;
constexpr size_t kSignatureSizeBytes = 64;

struct FreeMdContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using MdContext = std::unique_ptr<EVP_MD_CTX, FreeMdContext>;

struct FreePublicKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

Status SigningFailed() { return {Reason::kInternal, "signing failed"}; }

}  // namespace

void Signer::FreeKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Signer Signer::Generate(Random& random) {
  Result<Signer> signer = FromSeed(SecretBytes::Generate(kSeedSizeBytes, random));
  internal::Require(signer.ok(), "a signing key cannot be made");
  return std::move(*signer);
}

Result<Signer> Signer::FromSeed(const SecretBytes& seed) {
  if (seed.size() != kSeedSizeBytes) {
    return Status(Reason::kInvalidArgument, "an Ed25519 seed is 32 bytes");
  }
  Signer signer;
  signer.seed_ = seed.Clone();
  signer.key_.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, AsU8(ExposeSecret(seed)), kSeedSizeBytes));
  signer.public_key_.resize(kPublicKeySizeBytes);
  size_t size_bytes = kPublicKeySizeBytes;
  if (signer.key_ == nullptr ||
      EVP_PKEY_get_raw_public_key(signer.key_.get(), AsU8(signer.public_key_), &size_bytes) != 1 ||
      size_bytes != kPublicKeySizeBytes) {
    return SigningFailed();
  }
  return signer;
}

Result<Bytes> Signer::Sign(ByteView message) const {
  const MdContext context(EVP_MD_CTX_new());
  Bytes signature(kSignatureSizeBytes, '\0');
  size_t size_bytes = signature.size();
  if (context == nullptr || key_ == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), AsU8(signature), &size_bytes, AsU8(message), message.size()) != 1 ||
      size_bytes != kSignatureSizeBytes) {
    return SigningFailed();
  }
  return signature;
}

Status VerifySignature(ByteView public_key, ByteView message, ByteView signature) {
  const Status invalid(Reason::kLogInvalid, "the signature is not one of this message by this key");
  if (public_key.size() != kPublicKeySizeBytes || signature.size() != kSignatureSizeBytes) return invalid;
  const std::unique_ptr<EVP_PKEY, FreePublicKey> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, AsU8(public_key), public_key.size()));
  const MdContext context(EVP_MD_CTX_new());
  if (key == nullptr || context == nullptr ||
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) {
    return {Reason::kInternal, "a signature cannot be checked"};
  }
  // 1 alone means valid: 0 is a mismatch, negative values are malformed signatures or errors.
  const int verdict = EVP_DigestVerify(context.get(), AsU8(signature), signature.size(), AsU8(message), message.size());
  return verdict == 1 ? Status::Ok() : invalid;
}

}  // namespace strongroom
