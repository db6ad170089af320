// One I/O thread: an epoll set, an inbox that any thread may fill, and a sweep for time-outs.
//
// Raw epoll rather than Asio: edge-triggered readiness known to the connection saves one empty recv() per request, TLS
// reads straight from the socket, and the loop knows when it sleeps, so that a burst of answers wakes it once
// (docs/decisions/0010-listener-on-epoll.md).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "base/status.h"

namespace strongroom {

// Something with a file descriptor in the epoll set.
class IoTarget {
 public:
  virtual ~IoTarget() = default;
  virtual void OnEvents(uint32_t events) = 0;  // on the loop's thread
};

// Something another thread wants done on the loop's thread.  Intrusive: pushing allocates nothing.  A task is in at
// most one inbox at a time and lives until it ran.
class LoopTask {
 public:
  virtual ~LoopTask() = default;
  virtual void RunOnLoop() = 0;

 private:
  friend class IoLoop;
  LoopTask* next_ = nullptr;
};

// What the loop asks to look at its clock.
class IoMember : public IoTarget {
 public:
  virtual void OnSweep(int64_t now_millis) = 0;  // may remove itself

 private:
  friend class IoLoop;
  size_t slot_ = 0;
};

class IoLoop {
 public:
  static Result<std::unique_ptr<IoLoop>> Create();
  ~IoLoop();
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;

  void Start();  // the thread
  void Join();   // asks it to end and waits

  // Any thread: task->RunOnLoop() will run on the loop's thread.  Cheap in a burst: at most one wake-up.
  void Push(LoopTask* task);

  // The calling thread is this loop's.
  bool IsCurrent() const;

  // --- on the loop's thread ---
  Status Watch(int fd, IoTarget* target, bool level_triggered = false);  // in and out, edge-triggered by default
  void Join(IoMember* member);                                           // takes part in sweeps
  void Leave(IoMember* member);
  const std::vector<IoMember*>& members() const { return members_; }
  // Runs `drop` once the current batch of events has been handled (events may still name what it frees).
  void Defer(std::function<void()> drop) { deferred_.push_back(std::move(drop)); }
  int64_t now_millis() const { return now_millis_; }     // monotonic, as of the current batch
  std::string_view date() const { return {date_, 29}; }  // "Sun, 06 Nov 1994 08:49:37 GMT"
  uint64_t NextRequestId();

 private:
  IoLoop() = default;
  void Run();
  bool RunInbox();
  void Tick();
  void Sweep();

  int epoll_fd_ = -1;
  int wake_fd_ = -1;
  std::atomic<LoopTask*> inbox_{nullptr};
  std::atomic<bool> sleeping_{false};
  std::atomic<int> pushing_{0};  // threads inside Push()
  std::atomic<bool> stop_{false};
  std::vector<IoMember*> members_;
  std::vector<std::function<void()>> deferred_;
  int64_t now_millis_ = 0;
  int64_t swept_millis_ = 0;
  int64_t date_second_ = 0;
  char date_[32] = {};
  uint64_t id_state_ = 0;
  std::thread thread_;
};

}  // namespace strongroom
