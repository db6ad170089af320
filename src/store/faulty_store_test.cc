#include "store/faulty_store.h"

#include <gtest/gtest.h>

#include "store/memory_store.h"

namespace strongroom {

namespace {

StoreBatch PutOne(Bytes key, Bytes value) {
  StoreBatch batch;
  batch.puts.push_back({std::move(key), std::move(value)});
  return batch;
}

}  // namespace

TEST(FaultyStoreTest, TheScriptedCallFailsAndNoOther) {
  FaultyStore store(std::make_shared<MemoryStore>(),
                    FaultPlan({{FaultCall::kCommitGroup, 2, FaultKind::kFailBefore}, {FaultCall::kRead, 3}}));
  EXPECT_TRUE(store.Commit(PutOne("a", "1")).ok());
  EXPECT_EQ(store.Commit(PutOne("a", "2")).reason(), Reason::kStorageUnavailable);
  EXPECT_EQ((*store.Get("a"))->bytes, "1");
  EXPECT_TRUE(store.Commit(PutOne("a", "3")).ok());
  EXPECT_EQ((*store.Get("a"))->bytes, "3");
  EXPECT_EQ(store.Get("a").reason(), Reason::kStorageUnavailable);
  EXPECT_TRUE(store.Get("a").ok());
  EXPECT_EQ(store.faults_made(), 2U);
}

TEST(FaultyStoreTest, AfterAnUnknownOutcomeWritesAreRefusedUntilReopened) {
  FaultyStore store(std::make_shared<MemoryStore>(), FaultPlan({{FaultCall::kCommitGroup, 1, FaultKind::kFailAfter}}));
  EXPECT_EQ(store.Commit(PutOne("a", "1")).reason(), Reason::kStorageUnavailable);
  EXPECT_EQ((*store.Get("a"))->bytes, "1");  // it happened all the same
  EXPECT_EQ(store.Commit(PutOne("a", "2")).reason(), Reason::kStorageUnavailable);
  EXPECT_EQ((*store.Get("a"))->bytes, "1");
  store.Reopen();
  EXPECT_TRUE(store.Commit(PutOne("a", "3")).ok());
}

TEST(FaultyStoreTest, AFullDiskStaysFullUntilReopened) {
  FaultyStore store(std::make_shared<MemoryStore>(),
                    FaultPlan({{FaultCall::kCommitGroup, 1, FaultKind::kStorageFull}}));
  EXPECT_EQ(store.Commit(PutOne("a", "1")).reason(), Reason::kStorageFull);
  EXPECT_EQ(store.Commit(PutOne("a", "2")).reason(), Reason::kStorageFull);
  EXPECT_FALSE(store.Get("a")->has_value());
  store.Reopen();
  EXPECT_TRUE(store.Commit(PutOne("a", "3")).ok());
}

TEST(FaultyStoreTest, OneSeedMakesOneSeriesOfFaults) {
  const auto series = [](uint64_t seed) {
    FaultyStore store(std::make_shared<MemoryStore>(), FaultPlan::Random(seed, {0.2, 0.1, 0.1}));
    std::string outcome;
    for (int i = 0; i < 100; ++i) {
      outcome += store.Commit(PutOne("a", std::to_string(i))).ok() ? '.' : 'x';
      store.Reopen();
    }
    return outcome;
  };
  EXPECT_EQ(series(1), series(1));
  EXPECT_NE(series(1), series(2));
  EXPECT_NE(series(1).find('x'), std::string::npos);
}

TEST(FaultyStoreTest, TheHookRunsBetweenTheCallersReadAndTheCommit) {
  auto inner = std::make_shared<MemoryStore>();
  FaultyStore store(inner);
  ASSERT_TRUE(store.Commit(PutOne("a", "1")).ok());
  StoreBatch change = PutOne("a", "2");
  change.conditions = {{"a", (*store.Get("a"))->version}};
  store.SetBeforeCommit([&] { ASSERT_TRUE(inner->Commit(PutOne("a", "sneaked in")).ok()); });
  EXPECT_EQ(store.Commit(change).reason(), Reason::kStorageConflict);
}

}  // namespace strongroom
