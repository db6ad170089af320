#include "crypto/aead.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <atomic>
#include <thread>

#include "base/encoding.h"
#include "crypto/internal/aes.h"

namespace strongroom {
namespace {

// Hands out what the test wants drawn: how published nonces reach an interface that takes none.
class FixedRandom : public Random {
 public:
  explicit FixedRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
  void Fill(void* out, size_t size_bytes) override {
    ASSERT_EQ(size_bytes, bytes_.size());
    bytes_.copy(static_cast<char*>(out), size_bytes);
  }

 private:
  Bytes bytes_;
};

Bytes SealWithNonce(ByteView key, ByteView nonce, ByteView plaintext, ByteView associated_data) {
  FixedRandom random{Bytes(nonce)};
  Result<Bytes> sealed = Aead(SecretBytes::CopyOf(key)).Seal(plaintext, associated_data, random);
  EXPECT_TRUE(sealed.ok());
  EXPECT_EQ(sealed->substr(0, 24), nonce);
  return sealed->substr(24);
}

// The two vectors of https://c2sp.org/XAES-256-GCM; the first has MSB(L) = 0, the second 1.
TEST(Aead, GivesThePublishedCiphertexts) {
  EXPECT_EQ(HexEncode(SealWithNonce(Bytes(32, 1), "ABCDEFGHIJKLMNOPQRSTUVWX", "XAES-256-GCM", "")),
            "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
  EXPECT_EQ(HexEncode(SealWithNonce(Bytes(32, 3), "ABCDEFGHIJKLMNOPQRSTUVWX", "XAES-256-GCM", "c2sp.org/XAES-256-GCM")),
            "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
}

Bytes Shake128(ByteView in, size_t size_bytes) {
  Bytes out(size_bytes, '\0');
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EXPECT_EQ(EVP_DigestInit_ex(context, EVP_shake128(), nullptr), 1);
  EXPECT_EQ(EVP_DigestUpdate(context, in.data(), in.size()), 1);
  EXPECT_EQ(EVP_DigestFinalXOF(context, AsU8(out), out.size()), 1);
  EVP_MD_CTX_free(context);
  return out;
}

// "Accumulated randomized tests" of the specification: inputs of every length, drawn from SHAKE-128.
TEST(Aead, GivesThePublishedHashOverTenThousandRandomInputs) {
  constexpr int kIterations = 10'000;
  const Bytes stream = Shake128("", size_t{kIterations} * (32 + 24 + 2 * 256));
  ASSERT_EQ(HexEncode(stream.substr(0, 16)), "7f9c2ba4e88f827d616045507605853e");
  ByteReader reader(stream);
  Bytes all;
  int opened = 0;
  for (int i = 0; i < kIterations; ++i) {
    const ByteView key = reader.Raw(32), nonce = reader.Raw(24);
    const ByteView plaintext = reader.Raw(reader.U8());
    const ByteView associated_data = reader.Raw(reader.U8());
    const Bytes ciphertext = SealWithNonce(key, nonce, plaintext, associated_data);
    all += ciphertext;
    const Result<Bytes> back = Aead(SecretBytes::CopyOf(key)).Open(Bytes(nonce) + ciphertext, associated_data);
    opened += back.ok() && *back == plaintext;
  }
  EXPECT_EQ(HexEncode(Shake128(all, 32)), "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939");
  EXPECT_EQ(opened, kIterations);
  std::printf("%d random inputs sealed, %d opened\n", kIterations, opened);
}

class AeadTest : public ::testing::Test {
 protected:
  SystemRandom random_;
  SecretBytes key_ = SecretBytes::Generate(32, random_);
  Aead aead_{key_};
};

TEST_F(AeadTest, OpensWhatItSealedAtEveryLength) {
  for (const size_t size : {0u, 1u, 15u, 16u, 17u, 64u, 255u, 262'144u}) {
    const Bytes plaintext = random_.Take(size), associated_data = random_.Take(size % 100);
    const Result<Bytes> sealed = aead_.Seal(plaintext, associated_data, random_);
    ASSERT_TRUE(sealed.ok());
    EXPECT_EQ(sealed->size(), size + Aead::kOverheadBytes);
    const Result<Bytes> opened = aead_.Open(*sealed, associated_data);
    ASSERT_TRUE(opened.ok()) << size;
    EXPECT_EQ(*opened, plaintext);
  }
}

TEST_F(AeadTest, RefusesEveryFlippedBit) {
  const Bytes sealed = *aead_.Seal("a short value", "where it belongs", random_);
  ASSERT_TRUE(aead_.Open(sealed, "where it belongs").ok()) << "control";
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes altered = sealed;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << bit % 8));
    ASSERT_EQ(aead_.Open(altered, "where it belongs").reason(), Reason::kDataCorrupt) << bit;
  }
}

TEST_F(AeadTest, RefusesEveryOtherLength) {
  const Bytes sealed = *aead_.Seal("a short value", "", random_);
  for (size_t size = 0; size < sealed.size(); ++size) {
    ASSERT_EQ(aead_.Open(ByteView(sealed).substr(0, size), "").reason(), Reason::kDataCorrupt) << size;
  }
  EXPECT_EQ(aead_.Open(sealed + 'x', "").reason(), Reason::kDataCorrupt);
  EXPECT_TRUE(aead_.Open(sealed, "").ok()) << "control";
}

TEST_F(AeadTest, RefusesOtherAssociatedDataAndOtherKeys) {
  const Bytes sealed = *aead_.Seal("value", "customer 1", random_);
  EXPECT_TRUE(aead_.Open(sealed, "customer 1").ok()) << "control";
  EXPECT_EQ(aead_.Open(sealed, "customer 2").reason(), Reason::kDataCorrupt);
  EXPECT_EQ(aead_.Open(sealed, "").reason(), Reason::kDataCorrupt);
  const Aead other(SecretBytes::Generate(32, random_));
  EXPECT_EQ(other.Open(sealed, "customer 1").reason(), Reason::kDataCorrupt);
}

TEST_F(AeadTest, NeverSealsTheSameWayTwice) {
  EXPECT_NE(*aead_.Seal("value", "", random_), *aead_.Seal("value", "", random_));
}

TEST_F(AeadTest, AppendsAfterWhatIsThere) {
  Bytes out = "header";
  ASSERT_TRUE(aead_.SealAppend("value", "", random_, out).ok());
  EXPECT_EQ(out.substr(0, 6), "header");
  EXPECT_EQ(*aead_.Open(ByteView(out).substr(6), ""), "value");
}

TEST_F(AeadTest, AKeyOfAnotherSizeDoesNothing) {
  const Bytes sealed = *aead_.Seal("value", "", random_);
  for (const size_t size : {0u, 16u, 24u, 31u, 33u, 64u}) {
    const Aead aead(SecretBytes::Generate(size, random_));
    Bytes out = "header";
    EXPECT_EQ(aead.SealAppend("value", "", random_, out).reason(), Reason::kInternal);
    EXPECT_EQ(out, "header");
    EXPECT_EQ(aead.Open(sealed, "").reason(), Reason::kInternal);
  }
}

TEST_F(AeadTest, ManyThreadsMayShareOne) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      SystemRandom random;
      for (int i = 0; i < 2'000; ++i) {
        const Bytes plaintext(static_cast<size_t>(i % 100), static_cast<char>('a' + t));
        const Result<Bytes> opened = aead_.Open(*aead_.Seal(plaintext, "x", random), "x");
        if (!opened.ok() || *opened != plaintext) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(GcmOpen, WipesThePlaintextItMustNotRelease) {
  const Bytes key(32, 'k'), nonce(12, 'n'), plaintext(100, 'p');
  Bytes sealed(116, '\0'), out(100, 'o');
  ASSERT_TRUE(internal::GcmSeal(key, nonce, plaintext, "", AsU8(sealed)));
  ASSERT_TRUE(internal::GcmOpen(key, nonce, sealed, "", AsU8(out)));
  ASSERT_EQ(out, plaintext) << "control";
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  EXPECT_FALSE(internal::GcmOpen(key, nonce, sealed, "", AsU8(out)));
  EXPECT_EQ(out, Bytes(100, '\0'));
}

class KeyWrapTest : public ::testing::Test {
 protected:
  SystemRandom random_;
  SecretBytes wrapping_key_ = SecretBytes::Generate(32, random_);
  KeyWrap wrap_{wrapping_key_};
  SecretBytes key_ = SecretBytes::Generate(32, random_);
};

TEST_F(KeyWrapTest, UnwrapsWhatItWrapped) {
  for (const size_t size : {1u, 16u, 32u, 64u, 200u}) {
    const SecretBytes key = SecretBytes::Generate(size, random_);
    const Bytes wrapped = *wrap_.Wrap(key, "customer key", random_);
    EXPECT_EQ(wrapped.size(), size + KeyWrap::kOverheadBytes);
    const Result<SecretBytes> unwrapped = wrap_.Unwrap(wrapped, "customer key");
    ASSERT_TRUE(unwrapped.ok());
    EXPECT_EQ(ExposeSecret(*unwrapped), ExposeSecret(key));
  }
}

TEST_F(KeyWrapTest, RefusesEveryFlippedBitAndEveryShorterText) {
  const Bytes wrapped = *wrap_.Wrap(key_, "context", random_);
  ASSERT_TRUE(wrap_.Unwrap(wrapped, "context").ok()) << "control";
  for (size_t bit = 0; bit < wrapped.size() * 8; ++bit) {
    Bytes altered = wrapped;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << bit % 8));
    ASSERT_EQ(wrap_.Unwrap(altered, "context").reason(), Reason::kDataCorrupt) << bit;
  }
  for (size_t size = 0; size < wrapped.size(); ++size) {
    ASSERT_EQ(wrap_.Unwrap(ByteView(wrapped).substr(0, size), "context").reason(), Reason::kDataCorrupt);
  }
  EXPECT_EQ(wrap_.Unwrap(wrapped, "other").reason(), Reason::kDataCorrupt);
  EXPECT_EQ(KeyWrap(SecretBytes::Generate(32, random_)).Unwrap(wrapped, "context").reason(), Reason::kDataCorrupt);
}

// What the commitment adds: a sealed text that opens, under the right key, is still refused without it.
TEST_F(KeyWrapTest, RefusesASealedKeyWithoutItsCommitment) {
  const Bytes sealed = *Aead(wrapping_key_).Seal(ExposeSecret(key_), "context", random_);
  ASSERT_TRUE(Aead(wrapping_key_).Open(sealed, "context").ok()) << "control";
  EXPECT_EQ(wrap_.Unwrap(Bytes(32, '\0') + sealed, "context").reason(), Reason::kDataCorrupt);
}

TEST_F(KeyWrapTest, TheCommitmentIsTheDocumentedOne) {
  const Bytes wrapped = *wrap_.Wrap(key_, "context", random_);
  const Mac mac(Hkdf(wrapping_key_, "strongroom key commitment v1"));
  const ByteView nonce = ByteView(wrapped).substr(32, 24);
  EXPECT_TRUE(mac.Verify({nonce, "context", ExposeSecret(key_)}, ByteView(wrapped).substr(0, 32)));
}

}  // namespace
}  // namespace strongroom
