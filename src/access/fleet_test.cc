// Two servers over one vault, in one process and over stores in memory.  The real ones over PostgreSQL: tests/fleet.
#include "access/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "access/testing/test_person.h"
#include "access/testing/test_vault.h"
#include "base/json.h"

namespace strongroom {
namespace {

class TwoServers : public testing::Test {
 protected:
  TwoServers() {
    vault_.server_number = 1;
    vault_.Restart();
    beside_ = vault_.OpenBeside(2);
  }

  Reason RevealAt(OpenVault& server, const std::string& code) {
    return server.customers()
        .Reveal(vault_.As("everything", "delivery"), {.code = code, .fields = {"full_name"}})
        .Wait()
        .status()
        .reason();
  }
  static Reason KnownAt(OpenVault& server, const std::string& key) {
    return server.api_keys().Authenticate(key, IpAddress::Loopback()).status().reason();
  }
  static AuditEntry SystemEntry() {
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = Action::kServerStatus;
    entry.decision = Decision::kPlain;
    return entry;
  }
  static FieldDef TextField(const std::string& name) {
    FieldDef field;
    field.name = name;
    field.purposes = {"delivery"};
    field.legal_basis = "contract";
    return field;
  }

  TestVault vault_;
  std::unique_ptr<OpenVault> beside_;
};

TEST_F(TwoServers, WhatOneChangesIsKnownToTheOtherAfterItsNextLook) {
  const std::string key = vault_.Key("support");
  const PrincipalId support = vault_.IdOf("support");
  const auto deaf = vault_.OpenBeside(3, /*ignore_changes=*/true);
  ASSERT_TRUE(vault_->api_keys().Revoke(vault_.As("everything"), support).Wait().ok());
  EXPECT_NE(KnownAt(vault_.vault(), key), Reason::kOk);
  EXPECT_EQ(KnownAt(*beside_, key), Reason::kOk) << "it has not looked yet";
  ASSERT_TRUE(beside_->fleet().Round().ok());
  EXPECT_NE(KnownAt(*beside_, key), Reason::kOk);
  // Control: without reading anew, the key would be good for ever.
  ASSERT_TRUE(deaf->fleet().Round().ok());
  EXPECT_EQ(KnownAt(*deaf, key), Reason::kOk);
}

TEST_F(TwoServers, PolicyCatalogueAndDomainsAreReadAnew) {
  ASSERT_TRUE(vault_->catalogue().PutField(vault_.As("everything"), TextField("shoe_size")).Wait().ok());
  EXPECT_EQ(beside_->catalogue().Current()->FindField("shoe_size"), nullptr);
  const std::string policy = TestPolicy() + "\n# another one\n";
  ASSERT_TRUE(vault_->policy().Change(vault_.As("everything"), policy).Wait().ok());
  ASSERT_TRUE(beside_->fleet().Round().ok());
  EXPECT_NE(beside_->catalogue().Current()->FindField("shoe_size"), nullptr);
  EXPECT_EQ(beside_->gate().policy().Get()->source(), policy);
}

TEST_F(TwoServers, WhoHasNotLookedForASecondRefuses) {
  const std::string code = vault_.CreateCustomer({{"full_name", "Ada Lovelace"}});
  ASSERT_TRUE(beside_->fleet().Round().ok());
  EXPECT_EQ(RevealAt(*beside_, code), Reason::kOk);
  vault_.clock().AdvanceMillis(ServerView::kStaleMillis + 1);
  EXPECT_EQ(RevealAt(*beside_, code), Reason::kServerViewStale);
  ASSERT_TRUE(beside_->fleet().Round().ok());
  EXPECT_EQ(RevealAt(*beside_, code), Reason::kOk);
  // Control: the age is what it is refused for.
  vault_.clock().AdvanceMillis(ServerView::kStaleMillis + 1);
  beside_->house().view().IgnoreAgeForTests();
  EXPECT_EQ(RevealAt(*beside_, code), Reason::kOk);
}

TEST_F(TwoServers, AServerThatCannotReadWhatTheOthersChangedIsStale) {
  const std::string code = vault_.CreateCustomer({{"full_name", "Ada Lovelace"}});
  vault_.office().data.SetPlan(FaultPlan({{.call = FaultCall::kRead, .nth = 1}}));
  EXPECT_FALSE(beside_->fleet().Round().ok());
  vault_.clock().AdvanceMillis(ServerView::kStaleMillis + 1);
  EXPECT_EQ(RevealAt(*beside_, code), Reason::kServerViewStale);
}

TEST_F(TwoServers, WhoeverIsErasedAtOneIsGoneAtTheOther) {
  const std::string code = vault_.CreateCustomer({{"full_name", "Ada Lovelace"}});
  ASSERT_EQ(RevealAt(*beside_, code), Reason::kOk) << "and holds the key for a second";
  ASSERT_TRUE(vault_->customers().Erase(vault_.As("everything"), code).Wait().ok());
  EXPECT_EQ(RevealAt(*beside_, code), Reason::kCustomerNotFound);
}

TEST_F(TwoServers, FieldIdsAreGivenOnceWhoeverGivesThem) {
  ASSERT_TRUE(vault_->catalogue().PutField(vault_.As("everything"), TextField("first_servers")).Wait().ok());
  // The other has not looked; what it adds must not get the same number.
  ASSERT_TRUE(beside_->catalogue().PutField(vault_.As("everything"), TextField("second_servers")).Wait().ok());
  ASSERT_TRUE(vault_->fleet().Round().ok());
  std::set<FieldId> ids;
  const CataloguePtr catalogue = vault_->catalogue().Current();
  for (const FieldDef& field : catalogue->fields()) EXPECT_TRUE(ids.insert(field.id).second) << field.name;
  EXPECT_NE(catalogue->FindField("first_servers"), nullptr);
  EXPECT_NE(catalogue->FindField("second_servers"), nullptr);
}

TEST_F(TwoServers, ASessionHoldsAtBothAndEndsAtBoth) {
  TestBrowser browser(vault_);
  const TestPerson ada = MakePerson(vault_, browser, "ada");
  ASSERT_TRUE(browser.SignIn(ada).ok());
  const auto at_the_other = [&] {
    return beside_->front_door().sessions().Authenticate(browser.Request("GET", "/v1/session")).reason();
  };
  EXPECT_EQ(at_the_other(), Reason::kSessionEnded) << "it has not heard of it";
  ASSERT_TRUE(beside_->fleet().Round().ok());
  EXPECT_EQ(at_the_other(), Reason::kOk);
  // Used at one alone for longer than a session may be idle: the other has heard of that by then.
  for (int minutes = 0; minutes < 40; minutes += 2) {
    vault_.clock().AdvanceMillis(2 * 60'000);
    ASSERT_TRUE(browser.Ask().ok()) << minutes;
    ASSERT_TRUE(vault_->house().office().journal->Submit({}, SystemEntry()).Wait().ok()) << "and what Ask() noted";
    ASSERT_TRUE(beside_->fleet().Round().ok());
    beside_->front_door().sessions().Tidy();
    ASSERT_TRUE(vault_->fleet().Round().ok());
    const auto found = beside_->front_door().sessions().Find(browser.Ask()->session_id);
    ASSERT_TRUE(found.has_value()) << minutes;
    EXPECT_LE(vault_.clock().NowMillis() - found->last_seen_at, 5 * 60'000);
  }
  EXPECT_EQ(at_the_other(), Reason::kOk);
  const uint64_t id = browser.Ask()->session_id;
  ASSERT_TRUE(vault_->front_door().sessions().End(*browser.Ask(), id).Wait().ok());
  ASSERT_TRUE(beside_->fleet().Round().ok());
  EXPECT_EQ(at_the_other(), Reason::kSessionEnded);
}

TEST_F(TwoServers, WrongPasswordsCountAtBoth) {
  TestBrowser browser(vault_);
  const TestPerson ada = MakePerson(vault_, browser, "ada");
  ASSERT_TRUE(beside_->fleet().Round().ok());
  const AttemptFrom from{*IpAddress::Parse("198.51.100.9"), std::nullopt};
  const auto guess = [&](OpenVault& server) {
    return server.front_door().attempts().Begin(AttemptKind::kPassword, "ada", from).status().reason();
  };
  for (int i = 0; i < 30 && guess(vault_.vault()) == Reason::kOk; ++i) {
  }
  ASSERT_EQ(guess(vault_.vault()), Reason::kSignInRefused);
  AuditEntry refused;
  refused.actor_kind = PrincipalKind::kNone;
  refused.action = Action::kSignInRefused;
  refused.outcome = Reason::kSignInRefused;
  ASSERT_TRUE(vault_->front_door().attempts().Record(std::move(refused)));
  vault_->front_door().attempts().FlushRefusals();
  EXPECT_EQ(guess(*beside_), Reason::kOk) << "the control: it has not heard of them";
  ASSERT_TRUE(vault_->house().office().journal->Submit({}, SystemEntry()).Wait().ok())
      << "what was recorded is durable";
  ASSERT_TRUE(beside_->fleet().Round().ok());
  ASSERT_TRUE(beside_->fleet().RoundLater().ok());
  EXPECT_EQ(guess(*beside_), Reason::kSignInRefused);
}

// Each server knows two administrators; one of them suspends the first, the other the second.
TEST_F(TwoServers, TheLastAdministratorStaysWhoeverIsAsked) {
  std::vector<PrincipalId> ids;
  for (const std::string name : {"first", "second"}) {
    StaffMember member;
    member.id = 1001 + ids.size();
    member.name = name;
    member.state = StaffState::kActive;
    member.roles = {{"administrator", std::nullopt, 0}};
    ids.push_back(member.id);
    Permit permit = vault_->gate().Authorise(vault_.As("everything"), Action::kStaffInvite);
    ASSERT_TRUE(vault_->staff_directory().Add(std::move(permit), member).Wait().ok());
  }
  ASSERT_TRUE(vault_->fleet().Round().ok());
  ASSERT_TRUE(beside_->fleet().Round().ok());
  ASSERT_TRUE(vault_->staff().Suspend(vault_.As("everything"), ids[0]).Wait().ok());
  // The other has not looked: by what it remembers, there are two.
  EXPECT_EQ(beside_->staff().Suspend(vault_.As("everything"), ids[1]).Wait().status().reason(),
            Reason::kStaffStateWrong);
}

TEST_F(TwoServers, OneIsOnDutyAndAnotherTakesOverWhenItSaysNoMore) {
  EXPECT_TRUE(vault_->house().on_duty());
  EXPECT_FALSE(beside_->house().on_duty());
  // It goes on saying so.
  for (int64_t passed = 0; passed < 2 * Fleet::kTakeOverMillis; passed += Fleet::kBeatMillis) {
    vault_.clock().AdvanceMillis(Fleet::kBeatMillis);
    ASSERT_TRUE(vault_->fleet().Round().ok());
    ASSERT_TRUE(beside_->fleet().Round().ok());
    EXPECT_TRUE(vault_->house().on_duty());
    EXPECT_FALSE(beside_->house().on_duty());
  }
  // It says no more.  It is off duty by itself before the other is on.
  bool nobody = false;
  for (int64_t passed = 0; !beside_->house().on_duty(); passed += Fleet::kBeatMillis) {
    ASSERT_LE(passed, Fleet::kTakeOverMillis + 2 * Fleet::kBeatMillis);
    vault_.clock().AdvanceMillis(Fleet::kBeatMillis);
    nobody = nobody || !vault_->house().on_duty();
    ASSERT_TRUE(beside_->fleet().Round().ok());
    EXPECT_FALSE(vault_->house().on_duty() && beside_->house().on_duty()) << "never two";
  }
  EXPECT_TRUE(nobody);
  ASSERT_TRUE(vault_->fleet().Round().ok());
  EXPECT_FALSE(vault_->house().on_duty()) << "it finds the duty taken";
  const FleetView view = vault_->fleet().Look();
  ASSERT_EQ(view.members.size(), 2u);
  EXPECT_TRUE(view.members[1].on_duty);
}

TEST_F(TwoServers, WhoIsNotOnDutyDoesNotTurnTheKeys) {
  EXPECT_EQ(beside_->key_rotation().Rotate(vault_.As("everything")).Wait().status().reason(), Reason::kStorageConflict);
}

// Both write and look while the keys are turned and everything moves.
TEST_F(TwoServers, KeysAreTurnedUnderBoth) {
  std::vector<std::string> codes;
  for (int i = 0; i < 5; ++i) {
    codes.push_back(vault_.CreateCustomer({{"full_name", "Somebody"}, {"email", "b" + std::to_string(i) + "@x.org"}}));
  }
  std::atomic<bool> stop{false};
  std::thread rounds([&] {
    while (!stop) {
      EXPECT_TRUE(vault_->fleet().Round().ok());
      EXPECT_TRUE(beside_->fleet().Round().ok());
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });
  std::vector<std::string> made;
  int conflicts = 0;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      CreateRequest request;
      request.collection_point = "web-signup";
      const std::string email = "w" + std::to_string(i) + "@x.org";
      request.values = {{"full_name", "Written meanwhile"}, {"email", email}};
      const auto created = beside_->customers().Create(vault_.As("everything"), request).Wait();
      if (created.ok()) {
        made.push_back(created->code);
      } else {
        EXPECT_EQ(created.status().reason(), Reason::kStorageConflict) << created.status().ToString();
        ++conflicts;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  EXPECT_TRUE(vault_->key_rotation().Rotate(vault_.As("everything")).Wait().ok());
  EXPECT_TRUE(vault_->key_rotation().RunDue().ok());
  stop = true;
  rounds.join();
  writer.join();
  EXPECT_EQ(conflicts, 0) << "whoever begins meanwhile waits";
  EXPECT_GT(made.size(), 10u);
  EXPECT_EQ(beside_->house().compartments()[0]->sealed->ring().epoch(), 2u);
  codes.insert(codes.end(), made.begin(), made.end());
  for (OpenVault* const server : {&vault_.vault(), beside_.get()}) {
    for (const std::string& code : codes) EXPECT_EQ(RevealAt(*server, code), Reason::kOk) << code;
  }
}

// A batch that was prepared before another server turned the keys is refused by the store itself.
TEST_F(TwoServers, WhatWasPreparedForAClosedEpochIsRefusedByTheStore) {
  const Room& room = *beside_->house().compartments()[0];
  const auto prepare = [&]() -> SealedBatch {
    SealedBatch batch;
    EXPECT_TRUE(room.sealed->PutReference(batch, {.kind = 'e', .field = 1}, "late", 77).ok());
    return batch;
  };
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kCustomerCreate;
  entry.decision = Decision::kPlain;
  SealedBatch late = prepare();
  SealedBatch control = prepare();
  // The other server turns them, and this one hears nothing of it.
  ASSERT_TRUE(vault_->key_rotation().Rotate(vault_.As("everything")).Wait().ok());
  EXPECT_EQ(room.journal->Submit(std::move(late), entry).Wait().reason(), Reason::kStorageConflict);
  // Control: without that condition it would stand under a key that nobody looks with any more.
  room.sealed->ring().epochs().IgnoreClosingForTests();
  EXPECT_TRUE(room.journal->Submit(std::move(control), entry).Wait().ok());
}

}  // namespace
}  // namespace strongroom
