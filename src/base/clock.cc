#include "base/clock.h"

#include <chrono>
#include <cstdio>
#include <ctime>

namespace strongroom {

UnixMillis SystemClock::NowMillis() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int64_t SystemClock::MonotonicMillis() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string FormatTime(UnixMillis time) {
  int64_t seconds = time / 1000;
  int64_t millis = time % 1000;
  if (millis < 0) millis += 1000, --seconds;
  const std::time_t whole = seconds;
  std::tm parts{};
  gmtime_r(&whole, &parts);
  char text[40];
  const size_t length = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  char tail[8];
  std::snprintf(tail, sizeof(tail), ".%03dZ", static_cast<int>(millis));
  return std::string(text, length) + tail;
}

}  // namespace strongroom
