// Reading customers: masks for everybody who may, plain values for a purpose, match or no match for the telephone.
#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/encoding.h"
#include "vault/customers.h"
#include "vault/normalise.h"
#include "vault/password_field.h"

namespace strongroom {
namespace {
constexpr std::string_view kExternal = "ext:";  // what a customer is asked for by, where it is not the code
}  // namespace

std::string EtagOf(StoreVersion version) {
  char text[24];
  std::snprintf(text, sizeof(text), "\"%016llx\"", static_cast<unsigned long long>(version));
  return text;
}

// --- opening ---------------------------------------------------------------------------------------------------------

Result<OpenCustomer> Customers::Opened(Room& room, CustomerId id, Result<OpenRecord> stored) {
  RETURN_IF_ERROR(stored.status());
  OpenCustomer customer;
  customer.id = id;
  customer.room = &room;
  customer.stored = *std::move(stored);
  ASSIGN_OR_RETURN(customer.record, Record::Parse(customer.stored.content.view()));
  return customer;
}

namespace {

constexpr int kLooks = 20;  // for who goes there and back meanwhile

Status Moving() { return {Reason::kRecordBusy, "this customer is moving to another compartment; ask again soon"}; }

// Where a customer is, and what would be different if they had moved between two looks.
struct Sight {
  Room* room = nullptr;
  uint32_t left = 0;  // the generation that stayed behind last, and the one that is there now
  uint32_t key = 0;
  bool moving = false;
  bool operator==(const Sight&) const = default;
};

Result<Sight> Look(const House& house, CustomerId id) {
  ASSIGN_OR_RETURN(const House::Whereabouts there, house.Follow(id));
  Sight now{there.room, there.left, 0, there.leaving};
  if (now.room == nullptr) return now;
  ASSIGN_OR_RETURN(const std::optional<Arrival> arrival, now.room->customer_keys->ArrivalOf(id));
  now.moving = now.moving || arrival.has_value();
  const Result<uint32_t> key = now.room->customer_keys->GenerationOf(id);
  if (!key.ok() && key.reason() != Reason::kCustomerNotFound) return key.status();
  now.key = key.ok() ? *key : 0;
  return now;
}

}  // namespace

// Where the customer was made, first: there most are, and whoever opens has not moved.  Who is not found there is
// looked for where rows lead, and is nobody's when nothing moved between two looks.
Result<OpenCustomer> Customers::OpenById(CustomerId id, bool want_hash) const {
  Room* const home = house_.RoomOf(id);
  if (home == nullptr) return Status(Reason::kCustomerNotFound);
  Result<OpenRecord> stored = home->sealed->GetRecord(id, want_hash);
  if (stored.reason() != Reason::kCustomerNotFound) return Opened(*home, id, std::move(stored));
  ASSIGN_OR_RETURN(Sight before, Look(house_, id));
  for (int look = 0; look < kLooks; ++look) {
    stored = before.room->sealed->GetRecord(id, want_hash);
    if (stored.reason() != Reason::kCustomerNotFound) return Opened(*before.room, id, std::move(stored));
    ASSIGN_OR_RETURN(const Sight after, Look(house_, id));
    if (after == before) {
      if (after.moving) return Moving();
      stand_in_.Work();  // whoever waits learns nothing from how long
      return stored.status();
    }
    before = after;
  }
  return Moving();
}

Result<OpenCustomer> Customers::OpenByIdEvenBlocked(CustomerId id) const {
  ASSIGN_OR_RETURN(Sight before, Look(house_, id));
  if (before.room == nullptr) return Status(Reason::kCustomerNotFound);
  for (int look = 0; look < kLooks && !before.moving; ++look) {
    Result<OpenRecord> stored = before.room->sealed->GetRecordEvenBlocked(id);
    ASSIGN_OR_RETURN(const Sight after, Look(house_, id));
    if (after == before) return Opened(*before.room, id, std::move(stored));
    before = after;
  }
  return Moving();
}

Result<CustomerId> Customers::IdOf(std::string_view code) const {
  if (!code.starts_with(kExternal)) return house_.codes().DecodeCustomer(code);
  // Twice: one who moves is in neither when the first is looked into before they come and the second after they left.
  const size_t looks = house_.compartments().size() > 1 ? 2 : 1;
  for (size_t look = 0; look < looks; ++look) {
    for (const auto& room : house_.compartments()) {
      const Result<CustomerId> id = FindByExternalId(*room, code.substr(kExternal.size()));
      if (id.ok() || id.reason() != Reason::kCustomerNotFound) return id;
    }
  }
  return Status(Reason::kCustomerNotFound);
}

Result<OpenCustomer> Customers::Open(std::string_view code) const {
  ASSIGN_OR_RETURN(const CustomerId id, IdOf(code));
  return OpenById(id);
}

Result<OpenCustomer> Customers::OpenEvenBlocked(std::string_view code) const {
  ASSIGN_OR_RETURN(const CustomerId id, IdOf(code));
  return OpenByIdEvenBlocked(id);
}

Room* Customers::RoomNow(CustomerId customer) const {
  const Result<Room*> room = house_.WhereIs(customer);
  return room.ok() ? *room : house_.RoomOf(customer);
}

Room* Customers::RoomOfCode(std::string_view code) const {
  const Result<CustomerId> id = house_.codes().DecodeCustomer(code);
  return id.ok() ? RoomNow(*id) : nullptr;
}

Result<OpenCustomer> Customers::OpenFor(Permit& permit, std::string_view code) const {
  Result<OpenCustomer> customer = Open(code);
  if (Room* const room = customer.ok() ? customer->room : RoomOfCode(code); room != nullptr) permit.RecordIn(*room);
  if (!customer.ok() || permit.MayKnow(customer->record.tier)) return customer;
  permit.TouchesTier(customer->record.tier);
  return Status(Reason::kCustomerNotFound);
}

// --- masked ----------------------------------------------------------------------------------------------------------

MaskedCustomer Customers::MaskFor(Permit& permit, const CataloguePtr& catalogue, const OpenCustomer& customer) const {
  MaskedCustomer masked;
  masked.catalogue = catalogue;
  masked.code = house_.codes().EncodeCustomer(customer.id);
  masked.compartment = customer.room->info.name;
  masked.tier = customer.record.tier;
  masked.etag = EtagOf(customer.stored.version);
  for (const RecordValue& value : customer.record.values) {
    const FieldDef* field = catalogue->FindField(value.field);
    if (field == nullptr) continue;  // the external id, or a field the catalogue dropped
    const Decided decided = permit.DecideField(*field, customer.record.tier, Decision::kMasked, /*required=*/false);
    if (decided.decision == Decision::kPlain && field->sensitivity <= Sensitivity::kInternal) {
      masked.values.push_back({field, std::string(value.text), true});
    } else if (decided.decision == Decision::kMasked || decided.decision == Decision::kPlain) {
      masked.values.push_back({field, Mask(field->type, value.text, field->mask), false});
    }
  }
  permit.entry().customers.push_back(customer.record.audit_id);
  if (permit.entry().action != Action::kCustomerList) permit.TouchesTier(customer.record.tier);
  return masked;
}

Receipted<MaskedCustomer> Customers::Read(const Caller& caller, std::string_view code) {
  // Opened first, so that policy is asked about the compartment the customer lives in.
  const Result<OpenCustomer> customer = Open(code);
  Permit permit = gate_.Authorise(caller, Action::kCustomerRead, customer.ok() ? customer->room : nullptr,
                                  customer.ok() ? customer->record.tier : 0);
  if (!permit.granted()) return permit.Refuse<MaskedCustomer>();
  if (!customer.ok()) return permit.Fail<MaskedCustomer>(ToldOf(caller, code, customer.status()));
  if (!permit.MayKnow(customer->record.tier)) return permit.Fail<MaskedCustomer>(Status(Reason::kCustomerNotFound));
  return permit.Finish(MaskFor(permit, catalogue_.Current(), *customer));
}

Receipted<ListAnswer> Customers::List(const Caller& caller, std::string_view compartment, std::string_view cursor,
                                      size_t limit) {
  const Result<Room*> room = house_.RoomByName(compartment);
  Permit permit = gate_.Authorise(caller, Action::kCustomerList, room.ok() ? *room : nullptr);
  if (!permit.granted()) return permit.Refuse<ListAnswer>();
  if (!room.ok()) return permit.Fail<ListAnswer>(room.status());
  CustomerId begin = 0;
  if (!cursor.empty()) {
    // A cursor is the code of the last customer of the page before: nothing new is given away, and it cannot be guessed
    // on.
    const Result<CustomerId> last = house_.codes().DecodeCustomer(cursor);
    if (!last.ok()) return permit.Fail<ListAnswer>(Status(Reason::kCursorInvalid));
    begin = *last + 1;
  }
  limit = std::clamp<size_t>(limit, 1, kMaxPage);
  const CataloguePtr catalogue = catalogue_.Current();
  ListAnswer answer;
  // Until the page is full: a page with gaps would tell how many are hidden, and a cursor that names one who.
  while (answer.customers.size() < limit) {
    const size_t wanted = limit - answer.customers.size();
    const auto ids = (*room)->sealed->ScanRecords(begin, wanted);
    if (!ids.ok()) return permit.Fail<ListAnswer>(ids.status());
    for (const CustomerId id : *ids) {
      const Result<OpenCustomer> customer = OpenById(id);
      if (customer.reason() == Reason::kCustomerNotFound) continue;  // erased meanwhile
      if (!customer.ok()) return permit.Fail<ListAnswer>(customer.status());
      if (customer->room != *room) continue;  // moved away just now
      if (!permit.MayKnow(customer->record.tier)) continue;
      answer.customers.push_back(MaskFor(permit, catalogue, *customer));
    }
    if (ids->size() < wanted) return permit.Finish(std::move(answer));  // the end: no cursor
    begin = ids->back() + 1;
  }
  answer.next_cursor = answer.customers.back().code;
  return permit.Finish(std::move(answer));
}

// --- plain -----------------------------------------------------------------------------------------------------------

Result<Revealed> Customers::RevealOne(Permit& permit, const CataloguePtr& catalogue, const RevealRequest& request,
                                      SealedBatch& batch) const {
  const std::vector<std::string_view>& fields =
      request.shared_fields != nullptr ? *request.shared_fields : request.fields;
  if (fields.empty()) return Status(Reason::kMissingMember, "name at least one field to reveal");
  std::vector<const FieldDef*> wanted;
  wanted.reserve(fields.size());
  permit.entry().fields.reserve(fields.size());
  for (const std::string_view name : fields) {
    ASSIGN_OR_RETURN(const FieldDef* field, catalogue->Field(name));
    wanted.push_back(field);
  }
  // Policy is asked about where the customer lives, or would: a credential without the right learns nothing of who
  // there is.
  Room& room_before = permit.room();
  Result<OpenCustomer> opened = OpenFor(permit, request.code);
  for (const FieldDef* field : wanted) {
    permit.DecideField(*field, opened.ok() ? opened->record.tier : 0, Decision::kPlain, /*required=*/true);
    const bool asked_on = permit.granted() || permit.hidden();
    if (field->type == FieldType::kPassword && asked_on) permit.Deny(Status(Reason::kFieldUnreadable));
    if (!permit.granted() && !permit.hidden()) return permit.refusal();
  }
  if (!permit.granted()) return permit.refusal();
  if (!opened.ok()) {
    permit.RecordIn(room_before);  // the entry belongs with the customers that are shown
    return opened.status();
  }
  OpenCustomer& customer = *opened;
  Revealed revealed;
  revealed.values.reserve(wanted.size());
  for (const FieldDef* field : wanted) {
    for (const RecordValue& value : customer.record.values) {
      if (value.field == field->id) revealed.values.push_back({field, value.text});
    }
  }
  permit.entry().customers.push_back(customer.record.audit_id);
  // What was decided was decided on this version of the record (its tier, its values): if it changed, decide again.
  customer.room->sealed->ExpectRecord(batch, customer.id, customer.stored.version);
  revealed.catalogue = catalogue;
  revealed.code = request.code.starts_with(kExternal) ? house_.codes().EncodeCustomer(customer.id)
                                                      : CodeBook::RespellCustomer(request.code);
  // The values are views into the record's buffer, whose heap block moves with it.
  revealed.content = std::move(customer.stored.content);
  return revealed;
}

Receipted<Revealed> Customers::Reveal(const Caller& caller, const RevealRequest& request) {
  Permit permit = gate_.AuthoriseFields(caller, Action::kCustomerReveal, /*needs_purpose=*/true);
  if (!permit.granted()) return permit.Refuse<Revealed>();
  permit.HideTiers();
  SealedBatch batch;
  Result<Revealed> revealed = RevealOne(permit, catalogue_.Current(), request, batch);
  if (!permit.granted()) return permit.Refuse<Revealed>();
  if (!revealed.ok()) return permit.Fail<Revealed>(ToldOf(caller, request.code, revealed.status()));
  return permit.Finish(std::move(*revealed), std::move(batch));
}

Receipted<std::vector<Result<Revealed>>> Customers::RevealMany(const Caller& caller,
                                                               std::span<const RevealRequest> requests) {
  using Answers = std::vector<Result<Revealed>>;
  Permit permit = gate_.AuthoriseFields(caller, Action::kCustomerReveal, /*needs_purpose=*/true);
  if (!permit.granted()) return permit.Refuse<Answers>();
  permit.HideTiers();
  if (requests.size() > AuditEntry::kMaxAuditIds) {
    return permit.Fail<Answers>(Status(
        Reason::kBatchTooLarge, "a batch reveals at most 2,000 customers, because one log entry names them all"));
  }
  const CataloguePtr catalogue = catalogue_.Current();
  Answers answers;
  answers.reserve(requests.size());
  Room* room = nullptr;
  SealedBatch batch;
  for (const RevealRequest& request : requests) {
    Result<Revealed> revealed = RevealOne(permit, catalogue, request, batch);
    permit.PassOver();
    if (!permit.granted()) return permit.Refuse<Answers>();
    if (revealed.ok()) {
      Room* const its_room = &permit.room();
      if (room != nullptr && its_room != room) {
        return permit.Fail<Answers>(
            Status(Reason::kInvalidArgument, "a batch stays within one compartment; ask once for each"));
      }
      room = its_room;
    }
    answers.push_back(std::move(revealed));
  }
  std::vector<FieldId>& fields = permit.entry().fields;
  std::sort(fields.begin(), fields.end());
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
  permit.entry().count = static_cast<uint32_t>(requests.size());
  return permit.Finish(std::move(answers), std::move(batch));
}

// --- compare ---------------------------------------------------------------------------------------------------------

Receipted<bool> Customers::Compare(const Caller& caller, std::string_view code, std::string_view field_name,
                                   std::string_view claimed, std::optional<IpAddress> answers_from) {
  Permit permit = gate_.AuthoriseFields(caller, Action::kCustomerCompare, /*needs_purpose=*/false);
  if (!permit.granted()) return permit.Refuse<bool>();
  const CataloguePtr catalogue = catalogue_.Current();
  const Result<const FieldDef*> field = catalogue->Field(field_name);
  if (!field.ok()) return permit.Fail<bool>(field.status());
  if ((*field)->type == FieldType::kPassword)
    permit.Deny(Status(Reason::kFieldUnreadable, "a password is verified, not compared"));
  permit.HideTiers();
  const Result<OpenCustomer> customer = OpenFor(permit, code);
  permit.DecideField(**field, customer.ok() ? customer->record.tier : 0, Decision::kMasked, /*required=*/true);
  if (!permit.granted()) return permit.Refuse<bool>();
  if (!customer.ok()) return permit.Fail<bool>(customer.status());
  permit.entry().customers.push_back(customer->record.audit_id);
  const SealedStore& sealed = *customer->room->sealed;
  const Result<GuessCount> guesses =
      GuessCount::Begin(sealed, customer->id, *customer->stored.key, (*field)->id,
                        answers_from.value_or(caller.address), house_.clock().NowMillis());
  if (!guesses.ok()) return permit.Fail<bool>(guesses.status());
  const std::string wanted = NormaliseForSearch((*field)->type, claimed, (*field)->options, house_.clock());
  bool match = false;
  for (const RecordValue& value : customer->record.values) {
    if (value.field != (*field)->id) continue;
    const std::string held = NormaliseForSearch((*field)->type, value.text, (*field)->options, house_.clock());
    match = match || EqualInConstantTime(held, wanted);
  }
  permit.entry().detail = match ? "match" : "no match";
  SealedBatch batch;
  if (const Status counted = guesses->Add(batch, match); !counted.ok()) return permit.Fail<bool>(counted);
  // An erasure takes the record away first: then nothing more can be written beside it.
  if (!batch.empty()) sealed.ExpectRecord(batch, customer->id, customer->stored.version);
  return permit.Finish(match, std::move(batch));
}

// What a code stands for that belongs to nobody: the same in every spelling.
uint64_t Customers::NobodyOf(std::string_view code) const {
  const Result<CustomerId> id = house_.codes().DecodeCustomer(code);
  if (id.ok()) return *id;
  const Digest digest = Sha256(code);
  return ByteReader(View(digest)).U64();
}

// Counts, unless it has to wait; and verifies, with constant work whether or not there is somebody with a password.
Result<bool> Customers::VerifyCounted(Permit& permit, const Result<OpenCustomer>& customer, std::string_view code,
                                      const FieldDef& field, std::string_view password, const IpAddress& from,
                                      SealedBatch& batch) {
  const UnixMillis now = house_.clock().NowMillis();
  const PasswordField passwords(house_.office().sealed->ring(), house_.random());
  if (!customer.ok()) {
    if (customer.reason() != Reason::kCustomerNotFound) return customer.status();
    RETURN_IF_ERROR(nobodys_guesses_.Count(NobodyOf(code), field.id, from, now));
    return passwords.Verify({}, password);
  }
  permit.entry().customers = {customer->record.audit_id};
  const SealedStore& sealed = *customer->room->sealed;
  ASSIGN_OR_RETURN(const GuessCount guesses,
                   GuessCount::Begin(sealed, customer->id, *customer->stored.key, field.id, from, now));
  const RecordValue* const stored = customer->record.Find(field.id);
  ASSIGN_OR_RETURN(const bool right, passwords.Verify(stored != nullptr ? stored->text : ByteView(), password));
  RETURN_IF_ERROR(guesses.Add(batch, right));
  // An erasure takes the record away first: then nothing more can be written beside it.
  if (!batch.empty()) sealed.ExpectRecord(batch, customer->id, customer->stored.version);
  return right;
}

Receipted<bool> Customers::VerifyPassword(const Caller& caller, std::string_view code, std::string_view field_name,
                                          std::string_view password, std::optional<IpAddress> answers_from) {
  constexpr int kTries = 8;
  Permit permit = gate_.AuthoriseFields(caller, Action::kPasswordVerify, /*needs_purpose=*/false);
  if (!permit.granted()) return permit.Refuse<bool>();
  const CataloguePtr catalogue = catalogue_.Current();
  const Result<const FieldDef*> field = catalogue->Field(field_name);
  if (!field.ok()) return permit.Fail<bool>(field.status());
  if ((*field)->type != FieldType::kPassword) {
    return permit.Fail<bool>(Status(Reason::kWrongType, "field '" + (*field)->name + "' is not a password field"));
  }
  permit.HideTiers();
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const Result<OpenCustomer> customer = OpenFor(permit, code);
    permit.DecideField(**field, customer.ok() ? customer->record.tier : 0, Decision::kMasked, /*required=*/true);
    if (!permit.granted()) return permit.Refuse<bool>();
    SealedBatch batch;
    const Result<bool> right =
        VerifyCounted(permit, customer, code, **field, password, answers_from.value_or(caller.address), batch);
    if (!right.ok()) return permit.Fail<bool>(right.status());
    permit.entry().detail = *right ? "match" : "no match";
    if (batch.empty()) return permit.Finish(*right);
    if (const Status charged = attempt == 0 ? permit.Charge(permit.entry()) : Status::Ok(); !charged.ok()) {
      permit.Deny(charged);
      return permit.Refuse<bool>();
    }
    // Guesses at the same moment are counted one after another, and each looks again whether it has to wait.
    const Receipt receipt = permit.SubmitStep(std::move(batch), permit.entry());
    const Status written = receipt.Wait();
    if (written.reason() == Reason::kStorageConflict) continue;
    permit.Close();
    if (!written.ok()) return written;
    return Receipted<bool>(*right, receipt);
  }
  return permit.Fail<bool>(Status(Reason::kRecordBusy));
}

}  // namespace strongroom
