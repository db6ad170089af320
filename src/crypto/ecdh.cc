#include "crypto/ecdh.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include <memory>
#include <utility>

#include "crypto/internal/die.h"

namespace strongroom {
namespace {

constexpr size_t kScalarSizeBytes = 32;

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Bignum = std::unique_ptr<BIGNUM, Free<BN_clear_free>>;
using BignumContext = std::unique_ptr<BN_CTX, Free<BN_CTX_free>>;
using Point = std::unique_ptr<EC_POINT, Free<EC_POINT_clear_free>>;

// Read by any number of threads; its generator's multiples are built into the library.
const EC_GROUP* Group() {
  static const EC_GROUP* const group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  internal::Require(group != nullptr, "OpenSSL has no P-256");
  return group;
}

Status NotPossible() { return {Reason::kInternal, "a key agreement could not be computed"}; }

// In OpenSSL's secure heap where there is one, and marked for multiplication in constant time.
Bignum ScalarOf(const SecretBytes& secret) {
  Bignum scalar(BN_secure_new());
  if (scalar == nullptr ||
      BN_bin2bn(AsU8(ExposeSecret(secret)), static_cast<int>(secret.size()), scalar.get()) == nullptr) {
    return nullptr;
  }
  BN_set_flags(scalar.get(), BN_FLG_CONSTTIME);
  return scalar;
}

}  // namespace

EcdhP256 EcdhP256::Generate(Random& random) {
  // One draw in 2^32 is above the order of the group, and is drawn again.
  for (int attempt = 0; attempt < 100; ++attempt) {
    Result<EcdhP256> pair = FromPrivate(SecretBytes::Generate(kScalarSizeBytes, random));
    if (pair.ok()) return std::move(*pair);
    internal::Require(pair.reason() == Reason::kInvalidArgument, "a key pair cannot be made");
  }
  internal::Die("the randomness gives no key pair");
}

Result<EcdhP256> EcdhP256::FromPrivate(SecretBytes secret) {
  if (secret.size() != kScalarSizeBytes) {
    return Status(Reason::kInvalidArgument, "a private key of P-256 is 32 bytes");
  }
  const Bignum scalar = ScalarOf(secret);
  const BignumContext context(BN_CTX_secure_new());
  const Point point(EC_POINT_new(Group()));
  if (scalar == nullptr || context == nullptr || point == nullptr) return NotPossible();
  if (BN_is_zero(scalar.get()) || BN_cmp(scalar.get(), EC_GROUP_get0_order(Group())) >= 0) {
    return Status(Reason::kInvalidArgument, "the private key is not below the order of P-256");
  }
  EcdhP256 pair;
  if (EC_POINT_mul(Group(), point.get(), scalar.get(), nullptr, nullptr, context.get()) != 1 ||
      EC_POINT_point2oct(Group(), point.get(), POINT_CONVERSION_UNCOMPRESSED, pair.public_point_.data(),
                         pair.public_point_.size(), context.get()) != pair.public_point_.size()) {
    return NotPossible();
  }
  pair.scalar_ = std::move(secret);
  return pair;
}

Result<SecretBytes> EcdhP256::Agree(ByteView peer_point) const {
  const Status refused(Reason::kInvalidArgument, "the public key is not an uncompressed point of P-256");
  if (peer_point.size() != kP256PointSizeBytes || peer_point[0] != '\x04') return refused;
  const Bignum scalar = ScalarOf(scalar_);
  const BignumContext context(BN_CTX_secure_new());
  const Point peer(EC_POINT_new(Group())), shared(EC_POINT_new(Group()));
  const Bignum x(BN_secure_new());
  if (scalar == nullptr || context == nullptr || peer == nullptr || shared == nullptr || x == nullptr) {
    return NotPossible();
  }
  // oct2point refuses what is off the curve; the group has a prime order, so every point on it is of full order.
  if (EC_POINT_oct2point(Group(), peer.get(), AsU8(peer_point), peer_point.size(), context.get()) != 1 ||
      EC_POINT_is_on_curve(Group(), peer.get(), context.get()) != 1 ||
      EC_POINT_is_at_infinity(Group(), peer.get()) == 1) {
    ERR_clear_error();
    return refused;
  }
  SecretBytes agreed(kScalarSizeBytes);
  if (EC_POINT_mul(Group(), shared.get(), nullptr, peer.get(), scalar.get(), context.get()) != 1 ||
      EC_POINT_get_affine_coordinates(Group(), shared.get(), x.get(), nullptr, context.get()) != 1 ||
      BN_bn2binpad(x.get(), agreed.MutableData(), kScalarSizeBytes) != static_cast<int>(kScalarSizeBytes)) {
    return NotPossible();
  }
  return agreed;
}

}  // namespace strongroom
