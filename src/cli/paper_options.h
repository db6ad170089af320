// What detect and redact take for PDF and scans.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "cli/command_line.h"
#include "cli/redaction.h"
#include "cli/session.h"

namespace strongroom {

struct PaperOptions {
  std::vector<std::string> languages;
  int64_t jobs = 1;
  std::string manual;  // a file
  std::string proof;   // a folder
  bool keep_unread = false;
  bool no_search = false;
};
void AddPaperOptions(Command& command, PaperOptions& options, bool takes_out);

// Checks them and puts them in.  kInvalidArgument, kFileUnreadable.
Status PutPaperSettings(const PaperOptions& options, Redaction::Settings& settings);

// redact --check: prints what only looks taken out of the files; as JSON lines with --json.  Errors as Redaction::Run.
Result<RunOutcome> CheckPaper(Session& session, const PaperOptions& options, const std::vector<Target>& targets,
                              bool quiet);

}  // namespace strongroom
