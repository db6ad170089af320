// A program started by a test.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"

namespace strongroom {

class ChildProcess {
 public:
  // `arguments` begins with the program's path; `environment` ("NAME=value") is added to ours.  Standard output and
  // error go to the files (created or appended to); standard input is empty.
  static Result<std::unique_ptr<ChildProcess>> Start(const std::vector<std::string>& arguments,
                                                     const std::string& stdout_file, const std::string& stderr_file,
                                                     const std::vector<std::string>& environment = {});
  ~ChildProcess();  // kills it if it still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int signal) const;
  bool Running();
  // The exit code, or minus the signal that ended it; nothing when it still runs after this long.
  std::optional<int> Wait(int64_t millis);

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}
  const pid_t pid_;
  std::optional<int> ended_;
};

struct ProgramOutput {
  int exit_code = 0;
  std::string out;
  std::string err;
};
// Runs a program to its end; kInternal when it does not end in time.
Result<ProgramOutput> RunProgram(const std::vector<std::string>& arguments,
                                 const std::vector<std::string>& environment = {}, int64_t millis = 120'000);

}  // namespace strongroom
