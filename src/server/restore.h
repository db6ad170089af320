// Restore: puts a vault's data back from backup sets and joins it with the newest key store
// (docs/how-to/restore.md, docs/decisions/0018-restore-and-log-generations.md).
//
// Everything is read to its end, and the lock opened, before anything is changed.  Then a mark goes into the office's
// key store, and until it is taken away nobody opens the house.  Every step may be begun again, so that the same order,
// given again after a crash at any point, comes to the same end.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/log_generation.h"
#include "backup/set_reader.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/random.h"
#include "server/fsck.h"
#include "server/vault_files.h"
#include "vault/ledger_replay.h"

namespace strongroom {

// A set, which can be read from its beginning more than once.
struct RestoreSet {
  std::string name;  // for the screen: its file
  SetHeader header;
  std::function<Result<std::unique_ptr<SetReader>>()> open;
};
// Reads the header.  kFileUnreadable (also when no identity opens it), kDataCorrupt.  `keys` must outlive the set.
Result<RestoreSet> OpenRestoreSet(const std::string& file, const AgeKeys& keys);

struct RestoreOrder {
  std::vector<RestoreSet> data;    // a full set and the increments that go on from it, in any order
  bool data_as_is = false;         // instead: the data stores as they lie there
  std::optional<RestoreSet> keys;  // a key set, for when the key store is gone
  bool replace_keys = false;       // or, with this, in place of the one that is there
};

struct RestoreHooks {
  std::function<void(const std::string& line)> say;
  std::function<void(std::string_view what, uint64_t rows)> progress;
  std::function<Result<bool>(const std::string& question)> confirm;
  // The root key behind this lock: asks for what opens it.  Once, before anything is changed.
  std::function<Result<SecretBytes>(const Store& office_keys)> unlock;
  OpenVaultOptions vault = {};  // how long the vault keeps what: as its configuration says
  // So that tests can show that they would notice.
  bool without_mark_for_tests = false;
  bool without_replay_for_tests = false;
  // Nothing happens by itself meanwhile: so that a simulation gives the same run again (vault_files.h, HouseOptions).
  bool still_for_tests = false;
};

struct RestoredRoom {
  std::string name;
  LogGeneration log;
  ReplayReport replay;  // of a compartment
};

struct RestoreReport {
  std::vector<RestoredRoom> rooms;
  FsckReport check;
};

// `files` were opened so that missing stores are made on the sides that are written.  kInvalidArgument: the order does
// not fit together or the vault, or nobody wanted it; kNotInitialised: there is no key store and no key set;
// kUnlockFailed; kDataCorrupt, kFileUnreadable: a set; and what stores answer.
Result<RestoreReport> RunRestore(VaultFiles& files, const RestoreOrder& order, const RestoreHooks& hooks,
                                 const Clock& clock, Random& random);

}  // namespace strongroom
