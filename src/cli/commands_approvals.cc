// Questions to colleagues, and what people have used of their budgets.
#include "cli/commands.h"
#include "cli/table.h"

namespace strongroom {
namespace {

struct ApprovalOptions {
  std::string id;
  bool all = false;
  bool yes = false;
};

Result<ExitCode> ListApprovals(Session& session, const ApprovalOptions& options) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/approvals"));
  ASSIGN_OR_RETURN(const JsonValue approvals, answer.root().GetArray("approvals"));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  TextTable table({"ID", "STATE", "ASKED BY", "FOR", "UNTIL", "YOURS TO DECIDE"});
  for (const JsonValue approval : approvals) {
    const std::string state = CellOf(approval, "state");
    if (!options.all && state != "pending" && state != "granted") continue;
    table.Row({CellOf(approval, "id"), state, CellOf(approval, "asked_by.name"), CellOf(approval, "actions"),
               CellOf(approval, "until"), CellOf(approval, "may_decide")});
  }
  session.Print(table.Render());
  return ExitCode::kOk;
}

Result<ExitCode> ShowApproval(Session& session, const ApprovalOptions& options) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", UrlPath({"v1", "approvals", options.id})));
  session.json() ? session.PrintJson(answer) : session.Print(MembersOf(answer.root()));
  return ExitCode::kOk;
}

// Whoever agrees has seen what to.
Result<ExitCode> Decide(Session& session, const ApprovalOptions& options, std::string_view how) {
  if (how == "grant") {
    ASSIGN_OR_RETURN(const Answer shown, session.Call("GET", UrlPath({"v1", "approvals", options.id})));
    if (!options.yes) session.Print(MembersOf(shown.root(), {"digest", "spent_at", "decided_at", "decided_by"}));
    ASSIGN_OR_RETURN(const bool sure, session.Confirm(options.yes, "Agree to this request?"));
    if (!sure) return ExitCode::kFailed;
  }
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", UrlPath({"v1", "approvals", options.id, how})));
  session.json() ? session.PrintJson(answer)
                 : session.PrintLine(CellOf(answer.root(), "state") + ", until " + CellOf(answer.root(), "until"));
  return ExitCode::kOk;
}

Result<ExitCode> ListBudgets(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/budgets"));
  ASSIGN_OR_RETURN(const JsonValue people, answer.root().GetArray("people"));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  TextTable table({"PERSON", "ID", "BUDGET", "USED", "OF", "REFUSED", "UNTIL", "LOCKED"});
  for (const JsonValue person : people) {
    ASSIGN_OR_RETURN(const JsonValue budgets, person.GetArray("budgets"));
    for (const JsonValue budget : budgets) {
      table.Row({CellOf(person, "name"), CellOf(person, "id"), CellOf(budget, "budget"), CellOf(budget, "used"),
                 CellOf(budget, "limit"), CellOf(budget, "refused"), CellOf(budget, "until"),
                 CellOf(person, "locked_at")});
    }
    if (budgets.size() == 0) {
      table.Row({CellOf(person, "name"), CellOf(person, "id"), "", "", "", "", "", CellOf(person, "locked_at")});
    }
  }
  session.Print(table.Render());
  return ExitCode::kOk;
}

Result<ExitCode> Release(Session& session, const ApprovalOptions& options) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", UrlPath({"v1", "staff", options.id, "release"})));
  session.json() ? session.PrintJson(answer) : session.PrintLine("released; the budgets are as new");
  return ExitCode::kOk;
}

}  // namespace

void AddApprovalCommands(CommandLine& line) {
  line.Group("approval", "What a second person has to agree to");
  auto list = std::make_shared<ApprovalOptions>();
  line.Add("approval list", "List questions that wait and approvals that are good")
      .Flag("--all", list->all, "also those that are over")
      .Example("strongroom approval list")
      .Run([list](Session& session) { return ListApprovals(session, *list); });

  auto show = std::make_shared<ApprovalOptions>();
  line.Add("approval show", "Show who asks, for which request, and why")
      .Positional("ID", show->id, "the approval's id")
      .Example("strongroom approval show 0123456789abcdef")
      .Run([show](Session& session) { return ShowApproval(session, *show); });

  auto grant = std::make_shared<ApprovalOptions>();
  line.Add("approval grant", "Agree: the request may be made once, within an hour")
      .Positional("ID", grant->id, "the approval's id")
      .Flag("--yes", grant->yes, "do not ask before agreeing")
      .Note("To ask for an approval, add --ask REASON to the command that needs one, and then --approval ID.")
      .Example("strongroom approval grant 0123456789abcdef")
      .Run([grant](Session& session) { return Decide(session, *grant, "grant"); });

  auto refuse = std::make_shared<ApprovalOptions>();
  line.Add("approval refuse", "Refuse, or withdraw your own question")
      .Positional("ID", refuse->id, "the approval's id")
      .Example("strongroom approval refuse 0123456789abcdef")
      .Run([refuse](Session& session) { return Decide(session, *refuse, "refuse"); });

  line.Group("budget", "How much people may look at");
  line.Add("budget list", "List what people have used of their budgets, and who is locked")
      .Example("strongroom budget list")
      .Run(ListBudgets);

  auto release = std::make_shared<ApprovalOptions>();
  line.Add("budget release", "Let somebody who was locked beyond a budget work again")
      .Positional("ID", release->id, "the person's id")
      .Example("strongroom budget release 3f0c55aa12345678")
      .Run([release](Session& session) { return Release(session, *release); });
}

}  // namespace strongroom
