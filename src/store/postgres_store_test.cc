// What is PostgreSQL's own, beside the contract that the conformance suite holds it to: who may write, and commits
// whose answer was lost.
#include "store/postgres_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "store/testing/postgres_cluster.h"
#include "store/testing/temp_dir.h"

namespace strongroom {
namespace {

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

// Stands between a client and the cluster, and can become a bad network.
class Proxy {
 public:
  enum class Mode { kPass, kLoseAnswers, kLoseRequests };

  explicit Proxy(std::string to) : to_(std::move(to)) {
    const sockaddr_un address = AddressOf(dir_.Path(PostgresCluster::kSocketName));
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~Proxy() {
    stopping_ = true;
    acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
    ::close(listener_);
  }
  const std::string& dir() const { return dir_.path(); }
  // Holds for what is sent from now on, on connections that are open; the connection it happens to is closed, and
  // everything passes again.
  void FailNext(Mode mode) { mode_ = mode; }
  int failures() const { return failures_; }

 private:
  void Accept() {
    while (!stopping_) {
      pollfd ready{listener_, POLLIN, 0};
      if (::poll(&ready, 1, 20) != 1) continue;
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client >= 0) threads_.emplace_back([this, client] { Carry(client); });
    }
  }
  void Carry(int client) {
    const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un address = AddressOf(to_);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) CarryBoth(client, server);
    ::close(server);
    ::close(client);
  }
  void CarryBoth(int client, int server) {
    bool losing = false;
    while (!stopping_) {
      pollfd ready[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
      if (::poll(ready, 2, losing ? 200 : 20) == 0) {
        if (losing) return;  // the server said all it had to say
        continue;
      }
      char buffer[16384];
      if (ready[0].revents != 0) {
        const ssize_t size = ::read(client, buffer, sizeof(buffer));
        if (size <= 0) return;
        Mode expected = Mode::kLoseRequests;
        if (mode_.compare_exchange_strong(expected, Mode::kPass)) {
          ++failures_;
          return;
        }
        expected = Mode::kLoseAnswers;
        if (mode_.compare_exchange_strong(expected, Mode::kPass)) {
          ++failures_;
          losing = true;
        }
        if (::write(server, buffer, static_cast<size_t>(size)) != size) return;
      }
      if (ready[1].revents != 0) {
        const ssize_t size = ::read(server, buffer, sizeof(buffer));
        if (size <= 0) return;
        if (!losing && ::write(client, buffer, static_cast<size_t>(size)) != size) return;
      }
    }
  }

  const std::string to_;
  TempDir dir_;
  int listener_ = -1;
  std::atomic<bool> stopping_ = false;
  std::atomic<Mode> mode_ = Mode::kPass;
  std::atomic<int> failures_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> threads_;
};

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
  Proxy proxy(cluster_->socket_path());
  options_.conninfo = PostgresCluster::ConninfoAt(proxy.dir());
  const std::unique_ptr<Store> store = Open();
  ASSERT_TRUE(Increment(*store, "n").ok());
  for (int i = 2; i <= 11; ++i) {
    proxy.FailNext(i % 2 == 0 ? Proxy::Mode::kLoseAnswers : Proxy::Mode::kLoseRequests);
    const Status done = Increment(*store, "n");
    ASSERT_TRUE(done.ok()) << i << " " << done.ToString();
    ASSERT_EQ(Read(*store, "n"), std::to_string(i)) << "once, and not twice";
  }
  EXPECT_EQ(proxy.failures(), 10) << "control: each of these commits met a lost connection";
  options_.conninfo = cluster_->conninfo();
  EXPECT_EQ(Read(*Open(), "n"), "11");
}

TEST_F(PostgresStoreTest, WhatCannotBeSettledIsNotCalledWritten) {
  auto proxy = std::make_unique<Proxy>(cluster_->socket_path());
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

}  // namespace
}  // namespace strongroom
