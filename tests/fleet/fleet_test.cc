// Several real servers over one vault in PostgreSQL (docs/decisions/0024): what one answered, all know; what one may no
// longer do, none does; and when one dies, the others go on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "servers.h"

namespace strongroom {
namespace {

using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

int64_t MillisSince(Clock::time_point begun) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun).count();
}

void SleepMillis(int millis) { std::this_thread::sleep_for(std::chrono::milliseconds(millis)); }

class FleetTest : public testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<Servers>> made = Servers::Make();
    if (!made.ok()) GTEST_SKIP() << made.status().message();
    servers_ = *std::move(made);
    for (const uint32_t number : {1u, 2u}) ASSERT_TRUE(Started(number));
    ASSERT_TRUE(servers_->Describe(1).ok());
    SleepMillis(1'200);  // the other knows the catalogue
  }
  testing::AssertionResult Started(uint32_t number) {
    const Status started = servers_->Start(number);
    return started.ok() ? testing::AssertionSuccess() : testing::AssertionFailure() << started.ToString();
  }
  std::string Reveal(uint32_t number, const std::string& code) {
    const Result<std::string> note = servers_->Reveal(number, code);
    return note.ok() ? *note : note.status().ToString();
  }
  std::string Create(uint32_t number, const std::string& note) {
    const Result<std::string> code = servers_->Create(number, note);
    EXPECT_TRUE(code.ok()) << code.status().ToString();
    return code.ok() ? *code : "";
  }
  uint32_t AwaitDuty() {
    for (int tries = 0; tries < 300; ++tries) {
      if (const uint32_t number = servers_->OnDuty(); number != 0) return number;
      SleepMillis(50);
    }
    return 0;
  }
  void ExpectWholeLogs(uint32_t number) {
    SleepMillis(2'500);  // everything is sequenced
    EXPECT_EQ(servers_->VerifyLogs(number).ToString(), "ok");
    const Result<std::string> found = servers_->Check(number);
    ASSERT_TRUE(found.ok()) << found.status().ToString();
    EXPECT_THAT(*found, HasSubstr("\"findings\":[]"));
  }

  std::unique_ptr<Servers> servers_;
};

TEST_F(FleetTest, WhatOneAnsweredTheOtherKnowsAtOnce) {
  for (int i = 0; i < 20; ++i) {
    const std::string note = "number " + std::to_string(i);
    const std::string code = Create(1 + i % 2, note);
    EXPECT_EQ(Reveal(2 - i % 2, code), note);
    const Result<std::string> found =
        servers_->Call(2 - i % 2, "POST", "/v1/customers:search", R"({"field":"note","value":")" + note + R"("})");
    ASSERT_TRUE(found.ok()) << found.status().ToString();
    EXPECT_THAT(*found, HasSubstr(code));
  }
  const std::string erased = Create(1, "to be erased");
  EXPECT_EQ(Reveal(2, erased), "to be erased") << "and holds the key for a second";
  ASSERT_TRUE(servers_->Call(1, "DELETE", "/v1/customers/" + erased).ok());
  EXPECT_THAT(Reveal(2, erased), HasSubstr("customer-not-found"));
  ExpectWholeLogs(2);
}

TEST_F(FleetTest, OneExternalIdIsOneCustomerWhoeverIsAsked) {
  for (int round = 0; round < 10; ++round) {
    const std::string id = "crm-" + std::to_string(round);
    std::string codes[2];
    std::thread other([&] {
      const Result<std::string> made = servers_->Create(2, "the same", id);
      if (made.ok()) codes[1] = *made;
    });
    const Result<std::string> made = servers_->Create(1, "the same", id);
    if (made.ok()) codes[0] = *made;
    other.join();
    ASSERT_FALSE(codes[0].empty() && codes[1].empty());
    if (!codes[0].empty() && !codes[1].empty()) {
      EXPECT_EQ(codes[0], codes[1]) << id;
    }
  }
  ExpectWholeLogs(1);
}

TEST_F(FleetTest, AKeyThatIsRevokedAtOneEndsAtTheOtherWithinASecond) {
  const Result<std::string> made =
      servers_->Call(1, "POST", "/v1/api-keys",
                     R"({"name":"short-lived","kind":"application","roles":["application"],)"
                     R"("purposes":["customer-service"]})");
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  const std::string id = TextOf(*made, "id");
  const std::string key = TextOf(*made, "key");
  ASSERT_FALSE(id.empty() || key.empty()) << *made;
  const std::string code = Create(1, "hers");
  const std::unique_ptr<Client> client = servers_->At(2).MakeClient(key);
  const auto try_it = [&] {
    return client
        ->Call("POST", "/v1/customers/" + code + "/reveal", {{"Content-Type", "application/json"}},
               R"({"purpose":"customer-service","fields":["note"]})")
        .status();
  };
  SleepMillis(1'200);
  ASSERT_TRUE(try_it().ok()) << "the control: the key opens at the other server";
  ASSERT_TRUE(servers_->Call(1, "DELETE", "/v1/api-keys/" + id).ok());
  const auto revoked = Clock::now();
  int64_t last_ok = 0;
  while (MillisSince(revoked) < 3'000) {
    const int64_t begun = MillisSince(revoked);
    if (try_it().ok()) last_ok = begun;
  }
  std::printf("the revoked key was last taken by a request that began %lld ms after\n",
              static_cast<long long>(last_ok));
  EXPECT_LE(last_ok, 1'000);

  // A server that stood still does not answer by what it knew before.
  const Result<std::string> again = servers_->Call(1, "POST", "/v1/api-keys",
                                                   R"({"name":"another","kind":"application","roles":["application"],)"
                                                   R"("purposes":["customer-service"]})");
  ASSERT_TRUE(again.ok());
  const std::unique_ptr<Client> second = servers_->At(2).MakeClient(TextOf(*again, "key"));
  const auto reveal = [&] {
    return second
        ->Call("POST", "/v1/customers/" + code + "/reveal", {{"Content-Type", "application/json"}},
               R"({"purpose":"customer-service","fields":["note"]})")
        .status();
  };
  SleepMillis(1'200);
  ASSERT_TRUE(reveal().ok());
  servers_->At(2).process().Signal(SIGSTOP);
  ASSERT_TRUE(servers_->Call(1, "DELETE", "/v1/api-keys/" + TextOf(*again, "id")).ok());
  SleepMillis(1'500);
  servers_->At(2).process().Signal(SIGCONT);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(reveal().ok());
}

TEST_F(FleetTest, WhenTheServerOnDutyDiesAnotherTakesOver) {
  const uint32_t first = AwaitDuty();
  ASSERT_NE(first, 0u);
  const uint32_t other = 3 - first;
  for (int i = 0; i < 5; ++i) Create(first, "before");
  servers_->Kill(first);
  const auto killed = Clock::now();
  for (int i = 0; i < 5; ++i) Create(other, "while nobody is on duty");
  EXPECT_EQ(AwaitDuty(), other);
  std::printf("taken over after %lld ms\n", static_cast<long long>(MillisSince(killed)));
  EXPECT_LE(MillisSince(killed), 15'000);
  ExpectWholeLogs(other);
  // It comes back, and is one more.
  ASSERT_TRUE(Started(first));
  SleepMillis(1'200);
  EXPECT_EQ(servers_->OnDuty(), other);
  EXPECT_FALSE(Create(first, "afterwards").empty());
  // One that ends in good order hands over at once.
  servers_->Stop(other);
  const auto stopped = Clock::now();
  EXPECT_EQ(AwaitDuty(), first);
  EXPECT_LE(MillisSince(stopped), 4'000);
  ExpectWholeLogs(first);
}

TEST_F(FleetTest, ANumberBelongsToWhoTookItLast) {
  const std::string code = Create(2, "by the second");
  const std::unique_ptr<Client> old = servers_->At(2).MakeClient(servers_->vault().first_key);
  // The same number once more, while the first process of it goes on.
  TempDir elsewhere;
  Result<std::unique_ptr<ServerProcess>> newer =
      ServerProcess::Start(FLEET_SERVER, servers_->vault(), elsewhere.path(), {"STRONGROOM_SERVER_NUMBER=2"});
  ASSERT_TRUE(newer.ok()) << newer.status().ToString();
  const Status unlocked = (*newer)->Unlock(servers_->vault());
  ASSERT_TRUE(unlocked.ok()) << unlocked.ToString();
  const ClientHeaders json = {{"Content-Type", "application/json"}};
  const Status fenced =
      old->Call("POST", "/v1/customers", json, R"({"collection_point":"counter","values":{"note":"too late"}})")
          .status();
  EXPECT_FALSE(fenced.ok());
  const std::unique_ptr<Client> now = (*newer)->MakeClient(servers_->vault().first_key);
  EXPECT_TRUE(
      now->Call("POST", "/v1/customers", json, R"({"collection_point":"counter","values":{"note":"in time"}})").ok());
  EXPECT_EQ(Reveal(1, code), "by the second") << "control: the other number notices nothing";
  ExpectWholeLogs(1);
}

TEST_F(FleetTest, KeysAreTurnedWhileBothWrite) {
  const uint32_t duty = AwaitDuty();
  ASSERT_NE(duty, 0u);
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::map<std::string, std::string> made;
  std::vector<std::string> failures;
  const auto write = [&](uint32_t number) {
    for (int i = 0; !stop; ++i) {
      const std::string note = "by " + std::to_string(number) + ", " + std::to_string(i);
      const Result<std::string> code = servers_->Create(number, note);
      const Result<std::string> shown = code.ok() ? servers_->Reveal(3 - number, *code) : code;
      const std::lock_guard lock(mutex);
      if (!code.ok()) failures.push_back(code.status().ToString());
      if (code.ok() && !shown.ok()) failures.push_back("reveal: " + shown.status().ToString());
      if (code.ok()) made[*code] = note;
    }
  };
  std::thread one(write, 1);
  std::thread two(write, 2);
  SleepMillis(500);
  const Result<std::string> turned = servers_->Call(duty, "POST", "/v1/epochs:rotate");
  EXPECT_TRUE(turned.ok()) << turned.status().ToString();
  EXPECT_FALSE(servers_->Call(3 - duty, "POST", "/v1/epochs:rotate").ok()) << "it is not on duty";
  std::string epochs;
  for (int tries = 0; tries < 200; ++tries) {
    epochs = servers_->Call(3 - duty, "GET", "/v1/epochs").value();
    if (epochs.find("\"closed\"") == std::string::npos) break;
    SleepMillis(100);
  }
  stop = true;
  one.join();
  two.join();
  EXPECT_THAT(epochs, HasSubstr("\"empty\""));
  EXPECT_TRUE(failures.empty()) << failures.size() << " failed, first: " << failures.front();
  for (const auto& [code, note] : made) {
    EXPECT_EQ(Reveal(1, code), note);
    const Result<std::string> found =
        servers_->Call(2, "POST", "/v1/customers:search", R"({"field":"note","value":")" + note + R"("})");
    EXPECT_TRUE(found.ok() && found->find(code) != std::string::npos) << note;
  }
  std::printf("%zu customers were made and shown meanwhile\n", made.size());
  ExpectWholeLogs(3 - duty);
}

// --- customers who go to another compartment -------------------------------------------------------------------------

// One customer whose note is a number that only grows; whoever asks is never told less than what was acknowledged
// before.
struct Counted {
  std::string code;
  std::atomic<int> answered{0};
  std::atomic<int> tried{0};
};

std::string NoteOf(const Counted& counted, int number) { return counted.code + " " + std::to_string(number); }

class FleetMoves : public FleetTest {
 protected:
  void SetUp() override {
    FleetTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    duty_ = AwaitDuty();
    ASSERT_NE(duty_, 0u);
    other_ = 3 - duty_;
  }
  void Wrong(const std::string& what) {
    const std::lock_guard lock(mutex_);
    wrong_.push_back(what);
  }
  // Whatever may be said of somebody who moves just then, or by a server that is about to end.
  static bool MayBeTold(Reason reason) {
    return reason == Reason::kRecordBusy || reason == Reason::kStorageConflict || reason == Reason::kServerViewStale;
  }
  // On a machine whose disk is busy a view may be old for a moment; what is refused for that has not been done.
  template <typename Call>
  static auto UntilFresh(const Call& call) {
    auto answer = call();
    for (int tries = 0; tries < 50 && answer.reason() == Reason::kServerViewStale; ++tries) {
      SleepMillis(200);
      answer = call();
    }
    return answer;
  }
  std::string Made() {
    const Result<std::string> code = UntilFresh([this] { return servers_->Create(other_, "nobody yet"); });
    EXPECT_TRUE(code.ok()) << code.status().ToString();
    return code.ok() ? *code : "";
  }
  void ChangeTo(Counted& counted, int number) {
    const Status changed = UntilFresh([&] { return servers_->Change(other_, counted.code, NoteOf(counted, number)); });
    ASSERT_TRUE(changed.ok()) << changed.ToString();
    counted.answered = number;
    counted.tried = number;
  }
  void ChangeUntilStopped(Counted& counted) {
    while (!stop_) {
      const int number = ++counted.tried;
      const Status changed = servers_->Change(other_, counted.code, NoteOf(counted, number));
      if (changed.ok()) {
        counted.answered = number;
        ++changes_;
      } else if (MayBeTold(changed.reason())) {
        ++refusals_;
        SleepMillis(20);
      } else {
        Wrong("change: " + changed.ToString());
      }
    }
  }
  void AskUntilStopped(uint32_t number, const Counted& counted) {
    while (!stop_) {
      const int least = counted.answered;
      const Result<std::string> shown = servers_->Reveal(number, counted.code);
      if (!shown.ok() && !MayBeTold(shown.reason())) Wrong("reveal: " + shown.status().ToString());
      if (shown.ok() && shown->starts_with(counted.code) && std::stoi(shown->substr(counted.code.size())) < least)
        Wrong("'" + *shown + "' was shown after " + std::to_string(least) + " was acknowledged");
      shows_ += shown.ok() ? 1 : 0;
      for (const std::string room : {"main", "vip"}) {
        const Result<std::string> found = servers_->Find(number, room, NoteOf(counted, least));
        if (!found.ok() && !MayBeTold(found.reason())) Wrong("search: " + found.status().ToString());
        if (found.ok() && !found->empty() && *found != counted.code) Wrong("a search found somebody else");
        finds_ += found.ok() && !found->empty() ? 1 : 0;
      }
    }
  }
  // Everywhere, and there alone, with what was acknowledged or a later change that was not.
  void ExpectIn(const std::string& room, const Counted& counted) {
    std::string note;
    for (const auto& [number, runs] : {std::pair{duty_, servers_->Runs(duty_)}, {other_, servers_->Runs(other_)}}) {
      if (!runs) continue;
      const Result<std::string> seen =
          UntilFresh([&, at = number] { return servers_->Call(at, "GET", "/v1/customers/" + counted.code); });
      ASSERT_TRUE(seen.ok()) << number << ": " << seen.status().ToString();
      EXPECT_EQ(TextOf(*seen, "compartment"), room) << number;
      const Result<std::string> shown = UntilFresh([&, at = number] { return servers_->Reveal(at, counted.code); });
      ASSERT_TRUE(shown.ok()) << shown.status().ToString();
      note = *shown;
      ASSERT_THAT(note, testing::StartsWith(counted.code));
      EXPECT_GE(std::stoi(note.substr(counted.code.size())), counted.answered);
      for (const std::string any : {"main", "vip"}) {
        const Result<std::string> found = UntilFresh([&, at = number] { return servers_->Find(at, any, note); });
        ASSERT_TRUE(found.ok()) << found.status().ToString();
        EXPECT_EQ(*found, any == room ? counted.code : "") << any << " at " << number;
      }
    }
  }
  uint32_t duty_ = 0;
  uint32_t other_ = 0;
  std::atomic<bool> stop_{false};
  std::atomic<int> changes_{0};
  std::atomic<int> refusals_{0};
  std::atomic<int> shows_{0};
  std::atomic<int> finds_{0};
  std::mutex mutex_;
  std::vector<std::string> wrong_;
};

TEST_F(FleetMoves, OneServerMovesWhileTheOtherShowsChangesAndSearches) {
  Counted people[3];  // nobody changes the last one, so that a search knows what to look for
  for (Counted& counted : people) {
    counted.code = Made();
    ChangeTo(counted, 0);
  }
  EXPECT_FALSE(servers_->Move(other_, people[0].code, "vip").ok()) << "it is not on duty";
  std::vector<std::thread> threads;
  for (Counted& counted : people) {
    if (&counted != &people[2]) threads.emplace_back([this, &counted] { ChangeUntilStopped(counted); });
    threads.emplace_back([this, &counted] { AskUntilStopped(other_, counted); });
  }
  threads.emplace_back([this, &people] { AskUntilStopped(duty_, people[0]); });
  int moved = 0;
  const std::string rooms[] = {"vip", "main"};
  for (const std::string& room : rooms) {
    for (const Counted& counted : people) {
      Status done(Reason::kRecordBusy);
      for (int tries = 0; tries < 50 && MayBeTold(done.reason()); ++tries)
        done = servers_->Move(duty_, counted.code, room);
      EXPECT_TRUE(done.ok()) << done.ToString();
      moved += done.ok() ? 1 : 0;
    }
  }
  stop_ = true;
  for (std::thread& thread : threads) thread.join();
  std::printf("%d moves; meanwhile %d changes, %d refused, %d shown, %d found\n", moved, changes_.load(),
              refusals_.load(), shows_.load(), finds_.load());
  EXPECT_TRUE(wrong_.empty()) << wrong_.size() << ", the first: " << wrong_.front();
  EXPECT_GT(changes_, 20);
  EXPECT_GT(refusals_, 0) << "control: they met";
  EXPECT_GT(finds_, 20);
  for (const Counted& counted : people) ExpectIn("main", counted);
  const Status last = UntilFresh([&] { return servers_->Move(duty_, people[0].code, "vip"); });
  ASSERT_TRUE(last.ok()) << last.ToString();
  ExpectIn("vip", people[0]);
  ExpectWholeLogs(other_);
}

}  // namespace
}  // namespace strongroom
