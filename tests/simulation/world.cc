#include "world.h"

#include <chrono>
#include <filesystem>
#include <thread>

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
  TokenDomain domain;
  domain.name = kDomain;
  return open->tokens().PutDomain(Program(), std::move(domain)).Wait().status();
}

Status World::Start() {
  ASSIGN_OR_RETURN(files_, VaultFiles::Open(config_, false, files_options_));
  HouseOptions options;
  options.still_for_tests = true;
  ASSIGN_OR_RETURN(keeper_, Keeper::Create(config_, *files_, clock_, random_, options));
  return Unlock();
}

Status World::OpenSequencers() {
  const std::shared_ptr<OpenVault> open = vault();
  const CompartmentId vault_id = open->house().compartments().front()->info.id;
  const auto add = [&](const Room& room, const std::string& origin) -> Status {
    ASSIGN_OR_RETURN(RoomStores * stores, files_->Room(room.info.name, false));
    SequencerOptions options;
    options.origin = origin;
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

void World::Close() {
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

Status World::Unlock() {
  ASSIGN_OR_RETURN(const LockInfo info, ReadLockInfo(*files_->office().keys));
  if (info.kind == LockKind::kShares) {
    for (size_t i = 0; i < info.threshold; ++i) {
      RETURN_IF_ERROR(keeper_->Unlock(SecretBytes::CopyOf(shares_.at(i))));
    }
  } else {
    RETURN_IF_ERROR(keeper_->Unlock(SecretBytes::CopyOf(passphrase_)));
  }
  return OpenSequencers();
}

Status World::ChangeLock(bool other_lock, bool rotate_root) {
  ASSIGN_OR_RETURN(const LockInfo info, ReadLockInfo(*files_->office().keys));
  LockChange change;
  change.keep_lock = !other_lock;
  change.rotate_root = rotate_root;
  if (info.kind == LockKind::kShares) {
    for (size_t i = 0; i < info.threshold; ++i) change.present.push_back(SecretBytes::CopyOf(shares_[i]));
    // Known before it is asked for: whatever becomes of the answer, one of the two opens the lock.
    passphrase_ = "a passphrase of the simulation " + std::to_string(++passphrases_);
    change.secret = SecretBytes::CopyOf(passphrase_);
  } else {
    change.present.push_back(SecretBytes::CopyOf(passphrase_));
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
