// The server's own pruning: by age, held back by the configuration and by what has yet to leave.
#include "server/log_pruning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/log_floor.h"
#include "server/init.h"
#include "server/keeper.h"
#include "server/testing/test_place.h"
#include "store/testing/temp_dir.h"

namespace strongroom {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class LogPruningTest : public testing::Test {
 protected:
  LogPruningTest() {
    config_.data_dir = directory_.Path("vault");
    PutIntoTestEngine(config_);
    files_ = *VaultFiles::Open(config_, true);
    InitOptions options;
    options.lock.info.kind = LockKind::kPassphrase;
    options.lock.cost = {8192, 1};
    options.secret = SecretBytes::CopyOf("a passphrase of the test");
    options.first_key.name = "administrator";
    options.first_key.kind = PrincipalKind::kApplication;
    options.first_key.roles = {"administrator", "operator"};
    EXPECT_TRUE(InitialiseVault(*files_, std::move(options), clock_, random_).ok());
    auto principal = std::make_shared<Principal>();
    principal->id = 0x77;
    principal->kind = PrincipalKind::kApplication;
    principal->roles = {"operator"};
    operator_.principal = std::move(principal);
    operator_.address = IpAddress::Loopback();
    Restart();
  }
  ~LogPruningTest() override { keeper_.reset(); }
  // Opening a vault merges what waits.
  void Restart() {
    keeper_.reset();
    HouseOptions options;
    options.still_for_tests = true;
    keeper_ = *Keeper::Create(config_, *files_, clock_, random_, options);
    ASSERT_TRUE(keeper_->Unlock(SecretBytes::CopyOf("a passphrase of the test")).ok());
  }
  void Look(int times) {
    for (int i = 0; i < times; ++i) ASSERT_TRUE(keeper_->ShowLock(operator_).ok());
  }
  uint64_t Floor() { return *PrunedBelow(*keeper_->Current()->house().office().log); }
  Status Prune(int days, bool hold) {
    LogPruning pruning(days, hold, *files_, clock_, random_);
    return pruning.RunDue(*keeper_->Current());
  }

  TempDir directory_;
  ServerConfig config_;
  FakeClock clock_{1'795'000'000'000};
  SystemRandom random_;
  std::unique_ptr<VaultFiles> files_;
  std::unique_ptr<Keeper> keeper_;
  Caller operator_;
};

TEST_F(LogPruningTest, TakesWhatIsOldEnoughUnlessItIsHeld) {
  Look(1'100);
  Restart();
  clock_.AdvanceMillis(int64_t{100} * 86'400'000);
  EXPECT_TRUE(Prune(0, false).ok());
  EXPECT_EQ(Floor(), 0u) << "kept for ever";
  EXPECT_TRUE(Prune(90, true).ok());
  EXPECT_EQ(Floor(), 0u) << "a legal hold";
  EXPECT_TRUE(Prune(101, false).ok());
  EXPECT_EQ(Floor(), 0u) << "not old enough";
  EXPECT_TRUE(Prune(90, false).ok());
  EXPECT_EQ(Floor(), 1'024u) << "the control";
  // The vault opens as before, says what it did, and finds nothing wrong.
  Restart();
  EXPECT_TRUE(keeper_->Fsck(operator_)->empty());
  const Result<LogPage> page = keeper_->Current()->house().office().log->Find({.action = Action::kLogPrune}, 10);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->entries.size(), 1u);
  EXPECT_THAT(page->entries[0].entry.detail, HasSubstr("entries 0 to 1023 pruned; checkpoint "));
  EXPECT_EQ(page->entries[0].entry.count, 1'024u);
}

TEST_F(LogPruningTest, WhatAPlaceOfTheExportHasNotTakenStays) {
  config_.log_export.syslog = {"siem=tcp://127.0.0.1:1"};  // nobody is there
  Look(1'100);
  Restart();
  clock_.AdvanceMillis(int64_t{100} * 86'400'000);
  EXPECT_TRUE(Prune(90, false).ok());
  EXPECT_EQ(Floor(), 0u);
  config_.log_export = {};
  Restart();
  EXPECT_TRUE(Prune(90, false).ok());
  EXPECT_EQ(Floor(), 1'024u) << "the control";
}

TEST_F(LogPruningTest, DoctorSaysHowLongEntriesAreKept) {
  const auto findings = [](const PruningState& state) { return Diagnose({}, {}, {}, {.pruning = state}); };
  EXPECT_THAT(findings({.known = true}), Contains(HasSubstr("yellow: the logs keep entries for ever")));
  EXPECT_THAT(findings({.known = true, .keep_days = 400}), Contains(HasSubstr("green: the logs keep entries for 400")));
  EXPECT_THAT(findings({.known = true, .keep_days = 400, .hold = true}),
              Contains(HasSubstr("yellow: log_hold is set")));
  EXPECT_THAT(findings({.known = true, .keep_days = 400, .last = Status(Reason::kStorageFull)}),
              Contains(HasSubstr("red: entries older than 400 days could not be taken out")));
}

TEST_F(LogPruningTest, DoctorSaysWhichPlaceOfTheExportIsBehind) {
  LogExportState state;
  state.now = 1'795'000'000'000;
  state.places.push_back({"webhook/siem", {{"main", 7}, {"office", 2}}, 0, 0, 0, ""});
  const auto findings = [&state] { return Diagnose({}, {}, {}, {.log_export = state}); };
  EXPECT_THAT(findings(), Contains(HasSubstr("green: the log export to webhook/siem is 9 entries behind")));
  state.places[0].failing_since = state.now - 16 * 60'000;
  state.places[0].failure = "webhook 503";
  EXPECT_THAT(findings(), Contains(HasSubstr("yellow: the log export to webhook/siem has failed for 16 minutes and is "
                                             "9 entries behind: webhook 503")));
  state.places[0].failing_since = state.now - int64_t{25} * 3'600'000;
  EXPECT_THAT(findings(), Contains(HasSubstr("red: the log export to webhook/siem")));
}

}  // namespace
}  // namespace strongroom
