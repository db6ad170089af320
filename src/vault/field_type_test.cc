#include "vault/field_type.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <ctime>

#include "vault/normalise.h"

namespace strongroom {
namespace {

// Designated initialisers of some members only would warn; these build options by name.
TypeOptions WithNationalId(std::string country) {
  TypeOptions options;
  options.national_id_country = std::move(country);
  return options;
}
TypeOptions WithRegion(std::string region) {
  TypeOptions options;
  options.default_region = std::move(region);
  return options;
}
TypeOptions WithMaxLength(size_t max_length_bytes) {
  TypeOptions options;
  options.max_length_bytes = max_length_bytes;
  return options;
}
TypeOptions WithPasswordLength(size_t code_points) {
  TypeOptions options;
  options.password_min_code_points = code_points;
  return options;
}

const TypeOptions kSweden = [] {
  TypeOptions options = WithRegion("SE");
  options.national_id_country = "SE";
  return options;
}();

// The stored form, or the wire code of the refusal in brackets.
std::string Stored(FieldType type, std::string_view raw, const TypeOptions& options = kSweden) {
  const auto value = ValidateValue(type, raw, options, FakeClock());  // 2026-01-01
  if (value.ok()) return *value;
  if (raw.size() > 5) {  // shorter ones may occur in a message by chance
    EXPECT_EQ(value.status().message().find(raw), std::string::npos) << "the message repeats the value";
  }
  return "[" + std::string(InfoOf(value.reason()).wire_code) + "]";
}

constexpr char kInvalid[] = "[value-invalid]";

TEST(FieldTypes, NamesGoBothWays) {
  for (int i = 0; i < kFieldTypeCount; ++i) {
    const auto type = static_cast<FieldType>(i);
    EXPECT_FALSE(NameOf(type).empty());
    EXPECT_EQ(FieldTypeFromName(NameOf(type)), type);
  }
  EXPECT_EQ(NameOf(FieldType::kDateOfBirth), "date_of_birth");
  EXPECT_EQ(NameOf(FieldType::kFile), "file");
  EXPECT_EQ(FieldTypeFromName("Text"), std::nullopt);
}

TEST(FieldTypes, StoredFormsAreCanonical) {
  struct Case {
    FieldType type;
    std::string_view raw, stored;
  };
  const Case cases[] = {
      {FieldType::kText, "  as written\n", "  as written\n"},
      {FieldType::kPersonName, " A\xCC\x8Asa Öberg ", "Åsa Öberg"},
      {FieldType::kPersonName, "王伟", "王伟"},
      {FieldType::kEmail, " Anna.Ek@Example.COM ", "Anna.Ek@example.com"},
      {FieldType::kEmail, "\"a b\"@example.com", "\"a b\"@example.com"},
      {FieldType::kEmail, "åsa@BÜCHER.example", "åsa@bücher.example"},
      {FieldType::kPhone, "070-174 06 05", "+46701740605"},
      {FieldType::kPhone, "+1 (201) 555-0123", "+12015550123"},
      {FieldType::kDate, "2024-02-29", "2024-02-29"},
      {FieldType::kDateOfBirth, "1875-01-01", "1875-01-01"},
      {FieldType::kDateOfBirth, "2026-01-01", "2026-01-01"},
      {FieldType::kPostalAddress, " Storgatan 1\n111 22 Stockholm ", "Storgatan 1\n111 22 Stockholm"},
      {FieldType::kPostalAddress, R"({"street":"Storgatan 1","country":"SE"})",
       R"({"street":"Storgatan 1","country":"SE"})"},
      {FieldType::kNationalId, "090527+1474", "190905271474"},
      {FieldType::kCard, "4111 1111-1111 1111", "4111111111111111"},
      {FieldType::kBankAccount, "se45 5000 0000 0583 9825 7466", "SE4550000000058398257466"},
      {FieldType::kBankAccount, "8327-9 123 456", "83279123456"},
      {FieldType::kNumber, "+007.250", "7.25"},
      {FieldType::kBoolean, "TRUE", "true"},
      {FieldType::kJson, " {\"a\": [1, 2]} ", "{\"a\": [1, 2]}"},
      {FieldType::kPassword, "  correct horse battery", "  correct horse battery"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Stored(c.type, c.raw), c.stored) << NameOf(c.type);
    EXPECT_EQ(Stored(c.type, c.stored), c.stored) << NameOf(c.type) << ": a stored form is its own stored form";
  }
}

TEST(FieldTypes, WhatDoesNotFitIsRefusedWithoutRepeatingIt) {
  const std::pair<FieldType, std::string_view> cases[] = {
      {FieldType::kText, std::string_view("nul\0byte", 8)},
      {FieldType::kText, "escape \x1b[2J"},
      {FieldType::kText, "next\xC2\x85line"},  // a C1 control
      {FieldType::kPersonName, ""},
      {FieldType::kPersonName, "12345 67"},
      {FieldType::kPersonName, "two\nlines"},
      {FieldType::kPersonName, "evil\xE2\x80\xAEreversed"},
      {FieldType::kEmail, "anna"},
      {FieldType::kEmail, "anna@localhost"},
      {FieldType::kEmail, "anna@@example.com"},
      {FieldType::kEmail, "anna.@example.com"},
      {FieldType::kEmail, "anna@-example.com"},
      {FieldType::kEmail, "anna@127.0.0.1"},
      {FieldType::kEmail, "anna ek@example.com"},
      {FieldType::kEmail, "anna@example..com"},
      {FieldType::kPhone, "not a number"},
      {FieldType::kDate, "2023-02-29"},
      {FieldType::kDate, "29/02/2024"},
      {FieldType::kDate, "2024-2-29"},
      {FieldType::kDateOfBirth, "1874-12-31"},
      {FieldType::kDateOfBirth, "2026-01-02"},  // the clock stands at midnight UTC: that day has begun nowhere... yet
      {FieldType::kPostalAddress, "  "},
      {FieldType::kPostalAddress, R"({"street":1})"},
      {FieldType::kPostalAddress, R"({"planet":"Mars"})"},
      {FieldType::kPostalAddress, "{}"},
      {FieldType::kNationalId, "090527-1475"},
      {FieldType::kNationalId, "536-90-4399"},  // an American number where Swedish ones are taken
      {FieldType::kCard, "4111 1111 1111 1112"},
      {FieldType::kBankAccount, "SE45 5000 0000 0583 9825 7467"},
      {FieldType::kBankAccount, "1234"},
      {FieldType::kNumber, "1e3"},
      {FieldType::kNumber, "1,5"},
      {FieldType::kNumber, "."},
      {FieldType::kNumber, "5."},
      {FieldType::kNumber, ""},
      {FieldType::kBoolean, "yes"},
      {FieldType::kJson, "{\"a\":1,\"a\":2}"},
      {FieldType::kJson, "{\"a\":1} trailing"},
      {FieldType::kPassword, "fourteen chars"},
      {FieldType::kFile, "anything"},
  };
  for (const auto& [type, raw] : cases) {
    if (type == FieldType::kDateOfBirth && raw == "2026-01-02") continue;  // see TomorrowIsTodaySomewhere
    EXPECT_EQ(Stored(type, raw), kInvalid) << NameOf(type) << " " << raw;
  }
}

TEST(FieldTypes, TomorrowIsTodaySomewhere) {
  const UnixMillis midnight = 1'767'225'600'000;  // 2026-01-01T00:00Z
  const auto ok = [&](int64_t hours) {
    return ValidateValue(FieldType::kDateOfBirth, "2026-01-02", {}, FakeClock(midnight + hours * 3'600'000)).ok();
  };
  EXPECT_FALSE(ok(9));
  EXPECT_TRUE(ok(10));  // 2026-01-02 begins in UTC+14
  EXPECT_TRUE(ok(24));
}

TEST(FieldTypes, LengthsAndEncodingsAreLimited) {
  for (int i = 0; i < kFieldTypeCount; ++i) {
    const auto type = static_cast<FieldType>(i);
    if (type == FieldType::kFile) continue;
    EXPECT_EQ(Stored(type, std::string(DefaultMaxLength(type) + 1, 'a')), "[value-too-long]") << NameOf(type);
    EXPECT_EQ(Stored(type, "abc\xffxyz"), "[invalid-utf8]") << NameOf(type);
  }
  EXPECT_EQ(Stored(FieldType::kText, std::string(DefaultMaxLength(FieldType::kText), 'a')), std::string(65536, 'a'));
  EXPECT_EQ(Stored(FieldType::kText, "12345", WithMaxLength(4)), "[value-too-long]");
  EXPECT_EQ(Stored(FieldType::kText, "1234", WithMaxLength(4)), "1234");
  const std::string local(64, 'a');
  EXPECT_EQ(Stored(FieldType::kEmail, local + "@example.com"), local + "@example.com");
  EXPECT_EQ(Stored(FieldType::kEmail, local + "a@example.com"), kInvalid);
  EXPECT_EQ(Stored(FieldType::kEmail, "a@" + std::string(63, 'b') + ".com"), "a@" + std::string(63, 'b') + ".com");
  EXPECT_EQ(Stored(FieldType::kEmail, "a@" + std::string(64, 'b') + ".com"), kInvalid);
}

TEST(FieldTypes, PasswordsCountCodePoints) {
  const std::string fifteen = "ååååååååååååååå";
  EXPECT_EQ(Stored(FieldType::kPassword, fifteen), fifteen);
  EXPECT_EQ(Stored(FieldType::kPassword, fifteen.substr(2)), kInvalid);
  EXPECT_EQ(Stored(FieldType::kPassword, "12345678", WithPasswordLength(8)), "12345678");
}

TEST(FieldTypes, AnyNationalIdIsStoredCompact) {
  EXPECT_EQ(Stored(FieldType::kNationalId, "536-90-4399", {}), "536904399");
  EXPECT_EQ(Stored(FieldType::kNationalId, "131052-308t", WithNationalId("fi")), "131052-308T");
  EXPECT_EQ(Stored(FieldType::kNationalId, "hello", {}), kInvalid);
}

TEST(FieldTypes, OptionsThatCannotBeUsedAreRefused) {
  EXPECT_TRUE(CheckTypeOptions(FieldType::kPhone, kSweden).ok());
  EXPECT_EQ(CheckTypeOptions(FieldType::kPhone, WithRegion("Sweden")).reason(), Reason::kFieldInvalid);
  EXPECT_EQ(CheckTypeOptions(FieldType::kNationalId, WithNationalId("se.unknown")).reason(), Reason::kFieldInvalid);
  EXPECT_EQ(CheckTypeOptions(FieldType::kPassword, WithPasswordLength(4)).reason(), Reason::kFieldInvalid);
  EXPECT_EQ(CheckTypeOptions(FieldType::kText, WithMaxLength(1 << 20)).reason(), Reason::kFieldInvalid);
}

// Not a check: prints what a create of ten fields costs here.
TEST(FieldTypes, PrintsTheCostOfTenFields) {
  const std::pair<FieldType, std::string_view> fields[] = {
      {FieldType::kPersonName, "Anna Maria"},
      {FieldType::kPersonName, "Lindqvist"},
      {FieldType::kEmail, "anna.lindqvist@example.com"},
      {FieldType::kPhone, "+46 70 174 06 05"},
      {FieldType::kDateOfBirth, "1984-05-17"},
      {FieldType::kPostalAddress, "Storgatan 1, 111 22 Stockholm"},
      {FieldType::kNationalId, "19090527-1474"},
      {FieldType::kBankAccount, "SE45 5000 0000 0583 9825 7466"},
      {FieldType::kNumber, "1250.00"},
      {FieldType::kText, "called about the invoice of last month"},
  };
  FakeClock clock;
  for (std::string_view phone : {"070-174 06 05", "+46 (0)70-174 06 05"}) {
    size_t bytes = 0;
    constexpr int kRounds = 5000;
    const std::clock_t start = std::clock();  // processor time: other programs may run
    for (int i = 0; i < kRounds; ++i) {
      for (const auto& [type, raw] : fields) {
        const auto value = ValidateValue(type, type == FieldType::kPhone ? phone : raw, kSweden, clock);
        ASSERT_TRUE(value.ok());
        bytes += NormaliseForSearch(type, *value, kSweden, clock).size();
      }
    }
    const double spent_us = static_cast<double>(std::clock() - start) * 1e6 / CLOCKS_PER_SEC;
    std::printf("ten fields validated and normalised: %.2f us, phone as %s (%zu bytes)\n", spent_us / kRounds,
                phone.data(), bytes);
  }
}

}  // namespace
}  // namespace strongroom
