// The server itself: is it there, unlock it, lock it, is it well?
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

bool TakesShares(const Answer& status) { return CellOf(status.root(), "lock").find("share") != std::string::npos; }

// Shares may be given by several people at several terminals: each is sent as it comes, and the server counts.
Result<ExitCode> Unlock(Session& session, const UnlockOptions& options) {
  ASSIGN_OR_RETURN(const Answer status, session.Call("GET", "/v1/status"));
  if (!IsLocked(status)) {
    session.Note("The server is unlocked already.");
    return ExitCode::kOk;
  }
  const bool shares = TakesShares(status);
  while (true) {
    ASSIGN_OR_RETURN(std::string secret, session.Secret(options.file, shares ? "Share" : "Passphrase"));
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

struct FsckOptions {
  std::string offline_directory;
};

}  // namespace

void AddOperationsCommands(CommandLine& line, const CliHooks& hooks) {
  line.Add("status", "Show whether the server answers, and whether it is locked")
      .Note("Open to everybody: tells version, lock and nothing else.")
      .Example("strongroom status")
      .Example("strongroom status --server https://vault.example:8443 --ca ca.pem")
      .Run(ShowStatus);

  auto unlock = std::make_shared<UnlockOptions>();
  line.Add("unlock", "Unlock the server with its passphrase, or with a share")
      .Text("--file,-f", unlock->file, "FILE", "read the passphrase or share from FILE instead of asking")
      .Note(
          "Asks without echo, or reads one line of standard input. With shares: asks for one after the other; people "
          "at several places may each give theirs.")
      .Example("strongroom unlock")
      .Example("strongroom unlock --file /run/credentials/passphrase")
      .Run([unlock](Session& session) { return Unlock(session, *unlock); });

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

  auto fsck = std::make_shared<FsckOptions>();
  Command command = line.Add("fsck", "Check all stored data against itself");
  command.Note("Ends with 1 when something is damaged.").Example("strongroom fsck");
  if (hooks.fsck_offline) {
    command.Text("--offline", fsck->offline_directory, "DIR", "check this data directory, whose server does not run")
        .Example("strongroom fsck --offline /var/lib/strongroom");
  }
  command.Run([fsck, offline = hooks.fsck_offline](Session& session) -> Result<ExitCode> {
    if (!fsck->offline_directory.empty()) return offline(session, fsck->offline_directory);
    ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/fsck"));
    return ShowFindings(session, answer);
  });
}

}  // namespace strongroom
