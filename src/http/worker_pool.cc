#include "http/worker_pool.h"

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <utility>

namespace strongroom {

WorkerPool::WorkerPool(int threads, size_t queue_limit) : queue_limit_(queue_limit) {
  threads_.reserve(threads);
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

bool WorkerPool::Post(WorkItem* item) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= queue_limit_) return false;
    queue_.push_back(item);
    wake = idle_ > 0 && !waking_;
    waking_ = waking_ || wake;
  }
  if (wake) wake_.notify_one();
  return true;
}

void WorkerPool::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void WorkerPool::RunOnEvery(std::function<void()> task, int64_t patience_millis) {
  std::unique_lock lock(mutex_);
  if (stopping_) return;
  task_for_all_ = std::move(task);
  ++rounds_;
  round_left_ = threads_.size();
  wake_.notify_all();
  round_done_.wait_for(lock, std::chrono::milliseconds(patience_millis), [this] { return round_left_ == 0; });
}

void WorkerPool::RunForAll(uint64_t& rounds_run, std::unique_lock<std::mutex>& lock) {
  const std::function<void()> task = task_for_all_;
  rounds_run = rounds_;
  lock.unlock();
  task();
  lock.lock();
  if (rounds_run == rounds_ && --round_left_ == 0) round_done_.notify_all();
}

void WorkerPool::Run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are main()'s
  uint64_t rounds_run = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    if (rounds_run != rounds_) {
      RunForAll(rounds_run, lock);
      continue;
    }
    if (queue_.empty()) {
      if (stopping_) return;
      ++idle_;
      wake_.wait(lock);
      --idle_;
      waking_ = false;
      continue;
    }
    WorkItem* item = queue_.front();
    queue_.pop_front();
    // One thread wakes at a time, and passes it on while there is more: a burst costs no wake-up per item.
    const bool pass_on = !queue_.empty() && idle_ > 0 && !waking_;
    waking_ = waking_ || pass_on;
    lock.unlock();
    if (pass_on) wake_.notify_one();
    item->RunOnWorker();
    lock.lock();
  }
}

}  // namespace strongroom
