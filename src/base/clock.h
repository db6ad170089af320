// Time is passed in, so that tests can stop it.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace strongroom {

using UnixMillis = int64_t;  // milliseconds since 1970-01-01T00:00:00Z

class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMillis NowMillis() const = 0;     // wall clock: may jump
  virtual int64_t MonotonicMillis() const = 0;  // never goes back: for time-outs and cache ages
};

// The machine's clocks.  Stateless, any thread.
class SystemClock : public Clock {
 public:
  UnixMillis NowMillis() const override;
  int64_t MonotonicMillis() const override;
};

// A clock that stands still until told.  Any thread.
class FakeClock : public Clock {
 public:
  explicit FakeClock(UnixMillis start = 1'767'225'600'000) : now_(start) {}  // 2026-01-01
  UnixMillis NowMillis() const override { return now_; }
  int64_t MonotonicMillis() const override { return now_; }
  void AdvanceMillis(int64_t millis) { now_ += millis; }

 private:
  std::atomic<UnixMillis> now_;
};

// "2026-11-22T06:05:53.123Z"
std::string FormatTime(UnixMillis time);

}  // namespace strongroom
