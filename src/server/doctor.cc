#include "server/doctor.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/encoding.h"
#include "crypto/secret.h"

namespace strongroom {
namespace {

bool SameDisk(const std::string& a, const std::string& b) {
  struct stat one {};
  struct stat other {};
  return stat(a.c_str(), &one) == 0 && stat(b.c_str(), &other) == 0 && one.st_dev == other.st_dev;
}

// Where the stores of one side lie; an empty one is the directory.
std::set<std::string> AddressesOf(const std::string& store, const std::vector<std::string>& apart) {
  std::set<std::string> addresses = {store};
  for (const std::string& entry : apart) addresses.insert(entry.substr(entry.find('=') + 1));
  return addresses;
}

// Whether what copies the data's place copies the keys' as well.
bool KeysApart(const ServerConfig& config) {
  std::set<std::string> data = AddressesOf(config.data_store, config.data_stores);
  for (const std::string& keys : AddressesOf(config.key_store, config.key_stores)) {
    if (!data.contains(keys)) continue;
    if (!keys.empty() || SameDisk(config.KeyDir(), config.data_dir)) return false;
  }
  return true;
}

constexpr int64_t kLateMillis = 15 * 60 * 1000;

void DiagnoseOutbox(const OutboxState& outbox, std::vector<std::string>& red, std::vector<std::string>& yellow,
                    std::vector<std::string>& green) {
  const OutboxCounts& counts = outbox.counts;
  if (!outbox.can_tell_anybody) {
    red.push_back(
        "nothing can be told to anybody: an alarm would stay in the log. Set mail_to, webhooks or syslog in the "
        "section [outbox] of the configuration, then try 'strongroom outbox test'");
  } else {
    green.push_back("alarms are told to whom the section [outbox] of the configuration names");
  }
  if (counts.dead > 0)
    red.push_back(std::to_string(counts.dead) +
                  " messages could not be delivered and were given up: 'strongroom outbox list' says why; mend that, "
                  "then 'strongroom outbox retry'");
  if (counts.damaged > 0)
    red.push_back(std::to_string(counts.damaged) + " messages of the outbox do not open: run 'strongroom fsck'");
  if (counts.oldest_waiting_at != 0 && outbox.now - counts.oldest_waiting_at > kLateMillis) {
    yellow.push_back(std::to_string(counts.waiting) + " messages wait, the oldest for " +
                     std::to_string((outbox.now - counts.oldest_waiting_at) / 60'000) +
                     " minutes: 'strongroom outbox list' says why they do not go out");
  }
}

// Rotation is the server's own work: what is late was hindered.
void DiagnoseEpochs(const EpochsState& state, std::vector<std::string>& red, std::vector<std::string>& yellow,
                    std::vector<std::string>& green) {
  constexpr int64_t kDay = 24 * 60 * 60 * 1000;
  constexpr int64_t kLateDays = 3;
  if (!state.known) return;
  size_t found = red.size() + yellow.size();
  for (const RoomEpochs& room : state.epochs.rooms) {
    if (!room.failure.ok()) {
      red.push_back("the keys of '" + room.room + "' could not be rotated: " + room.failure.ToString() +
                    ". It is tried again every hour; 'strongroom epoch status' shows how far it is");
    }
    for (const EpochInfo& info : room.epochs) {
      const std::string named = "epoch " + std::to_string(info.epoch) + " of the keys of '" + room.room + "'";
      if (info.state == EpochState::kClosed && state.now - info.closed_at > kLateDays * kDay) {
        yellow.push_back(named + " was closed " + std::to_string((state.now - info.closed_at) / kDay) +
                         " days ago and is not empty yet: 'strongroom epoch status' shows how far it is");
      }
      const int64_t destroy_at = info.empty_at + state.epochs.options.keep_days * kDay;
      if (info.state == EpochState::kEmpty && state.now - destroy_at > kLateDays * kDay) {
        yellow.push_back(named + " should be destroyed: 'strongroom epoch destroy-due'");
      }
    }
    if (room.rotate_at != 0 && state.now - room.rotate_at > kLateDays * kDay) {
      yellow.push_back("the keys of '" + room.room + "' are " + std::to_string((state.now - room.rotate_at) / kDay) +
                       " days late to be rotated: 'strongroom epoch rotate'");
    }
  }
  if (state.epochs.options.rotate_days == 0) {
    yellow.push_back(
        "keys are not rotated by themselves (epoch_rotate_days is 0): old copies of keys and index stay usable until "
        "somebody runs 'strongroom epoch rotate'");
  }
  if (found == red.size() + yellow.size()) green.push_back("keys are rotated, and the old ones destroyed, in time");
}

void DiagnosePeople(const PeopleState& people, bool development, std::vector<std::string>& yellow,
                    std::vector<std::string>& green) {
  if (!people.known) return;
  if (people.active_administrators < 2) {
    yellow.push_back(
        "solo mode: " + std::to_string(people.active_administrators) +
        " administrators sign in, so that nobody looks at a change of rights before it takes effect, and changes wait "
        "24 hours. Invite another one ('strongroom staff invite'), and let a colleague vet them");
    return;
  }
  green.push_back("two or more administrators sign in: a change of rights needs two people");
  if (people.administrator_keys > 0 && !development) {
    yellow.push_back(std::to_string(people.administrator_keys) +
                     " API keys have an administrator's role, ask for no second factor and need nobody's approval: "
                     "they were for setting up. 'strongroom key list', then 'strongroom key revoke ID'");
  }
}

// Who holds the keys could write another history, for as long as nobody else has a checkpoint of this one.
void DiagnoseLeaving(const LeavingState& leaving, std::vector<std::string>& red, std::vector<std::string>& yellow,
                     std::vector<std::string>& green) {
  for (const WitnessProblem& problem : leaving.problems) {
    const std::string text = "witness " + problem.witness + ", log " + problem.log + ": " + problem.what;
    if (problem.trouble == WitnessTrouble::kForked) {
      red.push_back(text +
                    ". Somebody put an older copy back or rewrote the log: compare with the witnessed checkpoint "
                    "('strongroom audit verify DIR --witnessed FILE')");
    } else {
      yellow.push_back(text);
    }
  }
  std::string never;
  UnixMillis oldest = 0;
  std::string oldest_log;
  bool witnessed = true;
  for (const LeavingState::Log& log : leaving.logs) {
    if (log.left_at == 0) never += (never.empty() ? "" : ", ") + log.name;
    if (oldest_log.empty() || log.left_at < oldest) {
      oldest = log.left_at;
      oldest_log = log.name;
    }
    witnessed = witnessed && log.witnessed;
  }
  const std::string what_to_do =
      "Set witnesses in the section [witness] of the configuration, or mail_to or webhooks in [outbox]";
  if (leaving.logs.empty() || !never.empty()) {
    red.push_back("no checkpoint has left this machine" + (never.empty() ? std::string() : " (logs: " + never + ")") +
                  ": an administrator who holds the keys could rewrite the log. " + what_to_do);
  } else if (!leaving.Leaves()) {
    red.push_back("the last checkpoint of the log " + oldest_log + " left this machine at " + FormatTime(oldest) +
                  ", more than " + std::to_string(leaving.stale_after_hours) +
                  " hours ago: what was recorded since could be rewritten. 'strongroom outbox list' and the lines "
                  "about witnesses say why");
  } else {
    green.push_back("checkpoints leave this machine, the last of every log since " + FormatTime(oldest) +
                    (witnessed ? ": cosigned by " + std::to_string(leaving.quorum) + " of " +
                                     std::to_string(leaving.witnesses) + " witnesses"
                               : std::string(": told to whom the section [outbox] names")));
  }
}

void DiagnoseBackups(const BackupsState& state, std::vector<std::string>& red, std::vector<std::string>& yellow,
                     std::vector<std::string>& green) {
  constexpr int64_t kDay = 24 * 60 * 60 * 1000;
  if (!state.known) return;
  if (!state.all.ok()) {
    red.push_back("the register of backups cannot be read: " + state.all.status().ToString());
    return;
  }
  const size_t found = red.size() + yellow.size();
  if (!state.configured) {
    red.push_back(
        "no backups are made: one broken disk loses everything. Set 'directory' and 'recipients' in the section "
        "[backup] of the configuration, then 'strongroom backup make'");
  }
  UnixMillis newest_data = 0;
  UnixMillis newest_keys = 0;
  const std::vector<BackupRecord>& all = *state.all;
  for (const BackupRecord& record : all) {
    if (record.state != BackupState::kMade || record.destroyed_at != 0) continue;
    UnixMillis& newest = record.kind == BackupKind::kKeys ? newest_keys : newest_data;
    newest = std::max(newest, record.made_at);
    if (!record.Expired(state.now)) continue;
    red.push_back("the key set " + record.file + " expired at " + FormatTime(record.expires_at) +
                  " and nobody confirmed that its copies are destroyed: with it, whoever was erased since could be "
                  "opened. Destroy them, then 'strongroom backup confirm-destroyed " +
                  HexEncode(record.id) + "'");
  }
  const int64_t stale = state.stale_after_days * kDay;
  const auto judge = [&](UnixMillis newest, const std::string& kind, std::vector<std::string>& where) {
    if (!state.configured) return;
    if (newest == 0) {
      where.push_back("there is no " + kind + " set: 'strongroom backup make'");
    } else if (state.now - newest > stale) {
      where.push_back("the newest " + kind + " set is " + std::to_string((state.now - newest) / kDay) +
                      " days old: 'strongroom backup make'");
    }
  };
  judge(newest_data, "data", red);
  judge(newest_keys, "key", yellow);
  if (found == red.size() + yellow.size()) {
    green.push_back("the newest data set is of " + FormatTime(newest_data) + ", the newest key set of " +
                    FormatTime(newest_keys));
  }
}

void DiagnoseFleet(const FleetView& fleet, std::vector<std::string>& red, std::vector<std::string>& yellow,
                   std::vector<std::string>& green) {
  if (fleet.number == 0) return;
  const std::string self = "server " + std::to_string(fleet.number);
  if (fleet.age_millis < 0 || fleet.age_millis > ServerView::kStaleMillis) {
    red.push_back(self + " has not seen for " + std::to_string(fleet.age_millis) +
                  " ms what the others changed, and refuses: " + fleet.last.ToString());
  }
  size_t alive = 0;
  std::string on_duty = "nobody";
  for (const FleetMember& member : fleet.members) {
    const std::string name = "server " + std::to_string(member.number);
    if (member.on_duty && member.alive) on_duty = name;
    alive += member.alive ? 1 : 0;
    if (!member.alive) yellow.push_back(name + " (" + member.name + ", " + member.address + ") gives no sign of life");
  }
  if (on_duty == "nobody") yellow.push_back("no server is on duty: logs are not sequenced until one takes over");
  green.push_back(std::to_string(alive) + " servers work on this vault; " + on_duty + " is on duty");
}

void DiagnoseMoves(const std::vector<StoreMove>& moves, std::vector<std::string>& red,
                   std::vector<std::string>& yellow) {
  size_t done = 0;
  for (const StoreMove& move : moves) {
    const StoreMoveProgress& progress = move.progress;
    if (!progress.last.ok()) {
      red.push_back("the move of '" + move.what + "' does not go on: " + progress.last.ToString());
    } else if (progress.phase == StoreMovePhase::kCopying) {
      yellow.push_back("'" + move.what + "' is being moved: " + std::to_string(progress.rows_compared) +
                       " rows compared in pass " + std::to_string(progress.passes) + ", " +
                       std::to_string(progress.rows_written) + " written");
    } else if (progress.phase == StoreMovePhase::kEmptying) {
      yellow.push_back("'" + move.what + "' has moved; the old place is being emptied");
    } else {
      ++done;
    }
  }
  if (done > 0 && done == moves.size())
    yellow.push_back(
        "every store that was to move has moved: set data_store and key_store (or data_stores and key_stores) to the "
        "new places, and take what says where they move to out of the configuration");
}

void DiagnoseLock(const ServerConfig& config, const LockInfo& lock, std::vector<std::string>& red,
                  std::vector<std::string>& yellow, std::vector<std::string>& green) {
  if (lock.kind == LockKind::kDevelopment) {
    red.push_back(
        "the lock is a development key file: whoever copies this disk opens everything. Make a vault with 'strongroom "
        "init --lock passphrase' or '--lock shares'");
  } else if (lock.unattended) {
    yellow.push_back(
        "the lock is this machine's TPM without a PIN: it does not survive theft of the machine, which opens the vault "
        "for whoever starts it. 'strongroom change-lock --hardware tpm' gives it a PIN");
  } else if (IsInHardware(lock.kind) && !config.lock.pin_file.empty()) {
    yellow.push_back(
        "the PIN of the lock's device is in a file (pin_file): it does not survive theft of the machine "
        "together with the device, unless the file comes from elsewhere");
  } else {
    green.push_back("the lock is " + std::string(NameOf(lock.kind)) + ": a copied disk opens nothing");
  }
}

// "2 and 5": of those for whom `is` holds.
template <typename Is>
std::string NumbersOf(const ShareSheet& sheet, const Is& is) {
  std::string text;
  for (size_t i = 0; i < sheet.lines.size(); ++i) {
    if (is(sheet.lines[i])) text += (text.empty() ? "" : ", ") + std::to_string(i + 1);
  }
  return text;
}

// A share that was lost on the way is found out when the vault must be opened, and then it is too late.
void DiagnoseShares(const SharesState& state, const LockInfo& lock, std::vector<std::string>& red,
                    std::vector<std::string>& yellow, std::vector<std::string>& green) {
  if (!state.known) return;
  const auto never = [](const ShareSheet::Line& line) { return line.acknowledged_at == 0; };
  if (!state.unreadable.ok()) {
    red.push_back("what is known of the lock's shares cannot be read: " + state.unreadable.ToString());
    return;
  }
  if (state.pending.has_value()) {
    yellow.push_back(
        "new shares of the lock wait for their custodians: " + std::to_string(state.pending->Acknowledged()) + " of " +
        std::to_string(state.pending->lines.size()) + " were shown, missing are numbers " +
        NumbersOf(*state.pending, never) +
        ". Each: 'strongroom share acknowledge'; to take the change back: 'strongroom lock cancel-pending'");
  }
  if (lock.kind != LockKind::kShares) return;
  if (!state.sheet.has_value()) {
    yellow.push_back(
        "the shares of the lock are older than acknowledgements: nobody has shown that they are all there. 'strongroom "
        "change-lock --threshold K --shares N' makes others that can be shown");
    return;
  }
  const ShareSheet& sheet = *state.sheet;
  const std::string how = ". Each custodian: 'strongroom share acknowledge'";
  if (const std::string missing = NumbersOf(sheet, never); !missing.empty()) {
    const bool may_not_open = sheet.Acknowledged() < lock.threshold;
    (may_not_open ? red : yellow)
        .push_back("of the lock's shares, numbers " + missing + " were never shown by their custodians" +
                   (may_not_open ? ": if they were lost on the way, the next start opens nothing" : "") + how);
  }
  const auto old = [&state](const ShareSheet::Line& line) {
    constexpr int64_t kDay = 24 * 60 * 60 * 1000;
    return line.acknowledged_at != 0 && state.acknowledge_days != 0 &&
           state.now - line.acknowledged_at > state.acknowledge_days * kDay;
  };
  if (const std::string stale = NumbersOf(sheet, old); !stale.empty()) {
    yellow.push_back("of the lock's shares, numbers " + stale + " were shown more than " +
                     std::to_string(state.acknowledge_days) + " days ago, and may be lost by now" + how);
  } else if (sheet.AllAcknowledged()) {
    green.push_back("every share of the lock was shown by its custodian");
  }
}

void DiagnosePruning(const PruningState& state, std::vector<std::string>& red, std::vector<std::string>& yellow,
                     std::vector<std::string>& green) {
  if (!state.known) return;
  const std::string days = std::to_string(state.keep_days) + " days";
  if (state.keep_days == 0) {
    yellow.push_back(
        "the logs keep entries for ever, and they say who looked at whom: set log_keep_days to what you may keep");
  } else if (state.hold) {
    yellow.push_back(
        "log_hold is set: nothing is taken out of the logs, whatever log_keep_days says. Take it out when "
        "the matter is closed");
  } else if (!state.last.ok()) {
    red.push_back("entries older than " + days + " could not be taken out of the logs: " + state.last.ToString() +
                  ". It is tried again every ten minutes");
  } else {
    green.push_back("the logs keep entries for " + days);
  }
}

// A place that is behind holds the pruning of the log back as well.
void DiagnoseLogExport(const LogExportState& state, std::vector<std::string>& red, std::vector<std::string>& yellow,
                       std::vector<std::string>& green) {
  constexpr int64_t kLongMillis = 24 * 60 * 60 * 1000;
  for (const LogExportState::Place& place : state.places) {
    uint64_t behind = 0;
    for (const auto& [log, entries] : place.behind) behind += entries;
    const int64_t failing = place.failing_since == 0 ? 0 : state.now - place.failing_since;
    if (failing > kLateMillis) {
      (failing > kLongMillis ? red : yellow)
          .push_back("the log export to " + place.name + " has failed for " + std::to_string(failing / 60'000) +
                     " minutes and is " + std::to_string(behind) + " entries behind: " + place.failure +
                     ". Nothing is lost; it goes on when that is mended");
    } else {
      green.push_back("the log export to " + place.name + " is " + std::to_string(behind) + " entries behind");
    }
  }
}

}  // namespace

PeopleState PeopleStateOf(OpenVault& vault) {
  PeopleState people;
  people.known = true;
  people.active_administrators = vault.staff().ActiveAdministrators();
  const UnixMillis now = vault.house().clock().NowMillis();
  for (const ApiKeyInfo& key : vault.api_keys().AllInfos()) {
    const std::vector<std::string>& roles = key.spec.roles;
    if (IsInForce(key, now) && std::find(roles.begin(), roles.end(), "administrator") != roles.end())
      ++people.administrator_keys;
  }
  return people;
}

HouseFacts FactsOf(const ServerConfig& config, const LockInfo& lock, const LeavingState& leaving) {
  HouseFacts facts;
  facts.development_lock = lock.kind == LockKind::kDevelopment;
  facts.keys_apart = KeysApart(config);
  facts.checkpoints_leave = leaving.Leaves();
  return facts;
}

IndexState IndexStateOf(OpenVault& vault) {
  IndexState state;
  state.last = vault.index_jobs().last_status();
  const CataloguePtr catalogue = vault.catalogue().Current();
  for (const FieldDef& field : catalogue->fields()) {
    if (!field.replaced.has_value()) continue;
    state.fields.push_back(field.name + " (" + std::to_string(vault.catalogue().ProgressOf(field.id)) + " %)");
  }
  return state;
}

std::vector<std::string> Diagnose(const ServerConfig& config, const LockInfo& lock,
                                  const std::vector<Status>& sequencers, const HouseState& house) {
  std::vector<std::string> red;
  std::vector<std::string> yellow;
  std::vector<std::string> green;
  DiagnoseMoves(house.moves, red, yellow);
  DiagnoseFleet(house.fleet, red, yellow, green);
  DiagnoseLock(config, lock, red, yellow, green);
  DiagnoseShares(house.shares, lock, red, yellow, green);
  for (const Status& status : sequencers) {
    if (!status.ok()) red.push_back("an audit log is not being merged: " + status.ToString());
  }
  if (house.erasures.unfinished > 0) {
    red.push_back(
        std::to_string(house.erasures.unfinished) +
        " erasures were begun, or are due, and could not be finished: " + house.erasures.first_failure.ToString() +
        ". Mend what it names; it is tried again every ten minutes and at an unlock");
  }
  if (!house.indexes.last.ok()) {
    red.push_back("the index of a field cannot be built: " + house.indexes.last.ToString() +
                  ". It is tried again every few seconds; mend what it names");
  }
  for (const std::string& field : house.indexes.fields) {
    yellow.push_back("the index of field " + field +
                     " is being built: searches that would miss people are refused until then");
  }
  DiagnoseOutbox(house.outbox, red, yellow, green);
  DiagnosePeople(house.people, lock.kind == LockKind::kDevelopment, yellow, green);
  DiagnoseEpochs(house.epochs, red, yellow, green);
  DiagnoseLeaving(house.leaving, red, yellow, green);
  DiagnoseBackups(house.backups, red, yellow, green);
  DiagnoseLogExport(house.log_export, red, yellow, green);
  DiagnosePruning(house.pruning, red, yellow, green);
  if (config.breach_filter.empty()) {
    yellow.push_back(
        "new passwords are not compared with those known from breaches: import a public list with 'strongroom breach "
        "import FILE... --out FILTER', then set breach_filter");
  } else {
    green.push_back("new passwords are compared with those known from breaches");
  }
  if (!KeysApart(config)) {
    yellow.push_back(config.data_store.empty() ? "keys and data are on one disk (key_dir): put key_dir on another, so "
                                                 "that one stolen disk or backup never holds both"
                                               : "keys and data are in one database (key_store): give the keys a "
                                                 "server of their own, so that one backup never holds both");
  }
  if (!LockedPagesWork()) {
    yellow.push_back(
        "memory cannot be locked: keys may reach the swap. Raise 'ulimit -l' (LimitMEMLOCK= in the systemd unit)");
  }
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < config.max_connections + 1024) {
    yellow.push_back("the limit of open files (" + std::to_string(files.rlim_cur) +
                     ") is below max_connections plus 1024: raise LimitNOFILE");
  }
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(config.data_dir, error);
  if (!error && space.available < (uint64_t{2} << 30)) {
    red.push_back("less than 2 GiB are free where the data is: a full disk stops all writing, and so all reveals");
  }
  std::vector<std::string> findings;
  for (const std::string& text : red) findings.push_back("red: " + text);
  for (const std::string& text : yellow) findings.push_back("yellow: " + text);
  for (const std::string& text : green) findings.push_back("green: " + text);
  return findings;
}

}  // namespace strongroom
