// A restore whose power is cut anywhere: afterwards the house is shut, or it is as it was before, or the restore is
// complete.  Never is there a record of somebody who was erased behind an open door; and the same command again
// finishes.
//
// STRONGROOM_RESTORE_CUTS: how many places are tried (default 24; "all": each change of the disk).
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include "server/testing/restore_vault.h"
#include "store/testing/dropping_file_system.h"

namespace strongroom {
namespace {

class RestoreCrash : public testing::Test {
 protected:
  struct Totals {
    int refused = 0;    // restore-unfinished
    int untouched = 0;  // the mark was not durable yet
    int complete = 0;
    int open_too_early = 0;  // what must not be
    int other = 0;
    std::string first_wrong;
  };

  // A copy of the vault on a disk that loses power at the `cut`th change; 0: never.  Answers how many there were.
  uint64_t RestoreWithCut(uint64_t cut, uint64_t seed, bool with_mark, Totals& totals) {
    std::filesystem::remove_all(vault_.Path("work"));
    std::filesystem::copy(whole_, vault_.Path("work"), std::filesystem::copy_options::recursive);
    vault_.config().data_dir = vault_.Path("work");
    std::filesystem::remove_all(vault_.Path("graveyard"));
    std::filesystem::create_directory(vault_.Path("graveyard"));
    const auto disk = std::make_shared<DroppingFileSystem>(seed, vault_.Path("graveyard"));
    const std::unique_ptr<rocksdb::Env> env = MakeImpatientEnv(disk);
    VaultFilesOptions options;
    options.env = env.get();
    RestoreHooks hooks = vault_.Hooks();
    hooks.without_mark_for_tests = !with_mark;
    disk->CutPowerAfter(cut == 0 ? UINT64_MAX / 2 : cut);
    const Status first = vault_.Restore(vault_.Order({"one", "two"}), hooks, options).status();
    const uint64_t changes = disk->changes_seen();
    if (!disk->power_is_off()) {
      EXPECT_TRUE(first.ok()) << first.ToString();
      if (cut == 0) return changes;
      disk->CutPower();
    }
    std::mt19937_64 random(seed);
    disk->LoseUnsynced(static_cast<TailLoss>(random() % 3));
    disk->CutPowerAfter(UINT64_MAX / 2);
    Look(cut, options, totals);
    if (!with_mark) return changes;
    const Status again = vault_.Restore(vault_.Order({"one", "two"}), vault_.Hooks(), options).status();
    EXPECT_TRUE(again.ok()) << "cut " << cut << " seed " << seed << ": " << again.ToString();
    auto opened = vault_.Open(options);
    EXPECT_TRUE(opened.ok()) << "cut " << cut << " seed " << seed << ": " << opened.status().ToString();
    if (!opened.ok()) return changes;
    EXPECT_TRUE(vault_.Opens(**opened, "ada") && vault_.Opens(**opened, "dee")) << "cut " << cut;
    EXPECT_EQ(Records(**opened), 2u) << "cut " << cut;
    EXPECT_EQ(vault_.Hits(**opened, "cy@example.com"), 0u) << "cut " << cut;
    return changes;
  }

  static size_t Records(RestoreVault::Opened& opened) {
    return opened.vault->house().compartments().front()->sealed->ScanRecords(0, 100)->size();
  }

  // What a server that starts now would have.
  void Look(uint64_t cut, const VaultFilesOptions& options, Totals& totals) {
    auto opened = vault_.Open(options);
    if (!opened.ok()) {
      const bool refused = opened.status().reason() == Reason::kRestoreUnfinished;
      ++(refused ? totals.refused : totals.other);
      if (!refused && totals.first_wrong.empty())
        totals.first_wrong = "cut " + std::to_string(cut) + ": " + opened.status().ToString();
      return;
    }
    size_t living = 0;
    for (const char* who : {"ada", "dee", "eve"}) living += vault_.Opens(**opened, who) ? 1 : 0;
    const bool early = Records(**opened) != living || vault_.Opens(**opened, "cy") || vault_.Opens(**opened, "bob");
    ++(early ? totals.open_too_early : living == 3 ? totals.untouched : totals.complete);
    if (early && totals.first_wrong.empty())
      totals.first_wrong = "cut " + std::to_string(cut) + ": " + std::to_string(Records(**opened)) + " records, " +
                           std::to_string(living) + " of them open";
  }

  void Cuts(bool with_mark, uint64_t seed, Totals& totals) {
    whole_ = vault_.Path("vault");
    const uint64_t changes = RestoreWithCut(0, seed, with_mark, totals);
    ASSERT_GT(changes, 50u);
    const char* const asked = std::getenv("STRONGROOM_RESTORE_CUTS");
    const bool all = asked != nullptr && std::string(asked) == "all";
    const uint64_t count = all ? changes : asked != nullptr ? std::strtoull(asked, nullptr, 10) : 24;
    std::mt19937_64 random(seed);
    for (uint64_t i = 0; i < count && !HasFailure(); ++i) {
      // Spread over the whole, so that each phase is met; a seeded place within each part.
      const uint64_t from = i * changes / count;
      const uint64_t to = std::max(from + 1, (i + 1) * changes / count);
      RestoreWithCut(1 + from + random() % (to - from), seed + i, with_mark, totals);
    }
    std::printf(
        "%llu places of %llu, seed %llu: %d refused, %d as before, %d complete, %d open too early, %d otherwise%s%s\n",
        static_cast<unsigned long long>(count), static_cast<unsigned long long>(changes),
        static_cast<unsigned long long>(seed), totals.refused, totals.untouched, totals.complete, totals.open_too_early,
        totals.other, totals.first_wrong.empty() ? "" : "; the first: ", totals.first_wrong.c_str());
  }

  void SetUp() override {
    STRONGROOM_SKIP_OVER_POSTGRES("what its file system loses when the power goes is RocksDB's");
  }

  static uint64_t Seed() {
    const char* const given = std::getenv("STRONGROOM_CRASH_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  }

  RestoreVault vault_;
  std::string whole_;
};

TEST_F(RestoreCrash, NeverOpensBeforeTheLedgerIsReplayedAndTheSameCommandFinishes) {
  Totals totals;
  Cuts(true, Seed(), totals);
  EXPECT_EQ(totals.open_too_early, 0) << totals.first_wrong;
  EXPECT_EQ(totals.other, 0) << totals.first_wrong;
  EXPECT_GT(totals.refused, 0);
}

// The control: without the mark the same places open too early, or do not open for other reasons.
TEST_F(RestoreCrash, WithoutTheMarkTheSameCutsAreNoticed) {
  Totals totals;
  Cuts(false, Seed(), totals);
  EXPECT_GT(totals.open_too_early, 0) << totals.other << " otherwise";
}

}  // namespace
}  // namespace strongroom
