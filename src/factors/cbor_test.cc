#include "factors/cbor.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"

namespace strongroom {
namespace {

Bytes Hex(std::string_view text) { return *HexDecode(text); }

// Whether the whole of `hex` can be skipped as one item.
bool Readable(std::string_view hex) {
  const Bytes bytes = Hex(hex);
  CborReader cbor(bytes);
  cbor.Skip();
  return cbor.Finish("it").ok();
}

// RFC 8949, appendix A, those of the subset.
TEST(Cbor, ReadsThePublishedIntegersAndStrings) {
  const std::pair<const char*, int64_t> integers[] = {{"00", 0},         {"17", 23},
                                                      {"1818", 24},      {"1864", 100},
                                                      {"1903e8", 1000},  {"1a000f4240", 1000000},
                                                      {"20", -1},        {"3863", -100},
                                                      {"3903e7", -1000}, {"1b000000e8d4a51000", 1000000000000}};
  for (const auto& [hex, value] : integers) {
    const Bytes bytes = Hex(hex);
    CborReader cbor(bytes);
    EXPECT_EQ(cbor.Int(), value) << hex;
    EXPECT_TRUE(cbor.Finish("it").ok()) << hex;
  }
  const Bytes text = Hex("62c3bc"), octets = Hex("4401020304");
  EXPECT_EQ(CborReader(text).Text(), "ü");
  EXPECT_EQ(CborReader(octets).ByteString(), Hex("01020304"));
}

TEST(Cbor, ReadsMapsMemberByMember) {
  const Bytes bytes = Hex("a361610102820304616241ff");  // {"a": 1, 2: [3, 4], "b": h'ff'}
  CborReader cbor(bytes);
  int64_t a = 0;
  uint64_t items = 0;
  ByteView b;
  for (CborMap map(cbor); map.Next();) {
    if (map.IsText("a")) {
      a = cbor.Int();
    } else if (map.IsInt(2)) {
      items = cbor.Array();
      EXPECT_EQ(cbor.Int() + cbor.Int(), 7);
    } else if (map.IsText("b")) {
      b = cbor.ByteString();
    }
  }
  EXPECT_TRUE(cbor.Finish("it").ok());
  EXPECT_EQ(a, 1);
  EXPECT_EQ(items, 2u);
  EXPECT_EQ(b, "\xff");
}

TEST(Cbor, RefusesEverySecondSpelling) {
  const struct {
    const char *canonical, *other;
  } pairs[] = {{"17", "1817"},     {"18ff", "1900ff"},   {"19ffff", "1a0000ffff"}, {"1affffffff", "1b00000000ffffffff"},
               {"4101", "580101"}, {"6161", "780161"},   {"a0", "b800"},           {"80", "9800"},
               {"8101", "9f01ff"}, {"4101", "5f4101ff"}, {"a10102", "bf0102ff"},   {"f5", "f815"},
               {"00", "c000"},     {"00", "f90000"},     {"00", "fa00000000"},     {"f6", "f7"}};
  for (const auto& pair : pairs) {
    EXPECT_TRUE(Readable(pair.canonical)) << pair.canonical;
    EXPECT_FALSE(Readable(pair.other)) << pair.other;
  }
}

TEST(Cbor, RefusesKeysThatComeTwiceAndKeysOfOtherKinds) {
  EXPECT_TRUE(Readable("a201020203")) << "control";
  EXPECT_FALSE(Readable("a201020103"));
  EXPECT_FALSE(Readable("a2616101616102"));
  EXPECT_TRUE(Readable("a2616101616202")) << "control";
  EXPECT_FALSE(Readable("a1410102"));
  EXPECT_FALSE(Readable("a1f502"));
}

TEST(Cbor, RefusesWhatIsCutShortOrGoesOn) {
  const std::string whole = "a3616101028203046162 4401020304";
  std::string hex;
  for (const char c : whole) {
    if (c != ' ') hex.push_back(c);
  }
  ASSERT_TRUE(Readable(hex)) << "control";
  for (size_t size = 0; size < hex.size(); size += 2) EXPECT_FALSE(Readable(hex.substr(0, size))) << size;
  EXPECT_FALSE(Readable(hex + "00"));
}

TEST(Cbor, BoundsNestingMembersAndClaimedLengths) {
  EXPECT_TRUE(Readable("8181818100")) << "control: four deep";
  EXPECT_FALSE(Readable("818181818100"));
  EXPECT_FALSE(Readable("a101a101a101a101a10100"));
  std::string hex;
  for (int i = 0; i < 100'000; ++i) hex += "81";
  EXPECT_FALSE(Readable(hex));
  EXPECT_FALSE(Readable("9bffffffffffffffff"));
  EXPECT_FALSE(Readable("bbffffffffffffffff"));
  EXPECT_FALSE(Readable("5bffffffffffffffff"));
  EXPECT_FALSE(Readable("7bffffffffffffffff"));
  std::string sixteen = "b0", seventeen = "b1";
  for (int i = 0; i < 17; ++i) {
    const char* key = "000102030405060708090a0b0c0d0e0f10" + 2 * i;
    if (i < 16) sixteen += std::string(key, 2) + "00";
    seventeen += std::string(key, 2) + "00";
  }
  EXPECT_TRUE(Readable(sixteen)) << "control";
  EXPECT_FALSE(Readable(seventeen));
}

TEST(Cbor, AValueThatNobodyReadIsAFailureNotTheNextKey) {
  const Bytes bytes = Hex("a201020304");
  CborReader cbor(bytes);
  CborMap map(cbor);
  EXPECT_TRUE(map.Next());
  EXPECT_FALSE(map.Next());
  EXPECT_TRUE(cbor.failed());
}

TEST(Cbor, TextMustBeUtf8) {
  EXPECT_TRUE(Readable("62c3bc")) << "control";
  EXPECT_FALSE(Readable("62c328"));
  EXPECT_FALSE(Readable("a161ff00"));
}

}  // namespace
}  // namespace strongroom
