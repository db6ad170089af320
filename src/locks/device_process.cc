#include "locks/device_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <utility>

#include "locks/device_child.h"

extern char** environ;

namespace strongroom {
namespace {

using std::chrono::steady_clock;

Status Failed(std::string message) { return Status(kLockDeviceFailed, std::move(message)); }

// A socket that closes itself.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket() { Close(); }
  int fd() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

// The process, ended and reaped at the latest with this object.
class Child {
 public:
  static Result<Child> Start(const std::string& program, Socket theirs) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, theirs.fd(), kLockDeviceSocket);
    for (int fd = 0; fd < kLockDeviceSocket; ++fd) {
      // What a module prints is nobody's: it has seen the PIN.
      posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", fd == 0 ? O_RDONLY : O_WRONLY, 0);
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, kLockDeviceSocket + 1);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::string name = "strongroom";
    std::string argument = kLockDeviceArgument;
    char* const arguments[] = {name.data(), argument.data(), nullptr};
    pid_t pid = -1;
    const int failure = posix_spawn(&pid, program.c_str(), &actions, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failure != 0) return Failed("no process could be started to speak to the lock's device");
    return Child(pid);
  }
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&&) = delete;
  ~Child() { End(); }

  // The signal that ended it before this did; 0: none.
  int End() {
    if (pid_ < 0) return 0;
    kill(pid_, SIGKILL);  // changes nothing when it has ended already
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  pid_t pid_ = -1;
};

int MillisUntil(steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

// False when `deadline` comes first.
bool WaitFor(int fd, short what, steady_clock::time_point deadline) {
  while (true) {
    pollfd waiting = {fd, what, 0};
    const int ready = poll(&waiting, 1, MillisUntil(deadline));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

bool SendAll(int fd, ByteView bytes, steady_clock::time_point deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN ? !WaitFor(fd, POLLOUT, deadline) : errno != EINTR) {
      return false;
    }
  }
  return shutdown(fd, SHUT_WR) == 0;
}

enum class Heard : uint8_t { kAll, kTooMuch, kTooLate };

Heard Receive(int fd, Bytes& out, steady_clock::time_point deadline) {
  out.reserve(kMaxDeviceMessageBytes);
  char buffer[1024];
  Heard heard = Heard::kAll;
  while (true) {
    if (!WaitFor(fd, POLLIN, deadline)) {
      heard = Heard::kTooLate;
      break;
    }
    const ssize_t got = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) break;
    if (out.size() + static_cast<size_t>(got) > kMaxDeviceMessageBytes) {
      heard = Heard::kTooMuch;
      break;
    }
    out.append(buffer, static_cast<size_t>(got));
  }
  WipeMemory(buffer, sizeof buffer);
  return heard;
}

}  // namespace

Result<LockDevice::Made> DeviceProcess::Ask(const DeviceQuestion& question) const {
  const auto deadline = steady_clock::now() + std::chrono::seconds(config_.device_timeout_seconds);
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return Failed("no socket pair");
  const Socket ours(ends[0]);
  ASSIGN_OR_RETURN(Child child, Child::Start(config_.device_program, Socket(ends[1])));
  Bytes text = EncodeQuestion(question);
  const bool asked = SendAll(ours.fd(), text, deadline);
  WipeString(text);
  Bytes answer;
  const Heard heard = asked ? Receive(ours.fd(), answer, deadline) : Heard::kAll;
  const int signal = child.End();
  if (heard == Heard::kTooLate) {
    WipeString(answer);
    return Failed("the lock's device did not answer within " + std::to_string(config_.device_timeout_seconds) +
                  " seconds");
  }
  if (heard == Heard::kTooMuch) {
    WipeString(answer);
    return Failed("the lock's device said too much");
  }
  if (answer.empty()) {
    return Failed("the process that speaks to the lock's device broke off" +
                  (signal == 0 ? std::string() : " (signal " + std::to_string(signal) + ")"));
  }
  Result<Made> made = DecodeAnswer(answer);
  WipeString(answer);
  return made;
}

Result<LockDevice::Made> DeviceProcess::Make(LockKind kind, ByteView salt, const SecretBytes& pin) {
  return Ask({DeviceCall::kMake, kind, config_, Bytes(salt), {}, pin.Clone()});
}

Result<SecretBytes> DeviceProcess::GiveAgain(LockKind kind, ByteView salt, ByteView binding, const SecretBytes& pin) {
  ASSIGN_OR_RETURN(Made made, Ask({DeviceCall::kGiveAgain, kind, config_, Bytes(salt), Bytes(binding), pin.Clone()}));
  return std::move(made.secret);
}

}  // namespace strongroom
