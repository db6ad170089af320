// scan as a person types it.  The numbers are published test numbers.
#include <gmock/gmock.h>

#include "base/json.h"
#include "base/testing/small_pdf.h"
#include "cli/testing/fake_world.h"

namespace strongroom {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kText = "Card 4111 1111 1111 1111 for anna.lind@firma.se\n";
constexpr std::string_view kCatalogue =
    R"({"fields":[{"name":"email","type":"email"},{"name":"card","type":"card"}],"collection_points":[]})";

class ScanCli : public CliTest {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(InDirectory("in"));
    WriteFile("in/customers.csv", "email,colour\nanna.lind@firma.se,red\nbo.ek@firma.se,blue\neva.al@firma.se,red\n");
    WriteFile("in/notes.txt", std::string(kText));
  }
  std::string In() const { return InDirectory("in"); }
};

TEST_F(ScanCli, SaysWhereAndHowMuchAndNeverWhat) {
  ASSERT_EQ(Run({"scan", In()}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, HasSubstr("customers.csv: email: EMAIL in 100 % of 3 cells"));
  EXPECT_THAT(terminal_.out, HasSubstr("notes.txt: CREDIT_CARD"));
  EXPECT_THAT(terminal_.out, Not(HasSubstr("colour")));
  for (const char* value : {"anna", "4111", "bo.ek"}) EXPECT_THAT(terminal_.out, Not(HasSubstr(value)));
  EXPECT_THAT(terminal_.err, HasSubstr("2 items read"));
}

TEST_F(ScanCli, ReportsAreJsonAndAPage) {
  ASSERT_EQ(Run({"scan", "--report", InDirectory("r.json"), "--html", InDirectory("r.html"), "--quiet", In()}), 0);
  EXPECT_EQ(terminal_.out, "");
  ASSERT_TRUE(JsonDocument::ParseObject(ReadBack(InDirectory("r.json"))).ok());
  EXPECT_THAT(ReadBack(InDirectory("r.html")), HasSubstr("customers.csv"));
  ASSERT_EQ(Run({"scan", "--json", In()}), 0);
  EXPECT_THAT(terminal_.out, HasSubstr("\"format\":\"strongroom-scan-1\""));
}

TEST_F(ScanCli, ACatalogueThatDoesNotKnowFailsWhenAsked) {
  const std::string catalogue = WriteFile("catalogue.json", std::string(kCatalogue));
  EXPECT_EQ(Run({"scan", "--catalogue", catalogue, "--fail-on-unknown", In()}), 7);
  EXPECT_THAT(terminal_.out, HasSubstr("The catalogue does not know:"));
  EXPECT_THAT(terminal_.out, HasSubstr("(the catalogue holds this kind as card)"));
  // Control: what it knows is no failure.
  std::filesystem::remove(InDirectory("in/notes.txt"));
  EXPECT_EQ(Run({"scan", "--catalogue", catalogue, "--fail-on-unknown", In()}), 0) << terminal_.out;
  EXPECT_EQ(Run({"scan", "--fail-on-unknown", In()}), 1);
}

TEST_F(ScanCli, TheVaultIsAskedForItsCatalogue) {
  server_.On("GET /v1/catalogue", std::string(kCatalogue));
  ASSERT_EQ(Run({"scan", "--vault", In()}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, HasSubstr("The catalogue knows:"));
  EXPECT_EQ(server_.calls.size(), 1U);
  server_.On("GET /v1/catalogue", Status(Reason::kDenied));
  EXPECT_EQ(Run({"scan", "--vault", In()}), 4);
}

TEST_F(ScanCli, WhatIsNewSinceAReportIsSaid) {
  const std::string before = InDirectory("before.json");
  ASSERT_EQ(Run({"scan", "--report", before, In()}), 0);
  EXPECT_EQ(Run({"scan", "--since", before, "--fail-on-new", In()}), 0) << terminal_.out;
  EXPECT_THAT(terminal_.out, Not(HasSubstr("NEW")));
  WriteFile("in/more.txt", std::string(kText));
  EXPECT_EQ(Run({"scan", "--since", before, "--fail-on-new", In()}), 7);
  EXPECT_THAT(terminal_.out, HasSubstr("NEW"));
}

TEST_F(ScanCli, AStateSparesWhatDidNotChange) {
  const std::string state = InDirectory("scan.state");
  ASSERT_EQ(Run({"scan", "--state", state, In()}), 0) << terminal_.err;
  const std::string first = terminal_.out;
  ASSERT_EQ(Run({"scan", "--state", state, In()}), 0) << terminal_.err;
  EXPECT_EQ(terminal_.out, first);
  EXPECT_THAT(terminal_.err, HasSubstr("2 items unchanged"));
  // Other options ask another question.
  ASSERT_EQ(Run({"scan", "--state", state, "--kinds", "EMAIL", In()}), 0);
  EXPECT_THAT(terminal_.err, HasSubstr("2 items read"));
  EXPECT_THAT(terminal_.out, Not(HasSubstr("CREDIT_CARD")));
  EXPECT_EQ(Run({"scan", "--state", WriteFile("no.state", "x"), In()}), 1);
}

TEST_F(ScanCli, APlaceThatIsNotThereFailsAndTheOthersAreToldOf) {
  EXPECT_EQ(Run({"scan", InDirectory("none")}), 1);
  EXPECT_EQ(Run({"scan", In(), InDirectory("none")}), 1);
  EXPECT_THAT(terminal_.out, HasSubstr("customers.csv"));
  EXPECT_THAT(terminal_.out, HasSubstr("cannot be read"));
  EXPECT_EQ(Run({"scan"}), 1);
  EXPECT_EQ(Run({"scan", "https://www.example.com"}), 1);
  EXPECT_EQ(Run({"scan", In(), "postgresql://u:hunter2@127.0.0.1:1/x"}), 1);
  EXPECT_THAT(terminal_.out + terminal_.err, Not(HasSubstr("hunter2")));
}

TEST_F(ScanCli, ARecordingOfASiteIsLookedInto) {
  const std::string har = WriteFile(
      "site.har",
      R"({"log":{"entries":[{"request":{"method":"GET","url":"https://shop.example/?mail=anna.lind@firma.se","headers":[]},"response":{"status":200,"headers":[{"name":"Set-Cookie","value":"a=b"}],"content":{"mimeType":"text/html","text":"<form><input name=email type=email></form>"}}}]}})");
  const std::string catalogue = WriteFile("catalogue.json", std::string(kCatalogue));
  ASSERT_EQ(Run({"scan", "site", "--har", har, "--catalogue", catalogue}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, HasSubstr("https://shop.example: 1 page, 1 cookie"));
  EXPECT_THAT(terminal_.out, HasSubstr("form on /: email: EMAIL"));
  EXPECT_THAT(terminal_.out, Not(HasSubstr("anna")));
  EXPECT_EQ(Run({"scan", "site"}), 1);
}

TEST_F(ScanCli, LooksIntoPdf) {
  std::filesystem::remove(InDirectory("in/customers.csv"));
  std::filesystem::remove(InDirectory("in/notes.txt"));
  WriteFile("in/letter.pdf", SmallPdf({"Card 4111 1111 1111 1111"}));
  ASSERT_EQ(Run({"scan", "--no-pictures", In()}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, HasSubstr("letter.pdf: page 1: CREDIT_CARD"));
  EXPECT_THAT(terminal_.out, Not(HasSubstr("4111")));
}

}  // namespace
}  // namespace strongroom
