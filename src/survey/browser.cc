#include "survey/browser.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <vector>

#include "base/json_writer.h"

namespace strongroom::survey {
namespace {

constexpr size_t kLongestMessage = size_t{256} << 20;
constexpr JsonLimits kLimits = {200, kLongestMessage, 2'000'000};
constexpr int kReadsFrom = 3;  // --remote-debugging-pipe
constexpr int kWritesTo = 4;

int64_t NowMillis() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

// The program itself before the script that starts it: no shell is needed.
std::string FindProgram(const std::string& named) {
  if (!named.empty()) return named;
  for (const char* path :
       {"/usr/lib/chromium/chromium", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"}) {
    if (access(path, X_OK) == 0) return path;
  }
  return {};
}

Status Gone() { return Status(Reason::kServerUnreachable, "The browser ended."); }

}  // namespace

Result<std::unique_ptr<Browser>> Browser::Start(const std::string& program, OnEvent on_event) {
  const std::string found = FindProgram(program);
  if (found.empty()) {
    return Status(
        Reason::kFileUnreadable,
        "There is no Chromium here: install it, name it with --browser, or record the site with any browser's "
        "tools and give the file with --har.");
  }
  std::unique_ptr<Browser> browser(new Browser(std::move(on_event)));
  RETURN_IF_ERROR(browser->Spawn(found));
  // It answers, or it did not start.
  const Status started = browser->Ask("Browser.getVersion", "{}", 30'000).status();
  if (!started.ok()) return Status(Reason::kFileUnreadable, "Chromium (" + found + ") does not start.");
  return browser;
}

Status Browser::Spawn(const std::string& program) {
  std::string folder = std::filesystem::temp_directory_path().string() + "/strongroom-browser-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return Status(Reason::kFileUnreadable, "No folder for a profile can be made.");
  profile_ = folder;
  std::vector<std::string> arguments = {program,
                                        "--headless=new",
                                        "--remote-debugging-pipe",
                                        "--user-data-dir=" + folder,
                                        "--no-first-run",
                                        "--no-default-browser-check",
                                        "--disable-background-networking",
                                        "--disable-component-update",
                                        "--disable-sync",
                                        "--disable-extensions",
                                        "--disable-default-apps",
                                        "--disable-domain-reliability",
                                        "--disable-breakpad",
                                        "--disable-quic",
                                        "--disable-gpu",
                                        "--disable-dev-shm-usage",
                                        "--mute-audio",
                                        "--password-store=basic"};
  // Chromium's own sandbox does not start as root.
  if (geteuid() == 0) arguments.emplace_back("--no-sandbox");
  std::vector<std::string> environment = {"HOME=" + folder, "TMPDIR=" + folder,          "PATH=/usr/bin:/bin",
                                          "LANG=C.UTF-8",   "XDG_CONFIG_HOME=" + folder, "XDG_CACHE_HOME=" + folder};
  // Sockets, as a write to a pipe whose reader is gone would end this process.
  int down[2] = {-1, -1};
  int up[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, down) != 0) return Status(Reason::kInternal, "no socket");
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, up) != 0) {
    close(down[0]);
    close(down[1]);
    return Status(Reason::kInternal, "no socket");
  }
  // Out of the way of the two numbers it wants.
  const int child_reads = fcntl(down[0], F_DUPFD_CLOEXEC, 10);
  const int child_writes = fcntl(up[1], F_DUPFD_CLOEXEC, 10);
  to_ = fcntl(down[1], F_DUPFD_CLOEXEC, 10);
  from_ = fcntl(up[0], F_DUPFD_CLOEXEC, 10);
  for (const int fd : {down[0], down[1], up[0], up[1]}) close(fd);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, child_reads, kReadsFrom);
  posix_spawn_file_actions_adddup2(&actions, child_writes, kWritesTo);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // A group of its own: a person's Ctrl-C reaches this process alone, which then ends the browser.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (std::string& variable : environment) envp.push_back(variable.data());
  envp.push_back(nullptr);
  const int failed = posix_spawn(&child_, program.c_str(), &actions, &attributes, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(child_reads);
  close(child_writes);
  if (failed == 0) return Status::Ok();
  child_ = -1;
  return Status(Reason::kFileUnreadable, "Chromium (" + program + ") does not start.");
}

Browser::~Browser() {
  if (to_ >= 0) close(to_);
  if (from_ >= 0) close(from_);
  if (child_ > 0) {
    // It ends by itself when its pipe does; what is left of its group is ended.
    for (int i = 0; i < 50 && child_ > 0; ++i) {
      if (waitpid(child_, nullptr, WNOHANG) == child_) {
        kill(-child_, SIGKILL);
        child_ = -1;
        break;
      }
      poll(nullptr, 0, 20);
    }
    if (child_ > 0) {
      kill(-child_, SIGKILL);
      while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
  }
  std::error_code ignored;  // what is left in the temporary folder does no harm
  if (!profile_.empty()) std::filesystem::remove_all(profile_, ignored);
}

Status Browser::Send(std::string_view message) {
  while (!message.empty()) {
    const ssize_t written = send(to_, message.data(), message.size(), MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Gone();
    message.remove_prefix(static_cast<size_t>(written));
  }
  return Status::Ok();
}

Result<std::string> Browser::Receive(int64_t until_millis) {
  size_t searched = 0;
  while (true) {
    const size_t end = held_.find('\0', searched);
    if (end != std::string::npos) {
      std::string message = held_.substr(0, end);
      held_.erase(0, end + 1);
      return message;
    }
    searched = held_.size();
    if (held_.size() > kLongestMessage) return Gone();
    const int64_t left = until_millis - NowMillis();
    if (left <= 0) return std::string();
    pollfd waiting = {from_, POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::min<int64_t>(left, 1000)));
    if (ready < 0 && errno != EINTR) return Gone();
    if (ready <= 0) continue;
    char buffer[65536];
    const ssize_t got = read(from_, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Gone();
    held_.append(buffer, static_cast<size_t>(got));
  }
}

void Browser::Tell(const JsonValue& message) {
  const Result<std::string_view> method = message.GetString("method");
  const Result<JsonValue> params = message.GetObject("params");
  if (method.ok() && params.ok() && on_event_) on_event_(*method, *params);
}

Result<JsonDocument> Browser::Ask(std::string_view method, std::string_view params, int64_t millis) {
  const int64_t id = next_id_++;
  Bytes message;
  JsonWriter json(message);
  json.BeginObject().Int("id", id).String("method", method).Key("params").Raw(params);
  if (!session_.empty()) json.String("sessionId", session_);
  json.EndObject();
  message.push_back('\0');
  RETURN_IF_ERROR(Send(message));
  const int64_t until = NowMillis() + millis;
  while (true) {
    ASSIGN_OR_RETURN(const std::string answer, Receive(until));
    if (answer.empty()) return Status(Reason::kRequestTimeout, "The browser does not answer.");
    // What is not strict JSON is passed over: pages can bring a browser to say odd things.
    Result<JsonDocument> document = JsonDocument::ParseObject(answer, kLimits);
    if (!document.ok()) continue;
    const JsonValue root = document->root();
    const Result<int64_t> answered = root.GetInt("id");
    if (!answered.ok()) {
      Tell(root);
    } else if (*answered == id) {
      if (root.Find("error"))
        return Status(Reason::kInvalidArgument, "The browser refused " + std::string(method) + ".");
      return document;
    }
  }
}

Status Browser::Listen(int64_t millis, const std::function<bool()>& enough) {
  const int64_t until = NowMillis() + millis;
  while (!enough()) {
    ASSIGN_OR_RETURN(const std::string message, Receive(std::min(until, NowMillis() + 200)));
    if (message.empty()) {
      if (NowMillis() >= until) break;
      continue;
    }
    const Result<JsonDocument> document = JsonDocument::ParseObject(message, kLimits);
    if (document.ok()) Tell(document->root());
  }
  return Status::Ok();
}

}  // namespace strongroom::survey
