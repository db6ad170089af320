// The worked examples of docs/formats/approval.md, budget.md, witness.md and others are right, and nothing shorter or
// longer is read.
#include <gtest/gtest.h>

#include "access/approval_record.h"
#include "access/budget_record.h"
#include "access/customer_account.h"
#include "access/device_record.h"
#include "access/testing/format_page.h"
#include "access/witness_record.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

template <typename Record>
void ExpectStrict(const Bytes& good) {
  ASSERT_TRUE(Record::Decode(good).ok()) << Record::Decode(good).status().ToString();
  EXPECT_EQ(HexEncode(Record::Decode(good)->Encode()), HexEncode(good));
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(Record::Decode(good.substr(0, size)).ok()) << size;
  EXPECT_FALSE(Record::Decode(good + '\0').ok());
}

TEST(AccessFormatPages, TheApprovalIsWhatItsPageSays) {
  const Bytes block = ExampleOfPage("approval.md");
  ExpectStrict<Approval>(block);
  const Result<Approval> approval = Approval::Decode(block);
  ASSERT_TRUE(approval.ok());
  EXPECT_EQ(FormatApprovalId(approval->id), "0123456789abcdef");
  EXPECT_EQ(approval->state, ApprovalState::kSpent);
  EXPECT_EQ(FormatTime(approval->asked_at), "2026-11-22T06:05:53.123Z");
  EXPECT_EQ(approval->pending_until - approval->asked_at, 24 * 3'600'000);
  EXPECT_EQ(approval->request.target, "/v1/customers/1/reveal");
  ASSERT_EQ(approval->questions.size(), 1u);
  EXPECT_EQ(approval->questions.front(),
            (AskedQuestion{Action::kCustomerReveal, true, "email", Sensitivity::kPersonal, "main", 1}));
  EXPECT_EQ(approval->usable_until - *approval->decided_at, 3'600'000);
}

TEST(AccessFormatPages, ABudgetIsWhatItsPageSays) {
  const Bytes block = ExampleOfPage("budget.md");
  ExpectStrict<BudgetRecord>(block);
  const Result<BudgetRecord> record = BudgetRecord::Decode(block);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->budget, "support-hour");
  EXPECT_EQ(record->taken, 40u);
  EXPECT_EQ(record->refused, 2u);
  EXPECT_FALSE(record->locked_at.has_value());
}

TEST(AccessFormatPages, HowACustomerSignsInIsWhatItsPageSays) {
  const Bytes block = ExampleOfPage("customer-sign-in.md");
  ExpectStrict<CustomerAccount>(block);
  const Result<CustomerAccount> account = CustomerAccount::Decode(block);
  ASSERT_TRUE(account.ok());
  ASSERT_EQ(account->person.passkeys.size(), 1u);
  EXPECT_EQ(account->person.passkeys[0].sign_count, 7u);
  EXPECT_TRUE(account->person.passkeys[0].backup_eligible);
  EXPECT_EQ(account->person.phone, "+46701234567");
  EXPECT_EQ(account->person.totp_last_step, -1);
  EXPECT_EQ(account->wrong_codes, 2u);
  EXPECT_EQ(account->texts, 1u);
}

TEST(AccessFormatPages, WhatIsKeptOfWitnessedCheckpointsIsWhatItsPageSays) {
  const Bytes block = ExampleOfPage("witness.md");
  const Result<WitnessRecord> record = DecodeWitnessRecord(block);
  ASSERT_TRUE(record.ok()) << record.status().ToString();
  EXPECT_EQ(HexEncode(EncodeWitnessRecord(*record)), HexEncode(block));
  ASSERT_EQ(record->size(), 1u);
  const LeftCheckpoint& left = record->at("main");
  EXPECT_EQ(left.told_size, 1024u);
  EXPECT_EQ(FormatTime(left.told_at), "2026-11-22T06:05:53.123Z");
  EXPECT_EQ(left.LeftAt() - left.told_at, 15'000);
}

TEST(AccessFormatPages, ADeviceIsWhatItsPageSays) {
  const Bytes block = ExampleOfPage("device.md");
  ExpectStrict<DeviceRecord>(block);
  const Result<DeviceRecord> device = DeviceRecord::Decode(block);
  ASSERT_TRUE(device.ok());
  EXPECT_EQ(device->label, "laptop");
  EXPECT_EQ(FormatTime(device->requested_at), "2026-11-22T06:05:53.123Z");
  EXPECT_EQ(device->requested_by, device->person);
  EXPECT_EQ(FormatTime(device->ends_at()), "2027-01-01T00:00:00.000Z");
  EXPECT_EQ(device->revoked_at, 0);
  ASSERT_TRUE(device->posture.has_value());
  EXPECT_FALSE(device->posture->good());
  DeviceRecord ungranted = *device;
  ungranted.certificates.clear();
  EXPECT_FALSE(DeviceRecord::Decode(ungranted.Encode()).ok()) << "granted, and without a certificate";
}

TEST(AccessFormatPages, AnApprovalThatContradictsItselfIsNotRead) {
  Approval approval = *Approval::Decode(ExampleOfPage("approval.md"));
  approval.spent_at.reset();
  EXPECT_FALSE(Approval::Decode(approval.Encode()).ok()) << "spent, and never";
  approval.state = ApprovalState::kGranted;
  EXPECT_TRUE(Approval::Decode(approval.Encode()).ok()) << "the control";
  approval.decided_at.reset();
  EXPECT_FALSE(Approval::Decode(approval.Encode()).ok()) << "granted by nobody";
  approval.state = ApprovalState::kPending;
  EXPECT_TRUE(Approval::Decode(approval.Encode()).ok());
  approval.questions.front().tier = 16;
  EXPECT_FALSE(Approval::Decode(approval.Encode()).ok());
}

}  // namespace
}  // namespace strongroom
