// StoreMoves: carries stores to another place while the server uses them (store/moving_store.h), and records it.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "access/open_vault.h"
#include "server/doctor.h"
#include "server/vault_files.h"

namespace strongroom {

// Any thread.
class StoreMoves {
 public:
  // `files` must outlive this.
  explicit StoreMoves(VaultFiles& files) : files_(files) {}
  ~StoreMoves();

  // From now on, page after page on a thread of its own, as long as the vault is open: each move's beginning, its
  // cut-over and its end are entries of the office's log (store.move).  `current`: null while the vault is locked.
  void Start(std::function<std::shared_ptr<OpenVault>()> current);
  std::vector<StoreMove> State() const;

 private:
  // False: nothing is left to move.
  Result<bool> Step(OpenVault& vault, const MovingRoom& room);
  void Run(const std::function<std::shared_ptr<OpenVault>()>& current);

  VaultFiles& files_;
  std::map<std::string, StoreMovePhase> told_;  // by what moves; of the thread
  std::mutex mutex_;                            // guards what follows
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace strongroom
