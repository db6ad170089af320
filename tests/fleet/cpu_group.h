// A share of a processor for some processes together, by Linux's control groups, version 1 or 2.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "base/status.h"

namespace strongroom {

// One thread.  The group is removed with this, when its processes have ended.
class CpuGroup {
 public:
  // `percent` of one core.  kInvalidArgument: this process may not make such a group here.
  static Result<std::unique_ptr<CpuGroup>> Make(int percent);
  ~CpuGroup();
  CpuGroup(const CpuGroup&) = delete;
  CpuGroup& operator=(const CpuGroup&) = delete;

  // What the process starts afterwards belongs to the group by itself.
  Status AddWithChildren(pid_t pid);
  // For how many periods of its quota the group wanted to run, and in how many of them it had to wait for the next one.
  struct Throttled {
    double periods = 0;
    double waited = 0;
  };
  Throttled SoFar() const;

 private:
  explicit CpuGroup(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

}  // namespace strongroom
