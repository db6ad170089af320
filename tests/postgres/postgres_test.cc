// The real binary over PostgreSQL: what it promises over RocksDB it promises here.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "base/json_writer.h"
#include "server_process.h"
#include "store/testing/postgres_cluster.h"
#include "store/testing/temp_dir.h"
#include "store/testing/test_engine.h"

namespace strongroom {
namespace {

using testing::HasSubstr;

const ClientHeaders kJson = {{"Content-Type", "application/json"}};

std::string SchemasAt(const std::string& conninfo) {
  PGconn* const connection = PQconnectdb(conninfo.c_str());
  PGresult* const result =
      PQexec(connection,
             "SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace WHERE nspname LIKE 'strongroom%'");
  const std::string text = PQntuples(result) == 1 ? PQgetvalue(result, 0, 0) : PQerrorMessage(connection);
  PQclear(result);
  PQfinish(connection);
  return text;
}

class OverPostgres : public testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<PostgresCluster>> started = PostgresCluster::Start();
    if (!started.ok()) GTEST_SKIP() << started.status().message();
    cluster_ = *std::move(started);
    Result<MadeVault> made = MakeVaultOnDisk(directory_.path(), LockKind::kPassphrase,
                                             {cluster_->conninfo(), cluster_->conninfo() + " application_name=keys"});
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    vault_ = *std::move(made);
    StartServer();
  }
  void StartServer(const std::vector<std::string>& environment = {}) {
    server_.reset();
    Result<std::unique_ptr<ServerProcess>> started =
        ServerProcess::Start(POSTGRES_SERVER, vault_, directory_.path(), environment);
    ASSERT_TRUE(started.ok()) << started.status().ToString();
    server_ = *std::move(started);
    ASSERT_TRUE(server_->Unlock(vault_).ok());
    client_ = server_->MakeClient(vault_.first_key);
  }
  Status Call(const std::string& method, const std::string& path, const std::string& body,
              std::string* answer = nullptr) {
    const Result<ClientResponse> called = client_->Call(method, path, kJson, body);
    if (called.ok() && answer != nullptr) *answer = called->body;
    return called.status();
  }
  void Describe() {
    ASSERT_TRUE(
        Call(
            "PUT", "/v1/catalogue/fields/note",
            R"({"name":"note","type":"text","sensitivity":"personal","purposes":["customer-service"],"legal_basis":"contract","search":"exact"})")
            .ok());
    ASSERT_TRUE(Call("PUT", "/v1/catalogue/collection-points/counter",
                     R"({"name":"counter","description":"a test","fields":["note"]})")
                    .ok());
  }
  // The new customer's code; empty when refused.
  std::string Create(const std::string& note, const std::string& compartment = "main") {
    std::string answer;
    const Status created = Call(
        "POST", "/v1/customers",
        R"({"compartment":")" + compartment + R"(","collection_point":"counter","values":{"note":")" + note + R"("}})",
        &answer);
    if (!created.ok()) return "";
    const size_t at = answer.find("\"code\":\"") + 8;
    return answer.substr(at, answer.find('"', at) - at);
  }
  std::string Reveal(const std::string& code) {
    std::string answer;
    const Status shown = Call("POST", "/v1/customers/" + code + "/reveal",
                              R"({"purpose":"customer-service","fields":["note"]})", &answer);
    return shown.ok() ? answer : shown.ToString();
  }
  // How often `value` stands in what PostgreSQL keeps on its disk.
  size_t CountOnDisk(const std::string& value) const {
    size_t count = 0;
    const std::string data = std::filesystem::path(cluster_->socket_dir()).parent_path() / "data";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
      if (!entry.is_regular_file()) continue;
      std::ostringstream bytes;
      bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      const std::string text = bytes.str();
      for (size_t at = text.find(value); at != std::string::npos; at = text.find(value, at + 1)) ++count;
    }
    return count;
  }

  TempDir directory_;
  std::unique_ptr<PostgresCluster> cluster_;
  MadeVault vault_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(OverPostgres, WhatWasAnsweredOutlivesAKilledServerAndACrashedDatabase) {
  Describe();
  std::vector<std::string> codes;
  for (int i = 0; i < 20; ++i) codes.push_back(Create("note number " + std::to_string(i)));
  ASSERT_FALSE(codes.back().empty());
  server_->process().Signal(SIGKILL);
  ASSERT_TRUE(server_->process().Wait(10'000).has_value());
  ASSERT_TRUE(cluster_->CrashAndRestart().ok());
  StartServer();
  for (int i = 0; i < 20; ++i)
    EXPECT_THAT(Reveal(codes[static_cast<size_t>(i)]), HasSubstr("note number " + std::to_string(i)));
  std::string answer;
  ASSERT_TRUE(Call("POST", "/v1/customers:search", R"({"field":"note","value":"note number 7"})", &answer).ok());
  EXPECT_THAT(answer, HasSubstr(codes[7]));
  ASSERT_TRUE(client_->Call("DELETE", "/v1/customers/" + codes[7]).ok());
  EXPECT_THAT(Reveal(codes[7]), HasSubstr("customer-not-found"));
  const Result<ClientResponse> checked = client_->Call("POST", "/v1/fsck");
  ASSERT_TRUE(checked.ok()) << checked.status().ToString();
  EXPECT_THAT(checked->body, testing::Not(HasSubstr("red:"))) << checked->body;
}

TEST_F(OverPostgres, ADatabaseThatCrashesUnderTheServerIsFoundAgain) {
  Describe();
  const std::string code = Create("before the crash");
  ASSERT_TRUE(cluster_->CrashAndRestart().ok());
  EXPECT_THAT(Reveal(code), HasSubstr("before the crash"));
  EXPECT_FALSE(Create("after the crash").empty());
}

TEST_F(OverPostgres, TheDatabaseHoldsNothingInPlain) {
  Describe();
  const std::string planted = "Xanthippe-of-the-seven-herons";
  ASSERT_FALSE(Create(planted).empty());
  server_->process().Signal(SIGTERM);
  ASSERT_TRUE(server_->process().Wait(20'000).has_value());
  EXPECT_EQ(CountOnDisk(planted), 0U);
  // Control: the same value as somebody's own table holds it.
  const ProgramOutput out = *RunProgram({"/usr/bin/psql", cluster_->conninfo(), "-c",
                                         "CREATE TABLE plain AS SELECT '" + planted + "'::text; CHECKPOINT"});
  ASSERT_EQ(out.exit_code, 0) << out.err;
  EXPECT_GT(CountOnDisk(planted), 0U);
}

TEST_F(OverPostgres, ASecondServerOverTheSameVaultFencesTheFirst) {
  Describe();
  ASSERT_FALSE(Create("the first server's").empty());
  const std::unique_ptr<Client> first = server_->MakeClient(vault_.first_key);
  TempDir elsewhere;
  std::filesystem::copy(directory_.path() + "/data", elsewhere.Path("data"), std::filesystem::copy_options::recursive);
  Result<std::unique_ptr<ServerProcess>> second = ServerProcess::Start(POSTGRES_SERVER, vault_, elsewhere.path());
  ASSERT_TRUE(second.ok()) << second.status().ToString();
  ASSERT_TRUE((*second)->Unlock(vault_).ok());
  const Status refused =
      first->Call("POST", "/v1/customers", kJson, R"({"collection_point":"counter","values":{"note":"too late"}})")
          .status();
  EXPECT_FALSE(refused.ok()) << "it no longer owns the stores";
  const std::unique_ptr<Client> newer = (*second)->MakeClient(vault_.first_key);
  EXPECT_TRUE(
      newer->Call("POST", "/v1/customers", kJson, R"({"collection_point":"counter","values":{"note":"the second's"}})")
          .ok());
}

// A vault in RocksDB that moves to PostgreSQL while it is used.
class MovesToPostgres : public OverPostgres {
 protected:
  void SetUp() override {
    STRONGROOM_SKIP_OVER_POSTGRES("it begins in RocksDB");
    Result<std::unique_ptr<PostgresCluster>> started = PostgresCluster::Start();
    if (!started.ok()) GTEST_SKIP() << started.status().message();
    cluster_ = *std::move(started);
    Result<MadeVault> made = MakeVaultOnDisk(directory_.path());
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    vault_ = *std::move(made);
    StartServer();
  }
  std::string Keys() const { return cluster_->conninfo() + " application_name=keys"; }
  std::vector<std::string> Moving() const {
    return {"STRONGROOM_DATA_STORE_NEXT=" + cluster_->conninfo(), "STRONGROOM_KEY_STORE_NEXT=" + Keys()};
  }
  std::vector<std::string> Moved() const {
    return {"STRONGROOM_DATA_STORE=" + cluster_->conninfo(), "STRONGROOM_KEY_STORE=" + Keys()};
  }
  std::string Doctor() {
    const Result<ClientResponse> asked = client_->Call("GET", "/v1/doctor");
    return asked.ok() ? asked->body : asked.status().ToString();
  }
  // Creates customers until everything has moved.
  void CreateUntilMoved(std::map<std::string, std::string>& made, const std::string& compartment = "main") {
    std::string doctor;
    for (int i = 0; i < 20'000; ++i) {
      const std::string note = "made on the way " + std::to_string(made.size());
      const std::string code = Create(note, compartment);
      ASSERT_FALSE(code.empty());
      made[code] = note;
      if (i % 20 != 0) continue;
      doctor = Doctor();
      if (doctor.find("every store that was to move has moved") != std::string::npos) return;
      ASSERT_THAT(doctor, testing::Not(HasSubstr("does not go on")));
    }
    FAIL() << doctor;
  }
  void ExpectAll(const std::map<std::string, std::string>& made) {
    for (const auto& [code, note] : made) EXPECT_THAT(Reveal(code), HasSubstr(note));
    const Result<ClientResponse> checked = client_->Call("POST", "/v1/fsck");
    ASSERT_TRUE(checked.ok()) << checked.status().ToString();
    EXPECT_THAT(checked->body, HasSubstr("\"findings\":[]"));
  }
};

TEST_F(MovesToPostgres, NobodyNoticesAndNothingStaysBehind) {
  Describe();
  std::map<std::string, std::string> made;
  for (int i = 0; i < 40; ++i) made[Create("note number " + std::to_string(i))] = "note number " + std::to_string(i);
  const std::string erased = made.begin()->first;

  StartServer(Moving());
  ASSERT_FALSE(Create("before the power goes").empty());
  server_->process().Signal(SIGKILL);
  ASSERT_TRUE(server_->process().Wait(10'000).has_value());
  StartServer(Moving());
  ASSERT_TRUE(client_->Call("DELETE", "/v1/customers/" + erased).ok());
  made.erase(erased);
  CreateUntilMoved(made);
  ExpectAll(made);
  EXPECT_THAT(Reveal(erased), HasSubstr("customer-not-found"));

  StartServer(Moved());
  ExpectAll(made);
  std::string log;
  ASSERT_TRUE(Call("GET", "/v1/audit/entries?action=store.move&log=office&limit=100", "", &log).ok()) << log;
  EXPECT_THAT(log, HasSubstr("office keys: cut over"));
  EXPECT_THAT(log, HasSubstr("main data: the old place is empty"));

  // The old place says where everything went, and opens for nobody.
  server_.reset();
  const Result<std::unique_ptr<ServerProcess>> old = ServerProcess::Start(POSTGRES_SERVER, vault_, directory_.path());
  ASSERT_FALSE(old.ok());
  EXPECT_THAT(old.status().ToString(), HasSubstr("PostgreSQL"));
}

// One compartment goes to a database, on to another, and home again, while it is used; the others stay where they are.
TEST_F(MovesToPostgres, OneCompartmentMovesByItself) {
  Result<std::unique_ptr<PostgresCluster>> second = PostgresCluster::Start();
  ASSERT_TRUE(second.ok()) << second.status().ToString();
  const std::string there = (*second)->conninfo();
  const auto data = [](const std::string& next, const std::string& where) {
    return "STRONGROOM_DATA_STORES" + next + "=vip=" + where;
  };
  const auto keys = [](const std::string& next, const std::string& where) {
    return "STRONGROOM_KEY_STORES" + next + "=vip=" + where;
  };
  const std::string vips = "strongroom-vip-data strongroom-vip-keys";
  Describe();
  std::map<std::string, std::string> made;
  made[Create("an ordinary one")] = "an ordinary one";
  for (int i = 0; i < 30; ++i) {
    const std::string note = "a protected one " + std::to_string(i);
    made[Create(note, "vip")] = note;
  }

  StartServer({data("_NEXT", cluster_->conninfo()), keys("_NEXT", Keys())});
  ASSERT_FALSE(Create("before the power goes", "vip").empty());
  server_->process().Signal(SIGKILL);
  ASSERT_TRUE(server_->process().Wait(10'000).has_value());
  StartServer({data("_NEXT", cluster_->conninfo()), keys("_NEXT", Keys())});
  CreateUntilMoved(made, "vip");
  ExpectAll(made);
  EXPECT_EQ(SchemasAt(cluster_->conninfo()), vips);

  // On, the data alone; the keys stay.
  StartServer({data("", cluster_->conninfo()), keys("", Keys()), data("_NEXT", there)});
  CreateUntilMoved(made, "vip");
  ExpectAll(made);
  EXPECT_EQ(SchemasAt(there), "strongroom-vip-data");

  // Home, to where the others are.
  StartServer({data("", there), keys("", Keys()), data("_NEXT", "directory"), keys("_NEXT", "directory")});
  CreateUntilMoved(made, "vip");
  StartServer({});
  ExpectAll(made);

  // The place it left opens for nobody.
  server_.reset();
  Result<std::unique_ptr<ServerProcess>> old =
      ServerProcess::Start(POSTGRES_SERVER, vault_, directory_.path(), {data("", there)});
  EXPECT_EQ(old.ok() ? (*old)->Unlock(vault_).reason() : old.reason(), Reason::kStoreMoved);
}

// On a machine whose disk is busy a server may for a moment not know what others changed, or not be on duty yet: it
// refuses, having done nothing, and is asked again.
Result<ClientResponse> CallUntilFresh(Client& client, const std::string& method, const std::string& path,
                                      const ClientHeaders& headers = {}, const std::string& body = "") {
  for (int tries = 0;; ++tries) {
    Result<ClientResponse> answer = client.Call(method, path, headers, body);
    const bool again = answer.reason() == Reason::kServerViewStale || answer.reason() == Reason::kStorageConflict;
    if (!again || tries == 50) return answer;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

// To the compartment in the other database, to be changed there, and back.
void MovesThereAndBack(Client& client, const std::string& code) {
  const ClientHeaders any = {{"Content-Type", "application/json"}, {"If-Match", "*"}};
  std::string note = "of main";
  for (const std::string room : {"vip", "main", "vip"}) {
    const Result<ClientResponse> moved = CallUntilFresh(client, "POST", "/v1/customers/" + code + "/move", kJson,
                                                        R"({"compartment":")" + room + R"("})");
    ASSERT_TRUE(moved.ok()) << moved.status().ToString();
    const Result<ClientResponse> seen = CallUntilFresh(client, "GET", "/v1/customers/" + code);
    ASSERT_TRUE(seen.ok()) << seen.status().ToString();
    EXPECT_THAT(std::string(seen->body), HasSubstr(R"("compartment":")" + room + R"(")"));
    const Result<ClientResponse> shown = CallUntilFresh(client, "POST", "/v1/customers/" + code + "/reveal", kJson,
                                                        R"({"purpose":"customer-service","fields":["note"]})");
    ASSERT_TRUE(shown.ok()) << shown.status().ToString();
    EXPECT_THAT(std::string(shown->body), HasSubstr(note));
    note = "changed in " + room;
    const Result<ClientResponse> changed =
        CallUntilFresh(client, "PATCH", "/v1/customers/" + code, any,
                       R"({"collection_point":"counter","set":{"note":")" + note + R"("}})");
    ASSERT_TRUE(changed.ok()) << changed.status().ToString();
  }
  const Result<ClientResponse> checked = CallUntilFresh(client, "POST", "/v1/fsck");
  ASSERT_TRUE(checked.ok()) << checked.status().ToString();
  EXPECT_THAT(std::string(checked->body), HasSubstr("\"findings\":[]"));
}

// A compartment in databases of its own: nothing of it lies in the others, and a name that is no compartment opens
// nothing.
TEST(CompartmentApart, LiesInItsOwnDatabases) {
  Result<std::unique_ptr<PostgresCluster>> first = PostgresCluster::Start();
  if (!first.ok()) GTEST_SKIP() << first.status().message();
  Result<std::unique_ptr<PostgresCluster>> second = PostgresCluster::Start();
  ASSERT_TRUE(second.ok()) << second.status().ToString();
  const std::string here = (*first)->conninfo();
  const std::string there = (*second)->conninfo();
  const TempDir directory;
  StoreAddresses stores;
  stores.data = here;
  stores.keys = here + " application_name=keys";
  stores.data_apart = {"vip=" + there};
  stores.keys_apart = {"vip=" + there + " application_name=keys"};
  const Result<MadeVault> vault = MakeVaultOnDisk(directory.path(), LockKind::kPassphrase, stores);
  ASSERT_TRUE(vault.ok()) << vault.status().ToString();

  EXPECT_EQ(SchemasAt(here), "strongroom-main-data strongroom-main-keys strongroom-office-data strongroom-office-keys");
  EXPECT_EQ(SchemasAt(there), "strongroom-vip-data strongroom-vip-keys");

  const ClientHeaders json = {{"Content-Type", "application/json"}};
  {
    Result<std::unique_ptr<ServerProcess>> server =
        ServerProcess::Start(POSTGRES_SERVER, *vault, directory.path(), {"STRONGROOM_SERVER_NUMBER=1"});
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    ASSERT_TRUE((*server)->Unlock(*vault).ok());
    const std::unique_ptr<Client> client = (*server)->MakeClient(vault->first_key);
    ASSERT_TRUE(
        CallUntilFresh(
            *client, "PUT", "/v1/catalogue/fields/note", json,
            R"({"name":"note","type":"text","sensitivity":"personal","purposes":["customer-service"],"legal_basis":"contract","search":"none"})")
            .ok());
    ASSERT_TRUE(CallUntilFresh(*client, "PUT", "/v1/catalogue/collection-points/counter", json,
                               R"({"name":"counter","description":"a test","fields":["note"]})")
                    .ok());
    std::vector<std::string> codes;
    for (const std::string room : {"main", "vip"}) {
      const Result<ClientResponse> made = CallUntilFresh(
          *client, "POST", "/v1/customers", json,
          R"({"compartment":")" + room + R"(","collection_point":"counter","values":{"note":"of )" + room + R"("}})");
      ASSERT_TRUE(made.ok()) << made.status().ToString();
      const size_t at = made->body.find("\"code\":\"") + 8;
      const std::string code(made->body.substr(at, made->body.find('"', at) - at));
      const Result<ClientResponse> shown = CallUntilFresh(*client, "POST", "/v1/customers/" + code + "/reveal", json,
                                                          R"({"purpose":"customer-service","fields":["note"]})");
      ASSERT_TRUE(shown.ok()) << shown.status().ToString();
      EXPECT_THAT(std::string(shown->body), HasSubstr("of " + room));
      codes.push_back(code);
    }
    MovesThereAndBack(*client, codes.front());
  }
  const auto unlock = [&](const std::string& variable) {
    Result<std::unique_ptr<ServerProcess>> server =
        ServerProcess::Start(POSTGRES_SERVER, *vault, directory.path(), {variable});
    return server.ok() ? (*server)->Unlock(*vault) : server.status();
  };
  EXPECT_EQ(unlock("STRONGROOM_DATA_STORES=vip=" + there + ",vpi=" + there).reason(), Reason::kConfigInvalid)
      << "there is no such compartment";
  EXPECT_EQ(unlock("STRONGROOM_DATA_STORES=vip=" + here).reason(), Reason::kNotInitialised) << "it is not there";
  EXPECT_TRUE(unlock("STRONGROOM_PLAINTEXT=true").ok()) << "the control";
}

}  // namespace
}  // namespace strongroom
