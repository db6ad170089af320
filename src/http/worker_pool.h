// A fixed number of threads that may block, and a bounded queue in front of them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace strongroom {

// What waits in the queue; must live until it ran.
class WorkItem {
 public:
  virtual ~WorkItem() = default;
  virtual void RunOnWorker() = 0;
};

class WorkerPool {
 public:
  WorkerPool(int threads, size_t queue_limit);
  ~WorkerPool() { Stop(); }

  // False when the queue is full or the pool has stopped: the item will not run.  Any thread.
  bool Post(WorkItem* item);
  // Every thread runs `task` once, between two items.  Waits for that at most this long.  Any thread but one of these.
  void RunOnEvery(std::function<void()> task, int64_t patience_millis);
  // Runs what is queued, then ends the threads.
  void Stop();

 private:
  void Run();
  void RunForAll(uint64_t& rounds_run, std::unique_lock<std::mutex>& lock);
  const size_t queue_limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<WorkItem*> queue_;  // guarded by mutex_
  int idle_ = 0;                 // guarded by mutex_: threads in wait()
  bool waking_ = false;          // guarded by mutex_: a thread was notified and has not come yet
  bool stopping_ = false;        // guarded by mutex_
  std::function<void()>
      task_for_all_;       // guarded by mutex_: of the latest round; a thread that missed one runs the next
  uint64_t rounds_ = 0;    // guarded by mutex_
  size_t round_left_ = 0;  // guarded by mutex_: threads that have not run the latest round
  std::condition_variable round_done_;
  std::vector<std::thread> threads_;
};

}  // namespace strongroom
