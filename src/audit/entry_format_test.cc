#include "audit/entry_format.h"

#include <gtest/gtest.h>

#include "audit/testing/test_log.h"
#include "base/json.h"

namespace strongroom {
namespace {

EntryNames Names() {
  return {.field = [](FieldId id) { return id == 3 ? std::string("email") : std::string(); },
          .principal = [](PrincipalId) { return std::string("billing \"app\""); },
          .rule = [](uint16_t) { return std::string("billing-reads"); }};
}

TEST(EntryFormatTest, ALineSaysWhoDidWhatWhyAndWithWhichOutcome) {
  AuditEntry entry = RevealEntry();
  entry.time = 1'795'327'553'123;
  entry.customers = {AuditId{0xa0, 1}};
  EXPECT_EQ(FormatEntryForPeople(entry, Names()),
            "2026-11-22T06:05:53.123Z application \"billing \\\"app\\\"\" 3f0c55aa12345678 from 10.1.2.3: "
            "customer.reveal email, field 200 of customer a0010000000000000000000000000000 for claimed purpose "
            "\"support\"; decided plain by rule billing-reads; request 0102030405060709");
}

TEST(EntryFormatTest, ALineTellsARefusalAndNumbersWithoutNames) {
  AuditEntry entry;
  entry.action = Action::kSignInRefused;
  entry.outcome = Reason::kCredentialInvalid;
  entry.customers.assign(5, AuditId{1});
  const std::string line = FormatEntryForPeople(entry);
  EXPECT_NE(line.find("nobody signed in"), std::string::npos);
  EXPECT_NE(line.find("and 2 more"), std::string::npos);
  EXPECT_NE(line.find("decided deny by default; refused or failed: credential-invalid"), std::string::npos);
}

TEST(EntryFormatTest, TheJsonFormIsJsonAndComplete) {
  AuditEntry entry = RevealEntry();
  entry.count = 3;
  entry.detail = "crm";
  entry.change.emplace();
  const std::string text = EntryToJson(entry, 17, Names());
  const Result<JsonDocument> document = JsonDocument::ParseObject(text);
  ASSERT_TRUE(document.ok()) << text;
  const JsonValue root = document->root();
  EXPECT_EQ(*root.GetInt("index"), 17);
  EXPECT_EQ(*root.GetString("action"), "customer.reveal");
  EXPECT_EQ(*root.GetString("purpose"), "support");
  EXPECT_EQ(*root.GetString("outcome"), "ok");
  EXPECT_EQ(root.GetArray("fields")->size(), 2u);
  EXPECT_EQ(root.GetArray("customers")->size(), 1u);
  EXPECT_EQ(*root.GetObject("actor")->GetString("id"), "3f0c55aa12345678");
  EXPECT_TRUE(JsonDocument::ParseObject(EntryToJson(AuditEntry(), std::nullopt)).ok());
}

}  // namespace
}  // namespace strongroom
