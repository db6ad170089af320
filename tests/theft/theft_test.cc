// What a thief finds of a thousand values: on the disk of a server that was killed, and in the memory of one that was
// locked.  Nothing.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "hard_use.h"
#include "places.h"
#include "server_process.h"
#include "store/testing/postgres_cluster.h"
#include "store/testing/temp_dir.h"
#include "store/testing/test_engine.h"

namespace strongroom {
namespace {

constexpr size_t kPeople = 70;
constexpr size_t kFindingsShown = 12;
constexpr uint64_t kSeed = 20;

bool IsRoot() { return geteuid() == 0; }

// A request that never ends, over plain HTTP: its header is whole, its body is not.
class HalfRequest {
 public:
  HalfRequest(uint16_t port, const std::string& api_key, const std::string& body)
      : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string text = "POST /v1/customers HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + api_key +
                             "\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n" + body;
    sent_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
            send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  ~HalfRequest() { close(fd_); }
  HalfRequest(const HalfRequest&) = delete;
  HalfRequest& operator=(const HalfRequest&) = delete;
  bool sent() const { return sent_; }

 private:
  const int fd_;
  bool sent_ = false;
};

class Theft : public testing::Test {
 protected:
  void SetUp() override {
    if (TestsUsePostgres()) {
      // One for each test: what a control leaves on a disk is not another test's find.
      Result<std::unique_ptr<PostgresCluster>> cluster = PostgresCluster::Start();
      ASSERT_TRUE(cluster.ok()) << cluster.status().ToString();
      cluster_ = *std::move(cluster);
      stores_ = {cluster_->conninfo(), cluster_->conninfo()};
    }
    people_ = PlantPeople(kSeed, kPeople);
    for (const PlantedPerson& person : people_) {
      for (const std::string& secret : SecretsOf(person)) {
        search_.AddValue(secret);
        values_.push_back(secret);
      }
    }
    planted_values_ = values_.size();
    ASSERT_GE(planted_values_, 1'000U);
  }

  // Not personal data, and nobody else's either.
  void AddKeys() {
    for (const Bytes& key : vault_.secret_keys) AddSecret(key);
    AddSecret(vault_.passphrase);
    AddSecret(vault_.first_key);
    ASSERT_GE(vault_.secret_keys.size(), 15U) << "a root key and three rings";
  }

  void AddSecret(const std::string& secret) {
    search_.AddValue(secret);
    values_.push_back(secret);
  }

  void Start(const std::string& binary, const std::vector<std::string>& environment = {}) {
    const bool unsealed = binary == THEFT_CONTROL_UNSEALED;  // which could not open what we seal
    Result<MadeVault> made = unsealed ? MakeVaultBy(binary, directory_.path(), stores_)
                                      : MakeVaultOnDisk(directory_.path(), LockKind::kPassphrase, stores_);
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    vault_ = *std::move(made);
    if (!unsealed) AddKeys();
    Result<std::unique_ptr<ServerProcess>> server =
        ServerProcess::Start(binary, vault_, directory_.path(), environment);
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    server_ = *std::move(server);
    DropWhatStandsThereAnyway();
    const Status unlocked = server_->Unlock(vault_);
    ASSERT_TRUE(unlocked.ok()) << unlocked.ToString();
    if (unsealed) TakeEveryRole();
  }

  void TakeEveryRole() {
    const Result<ClientResponse> made =
        server_->MakeClient(vault_.first_key)
            ->Call(
                "POST", "/v1/api-keys", {{"Content-Type", "application/json"}},
                R"({"name":"everything","kind":"application","roles":["administrator","operator","application","privacy-officer","auditor",)"
                R"("importer"],"purposes":["*"],"token_domains":["*"],"networks":[]})");
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    const size_t at = made->body.find("srk_");
    ASSERT_NE(at, Bytes::npos);
    vault_.first_key = made->body.substr(at, made->body.find('"', at) - at);
  }

  // Some dates occur in the program's own pages.  Whatever a server that never saw the values holds is no theft.
  void DropWhatStandsThereAnyway() {
    search_.Build();
    if (!IsRoot()) return;
    const Result<SearchReport> before = SearchMemory(search_, server_->process().pid());
    ASSERT_TRUE(before.ok()) << before.status().ToString();
    ASSERT_LT(before->ValuesFound().size(), planted_values_ / 100) << before->Describe(kFindingsShown);
    for (const size_t value : before->ValuesFound()) search_.Drop(value);
    search_.Build();
    dropped_ = before->ValuesFound().size();
  }

  void Use() {
    const std::unique_ptr<Client> client = server_->MakeClient(vault_.first_key);
    UseHard(*client, people_);
    ExportLogs(*client, directory_.Path("log-export"));
  }

  SearchReport Memory() {
    Result<SearchReport> report = SearchMemory(search_, server_->process().pid());
    EXPECT_TRUE(report.ok()) << report.status().ToString();
    return report.ok() ? *std::move(report) : SearchReport();
  }

  SearchReport Disk() {
    std::filesystem::remove(vault_.config_file);
    Result<SearchReport> report = SearchFiles(search_, directory_.path());
    EXPECT_TRUE(report.ok()) << report.status().ToString();
    if (!report.ok()) return {};
    if (cluster_ != nullptr) {
      const Result<SearchReport> database = SearchFiles(search_, cluster_->directory());
      EXPECT_TRUE(database.ok()) << database.status().ToString();
      if (!database.ok()) return {};
      report->findings.insert(report->findings.end(), database->findings.begin(), database->findings.end());
      report->bytes += database->bytes;
      report->places += database->places;
      report->millis += database->millis;
    }
    return *std::move(report);
  }

  void Print(const char* what, const SearchReport& report) const {
    std::printf(
        "%s: %zu values in %zu forms (%zu values left out), %.1f MB in %llu places, %lld ms: %zu values found\n", what,
        search_.values(), search_.forms(), dropped_, static_cast<double>(report.bytes) / 1e6,
        static_cast<unsigned long long>(report.places), static_cast<long long>(report.millis),
        report.ValuesFound().size());
  }

  TempDir directory_;
  std::unique_ptr<PostgresCluster> cluster_;  // over PostgreSQL alone
  StoreAddresses stores_;
  MadeVault vault_;
  std::vector<PlantedPerson> people_;
  std::vector<std::string> values_;
  size_t planted_values_ = 0;
  size_t dropped_ = 0;
  PatternSearch search_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(Theft, AKilledServersDiskAndItsExportedLogsHoldNothing) {
  ASSERT_NO_FATAL_FAILURE(Start(THEFT_SERVER));
  ASSERT_NO_FATAL_FAILURE(Use());
  server_->process().Signal(SIGKILL);
  ASSERT_EQ(server_->process().Wait(10'000), -SIGKILL);
  const SearchReport report = Disk();
  Print("disk of a killed server, with its output and exported logs", report);
  EXPECT_TRUE(report.findings.empty()) << report.Describe(kFindingsShown);
  EXPECT_GT(report.bytes, 1'000'000U);
}

TEST_F(Theft, ControlTheSameSearchFindsTheValuesOfAServerThatDoesNotSeal) {
  ASSERT_NO_FATAL_FAILURE(Start(THEFT_CONTROL_UNSEALED));
  ASSERT_NO_FATAL_FAILURE(Use());
  server_->process().Signal(SIGKILL);
  ASSERT_EQ(server_->process().Wait(10'000), -SIGKILL);
  const SearchReport report = Disk();
  Print("control: disk of a server that does not seal", report);
  // Passwords are hashed before they are sealed, files are kept for a quarter of the people, names changed for a third.
  EXPECT_GT(report.ValuesFound().size(), planted_values_ * 3 / 4);
}

TEST_F(Theft, ALockedServersMemoryHoldsNothing) {
  if (!IsRoot()) GTEST_SKIP() << "reading another process's memory needs root";
  ASSERT_NO_FATAL_FAILURE(Start(THEFT_SERVER));
  ASSERT_NO_FATAL_FAILURE(Use());
  // Somebody is in the middle of a request, and stays there.
  const HalfRequest half(server_->plaintext_port(), vault_.first_key,
                         R"({"values":{"email":")" + people_[0].values["email"]);
  ASSERT_TRUE(half.sent());
  usleep(100'000);
  const SearchReport before = Memory();
  Print("control: memory before the lock", before);
  EXPECT_FALSE(before.findings.empty()) << "an unlocked server holds keys, and the request that is being sent";
  const Status locked = server_->Lock(vault_.first_key);
  ASSERT_TRUE(locked.ok()) << locked.ToString();
  const SearchReport after = Memory();
  Print("memory of a locked server", after);
  EXPECT_TRUE(after.findings.empty()) << after.Describe(kFindingsShown);
  EXPECT_GT(after.bytes, 10'000'000U);
}

TEST_F(Theft, ControlTheSameSearchFindsTheValuesOfAServerThatDoesNotForget) {
  if (!IsRoot()) GTEST_SKIP() << "reading another process's memory needs root";
  ASSERT_NO_FATAL_FAILURE(Start(THEFT_CONTROL_KEEPING, {"STRONGROOM_TEST_KEEP_FREED_MEMORY=1"}));
  ASSERT_NO_FATAL_FAILURE(Use());
  const Status locked = server_->Lock(vault_.first_key);
  ASSERT_TRUE(locked.ok()) << locked.ToString();
  const SearchReport after = Memory();
  Print("control: memory of a locked server that does not forget", after);
  EXPECT_GT(after.ValuesFound().size(), planted_values_ / 20);
}

}  // namespace
}  // namespace strongroom
