#include "store/moving_store.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "store/conformance_test.h"
#include "store/faulty_store.h"
#include "store/memory_store.h"

namespace strongroom {
namespace {

const Bytes kId(16, '\x77');

// Two places that outlive the store that moves between them, as disks do.
struct Places {
  std::shared_ptr<MemoryStore> from = std::make_shared<MemoryStore>();
  std::shared_ptr<MemoryStore> to = std::make_shared<MemoryStore>();

  Result<std::unique_ptr<MovingStore>> Open(const FaultPlan& from_faults = {}, const FaultPlan& to_faults = {}) const {
    return MovingStore::Open(std::make_unique<FaultyStore>(from, from_faults),
                             std::make_unique<FaultyStore>(to, to_faults), kId, "PostgreSQL");
  }
};

std::map<Bytes, Bytes> RowsOf(const Store& store) {
  std::map<Bytes, Bytes> rows;
  const Result<std::vector<StoreRow>> scanned = store.Scan({{}, {}, 1'000'000});
  EXPECT_TRUE(scanned.ok());
  if (!scanned.ok()) return rows;
  for (const StoreRow& row : *scanned) rows[row.key] = row.value;
  return rows;
}

StoreBatch Put(Bytes key, Bytes value) {
  StoreBatch batch;
  batch.puts.push_back({std::move(key), std::move(value)});
  return batch;
}

void Fill(Store& store, int rows) {
  for (int i = 0; i < rows; ++i)
    ASSERT_TRUE(store.Commit(Put("c" + std::to_string(100'000 + i), Bytes(50, 'v') + std::to_string(i))).ok());
}

// To the end; how many steps that took.
int MoveAll(MovingStore& store) {
  int steps = 0;
  while (true) {
    const Result<bool> more = store.MoveSome();
    EXPECT_TRUE(more.ok()) << more.status().ToString();
    ++steps;
    if (!more.ok() || !*more) return steps;
  }
}

TEST(MovingStoreTest, EverythingIsInTheNewPlaceAndNothingInTheOldOne) {
  const Places places;
  Fill(*places.from, 5'000);
  const std::map<Bytes, Bytes> before = RowsOf(*places.from);
  const std::unique_ptr<MovingStore> store = *places.Open();
  EXPECT_GT(MoveAll(*store), 10);
  EXPECT_EQ(RowsOf(*store), before);
  EXPECT_EQ(store->progress().phase, StoreMovePhase::kDone);
  EXPECT_EQ(store->progress().passes, 2U) << "one that brings, one that proves";
  EXPECT_EQ(store->progress().rows_compared, before.size() + 1) << "and the row that says it has begun";

  const std::map<Bytes, Bytes> left = RowsOf(*places.from);
  ASSERT_EQ(left.size(), 1U) << "what an erasure could not reach";
  EXPECT_EQ(left.begin()->first, "ymoved");
}

TEST(MovingStoreTest, EitherPlaceIsRefusedWhileItIsNotTheOneToUse) {
  const Places places;
  Fill(*places.from, 100);
  EXPECT_TRUE(CheckNotMoved(*places.from).ok());
  {
    const std::unique_ptr<MovingStore> store = *places.Open();
    EXPECT_TRUE(CheckNotMoved(*places.from).ok()) << "the move may be given up";
    EXPECT_EQ(CheckNotMoved(*places.to).reason(), Reason::kStoreMoved);
    MoveAll(*store);
  }
  EXPECT_EQ(CheckNotMoved(*places.from).reason(), Reason::kStoreMoved);
  EXPECT_TRUE(CheckNotMoved(*places.to).ok());
}

TEST(MovingStoreTest, APlaceThatHoldsOtherRowsIsLeftAlone) {
  const Places places;
  Fill(*places.from, 10);
  ASSERT_TRUE(places.to->Commit(Put("c1", "of another vault")).ok());
  const std::map<Bytes, Bytes> there = RowsOf(*places.to);
  EXPECT_EQ(places.Open().reason(), Reason::kStoreNotEmpty);
  EXPECT_EQ(RowsOf(*places.to), there);

  Places empty;
  empty.from = places.from;
  EXPECT_TRUE(empty.Open().ok()) << "the same store may move to an empty place";
}

TEST(MovingStoreTest, APlaceThatWasLeftAndEmptiedMayBeMovedBackTo) {
  Places places;
  Fill(*places.from, 300);
  const std::map<Bytes, Bytes> before = RowsOf(*places.from);
  {
    const std::unique_ptr<MovingStore> there = *places.Open();
    while (there->progress().phase != StoreMovePhase::kEmptying) ASSERT_TRUE(*there->MoveSome());
    Places early;
    early.from = places.to;
    early.to = places.from;
    EXPECT_EQ(early.Open().reason(), Reason::kStoreMoved) << "not before everything there is gone";
    MoveAll(*there);
  }
  std::swap(places.from, places.to);
  const std::unique_ptr<MovingStore> back = *places.Open();
  EXPECT_EQ(CheckNotMoved(*places.to).reason(), Reason::kStoreMoved) << "nor used before everything is there";
  MoveAll(*back);
  EXPECT_EQ(RowsOf(*back), before);
  EXPECT_TRUE(CheckNotMoved(*places.to).ok());
  EXPECT_EQ(CheckNotMoved(*places.from).reason(), Reason::kStoreMoved);
}

TEST(MovingStoreTest, AStoreThatHasMovedIsNotServedFromAnyOtherPlace) {
  Places places;
  Fill(*places.from, 10);
  MoveAll(**places.Open());
  EXPECT_TRUE(places.Open().ok());
  places.to = std::make_shared<MemoryStore>();
  EXPECT_EQ(places.Open().reason(), Reason::kStoreMoved);
}

TEST(MovingStoreTest, ACommitThatWentAroundTheMoveIsSeenByTheNextPassOrNotAtAll) {
  // Before a proof it is brought along; what is written to the old place behind the back of the last pass is lost,
  // which is why nothing but the moving store may write there, and shows that the tests below would see a lost commit.
  const Places places;
  Fill(*places.from, 5'000);
  const std::unique_ptr<MovingStore> store = *places.Open();
  ASSERT_TRUE(*store->MoveSome());
  ASSERT_TRUE(places.from->Commit(Put("a", "before the proof")).ok());
  while (store->progress().passes < 3) ASSERT_TRUE(*store->MoveSome());  // the second still brought a row
  ASSERT_TRUE(*store->MoveSome());
  ASSERT_TRUE(places.from->Commit(Put("b", "behind the proof's back")).ok());
  MoveAll(*store);
  EXPECT_TRUE((*store->Get("a"))->bytes == "before the proof");
  EXPECT_FALSE(store->Get("b")->has_value());
}

TEST(MovingStoreTest, TheNewPlaceMayBeAwayForAWhile) {
  const Places places;
  Fill(*places.from, 300);
  const std::unique_ptr<MovingStore> store =
      *places.Open({}, FaultPlan({{FaultCall::kCommitGroup, 2, FaultKind::kFailBefore},
                                  {FaultCall::kCommitGroup, 3, FaultKind::kFailBefore}}));
  EXPECT_TRUE(store->Commit(Put("c200", "new")).ok()) << "the old place has it";
  EXPECT_FALSE(store->progress().last.ok()) << "and whoever asks hears of it";
  EXPECT_EQ(store->MoveSome().reason(), Reason::kStorageUnavailable);
  const std::map<Bytes, Bytes> before = RowsOf(*store);
  MoveAll(*store);
  EXPECT_TRUE(store->progress().last.ok());
  EXPECT_EQ(RowsOf(*store), before);
}

// One life of a store: commits and steps of the move at random, each place failing now and then, the process dying now
// and then.  Whatever was acknowledged is there, at every moment and in the end.
class Life {
 public:
  explicit Life(uint64_t seed) : random_(seed) {}

  void Run() {
    Fill(*places_.from, 400);
    model_ = RowsOf(*places_.from);
    for (int start = 0; start < 400 && !done_; ++start) OneProcess();
    ASSERT_TRUE(done_) << "the move never came to its end";
    ASSERT_TRUE(CheckNotMoved(*places_.to).ok());
    std::map<Bytes, Bytes> there = RowsOf(*places_.to);
    EXPECT_EQ(there.erase("yarrived"), 1U);
    EXPECT_EQ(there, model_);
    EXPECT_EQ(RowsOf(*places_.from).size(), 1U);
  }

 private:
  uint64_t Below(uint64_t limit) { return random_() % limit; }

  FaultPlan Faults() {
    if (Below(3) == 0) return {};
    const auto kind = static_cast<FaultKind>(Below(3));
    return FaultPlan({{FaultCall::kCommitGroup, 1 + Below(20), kind}});
  }

  void OneProcess() {
    const Result<std::unique_ptr<MovingStore>> store = places_.Open(Faults(), Faults());
    if (!store.ok()) return;
    const uint64_t steps = 1 + Below(60);
    for (uint64_t i = 0; i < steps && !done_ && !in_doubt_; ++i) {
      if (Below(2) == 0) {
        Change(**store);
      } else {
        const Result<bool> more = (*store)->MoveSome();
        done_ = more.ok() && !*more;
      }
      if (!in_doubt_) {
        ASSERT_EQ(RowsOf(**store), model_);
      }
    }
    if (!in_doubt_) return;
    // What was being written when the process died is there or not; all else is as it was.
    in_doubt_ = false;
    const Result<std::unique_ptr<MovingStore>> again = places_.Open();
    ASSERT_TRUE(again.ok());
    const std::map<Bytes, Bytes> now = RowsOf(**again);
    if (now == after_doubt_) model_ = after_doubt_;
    ASSERT_EQ(now, model_);
  }

  void Change(MovingStore& store) {
    StoreBatch batch;
    std::map<Bytes, Bytes> next = model_;
    for (uint64_t rows = 1 + Below(4); rows > 0; --rows) {
      const Bytes key = "c" + std::to_string(100'000 + Below(500));
      if (Below(3) == 0) {
        std::erase_if(batch.puts, [&key](const StorePut& put) { return put.key == key; });
        batch.deletes.push_back(key);
        next.erase(key);
      } else {
        std::erase(batch.deletes, key);
        std::erase_if(batch.puts, [&key](const StorePut& put) { return put.key == key; });
        batch.puts.push_back({key, std::to_string(random_())});
        next[key] = batch.puts.back().value;
      }
    }
    const Status written = store.Commit(batch);
    if (written.ok()) {
      model_ = std::move(next);
    } else {
      in_doubt_ = true;
      after_doubt_ = std::move(next);
    }
  }

  std::mt19937_64 random_;
  Places places_;
  std::map<Bytes, Bytes> model_;
  std::map<Bytes, Bytes> after_doubt_;
  bool in_doubt_ = false;
  bool done_ = false;
};

TEST(MovingStoreTest, WhatWasAcknowledgedIsThereWhateverFailsOnTheWay) {
  for (uint64_t seed = 1; seed <= 60 && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Life(seed).Run();
  }
}

// The contract, while a store moves and when it has moved.
class MovingHarness : public StoreHarness {
 public:
  explicit MovingHarness(bool moved) {
    store_ = *places_.Open();
    if (moved) MoveAll(*store_);
  }
  Store& store() override { return *store_; }
  bool Reopen() override {
    store_ = *places_.Open();
    return true;
  }

 private:
  Places places_;
  std::unique_ptr<MovingStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Moving, StoreConformance,
                         testing::Values(StoreBackend{"Moving", [] { return std::make_unique<MovingHarness>(false); }},
                                         StoreBackend{"Moved", [] { return std::make_unique<MovingHarness>(true); }}),
                         BackendName);

TEST(FormatPages, TheRowOfACutOverIsWhatItsPageSays) {
  std::ifstream page(std::string(STRONGROOM_SOURCE_DIR) + "/docs/formats/store-move.md");
  std::string line;
  while (std::getline(page, line) && line != "```hex") {
  }
  std::string hex;
  while (std::getline(page, line) && line != "```") hex += line.substr(0, line.find(' '));

  const Places places;
  MoveAll(**places.Open());
  std::string row;
  const std::optional<StoreValue> moved = *places.from->Get("ymoved");
  ASSERT_TRUE(moved.has_value());
  for (const char byte : moved->bytes) {
    char digits[3];
    std::snprintf(digits, sizeof(digits), "%02x", static_cast<unsigned char>(byte));
    row += digits;
  }
  EXPECT_EQ(row, hex);
}

}  // namespace
}  // namespace strongroom
