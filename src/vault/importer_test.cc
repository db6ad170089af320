#include "vault/importer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "vault/testing/test_house.h"

namespace strongroom {
namespace {

class ImporterTest : public testing::Test {
 protected:
  ImporterTest() : importer_(*house_.gate, *house_.catalogue, *house_.customers) {}

  ImportMapping Accept(std::string_view beginning) {
    const auto proposal = importer_.Propose(house_.As("importer"), beginning).Wait();
    EXPECT_TRUE(proposal.ok()) << proposal.status().ToString();
    const auto mapping = importer_.Accept(house_.As("privacy-officer"), *proposal, "main", "import").Wait();
    EXPECT_TRUE(mapping.ok()) << mapping.status().ToString();
    return mapping.ok() ? *mapping : ImportMapping();
  }
  Result<ImportProgress> Import(const ImportMapping& mapping, std::string_view piece, uint64_t line = 1,
                                bool first = true, bool last = true) {
    return importer_.ImportPiece(house_.As("importer"), mapping, piece, line, first, last).Wait();
  }
  // Sends `text` the way a client does, `piece_bytes` at a time.
  ImportProgress ImportAll(const ImportMapping& mapping, std::string_view text, size_t piece_bytes) {
    ImportProgress total;
    total.next_line = 1;
    bool first = true;
    while (true) {
      const bool last = text.size() <= piece_bytes;
      const auto progress = Import(mapping, text.substr(0, piece_bytes), total.next_line, first, last);
      EXPECT_TRUE(progress.ok()) << progress.status().ToString();
      if (!progress.ok()) return total;
      total.created += progress->created;
      total.changed += progress->changed;
      total.unchanged += progress->unchanged;
      total.next_line = progress->next_line;
      total.bad_rows.insert(total.bad_rows.end(), progress->bad_rows.begin(), progress->bad_rows.end());
      total.consumed_bytes += progress->consumed_bytes;
      if (last) return total;
      if (progress->consumed_bytes == 0) {
        piece_bytes *= 2;
      } else {
        first = false;
      }
      text.remove_prefix(progress->consumed_bytes);
    }
  }
  size_t Count() { return house_.RoomAt(TestHouse::kMain).sealed->ScanRecords(0, 1'000'000)->size(); }
  std::string Shown(std::string_view external_id, std::string_view field) {
    const std::string code = "ext:" + std::string(external_id);
    const RevealRequest request{code, {field}};
    const auto revealed = house_.customers->Reveal(house_.As("everything", "customer-service"), request).Wait();
    if (!revealed.ok()) return revealed.status().ToString();
    std::string text;
    for (const RevealedValue& value : revealed->values) text += (text.empty() ? "" : "|") + std::string(value.text);
    return text;
  }

  TestHouse house_;
  Importer importer_;
};

constexpr std::string_view kCsv =
    "customer_no,given_name,email,newsletter,note\r\n"
    "C1,Agneta,agneta@example.org,yes,\"likes \"\"tea\"\",\r\nand cake\"\r\n"
    "C2,Ciara,ciara@example.com,0,\r\n"
    "C3,Gunilla,gunilla@example.org,true,x\r\n";

TEST_F(ImporterTest, AFileIsProposedAcceptedAndImported) {
  const ImportMapping mapping = Accept(kCsv);
  ASSERT_EQ(mapping.columns.size(), 5u);
  EXPECT_TRUE(mapping.columns[0].external_id);
  const auto progress = Import(mapping, kCsv);
  ASSERT_TRUE(progress.ok()) << progress.status().ToString();
  EXPECT_EQ(progress->created, 3u);
  EXPECT_TRUE(progress->bad_rows.empty());
  EXPECT_EQ(progress->consumed_bytes, kCsv.size());
  EXPECT_EQ(progress->next_line, 6u);
  EXPECT_EQ(Shown("C1", "email"), "agneta@example.org");
  EXPECT_EQ(Shown("C1", mapping.columns[4].field), "likes \"tea\",\r\nand cake");
  EXPECT_EQ(Shown("C2", mapping.columns[4].field), "") << "an empty cell is no value";
}

TEST_F(ImporterTest, ImportingAgainChangesNothingAndAChangedRowChangesOne) {
  const ImportMapping mapping = Accept(kCsv);
  ASSERT_TRUE(Import(mapping, kCsv).ok());
  const auto again = Import(mapping, kCsv);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->unchanged, 3u);
  std::string other(kCsv);
  other.replace(other.find("ciara@"), 6, "clara@");
  const auto changed = Import(mapping, other);
  ASSERT_TRUE(changed.ok());
  EXPECT_EQ(changed->changed, 1u);
  EXPECT_EQ(changed->unchanged, 2u);
  EXPECT_EQ(Shown("C2", "email"), "clara@example.com");
  EXPECT_EQ(Count(), 3u);
}

TEST_F(ImporterTest, PiecesCutAnywhereGiveTheSame) {
  const ImportMapping mapping = Accept(kCsv);
  for (size_t piece = 1; piece <= kCsv.size(); piece += 7) {
    const ImportProgress total = ImportAll(mapping, kCsv, piece);
    EXPECT_EQ(total.created + total.unchanged, 3u) << piece;
    EXPECT_TRUE(total.bad_rows.empty()) << piece;
    EXPECT_EQ(total.consumed_bytes, kCsv.size()) << piece;
    EXPECT_EQ(total.next_line, 6u) << piece;
  }
  EXPECT_EQ(Count(), 3u);
}

TEST_F(ImporterTest, BadRowsAreNamedByLineWithoutTheirValuesAndTheRestIsStored) {
  FieldDef newsletter;
  newsletter.name = "newsletter";
  newsletter.type = FieldType::kBoolean;
  newsletter.purposes = {"customer-service"};
  newsletter.legal_basis = "consent";
  ASSERT_TRUE(house_.catalogue->PutField(house_.As("privacy-officer"), newsletter).Wait().ok());
  const ImportMapping mapping = Accept(kCsv);
  constexpr std::string_view kBad =
      "customer_no,given_name,email,newsletter,note\n"
      "B1,Berit,berit at example,yes,\n"
      "B2,Bo,bo@example.org,perhaps,\n"
      "B3,Britt,britt@example.org\n"
      ",Bruno,bruno@example.org,no,\n"
      "B5,Bodil,bodil@example.org,no,\n";
  const auto progress = Import(mapping, kBad);
  ASSERT_TRUE(progress.ok()) << progress.status().ToString();
  EXPECT_EQ(progress->created, 1u);
  ASSERT_EQ(progress->bad_rows.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(progress->bad_rows[i].line, i + 2);
    for (const std::string_view value : {"berit", "Berit", "perhaps", "britt", "bruno"}) {
      EXPECT_EQ(progress->bad_rows[i].reason.find(value), std::string::npos) << progress->bad_rows[i].reason;
    }
  }
  EXPECT_EQ(Shown("B5", "email"), "bodil@example.org");
  EXPECT_EQ(Shown("B5", "newsletter"), "false") << "people write yes and no";
  EXPECT_EQ(Count(), 1u);
}

TEST_F(ImporterTest, RowsWithoutAnExternalIdAreToldApartByTheirContent) {
  ImportMapping mapping = Accept(kCsv);
  mapping.columns[0].external_id = false;
  ASSERT_EQ(Import(mapping, kCsv)->created, 3u);
  const auto again = Import(mapping, std::string(kCsv) + "C4,Dora,dora@example.org,no,\r\n");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->unchanged, 3u);
  EXPECT_EQ(again->created, 1u);
  EXPECT_EQ(Count(), 4u);
}

TEST_F(ImporterTest, NdjsonIsImportedWithListsAsSeveralValues) {
  FieldDef nicknames;
  nicknames.name = "nicknames";
  nicknames.purposes = {"customer-service"};
  nicknames.legal_basis = "contract";
  nicknames.repeated = true;
  ASSERT_TRUE(house_.catalogue->PutField(house_.As("privacy-officer"), nicknames).Wait().ok());
  constexpr std::string_view kRows =
      "{\"customer_no\":\"N1\",\"email\":\"n1@example.org\",\"nicknames\":[\"Nia\",\"Nini\"]}\n"
      "{\"customer_no\":\"N2\",\"email\":\"n2@example.org\",\"nicknames\":null}\n"
      "{\"customer_no\":\"N3\",\"email\":\"n3@example.org\"}\n";
  const ImportMapping mapping = Accept(kRows);
  EXPECT_EQ(mapping.format, "ndjson");
  const ImportProgress total = ImportAll(mapping, kRows, 100);
  EXPECT_EQ(total.created, 3u);
  EXPECT_EQ(total.next_line, 4u);
  EXPECT_EQ(Shown("N1", "nicknames"), "Nia|Nini");
  const auto odd = Import(mapping, "{\"customer_no\":\"N4\",\"secret\":\"x\"}\n[1]\n", 4, false);
  ASSERT_TRUE(odd.ok());
  EXPECT_EQ(odd->bad_rows.size(), 2u);
  EXPECT_EQ(odd->bad_rows[0].line, 4u);
}

TEST_F(ImporterTest, WhoMayBringInMayNotChangeTheCatalogueAndTheOtherWayRound) {
  const auto proposal = importer_.Propose(house_.As("importer"), kCsv).Wait();
  ASSERT_TRUE(proposal.ok());
  EXPECT_EQ(importer_.Accept(house_.As("importer"), *proposal, "main", "import").Wait().reason(), Reason::kDenied);
  EXPECT_EQ(importer_.Propose(house_.As("support"), kCsv).Wait().reason(), Reason::kDenied);
  const ImportMapping mapping = Accept(kCsv);  // control
  EXPECT_EQ(importer_.ImportPiece(house_.As("support"), mapping, kCsv, 1, true, true).Wait().reason(), Reason::kDenied);
  EXPECT_EQ(Count(), 0u);
}

TEST_F(ImporterTest, AMappingThatDoesNotFitIsRefused) {
  const ImportMapping mapping = Accept(kCsv);
  ImportMapping other = mapping;
  std::swap(other.columns[1], other.columns[2]);
  EXPECT_EQ(Import(other, kCsv).reason(), Reason::kImportInvalid) << "the header is in another order";
  other = mapping;
  other.columns[1].field = "email";
  EXPECT_EQ(Import(other, kCsv).reason(), Reason::kImportInvalid);
  other = mapping;
  other.columns[1].field = "unheard_of";
  EXPECT_EQ(Import(other, kCsv).reason(), Reason::kFieldUnknown);
  other = mapping;
  other.columns[1].external_id = true;
  EXPECT_EQ(Import(other, kCsv).reason(), Reason::kImportInvalid);
  other = mapping;
  other.collection_point = "elsewhere";
  EXPECT_EQ(Import(other, kCsv).reason(), Reason::kCollectionPointUnknown);
  EXPECT_EQ(Count(), 0u);
  EXPECT_EQ(Import(mapping, kCsv)->created, 3u);  // control
}

TEST_F(ImporterTest, AVaultThatFailsFailsThePieceAndSendingItAgainCompletesIt) {
  const ImportMapping mapping = Accept(kCsv);
  house_.LogOf(TestHouse::kMain).data.SetPlan(FaultPlan({{.kind = FaultKind::kFailBefore}}));
  EXPECT_EQ(Import(mapping, kCsv).reason(), Reason::kAuditUnavailable);
  EXPECT_EQ(Count(), 0u);
  EXPECT_EQ(Import(mapping, kCsv)->created, 3u);
  EXPECT_EQ(Count(), 3u);
}

TEST_F(ImporterTest, TheInventedCustomersAreImported) {
  std::ifstream file(STRONGROOM_SOURCE_DIR "/examples/customers.csv");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  ASSERT_GT(text.size(), 100'000u);
  const std::string some = text.substr(0, text.find('\n', 100'000) + 1);
  const auto rows = static_cast<uint64_t>(std::count(some.begin(), some.end(), '\n') - 1);
  const ImportMapping mapping = Accept(std::string_view(text).substr(0, Importer::kMaxBeginningBytes));
  const ImportProgress total = ImportAll(mapping, some, 30'000);
  std::printf("%zu rows, %zu created, %zu bad\n", static_cast<size_t>(rows), static_cast<size_t>(total.created),
              total.bad_rows.size());
  EXPECT_EQ(total.created, rows);
  for (const BadRow& bad : total.bad_rows) ADD_FAILURE() << bad.line << ": " << bad.reason;
  EXPECT_EQ(ImportAll(mapping, some, 70'000).unchanged, rows);
}

}  // namespace
}  // namespace strongroom
