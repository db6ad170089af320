#include "crypto/ff1.h"

#include <gtest/gtest.h>

#include <set>

#include "base/encoding.h"
#include "crypto/random.h"

namespace strongroom {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

Numerals FromText(std::string_view text) {
  Numerals numerals;
  for (const char c : text) numerals.push_back(static_cast<uint8_t>(kAlphabet.find(c)));
  return numerals;
}

std::string ToText(const Numerals& numerals) {
  std::string text;
  for (const uint8_t numeral : numerals) text.push_back(kAlphabet.at(numeral));
  return text;
}

Ff1 MakeFf1(uint32_t radix) {
  SeededRandom random(radix);
  return std::move(*Ff1::Create(SecretBytes::Generate(32, random), radix));
}

// NIST, "FF1samples.pdf" (SP 800-38G examples).
TEST(Ff1, GivesThePublishedSamples) {
  const char* key128 = "2B7E151628AED2A6ABF7158809CF4F3C";
  const char* key192 = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F";
  const char* key256 = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94";
  const struct {
    const char *key, *tweak, *plaintext, *ciphertext;
    uint32_t radix;
  } samples[] = {
      {key128, "", "0123456789", "2433477484", 10},
      {key128, "39383736353433323130", "0123456789", "6124200773", 10},
      {key128, "3737373770717273373737", "0123456789abcdefghi", "a9tv40mll9kdu509eum", 36},
      {key192, "", "0123456789", "2830668132", 10},
      {key192, "39383736353433323130", "0123456789", "2496655549", 10},
      {key192, "3737373770717273373737", "0123456789abcdefghi", "xbj3kv35jrawxv32ysr", 36},
      {key256, "", "0123456789", "6657667009", 10},
      {key256, "39383736353433323130", "0123456789", "1001623463", 10},
      {key256, "3737373770717273373737", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd", 36},
  };
  for (const auto& sample : samples) {
    const Result<Ff1> ff1 = Ff1::CreateForVectors(SecretBytes::CopyOf(*HexDecode(sample.key)), sample.radix, true);
    ASSERT_TRUE(ff1.ok());
    const Bytes tweak = *HexDecode(sample.tweak);
    Numerals numerals = FromText(sample.plaintext);
    ASSERT_TRUE(ff1->Encrypt(tweak, numerals).ok());
    EXPECT_EQ(ToText(numerals), sample.ciphertext);
    ASSERT_TRUE(ff1->Decrypt(tweak, numerals).ok());
    EXPECT_EQ(ToText(numerals), sample.plaintext);
  }
}

// Every radix, at lengths around the borders between the three ways of calculating.
TEST(Ff1, DecryptUndoesEncryptForEveryRadixAndManyLengths) {
  SeededRandom random(2);
  int tried = 0;
  for (uint32_t radix = 2; radix <= 256; ++radix) {
    const Ff1 ff1 = MakeFf1(radix);
    for (const size_t length : {2u, 3u, 5u, 7u, 8u, 16u, 19u, 20u, 36u, 37u, 63u, 64u, 128u, 255u, 256u, 511u, 512u}) {
      Numerals numerals;
      for (size_t i = 0; i < length; ++i) numerals.push_back(static_cast<uint8_t>(random.Below(radix)));
      const Numerals before = numerals;
      const Bytes tweak = random.Take(random.Below(40));
      if (!ff1.Encrypt(tweak, numerals).ok()) continue;  // domain too small
      for (const uint8_t numeral : numerals) ASSERT_LT(numeral, radix);
      ASSERT_NE(numerals, before);
      ASSERT_TRUE(ff1.Decrypt(tweak, numerals).ok());
      ASSERT_EQ(numerals, before) << radix << " " << length;
      ++tried;
    }
  }
  EXPECT_GT(tried, 255 * 8);
  std::printf("%d combinations of radix and length\n", tried);
}

TEST(Ff1, IsABijection) {
  const Ff1 ff1 = std::move(*Ff1::CreateForVectors(SecretBytes::CopyOf(Bytes(32, 'k')), 10, false));
  std::set<Numerals> images;
  for (int i = 0; i < 1000; ++i) {
    Numerals numerals = {static_cast<uint8_t>(i / 100), static_cast<uint8_t>(i / 10 % 10),
                         static_cast<uint8_t>(i % 10)};
    ASSERT_TRUE(ff1.Encrypt("tweak", numerals).ok());
    images.insert(numerals);
  }
  EXPECT_EQ(images.size(), 1000u);
}

TEST(Ff1, BatchEqualsOneByOne) {
  SeededRandom random(3);
  for (const auto& [radix, length] : {std::pair<uint32_t, size_t>{10, 16}, {10, 30}, {36, 50}, {256, 200}}) {
    const Ff1 ff1 = MakeFf1(radix);
    std::vector<Numerals> batch(300);
    for (Numerals& numerals : batch) {
      for (size_t i = 0; i < length; ++i) numerals.push_back(static_cast<uint8_t>(random.Below(radix)));
    }
    const std::vector<Numerals> before = batch;
    std::vector<Numerals> singly = batch;
    ASSERT_TRUE(ff1.EncryptBatch("a tweak of more than sixteen bytes", batch).ok());
    for (Numerals& numerals : singly) ASSERT_TRUE(ff1.Encrypt("a tweak of more than sixteen bytes", numerals).ok());
    EXPECT_EQ(batch, singly);
    ASSERT_TRUE(ff1.DecryptBatch("a tweak of more than sixteen bytes", batch).ok());
    EXPECT_EQ(batch, before);
  }
}

TEST(Ff1, TheTweakMatters) {
  const Ff1 ff1 = MakeFf1(10);
  std::set<Numerals> images;
  for (size_t size = 0; size <= 256; ++size) {
    Numerals numerals(16, 1);
    ASSERT_TRUE(ff1.Encrypt(Bytes(size, 't'), numerals).ok());
    images.insert(numerals);
  }
  EXPECT_EQ(images.size(), 257u);
}

TEST(Ff1, RefusesWhatIsOutsideItsLimitsAndLeavesItAsItWas) {
  const Ff1 ff1 = MakeFf1(10);
  const auto refuses = [&](ByteView tweak, Numerals numerals) {
    const Numerals before = numerals;
    const bool refused = ff1.Encrypt(tweak, numerals).reason() == Reason::kInvalidArgument &&
                         ff1.Decrypt(tweak, numerals).reason() == Reason::kInvalidArgument;
    return refused && numerals == before;
  };
  EXPECT_FALSE(refuses("", Numerals(6, 9))) << "control: 10^6 values are just enough";
  EXPECT_TRUE(refuses("", Numerals(5, 9)));
  EXPECT_TRUE(refuses("", Numerals()));
  EXPECT_TRUE(refuses("", Numerals(513, 1)));
  EXPECT_FALSE(refuses("", Numerals(512, 1))) << "control";
  EXPECT_TRUE(refuses(Bytes(257, 't'), Numerals(16, 1)));
  for (size_t i = 0; i < 16; ++i) {
    Numerals numerals(16, 1);
    numerals[i] = 10;
    EXPECT_TRUE(refuses("", numerals)) << i;
  }
  std::vector<Numerals> uneven = {Numerals(16, 1), Numerals(17, 1)};
  EXPECT_EQ(ff1.EncryptBatch("", uneven).reason(), Reason::kInvalidArgument);
  std::vector<Numerals> one_bad = {Numerals(16, 1), Numerals(16, 10)};
  EXPECT_EQ(ff1.EncryptBatch("", one_bad).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(one_bad[0], Numerals(16, 1));
  std::vector<Numerals> none;
  EXPECT_TRUE(ff1.EncryptBatch("", none).ok());
}

TEST(Ff1, RefusesOtherKeysAndRadixes) {
  SeededRandom random(4);
  EXPECT_TRUE(Ff1::Create(SecretBytes::Generate(32, random), 10).ok()) << "control";
  for (const size_t size : {0u, 16u, 24u, 31u, 33u}) {
    EXPECT_EQ(Ff1::Create(SecretBytes::Generate(size, random), 10).reason(), Reason::kInvalidArgument);
  }
  for (const uint32_t radix : {0u, 1u, 257u, 65'536u}) {
    EXPECT_EQ(Ff1::Create(SecretBytes::Generate(32, random), radix).reason(), Reason::kInvalidArgument);
  }
}

}  // namespace
}  // namespace strongroom
