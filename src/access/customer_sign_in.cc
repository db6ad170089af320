// The password, and the beginning of a recovery.
#include "access/customer_sign_in.h"

#include <utility>

#include "base/encoding.h"
#include "factors/password_rules.h"

namespace strongroom {
namespace {

constexpr size_t kMostUnderWay = 4096;
constexpr int kTries = 8;  // against others who are counted at the same moment
constexpr std::string_view kPrefix = "srv_";
constexpr std::string_view kRecoveryPrefix = "srx_";

// What a code stands for that belongs to nobody: the same in every spelling.
uint64_t NobodyOf(const House& house, std::string_view code) {
  const Result<CustomerId> id = house.codes().DecodeCustomer(code);
  if (id.ok()) return *id;
  const Digest digest = Sha256(code);
  return ByteReader(View(digest)).U64();
}

RecoveryCodeSet CodesOfNobody(Random& random) {
  Result<NewRecoveryCodes> made = MakeRecoveryCodes(random, 1);
  return made.ok() ? std::move(made->set) : RecoveryCodeSet();
}

bool IsNobody(const Status& failure) { return failure.reason() == Reason::kCustomerNotFound; }

}  // namespace

CustomerSignIn::CustomerSignIn(CustomerAccounts& accounts, CustomerFactors& factors)
    : accounts_(accounts),
      factors_(factors),
      kit_(accounts.kit()),
      passwords_(kit_.gate.house().office().sealed->ring(), kit_.random()),
      nobodys_codes_(CodesOfNobody(kit_.random())),
      under_way_(kit_.clock(), kit_.random(), std::string(kPrefix), kLifeMillis, kMostUnderWay),
      recoveries_(kit_.clock(), kit_.random(), std::string(kRecoveryPrefix), kRecoveryLifeMillis, kMostUnderWay) {}

Pending<CustomerSignIn::UnderWay>& CustomerSignIn::PendingOf(std::string_view transaction) {
  return transaction.starts_with(kRecoveryPrefix) ? recoveries_ : under_way_;
}

Result<std::string> CustomerSignIn::Keep(UnderWay way) {
  Pending<UnderWay>& pending = way.stage == Stage::kFactor ? under_way_ : recoveries_;
  std::optional<std::string> token = pending.Add(std::move(way));
  if (!token.has_value()) return Status(Reason::kOverloaded, "Too many customers are signing in. Try again shortly.");
  return *std::move(token);
}

// --- the password ----------------------------------------------------------------------------------------------------

// One network that tries a list of stolen passwords at many customers.  A device the customer has used before is asked
// about no network.
Status CustomerSignIn::CountNetwork(const Caller& caller, const OpenAccount* account, const CustomerAt& at,
                                    Attempts::Guess& guess) {
  AttemptFrom from{at.address, std::nullopt};
  if (account != nullptr && IsDeviceMark(at.device)) {
    const Digest device = kit_.places.OfDevice(at.device);
    if (Places::Knows(account->account.person, device)) from.known_device = device;
  }
  Result<Attempts::Guess> begun = kit_.attempts.Begin(AttemptKind::kCustomer, {}, from);
  if (begun.ok()) {
    guess = *std::move(begun);
    return Status::Ok();
  }
  AuditEntry entry;
  entry.actor = caller.principal->id;
  entry.actor_kind = caller.principal->kind;
  entry.address = at.address;
  entry.request_id = caller.request_id;
  entry.outcome = Reason::kRateLimited;
  entry.detail = "customers' passwords: too many wrong ones from one network";
  kit_.attempts.Record(std::move(entry));
  return Status(Reason::kRateLimited, "too many wrong passwords from this network; try again later");
}

// One Argon2id, whoever is asked about and whatever was typed.
Result<bool> CustomerSignIn::PasswordIsRight(const OpenAccount* account, const FieldDef& field,
                                             std::string_view password) {
  const Result<SecretBytes> normalised = NormalisePassword(password);
  const RecordValue* const stored = account != nullptr ? account->customer.record.Find(field.id) : nullptr;
  ASSIGN_OR_RETURN(const SlowWork::Turn turn, kit_.slow_work.Take());
  ASSIGN_OR_RETURN(const bool right,
                   passwords_.Verify(stored != nullptr ? stored->text : ByteView(),
                                     normalised.ok() ? ExposeSecret(*normalised) : std::string_view("no password")));
  return right && normalised.ok();
}

Result<CustomerStep> CustomerSignIn::Begin(const Caller& caller, const CustomerPassword& shown, const CustomerAt& at) {
  AskedFor asked = accounts_.Ask(caller, Action::kCustomerSignIn, shown.code);
  Permit& permit = asked.permit;
  if (!permit.granted()) return permit.Refuse<CustomerStep>().Wait();
  if (!asked.account.has_value() && !IsNobody(asked.failure)) return permit.Fail<CustomerStep>(asked.failure).Wait();
  const CataloguePtr catalogue = accounts_.catalogue().Current();
  const Result<const FieldDef*> field = catalogue->Field(shown.field);
  if (!field.ok()) return permit.Fail<CustomerStep>(field.status()).Wait();
  permit.entry().fields = {(*field)->id};
  if ((*field)->type != FieldType::kPassword) {
    return permit.Fail<CustomerStep>(Status(Reason::kWrongType, "field '" + (*field)->name + "' holds no passwords"))
        .Wait();
  }
  const OpenAccount* const account = asked.account.has_value() ? &*asked.account : nullptr;
  Attempts::Guess network;
  if (const Status counted = CountNetwork(caller, account, at, network); !counted.ok()) {
    return permit.Fail<CustomerStep>(counted).Wait();
  }
  // Looked at before the work: whoever has to wait costs nothing.  Counted again with the answer.
  Status waits = Status::Ok();
  if (account != nullptr) {
    waits = accounts_.BeginGuess(*account, (*field)->id, at.address).status();
  } else {
    waits = nobodys_guesses_.Count(NobodyOf(kit_.gate.house(), shown.code), (*field)->id, at.address, kit_.Now());
  }
  const Result<bool> right = waits.ok() ? PasswordIsRight(account, **field, shown.password) : waits;
  if (!right.ok()) {
    kit_.attempts.Withdrawn(network);
    return permit.Fail<CustomerStep>(right.status()).Wait();
  }
  if (!*right) return Refused(std::move(asked), **field, at);
  kit_.attempts.Succeeded(network);
  return Accepted(caller, std::move(asked), **field, at);
}

Result<CustomerStep> CustomerSignIn::Refused(AskedFor asked, const FieldDef& field, const CustomerAt& at) {
  asked.permit.entry().detail = "password: no match";
  if (!asked.account.has_value()) return asked.permit.Finish(CustomerStep()).Wait();
  for (int attempt = 0; attempt < kTries; ++attempt) {
    if (attempt > 0) {
      Result<OpenAccount> again = accounts_.Reopen(*asked.account);
      if (!again.ok()) return asked.permit.Fail<CustomerStep>(again.status()).Wait();
      asked.account = *std::move(again);
    }
    const Result<GuessCount> guesses = accounts_.BeginGuess(*asked.account, field.id, at.address);
    SealedBatch batch;
    const Status counted = guesses.ok() ? guesses->Add(batch, /*right=*/false) : guesses.status();
    if (!counted.ok()) return asked.permit.Fail<CustomerStep>(counted).Wait();
    CustomerAccounts::ExpectCustomer(batch, *asked.account);
    if (const Status charged = attempt == 0 ? asked.permit.Charge(asked.permit.entry()) : Status::Ok(); !charged.ok()) {
      asked.permit.Deny(charged);
      return asked.permit.Refuse<CustomerStep>().Wait();
    }
    const Status written = asked.permit.SubmitStep(std::move(batch), asked.permit.entry()).Wait();
    if (written.reason() == Reason::kStorageConflict) continue;
    asked.permit.Close();
    if (!written.ok()) return written;
    return CustomerStep();
  }
  return asked.permit.Fail<CustomerStep>(Status(Reason::kRecordBusy)).Wait();
}

std::vector<FactorKind> CustomerSignIn::FactorsOf(const OpenAccount& account) const {
  const StaffMember& person = account.account.person;
  std::vector<FactorKind> factors;
  if (!person.passkeys.empty()) factors.push_back(FactorKind::kPasskey);
  if (!person.totp_secret.empty()) factors.push_back(FactorKind::kTotp);
  const bool texts = person.phone_confirmed && kit_.rules.Get()->allow_sms && kit_.notices.CanText(person.phone);
  if (texts) factors.push_back(FactorKind::kSms);
  const bool has_one = person.has_second_factor();
  if (has_one && account.account.recovery_codes_left() > 0) factors.push_back(FactorKind::kRecovery);
  return factors;
}

CustomerVerdict CustomerSignIn::NotePlaces(OpenAccount& account, const CustomerAt& at) const {
  StaffMember& person = account.account.person;
  CustomerVerdict verdict;
  verdict.customer = accounts_.CodeOf(account.customer.id);
  verdict.at = kit_.Now();
  verdict.device = IsDeviceMark(at.device) ? std::string(at.device) : DrawDeviceMark(kit_.random());
  const Digest device = kit_.places.OfDevice(verdict.device);
  const Digest network = kit_.places.OfNetwork(at.address);
  verdict.new_device = !Places::Knows(person, device);
  verdict.new_network = !Places::Knows(person, network);
  Places::Note(person, network, verdict.at);
  Places::Note(person, device, verdict.at);
  return verdict;
}

// Done when the customer has nothing more to show.  has_second_factor() decides and not what can be offered: text
// messages that are switched off let nobody in with the password alone.
Result<CustomerStep> CustomerSignIn::AfterPassword(SealedBatch& batch, OpenAccount& account, const FieldDef& field,
                                                   const CustomerAt& at) const {
  CustomerStep step;
  ASSIGN_OR_RETURN(const GuessCount guesses, accounts_.BeginGuess(account, field.id, at.address));
  RETURN_IF_ERROR(guesses.Add(batch, /*right=*/true));
  if (account.account.person.has_second_factor()) {
    CustomerAccounts::ExpectCustomer(batch, account);
    step.outcome = CustomerStep::Outcome::kFactor;
    step.factors = FactorsOf(account);
    return step;
  }
  step.outcome = CustomerStep::Outcome::kDone;
  step.done = NotePlaces(account, at);
  step.done->methods = {"password"};
  RETURN_IF_ERROR(accounts_.Put(batch, account));
  return step;
}

Result<CustomerStep> CustomerSignIn::ToFactor(const Caller& caller, const OpenAccount& account, CustomerStep step) {
  UnderWay way;
  way.application = caller.principal->id;
  way.customer = account.customer.id;
  way.mark = account.Mark(*accounts_.catalogue().Current());
  ASSIGN_OR_RETURN(step.transaction, Keep(std::move(way)));
  return step;
}

Result<CustomerStep> CustomerSignIn::Accepted(const Caller& caller, AskedFor asked, const FieldDef& field,
                                              const CustomerAt& at) {
  Permit& permit = asked.permit;
  const Digest mark = asked.account->Mark(*accounts_.catalogue().Current());
  if (const Status charged = permit.Charge(permit.entry()); !charged.ok()) {
    permit.Deny(charged);
    return permit.Refuse<CustomerStep>().Wait();
  }
  for (int attempt = 0; attempt < kTries; ++attempt) {
    if (attempt > 0) {
      Result<OpenAccount> again = accounts_.Reopen(*asked.account);
      if (!again.ok()) return permit.Fail<CustomerStep>(again.status()).Wait();
      asked.account = *std::move(again);
      // The password that was right may be another one's by now.
      if (asked.account->Mark(*accounts_.catalogue().Current()) != mark) break;
    }
    SealedBatch batch;
    Result<CustomerStep> step = AfterPassword(batch, *asked.account, field, at);
    if (!step.ok()) return permit.Fail<CustomerStep>(step.status()).Wait();
    permit.entry().detail = step->done.has_value() ? "password: signed in" : "password: match, factor next";
    const Status written = permit.SubmitStep(std::move(batch), permit.entry()).Wait();
    if (written.reason() == Reason::kStorageConflict) continue;
    permit.Close();
    if (!written.ok()) return written;
    if (step->done.has_value()) return step;
    return ToFactor(caller, *asked.account, *std::move(step));
  }
  return permit.Fail<CustomerStep>(Status(Reason::kRecordBusy)).Wait();
}

// --- recovery --------------------------------------------------------------------------------------------------------

Result<std::string> CustomerSignIn::BeginRecovery(const Caller& caller, std::string_view code) {
  AskedFor asked = accounts_.Ask(caller, Action::kCustomerSignIn, code);
  if (!asked.permit.granted()) return asked.permit.Refuse<std::string>().Wait();
  if (!asked.account.has_value() && !IsNobody(asked.failure))
    return asked.permit.Fail<std::string>(asked.failure).Wait();
  UnderWay way;
  way.stage = Stage::kRecovery;
  way.application = caller.principal->id;
  way.nobody = NobodyOf(kit_.gate.house(), code);
  if (asked.account.has_value()) {
    way.customer = asked.account->customer.id;
    way.mark = asked.account->Mark(*accounts_.catalogue().Current());
  }
  Result<std::string> token = Keep(std::move(way));
  if (!token.ok()) return asked.permit.Fail<std::string>(token.status()).Wait();
  asked.permit.entry().detail = "recovery begun";
  return asked.permit.Finish(*std::move(token)).Wait();
}

}  // namespace strongroom
