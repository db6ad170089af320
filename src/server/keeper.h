// Keeper: the vault's state in a running server, locked or unlocked.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "access/open_vault.h"
#include "crypto/shamir.h"
#include "keys/lock.h"
#include "locks/device_process.h"
#include "server/backups.h"
#include "server/doctor.h"
#include "server/log_pruning.h"
#include "server/store_moves.h"
#include "server/vault_files.h"

namespace strongroom {

// Any thread.
class Keeper : public VaultKeeper {
 public:
  // `files`, `clock` and `random` must outlive this.  kNotInitialised when there is no lock.
  static Result<std::unique_ptr<Keeper>> Create(const ServerConfig& config, VaultFiles& files, const Clock& clock,
                                                Random& random, const HouseOptions& options = {});
  ~Keeper() override;

  std::shared_ptr<OpenVault> Current() const override { return std::atomic_load(&current_); }
  ServerStatus GetStatus() const override;
  Status Unlock(const SecretBytes& secret) override;
  Status Lock(const Caller& caller) override;
  Result<LockChanged> ChangeLock(const Caller& caller, const LockChange& change) override;
  Result<ShareShown> AcknowledgeShare(const SecretBytes& text, const IpAddress& from) override;
  Status CancelPendingLock(const Caller& caller) override;
  Result<LockView> ShowLock(const Caller& caller) override;
  HouseFacts Facts() const override;
  Result<std::vector<std::string>> Doctor(const Caller& caller) override;
  Result<std::vector<std::string>> Fsck(const Caller& caller) override;
  Result<BackupRecord> MakeBackup(const Caller& caller, const BackupRequest& request) override;

  // Lock() closes in the background, because the request that asks for it holds the vault itself: new requests are
  // refused at once, the keys are gone when those in flight are answered, and GetStatus() says `locked` only then.

  // What the server does for a lock.  `cut` ends requests that are not complete, so that nobody can hold a lock up by
  // sending slowly; asked again with true, also answers that nobody takes.  `scrub` is called when keys and values are
  // gone from the heap, and wipes what the server's threads still hold; `scrub_thread` does so for the calling thread.
  // Set before the first request.
  struct LockHooks {
    std::function<void(bool and_answers)> cut;
    std::function<void()> scrub;
    std::function<void()> scrub_thread;
  };
  void OnLock(LockHooks hooks) { hooks_ = std::move(hooks); }
  // Breaks off long work whose answer nobody should wait for once the server is to stop: paper that is gone through.
  void LetGo();
  // Closes the vault without asking anybody: shutdown.  Fails when requests would not end: the process must then end at
  // once.
  Status Close();

 private:
  enum class Patience : uint8_t { kLimited, kEndless };
  // Ends the vault when nobody else holds it.  With limited patience it may fail: the vault is then left as it is, and
  // the process must end without tearing down what the vault uses.
  Status Drain(std::shared_ptr<OpenVault> vault, Patience patience);
  Keeper(const ServerConfig& config, VaultFiles& files, const Clock& clock, Random& random, LockInfo lock,
         const HouseOptions& options);
  // The secret that opens the lock: `secret` itself, or shares combined once there are enough; nothing before that.
  Result<std::optional<SecretBytes>> SecretFrom(const SecretBytes& secret);
  // Of what a request to change the lock presents.
  static Result<SecretBytes> Combined(const std::vector<SecretBytes>& present, const LockInfo& lock);
  // The rooms' key stores, the office's first.
  Result<std::vector<std::pair<Store*, CompartmentId>>> KeyStores(const House& house);
  static Status MayChangeLock(OpenVault& vault, const LockChange& change);
  // Holds the root key that the lock holds, and settles every ring for it.  Under held.rings(), alone.
  static Status FollowLock(RootKey& held, const SecretBytes& root_of_lock,
                           const std::vector<std::pair<Store*, CompartmentId>>& stores);
  // `root`: what `present` opens.
  Status CarryOutChange(OpenVault& vault, const LockChange& change, const SecretBytes& present,
                        const SecretBytes& root);
  // New shares, waiting; `names` gets the custodians.
  Status HandOutShares(OpenVault& vault, const LockChange& change, const SecretBytes& present, const SecretBytes& root,
                       LockChanged& answer, SealedBatch& names);
  SharesState SharesOfLock() const;
  LockDevice& Device() { return options_.device_for_tests != nullptr ? *options_.device_for_tests : device_; }
  // So that guessing takes time.  A simulation has none to lose.
  void PauseAfterWrongSecret() const;

  const ServerConfig config_;
  VaultFiles& files_;
  const Clock& clock_;
  Random& random_;
  std::atomic<LockInfo> lock_;
  const HouseOptions options_;
  DeviceProcess device_;      // of a lock in hardware; under mutex_
  mutable std::mutex mutex_;  // one change of state at a time
  std::atomic<bool> closing_{false};
  std::thread closer_;                            // of the last Lock()
  std::shared_ptr<OpenVault>* leaked_ = nullptr;  // on purpose, see Drain
  std::vector<SecretShare> shares_;
  std::atomic<int> shares_given_{0};  // how many those are, for GetStatus on any thread
  std::mutex wrong_shares_;           // of acknowledgements; held for no work
  int64_t next_wrong_share_at_ = 0;   // on the monotonic clock
  std::shared_ptr<OpenVault> current_;
  std::vector<std::unique_ptr<SequencerRunner>> sequencers_;
  LockHooks hooks_;
  StoreMoves moves_;
  LogPruning pruning_;
  Backups backups_;  // last: its thread looks at what is above
};

}  // namespace strongroom
