#include <atomic>
#include <mutex>
#include <random>

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
      : directory_(std::move(directory)),
        line_(cluster.socket_path()),
        random_(options.seed),
        shared_(options.seed % 2 == 0) {
    static std::atomic<int> count = 0;
    prefix_ = "simulation-" + std::to_string(++count);
  }

  void Attach(ServerConfig& config, VaultFilesOptions& options) override {
    config.data_dir = directory_ + "/data";
    options.open_store = [this](const std::string& path, bool create) { return Open(path, create); };
  }
  // Whichever store's message comes then.
  void Plan(const FaultWish& wish) override {
    std::lock_guard lock(mutex_);
    line_.ClearPlan();
    const auto mode = random_() % 2 == 0 ? PostgresProxy::Mode::kLoseAnswers : PostgresProxy::Mode::kLoseRequests;
    const int passing = static_cast<int>(wish.nth - 1);
    if (wish.kind == DiskTrouble::kPowerCut) line_.FailNextAndRefuse(mode, passing);
    if (wish.kind == DiskTrouble::kNoSpace) line_.FailByChance(random_(), kBadNetwork);
    if (wish.kind != DiskTrouble::kIoError) return;
    line_.FailNext(mode, passing);
    if (random_() % 2 == 0)
      line_.FailNext(PostgresProxy::Mode::kLoseAnswers, static_cast<int>(random_() % kMostPassing));
  }
  void ClearPlan() override { line_.ClearPlan(); }
  uint64_t faults_made() const override { return static_cast<uint64_t>(line_.failures()); }
  bool power_is_off() const override { return line_.refusing(); }
  void CutPower() override { line_.Refuse(true); }
  void LoseUnsynced(uint64_t /*salt*/) override { EndProcess(); }
  void EndProcess() override {
    line_.ClearPlan();
    line_.Refuse(false);
  }
  uint64_t calls() const override { return static_cast<uint64_t>(line_.trips()); }
  void SetBeforeCall(std::function<void()> hook) override {
    std::lock_guard lock(mutex_);
    before_call_ = std::move(hook);
  }

 private:
  Result<std::unique_ptr<Store>> Open(const std::string& path, bool create) {
    PostgresOptions options;
    if (!line_.listening()) return Status(Reason::kStorageUnavailable, "the test's proxy does not listen");
    options.conninfo = PostgresCluster::ConninfoAt(line_.dir());
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

  const std::string directory_;
  std::string prefix_;
  PostgresProxy line_;  // of all stores
  std::mutex mutex_;    // guards the next two
  std::mt19937_64 random_;
  std::function<void()> before_call_;
  const bool shared_;  // seeds in turn: alone, and as a server that shares the stores
};

}  // namespace

std::unique_ptr<SimulatedDisk> MakeNetworkDisk(const std::string& directory, const DiskOptions& options) {
  const Result<PostgresCluster*> cluster = PostgresCluster::OfThisProcess();
  if (!cluster.ok()) return nullptr;
  return std::make_unique<NetworkDisk>(directory, options, **cluster);
}

}  // namespace strongroom
