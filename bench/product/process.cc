#include "product/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace strongroom::bench {
namespace {

Status Failure(const std::string& what) { return Status(Reason::kInternal, what + ": " + std::strerror(errno)); }

void CloseIfOpen(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

}  // namespace

Result<Process> Process::Spawn(const std::vector<std::string>& arguments) {
  int to_child[2];
  int from_child[2];
  // Close-on-exec, so that no child keeps another's pipes open.
  if (pipe2(to_child, O_CLOEXEC) != 0) return Failure("pipe");
  if (pipe2(from_child, O_CLOEXEC) != 0) return Failure("pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to_child[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from_child[1], STDOUT_FILENO);
  std::vector<std::string> texts = arguments;
  std::vector<char*> argv;
  for (std::string& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(to_child[0]);
  close(from_child[1]);
  if (error != 0) {
    close(to_child[1]);
    close(from_child[0]);
    return Status(Reason::kFileUnreadable, "cannot run " + arguments[0] + ": " + std::strerror(error));
  }
  return Process(pid, to_child[1], from_child[0]);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      input_(std::exchange(other.input_, -1)),
      output_(std::exchange(other.output_, -1)),
      pending_(std::move(other.pending_)) {}

Process::~Process() {
  if (pid_ > 0) Finish().status().IgnoreError();  // whoever cares has called it
}

Result<bool> Process::ReadMore() {
  char buffer[4096];
  const ssize_t got = read(output_, buffer, sizeof(buffer));
  if (got < 0 && errno == EINTR) return true;
  if (got < 0) return Failure("read");
  pending_.append(buffer, static_cast<size_t>(got));
  return got > 0;
}

Result<std::string> Process::ReadLine() {
  while (true) {
    if (const size_t end = pending_.find('\n'); end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return line;
    }
    ASSIGN_OR_RETURN(const bool more, ReadMore());
    if (!more) return Status(Reason::kInternal, "the process ended early, having said: " + pending_);
  }
}

Status Process::WriteLine(const std::string& line) {
  const std::string text = line + "\n";
  if (write(input_, text.data(), text.size()) == static_cast<ssize_t>(text.size())) return Status::Ok();
  return Failure("write");
}

Result<std::string> Process::Finish() {
  CloseIfOpen(input_);
  Status read;
  while (true) {
    const Result<bool> more = ReadMore();
    read = more.status();
    if (!more.ok() || !*more) break;
  }
  CloseIfOpen(output_);
  int status = 0;
  const pid_t pid = std::exchange(pid_, -1);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  RETURN_IF_ERROR(read);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Status(Reason::kInternal, "the process failed, having said: " + pending_);
  }
  return std::move(pending_);
}

void Process::Kill() {
  const pid_t pid = std::exchange(pid_, -1);
  if (pid <= 0) return;
  kill(pid, SIGKILL);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
  CloseIfOpen(input_);
  CloseIfOpen(output_);
}

}  // namespace strongroom::bench
