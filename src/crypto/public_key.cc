#include "crypto/public_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <memory>
#include <optional>
#include <string_view>

#include "crypto/internal/x509.h"

namespace strongroom {
namespace {

using Bignum = std::unique_ptr<BIGNUM, internal::FreeWith<BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, internal::FreeWith<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, internal::FreeWith<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, internal::FreeWith<EVP_PKEY_CTX_free>>;
using MdContext = std::unique_ptr<EVP_MD_CTX, internal::FreeWith<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, internal::FreeWith<ECDSA_SIG_free>>;

struct Curve {
  const char* name;
  size_t width_bytes;
};

std::optional<Curve> CurveOf(SignatureAlgorithm algorithm) {
  if (algorithm == SignatureAlgorithm::kEs256) return Curve{"P-256", 32};
  if (algorithm == SignatureAlgorithm::kEs384) return Curve{"P-384", 48};
  if (algorithm == SignatureAlgorithm::kEs512) return Curve{"P-521", 66};
  return std::nullopt;
}

// The hash that goes with the algorithm; none for the Edwards curves, which bring their own.
const EVP_MD* HashOf(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::kEs256:
    case SignatureAlgorithm::kRs256:
      return EVP_sha256();
    case SignatureAlgorithm::kEs384:
      return EVP_sha384();
    case SignatureAlgorithm::kEs512:
      return EVP_sha512();
    case SignatureAlgorithm::kEd25519:
    case SignatureAlgorithm::kEd448:
      return nullptr;
  }
  return nullptr;
}

// Null when OpenSSL does not take them for a key of this kind; its error queue is left empty.
EVP_PKEY* KeyFromParams(const char* kind, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return key;
}

// r || s, each of the curve's width, as the DER that OpenSSL verifies; empty when it cannot be one.
Bytes DerOfFixedWidth(SignatureAlgorithm algorithm, ByteView signature) {
  const size_t width_bytes = CurveOf(algorithm)->width_bytes;
  if (signature.size() != 2 * width_bytes) return {};
  const EcdsaSignature pair(ECDSA_SIG_new());
  Bignum r(BN_bin2bn(AsU8(signature), static_cast<int>(width_bytes), nullptr));
  Bignum s(BN_bin2bn(AsU8(signature) + width_bytes, static_cast<int>(width_bytes), nullptr));
  if (pair == nullptr || r == nullptr || s == nullptr) return {};
  if (ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());  // the pair owns them now
  static_cast<void>(s.release());
  const int size_bytes = i2d_ECDSA_SIG(pair.get(), nullptr);
  if (size_bytes <= 0) return {};
  Bytes der(static_cast<size_t>(size_bytes), '\0');
  uint8_t* out = AsU8(der);
  return i2d_ECDSA_SIG(pair.get(), &out) == size_bytes ? der : Bytes();
}

}  // namespace

void PublicKey::FreeKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<PublicKey> PublicKey::FromEcPoint(SignatureAlgorithm algorithm, ByteView x, ByteView y) {
  const std::optional<Curve> curve = CurveOf(algorithm);
  if (!curve) return Status(Reason::kInvalidArgument, "this algorithm has no elliptic-curve points");
  if (x.size() != curve->width_bytes || y.size() != curve->width_bytes) {
    return Status(Reason::kInvalidArgument, "a coordinate of the public key has the wrong length for its curve");
  }
  Bytes point("\x04");
  point.append(x).append(y);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve->name, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return Status(Reason::kInternal, "a public key cannot be built");
  }
  // OpenSSL refuses points off the curve when it decodes them.
  EVP_PKEY* key = KeyFromParams("EC", builder.get());
  if (key == nullptr) return Status(Reason::kInvalidArgument, "the public key is not a point on its curve");
  return PublicKey(algorithm, key);
}

Result<PublicKey> PublicKey::FromRsa(ByteView modulus, ByteView exponent) {
  constexpr int kLeastBits = 2048, kMostBits = 8192, kMostExponentBits = 32;
  if (modulus.size() > kMostBits / 8 + 1 || exponent.size() > 8) {
    return Status(Reason::kInvalidArgument, "the RSA key is larger than 8192 bits");
  }
  const Bignum n(BN_bin2bn(AsU8(modulus), static_cast<int>(modulus.size()), nullptr));
  const Bignum e(BN_bin2bn(AsU8(exponent), static_cast<int>(exponent.size()), nullptr));
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (n == nullptr || e == nullptr || builder == nullptr) {
    return Status(Reason::kInternal, "a public key cannot be built");
  }
  if (BN_num_bits(n.get()) < kLeastBits || BN_num_bits(n.get()) > kMostBits || BN_is_odd(n.get()) != 1) {
    return Status(Reason::kInvalidArgument, "the RSA key must have 2048 to 8192 bits");
  }
  if (BN_num_bits(e.get()) < 2 || BN_num_bits(e.get()) > kMostExponentBits || BN_is_odd(e.get()) != 1) {
    return Status(Reason::kInvalidArgument, "the exponent of the RSA key is not one in use");
  }
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return Status(Reason::kInternal, "a public key cannot be built");
  }
  EVP_PKEY* key = KeyFromParams("RSA", builder.get());
  if (key == nullptr) return Status(Reason::kInvalidArgument, "the RSA key is not acceptable");
  return PublicKey(SignatureAlgorithm::kRs256, key);
}

Result<PublicKey> PublicKey::FromEdwards(SignatureAlgorithm algorithm, ByteView raw) {
  const bool small = algorithm == SignatureAlgorithm::kEd25519;
  if (!small && algorithm != SignatureAlgorithm::kEd448) {
    return Status(Reason::kInvalidArgument, "this algorithm has no Edwards keys");
  }
  if (raw.size() != (small ? 32u : 57u)) {
    return Status(Reason::kInvalidArgument, "the public key has the wrong length for its curve");
  }
  EVP_PKEY* key =
      EVP_PKEY_new_raw_public_key(small ? EVP_PKEY_ED25519 : EVP_PKEY_ED448, nullptr, AsU8(raw), raw.size());
  if (key == nullptr) return Status(Reason::kInvalidArgument, "the public key is not acceptable");
  return PublicKey(algorithm, key);
}

Result<PublicKey> PublicKey::FromSubjectPublicKeyInfo(ByteView der) {
  constexpr size_t kMostBytes = 1024;  // 4096 bits of RSA take 550
  constexpr int kLeastRsaBits = 2048, kMostRsaBits = 4096;
  const Status refused(Reason::kInvalidArgument, "the key is none of P-256, P-384 and RSA with 2048 to 4096 bits");
  if (der.empty() || der.size() > kMostBytes) return refused;
  const unsigned char* at = AsU8(der);
  std::unique_ptr<EVP_PKEY, FreeKey> key(
      d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));  // NOLINT(google-runtime-int): OpenSSL's type
  ERR_clear_error();
  if (key == nullptr || at != AsU8(der) + der.size()) return refused;
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1) {
    const int bits = EVP_PKEY_get_bits(key.get());
    if (bits < kLeastRsaBits || bits > kMostRsaBits) return refused;
    return PublicKey(SignatureAlgorithm::kRs256, key.release());
  }
  char group[64] = {};
  if (EVP_PKEY_is_a(key.get(), "EC") != 1 || EVP_PKEY_get_group_name(key.get(), group, sizeof group, nullptr) != 1) {
    ERR_clear_error();
    return refused;
  }
  const std::string_view curve(group);
  if (curve == "prime256v1" || curve == "P-256") return PublicKey(SignatureAlgorithm::kEs256, key.release());
  if (curve == "secp384r1" || curve == "P-384") return PublicKey(SignatureAlgorithm::kEs384, key.release());
  return refused;
}

bool PublicKey::Verify(ByteView message, ByteView signature, EcdsaForm form) const {
  Bytes der;
  if (form == EcdsaForm::kFixedWidth && CurveOf(algorithm_)) {
    der = DerOfFixedWidth(algorithm_, signature);
    signature = der;
  }
  if (signature.empty() || key_ == nullptr) return false;
  const MdContext context(EVP_MD_CTX_new());
  // RSA without further parameters is PKCS #1 v1.5.  1 alone means valid; all else is a mismatch, malformed, or an
  // error.
  const bool valid =
      context != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, HashOf(algorithm_), nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), AsU8(signature), signature.size(), AsU8(message), message.size()) == 1;
  ERR_clear_error();
  return valid;
}

}  // namespace strongroom
