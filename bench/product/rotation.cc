#include "product/rotation.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include "product/bench_vault.h"
#include "product/load.h"
#include "product/report.h"

namespace strongroom::bench {
namespace {

constexpr int kConnections = 16;
constexpr uint64_t kSlice = 200'000;

// Many loads, one after the other.
struct Loads {
  uint64_t requests = 0;
  uint64_t failures = 0;
  std::vector<double> p50_millis;
  std::vector<double> p99_millis;

  void Add(const LoadResult& load) {
    requests += load.requests;
    failures += load.failures;
    p50_millis.push_back(load.p50_millis);
    p99_millis.push_back(load.p99_millis);
  }
};

class Rotation {
 public:
  explicit Rotation(const RotationOptions& options) : options_(options) {}

  Status Run() {
    PrintSection("rotation of keys, " + std::to_string(options_.customers) + " customers");
    RETURN_IF_ERROR(Prepare());
    RETURN_IF_ERROR(Alone());
    ASSIGN_OR_RETURN(BenchServer server, BenchServer::Start(vault_, false));
    server_ = std::make_unique<BenchServer>(std::move(server));
    RETURN_IF_ERROR(UnderLoad("reveal", options_.rate, [this] { return NextReveals(); }));
    RETURN_IF_ERROR(UnderLoad("create", options_.rate / 4, [this] { return CreateScript(vault_.target); }));
    RETURN_IF_ERROR(Killed());
    return server_->Stop();
  }

 private:
  Status Prepare() {
    const bool keep = !options_.keep_dir.empty();
    const std::string dir = keep ? options_.keep_dir + "/vault-" + std::to_string(options_.customers)
                                 : options_.scratch_dir + "/vault-rotation";
    Result<BenchVault> found = FindVault(dir);
    if (!found.ok()) found = MakeVault(dir, options_.customers);
    RETURN_IF_ERROR(found.status());
    vault_ = *std::move(found);
    return Status::Ok();
  }

  Status Alone() {
    ASSIGN_OR_RETURN(const RotationCost cost, MeasureRotation(vault_));
    const double moving = cost.rewrap_seconds + cost.reblind_seconds;
    PrintFigure("the next epoch is open after", Text("%.1f ms", cost.turn_millis));
    PrintFigure("customers' keys wrapped anew", Text("%.0f /s", static_cast<double>(cost.keys) / cost.rewrap_seconds),
                std::to_string(cost.keys) + " keys");
    PrintFigure("index rows blinded anew", Text("%.0f /s", static_cast<double>(cost.rows) / cost.reblind_seconds),
                std::to_string(cost.rows) + " rows");
    PrintFigure("customers moved, both together", Text("%.0f /s", static_cast<double>(cost.keys) / moving));
    PrintFigure("proof: keys and rows scanned",
                Text("%.0f /s", static_cast<double>(cost.keys + cost.rows) / cost.proof_seconds));
    return Status::Ok();
  }

  std::string NextReveals() {
    const uint64_t slice = std::min(kSlice, vault_.customers);
    return RevealScript(vault_.target, slice, asked_++ % (vault_.customers / slice) * slice);
  }

  Result<LoadResult> Load(const std::string& script, double rate) {
    LoadOptions load;
    load.url = server_->plain_url();
    load.script = script;
    load.connections = kConnections;
    load.seconds = options_.seconds;
    load.rate = rate;
    load.scratch_dir = options_.scratch_dir;
    return RunLoad(load);
  }

  // The same load before the rotation and until it is over.
  template <typename MakeScript>
  Status UnderLoad(const std::string& what, double rate, const MakeScript& script) {
    PrintSection(Text("%s at %.0f a second, before and while keys are rotated", what.c_str(), rate));
    Loads before, during;
    for (int round = 0; round < options_.rounds; ++round) {
      ASSIGN_OR_RETURN(const LoadResult load, Load(script(), rate));
      before.Add(load);
    }
    const std::string next = script();
    RETURN_IF_ERROR(server_->Rotate());
    const auto begun = std::chrono::steady_clock::now();
    ASSIGN_OR_RETURN(const LoadResult first, Load(next, rate));
    during.Add(first);
    for (std::string state = "rotating"; state != "done";) {
      ASSIGN_OR_RETURN(state, server_->Rotating());
      ASSIGN_OR_RETURN(const LoadResult load, Load(script(), rate));
      during.Add(load);
      std::printf("      p99 %7.2f ms, after: %s\n", load.p99_millis, state.c_str());
    }
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    Print("before", before);
    Print("while rotating", during);
    PrintFigure("the first seconds of it", Text("%.2f ms", first.p99_millis), "p99");
    PrintFigure(
        "p99, while / before", Text("%.2f", Median(during.p99_millis) / Median(before.p99_millis)),
        Text("medians; the worst of %zu loads %.2f; aim: at most 2", during.p99_millis.size(),
             *std::max_element(during.p99_millis.begin(), during.p99_millis.end()) / Median(before.p99_millis)));
    PrintFigure("requests that failed", std::to_string(during.failures), "aim: none");
    PrintFigure("the rotation took", Text("%.0f s", took), "half of its time it sleeps");
    return Status::Ok();
  }

  static void Print(const std::string& label, const Loads& loads) {
    PrintFigure(label, Text("%.2f ms", Median(loads.p99_millis)),
                Text("p99, median of %zu loads (%.2f to %.2f); p50 %.2f ms; %llu requests", loads.p99_millis.size(),
                     *std::min_element(loads.p99_millis.begin(), loads.p99_millis.end()),
                     *std::max_element(loads.p99_millis.begin(), loads.p99_millis.end()), Median(loads.p50_millis),
                     static_cast<unsigned long long>(loads.requests)));
  }

  // Killed again and again on the way, it is still over at some time, and everybody can be shown.
  Status Killed() {
    PrintSection("a rotation whose server is killed " + std::to_string(options_.kills) + " times");
    const auto begun = std::chrono::steady_clock::now();
    RETURN_IF_ERROR(server_->Rotate());
    Loads loads;
    int killed_on_the_way = 0;
    bool rotating = true;
    for (int kill = 0; kill < options_.kills; ++kill) {
      ASSIGN_OR_RETURN(const LoadResult load, Load(NextReveals(), options_.rate));
      loads.Add(load);
      ASSIGN_OR_RETURN(const std::string state, server_->Rotating());
      rotating = state != "done";
      killed_on_the_way += rotating ? 1 : 0;
      server_->Kill();
      ASSIGN_OR_RETURN(BenchServer again, BenchServer::Start(vault_, false));
      server_ = std::make_unique<BenchServer>(std::move(again));
    }
    while (rotating) {
      ASSIGN_OR_RETURN(const LoadResult load, Load(NextReveals(), options_.rate));
      loads.Add(load);
      ASSIGN_OR_RETURN(const std::string state, server_->Rotating());
      rotating = state != "done";
    }
    PrintFigure("killed while it rotated", std::to_string(killed_on_the_way));
    PrintFigure("over after",
                Text("%.0f s", std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count()));
    ASSIGN_OR_RETURN(const LoadResult after, Load(NextReveals(), 0));
    loads.Add(after);
    PrintFigure("reveals between and after that failed", std::to_string(loads.failures),
                Text("of %llu", static_cast<unsigned long long>(loads.requests)));
    return Status::Ok();
  }

  const RotationOptions options_;
  BenchVault vault_;
  std::unique_ptr<BenchServer> server_;
  uint64_t asked_ = 0;
};

}  // namespace

Status RotationSection(const RotationOptions& options) { return Rotation(options).Run(); }

}  // namespace strongroom::bench
