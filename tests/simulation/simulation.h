// Simulation: a vault that lives through steps drawn by a seed, while its disk fails and its clock jumps, beside a
// model that knows what must be true of it.
//
// With stores in memory a seed gives the same run again: the same steps, the same commit at which each fault falls, the
// same losses, and so the same outcomes, which `trace` is a hash of.  Over RocksDB a seed gives the same vault, faults
// and draws, but not always the same run: where its threads make the order of the disk's calls differ, an outcome may,
// and everything that is drawn after it.  (In neither trace: keys, codes and tokens, from the product's own generator.)
//
// To simulate something more, add a line to the table in steps.cc.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "model.h"

namespace strongroom {

using Dice = std::mt19937_64;

struct SimulationOptions {
  uint64_t seed = 1;
  uint64_t steps = 200;
  bool rocksdb = false;
  bool sync = true;           // false: the control, answers come before anything is durable
  bool forget_spent = false;  // a control: the model takes every one-time token for unspent again after a recovery
  bool verbose = false;       // each step to stdout
};

struct SimulationReport {
  std::string finding;  // empty: every promise was kept
  uint64_t trace = 0;
  uint64_t steps = 0;
  uint64_t power_cuts = 0;
  uint64_t process_ends = 0;
  uint64_t faults = 0;  // calls of the disk that failed, power cuts among them
  uint64_t cut_while_opening = 0;
  uint64_t customers = 0;
  uint64_t kept = 0;  // what was not answered and is whole, or is not there
  uint64_t lost = 0;
  uint64_t checkpoints = 0;

  void Add(const SimulationReport& other);
};

SimulationReport Simulate(const SimulationOptions& options);

// One kind of step, done again and again while the disk fails at its first call, at its second..., until it needs no
// more calls than that; after each, a recovery, the model's check, and the step done to its end.
struct SweepOptions {
  std::string kind;
  DiskTrouble trouble = DiskTrouble::kPowerCut;
  bool rocksdb = false;
  uint64_t seed = 1;
  uint64_t most = 400;  // calls
};
SimulationReport SweepStep(const SweepOptions& options);

// Kinds of steps, in the order of the table.
std::vector<std::string> StepKinds();

// What one step was.
struct StepOutcome {
  Status status;
  std::string wrong;  // a promise that was broken
};

// A running simulation, as steps see it.
struct Simulated {
  World& world;
  Model& model;
  Dice& dice;
  uint64_t next_value = 1;
  uint64_t next_customer = 1;
  uint64_t Draw(uint64_t below) { return dice() % below; }
};

struct StepKind {
  const char* name;
  uint64_t weight;
  StepOutcome (*run)(Simulated& now);
};
const std::vector<StepKind>& Steps();

}  // namespace strongroom
