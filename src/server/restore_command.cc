#include "server/restore_command.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/wipe.h"
#include "server/ask_root_key.h"
#include "server/restore.h"
#include "server/running_server.h"

namespace strongroom {
namespace {

constexpr size_t kMaxIdentityBytes = 64 << 10;
constexpr size_t kShownCodes = 20;

struct RestoreOptions {
  std::string config;
  std::string data;
  std::vector<std::string> sets;
  std::string keys_set;
  std::string identity;
  std::string passphrase_file;
  bool data_as_is = false;
  bool replace_keys = false;
  bool yes = false;
};

Result<AgeKeys> ReadIdentity(const RestoreOptions& options) {
  AgeKeys keys;
  if (options.sets.empty() && options.keys_set.empty()) return keys;
  if (options.identity.empty())
    return Status(Reason::kInvalidArgument, "say with --identity FILE which age identity opens the sets");
  ASSIGN_OR_RETURN(std::string text, ReadWholeFile(options.identity, kMaxIdentityBytes));
  Result<std::vector<AgeIdentity>> identities = ParseAgeIdentities(text);
  WipeText(text);
  RETURN_IF_ERROR(identities.status());
  keys.identities = *std::move(identities);
  return keys;
}

void Show(Session& session, const RestoreReport& report) {
  for (const RestoredRoom& room : report.rooms) {
    session.PrintLine("log " + room.name + " is named " + room.log.origin + " from now on: " + room.log.Describe());
    const ReplayReport& replay = room.replay;
    if (replay.customers + replay.erased_again + replay.unopenable == 0) continue;
    session.PrintLine(
        "  " + std::to_string(replay.customers) + " customers live; " + std::to_string(replay.erased_again) +
        " of the copy were erased since, or have no key, and are gone; " + std::to_string(replay.moved_to_new_key) +
        " moved to the key they have now; " + std::to_string(replay.fields_taken_again) + " values taken away again; " +
        std::to_string(replay.unopenable) + " records and items open with no key");
    if (replay.moved_away + replay.taken_back > 0) {
      session.PrintLine("  " + std::to_string(replay.moved_away) + " of the copy live in another compartment now; " +
                        std::to_string(replay.taken_back) + " who had been moved away are here again");
    }
    for (size_t i = 0; i < std::min(kShownCodes, room.replay.lost_codes.size()); ++i)
      session.PrintLine("  older than every key there is: " + room.replay.lost_codes[i]);
  }
  for (const FsckFinding& finding : report.check.findings) session.PrintLine("- " + finding.Line());
  session.PrintLine(std::to_string(report.check.customers) + " customers, " + std::to_string(report.check.index_rows) +
                    " index rows and " + std::to_string(report.check.log_entries) + " log entries checked; " +
                    std::to_string(report.check.Found()) + " findings");
  session.PrintLine(
      "Restored. Start the server. Then: 'strongroom doctor'; give witnesses and auditors the new verifier keys "
      "('strongroom audit logs'); go through 'strongroom staff list' and 'strongroom key list' for who left since the "
      "copy was made.");
}

Result<ExitCode> Restore(Session& session, const RestoreOptions& options) {
  ASSIGN_OR_RETURN(ServerConfig config, LoadConfig(options.config));
  if (!options.data.empty()) config.data_dir = options.data;
  ASSIGN_OR_RETURN(const AgeKeys keys, ReadIdentity(options));
  RestoreOrder order;
  order.data_as_is = options.data_as_is;
  order.replace_keys = options.replace_keys;
  for (const std::string& file : options.sets) {
    ASSIGN_OR_RETURN(RestoreSet set, OpenRestoreSet(file, keys));
    order.data.push_back(std::move(set));
  }
  if (!options.keys_set.empty()) {
    ASSIGN_OR_RETURN(order.keys, OpenRestoreSet(options.keys_set, keys));
  }
  if (order.data.empty() && !order.data_as_is)
    return Status(Reason::kInvalidArgument, "give the data sets to restore from with --set, or say --data-as-is");
  SystemClock clock;
  SystemRandom random;
  ASSIGN_OR_RETURN(const std::unique_ptr<VaultFiles> files,
                   VaultFiles::Open(config, CreateStores{!order.data_as_is, order.keys.has_value()}));
  std::string shown;
  RestoreHooks hooks;
  hooks.say = [&](const std::string& line) { session.Note(line); };
  hooks.progress = [&](std::string_view what, uint64_t rows) {
    if (what != shown) session.Note(std::string(what) + " ...");
    shown = what;
    if (rows != 0 && rows % (1 << 18) == 0) session.Note(std::string(what) + ": " + std::to_string(rows) + " rows");
  };
  hooks.confirm = [&](const std::string& question) { return session.Confirm(options.yes, question); };
  hooks.unlock = [&](const Store& office_keys) {
    return AskRootKey(session, config, options.passphrase_file, office_keys);
  };
  hooks.vault = KeepingOf(config);
  ASSIGN_OR_RETURN(const RestoreReport report, RunRestore(*files, order, hooks, clock, random));
  Show(session, report);
  return !report.check.Damaged() ? ExitCode::kOk : ExitCode::kNotVerified;
}

}  // namespace

void AddRestoreCommand(CommandLine& line) {
  auto options = std::make_shared<RestoreOptions>();
  line.Add("restore", "Put a vault back from backup sets, while no server runs")
      .Text("--config", options->config, "FILE", "the configuration")
      .Text("--vault", options->data, "DIR", "the vault's directory; overrides the configuration")
      .Many("--set", options->sets, "FILE", "a data set: the full one, and each increment that goes on from it")
      .Flag("--data-as-is", options->data_as_is,
            "the data stores hold an older state already, put back by the database's own means")
      .Text("--keys-set", options->keys_set, "FILE", "a key set, when the key store is lost")
      .Flag("--replace-keys", options->replace_keys, "put the key set in place of a damaged key store")
      .Text("--identity,-i", options->identity, "FILE", "the age identity that opens the sets")
      .Text("--passphrase-file", options->passphrase_file, "FILE",
            "read what opens the vault from FILE instead of asking: the passphrase, or a share a line")
      .Flag("--yes", options->yes, "do not ask whether to go on")
      .Note(
          "Everything is read and the lock opened before anything is changed. Broken off, give the same command again: "
          "until it has finished the server refuses to open the vault. Ends with 6 when what was restored shows "
          "damage.")
      .Example("strongroom restore --set monday-full.set --set tuesday.set -i backup.identity")
      .Example("strongroom restore --data-as-is --config /etc/strongroom/strongroom.toml")
      .Run([options](Session& session) { return Restore(session, *options); });
}

}  // namespace strongroom
