#include "store/conformance_test.h"

#include <gmock/gmock.h>

#include <atomic>
#include <cstdio>
#include <map>
#include <random>
#include <thread>

#include "store/faulty_store.h"
#include "store/group.h"
#include "store/memory_store.h"
#include "store/postgres_store.h"
#include "store/rocksdb_store.h"
#include "store/testing/postgres_cluster.h"
#include "store/testing/temp_dir.h"

namespace strongroom {

namespace {

class MemoryHarness : public StoreHarness {
 public:
  Store& store() override { return store_; }
  bool Reopen() override { return false; }

 private:
  MemoryStore store_;
};

class RocksDbHarness : public StoreHarness {
 public:
  RocksDbHarness() { Open(); }
  Store& store() override { return *store_; }
  bool Reopen() override {
    store_.reset();
    Open();
    return true;
  }

 private:
  void Open() {
    RocksDbOptions options;
    options.path = directory_.Path("store");
    options.create_if_missing = true;
    Result<std::unique_ptr<Store>> opened = OpenRocksDbStore(options);
    if (!opened.ok()) std::fprintf(stderr, "%s\n", opened.status().ToString().c_str());
    if (!opened.ok()) std::abort();
    store_ = std::move(*opened);
  }

  TempDir directory_;
  std::unique_ptr<Store> store_;
};

// A schema of the tests' own cluster.
class PostgresHarness : public StoreHarness {
 public:
  PostgresHarness() {
    static int count = 0;
    options_.schema = "conformance_" + std::to_string(++count);
    const Result<PostgresCluster*> cluster = PostgresCluster::OfThisProcess();
    if (!cluster.ok()) {
      absent_ = cluster.status().message();
      return;
    }
    options_.conninfo = (*cluster)->conninfo();
    options_.create_if_missing = true;
    Open();
  }
  std::string absent() const override { return absent_; }
  Store& store() override { return *store_; }
  bool Reopen() override {
    store_.reset();
    Open();
    return true;
  }

 private:
  void Open() {
    Result<std::unique_ptr<Store>> opened = OpenPostgresStore(options_);
    if (!opened.ok()) std::fprintf(stderr, "%s\n", opened.status().ToString().c_str());
    if (!opened.ok()) std::abort();
    store_ = std::move(*opened);
  }

  PostgresOptions options_;
  std::string absent_;
  std::unique_ptr<Store> store_;
};

// Two servers over one schema, asked in turn: what one writes the other must see, and hold its conditions against.
class SharedPostgresHarness : public StoreHarness {
 public:
  SharedPostgresHarness() {
    static int count = 0;
    options_.schema = "conformance_shared_" + std::to_string(++count);
    const Result<PostgresCluster*> cluster = PostgresCluster::OfThisProcess();
    if (!cluster.ok()) {
      absent_ = cluster.status().message();
      return;
    }
    options_.conninfo = (*cluster)->conninfo();
    options_.create_if_missing = true;
    Reopen();
  }
  std::string absent() const override { return absent_; }
  Store& store() override { return *store_; }
  bool Reopen() override {
    store_.reset();
    store_ = std::make_unique<InTurn>(Open(1), Open(2));
    return true;
  }

 private:
  class InTurn : public Store {
   public:
    InTurn(std::unique_ptr<Store> one, std::unique_ptr<Store> other) : one_(std::move(one)), other_(std::move(other)) {}
    Result<std::optional<StoreValue>> Get(ByteView key) const override { return Next().Get(key); }
    Result<std::vector<std::optional<StoreValue>>> MultiGet(const std::vector<Bytes>& keys) const override {
      return Next().MultiGet(keys);
    }
    Result<std::vector<StoreRow>> Scan(const ScanRange& range) const override { return Next().Scan(range); }
    std::vector<Status> CommitGroup(const std::vector<const StoreBatch*>& batches, const Finisher& finish) override {
      return Next().CommitGroup(batches, finish);
    }
    Status Compact(ByteView begin, ByteView end) override { return Next().Compact(begin, end); }
    Result<std::unique_ptr<StoreReader>> Snapshot() const override { return Next().Snapshot(); }

   private:
    Store& Next() const { return asked_++ % 2 == 0 ? *one_ : *other_; }
    const std::unique_ptr<Store> one_;
    const std::unique_ptr<Store> other_;
    mutable std::atomic<uint64_t> asked_ = 0;
  };

  std::unique_ptr<Store> Open(uint32_t writer) {
    options_.writer = writer;
    Result<std::unique_ptr<Store>> opened = OpenPostgresStore(options_);
    if (!opened.ok()) std::fprintf(stderr, "%s\n", opened.status().ToString().c_str());
    if (!opened.ok()) std::abort();
    return std::move(*opened);
  }

  PostgresOptions options_;
  std::string absent_;
  std::unique_ptr<Store> store_;
};

// Without faults the decorator must be invisible.
class FaultyHarness : public StoreHarness {
 public:
  Store& store() override { return store_; }
  bool Reopen() override { return false; }

 private:
  FaultyStore store_{std::make_shared<MemoryStore>()};
};

std::string Joined(const Result<std::vector<StoreRow>>& rows) {
  if (!rows.ok()) return "(error)";
  std::string text;
  for (const StoreRow& row : *rows) text += (text.empty() ? "" : " ") + row.key + "=" + row.value;
  return text;
}

StoreBatch PutOne(Bytes key, Bytes value) {
  StoreBatch batch;
  batch.puts.push_back({std::move(key), std::move(value)});
  return batch;
}

std::string Reasons(const std::vector<Status>& statuses) {
  std::string text;
  for (const Status& status : statuses) {
    text += (text.empty() ? "" : " ") + std::string(status.ok() ? "ok" : InfoOf(status.reason()).wire_code);
  }
  return text;
}

}  // namespace

std::string StoreConformance::Read(ByteView key) {
  const Result<std::optional<StoreValue>> found = store().Get(key);
  if (!found.ok()) return "(error)";
  return found->has_value() ? (*found)->bytes : "(none)";
}

StoreVersion StoreConformance::Version(ByteView key) {
  const Result<std::optional<StoreValue>> found = store().Get(key);
  return found.ok() && found->has_value() ? (*found)->version : kAbsent;
}

std::string StoreConformance::Dump() { return Joined(store().Scan({})); }

Status StoreConformance::Put(Bytes key, Bytes value) {
  return store().Commit(PutOne(std::move(key), std::move(value)));
}

TEST_P(StoreConformance, WhatIsPutIsReadAndWhatIsDeletedIsNot) {
  EXPECT_EQ(Read("a"), "(none)");
  ASSERT_TRUE(Put("a", "1").ok());
  EXPECT_EQ(Read("a"), "1");
  ASSERT_TRUE(Put("a", "2").ok());
  EXPECT_EQ(Read("a"), "2");
  StoreBatch batch;
  batch.deletes = {"a", "never-there"};
  ASSERT_TRUE(store().Commit(batch).ok());
  EXPECT_EQ(Read("a"), "(none)");
  EXPECT_EQ(Read("ab"), "(none)");
}

TEST_P(StoreConformance, CompactionChangesNothingThatIsRead) {
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(Put("k" + std::to_string(i), "1").ok());
  StoreBatch batch = PutOne("k1", "2");
  batch.deletes = {"k2"};
  ASSERT_TRUE(store().Commit(batch).ok());
  ASSERT_TRUE(store().Compact("k", "l").ok());
  EXPECT_EQ(Read("k0"), "1");
  EXPECT_EQ(Read("k1"), "2");
  EXPECT_EQ(Read("k2"), "(none)");
  ASSERT_TRUE(Put("k2", "3").ok());
  ASSERT_TRUE(store().Compact("", "").ok());
  EXPECT_EQ(Read("k2"), "3");
  EXPECT_EQ(store().Scan({})->size(), 50U);
}

TEST_P(StoreConformance, KeysAndValuesAreAnyBytes) {
  const Bytes key("\0\xff\n", 3);
  const Bytes value("\0\0\xfe", 3);
  ASSERT_TRUE(Put(key, value).ok());
  ASSERT_TRUE(Put("empty", "").ok());
  EXPECT_EQ(Read(key), value);
  EXPECT_EQ(Read("empty"), "");
  EXPECT_NE(Version("empty"), kAbsent);
  EXPECT_EQ(Read(Bytes("\0\xff", 2)), "(none)");
}

TEST_P(StoreConformance, SizesAreLimited) {
  EXPECT_TRUE(Put(Bytes(kMaxKeySizeBytes, 'k'), Bytes(kMaxValueSizeBytes, 'v')).ok());
  EXPECT_EQ(Read(Bytes(kMaxKeySizeBytes, 'k')).size(), kMaxValueSizeBytes);
  EXPECT_EQ(Put("", "v").reason(), Reason::kInvalidArgument);
  EXPECT_EQ(Put(Bytes(kMaxKeySizeBytes + 1, 'k'), "v").reason(), Reason::kInvalidArgument);
  EXPECT_EQ(Put("k", Bytes(kMaxValueSizeBytes + 1, 'v')).reason(), Reason::kInvalidArgument);
  StoreBatch batch;
  batch.deletes = {Bytes(kMaxKeySizeBytes + 1, 'k')};
  EXPECT_EQ(store().Commit(batch).reason(), Reason::kInvalidArgument);
}

TEST_P(StoreConformance, MalformedBatchesAreRefusedWhole) {
  StoreBatch both = PutOne("a", "1");
  both.deletes = {"a"};
  EXPECT_EQ(store().Commit(both).reason(), Reason::kInvalidArgument);
  StoreBatch absent_elsewhere = PutOne("a", "1");
  absent_elsewhere.conditions = {{"b", kAbsent}};
  EXPECT_EQ(store().Commit(absent_elsewhere).reason(), Reason::kInvalidArgument);
  StoreBatch half_bad = PutOne("a", "1");
  half_bad.puts.push_back({"", "2"});
  EXPECT_EQ(store().Commit(half_bad).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(Dump(), "");
  StoreBatch good = PutOne("a", "1");
  good.deletes = {"b"};
  good.conditions = {{"a", kAbsent}};
  EXPECT_TRUE(store().Commit(good).ok());
  EXPECT_EQ(Dump(), "a=1");
}

TEST_P(StoreConformance, TheLastPutOfAKeyInABatchWins) {
  StoreBatch batch = PutOne("a", "1");
  batch.puts.push_back({"a", "2"});
  ASSERT_TRUE(store().Commit(batch).ok());
  EXPECT_EQ(Read("a"), "2");
  StoreBatch next = PutOne("a", "3");
  next.conditions = {{"a", VersionOf("2")}};
  EXPECT_TRUE(store().Commit(next).ok());
}

TEST_P(StoreConformance, AConditionOnAVersionHoldsOnlyForThatVersion) {
  ASSERT_TRUE(Put("a", "1").ok());
  const StoreVersion first = Version("a");
  ASSERT_NE(first, kAbsent);
  StoreBatch batch = PutOne("a", "2");
  batch.puts.push_back({"b", "2"});
  batch.conditions = {{"a", first}};
  EXPECT_TRUE(store().Commit(batch).ok());
  EXPECT_NE(Version("a"), first);
  batch.puts = {{"a", "3"}, {"b", "3"}};
  EXPECT_EQ(store().Commit(batch).reason(), Reason::kStorageConflict);
  EXPECT_EQ(Dump(), "a=2 b=2");
  batch.conditions = {{"missing", first}};
  EXPECT_EQ(store().Commit(batch).reason(), Reason::kStorageConflict);
  batch.conditions = {{"a", Version("a")}, {"b", first}};
  EXPECT_EQ(store().Commit(batch).reason(), Reason::kStorageConflict);
  batch.conditions = {{"a", Version("a")}, {"b", Version("b")}};
  EXPECT_TRUE(store().Commit(batch).ok());
  EXPECT_EQ(Dump(), "a=3 b=3");
}

TEST_P(StoreConformance, AbsenceHoldsOnlyWhileTheKeyIsAbsent) {
  StoreBatch create = PutOne("a", "1");
  create.conditions = {{"a", kAbsent}};
  EXPECT_TRUE(store().Commit(create).ok());
  create.puts[0].value = "2";
  EXPECT_EQ(store().Commit(create).reason(), Reason::kStorageConflict);
  EXPECT_EQ(Read("a"), "1");
  StoreBatch remove;
  remove.deletes = {"a"};
  remove.conditions = {{"a", Version("a")}};
  EXPECT_TRUE(store().Commit(remove).ok());
  EXPECT_EQ(store().Commit(remove).reason(), Reason::kStorageConflict);
  EXPECT_TRUE(store().Commit(create).ok());
  EXPECT_EQ(Read("a"), "2");
}

TEST_P(StoreConformance, ABatchOfConditionsAloneOnlyAsks) {
  ASSERT_TRUE(Put("a", "1").ok());
  StoreBatch ask;
  ask.conditions = {{"a", Version("a")}};
  EXPECT_TRUE(store().Commit(ask).ok());
  ask.conditions[0].expected ^= 1;
  EXPECT_EQ(store().Commit(ask).reason(), Reason::kStorageConflict);
  EXPECT_TRUE(store().Commit({}).ok());
}

TEST_P(StoreConformance, ConflictingBatchesOfAGroupAreDroppedAndTheOthersWritten) {
  StoreBatch first = PutOne("a", "first");
  first.conditions = {{"a", kAbsent}};
  StoreBatch second = PutOne("a", "second");
  second.conditions = {{"a", kAbsent}};  // no longer: the first of the group wrote it
  StoreBatch third = PutOne("a", "third");
  third.conditions = {{"a", VersionOf("first")}};  // sees the first's write
  StoreBatch bad = PutOne("", "bad");
  StoreBatch remover;
  remover.deletes = {"a"};
  remover.conditions = {{"a", VersionOf("third")}};
  StoreBatch last = PutOne("a", "last");
  last.conditions = {{"a", kAbsent}};
  std::vector<size_t> seen;
  const std::vector<Status> statuses = store().CommitGroup(
      {&first, &second, &third, &bad, &remover, &last}, [&](const std::vector<size_t>& admitted, StoreBatch& extra) {
        seen = admitted;
        extra.puts.push_back({"count", std::to_string(admitted.size())});
        return Status::Ok();
      });
  EXPECT_EQ(Reasons(statuses), "ok storage-conflict ok invalid-argument ok ok");
  EXPECT_THAT(seen, testing::ElementsAre(0, 2, 4, 5));
  EXPECT_EQ(Dump(), "a=last count=4");
}

TEST_P(StoreConformance, AFailedFinisherWritesNothing) {
  ASSERT_TRUE(Put("a", "1").ok());
  const StoreBatch change = PutOne("a", "2");
  StoreBatch conflict = PutOne("a", "3");
  conflict.conditions = {{"a", kAbsent}};
  EXPECT_EQ(Reasons(store().CommitGroup({&change, &conflict},
                                        [](const std::vector<size_t>&, StoreBatch& extra) {
                                          extra.puts.push_back({"x", "y"});
                                          return Status(Reason::kAuditUnavailable);
                                        })),
            "audit-unavailable storage-conflict");
  EXPECT_EQ(Dump(), "a=1");
  const auto with_condition = [](const std::vector<size_t>&, StoreBatch& extra) {
    extra.conditions.push_back({"a", 1});
    return Status::Ok();
  };
  EXPECT_FALSE(store().CommitGroup({&change}, with_condition)[0].ok());
  EXPECT_EQ(Dump(), "a=1");
  // The store is as usable as before, and what the refused group would have written is not believed.
  StoreBatch next = PutOne("a", "4");
  next.conditions = {{"a", VersionOf("1")}};
  EXPECT_TRUE(store().Commit(next).ok());
}

TEST_P(StoreConformance, TheFinisherIsNotCalledForNothingAndMayRead) {
  StoreBatch conflict = PutOne("a", "1");
  conflict.conditions = {{"a", 7}};
  bool called = false;
  const auto finish = [&](const std::vector<size_t>&, StoreBatch& extra) {
    called = true;
    extra.puts.push_back({"read", Read("seed")});
    return Status::Ok();
  };
  EXPECT_EQ(Reasons(store().CommitGroup({&conflict}, finish)), "storage-conflict");
  EXPECT_FALSE(called);
  EXPECT_TRUE(store().CommitGroup({}, finish).empty());
  EXPECT_FALSE(called);
  ASSERT_TRUE(Put("seed", "s").ok());
  const StoreBatch good = PutOne("a", "1");
  EXPECT_EQ(Reasons(store().CommitGroup({&good}, finish)), "ok");
  EXPECT_TRUE(called);
  EXPECT_EQ(Dump(), "a=1 read=s seed=s");
}

TEST_P(StoreConformance, ScansFollowByteOrderBothWaysWithinTheirBounds) {
  for (const char* key : {"a", "b", "b\x01", "b\xff", "c", "d"}) ASSERT_TRUE(Put(key, "").ok());
  EXPECT_EQ(Joined(store().Scan({"b", "c", 10, false})), "b= b\x01= b\xff=");
  EXPECT_EQ(Joined(store().Scan({"b", "c", 10, true})), "b\xff= b\x01= b=");
  EXPECT_EQ(Joined(store().Scan({"b", "c", 2, false})), "b= b\x01=");
  EXPECT_EQ(Joined(store().Scan({"b", "c", 2, true})), "b\xff= b\x01=");
  EXPECT_EQ(Joined(store().Scan({"c", "", 10, false})), "c= d=");
  EXPECT_EQ(Joined(store().Scan({"c", "", 1, true})), "d=");
  EXPECT_EQ(Joined(store().Scan({"", "b", 10, true})), "a=");
  EXPECT_EQ(Joined(store().Scan({"b", PrefixEnd("b"), 10, false})), "b= b\x01= b\xff=");
  EXPECT_EQ(Joined(store().Scan({"", "", 10, true})), "d= c= b\xff= b\x01= b= a=");
  EXPECT_EQ(Joined(store().Scan({"c", "b", 10, false})), "");
  EXPECT_EQ(Joined(store().Scan({"c", "b", 10, true})), "");
  EXPECT_EQ(Joined(store().Scan({"b", "b", 10, false})), "");
  EXPECT_EQ(Joined(store().Scan({"e", "", 10, false})), "");
  EXPECT_EQ(Joined(store().Scan({"", "", 0, false})), "");
}

TEST_P(StoreConformance, MultiGetAnswersInTheOrderOfTheKeys) {
  ASSERT_TRUE(Put("a", "1").ok());
  ASSERT_TRUE(Put("b", "2").ok());
  const auto found = store().MultiGet({"b", "x", "a", "b"});
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 4U);
  EXPECT_EQ((*found)[0]->bytes, "2");
  EXPECT_FALSE((*found)[1].has_value());
  EXPECT_EQ((*found)[2]->bytes, "1");
  EXPECT_EQ((*found)[2]->version, Version("a"));
  EXPECT_EQ((*found)[3]->bytes, "2");
  EXPECT_TRUE(store().MultiGet({})->empty());
}

TEST_P(StoreConformance, ASnapshotStandsStill) {
  ASSERT_TRUE(Put("a", "1").ok());
  const auto snapshot = store().Snapshot();
  ASSERT_TRUE(snapshot.ok());
  StoreBatch change = PutOne("b", "2");
  change.deletes = {"a"};
  ASSERT_TRUE(store().Commit(change).ok());
  EXPECT_EQ(Dump(), "b=2");
  EXPECT_EQ(Joined((*snapshot)->Scan({})), "a=1");
  EXPECT_EQ((*(*snapshot)->Get("a"))->bytes, "1");
  EXPECT_FALSE((*snapshot)->Get("b")->has_value());
  EXPECT_FALSE((*(*snapshot)->MultiGet({"b"}))[0].has_value());
  // A read through the snapshot must not make the store believe the old state.
  StoreBatch stale = PutOne("a", "3");
  stale.conditions = {{"a", VersionOf("1")}};
  EXPECT_EQ(store().Commit(stale).reason(), Reason::kStorageConflict);
}

TEST_P(StoreConformance, AcknowledgedBatchesOutliveTheStore) {
  ASSERT_TRUE(Put("a", "1").ok());
  const StoreVersion version = Version("a");
  StoreBatch remove;
  ASSERT_TRUE(Put("b", "1").ok());
  remove.deletes = {"b"};
  ASSERT_TRUE(store().Commit(remove).ok());
  if (!harness_->Reopen()) GTEST_SKIP() << "this backend keeps nothing";
  EXPECT_EQ(Dump(), "a=1");
  EXPECT_EQ(Version("a"), version);
  StoreBatch next = PutOne("a", "2");
  next.conditions = {{"a", version}};
  EXPECT_TRUE(store().Commit(next).ok());
}

// Threads compare-and-increment few counters while others read them: a stale version anywhere loses an increment.
TEST_P(StoreConformance, NoIncrementIsLostAmongThreads) {
  constexpr int kThreads = 6;
  constexpr int kIncrements = 150;
  constexpr int kCounters = 3;
  std::atomic<int> conflicts = 0;
  std::atomic<bool> failed = false;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937_64 random(static_cast<uint64_t>(thread));
      for (int done = 0; done < kIncrements && !failed;) {
        const Bytes key = "counter" + std::to_string(random() % kCounters);
        const auto now = store().Get(key);
        if (!now.ok()) failed = true;
        const int64_t value = now.ok() && now->has_value() ? std::stoll((*now)->bytes) : 0;
        std::this_thread::yield();  // let another thread change it meanwhile
        StoreBatch batch = PutOne(key, std::to_string(value + 1));
        batch.conditions = {{key, now.ok() && now->has_value() ? (*now)->version : kAbsent}};
        const Status status = store().Commit(batch);
        if (status.ok()) {
          ++done;
        } else if (status.reason() == Reason::kStorageConflict) {
          ++conflicts;
        } else {
          failed = true;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_FALSE(failed);
  int64_t sum = 0;
  for (int i = 0; i < kCounters; ++i) sum += std::stoll(Read("counter" + std::to_string(i)));
  EXPECT_EQ(sum, kThreads * kIncrements);
  std::printf("%d increments, %d conflicts\n", kThreads * kIncrements, conflicts.load());
}

// Random groups against a model that is a std::map and a direct reading of the contract.
TEST_P(StoreConformance, BehavesAsTheModelUnderRandomGroups) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::map<Bytes, Bytes> model;
  uint64_t next_value = 0;
  const auto any_key = [&] { return "k" + std::to_string(random() % 24); };
  uint64_t written = 0;
  uint64_t conflicts = 0;
  for (int round = 0; round < 400; ++round) {
    std::vector<StoreBatch> batches(1 + random() % 6);
    std::vector<const StoreBatch*> pointers;
    std::string expected;
    // Conditions are drawn from the state before the group or the state within it: both hits and misses are common.
    std::map<Bytes, Bytes> after = model;
    for (StoreBatch& batch : batches) {
      std::map<Bytes, bool> touched;
      for (uint64_t i = random() % 4; i-- > 0;) touched[any_key()] = random() % 3 != 0;
      for (const auto& [key, put] : touched) {
        if (put) {
          batch.puts.push_back({key, "v" + std::to_string(++next_value)});
        } else {
          batch.deletes.push_back(key);
        }
      }
      const std::map<Bytes, Bytes>& drawn_from = random() % 3 == 0 ? model : after;
      for (uint64_t i = random() % 3; i-- > 0;) {
        const Bytes key = any_key();
        const auto found = drawn_from.find(key);
        if (found != drawn_from.end()) {
          batch.conditions.push_back({key, VersionOf(found->second)});
        } else if (touched.contains(key) && touched[key]) {
          batch.conditions.push_back({key, kAbsent});
        }
        if (!batch.conditions.empty() && random() % 8 == 0) batch.conditions.back().expected ^= 1;
      }
      bool holds = true;
      for (const StoreCondition& condition : batch.conditions) {
        const auto found = after.find(condition.key);
        holds = holds && condition.expected == (found == after.end() ? kAbsent : VersionOf(found->second));
      }
      expected += (expected.empty() ? "" : " ") + std::string(holds ? "ok" : "storage-conflict");
      ++(holds ? written : conflicts);
      for (const StorePut& put : batch.puts) {
        if (holds) after[put.key] = put.value;
      }
      for (const Bytes& key : batch.deletes) {
        if (holds) after.erase(key);
      }
      pointers.push_back(&batch);
    }
    const bool finisher_fails = random() % 10 == 0 && expected.find("ok") != std::string::npos;
    const auto finish = [&](const std::vector<size_t>&, StoreBatch&) {
      return finisher_fails ? Status(Reason::kAuditUnavailable) : Status::Ok();
    };
    const std::string reasons = Reasons(store().CommitGroup(pointers, finish));
    if (!finisher_fails) {
      ASSERT_EQ(reasons, expected);
      model = after;
    }
    if (round % 100 == 99 && GetParam().name == "RocksDb") {
      ASSERT_TRUE(harness_->Reopen());
    }
    std::string text;
    for (const auto& [key, value] : model) text += (text.empty() ? "" : " ") + key + "=" + value;
    if (round % 10 == 0) {
      ASSERT_EQ(Dump(), text);
    }
    const Bytes probe = any_key();
    ASSERT_EQ(Read(probe), model.contains(probe) ? model[probe] : "(none)");
  }
  std::printf("%llu batches written, %llu conflicts, seed %llu\n", static_cast<unsigned long long>(written),
              static_cast<unsigned long long>(conflicts), static_cast<unsigned long long>(seed));
  EXPECT_GT(conflicts, 20U);
}

INSTANTIATE_TEST_SUITE_P(Native, StoreConformance,
                         testing::Values(StoreBackend{"Memory", std::make_unique<MemoryHarness>},
                                         StoreBackend{"RocksDb", std::make_unique<RocksDbHarness>},
                                         StoreBackend{"Postgres", std::make_unique<PostgresHarness>},
                                         StoreBackend{"PostgresShared", std::make_unique<SharedPostgresHarness>},
                                         StoreBackend{"Faultless", std::make_unique<FaultyHarness>}),
                         BackendName);

TEST(PrefixEndTest, IsTheSmallestKeyAboveThePrefix) {
  EXPECT_EQ(PrefixEnd("a"), "b");
  EXPECT_EQ(PrefixEnd("a\xff"), "b");
  EXPECT_EQ(PrefixEnd("\xff\xff"), "");
  EXPECT_EQ(PrefixEnd(""), "");
}

}  // namespace strongroom
