#include "confined/program.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <sstream>
#include <thread>

namespace strongroom {
namespace {

// The probe tries what a program that was taken over would try, and writes one line for each: "open got".
std::map<std::string, std::string> Outcomes(Confinement confinement, std::vector<std::string> readable) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(listen(listener, 5), 0);
  EXPECT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const int held = dup(listener);  // without O_CLOEXEC: what a careless library leaves open
  char secret[] = "/tmp/strongroom-probe-XXXXXX";
  const int file = mkstemp(secret);
  EXPECT_EQ(write(file, "kept", 4), 4);
  close(file);
  setenv("STRONGROOM_PROBE_SECRET", "kept", 1);

  const Program probe = {STRONGROOM_PROBE,
                         {"attack", std::to_string(ntohs(address.sin_port)), secret, std::to_string(held)},
                         std::move(readable)};
  const Result<std::string> said = RunProgram(probe, "hello", {}, confinement);
  EXPECT_TRUE(said.ok()) << said.status().message();
  unsetenv("STRONGROOM_PROBE_SECRET");
  close(held);
  close(listener);
  unlink(secret);
  std::map<std::string, std::string> outcomes;
  std::istringstream lines(said.ok() ? *said : std::string());
  for (std::string name, outcome; lines >> name >> outcome;) outcomes[name] = outcome;
  EXPECT_EQ(outcomes.size(), 10U);
  return outcomes;
}

TEST(Program, ConfinedIsRefusedWhatAProgramThatWasTakenOverWouldTry) {
  for (const auto& [name, outcome] : Outcomes(Confinement::kFull, {})) {
    if (name == "read" && !CanLimitReading()) continue;
    EXPECT_EQ(outcome, "refused") << name;
  }
}

// The positive control: the same attempts work where nothing confines them.  (The environment is empty in any case.)
TEST(Program, WithoutConfinementTheSameAttemptsWork) {
  for (const auto& [name, outcome] : Outcomes(Confinement::kNone, {})) {
    EXPECT_EQ(outcome, name == "environment" ? "refused" : "got") << name;
  }
}

TEST(Program, ReadsWhatItIsLent) { EXPECT_EQ(Outcomes(Confinement::kFull, {"/tmp"})["read"], "got"); }

TEST(Program, GetsItsInputAndAnswers) {
  std::string long_text(5u << 20, 'a');
  const Result<std::string> said = RunProgram({STRONGROOM_PROBE, {"echo"}}, long_text);
  ASSERT_TRUE(said.ok()) << said.status().message();
  EXPECT_EQ(*said, long_text);
  // It may answer without having read all.
  const Result<std::string> deaf = RunProgram({STRONGROOM_PROBE, {"deaf"}}, long_text);
  ASSERT_TRUE(deaf.ok()) << deaf.status().message();
  EXPECT_EQ(*deaf, "no\n");
}

TEST(Program, RunsBesideOtherThreads) {
  std::jthread other([](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
  });
  const Result<std::string> said = RunProgram({STRONGROOM_PROBE, {"echo"}}, "hello");
  ASSERT_TRUE(said.ok()) << said.status().message();
  EXPECT_EQ(*said, "hello");
}

TEST(Program, FailingHangingOrGreedyIsAnError) {
  EXPECT_EQ(RunProgram({"/usr/bin/strongroom-has-no-such-program", {}}, "").status().reason(), Reason::kInternal);
  EXPECT_EQ(RunProgram({STRONGROOM_PROBE, {"fail"}}, "").status().reason(), Reason::kUnsupportedMediaType);
  ProgramLimits limits;
  limits.millis = 300;
  EXPECT_EQ(RunProgram({STRONGROOM_PROBE, {"hang"}}, "", limits).status().reason(), Reason::kUnsupportedMediaType);
  limits = {};
  limits.answer_bytes = 1000;
  const std::string text(1u << 20, 'a');
  EXPECT_EQ(RunProgram({STRONGROOM_PROBE, {"echo"}}, text, limits).status().reason(), Reason::kUnsupportedMediaType);
#ifndef STRONGROOM_SANITIZED
  limits = {};
  limits.memory_bytes = 256u << 20;
  EXPECT_EQ(RunProgram({STRONGROOM_PROBE, {"greedy"}}, "", limits).status().reason(), Reason::kUnsupportedMediaType);
  EXPECT_TRUE(RunProgram({STRONGROOM_PROBE, {"greedy"}}, "").ok());  // the control: with room it ends well
#endif
}

}  // namespace
}  // namespace strongroom
