#include "audit/journal.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "audit/inbox.h"
#include "audit/testing/test_log.h"
#include "audit/tree.h"

namespace strongroom {
namespace {

// Every entry of the writer's inbox in order, after checking that numbers and chain have no gap.
std::vector<AuditEntry> ReadInbox(const TestLog& log, uint32_t writer = 1) {
  std::vector<AuditEntry> entries;
  const Bytes prefix = InboxKey(writer, 0).substr(0, 5);
  const auto rows = log.memory->Scan({.begin = prefix, .end = PrefixEnd(prefix), .limit = 1'000'000});
  EXPECT_TRUE(rows.ok());
  InboxPosition position{0, ChainStart(kTestCompartment, writer)};
  for (const StoreRow& stored : *rows) {
    const Result<InboxRow> row = OpenInboxRow(*log.ring, stored.key, stored.value);
    EXPECT_TRUE(row.ok()) << row.status().ToString();
    const Result<InboxPosition> next = FollowInbox(position, *row, nullptr);
    EXPECT_TRUE(next.ok()) << next.status().ToString();
    if (!next.ok()) return entries;
    position = *next;
    for (const Bytes& encoded : row->entries) {
      Result<AuditEntry> entry = AuditEntry::Decode(encoded);
      EXPECT_TRUE(entry.ok());
      entries.push_back(*std::move(entry));
    }
  }
  return entries;
}

SealedBatch PutBatch(std::string key, std::string value, std::optional<StoreVersion> expected = std::nullopt) {
  SealedBatch batch;
  if (expected.has_value()) batch.rows().conditions.push_back({key, *expected});
  batch.rows().puts.push_back({std::move(key), std::move(value)});
  return batch;
}

TEST(JournalTest, AnEntryAndItsWorkAreDurableTogether) {
  TestLog log;
  const auto journal = log.OpenJournal();
  ASSERT_TRUE(journal->Submit(PutBatch("c1", "record"), RevealEntry(3)).Wait().ok());
  EXPECT_EQ((*log.memory->Get("c1"))->bytes, "record");
  const std::vector<AuditEntry> entries = ReadInbox(log);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].customers, RevealEntry(3).customers);
  EXPECT_EQ(entries[0].time, log.clock.NowMillis());
  EXPECT_NE(entries[0].nonce, (std::array<uint8_t, 16>{}));
  EXPECT_EQ(journal->DurableEntries(), 1u);
}

TEST(JournalTest, SixteenThreadsLeaveNoGap) {
  TestLog log;
  const auto journal = log.OpenJournal();
  constexpr int kThreads = 16;
  constexpr int kEach = 200;
  std::vector<std::thread> threads;
  std::atomic<int> written{0};
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        if (journal->Submit(SealedBatch(), RevealEntry(t * kEach + i)).Wait().ok()) ++written;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(written, kThreads * kEach);
  EXPECT_EQ(journal->DurableEntries(), static_cast<uint64_t>(kThreads * kEach));
  const std::vector<AuditEntry> entries = ReadInbox(log);
  EXPECT_EQ(entries.size(), static_cast<size_t>(kThreads * kEach));
  std::set<std::array<uint8_t, 16>> nonces;
  std::set<uint64_t> requests;
  for (const AuditEntry& entry : entries) nonces.insert(entry.nonce), requests.insert(entry.request_id);
  EXPECT_EQ(nonces.size(), entries.size());
  EXPECT_EQ(requests.size(), entries.size());
}

TEST(JournalTest, AConflictIsToldAndLeavesNoGap) {
  TestLog log;
  const auto journal = log.OpenJournal();
  ASSERT_TRUE(journal->Submit(PutBatch("c1", "first", kAbsent), RevealEntry(1)).Wait().ok());
  // The same condition again fails; queued between two that hold.
  const Receipt before = journal->Submit(SealedBatch(), RevealEntry(2));
  const Receipt refused = journal->Submit(PutBatch("c1", "second", kAbsent), RevealEntry(3));
  const Receipt after = journal->Submit(SealedBatch(), RevealEntry(4));
  EXPECT_TRUE(before.Wait().ok());
  EXPECT_EQ(refused.Wait().reason(), Reason::kStorageConflict);
  EXPECT_TRUE(after.Wait().ok());
  EXPECT_EQ((*log.memory->Get("c1"))->bytes, "first");
  EXPECT_EQ(ReadInbox(log).size(), 3u);
  EXPECT_EQ(journal->DurableEntries(), 3u);
}

TEST(JournalTest, WhatCannotBeRecordedIsRefusedAndLeavesNoGap) {
  TestLog log;
  const auto journal = log.OpenJournal();
  ASSERT_TRUE(journal->Submit(SealedBatch(), RevealEntry(1)).Wait().ok());
  log.data.SetPlan(FaultPlan({{.nth = 1, .kind = FaultKind::kFailBefore}}));
  EXPECT_EQ(journal->Submit(PutBatch("c1", "record"), RevealEntry(2)).Wait().reason(), Reason::kAuditUnavailable);
  EXPECT_FALSE((*log.memory->Get("c1")).has_value());
  EXPECT_TRUE(journal->Submit(PutBatch("c1", "record"), RevealEntry(3)).Wait().ok());
  EXPECT_EQ(ReadInbox(log).size(), 2u);
}

TEST(JournalTest, AFullDiskIsToldAsSuch) {
  TestLog log;
  const auto journal = log.OpenJournal();
  log.data.SetPlan(FaultPlan({{.nth = 1, .kind = FaultKind::kStorageFull}}));
  EXPECT_EQ(journal->Submit(SealedBatch(), RevealEntry(1)).Wait().reason(), Reason::kStorageFull);
}

TEST(JournalTest, AfterAnUnknownOutcomeNumbersContinueFromWhatIsThere) {
  TestLog log;
  const auto journal = log.OpenJournal();
  ASSERT_TRUE(journal->Submit(SealedBatch(), RevealEntry(1)).Wait().ok());
  log.data.SetPlan(FaultPlan({{.nth = 1, .kind = FaultKind::kFailAfter}}));
  EXPECT_EQ(journal->Submit(SealedBatch(), RevealEntry(2)).Wait().reason(), Reason::kAuditUnavailable);
  EXPECT_EQ(journal->Submit(SealedBatch(), RevealEntry(3)).Wait().reason(), Reason::kAuditUnavailable);
  log.data.SetPlan({});
  log.data.Reopen();
  EXPECT_TRUE(journal->Submit(SealedBatch(), RevealEntry(4)).Wait().ok());
  // The second was written although its caller was told otherwise; the fourth must not have replaced it.
  const std::vector<AuditEntry> entries = ReadInbox(log);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[1].customers, RevealEntry(2).customers);
  EXPECT_EQ(entries[2].customers, RevealEntry(4).customers);
  EXPECT_EQ(journal->DurableEntries(), 3u);
}

TEST(JournalTest, ARestartContinuesTheChain) {
  TestLog log;
  for (int round = 0; round < 4; ++round) log.Write(7, 1, round * 7);
  EXPECT_EQ(ReadInbox(log).size(), 28u);
  EXPECT_EQ(log.OpenJournal()->DurableEntries(), 28u);
}

TEST(JournalTest, WritersHaveInboxesOfTheirOwn) {
  TestLog log;
  log.Write(5, 1);
  log.Write(3, 2);
  EXPECT_EQ(ReadInbox(log, 1).size(), 5u);
  EXPECT_EQ(ReadInbox(log, 2).size(), 3u);
  EXPECT_EQ(*ListInboxWriters(*log.memory), (std::vector<uint32_t>{1, 2}));
}

TEST(JournalTest, DoesNotOpenOnABrokenChain) {
  TestLog log;
  log.Write(20);
  const Bytes prefix = InboxKey(1, 0).substr(0, 5);
  std::vector<StoreRow> rows = *log.memory->Scan({.begin = prefix, .end = PrefixEnd(prefix), .limit = 100});
  ASSERT_GE(rows.size(), 3u);
  StoreBatch drop;
  drop.deletes.push_back(rows[rows.size() - 2].key);
  ASSERT_TRUE(log.memory->Commit(drop).ok());
  const auto opened = Journal::Open(log.data, log.ring, log.clock, log.random, {});
  EXPECT_EQ(opened.reason(), Reason::kLogInvalid);
  EXPECT_NE(opened.status().message().find("writer 1"), std::string::npos);
}

TEST(JournalTest, LargeEntriesAreSpreadOverRows) {
  TestLog log;
  const auto journal = log.OpenJournal();
  AuditEntry large = RevealEntry();
  large.customers.assign(AuditEntry::kMaxAuditIds, TestAuditId(4));
  std::vector<Receipt> receipts;
  for (int i = 0; i < 40; ++i) receipts.push_back(journal->Submit(SealedBatch(), large));  // 1.3 MB
  for (const Receipt& receipt : receipts) EXPECT_TRUE(receipt.Wait().ok());
  EXPECT_EQ(ReadInbox(log).size(), 40u);
  for (const StoreRow& row : log.Rows(InboxKey(1, 0).substr(0, 5))) {
    EXPECT_LE(row.value.size(), kInboxRowLimitBytes + 1024);
  }
}

TEST(JournalTest, AnEntryBeyondItsLimitsIsRefusedWithItsWork) {
  TestLog log;
  const auto journal = log.OpenJournal();
  AuditEntry entry = RevealEntry();
  entry.purpose = "forged\n2026-11-22 nothing happened";
  EXPECT_EQ(journal->Submit(PutBatch("c1", "record"), entry).Wait().reason(), Reason::kInvalidArgument);
  EXPECT_FALSE((*log.memory->Get("c1")).has_value());
  EXPECT_EQ(journal->DurableEntries(), 0u);
}

TEST(JournalTest, TheNullLogWritesTheWorkAlone) {
  TestLog log;
  const auto journal =
      *Journal::Open(log.data, log.ring, log.clock, log.random, {.writer = 1, .null_log_for_benchmark = true});
  EXPECT_TRUE(journal->Submit(PutBatch("c1", "record"), RevealEntry()).Wait().ok());
  EXPECT_TRUE((*log.memory->Get("c1")).has_value());
  EXPECT_TRUE(ReadInbox(log).empty());
}

TEST(JournalTest, ThousandsOfEntriesGoThroughInGroups) {
  // Prints the time an entry takes in the journal; asserts only that all arrive.
  TestLog log;
  const auto journal = log.OpenJournal();
  constexpr int kCount = 20'000;
  const auto begin = std::chrono::steady_clock::now();
  std::vector<Receipt> receipts;
  receipts.reserve(kCount);
  for (int i = 0; i < kCount; ++i) receipts.push_back(journal->Submit(SealedBatch(), RevealEntry(1)));
  for (const Receipt& receipt : receipts) ASSERT_TRUE(receipt.Wait().ok());
  const double micros = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%.2f us an entry, submitting and writing, over the memory store\n", micros / kCount);
  EXPECT_EQ(ReadInbox(log).size(), static_cast<size_t>(kCount));
}

}  // namespace
}  // namespace strongroom
