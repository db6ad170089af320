#include "access/log_witnesses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "access/testing/test_vault.h"
#include "audit/checkpoint.h"
#include "base/encoding.h"
#include "witness/testing/forgetful_files.h"
#include "witness/witness.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// Witnesses in this process, called by address; any of them can be away, or answer what a test says.
class Wire : public WebClient {
 public:
  Wire() : WebClient(WebClientConfig()) {}
  Result<WebAnswer> Send(const WebRequest& request) const override {
    ++asked;
    for (const auto& [url, witness] : witnesses) {
      if (request.url != url + "/add-checkpoint") continue;
      if (away.contains(url)) return Status(Reason::kServerUnreachable, "nobody there");
      if (lies.contains(url)) return lies.at(url)(request);
      const WitnessAnswer answer = witness->AddCheckpoint(request.body);
      answers.push_back(answer.status);
      return WebAnswer{answer.status, {}, answer.body};
    }
    return Status(Reason::kServerUnreachable, "no such host");
  }
  std::map<std::string, Witness*> witnesses;
  std::set<std::string> away;
  std::map<std::string, std::function<WebAnswer(const WebRequest&)>> lies;
  mutable std::vector<int> answers;
  mutable int asked = 0;
};

// What LogWitnesses owns; the test keeps the wire.
class Borrowed : public WebClient {
 public:
  explicit Borrowed(const Wire& wire) : WebClient(WebClientConfig()), wire_(wire) {}
  Result<WebAnswer> Send(const WebRequest& request) const override { return wire_.Send(request); }

 private:
  const Wire& wire_;
};

class LogWitnessesTest : public ::testing::Test {
 protected:
  static constexpr const char* kUrls[] = {"https://one.example", "https://two.example", "https://three.example"};

  void SetUp() override {
    vault_.SequenceAll();
    StartWitnesses();
    config_.quorum = 2;
    config_.told_every_hours = 0;
    Open();
  }
  void StartWitnesses() {
    std::vector<VerifierKey> logs = {*vault_->house().office().log->Key()};
    for (const auto& room : vault_->house().compartments()) logs.push_back(*room->log->Key());
    for (int i = 0; i < 3; ++i) {
      SeededRandom random(static_cast<uint64_t>(i) + 40);
      const std::string name = std::string(kUrls[i]).substr(8);
      WitnessSigner signer = *WitnessSigner::Create(name, Signer::Generate(random));
      keys_.push_back(signer.key);
      files_.push_back(std::make_unique<ForgetfulFiles>(static_cast<uint64_t>(i)));
      witnesses_.push_back(*Witness::Open(*files_.back(), std::move(signer), logs, vault_.clock()));
      wire_.witnesses[kUrls[i]] = witnesses_.back().get();
      const std::string short_name = name.substr(0, name.find('.'));
      config_.urls.push_back(short_name + "=" + kUrls[i] + "/");
      config_.keys.push_back(short_name + "=" + signer_key(i));
    }
  }
  std::string signer_key(int i) const { return keys_.at(static_cast<size_t>(i)).Encode(); }
  void Open() {
    Result<std::unique_ptr<LogWitnesses>> opened =
        LogWitnesses::Open(vault_->gate(), vault_->outbox(), config_, std::make_unique<Borrowed>(wire_));
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    witnesses_asked_ = *std::move(opened);
  }
  size_t Round() {
    vault_.SequenceAll();
    wire_.answers.clear();
    wire_.asked = 0;
    const Result<size_t> count = witnesses_asked_->RunDue();
    EXPECT_TRUE(count.ok()) << count.status().ToString();
    return count.ok() ? *count : 0;
  }
  Result<std::string> Newest(std::string_view role, std::string_view log) {
    return witnesses_asked_->Newest(vault_.As(role), log).Wait();
  }
  uint64_t WitnessedSize(std::string_view log) {
    const Result<std::string> note = Newest("auditor", log);
    return note.ok() ? ParseCheckpoint(SplitNote(*note)->text)->checkpoint.size : 0;
  }
  size_t Queued(std::string_view kind) {
    size_t count = 0;
    for (const NoticeId& id : vault_->outbox().Ids(std::nullopt, nullptr, 100)) {
      if ((*vault_->outbox().Read(id))->item.kind == kind) ++count;
    }
    return count;
  }
  void Work() { vault_.CreateCustomer({{"email", "ada@example.com"}}); }
  std::string Problems() const {
    std::string all;
    for (const WitnessProblem& problem : witnesses_asked_->State().problems) {
      all += problem.witness + " " + problem.log + " " + std::to_string(static_cast<int>(problem.trouble)) + ": " +
             problem.what + "\n";
    }
    return all;
  }

  TestVault vault_;
  Wire wire_;
  WitnessConfig config_;
  std::vector<WitnessKey> keys_;
  std::vector<std::unique_ptr<ForgetfulFiles>> files_;
  std::vector<std::unique_ptr<Witness>> witnesses_;
  std::unique_ptr<LogWitnesses> witnesses_asked_;
};

TEST_F(LogWitnessesTest, TheNewestCheckpointIsCosignedByAll) {
  Work();
  EXPECT_FALSE(Newest("auditor", "main").ok());
  EXPECT_GE(Round(), 2u);
  const Result<std::string> note = Newest("auditor", "main");
  ASSERT_TRUE(note.ok()) << note.status().ToString();
  EXPECT_THAT(*Cosigners(*note, keys_), SizeIs(3));
  EXPECT_TRUE(OpenCheckpoint(*note, *vault_->house().compartments()[0]->log->Key()).ok());
  EXPECT_THAT(Problems(), IsEmpty());
  EXPECT_TRUE(witnesses_asked_->State().Leaves());
}

TEST_F(LogWitnessesTest, OnlyWhoMayReadTheLogGetsIt) {
  Work();
  Round();
  for (const char* role : {"application", "support", "operator", "administrator", "partner"}) {
    EXPECT_EQ(Newest(role, "main").reason(), Reason::kDenied) << role;
  }
  EXPECT_TRUE(Newest("privacy-officer", "main").ok());
  EXPECT_EQ(Newest("auditor", "attic").reason(), Reason::kCompartmentUnknown);
}

TEST_F(LogWitnessesTest, EachRoundContinuesTheLast) {
  for (int round = 0; round < 5; ++round) {
    Work();
    Round();
    EXPECT_EQ(WitnessedSize("main"), *vault_->house().compartments()[0]->log->Size());
    EXPECT_THAT(wire_.answers, ::testing::Each(200)) << "once it knows what they know, nothing has to be asked twice";
  }
}

TEST_F(LogWitnessesTest, AQuietHouseIsNotMadeLoudByBeingWitnessed) {
  Work();
  Round();
  const uint64_t size = *vault_->house().office().log->Size();
  for (int round = 0; round < 20; ++round) EXPECT_EQ(Round(), 0u) << round;
  EXPECT_LE(*vault_->house().office().log->Size(), size + 1);
  Work();
  EXPECT_GT(Round(), 0u) << "and what happens is seen";
}

TEST_F(LogWitnessesTest, AQuietHouseGivesASignOfLife) {
  Work();
  Round();
  const UnixMillis first = witnesses_asked_->State().logs.at(0).left_at;
  vault_.clock().AdvanceMillis(13ll * 60 * 60 * 1000);
  EXPECT_GT(Round(), 0u);
  EXPECT_GT(witnesses_asked_->State().logs.at(0).left_at, first);
  // Not for nothing: with every witness away the time stands still, and the state turns red.
  wire_.away = {kUrls[0], kUrls[1], kUrls[2]};
  const UnixMillis second = witnesses_asked_->State().logs.at(0).left_at;
  for (int hours = 0; hours < 50; hours += 10) {
    vault_.clock().AdvanceMillis(10ll * 60 * 60 * 1000);
    EXPECT_EQ(Round(), 0u);
  }
  EXPECT_EQ(witnesses_asked_->State().logs.at(0).left_at, second);
  EXPECT_FALSE(witnesses_asked_->State().Leaves());
}

TEST_F(LogWitnessesTest, AQuorumIsEnoughAndLessIsNot) {
  Work();
  wire_.away = {kUrls[0]};
  EXPECT_GE(Round(), 2u);
  EXPECT_THAT(*Cosigners(*Newest("auditor", "main"), keys_), SizeIs(2));
  EXPECT_THAT(Problems(), HasSubstr("one "));
  const uint64_t before = WitnessedSize("main");
  wire_.away = {kUrls[0], kUrls[1]};
  Work();
  Round();
  EXPECT_EQ(WitnessedSize("main"), before);
  wire_.away.clear();
  vault_.clock().AdvanceMillis(2 * 60 * 60 * 1000);
  Round();
  EXPECT_GT(WitnessedSize("main"), before);
  EXPECT_THAT(Problems(), IsEmpty());
}

TEST_F(LogWitnessesTest, AWitnessThatIsAwayIsAskedMoreAndMoreSeldom) {
  wire_.away = {kUrls[0], kUrls[1], kUrls[2]};
  int asked = 0;
  for (int minute = 0; minute < 120; ++minute) {
    Work();
    Round();
    asked += wire_.asked;
    vault_.clock().AdvanceMillis(60'000);
  }
  EXPECT_LT(asked, 3 * 10) << "not once for each minute and log";
  EXPECT_GT(asked, 3 * 4);
}

TEST_F(LogWitnessesTest, ARestartGoesOnFromWhatIsWritten) {
  Work();
  Round();
  const std::string note = *Newest("auditor", "main");
  Open();
  EXPECT_EQ(*Newest("auditor", "main"), note);
  Work();
  Round();
  EXPECT_GT(WitnessedSize("main"), ParseCheckpoint(SplitNote(note)->text)->checkpoint.size);
}

TEST_F(LogWitnessesTest, AWitnessThatKnowsMoreThanIsWrittenHereIsAskedFromThere) {
  Work();
  vault_.SequenceAll();
  // Somebody else's round: the witnesses know the log, and nothing is written here.
  const LogReader& log = *vault_->house().compartments()[0]->log;
  for (const auto& witness : witnesses_) {
    EXPECT_EQ(witness->AddCheckpoint(FormatAddCheckpoint({0, {}, *log.ReadCheckpoint()})).status, 200);
  }
  Work();
  Round();
  EXPECT_THAT(wire_.answers, ::testing::Contains(409));
  EXPECT_EQ(WitnessedSize("main"), *log.Size());
  EXPECT_THAT(Problems(), IsEmpty());
}

TEST_F(LogWitnessesTest, ACosignatureByAnotherKeyOrOfAnotherTreeIsNotTaken) {
  Work();
  SeededRandom random(99);
  const WitnessSigner impostor = *WitnessSigner::Create("one.example", Signer::Generate(random));
  wire_.lies[kUrls[0]] = [&](const WebRequest& request) {
    const std::string note = ParseAddCheckpoint(request.body)->note;
    return WebAnswer{200, {}, *Cosign(SplitNote(note)->text, impostor, 1'800'000'000)};
  };
  wire_.lies[kUrls[1]] = [](const WebRequest&) { return WebAnswer{200, {}, "thank you\n"}; };
  Round();
  EXPECT_FALSE(Newest("auditor", "main").ok());
  EXPECT_THAT(Problems(), HasSubstr("one main 1"));
  EXPECT_THAT(Problems(), HasSubstr("two main 1"));
}

TEST_F(LogWitnessesTest, SenselessAnswersOfAWitnessEndTheRound) {
  Work();
  int status = 409;
  std::string body;
  wire_.lies[kUrls[0]] = [&](const WebRequest&) { return WebAnswer{status, {}, body}; };
  for (const auto& [code, text] : std::vector<std::pair<int, std::string>>{
           {409, "no number\n"}, {409, "0\n"}, {500, ""}, {301, ""}, {403, ""}, {404, ""}, {429, ""}}) {
    status = code;
    body = text;
    Work();
    Round();
    vault_.clock().AdvanceMillis(3 * 60 * 60 * 1000);
    EXPECT_THAT(Problems(), HasSubstr("one ")) << code << text;
    EXPECT_THAT(Problems(), Not(HasSubstr(" 2: "))) << "no alarm for " << code;
  }
}

TEST_F(LogWitnessesTest, AWitnessWithAnotherHistoryIsAnAlarm) {
  Work();
  Round();
  // It claims to have cosigned more than there is: somebody put an older copy back.
  wire_.lies[kUrls[0]] = [](const WebRequest&) { return WebAnswer{409, {}, "1000000\n"}; };
  Work();
  Round();
  EXPECT_THAT(Problems(), HasSubstr("one main 2: it has cosigned 1000000 entries"));
  EXPECT_EQ(Queued("alarm"), 1u) << "the house is told";
  wire_.lies[kUrls[0]] = [](const WebRequest&) { return WebAnswer{422, {}, ""}; };
  vault_.clock().AdvanceMillis(2 * 60 * 60 * 1000);
  Work();
  Round();
  EXPECT_THAT(Problems(), HasSubstr("one main 2: this log is no continuation"));
  EXPECT_LE(Queued("alarm"), 2u) << "once for each log, and not again for what it knows";
  // A witness that is away does not take the alarm back; one that cosigns does.
  wire_.lies.clear();
  wire_.away = {kUrls[0]};
  vault_.clock().AdvanceMillis(2 * 60 * 60 * 1000);
  Work();
  Round();
  EXPECT_THAT(Problems(), HasSubstr("one main 2: "));
  wire_.away.clear();
  vault_.clock().AdvanceMillis(2 * 60 * 60 * 1000);
  Work();
  Round();
  EXPECT_THAT(Problems(), IsEmpty());
}

TEST_F(LogWitnessesTest, WithoutWitnessesCheckpointsAreToldOnceADayAndCountOnceTheyAreTaken) {
  config_ = WitnessConfig();
  Open();
  Work();
  EXPECT_EQ(Round(), 2u);
  EXPECT_FALSE(witnesses_asked_->State().Leaves()) << "it waits";
  EXPECT_EQ(vault_->outbox().RunDue(), 2u);
  EXPECT_EQ(Round(), 2u);
  EXPECT_TRUE(witnesses_asked_->State().Leaves());
  Work();
  EXPECT_EQ(Round(), 0u) << "not twice a day";
  vault_.clock().AdvanceMillis(25ll * 60 * 60 * 1000);
  EXPECT_GE(Round(), 1u);
  EXPECT_GE(vault_->outbox().RunDue(), 1u);
  EXPECT_FALSE(Newest("auditor", "main").ok()) << "told is not witnessed";
}

TEST_F(LogWitnessesTest, WhatIsToldIsAnOlderCheckpointToVerifyWith) {
  config_ = WitnessConfig();
  Open();
  Work();
  Round();
  witnesses_asked_.reset();
  vault_.Restart();  // reads what waits
  ASSERT_EQ(Queued("checkpoint"), 2u);
  const VerifierKey key = *vault_->house().office().log->Key();
  bool found = false;
  for (const NoticeId& id : vault_->outbox().Ids(std::nullopt, nullptr, 100)) {
    const OutboxItem item = (*vault_->outbox().Read(id))->item;
    for (const auto& [name, value] : item.parameters) {
      found = found || (name == "checkpoint" && OpenCheckpoint(value, key).ok());
    }
  }
  EXPECT_TRUE(found);
}

TEST_F(LogWitnessesTest, NothingIsPublicUnlessConfigured) {
  Work();
  Round();
  EXPECT_EQ(witnesses_asked_->NewestPublic("main").reason(), Reason::kRouteNotFound);
  config_.public_log = true;
  Open();
  EXPECT_TRUE(witnesses_asked_->NewestPublic("main").ok());
  EXPECT_EQ(witnesses_asked_->NewestPublic("attic").reason(), Reason::kRouteNotFound);
}

TEST_F(LogWitnessesTest, TheRecordSurvivesItsBytes) {
  WitnessRecord record;
  record["main"] = {"note", 5, 6, 7, 8};
  record["office"] = {"", 0, 1, 0, 0};
  const Bytes bytes = EncodeWitnessRecord(record);
  EXPECT_EQ(*DecodeWitnessRecord(bytes), record);
  for (size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(DecodeWitnessRecord(bytes.substr(0, length)).ok());
  EXPECT_FALSE(DecodeWitnessRecord(bytes + "x").ok());
}

TEST(WitnessConfigTest, SaysWhatIsWrong) {
  SeededRandom random(1);
  const std::string key = WitnessKey::Create("w.example", Signer::Generate(random).public_key())->Encode();
  const std::string other = WitnessKey::Create("v.example", Signer::Generate(random).public_key())->Encode();
  WitnessConfig config;
  EXPECT_EQ(PlacesOf(config)->quorum, 0u);
  config.urls = {"one=https://one.example/w/", "two=https://two.example"};
  config.keys = {"one=" + key, "two=" + other};
  ASSERT_TRUE(PlacesOf(config).ok()) << PlacesOf(config).status().ToString();
  EXPECT_EQ(PlacesOf(config)->quorum, 2u);
  EXPECT_EQ(PlacesOf(config)->places[0].url, "https://one.example/w");
  const auto wrong = [](WitnessConfig changed, const std::function<void(WitnessConfig&)>& change) {
    change(changed);
    return PlacesOf(changed).reason();
  };
  for (const std::function<void(WitnessConfig&)>& change : std::vector<std::function<void(WitnessConfig&)>>{
           [](WitnessConfig& c) { c.keys.pop_back(); }, [](WitnessConfig& c) { c.urls.pop_back(); },
           [](WitnessConfig& c) { c.quorum = 3; }, [](WitnessConfig& c) { c.urls[0] = "one=http://one.example"; },
           [](WitnessConfig& c) { c.urls[0] = "one"; }, [](WitnessConfig& c) { c.urls[1] = "one=https://two.example"; },
           [](WitnessConfig& c) { c.keys[1] = "two=nonsense"; }, [&](WitnessConfig& c) { c.keys[1] = "two=" + key; },
           [](WitnessConfig& c) { c.urls[0] += "?x=1"; }}) {
    EXPECT_EQ(wrong(config, change), Reason::kConfigInvalid);
  }
}

}  // namespace
}  // namespace strongroom
