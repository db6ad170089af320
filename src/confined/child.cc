#include "confined/child.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "confined/seccomp.h"

namespace strongroom {
namespace {

// What computing needs.  read(), write(), mmap() and mprotect() are looked at more closely.
constexpr int kAllowed[] = {
    SYS_exit_group,   SYS_exit,           SYS_brk,           SYS_munmap,          SYS_mremap,
    SYS_madvise,      SYS_futex,          SYS_clock_gettime, SYS_getpid,          SYS_gettid,
    SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_sched_yield,   SYS_restart_syscall, SYS_getrandom};

bool SetLimit(int resource, uint64_t most) {
  const rlimit limit = {most, most};
  return setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0;
}

// Of addresses.  Shadow memory of a sanitizer has terabytes of them.
bool LimitMemory([[maybe_unused]] uint64_t bytes) {
#ifdef STRONGROOM_SANITIZED
  return true;
#else
  return SetLimit(RLIMIT_AS, bytes);
#endif
}

Status Unheard() { return Status(Reason::kInternal, "The message is too long, or nobody reads it."); }

// Leaves these open alone.
bool CloseAllBut(std::vector<unsigned> kept) {
  std::sort(kept.begin(), kept.end());
  unsigned from = 0;
  for (const unsigned fd : kept) {
    if (fd > from && syscall(SYS_close_range, from, fd - 1, 0U) != 0) return false;
    from = fd + 1;
  }
  return syscall(SYS_close_range, from, ~0U, 0U) == 0;
}

}  // namespace

bool Confine(int socket, bool may_ask, const std::vector<int>& files, const SandboxLimits& limits) {
  const auto fd = static_cast<unsigned>(socket);
  std::vector<unsigned> kept(files.begin(), files.end());
  const std::vector<uint32_t> readable(files.begin(), files.end());
  kept.push_back(fd);
  if (!CloseAllBut(std::move(kept)) || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
    return false;
  // A parent that was gone before the signal was asked for sends none.
  pollfd parent = {socket, 0, 0};
  if (poll(&parent, 1, 0) != 0) return false;
  if (!LimitMemory(limits.memory_bytes) || !SetLimit(RLIMIT_CPU, limits.cpu_seconds) || !SetLimit(RLIMIT_NOFILE, 0) ||
      !SetLimit(RLIMIT_FSIZE, 0) || !SetLimit(RLIMIT_CORE, 0)) {
    return false;
  }
  CallFilter filter;
  for (const int call : kAllowed) filter.Allow(call);
  filter.AllowWithout(SYS_mmap, 2, PROT_EXEC);
  filter.AllowWithout(SYS_mprotect, 2, PROT_EXEC);
  filter.AllowWith(SYS_write, 0, fd);
  if (may_ask) filter.AllowWith(SYS_read, 0, fd);
  if (!readable.empty()) {
    filter.AllowWithOneOf(SYS_pread64, 0, readable);
    filter.AllowWithOneOf(SYS_lseek, 0, readable);
  }
  filter.Finish();
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && filter.Install();
}

Status SendFrame(int socket, char kind, std::string_view payload) {
  return WriteFrame(socket, kind, payload) ? Status::Ok() : Unheard();
}

Result<std::string> Ask(int socket, char kind, std::string_view question) {
  std::string first(1, kind);
  first.append(question.substr(0, kMostFrameBytes - 1));
  question.remove_prefix(std::min(question.size(), kMostFrameBytes - 1));
  bool sent = WriteFrame(socket, question.empty() ? kFrameAsk : kFrameAskMore, first);
  while (sent && !question.empty()) {
    const std::string_view piece = question.substr(0, kMostFrameBytes);
    question.remove_prefix(piece.size());
    sent = WriteFrame(socket, question.empty() ? kFrameAsk : kFrameAskMore, piece);
  }
  if (!sent) return Unheard();
  std::string answer;
  while (true) {
    char said = 0;
    std::string piece;
    if (!ReadFrame(socket, said, piece)) return Unheard();
    if (said == kFrameFailed) return UnpackStatus(piece, Unheard());
    answer += piece;
    if (said == kFrameAnswer) return answer;
  }
}

Status Died() {
  return Status(
      Reason::kUnsupportedMediaType,
      "The document was too much for the process that opened it (memory, time, or it broke off); nothing was saved.");
}

Status NoSandbox() {
  return Status(Reason::kInternal, "This system lends no sandbox, in which alone strangers' documents are opened.");
}

Status Listen(Channel& channel, const std::function<Status(char, std::string_view)>& receive, const AskParent& answer,
              const SandboxLimits& limits, bool* ended) {
  uint32_t questions = limits.questions;
  std::string payload;
  std::string question;
  while (true) {
    char kind = 0;
    if (!channel.Receive(kind, payload)) return Died();
    if (ended != nullptr) *ended = kind == kFrameDone || kind == kFrameFailed;
    if (kind == kFrameDone) return Status::Ok();
    if (kind == kFrameFailed) return UnpackStatus(payload, Died());
    if (kind != kFrameAsk && kind != kFrameAskMore) {
      RETURN_IF_ERROR(receive(kind, payload));
      continue;
    }
    if (payload.size() > limits.question_bytes - question.size()) return Died();
    question += payload;
    if (kind == kFrameAskMore) continue;
    if (!answer || question.empty() || questions-- == 0) return Died();
    const Result<std::string> said = answer(question[0], std::string_view(question).substr(1));
    question.clear();
    const bool heard = said.ok() ? channel.SendLong(kFrameAnswerMore, kFrameAnswer, *said)
                                 : channel.Send(kFrameFailed, PackStatus(said.status()));
    if (!heard) return Died();
  }
}

bool HasOtherThreads() {
  std::error_code error;
  const std::filesystem::directory_iterator tasks("/proc/self/task", error);
  return error || std::distance(begin(tasks), end(tasks)) != 1;
}

}  // namespace strongroom
