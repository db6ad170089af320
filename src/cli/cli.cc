#include "cli/cli.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/reference.h"

namespace strongroom {
namespace {

// What to do next, where the message of the Status does not already say it.
std::string NextStep(const Status& status, const Session& session) {
  switch (status.reason()) {
    case Reason::kServerUnreachable:
      return "see that the server runs at " + session.ServerAddress() +
             ", or name another with --server (or STRONGROOM_SERVER).";
    case Reason::kServerUnproved:
      return "name the authority with --ca FILE, the server's own certificate with --pin FILE, or its data directory "
             "with --data DIR. There is no way to skip the check.";
    case Reason::kCredentialMissing:
    case Reason::kCredentialInvalid:
      return "give an API key with --key-file FILE, STRONGROOM_API_KEY_FILE, or --data DIR on the server's own "
             "machine.";
    case Reason::kServerLocked:
      return "unlock it with 'strongroom unlock'.";
    case Reason::kDenied:
      return "'strongroom policy explain' says which rule decided.";
    case Reason::kPurposeMissing:
      return "say why with --purpose; 'strongroom key list' shows what this key may say.";
    case Reason::kApprovalNeeded:
      return "a colleague has to agree first: ask one in the console, under Colleagues.";
    case Reason::kRegisterUnknown:
      return "'strongroom register list' shows the registers.";
    case Reason::kPurposeRefused:
      return "'strongroom key list' shows the purposes this key may use.";
    case Reason::kFieldUnknown:
    case Reason::kFieldNotCollected:
    case Reason::kCollectionPointUnknown:
      return "'strongroom catalogue list' shows fields and collection points.";
    case Reason::kTokenDomainUnknown:
    case Reason::kTokenDomainRefused:
      return "'strongroom token domains' shows the domains.";
    case Reason::kPreconditionFailed:
      return "read the customer again and repeat the change with the new --if-match.";
    case Reason::kNoticeNotFound:
      return "'strongroom outbox list' shows what is there; it may have been sent meanwhile.";
    case Reason::kRateLimited:
    case Reason::kOverloaded:
    case Reason::kRecordBusy:
      return "try again in a moment.";
    case Reason::kStorageFull:
      return "free space on the server's disk.";
    case Reason::kDataCorrupt:
    case Reason::kKeyMissing:
      return "run 'strongroom doctor' and 'strongroom fsck', and keep the data as it is.";
    case Reason::kLogInvalid:
      return "keep this copy as it is, and compare it with a checkpoint that was kept elsewhere.";
    default:
      return {};
  }
}

void PrintError(Session& session, const Status& status) {
  std::string text = "strongroom: " + Printable(status.message()) + "\n";
  const std::string next = NextStep(status, session);
  if (!next.empty()) text += "  What to do: " + next + "\n";
  text += "  More: docs/errors/" + std::string(InfoOf(status.reason()).wire_code) + ".md\n";
  session.terminal().Err(text);
}

void AddGlobalOptions(CommandLine& line, GlobalOptions& options) {
  line.GlobalText("--server", options.server, "URL",
                  "Server to talk to (STRONGROOM_SERVER; default https://127.0.0.1:8443)");
  line.GlobalText("--key-file", options.key_file, "FILE",
                  "File with the API key (STRONGROOM_API_KEY_FILE, or the key itself in STRONGROOM_API_KEY)");
  line.GlobalText("--ca", options.ca_file, "FILE", "Authority the server's certificate must come from (PEM)");
  line.GlobalText("--pin", options.pin_file, "FILE", "The server's own certificate (PEM; STRONGROOM_PIN)");
  line.GlobalText(
      "--data", options.data_directory, "DIR",
      "Data directory of a server on this machine: its certificate and credentials/administrator.key are used "
      "(STRONGROOM_DATA)");
  line.GlobalText("--device", options.device, "PATH",
                  "This device's certificate and key, PATH.crt and PATH.key (STRONGROOM_DEVICE)");
  line.GlobalText("--case", options.case_reference, "CASE", "The ticket or order this is done for, such as SUP-1234");
  line.GlobalText("--ask", options.ask_reason, "REASON",
                  "If a second person has to agree: ask a colleague, and say why");
  line.GlobalText("--approval", options.approval, "ID", "The approval that a colleague gave for this very command");
  line.GlobalFlag("--json", options.json, "Print the server's JSON instead of tables");
}

void AddAllCommands(CommandLine& line, GlobalOptions& globals, const CliHooks& hooks) {
  AddGlobalOptions(line, globals);
  AddOperationsCommands(line, hooks);
  AddShareCommands(line);
  AddCatalogueCommands(line);
  AddCustomerCommands(line);
  AddFileCommands(line);
  AddTokenCommands(line);
  AddImportCommand(line);
  AddExportCommand(line);
  AddAuditCommands(line);
  AddKeyCommands(line);
  AddLoginCommands(line);
  AddPolicyCommands(line);
  AddStaffCommands(line);
  AddRegisterCommands(line);
  AddReviewCommands(line);
  AddDeviceCommands(line);
  AddBreachCommands(line);
  AddOutboxCommands(line);
  AddEpochCommands(line);
  AddErasureCommands(line);
  AddApprovalCommands(line);
  AddDetectCommand(line);
  AddRedactCommand(line);
  AddScanCommands(line);
  if (hooks.add_commands) hooks.add_commands(line);
  line.Group("completion", "Completion for shells");
  line.Add("completion bash", "Print the completion for bash")
      .Example("strongroom completion bash > /etc/bash_completion.d/strongroom")
      .Example("source <(strongroom completion bash)")
      .Run([&line](Session& session) -> Result<ExitCode> {
        session.Print(BashCompletion(line.Describe()));
        return ExitCode::kOk;
      });
  line.Add("reference", "Print the reference of all commands as Markdown")
      .Example("strongroom reference > docs/reference/cli.md")
      .Run([&line](Session& session) -> Result<ExitCode> {
        session.Print(ReferencePage(line.Describe()));
        return ExitCode::kOk;
      });
}

}  // namespace

ExitCode RunCli(const std::vector<std::string>& arguments, const CliContext& context, const CliHooks& hooks) {
  GlobalOptions globals;
  CommandLine line;
  AddAllCommands(line, globals, hooks);
  const ParsedLine parsed = line.Parse(arguments);
  if (!parsed.run) {
    parsed.exit_code == ExitCode::kOk ? context.terminal->Out(parsed.text) : context.terminal->Err(parsed.text);
    return parsed.exit_code;
  }
  Session session(context, globals);
  const Result<ExitCode> result = parsed.run(session);
  if (!result.ok()) {
    PrintError(session, result.status());
    return ExitCodeOf(result.status());
  }
  if (!context.terminal->OutIsWhole()) {
    session.Note("The output could not be written in full.");
    return ExitCode::kFailed;
  }
  return *result;
}

int RunCli(int argc, const char* const* argv, const CliHooks& hooks) {
  // A reader that went away is an error of write(), which is reported; not a silent death.
  signal(SIGPIPE, SIG_IGN);
  SystemTerminal terminal;
  const SystemClock clock;
  CliContext context;
  context.terminal = &terminal;
  context.clock = &clock;
  context.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  context.connect = [](ClientConfig config) { return Client::Create(std::move(config)); };
  context.paper_worker = "/proc/self/exe";
  context.sleep = [](int64_t millis) { std::this_thread::sleep_for(std::chrono::milliseconds(millis)); };
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return static_cast<int>(RunCli(arguments, context, hooks));
}

std::string CommandReference(const CliHooks& hooks) {
  GlobalOptions globals;
  CommandLine line;
  AddAllCommands(line, globals, hooks);
  return ReferencePage(line.Describe());
}

}  // namespace strongroom
