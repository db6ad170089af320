// A new key for a customer: afterwards the old one opens nothing that is held, and everything reads as before.
#include "vault/rekey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "keys/aad.h"
#include "vault/files.h"
#include "vault/key_rotation.h"
#include "vault/testing/test_house.h"

namespace strongroom {
namespace {

using testing::IsEmpty;

constexpr int64_t kDay = 86'400'000;

class RekeyTest : public testing::Test {
 protected:
  RekeyTest() {
    house_.FillCatalogue();
    TokenDomain domain;
    domain.name = "crm";
    EXPECT_TRUE(house_.tokens->PutDomain(house_.As("everything"), domain).Wait().ok());
    code_ = house_.MakeCustomer("c-1", "anna@example.com");
    for (const TokenFormat format : {TokenFormat::kRandom, TokenFormat::kDeterministic})
      tokens_.push_back(Token(format));
    Files files(*house_.gate, *house_.catalogue, *house_.customers);
    content_ = house_.random.Take(700'000);
    const auto put =
        files.Put(house_.As("everything"), code_, TestHouse::kPoint, "passport", "scan.png", "", content_).Wait();
    EXPECT_TRUE(put.ok()) << put.status().ToString();
    if (put.ok()) file_ = put->id;
    EXPECT_FALSE(house_.customers->Compare(house_.As("everything"), code_, "phone", "+46701740600").Wait().ok() &&
                 *house_.customers->Compare(house_.As("everything"), code_, "phone", "+46701740600").Wait());
  }
  std::string Token(TokenFormat format) {
    TokenRequest request;
    request.code = code_;
    request.field = "email";
    request.format = format;
    const auto made = house_.tokens->Create(house_.As("everything"), "crm", std::span(&request, 1)).Wait();
    EXPECT_TRUE(made.ok() && made->front().ok());
    return made->front()->token;
  }
  Room& MainRoom() { return house_.RoomAt(TestHouse::kMain); }
  CustomerId Id() { return house_.customers->Open(code_)->id; }
  Status Change(std::string_view email) {
    ChangeRequest change;
    change.code = code_;
    change.any_version = true;
    change.collection_point = TestHouse::kPoint;
    change.set = {{"email", email}};
    return house_.customers->Change(house_.As("everything"), change).Wait().status();
  }
  size_t Marks() { return MainRoom().sealed->ListDocuments(Table::kRekey, {}, 100)->size(); }
  // The record and all items as they lie in the store.
  std::vector<StoreRow> SealedRows() {
    std::vector<StoreRow> rows = house_.LogOf(TestHouse::kMain).Rows("c");
    for (StoreRow& row : house_.LogOf(TestHouse::kMain).Rows("d")) rows.push_back(std::move(row));
    return rows;
  }
  static size_t OpenWith(const CustomerKey& key, CustomerId customer, const std::vector<StoreRow>& rows) {
    size_t open = 0;
    for (const StoreRow& row : rows) {
      const Bytes item = row.key.front() == 'c' ? Bytes("record") : row.key.substr(9);
      open += key.aead.Open(row.value, aad::CustomerItem(101, customer, key.generation, item)).ok();
    }
    return open;
  }
  void ExpectEverythingReads() {
    const RevealRequest request{code_, {"email", "phone"}};
    const auto revealed = house_.customers->Reveal(house_.As("everything"), request).Wait();
    ASSERT_TRUE(revealed.ok()) << revealed.status().ToString();
    EXPECT_EQ(revealed->values[0].text, email_);
    for (const std::string& token : tokens_) {
      const std::string_view text = token;
      const auto resolved = house_.tokens->Resolve(house_.As("everything"), "crm", std::span(&text, 1)).Wait();
      ASSERT_TRUE(resolved.ok()) << resolved.status().ToString();
      EXPECT_EQ(resolved->front().ok() ? Bytes(resolved->front()->value.view()) : Bytes(), email_);
    }
    Files files(*house_.gate, *house_.catalogue, *house_.customers);
    const auto got = files.Get(house_.As("everything"), code_, file_).Wait();
    ASSERT_TRUE(got.ok()) << got.status().ToString();
    EXPECT_TRUE(got->content.view() == content_);
  }

  TestHouse house_;
  std::string code_;
  std::string email_ = "anna@example.com";
  std::vector<std::string> tokens_;
  std::string file_;
  Bytes content_;
};

TEST_F(RekeyTest, TheOldKeyOpensNothingThatIsHeldAndEverythingReads) {
  const CustomerKeyPtr old_key = house_.customers->Open(code_)->stored.key;
  const CustomerId id = Id();
  const std::vector<StoreRow> before = SealedRows();
  ASSERT_GE(before.size(), 7u);  // record, two tokens, three parts and a manifest, guesses
  EXPECT_EQ(OpenWith(*old_key, id, before), before.size());
  const auto done = house_.customers->Rekey(house_.As("privacy-officer"), code_).Wait();
  ASSERT_TRUE(done.ok()) << done.status().ToString();
  EXPECT_EQ(done->generation, 2u);
  EXPECT_EQ(done->items_resealed, before.size() - 1);
  const std::vector<StoreRow> after = SealedRows();
  EXPECT_EQ(after.size(), before.size());
  EXPECT_EQ(OpenWith(*old_key, id, after), 0u);
  EXPECT_EQ(OpenWith(*house_.customers->Open(code_)->stored.key, id, after), after.size());
  // What was copied before opens with the old key alone: the control, and the reason why its wraps have to go.
  EXPECT_EQ(OpenWith(*old_key, id, before), before.size());
  EXPECT_EQ(OpenWith(*house_.customers->Open(code_)->stored.key, id, before), 0u);
  ExpectEverythingReads();
  house_.Reopen();
  ExpectEverythingReads();
}

TEST_F(RekeyTest, OnlyWhatTakesAValueAwayLeavesAMark) {
  EXPECT_EQ(Marks(), 0u);
  ASSERT_TRUE(Change("anna@example.com").ok());  // the same
  EXPECT_EQ(Marks(), 0u);
  ASSERT_TRUE(Change("anna@example.org").ok());
  EXPECT_EQ(Marks(), 1u);
  const uint32_t before = house_.customers->Open(code_)->stored.key->generation;
  KeyRotation rotation(*house_.gate, {});
  ASSERT_TRUE(rotation.RunDue().ok());
  EXPECT_EQ(Marks(), 1u) << "not within the hour: it may be corrected again";
  house_.clock.AdvanceMillis(kDay);
  ASSERT_TRUE(rotation.RunDue().ok());
  EXPECT_EQ(Marks(), 0u);
  EXPECT_EQ(house_.customers->Open(code_)->stored.key->generation, before + 1);
}

TEST_F(RekeyTest, AnEpochDoesNotEndBeforeTheMarkedHaveNewKeys) {
  ASSERT_TRUE(Change("anna@example.org").ok());
  KeyRotation rotation(*house_.gate, {});
  ASSERT_TRUE(rotation.Rotate(house_.As("operator")).Wait().ok());
  ASSERT_TRUE(rotation.RunDue().ok());
  EXPECT_EQ(Marks(), 0u);
  EXPECT_EQ(house_.customers->Open(code_)->stored.key->generation, 2u);
}

TEST_F(RekeyTest, AnErasedCustomersMarkGoes) {
  ASSERT_TRUE(Change("anna@example.org").ok());
  ASSERT_TRUE(house_.customers->Erase(house_.As("privacy-officer"), code_).Wait().ok());
  EXPECT_EQ(Marks(), 0u);
  // One that came in between all the same: nobody is there to get a key.
  SealedBatch batch;
  ASSERT_TRUE(MarkForRekey(*MainRoom().sealed, batch, 0x0123'0000'0000'0001, house_.clock.NowMillis()).ok());
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kStoreCheck;
  ASSERT_TRUE(MainRoom().journal->Submit(std::move(batch), std::move(entry)).Wait().ok());
  EXPECT_EQ(Marks(), 1u);
  EXPECT_TRUE(RekeyMarked(MainRoom(), house_.clock.NowMillis() + 1).ok());
  EXPECT_EQ(Marks(), 0u);
}

TEST_F(RekeyTest, WhoMayNotIsRefused) {
  for (const std::string_view role : {"operator", "administrator", "support", "auditor", "application"}) {
    EXPECT_EQ(house_.customers->Rekey(house_.As(role), code_).Wait().reason(), Reason::kDenied) << role;
  }
}

TEST_F(RekeyTest, ACrashAtAnyWriteLosesNothing) {
  int crashes = 0;
  uint32_t generation = 1;
  for (FaultyStore* const store : {&house_.LogOf(TestHouse::kMain).keys, &house_.LogOf(TestHouse::kMain).data}) {
    for (const FaultKind kind : {FaultKind::kFailBefore, FaultKind::kFailAfter, FaultKind::kStorageFull}) {
      bool failed = true;
      for (uint64_t nth = 1; failed; ++nth) {
        email_ = "anna" + std::to_string(++generation) + "@example.com";
        ASSERT_TRUE(Change(email_).ok());
        tokens_ = {Token(TokenFormat::kRandom)};
        const uint64_t faults = store->faults_made();
        store->SetPlan(FaultPlan({{.nth = nth, .kind = kind}}));
        const Status tried = RekeyMarked(MainRoom(), house_.clock.NowMillis() + 1).status();
        failed = store->faults_made() > faults;
        crashes += failed;
        store->SetPlan({});
        EXPECT_TRUE(failed || tried.ok()) << tried.ToString();
        house_.Reopen();
        ExpectEverythingReads();  // with both keys, where both are
        const auto again = RekeyMarked(MainRoom(), house_.clock.NowMillis() + 1);
        ASSERT_TRUE(again.ok()) << again.status().ToString();
        ExpectEverythingReads();
        EXPECT_EQ(Marks(), 0u);
        EXPECT_EQ(house_.customers->Open(code_)->stored.key->before, nullptr);
        const std::vector<StoreRow> rows = SealedRows();
        EXPECT_EQ(OpenWith(*house_.customers->Open(code_)->stored.key, Id(), rows), rows.size());
        ASSERT_FALSE(HasFailure()) << "write " << nth;
        ASSERT_LT(nth, 100u);
      }
    }
  }
  std::printf("%d crashes\n", crashes);
  EXPECT_GT(crashes, 15);
}

TEST_F(RekeyTest, ReadersAndWritersGoOnMeanwhile) {
  std::atomic<bool> stop{false};
  std::mutex mutex;  // guards what went wrong
  std::vector<std::string> wrong;
  const auto went_wrong = [&](const Status& status) {
    const std::lock_guard lock(mutex);
    wrong.push_back(status.ToString());
  };
  std::atomic<int> asked{0};
  std::vector<std::thread> threads;
  for (int worker = 0; worker < 3; ++worker) {
    threads.emplace_back([&, worker] {
      while (!stop) {
        const RevealRequest request{code_, {"phone"}};
        const auto revealed = house_.customers->Reveal(house_.As("everything"), request).Wait();
        if (!revealed.ok() && revealed.reason() != Reason::kStorageConflict) went_wrong(revealed.status());
        if (worker == 0) {  // writes items
          const auto compared =
              house_.customers->Compare(house_.As("everything"), code_, "given_name", "Somebody").Wait();
          const bool may_fail =
              compared.reason() == Reason::kStorageConflict || compared.reason() == Reason::kRateLimited;
          if (!compared.ok() && !may_fail) went_wrong(compared.status());
        }
        if (worker == 1) {
          const std::string_view token = tokens_.front();
          const auto resolved = house_.tokens->Resolve(house_.As("everything"), "crm", std::span(&token, 1)).Wait();
          if (!resolved.ok() && resolved.reason() != Reason::kStorageConflict) went_wrong(resolved.status());
        }
        ++asked;
      }
    });
  }
  int rekeyed = 0;
  for (int round = 0; round < 60; ++round) {
    const auto done = house_.customers->Rekey(house_.As("privacy-officer"), code_).Wait();
    rekeyed += done.ok();
    EXPECT_TRUE(done.ok() || done.reason() == Reason::kRecordBusy) << done.status().ToString();
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(wrong, IsEmpty());
  EXPECT_GT(rekeyed, 40);
  EXPECT_GT(asked, 20);
  const auto last = house_.customers->Rekey(house_.As("privacy-officer"), code_).Wait();
  ASSERT_TRUE(last.ok());
  const std::vector<StoreRow> rows = SealedRows();
  EXPECT_EQ(OpenWith(*house_.customers->Open(code_)->stored.key, Id(), rows), rows.size())
      << "something is sealed with no key there is";
  ExpectEverythingReads();
  std::printf("%d rekeyed, %d looks\n", rekeyed, asked.load());
}

}  // namespace
}  // namespace strongroom
