// Several confined processes that read pictures at once, for one that goes through a PDF page by page.
//
//   worker ──┬── confined child: the PDF; ReadingAhead begins pictures of the pages to come, and waits for what it
//   needs
//            ├── confined reader ┐
//            └── confined reader ┘ one picture after the other, each from ReadingPool's queue
//
// The worker hands pictures and words on and looks into neither.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/status.h"
#include "confined/sandbox.h"
#include "confined/service.h"
#include "paper/paper.h"
#include "scans/reader.h"

namespace strongroom::desk {

// In the worker.
class ReadingPool {
 public:
  // Forks so many readers, each with a copy of `reader`; to be called while this process has one thread.
  static Result<std::unique_ptr<ReadingPool>> Start(uint32_t readers, scans::PageReader& reader,
                                                    const SandboxLimits& limits);
  // Waits for what is being read.
  ~ReadingPool();
  ReadingPool(const ReadingPool&) = delete;
  ReadingPool& operator=(const ReadingPool&) = delete;

  // The confined child's questions kBeginQuestion, which is answered at once, and kReadQuestion, which waits.  The
  // first starts threads: no process is to be forked for confinement after it.  kInternal for a picture that was not
  // begun, and for more than MostAhead() of them, or a GiB: a child that asks for none of them would fill this process.
  Result<std::string> Answer(char kind, std::string_view question);
  // How many may be begun and not yet asked for.
  static size_t MostAhead(size_t readers) { return 2 * readers; }

 private:
  ReadingPool() = default;
  struct Picture {
    uint32_t number = 0;
    std::string packed;
  };
  void Work(ConfinedService& service);

  std::vector<std::unique_ptr<ConfinedService>> services_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Picture> waiting_;                   // guarded by mutex_
  std::map<uint32_t, Result<std::string>> done_;  // guarded by mutex_
  std::set<uint32_t> begun_;                      // guarded by mutex_; waiting, being read or done
  size_t held_bytes_ = 0;                         // guarded by mutex_
  bool stopping_ = false;                         // guarded by mutex_
  std::vector<std::thread> threads_;
};

// In the confined child: `read` and `begin_to_read` of its PaperOptions.  One thread.
class ReadingAhead {
 public:
  // All three outlive it.  Of at most `most` pictures copies are held until they are asked for.
  ReadingAhead(scans::PageReader& reader, const AskParent& ask, size_t most)
      : reader_(reader), ask_(ask), most_(most) {}
  void Begin(const paper::Picture& picture);
  // Of one that was begun what the pool read, else what the reader here does.  The same in either case.
  Result<paper::PageText> Read(const paper::Picture& picture);

 private:
  struct Begun {
    uint32_t number = 0;
    paper::Picture picture;
  };
  std::list<Begun>::iterator Find(const paper::Picture& picture);

  scans::PageReader& reader_;
  const AskParent& ask_;
  const size_t most_;
  uint32_t next_ = 0;
  std::list<Begun> begun_;
};

}  // namespace strongroom::desk
