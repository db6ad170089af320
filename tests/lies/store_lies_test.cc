// Someone with write access to the database alters the log's rows.  Whoever reads on finds it and says where.
#include <gtest/gtest.h>

#include <random>

#include "audit/export.h"
#include "audit/inbox.h"
#include "audit/log_reader.h"
#include "audit/log_state.h"
#include "audit/sequencer.h"
#include "audit/testing/test_log.h"
#include "audit/verifier.h"
#include "base/encoding.h"
#include "store/testing/temp_dir.h"

namespace strongroom {
namespace {

constexpr char kOrigin[] = "log.example/audit";
constexpr size_t kSequenced = 1300;
constexpr size_t kWaiting = 40;

struct Lied {
  TestLog log;
  std::vector<StoreRow> honest;
  std::optional<StoreValue> honest_mark;

  Lied() {
    log.Write(kSequenced);
    auto sequencer = *Open();
    while (*sequencer->Step()) continue;
    log.Write(kWaiting, 1, kSequenced);
    honest = log.Rows();
    honest_mark = *log.key_memory->Get(kLogMarkKey);
  }
  Result<std::unique_ptr<Sequencer>> Open() {
    return Sequencer::Open(log.data, log.keys, log.ring, log.random, {kOrigin});
  }
  void Put(const Bytes& key, const Bytes& value) {
    StoreBatch batch;
    batch.puts.push_back({key, value});
    ASSERT_TRUE(log.memory->Commit(batch).ok());
  }
  void Delete(const Bytes& key) {
    StoreBatch batch;
    batch.deletes.push_back(key);
    ASSERT_TRUE(log.memory->Commit(batch).ok());
  }
  void Repair() {
    StoreBatch batch;
    for (const StoreRow& row : log.Rows()) batch.deletes.push_back(row.key);
    ASSERT_TRUE(log.memory->Commit(batch).ok());
    batch = StoreBatch();
    for (const StoreRow& row : honest) batch.puts.push_back({row.key, row.value});
    ASSERT_TRUE(log.memory->Commit(batch).ok());
    batch = StoreBatch();
    batch.puts.push_back({kLogMarkKey, honest_mark->bytes});
    ASSERT_TRUE(log.key_memory->Commit(batch).ok());
  }
  // Everything a reader of the log does: open it at start, go on sequencing, look entries up, export, verify.
  // The first failure, or ok.
  Status Audit() {
    const LogReader reader(*log.memory, log.ring);
    RETURN_IF_ERROR(reader.CheckMark(*log.key_memory));
    RETURN_IF_ERROR(Journal::Open(log.data, log.ring, log.clock, log.random, {}).status());
    ASSIGN_OR_RETURN(const std::unique_ptr<Sequencer> sequencer, Open());
    RETURN_IF_ERROR(reader.Find({}, 10).status());
    std::optional<uint64_t> before;
    size_t found = 0;
    do {
      ASSIGN_OR_RETURN(const LogPage page, reader.Find({.actor = RevealEntry().actor}, 10'000, before));
      found += page.entries.size();
      before = page.next_before;
    } while (before.has_value());
    if (found != kSequenced + kWaiting) return Status(Reason::kLogInvalid, "look-up rows do not cover the log");
    ASSIGN_OR_RETURN(const VerifierKey key, reader.Key());
    const TempDir directory;
    RETURN_IF_ERROR(ExportLog(reader, directory.path(), key).status());
    const VerifyReport report = VerifyExport(directory.path(), key);
    if (!report.ok()) return Status(Reason::kLogInvalid, report.problem->ToString());
    ASSIGN_OR_RETURN(const bool merged, sequencer->Step());
    if (!merged) return Status(Reason::kLogInvalid, "the waiting entries are gone");
    return Status::Ok();
  }
};

TEST(StoreLiesTest, TheUnalteredStorePassesTheAudit) {
  Lied lied;
  const Status audited = lied.Audit();
  EXPECT_TRUE(audited.ok()) << audited.ToString();
  lied.Repair();
  EXPECT_TRUE(lied.Audit().ok());
}

TEST(StoreLiesTest, AnAlteredInboxRowIsNamedByWriterAndEntry) {
  Lied lied;
  const std::vector<StoreRow> rows = lied.log.Rows(InboxKey(1, 0).substr(0, 5));
  const StoreRow& victim = rows[rows.size() / 2];
  Bytes value = victim.value;
  value[value.size() / 2] ^= 1;
  lied.Put(victim.key, value);
  uint32_t writer = 0;
  uint64_t first = 0;
  ASSERT_TRUE(ParseInboxKey(victim.key, &writer, &first).ok());
  const Status audited = lied.Audit();
  EXPECT_EQ(audited.reason(), Reason::kLogInvalid);
  EXPECT_NE(audited.message().find("writer 1, entry " + std::to_string(first)), std::string::npos) << audited.message();
}

TEST(StoreLiesTest, WaitingEntriesCannotBeDroppedReorderedOrReplaced) {
  Lied lied;
  std::vector<StoreRow> waiting = lied.log.Rows(InboxKey(1, 0).substr(0, 5));
  waiting.erase(waiting.begin(), std::find_if(waiting.begin(), waiting.end(),
                                              [](const StoreRow& row) { return row.key >= InboxKey(1, kSequenced); }));
  ASSERT_GE(waiting.size(), 3u);
  auto sequencer = *lied.Open();
  lied.Delete(waiting[1].key);
  EXPECT_EQ(sequencer->Step().reason(), Reason::kLogInvalid);
  lied.Repair();
  lied.Put(waiting[0].key, waiting[1].value);
  lied.Put(waiting[1].key, waiting[0].value);
  EXPECT_EQ((*lied.Open())->Step().reason(), Reason::kLogInvalid);
  lied.Repair();
  EXPECT_TRUE((*lied.Open())->Step().ok());
}

TEST(StoreLiesTest, ARowThatSpeaksOfMoreThanThereIsIsFound) {
  Lied lied;
  StoreRow last;
  for (const StoreRow& row : lied.honest) {
    if (row.key.starts_with("lr") && row.key > last.key) last = row;
  }
  ASSERT_FALSE(last.key.empty());
  last.value.back() = static_cast<char>(last.value.back() + 1);  // the count, big-endian
  lied.Put(last.key, last.value);
  EXPECT_EQ(lied.Audit().reason(), Reason::kLogInvalid);
  lied.Repair();
  EXPECT_TRUE(lied.Audit().ok()) << "the control";
}

TEST(StoreLiesTest, EveryRandomMutationOfTheLogsRowsIsFound) {
  constexpr uint64_t kSeed = 20'261'122;
  std::mt19937_64 random(kSeed);
  Lied lied;
  const auto kind_of = [](const StoreRow& row) { return row.key[0] == 'e' ? "inbox" : row.key.substr(0, 2); };
  std::vector<StoreRow> victims;
  std::map<std::string, StoreRow> of_each_kind;
  for (const StoreRow& row : lied.honest) {
    of_each_kind.try_emplace(kind_of(row), row);
    // Of the many inbox rows some, of the others all.
    if (row.key[0] != 'e' || random() % 10 == 0) victims.push_back(row);
  }
  ASSERT_GE(of_each_kind.size(), 6u);
  std::vector<StoreRow> chosen;
  for (const auto& [kind, row] : of_each_kind) chosen.push_back(row);
  while (chosen.size() < 120) chosen.push_back(victims[random() % victims.size()]);
  std::map<std::string, size_t> kinds;
  size_t mutation_count = 0;
  for (size_t round = 0; round < chosen.size(); ++round) {
    const StoreRow& victim = chosen[round];
    Bytes value = victim.value;
    switch (random() % 4) {
      case 0:
        value[random() % value.size()] ^= static_cast<char>(1 << random() % 8);
        break;
      case 1:
        value.resize(random() % value.size());
        break;
      case 2:
        value = victims[random() % victims.size()].value;
        break;
      default:
        value.clear();
    }
    if (value == victim.value) continue;
    if (value.empty()) {
      lied.Delete(victim.key);
    } else {
      lied.Put(victim.key, value);
    }
    ++mutation_count;
    ++kinds[kind_of(victim)];
    const Status audited = lied.Audit();
    EXPECT_FALSE(audited.ok()) << "row " << victim.key.substr(0, 2) << ", seed " << kSeed << ", round " << round << ": "
                               << HexEncode(victim.key) << " " << HexEncode(victim.value) << " became "
                               << HexEncode(value);
    EXPECT_FALSE(audited.message().empty());
    lied.Repair();
  }
  EXPECT_TRUE(lied.Audit().ok());
  std::printf("seed %llu: %zu mutated rows, all found (", static_cast<unsigned long long>(kSeed), mutation_count);
  for (const auto& [kind, count] : kinds) std::printf(" %s %zu", kind.c_str(), count);
  std::printf(" )\n");
}

}  // namespace
}  // namespace strongroom
