// Data that was put back from an older copy, made to agree with the newest key store.
#include "vault/ledger_replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "vault/files.h"
#include "vault/key_rotation.h"
#include "vault/rekey.h"
#include "vault/testing/test_house.h"
#include "vault/token_item.h"

namespace strongroom {
namespace {

constexpr int64_t kDay = 86'400'000;
constexpr size_t kMain = TestHouse::kMain;

class LedgerReplayTest : public testing::Test {
 protected:
  LedgerReplayTest() {
    house_.FillCatalogue();
    FieldDef scan = *house_.catalogue->Current()->FindField("passport");
    scan.name = "scan";
    scan.id = 0;
    scan.repeated = true;
    CollectionPoint point = *house_.catalogue->Current()->FindPoint(TestHouse::kPoint);
    point.fields.push_back(scan.name);
    EXPECT_TRUE(house_.catalogue->PutField(house_.As("privacy-officer"), scan).Wait().ok());
    EXPECT_TRUE(house_.catalogue->PutCollectionPoint(house_.As("privacy-officer"), point).Wait().ok());
    TokenDomain domain;
    domain.name = "crm";
    EXPECT_TRUE(house_.tokens->PutDomain(house_.As("everything"), domain).Wait().ok());
    anna_ = house_.MakeCustomer("c-1", "anna@example.com");
    lars_ = house_.MakeCustomer("c-2", "lars@example.com");
    random_token_ = Token(anna_, "email", TokenFormat::kRandom);
    shared_token_ = Token(anna_, "phone", TokenFormat::kDeterministic);
    Files files(*house_.gate, *house_.catalogue, *house_.customers);
    for (std::string* const file : {&kept_file_, &deleted_file_}) {
      const auto put = files
                           .Put(house_.As("everything"), anna_, TestHouse::kPoint, "scan", "scan.png", "",
                                house_.random.Take(300'000))
                           .Wait();
      EXPECT_TRUE(put.ok()) << put.status().ToString();
      if (put.ok()) *file = put->id;
    }
  }
  Room& MainRoom() { return house_.RoomAt(kMain); }
  CustomerId IdOf(const std::string& code) { return *house_.house->codes().DecodeCustomer(code); }
  std::string Token(std::string_view code, std::string_view field, TokenFormat format) {
    TokenRequest request;
    request.code = code;
    request.field = field;
    request.format = format;
    const auto made = house_.tokens->Create(house_.As("everything"), "crm", std::span(&request, 1)).Wait();
    EXPECT_TRUE(made.ok() && made->front().ok());
    return made.ok() && made->front().ok() ? made->front()->token : std::string();
  }
  Reason Resolve(const std::string& token) {
    const std::string_view text = token;
    const auto resolved = house_.tokens->Resolve(house_.As("everything"), "crm", std::span(&text, 1)).Wait();
    return resolved.ok() ? resolved->front().reason() : resolved.reason();
  }
  Status Change(std::string_view code, std::string_view email) {
    ChangeRequest change;
    change.code = code;
    change.any_version = true;
    change.collection_point = TestHouse::kPoint;
    change.set = {{"email", email}};
    return house_.customers->Change(house_.As("everything"), change).Wait().status();
  }
  Status DeleteFile() {
    Files files(*house_.gate, *house_.catalogue, *house_.customers);
    return files.Delete(house_.As("everything"), anna_, deleted_file_).Wait().status();
  }
  Status Rekey(std::string_view code) {
    return house_.customers->Rekey(house_.As("privacy-officer"), code).Wait().status();
  }
  Status Erase(std::string_view code) {
    return house_.customers->Erase(house_.As("privacy-officer"), code).Wait().status();
  }
  ReplayReport Replay() {
    const auto report = ReplayLedger(*house_.house, MainRoom(), *house_.catalogue->Current());
    EXPECT_TRUE(report.ok()) << report.status().ToString();
    return report.ok() ? *report : ReplayReport();
  }
  // The texts of the field; "?" when the record does not open.
  std::vector<std::string> TextsOf(std::string_view code, std::string_view field) {
    const auto customer = house_.customers->Open(code);
    if (!customer.ok()) return {"?"};
    std::vector<std::string> texts;
    for (const RecordValue& value : customer->record.values) {
      if (value.field == house_.catalogue->Current()->FindField(field)->id) texts.emplace_back(value.text);
    }
    return texts;
  }
  size_t Found(std::string_view field, std::string_view value) {
    const auto hits = house_.customers->Search(house_.As("everything"), {}, field, value, false).Wait();
    EXPECT_TRUE(hits.ok()) << hits.status().ToString();
    return hits.ok() ? hits->size() : 999;
  }
  bool FileReads(const std::string& file) {
    Files files(*house_.gate, *house_.catalogue, *house_.customers);
    return files.Get(house_.As("everything"), anna_, file).Wait().ok();
  }
  std::vector<StoreRow> Rows(Bytes prefix) { return house_.LogOf(kMain).Rows(prefix); }
  std::vector<Bytes> RowKeys(const Bytes& prefix) {
    std::vector<Bytes> keys;
    for (const StoreRow& row : Rows(prefix)) keys.push_back(row.key);
    return keys;
  }
  Bytes RowsOf(char kind, const std::string& code) {
    Bytes prefix(1, kind);
    ByteWriter(prefix).U64(IdOf(code));
    return prefix;
  }
  size_t KeyRows(char kind) {
    const Bytes prefix(1, kind);
    return house_.LogOf(kMain).key_memory->Scan({.begin = prefix, .end = PrefixEnd(prefix), .limit = 1000})->size();
  }
  void ForgetKeyRows(char kind) {
    std::vector<StoreRow> rows = house_.CopyKeys(kMain);
    EXPECT_GT(std::erase_if(rows, [kind](const StoreRow& row) { return row.key.front() == kind; }), 0u);
    house_.PutBackKeys(kMain, rows);
  }
  size_t Marks() { return MainRoom().sealed->ListDocuments(Table::kRekey, {}, 100)->size(); }

  TestHouse house_;
  std::string anna_, lars_;
  std::string random_token_, shared_token_;
  std::string kept_file_, deleted_file_;
};

TEST_F(LedgerReplayTest, WhoLivesOpensAndWhatWasTakenAwayStaysAway) {
  const std::vector<StoreRow> copy = house_.CopyData(kMain);
  ASSERT_TRUE(Change(anna_, "anna@example.org").ok());
  ASSERT_TRUE(DeleteFile().ok());
  EXPECT_EQ(KeyRows('F'), 2u);
  ASSERT_TRUE(Rekey(anna_).ok());
  EXPECT_EQ(KeyRows('P'), 1u);
  house_.PutBackData(kMain, copy);
  EXPECT_EQ(TextsOf(anna_, "email"), std::vector<std::string>{"?"}) << "the present key alone";
  const ReplayReport report = Replay();
  EXPECT_EQ(report.customers, 2u);
  EXPECT_EQ(report.moved_to_new_key, 1u);
  EXPECT_EQ(report.fields_taken_again, 2u);
  EXPECT_EQ(report.erased_again, 0u);
  EXPECT_EQ(report.unopenable, 0u);
  EXPECT_TRUE(report.lost_codes.empty());
  for (int time = 0; time < 2; ++time) {
    EXPECT_TRUE(TextsOf(anna_, "email").empty());
    EXPECT_EQ(TextsOf(anna_, "phone").size(), 1u);
    EXPECT_EQ(Found("email", "anna@example.com"), 0u);
    EXPECT_EQ(Found("email", "lars@example.com"), 1u);
    EXPECT_EQ(Found("phone", TextsOf(anna_, "phone").front()), 2u);  // both have the same
    EXPECT_TRUE(FileReads(kept_file_));
    EXPECT_FALSE(FileReads(deleted_file_));
    EXPECT_EQ(Resolve(random_token_), Reason::kTokenOutdated);
    EXPECT_EQ(Resolve(shared_token_), Reason::kOk);
    EXPECT_EQ(house_.customers->Open(anna_)->stored.key->generation, 2u);
    house_.Reopen();
  }
  // A new value does not get the number of the one that went: it would go with the next restore.
  ASSERT_TRUE(Change(anna_, "anna@example.net").ok());
  house_.PutBackData(kMain, house_.CopyData(kMain));
  EXPECT_EQ(Replay().fields_taken_again, 0u);
  EXPECT_EQ(TextsOf(anna_, "email"), std::vector<std::string>{"anna@example.net"});
}

TEST_F(LedgerReplayTest, WithoutThePastKeyALivingCustomerIsLostAndLeftAsItIs) {
  const std::vector<StoreRow> copy = house_.CopyData(kMain);
  ASSERT_TRUE(Rekey(anna_).ok());
  ForgetKeyRows('P');
  house_.PutBackData(kMain, copy);
  const std::vector<StoreRow> before = Rows(RowsOf('c', anna_));
  const ReplayReport report = Replay();
  EXPECT_EQ(report.lost_codes, std::vector<std::string>{anna_});
  EXPECT_EQ(report.unopenable, 1u);
  EXPECT_EQ(report.customers, 1u);
  const std::vector<StoreRow> after = Rows(RowsOf('c', anna_));
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after.front().value, before.front().value);
  EXPECT_FALSE(Rows(RowsOf('d', anna_)).empty());
  EXPECT_EQ(TextsOf(lars_, "email").front(), "lars@example.com");
}

TEST_F(LedgerReplayTest, WithoutTheNoteTheValueComesBack) {
  const std::vector<StoreRow> copy = house_.CopyData(kMain);
  ASSERT_TRUE(Change(anna_, "anna@example.org").ok());
  ASSERT_TRUE(Rekey(anna_).ok());
  ForgetKeyRows('F');
  house_.PutBackData(kMain, copy);
  EXPECT_EQ(Replay().fields_taken_again, 0u);
  EXPECT_EQ(TextsOf(anna_, "email"), std::vector<std::string>{"anna@example.com"});
  EXPECT_EQ(Found("email", "anna@example.com"), 1u);
}

TEST_F(LedgerReplayTest, WhenTheEpochIsDestroyedTheOldCopyOpensNothing) {
  const std::vector<StoreRow> copy = house_.CopyData(kMain);
  ASSERT_TRUE(Change(anna_, "anna@example.org").ok());
  ASSERT_TRUE(Rekey(anna_).ok());
  KeyRotation rotation(*house_.gate, {});
  house_.clock.AdvanceMillis(31 * kDay);
  ASSERT_TRUE(rotation.RunDue().ok());
  EXPECT_EQ(KeyRows('P'), 1u) << "empty and kept: the proof does not count past keys";
  EXPECT_EQ(MainRoom().epochs->List()->front().state, EpochState::kEmpty);
  const std::vector<StoreRow> keys = house_.CopyKeys(kMain);
  const std::vector<StoreRow> newest = house_.CopyData(kMain);
  {
    KeyRotation again(*house_.gate, {});
    house_.clock.AdvanceMillis(36 * kDay);
    ASSERT_TRUE(again.RunDue().ok());
  }
  EXPECT_EQ(MainRoom().epochs->List()->front().state, EpochState::kDestroyed);
  EXPECT_EQ(KeyRows('P'), 0u);
  EXPECT_EQ(KeyRows('F'), 0u);
  house_.PutBackData(kMain, copy);
  EXPECT_EQ(Replay().lost_codes, std::vector<std::string>{anna_});
  EXPECT_EQ(TextsOf(lars_, "email").front(), "lars@example.com") << "who got no new key opens from a copy of any age";
  // A newer copy opens all the same.
  house_.PutBackData(kMain, newest);
  EXPECT_TRUE(Replay().lost_codes.empty());
  EXPECT_EQ(TextsOf(anna_, "email").front(), "anna@example.org");
  // The control: with the epoch's keys given back.
  house_.PutBackKeys(kMain, keys);
  house_.PutBackData(kMain, copy);
  EXPECT_TRUE(Replay().lost_codes.empty());
  EXPECT_TRUE(TextsOf(anna_, "email").empty());
  EXPECT_EQ(TextsOf(anna_, "phone").size(), 1u);
}

TEST_F(LedgerReplayTest, TheErasedGoAgainWithAllTheirRows) {
  const std::vector<StoreRow> copy = house_.CopyData(kMain);
  ASSERT_TRUE(Erase(anna_).ok());
  house_.PutBackData(kMain, copy);
  EXPECT_EQ(Rows(RowsOf('c', anna_)).size(), 1u) << "the control";
  EXPECT_GE(Rows(RowsOf('d', anna_)).size(), 6u);
  const size_t uniques = Rows("x").size();
  const ReplayReport report = Replay();
  EXPECT_EQ(report.erased_again, 1u);
  EXPECT_EQ(report.customers, 1u);
  EXPECT_TRUE(Rows(RowsOf('c', anna_)).empty());
  EXPECT_TRUE(Rows(RowsOf('d', anna_)).empty());
  EXPECT_EQ(Found("email", "anna@example.com"), 0u);
  EXPECT_EQ(Found("email", "lars@example.com"), 1u);
  EXPECT_EQ(Rows("x").size(), uniques - 3) << "external id, audit id, the value of a token";
  EXPECT_EQ(Resolve(shared_token_), Reason::kTokenNotFound);
  // The external id is free.
  EXPECT_NE(house_.MakeCustomer("c-1", "anna@example.com"), anna_);
}

TEST_F(LedgerReplayTest, AnErasureThatTheCopyShowsHalfDoneIsCarriedOut) {
  house_.LogOf(kMain).keys.SetPlan(FaultPlan({{.nth = 1, .kind = FaultKind::kFailBefore}}));
  EXPECT_FALSE(Erase(anna_).ok());
  house_.LogOf(kMain).keys.SetPlan({});
  const auto intents = [&] { return MainRoom().sealed->ListDocuments(Table::kIntent, {}, 10)->size(); };
  ASSERT_EQ(intents(), 1u);
  EXPECT_FALSE(*MainRoom().customer_keys->IsErased(IdOf(anna_))) << "the key is there";
  const std::vector<StoreRow> copy = house_.CopyData(kMain);
  house_.PutBackData(kMain, copy);
  Replay();
  EXPECT_EQ(intents(), 0u);
  EXPECT_TRUE(*MainRoom().customer_keys->IsErased(IdOf(anna_)));
  EXPECT_TRUE(Rows(RowsOf('d', anna_)).empty());
  EXPECT_EQ(Found("email", "anna@example.com"), 0u);
  // The same copy after the erasure was done elsewhere.
  house_.PutBackData(kMain, copy);
  Replay();
  EXPECT_EQ(intents(), 0u);
  EXPECT_TRUE(Rows(RowsOf('d', anna_)).empty());
}

TEST_F(LedgerReplayTest, EveryRowIsMadeAgainJustAsItWas) {
  const std::string lars_token = Token(lars_, "email", TokenFormat::kDeterministic);
  const std::string_view revoked = lars_token;
  ASSERT_TRUE(house_.tokens->Revoke(house_.As("everything"), "crm", std::span(&revoked, 1)).Wait().ok());
  EXPECT_EQ(Token(lars_, "phone", TokenFormat::kDeterministic), shared_token_) << "two owners";
  ASSERT_TRUE(Change(lars_, "lars@example.org").ok());  // its token is outdated, and its row stays
  const std::vector<Bytes> references = RowKeys("i");
  const std::vector<Bytes> uniques = RowKeys("x");
  const std::vector<StoreRow> unique_rows = Rows("x");
  ASSERT_GT(references.size(), 10u);
  ASSERT_EQ(uniques.size(), 6u);
  const ReplayReport report = Replay();
  EXPECT_EQ(RowKeys("i"), references);
  EXPECT_EQ(RowKeys("x"), uniques);
  EXPECT_EQ(report.index_rows, references.size());
  EXPECT_EQ(report.unique_rows, uniques.size());
  EXPECT_EQ(report.unique_conflicts, 0u);
  const std::vector<StoreRow> again = Rows("x");
  for (size_t i = 0; i < again.size(); ++i) EXPECT_EQ(again[i].value.size(), unique_rows[i].value.size());
  EXPECT_EQ(Resolve(lars_token), Reason::kTokenRevoked);
  EXPECT_EQ(Resolve(shared_token_), Reason::kOk);
  EXPECT_EQ(house_.MakeCustomer("c-1", "anna@example.com"), anna_) << "found by its external id";
}

TEST_F(LedgerReplayTest, ATokenThatTheOfficesCopyIsTooOldForResolvesAgain) {
  const std::string token = Token(anna_, "card", TokenFormat::kFormatPreserving);
  EXPECT_EQ(Resolve(token), Reason::kOk);
  Store& office = *house_.OfficeLog().memory;
  const Bytes directory = {'n', static_cast<char>(Table::kTokenDirectory)};
  const std::vector<StoreRow> rows = house_.OfficeLog().Rows(directory);
  ASSERT_EQ(rows.size(), 1u);
  StoreBatch lost;
  lost.deletes.push_back(rows.front().key);
  ASSERT_TRUE(office.Commit(lost).ok());
  EXPECT_EQ(Resolve(token), Reason::kTokenNotFound);
  EXPECT_EQ(Replay().unique_conflicts, 0u);
  EXPECT_EQ(Resolve(token), Reason::kOk);
  EXPECT_EQ(Replay().unique_conflicts, 0u);
}

TEST_F(LedgerReplayTest, ATokenThatNamesItsRowByAKeyOfEpochOneGetsAMark) {
  // As the releases before marks wrote it.
  const auto customer = house_.customers->Open(anna_);
  ASSERT_TRUE(customer.ok());
  const SealedStore& sealed = *MainRoom().sealed;
  const std::vector<Bytes> tokens = *sealed.ListItems(customer->id, kTokenItemKind, 10);
  SealedBatch batch;
  Bytes shared;
  for (const Bytes& name : tokens) {
    const auto opened = sealed.GetItem(customer->id, *customer->stored.key, kTokenItemKind, name);
    TokenItem item = *TokenItem::Decode((*opened)->content.view());
    if (!item.value_mark.has_value()) continue;
    shared = name;
    item.value_row_of_epoch_1 =
        RowKeyOfMark(sealed.ring().epochs().Current()->open->blinder, {kUniqueKind, *item.value_mark, 0});
    item.value_mark.reset();
    ASSERT_TRUE(sealed.PutItem(batch, customer->id, *customer->stored.key, kTokenItemKind, name, item.Encode()).ok());
  }
  ASSERT_FALSE(shared.empty());
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kStoreCheck;
  ASSERT_TRUE(MainRoom().journal->Submit(std::move(batch), entry).Wait().ok());
  const std::vector<StoreRow> copy = house_.CopyData(kMain);
  const auto has_mark = [&] {
    const auto now = house_.customers->Open(anna_);
    const auto opened = MainRoom().sealed->GetItem(now->id, *now->stored.key, kTokenItemKind, shared);
    return TokenItem::Decode((*opened)->content.view())->value_mark.has_value();
  };
  Replay();
  EXPECT_TRUE(has_mark()) << "while epoch 1 is held";
  EXPECT_EQ(Resolve(shared_token_), Reason::kOk);
  KeyRotation rotation(*house_.gate, {});
  for (int step = 0; step < 4; ++step) {
    house_.clock.AdvanceMillis(31 * kDay);
    ASSERT_TRUE(rotation.RunDue().ok());
  }
  ASSERT_EQ(MainRoom().epochs->List()->front().state, EpochState::kDestroyed);
  house_.PutBackData(kMain, copy);
  EXPECT_FALSE(has_mark());
  EXPECT_EQ(Resolve(shared_token_), Reason::kTokenNotFound) << "the control: its row is under a key that is gone";
  Replay();
  EXPECT_TRUE(has_mark()) << "made from the value";
  EXPECT_EQ(Resolve(shared_token_), Reason::kOk);
  EXPECT_EQ(Token(anna_, "phone", TokenFormat::kDeterministic), shared_token_);
}

TEST_F(LedgerReplayTest, RowsOfAnotherEpochGo) {
  const std::vector<StoreRow> copy = house_.CopyData(kMain);
  const std::vector<Bytes> old_keys = RowKeys("i");
  KeyRotation rotation(*house_.gate, {});
  for (int step = 0; step < 4; ++step) {
    house_.clock.AdvanceMillis(31 * kDay);
    ASSERT_TRUE(rotation.RunDue().ok());
  }
  EXPECT_EQ(MainRoom().epochs->List()->front().state, EpochState::kDestroyed);
  house_.PutBackData(kMain, copy);
  EXPECT_EQ(Found("email", "anna@example.com"), 0u) << "the control: its rows are under a key that is gone";
  Replay();
  EXPECT_EQ(Found("email", "anna@example.com"), 1u);
  const std::vector<Bytes> now = RowKeys("i");
  EXPECT_EQ(now.size(), old_keys.size());
  for (const Bytes& key : now) EXPECT_EQ(std::count(old_keys.begin(), old_keys.end(), key), 0);
  EXPECT_EQ(Resolve(shared_token_), Reason::kOk);
  // The next rotation proves everything.
  KeyRotation next(*house_.gate, {});
  house_.clock.AdvanceMillis(31 * kDay);
  const Status rotated = next.RunDue();
  EXPECT_TRUE(rotated.ok()) << rotated.ToString();
}

TEST_F(LedgerReplayTest, WhoWasToGetANewKeyIsMarkedAgain) {
  const std::vector<StoreRow> copy = house_.CopyData(kMain);
  ASSERT_TRUE(Change(anna_, "anna@example.org").ok());
  ASSERT_EQ(Marks(), 1u);
  house_.PutBackData(kMain, copy);
  EXPECT_EQ(Marks(), 0u);
  EXPECT_EQ(Replay().fields_taken_again, 1u);
  EXPECT_EQ(Marks(), 1u);
  ASSERT_TRUE(RekeyMarked(MainRoom(), house_.clock.NowMillis() + 1).ok());
  EXPECT_EQ(KeyRows('P'), 1u);
  // Between two keys: the copy is from before both.
  house_.PutBackData(kMain, copy);
  ASSERT_TRUE(MainRoom().customer_keys->BeginRekey(IdOf(lars_)).ok());
  Replay();
  EXPECT_EQ(Marks(), 1u);
  ASSERT_TRUE(RekeyMarked(MainRoom(), house_.clock.NowMillis() + 1).ok());
  EXPECT_FALSE(*MainRoom().customer_keys->IsBetweenKeys(IdOf(lars_)));
  EXPECT_EQ(TextsOf(lars_, "email").front(), "lars@example.com");
}

TEST_F(LedgerReplayTest, AChangeIsAcknowledgedWhenItIsNotedAndACrashBeforeIsMadeGood) {
  house_.LogOf(kMain).keys.SetPlan(FaultPlan({{.nth = 1, .kind = FaultKind::kFailBefore}}));
  EXPECT_FALSE(Change(anna_, "anna@example.org").ok());
  house_.LogOf(kMain).keys.SetPlan({});
  EXPECT_EQ(TextsOf(anna_, "email").front(), "anna@example.org") << "the change is there, and was not acknowledged";
  EXPECT_EQ(KeyRows('F'), 0u);
  house_.Reopen();
  EXPECT_TRUE(RekeyMarked(MainRoom(), 0).ok());  // nobody is due
  EXPECT_EQ(Marks(), 1u);
  EXPECT_EQ(KeyRows('F'), 1u);
  // A change that failed before it was written leaves no note that could take a living value away.
  house_.LogOf(kMain).data.SetPlan(FaultPlan({{.nth = 1, .kind = FaultKind::kFailBefore}}));
  EXPECT_FALSE(Change(lars_, "lars@example.org").ok());
  house_.LogOf(kMain).data.SetPlan({});
  EXPECT_EQ(KeyRows('F'), 1u);
  house_.PutBackData(kMain, house_.CopyData(kMain));
  EXPECT_EQ(Replay().fields_taken_again, 0u);
  EXPECT_EQ(TextsOf(lars_, "email").front(), "lars@example.com");
}

TEST_F(LedgerReplayTest, AnErasureTakesPastKeysAndNotesWithIt) {
  ASSERT_TRUE(Change(anna_, "anna@example.org").ok());
  ASSERT_TRUE(Rekey(anna_).ok());
  ASSERT_TRUE(Rekey(lars_).ok());
  EXPECT_EQ(KeyRows('P'), 2u);
  EXPECT_EQ(KeyRows('F'), 1u);
  ASSERT_TRUE(Erase(anna_).ok());
  EXPECT_EQ(KeyRows('P'), 1u) << "the other's stays";
  EXPECT_EQ(KeyRows('F'), 0u);
}

TEST_F(LedgerReplayTest, ACrashAtAnyWriteIsMadeGoodByBeginningAnew) {
  const std::string gone = house_.MakeCustomer("c-3", "gone@example.com");
  const std::vector<StoreRow> copy = house_.CopyData(kMain);
  ASSERT_TRUE(Erase(gone).ok());
  ASSERT_TRUE(Change(anna_, "anna@example.org").ok());
  ASSERT_TRUE(DeleteFile().ok());
  ASSERT_TRUE(Rekey(anna_).ok());
  ASSERT_TRUE(Rekey(anna_).ok());
  const std::vector<StoreRow> keys = house_.CopyKeys(kMain);
  int crashes = 0;
  for (const FaultKind kind : {FaultKind::kFailBefore, FaultKind::kFailAfter, FaultKind::kStorageFull}) {
    bool failed = true;
    for (uint64_t nth = 1; failed; ++nth) {
      house_.PutBackKeys(kMain, keys);
      house_.PutBackData(kMain, copy);
      FaultyStore& store = house_.LogOf(kMain).data;
      const uint64_t faults = store.faults_made();
      store.SetPlan(FaultPlan({{.nth = nth, .kind = kind}}));
      const Status tried = ReplayLedger(*house_.house, MainRoom(), *house_.catalogue->Current()).status();
      failed = store.faults_made() > faults;
      crashes += failed;
      store.SetPlan({});
      EXPECT_EQ(failed, !tried.ok()) << tried.ToString();
      house_.Reopen();
      if (failed) Replay();
      EXPECT_TRUE(TextsOf(anna_, "email").empty());
      EXPECT_EQ(TextsOf(anna_, "phone").size(), 1u);
      EXPECT_EQ(TextsOf(lars_, "email").front(), "lars@example.com");
      EXPECT_EQ(Found("email", "anna@example.com"), 0u);
      EXPECT_EQ(Found("email", "gone@example.com"), 0u);
      EXPECT_EQ(Found("email", "lars@example.com"), 1u);
      EXPECT_TRUE(Rows(RowsOf('c', gone)).empty());
      EXPECT_TRUE(FileReads(kept_file_));
      EXPECT_FALSE(FileReads(deleted_file_));
      EXPECT_EQ(Resolve(shared_token_), Reason::kOk);
      EXPECT_EQ(Rows("x").size(), 5u);
      ASSERT_FALSE(HasFailure()) << "write " << nth;
      ASSERT_LT(nth, 100u);
    }
  }
  std::printf("%d crashes\n", crashes);
  EXPECT_GT(crashes, 15);
}

}  // namespace
}  // namespace strongroom
