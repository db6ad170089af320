#include <filesystem>

#include "disk.h"
#include "store/testing/dropping_file_system.h"

namespace strongroom {
namespace {

class RocksDisk : public SimulatedDisk {
 public:
  RocksDisk(std::string directory, const DiskOptions& options)
      : directory_(std::move(directory)),
        sync_(options.sync),
        file_system_(std::make_shared<DroppingFileSystem>(options.seed, directory_ + "/graveyard")),
        env_(MakeImpatientEnv(file_system_)) {}

  void Attach(ServerConfig& config, VaultFilesOptions& options) override {
    config.data_dir = directory_ + "/data";
    config.block_cache_mebibytes = 8;
    options.env = env_.get();
    options.unsafe_no_sync_for_tests = !sync_;
  }
  void Plan(const FaultWish& wish) override {
    PlannedFault fault;
    fault.kind = wish.kind == DiskTrouble::kPowerCut    ? DiskFault::kPowerCut
                 : wish.kind == DiskTrouble::kIoError   ? DiskFault::kIoError
                 : wish.kind == DiskTrouble::kReadError ? DiskFault::kReadError
                                                        : DiskFault::kNoSpace;
    if (!wish.store.empty()) fault.directory = directory_ + "/" + wish.store;
    fault.nth = wish.nth;
    fault.logs_only = !wish.every_call && wish.kind != DiskTrouble::kReadError;
    file_system_->PlanFault(std::move(fault));
  }
  void ClearPlan() override { file_system_->ClearFault(); }
  uint64_t faults_made() const override { return file_system_->faults_made(); }
  bool power_is_off() const override { return file_system_->power_is_off(); }
  void CutPower() override { file_system_->CutPower(); }
  void LoseUnsynced(uint64_t salt) override { file_system_->LoseUnsynced(static_cast<TailLoss>(salt % 3)); }
  void EndProcess() override { file_system_->ClearFault(); }
  void CopyTree(const std::string& from, const std::string& to) override {
    std::filesystem::create_directories(directory_ + "/" + to);
    std::filesystem::copy(directory_ + "/" + from, directory_ + "/" + to, std::filesystem::copy_options::recursive);
  }
  uint64_t calls() const override { return file_system_->changes_seen(); }
  void SetBeforeCall(std::function<void()> hook) override { file_system_->SetBeforeChange(std::move(hook)); }

 private:
  const std::string directory_;
  const bool sync_;
  const std::shared_ptr<DroppingFileSystem> file_system_;
  const std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace

std::unique_ptr<SimulatedDisk> MakeRocksDisk(const std::string& directory, const DiskOptions& options) {
  return std::make_unique<RocksDisk>(directory, options);
}

const char* NameOf(DiskTrouble kind) {
  switch (kind) {
    case DiskTrouble::kNone:
      return "none";
    case DiskTrouble::kPowerCut:
      return "power cut";
    case DiskTrouble::kIoError:
      return "error";
    case DiskTrouble::kNoSpace:
      return "full disk";
    case DiskTrouble::kReadError:
      return "error of reading";
  }
  return "";
}

}  // namespace strongroom
