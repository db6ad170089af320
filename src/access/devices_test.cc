// Devices: who gets a certificate for what, what it is worth to whom, and what ends it.
#include "access/devices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/front_door.h"
#include "access/session_record.h"
#include "access/testing/test_person.h"
#include "base/encoding.h"
#include "base/json_writer.h"
#include "crypto/device_key.h"
#include "factors/testing/test_authenticator.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int64_t kMinute = 60'000;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;

// A computer of somebody: its key, and what it was given.
struct Laptop {
  DeviceKey key = *DeviceKey::Generate();
  DeviceId id = 0;
  Digest certificate{};
};

class DevicesTest : public testing::Test {
 protected:
  DevicesTest() : ada_(MakePerson(vault_, browser_, "ada")), bo_(MakePerson(vault_, bos_browser_, "bo")) {}

  Devices& devices() { return vault_->devices(); }
  Caller Administrator() { return vault_.As("administrator"); }

  Laptop Enrolled(PrincipalId person, int64_t days = 90) {
    Laptop laptop;
    const Result<DeviceView> view =
        devices().Issue(Administrator(), person, "laptop", *laptop.key.RequestPem(), days).Wait();
    EXPECT_TRUE(view.ok()) << view.status().ToString();
    laptop.id = view->record.id;
    laptop.certificate = view->record.certificates.back().fingerprint;
    return laptop;
  }

  Bytes ReportOf(DeviceId id, const std::string& nonce, bool disk = true, bool protection = true) {
    Bytes out;
    JsonWriter json(out);
    json.BeginObject().String("device", FormatDeviceId(id)).String("nonce", nonce);
    json.Int("made_at", vault_.clock().NowMillis() / 1000).Bool("disk_encrypted", disk);
    json.Bool("protection_current", protection).String("os", "Debian 12").EndObject();
    return out;
  }
  Result<DevicePosture> Send(const Laptop& laptop, ByteView report) {
    return devices().Report({}, laptop.id, report, *laptop.key.Sign(PostureSigned(report)));
  }
  Result<DevicePosture> SayWell(const Laptop& laptop, bool disk = true, bool protection = true) {
    vault_.clock().AdvanceMillis(1);
    return Send(laptop, ReportOf(laptop.id, *devices().Challenge(laptop.id), disk, protection));
  }

  // What policy says to somebody of support from this device, for a rule that needs one (or a healthy one).
  Decision Decides(const char* need, const Result<Caller>& caller) {
    const Result<std::shared_ptr<const PolicySet>> policy = PolicySet::Parse(
        "format = 1\nroles = [\"support\"]\n[[rule]]\nname = \"from-devices\"\n"
        "roles = [\"support\"]\nactions = [\"catalogue.read\"]\nneeds = [\"" +
        std::string(need) + "\"]\ndecision = \"plain\"\n");
    EXPECT_TRUE(policy.ok()) << policy.status().ToString();
    if (!policy.ok() || !caller.ok()) return Decision::kDeny;
    PolicyQuestion question;
    question.action = Action::kCatalogueRead;
    return (*policy)->Decide(*caller, question).decision;
  }
  bool Opens(const char* need) { return Decides(need, browser_.Ask()) == Decision::kPlain; }

  TestVault vault_;
  TestBrowser browser_{vault_};
  TestBrowser bos_browser_{vault_, "192.0.2.8"};
  TestPerson ada_;
  TestPerson bo_;
};

// --- enrolling -------------------------------------------------------------------------------------------------------

TEST_F(DevicesTest, OneAsksAndAColleagueGrants) {
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  Laptop laptop;
  const Result<DeviceView> asked = devices().Request(*browser_.Ask(), "Ada's laptop", *laptop.key.RequestPem()).Wait();
  ASSERT_TRUE(asked.ok()) << asked.status().ToString();
  EXPECT_EQ(asked->stage, DeviceStage::kRequested);
  EXPECT_THAT(asked->record.certificates, IsEmpty());
  EXPECT_EQ(devices().Grant(*browser_.Ask(), asked->record.id, 90).Wait().reason(), Reason::kDenied) << "no such right";
  const Result<DeviceView> granted = devices().Grant(Administrator(), asked->record.id, 90).Wait();
  ASSERT_TRUE(granted.ok()) << granted.status().ToString();
  EXPECT_EQ(granted->stage, DeviceStage::kActive);
  EXPECT_THAT(granted->record.certificates, SizeIs(1));
  EXPECT_EQ(devices().Grant(Administrator(), asked->record.id, 90).Wait().reason(), Reason::kDeviceRefused) << "once";
}

TEST_F(DevicesTest, NobodyGrantsTheirOwn) {
  TestBrowser chiefs(vault_, "192.0.2.9");
  const TestPerson chief = MakePerson(vault_, chiefs, "chief", {.role = "administrator"});
  ASSERT_TRUE(chiefs.SignIn(chief).ok());
  const Laptop laptop;
  const std::string request = *laptop.key.RequestPem();
  const DeviceId id = devices().Request(*chiefs.Ask(), "own", request).Wait()->record.id;
  EXPECT_EQ(devices().Grant(*chiefs.Ask(), id, 90).Wait().reason(), Reason::kOwnCaseRefused);
  EXPECT_EQ(devices().Issue(*chiefs.Ask(), chief.id, "own", request, 90).Wait().reason(), Reason::kOwnCaseRefused);
  EXPECT_TRUE(devices().Issue(*chiefs.Ask(), ada_.id, "hers", request, 90).Wait().ok()) << "the control";
}

TEST_F(DevicesTest, EnrolsForActivePeopleAloneAndForTheTimeThatIsAllowed) {
  const std::string request = *DeviceKey::Generate()->RequestPem();
  const auto outcome = [&](PrincipalId person, const std::string& label, const std::string& asked, int64_t days) {
    return devices().Issue(Administrator(), person, label, asked, days).Wait().reason();
  };
  EXPECT_EQ(outcome(ada_.id, "laptop", request, 90), Reason::kOk) << "the control";
  EXPECT_EQ(outcome(12345, "laptop", request, 90), Reason::kStaffNotFound);
  EXPECT_EQ(outcome(ada_.id, "laptop", request, 366), Reason::kInvalidArgument);
  EXPECT_EQ(outcome(ada_.id, "", request, 90), Reason::kInvalidArgument);
  EXPECT_EQ(outcome(ada_.id, "a\nb", request, 90), Reason::kInvalidArgument);
  EXPECT_EQ(outcome(ada_.id, "laptop", "no request", 90), Reason::kInvalidArgument);
  ASSERT_TRUE(vault_->staff().Suspend(Administrator(), bo_.id).Wait().ok());
  EXPECT_EQ(outcome(bo_.id, "laptop", request, 90), Reason::kStaffStateWrong);
}

TEST_F(DevicesTest, EachRoleSeesWhatItMay) {
  const Laptop adas = Enrolled(ada_.id);
  Enrolled(bo_.id);
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  EXPECT_THAT(*devices().ListOwn(*browser_.Ask()).Wait(), SizeIs(1));
  EXPECT_EQ(devices().List(*browser_.Ask()).Wait().reason(), Reason::kDenied);
  EXPECT_THAT(*devices().List(Administrator()).Wait(), SizeIs(2));
  EXPECT_TRUE(devices().Get(*browser_.Ask(), adas.id).Wait().ok());
  ASSERT_TRUE(bos_browser_.SignIn(bo_).ok());
  EXPECT_EQ(devices().Get(*bos_browser_.Ask(), adas.id).Wait().reason(), Reason::kDenied);
  EXPECT_EQ(devices().Revoke(*bos_browser_.Ask(), adas.id).Wait().reason(), Reason::kDenied);
}

TEST_F(DevicesTest, TheLogNamesDevicesByIdAlone) {
  const Laptop laptop;
  ASSERT_TRUE(devices().Issue(Administrator(), ada_.id, "Red Lenovo", *laptop.key.RequestPem(), 90).Wait().ok());
  const AuditEntry entry = OfficeEntries(vault_).back();
  EXPECT_EQ(entry.action, Action::kDeviceEnrol);
  EXPECT_THAT(entry.detail, HasSubstr("device issued"));
  EXPECT_THAT(entry.detail, Not(HasSubstr("Lenovo")));
  EXPECT_TRUE(entry.change.has_value());
}

TEST_F(DevicesTest, WhatWasEnrolledOutlivesARestart) {
  browser_.certificate = Enrolled(ada_.id).certificate;
  const Bytes authority = *devices().authority();
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  vault_.Restart();
  EXPECT_EQ(*devices().authority(), authority);
  EXPECT_EQ(browser_.Ask()->standing.device, DeviceState::kEnrolled);
  browser_.certificate.reset();
  EXPECT_EQ(browser_.Ask().reason(), Reason::kDeviceRefused) << "it is still bound";
}

// --- a rule that asks for a device -----------------------------------------------------------------------------------

TEST_F(DevicesTest, OpensWithAnEnrolledDeviceAndNotWithoutOne) {
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  EXPECT_FALSE(Opens("device")) << "no certificate";
  browser_.certificate = Enrolled(ada_.id).certificate;
  EXPECT_TRUE(Opens("device")) << "the control";
}

TEST_F(DevicesTest, SomebodyElsesCertificateIsRefusedAndAlarmed) {
  const Digest own = Enrolled(ada_.id).certificate;
  const Digest bos = Enrolled(bo_.id).certificate;
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  browser_.certificate = bos;
  EXPECT_EQ(browser_.Ask().reason(), Reason::kDeviceRefused);
  EXPECT_EQ(OfficeEntries(vault_).back().action, Action::kAlarm);
  EXPECT_EQ(browser_.SignIn(ada_).reason(), Reason::kDeviceRefused) << "nor does it sign her in";
  browser_.certificate = own;
  EXPECT_TRUE(Opens("device")) << "the control: with her own";
}

TEST_F(DevicesTest, ARevokedDeviceEndsItsSessionsAtOnceAndIsRefused) {
  const Laptop laptop = Enrolled(ada_.id);
  browser_.certificate = laptop.certificate;
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  TestBrowser other(vault_, "192.0.2.7");  // without a device
  ASSERT_TRUE(other.SignIn(ada_).ok());
  ASSERT_TRUE(Opens("device")) << "the control";
  ASSERT_TRUE(devices().Revoke(*other.Ask(), laptop.id).Wait().ok()) << "its owner, from another place";
  EXPECT_EQ(browser_.Ask().reason(), Reason::kSessionEnded);
  EXPECT_TRUE(other.Ask().ok()) << "other sessions go on";
  EXPECT_EQ(browser_.SignIn(ada_).reason(), Reason::kDeviceRefused);
  EXPECT_EQ(devices().Grant(Administrator(), laptop.id, 90).Wait().reason(), Reason::kDeviceRefused) << "for good";
  EXPECT_EQ(devices().Renew(Administrator(), laptop.id, "", 90).Wait().reason(), Reason::kDeviceRefused);
}

TEST_F(DevicesTest, AnExpiredCertificateIsNoDeviceAnyMore) {
  browser_.certificate = Enrolled(ada_.id, 90).certificate;
  vault_.clock().AdvanceMillis(90 * kDay - kHour);
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  EXPECT_TRUE(Opens("device")) << "the control: an hour before";
  vault_.clock().AdvanceMillis(kHour / 4);
  EXPECT_TRUE(Opens("device"));
  vault_.clock().AdvanceMillis(kHour);
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  EXPECT_FALSE(Opens("device"));
}

TEST_F(DevicesTest, ARenewedDeviceGoesOnWithBothCertificatesUntilTheOldOneEnds) {
  const Laptop laptop = Enrolled(ada_.id, 90);
  browser_.certificate = laptop.certificate;
  vault_.clock().AdvanceMillis(80 * kDay);
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  const Result<DeviceView> renewed = devices().Renew(*browser_.Ask(), laptop.id, "", 90).Wait();
  ASSERT_TRUE(renewed.ok()) << renewed.status().ToString();
  EXPECT_TRUE(Opens("device")) << "the old one";
  browser_.certificate = renewed->record.certificates.back().fingerprint;
  EXPECT_TRUE(Opens("device")) << "the new one, in the same session";
  vault_.clock().AdvanceMillis(20 * kDay);
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  EXPECT_TRUE(Opens("device"));
  browser_.certificate = laptop.certificate;
  EXPECT_FALSE(Opens("device")) << "the old one has ended";
}

TEST_F(DevicesTest, ANewKeyIsAColleaguesToEnrol) {
  const Laptop laptop = Enrolled(ada_.id);
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  EXPECT_EQ(devices().Renew(*browser_.Ask(), laptop.id, "", 90).Wait().reason(), Reason::kDeviceRefused)
      << "not from an enrolled device";
  browser_.certificate = laptop.certificate;
  EXPECT_TRUE(devices().Renew(*browser_.Ask(), laptop.id, "", 90).Wait().ok()) << "the control";
  const std::string other = *DeviceKey::Generate()->RequestPem();
  EXPECT_EQ(devices().Renew(*browser_.Ask(), laptop.id, other, 90).Wait().reason(), Reason::kOwnCaseRefused);
  EXPECT_TRUE(devices().Renew(Administrator(), laptop.id, other, 90).Wait().ok());
}

TEST_F(DevicesTest, OfSomebodySuspendedItIsWorthNothing) {
  const Laptop laptop = Enrolled(ada_.id);
  browser_.certificate = laptop.certificate;
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  const auto worth = [&] { return devices().Check(laptop.certificate, ada_.id, vault_.clock().NowMillis()).state; };
  EXPECT_EQ(worth(), DeviceState::kEnrolled) << "the control";
  ASSERT_TRUE(vault_->staff().Suspend(Administrator(), ada_.id).Wait().ok());
  EXPECT_EQ(browser_.Ask().reason(), Reason::kSessionEnded);
  EXPECT_EQ(worth(), DeviceState::kUnknown);
  EXPECT_EQ(devices().Get(Administrator(), laptop.id).Wait()->stage, DeviceStage::kPersonInactive);
  EXPECT_EQ(devices().Challenge(laptop.id).reason(), Reason::kDeviceNotFound);
}

TEST_F(DevicesTest, ASessionIsBoundToTheDeviceItBeganOn) {
  const Digest first = Enrolled(ada_.id).certificate;
  const Digest second = Enrolled(ada_.id).certificate;
  browser_.certificate = first;
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  EXPECT_TRUE(browser_.Ask().ok()) << "the control";
  browser_.certificate = second;
  EXPECT_EQ(browser_.Ask().reason(), Reason::kDeviceRefused) << "another of her own";
  browser_.certificate.reset();
  EXPECT_EQ(browser_.Ask().reason(), Reason::kDeviceRefused) << "none";
  EXPECT_EQ(OfficeEntries(vault_).back().action, Action::kAlarm);
  browser_.certificate = Digest{1, 2, 3};
  EXPECT_EQ(browser_.Ask().reason(), Reason::kDeviceRefused) << "one that nobody knows";
  browser_.certificate = first;
  EXPECT_TRUE(browser_.Ask().ok());
}

// --- passkeys that cannot leave their device -------------------------------------------------------------------------

class BoundPasskeyTest : public DevicesTest {
 protected:
  void Use(bool counts) {
    AccessSettings settings;
    settings.origin = "https://vault.example.com";
    settings.passkey_counts_as_device = counts;
    ASSERT_TRUE(vault_->access_settings().Change(vault_.As("everything"), settings, "*").Wait().ok());
  }
  // Signs Ada in with a passkey of hers, alone.
  Status SignInWithPasskey(bool may_leave) {
    TestAuthenticator key("vault.example.com", "https://vault.example.com");
    key.behaviour.backup_eligible = key.behaviour.backed_up = may_leave;
    Passkey passkey;
    passkey.credential_id = key.credential_id;
    passkey.public_key = key.CosePublicKey();
    passkey.backup_eligible = passkey.backed_up = may_leave;
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = Action::kStaffChange;
    const auto add = [&](StaffMember& member) {
      member.passkeys = {passkey};
      return Status::Ok();
    };
    RETURN_IF_ERROR(vault_->staff_directory().ChangeRecorded(ada_.id, add, entry).status());
    SignIn& sign_in = vault_->front_door().sign_in();
    ASSIGN_OR_RETURN(const PasskeyOptions options, sign_in.OptionsFor(browser_.From(), {}));
    ASSIGN_OR_RETURN(const JsonDocument asked, JsonDocument::Parse(options.json));
    ASSIGN_OR_RETURN(const std::string_view challenge, asked.root().GetString("challenge"));
    const std::string text = TestAuthenticator::ToJson(key.Assert(*Base64UrlDecode(challenge)));
    ASSIGN_OR_RETURN(const JsonDocument answer, JsonDocument::Parse(text));
    const Bytes proof_public = browser_.ProofPublic();
    return browser_.Take(sign_in.WithPasskey(browser_.From(), options.transaction, answer.root(), proof_public))
        .status();
  }
};

TEST_F(BoundPasskeyTest, CountsAsADeviceWhereSettingsAllowIt) {
  Use(true);
  const Status in = SignInWithPasskey(false);
  ASSERT_TRUE(in.ok()) << in.ToString();
  EXPECT_TRUE(Opens("device"));
  EXPECT_FALSE(Opens("healthy-device")) << "it says nothing of disks";
  vault_.Restart();
  EXPECT_TRUE(Opens("device"));
  Use(false);
  EXPECT_FALSE(Opens("device")) << "settings no longer allow it";
}

TEST_F(BoundPasskeyTest, OneThatMayLeaveItsDeviceDoesNot) {
  Use(true);
  ASSERT_TRUE(SignInWithPasskey(true).ok());
  EXPECT_FALSE(Opens("device"));
  ASSERT_TRUE(SignInWithPasskey(false).ok());
  EXPECT_TRUE(Opens("device")) << "the control";
}

// --- what it says of itself ------------------------------------------------------------------------------------------

TEST_F(DevicesTest, AGoodReportMakesItHealthyForSomeHours) {
  const Laptop laptop = Enrolled(ada_.id);
  browser_.certificate = laptop.certificate;
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  EXPECT_FALSE(Opens("healthy-device")) << "it has said nothing yet";
  ASSERT_TRUE(SayWell(laptop).ok());
  EXPECT_TRUE(Opens("healthy-device")) << "the control";
  vault_.clock().AdvanceMillis(24 * kHour);
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  EXPECT_FALSE(Opens("healthy-device")) << "too long ago";
  EXPECT_TRUE(Opens("device"));
}

TEST_F(DevicesTest, ABadReportLowersItAtOnce) {
  const Laptop laptop = Enrolled(ada_.id);
  browser_.certificate = laptop.certificate;
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  for (const auto& [disk, protection] : {std::pair{false, true}, std::pair{true, false}}) {
    ASSERT_TRUE(SayWell(laptop).ok());
    EXPECT_TRUE(Opens("healthy-device")) << "the control";
    ASSERT_TRUE(SayWell(laptop, disk, protection).ok());
    EXPECT_FALSE(Opens("healthy-device"));
    EXPECT_TRUE(Opens("device"));
  }
}

TEST_F(DevicesTest, AReportCountsOnce) {
  const Laptop laptop = Enrolled(ada_.id);
  const std::string first = *devices().Challenge(laptop.id);
  vault_.clock().AdvanceMillis(10);
  const std::string second = *devices().Challenge(laptop.id);
  const Bytes report = ReportOf(laptop.id, second);
  EXPECT_TRUE(Send(laptop, report).ok()) << "the control";
  EXPECT_EQ(Send(laptop, report).reason(), Reason::kPostureInvalid) << "again";
  EXPECT_EQ(Send(laptop, ReportOf(laptop.id, first)).reason(), Reason::kPostureInvalid) << "an older challenge";
}

TEST_F(DevicesTest, AReportIsTheDevicesOwnAndFresh) {
  const Laptop laptop = Enrolled(ada_.id);
  const Laptop bos = Enrolled(bo_.id);
  const auto fresh = [&] {
    vault_.clock().AdvanceMillis(1);
    return *devices().Challenge(laptop.id);
  };
  const Bytes good = ReportOf(laptop.id, fresh());
  EXPECT_EQ(devices().Report({}, laptop.id, good, *bos.key.Sign(PostureSigned(good))).reason(),
            Reason::kPostureInvalid);
  EXPECT_EQ(devices().Report({}, laptop.id, good, *laptop.key.Sign(good)).reason(), Reason::kPostureInvalid)
      << "signed as something else";
  EXPECT_EQ(devices().Report({}, laptop.id, good + " ", *laptop.key.Sign(PostureSigned(good))).reason(),
            Reason::kPostureInvalid);
  EXPECT_EQ(Send(laptop, ReportOf(laptop.id, *devices().Challenge(bos.id))).reason(), Reason::kPostureInvalid);
  EXPECT_EQ(Send(laptop, ReportOf(bos.id, fresh())).reason(), Reason::kPostureInvalid);
  EXPECT_TRUE(Send(laptop, good).ok()) << "the control";
  const Bytes old = ReportOf(laptop.id, fresh());
  vault_.clock().AdvanceMillis(5 * kMinute + 1);
  EXPECT_EQ(Send(laptop, old).reason(), Reason::kPostureInvalid);
  EXPECT_EQ(devices().Challenge(12345).reason(), Reason::kDeviceNotFound);
  EXPECT_EQ(OfficeEntries(vault_).back().outcome, Reason::kPostureInvalid);
}

TEST_F(DevicesTest, ReadsReportsStrictly) {
  const std::string good =
      R"({"device":"0123456789abcdef","nonce":"n","made_at":5,"disk_encrypted":true,"protection_current":true,"os":"x"})";
  ASSERT_TRUE(PostureReport::Parse(good).ok());
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"true", "1"},
                                 {"\"os\":\"x\"", "\"os\":\"x\",\"more\":1"},
                                 {"0123456789abcdef", "0123456789ABCDEF"},
                                 {"\"made_at\":5", "\"made_at\":-5"},
                                 {"\"os\":\"x\"", "\"os\":\"" + std::string(65, 'x') + "\""},
                                 {"\"nonce\":\"n\",", ""}}) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    EXPECT_EQ(PostureReport::Parse(bad).reason(), Reason::kPostureInvalid) << bad;
  }
  EXPECT_FALSE(PostureReport::Parse(good + std::string(4096, ' ')).ok());
}

}  // namespace
}  // namespace strongroom
