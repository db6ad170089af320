#include "tools/customers.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>
#include <string_view>
#include <utility>

#include "tools/customer_names.h"

namespace strongroom::tools {
namespace {

// SplitMix64 (Steele, Lea, Flood 2014): small, and the same everywhere.  Nothing here is secret.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15U;
    uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  // Uniform enough for invented people: the modulo's bias is below 2^-40 for our ranges.
  unsigned Below(unsigned bound) { return static_cast<unsigned>(Next() % bound); }
  unsigned Between(unsigned low, unsigned high) { return low + Below(high - low + 1); }
  bool Percent(unsigned chance) { return Below(100) < chance; }
  char Digit() { return static_cast<char>('0' + Below(10)); }
  std::string Digits(size_t count) {
    std::string digits;
    while (digits.size() < count) digits += Digit();
    return digits;
  }
  template <typename T, size_t N>
  const T& Pick(const T (&list)[N]) {
    return list[Below(N)];
  }
  // The first entries of a list are more common, as in life.
  template <typename T, size_t N>
  const T& PickSkewed(const T (&list)[N]) {
    return list[std::min(Below(N), Below(N))];
  }

 private:
  uint64_t state_;
};

enum class Country { kBritain, kAmerica, kIreland, kSweden, kChina };

struct Date {
  unsigned year = 0;
  unsigned month = 0;
  unsigned day = 0;
};

struct Customer {
  std::string number, given, family, email, phone, birth_date, national_id, street, postcode, city, country, card, iban;
  std::string language, newsletter, tier, health, created;
};

// What no two customers may share.
struct Taken {
  std::set<std::string> emails;
  std::set<std::string> ids;
};

// Draws until it draws something new.
template <typename Draw>
std::string Unused(std::set<std::string>& taken, Draw draw) {
  std::string drawn = draw();
  while (!taken.insert(drawn).second) drawn = draw();
  return drawn;
}

std::string Padded(unsigned value, size_t width) {
  std::string text = std::to_string(value);
  return std::string(width > text.size() ? width - text.size() : 0, '0') + text;
}

// Joins parts that were evaluated from left to right, which a braced list promises and operator+ does not: the order
// in which the dice are thrown must not depend on the compiler.
std::string Joined(std::initializer_list<std::string> parts) {
  std::string text;
  for (const std::string& part : parts) text += part;
  return text;
}

std::string IsoDate(const Date& date) {
  return Padded(date.year, 4) + "-" + Padded(date.month, 2) + "-" + Padded(date.day, 2);
}

Date AnyDate(Dice& dice, unsigned first_year, unsigned last_year) {
  static constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30,
                                       31, 31, 30, 31, 30, 31};  // no leap days: 29 February is its own test
  Date date;
  date.year = dice.Between(first_year, last_year);
  date.month = dice.Between(1, 12);
  date.day = dice.Between(1, kDays[date.month - 1]);
  return date;
}

// The digit that makes `digits` followed by it pass ISO/IEC 7812-1 Annex B.
char LuhnDigit(std::string_view digits) {
  unsigned sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    unsigned value = static_cast<unsigned>(digits[digits.size() - 1 - i] - '0');
    if (i % 2 == 0) value = value * 2 > 9 ? value * 2 - 9 : value * 2;
    sum += value;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

// GB 11643-1999: ISO 7064 MOD 11-2 over the first 17 digits.
char ChineseCheckCharacter(std::string_view digits17) {
  unsigned product = 0;
  for (const char digit : digits17) product = (product + static_cast<unsigned>(digit - '0')) * 2 % 11;
  const unsigned check = (12 - product) % 11;
  return check == 10 ? 'X' : static_cast<char>('0' + check);
}

// ISO 13616: the two digits behind the country, by MOD 97-10 over the rearranged number.
std::string Iban(std::string_view country, const std::string& account) {
  unsigned remainder = 0;
  for (const char c : account + std::string(country) + "00") {
    const unsigned value = c >= 'A' ? static_cast<unsigned>(c - 'A') + 10 : static_cast<unsigned>(c - '0');
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return std::string(country) + Padded(98 - remainder, 2) + account;
}

// Fills a pattern: '#' is a digit, '@' a letter that British and Irish postcodes use at their end.
std::string Filled(Dice& dice, std::string_view pattern) {
  static constexpr std::string_view kLetters = "ABDEFHJNPRTWXY";
  std::string text;
  for (const char c : pattern) text += c == '#' ? dice.Digit() : c == '@' ? kLetters[dice.Below(kLetters.size())] : c;
  return text;
}

// Latin letters without accents, lower case, for the local part of an address.
std::string Plain(std::string_view name) {
  static constexpr std::pair<std::string_view, char> kAccents[] = {
      {"å", 'a'}, {"ä", 'a'}, {"ö", 'o'}, {"é", 'e'}, {"á", 'a'}, {"ë", 'e'}, {"Å", 'a'}, {"Ä", 'a'}, {"Ö", 'o'}};
  std::string plain;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c >= 'A' && c <= 'Z') plain += static_cast<char>(c - 'A' + 'a');
    if (c >= 'a' && c <= 'z') plain += c;
    for (const auto& [accent, letter] : kAccents) {
      if (name.substr(i, 2) == accent) plain += letter;
    }
  }
  return plain;
}

// Half of the customers wrote their number the way their country does, half internationally.
std::string PhoneOf(Dice& dice, std::string_view national, std::string_view country_code) {
  if (dice.Percent(50)) return std::string(national);
  std::string digits;
  for (const char c : national) {
    if (c >= '0' && c <= '9') digits += c;
  }
  // The trunk zero is not dialled from abroad; American and Chinese mobile numbers have none.
  if (digits.starts_with("0")) digits.erase(0, 1);
  return "+" + std::string(country_code) + digits;
}

// Swedish fiction ranges end in 99 and begin where PTS says, not at 00.
std::string SwedishPhone(Dice& dice, const City& city) {
  if (city.landline.empty() || dice.Percent(70)) return "070-1740" + Padded(dice.Between(605, 699), 3);
  return Filled(dice, city.landline);
}

// Personnummer with the serials 980-999, in which the Swedish Tax Agency publishes its test numbers.
// The serial's last digit is odd for men (SKV 704).
std::string Personnummer(Dice& dice, const Date& born, bool woman) {
  const unsigned serial = 980 + 2 * dice.Below(10) + (woman ? 0 : 1);
  const std::string digits =
      Padded(born.year % 100, 2) + Padded(born.month, 2) + Padded(born.day, 2) + Padded(serial, 3);
  return Padded(born.year, 4) + digits.substr(2, 4) + "-" + digits.substr(6) + LuhnDigit(digits);
}

// Resident identity number of a province as a whole: numbers are issued per county, so none ends its region in 0000.
std::string ResidentId(Dice& dice, std::string_view province, const Date& born, bool woman) {
  const unsigned serial = 2 * dice.Below(500) + (woman ? 0 : 1);
  const std::string digits = std::string(province) + "0000" + Padded(born.year, 4) + Padded(born.month, 2) +
                             Padded(born.day, 2) + Padded(serial, 3);
  return digits + ChineseCheckCharacter(digits);
}

// Prefixes behind which payment sandboxes publish their test cards; the digits after them are chance.
std::string CardNumber(Dice& dice, Country country) {
  static constexpr std::string_view kPrefixes[] = {"400000", "424242", "555555", "222300", "378282"};
  const std::string_view prefix = country == Country::kChina ? "620000" : dice.Pick(kPrefixes);
  const size_t length = prefix.starts_with("37") ? 15 : 16;
  const std::string digits = std::string(prefix) + dice.Digits(length - 1 - prefix.size());
  return digits + LuhnDigit(digits);
}

void FillBritish(Dice& dice, Taken& taken, Customer& customer) {
  const City& city = dice.Pick(kBritishCities);
  customer.country = "GB";
  customer.city = city.name;
  customer.street = Joined({std::to_string(dice.Between(1, 180)), " ", std::string(dice.Pick(kBritishStreets))});
  if (dice.Percent(20)) customer.street = "Flat " + std::to_string(dice.Between(1, 24)) + ", " + customer.street;
  customer.postcode = Filled(dice, city.postcode);
  const std::string national = dice.Percent(60) ? "07700 900" + dice.Digits(3) : Filled(dice, city.landline);
  customer.phone = PhoneOf(dice, national, "44");
  // HMRC's own example prefix: Q is in no National Insurance number.
  customer.national_id = Unused(taken.ids, [&] {
    return Joined({"QQ", dice.Digits(6), std::string(1, "ABCD"[dice.Below(4)])});
  });
  if (dice.Percent(30)) customer.iban = Iban("GB", "TEST000000" + dice.Digits(8));
}

void FillAmerican(Dice& dice, Taken& taken, Customer& customer) {
  const City& city = dice.Pick(kAmericanCities);
  customer.country = "US";
  customer.city = city.name;
  customer.street = Joined({std::to_string(dice.Between(100, 9900)), " ", std::string(dice.Pick(kAmericanStreets))});
  if (dice.Percent(25)) {
    customer.street += Joined({", Apt ", std::to_string(dice.Between(1, 40)), std::string(1, "ABC"[dice.Below(3)])});
  }
  customer.postcode = Filled(dice, city.postcode);
  const std::string national = Filled(dice, city.landline);
  customer.phone = PhoneOf(dice, national, "1");
  // Areas 900-999 are never social security numbers, groups 01-49 not taxpayer numbers either.
  customer.national_id = Unused(taken.ids, [&] {
    return Joined({"9", dice.Digits(2), "-", Padded(dice.Between(1, 49), 2), "-", Padded(dice.Between(1, 9999), 4)});
  });
}

void FillIrish(Dice& dice, Customer& customer) {
  const City& city = dice.Pick(kIrishCities);
  customer.country = "IE";
  customer.city = city.name;
  customer.street = Joined({std::to_string(dice.Between(1, 120)), " ", std::string(dice.Pick(kIrishStreets))});
  customer.postcode = Filled(dice, city.postcode);
  customer.phone = PhoneOf(dice, Joined({"020 91", dice.Digits(1), " ", dice.Digits(4)}), "353");
  if (dice.Percent(30)) customer.iban = Iban("IE", "TEST000000" + dice.Digits(8));
}

void FillSwedish(Dice& dice, Taken& taken, const Date& born, bool woman, Customer& customer) {
  const City& city = dice.PickSkewed(kSwedishCities);
  customer.country = "SE";
  customer.city = city.name;
  customer.street = Joined({std::string(dice.Pick(kSwedishStreets)), " ", std::to_string(dice.Between(1, 96))});
  if (dice.Percent(15)) customer.street += "ABC"[dice.Below(3)];
  if (dice.Percent(20)) {
    customer.street += Joined({", lgh 1", std::to_string(dice.Between(0, 6)), Padded(dice.Between(1, 8), 2)});
  }
  customer.postcode = Filled(dice, city.postcode);
  customer.phone = PhoneOf(dice, SwedishPhone(dice, city), "46");
  customer.national_id = Unused(taken.ids, [&] { return Personnummer(dice, born, woman); });
  // No Swedish bank has the number 000.
  if (dice.Percent(30)) customer.iban = Iban("SE", "000" + dice.Digits(17));
}

void FillChinese(Dice& dice, Taken& taken, const Date& born, bool woman, Customer& customer) {
  const City& city = dice.Pick(kChineseCities);
  customer.country = "CN";
  customer.city = city.name;
  customer.street = Joined({std::string(dice.Pick(kChineseStreets)), std::to_string(dice.Between(1, 300)), "号"});
  if (dice.Percent(60)) {
    customer.street += Joined({std::to_string(dice.Between(1, 20)), "栋", std::to_string(dice.Between(1, 28)),
                               Padded(dice.Between(1, 6), 2), "室"});
  }
  customer.postcode = Filled(dice, city.postcode);
  // China keeps no numbers for fiction; 154 is a mobile prefix that has not been given to any network.
  const std::string mobile = "154" + dice.Digits(8);
  customer.phone = PhoneOf(
      dice, dice.Percent(50) ? mobile : mobile.substr(0, 3) + " " + mobile.substr(3, 4) + " " + mobile.substr(7), "86");
  customer.national_id = Unused(taken.ids, [&] { return ResidentId(dice, city.province, born, woman); });
}

Country CountryOf(Dice& dice) {
  const unsigned roll = dice.Below(100);
  if (roll < 24) return Country::kBritain;
  if (roll < 38) return Country::kAmerica;
  if (roll < 44) return Country::kIreland;
  return roll < 75 ? Country::kSweden : Country::kChina;
}

std::string Email(Dice& dice, const std::string& given, const std::string& family, std::set<std::string>& taken) {
  static constexpr std::string_view kDomains[] = {"example.com", "example.org", "example.net", "mail.example",
                                                  "post.example"};
  const std::string local = dice.Percent(70) ? given + "." + family : given.substr(0, 1) + family;
  const std::string domain(dice.Pick(kDomains));
  std::string email = local + "@" + domain;
  while (!taken.insert(email).second) email = local + std::to_string(dice.Between(2, 9999)) + "@" + domain;
  return email;
}

Customer OneCustomer(Dice& dice, size_t index, Taken& taken) {
  Customer customer;
  customer.number = "C" + std::to_string(100001 + index);
  const Country country = CountryOf(dice);
  const bool woman = dice.Percent(51);
  const bool minor = dice.Percent(2);
  const Date born = minor ? AnyDate(dice, 2010, 2015) : AnyDate(dice, 1938, 2007);
  customer.birth_date = IsoDate(born);

  Name given, family;
  switch (country) {
    case Country::kSweden:
      given = woman ? dice.Pick(kSwedishWomen) : dice.Pick(kSwedishMen);
      family = dice.Pick(kSwedishFamilies);
      FillSwedish(dice, taken, born, woman, customer);
      break;
    case Country::kChina:
      given = woman ? dice.Pick(kChineseWomen) : dice.Pick(kChineseMen);
      family = dice.PickSkewed(kChineseFamilies);
      FillChinese(dice, taken, born, woman, customer);
      break;
    default:
      given = woman ? dice.Pick(kEnglishWomen) : dice.Pick(kEnglishMen);
      family = dice.Pick(kEnglishFamilies);
      if (country == Country::kBritain) FillBritish(dice, taken, customer);
      if (country == Country::kAmerica) FillAmerican(dice, taken, customer);
      if (country == Country::kIreland) FillIrish(dice, customer);
  }
  customer.given = given.text;
  customer.family = family.text;
  const auto latin = [](const Name& name) { return name.latin.empty() ? Plain(name.text) : std::string(name.latin); };
  customer.email = Email(dice, latin(given), latin(family), taken.emails);
  customer.language = country == Country::kSweden ? "sv" : country == Country::kChina ? "zh" : "en";
  // Not everybody gave everything.
  if (dice.Percent(12)) customer.national_id.clear();
  if (dice.Percent(5)) customer.phone.clear();
  if (dice.Percent(55)) customer.card = CardNumber(dice, country);
  customer.newsletter = dice.Percent(38) ? "true" : "false";
  if (dice.Percent(2)) customer.tier = "vip";
  if (dice.Percent(4)) {
    customer.health = country == Country::kSweden  ? dice.Pick(kSwedishHealth)
                      : country == Country::kChina ? dice.Pick(kChineseHealth)
                                                   : dice.Pick(kEnglishHealth);
  }
  customer.created = IsoDate(AnyDate(dice, 2019, 2025));
  return customer;
}

// RFC 4180: a cell with a comma, a quote or a line end is quoted, and its quotes are doubled.
void AppendCell(std::string& csv, std::string_view cell) {
  if (cell.find_first_of(",\"\r\n") == std::string_view::npos) {
    csv += cell;
    return;
  }
  csv += '"';
  for (const char c : cell) {
    if (c == '"') csv += '"';
    csv += c;
  }
  csv += '"';
}

}  // namespace

std::string MakeCustomers(uint64_t seed, size_t rows) {
  Dice dice(seed);
  Taken taken;
  std::string csv =
      "customer_no,given_name,family_name,email,phone,date_of_birth,national_id,street,postcode,city,country,card_"
      "number,"
      "iban,language,newsletter,tier,health_note,created\n";
  for (size_t i = 0; i < rows; ++i) {
    const Customer c = OneCustomer(dice, i, taken);
    const std::array<std::string_view, 18> cells = {
        c.number, c.given,   c.family, c.email, c.phone,    c.birth_date, c.national_id, c.street, c.postcode,
        c.city,   c.country, c.card,   c.iban,  c.language, c.newsletter, c.tier,        c.health, c.created};
    for (size_t cell = 0; cell < cells.size(); ++cell) {
      if (cell > 0) csv += ',';
      AppendCell(csv, cells[cell]);
    }
    csv += '\n';
  }
  return csv;
}

}  // namespace strongroom::tools
