#include "crypto/prp.h"

#include <utility>

#include "crypto/internal/aes.h"
#include "crypto/internal/die.h"

namespace strongroom {
namespace {

using internal::AesBlocks;

Block ApplyOnce(const SecretBytes& key, AesBlocks::Direction direction, const Block& in) {
  Block out;
  const AesBlocks aes(ExposeSecret(key), direction);
  internal::Require(aes.Apply(in.data(), out.data(), 1), "AES failed");
  return out;
}

Ff1 CreateFf1(const SecretBytes& key) {
  Result<Ff1> ff1 = Ff1::Create(key, 256);
  internal::Require(ff1.ok(), "a permutation's key is not 32 bytes");
  return std::move(*ff1);
}

}  // namespace

Prp128::Prp128(const SecretBytes& key) : key_(key.Clone()) {
  internal::Require(key.size() == 32, "a permutation's key is not 32 bytes");
}

Block Prp128::Permute(const Block& in) const { return ApplyOnce(key_, AesBlocks::Direction::kEncrypt, in); }
Block Prp128::Invert(const Block& in) const { return ApplyOnce(key_, AesBlocks::Direction::kDecrypt, in); }

Prp64::Prp64(const SecretBytes& key, ByteView tweak) : ff1_(CreateFf1(key)), tweak_(tweak) {
  static_cast<void>(Permute(0));  // refuses a tweak that is too long here rather than at first use
}

uint64_t Prp64::Permute(uint64_t in) const { return Run(in, true); }
uint64_t Prp64::Invert(uint64_t in) const { return Run(in, false); }

uint64_t Prp64::Run(uint64_t in, bool encrypt) const {
  uint8_t numerals[8];
  for (size_t i = 0; i < 8; ++i) numerals[i] = static_cast<uint8_t>(in >> (56 - 8 * i));
  uint8_t* const inputs[1] = {numerals};
  internal::Require(ff1_.Run(tweak_, inputs, 1, sizeof(numerals), encrypt).ok(), "FF1 failed");
  uint64_t out = 0;
  for (const uint8_t numeral : numerals) out = out << 8 | numeral;
  return out;
}

}  // namespace strongroom
