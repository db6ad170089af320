// The simulated disk below all stores of a vault: what it keeps, what it loses when the power goes, and at which call
// it fails.
//
// Two of them.  `MakeRocksDisk`: the product's RocksDB over store/testing/dropping_file_system.h, where a call is an
// append, a sync, a rename...  `MakeMemoryDisk`: stores in memory, where a call is a commit; a hundred times as fast,
// for many seeds.  In both, a commit that was answered is kept, and the one under way is kept whole or not at all.
// A read that fails fails once: of RocksDB's files what no cache holds, in memory any look at a store.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "server/config.h"
#include "server/vault_files.h"

namespace strongroom {

enum class DiskTrouble : uint8_t { kNone, kPowerCut, kIoError, kNoSpace, kReadError };
const char* NameOf(DiskTrouble kind);

struct FaultWish {
  DiskTrouble kind = DiskTrouble::kNone;
  std::string store;        // "data/stores/main", "data/keys/office"; empty: whichever comes first
  uint64_t nth = 1;         // call from now on; of kReadError, read from now on
  bool every_call = false;  // of RocksDB, also those of its own threads; else commits alone, in the order they come
};

// Any thread, except where it says otherwise.
class SimulatedDisk {
 public:
  virtual ~SimulatedDisk() = default;
  // Makes a vault in `directory` stand on this disk.
  virtual void Attach(ServerConfig& config, VaultFilesOptions& options) = 0;
  virtual void Plan(const FaultWish& wish) = 0;
  virtual void ClearPlan() = 0;
  virtual uint64_t faults_made() const = 0;
  virtual bool power_is_off() const = 0;
  virtual void CutPower() = 0;
  // What is found when the power is back.  Every store must be closed.  `salt` decides, with the seed, what is left of
  // what was not synced.
  virtual void LoseUnsynced(uint64_t salt) = 0;
  // The process ended and the machine went on: nothing is lost.  Every store must be closed.
  virtual void EndProcess() = 0;
  // What lies on the disk under one path, copied to another where nothing lies.  Every store there must be closed.
  virtual void CopyTree(const std::string& from, const std::string& to) = 0;
  // Calls so far, reads not among them.
  virtual uint64_t calls() const = 0;
  // Called before each call, on its thread.
  virtual void SetBeforeCall(std::function<void()> hook) = 0;
};

struct DiskOptions {
  uint64_t seed = 0;
  bool sync = true;        // false, the control: answers come before anything is durable
  bool reads_lie = false;  // a control, in memory alone: a read that fails says that nothing is there
};

std::unique_ptr<SimulatedDisk> MakeRocksDisk(const std::string& directory, const DiskOptions& options);
std::unique_ptr<SimulatedDisk> MakeMemoryDisk(const std::string& directory, const DiskOptions& options);

}  // namespace strongroom
