// Customers who go to another compartment: what stays as it was, what a crash leaves, what erasures and restores do.
#include "vault/customer_moves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "vault/files.h"
#include "vault/ledger_replay.h"
#include "vault/testing/test_house.h"

namespace strongroom {
namespace {

constexpr size_t kMain = TestHouse::kMain;
constexpr size_t kVip = TestHouse::kVip;
constexpr std::string_view kEmail = "asandstrom@example.org";
constexpr int64_t kDay = 86'400'000;

struct MovingHouse : TestHouse {
  MovingHouse() {
    FillCatalogue();
    code = MakeCustomer("C1", kEmail);
    TokenDomain domain;
    domain.name = "crm";
    EXPECT_TRUE(tokens->PutDomain(As("everything"), domain).Wait().ok());
    token = Token("email", TokenFormat::kRandom);
    shaped = Token("card", TokenFormat::kFormatPreserving);
    content = random.Take(300'000);
    Files files(*gate, *catalogue, *customers);
    const auto put = files.Put(As("everything"), code, kPoint, "passport", "scan.png", "", content).Wait();
    EXPECT_TRUE(put.ok()) << put.status().ToString();
    if (put.ok()) file = put->id;
  }

  std::string Token(std::string_view field, TokenFormat format) {
    TokenRequest request;
    request.code = code;
    request.field = field;
    request.format = format;
    const auto made = tokens->Create(As("everything"), "crm", std::span(&request, 1)).Wait();
    EXPECT_TRUE(made.ok() && made->front().ok()) << made.status().ToString();
    return made.ok() && made->front().ok() ? made->front()->token : std::string();
  }
  CustomerId Id() const { return *house->codes().DecodeCustomer(code); }
  Result<MoveAnswer> Move(std::string_view to, std::string_view role = "everything") {
    CustomerMoves moves(*gate, *catalogue, *customers);
    return moves.Move(As(role), code, to).Wait();
  }
  FinishedMoves FinishMoves() { return CustomerMoves(*gate, *catalogue, *customers).FinishMoves(); }
  // "main:asandstrom@example.org", or why not.
  std::string Shown() {
    const RevealRequest reveal{code, {"email"}};
    const auto shown = customers->Reveal(As("everything"), reveal).Wait();
    if (!shown.ok()) return std::string(InfoOf(shown.reason()).wire_code);
    const auto opened = customers->Open(code);
    return opened->room->info.name + ":" + std::string(shown->values.front().text);
  }
  Reason Resolve(const std::string& text) {
    const std::string_view one = text;
    const auto resolved = tokens->Resolve(As("everything"), "crm", std::span(&one, 1)).Wait();
    return resolved.ok() ? resolved->front().reason() : resolved.reason();
  }
  size_t Hits(std::string_view compartment) {
    const auto hits = customers->Search(As("everything"), compartment, "email", kEmail, false).Wait();
    EXPECT_TRUE(hits.ok()) << hits.status().ToString();
    return hits.ok() ? hits->size() : 99;
  }
  size_t Listed(std::string_view compartment) {
    const auto page = customers->List(As("everything"), compartment, {}, 100).Wait();
    EXPECT_TRUE(page.ok()) << page.status().ToString();
    return page.ok() ? page->customers.size() : 99;
  }
  bool FileReads() {
    Files files(*gate, *catalogue, *customers);
    const auto read = files.Get(As("everything"), code, file).Wait();
    return read.ok() && read->content.view() == content;
  }
  Status Change(std::string_view field, std::string_view value) {
    ChangeRequest change;
    change.code = code;
    change.any_version = true;
    change.collection_point = kPoint;
    if (value.empty()) {
      change.remove = {field};
    } else {
      change.set = {{field, value}};
    }
    return customers->Change(As("everything"), change).Wait().status();
  }
  size_t DataRows(size_t room) {
    size_t rows = 0;
    for (const char* const kind : {"c", "d", "i", "x"}) rows += LogOf(room).Rows(kind).size();
    return rows;
  }
  size_t KeyRows(size_t room, char kind) {
    return LogOf(room)
        .key_memory->Scan({.begin = Bytes(1, kind), .end = Bytes(1, static_cast<char>(kind + 1)), .limit = 99})
        ->size();
  }
  size_t Turns(size_t room) { return RoomAt(room).sealed->ListDocuments(Table::kMoveTurn, {}, 100)->size(); }
  // All that a customer has can be asked for.
  bool Whole() {
    const std::string shown = Shown();
    return shown.ends_with(kEmail) && Resolve(token) == Reason::kOk && Resolve(shaped) == Reason::kOk && FileReads();
  }
  // The customer is whole in this compartment, and nothing is left of them in the other.
  void ExpectLivesIn(size_t room) {
    const size_t other = room == kMain ? kVip : kMain;
    const std::string name = room == kMain ? "main" : "vip";
    EXPECT_EQ(Shown(), name + ":" + std::string(kEmail));
    EXPECT_EQ(Resolve(token), Reason::kOk);
    EXPECT_EQ(Resolve(shaped), Reason::kOk);
    EXPECT_TRUE(FileReads());
    EXPECT_EQ(Hits(name), 1u);
    EXPECT_EQ(Listed(name), 1u);
    EXPECT_EQ(Hits(room == kMain ? "vip" : "main"), 0u);
    EXPECT_EQ(Listed(room == kMain ? "vip" : "main"), 0u);
    EXPECT_TRUE(customers->Open("ext:C1").ok());
    EXPECT_GT(DataRows(room), 8u);
    EXPECT_EQ(DataRows(other), 0u);
    EXPECT_EQ(KeyRows(room, 'K'), 1u);
    EXPECT_EQ(KeyRows(room, 'W'), 0u);
    EXPECT_EQ(KeyRows(other, 'K'), 0u);
    EXPECT_EQ(KeyRows(room, 'A') + KeyRows(other, 'A'), 0u);
    EXPECT_EQ(Turns(room) + Turns(other), 0u);
  }

  std::string code;
  std::string token;
  std::string shaped;
  std::string file;
  Bytes content;
};

TEST(CustomerMoves, EverythingGoesAndCodeAndTokensStay) {
  MovingHouse house;
  house.ExpectLivesIn(kMain);
  const size_t rows = house.DataRows(kMain);
  const Result<MoveAnswer> moved = house.Move("vip");
  ASSERT_TRUE(moved.ok()) << moved.status().ToString();
  EXPECT_TRUE(moved->moved);
  EXPECT_EQ(moved->code, house.code);
  EXPECT_EQ(moved->from, "main");
  EXPECT_EQ(moved->to, "vip");
  EXPECT_EQ(moved->items, 5u) << "two tokens, a file's manifest and its two parts";
  house.ExpectLivesIn(kVip);
  EXPECT_EQ(house.DataRows(kVip), rows) << "as many rows as before";
  EXPECT_EQ(house.KeyRows(kMain, 'P'), 1u) << "for copies of the data from before";
  EXPECT_EQ(house.Token("email", TokenFormat::kRandom).substr(0, 4), "tok_") << "new tokens can be made";
  EXPECT_FALSE(house.Move("vip")->moved) << "asked again";
  house.Reopen();
  house.ExpectLivesIn(kVip);

  // Control: without the row that stayed behind, code and tokens lead nowhere.
  StoreBatch batch;
  batch.deletes.push_back(DepartureRowKey(house.Id()));
  ASSERT_TRUE(house.LogOf(kMain).key_memory->Commit(batch).ok());
  EXPECT_EQ(house.Shown(), "customer-not-found");
  EXPECT_EQ(house.Resolve(house.token), Reason::kTokenNotFound);
}

TEST(CustomerMoves, BothLogsSayWhoMovedWhom) {
  MovingHouse house;
  ASSERT_TRUE(house.Move("vip").ok());
  const auto audit_id = house.customers->Open(house.code)->record.audit_id;
  for (const size_t room : {kMain, kVip}) {
    std::vector<std::string> details;
    for (const AuditEntry& entry : house.Entries(room)) {
      if (entry.action != Action::kCustomerMove) continue;
      EXPECT_EQ(entry.actor, 0x77u);
      EXPECT_EQ(entry.customers, std::vector<AuditId>{audit_id});
      details.push_back(entry.detail);
    }
    if (room == kMain) {
      EXPECT_THAT(details, testing::ElementsAre("intent: to vip", "moved away to vip"));
    } else {
      EXPECT_THAT(details, testing::ElementsAre("intent: from main", "copy from main: items", "copy from main",
                                                "arrived from main"));
    }
  }
}

TEST(CustomerMoves, ThereAndBackAndThereAgain) {
  MovingHouse house;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(house.Move("vip").ok());
    house.ExpectLivesIn(kVip);
    ASSERT_TRUE(house.Move("main").ok());
    house.ExpectLivesIn(kMain);
  }
  EXPECT_EQ(*house.RoomAt(kMain).customer_keys->GenerationOf(house.Id()), 7u);
}

TEST(CustomerMoves, WhoMayNotOrCannotStaysWhereTheyAre) {
  MovingHouse house;
  EXPECT_EQ(house.Move("vip", "operator").reason(), Reason::kDenied);
  EXPECT_EQ(house.Move("vip", "privacy-officer").reason(), Reason::kApprovalNeeded);
  EXPECT_EQ(house.Move("nowhere").reason(), Reason::kCompartmentUnknown);
  const std::string other = house.MakeCustomer("C1", "other@example.org", "vip");
  EXPECT_EQ(house.Move("vip").reason(), Reason::kExternalIdTaken);
  ASSERT_TRUE(house.customers->Erase(house.As("privacy-officer"), other).Wait().ok());
  house.Token("phone", TokenFormat::kDeterministic);
  EXPECT_EQ(house.Move("vip").reason(), Reason::kTokenFormatRefused);
  EXPECT_EQ(house.Shown(), "main:" + std::string(kEmail));
  EXPECT_EQ(house.KeyRows(kMain, 'W') + house.KeyRows(kVip, 'A'), 0u);
}

TEST(CustomerMoves, ADeterministicTokenMadeAfterTheMoveResolves) {
  MovingHouse house;
  ASSERT_TRUE(house.Move("vip").ok());
  const std::string shared = house.Token("phone", TokenFormat::kDeterministic);
  EXPECT_EQ(house.Resolve(shared), Reason::kOk);
  EXPECT_EQ(house.Token("phone", TokenFormat::kDeterministic), shared);
}

// Whoever opened the record before the move and writes beside it afterwards finds that it changed.
TEST(CustomerMoves, NothingIsWrittenBesideWhoHasGone) {
  MovingHouse house;
  const auto before = house.customers->Open(house.code);
  ASSERT_TRUE(before.ok());
  const auto write = [&] {
    SealedBatch batch;
    before->room->sealed->ExpectRecord(batch, before->id, before->stored.version);
    EXPECT_TRUE(before->room->sealed->PutItem(batch, before->id, *before->stored.key, 'x', "late", "content").ok());
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = Action::kStoreCheck;
    return before->room->journal->Submit(std::move(batch), std::move(entry)).Wait();
  };
  EXPECT_TRUE(write().ok()) << "control: before the move it is written";
  ASSERT_TRUE(house.Move("vip").ok());
  EXPECT_EQ(write().reason(), Reason::kStorageConflict);
  EXPECT_EQ(house.LogOf(kMain).Rows("d").size(), 0u);
}

// What is asked while the copy is made: nothing is changed and nothing shown, and it can be asked again.
TEST(CustomerMoves, MeanwhileRequestsAreToldToAskAgain) {
  MovingHouse house;
  std::vector<Reason> told;
  int commits = 0;
  house.LogOf(kVip).data.SetBeforeCommit([&] {
    ++commits;
    if (commits < 2 || commits > 3) return;  // the turn, items, then the record
    told.push_back(house.Change("nickname", "Nettan").reason());
    told.push_back(house.customers->Read(house.As("everything"), house.code).Wait().reason());
    told.push_back(house.customers->Erase(house.As("everything"), house.code).Wait().reason());
    const std::string_view token = house.token;
    const auto revoked = house.tokens->Revoke(house.As("everything"), "crm", std::span(&token, 1)).Wait();
    told.push_back(revoked.ok() ? revoked->front().reason() : revoked.reason());
    told.push_back(house.Resolve(house.token));
  });
  ASSERT_TRUE(house.Move("vip").ok());
  house.LogOf(kVip).data.SetBeforeCommit({});
  EXPECT_THAT(told, testing::AllOf(testing::SizeIs(10), testing::Each(Reason::kRecordBusy)));
  house.ExpectLivesIn(kVip);
  EXPECT_TRUE(house.Change("nickname", "Nettan").ok()) << "control: afterwards it is done";
  const std::string_view token = house.token;
  EXPECT_TRUE(house.tokens->Revoke(house.As("everything"), "crm", std::span(&token, 1)).Wait()->front().ok());
  EXPECT_EQ(house.Resolve(house.token), Reason::kTokenRevoked);
}

// Somebody changes the customer all the time while they go there and back: what was answered is there.
TEST(CustomerMoves, NoChangeThatWasAnsweredIsLost) {
  MovingHouse house;
  std::atomic<bool> stop = false;
  int answered = 0;
  int refused = 0;
  int tried = 0;
  std::thread changes([&] {
    while (!stop) {
      const Status changed = house.Change("nickname", "Nettan " + std::to_string(++tried));
      EXPECT_TRUE(changed.ok() || changed.reason() == Reason::kRecordBusy ||
                  changed.reason() == Reason::kStorageConflict)
          << changed.ToString();
      if (changed.ok()) answered = tried;
      refused += changed.ok() ? 0 : 1;
    }
  });
  int moved = 0;
  for (int i = 0; i < 60; ++i) moved += house.Move(moved % 2 == 0 ? "vip" : "main").ok() ? 1 : 0;
  stop = true;
  changes.join();
  std::printf("%d moves, %d changes, %d of them refused\n", moved, tried, refused);
  EXPECT_GT(moved, 10);
  EXPECT_GT(answered, 10);
  EXPECT_GT(refused, 0) << "control: they met";
  house.ExpectLivesIn(moved % 2 == 0 ? kMain : kVip);
  const auto opened = house.customers->Open(house.code);
  ASSERT_TRUE(opened.ok());
  const RecordValue* const nickname = opened->record.Find(house.catalogue->Current()->FindField("nickname")->id);
  ASSERT_NE(nickname, nullptr);
  // Or a later one, which was written and whose answer met a move.
  EXPECT_GE(std::stoi(std::string(nickname->text.substr(7))), answered);
}

// A copy that is not the same is noticed before it counts.
TEST(CustomerMoves, ACopyThatDiffersIsGivenUp) {
  MovingHouse house;
  int commits = 0;
  house.LogOf(kVip).data.SetBeforeCommit([&] {
    if (++commits != 3) return;  // the record comes; an item that was copied goes
    const auto items = house.LogOf(kVip).Rows("d");
    ASSERT_FALSE(items.empty());
    StoreBatch batch;
    batch.deletes.push_back(items.front().key);
    ASSERT_TRUE(house.LogOf(kVip).memory->Commit(batch).ok());
  });
  EXPECT_EQ(house.Move("vip").reason(), Reason::kDataCorrupt);
  house.LogOf(kVip).data.SetBeforeCommit({});
  house.ExpectLivesIn(kMain);
  ASSERT_TRUE(house.Move("vip").ok()) << "control: untouched, the copy counts";
  house.ExpectLivesIn(kVip);
}

// Every write of a move fails once, in every way and store: the customer lives in one of the two, whole.
TEST(CustomerMoves, ACrashAtAnyWriteLeavesTheCustomerHereOrThere) {
  int here = 0;
  int there = 0;
  int left_something = 0;
  for (const size_t store : {0, 1, 2, 3}) {
    for (const FaultKind kind : {FaultKind::kFailBefore, FaultKind::kFailAfter, FaultKind::kStorageFull}) {
      bool failed = true;
      for (uint64_t nth = 1; failed; ++nth) {
        MovingHouse house;
        TestLog& log = house.LogOf(store < 2 ? kMain : kVip);
        FaultyStore& faulty = store % 2 == 0 ? log.keys : log.data;
        faulty.SetPlan(FaultPlan({{.nth = nth, .kind = kind}}));
        const Result<MoveAnswer> moved = house.Move("vip");
        failed = faulty.faults_made() > 0;
        faulty.SetPlan({});
        house.Reopen();
        left_something += static_cast<int>(house.KeyRows(kVip, 'A'));
        const FinishedMoves finished = house.FinishMoves();
        EXPECT_EQ(finished.unfinished, 0u) << finished.first_failure.ToString();
        const bool gone = house.KeyRows(kMain, 'W') == 1;
        if (moved.ok()) {
          EXPECT_TRUE(gone);
        }
        house.ExpectLivesIn(gone ? kVip : kMain);
        if (failed) ++(gone ? there : here);
        ASSERT_FALSE(testing::Test::HasFailure())
            << "store " << store << ", write " << nth << ", fault " << static_cast<int>(kind);
        ASSERT_LT(nth, 30u);
      }
    }
  }
  std::printf("%d crashes left the customer where they were, %d where they went; %d left work\n", here, there,
              left_something);
  EXPECT_GT(here, 10);
  EXPECT_GT(there, 5);
  EXPECT_GT(left_something, 5) << "control: without finishing, something is left";
}

// Two servers that both believe they are on duty: the first is stopped before a step, the second takes up what it
// finds, perhaps moves the customer there, and back; then the first goes on.
struct TwoMovers {
  int stopped = 0;
  int damaged = 0;  // the customer is not whole, or something is left over
  std::string first_damage;
};

void StopAtEveryStep(TwoMovers& seen, const std::vector<std::string>& meanwhile, bool with_turns) {
  bool reached = true;
  for (int step = 1; reached; ++step) {
    MovingHouse house;
    CustomerMoves one(*house.gate, *house.catalogue, *house.customers);
    CustomerMoves other(*house.gate, *house.catalogue, *house.customers);
    if (!with_turns) one.IgnoreTurnsForTests();
    int steps = 0;
    reached = false;
    one.SetBeforeStepForTests([&] {
      if (++steps != step) return;
      reached = true;
      other.FinishMoves();
      house.clock.AdvanceMillis(1);  // another move, with another time
      for (const std::string& room : meanwhile) {
        const auto moved = other.Move(house.As("everything"), house.code, room).Wait();
        EXPECT_TRUE(moved.ok()) << moved.status().ToString();
      }
    });
    static_cast<void>(one.Move(house.As("everything"), house.code, "vip").Wait());
    one.SetBeforeStepForTests({});
    const FinishedMoves finished = other.FinishMoves();
    house.Reopen();
    seen.stopped += reached ? 1 : 0;
    const bool damaged = !house.Whole() || finished.unfinished > 0;
    seen.damaged += damaged ? 1 : 0;
    const std::string where = "step " + std::to_string(step) + " of " + std::to_string(steps) + ", then " +
                              std::to_string(meanwhile.size()) + " moves: " + house.Shown();
    if (damaged && seen.first_damage.empty()) seen.first_damage = where;
    if (!with_turns) continue;
    house.ExpectLivesIn(house.Shown().starts_with("vip") ? kVip : kMain);
    ASSERT_FALSE(testing::Test::HasFailure()) << where;
    ASSERT_LT(step, 60);
  }
}

TEST(CustomerMoves, OneWhoGoesOnAfterAnotherTookItUpWritesNothing) {
  TwoMovers seen;
  for (const std::vector<std::string>& meanwhile :
       {std::vector<std::string>{}, {"vip"}, {"vip", "main"}, {"vip", "main", "vip"}}) {
    StopAtEveryStep(seen, meanwhile, true);
  }
  std::printf("stopped %d times while another went on\n", seen.stopped);
  EXPECT_GT(seen.stopped, 20);
  EXPECT_EQ(seen.damaged, 0) << seen.first_damage;
}

TEST(CustomerMoves, WithoutTurnsTheSameIsNoticed) {
  TwoMovers seen;
  for (const std::vector<std::string>& meanwhile : {std::vector<std::string>{"vip"}, {"vip", "main"}}) {
    StopAtEveryStep(seen, meanwhile, false);
  }
  std::printf("%d of %d, the first: %s\n", seen.damaged, seen.stopped, seen.first_damage.c_str());
  EXPECT_GT(seen.damaged, 0);
}

TEST(CustomerMoves, AnErasureReachesCopiesOfTheCompartmentBefore) {
  MovingHouse house;
  const std::vector<StoreRow> before = house.CopyData(kMain);
  ASSERT_TRUE(house.Move("vip").ok());
  house.PutBackData(kMain, before);
  const CustomerId id = house.Id();
  {
    CustomerKeys& keys = *house.RoomAt(kMain).customer_keys;
    const Result<CustomerKeyPtr> past = keys.GetDeparted(id);
    ASSERT_TRUE(past.ok());
    EXPECT_TRUE(house.RoomAt(kMain).sealed->GetRecordWith(id, *past).ok()) << "control: the old copy opens";
  }
  ASSERT_TRUE(house.customers->Erase(house.As("privacy-officer"), house.code).Wait().ok());
  for (const size_t room : {kMain, kVip}) {
    EXPECT_TRUE(*house.RoomAt(room).customer_keys->IsErased(id));
    EXPECT_EQ(house.KeyRows(room, 'K') + house.KeyRows(room, 'P'), 0u);
  }
  EXPECT_EQ(house.RoomAt(kMain).customer_keys->GetDeparted(id).reason(), Reason::kCustomerNotFound);
  const auto report = ReplayLedger(*house.house, house.RoomAt(kMain), *house.catalogue->Current());
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(report->taken_back, 0u);
  EXPECT_EQ(report->erased_again, 1u);
  EXPECT_EQ(house.DataRows(kMain), 0u);
  EXPECT_EQ(house.Shown(), "customer-not-found");
}

TEST(CustomerMoves, ARestoreOfTheCompartmentBeforeBringsNobodyBackTwice) {
  MovingHouse house;
  const std::vector<StoreRow> before = house.CopyData(kMain);
  ASSERT_TRUE(house.Move("vip").ok());
  house.PutBackData(kMain, before);
  const auto report = ReplayLedger(*house.house, house.RoomAt(kMain), *house.catalogue->Current());
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(report->moved_away, 1u);
  EXPECT_EQ(report->taken_back, 0u);
  EXPECT_EQ(report->erased_again, 0u);
  EXPECT_TRUE(report->lost_codes.empty());
  house.ExpectLivesIn(kVip);
}

TEST(CustomerMoves, ARestoreOfBothFromBeforeTheMoveTakesTheCustomerBack) {
  MovingHouse house;
  ASSERT_TRUE(house.Change("nickname", "Nettan").ok());
  const std::vector<StoreRow> main_before = house.CopyData(kMain);
  const std::vector<StoreRow> vip_before = house.CopyData(kVip);
  ASSERT_TRUE(house.Move("vip").ok());
  ASSERT_TRUE(house.Change("nickname", {}).ok());  // taken away where they live now
  house.PutBackData(kMain, main_before);
  house.PutBackData(kVip, vip_before);
  EXPECT_EQ(house.Shown(), "customer-not-found") << "control: the key store leads to where there is no record";
  for (const size_t room : {kMain, kVip}) {
    const auto report = ReplayLedger(*house.house, house.RoomAt(room), *house.catalogue->Current());
    ASSERT_TRUE(report.ok()) << report.status().ToString();
    EXPECT_EQ(report->taken_back, room == kMain ? 1u : 0u);
    EXPECT_EQ(report->fields_taken_again, room == kMain ? 1u : 0u);
  }
  house.ExpectLivesIn(kMain);
  const auto opened = house.customers->Open(house.code);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->record.Find(house.catalogue->Current()->FindField("nickname")->id), nullptr);
  house.clock.AdvanceMillis(kDay);
  ASSERT_TRUE(house.Move("vip").ok()) << "and can go again";
  house.ExpectLivesIn(kVip);
}

}  // namespace
}  // namespace strongroom
