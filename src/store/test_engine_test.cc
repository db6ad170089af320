// What the tests of the layers above are run over is what was asked for.
#include "store/testing/test_engine.h"

#include <gtest/gtest.h>

#include <memory>

#include "store/memory_store.h"

namespace strongroom {
namespace {

TEST(TestEngine, AStoreOfATestsOwnLiesInTheEngineThatWasAskedFor) {
  const std::shared_ptr<Store> store = NewTestStore();
  EXPECT_EQ(dynamic_cast<MemoryStore*>(store.get()) == nullptr, TestsUsePostgres());
}

TEST(TestEngine, StoresOfTestsDoNotSeeEachOther) {
  const std::shared_ptr<Store> one = NewTestStore();
  const std::shared_ptr<Store> other = NewTestStore();
  StoreBatch batch;
  batch.puts.push_back({"key", "value"});
  ASSERT_TRUE(one->Commit(batch).ok());
  EXPECT_TRUE((*one->Get("key")).has_value());
  EXPECT_FALSE((*other->Get("key")).has_value());
}

}  // namespace
}  // namespace strongroom
