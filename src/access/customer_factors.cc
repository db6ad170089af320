#include "access/customer_factors.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr size_t kMostBegun = 4096;
constexpr int kTries = 4;
constexpr size_t kMostNameBytes = 64;
constexpr Reason kNobody = Reason::kCustomerNotFound;

// Texts that name a person or their place.  What is more sensitive is no word for a password, and an answer that
// spoke of it would tell it.
bool IsName(const FieldDef& field) {
  return field.sensitivity <= Sensitivity::kPersonal &&
         (field.type == FieldType::kText || field.type == FieldType::kPersonName || field.type == FieldType::kEmail);
}

PasswordContext ContextOf(const Catalogue& catalogue, const Record& record, const std::vector<std::string>& services) {
  PasswordContext context;
  context.words = services;
  for (const RecordValue& value : record.values) {
    const FieldDef* const field = catalogue.FindField(value.field);
    if (field == nullptr || !IsName(*field) || value.text.size() > kMostNameBytes) continue;
    if (field->type == FieldType::kEmail) {
      context.AddEmail(value.text);
      continue;
    }
    for (size_t at = 0; at < value.text.size();) {
      const size_t end = std::min(value.text.find(' ', at), value.text.size());
      context.words.emplace_back(value.text.substr(at, end - at));
      at = end + 1;
    }
    context.words.emplace_back(value.text);
  }
  return context;
}

}  // namespace

CustomerFactors::CustomerFactors(CustomerAccounts& accounts)
    : accounts_(accounts),
      setup_(accounts.kit()),
      begun_(accounts.kit().clock(), accounts.kit().random(), "srf_", kLifeMillis, kMostBegun) {}

Result<CustomerFactorsView> CustomerFactors::Describe(const Caller& caller, std::string_view code) {
  CustomerAccounts::Asked asked = accounts_.Ask(caller, Action::kCustomerSignIn, code);
  if (!asked.permit.granted()) return asked.permit.Refuse<CustomerFactorsView>().Wait();
  if (!asked.account.has_value()) return asked.permit.Fail<CustomerFactorsView>(asked.failure).Wait();
  const CataloguePtr catalogue = accounts_.catalogue().Current();
  CustomerFactorsView view;
  view.code = accounts_.CodeOf(asked.account->customer.id);
  const std::vector<RecordValue>& values = asked.account->customer.record.values;
  view.password = std::any_of(values.begin(), values.end(), [&](const RecordValue& value) {
    const FieldDef* const field = catalogue->FindField(value.field);
    return field != nullptr && field->type == FieldType::kPassword;
  });
  view.account = asked.account->account;
  asked.permit.entry().detail = "described";
  return asked.permit.Finish(std::move(view)).Wait();
}

// --- the password ----------------------------------------------------------------------------------------------------

Status CustomerFactors::CheckPassword(Permit& permit, const OpenAccount& account, const NewCustomerPassword& wanted) {
  const CataloguePtr catalogue = accounts_.catalogue().Current();
  ASSIGN_OR_RETURN(const FieldDef* const field, catalogue->Field(wanted.field));
  permit.entry().fields = {field->id};
  if (field->type != FieldType::kPassword) {
    return Status(Reason::kWrongType, "field '" + field->name + "' is not a password field");
  }
  const PasswordUse use =
      account.account.person.has_second_factor() ? PasswordUse::kWithSecondFactor : PasswordUse::kAlone;
  ASSIGN_OR_RETURN(const SecretBytes normalised, NormalisePassword(wanted.password));
  const PasswordFault fault =
      FindPasswordFault(normalised, use, ContextOf(*catalogue, account.customer.record, accounts_.Services()));
  if (fault != PasswordFault::kContext) {
    RETURN_IF_ERROR(StatusOf(fault, use));
    return setup_.CheckBreaches(normalised, use);
  }
  // That a text is a name of the customer is worth knowing to whoever may not read it: such answers are counted.
  ASSIGN_OR_RETURN(const GuessCount guesses, accounts_.BeginGuess(account, kNameGuesses, wanted.from));
  SealedBatch batch;
  RETURN_IF_ERROR(guesses.Add(batch, /*right=*/false));
  CustomerAccounts::ExpectCustomer(batch, account);
  AuditEntry entry = permit.entry();
  entry.detail = "password of the customer's own names";
  RETURN_IF_ERROR(permit.SubmitStep(std::move(batch), std::move(entry)).Wait());
  return StatusOf(fault, use);
}

Status CustomerFactors::SetPassword(const Caller& caller, Permit permit, const OpenAccount& account,
                                    const NewCustomerPassword& wanted) {
  if (const Status checked = CheckPassword(permit, account, wanted); !checked.ok()) {
    return permit.Fail<bool>(checked.reason() == Reason::kStorageConflict ? Status(Reason::kRecordBusy) : checked)
        .Wait()
        .status();
  }
  permit.entry().detail = "password to be set";
  RETURN_IF_ERROR(permit.Finish(true).Wait().status());
  // The one way values are changed: the collection point's rule and the right to change hold here as well.
  const std::string code = accounts_.CodeOf(account.customer.id);
  ChangeRequest change;
  change.code = code;
  change.any_version = true;
  change.collection_point = wanted.collection_point;
  change.set = {{wanted.field, wanted.password}};
  Result<std::string> changed = accounts_.customers().Change(caller, change).Wait();
  for (int again = 1; again < kTries && changed.reason() == Reason::kPreconditionFailed; ++again) {
    changed = accounts_.customers().Change(caller, change).Wait();  // somebody changed the record at the same moment
  }
  return changed.status();
}

Status CustomerFactors::SetPassword(const Caller& caller, std::string_view code, const NewCustomerPassword& wanted) {
  CustomerAccounts::Asked asked = accounts_.Ask(caller, Action::kCustomerSignInChange, code);
  if (!asked.permit.granted()) return asked.permit.Refuse<bool>().Wait().status();
  if (!asked.account.has_value()) return asked.permit.Fail<bool>(asked.failure).Wait().status();
  return SetPassword(caller, std::move(asked.permit), *asked.account, wanted);
}

// --- factors: beginning ----------------------------------------------------------------------------------------------

Result<std::string> CustomerFactors::Keep(const Caller& caller, const OpenAccount& account, Begun begun) {
  begun.application = caller.principal->id;
  begun.customer = account.customer.id;
  begun.mark = account.Mark(*accounts_.catalogue().Current());
  std::optional<std::string> token = begun_.Add(std::move(begun));
  if (!token.has_value()) return Status(Reason::kOverloaded, "Too many factors are being set up. Try again shortly.");
  return *std::move(token);
}

Result<BegunFactor> CustomerFactors::BeginTotp(const Caller& caller, std::string_view code, std::string_view service,
                                               std::string_view name) {
  CustomerAccounts::Asked asked = accounts_.Ask(caller, Action::kCustomerSignInChange, code);
  if (!asked.permit.granted()) return asked.permit.Refuse<BegunFactor>().Wait();
  if (!asked.account.has_value()) return asked.permit.Fail<BegunFactor>(asked.failure).Wait();
  Begun begun;
  begun.kind = FactorKind::kTotp;
  StaffMember shown;
  shown.name = std::string(name);
  BegunFactor answer;
  Result<TotpOffer> offer = setup_.BeginTotp(shown, begun.setup, service);
  if (!offer.ok()) return asked.permit.Fail<BegunFactor>(offer.status()).Wait();
  answer.totp = *std::move(offer);
  Result<std::string> token = Keep(caller, *asked.account, std::move(begun));
  if (!token.ok()) return asked.permit.Fail<BegunFactor>(token.status()).Wait();
  answer.transaction = *std::move(token);
  asked.permit.entry().detail = "authenticator begun";
  return asked.permit.Finish(std::move(answer)).Wait();
}

Result<BegunFactor> CustomerFactors::BeginPasskey(const Caller& caller, std::string_view code, std::string_view origin,
                                                  std::string_view name) {
  CustomerAccounts::Asked asked = accounts_.Ask(caller, Action::kCustomerSignInChange, code);
  if (!asked.permit.granted()) return asked.permit.Refuse<BegunFactor>().Wait();
  if (!asked.account.has_value()) return asked.permit.Fail<BegunFactor>(asked.failure).Wait();
  const auto begin = [&]() -> Result<BegunFactor> {
    Begun begun;
    begun.kind = FactorKind::kPasskey;
    ASSIGN_OR_RETURN(begun.party, accounts_.PartyOf(origin));
    StaffMember person = asked.account->account.person;
    person.name = std::string(name.substr(0, kMostNameBytes));
    person.display_name = person.name;
    BegunFactor answer;
    ASSIGN_OR_RETURN(answer.options, setup_.BeginPasskey(begun.party, person, begun.setup));
    ASSIGN_OR_RETURN(answer.transaction, Keep(caller, *asked.account, std::move(begun)));
    return answer;
  };
  Result<BegunFactor> answer = begin();
  if (!answer.ok()) return asked.permit.Fail<BegunFactor>(answer.status()).Wait();
  asked.permit.entry().detail = "passkey begun";
  return asked.permit.Finish(*std::move(answer)).Wait();
}

Result<BegunFactor> CustomerFactors::BeginPhone(const Caller& caller, std::string_view code, std::string_view phone,
                                                std::string_view service, std::string_view language) {
  CustomerAccounts::Asked asked = accounts_.Ask(caller, Action::kCustomerSignInChange, code);
  if (!asked.permit.granted()) return asked.permit.Refuse<BegunFactor>().Wait();
  if (!asked.account.has_value()) return asked.permit.Fail<BegunFactor>(asked.failure).Wait();
  const auto begin = [&]() -> Result<BegunFactor> {
    Begun begun;
    begun.kind = FactorKind::kSms;
    StaffMember person;
    person.language = std::string(language);
    OpenAccount& account = *asked.account;
    if (!account.account.CountText(accounts_.kit().Now())) {
      return Status(Reason::kRateLimited, "this customer was sent as many text messages as may be in an hour");
    }
    // Counted before it is sent, so that requests made at once do not slip by.
    SealedBatch batch;
    RETURN_IF_ERROR(accounts_.Put(batch, account));
    AuditEntry entry = asked.permit.entry();
    entry.detail = "phone begun";
    RETURN_IF_ERROR(asked.permit.SubmitStep(std::move(batch), std::move(entry)).Wait());
    RETURN_IF_ERROR(setup_.BeginPhone(person, begun.setup, phone, service));
    BegunFactor answer;
    ASSIGN_OR_RETURN(answer.transaction, Keep(caller, account, std::move(begun)));
    return answer;
  };
  Result<BegunFactor> answer = begin();
  if (answer.reason() == Reason::kStorageConflict) answer = Status(Reason::kRecordBusy);
  if (!answer.ok()) return asked.permit.Fail<BegunFactor>(answer.status()).Wait();
  asked.permit.Close();
  return answer;
}

// --- factors: the end of it ------------------------------------------------------------------------------------------

Status CustomerFactors::Write(CustomerAccounts::Asked asked, std::string detail, const Change& change) {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    if (attempt > 0) {
      Result<OpenAccount> again = accounts_.Reopen(*asked.account);
      if (!again.ok()) return asked.permit.Fail<bool>(again.status()).Wait().status();
      asked.account = *std::move(again);
    }
    if (const Status changed = change(asked.account->account.person); !changed.ok()) {
      return asked.permit.Fail<bool>(changed).Wait().status();
    }
    SealedBatch batch;
    if (const Status put = accounts_.Put(batch, *asked.account); !put.ok()) {
      return asked.permit.Fail<bool>(put).Wait().status();
    }
    AuditEntry entry = asked.permit.entry();
    entry.detail = detail;
    const Status written = asked.permit.SubmitStep(std::move(batch), std::move(entry)).Wait();
    if (written.reason() == Reason::kStorageConflict) continue;
    asked.permit.Close();
    return written;
  }
  return asked.permit.Fail<bool>(Status(Reason::kRecordBusy)).Wait().status();
}

Status CustomerFactors::ConfirmOne(Begun& begun, StaffMember& person, const FactorProof& proof) const {
  switch (begun.kind) {
    case FactorKind::kTotp:
      return setup_.ConfirmTotp(person, begun.setup, proof.code);
    case FactorKind::kSms:
      return setup_.ConfirmPhone(person, begun.setup, proof.code);
    case FactorKind::kPasskey:
      if (!proof.credential.has_value())
        return Status(Reason::kFactorInvalid, "a passkey is confirmed with 'credential'");
      return setup_.FinishPasskey(begun.party, person, begun.setup, *proof.credential, proof.label);
    case FactorKind::kRecovery:
    case FactorKind::kNone:
      break;
  }
  return Status(Reason::kFactorInvalid, "there is nothing to confirm");
}

Status CustomerFactors::Confirm(const Caller& caller, std::string_view transaction, const FactorProof& proof) {
  using Taken = Pending<Begun>::Taken;
  std::optional<Taken> taken = begun_.Take(transaction);
  const bool own = taken.has_value() && caller.principal != nullptr && taken->value.application == caller.principal->id;
  if (taken.has_value() && !own) begun_.Return(*std::move(taken));  // it goes on, for whose it is
  CustomerAccounts::Asked asked = accounts_.Ask(caller, Action::kCustomerSignInChange, own ? taken->value.customer : 0);
  if (!asked.permit.granted()) return asked.permit.Refuse<bool>().Wait().status();
  if (!own || asked.failure.reason() == kNobody) {
    return asked.permit.Fail<bool>(Status(Reason::kSignInExpired)).Wait().status();
  }
  if (!asked.account.has_value()) return asked.permit.Fail<bool>(asked.failure).Wait().status();
  Begun& begun = taken->value;
  if (begun.mark != asked.account->Mark(*accounts_.catalogue().Current())) {
    return asked.permit.Fail<bool>(Status(Reason::kSignInExpired)).Wait().status();
  }
  StaffMember confirmed = asked.account->account.person;
  if (const Status right = ConfirmOne(begun, confirmed, proof); !right.ok()) {
    const bool goes_on = !begun.setup.totp_secret.empty() || !begun.setup.phone_code.empty();
    if (goes_on) begun_.Return(*std::move(taken));
    return asked.permit.Fail<bool>(right).Wait().status();
  }
  const std::string detail = "confirmed: " + std::string(NameOf(begun.kind));
  asked.account->account.person = std::move(confirmed);
  SealedBatch batch;
  Status written = accounts_.Put(batch, *asked.account);
  if (!written.ok()) return asked.permit.Fail<bool>(written).Wait().status();
  asked.permit.entry().detail = detail;
  written = asked.permit.Finish(true, std::move(batch)).Wait().status();
  return written.reason() == Reason::kStorageConflict ? Status(Reason::kRecordBusy) : written;
}

Result<std::vector<SecretBytes>> CustomerFactors::MakeRecoveryCodes(const Caller& caller, std::string_view code) {
  using Codes = std::vector<SecretBytes>;
  CustomerAccounts::Asked asked = accounts_.Ask(caller, Action::kCustomerSignInChange, code);
  if (!asked.permit.granted()) return asked.permit.Refuse<Codes>().Wait();
  if (!asked.account.has_value()) return asked.permit.Fail<Codes>(asked.failure).Wait();
  StaffMember draft;
  Result<Codes> codes = setup_.MakeRecoveryCodes(draft);
  if (!codes.ok()) return asked.permit.Fail<Codes>(codes.status()).Wait();
  RETURN_IF_ERROR(Write(std::move(asked), "recovery codes made", [&draft](StaffMember& person) {
    person.recovery_codes = draft.recovery_codes;
    return Status::Ok();
  }));
  return codes;
}

Status CustomerFactors::Remove(const Caller& caller, std::string_view code, FactorKind kind, std::string_view id) {
  CustomerAccounts::Asked asked = accounts_.Ask(caller, Action::kCustomerSignInChange, code);
  if (!asked.permit.granted()) return asked.permit.Refuse<bool>().Wait().status();
  if (!asked.account.has_value()) return asked.permit.Fail<bool>(asked.failure).Wait().status();
  const Result<Bytes> credential_id = Base64UrlDecode(id);
  return Write(std::move(asked), "removed: " + std::string(NameOf(kind)), [&](StaffMember& person) {
    bool there = false;
    if (kind == FactorKind::kTotp) there = !std::exchange(person.totp_secret, Bytes()).empty();
    if (kind == FactorKind::kSms) there = std::exchange(person.phone_confirmed, false);
    if (kind == FactorKind::kSms) person.phone.clear();
    if (kind == FactorKind::kRecovery) there = !std::exchange(person.recovery_codes, {}).empty();
    if (kind == FactorKind::kPasskey) {
      there = credential_id.ok() && std::erase_if(person.passkeys, [&](const Passkey& passkey) {
                                      return passkey.credential_id == *credential_id;
                                    }) > 0;
    }
    return there ? Status::Ok() : Status(Reason::kFactorInvalid, "the customer has no such factor");
  });
}

}  // namespace strongroom
