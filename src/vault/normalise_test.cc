#include "vault/normalise.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <random>

#include "vault/normalise_text.h"
#include "vault/value_phone.h"

namespace strongroom {
namespace {

TypeOptions Sweden() {
  TypeOptions options;
  options.default_region = "SE";
  options.national_id_country = "SE";
  return options;
}

std::string Norm(FieldType type, std::string_view text, const TypeOptions& options = {}) {
  return NormaliseForSearch(type, text, options, FakeClock());
}

TEST(Normalise, NamesDifferingInCaseFormOrSpaceAreOne) {
  const std::string expected = Norm(FieldType::kPersonName, "Åsa Öberg");
  EXPECT_EQ(expected, "åsa öberg");
  EXPECT_EQ(Norm(FieldType::kPersonName,
                 "A\xCC\x8Asa O\xCC\x88"  // letters and combining marks
                 "berg"),
            expected);
  EXPECT_EQ(Norm(FieldType::kPersonName, "  ÅSA \t ÖBERG\xC2\xA0"), expected);
  EXPECT_EQ(Norm(FieldType::kPersonName, "Straße"), Norm(FieldType::kPersonName, "STRASSE"));
  EXPECT_EQ(Norm(FieldType::kPersonName, "Ｗａｎｇ　Ｗｅｉ"), "wang wei");  // fullwidth letters, ideographic space
  EXPECT_EQ(Norm(FieldType::kPersonName, "王\xE2\x80\x8B伟"), "王伟");      // zero width space between
  EXPECT_NE(Norm(FieldType::kPersonName, "Asa Oberg"), expected);           // accents are part of a name
}

TEST(Normalise, EmailsDifferingInCaseOrDomainFormAreOne) {
  EXPECT_EQ(Norm(FieldType::kEmail, "Anna.Ek@Example.COM"), "anna.ek@example.com");
  EXPECT_EQ(Norm(FieldType::kEmail, "anna@bücher.example"), "anna@xn--bcher-kva.example");
  EXPECT_EQ(Norm(FieldType::kEmail, "anna@xn--bcher-kva.example"), "anna@xn--bcher-kva.example");
  EXPECT_NE(Norm(FieldType::kEmail, "anna@example.com"), Norm(FieldType::kEmail, "anna@example.org"));
}

TEST(Normalise, PhonesWrittenDifferentlyAreOne) {
  const TypeOptions sweden = Sweden();
  for (std::string_view written :
       {"+46701740605", "070-174 06 05", "0046 70 174 06 05", "+46 (0)70 174 06 05", "070 174 06 05",
        "+46 70\xC2\xA0"
        "174 06 05",
        "＋46701740605"}) {
    EXPECT_EQ(Norm(FieldType::kPhone, written, sweden), "+46701740605") << written;
  }
  EXPECT_EQ(Norm(FieldType::kPhone, "+1 201-555-0123 ext. 89"), "+12015550123");
  EXPECT_EQ(Norm(FieldType::kPhone, "070-174 06 05"), "0701740605");  // no region: the digits
}

TEST(Normalise, CodesLoseSeparators) {
  EXPECT_EQ(Norm(FieldType::kCard, "4111-1111 1111 1111"), "4111111111111111");
  EXPECT_EQ(Norm(FieldType::kBankAccount, "se45 5000 0000 0583 9825 7466"), "SE4550000000058398257466");
  const TypeOptions sweden = Sweden();
  EXPECT_EQ(Norm(FieldType::kNationalId, "090527+1474", sweden), "190905271474");
  EXPECT_EQ(Norm(FieldType::kNationalId, "19090527-1474", sweden), "190905271474");
  EXPECT_EQ(Norm(FieldType::kNationalId, "536-90-4399"), "536904399");
}

TEST(Normalise, NumbersOfEqualValueAreOne) {
  for (std::string_view written : {"12.50", "+12.5", "012.500", " 12.5 "})
    EXPECT_EQ(Norm(FieldType::kNumber, written), "12.5");
  EXPECT_EQ(Norm(FieldType::kNumber, "-0.00"), "0");
  EXPECT_EQ(Norm(FieldType::kNumber, "123456789012345678901234567890.1"), "123456789012345678901234567890.1");
}

TEST(Normalise, IsIdempotentAndBlindToInvalidUtf8) {
  const TypeOptions sweden = Sweden();
  for (int i = 0; i < kFieldTypeCount; ++i) {
    const auto type = static_cast<FieldType>(i);
    for (std::string_view text :
         {"Åsa  Öberg", "070-174 06 05", "090527+1474", "12.50", "İstanbul ŒUVRE ﬁ", "+4670", "x@ÅÄÖ.se"}) {
      const std::string once = Norm(type, text, sweden);
      EXPECT_EQ(Norm(type, once, sweden), once) << NameOf(type) << " " << text;
    }
    EXPECT_EQ(Norm(type, "abc\xff"), "");
  }
}

TEST(Normalise, PasswordsAndFilesAreNeverSearched) {
  EXPECT_EQ(Norm(FieldType::kPassword, "correct horse"), "");
  EXPECT_FALSE(ExactIndexAllowed(FieldType::kPassword));
  EXPECT_FALSE(ExactIndexAllowed(FieldType::kBoolean));
  EXPECT_FALSE(ExactIndexAllowed(FieldType::kDateOfBirth));
  EXPECT_TRUE(ExactIndexAllowed(FieldType::kEmail));
}

TEST(Phone, TheShortcutAgreesWithTheLibrary) {
  std::mt19937 random(20261122);  // fixed: the same numbers in every run
  const std::string_view codes[] = {"1",  "86", "46", "44", "49", "33", "39", "45", "47",  "358", "31",
                                    "34", "48", "81", "82", "91", "90", "27", "65", "886", "852", "351"};
  size_t shortcuts = 0;
  for (int i = 0; i < 40'000; ++i) {
    std::string text = "+" + std::string(codes[random() % std::size(codes)]);
    const size_t size = 9 + random() % 8;
    while (text.size() < size) text.push_back(static_cast<char>('0' + random() % 10));
    for (size_t at = 3; i % 2 == 0 && at < text.size(); at += 4) text.insert(at, 1, " -.("[random() % 4]);
    const auto plain = internal::PlainE164(text, "SE");
    if (!plain) continue;
    ++shortcuts;
    ASSERT_EQ(internal::CanonicalPhoneByLibrary(text, "SE").value_or(*plain), *plain) << text;
  }
  EXPECT_GT(shortcuts, 10'000u);
  std::printf("%zu numbers took the shortcut\n", shortcuts);
}

TEST(Phone, TheShortcutOfNationalNumbersAgreesWithTheLibrary) {
  std::mt19937 random(20261123);
  const std::string regions[] = {"BE", "DE", "FR", "GB", "NL", "SE", "US", "CA", "CN"};
  size_t shortcuts = 0;
  for (int i = 0; i < 40'000; ++i) {
    const std::string& region = regions[random() % std::size(regions)];
    std::string text = region == "US" || region == "CA" ? "" : region == "CN" ? "1" : "0";
    const size_t size = region == "US" || region == "CA" ? 10 : region == "CN" ? 11 : 7 + random() % 6;
    while (text.size() < size) text.push_back(static_cast<char>('0' + random() % 10));
    if (i % 2 == 0) text.insert(3, 1, " -.("[random() % 4]);
    const auto plain = internal::PlainE164(text, region);
    if (!plain) continue;
    ++shortcuts;
    ASSERT_EQ(internal::CanonicalPhoneByLibrary(text, region).value_or(*plain), *plain) << region << " " << text;
  }
  EXPECT_GT(shortcuts, 10'000u);
  std::printf("%zu numbers took the shortcut\n", shortcuts);
}

TEST(Phone, NumbersTheLibraryDoesNotKnowAreKeptByTheirDigits) {
  EXPECT_EQ(CanonicalPhone("+999 123 456", ""), "+999123456");  // no such country code
  EXPECT_EQ(CanonicalPhone("112", ""), "112");
  EXPECT_EQ(CanonicalPhone("(08) 123-456", ""), "08123456");
  EXPECT_EQ(CanonicalPhone("+1 201-555-0123 x89", ""), "+12015550123;ext=89");
  EXPECT_EQ(CanonicalPhone("+12015550123;ext=89", ""), "+12015550123;ext=89");
  for (std::string_view text :
       {"", "12", "call me", "+46 70 174 06 05 or 08-123 456", "0701740605 Anna", "123456789012345678", "１２"}) {
    EXPECT_EQ(CanonicalPhone(text, "SE"), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace strongroom
