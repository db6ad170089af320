#include "crypto/hash.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/random.h"

namespace strongroom {
namespace {

Bytes FromHex(std::string_view hex) {
  const Result<Bytes> bytes = HexDecode(hex);
  EXPECT_TRUE(bytes.ok()) << hex;
  return *bytes;
}

// FIPS 180-4 examples (csrc.nist.gov, "SHA256.pdf").
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(HexEncode(View(Sha256(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HexEncode(View(Sha256("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexEncode(View(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, PartsAreConcatenated) {
  EXPECT_EQ(Sha256({"a", "", "bc"}), Sha256("abc"));
  EXPECT_EQ(Sha256(std::initializer_list<ByteView>{}), Sha256(""));
}

// RFC 4231, test cases 1 to 4, 6 and 7: keys of 4 to 131 bytes.
TEST(Mac, GivesThePublishedTags) {
  const struct {
    Bytes key, message;
    const char* tag;
  } cases[] = {
      {Bytes(20, 0x0b), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {Bytes(20, '\xaa'), Bytes(50, '\xdd'), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {FromHex("0102030405060708090a0b0c0d0e0f10111213141516171819"), Bytes(50, '\xcd'),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {Bytes(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {Bytes(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
       "hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const auto& test : cases) {
    const Mac mac(SecretBytes::CopyOf(test.key));
    EXPECT_EQ(HexEncode(View(mac.Compute({test.message}))), test.tag);
    EXPECT_TRUE(mac.Verify({test.message}, FromHex(test.tag)));
  }
}

TEST(Mac, VerifyRefusesAnyOtherTag) {
  const Mac mac(SecretBytes::CopyOf("key"));
  const Digest tag = mac.Compute({"message"});
  EXPECT_TRUE(mac.Verify({"mess", "age"}, View(tag))) << "control";
  for (size_t bit = 0; bit < 256; ++bit) {
    Digest altered = tag;
    altered[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    ASSERT_FALSE(mac.Verify({"message"}, View(altered)));
  }
  EXPECT_FALSE(mac.Verify({"message"}, View(tag).substr(0, 31)));
  EXPECT_FALSE(mac.Verify({"message"}, ""));
  EXPECT_FALSE(mac.Verify({"other"}, View(tag)));
}

TEST(Mac, SurvivesBeingMoved) {
  Mac mac(SecretBytes::CopyOf("key"));
  const Digest tag = mac.Compute({"message"});
  Mac moved = std::move(mac);
  EXPECT_EQ(moved.Compute({"message"}), tag);
}

TEST(MacDeathTest, AnEmptyKeyEndsTheProcess) { EXPECT_DEATH(Mac{SecretBytes()}, "empty key"); }

// RFC 5869, appendix A.1 to A.3.
TEST(Hkdf, GivesThePublishedKeys) {
  EXPECT_EQ(HexEncode(ExposeSecret(HkdfWithSalt(Bytes(22, 0x0b), FromHex("000102030405060708090a0b0c"),
                                                FromHex("f0f1f2f3f4f5f6f7f8f9"), 42))),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  Bytes input, salt, info;
  for (int i = 0; i < 80; ++i) {
    input.push_back(static_cast<char>(i));
    salt.push_back(static_cast<char>(0x60 + i));
    info.push_back(static_cast<char>(0xb0 + i));
  }
  EXPECT_EQ(
      HexEncode(ExposeSecret(HkdfWithSalt(input, salt, info, 82))),
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f"
      "09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
  const char* without_salt = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8";
  EXPECT_EQ(HexEncode(ExposeSecret(HkdfWithSalt(Bytes(22, 0x0b), "", "", 42))), without_salt);
  EXPECT_EQ(HexEncode(ExposeSecret(Hkdf(SecretBytes::CopyOf(Bytes(22, 0x0b)), "", 42))), without_salt);
}

TEST(Hkdf, SeparatesPurposesAndKeys) {
  const SecretBytes key = SecretBytes::CopyOf(Bytes(32, 'k'));
  EXPECT_NE(ExposeSecret(Hkdf(key, "a")), ExposeSecret(Hkdf(key, "b")));
  EXPECT_NE(ExposeSecret(Hkdf(key, "a")), ExposeSecret(Hkdf(SecretBytes::CopyOf(Bytes(32, 'l')), "a")));
  EXPECT_EQ(ExposeSecret(Hkdf(key, "a")), ExposeSecret(Hkdf(key, "a"))) << "control";
}

TEST(Hkdf, GivesNothingBeyondItsLimit) {
  const SecretBytes key = SecretBytes::CopyOf(Bytes(32, 'k'));
  EXPECT_EQ(Hkdf(key, "a", 8160).size(), 8160u) << "control";
  EXPECT_TRUE(Hkdf(key, "a", 8161).empty());
  EXPECT_TRUE(HkdfWithSalt("k", "s", "i", 8161).empty());
}

}  // namespace
}  // namespace strongroom
