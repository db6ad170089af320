#include "product/bench_vault.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <random>
#include <thread>
#include <utility>

#include "access/front_door.h"
#include "base/json.h"
#include "product/report.h"
#include "server/credentials_files.h"
#include "server/init.h"
#include "server/running_server.h"

namespace strongroom::bench {
namespace {

constexpr uint64_t kLoadBatch = 2'000;
constexpr size_t kLoaders = 3;
constexpr char kWhole[] = "/whole";  // written last: customers, and the bytes of their values

struct FieldShape {
  const char* name;
  const char* type;
  const char* search;
};
constexpr FieldShape kFields[] = {
    {"full_name", "person_name", "none"},
    {"email", "email", "exact"},
    {"phone", "phone", "exact"},
    {"birth_date", "date_of_birth", "none"},
    {"street", "text", "none"},
    {"postal_code", "text", "none"},
    {"city", "text", "none"},
    {"country", "text", "none"},
    {"customer_since", "date", "none"},
    {"loyalty_number", "text", "none"},
};
constexpr size_t kFieldCount = std::size(kFields);

// The same people that the load scripts invent.
std::array<std::string, kFieldCount> ValuesOf(uint64_t number) {
  const auto n = static_cast<unsigned long long>(number);
  return {Text("Anna %llu Lindqvist", n),
          Text("anna.%llu@example.com", n),
          Text("+4670%07llu", n % 10'000'000),
          Text("19%02llu-%02llu-%02llu", 30 + n % 70, 1 + n % 12, 1 + n % 28),
          Text("Storgatan %llu", n % 999),
          Text("%05llu", n % 100'000),
          "Stockholm",
          "SE",
          Text("20%02llu-05-01", n % 25),
          Text("%016llu", n)};
}

ServerConfig ConfigOf(const std::string& dir) {
  ServerConfig config;
  config.data_dir = dir;
  config.port = 0;
  config.plaintext = true;
  config.plaintext_port = 0;
  std::ifstream conninfo(dir + "/conninfo");
  if (std::getline(conninfo, config.data_store)) config.key_store = config.data_store;
  return config;
}

Result<Caller> CallerOf(const ServerConfig& config, OpenVault& vault, const std::string& name) {
  Caller caller;
  caller.address = IpAddress::Loopback();
  ASSIGN_OR_RETURN(caller.principal, SignInFromFile(config, vault, name));
  return caller;
}

Status AddCredential(const ServerConfig& config, OpenVault& vault, const Caller& administrator, const std::string& role,
                     PrincipalKind kind) {
  ApiKeySpec spec;
  spec.name = "bench " + role;
  spec.kind = kind;
  spec.roles = {role};
  spec.purposes = {"customer-service"};
  if (kind == PrincipalKind::kApplication) spec.token_domains = {"*"};
  return EnsureCredential(config, vault, administrator, role, std::move(spec));
}

Status FillCatalogue(OpenVault& vault, const Caller& officer) {
  CollectionPoint point;
  point.name = "web-signup";
  point.description = "The sign-up form";
  for (const FieldShape& shape : kFields) {
    const std::string text = std::string(R"({"name":")") + shape.name + R"(","type":")" + shape.type +
                             R"(","search":")" + shape.search +
                             R"(","sensitivity":"personal","purposes":["customer-service"],"legal_basis":"contract"})";
    ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::ParseObject(text));
    ASSIGN_OR_RETURN(FieldDef field, FieldFromJson(document.root()));
    RETURN_IF_ERROR(vault.catalogue().PutField(officer, std::move(field)).Wait().status());
    point.fields.emplace_back(shape.name);
  }
  return vault.catalogue().PutCollectionPoint(officer, std::move(point)).Wait().status();
}

// One batch of those who are numbered from `first` on.
Status FillBatch(OpenVault& vault, const Caller& application, uint64_t first, uint64_t count,
                 std::vector<std::string>& codes, double& raw_bytes) {
  std::vector<std::array<std::string, kFieldCount>> values;
  std::vector<CreateRequest> requests(count);
  values.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    values.push_back(ValuesOf(first + i));
    requests[i].collection_point = "web-signup";
    for (size_t field = 0; field < kFieldCount; ++field) {
      requests[i].values.push_back({kFields[field].name, values.back()[field]});
      raw_bytes += static_cast<double>(values.back()[field].size());
    }
  }
  ASSIGN_OR_RETURN(const std::vector<Result<CreateAnswer>> answers,
                   vault.customers().CreateMany(application, requests).Wait());
  for (const Result<CreateAnswer>& answer : answers) {
    RETURN_IF_ERROR(answer.status());
    codes.push_back(answer->code);
  }
  return Status::Ok();
}

Status FillCustomers(OpenVault& vault, const Caller& application, BenchVault& made) {
  const auto begun = std::chrono::steady_clock::now();
  std::atomic<uint64_t> next{0};
  struct Part {
    std::vector<std::string> codes;
    double raw_bytes = 0;
    Status status;
  };
  std::array<Part, kLoaders> parts;
  std::vector<std::thread> loaders;
  for (Part& part : parts) {
    loaders.emplace_back([&] {
      while (part.status.ok()) {
        const uint64_t first = next.fetch_add(kLoadBatch);
        if (first >= made.customers) return;
        const uint64_t count = std::min<uint64_t>(kLoadBatch, made.customers - first);
        part.status = FillBatch(vault, application, first, count, part.codes, part.raw_bytes);
      }
    });
  }
  for (std::thread& loader : loaders) loader.join();
  made.load_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  std::vector<std::string> codes;
  codes.reserve(made.customers);
  for (Part& part : parts) {
    RETURN_IF_ERROR(part.status);
    made.raw_bytes += part.raw_bytes;
    std::move(part.codes.begin(), part.codes.end(), std::back_inserter(codes));
  }
  std::shuffle(codes.begin(), codes.end(), std::mt19937_64(1));
  std::ofstream out(made.target.codes_file, std::ios::trunc);
  for (const std::string& code : codes) out << code << '\n';
  return out.flush() ? Status::Ok() : Status(Reason::kFileUnreadable, "cannot write the codes");
}

Result<std::string> KeyOf(const ServerConfig& config, const std::string& role) {
  std::ifstream file(CredentialFile(config, role) + ".key");
  std::string key;
  if (!std::getline(file, key)) return Status(Reason::kFileUnreadable, "cannot read the key of " + role);
  return key;
}

Status ReadKeys(const ServerConfig& config, Target& target) {
  ASSIGN_OR_RETURN(target.key, KeyOf(config, "application"));
  ASSIGN_OR_RETURN(target.staff_key, KeyOf(config, "support"));
  ASSIGN_OR_RETURN(target.officer_key, KeyOf(config, "privacy-officer"));
  return Status::Ok();
}

// Somebody of support who has signed in, and whose browser's key is known here: as sign_in.cc leaves it.
Status AddSignedIn(OpenVault& vault, const Caller& administrator, Target& target) {
  StaffMember person;
  person.id = 0x5e551017;
  person.state = StaffState::kActive;
  person.name = person.display_name = "lisa";
  person.roles = {{"support", std::nullopt, 1}};
  person.purposes = {"*"};
  Permit permit = vault.gate().Authorise(administrator, Action::kStaffInvite);
  ASSIGN_OR_RETURN(const StaffMemberPtr member, vault.staff_directory().Add(std::move(permit), person).Wait());
  FrontDoor& door = vault.front_door();
  NewSession session;
  session.id = 0x5e551018;
  session.person = MakePersonNow(member, door.rules().Get(), SystemClock().NowMillis());
  session.factor = FactorKind::kTotp;
  session.address = IpAddress::Loopback();
  SystemRandom random;
  session.proof_key = SecretBytes::Generate(32, random);
  target.proof = std::make_shared<const SessionProofKey>(session.proof_key);
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kStaff;
  entry.actor = member->id;
  entry.action = Action::kSessionSignIn;
  ASSIGN_OR_RETURN(const SecretBytes cookie, door.sessions().Begin(std::move(session), std::move(entry)));
  target.cookie = std::string(ExposeSecret(cookie));
  return Status::Ok();
}

Usage OwnUsage() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  Usage own;
  own.cpu_micros = 1e6 * static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                   static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  std::ifstream statm("/proc/self/statm");
  uint64_t total_pages = 0, resident_pages = 0;
  statm >> total_pages >> resident_pages;
  own.resident_mebibytes = static_cast<double>(resident_pages) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
  return own;
}

// What the child says when it is asked to rotate, or whether it does.
std::string RotationLine(const std::string& dir, RunningServer& server, bool begin) {
  const std::shared_ptr<OpenVault> vault = server.keeper().Current();
  if (vault == nullptr) return "locked";
  if (begin) {
    const Result<Caller> administrator = CallerOf(ConfigOf(dir), *vault, "administrator");
    const Status begun =
        administrator.ok() ? vault->key_rotation().Rotate(*administrator).Wait().status() : administrator.status();
    if (!begun.ok()) return begun.ToString();
  }
  const EpochsAnswer epochs = vault->key_rotation().Look();
  for (const RoomEpochs& room : epochs.rooms) {
    for (const EpochInfo& info : room.epochs) {
      if (info.state == EpochState::kClosed) {
        return Text("rotating %s: phase %d, %llu keys and %llu rows moved, %llu and %llu looked at", room.room.c_str(),
                    static_cast<int>(info.phase), static_cast<unsigned long long>(info.moved_keys),
                    static_cast<unsigned long long>(info.moved_rows),
                    static_cast<unsigned long long>(info.scanned_keys),
                    static_cast<unsigned long long>(info.scanned_rows));
      }
    }
  }
  return "done";
}

Status CountStore(const Store& store, bool in_key_store, std::map<std::pair<bool, char>, RowKind>& kinds) {
  ScanRange range;
  range.limit = 10'000;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<StoreRow> rows, store.Scan(range));
    for (const StoreRow& row : rows) {
      RowKind& kind = kinds[{in_key_store, row.key[0]}];
      kind.kind = row.key[0];
      kind.in_key_store = in_key_store;
      ++kind.rows;
      kind.key_bytes += row.key.size();
      kind.value_bytes += row.value.size();
    }
    if (rows.size() < range.limit) return Status::Ok();
    range.begin = rows.back().key + '\0';
  }
}

}  // namespace

Result<BenchVault> MakeVault(const std::string& dir, uint64_t customers, const std::string& conninfo) {
  BenchVault made;
  if (!conninfo.empty()) {
    std::error_code error;
    std::filesystem::create_directories(dir, error);
    std::ofstream out(dir + "/conninfo");
    out << conninfo << '\n';
    if (error || !out.flush()) return Status(Reason::kFileUnreadable, "cannot write to " + dir);
  }
  made.dir = dir;
  made.customers = customers;
  made.target.codes_file = dir + "/codes";
  const ServerConfig config = ConfigOf(dir);
  {
    SystemClock clock;
    SystemRandom random;
    ASSIGN_OR_RETURN(const std::unique_ptr<VaultFiles> files, VaultFiles::Open(config, true));
    InitOptions options;
    options.compartments = {"main"};
    options.lock.info.kind = LockKind::kDevelopment;
    ASSIGN_OR_RETURN(options.secret, MakeDevelopmentKey(config, random));
    options.first_key.name = "bench administrator";
    options.first_key.kind = PrincipalKind::kApplication;
    options.first_key.roles = {"administrator", "operator"};
    ASSIGN_OR_RETURN(const InitResult initialised, InitialiseVault(*files, std::move(options), clock, random));
    RETURN_IF_ERROR(WriteCredential(config, "administrator", initialised.first_key_text));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<RunningServer> server, RunningServer::Start(config));
  const std::shared_ptr<OpenVault> vault = server->keeper().Current();
  if (vault == nullptr) return Status(Reason::kServerLocked);
  ASSIGN_OR_RETURN(const Caller administrator, CallerOf(config, *vault, "administrator"));
  RETURN_IF_ERROR(AddCredential(config, *vault, administrator, "application", PrincipalKind::kApplication));
  RETURN_IF_ERROR(AddCredential(config, *vault, administrator, "privacy-officer", PrincipalKind::kStaff));
  ASSIGN_OR_RETURN(const Caller officer, CallerOf(config, *vault, "privacy-officer"));
  ASSIGN_OR_RETURN(const Caller application, CallerOf(config, *vault, "application"));
  RETURN_IF_ERROR(FillCatalogue(*vault, officer));
  TokenDomain domain;
  domain.name = "bench";
  domain.description = "the benchmark's";
  domain.stateless_ff1 = true;
  RETURN_IF_ERROR(vault->tokens().PutDomain(administrator, std::move(domain)).Wait().status());
  RETURN_IF_ERROR(FillCustomers(*vault, application, made));
  RETURN_IF_ERROR(AddCredential(config, *vault, administrator, "support", PrincipalKind::kStaff));
  RETURN_IF_ERROR(AddSignedIn(*vault, administrator, made.target));
  RETURN_IF_ERROR(ReadKeys(config, made.target));
  std::ofstream whole(dir + kWhole, std::ios::trunc);
  whole << made.customers << ' ' << made.raw_bytes << '\n';
  return whole.flush() ? Result<BenchVault>(std::move(made))
                       : Status(Reason::kFileUnreadable, "cannot write to " + dir);
}

Result<BenchVault> FindVault(const std::string& dir) {
  BenchVault found;
  found.dir = dir;
  found.target.codes_file = dir + "/codes";
  std::ifstream whole(dir + kWhole);
  if (!(whole >> found.customers >> found.raw_bytes)) return Status(Reason::kNotInitialised, "no vault in " + dir);
  RETURN_IF_ERROR(ReadKeys(ConfigOf(dir), found.target));
  return found;
}

Result<BenchVault> CopyVault(const BenchVault& vault, const std::string& dir) {
  std::error_code error;
  std::filesystem::copy(vault.dir, dir, std::filesystem::copy_options::recursive, error);
  if (error) return Status(Reason::kFileUnreadable, "cannot copy the vault: " + error.message());
  BenchVault copy = vault;
  copy.dir = dir;
  copy.target.codes_file = dir + "/codes";
  return copy;
}

Result<std::vector<RowKind>> CountRows(const BenchVault& vault) {
  ASSIGN_OR_RETURN(const std::unique_ptr<VaultFiles> files, VaultFiles::Open(ConfigOf(vault.dir), false));
  ASSIGN_OR_RETURN(const RoomStores* stores, files->Room("main", false));
  std::map<std::pair<bool, char>, RowKind> kinds;
  RETURN_IF_ERROR(CountStore(*stores->data, false, kinds));
  RETURN_IF_ERROR(CountStore(*stores->keys, true, kinds));
  std::vector<RowKind> all;
  for (const auto& [key, kind] : kinds) all.push_back(kind);
  return all;
}

Result<CheckCost> MeasureChecks(const BenchVault& vault) {
  constexpr int kTimes = 200'000;
  ASSIGN_OR_RETURN(const std::unique_ptr<RunningServer> server, RunningServer::Start(ConfigOf(vault.dir)));
  const std::shared_ptr<OpenVault> open = server->keeper().Current();
  if (open == nullptr) return Status(Reason::kServerLocked);
  const std::string target = "/v1/customers/0000-0000-0000-00";
  const std::string proof = vault.target.proof->MakeProof("GET", target, SystemClock().NowMillis());
  SessionRequest request;
  request.cookie = vault.target.cookie;
  request.proof = proof;
  request.method = "GET";
  request.target = target;
  request.address = IpAddress::Loopback();
  const auto micros_each = [](const auto& check) -> Result<double> {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < kTimes; ++i) RETURN_IF_ERROR(check());
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() / kTimes;
  };
  CheckCost cost;
  ASSIGN_OR_RETURN(cost.key_micros, micros_each([&] {
                     return open->api_keys().Authenticate(vault.target.staff_key, IpAddress::Loopback(), 1).status();
                   }));
  ASSIGN_OR_RETURN(cost.session_micros,
                   micros_each([&] { return open->front_door().sessions().Authenticate(request).status(); }));
  return cost;
}

Result<RotationCost> MeasureRotation(const BenchVault& vault) {
  ASSIGN_OR_RETURN(const std::unique_ptr<RunningServer> server, RunningServer::Start(ConfigOf(vault.dir)));
  const std::shared_ptr<OpenVault> open = server->keeper().Current();
  if (open == nullptr) return Status(Reason::kServerLocked);
  KeyEpochs& epochs = *open->house().compartments().front()->epochs;
  Journal& journal = *open->house().compartments().front()->journal;
  RotationCost cost;
  const auto seconds_of = [](const auto& work) -> Result<double> {
    const auto begin = std::chrono::steady_clock::now();
    RETURN_IF_ERROR(work());
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const auto settle = [&journal] {
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = Action::kEpochRotate;
    journal.Submit({}, std::move(entry)).Wait().IgnoreError();
  };
  ASSIGN_OR_RETURN(const double turn, seconds_of([&] { return epochs.TurnOver(settle).status(); }));
  cost.turn_millis = turn * 1e3;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<EpochInfo> infos, epochs.List());
    const EpochInfo& moving = infos[infos.size() - 2];
    const bool proof = moving.phase == MovePhase::kProof;
    const bool keys = moving.phase == MovePhase::kCustomerKeys;
    if (moving.state != EpochState::kClosed) {
      cost.keys = moving.moved_keys;
      cost.rows = moving.moved_rows;
      return cost;
    }
    ASSIGN_OR_RETURN(const double seconds, seconds_of([&] { return epochs.MoveSome().status(); }));
    (proof ? cost.proof_seconds : keys ? cost.rewrap_seconds : cost.reblind_seconds) += seconds;
  }
}

uint64_t DiskBytes(const BenchVault& vault) {
  uint64_t bytes = 0;
  for (const char* folder : {"/stores", "/keys"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(vault.dir + folder)) {
      if (entry.is_regular_file()) bytes += entry.file_size();
    }
  }
  return bytes;
}

Status ForgetFiles(const BenchVault& vault) {
  for (const char* folder : {"/stores", "/keys"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(vault.dir + folder)) {
      if (!entry.is_regular_file()) continue;
      const int file = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
      const bool forgotten = file >= 0 && fsync(file) == 0 && posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) == 0;
      if (file >= 0) close(file);
      if (!forgotten) return Status(Reason::kFileUnreadable, "cannot let go of " + entry.path().string());
    }
  }
  return Status::Ok();
}

Status ReadFiles(const BenchVault& vault) {
  std::vector<char> piece(size_t{1} << 20);
  for (const char* folder : {"/stores", "/keys"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(vault.dir + folder)) {
      if (!entry.is_regular_file()) continue;
      const int file = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
      if (file < 0) continue;  // a compaction has just taken it away
      ssize_t got = 1;
      while (got > 0) got = read(file, piece.data(), piece.size());
      close(file);
      if (got < 0) return Status(Reason::kFileUnreadable, "cannot read " + entry.path().string());
    }
  }
  return Status::Ok();
}

Result<BenchServer> BenchServer::Start(const BenchVault& vault, bool null_log) {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::string> arguments = {"/proc/self/exe", "--serve", vault.dir};
  if (null_log) arguments.emplace_back("--null-log");
  ASSIGN_OR_RETURN(Process process, Process::Spawn(arguments));
  BenchServer server(std::move(process));
  ASSIGN_OR_RETURN(const std::string line, server.process_.ReadLine());
  if (std::sscanf(line.c_str(), "ready %d %d", &server.tls_port_, &server.plain_port_) != 2) {
    return Status(Reason::kInternal, "the server said: " + line);
  }
  server.millis_to_ready_ = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  return server;
}

Result<Usage> BenchServer::GetUsage() {
  RETURN_IF_ERROR(process_.WriteLine("usage"));
  ASSIGN_OR_RETURN(const std::string line, process_.ReadLine());
  Usage usage;
  if (std::sscanf(line.c_str(), "usage %lf %lf", &usage.cpu_micros, &usage.resident_mebibytes) == 2) return usage;
  return Status(Reason::kInternal, "the server said: " + line);
}

Status BenchServer::Rotate() {
  RETURN_IF_ERROR(process_.WriteLine("rotate"));
  ASSIGN_OR_RETURN(const std::string line, process_.ReadLine());
  return line.starts_with("rotating") || line == "done" ? Status::Ok()
                                                        : Status(Reason::kInternal, "the server said: " + line);
}

Result<std::string> BenchServer::Rotating() {
  RETURN_IF_ERROR(process_.WriteLine("epochs"));
  ASSIGN_OR_RETURN(const std::string line, process_.ReadLine());
  return line;
}

Status BenchServer::Stop() { return process_.Finish().status(); }

Status ServeForBench(const std::string& dir, bool null_log) {
  HouseOptions options;
  options.null_log_for_benchmark = null_log;
  ASSIGN_OR_RETURN(const std::unique_ptr<RunningServer> server, RunningServer::Start(ConfigOf(dir), options));
  std::printf("ready %d %d\n", server->port(), server->plaintext_port());
  std::fflush(stdout);
  std::string line;
  while (std::getline(std::cin, line)) {
    if (line == "rotate" || line == "epochs") {
      std::printf("%s\n", RotationLine(dir, *server, line == "rotate").c_str());
    } else {
      const Usage usage = OwnUsage();
      std::printf("usage %.0f %.1f\n", usage.cpu_micros, usage.resident_mebibytes);
    }
    std::fflush(stdout);
  }
  server->Stop();
  return Status::Ok();
}

}  // namespace strongroom::bench
