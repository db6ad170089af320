// People as they are stored, and the directory that changes them one commit at a time.
#include "access/staff_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "access/testing/test_vault.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr UnixMillis kNow = 1'767'225'600'000;

// The worked example of docs/formats/staff.md.
StaffMember Ada() {
  StaffMember ada;
  ada.id = 0x3f0c55aa12345678;
  ada.state = StaffState::kActive;
  ada.name = "ada";
  ada.display_name = "Ada Lind";
  ada.email = "ada@example.com";
  ada.phone = "+46701740605";
  ada.language = "sv";
  ada.roles = {{"support", kNow + 365LL * 86'400'000, 9}};
  ada.purposes = {"customer-service"};
  ada.networks = {*IpNetwork::Parse("10.20.0.0/16")};
  ada.invited_by = 9;
  ada.invited_at = kNow;
  ada.vetted_by = 10;
  ada.vetted_at = kNow + 1000;
  ada.vetting_reference = "folder 7";
  ada.password = "(sealed)";
  ada.password_set_at = kNow + 2000;
  ada.marks = {{"training", "2026", kNow + 3000, kNow + 180LL * 86'400'000, 9}};
  return ada;
}

Bytes HexOfPage() {
  std::ifstream file(STRONGROOM_SOURCE_DIR "/docs/formats/staff.md");
  std::stringstream page;
  page << file.rdbuf();
  const std::string text = page.str();
  const size_t begin = text.find("```hex\n") + 7;
  std::istringstream lines(text.substr(begin, text.find("```", begin) - begin));
  std::string hex;
  for (std::string line; std::getline(lines, line);) hex += line.substr(0, line.find(' '));
  return HexDecode(hex).ok() ? *HexDecode(hex) : Bytes();
}

TEST(StaffMember, IsStoredAsItsPageSays) {
  EXPECT_EQ(HexEncode(Ada().Encode()), HexEncode(HexOfPage()));
  const Result<StaffMember> read = StaffMember::Decode(HexOfPage());
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->display_name, "Ada Lind");
  EXPECT_EQ(read->Encode(), Ada().Encode());
}

TEST(StaffMember, EverythingSurvivesAndEveryCutIsRefused) {
  StaffMember full = Ada();
  full.passkeys = {{"id", "key", 7, "laptop", kNow, true}};
  full.totp_secret = "sealed";
  full.totp_last_step = 58'900'000;
  full.phone_confirmed = true;
  full.recovery_codes = {{"one", kNow}, {"two", std::nullopt}};
  full.question = "first street?";
  full.answer = "sealed";
  full.places = {{Digest{1, 2, 3}, kNow}};
  full.locked_at = kNow;
  full.locked_why = "budget";
  full.last_sign_in = kNow;
  const Bytes bytes = full.Encode();
  const Result<StaffMember> read = StaffMember::Decode(bytes);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->Encode(), bytes);
  EXPECT_EQ(read->totp_last_step, 58'900'000);
  EXPECT_TRUE(read->has_second_factor());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(StaffMember::Decode(ByteView(bytes).substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(StaffMember::Decode(bytes + "x").ok());
}

TEST(StaffMember, ARoleEndsWithItsDate) {
  const StaffMember ada = Ada();
  EXPECT_THAT(ada.RolesAt(*ada.roles[0].until - 1), ElementsAre("support"));
  EXPECT_THAT(ada.RolesAt(*ada.roles[0].until), IsEmpty());
}

class StaffDirectoryTest : public testing::Test {
 protected:
  StaffDirectoryTest() : directory_(*StaffDirectory::Open(vault_->gate())) {}
  Permit Ask() { return vault_->gate().Authorise(vault_.As("everything"), Action::kStaffInvite); }
  StaffMember Named(const std::string& name, PrincipalId id) {
    StaffMember member = Ada();
    member.name = name;
    member.id = id;
    return member;
  }

  TestVault vault_;
  std::unique_ptr<StaffDirectory> directory_;
};

TEST_F(StaffDirectoryTest, PeopleAreFoundByNameHoweverItIsWritten) {
  ASSERT_TRUE(directory_->Add(Ask(), Named("Åsa Öberg", 1)).Wait().ok());
  for (const char* name : {"Åsa Öberg", "åsa  öberg",
                           "A\xcc\x8asa Ö"
                           "berg"}) {
    const StaffMemberPtr found = directory_->FindByName(name);
    ASSERT_NE(found, nullptr) << name;
    EXPECT_EQ(found->id, 1u);
  }
  EXPECT_EQ(directory_->FindByName("asa oberg"), nullptr) << "control: another name is nobody";
  EXPECT_EQ(directory_->Add(Ask(), Named("ÅSA ÖBERG", 2)).Wait().reason(), Reason::kStaffNameTaken);
  EXPECT_EQ(directory_->All().size(), 1u);
}

TEST_F(StaffDirectoryTest, WhatIsChangedIsDurableAndTold) {
  ASSERT_TRUE(directory_->Add(Ask(), Named("ada", 1)).Wait().ok());
  std::vector<std::string> told;
  directory_->AddListener([&](const StaffMemberPtr& before, const StaffMemberPtr& after) {
    told.push_back(std::string(NameOf(before->state)) + " to " + std::string(NameOf(after->state)));
  });
  const auto suspend = [](StaffMember& member) {
    member.state = StaffState::kSuspended;
    return Status::Ok();
  };
  ASSERT_TRUE(directory_->Change(Ask(), 1, suspend).Wait().ok());
  EXPECT_THAT(told, ElementsAre("active to suspended"));
  EXPECT_EQ((*StaffDirectory::Open(vault_->gate()))->Find(1)->state, StaffState::kSuspended) << "read from the store";
  const auto refuse = [](StaffMember& member) {
    member.state = StaffState::kLeft;
    return Status(Reason::kStaffStateWrong);
  };
  EXPECT_EQ(directory_->Change(Ask(), 1, refuse).Wait().reason(), Reason::kStaffStateWrong);
  EXPECT_EQ(directory_->Find(1)->state, StaffState::kSuspended);
  EXPECT_EQ(directory_->Change(Ask(), 99, suspend).Wait().reason(), Reason::kStaffNotFound);
  EXPECT_EQ(told.size(), 1u);
}

TEST_F(StaffDirectoryTest, WhatAnotherServerChangedIsNotOverwritten) {
  ASSERT_TRUE(directory_->Add(Ask(), Named("ada", 1)).Wait().ok());
  const std::unique_ptr<StaffDirectory> other = *StaffDirectory::Open(vault_->gate());
  ASSERT_TRUE(other
                  ->Change(Ask(), 1,
                           [](StaffMember& member) {
                             member.phone = "+46700000001";
                             return Status::Ok();
                           })
                  .Wait()
                  .ok());
  ASSERT_TRUE(directory_
                  ->Change(Ask(), 1,
                           [](StaffMember& member) {
                             member.language = "zh";
                             return Status::Ok();
                           })
                  .Wait()
                  .ok());
  EXPECT_EQ(directory_->Find(1)->phone, "+46700000001");
  EXPECT_EQ(other->Find(1)->language, "sv") << "control: it has not looked again";
  ASSERT_TRUE(other->Refresh().ok());
  EXPECT_EQ(other->Find(1)->language, "zh");
}

}  // namespace
}  // namespace strongroom
