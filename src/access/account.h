// Account: what people do with their own account while they are signed in: confirm that it is still them, and change
// what they sign in with.
//
// A change needs more than a session that lies open on a desk: the password and a second factor, each shown within the
// last five minutes (kReauthenticationNeeded, kStepUpNeeded say which is missing).  A passkey that verified its owner
// is both.  The session it is done from goes on, all others end, and the owner is told.  Any thread; calls may wait.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/credential_setup.h"
#include "access/sign_in.h"
#include "access/sign_in_kit.h"
#include "audit/receipt.h"

namespace strongroom {

// What is shown to step up.
struct StepUpProof {
  std::string_view kind;  // "password", or a factor's name; text messages are not enough
  std::string_view password;
  std::string_view code;
  std::optional<JsonValue> credential;
};

class Account {
 public:
  static constexpr int64_t kFreshMillis = 5 * 60'000;

  // Both must outlive this.
  Account(const SignInKit& kit, const CredentialSetup& setup) : kit_(kit), setup_(setup) {}

  // kFactorRefused.  Answers the session's new cookie.
  Result<SecretBytes> StepUp(const Caller& caller, const SignInFrom& from, const StepUpProof& proof);
  // What a passkey is to sign for it.
  Result<std::string> StepUpOptions(const Caller& caller, const SignInFrom& from);

  // The person as they are, for the page that shows how they sign in.
  Receipted<StaffMemberPtr> Get(const Caller& caller) const;

  Status ChangePassword(const Caller& caller, const SignInFrom& from, std::string_view password);
  Result<TotpOffer> BeginTotp(const Caller& caller);
  Status ConfirmTotp(const Caller& caller, const SignInFrom& from, std::string_view code);
  Status RemoveTotp(const Caller& caller, const SignInFrom& from);
  Result<std::string> BeginPasskey(const Caller& caller, const SignInFrom& from);
  Status FinishPasskey(const Caller& caller, const SignInFrom& from, JsonValue credential, std::string_view label);
  Status RemovePasskey(const Caller& caller, const SignInFrom& from, ByteView credential_id);
  Status BeginPhone(const Caller& caller, std::string_view phone);
  Status ConfirmPhone(const Caller& caller, const SignInFrom& from, std::string_view code);
  Status RemovePhone(const Caller& caller, const SignInFrom& from);
  Status SetQuestion(const Caller& caller, const SignInFrom& from, std::string_view question, std::string_view answer);
  Result<std::vector<SecretBytes>> MakeRecoveryCodes(const Caller& caller, const SignInFrom& from);

 private:
  struct UnderWay {
    SetupState setup;
    Bytes challenge;  // of a step-up
    int64_t ends_ms = 0;
  };
  // What changes: `apply` is done to a draft first, which may be slow, and `take` takes it over into the document.
  struct Change {
    std::string_view factor;  // "passkey"; "password" has words of its own
    std::string_view change;  // "added"
    std::function<Status(StaffMember& draft)> apply;
    std::function<Status(StaffMember& person, const StaffMember& draft)> take;
  };

  // --- account_step_up.cc ---
  Result<Sessions::Shown> CheckProof(const Caller& caller, const SignInFrom& from, const StaffMember& person,
                                     const StepUpProof& proof, const AuditEntry& entry);
  Result<Spend> CheckPasskey(const Caller& caller, const SignInFrom& from, const StaffMember& person,
                             const StepUpProof& proof);
  Result<Spend> CheckFactor(const Caller& caller, const SignInFrom& from, const StaffMember& person,
                            const StepUpProof& proof, FactorKind kind);

  // --- account.cc ---
  Status RequireFresh(const Caller& caller) const;
  // A step that leads to a change, and changes nothing yet.
  Result<StaffMemberPtr> Begin(const Caller& caller, std::string_view what) const;
  Status Do(const Caller& caller, const SignInFrom& from, const Change& change);
  UnderWay TakeState(uint64_t session_id);
  void KeepState(uint64_t session_id, UnderWay state);

  const SignInKit& kit_;
  const CredentialSetup& setup_;
  std::mutex mutex_;
  std::unordered_map<uint64_t, UnderWay> under_way_;  // guarded by mutex_; by session
};

}  // namespace strongroom
