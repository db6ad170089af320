#include "cli/redaction.h"

#include <charconv>
#include <thread>

#include "cli/confined_documents.h"
#include "cli/paper_files.h"
#include "cli/progress.h"
#include "desk/paper_desk.h"
#include "detect/civil_date.h"
#include "detect/detector.h"
#include "names/name_finder.h"

namespace strongroom {
namespace {

class BuiltInFinder : public PersonalFinder {
 public:
  explicit BuiltInFinder(const detect::DetectorOptions& options) : detector_(options) {}
  const detect::Finder& finder() const override { return detector_; }

 private:
  detect::Detector detector_;
};

std::string KindNames() {
  std::string names;
  for (size_t kind = 0; kind < detect::kKindCount; ++kind) {
    names.append(names.empty() ? "" : ", ").append(detect::NameOf(static_cast<detect::Kind>(kind)));
  }
  return names;
}

}  // namespace

void AddSearchOptions(Command& command, SearchOptions& options) {
  command.Rest("FILES", options.files, "Files and folders; none, or -: standard input")
      .List("--kinds", options.kinds, "KINDS", "Only these kinds, with commas between: " + KindNames())
      .Text("--min-score", options.min_score, "SCORE", "Only finds that are this sure, from 0 to 1 (default 0.5)")
      .Choice("--format", options.format, {"text", "csv", "tsv", "json", "html", "mail", "document", "pdf", "scan"},
              "What the files are (default: by their names; standard input is text)")
      .Text("--report", options.report, "FILE", "Write the report of finds to this file, as JSON lines")
      .Number("--threads", options.threads, 0, 256, "Threads that search (default: one for each processor)")
      .Flag("--quiet,-q", options.quiet, "Print no report and no summary");
}

Result<Search> ParseSearch(const SearchOptions& options) {
  Search search;
  if (!options.kinds.empty()) search.selection.kinds = detect::KindSet();
  for (const std::string& name : options.kinds) {
    const std::optional<detect::Kind> kind = detect::KindOf(name);
    if (!kind)
      return Status(Reason::kInvalidArgument,
                    "There is no kind " + Printable(name) + "; there are " + KindNames() + ".");
    search.selection.kinds.Add(*kind);
  }
  const char* const end = options.min_score.data() + options.min_score.size();
  const auto [stopped, error] = std::from_chars(options.min_score.data(), end, search.selection.min_score);
  if (error != std::errc() || stopped != end || !(search.selection.min_score >= 0 && search.selection.min_score <= 1)) {
    return Status(Reason::kInvalidArgument, "--min-score is a number from 0 to 1.");
  }
  if (!options.format.empty()) search.format = redact::FormatOf(options.format);
  search.threads = options.threads > 0 ? static_cast<size_t>(options.threads)
                                       : std::max<size_t>(std::thread::hardware_concurrency(), 1);
  return search;
}

std::unique_ptr<PersonalFinder> MakePersonalFinder(const redact::Selection& selection, UnixMillis now) {
  detect::DetectorOptions options;
  options.kinds = selection.kinds;
  options.min_score = std::min(selection.min_score, redact::kDoubtfulScore);
  options.today = detect::CivilDateOf(now);
  options.names = &names::NameFinder::BuiltIn();
  return std::make_unique<BuiltInFinder>(options);
}

std::string Redaction::Destination(const Target& target) const {
  if (settings_.in_place) return target.path;
  if (settings_.out_directory.empty() || target.path.empty()) return {};
  return settings_.out_directory + "/" + target.relative;
}

desk::PaperAsk Redaction::Ask() const {
  desk::PaperAsk ask = settings_.paper;
  ask.task = settings_.replacer == nullptr ? desk::Task::kLook : desk::Task::kTakeOut;
  ask.selection = settings_.search.selection;
  ask.now = session_.clock().NowMillis();
  return ask;
}

redact::FormatOptions Redaction::Formats() const {
  redact::FormatOptions options;
  options.keep_unknown_attachments = settings_.keep_unknown_attachments;
  redact::DocumentOptions documents;
  documents.keep_unknown = settings_.keep_unknown_attachments;
  options.document = ConfinedDocuments(documents);
  // Paper inside of messages: boxes that a person drew are for files of their own.
  options.pdf = [this](std::string_view bytes, const redact::Job& job) -> Result<std::string> {
    desk::PaperAsk ask = Ask();
    ask.search = true;
    const std::optional<redact::Format> format = desk::PaperFormatOf(bytes);
    if (!format) return Status(Reason::kUnsupportedMediaType, "This is no PDF, PNG, JPEG or TIFF.");
    ask.format = *format;
    desk::PaperDesk::Settings desk;
    desk.program = session_.paper_worker();
    ASSIGN_OR_RETURN(desk::PaperAnswer answer, desk::PaperDesk(std::move(desk)).Do(ask, bytes));
    ReportPaper(answer, job);
    return std::move(answer.result.bytes);
  };
  options.scan = options.pdf;
  return options;
}

Status Redaction::GoThrough(const Target& target, InputFile& input, const redact::Write& write) {
  redact::Job job;
  job.finder = &finder_;
  job.selection = settings_.search.selection;
  job.replacer = settings_.replacer;
  job.write = write;
  job.report = [this](const redact::Found& found) { report_.Add(found); };
  job.note = [this](const std::string& note) {
    if (bar_ != nullptr) bar_->Clear();
    session_.Note(note);
  };
  job.places = report_.prints();
  job.threads = settings_.search.threads;
  const redact::Format format = settings_.search.format.value_or(redact::FormatOfFile(target.path));
  ASSIGN_OR_RETURN(const std::unique_ptr<redact::Filter> filter, redact::MakeFilter(format, job, Formats()));
  bool first = true;
  while (true) {
    ASSIGN_OR_RETURN(const std::string_view piece, input.Next());
    if (piece.empty()) return filter->Finish();
    // A picture taken for text would come out broken, and called clean.
    const char* const binary = first && !redact::IsWhole(format) ? KindOfBinary(piece) : nullptr;
    if (binary != nullptr) {
      return Status(Reason::kUnsupportedMediaType, std::string("This is ") + binary +
                                                       ", which is not gone through as " +
                                                       std::string(redact::NameOf(format)) + ".");
    }
    first = false;
    RETURN_IF_ERROR(filter->Feed(piece));
    done_bytes_ += piece.size();
    ShowProgress(done_bytes_);
  }
}

void Redaction::ShowProgress(uint64_t done_bytes) {
  if (bar_ == nullptr || total_bytes_ == 0) return;
  ProgressState state;
  state.done_bytes = state.bytes_this_run = done_bytes;
  state.total_bytes = total_bytes_;
  state.rows = state.rows_this_run = report_.found();
  state.what = "finds";
  state.elapsed_millis = session_.clock().MonotonicMillis() - started_millis_;
  bar_->Show(state);
}

Status Redaction::CheckDestination(const Target& target, const std::string& destination) const {
  if (settings_.in_place || destination.empty() || !IsSameFile(destination, target.path)) return Status::Ok();
  return Status(Reason::kInvalidArgument, "The output would overwrite it; say --in-place if that is what you want.");
}

bool Redaction::IsDone(const std::string& destination, int64_t modified_nanos) const {
  return !settings_.in_place && !settings_.again && !destination.empty() &&
         IsUpToDate(destination, std::max(modified_nanos, settings_.not_before_nanos));
}

Status Redaction::RunOne(const Target& target) {
  ASSIGN_OR_RETURN(InputFile input, InputFile::Open(target, session_.terminal()));
  if (settings_.replacer == nullptr) {
    return GoThrough(target, input, [](std::string_view) { return Status::Ok(); });
  }
  const std::string destination = Destination(target);
  if (destination.empty()) {
    return GoThrough(target, input, [this](std::string_view bytes) {
      session_.terminal().Out(bytes);
      return session_.terminal().OutIsWhole() ? Status::Ok()
                                              : Status(Reason::kFileUnreadable, "Standard output cannot be written.");
    });
  }
  RETURN_IF_ERROR(CheckDestination(target, destination));
  if (IsDone(destination, input.modified_nanos())) return Status::Ok();
  ASSIGN_OR_RETURN(OutputFile output, OutputFile::Create(destination, input.mode()));
  RETURN_IF_ERROR(GoThrough(target, input, [&output](std::string_view bytes) { return output.Write(bytes); }));
  return output.Commit();
}

Status Redaction::Failed(const Target& target, const Status& status, bool alone, uint64_t& failed) {
  ++failed;
  report_.AddFailure(status);
  bar_->Clear();
  // One target's failure is the command's; without its vault no other target can be done either.
  const bool no_vault = settings_.replacer != nullptr && settings_.replacer->mode() == redact::Mode::kToken;
  if (no_vault || alone) return status;
  session_.Note(Printable(target.path) + ": " + status.message());
  return Status::Ok();
}

Status Redaction::RunPaper(const std::vector<Target>& targets, bool alone, uint64_t& failed) {
  if (targets.empty()) return Status::Ok();
  if (settings_.replacer != nullptr && settings_.replacer->mode() == redact::Mode::kToken) {
    return Status(Reason::kInvalidArgument, "Tokens cannot be put onto paper; take another --mode for PDF and scans.");
  }
  PaperSettings settings;
  settings.ask = Ask();
  settings.worker = session_.paper_worker();
  settings.jobs = settings_.jobs;
  settings.proof_directory = settings_.proof_directory;
  settings.manual_boxes = settings_.manual_boxes;
  settings.destination = [this](const Target& target) { return Destination(target); };
  settings.is_done = [this](const Target& target, int64_t modified_nanos) {
    return settings_.replacer != nullptr && IsDone(Destination(target), modified_nanos);
  };
  for (const Target& target : targets) {
    if (settings_.replacer != nullptr) RETURN_IF_ERROR(CheckDestination(target, Destination(target)));
  }
  PaperFiles files(settings, targets, session_.terminal());
  for (size_t i = 0; i < targets.size(); ++i) {
    const PaperOutcome outcome = files.Wait(i, [&] { ShowProgress(files.done_bytes()); });
    done_bytes_ = files.done_bytes();
    report_.BeginFile(targets[i].path.empty() ? "-" : targets[i].path);
    for (const std::string& note : outcome.answer.notes) {
      bar_->Clear();
      session_.Note(targets.size() == 1 ? note : Printable(targets[i].path) + ": " + note);
    }
    if (!outcome.status.ok()) {
      RETURN_IF_ERROR(Failed(targets[i], outcome.status, alone, failed));
      continue;
    }
    ReportPaper(outcome.answer, report_);
    if (settings_.replacer == nullptr || outcome.skipped || !Destination(targets[i]).empty()) continue;
    session_.terminal().Out(outcome.answer.result.bytes);
    if (!session_.terminal().OutIsWhole()) return Status(Reason::kFileUnreadable, "Standard output cannot be written.");
  }
  return Status::Ok();
}

Status Redaction::RunOthers(const std::vector<Target>& targets, bool alone, uint64_t& failed) {
  for (const Target& target : targets) {
    report_.BeginFile(target.path.empty() ? "-" : target.path);
    const uint64_t before = done_bytes_;
    const Status status = RunOne(target);
    done_bytes_ = before + target.size_bytes;
    if (!status.ok()) RETURN_IF_ERROR(Failed(target, status, alone, failed));
  }
  return Status::Ok();
}

Result<uint64_t> Redaction::Run(const std::vector<Target>& targets) {
  ProgressBar bar(session_.terminal());
  bar_ = &bar;
  started_millis_ = session_.clock().MonotonicMillis();
  std::vector<Target> paper;
  std::vector<Target> others;
  for (const Target& target : targets) {
    total_bytes_ += target.size_bytes;
    const redact::Format format = settings_.search.format.value_or(redact::FormatOfFile(target.path));
    (format == redact::Format::kPdf || format == redact::Format::kScan ? paper : others).push_back(target);
  }
  uint64_t failed = 0;
  Status status = RunPaper(paper, targets.size() == 1, failed);
  if (status.ok()) status = RunOthers(others, targets.size() == 1, failed);
  bar_ = nullptr;
  RETURN_IF_ERROR(status);
  return failed;
}

Result<RunOutcome> RunWithReport(Session& session, const SearchOptions& options, const detect::Finder& finder,
                                 Redaction::Settings settings, const std::vector<Target>& targets, bool json,
                                 std::function<void(std::string_view)> otherwise) {
  std::optional<OutputFile> file;
  Status written;
  if (!options.report.empty()) {
    ASSIGN_OR_RETURN(OutputFile created, OutputFile::Create(options.report, 0600));
    file.emplace(std::move(created));
    otherwise = [&](std::string_view lines) {
      if (written.ok()) written = file->Write(lines);
    };
  }
  FindReport report(json || file.has_value(), std::move(otherwise));
  Redaction redaction(session, finder, std::move(settings), report);
  const Result<uint64_t> failed = redaction.Run(targets);
  report.Finish(targets.size());
  RETURN_IF_ERROR(written);
  if (file) RETURN_IF_ERROR(file->Commit());
  RETURN_IF_ERROR(failed.status());
  if (!options.quiet && !session.json()) session.Note(report.Summary());
  return RunOutcome{report.found(), *failed};
}

}  // namespace strongroom
