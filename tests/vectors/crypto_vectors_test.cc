// The cryptographic primitives against the vectors of Project Wycheproof and NIST.
#include <gtest/gtest.h>

#include <cstdio>

#include "crypto/ff1.h"
#include "crypto/hash.h"
#include "crypto/internal/aes.h"
#include "crypto/signer.h"
#include "tests/vectors/vector_file.h"

namespace strongroom {
namespace {

using vectors::Hex;
using vectors::Json;
using vectors::Number;
using vectors::Outcome;
using vectors::Text;

constexpr uint8_t kNoNumeral = 255;

Outcome Compare(bool equal) { return equal ? Outcome::kAcceptedAndEqual : Outcome::kAcceptedButDifferent; }

// Characters outside the alphabet become a numeral that no radix here has, for FF1 itself to refuse.
Numerals FromText(const std::string& text, const std::string& alphabet) {
  Numerals numerals;
  for (const char c : text) {
    const size_t at = alphabet.find(c);
    numerals.push_back(at == std::string::npos ? kNoNumeral : static_cast<uint8_t>(at));
  }
  return numerals;
}

Numerals FromArray(Json object, std::string_view member) {
  Numerals numerals;
  simdjson::dom::array array = object[member];
  for (const Json element : array) {
    int64_t value = -1;
    EXPECT_EQ(element.get(value), simdjson::SUCCESS);
    numerals.push_back(value < 0 || value > 254 ? kNoNumeral : static_cast<uint8_t>(value));
  }
  return numerals;
}

// Encrypts and, where that is published as possible, decrypts again, one by one and as a batch.
Outcome RunFf1(const Bytes& key, uint32_t radix, const Bytes& tweak, const Numerals& plaintext,
               const Numerals& ciphertext) {
  const Result<Ff1> ff1 = Ff1::CreateForVectors(SecretBytes::CopyOf(key), radix, false);
  if (!ff1.ok()) return Outcome::kRefused;
  Numerals numerals = plaintext;
  if (!ff1->Encrypt(tweak, numerals).ok()) return Outcome::kRefused;
  std::vector<Numerals> batch(3, plaintext);
  bool equal = numerals == ciphertext && ff1->EncryptBatch(tweak, batch).ok();
  for (const Numerals& member : batch) equal = equal && member == ciphertext;
  equal = equal && ff1->Decrypt(tweak, numerals).ok() && numerals == plaintext;
  return Compare(equal);
}

void RunFf1File(const std::string& file) {
  const auto tally = vectors::RunWycheproof(file, [](Json group, Json test) {
    const std::string alphabet = Text(group, "alphabet");
    return RunFf1(Hex(test, "key"), static_cast<uint32_t>(Number(group, "radix")), Hex(test, "tweak"),
                  FromText(Text(test, "msg"), alphabet), FromText(Text(test, "ct"), alphabet));
  });
  if (!tally) GTEST_SKIP() << "no shared vectors";
}

TEST(Wycheproof, Ff1Base10) { RunFf1File("aes_ff1_base10_test.json"); }
TEST(Wycheproof, Ff1Base36) { RunFf1File("aes_ff1_base36_test.json"); }
TEST(Wycheproof, Ff1Base62) { RunFf1File("aes_ff1_base62_test.json"); }

TEST(Wycheproof, Ff1Radix10) {
  const auto tally = vectors::RunWycheproof("aes_ff1_radix10_test.json", [](Json group, Json test) {
    return RunFf1(Hex(test, "key"), static_cast<uint32_t>(Number(group, "radix")), Hex(test, "tweak"),
                  FromArray(test, "msg"), FromArray(test, "ct"));
  });
  if (!tally) GTEST_SKIP() << "no shared vectors";
}

TEST(Wycheproof, HmacSha256) {
  const auto tally = vectors::RunWycheproof("hmac_sha256_test.json", [](Json group, Json test) {
    const Mac mac(SecretBytes::CopyOf(Hex(test, "key")));
    const Bytes message = Hex(test, "msg"), tag = Hex(test, "tag");
    EXPECT_EQ(tag.size() * 8, Number(group, "tagSize"));
    if (tag.size() == 32) return mac.Verify({message}, tag) ? Outcome::kAcceptedAndEqual : Outcome::kRefused;
    // Truncated tags: ours are always whole, so the comparison is done here.
    const Digest digest = mac.Compute({message});
    return View(digest).substr(0, tag.size()) == tag ? Outcome::kAcceptedAndEqual : Outcome::kRefused;
  });
  if (!tally) GTEST_SKIP() << "no shared vectors";
}

TEST(Wycheproof, HkdfSha256) {
  const auto tally = vectors::RunWycheproof("hkdf_sha256_test.json", [](Json, Json test) {
    const SecretBytes key = HkdfWithSalt(Hex(test, "ikm"), Hex(test, "salt"), Hex(test, "info"), Number(test, "size"));
    if (key.empty()) return Outcome::kRefused;
    return Compare(ExposeSecret(key) == Hex(test, "okm"));
  });
  if (!tally) GTEST_SKIP() << "no shared vectors";
}

TEST(Wycheproof, Ed25519) {
  const auto tally = vectors::RunWycheproof("ed25519_test.json", [](Json group, Json test) {
    const Json public_key = group["publicKey"];
    return VerifySignature(Hex(public_key, "pk"), Hex(test, "msg"), Hex(test, "sig")).ok() ? Outcome::kAcceptedAndEqual
                                                                                           : Outcome::kRefused;
  });
  if (!tally) GTEST_SKIP() << "no shared vectors";
}

// Nonces longer than OpenSSL keeps are outside what internal/aes.h takes.
TEST(Wycheproof, AesGcm) {
  const auto tally = vectors::RunWycheproof("aes_gcm_test.json", [](Json, Json test) {
    const Bytes key = Hex(test, "key"), nonce = Hex(test, "iv"), associated_data = Hex(test, "aad");
    const Bytes plaintext = Hex(test, "msg"), sealed = Hex(test, "ct") + Hex(test, "tag");
    if (nonce.size() > 128) return Outcome::kNotTried;
    Bytes opened(sealed.size() - 16, '\0'), again(plaintext.size() + 16, '\0');
    if (!internal::GcmOpen(key, nonce, sealed, associated_data, AsU8(opened))) return Outcome::kRefused;
    return Compare(opened == plaintext && internal::GcmSeal(key, nonce, plaintext, associated_data, AsU8(again)) &&
                   again == sealed);
  });
  if (!tally) GTEST_SKIP() << "no shared vectors";
}

TEST(Nist, Ff1Samples) {
  simdjson::dom::parser parser;
  const auto samples = vectors::LoadJson(parser, "nist-ff1-samples/ff1-samples.json");
  if (!samples) GTEST_SKIP() << "no shared vectors";
  const std::string alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
  int tried = 0;
  simdjson::dom::array array = *samples;
  for (const Json sample : array) {
    EXPECT_EQ(RunFf1(Hex(sample, "key"), static_cast<uint32_t>(Number(sample, "radix")), Hex(sample, "tweak"),
                     FromText(Text(sample, "pt"), alphabet), FromText(Text(sample, "ct"), alphabet)),
              Outcome::kAcceptedAndEqual)
        << tried;
    ++tried;
  }
  EXPECT_EQ(tried, 9);
  std::printf("ff1-samples.json: %d cases, all as published\n", tried);
}

}  // namespace
}  // namespace strongroom
