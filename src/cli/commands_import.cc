// import: a file of customers, from a proposal to the last row.
#include <algorithm>

#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/importing.h"
#include "cli/progress.h"
#include "cli/table.h"

namespace strongroom {
namespace {

constexpr size_t kBeginningBytes = 256u << 10;

struct ImportOptions {
  std::string file;
  std::string map_file;
  std::string compartment;
  std::string collection_point;
  std::string bad_rows;
  std::string format;
  bool propose = false;
  bool yes = false;
};

bool LooksLikeNdjson(const ImportOptions& options, std::string_view beginning) {
  if (!options.format.empty()) return options.format == "ndjson";
  const size_t first = beginning.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && beginning[first] == '{';
}

// What people try to import and cannot; said by name, since the server would only see a strange first line.
Status CheckKindOfFile(const std::string& path, std::string_view beginning) {
  if (beginning.starts_with("PK\x03\x04") || beginning.starts_with("\xd0\xcf\x11\xe0")) {
    return Status(Reason::kImportInvalid, path + " is a spreadsheet; save it as CSV (UTF-8) first.");
  }
  if (beginning.starts_with("\x1f\x8b"))
    return Status(Reason::kImportInvalid, path + " is compressed; unpack it first.");
  if (beginning.starts_with("\xff\xfe") || beginning.starts_with("\xfe\xff")) {
    return Status(Reason::kImportInvalid, path + " is UTF-16; save it as UTF-8 first.");
  }
  if (beginning.empty()) return Status(Reason::kImportInvalid, path + " is empty.");
  return Status::Ok();
}

// Whole lines of the file's beginning: a row cut in two would be a bad sample.
Result<std::string> ReadBeginning(const ImportFile& file) {
  ASSIGN_OR_RETURN(std::string beginning, file.ReadAt(0, kBeginningBytes));
  RETURN_IF_ERROR(CheckKindOfFile(file.path(), beginning));
  const size_t newline = beginning.rfind('\n');
  if (beginning.size() < file.size_bytes() && newline != std::string::npos) beginning.resize(newline + 1);
  return beginning;
}

void PrintProposal(Session& session, const JsonValue& proposal) {
  TextTable table({"COLUMN", "FIELD", "TYPE", "SENSITIVITY", "SEARCH", "WHY"});
  if (const auto columns = proposal.Find("columns")) {
    for (const JsonValue& column : *columns) {
      std::string field = CellOf(column, "field");
      if (CellOf(column, "external_id") == "yes") field = "(external id)";
      if (field.empty()) field = "(left out)";
      if (CellOf(column, "exists") == "yes") field += " *";
      table.Row({CellOf(column, "column"), field, CellOf(column, "definition.type"),
                 CellOf(column, "definition.sensitivity"), CellOf(column, "definition.search"), CellOf(column, "why")});
    }
  }
  session.terminal().Err("format: " + CellOf(proposal, "format") + "\n" + table.Render() +
                         "* a field that exists already, as the catalogue defines it\n");
}

// The proposal, edited by hand or made by the server, as JSON.
Result<std::string> GetProposal(Session& session, const ImportOptions& options, const ImportFile& file) {
  ASSIGN_OR_RETURN(const std::string beginning, ReadBeginning(file));
  if (!options.map_file.empty()) {
    ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(options.map_file, 4u << 20));
    ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::ParseObject(text));
    return std::string(document.root().RawText());
  }
  const std::string type = LooksLikeNdjson(options, beginning) ? "application/x-ndjson" : "text/csv";
  ASSIGN_OR_RETURN(const Answer answer,
                   session.Call("POST", "/v1/imports:propose", beginning, {{"Content-Type", type}}));
  return std::string(answer.root().RawText());
}

Result<std::string> AcceptProposal(Session& session, const ImportOptions& options, const std::string& proposal) {
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().Key("proposal").Raw(proposal).String("collection_point", options.collection_point);
  if (!options.compartment.empty()) json.String("compartment", options.compartment);
  json.EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/imports:accept", body));
  ASSIGN_OR_RETURN(const JsonValue mapping, answer.root().GetObject("mapping"));
  return std::string(mapping.RawText());
}

Status CheckSameImport(const ImportState& state, const ImportFile& file, const Session& session) {
  const std::string begin_again = " Remove " + ImportStatePath(file.path()) +
                                  " to begin again; rows that were imported are then found again, not doubled.";
  if (state.server != session.ServerAddress()) {
    return Status(Reason::kImportInvalid,
                  "This file's import was begun on another server, " + Printable(state.server) + "." + begin_again);
  }
  if (state.file_bytes != file.size_bytes() || state.file_modified_nanos != file.modified_nanos()) {
    return Status(Reason::kImportInvalid, file.path() + " was changed since its import was begun." + begin_again);
  }
  return Status::Ok();
}

Result<ExitCode> PrintSummary(Session& session, const ImportState& state, const std::string& bad_rows,
                              int64_t elapsed_millis) {
  if (session.json()) {
    Bytes text;
    JsonWriter json(text);
    json.BeginObject().Key("created").Uint(state.created).Key("changed").Uint(state.changed);
    json.Key("unchanged").Uint(state.unchanged).Key("bad").Uint(state.bad);
    if (state.bad > 0) json.String("bad_rows_file", bad_rows);
    json.EndObject();
    session.PrintLine(text);
    return ExitCode::kOk;
  }
  session.PrintLine(WithThousands(state.rows()) + " rows: " + WithThousands(state.created) + " created, " +
                    WithThousands(state.changed) + " changed, " + WithThousands(state.unchanged) + " unchanged, " +
                    WithThousands(state.bad) + " bad; " + DurationText(elapsed_millis / 1000));
  if (state.bad > 0) session.PrintLine("Lines and reasons of the bad rows are in " + bad_rows);
  return ExitCode::kOk;
}

// Nothing is stored before somebody agreed to what the columns become.
Result<std::optional<ImportState>> Begin(Session& session, const ImportOptions& options, const ImportFile& file) {
  ASSIGN_OR_RETURN(const std::string proposal, GetProposal(session, options, file));
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::ParseObject(proposal));
  PrintProposal(session, document.root());
  ASSIGN_OR_RETURN(const bool agreed, session.Confirm(options.yes, "Import these columns as shown?"));
  if (!agreed) {
    session.Note("Nothing was imported. To change the columns: strongroom import " + file.path() +
                 " --propose > map.json, edit it, and give it with --map map.json");
    return std::optional<ImportState>();
  }
  ImportState state;
  state.server = session.ServerAddress();
  state.file_bytes = file.size_bytes();
  state.file_modified_nanos = file.modified_nanos();
  ASSIGN_OR_RETURN(state.mapping, AcceptProposal(session, options, proposal));
  return std::optional<ImportState>(std::move(state));
}

Result<ExitCode> Import(Session& session, const ImportOptions& options) {
  ASSIGN_OR_RETURN(const ImportFile file, ImportFile::Open(options.file));
  if (options.propose) {
    ASSIGN_OR_RETURN(const std::string proposal, GetProposal(session, options, file));
    session.PrintLine(PrintableJson(proposal));
    return ExitCode::kOk;
  }
  ASSIGN_OR_RETURN(std::optional<ImportState> state, LoadImportState(file.path()));
  if (state) {
    RETURN_IF_ERROR(CheckSameImport(*state, file, session));
    session.Note("Continuing at line " + WithThousands(state->line) + ".");
  } else {
    ASSIGN_OR_RETURN(state, Begin(session, options, file));
    if (!state) return ExitCode::kFailed;
  }
  const std::string bad_rows = options.bad_rows.empty() ? file.path() + ".bad-rows.csv" : options.bad_rows;
  const int64_t started = session.clock().MonotonicMillis();
  const InterruptWatch watch;
  const Result<ImportEnd> end = SendPieces(session, file, bad_rows, *state);
  if (!end.ok() || *end == ImportEnd::kInterrupted) {
    if (state->offset > 0) {
      session.Note("Stopped before line " + WithThousands(state->line) + "; the same command continues there.");
    }
    return end.ok() ? Result<ExitCode>(ExitCode::kFailed) : Result<ExitCode>(end.status());
  }
  RETURN_IF_ERROR(RemoveImportState(file.path()));
  return PrintSummary(session, *state, bad_rows, session.clock().MonotonicMillis() - started);
}

}  // namespace

void AddImportCommand(CommandLine& line) {
  auto options = std::make_shared<ImportOptions>();
  options->collection_point = "import";
  line.Add("import", "Import customers from a CSV or NDJSON file")
      .Positional("FILE", options->file, "CSV or NDJSON, UTF-8")
      .Text("--map", options->map_file, "FILE", "what the columns become, as --propose prints it; default: proposed")
      .Flag("--propose", options->propose, "print what the columns would become, as JSON, and import nothing")
      .Flag("--yes", options->yes, "accept the proposal without asking")
      .Text("--compartment", options->compartment, "NAME", "default: the first")
      .Text("--collection-point,-p", options->collection_point, "NAME", "under which the data is gathered")
      .Choice("--format", options->format, {"csv", "ndjson"}, "default: as the file looks")
      .Text("--bad-rows", options->bad_rows, "FILE",
            "where lines and reasons of refused rows go; default: FILE.bad-rows.csv")
      .Note(
          "Shows what each column would become and asks once. Then sends the file in pieces; how far it came stands in "
          "FILE.strongroom-import, and after ctrl-C or a failure the same command continues there. Rows are found "
          "again by external id, or by the row itself: importing twice makes no duplicates.")
      .Example("strongroom import customers.csv")
      .Example("strongroom import customers.csv --propose > map.json")
      .Example("strongroom import customers.csv --map map.json --yes -p migration")
      .Run([options](Session& session) { return Import(session, *options); });
}

}  // namespace strongroom
