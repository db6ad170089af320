// The first step: name and password.
#include "access/sign_in.h"

#include <utility>

#include "factors/password_rules.h"

namespace strongroom {
namespace {

constexpr size_t kMostUnderWay = 4096;
constexpr size_t kMostNameBytes = 256;
// Of this start of the server: which challenges were spent is in memory alone, and a restart forgets it.
constexpr size_t kChallengeKeySizeBytes = 32;

}  // namespace

SignIn::SignIn(const SignInKit& kit)
    : kit_(kit),
      under_way_(kit.clock(), kit.random(), "srt_", kLifeMillis, kMostUnderWay),
      challenges_(SecretBytes::Generate(kChallengeKeySizeBytes, kit.random())) {}

// One Argon2id, whoever is asked about and whatever was typed.
Result<bool> SignIn::PasswordIsRight(const StaffMember* member, std::string_view password) {
  Result<SecretBytes> normalised = NormalisePassword(password);
  const bool is_text = normalised.ok();
  const SecretBytes nothing = SecretBytes::CopyOf("no password");
  const ByteView verifier = member != nullptr ? ByteView(member->password) : ByteView();
  ASSIGN_OR_RETURN(const bool right,
                   kit_.secrets.Verify(StaffSecrets::Use::kPassword, member != nullptr ? member->id : 0, verifier,
                                       is_text ? *normalised : nothing));
  return right && is_text;
}

Status SignIn::Refuse(const SignInFrom& from, const StaffMember* member, Reason reason, std::string_view why,
                      std::string_view alarm) {
  AuditEntry entry = EntryOf(member, from, alarm.empty() ? Action::kSignInRefused : Action::kAlarm, std::string(why));
  entry.outcome = reason;
  kit_.attempts.Record(std::move(entry), [&](SealedBatch& batch) {
    if (!alarm.empty()) kit_.notices.AddAlarm(batch, alarm);
  });
  return Status(reason);
}

Result<Attempts::Guess> SignIn::StartGuess(const SignInFrom& from, AttemptKind kind, const StaffMember* member,
                                           std::string_view name) {
  Result<Attempts::Guess> guess = kit_.attempts.Begin(kind, AccountOf(member, name), AttemptFromOf(kit_, member, from));
  if (guess.ok()) return guess;
  const bool factor = kind == AttemptKind::kFactor;
  return Refuse(from, member, factor ? Reason::kFactorRefused : Reason::kSignInRefused,
                factor ? "factor: too many tries" : "too many tries");
}

PersonNowPtr SignIn::MayComeIn(const SignInFrom& from, const StaffMemberPtr& member, std::string_view& why) const {
  PersonNowPtr person = MakePersonNow(member, kit_.rules.Get(), kit_.Now());
  if (!person->may_sign_in) {
    why = member->locked_at.has_value() ? "locked" : NameOf(member->state);
    return nullptr;
  }
  if (!person->MayComeFrom(from.address)) {
    why = "network";
    return nullptr;
  }
  return person;
}

Result<SignInStep> SignIn::Begin(const SignInFrom& from, std::string_view name, std::string_view password,
                                 ByteView proof_public) {
  name = name.substr(0, kMostNameBytes);  // nobody is called more
  const StaffMemberPtr member = kit_.directory.FindByName(name);
  ASSIGN_OR_RETURN(const Attempts::Guess guess, StartGuess(from, AttemptKind::kPassword, member.get(), name));
  const Result<bool> right = PasswordIsRight(member.get(), password);
  if (!right.ok()) {
    kit_.attempts.Withdrawn(guess);
    return right.status();
  }
  if (!*right) {
    return Refuse(from, member.get(), Reason::kSignInRefused, member == nullptr ? "unknown name" : "password");
  }
  ASSIGN_OR_RETURN(const PersonNowPtr person, ComeIn(from, member, "right password"));
  kit_.attempts.Succeeded(guess);
  ASSIGN_OR_RETURN(UnderWay way, Start(from, *person, proof_public, "password"));
  return ToFactor(std::move(way), *person);
}

Result<SignInStep> SignIn::BeginVouched(const SignInFrom& from, const StaffMemberPtr& member, ByteView proof_public) {
  ASSIGN_OR_RETURN(const PersonNowPtr person, ComeIn(from, member, "single sign-on"));
  ASSIGN_OR_RETURN(UnderWay way, Start(from, *person, proof_public, "single sign-on"));
  return ToFactor(std::move(way), *person);
}

// The first half of who they are is shown: may they go on?  If not, that is answered as if it had been wrong.
Result<PersonNowPtr> SignIn::ComeIn(const SignInFrom& from, const StaffMemberPtr& member, std::string_view how) {
  std::string_view why;
  PersonNowPtr person = MayComeIn(from, member, why);
  if (person != nullptr && !member->has_second_factor()) why = "no second factor", person = nullptr;
  if (person != nullptr) return person;
  return Refuse(from, member.get(), Reason::kSignInRefused, std::string(how) + ", " + std::string(why),
                why == "network" ? "sign-in-from-outside" : "");
}

// The proof key is agreed at once: whoever finishes the sign-in gets a session of this browser's key and of no other.
Result<SignIn::UnderWay> SignIn::Start(const SignInFrom& from, const PersonNow& person, ByteView proof_public,
                                       std::string_view how) {
  UnderWay way;
  way.person = person.member->id;
  way.credentials = person.credentials;
  way.address = from.address;
  way.how = how;
  while (way.session_id == 0) way.session_id = kit_.random().NextU64();
  ASSIGN_OR_RETURN(SessionProofKey::Agreement agreed,
                   SessionProofKey::Agree(proof_public, FormatSessionId(way.session_id), kit_.random()));
  way.proof_key = std::move(agreed.key);
  way.proof_public = std::move(agreed.server_public);
  way.new_device = from.device_mark.empty() || !Places::Knows(*person.member, kit_.places.OfDevice(from.device_mark));
  way.new_network = !Places::Knows(*person.member, kit_.places.OfNetwork(from.address));
  return way;
}

std::vector<FactorKind> SignIn::FactorsOf(const StaffMember& member) const {
  std::vector<FactorKind> factors;
  if (!member.passkeys.empty()) factors.push_back(FactorKind::kPasskey);
  if (!member.totp_secret.empty()) factors.push_back(FactorKind::kTotp);
  const bool texts = member.phone_confirmed && kit_.rules.Get()->allow_sms && kit_.notices.CanText(member.phone);
  if (texts) factors.push_back(FactorKind::kSms);
  if (!member.recovery_codes.empty()) factors.push_back(FactorKind::kRecovery);
  return factors;
}

Result<SignInStep> SignIn::ToFactor(UnderWay way, const PersonNow& person) {
  SignInStep step;
  step.next = SignInStep::Next::kFactor;
  step.factors = FactorsOf(*person.member);
  std::optional<std::string> token = under_way_.Add(std::move(way));
  if (!token.has_value()) return Status(Reason::kOverloaded, "Too many people are signing in. Try again shortly.");
  step.transaction = *std::move(token);
  return step;
}

}  // namespace strongroom
