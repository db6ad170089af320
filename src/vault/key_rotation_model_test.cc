// Rotation under life: whatever is created, changed, searched, tokenised, resolved, revoked or erased while keys
// rotate, crash and are destroyed, the answers are those of a simple model.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>

#include "base/encoding.h"
#include "vault/key_rotation.h"
#include "vault/testing/key_rotation_fixture.h"

namespace strongroom {
namespace {

constexpr int64_t kDay = 86'400'000;

uint64_t Seed(uint64_t otherwise) {
  const char* text = std::getenv("STRONGROOM_ROTATION_SEED");
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct ModelCustomer {
  std::string code;
  std::string email;
  std::set<std::string> random_tokens;  // that stand for the email it has now
  bool has_shared = false;              // the deterministic one of it
};

class Model : public KeyRotationTest {
 protected:
  std::string RandomEmail() { return "person" + std::to_string(rng_() % 12) + "@example.com"; }
  std::string RandomExternal() { return "ext-" + std::to_string(rng_() % 40); }
  ModelCustomer* Any() {
    if (model_.empty()) return nullptr;
    auto at = model_.begin();
    std::advance(at, static_cast<long>(rng_() % model_.size()));
    return &at->second;
  }
  const std::string& ExternalOf(const ModelCustomer& customer) {
    for (const auto& [external, one] : model_) {
      if (&one == &customer) return external;
    }
    return none_;
  }

  void CreateOne() {
    const std::string external = RandomExternal();
    const std::string email = RandomEmail();
    const Result<std::string> made = Create(external, email);
    const auto known = model_.find(external);
    if (known == model_.end()) {
      ASSERT_TRUE(made.ok()) << made.status().ToString();
      model_[external] = {*made, email, {}, false};
    } else if (known->second.email == email) {
      ASSERT_TRUE(made.ok()) << made.status().ToString();
      EXPECT_EQ(*made, known->second.code);
    } else {
      EXPECT_EQ(made.reason(), Reason::kExternalIdTaken);
    }
  }
  void ChangeOne() {
    ModelCustomer* const customer = Any();
    if (customer == nullptr) return;
    const std::string email = RandomEmail();
    ChangeRequest change;
    change.code = customer->code;
    change.any_version = true;
    change.collection_point = TestHouse::kPoint;
    change.set = {{"email", email}};
    const auto changed = house_.customers->Change(house_.As("everything"), change).Wait();
    ASSERT_TRUE(changed.ok()) << changed.status().ToString();
    if (customer->email == email) return;
    for (const std::string& token : customer->random_tokens) gone_.insert(token);
    customer->email = email;
    customer->random_tokens.clear();
    customer->has_shared = false;
  }
  void MintOne() {
    ModelCustomer* const customer = Any();
    if (customer == nullptr) return;
    if (rng_() % 2 == 0) {
      const Result<std::string> token = Token(customer->code, TokenFormat::kRandom);
      ASSERT_TRUE(token.ok()) << token.status().ToString();
      customer->random_tokens.insert(*token);
      return;
    }
    const Result<std::string> token = Token(customer->code, TokenFormat::kDeterministic);
    ASSERT_TRUE(token.ok()) << token.status().ToString();
    customer->has_shared = true;
    // Everybody who has one for this value has the same.
    const bool others = std::any_of(model_.begin(), model_.end(), [&](const auto& one) {
      return &one.second != customer && one.second.email == customer->email && one.second.has_shared;
    });
    if (others) {
      EXPECT_EQ(*token, shared_[customer->email]);
    }
    shared_[customer->email] = *token;
  }
  void EraseOne() {
    ModelCustomer* const customer = Any();
    if (customer == nullptr) return;
    const std::string external = ExternalOf(*customer);
    const auto erased = house_.customers->Erase(house_.As("everything"), customer->code).Wait();
    ASSERT_TRUE(erased.ok()) << erased.status().ToString();
    EXPECT_TRUE(erased->index_rows_gone);
    for (const std::string& token : customer->random_tokens) gone_.insert(token);
    model_.erase(external);
    ++erased_;
  }
  void EraseWithACrash() {
    ModelCustomer* const customer = Any();
    if (customer == nullptr) return;
    const std::string external = ExternalOf(*customer);
    const std::string code = customer->code;
    FaultyStore& store = rng_() % 2 == 0 ? house_.LogOf(TestHouse::kMain).data : house_.LogOf(TestHouse::kMain).keys;
    store.SetPlan(
        FaultPlan({{.nth = 1 + rng_() % 3, .kind = rng_() % 2 == 0 ? FaultKind::kFailBefore : FaultKind::kFailAfter}}));
    house_.customers->Erase(house_.As("everything"), code).Wait().status().IgnoreError();
    store.SetPlan({});
    Restart();
    const auto again = house_.customers->Erase(house_.As("everything"), code).Wait();
    EXPECT_TRUE(again.ok() || again.reason() == Reason::kCustomerNotFound) << again.status().ToString();
    for (const std::string& token : model_[external].random_tokens) gone_.insert(token);
    model_.erase(external);
    ++erased_;
  }
  // A page of moving, the next epoch, or the end of an old one; now and then with a crash in it.
  void RotateABit() {
    const bool crash = rng_() % 4 == 0;
    TestLog& log = house_.LogOf(TestHouse::kMain);
    FaultyStore& store = rng_() % 2 == 0 ? log.data : log.keys;
    const uint64_t faults = store.faults_made();
    if (crash) {
      store.SetPlan(FaultPlan(
          {{.nth = 1 + rng_() % 3, .kind = rng_() % 2 == 0 ? FaultKind::kFailBefore : FaultKind::kFailAfter}}));
    }
    for (Room* const other : {&house_.house->office(), &house_.RoomAt(TestHouse::kVip)}) {  // nothing is in them
      while (*other->epochs->MoveSome()) continue;
    }
    Status done;
    const uint64_t choice = rng_() % 8;
    if (choice == 0) {
      done = rotation_->Rotate(house_.As("operator")).Wait().status();
      if (done.reason() == Reason::kRotationUnderWay) done = Status::Ok();
    } else if (choice == 1) {
      house_.clock.AdvanceMillis(36 * kDay);
      done = rotation_->DestroyDue(house_.As("operator")).Wait().status();
    } else {
      for (int page = 0; page < 3 && done.ok(); ++page) done = Epochs().MoveSome(1 + rng_() % 9).status();
    }
    store.SetPlan({});
    if (store.faults_made() > faults || !done.ok()) {
      ASSERT_TRUE(crash) << done.ToString();
      ++crashes_;
      Restart();
    }
  }
  void CheckSome() {
    const std::string email = RandomEmail();
    std::vector<std::string> expected;
    for (const auto& [external, customer] : model_) {
      if (customer.email == email) expected.push_back(customer.code);
    }
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(Search("email", email), expected) << email;
    const std::string external = RandomExternal();
    const Result<OpenCustomer> by_external = house_.customers->Open("ext:" + external);
    const auto known = model_.find(external);
    if (known == model_.end()) {
      EXPECT_EQ(by_external.reason(), Reason::kCustomerNotFound) << external;
    } else {
      ASSERT_TRUE(by_external.ok()) << external << by_external.status().ToString();
      EXPECT_EQ(house_.house->codes().EncodeCustomer(by_external->id), known->second.code);
    }
  }
  void CheckAll() {
    size_t owners = 0;
    for (const auto& [external, customer] : model_) {
      const Result<OpenCustomer> open = house_.customers->Open("ext:" + external);
      ASSERT_TRUE(open.ok()) << external;
      for (const std::string& token : customer.random_tokens) {
        const Result<std::string> value = Resolve(token);
        ASSERT_TRUE(value.ok()) << value.status().ToString();
        EXPECT_EQ(*value, customer.email);
      }
      if (customer.has_shared) {
        ++owners;
        const Result<std::string> value = Resolve(shared_[customer.email]);
        ASSERT_TRUE(value.ok()) << value.status().ToString();
        EXPECT_EQ(*value, customer.email);
      }
    }
    for (const std::string& token : gone_) EXPECT_FALSE(Resolve(token).ok());
    // Rows: no more than the living have.  Each: external id, audit id; email; six prefixes and the name itself are one
    // row each; owners of shared tokens stay owners until they are erased, so those are not counted here.
    const size_t unique_rows = house_.LogOf(TestHouse::kMain).Rows("x").size();
    EXPECT_GE(unique_rows, model_.size() * 2);
    EXPECT_LE(unique_rows, model_.size() * 2 + shared_.size());
    std::printf("%zu customers, %zu owners of shared tokens, %d erased, %d crashes, epoch %u\n", model_.size(), owners,
                erased_, crashes_, Epochs().ring().epoch());
  }

  std::mt19937_64 rng_{Seed(1)};
  std::map<std::string, ModelCustomer> model_;  // by external id
  std::map<std::string, std::string> shared_;   // email -> its deterministic token
  std::set<std::string> gone_;                  // tokens of values that are replaced or erased
  const std::string none_;
  int crashes_ = 0;
  int erased_ = 0;
};

TEST_F(Model, EverythingAnswersAsIfNothingRotated) {
  for (int round = 0; round < 6; ++round) {
    const uint64_t seed = Seed(1) + static_cast<uint64_t>(round);
    rng_.seed(seed);
    for (int step = 0; step < 800; ++step) {
      SCOPED_TRACE("STRONGROOM_ROTATION_SEED=" + std::to_string(seed) + " step " + std::to_string(step));
      switch (rng_() % 10) {
        case 0:
        case 1:
          CreateOne();
          break;
        case 2:
          ChangeOne();
          break;
        case 3:
          MintOne();
          break;
        case 4:
          rng_() % 3 == 0 ? EraseOne() : CheckSome();
          break;
        case 5:
          rng_() % 12 == 0 ? EraseWithACrash() : CheckSome();
          break;
        case 6:
          CheckSome();
          break;
        default:
          RotateABit();
          break;
      }
      if (HasFailure()) return;
    }
    CheckAll();
    if (HasFailure()) return;
  }
  EXPECT_GT(crashes_, 20);
  EXPECT_GT(Epochs().ring().epoch(), 10u);
  const auto infos = *Epochs().List();
  EXPECT_TRUE(std::any_of(infos.begin(), infos.end(),
                          [](const EpochInfo& info) { return info.state == EpochState::kDestroyed; }));
}

}  // namespace
}  // namespace strongroom
