// A lock in hardware: what goes to the device, what stays, and that nothing opens without both.
#include "keys/lock_device.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "keys/lock.h"
#include "store/faulty_store.h"
#include "store/testing/test_engine.h"

namespace strongroom {
namespace {

// HMAC of the salt under its own key; remembers the last PIN it was shown.
class FakeDevice : public LockDevice {
 public:
  explicit FakeDevice(uint8_t key) : mac_(SecretBytes::CopyOf(Bytes(32, static_cast<char>(key)))) {}
  Result<Made> Make(LockKind kind, ByteView salt, const SecretBytes& pin) override {
    ASSIGN_OR_RETURN(SecretBytes secret, GiveAgain(kind, salt, "binding", pin));
    return Made{std::move(secret), "binding"};
  }
  Result<SecretBytes> GiveAgain(LockKind, ByteView salt, ByteView binding, const SecretBytes& pin) override {
    ++calls_;
    shown_ = Bytes(ExposeSecret(pin));
    if (binding != "binding") return Status(Reason::kUnlockFailed);
    const Digest digest = mac_.Compute({salt, forgetful_ ? Bytes(static_cast<size_t>(calls_), 'x') : Bytes()});
    return SecretBytes::CopyOf({reinterpret_cast<const char*>(digest.data()), secret_size_});
  }

  int calls_ = 0;
  Bytes shown_;
  bool forgetful_ = false;
  size_t secret_size_ = 32;

 private:
  Mac mac_;
};

class LockDeviceTest : public testing::TestWithParam<LockKind> {
 protected:
  static SecretBytes Secret(std::string_view text) { return SecretBytes::CopyOf(text); }
  LockOptions Options() {
    LockOptions options;
    options.info.kind = GetParam();
    options.cost = {8192, 1};
    options.device = &device_;
    return options;
  }
  bool OpensTheRoot(std::string_view pin, LockDevice* device) {
    const Result<SecretBytes> opened = OpenLock(store_, Secret(pin), device);
    return opened.ok() && EqualInConstantTime(ExposeSecret(*opened), ExposeSecret(root_));
  }

  SystemRandom random_;
  FaultyStore store_{NewTestStore()};
  FakeDevice device_{1};
  const SecretBytes root_ = SecretBytes::Generate(32, random_);
};

INSTANTIATE_TEST_SUITE_P(Kinds, LockDeviceTest, testing::Values(LockKind::kPkcs11, LockKind::kTpm));

TEST_P(LockDeviceTest, OpensWithItsDeviceAlone) {
  ASSERT_TRUE(CreateLock(store_, Options(), Secret("246810"), root_, random_).ok());
  EXPECT_TRUE(OpensTheRoot("246810", &device_));
  EXPECT_EQ(ReadLockInfo(store_)->kind, GetParam());
  EXPECT_FALSE(ReadLockInfo(store_)->unattended);
  FakeDevice other(2);
  EXPECT_EQ(OpenLock(store_, Secret("246810"), &other).reason(), Reason::kUnlockFailed);
  EXPECT_EQ(OpenLock(store_, Secret("246810")).reason(), kLockDeviceFailed);
}

TEST_P(LockDeviceTest, AnUnreliableDeviceIsFoundOutBeforeTheLockIsWritten) {
  device_.forgetful_ = true;
  EXPECT_FALSE(CreateLock(store_, Options(), Secret("246810"), root_, random_).ok());
  device_.forgetful_ = false;
  device_.secret_size_ = 31;
  EXPECT_EQ(CreateLock(store_, Options(), Secret("246810"), root_, random_).reason(), kLockDeviceFailed);
  EXPECT_EQ(ReadLockInfo(store_).reason(), Reason::kNotInitialised);
  device_.secret_size_ = 32;
  EXPECT_TRUE(CreateLock(store_, Options(), Secret("246810"), root_, random_).ok());  // the control
}

TEST_P(LockDeviceTest, ChangesToAPassphraseAndBack) {
  ASSERT_TRUE(CreateLock(store_, Options(), Secret("246810"), root_, random_).ok());
  LockOptions passphrase;
  passphrase.cost = {8192, 1};
  passphrase.device = &device_;
  ASSERT_TRUE(ReplaceLock(store_, Secret("246810"), passphrase, Secret("a long passphrase"), root_, random_).ok());
  EXPECT_TRUE(OpensTheRoot("a long passphrase", nullptr));
  ASSERT_TRUE(ReplaceLock(store_, Secret("a long passphrase"), Options(), Secret("135790"), root_, random_).ok());
  EXPECT_TRUE(OpensTheRoot("135790", &device_));
  EXPECT_FALSE(OpensTheRoot("a long passphrase", nullptr));
}

TEST_P(LockDeviceTest, PinsThatAreTooShortAreRefusedBeforeTheDeviceIsAsked) {
  EXPECT_EQ(CreateLock(store_, Options(), Secret("123"), root_, random_).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(CreateLock(store_, Options(), Secret(std::string(256, 'x')), root_, random_).reason(),
            Reason::kInvalidArgument);
  EXPECT_EQ(device_.calls_, 0);
}

class TpmPinTest : public LockDeviceTest {};
INSTANTIATE_TEST_SUITE_P(Kinds, TpmPinTest, testing::Values(LockKind::kTpm));

TEST_P(TpmPinTest, TheDeviceNeverSeesThePinAndItsWordAloneOpensNothing) {
  ASSERT_TRUE(CreateLock(store_, Options(), Secret("a secret pin"), root_, random_).ok());
  EXPECT_EQ(device_.shown_.size(), 32u);
  EXPECT_EQ(device_.shown_.find("a secret pin"), Bytes::npos);
  EXPECT_FALSE(OpensTheRoot("another pin!", &device_));  // this device gives its word to everybody
  EXPECT_TRUE(OpensTheRoot("a secret pin", &device_));
}

TEST_P(TpmPinTest, WithoutAPinItIsUnattended) {
  ASSERT_TRUE(CreateLock(store_, Options(), Secret(""), root_, random_).ok());
  EXPECT_TRUE(ReadLockInfo(store_)->unattended);
  EXPECT_EQ(device_.shown_, "");
  EXPECT_TRUE(OpensTheRoot("", &device_));
}

class TokenPinTest : public LockDeviceTest {};
INSTANTIATE_TEST_SUITE_P(Kinds, TokenPinTest, testing::Values(LockKind::kPkcs11));

TEST_P(TokenPinTest, ThePinIsTheTokensAndMayChangeThere) {
  ASSERT_TRUE(CreateLock(store_, Options(), Secret("246810"), root_, random_).ok());
  EXPECT_EQ(device_.shown_, "246810");
  EXPECT_TRUE(OpensTheRoot("135790", &device_));  // the fake token takes any
}

}  // namespace
}  // namespace strongroom
