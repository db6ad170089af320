// Shamir's secret sharing over GF(2^8), byte by byte (k of n, 2 <= k <= n <= 255), with a check value inside so that a
// wrong or mixed-up share is noticed instead of yielding a wrong secret.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/random.h"
#include "crypto/secret.h"

namespace strongroom {

struct SecretShare {
  uint8_t index = 0;  // 1..n: the point at which the polynomials were evaluated
  uint8_t threshold = 0;
  SecretBytes data;
};

Result<std::vector<SecretShare>> SplitSecret(const SecretBytes& secret, int threshold, int count, Random& random);
// kInvalidArgument when there are too few, duplicate or foreign shares.
Result<SecretBytes> CombineShares(const std::vector<SecretShare>& shares);

// "srs1-<threshold>-<index>-<crockford base32 of data and a 4-byte checksum>": to be written down or printed.
std::string EncodeShare(const SecretShare& share);
Result<SecretShare> DecodeShare(std::string_view text);

}  // namespace strongroom
