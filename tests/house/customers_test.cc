// The invented customers: the file in the repository is the generator's, and belongs to nobody.
//
// The checks are written a second time here, by other arithmetic than the generator's, so that a mistake in one shows.
#include "tools/customers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <regex>
#include <set>

#include "tests/house/source_tree.h"

namespace strongroom::house {
namespace {

using tools::MakeCustomers;
using Row = std::map<std::string, std::string>;

// A plain RFC 4180 reader; false in `ok` when a quote is left open or a row has too few cells.
std::vector<Row> ParseCsv(std::string_view csv, bool* ok) {
  std::vector<std::vector<std::string>> table(1, std::vector<std::string>(1));
  bool quoted = false;
  for (size_t i = 0; i < csv.size(); ++i) {
    std::string& cell = table.back().back();
    if (quoted) {
      if (csv[i] != '"') {
        cell += csv[i];
      } else if (i + 1 < csv.size() && csv[i + 1] == '"') {
        cell += csv[i++];
      } else {
        quoted = false;
      }
    } else if (csv[i] == '"') {
      quoted = true;
    } else if (csv[i] == ',') {
      table.back().emplace_back();
    } else if (csv[i] == '\n') {
      table.emplace_back(1);
    } else {
      cell += csv[i];
    }
  }
  table.pop_back();  // what follows the last line end
  *ok = !quoted;
  std::vector<Row> rows;
  for (size_t r = 1; r < table.size(); ++r) {
    if (table[r].size() != table[0].size()) *ok = false;
    Row& row = rows.emplace_back();
    for (size_t c = 0; c < std::min(table[0].size(), table[r].size()); ++c) row[table[0][c]] = table[r][c];
  }
  return rows;
}

std::string DigitsOf(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return digits;
}

bool PassesLuhn(std::string_view digits) {
  static constexpr int kDoubled[] = {0, 2, 4, 6, 8, 1, 3, 5, 7, 9};
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    const int value = digits[i] - '0';
    sum += (digits.size() - i) % 2 == 0 ? kDoubled[value] : value;
  }
  return sum % 10 == 0;
}

// GB 11643: weights 2^(17-i) mod 11.
bool PassesResidentId(std::string_view id) {
  static constexpr int kWeights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  if (id.size() != 18) return false;
  int sum = 0;
  for (size_t i = 0; i < 17; ++i) sum += (id[i] - '0') * kWeights[i];
  return id[17] == "10X98765432"[sum % 11];
}

bool PassesIban(std::string_view iban) {
  int remainder = 0;
  for (const char c : std::string(iban.substr(4)) + std::string(iban.substr(0, 4))) {
    const std::string part = c >= 'A' ? std::to_string(c - 'A' + 10) : std::string(1, c);
    for (const char digit : part) remainder = (remainder * 10 + (digit - '0')) % 97;
  }
  return remainder == 1;
}

TEST(Customers, TheChecksOfThisTestFindMistakes) {
  EXPECT_TRUE(PassesLuhn("4111111111111111"));
  EXPECT_FALSE(PassesLuhn("4111111111111112"));
  EXPECT_TRUE(PassesLuhn("8112189876"));                // the Swedish Tax Agency's example, SKV 704
  EXPECT_TRUE(PassesResidentId("11010519491231002X"));  // the example of GB 11643
  EXPECT_FALSE(PassesResidentId("110105194912310021"));
  EXPECT_TRUE(PassesIban("GB82WEST12345698765432"));  // the example of ISO 13616
  EXPECT_FALSE(PassesIban("GB82WEST12345698765423"));
  bool ok = true;
  EXPECT_EQ(ParseCsv("a,b\n1,\"x, \"\"y\"\"\"\n", &ok).at(0).at("b"), "x, \"y\"");
  EXPECT_TRUE(ok);
  (void)ParseCsv("a,b\n1,\"x\n", &ok);
  EXPECT_FALSE(ok);
}

TEST(Customers, TheExampleFileIsWhatTheGeneratorMakes) {
  const std::string file = ReadFile(ProjectRoot() / "examples/customers.csv");
  const std::string made = MakeCustomers(1, 10000);
  EXPECT_TRUE(file == made) << "regenerate it: make_customers > examples/customers.csv";
  EXPECT_LT(file.size(), 2000000U);
  EXPECT_TRUE(MakeCustomers(2, 10000) != made) << "the seed must matter";
}

TEST(Customers, NumbersCarryTheirCheckDigitsAndFitTheBirthDate) {
  bool ok = true;
  const std::vector<Row> rows = ParseCsv(MakeCustomers(1, 10000), &ok);
  ASSERT_TRUE(ok);
  ASSERT_EQ(rows.size(), 10000U);
  size_t cards = 0, swedish = 0, chinese = 0, ibans = 0;
  for (const Row& row : rows) {
    const std::string& id = row.at("national_id");
    const std::string born = DigitsOf(row.at("date_of_birth"));
    SCOPED_TRACE(row.at("customer_no"));
    if (!row.at("card_number").empty()) {
      EXPECT_TRUE(PassesLuhn(row.at("card_number")));
      ++cards;
    }
    if (!row.at("iban").empty()) {
      EXPECT_TRUE(PassesIban(row.at("iban")));
      ++ibans;
    }
    if (row.at("country") == "SE" && !id.empty()) {
      EXPECT_TRUE(PassesLuhn(DigitsOf(id).substr(2)));
      EXPECT_EQ(id.substr(0, 8), born);
      EXPECT_GE(id.substr(9, 3), "980");
      ++swedish;
    }
    if (row.at("country") == "CN" && !id.empty()) {
      EXPECT_TRUE(PassesResidentId(id));
      EXPECT_EQ(id.substr(6, 8), born);
      EXPECT_EQ(id.substr(2, 4), "0000");
      ++chinese;
    }
  }
  std::printf("%zu cards, %zu personnummer, %zu resident ids, %zu IBANs checked\n", cards, swedish, chinese, ibans);
  EXPECT_GT(cards, 5000U);
  EXPECT_GT(swedish, 2000U);
  EXPECT_GT(chinese, 2000U);
  EXPECT_GT(ibans, 1000U);
}

TEST(Customers, NobodyRealCanBeReached) {
  // Ofcom drama numbers; NANP 555-01xx; ComReg 020 91x; PTS; an unassigned Chinese mobile prefix.
  const std::regex fictional(
      "(\\+44|0)(20 ?7946 ?0|113 ?496 ?0|114 ?496 ?0|115 ?496 ?0|116 ?496 ?0|117 ?496 ?0|118 ?496 ?0|121 ?496 ?0|131 "
      "?496 ?0|"
      "141 ?496 ?0|151 ?496 ?0|161 ?496 ?0|191 ?498 ?0|29 ?2018 ?0|1632 ?960|7700 ?900)\\d{3}"
      "|(\\+1|\\()\\d{3}(\\) )?555-?01\\d\\d"
      "|(\\+353|0)20 ?91\\d ?\\d{4}"
      "|(\\+46|0)(8-?465004|31-?39006|40-?62804|980-?3192)\\d\\d"
      "|(\\+46|0)70-?1740(60[5-9]|6[1-9]\\d)"
      "|(\\+86)?154 ?\\d{4} ?\\d{4}");
  const std::regex safe_mail("[a-z0-9.]+@(example\\.(com|org|net)|(mail|post)\\.example)");
  EXPECT_TRUE(std::regex_match("+441632960001", fictional));
  EXPECT_FALSE(std::regex_match("+442071234567", fictional));
  EXPECT_FALSE(std::regex_match("070-1740604", fictional));
  bool ok = true;
  size_t phones = 0;
  std::set<std::string> emails, numbers, ids;
  for (const Row& row : ParseCsv(MakeCustomers(1, 10000), &ok)) {
    const std::string& phone = row.at("phone");
    if (!phone.empty()) {
      EXPECT_TRUE(std::regex_match(phone, fictional)) << phone;
      ++phones;
    }
    EXPECT_TRUE(std::regex_match(row.at("email"), safe_mail)) << row.at("email");
    EXPECT_TRUE(emails.insert(row.at("email")).second) << row.at("email");
    EXPECT_TRUE(numbers.insert(row.at("customer_no")).second);
    const std::string& id = row.at("national_id");
    EXPECT_TRUE(id.empty() || ids.insert(id).second) << id;
  }
  std::printf("%zu phone numbers, %zu addresses, %zu identity numbers checked\n", phones, emails.size(), ids.size());
  EXPECT_GT(phones, 9000U);
}

}  // namespace
}  // namespace strongroom::house
