#include <map>
#include <mutex>
#include <random>
#include <vector>

#include "disk.h"
#include "store/postgres_store.h"
#include "store/testing/postgres_cluster.h"
#include "store/testing/postgres_proxy.h"

namespace strongroom {
namespace {

constexpr int kMostPassing = 24;      // messages between a loss and the next: as many as a store needs to find back
constexpr double kBadNetwork = 0.04;  // of its messages are lost
constexpr int kSettleSeconds = 3;

// Calls the hook before each commit: a network that takes its time.
class DistantStore : public Store {
 public:
  DistantStore(std::unique_ptr<Store> store, std::function<void()> before)
      : store_(std::move(store)), before_(std::move(before)) {}
  Result<std::optional<StoreValue>> Get(ByteView key) const override { return store_->Get(key); }
  Result<std::vector<std::optional<StoreValue>>> MultiGet(const std::vector<Bytes>& keys) const override {
    return store_->MultiGet(keys);
  }
  Result<std::vector<StoreRow>> Scan(const ScanRange& range) const override { return store_->Scan(range); }
  Result<std::unique_ptr<StoreReader>> Snapshot() const override { return store_->Snapshot(); }
  Status Compact(ByteView begin, ByteView end) override { return store_->Compact(begin, end); }
  std::vector<Status> CommitGroup(const std::vector<const StoreBatch*>& batches, const Finisher& finish) override {
    before_();
    return store_->CommitGroup(batches, finish);
  }

 private:
  const std::unique_ptr<Store> store_;
  const std::function<void()> before_;
};

class NetworkDisk : public SimulatedDisk {
 public:
  NetworkDisk(std::string directory, const DiskOptions& options, PostgresCluster& cluster)
      : directory_(std::move(directory)), cluster_(cluster), random_(options.seed), shared_(options.seed % 2 == 0) {
    static std::atomic<int> count = 0;
    prefix_ = "simulation-" + std::to_string(++count);
  }

  void Attach(ServerConfig& config, VaultFilesOptions& options) override {
    config.data_dir = directory_ + "/data";
    options.open_store = [this](const std::string& path, bool create) { return Open(path, create); };
  }
  void Plan(const FaultWish& wish) override {
    std::lock_guard lock(mutex_);
    ClearAll();
    std::vector<PostgresProxy*> lines;
    for (const auto& [path, line] : lines_) {
      if (wish.store.empty() || path == directory_ + "/" + wish.store) lines.push_back(line.get());
    }
    if (lines.empty()) return;
    PostgresProxy& line = *lines[random_() % lines.size()];
    const auto mode = random_() % 2 == 0 ? PostgresProxy::Mode::kLoseAnswers : PostgresProxy::Mode::kLoseRequests;
    const int passing = static_cast<int>(wish.nth - 1);
    if (wish.kind == DiskTrouble::kPowerCut) line.FailNextAndRefuse(mode, passing);
    if (wish.kind == DiskTrouble::kNoSpace) line.FailByChance(random_(), kBadNetwork);
    if (wish.kind != DiskTrouble::kIoError) return;
    line.FailNext(mode, passing);
    if (random_() % 2 == 0)
      line.FailNext(PostgresProxy::Mode::kLoseAnswers, static_cast<int>(random_() % kMostPassing));
  }
  void ClearPlan() override {
    std::lock_guard lock(mutex_);
    ClearAll();
  }
  uint64_t faults_made() const override {
    std::lock_guard lock(mutex_);
    uint64_t faults = 0;
    for (const auto& [path, line] : lines_) faults += static_cast<uint64_t>(line->failures());
    return faults;
  }
  bool power_is_off() const override {
    std::lock_guard lock(mutex_);
    bool off = false;
    for (const auto& [path, line] : lines_) off = off || line->refusing();
    return off;
  }
  void CutPower() override {
    std::lock_guard lock(mutex_);
    for (const auto& [path, line] : lines_) line->Refuse(true);
  }
  void LoseUnsynced(uint64_t /*salt*/) override { EndProcess(); }
  void EndProcess() override {
    std::lock_guard lock(mutex_);
    ClearAll();
    for (const auto& [path, line] : lines_) line->Refuse(false);
  }
  uint64_t calls() const override {
    std::lock_guard lock(mutex_);
    uint64_t calls = 0;
    for (const auto& [path, line] : lines_) calls += static_cast<uint64_t>(line->trips());
    return calls;
  }
  void SetBeforeCall(std::function<void()> hook) override {
    std::lock_guard lock(mutex_);
    before_call_ = std::move(hook);
  }

 private:
  Result<std::unique_ptr<Store>> Open(const std::string& path, bool create) {
    PostgresOptions options;
    {
      std::lock_guard lock(mutex_);
      std::unique_ptr<PostgresProxy>& line = lines_[path];
      if (line == nullptr) line = std::make_unique<PostgresProxy>(cluster_.socket_path());
      if (!line->listening()) return Status(Reason::kStorageUnavailable, "the test's proxy does not listen");
      options.conninfo = PostgresCluster::ConninfoAt(line->dir());
    }
    options.schema = prefix_ + path.substr(directory_.size());
    for (char& c : options.schema) c = c == '/' ? '-' : c;
    options.create_if_missing = create;
    options.readers = 2;
    options.settle_seconds = kSettleSeconds;
    options.writer = shared_ ? 1 : 0;
    ASSIGN_OR_RETURN(std::unique_ptr<Store> opened, OpenPostgresStore(options));
    return std::unique_ptr<Store>(std::make_unique<DistantStore>(std::move(opened), [this] {
      std::lock_guard lock(mutex_);
      if (before_call_) before_call_();
    }));
  }
  void ClearAll() {
    for (const auto& [path, line] : lines_) line->ClearPlan();
  }

  const std::string directory_;
  PostgresCluster& cluster_;
  std::string prefix_;
  mutable std::mutex mutex_;  // guards all below
  std::mt19937_64 random_;
  const bool shared_;  // seeds in turn: alone, and as a server that shares the stores
  std::map<std::string, std::unique_ptr<PostgresProxy>> lines_;
  std::function<void()> before_call_;
};

}  // namespace

std::unique_ptr<SimulatedDisk> MakeNetworkDisk(const std::string& directory, const DiskOptions& options) {
  const Result<PostgresCluster*> cluster = PostgresCluster::OfThisProcess();
  if (!cluster.ok()) return nullptr;
  return std::make_unique<NetworkDisk>(directory, options, **cluster);
}

}  // namespace strongroom
