// VaultFiles: the stores of a vault, two for each room, and the way from stores and root key to an open House.
//
//   <data_dir>/stores/<room>     sealed data and the audit log      <key_dir>/<room>     wrapped keys, ledger, log mark
//
// where a room is "office" or a compartment's name.  Copying <data_dir>/stores never copies a key.  Either side may lie
// in PostgreSQL instead (data_store, key_store): in schemas "strongroom-<room>-data" and "strongroom-<room>-keys", a
// room in a database of its own where data_stores and key_stores say so.
// Stores move while they are used (store/moving_store.h): all of a side (data_store_next, key_store_next), or those of
// single rooms (data_stores_next, key_stores_next).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "access/open_vault.h"
#include "audit/sequencer.h"
#include "base/clock.h"
#include "crypto/random.h"
#include "server/config.h"
#include "store/moving_store.h"
#include "store/rocksdb_store.h"
#include "store/store.h"
#include "vault/house.h"

namespace strongroom {

class LockDevice;

// For tests of what a loss of power takes (tests/crash, tests/simulation): no configuration reaches these.
struct VaultFilesOptions {
  // Opens the store at this path instead; with `create`, makes it.  Called from two threads at once.
  std::function<Result<std::unique_ptr<Store>>(const std::string& path, bool create)> open_store;
  rocksdb::Env* env = nullptr;    // borrowed, outlives the files; nullptr: the machine's
  size_t write_buffer_bytes = 0;  // 0: the store's own default
  uint32_t writer = 0;            // of several servers over PostgreSQL: this one's number.  0: the stores are its alone
  bool unsafe_no_sync_for_tests = false;
  // Groups are written without taking turns (store/postgres_store.h): a control of tests/fleet.
  bool unsafe_no_turns_for_tests = false;
};

struct RoomStores {
  std::unique_ptr<Store> data;
  std::unique_ptr<Store> keys;
};

// Which stores are made when they are not there.
struct CreateStores {
  bool data = false;
  bool keys = false;
};

// A store that is on its way to another place (store/moving_store.h).
struct MovingRoom {
  std::string what;  // "main data", "office keys"
  MovingStore* store = nullptr;
};

class VaultFiles {
 public:
  // Opens the office's stores; with `create`, makes the directories and an empty office.  kNotInitialised,
  // kStorageUnavailable (another process has them open).
  static Result<std::unique_ptr<VaultFiles>> Open(const ServerConfig& config, bool create,
                                                  const VaultFilesOptions& options = {}) {
    return Open(config, CreateStores{create, create}, options);
  }
  static Result<std::unique_ptr<VaultFiles>> Open(const ServerConfig& config, CreateStores create,
                                                  const VaultFilesOptions& options = {});

  RoomStores& office() { return rooms_["office"]; }
  // Opens (and with `create` makes) a compartment's stores; those already open are answered as they are.
  Result<RoomStores*> Room(const std::string& name, bool create) { return Room(name, CreateStores{create, create}); }
  Result<RoomStores*> Room(const std::string& name, CreateStores create);
  const std::map<std::string, RoomStores>& rooms() const { return rooms_; }
  // Of those that are open, what the configuration says to move.  Any thread.
  std::vector<MovingRoom> moves() const;
  // Whether the settings that name compartments name such as there are: kConfigInvalid names one that there is not.
  Status CheckApart(const std::vector<CompartmentInfo>& compartments) const;
  uint32_t writer() const { return options_.writer; }

 private:
  // Where all stores of one side lie.
  struct Side {
    std::string name;  // "data", "keys"
    std::string directory;
    std::string conninfo;  // empty: in the directory
    std::string next;      // where they move to: an address, or "directory"; empty: they stay
    std::string schema_begin;
    // By room, instead of `conninfo` and `next`.
    std::map<std::string, std::string> apart;
    std::map<std::string, std::string> apart_next;

    const std::string& ConninfoOf(const std::string& room) const;
    const std::string& NextOf(const std::string& room) const;
    bool moves() const { return !next.empty() || !apart_next.empty(); }
  };
  VaultFiles(Side data, Side keys, std::shared_ptr<RocksDbShared> shared, const VaultFilesOptions& options)
      : data_(std::move(data)), keys_(std::move(keys)), shared_(std::move(shared)), options_(options) {}
  // `conninfo`: empty for the directory.
  Result<std::unique_ptr<Store>> OpenPlace(const Side& side, const std::string& conninfo, const std::string& room,
                                           bool create) const;
  Result<std::unique_ptr<Store>> OpenStore(const Side& side, const std::string& room, bool create);
  const Side data_;
  const Side keys_;
  const std::shared_ptr<RocksDbShared> shared_;
  const VaultFilesOptions options_;
  std::map<std::string, RoomStores> rooms_;
  mutable std::mutex moves_mutex_;
  std::vector<MovingRoom> moves_;
};

// A house over open stores, with a sequencer for each log.  Members are destroyed in reverse: sequencers first.
struct OpenedHouse {
  std::unique_ptr<House> house;
  std::vector<std::unique_ptr<SequencerRunner>> sequencers;
};

struct HouseOptions {
  // Nothing happens by itself: no sequencer runs, no notice is sent, no rotation or index job begins.  Only so that
  // the simulation (tests/simulation) decides when they do, and a seed gives the same run again.
  bool still_for_tests = false;
  LockDevice* device_for_tests = nullptr;  // in place of the lock's hardware; outlives the house
  bool null_log_for_benchmark = false;
  bool during_restore = false;  // for the restore itself: its mark is no reason to refuse
};

// Opens rings with the root key, checks every log against its mark, and starts the sequencers.  `files`, `clock` and
// `random` must outlive the house.  kUnlockFailed, kStorageBehindMark, kLogInvalid, kKeyMissing, kRestoreUnfinished.
Result<OpenedHouse> OpenHouse(VaultFiles& files, const SecretBytes& root_key, const Clock& clock, Random& random,
                              const HouseOptions& options = {});

// How long a vault of this configuration keeps what, for whoever opens it without serving it.
OpenVaultOptions KeepingOf(const ServerConfig& config);

// The name a room's checkpoints carry: "strongroom/main-1a2b3c4d".  After a restore another stands in the key store
// (audit/log_generation.h) and begins with it.
std::string LogOrigin(const std::string& room, CompartmentId compartment);

}  // namespace strongroom
