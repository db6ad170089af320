#include "confined/worker.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>

#include "confined/frames.h"

namespace strongroom {
namespace {

constexpr uint64_t kMostRequestBytes = uint64_t{1} << 30;

Status BrokeOff() {
  return Status(
      Reason::kUnsupportedMediaType,
      "The document was too much for the process that opened it (memory, time, or it broke off); nothing was saved.");
}

pid_t Start(const WorkerProgram& program, int theirs) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, theirs, kWorkerSocket);
  for (int fd = 0; fd < kWorkerSocket; ++fd) {
    // What a library prints may quote the document.
    posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", fd == 0 ? O_RDONLY : O_WRONLY, 0);
  }
  posix_spawn_file_actions_addclosefrom_np(&actions, kWorkerSocket + 1);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string name = "strongroom";
  std::string argument = program.argument;
  // One thread: a child that is confined can start no others.
  std::string one_thread = "OMP_THREAD_LIMIT=1";
  char* const arguments[] = {name.data(), argument.data(), nullptr};
  char* const environment[] = {one_thread.data(), nullptr};
  pid_t pid = -1;
  const int failure = posix_spawn(&pid, program.path.c_str(), &actions, &attributes, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return failure == 0 ? pid : -1;
}

Status Converse(Channel& channel, const WorkerRequest& request,
                const std::function<Status(char kind, std::string_view payload)>& receive) {
  for (const auto& [kind, payload] : request) {
    if (!channel.Send(kind, payload)) return BrokeOff();
  }
  if (!channel.Send(kFrameDone, {})) return BrokeOff();
  std::string payload;
  while (true) {
    char kind = 0;
    if (!channel.Receive(kind, payload)) return BrokeOff();
    if (kind == kFrameDone) return Status::Ok();
    if (kind == kFrameFailed) return UnpackStatus(payload, BrokeOff());
    RETURN_IF_ERROR(receive(kind, payload));
  }
}

}  // namespace

Status AskWorker(const WorkerProgram& program, const WorkerRequest& request,
                 const std::function<Status(char kind, std::string_view payload)>& receive,
                 const WorkerLimits& limits) {
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return Status(Reason::kInternal, "no socket pair");
  const pid_t pid = Start(program, ends[1]);
  close(ends[1]);
  Status status(Reason::kInternal, "No process could be started to open the document.");
  if (pid > 0) {
    Channel::Limits patience;
    patience.silent_millis = limits.silent_millis;
    patience.end = std::chrono::steady_clock::now() + std::chrono::milliseconds(limits.millis);
    patience.bytes = limits.answer_bytes;
    patience.gone = limits.gone;
    Channel channel(ends[0], std::move(patience));
    status = Converse(channel, request, receive);
  }
  close(ends[0]);
  if (pid <= 0) return status;
  kill(pid, SIGKILL);  // it has answered, or nobody waits any more; its own children die with it
  int ignored = 0;
  while (waitpid(pid, &ignored, 0) < 0 && errno == EINTR) {
  }
  return status;
}

int RunWorker(const std::function<Status(std::vector<std::pair<char, std::string>> request,
                                         const std::function<Status(char, std::string_view)>& send)>& work) {
  const rlimit no_core = {0, 0};
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0 ||
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &no_core) != 0) {
    return 1;
  }
  signal(SIGPIPE, SIG_IGN);
  std::vector<std::pair<char, std::string>> request;
  uint64_t bytes = 0;
  while (true) {
    char kind = 0;
    std::string payload;
    if (!ReadFrame(kWorkerSocket, kind, payload)) return 1;
    if (kind == kFrameDone) break;
    bytes += payload.size();
    if (bytes > kMostRequestBytes) return 1;
    request.emplace_back(kind, std::move(payload));
  }
  const Status status = work(std::move(request), [](char kind, std::string_view payload) {
    return WriteFrame(kWorkerSocket, kind, payload) ? Status::Ok() : Status(Reason::kInternal, "Nobody listens.");
  });
  const bool sent = WriteFrame(kWorkerSocket, status.ok() ? kFrameDone : kFrameFailed, PackStatus(status));
  return sent ? 0 : 1;
}

}  // namespace strongroom
