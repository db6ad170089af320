// Pruning: what is old goes, its hashes stay, everything verifies; a hole that no entry log.prune covers does not.
#include "audit/log_pruner.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "audit/checkpoint.h"
#include "audit/export.h"
#include "audit/log_check.h"
#include "audit/log_reader.h"
#include "audit/sequencer.h"
#include "audit/testing/test_log.h"
#include "audit/verifier.h"
#include "store/testing/temp_dir.h"

namespace strongroom {
namespace {

constexpr char kOrigin[] = "log.example/audit";
constexpr UnixMillis kDay = 86'400'000;

class LogPrunerTest : public testing::Test {
 protected:
  void Sequence() {
    auto sequencer = Sequencer::Open(log_.data, log_.keys, log_.ring, log_.random, {kOrigin, 8192});
    ASSERT_TRUE(sequencer.ok()) << sequencer.status().ToString();
    while (true) {
      const Result<bool> merged = (*sequencer)->Step();
      ASSERT_TRUE(merged.ok()) << merged.status().ToString();
      if (!*merged) return;
    }
  }
  // 3,000 old entries of two writers, then as many young ones.
  void Fill() {
    log_.Write(2'000, 1);
    log_.Write(1'000, 2, 10'000);
    Sequence();
    cut_ = log_.clock.NowMillis() + 1;
    log_.clock.AdvanceMillis(100 * kDay);
    log_.Write(2'000, 1, 20'000);
    log_.Write(1'000, 2, 30'000);
    Sequence();
  }
  Result<Pruned> Prune(PruneLimits limits) {
    if (limits.before == 0) limits.before = cut_;
    const std::unique_ptr<Journal> journal = log_.OpenJournal(1);
    return Pruner().Prune(*journal, limits);
  }
  LogPruner Pruner() { return LogPruner(log_.data, log_.keys, log_.ring, log_.random); }
  LogCheckReport Check() {
    LogCheck check(*log_.memory, *log_.key_memory, log_.ring);
    const Result<LogCheckReport> report = check.Run();
    EXPECT_TRUE(report.ok());
    return report.ok() ? *report : LogCheckReport();
  }
  std::string Problems() {
    std::string all;
    for (const std::string& problem : Check().problems) all += problem + "\n";
    return all;
  }
  LogReader Reader() { return LogReader(*log_.memory, log_.ring); }
  VerifyReport Export(const std::string& directory) {
    const LogReader reader = Reader();
    const Result<ExportReport> exported = ExportLog(reader, directory, *reader.Key());
    EXPECT_TRUE(exported.ok()) << exported.status().ToString();
    return VerifyExport(directory, *reader.Key());
  }
  void Delete(const std::vector<Bytes>& keys) {
    StoreBatch batch;
    batch.deletes = keys;
    ASSERT_TRUE(log_.memory->Commit(batch).ok());
  }

  TempDir directory_;
  TestLog log_;
  UnixMillis cut_ = 0;
};

TEST_F(LogPrunerTest, OldEntriesGoAndEverythingStillVerifies) {
  Fill();
  const std::string before = directory_.Path("before");
  ASSERT_TRUE(Export(before).ok());
  const Bytes old_note = *Reader().ReadCheckpoint();
  const size_t rows = log_.Rows().size();

  const Result<Pruned> pruned = Prune({});
  ASSERT_TRUE(pruned.ok()) << pruned.status().ToString();
  EXPECT_EQ(pruned->begin, 0u);
  EXPECT_EQ(pruned->end, 2'048u) << "whole blocks of 1,024 alone";
  EXPECT_GT(*Pruner().Sweep(), 0u);
  EXPECT_EQ(*Pruner().Sweep(), 0u);
  EXPECT_LT(log_.Rows().size(), rows);
  Sequence();

  const LogReader reader = Reader();
  EXPECT_EQ(reader.Read(0, 10).status().reason(), Reason::kLogPruned);
  EXPECT_EQ(reader.Read(2'047, 2'050).status().reason(), Reason::kLogPruned);
  EXPECT_EQ(reader.ReadBundle(7, 256).status().reason(), Reason::kLogPruned);
  EXPECT_EQ(reader.Find({}, 10, 2'048).status().reason(), Reason::kLogPruned);
  EXPECT_EQ(reader.Read(2'048, 6'000)->size(), 3'952u);
  EXPECT_TRUE(reader.ReadBundle(8, 256).ok());
  // Look-ups end at the floor, and say that there is nothing older.
  uint64_t found = 0;
  std::optional<uint64_t> next;
  do {
    const Result<LogPage> page = reader.Find({.action = Action::kCustomerReveal}, 500, next);
    ASSERT_TRUE(page.ok()) << page.status().ToString();
    found += page->entries.size();
    next = page->next_before;
  } while (next.has_value());
  EXPECT_EQ(found, 3'952u);
  EXPECT_TRUE(reader.FindByCustomer(TestAuditId(5), 10)->empty());
  EXPECT_EQ(reader.FindByCustomer(TestAuditId(20'005), 10)->size(), 1u) << "the control";
  EXPECT_TRUE(reader.CheckMark(*log_.key_memory).ok());
  EXPECT_TRUE(reader.Prove(3).ok()) << "hashes prove what somebody kept";

  EXPECT_EQ(Problems(), "");
  EXPECT_EQ(Check().pruned, 2'048u);
  // An export made now lacks the bundles, one that was followed has them: both verify.
  const std::string after = directory_.Path("after");
  VerifyReport report = Export(after);
  EXPECT_TRUE(report.ok()) << report.problem->ToString();
  EXPECT_EQ(report.entries_pruned, 2'048u);
  EXPECT_EQ(report.entries_checked, 6'001u - 2'048u);
  report = VerifyExport(after, *reader.Key(), std::string_view(old_note));
  EXPECT_TRUE(report.ok()) << report.problem->ToString();
  report = Export(before);
  EXPECT_TRUE(report.ok()) << report.problem->ToString();
  EXPECT_EQ(report.entries_pruned, 0u);

  // And again, later: the floor moves on, also over the entry that told of the first time.
  cut_ = log_.clock.NowMillis() + 1;
  log_.clock.AdvanceMillis(100 * kDay);
  log_.Write(2'000, 1, 40'000);
  Sequence();
  const Result<Pruned> again = Prune({});
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ(again->begin, 2'048u);
  EXPECT_EQ(again->end, 5'120u);
  ASSERT_TRUE(Pruner().Sweep().ok());
  Sequence();
  EXPECT_EQ(Problems(), "");
  EXPECT_TRUE(Export(directory_.Path("later")).ok());
  // Writers go on where they were.
  log_.Write(3, 2, 50'000);
  Sequence();
  EXPECT_EQ(Problems(), "");
}

TEST_F(LogPrunerTest, AnExportAsksForFewOfTheBundlesThatAreGone) {
  struct Counting : LogSource {
    explicit Counting(const LogReader& reader) : of(reader) {}
    Result<std::string> ReadCheckpoint() const override { return of.ReadCheckpoint(); }
    Result<Bytes> ReadTile(uint8_t level, uint64_t index, size_t width) const override {
      return of.ReadTile(level, index, width);
    }
    Result<Bytes> ReadBundle(uint64_t index, size_t width) const override {
      Result<Bytes> bundle = of.ReadBundle(index, width);
      refused += bundle.reason() == Reason::kLogPruned ? 1 : 0;
      return bundle;
    }
    const LogReader& of;
    mutable int refused = 0;
  };
  Fill();
  cut_ = log_.clock.NowMillis() + 1;
  ASSERT_EQ(Prune({})->end, 5'120u);  // 20 bundles
  Sequence();
  const LogReader reader = Reader();
  const Counting source(reader);
  const std::string directory = directory_.Path("export");
  const Result<ExportReport> exported = ExportLog(source, directory, *reader.Key());
  ASSERT_TRUE(exported.ok()) << exported.status().ToString();
  EXPECT_EQ(exported->bundles_pruned, 20u);
  EXPECT_LE(source.refused, 8);
  EXPECT_TRUE(VerifyExport(directory, *reader.Key()).ok());
}

TEST_F(LogPrunerTest, AHoleThatNoEntryCoversIsFound) {  // the control
  Fill();
  // By hand what a pruning deletes, without the floor.
  std::vector<Bytes> keys;
  for (const StoreRow& row : log_.Rows("e")) {
    if (keys.size() < 20) keys.push_back(row.key);
  }
  Delete(keys);
  EXPECT_NE(Problems(), "");
  EXPECT_EQ(Reader().Read(0, 10).status().reason(), Reason::kLogInvalid);
}

TEST_F(LogPrunerTest, AFloorThatNoEntryOfTheLogSpeaksOfIsFound) {
  Fill();
  const Result<Pruned> pruned = Prune({});
  ASSERT_TRUE(pruned.ok());
  ASSERT_TRUE(Pruner().Sweep().ok());
  EXPECT_EQ(Problems(), "") << "the entry waits to be merged, and counts";
  // Whoever has the keys writes a higher floor without an entry.
  LogFloor floor = *ReadLogFloor(*log_.memory, *log_.ring);
  floor.index += 256;
  StoreBatch batch;
  batch.puts.push_back({LogFloorKey(), *SealLogFloor(floor, *log_.ring, log_.random)});
  ASSERT_TRUE(log_.memory->Commit(batch).ok());
  EXPECT_NE(Problems().find("no entry of the log says that policy took them"), std::string::npos) << Problems();
  // And without any floor the hole is a hole.
  Delete({LogFloorKey()});
  EXPECT_NE(Problems(), "");
}

TEST_F(LogPrunerTest, AnExportWithAHoleThatNoEntryCoversDoesNotVerify) {
  Fill();
  ASSERT_EQ(Prune({})->end, 2'048u);
  ASSERT_TRUE(Pruner().Sweep().ok());
  Sequence();
  const std::string directory = directory_.Path("export");
  ASSERT_TRUE(Export(directory).ok());
  const VerifierKey key = *Reader().Key();
  // One bundle more is missing than the entry speaks of.
  std::filesystem::rename(directory + "/" + BundlePath(8, 256), directory_.Path("aside"));
  VerifyReport report = VerifyExport(directory, key);
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.problem->what.find("no entry of the log says that policy took it away"), std::string::npos);
  std::filesystem::rename(directory_.Path("aside"), directory + "/" + BundlePath(8, 256));
  EXPECT_TRUE(VerifyExport(directory, key).ok());
  // Of what was pruned, a hash is altered: the signed root finds it.
  const std::string tile = directory + "/" + TilePath(0, 2, 256);
  std::filesystem::copy_file(directory + "/" + TilePath(0, 3, 256), tile,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_FALSE(VerifyExport(directory, key).ok());
}

TEST_F(LogPrunerTest, WhatIsHeldBackStays) {
  Fill();
  EXPECT_EQ(Prune({.at_most = 0})->end, 0u);
  EXPECT_EQ(Prune({.at_most = 1'500})->end, 1'024u) << "whole blocks below";
  EXPECT_EQ(Prune({.before = 1})->end, 1'024u) << "nothing is old enough";
  // What the mark in the key store does not cover stays.
  const StoreValue mark = **log_.key_memory->Get(kLogMarkKey);
  StoreBatch none;
  none.deletes.push_back(kLogMarkKey);
  ASSERT_TRUE(log_.key_memory->Commit(none).ok());
  EXPECT_EQ(Prune({})->end, 1'024u);
  StoreBatch back;
  back.puts.push_back({kLogMarkKey, mark.bytes});
  ASSERT_TRUE(log_.key_memory->Commit(back).ok());
  EXPECT_EQ(Prune({})->end, 2'048u) << "the control";
  // What is not in the tree stays: the newest entries are as old as the rest by now, and not merged.
  log_.Write(1'500, 1, 60'000);
  log_.clock.AdvanceMillis(200 * kDay);
  EXPECT_EQ(Prune({.before = log_.clock.NowMillis()})->end, 5'120u);
}

TEST_F(LogPrunerTest, ACrashAtAnyWriteIsFinishedWithTheNextRun) {
  int crashes = 0;
  for (const FaultKind kind : {FaultKind::kFailBefore, FaultKind::kFailAfter}) {
    bool failed = true;
    for (uint64_t nth = 1; failed; ++nth) {
      ASSERT_LT(nth, 200u);
      TestLog log;
      log.Write(1'500, 1);
      log.Write(700, 2, 10'000);
      const auto sequence = [&log] {
        auto sequencer = *Sequencer::Open(log.data, log.keys, log.ring, log.random, {kOrigin, 8192});
        while (true) {
          const Result<bool> merged = sequencer->Step();
          ASSERT_TRUE(merged.ok()) << merged.status().ToString();
          if (!*merged) return;
        }
      };
      sequence();
      const UnixMillis cut = log.clock.NowMillis() + 1;
      LogPruner pruner(log.data, log.keys, log.ring, log.random);
      const auto run = [&]() -> Status {
        const std::unique_ptr<Journal> journal = log.OpenJournal(1);
        RETURN_IF_ERROR(pruner.Prune(*journal, {.before = cut}).status());
        return pruner.Sweep().status();
      };
      const uint64_t faults = log.data.faults_made();
      log.data.SetPlan(FaultPlan({{.call = FaultCall::kCommitGroup, .nth = nth, .kind = kind}}));
      const Status done = run();
      failed = log.data.faults_made() > faults;
      crashes += failed;
      log.data.SetPlan({});
      log.data.Reopen();
      EXPECT_EQ(done.ok(), !failed) << done.ToString();
      const auto check = [&log](const char* when) {
        LogCheck look(*log.memory, *log.key_memory, log.ring);
        const Result<LogCheckReport> report = look.Run();
        ASSERT_TRUE(report.ok());
        EXPECT_TRUE(report->problems.empty()) << when << ": " << report->problems.front();
      };
      check("after the crash");
      ASSERT_TRUE(run().ok());
      sequence();
      check("after the next run");
      EXPECT_EQ(*PrunedBelow(LogReader(*log.memory, log.ring)), 2'048u);
      EXPECT_EQ(*pruner.Sweep(), 0u) << "nothing is left over";
      log.Write(5, 1, 90'000);
      log.Write(5, 2, 91'000);
      sequence();
      check("and going on");
      ASSERT_FALSE(HasFailure()) << "write " << nth;
    }
  }
  std::printf("%d crashes\n", crashes);
  EXPECT_GT(crashes, 20);
}

TEST(PruneNoteTest, IsReadAsItWasWritten) {
  const PruneNote note{1'024, 2'048, 9'000};
  EXPECT_EQ(note.Format(), "entries 1024 to 2047 pruned; checkpoint 9000");
  const std::optional<PruneNote> read = PruneNote::Parse(note.Format());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->begin, 1'024u);
  EXPECT_EQ(read->end, 2'048u);
  EXPECT_EQ(read->checkpoint_size, 9'000u);
  for (const char* wrong : {"", "entries 5 to 4 pruned; checkpoint 9", "entries 1 to 9 pruned; checkpoint 9",
                            "entries 0 to 3 pruned; checkpoint 9 ", "entries -1 to 3 pruned; checkpoint 9"}) {
    EXPECT_FALSE(PruneNote::Parse(wrong).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace strongroom
