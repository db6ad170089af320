// ErasureJobs: what has to be done about erasures without anybody asking: finishing those that a crash or failure
// interrupted, destroying the customers whose time to undo is over, and deleting certificates past their time.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "vault/customer_moves.h"
#include "vault/customers.h"

namespace strongroom {

// Any thread.
class ErasureJobs {
 public:
  // All must outlive this.  `moves`: what a crash left of them is finished as well; null: nobody moves customers.
  ErasureJobs(const House& house, Customers& customers, CustomerMoves* moves = nullptr)
      : house_(house), customers_(customers), moves_(moves) {}
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
  CustomerMoves* const moves_;
  std::mutex run_mutex_;      // one run at a time
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool stopping_ = false;
  FinishedErasures last_;
  std::thread thread_;
};

}  // namespace strongroom
