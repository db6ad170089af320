// CredentialSetup: how a person's password and factors come to be, when they enrol and when they change them.
//
// It works on a draft of the person's document and on what was begun and not confirmed; when and with whose right that
// becomes the document is the caller's (enrolment.h, account.h).  Any thread; each call may wait.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/sign_in_kit.h"
#include "base/json.h"
#include "crypto/secret.h"
#include "factors/breach_filter.h"
#include "factors/password_rules.h"

namespace strongroom {

// Begun, not confirmed.
struct SetupState {
  SecretBytes totp_secret;  // empty: none
  Bytes passkey_challenge;  // empty: none
  std::string phone;
  std::string phone_code;     // empty: none
  int64_t phone_ends_ms = 0;  // monotonic
  int failures = 0;           // of the code that is being confirmed
};

// What an authenticator app is shown.  As secret as the secret.
struct TotpOffer {
  SecretBytes secret;  // base32
  SecretBytes uri;
  SecretBytes qr_svg;
};

class CredentialSetup {
 public:
  static constexpr size_t kMostPasskeys = 10;
  static constexpr int kMostTries = 5;
  static constexpr std::string_view kIssuer = "Strongroom";

  explicit CredentialSetup(const SignInKit& kit) : kit_(kit) {}
  // Passwords known from breaches; null: none imported.  Any time.
  void UseBreaches(std::shared_ptr<const BreachFilter> filter) { std::atomic_store(&breaches_, std::move(filter)); }

  // kPasswordRefused when it is one of those.
  Status CheckBreaches(const SecretBytes& normalised, PasswordUse use) const;
  // kPasswordRefused says why.  Slow.
  Status SetPassword(StaffMember& draft, std::string_view password) const;
  // `issuer`: whose account it is, as the app shows it.  kInvalidArgument.
  Result<TotpOffer> BeginTotp(const StaffMember& draft, SetupState& state, std::string_view issuer = kIssuer) const;
  // kFactorRefused; after kMostTries it must be begun again.
  Status ConfirmTotp(StaffMember& draft, SetupState& state, std::string_view code) const;
  Result<std::string> BeginPasskey(const SignInFrom& from, const StaffMember& draft, SetupState& state) const;
  Status FinishPasskey(const SignInFrom& from, StaffMember& draft, SetupState& state, JsonValue credential,
                       std::string_view label) const;
  // The same of somebody who knows us as `party`.
  Result<std::string> BeginPasskey(const RelyingParty& party, const StaffMember& draft, SetupState& state) const;
  Status FinishPasskey(const RelyingParty& party, StaffMember& draft, SetupState& state, JsonValue credential,
                       std::string_view label) const;
  // An empty question takes it away.  Slow.
  Status SetQuestion(StaffMember& draft, std::string_view question, std::string_view answer) const;
  // New ones; the old ones end.  Slow.
  Result<std::vector<SecretBytes>> MakeRecoveryCodes(StaffMember& draft) const;
  // Texts a code to a number.  `service`: whose code it is; empty: ours.
  Status BeginPhone(const StaffMember& draft, SetupState& state, std::string_view phone,
                    std::string_view service = {}) const;
  Status ConfirmPhone(StaffMember& draft, SetupState& state, std::string_view code) const;

 private:
  bool SomebodyHas(ByteView credential_id) const;

  const SignInKit& kit_;
  std::shared_ptr<const BreachFilter> breaches_;
};

}  // namespace strongroom
