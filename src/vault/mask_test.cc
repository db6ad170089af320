#include "vault/mask.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include "base/encoding.h"

namespace strongroom {
namespace {

std::string Standard(FieldType type, std::string_view value) { return Mask(type, value, MaskStyle::kStandard); }

TEST(Mask, StandardMasks) {
  EXPECT_EQ(Standard(FieldType::kCard, "4111111111111111"), "411111••••••1111");
  EXPECT_EQ(Mask(FieldType::kCard, "4111111111111111", MaskStyle::kLongBin), "41111111••••1111");
  EXPECT_EQ(Standard(FieldType::kCard, "378282246310005"), "378282••••••0005");
  EXPECT_EQ(Mask(FieldType::kCard, "378282246310005", MaskStyle::kLongBin), "378282••••••0005");
  EXPECT_EQ(Standard(FieldType::kCard, "30569309025904"), "••••••5904");
  EXPECT_EQ(Standard(FieldType::kEmail, "anna@example.com"), "a•••@e•••.com");
  EXPECT_EQ(Standard(FieldType::kEmail, "al@ab.se"), "•••@•••.se");
  EXPECT_EQ(Standard(FieldType::kEmail, "åsa.ek@mail.bücher.example"), "å•••@m•••.example");
  EXPECT_EQ(Standard(FieldType::kPhone, "+46701740605"), "•••0605");
  EXPECT_EQ(Standard(FieldType::kPhone, "+12015550123;ext=89"), "•••0123");
  EXPECT_EQ(Standard(FieldType::kPhone, "08123456"), "•••56");
  EXPECT_EQ(Standard(FieldType::kPhone, "112"), "•••");
  EXPECT_EQ(Standard(FieldType::kPersonName, "Anna Maria Lindqvist"), "A••• L•••");
  EXPECT_EQ(Standard(FieldType::kPersonName, "王伟"), "王•••");
  EXPECT_EQ(Standard(FieldType::kPersonName, "X"), "•••");
  EXPECT_EQ(Standard(FieldType::kDateOfBirth, "1984-05-17"), "1984-••-••");
  EXPECT_EQ(Standard(FieldType::kBankAccount, "SE4550000000058398257466"), "SE•••7466");
  EXPECT_EQ(Standard(FieldType::kBankAccount, "83279123456"), "•••56");
  EXPECT_EQ(Standard(FieldType::kBankAccount, "12345"), "•••");
  EXPECT_EQ(Standard(FieldType::kNationalId, "190905271474"), "•••");
  EXPECT_EQ(Standard(FieldType::kPostalAddress, "Storgatan 1"), "•••");
  EXPECT_EQ(Standard(FieldType::kPostalAddress, R"({"street":"Storgatan 1","country":"SE"})"), "••• SE");
  EXPECT_EQ(Standard(FieldType::kText, "anything"), "•••••");
  EXPECT_EQ(Standard(FieldType::kBoolean, "true"), "•••");
}

TEST(Mask, GraphemesStayWhole) {
  // E and a combining acute accent; a family of three joined by zero width joiners.
  EXPECT_EQ(Standard(FieldType::kPersonName, "E\xCC\x81va"), "E\xCC\x81•••");
  EXPECT_EQ(Standard(FieldType::kPersonName, "E\xCC\x81"), "•••");  // one grapheme is the whole value
  EXPECT_EQ(Standard(FieldType::kPersonName, "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7 X"), "••• •••");
}

TEST(Mask, HiddenTellsNothing) {
  for (int i = 0; i < kFieldTypeCount; ++i) {
    EXPECT_EQ(Mask(static_cast<FieldType>(i), "4111111111111111", MaskStyle::kHidden), "•••");
    EXPECT_EQ(Standard(static_cast<FieldType>(i), "\xff\xfe broken"), "•••");
  }
}

TEST(Mask, StyleNamesGoBothWays) {
  for (auto style : {MaskStyle::kHidden, MaskStyle::kStandard, MaskStyle::kLongBin}) {
    EXPECT_EQ(MaskStyleFromName(NameOf(style)), style);
  }
  EXPECT_EQ(MaskStyleFromName("plain"), std::nullopt);
}

size_t DigitsIn(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }));
}

// Whatever the value, valid for its type or not: the mask is UTF-8, is not and does not contain the value, and shows no
// more digits than allowed.
TEST(Mask, NeverContainsTheValueNorTooManyDigits) {
  std::mt19937 random(7);
  const std::string_view pieces[] = {"a", "Z", "0", "5",  "9",        " ", "@",  ".",
                                     "+", "-", "å", "王", "\xCC\x81", "{", "\"", "SE"};
  const auto number = [&](size_t size) {
    std::string digits;
    while (digits.size() < size) digits.push_back(static_cast<char>('0' + random() % 10));
    return digits;
  };
  size_t checked = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string value;
    switch (random() % 4) {
      case 0:
        value = number(2 + random() % 20);
        break;
      case 1:
        value = "+" + number(3 + random() % 13);
        break;
      case 2:
        value = "SE" + number(10 + random() % 24);
        break;
      default:
        for (size_t n = 2 + random() % 20; n > 0; --n) value += pieces[random() % std::size(pieces)];
    }
    for (int i = 0; i < kFieldTypeCount; ++i) {
      const auto type = static_cast<FieldType>(i);
      for (auto style : {MaskStyle::kHidden, MaskStyle::kStandard, MaskStyle::kLongBin}) {
        const std::string mask = Mask(type, value, style);
        ASSERT_TRUE(IsValidUtf8(mask));
        ASSERT_EQ(mask.find(value), std::string::npos) << NameOf(type) << " " << value << " " << mask;
        if (type == FieldType::kEmail || type == FieldType::kPersonName) continue;  // at most two letters each
        const size_t allowed = type == FieldType::kCard ? (style == MaskStyle::kLongBin ? 12 : 10) : 4;
        ASSERT_LE(DigitsIn(mask), allowed) << NameOf(type) << " " << value << " " << mask;
        ++checked;
      }
    }
  }
  std::printf("%zu masks\n", checked);
  // The check can fail: an unmasked value does contain itself.
  EXPECT_NE(std::string("4111111111111111").find("4111111111111111"), std::string::npos);
}

TEST(Mask, DoesNotTellTheLength) {
  for (const FieldType type : {FieldType::kText, FieldType::kNumber, FieldType::kNationalId, FieldType::kPassword}) {
    EXPECT_EQ(Standard(type, "12"), Standard(type, "123456789012"));
  }
  EXPECT_EQ(Standard(FieldType::kPersonName, "Bo Ek"), Standard(FieldType::kPersonName, "Bartholomew Erlandsson"));
}

}  // namespace
}  // namespace strongroom
