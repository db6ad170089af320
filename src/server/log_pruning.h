// LogPruning: once a day, takes entries out of the logs that are older than the configuration keeps them
// (audit/log_pruner.h).  What a crash left half done is finished with the next run.
//
// Held back: everything while `log_hold` is set; what the witnesses have not cosigned, where there are any; what a
// destination of the export has not taken.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "access/open_vault.h"
#include "server/doctor.h"
#include "server/vault_files.h"

namespace strongroom {

// Any thread.
class LogPruning {
 public:
  // All must outlive this.
  LogPruning(int keep_days, bool hold, VaultFiles& files, const Clock& clock, Random& random)
      : keep_days_(keep_days), hold_(hold), files_(files), clock_(clock), random_(random) {}
  ~LogPruning();

  // Every room; the first failure is answered, the other rooms are done all the same.
  Status RunDue(OpenVault& vault);
  // From now on RunDue() at once and every day, on a thread of its own.  `current`: null while the vault is locked.
  void Start(std::function<std::shared_ptr<OpenVault>()> current);
  void Interrupt() { interrupted_ = true; }
  void Allow() { interrupted_ = false; }
  PruningState State() const;

 private:
  Status PruneRoom(OpenVault& vault, const Room& room, RoomStores& stores);
  void Run(const std::function<std::shared_ptr<OpenVault>()>& current);

  const int keep_days_;  // 0: for ever
  const bool hold_;
  VaultFiles& files_;
  const Clock& clock_;
  Random& random_;
  std::atomic<bool> interrupted_{false};
  std::mutex running_;        // one run at a time
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool stopping_ = false;
  Status last_;
  UnixMillis last_at_ = 0;
  std::thread thread_;
};

}  // namespace strongroom
