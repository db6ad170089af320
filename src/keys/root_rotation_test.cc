// Changing the lock and the root key: a crash at any write leaves a vault that opens with one of the two secrets, and
// the old secret opens nothing afterwards.
#include "keys/root_rotation.h"

#include <gtest/gtest.h>

#include "keys/key_ring.h"
#include "keys/lock.h"
#include "store/faulty_store.h"
#include "store/testing/test_engine.h"

namespace strongroom {
namespace {

class RootRotationTest : public testing::Test {
 protected:
  static constexpr CompartmentId kRooms[] = {kOffice, 7, 8};
  RootRotationTest() {
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_TRUE(KeyRing::Create(stores_[i], root_, kRooms[i], random_).ok());
      rows_.push_back(Digest(i, root_));
    }
    EXPECT_TRUE(CreateLock(stores_[0], Passphrase(), Secret("old passphrase"), root_, random_).ok());
  }
  static SecretBytes Secret(std::string_view text) { return SecretBytes::CopyOf(text); }
  static LockOptions Passphrase() {
    LockOptions options;
    options.cost = {8192, 1};
    return options;
  }
  // What the ring is, whatever wraps it: nothing when it does not open.
  Bytes Digest(size_t room, const SecretBytes& root) {
    const auto ring = KeyRing::Open(stores_[room], root, kRooms[room]);
    if (!ring.ok()) return {};
    const SecretBytes derived = (*ring)->Derive("test");
    return Bytes(ExposeSecret(derived));
  }
  Status Rotate(const SecretBytes& new_root, std::string_view from, std::string_view to) {
    ASSIGN_OR_RETURN(const SecretBytes root, OpenLock(stores_[0], Secret(from)));
    for (size_t i = 0; i < 3; ++i) RETURN_IF_ERROR(StageRoot(stores_[i], root, new_root, kRooms[i], random_));
    RETURN_IF_ERROR(ReplaceLock(stores_[0], Secret(from), Passphrase(), Secret(to), new_root, random_));
    for (size_t i = 0; i < 3; ++i) RETURN_IF_ERROR(SettleRoot(stores_[i], new_root, kRooms[i]));
    return Status::Ok();
  }

  SystemRandom random_;
  const SecretBytes root_ = SecretBytes::Generate(32, random_);
  FaultyStore stores_[3] = {FaultyStore(NewTestStore()), FaultyStore(NewTestStore()), FaultyStore(NewTestStore())};
  std::vector<Bytes> rows_;
};

TEST_F(RootRotationTest, TheOldRootKeyAndSecretOpenNothingAfterwards) {
  const SecretBytes new_root = SecretBytes::Generate(32, random_);
  ASSERT_TRUE(Rotate(new_root, "old passphrase", "new passphrase").ok());
  EXPECT_EQ(OpenLock(stores_[0], Secret("old passphrase")).reason(), Reason::kUnlockFailed);
  EXPECT_EQ(ExposeSecret(*OpenLock(stores_[0], Secret("new passphrase"))), ExposeSecret(new_root));
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(Digest(i, new_root), rows_[i]);
    EXPECT_EQ(Digest(i, root_), Bytes());
    EXPECT_TRUE(stores_[i].Scan({.begin = "N", .end = "O"})->empty());
  }
}

TEST_F(RootRotationTest, ACrashAtAnyWriteLeavesAVaultThatOpens) {
  int crashes = 0;
  int turn = 0;
  std::string present = "old passphrase";
  for (size_t room = 0; room < 3; ++room) {
    for (const FaultKind kind : {FaultKind::kFailBefore, FaultKind::kFailAfter, FaultKind::kStorageFull}) {
      bool failed = true;
      for (uint64_t nth = 1; failed; ++nth) {
        const std::string next = "passphrase number " + std::to_string(++turn);
        const SecretBytes new_root = SecretBytes::Generate(32, random_);
        const uint64_t faults = stores_[room].faults_made();
        stores_[room].SetPlan(FaultPlan({{.call = FaultCall::kCommitGroup, .nth = nth, .kind = kind}}));
        const Status done = Rotate(new_root, present, next);
        failed = stores_[room].faults_made() > faults;
        crashes += failed;
        EXPECT_EQ(done.ok(), !failed) << done.ToString();
        stores_[room].SetPlan({});
        for (FaultyStore& store : stores_) store.Reopen();
        // Exactly one of the two secrets opens it, and with it everything.
        const bool old_opens = OpenLock(stores_[0], Secret(present)).ok();
        EXPECT_NE(old_opens, OpenLock(stores_[0], Secret(next)).ok());
        if (!old_opens) present = next;
        const Result<SecretBytes> root = OpenLock(stores_[0], Secret(present));
        ASSERT_TRUE(root.ok());
        for (size_t i = 0; i < 3; ++i) {
          ASSERT_TRUE(SettleRoot(stores_[i], *root, kRooms[i]).ok());
          EXPECT_EQ(Digest(i, *root), rows_[i]);
        }
        ASSERT_FALSE(HasFailure()) << "room " << room << " write " << nth;
        ASSERT_LT(nth, 20u);
      }
    }
  }
  std::printf("%d crashes\n", crashes);
  EXPECT_GT(crashes, 15);
}

TEST_F(RootRotationTest, WithoutSettlingACrashWouldLockEverybodyOut) {  // the control
  const SecretBytes new_root = SecretBytes::Generate(32, random_);
  for (size_t i = 0; i < 3; ++i) ASSERT_TRUE(StageRoot(stores_[i], root_, new_root, kRooms[i], random_).ok());
  ASSERT_TRUE(
      ReplaceLock(stores_[0], Secret("old passphrase"), Passphrase(), Secret("new passphrase"), new_root, random_)
          .ok());
  EXPECT_EQ(Digest(1, new_root), Bytes());
  ASSERT_TRUE(SettleRoot(stores_[1], new_root, kRooms[1]).ok());
  EXPECT_EQ(Digest(1, new_root), rows_[1]);
}

// A process may go on after a step that failed: what is staged then is all that still opens with the root key of the
// lock.
TEST_F(RootRotationTest, AnotherChangeSettlesTheOneThatBrokeOff) {
  const SecretBytes second = SecretBytes::Generate(32, random_);
  const SecretBytes third = SecretBytes::Generate(32, random_);
  for (size_t i = 0; i < 3; ++i) ASSERT_TRUE(StageRoot(stores_[i], root_, second, kRooms[i], random_).ok());
  ASSERT_TRUE(
      ReplaceLock(stores_[0], Secret("old passphrase"), Passphrase(), Secret("new passphrase"), second, random_).ok());
  ASSERT_TRUE(SettleRoot(stores_[0], second, kRooms[0]).ok());
  // The other rooms could not be read just then.
  ASSERT_TRUE(Rotate(third, "new passphrase", "third passphrase").ok());
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(Digest(i, third), rows_[i]) << i;

  // And who stages with a root key that opens nothing takes nothing away.
  ASSERT_TRUE(StageRoot(stores_[1], third, second, kRooms[1], random_).ok());
  EXPECT_EQ(StageRoot(stores_[1], root_, second, kRooms[1], random_).reason(), Reason::kUnlockFailed);
  EXPECT_EQ(stores_[1].Scan({.begin = "N", .end = "O"})->size(), stores_[1].Scan({.begin = "R", .end = "S"})->size());
}

TEST_F(RootRotationTest, TheLockChangesOnlyForWhoOpensIt) {
  EXPECT_EQ(
      ReplaceLock(stores_[0], Secret("a wrong passphrase"), Passphrase(), Secret("new passphrase"), root_, random_)
          .reason(),
      Reason::kUnlockFailed);
  EXPECT_EQ(ReplaceLock(stores_[0], Secret("old passphrase"), Passphrase(), Secret("short"), root_, random_).reason(),
            Reason::kInvalidArgument);
  LockOptions development = Passphrase();
  development.info.kind = LockKind::kDevelopment;
  EXPECT_EQ(
      ReplaceLock(stores_[0], Secret("old passphrase"), development, Secret("new passphrase"), root_, random_).reason(),
      Reason::kInvalidArgument);
  EXPECT_TRUE(OpenLock(stores_[0], Secret("old passphrase")).ok());
  // To shares, and back.
  LockOptions shares;
  shares.info = {LockKind::kShares, 2, 3};
  const SecretBytes whole = SecretBytes::Generate(32, random_);
  ASSERT_TRUE(ReplaceLock(stores_[0], Secret("old passphrase"), shares, whole, root_, random_).ok());
  EXPECT_EQ(ReadLockInfo(stores_[0])->kind, LockKind::kShares);
  EXPECT_EQ(OpenLock(stores_[0], Secret("old passphrase")).reason(), Reason::kUnlockFailed);
  ASSERT_TRUE(ReplaceLock(stores_[0], whole, Passphrase(), Secret("another passphrase"), root_, random_).ok());
  EXPECT_EQ(ExposeSecret(*OpenLock(stores_[0], Secret("another passphrase"))), ExposeSecret(root_));
}

}  // namespace
}  // namespace strongroom
