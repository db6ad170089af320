#include "crypto/bech32.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace strongroom {
namespace {

// BIP 173, "Test vectors": valid Bech32 strings.
TEST(Bech32, GivesThePublishedStrings) {
  EXPECT_EQ(Bech32Encode("a", ""), "a12uel5l");
  const Bytes all = *HexDecode("00443214c74254b635cf84653a56d7c675be77df");
  EXPECT_EQ(Bech32Encode("abcdef", all), "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw");
  EXPECT_EQ(ExposeSecret(*Bech32Decode("abcdef", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw")), all);
  EXPECT_TRUE(Bech32Decode("a", "A12UEL5L").ok());
}

TEST(Bech32, RefusesWhatIsMistypedMixedOrCutShort) {
  const std::string good = Bech32Encode("age", Bytes(32, 'k'));
  ASSERT_TRUE(Bech32Decode("age", good).ok()) << "control";
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'q' ? 'p' : 'q';
    EXPECT_FALSE(Bech32Decode("age", bad).ok()) << i;
  }
  EXPECT_FALSE(Bech32Decode("age", good.substr(0, good.size() - 1)).ok());
  EXPECT_FALSE(Bech32Decode("agf", good).ok());
  std::string mixed = good;
  mixed[0] = 'A';
  EXPECT_FALSE(Bech32Decode("age", mixed).ok());
  EXPECT_FALSE(Bech32Decode("age", "").ok());
}

}  // namespace
}  // namespace strongroom
