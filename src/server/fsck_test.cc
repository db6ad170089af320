// Each check is shown one thing that is damaged, and nothing else; an undamaged vault is the control of all.
#include "server/fsck.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "access/testing/test_vault.h"
#include "audit/log_state.h"
#include "base/encoding.h"
#include "keys/customer_key_row.h"
#include "server/fsck_log_book.h"
#include "server/fsck_print.h"

namespace strongroom {
namespace {

using testing::HasSubstr;

Bytes KeyOf(char kind, CustomerId id) {
  Bytes key(1, kind);
  ByteWriter(key).U64(id);
  return key;
}

class FsckTest : public testing::Test {
 protected:
  FsckTest() {
    one_ = vault_.CreateCustomer({{"email", "ada@example.com"}, {"full_name", "Ada Lovelace"}}, "A1");
    two_ = vault_.CreateCustomer({{"email", "bo@example.com"}}, "B2");
    vault_.SequenceAll();
  }

  Result<FsckReport> Check(FsckOptions options = {}) {
    const auto stores = [this](const std::string& room) -> Result<FsckStores> {
      TestStores& of = room == "office" ? vault_.office() : room == "main" ? vault_.main() : vault_.vip();
      return FsckStores{&of.data, &of.keys};
    };
    return CheckVault(vault_.vault(), stores, options);
  }
  FsckReport Report(FsckOptions options = {}) {
    Result<FsckReport> report = Check(options);
    EXPECT_TRUE(report.ok()) << report.status().ToString();
    return report.ok() ? *std::move(report) : FsckReport();
  }
  // All findings, a line each.
  std::string Found(FsckOptions options = {}) {
    std::string lines;
    for (const FsckFinding& finding : Report(options).findings)
      lines += std::string(NameOf(finding.check)) + "/" + finding.Line() + "\n";
    return lines;
  }

  CustomerId IdOf(const std::string& code) { return *vault_->house().codes().DecodeCustomer(code); }
  static std::vector<StoreRow> Rows(const Store& store, const Bytes& prefix) {
    const auto rows = store.Scan({.begin = prefix, .end = PrefixEnd(prefix), .limit = 100'000});
    EXPECT_TRUE(rows.ok() && !rows->empty()) << "no rows of " << prefix;
    return rows.ok() ? *rows : std::vector<StoreRow>();
  }
  static void Put(Store& store, const Bytes& key, const Bytes& value) {
    StoreBatch batch;
    batch.puts.push_back({key, value});
    ASSERT_TRUE(store.Commit(batch).ok());
  }
  static void Delete(Store& store, const Bytes& key) {
    StoreBatch batch;
    batch.deletes.push_back(key);
    ASSERT_TRUE(store.Commit(batch).ok());
  }
  static void Bend(Store& store, const StoreRow& row) {
    Bytes bent = row.value;
    bent.back() = static_cast<char>(bent.back() ^ 1);
    Put(store, row.key, bent);
  }
  void Change(const std::string& code, std::string_view email) {
    ChangeRequest change;
    change.code = code;
    change.any_version = true;
    change.collection_point = "web-signup";
    change.set = {{"email", email}};
    ASSERT_TRUE(vault_->customers().Change(vault_.As("everything"), change).Wait().ok());
  }
  std::string MakeToken(TokenFormat format, std::string_view field) {
    TokenDomain domain;
    domain.name = "crm";
    EXPECT_TRUE(vault_->tokens().PutDomain(vault_.As("everything"), domain).Wait().ok());
    TokenRequest request;
    request.code = one_;
    request.field = field;
    request.format = format;
    const std::vector<TokenRequest> requests = {request};
    const auto made = vault_->tokens().Create(vault_.As("everything"), "crm", requests).Wait();
    EXPECT_TRUE(made.ok() && made->front().ok());
    return made.ok() && made->front().ok() ? made->front()->token : std::string();
  }
  Store& data() { return vault_.main().data; }
  Store& keys() { return vault_.main().keys; }

  static constexpr FsckOptions kRepair{.repair = true};
  static constexpr FsckOptions kAgainstLog{.against_log = true};
  TestVault vault_;
  std::string one_;
  std::string two_;
};

TEST_F(FsckTest, AnUndamagedVaultHasNoFindings) {
  MakeToken(TokenFormat::kDeterministic, "email");
  const auto file = vault_->files()
                        .Put(vault_.As("everything"), one_, "web-signup", "id_scan", "a.pdf", {}, Bytes(300'000, 'x'))
                        .Wait();
  ASSERT_TRUE(file.ok()) << file.status().ToString();
  EXPECT_EQ(Found(), "");
  EXPECT_EQ(Found(kAgainstLog), "");
  const FsckReport report = Report(kAgainstLog);
  EXPECT_EQ(report.customers, 2u);
  EXPECT_GT(report.index_rows, 5u);
  EXPECT_GT(report.log_entries, 2u);
  EXPECT_EQ(report.orphan_chunks, 0u);
  EXPECT_TRUE(report.unknown_rows.empty());
  EXPECT_FALSE(report.Damaged());
  EXPECT_THAT(FsckText(report, 10), HasSubstr(" rows/s"));
}

TEST_F(FsckTest, ARecordThatDoesNotOpenIsNamedAndStays) {
  Bend(data(), Rows(data(), KeyOf('c', IdOf(one_))).front());
  EXPECT_EQ(Found(), "records/customer " + one_ + ": the record does not open (data-corrupt)\n");
  EXPECT_THAT(Found(kRepair), HasSubstr("does not open"));
  EXPECT_EQ(Rows(data(), KeyOf('c', IdOf(one_))).size(), 1u);
}

TEST_F(FsckTest, ARecordInTheWrongCompartmentIsNamed) {
  const StoreRow row = Rows(data(), KeyOf('c', IdOf(one_))).front();
  Put(vault_.vip().data, row.key, row.value);
  EXPECT_THAT(Found(), HasSubstr("in a compartment that its code does not lead to"));
}

TEST_F(FsckTest, AMissingIndexRowIsWrittenAnewByARepair) {
  const std::vector<StoreRow> rows = Rows(data(), "i");
  Delete(data(), rows.front().key);
  EXPECT_THAT(Found(), HasSubstr("index rows are missing (1)"));
  EXPECT_THAT(Found(kRepair), HasSubstr("(mended)"));
  EXPECT_EQ(Found(), "");
  EXPECT_EQ(Rows(data(), "i").front().key, rows.front().key);
}

TEST_F(FsckTest, AMissingIdRowIsWrittenAnewByARepair) {
  for (const StoreRow& row : Rows(data(), "x")) Delete(data(), row.key);
  EXPECT_THAT(Found(), HasSubstr("the row of the external id is missing"));
  EXPECT_THAT(Found(), HasSubstr("the row of the audit id is missing"));
  Found(kRepair);
  EXPECT_EQ(Found(), "");
  EXPECT_TRUE(vault_->customers().Open("ext:A1").ok());
}

TEST_F(FsckTest, AnIndexRowThatLeadsToAnOlderValueIsTakenAwayByARepair) {
  const std::vector<StoreRow> before = Rows(data(), "i");
  Change(one_, "ada@later.example");
  EXPECT_EQ(Found(), "");
  for (const StoreRow& row : before) Put(data(), row.key, row.value);
  EXPECT_EQ(Found(),
            "index rows/customer " + one_ + ": an index row leads to this customer, whose record has no such value\n");
  Found(kRepair);
  EXPECT_EQ(Found(), "");
}

TEST_F(FsckTest, AnIndexRowThatOpensUnderNoKeyIsMadeAnewByARepair) {
  Bend(data(), Rows(data(), "i").front());
  EXPECT_EQ(Found(), "index rows/main: an index row opens under no epoch's key\n");
  Found(kRepair);
  EXPECT_EQ(Found(), "");
}

TEST_F(FsckTest, AnIndexRowThatLeadsToNobodyIsTakenAwayByARepair) {
  const std::vector<StoreRow> references = Rows(data(), "i");
  const std::vector<StoreRow> ids = Rows(data(), "x");
  ASSERT_TRUE(vault_->customers().Erase(vault_.As("everything"), one_).Wait().ok());
  EXPECT_EQ(Found(), "");
  for (const StoreRow& row : references) Put(data(), row.key, row.value);
  for (const StoreRow& row : ids) Put(data(), row.key, row.value);
  EXPECT_THAT(Found(), HasSubstr("an index row leads to this customer, who is not there"));
  EXPECT_THAT(Found(), HasSubstr("the row of an id leads to this customer, who is not there"));
  Found(kRepair);
  EXPECT_EQ(Found(), "");
}

TEST_F(FsckTest, AFileThatLacksAPartIsNamed) {
  ASSERT_TRUE(vault_->files()
                  .Put(vault_.As("everything"), one_, "web-signup", "id_scan", "a.pdf", {}, Bytes(600'000, 'x'))
                  .Wait()
                  .ok());
  EXPECT_EQ(Found(), "");
  const Bytes parts = KeyOf('d', IdOf(one_)) + "f";
  Delete(data(), Rows(data(), parts)[1].key);
  EXPECT_THAT(Found(), HasSubstr("lacks parts"));
  Delete(data(), Rows(data(), KeyOf('d', IdOf(one_)) + "m").front().key);  // now they are an upload that broke off
  EXPECT_EQ(Found(), "");
  EXPECT_EQ(Report().orphan_chunks, 2u);
  EXPECT_EQ(Report(kRepair).orphan_chunks, 2u);
  EXPECT_EQ(Report().orphan_chunks, 0u);
}

TEST_F(FsckTest, AnItemThatDoesNotOpenIsNamed) {
  MakeToken(TokenFormat::kRandom, "email");
  Bend(data(), Rows(data(), KeyOf('d', IdOf(one_)) + "t").front());
  EXPECT_EQ(Found(), "items/customer " + one_ + ": an item of kind 't' does not open\n");
}

TEST_F(FsckTest, RowsOfADeterministicTokenAreWrittenAnewByARepair) {
  const std::vector<StoreRow> references = Rows(data(), "i");
  const std::vector<StoreRow> uniques = Rows(data(), "x");
  const std::string token = MakeToken(TokenFormat::kDeterministic, "email");
  EXPECT_EQ(Found(), "");
  const auto forget_new = [&](char kind, const std::vector<StoreRow>& before) {
    for (const StoreRow& row : Rows(data(), Bytes(1, kind))) {
      const bool old = std::any_of(before.begin(), before.end(), [&](const StoreRow& b) { return b.key == row.key; });
      if (!old) Delete(data(), row.key);
    }
  };
  forget_new('i', references);
  forget_new('x', uniques);
  EXPECT_THAT(Found(), HasSubstr("a deterministic token lacks a row"));
  Found(kRepair);
  EXPECT_EQ(Found(), "");
  EXPECT_EQ(MakeToken(TokenFormat::kDeterministic, "email"), token);
}

// What an erasure leaves whose list of tokens could not be written: two rows of which one is of use while the other is
// there.
TEST_F(FsckTest, OneRepairTakesAwayAllThatADeterministicTokenLeft) {
  MakeToken(TokenFormat::kDeterministic, "email");
  Delete(data(), KeyOf('c', IdOf(one_)));
  for (const StoreRow& row : Rows(data(), KeyOf('d', IdOf(one_)))) Delete(data(), row.key);
  Delete(keys(), CustomerKeyRowKey(IdOf(one_)));
  EXPECT_THAT(Found(), HasSubstr("an index row leads to this customer, who is not there"));
  EXPECT_THAT(Found(kRepair), HasSubstr("the row of a value leads to a token that nobody has (mended)"));
  EXPECT_EQ(Found(), "");
}

TEST_F(FsckTest, AKeyWithoutARecordIsNoDamageAndSweptByARepair) {
  ASSERT_TRUE(vault_->house().compartments()[0]->customer_keys->Create({IdOf(one_) ^ 1}).ok());
  EXPECT_EQ(Found(), "");
  EXPECT_EQ(Report().orphan_keys, 1u);
  EXPECT_EQ(Report(kRepair).orphan_keys, 1u);
  EXPECT_EQ(Report().orphan_keys, 0u);
}

TEST_F(FsckTest, AWrapThatDoesNotOpenAndAKeyThatIsGoneAreNamed) {
  Bend(keys(), Rows(keys(), KeyOf('K', IdOf(one_))).front());
  vault_.clock().AdvanceMillis(CustomerKeys::kCacheMillis + 1);
  EXPECT_THAT(Found(), HasSubstr("keys/customer " + one_ + ": the customer's key does not open"));
  EXPECT_THAT(Found(), HasSubstr("records/customer " + one_ + ": the record does not open, because"));
  Delete(keys(), KeyOf('K', IdOf(one_)));
  EXPECT_THAT(Found(), HasSubstr("the record's key is not in the key store"));
}

TEST_F(FsckTest, AKeyThatIsPutBackAfterAnErasureIsNamed) {
  const StoreRow key = Rows(keys(), KeyOf('K', IdOf(one_))).front();
  ASSERT_TRUE(vault_->customers().Erase(vault_.As("everything"), one_).Wait().ok());
  EXPECT_EQ(Found(), "");
  Put(keys(), key.key, key.value);
  EXPECT_THAT(Found(), HasSubstr("there is a key, though the ledger says erased"));
}

TEST_F(FsckTest, ADocumentThatDoesNotOpenIsNamed) {
  Store& office = vault_.office().data;
  Bend(office, Rows(office, "n").back());
  EXPECT_THAT(Found(), HasSubstr("documents/office: a document of table "));
}

TEST_F(FsckTest, ABlockThatTheKeyDoesNotSayIsNamedAndMadeGoodByARepair) {
  const CustomerId one = IdOf(one_);
  CustomerKeys& customers = *vault_->house().RoomOf(one)->customer_keys;
  const Bytes key = CustomerKeyRowKey(one);
  const Bytes free = (*keys().Get(key))->bytes;
  const UnixMillis now = vault_.clock().NowMillis();
  ASSERT_TRUE(customers.Block(one, {now, now + 1'000}).ok());
  EXPECT_EQ(Found(), "") << "blocked as it should be";
  Put(keys(), key, free);  // of a copy from before
  EXPECT_THAT(Found(), HasSubstr("keys/customer " + one_ + ": is to be erased, and is not blocked"));
  FsckOptions repair;
  repair.repair = true;
  EXPECT_THAT(Found(repair), HasSubstr("(mended)"));
  EXPECT_EQ(Found(), "");
  EXPECT_EQ(customers.Get(one).reason(), Reason::kCustomerNotFound);
}

TEST_F(FsckTest, ABlockWithoutItsNoteIsNamed) {
  const CustomerId one = IdOf(one_);
  const UnixMillis now = vault_.clock().NowMillis();
  ASSERT_TRUE(vault_->house().RoomOf(one)->customer_keys->Block(one, {now, now + 1'000}).ok());
  Delete(keys(), Rows(keys(), "B").front().key);
  EXPECT_THAT(Found(), HasSubstr("is blocked, and nothing says until when"));
}

TEST_F(FsckTest, RowsOfUnknownKindsAreCountedAndNoDamage) {
  Put(keys(), Bytes("Q") + "something", "of a later release");
  EXPECT_EQ(Found(), "");
  EXPECT_EQ(Report().unknown_rows.at("keys 'Q'"), 1u);
}

TEST_F(FsckTest, AnInboxRowThatIsGoneIsNamed) {
  Delete(data(), Rows(data(), "e").front().key);
  EXPECT_THAT(Found(), HasSubstr("log/main: log: inbox of writer 1, entry 0: missing"));
}

TEST_F(FsckTest, ARunThatIsGoneIsNamed) {
  Delete(data(), Rows(data(), "lr").front().key);
  EXPECT_THAT(Found(), HasSubstr("nothing says where log entry 0 of"));
}

TEST_F(FsckTest, ATileThatDiffersIsWrittenAnewByARepair) {
  for (int i = 0; i < 300; ++i) Change(one_, "ada" + std::to_string(i) + "@example.com");
  vault_.SequenceAll();
  EXPECT_EQ(Found(), "");
  Bend(data(), {LogTileKey(0, 0), Rows(data(), LogTileKey(0, 0)).front().value});
  EXPECT_THAT(Found(), HasSubstr("log: tile/0/000 differs"));
  EXPECT_THAT(Found(kRepair), HasSubstr("(mended)"));
  EXPECT_EQ(Found(), "");
}

TEST_F(FsckTest, ACheckpointThatIsAlteredIsNamed) {
  Bend(data(), {LogCheckpointKey(), Rows(data(), LogCheckpointKey()).front().value});
  EXPECT_THAT(Found(), HasSubstr("log: checkpoint: "));
}

TEST_F(FsckTest, AnErasureThatIsNotFinishedIsListedAsThat) {
  vault_.main().keys.SetPlan(FaultPlan({{.kind = FaultKind::kFailBefore}}));
  ASSERT_FALSE(vault_->customers().Erase(vault_.As("everything"), one_).Wait().ok());
  vault_.main().keys.SetPlan({});
  EXPECT_EQ(Found(kAgainstLog), "");
  EXPECT_THAT(Report().unfinished, testing::ElementsAre("main: 1 erasures"));
  EXPECT_EQ(Found(kRepair), "");
  EXPECT_THAT(Report().unfinished, testing::IsEmpty());
}

TEST_F(FsckTest, ACustomerWhoIsPutBackIsFoundAgainstTheLog) {
  const std::vector<StoreRow> references = Rows(data(), "i");
  const StoreRow record = Rows(data(), KeyOf('c', IdOf(one_))).front();
  Change(one_, "ada@later.example");
  EXPECT_EQ(Found(kAgainstLog), "");
  // Whole: record and index rows as they were.
  for (const StoreRow& row : Rows(data(), "i")) Delete(data(), row.key);
  for (const StoreRow& row : references) Put(data(), row.key, row.value);
  Put(data(), record.key, record.value);
  EXPECT_EQ(Found(), "") << "the control: without the log nothing shows";
  EXPECT_THAT(Found(kAgainstLog), HasSubstr("against the log/customer " + one_ + ": the record is not the one"));
}

TEST_F(FsckTest, ACustomerWhoIsRemovedIsFoundAgainstTheLog) {
  const std::vector<StoreRow> with_two_references = Rows(data(), "i");
  const std::vector<StoreRow> with_two_ids = Rows(data(), "x");
  const std::string three = vault_.CreateCustomer({{"email", "cy@example.com"}}, "C3");
  EXPECT_EQ(Found(kAgainstLog), "");
  Delete(data(), KeyOf('c', IdOf(three)));
  const auto forget_new = [&](char kind, const std::vector<StoreRow>& before) {
    for (const StoreRow& row : Rows(data(), Bytes(1, kind))) {
      const bool old = std::any_of(before.begin(), before.end(), [&](const StoreRow& b) { return b.key == row.key; });
      if (!old) Delete(data(), row.key);
    }
  };
  forget_new('i', with_two_references);
  forget_new('x', with_two_ids);
  EXPECT_EQ(Found(), "") << "the control: without the log nothing shows";
  EXPECT_THAT(Found(kAgainstLog), HasSubstr("is gone, and nobody erased them"));
  ASSERT_TRUE(vault_->customers().Erase(vault_.As("everything"), two_).Wait().ok());
  EXPECT_EQ(Report(kAgainstLog).findings.size(), 1u) << "who was erased is not missed";
}

TEST_F(FsckTest, WhoWasMovedIsNeitherLostNorFoundTwice) {
  MakeToken(TokenFormat::kRandom, "email");
  ASSERT_TRUE(vault_->customer_moves().Move(vault_.As("everything"), one_, "vip").Wait()->moved);
  vault_.SequenceAll();
  const FsckReport moved = Report(kAgainstLog);
  EXPECT_EQ(Found(kAgainstLog), "");
  EXPECT_TRUE(moved.unfinished.empty());
  EXPECT_TRUE(moved.unknown_rows.empty());
  EXPECT_EQ(moved.orphan_keys, 0u);
  EXPECT_EQ(moved.customers, 2u);
  Delete(keys(), DepartureRowKey(IdOf(one_)));
  EXPECT_THAT(Found(), HasSubstr("the record stands in a compartment that its code does not lead to")) << "control";
}

TEST_F(FsckTest, AMoveThatIsNotFinishedIsListedAsThatAndFinishedByARepair) {
  const Room& main = *vault_->house().compartments()[0];
  const Room& vip = *vault_->house().compartments()[1];
  ASSERT_TRUE(vip.customer_keys->BeginArrival(IdOf(two_), {main.info.id, 1, 5}).ok());
  ASSERT_TRUE(main.customer_keys->BeginDeparture(IdOf(two_), {DepartureState::kLeaving, vip.info.id, 1, 5}).ok());
  const FsckReport report = Report();
  EXPECT_EQ(report.findings.size(), 0u) << Found();
  EXPECT_THAT(report.unfinished, testing::Contains(HasSubstr("customers are being moved here")));
  EXPECT_EQ(report.orphan_keys, 0u);
  EXPECT_EQ(vault_->customers().Open(two_).reason(), Reason::kRecordBusy) << "control";
  EXPECT_TRUE(Report(kRepair).unfinished.empty());
  EXPECT_EQ(Found(), "");
  EXPECT_EQ(vault_->customers().Open(two_)->room, &main);
}

TEST_F(FsckTest, AKeyThatIsPutBackAfterAMoveIsNamed) {
  const Bytes key_row = CustomerKeyRowKey(IdOf(one_));
  const auto before = keys().Get(key_row);
  ASSERT_TRUE(before.ok() && before->has_value());
  ASSERT_TRUE(vault_->customer_moves().Move(vault_.As("everything"), one_, "vip").Wait().ok());
  EXPECT_EQ(Found(), "") << "control";
  Put(keys(), key_row, (*before)->bytes);
  EXPECT_THAT(Found(), HasSubstr("there is a key, though the customer was moved away"));
}

TEST_F(FsckTest, ANewKeyGivesTheLogTheNewRecord) {
  ASSERT_TRUE(vault_->customers().Rekey(vault_.As("everything"), one_).Wait().ok());
  EXPECT_EQ(Found(kAgainstLog), "");
}

TEST(FsckLogBook, ShrinksToWhatFitsAndNamesWhereToGoOn) {
  uint64_t told = 0;
  uint64_t begin = 0;
  int passes = 0;
  while (true) {
    FsckLogBook book(1, begin);  // the least: 1,024 slots
    for (uint64_t i = 0; i < 5'000; ++i) {
      AuditId id = {};
      const Digest random = Sha256(std::to_string(i));
      std::copy_n(random.begin(), id.size(), id.begin());
      book.Say(id, RecordWord::kIs, random);
    }
    told += static_cast<uint64_t>(
        std::count_if(book.lines().begin(), book.lines().end(), [](const auto& line) { return line.used; }));
    ++passes;
    if (book.last() == UINT64_MAX) break;
    begin = book.last() + 1;
  }
  EXPECT_EQ(told, 5'000u);
  EXPECT_GT(passes, 6);
}

}  // namespace
}  // namespace strongroom
