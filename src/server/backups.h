// Backups: makes backup sets of a vault that is being served, and deletes those of keys when they have expired.
//
// A set goes into the directory and to the recipients of the configuration, whoever asks for it: a caller names neither
// a place nor a key.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "access/open_vault.h"
#include "backup/make_set.h"
#include "server/backup_config.h"
#include "server/vault_files.h"

namespace strongroom {

// Any thread; one set is made at a time.
class Backups {
 public:
  // All must outlive this.
  Backups(BackupConfig config, VaultFiles& files, const Clock& clock, Random& random)
      : config_(std::move(config)), files_(files), clock_(clock), random_(random) {}
  ~Backups();

  // Action backup.make.  Slow.  kConfigInvalid (no directory or recipients), kStorageConflict (one is being made),
  // kBackupNotFound (nothing to go on from), kInvalidArgument (an increment of keys); as MakeSet().
  Result<BackupRecord> Make(OpenVault& vault, const Caller& caller, const BackupRequest& request);

  // Deletes the files of sets that have expired, and what unfinished ones left; records each.  The first failure.
  Status RunDue(OpenVault& vault);
  // From now on RunDue() at once and every hour, on a thread of its own.  `current`: null while the vault is locked.
  void Start(std::function<std::shared_ptr<OpenVault>()> current);
  // The set that is being made is given up soon, and none is begun, until Allow().
  void Interrupt() { interrupted_ = true; }
  void Allow() { interrupted_ = false; }

 private:
  Result<MadeSet> Copy(OpenVault& vault, const BackupMaking& making, const std::string& parent_file);
  // The newest data set whose index is in the directory.
  Result<BackupRecord> Newest(OpenVault& vault) const;
  std::string PathOf(const BackupRecord& record) const { return config_.directory + "/" + record.file; }
  void Run(const std::function<std::shared_ptr<OpenVault>()>& current);

  const BackupConfig config_;
  VaultFiles& files_;
  const Clock& clock_;
  Random& random_;
  std::atomic<bool> interrupted_{false};
  std::mutex making_;  // held while a set is made
  std::mutex mutex_;   // guards what follows
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace strongroom
