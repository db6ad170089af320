#include "crypto/ecdh.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace strongroom {
namespace {

EcdhP256 PairOf(std::string_view hex) { return *EcdhP256::FromPrivate(SecretBytes::CopyOf(*HexDecode(hex))); }

// RFC 5903, 8.1: the 256-bit random ECP group.
TEST(EcdhP256, GivesThePublishedAgreement) {
  const EcdhP256 i = PairOf("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433");
  const EcdhP256 r = PairOf("c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53");
  EXPECT_EQ(
      HexEncode(View(i.public_point())),
      "04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59ab1f45b33ac"
      "cf5f58389e0577b8990bb3");
  const char shared[] = "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de";
  EXPECT_EQ(HexEncode(ExposeSecret(*i.Agree(View(r.public_point())))), shared);
  EXPECT_EQ(HexEncode(ExposeSecret(*r.Agree(View(i.public_point())))), shared);
}

TEST(EcdhP256, RefusesPrivateKeysOutsideOfTheGroup) {
  EXPECT_TRUE(EcdhP256::FromPrivate(
                  SecretBytes::CopyOf(*HexDecode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550")))
                  .ok())
      << "control: the order less one";
  for (const char* bad : {"", "01", "0000000000000000000000000000000000000000000000000000000000000000",
                          "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
                          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}) {
    EXPECT_EQ(EcdhP256::FromPrivate(SecretBytes::CopyOf(*HexDecode(bad))).reason(), Reason::kInvalidArgument) << bad;
  }
}

TEST(EcdhP256, RefusesPeersOffTheCurve) {
  SystemRandom random;
  const EcdhP256 pair = EcdhP256::Generate(random);
  const Bytes good(View(EcdhP256::Generate(random).public_point()));
  ASSERT_TRUE(pair.Agree(good).ok()) << "control";
  for (size_t i = 0; i < good.size(); ++i) {
    Bytes altered = good;
    altered[i] = static_cast<char>(altered[i] ^ 4);
    EXPECT_EQ(pair.Agree(altered).reason(), Reason::kInvalidArgument) << i;
  }
  EXPECT_FALSE(pair.Agree("").ok());
  EXPECT_FALSE(pair.Agree(Bytes(1, '\0')).ok());
}

}  // namespace
}  // namespace strongroom
