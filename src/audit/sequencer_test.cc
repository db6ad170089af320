#include "audit/sequencer.h"

#include <gtest/gtest.h>

#include <thread>

#include "audit/checkpoint.h"
#include "audit/inbox.h"
#include "audit/log_reader.h"
#include "audit/testing/test_log.h"

namespace strongroom {
namespace {

constexpr char kOrigin[] = "log.example/audit";

Result<std::unique_ptr<Sequencer>> Open(TestLog& log, size_t entries_per_step = 8192) {
  return Sequencer::Open(log.data, log.keys, log.ring, log.random, {kOrigin, entries_per_step});
}

// Steps until nothing is left.
void Sequence(TestLog& log, size_t entries_per_step = 8192) {
  auto sequencer = Open(log, entries_per_step);
  ASSERT_TRUE(sequencer.ok()) << sequencer.status().ToString();
  while (true) {
    const Result<bool> merged = (*sequencer)->Step();
    ASSERT_TRUE(merged.ok()) << merged.status().ToString();
    if (!*merged) return;
  }
}

uint64_t MarkSize(const TestLog& log) {
  const auto row = *log.key_memory->Get(kLogMarkKey);
  if (!row.has_value()) return 0;
  const auto mark = OpenCheckpoint(row->bytes, *VerifierKey::Create(kOrigin, log.ring->log_signer().public_key()));
  EXPECT_TRUE(mark.ok());
  return mark.ok() ? mark->size : 0;
}

// Every entry is in the log once, in its writer's order, and the signed root is the tree's.
void ExpectWholeLog(const TestLog& log, std::map<uint32_t, uint64_t> expected) {
  const LogReader reader(*log.memory, log.ring);
  const uint64_t size = *reader.Size();
  const auto checkpoint = OpenCheckpoint(*reader.ReadCheckpoint(), *reader.Key());
  ASSERT_TRUE(checkpoint.ok());
  EXPECT_EQ(checkpoint->size, size);
  EXPECT_EQ(checkpoint->root, *RootOf(reader, size));
  std::map<uint32_t, uint64_t> next;
  for (uint64_t begin = 0; begin < size; begin += 4096) {
    const auto entries = reader.Read(begin, std::min<uint64_t>(size, begin + 4096));
    ASSERT_TRUE(entries.ok()) << entries.status().ToString();
    for (const IndexedEntry& entry : *entries) ASSERT_EQ(entry.sequence, next[entry.writer]++);
  }
  EXPECT_EQ(next, expected);
}

TEST(SequencerTest, AnEmptyLogHasACheckpointAndAMark) {
  TestLog log;
  Sequence(log);
  ExpectWholeLog(log, {});
  EXPECT_TRUE(log.key_memory->Get(kLogMarkKey)->has_value());
}

TEST(SequencerTest, MergesTheInboxesOfAllWriters) {
  TestLog log;
  log.Write(700, 1);
  log.Write(30, 2);
  Sequence(log, 100);
  log.Write(300, 2);
  log.Write(1, 9);
  Sequence(log, 64);
  ExpectWholeLog(log, {{1, 700}, {2, 330}, {9, 1}});
  EXPECT_EQ(MarkSize(log), 1031u);
  EXPECT_TRUE(LogReader(*log.memory, log.ring).CheckMark(*log.key_memory).ok());
}

TEST(SequencerTest, AStepIsBounded) {
  TestLog log;
  log.Write(500);
  auto sequencer = *Open(log, 100);
  ASSERT_TRUE(*sequencer->Step());
  EXPECT_GE(sequencer->size(), 100u);
  EXPECT_LT(sequencer->size(), 200u);
}

TEST(SequencerTest, CheckpointsContinueEachOther) {
  TestLog log;
  std::vector<Checkpoint> checkpoints;
  const LogReader reader(*log.memory, log.ring);
  for (int round = 0; round < 12; ++round) {
    log.Write(37, 1, round * 37);
    Sequence(log);
    checkpoints.push_back(*OpenCheckpoint(*reader.ReadCheckpoint(), *reader.Key()));
  }
  const Checkpoint& newest = checkpoints.back();
  for (const Checkpoint& older : checkpoints) {
    const auto proof = ConsistencyProof(reader, older.size, newest.size);
    ASSERT_TRUE(proof.ok());
    EXPECT_TRUE(VerifyConsistency(older.size, newest.size, older.root, newest.root, *proof).ok());
  }
}

TEST(SequencerTest, KilledBetweenLogAndMarkTheNextOneWritesTheMark) {
  TestLog log;
  log.Write(10);
  {
    auto sequencer = *Open(log);
    log.keys.SetPlan(FaultPlan({{.nth = 1, .kind = FaultKind::kFailBefore}}));
    EXPECT_FALSE(sequencer->Step().ok());
    EXPECT_EQ(sequencer->size(), 10u);
    EXPECT_EQ(MarkSize(log), 0u);
  }
  log.keys.SetPlan({});
  Sequence(log);
  EXPECT_EQ(MarkSize(log), 10u);
  ExpectWholeLog(log, {{1, 10}});
}

TEST(SequencerTest, AFailedCommitIsRetriedWithoutLossOrRepetition) {
  for (FaultKind kind : {FaultKind::kFailBefore, FaultKind::kFailAfter, FaultKind::kStorageFull}) {
    TestLog log;
    log.Write(2000);
    auto sequencer = *Open(log, 1500);
    log.data.SetPlan(FaultPlan({{.nth = 1, .kind = kind}}));
    EXPECT_FALSE(sequencer->Step().ok());
    log.data.SetPlan({});
    log.data.Reopen();
    while (true) {
      const Result<bool> merged = sequencer->Step();
      ASSERT_TRUE(merged.ok()) << merged.status().ToString();
      if (!*merged) break;
    }
    ExpectWholeLog(log, {{1, 2000}});
    EXPECT_EQ(MarkSize(log), 2000u);
  }
}

TEST(SequencerTest, OfTwoSequencersOneLosesAndGoesOnFromTheOther) {
  TestLog log;
  log.Write(100);
  auto first = *Open(log, 20);
  auto second = *Open(log, 20);
  // The second commits while the first is about to.
  int interruptions = 0;
  bool inside = false;
  log.data.SetBeforeCommit([&] {
    if (inside || interruptions > 0) return;
    inside = true;
    ++interruptions;
    EXPECT_TRUE(*second->Step());
    inside = false;
  });
  EXPECT_EQ(first->Step().reason(), Reason::kStorageConflict);
  EXPECT_EQ(interruptions, 1);
  log.data.SetBeforeCommit({});
  int conflicts = 0;
  for (int idle = 0; idle < 4;) {
    for (Sequencer* sequencer : {first.get(), second.get()}) {
      const Result<bool> merged = sequencer->Step();
      if (!merged.ok()) {
        ASSERT_EQ(merged.reason(), Reason::kStorageConflict);
        ++conflicts;
      } else if (!*merged) {
        ++idle;
      }
    }
  }
  EXPECT_GT(conflicts, 0);
  ExpectWholeLog(log, {{1, 100}});
  EXPECT_EQ(MarkSize(log), 100u);
}

TEST(SequencerTest, DataOlderThanItsMarkIsRefused) {
  TestLog log;
  log.Write(10);
  Sequence(log);
  // A copy of the data as it was, put back after the log went on.
  const std::vector<StoreRow> old_rows = log.Rows();
  log.Write(10);
  Sequence(log);
  StoreBatch restore;
  for (const StoreRow& row : log.Rows()) restore.deletes.push_back(row.key);
  ASSERT_TRUE(log.memory->Commit(restore).ok());
  EXPECT_EQ(Open(log).reason(), Reason::kStorageBehindMark);  // no log at all
  restore = StoreBatch();
  for (const StoreRow& row : old_rows) restore.puts.push_back({row.key, row.value});
  ASSERT_TRUE(log.memory->Commit(restore).ok());
  EXPECT_EQ(Open(log).reason(), Reason::kStorageBehindMark);
  EXPECT_EQ(LogReader(*log.memory, log.ring).CheckMark(*log.key_memory).reason(), Reason::kStorageBehindMark);
}

TEST(SequencerTest, AnotherHistoryOfTheSameLengthIsRefused) {
  TestLog log;
  log.Write(10);
  Sequence(log);
  TestLog other;
  other.ring = log.ring;
  other.Write(12, 1, 1000);
  Sequence(other);
  // The other data with our keys: signed by the same key, longer, and yet not our history.
  EXPECT_EQ(LogReader(*other.memory, log.ring).CheckMark(*log.key_memory).reason(), Reason::kStorageBehindMark);
  EXPECT_TRUE(LogReader(*log.memory, log.ring).CheckMark(*log.key_memory).ok());
}

TEST(SequencerTest, ALogKeepsItsName) {
  TestLog log;
  Sequence(log);
  EXPECT_EQ(Sequencer::Open(log.data, log.keys, log.ring, log.random, {"other.example/audit"}).reason(),
            Reason::kConfigInvalid);
  EXPECT_FALSE(Sequencer::Open(log.data, log.keys, log.ring, log.random, {"not a name"}).ok());
}

TEST(SequencerTest, TheRunnerMergesWhileWritersWrite) {
  TestLog log;
  {
    SequencerRunner runner(*Open(log), nullptr, std::chrono::milliseconds(1));
    std::vector<std::thread> writers;
    for (uint32_t writer = 1; writer <= 3; ++writer) {
      writers.emplace_back([&log, writer] { log.Write(500, writer); });
    }
    for (std::thread& writer : writers) writer.join();
    while (*LogReader(*log.memory, log.ring).Size() < 1500) std::this_thread::yield();
    EXPECT_TRUE(runner.last_status().ok()) << runner.last_status().ToString();
  }
  ExpectWholeLog(log, {{1, 500}, {2, 500}, {3, 500}});
}

TEST(JournalAndLogTest, AnInboxThatLostWhatTheLogHoldsIsNotContinued) {
  TestLog log;
  log.Write(10);
  Sequence(log);
  StoreBatch drop;
  for (const StoreRow& row : log.Rows(InboxKey(1, 0).substr(0, 5))) drop.deletes.push_back(row.key);
  ASSERT_TRUE(log.memory->Commit(drop).ok());
  EXPECT_EQ(Journal::Open(log.data, log.ring, log.clock, log.random, {}).reason(), Reason::kLogInvalid);
}

}  // namespace
}  // namespace strongroom
