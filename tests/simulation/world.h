// The simulated world: a whole vault (the server's own Keeper, two compartments, every service) on a simulated disk and
// under a simulated clock, which may lose its power, be started again, and is still otherwise: nothing in it happens by
// itself, so that the same steps give the same history.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "device.h"
#include "disk.h"
#include "server/keeper.h"
#include "server/restore.h"
#include "store/testing/temp_dir.h"
#include "wire.h"

namespace strongroom {

// A clock that steps when it is told: forwards or backwards (NTP, a suspended machine), as the wall clock may; what is
// monotonic never goes back.  Any thread.
class SimulatedClock : public Clock {
 public:
  UnixMillis NowMillis() const override { return wall_; }
  int64_t MonotonicMillis() const override { return monotonic_; }
  void Advance(int64_t millis) {
    wall_ += millis;
    monotonic_ += millis;
  }
  void StepWall(int64_t millis) { wall_ += millis; }

 private:
  std::atomic<UnixMillis> wall_{1'795'000'000'000};
  std::atomic<int64_t> monotonic_{1'000'000};
};

struct WorldOptions {
  bool rocksdb = false;  // else stores in memory
  DiskOptions disk;
};

// One thread.
class World {
 public:
  static constexpr const char* kRooms[] = {"office", "main", "vip"};
  static constexpr char kPoint[] = "counter";
  static constexpr char kDomain[] = "shop";
  static constexpr char kPurpose[] = "customer-service";
  static constexpr uint32_t kBudget = 5;  // customers an hour that one of support may see

  explicit World(const WorldOptions& options);
  ~World();

  // A new vault with its catalogue, policy and token domain, unlocked.
  Status Make();
  // A start of the server, and its unlocking.
  Status Start();
  // The power goes (if it is not gone), and comes back; everything that was open is closed.
  void LosePower(uint64_t salt);
  // The process ends; the machine goes on.
  void EndProcess();

  SimulatedDisk& disk() { return *disk_; }
  SimulatedClock& clock() { return clock_; }
  SimulatedDevice& device() { return device_; }
  // Of the disk and the device.
  uint64_t faults_made() const { return disk_->faults_made() + device_.faults_made(); }
  void ClearPlans() {
    disk_->ClearPlan();
    device_.ClearPlan();
  }
  Keeper& keeper() { return *keeper_; }
  bool is_open() const { return keeper_ != nullptr && keeper_->Current() != nullptr; }
  // A change of the root key ended without an answer: the keys stand still until the vault is opened again.
  bool RootIsDoubtful() const {
    return is_open() && keeper_->Current()->house().office().epochs->root_key().doubtful();
  }
  // Held for one call; who keeps it keeps the vault from being locked.  Precondition: is_open().
  const VaultFiles& files() const { return *files_; }
  std::shared_ptr<OpenVault> vault() const { return keeper_->Current(); }

  // A program that may do everything, in a request of its own; the request's number is request_id.
  Caller Program();
  // Somebody of support, with a budget.
  Caller Support();
  uint64_t last_request() const { return next_request_ - 1; }

  // A backup set, beside the vault on a disk that does not fail.
  Result<BackupRecord> Backup(const BackupRequest& request) { return keeper_->MakeBackup(Program(), request); }
  // Goes to a place where nothing lies yet, takes a copy of the key stores there, and stays.  The process must have
  // ended; so also for Return(), to the vault that it came from.
  void GoElsewhere();
  void Return();
  // In this place: data sets and the key stores that are here.
  Status Restore(const std::vector<std::string>& files, bool with_mark, bool with_replay);

  // The vault over HTTP, for a program that may do everything.  Opened when it is first asked for.
  Result<Wire*> OpenWire();

  // One step of the sequencer of one room's log.
  Status Sequence(const std::string& room);
  Status Lock();
  Status Unlock();
  // To shares, or from shares to `other` (a passphrase or a token); a new root key as well, or only that.  Afterwards
  // whatever now opens the lock is known.
  Status ChangeLock(bool other_lock, bool rotate_root, LockKind other = LockKind::kPassphrase);
  bool HasShares() const { return keeper_->GetStatus().lock_kind == "shares"; }

 private:
  Status MakeCatalogue();
  Status OpenSequencers();
  void Close();

  const WorldOptions options_;
  TempDir directory_;
  SimulatedClock clock_;
  SystemRandom random_;
  SimulatedDevice device_;
  std::unique_ptr<SimulatedDisk> disk_;
  ServerConfig config_;
  uint64_t places_ = 0;
  AgeKeys age_keys_;
  VaultFilesOptions files_options_;
  std::unique_ptr<VaultFiles> files_;
  std::unique_ptr<Keeper> keeper_;
  std::string api_key_;
  std::unique_ptr<Wire> wire_;
  std::map<std::string, std::unique_ptr<Sequencer>> sequencers_;
  std::shared_ptr<const Principal> program_;
  std::shared_ptr<const Principal> support_;
  uint64_t next_request_ = 1;
  // What opens the lock: shares if it is a lock of shares, the token's PIN if it is in a token, else the passphrase.
  SecretBytes SecretOf(const LockInfo& info) const;
  Result<SecretBytes> RootKeyOf(const Store& office_keys);
  std::vector<std::string> shares_;
  std::string passphrase_;
  uint64_t passphrases_ = 0;
};

}  // namespace strongroom
