// Other people's public keys, and whether they signed: passkeys (WebAuthn) and identity providers (JOSE).  Our own
// signatures are crypto/signer.h.
//
// ECDSA over P-256, P-384 and P-521 (FIPS 186-5), RSA PKCS #1 v1.5 (RFC 8017), Ed25519 and Ed448 (RFC 8032), each with
// the one hash its name fixes, so that no message can choose another.  By OpenSSL.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/status.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace strongroom {

enum class SignatureAlgorithm : uint8_t { kEs256, kEs384, kEs512, kRs256, kEd25519, kEd448 };

// How an ECDSA signature is written: DER (WebAuthn, X.509) or r and s side by side (JOSE).  Other signatures have one
// form and ignore this.
enum class EcdsaForm : uint8_t { kDer, kFixedWidth };

// Any thread.
class PublicKey {
 public:
  // Coordinates of the curve's full width, big-endian.  kInvalidArgument when the point is not on the curve.
  static Result<PublicKey> FromEcPoint(SignatureAlgorithm algorithm, ByteView x, ByteView y);
  // Big-endian.  kInvalidArgument unless the modulus has 2048 to 8192 bits and the exponent is odd, at least 3, and at
  // most 32 bits: more only costs time.
  static Result<PublicKey> FromRsa(ByteView modulus, ByteView exponent);
  // 32 bytes for Ed25519, 57 for Ed448.
  static Result<PublicKey> FromEdwards(SignatureAlgorithm algorithm, ByteView raw);

  // DER (RFC 5280 section 4.1.2.7).  P-256 becomes kEs256, P-384 kEs384, RSA of 2048 to 4096 bits kRs256; anything
  // else, and bytes left over: kInvalidArgument.
  static Result<PublicKey> FromSubjectPublicKeyInfo(ByteView der);

  SignatureAlgorithm algorithm() const { return algorithm_; }
  // False for every failure, a malformed signature included.
  [[nodiscard]] bool Verify(ByteView message, ByteView signature, EcdsaForm form = EcdsaForm::kDer) const;

 private:
  struct FreeKey {
    void operator()(evp_pkey_st* key) const;
  };
  PublicKey(SignatureAlgorithm algorithm, evp_pkey_st* key) : algorithm_(algorithm), key_(key) {}
  SignatureAlgorithm algorithm_;
  std::unique_ptr<evp_pkey_st, FreeKey> key_;
};

}  // namespace strongroom
