// What a loss of power may take from a vault: nothing that was answered.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <random>

#include "crash_cycle.h"
#include "store/testing/test_engine.h"

namespace strongroom {
namespace {

uint64_t EnvironmentNumber(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

unsigned long long Shown(uint64_t number) { return number; }

TEST(VaultCrash, NothingAcknowledgedIsLostAndNothingIsDoneByHalf) {
  STRONGROOM_SKIP_OVER_POSTGRES("what its file system loses when the power goes is RocksDB's");
  const uint64_t cycles = EnvironmentNumber("STRONGROOM_CRASH_CYCLES", 10);
  const uint64_t seed = EnvironmentNumber("STRONGROOM_CRASH_SEED", std::random_device()());
  CrashTotals totals;
  for (uint64_t cycle = 0; cycle < cycles; ++cycle) {
    ASSERT_EQ(RunCrashCycle(seed + cycle, {}, totals), "") << "STRONGROOM_CRASH_SEED=" << seed + cycle;
  }
  std::printf(
      "%llu cuts of power (%llu while opening) in %llu vaults; acknowledged and found again: %llu creates, %llu "
      "changes, "
      "%llu reveals in the log, %llu tokens, %llu erasures (%llu more finished afterwards); %llu unanswered changes "
      "kept "
      "whole; %llu older checkpoints continued; %llu bytes dropped; seed %llu\n",
      Shown(totals.cuts), Shown(totals.cuts_while_opening), Shown(cycles), Shown(totals.creates), Shown(totals.changes),
      Shown(totals.reveals), Shown(totals.tokens), Shown(totals.erasures), Shown(totals.erasures_finished),
      Shown(totals.unanswered_kept), Shown(totals.checkpoints_continued), Shown(totals.bytes_lost), Shown(seed));
  std::printf("%llu rotations broken off and gone on with, %llu epochs destroyed\n",
              Shown(totals.rotations_found_begun), Shown(totals.epochs_destroyed));
  std::printf("%llu moves acknowledged and found again, %llu found on the way, %llu carried out though unanswered\n",
              Shown(totals.moves), Shown(totals.moves_found_begun), Shown(totals.moves_unanswered));
  EXPECT_GT(totals.moves, 0U);
  EXPECT_GT(totals.moves_found_begun, 0U);
  EXPECT_GT(totals.rotations_found_begun, 0U);
  EXPECT_GT(totals.epochs_destroyed, 0U);
  EXPECT_GT(totals.creates, 0U);
  EXPECT_GT(totals.changes, 0U);
  EXPECT_GT(totals.reveals, 0U);
  EXPECT_GT(totals.tokens, 0U);
  EXPECT_GT(totals.erasures, 0U);
  EXPECT_GT(totals.checkpoints_continued, 0U);
}

// The positive control: the same check over stores that answer before they flush must find broken promises.
TEST(VaultCrash, TheCheckNoticesStoresThatDoNotFlush) {
  STRONGROOM_SKIP_OVER_POSTGRES("what its file system loses when the power goes is RocksDB's");
  const uint64_t seed = EnvironmentNumber("STRONGROOM_CRASH_SEED", std::random_device()());
  CrashTotals totals;
  int found = 0;
  std::string first;
  for (uint64_t cycle = 0; cycle < 4; ++cycle) {
    const std::string wrong = RunCrashCycle(seed + cycle, {.sync = false}, totals);
    found += wrong.empty() ? 0 : 1;
    if (first.empty()) first = wrong;
  }
  EXPECT_GT(found, 0) << "STRONGROOM_CRASH_SEED=" << seed;
  std::printf("losses noticed in %d of 4 vaults that do not flush, the first: %s\n", found, first.c_str());
}

// The control of moves: when nothing says any more which ones were under way, somebody is left between two places.
TEST(VaultCrash, TheCheckNoticesMovesThatNobodyTakesUp) {
  STRONGROOM_SKIP_OVER_POSTGRES("what its file system loses when the power goes is RocksDB's");
  const uint64_t seed = EnvironmentNumber("STRONGROOM_CRASH_SEED", std::random_device()());
  CrashTotals totals;
  int found = 0;
  std::string first;
  for (uint64_t cycle = 0; cycle < 6; ++cycle) {
    const std::string wrong = RunCrashCycle(seed + cycle, {.move_notes = false}, totals);
    found += wrong.empty() ? 0 : 1;
    if (first.empty()) first = wrong;
  }
  EXPECT_GT(found, 0) << "STRONGROOM_CRASH_SEED=" << seed;
  std::printf("noticed in %d of 6 vaults, the first: %s\n", found, first.c_str());
}

}  // namespace
}  // namespace strongroom
