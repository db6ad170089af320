#include "crypto/public_key.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/random.h"
#include "crypto/signer.h"

namespace strongroom {
namespace {

Bytes Hex(std::string_view text) { return *HexDecode(text); }

// RFC 6979, A.2.5: P-256 with SHA-256, message "sample".
const char kX[] = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const char kY[] = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const char kSignature[] =
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

TEST(PublicKey, VerifiesThePublishedEcdsaSignatureAndNoAlterationOfIt) {
  const Result<PublicKey> key = PublicKey::FromEcPoint(SignatureAlgorithm::kEs256, Hex(kX), Hex(kY));
  ASSERT_TRUE(key.ok());
  const Bytes signature = Hex(kSignature);
  ASSERT_TRUE(key->Verify("sample", signature, EcdsaForm::kFixedWidth)) << "control";
  EXPECT_FALSE(key->Verify("sample", signature, EcdsaForm::kDer));
  EXPECT_FALSE(key->Verify("samplf", signature, EcdsaForm::kFixedWidth));
  for (size_t i = 0; i < signature.size(); ++i) {
    Bytes altered = signature;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(key->Verify("sample", altered, EcdsaForm::kFixedWidth)) << i;
  }
  for (const Bytes& bad : {Bytes(), signature.substr(1), signature + "x", Bytes(64, '\0')}) {
    EXPECT_FALSE(key->Verify("sample", bad, EcdsaForm::kFixedWidth));
    EXPECT_FALSE(key->Verify("sample", bad, EcdsaForm::kDer));
  }
}

TEST(PublicKey, RefusesPointsOffTheCurve) {
  ASSERT_TRUE(PublicKey::FromEcPoint(SignatureAlgorithm::kEs256, Hex(kX), Hex(kY)).ok()) << "control";
  Bytes y = Hex(kY);
  y.back() = static_cast<char>(y.back() ^ 1);
  EXPECT_EQ(PublicKey::FromEcPoint(SignatureAlgorithm::kEs256, Hex(kX), y).reason(), Reason::kInvalidArgument);
  EXPECT_FALSE(PublicKey::FromEcPoint(SignatureAlgorithm::kEs256, Hex(kX), Hex(kY).substr(1)).ok());
  EXPECT_FALSE(PublicKey::FromEcPoint(SignatureAlgorithm::kEs384, Hex(kX), Hex(kY)).ok());
  EXPECT_FALSE(PublicKey::FromEcPoint(SignatureAlgorithm::kEd25519, Hex(kX), Hex(kY)).ok());
  EXPECT_FALSE(PublicKey::FromEcPoint(SignatureAlgorithm::kEs256, Bytes(32, '\0'), Bytes(32, '\0')).ok());
}

TEST(PublicKey, VerifiesWhatOurOwnSignerSigned) {
  SystemRandom random;
  const Signer signer = Signer::Generate(random);
  const Result<PublicKey> key = PublicKey::FromEdwards(SignatureAlgorithm::kEd25519, signer.public_key());
  ASSERT_TRUE(key.ok());
  EXPECT_TRUE(key->Verify("message", *signer.Sign("message")));
  EXPECT_FALSE(key->Verify("other", *signer.Sign("message")));
  EXPECT_FALSE(PublicKey::FromEdwards(SignatureAlgorithm::kEd448, signer.public_key()).ok());
  EXPECT_FALSE(PublicKey::FromEdwards(SignatureAlgorithm::kEs256, signer.public_key()).ok());
}

TEST(PublicKey, RefusesRsaKeysOfUnreasonableSize) {
  const Bytes exponent = Hex("010001");
  const auto modulus = [](size_t bits) { return "\xc1" + Bytes(bits / 8 - 2, '\x5a') + "\x01"; };
  ASSERT_TRUE(PublicKey::FromRsa(modulus(2048), exponent).ok()) << "control";
  ASSERT_TRUE(PublicKey::FromRsa(Bytes(1, '\0') + modulus(8192), exponent).ok()) << "control";
  EXPECT_FALSE(PublicKey::FromRsa(modulus(2040), exponent).ok());
  EXPECT_FALSE(PublicKey::FromRsa(modulus(8200), exponent).ok());
  EXPECT_FALSE(PublicKey::FromRsa(modulus(1 << 20), exponent).ok());
  for (const char* bad : {"", "00", "01", "02", "010000", "0100000001"}) {
    EXPECT_FALSE(PublicKey::FromRsa(modulus(2048), Hex(bad)).ok()) << bad;
  }
}

}  // namespace
}  // namespace strongroom
