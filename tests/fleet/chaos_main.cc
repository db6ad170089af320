// Several servers over one vault while everything around them fails: killed, stopped, cut off, their database crashed,
// keys turned and revoked, and every promise that was made meanwhile held against what is there in the end.
//
//   fleet_chaos [SECONDS] [--seed N] [--servers N]    0: every promise kept; 1: one is not; 77: not possible here
//   fleet_chaos --control                              a number that is used twice, with turns and then without: 0 when
//                                                      the checks find nothing the first time and something the second
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "chaos_check.h"
#include "chaos_load.h"
#include "chaos_model.h"
#include "chaos_world.h"

namespace strongroom {
namespace {

constexpr int kSkipped = 77;
volatile std::sig_atomic_t interrupted = 0;

void Report(const ChaosModel& model) {
  for (const auto& [what, count] : model.counts())
    std::printf("  %-66s %8llu\n", what.c_str(), static_cast<unsigned long long>(count));
}

// What nothing may break unnoticed: a run in which none of it happened has shown nothing.
void ExpectSome(ChaosModel& model, const ChaosOptions& options) {
  const auto counts = model.counts();
  for (const char* needed : {"done: customer.create", "done: customer.reveal", "done: customer.erase",
                             "end: gone everywhere", "end: opens with its value", "end: entries read"}) {
    if (!counts.contains(needed)) model.Found("nothing was shown: no '" + std::string(needed) + "'");
  }
  if (options.twice || options.seconds < 60) return;
  for (const char* needed :
       {"fault: killed", "fault: stopped for 1 to 8 s", "fault: the database crashed", "done: customer.move",
        "end: epochs of keys beyond the first ones", "refusals of a revoked key", "answers to a key that holds",
        "tokens spent once, asked three times"}) {
    if (!counts.contains(needed)) model.Found("nothing was shown: no '" + std::string(needed) + "'");
  }
}

int Run(const ChaosOptions& options) {
  ChaosModel model;
  Result<std::unique_ptr<ChaosWorld>> made = ChaosWorld::Make(options, model);
  if (!made.ok()) {
    std::printf("skipped: %s\n", made.status().ToString().c_str());
    return made.status().reason() == Reason::kStorageUnavailable ? kSkipped : 1;
  }
  ChaosWorld& world = **made;
  ChaosCheck check(world, model);
  ChaosLoad load(world, model, options.seed);
  Status begun = world.StartAll();
  if (begun.ok()) begun = load.Describe();
  if (!begun.ok()) {
    std::printf("it does not begin: %s\n", begun.ToString().c_str());
    return 1;
  }
  std::printf("%u servers, seed %llu, %d seconds%s\n", options.servers, static_cast<unsigned long long>(options.seed),
              options.seconds, options.unfenced ? ", without turns" : "");
  std::fflush(stdout);
  ChaosModel::Random random(options.seed);
  if (options.twice) begun = world.TakeNumberTwice();
  if (!begun.ok()) {
    std::printf("the number is not taken twice: %s\n", begun.ToString().c_str());
    return 1;
  }
  load.Start();
  const int64_t until = SteadyMillis() + options.seconds * 1'000LL;
  int64_t next_checkpoint = 0;
  const int64_t between = std::max<int64_t>(2'000, options.seconds * 1'000LL / 60);
  while (SteadyMillis() < until && interrupted == 0) {
    world.Tick(random, /*more=*/!options.twice);
    if (SteadyMillis() < next_checkpoint) continue;
    check.KeepCheckpoints();
    next_checkpoint = SteadyMillis() + between;
  }
  std::printf("everything is mended and awaited\n");
  if (!options.twice) {
    const Status mended = world.MendAll();
    if (!mended.ok()) model.Found(mended.ToString());
    std::this_thread::sleep_for(std::chrono::seconds(2));
  }
  load.Stop();
  if (options.twice) world.Kill(1);
  std::printf("every promise is looked at\n");
  std::fflush(stdout);
  check.Everything();
  ExpectSome(model, options);
  Report(model);
  const std::vector<std::string> findings = model.findings();
  std::printf("%zu promises broken\n", findings.size());
  if (!options.unfenced) return findings.empty() ? 0 : 1;
  // The control: what two processes with one number do to each other without turns must be seen, in the log above all.
  const bool seen = std::any_of(findings.begin(), findings.end(),
                                [](const std::string& finding) { return finding.find("log") != std::string::npos; });
  std::printf(seen ? "the checks see it\n" : "THE CHECKS DO NOT SEE IT\n");
  return seen ? 0 : 1;
}

}  // namespace
}  // namespace strongroom

int main(int argc, char** argv) {
  strongroom::ChaosOptions options;
  options.seconds = 60;
  bool control = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto number = [&]() -> uint64_t { return i + 1 < argc ? std::strtoull(argv[++i], nullptr, 10) : 0; };
    if (word == "--seed") {
      options.seed = number();
    } else if (word == "--servers") {
      options.servers = static_cast<uint32_t>(std::clamp<uint64_t>(number(), 2, 8));
    } else if (word == "--control") {
      control = true;
    } else {
      options.seconds = std::max(1, std::atoi(argv[i]));
    }
  }
  std::signal(SIGINT, [](int) { strongroom::interrupted = 1; });
  std::signal(SIGTERM, [](int) { strongroom::interrupted = 1; });
  std::signal(SIGPIPE, SIG_IGN);
  if (!control) return strongroom::Run(options);
  options.servers = 2;
  options.seconds = 6;
  options.twice = true;
  std::printf("A number that is used twice, with turns: the checks must find nothing.\n");
  const int with_turns = strongroom::Run(options);
  if (with_turns != 0) return with_turns;
  options.unfenced = true;
  std::printf("The same without turns: they must find something.\n");
  return strongroom::Run(options);
}
