// What is asked of everybody, who has done it, and who is behind.
#include "access/registers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "access/testing/test_vault.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kDay = 86'400'000;

RegisterMark MarkOf(const std::string& name, const std::string& version) {
  RegisterMark mark;
  mark.name = name;
  mark.version = version;
  return mark;
}

Register Example() {
  Register example;
  example.name = "agreement";
  example.kind = RegisterKind::kAgreement;
  example.versions = {{"1", 0, ""}, {"2027", 1'798'761'600'000, "folder 2"}};
  return example;
}

TEST(Register, IsStoredAsItsPageSays) {
  std::ifstream file(STRONGROOM_SOURCE_DIR "/docs/formats/register.md");
  std::string hex;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (inside && line == "```") break;
    if (inside) hex += line.substr(0, line.find(' '));
    inside = inside || line == "```hex";
  }
  const Bytes encoded = Example().Encode();
  EXPECT_EQ(hex, HexEncode(encoded));
  const Result<Register> read = Register::Decode(encoded);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->Encode(), encoded);
}

TEST(Register, RefusesDamage) {
  const Bytes good = Example().Encode();
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(Register::Decode(good.substr(0, size)).reason(), Reason::kDataCorrupt) << size;
  }
  EXPECT_EQ(Register::Decode(good + "x").reason(), Reason::kDataCorrupt);
  for (const auto& [at, value] : std::vector<std::pair<size_t, char>>{{0, 2}, {11, 0}, {11, 4}, {12, 2}}) {
    Bytes bytes = good;
    bytes[at] = value;
    EXPECT_EQ(Register::Decode(bytes).reason(), Reason::kDataCorrupt) << at;
  }
}

class RegistersTest : public testing::Test {
 protected:
  RegistersTest() { ada_ = Someone("ada"); }

  PrincipalId Someone(const std::string& name, StaffState state = StaffState::kActive) {
    StaffMember member;
    member.id = ++last_id_;
    member.name = name;
    member.state = state;
    member.invited_at = Now();
    member.roles = {{"support", std::nullopt, 0}};
    Permit permit = vault_->gate().Authorise(vault_.As("everything"), Action::kStaffInvite);
    EXPECT_TRUE(vault_->staff_directory().Add(std::move(permit), member).Wait().ok());
    return member.id;
  }
  Caller Person(PrincipalId id, const std::string& role) {
    auto principal = std::make_shared<Principal>();
    principal->id = id;
    principal->kind = PrincipalKind::kStaff;
    principal->roles = {role};
    Caller caller;
    caller.principal = std::move(principal);
    caller.address = IpAddress::Loopback();
    return caller;
  }
  Registers& registers() { return vault_->registers(); }
  UnixMillis Now() { return vault_.clock().NowMillis(); }
  StaffMemberPtr Ada() { return vault_->staff_directory().Find(ada_); }
  std::vector<bool> Standing3() {
    const Standing standing = registers().StandingOf(*Ada(), Now());
    return {standing.training_current, standing.agreement_signed, standing.acceptable_use_accepted};
  }
  Status Put(const std::string& name, const std::string& version, std::optional<UnixMillis> due_from = std::nullopt,
             std::optional<RegisterKind> kind = std::nullopt) {
    RegisterChange change;
    change.version = version;
    change.due_from = due_from;
    change.kind = kind;
    return registers().Put(vault_.As("administrator"), name, change).Wait().status();
  }
  Status Record(const std::string& name, const std::string& version) {
    return registers().Record(vault_.As("administrator"), ada_, MarkOf(name, version)).Wait().status();
  }

  TestVault vault_;
  PrincipalId ada_ = 0;
  PrincipalId last_id_ = 2000;
};

TEST_F(RegistersTest, WhoeverHasDoneNothingIsBehind) {
  EXPECT_THAT(Standing3(), ElementsAre(false, false, false));
  EXPECT_THAT(registers().DueOf(*Ada(), Now()), SizeIs(3));
  ASSERT_TRUE(Record("training", "1").ok());
  ASSERT_TRUE(registers().Accept(Person(ada_, "support"), MarkOf("agreement", "1")).Wait().ok());
  ASSERT_TRUE(registers().Accept(Person(ada_, "support"), MarkOf("acceptable-use", "1")).Wait().ok());
  EXPECT_THAT(Standing3(), ElementsAre(true, true, true)) << "control: everything is done";
  EXPECT_THAT(registers().DueOf(*Ada(), Now()), IsEmpty());
}

// The rule of the default policy, with the standing that these registers give.
TEST_F(RegistersTest, WhoeverIsBehindSeesMasksOnly) {
  const std::string code = vault_.CreateCustomer({{"email", "ada@example.com"}});
  const auto reveal = [&] {
    Caller caller = Person(ada_, "support");
    auto principal = std::make_shared<Principal>(*caller.principal);
    principal->purposes = {"*"};
    caller.principal = std::move(principal);
    caller.purpose = "customer-service";
    caller.standing = registers().StandingOf(*Ada(), Now());
    RevealRequest request;
    request.code = code;
    request.fields = {"email"};
    return vault_->customers().Reveal(caller, request).Wait().reason();
  };
  EXPECT_EQ(reveal(), Reason::kDenied);
  for (const char* name : {"training", "agreement", "acceptable-use"}) ASSERT_TRUE(Record(name, "1").ok());
  EXPECT_EQ(reveal(), Reason::kOk) << "control: nothing is due any more";
  vault_.clock().AdvanceMillis(365 * kDay);
  EXPECT_EQ(reveal(), Reason::kDenied) << "the training ran out";
}

TEST_F(RegistersTest, ATrainingRunsOutAndIsToldBefore) {
  ASSERT_TRUE(Record("training", "1").ok());
  vault_.clock().AdvanceMillis(300 * kDay);
  EXPECT_TRUE(Standing3()[0]);
  EXPECT_THAT(registers().DueOf(*Ada(), Now()), SizeIs(2)) << "the two that were never signed";
  EXPECT_EQ(*registers().StandingChangesAfter(*Ada(), Now()), Now() + 65 * kDay);
  vault_.clock().AdvanceMillis(40 * kDay);
  const std::vector<DueMark> soon = registers().DueOf(*Ada(), Now());
  ASSERT_THAT(soon, SizeIs(3));
  EXPECT_EQ(soon[2].name, "training");
  EXPECT_FALSE(soon[2].overdue);
  EXPECT_EQ(soon[2].due_at, Now() + 25 * kDay);
  vault_.clock().AdvanceMillis(25 * kDay);
  EXPECT_FALSE(Standing3()[0]);
  EXPECT_TRUE(registers().DueOf(*Ada(), Now())[2].overdue);
}

TEST_F(RegistersTest, ALaterVersionIsAskedForFromTheDayItIsDue) {
  ASSERT_TRUE(Record("agreement", "1").ok());
  ASSERT_TRUE(Put("agreement", "2", Now() + 40 * kDay).ok());
  EXPECT_TRUE(Standing3()[1]) << "not yet";
  EXPECT_THAT(registers().DueOf(*Ada(), Now()), SizeIs(2));
  vault_.clock().AdvanceMillis(20 * kDay);
  const std::vector<DueMark> due = registers().DueOf(*Ada(), Now());
  ASSERT_THAT(due, SizeIs(3));
  EXPECT_EQ(due[1].version, "2");
  EXPECT_FALSE(due[1].overdue);
  vault_.clock().AdvanceMillis(20 * kDay);
  EXPECT_FALSE(Standing3()[1]);
  ASSERT_TRUE(registers().Accept(Person(ada_, "support"), MarkOf("agreement", "2")).Wait().ok());
  EXPECT_TRUE(Standing3()[1]);
}

TEST_F(RegistersTest, EveryTrainingThatIsNeededCounts) {
  ASSERT_TRUE(Record("training", "1").ok());
  ASSERT_TRUE(Put("phishing", "1", std::nullopt, RegisterKind::kTraining).ok());
  EXPECT_FALSE(Standing3()[0]);
  RegisterChange optional;
  optional.version = "1";
  optional.needed = false;
  ASSERT_TRUE(registers().Put(vault_.As("administrator"), "phishing", optional).Wait().ok());
  EXPECT_TRUE(Standing3()[0]) << "kept for the record alone";
  optional.needed = true;
  ASSERT_TRUE(registers().Put(vault_.As("administrator"), "phishing", optional).Wait().ok());
  ASSERT_TRUE(Record("phishing", "1").ok());
  EXPECT_TRUE(Standing3()[0]);
}

TEST_F(RegistersTest, APersonSetsWhatARegisterAsksForWithAColleague) {
  RegisterChange optional;
  optional.version = "1";
  optional.needed = false;
  const Caller administrator = Person(ada_, "administrator");
  EXPECT_EQ(registers().Put(administrator, "training", optional).Wait().reason(), Reason::kApprovalNeeded);
  EXPECT_FALSE(Standing3()[0]) << "the training is asked for as before";
  EXPECT_TRUE(registers().Put(vault_.As("administrator"), "training", optional).Wait().ok())
      << "control: a key for setting up";
  EXPECT_TRUE(Standing3()[0]);
}

TEST_F(RegistersTest, NobodyRecordsTheirOwnTrainingAndNobodySignsForAnother) {
  EXPECT_EQ(registers().Accept(Person(ada_, "support"), MarkOf("training", "1")).Wait().reason(),
            Reason::kOwnCaseRefused);
  EXPECT_EQ(registers().Record(Person(ada_, "everything"), ada_, MarkOf("training", "1")).Wait().reason(),
            Reason::kOwnCaseRefused);
  EXPECT_EQ(registers().Record(Person(9, "support"), ada_, MarkOf("training", "1")).Wait().reason(), Reason::kDenied);
  EXPECT_EQ(registers().Read(Person(9, "support")).Wait().reason(), Reason::kDenied);
  EXPECT_THAT(Ada()->marks, IsEmpty());
  EXPECT_TRUE(Record("training", "1").ok()) << "control: a colleague who may";
  EXPECT_TRUE(registers().Read(Person(9, "auditor")).Wait().ok());
}

TEST_F(RegistersTest, WhatIsNotInTheRegisterCannotBeDone) {
  EXPECT_EQ(Record("gossip", "1").reason(), Reason::kRegisterUnknown);
  EXPECT_EQ(Record("training", "2").reason(), Reason::kInvalidArgument);
  EXPECT_EQ(Put("gossip", "1").reason(), Reason::kRegisterUnknown) << "a new register says its kind";
  EXPECT_EQ(Put("Gossip!", "1", std::nullopt, RegisterKind::kTraining).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(Put("training", "no spaces").reason(), Reason::kInvalidArgument);
  ASSERT_TRUE(Put("training", "2").ok());
  EXPECT_EQ(Put("training", "1").reason(), Reason::kInvalidArgument) << "what was replaced stays replaced";
  EXPECT_EQ(Put("training", "3", Now() - kDay).reason(), Reason::kInvalidArgument);
  ASSERT_TRUE(Record("agreement", "1").ok());
  ASSERT_TRUE(Put("agreement", "2").ok());
  EXPECT_EQ(registers().Accept(Person(ada_, "support"), MarkOf("agreement", "1")).Wait().reason(),
            Reason::kInvalidArgument)
      << "an old paper is not signed any more";
}

TEST_F(RegistersTest, ReopenedItAsksTheSame) {
  ASSERT_TRUE(Put("phishing", "1", std::nullopt, RegisterKind::kTraining).ok());
  ASSERT_TRUE(Record("training", "1").ok());
  const auto again = *Registers::Open(vault_->gate(), vault_->staff_directory());
  EXPECT_FALSE(again->StandingOf(*Ada(), Now()).training_current);
  EXPECT_THAT(again->DueOf(*Ada(), Now()), SizeIs(3));
}

TEST_F(RegistersTest, WhoLeftIsAskedForNothing) {
  Someone("gone", StaffState::kLeft);
  Someone("away", StaffState::kSuspended);
  const PrincipalId comes = Someone("comes", StaffState::kInvited);
  std::vector<PrincipalId> behind;
  for (const PersonsDue& person : registers().DueOfAll(Now())) behind.push_back(person.person->id);
  EXPECT_THAT(behind, ElementsAre(ada_, comes));
}

}  // namespace
}  // namespace strongroom
