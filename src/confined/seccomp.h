// Filters of system calls (seccomp-bpf, Linux 3.17), put together by rules.  Internal to src/confined.
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace strongroom {

// What no rule allows is refused with EPERM, which is not fatal: libraries ask for a time zone and go on without one. A
// call of another machine's kind ends the process.  Arguments are looked at in their lower halves.
class CallFilter {
 public:
  CallFilter();
  void Allow(int call);
  // When the argument, counted from 0, has none of these bits.
  void AllowWithout(int call, size_t argument, uint32_t bits);
  void AllowWith(int call, size_t argument, uint32_t value) { AllowWithOneOf(call, argument, {value}); }
  void AllowWithOneOf(int call, size_t argument, const std::vector<uint32_t>& values);  // 100 at most
  // Adds the refusal.  After that, Install() may be called, also between fork and exec.
  void Finish();
  // For this process and its children, for good; needs PR_SET_NO_NEW_PRIVS.
  bool Install() const;

 private:
  std::vector<sock_filter> program_;
};

}  // namespace strongroom
