// Work done on several threads, with results taken in the order it was handed in: the same answer from any number.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/status.h"

namespace strongroom::redact {

// Submit and Finish are called on one thread, which also runs `done`; `work` runs on any, the worker's number says
// which (for buffers of its own).  At most four jobs a thread are under way, which bounds the memory.
template <typename Job>
class OrderedWork {
 public:
  using Work = std::function<void(Job& job, size_t worker)>;
  using Done = std::function<Status(Job& job)>;

  // With one thread there is no other: work is done by Submit.
  OrderedWork(size_t threads, Work work, Done done) : work_(std::move(work)), done_(std::move(done)) {
    for (size_t i = 0; threads > 1 && i < threads; ++i) workers_.emplace_back([this, i] { Run(i); });
  }
  ~OrderedWork() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
  }
  OrderedWork(const OrderedWork&) = delete;
  OrderedWork& operator=(const OrderedWork&) = delete;

  // The first failure of `done` is answered from then on, and nothing more is done.
  Status Submit(Job job) {
    RETURN_IF_ERROR(failure_);
    if (workers_.empty()) {
      work_(job, 0);
      return failure_ = done_(job);
    }
    auto entry = std::make_unique<Entry>();
    entry->job = std::move(job);
    {
      const std::lock_guard lock(mutex_);
      todo_.push_back(entry.get());
    }
    wake_.notify_one();
    under_way_.push_back(std::move(entry));
    return Settle(4 * workers_.size());
  }
  Status Finish() {
    RETURN_IF_ERROR(failure_);
    return Settle(0);
  }

 private:
  struct Entry {
    Job job;
    bool ready = false;
  };

  // Takes results until at most `most` jobs are under way.
  Status Settle(size_t most) {
    while (under_way_.size() > most) {
      {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [&] { return under_way_.front()->ready; });
      }
      failure_ = done_(under_way_.front()->job);
      if (!failure_.ok()) return failure_;
      under_way_.pop_front();
    }
    return Status::Ok();
  }

  void Run(size_t worker) {
    while (true) {
      Entry* entry = nullptr;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stop_ || !todo_.empty(); });
        if (stop_) return;
        entry = todo_.front();
        todo_.pop_front();
      }
      work_(entry->job, worker);
      {
        const std::lock_guard lock(mutex_);
        entry->ready = true;
      }
      ready_.notify_one();
    }
  }

  Work work_;
  Done done_;
  Status failure_;
  std::deque<std::unique_ptr<Entry>> under_way_;  // in order; touched by the submitting thread alone
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable ready_;
  std::deque<Entry*> todo_;  // guarded by mutex_
  bool stop_ = false;        // guarded by mutex_
  // Last, so that the threads are joined before what they use goes.
  std::vector<std::jthread> workers_;
};

}  // namespace strongroom::redact
