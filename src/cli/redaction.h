// detect and redact, apart from their options: files in, files and a report out.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "cli/command_line.h"
#include "cli/find_report.h"
#include "cli/redaction_files.h"
#include "cli/session.h"
#include "desk/paper_ask.h"
#include "detect/finder.h"
#include "redact/filters.h"

namespace strongroom {

// The options that both commands share.
struct SearchOptions {
  std::vector<std::string> files;
  std::vector<std::string> kinds;  // names; empty: all
  std::string format;              // empty: by the file's name
  std::string report;              // a file for the report
  std::string min_score = "0.5";
  int64_t threads = 0;  // 0: as many as there are processors
  bool quiet = false;
};
void AddSearchOptions(Command& command, SearchOptions& options);

// What was asked for, checked.
struct Search {
  redact::Selection selection = {};
  std::optional<redact::Format> format = std::nullopt;
  size_t threads = 1;
};
Result<Search> ParseSearch(const SearchOptions& options);

// The recognisers and the model of names, owned together.
class PersonalFinder {
 public:
  virtual ~PersonalFinder() = default;
  virtual const detect::Finder& finder() const = 0;
};
// Made for `selection`; doubtful finds are given too, which a table's column may lift.
std::unique_ptr<PersonalFinder> MakePersonalFinder(const redact::Selection& selection, UnixMillis now);

// Goes through one target after the other.  One thread, which must be the only one when documents are among them:
// they are taken apart in a child process (sandbox.h).
class Redaction {
 public:
  struct Settings {
    Search search;
    redact::Replacer* replacer = nullptr;  // null: only look
    std::string out_directory;             // empty: standard output, unless in_place
    bool in_place = false;
    bool again = false;  // also what an earlier run has done
    bool keep_unknown_attachments = false;
    // What is asked for with files of paper; task, selection and format are put in by the run.
    desk::PaperAsk paper = {};
    std::string manual_boxes;     // docs/formats/manual-boxes.md; empty: none
    uint32_t jobs = 1;            // files of paper at once
    std::string proof_directory;  // empty: none
    // Outputs that were made before this are no earlier run's of the same kind, and made anew; nanoseconds.
    int64_t not_before_nanos = 0;
  };
  Redaction(Session& session, const detect::Finder& finder, Settings settings, FindReport& report)
      : session_(session), finder_(finder), settings_(std::move(settings)), report_(report) {}

  // Files of paper (PDF, scans) come first, several at once; then the others, one after the other.
  // A target that fails is named on standard error and the others are gone through; the answer is how many failed.
  // Fails itself when nothing more can be done (the vault that gives tokens, or standard output, is gone).
  Result<uint64_t> Run(const std::vector<Target>& targets);

 private:
  Status RunPaper(const std::vector<Target>& targets, bool alone, uint64_t& failed);
  Status RunOthers(const std::vector<Target>& targets, bool alone, uint64_t& failed);
  Status Failed(const Target& target, const Status& status, bool alone, uint64_t& failed);
  Status RunOne(const Target& target);
  Status CheckDestination(const Target& target, const std::string& destination) const;
  bool IsDone(const std::string& destination, int64_t modified_nanos) const;
  desk::PaperAsk Ask() const;
  void ShowProgress(uint64_t done_bytes);
  Status GoThrough(const Target& target, InputFile& input, const redact::Write& write);
  std::string Destination(const Target& target) const;
  redact::FormatOptions Formats() const;

  Session& session_;
  const detect::Finder& finder_;
  const Settings settings_;
  FindReport& report_;
  class ProgressBar* bar_ = nullptr;
  uint64_t total_bytes_ = 0;
  uint64_t done_bytes_ = 0;
  int64_t started_millis_ = 0;
};

// What came of a whole run.
struct RunOutcome {
  uint64_t found = 0;
  uint64_t failed_files = 0;
};
// A Redaction over all targets with its report: as JSON into the file the options name, which appears when it is whole,
// else to `otherwise` (may be empty).  Ends with the summary.  Errors as Redaction::Run() and OutputFile.
Result<RunOutcome> RunWithReport(Session& session, const SearchOptions& options, const detect::Finder& finder,
                                 Redaction::Settings settings, const std::vector<Target>& targets, bool json,
                                 std::function<void(std::string_view)> otherwise);

}  // namespace strongroom
