// Rotation under life: whatever is created, changed, searched, tokenised, resolved, revoked or erased while keys
// rotate, crash and are destroyed, the answers are those of a simple model.
#include "vault/key_rotation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "base/encoding.h"
#include "vault/testing/test_house.h"

namespace strongroom {
namespace {

constexpr int64_t kDay = 86'400'000;
constexpr std::string_view kDomain = "crm";

uint64_t Seed(uint64_t otherwise) {
  const char* text = std::getenv("STRONGROOM_ROTATION_SEED");
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class KeyRotationTest : public testing::Test {
 protected:
  KeyRotationTest() {
    house_.FillCatalogue();
    TokenDomain domain;
    domain.name = kDomain;
    EXPECT_TRUE(house_.tokens->PutDomain(house_.As("everything"), domain).Wait().ok());
    Start();
  }
  void Start() { rotation_ = std::make_unique<KeyRotation>(*house_.gate, options_); }
  void Restart() {
    rotation_.reset();
    house_.Reopen();
    Start();
    EXPECT_EQ(house_.customers->FinishErasures().unfinished, 0u);
  }
  KeyEpochs& Epochs() { return *house_.RoomAt(TestHouse::kMain).epochs; }
  EpochInfo Info(Epoch epoch) {
    const std::vector<EpochInfo> infos = *Epochs().List();
    for (const EpochInfo& info : infos) {
      if (info.epoch == epoch) return info;
    }
    return {};
  }
  std::vector<std::string> Search(std::string_view field, std::string_view value, bool prefix = false) {
    const auto hits = house_.customers->Search(house_.As("everything"), "main", field, value, prefix).Wait();
    EXPECT_TRUE(hits.ok()) << hits.status().ToString();
    std::vector<std::string> codes;
    if (hits.ok()) {
      for (const MaskedCustomer& hit : *hits) codes.push_back(hit.code);
    }
    std::sort(codes.begin(), codes.end());
    return codes;
  }
  Result<std::string> Token(std::string_view code, TokenFormat format) {
    TokenRequest request;
    request.code = code;
    request.field = "email";
    request.format = format;
    auto made = house_.tokens->Create(house_.As("everything"), kDomain, std::span(&request, 1)).Wait();
    if (!made.ok()) return made.status();
    if (!made->front().ok()) return made->front().status();
    return made->front()->token;
  }
  Result<std::string> Resolve(std::string_view token) {
    auto resolved = house_.tokens->Resolve(house_.As("everything"), kDomain, std::span(&token, 1)).Wait();
    if (!resolved.ok()) return resolved.status();
    if (!resolved->front().ok()) return resolved->front().status();
    return std::string(resolved->front()->value.view());
  }
  Result<std::string> Create(std::string_view external_id, std::string_view email) {
    const auto made = house_.customers
                          ->Create(house_.As("application"),
                                   house_.RequestFor(external_id, {{"given_name", "Agneta"}, {"email", email}}))
                          .Wait();
    if (!made.ok()) return made.status();
    return made->code;
  }

  TestHouse house_;
  KeyRotationOptions options_{.rotate_days = 30, .keep_days = 35};
  std::unique_ptr<KeyRotation> rotation_;
};

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

// --- the model -------------------------------------------------------------------------------------------------------

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

// --- requests at the same moment -------------------------------------------------------------------------------------

struct StressOutcome {
  int failed = 0;     // requests that answered a failure
  int conflicts = 0;  // and how many of them said "ask again"
  int wrong = 0;      // answers that were not true
  std::string first;
};

class Stress : public KeyRotationTest {
 protected:
  // Four callers make customers, tokens and searches, often of the same external id and value, while keys rotate.
  StressOutcome Run(int turns) {
    std::vector<std::thread> threads;
    for (uint64_t worker = 0; worker < 4; ++worker) threads.emplace_back([this, worker] { Work(worker); });
    for (int turn = 0; turn < turns; ++turn) {
      Status done = rotation_->Rotate(house_.As("operator")).Wait().status();
      if (done.ok()) done = rotation_->RunDue();
      if (!done.ok()) Wrong("the rotation: " + done.ToString());  // rows came under an epoch that was proved empty
    }
    stop_ = true;
    for (std::thread& thread : threads) thread.join();
    for (const auto& [external, all] : codes_) {
      if (all.size() != 1) Wrong(external + " became several customers");
    }
    for (const auto& [email, all] : tokens_) {
      if (all.size() != 1) Wrong(email + " has several tokens");
    }
    std::printf("%zu customers, %zu shared tokens, %d conflicts, %d wrong, epoch %u\n", codes_.size(), tokens_.size(),
                outcome_.conflicts, outcome_.wrong, Epochs().ring().epoch());
    EXPECT_GT(codes_.size(), 20u);
    return outcome_;
  }
  // Nobody is waited for, and requests are slow, each of their commits, while the rotation is not.
  void MakeSlow() {
    options_.patience_millis = 0;
    Start();
    const auto slow = [rotating = std::this_thread::get_id()] {
      if (std::this_thread::get_id() != rotating) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    };
    house_.LogOf(TestHouse::kMain).keys.SetBeforeCommit(slow);
    house_.LogOf(TestHouse::kMain).data.SetBeforeCommit(slow);
  }

 private:
  void Wrong(const std::string& what) {
    std::lock_guard lock(mutex_);
    ++outcome_.wrong;
    if (outcome_.first.empty()) outcome_.first = what;
  }
  void Failed(const Status& status) {
    std::lock_guard lock(mutex_);
    const bool conflict = status.reason() == Reason::kStorageConflict || status.reason() == Reason::kRecordBusy;
    ++(conflict ? outcome_.conflicts : outcome_.failed);
    if (!conflict && outcome_.first.empty()) outcome_.first = status.ToString();
  }
  void Work(uint64_t worker) {
    std::mt19937_64 rng(worker);
    for (uint64_t own = 0; !stop_; ++own) {
      const bool contended = rng() % 4 == 0;
      const uint64_t number = contended ? rng() % 50 : (worker + 1) * 1'000'000 + own;
      const std::string external = "c-" + std::to_string(number);
      const std::string email = "person" + std::to_string(number % 200) + "@example.com";
      Result<std::string> code = Create(external, email);
      // Two at once for one external id: one of them has to ask again, rotation or not.
      for (int again = 0; contended && again < 5 && code.reason() == Reason::kStorageConflict; ++again) {
        code = Create(external, email);
      }
      if (!code.ok()) {
        Failed(code.status());
        continue;
      }
      const Result<std::string> token = Token(*code, TokenFormat::kDeterministic);
      if (!token.ok()) Failed(token.status());
      if (token.ok()) {
        const Result<std::string> value = Resolve(*token);
        if (value.reason() == Reason::kTokenNotFound || (value.ok() && *value != email)) Wrong("a token of " + email);
        if (!value.ok() && value.reason() != Reason::kTokenNotFound) Failed(value.status());
      }
      if (!*house_.RoomAt(TestHouse::kMain)
                .sealed->HasReference({'e', 2, 1, 0}, email, house_.customers->Open(*code)->id)) {
        Wrong(external + " is not found by its e-mail address");
      }
      const Result<OpenCustomer> known = house_.customers->Open("ext:" + external);
      if (!known.ok() || house_.house->codes().EncodeCustomer(known->id) != *code) Wrong(external + " is not found");
      std::lock_guard lock(mutex_);
      codes_[external].insert(*code);
      if (token.ok()) tokens_[email].insert(*token);
    }
  }

  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  StressOutcome outcome_;
  std::map<std::string, std::set<std::string>> codes_;   // of each external id
  std::map<std::string, std::set<std::string>> tokens_;  // of each e-mail address
};

TEST_F(Stress, NoRequestFailsWhileKeysRotate) {
  const StressOutcome outcome = Run(12);
  EXPECT_EQ(outcome.failed, 0) << outcome.first;
  EXPECT_EQ(outcome.wrong, 0) << outcome.first;
  EXPECT_EQ(outcome.conflicts, 0);
}

TEST_F(Stress, WhoComesLateIsRefusedAndNothingIsWrong) {
  MakeSlow();
  const StressOutcome outcome = Run(12);
  EXPECT_EQ(outcome.failed, 0) << outcome.first;
  EXPECT_EQ(outcome.wrong, 0) << outcome.first;
  EXPECT_GT(outcome.conflicts, 0);
}

// The control of both: a request that comes late, first refused, then let through.
TEST_F(KeyRotationTest, WithoutTheRefusalARowWouldBeLost) {
  const std::string code = house_.MakeCustomer("c-1", "anna@example.com");
  Room& room = house_.RoomAt(TestHouse::kMain);
  const CustomerId id = house_.customers->Open(code)->id;
  const IndexLabel label{'e', 2, 1, 0};
  const auto submit_late = [&](std::string_view value) {
    SealedBatch late;
    EXPECT_TRUE(room.sealed->PutReference(late, label, value, id).ok());
    EXPECT_TRUE(rotation_->Rotate(house_.As("operator")).Wait().ok());
    EXPECT_TRUE(rotation_->RunDue().ok());
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = Action::kStoreCheck;
    return room.journal->Submit(std::move(late), std::move(entry)).Wait();
  };
  options_.patience_millis = 0;
  Start();
  EXPECT_EQ(submit_late("late@example.com").reason(), Reason::kStorageConflict);
  room.sealed->ring().epochs().IgnoreClosingForTests();
  EXPECT_TRUE(submit_late("lost@example.com").ok());
  EXPECT_FALSE(*room.sealed->HasReference(label, "lost@example.com", id));
  // And whoever proves the next epoch empty finds that something is there that should not be.
  EXPECT_TRUE(rotation_->Rotate(house_.As("operator")).Wait().ok());
  EXPECT_EQ(rotation_->RunDue().reason(), Reason::kDataCorrupt);
}

}  // namespace
}  // namespace strongroom
