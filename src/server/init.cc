#include "server/init.h"

#include <utility>

#include "policy/policy_set.h"
#include "server/add_compartment.h"
#include "server/custodians.h"
#include "server/restore_mark.h"

namespace strongroom {

StaffInvitation FirstAdministrator(const std::string& name) {
  StaffInvitation invitation;
  invitation.name = name;
  invitation.roles = {{"administrator", std::nullopt, 0}, {"operator", std::nullopt, 0}};
  return invitation;
}

Result<InitResult> InitialiseVault(VaultFiles& files, InitOptions options, const Clock& clock, Random& random) {
  if (options.compartments.empty()) return Status(Reason::kInvalidArgument, "a vault begins with a compartment");
  std::vector<CompartmentInfo> infos;
  for (const std::string& name : options.compartments) {
    ASSIGN_OR_RETURN(CompartmentInfo info, NextCompartment(infos, name, random));
    infos.push_back(std::move(info));
  }
  RETURN_IF_ERROR(files.CheckApart(infos));
  Store& office_keys = *files.office().keys;
  RETURN_IF_ERROR(RefuseUnfinishedRestore(office_keys));
  const Result<LockInfo> lock = ReadLockInfo(office_keys);
  if (lock.ok()) return Status(Reason::kAlreadyInitialised);
  if (lock.reason() != Reason::kNotInitialised) return lock.status();
  // Before anything is written: a vault half made cannot be made again.
  RETURN_IF_ERROR(CheckUnlockingSecret(options.lock.info.kind, options.secret));
  RETURN_IF_ERROR(CheckCustodians(options.custodians, options.lock.info.count));

  InitResult result;
  std::optional<ShareSheet> sheet;
  const SecretBytes root_key = SecretBytes::Generate(Aead::kKeySizeBytes, random);
  if (options.lock.info.kind == LockKind::kShares) {
    options.secret = SecretBytes::Generate(Aead::kKeySizeBytes, random);
    ASSIGN_OR_RETURN(result.shares,
                     SplitSecret(options.secret, options.lock.info.threshold, options.lock.info.count, random));
    sheet = ShareSheet::Of(result.shares, random);
  }
  ASSIGN_OR_RETURN(const NewLock new_lock, MakeLock(options.lock, options.secret, root_key, random));

  // Rings first and the lock last: a start that broke off in between has no lock, and says that it is not initialised.
  for (const CompartmentInfo& info : infos) {
    ASSIGN_OR_RETURN(RoomStores * stores, files.Room(info.name, true));
    if (const Status made = KeyRing::Create(*stores->keys, root_key, info.id, random, clock.NowMillis()); !made.ok()) {
      if (made.reason() != Reason::kAlreadyInitialised) return made;
      return Status(Reason::kAlreadyInitialised,
                    "an earlier start broke off here before there was a lock; nothing can be in it: remove the data "
                    "and key directories and start again");
    }
  }
  RETURN_IF_ERROR(KeyRing::Create(office_keys, root_key, kOffice, random, clock.NowMillis()));
  ASSIGN_OR_RETURN(const std::shared_ptr<const KeyRing> ring, KeyRing::Open(office_keys, root_key, kOffice));
  const SealedStore office(*files.office().data, ring, nullptr, random);
  ASSIGN_OR_RETURN(const std::unique_ptr<Journal> journal,
                   Journal::Open(*files.office().data, ring, clock, random, {}));
  ASSIGN_OR_RETURN(const std::shared_ptr<const PolicySet> policy, PolicySet::Parse(PolicySet::DefaultToml()));
  SealedBatch batch;
  RETURN_IF_ERROR(House::WriteCompartments(office, batch, infos));
  ASSIGN_OR_RETURN(NewApiKey first,
                   ApiKeys::PrepareFirst(office, batch, std::move(options.first_key), *policy, clock, random));
  if (!options.first_administrator.name.empty()) {
    ASSIGN_OR_RETURN(Invited invited, Staff::PrepareFirst(office, batch, std::move(options.first_administrator),
                                                          *policy, clock.NowMillis(), random));
    result.enrolment_until = invited.member->invitation_until.value_or(0);
    result.enrolment_code = std::move(invited.code);
  }
  if (sheet.has_value()) RETURN_IF_ERROR(PutCustodians(office, batch, sheet->id, {}, options.custodians));
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kServerStart;
  entry.decision = Decision::kPlain;
  entry.detail = "vault initialised";
  RETURN_IF_ERROR(journal->Submit(std::move(batch), std::move(entry)).Wait());
  RETURN_IF_ERROR(WriteFirstLock(office_keys, new_lock, sheet.has_value() ? &*sheet : nullptr));
  result.first_key_text = std::move(first.key_text);
  return result;
}

}  // namespace strongroom
