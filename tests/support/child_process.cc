#include "child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

#include "store/testing/temp_dir.h"

extern char** environ;

namespace strongroom {
namespace {

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::Start(const std::vector<std::string>& arguments,
                                                          const std::string& stdout_file,
                                                          const std::string& stderr_file,
                                                          const std::vector<std::string>& environment) {
  std::vector<std::string> argument_texts = arguments;
  std::vector<std::string> environment_texts = environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment_texts.emplace_back(*variable);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  constexpr int kAppend = O_WRONLY | O_CREAT | O_APPEND;
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, stdout_file.c_str(), kAppend, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, stderr_file.c_str(), kAppend, 0600);
  // A shell may have started us with signals blocked or ignored.
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  const int failure = posix_spawnp(&pid, argument_texts.front().c_str(), &actions, &attributes,
                                   Pointers(argument_texts).data(), Pointers(environment_texts).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failure != 0)
    return Status(Reason::kInternal, "cannot start " + arguments.front() + ": " + std::strerror(failure));
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid));
}

ChildProcess::~ChildProcess() {
  if (!Running()) return;
  Signal(SIGKILL);
  static_cast<void>(Wait(10'000));
}

void ChildProcess::Signal(int signal) const { kill(pid_, signal); }

bool ChildProcess::Running() { return !Wait(0).has_value(); }

std::optional<int> ChildProcess::Wait(int64_t millis) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(millis);
  while (!ended_.has_value()) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      ended_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
      break;
    }
    if (std::chrono::steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return ended_;
}

Result<ProgramOutput> RunProgram(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
                                 int64_t millis) {
  const TempDir directory;
  ASSIGN_OR_RETURN(const std::unique_ptr<ChildProcess> child,
                   ChildProcess::Start(arguments, directory.Path("out"), directory.Path("err"), environment));
  const std::optional<int> code = child->Wait(millis);
  if (!code.has_value()) return Status(Reason::kInternal, arguments.front() + " does not end");
  return ProgramOutput{*code, ReadFile(directory.Path("out")), ReadFile(directory.Path("err"))};
}

}  // namespace strongroom
