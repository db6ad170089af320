#include "vault/disclosures.h"

#include <algorithm>
#include <bitset>
#include <utility>

#include "base/encoding.h"
#include "vault/disclosure_note.h"

namespace strongroom {
namespace {

constexpr int kTries = 3;                    // against records that change meanwhile
constexpr size_t kReadAtOnce = 200;          // records opened together
constexpr size_t kMaxPageBytes = 16u << 20;  // of open records; a page ends early above it
constexpr size_t kMaxNotes = 10'000;         // of one customer
constexpr size_t kMaxNameBytes = 64;

// Names of our own vocabulary: they stand in the log, so no free text.
bool IsOwnName(std::string_view name) {
  return name.size() <= kMaxNameBytes && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                  c == '.' || c == '/';
         });
}

Status CheckRequest(const ExportRequest& request) {
  if (request.fields.empty()) return Status(Reason::kMissingMember, "name at least one field to export");
  if (request.fields.size() > AuditEntry::kMaxFields)
    return Status(Reason::kInvalidArgument, "an export names at most 1,000 fields");
  if (request.recipient.empty()) return Status(Reason::kMissingMember, "name who gets the values (member 'recipient')");
  if (!IsOwnName(request.recipient) || !IsOwnName(request.contract)) {
    return Status(Reason::kInvalidArgument, "'recipient' and 'contract' are names of 1 to 64 letters, digits and -_./");
  }
  return Status::Ok();
}

Result<std::vector<const FieldDef*>> FindFields(const Catalogue& catalogue, const ExportRequest& request) {
  std::vector<const FieldDef*> fields;
  for (const std::string_view name : request.fields) {
    ASSIGN_OR_RETURN(const FieldDef* field, catalogue.Field(name));
    if (field->type == FieldType::kPassword) return Status(Reason::kFieldUnreadable);
    if (field->type == FieldType::kFile)
      return Status(Reason::kWrongType, "files are fetched one by one, not exported");
    if (std::find(fields.begin(), fields.end(), field) == fields.end()) fields.push_back(field);
  }
  return fields;
}

}  // namespace

// Makes one page: decides, opens, notes.
class Disclosures::Page {
 public:
  Page(Disclosures& owner, Permit& permit, Room& room, CataloguePtr catalogue, std::vector<const FieldDef*> fields,
       const ExportRequest& request)
      : house_(owner.house_), permit_(permit), room_(room), fields_(std::move(fields)), request_(request) {
    page_.catalogue = std::move(catalogue);
    note_.time = house_.clock().NowMillis();
    note_.recipient = std::string(request.recipient);
    note_.contract = std::string(request.contract);
    note_.purpose = permit.entry().purpose;
    note_.made_by = permit.entry().actor;
    entry_ = permit.entry();
    entry_.detail = "to " + note_.recipient + (note_.contract.empty() ? "" : ", contract " + note_.contract);
  }

  // Everything from `begin` on that fits; a refusal shows in the permit.
  Status Fill(CustomerId begin) {
    const size_t limit = std::clamp<size_t>(request_.limit, 1, kMaxPage);
    size_t seen = 0;
    size_t bytes = 0;
    RETURN_IF_ERROR(Decide(0));
    while (seen < limit && bytes < kMaxPageBytes) {
      const size_t wanted = std::min(kReadAtOnce, limit - seen);
      ASSIGN_OR_RETURN(const std::vector<CustomerId> ids, room_.sealed->ScanRecords(begin, wanted));
      ASSIGN_OR_RETURN(std::vector<Result<OpenRecord>> records, room_.sealed->GetRecords(ids));
      for (size_t i = 0; i < ids.size(); ++i) {
        if (records[i].reason() == Reason::kCustomerNotFound) {  // erased meanwhile, or moved
          ASSIGN_OR_RETURN(const bool moving, room_.customer_keys->IsMoving(ids[i]));
          if (moving) return Status(Reason::kRecordBusy, "a customer is moving to another compartment; ask again soon");
          continue;
        }
        if (!records[i].ok()) return records[i].status();
        bytes += records[i]->content.size();
        RETURN_IF_ERROR(Add(ids[i], std::move(*records[i])));
      }
      seen += ids.size();
      if (ids.size() < wanted) return Status::Ok();  // the end: no cursor
      begin = ids.back() + 1;
    }
    page_.next_cursor = house_.codes().EncodeCustomer(begin - 1);
    return Status::Ok();
  }

  ExportPage& page() { return page_; }
  SealedBatch& batch() { return batch_; }
  AuditEntry& entry() { return entry_; }

 private:
  // Policy may speak of tiers: each is asked about once.
  Status Decide(uint8_t tier) {
    if (decided_.test(tier & 0x0f)) return Status::Ok();
    decided_.set(tier & 0x0f);
    for (const FieldDef* field : fields_) permit_.DecideField(*field, tier, Decision::kPlain, /*required=*/true);
    if (!permit_.granted()) return permit_.refusal();
    entry_.decision = permit_.entry().decision;
    entry_.rule = permit_.entry().rule;
    entry_.fields.clear();
    for (const FieldDef* field : fields_) entry_.fields.push_back(field->id);
    return Status::Ok();
  }

  Status Add(CustomerId id, OpenRecord stored) {
    ASSIGN_OR_RETURN(const Record record, Record::Parse(stored.content.view()));
    RETURN_IF_ERROR(Decide(record.tier));
    ExportedCustomer customer;
    note_.fields.clear();
    for (const FieldDef* field : fields_) {
      const size_t before = customer.values.size();
      for (const RecordValue& value : record.values) {
        if (value.field == field->id) customer.values.push_back({field, value.text});
      }
      if (customer.values.size() > before) note_.fields.push_back(field->name);
    }
    if (customer.values.empty()) return Status::Ok();  // nothing of this customer goes out, not even the code
    room_.sealed->ExpectRecord(batch_, id, stored.version);
    RETURN_IF_ERROR(room_.sealed->PutItem(batch_, id, *stored.key, kDisclosureKind,
                                          DisclosureName(note_.time, house_.random().Take(8)), note_.Encode()));
    entry_.customers.push_back(record.audit_id);
    customer.code = house_.codes().EncodeCustomer(id);
    // The values are views into the record's buffer, whose heap block moves with it.
    customer.content = std::move(stored.content);
    page_.customers.push_back(std::move(customer));
    return Status::Ok();
  }

  House& house_;
  Permit& permit_;
  Room& room_;
  const std::vector<const FieldDef*> fields_;
  const ExportRequest& request_;
  std::bitset<16> decided_;  // by tier
  DisclosureNote note_;
  ExportPage page_;
  SealedBatch batch_;
  AuditEntry entry_;
};

Receipted<ExportPage> Disclosures::Export(const Caller& caller, const ExportRequest& request) {
  const Result<Room*> room = house_.RoomByName(request.compartment);
  Permit permit =
      gate_.AuthoriseFields(caller, Action::kCustomerExport, /*needs_purpose=*/true, room.ok() ? *room : nullptr);
  if (!permit.granted()) return permit.Refuse<ExportPage>();
  if (!room.ok()) return permit.Fail<ExportPage>(room.status());
  if (const Status fits = CheckRequest(request); !fits.ok()) return permit.Fail<ExportPage>(fits);
  CustomerId begin = 0;
  if (!request.cursor.empty()) {
    const Result<CustomerId> last = house_.codes().DecodeCustomer(request.cursor);
    if (!last.ok()) return permit.Fail<ExportPage>(Status(Reason::kCursorInvalid));
    begin = *last + 1;
  }
  const CataloguePtr catalogue = catalogue_.Current();
  const Result<std::vector<const FieldDef*>> fields = FindFields(*catalogue, request);
  if (!fields.ok()) return permit.Fail<ExportPage>(fields.status());

  for (int attempt = 0; attempt < kTries; ++attempt) {
    Page page(*this, permit, **room, catalogue, *fields, request);
    const Status filled = page.Fill(begin);
    if (!permit.granted()) return permit.Refuse<ExportPage>();
    if (!filled.ok()) return permit.Fail<ExportPage>(filled);
    if (Status charged = permit.Charge(page.entry()); !charged.ok()) {
      permit.Deny(std::move(charged));
      return permit.Refuse<ExportPage>();
    }
    const Receipt receipt = permit.SubmitStep(std::move(page.batch()), std::move(page.entry()));
    const Status written = receipt.Wait();
    if (written.ok()) {
      permit.Close();
      return Receipted<ExportPage>(std::move(page.page()), receipt);
    }
    if (written.reason() != Reason::kStorageConflict) return permit.Fail<ExportPage>(written);
  }
  return permit.Fail<ExportPage>(
      Status(Reason::kRecordBusy, "customers of this page changed while it was made; ask again"));
}

Receipted<std::vector<Disclosure>> Disclosures::Of(const Caller& caller, std::string_view code) {
  using Ledger = std::vector<Disclosure>;
  const Result<OpenCustomer> customer = customers_.Open(code);
  Permit permit = gate_.Authorise(caller, Action::kDisclosureRead, customer.ok() ? customer->room : nullptr,
                                  customer.ok() ? customer->record.tier : 0);
  if (!permit.granted()) return permit.Refuse<Ledger>();
  if (!customer.ok()) return permit.Fail<Ledger>(customers_.ToldOf(caller, code, customer.status()));
  permit.entry().customers = {customer->record.audit_id};
  const SealedStore& sealed = *customer->room->sealed;
  const auto names = sealed.ListItems(customer->id, kDisclosureKind, kMaxNotes);
  if (!names.ok()) return permit.Fail<Ledger>(names.status());
  Ledger ledger;
  for (auto name = names->rbegin(); name != names->rend(); ++name) {  // names begin with the time
    const auto item = sealed.GetItem(customer->id, *customer->stored.key, kDisclosureKind, *name);
    if (!item.ok()) return permit.Fail<Ledger>(item.status());
    if (!item->has_value()) continue;  // erased meanwhile
    Result<DisclosureNote> note = DisclosureNote::Decode((*item)->content.view());
    if (!note.ok()) return permit.Fail<Ledger>(note.status());
    Bytes made_by;
    ByteWriter(made_by).U64(note->made_by);
    ledger.push_back({note->time, std::move(note->recipient), std::move(note->contract), std::move(note->purpose),
                      std::move(note->fields), HexEncode(made_by)});
  }
  return permit.Finish(std::move(ledger));
}

}  // namespace strongroom
