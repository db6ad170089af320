#include "client/stop_signal.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace strongroom {

StopSignal::StopSignal() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

StopSignal::~StopSignal() {
  if (fd_ >= 0) close(fd_);
}

void StopSignal::Set() {
  set_ = true;
  const uint64_t one = 1;
  if (fd_ >= 0 && write(fd_, &one, sizeof one) != sizeof one) return;  // full: it is readable already
}

}  // namespace strongroom
