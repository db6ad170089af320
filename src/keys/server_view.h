// ServerView: how this server stands beside others that work on the same vault (docs/decisions/0024).
//
// A server alone sees everything, because nothing changes but by it, and is on duty.  One of several knows what the
// others changed as of its last look; when that began longer than kStaleMillis ago, whoever is asked refuses.  One at a
// time is on duty: it does what must be done once (sequencing, rotation, sweeping, sending).
//
// Set by access/fleet.h alone.  Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "base/status.h"

namespace strongroom {

// How long a job that is another server's work waits before it looks whether that has changed.
constexpr std::chrono::milliseconds kOffDutyPause(2'000);

class ServerView {
 public:
  static constexpr int64_t kStaleMillis = 1'000;
  static constexpr uint32_t kMaxServers = 64;

  // `number`: of this server, 1 to kMaxServers; 0: it is alone.  `clock` must outlive this.
  explicit ServerView(const Clock& clock, uint32_t number = 0) : clock_(clock), number_(number) {}

  bool shared() const { return number_ != 0; }
  uint32_t number() const { return number_; }

  // kServerViewStale when what the others changed is not known as of a second ago.
  Status CheckFresh() const {
    if (!shared() || ignore_age_) return Status::Ok();
    const int64_t seen = seen_ms_.load(std::memory_order_acquire);
    if (seen >= 0 && clock_.MonotonicMillis() - seen <= kStaleMillis) return Status::Ok();
    return Status(Reason::kServerViewStale, "this server does not know what the others changed within the last second");
  }
  // Milliseconds since the last look began; negative: there was none.
  int64_t AgeMillis() const {
    const int64_t seen = seen_ms_.load(std::memory_order_acquire);
    return seen < 0 ? -1 : clock_.MonotonicMillis() - seen;
  }
  bool on_duty() const {
    return !shared() || clock_.MonotonicMillis() < duty_until_ms_.load(std::memory_order_acquire);
  }

  // Everything that was changed before `began_ms` (monotonic) is known here.
  void Saw(int64_t began_ms) { seen_ms_.store(began_ms, std::memory_order_release); }
  // 0: not any more.
  void HoldDuty(int64_t until_ms) { duty_until_ms_.store(until_ms, std::memory_order_release); }

  // Old views are as good as new ones.  Only so that a test can show that it would notice.
  void IgnoreAgeForTests() { ignore_age_ = true; }

 private:
  const Clock& clock_;
  const uint32_t number_;
  std::atomic<int64_t> seen_ms_{-1};
  std::atomic<int64_t> duty_until_ms_{0};
  std::atomic<bool> ignore_age_{false};
};

}  // namespace strongroom
