// fsck: are records, keys, index rows and logs consistent with each other?
#pragma once

#include <string>
#include <vector>

#include "access/open_vault.h"
#include "base/status.h"

namespace strongroom {

struct FsckReport {
  std::vector<std::string> findings;  // one line each, by customer code; empty: nothing wrong
  uint64_t customers = 0;
  uint64_t index_rows = 0;
  uint64_t log_entries = 0;
  uint64_t orphan_keys = 0;            // of creates that broke off: they open nothing
  uint64_t orphan_chunks = 0;          // of uploads that broke off; counted only when swept
  uint64_t orphan_directory_rows = 0;  // of tokens that were not made or are erased; counted only when swept
};

// Walks everything: each record opens under its key, each index row it should have is there, each key has its record
//, each log verifies.  Reads while the vault is in use: a customer created or erased
// during the walk is looked at twice before it is reported.
// `sweep`: nobody else has the vault, so what creates and uploads left behind is taken away; while it is served an
// orphan may be a create that is just happening.
Result<FsckReport> CheckVault(OpenVault& vault, bool sweep);

}  // namespace strongroom
