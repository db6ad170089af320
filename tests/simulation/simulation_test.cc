// The simulation in short: fixed seeds and one that is new each time, each kind of step with the disk failing at each
// of its calls, and the controls that show that it would notice.
#include "simulation.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <set>

namespace strongroom {
namespace {

std::string Replay(uint64_t seed, bool rocksdb) {
  return std::string("replay: build/release/tests/simulation/simulate") + (rocksdb ? "" : " --memory") + " --seed " +
         std::to_string(seed) + " --verbose";
}

void SimulateSeed(uint64_t seed, bool rocksdb, uint64_t steps, SimulationReport& all) {
  const SimulationReport report = Simulate({.seed = seed, .steps = steps, .rocksdb = rocksdb});
  EXPECT_EQ(report.finding, "") << Replay(seed, rocksdb);
  all.Add(report);
}

TEST(Simulation, KeepsEveryPromiseInMemory) {
  SimulationReport all;
  for (uint64_t seed = 1; seed <= 4; ++seed) SimulateSeed(seed, false, 200, all);
  const uint64_t seed = std::random_device()();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  SimulateSeed(seed, false, 200, all);
  EXPECT_GT(all.power_cuts, 20U);
  EXPECT_GT(all.process_ends, 8U);
  EXPECT_GT(all.faults, 20U);
  EXPECT_GT(all.kept + all.lost, 1U) << "work that was under way, and is whole or not there";
}

TEST(Simulation, KeepsEveryPromiseOverRocksDb) {
  SimulationReport all;
  SimulateSeed(1, true, 60, all);
  EXPECT_GT(all.power_cuts, 2U);
}

TEST(Simulation, ASeedGivesTheSameRunAgainInMemory) {
  const SimulationOptions options{.seed = 11, .steps = 80};
  const SimulationReport once = Simulate(options);
  EXPECT_EQ(once.trace, Simulate(options).trace);
  SimulationOptions other = options;
  other.seed = 12;
  EXPECT_NE(once.trace, Simulate(other).trace) << "control: another seed, another run";
}

class Sweep : public testing::TestWithParam<std::string> {};

TEST_P(Sweep, AFaultAtEachCommitOfAStep) {
  uint64_t faults = 0;
  std::vector<DiskTrouble> troubles = {DiskTrouble::kPowerCut};
  // Those that hash passwords, or move every row, take long.
  const std::set<std::string> slow = {"lock", "root", "rotate", "sign-in", "unlock"};
  if (!slow.contains(GetParam())) troubles.insert(troubles.end(), {DiskTrouble::kIoError, DiskTrouble::kNoSpace});
  for (const DiskTrouble trouble : troubles) {
    const SimulationReport report = SweepStep({.kind = GetParam(), .trouble = trouble});
    EXPECT_EQ(report.finding, "") << GetParam() << ", " << NameOf(trouble);
    faults += report.faults;
  }
  const SimulationReport reads = SweepStep({.kind = GetParam(), .trouble = DiskTrouble::kReadError, .most = 150});
  EXPECT_EQ(reads.finding, "") << GetParam() << ", " << NameOf(DiskTrouble::kReadError);
  // Nothing is written by a change of the clock; by all else, something.
  EXPECT_EQ(faults > 0, GetParam() != "clock") << faults;
}

INSTANTIATE_TEST_SUITE_P(Steps, Sweep, testing::ValuesIn(StepKinds()), [](const auto& kind) {
  std::string name = kind.param;
  std::erase(name, '-');
  return name;
});

TEST(SweepOfTheLock, ItsDeviceFailsAtEachQuestion) {
  for (const char* kind : {"unlock", "root", "lock"}) {
    for (const DeviceTrouble trouble : {DeviceTrouble::kAway, DeviceTrouble::kLate}) {
      const SimulationReport report = SweepStep({.kind = kind, .device = trouble, .most = 12});
      EXPECT_EQ(report.finding, "") << kind;
      EXPECT_GT(report.faults, 0U) << kind;
    }
  }
}

TEST(SweepOverRocksDb, ALossOfPowerAtEachCallOfTheDisk) {
  for (const char* kind : {"create", "erase"}) {
    const SimulationReport report = SweepStep({.kind = kind, .rocksdb = true});
    EXPECT_EQ(report.finding, "") << kind;
    EXPECT_GT(report.faults, 3U) << kind;
  }
}

// --- what it must find -----------------------------------------------------------------------------------------------

TEST(SimulationControl, FindsAnswersThatWereNotDurable) {
  int found = 0;
  for (uint64_t seed = 1; seed <= 4; ++seed) found += Simulate({.seed = seed, .sync = false}).finding.empty() ? 0 : 1;
  EXPECT_GT(found, 0);
}

// What a read that failed would do if it were taken for "there is nothing".
TEST(SimulationControl, FindsReadsThatFailSilently) {
  int found = 0;
  for (const char* kind : {"change", "reveal", "search", "token", "erase", "unlock"}) {
    const SimulationReport report =
        SweepStep({.kind = kind, .trouble = DiskTrouble::kReadError, .most = 60, .reads_lie = true});
    found += report.finding.empty() ? 0 : 1;
  }
  EXPECT_GE(found, 2);  // who looks for a customer looks twice, so one lie alone hides nobody
}

TEST(SimulationControl, FindsWhatIsDoneTwiceWithoutIdempotencyKeys) {
  std::string finding;
  for (uint64_t seed = 1; seed <= 8 && finding.find("one request") == std::string::npos; ++seed)
    finding = Simulate({.seed = seed, .without_keys = true}).finding;
  EXPECT_NE(finding.find("one request"), std::string::npos) << finding;
}

TEST(SimulationControl, FindsARestoreThatLetsPeopleInTooEarly) {
  std::string finding;
  for (uint64_t seed = 1; seed <= 12 && finding.empty(); ++seed)
    finding = Simulate({.seed = seed, .restore_without_mark = true}).finding;
  EXPECT_NE(finding.find("restore"), std::string::npos) << finding;
}

TEST(SimulationControl, FindsARestoreThatForgetsWhoWasErased) {
  std::string finding;
  for (uint64_t seed = 1; seed <= 12 && finding.empty(); ++seed)
    finding = Simulate({.seed = seed, .restore_without_replay = true}).finding;
  EXPECT_NE(finding.find("restore"), std::string::npos) << finding;
}

TEST(SimulationControl, FindsATokenThatForgotItsKey) {
  World world({.rocksdb = false, .disk = {}});
  ASSERT_TRUE(world.Make().ok());
  ASSERT_TRUE(world.ChangeLock(true, false, LockKind::kPkcs11).ok());
  ASSERT_TRUE(world.Lock().ok());
  ASSERT_TRUE(world.Unlock().ok());
  world.device().Forget();
  ASSERT_TRUE(world.Lock().ok());
  EXPECT_EQ(world.Unlock().reason(), Reason::kUnlockFailed);
}

TEST(SimulationControl, FindsAnswersThatRocksDbDidNotFlush) {
  int found = 0;
  for (uint64_t seed = 1; seed <= 4 && found == 0; ++seed)
    found += Simulate({.seed = seed, .rocksdb = true, .sync = false}).finding.empty() ? 0 : 1;
  EXPECT_GT(found, 0);
}

TEST(SimulationControl, NoticesATokenThatIsSpentWithoutItsKnowing) {
  std::string finding;
  for (uint64_t seed = 1; seed <= 8 && finding.empty(); ++seed)
    finding = Simulate({.seed = seed, .forget_spent = true}).finding;
  EXPECT_NE(finding.find("spent by nobody"), std::string::npos) << finding;
}

}  // namespace
}  // namespace strongroom
