// The data of a vault in PostgreSQL goes back to a point in time by PostgreSQL's own means, with the keys in another
// database where they were: docs/how-to/restore.md, 5.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <thread>

#include "server_process.h"
#include "store/testing/postgres_cluster.h"
#include "store/testing/temp_dir.h"

namespace strongroom {
namespace {

using testing::HasSubstr;
using testing::Not;

const ClientHeaders kJson = {{"Content-Type", "application/json"}};

class PointInTime : public testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<PostgresCluster>> data = PostgresCluster::StartArchiving();
    if (!data.ok()) GTEST_SKIP() << data.status().message();
    data_ = *std::move(data);
    Result<std::unique_ptr<PostgresCluster>> keys = PostgresCluster::Start();
    ASSERT_TRUE(keys.ok()) << keys.status().ToString();
    keys_ = *std::move(keys);
    Result<MadeVault> made = MakeVaultOnDisk(directory_.path(), LockKind::kPassphrase,
                                             {data_->conninfo(), keys_->conninfo() + " application_name=keys"});
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    vault_ = *std::move(made);
    std::ofstream(directory_.Path("key")) << vault_.first_key << "\n";
    std::ofstream(directory_.Path("passphrase")) << vault_.passphrase << "\n";
    ASSERT_TRUE(Serve().ok());
    Call(
        "PUT", "/v1/catalogue/fields/note",
        R"({"name":"note","type":"text","sensitivity":"personal","purposes":["customer-service"],"legal_basis":"contract","search":"exact"})");
    Call("PUT", "/v1/catalogue/collection-points/counter",
         R"({"name":"counter","description":"a test","fields":["note"]})");
  }
  // Starts the server and unlocks it.
  Status Serve() {
    server_.reset();
    ASSIGN_OR_RETURN(server_, ServerProcess::Start(POSTGRES_SERVER, vault_, directory_.path()));
    RETURN_IF_ERROR(server_->Unlock(vault_));
    client_ = server_->MakeClient(vault_.first_key);
    return Status::Ok();
  }
  void Stop() {
    server_->process().Signal(SIGTERM);
    ASSERT_TRUE(server_->process().Wait(20'000).has_value());
  }
  std::string Call(const std::string& method, const std::string& path, const std::string& body) {
    const Result<ClientResponse> called = client_->Call(method, path, kJson, body);
    EXPECT_TRUE(called.ok()) << path << " " << called.status().ToString();
    return called.ok() ? std::string(called->body) : "";
  }
  // The new customer's code.
  std::string Create(const std::string& note) {
    const std::string answer =
        Call("POST", "/v1/customers", R"({"collection_point":"counter","values":{"note":")" + note + R"("}})");
    const size_t at = answer.find("\"code\":\"") + 8;
    return answer.substr(at, answer.find('"', at) - at);
  }
  std::string Reveal(const std::string& code) {
    const Result<ClientResponse> shown = client_->Call("POST", "/v1/customers/" + code + "/reveal", kJson,
                                                       R"({"purpose":"customer-service","fields":["note"]})");
    return shown.ok() ? std::string(shown->body) : shown.status().ToString();
  }
  // By the program, as somebody at a terminal.
  ProgramOutput Run(std::vector<std::string> arguments, bool of_server = true) {
    arguments.insert(arguments.begin(), POSTGRES_SERVER);
    if (of_server) {
      const std::vector<std::string> more = {"--server",   "https://127.0.0.1:" + std::to_string(server_->port()),
                                             "--pin",      vault_.config.CertificateFile(),
                                             "--key-file", directory_.Path("key")};
      arguments.insert(arguments.end(), more.begin(), more.end());
    }
    Result<ProgramOutput> output = RunProgram(arguments);
    EXPECT_TRUE(output.ok());
    return *std::move(output);
  }
  // The verifier key of the log of customers.
  std::string VerifierKey() {
    const ProgramOutput logs = Run({"audit", "logs"});
    const size_t at = logs.out.find("strongroom/main-");
    EXPECT_NE(at, std::string::npos) << logs.out << logs.err;
    return at == std::string::npos ? "" : logs.out.substr(at, logs.out.find_first_of("' \n", at) - at);
  }

  TempDir directory_;
  std::unique_ptr<PostgresCluster> data_;
  std::unique_ptr<PostgresCluster> keys_;
  MadeVault vault_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(PointInTime, TheLivingOpenTheErasedDoNotAndTheLogGoesOn) {
  std::vector<std::string> living;
  for (int i = 0; i < 10; ++i) living.push_back(Create("in the base backup " + std::to_string(i)));
  ASSERT_TRUE(data_->TakeBaseBackup().ok());
  for (int i = 0; i < 10; ++i) living.push_back(Create("in the archived log " + std::to_string(i)));
  const std::string erased = Create("to be erased");
  ASSERT_THAT(Reveal(erased), HasSubstr("to be erased"));
  const std::string old_key = VerifierKey();
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  const Result<std::string> time = data_->Now();
  ASSERT_TRUE(time.ok()) << time.status().ToString();
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  ASSERT_TRUE(client_->Call("DELETE", "/v1/customers/" + erased).ok());
  const std::string later = Create("after the point in time");
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));  // the mark beside the keys is that of a second ago
  Stop();

  const Status restored = data_->RestoreTo(*time);
  ASSERT_TRUE(restored.ok()) << restored.ToString();
  const Status refused = Serve();
  EXPECT_FALSE(refused.ok()) << "data that is older than the keys' mark must not open by itself";
  EXPECT_THAT(refused.ToString(), HasSubstr("storage-behind-mark"));
  server_.reset();

  const ProgramOutput done = Run({"restore", "--data-as-is", "--yes", "--config", vault_.config_file,
                                  "--passphrase-file", directory_.Path("passphrase")},
                                 /*of_server=*/false);
  ASSERT_EQ(done.exit_code, 0) << done.out << done.err;
  std::printf("%s", done.out.c_str());
  EXPECT_THAT(done.out, HasSubstr("20 customers live; 1 of the copy were erased since"))
      << "control: the copy did hold who was erased";
  EXPECT_THAT(done.out, HasSubstr("0 findings"));

  ASSERT_TRUE(Serve().ok());
  for (size_t i = 0; i < living.size(); ++i) {
    EXPECT_THAT(Reveal(living[i]),
                HasSubstr((i < 10 ? "in the base backup " : "in the archived log ") + std::to_string(i % 10)));
  }
  EXPECT_THAT(Reveal(erased), HasSubstr("customer-not-found"));
  EXPECT_THAT(Reveal(later), HasSubstr("customer-not-found"))
      << "what came after the point in time is lost, and said so";
  EXPECT_THAT(Reveal(Create("afterwards")), HasSubstr("afterwards"));
  EXPECT_THAT(Call("POST", "/v1/fsck", ""), Not(HasSubstr("red:")));

  const std::string key = VerifierKey();
  EXPECT_NE(key, old_key) << "the log has another name";
  const std::string out = directory_.Path("log");
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  ASSERT_EQ(Run({"audit", "export", out}).exit_code, 0);
  const ProgramOutput verified = Run({"audit", "verify", out + "/main", "--key", key}, false);
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  EXPECT_NE(Run({"audit", "verify", out + "/main", "--key", old_key}, false).exit_code, 0)
      << "control: under its old name it does not verify";
  EXPECT_THAT(Run({"audit", "show", "--action", "store.restore"}).out, HasSubstr("entries lost"));
}

}  // namespace
}  // namespace strongroom
