// A child process with pipes to its standard input and output: the server under test, and wrk that loads it.
// posix_spawn, no shell.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"

namespace strongroom::bench {

// One thread at a time.  The destructor closes the input and waits for the end.
class Process {
 public:
  // `arguments[0]` is the program, found along PATH.  kFileUnreadable when it cannot be run.
  static Result<Process> Spawn(const std::vector<std::string>& arguments);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();

  // A line without its end; kInternal when the process ended instead.
  Result<std::string> ReadLine();
  Status WriteLine(const std::string& line);
  // Closes the input, waits, answers the rest of the output.  kInternal when the process failed.
  Result<std::string> Finish();
  // SIGKILL, and waits: what a crash of the program leaves (the machine's cache of the disk stays).
  void Kill();
  pid_t pid() const { return pid_; }

 private:
  Process(pid_t pid, int input, int output) : pid_(pid), input_(input), output_(output) {}
  Result<bool> ReadMore();

  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string pending_;
};

}  // namespace strongroom::bench
