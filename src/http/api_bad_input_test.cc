// Whatever is wrong with a request: it is answered with a problem that says so, stores nothing, repeats nothing of what
// was sent, and leaves the server as it was.
#include <cstdio>

#include "http/listener.h"
#include "http/test_socket.h"
#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPlanted[] = "planted-4f1c";

struct BadBody {
  const char* what;
  std::string body;
  std::set<std::string> codes;
};

std::vector<BadBody> BadBodies() {
  const std::string planted = kPlanted;
  return {
      {"nothing", " ", {"malformed-json"}},
      {"half an object", R"({"purpose":")" + planted, {"malformed-json"}},
      {"a comma too many", R"({"purpose":")" + planted + R"(",})", {"malformed-json"}},
      {"two objects", "{}{}", {"malformed-json"}},
      {"a list", R"([")" + planted + R"("])", {"wrong-type"}},
      {"a member named twice", R"({"purpose":"a","purpose":")" + planted + R"("})", {"duplicate-key"}},
      {"no UTF-8", "{\"purpose\":\"" + planted + "\xff\"}", {"invalid-utf8"}},
      {"a lone surrogate", R"({"purpose":")" + planted + R"(\ud800"})", {"malformed-json", "invalid-utf8"}},
      {"too deep", R"({"purpose":)" + std::string(100, '[') + std::string(100, ']') + "}", {"too-deep"}},
      {"a member nobody knows", R"({"surprise":")" + planted + R"("})", {"unknown-member", "missing-member"}},
      {"numbers where there should be none",
       R"({"purpose":1,"name":1,"field":1,"roles":1,"items":1,"tokens":1,)"
       R"("collection_point":1,"customer":1,"passphrase":1,"method":1,"proposal":1,"fields":1,)"
       R"("reference":1,"register":1,"channel":1,"version":1,"time_zone":1,"transaction":1,"code":1,"kind":1,"password":1,"question":1,"phone":1,)"
       R"("credential":1,"proof_public":1,"issuer":1,"person":1,"label":1,"request":1,"report":1,"text":1,"document":1,"present":1,"share":1,"compartment":1})",
       {"wrong-type", "unknown-member"}},  // of a call that takes no members at all
  };
}

class ApiBadInputTest : public ApiTest {
 protected:
  std::string EverythingStored() {
    return *vault_.office().AllStoredBytes() + *vault_.main().AllStoredBytes() + *vault_.vip().AllStoredBytes();
  }
  bool TakesJson(const Route& route) const {
    const auto body = api_.Operation(route.method, route.pattern)->Find("requestBody");
    return body.has_value() && body->Find("content")->Find("application/json").has_value();
  }
  bool TakesNoMembers(const Route& route) const {
    const auto body = api_.Operation(route.method, route.pattern)->Find("requestBody");
    return body->RawText().find("schemas/Empty") != std::string_view::npos;
  }
  // The pattern with something in place of its parameters.
  static std::string LineOf(const Route& route) {
    std::string path = route.pattern;
    for (size_t at = path.find('{'); at != std::string::npos; at = path.find('{')) {
      path.replace(at, path.find('}') - at + 1, "shop");
    }
    return route.method + " " + path;
  }
};

TEST_F(ApiBadInputTest, NoCallTakesABodyThatIsNotWhatItAsksFor) {
  const std::string before = EverythingStored();
  size_t sent = 0;
  for (const auto& route : router_.routes()) {
    if (!TakesJson(*route)) continue;
    for (const BadBody& bad : BadBodies()) {
      if (bad.body.find("surprise") != std::string::npos && route->pattern == "/v1/unlock") continue;
      if (bad.codes.contains("wrong-type") && bad.body.front() == '{' && TakesNoMembers(*route)) continue;
      const ApiAnswer answer = Call("everything", LineOf(*route), bad.body, {{"Content-Type", "application/json"}});
      EXPECT_EQ(answer.status, 400) << LineOf(*route) << " sent " << bad.what << ": " << answer.body;
      EXPECT_TRUE(bad.codes.contains(answer.code())) << LineOf(*route) << " sent " << bad.what << ": " << answer.body;
      EXPECT_THAT(answer.body, Not(HasSubstr(kPlanted)));
      ++sent;
    }
    for (const char* type : {"text/plain", "application/x-www-form-urlencoded", ""}) {
      EXPECT_EQ(Outcome("everything", LineOf(*route), "{}", {{"Content-Type", type}}), "415 unsupported-media-type");
    }
  }
  EXPECT_EQ(EverythingStored(), before);
  std::printf("%zu bad bodies\n", sent);
  EXPECT_GT(sent, 150U);
}

TEST_F(ApiBadInputTest, ValuesThatDoNotFitStoreNothingAndAreNotRepeated) {
  const auto create = [](const std::string& values) {
    return R"({"collection_point":"web-signup","values":)" + values + "}";
  };
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {create(R"({"email":"planted-4f1c"})"), "400 value-invalid"},
      {create(R"({"card":"4111111111111112"})"), "400 value-invalid"},
      {create(R"({"birth_date":"planted-4f1c"})"), "400 value-invalid"},
      {create(R"({"diagnosis":"planted-4f1c"})"), "403 field-not-collected"},
      {create(R"({"planted-4f1c":"x"})"), "400 field-unknown"},
      {create(R"({"full_name":["planted-4f1c","x"]})"), "400 too-many-values"},
      {create(R"({"full_name":null})"), "400 wrong-type"},
      {create(R"({"full_name":[["planted-4f1c"]]})"), "400 wrong-type"},
      {create(R"({"notes":[]})"), "400 invalid-argument"},
      {create(R"({"notes":")" + std::string(100'000, 'n') + R"("})"), "400 value-too-long"},
      {R"({"collection_point":"planted-4f1c","values":{}})", "400 collection-point-unknown"},
      {R"({"collection_point":"web-signup","compartment":"planted-4f1c","values":{}})", "400 compartment-unknown"},
      {R"({"collection_point":"web-signup","tier":16,"values":{}})", "400 invalid-argument"},
      {R"({"collection_point":"web-signup","tier":"planted-4f1c","values":{}})", "400 wrong-type"},
  };
  for (const auto& [body, outcome] : wrong) {
    EXPECT_EQ(Outcome("application", "POST /v1/customers", body), outcome) << body.substr(0, 200);
    EXPECT_THAT(Call("application", "POST /v1/customers", body).body, Not(HasSubstr(kPlanted)));
  }
  EXPECT_THAT(Call("everything", "GET /v1/customers").body, HasSubstr(R"({"customers":[])"));
  EXPECT_EQ(Outcome("application", "POST /v1/customers", create(R"({"full_name":"Ada"})")), "201");  // the control
  EXPECT_THAT(Call("everything", "GET /v1/customers").body, HasSubstr("full_name"));
}

// Sizes are looked at before anything is made of the items, so a wrong item in a batch that is too large is not found.
TEST_F(ApiBadInputTest, WhatIsTooLargeIsRefusedBeforeItIsBuilt) {
  const auto list = [](const std::string& member, size_t count) {
    std::string body = "{" + std::string(member == "customers" ? R"("collection_point":"web-signup",)" : "");
    body += "\"" + member + "\":[1";
    for (size_t i = 1; i < count; ++i) body += ",1";
    return body + "]}";
  };
  EXPECT_EQ(Outcome("everything", "POST /v1/customers:search", list("x", 90'000)), "400 missing-member");
  EXPECT_EQ(Outcome("everything", "POST /v1/customers:search", list("x", 110'000)), "413 body-too-large");
  struct Batch {
    const char* line;
    const char* member;
    size_t most;
  };
  for (const Batch& batch : {Batch{"POST /v1/customers:reveal", "items", 2'000},
                             {"POST /v1/customers:batch", "customers", 10'000},
                             {"POST /v1/token-domains/shop/tokens", "items", 10'000},
                             {"POST /v1/token-domains/shop/resolve", "tokens", 2'000},
                             {"POST /v1/token-domains/shop/revoke", "tokens", 2'000}}) {
    EXPECT_EQ(Outcome("everything", batch.line, list(batch.member, batch.most)).substr(0, 3), "400") << batch.line;
    EXPECT_EQ(Outcome("everything", batch.line, list(batch.member, batch.most + 1)), "413 batch-too-large")
        << batch.line;
  }
  // Batches may hold more values than other bodies, and not any number.
  EXPECT_EQ(Outcome("everything", "POST /v1/customers:batch", list("customers", 400'000)), "413 batch-too-large");
  EXPECT_EQ(Outcome("everything", "POST /v1/customers:batch", list("customers", 600'000)), "413 body-too-large");
}

TEST_F(ApiBadInputTest, CodesThatWereMistypedAreToldFromThoseNobodyHas) {
  std::string code = vault_.CreateCustomer({{"email", "ada@example.com"}});
  EXPECT_EQ(Outcome("application", "GET /v1/customers/" + code), "200");
  std::string wrong = code;
  wrong[0] = wrong[0] == '7' ? '8' : '7';
  EXPECT_EQ(Outcome("application", "GET /v1/customers/" + wrong), "400 code-mistyped");
  EXPECT_EQ(Outcome("application", "GET /v1/customers/planted"), "400 code-mistyped");
  EXPECT_EQ(Outcome("application", "GET /v1/customers/ext:planted"), "404 customer-not-found");
  std::string lower = code;
  for (char& c : lower) c = static_cast<char>(tolower(c));
  EXPECT_EQ(Outcome("application", "GET /v1/customers/" + lower), "200");
}

TEST_F(ApiBadInputTest, AFullDiskRefusesAndLosesNothing) {
  const std::string code = vault_.CreateCustomer({{"email", "ada@example.com"}});
  const std::string body = R"({"collection_point":"web-signup","values":{"email":"full@example.com"}})";
  vault_.main().data.SetPlan(FaultPlan({{FaultCall::kCommitGroup, 1, FaultKind::kStorageFull}}));
  EXPECT_EQ(Outcome("application", "POST /v1/customers", body), "503 storage-full");
  EXPECT_EQ(Outcome("application", "GET /v1/customers/" + code).substr(0, 3), "503") << "a read cannot be recorded";
  EXPECT_EQ(Outcome("", "GET /healthz"), "200");
  vault_.main().data.SetPlan({});
  vault_.main().data.Reopen();
  EXPECT_EQ(Outcome("application", "GET /v1/customers/" + code), "200");
  EXPECT_EQ(Call("application", "POST /v1/customers:search", R"({"field":"email","value":"full@example.com"})").body,
            R"({"customers":[]})");
  EXPECT_EQ(Outcome("application", "POST /v1/customers", body), "201");
}

TEST_F(ApiBadInputTest, DamagedDataIsAnsweredWithoutSayingWhat) {
  const std::string code = vault_.CreateCustomer({{"email", "ada@example.com"}});
  const Result<OpenCustomer> customer = vault_->customers().Open(code);
  ASSERT_TRUE(customer.ok());
  SealedBatch batch;
  const std::string rubbish = "rubbish";
  ASSERT_TRUE(
      customer->room->sealed->PutRecord(batch, customer->id, *customer->stored.key, rubbish, customer->stored.version)
          .ok());
  batch.rows().conditions.clear();
  ASSERT_TRUE(vault_.main().data.Commit(batch.rows()).ok());
  const ApiAnswer answer = Call("application", "GET /v1/customers/" + code);
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.code(), "data-corrupt");
  EXPECT_EQ(answer.TextOf("detail"),
            "Stored data did not pass its checks. Give the request id to whoever runs the server.");
}

// --- over a network ---

class ApiOverNetworkTest : public ApiTest {
 protected:
  ApiOverNetworkTest() {
    ListenerConfig config;
    config.plaintext_on_loopback = true;
    config.worker_threads = 4;
    Result<std::unique_ptr<Listener>> started = Listener::Start(config, router_, limited_);
    EXPECT_TRUE(started.ok()) << started.status().ToString();
    listener_ = *std::move(started);
  }
  std::string Send(TestSocket& socket, const std::string& line, const std::string& body, const std::string& more = "") {
    EXPECT_TRUE(socket.Send(line + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + vault_.Key("application") +
                            "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                            "\r\n" + more + "\r\n" + body));
    return socket.ReadAnswer();
  }
  ApiAuthenticator limited_{vault_, vault_.clock(), {.requests_per_second = 1000}};
  std::unique_ptr<Listener> listener_;
};

TEST_F(ApiOverNetworkTest, RevealsOverOneConnectionAndGoesOnAfterBadRequests) {
  const std::string code = vault_.CreateCustomer({{"email", "ada@example.com"}});
  const std::string line = "POST /v1/customers/" + code + "/reveal";
  const std::string good = R"({"purpose":"delivery","fields":["email"]})";
  TestSocket socket(listener_->port());
  for (int round = 0; round < 20; ++round) {
    const std::string answer = Send(socket, line, good);
    EXPECT_THAT(answer, HasSubstr("HTTP/1.1 200 OK"));
    EXPECT_THAT(answer, HasSubstr(R"({"email":"ada@example.com"})"));
    EXPECT_THAT(answer, HasSubstr("RateLimit-Limit: 1000"));
    EXPECT_THAT(answer, HasSubstr("Cache-Control: no-store"));
    EXPECT_THAT(Send(socket, line, "{"), HasSubstr("malformed-json"));
    EXPECT_THAT(Send(socket, line, R"({"purpose":"marketing","fields":["email"]})"), HasSubstr("purpose-refused"));
  }
  TestSocket large(listener_->port());
  EXPECT_THAT(Send(large, line, std::string(300'000, ' ')), HasSubstr("body-too-large"));
  EXPECT_THAT(Send(socket, line, good), HasSubstr("ada@example.com"));
}

// The conflict is found on the journal's thread; the second try runs on a worker of the listener.
TEST_F(ApiOverNetworkTest, ARevealThatHasToBeAskedAgainGoesToAWorker) {
  const std::string code = vault_.CreateCustomer({{"email", "ada@example.com"}});
  auto left = std::make_shared<int>(1);
  vault_.main().data.SetBeforeCommit([this, code, left] {
    if ((*left)-- <= 0) return;
    const Result<OpenCustomer> customer = vault_->customers().Open(code);
    SealedBatch batch;
    ASSERT_TRUE(customer.ok());
    ASSERT_TRUE(customer->room->sealed
                    ->PutRecord(batch, customer->id, *customer->stored.key, customer->stored.content.view(),
                                customer->stored.version)
                    .ok());
    EXPECT_TRUE(vault_.main().data.Commit(batch.rows()).ok());
  });
  TestSocket socket(listener_->port());
  EXPECT_THAT(Send(socket, "POST /v1/customers/" + code + "/reveal", R"({"purpose":"delivery","fields":["email"]})"),
              HasSubstr("ada@example.com"));
  EXPECT_LT(*left, 0) << "asked twice";
}

}  // namespace
}  // namespace strongroom
