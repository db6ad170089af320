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
#ifndef STRONGROOM_SANITIZED
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

TEST(Sandbox, AChildAsksAndIsAnswered) {
  std::string heard;
  const AskParent answer = [](char kind, std::string_view question) -> Result<std::string> {
    if (kind == 'n') return Status(Reason::kTooDeep, "not that");
    return std::string(question.rbegin(), question.rend()) + kind;
  };
  const auto work = [](const SendMessage& send, const AskParent& ask) -> Status {
    ASSIGN_OR_RETURN(const std::string turned, ask('q', "abc"));
    const std::string question = std::string(20u << 20, 'a') + "b";  // longer than a message
    ASSIGN_OR_RETURN(const std::string long_one, ask('r', question));
    const Result<std::string> refused = ask('n', "");
    return send('x', turned + " " + std::to_string(long_one.size()) + long_one.substr(0, 2) + long_one.back() + " " +
                         refused.status().message());
  };
  const Status status = RunConfinedAsking(
      work, [&heard](char, std::string_view payload) { return heard.append(payload), Status::Ok(); }, answer);
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(heard, "cbaq 20971522bar not that");
}

TEST(Sandbox, AChildAsksOnlyWhereItMayAndNotForEver) {
  std::string heard;
  const auto receive = [&heard](char, std::string_view payload) { return heard.append(payload), Status::Ok(); };
  const auto asks = [](const SendMessage&, const AskParent& ask) -> Status {
    for (int i = 0; i < 10; ++i) RETURN_IF_ERROR(ask('q', "").status());
    return Status::Ok();
  };
  EXPECT_EQ(RunConfinedAsking(asks, receive, {}).reason(), Reason::kUnsupportedMediaType);
  const AskParent answer = [](char, std::string_view) -> Result<std::string> { return std::string("yes"); };
  SandboxLimits limits;
  limits.questions = 9;
  EXPECT_EQ(RunConfinedAsking(asks, receive, answer, limits).reason(), Reason::kUnsupportedMediaType);
  limits.questions = 10;
  EXPECT_TRUE(RunConfinedAsking(asks, receive, answer, limits).ok());
}

// Its parent is not confined, and holds a question until it is whole.
TEST(Sandbox, AQuestionThatIsTooLongEndsTheChild) {
  std::string heard;
  const auto receive = [&heard](char, std::string_view payload) { return heard.append(payload), Status::Ok(); };
  const auto asks = [](const SendMessage&, const AskParent& ask) {
    return ask('q', std::string(40u << 20, 'a')).status();  // in three pieces
  };
  size_t longest = 0;
  const AskParent answer = [&longest](char, std::string_view question) -> Result<std::string> {
    longest = question.size();
    return std::string();
  };
  SandboxLimits limits;
  limits.question_bytes = 40u << 20;  // its kind counts as well
  EXPECT_EQ(RunConfinedAsking(asks, receive, answer, limits).reason(), Reason::kUnsupportedMediaType);
  EXPECT_EQ(longest, 0U);
  limits.question_bytes += 1;
  EXPECT_TRUE(RunConfinedAsking(asks, receive, answer, limits).ok());
  EXPECT_EQ(longest, 40u << 20);
}

// It may read what it is answered, and from nothing else.
TEST(Sandbox, AChildThatMayAskIsRefusedTheSame) {
  const auto outcome = [](Confinement confinement) {
    std::string heard;
    const int file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    const auto work = [file](const SendMessage& send, const AskParent& ask) -> Status {
      char byte = 0;
      RETURN_IF_ERROR(ask('q', "").status());
      RETURN_IF_ERROR(send('A', read(file, &byte, 1) == 1 ? "got " : "refused "));
      return send('A', open("/etc/passwd", O_RDONLY) >= 0 ? "got" : "refused");
    };
    const Status status = RunConfinedAsking(
        work, [&heard](char, std::string_view payload) { return heard.append(payload), Status::Ok(); },
        [](char, std::string_view) -> Result<std::string> { return std::string(); }, {}, confinement);
    EXPECT_TRUE(status.ok()) << status.message();
    close(file);
    return heard;
  };
  EXPECT_EQ(outcome(Confinement::kFull), "refused refused");
  EXPECT_EQ(outcome(Confinement::kNone), "got got");
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
