// The audit log: read it, take it away, verify it offline.
#include <sys/stat.h>

#include <cerrno>

#include "audit/export.h"
#include "audit/verifier.h"
#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/http_log_source.h"
#include "cli/table.h"
#include "witness/cosignature.h"

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
  std::string witnessed;
  std::vector<std::string> witnesses;
  int64_t quorum = 0;  // 0: all that are named
};

// Of the note in `witnessed`: enough of the named witnesses cosigned it.
struct WitnessVerdict {
  bool asked = false;
  size_t quorum = 0;
  std::vector<CosignedBy> by;
  std::string problem;  // empty: the quorum holds
};

WitnessVerdict JudgeWitnesses(std::string_view note, const std::vector<WitnessKey>& keys, size_t quorum) {
  WitnessVerdict verdict;
  verdict.asked = true;
  verdict.quorum = quorum;
  Result<std::vector<CosignedBy>> by = Cosigners(note, keys);
  if (!by.ok()) {
    verdict.problem = by.status().message();
    return verdict;
  }
  verdict.by = *std::move(by);
  if (verdict.by.size() < quorum) {
    verdict.problem = "cosigned by " + std::to_string(verdict.by.size()) + " of the " + std::to_string(keys.size()) +
                      " witnesses, where " + std::to_string(quorum) + " are asked for";
  }
  return verdict;
}

void PrintVerdict(Session& session, const VerifyReport& report, const WitnessVerdict& witnesses) {
  const bool good = report.ok() && witnesses.problem.empty();
  if (session.json()) {
    Bytes text;
    JsonWriter json(text);
    json.BeginObject().Bool("verified", good).Key("entries_checked").Uint(report.entries_checked);
    json.Key("entries_pruned").Uint(report.entries_pruned);
    if (report.checkpoint) {
      json.String("log", report.checkpoint->origin).Key("size").Uint(report.checkpoint->size);
      json.String("root", Base64Encode(View(report.checkpoint->root)));
    }
    if (report.problem) {
      json.Key("problem").BeginObject().String("file", report.problem->file).String("what", report.problem->what);
      if (report.problem->index) json.Key("index").Uint(*report.problem->index);
      json.EndObject();
    } else if (!good) {
      json.Key("problem")
          .BeginObject()
          .String("file", "witnessed checkpoint")
          .String("what", witnesses.problem)
          .EndObject();
    }
    if (witnesses.asked) {
      json.Key("witnesses").BeginArray();
      for (const CosignedBy& one : witnesses.by) {
        json.BeginObject().String("name", one.name).String("time", FormatTime(one.seconds * 1000)).EndObject();
      }
      json.EndArray();
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
  if (report.entries_pruned > 0) {
    session.PrintLine("pruned:  " + std::to_string(report.entries_pruned) + " entries below " +
                      std::to_string(report.pruned_below) + " were pruned by policy, their hashes are there");
  }
  for (const CosignedBy& one : witnesses.by) {
    session.PrintLine("witness: " + Printable(one.name) + ", " + FormatTime(one.seconds * 1000));
  }
  if (!report.ok()) return session.PrintLine("BROKEN: " + Printable(report.problem->ToString()));
  session.PrintLine(good ? "verified" : "BROKEN: witnessed checkpoint: " + Printable(witnesses.problem));
}

Result<std::vector<WitnessKey>> WitnessKeysOf(const VerifyOptions& options) {
  if (options.witnessed.empty() != options.witnesses.empty()) {
    return Status(Reason::kInvalidArgument, "--witnessed FILE and --witness VKEY belong together.");
  }
  std::vector<WitnessKey> keys;
  for (const std::string& text : options.witnesses) {
    ASSIGN_OR_RETURN(WitnessKey key, WitnessKey::Parse(text));
    keys.push_back(std::move(key));
  }
  RETURN_IF_ERROR(CheckWitnessKeys(keys));
  if (options.quorum > static_cast<int64_t>(keys.size())) {
    return Status(Reason::kInvalidArgument, "--quorum asks for more witnesses than --witness names.");
  }
  return keys;
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
  if (!options.since.empty() && !options.witnessed.empty()) {
    return Status(Reason::kInvalidArgument, "give one older checkpoint: --since FILE or --witnessed FILE.");
  }
  ASSIGN_OR_RETURN(const std::vector<WitnessKey> witnesses, WitnessKeysOf(options));
  WitnessVerdict verdict;
  if (!options.since.empty()) {
    ASSIGN_OR_RETURN(since, ReadWholeFile(options.since, kNoteLimitBytes));
  } else if (!options.witnessed.empty()) {
    ASSIGN_OR_RETURN(since, ReadWholeFile(options.witnessed, kNoteLimitBytes));
    verdict =
        JudgeWitnesses(*since, witnesses, options.quorum == 0 ? witnesses.size() : static_cast<size_t>(options.quorum));
  }
  const VerifyReport report = VerifyExport(options.directory, key, since);
  PrintVerdict(session, report, verdict);
  return report.ok() && verdict.problem.empty() ? ExitCode::kOk : ExitCode::kNotVerified;
}

struct WitnessedOptions {
  std::string log;
  std::string output;
};

Result<ExitCode> ShowWitnessed(Session& session, const WitnessedOptions& options) {
  ASSIGN_OR_RETURN(Client* const client, session.client());
  ASSIGN_OR_RETURN(const ClientResponse response,
                   client->Call("GET", UrlPath({"v1", "audit", "logs", options.log, "witnessed"})));
  if (options.output.empty()) {
    session.Print(response.body);
    return ExitCode::kOk;
  }
  RETURN_IF_ERROR(WriteWholeFile(options.output, response.body));
  return ExitCode::kOk;
}

struct FollowOptions {
  std::string directory;
  std::string log;
  std::string key;
  int64_t interval_seconds = 60;
  bool once = false;
};

// The server's log now continues the one this checkpoint is of.
Status CheckContinues(const LogSource& source, std::string_view before, const VerifierKey& key) {
  ASSIGN_OR_RETURN(const Checkpoint older, OpenCheckpoint(before, key));
  ASSIGN_OR_RETURN(const std::string note, source.ReadCheckpoint());
  ASSIGN_OR_RETURN(const Checkpoint newest, OpenCheckpoint(note, key));
  if (older.size > newest.size) {
    return Status(Reason::kLogInvalid,
                  "the log has " + std::to_string(newest.size) + " entries and had " + std::to_string(older.size));
  }
  if (older.size == 0) return Status::Ok();
  ASSIGN_OR_RETURN(const std::vector<Digest> proof, ConsistencyProof(source, older.size, newest.size));
  if (VerifyConsistency(older.size, newest.size, older.root, newest.root, proof).ok()) return Status::Ok();
  return Status(Reason::kLogInvalid, "the log of " + std::to_string(newest.size) +
                                         " entries is no continuation of the " + std::to_string(older.size) +
                                         " that were there before");
}

// One look: the directory is brought up to date, and verified against the checkpoint it held before.
Result<ExitCode> FollowOnce(Session& session, Client& client, const FollowOptions& options, const VerifierKey& key) {
  const std::string file = options.directory + "/" + kCheckpointPath;
  const Result<std::string> before = ReadWholeFile(file, kNoteLimitBytes);
  if (before.ok()) {
    // Before anything is written: what breaks must not take the place of what was good.
    const Status continues = CheckContinues(HttpLogSource(client, options.log), *before, key);
    if (continues.reason() == Reason::kLogInvalid) {
      session.PrintLine("BROKEN: " + Printable(continues.message()));
      return ExitCode::kNotVerified;
    }
    RETURN_IF_ERROR(continues);
  }
  const Result<ExportReport> exported = ExportLog(HttpLogSource(client, options.log), options.directory, key);
  if (exported.reason() == Reason::kLogInvalid) {
    session.PrintLine("BROKEN: " + Printable(exported.status().message()));
    return ExitCode::kNotVerified;
  }
  if (!exported.ok()) return exported.status();
  if (before.ok() && exported->files_written == 0) return ExitCode::kOk;
  const VerifyReport report =
      VerifyExport(options.directory, key, before.ok() ? std::optional<std::string_view>(*before) : std::nullopt);
  if (!report.ok()) {
    session.PrintLine("BROKEN: " + Printable(report.problem->ToString()));
    return ExitCode::kNotVerified;
  }
  session.PrintLine(FormatTime(session.clock().NowMillis()) + " " + std::to_string(report.checkpoint->size) +
                    " entries, root " + Base64Encode(View(report.checkpoint->root)) + ", verified");
  return ExitCode::kOk;
}

// Until the log breaks, or the process is ended.  A server that is away is waited for: it says nothing about the log.
Result<ExitCode> FollowLog(Session& session, const FollowOptions& options) {
  ASSIGN_OR_RETURN(const VerifierKey key, VerifierKey::Parse(options.key));
  ASSIGN_OR_RETURN(Client* const client, session.client());
  while (true) {
    const Result<ExitCode> looked = FollowOnce(session, *client, options, key);
    if (options.once || (looked.ok() && *looked != ExitCode::kOk)) return looked;
    if (!looked.ok()) {
      const ExitCode code = ExitCodeOf(looked.status());
      if (code != ExitCode::kUnreachable) return looked;
      session.Note(looked.status().ToString());
    }
    session.SleepMillis(options.interval_seconds * 1000);
  }
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
      .Text("--witnessed", verify->witnessed, "FILE", "a witnessed checkpoint; the log must continue it")
      .Many("--witness", verify->witnesses, "VKEY", "a witness that must have cosigned it; given once for each")
      .Number("--quorum", verify->quorum, 1, 100, "how many of them are enough; default: all")
      .Note("Needs no server. Ends with 6 and says what is broken when the log does not verify.")
      .Example("strongroom audit verify /media/audit/main --key 'main+1f2e3d4c+AT...'")
      .Example("strongroom audit verify /media/audit/main --key 'main+1f2e3d4c+AT...' --since last-year.checkpoint")
      .Example(
          "strongroom audit verify /media/audit/main --key 'main+1f2e3d4c+AT...' --witnessed main.witnessed --witness "
          "'witness.example/one+5d6e7f80+BC...'")
      .Run([verify](Session& session) { return VerifyLog(session, *verify); });

  auto witnessed = std::make_shared<WitnessedOptions>();
  line.Add("audit witnessed", "Print the newest checkpoint that witnesses cosigned")
      .Positional("LOG", witnessed->log, "office, or a compartment")
      .Text("--output,-o", witnessed->output, "FILE", "where to write it")
      .Example("strongroom audit witnessed main -o main.witnessed")
      .Run([witnessed](Session& session) { return ShowWitnessed(session, *witnessed); });

  auto follow = std::make_shared<FollowOptions>();
  line.Add("audit follow", "Keep an exported log up to date, and stop when it is not a continuation any more")
      .Positional("DIR", follow->directory, "made when missing; one log")
      .RequiredText("--log", follow->log, "NAME", "office, or a compartment")
      .RequiredText("--key", follow->key, "VKEY", "the log's verifier key, kept elsewhere")
      .Number("--interval", follow->interval_seconds, 1, 86'400, "seconds between two looks")
      .Flag("--once", follow->once, "look once")
      .Note(
          "Verifies each new checkpoint and every entry. Ends with 6 when the log was rewritten, and leaves the "
          "checkpoint it had; waits when the server is away.")
      .Example("strongroom audit follow /srv/audit/main --log main --key 'main+1f2e3d4c+AT...'")
      .Run([follow](Session& session) { return FollowLog(session, *follow); });
}

}  // namespace strongroom
