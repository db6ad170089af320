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
    change.rotate_root = root;
    return keeper_->ChangeLock(operator_, change);
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
  Result<LockChanged> changed = Change({"the old passphrase"}, "", true, 3);
  ASSERT_TRUE(changed.ok()) << changed.status().ToString();
  ASSERT_EQ(changed->shares.size(), 3u);
  EXPECT_EQ(keeper_->GetStatus().lock_kind, "shares");
  Restart();
  EXPECT_FALSE(keeper_->Unlock(Secret("the old passphrase")).ok());
  EXPECT_TRUE(keeper_->Unlock(Secret(changed->shares[0])).ok());
  EXPECT_TRUE(keeper_->GetStatus().locked);
  EXPECT_TRUE(keeper_->Unlock(Secret(changed->shares[2])).ok());
  EXPECT_FALSE(keeper_->GetStatus().locked);
  const std::string first = changed->shares[0];
  const std::string second = changed->shares[1];
  EXPECT_EQ(Change({first}, "the new passphrase", false).status().reason(), Reason::kUnlockFailed);
  ASSERT_TRUE(Change({first, second}, "the new passphrase", false).ok());
  Restart();
  EXPECT_TRUE(keeper_->Unlock(Secret("the new passphrase")).ok());
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
