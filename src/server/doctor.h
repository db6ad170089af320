// Doctor: what this installation lacks, in the order in which it matters, each with what to do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "access/open_vault.h"
#include "access/score.h"
#include "base/status.h"
#include "keys/lock.h"
#include "outbox/log_export.h"
#include "outbox/outbox.h"
#include "server/config.h"
#include "store/moving_store.h"
#include "vault/customers.h"
#include "vault/key_rotation.h"

namespace strongroom {

struct OutboxState {
  bool can_tell_anybody = false;
  OutboxCounts counts;
  UnixMillis now = 0;
};

struct PeopleState {
  bool known = false;
  size_t active_administrators = 0;  // fewer than two: solo mode
  size_t administrator_keys = 0;     // API keys with that role, in force
};
struct EpochsState {
  bool known = false;
  EpochsAnswer epochs;
  UnixMillis now = 0;
};

struct BackupsState {
  bool known = false;
  bool configured = false;
  int stale_after_days = 0;
  Result<std::vector<BackupRecord>> all = std::vector<BackupRecord>();  // newest first
  UnixMillis now = 0;
};

PeopleState PeopleStateOf(OpenVault& vault);

// Indexes that are being made anew.
struct IndexState {
  std::vector<std::string> fields;  // "name (37 %)"
  Status last;                      // of the job's last piece
};
IndexState IndexStateOf(OpenVault& vault);

// What the score asks of the installation.
HouseFacts FactsOf(const ServerConfig& config, const LockInfo& lock, const LeavingState& leaving = {});

// What an unlocked house says of itself.
// Shares of the lock, and whether their custodians have shown them.
struct SharesState {
  bool known = false;
  std::optional<ShareSheet> sheet = {};    // of the lock in force
  std::optional<ShareSheet> pending = {};  // of the one that waits
  Status unreadable = {};
  int acknowledge_days = 0;  // 0: an acknowledgement is never too old
  UnixMillis now = 0;
};

// How long the logs keep entries.
struct PruningState {
  bool known = false;
  int keep_days = 0;  // 0: for ever
  bool hold = false;
  Status last = {};        // of the last run
  UnixMillis last_at = 0;  // 0: none yet
  UnixMillis now = 0;
};

// Stores on their way to another place.
struct StoreMove {
  std::string what;
  StoreMoveProgress progress;
};

struct HouseState {
  FinishedErasures erasures = {};  // of the last run of its job
  OutboxState outbox = {};
  PeopleState people = {};
  IndexState indexes = {};
  EpochsState epochs = {};
  LeavingState leaving = {};
  BackupsState backups = {};
  std::vector<StoreMove> moves = {};
  FleetView fleet = {};
  SharesState shares = {};
  PruningState pruning = {};
  LogExportState log_export = {};
};

// One line a finding: "red: ...", "yellow: ..." or "green: ...", red first.  Looks at the machine; changes nothing.
std::vector<std::string> Diagnose(const ServerConfig& config, const LockInfo& lock,
                                  const std::vector<Status>& sequencers, const HouseState& house = {});

}  // namespace strongroom
