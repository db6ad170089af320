// Writes a log to a directory exactly as tlog-tiles lays it out, so that it can be verified offline and served by any
// file server.  Works from any LogSource: the store, or a server over HTTP.
#pragma once

#include <cstdint>
#include <string>

#include "audit/checkpoint.h"
#include "audit/log_source.h"
#include "base/status.h"

namespace strongroom {

struct ExportReport {
  Checkpoint checkpoint;
  uint64_t files_written = 0;
  uint64_t files_kept = 0;      // full tiles and bundles that were there already
  uint64_t bundles_pruned = 0;  // that the source's policy took away before they were exported
};

// Brings `directory` (made when missing) up to the source's newest checkpoint, whose signature by `key` is checked
// first.  Full files that exist are not read or rewritten; outgrown partial ones are removed.  The checkpoint is
// replaced last: a directory whose export was cut short verifies neither more nor less than before, except that files
// of the new state may stand beside it; export again.
// kLogInvalid when the source's log is shorter than, or contradicts, the checkpoint already in the directory;
// kFileUnreadable when a file cannot be written.  Does not verify: VerifyExport does.
Result<ExportReport> ExportLog(const LogSource& source, const std::string& directory, const VerifierKey& key);

}  // namespace strongroom
