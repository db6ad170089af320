#include "audit/log_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "audit/checkpoint.h"
#include "audit/sequencer.h"
#include "audit/testing/test_log.h"

namespace strongroom {
namespace {

constexpr char kOrigin[] = "log.example/audit";

void Sequence(TestLog& log) {
  auto sequencer = Sequencer::Open(log.data, log.keys, log.ring, log.random, {kOrigin, 700});
  ASSERT_TRUE(sequencer.ok()) << sequencer.status().ToString();
  while (*(*sequencer)->Step()) continue;
}

// Entries with customers, actors and batches drawn by a seed.
std::vector<AuditEntry> DrawEntries(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<AuditEntry> entries;
  for (size_t i = 0; i < count; ++i) {
    AuditEntry entry = RevealEntry(random() % 50);
    entry.request_id = i + 1;
    entry.actor = 100 + random() % 5;
    if (random() % 40 == 0) {
      entry.customers.clear();
      for (int j = 0; j < 1500; ++j) entry.customers.push_back(TestAuditId(random() % 10'000));
    }
    if (random() % 10 == 0) entry.action = Action::kCustomerRead;
    entries.push_back(std::move(entry));
  }
  return entries;
}

void WriteAll(TestLog& log, const std::vector<AuditEntry>& entries, size_t begin, size_t end) {
  const auto journal = log.OpenJournal();
  for (size_t i = begin; i < end; ++i) {
    log.clock.AdvanceMillis(10);
    ASSERT_TRUE(journal->Submit(SealedBatch(), entries[i]).Wait().ok());
  }
}

class FindTest : public testing::Test {
 protected:
  static constexpr size_t kMerged = 3300;
  static constexpr size_t kAll = 3400;
  void SetUp() override {
    entries = DrawEntries(kAll, 7);
    start = log.clock.NowMillis();
    WriteAll(log, entries, 0, kMerged);
    Sequence(log);
    WriteAll(log, entries, kMerged, kAll);
    for (size_t i = 0; i < kAll; ++i) entries[i].time = start + 10 * (static_cast<int64_t>(i) + 1);
  }
  // Request numbers (their index + 1) of what matches, newest first.
  std::vector<uint64_t> Expected(const LogFilter& filter) const {
    std::vector<uint64_t> requests;
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
      if (filter.Matches(*entry)) requests.push_back(entry->request_id);
    }
    return requests;
  }
  std::vector<uint64_t> Found(const LogFilter& filter, size_t limit) const {
    std::vector<uint64_t> requests;
    std::optional<uint64_t> before;
    do {
      const Result<LogPage> page = reader.Find(filter, limit, before);
      EXPECT_TRUE(page.ok()) << page.status().ToString();
      if (!page.ok()) break;
      for (const IndexedEntry& entry : page->entries) requests.push_back(entry.entry.request_id);
      before = page->next_before;
    } while (before.has_value());
    return requests;
  }
  TestLog log;
  LogReader reader{*log.memory, log.ring};
  std::vector<AuditEntry> entries;
  UnixMillis start = 0;
};

TEST_F(FindTest, FindsEveryEntryOfACustomerAndNoOther) {
  size_t found_count = 0;
  for (uint64_t customer : {0u, 1u, 17u, 49u, 50u, 5000u, 9999u, 123'456u}) {
    const LogFilter filter{.customer = TestAuditId(customer)};
    const std::vector<uint64_t> expected = Expected(filter);
    found_count += expected.size();
    for (size_t limit : {1u, 7u, 10'000u}) ASSERT_EQ(Found(filter, limit), expected) << customer;
    const auto direct = reader.FindByCustomer(TestAuditId(customer), 10);
    ASSERT_TRUE(direct.ok());
    EXPECT_EQ(direct->size(), std::min<size_t>(10, expected.size()));
  }
  EXPECT_GT(found_count, 100u);
}

TEST_F(FindTest, FindsByActorActionAndTime) {
  for (const LogFilter& filter :
       {LogFilter{}, LogFilter{.actor = 103}, LogFilter{.actor = 999}, LogFilter{.action = Action::kCustomerRead},
        LogFilter{.from = start + 10'000, .until = start + 10'500}, LogFilter{.until = start},
        LogFilter{.from = start + 33'500}, LogFilter{.actor = 101, .from = start + 5'000, .until = start + 20'000}}) {
    const std::vector<uint64_t> expected = Expected(filter);
    for (size_t limit : {13u, 100'000u}) ASSERT_EQ(Found(filter, limit), expected);
  }
  EXPECT_EQ(Expected({}).size(), kAll);
}

TEST_F(FindTest, ReadsRangesBundlesAndProofs) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 50; ++round) {
    const uint64_t begin = random() % kMerged;
    const uint64_t end = begin + random() % (kMerged - begin + 1);
    const auto read = reader.Read(begin, end);
    ASSERT_TRUE(read.ok()) << read.status().ToString();
    ASSERT_EQ(read->size(), end - begin);
    for (size_t i = 0; i < read->size(); ++i) ASSERT_EQ((*read)[i].entry.request_id, begin + i + 1);
  }
  EXPECT_EQ(reader.Read(0, kMerged + 1).reason(), Reason::kInvalidArgument);
  const Bytes bundle = *reader.ReadBundle(12, kMerged - 12 * kTileWidth);
  std::vector<ByteView> in_bundle;
  ASSERT_TRUE(DecodeBundle(bundle, kMerged - 12 * kTileWidth, in_bundle).ok());
  const std::string proof = *reader.Prove(12 * kTileWidth + 3);
  EXPECT_TRUE(VerifyTlogProof(proof, in_bundle[3], *reader.Key()).ok());
  EXPECT_FALSE(VerifyTlogProof(proof, in_bundle[4], *reader.Key()).ok());
}

TEST(LogReaderTest, AnUnsequencedLogIsReadFromItsInboxes) {
  TestLog log;
  log.Write(12, 1);
  log.Write(3, 2);
  const LogReader reader(*log.memory, log.ring);
  EXPECT_EQ(*reader.Size(), 0u);
  EXPECT_EQ(reader.ReadCheckpoint().reason(), Reason::kNotInitialised);
  EXPECT_EQ(reader.Find({}, 5)->entries.size(), 15u);
  EXPECT_FALSE(reader.Find({}, 5)->entries[0].index.has_value());
}

}  // namespace
}  // namespace strongroom
