// The real server makes backups while it is written to, over RocksDB and over PostgreSQL; the real program proves them
// with the key alone; and who steals them without it holds noise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/json.h"
#include "child_process.h"
#include "server_process.h"
#include "store/testing/postgres_cluster.h"
#include "store/testing/temp_dir.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const ClientHeaders kJson = {{"Content-Type", "application/json"}};

class BackupServer : public ::testing::Test {
 protected:
  void Begin(const StoreAddresses& stores = {}) {
    Result<MadeVault> made = MakeVaultOnDisk(directory_.path(), LockKind::kPassphrase, stores);
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    vault_ = *std::move(made);
    std::ofstream(directory_.Path("key")) << vault_.first_key << "\n";
    const Result<ProgramOutput> keygen =
        RunProgram({STRONGROOM_BINARY, "backup", "keygen", directory_.Path("backup.key")});
    ASSERT_TRUE(keygen.ok() && keygen->exit_code == 0) << keygen->err;
    recipient_ = keygen->out.substr(0, keygen->out.find('\n'));
    std::filesystem::create_directory(directory_.Path("sets"));
    Start();
    client_ = server_->MakeClient(vault_.first_key);
    Call(
        "PUT", "/v1/catalogue/fields/note",
        R"({"name":"note","type":"text","sensitivity":"personal","purposes":["customer-service"],"legal_basis":"contract","search":"exact"})");
    Call("PUT", "/v1/catalogue/collection-points/counter",
         R"({"name":"counter","description":"a test","fields":["note"]})");
  }
  void Start() {
    Result<std::unique_ptr<ServerProcess>> started = ServerProcess::Start(
        STRONGROOM_BINARY, vault_, directory_.path(),
        {"STRONGROOM_BACKUP_DIRECTORY=" + directory_.Path("sets"), "STRONGROOM_BACKUP_RECIPIENTS=" + recipient_});
    ASSERT_TRUE(started.ok()) << started.status().ToString();
    server_ = *std::move(started);
    ASSERT_TRUE(server_->Unlock(vault_).ok());
  }
  std::string Call(const std::string& method, const std::string& path, const std::string& body) {
    const Result<ClientResponse> answer = client_->Call(method, path, kJson, body);
    EXPECT_TRUE(answer.ok()) << path << ": " << answer.status().ToString();
    return answer.ok() ? std::string(answer->body) : "";
  }
  void Create(Client& client, const std::string& note) {
    const Result<ClientResponse> made = client.Call(
        "POST", "/v1/customers", kJson, R"({"collection_point":"counter","values":{"note":")" + note + R"("}})");
    EXPECT_TRUE(made.ok()) << made.status().ToString();
  }
  // With the options of somebody at a terminal.
  ProgramOutput Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), STRONGROOM_BINARY);
    for (const std::string& more :
         {std::string("--server"), "https://127.0.0.1:" + std::to_string(server_->port()), std::string("--pin"),
          vault_.config.CertificateFile(), std::string("--key-file"), directory_.Path("key")}) {
      arguments.push_back(more);
    }
    Result<ProgramOutput> output = RunProgram(arguments);
    EXPECT_TRUE(output.ok());
    return *std::move(output);
  }
  // Of what was made: the file's path.
  std::string Make(const std::string& kind, bool incremental = false) {
    std::vector<std::string> arguments = {"backup", "make", "--json", "--kind", kind};
    if (incremental) arguments.push_back("--incremental");
    const ProgramOutput made = Run(arguments);
    EXPECT_EQ(made.exit_code, 0) << made.err;
    const Result<JsonDocument> document = JsonDocument::ParseObject(made.out);
    if (!document.ok()) return "";
    last_id_ = std::string(*document->root().GetString("id"));
    return directory_.Path("sets") + "/" + std::string(*document->root().GetString("file"));
  }
  static ProgramOutput Verify(std::vector<std::string> files, const std::string& identity) {
    files.insert(files.begin(), {STRONGROOM_BINARY, "backup", "verify"});
    files.insert(files.end(), {"--identity", identity});
    Result<ProgramOutput> output = RunProgram(files);
    EXPECT_TRUE(output.ok());
    return *std::move(output);
  }
  void MakeWhileWriting() {
    std::atomic<bool> stop{false};
    std::atomic<int> written{0};
    std::thread writer([&] {
      const std::unique_ptr<Client> client = server_->MakeClient(vault_.first_key);
      while (!stop) Create(*client, "note " + std::to_string(++written));
    });
    std::vector<std::string> files;
    for (int i = 0; i < 3; ++i) {
      const int before = written;
      while (written < before + 20 && !HasFailure()) std::this_thread::yield();
      files.push_back(Make("data", i > 0));
    }
    const std::string keys = Make("keys");
    stop = true;
    writer.join();
    const std::string identity = directory_.Path("backup.key");
    const ProgramOutput verified = Verify(files, identity);
    EXPECT_EQ(verified.exit_code, 0) << verified.err;
    EXPECT_THAT(verified.out, HasSubstr("office"));
    EXPECT_EQ(Verify({keys}, identity).exit_code, 0);
    EXPECT_EQ(Verify({files[0], files[2]}, identity).exit_code, 1) << "a gap in the chain";
    EXPECT_EQ(Verify({files[0]}, identity).exit_code, 0) << "control";
  }

  TempDir directory_;
  MadeVault vault_;
  std::string recipient_;
  std::string last_id_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(BackupServer, MakesSetsWhileItIsWrittenTo) {
  Begin();
  MakeWhileWriting();
}

TEST_F(BackupServer, MakesSetsOfPostgresWhileItIsWrittenTo) {
  Result<std::unique_ptr<PostgresCluster>> cluster = PostgresCluster::Start();
  if (!cluster.ok()) GTEST_SKIP() << cluster.status().message();
  Begin({(*cluster)->conninfo(), (*cluster)->conninfo() + " application_name=keys"});
  MakeWhileWriting();
  server_.reset();
}

TEST_F(BackupServer, ATerminalMakesListsAndConfirms) {
  Begin();
  EXPECT_THAT(recipient_, StartsWith("age1"));
  struct stat status {};
  ASSERT_EQ(stat(directory_.Path("backup.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(Run({"backup", "keygen", directory_.Path("backup.key")}).exit_code, 1) << "it replaces no key";
  EXPECT_THAT(Run({"doctor"}).out, HasSubstr("there is no data set"));
  const ProgramOutput both = Run({"backup", "make"});
  EXPECT_EQ(both.exit_code, 0) << both.err;
  EXPECT_THAT(Run({"doctor"}).out, HasSubstr("the newest data set is of"));
  const ProgramOutput list = Run({"backup", "list"});
  EXPECT_THAT(list.out, HasSubstr("data"));
  EXPECT_THAT(list.out, HasSubstr("keys"));
  Make("keys");
  const ProgramOutput confirmed = Run({"backup", "confirm-destroyed", last_id_});
  EXPECT_EQ(confirmed.exit_code, 0) << confirmed.err;
  EXPECT_THAT(confirmed.out, HasSubstr("destroyed_by"));
  EXPECT_THAT(Run({"backup", "confirm-destroyed", "no-such"}).err, HasSubstr("backup-not-found"));
}

TEST_F(BackupServer, ADamagedOrForeignSetIsNotVerified) {
  Begin();
  Create(*client_, "planted-7c1e");
  const std::string file = Make("data");
  const std::string identity = directory_.Path("backup.key");
  ASSERT_EQ(Verify({file}, identity).exit_code, 0) << "control";
  const std::string stranger = directory_.Path("stranger.key");
  ASSERT_EQ(RunProgram({STRONGROOM_BINARY, "backup", "keygen", stranger})->exit_code, 0);
  const ProgramOutput refused = Verify({file}, stranger);
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_THAT(refused.err, HasSubstr("none of the identities opens it"));
  std::ifstream in(file, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EXPECT_THAT(bytes, Not(HasSubstr("planted-7c1e")));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  const std::string damaged = directory_.Path("damaged.set");
  std::ofstream(damaged, std::ios::binary) << bytes;
  EXPECT_EQ(Verify({damaged}, identity).exit_code, 6);
}

}  // namespace
}  // namespace strongroom
