// Shares of the lock: custodians show theirs; who has, and who has not.
#include "base/wipe.h"
#include "cli/commands.h"
#include "cli/table.h"

namespace strongroom {
namespace {

struct AcknowledgeOptions {
  std::string file;
};

Result<ExitCode> Acknowledge(Session& session, const AcknowledgeOptions& options) {
  ASSIGN_OR_RETURN(std::string share, session.Secret(options.file, "Your share"));
  Bytes body;
  JsonWriter(body).BeginObject().String("share", share).EndObject();
  WipeText(share);
  const Result<Answer> answer = session.Call("POST", "/v1/lock/shares/acknowledge", body);
  WipeText(body);
  RETURN_IF_ERROR(answer.status());
  if (session.json()) {
    session.PrintJson(*answer);
    return ExitCode::kOk;
  }
  const std::string missing = CellOf(answer->root(), "missing");
  const bool in_force = CellOf(answer->root(), "in_force") == "yes";
  session.PrintLine("share " + CellOf(answer->root(), "share") + " of " + CellOf(answer->root(), "shares") +
                    " is right");
  if (missing != "0") {
    session.Note("Never shown yet: " + missing + " of them." +
                 (in_force ? "" : " Until then the vault opens with what opened it before."));
  } else if (in_force) {
    session.Note("Every share was shown. This is the lock that opens the vault.");
  }
  return ExitCode::kOk;
}

Status PrintHolders(Session& session, const JsonValue& lock) {
  ASSIGN_OR_RETURN(const JsonValue holders, lock.GetArray("custodians"));
  if (holders.size() == 0) return Status::Ok();
  session.Print(TableOf(holders, {{"SHARE", "share"}, {"CUSTODIAN", "custodian"}, {"SHOWN", "acknowledged_at"}}));
  return Status::Ok();
}

Result<ExitCode> ShowLock(Session& session, bool custodians) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/lock"));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  const JsonValue root = answer.root();
  const std::string shares = CellOf(root, "shares");
  session.PrintLine("The vault opens with: " + CellOf(root, "kind") +
                    (shares.empty() ? "" : ", " + CellOf(root, "threshold") + " of " + shares));
  if (custodians) RETURN_IF_ERROR(PrintHolders(session, root));
  ASSIGN_OR_RETURN(const std::optional<JsonValue> pending, root.OptObject("pending"));
  if (!pending.has_value()) return ExitCode::kOk;
  ASSIGN_OR_RETURN(const JsonValue holders, pending->GetArray("custodians"));
  int missing = 0;
  for (const JsonValue& holder : holders) missing += CellOf(holder, "acknowledged_at").empty() ? 1 : 0;
  session.PrintLine("A new lock waits: " + CellOf(*pending, "threshold") + " of " + CellOf(*pending, "shares") +
                    " shares, " + std::to_string(missing) + " of them never shown");
  if (custodians) RETURN_IF_ERROR(PrintHolders(session, *pending));
  return ExitCode::kOk;
}

Result<ExitCode> CancelPending(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("DELETE", "/v1/lock/pending"));
  session.json() ? session.PrintJson(answer)
                 : session.PrintLine("taken back: the new shares are worth nothing, the vault opens as before");
  return ExitCode::kOk;
}

}  // namespace

void AddShareCommands(CommandLine& line) {
  line.Group("share", "Shares of the lock, for those who keep them");
  auto acknowledge = std::make_shared<AcknowledgeOptions>();
  line.Add("share acknowledge", "Show that your share of the lock arrived, or is still there")
      .Text("--share-file", acknowledge->file, "FILE", "read the share from FILE instead of asking")
      .Note(
          "Asks without echo, or reads one line of standard input. Needs no key: the share is the authority. The "
          "server "
          "must be unlocked. New shares take force when every custodian has shown theirs.")
      .Example("strongroom share acknowledge")
      .Example("strongroom share acknowledge --share-file /media/usb/share.txt")
      .Run([acknowledge](Session& session) { return Acknowledge(session, *acknowledge); });
  line.Add("lock show", "Show what opens the vault, and whether a new lock waits for its custodians")
      .Example("strongroom lock show")
      .Run([](Session& session) { return ShowLock(session, false); });
  line.Add("lock custodians", "Show who keeps which share, and when they showed it last")
      .Example("strongroom lock custodians")
      .Run([](Session& session) { return ShowLock(session, true); });
  line.Add("lock cancel-pending", "Take back new shares that wait for their custodians")
      .Example("strongroom lock cancel-pending")
      .Run(CancelPending);
}

}  // namespace strongroom
