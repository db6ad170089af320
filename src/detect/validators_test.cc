#include "detect/validators.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace strongroom::detect {
namespace {

constexpr CivilDate kToday{2026, 11, 1};

bool Valid(std::string_view type, std::string_view text) {
  const NationalIdType* found = FindNationalIdType(type);
  EXPECT_NE(found, nullptr) << type;
  return found != nullptr && found->parse(text, kToday).has_value();
}

std::string Canonical(std::string_view type, std::string_view text) {
  const auto id = FindNationalIdType(type)->parse(text, kToday);
  return id ? std::string(id->view()) : "(refused)";
}

TEST(CheckDigits, LuhnFindsEverySingleWrongDigit) {
  const std::string number = "79927398713";  // the classic worked example of the Luhn formula
  EXPECT_TRUE(LuhnValid(number));
  EXPECT_EQ(LuhnCheckDigit("7992739871"), '3');
  for (size_t i = 0; i < number.size(); ++i) {
    for (char c = '0'; c <= '9'; ++c) {
      std::string wrong = number;
      wrong[i] = c;
      EXPECT_EQ(LuhnValid(wrong), c == number[i]) << wrong;
    }
  }
  EXPECT_FALSE(LuhnValid(""));
  EXPECT_FALSE(LuhnValid("0"));
  EXPECT_FALSE(LuhnValid("7992739871x"));
}

TEST(CheckDigits, VerhoeffFindsTranspositions) {
  EXPECT_TRUE(VerhoeffValid("2363"));  // Wikipedia, "Verhoeff algorithm": 236 gives 3
  EXPECT_FALSE(VerhoeffValid("3263"));
  EXPECT_FALSE(VerhoeffValid("2633"));
  EXPECT_FALSE(VerhoeffValid("23a3"));
}

TEST(CheckDigits, Mod11_10FollowsIso7064) {
  EXPECT_TRUE(Mod11_10Valid("07945"));  // the standard's own example: 0794, check digit 5
  EXPECT_FALSE(Mod11_10Valid("07946"));
}

TEST(Cards, PublishedTestNumbersHaveTheirNetwork) {
  // Test numbers of card processors' public documentation (PayPal, Stripe, Adyen, Worldpay).
  const std::pair<std::string_view, CardNetwork> cards[] = {
      {"4111111111111111", CardNetwork::kVisa},       {"4222222222222", CardNetwork::kVisa},
      {"4012888888881881", CardNetwork::kVisa},       {"5555555555554444", CardNetwork::kMastercard},
      {"5105105105105100", CardNetwork::kMastercard}, {"2223003122003222", CardNetwork::kMastercard},
      {"378282246310005", CardNetwork::kAmex},        {"371449635398431", CardNetwork::kAmex},
      {"6011111111111117", CardNetwork::kDiscover},   {"6011000990139424", CardNetwork::kDiscover},
      {"30569309025904", CardNetwork::kDiners},       {"38520000023237", CardNetwork::kDiners},
      {"36438936438936", CardNetwork::kDiners},       {"3530111333300000", CardNetwork::kJcb},
      {"3566002020360505", CardNetwork::kJcb},        {"6200000000000005", CardNetwork::kUnionPay},
      {"6759649826438453", CardNetwork::kMaestro},    {"67030000000000003", CardNetwork::kMaestro},
  };
  for (const auto& [number, network] : cards) {
    EXPECT_TRUE(CardValid(number)) << number;
    EXPECT_EQ(NameOf(CardNetworkOf(number)), NameOf(network)) << number;
  }
}

TEST(Cards, EdgesOfTheMastercard2Series) {
  EXPECT_EQ(CardNetworkOf("2221000000000009"), CardNetwork::kMastercard);
  EXPECT_EQ(CardNetworkOf("2720990000000007"), CardNetwork::kMastercard);
  EXPECT_EQ(CardNetworkOf("2220990000000000"), CardNetwork::kUnknown);
  EXPECT_EQ(CardNetworkOf("2721000000000000"), CardNetwork::kUnknown);
  EXPECT_EQ(CardNetworkOf("222100000000000"), CardNetwork::kUnknown);  // 15 digits
}

TEST(Cards, NearMissesAreRefused) {
  EXPECT_FALSE(CardValid("4111111111111112"));
  EXPECT_FALSE(CardValid("411111111111"));          // 12 digits
  EXPECT_FALSE(CardValid("41111111111111111111"));  // 20
  EXPECT_FALSE(CardValid("4111 1111 1111 1111"));   // not compact
  EXPECT_FALSE(CardValid("0000000000000000"));
}

TEST(Iban, RegistryExamplesPassAndEachWrongCheckFails) {
  // The examples of the SWIFT IBAN Registry, one per country.
  const std::string_view examples[] = {
      "AD1200012030200359100100",
      "AE070331234567890123456",
      "AL47212110090000000235698741",
      "AT611904300234573201",
      "AZ21NABZ00000000137010001944",
      "BA391290079401028494",
      "BE68539007547034",
      "BG80BNBG96611020345678",
      "BH67BMAG00001299123456",
      "BR9700360305000010009795493P1",
      "CH9300762011623852957",
      "CY17002001280000001200527600",
      "CZ6508000000192000145399",
      "DE89370400440532013000",
      "DK5000400440116243",
      "DO28BAGR00000001212453611324",
      "EE382200221020145685",
      "ES9121000418450200051332",
      "FI2112345600000785",
      "FO6264600001631634",
      "FR1420041010050500013M02606",
      "GB29NWBK60161331926819",
      "GE29NB0000000101904917",
      "GI75NWBK000000007099453",
      "GL8964710001000206",
      "GR1601101250000000012300695",
      "GT82TRAJ01020000001210029690",
      "HR1210010051863000160",
      "HU42117730161111101800000000",
      "IE29AIBK93115212345678",
      "IL620108000000099999999",
      "IS140159260076545510730339",
      "IT60X0542811101000000123456",
      "JO94CBJO0010000000000131000302",
      "KZ86125KZT5004100100",
      "LB62099900000001001901229114",
      "LI21088100002324013AA",
      "LT121000011101001000",
      "LU280019400644750000",
      "LV80BANK0000435195001",
      "MD24AG000225100013104168",
      "ME25505000012345678951",
      "MK07250120000058984",
      "MR1300020001010000123456753",
      "MT84MALT011000012345MTLCAST001S",
      "MU17BOMM0101101030300200000MUR",
      "NL91ABNA0417164300",
      "NO9386011117947",
      "PK36SCBL0000001123456702",
      "PL61109010140000071219812874",
      "PS92PALS000000000400123456702",
      "PT50000201231234567890154",
      "QA58DOHB00001234567890ABCDEFG",
      "RO49AAAA1B31007593840000",
      "RS35260005601001611379",
      "SA0380000000608010167519",
      "SE4550000000058398257466",
      "SI56191000000123438",
      "SK3112000000198742637541",
      "SM86U0322509800000000270100",
      "TN5910006035183598478831",
      "TR330006100519786457841326",
      "VG96VPVG0000012345678901",
      "XK051212012345678906",
  };
  for (std::string_view iban : examples) {
    EXPECT_TRUE(IbanValid(iban)) << iban;
    std::string wrong(iban);
    wrong[3] = wrong[3] == '9' ? '0' : static_cast<char>(wrong[3] + 1);
    EXPECT_FALSE(IbanValid(wrong)) << wrong;
  }
  std::printf("%zu registry examples\n", std::size(examples));
}

TEST(Iban, WrongLengthStructureOrCountryIsRefused) {
  // python-stdnum, tests/test_iban.doctest: right remainder, wrong length or character class.
  for (std::string_view iban :
       {"AD480001203020035910 01", "AD4800012030200359100 1", "AT93190430023457320199", "BE3653900754703412 34",
        "BG93BNBG96611A20345678", "GI22NW3K000000007099453", "NL5630030A17164300", "QQ9312345678", "XX431234", "", "SE",
        "se4550000000058398257466"}) {
    EXPECT_FALSE(IbanValid(iban)) << iban;
  }
}

TEST(NationalIds, TableIsSortedAndEveryExamplePasses) {
  std::string_view previous;
  for (const NationalIdType& type : NationalIdTypes()) {
    EXPECT_LT(previous, type.name);
    previous = type.name;
    EXPECT_EQ(FindNationalIdType(type.name), &type);
    EXPECT_TRUE(type.parse(type.example, kToday)) << type.name;
    EXPECT_FALSE(type.source.empty());
  }
  EXPECT_EQ(FindNationalIdType("se.nothing"), nullptr);
  std::printf("%zu types\n", NationalIdTypes().size());
}

TEST(NationalIds, CanonicalFormIsValidAndItsOwnCanonicalForm) {
  for (const NationalIdType& type : NationalIdTypes()) {
    const auto once = type.parse(type.example, kToday);
    ASSERT_TRUE(once) << type.name;
    const auto twice = type.parse(once->view(), kToday);
    ASSERT_TRUE(twice) << type.name;
    EXPECT_EQ(once->view(), twice->view()) << type.name;
  }
}

TEST(NationalIds, AWrongCheckDigitIsRefused) {
  for (const NationalIdType& type : NationalIdTypes()) {
    if (type.strength != IdStrength::kCheck) continue;
    const auto id = type.parse(type.example, kToday);
    ASSERT_TRUE(id);
    int accepted = 0;
    for (char c : std::string_view("0123456789ABCDEFGHJKLMNPRSTUVWXYZ")) {
      std::string other(id->view());
      other.back() = c;
      if (type.parse(other, kToday)) ++accepted;
    }
    EXPECT_EQ(accepted, 1) << type.name;
  }
}

TEST(NationalIds, PublishedNumbersAndNearMisses) {
  // Valid and invalid pairs of python-stdnum's module documentation, unless said otherwise.
  struct Case {
    std::string_view type, good, bad;
  };
  const Case cases[] = {
      {"au.abn", "51824753556", "99 999 999 999"},
      {"au.tfn", "123456782", "999 999 999"},
      {"be.nn", "17 07 30 033 84", "12345678901"},
      {"br.cpf", "39053344705", "231.002.999-00"},
      {"br.cpf", "390.533.447-05", "111.111.111-11"},
      {"ca.sin", "123456782", "823456785"},
      {"ca.sin", "123 456 782", "999-999-999"},
      {"ch.ssn", "7569217076985", "756.9217.0769.84"},
      {"ch.ssn", "756.9217.0769.85", "123.4567.8910.19"},
      {"cn.ric", "360426199101010071", "360426199101010072"},
      {"cn.ric", "11010519491231002X", "110105194912310021"},  // GB 11643-1999, its own example
      {"cn.ric", "440524188001010014", "440524188002300014"},  // the same standard; a 30th of February
      {"cn.uscc", "91110000600037341L", "A1110000600037341L"},
      {"de.idnr", "36574261809", "36574261890"},
      {"de.idnr", "36 574 261 809", "36554266806"},
      {"dk.cpr", "2110625629", "511062-5629"},
      {"es.dni", "54362315K", "54362315Z"},
      {"es.nie", "x2482300w", "x-2482300a"},
      {"fi.hetu", "131052-308T", "131052-308U"},
      {"fi.hetu", "131052-308t", "310252-308Y"},
      {"fr.nir", "295109912611193", "295109912611199"},
      {"fr.nir", "253072B07300470", "253072C07300443"},
      {"fr.nir", "253072A07300443", "6546546546546703"},
      {"gb.nhs", "943-476-5870", "9434765871"},
      {"gb.nhs", "9434765919", "9434765910"},
      {"gb.nino", "AB123456C", "QQ123456C"},
      {"gb.nino", "ab123456c", "AB123456E"},
      {"gb.utr", "32824 97350", "2282497350"},
      {"in.aadhaar", "234123412346", "123412341234"},
      {"in.aadhaar", "2341 2341 2346", "222222222222"},
      {"in.pan", "AAPPV8261K", "ABMXA3211G"},
      {"it.codicefiscale", "CNTCHR83T41D969D", "RCCMNL83S18D969A"},
      {"jp.in", "621498320257", "6214 9832 0258"},
      {"kr.rrn", "9710139019902", "971013-9019903"},
      {"nl.bsn", "111222333", "1112.52.333"},
      {"no.fodselsnummer", "15108695088", "15108695077"},
      {"pl.pesel", "02211307589", "02381307589"},
      {"pl.pesel", "44051401359", "44051401358"},
      {"pt.nif", "501964843", "501 964 842"},
      {"se.orgnr", "5560360793", "5560360794"},
      {"tr.tckimlik", "17291716060", "17291716050"},
      {"tr.tckimlik", "17291716060", "07291716092"},
      {"us.ein", "042103594", "07-1144442"},
      {"us.itin", "912903456", "912-93-4567"},
      {"us.rtn", "111000025", "112000025"},
      {"us.ssn", "536904399", "1112-23333"},
      {"za.idnr", "750330 5044 08 9", "8503305044089"},
  };
  for (const Case& c : cases) {
    EXPECT_TRUE(Valid(c.type, c.good)) << c.type << " " << c.good;
    EXPECT_FALSE(Valid(c.type, c.bad)) << c.type << " " << c.bad;
  }
  std::printf("%zu pairs\n", std::size(cases));
}

TEST(UsSsn, AreasGroupsAndSerialsNeverGivenAreRefused) {
  EXPECT_TRUE(Valid("us.ssn", "665-01-0001"));
  for (std::string_view text : {"000-12-3456", "666-12-3456", "900-12-3456", "999-12-3456", "123-00-4567",
                                "123-45-0000", "078-05-1120", "123-456789", "12345678", "1234567890", "123 45-678"}) {
    EXPECT_FALSE(Valid("us.ssn", text)) << text;
  }
}

TEST(SePersonnummer, TheCenturyIsWrittenOut) {
  EXPECT_EQ(Canonical("se.personnummer", "090527+1474"), "190905271474");
  EXPECT_EQ(Canonical("se.personnummer", "19090527-1474"), "190905271474");
  EXPECT_EQ(Canonical("se.personnummer", "000229-2399"), "200002292399");
  EXPECT_EQ(Canonical("se.personnummer", "701063-2391"), "197010632391");  // coordination number
  EXPECT_FALSE(Valid("se.personnummer", "701093-2391"));                   // the 33rd of October
  EXPECT_FALSE(Valid("se.personnummer", "010229-2398"));                   // no such day
  EXPECT_FALSE(Valid("se.personnummer", "1909 05271474"));
}

TEST(SePersonnummer, SeparatorsOfWordProcessorsAreRead) {
  EXPECT_TRUE(Valid("se.personnummer",
                    "19090527\xE2\x80\x93"
                    "1474"));  // en dash
}

TEST(NationalIds, NonsenseIsRefusedWithoutHarm) {
  for (const NationalIdType& type : NationalIdTypes()) {
    for (std::string_view text :
         {"", "-", "?", "d", "dddddddddd", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "          "}) {
      EXPECT_FALSE(type.parse(text, kToday)) << type.name;
    }
    EXPECT_FALSE(type.parse(std::string(1000, '1'), kToday));
  }
}

TEST(CivilDates, DaysOfTheEpochAndLeapYears) {
  EXPECT_EQ(CivilDateOf(0), (CivilDate{1970, 1, 1}));
  EXPECT_EQ(CivilDateOf(-1), (CivilDate{1969, 12, 31}));
  EXPECT_EQ(CivilDateOf(951'782'400'000), (CivilDate{2000, 2, 29}));
  EXPECT_EQ(CivilDateOf(1'767'225'600'000), (CivilDate{2026, 1, 1}));
  EXPECT_TRUE(IsRealDate({2000, 2, 29}));
  EXPECT_FALSE(IsRealDate({1900, 2, 29}));
  EXPECT_FALSE(IsRealDate({2026, 13, 1}));
}

// The Swedish tax agency's test numbers, when they lie beside the project.
class PersonnummerMeta : public testing::Test {
 protected:
  static std::string Read(const std::string& file) {
    std::ifstream in(std::string(STRONGROOM_SOURCE_DIR "/../shared/pii/personnummer-meta/") + file);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  static std::vector<std::string> Strings(const std::string& json) {
    std::vector<std::string> found;
    static const std::regex kString("\"([^\"]*)\"");
    for (std::sregex_iterator it(json.begin(), json.end(), kString), end; it != end; ++it) found.push_back((*it)[1]);
    return found;
  }
};

TEST_F(PersonnummerMeta, AllTestNumbersAreValid) {
  for (const char* file : {"allPins.json", "allCoords.json"}) {
    const auto numbers = Strings(Read(file));
    if (numbers.empty()) GTEST_SKIP() << "no " << file;
    size_t valid = 0;
    size_t changed_valid = 0;
    for (std::string number : numbers) {
      if (Canonical("se.personnummer", number) == number) ++valid;
      number.back() = number.back() == '9' ? '0' : static_cast<char>(number.back() + 1);
      if (Valid("se.personnummer", number)) ++changed_valid;
    }
    std::printf("%s: %zu of %zu valid; with the last digit changed %zu\n", file, valid, numbers.size(), changed_valid);
    EXPECT_EQ(valid, numbers.size()) << file;
    EXPECT_EQ(changed_valid, 0u) << file;
  }
}

TEST_F(PersonnummerMeta, ListsAgreeWithOurAnswer) {
  static const std::regex kWritten("\"(long_format|short_format|separated_format|separated_long)\": *\"([^\"]*)\"");
  size_t checked = 0;
  for (const char* file : {"list.json", "orgnumber.json"}) {
    const std::string text = Read(file);
    if (text.empty()) GTEST_SKIP() << "no " << file;
    static const std::regex kObject("\\{[^{}]*\\}");
    for (std::sregex_iterator it(text.begin(), text.end(), kObject), end; it != end; ++it) {
      const std::string object = it->str();
      const bool expected = object.find("\"valid\": true") != std::string::npos;
      for (std::sregex_iterator f(object.begin(), object.end(), kWritten), f_end; f != f_end; ++f) {
        EXPECT_EQ(Valid("se.personnummer", (*f)[2].str()), expected) << file << " " << (*f)[2];
        ++checked;
      }
    }
  }
  const std::string structured = Read("structured.json");
  static const std::regex kList("\"(valid|invalid)\": *\\[([^\\]]*)\\]");
  for (std::sregex_iterator it(structured.begin(), structured.end(), kList), end; it != end; ++it) {
    for (const std::string& number : Strings((*it)[2])) {
      EXPECT_EQ(Valid("se.personnummer", number), (*it)[1] == "valid") << number;
      ++checked;
    }
  }
  // Interim numbers are another thing: none is a personal number.
  size_t interim = 0;
  const std::string interim_text = Read("interim.json");
  for (std::sregex_iterator f(interim_text.begin(), interim_text.end(), kWritten), f_end; f != f_end; ++f) {
    const std::string text = (*f)[2];
    EXPECT_FALSE(Valid("se.personnummer", text)) << text;
    ++interim;
  }
  std::printf("%zu written forms agree; %zu strings of interim numbers refused\n", checked, interim);
}

}  // namespace
}  // namespace strongroom::detect
