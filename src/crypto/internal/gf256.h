// Arithmetic in GF(2^8) with the polynomial of AES (FIPS 197, 4.2), without tables or branches on the operands.
#pragma once

#include <cstdint>

namespace strongroom::internal {

inline uint8_t Gf256Multiply(uint8_t a, uint8_t b) {
  uint32_t product = 0;
  uint32_t shifted = a;
  uint32_t bits = b;
  for (int i = 0; i < 8; ++i) {
    product ^= shifted & (0u - (bits & 1));
    shifted = (shifted << 1) ^ (0x11bu & (0u - (shifted >> 7)));
    bits >>= 1;
  }
  return static_cast<uint8_t>(product);
}

// a^254: the inverse, and 0 for 0.
inline uint8_t Gf256Invert(uint8_t a) {
  uint8_t power = a;  // a^(2^k - 1) for k = 1 .. 7
  for (int i = 0; i < 6; ++i) power = Gf256Multiply(Gf256Multiply(power, power), a);
  return Gf256Multiply(power, power);
}

}  // namespace strongroom::internal
