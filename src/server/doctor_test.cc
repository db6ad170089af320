// What doctor says of the people who run the house.
#include "server/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace strongroom {
namespace {

std::string Findings(LockKind kind, size_t administrators, size_t keys) {
  ServerConfig config;
  config.data_dir = "/nowhere";
  LockInfo lock;
  lock.kind = kind;
  PeopleState people{true, administrators, keys};
  std::string all;
  for (const std::string& finding : Diagnose(config, lock, {}, {.people = people})) all += finding + "\n";
  return all;
}

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Doctor, SaysWhenOneAdministratorIsAlone) {
  EXPECT_THAT(Findings(LockKind::kPassphrase, 0, 1), HasSubstr("solo mode: 0 administrators"));
  EXPECT_THAT(Findings(LockKind::kPassphrase, 1, 1), HasSubstr("solo mode: 1 administrators"));
  EXPECT_THAT(Findings(LockKind::kPassphrase, 2, 0), Not(HasSubstr("solo mode")));
}

TEST(Doctor, SaysWhichLockSurvivesTheftOfTheMachine) {
  ServerConfig config;
  LockInfo lock{.kind = LockKind::kTpm};
  const auto findings = [&] { return Diagnose(config, lock, {}); };
  EXPECT_THAT(findings(), testing::Contains(HasSubstr("green: the lock is tpm")));
  lock.unattended = true;
  EXPECT_THAT(findings(), testing::Contains(HasSubstr("yellow: the lock is this machine's TPM without a PIN: it does "
                                                      "not survive theft of the machine")));
  lock = {.kind = LockKind::kPkcs11};
  EXPECT_THAT(findings(), testing::Contains(HasSubstr("green: the lock is pkcs11")));
  config.lock.pin_file = "/etc/pin";
  EXPECT_THAT(findings(), testing::Contains(HasSubstr("yellow: the PIN of the lock's device is in a file")));
}

TEST(Doctor, SaysWhichSharesNobodyHasShown) {
  constexpr UnixMillis kDay = 86'400'000;
  constexpr UnixMillis kNow = 1'000 * kDay;
  const auto findings = [](const LockInfo& lock, const SharesState& shares) {
    return Diagnose({}, lock, {}, {.shares = shares});
  };
  const LockInfo lock{.kind = LockKind::kShares, .threshold = 2, .count = 3};
  SharesState state{.known = true, .acknowledge_days = 365, .now = kNow};
  EXPECT_THAT(findings(lock, state), testing::Contains(HasSubstr("yellow: the shares of the lock are older than")));
  EXPECT_THAT(findings({}, state), testing::Not(testing::Contains(HasSubstr("shares")))) << "a passphrase has none";
  state.sheet.emplace();
  state.sheet->lines.resize(3);
  state.sheet->lines[1].acknowledged_at = kNow;
  EXPECT_THAT(findings(lock, state),
              testing::Contains(HasSubstr("red: of the lock's shares, numbers 1, 3 were never")));
  state.sheet->lines[0].acknowledged_at = kNow - 365 * kDay;
  EXPECT_THAT(findings(lock, state),
              testing::Contains(HasSubstr("yellow: of the lock's shares, numbers 3 were never")));
  state.sheet->lines[2].acknowledged_at = kNow;
  EXPECT_THAT(findings(lock, state), testing::Contains(HasSubstr("green: every share of the lock was shown")));
  state.now += 1;
  EXPECT_THAT(findings(lock, state), testing::Contains(HasSubstr("yellow: of the lock's shares, numbers 1 were shown "
                                                                 "more than 365 days ago")));
  state.acknowledge_days = 0;
  EXPECT_THAT(findings(lock, state), testing::Contains(HasSubstr("green: every share of the lock was shown")));
  state.pending = state.sheet;
  state.pending->lines[1].acknowledged_at = 0;
  EXPECT_THAT(findings(lock, state), testing::Contains(HasSubstr("yellow: new shares of the lock wait for their "
                                                                 "custodians: 2 of 3 were shown, missing are numbers "
                                                                 "2")));
}

TEST(Doctor, SaysWhichIndexIsBeingBuiltAndWhyItIsNot) {
  const auto findings = [](const IndexState& indexes) { return Diagnose({}, {}, {}, {.indexes = indexes}); };
  EXPECT_THAT(findings({{"born (37 %)"}, {}}),
              testing::Contains(HasSubstr("yellow: the index of field born (37 %) is being built")));
  EXPECT_THAT(findings({{}, Status(Reason::kStorageFull)}),
              testing::Contains(HasSubstr("red: the index of a field cannot be built")));
  EXPECT_THAT(findings({}), testing::Not(testing::Contains(HasSubstr("index of"))));
}

TEST(Doctor, SaysWhetherPasswordsAreComparedWithBreaches) {
  EXPECT_THAT(Findings(LockKind::kPassphrase, 2, 0), HasSubstr("yellow: new passwords are not compared"));
  ServerConfig config;
  config.breach_filter = "breaches.srb";
  EXPECT_THAT(Diagnose(config, {}, {}), testing::Contains(HasSubstr("green: new passwords are compared")));
}

TEST(Doctor, AsksForTheSetupKeyOnceTwoAdministratorsSignIn) {
  EXPECT_THAT(Findings(LockKind::kPassphrase, 1, 1), Not(HasSubstr("API keys have an administrator's role")));
  EXPECT_THAT(Findings(LockKind::kPassphrase, 2, 1), HasSubstr("1 API keys have an administrator's role"));
  EXPECT_THAT(Findings(LockKind::kPassphrase, 2, 0), Not(HasSubstr("API keys have an administrator's role")));
  EXPECT_THAT(Findings(LockKind::kDevelopment, 2, 1), Not(HasSubstr("API keys have an administrator's role")))
      << "a development vault's tools use it";
}

constexpr int64_t kHour = 3'600'000;

std::string Leaving(const LeavingState& leaving) {
  std::string all;
  for (const std::string& finding : Diagnose({}, {}, {}, {.leaving = leaving})) all += finding + "\n";
  return all;
}

TEST(Doctor, IsRedUntilEveryLogsCheckpointHasLeft) {
  LeavingState state{true, 2, 2, 48, 100 * kHour, {}, {}};
  EXPECT_THAT(Leaving(state), HasSubstr("red: no checkpoint has left this machine"));
  state.logs = {{"main", 99 * kHour, true}, {"office", 0, true}};
  EXPECT_THAT(Leaving(state), HasSubstr("red: no checkpoint has left this machine (logs: office)"));
  state.logs[1].left_at = 98 * kHour;
  EXPECT_THAT(Leaving(state), Not(HasSubstr("no checkpoint has left")));
  EXPECT_THAT(Leaving(state), HasSubstr("green: checkpoints leave this machine, the last of every log since " +
                                        FormatTime(98 * kHour) + ": cosigned by 2 of 2"));
  EXPECT_TRUE(FactsOf({}, {}, state).checkpoints_leave);
  state.logs[1].witnessed = false;
  EXPECT_THAT(Leaving(state), HasSubstr("told to whom the section [outbox] names"));
  state.now = 98 * kHour + 48 * kHour;
  EXPECT_THAT(Leaving(state), HasSubstr("red: the last checkpoint of the log office left this machine at " +
                                        FormatTime(98 * kHour) + ", more than 48 hours ago"));
  EXPECT_FALSE(FactsOf({}, {}, state).checkpoints_leave);
}

TEST(Doctor, SaysWhatWitnessesSay) {
  LeavingState state{true, 2, 1, 48, 100 * kHour, {{"main", 99 * kHour, true}}, {}};
  state.problems = {{"one", "main", WitnessTrouble::kForked, "it has cosigned 9 entries of this log, which has 4"},
                    {"two", "main", WitnessTrouble::kUnreachable, "nobody there"}};
  EXPECT_THAT(Leaving(state), HasSubstr("red: witness one, log main: it has cosigned 9 entries"));
  EXPECT_THAT(Leaving(state), HasSubstr("yellow: witness two, log main: nobody there"));
}

TEST(Doctor, SaysWhenKeysAreLateToBeRotatedOrDestroyed) {
  constexpr int64_t kDay = 86'400'000;
  const auto findings = [](const RoomEpochs& room, int64_t now_days, int rotate_days = 30) {
    EpochsState state{true, {{.rotate_days = rotate_days, .keep_days = 35}, {room}}, now_days * kDay};
    std::string all;
    const std::vector<std::string> lines = Diagnose({}, {}, {}, {.epochs = state});
    for (const std::string& line : lines) all += line + "\n";
    return all;
  };
  RoomEpochs room;
  room.room = "main";
  room.rotate_at = 130 * kDay;
  room.epochs.resize(2);
  room.epochs[0].epoch = 1;
  room.epochs[0].state = EpochState::kEmpty;
  room.epochs[0].empty_at = 100 * kDay;
  room.epochs[1].epoch = 2;
  EXPECT_THAT(findings(room, 133), HasSubstr("green: keys are rotated"));
  EXPECT_THAT(findings(room, 134), HasSubstr("yellow: the keys of 'main' are 4 days late to be rotated"));
  EXPECT_THAT(findings(room, 138), Not(HasSubstr("should be destroyed")));
  EXPECT_THAT(findings(room, 139), HasSubstr("yellow: epoch 1 of the keys of 'main' should be destroyed"));
  room.epochs[0].state = EpochState::kClosed;
  room.epochs[0].closed_at = 100 * kDay;
  EXPECT_THAT(findings(room, 103), HasSubstr("green: keys are rotated"));
  EXPECT_THAT(findings(room, 104), HasSubstr("yellow: epoch 1 of the keys of 'main' was closed 4 days ago"));
  room.failure = Status(Reason::kDataCorrupt);
  EXPECT_THAT(findings(room, 101), HasSubstr("red: the keys of 'main' could not be rotated"));
  EXPECT_THAT(findings({}, 101, 0), HasSubstr("yellow: keys are not rotated by themselves"));
}

}  // namespace
}  // namespace strongroom
