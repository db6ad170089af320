#include "crypto/shamir.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/internal/gf256.h"

namespace strongroom {
namespace {

std::vector<SecretShare> Pick(const std::vector<SecretShare>& shares, const std::vector<size_t>& which) {
  std::vector<SecretShare> picked;
  for (const size_t i : which) picked.push_back({shares[i].index, shares[i].threshold, shares[i].data.Clone()});
  return picked;
}

class ShamirTest : public ::testing::Test {
 protected:
  SeededRandom random_{1};
  SecretBytes secret_ = SecretBytes::Generate(32, random_);
  std::vector<SecretShare> shares_ = std::move(*SplitSecret(secret_, 3, 5, random_));
};

// FIPS 197, 4.2: {57} x {83} = {c1}, {57} x {13} = {fe}.
TEST(Gf256, MultipliesAndInvertsAsAesDoes) {
  EXPECT_EQ(internal::Gf256Multiply(0x57, 0x83), 0xc1);
  EXPECT_EQ(internal::Gf256Multiply(0x57, 0x13), 0xfe);
  for (int a = 1; a < 256; ++a) {
    const auto element = static_cast<uint8_t>(a);
    ASSERT_EQ(internal::Gf256Multiply(element, internal::Gf256Invert(element)), 1);
  }
}

TEST_F(ShamirTest, EveryThreeOfFiveGiveTheSecret) {
  std::vector<size_t> which = {0, 1, 2, 3, 4};
  int tried = 0;
  for (int mask = 0; mask < 32; ++mask) {
    std::vector<size_t> some;
    for (size_t i = 0; i < 5; ++i) {
      if (mask >> i & 1) some.push_back(i);
    }
    const Result<SecretBytes> combined = CombineShares(Pick(shares_, some));
    if (some.size() < 3) {
      EXPECT_EQ(combined.reason(), Reason::kInvalidArgument);
      continue;
    }
    ASSERT_TRUE(combined.ok()) << mask;
    EXPECT_EQ(ExposeSecret(*combined), ExposeSecret(secret_));
    ++tried;
  }
  EXPECT_EQ(tried, 16);
}

TEST_F(ShamirTest, OrderDoesNotMatter) {
  EXPECT_EQ(ExposeSecret(*CombineShares(Pick(shares_, {4, 0, 2}))), ExposeSecret(secret_));
}

TEST_F(ShamirTest, LargestAndSmallestSchemesWork) {
  for (const auto& [k, n] : {std::pair{2, 2}, {2, 255}, {255, 255}}) {
    for (const size_t size : {1u, 1024u}) {
      const SecretBytes secret = SecretBytes::Generate(size, random_);
      const std::vector<SecretShare> shares = std::move(*SplitSecret(secret, k, n, random_));
      EXPECT_EQ(ExposeSecret(*CombineShares(shares)), ExposeSecret(secret)) << k << " " << n;
      if (n > 100) break;
    }
  }
}

TEST_F(ShamirTest, NoticesAnyAlteredShare) {
  for (size_t byte = 0; byte < shares_[1].data.size(); ++byte) {
    std::vector<SecretShare> some = Pick(shares_, {0, 1, 2});
    some[1].data.MutableData()[byte] ^= 1;
    ASSERT_EQ(CombineShares(some).reason(), Reason::kInvalidArgument);
  }
  std::vector<SecretShare> extra = Pick(shares_, {0, 1, 2, 3});
  ASSERT_TRUE(CombineShares(extra).ok()) << "control";
  extra[3].data.MutableData()[0] ^= 1;
  EXPECT_EQ(CombineShares(extra).reason(), Reason::kInvalidArgument) << "a share beyond the threshold";
}

TEST_F(ShamirTest, RefusesSharesThatDoNotBelongTogether) {
  const std::vector<SecretShare> others = std::move(*SplitSecret(secret_, 3, 5, random_));
  std::vector<SecretShare> mixed = Pick(shares_, {0, 1});
  mixed.push_back(std::move(Pick(others, {2})[0]));
  EXPECT_EQ(CombineShares(mixed).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(CombineShares(Pick(shares_, {0, 1, 1})).reason(), Reason::kInvalidArgument);
  std::vector<SecretShare> lowered = Pick(shares_, {0, 1, 2});
  for (SecretShare& share : lowered) share.threshold = 2;
  EXPECT_EQ(CombineShares(lowered).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(CombineShares({}).reason(), Reason::kInvalidArgument);
  EXPECT_TRUE(CombineShares(Pick(shares_, {0, 1, 2})).ok()) << "control";
}

TEST_F(ShamirTest, RefusesImpossibleSchemes) {
  for (const auto& [k, n] : {std::pair{1, 5}, {0, 0}, {6, 5}, {2, 256}, {-1, 3}}) {
    EXPECT_EQ(SplitSecret(secret_, k, n, random_).reason(), Reason::kInvalidArgument) << k << " " << n;
  }
  EXPECT_EQ(SplitSecret(SecretBytes(), 2, 3, random_).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(SplitSecret(SecretBytes(1025), 2, 3, random_).reason(), Reason::kInvalidArgument);
}

TEST_F(ShamirTest, ShareTextsComeBack) {
  for (size_t size = 1; size <= 70; ++size) {
    const SecretBytes secret = SecretBytes::Generate(size, random_);
    const std::vector<SecretShare> shares = std::move(*SplitSecret(secret, 2, 3, random_));
    for (const SecretShare& share : shares) {
      const Result<SecretShare> back = DecodeShare(EncodeShare(share));
      ASSERT_TRUE(back.ok()) << EncodeShare(share);
      EXPECT_EQ(back->index, share.index);
      EXPECT_EQ(back->threshold, share.threshold);
      EXPECT_EQ(ExposeSecret(back->data), ExposeSecret(share.data));
    }
  }
}

TEST_F(ShamirTest, ShareTextsForgiveHowPeopleTypeThem) {
  const std::string text = EncodeShare(shares_[0]);
  std::string lower = text, spaced = text, tight = text.substr(0, 9), looks_alike = text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
  std::replace(spaced.begin(), spaced.end(), '-', ' ');
  std::copy_if(text.begin() + 9, text.end(), std::back_inserter(tight), [](char c) { return c != '-'; });
  for (size_t i = 9; i < text.size(); ++i) {
    if (text[i] == '0') looks_alike[i] = 'o';
    if (text[i] == '1') looks_alike[i] = i % 2 ? 'l' : 'I';
  }
  for (const std::string& typed : {lower, spaced, tight, looks_alike, "  " + text + "\n"}) {
    const Result<SecretShare> share = DecodeShare(typed);
    ASSERT_TRUE(share.ok()) << typed;
    EXPECT_EQ(ExposeSecret(share->data), ExposeSecret(shares_[0].data));
  }
}

TEST_F(ShamirTest, ShareTextsNoticeEveryWrongCharacter) {
  const std::string text = EncodeShare(shares_[0]);
  ASSERT_TRUE(DecodeShare(text).ok()) << "control";
  int tried = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '-') continue;
    for (const char wrong : std::string("0123456789ABCDEFGHJKMNPQRSTVWXYZU!")) {
      std::string altered = text;
      altered[i] = wrong;
      if (altered == text) continue;
      ++tried;
      // A wrong prefix may only differ in case.
      if (i < 4 && std::tolower(wrong) == text[i]) continue;
      ASSERT_EQ(DecodeShare(altered).reason(), Reason::kInvalidArgument) << i << wrong;
    }
  }
  for (size_t size = 0; size < text.size(); ++size) ASSERT_FALSE(DecodeShare(text.substr(0, size)).ok()) << size;
  for (const char* bad :
       {"", "srs1", "srs1-3-1", "srs1-3-1-", "srs2-3-1-AAAAA", "srs1-03-1-AAAAA", "srs1-256-1-AAAAA"}) {
    EXPECT_FALSE(DecodeShare(bad).ok()) << bad;
  }
  std::printf("%d altered texts refused\n", tried);
}

}  // namespace
}  // namespace strongroom
