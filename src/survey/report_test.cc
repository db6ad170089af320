#include "survey/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"

namespace strongroom::survey {
namespace {

using detect::Kind;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kCatalogue =
    R"({"fields":[{"name":"email","type":"email","purposes":["x"]},{"name":"full_name","type":"person_name"},
        {"name":"last_ip","type":"text"}],"collection_points":[]})";

std::vector<CatalogueField> Catalogue() {
  const auto catalogue = ReadCatalogue(kCatalogue);
  EXPECT_TRUE(catalogue.ok());
  return catalogue.ok() ? *catalogue : std::vector<CatalogueField>();
}

TEST(CatalogueComparison, KnownStrayAndUnknownAreToldApart) {
  EXPECT_EQ(Compare(Catalogue(), Kind::kEmail, "email"), Known::kKnown);
  EXPECT_EQ(Compare(Catalogue(), Kind::kEmail, "customerEmail"), Known::kKnown);
  EXPECT_EQ(Compare(Catalogue(), Kind::kEmail, "e_post"), Known::kKnown);
  EXPECT_EQ(Compare(Catalogue(), Kind::kEmail, "notes"), Known::kStray);
  EXPECT_EQ(Compare(Catalogue(), Kind::kEmail, ""), Known::kStray);
  EXPECT_EQ(Compare(Catalogue(), Kind::kCreditCard, "card_number"), Known::kUnknown);
  EXPECT_EQ(Compare(Catalogue(), Kind::kIpAddress, "remote_addr"), Known::kKnown);
  EXPECT_EQ(Compare({}, Kind::kEmail, "email"), Known::kUnknown);
}

Report TestReport() {
  Report report;
  Place place;
  place.name = "db";
  place.kind = "database";
  Item item;
  item.name = "orders";
  item.what = "table";
  Field& notes = FieldOf(item, "notes <b>");
  notes.cells = notes.filled = 100;
  Holding& cards = HoldingOf(notes, Kind::kCreditCard, "visa");
  cards.finds = cards.cells = 12;
  AddSample(cards, "•••• 1111");
  Field& mail = FieldOf(item, "email");
  mail.cells = mail.filled = 100;
  HoldingOf(mail, Kind::kEmail, "").finds = 100;
  HoldingOf(mail, Kind::kPhone, "").doubtful = true;
  TakeItem(place, item);
  Item skipped;
  skipped.name = "photos";
  skipped.state = ItemState::kNotLookedInto;
  skipped.reason = "why";
  TakeItem(place, skipped);
  report.places.push_back(place);
  return report;
}

TEST(ScanReport, SaysWhatTheCatalogueDoesNotKnow) {
  Report report = TestReport();
  report.catalogue = Catalogue();
  const Totals totals = TotalsOf(report);
  EXPECT_EQ(totals.holdings, 2U);
  EXPECT_EQ(totals.doubtful, 1U);
  EXPECT_EQ(totals.not_known, 1U);
  const std::string text = ReportText(report);
  EXPECT_THAT(text, HasSubstr("The catalogue does not know:\n  db/orders: notes <b>: CREDIT_CARD visa in 12 % of 100"));
  EXPECT_THAT(text, HasSubstr("The catalogue knows:\n  db/orders: email: EMAIL"));
  // Control: a catalogue that has the field knows it.
  report.catalogue->push_back({"notes_b", "card"});
  EXPECT_EQ(TotalsOf(report).not_known, 0U);
}

TEST(ScanReport, IsJsonThatTellsWhatIsNew) {
  Report report = TestReport();
  const std::string json = ReportJson(report);
  ASSERT_TRUE(JsonDocument::ParseObject(json).ok()) << json;
  const auto keys = KeysOfReport(json);
  ASSERT_TRUE(keys.ok()) << keys.status().message();
  report.before = *keys;
  EXPECT_EQ(TotalsOf(report).fresh, 0U);
  HoldingOf(report.places[0].items[0].fields[0], Kind::kIban, "").finds = 1;
  EXPECT_EQ(TotalsOf(report).fresh, 1U);
  EXPECT_THAT(ReportJson(report), HasSubstr("\"new\":true"));
}

TEST(ScanReport, ThePageLoadsNothingAndRunsNothing) {
  Report report = TestReport();
  report.catalogue = Catalogue();
  const std::string page = ReportHtml(report);
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("notes &lt;b&gt;"));
  EXPECT_THAT(page, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(page, HasSubstr("<th scope=\"col\">"));
  for (const char* loads : {"<script", "src=", "href=", "url(", "<b>", "onload"})
    EXPECT_THAT(page, Not(HasSubstr(loads)));
}

TEST(ScanReport, SharesReadAsPeopleSayThem) {
  EXPECT_EQ(PercentText(0.12), "12 %");
  EXPECT_EQ(PercentText(0.004), "0.4 %");
  EXPECT_EQ(PercentText(0.00001), "under 0.1 %");
  EXPECT_EQ(PercentText(1), "100 %");
}

}  // namespace
}  // namespace strongroom::survey
