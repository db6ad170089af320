// Several servers over one store in PostgreSQL: who may write, in what order, what happens when the network fails one
// of them, and how long one that stops holds up the others.  The contract itself: store/conformance_test.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "store/group.h"
#include "store/postgres_store.h"
#include "store/testing/postgres_cluster.h"
#include "store/testing/postgres_proxy.h"

namespace strongroom {
namespace {

using Clock = std::chrono::steady_clock;

int64_t MillisSince(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
}

class PostgresShared : public testing::Test {
 protected:
  void SetUp() override {
    const Result<PostgresCluster*> started = PostgresCluster::OfThisProcess();
    if (!started.ok()) GTEST_SKIP() << started.status().message();
    cluster_ = *started;
    options_.conninfo = cluster_->conninfo();
    options_.schema = testing::UnitTest::GetInstance()->current_test_info()->name();
    options_.schema.resize(std::min<size_t>(options_.schema.size(), 50));
    for (char& c : options_.schema) c = static_cast<char>(c | 0x20);
    options_.create_if_missing = true;
  }
  // 0: alone.
  std::unique_ptr<Store> Open(uint32_t writer, const PostgresProxy* proxy = nullptr) {
    PostgresOptions options = options_;
    options.writer = writer;
    if (proxy != nullptr) options.conninfo = PostgresCluster::ConninfoAt(proxy->dir());
    Result<std::unique_ptr<Store>> opened = OpenPostgresStore(options);
    EXPECT_TRUE(opened.ok()) << opened.status().ToString();
    return opened.ok() ? *std::move(opened) : nullptr;
  }
  static Status Put(Store& store, const std::string& key, const std::string& value) {
    StoreBatch batch;
    batch.puts.push_back({key, value});
    return store.Commit(batch);
  }
  // A number that is still `from` becomes one more.  `between` runs after the conditions were read, before the write.
  static Status Advance(Store& store, const std::string& key, int from, const std::function<void()>& between = {}) {
    StoreBatch batch;
    batch.conditions.push_back({key, VersionOf(std::to_string(from))});
    batch.puts.push_back({key, std::to_string(from + 1)});
    return store
        .CommitGroup({&batch},
                     [&](const std::vector<size_t>&, StoreBatch&) {
                       if (between) between();
                       return Status::Ok();
                     })
        .front();
  }
  static std::string Read(Store& store, const std::string& key) {
    const Result<std::optional<StoreValue>> found = store.Get(key);
    return !found.ok() ? found.status().ToString() : found->has_value() ? (*found)->bytes : "(none)";
  }
  // Each of the stores makes `each` increments of one number, all at once; what the number is then.
  struct Race {
    int number = 0;
    int conflicts = 0;
    int failures = 0;
  };
  static Race CountTogether(const std::vector<Store*>& stores, int each) {
    std::atomic<int> conflicts = 0;
    std::atomic<int> failures = 0;
    std::vector<std::thread> threads;
    for (Store* const store : stores) {
      threads.emplace_back([&, store] {
        for (int done = 0; done < each && failures == 0;) {
          const std::string now = Read(*store, "n");
          const Status status = Advance(*store, "n", std::atoi(now.c_str()));
          if (status.ok()) {
            ++done;
          } else if (status.reason() == Reason::kStorageConflict) {
            ++conflicts;
          } else {
            ADD_FAILURE() << status.ToString();
            ++failures;
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    return {std::atoi(Read(*stores.front(), "n").c_str()), conflicts, failures};
  }

  PostgresCluster* cluster_ = nullptr;
  PostgresOptions options_;
};

TEST_F(PostgresShared, WhatOneWritesAnotherSeesAtOnce) {
  const std::unique_ptr<Store> one = Open(1);
  const std::unique_ptr<Store> other = Open(64);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(Put(i % 2 == 0 ? *one : *other, "a", std::to_string(i)).ok());
    ASSERT_EQ(Read(i % 2 == 0 ? *other : *one, "a"), std::to_string(i));
    ASSERT_EQ((*(*(i % 2 == 0 ? *other : *one).Snapshot())->Get("a"))->bytes, std::to_string(i));
  }
  StoreBatch stale;
  stale.conditions.push_back({"a", VersionOf("17")});
  stale.puts.push_back({"a", "x"});
  EXPECT_EQ(one->Commit(stale).reason(), Reason::kStorageConflict);
  options_.writer = 65;
  EXPECT_EQ(OpenPostgresStore(options_).reason(), Reason::kConfigInvalid);
}

TEST_F(PostgresShared, NoIncrementOfAThousandIsLostBetweenTwo) {
  const std::unique_ptr<Store> one = Open(1);
  const std::unique_ptr<Store> other = Open(2);
  ASSERT_TRUE(Put(*one, "n", "0").ok());
  const Clock::time_point begin = Clock::now();
  const Race race = CountTogether({one.get(), other.get()}, 500);
  EXPECT_EQ(race.number, 1000);
  EXPECT_EQ(race.failures, 0);
  EXPECT_GT(race.conflicts, 0) << "control: they met";
  std::printf("1000 increments, %d conflicts, %lld ms\n", race.conflicts, static_cast<long long>(MillisSince(begin)));
}

TEST_F(PostgresShared, ControlWithoutTheOrderIncrementsAreLost) {
  options_.unsafe_no_turns_for_tests = true;
  const std::unique_ptr<Store> one = Open(1);
  const std::unique_ptr<Store> other = Open(2);
  ASSERT_TRUE(Put(*one, "n", "0").ok());
  EXPECT_LT(CountTogether({one.get(), other.get()}, 100).number, 200) << "what the test above must never see";
}

TEST_F(PostgresShared, AnOlderProcessOfTheSameNumberIsFencedAndNobodyElse) {
  const std::unique_ptr<Store> older = Open(1);
  const std::unique_ptr<Store> other = Open(2);
  ASSERT_TRUE(Put(*older, "a", "1").ok());
  const std::unique_ptr<Store> newer = Open(1);
  EXPECT_TRUE(Put(*other, "a", "2").ok());
  EXPECT_TRUE(Put(*newer, "a", "3").ok());
  EXPECT_EQ(Put(*older, "a", "4").reason(), Reason::kStorageUnavailable);
  EXPECT_EQ(Put(*older, "b", "4").reason(), Reason::kStorageUnavailable) << "and for good";
  EXPECT_TRUE(Put(*other, "b", "5").ok());
  EXPECT_TRUE(Put(*newer, "c", "6").ok());
  EXPECT_EQ(Read(*newer, "a") + Read(*newer, "b") + Read(*newer, "c"), "356");
}

TEST_F(PostgresShared, ControlWithoutTurnsTheOlderOneOverwrites) {
  options_.unsafe_no_turns_for_tests = true;
  const std::unique_ptr<Store> older = Open(1);
  const std::unique_ptr<Store> newer = Open(1);
  ASSERT_TRUE(Put(*newer, "a", "3").ok());
  EXPECT_TRUE(Put(*older, "a", "4").ok()) << "what the test above must never see";
  EXPECT_EQ(Read(*newer, "a"), "4");
}

TEST_F(PostgresShared, AloneAndSharedFenceEachOther) {
  const std::unique_ptr<Store> first_alone = Open(0);
  ASSERT_TRUE(Put(*first_alone, "a", "1").ok());
  const std::unique_ptr<Store> one = Open(1);
  const std::unique_ptr<Store> other = Open(2);
  EXPECT_EQ(Put(*first_alone, "a", "2").reason(), Reason::kStorageUnavailable);
  EXPECT_TRUE(Put(*one, "a", "3").ok());
  const std::unique_ptr<Store> alone = Open(0);
  EXPECT_TRUE(Put(*alone, "a", "4").ok());
  EXPECT_EQ(Put(*one, "a", "5").reason(), Reason::kStorageUnavailable);
  // The other has not noticed yet, and is not let in again by somebody who shares the store anew.
  const std::unique_ptr<Store> third = Open(3);
  EXPECT_EQ(Put(*alone, "a", "6").reason(), Reason::kStorageUnavailable);
  EXPECT_EQ(Put(*other, "a", "7").reason(), Reason::kStorageUnavailable);
  EXPECT_TRUE(Put(*third, "b", "8").ok());
  EXPECT_EQ(Read(*third, "a") + Read(*third, "b"), "48");
}

TEST_F(PostgresShared, AStoreMadeAloneIsSharedAndOneMadeByManyAtOnceIsOne) {
  ASSERT_TRUE(Put(*Open(0), "a", "1").ok());
  options_.create_if_missing = false;
  EXPECT_EQ(Read(*Open(5), "a"), "1");
  options_.create_if_missing = true;
  options_.schema += "_many";
  std::vector<std::thread> threads;
  std::atomic<int> written = 0;
  for (uint32_t id = 1; id <= 6; ++id) {
    threads.emplace_back([&, id] {
      PostgresOptions options = options_;
      options.writer = id;
      const Result<std::unique_ptr<Store>> opened = OpenPostgresStore(options);
      if (opened.ok() && Put(**opened, "k" + std::to_string(id), "1").ok()) ++written;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(written, 6);
  EXPECT_EQ(Open(7)->Scan({})->size(), 6U);
}

TEST_F(PostgresShared, ACommitCostsTheSameNumberOfRoundTripsHoweverManyServers) {
  PostgresProxy proxy(cluster_->socket_path());
  const auto trips_of = [&proxy](const std::function<void()>& work) {
    const int before = proxy.trips();
    work();
    return proxy.trips() - before;
  };
  {
    const std::unique_ptr<Store> alone = Open(0, &proxy);
    EXPECT_EQ(trips_of([&] { ASSERT_TRUE(Put(*alone, "n", "0").ok()); }), 1);
    EXPECT_EQ(trips_of([&] { ASSERT_TRUE(Advance(*alone, "n", 0).ok()); }), 1) << "it knows the version";
  }
  {
    const std::unique_ptr<Store> alone = Open(0, &proxy);
    EXPECT_EQ(trips_of([&] { ASSERT_TRUE(Advance(*alone, "n", 1).ok()); }), 2) << "it must read the version";
  }
  const std::unique_ptr<Store> one = Open(1, &proxy);
  const std::unique_ptr<Store> other = Open(2);
  EXPECT_EQ(Read(*one, "n"), "2");
  for (int i = 2; i < 6; ++i) {
    EXPECT_EQ(trips_of([&] { ASSERT_TRUE(Advance(*one, "n", i).ok()); }), 2);
    EXPECT_EQ(trips_of([&] { ASSERT_TRUE(Put(*one, "a", "1").ok()); }), 1);
    EXPECT_EQ(trips_of([&] { EXPECT_EQ(Read(*one, "n"), std::to_string(i + 1)); }), 1) << "nothing is kept in memory";
    ASSERT_TRUE(Put(*other, "b", std::to_string(i)).ok());
  }
}

// Each request and each answer of a group is lost in turn, with the other server writing all the time.
TEST_F(PostgresShared, LostRequestsAndAnswersAreSettledWhileTheOtherWrites) {
  PostgresProxy proxy(cluster_->socket_path());
  const std::unique_ptr<Store> store = Open(1, &proxy);
  const std::unique_ptr<Store> other = Open(2);
  ASSERT_TRUE(Put(*store, "n", "0").ok());
  std::atomic<bool> stop = false;
  std::atomic<int> written_beside = 0;
  std::thread beside([&] {
    while (!stop && Put(*other, "beside", std::to_string(written_beside)).ok()) ++written_beside;
  });
  int count = 0;
  for (int round = 0; round < 6; ++round) {
    for (const PostgresProxy::Mode mode : {PostgresProxy::Mode::kLoseAnswers, PostgresProxy::Mode::kLoseRequests}) {
      for (const int trip : {0, 1}) {
        const int before = written_beside;
        proxy.FailNext(mode, trip);
        const Status done = Advance(*store, "n", count);
        EXPECT_TRUE(done.ok()) << done.ToString();
        EXPECT_GT(written_beside, before) << "control: the other did write in between";
        ++count;
      }
    }
  }
  stop = true;
  beside.join();
  EXPECT_EQ(proxy.failures(), count) << "control: each of these commits met a lost connection";
  EXPECT_EQ(Read(*other, "n"), std::to_string(count)) << "once, and not twice";
  EXPECT_EQ(Read(*store, "beside"), std::to_string(written_beside - 1));
}

// The transaction in which conditions held is lost before the write; before it is tried again, another server changes
// what they name.
TEST_F(PostgresShared, WhatWasDecidedInALostTransactionIsNotWrittenOverAnothersChange) {
  PostgresProxy proxy(cluster_->socket_path());
  const std::unique_ptr<Store> store = Open(1, &proxy);
  const std::unique_ptr<Store> other = Open(2);
  ASSERT_TRUE(Put(*store, "n", "7").ok());
  const auto advance_through_a_loss = [&](const std::function<void()>& meanwhile) {
    const int failures = proxy.failures();
    std::thread thread([&] {
      while (proxy.failures() == failures) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      meanwhile();
      proxy.HoldNewConnections(false);
    });
    const Status done = Advance(*store, "n", 7, [&] {
      proxy.HoldNewConnections(true);
      proxy.FailNext(PostgresProxy::Mode::kLoseRequests);
    });
    thread.join();
    return done;
  };
  const Status refused = advance_through_a_loss([&] { ASSERT_TRUE(Put(*other, "n", "100").ok()); });
  EXPECT_EQ(refused.reason(), Reason::kStorageUnavailable);
  EXPECT_THAT(refused.ToString(), testing::HasSubstr("nothing of it was written"));
  EXPECT_EQ(Read(*store, "n"), "100");
  ASSERT_TRUE(Put(*store, "n", "7").ok()) << "and it is as usable as before";
  EXPECT_TRUE(advance_through_a_loss([&] { ASSERT_TRUE(Put(*other, "elsewhere", "1").ok()); }).ok())
      << "control: what others write beside does not hinder it";
  EXPECT_EQ(Read(*other, "n"), "8");
}

TEST_F(PostgresShared, WhatCannotBeSettledIsNotCalledWrittenAndHindersNobody) {
  auto proxy = std::make_unique<PostgresProxy>(cluster_->socket_path());
  options_.settle_seconds = 1;
  const std::unique_ptr<Store> store = Open(1, proxy.get());
  const std::unique_ptr<Store> other = Open(2);
  ASSERT_TRUE(Put(*store, "a", "1").ok());
  proxy.reset();  // the network is gone
  EXPECT_EQ(Put(*store, "a", "2").reason(), Reason::kStorageUnavailable);
  EXPECT_EQ(Put(*store, "a", "3").reason(), Reason::kStorageUnavailable);
  EXPECT_TRUE(Put(*other, "b", "4").ok());
}

// A network that carries nothing and says nothing, between the two round trips of a group.
TEST_F(PostgresShared, ASilentConnectionHoldsOthersUpNoLongerThanTheTimeOut) {
  options_.hold_millis = 1500;
  PostgresProxy proxy(cluster_->socket_path());
  const std::unique_ptr<Store> store = Open(1, &proxy);
  const std::unique_ptr<Store> other = Open(2);
  ASSERT_TRUE(Put(*store, "n", "0").ok());
  std::atomic<bool> between = false;
  std::thread thread([&] {
    while (!between) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const Clock::time_point begin = Clock::now();
    EXPECT_TRUE(Put(*other, "a", "1").ok());
    std::printf("held up for %lld ms\n", static_cast<long long>(MillisSince(begin)));
    EXPECT_GE(MillisSince(begin), 1000) << "control: it was held up";
    EXPECT_LE(MillisSince(begin), 4000);
    proxy.BeSilent(false);
  });
  const Status done = Advance(*store, "n", 0, [&] {
    proxy.BeSilent(true);
    between = true;
  });
  thread.join();
  EXPECT_TRUE(done.ok()) << "settled, and written again: " << done.ToString();
  EXPECT_EQ(Read(*other, "n"), "1");
}

// A process that is stopped between the two round trips, and goes on when the others long have.
TEST_F(PostgresShared, AStoppedServerHoldsOthersUpNoLongerThanTheTimeOut) {
  const std::unique_ptr<Store> other = Open(2);
  ASSERT_TRUE(Put(*other, "n", "0").ok());
  for (const bool changed : {false, true}) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const std::unique_ptr<Store> store = Open(1);
      const Status done = Advance(*store, "n", 0, [] { ::raise(SIGSTOP); });
      ::_exit(done.ok() ? 10 : done.ToString().find("nothing of it was written") != std::string::npos ? 11 : 12);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
    ASSERT_TRUE(WIFSTOPPED(status));
    const Clock::time_point begin = Clock::now();
    EXPECT_TRUE(Put(*other, changed ? "n" : "a", "0 of another").ok());
    std::printf("held up for %lld ms\n", static_cast<long long>(MillisSince(begin)));
    EXPECT_GE(MillisSince(begin), 2000) << "control: it was held up";
    EXPECT_LE(MillisSince(begin), 6000);
    ASSERT_EQ(::kill(child, SIGCONT), 0);
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), changed ? 11 : 10);
    EXPECT_EQ(Read(*other, "n"), changed ? "0 of another" : "1");
    ASSERT_TRUE(Put(*other, "n", "0").ok());
  }
}

}  // namespace
}  // namespace strongroom
