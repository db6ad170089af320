// The real binary from end to end, as its users meet it: the tour, stops and starts, locks, certificates, a full disk.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include "base/json_writer.h"
#include "http/certificate.h"
#include "server_process.h"
#include "store/testing/postgres_cluster.h"
#include "store/testing/temp_dir.h"
#include "store/testing/test_engine.h"

namespace strongroom {
namespace {

const ClientHeaders kJson = {{"Content-Type", "application/json"}};

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

bool WaitFor(const std::function<bool()>& condition, int millis = 60'000) {
  for (int waited = 0; waited < millis; waited += 10) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return condition();
}

std::vector<std::string> Words(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// The number in front of `word`, as in "299 people".
int NumberBefore(const std::string& text, const std::string& word) {
  const size_t at = text.find(" " + word);
  if (at == std::string::npos) return -1;
  const size_t begin = text.find_last_of(" \n", at - 1) + 1;
  return std::atoi(text.c_str() + begin);
}

std::string HeldIn(const std::string& screen) {
  const size_t at = screen.find("WHAT IS HELD");
  return at == std::string::npos ? std::string() : screen.substr(at);
}

void DescribeCustomers(Client& client) {
  ASSERT_TRUE(client
                  .Call("PUT", "/v1/catalogue/fields/note", kJson,
                        R"({"name":"note","type":"text","sensitivity":"personal","purposes":["customer-service"],)"
                        R"("legal_basis":"contract"})")
                  .ok());
  ASSERT_TRUE(client
                  .Call("PUT", "/v1/catalogue/collection-points/counter", kJson,
                        R"({"name":"counter","description":"a test","fields":["note"]})")
                  .ok());
}

Result<std::string> CreateCustomer(Client& client, const std::string& external_id, const std::string& note) {
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().String("collection_point", "counter").String("external_id", external_id);
  json.Key("values").BeginObject().String("note", note).EndObject().EndObject();
  ASSIGN_OR_RETURN(const ClientResponse answer, client.Call("POST", "/v1/customers", kJson, body));
  const size_t at = answer.body.find("\"code\":\"") + 8;
  return answer.body.substr(at, answer.body.find('"', at) - at);
}

Result<std::string> Reveal(Client& client, const std::string& code) {
  ASSIGN_OR_RETURN(const ClientResponse answer, client.Call("POST", "/v1/customers/" + code + "/reveal", kJson,
                                                            R"({"purpose":"customer-service","fields":["note"]})"));
  return answer.body;
}

class Scenario : public testing::Test {
 protected:
  void MakeAndStart(LockKind lock = LockKind::kPassphrase, const StoreAddresses& stores = {}) {
    Result<MadeVault> made = MakeVaultOnDisk(directory_.path(), lock, stores);
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    vault_ = *std::move(made);
    Start();
    if (lock == LockKind::kPassphrase) {
      ASSERT_TRUE(server_->Unlock(vault_).ok());
      DescribeCustomers(*server_->MakeClient(vault_.first_key));
    }
  }
  void Start() {
    Result<std::unique_ptr<ServerProcess>> server = ServerProcess::Start(SCENARIO_SERVER, vault_, directory_.path());
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    server_ = *std::move(server);
    std::printf("ready after %lld ms\n", static_cast<long long>(server_->ready_millis()));
  }

  TempDir directory_;
  MadeVault vault_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(Scenario, TheToursCurlLineWorksAsPrintedAndASecondRunImportsNothingTwice) {
  STRONGROOM_SKIP_OVER_POSTGRES("the tour shows the files of a vault of its own");
  std::ifstream whole(SCENARIO_CSV);
  std::ofstream beginning(directory_.Path("short.csv"));
  std::string line;
  for (int i = 0; i < 300 && std::getline(whole, line); ++i) beginning << line << "\n";
  beginning.close();
  const std::vector<std::string> tour = {
      SCENARIO_SERVER, "tour", "--vault", directory_.Path("vault"), "--csv", directory_.Path("short.csv"), "--yes"};
  const std::vector<std::string> any_port = {"STRONGROOM_PORT=0"};

  auto serving = ChildProcess::Start(tour, directory_.Path("out"), directory_.Path("err"), any_port);
  ASSERT_TRUE(serving.ok());
  ASSERT_TRUE(WaitFor([&] {
    return !(*serving)->Running() || ReadFile(directory_.Path("out")).find("Serving until") != std::string::npos;
  }));
  const std::string screen = ReadFile(directory_.Path("out"));
  ASSERT_TRUE((*serving)->Running()) << screen << ReadFile(directory_.Path("err"));
  for (const char* part :
       {"WHAT IS HELD", "A THIEF WHO COPIES THIS DISK", "found 0 times", "SUPPORT sees masks", "ONE PERSON LOOKED",
        "verifies offline", "ERASED for good", "customer-not-found", "TRY IT"}) {
    EXPECT_NE(screen.find(part), std::string::npos) << part << "\n" << screen;
  }
  const size_t curl_at = screen.find("curl --cacert");
  ASSERT_NE(curl_at, std::string::npos) << screen;
  const auto curl = RunProgram(Words(screen.substr(curl_at, screen.find('\n', curl_at) - curl_at)));
  ASSERT_TRUE(curl.ok()) << curl.status().ToString();
  EXPECT_EQ(curl->exit_code, 0) << curl->err;
  EXPECT_NE(curl->out.find("\"masked\""), std::string::npos) << curl->out;
  (*serving)->Signal(SIGTERM);
  EXPECT_EQ((*serving)->Wait(20'000), 0);

  std::vector<std::string> once = tour;
  once.push_back("--once");
  const auto second = RunProgram(once, any_port);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->exit_code, 0) << second->err;
  EXPECT_NE(second->out.find("nothing is imported twice"), std::string::npos) << second->out;
  const int people = NumberBefore(HeldIn(screen), "people");
  EXPECT_GE(people, 299);
  EXPECT_EQ(NumberBefore(HeldIn(second->out), "people"), people);

  // The same file without the memory of having been imported: rows find themselves.
  std::filesystem::remove_all(directory_.Path("vault") + "/imports");
  const auto third = RunProgram(once, any_port);
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(third->exit_code, 0) << third->err;
  EXPECT_NE(third->out.find(" 0 created, 0 changed, 299 unchanged, 0 bad rows"), std::string::npos) << third->out;
  EXPECT_EQ(NumberBefore(HeldIn(third->out), "people"), people);
}

// So that a run over PostgreSQL is one.
TEST_F(Scenario, TheVaultLiesInTheEngineThatWasAskedFor) {
  MakeAndStart();
  ASSERT_FALSE(HasFatalFailure());
  for (const std::string& files :
       {vault_.config.data_dir + "/stores/main/CURRENT", vault_.config.KeyDir() + "/main/CURRENT"}) {
    EXPECT_EQ(std::filesystem::exists(files), !TestsUsePostgres()) << files;
  }
  EXPECT_EQ(vault_.config.data_store.empty(), !TestsUsePostgres());
}

TEST_F(Scenario, AStopUnderLoadLosesNothingThatWasAnswered) {
  MakeAndStart();
  ASSERT_FALSE(HasFatalFailure());
  constexpr int kCallers = 4;
  std::mutex mutex;
  std::map<std::string, std::string> answered;  // code → note
  std::atomic<bool> refused{false};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&, caller] {
      const std::unique_ptr<Client> client = server_->MakeClient(vault_.first_key);
      for (int i = 0;; ++i) {
        const std::string note = "note " + std::to_string(caller) + "-" + std::to_string(i);
        const Result<std::string> code = CreateCustomer(*client, note.substr(5), note);
        if (!code.ok()) break;
        std::lock_guard lock(mutex);
        answered[*code] = note;
      }
      refused = true;
    });
  }
  std::this_thread::sleep_for(std::chrono::seconds(2));
  EXPECT_FALSE(refused) << "before it was asked to stop";
  server_->process().Signal(SIGTERM);
  EXPECT_EQ(server_->process().Wait(30'000), 0);
  for (std::thread& caller : callers) caller.join();
  Start();
  ASSERT_FALSE(HasFatalFailure());
  ASSERT_TRUE(server_->Unlock(vault_).ok());
  const std::unique_ptr<Client> client = server_->MakeClient(vault_.first_key);
  EXPECT_GT(answered.size(), 10U);
  for (const auto& [code, note] : answered) {
    const Result<std::string> shown = Reveal(*client, code);
    ASSERT_TRUE(shown.ok()) << code << ": " << shown.status().ToString();
    ASSERT_NE(shown->find(note), std::string::npos);
  }
  std::printf("%zu customers answered before the stop, all there\n", answered.size());
}

TEST_F(Scenario, SharesUnlockAndWrongOnesAreRefused) {
  MakeAndStart(LockKind::kShares);
  ASSERT_FALSE(HasFatalFailure());
  const std::unique_ptr<Client> client = server_->MakeClient(vault_.first_key);
  const auto give = [&](const std::string& share) {
    Bytes body;
    JsonWriter(body).BeginObject().String("share", share).EndObject();
    return client->Call("POST", "/v1/unlock", kJson, body);
  };
  EXPECT_EQ(client->Call("GET", "/v1/customers").reason(), Reason::kServerLocked);
  EXPECT_EQ(client->Call("GET", "/readyz").reason(), Reason::kServerLocked);
  std::string mistyped = vault_.shares[0];
  mistyped[mistyped.size() / 2] = mistyped[mistyped.size() / 2] == 'a' ? 'b' : 'a';
  EXPECT_FALSE(give(mistyped).ok());
  const TempDir elsewhere;
  const Result<MadeVault> other = MakeVaultOnDisk(elsewhere.path(), LockKind::kShares);
  ASSERT_TRUE(other.ok());

  auto first = give(vault_.shares[0]);
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  EXPECT_NE(first->body.find("\"shares_needed\":1"), Bytes::npos) << first->body;
  EXPECT_FALSE(give(other->shares[1]).ok()) << "of another vault";
  EXPECT_EQ(client->Call("GET", "/v1/customers").reason(), Reason::kServerLocked);

  // Whether the first is still remembered or not, the two right ones open it.
  give(vault_.shares[0]).status().IgnoreError();
  give(vault_.shares[2]).status().IgnoreError();
  EXPECT_TRUE(client->Call("GET", "/readyz").ok());
  EXPECT_TRUE(client->Call("GET", "/v1/catalogue").ok());
}

TEST_F(Scenario, AHangUpReadsTheCertificateAgain) {
  MakeAndStart();
  ASSERT_FALSE(HasFatalFailure());
  const std::string kept = directory_.Path("old.pem");
  std::filesystem::copy_file(vault_.config.CertificateFile(), kept);
  std::filesystem::remove(vault_.config.CertificateFile());
  std::filesystem::remove(vault_.config.KeyFile());
  ASSERT_TRUE(CreateSelfSignedCertificate(vault_.config.CertificateFile(), vault_.config.KeyFile(), {}).ok());
  const auto reach = [&](const std::string& certificate) {
    ClientConfig config;
    config.base_url = "https://127.0.0.1:" + std::to_string(server_->port());
    config.pinned_certificate = certificate;
    return (*Client::Create(config))->Call("GET", "/healthz").reason();
  };
  EXPECT_EQ(reach(kept), Reason::kOk);
  EXPECT_EQ(reach(vault_.config.CertificateFile()), Reason::kServerUnproved);
  server_->process().Signal(SIGHUP);
  EXPECT_TRUE(WaitFor([&] { return reach(vault_.config.CertificateFile()) == Reason::kOk; }, 10'000));
  EXPECT_EQ(reach(kept), Reason::kServerUnproved);
  EXPECT_NE(ReadFile(directory_.Path("server.err")).find("certificate read again"), std::string::npos);
}

// A small disk of its own for the data.
class Mounted {
 public:
  explicit Mounted(std::string path) : path_(std::move(path)) {
    std::filesystem::create_directories(path_);
    failed_ = mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=300m") != 0 ? errno : 0;
  }
  ~Mounted() {
    if (failed_ == 0) umount2(path_.c_str(), MNT_DETACH);
  }
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;
  int failed() const { return failed_; }

 private:
  const std::string path_;
  int failed_ = 0;
};

TEST_F(Scenario, AFullDiskIsSaidAndTheServerLives) {
  // Over PostgreSQL: the disk on which it has the tables of data and keys.  Its log lies elsewhere: without room for
  // that it stops, and the server has no storage.
  StoreAddresses stores;
  std::unique_ptr<PostgresCluster> cluster;
  std::string place = directory_.Path("data");
  if (TestsUsePostgres()) {
    Result<std::unique_ptr<PostgresCluster>> started = PostgresCluster::Start();
    ASSERT_TRUE(started.ok()) << started.status().ToString();
    cluster = *std::move(started);
    stores = {cluster->conninfo(), cluster->conninfo()};
    place = cluster->directory() + "/small";
  }
  const Mounted disk(place);
  if (disk.failed() != 0) GTEST_SKIP() << "cannot mount a small disk: " << std::strerror(disk.failed());
  if (cluster != nullptr) {
    const Status placed = cluster->KeepTablesIn(place);
    ASSERT_TRUE(placed.ok()) << placed.ToString();
  }
  MakeAndStart(LockKind::kPassphrase, stores);
  ASSERT_FALSE(HasFatalFailure());
  const std::unique_ptr<Client> client = server_->MakeClient(vault_.first_key);
  const Result<std::string> before = CreateCustomer(*client, "before", "there before the disk was full");
  ASSERT_TRUE(before.ok());
  {
    std::ofstream ballast(place + "/ballast", std::ios::binary);
    const std::string block(64 << 10, 'b');
    while (ballast.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) continue;
  }
  Status refused;
  std::map<std::string, std::string> answered;
  const std::string filling(50'000, 'f');
  for (int i = 0; refused.ok() && i < 20'000; ++i) {
    const Result<std::string> code = CreateCustomer(*client, std::to_string(i), filling);
    refused = code.status();
    if (code.ok()) answered[*code] = std::to_string(i);
  }
  std::printf("%zu customers after the disk was full, then: %s\n", answered.size(), refused.ToString().c_str());
  EXPECT_EQ(refused.reason(), Reason::kStorageFull);
  EXPECT_TRUE(client->Call("GET", "/healthz").ok());
  EXPECT_TRUE(client->Call("GET", "/v1/status").ok());
  // PostgreSQL has room for a few small rows where it had none for a large one.
  Result<std::string> shown = Reveal(*client, *before);
  for (int i = 0; cluster != nullptr && shown.ok() && i < 5'000; ++i) shown = Reveal(*client, *before);
  EXPECT_FALSE(shown.ok()) << "what cannot be recorded is not shown";

  std::filesystem::remove(place + "/ballast");
  if (cluster != nullptr) {
    EXPECT_EQ(shown.reason(), Reason::kStorageFull);
    EXPECT_TRUE(WaitFor([&] { return Reveal(*client, *before).ok(); })) << "without a restart";
  }
  server_->process().Signal(SIGTERM);
  EXPECT_EQ(server_->process().Wait(30'000), 0);
  Start();
  ASSERT_FALSE(HasFatalFailure());
  ASSERT_TRUE(server_->Unlock(vault_).ok());
  const std::unique_ptr<Client> again = server_->MakeClient(vault_.first_key);
  EXPECT_TRUE(Reveal(*again, *before).ok());
  for (const auto& [code, id] : answered) ASSERT_TRUE(Reveal(*again, code).ok()) << id;
  EXPECT_TRUE(CreateCustomer(*again, "after", "there is room again").ok());
}

}  // namespace
}  // namespace strongroom
