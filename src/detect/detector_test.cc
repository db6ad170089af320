#include "detect/detector.h"

#include <gtest/gtest.h>

#include <string>

#include "detect/blocks.h"
#include "detect/testing/dice.h"
#include "detect/testing/stream.h"

namespace strongroom::detect {
namespace {

constexpr CivilDate kToday{2026, 11, 1};

DetectorOptions Options() {
  DetectorOptions options;
  options.today = kToday;
  return options;
}

std::vector<Finding> Find(std::string_view text, std::string_view heading = "", DetectorOptions options = Options()) {
  const Detector detector(options);
  std::vector<Finding> findings;
  detector.Find(text, heading, findings);
  return findings;
}

// "PHONE 0701740605 | ..." of all that is found.
std::string Shown(std::string_view text, std::string_view heading = "", DetectorOptions options = Options()) {
  std::string shown;
  for (const Finding& finding : Find(text, heading, options)) {
    if (!shown.empty()) shown += " | ";
    shown +=
        std::string(NameOf(finding.kind)) + " " + std::string(text.substr(finding.begin, finding.end - finding.begin));
  }
  return shown;
}

TEST(Detector, AHeadingIsContext) {
  EXPECT_EQ(Shown("536904399"), "");
  EXPECT_EQ(Shown("536904399", "SSN"), "US_SSN 536904399");
  EXPECT_EQ(Shown("536904399", "customer.socialSecurityNumber"), "US_SSN 536904399");
  EXPECT_EQ(Shown("111222333", "bsn"), "NATIONAL_ID 111222333");
  EXPECT_EQ(Shown("785 8949", "customer_phone"), "PHONE 785 8949");
  EXPECT_EQ(Shown("1987-03-05", "Födelsedatum"), "DATE_OF_BIRTH 1987-03-05");
  EXPECT_EQ(Shown("19870305", "出生日期"), "DATE_OF_BIRTH 19870305");
  EXPECT_EQ(Shown("hon är född 870305 i"), "DATE_OF_BIRTH 870305");
  EXPECT_EQ(Shown("34", "Age"), "AGE 34");
  EXPECT_EQ(Shown("34", "Page"), "");
  EXPECT_EQ(Shown("5560360793", "Org.nr"), "NATIONAL_ID 5560360793");
  EXPECT_EQ(Shown("7569217076985", "AHV-Nummer"), "NATIONAL_ID 7569217076985");
  EXPECT_EQ(Shown("A56319335", "Driver's license"), "NATIONAL_ID A56319335");
}

TEST(Detector, NamesTheNationalNumberInTheSubtype) {
  const std::vector<Finding> findings = Find("personnummer 811218-9876, SSN 536-90-4399, card 4111111111111111");
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_EQ(findings[0].subtype, "se.personnummer");
  EXPECT_EQ(findings[1].subtype, "us.ssn");
  EXPECT_EQ(findings[2].subtype, "visa");
  EXPECT_EQ(findings[2].rule, "card");
}

TEST(Detector, AWordForIdentityIsEnoughForAStrongCheckDigit) {
  EXPECT_EQ(Shown("order 44051401359"), "");
  EXPECT_EQ(Shown("national ID: 44051401359"), "NATIONAL_ID 44051401359");
  EXPECT_EQ(Shown("identity number 17291716060"), "NATIONAL_ID 17291716060");
  EXPECT_EQ(Shown("id number 39053344705"), "NATIONAL_ID 39053344705");
  EXPECT_EQ(Shown("id number 111222333"), "");  // one number in eleven would pass for Dutch
}

TEST(Detector, FindsOnlyTheKindsAskedFor) {
  constexpr std::string_view kText = "card 4111111111111111, mail anna@example.com, call 070-174 06 05";
  EXPECT_EQ(Shown(kText), "CREDIT_CARD 4111111111111111 | EMAIL anna@example.com | PHONE 070-174 06 05");
  DetectorOptions options = Options();
  options.kinds = KindSet();
  options.kinds.Add(Kind::kEmail);
  EXPECT_EQ(Shown(kText, "", options), "EMAIL anna@example.com");
  options.kinds = KindSet();
  EXPECT_EQ(Shown(kText, "", options), "");
}

TEST(Detector, MarksOfRedactionAreNoContext) {
  EXPECT_EQ(Shown("SSN 536904399"), "US_SSN 536904399");
  EXPECT_EQ(Shown("[US_SSN] 536904399"), "");
  EXPECT_EQ(Shown("[PHONE], 785 8949"), "");
}

TEST(Detector, LeavesOutWhatIsTooUnsure) {
  DetectorOptions options = Options();
  EXPECT_EQ(Shown("nr 785 8949", "", options), "");
  options.min_score = 0.3F;
  EXPECT_EQ(Shown("nr 785 8949", "", options), "PHONE 785 8949");
  options.min_score = 0.99F;
  EXPECT_EQ(Shown("SSN 536-90-4399", "", options), "");
}

TEST(Detector, ReadsNumbersAsTheyAreDisguised) {
  for (const char* text : {
           "卡号4111111111111111，",
           "卡号４１１１１１１１１１１１１１１１。",
           "card 4111\u00a01111\u00a01111\u00a01111",
           "card 4111\u20091111\u200a1111\u20021111",
           "card 4111\u30001111\u30001111\u30001111",
           "card 4111‐1111‑1111–1111",
           "card 4111—1111−1111－1111",
           "card 4111_1111_1111_1111",
           "card_4111111111111111_end",
           "card 4111 1111\n1111 1111",
           "card 4111 1111\r\n    1111 1111",
           "card 41111111\n11111111",
           "card 4111-1111-\n1111-1111",
           "card=4111%201111%201111%201111&x=1",
           "card=4111%2D1111%2D1111%2D1111",
           "?q=%204111111111111111",
           "card 4111\u00ad1111\u00ad1111\u00ad1111",
           "card 4\u200b1\u200c1\u200d1\ufeff111111111111",
           "{\"card\":\"4111111111111111\"}",
           "x\\n4111111111111111\\n",
           "<td>4111111111111111</td>",
           "(4111111111111111)",
           "card:4111111111111111.",
           "1,4111111111111111,2",
           "card#4111111111111111",
       }) {
    const std::vector<Finding> findings = Find(text);
    ASSERT_EQ(findings.size(), 1U) << text << " gives " << Shown(text);
    EXPECT_EQ(findings[0].kind, Kind::kCreditCard) << text;
  }
  EXPECT_EQ(Shown("身份证号11010519491231002X，"), "NATIONAL_ID 11010519491231002X");
  EXPECT_EQ(Shown("pnr 19811218‑9876"), "NATIONAL_ID 19811218‑9876");
  EXPECT_EQ(Shown("pnr 811218\u00ad9876"), "NATIONAL_ID 811218\u00ad9876");
  EXPECT_EQ(Shown("SSN 536\u201390\u20134399"), "US_SSN 536\u201390\u20134399");
  EXPECT_EQ(Shown("手机：１３９１２３４５６７８"), "PHONE １３９１２３４５６７８");
  EXPECT_EQ(Shown("anna\u00ad.berg@exam\u200bple.com x"), "EMAIL anna\u00ad.berg@exam\u200bple.com");
}

TEST(Detector, TheWholeAddressAndNoUrlInsideIt) {
  EXPECT_EQ(Shown("anna@www.example.com"), "EMAIL anna@www.example.com");
  EXPECT_EQ(Shown("mailto:anna@example.com?subject=x"), "EMAIL anna@example.com");
  EXPECT_EQ(Shown("Kontakt:anna.åberg@exämple.se."), "EMAIL anna.åberg@exämple.se");
  EXPECT_EQ(Shown("邮箱张伟@例子.公司，"), "EMAIL 张伟@例子.公司");
  EXPECT_EQ(Shown("邮箱zhangwei@example.cn，电话"), "EMAIL zhangwei@example.cn");
  EXPECT_EQ(Shown("почта иван@пример.рф"), "EMAIL иван@пример.рф");
  EXPECT_EQ(Shown("https://example.com/?mail=anna@example.com"), "URL https://example.com/?mail=anna@example.com");
  EXPECT_EQ(Shown("john.smith123@mail.example.org"), "EMAIL john.smith123@mail.example.org");
}

TEST(Detector, SecretsByTheirShape) {
  // Put together here, so that no scanner of repositories takes them for real.
  const std::string aws = std::string("AK") + "IAIOSFODNN7EXAMPLE";
  const std::string github = std::string("ghp") + "_" + std::string(16, 'a') + "0123456789" + std::string(10, 'Z');
  const std::string stripe = std::string("sk") + "_live_" + "4eC39HqLyjWDarjtT1zdp7dc";
  const std::string slack = std::string("xo") + "xb-123456789012-abcdefABCDEF";
  const std::string google = std::string("AI") + "za" + "SyA1234567890abcdefghijklmnopqrstuv";
  const std::string jwt = std::string("ey") + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4fwpMeJ";
  for (const std::string& key : {aws, github, stripe, slack, google, jwt}) {
    for (const std::string& text : {key, "key " + key + " end", "\"" + key + "\"", "钥" + key + "，"}) {
      EXPECT_EQ(Shown(text), "SECRET " + key) << text;
    }
  }
  const std::string pem = std::string("-----BEGIN RSA PRIV") +
                          "ATE KEY-----\nMIIEpAIBAAKCAQEA7bq\n0123+/=\n-----END RSA PRIV" + "ATE KEY-----";
  EXPECT_EQ(Shown("a\n" + pem + "\nb 4111111111111111"), "SECRET " + pem + " | CREDIT_CARD 4111111111111111");
  EXPECT_EQ(Shown("x-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"), "");
  EXPECT_EQ(Shown("DB_PASSWORD=correct-horse"), "SECRET correct-horse");
  EXPECT_EQ(Shown("{\"clientSecret\": \"a8f-99x\"}"), "SECRET a8f-99x");
  EXPECT_EQ(Shown("password: Tr0ub4dor&3"), "SECRET Tr0ub4dor&3");
}

// Finds each "Anna" as a person, and what it is told to as an address.
class Names : public Finder {
 public:
  void Find(std::string_view text, std::string_view, std::vector<Finding>& findings) const override {
    ++asked;
    findings.clear();
    for (size_t at = text.find("Anna"); at != std::string_view::npos; at = text.find("Anna", at + 1)) {
      findings.push_back({at, at + 4, Kind::kPerson, 0.8F, "", "names/test"});
    }
    const size_t street = text.find("Main St 07012345");
    if (street != std::string_view::npos)
      findings.push_back({street, street + 16, Kind::kStreetAddress, 0.9F, "", "names/test"});
  }
  KindSet kinds() const override {
    KindSet kinds;
    kinds.Add(Kind::kPerson);
    kinds.Add(Kind::kStreetAddress);
    return kinds;
  }
  mutable int asked = 0;
};

TEST(Detector, JoinsNamesToNumbers) {
  const Names names;
  DetectorOptions options = Options();
  options.names = &names;
  EXPECT_EQ(Shown("Anna 536-90-4399 Anna", "", options), "PERSON Anna | US_SSN 536-90-4399 | PERSON Anna");
  EXPECT_EQ(Shown("Anna@example.com", "", options), "EMAIL Anna@example.com");  // the higher score
  EXPECT_EQ(Shown("call Main St 07012345", "", options), "STREET_ADDRESS Main St 07012345");
  options.kinds.Remove(Kind::kPerson);
  EXPECT_EQ(Shown("Anna 536-90-4399", "", options), "US_SSN 536-90-4399");
}

TEST(Detector, DoesNotLookForNamesThatNobodyWants) {
  const Names names;
  DetectorOptions options = Options();
  options.names = &names;
  options.kinds.Remove(Kind::kPerson);
  Shown("Anna", "", options);
  EXPECT_EQ(names.asked, 1);  // for addresses
  options.kinds.Remove(Kind::kStreetAddress);
  Shown("Anna", "", options);
  EXPECT_EQ(names.asked, 1);
}

TEST(Detector, OrdinaryNumbersAreNobodys) {
  for (const char* text : {"In 2019 we sold 1,234,567 units for $12,345,678.90.",
                           "version 1.2.3.4.5 of 10.15",
                           "page 12-14, 3/4 cup",
                           "ISBN 978-3-16-148410-0",
                           "order 20240101-12",
                           "0x7fffffffffff",
                           "11 16 13 65 4a 7f 00 12",
                           "0.0505 364.1177 -12.5000",
                           "3.14159265358979",
                           "12:30-14:45",
                           "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                           "100 000 kr",
                           "1 234 567 kronor",
                           "id 550e8400-e29b-41d4-a716-446655440000",
                           "42",
                           "50%",
                           "1990-2000",
                           "a1b2c3",
                           "x=1234567890123",
                           "https",
                           "std::string::npos",
                           "12 angry men",
                           "1984",
                           "call note 12:42:55",
                           "ISBN 978-91-7503-123-4",
                           "order 870305",
                           "ratio 16:9",
                           "10 000 – 20 000"}) {
    EXPECT_EQ(Shown(text), "") << text;
  }
}

// --- What holds for any text -----------------------------------------------------------------------------------------

std::string Mixture(uint64_t seed, size_t pieces) {
  static constexpr std::string_view kPieces[] = {"4111 1111 1111 1111",
                                                 "SSN 536-90-4399",
                                                 "anna@example.com",
                                                 "身份证号11010519491231002X，",
                                                 "070-174 06 05",
                                                 "\n",
                                                 " ",
                                                 ",",
                                                 "5 March 1987",
                                                 "2026-03-12T09:10:11Z",
                                                 "https://example.com/x",
                                                 "192.0.2.7",
                                                 "2001:db8::1",
                                                 "password=hunter22",
                                                 "born ",
                                                 "SE4550000000058398257466",
                                                 "\xff",
                                                 "\xe5",
                                                 "é",
                                                 "％",
                                                 "%20",
                                                 "\u200b",
                                                 "\u00ad",
                                                 "1",
                                                 "23",
                                                 "4567",
                                                 "-",
                                                 ".",
                                                 "(",
                                                 ")",
                                                 "+",
                                                 "@",
                                                 "::",
                                                 "=",
                                                 "AKIA",
                                                 "ey",
                                                 "J",
                                                 "-----BEGIN PRIVATE KEY-----",
                                                 "-----END PRIVATE KEY-----",
                                                 "word ",
                                                 "系统",
                                                 "０１２３",
                                                 "\"",
                                                 "age 34 "};
  Dice dice(seed);
  std::string text;
  for (size_t i = 0; i < pieces; ++i) text += kPieces[dice.Below(std::size(kPieces))];
  return text;
}

bool InsideSequence(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

void ExpectWellFormed(std::string_view text, const std::vector<Finding>& findings) {
  size_t end = 0;
  for (const Finding& finding : findings) {
    EXPECT_GE(finding.begin, end);
    EXPECT_LT(finding.begin, finding.end);
    EXPECT_LE(finding.end, text.size());
    EXPECT_GT(finding.score, 0);
    EXPECT_LE(finding.score, 1);
    EXPECT_FALSE(finding.rule.empty());
    end = finding.end;
  }
}

TEST(DetectorProperties, AnyBytesGiveWellFormedFindings) {
  const Detector detector(Options());
  std::vector<Finding> findings;
  size_t found = 0;
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    const std::string text = Mixture(seed, 60);
    detector.Find(text, "", findings);
    ExpectWellFormed(text, findings);
    found += findings.size();
    Dice dice(seed);
    std::string noise;
    for (int i = 0; i < 400; ++i) noise += static_cast<char>(dice.Below(256));
    detector.Find(noise, noise, findings);
    ExpectWellFormed(noise, findings);
  }
  EXPECT_GT(found, 10'000U);
}

TEST(DetectorProperties, NoFindingCutsACharacter) {
  const Detector detector(Options());
  std::vector<Finding> findings;
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    std::string text = Mixture(seed, 60);
    for (char& c : text) {
      if (c == '\xff' || c == '\xe5') c = '.';
    }
    std::string valid;
    for (size_t at = 0; at < text.size(); ++at) {
      // A '.' put in place of the lead byte of a character leaves its tail, which goes.
      if (InsideSequence(text, at) && (at == 0 || static_cast<unsigned char>(text[at - 1]) < 0x80)) continue;
      valid += text[at];
    }
    detector.Find(valid, "", findings);
    for (const Finding& finding : findings) {
      EXPECT_FALSE(InsideSequence(valid, finding.begin) &&
                   static_cast<unsigned char>(valid[finding.begin - 1]) >= 0xC2);
      EXPECT_FALSE(InsideSequence(valid, finding.end) && static_cast<unsigned char>(valid[finding.end - 1]) >= 0xC2);
    }
  }
}

constexpr BlockLimits kStream{.soft = 2000, .hard = 6000, .before = 200, .after = 600};

TEST(DetectorProperties, AnySplitOfAStreamGivesTheSameFindings) {
  const Detector detector(Options());
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const std::string text = Mixture(seed, 4000);
    const std::vector<Finding> whole = FindInStream(text, text.size(), detector, kStream);
    EXPECT_GT(whole.size(), 300U);
    ExpectWellFormed(text, whole);
    for (size_t piece : {1, 13, 1000, 4096}) {
      const std::vector<Finding> parts = FindInStream(text, piece, detector, kStream);
      ASSERT_EQ(parts.size(), whole.size());
      for (size_t i = 0; i < parts.size(); ++i) {
        EXPECT_EQ(parts[i].begin, whole[i].begin);
        EXPECT_EQ(parts[i].end, whole[i].end);
        EXPECT_EQ(parts[i].kind, whole[i].kind);
      }
    }
  }
}

TEST(DetectorProperties, BlocksFindWhatTheWholeTextHolds) {
  const Detector detector(Options());
  std::string text;
  for (int i = 0; i < 3000; ++i)
    text += "Customer " + std::to_string(i) + " paid with 4111 1111\n1111 1111 and left.\n";
  std::vector<Finding> whole;
  detector.Find(text, "", whole);
  ASSERT_EQ(whole.size(), 3000U);
  const std::vector<Finding> blocks = FindInStream(text, 777, detector, kStream);
  ASSERT_EQ(blocks.size(), whole.size());
  for (size_t i = 0; i < whole.size(); ++i) EXPECT_EQ(blocks[i].begin, whole[i].begin);
}

TEST(DetectorProperties, TimeIsLinearInTheWorstTexts) {
  const Detector detector(Options());
  std::vector<Finding> findings;
  for (std::string_view piece : {"1",
                                 "1 ",
                                 "1-",
                                 "12:",
                                 "@",
                                 "a@",
                                 "a@b.",
                                 "=",
                                 "password=",
                                 "eyJ",
                                 "eyJ.",
                                 "-",
                                 "-----BEGIN PRIVATE KEY-----",
                                 "www.",
                                 "a://",
                                 "AKIA1",
                                 "a1_",
                                 "1.1.",
                                 "%20",
                                 "%40",
                                 "１",
                                 "\u200b1",
                                 "4111 ",
                                 "GB29 ",
                                 "(1",
                                 "+1 ",
                                 "a.b@c.d@",
                                 "::1",
                                 "AB 1",
                                 "1/1/",
                                 "9月",
                                 "http://a(",
                                 "\xef\xbc",
                                 "1x1x",
                                 "4111111111111111 "}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    // A quadratic step takes hours: the run's own limit ends it.
    detector.Find(text, "", findings);
  }
}

}  // namespace
}  // namespace strongroom::detect
