// Sessions: what opens one, what ends one, and what a stolen cookie is worth.
#include "access/sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "access/front_door.h"
#include "access/session_view.h"
#include "access/testing/test_person.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int64_t kMinute = 60'000;

class SessionsTest : public testing::Test {
 protected:
  SessionsTest() : ada_(MakePerson(vault_, browser_, "ada")) { EXPECT_TRUE(browser_.SignIn(ada_).ok()); }

  Sessions& sessions() { return vault_->front_door().sessions(); }
  AuditEntry Newest() { return OfficeEntries(vault_).back(); }
  Caller Ada() { return *browser_.Ask(); }

  TestVault vault_;
  TestBrowser browser_{vault_};
  TestPerson ada_;
};

// --- a stolen cookie -------------------------------------------------------------------------------------------------

TEST_F(SessionsTest, ACookieWithoutItsKeyOpensNothingAndAlarms) {
  TestBrowser thief(vault_, "192.0.2.7");
  thief.cookie = browser_.cookie;
  EXPECT_EQ(thief.Ask().reason(), Reason::kSessionUnproved);
  EXPECT_EQ(Newest().action, Action::kAlarm);
  EXPECT_EQ(Newest().actor, ada_.id);
  // With a key of the thief's own making.
  thief.proof_key = std::make_shared<const SessionProofKey>(SecretBytes::CopyOf(std::string(32, 't')));
  EXPECT_EQ(thief.Ask().reason(), Reason::kSessionUnproved);
  EXPECT_TRUE(browser_.Ask().ok()) << "the control: with the key it opens";
}

TEST_F(SessionsTest, AProofIsOfOneRequestAndOneTime) {
  SessionRequest request = browser_.Request("GET", "/v1/session");
  EXPECT_TRUE(sessions().Authenticate(request).ok());
  request.target = "/v1/customers";
  EXPECT_EQ(sessions().Authenticate(request).reason(), Reason::kSessionUnproved);
  request.target = "/v1/session";
  request.method = "DELETE";
  EXPECT_EQ(sessions().Authenticate(request).reason(), Reason::kSessionUnproved);
  request.method = "GET";
  EXPECT_TRUE(sessions().Authenticate(request).ok());
  vault_.clock().AdvanceMillis(kSessionProofSkewMillis + 1);
  EXPECT_EQ(sessions().Authenticate(request).reason(), Reason::kSessionUnproved);
}

TEST_F(SessionsTest, AnotherSitesRequestIsRefusedEvenWithAProof) {
  SessionRequest request = browser_.Request("POST", "/v1/session:step-up");
  request.from_other_site = true;
  EXPECT_EQ(sessions().Authenticate(request).reason(), Reason::kSessionUnproved);
  EXPECT_EQ(Newest().action, Action::kAlarm);
}

TEST_F(SessionsTest, CookiesThatAreNoneAreRefused) {
  for (const std::string& cookie : {std::string(), std::string("srs_"), std::string("srs_") + std::string(43, 'A'),
                                    browser_.cookie + "A", browser_.cookie.substr(1), std::string(100'000, 's')}) {
    SessionRequest request = browser_.Request("GET", "/v1/session");
    request.cookie = cookie;
    EXPECT_EQ(sessions().Authenticate(request).reason(), Reason::kSessionEnded);
  }
}

TEST_F(SessionsTest, TheStoreHoldsNoCookie) {
  const std::string stored = *vault_.office().AllStoredBytes();
  const std::string secret = browser_.cookie.substr(4);
  EXPECT_EQ(stored.find(secret), std::string::npos);
  EXPECT_EQ(stored.find(*Base64UrlDecode(secret)), std::string::npos);
  EXPECT_NE(stored.find("n"), std::string::npos) << "the control: there is something to look through";
}

// --- fixation --------------------------------------------------------------------------------------------------------

TEST_F(SessionsTest, SigningInNeverTakesTheCookieThatWasThere) {
  TestBrowser victim(vault_);
  const std::string planted = "srs_" + std::string(43, 'B');
  victim.cookie = planted;
  victim.device_mark = browser_.device_mark;
  ASSERT_TRUE(victim.SignIn(ada_).ok());
  EXPECT_NE(victim.cookie, planted);
  SessionRequest request = victim.Request("GET", "/v1/session");
  request.cookie = planted;
  EXPECT_EQ(sessions().Authenticate(request).reason(), Reason::kSessionEnded);
}

TEST_F(SessionsTest, SigningInAgainEndsTheSessionOfTheSameBrowser) {
  const TestBrowser before = browser_;
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  TestBrowser old = before;
  EXPECT_EQ(old.Ask().reason(), Reason::kSessionEnded);
  EXPECT_TRUE(browser_.Ask().ok());
}

TEST_F(SessionsTest, ARaisedSessionHasANewCookieAndTheOldOneGainsNothing) {
  vault_.clock().AdvanceMillis(10 * kMinute);
  const std::string old_cookie = browser_.cookie;
  const Result<SecretBytes> raised =
      sessions().Raise(Ada().session_id, {FactorKind::kTotp, false}, EntryOf(nullptr, {}, Action::kSessionStepUp, ""));
  ASSERT_TRUE(raised.ok());
  EXPECT_GE(Ada().second_factor_age_seconds, 600) << "the old cookie, for a few seconds, as it was";
  browser_.cookie = std::string(ExposeSecret(*raised));
  EXPECT_NE(browser_.cookie, old_cookie);
  EXPECT_EQ(Ada().second_factor_age_seconds, 0);
  EXPECT_EQ(FormatSessionId(Ada().session_id), browser_.session_id) << "the log's name of the session stays";
  vault_.clock().AdvanceMillis(Sessions::kGraceMillis);
  SessionRequest request = browser_.Request("GET", "/v1/session");
  request.cookie = old_cookie;
  EXPECT_EQ(sessions().Authenticate(request).reason(), Reason::kSessionEnded);
  vault_.Restart();
  EXPECT_LE(Ada().second_factor_age_seconds, 10) << "durable";
  request.cookie = old_cookie;
  EXPECT_EQ(sessions().Authenticate(request).reason(), Reason::kSessionEnded);
}

// --- what ends a session ---------------------------------------------------------------------------------------------

TEST_F(SessionsTest, IdleSessionsEnd) {
  vault_.clock().AdvanceMillis(14 * kMinute);
  EXPECT_TRUE(browser_.Ask().ok());
  vault_.clock().AdvanceMillis(14 * kMinute);
  EXPECT_TRUE(browser_.Ask().ok()) << "it was used in between";
  vault_.clock().AdvanceMillis(16 * kMinute);
  EXPECT_EQ(browser_.Ask().reason(), Reason::kSessionEnded);
}

TEST_F(SessionsTest, SessionsEndHoweverMuchTheyAreUsed) {
  for (int i = 0; i < 12 * 6 - 1; ++i) {
    vault_.clock().AdvanceMillis(10 * kMinute);
    ASSERT_TRUE(browser_.Ask().ok()) << i;
  }
  vault_.clock().AdvanceMillis(11 * kMinute);
  EXPECT_EQ(browser_.Ask().reason(), Reason::kSessionEnded);
}

TEST_F(SessionsTest, ARestartKeepsSessionsAndWhatCountsAsIdle) {
  for (int i = 0; i < 6; ++i) {
    vault_.clock().AdvanceMillis(10 * kMinute);
    ASSERT_TRUE(browser_.Ask().ok());
  }
  OfficeEntries(vault_);  // what was submitted is written
  vault_.Restart();
  EXPECT_TRUE(browser_.Ask().ok()) << "an hour after signing in, just used";
  vault_.Restart();
  vault_.clock().AdvanceMillis(16 * kMinute);
  EXPECT_EQ(browser_.Ask().reason(), Reason::kSessionEnded);
}

TEST_F(SessionsTest, EndedSessionsStayEndedAfterARestart) {
  ASSERT_TRUE(sessions().End(Ada(), Ada().session_id).Wait().ok());
  EXPECT_EQ(browser_.Ask().reason(), Reason::kSessionEnded);
  vault_.Restart();
  EXPECT_EQ(browser_.Ask().reason(), Reason::kSessionEnded);
}

struct Change {
  const char* what;
  std::function<void(StaffMember&)> change;
  bool ends;
};

TEST_F(SessionsTest, WhatChangesThePersonOrTheirCredentialsEndsTheirSessionsAndNobodyElses) {
  TestBrowser other(vault_);
  const TestPerson bob = MakePerson(vault_, other, "bob");
  ASSERT_TRUE(other.SignIn(bob).ok());
  for (const Change& change : std::vector<Change>{
           {"suspended", [](StaffMember& p) { p.state = StaffState::kSuspended; }, true},
           {"left", [](StaffMember& p) { p.state = StaffState::kLeft; }, true},
           {"locked", [](StaffMember& p) { p.locked_at = 1; }, true},
           {"without a role", [](StaffMember& p) { p.roles.clear(); }, true},
           {"password", [](StaffMember& p) { p.password += "x"; }, true},
           {"authenticator", [](StaffMember& p) { p.totp_secret.clear(); }, true},
           {"passkey", [](StaffMember& p) { p.passkeys.emplace_back(); }, true},
           {"phone",
            [](StaffMember& p) {
              p.phone = "+46701740605";
              p.phone_confirmed = true;
            },
            true},
           {"nothing of these", [](StaffMember& p) { p.display_name = "A. Lovelace"; }, false},
       }) {
    const StaffMemberPtr before = vault_->staff_directory().Find(ada_.id);
    ASSERT_TRUE(browser_.Ask().ok()) << change.what;
    const AuditEntry entry = EntryOf(nullptr, {}, Action::kStaffChange, change.what);
    ASSERT_TRUE(vault_->staff_directory()
                    .ChangeRecorded(
                        ada_.id,
                        [&](StaffMember& person) {
                          change.change(person);
                          return Status::Ok();
                        },
                        entry)
                    .ok());
    EXPECT_EQ(browser_.Ask().ok(), !change.ends) << change.what;
    EXPECT_TRUE(other.Ask().ok()) << change.what;
    const auto restore = [&](StaffMember& person) {
      person = *before;
      return Status::Ok();
    };
    ASSERT_TRUE(vault_->staff_directory().ChangeRecorded(ada_.id, restore, entry).ok());
    // It does not come back with the person.
    EXPECT_EQ(browser_.Ask().ok(), !change.ends) << change.what;
    if (change.ends) {
      ASSERT_TRUE(browser_.SignIn(ada_).ok());
    }
  }
}

// Another server's change, or a crash between the change and the sessions' end: nobody is told, and it ends all the
// same.
TEST_F(SessionsTest, AChangeThatNobodyWasToldOfEndsSessionsToo) {
  Result<std::unique_ptr<StaffDirectory>> elsewhere = StaffDirectory::Open(vault_->gate());
  ASSERT_TRUE((*elsewhere)
                  ->ChangeRecorded(
                      ada_.id,
                      [](StaffMember& person) {
                        person.state = StaffState::kSuspended;
                        return Status::Ok();
                      },
                      EntryOf(nullptr, {}, Action::kStaffSuspend, "elsewhere"))
                  .ok());
  EXPECT_TRUE(browser_.Ask().ok()) << "the control: not known here yet";
  ASSERT_TRUE(vault_->staff_directory().Refresh().ok());
  EXPECT_EQ(browser_.Ask().reason(), Reason::kSessionEnded);
}

TEST_F(SessionsTest, SuspensionEndsALiveSessionOnItsNextRequestUnderLoad) {
  std::vector<TestBrowser> browsers(4, browser_);
  std::atomic<bool> suspended{false};
  std::atomic<bool> stop{false};
  std::atomic<int> before{0}, after{0}, late{0};
  std::vector<std::thread> threads;
  for (TestBrowser& browser : browsers) {
    threads.emplace_back([&] {
      while (!stop) {
        const bool was_suspended = suspended;
        const bool in = browser.Ask().ok();
        (was_suspended ? after : before) += 1;
        late += was_suspended && in ? 1 : 0;
      }
    });
  }
  while (before < 2'000) std::this_thread::yield();
  ASSERT_TRUE(vault_->staff().Suspend(vault_.As("everything"), ada_.id).Wait().ok());
  suspended = true;
  while (after < 200) std::this_thread::yield();
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(late, 0) << "no request that began after the suspension was answered may get in";
}

TEST_F(SessionsTest, RolesAreThoseOfThisMoment) {
  const UnixMillis until = vault_.clock().NowMillis() + 10 * kMinute;
  ASSERT_TRUE(vault_->staff()
                  .ChangeRoles(vault_.As("everything"), ada_.id,
                               {{"support", std::nullopt, 0}, {"privacy-officer", until, 0}}, {"*"})
                  .Wait()
                  .ok());
  EXPECT_THAT(Ada().principal->roles, SizeIs(2));
  vault_.clock().AdvanceMillis(11 * kMinute);
  EXPECT_THAT(Ada().principal->roles, testing::ElementsAre("support")) << "the grant ran out within the session";
}

TEST_F(SessionsTest, RegistersAreThoseOfThisMoment) {
  EXPECT_FALSE(Ada().standing.training_current);
  const auto record = [&](const std::string& version, int64_t valid_minutes) {
    RegisterMark mark{"training", version, 0, vault_.clock().NowMillis() + valid_minutes * kMinute, 0};
    return vault_->registers().Record(vault_.As("everything"), ada_.id, mark).Wait().ok();
  };
  ASSERT_TRUE(record("1", 10));
  EXPECT_TRUE(Ada().standing.training_current);
  vault_.clock().AdvanceMillis(11 * kMinute);
  EXPECT_FALSE(Ada().standing.training_current) << "it ran out within the session";
  ASSERT_TRUE(record("1", 1000));
  EXPECT_TRUE(Ada().standing.training_current);
  // A new version that is due at once, and one that becomes due while the session goes on.
  RegisterChange change;
  change.version = "2";
  ASSERT_TRUE(vault_->registers().Put(vault_.As("everything"), "training", change).Wait().ok());
  EXPECT_FALSE(Ada().standing.training_current);
  ASSERT_TRUE(record("2", 1000));
  EXPECT_TRUE(Ada().standing.training_current);
  change.version = "3";
  change.due_from = vault_.clock().NowMillis() + 10 * kMinute;
  ASSERT_TRUE(vault_->registers().Put(vault_.As("everything"), "training", change).Wait().ok());
  EXPECT_TRUE(Ada().standing.training_current) << "the one before it serves until then";
  vault_.clock().AdvanceMillis(11 * kMinute);
  EXPECT_FALSE(Ada().standing.training_current);
}

TEST_F(SessionsTest, ASessionTakenOutsideOfItsNetworksIsRefusedAndAlarms) {
  SignInRules rules;
  rules.networks_of_roles["support"] = {*IpNetwork::Parse("192.0.2.0/24")};
  vault_->front_door().rules().Set(rules);
  EXPECT_TRUE(browser_.Ask().ok());
  browser_.address = *IpAddress::Parse("198.51.100.1");
  EXPECT_EQ(browser_.Ask().reason(), Reason::kNetworkRefused);
  EXPECT_EQ(Newest().action, Action::kAlarm);
}

TEST_F(SessionsTest, TheSettingsOfAccessHoldForTheNextRequest) {
  const auto change = [&](const std::function<void(AccessSettings&)>& how) {
    AccessSettings settings = *vault_->access_settings().Current();
    how(settings);
    return vault_->access_settings().Change(vault_.As("everything"), settings, "*").Wait().ok();
  };
  EXPECT_EQ(Ada().standing.minute_of_week, MinuteOfWeek("UTC", vault_.clock().NowMillis()));
  ASSERT_TRUE(change([](AccessSettings& s) { s.time_zone = "Asia/Kolkata"; }));
  EXPECT_EQ(Ada().standing.minute_of_week, *MinuteOfWeek("UTC", vault_.clock().NowMillis()) + 330);
  ASSERT_TRUE(change([](AccessSettings& s) { s.session_idle_minutes = 5; }));
  vault_.clock().AdvanceMillis(4 * kMinute);
  EXPECT_TRUE(browser_.Ask().ok());
  ASSERT_TRUE(change([](AccessSettings& s) { s.networks["support"] = {*IpNetwork::Parse("10.0.0.0/8")}; }));
  EXPECT_EQ(browser_.Ask().reason(), Reason::kNetworkRefused);
  ASSERT_TRUE(change([](AccessSettings& s) { s.networks.clear(); }));
  EXPECT_TRUE(browser_.Ask().ok());
  vault_.clock().AdvanceMillis(6 * kMinute);
  EXPECT_EQ(browser_.Ask().reason(), Reason::kSessionEnded) << "unused for longer than five minutes";
}

// --- listing and ending ----------------------------------------------------------------------------------------------

TEST_F(SessionsTest, TheirOwnerSeesAndEndsThemAndOthersNeedTheRight) {
  TestBrowser phone(vault_, "198.51.100.77");
  phone.user_agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605.1.15 Version/18.0 Safari/604.1";
  ASSERT_TRUE(phone.SignIn(ada_).ok());
  const Result<std::vector<SessionInfo>> own = sessions().List(Ada(), ada_.id).Wait();
  ASSERT_TRUE(own.ok());
  ASSERT_THAT(*own, SizeIs(2));
  EXPECT_EQ((*own)[0].device, "Firefox, Linux") << "who asks was seen last";
  EXPECT_EQ((*own)[1].device, "Safari, iPhone");

  TestBrowser other(vault_);
  const TestPerson bob = MakePerson(vault_, other, "bob");
  ASSERT_TRUE(other.SignIn(bob).ok());
  const Caller colleague = *other.Ask();
  EXPECT_EQ(sessions().List(colleague, ada_.id).Wait().reason(), Reason::kDenied);
  EXPECT_EQ(sessions().End(colleague, Ada().session_id).Wait().reason(), Reason::kDenied);
  EXPECT_TRUE(browser_.Ask().ok());
  EXPECT_THAT(*sessions().List(vault_.As("everything"), ada_.id).Wait(), SizeIs(2));
  EXPECT_TRUE(sessions().End(vault_.As("everything"), (*own)[1].id).Wait().ok());
  EXPECT_EQ(phone.Ask().reason(), Reason::kSessionEnded);
  EXPECT_TRUE(browser_.Ask().ok());
}

TEST_F(SessionsTest, APersonHasAFewSessionsAndTheLeastUsedMakesRoom) {
  std::vector<TestBrowser> browsers;
  for (size_t i = 0; i < Sessions::kMostPerPerson; ++i) {
    browsers.emplace_back(vault_);
    browsers.back().device_mark = browser_.device_mark;
    ASSERT_TRUE(browsers.back().SignIn(ada_).ok());
  }
  EXPECT_EQ(browser_.Ask().reason(), Reason::kSessionEnded);
  for (TestBrowser& browser : browsers) EXPECT_TRUE(browser.Ask().ok());
}

// --- what the console is told ----------------------------------------------------------------------------------------

TEST_F(SessionsTest, TheViewNamesWhatPolicyWouldNotDeny) {
  const Result<SessionView> view = DescribeSession(vault_->front_door().kit(), vault_->registers(), Ada()).Wait();
  ASSERT_TRUE(view.ok()) << view.status().ToString();
  EXPECT_EQ(view->person->name, "ada");
  EXPECT_EQ(view->expires_in_seconds, 15 * 60);
  EXPECT_THAT(view->may, Contains(Action::kCustomerRead));
  EXPECT_THAT(view->may, Contains(Action::kCustomerCompare));
  EXPECT_THAT(view->may, Not(Contains(Action::kPolicyChange)));
  EXPECT_THAT(view->may, Not(Contains(Action::kCustomerReveal))) << "her registers are overdue";
  ASSERT_THAT(view->overdue, SizeIs(3));
  for (const OverdueRegister& one : view->overdue)
    EXPECT_EQ(one.version, "1") << one.name << ": what is to be accepted";
  Caller current = Ada();
  current.standing.training_current = current.standing.agreement_signed = true;
  current.standing.acceptable_use_accepted = true;
  EXPECT_THAT(ActionsNotDenied(*vault_->gate().policy().Get(), current), Contains(Action::kCustomerReveal));
  EXPECT_EQ(DescribeSession(vault_->front_door().kit(), vault_->registers(), vault_.As("support")).Wait().reason(),
            Reason::kSessionEnded)
      << "a key has no session";
}

}  // namespace
}  // namespace strongroom
