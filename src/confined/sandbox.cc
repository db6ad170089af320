#include "confined/sandbox.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "confined/child.h"

namespace strongroom {
namespace {

using Work = std::function<Status(const SendMessage&, const AskParent&)>;

// Never returns: the child's whole life.
[[noreturn]] void Child(int socket, const Work& work, bool may_ask, const SandboxLimits& limits,
                        Confinement confinement) {
  signal(SIGPIPE, SIG_DFL);
  Status status = NoSandbox();
  if (confinement == Confinement::kNone || Confine(socket, may_ask, /*files=*/{}, limits)) {
    status = work([socket](char kind, std::string_view payload) { return SendFrame(socket, kind, payload); },
                  [socket](char kind, std::string_view question) { return Ask(socket, kind, question); });
  }
  const bool sent = WriteFrame(socket, status.ok() ? kFrameDone : kFrameFailed, PackStatus(status));
  _exit(sent ? 0 : 1);
}

}  // namespace

Status RunConfinedAsking(const Work& work, const std::function<Status(char kind, std::string_view payload)>& receive,
                         const AskParent& answer, const SandboxLimits& limits, Confinement confinement) {
  if (HasOtherThreads()) return Status(Reason::kInternal, "Documents cannot be opened while other threads run.");
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return Status(Reason::kInternal, "no socket pair");
  const pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    return Status(Reason::kInternal, "no process");
  }
  if (child == 0) {
    close(ends[0]);
    Child(ends[1], work, answer != nullptr, limits, confinement);
  }
  close(ends[1]);
  Channel::Limits patience;
  patience.silent_millis = limits.silent_millis;
  patience.bytes = limits.answer_bytes;
  Channel channel(ends[0], std::move(patience));
  const Status status = Listen(channel, receive, answer, limits);
  close(ends[0]);
  if (!status.ok()) kill(child, SIGKILL);  // it may still run
  int ignored = 0;
  while (waitpid(child, &ignored, 0) < 0 && errno == EINTR) {
  }
  return status;
}

Status RunConfined(const std::function<Status(const SendMessage& send)>& work,
                   const std::function<Status(char kind, std::string_view payload)>& receive,
                   const SandboxLimits& limits, Confinement confinement) {
  return RunConfinedAsking([&work](const SendMessage& send, const AskParent&) { return work(send); }, receive,
                           /*answer=*/{}, limits, confinement);
}

}  // namespace strongroom
