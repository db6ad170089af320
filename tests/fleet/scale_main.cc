// Do several servers over several databases do more than one over one?  Each server, and each PostgreSQL with all of
// its processes, is held to a share of a core, so that it is the number of them that is measured and not this machine.
//
//   fleet_scale [SECONDS a measurement]     77: not possible here
#include <libpq-fe.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "cpu_group.h"
#include "product/load.h"
#include "server_process.h"
#include "servers.h"
#include "store/testing/postgres_cluster.h"
#include "store/testing/temp_dir.h"

namespace strongroom {
namespace {

constexpr int kPercent = 15;
constexpr int kConnections = 24;  // a server
constexpr int kCustomers = 200;   // a compartment
constexpr uint32_t kFleet = 4;
constexpr int kSkipped = 77;

void SleepMillis(int64_t millis) { std::this_thread::sleep_for(std::chrono::milliseconds(millis)); }

// What the databases did, all of them together.
struct Work {
  double commits = 0;
  double rows_read = 0;
  double rows_written = 0;
};

struct Measured {
  double per_second = 0;
  uint64_t requests = 0;
  uint64_t failures = 0;
  Work each;  // of an operation
  Work idle;  // in a second, unasked
  // Of the periods in which they wanted to run, the share in which the quota ended before the work did: databases
  // first, the office's last of them, then servers.
  std::vector<double> throttled;
};

class ScaledHouse {
 public:
  // `compartments` in clusters of their own, the office in one more when there are several; as many servers.
  static Result<std::unique_ptr<ScaledHouse>> Make(uint32_t compartments, bool limited);
  // Every server at once, each asked for its own compartment or for all.
  Result<Measured> Reveals(int seconds, bool own);
  Result<Measured> Creates(int seconds, bool own);

 private:
  static std::string Room(uint32_t number) { return "c" + std::to_string(number); }
  Status Fill();
  Result<Work> WorkSoFar() const;
  Result<Measured> Load(int seconds, const std::vector<std::string>& scripts);
  Result<Measured> Run(int seconds, const std::vector<std::string>& scripts);
  std::vector<CpuGroup::Throttled> ThrottledSoFar() const;
  std::string CodesFile(uint32_t room) const { return directory_.Path("codes-" + Room(room)); }

  TempDir directory_;
  uint32_t count_ = 0;
  std::vector<std::unique_ptr<CpuGroup>> groups_;  // ended last
  std::vector<std::unique_ptr<PostgresCluster>> clusters_;
  MadeVault vault_;
  std::vector<std::unique_ptr<ServerProcess>> servers_;
};

Result<std::unique_ptr<ScaledHouse>> ScaledHouse::Make(uint32_t compartments, bool limited) {
  std::unique_ptr<ScaledHouse> made(new ScaledHouse());
  made->count_ = compartments;
  const uint32_t clusters = compartments == 1 ? 1 : compartments + 1;
  StoreAddresses stores;
  stores.compartments.clear();
  for (uint32_t i = 0; i < clusters; ++i) {
    ASSIGN_OR_RETURN(std::unique_ptr<PostgresCluster> cluster, PostgresCluster::Start({"max_connections=200"}));
    const std::string address = cluster->conninfo();
    if (i < compartments) stores.compartments.push_back(Room(i));
    if (i + 1 == clusters) {
      stores.data = address;
      stores.keys = address + " application_name=keys";
    } else {
      stores.data_apart.push_back(Room(i) + "=" + address);
      stores.keys_apart.push_back(Room(i) + "=" + address + " application_name=keys");
    }
    made->clusters_.push_back(std::move(cluster));
  }
  ASSIGN_OR_RETURN(made->vault_, MakeVaultOnDisk(made->directory_.path(), LockKind::kPassphrase, stores));
  for (uint32_t number = 1; number <= compartments; ++number) {
    const std::string place = made->directory_.Path("server-" + std::to_string(number));
    std::filesystem::create_directories(place);
    ASSIGN_OR_RETURN(std::unique_ptr<ServerProcess> server,
                     ServerProcess::Start(FLEET_SERVER, made->vault_, place,
                                          {"STRONGROOM_SERVER_NUMBER=" + std::to_string(number)}));
    RETURN_IF_ERROR(server->Unlock(made->vault_));
    made->servers_.push_back(std::move(server));
  }
  RETURN_IF_ERROR(made->Fill());
  if (!limited) return made;
  for (const auto& cluster : made->clusters_) {
    ASSIGN_OR_RETURN(std::unique_ptr<CpuGroup> group, CpuGroup::Make(kPercent));
    std::ifstream file(std::filesystem::path(cluster->socket_dir()).parent_path() / "data/postmaster.pid");
    pid_t postmaster = 0;
    file >> postmaster;
    RETURN_IF_ERROR(group->AddWithChildren(postmaster));
    made->groups_.push_back(std::move(group));
  }
  for (const auto& server : made->servers_) {
    ASSIGN_OR_RETURN(std::unique_ptr<CpuGroup> group, CpuGroup::Make(kPercent));
    RETURN_IF_ERROR(group->AddWithChildren(server->process().pid()));
    made->groups_.push_back(std::move(group));
  }
  return made;
}

Status ScaledHouse::Fill() {
  const std::unique_ptr<Client> client = servers_.front()->MakeClient(vault_.first_key);
  const ClientHeaders json = {{"Content-Type", "application/json"}};
  RETURN_IF_ERROR(
      client
          ->Call(
              "PUT", "/v1/catalogue/fields/note", json,
              R"({"name":"note","type":"text","sensitivity":"personal","purposes":["customer-service"],"legal_basis":"contract","search":"exact"})")
          .status());
  RETURN_IF_ERROR(client
                      ->Call("PUT", "/v1/catalogue/collection-points/counter", json,
                             R"({"name":"counter","description":"a test","fields":["note"]})")
                      .status());
  SleepMillis(1'500);
  std::ofstream all(directory_.Path("codes-all"));
  for (uint32_t room = 0; room < count_; ++room) {
    std::ofstream codes(CodesFile(room));
    for (int i = 0; i < kCustomers; ++i) {
      const std::string body = R"({"compartment":")" + Room(room) +
                               R"(","collection_point":"counter","values":{"note":"number )" + std::to_string(i) +
                               R"("}})";
      ASSIGN_OR_RETURN(const ClientResponse answer, client->Call("POST", "/v1/customers", json, body));
      const std::string code = TextOf(std::string(answer.body), "code");
      codes << code << "\n";
      all << code << "\n";
    }
  }
  return Status::Ok();
}

Result<Work> ScaledHouse::WorkSoFar() const {
  SleepMillis(1'500);  // a session tells what it did about once a second
  Work sum;
  for (const auto& cluster : clusters_) {
    PGconn* const connection = PQconnectdb(cluster->conninfo().c_str());
    PGresult* const result =
        PQexec(connection,
               "SELECT xact_commit, tup_fetched, tup_inserted + tup_updated + tup_deleted FROM pg_stat_database WHERE "
               "datname = 'postgres'");
    const bool answered = PQntuples(result) == 1;
    if (answered) {
      sum.commits += std::atof(PQgetvalue(result, 0, 0));
      sum.rows_read += std::atof(PQgetvalue(result, 0, 1));
      sum.rows_written += std::atof(PQgetvalue(result, 0, 2));
    }
    PQclear(result);
    PQfinish(connection);
    if (!answered) return Status(Reason::kStorageUnavailable, "pg_stat_database");
  }
  return sum;
}

std::vector<CpuGroup::Throttled> ScaledHouse::ThrottledSoFar() const {
  std::vector<CpuGroup::Throttled> all;
  for (const auto& group : groups_) all.push_back(group->SoFar());
  return all;
}

Result<Measured> ScaledHouse::Load(int seconds, const std::vector<std::string>& scripts) {
  std::vector<std::future<Result<bench::LoadResult>>> running;
  for (size_t i = 0; i < servers_.size(); ++i) {
    bench::LoadOptions options;
    options.url = "http://127.0.0.1:" + std::to_string(servers_[i]->plaintext_port());
    options.script = scripts[i];
    options.connections = kConnections;
    options.seconds = seconds;
    options.scratch_dir = directory_.Path("server-" + std::to_string(i + 1));
    running.push_back(std::async(std::launch::async, [options] { return bench::RunLoad(options); }));
  }
  Measured measured;
  Status failed;
  for (auto& one : running) {
    const Result<bench::LoadResult> result = one.get();
    if (!result.ok()) failed = result.status();
    if (!result.ok()) continue;
    measured.per_second += result->requests_per_second;
    measured.requests += result->requests;
    measured.failures += result->failures;
  }
  if (!failed.ok()) return failed;
  return measured;
}

Result<Measured> ScaledHouse::Run(int seconds, const std::vector<std::string>& scripts) {
  // First for a moment unmeasured: connections, caches, and what the servers still had to do.
  RETURN_IF_ERROR(Load(std::max(2, seconds / 2), scripts).status());
  // What the servers do unasked, in as long a time, is taken away.
  ASSIGN_OR_RETURN(const Work idle_from, WorkSoFar());
  SleepMillis(3'000);
  ASSIGN_OR_RETURN(const Work before, WorkSoFar());
  constexpr double kIdleSeconds = 4.5;
  const std::vector<CpuGroup::Throttled> from = ThrottledSoFar();
  ASSIGN_OR_RETURN(Measured measured, Load(seconds, scripts));
  const std::vector<CpuGroup::Throttled> to = ThrottledSoFar();
  for (size_t i = 0; i < from.size(); ++i)
    measured.throttled.push_back((to[i].waited - from[i].waited) / std::max(1.0, to[i].periods - from[i].periods));
  ASSIGN_OR_RETURN(const Work after, WorkSoFar());
  const double idle_share = (seconds + 1.5) / kIdleSeconds;
  const auto each = [&](double Work::*what) {
    return (after.*what - before.*what - idle_share * (before.*what - idle_from.*what)) /
           static_cast<double>(std::max<uint64_t>(measured.requests, 1));
  };
  measured.each = {each(&Work::commits), each(&Work::rows_read), each(&Work::rows_written)};
  measured.idle.commits = (before.commits - idle_from.commits) / kIdleSeconds;
  return measured;
}

std::string Begin(const std::string& key) {
  return "local key = '" + key + R"lua('
local function post(path, body)
  return "POST " .. path .. " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " .. key ..
    "\r\nContent-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end
)lua";
}

Result<Measured> ScaledHouse::Reveals(int seconds, bool own) {
  std::vector<std::string> scripts;
  for (uint32_t room = 0; room < count_; ++room) {
    scripts.push_back(Begin(vault_.first_key) + "math.randomseed(" + std::to_string(room + 1) +
                      ")\nlocal codes = {}\nfor line in io.lines('" +
                      (own ? CodesFile(room) : directory_.Path("codes-all")) + R"lua(') do codes[#codes + 1] = line end
function request()
  return post("/v1/customers/" .. codes[math.random(#codes)] .. "/reveal", '{"purpose":"customer-service","fields":["note"]}')
end
)lua");
  }
  return Run(seconds, scripts);
}

Result<Measured> ScaledHouse::Creates(int seconds, bool own) {
  std::vector<std::string> scripts;
  for (uint32_t room = 0; room < count_; ++room) {
    scripts.push_back(Begin(vault_.first_key) + "local own, rooms, at = " + (own ? std::to_string(room) : "nil") +
                      ", " + std::to_string(count_) + ", " + std::to_string(room) + "\n" + R"lua(
function request()
  at = at + 1
  return post("/v1/customers", '{"compartment":"c' .. (own or at % rooms) ..
    '","collection_point":"counter","values":{"note":"made ' .. at .. '"}}')
end
)lua");
  }
  return Run(seconds, scripts);
}

void Print(const char* what, const Measured& one, const Measured& beside) {
  std::printf("%-44s %8.1f /s  %5.2f x  %6.2f commits  %6.2f rows read  %5.2f rows written each  %llu failed\n", what,
              one.per_second, one.per_second / std::max(beside.per_second, 0.001), one.each.commits, one.each.rows_read,
              one.each.rows_written, static_cast<unsigned long long>(one.failures));
  if (!one.throttled.empty()) {
    std::printf("    unasked %.0f commits/s; held up in", one.idle.commits);
    for (const double share : one.throttled) std::printf(" %.0f %%", 100 * share);
    std::printf(" of their periods (databases, servers)\n");
  }
  std::fflush(stdout);
}

Status Scale(int seconds) {
  bool limited = true;
  if (const auto group = CpuGroup::Make(kPercent); !group.ok()) {
    std::printf("NOT LIMITED, so this machine is measured as well: %s\n", group.status().ToString().c_str());
    limited = false;
  } else {
    std::printf("every server and every PostgreSQL is held to %d %% of a core; %d connections a server, %d s each\n",
                kPercent, kConnections, seconds);
  }
  Measured reveals;
  Measured creates;
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<ScaledHouse> one, ScaledHouse::Make(1, limited));
    ASSIGN_OR_RETURN(reveals, one->Reveals(seconds, true));
    Print("reveals, one server over one database", reveals, reveals);
    ASSIGN_OR_RETURN(creates, one->Creates(seconds, true));
    Print("creates, one server over one database", creates, creates);
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<ScaledHouse> four, ScaledHouse::Make(kFleet, limited));
  for (const bool own : {true, false}) {
    ASSIGN_OR_RETURN(const Measured shown, four->Reveals(seconds, own));
    Print(own ? "reveals, four over four, each its own" : "reveals, four over four, each asked for all", shown,
          reveals);
    ASSIGN_OR_RETURN(const Measured made, four->Creates(seconds, own));
    Print(own ? "creates, four over four, each its own" : "creates, four over four, each asked for all", made, creates);
  }
  return Status::Ok();
}

}  // namespace
}  // namespace strongroom

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 10;
  const strongroom::Status done = strongroom::Scale(seconds);
  if (done.ok()) return 0;
  std::printf("%s\n", done.ToString().c_str());
  return done.reason() == strongroom::Reason::kStorageUnavailable ? strongroom::kSkipped : 1;
}
