// The cache of customer keys: it forgets after a minute, by erasure, and when it is full, the oldest first.
#include "keys/customer_keys.h"

#include <gtest/gtest.h>

#include "store/faulty_store.h"
#include "store/testing/test_engine.h"

namespace strongroom {
namespace {

constexpr CompartmentId kCompartment = 7;

// Each read of a row takes this long.
class SlowStore : public FaultyStore {
 public:
  explicit SlowStore(FakeClock& clock) : FaultyStore(NewTestStore()), clock_(clock) {}
  int64_t read_millis = 0;
  Result<std::optional<StoreValue>> Get(ByteView key) const override {
    auto answer = FaultyStore::Get(key);
    clock_.AdvanceMillis(read_millis);
    return answer;
  }

 private:
  FakeClock& clock_;
};

class CustomerKeysTest : public testing::Test {
 protected:
  CustomerKeysTest() {
    const SecretBytes root = SecretBytes::Generate(32, random_);
    EXPECT_TRUE(KeyRing::Create(store_, root, kCompartment, random_).ok());
    keys_ = std::make_unique<CustomerKeys>(store_, *KeyRing::Open(store_, root, kCompartment), clock_, random_);
  }

  // Whether a key still opens although its row is gone: only a cache can answer that.
  bool OpensWithoutItsRow(CustomerId customer) {
    const Bytes row = RowOf(customer);
    const std::optional<StoreValue> kept = *store_.Get(row);
    StoreBatch away;
    away.deletes.push_back(row);
    EXPECT_TRUE(store_.Commit(away).ok());
    const bool opens = keys_->Get(customer).ok();
    StoreBatch back;
    back.puts.push_back({row, kept->bytes});
    EXPECT_TRUE(store_.Commit(back).ok());
    return opens;
  }
  static Bytes RowOf(CustomerId customer) {
    Bytes row = "K";
    for (int shift = 56; shift >= 0; shift -= 8) row.push_back(static_cast<char>(customer >> shift));
    return row;
  }

  SystemRandom random_;
  FakeClock clock_;
  SlowStore store_{clock_};
  std::unique_ptr<CustomerKeys> keys_;
};

TEST_F(CustomerKeysTest, AKeyIsRememberedForAMinuteAndNoLonger) {
  ASSERT_TRUE(keys_->Create({1}).ok());
  EXPECT_FALSE(OpensWithoutItsRow(1)) << "control: nothing was asked for yet";
  ASSERT_TRUE(keys_->Get(1).ok());
  EXPECT_TRUE(OpensWithoutItsRow(1));
  clock_.AdvanceMillis(CustomerKeys::kCacheMillis);
  EXPECT_FALSE(OpensWithoutItsRow(1));
}

// Whoever erases at another server waits for as long as a key is remembered, and not for reads that were slow.
TEST_F(CustomerKeysTest, AKeyThatTookLongToReadIsRememberedFromWhenItWasAskedFor) {
  ASSERT_TRUE(keys_->Create({1}).ok());
  store_.read_millis = CustomerKeys::kCacheMillis - 1'000;
  ASSERT_TRUE(keys_->Get(1).ok());
  store_.read_millis = 0;
  clock_.AdvanceMillis(999);
  EXPECT_TRUE(OpensWithoutItsRow(1)) << "control: it is remembered";
  clock_.AdvanceMillis(1);
  EXPECT_FALSE(OpensWithoutItsRow(1));
}

TEST_F(CustomerKeysTest, AnErasedKeyIsForgottenAtOnce) {
  ASSERT_TRUE(keys_->Create({1}).ok());
  ASSERT_TRUE(keys_->Get(1).ok());
  ASSERT_TRUE(keys_->Destroy(1, 0).ok());
  EXPECT_EQ(keys_->Get(1).reason(), Reason::kCustomerNotFound);
}

TEST_F(CustomerKeysTest, AFullCacheForgetsTheOldestFirst) {
  // Customers of one shard, one more than it holds.
  constexpr size_t kShards = 16;
  constexpr size_t kRoom = CustomerKeys::kCacheEntries / kShards;
  std::vector<CustomerId> customers;
  for (size_t i = 0; i <= kRoom; ++i) customers.push_back(kShards * (i + 1));
  ASSERT_TRUE(keys_->Create(customers).ok());
  for (size_t i = 0; i < kRoom; ++i) ASSERT_TRUE(keys_->Get(customers[i]).ok());
  EXPECT_TRUE(OpensWithoutItsRow(customers.front())) << "control: there was room for all of these";
  ASSERT_TRUE(keys_->Get(customers.back()).ok());
  EXPECT_FALSE(OpensWithoutItsRow(customers.front()));
  EXPECT_TRUE(OpensWithoutItsRow(customers[1]));
  EXPECT_TRUE(OpensWithoutItsRow(customers.back()));
}

}  // namespace
}  // namespace strongroom
