// A vault whose lock is in hardware: opens with device and PIN alone, changes to it and away from it, and its root key
// rotates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "server/doctor.h"
#include "server/init.h"
#include "server/keeper.h"
#include "server/testing/test_place.h"
#include "tests/locks/software_devices.h"

namespace strongroom {
namespace {

using testing::Contains;
using testing::HasSubstr;

class KeeperDeviceTest : public testing::Test {
 protected:
  static SecretBytes Secret(std::string_view text) { return SecretBytes::CopyOf(text); }
  KeeperDeviceTest() {
    token_.PlugIn();
    config_.data_dir = directory_.Path("vault");
    PutIntoTestEngine(config_);
    config_.lock = SoftToken::Config();
    config_.lock.tpm_tcti = tpm_.Config().tpm_tcti;
    auto principal = std::make_shared<Principal>();
    principal->id = 0x77;
    principal->kind = PrincipalKind::kApplication;
    principal->roles = {"operator"};
    operator_.principal = std::move(principal);
    operator_.address = IpAddress::Loopback();
  }
  Status Init(LockKind kind, std::string_view secret) {
    files_.reset();  // of an attempt that failed
    files_ = *VaultFiles::Open(config_, true);
    DeviceProcess device(config_.lock);
    InitOptions options;
    options.lock.info.kind = kind;
    options.lock.cost = {8192, 1};
    options.lock.device = &device;
    options.secret = Secret(secret);
    options.first_key.name = "administrator";
    options.first_key.kind = PrincipalKind::kApplication;
    options.first_key.roles = {"administrator", "operator"};
    RETURN_IF_ERROR(InitialiseVault(*files_, std::move(options), clock_, random_).status());
    Restart();
    return Status::Ok();
  }
  // What a start of the server does.
  void Restart() {
    keeper_.reset();
    files_.reset();
    files_ = *VaultFiles::Open(config_, false);
    keeper_ = *Keeper::Create(config_, *files_, clock_, random_);
  }
  Status Unlock(std::string_view secret) { return keeper_->Unlock(Secret(secret)); }
  Status Change(std::string_view present, LockKind kind, std::string_view secret, bool root, bool keep = false) {
    LockChange change;
    change.present.push_back(Secret(present));
    change.keep_lock = keep;
    change.kind = kind;
    change.secret = Secret(secret);
    change.rotate_root = root;
    return keeper_->ChangeLock(operator_, change).status();
  }

  TempDir directory_;
  SoftToken token_;
  SoftTpm tpm_;
  ServerConfig config_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<VaultFiles> files_;
  std::unique_ptr<Keeper> keeper_;
  Caller operator_;
};

TEST_F(KeeperDeviceTest, AStolenDiskOpensNothingWithoutTheToken) {
  ASSERT_TRUE(Init(LockKind::kPkcs11, SoftToken::kPin).ok());
  EXPECT_EQ(Unlock("000000").reason(), Reason::kUnlockFailed);
  EXPECT_TRUE(keeper_->GetStatus().locked);
  const SoftToken another;  // same label, same PIN, a key of its own
  another.PlugIn();
  EXPECT_EQ(Unlock(SoftToken::kPin).reason(), kLockDeviceFailed);
  ASSERT_TRUE(DeviceProcess(config_.lock).Make(LockKind::kPkcs11, Bytes(16, 's'), Secret(SoftToken::kPin)).ok());
  EXPECT_EQ(Unlock(SoftToken::kPin).reason(), Reason::kUnlockFailed);
  config_.lock.pkcs11_module = "/nowhere/module.so";
  Restart();
  EXPECT_EQ(Unlock(SoftToken::kPin).reason(), kLockDeviceFailed);
  // The control: with the token it does.
  config_.lock = SoftToken::Config();
  token_.PlugIn();
  Restart();
  ASSERT_TRUE(Unlock(SoftToken::kPin).ok());
  EXPECT_EQ(keeper_->GetStatus().lock_kind, "pkcs11");
}

TEST_F(KeeperDeviceTest, ADeviceThatFailsLeavesNoHalfMadeVault) {
  const std::string module = config_.lock.pkcs11_module;
  for (const char* const broken : {"/nowhere/module.so", ABORTING_MODULE}) {
    config_.lock.pkcs11_module = broken;
    EXPECT_EQ(Init(LockKind::kPkcs11, SoftToken::kPin).reason(), kLockDeviceFailed) << broken;
  }
  config_.lock.pkcs11_module = module;
  EXPECT_EQ(Init(LockKind::kPkcs11, "000000").reason(), Reason::kUnlockFailed);
  EXPECT_EQ(Init(LockKind::kPkcs11, "12").reason(), Reason::kInvalidArgument);
  EXPECT_TRUE(Init(LockKind::kPkcs11, SoftToken::kPin).ok());
  EXPECT_TRUE(Unlock(SoftToken::kPin).ok());
}

TEST_F(KeeperDeviceTest, GoesFromPassphraseToTokenToTpmAndBackWithAnotherRootKey) {
  ASSERT_TRUE(Init(LockKind::kPassphrase, "the old passphrase").ok());
  ASSERT_TRUE(Unlock("the old passphrase").ok());
  EXPECT_EQ(Change("the old passphrase", LockKind::kPkcs11, "000000", false).reason(), Reason::kUnlockFailed);
  ASSERT_TRUE(Change("the old passphrase", LockKind::kPkcs11, SoftToken::kPin, true).ok());
  Restart();
  EXPECT_EQ(Unlock("the old passphrase").reason(), Reason::kUnlockFailed);
  ASSERT_TRUE(Unlock(SoftToken::kPin).ok());
  // The root key alone, behind the same token.
  ASSERT_TRUE(Change(SoftToken::kPin, LockKind::kPkcs11, "", true, /*keep=*/true).ok());
  Restart();
  ASSERT_TRUE(Unlock(SoftToken::kPin).ok());
  ASSERT_TRUE(Change(SoftToken::kPin, LockKind::kTpm, SoftTpm::kPin, true).ok());
  Restart();
  EXPECT_EQ(keeper_->GetStatus().lock_kind, "tpm");
  EXPECT_EQ(Unlock("a wrong pin").reason(), Reason::kUnlockFailed);
  ASSERT_TRUE(Unlock(SoftTpm::kPin).ok());
  ASSERT_TRUE(Change(SoftTpm::kPin, LockKind::kPassphrase, "the new passphrase", false).ok());
  Restart();
  EXPECT_TRUE(Unlock("the new passphrase").ok());
}

TEST_F(KeeperDeviceTest, AFailedChangeLeavesTheOldLock) {
  ASSERT_TRUE(Init(LockKind::kPassphrase, "the old passphrase").ok());
  config_.lock.pkcs11_module = ABORTING_MODULE;
  config_.lock.tpm_tcti = "swtpm:host=127.0.0.1,port=1";
  Restart();
  ASSERT_TRUE(Unlock("the old passphrase").ok());
  EXPECT_EQ(Change("the old passphrase", LockKind::kPkcs11, SoftToken::kPin, true).reason(), kLockDeviceFailed);
  EXPECT_EQ(Change("the old passphrase", LockKind::kTpm, SoftTpm::kPin, true).reason(), kLockDeviceFailed);
  EXPECT_EQ(keeper_->GetStatus().lock_kind, "passphrase");
  Restart();
  EXPECT_TRUE(Unlock("the old passphrase").ok());
}

TEST_F(KeeperDeviceTest, ATpmWithoutAPinIsSaidNotToSurviveTheft) {
  ASSERT_TRUE(Init(LockKind::kTpm, "").ok());
  ASSERT_TRUE(Unlock("").ok());
  const auto findings = [this] { return *keeper_->Doctor(operator_); };
  EXPECT_THAT(findings(), Contains(HasSubstr("yellow: the lock is this machine's TPM without a PIN")));
  EXPECT_EQ(Change("", LockKind::kTpm, "short", false).reason(), Reason::kInvalidArgument);
  ASSERT_TRUE(Change("", LockKind::kTpm, SoftTpm::kPin, true).ok());
  EXPECT_THAT(findings(), Contains(HasSubstr("green: the lock is tpm")));
  Restart();
  EXPECT_EQ(Unlock("").reason(), Reason::kUnlockFailed);
  EXPECT_TRUE(Unlock(SoftTpm::kPin).ok());
  // Stolen without the machine: another chip.
  const SoftTpm another;
  config_.lock.tpm_tcti = another.Config().tpm_tcti;
  Restart();
  EXPECT_EQ(Unlock(SoftTpm::kPin).reason(), Reason::kUnlockFailed);
}

}  // namespace
}  // namespace strongroom
