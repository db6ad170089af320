#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "disk.h"
#include "store/memory_store.h"

namespace strongroom {
namespace {

constexpr size_t kCommitsPerFlush = 6;  // of the control, whose answers do not wait for one

Status PowerIsOff() { return Status(Reason::kStorageUnavailable, "the power is off"); }

std::vector<StoreRow> AllRows(const Store& store) {
  Result<std::vector<StoreRow>> rows = store.Scan({.begin = "", .end = "", .limit = SIZE_MAX});
  return rows.ok() ? *std::move(rows) : std::vector<StoreRow>();
}

// What lies on the platters of one store, and what has only been said.
struct Platter {
  std::shared_ptr<MemoryStore> rows = std::make_shared<MemoryStore>();  // as its process sees them
  std::vector<StoreBatch> under_way;     // of the commit that met a fault: kept or lost when the store is opened again
  std::shared_ptr<MemoryStore> flushed;  // of the control: the rows at the last flush
  size_t unflushed = 0;
};

class MemoryDisk;

// What becomes of a read.
enum class ReadFate : uint8_t { kRead, kFails, kFindsNothing };
Status ReadFailed() { return Status(Reason::kStorageUnavailable, "the disk could not be read"); }

// A frozen view of a store, whose reads may fail like the store's own.
class DiskReader : public StoreReader {
 public:
  DiskReader(MemoryDisk& disk, std::string path, std::unique_ptr<StoreReader> rows)
      : disk_(disk), path_(std::move(path)), rows_(std::move(rows)) {}
  Result<std::optional<StoreValue>> Get(ByteView key) const override;
  Result<std::vector<std::optional<StoreValue>>> MultiGet(const std::vector<Bytes>& keys) const override;
  Result<std::vector<StoreRow>> Scan(const ScanRange& range) const override;

 private:
  MemoryDisk& disk_;
  const std::string path_;
  const std::unique_ptr<StoreReader> rows_;
};

// One store of the vault, open.
class DiskStore : public Store {
 public:
  DiskStore(MemoryDisk& disk, std::string path, Platter& platter)
      : disk_(disk), path_(std::move(path)), platter_(platter), rows_(platter.rows) {}

  Result<std::optional<StoreValue>> Get(ByteView key) const override;
  Result<std::vector<std::optional<StoreValue>>> MultiGet(const std::vector<Bytes>& keys) const override;
  Result<std::vector<StoreRow>> Scan(const ScanRange& range) const override;
  Result<std::unique_ptr<StoreReader>> Snapshot() const override;
  std::vector<Status> CommitGroup(const std::vector<const StoreBatch*>& batches, const Finisher& finish) override;

 private:
  MemoryDisk& disk_;
  const std::string path_;
  Platter& platter_;
  const std::shared_ptr<MemoryStore> rows_;
  std::mutex mutex_;
  Status refusal_;  // guarded by mutex_: after a write of unknown outcome, until opened again
};

class MemoryDisk : public SimulatedDisk {
 public:
  MemoryDisk(std::string directory, const DiskOptions& options) : directory_(std::move(directory)), options_(options) {}

  void Attach(ServerConfig& config, VaultFilesOptions& options) override {
    config.data_dir = directory_ + "/data";
    options.open_store = [this](const std::string& path, bool create) { return Open(path, create); };
  }
  void Plan(const FaultWish& wish) override {
    std::lock_guard lock(mutex_);
    wish_ = wish;
    wish_calls_ = 0;
  }
  void ClearPlan() override {
    std::lock_guard lock(mutex_);
    wish_.reset();
  }
  uint64_t faults_made() const override {
    std::lock_guard lock(mutex_);
    return faults_;
  }
  bool power_is_off() const override {
    std::lock_guard lock(mutex_);
    return !power_on_;
  }
  void CutPower() override {
    std::lock_guard lock(mutex_);
    power_on_ = false;
  }
  void LoseUnsynced(uint64_t salt) override {
    std::lock_guard lock(mutex_);
    for (auto& [path, platter] : platters_) {
      if (platter.flushed != nullptr) platter.rows = Copy(*platter.flushed);
      Settle(platter, salt % 2 == 0);
    }
    power_on_ = true;
    wish_.reset();
  }
  void EndProcess() override {
    std::lock_guard lock(mutex_);
    // The pages are in the machine's memory: whether the failed write is among them, nobody knows.
    for (auto& [path, platter] : platters_) Settle(platter, faults_ % 2 == 0);
    wish_.reset();
  }
  void CopyTree(const std::string& from, const std::string& to) override {
    std::lock_guard lock(mutex_);
    const std::string begin = directory_ + "/" + from + "/";
    std::map<std::string, Platter> copies;
    for (const auto& [path, platter] : platters_) {
      if (path.starts_with(begin))
        copies[directory_ + "/" + to + "/" + path.substr(begin.size())].rows = Copy(*platter.rows);
    }
    platters_.merge(copies);
  }
  uint64_t calls() const override {
    std::lock_guard lock(mutex_);
    return calls_;
  }
  void SetBeforeCall(std::function<void()> hook) override {
    std::lock_guard lock(mutex_);
    before_call_ = std::move(hook);
  }

  // What happens to the commit that comes now.
  DiskTrouble Next(const std::string& path) {
    std::lock_guard lock(mutex_);
    ++calls_;
    if (before_call_) before_call_();
    if (!power_on_) return DiskTrouble::kPowerCut;
    if (!wish_.has_value() || wish_->kind == DiskTrouble::kReadError || !IsWished(path)) return DiskTrouble::kNone;
    ++wish_calls_;
    const bool meets = wish_->kind == DiskTrouble::kNoSpace ? wish_calls_ >= wish_->nth : wish_calls_ == wish_->nth;
    if (!meets) return DiskTrouble::kNone;
    ++faults_;
    if (wish_->kind == DiskTrouble::kPowerCut) power_on_ = false;
    return wish_->kind;
  }
  // What becomes of the read that comes now; without power it fails, too.
  ReadFate NextRead(const std::string& path) {
    std::lock_guard lock(mutex_);
    if (!power_on_) return ReadFate::kFails;
    if (!wish_.has_value() || wish_->kind != DiskTrouble::kReadError || !IsWished(path)) return ReadFate::kRead;
    if (++wish_calls_ != wish_->nth) return ReadFate::kRead;
    ++faults_;
    return options_.reads_lie ? ReadFate::kFindsNothing : ReadFate::kFails;
  }
  bool sync() const { return options_.sync; }
  static std::shared_ptr<MemoryStore> Copy(const Store& from) {
    auto copy = std::make_shared<MemoryStore>();
    StoreBatch batch;
    for (StoreRow& row : AllRows(from)) batch.puts.push_back({std::move(row.key), std::move(row.value)});
    copy->Commit(batch).IgnoreError();  // without conditions nothing refuses it
    return copy;
  }

 private:
  Result<std::unique_ptr<Store>> Open(const std::string& path, bool create) {
    std::lock_guard lock(mutex_);
    if (!power_on_) return PowerIsOff();
    if (!create && !platters_.contains(path)) return Status(Reason::kNotInitialised, "there is no store in " + path);
    return std::unique_ptr<Store>(std::make_unique<DiskStore>(*this, path, platters_[path]));
  }
  bool IsWished(const std::string& path) const {
    return wish_->store.empty() || path == directory_ + "/" + wish_->store;
  }
  static void Settle(Platter& platter, bool kept) {
    if (kept) {
      for (const StoreBatch& batch : platter.under_way) {
        StoreBatch unconditional = batch;
        unconditional.conditions.clear();  // they held
        platter.rows->Commit(unconditional).IgnoreError();
      }
    }
    platter.under_way.clear();
    platter.unflushed = 0;
  }

  const std::string directory_;
  const DiskOptions options_;
  mutable std::mutex mutex_;  // guards all below
  std::map<std::string, Platter> platters_;
  bool power_on_ = true;
  std::optional<FaultWish> wish_;
  uint64_t wish_calls_ = 0;
  uint64_t calls_ = 0;
  uint64_t faults_ = 0;
  std::function<void()> before_call_;
};

Result<std::optional<StoreValue>> GetFrom(MemoryDisk& disk, const std::string& path, const StoreReader& rows,
                                          ByteView key) {
  const ReadFate fate = disk.NextRead(path);
  if (fate == ReadFate::kFails) return ReadFailed();
  if (fate == ReadFate::kFindsNothing) return std::optional<StoreValue>();
  return rows.Get(key);
}

Result<std::vector<std::optional<StoreValue>>> MultiGetFrom(MemoryDisk& disk, const std::string& path,
                                                            const StoreReader& rows, const std::vector<Bytes>& keys) {
  const ReadFate fate = disk.NextRead(path);
  if (fate == ReadFate::kFails) return ReadFailed();
  if (fate == ReadFate::kFindsNothing) return std::vector<std::optional<StoreValue>>(keys.size());
  return rows.MultiGet(keys);
}

Result<std::vector<StoreRow>> ScanFrom(MemoryDisk& disk, const std::string& path, const StoreReader& rows,
                                       const ScanRange& range) {
  const ReadFate fate = disk.NextRead(path);
  if (fate == ReadFate::kFails) return ReadFailed();
  if (fate == ReadFate::kFindsNothing) return std::vector<StoreRow>();
  return rows.Scan(range);
}

Result<std::optional<StoreValue>> DiskStore::Get(ByteView key) const { return GetFrom(disk_, path_, *rows_, key); }

Result<std::vector<std::optional<StoreValue>>> DiskStore::MultiGet(const std::vector<Bytes>& keys) const {
  return MultiGetFrom(disk_, path_, *rows_, keys);
}

Result<std::vector<StoreRow>> DiskStore::Scan(const ScanRange& range) const {
  return ScanFrom(disk_, path_, *rows_, range);
}

Result<std::unique_ptr<StoreReader>> DiskStore::Snapshot() const {
  if (disk_.NextRead(path_) != ReadFate::kRead) return ReadFailed();
  ASSIGN_OR_RETURN(std::unique_ptr<StoreReader> rows, rows_->Snapshot());
  return std::unique_ptr<StoreReader>(std::make_unique<DiskReader>(disk_, path_, std::move(rows)));
}

Result<std::optional<StoreValue>> DiskReader::Get(ByteView key) const { return GetFrom(disk_, path_, *rows_, key); }

Result<std::vector<std::optional<StoreValue>>> DiskReader::MultiGet(const std::vector<Bytes>& keys) const {
  return MultiGetFrom(disk_, path_, *rows_, keys);
}

Result<std::vector<StoreRow>> DiskReader::Scan(const ScanRange& range) const {
  return ScanFrom(disk_, path_, *rows_, range);
}

std::vector<Status> DiskStore::CommitGroup(const std::vector<const StoreBatch*>& batches, const Finisher& finish) {
  std::lock_guard lock(mutex_);
  if (!refusal_.ok()) return std::vector<Status>(batches.size(), refusal_);
  // The versions that the conditions name are looked up first: if that fails, nothing is written, and the next commit
  // is taken as any other.
  const bool looks =
      std::any_of(batches.begin(), batches.end(), [](const auto* one) { return !one->conditions.empty(); });
  if (looks && disk_.NextRead(path_) == ReadFate::kFails && !disk_.power_is_off())
    return std::vector<Status>(batches.size(), ReadFailed());
  const DiskTrouble trouble = disk_.Next(path_);
  if (trouble == DiskTrouble::kNone) {
    std::vector<Status> statuses = rows_->CommitGroup(batches, finish);
    if (!disk_.sync()) {
      if (platter_.flushed == nullptr || ++platter_.unflushed >= kCommitsPerFlush) {
        platter_.flushed = MemoryDisk::Copy(*rows_);
        platter_.unflushed = 0;
      }
    }
    return statuses;
  }
  refusal_ = trouble == DiskTrouble::kPowerCut  ? PowerIsOff()
             : trouble == DiskTrouble::kIoError ? Status(Reason::kStorageUnavailable, "the disk failed")
                                                : Status(Reason::kStorageFull, "the disk is full");
  // Checked and finished like any group, and then not written: what it would have written waits beside.
  std::vector<StoreBatch> under_way;
  const Finisher failing = [&](const std::vector<size_t>& admitted, StoreBatch& extra) -> Status {
    if (finish) RETURN_IF_ERROR(finish(admitted, extra));
    for (const size_t index : admitted) under_way.push_back(*batches[index]);
    under_way.push_back(extra);
    return refusal_;
  };
  std::vector<Status> statuses = rows_->CommitGroup(batches, failing);
  // A full disk took nothing; a torn write lost its power to the reading of its checksum, or did not.
  if (trouble != DiskTrouble::kNoSpace) platter_.under_way = std::move(under_way);
  return statuses;
}

}  // namespace

std::unique_ptr<SimulatedDisk> MakeMemoryDisk(const std::string& directory, const DiskOptions& options) {
  return std::make_unique<MemoryDisk>(directory, options);
}

}  // namespace strongroom
