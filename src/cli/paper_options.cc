#include "cli/paper_options.h"

#include <cstdio>

#include "base/json_writer.h"
#include "cli/paper_files.h"

namespace strongroom {
namespace {

constexpr size_t kMostManualBytes = size_t{16} << 20;

// Files of a report are named as they are, apart from what no JSON can hold.
std::string NaiveLine(const std::string& path, const desk::NaiveFind& find) {
  std::string line = Printable(path) + ": ";
  if (find.page > 0) line += "page " + std::to_string(find.page) + ": ";
  line += std::string(find.what) + ", " + std::to_string(find.characters) + " characters can still be read";
  for (const paper::Box& box : find.boxes) {
    char place[100];
    snprintf(place, sizeof place, " (%.1f %.1f %.1f %.1f)", box.left, box.top, box.right, box.bottom);
    line += place;
  }
  return line + "\n";
}

std::string NaiveJson(const std::string& path, const desk::NaiveFind& find) {
  Bytes line;
  JsonWriter json(line);
  json.BeginObject().String("file", Printable(path));
  if (find.page > 0) json.Key("page").Uint(find.page);
  json.String("naive", find.what).Key("characters").Uint(find.characters).Key("boxes").BeginArray();
  for (const paper::Box& box : find.boxes) {
    json.BeginArray();
    for (const double side : {box.left, box.top, box.right, box.bottom}) json.Double(side);
    json.EndArray();
  }
  json.EndArray().EndObject();
  return line + "\n";
}

}  // namespace

void AddPaperOptions(Command& command, PaperOptions& options, bool takes_out) {
  command
      .List("--languages", options.languages, "NAMES",
            "Of the models that read pictures, with commas between (default eng,swe,chi_sim)")
      .Number("--jobs", options.jobs, 1, 64,
              "PDF and scans gone through at once, or pages of one that is alone, each in a process (default 1)");
  if (!takes_out) return;
  command
      .Text("--manual", options.manual, "FILE",
            "PDF and scans: boxes to take out, and places where finds stay (docs/formats/manual-boxes.md)")
      .Flag("--no-search", options.no_search, "PDF and scans: take out the boxes of --manual alone")
      .Flag("--keep-unread", options.keep_unread,
            "PDF and scans: pass what cannot be read (handwriting, photographs) as it is, instead of refusing the file")
      .Text("--proof", options.proof, "DIR",
            "PDF and scans: write a picture of each page before and after, and the report, into this folder");
}

Status PutPaperSettings(const PaperOptions& options, Redaction::Settings& settings) {
  for (const std::string& language : options.languages) {
    if (!desk::IsLanguageName(language))
      return Status(Reason::kInvalidArgument, "--languages takes names of models such as eng or swe, with commas.");
  }
  settings.paper.languages = options.languages;
  settings.paper.keep_unread = options.keep_unread;
  settings.paper.search = !options.no_search;
  settings.jobs = static_cast<uint32_t>(options.jobs);
  settings.proof_directory = options.proof;
  if (options.no_search && options.manual.empty())
    return Status(Reason::kInvalidArgument, "--no-search takes out the boxes of --manual, and there is none.");
  if (options.manual.empty()) return Status::Ok();
  ASSIGN_OR_RETURN(settings.manual_boxes, ReadWholeFile(options.manual, kMostManualBytes));
  if (settings.manual_boxes.empty()) return Status(Reason::kInvalidArgument, options.manual + " is empty.");
  return Status::Ok();
}

Result<RunOutcome> CheckPaper(Session& session, const PaperOptions& options, const std::vector<Target>& targets,
                              bool quiet) {
  PaperSettings settings;
  settings.ask.task = desk::Task::kCheck;
  settings.ask.now = session.clock().NowMillis();
  settings.ask.languages = options.languages;
  settings.worker = session.paper_worker();
  settings.jobs = static_cast<uint32_t>(options.jobs);
  PaperFiles files(settings, targets, session.terminal());
  RunOutcome run;
  for (size_t i = 0; i < targets.size(); ++i) {
    const PaperOutcome outcome = files.Wait(i, [] {});
    const std::string path = targets[i].path.empty() ? "-" : targets[i].path;
    if (!outcome.status.ok()) {
      if (targets.size() == 1) return outcome.status;
      session.Note(Printable(path) + ": " + outcome.status.message());
      ++run.failed_files;
      continue;
    }
    run.found += outcome.answer.naive.size();
    for (const desk::NaiveFind& find : outcome.answer.naive) {
      if (!quiet) session.Print(session.json() ? NaiveJson(path, find) : NaiveLine(path, find));
    }
  }
  return run;
}

}  // namespace strongroom
