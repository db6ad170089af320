// The server, its catalogue, credentials, policy and logs over the API; files, imports and exports.
#include "base/encoding.h"
#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ApiServerTest : public ApiTest {};

TEST_F(ApiServerTest, TellsWhetherItLivesAndIsReady) {
  EXPECT_EQ(Outcome("", "GET /healthz"), "200");
  EXPECT_EQ(Outcome("", "GET /readyz"), "200");
  EXPECT_EQ(Call("", "GET /v1/status").body,
            R"({"locked":false,"version":"1.2.3","lock":"passphrase","shares_needed":0})");
  EXPECT_EQ(Outcome("operator", "GET /v1/doctor"), "200");
  EXPECT_EQ(Outcome("operator", "POST /v1/fsck"), "200");
  EXPECT_EQ(Outcome("operator", "POST /v1/fsck", "{}"), "400 invalid-argument");
}

TEST_F(ApiServerTest, ALockedServerAnswersNothingElse) {
  EXPECT_EQ(Outcome("application", "POST /v1/lock"), "403 denied");
  EXPECT_EQ(Outcome("operator", "POST /v1/lock"), "200");
  EXPECT_EQ(Outcome("", "GET /healthz"), "200");
  EXPECT_EQ(Outcome("", "GET /readyz"), "503 server-locked");
  EXPECT_THAT(Call("", "GET /v1/status").body, HasSubstr(R"("locked":true)"));
  for (const auto& route : router_.routes()) {
    if (route->options.is_public) continue;
    EXPECT_EQ(Outcome("everything", route->method + " " + route->pattern), "503 server-locked") << route->pattern;
  }
  EXPECT_EQ(Outcome("", "POST /v1/unlock", R"({"passphrase":"wrong"})"), "403 unlock-failed");
  EXPECT_EQ(Outcome("", "POST /v1/unlock", "{}"), "400 missing-member");
  EXPECT_EQ(Outcome("", "POST /v1/unlock", R"({"passphrase":")" + std::string(TestVault::kPassphrase) + R"("})"),
            "200");
  EXPECT_EQ(Outcome("", "POST /v1/unlock", R"({"passphrase":"x"})"), "409 server-unlocked");
  EXPECT_EQ(Outcome("operator", "GET /v1/doctor"), "200");
}

TEST_F(ApiServerTest, MetricsAreForThisMachineAndNameNobody) {
  vault_.CreateCustomer({{"email", "ada@example.com"}});
  const ApiAnswer metrics = Call("", "GET /metrics");
  EXPECT_THAT(metrics.body, HasSubstr("strongroom_unlocked 1\n"));
  EXPECT_THAT(metrics.body, HasSubstr("strongroom_log_entries_total{log=\"main\"} 1\n"));
  EXPECT_THAT(metrics.body, Not(HasSubstr("ada")));
  from_ = IpAddress::Parse("192.0.2.7");
  EXPECT_EQ(Outcome("", "GET /metrics"), "403 network-refused");
}

TEST_F(ApiServerTest, TheCatalogueIsReadAndGrows) {
  const std::string field =
      R"({"name":"shoe_size","type":"number","sensitivity":"internal","purposes":["delivery"],"legal_basis":"contract"})";
  EXPECT_EQ(Outcome("application", "PUT /v1/catalogue/fields/shoe_size", field), "403 denied");
  EXPECT_EQ(Outcome("privacy-officer", "PUT /v1/catalogue/fields/other", field), "400 invalid-argument");
  EXPECT_EQ(Outcome("privacy-officer", "PUT /v1/catalogue/fields/shoe_size", field), "200");
  EXPECT_EQ(Outcome("privacy-officer", "PUT /v1/catalogue/collection-points/shoe-shop",
                    R"({"name":"shoe-shop","fields":["shoe_size"]})"),
            "200");
  const ApiAnswer catalogue = Call("application", "GET /v1/catalogue");
  EXPECT_THAT(catalogue.body, HasSubstr("shoe_size"));
  EXPECT_THAT(catalogue.body, HasSubstr("shoe-shop"));
  EXPECT_EQ(
      Outcome("privacy-officer", "PUT /v1/catalogue/fields/aimless",
              R"({"name":"aimless","type":"text","sensitivity":"internal","purposes":[],"legal_basis":"consent"})"),
      "400 field-purposeless");
}

TEST_F(ApiServerTest, AnApiKeyIsShownOnceAndEndsWhenItIsRevoked) {
  const ApiAnswer made = Call("administrator", "POST /v1/api-keys",
                              R"({"name":"shop","kind":"application","roles":["application"],"purposes":["delivery"],)"
                              R"("networks":["127.0.0.0/8"],"expires_in_days":30})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string key = "Bearer " + made.TextOf("key");
  EXPECT_EQ(CallWithKey(key, "GET /v1/catalogue", {}, {}).status, 200);
  from_ = IpAddress::Parse("192.0.2.7");
  EXPECT_EQ(CallWithKey(key, "GET /v1/catalogue", {}, {}).code(), "network-refused");
  from_.reset();
  const ApiAnswer listed = Call("administrator", "GET /v1/api-keys");
  EXPECT_THAT(listed.body, HasSubstr(made.TextOf("id")));
  EXPECT_THAT(listed.body, Not(HasSubstr(made.TextOf("key"))));
  EXPECT_EQ(Outcome("administrator", "DELETE /v1/api-keys/" + made.TextOf("id")), "200");
  EXPECT_EQ(CallWithKey(key, "GET /v1/catalogue", {}, {}).code(), "credential-invalid");
  EXPECT_EQ(Outcome("administrator", "DELETE /v1/api-keys/0123456789abcdef"), "404 credential-not-found");
  EXPECT_EQ(Outcome("administrator", "DELETE /v1/api-keys/12"), "400 invalid-argument");
  EXPECT_EQ(Outcome("administrator", "POST /v1/api-keys", R"({"name":"x","kind":"application","roles":["king"]})"),
            "400 role-unknown");
  EXPECT_EQ(Outcome("administrator", "POST /v1/api-keys", R"({"name":"x","kind":"wizard","roles":["support"]})"),
            "400 invalid-argument");
  EXPECT_EQ(Outcome("administrator", "POST /v1/api-keys",
                    R"({"name":"x","kind":"staff","roles":["support"],"networks":["10.0.0.1/8"]})"),
            "400 invalid-argument");
}

TEST_F(ApiServerTest, WhoPresentsNoGoodKeyIsToldNothing) {
  EXPECT_EQ(Outcome("", "GET /v1/catalogue"), "401 credential-missing");
  for (const char* wrong : {"Bearer srk_nonsense", "Bearer", "Basic YTpi", "srk_x", "Bearer  "}) {
    EXPECT_EQ(CallWithKey(wrong, "GET /v1/catalogue", {}, {}).status, 401) << wrong;
  }
  const ApiAnswer lower = CallWithKey("bearer " + vault_.Key("application"), "GET /v1/catalogue", {}, {});
  EXPECT_EQ(lower.status, 200);
}

TEST_F(ApiServerTest, ACredentialHasItsRequestsOfASecondAndNoMore) {
  ApiAuthenticator limited(vault_, vault_.clock(), {.requests_per_second = 2});
  TestRequest request("GET", "/v1/catalogue");
  const std::string key = "Bearer " + vault_.Key("application");
  request.Set("Authorization", key);
  const Result<Authenticated> first = *limited.AuthenticateQuickly(request);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->rate.limit, 2U);
  EXPECT_EQ(first->rate.remaining, 1U);
  EXPECT_TRUE(limited.AuthenticateQuickly(request)->ok());
  EXPECT_EQ(limited.AuthenticateQuickly(request)->reason(), Reason::kRateLimited);
  TestRequest other("GET", "/v1/catalogue");
  other.Set("Authorization", "Bearer " + vault_.Key("support"));
  EXPECT_TRUE(limited.AuthenticateQuickly(other)->ok());
  vault_.clock().AdvanceMillis(1000);
  EXPECT_TRUE(limited.AuthenticateQuickly(request)->ok());
}

TEST_F(ApiServerTest, ThePolicyIsReadTestedExplainedAndChanged) {
  const ApiAnswer policy = Call("administrator", "GET /v1/policy");
  EXPECT_EQ(policy.TextOf("source"), TestPolicy());
  const Headers toml = {{"Content-Type", "application/toml"}};
  EXPECT_THAT(Call("administrator", "POST /v1/policy:test",
                   "[[case]]\nwho = [\"operator\"]\nwhat = [\"customer.reveal\"]\ndecision = \"plain\"\n", toml)
                  .body,
              HasSubstr("1 mismatches"));
  const ApiAnswer explained = Call("administrator", "POST /v1/policy:explain",
                                   R"({"roles":["support"],"action":"customer.reveal","field":"iban",)"
                                   R"("sensitivity":"financial","purpose":"support-call","tier":0,)"
                                   R"("has":["training","agreement","acceptable-use"]})");
  EXPECT_EQ(explained.TextOf("decision"), "needs_step_up");
  EXPECT_EQ(Outcome("administrator", "POST /v1/policy:explain", R"({"roles":["king"],"action":"customer.read"})"),
            "400 role-unknown");
  EXPECT_EQ(Outcome("administrator", "POST /v1/policy:explain", R"({"roles":["support"],"action":"customer.eat"})"),
            "400 invalid-argument");
  EXPECT_EQ(Outcome("administrator", "PUT /v1/policy", "format = 2", toml), "400 policy-invalid");
  EXPECT_EQ(Outcome("administrator", "PUT /v1/policy", "format = 1"), "415 unsupported-media-type");
  const std::string stricter = TestPolicy() + "# one line more\n";
  EXPECT_EQ(Outcome("administrator", "PUT /v1/policy", stricter, toml), "200");
  EXPECT_EQ(Call("administrator", "GET /v1/policy").TextOf("source"), stricter);
  EXPECT_NE(Call("administrator", "GET /v1/policy").TextOf("digest"), policy.TextOf("digest"));
}

TEST_F(ApiServerTest, TheLogTellsWhoTouchedACustomerAndCanBeExported) {
  const std::string ada = vault_.CreateCustomer({{"email", "ada@example.com"}});
  const std::string bob = vault_.CreateCustomer({{"email", "bob@example.com"}});
  EXPECT_EQ(
      Outcome("application", "POST /v1/customers/" + ada + "/reveal", R"({"purpose":"delivery","fields":["email"]})"),
      "200");
  EXPECT_EQ(Outcome("auditor", "GET /v1/audit/logs/main/checkpoint"), "404 not-initialised");
  vault_.SequenceAll();

  EXPECT_THAT(Call("auditor", "GET /v1/audit/logs").body, HasSubstr(R"("name":"vip")"));
  const ApiAnswer about_ada =
      Call("auditor", "POST /v1/audit/entries:search", R"({"customer":")" + ada + R"(","action":"customer.reveal"})");
  EXPECT_THAT(about_ada.body, HasSubstr(R"("fields":[{"number":2,"name":"email"}])"));
  EXPECT_THAT(about_ada.body, HasSubstr(R"("purpose":"delivery")"));
  EXPECT_THAT(about_ada.body, Not(HasSubstr("ada@")));
  const ApiAnswer about_bob =
      Call("auditor", "POST /v1/audit/entries:search", R"({"customer":")" + bob + R"(","action":"customer.reveal"})");
  EXPECT_THAT(about_bob.body, HasSubstr(R"("entries":[])"));
  EXPECT_THAT(Call("auditor", "GET /v1/audit/entries?log=main&limit=1&from=2025-12-31T00:00:00Z").body,
              HasSubstr(R"("entries":[{)"));
  EXPECT_THAT(Call("auditor", "GET /v1/audit/entries?log=main&until=2025-12-31T00:00:00Z").body,
              HasSubstr(R"("entries":[])"));
  EXPECT_EQ(Outcome("auditor", "GET /v1/audit/entries?from=yesterday"), "400 invalid-argument");

  EXPECT_THAT(Call("auditor", "GET /v1/audit/logs/main/checkpoint").body, HasSubstr("strongroom/main-test"));
  EXPECT_EQ(Outcome("auditor", "GET /v1/audit/logs/main/tile/0/000.p/3"), "200");
  EXPECT_EQ(Outcome("auditor", "GET /v1/audit/logs/main/tile/entries/000.p/3"), "200");
  EXPECT_EQ(Outcome("auditor", "GET /v1/audit/logs/main/tile/0/nonsense"), "404 route-not-found");
  EXPECT_EQ(Outcome("auditor", "GET /v1/audit/logs/main/proof/0"), "200");
  EXPECT_EQ(Outcome("auditor", "GET /v1/audit/logs/main/proof/x"), "400 invalid-argument");
  EXPECT_EQ(Outcome("auditor", "GET /v1/audit/logs/attic/checkpoint"), "400 compartment-unknown");
}

TEST_F(ApiServerTest, AFileComesBackAsItWasAndIsNeverServedAsWhatItClaims) {
  const std::string code = vault_.CreateCustomer({{"full_name", "Ada Lovelace"}});
  const std::string content("<script>\0\xff", 10);
  const ApiAnswer stored =
      Call("application", "POST /v1/customers/" + code + "/files?field=id_scan&collection_point=web-signup", content,
           {{"Content-Type", "text/html"}, {"X-File-Name", "pass%C3%A5.html"}});
  ASSERT_EQ(stored.status, 201) << stored.body;
  const std::string file = "/v1/customers/" + code + "/files/" + stored.TextOf("id");
  EXPECT_THAT(Call("everything", "GET /v1/customers/" + code + "/files").body, HasSubstr(stored.TextOf("id")));
  EXPECT_EQ(Outcome("application", "POST " + file + "/content", "{}"), "400 purpose-missing");
  const ApiAnswer back = Call("application", "POST " + file + "/content", R"({"purpose":"delivery"})");
  EXPECT_EQ(back.body, content);
  EXPECT_EQ(back.content_type, "application/octet-stream");
  EXPECT_EQ(back.HeaderOf("X-File-Media-Type"), "text/html");
  EXPECT_EQ(back.HeaderOf("X-File-Name"), "pass%C3%A5.html");
  EXPECT_EQ(back.HeaderOf("Content-Disposition"), "attachment");
  EXPECT_EQ(Outcome("everything", "DELETE " + file), "200");
  EXPECT_EQ(Outcome("application", "POST " + file + "/content", R"({"purpose":"delivery"})"), "404 file-not-found");
}

TEST_F(ApiServerTest, AFileIsImportedByProposalAndPiece) {
  const std::string csv = "customer_no,name,e-mail\n1,Ada Lovelace,ada@example.com\n2,Bob Example,not an address\n";
  const Headers as_csv = {{"Content-Type", "text/csv"}};
  const ApiAnswer proposal = Call("everything", "POST /v1/imports:propose", csv, as_csv);
  ASSERT_EQ(proposal.status, 200) << proposal.body;
  EXPECT_THAT(proposal.body, Not(HasSubstr("Lovelace")));
  const ApiAnswer accepted = Call("everything", "POST /v1/imports:accept",
                                  R"({"collection_point":"old-crm","proposal":)" + proposal.body + "}");
  ASSERT_EQ(accepted.status, 200) << accepted.body;
  constexpr std::string_view kBefore = R"({"mapping":)";
  const std::string mapping = accepted.body.substr(kBefore.size(), accepted.body.size() - kBefore.size() - 1);
  const Headers piece = {{"Content-Type", "text/csv"}, {"X-Import-Mapping", Base64UrlEncode(mapping)}};
  const ApiAnswer imported = Call("everything", "POST /v1/imports:piece?first_line=1&first=true&last=true", csv, piece);
  ASSERT_EQ(imported.status, 200) << imported.body;
  EXPECT_THAT(imported.body, HasSubstr(R"("consumed_bytes":)" + std::to_string(csv.size())));
  EXPECT_THAT(imported.body, Not(HasSubstr("not an address")));
  EXPECT_EQ(Outcome("everything", "POST /v1/imports:piece?first=maybe", csv, piece), "400 invalid-argument");
  EXPECT_EQ(Outcome("everything", "POST /v1/imports:piece", csv, as_csv), "400 missing-member");
}

TEST_F(ApiServerTest, AnExportIsInTheCustomersLedger) {
  const std::string code = vault_.CreateCustomer({{"email", "ada@example.com"}});
  const ApiAnswer page = Call("everything", "POST /v1/customers:export",
                              R"({"fields":["email"],"recipient":"courier","contract":"C-7","purpose":"delivery"})");
  EXPECT_THAT(page.body,
              HasSubstr(R"({"customers":[{"code":")" + code + R"(","values":{"email":"ada@example.com"}}])"));
  const ApiAnswer ledger = Call("auditor", "GET /v1/customers/" + code + "/disclosures");
  EXPECT_THAT(ledger.body,
              HasSubstr(R"("recipient":"courier","contract":"C-7","purpose":"delivery","fields":["email"])"));
}

}  // namespace
}  // namespace strongroom
