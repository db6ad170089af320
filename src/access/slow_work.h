// SlowWork: turns at what is slow and large on purpose (Argon2id: 64 MiB, a tenth of a second).
//
// Whoever knocks can ask for it, so it must not take the memory or all the threads: a few run at once, a few wait, and
// the rest is refused.  It also counts, so that tests can compare work instead of time.  Any thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "base/status.h"

namespace strongroom {

class SlowWork {
 public:
  SlowWork(size_t at_once, size_t waiting) : at_once_(at_once), waiting_limit_(waiting) {}

  // Held while the work is done.
  class Turn {
   public:
    Turn(Turn&& other) noexcept : work_(other.work_) { other.work_ = nullptr; }
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (work_ != nullptr) work_->Leave();
    }

   private:
    friend class SlowWork;
    explicit Turn(SlowWork& work) : work_(&work) {}
    SlowWork* work_;
  };

  // Waits for its turn.  kOverloaded when as many wait as may.
  Result<Turn> Take();

  uint64_t turns() const;       // given so far
  size_t most_at_once() const;  // that ever ran together

 private:
  void Leave();

  const size_t at_once_;
  const size_t waiting_limit_;
  mutable std::mutex mutex_;
  std::condition_variable free_;
  size_t running_ = 0;  // guarded by mutex_, like the following
  size_t waiting_ = 0;
  size_t most_at_once_ = 0;
  uint64_t turns_ = 0;
};

}  // namespace strongroom
