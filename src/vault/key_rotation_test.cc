// Who rotates, what the log says of it, what is due by itself, and what older formats leave behind.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "base/encoding.h"
#include "vault/key_rotation.h"
#include "vault/testing/key_rotation_fixture.h"

namespace strongroom {
namespace {

constexpr int64_t kDay = 86'400'000;

TEST_F(KeyRotationTest, OnlyWhoRunsTheSystemRotates) {
  for (const std::string_view role : {"support", "application", "privacy-officer", "auditor", "administrator"}) {
    EXPECT_EQ(rotation_->Rotate(house_.As(role)).Wait().reason(), Reason::kDenied) << role;
    EXPECT_EQ(rotation_->DestroyDue(house_.As(role)).Wait().reason(), Reason::kDenied) << role;
  }
  EXPECT_EQ(Epochs().List()->size(), 1u);
  EXPECT_EQ(rotation_->List(house_.As("support")).Wait().reason(), Reason::kDenied);
  EXPECT_TRUE(rotation_->List(house_.As("auditor")).Wait().ok());
  EXPECT_TRUE(rotation_->Rotate(house_.As("operator")).Wait().ok());
  EXPECT_EQ(Epochs().List()->size(), 2u);
  EXPECT_EQ(rotation_->Rotate(house_.As("operator")).Wait().reason(), Reason::kRotationUnderWay);
}

TEST_F(KeyRotationTest, TheLogHasAnEntryBeforeAndAfter) {
  house_.MakeCustomer("c-1", "anna@example.com");
  ASSERT_TRUE(rotation_->Rotate(house_.As("operator")).Wait().ok());
  ASSERT_TRUE(rotation_->RunDue().ok());
  house_.clock.AdvanceMillis(36 * kDay);
  options_.rotate_days = 0;
  Start();
  ASSERT_TRUE(rotation_->RunDue().ok());
  std::vector<std::string> details;
  for (const AuditEntry& entry : house_.Entries(TestHouse::kMain)) {
    if (entry.action == Action::kEpochRotate || entry.action == Action::kEpochDestroy) details.push_back(entry.detail);
  }
  EXPECT_EQ(details, (std::vector<std::string>{"epoch 1 closes, epoch 2 opens", "epoch 2 is open",
                                               "epoch 1 is empty: of 1 customers' keys and 9 index rows none is left",
                                               "epoch 1 is to be destroyed", "epoch 1 is destroyed"}));
}

TEST_F(KeyRotationTest, WhatIsDueIsDoneByItselfAndNothingEarlier) {
  house_.MakeCustomer("c-1", "anna@example.com");
  ASSERT_TRUE(rotation_->RunDue().ok());
  EXPECT_EQ(Epochs().List()->size(), 1u);
  house_.clock.AdvanceMillis(30 * kDay);
  ASSERT_TRUE(rotation_->RunDue().ok());
  ASSERT_EQ(Epochs().List()->size(), 2u);
  EXPECT_EQ(Info(1).state, EpochState::kEmpty);
  house_.clock.AdvanceMillis(35 * kDay - 1);
  EXPECT_TRUE(rotation_->DestroyDue(house_.As("operator")).Wait()->empty());
  house_.clock.AdvanceMillis(1);
  EXPECT_EQ(rotation_->DestroyDue(house_.As("operator")).Wait()->size(), 3u);  // of the office and both compartments
  EXPECT_EQ(Info(1).state, EpochState::kDestroyed);
  EXPECT_EQ(Search("email", "anna@example.com").size(), 1u);
}

// Tokens of the format before marks, and a plan of the one before: both name rows of epoch 1 by their keys.
TEST_F(KeyRotationTest, TokensFromBeforeMarksOutliveTheFirstEpoch) {
  const std::string code = house_.MakeCustomer("c-1", "anna@example.com");
  const Result<std::string> token = Token(code, TokenFormat::kDeterministic);
  ASSERT_TRUE(token.ok());
  Room& room = house_.RoomAt(TestHouse::kMain);
  const OpenCustomer customer = *house_.customers->Open(code);
  const Bytes name = room.sealed->ListItems(customer.id, kTokenItemKind, 10)->front();
  {
    TokenItem item = *TokenItem::Decode(
        (*room.sealed->GetItem(customer.id, *customer.stored.key, kTokenItemKind, name))->content.view());
    ASSERT_TRUE(item.value_mark.has_value());
    const EpochKeysPtr first = room.sealed->ring().epochs().Current()->open;
    item.value_row_of_epoch_1 = RowKeyOfMark(first->blinder, {kUniqueKind, *item.value_mark, 0});
    item.value_mark.reset();
    SealedBatch batch;
    ASSERT_TRUE(
        room.sealed->PutItem(batch, customer.id, *customer.stored.key, kTokenItemKind, name, item.Encode()).ok());
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = Action::kStoreCheck;
    ASSERT_TRUE(room.journal->Submit(std::move(batch), entry).Wait().ok());
  }
  EXPECT_EQ(*Resolve(*token), "anna@example.com");
  ASSERT_TRUE(rotation_->Rotate(house_.As("operator")).Wait().ok());
  ASSERT_TRUE(rotation_->RunDue().ok());
  EXPECT_EQ(*Resolve(*token), "anna@example.com");
  house_.clock.AdvanceMillis(35 * kDay);
  ASSERT_TRUE(rotation_->DestroyDue(house_.As("operator")).Wait().ok());
  EXPECT_EQ(Info(1).state, EpochState::kDestroyed);
  EXPECT_EQ(*Resolve(*token), "anna@example.com");
  EXPECT_EQ(*Token(code, TokenFormat::kDeterministic), *token);
  const auto erased = house_.customers->Erase(house_.As("everything"), code).Wait();
  ASSERT_TRUE(erased.ok()) << erased.status().ToString();
  EXPECT_TRUE(erased->index_rows_gone);
  EXPECT_TRUE(house_.LogOf(TestHouse::kMain).Rows("i").empty());
  EXPECT_TRUE(house_.LogOf(TestHouse::kMain).Rows("x").empty());
}

TEST_F(KeyRotationTest, AnErasureBegunBeforeMarksIsFinishedAfterTheFirstEpoch) {
  const std::string code = house_.MakeCustomer("c-1", "anna@example.com");
  TestLog& log = house_.LogOf(TestHouse::kMain);
  Room& room = house_.RoomAt(TestHouse::kMain);
  const OpenCustomer customer = *house_.customers->Open(code);
  Bytes plan;
  ByteWriter writer(plan);
  writer.U8(2);
  writer.U64(customer.id);
  writer.Raw(View(customer.record.audit_id));
  writer.Varint(1);  // epoch
  writer.U8(1);
  writer.Varint(0);
  writer.Varint(0);
  std::vector<StoreRow> rows = log.Rows("i");
  for (StoreRow& row : log.Rows("x")) rows.push_back(std::move(row));
  rows.push_back(log.Rows("c").front());
  writer.Varint(rows.size());
  for (const StoreRow& row : rows) writer.Prefixed(row.key);
  writer.Varint(0);
  writer.Varint(0);
  Bytes name = "erase";
  ByteWriter(name).U64(customer.id);
  SealedBatch batch;
  ASSERT_TRUE(room.sealed->PutDocument(batch, Table::kIntent, name, plan, kAbsent).ok());
  room.sealed->DeleteRecord(batch, customer.id);
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kStoreCheck;
  ASSERT_TRUE(room.journal->Submit(std::move(batch), std::move(entry)).Wait().ok());

  ASSERT_TRUE(rotation_->Rotate(house_.As("operator")).Wait().ok());
  ASSERT_TRUE(rotation_->RunDue().ok());
  house_.clock.AdvanceMillis(35 * kDay);
  ASSERT_TRUE(rotation_->DestroyDue(house_.As("operator")).Wait().ok());
  EXPECT_EQ(Info(1).state, EpochState::kDestroyed);
  EXPECT_FALSE(log.Rows("i").empty());
  const FinishedErasures finished = house_.customers->FinishErasures();
  EXPECT_EQ(finished.finished, 1u);
  EXPECT_EQ(finished.unfinished, 0u) << finished.first_failure.ToString();
  EXPECT_TRUE(log.Rows("i").empty());
  EXPECT_TRUE(log.Rows("x").empty());
  EXPECT_TRUE(*room.customer_keys->IsErased(customer.id));
}

TEST_F(KeyRotationTest, ADamagedPlanOfAnErasureKeepsNoEpochAlive) {
  house_.MakeCustomer("c-1", "anna@example.com");
  Room& room = house_.RoomAt(TestHouse::kMain);
  SealedBatch batch;
  ASSERT_TRUE(room.sealed->OverwriteDocument(batch, Table::kIntent, "erase", "no plan").ok());
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kStoreCheck;
  ASSERT_TRUE(room.journal->Submit(std::move(batch), std::move(entry)).Wait().ok());
  ASSERT_TRUE(rotation_->Rotate(house_.As("operator")).Wait().ok());
  ASSERT_TRUE(rotation_->RunDue().ok());
  house_.clock.AdvanceMillis(35 * kDay);
  const auto destroyed = rotation_->DestroyDue(house_.As("operator")).Wait();
  ASSERT_TRUE(destroyed.ok()) << destroyed.status().ToString();
  EXPECT_EQ(Info(1).state, EpochState::kDestroyed);
}

}  // namespace
}  // namespace strongroom
