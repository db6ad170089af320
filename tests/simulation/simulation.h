// Simulation: a vault that lives through steps drawn by a seed, while its disk fails and its clock jumps, beside a
// model that knows what must be true of it.
//
// What fails: the power, at a call of the disk; a write; all writes, for want of room; a read; the token behind the
// lock (device.h); the connection of whoever asks over HTTP (wire.h).  After a write that failed a store refuses until
// the server is started again; after all else it must go on at once.  And now and then a copy is made, and at some
// later time restored elsewhere, with the newest keys, while the disk fails there.
//
// With stores in memory a seed gives the same run again: the same steps, the same commit at which each fault falls, the
// same losses, and so the same outcomes, which `trace` is a hash of.  Over RocksDB a seed gives the same vault, faults
// and draws, but not always the same run: where its threads make the order of the disk's calls differ, an outcome may,
// and everything that is drawn after it.  (In neither trace: keys, codes and tokens, from the product's own generator.)
//
// To simulate something more, add a line to the table in steps.cc.
#pragma once

#include <cstdint>
#include <optional>
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
  bool reads_lie = false;     // a control: a read that fails says that nothing is there
  bool restore_without_mark = false;    // a control: a restore that broke off leaves the door open
  bool restore_without_replay = false;  // a control: whoever was erased since the copy comes back with it
  bool without_keys = false;            // a control: what is sent again over the wire carries no Idempotency-Key
  bool verbose = false;                 // each step to stdout
};

struct SimulationReport {
  std::string finding;  // empty: every promise was kept
  uint64_t trace = 0;
  uint64_t steps = 0;
  uint64_t power_cuts = 0;
  uint64_t process_ends = 0;
  uint64_t faults = 0;       // calls that failed, power cuts among them
  uint64_t soft_faults = 0;  // of these: errors of reading, and of what opens the lock
  uint64_t cut_while_opening = 0;
  uint64_t customers = 0;
  uint64_t kept = 0;  // what was not answered and is whole, or is not there
  uint64_t lost = 0;
  uint64_t checkpoints = 0;
  uint64_t connections_lost = 0;
  uint64_t copies = 0;        // backup sets of the data
  uint64_t restores = 0;      // of these, into another place
  uint64_t restores_cut = 0;  // attempts at them that broke off

  void Add(const SimulationReport& other);
};

SimulationReport Simulate(const SimulationOptions& options);

// One kind of step, done again and again while the disk fails at its first call, at its second..., until it needs no
// more calls than that; after each, a recovery, the model's check, and the step done to its end.  A read that fails,
// and a device that does not answer, need no recovery: the step is done again at once.  Of many reads not every one is
// met.
struct SweepOptions {
  std::string kind;
  DiskTrouble trouble = DiskTrouble::kPowerCut;
  std::optional<DeviceTrouble> device = std::nullopt;  // instead: what opens the lock fails
  bool rocksdb = false;
  uint64_t seed = 1;
  uint64_t most = 400;  // calls
  bool reads_lie = false;
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
  bool without_keys = false;
  bool disk_has_failed = false;  // before this step: some store refuses to write
  uint64_t connections_lost = 0;
  uint64_t Draw(uint64_t below) { return dice() % below; }
};

struct StepKind {
  const char* name;
  uint64_t weight;
  StepOutcome (*run)(Simulated& now);
};
const std::vector<StepKind>& Steps();

// For steps: somebody or something that is wholly known, or null.
ModelCustomer* AnyCustomer(Simulated& now);
ModelToken* AnyToken(Simulated& now, ModelCustomer& customer, bool one_time);
ModelCustomer& AddCustomer(Simulated& now, const std::string& kind, const std::string& compartment);
constexpr char kSimulatedCard[] = "4242421462365030";

// Over the wire, with connections lost (steps_wire.cc).
StepOutcome WireCreate(Simulated& now);
StepOutcome WireCreateKeyed(Simulated& now);
StepOutcome WireLate(Simulated& now);
StepOutcome WireToken(Simulated& now);
StepOutcome WireSpend(Simulated& now);
StepOutcome WireChange(Simulated& now);
StepOutcome WireErase(Simulated& now);

}  // namespace strongroom
