// simulate [--seed N] [--steps M] [--seconds S] [--memory] [--verbose]: simulations one after the other, each with the
// next seed, until the time is over or a promise is found broken.  Exit code 1: one was.
#include <charconv>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <string_view>

#include "crypto/random.h"
#include "simulation.h"

int main(int argc, char** argv) {
  using namespace strongroom;
  SimulationOptions options;
  options.rocksdb = true;
  SystemRandom random;
  options.seed = random.Below(1'000'000'000);
  uint64_t seconds = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--verbose") options.verbose = true;
    if (name == "--memory") options.rocksdb = false;
    uint64_t* const number = name == "--seed"      ? &options.seed
                             : name == "--steps"   ? &options.steps
                             : name == "--seconds" ? &seconds
                                                   : nullptr;
    if (number == nullptr || i + 1 == argc) continue;
    const std::string_view text = argv[++i];
    if (std::from_chars(text.data(), text.data() + text.size(), *number).ec != std::errc()) return 2;
  }
  const auto begun = std::chrono::steady_clock::now();
  const uint64_t first = options.seed;
  uint64_t runs = 0;
  SimulationReport all;
  do {
    const SimulationReport one = Simulate(options);
    all.Add(one);
    ++runs;
    if (!one.finding.empty()) {
      std::printf("FOUND with seed %" PRIu64 ": %s\nreplay: build/release/tests/simulation/simulate%s --seed %" PRIu64
                  " --steps %" PRIu64 " --verbose\n",
                  options.seed, one.finding.c_str(), options.rocksdb ? "" : " --memory", options.seed, options.steps);
      return 1;
    }
    if (seconds == 0) std::printf("trace %016" PRIx64 "\n", one.trace);
    ++options.seed;
  } while (std::chrono::steady_clock::now() - begun < std::chrono::seconds(seconds));
  std::printf("%" PRIu64 " simulations from seed %" PRIu64 " on: %" PRIu64 " steps, %" PRIu64 " power cuts (%" PRIu64
              " starts broken off), %" PRIu64 " ends of the process, %" PRIu64 " failed calls (%" PRIu64
              " errors of reading or of the lock), %" PRIu64 " connections lost, %" PRIu64 " backups, %" PRIu64
              " restores (%" PRIu64 " attempts broken off); ",
              runs, first, all.steps, all.power_cuts, all.cut_while_opening, all.process_ends, all.faults,
              all.soft_faults, all.connections_lost, all.copies, all.restores, all.restores_cut);
  std::printf("%" PRIu64 " customers, %" PRIu64 " unanswered changes kept whole, %" PRIu64 " not there, %" PRIu64
              " checkpoints continued; nothing found\n",
              all.customers, all.kept, all.lost, all.checkpoints);
  return 0;
}
