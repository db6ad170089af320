#include "access/api_keys.h"

#include <gtest/gtest.h>

#include <time.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "access/key_text.h"
#include "audit/inbox.h"
#include "audit/testing/test_log.h"

namespace strongroom {
namespace {

// An office with a log in memory, the default policy, and somebody of each role to call.
struct TestOffice {
  TestLog log;
  PolicyInForce policy{*PolicySet::Parse(PolicySet::DefaultToml())};
  std::unique_ptr<House> house;
  std::unique_ptr<Gate> gate;
  std::unique_ptr<ApiKeys> keys;

  TestOffice() {
    auto office = std::make_unique<Room>();
    office->sealed = std::make_unique<SealedStore>(log.data, log.ring, nullptr, log.random);
    office->journal = log.OpenJournal();
    house = std::make_unique<House>(std::move(office), std::vector<std::unique_ptr<Room>>{}, log.clock, log.random);
    gate = std::make_unique<Gate>(*house, policy);
    Reopen();
  }

  void Reopen() {
    Result<std::unique_ptr<ApiKeys>> opened = ApiKeys::Open(*gate);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    keys = *std::move(opened);
  }

  Caller As(const std::string& role) const {
    auto principal = std::make_shared<Principal>();
    principal->id = 77;
    principal->kind = PrincipalKind::kApplication;
    principal->roles = {role};
    principal->purposes = {"*"};
    Caller caller;
    caller.principal = std::move(principal);
    caller.address = IpAddress::Loopback();
    return caller;
  }

  // The key made, and its text as its holder would keep it.
  std::pair<ApiKeyInfo, std::string> Make(const ApiKeySpec& spec) {
    Result<NewApiKey> made = keys->Create(As("administrator"), spec).Wait();
    EXPECT_TRUE(made.ok()) << made.status().ToString();
    if (!made.ok()) return {};
    return {made->info, std::string(ExposeSecret(made->key_text))};
  }

  // Every entry of the office's log, in order.
  std::vector<AuditEntry> Entries() const {
    std::vector<AuditEntry> entries;
    const Bytes prefix = InboxKey(1, 0).substr(0, 5);
    const auto rows = log.memory->Scan({.begin = prefix, .end = PrefixEnd(prefix), .limit = 1'000'000});
    EXPECT_TRUE(rows.ok());
    for (const StoreRow& stored : *rows) {
      const Result<InboxRow> row = OpenInboxRow(*log.ring, stored.key, stored.value);
      EXPECT_TRUE(row.ok());
      for (const Bytes& encoded : row->entries) entries.push_back(*AuditEntry::Decode(encoded));
    }
    return entries;
  }

  // The log after everything that was submitted is durable: one more entry is awaited.
  std::vector<AuditEntry> SettledEntries() {
    EXPECT_TRUE(keys->List(As("administrator")).Wait().ok());
    std::vector<AuditEntry> entries = Entries();
    entries.pop_back();
    return entries;
  }
};

ApiKeySpec Shop() {
  ApiKeySpec spec;
  spec.name = "web shop";
  spec.kind = PrincipalKind::kApplication;
  spec.roles = {"application"};
  spec.purposes = {"delivery"};
  spec.token_domains = {"shop"};
  return spec;
}

Reason Try(const TestOffice& office, std::string_view text, std::string_view from = "127.0.0.1") {
  return office.keys->Authenticate(text, *IpAddress::Parse(from)).reason();
}

TEST(ApiKeys, AKeyOpensAsThePrincipalItWasMadeFor) {
  TestOffice office;
  const auto [info, text] = office.Make(Shop());
  EXPECT_EQ(info.created_by, 77u);
  const auto principal = office.keys->Authenticate(text, IpAddress::Loopback());
  ASSERT_TRUE(principal.ok()) << principal.status().ToString();
  EXPECT_EQ((*principal)->id, info.id);
  EXPECT_EQ((*principal)->kind, PrincipalKind::kApplication);
  EXPECT_EQ((*principal)->roles, Shop().roles);
  EXPECT_EQ((*principal)->purposes, Shop().purposes);
  EXPECT_EQ((*principal)->token_domains, Shop().token_domains);
  office.Reopen();
  EXPECT_EQ(Try(office, text), Reason::kOk) << "it is stored, not just held";
}

TEST(ApiKeys, NeitherTheKeyNorItsHmacLiesInTheStore) {
  TestOffice office;
  const auto [info, text] = office.Make(Shop());
  ASSERT_EQ(Try(office, text), Reason::kOk);
  ApiKeySecret secret;
  ASSERT_TRUE(secret.ParseText(text));
  const Digest mac = Mac(office.log.ring->Derive("strongroom api key v1")).Compute({secret.Expose()});
  const auto rows = office.log.memory->Scan({.begin = "", .end = "", .limit = 1'000'000});
  ASSERT_TRUE(rows.ok());
  ASSERT_FALSE(rows->empty());
  // The scan finds what is there: the key of the document's own row, with a needle taken from the store itself.
  int found_needles = 0;
  for (const StoreRow& row : *rows) {
    const Bytes all = row.key + row.value;
    for (const ByteView hidden : {ByteView(text), secret.Expose(), View(mac), ByteView(info.spec.name)}) {
      EXPECT_EQ(all.find(hidden), Bytes::npos);
    }
    found_needles += all.find(rows->front().key) != Bytes::npos ? 1 : 0;
  }
  EXPECT_GE(found_needles, 1);
}

TEST(ApiKeys, AWrongKeyIsInvalidWithoutAHintWhy) {
  TestOffice office;
  const auto [info, text] = office.Make(Shop());
  ApiKeySecret stranger;
  stranger.Draw(office.log.random);
  std::string wrong_checksum = text;
  wrong_checksum.back() = wrong_checksum.back() == '0' ? '1' : '0';
  std::set<std::string> answers;
  for (const std::string& wrong : {wrong_checksum, std::string(ExposeSecret(stranger.ToText())), std::string("srk_"),
                                   text.substr(1), std::string(100'000, 'a')}) {
    const auto refused = office.keys->Authenticate(wrong, IpAddress::Loopback());
    EXPECT_EQ(refused.reason(), Reason::kCredentialInvalid);
    answers.insert(refused.status().ToString());
  }
  ASSERT_TRUE(office.keys->Revoke(office.As("administrator"), info.id).Wait().ok());
  answers.insert(office.keys->Authenticate(text, IpAddress::Loopback()).status().ToString());
  EXPECT_EQ(answers.size(), 1u) << "every refusal reads the same";
  EXPECT_EQ(Try(office, ""), Reason::kCredentialMissing);
}

TEST(ApiKeys, ARevokedKeyOpensNothingFromThenOnAndAfterARestart) {
  TestOffice office;
  const auto [info, text] = office.Make(Shop());
  const auto [other_info, other] = office.Make(Shop());
  ASSERT_EQ(Try(office, text), Reason::kOk);
  const Result<ApiKeyInfo> revoked = office.keys->Revoke(office.As("operator"), info.id).Wait();
  ASSERT_TRUE(revoked.ok()) << revoked.status().ToString();
  EXPECT_EQ(revoked->revoked_at, office.log.clock.NowMillis());
  EXPECT_EQ(revoked->revoked_by, 77u);
  EXPECT_EQ(Try(office, text), Reason::kCredentialInvalid);
  EXPECT_EQ(Try(office, other), Reason::kOk);
  office.Reopen();
  EXPECT_EQ(Try(office, text), Reason::kCredentialInvalid);
  EXPECT_EQ(Try(office, other), Reason::kOk);
}

TEST(ApiKeys, RevokingTwiceKeepsTheFirstAndAnUnknownIdIsToldSo) {
  TestOffice office;
  const auto [info, text] = office.Make(Shop());
  const Caller caller = office.As("administrator");
  const UnixMillis first = office.keys->Revoke(caller, info.id).Wait()->revoked_at.value();
  office.log.clock.AdvanceMillis(5000);
  EXPECT_EQ(office.keys->Revoke(caller, info.id).Wait()->revoked_at, first);
  EXPECT_EQ(office.keys->Revoke(caller, info.id + 1).Wait().reason(), Reason::kCredentialNotFound);
}

TEST(ApiKeys, AKeyExpiresToTheMillisecond) {
  TestOffice office;
  ApiKeySpec spec = Shop();
  spec.expires_at = office.log.clock.NowMillis() + 1000;
  const auto [info, text] = office.Make(spec);
  office.log.clock.AdvanceMillis(999);
  EXPECT_EQ(Try(office, text), Reason::kOk);
  office.log.clock.AdvanceMillis(1);
  EXPECT_EQ(Try(office, text), Reason::kCredentialInvalid);
}

TEST(ApiKeys, AKeyOpensOnlyFromItsNetworks) {
  TestOffice office;
  ApiKeySpec spec = Shop();
  spec.networks = {*IpNetwork::Parse("10.20.0.0/16"), *IpNetwork::Parse("2001:db8:20::/48")};
  const auto [info, text] = office.Make(spec);
  for (const char* inside : {"10.20.0.1", "10.20.255.255", "::ffff:10.20.3.4", "2001:db8:20::1"}) {
    EXPECT_EQ(Try(office, text, inside), Reason::kOk) << inside;
  }
  for (const char* outside : {"10.21.0.1", "127.0.0.1", "::1", "2001:db8:21::1", "::10.20.0.1"}) {
    EXPECT_EQ(Try(office, text, outside), Reason::kNetworkRefused) << outside;
  }
  office.Reopen();
  EXPECT_EQ(Try(office, text, "2001:db8:20::9"), Reason::kOk);
  EXPECT_EQ(Try(office, text, "2001:db8:21::9"), Reason::kNetworkRefused);
}

TEST(ApiKeys, RefusedSignInsAreRecordedWithWhoAndWhyAndNeverTheKey) {
  TestOffice office;
  ApiKeySpec spec = Shop();
  spec.networks = {*IpNetwork::Parse("10.20.0.0/16")};
  const auto [info, text] = office.Make(spec);
  ASSERT_EQ(Try(office, text, "10.20.0.1"), Reason::kOk);
  ASSERT_EQ(Try(office, text, "192.0.2.9"), Reason::kNetworkRefused);
  ASSERT_EQ(office.keys->Authenticate(text + "x", *IpAddress::Parse("192.0.2.10"), 5).reason(),
            Reason::kCredentialInvalid);
  const std::vector<AuditEntry> entries = office.SettledEntries();
  ASSERT_EQ(entries.size(), 3u) << "the key's making and two refusals; what was let in leaves its own entries later";
  EXPECT_EQ(entries[0].action, Action::kCredentialCreate);
  EXPECT_EQ(entries[0].detail, "api key " + FormatPrincipalId(info.id) + " application roles application");
  EXPECT_EQ(entries[1].action, Action::kSignInRefused);
  EXPECT_EQ(entries[1].actor, info.id);
  EXPECT_EQ(entries[1].outcome, Reason::kNetworkRefused);
  EXPECT_EQ(entries[1].address.ToString(), "192.0.2.9");
  EXPECT_EQ(entries[2].actor, 0u);
  EXPECT_EQ(entries[2].outcome, Reason::kCredentialInvalid);
  EXPECT_EQ(entries[2].request_id, 5u);
  for (const AuditEntry& entry : entries) {
    EXPECT_EQ(entry.Encode().find(text.substr(4, 52)), Bytes::npos);
    EXPECT_EQ(entry.Encode().find(info.spec.name), Bytes::npos);
  }
}

TEST(ApiKeys, KnockingWithoutEndFillsNoLogAndHidesNoKnownKey) {
  TestOffice office;
  const auto [info, text] = office.Make(Shop());
  ASSERT_TRUE(office.keys->Revoke(office.As("administrator"), info.id).Wait().ok());
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(Try(office, "srk_guess"), Reason::kCredentialInvalid);
  ASSERT_EQ(Try(office, text), Reason::kCredentialInvalid);
  office.keys->FlushRefusals();
  uint64_t told = 0;
  uint64_t entries_of_unknown = 0;
  int of_known = 0;
  for (const AuditEntry& entry : office.SettledEntries()) {
    if (entry.action != Action::kSignInRefused) continue;
    if (entry.actor == info.id) {
      ++of_known;
      EXPECT_EQ(entry.detail, "revoked");
    } else {
      ++entries_of_unknown;
      told += entry.count == 0 ? 1 : entry.count;
    }
  }
  EXPECT_EQ(of_known, 1);
  EXPECT_EQ(entries_of_unknown, RefusalLog::kEntriesPerSecond + 1);
  EXPECT_EQ(told, 1000u) << "none is lost, though most are only counted";
}

TEST(ApiKeys, OnlyWhoManagesCredentialsMayAndEachTryIsRecorded) {
  TestOffice office;
  const auto [info, text] = office.Make(Shop());
  size_t refused = 0;
  for (const char* role : {"application", "support", "privacy-officer", "auditor", "partner", "importer"}) {
    const Caller caller = office.As(role);
    EXPECT_EQ(office.keys->Create(caller, Shop()).Wait().reason(), Reason::kDenied) << role;
    EXPECT_EQ(office.keys->List(caller).Wait().reason(), Reason::kDenied) << role;
    EXPECT_EQ(office.keys->Revoke(caller, info.id).Wait().reason(), Reason::kDenied) << role;
    refused += 3;
  }
  EXPECT_EQ(office.keys->Create(Caller(), Shop()).Wait().reason(), Reason::kDenied);
  EXPECT_EQ(office.keys->Revoke(Caller(), info.id).Wait().reason(), Reason::kDenied);
  refused += 2;
  EXPECT_EQ(office.SettledEntries().size(), 1 + refused);
  EXPECT_EQ(Try(office, text), Reason::kOk) << "nothing was revoked";
  for (const char* role : {"administrator", "operator"}) {
    const Result<std::vector<ApiKeyInfo>> listed = office.keys->List(office.As(role)).Wait();
    ASSERT_TRUE(listed.ok()) << role;
    EXPECT_EQ(listed->size(), 1u) << "nothing was made";
  }
}

TEST(ApiKeys, AListTellsAllKeysInOrderAlsoTheDead) {
  TestOffice office;
  for (int i = 0; i < 20; ++i) office.Make(Shop());
  const auto [info, text] = office.Make(Shop());
  ASSERT_TRUE(office.keys->Revoke(office.As("administrator"), info.id).Wait().ok());
  for (const bool reopened : {false, true}) {
    if (reopened) office.Reopen();
    const Result<std::vector<ApiKeyInfo>> listed = office.keys->List(office.As("administrator")).Wait();
    ASSERT_TRUE(listed.ok());
    ASSERT_EQ(listed->size(), 21u);
    int revoked = 0;
    for (size_t i = 0; i < listed->size(); ++i) {
      revoked += (*listed)[i].revoked_at ? 1 : 0;
      if (i > 0) {
        EXPECT_LT((*listed)[i - 1].id, (*listed)[i].id);
      }
    }
    EXPECT_EQ(revoked, 1);
  }
}

TEST(ApiKeys, WhatCannotBeRecordedIsNotDone) {
  TestOffice office;
  const auto [info, text] = office.Make(Shop());
  office.log.data.SetPlan(FaultPlan({{.nth = 1, .kind = FaultKind::kFailBefore}}));
  EXPECT_EQ(office.keys->Create(office.As("administrator"), Shop()).Wait().reason(), Reason::kAuditUnavailable);
  office.log.data.SetPlan(FaultPlan({{.nth = 1, .kind = FaultKind::kFailBefore}}));
  EXPECT_EQ(office.keys->Revoke(office.As("administrator"), info.id).Wait().reason(), Reason::kAuditUnavailable);
  office.log.data.SetPlan({});
  EXPECT_EQ(Try(office, text), Reason::kOk);
  EXPECT_EQ(office.keys->List(office.As("administrator")).Wait()->size(), 1u);
  EXPECT_TRUE(office.keys->Revoke(office.As("administrator"), info.id).Wait().ok());
  EXPECT_EQ(Try(office, text), Reason::kCredentialInvalid);
}

TEST(ApiKeys, AnImpossibleWishIsRefusedAndRecorded) {
  TestOffice office;
  ApiKeySpec spec = Shop();
  spec.roles = {"root"};
  EXPECT_EQ(office.keys->Create(office.As("administrator"), spec).Wait().reason(), Reason::kRoleUnknown);
  const std::vector<AuditEntry> entries = office.SettledEntries();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].outcome, Reason::kRoleUnknown);
  EXPECT_EQ(office.keys->List(office.As("administrator")).Wait()->size(), 0u);
}

TEST(ApiKeys, TheFirstKeyIsMadeOnceWithoutACaller) {
  TestOffice office;
  ApiKeySpec spec = Shop();
  spec.roles = {"administrator"};
  SealedBatch batch;
  const SealedStore& sealed = *office.house->office().sealed;
  const auto policy = office.policy.Get();
  Result<NewApiKey> first = ApiKeys::PrepareFirst(sealed, batch, spec, *policy, office.log.clock, office.log.random);
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kCredentialCreate;
  entry.decision = Decision::kPlain;
  ASSERT_TRUE(office.house->office().journal->Submit(std::move(batch), std::move(entry)).Wait().ok());
  ASSERT_TRUE(office.keys->Refresh().ok());
  const auto principal = office.keys->Authenticate(ExposeSecret(first->key_text), IpAddress::Loopback());
  ASSERT_TRUE(principal.ok());
  Caller caller;
  caller.principal = *principal;
  EXPECT_TRUE(office.keys->Create(caller, Shop()).Wait().ok());
  SealedBatch again;
  EXPECT_EQ(ApiKeys::PrepareFirst(sealed, again, spec, *policy, office.log.clock, office.log.random).reason(),
            Reason::kAlreadyInitialised);
}

TEST(ApiKeys, SigningInWhileKeysComeAndGoIsSafe) {
  TestOffice office;
  const auto [info, text] = office.Make(Shop());
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, key = text] {
      while (!stop) wrong += office.keys->Authenticate(key, IpAddress::Loopback()).ok() ? 0 : 1;
    });
  }
  for (int i = 0; i < 50; ++i) {
    const auto made = office.Make(Shop());
    ASSERT_EQ(Try(office, made.second), Reason::kOk);
    ASSERT_TRUE(office.keys->Revoke(office.As("administrator"), made.first.id).Wait().ok());
    ASSERT_EQ(Try(office, made.second), Reason::kCredentialInvalid);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

// The thread's CPU time, so that a busy machine distorts it less.
double ThreadNanoseconds() {
  timespec time{};
  EXPECT_EQ(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time), 0);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

// Prints; asserts nothing about time.
TEST(ApiKeys, PrintsNanosecondsPerSignIn) {
  TestOffice office;
  std::string text;
  for (int i = 0; i < 100; ++i) text = office.Make(Shop()).second;
  constexpr int kRounds = 100'000;
  int good = 0;
  const double start = ThreadNanoseconds();
  for (int i = 0; i < kRounds; ++i) good += office.keys->Authenticate(text, IpAddress::Loopback()).ok() ? 1 : 0;
  const double end = ThreadNanoseconds();
  std::printf("%.0f ns of CPU per sign-in, %d of %d good\n", (end - start) / kRounds, good, kRounds);
  EXPECT_EQ(good, kRounds);
}

}  // namespace
}  // namespace strongroom
