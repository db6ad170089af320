#include "crash_cycle.h"

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "access/open_vault.h"
#include "audit/export.h"
#include "audit/verifier.h"
#include "server/fsck.h"
#include "server/init.h"
#include "server/vault_files.h"
#include "store/testing/dropping_file_system.h"
#include "store/testing/temp_dir.h"

namespace strongroom {
namespace {

constexpr int kCallers = 4;
constexpr char kPoint[] = "crash-test";
constexpr char kDomain[] = "crash-domain";

// What one caller was promised about one of its customers.
struct Expected {
  std::string external_id;
  std::string code;                   // empty: the create was never answered
  uint64_t value = 0;                 // the change last answered; both changing fields hold it
  std::optional<uint64_t> attempted;  // a change that was not answered
  std::vector<std::string> tokens;
  std::string room;                  // where the customer lives, as last answered
  std::optional<std::string> going;  // a move that was not answered
  bool erasing = false;              // asked for, not answered
  bool erased = false;
};

// One caller: works on customers of its own, so that nothing but the power decides what comes of its requests.
struct Worker {
  int number = 0;
  uint64_t next_customer = 1;
  std::vector<Expected> customers;
  std::set<uint64_t> answered_requests;  // each must have its entry in a log
};

std::string NameOfCustomer(const std::string& external_id) { return "Person " + external_id; }
std::string ValueText(uint64_t value) { return "value " + std::to_string(value); }

FieldDef TextField(const std::string& name, SearchKind search) {
  FieldDef field;
  field.name = name;
  field.purposes = {"crash-test"};
  field.legal_basis = "contract";
  field.search = search;
  return field;
}

class Vault {
 public:
  Vault(uint64_t seed, const CrashProtections& protections) : random_(seed), protections_(protections) {
    config_.data_dir = directory_.Path("data");
    std::filesystem::create_directory(directory_.Path("graveyard"));
    file_system_ = std::make_shared<DroppingFileSystem>(seed, directory_.Path("graveyard"));
    env_ = MakeImpatientEnv(file_system_);
    files_options_.env = env_.get();
    files_options_.write_buffer_bytes = 128 << 10;  // many flushes, logs and compactions
    for (int i = 0; i < kCallers; ++i) workers_[i].number = i;
    Principal everything;
    everything.id = 7;
    everything.kind = PrincipalKind::kApplication;
    everything.roles = {"application", "privacy-officer", "administrator", "operator"};
    everything.purposes = {"*"};
    everything.token_domains = {"*"};
    principal_ = std::make_shared<const Principal>(everything);
  }

  std::string Run(CrashTotals& totals) {
    const int losses = 3 + static_cast<int>(random_() % 3);
    if (const Status made = Make(); !made.ok()) return "cannot make the vault: " + made.ToString();
    for (int loss = 0; loss <= losses; ++loss) {
      const bool last = loss == losses;
      // Small numbers fall into the opening itself.
      file_system_->CutPowerAfter(last ? UINT64_MAX / 2 : 1 + random_() % (random_() % 3 == 0 ? 150 : 3000));
      const Status opened = Open(totals);
      if (!opened.ok() && !file_system_->power_is_off())
        return "the vault does not open after a cut: " + opened.ToString();
      if (opened.ok()) {
        CrashTotals found;
        const std::string wrong = Check(found);
        if (!wrong.empty() && !file_system_->power_is_off()) return wrong;
        totals.unanswered_kept += found.unanswered_kept;
        totals.moves_unanswered += found.moves_unanswered;
        totals.checkpoints_continued += found.checkpoints_continued;
        if (last) {
          totals.creates += found.creates;
          totals.changes += found.changes;
          totals.reveals += found.reveals;
          totals.tokens += found.tokens;
          totals.erasures += found.erasures;
          totals.moves += found.moves;
          totals.epochs_destroyed += epochs_destroyed_.size();
          return "";
        }
        if (wrong.empty()) Work();
      } else {
        ++totals.cuts_while_opening;
      }
      file_system_->CutPower();
      Drop();
      totals.bytes_lost += file_system_->LoseUnsynced(static_cast<TailLoss>(random_() % 3)).bytes_lost;
      ++totals.cuts;
    }
    return "";
  }

  ~Vault() { Drop(); }

 private:
  Status Make() {
    ASSIGN_OR_RETURN(files_, VaultFiles::Open(config_, true, files_options_));
    secret_ = SecretBytes::Generate(32, system_random_);
    InitOptions options;
    options.lock.info.kind = LockKind::kDevelopment;
    options.secret = secret_.Clone();
    options.first_key.name = "first";
    options.first_key.kind = PrincipalKind::kApplication;
    options.first_key.roles = {"administrator"};
    ASSIGN_OR_RETURN(const InitResult made, InitialiseVault(*files_, std::move(options), clock_, system_random_));
    static_cast<void>(made);
    CrashTotals none;
    RETURN_IF_ERROR(OpenServices(none));
    CatalogueService& catalogue = vault_->catalogue();
    RETURN_IF_ERROR(catalogue.PutField(As(0), TextField("name", SearchKind::kExact)).Wait().status());
    RETURN_IF_ERROR(catalogue.PutField(As(0), TextField("first", SearchKind::kExact)).Wait().status());
    RETURN_IF_ERROR(catalogue.PutField(As(0), TextField("second", SearchKind::kNone)).Wait().status());
    RETURN_IF_ERROR(
        catalogue.PutCollectionPoint(As(0), {kPoint, "a test", {"name", "first", "second"}}).Wait().status());
    TokenDomain domain;
    domain.name = kDomain;
    RETURN_IF_ERROR(vault_->tokens().PutDomain(As(0), std::move(domain)).Wait().status());
    Drop();
    files_options_.unsafe_no_sync_for_tests =
        !protections_.sync;  // from here on, so that the control loses work and not the vault
    return Status::Ok();
  }

  Status Open(CrashTotals& totals) {
    ASSIGN_OR_RETURN(files_, VaultFiles::Open(config_, false, files_options_));
    return OpenServices(totals);
  }

  Status OpenServices(CrashTotals& totals) {
    ASSIGN_OR_RETURN(const SecretBytes root, OpenLock(*files_->office().keys, secret_));
    ASSIGN_OR_RETURN(OpenedHouse opened, OpenHouse(*files_, root, clock_, system_random_));
    sequencers_ = std::move(opened.sequencers);
    for (const auto& room : opened.house->compartments()) {
      ASSIGN_OR_RETURN(const auto intents, room->sealed->ListDocuments(Table::kIntent, {}, 10'000));
      totals.erasures_finished += intents.size();
      RETURN_IF_ERROR(LookAtMoves(*room->customer_keys, totals));
    }
    OpenVaultOptions options;
    options.rotation = {.rotate_days = 0, .keep_days = 0};
    ASSIGN_OR_RETURN(vault_, OpenVault::Open(std::move(opened.house), options));
    const EpochsAnswer epochs = vault_->key_rotation().Look();
    for (const RoomEpochs& room : epochs.rooms) {
      for (const EpochInfo& info : room.epochs) {
        totals.rotations_found_begun += info.state == EpochState::kClosed;
        if (info.state == EpochState::kDestroyed) epochs_destroyed_.insert({room.room, info.epoch});
      }
    }
    return Status::Ok();
  }

  Status LookAtMoves(CustomerKeys& keys, CrashTotals& totals) const {
    ASSIGN_OR_RETURN(const std::vector<CustomerId> arrivals, keys.ScanArrivals(0, 10'000));
    totals.moves_found_begun += arrivals.size();
    for (const CustomerId customer : arrivals) {
      if (protections_.move_notes) break;
      ASSIGN_OR_RETURN(const std::optional<Arrival> arrival, keys.ArrivalOf(customer));
      RETURN_IF_ERROR(keys.ForgetArrival(customer, *arrival));
    }
    return Status::Ok();
  }

  void Drop() {
    sequencers_.clear();
    vault_.reset();
    files_.reset();
  }

  Caller As(uint64_t request_id) const {
    Caller caller;
    caller.principal = principal_;
    caller.address = IpAddress::Loopback();
    caller.request_id = request_id;
    caller.purpose = "crash-test";
    return caller;
  }

  // All callers work until the power goes; somebody outside fetches checkpoints meanwhile.
  void Work() {
    std::atomic<int> running{kCallers};
    std::vector<std::thread> threads;
    for (Worker& worker : workers_) {
      threads.emplace_back([this, &worker, &running, seed = random_()] {
        WorkUntilFailure(worker, seed);
        --running;
      });
    }
    // And keys rotate, are proved out of use and destroyed.
    threads.emplace_back([this, &running] {
      while (running > 0) {
        vault_->key_rotation().Rotate(As(0)).Wait().status().IgnoreError();  // under way, or the power is gone
        vault_->key_rotation().RunDue().IgnoreError();
      }
    });
    while (running > 0) {
      for (const auto& room : vault_->house().compartments()) {
        Result<std::string> note = room->log->ReadCheckpoint();
        if (note.ok()) witnessed_[room->info.name] = *std::move(note);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    for (std::thread& thread : threads) thread.join();
  }

  void WorkUntilFailure(Worker& worker, uint64_t seed) {
    std::mt19937_64 random(seed);
    for (int step = 0; step < 400; ++step) {
      const uint64_t request_id = next_request_++;
      const uint64_t dice = random() % 12;
      std::vector<Expected*> alive;
      for (Expected& customer : worker.customers) {
        if (!customer.code.empty() && !customer.erased && !customer.erasing) alive.push_back(&customer);
      }
      bool answered = false;
      if (alive.empty() || dice < 3) {
        answered = Create(worker, request_id);
      } else {
        Expected& customer = *alive[random() % alive.size()];
        if (dice < 5) {
          answered = Change(customer, request_id);
        } else if (dice < 8) {
          const auto revealed =
              vault_->customers().Reveal(As(request_id), {customer.code, {"name", "first", "second"}}).Wait();
          answered = revealed.ok();
        } else if (dice < 9) {
          answered = MakeToken(customer, request_id);
        } else if (dice < 11) {
          answered = Move(customer, request_id);
        } else {
          customer.erasing = true;
          const auto erased = vault_->customers().Erase(As(request_id), customer.code).Wait();
          answered = erased.ok();
          customer.erased = answered;
        }
      }
      if (!answered) return;
      worker.answered_requests.insert(request_id);
    }
  }

  bool Create(Worker& worker, uint64_t request_id) {
    Expected customer;
    customer.external_id = std::to_string(worker.number) + "-" + std::to_string(worker.next_customer++);
    customer.value = request_id;
    const std::string name = NameOfCustomer(customer.external_id);
    const std::string value = ValueText(request_id);
    CreateRequest request;
    request.compartment = worker.number % 2 == 0 ? "main" : "vip";
    request.collection_point = kPoint;
    request.external_id = customer.external_id;
    request.values = {{"name", name}, {"first", value}, {"second", value}};
    Result<CreateAnswer> created = vault_->customers().Create(As(request_id), request).Wait();
    if (created.ok()) customer.code = created->code;
    customer.room = request.compartment;
    worker.customers.push_back(std::move(customer));
    return created.ok();
  }

  bool Change(Expected& customer, uint64_t request_id) {
    const std::string value = ValueText(request_id);
    ChangeRequest request;
    request.code = customer.code;
    request.any_version = true;
    request.collection_point = kPoint;
    request.set = {{"first", value}, {"second", value}};
    customer.attempted = request_id;
    if (!vault_->customers().Change(As(request_id), request).Wait().ok()) return false;
    customer.value = request_id;
    customer.attempted.reset();
    return true;
  }

  bool Move(Expected& customer, uint64_t request_id) {
    customer.going = customer.room == "main" ? "vip" : "main";
    const auto moved = vault_->customer_moves().Move(As(request_id), customer.code, *customer.going).Wait();
    if (!moved.ok()) return false;
    customer.room = *customer.going;
    customer.going.reset();
    return true;
  }

  bool MakeToken(Expected& customer, uint64_t request_id) {
    TokenRequest request;
    request.code = customer.code;
    request.field = "name";  // which no change replaces
    const std::vector<TokenRequest> requests = {request};
    auto made = vault_->tokens().Create(As(request_id), kDomain, requests).Wait();
    if (!made.ok() || !made->front().ok()) return false;
    customer.tokens.push_back(made->front()->token);
    return true;
  }

  // --- after the power came back ---

  std::string Check(CrashTotals& found) {
    for (Worker& worker : workers_) {
      for (Expected& customer : worker.customers) {
        std::string wrong = CheckCustomer(customer, found);
        if (!wrong.empty()) return "customer " + customer.external_id + ": " + wrong;
      }
    }
    if (std::string wrong = CheckLogs(found); !wrong.empty()) return wrong;
    const Result<FsckReport> report = CheckVault(*vault_, StoresOfFiles(*files_));
    if (!report.ok()) return "fsck: " + report.status().ToString();
    if (!report->findings.empty()) return "fsck: " + report->findings.front().Line();
    return "";
  }

  std::string CheckCustomer(Expected& customer, CrashTotals& found) {
    const Result<OpenCustomer> by_id = vault_->customers().Open("ext:" + customer.external_id);
    const bool there = by_id.ok();
    if (!there && by_id.reason() != Reason::kCustomerNotFound) return by_id.status().ToString();
    if (customer.erased && there) return "was erased and is there again";
    if (!there && !customer.erased && !customer.erasing && !customer.code.empty()) return "was created and is gone";
    if (!customer.code.empty()) {
      if (vault_->customers().Open(customer.code).ok() != there)
        return "is found by its code or its external id, not by both";
    } else if (there) {
      customer.code = vault_->house().codes().EncodeCustomer(by_id->id);  // created, though nobody was told
      ++found.unanswered_kept;
    }
    if (!there) {
      if (std::string wrong = CheckGone(customer); !wrong.empty()) return wrong;
      found.erasures += customer.erased ? 1 : 0;
      customer.erased = !customer.code.empty();
      return "";
    }
    customer.erasing = false;  // an erasure that broke off before its intent was durable
    if (std::string wrong = CheckRoom(*by_id, customer, found); !wrong.empty()) return wrong;
    return CheckValues(*by_id, customer, found);
  }

  std::string CheckGone(const Expected& customer) {
    for (const std::string& token : customer.tokens) {
      const std::vector<std::string_view> tokens = {token};
      const auto resolved = vault_->tokens().Resolve(As(next_request_++), kDomain, tokens).Wait();
      if (resolved.ok() && resolved->front().ok()) return "is erased, and a token of it resolves";
    }
    const std::string name = NameOfCustomer(customer.external_id);
    const auto hits = vault_->customers().Search(As(next_request_++), "", "name", name, false).Wait();
    if (!hits.ok()) return hits.status().ToString();
    if (!hits->empty()) return "is gone, and a search finds it";
    return customer.code.empty() ? "" : CheckPlaces(*vault_->house().codes().DecodeCustomer(customer.code), nullptr);
  }

  // Record, items, key: in this compartment, or in none; and nothing of a move is left.
  std::string CheckPlaces(CustomerId id, const Room* lives) const {
    for (const auto& room : vault_->house().compartments()) {
      const Result<std::vector<CustomerId>> record = room->sealed->ScanRecords(id, 1);
      const Result<std::vector<CustomerId>> items = room->sealed->ScanItemOwners(id, 1);
      const Result<std::optional<Departure>> departure = room->customer_keys->DepartureOf(id);
      const Result<std::optional<Arrival>> arrival = room->customer_keys->ArrivalOf(id);
      const Result<uint32_t> key = room->customer_keys->GenerationOf(id);
      if (!record.ok() || !items.ok() || !departure.ok() || !arrival.ok()) return "its places cannot be read";
      if (arrival->has_value() || (departure->has_value() && (*departure)->state == DepartureState::kLeaving))
        return "is still on the way";
      const bool here = room.get() == lives;
      const auto is = [id](const std::vector<CustomerId>& found) { return !found.empty() && found.front() == id; };
      if (is(*record) != here || key.ok() != here)
        return "has a record or key in " + room->info.name + ", wrongly or not";
      if (is(*items) && !here) return "has left something in " + room->info.name;
    }
    return "";
  }

  // Where it was, or where it was to go.
  std::string CheckRoom(const OpenCustomer& opened, Expected& customer, CrashTotals& found) {
    const std::string& room = opened.room->info.name;
    if (customer.going == room) {
      ++found.moves_unanswered;
    } else if (room != customer.room) {
      return "was moved to " + customer.room + " and lives in " + room;
    }
    customer.room = room;
    customer.going.reset();
    const std::string name = NameOfCustomer(customer.external_id);
    for (const auto& any : vault_->house().compartments()) {
      const auto hits = vault_->customers().Search(As(next_request_++), any->info.name, "name", name, false).Wait();
      if (!hits.ok()) return "a search: " + hits.status().ToString();
      if (hits->size() != (any.get() == opened.room ? 1 : 0))
        return "is found in " + any->info.name + " wrongly, or not";
    }
    return CheckPlaces(opened.id, opened.room);
  }

  std::string CheckValues(const OpenCustomer& opened, Expected& customer, CrashTotals& found) {
    const CataloguePtr catalogue = vault_->catalogue().Current();
    const auto value_of = [&](const char* field) {
      const RecordValue* value = opened.record.Find(catalogue->FindField(field)->id);
      return value == nullptr ? std::string() : std::string(value->text);
    };
    if (value_of("name") != NameOfCustomer(customer.external_id)) return "has another name";
    if (value_of("first") != value_of("second")) return "was changed by half";
    if (customer.attempted.has_value() && value_of("first") == ValueText(*customer.attempted)) {
      customer.value = *customer.attempted;
      ++found.unanswered_kept;
    }
    customer.attempted.reset();
    if (value_of("first") != ValueText(customer.value)) return "has lost an acknowledged change";
    for (const std::string& token : customer.tokens) {
      const std::vector<std::string_view> tokens = {token};
      const auto resolved = vault_->tokens().Resolve(As(next_request_++), kDomain, tokens).Wait();
      if (!resolved.ok()) return "its token: " + resolved.status().ToString();
      if (!resolved->front().ok()) return "its token: " + resolved->front().status().ToString();
      if (resolved->front()->code != customer.code) return "its token leads to somebody else";
      ++found.tokens;
    }
    return "";
  }

  // Every request that was answered stands in a log, and each log continues what was seen of it outside.
  std::string CheckLogs(CrashTotals& found) {
    std::set<uint64_t> recorded;
    std::vector<const Room*> rooms = {&vault_->house().office()};
    for (const auto& room : vault_->house().compartments()) rooms.push_back(room.get());
    for (const Room* room : rooms) {
      std::string wrong = ReadLog(*room, recorded, found);
      if (!wrong.empty()) return "log " + room->info.name + ": " + wrong;
    }
    for (const Worker& worker : workers_) {
      for (const uint64_t request : worker.answered_requests) {
        if (!recorded.contains(request))
          return "request " + std::to_string(request) + " was answered and stands in no log";
      }
    }
    return "";
  }

  std::string ReadLog(const Room& room, std::set<uint64_t>& recorded, CrashTotals& found) {
    // What is durable but not merged yet comes with the first page.
    std::optional<uint64_t> before;
    while (true) {
      const Result<LogPage> page = room.log->Find({}, 1'000, before);
      if (!page.ok()) return page.status().ToString();
      for (const IndexedEntry& indexed : page->entries) {
        const AuditEntry& entry = indexed.entry;
        if (entry.outcome != Reason::kOk) continue;
        if (recorded.insert(entry.request_id).second && WasAnswered(entry.request_id)) {
          found.creates += entry.action == Action::kCustomerCreate ? 1 : 0;
          found.changes += entry.action == Action::kCustomerChange ? 1 : 0;
          found.reveals += entry.action == Action::kCustomerReveal ? 1 : 0;
          found.moves += entry.action == Action::kCustomerMove ? 1 : 0;
        }
      }
      before = page->next_before;
      if (!before.has_value()) break;
    }
    const auto witnessed = witnessed_.find(room.info.name);
    if (witnessed == witnessed_.end()) return "";
    const Result<VerifierKey> key = room.log->Key();
    if (!key.ok()) return key.status().ToString();
    TempDir directory;
    if (const auto exported = ExportLog(*room.log, directory.path(), *key); !exported.ok())
      return exported.status().ToString();
    const VerifyReport report = VerifyExport(directory.path(), *key, witnessed->second);
    if (!report.ok()) return "does not continue a checkpoint seen before the cut: " + report.problem->ToString();
    ++found.checkpoints_continued;
    return "";
  }

  bool WasAnswered(uint64_t request) const {
    for (const Worker& worker : workers_) {
      if (worker.answered_requests.contains(request)) return true;
    }
    return false;
  }

  TempDir directory_;
  std::mt19937_64 random_;
  const CrashProtections protections_;
  SystemClock clock_;
  SystemRandom system_random_;
  ServerConfig config_;
  VaultFilesOptions files_options_;
  std::shared_ptr<DroppingFileSystem> file_system_;
  std::unique_ptr<rocksdb::Env> env_;
  SecretBytes secret_;
  std::shared_ptr<const Principal> principal_;
  std::unique_ptr<VaultFiles> files_;
  std::unique_ptr<OpenVault> vault_;
  std::vector<std::unique_ptr<SequencerRunner>> sequencers_;
  std::atomic<uint64_t> next_request_{1};
  Worker workers_[kCallers];
  std::map<std::string, std::string> witnessed_;  // by room: the newest checkpoint that somebody outside has
  std::set<std::pair<std::string, Epoch>> epochs_destroyed_;  // as found after cuts
};

}  // namespace

std::string RunCrashCycle(uint64_t seed, const CrashProtections& protections, CrashTotals& totals) {
  return Vault(seed, protections).Run(totals);
}

}  // namespace strongroom
