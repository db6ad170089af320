// Where a thief would look: every file below a directory, and every page of a running process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "pattern_search.h"

namespace strongroom {

struct Finding {
  size_t value = 0;
  std::string where;  // file or mapping, form, and what stands around it
};

struct SearchReport {
  std::vector<Finding> findings;
  uint64_t bytes = 0;
  uint64_t places = 0;
  int64_t millis = 0;
  std::set<size_t> ValuesFound() const;
  std::string Describe(size_t at_most) const;
};

// Every regular file, name and content.  kFileUnreadable.
Result<SearchReport> SearchFiles(const PatternSearch& search, const std::string& directory);
// Every mapping of the process, also those that core dumps leave out; the process is stopped meanwhile.  Needs root.
Result<SearchReport> SearchMemory(const PatternSearch& search, pid_t process);

}  // namespace strongroom
