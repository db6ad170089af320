// The product's benchmark: what a client gets over HTTP, beside the ceilings of the machine it runs on.  It prints
// ratios and asserts nothing: times belong to a machine and a moment.
//
//   strongroom_bench [--short] [--dir DIR] [--customers N] [--seconds S] [--rounds R] [--keep] [SECTION...]
// --customers also makes `sizes` one line of that size; --to N lets it go in steps of ten up to N, --sizes A,B,C gives
// them singly, and --vaults DIR keeps what is large there for the next time, --rate R asks so often while it measures
// latencies, --cold leaves their files as the machine holds them (else they are read before each load). `soak` takes
// --minutes M, and with --server-percent P gives the server that much of a core at most. --keep leaves the vaults and
// the load script behind, for a profiler: strongroom_bench --serve DIR [--null-log] serves one until its standard input
// ends.
//
// --postgres puts the vault into a private PostgreSQL as well, beside RocksDB in reveal, create and tokens.
//
// Sections: ceilings reveal session create tokens bytes rotation sizes postgres (default: all), and soak.  The server
// is this program again, as a child process (so that its processor time is its own); the load is wrk, a second child.
// Both share the machine's cores.
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "crypto/heap/wiping_heap.h"
#include "product/bench_vault.h"
#include "product/ceilings.h"
#include "product/load.h"
#include "product/postgres.h"
#include "product/report.h"
#include "product/rotation.h"
#include "product/sizes.h"
#include "product/soak.h"

namespace strongroom::bench {
namespace {

struct Options {
  std::string dir = ".";
  uint64_t customers = 100'000;
  int seconds = 4;
  int rounds = 3;
  bool keep = false;
  bool postgres = false;  // the vault once more over PostgreSQL, beside it
  std::vector<uint64_t> sizes = {10'000, 100'000, 1'000'000};
  std::string vaults;  // where large ones are kept
  bool cold = false;   // their files are not read before each load
  double rate = 1'000;
  double minutes = 60;
  int server_percent = 0;
  std::vector<std::string> sections;

  bool Wants(const char* section) const {
    return sections.empty() || std::find(sections.begin(), sections.end(), section) != sections.end();
  }
};

constexpr int kConnections = 64;
constexpr int kCreateBatch = 500;
constexpr int kBatchConnections = 8;
constexpr uint64_t kWarmCustomers = 1'000;

// One load against one server, with the processor time the server took for each request.
struct Measured {
  LoadResult load;
  double cpu_micros = 0;
};

class Bench {
 public:
  Bench(const Options& options, std::string scratch) : options_(options), scratch_(std::move(scratch)) {}

  Status Run() {
    if (options_.Wants("ceilings")) RETURN_IF_ERROR(Ceilings());
    if (options_.Wants("ceilings") || options_.Wants("reveal") || options_.Wants("create") ||
        options_.Wants("tokens") || options_.Wants("bytes")) {
      ASSIGN_OR_RETURN(vault_, MakeVault(scratch_ + "/vault", options_.customers));
      ASSIGN_OR_RETURN(null_vault_, CopyVault(vault_, scratch_ + "/null-vault"));
      if (options_.Wants("bytes")) RETURN_IF_ERROR(BytesSection());
      if (options_.Wants("create") || options_.Wants("tokens") || options_.Wants("ceilings"))
        RETURN_IF_ERROR(OpenEngine());
      ASSIGN_OR_RETURN(BenchServer server, BenchServer::Start(vault_, false));
      ASSIGN_OR_RETURN(BenchServer null_server, BenchServer::Start(null_vault_, true));
      server_ = &server;
      null_server_ = &null_server;
      if (options_.postgres) RETURN_IF_ERROR(StartPostgres());
      if (options_.Wants("ceilings")) RETURN_IF_ERROR(EmptyRequests());
      if (options_.Wants("reveal")) RETURN_IF_ERROR(Reveal());
      if (options_.Wants("create")) RETURN_IF_ERROR(Create());
      if (options_.Wants("tokens")) RETURN_IF_ERROR(TokensSection());
      RETURN_IF_ERROR(server.Stop());
      RETURN_IF_ERROR(null_server.Stop());
      if (postgres_server_ != nullptr) RETURN_IF_ERROR(postgres_server_->Stop());
    }
    if (options_.Wants("session")) RETURN_IF_ERROR(SessionSection());
    if (options_.Wants("rotation")) {
      RETURN_IF_ERROR(RotationSection(
          {scratch_, options_.vaults, options_.customers, options_.seconds, options_.rounds, options_.rate}));
    }
    if (options_.Wants("sizes")) {
      RETURN_IF_ERROR(SizesSection({scratch_, options_.vaults, options_.sizes, options_.seconds, options_.rounds,
                                    options_.rate, options_.cold}));
    }
    // Only by name: it takes an hour.
    if (!options_.sections.empty() && options_.Wants("soak")) {
      RETURN_IF_ERROR(SoakSection({.scratch_dir = scratch_,
                                   .customers = options_.customers,
                                   .minutes = options_.minutes,
                                   .server_percent = options_.server_percent}));
    }
    if (options_.Wants("postgres")) {
      RETURN_IF_ERROR(PostgresSection({scratch_, options_.customers, options_.seconds, options_.rounds}));
    }
    return Status::Ok();
  }

 private:
  Result<Measured> Load(BenchServer& server, const std::string& url, const std::string& script,
                        int connections = kConnections) {
    LoadOptions load;
    load.url = url;
    load.script = script;
    load.connections = connections;
    load.seconds = options_.seconds;
    load.scratch_dir = scratch_;
    ASSIGN_OR_RETURN(const Usage before, server.GetUsage());
    Measured measured;
    ASSIGN_OR_RETURN(measured.load, RunLoad(load));
    ASSIGN_OR_RETURN(const Usage after, server.GetUsage());
    measured.cpu_micros =
        (after.cpu_micros - before.cpu_micros) / static_cast<double>(std::max<uint64_t>(measured.load.requests, 1));
    if (measured.load.failures > 0) {
      std::printf("  !! %llu of the answers below failed\n", static_cast<unsigned long long>(measured.load.failures));
    }
    return measured;
  }

  static void Print(const std::string& label, const Measured& measured, double per_request = 1) {
    PrintFigure(label, Text("%.0f /s", measured.load.requests_per_second * per_request),
                Text("p50 %.2f ms  p99 %.2f ms  server %.1f us CPU a request", measured.load.p50_millis,
                     measured.load.p99_millis, measured.cpu_micros));
  }

  Status StartPostgres() {
    ASSIGN_OR_RETURN(cluster_, StartCluster());
    ASSIGN_OR_RETURN(postgres_vault_,
                     MakeVault(scratch_ + "/vault-postgres", options_.customers, cluster_->conninfo()));
    ASSIGN_OR_RETURN(BenchServer server, BenchServer::Start(postgres_vault_, false));
    postgres_server_ = std::make_unique<BenchServer>(std::move(server));
    return Status::Ok();
  }

  // The same load over PostgreSQL, right after the one over RocksDB; nothing when it was not asked for.
  Status Beside(const std::string& label, const Measured& rocksdb, const std::string& script, int connections,
                double per_request, std::vector<double>& ratios) {
    if (postgres_server_ == nullptr) return Status::Ok();
    ASSIGN_OR_RETURN(const Measured postgres,
                     Load(*postgres_server_, postgres_server_->plain_url(), script, connections));
    Print(label + ", over PostgreSQL", postgres, per_request);
    ratios.push_back(postgres.load.requests_per_second / rocksdb.load.requests_per_second);
    return Status::Ok();
  }

  Status Ceilings() {
    PrintSection("ceilings: this machine");
    for (const bool preallocated : {false, true}) {
      ASSIGN_OR_RETURN(const double micros, FlushMicros(scratch_, preallocated));
      PrintFigure(preallocated ? "flush of 4 KiB, preallocated" : "flush of 4 KiB, appending", Text("%.0f us", micros));
    }
    return Status::Ok();
  }

  Status OpenEngine() {
    PrintSection("ceilings: cipher and engine alone, rows of the same sizes");
    ASSIGN_OR_RETURN(const std::vector<RowKind> kinds, CountRows(vault_));
    for (const RowKind& kind : kinds) {
      if (kind.kind != 'c') continue;
      ASSIGN_OR_RETURN(const double nanos, GcmNanos(kind.value_bytes / kind.rows));
      PrintFigure("AES-256-GCM of a record's bytes", Text("%.0f ns", nanos), "context and key kept; one thread");
    }
    ASSIGN_OR_RETURN(Engine engine, Engine::Open(scratch_, kinds, options_.customers));
    engine_.emplace(std::move(engine));
    ASSIGN_OR_RETURN(const double creates, engine_->Creates(options_.seconds));
    PrintFigure("engine: creates in groups of 64", Text("%.0f /s", creates), "data and keys, flushed");
    return Status::Ok();
  }

  Status EmptyRequests() {
    PrintSection("ceilings: the empty request, 64 connections kept alive");
    for (const bool tls : {false, true}) {
      ASSIGN_OR_RETURN(const Measured empty, Load(*server_, Url(*server_, tls), EmptyScript()));
      Print(tls ? "GET /healthz, TLS" : "GET /healthz, plain", empty);
    }
    return Status::Ok();
  }

  static std::string Url(const BenchServer& server, bool tls) { return tls ? server.tls_url() : server.plain_url(); }

  Status Reveal() {
    for (const bool tls : {false, true}) {
      for (const uint64_t customers : {std::min(kWarmCustomers, options_.customers), options_.customers}) {
        PrintSection("reveal of two fields, " + std::string(tls ? "TLS" : "plain") + ", 64 connections, " +
                     std::to_string(customers) + " customers");
        std::vector<double> of_empty, of_null, added_micros, over_postgres;
        for (int round = 0; round < options_.rounds; ++round) {
          ASSIGN_OR_RETURN(const Measured empty, Load(*server_, Url(*server_, tls), EmptyScript()));
          ASSIGN_OR_RETURN(const Measured audited,
                           Load(*server_, Url(*server_, tls), RevealScript(vault_.target, customers)));
          ASSIGN_OR_RETURN(const Measured null,
                           Load(*null_server_, Url(*null_server_, tls), RevealScript(null_vault_.target, customers)));
          Print("empty", empty);
          Print("reveal, audited", audited);
          Print("reveal, null log", null);
          if (!tls) {
            RETURN_IF_ERROR(Beside("reveal, audited", audited, RevealScript(postgres_vault_.target, customers),
                                   kConnections, 1, over_postgres));
          }
          of_empty.push_back(audited.load.requests_per_second / empty.load.requests_per_second);
          of_null.push_back(audited.load.requests_per_second / null.load.requests_per_second);
          added_micros.push_back(audited.cpu_micros - null.cpu_micros);
        }
        PrintRatio("audited reveal / empty request", of_empty, 0.4);
        PrintRatio("audited / null log", of_null, 0.6);
        PrintRatio("over PostgreSQL / over RocksDB", over_postgres, 0);
        PrintFigure("processor time that the log adds", Text("%.1f us", Median(added_micros)), "a request");
      }
    }
    return Status::Ok();
  }

  // The same person's rights, by an API key and as signed in: what cookie and proof cost a request.  A vault of its
  // own, made just before, so that the session is not idle.
  Status SessionSection() {
    ASSIGN_OR_RETURN(const BenchVault vault, MakeVault(scratch_ + "/vault-session", kWarmCustomers));
    PrintSection("who calls?");
    ASSIGN_OR_RETURN(const CheckCost cost, MeasureChecks(vault));
    PrintFigure("an API key, alone", Text("%.2f us", cost.key_micros));
    PrintFigure("a session's cookie and proof, alone", Text("%.2f us", cost.session_micros));
    ASSIGN_OR_RETURN(BenchServer server, BenchServer::Start(vault, false));
    for (const bool tls : {false, true}) {
      PrintSection("masked read by key and by session, " + std::string(tls ? "TLS" : "plain") + ", 64 connections");
      std::vector<double> ratios, added_micros;
      for (int round = 0; round < options_.rounds; ++round) {
        Measured by[2];
        for (const int turn : {0, 1}) {
          const bool signed_in = (turn + round) % 2 == 1;  // each goes first as often
          ASSIGN_OR_RETURN(const std::string script, ReadScript(vault.target, kWarmCustomers, signed_in));
          ASSIGN_OR_RETURN(by[signed_in], Load(server, Url(server, tls), script));
        }
        Print("API key", by[0]);
        Print("session cookie and proof", by[1]);
        ratios.push_back(by[1].load.requests_per_second / by[0].load.requests_per_second);
        added_micros.push_back(by[1].cpu_micros - by[0].cpu_micros);
      }
      PrintRatio("session / API key", ratios, 0.95);
      PrintFigure("processor time that the session adds", Text("%.1f us", Median(added_micros)), "a request");
    }
    return server.Stop();
  }

  Status Create() {
    PrintSection("create: ten fields, two searchable, single, 64 connections");
    std::vector<double> of_engine, of_null, over_postgres;
    for (int round = 0; round < options_.rounds; ++round) {
      ASSIGN_OR_RETURN(const double engine, engine_->Creates(options_.seconds));
      PrintFigure("engine alone, groups of 64", Text("%.0f /s", engine));
      ASSIGN_OR_RETURN(const Measured audited, Load(*server_, server_->plain_url(), CreateScript(vault_.target)));
      ASSIGN_OR_RETURN(const Measured null,
                       Load(*null_server_, null_server_->plain_url(), CreateScript(null_vault_.target)));
      Print("create", audited);
      Print("create, null log", null);
      RETURN_IF_ERROR(Beside("create", audited, CreateScript(postgres_vault_.target), kConnections, 1, over_postgres));
      of_engine.push_back(audited.load.requests_per_second / engine);
      of_null.push_back(audited.load.requests_per_second / null.load.requests_per_second);
    }
    PrintFigure("aim", "8000 /s");
    PrintRatio("create / engine alone", of_engine, 0.5);
    PrintRatio("audited / null log", of_null, 0.9);
    PrintRatio("over PostgreSQL / over RocksDB", over_postgres, 0);

    PrintSection("create: batches of 500, 8 connections");
    of_engine.clear();
    of_null.clear();
    over_postgres.clear();
    for (int round = 0; round < options_.rounds; ++round) {
      ASSIGN_OR_RETURN(const double engine, engine_->BulkCreates(options_.seconds));
      PrintFigure("engine alone, four batches of 500 at once", Text("%.0f /s", engine));
      ASSIGN_OR_RETURN(const Measured audited, Load(*server_, server_->plain_url(),
                                                    CreateBatchScript(vault_.target, kCreateBatch), kBatchConnections));
      ASSIGN_OR_RETURN(const Measured null,
                       Load(*null_server_, null_server_->plain_url(),
                            CreateBatchScript(null_vault_.target, kCreateBatch), kBatchConnections));
      Print("customers", audited, kCreateBatch);
      Print("customers, null log", null, kCreateBatch);
      RETURN_IF_ERROR(Beside("customers", audited, CreateBatchScript(postgres_vault_.target, kCreateBatch),
                             kBatchConnections, kCreateBatch, over_postgres));
      of_engine.push_back(audited.load.requests_per_second * kCreateBatch / engine);
      of_null.push_back(audited.load.requests_per_second / null.load.requests_per_second);
    }
    PrintFigure("aim", "15000 /s");
    PrintRatio("bulk create / engine alone", of_engine, 0.5);
    PrintRatio("audited / null log", of_null, 0.9);
    PrintRatio("over PostgreSQL / over RocksDB", over_postgres, 0);
    return Status::Ok();
  }

  Status TokensSection() {
    PrintSection("tokens in batches of 100");
    std::vector<double> of_engine, over_postgres;
    for (int round = 0; round < options_.rounds; ++round) {
      ASSIGN_OR_RETURN(const double engine, engine_->Tokens(options_.seconds));
      PrintFigure("engine alone, batches of 100, 8 writers", Text("%.0f /s", engine));
      ASSIGN_OR_RETURN(const Measured ff1, Load(*server_, server_->plain_url(), Ff1Script(vault_.target)));
      ASSIGN_OR_RETURN(const Measured stored, Load(*server_, server_->plain_url(), TokenScript(vault_.target), 8));
      Print("FF1, values, 64 connections (aim 500000 /s)", ff1, 100);
      Print("stored random tokens, 8 connections", stored, 100);
      RETURN_IF_ERROR(
          Beside("stored random tokens", stored, TokenScript(postgres_vault_.target), 8, 100, over_postgres));
      of_engine.push_back(stored.load.requests_per_second * 100 / engine);
    }
    PrintRatio("stored tokens / engine alone", of_engine, 0.5);
    PrintRatio("over PostgreSQL / over RocksDB", over_postgres, 0);
    return Status::Ok();
  }

  Status BytesSection() {
    PrintSection("bytes on disk, " + std::to_string(options_.customers) + " customers");
    ASSIGN_OR_RETURN(const std::vector<RowKind> kinds, CountRows(vault_));
    const auto customers = static_cast<double>(vault_.customers);
    const double raw = vault_.raw_bytes / customers;
    constexpr double kValues = 10;
    double all_rows = 0;
    for (const RowKind& kind : kinds) {
      const double bytes = static_cast<double>(kind.key_bytes + kind.value_bytes) / customers;
      all_rows += bytes;
      PrintFigure(Text("rows '%c' of the %s store", kind.kind, kind.in_key_store ? "key" : "data"),
                  Text("%.1f bytes", bytes), Text("a customer; %.0f rows", static_cast<double>(kind.rows)));
      if (kind.kind == 'c') {
        const double sealed = static_cast<double>(kind.value_bytes) / static_cast<double>(kind.rows);
        PrintFigure("sealed record beyond its values", Text("%.1f bytes", sealed - raw),
                    Text("aim: at most 60 a customer and 4 a value: %.0f", 60 + 4 * kValues));
      }
    }
    PrintFigure("values", Text("%.1f bytes", raw), "a customer");
    PrintFigure("all rows / values", Text("%.2f", all_rows / raw));
    PrintFigure("files on disk / values", Text("%.2f", static_cast<double>(DiskBytes(vault_)) / vault_.raw_bytes),
                "write-ahead logs and filters included, before compaction");
    return Status::Ok();
  }

  const Options options_;
  const std::string scratch_;
  BenchVault vault_;
  BenchVault null_vault_;
  std::optional<Engine> engine_;
  BenchServer* server_ = nullptr;
  BenchServer* null_server_ = nullptr;
  std::unique_ptr<PostgresCluster> cluster_;
  BenchVault postgres_vault_;
  std::unique_ptr<BenchServer> postgres_server_;
};

int Fail(const Status& status) {
  std::fprintf(stderr, "strongroom_bench: %s\n", status.ToString().c_str());
  return 1;
}

std::optional<Options> ReadOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--short") {
      options.customers = 10'000;
      options.seconds = 1;
      options.rounds = 1;
      options.sizes = {10'000};
    } else if (argument == "--postgres") {
      options.postgres = true;
    } else if (argument == "--keep") {
      options.keep = true;
    } else if (argument == "--dir" && i + 1 < argc) {
      options.dir = argv[++i];
    } else if (argument == "--customers" && i + 1 < argc) {
      options.customers = std::strtoull(argv[++i], nullptr, 10);
      options.sizes = {options.customers};
    } else if (argument == "--seconds" && i + 1 < argc) {
      options.seconds = std::atoi(argv[++i]);
    } else if (argument == "--rounds" && i + 1 < argc) {
      options.rounds = std::atoi(argv[++i]);
    } else if (argument == "--to" && i + 1 < argc) {
      const uint64_t largest = std::strtoull(argv[++i], nullptr, 10);
      options.sizes.clear();
      for (uint64_t size = 10'000; size < largest; size *= 10) options.sizes.push_back(size);
      options.sizes.push_back(largest);
    } else if (argument == "--sizes" && i + 1 < argc) {
      options.sizes.clear();
      for (const char* at = argv[++i]; *at != '\0';) {
        char* end = nullptr;
        options.sizes.push_back(std::strtoull(at, &end, 10));
        at = *end == ',' ? end + 1 : end + std::strlen(end);
      }
    } else if (argument == "--vaults" && i + 1 < argc) {
      options.vaults = argv[++i];
    } else if (argument == "--cold") {
      options.cold = true;
    } else if (argument == "--rate" && i + 1 < argc) {
      options.rate = std::atof(argv[++i]);
    } else if (argument == "--minutes" && i + 1 < argc) {
      options.minutes = std::atof(argv[++i]);
    } else if (argument == "--server-percent" && i + 1 < argc) {
      options.server_percent = std::atoi(argv[++i]);
    } else if (argument.starts_with("-")) {
      return std::nullopt;
    } else {
      options.sections.push_back(argument);
    }
  }
  if (options.customers == 0 || options.seconds < 1 || options.rounds < 1 || options.sizes.empty() ||
      options.rate <= 0 || options.minutes <= 0 || options.server_percent < 0)
    return std::nullopt;
  return options;
}

int Main(int argc, char** argv) {
  if (argc >= 3 && std::string(argv[1]) == "--serve") {
    const Status served = ServeForBench(argv[2], argc >= 4 && std::string(argv[3]) == "--null-log");
    return served.ok() ? 0 : Fail(served);
  }
  const std::optional<Options> options = ReadOptions(argc, argv);
  if (!options.has_value()) {
    std::fprintf(
        stderr,
        "usage: strongroom_bench [--short] [--dir DIR] [--customers N] [--seconds S] [--rounds R] [--keep] "
        "[--postgres]\n"
        "                        [--to N] [--vaults DIR] [--cold] [--rate R] [--minutes M] [--server-percent P]\n"
        "                        [ceilings] [reveal] [session] [create] [tokens] [bytes] [rotation] [sizes] "
        "[postgres] [soak]\n");
    return 2;
  }
  std::string scratch = options->dir + "/strongroom-bench-XXXXXX";
  if (mkdtemp(scratch.data()) == nullptr)
    return Fail(Status(Reason::kFileUnreadable, "cannot make a directory in " + options->dir));
  const Status run = Bench(*options, scratch).Run();
  std::error_code ignored;
  if (!options->keep) std::filesystem::remove_all(scratch, ignored);
  return run.ok() ? 0 : Fail(run);
}

}  // namespace
}  // namespace strongroom::bench

int main(int argc, char** argv) {
  // The same heap as the product's: what it costs belongs into the figures.
  if (!strongroom::InstallWipingOpenSslHeap()) return 1;
  return strongroom::bench::Main(argc, argv);
}
