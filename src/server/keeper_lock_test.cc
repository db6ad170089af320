// Changing the lock and the root key of a vault that is being served: the old secret opens nothing afterwards, the new
// one opens everything, and keys go on being rotated.
#include <gtest/gtest.h>

#include "server/init.h"
#include "server/keeper.h"
#include "server/testing/test_place.h"
#include "store/testing/temp_dir.h"

namespace strongroom {
namespace {

class KeeperLockTest : public testing::Test {
 protected:
  KeeperLockTest() {
    config_.data_dir = directory_.Path("vault");
    PutIntoTestEngine(config_);
    files_ = *VaultFiles::Open(config_, true);
    InitOptions options;
    options.lock.info.kind = LockKind::kPassphrase;
    options.lock.cost = {8192, 1};
    options.secret = Secret("the old passphrase");
    options.first_key.name = "administrator";
    options.first_key.kind = PrincipalKind::kApplication;
    options.first_key.roles = {"administrator", "operator"};
    EXPECT_TRUE(InitialiseVault(*files_, std::move(options), clock_, random_).ok());
    Start();
    EXPECT_TRUE(keeper_->Unlock(Secret("the old passphrase")).ok());
    auto principal = std::make_shared<Principal>();
    principal->id = 0x77;
    principal->kind = PrincipalKind::kApplication;
    principal->roles = {"operator"};
    operator_.principal = std::move(principal);
    operator_.address = IpAddress::Loopback();
  }
  static SecretBytes Secret(std::string_view text) { return SecretBytes::CopyOf(text); }
  void Start() { keeper_ = *Keeper::Create(config_, *files_, clock_, random_); }
  // What a start of the server does.
  void Restart() {
    keeper_.reset();
    files_.reset();
    files_ = *VaultFiles::Open(config_, false);
    Start();
  }
  Result<LockChanged> Change(std::vector<std::string> present, std::string passphrase, bool root, uint8_t shares = 0) {
    LockChange change;
    for (const std::string& text : present) change.present.push_back(Secret(text));
    change.keep_lock = passphrase.empty() && shares == 0;
    change.secret = Secret(passphrase);
    if (shares != 0) change.kind = LockKind::kShares;
    change.threshold = 2;
    change.count = shares;
    change.custodians = custodians_;
    change.rotate_root = root;
    return keeper_->ChangeLock(operator_, change);
  }
  Result<ShareShown> Show(const std::string& share) {
    return keeper_->AcknowledgeShare(Secret(share), IpAddress::Loopback());
  }
  // New shares that every custodian has shown.
  std::vector<std::string> SharesInForce(const std::vector<std::string>& present) {
    const Result<LockChanged> changed = Change(present, "", false, 3);
    EXPECT_TRUE(changed.ok()) << changed.status().ToString();
    for (const std::string& share : changed->shares) EXPECT_TRUE(Show(share).ok());
    return changed->shares;
  }
  std::string Findings() {
    const Result<std::vector<std::string>> lines = keeper_->Doctor(operator_);
    std::string all;
    if (lines.ok()) {
      for (const std::string& line : *lines) all += line + "\n";
    }
    return all;
  }
  std::vector<AuditEntry> Entries(Action action) {
    const Result<LogPage> page = keeper_->Current()->house().office().log->Find({.action = action}, 100);
    std::vector<AuditEntry> entries;
    if (!page.ok()) return entries;
    for (const IndexedEntry& entry : page->entries) entries.push_back(entry.entry);
    return entries;  // newest first
  }
  // The commitment-free way to tell root keys apart: does it open the office's ring?
  Result<SecretBytes> RootBehind(std::string_view secret) { return OpenLock(*files_->office().keys, Secret(secret)); }

  TempDir directory_;
  ServerConfig config_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<VaultFiles> files_;
  std::unique_ptr<Keeper> keeper_;
  Caller operator_;
  std::vector<std::string> custodians_;  // of the next new shares
};

TEST_F(KeeperLockTest, AnotherPassphraseOpensItAndTheOldOneNot) {
  const SecretBytes root = *RootBehind("the old passphrase");
  EXPECT_EQ(Change({"a wrong passphrase"}, "the new passphrase", false).status().reason(), Reason::kUnlockFailed);
  ASSERT_TRUE(Change({"the old passphrase"}, "the new passphrase", false).ok());
  EXPECT_TRUE(EqualInConstantTime(ExposeSecret(*RootBehind("the new passphrase")), ExposeSecret(root)));
  Restart();
  EXPECT_EQ(keeper_->Unlock(Secret("the old passphrase")).reason(), Reason::kUnlockFailed);
  EXPECT_TRUE(keeper_->Unlock(Secret("the new passphrase")).ok());
}

TEST_F(KeeperLockTest, AnotherRootKeyIsBehindItAndKeysGoOnBeingRotated) {
  const SecretBytes root = *RootBehind("the old passphrase");
  ASSERT_TRUE(Change({"the old passphrase"}, "", true).ok());
  const Result<SecretBytes> next = RootBehind("the old passphrase");
  ASSERT_TRUE(next.ok());
  EXPECT_FALSE(EqualInConstantTime(ExposeSecret(*next), ExposeSecret(root)));
  for (const auto& [name, stores] : files_->rooms()) {
    const CompartmentId id = name == "office" ? kOffice : (*keeper_->Current()->house().RoomByName(name))->info.id;
    EXPECT_EQ(KeyRing::Open(*stores.keys, root, id).status().reason(), Reason::kUnlockFailed) << name;
    EXPECT_TRUE(KeyRing::Open(*stores.keys, *next, id).ok()) << name;
  }
  // The server that changed it knows the new root key: the next epoch's keys open after a restart.
  ASSERT_TRUE(keeper_->Current()->key_rotation().Rotate(operator_).Wait().ok());
  Restart();
  ASSERT_TRUE(keeper_->Unlock(Secret("the old passphrase")).ok());
  EXPECT_GE(keeper_->Current()->house().compartments().front()->sealed->ring().epoch(), 2u);
}

TEST_F(KeeperLockTest, APassphraseBecomesSharesAndBack) {
  const std::vector<std::string> shares = SharesInForce({"the old passphrase"});
  ASSERT_EQ(shares.size(), 3u);
  EXPECT_EQ(keeper_->GetStatus().lock_kind, "shares");
  Restart();
  EXPECT_FALSE(keeper_->Unlock(Secret("the old passphrase")).ok());
  EXPECT_TRUE(keeper_->Unlock(Secret(shares[0])).ok());
  EXPECT_TRUE(keeper_->GetStatus().locked);
  EXPECT_TRUE(keeper_->Unlock(Secret(shares[2])).ok());
  EXPECT_FALSE(keeper_->GetStatus().locked);
  const std::string& first = shares[0];
  const std::string& second = shares[1];
  EXPECT_EQ(Change({first}, "the new passphrase", false).status().reason(), Reason::kUnlockFailed);
  ASSERT_TRUE(Change({first, second}, "the new passphrase", false).ok());
  Restart();
  EXPECT_TRUE(keeper_->Unlock(Secret("the new passphrase")).ok());
}

TEST_F(KeeperLockTest, NewSharesWaitUntilEveryCustodianHasShownTheirs) {
  custodians_ = {"Ada", "Grace", "Lin"};
  const Result<LockChanged> changed = Change({"the old passphrase"}, "", false, 3);
  ASSERT_TRUE(changed.ok()) << changed.status().ToString();
  EXPECT_TRUE(changed->pending);
  EXPECT_EQ(keeper_->GetStatus().lock_kind, "passphrase");
  EXPECT_NE(Findings().find("0 of 3 were shown"), std::string::npos) << Findings();
  // Nothing else moves meanwhile.
  EXPECT_EQ(Change({"the old passphrase"}, "", true).status().reason(), Reason::kSharesPending);
  EXPECT_EQ(Change({"the old passphrase"}, "the new passphrase", false).status().reason(), Reason::kSharesPending);
  custodians_.clear();
  EXPECT_EQ(Change({"the old passphrase"}, "", false, 4).status().reason(), Reason::kSharesPending);

  Result<ShareShown> shown = Show(changed->shares[2]);
  ASSERT_TRUE(shown.ok()) << shown.status().ToString();
  EXPECT_EQ(shown->number, 3);
  EXPECT_EQ(shown->missing, 2);
  EXPECT_FALSE(shown->in_force);
  EXPECT_EQ(Show(changed->shares[2])->missing, 2) << "the same again counts once";
  Result<LockView> view = keeper_->ShowLock(operator_);
  ASSERT_TRUE(view.ok());
  ASSERT_EQ(view->pending_holders.size(), 3u);
  EXPECT_EQ(view->pending_holders[0].custodian, "Ada");
  EXPECT_EQ(view->pending_holders[0].acknowledged_at, 0);
  EXPECT_NE(view->pending_holders[2].acknowledged_at, 0);
  EXPECT_NE(Findings().find("missing are numbers 1, 2"), std::string::npos) << Findings();

  // A start in between: the old secret opens it, what waits still waits.
  Restart();
  EXPECT_TRUE(keeper_->Unlock(Secret("the old passphrase")).ok());
  ASSERT_TRUE(Show(changed->shares[0]).ok());
  shown = Show(changed->shares[1]);
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(shown->missing, 0);
  EXPECT_TRUE(shown->in_force);
  EXPECT_EQ(keeper_->GetStatus().lock_kind, "shares");
  EXPECT_FALSE(RootBehind("the old passphrase").ok());
  view = keeper_->ShowLock(operator_);
  ASSERT_TRUE(view.ok());
  EXPECT_FALSE(view->pending);
  ASSERT_EQ(view->holders.size(), 3u);
  EXPECT_EQ(view->holders[1].custodian, "Grace");
  EXPECT_NE(Findings().find("green: every share of the lock was shown"), std::string::npos) << Findings();
  EXPECT_TRUE(Change({changed->shares[0], changed->shares[1]}, "", true).ok()) << "the root key moves again";
  EXPECT_TRUE(Show(changed->shares[1]).ok()) << "and the shares are still known";

  // Numbers are in the log; neither shares nor names are.
  const std::vector<AuditEntry> entries = Entries(Action::kShareAcknowledge);
  ASSERT_EQ(entries.size(), 5u);
  EXPECT_EQ(entries[1].detail, "share 2 of 3, the last: the new lock takes force");
  EXPECT_EQ(entries[4].detail, "share 3 of 3 of the new lock");
  for (const AuditEntry& entry : Entries(Action::kLockChange)) {
    EXPECT_EQ(entry.detail.find("Ada"), std::string::npos);
    EXPECT_EQ(entry.detail.find("srs1"), std::string::npos);
  }
}

TEST_F(KeeperLockTest, AWrongShareIsRefusedRecordedAndHoldsNobodyUp) {
  const Result<LockChanged> changed = Change({"the old passphrase"}, "", false, 3);
  ASSERT_TRUE(changed.ok());
  const SecretBytes other = SecretBytes::Generate(32, random_);
  const std::vector<SecretShare> foreign = *SplitSecret(other, 2, 3, random_);
  EXPECT_EQ(Show(EncodeShare(foreign[0])).status().reason(), Reason::kUnlockFailed);
  EXPECT_EQ(Show(EncodeShare(foreign[1])).status().reason(), Reason::kRateLimited);
  EXPECT_EQ(Show("srs1-2-1-NOSHARE").status().reason(), Reason::kInvalidArgument);
  EXPECT_TRUE(Show(changed->shares[0]).ok()) << "the control: a right one, at once";
  const std::vector<AuditEntry> entries = Entries(Action::kShareAcknowledge);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].outcome, Reason::kUnlockFailed);
  EXPECT_EQ(entries[0].outcome, Reason::kOk);
}

TEST_F(KeeperLockTest, WhatWaitsCanBeTakenBack) {
  EXPECT_EQ(keeper_->CancelPendingLock(operator_).reason(), Reason::kInvalidArgument) << "nothing waits";
  const Result<LockChanged> changed = Change({"the old passphrase"}, "", false, 3);
  ASSERT_TRUE(changed.ok());
  ASSERT_TRUE(Show(changed->shares[0]).ok());
  ASSERT_TRUE(keeper_->CancelPendingLock(operator_).ok());
  EXPECT_EQ(Show(changed->shares[1]).status().reason(), Reason::kUnlockFailed);
  EXPECT_TRUE(RootBehind("the old passphrase").ok());
  EXPECT_TRUE(Change({"the old passphrase"}, "the new passphrase", true).ok()) << "everything moves again";
  operator_.principal = std::make_shared<Principal>();
  EXPECT_EQ(keeper_->CancelPendingLock(operator_).reason(), Reason::kDenied);
}

TEST_F(KeeperLockTest, NewSharesAndAnotherRootKeyAreTwoSteps) {
  EXPECT_EQ(Change({"the old passphrase"}, "", true, 3).status().reason(), Reason::kInvalidArgument);
  custodians_ = {"Ada"};
  EXPECT_EQ(Change({"the old passphrase"}, "", false, 3).status().reason(), Reason::kInvalidArgument);
  custodians_.clear();
  EXPECT_TRUE(Change({"the old passphrase"}, "", false, 3).ok()) << "the control";
}

TEST_F(KeeperLockTest, WhoMayNotIsRefusedWhateverTheyKnow) {
  auto principal = std::make_shared<Principal>(*operator_.principal);
  principal->roles = {"application"};
  operator_.principal = std::move(principal);
  EXPECT_EQ(Change({"the old passphrase"}, "the new passphrase", true).status().reason(), Reason::kDenied);
  EXPECT_TRUE(RootBehind("the old passphrase").ok());
}

}  // namespace
}  // namespace strongroom
