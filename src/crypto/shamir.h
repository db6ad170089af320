// Shamir's secret sharing over GF(2^8), byte by byte (k of n, 2 <= k <= n <= 255), with a check value inside so that a
// wrong or mixed-up share is noticed instead of yielding a wrong secret.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
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

// Secrets of 1 to 1024 bytes.
Result<std::vector<SecretShare>> SplitSecret(const SecretBytes& secret, int threshold, int count, Random& random);
// kInvalidArgument when there are too few, duplicate or foreign shares.  Shares beyond the threshold are checked too.
Result<SecretBytes> CombineShares(const std::vector<SecretShare>& shares);

// "srs1-<threshold>-<index>-<crockford base32 of data and a 4-byte checksum>": to be written down or printed.
// The base32 stands in groups of five; the text is as secret as the share: WipeString it.
std::string EncodeShare(const SecretShare& share);
// Either case; O for 0, I and L for 1; spaces for hyphens and between groups.  kInvalidArgument for all else.
Result<SecretShare> DecodeShare(std::string_view text);

}  // namespace strongroom
