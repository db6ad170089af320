#include "product/sizes.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <thread>

#include "product/bench_vault.h"
#include "product/load.h"
#include "product/report.h"

namespace strongroom::bench {
namespace {

constexpr int kConnections = 64;
constexpr int kPacedConnections = 16;
constexpr int kBatch = 500;
constexpr int kBatchConnections = 8;
constexpr uint64_t kWorthKeeping = 1'000'000;
constexpr uint64_t kSlice = 100'000;  // customers that one load asks for

// What one kind of request took at one size, a figure for each round.
struct Latencies {
  std::vector<double> p50_millis;
  std::vector<double> p99_millis;
};

struct OneSize {
  BenchVault vault;
  std::unique_ptr<BenchServer> server;
  uint64_t asked = 0;  // reveals so far, in slices of the codes
  Latencies reveals;
  Latencies searches;
  std::string name() const { return std::to_string(vault.customers) + " customers"; }
};

class Sizes {
 public:
  explicit Sizes(const SizesOptions& options) : options_(options) {}

  Status Run() {
    PrintSection("by size: vaults");
    for (const uint64_t size : options_.sizes) RETURN_IF_ERROR(Prepare(size));
    RETURN_IF_ERROR(LatenciesOfAll());
    RETURN_IF_ERROR(ThroughputOfAll());
    PrintSection("by size: memory, and the start");
    for (OneSize& one : all_) RETURN_IF_ERROR(Ends(one));
    return Status::Ok();
  }

 private:
  std::string DirOf(uint64_t size) const {
    const bool keep = size >= kWorthKeeping && !options_.keep_dir.empty();
    return (keep ? options_.keep_dir : options_.scratch_dir) + "/vault-" + std::to_string(size);
  }

  Status Prepare(uint64_t size) {
    OneSize one;
    Result<BenchVault> found = FindVault(DirOf(size));
    if (!found.ok()) {
      std::filesystem::remove_all(DirOf(size));
      std::filesystem::create_directories(std::filesystem::path(DirOf(size)).parent_path());
      found = MakeVault(DirOf(size), size);
    }
    RETURN_IF_ERROR(found.status());
    one.vault = *std::move(found);
    const double disk_bytes = static_cast<double>(DiskBytes(one.vault));
    PrintFigure(one.name(), Text("%.0f MiB", disk_bytes / (1 << 20)),
                Text("on disk, %.1f times the values", disk_bytes / one.vault.raw_bytes) +
                    (one.vault.load_seconds > 0
                         ? Text(", stored at %.0f /s", static_cast<double>(size) / one.vault.load_seconds)
                         : std::string()));
    ASSIGN_OR_RETURN(BenchServer server, BenchServer::Start(one.vault, false));
    PrintFigure("", Text("%.0f ms", server.millis_to_ready()), "until ready, after the load");
    one.server = std::make_unique<BenchServer>(std::move(server));
    all_.push_back(std::move(one));
    return Status::Ok();
  }

  Result<LoadResult> Load(OneSize& one, const std::string& script, int connections, double rate) {
    LoadOptions load;
    load.url = one.server->plain_url();
    load.script = script;
    load.connections = connections;
    load.seconds = options_.seconds;
    load.rate = rate;
    load.scratch_dir = options_.scratch_dir;
    ASSIGN_OR_RETURN(const LoadResult result, RunLoad(load));
    if (result.failures > 0) {
      std::printf("  !! %llu of the answers below failed\n", static_cast<unsigned long long>(result.failures));
    }
    return result;
  }

  // Customers nobody asked for yet, as far as there are any; small vaults begin again.
  std::string NextReveals(OneSize& one) {
    const uint64_t slice = std::min(kSlice, one.vault.customers);
    const uint64_t slices = one.vault.customers / slice;
    return RevealScript(one.vault.target, slice, one.asked++ % slices * slice);
  }

  Status Warm(const OneSize& one) const { return options_.cold ? Status::Ok() : ReadFiles(one.vault); }

  // All servers run; each is asked in turn, so that whatever else the machine does meets all of them.
  Status LatenciesOfAll() {
    PrintSection(Text("by size: latencies at %.0f requests a second, %d connections, files %s", options_.rate,
                      kPacedConnections, options_.cold ? "as the machine holds them" : "read just before"));
    for (int round = 0; round < options_.rounds; ++round) {
      for (OneSize& one : all_) {
        RETURN_IF_ERROR(Warm(one));
        ASSIGN_OR_RETURN(const LoadResult reveal, Load(one, NextReveals(one), kPacedConnections, options_.rate));
        ASSIGN_OR_RETURN(const LoadResult search, Load(one, SearchScript(one.vault.target, one.vault.customers),
                                                       kPacedConnections, options_.rate));
        Note(one.reveals, reveal);
        Note(one.searches, search);
        PrintFigure(one.name(), Text("%.0f /s", reveal.requests_per_second),
                    Text("reveal p50 %.2f ms  p99 %.2f ms", reveal.p50_millis, reveal.p99_millis) +
                        Text("   search p50 %.2f ms  p99 %.2f ms", search.p50_millis, search.p99_millis));
      }
    }
    for (const OneSize& one : all_) {
      PrintFigure(
          one.name() + ", median", "",
          Text("reveal p50 %.2f ms  p99 %.2f ms", Median(one.reveals.p50_millis), Median(one.reveals.p99_millis)) +
              Text("   search p50 %.2f ms  p99 %.2f ms", Median(one.searches.p50_millis),
                   Median(one.searches.p99_millis)));
    }
    const OneSize& first = all_.front();
    for (const OneSize& one : all_) {
      if (&one == &first) continue;
      const std::string beside = " p99 / that of " + std::to_string(first.vault.customers) + " (aim: at most 1.5)";
      PrintRatio(std::to_string(one.vault.customers) + ": reveal" + beside, Ratios(one.reveals, first.reveals), 0);
      PrintRatio(std::to_string(one.vault.customers) + ": search" + beside, Ratios(one.searches, first.searches), 0);
    }
    return Status::Ok();
  }

  static void Note(Latencies& latencies, const LoadResult& result) {
    latencies.p50_millis.push_back(result.p50_millis);
    latencies.p99_millis.push_back(result.p99_millis);
  }

  static std::vector<double> Ratios(const Latencies& of, const Latencies& to) {
    std::vector<double> ratios;
    for (size_t i = 0; i < of.p99_millis.size(); ++i) ratios.push_back(of.p99_millis[i] / to.p99_millis[i]);
    return ratios;
  }

  Status ThroughputOfAll() {
    PrintSection("by size: as many reveals as there are answers, 64 connections");
    for (int round = 0; round < options_.rounds; ++round) {
      for (OneSize& one : all_) {
        RETURN_IF_ERROR(Warm(one));
        ASSIGN_OR_RETURN(const LoadResult empty, Load(one, EmptyScript(), kConnections, 0));
        ASSIGN_OR_RETURN(const Usage before, one.server->GetUsage());
        ASSIGN_OR_RETURN(const LoadResult reveal, Load(one, NextReveals(one), kConnections, 0));
        ASSIGN_OR_RETURN(const Usage after, one.server->GetUsage());
        PrintFigure(one.name(), Text("%.0f /s", reveal.requests_per_second),
                    Text("%.2f of empty  p50 %.2f ms  p99 %.2f ms",
                         reveal.requests_per_second / empty.requests_per_second, reveal.p50_millis, reveal.p99_millis) +
                        Text("  server %.1f us CPU a request",
                             (after.cpu_micros - before.cpu_micros) /
                                 static_cast<double>(std::max<uint64_t>(1, reveal.requests))));
      }
    }
    return Status::Ok();
  }

  Status Ends(OneSize& one) {
    ASSIGN_OR_RETURN(const Usage usage, one.server->GetUsage());
    PrintFigure(one.name(), Text("%.0f MiB", usage.resident_mebibytes), "resident after all that (aim: at most 512)");
    RETURN_IF_ERROR(one.server->Stop());
    std::vector<double> warm, cold;
    for (int round = 0; round < options_.rounds; ++round) {
      for (const bool forget : {false, true}) {
        if (forget) RETURN_IF_ERROR(ForgetFiles(one.vault));
        ASSIGN_OR_RETURN(BenchServer server, BenchServer::Start(one.vault, false));
        (forget ? cold : warm).push_back(server.millis_to_ready());
        RETURN_IF_ERROR(server.Stop());
      }
    }
    PrintFigure("", Text("%.0f ms", Median(warm)), "until ready (aim: at most 2000)");
    PrintFigure("", Text("%.0f ms", Median(cold)), "until ready, none of the files in the machine's memory");
    ASSIGN_OR_RETURN(BenchServer server, BenchServer::Start(one.vault, false));
    RETURN_IF_ERROR(KillUnderCreates(server, one.vault));
    ASSIGN_OR_RETURN(BenchServer again, BenchServer::Start(one.vault, false));
    PrintFigure("", Text("%.0f ms", again.millis_to_ready()), "until ready, when killed under bulk creates");
    return again.Stop();
  }

  // Ends the server in the midst of what leaves the most behind in the write-ahead logs.
  Status KillUnderCreates(BenchServer& server, const BenchVault& vault) {
    LoadOptions load;
    load.url = server.plain_url();
    load.script = CreateBatchScript(vault.target, kBatch);
    load.connections = kBatchConnections;
    load.seconds = options_.seconds + 1;
    load.scratch_dir = options_.scratch_dir;
    std::future<Result<LoadResult>> loading = std::async(std::launch::async, [&load] { return RunLoad(load); });
    std::this_thread::sleep_for(std::chrono::seconds(options_.seconds));
    server.Kill();
    return loading.get().status();  // how many it failed to reach afterwards is of no interest
  }

  const SizesOptions options_;
  std::vector<OneSize> all_;
};

}  // namespace

Status SizesSection(const SizesOptions& options) { return Sizes(options).Run(); }

}  // namespace strongroom::bench
