#include "crypto/password_hash.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr Argon2Cost kCheap{.memory_kib = 8 * 1024, .passes = 1};
const Bytes kSalt(16, 's');

TEST(Argon2id, DependsOnPasswordSaltAndCost) {
  const SecretBytes password = SecretBytes::CopyOf("correct horse");
  const Result<SecretBytes> hash = Argon2id(password, kSalt, kCheap);
  ASSERT_TRUE(hash.ok());
  EXPECT_EQ(hash->size(), 32u);
  EXPECT_EQ(ExposeSecret(*hash), ExposeSecret(*Argon2id(password, kSalt, kCheap))) << "control";
  EXPECT_NE(ExposeSecret(*hash), ExposeSecret(*Argon2id(SecretBytes::CopyOf("correct house"), kSalt, kCheap)));
  EXPECT_NE(ExposeSecret(*hash), ExposeSecret(*Argon2id(password, Bytes(16, 't'), kCheap)));
  EXPECT_NE(ExposeSecret(*hash), ExposeSecret(*Argon2id(password, kSalt, {.memory_kib = 8 * 1024, .passes = 2})));
  EXPECT_NE(ExposeSecret(*hash), ExposeSecret(*Argon2id(password, kSalt, {.memory_kib = 9 * 1024, .passes = 1})));
}

TEST(Argon2id, RefusesWhatIsOutsideItsLimits) {
  const SecretBytes password = SecretBytes::CopyOf("p");
  EXPECT_TRUE(Argon2id(password, kSalt, kCheap).ok()) << "control";
  for (const Argon2Cost cost : {Argon2Cost{8 * 1024 - 1, 1}, Argon2Cost{0, 1}, Argon2Cost{4 * 1024 * 1024 + 1, 1},
                                Argon2Cost{8 * 1024, 0}, Argon2Cost{8 * 1024, 1001}}) {
    EXPECT_EQ(Argon2id(password, kSalt, cost).reason(), Reason::kInvalidArgument);
  }
  for (const size_t size : {0u, 8u, 15u, 17u}) {
    EXPECT_EQ(Argon2id(password, Bytes(size, 's'), kCheap).reason(), Reason::kInvalidArgument);
  }
  for (const size_t size : {0u, 15u, 1025u}) {
    EXPECT_EQ(Argon2id(password, kSalt, kCheap, size).reason(), Reason::kInvalidArgument);
  }
}

// The encoded form is what other implementations of RFC 9106 read; it states variant, version, memory, passes and
// lanes.
TEST(Argon2id, IsWhatTheEncodedFormSaysItIs) {
  const Result<SecretBytes> hash =
      Argon2id(SecretBytes::CopyOf("password"), kSalt, {.memory_kib = 16 * 1024, .passes = 2});
  ASSERT_TRUE(hash.ok());
  const auto unpadded = [](ByteView bytes) {
    std::string text = Base64Encode(bytes);
    return text.substr(0, text.find('='));
  };
  const std::string encoded = "$argon2id$v=19$m=16384,t=2,p=1$" + unpadded(kSalt) + "$" + unpadded(ExposeSecret(*hash));
  EXPECT_EQ(crypto_pwhash_str_verify(encoded.c_str(), "password", 8), 0);
  EXPECT_NE(crypto_pwhash_str_verify(encoded.c_str(), "passwort", 8), 0) << "control";
}

TEST(Argon2id, TakesAnEmptyPassword) { EXPECT_TRUE(Argon2id(SecretBytes(), kSalt, kCheap).ok()); }

}  // namespace
}  // namespace strongroom
