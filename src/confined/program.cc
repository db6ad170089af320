#include "confined/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <utility>

#include "confined/landlock.h"
#include "confined/seccomp.h"

namespace strongroom {
namespace {

using std::chrono::steady_clock;

// The program's own descriptor is beyond what the process may open afterwards: no file can ever take its number, and
// execveat() of that number is the one way to start anything.
constexpr int kProgramFd = 100;
constexpr uint64_t kMostFiles = 64;
constexpr size_t kPieceBytes = size_t{1} << 18;

// What a program needs that is linked when it starts, reads tables and computes.
constexpr int kAllowed[] = {
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_close,
    SYS_lseek,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_statfs,
    SYS_fstatfs,
    SYS_faccessat,
    SYS_readlinkat,
    SYS_getdents64,
    SYS_getcwd,
    SYS_fcntl,
    SYS_fadvise64,
    SYS_mmap,
    SYS_mprotect,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_brk,
    SYS_futex,
    SYS_exit,
    SYS_exit_group,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_set_tid_address,
    SYS_set_robust_list,
    SYS_clock_gettime,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_getpid,
    SYS_gettid,
    SYS_getppid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_uname,
    SYS_sysinfo,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_getrandom,
    SYS_restart_syscall,
    SYS_ppoll,
    SYS_umask,
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_faccessat2
    SYS_faccessat2,
#endif
#ifdef SYS_open  // calls that only the older machine has
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
    SYS_poll,
    SYS_time,
    SYS_arch_prctl,
#endif
};
constexpr uint32_t kWriting = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;

CallFilter Calls() {
  CallFilter filter;
  for (const int call : kAllowed) filter.Allow(call);
  filter.AllowWithout(SYS_openat, 2, kWriting);
#ifdef SYS_open
  filter.AllowWithout(SYS_open, 1, kWriting);
#endif
  filter.AllowWith(SYS_execveat, 0, kProgramFd);
  filter.Finish();
  return filter;
}

void AllowSystem(FileRules& rules, const Program& program) {
  for (const char* const path : {"/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/etc/ld.so.cache"})
    rules.MayRead(path);
  for (const char* const linker : {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"})
    rules.MayExecute(linker);
  rules.MayExecute(program.path);
  for (const std::string& path : program.readable) rules.MayRead(path);
}

// All that the child needs, made before it is: between fork and exec nothing may be allocated.
struct Start {
  int program = -1;
  int input = -1;
  int output = -1;
  int nowhere = -1;  // /dev/null
  std::vector<char*> arguments;
  const FileRules* rules = nullptr;
  const CallFilter* calls = nullptr;
  ProgramLimits limits = {};
  bool confine = true;
};

bool SetLimit(int resource, uint64_t most) {
  const rlimit limit = {most, most};
  return setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0;
}

bool Confine(const Start& start) {
  // A name space without a network, and with no rights over anything outside of it: where it is not lent, the filter of
  // calls refuses sockets all the same.
  [[maybe_unused]] const bool alone = unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 || unshare(CLONE_NEWNET) == 0;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  if (start.rules->known() && !start.rules->Enforce()) return false;
  return start.calls->Install();
}

// Only calls that are safe after a fork beside other threads.
[[noreturn]] void Child(const Start& start) {
  char* const no_environment[] = {nullptr};
  const bool placed = dup2(start.input, 0) == 0 && dup2(start.output, 1) == 1 && dup2(start.nowhere, 2) == 2 &&
                      dup3(start.program, kProgramFd, O_CLOEXEC) == kProgramFd;
  if (!placed || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  if (sigprocmask(SIG_SETMASK, &none, nullptr) != 0 || signal(SIGPIPE, SIG_DFL) == SIG_ERR) _exit(127);
  if (start.confine) {
    const ProgramLimits& limits = start.limits;
    // The rules' own descriptor goes last: it is still needed.
    if (!SetLimit(RLIMIT_AS, limits.memory_bytes) || !SetLimit(RLIMIT_CPU, limits.cpu_seconds) ||
        !SetLimit(RLIMIT_FSIZE, 0) || !SetLimit(RLIMIT_CORE, 0) || chdir("/") != 0 ||
        syscall(SYS_close_range, static_cast<unsigned>(kProgramFd) + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0 ||
        syscall(SYS_close_range, 3U, static_cast<unsigned>(kProgramFd) - 1, CLOSE_RANGE_CLOEXEC) != 0 ||
        !SetLimit(RLIMIT_NOFILE, kMostFiles) || !Confine(start)) {
      _exit(126);
    }
  }
  syscall(SYS_execveat, kProgramFd, "", start.arguments.data(), no_environment, AT_EMPTY_PATH);
  _exit(127);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { Close(); }
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

// At a number that the child does not put anything else at.
int OpenAside(const std::string& path) {
  const Descriptor found(open(path.c_str(), O_PATH | O_CLOEXEC));
  return found.get() < 0 ? -1 : fcntl(found.get(), F_DUPFD_CLOEXEC, kProgramFd + 1);
}

Status TooMuch() {
  return Status(Reason::kUnsupportedMediaType,
                "The document was too much for the program that draws it (memory, time, or it broke off).");
}

// Writes and reads at once, for the program may answer before it has read all.
class Exchange {
 public:
  Exchange(Descriptor& input, Descriptor& output, const ProgramLimits& limits)
      : input_(input), output_(output), limits_(limits) {}

  bool Run(std::string_view text, std::string& answer) {
    const auto end = steady_clock::now() + std::chrono::milliseconds(limits_.millis);
    while (true) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - steady_clock::now()).count();
      if (left <= 0) return false;
      pollfd waiting[2] = {{output_.get(), POLLIN, 0}, {input_.get(), POLLOUT, 0}};  // one below 0 is passed over
      const int ready = poll(waiting, 2, static_cast<int>(left));
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) return false;
      if (waiting[1].revents != 0) Write(text);
      if (waiting[0].revents == 0) continue;
      const ssize_t got = Read(answer);
      if (got == 0) return true;
      if (got < 0 || answer.size() > limits_.answer_bytes) return false;
    }
  }

 private:
  void Write(std::string_view& text) {
    const ssize_t sent = send(input_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) text.remove_prefix(static_cast<size_t>(sent));
    if (text.empty() || (sent < 0 && errno != EAGAIN && errno != EINTR)) input_.Close();  // it needs no more
  }
  ssize_t Read(std::string& answer) {
    const size_t before = answer.size();
    answer.resize(before + kPieceBytes);
    ssize_t got = -1;
    do {
      got = read(output_.get(), answer.data() + before, kPieceBytes);
    } while (got < 0 && errno == EINTR);
    answer.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    return got;
  }

  Descriptor& input_;
  Descriptor& output_;
  const ProgramLimits& limits_;
};

}  // namespace

bool CanLimitReading() { return FileRules().known(); }

Result<std::string> RunProgram(const Program& program, std::string_view input, const ProgramLimits& limits,
                               Confinement confinement) {
  Start start;
  start.limits = limits;
  start.confine = confinement == Confinement::kFull;
  const Descriptor binary(OpenAside(program.path));
  const Descriptor nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (program.path.empty() || program.path[0] != '/' || binary.get() < 0)
    return Status(Reason::kInternal, "There is no program " + program.path + ".");
  int in[2] = {-1, -1};
  int out[2] = {-1, -1};
  // A socket, not a pipe: writing to one whose reader is gone is an error that raises no signal.
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) != 0) return Status(Reason::kInternal, "no socket pair");
  Descriptor ours_in(in[0]);
  Descriptor theirs_in(in[1]);
  if (pipe2(out, O_CLOEXEC) != 0) return Status(Reason::kInternal, "no pipe");
  Descriptor ours_out(out[0]);
  Descriptor theirs_out(out[1]);

  FileRules rules;
  AllowSystem(rules, program);
  const CallFilter calls = Calls();
  std::vector<std::string> words = {program.path};
  words.insert(words.end(), program.arguments.begin(), program.arguments.end());
  for (std::string& word : words) start.arguments.push_back(word.data());
  start.arguments.push_back(nullptr);
  start.program = binary.get();
  start.input = theirs_in.get();
  start.output = theirs_out.get();
  start.nowhere = nowhere.get();
  start.rules = &rules;
  start.calls = &calls;
  const pid_t child = fork();
  if (child < 0) return Status(Reason::kInternal, "no process");
  if (child == 0) Child(start);
  theirs_in.Close();
  theirs_out.Close();
  std::string answer;
  const bool heard = Exchange(ours_in, ours_out, limits).Run(input, answer);
  if (!heard) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (heard && WIFEXITED(status) && WEXITSTATUS(status) == 0) return answer;
  if (heard && WIFEXITED(status) && WEXITSTATUS(status) == 126)
    return Status(Reason::kInternal, "This system lends no sandbox, in which alone strangers' documents are opened.");
  return TooMuch();
}

}  // namespace strongroom
