// A lock's device gives the same secret again to whoever has it and its PIN, and to nobody else; one that is missing,
// crashes, hangs or talks nonsense costs an error and never this process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "locks/device_process.h"
#include "tests/locks/probe.h"
#include "tests/locks/software_devices.h"

namespace strongroom {
namespace {

using testing::HasSubstr;

const Bytes kSalt(16, 's');

SecretBytes Pin(std::string_view text) { return SecretBytes::CopyOf(text); }
std::string Shown(const SecretBytes& secret) { return HexEncode(ExposeSecret(secret)); }
std::string Shown(const Result<SecretBytes>& secret) { return secret.ok() ? Shown(*secret) : "none"; }

TEST(TokenDevice, GivesTheSameAgainForTheSameSaltAndPin) {
  const SoftToken token;
  token.PlugIn();
  DeviceProcess device(SoftToken::Config());
  const auto made = device.Make(LockKind::kPkcs11, kSalt, Pin(SoftToken::kPin));
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  EXPECT_EQ(made->secret.size(), 32u);
  EXPECT_EQ(Shown(device.GiveAgain(LockKind::kPkcs11, kSalt, made->binding, Pin(SoftToken::kPin))),
            Shown(made->secret));
  const Bytes other(16, 't');
  const auto another = device.GiveAgain(LockKind::kPkcs11, other, made->binding, Pin(SoftToken::kPin));
  ASSERT_TRUE(another.ok());
  EXPECT_NE(Shown(*another), Shown(made->secret));
  // The key was made once: a second lock in the same token asks the same key.
  EXPECT_EQ(Shown(device.Make(LockKind::kPkcs11, kSalt, Pin(SoftToken::kPin))->secret), Shown(made->secret));
}

TEST(TokenDevice, RefusesAWrongPinAndAnotherTokenGivesSomethingElse) {
  const SoftToken token;
  token.PlugIn();
  DeviceProcess device(SoftToken::Config());
  const auto made = device.Make(LockKind::kPkcs11, kSalt, Pin(SoftToken::kPin));
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  EXPECT_EQ(device.GiveAgain(LockKind::kPkcs11, kSalt, {}, Pin("246811")).reason(), Reason::kUnlockFailed);
  EXPECT_TRUE(device.GiveAgain(LockKind::kPkcs11, kSalt, {}, Pin(SoftToken::kPin)).ok());  // the control
  const SoftToken other;
  other.PlugIn();
  EXPECT_EQ(device.GiveAgain(LockKind::kPkcs11, kSalt, {}, Pin(SoftToken::kPin)).reason(), kLockDeviceFailed);
  const auto elsewhere = device.Make(LockKind::kPkcs11, kSalt, Pin(SoftToken::kPin));
  ASSERT_TRUE(elsewhere.ok());
  EXPECT_NE(Shown(elsewhere->secret), Shown(made->secret));
}

TEST(TokenDevice, ItsKeyCannotBeTakenOutAndOneThatCanIsNotUsed) {
  const SoftToken token;
  token.PlugIn();
  DeviceProcess device(SoftToken::Config());
  ASSERT_TRUE(device.Make(LockKind::kPkcs11, kSalt, Pin(SoftToken::kPin)).ok());
  const auto probe = [](const char* label, const char* what) {
    return *RunProgram({"/proc/self/exe", kProbeArgument, SoftToken::kModule, SoftToken::kPin, label, what});
  };
  EXPECT_EQ(probe("strongroom", "read").out, "extractable 0, value refused\n");
  ASSERT_EQ(probe("loose", "plant").exit_code, 0);
  EXPECT_EQ(probe("loose", "read").out, "extractable 1, value shown\n");  // the control: the probe reads what it can
  LockConfig config = SoftToken::Config();
  config.pkcs11_key = "loose";
  const auto refused = DeviceProcess(config).Make(LockKind::kPkcs11, kSalt, Pin(SoftToken::kPin));
  EXPECT_EQ(refused.reason(), kLockDeviceFailed);
  EXPECT_THAT(refused.status().message(), HasSubstr("can be taken out"));
}

TEST(TokenDevice, AModuleThatIsMissingCrashesHangsOrChattersIsAnError) {
  const SoftToken token;
  token.PlugIn();
  LockConfig config = SoftToken::Config();
  config.device_timeout_seconds = 2;
  const auto message = [&config](const std::string& module) {
    config.pkcs11_module = module;
    const auto made = DeviceProcess(config).Make(LockKind::kPkcs11, kSalt, Pin(SoftToken::kPin));
    EXPECT_EQ(made.reason(), kLockDeviceFailed) << module;
    return made.status().message();
  };
  EXPECT_THAT(message("/nowhere/module.so"), HasSubstr("cannot be loaded"));
  EXPECT_THAT(message("/proc/self/exe"), HasSubstr("cannot be loaded"));
  EXPECT_THAT(message(ABORTING_MODULE), HasSubstr("signal 6"));
  EXPECT_THAT(message(HANGING_MODULE), HasSubstr("within 2 seconds"));
  EXPECT_THAT(message(CHATTERING_MODULE), HasSubstr("no answer that can be read"));
  config.pkcs11_token = "another";
  EXPECT_THAT(message(SoftToken::kModule), HasSubstr("no token labelled 'another'"));
  config.device_program = "/nowhere/strongroom";
  EXPECT_THAT(message(SoftToken::kModule), HasSubstr("no process"));
  // The control: nothing else was wrong.
  config = SoftToken::Config();
  EXPECT_TRUE(DeviceProcess(config).Make(LockKind::kPkcs11, kSalt, Pin(SoftToken::kPin)).ok());
}

TEST(TpmDevice, UnsealsForTheRightPinOnly) {
  const SoftTpm tpm;
  DeviceProcess device(tpm.Config());
  const auto made = device.Make(LockKind::kTpm, kSalt, Pin(SoftTpm::kPin));
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  EXPECT_EQ(made->secret.size(), 32u);
  EXPECT_EQ(device.GiveAgain(LockKind::kTpm, kSalt, made->binding, Pin("a wrong pin")).reason(), Reason::kUnlockFailed);
  const auto again = device.GiveAgain(LockKind::kTpm, kSalt, made->binding, Pin(SoftTpm::kPin));
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ(Shown(*again), Shown(made->secret));
  EXPECT_EQ(made->binding.find(Bytes(ExposeSecret(made->secret))), Bytes::npos);
}

TEST(TpmDevice, ManyQuestionsLeaveNothingBehindInTheChip) {
  const SoftTpm tpm;
  DeviceProcess device(tpm.Config());
  const auto made = device.Make(LockKind::kTpm, kSalt, {});
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  for (int i = 0; i < 6; ++i) {  // a chip has room for three objects
    EXPECT_EQ(Shown(device.GiveAgain(LockKind::kTpm, kSalt, made->binding, {})), Shown(made->secret));
  }
}

TEST(TpmDevice, AnotherChipRefusesAndDamageIsNoticed) {
  const SoftTpm tpm;
  const SoftTpm other;
  DeviceProcess device(tpm.Config());
  const auto made = device.Make(LockKind::kTpm, kSalt, {});
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  EXPECT_EQ(DeviceProcess(other.Config()).GiveAgain(LockKind::kTpm, kSalt, made->binding, {}).reason(),
            Reason::kUnlockFailed);
  Bytes damaged = made->binding;
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  EXPECT_EQ(device.GiveAgain(LockKind::kTpm, kSalt, damaged, {}).reason(), Reason::kUnlockFailed);
  EXPECT_FALSE(device.GiveAgain(LockKind::kTpm, kSalt, "nonsense", {}).ok());
  EXPECT_EQ(Shown(device.GiveAgain(LockKind::kTpm, kSalt, made->binding, {})), Shown(made->secret));  // the control
}

TEST(TpmDevice, IsReachedByNoCommandAndNoLibraryOfAnotherName) {
  for (const char* const tcti : {"cmd:touch /tmp/reached", "/nowhere/tcti.so", "", "swtpm:host=127.0.0.1,port=1"}) {
    LockConfig config;
    config.tpm_tcti = tcti;
    EXPECT_EQ(DeviceProcess(config).Make(LockKind::kTpm, kSalt, {}).reason(), kLockDeviceFailed) << tcti;
  }
}

TEST(DeviceMessage, WhatIsNoAnswerIsNotTakenForOne) {
  LockDevice::Made made{SecretBytes(32), "binding"};
  const Bytes good = EncodeAnswer(std::move(made));
  ASSERT_TRUE(DecodeAnswer(good).ok());
  EXPECT_EQ(DecodeAnswer(good)->binding, "binding");
  EXPECT_EQ(DecodeAnswer(good + "x").reason(), kLockDeviceFailed);
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(DecodeAnswer(ByteView(good).substr(0, size)).ok());
  const Bytes short_secret = EncodeAnswer(LockDevice::Made{SecretBytes(31), {}});
  EXPECT_EQ(DecodeAnswer(short_secret).reason(), kLockDeviceFailed);
  const Bytes rude = EncodeAnswer(Status(Reason::kUnlockFailed, "a\x1b[31m\n" + std::string(1'000, 'x')));
  const Status refused = DecodeAnswer(rude).status();
  EXPECT_EQ(refused.reason(), Reason::kUnlockFailed);
  EXPECT_EQ(refused.message().size(), 300u);
  EXPECT_THAT(refused.message(), HasSubstr("a?[31m?x"));
}

}  // namespace
}  // namespace strongroom
