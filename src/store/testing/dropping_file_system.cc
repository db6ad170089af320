#include "store/testing/dropping_file_system.h"

#include <rocksdb/system_clock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

namespace strongroom {

namespace fs = std::filesystem;
using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

constexpr uint64_t kPageSizeBytes = 4096;

IOStatus PowerIsOff() { return IOStatus::IOError("the power is off"); }

std::string ParentOf(const std::string& path) { return fs::path(path).parent_path().lexically_normal().string(); }

class ImpatientClock : public rocksdb::SystemClockWrapper {
 public:
  ImpatientClock() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
  const char* Name() const override { return "ImpatientClock"; }
  void SleepForMicroseconds(int micros) override { target_->SleepForMicroseconds(std::min(micros, 1000)); }
};

class ImpatientEnv : public rocksdb::EnvWrapper {
 public:
  explicit ImpatientEnv(std::unique_ptr<rocksdb::Env> inner) : EnvWrapper(inner.get()), inner_(std::move(inner)) {
    system_clock_ = std::make_shared<ImpatientClock>();
  }
  const char* Name() const override { return "ImpatientEnv"; }

 private:
  const std::unique_ptr<rocksdb::Env> inner_;
};

}  // namespace

std::unique_ptr<rocksdb::Env> MakeImpatientEnv(std::shared_ptr<rocksdb::FileSystem> file_system) {
  return std::make_unique<ImpatientEnv>(rocksdb::NewCompositeEnv(file_system));
}

class DroppingFileSystem::File : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(DroppingFileSystem& owner, std::string path, FileStatePtr state,
       std::unique_ptr<rocksdb::FSWritableFile>&& target)
      : FSWritableFileOwnerWrapper(std::move(target)),
        owner_(owner),
        path_(std::move(path)),
        state_(std::move(state)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    std::shared_lock<std::shared_mutex> power;
    const IOStatus begun = owner_.BeginChange(path_, /*needs_space=*/true, power);
    // The call at which the power goes may leave its bytes behind, unsynced; later ones leave nothing.
    if (!begun.ok() && !power.owns_lock()) return begun;
    const IOStatus status = target()->Append(data, options, debug);
    std::lock_guard lock(owner_.state_mutex_);
    if (status.ok()) state_->written_bytes += data.size();
    return begun.ok() ? status : begun;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus PositionedAppend(const Slice&, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::NotSupported("writes in place");
  }
  IOStatus PositionedAppend(const Slice&, uint64_t, const IOOptions&, const rocksdb::DataVerificationInfo&,
                            IODebugContext*) override {
    return IOStatus::NotSupported("writes in place");
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    std::shared_lock<std::shared_mutex> power;
    if (IOStatus begun = owner_.BeginChange(path_, /*needs_space=*/false, power); !begun.ok()) return begun;
    const IOStatus status = target()->Truncate(size, options, debug);
    std::lock_guard lock(owner_.state_mutex_);
    if (status.ok()) state_->written_bytes = size;
    if (status.ok()) state_->synced_bytes = std::min(state_->synced_bytes, size);
    return status;
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    std::shared_lock<std::shared_mutex> power;
    if (IOStatus begun = owner_.BeginChange(path_, /*needs_space=*/false, power); !begun.ok()) return begun;
    std::lock_guard lock(owner_.state_mutex_);
    state_->synced_bytes = state_->written_bytes;
    return IOStatus::OK();
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override { return Sync(options, debug); }
  // A hint to the real disk, of no effect on what is durable here.
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override { return owner_.CheckPower(); }

 private:
  DroppingFileSystem& owner_;
  const std::string path_;
  const FileStatePtr state_;
};

class DroppingFileSystem::SequentialFile : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  SequentialFile(DroppingFileSystem& owner, std::string path, std::unique_ptr<rocksdb::FSSequentialFile>&& target)
      : FSSequentialFileOwnerWrapper(std::move(target)), owner_(owner), path_(std::move(path)) {}
  IOStatus Read(size_t size, const IOOptions& options, Slice* result, char* scratch, IODebugContext* debug) override {
    if (IOStatus begun = owner_.BeginRead(path_); !begun.ok()) return begun;
    return FSSequentialFileOwnerWrapper::Read(size, options, result, scratch, debug);
  }
  IOStatus PositionedRead(uint64_t offset, size_t size, const IOOptions& options, Slice* result, char* scratch,
                          IODebugContext* debug) override {
    if (IOStatus begun = owner_.BeginRead(path_); !begun.ok()) return begun;
    return FSSequentialFileOwnerWrapper::PositionedRead(offset, size, options, result, scratch, debug);
  }

 private:
  DroppingFileSystem& owner_;
  const std::string path_;
};

class DroppingFileSystem::RandomAccessFile : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  RandomAccessFile(DroppingFileSystem& owner, std::string path, std::unique_ptr<rocksdb::FSRandomAccessFile>&& target)
      : FSRandomAccessFileOwnerWrapper(std::move(target)), owner_(owner), path_(std::move(path)) {}
  IOStatus Read(uint64_t offset, size_t size, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* debug) const override {
    if (IOStatus begun = owner_.BeginRead(path_); !begun.ok()) return begun;
    return FSRandomAccessFileOwnerWrapper::Read(offset, size, options, result, scratch, debug);
  }
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, size_t count, const IOOptions& options,
                     IODebugContext* debug) override {
    if (IOStatus begun = owner_.BeginRead(path_); !begun.ok()) return begun;
    return FSRandomAccessFileOwnerWrapper::MultiRead(requests, count, options, debug);
  }

 private:
  DroppingFileSystem& owner_;
  const std::string path_;
};

class DroppingFileSystem::Directory : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(DroppingFileSystem& owner, std::string path, std::unique_ptr<rocksdb::FSDirectory>&& target)
      : FSDirectoryWrapper(std::move(target)), owner_(owner), path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    std::shared_lock<std::shared_mutex> power;
    if (IOStatus begun = owner_.BeginChange(path_ + "/.", /*needs_space=*/false, power); !begun.ok()) return begun;
    owner_.DirectorySynced(path_);
    return IOStatus::OK();
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  DroppingFileSystem& owner_;
  const std::string path_;
};

DroppingFileSystem::DroppingFileSystem(uint64_t seed, std::string graveyard)
    : FileSystemWrapper(rocksdb::FileSystem::Default()), graveyard_(std::move(graveyard)), seed_(seed) {}

void DroppingFileSystem::CutPower() {
  std::unique_lock lock(power_mutex_);
  power_on_ = false;
}

void DroppingFileSystem::CutPowerAfter(uint64_t changes) { cut_at_ = changes_ + changes; }

bool DroppingFileSystem::power_is_off() const {
  std::shared_lock lock(power_mutex_);
  return !power_on_;
}

IOStatus DroppingFileSystem::CheckPower() const { return power_is_off() ? PowerIsOff() : IOStatus::OK(); }

void DroppingFileSystem::PlanFault(PlannedFault fault) {
  std::lock_guard lock(fault_mutex_);
  fault_ = std::move(fault);
  fault_calls_ = 0;
}

void DroppingFileSystem::ClearFault() {
  std::lock_guard lock(fault_mutex_);
  fault_.reset();
}

void DroppingFileSystem::SetBeforeChange(std::function<void()> hook) {
  std::lock_guard lock(fault_mutex_);
  before_change_ = std::move(hook);
}

bool DroppingFileSystem::MeetsFault(const std::string& path, bool needs_space, DiskFault& kind) {
  std::lock_guard lock(fault_mutex_);
  if (before_change_) before_change_();
  if (!fault_.has_value() || fault_->kind == DiskFault::kReadError) return false;
  if (!fault_->directory.empty() && ParentOf(path) != fault_->directory) return false;
  if (fault_->logs_only && !path.ends_with(".log")) return false;
  ++fault_calls_;
  kind = fault_->kind;
  const bool meets =
      kind == DiskFault::kNoSpace ? needs_space && fault_calls_ >= fault_->nth : fault_calls_ == fault_->nth;
  if (meets) ++faults_;
  return meets;
}

IOStatus DroppingFileSystem::BeginRead(const std::string& path) {
  if (IOStatus status = CheckPower(); !status.ok()) return status;
  std::lock_guard lock(fault_mutex_);
  if (!fault_.has_value() || fault_->kind != DiskFault::kReadError) return IOStatus::OK();
  if (!fault_->directory.empty() && ParentOf(path) != fault_->directory) return IOStatus::OK();
  if (++fault_calls_ != fault_->nth) return IOStatus::OK();
  ++faults_;
  return IOStatus::IOError("the disk could not be read");
}

IOStatus DroppingFileSystem::BeginChange(const std::string& path, bool needs_space,
                                         std::shared_lock<std::shared_mutex>& power) {
  DiskFault kind = DiskFault::kPowerCut;
  const bool meets = MeetsFault(path, needs_space, kind);
  const bool counted_out = ++changes_ >= cut_at_;
  if (counted_out || (meets && kind == DiskFault::kPowerCut)) {
    bool was_on = false;
    {
      std::unique_lock lock(power_mutex_);
      std::swap(was_on, power_on_);
    }
    if (was_on) power = std::shared_lock(power_mutex_);
    return PowerIsOff();
  }
  power = std::shared_lock(power_mutex_);
  if (power_on_ && !meets) return IOStatus::OK();
  const bool on = power_on_;
  power.unlock();
  if (!on) return PowerIsOff();
  return kind == DiskFault::kNoSpace ? IOStatus::NoSpace("the disk is full") : IOStatus::IOError("the disk failed");
}

IOStatus DroppingFileSystem::NewSequentialFile(const std::string& path, const FileOptions& options,
                                               std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                               IODebugContext* debug) {
  if (IOStatus status = CheckPower(); !status.ok()) return status;
  std::unique_ptr<rocksdb::FSSequentialFile> inner;
  const IOStatus status = target()->NewSequentialFile(path, options, &inner, debug);
  if (status.ok()) *file = std::make_unique<SequentialFile>(*this, path, std::move(inner));
  return status;
}

IOStatus DroppingFileSystem::NewRandomAccessFile(const std::string& path, const FileOptions& options,
                                                 std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                                 IODebugContext* debug) {
  if (IOStatus status = CheckPower(); !status.ok()) return status;
  std::unique_ptr<rocksdb::FSRandomAccessFile> inner;
  const IOStatus status = target()->NewRandomAccessFile(path, options, &inner, debug);
  if (status.ok()) *file = std::make_unique<RandomAccessFile>(*this, path, std::move(inner));
  return status;
}

// Moves a file that is about to vanish into the graveyard.
IOStatus DroppingFileSystem::Bury(const std::string& path, Change& change) {
  change.grave = graveyard_ + "/" + std::to_string(++graves_);
  std::error_code error;
  fs::rename(path, change.grave, error);
  if (error) return IOStatus::IOError("cannot bury " + path);
  if (auto found = files_.find(path); found != files_.end()) {
    change.buried_state = found->second;
    files_.erase(found);
  }
  return IOStatus::OK();
}

IOStatus DroppingFileSystem::NewWritableFile(const std::string& path, const FileOptions& options,
                                             std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) {
  std::shared_lock<std::shared_mutex> power;
  if (IOStatus begun = BeginChange(path, /*needs_space=*/true, power); !begun.ok()) return begun;
  std::lock_guard lock(state_mutex_);
  Change creation;
  creation.path = path;
  if (fs::exists(path)) {
    if (IOStatus status = Bury(path, creation); !status.ok()) return status;
  }
  std::unique_ptr<rocksdb::FSWritableFile> inner;
  const IOStatus status = target()->NewWritableFile(path, options, &inner, debug);
  pending_.push_back(std::move(creation));
  if (!status.ok()) return status;
  files_[path] = std::make_shared<FileState>();
  *file = std::make_unique<File>(*this, path, files_[path], std::move(inner));
  return status;
}

IOStatus DroppingFileSystem::ReopenWritableFile(const std::string& path, const FileOptions& options,
                                                std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) {
  std::shared_lock<std::shared_mutex> power;
  if (IOStatus begun = BeginChange(path, /*needs_space=*/true, power); !begun.ok()) return begun;
  std::lock_guard lock(state_mutex_);
  const bool existed = fs::exists(path);
  std::unique_ptr<rocksdb::FSWritableFile> inner;
  const IOStatus status = target()->ReopenWritableFile(path, options, &inner, debug);
  if (!status.ok()) return status;
  if (!existed) pending_.push_back({Change::Kind::kCreate, path, "", "", nullptr});
  FileStatePtr& state = files_[path];
  if (state == nullptr) {
    const uint64_t size = fs::file_size(path);
    state = std::make_shared<FileState>(FileState{size, size});
  }
  *file = std::make_unique<File>(*this, path, state, std::move(inner));
  return status;
}

IOStatus DroppingFileSystem::ReuseWritableFile(const std::string&, const std::string&, const FileOptions&,
                                               std::unique_ptr<rocksdb::FSWritableFile>*, IODebugContext*) {
  return IOStatus::NotSupported("reused files");
}

IOStatus DroppingFileSystem::NewRandomRWFile(const std::string&, const FileOptions&,
                                             std::unique_ptr<rocksdb::FSRandomRWFile>*, IODebugContext*) {
  return IOStatus::NotSupported("writes in place");
}

IOStatus DroppingFileSystem::LinkFile(const std::string&, const std::string&, const IOOptions&, IODebugContext*) {
  return IOStatus::NotSupported("hard links");
}

IOStatus DroppingFileSystem::Truncate(const std::string&, size_t, const IOOptions&, IODebugContext*) {
  return IOStatus::NotSupported("truncation by name");
}

IOStatus DroppingFileSystem::NewDirectory(const std::string& path, const IOOptions& options,
                                          std::unique_ptr<rocksdb::FSDirectory>* directory, IODebugContext* debug) {
  if (IOStatus status = CheckPower(); !status.ok()) return status;
  std::unique_ptr<rocksdb::FSDirectory> inner;
  const IOStatus status = target()->NewDirectory(path, options, &inner, debug);
  if (status.ok()) *directory = std::make_unique<Directory>(*this, ParentOf(path + "/x"), std::move(inner));
  return status;
}

IOStatus DroppingFileSystem::DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) {
  std::shared_lock<std::shared_mutex> power;
  if (IOStatus begun = BeginChange(path, /*needs_space=*/false, power); !begun.ok()) return begun;
  std::lock_guard lock(state_mutex_);
  if (!fs::exists(path)) return IOStatus::PathNotFound(path);
  Change deletion;
  deletion.kind = Change::Kind::kDelete;
  deletion.path = path;
  if (IOStatus status = Bury(path, deletion); !status.ok()) return status;
  pending_.push_back(std::move(deletion));
  return IOStatus::OK();
}

IOStatus DroppingFileSystem::RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                                        IODebugContext* debug) {
  std::shared_lock<std::shared_mutex> power;
  if (IOStatus begun = BeginChange(from, /*needs_space=*/true, power); !begun.ok()) return begun;
  std::lock_guard lock(state_mutex_);
  Change rename{Change::Kind::kRename, from, to, "", nullptr};
  if (fs::exists(to)) {
    if (IOStatus status = Bury(to, rename); !status.ok()) return status;
  }
  const IOStatus status = target()->RenameFile(from, to, options, debug);
  if (!status.ok()) return status;
  if (auto found = files_.find(from); found != files_.end()) {
    files_[to] = found->second;
    files_.erase(from);
  }
  pending_.push_back(std::move(rename));
  return status;
}

void DroppingFileSystem::DirectorySynced(const std::string& directory) {
  std::lock_guard lock(state_mutex_);
  std::deque<Change> still_pending;
  for (Change& change : pending_) {
    if (ParentOf(change.path) != directory) {
      still_pending.push_back(std::move(change));
    } else if (!change.grave.empty()) {
      fs::remove(change.grave);
    }
  }
  pending_ = std::move(still_pending);
}

void DroppingFileSystem::Undo(const Change& change) {
  const bool renamed = change.kind == Change::Kind::kRename;
  const std::string& vanished = renamed ? change.renamed_to : change.path;
  if (renamed) {
    fs::rename(change.renamed_to, change.path);
    if (auto found = files_.find(change.renamed_to); found != files_.end()) {
      files_[change.path] = found->second;
      files_.erase(change.renamed_to);
    }
  } else if (change.kind == Change::Kind::kCreate) {
    fs::remove(change.path);
    files_.erase(change.path);
  }
  if (change.grave.empty()) return;
  fs::rename(change.grave, vanished);
  if (change.buried_state != nullptr) files_[vanished] = change.buried_state;
}

uint64_t DroppingFileSystem::SeedFor(const std::string& path, uint64_t more) const {
  // Not the file's number: that depends on when RocksDB's own threads made theirs.
  const std::string about = ParentOf(path) + fs::path(path).extension().string();
  uint64_t hash = 0xcbf29ce484222325 ^ seed_;  // FNV-1a
  const auto add = [&hash](uint64_t number) { hash = (hash ^ number) * 0x100000001b3; };
  // Nor the temporary directory around it.
  const std::string around = fs::path(graveyard_).parent_path().string();
  for (const char c : about.substr(about.starts_with(around) ? around.size() : 0)) add(static_cast<uint8_t>(c));
  add(losses_);
  add(more);
  return hash;
}

void DroppingFileSystem::LoseTail(const std::string& path, FileState& state, TailLoss tail_loss,
                                  LossReport& report) const {
  const uint64_t size = fs::file_size(path);
  const uint64_t synced = std::min(state.synced_bytes, size);
  std::mt19937_64 random(SeedFor(path, size - synced));
  const uint64_t kept = tail_loss == TailLoss::kWhole ? 0 : random() % (size - synced + 1);
  fs::resize_file(path, synced + kept);
  report.bytes_lost += size - synced - kept;
  state = {synced + kept, synced + kept};
  if (tail_loss != TailLoss::kGarbled) return;
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  for (uint64_t at = synced; at < synced + kept;) {
    const uint64_t page_end = std::min((at / kPageSizeBytes + 1) * kPageSizeBytes, synced + kept);
    const uint64_t fate = random() % 3;  // intact, zeroed, scrambled
    std::vector<char> page(page_end - at, '\0');
    for (char& byte : page) byte = fate == 2 ? static_cast<char>(random()) : '\0';
    if (fate != 0) {
      file.seekp(static_cast<std::streamoff>(at));
      file.write(page.data(), static_cast<std::streamsize>(page.size()));
      report.bytes_garbled += page.size();
    }
    at = page_end;
  }
}

// In each directory the first few of its changes survive, in their order.
void DroppingFileSystem::LoseDirectoryChanges(LossReport& report) {
  std::map<std::string, uint64_t> survive;
  for (const Change& change : pending_) ++survive[ParentOf(change.path)];
  for (auto& [directory, count] : survive) {
    count = std::mt19937_64(SeedFor(directory + "/.", count))() % (count + 1);
  }
  std::deque<Change> undone;
  for (Change& change : pending_) {
    uint64_t& left = survive[ParentOf(change.path)];
    if (left == 0) {
      undone.push_front(std::move(change));
    } else {
      --left;
      if (!change.grave.empty()) fs::remove(change.grave);
    }
  }
  for (const Change& change : undone) Undo(change);
  report.directory_changes_undone += undone.size();
  pending_.clear();
}

LossReport DroppingFileSystem::LoseUnsynced(TailLoss tail_loss) {
  std::unique_lock power(power_mutex_);
  std::lock_guard lock(state_mutex_);
  LossReport report;
  ++losses_;
  LoseDirectoryChanges(report);
  for (auto& [path, state] : files_) {
    if (fs::exists(path)) LoseTail(path, *state, tail_loss, report);
  }
  files_.clear();
  cut_at_ = UINT64_MAX;
  power_on_ = true;
  ClearFault();
  return report;
}

}  // namespace strongroom
