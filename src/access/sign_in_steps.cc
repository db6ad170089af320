// The second factor, the question, and the session at the end.
#include <utility>

#include "access/sign_in.h"
#include "factors/security_answer.h"

namespace strongroom {
namespace {

constexpr int64_t kCodeMinutes = 10;

}  // namespace

Result<SignIn::Found> SignIn::Take(const SignInFrom& from, std::string_view transaction, UnderWay::Stage stage) {
  std::optional<Taken> taken = under_way_.Take(transaction);
  if (!taken.has_value()) return Status(Reason::kSignInExpired);
  const UnderWay& way = taken->value;
  const StaffMemberPtr member = kit_.directory.Find(way.person);
  std::string_view why = "gone";
  PersonNowPtr person = member != nullptr ? MayComeIn(from, member, why) : nullptr;
  if (person != nullptr && way.address != from.address) why = "another address", person = nullptr;
  if (person != nullptr && way.stage != stage) why = "another step", person = nullptr;
  if (person != nullptr && way.credentials != person->credentials) why = "credentials changed", person = nullptr;
  if (person == nullptr) {
    return Refuse(from, member.get(), Reason::kSignInExpired, "sign-in under way: " + std::string(why));
  }
  return Found{*std::move(taken), std::move(person)};
}

// --- the second factor -----------------------------------------------------------------------------------------------

Result<Spend> SignIn::CheckCode(UnderWay& way, std::string_view code) {
  const bool open = !way.code.empty() && kit_.clock().MonotonicMillis() < way.code_ends_ms;
  if (!open || !EqualInConstantTime(way.code, code)) {
    if (++way.code_failures >= kMostCodeTries) way.code.clear();
    return Status(Reason::kFactorRefused);
  }
  way.code.clear();
  return Spend([](StaffMember&) { return Status::Ok(); });  // it was never anywhere but here
}

Result<Spend> SignIn::CheckPasskey(const SignInFrom& from, UnderWay& way, const PersonNow& person,
                                   const ShownFactor& shown) {
  if (!shown.credential.has_value()) return Status(Reason::kFactorRefused);
  const Bytes challenge = std::exchange(way.challenge, Bytes());  // once, right or wrong
  if (challenge.empty()) return Status(Reason::kFactorRefused);
  ASSIGN_OR_RETURN(const AssertionResponse response, ParseAssertionResponse(*shown.credential));
  ASSIGN_OR_RETURN(const RelyingParty party, RelyingPartyOf(*person.rules, from.host, from.address));
  ASSIGN_OR_RETURN(FactorChecks::PasskeyCheck check, kit_.factors.Passkey(*person.member, party, challenge, response));
  if (check.cloned) {
    return Refuse(from, person.member.get(), Reason::kFactorRefused, "passkey counter went back", "passkey-cloned");
  }
  way.bound_passkey = check.bound;
  return std::move(check.spend);
}

Result<Spend> SignIn::Check(const SignInFrom& from, UnderWay& way, const PersonNow& person, const ShownFactor& shown) {
  switch (shown.kind) {
    case FactorKind::kTotp:
      return kit_.factors.Totp(*person.member, shown.code);
    case FactorKind::kRecovery:
      return kit_.factors.Recovery(*person.member, shown.code);
    case FactorKind::kPasskey:
      return CheckPasskey(from, way, person, shown);
    case FactorKind::kSms:
      return CheckCode(way, shown.code);
    case FactorKind::kNone:
      break;
  }
  return Status(Reason::kFactorRefused);
}

Result<SignInStep> SignIn::GiveFactor(const SignInFrom& from, std::string_view transaction, const ShownFactor& shown) {
  ASSIGN_OR_RETURN(Found found, Take(from, transaction, UnderWay::Stage::kFactor));
  const StaffMemberPtr member = found.person->member;
  // Asked again at each try: a sign-in under way is no way around the delays.
  Result<Attempts::Guess> guess = StartGuess(from, AttemptKind::kFactor, member.get(), {});
  if (!guess.ok()) {
    under_way_.Return(std::move(found.taken));
    return guess.status();
  }
  found.taken.value.factor = shown.kind;
  found.taken.value.bound_passkey = false;
  const Result<Spend> spend = Check(from, found.taken.value, *found.person, shown);
  if (!spend.ok()) return FactorFailed(from, std::move(found), *guess, spend.status());
  ASSIGN_OR_RETURN(SignInStep step, FactorWasRight(from, std::move(found), transaction, *spend));
  kit_.attempts.Succeeded(*guess);
  return step;
}

Status SignIn::FactorFailed(const SignInFrom& from, Found found, const Attempts::Guess& guess, const Status& why) {
  UnderWay& way = found.taken.value;
  const bool looked_at = why.code() == Code::kUnauthenticated || why.code() == Code::kInvalid;
  if (looked_at) {
    ++way.factor_failures;
    // Whoever gets here knows the password: one failure is a slip, several are somebody else.
    const bool alarm = way.factor_failures == kMostFactorTries;
    const std::string detail = "right " + std::string(way.how) + ", wrong factor " + std::string(NameOf(way.factor));
    Refuse(from, found.person->member.get(), why.reason(), detail, alarm ? "factor-guessed" : "").IgnoreError();
  } else {
    kit_.attempts.Withdrawn(guess);
  }
  if (way.factor_failures < kMostFactorTries) under_way_.Return(std::move(found.taken));
  return why;
}

Result<SignInStep> SignIn::FactorWasRight(const SignInFrom& from, Found found, std::string_view transaction,
                                          const Spend& spend) {
  const UnderWay& way = found.taken.value;
  const bool ask = found.person->rules->question_on_new_place && !found.person->member->question.empty() &&
                   (way.new_device || way.new_network);
  if (ask) return ToQuestion(from, std::move(found), transaction, spend);
  return Finish(from, std::move(found.taken.value), spend);
}

// Spent before the browser hears that it was right.
Result<SignInStep> SignIn::ToQuestion(const SignInFrom& from, Found found, std::string_view transaction,
                                      const Spend& spend) {
  UnderWay& way = found.taken.value;
  const StaffMemberPtr member = found.person->member;
  const std::string detail = "factor " + std::string(NameOf(way.factor)) + " shown, question next";
  RETURN_IF_ERROR(
      kit_.directory.ChangeRecorded(way.person, spend, EntryOf(member.get(), from, Action::kStaffSelf, detail))
          .status());
  way.stage = UnderWay::Stage::kQuestion;
  SignInStep step;
  step.next = SignInStep::Next::kQuestion;
  step.question = member->question;
  if (!transaction.empty()) {
    step.transaction = std::string(transaction);
    under_way_.Return(std::move(found.taken));
    return step;
  }
  std::optional<std::string> token = under_way_.Add(std::move(way));
  if (!token.has_value()) return Status(Reason::kOverloaded, "Too many people are signing in. Try again shortly.");
  step.transaction = *std::move(token);
  return step;
}

Status SignIn::SendCode(const SignInFrom& from, std::string_view transaction) {
  ASSIGN_OR_RETURN(Found found, Take(from, transaction, UnderWay::Stage::kFactor));
  UnderWay& way = found.taken.value;
  const StaffMember& member = *found.person->member;
  const bool may = member.phone_confirmed && found.person->rules->allow_sms && way.codes_sent < kMostCodesSent;
  Status sent(Reason::kFactorInvalid, "no code can be sent to this account now");
  if (may) {
    ++way.codes_sent;
    way.code = DrawCode(kit_.random());  // tries made so far stay counted
    way.code_ends_ms = kit_.clock().MonotonicMillis() + kCodeMinutes * 60'000;
    sent = kit_.notices.SendCode(member, member.phone, way.code, kCodeMinutes);
  }
  under_way_.Return(std::move(found.taken));
  return sent;
}

// --- the question ----------------------------------------------------------------------------------------------------

Result<SignInStep> SignIn::Answer(const SignInFrom& from, std::string_view transaction, std::string_view answer) {
  ASSIGN_OR_RETURN(Found found, Take(from, transaction, UnderWay::Stage::kQuestion));
  const StaffMemberPtr member = found.person->member;
  Result<Attempts::Guess> guess = StartGuess(from, AttemptKind::kFactor, member.get(), {});
  const Result<SecretBytes> normalised = NormaliseAnswer(answer);
  Result<bool> right = !guess.ok() ? Result<bool>(guess.status())
                       : normalised.ok()
                           ? kit_.secrets.Verify(StaffSecrets::Use::kAnswer, member->id, member->answer, *normalised)
                           : Result<bool>(false);
  if (!right.ok()) {
    if (guess.ok()) kit_.attempts.Withdrawn(*guess);
    under_way_.Return(std::move(found.taken));
    return right.status();
  }
  if (!*right) {
    if (++found.taken.value.answer_failures < kMostAnswerTries) under_way_.Return(std::move(found.taken));
    return Refuse(from, member.get(), Reason::kSignInRefused, "right factor, wrong answer");
  }
  kit_.attempts.Succeeded(*guess);
  return Finish(from, std::move(found.taken.value), [](StaffMember&) { return Status::Ok(); });
}

// --- in --------------------------------------------------------------------------------------------------------------

void SignIn::TellOfPlace(const SignInFrom& from, const UnderWay& way, const StaffMember& member) {
  const std::string network = NetworkTextOf(from.address);
  if (way.factor == FactorKind::kRecovery) {
    kit_.notices.Tell(member, "recovery-used", {{"time", kit_.notices.Now()}, {"network", network}});
  }
  if (way.new_device) {
    kit_.notices.Tell(member, "new-device",
                      {{"time", kit_.notices.Now()}, {"device", DeviceLabelOf(from.user_agent)}, {"network", network}});
  } else if (way.new_network) {
    kit_.notices.Tell(member, "new-network", {{"time", kit_.notices.Now()}, {"network", network}});
  }
}

Result<SignInStep> SignIn::Finish(const SignInFrom& from, UnderWay way, const Spend& spend) {
  SignedIn done;
  done.device_mark = from.device_mark.empty() ? DrawDeviceMark(kit_.random()) : std::string(from.device_mark);
  const UnixMillis now = kit_.Now();
  const Digest device = kit_.places.OfDevice(done.device_mark);
  const Digest network = kit_.places.OfNetwork(from.address);
  std::string detail = "signed in: " + std::string(way.how) + ", factor " + std::string(NameOf(way.factor));
  if (way.new_device) detail += ", new device";
  if (way.new_network) detail += ", new network";
  const auto change = [&](StaffMember& person) -> Status {
    RETURN_IF_ERROR(spend(person));
    Places::Note(person, network, now);
    Places::Note(person, device, now);
    person.last_sign_in = now;
    return Status::Ok();
  };
  StaffMember actor;  // of the entry alone
  actor.id = way.person;
  ASSIGN_OR_RETURN(
      const StaffMemberPtr member,
      kit_.directory.ChangeRecorded(way.person, change, EntryOf(&actor, from, Action::kStaffSelf, detail)));

  NewSession session;
  session.id = way.session_id;
  session.person = MakePersonNow(member, kit_.rules.Get(), now);
  session.factor = way.factor;
  session.address = from.address;
  session.device = DeviceLabelOf(from.user_agent);
  session.proof_key = std::move(way.proof_key);
  session.ends_cookie = std::string(from.session_cookie);
  session.certificate = from.certificate;
  session.bound_passkey = way.bound_passkey;
  done.session_id = FormatSessionId(way.session_id);
  ASSIGN_OR_RETURN(done.cookie,
                   kit_.sessions.Begin(std::move(session), EntryOf(member.get(), from, Action::kSessionSignIn,
                                                                   "session " + done.session_id)));
  done.proof_public = std::move(way.proof_public);
  TellOfPlace(from, way, *member);
  SignInStep step;
  step.next = SignInStep::Next::kDone;
  step.done = std::move(done);
  return step;
}

}  // namespace strongroom
