// A share of a core for one process, so that a long measurement does not depend on what else the machine does.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/status.h"

namespace strongroom::bench {

// A control group of Linux (version 1 or 2), gone with this.  Needs root.
class CpuShare {
 public:
  // `process` gets at most `percent` of a core, all its threads together, and comes before others up to there.
  // kFileUnreadable: the machine does not let us.
  static Result<CpuShare> Limit(pid_t process, int percent);
  CpuShare(CpuShare&& other) noexcept;
  CpuShare& operator=(CpuShare&&) = delete;
  ~CpuShare();

 private:
  explicit CpuShare(std::string directory) : directory_(std::move(directory)) {}
  std::string directory_;
};

}  // namespace strongroom::bench
