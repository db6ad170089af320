#include "crypto/signer.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace strongroom {
namespace {

// RFC 8032, 7.1: TEST 1, TEST 2, TEST 3.
TEST(Signer, GivesThePublishedSignatures) {
  const struct {
    const char *seed, *public_key, *message, *signature;
  } cases[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2"
       "4"
       "655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302ae"
       "e"
       "b00d291612bb0c00"},
      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
       "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28"
       "d"
       "c027beceea1ec40a"},
  };
  for (const auto& test : cases) {
    const Result<Signer> signer = Signer::FromSeed(SecretBytes::CopyOf(*HexDecode(test.seed)));
    ASSERT_TRUE(signer.ok());
    EXPECT_EQ(HexEncode(signer->public_key()), test.public_key);
    const Bytes message = *HexDecode(test.message);
    const Bytes signature = *signer->Sign(message);
    EXPECT_EQ(HexEncode(signature), test.signature);
    EXPECT_TRUE(VerifySignature(signer->public_key(), message, signature).ok());
  }
}

TEST(VerifySignature, RefusesEveryAlteration) {
  SystemRandom random;
  const Signer signer = Signer::Generate(random);
  const Bytes signature = *signer.Sign("message");
  ASSERT_TRUE(VerifySignature(signer.public_key(), "message", signature).ok()) << "control";
  EXPECT_EQ(VerifySignature(signer.public_key(), "messagf", signature).reason(), Reason::kLogInvalid);
  EXPECT_EQ(VerifySignature(Signer::Generate(random).public_key(), "message", signature).reason(), Reason::kLogInvalid);
  for (size_t bit = 0; bit < 512; ++bit) {
    Bytes altered = signature;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << bit % 8));
    ASSERT_EQ(VerifySignature(signer.public_key(), "message", altered).reason(), Reason::kLogInvalid) << bit;
  }
  for (const size_t size : {0u, 1u, 63u}) {
    EXPECT_FALSE(VerifySignature(signer.public_key(), "message", signature.substr(0, size)).ok());
  }
  EXPECT_FALSE(VerifySignature(signer.public_key(), "message", signature + 'x').ok());
  EXPECT_FALSE(VerifySignature(signer.public_key().substr(0, 31), "message", signature).ok());
  EXPECT_FALSE(VerifySignature("", "message", signature).ok());
}

TEST(Signer, TheSeedMakesTheSameSignerAgain) {
  SystemRandom random;
  const Signer signer = Signer::Generate(random);
  const Result<Signer> again = Signer::FromSeed(signer.seed());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->public_key(), signer.public_key());
  EXPECT_EQ(*again->Sign("m"), *signer.Sign("m"));
}

TEST(Signer, RefusesSeedsOfOtherSizes) {
  EXPECT_TRUE(Signer::FromSeed(SecretBytes(32)).ok()) << "control";
  for (const size_t size : {0u, 31u, 33u, 64u}) {
    EXPECT_EQ(Signer::FromSeed(SecretBytes(size)).reason(), Reason::kInvalidArgument);
  }
}

}  // namespace
}  // namespace strongroom
