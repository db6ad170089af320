// The server itself: is it there, unlock it, lock it, is it well?
#include <algorithm>

#include "base/wipe.h"
#include "cli/commands.h"
#include "cli/table.h"

namespace strongroom {
namespace {

Result<ExitCode> ShowStatus(Session& session) {
  ASSIGN_OR_RETURN(const Answer status, session.Call("GET", "/v1/status"));
  if (session.json()) {
    session.PrintJson(status);
  } else {
    session.Print("server: " + session.ServerAddress() + "\n" + MembersOf(status.root()));
  }
  return ExitCode::kOk;
}

struct UnlockOptions {
  std::string file;
};

// One passphrase or share; wiped behind the call.
Result<Answer> SendUnlock(Session& session, std::string_view member, std::string& secret) {
  Bytes body;
  JsonWriter(body).BeginObject().String(member, secret).EndObject();
  WipeText(secret);
  Result<Answer> answer = session.Call("POST", "/v1/unlock", body);
  WipeText(body);
  return answer;
}

bool IsLocked(const Answer& answer) { return CellOf(answer.root(), "locked") == "yes"; }

bool TakesPin(const Answer& status) {
  const std::string lock = CellOf(status.root(), "lock");
  return lock == "pkcs11" || lock == "tpm";
}

bool TakesShares(const Answer& status) { return CellOf(status.root(), "lock").find("share") != std::string::npos; }

// Shares may be given by several people at several terminals: each is sent as it comes, and the server counts.
Result<ExitCode> Unlock(Session& session, const UnlockOptions& options) {
  ASSIGN_OR_RETURN(const Answer status, session.Call("GET", "/v1/status"));
  if (!IsLocked(status)) {
    session.Note("The server is unlocked already.");
    return ExitCode::kOk;
  }
  const bool shares = TakesShares(status);
  const std::string_view what = shares ? "Share" : TakesPin(status) ? "PIN (a TPM may have none)" : "Passphrase";
  while (true) {
    ASSIGN_OR_RETURN(std::string secret, session.Secret(options.file, what));
    ASSIGN_OR_RETURN(const Answer answer, SendUnlock(session, shares ? "share" : "passphrase", secret));
    ASSIGN_OR_RETURN(const Answer after, session.Call("GET", "/v1/status"));
    if (!IsLocked(after)) {
      session.json() ? session.PrintJson(answer) : session.PrintLine("unlocked");
      return ExitCode::kOk;
    }
    session.Note("The share was taken; the server needs more of them.");
    if (!session.terminal().IsInteractive()) {
      session.PrintJson(answer);
      return ExitCode::kOk;
    }
  }
}

struct ChangeLockOptions {
  std::string present_file;
  std::string passphrase_file;
  bool passphrase = false;
  int64_t threshold = 0;
  int64_t shares = 0;
  std::string hardware;
  std::string pin_file;
  bool no_pin = false;
  bool root_key = false;
  std::vector<std::string> custodians;
};

// What opens the vault now: a secret a line, or asked for.
Status AddPresent(Session& session, const ChangeLockOptions& options, JsonWriter& json) {
  ASSIGN_OR_RETURN(const Answer status, session.Call("GET", "/v1/status"));
  const bool shares = TakesShares(status);
  json.Key("present").BeginArray();
  while (true) {
    const std::string_view what = shares             ? "Share that opens the vault now (empty: no more)"
                                  : TakesPin(status) ? "Present PIN"
                                                     : "Present passphrase";
    Result<std::string> secret = session.Secret(options.present_file, what);
    RETURN_IF_ERROR(secret.status());
    if (shares && options.present_file.empty() && secret->empty()) break;
    size_t begin = 0;
    while (begin <= secret->size()) {  // of a file: a line each
      const size_t end = std::min(secret->find('\n', begin), secret->size());
      if (end > begin || secret->empty()) json.String(std::string_view(*secret).substr(begin, end - begin));
      begin = end + 1;
    }
    WipeText(*secret);
    if (!shares || !options.present_file.empty()) break;
  }
  json.EndArray();
  return Status::Ok();
}

// A new passphrase or PIN: from a file, or asked for twice.
Status AddNewSecret(Session& session, const std::string& file, std::string_view what, std::string_view member,
                    JsonWriter& json) {
  ASSIGN_OR_RETURN(std::string first, session.Secret(file, what));
  if (file.empty() && session.terminal().IsInteractive()) {
    ASSIGN_OR_RETURN(std::string again, session.Secret({}, "The same again"));
    const bool same = first == again;
    WipeText(again);
    if (!same) {
      WipeText(first);
      return Status(Reason::kInvalidArgument, "The two are not the same; nothing was changed.");
    }
  }
  json.String(member, first);
  WipeText(first);
  return Status::Ok();
}

Result<ExitCode> ChangeLock(Session& session, const ChangeLockOptions& options) {
  const bool passphrase = options.passphrase || !options.passphrase_file.empty();
  const bool shares = options.threshold != 0 || options.shares != 0;
  const bool hardware = !options.hardware.empty();
  if (passphrase + shares + hardware > 1)
    return Status(Reason::kInvalidArgument, "Choose --passphrase, --threshold and --shares, or --hardware.");
  if (!passphrase && !shares && !hardware && !options.root_key) {
    return Status(Reason::kInvalidArgument,
                  "Say what is to change: --passphrase, --threshold and --shares, --hardware, or --root-key.");
  }
  Bytes body;
  JsonWriter json(body);
  json.BeginObject();
  RETURN_IF_ERROR(AddPresent(session, options, json));
  if (passphrase) RETURN_IF_ERROR(AddNewSecret(session, options.passphrase_file, "New passphrase", "passphrase", json));
  if (hardware) {
    json.String("hardware", options.hardware);
    if (!options.no_pin) RETURN_IF_ERROR(AddNewSecret(session, options.pin_file, "The device's PIN", "pin", json));
  }
  if (shares) {
    json.Int("threshold", options.threshold).Int("shares", options.shares);
    if (!options.custodians.empty()) {
      json.Key("custodians").BeginArray();
      for (const std::string& custodian : options.custodians) json.String(custodian);
      json.EndArray();
    }
  }
  if (options.root_key) json.Bool("rotate_root_key", true);
  json.EndObject();
  Result<Answer> answer = session.Call("POST", "/v1/lock:change", body);
  WipeText(body);
  RETURN_IF_ERROR(answer.status());
  if (session.json()) {
    session.PrintJson(*answer);
    return ExitCode::kOk;
  }
  if (!shares) {
    session.PrintLine("changed");
    return ExitCode::kOk;
  }
  session.PrintLine("new shares were made; they wait for their custodians");
  size_t number = 0;
  ASSIGN_OR_RETURN(const JsonValue texts, answer->root().GetArray("shares"));
  for (const JsonValue& text : texts) {
    ASSIGN_OR_RETURN(const std::string_view share, text.AsString());
    const std::string whose = number < options.custodians.size() ? ", " + options.custodians[number] : std::string();
    session.PrintLine("share " + std::to_string(++number) + whose + ": " + std::string(share));
  }
  session.Note(
      "Give each to another person. Nobody can show them again. Until each of them has run 'strongroom share "
      "acknowledge', the vault opens with what opened it before.");
  return ExitCode::kOk;
}

Result<ExitCode> Lock(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/lock"));
  session.json() ? session.PrintJson(answer) : session.PrintLine("locked");
  return ExitCode::kOk;
}

// Findings of doctor and fsck, a sentence each.  Any finding makes the command fail, for cron's sake.
Result<ExitCode> ShowFindings(Session& session, const Answer& answer) {
  ASSIGN_OR_RETURN(const JsonValue findings, answer.root().GetArray("findings"));
  if (session.json()) {
    session.PrintJson(answer);
  } else if (findings.size() == 0) {
    session.PrintLine("Nothing found: all is well.");
  } else {
    for (const JsonValue& finding : findings) session.PrintLine("- " + CellText(finding));
  }
  return findings.size() == 0 ? ExitCode::kOk : ExitCode::kFailed;
}

Result<ExitCode> ShowServers(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/servers"));
  ASSIGN_OR_RETURN(const JsonValue servers, answer.root().GetArray("servers"));
  if (session.json()) {
    session.PrintJson(answer);
  } else if (servers.size() == 0) {
    session.PrintLine("This server is the vault's only one.");
  } else {
    session.Print(TableOf(servers, {{"NUMBER", "number"},
                                    {"NAME", "name"},
                                    {"ADDRESS", "address"},
                                    {"SINCE", "started_at"},
                                    {"ALIVE", "alive"},
                                    {"ON DUTY", "on_duty"},
                                    {"ASKED", "self"}}));
  }
  return ExitCode::kOk;
}

}  // namespace

void AddOperationsCommands(CommandLine& line, const CliHooks& hooks) {
  line.Add("status", "Show whether the server answers, and whether it is locked")
      .Note("Open to everybody: tells version, lock and nothing else.")
      .Example("strongroom status")
      .Example("strongroom status --server https://vault.example:8443 --ca ca.pem")
      .Run(ShowStatus);

  auto unlock = std::make_shared<UnlockOptions>();
  line.Add("unlock", "Unlock the server with its passphrase or PIN, or with a share")
      .Text("--file,-f", unlock->file, "FILE", "read the passphrase, PIN or share from FILE instead of asking")
      .Note(
          "Asks without echo, or reads one line of standard input. With shares: asks for one after the other; people "
          "at several places may each give theirs.")
      .Example("strongroom unlock")
      .Example("strongroom unlock --file /run/credentials/passphrase")
      .Run([unlock](Session& session) { return Unlock(session, *unlock); });

  auto change = std::make_shared<ChangeLockOptions>();
  line.Add("change-lock", "Change what opens the vault, the root key behind it, or both")
      .Flag("--passphrase", change->passphrase, "open it with a new passphrase")
      .Text("--passphrase-file", change->passphrase_file, "FILE", "read the new passphrase from FILE instead of asking")
      .Number("--threshold", change->threshold, 0, 255, "open it with new shares: so many are needed")
      .Number("--shares", change->shares, 0, 255, "so many are made")
      .Many("--custodian", change->custodians, "NAME", "who gets a share; once for each, in order, or never")
      .Choice("--hardware", change->hardware, {"pkcs11", "tpm"},
              "open it with a token or this machine's TPM, as the server's section [lock] says")
      .Text("--pin-file", change->pin_file, "FILE", "read the device's PIN from FILE instead of asking")
      .Flag("--no-pin", change->no_pin, "a TPM without a PIN: starts without people, and does not survive theft")
      .Flag("--root-key", change->root_key,
            "draw another root key: for when somebody may have a copy of the keys and what opened them")
      .Text("--present-file", change->present_file, "FILE",
            "read what opens it now from FILE: the passphrase or PIN, or a share a line")
      .Note("What opens the vault now is asked for. The server goes on serving.")
      .Example("strongroom change-lock --passphrase")
      .Example("strongroom change-lock --threshold 2 --shares 3 --custodian Ada --custodian Grace --custodian Lin")
      .Example("strongroom change-lock --hardware pkcs11")
      .Run([change](Session& session) { return ChangeLock(session, *change); });

  line.Add("lock", "Lock the server: it forgets its keys and serves nobody until it is unlocked")
      .Example("strongroom lock")
      .Run(Lock);

  line.Add("doctor", "Look for what is wrong or dangerous in this installation, and say what to do")
      .Note("Ends with 1 when there is something to do.")
      .Example("strongroom doctor")
      .Run([](Session& session) -> Result<ExitCode> {
        ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/doctor"));
        return ShowFindings(session, answer);
      });

  line.Add("servers", "Show which servers work on this vault, and which of them is on duty")
      .Note("One is on duty: it sequences the logs, rotates keys, sends notices and sweeps.")
      .Example("strongroom servers")
      .Run(ShowServers);

  auto fsck = std::make_shared<OfflineFsck>();
  Command command = line.Add("fsck", "Check all stored data against itself");
  command.Note("Ends with 1 when something is damaged and was not mended.").Example("strongroom fsck");
  if (hooks.fsck_offline) {
    command.Text("--offline", fsck->directory, "DIR", "check this data directory, whose server does not run")
        .Flag("--against-log", fsck->against_log,
              "hold every record against the log: finds customers who were put back or removed (with --offline)")
        .Flag("--repair", fsck->repair,
              "write anew what follows from what is there, take away what leads nowhere (with --offline)")
        .Example("strongroom fsck --offline /var/lib/strongroom")
        .Example("strongroom fsck --offline /var/lib/strongroom --against-log --json");
  }
  command.Run([fsck, offline = hooks.fsck_offline](Session& session) -> Result<ExitCode> {
    if (!fsck->directory.empty()) return offline(session, *fsck);
    if (fsck->repair || fsck->against_log) {
      session.Note("--repair and --against-log need --offline DIR, with the server stopped.");
      return ExitCode::kUsage;
    }
    ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/fsck"));
    return ShowFindings(session, answer);
  });
}

}  // namespace strongroom
