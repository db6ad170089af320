// export: plain values for somebody outside, every one noted in the ledger of disclosures.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/table.h"

namespace strongroom {
namespace {

struct ExportOptions {
  std::vector<std::string> fields;
  std::string purpose;
  std::string recipient;
  std::string contract;
  std::string compartment;
  std::string output;
  std::string format = "ndjson";
  int64_t page = 500;
  bool spreadsheet = false;
};

// A file that is not there until it is whole: written beside its place, readable by its owner alone.
class Sink {
 public:
  static Result<Sink> Open(Terminal& terminal, const std::string& path) {
    if (path.empty() || path == "-") return Sink(terminal, "", -1);
    struct stat info = {};
    if (lstat(path.c_str(), &info) == 0) {
      return Status(Reason::kInvalidArgument, path + " exists; name a new file, or remove it.");
    }
    const int fd = open((path + ".part").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return Status(Reason::kFileUnreadable, path + ".part cannot be made: " + std::strerror(errno) + ".");
    return Sink(terminal, path, fd);
  }
  Sink(Sink&& other) noexcept
      : terminal_(other.terminal_), path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  Sink& operator=(Sink&&) = delete;
  ~Sink() {
    if (fd_ < 0) return;
    close(fd_);
    unlink((path_ + ".part").c_str());  // half an export is no export
  }

  Status Write(std::string_view text) {
    if (fd_ < 0) {
      terminal_.Out(text);
      return terminal_.OutIsWhole() ? Status::Ok() : Failed();
    }
    while (!text.empty()) {
      const ssize_t written = write(fd_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return Failed();
      text.remove_prefix(written);
    }
    return Status::Ok();
  }
  Status Finish() {
    if (fd_ < 0) return Status::Ok();
    if (fsync(fd_) != 0 || close(std::exchange(fd_, -1)) != 0) return Failed();
    return rename((path_ + ".part").c_str(), path_.c_str()) == 0 ? Status::Ok() : Failed();
  }

 private:
  Sink(Terminal& terminal, std::string path, int fd) : terminal_(terminal), path_(std::move(path)), fd_(fd) {}
  Status Failed() const {
    return Status(Reason::kFileUnreadable,
                  (path_.empty() ? "Standard output" : path_) + " cannot be written: " + std::strerror(errno) + ".");
  }
  Terminal& terminal_;
  std::string path_;
  int fd_ = -1;
};

// RFC 4180.  For spreadsheets, a cell they would run as a formula gets an apostrophe before it, which changes the
// value: only on demand.
std::string CsvCell(std::string text, bool spreadsheet) {
  if (spreadsheet && text.find_first_of("=+-@\t\r") == 0) text.insert(0, "'");
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

// Exactly the value: what a program reads is not made printable.  Several values stand as a JSON array in one cell.
std::string ExactText(const JsonValue& value) {
  if (value.IsNull()) return {};
  const auto text = value.AsString();
  return std::string(text.ok() ? *text : value.RawText());
}

std::string CsvHeader(const ExportOptions& options) {
  std::string line = "code";
  for (const std::string& field : options.fields) line += "," + CsvCell(field, false);
  return line + "\r\n";
}

std::string RowOf(const JsonValue& customer, const ExportOptions& options) {
  if (options.format == "ndjson") return std::string(customer.RawText()) + "\n";
  const auto code = customer.Find("code");
  const auto values = customer.Find("values");
  std::string line = code ? ExactText(*code) : "";
  for (const std::string& field : options.fields) {
    const auto value = values ? values->Find(field) : std::nullopt;
    line += "," + (value ? CsvCell(ExactText(*value), options.spreadsheet) : std::string());
  }
  return line + "\r\n";
}

Bytes PageRequest(const ExportOptions& options, const std::string& cursor) {
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().String("purpose", options.purpose).String("recipient", options.recipient);
  if (!options.contract.empty()) json.String("contract", options.contract);
  if (!options.compartment.empty()) json.String("compartment", options.compartment);
  json.Key("fields").BeginArray();
  for (const std::string& field : options.fields) json.String(field);
  json.EndArray().Int("limit", options.page);
  if (!cursor.empty()) json.String("cursor", cursor);
  json.EndObject();
  return body;
}

Result<ExitCode> Export(Session& session, const ExportOptions& options) {
  if (options.fields.empty()) return Status(Reason::kInvalidArgument, "Name the fields to hand out with --fields.");
  ASSIGN_OR_RETURN(Sink sink, Sink::Open(session.terminal(), options.output));
  // A person's own screen gets what cannot steer it; a file or a program gets the values as they are.
  const bool on_screen = (options.output.empty() || options.output == "-") && session.terminal().OutIsTerminal();
  const auto shown = [on_screen](const std::string& row) { return on_screen ? PrintableJson(row) : row; };
  if (options.format == "csv") RETURN_IF_ERROR(sink.Write(CsvHeader(options)));
  uint64_t count = 0;
  std::string cursor;
  do {
    ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/customers:export", PageRequest(options, cursor)));
    ASSIGN_OR_RETURN(const JsonValue customers, answer.root().GetArray("customers"));
    std::string rows;
    for (const JsonValue& customer : customers) rows += shown(RowOf(customer, options));
    RETURN_IF_ERROR(sink.Write(rows));
    count += customers.size();
    const std::string next = CellOf(answer.root(), "next_cursor");
    if (!next.empty() && next == cursor) return Status(Reason::kInternal, "The server answers the same page again.");
    cursor = next;
    if (session.terminal().ErrIsTerminal()) session.terminal().Err("\r" + WithThousands(count) + " customers ");
  } while (!cursor.empty());
  RETURN_IF_ERROR(sink.Finish());
  if (session.terminal().ErrIsTerminal()) session.terminal().Err("\r");
  session.Note(WithThousands(count) + " customers handed out to " + Printable(options.recipient) +
               "; each one's ledger of disclosures says so.");
  return ExitCode::kOk;
}

}  // namespace

void AddExportCommand(CommandLine& line) {
  auto options = std::make_shared<ExportOptions>();
  line.Add("export", "Hand out plain values of all customers to somebody, and note it with each of them")
      .List("--fields,-f", options->fields, "FIELD", "fields to hand out")
      .RequiredText("--purpose", options->purpose, "PURPOSE", "why; it stands in the log and in the ledger")
      .RequiredText("--recipient", options->recipient, "NAME", "who gets it")
      .Text("--contract", options->contract, "NAME", "under which contract")
      .Text("--compartment", options->compartment, "NAME", "default: the first")
      .Choice("--format", options->format, {"ndjson", "csv"}, "one JSON object a line, or CSV")
      .Flag("--for-spreadsheets", options->spreadsheet,
            "csv: put ' before cells that a spreadsheet would run as a formula")
      .Text("--output,-o", options->output, "FILE", "a new file that only you can read; default: standard output")
      .Number("--page", options->page, 1, 2000, "customers a request")
      .Note(
          "The file appears when it is whole. A page that was fetched counts as handed out, also when the export "
          "breaks off behind it.")
      .Example(
          "strongroom export --fields name,email --purpose newsletter --recipient mailhouse --contract dpa-2026 "
          "--format csv -o mailing.csv")
      .Run([options](Session& session) { return Export(session, *options); });
}

}  // namespace strongroom
