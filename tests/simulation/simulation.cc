#include "simulation.h"

#include <cinttypes>
#include <cstdio>

namespace strongroom {
namespace {

constexpr uint64_t kMostOpenings = 4;  // with a fault in all but the last
constexpr uint64_t kStepsAfterError = 3;
constexpr int64_t kLongerThanADay = 25 * 3'600'000;  // whoever is marked for a new key gets one

class Run {
 public:
  explicit Run(const SimulationOptions& options)
      : options_(options),
        dice_(options.seed),
        world_({options.rocksdb, {options.seed, options.sync}}),
        model_(world_),
        now_{world_, model_, dice_} {
    // A disk that takes its time: each call a millisecond or two of simulated time.
    world_.disk().SetBeforeCall([this] { world_.clock().Advance(1); });
  }

  SimulationReport Walk() {
    if (const Status made = world_.Make(); !made.ok()) return Broken("cannot make the vault: " + made.ToString());
    uint64_t until_recovery = 0;  // steps left with a disk that has failed
    bool planned = false;
    for (uint64_t step = 0; step < options_.steps && report_.finding.empty(); ++step) {
      const StepKind& kind = Pick();
      const uint64_t faults_before = world_.disk().faults_made();
      if (until_recovery == 0 && !planned && dice_() % 4 == 0) {
        PlanFault(1 + dice_() % 12);  // and stays until a call meets it
        planned = true;
      }
      const bool failed_before = until_recovery != 0;
      const StepOutcome outcome = kind.run(now_);
      ++report_.steps;
      const bool failed = world_.disk().faults_made() != faults_before;
      Trace(step, kind.name, outcome, failed);
      if (!outcome.wrong.empty()) Broken(std::string(kind.name) + ": " + outcome.wrong);
      if (!outcome.status.ok() && !failed && !failed_before && !world_.disk().power_is_off())
        Broken(std::string(kind.name) + " fails on a disk that works: " + outcome.status.ToString());
      model_.ClockMoved();
      if (failed && !failed_before) until_recovery = 1 + dice_() % kStepsAfterError;
      const bool at_rest = dice_() % 40 == 0;
      const bool recover = world_.disk().power_is_off() || !world_.is_open() || at_rest ||
                           (until_recovery != 0 && --until_recovery == 0);
      if (!recover || !report_.finding.empty()) continue;
      until_recovery = 0;
      planned = false;
      Recover(/*faults=*/true);
    }
    if (report_.finding.empty()) {
      world_.disk().ClearPlan();
      Recover(/*faults=*/false);
    }
    if (report_.finding.empty()) {
      if (std::string wrong = model_.VerifyAll(); !wrong.empty()) Broken(wrong);
    }
    return Report();
  }

  SimulationReport Sweep(const SweepOptions& sweep) {
    if (const Status made = world_.Make(); !made.ok()) return Broken("cannot make the vault: " + made.ToString());
    const StepKind* swept = nullptr;
    for (const StepKind& kind : Steps()) {
      if (sweep.kind == kind.name) swept = &kind;
    }
    if (swept == nullptr) return Broken("there is no step " + sweep.kind);
    for (const char* name : {"create", "create", "import", "token", "token", "put-file", "rotate", "token"}) Do(name);
    for (uint64_t nth = 1; nth <= sweep.most && report_.finding.empty(); ++nth) {
      Prepare(sweep.kind);
      const uint64_t before = world_.disk().faults_made();
      FaultWish wish;
      wish.kind = sweep.trouble;
      wish.nth = nth;
      wish.every_call = true;
      world_.disk().Plan(wish);
      const StepOutcome outcome = swept->run(now_);
      ++report_.steps;
      const bool met = world_.disk().faults_made() != before;
      if (!outcome.wrong.empty()) Broken(outcome.wrong + ", at call " + std::to_string(nth));
      if (!met && !outcome.status.ok()) Broken("fails on a disk that works: " + outcome.status.ToString());
      if (!met) break;
      salt_ = nth;
      if (report_.finding.empty()) Recover(/*faults=*/false);
      if (report_.finding.empty()) Do(swept->name);
      if (!report_.finding.empty()) report_.finding += ", at call " + std::to_string(nth);
    }
    return Report();
  }

 private:
  SimulationReport Broken(const std::string& finding) {
    if (report_.finding.empty()) report_.finding = finding;
    return Report();
  }

  SimulationReport Report() {
    report_.trace = hash_;
    report_.faults = world_.disk().faults_made();
    report_.customers = model_.customers.size();
    report_.kept = model_.settled_kept;
    report_.lost = model_.settled_lost;
    report_.checkpoints = model_.checkpoints();
    return report_;
  }

  const StepKind& Pick() {
    uint64_t all = 0;
    for (const StepKind& kind : Steps()) all += kind.weight;
    uint64_t at = dice_() % all;
    for (const StepKind& kind : Steps()) {
      if (at < kind.weight) return kind;
      at -= kind.weight;
    }
    return Steps().front();
  }

  void Do(const char* name) {
    for (const StepKind& kind : Steps()) {
      if (std::string_view(kind.name) != name) continue;
      const StepOutcome outcome = kind.run(now_);
      if (!outcome.wrong.empty()) Broken(outcome.wrong);
      if (!outcome.status.ok()) Broken(std::string(name) + " fails on a disk that works: " + outcome.status.ToString());
    }
  }

  // Some steps have nothing to do unless another came before.
  void Prepare(const std::string& kind) {
    if (kind == "index") Do("catalogue");
    if (kind != "run-due") return;
    Do("change");
    world_.clock().Advance(kLongerThanADay);
  }

  void PlanFault(uint64_t nth) {
    FaultWish wish;
    const uint64_t kind = dice_() % 6;
    wish.kind = kind < 4 ? DiskTrouble::kPowerCut : kind == 4 ? DiskTrouble::kIoError : DiskTrouble::kNoSpace;
    wish.store = std::string(dice_() % 3 == 0 ? "data/keys/" : "data/stores/") + World::kRooms[dice_() % 3];
    wish.nth = nth;
    world_.disk().Plan(wish);
  }

  // A power cut or the end of the process, and starts until one is not cut off; then the check.
  void Recover(bool faults) {
    const bool power = world_.disk().power_is_off() || (faults ? dice_() % 2 == 0 : salt_ % 2 == 0);
    End(power);
    for (uint64_t opening = 1;; ++opening) {
      const bool fault = faults && opening < kMostOpenings && dice_() % 4 == 0;
      const uint64_t before = world_.disk().faults_made();
      if (fault) PlanFault(1 + dice_() % 5);
      const Status started = world_.Start();
      world_.disk().ClearPlan();
      const bool met = world_.disk().faults_made() != before;
      Add(started.ok() ? "open" : "not open");
      if (started.ok() && !met) break;
      if (!met) {
        Broken("the vault does not open: " + started.ToString());
        return;
      }
      ++report_.cut_while_opening;
      End(world_.disk().power_is_off() || dice_() % 2 == 0);
    }
    if (options_.forget_spent) {
      for (ModelCustomer& customer : model_.customers) {
        for (ModelToken& token : customer.tokens) token.spent = token.spending = false;
      }
    }
    if (std::string wrong = model_.Check(salt_++); !wrong.empty()) Broken("after a recovery: " + wrong);
    Add("kept " + std::to_string(model_.settled_kept) + " lost " + std::to_string(model_.settled_lost));
  }

  void End(bool power) {
    if (power) {
      ++report_.power_cuts;
      world_.LosePower(dice_());
    } else {
      ++report_.process_ends;
      world_.EndProcess();
    }
    Add(power ? "power" : "process");
  }

  void Trace(uint64_t step, const char* name, const StepOutcome& outcome, bool failed) {
    Add(std::string(name) + " " + std::string(InfoOf(outcome.status.reason()).wire_code) + (failed ? " fault" : ""));
    if (!options_.verbose) return;
    std::printf("%" PRIu64 " %s: %s%s\n", step, name, outcome.status.ToString().c_str(), failed ? " (fault)" : "");
  }

  void Add(std::string_view text) {
    for (const char c : text) hash_ = (hash_ ^ static_cast<uint8_t>(c)) * 0x100000001b3;
    if (options_.verbose) std::printf("    %.*s\n", static_cast<int>(text.size()), text.data());
  }

  const SimulationOptions options_;
  Dice dice_;
  World world_;
  Model model_;
  Simulated now_;
  SimulationReport report_;
  uint64_t hash_ = 0xcbf29ce484222325;
  uint64_t salt_ = 0;
};

}  // namespace

void SimulationReport::Add(const SimulationReport& other) {
  steps += other.steps;
  power_cuts += other.power_cuts;
  process_ends += other.process_ends;
  faults += other.faults;
  cut_while_opening += other.cut_while_opening;
  customers += other.customers;
  kept += other.kept;
  lost += other.lost;
  checkpoints += other.checkpoints;
}

SimulationReport Simulate(const SimulationOptions& options) { return Run(options).Walk(); }

SimulationReport SweepStep(const SweepOptions& sweep) {
  SimulationOptions options;
  options.seed = sweep.seed;
  options.rocksdb = sweep.rocksdb;
  return Run(options).Sweep(sweep);
}

std::vector<std::string> StepKinds() {
  std::vector<std::string> names;
  for (const StepKind& kind : Steps()) names.emplace_back(kind.name);
  return names;
}

}  // namespace strongroom
