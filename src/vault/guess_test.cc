#include "vault/guess.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "detect/validators.h"
#include "vault/guess_words.h"

namespace strongroom {
namespace {

using Row = std::vector<std::string>;

std::vector<ColumnGuess> Guess(const Row& header, const std::vector<Row>& rows) {
  return GuessColumns(header, rows, {.default_region = "SE"}, FakeClock());
}

// "type/sensitivity/field_name", with "!" for the external id.
std::string Shown(const ColumnGuess& guess) {
  constexpr std::string_view kSensitivities[] = {"public",    "internal",  "personal",
                                                 "sensitive", "financial", "credential"};
  return (guess.external_id ? "!" : "") + std::string(NameOf(guess.type)) + "/" +
         std::string(kSensitivities[static_cast<size_t>(guess.sensitivity)]) + "/" + guess.field_name;
}

std::string WithLuhn(std::string digits) {
  digits.push_back(detect::LuhnCheckDigit(digits));
  return digits;
}

std::vector<Row> Customers() {
  std::vector<Row> rows;
  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(100 + i);
    const std::string day = std::to_string(10 + i % 19);
    rows.push_back({"K-" + n, "Anna" + std::string(1, static_cast<char>('a' + i % 20)), "Ek",
                    "anna" + n + "@example.com", "070-174 0" + n.substr(0, 1) + " " + n.substr(1),
                    "19840" + std::to_string(1 + i % 9) + day + "-" +
                        WithLuhn("840" + std::to_string(1 + i % 9) + day + n).substr(6),
                    WithLuhn("411111111111" + n), "1984-05-" + day, "Storgatan " + n + ", Stockholm", n + ".50",
                    i % 2 == 0 ? "true" : "false", "called about " + n, "hunter2" + n});
  }
  return rows;
}

const Row kSwedish = {"Kundnr",       "Förnamn",    "Efternamn", "E-post",     "Mobilnummer", "Personnummer", "Kort nr",
                      "Födelsedatum", "Gatuadress", "Saldo",     "Nyhetsbrev", "Anteckning",  "Lösenord"};

TEST(Guess, ASwedishCustomerFile) {
  const auto guesses = Guess(kSwedish, Customers());
  const std::vector<std::string> expected = {
      "!text/internal/external_id",  "person_name/personal/given_name",      "person_name/personal/family_name",
      "email/personal/email",        "phone/personal/mobile_phone",          "national_id/sensitive/national_id",
      "card/financial/card_number",  "date_of_birth/personal/date_of_birth", "postal_address/personal/postal_address",
      "number/financial/saldo",      "boolean/internal/nyhetsbrev",          "text/personal/notes",
      "password/credential/password"};
  ASSERT_EQ(guesses.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(Shown(guesses[i]), expected[i]) << guesses[i].reason;
    std::printf("%-14s %s\n", guesses[i].column.c_str(), guesses[i].reason.c_str());
  }
  EXPECT_EQ(guesses[5].options.national_id_country, "se.personnummer");
  EXPECT_EQ(guesses[4].options.default_region, "SE");
  EXPECT_EQ(guesses[3].search, "exact");
  EXPECT_EQ(guesses[3].refused, 0u);
}

TEST(Guess, EnglishAndChineseHeadersSayTheSame) {
  const Row english = {"customerId",  "First Name", "last_name", "Email Address",  "Mobile",
                       "National ID", "CardNumber", "DOB",       "Street Address", "Balance",
                       "newsletter",  "Comments",   "password"};
  const Row chinese = {"客户编号", "名字",     "姓氏", "电子邮箱",   "手机号码", "身份证号", "信用卡号",
                       "出生日期", "家庭住址", "余额", "newsletter", "备注",     "密码"};
  const auto a = Guess(english, Customers());
  const auto b = Guess(chinese, Customers());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].type, b[i].type) << english[i] << " " << a[i].reason << " / " << b[i].reason;
    EXPECT_EQ(a[i].sensitivity, b[i].sensitivity) << english[i];
    EXPECT_EQ(a[i].external_id, i == 0);
    EXPECT_EQ(b[i].external_id, i == 0);
  }
}

TEST(Guess, ValuesSpeakWhenHeadersDoNot) {
  const auto guesses =
      Guess({"c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12", "c13"}, Customers());
  EXPECT_EQ(guesses[3].type, FieldType::kEmail);
  EXPECT_EQ(guesses[4].type, FieldType::kPhone);
  EXPECT_EQ(guesses[5].type, FieldType::kNationalId);
  EXPECT_EQ(guesses[6].type, FieldType::kCard);
  EXPECT_EQ(guesses[7].type, FieldType::kDate);
  EXPECT_EQ(guesses[9].type, FieldType::kNumber);
  EXPECT_EQ(guesses[11].type, FieldType::kText);
  EXPECT_EQ(guesses[6].reason, "100 % of 40 values pass the Luhn check and fit a card network");
  for (const auto& guess : guesses) EXPECT_FALSE(guess.external_id);
}

TEST(Guess, OrderNumbersAreNoCardsAndValuesOverruleAWrongHeader) {
  std::vector<Row> rows;
  for (int i = 0; i < 50; ++i) {
    rows.push_back({std::to_string(4111111111110000 + i), "a" + std::to_string(i) + "@example.org"});
  }
  const auto guesses = Guess({"order", "telephone"}, rows);
  EXPECT_EQ(guesses[0].type, FieldType::kNumber);
  EXPECT_EQ(guesses[1].type, FieldType::kEmail);
}

TEST(Guess, AnIdThatRepeatsOrIsPersonalIsNoExternalId) {
  EXPECT_FALSE(Guess({"id"}, {{"1"}, {"1"}})[0].external_id);
  EXPECT_FALSE(Guess({"id"}, {{"a@example.com"}, {"b@example.com"}})[0].external_id);
  EXPECT_FALSE(Guess({"id"}, {{"1"}, {""}})[0].external_id);
  EXPECT_TRUE(Guess({"id"}, {{"1"}, {"2"}})[0].external_id);
  const auto two = Guess({"id", "customer_id"}, {{"1", "9"}, {"2", "8"}});
  EXPECT_TRUE(two[0].external_id);
  EXPECT_FALSE(two[1].external_id);
}

TEST(Guess, DatesInOtherOrdersAreNamedAsSuch) {
  const auto guess = Guess({"Birthday"}, {{"17/05/1984"}, {"01/12/1990"}})[0];
  EXPECT_EQ(guess.type, FieldType::kDateOfBirth);
  EXPECT_EQ(guess.refused, 2u);
  EXPECT_NE(guess.reason.find("rewritten"), std::string::npos);
}

TEST(Guess, NamesAreAsciiAndUnique) {
  EXPECT_EQ(FieldNameOf("Kundens ålder"), "kundens_alder");
  EXPECT_EQ(FieldNameOf("2nd line"), "f_2nd_line");
  EXPECT_EQ(FieldNameOf("---"), "column");
  EXPECT_EQ(FieldNameOf("客户年龄"), "ke_hu_nian_ling");
  EXPECT_LE(FieldNameOf(std::string(100, 'x')).size(), 48u);
  const auto guesses = Guess({"Email", "E-mail", "x", "x"}, {});
  EXPECT_EQ(guesses[0].field_name, "email");
  EXPECT_EQ(guesses[1].field_name, "email_2");
  EXPECT_EQ(guesses[3].field_name, "x_2");
}

TEST(Guess, NoRowsShortRowsAndBadUtf8DoNoHarm) {
  EXPECT_TRUE(Guess({}, {}).empty());
  const auto guesses = Guess({"Email", "b\xff", ""}, {{"\xff"}, {}, {"a@example.com", "x"}});
  EXPECT_EQ(guesses[0].type, FieldType::kEmail);
  EXPECT_EQ(guesses[0].values, 1u);
  EXPECT_EQ(guesses[2].field_name, "column_2");
}

}  // namespace
}  // namespace strongroom
