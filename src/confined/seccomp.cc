#include "confined/seccomp.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <cerrno>

namespace strongroom {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the sandbox does not know this architecture's system calls"
#endif

sock_filter Statement(uint16_t code, uint32_t value) { return {code, 0, 0, value}; }
sock_filter Jump(uint16_t code, uint32_t value, uint8_t if_true, uint8_t if_false) {
  return {code, if_true, if_false, value};
}
sock_filter Load(size_t offset) { return Statement(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset)); }
// The lower half of an argument; both machines are little-endian.
size_t Argument(size_t index) { return offsetof(seccomp_data, args) + index * sizeof(uint64_t); }
sock_filter Accept() { return Statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW); }
sock_filter Refuse() { return Statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM); }
sock_filter Unless(int call, uint8_t skip) {
  return Jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, skip);
}

}  // namespace

CallFilter::CallFilter()
    : program_({
          Load(offsetof(seccomp_data, arch)),
          Jump(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
          Statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
          Load(offsetof(seccomp_data, nr)),
      }) {}

void CallFilter::Allow(int call) { program_.insert(program_.end(), {Unless(call, 1), Accept()}); }

void CallFilter::AllowWithout(int call, size_t argument, uint32_t bits) {
  program_.insert(program_.end(), {Unless(call, 4), Load(Argument(argument)),
                                   Jump(BPF_JMP | BPF_JSET | BPF_K, bits, 1, 0), Accept(), Refuse()});
}

void CallFilter::AllowWithOneOf(int call, size_t argument, const std::vector<uint32_t>& values) {
  program_.insert(program_.end(),
                  {Unless(call, static_cast<uint8_t>(2 + 2 * values.size())), Load(Argument(argument))});
  for (const uint32_t value : values)
    program_.insert(program_.end(), {Jump(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1), Accept()});
  program_.push_back(Refuse());
}

void CallFilter::Finish() { program_.push_back(Refuse()); }

bool CallFilter::Install() const {
  const sock_fprog filter = {static_cast<unsigned short>(program_.size()), const_cast<sock_filter*>(program_.data())};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace strongroom
