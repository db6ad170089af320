#include "access/credential_setup.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "factors/password_rules.h"
#include "factors/qr_code.h"
#include "factors/recovery_codes.h"
#include "factors/security_answer.h"
#include "factors/totp.h"
#include "outbox/notice.h"

namespace strongroom {
namespace {

constexpr size_t kChallengeSizeBytes = 32;
constexpr size_t kMostLabelBytes = 64;
constexpr size_t kMostQuestionBytes = 200;
constexpr int64_t kCodeMinutes = 10;

bool IsText(std::string_view text, size_t most_bytes) {
  return text.size() <= most_bytes && IsValidUtf8(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
}

// What this person would be tempted to put into a password.
PasswordContext ContextOf(const StaffMember& person) {
  PasswordContext context;
  context.words = {"strongroom", person.name, person.display_name};
  for (size_t at = 0; at < person.display_name.size();) {
    const size_t end = std::min(person.display_name.find(' ', at), person.display_name.size());
    context.words.push_back(person.display_name.substr(at, end - at));
    at = end + 1;
  }
  context.AddEmail(person.email);
  return context;
}

// The account's name in the app: without what its label may not hold (factors/totp.h).
std::string AppNameOf(const StaffMember& person) {
  std::string name = person.name;
  std::replace(name.begin(), name.end(), ':', ' ');
  return name;
}

}  // namespace

Status CredentialSetup::CheckBreaches(const SecretBytes& normalised, PasswordUse use) const {
  const std::shared_ptr<const BreachFilter> breaches = std::atomic_load(&breaches_);
  const bool known = breaches != nullptr && breaches->Knows(normalised);
  return StatusOf(known ? PasswordFault::kBreached : PasswordFault::kNone, use);
}

Status CredentialSetup::SetPassword(StaffMember& draft, std::string_view password) const {
  // Nobody signs in with the password alone: a second factor is always asked for.
  constexpr PasswordUse kUse = PasswordUse::kWithSecondFactor;
  ASSIGN_OR_RETURN(const SecretBytes accepted, AcceptPassword(password, kUse, ContextOf(draft)));
  RETURN_IF_ERROR(CheckBreaches(accepted, kUse));
  ASSIGN_OR_RETURN(draft.password, kit_.secrets.MakeVerifier(StaffSecrets::Use::kPassword, draft.id, accepted));
  draft.password_set_at = kit_.Now();
  return Status::Ok();
}

// --- authenticator apps ----------------------------------------------------------------------------------------------

Result<TotpOffer> CredentialSetup::BeginTotp(const StaffMember& draft, SetupState& state,
                                             std::string_view issuer) const {
  state.totp_secret = GenerateTotpSecret(kit_.random());
  state.failures = 0;
  TotpOffer offer;
  offer.secret = TotpSecretText(state.totp_secret);
  ASSIGN_OR_RETURN(offer.uri, TotpUri(issuer, AppNameOf(draft), state.totp_secret));
  ASSIGN_OR_RETURN(offer.qr_svg, QrCodeSvg(offer.uri));
  return offer;
}

Status CredentialSetup::ConfirmTotp(StaffMember& draft, SetupState& state, std::string_view code) const {
  if (state.totp_secret.empty()) return Status(Reason::kFactorInvalid, "begin again: there is no app to confirm");
  const Result<int64_t> step = VerifyTotp(state.totp_secret, code, kit_.Now(), kNoTotpStep);
  if (!step.ok()) {
    if (++state.failures >= kMostTries) state.totp_secret = SecretBytes();
    return step.status();
  }
  ASSIGN_OR_RETURN(draft.totp_secret, kit_.secrets.SealTotp(draft.id, state.totp_secret));
  draft.totp_last_step = *step;  // it is not to be used a second time, for signing in
  state.totp_secret = SecretBytes();
  return Status::Ok();
}

// --- passkeys --------------------------------------------------------------------------------------------------------

bool CredentialSetup::SomebodyHas(ByteView credential_id) const {
  for (const StaffMemberPtr& member : kit_.directory.All()) {
    for (const Passkey& passkey : member->passkeys) {
      if (passkey.credential_id == credential_id) return true;
    }
  }
  return false;
}

Result<std::string> CredentialSetup::BeginPasskey(const SignInFrom& from, const StaffMember& draft,
                                                  SetupState& state) const {
  ASSIGN_OR_RETURN(const RelyingParty party, RelyingPartyOf(*kit_.rules.Get(), from.host, from.address));
  return BeginPasskey(party, draft, state);
}

Result<std::string> CredentialSetup::BeginPasskey(const RelyingParty& party, const StaffMember& draft,
                                                  SetupState& state) const {
  if (draft.passkeys.size() >= kMostPasskeys) {
    return Status(Reason::kFactorInvalid, "an account has at most 10 passkeys; remove one first");
  }
  state.passkey_challenge = kit_.random().Take(kChallengeSizeBytes);
  const PasskeyUser user{kit_.factors.HandleOf(draft.id), draft.name, draft.display_name};
  return RegistrationOptionsJson(party, user, state.passkey_challenge, PasskeysOf(draft));
}

Status CredentialSetup::FinishPasskey(const SignInFrom& from, StaffMember& draft, SetupState& state,
                                      JsonValue credential, std::string_view label) const {
  ASSIGN_OR_RETURN(const RelyingParty party, RelyingPartyOf(*kit_.rules.Get(), from.host, from.address));
  return FinishPasskey(party, draft, state, credential, label);
}

Status CredentialSetup::FinishPasskey(const RelyingParty& party, StaffMember& draft, SetupState& state,
                                      JsonValue credential, std::string_view label) const {
  const Bytes challenge = std::exchange(state.passkey_challenge, Bytes());  // once, right or wrong
  if (challenge.empty()) return Status(Reason::kFactorInvalid, "begin again: there is no passkey to finish");
  if (!IsText(label, kMostLabelBytes)) return Status(Reason::kFactorInvalid, "a label is at most 64 bytes of text");
  ASSIGN_OR_RETURN(const RegistrationResponse response, ParseRegistrationResponse(credential));
  ASSIGN_OR_RETURN(const NewPasskey made, VerifyRegistration(party, challenge, response));
  const auto is_it = [&](const Passkey& passkey) { return passkey.credential_id == made.id; };
  if (SomebodyHas(made.id) || std::any_of(draft.passkeys.begin(), draft.passkeys.end(), is_it))
    return Status(Reason::kFactorInvalid, "this passkey is registered already");
  Passkey passkey;
  passkey.credential_id = made.id;
  passkey.public_key = made.public_key;
  passkey.sign_count = made.sign_count;
  passkey.label = std::string(label);
  passkey.added_at = kit_.Now();
  passkey.backup_eligible = made.backup_eligible;
  passkey.backed_up = made.backed_up;
  draft.passkeys.push_back(std::move(passkey));
  return Status::Ok();
}

// --- question, recovery codes, phone ---------------------------------------------------------------------------------

Status CredentialSetup::SetQuestion(StaffMember& draft, std::string_view question, std::string_view answer) const {
  if (question.empty() && answer.empty()) {
    draft.question.clear();
    draft.answer.clear();
    return Status::Ok();
  }
  if (question.empty() || !IsText(question, kMostQuestionBytes)) {
    return Status(Reason::kFactorInvalid, "a question is 1 to 200 bytes of text");
  }
  ASSIGN_OR_RETURN(const SecretBytes accepted, AcceptAnswer(answer, question));
  ASSIGN_OR_RETURN(draft.answer, kit_.secrets.MakeVerifier(StaffSecrets::Use::kAnswer, draft.id, accepted));
  draft.question = std::string(question);
  return Status::Ok();
}

Result<std::vector<SecretBytes>> CredentialSetup::MakeRecoveryCodes(StaffMember& draft) const {
  ASSIGN_OR_RETURN(const SlowWork::Turn turn, kit_.slow_work.Take());
  ASSIGN_OR_RETURN(NewRecoveryCodes made, strongroom::MakeRecoveryCodes(kit_.random()));
  draft.recovery_codes = {RecoveryCode{made.set.Encode(), std::nullopt}};
  return std::move(made.texts);
}

Status CredentialSetup::BeginPhone(const StaffMember& draft, SetupState& state, std::string_view phone,
                                   std::string_view service) const {
  if (!kit_.rules.Get()->allow_sms)
    return Status(Reason::kFactorInvalid, "codes by text message are switched off here");
  if (const Status known = CheckDestination({NoticeChannel::kSms, std::string(phone)}); !known.ok()) {
    return Status(Reason::kFactorInvalid, "a phone number is written with its country, such as +46 70 123 45 67");
  }
  state.phone = std::string(phone);
  state.phone_code = DrawCode(kit_.random());
  state.phone_ends_ms = kit_.clock().MonotonicMillis() + kCodeMinutes * 60'000;
  state.failures = 0;
  return kit_.notices.SendCode(draft, state.phone, state.phone_code, kCodeMinutes, service);
}

Status CredentialSetup::ConfirmPhone(StaffMember& draft, SetupState& state, std::string_view code) const {
  const bool open = !state.phone_code.empty() && kit_.clock().MonotonicMillis() < state.phone_ends_ms;
  if (!open || !EqualInConstantTime(state.phone_code, code)) {
    if (++state.failures >= kMostTries) state.phone_code.clear();
    return Status(Reason::kFactorRefused);
  }
  state.phone_code.clear();
  draft.phone = state.phone;
  draft.phone_confirmed = true;
  return Status::Ok();
}

}  // namespace strongroom
