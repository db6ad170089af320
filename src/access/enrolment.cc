#include "access/enrolment.h"

#include <utility>

#include "access/invitation_code.h"

namespace strongroom {
namespace {

constexpr size_t kMostUnderWay = 256;
constexpr Digest kNoInvitation{};

Status Invalid() { return Status(Reason::kEnrolmentInvalid); }

// Everything the person has set up; nothing that others decide.
void TakeOver(StaffMember& person, const StaffMember& draft) {
  person.password = draft.password;
  person.password_set_at = draft.password_set_at;
  person.passkeys = draft.passkeys;
  person.totp_secret = draft.totp_secret;
  person.totp_last_step = draft.totp_last_step;
  person.recovery_codes = draft.recovery_codes;
  person.question = draft.question;
  person.answer = draft.answer;
}

}  // namespace

Enrolment::Enrolment(const SignInKit& kit, const CredentialSetup& setup)
    : kit_(kit), setup_(setup), under_way_(kit.clock(), kit.random(), "sre_", kLifeMillis, kMostUnderWay) {}

// Every person is looked at, so that the time does not tell how far the search came.
StaffMemberPtr Enrolment::InvitedBy(std::string_view code) const {
  const std::optional<SecretBytes> canonical = CanonicalInvitationCode(code);
  if (!canonical.has_value()) return nullptr;
  const Digest mac = InvitationMac(kit_.gate.house().office().sealed->ring(), *canonical);
  StaffMemberPtr invited;
  for (const StaffMemberPtr& member : kit_.directory.All()) {
    if (EqualInConstantTime(View(member->invitation_mac), View(mac))) invited = member;
  }
  const bool open = invited != nullptr && invited->state == StaffState::kVetted &&
                    invited->invitation_until.value_or(0) > kit_.Now() && !invited->locked_at.has_value();
  return open ? invited : nullptr;
}

Result<OpenedEnrolment> Enrolment::Open(const SignInFrom& from, std::string_view code) {
  const Result<Attempts::Guess> guess = kit_.attempts.Begin(AttemptKind::kInvitation, {}, {from.address, std::nullopt});
  const StaffMemberPtr member = guess.ok() ? InvitedBy(code) : nullptr;
  // Outside of one's networks there is nothing to enrol with either.
  const bool inside =
      member != nullptr && MakePersonNow(member, kit_.rules.Get(), kit_.Now())->MayComeFrom(from.address);
  if (!inside) {
    AuditEntry entry = EntryOf(member.get(), from, Action::kSignInRefused, "invitation");
    entry.outcome = Reason::kEnrolmentInvalid;
    kit_.attempts.Record(std::move(entry));
    return Invalid();
  }
  kit_.attempts.Succeeded(*guess);
  UnderWay way;
  way.draft = *member;
  way.invitation = member->invitation_mac;
  way.address = from.address;
  std::optional<std::string> token = under_way_.Add(std::move(way));
  if (!token.has_value()) return Status(Reason::kOverloaded, "Too many people are enrolling. Try again shortly.");
  AuditEntry entry = EntryOf(member.get(), from, Action::kStaffSelf, "enrolment opened");
  RETURN_IF_ERROR(kit_.gate.house().office().journal->Submit({}, std::move(entry)).Wait());
  return OpenedEnrolment{*std::move(token), member->name};
}

Result<Enrolment::Taken> Enrolment::Take(const SignInFrom& from, std::string_view transaction) {
  std::optional<Taken> taken = under_way_.Take(transaction);
  if (!taken.has_value() || taken->value.address != from.address) return Invalid();
  // Suspended, or invited again, meanwhile?
  const StaffMemberPtr member = kit_.directory.Find(taken->value.draft.id);
  const bool still = member != nullptr && member->state == StaffState::kVetted &&
                     member->invitation_mac == taken->value.invitation && !member->locked_at.has_value();
  if (!still) return Invalid();
  return *std::move(taken);
}

template <typename Fn>
auto Enrolment::Step(const SignInFrom& from, std::string_view transaction, const Fn& fn)
    -> decltype(fn(std::declval<UnderWay&>())) {
  Result<Taken> taken = Take(from, transaction);
  if (!taken.ok()) return taken.status();
  auto outcome = fn(taken->value);
  under_way_.Return(*std::move(taken));
  return outcome;
}

Status Enrolment::SetPassword(const SignInFrom& from, std::string_view transaction, std::string_view password) {
  return Step(from, transaction, [&](UnderWay& way) { return setup_.SetPassword(way.draft, password); });
}

Result<TotpOffer> Enrolment::BeginTotp(const SignInFrom& from, std::string_view transaction) {
  return Step(from, transaction, [&](UnderWay& way) { return setup_.BeginTotp(way.draft, way.setup); });
}

Status Enrolment::ConfirmTotp(const SignInFrom& from, std::string_view transaction, std::string_view code) {
  return Step(from, transaction, [&](UnderWay& way) { return setup_.ConfirmTotp(way.draft, way.setup, code); });
}

Result<std::string> Enrolment::BeginPasskey(const SignInFrom& from, std::string_view transaction) {
  return Step(from, transaction, [&](UnderWay& way) { return setup_.BeginPasskey(from, way.draft, way.setup); });
}

Status Enrolment::FinishPasskey(const SignInFrom& from, std::string_view transaction, JsonValue credential,
                                std::string_view label) {
  return Step(from, transaction,
              [&](UnderWay& way) { return setup_.FinishPasskey(from, way.draft, way.setup, credential, label); });
}

Status Enrolment::SetQuestion(const SignInFrom& from, std::string_view transaction, std::string_view question,
                              std::string_view answer) {
  return Step(from, transaction, [&](UnderWay& way) { return setup_.SetQuestion(way.draft, question, answer); });
}

Result<std::vector<SecretBytes>> Enrolment::MakeRecoveryCodes(const SignInFrom& from, std::string_view transaction) {
  return Step(from, transaction, [&](UnderWay& way) { return setup_.MakeRecoveryCodes(way.draft); });
}

Result<std::string> Enrolment::Finish(const SignInFrom& from, std::string_view transaction) {
  return Step(from, transaction, [&](UnderWay& way) -> Result<std::string> {
    const StaffMember& draft = way.draft;
    if (draft.password.empty()) return Status(Reason::kPasswordRefused, "set a password first");
    if (!draft.has_second_factor()) {
      return Status(Reason::kFactorInvalid, "set up an authenticator app or a passkey first");
    }
    std::string mark = from.device_mark.empty() ? DrawDeviceMark(kit_.random()) : std::string(from.device_mark);
    const auto change = [&](StaffMember& person) -> Status {
      if (person.state != StaffState::kVetted || person.invitation_mac != way.invitation) return Invalid();
      TakeOver(person, draft);
      person.state = StaffState::kActive;
      person.invitation_mac = kNoInvitation;
      person.invitation_until.reset();
      Places::Note(person, kit_.places.OfNetwork(from.address), kit_.Now());
      Places::Note(person, kit_.places.OfDevice(mark), kit_.Now());
      return Status::Ok();
    };
    RETURN_IF_ERROR(
        kit_.directory.ChangeRecorded(draft.id, change, EntryOf(&draft, from, Action::kStaffSelf, "enrolled: active"))
            .status());
    return mark;
  });
}

}  // namespace strongroom
