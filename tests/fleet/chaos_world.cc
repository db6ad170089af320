#include "chaos_world.h"

#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json_writer.h"

namespace strongroom {
namespace {

void SleepMillis(int64_t millis) { std::this_thread::sleep_for(std::chrono::milliseconds(millis)); }

std::string EndOf(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  const std::string all = text.str();
  return all.size() > 2'000 ? all.substr(all.size() - 2'000) : all;
}

}  // namespace

Result<std::unique_ptr<ChaosWorld>> ChaosWorld::Make(const ChaosOptions& options, ChaosModel& model) {
  std::unique_ptr<ChaosWorld> made(new ChaosWorld(options, model));
  ASSIGN_OR_RETURN(made->network_, ChaosNetwork::Make(options.servers));
  const std::string hba = made->directory_.Path("hba.conf");
  std::filesystem::permissions(made->directory_.path(), std::filesystem::perms(0755));
  const std::string address = made->network_->DatabaseAddress();
  std::ofstream(hba) << "local all all trust\nhost all all " << address << "/24 trust\n";
  std::filesystem::permissions(hba, std::filesystem::perms(0644));
  ASSIGN_OR_RETURN(made->cluster_,
                   PostgresCluster::Start({"listen_addresses=" + address, "hba_file=" + hba, "max_connections=300"}));
  const std::string conninfo = "host=" + address + " port=5432 user=tests dbname=postgres connect_timeout=5";
  ASSIGN_OR_RETURN(made->vault_, MakeVaultOnDisk(made->directory_.path(), LockKind::kPassphrase,
                                                 {conninfo, conninfo + " application_name=keys"}));
  for (uint32_t number = 1; number <= options.servers; ++number) {
    std::filesystem::create_directories(made->directory_.Path("server-" + std::to_string(number)));
    made->servers_[number];
  }
  return made;
}

ChaosWorld::~ChaosWorld() {
  for (auto& [number, server] : servers_) {
    if (server.process != nullptr) {
      server.process->Signal(SIGCONT);
      server.process->Signal(SIGKILL);
    }
    if (server.reviver.joinable()) server.reviver.join();
    server.process.reset();
  }
}

std::unique_ptr<Client> ChaosWorld::MakeClient(uint32_t number, const std::string& api_key, int64_t io_millis) const {
  ClientConfig config;
  config.base_url = Url(number);
  config.pinned_certificate = vault_.config.CertificateFile();
  config.connect_millis = 3'000;
  config.io_millis = io_millis;
  Result<std::unique_ptr<Client>> client = Client::Create(config);
  if (!client.ok()) std::abort();  // a caller without its client has nothing to say
  (*client)->SetApiKey(api_key);
  return *std::move(client);
}

Status ChaosWorld::StartProcess(uint32_t number) {
  const std::string place = directory_.Path("server-" + std::to_string(number));
  std::vector<std::string> arguments = network_->Inside(number);
  for (const std::string& word : {std::string(options_.unfenced ? FLEET_UNFENCED : FLEET_SERVER), std::string("serve"),
                                  std::string("--config"), vault_.config_file}) {
    arguments.push_back(word);
  }
  ASSIGN_OR_RETURN(servers_[number].process,
                   ChildProcess::Start(arguments, place + "/server.out", place + "/server.err",
                                       {"STRONGROOM_SERVER_NUMBER=" + std::to_string(options_.twice ? 1 : number),
                                        "STRONGROOM_ADDRESS=" + network_->ServerAddress(number), "STRONGROOM_PORT=8443",
                                        "STRONGROOM_PLAINTEXT=false"}));
  return Status::Ok();
}

Status ChaosWorld::AwaitUnlocked(uint32_t number) const {
  Bytes body;
  JsonWriter(body).BeginObject().String("passphrase", vault_.passphrase).EndObject();
  Status last(Reason::kServerLocked, "it was not asked");
  const int64_t until = SteadyMillis() + 90'000;
  while (SteadyMillis() < until && !servers_.at(number).ended) {
    if (std::filesystem::exists(vault_.config.CertificateFile())) {
      const std::unique_ptr<Client> client = MakeClient(number, "", 40'000);
      last = client->Call("POST", "/v1/unlock", {{"Content-Type", "application/json"}}, body).status();
      if (last.ok() || last.reason() == Reason::kServerUnlocked) return Status::Ok();
    }
    SleepMillis(100);
  }
  return last;
}

Status ChaosWorld::StartAndUnlock(uint32_t number) {
  RETURN_IF_ERROR(StartProcess(number));
  const Status unlocked = AwaitUnlocked(number);
  if (!unlocked.ok())
    return Status(unlocked.reason(), unlocked.message() + "\n" +
                                         EndOf(directory_.Path("server-" + std::to_string(number)) + "/server.err"));
  servers_[number].state = Server::State::kUp;
  return Status::Ok();
}

Status ChaosWorld::StartAll() {
  for (auto& [number, server] : servers_) {
    if (number == 1 || !options_.twice) RETURN_IF_ERROR(StartAndUnlock(number));
  }
  const int64_t now = SteadyMillis();
  next_fault_ms_ = now + 1'000;
  next_crash_ms_ = now + (options_.seconds < 60 ? 9'000 : 40'000);
  return Status::Ok();
}

Status ChaosWorld::TakeNumberTwice() {
  servers_[1].process->Signal(SIGSTOP);
  const Status started = StartAndUnlock(2);
  servers_[1].process->Signal(SIGCONT);
  return started;
}

void ChaosWorld::Kill(uint32_t number) {
  servers_[number].process->Signal(SIGKILL);
  servers_[number].process->Wait(10'000);
  servers_[number].state = Server::State::kDown;
}

std::vector<uint32_t> ChaosWorld::Running() const {
  std::vector<uint32_t> running;
  for (const auto& [number, server] : servers_) {
    if (server.state == Server::State::kUp) running.push_back(number);
  }
  return running;
}

void ChaosWorld::Say(uint32_t number, const std::string& what) const {
  const std::string who = number == 0 ? "the database" : "server " + std::to_string(number);
  std::printf("%7.1f s  %s %s\n", static_cast<double>(SteadyMillis() - made_ms_) / 1e3, who.c_str(), what.c_str());
  std::fflush(stdout);
}

// The process is started here, because it ends with the thread that starts it no sooner than we do; a thread waits
// until it is unlocked.
void ChaosWorld::BeginToRevive(uint32_t number) {
  Server& server = servers_[number];
  server.revival = StartProcess(number);
  server.revived = false;
  server.ended = false;
  server.state = Server::State::kReviving;
  server.reviver = std::thread([this, number, &server] {
    if (server.revival.ok()) server.revival = AwaitUnlocked(number);
    server.revived = true;
  });
}

void ChaosWorld::GoOn(uint32_t number) {
  Server& server = servers_[number];
  switch (server.state) {
    case Server::State::kStopped:
      server.process->Signal(SIGCONT);
      Say(number, "goes on");
      server.state = Server::State::kUp;
      break;
    case Server::State::kCut: {
      const Status healed = network_->Heal(number);
      if (!healed.ok()) model_.Found("cannot heal: " + healed.ToString());
      Say(number, "sees the database again");
      server.state = Server::State::kUp;
      break;
    }
    case Server::State::kDown:
      BeginToRevive(number);
      break;
    case Server::State::kReviving:
      // One that finds no database when it starts ends, and whoever runs it starts it again.
      if (!server.process->Running()) server.ended = true;
      if (!server.revived) break;
      server.reviver.join();
      if (!server.revival.ok() && !server.process->Running()) {
        // The database was away when it started: once more.
        model_.Count("starts that had to be repeated");
        BeginToRevive(number);
        break;
      }
      if (!server.revival.ok()) {
        model_.Found("server " + std::to_string(number) +
                     " was started and does not open: " + server.revival.ToString());
      }
      Say(number, "is back");
      server.state = Server::State::kUp;
      break;
    case Server::State::kUp:
      break;
  }
}

void ChaosWorld::Break(uint32_t number, ChaosModel::Random& random) {
  Server& server = servers_[number];
  const int64_t now = SteadyMillis();
  switch (random() % 4) {
    case 0:
    case 1:
      model_.Count("fault: killed");
      Say(number, "is killed");
      server.process->Signal(SIGKILL);
      server.process->Wait(10'000);
      server.state = Server::State::kDown;
      server.until_ms = now + static_cast<int64_t>(random() % 3'000);
      break;
    case 2:
      model_.Count("fault: stopped for 1 to 8 s");
      Say(number, "is stopped");
      server.process->Signal(SIGSTOP);
      server.state = Server::State::kStopped;
      server.until_ms = now + 1'000 + static_cast<int64_t>(random() % 7'000);
      break;
    default: {
      const CutKind kind = random() % 2 == 0 ? CutKind::kBlackhole : CutKind::kUnplugged;
      model_.Count(kind == CutKind::kBlackhole ? "fault: cut off by a blackhole" : "fault: cut off, cable out");
      Say(number, "is cut off");
      const Status cut = network_->Cut(number, kind);
      if (!cut.ok()) model_.Found("cannot cut: " + cut.ToString());
      server.state = Server::State::kCut;
      server.until_ms = now + 1'000 + static_cast<int64_t>(random() % 9'000);
      break;
    }
  }
}

void ChaosWorld::CrashDatabase() {
  model_.Count("fault: the database crashed");
  Say(0, "crashes");
  const Status crashed = cluster_->CrashAndRestart();
  Say(0, "is back");
  if (!crashed.ok()) model_.Found("the database does not come back: " + crashed.ToString());
}

void ChaosWorld::Tick(ChaosModel::Random& random, bool more) {
  SleepMillis(100);
  const int64_t now = SteadyMillis();
  uint32_t up = 0;
  for (auto& [number, server] : servers_) {
    if (server.state == Server::State::kUp && !server.process->Running()) {
      model_.Found("server " + std::to_string(number) + " ended by itself with " +
                   std::to_string(server.process->Wait(0).value_or(0)) + ": " +
                   EndOf(directory_.Path("server-" + std::to_string(number)) + "/server.err"));
      server.state = Server::State::kDown;
    }
    if (server.state != Server::State::kUp && (now >= server.until_ms || server.state == Server::State::kReviving))
      GoOn(number);
    up += server.state == Server::State::kUp ? 1 : 0;
  }
  if (!more) return;
  if (now >= next_fault_ms_ && up > 1) {
    const auto number = static_cast<uint32_t>(1 + random() % options_.servers);
    if (servers_[number].state == Server::State::kUp) Break(number, random);
    next_fault_ms_ = now + 500 + static_cast<int64_t>(random() % 3'500);
  }
  if (now >= next_crash_ms_) {
    CrashDatabase();
    next_crash_ms_ = now + 30'000 + static_cast<int64_t>(random() % 60'000);
  }
}

Status ChaosWorld::MendAll() {
  ChaosModel::Random none(0);
  const auto all_up = [this] {
    for (const auto& [number, server] : servers_)
      if (server.state != Server::State::kUp) return false;
    return true;
  };
  const int64_t until = SteadyMillis() + 150'000;
  while (!all_up() && SteadyMillis() < until) {
    for (auto& [number, server] : servers_) server.until_ms = 0;
    Tick(none, /*more=*/false);
  }
  for (const auto& [number, server] : servers_) {
    Status last;
    while (SteadyMillis() < until) {
      last = MakeClient(number, vault_.first_key)->Call("GET", "/readyz").status();
      if (last.ok()) break;
      SleepMillis(200);
    }
    if (!last.ok() || server.state != Server::State::kUp)
      return Status(Reason::kInternal, "server " + std::to_string(number) + " does not come back: " + last.ToString());
  }
  return Status::Ok();
}

}  // namespace strongroom
