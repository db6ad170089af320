// Four eyes: asked, decided, spent once.  Each refusal has its control beside it.
#include "access/approvals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "access/request_digest.h"
#include "access/testing/test_vault.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kHour = 3'600'000;

// Anna and Bo work in support; Cilla and David are administrators.
class ApprovalsTest : public ::testing::Test {
 protected:
  ApprovalsTest() {
    vault_.AddPerson("anna", {"support"});
    vault_.AddPerson("bo", {"support"});
    vault_.AddPerson("cilla", {"administrator"});
    vault_.AddPerson("david", {"administrator"});
    vip_ = vault_.CreateCustomer({{"email", "vip@example.com"}}, {}, "main", 1);
  }

  Approvals& approvals() { return vault_->approvals(); }

  static QuestionsFn Asks(Action action, std::string field = {}, uint8_t tier = 0, std::string purpose = {}) {
    return [=](const AskedRequest&) -> Result<AskedQuestions> {
      AskedQuestions asked;
      AskedQuestion question;
      question.action = action;
      question.tier = tier;
      question.compartment = field.empty() ? "office" : "main";
      if (!field.empty()) {
        question.has_field = true;
        question.field = field;
        question.sensitivity = Sensitivity::kPersonal;
      }
      asked.questions = {question};
      asked.purpose = purpose;
      return asked;
    };
  }
  static QuestionsFn AsksForVip() { return Asks(Action::kCustomerReveal, "email", 1, "delivery"); }

  AskedRequest RevealOfVip() const {
    return {"POST", "/v1/customers/" + vip_ + "/reveal", R"({"fields":["email"],"purpose":"delivery"})"};
  }
  std::string AskForVip(std::string_view who = "anna") {
    const auto view = approvals().Ask(vault_.As(who), RevealOfVip(), "she called", AsksForVip()).Wait();
    EXPECT_TRUE(view.ok()) << view.status().ToString();
    id_ = view.ok() ? FormatApprovalId(view->approval.id) : "";
    return id_;
  }
  std::string GrantedVip() {
    AskForVip();
    EXPECT_TRUE(approvals().Grant(vault_.As("bo"), id_).Wait().ok());
    return id_;
  }
  // The caller as http/claims.cc makes it.
  Caller With(std::string_view who, std::string_view approval, const AskedRequest& request,
              std::string_view purpose = "delivery") {
    Caller caller = vault_.As(who, purpose);
    caller.approval = approval;
    caller.request_digest = DigestOfRequest(caller.principal->id, request.method, request.target, request.body);
    return caller;
  }
  Reason Reveal(const Caller& caller) { return vault_->customers().Reveal(caller, {vip_, {"email"}}).Wait().reason(); }
  Reason RevealWith(std::string_view who, std::string_view approval) {
    return Reveal(With(who, approval, RevealOfVip()));
  }

  TestVault vault_;
  std::string vip_;
  std::string id_;
};

TEST_F(ApprovalsTest, OneAsksAnotherAgreesAndItIsDoneOnce) {
  EXPECT_EQ(Reveal(vault_.As("anna", "delivery")), Reason::kApprovalNeeded);
  const std::string id = AskForVip();
  EXPECT_EQ(RevealWith("anna", id), Reason::kApprovalWaiting);
  const auto granted = approvals().Grant(vault_.As("bo"), id).Wait();
  ASSERT_TRUE(granted.ok()) << granted.status().ToString();
  EXPECT_EQ(granted->approval.state, ApprovalState::kGranted);
  EXPECT_EQ(granted->decided_by_name, "bo");
  const Caller caller = With("anna", id, RevealOfVip());
  const auto revealed = vault_->customers().Reveal(caller, {vip_, {"email"}}).Wait();
  ASSERT_TRUE(revealed.ok()) << revealed.status().ToString();
  EXPECT_EQ(revealed->values.front().text, "vip@example.com");
  EXPECT_EQ(RevealWith("anna", id), Reason::kApprovalUnusable) << "good once";
  EXPECT_EQ(approvals().Get(vault_.As("anna"), id).Wait()->approval.state, ApprovalState::kSpent);
}

TEST_F(ApprovalsTest, ItStandsForThisRequestOfThisPersonAlone) {
  const std::string id = GrantedVip();
  AskedRequest other = RevealOfVip();
  other.body = R"({"fields":["email","phone"],"purpose":"delivery"})";
  EXPECT_EQ(Reveal(With("anna", id, other)), Reason::kApprovalUnusable);
  other = RevealOfVip();
  other.target += "?";
  EXPECT_EQ(Reveal(With("anna", id, other)), Reason::kApprovalUnusable);
  EXPECT_EQ(RevealWith("bo", id), Reason::kApprovalNotFound) << "somebody else's approval";
  EXPECT_EQ(RevealWith("anna", "0123456789abcdef"), Reason::kApprovalNotFound);
  EXPECT_EQ(RevealWith("anna", "zz"), Reason::kApprovalNotFound);
  EXPECT_EQ(RevealWith("anna", id), Reason::kOk) << "the control: none of these spent it";
}

TEST_F(ApprovalsTest, ItIsNotGoodForAnotherActionThanItNames) {
  // A question that says it is about a search, for a request that reveals.
  const auto view =
      approvals()
          .Ask(vault_.As("anna"), RevealOfVip(), "just a search", Asks(Action::kCustomerSearch, "email", 0, "delivery"))
          .Wait();
  ASSERT_TRUE(view.ok());
  const std::string id = FormatApprovalId(view->approval.id);
  ASSERT_TRUE(approvals().Grant(vault_.As("bo"), id).Wait().ok());
  EXPECT_EQ(RevealWith("anna", id), Reason::kApprovalUnusable);
}

TEST_F(ApprovalsTest, NobodyDecidesInTheirOwnCase) {
  const std::string id = AskForVip();
  EXPECT_EQ(approvals().Grant(vault_.As("anna"), id).Wait().reason(), Reason::kOwnCaseRefused);
  EXPECT_EQ(RevealWith("anna", id), Reason::kApprovalWaiting);
  // The control: without the rule the attack succeeds.
  ApprovalOptions lax;
  lax.refuses_own_for_tests = false;
  Approvals careless(vault_->gate(), vault_->people(), vault_->messenger(), lax);
  EXPECT_TRUE(careless.Grant(vault_.As("anna"), id).Wait().ok());
  EXPECT_EQ(RevealWith("anna", id), Reason::kOk);
}

TEST_F(ApprovalsTest, WhoeverCouldNotAskForItCannotAgreeToIt) {
  const std::string id = AskForVip();
  // Administrators may decide, and see no customers.
  EXPECT_EQ(approvals().Grant(vault_.As("cilla"), id).Wait().reason(), Reason::kDenied);
  // Nor may whoever's own training is overdue.
  Caller overdue = vault_.As("bo");
  overdue.standing.training_current = false;
  EXPECT_EQ(approvals().Grant(overdue, id).Wait().reason(), Reason::kDenied);
  // Nor whoever may not name the purpose.
  vault_.AddPerson("erik", {"support"}, {"customer-service"});
  EXPECT_EQ(approvals().Grant(vault_.As("erik"), id).Wait().reason(), Reason::kDenied);
  // Nor who may not decide at all, nor a program.
  EXPECT_EQ(approvals().Grant(vault_.As("auditor"), id).Wait().reason(), Reason::kDenied);
  EXPECT_EQ(approvals().Grant(vault_.As("application"), id).Wait().reason(), Reason::kDenied);
  EXPECT_TRUE(approvals().Grant(vault_.As("bo"), id).Wait().ok()) << "the control";
}

TEST_F(ApprovalsTest, WhatPolicyRefusesOutrightCannotBeAskedFor) {
  const auto ask = [&](std::string_view who, const QuestionsFn& questions) {
    return approvals().Ask(vault_.As(who), RevealOfVip(), "why not", questions).Wait().reason();
  };
  EXPECT_EQ(ask("cilla", AsksForVip()), Reason::kDenied);
  EXPECT_EQ(ask("anna", Asks(Action::kPolicyChange)), Reason::kDenied);
  EXPECT_EQ(ask("application", AsksForVip()), Reason::kDenied) << "programs ask nobody";
  EXPECT_EQ(ask("anna", AsksForVip()), Reason::kOk);
  EXPECT_EQ(approvals().Ask(vault_.As("anna"), RevealOfVip(), "", AsksForVip()).Wait().reason(),
            Reason::kInvalidArgument);
}

TEST_F(ApprovalsTest, QuestionsAndAnswersExpire) {
  const std::string late = AskForVip();
  vault_.clock().AdvanceMillis(24 * kHour);
  EXPECT_EQ(approvals().Grant(vault_.As("bo"), late).Wait().reason(), Reason::kApprovalUnusable);
  const std::string id = GrantedVip();
  vault_.clock().AdvanceMillis(kHour);
  EXPECT_EQ(RevealWith("anna", id), Reason::kApprovalUnusable);
  const std::string in_time = GrantedVip();
  vault_.clock().AdvanceMillis(kHour - 1);
  EXPECT_EQ(RevealWith("anna", in_time), Reason::kOk) << "the control";
}

TEST_F(ApprovalsTest, WhatIsRefusedOrWithdrawnIsNoGood) {
  const std::string refused = AskForVip();
  EXPECT_TRUE(approvals().Refuse(vault_.As("bo"), refused).Wait().ok());
  EXPECT_EQ(RevealWith("anna", refused), Reason::kApprovalUnusable);
  EXPECT_EQ(approvals().Grant(vault_.As("bo"), refused).Wait().reason(), Reason::kApprovalUnusable);
  const std::string withdrawn = AskForVip();
  EXPECT_TRUE(approvals().Refuse(vault_.As("anna"), withdrawn).Wait().ok());
  EXPECT_EQ(approvals().Grant(vault_.As("bo"), withdrawn).Wait().reason(), Reason::kApprovalUnusable);
}

TEST_F(ApprovalsTest, ALostAnswerStaysSpentAndOneRequestMayAskTwice) {
  const std::string id = GrantedVip();
  const Caller caller = With("anna", id, RevealOfVip());
  ASSERT_TRUE(approvals().Spend(caller, Action::kCustomerReveal).ok());  // and then the connection broke
  EXPECT_TRUE(approvals().Spend(caller, Action::kCustomerReveal).ok()) << "the same request asks the gate again";
  EXPECT_EQ(approvals().Spend(caller, Action::kCustomerErase).status().reason(), Reason::kApprovalUnusable);
  EXPECT_EQ(RevealWith("anna", id), Reason::kApprovalUnusable) << "another request";
  // A server that starts anew remembers no requests.
  Approvals restarted(vault_->gate(), vault_->people(), vault_->messenger());
  EXPECT_EQ(restarted.Spend(caller, Action::kCustomerReveal).status().reason(), Reason::kApprovalUnusable);
}

// How many of these requests got through.
template <typename Fn>
int InParallel(int count, const Fn& fn) {
  std::atomic<int> through{0};
  std::vector<std::jthread> threads;
  threads.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) threads.emplace_back([&, i] { through += fn(i) ? 1 : 0; });
  threads.clear();
  return through;
}

TEST_F(ApprovalsTest, ARaceOfManySpendsGivesExactlyOne) {
  int rounds_with_more = 0;
  for (int round = 0; round < 20; ++round) {
    const std::string id = GrantedVip();
    EXPECT_EQ(InParallel(8, [&](int) { return RevealWith("anna", id) == Reason::kOk; }), 1);
  }
  // The control: without the condition on the document, more than one gets through.
  ApprovalOptions lax;
  lax.conditional_for_tests = false;
  for (int round = 0; round < 200 && rounds_with_more == 0; ++round) {
    const std::string id = GrantedVip();
    Approvals careless(vault_->gate(), vault_->people(), vault_->messenger(), lax);
    const int through = InParallel(
        8, [&](int) { return careless.Spend(With("anna", id, RevealOfVip()), Action::kCustomerReveal).ok(); });
    rounds_with_more += through > 1 ? 1 : 0;
  }
  EXPECT_GT(rounds_with_more, 0);
}

TEST_F(ApprovalsTest, ARaceOfTwoWhoDecideGivesOneDecision) {
  vault_.AddPerson("frida", {"support"});
  for (int round = 0; round < 20; ++round) {
    const std::string id = AskForVip();
    const int decided = InParallel(4, [&](int i) {
      const Caller caller = vault_.As(i % 2 == 0 ? "bo" : "frida");
      return i < 2 ? approvals().Grant(caller, id).Wait().ok() : approvals().Refuse(caller, id).Wait().ok();
    });
    EXPECT_EQ(decided, 1);
    // And it is the one that is kept.
    const auto kept = approvals().Get(vault_.As("anna"), id).Wait();
    ASSERT_TRUE(kept.ok());
    EXPECT_EQ(RevealWith("anna", id) == Reason::kOk, kept->approval.state == ApprovalState::kGranted);
  }
}

TEST_F(ApprovalsTest, ItDiesWithWhoeverAskedOrAgreed) {
  const auto revoke = [&](std::string_view who) {
    ASSERT_TRUE(vault_->api_keys().Revoke(vault_.As("administrator"), vault_.IdOf(who)).Wait().ok());
  };
  const std::string by_bo = GrantedVip();
  const std::string alive = AskForVip();
  revoke("bo");
  EXPECT_EQ(RevealWith("anna", by_bo), Reason::kApprovalUnusable) << "the approver is gone";
  vault_.AddPerson("gun", {"support"});
  ASSERT_TRUE(approvals().Grant(vault_.As("gun"), alive).Wait().ok());
  EXPECT_EQ(RevealWith("anna", alive), Reason::kOk) << "the control";
  const std::string ended = AskForVip();
  approvals().EndAllOf(vault_.IdOf("anna"));
  EXPECT_EQ(approvals().Grant(vault_.As("gun"), ended).Wait().reason(), Reason::kApprovalUnusable);
  EXPECT_EQ(approvals().Get(vault_.As("anna"), ended).Wait()->approval.state, ApprovalState::kEnded);
}

TEST_F(ApprovalsTest, WhoRunsTheSystemSeesThatSomethingIsAskedAndNotWhat) {
  const std::string id = AskForVip();
  const auto as = [&](std::string_view who) { return *approvals().Get(vault_.As(who), id).Wait(); };
  for (const std::string_view who : {"cilla", "auditor"}) {
    const ApprovalView view = as(who);
    EXPECT_FALSE(view.request_shown) << who;
    EXPECT_EQ(view.approval.request.target + view.approval.request.body + view.approval.reason, "") << who;
    EXPECT_FALSE(view.may_decide) << who;
    EXPECT_EQ(view.asked_by_name, "anna");
  }
  EXPECT_TRUE(as("bo").request_shown) << "the control";
  EXPECT_TRUE(as("bo").may_decide);
  EXPECT_THAT(as("bo").approval.request.target, HasSubstr(vip_));
  EXPECT_FALSE(as("anna").may_decide);
  // Others' questions are none of an application's business.
  EXPECT_EQ(approvals().Get(vault_.As("application"), id).Wait().reason(), Reason::kDenied);
}

TEST_F(ApprovalsTest, EverybodyListsTheirOwnAndThoseWhoMayAll) {
  AskForVip("anna");
  AskForVip("bo");
  EXPECT_EQ(approvals().List(vault_.As("anna")).Wait()->size(), 2u);  // support may read them
  EXPECT_EQ(approvals().List(vault_.As("cilla")).Wait()->size(), 2u);
  vault_.AddPerson("ivar", {"operator"});
  EXPECT_EQ(approvals().List(vault_.As("ivar")).Wait()->size(), 0u);
  EXPECT_EQ(approvals().List(vault_.As("partner")).Wait().reason(), Reason::kDenied);
}

TEST_F(ApprovalsTest, OnePersonCannotFloodTheOthers) {
  for (size_t i = 0; i < Approvals::kMaxPendingEach; ++i) AskForVip();
  EXPECT_EQ(approvals().Ask(vault_.As("anna"), RevealOfVip(), "again", AsksForVip()).Wait().reason(),
            Reason::kRateLimited);
  EXPECT_TRUE(approvals().Ask(vault_.As("bo"), RevealOfVip(), "once", AsksForVip()).Wait().ok());
}

TEST_F(ApprovalsTest, OldOnesAreDeleted) {
  for (int i = 0; i < 3; ++i) AskForVip();
  vault_.clock().AdvanceMillis(24 * kHour + Approvals::kKeepMillis - 1);
  AskForVip();  // too early by a millisecond
  EXPECT_EQ(approvals().List(vault_.As("bo")).Wait()->size(), 4u);
  vault_.clock().AdvanceMillis(1);
  AskForVip();
  EXPECT_EQ(approvals().List(vault_.As("bo")).Wait()->size(), 2u);
}

// --- people with accounts --------------------------------------------------------------------------------------------

class AccountsTest : public ApprovalsTest {
 protected:
  // Somebody active, as their session makes them.
  Caller Account(const std::string& name, const std::string& role) {
    StaffMember member;
    member.id = vault_.random().NextU64() | 1;
    member.state = StaffState::kActive;
    member.name = member.display_name = name;
    member.roles = {{role, std::nullopt, 1}};
    member.purposes = {"*"};
    Permit permit = vault_->gate().Authorise(vault_.As("everything"), Action::kStaffInvite);
    EXPECT_TRUE(vault_->staff_directory().Add(std::move(permit), member).Wait().ok());
    Principal principal;
    principal.id = member.id;
    principal.kind = PrincipalKind::kStaff;
    principal.roles = {role};
    principal.purposes = {"*"};
    Caller caller = vault_.As("anna", "delivery");
    caller.principal = std::make_shared<const Principal>(std::move(principal));
    return caller;
  }
  std::string AskAs(const Caller& caller) {
    const auto view = approvals().Ask(caller, RevealOfVip(), "she called", AsksForVip()).Wait();
    EXPECT_TRUE(view.ok()) << view.status().ToString();
    return FormatApprovalId(view->approval.id);
  }
  Reason RevealAs(Caller caller, const std::string& id) {
    const AskedRequest request = RevealOfVip();
    caller.approval = id;
    caller.request_id = next_++;
    caller.request_digest = DigestOfRequest(caller.principal->id, request.method, request.target, request.body);
    return Reveal(caller);
  }
  ApprovalState StateOf(const Caller& caller, const std::string& id) {
    return approvals().Get(caller, id).Wait()->approval.state;
  }
  uint64_t next_ = 1;
};

TEST_F(AccountsTest, WhereThereAreAccountsAKeyIsNoSecondPerson) {
  const std::string before = AskForVip();
  EXPECT_TRUE(approvals().Grant(vault_.As("bo"), before).Wait().ok()) << "the control: nobody has an account";
  const Caller karin = Account("karin", "support");
  const Caller lars = Account("lars", "support");
  const std::string id = AskAs(karin);
  EXPECT_EQ(approvals().Grant(vault_.As("bo"), id).Wait().reason(), Reason::kDenied);
  EXPECT_TRUE(approvals().Grant(lars, id).Wait().ok());
  EXPECT_EQ(RevealAs(karin, id), Reason::kOk);
}

TEST_F(AccountsTest, SuspensionEndsWhatSomebodyAskedForOrAgreedTo) {
  const Caller karin = Account("karin", "support");
  const Caller lars = Account("lars", "support");
  const Caller mona = Account("mona", "support");
  const std::string agreed = AskAs(karin);
  ASSERT_TRUE(approvals().Grant(lars, agreed).Wait().ok());
  const std::string other = AskAs(karin);
  ASSERT_TRUE(approvals().Grant(mona, other).Wait().ok());
  ASSERT_TRUE(vault_->staff().Suspend(vault_.As("everything"), lars.principal->id).Wait().ok());
  EXPECT_EQ(StateOf(mona, agreed), ApprovalState::kEnded);
  EXPECT_EQ(RevealAs(karin, agreed), Reason::kApprovalUnusable);
  EXPECT_EQ(RevealAs(karin, other), Reason::kOk) << "the control";
  // Coming back revives nothing.
  ASSERT_TRUE(vault_->staff().Resume(vault_.As("everything"), lars.principal->id).Wait().ok());
  EXPECT_EQ(RevealAs(karin, agreed), Reason::kApprovalUnusable);
}

TEST_F(AccountsTest, WhoeverGoesTooFarHasTheirAccountLockedAndReleased) {
  const Caller karin = Account("karin", "support");
  const Caller nils = Account("nils", "administrator");
  const std::string pending = AskAs(karin);
  const auto policy = vault_->gate().policy().Get();
  std::vector<AuditId> too_many(41);
  for (AuditId& id : too_many) vault_.random().Fill(id.data(), id.size());
  Status last;
  for (int i = 0; i < 20; ++i) {
    last = vault_->budgets().Take(karin, Action::kCustomerReveal, too_many, *policy);
  }
  EXPECT_EQ(last.reason(), Reason::kPersonLocked);
  const StaffMemberPtr locked = vault_->staff_directory().Find(karin.principal->id);
  EXPECT_TRUE(locked->locked_at.has_value());
  EXPECT_EQ(locked->locked_why, "budget support-hour");
  EXPECT_EQ(StateOf(nils, pending), ApprovalState::kEnded) << "what a locked person asked for is void";
  EXPECT_TRUE(vault_->budgets().Release(nils, karin.principal->id).Wait().ok());
  EXPECT_FALSE(vault_->staff_directory().Find(karin.principal->id)->locked_at.has_value());
}

// --- one administrator alone ----------------------------------------------------------------------------------------

class AloneTest : public ApprovalsTest {
 protected:
  AskedRequest NewPolicy() const { return {"PUT", "/v1/policy", TestPolicy() + "\n# changed\n"}; }
  std::string AskForPolicy(std::string_view who) {
    const auto view = approvals().Ask(vault_.As(who), NewPolicy(), "tighter rules", Asks(Action::kPolicyChange)).Wait();
    EXPECT_TRUE(view.ok()) << view.status().ToString();
    if (!view.ok()) return "";
    alone_ = view->approval.effective_at.has_value();
    return FormatApprovalId(view->approval.id);
  }
  Reason ChangeWith(std::string_view who, std::string_view approval) {
    const Caller caller = With(who, approval, NewPolicy(), "");
    return vault_->policy().Change(caller, NewPolicy().body).Wait().reason();
  }
  void Leaves(std::string_view who) {
    ASSERT_TRUE(vault_->api_keys().Revoke(vault_.As("administrator"), vault_.IdOf(who)).Wait().ok());
  }
  // "everything" is a person of the fixture who could agree to anything.
  void OnlyCillaIsLeft() {
    Leaves("everything");
    Leaves("david");
  }
  bool alone_ = false;
};

TEST_F(AloneTest, TwoAdministratorsNeedEachOther) {
  const std::string id = AskForPolicy("cilla");
  EXPECT_FALSE(alone_);
  EXPECT_EQ(ChangeWith("cilla", ""), Reason::kApprovalNeeded);
  vault_.clock().AdvanceMillis(23 * kHour);
  EXPECT_EQ(ChangeWith("cilla", id), Reason::kApprovalWaiting);
  ASSERT_TRUE(approvals().Grant(vault_.As("david"), id).Wait().ok());
  EXPECT_EQ(ChangeWith("cilla", id), Reason::kOk);
}

TEST_F(AloneTest, ASingleOneWaitsADay) {
  OnlyCillaIsLeft();
  const std::string id = AskForPolicy("cilla");
  EXPECT_TRUE(alone_);
  EXPECT_EQ(ChangeWith("cilla", id), Reason::kApprovalWaiting);
  EXPECT_EQ(approvals().Grant(vault_.As("cilla"), id).Wait().reason(), Reason::kOwnCaseRefused);
  vault_.clock().AdvanceMillis(24 * kHour - 1);
  EXPECT_EQ(ChangeWith("cilla", id), Reason::kApprovalWaiting);
  vault_.clock().AdvanceMillis(1);
  EXPECT_EQ(ChangeWith("cilla", id), Reason::kOk);
  EXPECT_EQ(ChangeWith("cilla", id), Reason::kApprovalUnusable);
}

TEST_F(AloneTest, AnybodyWhoMayDecideCanStopIt) {
  OnlyCillaIsLeft();
  const std::string id = AskForPolicy("cilla");
  // Bo of support may not change the policy, and so cannot agree; he can refuse.
  EXPECT_EQ(approvals().Grant(vault_.As("bo"), id).Wait().reason(), Reason::kDenied);
  EXPECT_TRUE(approvals().Refuse(vault_.As("bo"), id).Wait().ok());
  vault_.clock().AdvanceMillis(25 * kHour);
  EXPECT_EQ(ChangeWith("cilla", id), Reason::kApprovalUnusable);
}

TEST_F(AloneTest, ASecondAdministratorEndsIt) {
  OnlyCillaIsLeft();
  const std::string id = AskForPolicy("cilla");
  vault_.clock().AdvanceMillis(25 * kHour);
  vault_.AddPersonBy("administrator", "hugo", {"administrator"});
  EXPECT_EQ(ChangeWith("cilla", id), Reason::kApprovalWaiting);
  ASSERT_TRUE(approvals().Grant(vault_.As("hugo"), id).Wait().ok());
  EXPECT_EQ(ChangeWith("cilla", id), Reason::kOk);
}

TEST_F(AloneTest, CustomersDataNeverTakesEffectByItself) {
  Leaves("everything");
  Leaves("bo");
  Leaves("support");
  const auto view = approvals().Ask(vault_.As("anna"), RevealOfVip(), "she called", AsksForVip()).Wait();
  ASSERT_TRUE(view.ok());
  EXPECT_FALSE(view->approval.effective_at.has_value());
}

// --- broken glass ----------------------------------------------------------------------------------------------------

class GlassTest : public ApprovalsTest {
 protected:
  Caller Breaking(std::string_view who, std::string_view reason = "she%20fainted%20in%20the%20shop") {
    Caller caller = vault_.As(who, "delivery");
    caller.break_glass = reason;
    caller.case_reference = "SUP-1";
    caller.second_factor_age_seconds = 10;
    return caller;
  }
};

TEST_F(GlassTest, ItOpensAtOnceAndIsKept) {
  EXPECT_EQ(Reveal(Breaking("anna")), Reason::kOk);
  const auto kept = approvals().List(vault_.As("privacy-officer")).Wait();
  ASSERT_TRUE(kept.ok());
  ASSERT_EQ(kept->size(), 1u);
  EXPECT_EQ(kept->front().approval.state, ApprovalState::kGlassBroken);
  EXPECT_EQ(kept->front().approval.reason, "she fainted in the shop");
  // Administrators are told that it happened, and not whom it was about.
  EXPECT_EQ(approvals().List(vault_.As("cilla")).Wait()->front().approval.reason, "");
}

TEST_F(GlassTest, OnlyAsPolicySaysAndOnceADay) {
  Caller no_case = Breaking("anna");
  no_case.case_reference = {};
  EXPECT_EQ(Reveal(no_case), Reason::kDenied);
  Caller no_factor = Breaking("anna");
  no_factor.second_factor_age_seconds.reset();
  EXPECT_EQ(Reveal(no_factor), Reason::kDenied);
  Caller overdue = Breaking("anna");
  overdue.standing.training_current = false;
  EXPECT_EQ(Reveal(overdue), Reason::kDenied);
  EXPECT_EQ(Reveal(Breaking("anna", "short")), Reason::kInvalidArgument);
  EXPECT_EQ(Reveal(Breaking("anna", "%zz and more text")), Reason::kInvalidArgument);
  EXPECT_EQ(Reveal(Breaking("anna")), Reason::kOk) << "what was refused above used nothing up";
  EXPECT_EQ(Reveal(Breaking("anna")), Reason::kBudgetExhausted);
  EXPECT_EQ(Reveal(Breaking("bo")), Reason::kOk) << "each person's own";
  vault_.clock().AdvanceMillis(24 * kHour);
  EXPECT_EQ(Reveal(Breaking("anna")), Reason::kOk);
}

TEST_F(GlassTest, ItOpensNothingThatPolicyRefusesOutright) {
  const Caller caller = Breaking("anna");
  const auto sensitive = vault_->customers().Reveal(caller, {vip_, {"national_id"}}).Wait();
  EXPECT_EQ(sensitive.reason(), Reason::kDenied);
}

}  // namespace
}  // namespace strongroom
