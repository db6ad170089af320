#include "cli/cli.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <set>
#include <sstream>

#include "cli/reference.h"
#include "cli/testing/fake_world.h"
#include "factors/breach_filter.h"

namespace strongroom {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::SizeIs;

TEST_F(CliTest, ExitCodesTellWhatHappened) {
  const auto exit_of = [this](Reason reason) {
    server_.On("GET /v1/customers/C1", Status(reason, "because"));
    return Run({"customer", "show", "C1"});
  };
  EXPECT_EQ(exit_of(Reason::kCustomerNotFound), 3);
  EXPECT_EQ(exit_of(Reason::kDenied), 4);
  EXPECT_EQ(exit_of(Reason::kCredentialInvalid), 4);
  EXPECT_EQ(exit_of(Reason::kServerUnreachable), 5);
  EXPECT_EQ(exit_of(Reason::kServerUnproved), 5);
  EXPECT_EQ(exit_of(Reason::kServerLocked), 5);
  EXPECT_EQ(exit_of(Reason::kInternal), 1);
  EXPECT_EQ(exit_of(Reason::kLogInvalid), 6);
  EXPECT_EQ(Run({"customer", "shew", "C1"}), 2);
  EXPECT_EQ(Run({"customer", "show"}), 2);
  EXPECT_EQ(Run({}), 2);
  server_.On("GET /v1/customers/C1", R"({"code":"C1","values":{}})");
  EXPECT_EQ(Run({"customer", "show", "C1"}), 0);
}

TEST_F(CliTest, AnErrorSaysWhatToDoNextAndNamesItsPage) {
  server_.On("GET /v1/customers/C1", Status(Reason::kServerLocked, "The server is locked."));
  Run({"customer", "show", "C1"});
  EXPECT_EQ(terminal_.err,
            "strongroom: The server is locked.\n  What to do: unlock it with 'strongroom unlock'.\n"
            "  More: docs/errors/server-locked.md\n");
  EXPECT_EQ(terminal_.out, "");
  EXPECT_EQ(Run({"customer", "show"}), 2);
  EXPECT_THAT(terminal_.err, HasSubstr("run 'strongroom customer show --help'"));
}

TEST_F(CliTest, TheServerAndItsProofComeFromTheNearestPlace) {
  server_.On("GET /v1/status", R"({"locked":false})");
  ASSERT_EQ(Run({"status"}), 0);
  EXPECT_EQ(server_.configs.back().base_url, "https://127.0.0.1:8443");
  EXPECT_EQ(server_.calls.back().key, "");

  ASSERT_EQ(mkdir(InDirectory("tls").c_str(), 0700), 0);
  WriteFile("tls/certificate.pem", "pem");
  ASSERT_EQ(mkdir(InDirectory("credentials").c_str(), 0700), 0);
  WriteFile("credentials/administrator.key", "srk_admin\n");
  environment_["STRONGROOM_DATA"] = directory_;
  ASSERT_EQ(Run({"status"}), 0);
  EXPECT_EQ(server_.configs.back().pinned_certificate, InDirectory("tls/certificate.pem"));
  EXPECT_EQ(server_.calls.back().key, "srk_admin");

  environment_["STRONGROOM_SERVER"] = "https://vault.example";
  environment_["STRONGROOM_PIN"] = "/etc/pin.pem";
  environment_["STRONGROOM_API_KEY"] = "srk_environment";
  ASSERT_EQ(Run({"status"}), 0);
  EXPECT_EQ(server_.configs.back().base_url, "https://vault.example");
  EXPECT_EQ(server_.configs.back().pinned_certificate, "/etc/pin.pem");
  EXPECT_EQ(server_.calls.back().key, "srk_environment");

  const std::string key_file = WriteFile("key", "srk_option\r\n");
  ASSERT_EQ(Run({"status", "--server", "https://other.example", "--ca", "ca.pem", "--key-file", key_file}), 0);
  EXPECT_EQ(server_.configs.back().base_url, "https://other.example");
  EXPECT_EQ(server_.configs.back().ca_file, "ca.pem");
  EXPECT_EQ(server_.configs.back().pinned_certificate, "");
  EXPECT_EQ(server_.calls.back().key, "srk_option");
}

TEST_F(CliTest, AKeyFileThatOthersCanReadIsWarnedOf) {
  server_.On("GET /v1/status", R"({"locked":false})");
  const std::string key_file = WriteFile("key", "srk_1");
  Run({"status", "--key-file", key_file});
  EXPECT_EQ(terminal_.err, "");
  ASSERT_EQ(chmod(key_file.c_str(), 0644), 0);
  Run({"status", "--key-file", key_file});
  EXPECT_THAT(terminal_.err, AllOf(HasSubstr("chmod 600"), Not(HasSubstr("srk_1"))));
}

TEST_F(CliTest, JsonIsTheServersOwn) {
  server_.On("GET /v1/customers/C1", R"({"code":"C1","values":{"name":{"masked":"A•"}},"extra":[1,2]})");
  ASSERT_EQ(Run({"customer", "show", "C1", "--json"}), 0);
  EXPECT_EQ(terminal_.out, "{\"code\":\"C1\",\"values\":{\"name\":{\"masked\":\"A•\"}},\"extra\":[1,2]}\n");
  ASSERT_EQ(Run({"--json", "customer", "show", "C1"}), 0);
  EXPECT_THAT(terminal_.out, HasSubstr("extra"));
}

TEST_F(CliTest, PathsAreEncodedAndPersonalDataStaysOutOfThem) {
  server_.On("GET /v1/customers/ext:a%2Fb%20c", R"({"code":"C1","values":{}})");
  EXPECT_EQ(Run({"customer", "show", "ext:a/b c"}), 0);
  server_.On("POST /v1/customers:search", R"({"customers":[]})");
  EXPECT_EQ(Run({"customer", "search", "email", "ada@example.com"}), 3);
  EXPECT_EQ(server_.calls.back().path, "/v1/customers:search");
  EXPECT_EQ(server_.calls.back().body, R"({"field":"email","value":"ada@example.com","match":"exact"})");
  server_.On("POST /v1/audit/entries:search", R"({"entries":[],"next_before":null})");
  EXPECT_EQ(Run({"audit", "show", "--customer", "C1", "--limit", "5"}), 0);
  EXPECT_EQ(server_.calls.back().body, R"({"customer":"C1","limit":5})");
}

TEST_F(CliTest, CompareAnswersByExitCode) {
  server_.On("POST /v1/customers/C1/compare", R"({"match":true})");
  EXPECT_EQ(Run({"customer", "compare", "C1", "phone", "+4670"}), 0);
  EXPECT_EQ(terminal_.out, "match\n");
  server_.On("POST /v1/customers/C1/compare", R"({"match":false})");
  terminal_.lines = {"+4670"};
  EXPECT_EQ(Run({"customer", "compare", "C1", "phone", "-"}), 3);
  EXPECT_EQ(terminal_.out, "no match\n");
  EXPECT_EQ(server_.calls.back().body, R"({"field":"phone","value":"+4670"})");
}

TEST_F(CliTest, PersonalValuesMayBeAskedForAndSecretsAlwaysAre) {
  terminal_.interactive = true;
  server_.On("POST /v1/customers", R"({"code":"C9","created":true,"changed":false})");
  terminal_.lines = {"Ada", "ada@example.com"};
  ASSERT_EQ(Run({"customer", "create", "-p", "shop", "name=-", "email", "tag=a=b", "tag=c"}), 0);
  EXPECT_EQ(terminal_.out, "C9\n");
  EXPECT_EQ(server_.calls.back().body,
            R"({"collection_point":"shop","values":{"email":"ada@example.com","name":"Ada","tag":["a=b","c"]}})");
  EXPECT_THAT(server_.calls.back().Header("Idempotency-Key"), SizeIs(32));
  EXPECT_THAT(terminal_.asked, testing::ElementsAre(Pair("name: ", true), Pair("email: ", true)));

  terminal_.asked.clear();
  terminal_.lines = {"hunter2"};
  server_.On("POST /v1/customers/C1/verify-password", R"({"match":true})");
  EXPECT_EQ(Run({"customer", "compare", "C1", "password", "--password"}), 0);
  EXPECT_THAT(terminal_.asked, testing::ElementsAre(Pair("password: ", false)));
  EXPECT_EQ(Run({"customer", "compare", "C1", "password", "hunter2", "--password"}), 1);
  EXPECT_THAT(terminal_.err, AllOf(HasSubstr("never an argument"), Not(HasSubstr("hunter2"))));
}

TEST_F(CliTest, UnlockNeverTakesThePassphraseFromTheCommandLine) {
  server_.On("GET /v1/status", R"({"locked":true,"lock":"passphrase","shares_needed":0})");
  server_.On("POST /v1/unlock", [this](const FakeServer::Call& call) -> Result<ClientResponse> {
    if (call.body != R"({"passphrase":"open sesame"})") return Status(Reason::kUnlockFailed);
    server_.On("GET /v1/status", R"({"locked":false})");
    return ClientResponse{200, {}, R"({"locked":false})"};
  });
  EXPECT_EQ(Run({"unlock", "open sesame"}), 2);
  terminal_.lines = {"wrong"};
  EXPECT_EQ(Run({"unlock"}), 4);
  const std::string file = WriteFile("passphrase", "open sesame\n");
  EXPECT_EQ(Run({"unlock", "--file", file}), 0);
  EXPECT_EQ(terminal_.out, "unlocked\n");
}

TEST_F(CliTest, SharesAreAskedForUntilThereAreEnough) {
  terminal_.interactive = true;
  terminal_.lines = {"share-1", "share-2", "share-3"};
  server_.On("GET /v1/status", R"({"locked":true,"lock":"shares","shares_needed":2})");
  int taken = 0;
  server_.On("POST /v1/unlock", [&](const FakeServer::Call& call) -> Result<ClientResponse> {
    EXPECT_THAT(call.body, HasSubstr("\"share\":\"share-"));
    if (++taken == 2) server_.On("GET /v1/status", R"({"locked":false})");
    return ClientResponse{200, {}, R"({})"};
  });
  EXPECT_EQ(Run({"unlock"}), 0);
  EXPECT_EQ(taken, 2);
  EXPECT_EQ(terminal_.asked.front().second, false);
}

TEST_F(CliTest, WhatCannotBeUndoneIsAskedForOrRefused) {
  server_.On("DELETE /v1/customers/C1", R"({"code":"C1","key_gone":true})");
  EXPECT_EQ(Run({"customer", "erase", "C1"}), 1);
  EXPECT_THAT(terminal_.err, HasSubstr("--yes"));
  EXPECT_THAT(server_.calls, IsEmpty());
  terminal_.interactive = true;
  terminal_.lines = {"n"};
  EXPECT_EQ(Run({"customer", "erase", "C1"}), 1);
  EXPECT_THAT(server_.calls, IsEmpty());
  terminal_.lines = {"y"};
  EXPECT_EQ(Run({"customer", "erase", "C1"}), 0);
  EXPECT_THAT(server_.calls, SizeIs(1));
  terminal_.interactive = false;
  EXPECT_EQ(Run({"customer", "erase", "C1", "--yes"}), 0);
}

TEST_F(CliTest, TheWorstResultOfABatchIsTheCommands) {
  server_.On("POST /v1/token-domains/shop/resolve",
             R"({"results":[{"code":"C1","field":"email","value":"a@b.se"},)"
             R"({"problem":{"code":"token-spent","title":"t","detail":"used"}}]})");
  terminal_.lines = {"tok_1", "", "tok_2"};
  EXPECT_EQ(Run({"token", "resolve", "shop", "--purpose", "delivery", "-"}), 3);
  EXPECT_EQ(server_.calls.back().body, R"({"purpose":"delivery","tokens":["tok_1","tok_2"]})");
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("a@b.se"), HasSubstr("token-spent: used")));
}

TEST_F(CliTest, ANewKeyIsWrittenToAFileOfItsOwnOrShownOnce) {
  server_.On("POST /v1/api-keys", R"({"id":"3f","key":"srk_new","name":"shop"})");
  const std::string file = InDirectory("shop.key");
  ASSERT_EQ(Run({"key", "create", "shop", "--role", "a,b", "--role", "c", "-o", file}), 0);
  EXPECT_THAT(terminal_.out + terminal_.err, Not(HasSubstr("srk_new")));
  EXPECT_EQ(ReadBack(file), "srk_new\n");
  struct stat info = {};
  ASSERT_EQ(stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_THAT(server_.calls.back().body, HasSubstr(R"("roles":["a","b","c"])"));
  const size_t calls = server_.calls.size();
  EXPECT_EQ(Run({"key", "create", "shop", "-o", file}), 1);  // it may hold another key
  EXPECT_THAT(server_.calls, SizeIs(calls));
  ASSERT_EQ(Run({"key", "create", "shop"}), 0);
  EXPECT_THAT(terminal_.out, HasSubstr("srk_new"));
}

TEST_F(CliTest, TheOutboxIsListedRetriedDiscardedAndTested) {
  const std::string notice =
      R"({"id":"0a","kind":"alarm","channel":"mail","to":"a…@example.com","state":"dead","attempts":16,)"
      R"("created_at":"2026-11-22T06:05:53.123Z","due_at":"2026-11-22T06:05:53.123Z","last_failure":"smtp 550 at RCPT"})";
  int listed = 0;
  server_.On("GET /v1/outbox", [&](const FakeServer::Call& call) -> Result<ClientResponse> {
    const bool first =
        call.path == "/v1/outbox?limit=200" || (call.path == "/v1/outbox?state=dead&limit=200" && listed++ == 0);
    const std::string next = call.path == "/v1/outbox?limit=200" ? R"(,"next":"0a")" : "";
    return ClientResponse{200, {}, R"({"waiting":1,"dead":1,"notices":[)" + (first ? notice : "") + "]" + next + "}"};
  });
  ASSERT_EQ(Run({"outbox", "list"}), 0);
  EXPECT_EQ(server_.calls.back().path, "/v1/outbox?after=0a&limit=200");
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("a…@example.com"), HasSubstr("smtp 550 at RCPT")));
  EXPECT_THAT(terminal_.err, HasSubstr("1 wait, 1 were given up."));

  server_.On("POST /v1/outbox/0a/retry", notice);
  ASSERT_EQ(Run({"outbox", "retry", "--all"}), 0);
  EXPECT_THAT(terminal_.out, HasSubstr("1 messages will be tried again"));
  ASSERT_EQ(Run({"outbox", "retry", "0a"}), 0);
  EXPECT_EQ(Run({"outbox", "retry"}), 1);
  server_.On("DELETE /v1/outbox/0a", notice);
  ASSERT_EQ(Run({"outbox", "discard", "0a", "--yes"}), 0);

  server_.On("POST /v1/outbox:test", R"({"sent":true})");
  ASSERT_EQ(Run({"outbox", "test", "webhook", "ops"}), 0);
  EXPECT_EQ(server_.calls.back().body, R"({"channel":"webhook","to":"ops","language":"en"})");
  server_.On("POST /v1/outbox:test", R"({"sent":false,"detail":"webhook 404"})");
  EXPECT_EQ(Run({"outbox", "test", "webhook", "ops"}), 1);
  EXPECT_THAT(terminal_.out, HasSubstr("not sent: webhook 404"));
}

TEST_F(CliTest, AMismatchOfThePolicyTableFails) {
  const std::string table = WriteFile("cases.toml", "rest = \"deny\"\n");
  const auto answer = [this](const std::string& report) {
    server_.On("POST /v1/policy:test", [report](const FakeServer::Call& call) -> Result<ClientResponse> {
      EXPECT_EQ(call.Header("Content-Type"), "application/toml");
      return ClientResponse{200, {{"content-type", "text/plain"}}, report};
    });
  };
  answer("12 questions: all as the table says\n");
  EXPECT_EQ(Run({"policy", "test", table}), 0);
  answer("line 3: expected deny, got plain\n12 questions, 1 mismatch\n");
  EXPECT_EQ(Run({"policy", "test", table}), 1);
}

TEST_F(CliTest, ACommandThatNeedsAColleagueAsksOne) {
  server_.On("POST /v1/api-keys", [](const FakeServer::Call& call) -> Result<ClientResponse> {
    if (call.Header("X-Approval") == "0123456789abcdef")
      return ClientResponse{201, {}, R"({"id":"3f","key":"srk_new"})"};
    return Status(Reason::kApprovalNeeded);
  });
  server_.On("POST /v1/approvals", R"({"id":"0123456789abcdef"})");
  const std::vector<std::string> command = {"key", "create", "shop", "--role", "a", "--case", "SUP-1"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), command.begin(), command.end());
    return Run(more);
  };
  EXPECT_EQ(with({}), 4);
  EXPECT_THAT(server_.calls, SizeIs(1)) << "nobody is asked unasked";
  EXPECT_EQ(with({"--ask", "the new shop opens"}), 4);
  EXPECT_THAT(terminal_.err, HasSubstr("--approval 0123456789abcdef"));
  const FakeServer::Call refused = server_.calls[1];
  const FakeServer::Call asked = server_.calls[2];
  EXPECT_EQ(refused.Header("X-Case"), "SUP-1");
  const Result<JsonDocument> question = JsonDocument::ParseObject(asked.body);
  ASSERT_TRUE(question.ok());
  EXPECT_EQ(*question->root().GetString("body"), refused.body) << "byte for byte what was refused";
  EXPECT_EQ(*question->root().GetString("target"), "/v1/api-keys");
  EXPECT_EQ(with({"--approval", "0123456789abcdef"}), 0);
  EXPECT_EQ(server_.calls.back().body, refused.body) << "the same command sends the same request";
}

TEST_F(CliTest, WhoeverAgreesIsShownWhatTo) {
  server_.On("GET /v1/approvals/0123456789abcdef",
             R"({"id":"0123456789abcdef","target":"/v1/policy","reason":"tighter"})");
  server_.On("POST /v1/approvals/0123456789abcdef/grant", R"({"state":"granted","until":"2026-01-01T01:00:00.000Z"})");
  EXPECT_EQ(Run({"approval", "grant", "0123456789abcdef"}), 1) << "nobody can be asked here: " << terminal_.err;
  EXPECT_THAT(terminal_.out, HasSubstr("/v1/policy"));
  EXPECT_THAT(terminal_.out, HasSubstr("tighter"));
  EXPECT_EQ(Run({"approval", "grant", "0123456789abcdef", "--yes"}), 0);
  server_.On("POST /v1/approvals/0123456789abcdef/refuse", R"({"state":"refused","until":""})");
  EXPECT_EQ(Run({"approval", "refuse", "0123456789abcdef"}), 0);
}

TEST_F(CliTest, ListsSayWhoWaitsAndWhoIsLocked) {
  server_.On("GET /v1/approvals",
             R"({"approvals":[{"id":"01","state":"pending","asked_by":{"name":"anna"},"actions":["policy.change"],)"
             R"("until":"u","may_decide":true},{"id":"02","state":"spent","asked_by":{"name":"bo"},"actions":[],)"
             R"("until":"u","may_decide":false}]})");
  ASSERT_EQ(Run({"approval", "list"}), 0);
  EXPECT_THAT(terminal_.out, HasSubstr("anna"));
  EXPECT_THAT(terminal_.out, Not(HasSubstr("bo")));
  ASSERT_EQ(Run({"approval", "list", "--all"}), 0);
  EXPECT_THAT(terminal_.out, HasSubstr("bo"));
  server_.On("GET /v1/budgets",
             R"({"people":[{"id":"07","name":"anna","locked_at":"2026-01-01T00:00:00.000Z","budgets":[]}]})");
  ASSERT_EQ(Run({"budget", "list"}), 0);
  EXPECT_THAT(terminal_.out, HasSubstr("2026-01-01"));
  server_.On("POST /v1/staff/07/release", R"({"id":"07"})");
  EXPECT_EQ(Run({"budget", "release", "07"}), 0);
}

TEST_F(CliTest, AListOfBreachedPasswordsBecomesAFilter) {
  const std::string filter = InDirectory("breaches.srb");
  // SHA-1 of "password" and of "letmein", in two range files named the other way around.
  std::ofstream(InDirectory("B7A87")) << "5FC1EA228B9061041B7CEC4BD3C52AB3CE3:7\r\n";
  std::ofstream(InDirectory("5BAA6")) << "1E4C9B93F3F0682250B6CF8331B7EE68FD8:9545824\n";
  ASSERT_EQ(Run({"breach", "import", InDirectory("B7A87"), InDirectory("5BAA6"), "--out", filter}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, HasSubstr("2 passwords"));
  EXPECT_THAT(terminal_.err, HasSubstr("breach_filter"));
  EXPECT_EQ(Run({"breach", "check", filter}), 0);
  const Result<BreachFilter> opened = BreachFilter::Open(filter);
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(opened->Knows(SecretBytes::CopyOf("letmein")));
  EXPECT_FALSE(opened->Knows(SecretBytes::CopyOf("a sentence of one's own")));
  EXPECT_EQ(Run({"breach", "import", "--out", filter}), 1) << "nothing to import";
  std::ofstream(InDirectory("list")) << "not a hash\n";
  EXPECT_NE(Run({"breach", "import", InDirectory("list"), "--out", filter}), 0);
  EXPECT_EQ(Run({"breach", "check", filter}), 0) << "the old one stays";
}

TEST_F(CliTest, AFindingOfTheLintFails) {
  server_.On("POST /v1/policy:lint", R"({"findings":[]})");
  EXPECT_EQ(Run({"policy", "lint"}), 0);
  server_.On("POST /v1/policy:lint",
             R"({"findings":[{"kind":"never-matches","about":"r","text":"Rule 'r' can never match."}]})");
  EXPECT_EQ(Run({"policy", "lint", WriteFile("policy.toml", "format = 1\n")}), 1);
  EXPECT_EQ(server_.calls.back().body, "format = 1\n");
  EXPECT_THAT(terminal_.out, HasSubstr("can never match"));
}

TEST_F(CliTest, ExportWritesWholeFilesPageByPage) {
  server_.On("POST /v1/customers:export", [](const FakeServer::Call& call) -> Result<ClientResponse> {
    if (call.body.find("\"cursor\":\"n2\"") != std::string::npos) {
      return ClientResponse{200, {}, R"({"customers":[{"code":"C2","values":{"name":"=1+1"}}],"next_cursor":""})"};
    }
    return ClientResponse{
        200, {}, R"({"customers":[{"code":"C1","values":{"name":"A \"B\", C","tag":["x","y"]}}],"next_cursor":"n2"})"};
  });
  const std::vector<std::string> common = {"export", "--fields", "name,tag", "--purpose", "news", "--recipient", "m"};
  const auto with = [&common](std::vector<std::string> more) {
    more.insert(more.begin(), common.begin(), common.end());
    return more;
  };
  const std::string csv = InDirectory("out.csv");
  ASSERT_EQ(Run(with({"--format", "csv", "-o", csv})), 0) << terminal_.err;
  EXPECT_EQ(ReadBack(csv), "code,name,tag\r\nC1,\"A \"\"B\"\", C\",\"[\"\"x\"\",\"\"y\"\"]\"\r\nC2,=1+1,\r\n");
  EXPECT_EQ(Run(with({"-o", csv})), 1);  // not overwritten
  ASSERT_EQ(Run(with({"--format", "csv", "--for-spreadsheets"})), 0);
  EXPECT_THAT(terminal_.out, HasSubstr("C2,'=1+1,"));
  ASSERT_EQ(Run(with({})), 0);
  EXPECT_THAT(terminal_.out, HasSubstr("{\"code\":\"C2\",\"values\":{\"name\":\"=1+1\"}}\n"));

  server_.On("POST /v1/customers:export", Status(Reason::kDenied));
  EXPECT_EQ(Run(with({"-o", InDirectory("denied")})), 4);
  EXPECT_EQ(ReadBack(InDirectory("denied")), "");
  EXPECT_EQ(ReadBack(InDirectory("denied.part")), "");
}

TEST_F(CliTest, HooksAddCommandsBesideTheOthers) {
  CliHooks hooks;
  hooks.add_commands = [](CommandLine& line) {
    auto port = std::make_shared<int64_t>(1);
    line.Add("serve", "Run the server")
        .Number("--port", *port, 1, 65535, "port")
        .Run([port](Session& session) -> Result<ExitCode> {
          session.PrintLine("serving " + std::to_string(*port));
          return ExitCode::kOk;
        });
  };
  hooks.fsck_offline = [](Session&, const OfflineFsck& wanted) -> Result<ExitCode> {
    return wanted.directory == "/data" && wanted.repair == wanted.against_log ? ExitCode::kOk : ExitCode::kFailed;
  };
  EXPECT_EQ(Run({"serve", "--port", "99"}, hooks), 0);
  EXPECT_EQ(terminal_.out, "serving 99\n");
  EXPECT_EQ(Run({"serve", "--port", "70000"}, hooks), 2);
  EXPECT_EQ(Run({"fsck", "--offline", "/data"}, hooks), 0);
  EXPECT_EQ(Run({"fsck", "--offline", "/data", "--repair", "--against-log"}, hooks), 0);
  EXPECT_EQ(Run({"fsck", "--repair"}, hooks), 2);
  EXPECT_EQ(Run({"fsck", "--offline", "/data"}), 2);
  EXPECT_EQ(Run({"--help"}, hooks), 0);
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("serve"), HasSubstr("customer")));
}

TEST_F(CliTest, EveryCommandHasHelpWithAnExample) {
  GlobalOptions globals;
  ASSERT_EQ(Run({"reference"}), 0);
  std::istringstream page(terminal_.out);
  std::vector<std::vector<std::string>> commands;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("## strongroom ")) continue;
    std::istringstream words(line.substr(14));
    commands.emplace_back();
    for (std::string word; words >> word;) commands.back().push_back(word);
  }
  std::printf("%zu commands\n", commands.size());
  EXPECT_GT(commands.size(), 40u);
  for (std::vector<std::string> command : commands) {
    command.push_back("--help");
    EXPECT_EQ(Run(command), 0) << command[0];
    EXPECT_THAT(terminal_.out, AllOf(HasSubstr("Examples:\n  strongroom"), HasSubstr("--help"))) << command[0];
  }
}

// docs/reference/cli.md is `strongroom reference`, printed by the whole program; here at least the sections of this
// layer's commands must stand in it word for word, and no section of a command of ours that is gone.
TEST_F(CliTest, TheReferencePageIsWhatTheCommandsSay) {
  std::ifstream file(std::string(STRONGROOM_SOURCE_DIR) + "/docs/reference/cli.md");
  std::stringstream page;
  page << file.rdbuf();
  ASSERT_THAT(page.str(), Not(IsEmpty())) << "print it with: strongroom reference > docs/reference/cli.md";
  const std::string ours = CommandReference();
  std::set<std::string> known;
  for (size_t begin = 0; begin < ours.size();) {
    const size_t end = std::min(ours.find("\n## ", begin), ours.size());
    const std::string section = ours.substr(begin, end - begin);
    known.insert(section.substr(0, section.find('\n')));
    // `fsck` has one option more in the whole program.
    if (!section.starts_with("## strongroom fsck\n")) {
      EXPECT_THAT(page.str(), HasSubstr(section));
    }
    begin = end + 1;
  }
  const std::set<std::string> nouns = {"customer", "catalogue", "token",  "audit",     "key",
                                       "policy",   "approval",  "budget", "completion"};
  std::istringstream lines(page.str());
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("## strongroom ")) continue;
    const std::string noun = line.substr(14, line.find(' ', 14) - 14);
    if (nouns.count(noun) != 0) {
      EXPECT_TRUE(known.count(line) == 1) << line << " is no command any more";
    }
  }
}

TEST_F(CliTest, CompletionKnowsNounsVerbsAndOptions) {
  ASSERT_EQ(Run({"completion", "bash"}), 0);
  EXPECT_THAT(terminal_.out, HasSubstr("complete -o default -F _strongroom strongroom"));
  EXPECT_THAT(terminal_.out, HasSubstr("\"customer file\") words=\"put get list delete\" ;;"));
  EXPECT_THAT(terminal_.out, HasSubstr("\"customer reveal\") words=\"--fields --purpose\" ;;"));
}

}  // namespace
}  // namespace strongroom
