// Rows that servers of one vault leave each other, as docs/formats/fleet.md says.
#include "keys/fleet_rows.h"

#include <gtest/gtest.h>

#include "keys/epoch_rows.h"
#include "store/faulty_store.h"
#include "store/testing/test_engine.h"

namespace strongroom {
namespace {

class FleetRowsTest : public testing::Test {
 protected:
  FleetRowsTest() {
    const SecretBytes root = SecretBytes::Generate(32, random_);
    EXPECT_TRUE(KeyRing::Create(keys_, root, kOffice, random_).ok());
    rows_ = std::make_unique<FleetRows>(data_, *KeyRing::Open(keys_, root, kOffice), random_);
    mine_.number = 3;
    mine_.name = "vault-three";
    mine_.address = "192.0.2.3:8443";
    mine_.version = "1.2.3";
    mine_.started_at = 1'800'000'000'000;
  }
  bool Has(const Bytes& key) { return data_.Get(key)->has_value(); }

  SystemRandom random_;
  FaultyStore keys_{NewTestStore()};
  FaultyStore data_{NewTestStore()};
  std::unique_ptr<FleetRows> rows_;
  ServerLease mine_;
};

TEST_F(FleetRowsTest, WhatIsWrittenIsSeenUnderTheKeysOfThePage) {
  DutyLease duty;
  ASSERT_TRUE(rows_->Beat(mine_, &duty).ok());
  ASSERT_TRUE(rows_->NoticeEpoch(0x1111, 7).ok());
  StoreBatch change;
  change.puts.push_back({FleetChangeKey(6), Bytes(kFleetDrawBytes, 'x')});
  ASSERT_TRUE(data_.Commit(change).ok());
  EXPECT_TRUE(Has(Bytes("vs\x03", 3)));
  EXPECT_TRUE(Has("vd"));
  EXPECT_TRUE(Has(Bytes("ve\0\0\x11\x11", 6)));
  EXPECT_TRUE(Has(Bytes("vt\x06", 3)));

  const FleetSight sight = *rows_->Look();
  ASSERT_EQ(sight.servers.size(), 1u);
  EXPECT_EQ(sight.servers[0].number, 3u);
  EXPECT_EQ(sight.servers[0].name, "vault-three");
  EXPECT_EQ(sight.servers[0].address, "192.0.2.3:8443");
  EXPECT_EQ(sight.servers[0].version, "1.2.3");
  EXPECT_EQ(sight.servers[0].started_at, 1'800'000'000'000);
  EXPECT_EQ(sight.servers[0].beat, 1u);
  ASSERT_TRUE(sight.duty.has_value());
  EXPECT_EQ(sight.duty->number, 3u);
  EXPECT_EQ(sight.epochs.at(0x1111).wanted, 7u);
  EXPECT_EQ(sight.changes.at(6), Bytes(kFleetDrawBytes, 'x'));
}

TEST_F(FleetRowsTest, ASecondProcessOfANumberAndASecondOnDutyMeetAConflict) {
  ServerLease other = mine_;
  ServerLease fourth = mine_;
  fourth.number = 4;
  DutyLease duty;
  DutyLease fourths_duty;
  ASSERT_TRUE(rows_->Beat(mine_, &duty).ok());
  EXPECT_EQ(rows_->Beat(other, nullptr).reason(), Reason::kStorageConflict);
  EXPECT_EQ(rows_->Beat(fourth, &fourths_duty).reason(), Reason::kStorageConflict) << "nothing of it is written";
  EXPECT_TRUE(rows_->Beat(fourth, nullptr).ok());
  EXPECT_TRUE(rows_->Beat(mine_, &duty).ok()) << "the control: the holder goes on";
  EXPECT_EQ(rows_->Look()->duty->beat, 2u);
  ASSERT_TRUE(rows_->Leave(mine_, &duty).ok());
  const FleetSight sight = *rows_->Look();
  EXPECT_FALSE(sight.duty.has_value());
  ASSERT_EQ(sight.servers.size(), 1u);
  EXPECT_EQ(sight.servers[0].number, 4u);
}

TEST_F(FleetRowsTest, WhatIsDamagedOrNewerIsNotTakenForSomethingElse) {
  ASSERT_TRUE(rows_->Beat(mine_, nullptr).ok());
  const Bytes key("vs\x03", 3);
  Bytes damaged = (*data_.Get(key))->bytes;
  damaged[damaged.size() / 2] ^= 1;
  StoreBatch batch;
  batch.puts.push_back({key, damaged});
  ASSERT_TRUE(data_.Commit(batch).ok());
  EXPECT_FALSE(rows_->Look().ok());
  batch.puts.clear();
  batch.deletes.push_back(key);
  batch.puts.push_back({"vz", "of a newer version"});
  ASSERT_TRUE(data_.Commit(batch).ok());
  EXPECT_EQ(rows_->Look().reason(), Reason::kDataCorrupt);
}

TEST_F(FleetRowsTest, TheRowOfTheOpenEpochIsItsNumber) {
  EXPECT_EQ(TurnRowKey(), "o");
  EXPECT_EQ(TurnRowValue(0x01020304), Bytes("\x01\x02\x03\x04", 4));
  EXPECT_EQ(*ReadTurnRow(data_), std::nullopt);
  StoreBatch batch;
  batch.puts.push_back({TurnRowKey(), TurnRowValue(9)});
  ASSERT_TRUE(data_.Commit(batch).ok());
  EXPECT_EQ(*ReadTurnRow(data_), std::optional<Epoch>(9));
  StoreBatch late;
  late.conditions.push_back(StandsUnder(8));
  late.puts.push_back({"x", "late"});
  EXPECT_EQ(data_.Commit(late).reason(), Reason::kStorageConflict);
  late.conditions = {StandsUnder(9)};
  EXPECT_TRUE(data_.Commit(late).ok());
}

}  // namespace
}  // namespace strongroom
