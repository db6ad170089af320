#include "confined/sandbox.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <string>
#include <thread>

namespace strongroom {
namespace {

// What a parser that was taken over would try; each answers "got" when it worked.
std::map<std::string, std::function<bool()>> Attacks(int port) {
  return {
      {"open", [] { return open("/etc/passwd", O_RDONLY) >= 0; }},
      {"create", [] { return open("/tmp", O_TMPFILE | O_WRONLY, 0600) >= 0; }},
      {"connect",
       [port] {
         const int fd = socket(AF_INET, SOCK_STREAM, 0);
         sockaddr_in address = {};
         address.sin_family = AF_INET;
         address.sin_port = htons(static_cast<uint16_t>(port));
         address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
         return fd >= 0 && connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
       }},
      {"exec",
       [] {
         // A child that executes, so that this process can still answer.
         const pid_t child = vfork();
         if (child == 0) {
           execl("/bin/true", "true", nullptr);
           _exit(1);
         }
         int status = 1;
         return child > 0 && waitpid(child, &status, 0) == child && status == 0;
       }},
      {"map code",
       [] { return mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED; }},
      {"write elsewhere", [] { return write(STDERR_FILENO, "", 0) == 0; }},
  };
}

std::map<std::string, std::string> Outcomes(Confinement confinement) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(listen(listener, 5), 0);
  EXPECT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  std::map<std::string, std::string> outcomes;
  for (const auto& [name, attack] : Attacks(ntohs(address.sin_port))) {
    const Status status =
        RunConfined([&attack = attack](const SendMessage& send) { return send('A', attack() ? "got" : "refused"); },
                    [&outcomes, &name = name](char, std::string_view payload) {
                      outcomes[name] = payload;
                      return Status::Ok();
                    },
                    {}, confinement);
    EXPECT_TRUE(status.ok()) << name << status.message();
  }
  close(listener);
  return outcomes;
}

TEST(Sandbox, RefusesWhatATakenOverParserWouldTry) {
  for (const auto& [name, outcome] : Outcomes(Confinement::kFull)) EXPECT_EQ(outcome, "refused") << name;
}

// The positive control: the same attempts work where nothing confines them.
TEST(Sandbox, WithoutItTheSameAttemptsWork) {
  for (const auto& [name, outcome] : Outcomes(Confinement::kNone)) EXPECT_EQ(outcome, "got") << name;
}

Status Confined(const std::function<Status(const SendMessage&)>& work, std::string* heard,
                const SandboxLimits& limits = {}) {
  return RunConfined(
      work, [heard](char, std::string_view payload) { return heard->append(payload), Status::Ok(); }, limits);
}

TEST(Sandbox, CarriesMessagesAndTheStatus) {
  std::string heard;
  EXPECT_TRUE(Confined([](const SendMessage& send) { return send('x', std::string(3u << 20, 'a')); }, &heard).ok());
  EXPECT_EQ(heard.size(), 3u << 20);
  const Status failed = Confined([](const SendMessage&) { return Status(Reason::kTooDeep, "so deep"); }, &heard);
  EXPECT_EQ(failed.reason(), Reason::kTooDeep);
  EXPECT_EQ(failed.message(), "so deep");
}

TEST(Sandbox, ADeadOrSilentOrGreedyChildIsAnError) {
  std::string heard;
  EXPECT_EQ(Confined(
                [](const SendMessage&) -> Status {
                  raise(SIGKILL);
                  _exit(0);
                },
                &heard)
                .reason(),
            Reason::kUnsupportedMediaType);
  SandboxLimits limits;
  limits.silent_millis = 50;
  const auto silent = [](const SendMessage&) -> Status {
    volatile bool on = true;
    while (on) {
    }
    return Status::Ok();
  };
  EXPECT_EQ(Confined(silent, &heard, limits).reason(), Reason::kUnsupportedMediaType);
  limits = {};
  limits.answer_bytes = 1000;
  EXPECT_EQ(
      Confined([](const SendMessage& send) { return send('x', std::string(2000, 'a')); }, &heard, limits).reason(),
      Reason::kUnsupportedMediaType);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const auto greedy = [](const SendMessage& send) -> Status {
    std::string all;
    for (int i = 0; i < 64; ++i) all.append(64u << 20, 'x');
    return send('x', all.substr(0, 10));
  };
  limits = {};
  limits.memory_bytes = uint64_t{2} << 30;
  EXPECT_FALSE(Confined(greedy, &heard, limits).ok());
#endif
}

TEST(Sandbox, IsNotForkedBesideOtherThreads) {
  std::string heard;
  std::jthread other([](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
  });
  EXPECT_EQ(Confined([](const SendMessage&) { return Status::Ok(); }, &heard).reason(), Reason::kInternal);
}

}  // namespace
}  // namespace strongroom
