// Pseudorandom permutations: bijections that look random without the key.
//
// Prp128 is one AES-256 block (FIPS 197): index rows and random tokens, 16 bytes each.
// Prp64 permutes 64-bit numbers with FF1 (SP 800-38G, radix 256, 8 numerals): customer codes.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "crypto/ff1.h"
#include "crypto/secret.h"

namespace strongroom {

using Block = std::array<uint8_t, 16>;

// Any thread.
class Prp128 {
 public:
  explicit Prp128(const SecretBytes& key);  // 32 bytes, otherwise the process ends
  Block Permute(const Block& in) const;
  Block Invert(const Block& in) const;

 private:
  SecretBytes key_;
};

// Any thread.
class Prp64 {
 public:
  Prp64(const SecretBytes& key, ByteView tweak);  // key 32 bytes, tweak up to 256, otherwise the process ends
  uint64_t Permute(uint64_t in) const;
  uint64_t Invert(uint64_t in) const;

 private:
  uint64_t Run(uint64_t in, bool encrypt) const;
  Ff1 ff1_;
  Bytes tweak_;
};

}  // namespace strongroom
