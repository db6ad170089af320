// Ed25519 signatures (RFC 8032), by OpenSSL.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/random.h"
#include "crypto/secret.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace strongroom {

// Any thread.
class Signer {
 public:
  static Signer Generate(Random& random);
  // `seed`: the 32-byte private key of RFC 8032.
  static Result<Signer> FromSeed(const SecretBytes& seed);
  Result<Bytes> Sign(ByteView message) const;              // 64 bytes
  const Bytes& public_key() const { return public_key_; }  // 32 bytes
  const SecretBytes& seed() const { return seed_; }

 private:
  struct FreeKey {
    void operator()(evp_pkey_st* key) const;
  };
  Signer() = default;
  SecretBytes seed_;
  // OpenSSL's expanded form of the seed, wiped with the object; made once, because that costs as much as signing.
  std::unique_ptr<evp_pkey_st, FreeKey> key_;
  Bytes public_key_;
};

// Ok, or kLogInvalid when the signature is not one of `message` by this key.
Status VerifySignature(ByteView public_key, ByteView message, ByteView signature);

}  // namespace strongroom
