// Signing in: who gets in, who does not, and what those who do not can tell.
#include "access/sign_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "access/front_door.h"
#include "access/testing/test_person.h"
#include "factors/totp.h"

namespace strongroom {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SignInTest : public testing::Test {
 protected:
  SignInTest() : ada_(MakePerson(vault_, browser_, "ada")) {}

  uint64_t Hashes() { return vault_->front_door().slow_work().turns(); }
  // The detail of the newest entry.
  AuditEntry Newest() { return OfficeEntries(vault_).back(); }
  bool Recorded(Action action, const std::string& detail) {
    for (const AuditEntry& entry : OfficeEntries(vault_)) {
      if (entry.action == action && entry.detail.find(detail) != std::string::npos) return true;
    }
    return false;
  }

  TestVault vault_;
  TestBrowser browser_{vault_};
  TestPerson ada_;
};

TEST_F(SignInTest, APasswordAndAnAppOpenASessionThatTheBrowserProves) {
  const Result<SignInStep> step = browser_.GivePassword("ada", ada_.password);
  ASSERT_TRUE(step.ok()) << step.status().ToString();
  EXPECT_EQ(step->next, SignInStep::Next::kFactor);
  EXPECT_THAT(step->factors, ElementsAre(FactorKind::kTotp));
  const Result<SignInStep> done = browser_.GiveCode(ada_.Code(vault_));
  ASSERT_TRUE(done.ok()) << done.status().ToString();
  EXPECT_EQ(done->next, SignInStep::Next::kDone);

  const Result<Caller> caller = browser_.Ask();
  ASSERT_TRUE(caller.ok()) << caller.status().ToString();
  EXPECT_EQ(caller->principal->id, ada_.id);
  EXPECT_EQ(caller->principal->kind, PrincipalKind::kStaff);
  EXPECT_THAT(caller->principal->roles, ElementsAre("support"));
  EXPECT_EQ(caller->second_factor_age_seconds, 0);
  EXPECT_NE(caller->session_id, 0u);
  EXPECT_TRUE(caller->standing.minute_of_week.has_value());
  EXPECT_FALSE(caller->standing.training_current) << "nobody recorded one";
  EXPECT_TRUE(Recorded(Action::kSessionSignIn, browser_.session_id));
  EXPECT_TRUE(Recorded(Action::kStaffSelf, "signed in: password, factor totp"));
}

TEST_F(SignInTest, ThePersonIsFoundWhateverTheCaseOfTheName) {
  EXPECT_TRUE(browser_.GivePassword("  ADA ", ada_.password).ok());
}

// --- those who do not get in -----------------------------------------------------------------------------------------

struct Refused {
  const char* what;
  std::string name;
  std::string password;
  const char* in_the_log;
};

// The same answer and the same work, whoever is asked about; the log alone knows more.
TEST_F(SignInTest, NothingTellsAWrongNameFromAWrongPasswordOrAStateThatMayNot) {
  TestBrowser other(vault_);
  const TestPerson gone = MakePerson(vault_, other, "grace");
  const TestPerson locked = MakePerson(vault_, other, "lin");
  const TestPerson outside = MakePerson(vault_, other, "mary", {.networks = {*IpNetwork::Parse("192.0.2.0/24")}});
  ASSERT_TRUE(vault_->staff().Suspend(vault_.As("everything"), gone.id).Wait().ok());
  ASSERT_TRUE(vault_->staff_directory()
                  .ChangeRecorded(
                      locked.id,
                      [](StaffMember& person) {
                        person.locked_at = 1;
                        return Status::Ok();
                      },
                      EntryOf(nullptr, {}, Action::kStaffSuspend, "locked"))
                  .ok());
  TestBrowser stranger(vault_, "198.51.100.9");
  std::set<std::string> answers;
  for (const Refused& refused : std::vector<Refused>{
           {"no such name", "nobody", ada_.password, "unknown name"},
           {"a very long name", std::string(5000, 'x'), ada_.password, "unknown name"},
           {"wrong password", "ada", "violet-bob-harbour-42", "password"},
           {"no password at all", "ada", "", "password"},
           {"not text", "ada", "\xff\xfe", "password"},
           {"suspended", "grace", gone.password, "right password, suspended"},
           {"locked", "lin", locked.password, "right password, locked"},
           {"right, from outside", "mary", outside.password, "right password, network"},
           {"wrong, from outside", "mary", "something else", "password"},
       }) {
    const uint64_t before = Hashes();
    const Result<SignInStep> step = stranger.GivePassword(refused.name, refused.password);
    EXPECT_FALSE(step.ok()) << refused.what;
    answers.insert(step.status().ToString());
    EXPECT_EQ(Hashes() - before, 1u) << refused.what << ": one Argon2id, no more and no less";
    EXPECT_EQ(Newest().detail, refused.in_the_log) << refused.what;
    EXPECT_EQ(Newest().outcome, Reason::kSignInRefused);
    stranger.address.bytes[14] += 1;  // so that nobody is held up
  }
  EXPECT_EQ(answers.size(), 1u);
  // The control: what is right gets on, with the same work.
  const uint64_t before = Hashes();
  EXPECT_TRUE(stranger.GivePassword("ada", ada_.password).ok());
  EXPECT_EQ(Hashes() - before, 1u);
}

TEST_F(SignInTest, ARightPasswordFromOutsideIsAnAlarm) {
  const TestPerson mary = MakePerson(vault_, browser_, "mary", {.networks = {*IpNetwork::Parse("192.0.2.0/24")}});
  TestBrowser outside(vault_, "198.51.100.9");
  EXPECT_EQ(outside.GivePassword("mary", mary.password).reason(), Reason::kSignInRefused);
  EXPECT_EQ(Newest().action, Action::kAlarm);
  EXPECT_EQ(Newest().actor, mary.id);
  EXPECT_TRUE(browser_.GivePassword("mary", mary.password).ok()) << "the control: from inside";
}

TEST_F(SignInTest, RolesHaveNetworksToo) {
  SignInRules rules;
  rules.networks_of_roles["support"] = {*IpNetwork::Parse("10.0.0.0/8")};
  vault_->front_door().rules().Set(rules);
  EXPECT_EQ(browser_.GivePassword("ada", ada_.password).reason(), Reason::kSignInRefused);
  browser_.address = *IpAddress::Parse("10.1.2.3");
  EXPECT_TRUE(browser_.GivePassword("ada", ada_.password).ok());
}

TEST_F(SignInTest, WhoeverIsInvitedButNotEnrolledDoesNotGetIn) {
  StaffInvitation invitation;
  invitation.name = "kim";
  invitation.roles = {{"support", std::nullopt, 0}};
  ASSERT_TRUE(vault_->staff().Invite(vault_.As("administrator"), invitation).Wait().ok());
  EXPECT_EQ(browser_.GivePassword("kim", "").reason(), Reason::kSignInRefused);
  EXPECT_EQ(browser_.GivePassword("kim", "violet-kim-harbour-41").reason(), Reason::kSignInRefused);
}

// --- the second factor -----------------------------------------------------------------------------------------------

TEST_F(SignInTest, ACodeOfTheAppWorksOnce) {
  const std::string code = ada_.Code(vault_);
  ASSERT_TRUE(browser_.GivePassword("ada", ada_.password).ok());
  ASSERT_TRUE(browser_.GiveCode(code).ok());
  // Seen over the shoulder, used within its half minute, with the password known.
  TestBrowser thief(vault_, "192.0.2.7");
  ASSERT_TRUE(thief.GivePassword("ada", ada_.password).ok());
  EXPECT_EQ(thief.GiveCode(code).reason(), Reason::kFactorRefused);
  EXPECT_EQ(thief.cookie, "");
  // The control: the next code works.
  vault_.clock().AdvanceMillis(kTotpStepMillis);
  EXPECT_TRUE(thief.GiveCode(ada_.Code(vault_)).ok());
}

TEST_F(SignInTest, OfManyWhoSendOneCodeAtOnceOneGetsIn) {
  constexpr int kThreads = 8;
  std::vector<TestBrowser> browsers;
  for (int i = 0; i < kThreads; ++i) {
    browsers.emplace_back(vault_, "192.0.2.7");
    browsers.back().device_mark = browser_.device_mark;
    ASSERT_TRUE(browsers.back().GivePassword("ada", ada_.password).ok());
  }
  const std::string code = ada_.Code(vault_);
  std::atomic<int> in{0};
  std::vector<std::thread> threads;
  for (TestBrowser& browser : browsers) {
    threads.emplace_back([&] { in += browser.GiveCode(code).ok() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(in.load(), 1);
}

TEST_F(SignInTest, TheSpentCodeIsSpentAfterARestart) {
  const std::string code = ada_.Code(vault_);
  ASSERT_TRUE(browser_.GivePassword("ada", ada_.password).ok());
  ASSERT_TRUE(browser_.GiveCode(code).ok());
  vault_.Restart();
  ASSERT_TRUE(browser_.GivePassword("ada", ada_.password).ok());
  EXPECT_EQ(browser_.GiveCode(code).reason(), Reason::kFactorRefused);
}

TEST_F(SignInTest, ATransactionIsOverAfterItsTimeItsTriesAndItsUse) {
  ASSERT_TRUE(browser_.GivePassword("ada", ada_.password).ok());
  vault_.clock().AdvanceMillis(SignIn::kLifeMillis);
  EXPECT_EQ(browser_.GiveCode(ada_.Code(vault_)).reason(), Reason::kSignInExpired);

  ASSERT_TRUE(browser_.GivePassword("ada", ada_.password).ok());
  for (int i = 0; i < SignIn::kMostFactorTries; ++i) {
    EXPECT_EQ(browser_.GiveCode("000000").reason(), Reason::kFactorRefused) << i;
  }
  EXPECT_TRUE(Recorded(Action::kAlarm, "right password, wrong factor totp"));
  EXPECT_EQ(browser_.GiveCode(ada_.Code(vault_)).reason(), Reason::kSignInExpired);

  ASSERT_TRUE(browser_.GivePassword("ada", ada_.password).ok());
  const std::string transaction = browser_.transaction;
  ASSERT_TRUE(browser_.GiveCode(ada_.Code(vault_)).ok());
  vault_.clock().AdvanceMillis(kTotpStepMillis);
  browser_.transaction = transaction;
  EXPECT_EQ(browser_.GiveCode(ada_.Code(vault_)).reason(), Reason::kSignInExpired);
}

TEST_F(SignInTest, ATransactionIsOfOneAddressAndOfThePersonAsTheyWere) {
  ASSERT_TRUE(browser_.GivePassword("ada", ada_.password).ok());
  TestBrowser elsewhere(vault_, "192.0.2.8");
  elsewhere.transaction = browser_.transaction;
  EXPECT_EQ(elsewhere.GiveCode(ada_.Code(vault_)).reason(), Reason::kSignInExpired);
  EXPECT_EQ(browser_.GiveCode(ada_.Code(vault_)).reason(), Reason::kSignInExpired) << "whoever tried it ended it";

  ASSERT_TRUE(browser_.GivePassword("ada", ada_.password).ok());
  ASSERT_TRUE(vault_->staff().Suspend(vault_.As("everything"), ada_.id).Wait().ok());
  EXPECT_EQ(browser_.GiveCode(ada_.Code(vault_)).reason(), Reason::kSignInExpired);
}

// The proof key is the one the browser sent with its password: whoever takes the transaction over gets a session that
// they cannot use.
TEST_F(SignInTest, WhoeverFinishesAnothersSignInCannotProveTheSession) {
  ASSERT_TRUE(browser_.GivePassword("ada", ada_.password).ok());
  TestBrowser thief(vault_, "192.0.2.7");
  thief.ProofPublic();  // a key of the thief's own
  thief.transaction = browser_.transaction;
  ASSERT_TRUE(thief.GiveCode(ada_.Code(vault_)).ok());
  EXPECT_EQ(thief.Ask().reason(), Reason::kSessionUnproved);
}

TEST_F(SignInTest, ARecoveryCodeStandsInOnce) {
  const TestPerson bob = MakePerson(vault_, browser_, "bob", {.recovery_codes = true});
  ASSERT_TRUE(browser_.GivePassword("bob", bob.password).ok());
  ASSERT_TRUE(browser_.GiveCode(bob.recovery_codes[3], FactorKind::kRecovery).ok());
  EXPECT_TRUE(browser_.Ask().ok());
  ASSERT_TRUE(browser_.GivePassword("bob", bob.password).ok());
  EXPECT_EQ(browser_.GiveCode(bob.recovery_codes[3], FactorKind::kRecovery).reason(), Reason::kFactorRefused);
  EXPECT_TRUE(browser_.GiveCode(bob.recovery_codes[4], FactorKind::kRecovery).ok());
}

// --- the question ----------------------------------------------------------------------------------------------------

TEST_F(SignInTest, ANewDeviceOrNetworkIsAskedTheQuestionAndAKnownOneIsNot) {
  const TestPerson eve = MakePerson(vault_, browser_, "eve", {.question = "What did you ride to school?"});
  ASSERT_TRUE(browser_.GivePassword("eve", eve.password).ok());
  EXPECT_EQ(browser_.GiveCode(eve.Code(vault_))->next, SignInStep::Next::kDone) << "she enrolled from here";

  vault_.clock().AdvanceMillis(kTotpStepMillis);
  TestBrowser laptop(vault_, "192.0.2.7");
  ASSERT_TRUE(laptop.GivePassword("eve", eve.password).ok());
  const Result<SignInStep> asked = laptop.GiveCode(eve.Code(vault_));
  ASSERT_TRUE(asked.ok());
  EXPECT_EQ(asked->next, SignInStep::Next::kQuestion);
  EXPECT_EQ(asked->question, "What did you ride to school?");
  EXPECT_EQ(laptop.cookie, "");
  EXPECT_EQ(laptop.GiveAnswer("a red bus").reason(), Reason::kSignInRefused);
  EXPECT_EQ(laptop.GiveCode(eve.Code(vault_)).reason(), Reason::kSignInExpired) << "the factor's turn is over";

  vault_.clock().AdvanceMillis(kTotpStepMillis);
  ASSERT_TRUE(laptop.SignIn(eve).ok());
  EXPECT_TRUE(laptop.Ask().ok());
  EXPECT_TRUE(Recorded(Action::kStaffSelf, "new device"));

  // Known from now on; from another network it is asked again.
  ASSERT_TRUE(laptop.GivePassword("eve", eve.password).ok());
  EXPECT_EQ(laptop.GiveCode(eve.Code(vault_))->next, SignInStep::Next::kDone);
  vault_.clock().AdvanceMillis(kTotpStepMillis);
  laptop.address = *IpAddress::Parse("203.0.113.5");
  ASSERT_TRUE(laptop.GivePassword("eve", eve.password).ok());
  EXPECT_EQ(laptop.GiveCode(eve.Code(vault_))->next, SignInStep::Next::kQuestion);
}

TEST_F(SignInTest, ThreeWrongAnswersEndTheSignIn) {
  const TestPerson eve = MakePerson(vault_, browser_, "eve", {.question = "What did you ride to school?"});
  TestBrowser laptop(vault_, "192.0.2.7");
  ASSERT_TRUE(laptop.GivePassword("eve", eve.password).ok());
  ASSERT_TRUE(laptop.GiveCode(eve.Code(vault_)).ok());
  for (int i = 0; i < SignIn::kMostAnswerTries; ++i) {
    EXPECT_EQ(laptop.GiveAnswer("guess " + std::to_string(i)).reason(), Reason::kSignInRefused);
  }
  EXPECT_EQ(laptop.GiveAnswer("blue-green bicycle").reason(), Reason::kSignInExpired);
}

// --- load ------------------------------------------------------------------------------------------------------------

TEST_F(SignInTest, ManyWhoKnockAtOnceDoNotTakeTheMemory) {
  std::vector<std::thread> threads;
  std::atomic<int> refused{0}, overloaded{0};
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back([&, i] {
      TestBrowser knocker(vault_, "198.51." + std::to_string(i) + ".1");
      const Reason reason = knocker.GivePassword("name" + std::to_string(i), "guess").reason();
      (reason == Reason::kOverloaded ? overloaded : refused) += 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(refused + overloaded, 40);
  EXPECT_LE(vault_->front_door().slow_work().most_at_once(), FrontDoorOptions().hashes_at_once);
}

}  // namespace
}  // namespace strongroom
