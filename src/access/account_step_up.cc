// Confirming that it is still the person: for what policy wants a fresh factor for, and before changes of one's
// account.
#include <utility>

#include "access/account.h"
#include "factors/password_rules.h"

namespace strongroom {
namespace {

constexpr size_t kChallengeSizeBytes = 32;
constexpr std::string_view kPassword = "password";

}  // namespace

Result<std::string> Account::StepUpOptions(const Caller& caller, const SignInFrom& from) {
  Permit permit = kit_.gate.Authorise(caller, Action::kSessionStepUp);
  if (!permit.granted()) return permit.Refuse<std::string>().Wait();
  permit.entry().detail = "passkey asked for";
  const StaffMemberPtr person = kit_.directory.Find(caller.principal->id);
  if (person == nullptr || caller.session_id == 0) {
    return permit.Fail<std::string>(Status(Reason::kSessionEnded)).Wait();
  }
  const Result<RelyingParty> party = RelyingPartyOf(*kit_.rules.Get(), from.host, from.address);
  if (!party.ok()) return permit.Fail<std::string>(party.status()).Wait();
  UnderWay state = TakeState(caller.session_id);
  state.challenge = kit_.random().Take(kChallengeSizeBytes);
  std::string options = AuthenticationOptionsJson(*party, state.challenge, PasskeysOf(*person));
  KeepState(caller.session_id, std::move(state));
  return permit.Finish(std::move(options)).Wait();
}

Result<SecretBytes> Account::StepUp(const Caller& caller, const SignInFrom& from, const StepUpProof& proof) {
  Permit permit = kit_.gate.Authorise(caller, Action::kSessionStepUp);
  if (!permit.granted()) return permit.Refuse<SecretBytes>().Wait();
  permit.entry().detail = "step-up";
  const StaffMemberPtr person = kit_.directory.Find(caller.principal->id);
  if (person == nullptr || caller.session_id == 0) {
    return permit.Fail<SecretBytes>(Status(Reason::kSessionEnded)).Wait();
  }
  const bool factor = proof.kind != kPassword;
  const Result<Attempts::Guess> guess =
      kit_.attempts.Begin(factor ? AttemptKind::kFactor : AttemptKind::kPassword, AccountOf(person.get(), {}),
                          AttemptFromOf(kit_, person.get(), from));
  if (!guess.ok()) {
    permit.entry().detail = "step-up: too many tries";
    return permit.Fail<SecretBytes>(Status(Reason::kFactorRefused)).Wait();
  }
  const Result<Sessions::Shown> shown = CheckProof(caller, from, *person, proof, permit.entry());
  if (!shown.ok()) {
    if (shown.reason() == Reason::kOverloaded) kit_.attempts.Withdrawn(*guess);
    return permit.Fail<SecretBytes>(shown.status()).Wait();
  }
  kit_.attempts.Succeeded(*guess);
  AuditEntry entry = permit.entry();
  entry.detail = "step-up: " + std::string(factor ? NameOf(shown->factor) : kPassword);
  permit.Close();
  return kit_.sessions.Raise(caller.session_id, *shown, std::move(entry));
}

// What it is worth: a password is no factor, and a factor no password; a passkey that verified its owner is both.
Result<Sessions::Shown> Account::CheckProof(const Caller& caller, const SignInFrom& from, const StaffMember& person,
                                            const StepUpProof& proof, const AuditEntry& entry) {
  if (proof.kind == kPassword) {
    const Result<SecretBytes> normalised = NormalisePassword(proof.password);
    if (!normalised.ok()) return Status(Reason::kFactorRefused);
    ASSIGN_OR_RETURN(const bool right,
                     kit_.secrets.Verify(StaffSecrets::Use::kPassword, person.id, person.password, *normalised));
    if (!right) return Status(Reason::kFactorRefused);
    return Sessions::Shown{FactorKind::kNone, true};
  }
  const FactorKind kind = FactorKindFromName(proof.kind).value_or(FactorKind::kNone);
  ASSIGN_OR_RETURN(const Spend spend, CheckFactor(caller, from, person, proof, kind));
  AuditEntry spent = entry;
  spent.detail = "factor " + std::string(NameOf(kind)) + " shown for step-up";
  RETURN_IF_ERROR(kit_.directory.ChangeRecorded(person.id, spend, std::move(spent)).status());
  return Sessions::Shown{kind, kind == FactorKind::kPasskey};
}

Result<Spend> Account::CheckFactor(const Caller& caller, const SignInFrom& from, const StaffMember& person,
                                   const StepUpProof& proof, FactorKind kind) {
  switch (kind) {
    case FactorKind::kTotp:
      return kit_.factors.Totp(person, proof.code);
    case FactorKind::kRecovery:
      return kit_.factors.Recovery(person, proof.code);
    case FactorKind::kPasskey:
      return CheckPasskey(caller, from, person, proof);
    case FactorKind::kSms:  // the weakest opens the door, and no more
    case FactorKind::kNone:
      break;
  }
  return Status(Reason::kFactorRefused);
}

Result<Spend> Account::CheckPasskey(const Caller& caller, const SignInFrom& from, const StaffMember& person,
                                    const StepUpProof& proof) {
  UnderWay state = TakeState(caller.session_id);
  const Bytes challenge = std::exchange(state.challenge, Bytes());  // once, right or wrong
  KeepState(caller.session_id, std::move(state));
  if (challenge.empty() || !proof.credential.has_value()) return Status(Reason::kFactorRefused);
  ASSIGN_OR_RETURN(const AssertionResponse response, ParseAssertionResponse(*proof.credential));
  ASSIGN_OR_RETURN(const RelyingParty party, RelyingPartyOf(*kit_.rules.Get(), from.host, from.address));
  ASSIGN_OR_RETURN(FactorChecks::PasskeyCheck check, kit_.factors.Passkey(person, party, challenge, response));
  if (!check.cloned) return std::move(check.spend);
  AuditEntry alarm = EntryOf(&person, from, Action::kAlarm, "passkey counter went back");
  alarm.outcome = Reason::kFactorRefused;
  kit_.attempts.Record(std::move(alarm), [&](SealedBatch& batch) { kit_.notices.AddAlarm(batch, "passkey-cloned"); });
  return Status(Reason::kFactorRefused);
}

}  // namespace strongroom
