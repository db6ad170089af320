// Callers at the same moment as rotations: none fails, nothing is wrong, and who comes late is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "base/encoding.h"
#include "vault/key_rotation.h"
#include "vault/testing/key_rotation_fixture.h"

namespace strongroom {
namespace {

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
