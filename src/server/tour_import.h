// Importing a file on the machine itself: proposal, question, progress bar, resumption.
#pragma once

#include <string>

#include "access/open_vault.h"
#include "base/status.h"
#include "server/config.h"

namespace strongroom {

struct LocalImport {
  std::string path;
  bool ask = true;  // on the terminal, before anything is stored
  std::string collection_point = "import";
};

struct LocalImportResult {
  uint64_t created = 0;
  uint64_t changed = 0;
  uint64_t unchanged = 0;
  uint64_t bad_rows = 0;
  bool was_complete = false;  // this very file had been imported before
  std::string bad_rows_file;  // when there are any
};

// Progress is kept in <data_dir>/imports/<digest of the file>, so that the same file resumes where it stopped and is
// never imported twice.  Bad rows (line and reason; no values) go to <data_dir>/imports/<digest>.bad-rows.csv.
Result<LocalImportResult> ImportLocalFile(const ServerConfig& config, OpenVault& vault, const Caller& caller,
                                          const LocalImport& import);

}  // namespace strongroom
