#include "outbox/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <set>

#include "outbox/outbox_service.h"
#include "vault/testing/test_house.h"

namespace strongroom {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Outcome = Delivery::Outcome;

constexpr char kAddress[] = "ada.lovelace@example.com";

// What a courier was given, outliving the outbox that owns the courier.
struct Deliveries {
  std::vector<OutgoingMessage> messages;
  std::function<Delivery(const OutgoingMessage&)> answer = [](const OutgoingMessage&) {
    return Delivery{Outcome::kSent, "", false};
  };
  std::set<std::string> Ids() const {
    std::set<std::string> ids;
    for (const OutgoingMessage& message : messages) ids.insert(message.id);
    return ids;
  }
};

class FakeCourier : public Courier {
 public:
  explicit FakeCourier(Deliveries& deliveries) : deliveries_(deliveries) {}
  Status Knows(const Destination& to) const override {
    return to.channel == NoticeChannel::kSms ? Status(Reason::kConfigInvalid, "no gateway (sms_url)") : Status::Ok();
  }
  std::vector<Destination> HouseDestinations() const override {
    return {{NoticeChannel::kWebhook, "ops"}, {NoticeChannel::kSyslog, "siem"}};
  }
  Delivery Deliver(const OutgoingMessage& message, const StopSignal&) override {
    deliveries_.messages.push_back(message);
    return deliveries_.answer(message);
  }

 private:
  Deliveries& deliveries_;
};

class OutboxTest : public ::testing::Test {
 protected:
  OutboxTest() { OpenOutbox(); }
  ~OutboxTest() override { outbox_.reset(); }

  void OpenOutbox(OutboxOptions options = {}) {
    outbox_.reset();
    Result<std::unique_ptr<Outbox>> opened =
        Outbox::Open(*house_.house, std::make_unique<FakeCourier>(deliveries_), options);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    outbox_ = *std::move(opened);
    service_ = std::make_unique<OutboxService>(*house_.gate, *outbox_);
  }
  // As after a power cut: everything in memory is gone.
  void Crash(OutboxOptions options = {}) {
    outbox_.reset();
    house_.Reopen();
    OpenOutbox(options);
  }
  static Notice NewNetwork() {
    Notice notice;
    notice.kind = "new-network";
    notice.to = {{NoticeChannel::kMail, kAddress}};
    notice.parameters = {{"time", "2026-11-22T06:05:53Z"}, {"network", "192.0.2.7"}};
    return notice;
  }
  // `count` commits from now on are written; those behind fail, as of a disk that has gone.
  void LetCommits(uint64_t count) {
    std::vector<Fault> faults;
    for (uint64_t nth = count + 1; nth < count + 20; ++nth)
      faults.push_back({FaultCall::kCommitGroup, nth, FaultKind::kFailBefore});
    house_.OfficeLog().data.SetPlan(FaultPlan(faults));
  }
  std::vector<std::string> LogDetails() {
    std::vector<std::string> details;
    for (const AuditEntry& entry : house_.OfficeEntries()) {
      if (entry.action == Action::kOutboxChange && !entry.detail.empty()) details.push_back(entry.detail);
    }
    return details;
  }
  // How long the item's next try is away.
  int64_t MillisUntilDue() {
    const std::vector<NoticeId> ids = outbox_->Ids(std::nullopt, nullptr, 1);
    EXPECT_THAT(ids, SizeIs(1));
    return (*outbox_->Read(ids.at(0)))->item.due_at - house_.clock.NowMillis();
  }

  TestHouse house_;
  Deliveries deliveries_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<OutboxService> service_;
};

TEST_F(OutboxTest, ANoticeIsToldOnceIfItsWorkIsWrittenAndNotIfItIsNot) {
  SealedBatch work;
  ASSERT_TRUE(outbox_->Put(work, NewNetwork()).ok());
  EXPECT_EQ(outbox_->RunDue(), 0u) << "the work is not written yet";
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kStaffChange;
  ASSERT_TRUE(house_.house->office().journal->Submit(std::move(work), std::move(entry)).Wait().ok());
  EXPECT_EQ(outbox_->RunDue(), 1u);
  ASSERT_THAT(deliveries_.messages, SizeIs(1));
  EXPECT_EQ(deliveries_.messages[0].to.to, kAddress);
  EXPECT_THAT(deliveries_.messages[0].words.text, HasSubstr("192.0.2.7"));
  EXPECT_EQ(outbox_->RunDue(), 0u);
  EXPECT_EQ(outbox_->Counts().waiting, 0u);
  EXPECT_EQ(outbox_->Counts().sent, 1u);

  SealedBatch lost;
  ASSERT_TRUE(outbox_->Put(lost, NewNetwork()).ok());
  lost = {};
  house_.clock.AdvanceMillis(120'000);
  EXPECT_EQ(outbox_->RunDue(), 0u);
  Crash();
  EXPECT_EQ(outbox_->RunDue(), 0u);
}

TEST_F(OutboxTest, WhatWaitsSurvivesARestart) {
  ASSERT_TRUE(outbox_->PutAlone(NewNetwork()).ok());
  Crash();
  EXPECT_EQ(outbox_->Counts().waiting, 1u);
  EXPECT_EQ(outbox_->RunDue(), 1u);
  Crash();
  EXPECT_EQ(outbox_->Counts().waiting, 0u);
}

// The crash: the message has left, and nothing of that is on the disk.
TEST_F(OutboxTest, ACrashBetweenClaimAndMarkSendsAgainUnderTheSameIdAndNeverLoses) {
  ASSERT_TRUE(outbox_->PutAlone(NewNetwork()).ok());
  deliveries_.answer = [this](const OutgoingMessage&) {
    LetCommits(0);
    return Delivery{Outcome::kSent, "", false};
  };
  EXPECT_EQ(outbox_->RunDue(), 1u);
  deliveries_.answer = [](const OutgoingMessage&) { return Delivery{Outcome::kSent, "", false}; };
  house_.OfficeLog().data.SetPlan({});
  Crash();
  EXPECT_EQ(outbox_->Counts().waiting, 1u);
  EXPECT_EQ(outbox_->RunDue(), 0u) << "another server may be at it: the claim holds for two minutes";
  house_.clock.AdvanceMillis(OutboxOptions().claim_millis);
  EXPECT_EQ(outbox_->RunDue(), 1u);
  EXPECT_THAT(deliveries_.messages, SizeIs(2));
  EXPECT_THAT(deliveries_.Ids(), SizeIs(1)) << "a receiver can drop the repeat";
  Crash();
  house_.clock.AdvanceMillis(24 * 60 * 60 * 1000);
  EXPECT_EQ(outbox_->RunDue(), 0u);
}

TEST_F(OutboxTest, WithoutTheClaimNothingIsSent) {
  ASSERT_TRUE(outbox_->PutAlone(NewNetwork()).ok());
  LetCommits(0);
  outbox_->RunDue();
  EXPECT_THAT(deliveries_.messages, IsEmpty());
  house_.OfficeLog().data.SetPlan({});
  house_.OfficeLog().data.Reopen();
  house_.clock.AdvanceMillis(OutboxOptions().first_delay_millis);
  EXPECT_EQ(outbox_->RunDue(), 1u);
}

// What "told once" above rests on: without the mark the same message goes out for ever.
TEST_F(OutboxTest, ControlWithTheMarkTakenAwayASentMessageIsSentAgain) {
  OutboxOptions unmarked;
  unmarked.mark_for_tests = false;
  OpenOutbox(unmarked);
  ASSERT_TRUE(outbox_->PutAlone(NewNetwork()).ok());
  EXPECT_EQ(outbox_->RunDue(), 1u);
  Crash(unmarked);
  house_.clock.AdvanceMillis(OutboxOptions().claim_millis);
  EXPECT_EQ(outbox_->RunDue(), 1u);
  EXPECT_THAT(deliveries_.messages, SizeIs(2));
  EXPECT_EQ(outbox_->Counts().waiting, 1u);
}

TEST_F(OutboxTest, PausesDoubleWithJitterAndEndInADeadLetter) {
  deliveries_.answer = [](const OutgoingMessage&) { return Delivery{Outcome::kLater, "smtp 451 at RCPT", false}; };
  ASSERT_TRUE(outbox_->PutAlone(NewNetwork()).ok());
  const OutboxOptions options;
  std::set<int64_t> pauses;
  for (uint32_t attempt = 1; attempt < options.max_attempts; ++attempt) {
    ASSERT_EQ(outbox_->RunDue(), 1u) << attempt;
    const int64_t whole = std::min(options.longest_delay_millis, options.first_delay_millis << (attempt - 1));
    const int64_t pause = MillisUntilDue();
    EXPECT_GE(pause, whole / 2) << attempt;
    EXPECT_LE(pause, whole) << attempt;
    pauses.insert(pause);
    house_.clock.AdvanceMillis(pause - 1);
    ASSERT_EQ(outbox_->RunDue(), 0u) << attempt;
    house_.clock.AdvanceMillis(1);
  }
  EXPECT_GT(pauses.size(), 10u);
  EXPECT_EQ(outbox_->RunDue(), 1u);
  EXPECT_EQ(outbox_->Counts().dead, 1u);
  house_.clock.AdvanceMillis(24 * 60 * 60 * 1000);
  EXPECT_EQ(outbox_->RunDue(), 0u);
  EXPECT_THAT(deliveries_.messages, SizeIs(options.max_attempts));
}

TEST_F(OutboxTest, ARefusalIsADeadLetterAtOnceAndARetryBeginsAnew) {
  deliveries_.answer = [](const OutgoingMessage&) { return Delivery{Outcome::kNever, "smtp 550 at RCPT", false}; };
  ASSERT_TRUE(outbox_->PutAlone(NewNetwork()).ok());
  EXPECT_EQ(outbox_->RunDue(), 1u);
  const Result<OutboxPage> page = service_->List(house_.As("operator"), OutboxItem::State::kDead, "", 10).Wait();
  ASSERT_TRUE(page.ok()) << page.status().ToString();
  ASSERT_THAT(page->notices, SizeIs(1));
  EXPECT_EQ(page->notices[0].last_failure, "smtp 550 at RCPT");
  EXPECT_EQ(page->notices[0].to, "a…@example.com");
  Crash();
  deliveries_.answer = [](const OutgoingMessage&) { return Delivery{Outcome::kSent, "", false}; };
  const Result<QueuedNotice> retried = service_->Retry(house_.As("operator"), page->notices[0].id).Wait();
  ASSERT_TRUE(retried.ok()) << retried.status().ToString();
  EXPECT_EQ(retried->state, OutboxItem::State::kWaiting);
  EXPECT_EQ(outbox_->RunDue(), 1u);
  EXPECT_EQ(service_->Retry(house_.As("operator"), page->notices[0].id).Wait().reason(), Reason::kNoticeNotFound);
}

TEST_F(OutboxTest, APlaceThatIsDownIsNotAskedForEachMessage) {
  deliveries_.answer = [](const OutgoingMessage& message) {
    return message.to.channel == NoticeChannel::kMail ? Delivery{Outcome::kLater, "no connection", true}
                                                      : Delivery{Outcome::kSent, "", false};
  };
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(outbox_->PutAlone(NewNetwork()).ok());
  Notice house = NewNetwork();
  house.to.clear();
  house.to_house = true;
  ASSERT_TRUE(outbox_->PutAlone(house).ok());
  EXPECT_EQ(outbox_->RunDue(), 3u) << "one mail, and the two that go elsewhere";
  house_.clock.AdvanceMillis(10'000);
  EXPECT_EQ(outbox_->RunDue(), 1u);
  deliveries_.answer = [](const OutgoingMessage&) { return Delivery{Outcome::kSent, "", false}; };
  house_.clock.AdvanceMillis(OutboxOptions().claim_millis);
  EXPECT_EQ(outbox_->RunDue(), 50u);
  EXPECT_EQ(outbox_->Counts().waiting, 0u);
}

TEST_F(OutboxTest, AFullOutboxSaysSoAndTheOldestDeadLetterMakesRoomForTheNewest) {
  OutboxOptions small;
  small.max_waiting = 3;
  small.max_dead = 2;
  OpenOutbox(small);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(outbox_->PutAlone(NewNetwork()).ok());
  const Status full = outbox_->PutAlone(NewNetwork()).status();
  EXPECT_EQ(full.reason(), Reason::kOutboxFull);
  EXPECT_THAT(full.message(), HasSubstr("3 messages wait"));
  SealedBatch batch;
  EXPECT_EQ(outbox_->Put(batch, NewNetwork()).reason(), Reason::kOutboxFull);
  EXPECT_TRUE(batch.empty());
  deliveries_.answer = [](const OutgoingMessage&) { return Delivery{Outcome::kNever, "smtp 550 at RCPT", false}; };
  EXPECT_EQ(outbox_->RunDue(), 3u);
  EXPECT_EQ(outbox_->Counts().dead, 2u);
  EXPECT_THAT(LogDetails().back(), HasSubstr("the oldest dead one was dropped"));
  Crash(small);
  EXPECT_EQ(outbox_->Counts().dead, 2u);
  EXPECT_TRUE(outbox_->PutAlone(NewNetwork()).ok());
}

TEST_F(OutboxTest, WhatHasExpiredIsNotSent) {
  Notice notice = NewNetwork();
  notice.expires_at = house_.clock.NowMillis() + 600'000;
  ASSERT_TRUE(outbox_->PutAlone(notice).ok());
  house_.clock.AdvanceMillis(600'000);
  outbox_->RunDue();
  EXPECT_THAT(deliveries_.messages, IsEmpty());
  EXPECT_EQ(outbox_->Counts().expired, 1u);
  EXPECT_EQ(outbox_->Counts().waiting, 0u);
  notice.expires_at += 1;  // a moment earlier it is
  ASSERT_TRUE(outbox_->PutAlone(notice).ok());
  EXPECT_EQ(outbox_->RunDue(), 1u);
}

TEST_F(OutboxTest, WhereNothingCanBeSentIsSaidWhenItIsPut) {
  Notice notice = NewNetwork();
  notice.to = {{NoticeChannel::kSms, "+46701740679"}};
  EXPECT_EQ(outbox_->PutAlone(notice).reason(), Reason::kConfigInvalid);
  notice.to = {{NoticeChannel::kMail, "ada@example.com\r\nBcc: eve@evil.example"}};
  EXPECT_EQ(outbox_->PutAlone(notice).reason(), Reason::kInvalidArgument);
}

TEST_F(OutboxTest, OnlyWhoMayChangesAndTheLogNamesNobody) {
  ASSERT_TRUE(outbox_->PutAlone(NewNetwork()).ok());
  const std::string id = FormatNoticeId(outbox_->Ids(std::nullopt, nullptr, 1).at(0));
  for (const char* role : {"support", "application", "auditor", "partner", "privacy-officer"}) {
    EXPECT_EQ(service_->List(house_.As(role), std::nullopt, "", 10).Wait().reason(), Reason::kDenied) << role;
    EXPECT_EQ(service_->Retry(house_.As(role), id).Wait().reason(), Reason::kDenied) << role;
    EXPECT_EQ(service_->Discard(house_.As(role), id).Wait().reason(), Reason::kDenied) << role;
    EXPECT_EQ(service_->Test(house_.As(role), {NoticeChannel::kMail, kAddress}, Language::kEnglish).Wait().reason(),
              Reason::kDenied)
        << role;
  }
  EXPECT_THAT(deliveries_.messages, IsEmpty());
  const Result<TestOutcome> tested =
      service_->Test(house_.As("operator"), {NoticeChannel::kMail, kAddress}, Language::kSwedish).Wait();
  ASSERT_TRUE(tested.ok()) << tested.status().ToString();
  EXPECT_TRUE(tested->sent);
  EXPECT_THAT(deliveries_.messages, SizeIs(1));
  EXPECT_TRUE(service_->Discard(house_.As("operator"), id).Wait().ok());
  EXPECT_EQ(service_->Discard(house_.As("operator"), id).Wait().reason(), Reason::kNoticeNotFound);
  EXPECT_EQ(outbox_->RunDue(), 0u);
  for (const AuditEntry& entry : house_.OfficeEntries()) {
    EXPECT_THAT(entry.detail, Not(HasSubstr("lovelace")));
    EXPECT_THAT(entry.detail, Not(HasSubstr("192.0.2.7")));
  }
  EXPECT_THAT(LogDetails(), ElementsAre("mail new-network: queued", "mail test: asked for", "mail test: sent",
                                        "mail new-network: discarded"));
}

TEST_F(OutboxTest, NothingOfANoticeLiesOpenOnTheDisk) {
  ASSERT_TRUE(outbox_->PutAlone(NewNetwork()).ok());
  size_t rows = 0;
  for (const StoreRow& row : house_.OfficeLog().Rows()) {
    ++rows;
    EXPECT_EQ(row.value.find("lovelace"), Bytes::npos);
    EXPECT_EQ(row.value.find("new-network"), Bytes::npos);
  }
  EXPECT_GT(rows, 0u);
  EXPECT_NE((*outbox_->Read(outbox_->Ids(std::nullopt, nullptr, 1).at(0)))->item.Encode().find("lovelace"),
            Bytes::npos);
}

TEST_F(OutboxTest, PagesFollowEachOther) {
  for (int i = 0; i < 5; ++i) {
    house_.clock.AdvanceMillis(1);
    ASSERT_TRUE(outbox_->PutAlone(NewNetwork()).ok());
  }
  std::vector<std::string> ids;
  std::string after;
  do {
    const Result<OutboxPage> page = service_->List(house_.As("operator"), std::nullopt, after, 2).Wait();
    ASSERT_TRUE(page.ok());
    for (const QueuedNotice& notice : page->notices) ids.push_back(notice.id);
    after = page->next;
  } while (!after.empty());
  EXPECT_THAT(ids, SizeIs(5));
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  EXPECT_EQ(service_->List(house_.As("operator"), std::nullopt, "x", 2).Wait().reason(), Reason::kCursorInvalid);
}

TEST_F(OutboxTest, TheThreadSendsAndEndsAtOnce) {
  std::atomic<int> sent{0};
  deliveries_.answer = [&sent](const OutgoingMessage&) {
    ++sent;
    return Delivery{Outcome::kSent, "", false};
  };
  outbox_->Start();
  ASSERT_TRUE(outbox_->PutAlone(NewNetwork()).ok());
  for (int i = 0; i < 3000 && outbox_->Counts().sent == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(sent, 1);
}

}  // namespace
}  // namespace strongroom
