// What is PostgreSQL's own, beside the contract that the conformance suite holds it to: who may write, and commits
// whose answer was lost.
#include "store/postgres_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "store/group.h"
#include "store/testing/postgres_cluster.h"
#include "store/testing/postgres_proxy.h"
#include "store/testing/temp_dir.h"

namespace strongroom {
namespace {

class PostgresStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    const Result<PostgresCluster*> started = PostgresCluster::OfThisProcess();
    if (!started.ok()) GTEST_SKIP() << started.status().message();
    cluster_ = *started;
    options_.conninfo = cluster_->conninfo();
    options_.schema = testing::UnitTest::GetInstance()->current_test_info()->name();
    for (char& c : options_.schema) c = static_cast<char>(c | 0x20);
    options_.create_if_missing = true;
  }
  std::unique_ptr<Store> Open() {
    Result<std::unique_ptr<Store>> opened = OpenPostgresStore(options_);
    EXPECT_TRUE(opened.ok()) << opened.status().ToString();
    return opened.ok() ? *std::move(opened) : nullptr;
  }
  static Status Put(Store& store, const std::string& key, const std::string& value) {
    StoreBatch batch;
    batch.puts.push_back({key, value});
    return store.Commit(batch);
  }
  // Adds one to a number, if it is what the store says it is; the number before.
  static Status Increment(Store& store, const std::string& key) {
    const Result<std::optional<StoreValue>> now = store.Get(key);
    if (!now.ok()) return now.status();
    StoreBatch batch;
    batch.conditions.push_back({key, now->has_value() ? (*now)->version : kAbsent});
    batch.puts.push_back({key, std::to_string((now->has_value() ? std::stoi((*now)->bytes) : 0) + 1)});
    return store.Commit(batch);
  }
  // The same without a read.
  static Status Advance(Store& store, const std::string& key, int from) {
    StoreBatch batch;
    batch.conditions.push_back({key, VersionOf(std::to_string(from))});
    batch.puts.push_back({key, std::to_string(from + 1)});
    return store.Commit(batch);
  }
  static std::string Read(Store& store, const std::string& key) {
    const Result<std::optional<StoreValue>> found = store.Get(key);
    return !found.ok() ? found.status().ToString() : found->has_value() ? (*found)->bytes : "(none)";
  }

  PostgresCluster* cluster_ = nullptr;
  PostgresOptions options_;
};

TEST_F(PostgresStoreTest, WhoTakesAStoreOverFencesWhoHadIt) {
  const std::unique_ptr<Store> first = Open();
  ASSERT_TRUE(Put(*first, "a", "1").ok());
  const std::unique_ptr<Store> second = Open();
  ASSERT_TRUE(Put(*second, "a", "2").ok());
  EXPECT_EQ(Put(*first, "a", "3").reason(), Reason::kStorageUnavailable);
  EXPECT_EQ(Put(*first, "b", "3").reason(), Reason::kStorageUnavailable) << "and for good";
  EXPECT_EQ(Read(*second, "a"), "2");
  EXPECT_EQ(Read(*second, "b"), "(none)");
  EXPECT_TRUE(Put(*second, "a", "4").ok());
}

TEST_F(PostgresStoreTest, ControlWithoutTurnsTheOldOneOverwrites) {
  options_.unsafe_no_turns_for_tests = true;
  const std::unique_ptr<Store> first = Open();
  ASSERT_TRUE(Put(*first, "a", "1").ok());
  const std::unique_ptr<Store> second = Open();
  ASSERT_TRUE(Put(*second, "a", "2").ok());
  EXPECT_TRUE(Put(*first, "a", "3").ok()) << "what the test above must never see";
  options_.unsafe_no_turns_for_tests = false;
  EXPECT_EQ(Read(*Open(), "a"), "3");
}

TEST_F(PostgresStoreTest, ACommitWhoseAnswerWasLostIsSettled) {
  PostgresProxy proxy(cluster_->socket_path());
  options_.conninfo = PostgresCluster::ConninfoAt(proxy.dir());
  const std::unique_ptr<Store> store = Open();
  ASSERT_TRUE(Increment(*store, "n").ok());
  for (int i = 2; i <= 11; ++i) {
    proxy.FailNext(i % 2 == 0 ? PostgresProxy::Mode::kLoseAnswers : PostgresProxy::Mode::kLoseRequests);
    const Status done = Increment(*store, "n");
    ASSERT_TRUE(done.ok()) << i << " " << done.ToString();
    ASSERT_EQ(Read(*store, "n"), std::to_string(i)) << "once, and not twice";
  }
  EXPECT_EQ(proxy.failures(), 10) << "control: each of these commits met a lost connection";
  options_.conninfo = cluster_->conninfo();
  EXPECT_EQ(Read(*Open(), "n"), "11");
}

// Beside the commit, one of the messages that settle it is lost: each in turn, and its answer.
TEST_F(PostgresStoreTest, SettlingMayBeCutAnywhereAndIsAskedAgain) {
  PostgresProxy proxy(cluster_->socket_path());
  options_.conninfo = PostgresCluster::ConninfoAt(proxy.dir());
  const std::unique_ptr<Store> store = Open();
  ASSERT_TRUE(Put(*store, "n", "0").ok());
  // From the first message of the new connection to beyond the commit that follows the settling.
  constexpr int kMessages = 22;
  int count = 0;
  for (const PostgresProxy::Mode first : {PostgresProxy::Mode::kLoseAnswers, PostgresProxy::Mode::kLoseRequests}) {
    for (const PostgresProxy::Mode second : {PostgresProxy::Mode::kLoseAnswers, PostgresProxy::Mode::kLoseRequests}) {
      for (int passing = 0; passing < kMessages; ++passing) {
        const int failures = proxy.failures();
        proxy.FailNext(first);
        proxy.FailNext(second, passing);
        // What the first one does not meet is met by the next, which must count once as well.
        for (int i = 0; i == 0 || (i <= kMessages && proxy.failures() < failures + 2); ++i) {
          const Status done = Advance(*store, "n", count);
          ASSERT_TRUE(done.ok()) << passing << " " << done.ToString();
          ++count;
        }
        ASSERT_EQ(proxy.failures(), failures + 2) << "control: both were met";
      }
    }
  }
  options_.conninfo = cluster_->conninfo();
  EXPECT_EQ(Read(*Open(), "n"), std::to_string(count));
}

TEST_F(PostgresStoreTest, WhatCannotBeSettledIsNotCalledWritten) {
  auto proxy = std::make_unique<PostgresProxy>(cluster_->socket_path());
  options_.conninfo = PostgresCluster::ConninfoAt(proxy->dir());
  options_.settle_seconds = 1;
  const std::unique_ptr<Store> store = Open();
  ASSERT_TRUE(Put(*store, "a", "1").ok());
  proxy.reset();  // the network is gone
  EXPECT_EQ(Put(*store, "a", "2").reason(), Reason::kStorageUnavailable);
  EXPECT_EQ(Put(*store, "a", "3").reason(), Reason::kStorageUnavailable);
  options_.conninfo = cluster_->conninfo();
  EXPECT_TRUE(Put(*Open(), "a", "4").ok()) << "another one may";
}

TEST_F(PostgresStoreTest, ACrashOfTheDatabaseLosesNothingAcknowledged) {
  Result<std::unique_ptr<PostgresCluster>> cluster = PostgresCluster::Start();
  ASSERT_TRUE(cluster.ok()) << cluster.status().ToString();
  options_.conninfo = (*cluster)->conninfo();
  const std::unique_ptr<Store> store = Open();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Put(*store, "k" + std::to_string(i), std::to_string(i)).ok());
  ASSERT_TRUE((*cluster)->CrashAndRestart().ok());
  EXPECT_EQ(Read(*store, "cold"), "(none)") << "reads find the way by themselves";
  EXPECT_TRUE(Put(*store, "k20", "20").ok()) << "and so do writes";
  const Result<std::vector<StoreRow>> rows = Open()->Scan({});
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->size(), 21U);
}

TEST_F(PostgresStoreTest, WhatIsNotThereIsNotMade) {
  options_.create_if_missing = false;
  EXPECT_EQ(OpenPostgresStore(options_).reason(), Reason::kNotInitialised);
  options_.create_if_missing = true;
  EXPECT_NE(Open(), nullptr);
  options_.create_if_missing = false;
  EXPECT_NE(Open(), nullptr);
  options_.schema = "it\"; DROP SCHEMA public; --";
  EXPECT_EQ(OpenPostgresStore(options_).reason(), Reason::kConfigInvalid);
  options_.schema = "x";
  options_.conninfo = "hallo=welt password=seven-herons";
  const Status refused = OpenPostgresStore(options_).status();
  EXPECT_EQ(refused.reason(), Reason::kConfigInvalid);
  EXPECT_THAT(refused.ToString(), testing::Not(testing::HasSubstr("herons")));
}

TEST_F(PostgresStoreTest, AnOlderCommitMayBeTurnedOffByTheRoleAndIsTurnedOnAgain) {
  // A database whose default is not to wait for the disk.
  options_.conninfo += " options='-c synchronous_commit=off'";
  const std::unique_ptr<Store> store = Open();
  EXPECT_TRUE(Put(*store, "a", "1").ok());
}

// PostgreSQL answers a commit whose wait for a standby was cancelled, by a time-out too, as if it had not been.
TEST_F(PostgresStoreTest, ACommitThatWaitsForAStandbyIsNotAnsweredBeforeItHasIt) {
  Result<std::unique_ptr<PostgresCluster>> cluster = PostgresCluster::Start();
  ASSERT_TRUE(cluster.ok()) << cluster.status().ToString();
  options_.conninfo = (*cluster)->conninfo();
  const std::unique_ptr<Store> store = Open();
  ASSERT_TRUE(Put(*store, "a", "1").ok());
  std::atomic<bool> stop = false;
  std::atomic<int> answered = 0;
  std::thread thread([&] {
    while (!stop && Put(*store, "a", std::to_string(answered)).ok()) ++answered;
  });
  ASSERT_TRUE((*cluster)->Configure("synchronous_standby_names", "one_that_never_comes").ok());
  // From some moment on nothing is answered, for longer than every time-out of a session.
  int last = -1;
  auto quiet_since = std::chrono::steady_clock::now();
  const auto deadline = quiet_since + std::chrono::seconds(100);
  while (std::chrono::steady_clock::now() < std::min(deadline, quiet_since + std::chrono::seconds(33))) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (answered == last) continue;
    last = answered;
    quiet_since = std::chrono::steady_clock::now();
  }
  EXPECT_LT(std::chrono::steady_clock::now(), deadline) << "it goes on answering";
  stop = true;
  ASSERT_TRUE((*cluster)->Configure("synchronous_standby_names", "").ok());
  thread.join();
  EXPECT_EQ(answered, last + 1);
  EXPECT_EQ(Read(*store, "a"), std::to_string(last));
}

}  // namespace
}  // namespace strongroom
