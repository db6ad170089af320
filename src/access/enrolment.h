// Enrolment: from an invitation to an account that signs in.
//
//   open (code) ─► password ─► TOTP or passkey, one at least ─► question, recovery codes, if wanted ─► finish: active
//
// What is set up on the way is kept in memory and written in one commit at the end, which also uses up the invitation:
// half an enrolment leaves nothing, and of two that run beside each other one ends.  A code that is wrong, expired,
// used or of somebody who is not vetted is refused in the same words.  Any thread; the steps may wait.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/credential_setup.h"
#include "access/pending.h"
#include "access/sign_in_kit.h"

namespace strongroom {

struct OpenedEnrolment {
  std::string transaction;
  std::string name;
};

class Enrolment {
 public:
  static constexpr int64_t kLifeMillis = 60 * 60'000;

  // Both must outlive this.
  Enrolment(const SignInKit& kit, const CredentialSetup& setup);

  // kEnrolmentInvalid, whatever the cause.
  Result<OpenedEnrolment> Open(const SignInFrom& from, std::string_view code);
  // The steps: kEnrolmentInvalid when the transaction is over; kPasswordRefused, kFactorInvalid, kFactorRefused.
  Status SetPassword(const SignInFrom& from, std::string_view transaction, std::string_view password);
  Result<TotpOffer> BeginTotp(const SignInFrom& from, std::string_view transaction);
  Status ConfirmTotp(const SignInFrom& from, std::string_view transaction, std::string_view code);
  Result<std::string> BeginPasskey(const SignInFrom& from, std::string_view transaction);  // options, JSON
  Status FinishPasskey(const SignInFrom& from, std::string_view transaction, JsonValue credential,
                       std::string_view label);
  Status SetQuestion(const SignInFrom& from, std::string_view transaction, std::string_view question,
                     std::string_view answer);
  Result<std::vector<SecretBytes>> MakeRecoveryCodes(const SignInFrom& from, std::string_view transaction);
  // The person is active.  Answers the mark this browser is known by from now on.
  Result<std::string> Finish(const SignInFrom& from, std::string_view transaction);

 private:
  struct UnderWay {
    StaffMember draft;  // as the person will be
    Digest invitation{};
    IpAddress address;
    SetupState setup;
  };
  using Taken = Pending<UnderWay>::Taken;

  StaffMemberPtr InvitedBy(std::string_view code) const;
  Result<Taken> Take(const SignInFrom& from, std::string_view transaction);
  // Runs a step on the draft; it goes on whether the step worked or not.
  template <typename Fn>
  auto Step(const SignInFrom& from, std::string_view transaction, const Fn& fn)
      -> decltype(fn(std::declval<UnderWay&>()));

  const SignInKit& kit_;
  const CredentialSetup& setup_;
  Pending<UnderWay> under_way_;
};

}  // namespace strongroom
