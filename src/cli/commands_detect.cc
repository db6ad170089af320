// detect: where personal data stands in files, a check of single numbers, and spans for programs.
#include <cstring>

#include "base/json.h"
#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/paper_options.h"
#include "cli/redaction.h"
#include "detect/validate.h"
#include "redact/ordered_work.h"
#include "redact/text.h"

namespace strongroom {
namespace {

struct DetectOptions {
  SearchOptions search;
  std::string validate;
  bool types = false;
  bool jsonl = false;
  PaperOptions paper;
};

// Whole lines of the input, many at a time; the last one may have no end.
class LineReader {
 public:
  explicit LineReader(InputFile& input) : input_(input) {}
  // Empty at the end.  kBodyTooLarge for a line over the limit.
  Result<std::string> Next() {
    while (!ended_) {
      ASSIGN_OR_RETURN(const std::string_view piece, input_.Next());
      ended_ = piece.empty();
      const size_t newline = piece.rfind('\n');
      if (newline == std::string_view::npos) {
        rest_.append(piece);
        if (rest_.size() > kLongestLine) return Status(Reason::kBodyTooLarge, "A line is longer than 64 MiB.");
        continue;
      }
      std::string lines = std::move(rest_);
      lines.append(piece.substr(0, newline + 1));
      rest_ = piece.substr(newline + 1);
      return lines;
    }
    return std::exchange(rest_, std::string());
  }

 private:
  static constexpr size_t kLongestLine = size_t{64} << 20;
  InputFile& input_;
  std::string rest_;
  bool ended_ = false;
};

template <typename Each>
void ForEachLine(std::string_view lines, const Each& each) {
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    std::string_view line = lines.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    each(line);
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

Result<ExitCode> ListTypes(Session& session) {
  for (const std::string_view type : detect::ValidatedTypes()) session.PrintLine(type);
  return ExitCode::kOk;
}

// One number a line in, one answer a line out.
Result<ExitCode> Validate(Session& session, const DetectOptions& options) {
  const detect::CivilDate today = detect::CivilDateOf(session.clock().NowMillis());
  if (!detect::ValidateAs(options.validate, {}, today)) {
    return Status(Reason::kInvalidArgument,
                  "There is no type " + Printable(options.validate) + "; 'strongroom detect --types' lists them.");
  }
  ASSIGN_OR_RETURN(const std::vector<Target> targets, FindTargets(options.search.files, {}));
  for (const Target& target : targets) {
    ASSIGN_OR_RETURN(InputFile input, InputFile::Open(target, session.terminal()));
    LineReader reader(input);
    while (true) {
      ASSIGN_OR_RETURN(const std::string lines, reader.Next());
      if (lines.empty()) break;
      std::string answers;
      ForEachLine(lines, [&](std::string_view line) {
        answers += detect::ValidateAs(options.validate, line, today).value_or(false) ? "valid\n" : "invalid\n";
      });
      session.Print(answers);
    }
  }
  return ExitCode::kOk;
}

// The findings of one text, in code points: [[0, 9, "PERSON"], [14, 27, "NATIONAL_ID", "se.personnummer"]]
void AppendSpans(std::string_view text, const std::vector<detect::Finding>& findings,
                 const redact::Selection& selection, JsonWriter& json) {
  const auto points = [&](size_t from, size_t to) {
    return std::count_if(text.begin() + static_cast<ptrdiff_t>(from), text.begin() + static_cast<ptrdiff_t>(to),
                         [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  };
  json.BeginArray();
  size_t at = 0;
  int64_t point = 0;
  for (const detect::Finding& finding : findings) {
    if (finding.score < selection.min_score || !selection.kinds.Has(finding.kind)) continue;
    point += points(at, finding.begin);
    const int64_t end = point + points(finding.begin, finding.end);
    json.BeginArray().Int(point).Int(end).String(detect::NameOf(finding.kind));
    if (finding.kind == detect::Kind::kNationalId) json.String(finding.subtype);
    json.EndArray();
    point = end;
    at = finding.end;
  }
  json.EndArray();
}

struct JsonlJob {
  std::string lines;
  uint64_t first_line = 1;
  std::string answers;
  bool found = false;
  Status status;
};

void SearchJsonl(const detect::Finder& finder, const redact::Selection& selection, JsonlJob& job) {
  std::vector<detect::Finding> findings;
  uint64_t number = job.first_line;
  ForEachLine(job.lines, [&](std::string_view line) {
    const uint64_t this_line = number++;
    if (!job.status.ok() || line.find_first_not_of(" \t") == std::string_view::npos) return;
    const auto fail = [&](const Status& status) {
      job.status = Status(status.reason(), "Line " + std::to_string(this_line) + ": " + status.message());
    };
    const Result<JsonDocument> document = JsonDocument::ParseObject(line);
    if (!document.ok()) return fail(document.status());
    const Result<std::string_view> text = document->root().GetString("text");
    if (!text.ok()) return fail(text.status());
    finder.Find(*text, {}, findings);
    JsonWriter json(job.answers);
    json.BeginObject().String("text", *text).Key("spans");
    AppendSpans(*text, findings, selection, json);
    json.EndObject();
    job.answers.push_back('\n');
    job.found = job.found || !findings.empty();
  });
}

Result<ExitCode> Jsonl(Session& session, const DetectOptions& options, const Search& search) {
  const std::unique_ptr<PersonalFinder> finder = MakePersonalFinder(search.selection, session.clock().NowMillis());
  bool found = false;
  redact::OrderedWork<JsonlJob> work(
      search.threads, [&](JsonlJob& job, size_t) { SearchJsonl(finder->finder(), search.selection, job); },
      [&](JsonlJob& job) {
        session.Print(job.answers);
        found = found || job.found;
        return job.status;
      });
  ASSIGN_OR_RETURN(const std::vector<Target> targets, FindTargets(options.search.files, {}));
  for (const Target& target : targets) {
    ASSIGN_OR_RETURN(InputFile input, InputFile::Open(target, session.terminal()));
    LineReader reader(input);
    uint64_t line = 1;
    while (true) {
      ASSIGN_OR_RETURN(std::string lines, reader.Next());
      if (lines.empty()) break;
      JsonlJob job;
      job.first_line = line;
      line += static_cast<uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
      job.lines = std::move(lines);
      RETURN_IF_ERROR(work.Submit(std::move(job)));
    }
  }
  RETURN_IF_ERROR(work.Finish());
  return found ? ExitCode::kFound : ExitCode::kOk;
}

Result<ExitCode> Detect(Session& session, const DetectOptions& options) {
  if (options.types) return ListTypes(session);
  if (!options.validate.empty()) return Validate(session, options);
  ASSIGN_OR_RETURN(const Search search, ParseSearch(options.search));
  if (options.jsonl) return Jsonl(session, options, search);
  ASSIGN_OR_RETURN(const std::vector<Target> targets, FindTargets(options.search.files, {}));
  const std::unique_ptr<PersonalFinder> finder = MakePersonalFinder(search.selection, session.clock().NowMillis());
  std::function<void(std::string_view)> out;
  if (!options.search.quiet) out = [&](std::string_view lines) { session.Print(lines); };
  Redaction::Settings settings;
  settings.search = search;
  RETURN_IF_ERROR(PutPaperSettings(options.paper, settings));
  settings.paper.keep_unread = true;  // it is named in the report, and nothing is passed on
  ASSIGN_OR_RETURN(const RunOutcome outcome,
                   RunWithReport(session, options.search, finder->finder(), std::move(settings), targets,
                                 session.json(), std::move(out)));
  if (outcome.failed_files > 0) return ExitCode::kFailed;
  return outcome.found > 0 ? ExitCode::kFound : ExitCode::kOk;
}

}  // namespace

void AddDetectCommand(CommandLine& line) {
  auto options = std::make_shared<DetectOptions>();
  Command command = line.Add("detect", "Say where personal data stands in files and text");
  AddSearchOptions(command, options->search);
  AddPaperOptions(command, options->paper, /*takes_out=*/false);
  command
      .Text("--validate", options->validate, "TYPE",
            "Read one number a line and print 'valid' or 'invalid': well formed, never issued")
      .Flag("--types", options->types, "List the types --validate knows")
      .Flag("--jsonl", options->jsonl,
            "Read lines of {\"text\": ...}, print each with \"spans\": [[start, end, kind], ...] in code points")
      .Example("strongroom detect letter.txt customers.csv")
      .Example("strongroom detect --quiet --kinds CREDIT_CARD,IBAN logs/ || echo 'do not send these'")
      .Example("echo 79927398713 | strongroom detect --validate luhn")
      .Note(
          "Needs no server. Prints where something stands and what it is, never the thing itself. Ends with 0 when "
          "nothing was found, 7 when something was, 1 when a file could not be gone through.")
      .Run([options](Session& session) { return Detect(session, *options); });
}

}  // namespace strongroom
