// The desk on which paper is laid: files go to a worker process each (paper_worker.h), a bounded number at once.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "base/status.h"
#include "desk/paper_ask.h"

namespace strongroom::desk {

// The only argument of the program when it is a worker; main() then calls RunPaperWorker().
inline constexpr char kPaperWorkerArgument[] = "paper-worker-process";

// Any thread.
class PaperDesk {
 public:
  struct Settings {
    std::string program = "/proc/self/exe";
    uint32_t at_once = 2;    // workers; each may take a gigabyte and one processor
    uint32_t waiting = 2;    // who more may wait for one
    int millis = 1'800'000;  // of one piece of work, in all
  };
  explicit PaperDesk(Settings settings) : settings_(std::move(settings)) {}

  struct Watch {
    std::function<void(uint32_t page, uint32_t pages)> progress = {};
    // Asked five times a second, also while the work waits for its place: true ends it, for nobody waits for the answer
    // any more.
    std::function<bool()> gone = {};
  };
  // `bytes` is the file.  kOverloaded when as many wait as may; kShuttingDown when it was `gone`, and then its worker
  // is dead and its place free; kUnsupportedMediaType for what is no paper, or was too much for its worker; else as
  // pdf::RedactPdf() and scans::RedactScan().
  Result<PaperAnswer> Do(const PaperAsk& ask, std::string_view bytes, const Watch& watch);
  Result<PaperAnswer> Do(const PaperAsk& ask, std::string_view bytes) { return Do(ask, bytes, Watch()); }

 private:
  Status TakePlace(const Watch& watch);
  void GivePlace();

  const Settings settings_;
  std::mutex mutex_;
  std::condition_variable free_;
  uint32_t busy_ = 0;     // guarded by mutex_
  uint32_t waiting_ = 0;  // guarded by mutex_
};

}  // namespace strongroom::desk
