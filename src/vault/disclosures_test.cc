#include "vault/disclosures.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "vault/testing/test_house.h"

namespace strongroom {
namespace {

class DisclosuresTest : public testing::Test {
 protected:
  DisclosuresTest() : disclosures_(*house_.gate, MakeCatalogue(), *house_.customers) {}

  CatalogueService& MakeCatalogue() {
    house_.FillCatalogue();
    return *house_.catalogue;
  }

  ExportRequest Request(std::vector<std::string_view> fields) const {
    ExportRequest request;
    request.fields = std::move(fields);
    request.recipient = "parcel-service";
    request.contract = "PS-2026/1";
    return request;
  }
  Result<ExportPage> Export(const ExportRequest& request, std::string_view role = "everything",
                            std::string_view purpose = "delivery") {
    return disclosures_.Export(house_.As(role, purpose), request).Wait();
  }

  TestHouse house_;
  Disclosures disclosures_;
};

TEST_F(DisclosuresTest, PagesHoldEveryCustomerOnceAndTheLedgerSaysSo) {
  std::set<std::string> made;
  for (int i = 0; i < 7; ++i)
    made.insert(house_.MakeCustomer("C" + std::to_string(i), "c" + std::to_string(i) + "@example.org"));
  house_.MakeCustomer("V", "vip@example.org", "vip");
  ExportRequest request = Request({"email", "given_name"});
  request.limit = 3;
  std::set<std::string> seen;
  std::string cursor;
  size_t pages = 0;
  do {
    request.cursor = cursor;
    const Result<ExportPage> page = Export(request);
    ASSERT_TRUE(page.ok()) << page.status().ToString();
    for (const ExportedCustomer& customer : page->customers) {
      EXPECT_TRUE(seen.insert(customer.code).second);
      ASSERT_EQ(customer.values.size(), 2u);
      EXPECT_EQ(customer.values[0].field->name, "email");
      EXPECT_NE(customer.values[0].text.find("@example.org"), std::string_view::npos);
    }
    cursor = page->next_cursor;
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(seen, made);
  EXPECT_EQ(pages, 3u);
  const std::vector<AuditEntry> entries = house_.Entries(TestHouse::kMain);
  EXPECT_EQ(entries.back().action, Action::kCustomerExport);
  EXPECT_EQ(entries.back().customers.size(), 1u);
  EXPECT_EQ(entries.back().detail, "to parcel-service, contract PS-2026/1");

  house_.clock.AdvanceMillis(5);
  ASSERT_TRUE(Export(Request({"phone"})).ok());
  const auto ledger = disclosures_.Of(house_.As("auditor"), *made.begin()).Wait();
  ASSERT_TRUE(ledger.ok()) << ledger.status().ToString();
  ASSERT_EQ(ledger->size(), 2u);
  EXPECT_EQ(ledger->front().fields, std::vector<std::string>{"phone"}) << "newest first";
  EXPECT_EQ(ledger->back().fields, (std::vector<std::string>{"email", "given_name"}));
  EXPECT_EQ(ledger->back().recipient, "parcel-service");
  EXPECT_EQ(ledger->back().purpose, "delivery");
  EXPECT_EQ(ledger->back().made_by, "0000000000000077");
  EXPECT_EQ(disclosures_.Of(house_.As("support"), *made.begin()).Wait().reason(), Reason::kDenied);
}

TEST_F(DisclosuresTest, AnExportNeedsARoleAPurposeARecipientAndReadableFields) {
  house_.MakeCustomer("C1", "c1@example.org");
  EXPECT_EQ(Export(Request({"email"}), "application").reason(), Reason::kDenied);
  EXPECT_EQ(Export(Request({"email"}), "privacy-officer", "").reason(), Reason::kPurposeMissing);
  EXPECT_EQ(Export(Request({"email"}), "privacy-officer", "marketing").reason(), Reason::kPurposeRefused);
  EXPECT_EQ(Export(Request({"password"})).reason(), Reason::kFieldUnreadable);
  EXPECT_EQ(Export(Request({})).reason(), Reason::kMissingMember);
  ExportRequest nobody = Request({"email"});
  nobody.recipient = "";
  EXPECT_EQ(Export(nobody).reason(), Reason::kMissingMember);
  nobody.recipient = "Agneta Sandström";
  EXPECT_EQ(Export(nobody).reason(), Reason::kInvalidArgument) << "free text would stand in the log";
  EXPECT_EQ(Export(Request({"email"}))->customers.size(), 1u);  // control
}

TEST_F(DisclosuresTest, CustomersWithoutAValueInTheFieldsStayOut) {
  house_.MakeCustomer("C1", "c1@example.org");
  const auto made =
      house_.customers->Create(house_.As("application"), house_.RequestFor("C2", {{"health_note", "allergy"}})).Wait();
  ASSERT_TRUE(made.ok());
  const Result<ExportPage> page = Export(Request({"health_note"}));
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->customers.size(), 1u);
  EXPECT_EQ(page->customers[0].code, made->code);
  EXPECT_EQ(page->customers[0].values[0].text, "allergy");
}

TEST_F(DisclosuresTest, WhatCannotBeRecordedIsNotExported) {
  const std::string code = house_.MakeCustomer("C1", "c1@example.org");
  FaultyStore& data = house_.LogOf(TestHouse::kMain).data;
  data.SetPlan(FaultPlan({{.kind = FaultKind::kFailBefore}}));
  EXPECT_EQ(Export(Request({"email"})).reason(), Reason::kAuditUnavailable);
  EXPECT_TRUE(disclosures_.Of(house_.As("auditor"), code).Wait()->empty());
  EXPECT_TRUE(Export(Request({"email"})).ok());  // control
}

TEST_F(DisclosuresTest, TheLedgerDiesWithTheCustomer) {
  const std::string code = house_.MakeCustomer("C1", "c1@example.org");
  ASSERT_TRUE(Export(Request({"email"})).ok());
  EXPECT_FALSE(house_.LogOf(TestHouse::kMain).Rows("d").empty());
  ASSERT_TRUE(house_.customers->Erase(house_.As("privacy-officer"), code).Wait().ok());
  EXPECT_TRUE(house_.LogOf(TestHouse::kMain).Rows("d").empty());
}

}  // namespace
}  // namespace strongroom
