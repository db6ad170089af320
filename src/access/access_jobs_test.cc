// Reminders: who is behind is told once a stage, and what was told is known afterwards.
#include "access/access_jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "access/testing/test_vault.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

using ::testing::IsEmpty;

TEST(Reminders, AreReadAsTheyAreWritten) {
  const Reminders reminders = {{{0, "access-review", "", 7}, 5}, {{9, "training", "1", 0}, 1'767'225'600'000}};
  EXPECT_EQ(*DecodeReminders(EncodeReminders(reminders)), reminders);
  const Bytes good = EncodeReminders(reminders);
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(DecodeReminders(good.substr(0, size)).ok()) << size;
  EXPECT_FALSE(DecodeReminders(good + "x").ok());
}

// Takes what it is given; nothing is sent.
class QuietCourier : public Courier {
 public:
  Status Knows(const Destination& to) const override {
    return to.channel == NoticeChannel::kMail || to.channel == NoticeChannel::kSyslog
               ? Status::Ok()
               : Status(Reason::kConfigInvalid, "no way there");
  }
  std::vector<Destination> HouseDestinations() const override { return {{NoticeChannel::kSyslog, "siem"}}; }
  Delivery Deliver(const OutgoingMessage&, const StopSignal&) override { return {}; }
};

class AccessJobsTest : public testing::Test {
 protected:
  AccessJobsTest()
      : outbox_(*Outbox::Open(vault_->house(), std::make_unique<QuietCourier>())),
        jobs_(vault_->gate(), vault_->staff_directory(), vault_->registers(), vault_->review(), vault_->last_use(),
              *outbox_) {}

  PrincipalId Someone(const std::string& name, const std::string& email, StaffState state = StaffState::kActive) {
    StaffMember member;
    member.id = ++last_id_;
    member.name = name;
    member.email = email;
    member.state = state;
    member.invited_at = vault_.clock().NowMillis();
    member.roles = {{"support", std::nullopt, 0}};
    Permit permit = vault_->gate().Authorise(vault_.As("everything"), Action::kStaffInvite);
    EXPECT_TRUE(vault_->staff_directory().Add(std::move(permit), member).Wait().ok());
    return member.id;
  }
  void Record(PrincipalId id, const std::string& name) {
    RegisterMark mark;
    mark.name = name;
    mark.version = "1";
    ASSERT_TRUE(vault_->registers().Record(vault_.As("administrator"), id, mark).Wait().ok());
  }
  size_t Run() {
    const Result<size_t> told = jobs_.RunDue();
    EXPECT_TRUE(told.ok()) << told.status().ToString();
    return told.ok() ? *told : 0;
  }
  void AdvanceDays(int64_t days) { vault_.clock().AdvanceMillis(days * kMillisOfDay); }

  TestVault vault_;
  std::unique_ptr<Outbox> outbox_;
  AccessJobs jobs_;
  PrincipalId last_id_ = 4000;
};

TEST_F(AccessJobsTest, WithNobodyThereIsNothingToTell) {
  EXPECT_EQ(Run(), 0u);
  EXPECT_THAT(outbox_->Ids(std::nullopt, nullptr, 10), IsEmpty());
}

TEST_F(AccessJobsTest, EachStageIsToldOnce) {
  vault_.SequenceAll();
  const PrincipalId ada = Someone("ada", "ada@example.com");
  ASSERT_TRUE(vault_->review().Sign(vault_.As("administrator")).Wait().ok());
  EXPECT_EQ(Run(), 3u) << "three registers are overdue";
  EXPECT_EQ(Run(), 0u) << "told already";
  for (const char* name : {"training", "agreement", "acceptable-use"}) Record(ada, name);
  AdvanceDays(80);
  EXPECT_EQ(Run(), 0u) << "control: all is done";
  AdvanceDays(4);
  EXPECT_EQ(Run(), 1u) << "the review is due within a week";
  ASSERT_TRUE(vault_->review().Sign(vault_.As("administrator")).Wait().ok());
  AdvanceDays(365 - 84 - 29);
  ASSERT_TRUE(vault_->review().Sign(vault_.As("administrator")).Wait().ok());
  EXPECT_EQ(Run(), 1u) << "29 days before the training runs out";
  AdvanceDays(20);
  EXPECT_EQ(Run(), 0u) << "still that stage";
  AdvanceDays(4);
  EXPECT_EQ(Run(), 1u) << "five days before";
  AdvanceDays(5);
  EXPECT_EQ(Run(), 1u) << "overdue";
  AdvanceDays(20);
  EXPECT_EQ(Run(), 0u);
  AdvanceDays(11);
  EXPECT_EQ(Run(), 1u) << "again after thirty days";
  Record(ada, "training");
  EXPECT_EQ(Run(), 0u);
}

TEST_F(AccessJobsTest, WhoCannotBeToldIsTriedAgain) {
  vault_.SequenceAll();
  ASSERT_TRUE(vault_->review().Sign(vault_.As("administrator")).Wait().ok());
  Someone("nobody", "");
  Someone("invited", "i@example.com", StaffState::kInvited);
  Someone("gone", "g@example.com", StaffState::kLeft);
  EXPECT_EQ(Run(), 0u);
  Someone("ada", "ada@example.com", StaffState::kVetted);
  EXPECT_EQ(Run(), 3u) << "control: who has an address";
}

TEST_F(AccessJobsTest, ThatAReviewIsDueIsToldToTheHouse) {
  const PrincipalId ada = Someone("ada", "");
  for (const char* name : {"training", "agreement", "acceptable-use"}) Record(ada, name);
  EXPECT_EQ(Run(), 1u) << "none was ever signed";
  EXPECT_EQ(Run(), 0u);
  AdvanceDays(31);
  EXPECT_EQ(Run(), 1u);
}

}  // namespace
}  // namespace strongroom
