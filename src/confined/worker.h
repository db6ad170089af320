// A worker: this program started anew as a process of its own, single-threaded and without keys, that is asked once and
// ends.  A server has threads and cannot fork a child to confine (sandbox.h); it starts a worker, which can.
//
// The worker has one end of a socket pair, an empty environment, and nothing else of its parent's; it dies with the
// thread that started it.  What it answers is read as a stranger's data: it hands on what a parser of strangers' files
// said.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace strongroom {

inline constexpr int kWorkerSocket = 3;

struct WorkerProgram {
  std::string path = "/proc/self/exe";
  std::string argument;  // the only one; by it main() knows what it is
};

struct WorkerLimits {
  int silent_millis = 300'000;
  int millis = 1'800'000;  // in all
  uint64_t answer_bytes = uint64_t{2} << 30;
  std::function<bool()> gone = {};  // asked five times a second: true ends the worker, for nobody waits for its answer
};

// The request: messages of at most 16 MiB, of kinds that are letters.
using WorkerRequest = std::vector<std::pair<char, std::string_view>>;

// Starts it, sends the request, hands its messages to `receive`, in order, and answers with the Status it ends with.
// kUnsupportedMediaType when it breaks off, takes too long or says too much; kInternal when it cannot be started.  The
// process is gone when this returns.  Any thread.
Status AskWorker(const WorkerProgram& program, const WorkerRequest& request,
                 const std::function<Status(char kind, std::string_view payload)>& receive, const WorkerLimits& limits);

// The worker's own side, on kWorkerSocket.  Reads the request, runs `work`, sends its Status; the process' exit code.
// `send` is what `receive` hears.
int RunWorker(const std::function<Status(std::vector<std::pair<char, std::string>> request,
                                         const std::function<Status(char, std::string_view)>& send)>& work);

}  // namespace strongroom
