#include "access/customer_account.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "factors/recovery_codes.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr size_t kMostPasskeys = 10;
constexpr size_t kMostPlaces = 32;
constexpr uint8_t kMayLeave = 1;
constexpr uint8_t kHasLeft = 2;
constexpr int64_t kHourMillis = 3'600'000;
constexpr ByteView kTheOnly{};  // item name: a customer has one account

void WritePasskey(ByteWriter& writer, const Passkey& passkey) {
  writer.Prefixed(passkey.credential_id);
  writer.Prefixed(passkey.public_key);
  writer.U32(passkey.sign_count);
  writer.Prefixed(passkey.label);
  writer.U64(static_cast<uint64_t>(passkey.added_at));
  writer.U8(static_cast<uint8_t>((passkey.backup_eligible ? kMayLeave : 0) | (passkey.backed_up ? kHasLeft : 0)));
}

Passkey ReadPasskey(ByteReader& reader) {
  Passkey passkey;
  passkey.credential_id = Bytes(reader.Prefixed());
  passkey.public_key = Bytes(reader.Prefixed());
  passkey.sign_count = reader.U32();
  passkey.label = std::string(reader.Prefixed());
  passkey.added_at = static_cast<UnixMillis>(reader.U64());
  const uint8_t flags = reader.U8();
  passkey.backup_eligible = (flags & kMayLeave) != 0;
  passkey.backed_up = (flags & kHasLeft) != 0;
  return passkey;
}

KnownPlace ReadPlace(ByteReader& reader) {
  KnownPlace place;
  const ByteView mark = reader.Raw(place.mark.size());
  std::copy(mark.begin(), mark.end(), place.mark.begin());
  place.last_seen = static_cast<UnixMillis>(reader.U64());
  return place;
}

std::string HostOf(std::string_view origin) {
  origin.remove_prefix(origin.find("://") + 3);
  return std::string(origin.substr(0, origin.find(':')));
}

}  // namespace

// --- as it is stored -------------------------------------------------------------------------------------------------

Bytes CustomerAccount::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.Prefixed(person.totp_secret);
  writer.U64(static_cast<uint64_t>(person.totp_last_step));
  writer.Varint(person.passkeys.size());
  for (const Passkey& passkey : person.passkeys) WritePasskey(writer, passkey);
  writer.Prefixed(person.recovery_codes.empty() ? Bytes() : person.recovery_codes[0].verifier);
  writer.Prefixed(person.phone);
  writer.Varint(person.places.size());
  for (const KnownPlace& place : person.places) {
    writer.Raw(View(place.mark));
    writer.U64(static_cast<uint64_t>(place.last_seen));
  }
  writer.U32(wrong_codes);
  writer.U16(texts);
  writer.U64(static_cast<uint64_t>(texts_since));
  return out;
}

Result<CustomerAccount> CustomerAccount::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  CustomerAccount account;
  const uint8_t version = reader.U8();
  account.person.totp_secret = Bytes(reader.Prefixed());
  account.person.totp_last_step = static_cast<int64_t>(reader.U64());
  const uint64_t passkeys = reader.Varint();
  for (uint64_t i = 0; i < passkeys && !reader.failed(); ++i) account.person.passkeys.push_back(ReadPasskey(reader));
  Bytes codes(reader.Prefixed());
  if (!codes.empty()) account.person.recovery_codes = {RecoveryCode{std::move(codes), std::nullopt}};
  account.person.phone = std::string(reader.Prefixed());
  account.person.phone_confirmed = !account.person.phone.empty();
  const uint64_t places = reader.Varint();
  for (uint64_t i = 0; i < places && !reader.failed(); ++i) account.person.places.push_back(ReadPlace(reader));
  account.wrong_codes = reader.U32();
  account.texts = reader.U16();
  account.texts_since = static_cast<UnixMillis>(reader.U64());
  RETURN_IF_ERROR(reader.Finish("how a customer signs in"));
  if (version != kFormatVersion || passkeys > kMostPasskeys || places > kMostPlaces) {
    return Status(Reason::kDataCorrupt, "how a customer signs in holds an impossible value");
  }
  return account;
}

size_t CustomerAccount::recovery_codes_left() const {
  if (person.recovery_codes.empty()) return 0;
  const Result<RecoveryCodeSet> set = RecoveryCodeSet::Decode(person.recovery_codes[0].verifier);
  return set.ok() ? set->left() : 0;
}

bool CustomerAccount::CountText(UnixMillis now) {
  if (now - texts_since >= kHourMillis || now < texts_since) {
    texts = 0;
    texts_since = now;
  }
  if (texts >= kMostTextsAnHour) return false;
  ++texts;
  return true;
}

Digest OpenAccount::Mark(const Catalogue& catalogue) const {
  Bytes all;
  ByteWriter writer(all);
  for (const RecordValue& value : customer.record.values) {
    const FieldDef* const field = catalogue.FindField(value.field);
    if (field == nullptr || field->type != FieldType::kPassword) continue;
    writer.U16(value.field);
    writer.Prefixed(value.text);
  }
  writer.Prefixed(account.person.totp_secret);
  for (const Passkey& passkey : account.person.passkeys) writer.Prefixed(passkey.credential_id);
  writer.Prefixed(account.person.phone);
  return Sha256(all);
}

// --- reading and writing ---------------------------------------------------------------------------------------------

CustomerAccounts::CustomerAccounts(const SignInKit& kit, CatalogueService& catalogue, Customers& customers,
                                   const AccessSettingsService& settings, StaffSecrets& secrets)
    : checks_(kit.gate.house().office().sealed->ring(), secrets, kit.slow_work, kit.clock()),
      kit_{kit.gate,      kit.directory, kit.rules,  kit.attempts, kit.notices,
           kit.slow_work, secrets,       kit.places, checks_,      kit.sessions},
      catalogue_(catalogue),
      customers_(customers),
      settings_(settings) {}

Result<OpenAccount> CustomerAccounts::OpenOf(OpenCustomer customer) const {
  OpenAccount open;
  open.customer = std::move(customer);
  const SealedStore& sealed = *open.customer.room->sealed;
  ASSIGN_OR_RETURN(const std::optional<OpenItem> item,
                   sealed.GetItem(open.customer.id, *open.customer.stored.key, kSignInItemKind, kTheOnly));
  if (item.has_value()) {
    open.version = item->version;
    ASSIGN_OR_RETURN(open.account, CustomerAccount::Decode(item->content.view()));
  }
  open.account.person.id = open.customer.id;
  return open;
}

CustomerAccounts::Asked CustomerAccounts::AskOf(const Caller& caller, Action action, Result<OpenCustomer> customer,
                                                Room* room) {
  const uint8_t tier = customer.ok() ? customer->record.tier : 0;
  Asked asked{kit_.gate.Authorise(caller, action, customer.ok() ? customer->room : room, tier), std::nullopt,
              customer.status()};
  const bool hidden = asked.permit.hidden();
  asked.permit.PassOver();  // whoever may not know of this customer is answered as for nobody
  if (!asked.permit.granted() || !customer.ok()) return asked;
  if (hidden || !asked.permit.MayKnow(tier)) {
    asked.failure = Status(Reason::kCustomerNotFound);
    return asked;
  }
  asked.permit.entry().customers = {customer->record.audit_id};
  Result<OpenAccount> account = OpenOf(*std::move(customer));
  asked.failure = account.status();
  if (account.ok()) asked.account = *std::move(account);
  return asked;
}

CustomerAccounts::Asked CustomerAccounts::Ask(const Caller& caller, Action action, std::string_view code) {
  return AskOf(caller, action, customers_.Open(code), customers_.RoomOfCode(code));
}

CustomerAccounts::Asked CustomerAccounts::Ask(const Caller& caller, Action action, CustomerId customer) {
  return AskOf(caller, action, customers_.OpenById(customer), kit_.gate.house().RoomOf(customer));
}

Result<OpenAccount> CustomerAccounts::Reopen(const OpenAccount& account) const {
  ASSIGN_OR_RETURN(OpenCustomer customer, customers_.OpenById(account.customer.id));
  return OpenOf(std::move(customer));
}

Status CustomerAccounts::Put(SealedBatch& batch, const OpenAccount& account) const {
  const OpenCustomer& customer = account.customer;
  ExpectCustomer(batch, account);
  customer.room->sealed->ExpectItem(batch, customer.id, kSignInItemKind, kTheOnly, account.version);
  return customer.room->sealed->PutItem(batch, customer.id, *customer.stored.key, kSignInItemKind, kTheOnly,
                                        account.account.Encode());
}

void CustomerAccounts::ExpectCustomer(SealedBatch& batch, const OpenAccount& account) {
  account.customer.room->sealed->ExpectRecord(batch, account.customer.id, account.customer.stored.version);
}

Result<GuessCount> CustomerAccounts::BeginGuess(const OpenAccount& account, FieldId field,
                                                const IpAddress& from) const {
  const OpenCustomer& customer = account.customer;
  return GuessCount::Begin(*customer.room->sealed, customer.id, *customer.stored.key, field, from, kit_.Now());
}

std::vector<std::string> CustomerAccounts::Services() const {
  const AccessSettingsPtr in_force = settings_.Current();
  std::vector<std::string> hosts;
  for (const std::string& origin : in_force->customer_origins) hosts.push_back(HostOf(origin));
  return hosts;
}

Result<RelyingParty> CustomerAccounts::PartyOf(std::string_view origin) const {
  const AccessSettingsPtr in_force = settings_.Current();
  const std::vector<std::string>& known = in_force->customer_origins;
  if (std::find(known.begin(), known.end(), origin) == known.end()) {
    return Status(Reason::kInvalidArgument,
                  "passkeys are bound to where the application runs: an administrator lists its origin, such as "
                  "https://shop.example.com, in the settings of access ('customer_origins')");
  }
  RelyingParty party;
  party.id = HostOf(origin);
  party.name = party.id;
  party.origins = {std::string(origin)};
  return party;
}

}  // namespace strongroom
