#include "crypto/prp.h"

#include <gtest/gtest.h>

#include <set>

#include "base/encoding.h"
#include "crypto/random.h"

namespace strongroom {
namespace {

SecretBytes Key(char fill) { return SecretBytes::CopyOf(Bytes(32, fill)); }

// FIPS 197, appendix C.3.
TEST(Prp128, IsOneBlockOfAes256) {
  Block in;
  Bytes key;
  for (size_t i = 0; i < 16; ++i) in[i] = static_cast<uint8_t>(i * 0x11);
  for (int i = 0; i < 32; ++i) key.push_back(static_cast<char>(i));
  const Prp128 prp(SecretBytes::CopyOf(key));
  const Block out = prp.Permute(in);
  EXPECT_EQ(HexEncode(View(out)), "8ea2b7ca516745bfeafc49904b496089");
  EXPECT_EQ(prp.Invert(out), in);
}

TEST(Prp128, InvertUndoesPermuteUnderTheSameKeyOnly) {
  SeededRandom random(1);
  const Prp128 prp(Key('a')), other(Key('b'));
  for (int i = 0; i < 1000; ++i) {
    Block in;
    random.Fill(in.data(), in.size());
    ASSERT_EQ(prp.Invert(prp.Permute(in)), in);
    ASSERT_NE(other.Invert(prp.Permute(in)), in);
  }
}

TEST(Prp64, InvertUndoesPermuteAndImagesDiffer) {
  SeededRandom random(1);
  const Prp64 prp(Key('a'), "codes");
  std::set<uint64_t> images;
  for (uint64_t i = 0; i < 1000; ++i) {
    const uint64_t in = i < 500 ? i : random.NextU64();
    images.insert(prp.Permute(in));
    ASSERT_EQ(prp.Invert(prp.Permute(in)), in);
  }
  EXPECT_EQ(images.size(), 1000u);
  for (const uint64_t edge : {uint64_t{0}, UINT64_MAX, uint64_t{1} << 63, uint64_t{0xffffffff}}) {
    EXPECT_EQ(prp.Invert(prp.Permute(edge)), edge);
  }
}

TEST(Prp64, IsFf1OverEightBytesMostSignificantFirst) {
  const SecretBytes key = Key('a');
  Numerals numerals = {1, 2, 3, 4, 5, 6, 7, 8};
  ASSERT_TRUE(Ff1::Create(key, 256)->Encrypt("codes", numerals).ok());
  uint64_t expected = 0;
  for (const uint8_t numeral : numerals) expected = expected << 8 | numeral;
  EXPECT_EQ(Prp64(key, "codes").Permute(0x0102030405060708), expected);
}

TEST(Prp64, KeyAndTweakMatter) {
  const uint64_t image = Prp64(Key('a'), "x").Permute(1);
  EXPECT_EQ(image, Prp64(Key('a'), "x").Permute(1)) << "control";
  EXPECT_NE(image, Prp64(Key('a'), "y").Permute(1));
  EXPECT_NE(image, Prp64(Key('b'), "x").Permute(1));
}

TEST(PrpDeathTest, AKeyOfAnotherSizeEndsTheProcess) {
  EXPECT_DEATH(Prp128(SecretBytes(16)), "32 bytes");
  EXPECT_DEATH(Prp64(SecretBytes(16), ""), "32 bytes");
}

}  // namespace
}  // namespace strongroom
