#include "access/front_door.h"

#include <utility>

namespace strongroom {
namespace {

SignInRules RulesOf(const AccessSettings& settings) {
  SignInRules rules;
  rules.idle_seconds = settings.session_idle_minutes * 60;
  rules.longest_seconds = settings.session_longest_minutes * 60;
  rules.networks_of_roles = settings.networks;
  rules.origin = settings.origin;
  rules.allow_sms = settings.allow_sms;
  rules.question_on_new_place = settings.question_on_new_place;
  return rules;
}

}  // namespace

FrontDoor::FrontDoor(Gate& gate, StaffDirectory& directory, const FrontDoorOptions& options)
    : gate_(gate),
      directory_(directory),
      notices_(gate.house()),
      slow_work_(options.hashes_at_once, options.hashes_waiting),
      secrets_(gate.house().office().sealed->ring(), gate.house().random(), slow_work_, options.cost),
      places_(gate.house().office().sealed->ring()),
      factors_(gate.house().office().sealed->ring(), secrets_, slow_work_, gate.house().clock()) {}

Result<std::unique_ptr<FrontDoor>> FrontDoor::Open(Gate& gate, StaffDirectory& directory, const Registers& registers,
                                                   AccessSettingsService& settings, FrontDoorOptions options) {
  std::unique_ptr<FrontDoor> door(new FrontDoor(gate, directory, options));
  RETURN_IF_ERROR(door->OpenRest(registers, settings));
  return door;
}

Status FrontDoor::OpenRest(const Registers& registers, AccessSettingsService& settings) {
  ASSIGN_OR_RETURN(attempts_, Attempts::Open(gate_.house()));
  ASSIGN_OR_RETURN(sessions_, Sessions::Open({gate_, directory_, registers, settings, rules_, *attempts_, notices_}));
  kit_ = std::make_unique<SignInKit>(
      SignInKit{gate_, directory_, rules_, *attempts_, notices_, slow_work_, secrets_, places_, factors_, *sessions_});
  sign_in_ = std::make_unique<SignIn>(*kit_);
  setup_ = std::make_unique<CredentialSetup>(*kit_);
  enrolment_ = std::make_unique<Enrolment>(*kit_, *setup_);
  account_ = std::make_unique<Account>(*kit_, *setup_);
  single_sign_on_ = std::make_unique<SingleSignOn>(*kit_, *sign_in_);
  RETURN_IF_ERROR(single_sign_on_->Load());
  settings.AddListener([this](const AccessSettings& now) { rules_.Set(RulesOf(now)); });
  directory_.AddListener(
      [this](const StaffMemberPtr& before, const StaffMemberPtr& after) { OnChange(before, *after); });
  return Status::Ok();
}

// Invited again, or released by a colleague: what strangers guessed before is nobody's burden any more.
void FrontDoor::OnChange(const StaffMemberPtr& before, const StaffMember& after) {
  if (before == nullptr) return;
  const bool invited = after.invitation_mac != before->invitation_mac && after.state == StaffState::kVetted;
  const bool released = before->locked_at.has_value() && !after.locked_at.has_value();
  if (!invited && !released) return;
  const std::string account = AccountOf(&after, {});
  attempts_->Forget(AttemptKind::kPassword, account);
  attempts_->Forget(AttemptKind::kFactor, account);
}

}  // namespace strongroom
