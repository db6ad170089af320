#include "access/slow_work.h"

#include <algorithm>

namespace strongroom {

Result<SlowWork::Turn> SlowWork::Take() {
  std::unique_lock lock(mutex_);
  if (running_ >= at_once_) {
    if (waiting_ >= waiting_limit_) {
      return Status(Reason::kOverloaded,
                    "More people are signing in than the server checks at once. Try again shortly.");
    }
    ++waiting_;
    free_.wait(lock, [this] { return running_ < at_once_; });
    --waiting_;
  }
  ++running_;
  ++turns_;
  most_at_once_ = std::max(most_at_once_, running_);
  return Turn(*this);
}

void SlowWork::Leave() {
  {
    const std::lock_guard lock(mutex_);
    --running_;
  }
  free_.notify_one();
}

uint64_t SlowWork::turns() const {
  const std::lock_guard lock(mutex_);
  return turns_;
}

size_t SlowWork::most_at_once() const {
  const std::lock_guard lock(mutex_);
  return most_at_once_;
}

}  // namespace strongroom
