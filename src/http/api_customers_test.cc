// Customers over the API: stored, shown masked, revealed for a purpose, compared, changed, erased.
#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kAda[] =
    R"({"collection_point":"web-signup","external_id":"shop-1","values":{"full_name":"Ada Lovelace",)"
    R"("email":"ada@example.com","card":"4111 1111 1111 1111","newsletter":true,"loyalty_points":12,)"
    R"("notes":["likes engines","prefers letters"],"preferences":{"theme":"dark"},)"
    R"("portal_password":"difference engine no 2"}})";

class ApiCustomersTest : public ApiTest {
 protected:
  std::string CreateAda() {
    const ApiAnswer created = Call("application", "POST /v1/customers", kAda);
    EXPECT_EQ(created.status, 201) << created.body;
    return created.TextOf("code");
  }
  std::string Reveal(const std::string& code, const std::string& fields) {
    return Call("application", "POST /v1/customers/" + code + "/reveal",
                R"({"purpose":"customer-service","fields":)" + fields + "}")
        .body;
  }
  // Entries of the log that name this action, as the auditor reads them.
  size_t EntriesOf(const std::string& action) {
    const ApiAnswer answer = Call("auditor", "GET /v1/audit/entries?log=main&action=" + action);
    EXPECT_EQ(answer.status, 200) << answer.body;
    size_t count = 0;
    for (size_t at = answer.body.find("\"index\""); at != std::string::npos;
         at = answer.body.find("\"index\"", at + 1)) {
      ++count;
    }
    return count;
  }
};

TEST_F(ApiCustomersTest, StoresACustomerAndShowsOnlyMasks) {
  const std::string code = CreateAda();
  const ApiAnswer shown = Call("application", "GET /v1/customers/" + code);
  EXPECT_EQ(shown.status, 200);
  EXPECT_FALSE(shown.HeaderOf("ETag").empty());
  EXPECT_EQ(shown.TextOf("etag"), shown.HeaderOf("ETag"));
  for (const char* planted : {"Lovelace", "ada@example.com", "4111111111111111", "likes engines", "difference"}) {
    EXPECT_THAT(shown.body, Not(HasSubstr(planted)));
  }
  EXPECT_THAT(shown.body, HasSubstr(R"("card":{"masked":"411111)"));
  // The control: the values are there.
  EXPECT_THAT(Reveal(code, R"(["full_name","email","notes","newsletter","loyalty_points","preferences"])"),
              HasSubstr(R"("values":{"full_name":"Ada Lovelace","email":"ada@example.com",)"
                        R"("notes":["likes engines","prefers letters"],"newsletter":"true","loyalty_points":"12",)"
                        R"("preferences":"{\"theme\":\"dark\"}"})"));
}

TEST_F(ApiCustomersTest, TheSameExternalIdIsTheSameCustomer) {
  const std::string code = CreateAda();
  const ApiAnswer again = Call("application", "POST /v1/customers",
                               R"({"collection_point":"web-signup","external_id":"shop-1",)"
                               R"("values":{"full_name":"Ada Lovelace"}})");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.TextOf("code"), code);
  EXPECT_EQ(Call("application", "GET /v1/customers/ext:shop-1").TextOf("code"), code);
  const std::string other =
      R"({"collection_point":"web-signup","external_id":"shop-1","values":{"email":"new@example.com"})";
  EXPECT_EQ(Outcome("application", "POST /v1/customers", other + "}"), "409 external-id-taken");
  EXPECT_EQ(Outcome("application", "POST /v1/customers", other + R"(,"upsert":true})"), "200");
  EXPECT_THAT(Reveal(code, R"(["email"])"), HasSubstr("new@example.com"));
}

TEST_F(ApiCustomersTest, ARevealNeedsAPurposeAndIsRecorded) {
  const std::string code = CreateAda();
  const size_t before = EntriesOf("customer.reveal");
  const std::string line = "POST /v1/customers/" + code + "/reveal";
  EXPECT_EQ(Outcome("application", line, R"({"fields":["email"]})"), "400 purpose-missing");
  EXPECT_EQ(Outcome("application", line, R"({"purpose":"marketing","fields":["email"]})"), "403 purpose-refused");
  EXPECT_EQ(Outcome("application", line, R"({"purpose":"delivery","fields":["email"]})"), "200");
  EXPECT_EQ(Outcome("application", line, R"({"purpose":"delivery","fields":["email","email"]})"),
            "400 invalid-argument");
  EXPECT_EQ(EntriesOf("customer.reveal"), before + 2)
      << "what was shown, and what was refused once the customer was known";
}

TEST_F(ApiCustomersTest, ARevealThatCannotBeRecordedAnswersNothing) {
  const std::string code = CreateAda();
  const std::string line = "POST /v1/customers/" + code + "/reveal";
  const std::string body = R"({"purpose":"delivery","fields":["email"]})";
  vault_.main().data.SetPlan(FaultPlan({{FaultCall::kCommitGroup, 1, FaultKind::kFailBefore}}));
  const ApiAnswer refused = Call("application", line, body);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.code(), "audit-unavailable");
  EXPECT_THAT(refused.body, Not(HasSubstr("ada@")));
  EXPECT_THAT(Call("application", line, body).body, HasSubstr("ada@example.com"));  // the control
}

// Seals the customer's record anew just before each of the next `times` commits: to the store it has changed.
void TouchBeforeCommits(TestVault& vault, const std::string& code, int times) {
  auto left = std::make_shared<int>(times);
  auto busy = std::make_shared<bool>(false);
  vault.main().data.SetBeforeCommit([&vault, code, left, busy] {
    if (*busy || (*left)-- <= 0) return;
    const Result<OpenCustomer> customer = vault->customers().Open(code);
    ASSERT_TRUE(customer.ok());
    SealedBatch batch;
    ASSERT_TRUE(customer->room->sealed
                    ->PutRecord(batch, customer->id, *customer->stored.key, customer->stored.content.view(),
                                customer->stored.version)
                    .ok());
    *busy = true;
    EXPECT_TRUE(vault.main().data.Commit(batch.rows()).ok());
    *busy = false;
  });
}

TEST_F(ApiCustomersTest, ARevealOfARecordThatChangesMeanwhileIsAskedAgain) {
  const std::string code = CreateAda();
  TouchBeforeCommits(vault_, code, 1);
  EXPECT_THAT(Reveal(code, R"(["email"])"), HasSubstr("ada@example.com"));
  TouchBeforeCommits(vault_, code, 3);
  EXPECT_THAT(Reveal(code, R"(["email"])"), HasSubstr("ada@example.com"));
  // One that never stands still is given up, and nothing is shown.
  TouchBeforeCommits(vault_, code, 100);
  const ApiAnswer busy =
      Call("application", "POST /v1/customers/" + code + "/reveal", R"({"purpose":"delivery","fields":["email"]})");
  EXPECT_EQ(busy.status, 409);
  EXPECT_EQ(busy.code(), "record-busy");
  EXPECT_THAT(busy.body, Not(HasSubstr("ada@")));
  vault_.main().data.SetBeforeCommit({});
}

TEST_F(ApiCustomersTest, ComparesWithoutShowing) {
  const std::string line = "POST /v1/customers/" + CreateAda() + "/compare";
  EXPECT_EQ(Call("support", line, R"({"field":"email","value":"ADA@example.com"})").body, R"({"match":true})");
  EXPECT_EQ(Call("support", line, R"({"field":"email","value":"bob@example.com"})").body, R"({"match":false})");
  EXPECT_EQ(Outcome("support", line, R"({"field":"portal_password","value":"x"})"), "403 field-unreadable");
}

TEST_F(ApiCustomersTest, VerifiesAPasswordThatNobodyCanRead) {
  const std::string customer = "POST /v1/customers/" + CreateAda();
  EXPECT_EQ(Call("application", customer + "/verify-password",
                 R"({"field":"portal_password","password":"difference engine no 2"})")
                .body,
            R"({"match":true})");
  EXPECT_EQ(Call("application", customer + "/verify-password",
                 R"({"field":"portal_password","password":"difference engine no 1"})")
                .body,
            R"({"match":false})");
  EXPECT_EQ(Outcome("everything", customer + "/reveal", R"({"purpose":"delivery","fields":["portal_password"]})")
                .substr(0, 3),
            "403");
}

TEST_F(ApiCustomersTest, AChangeNamesTheVersionItWasDecidedOn) {
  const std::string code = CreateAda();
  const std::string line = "PATCH /v1/customers/" + code;
  const std::string body = R"({"collection_point":"web-signup","set":{"email":"ada@new.example"},"remove":["notes"]})";
  EXPECT_EQ(Outcome("application", line, body), "428 precondition-required");
  EXPECT_EQ(Outcome("application", line, body, {{"If-Match", "\"0000000000000001\""}}), "412 precondition-failed");
  const std::string etag = Call("application", "GET /v1/customers/" + code).HeaderOf("ETag");
  const ApiAnswer changed = Call("application", line, body, {{"If-Match", etag}});
  EXPECT_EQ(changed.status, 200);
  EXPECT_NE(changed.HeaderOf("ETag"), etag);
  EXPECT_EQ(Outcome("application", line, body, {{"If-Match", etag}}), "412 precondition-failed");
  EXPECT_EQ(Outcome("application", line, body, {{"If-Match", "*"}}), "200");
  EXPECT_THAT(Reveal(code, R"(["email","notes"])"), HasSubstr(R"({"email":"ada@new.example"})"));
}

TEST_F(ApiCustomersTest, SearchFindsMaskedAndOnlyWhatFits) {
  const std::string code = CreateAda();
  vault_.CreateCustomer({{"full_name", "Grace Hopper"}, {"email", "grace@example.com"}});
  const ApiAnswer found =
      Call("support", "POST /v1/customers:search", R"({"field":"email","value":"ada@example.com"})");
  EXPECT_THAT(found.body, HasSubstr(code));
  EXPECT_THAT(found.body, Not(HasSubstr("ada@example.com")));
  EXPECT_EQ(Call("support", "POST /v1/customers:search", R"({"field":"email","value":"no@example.com"})").body,
            R"({"customers":[]})");
  EXPECT_THAT(
      Call("support", "POST /v1/customers:search", R"({"field":"full_name","value":"Ada","match":"prefix"})").body,
      HasSubstr(code));
  EXPECT_EQ(Outcome("support", "POST /v1/customers:search", R"({"field":"birth_date","value":"1815-12-10"})"),
            "400 field-not-searchable");
}

TEST_F(ApiCustomersTest, SearchesBetweenAndByLikenessAreTwoMoreForms) {
  const std::string code = vault_.CreateCustomer({{"full_name", "Ada Lovelace"}, {"birth_date", "1879-12-10"}});
  const std::string search = "POST /v1/customers:search";
  const auto set_search = [&](const std::string& name, const std::string& type, const std::string& how) {
    return Outcome(
        "privacy-officer", "PUT /v1/catalogue/fields/" + name,
        R"({"name":")" + name + R"(","type":")" + type +
            R"(","sensitivity":"personal","purposes":["delivery","customer-service"],"legal_basis":"contract","search":)" +
            how + "}");
  };
  EXPECT_EQ(Outcome("support", search, R"({"field":"birth_date","from":"1815-01-01"})"), "400 field-not-searchable");
  ASSERT_EQ(set_search("birth_date", "date_of_birth", R"("range","range":{"step":"7"})"), "200");
  ASSERT_EQ(set_search("full_name", "person_name", R"("fuzzy")"), "200");
  const ApiAnswer early = Call("support", search, R"({"field":"full_name","like":"Lovelase"})");
  EXPECT_EQ(early.status, 409);
  EXPECT_THAT(early.body, HasSubstr("being built (0 %)"));
  EXPECT_THAT(Call("application", "GET /v1/catalogue").body,
              HasSubstr(R"("rebuilding":{"search":"prefix","percent":0})"));
  EXPECT_EQ(set_search("full_name", "person_name", R"("none")"), "409 index-building");
  ASSERT_TRUE(vault_.vault().index_jobs().RunAll().ok());
  EXPECT_THAT(Call("application", "GET /v1/catalogue").body, Not(HasSubstr("rebuilding")));

  EXPECT_THAT(Call("support", search, R"({"field":"full_name","like":"lovelase ada"})").body, HasSubstr(code));
  EXPECT_THAT(Call("support", search, R"({"field":"birth_date","from":"1879-12-10","to":"1879-12-10"})").body,
              HasSubstr(code));
  EXPECT_THAT(Call("support", search, R"({"field":"birth_date","to":"1879-12-31"})").body, HasSubstr(code));
  EXPECT_EQ(Call("support", search, R"({"field":"birth_date","from":"1879-12-11"})").body, R"({"customers":[]})");
  EXPECT_EQ(Call("support", search, R"({"field":"full_name","like":"Hopper"})").body, R"({"customers":[]})");
  for (const char* body :
       {R"({"field":"full_name","like":"Ada","value":"Ada"})",
        R"({"field":"birth_date","from":"1815-01-01","like":"x"})",
        R"({"field":"full_name","like":"Ada","match":"prefix"})", R"({"field":"birth_date","from":"then"})",
        R"({"field":"birth_date","from":"1816-01-01","to":"1815-01-01"})"}) {
    EXPECT_EQ(Outcome("support", search, body), "400 invalid-argument") << body;
  }
  EXPECT_EQ(Outcome("support", search, R"({"field":"full_name"})"), "400 missing-member");
  EXPECT_EQ(Outcome("support", search, R"({"field":"full_name","like":7})"), "400 wrong-type");
  EXPECT_EQ(Outcome("administrator", search, R"({"field":"full_name","like":"Ada"})").substr(0, 3), "403");
}

TEST_F(ApiCustomersTest, ListsPageByPage) {
  std::set<std::string> made, listed;
  for (int i = 0; i < 5; ++i) made.insert(vault_.CreateCustomer({{"full_name", "Number " + std::to_string(i)}}));
  std::string cursor;
  for (int page = 0; page < 5; ++page) {
    const ApiAnswer answer = Call("everything", "GET /v1/customers?limit=2&cursor=" + cursor);
    ASSERT_EQ(answer.status, 200) << answer.body;
    for (const std::string& code : made) {
      if (answer.body.find(code) == std::string::npos) continue;
      EXPECT_TRUE(listed.insert(code).second) << "twice";
    }
    cursor = answer.TextOf("next_cursor");
    if (cursor.empty()) break;
  }
  EXPECT_EQ(listed, made);
  EXPECT_EQ(Outcome("everything", "GET /v1/customers?cursor=nonsense"), "400 cursor-invalid");
  EXPECT_EQ(Outcome("everything", "GET /v1/customers?limit=0"), "400 invalid-argument");
  EXPECT_EQ(Outcome("everything", "GET /v1/customers?page=2"), "400 invalid-argument");
}

TEST_F(ApiCustomersTest, ABatchAnswersEachItemInItsPlace) {
  const ApiAnswer created = Call(
      "application", "POST /v1/customers:batch",
      R"({"collection_point":"web-signup","customers":[{"external_id":"b1","values":{"full_name":"One"}},)"
      R"({"external_id":"b2","values":{"diagnosis":"planted"}},{"external_id":"b3","values":{"full_name":"Three"}}]})");
  ASSERT_EQ(created.status, 200) << created.body;
  EXPECT_THAT(created.body, ::testing::MatchesRegex(
                                R"(\{"results":\[\{"code".*"problem":\{"code":"field-not-collected".*"code".*\]\})"));
  EXPECT_THAT(created.body, Not(HasSubstr("planted")));
  const ApiAnswer revealed = Call("application", "POST /v1/customers:reveal",
                                  R"({"purpose":"delivery","fields":["full_name"],"items":[{"code":"ext:b3"},)"
                                  R"({"code":"ext:b2"},{"code":"ext:b1"}]})");
  EXPECT_THAT(revealed.body, ::testing::MatchesRegex(R"(.*Three.*customer-not-found.*One.*)"));
}

TEST_F(ApiCustomersTest, AnErasedCustomerIsGone) {
  const std::string code = CreateAda();
  const ApiAnswer erased = Call("privacy-officer", "DELETE /v1/customers/" + code);
  EXPECT_EQ(erased.status, 200);
  EXPECT_THAT(erased.body, HasSubstr(R"("key_gone":true,"record_gone":true,"index_rows_gone":true)"));
  EXPECT_EQ(Outcome("application", "GET /v1/customers/" + code), "404 customer-not-found");
  EXPECT_EQ(Outcome("application", "GET /v1/customers/ext:shop-1"), "404 customer-not-found");
  EXPECT_EQ(Call("support", "POST /v1/customers:search", R"({"field":"email","value":"ada@example.com"})").body,
            R"({"customers":[]})");
}

TEST_F(ApiCustomersTest, AnErasureIsUndoneOrCertified) {
  vault_.erasing.undo_days = 14;
  vault_.Restart();
  const std::string code = CreateAda();
  const std::string path = "/v1/customers/" + code;
  const ApiAnswer blocked = Call("privacy-officer", "DELETE " + path);
  EXPECT_EQ(blocked.status, 202);
  EXPECT_THAT(blocked.body, HasSubstr(R"("undo_until":)"));
  EXPECT_EQ(Outcome("application", "GET " + path), "404 customer-not-found");
  EXPECT_EQ(Outcome("privacy-officer", "GET " + path), "409 customer-erasing");
  EXPECT_EQ(Outcome("privacy-officer", "GET " + path + "/erasure"), "409 customer-erasing");
  EXPECT_EQ(Call("support", "POST /v1/customers:search", R"({"field":"email","value":"ada@example.com"})").body,
            R"({"customers":[]})");
  EXPECT_EQ(Outcome("application", "POST " + path + "/undo-erasure"), "403 denied");
  EXPECT_THAT(Call("privacy-officer", "POST " + path + "/undo-erasure").body, HasSubstr(R"("undone":true)"));
  EXPECT_EQ(Call("application", "GET " + path).status, 200);
  EXPECT_EQ(Outcome("privacy-officer", "GET " + path + "/erasure"), "404 customer-not-found");
  EXPECT_EQ(Outcome("privacy-officer", "DELETE " + path + "?now=soon"), "400 invalid-argument");
  EXPECT_EQ(Call("privacy-officer", "DELETE " + path).status, 202);
  vault_.clock().AdvanceMillis(int64_t{14} * 86'400'000);
  EXPECT_EQ(vault_->erasure_jobs().RunDue().finished, 1u);
  EXPECT_EQ(Outcome("privacy-officer", "POST " + path + "/undo-erasure"), "404 customer-not-found");
  EXPECT_EQ(Outcome("support", "GET " + path + "/erasure"), "403 denied");
}

// --- Idempotency-Key ---

TEST_F(ApiCustomersTest, TheSameRequestUnderOneKeyIsDoneOnce) {
  const std::string body = R"({"collection_point":"web-signup","values":{"email":"once@example.com"}})";
  const ApiAnswer first = Call("application", "POST /v1/customers", body, {{"Idempotency-Key", "order-77"}});
  ASSERT_EQ(first.status, 201);
  const ApiAnswer second = Call("application", "POST /v1/customers", body, {{"Idempotency-Key", "order-77"}});
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(second.HeaderOf("Idempotency-Replayed"), "true");
  EXPECT_EQ(Outcome("application", "POST /v1/customers",
                    R"({"collection_point":"web-signup","values":{"email":"two@example.com"}})",
                    {{"Idempotency-Key", "order-77"}}),
            "409 idempotency-mismatch");
  // A key is its principal's; without one, or a day later, the same body is another customer.
  EXPECT_NE(Call("importer", "POST /v1/customers", body, {{"Idempotency-Key", "order-77"}}).TextOf("code"),
            first.TextOf("code"));
  EXPECT_NE(Call("application", "POST /v1/customers", body).TextOf("code"), first.TextOf("code"));
  vault_.clock().AdvanceMillis(Idempotency::kKeepMillis);
  EXPECT_NE(Call("application", "POST /v1/customers", body, {{"Idempotency-Key", "order-77"}}).TextOf("code"),
            first.TextOf("code"));
}

// How many notes of keyed requests the office holds.
size_t NotesIn(TestVault& vault) {
  return vault->house().office().sealed->ListDocuments(Table::kIdempotency, {}, 10'000)->size();
}

TEST_F(ApiCustomersTest, AWithdrawnRightIsNotRepeatedAndOneThatNeverWasLeavesNoNote) {
  const Headers key = {{"Idempotency-Key", "k"}};
  const std::string body = R"({"collection_point":"web-signup","values":{"email":"k@example.com"}})";
  EXPECT_EQ(Outcome("support", "POST /v1/customers", body, key), "403 denied");
  EXPECT_EQ(NotesIn(vault_), 0U);
  const ApiAnswer first = Call("application", "POST /v1/customers", body, key);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(NotesIn(vault_), 1U);
  EXPECT_EQ(Outcome("application", "POST /v1/customers", body, key), "201");  // the control: it would be repeated

  const auto before = vault_->gate().policy().Get();
  std::string without = before->source();
  const std::string right = R"(actions = ["customer.create", "customer.change"])";
  ASSERT_NE(without.find(right), std::string::npos);
  without.replace(without.find(right), right.size(), R"(actions = ["customer.change"])");
  vault_->gate().policy().Set(*PolicySet::Parse(without));
  const ApiAnswer refused = Call("application", "POST /v1/customers", body, key);
  EXPECT_EQ(refused.code(), "denied");
  EXPECT_THAT(refused.body, Not(HasSubstr(first.TextOf("code"))));
  vault_->gate().policy().Set(before);
  EXPECT_EQ(Call("application", "POST /v1/customers", body, key).body, first.body);
}

TEST_F(ApiCustomersTest, KeyedRequestsAreRecordedUnderTheRuleThatAllowedThem) {
  const std::string body = R"({"collection_point":"web-signup","values":{"email":"k@example.com"}})";
  for (int i = 0; i < 2; ++i) Call("application", "POST /v1/customers", body, {{"Idempotency-Key", "k"}});
  vault_.SequenceAll();
  const std::string entries = Call("auditor", "GET /v1/audit/entries?log=office").body;
  for (const char* detail : {"claimed", "answered", "answered again"}) {
    const size_t at = entries.find(std::string("idempotency key: ") + detail + '"');
    ASSERT_NE(at, std::string::npos) << detail << " " << entries;
    const size_t begin = entries.rfind("\"action\":", at);
    const std::string entry = entries.substr(begin, at - begin);
    EXPECT_THAT(entry, HasSubstr(R"("decision":"plain")")) << detail;
    EXPECT_THAT(entry, HasSubstr(R"("name":"application-write")")) << detail;
  }
}

TEST_F(ApiCustomersTest, ExpiredKeysAreSweptThoughFewNewOnesCome) {
  constexpr size_t kOld = 60;
  const auto create = [this](const std::string& key) {
    return Outcome("application", "POST /v1/customers",
                   R"({"collection_point":"web-signup","values":{"full_name":"A"}})", {{"Idempotency-Key", key}});
  };
  for (size_t i = 0; i < kOld; ++i) EXPECT_EQ(create("old-" + std::to_string(i)), "201");
  EXPECT_EQ(NotesIn(vault_), kOld);
  EXPECT_TRUE(vault_->idempotency().SweepExpired().ok());
  EXPECT_EQ(NotesIn(vault_), kOld);  // none has expired
  vault_.clock().AdvanceMillis(Idempotency::kKeepMillis);
  EXPECT_EQ(create("new"), "201");
  EXPECT_EQ(NotesIn(vault_), 1U);
  vault_.clock().AdvanceMillis(Idempotency::kKeepMillis);
  EXPECT_TRUE(vault_->idempotency().SweepExpired().ok());  // as at the opening of a vault
  EXPECT_EQ(NotesIn(vault_), 0U);
}

TEST_F(ApiCustomersTest, ARefusedRequestFreesItsKeyAndAnUncertainOneDoesNot) {
  const Headers key = {{"Idempotency-Key", "k"}};
  const std::string good = R"({"collection_point":"web-signup","values":{"email":"k@example.com"}})";
  EXPECT_EQ(Outcome("application", "POST /v1/customers",
                    R"({"collection_point":"web-signup","values":{"email":"not an address"}})", key),
            "400 value-invalid");
  EXPECT_EQ(Outcome("application", "POST /v1/customers", good, key), "201");

  const Headers lost = {{"Idempotency-Key", "lost"}};
  vault_.main().data.SetPlan(FaultPlan({{FaultCall::kCommitGroup, 1, FaultKind::kFailAfter}}));
  EXPECT_EQ(Outcome("application", "POST /v1/customers", good, lost).substr(0, 3), "503");
  vault_.main().data.SetPlan({});
  vault_.main().data.Reopen();
  EXPECT_EQ(Outcome("application", "POST /v1/customers", good, lost), "409 record-busy");
  EXPECT_EQ(Outcome("application", "POST /v1/customers", good, {{"Idempotency-Key", "two words"}}),
            "400 invalid-argument");
}

}  // namespace
}  // namespace strongroom
