// FrontDoor: everything that lets people in, in one place: who may sign in and how, who is signed in, who is told.
// Owned by the OpenVault.
#pragma once

#include <memory>

#include "access/access_settings.h"
#include "access/account.h"
#include "access/credential_setup.h"
#include "access/enrolment.h"
#include "access/sign_in.h"
#include "access/sign_in_kit.h"
#include "access/single_sign_on.h"
#include "crypto/password_hash.h"

namespace strongroom {

struct FrontDoorOptions {
  // For tests, which have no time: no configuration reaches it.
  Argon2Cost cost = {};
  // Passwords known from breaches; null: none imported.
  std::shared_ptr<const BreachFilter> breaches = {};
  // 64 MiB each.
  size_t hashes_at_once = 3;
  size_t hashes_waiting = 12;  // each holds a worker thread
};

// Any thread.
class FrontDoor {
 public:
  // All must outlive this.
  static Result<std::unique_ptr<FrontDoor>> Open(Gate& gate, StaffDirectory& directory, const Registers& registers,
                                                 AccessSettingsService& settings, FrontDoorOptions options = {});

  Sessions& sessions() { return *sessions_; }
  SignIn& sign_in() { return *sign_in_; }
  Enrolment& enrolment() { return *enrolment_; }
  Account& account() { return *account_; }
  SingleSignOn& single_sign_on() { return *single_sign_on_; }
  CredentialSetup& setup() { return *setup_; }
  RulesInForce& rules() { return rules_; }
  AccessNotices& notices() { return notices_; }
  Attempts& attempts() { return *attempts_; }
  const SlowWork& slow_work() const { return slow_work_; }
  const SignInKit& kit() const { return *kit_; }

 private:
  FrontDoor(Gate& gate, StaffDirectory& directory, const FrontDoorOptions& options);
  Status OpenRest(const Registers& registers, AccessSettingsService& settings);
  void OnChange(const StaffMemberPtr& before, const StaffMember& after);

  Gate& gate_;
  StaffDirectory& directory_;
  RulesInForce rules_;
  AccessNotices notices_;
  SlowWork slow_work_;
  StaffSecrets secrets_;
  Places places_;
  FactorChecks factors_;
  std::unique_ptr<Attempts> attempts_;
  std::unique_ptr<Sessions> sessions_;
  std::unique_ptr<SignInKit> kit_;
  std::unique_ptr<SignIn> sign_in_;
  std::unique_ptr<CredentialSetup> setup_;
  std::unique_ptr<Enrolment> enrolment_;
  std::unique_ptr<Account> account_;
  std::unique_ptr<SingleSignOn> single_sign_on_;
};

}  // namespace strongroom
