// The audit log: read it, take it away, verify it offline.
#include <sys/stat.h>

#include <cerrno>

#include "audit/export.h"
#include "audit/verifier.h"
#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/http_log_source.h"
#include "cli/table.h"

namespace strongroom {
namespace {

struct ShowOptions {
  std::string log;
  std::string customer;
  std::string actor;
  std::string action;
  std::string from;
  std::string until;
  int64_t limit = 100;
  std::string before;
};

std::string Named(const JsonValue& list) {
  std::string text;
  for (const JsonValue& item : list) {
    const std::string name = CellOf(item, "name");
    text += (text.empty() ? "" : ", ") + (name.empty() ? CellOf(item, "number") : name);
  }
  return text;
}

std::string EntriesTable(const JsonValue& entries) {
  TextTable table({"INDEX", "TIME", "WHO", "ACTION", "FIELDS", "PURPOSE", "DECISION", "RULE", "OUTCOME", "DETAIL"});
  for (const JsonValue& entry : entries) {
    std::string who = CellOf(entry, "actor.name");
    if (who.empty()) who = CellOf(entry, "actor.id");
    if (who.empty()) who = CellOf(entry, "actor.kind");
    std::string rule = CellOf(entry, "rule.name");
    if (rule.empty()) rule = CellOf(entry, "rule.number");
    const auto fields = entry.Find("fields");
    table.Row({CellOf(entry, "index"), CellOf(entry, "time"), who, CellOf(entry, "action"),
               fields ? Named(*fields) : "", CellOf(entry, "purpose"), CellOf(entry, "decision"), rule,
               CellOf(entry, "outcome"), CellOf(entry, "detail")});
  }
  return table.Render();
}

// A customer code stands in the body, never in an address, which proxies log.
Result<Answer> FindEntries(Session& session, const ShowOptions& options) {
  const std::string limit = std::to_string(options.limit);
  if (options.customer.empty()) {
    return session.Call("GET", "/v1/audit/entries" + UrlQuery({{"log", options.log},
                                                               {"actor", options.actor},
                                                               {"action", options.action},
                                                               {"from", options.from},
                                                               {"until", options.until},
                                                               {"limit", limit},
                                                               {"before", options.before}}));
  }
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().String("customer", options.customer);
  for (const auto& [name, value] : {std::pair{"log", &options.log},
                                    {"actor", &options.actor},
                                    {"action", &options.action},
                                    {"from", &options.from},
                                    {"until", &options.until}}) {
    if (!value->empty()) json.String(name, *value);
  }
  json.Int("limit", options.limit);
  if (!options.before.empty()) json.Key("before").Raw(options.before);
  json.EndObject();
  return session.Call("POST", "/v1/audit/entries:search", body);
}

Result<ExitCode> ShowEntries(Session& session, const ShowOptions& options) {
  const bool is_number = options.before.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number) return Status(Reason::kInvalidArgument, "--before takes the index of an entry.");
  ASSIGN_OR_RETURN(const Answer answer, FindEntries(session, options));
  ASSIGN_OR_RETURN(const JsonValue entries, answer.root().GetArray("entries"));
  if (session.json()) {
    session.PrintJson(answer);
  } else {
    session.Print(entries.size() == 0 ? "no entries\n" : EntriesTable(entries));
    const std::string next = CellOf(answer.root(), "next_before");
    if (!next.empty()) session.Note("There may be older ones: --before " + next);
  }
  return ExitCode::kOk;
}

Result<ExitCode> ListLogs(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/audit/logs"));
  ASSIGN_OR_RETURN(const JsonValue logs, answer.root().GetArray("logs"));
  session.json()
      ? session.PrintJson(answer)
      : session.Print(TableOf(logs, {{"LOG", "name"}, {"ENTRIES", "size"}, {"VERIFIER KEY", "verifier_key"}}));
  return ExitCode::kOk;
}

struct ExportOptions {
  std::string directory;
  std::string log;
  std::string key;
};

Result<ExitCode> ExportOne(Session& session, const std::string& log, const std::string& key_text,
                           const std::string& directory) {
  ASSIGN_OR_RETURN(const VerifierKey key, VerifierKey::Parse(key_text));
  ASSIGN_OR_RETURN(Client* const client, session.client());
  ASSIGN_OR_RETURN(const ExportReport report, ExportLog(HttpLogSource(*client, log), directory, key));
  session.PrintLine(directory + ": " + std::to_string(report.checkpoint.size) + " entries, root " +
                    Base64Encode(View(report.checkpoint.root)) + ", " + std::to_string(report.files_written) +
                    " files written, " + std::to_string(report.files_kept) + " kept");
  session.PrintLine("  verify with: strongroom audit verify " + directory + " --key '" + key_text + "'");
  return ExitCode::kOk;
}

// One log into DIR, or every log into a folder of its own.
Result<ExitCode> ExportLogs(Session& session, const ExportOptions& options) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/audit/logs"));
  ASSIGN_OR_RETURN(const JsonValue logs, answer.root().GetArray("logs"));
  if (!options.key.empty() && options.log.empty()) {
    return Status(Reason::kInvalidArgument, "--key belongs to one log; name it with --log.");
  }
  if (options.key.empty()) {
    session.Note("The verifier keys come from the server itself; compare them with those kept elsewhere.");
  }
  if (options.log.empty() && mkdir(options.directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return Status(Reason::kFileUnreadable, options.directory + " cannot be made.");
  }
  bool found = false;
  for (const JsonValue& log : logs) {
    const std::string name = CellOf(log, "name");
    if (!options.log.empty() && options.log != name) continue;
    if (name.empty() || name.find('/') != std::string::npos || name.starts_with('.')) {
      return Status(Reason::kInternal, "The server names a log by what is no name.");
    }
    found = true;
    const std::string key = options.key.empty() ? CellOf(log, "verifier_key") : options.key;
    const std::string directory = options.log.empty() ? options.directory + "/" + name : options.directory;
    const Result<ExitCode> exported = ExportOne(session, name, key, directory);
    if (!exported.ok()) return exported;
  }
  if (found) return ExitCode::kOk;
  session.Note("There is no log '" + Printable(options.log) + "'; 'strongroom audit logs' lists them.");
  return ExitCode::kNotFound;
}

struct VerifyOptions {
  std::string directory;
  std::string key;
  std::string since;
};

void PrintVerdict(Session& session, const VerifyReport& report) {
  if (session.json()) {
    Bytes text;
    JsonWriter json(text);
    json.BeginObject().Bool("verified", report.ok()).Key("entries_checked").Uint(report.entries_checked);
    if (report.checkpoint) {
      json.String("log", report.checkpoint->origin).Key("size").Uint(report.checkpoint->size);
      json.String("root", Base64Encode(View(report.checkpoint->root)));
    }
    if (report.problem) {
      json.Key("problem").BeginObject().String("file", report.problem->file).String("what", report.problem->what);
      if (report.problem->index) json.Key("index").Uint(*report.problem->index);
      json.EndObject();
    }
    json.EndObject();
    session.PrintLine(text);
    return;
  }
  if (report.checkpoint) {
    session.PrintLine("log:     " + Printable(report.checkpoint->origin));
    session.PrintLine("size:    " + std::to_string(report.checkpoint->size));
    session.PrintLine("root:    " + Base64Encode(View(report.checkpoint->root)));
  }
  session.PrintLine("entries: " + std::to_string(report.entries_checked) + " checked");
  session.PrintLine(report.ok() ? "verified" : "BROKEN: " + Printable(report.problem->ToString()));
}

// Needs no server: the directory and the public key are all.
Result<ExitCode> VerifyLog(Session& session, const VerifyOptions& options) {
  ASSIGN_OR_RETURN(const VerifierKey key, VerifierKey::Parse(options.key));
  struct stat info = {};
  if (stat((options.directory + "/checkpoint").c_str(), &info) != 0) {
    return Status(Reason::kFileUnreadable, options.directory +
                                               " holds no exported log: there is no file 'checkpoint' "
                                               "in it. An export of all logs has one folder for each.");
  }
  std::optional<std::string> since;
  if (!options.since.empty()) {
    ASSIGN_OR_RETURN(since, ReadWholeFile(options.since, kNoteLimitBytes));
  }
  const VerifyReport report = VerifyExport(options.directory, key, since);
  PrintVerdict(session, report);
  return report.ok() ? ExitCode::kOk : ExitCode::kNotVerified;
}

struct ProofOptions {
  std::string log;
  std::string index_text;
  std::string output;
};

Result<ExitCode> ShowProof(Session& session, const ProofOptions& options) {
  if (options.index_text.find_first_not_of("0123456789") != std::string::npos) {
    return Status(Reason::kInvalidArgument, "INDEX is the number of an entry, as 'audit show' prints it.");
  }
  ASSIGN_OR_RETURN(Client* const client, session.client());
  const std::string path = UrlPath({"v1", "audit", "logs", options.log, "proof", options.index_text});
  ASSIGN_OR_RETURN(const ClientResponse response, client->Call("GET", path));
  if (options.output.empty()) {
    session.Print(response.body);
    return ExitCode::kOk;
  }
  RETURN_IF_ERROR(WriteWholeFile(options.output, response.body));
  return ExitCode::kOk;
}

void AddReading(CommandLine& line) {
  auto show = std::make_shared<ShowOptions>();
  line.Add("audit show", "Show entries of a log, newest first; reading is recorded too")
      .Text("--log", show->log, "NAME", "office, or a compartment; default: the first compartment")
      .Text("--customer", show->customer, "CODE", "only those about this customer")
      .Text("--actor", show->actor, "ID", "only those of this API key")
      .Text("--action", show->action, "ACTION", "only these, as customer.reveal")
      .Text("--from", show->from, "TIME", "not older, as 2026-11-22T06:00:00Z")
      .Text("--until", show->until, "TIME", "not newer")
      .Number("--limit", show->limit, 1, 1000, "entries at most")
      .Text("--before", show->before, "INDEX", "only those before this entry")
      .Example("strongroom audit show --action customer.reveal --limit 20")
      .Example("strongroom audit show --customer 7K3F-9QWM-2")
      .Run([show](Session& session) { return ShowEntries(session, *show); });

  line.Add("audit logs", "List the logs: size, and the key that verifies each")
      .Example("strongroom audit logs")
      .Run(ListLogs);

  auto proof = std::make_shared<ProofOptions>();
  line.Add("audit proof", "Print the proof that an entry is in a log (tlog-proof)")
      .Positional("LOG", proof->log, "office, or a compartment")
      .Positional("INDEX", proof->index_text, "number of the entry")
      .Text("--output,-o", proof->output, "FILE", "where to write it")
      .Example("strongroom audit proof main 1234 -o entry-1234.tlog-proof")
      .Run([proof](Session& session) { return ShowProof(session, *proof); });
}

}  // namespace

void AddAuditCommands(CommandLine& line) {
  line.Group("audit", "The log of everything that was done");
  AddReading(line);

  auto taken = std::make_shared<ExportOptions>();
  line.Add("audit export", "Write the logs to a directory as tlog-tiles; later exports add what is new")
      .Positional("DIR", taken->directory, "made when missing")
      .Text("--log", taken->log, "NAME", "only this log, into DIR itself; default: all, each into DIR/NAME")
      .Text("--key", taken->key, "VKEY", "verifier key kept elsewhere; default: the one the server names")
      .Example("strongroom audit export /media/audit")
      .Run([taken](Session& session) { return ExportLogs(session, *taken); });

  auto verify = std::make_shared<VerifyOptions>();
  line.Add("audit verify", "Verify an exported log offline: signature, every entry, every file")
      .Positional("DIR", verify->directory, "an exported log")
      .RequiredText("--key", verify->key, "VKEY", "the log's verifier key")
      .Text("--since", verify->since, "FILE", "an older checkpoint that was kept elsewhere; the log must continue it")
      .Note("Needs no server. Ends with 6 and says what is broken when the log does not verify.")
      .Example("strongroom audit verify /media/audit/main --key 'main+1f2e3d4c+AT...'")
      .Example("strongroom audit verify /media/audit/main --key 'main+1f2e3d4c+AT...' --since last-year.checkpoint")
      .Run([verify](Session& session) { return VerifyLog(session, *verify); });
}

}  // namespace strongroom
