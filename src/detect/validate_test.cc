// Every type by its name: numbers that others have printed, numbers that cannot be, and how many of random numbers
// pass.
#include "detect/validate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "detect/testing/dice.h"
#include "detect/validators.h"

namespace strongroom::detect {
namespace {

constexpr CivilDate kToday{2026, 11, 1};

bool Valid(std::string_view type, std::string_view text) {
  const std::optional<bool> valid = ValidateAs(type, text, kToday);
  EXPECT_TRUE(valid.has_value()) << type;
  return valid.value_or(false);
}

struct Printed {
  std::string_view type;
  std::string_view number;
  std::string_view source;
};

constexpr std::string_view kStdnum = "python-stdnum, module documentation";
constexpr std::string_view kWikipedia = "Wikipedia, the article on the number";

constexpr Printed kPrinted[] = {
    {"luhn", "79927398713", "Wikipedia, Luhn algorithm"},
    {"luhn", "17893729974", "Wikipedia, Luhn algorithm"},
    {"luhn", "49927398716", "Rosetta Code, Luhn test of credit card numbers"},
    {"luhn", "78949", kStdnum},
    {"card", "4111 1111 1111 1111", "PayPal, test card numbers"},
    {"card", "5555-5555-5555-4444", "Stripe, test card numbers"},
    {"card", "2223003122003222", "Stripe, test card numbers"},
    {"card", "6200000000000005", "Stripe, test card numbers"},
    {"iban", "SE45 5000 0000 0583 9825 7466", "SWIFT, IBAN Registry"},
    {"iban", "GB29 NWBK 6016 1331 9268 19", "SWIFT, IBAN Registry"},
    {"iban", "no9386011117947", "SWIFT, IBAN Registry"},
    {"us.ssn", "536-90-4399", kStdnum},
    {"us.ssn", "111-22-3333", kStdnum},
    {"us.ssn", "372819127", "Google Cloud, Sensitive Data Protection, de-identification samples"},
    {"us.itin", "912-90-3456", kStdnum},
    {"us.itin", "900-70-0000", "Internal Revenue Service, ITIN ranges"},
    {"us.itin", "999-88-9999", "Internal Revenue Service, ITIN ranges"},
    {"us.itin", "999-92-9999", "Internal Revenue Service, ITIN ranges"},
    {"us.ein", "91-1144442", kStdnum},
    {"us.ein", "04-2103594", kStdnum},
    {"us.ein", "94-2404110", "Securities and Exchange Commission, annual report of Apple Inc."},
    {"us.rtn", "111000025", kStdnum},
    {"us.rtn", "021000021", "JPMorgan Chase, routing numbers"},
    {"us.rtn", "011000015", "Federal Reserve Banks, routing directory: Boston"},
    {"us.rtn", "121000248", "Wells Fargo, routing numbers"},
    {"gb.nhs", "943-476-5870", kStdnum},
    {"gb.nhs", "943 476 5919", "NHS Data Dictionary"},
    {"gb.nhs", "401 023 2137", kWikipedia},
    {"gb.utr", "1955839661", kStdnum},
    {"gb.utr", "3282497350", "Sage, Unique Taxpayer Reference help page"},
    {"gb.utr", "2234567890", "HMRC Developer Hub, API examples"},
    {"gb.nino", "AB123456C", "GOV.UK, developer test data"},
    {"gb.nino", "AA 12 34 56 A", "HMRC Developer Hub, API examples"},
    {"gb.nino", "ab 12 34 56 c", "GOV.UK, developer test data"},
    {"ca.sin", "123-456-782", kStdnum},
    {"ca.sin", "130 692 544", "social-insurance-number (npm), README"},
    {"ca.sin", "918640897", "social-insurance-number (npm), README"},
    {"au.tfn", "123 456 782", kStdnum},
    {"au.tfn", "876543210", "Wikipedia, Tax file number"},
    {"au.tfn", "648 188 480", "Australian Taxation Office, test tax file numbers"},
    {"au.tfn", "112474082", "Australian Taxation Office, test tax file numbers"},
    {"au.abn", "83 914 571 673", kStdnum},
    {"au.abn", "51 824 753 556", "Australian Business Register, format of the ABN"},
    {"au.abn", "53 004 085 616", "Australian Business Register, format of the ABN"},
    {"se.personnummer", "811218-9876", "Skatteverket, SKV 704"},
    {"se.personnummer", "640823-3234", "Skatteverket, SKV 704"},
    {"se.personnummer", "670919-9530", kWikipedia},
    {"se.personnummer", "090527+1474", "personnummer/meta, list.json"},
    {"se.personnummer", "701063-2391", "Skatteverket, SKV 707: a coordination number"},
    {"se.orgnr", "556036-0793", "personnummer/meta, orgnumber.json"},
    {"se.orgnr", "802005-1952", "personnummer/meta, orgnumber.json"},
    {"se.orgnr", "857209-0606", "personnummer/meta, orgnumber.json"},
    {"cn.ric", "11010519491231002X", "GB 11643-1999, its own example"},
    {"cn.ric", "440524188001010014", "GB 11643-1999, its own example"},
    {"cn.ric", "360426199101010071", kStdnum},
    {"cn.uscc", "91110000600037341L", kStdnum},
    {"cn.uscc", "91350100M000100Y43", "GB 32100-2015, its own example"},
    {"cn.uscc", "9144030071526726XG", "Tencent, business licence as published"},
    {"de.idnr", "36 574 261 809", kStdnum},
    {"de.idnr", "86095742719", "Bundeszentralamt für Steuern, test numbers"},
    {"de.idnr", "47036892816", "Bundeszentralamt für Steuern, test numbers"},
    {"de.idnr", "65929970489", "Bundeszentralamt für Steuern, test numbers"},
    {"fr.nir", "2 95 10 99 126 111 93", kStdnum},
    {"fr.nir", "253072B07300470", kStdnum},
    {"fr.nir", "2 69 05 49 588 157 80", "Assurance maladie, specimen of the carte Vitale"},
    {"fr.nir", "255081416802538", kWikipedia},
    {"es.dni", "54362315-K", kStdnum},
    {"es.dni", "12345678Z", "Ministerio del Interior, calculation of the letter"},
    {"es.dni", "99999999-R", "Dirección General de la Policía, specimen of the DNI"},
    {"es.nie", "x-2482300w", kStdnum},
    {"es.nie", "X1111111G", "python-stdnum, tests/test_es_nie.doctest"},
    {"es.nie", "X1234567L", "international-urns (PyPI), NIE validator"},
    {"it.codicefiscale", "RCCMNL83S18D969H", kStdnum},
    {"it.codicefiscale", "MRTMTT25D09F205Z", kWikipedia},
    {"it.codicefiscale", "MLLSNT82P65Z404U", kWikipedia},
    {"it.codicefiscale", "RSS MRA 85T10 A562S", kWikipedia},
    {"nl.bsn", "1112.22.333", kStdnum},
    {"nl.bsn", "123456782", kWikipedia},
    {"nl.bsn", "999990019", "Rijksdienst voor Identiteitsgegevens, test numbers"},
    {"be.nn", "85.07.30-033.28", kStdnum},
    {"be.nn", "17 07 30 033 84", kStdnum},
    {"be.nn", "93.05.18-223.61", kWikipedia},
    {"dk.cpr", "211062-5629", kStdnum},
    {"dk.cpr", "070761-4285", "CPR-kontoret, Personnummeret i CPR-systemet"},
    {"dk.cpr", "010203-6234", "KfAccountNumbers, README"},
    {"no.fodselsnummer", "151086 95088", kStdnum},
    {"no.fodselsnummer", "13097248022", "navikt/fnrvalidator, tests"},
    {"no.fodselsnummer", "53097248016", "navikt/fnrvalidator, tests: a D number"},
    {"fi.hetu", "131052-308T", kStdnum},
    {"fi.hetu", "010594Y9032", "Digital and Population Data Services Agency, test numbers of the reform"},
    {"fi.hetu", "020594X902N", "Digital and Population Data Services Agency, test numbers of the reform"},
    {"pl.pesel", "44051401359", kStdnum},
    {"pl.pesel", "44051401458", kWikipedia},
    {"pl.pesel", "02070803628", "gov.pl, what the PESEL number is"},
    {"pt.nif", "501 964 843", kStdnum},
    {"pt.nif", "999999990", "Autoridade Tributária, the final consumer"},
    {"pt.nif", "500697256", "EDP, legal notice"},
    {"ch.ssn", "756.9217.0769.85", kStdnum},
    {"ch.ssn", "756.1234.5678.97", "Zentrale Ausgleichsstelle, AHV number"},
    {"ch.ssn", "756.3047.5009.62", kWikipedia},
    {"tr.tckimlik", "17291716060", kStdnum},
    {"tr.tckimlik", "10000000146", "kvkk_pii, tests"},
    {"tr.tckimlik", "11111111110", "iyzico, API examples"},
    {"za.idnr", "7503305044089", kStdnum},
    {"za.idnr", "8001015009087", kWikipedia},
    {"za.idnr", "9202204720083", kWikipedia},
    {"br.cpf", "390.533.447-05", kStdnum},
    {"br.cpf", "111.444.777-35", kWikipedia},
    {"br.cpf", "280.012.389-38", kWikipedia},
    {"in.aadhaar", "2341 2341 2346", kStdnum},
    {"in.aadhaar", "9999 4105 7058", "UIDAI, test data for developers"},
    {"in.aadhaar", "999971658847", "UIDAI, test data for developers"},
    {"in.pan", "ACUPA7085R", kStdnum},
    {"in.pan", "AFZPK7190K", kWikipedia},
    {"in.pan", "AAACR4849R", "Tata Consultancy Services, annual report"},
    {"kr.rrn", "971013-9019902", kStdnum},
    {"kr.rrn", "861224-2567484", "Hibernate Validator, KorRRNValidatorTest"},
    {"kr.rrn", "790707-1133360", "Hibernate Validator, KorRRNValidatorTest"},
    {"jp.in", "6214 9832 0257", kStdnum},
    {"jp.in", "123456789018", "JPMyNumber (PyPI), README"},
    {"jp.in", "4652-8126-6333", "tsubaki (RubyGems), README"},
};

TEST(ValidateAs, TakesThreePrintedNumbersOfEveryType) {
  std::map<std::string_view, int> count;
  for (const Printed& printed : kPrinted) {
    EXPECT_TRUE(Valid(printed.type, printed.number)) << printed.type << " " << printed.number << ": " << printed.source;
    EXPECT_FALSE(printed.source.empty());
    ++count[printed.type];
  }
  for (std::string_view type : ValidatedTypes()) EXPECT_GE(count[type], 3) << type;
}

TEST(ValidateAs, RefusesWhatCannotBe) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"us.ssn", "000-12-3456"},
      {"us.ssn", "666-12-3456"},
      {"us.ssn", "900-12-3456"},
      {"us.ssn", "123-00-4567"},
      {"us.ssn", "123-45-0000"},
      {"us.ssn", "078-05-1120"},
      {"us.itin", "912-93-4567"},
      {"us.itin", "900-49-0000"},
      {"us.ein", "00-1234567"},
      {"us.rtn", "521000021"},
      {"us.rtn", "000000000"},
      {"gb.nhs", "0000000000"},
      {"iban", "SE455000000005839825746"},
      {"iban", "XX4550000000058398257466"},
      {"iban", "GB29 NWBK 6016 1331 9268 1"},
      {"iban", "SE4550000000058398257467"},
      {"card", "411111111111"},
      {"card", "41111111111111111111"},
      {"se.personnummer", "900230-0005"},
      {"se.personnummer", "20301301-1234"},
      {"se.personnummer", "811218-0000"},
      {"cn.ric", "440524188002300014"},
      {"cn.ric", "990105194912310029"},
      {"dk.cpr", "310262-5629"},
      {"dk.cpr", "070761-0000"},
      {"fi.hetu", "310252-308Y"},
      {"pl.pesel", "02381307589"},
      {"no.fodselsnummer", "15138695077"},
      {"za.idnr", "7513305044089"},
      {"br.cpf", "111.111.111-11"},
      {"in.aadhaar", "222222222222"},
      {"in.pan", "ACUPA0000R"},
      {"kr.rrn", "971313-9019902"},
      {"es.dni", "54362315Z"},
      {"tr.tckimlik", "07291716092"},
      {"luhn", "7"},
      {"luhn", ""},
      {"luhn", "79927398710"},
      {"luhn", "7992739871x"},
      {"us.ssn", "536-90-4399-1"},
      {"us.ssn", "SSN 536-90-4399"},
      {"iban", "IBAN"},
  };
  for (const auto& [type, text] : cases) EXPECT_FALSE(Valid(type, text)) << type << " " << text;
}

TEST(ValidateAs, ReadsWhatPeopleMakeOfANumber) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"us.ssn", "  536 90 4399\r"},
      {"pt.nif", "PT 501 964 843"},
      {"us.ssn", "536–90–4399"},
      {"us.ssn", "５３６－９０－４３９９"},
      {"us.ssn", "536.90.4399"},
      {"card", "4111\u00a01111\u202f1111\u20091111"},
      {"card", "4111\u200b1111\u00ad11111111"},
      {"iban", "SE45-5000-0000-0583-9825-7466"},
      {"de.idnr", "365 742 618 09"},
      {"fr.nir", "2-95-10-99-126-111-93"},
      {"it.codicefiscale", "RSSMRA 85T10 A562S"},
      {"in.aadhaar", "2341-2341-2346"},
      {"se.personnummer", "19811218\u20119876"},
  };
  for (const auto& [type, text] : cases) EXPECT_TRUE(Valid(type, text)) << type << " " << text;
  EXPECT_EQ(CanonicalAs("us.ssn", " 536–90–4399", kToday), "536904399");
  EXPECT_EQ(CanonicalAs("se.personnummer", "811218-9876", kToday), "198112189876");
  EXPECT_EQ(CanonicalAs("iban", "gb29 nwbk 6016 1331 9268 19", kToday), "GB29NWBK60161331926819");
  EXPECT_EQ(CanonicalAs("card", "4111-1111-1111-1112", kToday), std::nullopt);
}

TEST(ValidateAs, KnowsItsNamesAndNoOther) {
  const std::vector<std::string_view> names = ValidatedTypes();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  for (std::string_view name :
       {"luhn",        "iban",    "us.ssn",           "us.itin",    "us.ein",          "us.rtn",           "gb.nhs",
        "gb.utr",      "ca.sin",  "au.tfn",           "au.abn",     "se.personnummer", "se.orgnr",         "cn.ric",
        "cn.uscc",     "de.idnr", "fr.nir",           "es.dni",     "es.nie",          "it.codicefiscale", "nl.bsn",
        "be.nn",       "dk.cpr",  "no.fodselsnummer", "fi.hetu",    "pl.pesel",        "pt.nif",           "ch.ssn",
        "tr.tckimlik", "za.idnr", "br.cpf",           "in.aadhaar", "in.pan",          "kr.rrn",           "jp.in"}) {
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
    EXPECT_EQ(ValidateAs(name, "nonsense", kToday), std::optional<bool>(false)) << name;
  }
  EXPECT_EQ(ValidateAs("us.nothing", "1", kToday), std::nullopt);
  EXPECT_EQ(CanonicalAs("us.nothing", "1", kToday), std::nullopt);
}

// --- Of random numbers of the right shape, the share that the rule says passes ---------------------------------------

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

// 'd' a digit, 'L' a letter, 'M' a letter of an Italian month, 'C' of a Chinese code, 'F' of a Finnish check, 'X' a
// digit or X at one in eleven, 'N' X, Y or Z; all else itself.
std::string Random(std::string_view shape, Dice& dice) {
  std::string text;
  for (char c : shape) {
    switch (c) {
      case 'd':
        text += dice.In(kDigits);
        break;
      case 'L':
        text += dice.In(kLetters);
        break;
      case 'M':
        text += dice.In("ABCDEHLMPRST");
        break;
      case 'C':
        text += dice.In("0123456789ABCDEFGHJKLMNPQRTUWXY");
        break;
      case 'F':
        text += dice.In("0123456789ABCDEFHJKLMNPRSTUVWXY");
        break;
      case 'X':
        text += dice.In("0123456789X");
        break;
      case 'N':
        text += dice.In("XYZ");
        break;
      default:
        text += c;
    }
  }
  return text;
}

// The rules of the calendar once more, apart from civil_date.h.
bool Real(int year, int month, int day) {
  if (month < 1 || month > 12 || day < 1) return false;
  const bool leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
  const int days = month == 2 ? (leap ? 29 : 28) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  return day <= days;
}
bool Past(int year, int month, int day) {
  return year * 10000 + month * 100 + day <= kToday.year * 10000 + kToday.month * 100 + kToday.day;
}

// Of the million numbers of three pairs of digits, how many (counted as `weigh` says) are a day.
double DayShare(const std::function<double(int, int, int)>& weigh) {
  double sum = 0;
  for (int a = 0; a < 100; ++a) {
    for (int b = 0; b < 100; ++b) {
      for (int c = 0; c < 100; ++c) sum += weigh(a, b, c);
    }
  }
  return sum / 1e6;
}

double SePersonnummerShare() {
  return 0.999 * 0.1 * DayShare([](int y, int m, int d) {
           if (d >= 60) return m <= 12 && d <= 91 ? 1.0 : 0.0;  // coordination numbers, unknown parts included
           const int year = Past(2000 + y, m, d) ? 2000 + y : 1900 + y;
           return Real(year, m, d) ? 1.0 : 0.0;
         });
}

double BeNnShare() {
  return 0.999 * 0.01 * DayShare([](int y, int m, int d) {
           if (m >= 60 || m % 20 > 12 || d > 31) return 0.0;
           const int month = m % 20;
           if (month == 0 || d == 0) return 2000 + y <= kToday.year ? 2.0 : 1.0;
           return (Real(1900 + y, month, d) ? 1.0 : 0.0) +
                  (Real(2000 + y, month, d) && Past(2000 + y, month, d) ? 1.0 : 0.0);
         });
}

double DkCprShare() {
  return DayShare([](int d, int m, int y) {
    double sum = 0;
    for (int c = 0; c < 10; ++c) {
      const int year = c <= 3 ? 1900 + y : c == 4 || c == 9 ? (y <= 36 ? 2000 : 1900) + y : (y <= 57 ? 2000 : 1800) + y;
      if (Real(year, m, d) && Past(year, m, d)) sum += c == 0 ? 0.0999 : 0.1;  // all but 0000
    }
    return sum;
  });
}

double NoFodselsnummerShare() {
  return 1.0 / 121 * DayShare([](int d, int m, int y) {
           double sum = 0;
           const int day = d > 40 ? d - 40 : d;
           const int month = m > 40 ? m - 40 : m;
           for (int from : {0, 500, 750, 900}) {
             const double share = from == 0 ? 0.5 : from == 500 ? 0.25 : from == 750 ? 0.15 : 0.1;
             const int year = from == 0                ? 1900 + y
                              : from == 500 && y >= 54 ? 1800 + y
                              : y < 40                 ? 2000 + y
                              : from == 900            ? 1900 + y
                                                       : 0;
             if (year != 0 && Real(year, month, day) && Past(year, month, day)) sum += share;
           }
           return sum;
         });
}

double PlPeselShare() {
  return 0.1 * DayShare([](int y, int m, int d) {
           constexpr int kCentury[] = {1900, 2000, 2100, 2200, 1800};
           const int year = kCentury[m / 20] + y;
           return Real(year, m % 20, d) && Past(year, m % 20, d) ? 1.0 : 0.0;
         });
}

double ZaIdnrShare() {
  return 0.3 * 0.1 * DayShare([](int y, int m, int d) {
           return Real(Past(2000 + y, m, d) ? 2000 + y : 1900 + y, m, d) ? 1.0 : 0.0;
         });
}

double KrRrnShare() {
  return DayShare([](int y, int m, int d) {
    double sum = 0;
    for (int century : {1800, 1900, 1900, 2000, 2000, 1900, 1900, 2000, 2000, 1800}) {
      const int year = century + y;
      if (!Real(year, m, d) || !Past(year, m, d)) continue;
      sum += year * 10000 + m * 100 + d >= 20201005 ? 0.1 : 0.01;  // later numbers carry no check digit
    }
    return sum;
  });
}

double ItCodiceFiscaleShare() {
  double days = 0;
  for (int y = 0; y < 100; ++y) {
    for (int m = 1; m <= 12; ++m) {
      for (int v = 0; v < 100; ++v) days += v <= 71 && Real(2000 + y, m, v % 40) ? 1 : 0;
    }
  }
  return days / (100.0 * 12 * 100) / 26;
}

struct Share {
  std::string_view type;
  std::string_view shape;
  double share = 0;
};

std::vector<Share> Shares() {
  const double days_of_a_century = DayShare([](int y, int m, int d) { return Real(1900 + y, m, d) ? 1.0 : 0.0; });
  return {
      {"luhn", "dddddddddd", 0.1},
      {"card", "dddddddddddddddd", 0.1},
      // Of the hundred pairs of check digits one is right.
      {"iban", "SEdddddddddddddddddddddd", 0.01},
      {"us.ssn", "ddd-dd-dddd", 898.0 / 1000 * 0.99 * 0.9999},
      {"us.itin", "9dd-dd-dddd", 44.0 / 100},
      {"us.ein", "dd-ddddddd", 83.0 / 100},
      {"us.rtn", "ddddddddd", 38.0 / 100 * 0.1},
      // Of eleven remainders ten have a digit, and of ten digits one fits.
      {"gb.nhs", "dddddddddd", 1.0 / 11},
      {"gb.utr", "dddddddddd", 0.1},
      {"gb.nino", "LLddddddL", (20.0 * 19 - 7) / (26 * 26) * 4 / 26},
      {"ca.sin", "ddddddddd", 0.8 * 0.1},
      {"au.tfn", "ddddddddd", 1.0 / 11},
      {"au.abn", "ddddddddddd", 0.9 / 89},
      {"se.personnummer", "dddddd-dddd", SePersonnummerShare()},
      {"se.orgnr", "dddddd-dddd", 0.9 * 0.8 * 0.1},
      {"cn.ric", "11dddd19dddddddddX", days_of_a_century / 11},
      {"cn.uscc", "CCddddddCCCCCCCCCC", 1.0 / 31},
      // Among ten digits one comes twice (10 * 9 * 10!/2 ways) or three times (10 * 36 * 10!/6).
      {"de.idnr", "ddddddddddd", 0.9 * (163'296'000.0 + 217'728'000.0) / 1e10 * 0.1},
      {"fr.nir", "ddddddddddddddd", 0.6 * 0.85 * 0.01},
      {"es.dni", "ddddddddL", 1.0 / 26},
      {"es.nie", "NdddddddL", 1.0 / 26},
      {"it.codicefiscale", "LLLLLLddMddLdddL", ItCodiceFiscaleShare()},
      {"nl.bsn", "ddddddddd", 1.0 / 11},
      {"be.nn", "ddddddddddd", BeNnShare()},
      {"dk.cpr", "dddddd-dddd", DkCprShare()},
      {"no.fodselsnummer", "ddddddddddd", NoFodselsnummerShare()},
      {"fi.hetu", "dddddd-dddF", days_of_a_century * 0.998 / 31},
      {"pl.pesel", "ddddddddddd", PlPeselShare()},
      {"pt.nif", "ddddddddd", (0.8 + 0.1 * 0.1) * 0.1},
      {"ch.ssn", "756dddddddddd", 0.1},
      {"tr.tckimlik", "ddddddddddd", 0.9 * 0.01},
      {"za.idnr", "ddddddddddddd", ZaIdnrShare()},
      {"br.cpf", "ddddddddddd", 0.01},
      {"in.aadhaar", "dddddddddddd", 0.8 * 0.1},
      {"in.pan", "LLLLLddddL", 11.0 / 26 * 0.9999},
      {"kr.rrn", "ddddddddddddd", KrRrnShare()},
      {"jp.in", "dddddddddddd", 0.1},
  };
}

TEST(ValidateAs, OfRandomNumbersTheShareOfTheRuleIsAccepted) {
  constexpr int kTries = 100'000;
  std::map<std::string_view, bool> tried;
  Dice dice(20261101);
  for (const Share& share : Shares()) {
    int accepted = 0;
    for (int i = 0; i < kTries; ++i) accepted += *ValidateAs(share.type, Random(share.shape, dice), kToday) ? 1 : 0;
    const double expected = share.share * kTries;
    const double sigma = std::sqrt(expected * (1 - share.share));
    EXPECT_LE(std::abs(accepted - expected), 4 * sigma) << share.type << ": " << accepted << " of " << kTries;
    std::printf("%-18s %6d accepted, %8.1f by the rule, %+.1f sigma\n", std::string(share.type).c_str(), accepted,
                expected, (accepted - expected) / sigma);
    tried[share.type] = true;
  }
  for (std::string_view type : ValidatedTypes()) EXPECT_TRUE(tried[type]) << type;
}

}  // namespace
}  // namespace strongroom::detect
