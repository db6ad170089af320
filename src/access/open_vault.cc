#include "access/open_vault.h"

#include <utility>

#include "access/house_people.h"
#include "names/name_finder.h"

namespace strongroom {

OpenVault::OpenVault(std::unique_ptr<House> house, std::shared_ptr<const PolicySet> policy)
    : house_(std::move(house)), policy_(std::move(policy)), gate_(*house_, policy_) {}

Result<std::unique_ptr<OpenVault>> OpenVault::Open(std::unique_ptr<House> house, const OpenVaultOptions& options) {
  ASSIGN_OR_RETURN(std::shared_ptr<const PolicySet> policy, PolicyService::Load(*house->office().sealed));
  std::unique_ptr<OpenVault> vault(new OpenVault(std::move(house), std::move(policy)));
  Gate& gate = vault->gate_;
  vault->fleet_ = std::make_unique<Fleet>(gate, options.fleet);
  RETURN_IF_ERROR(vault->fleet_->BeginToLook());
  ASSIGN_OR_RETURN(std::unique_ptr<Courier> courier, MakeCourier(options.outbox));
  ASSIGN_OR_RETURN(vault->outbox_, Outbox::Open(vault->house(), std::move(courier)));
  vault->outbox_service_ = std::make_unique<OutboxService>(gate, *vault->outbox_);
  ASSIGN_OR_RETURN(vault->catalogue_, CatalogueService::Open(gate));
  ErasureOptions erasing = options.erasing;
  erasing.rotate_days = options.rotation.rotate_days;
  erasing.keep_days = options.rotation.keep_days;
  vault->customers_ = std::make_unique<Customers>(gate, *vault->catalogue_, erasing);
  ASSIGN_OR_RETURN(vault->tokens_, Tokens::Open(gate, *vault->catalogue_, *vault->customers_));
  vault->importer_ = std::make_unique<Importer>(gate, *vault->catalogue_, *vault->customers_);
  vault->disclosures_ = std::make_unique<Disclosures>(gate, *vault->catalogue_, *vault->customers_);
  vault->text_filters_ = std::make_unique<TextFilters>(gate, names::NameFinder::BuiltIn());
  vault->paper_filters_ = std::make_unique<PaperFilters>(gate, options.paper_worker);
  vault->files_ = std::make_unique<Files>(gate, *vault->catalogue_, *vault->customers_);
  ASSIGN_OR_RETURN(vault->api_keys_, ApiKeys::Open(gate));
  ASSIGN_OR_RETURN(vault->staff_directory_, StaffDirectory::Open(gate));
  ASSIGN_OR_RETURN(vault->access_settings_, AccessSettingsService::Open(gate));
  ASSIGN_OR_RETURN(vault->devices_, Devices::Open(gate, *vault->staff_directory_, *vault->access_settings_));
  vault->ceiling_ = std::make_unique<Ceiling>(gate, *vault->staff_directory_, *vault->access_settings_,
                                              *vault->catalogue_, *vault->api_keys_);
  vault->staff_ = std::make_unique<Staff>(gate, *vault->staff_directory_, *vault->ceiling_);
  ASSIGN_OR_RETURN(vault->registers_, Registers::Open(gate, *vault->staff_directory_));
  ASSIGN_OR_RETURN(vault->last_use_, LastUse::Open(*vault->house_, *vault->catalogue_));
  vault->review_ = std::make_unique<Review>(gate, *vault->staff_directory_, *vault->access_settings_, *vault->api_keys_,
                                            *vault->ceiling_, *vault->last_use_);
  vault->score_ = std::make_unique<Score>(Score::Of{
      gate, *vault->outbox_, *vault->catalogue_, *vault->staff_directory_, *vault->staff_, *vault->access_settings_,
      *vault->registers_, *vault->api_keys_, *vault->ceiling_, *vault->review_, *vault->last_use_});
  vault->access_jobs_ = std::make_unique<AccessJobs>(gate, *vault->staff_directory_, *vault->registers_,
                                                     *vault->review_, *vault->last_use_, *vault->outbox_);
  vault->policy_service_ = std::make_unique<PolicyService>(gate);
  vault->audit_ = std::make_unique<AuditService>(gate, *vault->customers_, options.witness.public_log);
  ASSIGN_OR_RETURN(vault->log_witnesses_, LogWitnesses::Open(gate, *vault->outbox_, options.witness));
  ASSIGN_OR_RETURN(LogReceivers receivers, MakeLogReceivers(options.log_export));
  ASSIGN_OR_RETURN(vault->log_export_,
                   LogExport::Open(vault->house(), std::move(receivers), options.log_export.customers));
  vault->idempotency_ = std::make_unique<Idempotency>(gate);
  ASSIGN_OR_RETURN(vault->front_door_, FrontDoor::Open(gate, *vault->staff_directory_, *vault->registers_,
                                                       *vault->access_settings_, options.front_door));
  vault->front_door_->notices().Use(vault->outbox_.get());
  vault->front_door_->setup().UseBreaches(options.front_door.breaches);
  vault->customer_door_ = std::make_unique<CustomerDoor>(*vault->front_door_, *vault->catalogue_, *vault->customers_,
                                                         *vault->access_settings_);
  vault->customer_door_->factors().UseBreaches(options.front_door.breaches);
  vault->front_door_->sessions().Use(vault->devices_.get());
  vault->idempotency_->SweepExpired().IgnoreError();  // later claims sweep as well; nobody is locked out for it
  vault->people_ = std::make_unique<HousePeople>(*vault->staff_directory_, *vault->api_keys_, vault->house_->clock());
  vault->messenger_ = std::make_unique<Messenger>(*vault->people_);
  vault->messenger_->Use(vault->outbox_.get());
  vault->approvals_ = std::make_unique<Approvals>(gate, *vault->people_, *vault->messenger_);
  ASSIGN_OR_RETURN(vault->budgets_, Budgets::Open(gate, *vault->people_, *vault->messenger_));
  vault->safeguards_ = std::make_unique<AccessSafeguards>(gate, *vault->people_, *vault->approvals_, *vault->budgets_,
                                                          *vault->messenger_);
  gate.SetSafeguards(vault->safeguards_.get());
  // Whoever may not work any more has asked for nothing and agreed to nothing.
  vault->staff_directory_->AddListener(
      [approvals = vault->approvals_.get()](const StaffMemberPtr& before, const StaffMemberPtr& after) {
        const auto works = [](const StaffMemberPtr& one) {
          return one != nullptr && one->state == StaffState::kActive && !one->locked_at.has_value();
        };
        if (works(before) && !works(after)) approvals->EndAllOf(after->id);
      });
  vault->index_jobs_ = std::make_unique<IndexJobs>(*vault->house_, *vault->catalogue_);
  // One that cannot be finished must not keep the house shut: doctor tells of it.
  vault->customer_moves_ = std::make_unique<CustomerMoves>(vault->gate_, *vault->catalogue_, *vault->customers_);
  vault->erasure_jobs_ =
      std::make_unique<ErasureJobs>(*vault->house_, *vault->customers_, vault->customer_moves_.get());
  if (vault->house_->on_duty()) vault->erasure_jobs_->RunDue();
  vault->backups_ = std::make_unique<BackupRegister>(gate);
  vault->key_rotation_ = std::make_unique<KeyRotation>(gate, options.rotation);
  vault->ListenToOthers();
  if (options.sends_notices) {
    vault->fleet_->WhenOnDuty([backups = vault->backups_.get()] { return backups->FailInterrupted(); });
    if (!vault->house_->view().shared()) RETURN_IF_ERROR(vault->backups_->FailInterrupted());
    RETURN_IF_ERROR(vault->fleet_->Join());
    vault->key_rotation_->Start();
    vault->erasure_jobs_->Start();
    vault->outbox_->Start();
    vault->access_jobs_->Start();
    vault->index_jobs_->Start();
    vault->log_witnesses_->Start();
    vault->log_export_->Start();
  }
  return vault;
}

// How each table that is kept in memory (KeptInMemory in keys/sealed_store.cc) is read anew.
void OpenVault::ListenToOthers() {
  Fleet& fleet = *fleet_;
  for (const Table table : {Table::kField, Table::kCollectionPoint}) {
    fleet.WhenChanged(table, [this] { return catalogue_->Refresh(); });
  }
  fleet.WhenChanged(Table::kTokenDomain, [this] { return tokens_->RefreshDomains(); });
  fleet.WhenChanged(Table::kPolicy, [this] { return policy_service_->Refresh(); });
  fleet.WhenChanged(Table::kApiKey, [this] { return api_keys_->Refresh(); });
  fleet.WhenChanged(Table::kStaff, [this] { return staff_directory_->Refresh(); });
  fleet.WhenChanged(Table::kSession, [this] { return front_door_->sessions().Refresh(); });
  for (const Table table : {Table::kDevice, Table::kAccess}) {
    fleet.WhenChanged(table, [this] { return devices_->Refresh(); });
  }
  fleet.WhenChanged(Table::kAccess, [this] { return access_settings_->Refresh(); });
  fleet.WhenChanged(Table::kAccess, [this] { return front_door_->single_sign_on().Load(); });
  fleet.WhenChanged(Table::kBudget, [this] { return budgets_->Refresh(); });
  fleet.WhenChangedLater(Table::kAttempt, [this] { return front_door_->attempts().Refresh(); });
  fleet.WhenChanged(Table::kRegister, [this] { return registers_->Refresh(); });
}

}  // namespace strongroom
