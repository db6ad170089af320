#include "factors/totp.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"
#include "factors/qr_code.h"

namespace strongroom {
namespace {

constexpr UnixMillis kNow = 1'767'225'605'000;  // five seconds into a step

SecretBytes RfcSecret() { return SecretBytes::CopyOf("12345678901234567890"); }

std::string Text(const SecretBytes& secret) { return std::string(ExposeSecret(secret)); }

// RFC 4226, appendix D.
TEST(Totp, GivesThePublishedHotpValues) {
  const char* published[] = {"755224", "287082", "359152", "969429", "338314",
                             "254676", "287922", "162583", "399871", "520489"};
  for (uint64_t counter = 0; counter < 10; ++counter) {
    EXPECT_EQ(internal::HotpCode(RfcSecret(), counter, 6), published[counter]) << counter;
  }
}

// RFC 6238, appendix B, the rows of SHA-1.
TEST(Totp, GivesThePublishedTotpValues) {
  const struct {
    int64_t seconds;
    const char* code;
  } rows[] = {{59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
              {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& row : rows) {
    const int64_t step = TotpStepAt(row.seconds * 1000);
    EXPECT_EQ(internal::HotpCode(RfcSecret(), static_cast<uint64_t>(step), 8), row.code);
    EXPECT_EQ(TotpCodeAt(RfcSecret(), step), std::string(row.code).substr(2));
  }
}

TEST(Totp, TakesTheNeighbouringStepsAndNoOthers) {
  const int64_t now_step = TotpStepAt(kNow);
  for (int64_t aside = -3; aside <= 3; ++aside) {
    const Result<int64_t> step = VerifyTotp(RfcSecret(), TotpCodeAt(RfcSecret(), now_step + aside), kNow, kNoTotpStep);
    if (aside >= -1 && aside <= 1) {
      ASSERT_TRUE(step.ok()) << aside;
      EXPECT_EQ(*step, now_step + aside);
    } else {
      EXPECT_EQ(step.reason(), Reason::kFactorRefused) << aside;
    }
  }
}

TEST(Totp, ACodeWorksOnceAndNoEarlierCodeWorksAfterIt) {
  const int64_t now_step = TotpStepAt(kNow);
  const std::string code = TotpCodeAt(RfcSecret(), now_step);
  const std::string earlier = TotpCodeAt(RfcSecret(), now_step - 1);
  // The control: without the step remembered, the same code works again.
  ASSERT_EQ(*VerifyTotp(RfcSecret(), code, kNow, kNoTotpStep), now_step);
  ASSERT_EQ(*VerifyTotp(RfcSecret(), code, kNow, kNoTotpStep), now_step);
  EXPECT_EQ(VerifyTotp(RfcSecret(), code, kNow, now_step).reason(), Reason::kFactorRefused);
  EXPECT_EQ(VerifyTotp(RfcSecret(), earlier, kNow, now_step).reason(), Reason::kFactorRefused);
  EXPECT_TRUE(VerifyTotp(RfcSecret(), TotpCodeAt(RfcSecret(), now_step + 1), kNow, now_step).ok());
}

TEST(Totp, RefusesWhatIsNotSixDigits) {
  const std::string code = TotpCodeAt(RfcSecret(), TotpStepAt(kNow));
  EXPECT_TRUE(VerifyTotp(RfcSecret(), code.substr(0, 3) + " " + code.substr(3), kNow, kNoTotpStep).ok()) << "control";
  for (const std::string& wrong : {std::string(), code.substr(1), code + "0", "x" + code.substr(1), "-" + code,
                                   code + std::string(1, '\0'), std::string(1'000'000, '1')}) {
    EXPECT_EQ(VerifyTotp(RfcSecret(), wrong, kNow, kNoTotpStep).reason(), Reason::kFactorRefused);
  }
  // One digit off, each in turn.
  for (size_t i = 0; i < code.size(); ++i) {
    std::string wrong = code;
    wrong[i] = static_cast<char>('0' + (wrong[i] - '0' + 1) % 10);
    EXPECT_FALSE(VerifyTotp(RfcSecret(), wrong, kNow, kNoTotpStep).ok());
  }
}

TEST(Totp, RefusesEveryCodeOfAnEmptySecret) {
  EXPECT_EQ(VerifyTotp(SecretBytes(), "000000", kNow, kNoTotpStep).reason(), Reason::kFactorRefused);
}

TEST(Totp, TheEpochHasNoStepBeforeIt) {
  EXPECT_TRUE(VerifyTotp(RfcSecret(), TotpCodeAt(RfcSecret(), 0), 0, kNoTotpStep).ok());
  EXPECT_FALSE(VerifyTotp(RfcSecret(), "000000", INT64_MIN, kNoTotpStep).ok());
}

// RFC 4648, 10, lengthened to what a secret must have.
TEST(TotpSecretText, IsBase32AndReadsBack) {
  EXPECT_EQ(Text(TotpSecretText(SecretBytes::CopyOf("foobar"))), "MZXW6YTBOI");
  EXPECT_EQ(Text(TotpSecretText(RfcSecret())), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  for (const char* spelling : {"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
                               "GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ"}) {
    const Result<SecretBytes> read = ParseTotpSecretText(spelling);
    ASSERT_TRUE(read.ok()) << spelling;
    EXPECT_EQ(Text(*read), "12345678901234567890");
  }
  SystemRandom random;
  for (size_t size = 14; size <= 64; ++size) {
    const SecretBytes secret = SecretBytes::Generate(size, random);
    const Result<SecretBytes> again = ParseTotpSecretText(Text(TotpSecretText(secret)));
    ASSERT_TRUE(again.ok()) << size;
    EXPECT_EQ(Text(*again), Text(secret));
  }
}

TEST(TotpSecretText, RefusesShortLongAndStray) {
  const std::string good = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  ASSERT_TRUE(ParseTotpSecretText(good).ok()) << "control";
  for (const std::string& bad :
       {std::string(), std::string("MZXW6YTBOI"), good + "A", good + "AB", good + "1", good + "=",
        good.substr(0, 31) + "0", std::string(104, 'A'), good.substr(0, 30) + "AB" + "AAB"}) {
    EXPECT_EQ(ParseTotpSecretText(bad).reason(), Reason::kInvalidArgument) << bad;
  }
}

TEST(TotpUri, CarriesIssuerAccountAndSecretEncoded) {
  const Result<SecretBytes> uri = TotpUri("Anderssons Blommor & Co", "åsa@example.com", RfcSecret());
  ASSERT_TRUE(uri.ok());
  EXPECT_EQ(
      Text(*uri),
      "otpauth://totp/Anderssons%20Blommor%20%26%20Co:%C3%A5sa%40example.com?secret="
      "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Anderssons%20Blommor%20%26%20Co&algorithm=SHA1&digits=6&period=30");
}

TEST(TotpUri, RefusesWhatAppsWouldMisread) {
  ASSERT_TRUE(TotpUri("a", "b", RfcSecret()).ok()) << "control";
  EXPECT_EQ(TotpUri("", "b", RfcSecret()).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(TotpUri("a", "", RfcSecret()).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(TotpUri("a:b", "c", RfcSecret()).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(TotpUri("a", "b:c", RfcSecret()).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(TotpUri("a", "\xff", RfcSecret()).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(TotpUri(std::string(65, 'a'), "b", RfcSecret()).reason(), Reason::kInvalidArgument);
}

// The dark modules of the SVG, as rows of '#' and '.', quiet zone left out.
std::vector<std::string> Modules(const std::string& svg) {
  const size_t side = std::stoul(svg.substr(svg.find("viewBox=\"0 0 ") + 13)) - 8;
  std::vector<std::string> rows(side, std::string(side, '.'));
  size_t at = svg.find("#000\" d=\"") + 9;
  while (svg[at] == 'M') {
    size_t used = 0;
    const size_t x = std::stoul(svg.substr(at + 1), &used);
    at += 2 + used;
    const size_t y = std::stoul(svg.substr(at), &used);
    at += used + 1;
    const size_t run = std::stoul(svg.substr(at), &used);
    for (size_t i = 0; i < run; ++i) rows[y - 4][x - 4 + i] = '#';
    at = svg.find('z', at) + 1;
  }
  return rows;
}

TEST(QrCode, HasTheThreeFindersAndTheTimingPattern) {
  const Result<SecretBytes> svg = QrCodeSvg(*TotpUri("Strongroom", "ada@example.com", RfcSecret()));
  ASSERT_TRUE(svg.ok());
  const std::vector<std::string> rows = Modules(Text(*svg));
  const size_t side = rows.size();
  ASSERT_GE(side, 21u);
  ASSERT_EQ(side % 4, 1u);
  // ISO/IEC 18004, 6.3.3: seven by seven, a frame and a block of three by three.
  const char* finder[] = {"#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"};
  for (size_t y = 0; y < 7; ++y) {
    EXPECT_EQ(rows[y].substr(0, 7), finder[y]);
    EXPECT_EQ(rows[y].substr(side - 7), finder[y]);
    EXPECT_EQ(rows[side - 7 + y].substr(0, 7), finder[y]);
  }
  for (size_t x = 8; x < side - 8; ++x) EXPECT_EQ(rows[6][x], x % 2 == 0 ? '#' : '.') << x;
}

TEST(QrCode, DiffersWithTheSecretAndRefusesWhatDoesNotFit) {
  const Result<SecretBytes> a = QrCodeSvg(SecretBytes::CopyOf("secret a")),
                            b = QrCodeSvg(SecretBytes::CopyOf("secret b"));
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_NE(Text(*a), Text(*b));
  EXPECT_EQ(Text(*a).find("secret"), std::string::npos);
  EXPECT_EQ(QrCodeSvg(SecretBytes()).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(QrCodeSvg(SecretBytes(1001)).reason(), Reason::kInvalidArgument);
  EXPECT_TRUE(QrCodeSvg(SecretBytes(1000)).ok());
}

}  // namespace
}  // namespace strongroom
