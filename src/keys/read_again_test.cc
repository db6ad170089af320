// A customer may move to a new key between the two reads that showing them takes, one in each store.
#include "keys/read_again.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

#include "keys/customer_keys.h"
#include "store/testing/test_engine.h"

namespace strongroom {
namespace {

constexpr CompartmentId kCompartment = 7;
constexpr CustomerId kCustomer = 11;

// Something happens after each read of rows, before their reader has them.
class BusyStore : public Store {
 public:
  std::function<void()> after_read;

  Result<std::optional<StoreValue>> Get(ByteView key) const override {
    auto answer = inner_->Get(key);
    if (after_read) after_read();
    return answer;
  }
  Result<std::vector<std::optional<StoreValue>>> MultiGet(const std::vector<Bytes>& keys) const override {
    auto answer = inner_->MultiGet(keys);
    if (after_read) after_read();
    return answer;
  }
  Result<std::vector<StoreRow>> Scan(const ScanRange& range) const override { return inner_->Scan(range); }
  std::vector<Status> CommitGroup(const std::vector<const StoreBatch*>& batches, const Finisher& finish) override {
    return inner_->CommitGroup(batches, finish);
  }
  Result<std::unique_ptr<StoreReader>> Snapshot() const override { return inner_->Snapshot(); }

 private:
  const std::shared_ptr<Store> inner_ = NewTestStore();
};

class ReadAgain : public testing::Test {
 protected:
  ReadAgain() {
    const SecretBytes root = SecretBytes::Generate(32, random_);
    EXPECT_TRUE(KeyRing::Create(*key_store_, root, kCompartment, random_).ok());
    const std::shared_ptr<const KeyRing> ring = *KeyRing::Open(*key_store_, root, kCompartment);
    keys_ = std::make_unique<CustomerKeys>(*key_store_, ring, clock_, random_);
    sealed_ = std::make_unique<SealedStore>(data_, ring, keys_.get(), random_);
    EXPECT_TRUE(keys_->Create({kCustomer}).ok());
    const CustomerKeyPtr key = *keys_->Get(kCustomer);
    SealedBatch batch;
    EXPECT_TRUE(sealed_->PutRecord(batch, kCustomer, *key, "record", kAbsent).ok());
    EXPECT_TRUE(sealed_->PutItem(batch, kCustomer, *key, 't', "item", "content").ok());
    EXPECT_TRUE(data_.Commit(batch.rows()).ok());
  }

  // From one key to the next, to the end.
  void Rekey() {
    const CustomerKeyPtr key = *keys_->BeginRekey(kCustomer);
    SealedBatch batch;
    const Result<OpenRecord> record = sealed_->GetRecord(kCustomer);
    ASSERT_TRUE(record.ok()) << record.status().ToString();
    ASSERT_TRUE(sealed_->PutRecord(batch, kCustomer, *key, record->content.view(), record->version).ok());
    ASSERT_TRUE(sealed_->ResealItems(batch, kCustomer, *key, {}, 1 << 20).ok());
    ASSERT_TRUE(data_.Commit(batch.rows()).ok());
    ASSERT_TRUE(keys_->EndRekey(kCustomer).ok());
    ++rekeyed_;
  }

  // The next `times` reads are overtaken.
  void OvertakeReads(int times) {
    overtake_ = times;
    data_.after_read = [this] {
      if (busy_ || overtake_ == 0) return;
      --overtake_;
      busy_ = true;
      Rekey();
      busy_ = false;
    };
  }

  SystemRandom random_;
  FakeClock clock_;
  std::shared_ptr<Store> key_store_ = NewTestStore();
  BusyStore data_;
  std::unique_ptr<CustomerKeys> keys_;
  std::unique_ptr<SealedStore> sealed_;
  int overtake_ = 0;
  bool busy_ = false;  // what a new key reads itself is not overtaken
  int rekeyed_ = 0;
};

TEST_F(ReadAgain, ARecordThatMovedToANewKeyWhileItWasReadOpens) {
  OvertakeReads(3);
  const Result<OpenRecord> record = sealed_->GetRecord(kCustomer);
  ASSERT_TRUE(record.ok()) << record.status().ToString();
  EXPECT_EQ(record->content.view(), "record");
  EXPECT_EQ(record->key->generation, (*keys_->Get(kCustomer))->generation);
  EXPECT_EQ(rekeyed_, 3);
  OvertakeReads(1);
  EXPECT_TRUE(sealed_->GetRecordEvenBlocked(kCustomer).ok());
  EXPECT_EQ(rekeyed_, 4);
}

TEST_F(ReadAgain, SoDoOneOfManyAndAnItem) {
  OvertakeReads(1);
  const auto records = sealed_->GetRecords({kCustomer});
  ASSERT_TRUE(records.ok());
  EXPECT_TRUE(records->front().ok()) << records->front().status().ToString();
  EXPECT_EQ(rekeyed_, 1);
  const CustomerKeyPtr key = *keys_->Get(kCustomer);
  Rekey();  // what the caller holds is old
  OvertakeReads(2);
  const auto item = sealed_->GetItem(kCustomer, *key, 't', "item");
  ASSERT_TRUE(item.ok()) << item.status().ToString();
  ASSERT_TRUE(item->has_value());
  EXPECT_EQ((*item)->content.view(), "content");
  EXPECT_EQ(rekeyed_, 4);
}

TEST_F(ReadAgain, WhatIsDamagedIsReadTwiceAndNoMore) {
  StoreBatch damage;
  Bytes row = "c";
  for (int shift = 56; shift >= 0; shift -= 8) row.push_back(static_cast<char>(kCustomer >> shift));
  ASSERT_TRUE((*data_.Get(row)).has_value());
  damage.puts.push_back({row, "damaged"});
  ASSERT_TRUE(data_.Commit(damage).ok());
  int reads = 0;
  data_.after_read = [&reads] { ++reads; };
  EXPECT_EQ(sealed_->GetRecord(kCustomer).status().reason(), Reason::kDataCorrupt);
  EXPECT_EQ(reads, 2);
}

}  // namespace
}  // namespace strongroom
