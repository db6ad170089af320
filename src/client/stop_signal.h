// StopSignal: ends waits of other threads at once.  A socket that waits for a slow peer looks at it (tls_socket.h).
#pragma once

#include <atomic>

namespace strongroom {

// Any thread.  Set() is for good.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  void Set();
  bool IsSet() const { return set_; }
  // Readable once set, for poll(); -1 when the system had no descriptor left: waits then end by their own time-outs.
  int fd() const { return fd_; }

 private:
  std::atomic<bool> set_{false};
  int fd_ = -1;
};

}  // namespace strongroom
