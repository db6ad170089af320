// Changes of one's own password and factors.
#include "access/account.h"

#include <algorithm>
#include <utility>

namespace strongroom {
namespace {

constexpr int64_t kStateMillis = 10 * 60'000;

Status LastFactor() {
  return Status(Reason::kFactorInvalid, "this is the last second factor of the account; set up another one first");
}

}  // namespace

// --- what all changes share ------------------------------------------------------------------------------------------

Status Account::RequireFresh(const Caller& caller) const {
  const std::optional<SessionInfo> session = kit_.sessions.Find(caller.session_id);
  if (!session.has_value()) return Status(Reason::kSessionEnded);
  const UnixMillis now = kit_.Now();
  if (now - session->password_at > kFreshMillis) return Status(Reason::kReauthenticationNeeded);
  if (now - session->factor_at > kFreshMillis) return Status(Reason::kStepUpNeeded);
  // A text message opens the door and no more, unless the account has nothing better: else whoever had the number moved
  // to a card of their own would set up a factor of their own.
  const StaffMemberPtr person = kit_.directory.Find(caller.principal->id);
  const bool has_better = person != nullptr && (!person->passkeys.empty() || !person->totp_secret.empty());
  if (session->factor == FactorKind::kSms && has_better) return Status(Reason::kStepUpNeeded);
  return Status::Ok();
}

Account::UnderWay Account::TakeState(uint64_t session_id) {
  const int64_t now = kit_.clock().MonotonicMillis();
  const std::lock_guard lock(mutex_);
  std::erase_if(under_way_, [now](const auto& one) { return one.second.ends_ms <= now; });
  const auto found = under_way_.find(session_id);
  if (found == under_way_.end()) return {};
  UnderWay state = std::move(found->second);
  under_way_.erase(found);
  return state;
}

void Account::KeepState(uint64_t session_id, UnderWay state) {
  state.ends_ms = kit_.clock().MonotonicMillis() + kStateMillis;
  const std::lock_guard lock(mutex_);
  under_way_.insert_or_assign(session_id, std::move(state));
}

Result<StaffMemberPtr> Account::Begin(const Caller& caller, std::string_view what) const {
  Permit permit = kit_.gate.Authorise(caller, Action::kStaffSelf);
  if (!permit.granted()) return permit.Refuse<StaffMemberPtr>().Wait();
  permit.entry().detail = std::string(what) + " begun";
  if (const Status fresh = RequireFresh(caller); !fresh.ok()) return permit.Fail<StaffMemberPtr>(fresh).Wait();
  StaffMemberPtr person = kit_.directory.Find(caller.principal->id);
  if (person == nullptr) return permit.Fail<StaffMemberPtr>(Status(Reason::kStaffNotFound)).Wait();
  return permit.Finish(std::move(person)).Wait();
}

Status Account::Do(const Caller& caller, const SignInFrom& from, const Change& change) {
  Permit permit = kit_.gate.Authorise(caller, Action::kStaffSelf);
  if (!permit.granted()) return permit.Refuse<bool>().Wait().status();
  permit.entry().detail = std::string(change.factor) + " " + std::string(change.change);
  if (const Status fresh = RequireFresh(caller); !fresh.ok()) return permit.Fail<bool>(fresh).Wait().status();
  const StaffMemberPtr person = kit_.directory.Find(caller.principal->id);
  if (person == nullptr) return permit.Fail<bool>(Status(Reason::kStaffNotFound)).Wait().status();
  StaffMember draft = *person;
  if (const Status applied = change.apply(draft); !applied.ok()) return permit.Fail<bool>(applied).Wait().status();
  AuditEntry kept = permit.entry();
  kept.detail += ", this session goes on";
  const auto take = [&](StaffMember& changed) -> Status {
    RETURN_IF_ERROR(change.take(changed, draft));
    // All others of this person end with the change.
    kit_.sessions.GoOnWith(caller.session_id, changed);
    return Status::Ok();
  };
  ASSIGN_OR_RETURN(const StaffMemberPtr after,
                   kit_.directory.Change(std::move(permit), caller.principal->id, take).Wait());
  RETURN_IF_ERROR(kit_.sessions.KeepWith(caller.session_id, std::move(kept)));
  const std::string network = NetworkTextOf(from.address);
  if (change.factor == "password") {
    kit_.notices.Tell(*after, "password-changed", {{"time", kit_.notices.Now()}, {"network", network}});
  } else {
    kit_.notices.Tell(*after, "factor-changed",
                      {{"factor", std::string(change.factor)},
                       {"change", std::string(change.change)},
                       {"time", kit_.notices.Now()},
                       {"network", network}});
  }
  return Status::Ok();
}

Receipted<StaffMemberPtr> Account::Get(const Caller& caller) const {
  Permit permit = kit_.gate.Authorise(caller, Action::kStaffSelf);
  if (!permit.granted()) return permit.Refuse<StaffMemberPtr>();
  permit.entry().detail = "own account read";
  StaffMemberPtr person = kit_.directory.Find(caller.principal->id);
  if (person == nullptr) return permit.Fail<StaffMemberPtr>(Status(Reason::kSessionEnded));
  return permit.Finish(std::move(person));
}

// --- each change -----------------------------------------------------------------------------------------------------

Status Account::ChangePassword(const Caller& caller, const SignInFrom& from, std::string_view password) {
  return Do(caller, from,
            {"password", "changed", [&](StaffMember& draft) { return setup_.SetPassword(draft, password); },
             [](StaffMember& person, const StaffMember& draft) {
               person.password = draft.password;
               person.password_set_at = draft.password_set_at;
               return Status::Ok();
             }});
}

Result<TotpOffer> Account::BeginTotp(const Caller& caller) {
  ASSIGN_OR_RETURN(const StaffMemberPtr person, Begin(caller, "totp"));
  UnderWay state = TakeState(caller.session_id);
  Result<TotpOffer> offer = setup_.BeginTotp(*person, state.setup);
  KeepState(caller.session_id, std::move(state));
  return offer;
}

Status Account::ConfirmTotp(const Caller& caller, const SignInFrom& from, std::string_view code) {
  UnderWay state = TakeState(caller.session_id);
  const Status done =
      Do(caller, from,
         {"totp", "changed", [&](StaffMember& draft) { return setup_.ConfirmTotp(draft, state.setup, code); },
          [](StaffMember& person, const StaffMember& draft) {
            person.totp_secret = draft.totp_secret;
            person.totp_last_step = draft.totp_last_step;
            return Status::Ok();
          }});
  KeepState(caller.session_id, std::move(state));
  return done;
}

Status Account::RemoveTotp(const Caller& caller, const SignInFrom& from) {
  return Do(caller, from,
            {"totp", "removed", [](StaffMember&) { return Status::Ok(); },
             [](StaffMember& person, const StaffMember&) {
               person.totp_secret.clear();
               person.totp_last_step = -1;
               return person.has_second_factor() ? Status::Ok() : LastFactor();
             }});
}

Result<std::string> Account::BeginPasskey(const Caller& caller, const SignInFrom& from) {
  ASSIGN_OR_RETURN(const StaffMemberPtr person, Begin(caller, "passkey"));
  UnderWay state = TakeState(caller.session_id);
  Result<std::string> options = setup_.BeginPasskey(from, *person, state.setup);
  KeepState(caller.session_id, std::move(state));
  return options;
}

Status Account::FinishPasskey(const Caller& caller, const SignInFrom& from, JsonValue credential,
                              std::string_view label) {
  UnderWay state = TakeState(caller.session_id);
  const Status done =
      Do(caller, from,
         {"passkey", "added",
          [&](StaffMember& draft) { return setup_.FinishPasskey(from, draft, state.setup, credential, label); },
          [](StaffMember& person, const StaffMember& draft) {
            if (person.passkeys.size() >= CredentialSetup::kMostPasskeys) return Status(Reason::kFactorInvalid);
            person.passkeys.push_back(draft.passkeys.back());
            return Status::Ok();
          }});
  KeepState(caller.session_id, std::move(state));
  return done;
}

Status Account::RemovePasskey(const Caller& caller, const SignInFrom& from, ByteView credential_id) {
  return Do(caller, from,
            {"passkey", "removed", [](StaffMember&) { return Status::Ok(); },
             [&](StaffMember& person, const StaffMember&) {
               const auto removed = std::erase_if(
                   person.passkeys, [&](const Passkey& passkey) { return passkey.credential_id == credential_id; });
               if (removed == 0) return Status(Reason::kFactorInvalid, "this account has no such passkey");
               return person.has_second_factor() ? Status::Ok() : LastFactor();
             }});
}

Status Account::BeginPhone(const Caller& caller, std::string_view phone) {
  ASSIGN_OR_RETURN(const StaffMemberPtr person, Begin(caller, "phone"));
  UnderWay state = TakeState(caller.session_id);
  const Status sent = setup_.BeginPhone(*person, state.setup, phone);
  KeepState(caller.session_id, std::move(state));
  return sent;
}

Status Account::ConfirmPhone(const Caller& caller, const SignInFrom& from, std::string_view code) {
  UnderWay state = TakeState(caller.session_id);
  const Status done =
      Do(caller, from,
         {"phone", "changed", [&](StaffMember& draft) { return setup_.ConfirmPhone(draft, state.setup, code); },
          [](StaffMember& person, const StaffMember& draft) {
            person.phone = draft.phone;
            person.phone_confirmed = true;
            return Status::Ok();
          }});
  KeepState(caller.session_id, std::move(state));
  return done;
}

Status Account::RemovePhone(const Caller& caller, const SignInFrom& from) {
  return Do(caller, from,
            {"phone", "removed", [](StaffMember&) { return Status::Ok(); },
             [](StaffMember& person, const StaffMember&) {
               person.phone_confirmed = false;
               return person.has_second_factor() ? Status::Ok() : LastFactor();
             }});
}

Status Account::SetQuestion(const Caller& caller, const SignInFrom& from, std::string_view question,
                            std::string_view answer) {
  return Do(caller, from,
            {"question", question.empty() ? "removed" : "changed",
             [&](StaffMember& draft) { return setup_.SetQuestion(draft, question, answer); },
             [](StaffMember& person, const StaffMember& draft) {
               person.question = draft.question;
               person.answer = draft.answer;
               return Status::Ok();
             }});
}

Result<std::vector<SecretBytes>> Account::MakeRecoveryCodes(const Caller& caller, const SignInFrom& from) {
  std::vector<SecretBytes> codes;
  RETURN_IF_ERROR(Do(caller, from,
                     {"recovery-codes", "changed",
                      [&](StaffMember& draft) -> Status {
                        ASSIGN_OR_RETURN(codes, setup_.MakeRecoveryCodes(draft));
                        return Status::Ok();
                      },
                      [](StaffMember& person, const StaffMember& draft) {
                        person.recovery_codes = draft.recovery_codes;
                        return Status::Ok();
                      }}));
  return codes;
}

}  // namespace strongroom
