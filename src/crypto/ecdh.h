// Key agreement over P-256 (SP 800-56A), the curve that every browser's WebCrypto has.  By OpenSSL.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/random.h"
#include "crypto/secret.h"

namespace strongroom {

constexpr size_t kP256PointSizeBytes = 65;  // 04 || x || y, what WebCrypto calls "raw"

// One key pair, meant for one agreement.  Any thread.
class EcdhP256 {
 public:
  static EcdhP256 Generate(Random& random);
  // For worked examples: 32 bytes, big-endian, between 1 and the order of the group less one; otherwise
  // kInvalidArgument.
  static Result<EcdhP256> FromPrivate(SecretBytes scalar);

  const std::array<uint8_t, kP256PointSizeBytes>& public_point() const { return public_point_; }
  // The x coordinate of the shared point, 32 bytes: to be put through HKDF, never used as it is.  kInvalidArgument when
  // `peer_point` is not an uncompressed point of the curve (infinity included): a made-up point would give away the
  // key.
  Result<SecretBytes> Agree(ByteView peer_point) const;

 private:
  EcdhP256() = default;
  SecretBytes scalar_;
  std::array<uint8_t, kP256PointSizeBytes> public_point_ = {};
};

}  // namespace strongroom
