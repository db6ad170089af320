// The second factor, and a new password after a recovery.
#include <utility>

#include "access/customer_sign_in.h"

namespace strongroom {
namespace {

constexpr int kTries = 8;  // against others who write at the same moment
constexpr int64_t kCodeMinutes = 10;
constexpr size_t kChallengeSizeBytes = 32;

Status NotRight() { return Status(Reason::kFactorRefused); }

}  // namespace

// Only whose transaction it is takes it: another application's stays where it is, for whose it is.
Result<CustomerSignIn::Found> CustomerSignIn::Take(const Caller& caller, std::string_view transaction) {
  std::optional<Taken> taken = PendingOf(transaction).Take(transaction);
  const bool own = taken.has_value() && caller.principal != nullptr && taken->value.application == caller.principal->id;
  if (taken.has_value() && !own) PendingOf(transaction).Return(*std::move(taken));
  AskedFor asked = accounts_.Ask(caller, Action::kCustomerSignIn, own ? taken->value.customer : 0);
  if (!asked.permit.granted()) return asked.permit.Refuse<bool>().Wait().status();
  const auto expired = [&](std::string_view why) {
    asked.permit.entry().detail = why;
    return asked.permit.Fail<bool>(Status(Reason::kSignInExpired)).Wait().status();
  };
  if (!own) return expired("no such transaction of this credential");
  const bool nobody = taken->value.customer == 0;
  if (!asked.account.has_value() && !nobody) return expired("customer gone");
  if (!nobody && taken->value.mark != asked.account->Mark(*accounts_.catalogue().Current())) {
    return expired("a password or factor changed");
  }
  return Found{*std::move(taken), std::move(asked)};
}

// --- what is shown ---------------------------------------------------------------------------------------------------

Status CustomerSignIn::CheckCode(UnderWay& way, std::string_view code) const {
  const bool open = !way.code.empty() && kit_.clock().MonotonicMillis() < way.code_ends_ms;
  if (!open || !EqualInConstantTime(way.code, code)) return NotRight();
  way.code.clear();
  return Status::Ok();
}

// The same work whether or not there is somebody with codes.
Result<Spend> CustomerSignIn::CheckRecovery(const OpenAccount* account, std::string_view code) {
  if (account != nullptr && account->account.recovery_codes_left() > 0) {
    return kit_.factors.Recovery(account->account.person, code);
  }
  ASSIGN_OR_RETURN(const SlowWork::Turn turn, kit_.slow_work.Take());
  RecoveryCodeSet codes = nobodys_codes_;
  codes.Redeem(code).IgnoreError();  // whatever it says, it is nobody's
  return NotRight();
}

Result<Spend> CustomerSignIn::CheckPasskey(UnderWay& way, const OpenAccount* account, const ShownFactor& shown) {
  if (!shown.credential.has_value()) return NotRight();
  const Bytes challenge = std::exchange(way.challenge, Bytes());  // once, right or wrong
  ASSIGN_OR_RETURN(const AssertionResponse response, ParseAssertionResponse(*shown.credential));
  if (challenge.empty() || account == nullptr) return NotRight();
  ASSIGN_OR_RETURN(FactorChecks::PasskeyCheck check,
                   kit_.factors.Passkey(account->account.person, way.party, challenge, response));
  way.cloned = check.cloned;
  if (check.cloned) return NotRight();
  return std::move(check.spend);
}

Result<Spend> CustomerSignIn::Check(UnderWay& way, const OpenAccount* account, const ShownFactor& shown) {
  const bool is_code = shown.kind == FactorKind::kTotp || shown.kind == FactorKind::kSms;
  if (is_code && account != nullptr && account->account.codes_are_closed()) return NotRight();
  switch (shown.kind) {
    case FactorKind::kTotp:
      return account != nullptr ? kit_.factors.Totp(account->account.person, shown.code) : NotRight();
    case FactorKind::kRecovery:
      return CheckRecovery(account, shown.code);
    case FactorKind::kPasskey:
      return CheckPasskey(way, account, shown);
    case FactorKind::kSms:
      RETURN_IF_ERROR(CheckCode(way, shown.code));
      return Spend([](StaffMember&) { return Status::Ok(); });  // it was never anywhere but here
    case FactorKind::kNone:
      break;
  }
  return NotRight();
}

// --- the factor ------------------------------------------------------------------------------------------------------

Result<CustomerStep> CustomerSignIn::GiveFactor(const Caller& caller, std::string_view transaction,
                                                const ShownFactor& shown, const CustomerAt& at) {
  ASSIGN_OR_RETURN(Found found, Take(caller, transaction));
  UnderWay& way = found.taken.value;
  Permit& permit = found.asked.permit;
  if (way.stage == Stage::kReset) {
    PendingOf(transaction).Return(std::move(found.taken));
    return permit.Fail<CustomerStep>(Status(Reason::kInvalidArgument, "the factor was shown; set the password")).Wait();
  }
  const OpenAccount* const account = found.asked.account.has_value() ? &*found.asked.account : nullptr;
  // Asked at each try: a sign-in under way is no way around the delays.
  const Status waits = account != nullptr ? accounts_.BeginGuess(*account, kFactorGuesses, at.address).status()
                                          : nobodys_guesses_.Count(way.nobody, kFactorGuesses, at.address, kit_.Now());
  const Result<Spend> spend = waits.ok() ? Check(way, account, shown) : waits;
  if (spend.ok()) return FactorRight(std::move(found), transaction, shown, at, *spend);
  const Code code = spend.status().code();
  if (code == Code::kUnauthenticated || code == Code::kInvalid) {
    if (std::exchange(way.cloned, false)) AlarmOfClone(caller);
    return FactorWrong(std::move(found), transaction, shown, at, spend.status());
  }
  PendingOf(transaction).Return(std::move(found.taken));  // it was not looked at
  return permit.Fail<CustomerStep>(spend.status()).Wait();
}

Result<CustomerStep> CustomerSignIn::FactorWrong(Found found, std::string_view transaction, const ShownFactor& shown,
                                                 const CustomerAt& at, const Status& why) {
  Permit& permit = found.asked.permit;
  permit.entry().detail = "factor " + std::string(NameOf(shown.kind)) + ": no match";
  const bool is_code = shown.kind == FactorKind::kTotp || shown.kind == FactorKind::kSms;
  if (++found.taken.value.failures < kMostFactorTries) PendingOf(transaction).Return(std::move(found.taken));
  CustomerStep refused;
  if (!found.asked.account.has_value()) return permit.Finish(std::move(refused)).Wait();
  for (int attempt = 0; attempt < kTries; ++attempt) {
    if (attempt > 0) {
      Result<OpenAccount> again = accounts_.Reopen(*found.asked.account);
      if (!again.ok()) return permit.Fail<CustomerStep>(again.status()).Wait();
      found.asked.account = *std::move(again);
    }
    OpenAccount& account = *found.asked.account;
    SealedBatch batch;
    const Result<GuessCount> guesses = accounts_.BeginGuess(account, kFactorGuesses, at.address);
    Status counted = guesses.ok() ? guesses->Add(batch, /*right=*/false) : guesses.status();
    if (is_code) ++account.account.wrong_codes;
    if (counted.ok()) counted = accounts_.Put(batch, account);
    if (!counted.ok()) return permit.Fail<CustomerStep>(counted).Wait();
    AuditEntry entry = permit.entry();
    entry.outcome = why.reason();
    const Status written = permit.SubmitStep(std::move(batch), std::move(entry)).Wait();
    if (written.reason() == Reason::kStorageConflict) continue;
    permit.Close();
    if (!written.ok()) return written;
    return refused;
  }
  return permit.Fail<CustomerStep>(Status(Reason::kRecordBusy)).Wait();
}

// Spent before anybody hears that it was right; what somebody else spent meanwhile is refused by `spend`.
Result<CustomerStep> CustomerSignIn::FactorRight(Found found, std::string_view transaction, const ShownFactor& shown,
                                                 const CustomerAt& at, const Spend& spend) {
  Permit& permit = found.asked.permit;
  const bool recovery = found.taken.value.stage == Stage::kRecovery;
  const std::string factor(NameOf(shown.kind));
  permit.entry().detail = recovery ? "recovery: factor " + factor : "signed in: password, factor " + factor;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    if (attempt > 0) {
      Result<OpenAccount> again = accounts_.Reopen(*found.asked.account);
      if (!again.ok()) return permit.Fail<CustomerStep>(again.status()).Wait();
      found.asked.account = *std::move(again);
      // What was begun before a change of password or factor is over.
      if (found.asked.account->Mark(*accounts_.catalogue().Current()) != found.taken.value.mark) {
        return permit.Fail<CustomerStep>(Status(Reason::kSignInExpired)).Wait();
      }
    }
    OpenAccount& account = *found.asked.account;
    if (const Status spent = spend(account.account.person); !spent.ok()) {
      return FactorWrong(std::move(found), transaction, shown, at, spent);
    }
    account.account.wrong_codes = 0;
    CustomerStep step;
    step.outcome = recovery ? CustomerStep::Outcome::kReset : CustomerStep::Outcome::kDone;
    if (!recovery) {
      step.done = NotePlaces(account, at);
      step.done->methods = {"password", NameOf(shown.kind)};
    }
    SealedBatch batch;
    const Result<GuessCount> guesses = accounts_.BeginGuess(account, kFactorGuesses, at.address);
    Status ready = guesses.ok() ? guesses->Add(batch, /*right=*/true) : guesses.status();
    if (ready.ok()) ready = accounts_.Put(batch, account);
    if (ready.ok() && attempt == 0) ready = permit.Charge(permit.entry());
    if (!ready.ok()) return permit.Fail<CustomerStep>(ready).Wait();
    const Status written = permit.SubmitStep(std::move(batch), permit.entry()).Wait();
    if (written.reason() == Reason::kStorageConflict) continue;
    permit.Close();
    if (!written.ok()) return written;
    if (recovery) {
      step.transaction = std::string(transaction);
      found.taken.value.stage = Stage::kReset;
      PendingOf(transaction).Return(std::move(found.taken));
    }
    return step;
  }
  return permit.Fail<CustomerStep>(Status(Reason::kRecordBusy)).Wait();
}

void CustomerSignIn::AlarmOfClone(const Caller& caller) {
  AuditEntry entry;
  entry.action = Action::kAlarm;
  entry.actor = caller.principal->id;
  entry.actor_kind = caller.principal->kind;
  entry.request_id = caller.request_id;
  entry.outcome = Reason::kFactorRefused;
  entry.detail = "a customer's passkey: counter went back";
  kit_.attempts.Record(std::move(entry),
                       [this](SealedBatch& batch) { kit_.notices.AddAlarm(batch, "customer-passkey-cloned"); });
}

// --- on the way to it ------------------------------------------------------------------------------------------------

// In a recovery nobody has shown anything yet, so the options name no passkey: that would tell whether there is one.
Result<std::string> CustomerSignIn::PasskeyOptions(const Caller& caller, std::string_view transaction,
                                                   std::string_view origin) {
  ASSIGN_OR_RETURN(Found found, Take(caller, transaction));
  UnderWay& way = found.taken.value;
  Permit& permit = found.asked.permit;
  Result<RelyingParty> party = accounts_.PartyOf(origin);
  std::string options;
  if (party.ok()) {
    way.party = *party;
    way.challenge = kit_.random().Take(kChallengeSizeBytes);
    const bool named = way.stage == Stage::kFactor && found.asked.account.has_value();
    options = AuthenticationOptionsJson(
        way.party, way.challenge,
        named ? PasskeysOf(found.asked.account->account.person) : std::vector<PasskeyDescriptor>());
  }
  PendingOf(transaction).Return(std::move(found.taken));
  if (!party.ok()) return permit.Fail<std::string>(party.status()).Wait();
  permit.entry().detail = "passkey asked for";
  return permit.Finish(std::move(options)).Wait();
}

// In a recovery the answer is the same whether or not there is a phone: anybody can begin one.
Status CustomerSignIn::SendCode(const Caller& caller, std::string_view transaction, std::string_view service,
                                std::string_view language) {
  ASSIGN_OR_RETURN(Found found, Take(caller, transaction));
  UnderWay& way = found.taken.value;
  Permit& permit = found.asked.permit;
  const bool recovery = way.stage == Stage::kRecovery;
  const auto send = [&]() -> Status {
    const bool may = found.asked.account.has_value() && way.stage != Stage::kReset &&
                     found.asked.account->account.person.phone_confirmed && kit_.rules.Get()->allow_sms;
    if (!may) return Status(Reason::kFactorInvalid, "no code can be sent to this customer");
    OpenAccount& account = *found.asked.account;
    if (way.codes_sent >= kMostCodesSent || !account.account.CountText(kit_.Now())) {
      return Status(Reason::kRateLimited, "this customer was sent as many text messages as may be");
    }
    SealedBatch batch;
    RETURN_IF_ERROR(accounts_.Put(batch, account));
    AuditEntry entry = permit.entry();
    entry.detail = "code to be texted";
    RETURN_IF_ERROR(permit.SubmitStep(std::move(batch), std::move(entry)).Wait());
    ++way.codes_sent;
    way.code = DrawCode(kit_.random());  // tries made so far stay counted
    way.code_ends_ms = kit_.clock().MonotonicMillis() + kCodeMinutes * 60'000;
    StaffMember person;
    person.language = std::string(language);
    return kit_.notices.SendCode(person, account.account.person.phone, way.code, kCodeMinutes, service);
  };
  const Status sent = send();
  PendingOf(transaction).Return(std::move(found.taken));
  if (!sent.ok() && !recovery) {
    return permit.Fail<bool>(sent.reason() == Reason::kStorageConflict ? Status(Reason::kRecordBusy) : sent)
        .Wait()
        .status();
  }
  permit.entry().detail = "code asked for";
  return permit.Finish(true).Wait().status();
}

// --- a new password --------------------------------------------------------------------------------------------------

Status CustomerSignIn::ResetPassword(const Caller& caller, std::string_view transaction,
                                     const NewCustomerPassword& wanted) {
  ASSIGN_OR_RETURN(Found found, Take(caller, transaction));
  if (found.taken.value.stage != Stage::kReset) {
    PendingOf(transaction).Return(std::move(found.taken));
    return found.asked.permit.Fail<bool>(Status(Reason::kFactorRefused, "a factor has to be shown first"))
        .Wait()
        .status();
  }
  found.asked.permit.entry().detail = "recovery: a new password";
  RETURN_IF_ERROR(found.asked.permit.Finish(true).Wait().status());
  // Setting it is an action of its own; policy is asked about that as well.
  const Status set = factors_.SetPassword(caller, accounts_.CodeOf(found.taken.value.customer), wanted);
  if (!set.ok()) PendingOf(transaction).Return(std::move(found.taken));
  return set;
}

}  // namespace strongroom
