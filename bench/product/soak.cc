#include "product/soak.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "product/bench_vault.h"
#include "product/cpu_share.h"
#include "product/load.h"
#include "product/report.h"

namespace strongroom::bench {
namespace {

constexpr int kConnections = 32;
constexpr int kProbeSeconds = 30;
constexpr auto kSampleEvery = std::chrono::seconds(10);

struct Sample {
  double minutes = 0;
  double mebibytes = 0;
};

// Of the straight line that fits best, in MiB an hour.
double SlopeAnHour(const std::vector<Sample>& samples) {
  double mean_x = 0, mean_y = 0;
  for (const Sample& sample : samples) {
    mean_x += sample.minutes / static_cast<double>(samples.size());
    mean_y += sample.mebibytes / static_cast<double>(samples.size());
  }
  double above = 0, below = 0;
  for (const Sample& sample : samples) {
    above += (sample.minutes - mean_x) * (sample.mebibytes - mean_y);
    below += (sample.minutes - mean_x) * (sample.minutes - mean_x);
  }
  return below > 0 ? above / below * 60 : 0;
}

double MedianOf(const std::vector<Sample>& samples, size_t begin, size_t end) {
  std::vector<double> figures;
  for (size_t i = begin; i < end; ++i) figures.push_back(samples[i].mebibytes);
  return Median(std::move(figures));
}

void PrintMemory(const std::vector<Sample>& samples) {
  if (samples.size() < 8) return PrintFigure("memory", "", "too short a run to say anything");
  const auto [least, most] = std::minmax_element(
      samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.mebibytes < b.mebibytes; });
  const size_t quarter = samples.size() / 4;
  const double first = MedianOf(samples, 0, quarter);
  const double last = MedianOf(samples, samples.size() - quarter, samples.size());
  PrintFigure("resident, after the warm-up", Text("%.0f MiB", MedianOf(samples, 0, samples.size())),
              Text("%.0f to %.0f, of %zu samples", least->mebibytes, most->mebibytes, samples.size()));
  PrintFigure("last quarter / first quarter", Text("%.3f", last / first),
              Text("aim 0.95 to 1.05: %s", std::abs(last / first - 1) <= 0.05 ? "met" : "MISSED"));
  PrintFigure("slope", Text("%+.1f MiB", SlopeAnHour(samples)),
              Text("an hour, %+.1f %%", 100 * SlopeAnHour(samples) / first));
}

void PrintLoad(const std::string& label, const LoadResult& load) {
  PrintFigure(label, Text("%.0f /s", load.requests_per_second),
              Text("%llu requests, p50 %.2f ms  p99 %.2f ms", static_cast<unsigned long long>(load.requests),
                   load.p50_millis, load.p99_millis));
  for (const std::string& note : load.notes) std::printf("      %s\n", note.c_str());
}

}  // namespace

Status SoakSection(const SoakOptions& options) {
  const double warm_up = std::min(options.warm_up_minutes, options.minutes / 3);
  PrintSection(Text("soak: %.0f minutes at %.0f %% of what it can do, %llu customers", options.minutes,
                    100 * options.load_share, static_cast<unsigned long long>(options.customers)));
  ASSIGN_OR_RETURN(const BenchVault vault, MakeVault(options.scratch_dir + "/vault-soak", options.customers));
  std::optional<CpuShare> share;
  ASSIGN_OR_RETURN(BenchServer server, BenchServer::Start(vault, false));
  if (options.server_percent > 0) {
    Result<CpuShare> limited = CpuShare::Limit(server.pid(), options.server_percent);
    RETURN_IF_ERROR(limited.status());
    share.emplace(*std::move(limited));
    PrintFigure("the server may use", Text("%d %%", options.server_percent), "of a core");
  }
  LoadOptions load;
  load.url = server.plain_url();
  load.script = MixedScript(vault.target, options.customers);
  load.connections = kConnections;
  load.seconds = static_cast<int>(std::min<double>(kProbeSeconds, options.minutes * 60));
  load.scratch_dir = options.scratch_dir;
  ASSIGN_OR_RETURN(const LoadResult most, RunLoad(load));
  PrintLoad("as much as it can", most);
  if (most.failures > 0) return Status(Reason::kInternal, "requests failed before the measurement began");

  load.rate = options.load_share * most.requests_per_second;
  load.seconds = static_cast<int>(options.minutes * 60);
  const auto begun = std::chrono::steady_clock::now();
  const auto minutes_since = [&begun] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count() / 60;
  };
  std::future<Result<LoadResult>> loading = std::async(std::launch::async, [&load] { return RunLoad(load); });
  std::vector<Sample> samples;
  while (loading.wait_for(kSampleEvery) != std::future_status::ready) {
    ASSIGN_OR_RETURN(const Usage usage, server.GetUsage());
    if (minutes_since() > options.minutes) continue;  // the load is over, its end is awaited
    std::printf("      %6.1f min  %.1f MiB\n", minutes_since(), usage.resident_mebibytes);
    std::fflush(stdout);
    if (minutes_since() >= warm_up) samples.push_back({minutes_since(), usage.resident_mebibytes});
  }
  ASSIGN_OR_RETURN(const LoadResult steady, loading.get());
  PrintLoad("steady", steady);
  PrintFigure("requests that failed", std::to_string(steady.failures), "aim: none");
  PrintMemory(samples);
  PrintFigure("on disk at the end", Text("%.0f MiB", static_cast<double>(DiskBytes(vault)) / (1 << 20)));
  return server.Stop();
}

}  // namespace strongroom::bench
