// A new lock of shares beside the one in force: a crash at any write leaves exactly one of the two that opens the
// vault.
#include <gtest/gtest.h>

#include "keys/lock.h"
#include "store/faulty_store.h"
#include "store/testing/test_engine.h"

namespace strongroom {
namespace {

class ShareLockTest : public testing::Test {
 protected:
  ShareLockTest() { EXPECT_TRUE(CreateLock(store_, Passphrase(), Secret("old passphrase"), root_, random_).ok()); }
  static SecretBytes Secret(std::string_view text) { return SecretBytes::CopyOf(text); }
  static LockOptions Passphrase() {
    LockOptions options;
    options.cost = {8192, 1};
    return options;
  }
  struct Made {
    SecretBytes secret;
    std::vector<SecretShare> shares;
    Status put;
  };
  Made HandOut(std::string_view present) {
    Made made;
    made.secret = SecretBytes::Generate(32, random_);
    made.shares = *SplitSecret(made.secret, 2, 3, random_);
    LockOptions options;
    options.info = {LockKind::kShares, 2, 3};
    const NewLock lock = *MakeLock(options, made.secret, root_, random_);
    made.put = PutPendingLock(store_, Secret(present), nullptr, lock, ShareSheet::Of(made.shares, random_));
    return made;
  }
  Status Show(const SecretShare& share) {
    ASSIGN_OR_RETURN(const ShownShare shown, FindShare(store_, share));
    return MarkShare(store_, shown, ++now_).status();
  }
  bool Opens(const SecretBytes& secret) {
    const Result<SecretBytes> root = OpenLock(store_, secret);
    return root.ok() && ExposeSecret(*root) == ExposeSecret(root_);
  }

  SystemRandom random_;
  const SecretBytes root_ = SecretBytes::Generate(32, random_);
  FaultyStore store_{NewTestStore()};
  UnixMillis now_ = 1'000;
};

TEST_F(ShareLockTest, TakesForceWithTheLastShareAndNotBefore) {
  EXPECT_EQ(HandOut("a wrong passphrase").put.reason(), Reason::kUnlockFailed);
  const Made made = HandOut("old passphrase");
  ASSERT_TRUE(made.put.ok());
  EXPECT_EQ(HandOut("old passphrase").put.reason(), Reason::kSharesPending);
  EXPECT_EQ(ReplaceLock(store_, Secret("old passphrase"), Passphrase(), Secret("another passphrase"), root_, random_)
                .reason(),
            Reason::kSharesPending);
  EXPECT_TRUE(Show(made.shares[1]).ok());
  EXPECT_TRUE(Show(made.shares[0]).ok());
  EXPECT_TRUE(Opens(Secret("old passphrase")));
  EXPECT_FALSE(Opens(made.secret));
  EXPECT_TRUE(FindShare(store_, made.shares[2])->last);
  EXPECT_TRUE(Show(made.shares[2]).ok());
  EXPECT_FALSE(Opens(Secret("old passphrase")));
  EXPECT_TRUE(Opens(made.secret));
  EXPECT_FALSE(ReadPendingLock(store_)->has_value());
  EXPECT_TRUE((*ReadShareSheet(store_))->AllAcknowledged());
  // Shown again: the time moves, nothing else.
  EXPECT_TRUE(Show(made.shares[2]).ok());
  EXPECT_EQ((*ReadShareSheet(store_))->lines[2].acknowledged_at, now_);
  // The same secret around another root key keeps what is known; another secret takes it away.
  LockOptions same;
  same.info = {LockKind::kShares, 2, 3};
  same.same_secret = true;
  ASSERT_TRUE(ReplaceLock(store_, made.secret, same, made.secret, root_, random_).ok());
  EXPECT_TRUE(Show(made.shares[0]).ok());
  ASSERT_TRUE(ReplaceLock(store_, made.secret, Passphrase(), Secret("another passphrase"), root_, random_).ok());
  EXPECT_EQ(Show(made.shares[0]).reason(), Reason::kUnlockFailed);
}

TEST_F(ShareLockTest, SharesOfAnotherSetAreNotTakenForTheseOnes) {
  const Made first = HandOut("old passphrase");
  ASSERT_TRUE(DropPendingLock(store_).ok());
  const Made second = HandOut("old passphrase");
  for (const SecretShare& share : first.shares) EXPECT_EQ(Show(share).reason(), Reason::kUnlockFailed);
  for (const SecretShare& share : second.shares) EXPECT_TRUE(Show(share).ok());
  EXPECT_TRUE(Opens(second.secret));
  // While a new lock waits, shares of the one in force can be shown, too.
  LockOptions options;
  options.info = {LockKind::kShares, 2, 3};
  const SecretBytes next = SecretBytes::Generate(32, random_);
  const std::vector<SecretShare> shares = *SplitSecret(next, 2, 3, random_);
  ASSERT_TRUE(PutPendingLock(store_, second.secret, nullptr, *MakeLock(options, next, root_, random_),
                             ShareSheet::Of(shares, random_))
                  .ok());
  EXPECT_FALSE(FindShare(store_, second.shares[0])->pending);
  EXPECT_TRUE(FindShare(store_, shares[0])->pending);
}

TEST_F(ShareLockTest, ACrashAtAnyWriteLeavesTheOldOrTheNewLock) {
  int crashes = 0;
  for (const FaultKind kind : {FaultKind::kFailBefore, FaultKind::kFailAfter, FaultKind::kStorageFull}) {
    bool failed = true;
    for (uint64_t nth = 1; failed; ++nth) {
      ASSERT_LT(nth, 20u);
      store_.SetPlan({});
      FaultyStore fresh{NewTestStore()};
      ASSERT_TRUE(CreateLock(fresh, Passphrase(), Secret("old passphrase"), root_, random_).ok());
      const SecretBytes secret = SecretBytes::Generate(32, random_);
      const std::vector<SecretShare> shares = *SplitSecret(secret, 2, 3, random_);
      LockOptions options;
      options.info = {LockKind::kShares, 2, 3};
      const NewLock lock = *MakeLock(options, secret, root_, random_);
      const ShareSheet sheet = ShareSheet::Of(shares, random_);
      const uint64_t faults = fresh.faults_made();
      fresh.SetPlan(FaultPlan({{.call = FaultCall::kCommitGroup, .nth = nth, .kind = kind}}));
      const auto work = [&]() -> Status {
        RETURN_IF_ERROR(PutPendingLock(fresh, Secret("old passphrase"), nullptr, lock, sheet));
        for (const SecretShare& share : shares) {
          ASSIGN_OR_RETURN(const ShownShare shown, FindShare(fresh, share));
          RETURN_IF_ERROR(MarkShare(fresh, shown, 1).status());
        }
        return Status::Ok();
      };
      const Status done = work();
      failed = fresh.faults_made() > faults;
      crashes += failed;
      EXPECT_EQ(done.ok(), !failed) << done.ToString();
      fresh.SetPlan({});
      fresh.Reopen();
      const bool old_opens = OpenLock(fresh, Secret("old passphrase")).ok();
      const bool new_opens = OpenLock(fresh, secret).ok();
      EXPECT_NE(old_opens, new_opens) << "write " << nth;
      // What was begun can be finished: by the custodians, or by beginning anew.
      if (old_opens) {
        if (!ReadPendingLock(fresh)->has_value()) {
          ASSERT_TRUE(PutPendingLock(fresh, Secret("old passphrase"), nullptr, lock, sheet).ok());
        }
        for (const SecretShare& share : shares) {
          const Result<ShownShare> shown = FindShare(fresh, share);
          ASSERT_TRUE(shown.ok());
          EXPECT_TRUE(MarkShare(fresh, *shown, 2).ok());
        }
      }
      EXPECT_TRUE(OpenLock(fresh, secret).ok());
    }
  }
  std::printf("%d crashes\n", crashes);
  EXPECT_EQ(crashes, 12);  // four writes, three ways each
}

TEST_F(ShareLockTest, ALockThatWaitedBesideAnotherOneNeverTakesForce) {
  const Made made = HandOut("old passphrase");
  ASSERT_TRUE(made.put.ok());
  const StoreValue pending = **store_.Get("Slock-pending");
  ASSERT_TRUE(DropPendingLock(store_).ok());
  const SecretBytes another_root = SecretBytes::Generate(32, random_);
  ASSERT_TRUE(
      ReplaceLock(store_, Secret("old passphrase"), Passphrase(), Secret("new passphrase"), another_root, random_)
          .ok());
  // As if both had been written at one moment.
  StoreBatch batch;
  batch.puts.push_back({"Slock-pending", pending.bytes});
  ASSERT_TRUE(store_.Commit(batch).ok());
  for (const SecretShare& share : made.shares) EXPECT_EQ(Show(share).reason(), Reason::kStorageConflict);
  EXPECT_TRUE(OpenLock(store_, Secret("new passphrase")).ok());
  EXPECT_FALSE(OpenLock(store_, made.secret).ok());
}

TEST_F(ShareLockTest, ADamagedSheetIsToldAndOpensAsBefore) {
  const Made made = HandOut("old passphrase");
  StoreBatch batch;
  batch.puts.push_back({"Slock-pending", "noise"});
  ASSERT_TRUE(store_.Commit(batch).ok());
  EXPECT_FALSE(ReadPendingLock(store_).ok());
  EXPECT_FALSE(FindShare(store_, made.shares[0]).ok());
  EXPECT_TRUE(Opens(Secret("old passphrase")));
  EXPECT_TRUE(DropPendingLock(store_).ok()) << "and can be taken back";
}

}  // namespace
}  // namespace strongroom
