// Epochs of keys: what stands under one moves to the next while everything stays found, nothing comes under a closed
// one, and destroyed keys open nothing.
#include "keys/key_epochs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <map>
#include <string>
#include <thread>

#include "keys/aad.h"
#include "keys/root_rotation.h"
#include "keys/sealed_store.h"
#include "store/faulty_store.h"
#include "store/testing/test_engine.h"

namespace strongroom {
namespace {

constexpr CompartmentId kCompartment = 7;
const IndexLabel kEquality{'e', 3, 1, 0};
const IndexLabel kAnyKind{'?', 9, 4, 2};  // moving knows nothing of labels
const IndexLabel kUnique{'x', 0, 0, 0};

class KeyEpochsTest : public testing::Test {
 protected:
  KeyEpochsTest() {
    EXPECT_TRUE(KeyRing::Create(key_store_, root_, kCompartment, random_, clock_.NowMillis()).ok());
    Open();
  }
  // What a start does.
  void Open() {
    data_.Reopen();
    key_store_.Reopen();
    ring_ = *KeyRing::Open(key_store_, root_, kCompartment);
    keys_ = std::make_unique<CustomerKeys>(key_store_, ring_, clock_, random_);
    sealed_ = std::make_unique<SealedStore>(data_, ring_, keys_.get(), random_);
    epochs_ = std::make_unique<KeyEpochs>(key_store_, data_, ring_, std::make_shared<RootKey>(root_), keys_.get(),
                                          clock_, random_);
  }
  void Close() {
    epochs_.reset();
    sealed_.reset();
    keys_.reset();
    ring_.reset();
  }
  Status Write(SealedBatch batch) {
    if (batch.lease() != nullptr) RETURN_IF_ERROR(batch.lease()->MayCommit());
    return data_.Commit(batch.rows());
  }
  // A customer with a key, a record, two references and a unique row.
  void Make(CustomerId customer) {
    SealedBatch batch;
    ASSERT_TRUE(sealed_->TakeLease(batch).ok());
    const auto keys = keys_->Create({customer}, batch.lease());
    ASSERT_TRUE(keys.ok()) << keys.status().ToString();
    ASSERT_TRUE(sealed_->PutRecord(batch, customer, *keys->front(), RecordOf(customer), kAbsent).ok());
    ASSERT_TRUE(sealed_->PutReference(batch, kEquality, GroupOf(customer), customer).ok());
    ASSERT_TRUE(sealed_->PutReference(batch, kAnyKind, NameOf(customer), customer).ok());
    ASSERT_TRUE(sealed_->PutUnique(batch, kUnique, NameOf(customer), "content of " + NameOf(customer)).ok());
    ASSERT_TRUE(Write(std::move(batch)).ok());
  }
  static std::string NameOf(CustomerId customer) { return "customer " + std::to_string(customer); }
  static std::string GroupOf(CustomerId customer) { return "group " + std::to_string(customer % 3); }
  static std::string RecordOf(CustomerId customer) { return "record of " + NameOf(customer); }

  void ExpectEverythingFound(CustomerId last) {
    std::map<std::string, std::vector<CustomerId>> groups;
    for (CustomerId customer = 1; customer <= last; ++customer) {
      const auto record = sealed_->GetRecord(customer);
      ASSERT_TRUE(record.ok()) << customer << ": " << record.status().ToString();
      EXPECT_EQ(record->content.view(), RecordOf(customer));
      EXPECT_EQ(*sealed_->FindReferences(kAnyKind, NameOf(customer), 10), std::vector<CustomerId>{customer});
      EXPECT_TRUE(*sealed_->HasReference(kEquality, GroupOf(customer), customer));
      const auto row = sealed_->GetUnique(kUnique, NameOf(customer));
      ASSERT_TRUE(row.ok() && row->has_value()) << customer;
      EXPECT_EQ((*row)->content, "content of " + NameOf(customer));
      groups[GroupOf(customer)].push_back(customer);
    }
    for (const auto& [group, members] : groups) {
      auto found = *sealed_->FindReferences(kEquality, group, 1'000);
      std::sort(found.begin(), found.end());
      EXPECT_EQ(found, members);
    }
  }
  std::vector<StoreRow> Rows(Store& store, std::string_view begin) {
    return *store.Scan({.begin = Bytes(begin), .end = PrefixEnd(begin), .limit = 100'000});
  }
  Status TurnOver() {
    return epochs_->TurnOver([] {}, patience_millis_).status();
  }
  Status MoveAll(size_t page = 7) {
    while (true) {
      ASSIGN_OR_RETURN(const bool moved, epochs_->MoveSome(page));
      if (!moved) return Status::Ok();
    }
  }
  EpochInfo Info(Epoch epoch) {
    const std::vector<EpochInfo> infos = *epochs_->List();
    for (const EpochInfo& info : infos) {
      if (info.epoch == epoch) return info;
    }
    return {};
  }

  int64_t patience_millis_ = KeyEpochs::kPatienceMillis;
  SystemRandom random_;
  FakeClock clock_{1'795'000'000'000};
  const SecretBytes root_ = SecretBytes::Generate(32, random_);
  std::shared_ptr<Store> data_memory_ = NewTestStore();
  std::shared_ptr<Store> key_memory_ = NewTestStore();
  FaultyStore data_{data_memory_};
  FaultyStore key_store_{key_memory_};
  std::shared_ptr<const KeyRing> ring_;
  std::unique_ptr<CustomerKeys> keys_;
  std::unique_ptr<SealedStore> sealed_;
  std::unique_ptr<KeyEpochs> epochs_;
};

TEST_F(KeyEpochsTest, EverythingMovesAndStaysFoundAtEveryStep) {
  for (CustomerId customer = 1; customer <= 40; ++customer) Make(customer);
  const std::vector<StoreRow> old_rows = Rows(data_, "i");
  ASSERT_TRUE(TurnOver().ok());
  EXPECT_EQ(TurnOver().reason(), Reason::kRotationUnderWay);
  for (CustomerId customer = 41; customer <= 50; ++customer) Make(customer);
  while (true) {
    const Result<bool> moved = epochs_->MoveSome(7);
    ASSERT_TRUE(moved.ok()) << moved.status().ToString();
    ExpectEverythingFound(50);
    if (!*moved) break;
  }
  const EpochInfo proved = Info(1);
  EXPECT_EQ(proved.state, EpochState::kEmpty);
  EXPECT_EQ(proved.moved_keys, 40u);
  EXPECT_EQ(proved.moved_rows, 120u);
  EXPECT_EQ(proved.scanned_keys, 50u);
  EXPECT_EQ(proved.scanned_rows, 150u);
  EXPECT_EQ(Info(2).state, EpochState::kOpen);
  // No row is what it was, and all are there.
  EXPECT_EQ(Rows(data_, "i").size(), 100u);
  for (const StoreRow& row : old_rows) EXPECT_FALSE(data_.Get(row.key)->has_value());
  Close();
  Open();
  ExpectEverythingFound(50);
  // And once more, from the second epoch to the third.
  ASSERT_TRUE(TurnOver().ok());
  ASSERT_TRUE(MoveAll().ok());
  ExpectEverythingFound(50);
  EXPECT_EQ(Info(2).moved_keys, 50u);
}

TEST_F(KeyEpochsTest, WhatIsDeletedDuringAMoveIsDeletedUnderBothEpochs) {
  for (CustomerId customer = 1; customer <= 20; ++customer) Make(customer);
  ASSERT_TRUE(TurnOver().ok());
  for (int page = 0; page < 4; ++page) ASSERT_TRUE(epochs_->MoveSome(7).ok());  // references half moved
  for (CustomerId customer = 1; customer <= 20; ++customer) {
    SealedBatch batch;
    ASSERT_TRUE(sealed_->DeleteReference(batch, kAnyKind, NameOf(customer), customer).ok());
    ASSERT_TRUE(sealed_->DeleteReference(batch, kEquality, GroupOf(customer), customer).ok());
    ASSERT_TRUE(sealed_->DeleteUnique(batch, kUnique, NameOf(customer)).ok());
    ASSERT_TRUE(Write(std::move(batch)).ok());
  }
  EXPECT_TRUE(Rows(data_, "i").empty());
  EXPECT_TRUE(Rows(data_, "x").empty());
  ASSERT_TRUE(MoveAll().ok());
  EXPECT_TRUE(Rows(data_, "i").empty());
}

TEST_F(KeyEpochsTest, ABatchOfAClosedEpochIsRefused) {
  Make(1);
  SealedBatch late;
  ASSERT_TRUE(sealed_->PutReference(late, kEquality, "late", 1).ok());
  Result<DrawnKeys> late_key = keys_->Draw({2}, late.lease());
  ASSERT_TRUE(late_key.ok());
  ASSERT_TRUE(late.lease()->MayCommit().ok());
  patience_millis_ = 1;
  ASSERT_TRUE(TurnOver().ok());
  EXPECT_EQ(late.lease()->MayCommit().reason(), Reason::kStorageConflict);
  std::promise<Status> keyed;
  keys_->Write(*std::move(late_key), [&](const Status& status) { keyed.set_value(status); });
  EXPECT_EQ(keyed.get_future().get().reason(), Reason::kStorageConflict);
  EXPECT_EQ(Write(std::move(late)).reason(), Reason::kStorageConflict);
  ASSERT_TRUE(MoveAll().ok());
  EXPECT_EQ(Info(1).state, EpochState::kEmpty);
}

// The control of the one above: without the refusal a row comes under the closed epoch behind the move's back, and
// nobody finds it any more.
TEST_F(KeyEpochsTest, WithoutTheRefusalRowsWouldBeLost) {
  Make(1);
  SealedBatch late;
  ASSERT_TRUE(sealed_->PutReference(late, kEquality, "late", 1).ok());
  patience_millis_ = 1;
  ASSERT_TRUE(TurnOver().ok());
  ring_->epochs().IgnoreClosingForTests();
  ASSERT_TRUE(MoveAll().ok());
  ASSERT_TRUE(Write(std::move(late)).ok());
  EXPECT_TRUE(sealed_->FindReferences(kEquality, "late", 10)->empty());
}

TEST_F(KeyEpochsTest, AWriterWithALeaseIsWaitedFor) {
  Make(1);
  auto batch = std::make_unique<SealedBatch>();
  ASSERT_TRUE(sealed_->PutReference(*batch, kEquality, "in time", 1).ok());
  std::thread writer([&] {
    while (epochs_->List()->size() < 2) std::this_thread::yield();  // the next epoch is on the disk: the turn waits
    EXPECT_TRUE(Write(std::move(*batch)).ok());
    batch.reset();
  });
  ASSERT_TRUE(TurnOver().ok());
  writer.join();
  ASSERT_TRUE(MoveAll().ok());
  EXPECT_EQ(sealed_->FindReferences(kEquality, "in time", 10)->size(), 1u);
}

TEST_F(KeyEpochsTest, AUniqueRowThatMovedIsReplacedWhereItIs) {
  Make(1);
  ASSERT_TRUE(TurnOver().ok());
  SealedBatch batch;
  ASSERT_TRUE(sealed_->TakeLease(batch).ok());
  const auto known = *sealed_->GetUnique(kUnique, NameOf(1));
  ASSERT_TRUE(known.has_value());
  EXPECT_EQ(known->place.epoch, 1u);
  ASSERT_TRUE(sealed_->PutUnique(batch, kUnique, NameOf(1), "new", known->place).ok());
  ASSERT_TRUE(Write(std::move(batch)).ok());
  EXPECT_EQ(Rows(data_, "x").size(), 1u);
  EXPECT_EQ((*sealed_->GetUnique(kUnique, NameOf(1)))->content, "new");
  // Who found the old one and did not see this: refused.
  SealedBatch stale;
  ASSERT_TRUE(sealed_->PutUnique(stale, kUnique, NameOf(1), "stale", known->place).ok());
  EXPECT_EQ(Write(std::move(stale)).reason(), Reason::kStorageConflict);
  SealedBatch second;
  ASSERT_TRUE(sealed_->PutUnique(second, kUnique, NameOf(1), "second").ok());
  EXPECT_EQ(Write(std::move(second)).reason(), Reason::kStorageConflict);
  ASSERT_TRUE(MoveAll().ok());
  EXPECT_EQ((*sealed_->GetUnique(kUnique, NameOf(1)))->content, "new");
}

TEST_F(KeyEpochsTest, ACrashAtAnyWriteGoesOnFromTheRows) {
  for (CustomerId customer = 1; customer <= 12; ++customer) Make(customer);
  int crashes = 0;
  for (FaultyStore* const store : {&key_store_, &data_}) {
    for (const FaultKind kind : {FaultKind::kFailBefore, FaultKind::kFailAfter, FaultKind::kStorageFull}) {
      bool failed = true;
      for (uint64_t nth = 1; failed; ++nth) {
        const Epoch open = ring_->epoch();
        const uint64_t faults_before = store->faults_made();
        store->SetPlan(FaultPlan({{.call = FaultCall::kCommitGroup, .nth = nth, .kind = kind}}));
        Status done = TurnOver();
        if (done.ok()) done = MoveAll(5);
        if (done.ok()) done = epochs_->Destroy(open);
        failed = store->faults_made() > faults_before;
        crashes += failed;
        store->SetPlan({});
        Close();
        Open();
        ExpectEverythingFound(12);
        const Status moved = MoveAll(5);
        ASSERT_TRUE(moved.ok()) << moved.ToString();
        ExpectEverythingFound(12);
        const std::vector<EpochInfo> infos = *epochs_->List();
        for (const EpochInfo& info : infos) {
          EXPECT_NE(info.state, EpochState::kClosed);
          if (info.state != EpochState::kEmpty) continue;
          ASSERT_TRUE(epochs_->Destroy(info.epoch).ok());
        }
        ASSERT_LT(nth, 200u);
      }
    }
  }
  std::printf("%d crashes, epoch %u\n", crashes, ring_->epoch());
  EXPECT_GT(crashes, 30);
}

TEST_F(KeyEpochsTest, AfterDestructionOldRowsOpenOnlyWithTheDestroyedKey) {
  Make(1);
  const StoreRow old_key_row = Rows(key_store_, "K").front();
  const StoreRow old_reference = Rows(data_, "i").front();
  std::vector<StoreRow> ring_rows = Rows(key_store_, "R");
  ASSERT_TRUE(TurnOver().ok());
  EXPECT_EQ(epochs_->Destroy(1).reason(), Reason::kInvalidArgument);
  ASSERT_TRUE(MoveAll().ok());
  clock_.AdvanceMillis(1'000);
  ASSERT_TRUE(epochs_->Destroy(1).ok());
  const EpochInfo proof = Info(1);
  EXPECT_EQ(proof.state, EpochState::kDestroyed);
  EXPECT_EQ(proof.destroyed_at, clock_.NowMillis());
  EXPECT_EQ(proof.scanned_keys, 1u);
  EXPECT_EQ(Rows(key_store_, "R").size(), ring_rows.size());  // two more, two less

  // A thief of everything there is now, and of old rows.
  const CustomerKeyRow stolen = *CustomerKeyRow::Decode(old_key_row.value);
  const auto ring_now = *KeyRing::Open(key_store_, root_, kCompartment);
  EXPECT_EQ(stolen.Open(*ring_now->epochs().Current(), kCompartment, 1).reason(), Reason::kKeyMissing);
  const auto opens_reference = [&](const KeyRing& ring) {
    for (const auto& [epoch, keys] : ring.epochs().Current()->held) {
      if (keys->blinder.refs.Open(old_reference.value, aad::Row(kCompartment, old_reference.key)).ok()) return true;
    }
    return false;
  };
  EXPECT_FALSE(opens_reference(*ring_now));
  // The control: with the key given back they open.
  StoreBatch back;
  for (const StoreRow& row : ring_rows) back.puts.push_back({row.key, row.value});
  ASSERT_TRUE(key_store_.Commit(back).ok());
  const auto ring_then = *KeyRing::Open(key_store_, root_, kCompartment);
  EXPECT_TRUE(stolen.Open(*ring_then->epochs().Current(), kCompartment, 1).ok());
  EXPECT_TRUE(opens_reference(*ring_then));
}

TEST_F(KeyEpochsTest, NothingIsProvedWhileARowOpensUnderNoKey) {
  for (CustomerId customer = 1; customer <= 3; ++customer) Make(customer);
  const StoreRow row = Rows(data_, "i").front();
  StoreBatch damage;
  damage.puts.push_back({row.key, row.value + "x"});
  ASSERT_TRUE(data_.Commit(damage).ok());
  ASSERT_TRUE(TurnOver().ok());
  EXPECT_EQ(MoveAll().reason(), Reason::kDataCorrupt);
  EXPECT_EQ(Info(1).state, EpochState::kClosed);
  StoreBatch mend;  // the control: it was this row
  mend.puts.push_back({row.key, row.value});
  ASSERT_TRUE(data_.Commit(mend).ok());
  // The proof finds it under the old epoch and has it moved.
  ASSERT_TRUE(MoveAll().ok());
  EXPECT_EQ(Info(1).state, EpochState::kEmpty);
  ExpectEverythingFound(3);
}

TEST_F(KeyEpochsTest, AVaultFromBeforeEpochsHadRowsRotates) {
  Make(1);
  StoreBatch old;
  old.deletes.push_back(EpochRowKey(1));
  ASSERT_TRUE(key_store_.Commit(old).ok());
  Close();
  Open();
  EXPECT_EQ(Info(1).opened_at, 0);
  ASSERT_TRUE(TurnOver().ok());
  ASSERT_TRUE(MoveAll().ok());
  EXPECT_EQ(Info(1).state, EpochState::kEmpty);
  Close();
  Open();
  ExpectEverythingFound(1);
}

TEST_F(KeyEpochsTest, AnErasedKeyDoesNotComeBackByBeingMoved) {
  for (CustomerId customer = 1; customer <= 3; ++customer) Make(customer);
  ASSERT_TRUE(TurnOver().ok());
  key_store_.SetBeforeCommit([&, done = false]() mutable {
    if (std::exchange(done, true)) return;  // while the page is on its way: somebody else erases
    StoreBatch erase;
    erase.deletes.push_back(CustomerKeyRowKey(2));
    ASSERT_TRUE(key_memory_->Commit(erase).ok());
  });
  ASSERT_TRUE(epochs_->MoveSome(100).ok());
  key_store_.SetBeforeCommit({});
  EXPECT_EQ(Rows(key_store_, "K").size(), 2u);
  ASSERT_TRUE(MoveAll().ok());
  EXPECT_EQ(Info(1).moved_keys, 2u);
}

// The lock holds another root key, and the ring was not settled for it before an epoch's keys are destroyed.
TEST_F(KeyEpochsTest, ADestroyedKeyDoesNotComeBackByAChangeOfTheRootKey) {
  Make(1);
  const SecretBytes next = SecretBytes::Generate(32, random_);
  const SecretBytes last = SecretBytes::Generate(32, random_);
  ASSERT_TRUE(TurnOver().ok());
  ASSERT_TRUE(MoveAll().ok());
  ASSERT_TRUE(StageRoot(key_store_, root_, next, kCompartment, random_).ok());
  epochs_->root_key().Replace(next);
  ASSERT_TRUE(epochs_->Destroy(1).ok());
  ASSERT_TRUE(TurnOver().ok());
  ASSERT_TRUE(MoveAll().ok());
  ASSERT_TRUE(SettleRoot(key_store_, next, kCompartment).ok());
  EXPECT_FALSE((*key_store_.Get(RingRowKey("wrap", 1))).has_value());
  EXPECT_TRUE(KeyRing::Open(key_store_, next, kCompartment).ok()) << "the key it got meanwhile is there";

  // Control: what goes around the settling comes back.
  ASSERT_TRUE(StageRoot(key_store_, next, last, kCompartment, random_).ok());
  StoreBatch destroy;
  destroy.deletes.push_back(RingRowKey("wrap", 2));
  ASSERT_TRUE(key_store_.Commit(destroy).ok());
  ASSERT_TRUE(SettleRoot(key_store_, last, kCompartment).ok());
  EXPECT_TRUE((*key_store_.Get(RingRowKey("wrap", 2))).has_value());
}

TEST_F(KeyEpochsTest, NothingTurnsWhileTheLockMayHoldAnotherRootKey) {
  Make(1);
  epochs_->root_key().Doubt();
  EXPECT_EQ(TurnOver().reason(), Reason::kStorageUnavailable);
  EXPECT_EQ(epochs_->List()->size(), 1u);
  epochs_->root_key().Replace(root_);
  ASSERT_TRUE(TurnOver().ok());
  ASSERT_TRUE(MoveAll().ok());
  epochs_->root_key().Doubt();
  EXPECT_EQ(epochs_->Destroy(1).reason(), Reason::kStorageUnavailable);
  epochs_->root_key().Replace(root_);
  EXPECT_TRUE(epochs_->Destroy(1).ok());
}

}  // namespace
}  // namespace strongroom
