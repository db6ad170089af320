// Every command that talks to a server, against a whole vault in memory behind a real listener and client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>

#include "access/api_key_record.h"
#include "access/testing/test_person.h"
#include "access/testing/test_vault.h"
#include "base/json.h"
#include "child_process.h"
#include "cli/import_state.h"
#include "cli/table.h"
#include "cli/testing/fake_world.h"
#include "crypto/device_key.h"
#include "http/api_authenticator.h"
#include "http/api_routes.h"
#include "http/listener.h"

namespace strongroom {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class EndToEnd : public CliTest {
 protected:
  EndToEnd() {
    EXPECT_TRUE(AddApiRoutes(router_, vault_, {.version = "1.2.3", .stats = {}}).ok());
    ListenerConfig config;
    config.plaintext_on_loopback = true;
    config.worker_threads = 4;
    auto listener = Listener::Start(config, router_, authenticator_);
    EXPECT_TRUE(listener.ok());
    listener_ = std::move(*listener);
    environment_["STRONGROOM_SERVER"] = "http://127.0.0.1:" + std::to_string(listener_->port());
    context_.connect = [](ClientConfig client) { return Client::Create(std::move(client)); };
    As("everything");
  }

  void As(const std::string& role) { environment_["STRONGROOM_API_KEY"] = vault_.Key(role); }

  // A member of the JSON that was printed last.
  std::string Member(std::string_view path) const {
    const auto document = JsonDocument::ParseObject(terminal_.out);
    return document.ok() ? CellOf(document->root(), path) : "no JSON";
  }
  std::string CreateAda() {
    EXPECT_EQ(Run({"customer", "create", "-p", "web-signup", "--external-id", "4711", "full_name=Ada Lovelace",
                   "email=ada@example.com", "notes=first", "notes=second"}),
              0)
        << terminal_.err;
    return terminal_.out.substr(0, terminal_.out.find('\n'));
  }

  TestVault vault_;
  Router router_;
  SystemClock system_clock_;
  ApiAuthenticator authenticator_{vault_, system_clock_};
  std::unique_ptr<Listener> listener_;  // last: goes first
};

TEST_F(EndToEnd, StatusLockAndUnlock) {
  ASSERT_EQ(Run({"status", "--json"}), 0) << terminal_.err;
  EXPECT_EQ(Member("locked"), "no");
  EXPECT_EQ(Member("version"), "1.2.3");
  ASSERT_EQ(Run({"lock"}), 0) << terminal_.err;
  EXPECT_EQ(Run({"customer", "list"}), 5);
  EXPECT_THAT(terminal_.err, HasSubstr("strongroom unlock"));
  terminal_.lines = {"not it"};
  EXPECT_EQ(Run({"unlock"}), 4);
  terminal_.lines = {std::string(TestVault::kPassphrase)};
  EXPECT_EQ(Run({"unlock"}), 0) << terminal_.err;
  EXPECT_EQ(Run({"customer", "list"}), 0) << terminal_.err;
  EXPECT_EQ(Run({"doctor"}), 0) << terminal_.err;
  EXPECT_EQ(Run({"fsck"}), 0) << terminal_.err;
}

TEST_F(EndToEnd, KeysRotateAndTheLockChanges) {
  const std::string code = CreateAda();
  As("operator");
  ASSERT_EQ(Run({"epoch", "rotate"}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("main"), HasSubstr("closed"), HasSubstr("customer keys")));
  EXPECT_EQ(Run({"epoch", "rotate"}), 1);
  EXPECT_THAT(terminal_.err, HasSubstr("rotation-under-way"));
  ASSERT_TRUE(vault_->key_rotation().RunDue().ok());  // a server's thread does this
  ASSERT_EQ(Run({"epoch", "status"}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("empty"), Not(HasSubstr("closed "))));
  ASSERT_EQ(Run({"epoch", "destroy-due"}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, HasSubstr("nothing is due"));
  terminal_.lines = {"the present passphrase", "a new passphrase"};
  EXPECT_EQ(Run({"change-lock", "--passphrase"}), 4) << "this vault has no lock to change";
  EXPECT_THAT(terminal_.err, Not(HasSubstr("passphrase is")));
  EXPECT_EQ(Run({"change-lock"}), 1) << "nothing is to change";
  EXPECT_EQ(Run({"change-lock", "--passphrase", "--shares", "3"}), 1) << "one or the other";
  As("everything");
  EXPECT_EQ(Run({"customer", "rekey", code, "--json"}), 0) << terminal_.err;
  EXPECT_EQ(Member("generation"), "2");
  ASSERT_EQ(Run({"customer", "move", code, "--to", "vip", "--json"}), 0) << terminal_.err;
  EXPECT_EQ(Member("to"), "vip");
  ASSERT_EQ(Run({"customer", "move", code, code, "--to", "vip"}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, HasSubstr("0 moved to vip, 2 lived there already."));
  ASSERT_EQ(Run({"customer", "show", code, "--json"}), 0) << terminal_.err;
  EXPECT_EQ(Member("compartment"), "vip");
  EXPECT_EQ(Run({"customer", "move", "--to", "vip"}), 1) << "nobody to move";
  EXPECT_NE(Run({"customer", "move", code, "ext:nobody", "--to", "vip"}), 0);
  EXPECT_THAT(terminal_.err, HasSubstr("ext:nobody, before which 0 were moved")) << "where a list broke off";
}

TEST_F(EndToEnd, ACustomersLife) {
  const std::string code = CreateAda();
  ASSERT_EQ(Run({"customer", "show", code}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, HasSubstr("full_name"));

  As("support");  // who sees masks, and plain values for a purpose
  ASSERT_EQ(Run({"customer", "show", "ext:4711"}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("hidden"), Not(HasSubstr("Lovelace")), Not(HasSubstr("ada@"))));
  EXPECT_EQ(Run({"customer", "compare", code, "email", "ada@example.com"}), 0) << terminal_.err;
  EXPECT_EQ(Run({"customer", "compare", code, "email", "eve@example.com"}), 3);
  ASSERT_EQ(Run({"customer", "reveal", code, "--fields", "email", "--purpose", "customer-service"}), 0)
      << terminal_.err;
  EXPECT_THAT(terminal_.out, HasSubstr("ada@example.com"));
  EXPECT_EQ(Run({"customer", "erase", code, "--yes"}), 4);

  As("everything");
  terminal_.lines = {"ada@example.com"};
  ASSERT_EQ(Run({"customer", "search", "email"}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, HasSubstr(code));
  EXPECT_EQ(Run({"customer", "search", "email", "eve@example.com"}), 3);
  ASSERT_EQ(Run({"customer", "change", code, "-p", "web-signup", "email=ada@example.org", "--remove", "notes"}), 0)
      << terminal_.err;
  EXPECT_EQ(Run({"customer", "compare", code, "email", "ada@example.org"}), 0);
  EXPECT_EQ(Run({"customer", "change", code, "-p", "web-signup", "nickname=A", "--if-match", "\"1-stale\""}), 1);
  EXPECT_THAT(terminal_.err, HasSubstr("--if-match"));
  ASSERT_EQ(Run({"customer", "list"}), 0);
  EXPECT_THAT(terminal_.out, HasSubstr(code));
  ASSERT_EQ(Run({"customer", "erase", code, "--yes", "--json"}), 0) << terminal_.err;
  EXPECT_EQ(Member("key_gone"), "yes");
  EXPECT_EQ(Run({"customer", "show", code}), 3);
}

TEST_F(EndToEnd, FilesGoInAndComeOutAsTheyWere) {
  const std::string code = CreateAda();
  std::string content = "%PDF";
  for (int i = 0; i < 300'000; ++i) content.push_back(static_cast<char>(i * 7));
  const std::string path = WriteFile("id scan.pdf", content);
  ASSERT_EQ(Run({"customer", "file", "put", code, path, "--field", "id_scan", "-p", "web-signup", "--type",
                 "application/pdf", "--json"}),
            0)
      << terminal_.err;
  const std::string id = Member("id");
  ASSERT_EQ(Run({"customer", "file", "list", code}), 0);
  EXPECT_THAT(terminal_.out, HasSubstr(id));
  const std::string back = InDirectory("back.pdf");
  ASSERT_EQ(Run({"customer", "file", "get", code, id, "--purpose", "customer-service", "-o", back}), 0)
      << terminal_.err;
  EXPECT_TRUE(ReadBack(back) == content);
  EXPECT_EQ(Run({"customer", "file", "delete", code, id, "--yes"}), 0);
  EXPECT_EQ(Run({"customer", "file", "get", code, id, "--purpose", "customer-service"}), 3);
}

TEST_F(EndToEnd, TokensStandForValues) {
  const std::string code = CreateAda();
  ASSERT_EQ(Run({"token", "domain-put", "shop", "--stateless-ff1", "--keep-last", "0"}), 0) << terminal_.err;
  ASSERT_EQ(Run({"token", "domains"}), 0);
  EXPECT_THAT(terminal_.out, HasSubstr("shop"));
  ASSERT_EQ(Run({"token", "create", "shop", code, "email", "--one-time", "--json"}), 0) << terminal_.err;
  const size_t begin = terminal_.out.find("\"token\":\"") + 9;
  const std::string token = terminal_.out.substr(begin, terminal_.out.find('"', begin) - begin);
  ASSERT_EQ(Run({"token", "resolve", "shop", token, "--purpose", "delivery"}), 0) << terminal_.out;
  EXPECT_THAT(terminal_.out, HasSubstr("ada@example.com"));
  EXPECT_EQ(Run({"token", "resolve", "shop", token, "--purpose", "delivery"}), 3);
  EXPECT_THAT(terminal_.out + terminal_.err, HasSubstr("token-spent"));
  terminal_.lines = {"4111111111111111"};
  ASSERT_EQ(Run({"token", "encrypt", "shop", "card", "--json"}), 0) << terminal_.out << terminal_.err;
  const size_t at = terminal_.out.find("\"value\":\"") + 9;
  const std::string sealed = terminal_.out.substr(at, 16);
  EXPECT_NE(sealed, "4111111111111111");
  ASSERT_EQ(Run({"token", "decrypt", "shop", "card", sealed, "--purpose", "delivery"}), 0) << terminal_.out;
  EXPECT_THAT(terminal_.out, HasSubstr("4111111111111111"));
}

TEST_F(EndToEnd, AFileOfCustomersIsImportedFoundAndHandedOut) {
  std::string csv = "customer_id,name,email,phone\n";
  for (int i = 0; i < 2'000; ++i) {
    const std::string n = std::to_string(i);
    csv += "c" + n + ",Person Number" + n + ",person" + n + "@example.com,+46701740" + std::to_string(600 + i % 100) +
           "\n";
  }
  csv += "c-broken,Nobody,not an address,+46701740600\n";
  const std::string path = WriteFile("customers.csv", csv);
  ASSERT_EQ(Run({"import", path, "--propose"}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, HasSubstr("\"customer_id\""));
  const std::string map = WriteFile("map.json", terminal_.out);
  ASSERT_EQ(Run({"import", path, "--map", map, "--yes", "-p", "migration"}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, HasSubstr("2,001 rows: 2,000 created, 0 changed, 0 unchanged, 1 bad")) << terminal_.err;
  EXPECT_THAT(ReadBack(path + ".bad-rows.csv"),
              AllOf(StartsWith("line,reason\r\n2002,"), Not(HasSubstr("not an address"))));
  ASSERT_EQ(Run({"import", path, "--yes", "-p", "migration"}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, HasSubstr("0 created, 0 changed, 2,000 unchanged"));
  EXPECT_EQ(Run({"customer", "search", "email", "person77@example.com"}), 0) << terminal_.err;

  const std::string out = InDirectory("mailing.csv");
  ASSERT_EQ(Run({"export", "--fields", "email", "--purpose", "delivery", "--recipient", "mailhouse", "--contract",
                 "dpa-1", "--format", "csv", "-o", out}),
            0)
      << terminal_.err;
  const std::string mailing = ReadBack(out);
  EXPECT_EQ(std::count(mailing.begin(), mailing.end(), '\n'), 2'001);
  EXPECT_THAT(mailing, HasSubstr(",person1999@example.com\r\n"));
  ASSERT_EQ(Run({"customer", "disclosures", "ext:c77"}), 0);
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("mailhouse"), HasSubstr("dpa-1")));
}

TEST_F(EndToEnd, TheLogIsReadTakenAwayAndVerifiedOffline) {
  const std::string code = CreateAda();
  ASSERT_EQ(Run({"customer", "reveal", code, "-f", "email", "--purpose", "customer-service"}), 0) << terminal_.err;
  vault_.SequenceAll();
  ASSERT_EQ(Run({"audit", "show", "--action", "customer.reveal"}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("customer.reveal"), HasSubstr("email"), HasSubstr("customer-service"),
                                   Not(HasSubstr("ada@example.com"))));
  ASSERT_EQ(Run({"audit", "show", "--customer", code}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("customer.create"), HasSubstr("customer.reveal")));
  ASSERT_EQ(Run({"audit", "logs"}), 0);
  EXPECT_THAT(terminal_.out, HasSubstr("strongroom/main-test+"));

  const std::string directory = InDirectory("logs");
  ASSERT_EQ(Run({"audit", "export", directory}), 0) << terminal_.err;
  const size_t at = terminal_.out.find("strongroom/main-test+");
  const std::string key = terminal_.out.substr(at, terminal_.out.find('\'', at) - at);
  ASSERT_EQ(Run({"audit", "verify", directory + "/main", "--key", key}), 0) << terminal_.out << terminal_.err;
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("root:"), HasSubstr("verified\n")));

  const std::string older = WriteFile("older.checkpoint", ReadBack(directory + "/main/checkpoint"));
  for (int i = 0; i < 300; ++i) vault_.CreateCustomer({{"email", "n" + std::to_string(i) + "@example.com"}});
  vault_.SequenceAll();
  ASSERT_EQ(Run({"audit", "export", directory, "--log", "nothing-like-it"}), 3);
  ASSERT_EQ(Run({"audit", "export", directory}), 0) << terminal_.err;
  ASSERT_EQ(Run({"audit", "verify", directory + "/main", "--key", key, "--since", older}), 0) << terminal_.out;
  ASSERT_EQ(Run({"audit", "proof", "main", "1"}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, StartsWith("c2sp.org/tlog-proof"));

  const std::string bundle = directory + "/main/tile/entries/000";
  std::string bytes = ReadBack(bundle);
  ASSERT_GT(bytes.size(), 100u);
  bytes[bytes.size() / 2] ^= 1;
  ASSERT_TRUE(WriteWholeFile(bundle, bytes).ok());
  EXPECT_EQ(Run({"audit", "verify", directory + "/main", "--key", key}), 6);
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("BROKEN"), HasSubstr("tile/entries/000")));
  EXPECT_EQ(Run({"audit", "verify", directory, "--key", key}), 1);  // the folder of folders is no log
}

TEST_F(EndToEnd, KeysAndPolicyAreKept) {
  const std::string file = InDirectory("shop.key");
  ASSERT_EQ(Run({"key", "create", "shop", "--role", "application", "--purpose", "delivery", "-o", file, "--json"}), 0)
      << terminal_.err;
  ASSERT_EQ(Run({"key", "list"}), 0);
  EXPECT_THAT(terminal_.out, HasSubstr("shop"));
  ASSERT_EQ(Run({"key", "list", "--json"}), 0);
  const std::string with_key = environment_["STRONGROOM_API_KEY"];
  environment_.erase("STRONGROOM_API_KEY");
  environment_["STRONGROOM_API_KEY_FILE"] = file;
  EXPECT_EQ(Run({"catalogue", "list"}), 0) << terminal_.err;
  EXPECT_EQ(Run({"policy", "show"}), 4);
  environment_["STRONGROOM_API_KEY"] = with_key;

  ASSERT_EQ(Run({"policy", "show"}), 0) << terminal_.err;
  const std::string policy = WriteFile("policy.toml", terminal_.out);
  ASSERT_EQ(Run({"policy", "set", policy}), 0) << terminal_.err;
  const std::string cases = "[[case]]\nwho = [\"support\"]\nwhat = [\"customer.erase\"]\ndecision = ";
  EXPECT_EQ(Run({"policy", "test", WriteFile("good.toml", cases + "\"deny\"\n")}), 0) << terminal_.out << terminal_.err;
  EXPECT_EQ(Run({"policy", "test", WriteFile("bad.toml", cases + "\"plain\"\n")}), 1);
  EXPECT_THAT(terminal_.out, HasSubstr("customer.erase")) << terminal_.err;
  ASSERT_EQ(Run({"policy", "explain", "customer.reveal", "--role", "support", "--field", "email", "--purpose", "x",
                 "--has", "training", "--has", "agreement", "--has", "acceptable-use"}),
            0)
      << terminal_.err;
  EXPECT_THAT(terminal_.out, AllOf(StartsWith("plain, by rule "), HasSubstr("matches")));
}

TEST_F(EndToEnd, PeopleComeAreRecordedAndGo) {
  As("administrator");
  ASSERT_EQ(
      Run({"staff", "invite", "lisa", "--display-name", "Lisa Ek", "--role", "support=2030-01-01T00:00:00Z,importer",
           "--purpose", "customer-service", "--network", "10.0.0.0/8", "--json"}),
      0)
      << terminal_.err;
  const std::string id = Member("id");
  EXPECT_THAT(Member("enrolment_code"), Not(HasSubstr("no JSON")));
  EXPECT_EQ(Run({"staff", "vet", id, "--reference", "folder 7"}), 4) << "whoever invited does not vet";
  As("everything");
  ASSERT_EQ(Run({"staff", "vet", id, "--reference", "folder 7"}), 0) << terminal_.err;
  As("administrator");
  ASSERT_EQ(Run({"staff", "list"}), 0);
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("Lisa Ek"), HasSubstr("vetted"), HasSubstr("support, importer")));
  ASSERT_EQ(Run({"staff", "take-roles", id, "--role", "importer"}), 0) << terminal_.err;
  ASSERT_EQ(Run({"staff", "roles", id, "--role", "auditor"}), 0) << terminal_.err;
  ASSERT_EQ(Run({"staff", "invite-again", id}), 0) << terminal_.err;

  ASSERT_EQ(Run({"register", "set", "phishing", "--kind", "training", "--version", "1", "--valid-days", "90"}), 0)
      << terminal_.err;
  ASSERT_EQ(Run({"register", "record", "phishing", id, "--version", "1"}), 0) << terminal_.err;
  ASSERT_EQ(Run({"register", "list"}), 0);
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("phishing"), HasSubstr("Lisa Ek"), HasSubstr("agreement")));
  EXPECT_EQ(Run({"staff", "suspend", id}), 1) << "not active yet";
  ASSERT_EQ(Run({"staff", "leave", id, "--yes"}), 0) << terminal_.err;
  ASSERT_EQ(Run({"staff", "show", id}), 0);
  EXPECT_THAT(terminal_.out, HasSubstr("left"));
}

TEST_F(EndToEnd, ADeviceIsEnrolledReportsAndIsLost) {
  TestBrowser browser(vault_);
  const TestPerson ada = MakePerson(vault_, browser, "ada");
  context_.clock = &vault_.clock();
  const DeviceKey key = *DeviceKey::Generate();
  WriteFile("laptop.key", std::string(ExposeSecret(key.Pem())));
  const std::string request = WriteFile("laptop.csr", *key.RequestPem());
  As("administrator");
  ASSERT_EQ(Run({"device", "issue", FormatPrincipalId(ada.id), "--label", "laptop", "--request", request, "--json"}), 0)
      << terminal_.err;
  const std::string id = Member("id");
  EXPECT_THAT(Member("certificate"), StartsWith("-----BEGIN CERTIFICATE"));
  ASSERT_EQ(Run({"device", "list"}), 0);
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr(id), HasSubstr("Person ada"), HasSubstr("active")));
  ASSERT_EQ(Run({"device", "fetch", id, "--to", InDirectory("laptop")}), 0) << terminal_.err;
  EXPECT_THAT(ReadBack(InDirectory("laptop.crt")), StartsWith("-----BEGIN CERTIFICATE"));

  environment_.erase("STRONGROOM_API_KEY");
  // A machine of this test has no scanner at this place: the report is taken, and is not good.
  const std::string none = InDirectory("none");
  EXPECT_EQ(Run({"device", "check", id, "--key", InDirectory("laptop"), "--signatures", none}), 1) << terminal_.err;
  EXPECT_THAT(terminal_.out, HasSubstr("\"protection_current\":false"));
  As("administrator");
  ASSERT_EQ(Run({"device", "revoke", id, "--yes"}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, HasSubstr("revoked"));
  environment_.erase("STRONGROOM_API_KEY");
  EXPECT_EQ(Run({"device", "check", id, "--key", InDirectory("laptop")}), 3) << "it is no device any more";
}

TEST_F(EndToEnd, ARequestLeavesItsKeyReadableByItsOwnerAlone) {
  // A key is nobody's account: the server refuses, and the files are there to try again with.
  As("support");
  EXPECT_EQ(Run({"device", "request", "--label", "laptop", "--to", InDirectory("mine")}), 3) << terminal_.err;
  struct stat info = {};
  ASSERT_EQ(stat(InDirectory("mine.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_THAT(ReadBack(InDirectory("mine.csr")), StartsWith("-----BEGIN CERTIFICATE REQUEST"));
  EXPECT_EQ(Run({"device", "request", "--label", "laptop", "--to", InDirectory("mine")}), 1) << "never overwritten";
}

TEST_F(EndToEnd, AReviewIsSignedAndVerifiedOffline) {
  vault_.SequenceAll();
  As("auditor");
  ASSERT_EQ(Run({"review", "show"}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("privacy-officer"), HasSubstr("1 see everything; the ceiling is 3")));
  ASSERT_EQ(Run({"audit", "logs", "--json"}), 0);
  const size_t at = terminal_.out.find("\"verifier_key\":\"") + 16;
  const std::string key = terminal_.out.substr(at, terminal_.out.find('"', at) - at);
  As("administrator");
  const std::string path = WriteFile("review.txt", "");
  ASSERT_EQ(Run({"review", "sign", "-o", path}), 0) << terminal_.err;
  ASSERT_EQ(Run({"review", "verify", path, "--key", key}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("privacy-officer"), HasSubstr("sensitive alone"), HasSubstr("signed by")));
  std::string changed = *ReadWholeFile(path);
  changed[changed.find("alone")] = 'b';
  EXPECT_EQ(Run({"review", "verify", WriteFile("changed.txt", changed), "--key", key}), 6);
  ASSERT_EQ(Run({"review", "list"}), 0);
  EXPECT_THAT(terminal_.out, HasSubstr("test administrator"));
  ASSERT_EQ(Run({"review", "list", "--json"}), 0);
  const size_t id = terminal_.out.find("\"id\":\"") + 6;
  ASSERT_EQ(Run({"review", "get", terminal_.out.substr(id, 16)}), 0) << terminal_.err;
  EXPECT_EQ(terminal_.out, *ReadWholeFile(path));
  ASSERT_EQ(Run({"score"}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("of 100"), HasSubstr("1. ")));
}

TEST_F(EndToEnd, SettingsOfAccessChangeOneByOne) {
  As("administrator");
  ASSERT_EQ(Run({"access", "set", "--time-zone", "Europe/Stockholm", "--network", "support=10.0.0.0/8", "--network",
                 "operator=::1"}),
            0)
      << terminal_.err;
  ASSERT_EQ(Run({"access", "set", "--ceiling", "2", "--network", "operator="}), 0) << terminal_.err;
  ASSERT_EQ(Run({"access", "show", "--json"}), 0);
  EXPECT_EQ(Member("time_zone"), "Europe/Stockholm");
  EXPECT_EQ(Member("most_who_see_everything"), "2");
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("10.0.0.0/8"), Not(HasSubstr("operator"))));
}

TEST_F(EndToEnd, TheCatalogueIsReadAndChanged) {
  ASSERT_EQ(Run({"catalogue", "list"}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.out, AllOf(HasSubstr("national_id"), HasSubstr("web-signup")));
  ASSERT_EQ(Run({"catalogue", "show", "nickname", "--json"}), 0);
  std::string field = terminal_.out;
  field.replace(field.find("\"nickname\""), 10, "\"stage_name\"");
  const size_t id = field.find("\"id\":");
  field.erase(id, field.find(',', id) - id + 1);
  ASSERT_EQ(Run({"catalogue", "put-field", WriteFile("field.json", field)}), 0) << terminal_.err;
  EXPECT_EQ(Run({"catalogue", "show", "stage_name"}), 0);
  EXPECT_EQ(Run({"catalogue", "show", "no_such_thing"}), 3);
  ASSERT_EQ(Run({"catalogue", "put-point",
                 WriteFile("point.json", R"({"name":"theatre","description":"d","fields":["stage_name"]})")}),
            0)
      << terminal_.err;
  EXPECT_EQ(Run({"customer", "create", "-p", "theatre", "stage_name=X"}), 0) << terminal_.err;
  EXPECT_EQ(Run({"customer", "create", "-p", "theatre", "email=x@example.com"}), 4);
}

// As a process of its own: what is looked into is opened by a child, which needs a process without other threads.
TEST_F(EndToEnd, AScanIsComparedWithTheCatalogueOfTheVault) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(InDirectory("shop.db").c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database,
                         "CREATE TABLE orders(email TEXT, remark TEXT); INSERT INTO orders VALUES"
                         "('ada@example.com', 'paid with 4111 1111 1111 1111'), ('bo@example.com', 'ring twice'),"
                         "('eva@example.com', '');",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(database);
  const std::string place = "sqlite:" + InDirectory("shop.db");
  const auto scan = [&] {
    return *RunProgram({STRONGROOM_BINARY, "scan", "--vault", "--fail-on-unknown", place},
                       {"STRONGROOM_SERVER=" + environment_["STRONGROOM_SERVER"],
                        "STRONGROOM_API_KEY=" + environment_["STRONGROOM_API_KEY"], "HOME=" + InDirectory("")});
  };
  const ProgramOutput first = scan();
  EXPECT_EQ(first.exit_code, 7) << first.err;
  const size_t known = first.out.find("The catalogue knows:");
  ASSERT_NE(known, std::string::npos) << first.out;
  EXPECT_LT(first.out.find("orders: remark: CREDIT_CARD"), known) << first.out;
  EXPECT_GT(first.out.find("orders: email: EMAIL"), known) << first.out;
  // Control: the vault that learns of such a field no longer says so.
  ASSERT_EQ(Run({"catalogue", "show", "nickname", "--json"}), 0);
  std::string field = terminal_.out;
  field.replace(field.find("\"nickname\""), 10, "\"remark\"");
  const size_t type = field.find("\"type\":\"") + 8;
  field.replace(type, field.find('"', type) - type, "card");
  const size_t id = field.find("\"id\":");
  field.erase(id, field.find(',', id) - id + 1);
  ASSERT_EQ(Run({"catalogue", "put-field", WriteFile("remark.json", field)}), 0) << terminal_.err << field;
  const ProgramOutput second = scan();
  EXPECT_EQ(second.exit_code, 0) << second.out << second.err;
}

}  // namespace
}  // namespace strongroom
