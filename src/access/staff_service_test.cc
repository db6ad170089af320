// The life of a person who signs in: who may take which step, and who may not take it in their own case.
#include "access/staff_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/invitation_code.h"
#include "access/testing/test_vault.h"

namespace strongroom {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kDay = 86'400'000;

class StaffTest : public testing::Test {
 protected:
  StaffTest() : directory_(&vault_->staff_directory()), staff_(vault_->staff()) {}

  // A person with this role; programs with the role "administrator" are TestVault's.
  Caller Person(PrincipalId id, const std::string& role = "everything") {
    auto principal = std::make_shared<Principal>();
    principal->id = id;
    principal->kind = PrincipalKind::kStaff;
    principal->roles = {role};
    Caller caller;
    caller.principal = std::move(principal);
    caller.address = IpAddress::Loopback();
    return caller;
  }
  StaffInvitation Invitation(const std::string& name, const std::string& role = "support") {
    StaffInvitation invitation;
    invitation.name = name;
    invitation.roles = {{role, std::nullopt, 0}};
    return invitation;
  }
  // Somebody in this state, put there without any step.
  PrincipalId Someone(const std::string& name, StaffState state, const std::string& role = "support") {
    StaffMember member;
    member.id = ++last_id_;
    member.name = name;
    member.state = state;
    member.roles = {{role, std::nullopt, 0}};
    member.password = "(verifier)";
    EXPECT_TRUE(directory_->Add(vault_->gate().Authorise(Person(1), Action::kStaffInvite), member).Wait().ok());
    return member.id;
  }
  StaffState StateOf(PrincipalId id) { return directory_->Find(id)->state; }

  TestVault vault_;
  StaffDirectory* const directory_;
  Staff& staff_;
  PrincipalId last_id_ = 1000;
};

TEST_F(StaffTest, AnInvitationIsACodeOfWhichOnlyTheHashIsKept) {
  const Result<Invited> invited = staff_.Invite(Person(1), Invitation("ada")).Wait();
  ASSERT_TRUE(invited.ok()) << invited.status().ToString();
  EXPECT_EQ(invited->member->state, StaffState::kInvited);
  const std::string code(ExposeSecret(invited->code));
  const std::optional<SecretBytes> typed = CanonicalInvitationCode(" " + code.substr(0, 5) + " " + code.substr(6));
  ASSERT_TRUE(typed.has_value()) << "spaces for hyphens";
  const KeyRing& ring = vault_->house().office().sealed->ring();
  EXPECT_EQ(InvitationMac(ring, *typed), invited->member->invitation_mac);
  EXPECT_EQ(invited->member->Encode().find(code), Bytes::npos);
  EXPECT_EQ(*invited->member->invitation_until, vault_.clock().NowMillis() + 7 * kDay);
}

TEST(InvitationCode, EveryMistypedCharacterIsNoticed) {
  SeededRandom random(7);
  const std::string code(ExposeSecret(DrawInvitationCode(random)));
  ASSERT_TRUE(CanonicalInvitationCode(code).has_value());
  int noticed = 0, tried = 0;
  for (size_t i = 0; i < code.size(); ++i) {
    if (code[i] == '-') continue;
    for (const char other : std::string_view("0123456789abcdefghjkmnpqrstvwxyz")) {
      if (other == code[i]) continue;
      std::string wrong = code;
      wrong[i] = other;
      ++tried;
      noticed += CanonicalInvitationCode(wrong).has_value() ? 0 : 1;
    }
  }
  EXPECT_EQ(noticed, tried);
  for (const std::string& wrong : {std::string(), code + "0", code.substr(1), std::string(30, 'u'), code + "!"}) {
    EXPECT_FALSE(CanonicalInvitationCode(wrong).has_value()) << wrong;
  }
}

TEST_F(StaffTest, WhoeverInvitedDoesNotVetAndNobodyVetsThemselves) {
  const PrincipalId ada = staff_.Invite(Person(1), Invitation("ada")).Wait()->member->id;
  EXPECT_EQ(staff_.Vet(Person(1), ada, "folder 7").Wait().reason(), Reason::kOwnCaseRefused);
  EXPECT_EQ(staff_.Vet(Person(ada), ada, "folder 7").Wait().reason(), Reason::kOwnCaseRefused);
  EXPECT_EQ(StateOf(ada), StaffState::kInvited);
  EXPECT_EQ(staff_.Vet(Person(2), ada, "").Wait().reason(), Reason::kInvalidArgument);
  ASSERT_TRUE(staff_.Vet(Person(2), ada, "folder 7").Wait().ok()) << "control: a second person";
  EXPECT_EQ(StateOf(ada), StaffState::kVetted);
  EXPECT_EQ(staff_.Vet(Person(3), ada, "folder 7").Wait().reason(), Reason::kStaffStateWrong);
}

TEST_F(StaffTest, StepsBeginOnlyFromTheirState) {
  Someone("boss", StaffState::kActive, "administrator");
  const PrincipalId invited = Someone("i", StaffState::kInvited);
  const PrincipalId active = Someone("a", StaffState::kActive);
  const PrincipalId left = Someone("l", StaffState::kLeft);
  EXPECT_EQ(staff_.Suspend(Person(1), invited).Wait().reason(), Reason::kStaffStateWrong);
  EXPECT_EQ(staff_.Resume(Person(1), active).Wait().reason(), Reason::kStaffStateWrong);
  for (const Status& refused :
       {staff_.Resume(Person(1), left).Wait().status(), staff_.Leave(Person(1), left).Wait().status(),
        staff_.InviteAgain(Person(1), left).Wait().status(), staff_.Vet(Person(1), left, "x").Wait().status(),
        staff_.ChangeRoles(Person(1), left, {{"support", std::nullopt, 0}}, {}).Wait().status()}) {
    EXPECT_EQ(refused.reason(), Reason::kStaffStateWrong) << "nobody comes back into an old account";
  }
  ASSERT_TRUE(staff_.Suspend(Person(1), active).Wait().ok());
  ASSERT_TRUE(staff_.Resume(Person(1), active).Wait().ok());
  ASSERT_TRUE(staff_.Leave(Person(1), active).Wait().ok());
  EXPECT_THAT(directory_->Find(active)->password, IsEmpty());
}

TEST_F(StaffTest, TheLastAdministratorStays) {
  const PrincipalId first = Someone("first", StaffState::kActive, "administrator");
  const PrincipalId second = Someone("second", StaffState::kActive, "administrator");
  EXPECT_EQ(staff_.ActiveAdministrators(), 2u);
  ASSERT_TRUE(staff_.Suspend(Person(first), second).Wait().ok()) << "control: one is left";
  EXPECT_EQ(staff_.Suspend(Person(1), first).Wait().reason(), Reason::kStaffStateWrong);
  EXPECT_EQ(staff_.Leave(Person(1), first).Wait().reason(), Reason::kStaffStateWrong);
  EXPECT_EQ(staff_.ChangeRoles(Person(1), first, {{"support", std::nullopt, 0}}, {}).Wait().reason(),
            Reason::kStaffStateWrong);
  EXPECT_EQ(StateOf(first), StaffState::kActive);
}

TEST_F(StaffTest, NobodyChangesTheirOwnCase) {
  Someone("boss", StaffState::kActive, "administrator");
  const PrincipalId ada = Someone("ada", StaffState::kActive);
  const std::vector<RoleGrant> more = {{"administrator", std::nullopt, 0}};
  EXPECT_EQ(staff_.ChangeRoles(Person(ada), ada, more, {}).Wait().reason(), Reason::kOwnCaseRefused);
  EXPECT_EQ(staff_.Suspend(Person(ada), ada).Wait().reason(), Reason::kOwnCaseRefused);
  EXPECT_EQ(staff_.InviteAgain(Person(ada), ada).Wait().reason(), Reason::kOwnCaseRefused);
  ASSERT_TRUE(staff_.ChangeRoles(Person(1), ada, more, {"*"}).Wait().ok()) << "control: a colleague with the right";
  EXPECT_THAT(directory_->Find(ada)->RolesAt(vault_.clock().NowMillis()), ElementsAre("administrator"));
}

TEST_F(StaffTest, NoMorePeopleSeeEverythingThanTheCeilingSays) {
  const auto all_seer = [this](const std::string& name) {
    StaffInvitation invitation = Invitation(name, "everything");
    invitation.purposes = {"*"};
    return staff_.Invite(Person(1), invitation).Wait().status();
  };
  AccessSettings settings;
  settings.most_who_see_everything = 1;
  ASSERT_TRUE(vault_->access_settings().Change(vault_.As("administrator"), settings, "*").Wait().ok());
  // The key of the test's own "everything" is one of the kind staff.
  const PrincipalId ada = Someone("ada", StaffState::kActive);
  EXPECT_EQ(all_seer("first").reason(), Reason::kCeilingReached);
  EXPECT_EQ(staff_.ChangeRoles(Person(1), ada, {{"everything", std::nullopt, 0}}, {"*"}).Wait().reason(),
            Reason::kCeilingReached);
  settings.most_who_see_everything = 2;
  ASSERT_TRUE(vault_->access_settings().Change(vault_.As("administrator"), settings, "*").Wait().ok());
  EXPECT_TRUE(all_seer("first").ok()) << "control: one place is free";
  EXPECT_EQ(all_seer("second").reason(), Reason::kCeilingReached);
  EXPECT_TRUE(staff_.Invite(Person(1), Invitation("support")).Wait().ok()) << "who sees less does not count";
}

TEST_F(StaffTest, OnePersonTakesRolesAwayAtOnceButNotTheirOwn) {
  const PrincipalId boss = Someone("boss", StaffState::kActive, "administrator");
  const PrincipalId ada = Someone("ada", StaffState::kActive);
  EXPECT_EQ(staff_.TakeRoles(Person(2, "support"), ada, {"support"}).Wait().reason(), Reason::kDenied);
  EXPECT_EQ(staff_.TakeRoles(Person(ada, "administrator"), ada, {"support"}).Wait().reason(), Reason::kOwnCaseRefused);
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{}, {"auditor"}, {"support", "support"}, {"support", "auditor"}}) {
    EXPECT_EQ(staff_.TakeRoles(Person(2, "administrator"), ada, wrong).Wait().reason(), Reason::kInvalidArgument);
  }
  EXPECT_EQ(staff_.TakeRoles(Person(2, "administrator"), boss, {"administrator"}).Wait().reason(),
            Reason::kStaffStateWrong)
      << "the last administrator stays";
  ASSERT_TRUE(staff_.TakeRoles(Person(2, "administrator"), ada, {"support"}).Wait().ok());
  EXPECT_THAT(directory_->Find(ada)->roles, IsEmpty());
}

TEST_F(StaffTest, APersonsChangeOfRolesNeedsAColleague) {
  const PrincipalId ada = Someone("ada", StaffState::kActive);
  const std::vector<RoleGrant> more = {{"administrator", std::nullopt, 0}};
  EXPECT_EQ(staff_.ChangeRoles(Person(2, "administrator"), ada, more, {}).Wait().reason(), Reason::kApprovalNeeded);
  EXPECT_EQ(staff_.ChangeRoles(Person(2, "support"), ada, more, {}).Wait().reason(), Reason::kDenied);
  EXPECT_EQ(staff_.Suspend(Person(2, "support"), ada).Wait().reason(), Reason::kDenied);
  EXPECT_EQ(staff_.List(Person(2, "support")).Wait().reason(), Reason::kDenied);
  EXPECT_TRUE(staff_.List(Person(2, "auditor")).Wait().ok());
}

TEST_F(StaffTest, AnInvitationAgainTakesAwayWhatOpenedBefore) {
  const PrincipalId ada = Someone("ada", StaffState::kActive);
  ASSERT_TRUE(staff_.InviteAgain(Person(1), ada).Wait().ok());
  EXPECT_EQ(StateOf(ada), StaffState::kVetted);
  EXPECT_THAT(directory_->Find(ada)->password, IsEmpty());
}

TEST_F(StaffTest, WhatCannotBeIsRefusedAndNothingKept) {
  EXPECT_EQ(staff_.Invite(Person(1), Invitation("", "support")).Wait().reason(), Reason::kInvalidArgument);
  EXPECT_EQ(staff_.Invite(Person(1), Invitation("x\ny", "support")).Wait().reason(), Reason::kInvalidArgument);
  EXPECT_EQ(staff_.Invite(Person(1), Invitation("x", "king")).Wait().reason(), Reason::kRoleUnknown);
  StaffInvitation past = Invitation("x");
  past.roles[0].until = vault_.clock().NowMillis();
  EXPECT_EQ(staff_.Invite(Person(1), past).Wait().reason(), Reason::kInvalidArgument);
  EXPECT_THAT(directory_->All(), IsEmpty());
}

}  // namespace
}  // namespace strongroom
