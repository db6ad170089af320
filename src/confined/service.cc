#include "confined/service.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "confined/child.h"

namespace strongroom {
namespace {

// Never returns: the child's whole life.
[[noreturn]] void Child(int socket, const ConfinedService::Serve& serve, const std::vector<int>& files,
                        const SandboxLimits& limits, Confinement confinement) {
  signal(SIGPIPE, SIG_DFL);
  const bool confined = confinement == Confinement::kNone || Confine(socket, /*may_ask=*/true, files, limits);
  const SendMessage send = [socket](char kind, std::string_view payload) { return SendFrame(socket, kind, payload); };
  const AskParent ask = [socket](char kind, std::string_view question) { return Ask(socket, kind, question); };
  char kind = 0;
  std::string request;
  while (ReadFrame(socket, kind, request)) {
    const Status status = confined ? serve(kind, request, send, ask) : NoSandbox();
    if (!WriteFrame(socket, status.ok() ? kFrameDone : kFrameFailed, PackStatus(status))) break;
  }
  _exit(0);
}

Channel::Limits PatienceOf(const SandboxLimits& limits) {
  Channel::Limits patience;
  patience.silent_millis = limits.silent_millis;
  patience.bytes = limits.answer_bytes;
  return patience;
}

}  // namespace

Result<std::unique_ptr<ConfinedService>> ConfinedService::Start(Serve serve, const std::vector<int>& files,
                                                                const SandboxLimits& limits, Confinement confinement) {
  if (HasOtherThreads()) return Status(Reason::kInternal, "Documents cannot be opened while other threads run.");
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return Status(Reason::kInternal, "no socket pair");
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    Child(ends[1], serve, files, limits, confinement);
  }
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return Status(Reason::kInternal, "no process");
  }
  return std::unique_ptr<ConfinedService>(new ConfinedService(child, ends[0], limits));
}

ConfinedService::ConfinedService(pid_t pid, int socket, const SandboxLimits& limits)
    : pid_(pid), socket_(socket), limits_(limits), channel_(std::make_unique<Channel>(socket, PatienceOf(limits))) {}

ConfinedService::~ConfinedService() {
  End();
  close(socket_);
}

void ConfinedService::End() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  int ignored = 0;
  while (waitpid(pid_, &ignored, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

Status ConfinedService::Call(char kind, std::string_view request,
                             const std::function<Status(char kind, std::string_view payload)>& receive,
                             const AskParent& answer) {
  if (pid_ == 0 || !channel_->Send(kind, request)) {
    End();
    return Died();
  }
  bool ended = false;
  const Status status = Listen(*channel_, receive, answer, limits_, &ended);
  if (!ended) End();  // what it says from now on belongs to nothing
  return status;
}

}  // namespace strongroom
