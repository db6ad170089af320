#include "world.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include "audit/log_generation.h"
#include "keys/lock.h"
#include "server/init.h"

namespace strongroom {
namespace {

FieldDef FieldOf(const std::string& name, FieldType type, SearchKind search, Sensitivity sensitivity) {
  FieldDef field;
  field.name = name;
  field.type = type;
  field.sensitivity = sensitivity;
  field.search = search;
  field.purposes = {World::kPurpose};
  field.legal_basis = "contract";
  return field;
}

std::shared_ptr<const Principal> PrincipalOf(PrincipalId id, PrincipalKind kind, std::vector<std::string> roles) {
  Principal principal;
  principal.id = id;
  principal.kind = kind;
  principal.roles = std::move(roles);
  principal.purposes = {"*"};
  principal.token_domains = {"*"};
  return std::make_shared<const Principal>(std::move(principal));
}

// The default policy, a role that may do everything, and a budget that is soon used up but locks nobody.
std::string Policy() {
  std::string policy(PolicySet::DefaultToml());
  constexpr std::string_view kRoles = "roles = [";
  policy.insert(policy.find(kRoles) + kRoles.size(), "\n  \"everything\",");
  policy += "\n[[rule]]\nname = \"everything-to-everything\"\nroles = [\"everything\"]\ndecision = \"plain\"\n";
  constexpr std::string_view kHour = "customers = 40\nper = \"hour\"\nlock_after = 20";
  const size_t at = policy.find(kHour);
  if (at != std::string::npos) {
    policy.replace(at, kHour.size(), "customers = " + std::to_string(World::kBudget) + "\nper = \"hour\"");
  }
  return policy;
}

}  // namespace

World::World(const WorldOptions& options)
    : options_(options),
      program_(PrincipalOf(7, PrincipalKind::kApplication, {"everything"})),
      support_(PrincipalOf(9, PrincipalKind::kStaff, {"support"})) {
  std::filesystem::create_directory(directory_.Path("graveyard"));
  disk_ = options.rocksdb ? MakeRocksDisk(directory_.path(), options.disk)
                          : MakeMemoryDisk(directory_.path(), options.disk);
  disk_->Attach(config_, files_options_);
  config_.epoch_rotate_days = 0;  // when a step says so
  config_.epoch_keep_days = 35;
  config_.backup.directory = directory_.Path("sets");
  std::filesystem::create_directory(config_.backup.directory);
  age_keys_.identities.push_back(AgeIdentity::Generate(random_));
  config_.backup.recipients = {age_keys_.identities.front().recipient()};
}

World::~World() {
  disk_->CutPower();
  Close();
}

Caller World::Program() {
  Caller caller;
  caller.principal = program_;
  caller.address = IpAddress::Loopback();
  caller.purpose = kPurpose;
  caller.request_id = next_request_++;
  return caller;
}

Caller World::Support() {
  Caller caller = Program();
  caller.principal = support_;
  caller.standing.training_current = caller.standing.agreement_signed = true;
  caller.standing.acceptable_use_accepted = true;
  return caller;
}

Status World::Make() {
  ASSIGN_OR_RETURN(files_, VaultFiles::Open(config_, true, files_options_));
  InitOptions options;
  options.lock.info = {LockKind::kShares, 2, 3};
  options.first_key.name = "first";
  options.first_key.kind = PrincipalKind::kApplication;
  options.first_key.roles = {"administrator"};
  ASSIGN_OR_RETURN(const InitResult made, InitialiseVault(*files_, std::move(options), clock_, random_));
  for (const SecretShare& share : made.shares) shares_.push_back(EncodeShare(share));
  Close();
  RETURN_IF_ERROR(Start());
  return MakeCatalogue();
}

Status World::MakeCatalogue() {
  const std::shared_ptr<OpenVault> open = vault();
  Caller first = Program();
  first.principal = PrincipalOf(7, PrincipalKind::kApplication, {"administrator"});
  RETURN_IF_ERROR(open->policy().Change(first, Policy()).Wait().status());
  std::vector<FieldDef> fields;
  fields.push_back(FieldOf("name", FieldType::kText, SearchKind::kExact, Sensitivity::kPersonal));
  fields.push_back(FieldOf("email", FieldType::kEmail, SearchKind::kExact, Sensitivity::kPersonal));
  fields.push_back(FieldOf("card", FieldType::kCard, SearchKind::kNone, Sensitivity::kFinancial));
  fields.push_back(FieldOf("first", FieldType::kText, SearchKind::kExact, Sensitivity::kPersonal));
  fields.push_back(FieldOf("second", FieldType::kText, SearchKind::kNone, Sensitivity::kPersonal));
  fields.push_back(FieldOf("password", FieldType::kPassword, SearchKind::kNone, Sensitivity::kCredential));
  fields.push_back(FieldOf("scan", FieldType::kFile, SearchKind::kNone, Sensitivity::kPersonal));
  fields.back().repeated = true;
  CollectionPoint point;
  point.name = kPoint;
  point.description = "a test";
  for (FieldDef& field : fields) {
    point.fields.push_back(field.name);
    RETURN_IF_ERROR(open->catalogue().PutField(Program(), std::move(field)).Wait().status());
  }
  RETURN_IF_ERROR(open->catalogue().PutCollectionPoint(Program(), std::move(point)).Wait().status());
  ApiKeySpec key;
  key.name = "the wire";
  key.kind = PrincipalKind::kApplication;
  key.roles = {"everything"};
  key.purposes = key.token_domains = {"*"};
  const auto made = open->api_keys().Create(Program(), std::move(key)).Wait();
  RETURN_IF_ERROR(made.status());
  api_key_ = std::string(ExposeSecret(made->key_text));
  TokenDomain domain;
  domain.name = kDomain;
  return open->tokens().PutDomain(Program(), std::move(domain)).Wait().status();
}

Status World::Start() {
  ASSIGN_OR_RETURN(files_, VaultFiles::Open(config_, false, files_options_));
  HouseOptions options;
  options.still_for_tests = true;
  options.device_for_tests = &device_;
  ASSIGN_OR_RETURN(keeper_, Keeper::Create(config_, *files_, clock_, random_, options));
  return Unlock();
}

Status World::OpenSequencers() {
  const std::shared_ptr<OpenVault> open = vault();
  const CompartmentId vault_id = open->house().compartments().front()->info.id;
  const auto add = [&](const Room& room, const std::string& origin) -> Status {
    ASSIGN_OR_RETURN(RoomStores * stores, files_->Room(room.info.name, false));
    ASSIGN_OR_RETURN(const std::optional<LogGeneration> restored,
                     ReadLogGeneration(*stores->keys, room.sealed->ring()));
    SequencerOptions options;
    options.origin = restored.has_value() ? restored->origin : origin;
    ASSIGN_OR_RETURN(sequencers_[room.info.name],
                     Sequencer::Open(*stores->data, *stores->keys, room.sealed->ring_ptr(), random_, options));
    return Status::Ok();
  };
  RETURN_IF_ERROR(add(open->house().office(), LogOrigin("office", vault_id)));
  for (const auto& room : open->house().compartments()) {
    RETURN_IF_ERROR(add(*room, LogOrigin(room->info.name, room->info.id)));
  }
  return Status::Ok();
}

void World::GoElsewhere() {
  const std::string place = "elsewhere-" + std::to_string(++places_);
  disk_->CopyTree("data/keys", place + "/keys");
  config_.data_dir = directory_.Path(place);
}

void World::Return() { config_.data_dir = directory_.Path("data"); }

Result<SecretBytes> World::RootKeyOf(const Store& office_keys) {
  ASSIGN_OR_RETURN(const LockInfo info, ReadLockInfo(office_keys));
  if (info.kind != LockKind::kShares) return OpenLock(office_keys, SecretOf(info), &device_);
  std::vector<SecretShare> shares;
  for (size_t i = 0; i < info.threshold; ++i) {
    ASSIGN_OR_RETURN(SecretShare share, DecodeShare(shares_.at(i)));
    shares.push_back(std::move(share));
  }
  ASSIGN_OR_RETURN(const SecretBytes secret, CombineShares(shares));
  return OpenLock(office_keys, secret);
}

Status World::Restore(const std::vector<std::string>& files, bool with_mark, bool with_replay) {
  RestoreHooks hooks;
  hooks.say = [](const std::string&) {};
  hooks.progress = [](std::string_view, uint64_t) {};
  hooks.confirm = [](const std::string&) -> Result<bool> { return true; };
  hooks.unlock = [this](const Store& office_keys) { return RootKeyOf(office_keys); };
  hooks.without_mark_for_tests = !with_mark;
  hooks.without_replay_for_tests = !with_replay;
  hooks.still_for_tests = true;
  RestoreOrder order;
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(RestoreSet set, OpenRestoreSet(config_.backup.directory + "/" + file, age_keys_));
    order.data.push_back(std::move(set));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<VaultFiles> stores,
                   VaultFiles::Open(config_, CreateStores{.data = true, .keys = false}, files_options_));
  return RunRestore(*stores, order, hooks, clock_, random_).status();
}

Result<Wire*> World::OpenWire() {
  if (wire_ == nullptr) {
    ASSIGN_OR_RETURN(wire_, Wire::Open(*keeper_, clock_, api_key_));
  }
  return wire_.get();
}

void World::Close() {
  wire_.reset();
  sequencers_.clear();
  if (keeper_ != nullptr) keeper_->Close().IgnoreError();
  keeper_.reset();
  files_.reset();
}

void World::LosePower(uint64_t salt) {
  disk_->CutPower();
  Close();
  disk_->LoseUnsynced(salt);
}

void World::EndProcess() {
  Close();
  disk_->EndProcess();
}

Status World::Sequence(const std::string& room) { return sequencers_.at(room)->Step().status(); }

Status World::Lock() {
  sequencers_.clear();
  RETURN_IF_ERROR(keeper_->Lock(Program()));
  while (!keeper_->GetStatus().locked) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return Status::Ok();
}

SecretBytes World::SecretOf(const LockInfo& info) const {
  return SecretBytes::CopyOf(IsInHardware(info.kind) ? SimulatedDevice::kPin : passphrase_);
}

Status World::Unlock() {
  ASSIGN_OR_RETURN(const LockInfo info, ReadLockInfo(*files_->office().keys));
  if (info.kind == LockKind::kShares) {
    for (size_t i = 0; i < info.threshold; ++i) {
      RETURN_IF_ERROR(keeper_->Unlock(SecretBytes::CopyOf(shares_.at(i))));
    }
  } else {
    RETURN_IF_ERROR(keeper_->Unlock(SecretOf(info)));
  }
  return OpenSequencers();
}

Status World::ChangeLock(bool other_lock, bool rotate_root, LockKind other) {
  ASSIGN_OR_RETURN(const LockInfo info, ReadLockInfo(*files_->office().keys));
  LockChange change;
  change.keep_lock = !other_lock;
  change.rotate_root = rotate_root;
  if (info.kind == LockKind::kShares) {
    for (size_t i = 0; i < info.threshold; ++i) change.present.push_back(SecretBytes::CopyOf(shares_[i]));
    // Known before it is asked for: whatever becomes of the answer, one of the two opens the lock.
    passphrase_ = "a passphrase of the simulation " + std::to_string(++passphrases_);
    change.kind = other;
    change.secret = SecretOf({.kind = other});
  } else {
    change.present.push_back(SecretOf(info));
    change.kind = LockKind::kShares;
    change.threshold = 2;
    change.count = 3;
  }
  ASSIGN_OR_RETURN(const LockChanged changed, keeper_->ChangeLock(Program(), change));
  if (changed.shares.empty()) return Status::Ok();
  shares_ = changed.shares;  // of no use until each was shown
  for (const std::string& share : shares_) {
    RETURN_IF_ERROR(keeper_->AcknowledgeShare(SecretBytes::CopyOf(share), IpAddress::Loopback()).status());
  }
  return Status::Ok();
}

}  // namespace strongroom
