#include "vault/tokens.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "detect/validators.h"
#include "vault/erasure_plan.h"
#include "vault/testing/test_house.h"

namespace strongroom {
namespace {

constexpr std::string_view kEmail = "asandstrom@example.org";
constexpr std::string_view kCard = "4242421462365030";

class TokensTest : public testing::Test {
 protected:
  TokensTest() {
    house_.FillCatalogue();
    for (const std::string_view name : {"shop", "partner"}) PutDomain(std::string(name));
  }

  void PutDomain(std::string name, bool stateless = false, bool luhn_valid = false) {
    TokenDomain domain;
    domain.name = std::move(name);
    domain.stateless_ff1 = stateless;
    domain.luhn_valid = luhn_valid;
    const auto put = house_.tokens->PutDomain(house_.As("administrator"), domain).Wait();
    ASSERT_TRUE(put.ok()) << put.status().ToString();
  }

  Result<std::string> Make(const TokenRequest& request, std::string_view domain = "shop") {
    const auto made = house_.tokens->Create(house_.As("application"), domain, std::span(&request, 1)).Wait();
    if (!made.ok()) return made.status();
    if (!made->front().ok()) return made->front().status();
    return made->front()->token;
  }

  Result<std::string> Resolve(std::string_view token, std::string_view domain = "shop",
                              std::string_view role = "application") {
    const auto resolved = house_.tokens->Resolve(house_.As(role), domain, std::span(&token, 1)).Wait();
    if (!resolved.ok()) return resolved.status();
    if (!resolved->front().ok()) return resolved->front().status();
    return std::string(resolved->front()->value.view());
  }

  Status Revoke(std::string_view token) {
    const auto revoked = house_.tokens->Revoke(house_.As("application"), "shop", std::span(&token, 1)).Wait();
    return revoked.ok() ? revoked->front() : revoked.status();
  }

  void Set(std::string_view code, std::vector<ValueIn> values) {
    ChangeRequest change;
    change.code = code;
    change.any_version = true;
    change.collection_point = TestHouse::kPoint;
    change.set = std::move(values);
    const auto changed = house_.customers->Change(house_.As("application"), change).Wait();
    ASSERT_TRUE(changed.ok()) << changed.status().ToString();
  }

  void Erase(std::string_view code) {
    const auto erased = house_.customers->Erase(house_.As("privacy-officer"), code).Wait();
    ASSERT_TRUE(erased.ok()) << erased.status().ToString();
    EXPECT_TRUE(erased->key_gone && erased->record_gone && erased->index_rows_gone);
  }

  size_t RowsLeft() {
    const TestLog& log = house_.LogOf(TestHouse::kMain);
    return log.Rows("c").size() + log.Rows("d").size() + log.Rows("i").size() + log.Rows("x").size() +
           log.Rows("n").size();
  }

  static TokenRequest For(std::string_view code, std::string_view field, TokenFormat format = TokenFormat::kRandom) {
    TokenRequest request;
    request.code = code;
    request.field = field;
    request.format = format;
    return request;
  }

  TestHouse house_;
};

constexpr TokenFormat kFormats[] = {TokenFormat::kRandom, TokenFormat::kDeterministic, TokenFormat::kFormatPreserving};

TEST_F(TokensTest, ATokenResolvesInItsOwnDomainAlone) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  for (const TokenFormat format : kFormats) {
    const std::string_view field = format == TokenFormat::kFormatPreserving ? "phone" : "email";
    const std::string_view value = format == TokenFormat::kFormatPreserving ? "+46701740679" : kEmail;
    const Result<std::string> token = Make(For(code, field, format));
    ASSERT_TRUE(token.ok()) << token.status().ToString();
    EXPECT_EQ(token->find(value), std::string::npos);
    EXPECT_EQ(*Resolve(*token), value) << NameOf(format);  // control
    EXPECT_EQ(Resolve(*token, "partner").reason(), Reason::kTokenNotFound) << NameOf(format);
  }
}

TEST_F(TokensTest, ACallerUsesOnlyTheDomainsItsCredentialLists) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  const std::string token = *Make(For(code, "email"));
  Caller caller = house_.As("application");
  auto principal = std::make_shared<Principal>(*caller.principal);
  principal->token_domains = {"partner"};
  caller.principal = principal;
  const std::string_view one = token;
  EXPECT_EQ(house_.tokens->Resolve(caller, "shop", std::span(&one, 1)).Wait().reason(), Reason::kTokenDomainRefused);
  EXPECT_EQ(house_.tokens->Resolve(caller, "nowhere", std::span(&one, 1)).Wait().reason(), Reason::kTokenDomainRefused)
      << "whether a domain exists is not told";
  principal->token_domains = {"shop"};
  EXPECT_TRUE(house_.tokens->Resolve(caller, "shop", std::span(&one, 1)).Wait().ok());  // control
}

TEST_F(TokensTest, TwoDomainsGetUnrelatedDeterministicTokens) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  const TokenRequest request = For(code, "email", TokenFormat::kDeterministic);
  const std::string shop = *Make(request, "shop");
  EXPECT_NE(shop, *Make(request, "partner"));
  EXPECT_EQ(shop, *Make(request, "shop"));  // control
  EXPECT_NE(*Make(For(code, "email")), *Make(For(code, "email"))) << "random ones never repeat";
}

TEST_F(TokensTest, ADeterministicTokenIsSharedAndErasingOneOwnerLeavesTheOther) {
  const std::string one = house_.MakeCustomer("C1", kEmail);
  const std::string two = house_.MakeCustomer("C2", kEmail);
  const std::string token = *Make(For(one, "email", TokenFormat::kDeterministic));
  EXPECT_EQ(*Make(For(two, "email", TokenFormat::kDeterministic)), token);
  Erase(one);
  EXPECT_EQ(*Resolve(token), kEmail);
  const std::string three = house_.MakeCustomer("C3", kEmail);
  EXPECT_EQ(*Make(For(three, "email", TokenFormat::kDeterministic)), token) << "still the value's token";
  Erase(two);
  Erase(three);
  EXPECT_EQ(Resolve(token).reason(), Reason::kTokenNotFound);
  EXPECT_EQ(RowsLeft(), 0u) << "the last owner takes the row of the value along";
}

TEST_F(TokensTest, ErasureAfterAChangeTakesTheRowOfTheOldValueAlong) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  ASSERT_TRUE(Make(For(code, "email", TokenFormat::kDeterministic)).ok());
  Set(code, {{"email", "new@example.org"}});
  ASSERT_TRUE(Make(For(code, "email", TokenFormat::kDeterministic)).ok());
  ASSERT_TRUE(Make(For(code, "phone", TokenFormat::kFormatPreserving)).ok());
  EXPECT_FALSE(house_.OfficeLog().Rows(std::string("n") + '\x0b').empty());
  Erase(code);
  EXPECT_EQ(RowsLeft(), 0u);
  EXPECT_TRUE(house_.OfficeLog().Rows(std::string("n") + '\x0b').empty()) << "the directory forgets it too";
}

TEST_F(TokensTest, ARevokedDeterministicTokenIsNotHandedOutToAnotherOwner) {
  const std::string one = house_.MakeCustomer("C1", kEmail);
  const std::string two = house_.MakeCustomer("C2", kEmail);
  const std::string token = *Make(For(one, "email", TokenFormat::kDeterministic));
  EXPECT_TRUE(Revoke(token).ok());
  EXPECT_EQ(Make(For(two, "email", TokenFormat::kDeterministic)).reason(), Reason::kTokenRevoked);
  EXPECT_EQ(Resolve(token).reason(), Reason::kTokenRevoked);
  EXPECT_TRUE(Make(For(two, "email", TokenFormat::kDeterministic), "partner").ok());  // control: another domain
  Erase(one);
  const Result<std::string> fresh = Make(For(two, "email", TokenFormat::kDeterministic));
  ASSERT_TRUE(fresh.ok()) << "the revocation went with the token's last owner";
  EXPECT_NE(*fresh, token);
}

TEST_F(TokensTest, ARevocationThatRacesANewOwnerWins) {
  const std::string one = house_.MakeCustomer("C1", kEmail);
  const std::string two = house_.MakeCustomer("C2", kEmail);
  const std::string token = *Make(For(one, "email", TokenFormat::kDeterministic));
  // Both read the row of the value before either writes: the commits wait for each other's reads, and one loses.
  TestLog& log = house_.LogOf(TestHouse::kMain);
  std::atomic<bool> hold = true;
  log.data.SetBeforeCommit([&] {
    while (hold) std::this_thread::yield();
  });
  Result<std::string> made = std::string();
  std::thread maker([&] { made = Make(For(two, "email", TokenFormat::kDeterministic)); });
  std::thread revoker([&] { EXPECT_TRUE(Revoke(token).ok()); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  hold = false;
  maker.join();
  revoker.join();
  log.data.SetBeforeCommit({});
  EXPECT_TRUE(made.ok() || made.reason() == Reason::kTokenRevoked);
  EXPECT_EQ(Resolve(token).reason(), Reason::kTokenRevoked);
}

TEST_F(TokensTest, ADeterministicTokenNeitherExpiresNorResolvesOnlyOnce) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  TokenRequest once = For(code, "email", TokenFormat::kDeterministic);
  once.one_time = true;
  EXPECT_EQ(Make(once).reason(), Reason::kTokenFormatRefused);
  TokenRequest brief = For(code, "email", TokenFormat::kDeterministic);
  brief.expires_at = house_.clock.NowMillis() + 1000;
  EXPECT_EQ(Make(brief).reason(), Reason::kTokenFormatRefused);
  once.format = TokenFormat::kRandom;
  EXPECT_TRUE(Make(once).ok());  // control
}

TEST_F(TokensTest, WhoMayNotMakeTokensLearnsOfNoCustomer) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  const std::string nobody = house_.house->codes().EncodeCustomer(*house_.house->codes().DecodeCustomer(code) ^ 1);
  const auto ask = [&](std::string_view role, std::string_view whom) {
    const TokenRequest request = For(whom, "email");
    const auto made = house_.tokens->Create(house_.As(role), "shop", std::span(&request, 1)).Wait();
    return made.ok() ? made->front().reason() : made.reason();
  };
  for (const std::string_view whom : {std::string_view(code), std::string_view(nobody), std::string_view("ext:C1"),
                                      std::string_view("ext:C9"), std::string_view("0000")}) {
    EXPECT_EQ(ask("auditor", whom), Reason::kDenied) << whom;
  }
  EXPECT_EQ(ask("application", nobody), Reason::kCustomerNotFound);  // control
  EXPECT_EQ(ask("application", "ext:C1"), Reason::kOk);
}

TEST_F(TokensTest, ARefusalAnywhereInABatchMakesNothing) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  const auto items = [&] { return house_.LogOf(TestHouse::kMain).Rows("d").size(); };
  for (const TokenFormat format : {TokenFormat::kRandom, TokenFormat::kDeterministic}) {
    for (const size_t count : {size_t{2}, size_t{700}}) {  // in one chunk, in the second
      std::vector<TokenRequest> requests(count, For(code, "email", format));
      requests.back() = For(code, "password");
      EXPECT_EQ(house_.tokens->Create(house_.As("everything"), "shop", requests).Wait().reason(), Reason::kDenied);
      EXPECT_EQ(items(), 0u) << NameOf(format) << count;
    }
  }
  const std::vector<TokenRequest> granted(700, For(code, "email"));
  EXPECT_TRUE(house_.tokens->Create(house_.As("everything"), "shop", granted).Wait().ok());  // control
  EXPECT_EQ(items(), granted.size());
}

TEST_F(TokensTest, AReservationWhoseTokenWasNotMadeIsTakenBack) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  const TokenRequest request = For(code, "phone", TokenFormat::kFormatPreserving);
  const std::string directory = std::string("n") + '\x0b';
  // The record changes between the reservation and the token.
  TestLog& office = house_.OfficeLog();
  bool done = false;
  office.data.SetBeforeCommit([&] {
    if (!std::exchange(done, true)) Set(code, {{"email", "new@example.org"}});
  });
  EXPECT_EQ(Make(request).reason(), Reason::kRecordBusy);
  office.data.SetBeforeCommit({});
  EXPECT_EQ(office.Rows(directory).size(), 0u);
  EXPECT_TRUE(Make(request).ok());  // control
  EXPECT_EQ(office.Rows(directory).size(), 1u);
}

TEST_F(TokensTest, TheSweepTakesRowsOfTheDirectoryWhoseTokenIsNotThere) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  const TokenRequest request = For(code, "phone", TokenFormat::kFormatPreserving);
  const std::string directory = std::string("n") + '\x0b';
  const std::string kept = *Make(request);
  TestLog& log = house_.LogOf(TestHouse::kMain);
  log.data.SetPlan(FaultPlan({{.kind = FaultKind::kFailBefore}}));
  EXPECT_FALSE(Make(request).ok());
  log.data.SetPlan({});
  EXPECT_EQ(house_.OfficeLog().Rows(directory).size(), 2u) << "whether the token was written was not known";
  EXPECT_EQ(*house_.tokens->SweepDirectory(), 1u);
  EXPECT_EQ(house_.OfficeLog().Rows(directory).size(), 1u);
  EXPECT_EQ(*Resolve(kept), "+46701740679");
  EXPECT_EQ(*house_.tokens->SweepDirectory(), 0u);
}

TEST_F(TokensTest, ATokenThatDoesNotOpenKeepsNoKeyAlive) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  ASSERT_TRUE(Make(For(code, "email")).ok());
  ASSERT_TRUE(Make(For(code, "phone", TokenFormat::kFormatPreserving)).ok());
  const Result<CustomerId> id = house_.house->codes().DecodeCustomer(code);
  ASSERT_TRUE(id.ok());
  Room& room = house_.RoomAt(TestHouse::kMain);
  const Result<OpenCustomer> customer = house_.customers->OpenById(*id);
  ASSERT_TRUE(customer.ok());
  const Result<std::vector<Bytes>> names = room.sealed->ListItems(*id, kTokenItemKind, 10);
  ASSERT_TRUE(names.ok() && names->size() == 2);
  SealedBatch batch;
  ASSERT_TRUE(room.sealed->PutItem(batch, *id, *customer->stored.key, kTokenItemKind, names->front(), "no token").ok());
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kStoreCheck;
  ASSERT_TRUE(room.journal->Submit(std::move(batch), std::move(entry)).Wait().ok());

  const auto erased = house_.customers->Erase(house_.As("privacy-officer"), code).Wait();
  ASSERT_TRUE(erased.ok()) << erased.status().ToString();
  EXPECT_TRUE(erased->key_gone && erased->record_gone);
  EXPECT_FALSE(erased->index_rows_gone) << "nobody knows what the token that does not open left behind";
  EXPECT_EQ(RowsLeft(), 0u);
  EXPECT_EQ(room.customer_keys->Get(*id).reason(), Reason::kCustomerNotFound);
  EXPECT_EQ(house_.customers->FinishErasures().finished, 0u);
}

TEST_F(TokensTest, ManyFormatPreservingTokensDoNotKeepTheKeyAlive) {
  // 40,000 rows of the directory do not fit an intent; that many tokens would take long to make here.
  const std::string code = house_.MakeCustomer("C1", kEmail);
  const Result<CustomerId> id = house_.house->codes().DecodeCustomer(code);
  Room& room = house_.RoomAt(TestHouse::kMain);
  const Result<OpenCustomer> customer = house_.customers->OpenById(*id);
  ASSERT_TRUE(customer.ok());
  constexpr uint64_t kMany = 40'000;
  for (uint64_t begin = 0; begin < kMany; begin += 4'000) {
    SealedBatch batch;
    for (uint64_t i = begin; i < begin + 4'000; ++i) {
      TokenItem token;
      token.format = TokenFormat::kFormatPreserving;
      token.domain = "shop";
      token.shown = "+4670" + std::to_string(1'000'000 + i);
      ASSERT_TRUE(
          room.sealed->PutItem(batch, *id, *customer->stored.key, kTokenItemKind, TokenItemName(i), token.Encode())
              .ok());
    }
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = Action::kStoreCheck;
    ASSERT_TRUE(room.journal->Submit(std::move(batch), std::move(entry)).Wait().ok());
  }
  const auto erased = house_.customers->Erase(house_.As("privacy-officer"), code).Wait();
  ASSERT_TRUE(erased.ok()) << erased.status().ToString();
  EXPECT_TRUE(erased->key_gone && erased->record_gone);
  EXPECT_FALSE(erased->index_rows_gone) << "the directory's rows that did not fit are not known to be gone";
  EXPECT_EQ(erased->tokens_gone, kMany);
  EXPECT_EQ(RowsLeft(), 0u);
}

TEST_F(TokensTest, OnlyTextsOfUpTo128BytesGetAFormatPreservingToken) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  const TokenRequest request = For(code, "nickname", TokenFormat::kFormatPreserving);
  const std::string longest(128, 'a');
  Set(code, {{"nickname", longest}});
  EXPECT_TRUE(Make(request).ok());  // control
  const std::string longer(129, 'a');
  Set(code, {{"nickname", longer}});
  EXPECT_EQ(Make(request).reason(), Reason::kTokenFormatRefused);
}

TEST_F(TokensTest, AnIntentIsReplacedAndDeletedOnlyAsTheVersionThatWasRead) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  ASSERT_TRUE(Make(For(code, "phone", TokenFormat::kFormatPreserving)).ok());
  Room& room = house_.RoomAt(TestHouse::kMain);
  const Result<OpenCustomer> customer = house_.customers->Open(code);
  ASSERT_TRUE(customer.ok());
  const auto commit = [&](SealedBatch batch) {
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = Action::kStoreCheck;
    return room.journal->Submit(std::move(batch), std::move(entry)).Wait().reason();
  };
  const auto put = [&](const ErasurePlan& plan) {
    SealedBatch batch;
    EXPECT_TRUE(plan.PutIntent(*room.sealed, batch).ok());
    return commit(std::move(batch));
  };
  const auto finish = [&](const ErasurePlan& plan) {
    SealedBatch batch;
    EXPECT_TRUE(plan.AddDeletes(*room.sealed, batch).ok());
    return commit(std::move(batch));
  };
  const Result<ErasurePlan> made = ErasurePlan::Make(room, *house_.catalogue->Current(), *customer, house_.clock, 0);
  ASSERT_TRUE(made.ok());
  ASSERT_EQ(put(*made), Reason::kOk);
  const ErasurePlan plain = **ErasurePlan::Find(*room.sealed, customer->id);
  ErasurePlan richer = plain;
  ASSERT_TRUE(*richer.AddTokens(room, house_.house->office(), *customer->stored.key));
  ASSERT_EQ(put(richer), Reason::kOk);
  EXPECT_EQ(put(plain), Reason::kStorageConflict);
  EXPECT_EQ(finish(plain), Reason::kStorageConflict) << "whoever read the poorer intent must not end the richer one";
  const ErasurePlan stored = **ErasurePlan::Find(*room.sealed, customer->id);
  EXPECT_EQ(stored.directory_rows, richer.directory_rows);
  EXPECT_EQ(stored.directory_rows.size(), 1u);
  EXPECT_EQ(finish(stored), Reason::kOk);  // control
}

TEST_F(TokensTest, AnErasureThatCannotBeFinishedStopsNoOther) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  TestLog& log = house_.LogOf(TestHouse::kMain);
  log.keys.SetPlan(FaultPlan({{.kind = FaultKind::kFailBefore}}));
  EXPECT_FALSE(house_.customers->Erase(house_.As("privacy-officer"), code).Wait().ok());
  log.keys.SetPlan({});
  SealedBatch batch;
  Room& room = house_.RoomAt(TestHouse::kMain);
  ASSERT_TRUE(room.sealed->OverwriteDocument(batch, Table::kIntent, "erase", "no plan").ok());
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kStoreCheck;
  ASSERT_TRUE(room.journal->Submit(std::move(batch), std::move(entry)).Wait().ok());
  const FinishedErasures finished = house_.customers->FinishErasures();
  EXPECT_EQ(finished.finished, 1u);
  EXPECT_EQ(finished.unfinished, 1u);
  EXPECT_EQ(finished.first_failure.reason(), Reason::kDataCorrupt);
}

TEST_F(TokensTest, AChangeOutdatesTheTokensOfReplacedValuesAndKeepsTheOthers) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  const std::string email = *Make(For(code, "email"));
  const std::string phone = *Make(For(code, "phone"));
  Set(code, {{"email", "new@example.org"}, {"phone", "+46 70 174 06 79"}});
  EXPECT_EQ(Resolve(email).reason(), Reason::kTokenOutdated);
  EXPECT_EQ(*Resolve(phone), "+46701740679");
  Set(code, {{"email", kEmail}});
  EXPECT_EQ(Resolve(email).reason(), Reason::kTokenOutdated) << "the old value set anew is a new value";
}

TEST_F(TokensTest, AOneTimeTokenIsSpentExactlyOnceBySixteenThreads) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  TokenRequest request = For(code, "email");
  request.one_time = true;
  for (int round = 0; round < 10; ++round) {
    const std::string token = *Make(request);
    std::atomic<int> won = 0;
    std::vector<std::thread> threads;
    threads.reserve(16);
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&] {
        const Result<std::string> value = Resolve(token);
        if (value.ok()) {
          ++won;
        } else {
          EXPECT_TRUE(value.reason() == Reason::kTokenSpent || value.reason() == Reason::kStorageConflict);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(won, 1);
    EXPECT_EQ(Resolve(token).reason(), Reason::kTokenSpent);
  }
}

TEST_F(TokensTest, AOneTimeTokenNamedTwiceInABatchAnswersOnce) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  TokenRequest request = For(code, "email");
  request.one_time = true;
  const std::string token = *Make(request);
  const std::vector<std::string_view> twice = {token, token};
  const auto resolved = house_.tokens->Resolve(house_.As("application"), "shop", twice).Wait();
  ASSERT_TRUE(resolved.ok()) << resolved.status().ToString();
  EXPECT_TRUE((*resolved)[0].ok());
  EXPECT_EQ((*resolved)[1].reason(), Reason::kTokenSpent);
}

TEST_F(TokensTest, RevokedAndExpiredTokensStayDead) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  const std::string token = *Make(For(code, "email"));
  EXPECT_TRUE(Revoke(token).ok());
  EXPECT_EQ(Resolve(token).reason(), Reason::kTokenRevoked);
  const TokenRequest deterministic = For(code, "email", TokenFormat::kDeterministic);
  const std::string shared = *Make(deterministic);
  EXPECT_TRUE(Revoke(shared).ok());
  EXPECT_EQ(Make(deterministic).reason(), Reason::kTokenRevoked) << "asking again does not bring it back";
  EXPECT_EQ(Resolve(shared).reason(), Reason::kTokenRevoked);
  TokenRequest short_lived = For(code, "email");
  short_lived.expires_at = house_.clock.NowMillis() + 1000;
  const std::string brief = *Make(short_lived);
  EXPECT_EQ(*Resolve(brief), kEmail);  // control
  house_.clock.AdvanceMillis(1000);
  EXPECT_EQ(Resolve(brief).reason(), Reason::kTokenExpired);
}

TEST_F(TokensTest, ResolvingIsDecidedPerFieldAndRecordedBeforeItAnswers) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  const std::string token = *Make(For(code, "email"));
  EXPECT_EQ(Resolve(token, "shop", "support").reason(), Reason::kDenied);
  const Result<std::string> masked = Resolve(token, "shop", "partner");
  ASSERT_TRUE(masked.ok()) << masked.status().ToString();
  EXPECT_NE(*masked, kEmail) << "partners see masks";
  EXPECT_EQ(*Resolve(token), kEmail);  // control
  house_.LogOf(TestHouse::kMain).data.SetPlan(FaultPlan({{.kind = FaultKind::kFailBefore}}));
  EXPECT_FALSE(Resolve(token).ok()) << "what cannot be recorded is not shown";
}

TEST_F(TokensTest, HandingOutATokenAgainIsRecorded) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  const TokenRequest request = For(code, "email", TokenFormat::kDeterministic);
  ASSERT_TRUE(Make(request).ok());
  const size_t before = house_.Entries(TestHouse::kMain).size();
  ASSERT_TRUE(Make(request).ok());
  const std::vector<AuditEntry> entries = house_.Entries(TestHouse::kMain);
  ASSERT_EQ(entries.size(), before + 1);
  EXPECT_EQ(entries.back().action, Action::kTokenCreate);
  EXPECT_EQ(entries.back().customers.size(), 1u);
}

TEST_F(TokensTest, FormatPreservingTokensAreUniqueAndNoValidCards) {
  std::vector<std::string> codes;
  for (int i = 0; i < 5; ++i) codes.push_back(house_.MakeCustomer("C" + std::to_string(i), kEmail));
  std::set<std::string> tokens;
  size_t made = 0;
  for (int round = 0; round < 20; ++round) {
    for (const std::string& code : codes) {
      const Result<std::string> token = Make(For(code, "card", TokenFormat::kFormatPreserving));
      ASSERT_TRUE(token.ok()) << token.status().ToString();
      EXPECT_TRUE(tokens.insert(*token).second);
      EXPECT_EQ(token->size(), kCard.size());
      EXPECT_EQ(token->substr(12), kCard.substr(12));
      EXPECT_FALSE(detect::LuhnValid(*token)) << *token;
      ++made;
    }
  }
  EXPECT_TRUE(detect::LuhnValid(kCard));  // control
  std::printf("%zu format-preserving tokens\n", made);
  PutDomain("luhn", /*stateless=*/false, /*luhn_valid=*/true);
  EXPECT_TRUE(detect::LuhnValid(*Make(For(codes[0], "card", TokenFormat::kFormatPreserving), "luhn")));
}

TEST_F(TokensTest, StatelessTokensComeBackAndSmallSpacesAreRefused) {
  PutDomain("stateless", /*stateless=*/true);
  const std::vector<std::string_view> values = {kCard, "4111111111111111", "12345"};
  const Caller caller = house_.As("everything");
  const auto there = house_.tokens->TransformFf1(caller, "stateless", "card", values, /*encrypt=*/true).Wait();
  ASSERT_TRUE(there.ok()) << there.status().ToString();
  EXPECT_EQ((*there)[2].reason(), Reason::kTokenFormatRefused);
  for (size_t i = 0; i < 2; ++i) {
    const std::string token = *(*there)[i];
    EXPECT_NE(token, values[i]);
    EXPECT_FALSE(detect::LuhnValid(token));
    const std::string_view one = token;
    const auto back = house_.tokens->TransformFf1(caller, "stateless", "card", std::span(&one, 1), false).Wait();
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back->front(), values[i]);
  }
  EXPECT_EQ(house_.tokens->TransformFf1(caller, "shop", "card", values, true).Wait().reason(),
            Reason::kTokenFormatRefused)
      << "a domain that has not opted in";
  // Four digits are kept: of nine, five vary; 100,000 values are too few.  Of ten, 1,000,000 are enough.
  const std::vector<std::string_view> numbers = {"123456789", "1234567890"};
  const auto edge = house_.tokens->TransformFf1(caller, "stateless", "phone", numbers, true).Wait();
  ASSERT_TRUE(edge.ok());
  EXPECT_EQ((*edge)[0].reason(), Reason::kTokenFormatRefused);
  EXPECT_TRUE((*edge)[1].ok());
}

TEST_F(TokensTest, ABatchNamesNoMoreThanItMayInOneEntry) {
  const std::string code = house_.MakeCustomer("C1", kEmail);
  const std::vector<TokenRequest> requests(1200, For(code, "email"));
  const auto made = house_.tokens->Create(house_.As("application"), "shop", requests).Wait();
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  EXPECT_TRUE(std::all_of(made->begin(), made->end(), [](const auto& one) { return one.ok(); }));
  const std::vector<TokenRequest> refused(1200, For("0000", "email"));
  const auto none = house_.tokens->Create(house_.As("application"), "shop", refused).Wait();
  ASSERT_TRUE(none.ok()) << none.status().ToString();
  EXPECT_EQ(none->front().reason(), Reason::kCodeMistyped);
  Erase(code);
  EXPECT_EQ(RowsLeft(), 0u);
}

}  // namespace
}  // namespace strongroom
