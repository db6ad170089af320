#include "confined/sandbox.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr char kDone = '\x01';
constexpr char kFailed = '\x02';
constexpr size_t kMostPayload = size_t{16} << 20;
constexpr size_t kHeader = 5;

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the sandbox does not know this architecture's system calls"
#endif

// What computing needs.  write(), mmap() and mprotect() are looked at more closely.
constexpr int kAllowed[] = {
    SYS_exit_group,   SYS_exit,           SYS_brk,           SYS_munmap,          SYS_mremap,
    SYS_madvise,      SYS_futex,          SYS_clock_gettime, SYS_getpid,          SYS_gettid,
    SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_sched_yield,   SYS_restart_syscall, SYS_getrandom};

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

bool Send(int fd, char kind, std::string_view payload) {
  Bytes header(1, kind);
  ByteWriter(header).U32(static_cast<uint32_t>(payload.size()));
  return payload.size() <= kMostPayload && WriteAll(fd, header) && WriteAll(fd, payload);
}

sock_filter Statement(uint16_t code, uint32_t value) { return {code, 0, 0, value}; }
sock_filter Jump(uint16_t code, uint32_t value, uint8_t if_true, uint8_t if_false) {
  return {code, if_true, if_false, value};
}
sock_filter Load(size_t offset) { return Statement(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset)); }
// The lower half of an argument; both machines are little-endian.
size_t Argument(size_t index) { return offsetof(seccomp_data, args) + index * sizeof(uint64_t); }

// `call` is allowed when the argument has none of `bits`.
void AllowWithout(std::vector<sock_filter>& program, int call, size_t argument, uint32_t bits) {
  program.push_back(Jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 4));
  program.push_back(Load(Argument(argument)));
  program.push_back(Jump(BPF_JMP | BPF_JSET | BPF_K, bits, 1, 0));
  program.push_back(Statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  program.push_back(Statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
}

std::vector<sock_filter> Program(int out_fd) {
  std::vector<sock_filter> program = {
      Load(offsetof(seccomp_data, arch)),
      Jump(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
      Statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      Load(offsetof(seccomp_data, nr)),
  };
  for (const int call : kAllowed) {
    program.push_back(Jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 1));
    program.push_back(Statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  }
  AllowWithout(program, SYS_mmap, 2, PROT_EXEC);
  AllowWithout(program, SYS_mprotect, 2, PROT_EXEC);
  program.push_back(Jump(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 0, 3));
  program.push_back(Load(Argument(0)));
  program.push_back(Jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(out_fd), 0, 1));
  program.push_back(Statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  // Refused, not fatal: libraries ask for a time zone and go on without one.
  program.push_back(Statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  return program;
}

bool SetLimit(int resource, uint64_t most) {
  const rlimit limit = {most, most};
  return setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0;
}

bool Confine(int out_fd, const SandboxLimits& limits) {
  const auto fd = static_cast<unsigned>(out_fd);
  const bool closed =
      (fd == 0 || syscall(SYS_close_range, 0U, fd - 1, 0U) == 0) && syscall(SYS_close_range, fd + 1, ~0U, 0U) == 0;
  if (!closed || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) return false;
  if (!SetLimit(RLIMIT_AS, limits.memory_bytes) || !SetLimit(RLIMIT_CPU, limits.cpu_seconds) ||
      !SetLimit(RLIMIT_NOFILE, 0) || !SetLimit(RLIMIT_FSIZE, 0) || !SetLimit(RLIMIT_CORE, 0)) {
    return false;
  }
  std::vector<sock_filter> program = Program(out_fd);
  const sock_fprog filter = {static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// Never returns: the child's whole life.
[[noreturn]] void Child(int out_fd, const std::function<Status(const SendMessage&)>& work, const SandboxLimits& limits,
                        Confinement confinement) {
  signal(SIGPIPE, SIG_DFL);
  Status status(Reason::kInternal, "This system lends no sandbox, in which alone strangers' documents are opened.");
  if (confinement == Confinement::kNone || Confine(out_fd, limits)) {
    status = work([out_fd](char kind, std::string_view payload) {
      return Send(out_fd, kind, payload) ? Status::Ok()
                                         : Status(Reason::kInternal, "The message is too long, or nobody reads it.");
    });
  }
  Bytes failure(1, static_cast<char>(status.reason()));
  failure += status.message();
  const bool sent = Send(out_fd, status.ok() ? kDone : kFailed, failure);
  _exit(sent ? 0 : 1);
}

Status Died() {
  return Status(
      Reason::kUnsupportedMediaType,
      "The document was too much for the process that opened it (memory, time, or it broke off); nothing was saved.");
}

// The child's words, as they come.
class Listener {
 public:
  Listener(int fd, const SandboxLimits& limits) : fd_(fd), limits_(limits) {}

  Status Listen(const std::function<Status(char, std::string_view)>& receive) {
    uint64_t all_bytes = 0;
    std::string payload;
    while (true) {
      char header[kHeader];
      if (!Read(header, kHeader)) return Died();
      ByteReader reader(std::string_view(header + 1, kHeader - 1));
      const uint32_t size = reader.U32();
      all_bytes += size;
      if (size > kMostPayload || all_bytes > limits_.answer_bytes) return Died();
      payload.resize(size);
      if (!Read(payload.data(), size)) return Died();
      if (header[0] == kDone) return Status::Ok();
      if (header[0] == kFailed) return Failure(payload);
      RETURN_IF_ERROR(receive(header[0], payload));
    }
  }

 private:
  // A stranger may write here: the reason is looked up, the message is the child's and shown as any file's name is.
  static Status Failure(std::string_view payload) {
    size_t count = 0;
    const ReasonInfo* const table = ReasonTable(&count);
    if (payload.empty()) return Died();
    for (size_t i = 0; i < count; ++i) {
      if (static_cast<char>(table[i].reason) == payload[0])
        return Status(table[i].reason, std::string(payload.substr(1, 1000)));
    }
    return Died();
  }
  bool Read(char* out, size_t size) {
    while (size > 0) {
      pollfd waiting = {fd_, POLLIN, 0};
      const int ready = poll(&waiting, 1, limits_.silent_millis);
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) return false;
      const ssize_t got = read(fd_, out, size);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      out += got;
      size -= static_cast<size_t>(got);
    }
    return true;
  }

  const int fd_;
  const SandboxLimits& limits_;
};

bool HasOtherThreads() {
  std::error_code error;
  const std::filesystem::directory_iterator tasks("/proc/self/task", error);
  return error || std::distance(begin(tasks), end(tasks)) != 1;
}

}  // namespace

Status RunConfined(const std::function<Status(const SendMessage& send)>& work,
                   const std::function<Status(char kind, std::string_view payload)>& receive,
                   const SandboxLimits& limits, Confinement confinement) {
  if (HasOtherThreads()) return Status(Reason::kInternal, "Documents cannot be opened while other threads run.");
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) return Status(Reason::kInternal, "no pipe");
  const pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    return Status(Reason::kInternal, "no process");
  }
  if (child == 0) {
    close(ends[0]);
    Child(ends[1], work, limits, confinement);
  }
  close(ends[1]);
  const Status status = Listener(ends[0], limits).Listen(receive);
  close(ends[0]);
  if (!status.ok()) kill(child, SIGKILL);  // it may still run
  int ignored = 0;
  while (waitpid(child, &ignored, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace strongroom
