// Erasures that can be undone, what a crash leaves of them, and the certificate.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "audit/erasure_note.h"
#include "audit/sequencer.h"
#include "vault/erasure_jobs.h"
#include "vault/key_rotation.h"
#include "vault/rekey.h"
#include "vault/testing/test_house.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kDay = 86'400'000;
constexpr std::string_view kEmail = "asandstrom@example.org";

struct ErasingHouse : TestHouse {
  explicit ErasingHouse(int undo_days, int certificate_days = 0) {
    erasing.undo_days = undo_days;
    erasing.certificate_days = certificate_days;
    Reopen();
    FillCatalogue();
    code = MakeCustomer("C1", kEmail);
    TokenDomain domain;
    domain.name = "crm";
    EXPECT_TRUE(tokens->PutDomain(As("everything"), domain).Wait().ok());
    for (const TokenFormat format : {TokenFormat::kRandom, TokenFormat::kDeterministic}) Token(format);
  }

  void Token(TokenFormat format) {
    TokenRequest request;
    request.code = code;
    request.field = format == TokenFormat::kFormatPreserving ? "card" : "email";
    request.format = format;
    const auto made = tokens->Create(As("everything"), "crm", std::span(&request, 1)).Wait();
    ASSERT_TRUE(made.ok() && made->front().ok()) << made.status().ToString();
    token_texts.push_back(made->front()->token);
  }

  CustomerId Id() const { return *house->codes().DecodeCustomer(code); }
  Result<ErasureAnswer> Erase(bool now = false) { return customers->Erase(As("privacy-officer"), code, now).Wait(); }
  Reason Read(std::string_view role) { return customers->Read(As(role), code).Wait().reason(); }
  Reason Resolve() {
    const std::string_view token = token_texts.front();
    const auto resolved = tokens->Resolve(As("everything"), "crm", std::span(&token, 1)).Wait();
    return resolved.ok() ? resolved->front().reason() : resolved.reason();
  }
  size_t Hits() {
    const auto hits = customers->Search(As("application"), {}, "email", kEmail, false).Wait();
    EXPECT_TRUE(hits.ok()) << hits.status().ToString();
    return hits.ok() ? hits->size() : 99;
  }
  // Every way there is, as somebody who may do everything but hears nothing of erasures.
  std::vector<Reason> Ask() {
    const RevealRequest reveal{code, {"email"}};
    ChangeRequest change;
    change.code = code;
    change.any_version = true;
    change.collection_point = kPoint;
    change.set = {{"email", kEmail}};
    const auto many = customers->RevealMany(As("application"), std::span(&reveal, 1)).Wait();
    return {Read("application"),
            customers->Reveal(As("application"), reveal).Wait().reason(),
            many.ok() ? many->front().reason() : many.reason(),
            customers->Compare(As("support"), code, "email", kEmail).Wait().reason(),
            customers->Change(As("application"), change).Wait().reason(),
            Resolve()};
  }
  size_t Rows() {
    const TestLog& log = LogOf(kMain);
    return log.Rows("c").size() + log.Rows("d").size() + log.Rows("i").size() + log.Rows("x").size();
  }
  size_t KeyRows() { return LogOf(kMain).key_memory->Scan({.begin = "B", .end = "L", .limit = 100})->size(); }
  void Sequence() {
    LogReader& log = *RoomAt(kMain).log;
    const auto sequencer =
        Sequencer::Open(LogOf(kMain).data, LogOf(kMain).keys, LogOf(kMain).ring, random, {.origin = "strongroom/main"});
    ASSERT_TRUE(sequencer.ok()) << sequencer.status().ToString();
    for (int step = 0; step < 50; ++step) {
      ASSERT_TRUE((*sequencer)->Step().ok());
      if (*log.Size() >= RoomAt(kMain).journal->DurableEntries()) return;
    }
  }

  std::string code;
  std::vector<std::string> token_texts;
};

TEST(Erasure, ABlockedCustomerIsNobodyUntilItIsUndone) {
  ErasingHouse house(14);
  for (const Reason asked : house.Ask()) EXPECT_EQ(asked, Reason::kOk) << "control";
  ASSERT_EQ(house.Hits(), 1u);
  const Result<ErasureAnswer> blocked = house.Erase();
  ASSERT_TRUE(blocked.ok()) << blocked.status().ToString();
  EXPECT_EQ(blocked->undo_until, house.clock.NowMillis() + 14 * kDay);
  for (const bool reopened : {false, true}) {
    for (const Reason asked : house.Ask()) {
      EXPECT_TRUE(asked == Reason::kCustomerNotFound || asked == Reason::kTokenNotFound) << static_cast<int>(asked);
    }
    EXPECT_EQ(house.Hits(), 0u);
    EXPECT_EQ(house.customers->List(house.As("privacy-officer"), {}, {}, 10).Wait()->customers.size(), 0u);
    const auto told = house.customers->Read(house.As("privacy-officer"), house.code).Wait();
    EXPECT_EQ(told.reason(), Reason::kCustomerErasing);
    EXPECT_THAT(told.status().message(), HasSubstr(FormatTime(blocked->undo_until)));
    for (const AuditEntry& entry : house.Entries(TestHouse::kMain)) EXPECT_NE(entry.action, Action::kMismatchAlarm);
    EXPECT_EQ(
        house.customers->Create(house.As("application"), house.RequestFor("C1", {{"email", kEmail}})).Wait().reason(),
        Reason::kExternalIdTaken);
    if (!reopened) house.Reopen();
  }
  EXPECT_EQ(house.Erase()->undo_until, blocked->undo_until) << "asked again: the same";
  EXPECT_EQ(house.customers->UndoErasure(house.As("application"), house.code).Wait().reason(), Reason::kDenied);
  const auto undone = house.customers->UndoErasure(house.As("privacy-officer"), house.code).Wait();
  ASSERT_TRUE(undone.ok()) << undone.status().ToString();
  EXPECT_TRUE(undone->undone);
  for (const Reason asked : house.Ask()) EXPECT_EQ(asked, Reason::kOk);
  EXPECT_EQ(house.Hits(), 1u);
  EXPECT_FALSE(house.customers->UndoErasure(house.As("privacy-officer"), house.code).Wait()->undone);
  house.clock.AdvanceMillis(15 * kDay);
  EXPECT_EQ(ErasureJobs(*house.house, *house.customers).RunDue().finished, 0u) << "what was undone is not due";
  EXPECT_EQ(house.Read("support"), Reason::kOk);
}

TEST(Erasure, ABlockedCustomerIsDestroyedWhenTheTimeIsOver) {
  ErasingHouse house(14);
  ASSERT_TRUE(house.Erase().ok());
  ErasureJobs jobs(*house.house, *house.customers);
  house.clock.AdvanceMillis(14 * kDay - 1);
  EXPECT_EQ(jobs.RunDue().finished, 0u);
  EXPECT_GT(house.Rows(), 5u) << "control";
  EXPECT_EQ(house.KeyRows(), 3u) << "control: key, block, epoch";
  house.clock.AdvanceMillis(1);
  EXPECT_EQ(house.customers->UndoErasure(house.As("privacy-officer"), house.code).Wait().reason(),
            Reason::kCustomerErasing);
  const FinishedErasures done = jobs.RunDue();
  EXPECT_EQ(done.finished, 1u);
  EXPECT_TRUE(done.first_failure.ok()) << done.first_failure.ToString();
  EXPECT_EQ(house.Rows(), 0u);
  EXPECT_TRUE(*house.RoomAt(TestHouse::kMain).customer_keys->IsErased(house.Id()));
  EXPECT_EQ(house.Read("privacy-officer"), Reason::kCustomerNotFound);
  EXPECT_EQ(jobs.RunDue().finished, 0u);
}

TEST(Erasure, WhoAsksForItNowDestroysABlockedCustomerAtOnce) {
  ErasingHouse house(14);
  ASSERT_NE(house.Erase()->undo_until, 0);
  const Result<ErasureAnswer> erased = house.Erase(/*now=*/true);
  ASSERT_TRUE(erased.ok()) << erased.status().ToString();
  EXPECT_EQ(erased->undo_until, 0);
  EXPECT_TRUE(erased->key_gone && erased->record_gone && erased->index_rows_gone);
  EXPECT_EQ(house.Rows(), 0u);
}

TEST(Erasure, ABlockedCustomerLivesThroughANewKeyAndARotation) {
  ErasingHouse house(14);
  ASSERT_TRUE(house.Erase().ok());
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kCustomerRekey;
  ASSERT_TRUE(RekeyCustomer(house.RoomAt(TestHouse::kMain), house.Id(), entry).ok());
  KeyRotation rotation(*house.gate, {});
  ASSERT_TRUE(rotation.Rotate(house.As("operator")).Wait().ok());
  ASSERT_TRUE(rotation.RunDue().ok());
  EXPECT_EQ(house.Read("support"), Reason::kCustomerNotFound) << "blocked all the same";
  ASSERT_TRUE(house.customers->UndoErasure(house.As("privacy-officer"), house.code).Wait()->undone);
  for (const Reason asked : house.Ask()) EXPECT_EQ(asked, Reason::kOk);
  EXPECT_EQ(house.Hits(), 1u);
}

TEST(Erasure, WhoOpenedTheRecordBeforeTheBlockShowsNothing) {
  ErasingHouse house(14);
  bool done = false;
  Result<ErasureAnswer> blocked = Status(Reason::kInternal);
  house.LogOf(TestHouse::kMain).data.SetBeforeCommit([&] {  // the reveal's commit waits while the customer is blocked
    if (std::exchange(done, true)) return;
    EXPECT_TRUE(house.RoomAt(TestHouse::kMain)
                    .customer_keys->Block(house.Id(), {house.clock.NowMillis(), house.clock.NowMillis() + kDay})
                    .ok());
  });
  const RevealRequest reveal{house.code, {"email"}};
  house.customers->Reveal(house.As("application"), reveal).Wait().status().IgnoreError();
  house.LogOf(TestHouse::kMain).data.SetBeforeCommit({});
  EXPECT_TRUE(done);
  EXPECT_EQ(house.customers->Reveal(house.As("application"), reveal).Wait().reason(), Reason::kCustomerNotFound)
      << "not from the cache either";
}

// Every write of a block, of an undoing and of a destruction fails once, in every way and store.
TEST(Erasure, ACrashAtAnyWriteLeavesACustomerOrNothing) {
  int crashes = 0;
  int unlisted_times = 0;
  for (const size_t store : {0, 1, 2}) {
    for (const FaultKind kind : {FaultKind::kFailBefore, FaultKind::kFailAfter, FaultKind::kStorageFull}) {
      for (const int undo_days : {0, 14}) {
        bool failed = true;
        for (uint64_t nth = 1; failed; ++nth) {
          ErasingHouse house(undo_days, /*certificate_days=*/90);
          FaultyStore& faulty = store == 0   ? house.LogOf(TestHouse::kMain).keys
                                : store == 1 ? house.LogOf(TestHouse::kMain).data
                                             : house.OfficeLog().data;
          house.Token(TokenFormat::kFormatPreserving);
          const size_t directory = house.OfficeLog().Rows("n").size();
          faulty.SetPlan(FaultPlan({{.nth = nth, .kind = kind}}));
          house.Erase().status().IgnoreError();
          if (undo_days > 0) {
            house.clock.AdvanceMillis(14 * kDay);
            ErasureJobs(*house.house, *house.customers).RunDue();
          }
          failed = faulty.faults_made() > 0;
          crashes += failed;
          faulty.SetPlan({});
          house.Reopen();
          const FinishedErasures after = ErasureJobs(*house.house, *house.customers).RunDue();
          EXPECT_EQ(after.unfinished, 0u) << after.first_failure.ToString();
          TestLog& log = house.LogOf(TestHouse::kMain);
          if (log.Rows("c").empty()) {
            // The disk was full where the tokens were to be listed, and the house was gone before it could be done
            // otherwise: rows stay that lead nowhere (docs/known-gaps.md).  Nothing that opens is left.
            const bool unlisted = store == 1 && kind == FaultKind::kStorageFull && house.Rows() > 0;
            unlisted_times += unlisted;
            EXPECT_EQ(*house.tokens->SweepDirectory(), 0u) << "the directory was seen to before";
            EXPECT_EQ(log.Rows("d").size(), 0u);
            if (!unlisted) {
              EXPECT_EQ(house.Rows(), 0u);
            }
            EXPECT_TRUE(*house.RoomAt(TestHouse::kMain).customer_keys->IsErased(house.Id()));
            EXPECT_EQ(house.OfficeLog().Rows("n").size(), directory - 1) << "the token's row in the directory";
            EXPECT_EQ(log.key_memory->Scan({.begin = "K", .end = "L", .limit = 9})->size(), 0u);
            EXPECT_EQ(log.key_memory->Scan({.begin = "B", .end = "C", .limit = 9})->size(), 0u);
            EXPECT_EQ(log.Rows("n").size(), 1u) << "the certificate, and no intent";
          } else {  // it had not begun: nothing was promised
            for (const Reason asked : house.Ask()) EXPECT_EQ(asked, Reason::kOk);
          }
          ASSERT_FALSE(testing::Test::HasFailure()) << "store " << store << ", write " << nth << ", undo " << undo_days
                                                    << ", fault " << static_cast<int>(kind);
          ASSERT_LT(nth, 50u);
        }
      }
    }
  }
  std::printf("%d crashes, %d without a list of tokens\n", crashes, unlisted_times);
  EXPECT_LE(unlisted_times, 2);
  EXPECT_GT(crashes, 30);
}

TEST(Erasure, TheCertificateVerifiesWithThePublicKeyAlone) {
  ErasingHouse house(0, /*certificate_days=*/90);
  ASSERT_TRUE(house.Erase().ok());
  house.Sequence();
  EXPECT_EQ(house.customers->ErasureCertificate(house.As("support"), house.code).Wait().reason(), Reason::kDenied);
  const auto note = house.customers->ErasureCertificate(house.As("privacy-officer"), house.code).Wait();
  ASSERT_TRUE(note.ok()) << note.status().ToString();
  const VerifierKey key = *house.RoomAt(TestHouse::kMain).log->Key();
  const Result<OpenedErasure> opened = OpenErasureNote(*note, key);
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  EXPECT_EQ(opened->customer, house.code);
  EXPECT_THAT(opened->facts, HasSubstr("\ntokens: 2\n"));
  EXPECT_THAT(opened->facts, HasSubstr("\nbeyond recall: " + FormatTime(house.clock.NowMillis() + 65 * kDay) + "\n"));
  ASSERT_TRUE(opened->place.has_value());
  const auto entry = house.RoomAt(TestHouse::kMain).log->Read(opened->place->index, opened->place->index + 1);
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(entry->front().entry.change, Sha256(opened->facts));
  EXPECT_EQ(entry->front().entry.detail, "done");
  size_t refused = 0;
  for (size_t i = 0; i < note->size(); ++i) {
    std::string altered = *note;
    altered[i] ^= 1;
    refused += OpenErasureNote(altered, key).ok() ? 0 : 1;
  }
  EXPECT_EQ(refused, note->size());
  EXPECT_TRUE(house.customers->ErasureCertificate(house.As("privacy-officer"), house.code).Wait().ok()) << "again";
  house.clock.AdvanceMillis(91 * kDay);
  ErasureJobs(*house.house, *house.customers).RunDue();
  EXPECT_EQ(house.customers->ErasureCertificate(house.As("privacy-officer"), house.code).Wait().reason(),
            Reason::kCustomerNotFound);
}

}  // namespace
}  // namespace strongroom
