#include "server/backups.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <utility>

#include "backup/row_index.h"
#include "backup/set_file.h"

namespace strongroom {
namespace {

constexpr auto kPause = std::chrono::hours(1);
constexpr int64_t kMillisPerDay = 86'400'000;
constexpr char kIndexPurpose[] = "strongroom backup index v1";

SetKind KindOf(BackupKind kind) { return kind == BackupKind::kKeys ? SetKind::kKeys : SetKind::kData; }

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

// Ok when it is not there.
Status Remove(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return Status::Ok();
  return {Reason::kStorageUnavailable, path + " could not be deleted: " + std::strerror(errno)};
}

// The first line of the office's newest checkpoint.
Result<std::string> OriginOf(const Room& office) {
  ASSIGN_OR_RETURN(const std::string checkpoint, office.log->ReadCheckpoint());
  return checkpoint.substr(0, checkpoint.find('\n'));
}

}  // namespace

Backups::~Backups() {
  Interrupt();
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<BackupRecord> Backups::Newest(OpenVault& vault) const {
  ASSIGN_OR_RETURN(const std::vector<BackupRecord> all, vault.backups().Look());
  for (const BackupRecord& record : all) {
    if (record.kind == BackupKind::kData && record.state == BackupState::kMade && record.destroyed_at == 0 &&
        Exists(PathOf(record) + kIndexEnding))
      return record;
  }
  return Status(Reason::kBackupNotFound, "there is no data set to go on from: make a full one");
}

Result<MadeSet> Backups::Copy(OpenVault& vault, const BackupMaking& making, const std::string& parent_file) {
  const House& house = vault.house();
  const BackupRecord& record = making.record;
  MakeSetOptions options;
  options.header.kind = KindOf(record.kind);
  options.header.id = record.id;
  options.header.parent = record.parent;
  options.header.made_at = record.made_at;
  ASSIGN_OR_RETURN(options.header.vault, OriginOf(house.office()));
  const bool keys = record.kind == BackupKind::kKeys;
  const auto add = [&](const std::string& name, const RoomStores& stores) {
    options.rooms.push_back({name, keys ? stores.keys.get() : stores.data.get()});
  };
  add("office", files_.office());
  for (const auto& room : house.compartments()) {
    ASSIGN_OR_RETURN(const RoomStores* stores, files_.Room(room->info.name, false));
    add(room->info.name, *stores);
  }
  options.recipients = config_.recipients;
  options.directory = config_.directory;
  if (!keys) options.index_key = house.office().sealed->ring().Derive(kIndexPurpose);
  options.parent_file = parent_file;
  options.progress = [this](uint64_t) {
    return interrupted_ ? Status(Reason::kServerLocked, "the server locks or stops: the backup was given up")
                        : Status::Ok();
  };
  return MakeSet(options, random_);
}

Result<BackupRecord> Backups::Make(OpenVault& vault, const Caller& caller, const BackupRequest& request) {
  const std::unique_lock alone(making_, std::try_to_lock);
  BackupRecord begun;
  begun.id = random_.Take(BackupRecord::kIdBytes);
  begun.kind = request.kind;
  begun.made_at = clock_.NowMillis();
  if (begun.kind == BackupKind::kKeys) begun.expires_at = begun.made_at + config_.keys_keep_days * kMillisPerDay;
  for (const AgeRecipient& recipient : config_.recipients) begun.recipients.push_back(recipient.Encode());
  SetHeader named;
  named.kind = KindOf(begun.kind);
  named.id = begun.id;
  named.made_at = begun.made_at;
  begun.file = SetFileName(named);
  std::string parent_file;
  // What is wrong with the request is said to those who may ask only: the register asks first.
  Status wrong;
  if (!alone.owns_lock()) {
    wrong = Status(Reason::kStorageConflict, "a backup is being made: wait until 'strongroom backup list' shows it");
  } else if (!config_.configured()) {
    wrong = Status(Reason::kConfigInvalid,
                   "backups have no place to go: set 'directory' and 'recipients' in the section [backup] of the "
                   "server's configuration");
  } else if (request.incremental && begun.kind == BackupKind::kKeys) {
    wrong = Status(Reason::kInvalidArgument, "key sets are small and always full");
  } else if (request.incremental) {
    if (const Result<BackupRecord> parent = Newest(vault); parent.ok()) {
      begun.parent = parent->id;
      parent_file = PathOf(*parent);
    } else {
      wrong = parent.status();
    }
  }
  ASSIGN_OR_RETURN(BackupMaking making, vault.backups().Begin(caller, std::move(begun), wrong));
  const Result<MadeSet> made = Copy(vault, making, parent_file);
  if (!made.ok()) return vault.backups().Fail(std::move(making), made.status());
  making.record.size_bytes = made->size_bytes;
  making.record.sha256 = made->sha256;
  for (const RoomTotals& room : made->totals) making.record.rows += room.rows;
  return vault.backups().Complete(std::move(making));
}

Status Backups::RunDue(OpenVault& vault) {
  if (config_.directory.empty()) return Status::Ok();
  const std::unique_lock alone(making_, std::try_to_lock);
  if (!alone.owns_lock()) return Status::Ok();  // with the next run
  ASSIGN_OR_RETURN(const std::vector<BackupRecord> all, vault.backups().Look());
  Status first;
  const auto keep = [&first](Status status) {
    if (first.ok()) first = std::move(status);
  };
  for (const BackupRecord& record : all) {
    if (record.file.empty()) continue;
    const std::string path = PathOf(record);
    if (record.state == BackupState::kFailed) {  // of a crash; without one there is nothing
      for (const char* ending : {"", kPartialEnding, kIndexEnding}) keep(Remove(path + ending));
      keep(Remove(path + kIndexEnding + kPartialEnding));
    } else if (record.state == BackupState::kMade && record.file_deleted_at == 0 &&
               record.Expired(clock_.NowMillis()) && Exists(path)) {
      Status deleted = Remove(path);
      if (deleted.ok()) deleted = FlushDirectoryOf(path);
      if (deleted.ok()) deleted = vault.backups().RecordDeleted(record);
      keep(std::move(deleted));
    }
  }
  return first;
}

void Backups::Start(std::function<std::shared_ptr<OpenVault>()> current) {
  thread_ = std::thread([this, current = std::move(current)] { Run(current); });
}

void Backups::Run(const std::function<std::shared_ptr<OpenVault>()>& current) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    // What fails is tried again with the next run; doctor tells of a set that should be gone.
    if (const std::shared_ptr<OpenVault> vault = current(); vault != nullptr && !interrupted_)
      RunDue(*vault).IgnoreError();
    lock.lock();
    wake_.wait_for(lock, kPause, [this] { return stopping_; });
  }
}

}  // namespace strongroom
