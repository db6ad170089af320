// ErasureJobs: what has to be done about erasures without anybody asking: finishing those that a crash or failure
// interrupted, destroying the customers whose time to undo is over, and deleting certificates past their time.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "vault/customers.h"

namespace strongroom {

// Any thread.
class ErasureJobs {
 public:
  ErasureJobs(const House& house, Customers& customers) : house_(house), customers_(customers) {}  // must outlive this
  ~ErasureJobs();
  // Every ten minutes from now on, on a thread of its own.
  void Start();
  // What the thread does, once.  One that fails stops no other and is tried again with the next run.
  FinishedErasures RunDue();
  // Of the last run, for doctor.
  FinishedErasures Last() const;

 private:
  void Run();

  const House& house_;
  Customers& customers_;
  std::mutex run_mutex_;      // one run at a time
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool stopping_ = false;
  FinishedErasures last_;
  std::thread thread_;
};

}  // namespace strongroom
