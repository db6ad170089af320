#include "simulation.h"

#include <cinttypes>
#include <cstdio>

namespace strongroom {
namespace {

constexpr uint64_t kMostOpenings = 4;  // with a fault in all but the last
constexpr uint64_t kStepsAfterError = 3;
constexpr uint64_t kRecoveriesARestore = 5;          // one of so many, on the average
constexpr uint64_t kMostRestores = 6;                // attempts, with a fault in all but the last
constexpr int64_t kLongerThanADay = 25 * 3'600'000;  // whoever is marked for a new key gets one

class Run {
 public:
  explicit Run(const SimulationOptions& options)
      : options_(options),
        dice_(options.seed),
        world_({options.rocksdb, {options.seed, options.sync, options.reads_lie}}),
        model_(world_),
        now_{world_, model_, dice_} {
    now_.without_keys = options.without_keys;
    // A disk that takes its time: each call a millisecond or two of simulated time.
    world_.disk().SetBeforeCall([this] { world_.clock().Advance(1); });
  }

  SimulationReport Walk() {
    if (const Status made = world_.Make(); !made.ok()) return Broken("cannot make the vault: " + made.ToString());
    uint64_t until_recovery = 0;  // steps left with a disk that has failed
    bool planned = false;
    for (uint64_t step = 0; step < options_.steps && report_.finding.empty(); ++step) {
      const StepKind& kind = Pick();
      const uint64_t faults_before = world_.faults_made();
      if (until_recovery == 0 && !planned && dice_() % 4 == 0) {
        PlanFault(12);  // and stays until a call meets it
        planned = true;
      }
      if (PlanDeviceFault(kind.name)) planned = false;
      const bool failed_before = until_recovery != 0;
      now_.disk_has_failed = failed_before;
      const StepOutcome outcome = kind.run(now_);
      ++report_.steps;
      world_.device().ClearPlan();
      const bool failed = world_.faults_made() != faults_before;
      Trace(step, kind.name, outcome, failed);
      Judge(kind.name, outcome, failed || failed_before || world_.disk().power_is_off());
      model_.ClockMoved();
      if (failed && !failed_before && soft_ && !world_.disk().power_is_off()) {
        ++report_.soft_faults;
        planned = false;
        if (report_.finding.empty() && !options_.rocksdb && dice_() % 2 == 0) {
          SettleWithoutRestart();
          continue;
        }
      }
      if (failed && !failed_before) until_recovery = 1 + dice_() % kStepsAfterError;
      const bool at_rest = dice_() % 40 == 0;
      const bool recover = world_.disk().power_is_off() || !world_.is_open() || at_rest || world_.RootIsDoubtful() ||
                           (until_recovery != 0 && --until_recovery == 0);
      if (!recover || !report_.finding.empty()) continue;
      until_recovery = 0;
      planned = false;
      Recover(/*faults=*/true);
      if (report_.finding.empty() && !model_.copies.empty() && dice_() % kRecoveriesARestore == 0)
        RestoreElsewhere(/*faults=*/true);
    }
    if (report_.finding.empty()) {
      world_.ClearPlans();
      Recover(/*faults=*/false);
    }
    if (report_.finding.empty() && !model_.copies.empty()) RestoreElsewhere(/*faults=*/true);
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
    soft_ = sweep.trouble == DiskTrouble::kReadError || sweep.device.has_value();
    int unmet = 0;
    for (uint64_t nth = 1; nth <= sweep.most && report_.finding.empty(); nth += soft_ ? 1 + nth / 16 : 1) {
      Prepare(sweep.kind);
      if (sweep.device.has_value()) PutLockInto(sweep.kind == "lock" ? LockKind::kShares : LockKind::kPkcs11);
      const uint64_t before = world_.faults_made();
      PlanSwept(sweep, nth);
      const StepOutcome outcome = swept->run(now_);
      ++report_.steps;
      const bool met = world_.faults_made() != before;
      world_.ClearPlans();
      Judge(swept->name, outcome, met);
      if (met && report_.finding.empty()) {
        salt_ = nth;
        if (soft_ && nth % 4 != 0) {
          SettleWithoutRestart();
        } else {
          Recover(/*faults=*/false);
        }
        if (report_.finding.empty()) Do(swept->name);
      }
      if (!report_.finding.empty()) report_.finding += ", at call " + std::to_string(nth);
      // Over the wire a step needs more calls or fewer, as its connections are lost; and a lock goes there and back.
      unmet = met ? 0 : unmet + 1;
      if (unmet > (sweep.kind.starts_with("wire") || sweep.kind == "lock" ? 3 : 0) && !sweep.device.has_value()) break;
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
    report_.faults = world_.faults_made();
    report_.customers = model_.customers.size();
    report_.kept = model_.settled_kept;
    report_.lost = model_.settled_lost;
    report_.checkpoints = model_.checkpoints();
    report_.connections_lost = now_.connections_lost;
    report_.copies = model_.copies.size();
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

  void PutLockInto(LockKind kind) {
    if (world_.keeper().GetStatus().lock_kind == NameOf(kind)) return;
    if (!world_.HasShares()) {
      if (const Status changed = world_.ChangeLock(true, false); !changed.ok()) Broken("lock: " + changed.ToString());
    }
    if (kind == LockKind::kShares) return;
    if (const Status changed = world_.ChangeLock(true, false, kind); !changed.ok())
      Broken("lock: " + changed.ToString());
  }

  // Of `of` cases so many are power cuts, one each an error and a full disk, the rest failed reads.
  DiskTrouble DrawTrouble(uint64_t of, uint64_t cuts) {
    const uint64_t drawn = dice_() % of;
    if (drawn < cuts) return DiskTrouble::kPowerCut;
    if (drawn == cuts) return DiskTrouble::kIoError;
    return drawn == cuts + 1 ? DiskTrouble::kNoSpace : DiskTrouble::kReadError;
  }

  void PlanFault(uint64_t most) {
    FaultWish wish;
    wish.kind = DrawTrouble(8, 4);
    wish.store = std::string(dice_() % 3 == 0 ? "data/keys/" : "data/stores/") + World::kRooms[dice_() % 3];
    wish.nth = 1 + dice_() % (wish.kind == DiskTrouble::kReadError ? most * 4 : most);
    soft_ = wish.kind == DiskTrouble::kReadError;
    world_.disk().Plan(wish);
  }

  // Of the steps that ask what opens the lock.
  bool PlanDeviceFault(std::string_view kind) {
    if (kind != "lock" && kind != "unlock" && kind != "root") return false;
    if (world_.HasShares() || dice_() % 3 != 0) return false;
    world_.ClearPlans();
    soft_ = true;
    world_.device().Plan(dice_() % 2 == 0 ? DeviceTrouble::kAway : DeviceTrouble::kLate, 1 + dice_() % 3);
    return true;
  }

  void PlanSwept(const SweepOptions& sweep, uint64_t nth) {
    if (sweep.device.has_value()) {
      world_.device().Plan(*sweep.device, 1 + (nth - 1) % 3);
      return;
    }
    FaultWish wish;
    wish.kind = sweep.trouble;
    wish.nth = nth;
    wish.every_call = true;
    world_.disk().Plan(wish);
  }

  // What a step may answer: its work, or, after a fault, that the storage (or what opens the lock) could not be had.
  // Never that something is not there which is.
  void Judge(const char* name, const StepOutcome& outcome, bool fault) {
    if (!outcome.wrong.empty()) Broken(std::string(name) + ": " + outcome.wrong);
    if (outcome.status.ok()) return;
    if (!fault) Broken(std::string(name) + " fails on a disk that works: " + outcome.status.ToString());
    if (!IsOfStorage(outcome.status)) Broken(std::string(name) + " answers a fault with " + outcome.status.ToString());
  }
  static bool IsOfStorage(const Status& status) {
    return status.reason() == Reason::kStorageUnavailable || status.reason() == Reason::kStorageFull ||
           status.reason() == Reason::kAuditUnavailable;
  }

  // Nothing was written that should not be: what broke off is asked for again, and everything must be as it was said.
  void SettleWithoutRestart() {
    world_.ClearPlans();
    if (!world_.is_open()) {
      if (const Status opened = world_.Unlock(); !opened.ok()) {
        Broken("the vault does not open after an error of reading: " + opened.ToString());
        return;
      }
    }
    for (ModelCustomer& customer : model_.customers) {
      if (!customer.erasing) continue;
      const auto erased = world_.vault()->customers().Erase(world_.Program(), customer.code).Wait();
      if (!erased.ok() && erased.reason() != Reason::kCustomerNotFound)
        Broken("an erasure that broke off cannot be asked for again: " + erased.status().ToString());
    }
    if (std::string wrong = model_.Check(salt_++); !wrong.empty()) Broken("after an error of reading: " + wrong);
    Add("settled");
  }

  // A power cut or the end of the process, and starts until one is not cut off; then the check.
  void Recover(bool faults) {
    const bool power = world_.disk().power_is_off() || (faults ? dice_() % 2 == 0 : salt_ % 2 == 0);
    End(power);
    for (uint64_t opening = 1;; ++opening) {
      const bool fault = faults && opening < kMostOpenings && dice_() % 4 == 0;
      const uint64_t before = world_.faults_made();
      if (fault) PlanFault(5);
      if (fault && dice_() % 3 == 0) world_.device().Plan(DeviceTrouble::kAway, 1);
      const Status started = world_.Start();
      world_.ClearPlans();
      const bool met = world_.faults_made() != before;
      Add(started.ok() ? "open" : "not open");
      if (started.ok() && !met) break;
      if (!met) {
        Broken("the vault does not open: " + started.ToString());
        return;
      }
      if (!started.ok() && !IsOfStorage(started)) {
        Broken("a start answers a fault with " + started.ToString());
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

  // From one of the copies and the keys of now, in another place, broken off and begun again until it comes to its end.
  // Before that nobody is let in; afterwards it is what the copy was, without whoever was erased since.
  void RestoreElsewhere(bool faults) {
    const ModelCopy copy = model_.copies[dice_() % model_.copies.size()];
    world_.EndProcess();
    world_.GoElsewhere();
    ++report_.restores;
    for (uint64_t attempt = 1; report_.finding.empty(); ++attempt) {
      const bool fault = faults && attempt < kMostRestores && dice_() % 4 != 0;
      const uint64_t before = world_.faults_made();
      if (fault) PlanRestoreFault();
      const Status done = world_.Restore(copy.files, !options_.restore_without_mark, !options_.restore_without_replay);
      const bool met = world_.faults_made() != before;
      world_.ClearPlans();
      Add(done.ok() ? "restored" : "not restored");
      if (!done.ok() && !met) Broken("a restore fails on a disk that works: " + done.ToString());
      if (!done.ok() && !IsOfStorage(done)) Broken("a restore answers a fault with " + done.ToString());
      End(world_.disk().power_is_off() || dice_() % 2 == 0);
      const Status opened = report_.finding.empty() ? world_.Start() : Status::Ok();
      if (done.ok() && !opened.ok()) Broken("what was restored does not open: " + opened.ToString());
      if (!done.ok()) ++report_.restores_cut;
      if (opened.ok() && report_.finding.empty()) {
        Model restored(world_);  // each attempt begins a generation of the logs, and so an export of its own
        model_.GoBackTo(copy, restored);
        if (std::string wrong = restored.Check(salt_++); !wrong.empty()) Broken("after a restore: " + wrong);
      }
      world_.EndProcess();
      if (done.ok()) break;
    }
    world_.Return();
    if (!report_.finding.empty()) return;
    if (const Status back = world_.Start(); !back.ok()) Broken("after a restore elsewhere: " + back.ToString());
  }

  void PlanRestoreFault() {
    FaultWish wish;
    wish.kind = DrawTrouble(6, 3);
    wish.nth = 1 + dice_() % (wish.kind == DiskTrouble::kReadError ? 200 : 40);
    world_.disk().Plan(wish);
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
  bool soft_ = false;  // the fault that was planned last: an error of reading, or of what opens the lock
};

}  // namespace

void SimulationReport::Add(const SimulationReport& other) {
  steps += other.steps;
  power_cuts += other.power_cuts;
  process_ends += other.process_ends;
  faults += other.faults;
  soft_faults += other.soft_faults;
  cut_while_opening += other.cut_while_opening;
  customers += other.customers;
  kept += other.kept;
  lost += other.lost;
  checkpoints += other.checkpoints;
  connections_lost += other.connections_lost;
  copies += other.copies;
  restores += other.restores;
  restores_cut += other.restores_cut;
}

SimulationReport Simulate(const SimulationOptions& options) { return Run(options).Walk(); }

SimulationReport SweepStep(const SweepOptions& sweep) {
  SimulationOptions options;
  options.seed = sweep.seed;
  options.rocksdb = sweep.rocksdb;
  options.reads_lie = sweep.reads_lie;
  return Run(options).Sweep(sweep);
}

std::vector<std::string> StepKinds() {
  std::vector<std::string> names;
  for (const StepKind& kind : Steps()) names.emplace_back(kind.name);
  return names;
}

}  // namespace strongroom
