// Creating and changing customers.
#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

#include "base/encoding.h"
#include "vault/customers.h"
#include "vault/index_rows.h"
#include "vault/password_field.h"
#include "vault/prepared_values.h"
#include "vault/rekey.h"

namespace strongroom {
namespace {

constexpr int kTries = 3;       // against a record that changes while we work
constexpr size_t kChunk = 500;  // customers of a bulk create that share a commit and a log entry
constexpr size_t kMaxExternalId = 128;

AuditId DrawAuditId(Random& random) {
  AuditId id;
  random.Fill(id.data(), id.size());
  return id;
}

Bytes EncodeCustomerId(CustomerId customer) {
  Bytes out;
  ByteWriter(out).U64(customer);
  return out;
}

Result<CustomerId> DecodeCustomerId(ByteView content) {
  ByteReader reader(content);
  const CustomerId customer = reader.U64();
  RETURN_IF_ERROR(reader.Finish("an external id row"));
  return customer;
}

Status CheckExternalId(std::string_view external_id) {
  if (external_id.size() <= kMaxExternalId) return Status::Ok();
  return Status(Reason::kInvalidArgument, "an external id is at most 128 bytes long");
}

// True when `record` holds exactly `wanted` in every field that `wanted` names.
bool HoldsAll(const Record& record, const PreparedValues& wanted) {
  for (const FieldId field : wanted.fields()) {
    std::vector<ByteView> held;
    for (const RecordValue& value : record.values) {
      if (value.field == field) held.push_back(value.text);
    }
    if (held != wanted.TextsOf(field)) return false;
  }
  return true;
}

}  // namespace

Status Customers::AddNewCustomer(SealedBatch& batch, Room& room, CustomerId customer, const CustomerKey& key,
                                 const Catalogue& catalogue, const PreparedValues& values, std::string_view external_id,
                                 uint8_t tier, AuditEntry& entry) const {
  const SealedStore& sealed = *room.sealed;
  Record record;
  record.tier = tier;
  RETURN_IF_ERROR(sealed.TakeLease(batch));
  record.epoch = batch.lease()->open().number;
  record.audit_id = DrawAuditId(house_.random());
  if (!external_id.empty()) record.Add(kExternalIdField, external_id);
  for (const auto& [field, text] : values.all()) record.Add(field, text);
  ASSIGN_OR_RETURN(const PlainBytes content, record.Encode());
  ASSIGN_OR_RETURN(const Digest hash, sealed.PutRecord(batch, customer, key, content.view(), kAbsent));
  for (const IndexRow& row : IndexRowsOf(catalogue, record, house_.clock())) {
    RETURN_IF_ERROR(sealed.PutReference(batch, row.label, row.value, customer));
  }
  if (!external_id.empty()) {
    RETURN_IF_ERROR(sealed.PutUnique(batch, ExternalIdLabel(), external_id, EncodeCustomerId(customer)));
  }
  RETURN_IF_ERROR(sealed.PutUnique(batch, AuditIdLabel(), View(record.audit_id), EncodeCustomerId(customer)));
  entry.customers.push_back(record.audit_id);
  if (!entry.change.has_value()) {
    entry.change = hash;
  } else {
    entry.change = Sha256({View(*entry.change), View(hash)});  // of a batch: chained in the order of `customers`
  }
  return Status::Ok();
}

Result<CustomerId> Customers::FindByExternalId(const Room& room, std::string_view external_id) const {
  ASSIGN_OR_RETURN(const std::optional<UniqueRow> found, room.sealed->GetUnique(ExternalIdLabel(), external_id));
  if (!found.has_value()) return Status(Reason::kCustomerNotFound);
  return DecodeCustomerId(found->content);
}

Receipted<CreateAnswer> Customers::Create(const Caller& caller, const CreateRequest& request) {
  const Result<Room*> room = house_.RoomByName(request.compartment);
  Permit permit = gate_.Authorise(caller, Action::kCustomerCreate, room.ok() ? *room : nullptr);
  if (!permit.granted()) return permit.Refuse<CreateAnswer>();
  if (!room.ok()) return permit.Fail<CreateAnswer>(room.status());
  const CataloguePtr catalogue = catalogue_.Current();
  const PasswordField passwords(house_.office().sealed->ring(), house_.random());
  const Result<PreparedValues> values =
      PreparedValues::Check(*catalogue, request.collection_point, request.values, house_.clock(), passwords);
  if (!values.ok()) return permit.Fail<CreateAnswer>(values.status());
  if (const Status external = CheckExternalId(request.external_id); !external.ok())
    return permit.Fail<CreateAnswer>(external);

  SealedBatch batch;
  if (const Status leased = (*room)->sealed->TakeLease(batch); !leased.ok()) return permit.Fail<CreateAnswer>(leased);
  if (!request.external_id.empty()) {
    const Result<CustomerId> existing = FindByExternalId(**room, request.external_id);
    if (existing.ok()) batch = SealedBatch();  // and its lease: a change takes one of its own
    if (existing.ok()) return AnswerExisting(std::move(permit), *catalogue, request, *values, *existing);
    if (existing.reason() != Reason::kCustomerNotFound) return permit.Fail<CreateAnswer>(existing.status());
  }
  const CustomerId customer = house_.DrawCustomerId(**room);
  Result<DrawnKeys> key = (*room)->customer_keys->Draw({customer}, batch.lease());
  if (!key.ok()) return permit.Fail<CreateAnswer>(key.status());
  AuditEntry entry = permit.entry();
  entry.fields = values->fields();
  const Status added = AddNewCustomer(batch, **room, customer, *key->keys.front(), *catalogue, *values,
                                      request.external_id, request.tier, entry);
  if (!added.ok()) return permit.Fail<CreateAnswer>(added);
  return Receipted<CreateAnswer>(CreateAnswer{house_.codes().EncodeCustomer(customer), true, false, {}},
                                 WriteNewCustomer(std::move(permit), **room, customer, *std::move(key),
                                                  std::move(batch), std::move(entry), catalogue));
}

// Key first, then record, each durable before the next; nobody waits for either.  Runs on the threads of the key store
// and of the journal; whoever holds the answer holds the vault.
Receipt Customers::WriteNewCustomer(Permit permit, Room& room, CustomerId customer, DrawnKeys key, SealedBatch batch,
                                    AuditEntry entry, CataloguePtr catalogue) {
  struct Work {
    Permit permit;
    SealedBatch batch;
    AuditEntry entry;
    CataloguePtr catalogue;  // until it is written: who makes an index anew waits for writes by the rule before
    Receipt done = Receipt::Pending();

    // The attempt is recorded before it is told.
    void Fail(const Status& failure) {
      permit.Submit({}, failure.reason()).Then([done = done, failure](const Status& recorded) {
        done.Settle(recorded.ok() ? failure : recorded);
      });
    }
  };
  auto work = std::make_shared<Work>(Work{std::move(permit), std::move(batch), std::move(entry), std::move(catalogue)});
  const Receipt done = work->done;
  CustomerKeys& keys = *room.customer_keys;
  keys.Write(std::move(key), [work, &keys, customer](const Status& keyed) {
    if (!keyed.ok()) return work->Fail(keyed);
    const Receipt receipt = work->permit.SubmitStep(std::move(work->batch), std::move(work->entry));
    receipt.Then([work, &keys, customer](const Status& written) {
      if (written.ok()) {
        work->permit.Close();
        return work->done.Settle(written);
      }
      // Somebody took the external id between our look and our write: the key is an orphan now.  After any other
      // failure the record may have reached the disk all the same, and its key must stay.
      if (written.reason() == Reason::kStorageConflict) keys.DropOrphanLater(customer);
      work->Fail(written);
    });
  });
  return done;
}

Receipted<CreateAnswer> Customers::AnswerExisting(Permit permit, const Catalogue& catalogue,
                                                  const CreateRequest& request, const PreparedValues& values,
                                                  CustomerId existing) {
  Result<OpenCustomer> customer = OpenById(existing);
  if (customer.reason() == Reason::kCustomerNotFound && IsBlocked(existing)) {
    return permit.Fail<CreateAnswer>(Status(Reason::kExternalIdTaken, "this external id is not free"));
  }
  if (!customer.ok()) return permit.Fail<CreateAnswer>(customer.status());
  permit.entry().customers.push_back(customer->record.audit_id);
  CreateAnswer answer{house_.codes().EncodeCustomer(existing), false, false, EtagOf(customer->stored.version)};
  if (HoldsAll(customer->record, values)) return permit.Finish(std::move(answer));
  if (!request.upsert) {
    return permit.Fail<CreateAnswer>(
        Status(Reason::kExternalIdTaken,
               "a customer with this external id exists with other values; change it, or send upsert"));
  }
  // An upsert changes: that needs the right to change.
  Permit change = gate_.Authorise(permit.caller(), Action::kCustomerChange, customer->room, customer->record.tier);
  if (!change.granted()) {
    change.Close();
    return permit.Fail<CreateAnswer>(change.refusal());
  }
  permit.Close();
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const Result<Receipt> receipt = ChangeOnce(change, catalogue, *customer, values, {}, std::nullopt);
    if (!receipt.ok()) return change.Fail<CreateAnswer>(receipt.status());
    const Status written = receipt->Wait();
    if (written.ok()) {
      change.Close();
      answer.changed = true;
      answer.etag.clear();
      return Receipted<CreateAnswer>(std::move(answer), *receipt);
    }
    if (written.reason() != Reason::kStorageConflict) return change.Fail<CreateAnswer>(written);
    customer = OpenById(existing);
    if (!customer.ok()) return change.Fail<CreateAnswer>(customer.status());
  }
  return change.Fail<CreateAnswer>(Status(Reason::kRecordBusy));
}

// --- many at once ----------------------------------------------------------------------------------------------------

Receipted<std::vector<Result<CreateAnswer>>> Customers::CreateMany(const Caller& caller,
                                                                   std::span<const CreateRequest> requests) {
  using Answers = std::vector<Result<CreateAnswer>>;
  Answers answers(requests.size(), Result<CreateAnswer>(Status(Reason::kInternal)));
  std::map<Room*, std::vector<size_t>> by_room;
  for (size_t i = 0; i < requests.size(); ++i) {
    const Result<Room*> room = house_.RoomByName(requests[i].compartment);
    if (room.ok()) {
      by_room[*room].push_back(i);
    } else {
      answers[i] = room.status();
    }
  }
  if (by_room.empty()) {
    Permit permit = gate_.Authorise(caller, Action::kCustomerCreate);
    if (!permit.granted()) return permit.Refuse<Answers>();
    return permit.Finish(std::move(answers));
  }
  // Policy may speak of compartments: each is asked about, and one refusal refuses all before anything is written.
  std::vector<Permit> permits;
  permits.reserve(by_room.size());
  for (const auto& [room, indices] : by_room) {
    permits.push_back(gate_.Authorise(caller, Action::kCustomerCreate, room));
    permits.back().entry().count = static_cast<uint32_t>(indices.size());
    permits.back().entry().detail = "batch";
    if (permits.back().granted() && requests.size() <= kMaxBatch) continue;
    for (size_t i = 0; i + 1 < permits.size(); ++i) permits[i].Close();  // one entry says it
    if (!permits.back().granted()) return permits.back().Refuse<Answers>();
    return permits.back().Fail<Answers>(Status(Reason::kBatchTooLarge, "a batch has at most 10,000 customers"));
  }
  std::vector<Receipt> receipts;
  auto permit = permits.begin();
  for (const auto& [room, indices] : by_room) {
    for (size_t start = 0; start < indices.size(); start += kChunk) {
      const size_t count = std::min(kChunk, indices.size() - start);
      CreateChunk(*permit, *room, requests, std::span(indices).subspan(start, count), answers, receipts);
    }
    const bool all_done = std::all_of(indices.begin(), indices.end(), [&](size_t i) { return answers[i].ok(); });
    if (all_done) {
      permit->Close();  // recorded with the customers
    } else {
      receipts.push_back(permit->Submit({}, Reason::kOk));
    }
    ++permit;
  }
  for (const Receipt& receipt : receipts) {
    if (const Status recorded = receipt.Wait(); !recorded.ok()) return recorded;
  }
  return Receipted<Answers>(std::move(answers), Receipt::Settled(Status::Ok()));
}

// What a chunk of a bulk create consists of.
struct Customers::Chunk {
  std::vector<size_t> fresh;  // requests to be created together
  std::vector<PreparedValues> fresh_values;
  std::vector<size_t> known;  // requests whose external id is there already
  std::vector<PreparedValues> known_values;
  std::vector<CustomerId> known_ids;
  std::vector<size_t> later;  // one by one afterwards: they change something, or stand in the chunk twice
};

void Customers::CreateChunk(Permit& permit, Room& room, std::span<const CreateRequest> requests,
                            std::span<const size_t> indices, std::vector<Result<CreateAnswer>>& answers,
                            std::vector<Receipt>& receipts) {
  const CataloguePtr catalogue = catalogue_.Current();
  SealedBatch batch;
  const Status leased = room.sealed->TakeLease(batch);  // before it is looked who is there
  Result<Chunk> chunk = leased.ok() ? SortChunk(room, *catalogue, requests, indices, answers) : Result<Chunk>(leased);
  if (!chunk.ok()) {
    for (const size_t index : indices) answers[index] = chunk.status();
    return;
  }
  AnswerUnchanged(permit, room, *chunk, answers, receipts);
  if (!chunk->fresh.empty()) {
    std::vector<CustomerId> ids;
    ids.reserve(chunk->fresh.size());
    for (size_t i = 0; i < chunk->fresh.size(); ++i) ids.push_back(house_.DrawCustomerId(room));
    const auto keys = room.customer_keys->Create(ids, batch.lease());
    const Status written =
        keys.ok() ? CreateTogether(permit, room, *catalogue, requests, *chunk, ids, *keys, std::move(batch))
                  : keys.status();
    for (size_t i = 0; i < chunk->fresh.size(); ++i) {
      if (written.ok()) {
        answers[chunk->fresh[i]] = CreateAnswer{house_.codes().EncodeCustomer(ids[i]), true, false, {}};
      } else {
        answers[chunk->fresh[i]] = written;
      }
    }
    // One of them lost a race for its external id, or is too large: only that one is to be told so.
    if (written.reason() == Reason::kStorageConflict || written.reason() == Reason::kRecordTooLarge) {
      // Nothing was written.  After any other failure the records may have reached the disk, and their keys must stay.
      if (keys.ok()) room.customer_keys->DropOrphans(ids).IgnoreError();  // the offline check sweeps what stays
      chunk->later.insert(chunk->later.end(), chunk->fresh.begin(), chunk->fresh.end());
    }
  }
  batch = SealedBatch();  // what follows takes leases of its own
  for (const size_t index : chunk->later) {
    for (int attempt = 0; attempt < kTries; ++attempt) {
      answers[index] = Create(permit.caller(), requests[index]).Wait();
      if (answers[index].reason() != Reason::kStorageConflict) break;
    }
    if (answers[index].reason() == Reason::kStorageConflict) answers[index] = Status(Reason::kRecordBusy);
  }
}

Result<Customers::Chunk> Customers::SortChunk(const Room& room, const Catalogue& catalogue,
                                              std::span<const CreateRequest> requests, std::span<const size_t> indices,
                                              std::vector<Result<CreateAnswer>>& answers) const {
  const PasswordField passwords(house_.office().sealed->ring(), house_.random());
  std::vector<ByteView> external_ids;
  external_ids.reserve(indices.size());
  for (const size_t index : indices) external_ids.push_back(requests[index].external_id);
  ASSIGN_OR_RETURN(const auto rows, room.sealed->GetUniques(ExternalIdLabel(), external_ids));
  Chunk chunk;
  std::unordered_set<std::string_view> seen;
  for (size_t i = 0; i < indices.size(); ++i) {
    const size_t index = indices[i];
    const CreateRequest& request = requests[index];
    Result<PreparedValues> values =
        PreparedValues::Check(catalogue, request.collection_point, request.values, house_.clock(), passwords);
    if (Status bad = values.ok() ? CheckExternalId(request.external_id) : values.status(); !bad.ok()) {
      answers[index] = std::move(bad);
    } else if (!request.external_id.empty() && !seen.insert(request.external_id).second) {
      chunk.later.push_back(index);
    } else if (!request.external_id.empty() && rows[i].has_value()) {
      ASSIGN_OR_RETURN(const CustomerId id, DecodeCustomerId(rows[i]->content));
      chunk.known.push_back(index);
      chunk.known_ids.push_back(id);
      chunk.known_values.push_back(*std::move(values));
    } else {
      chunk.fresh.push_back(index);
      chunk.fresh_values.push_back(*std::move(values));
    }
  }
  return chunk;
}

// Customers that are there already just as requested: one entry for all of them.  The others are left for later.
void Customers::AnswerUnchanged(Permit& permit, Room& room, Chunk& chunk, std::vector<Result<CreateAnswer>>& answers,
                                std::vector<Receipt>& receipts) const {
  if (chunk.known.empty()) return;
  const auto records = room.sealed->GetRecords(chunk.known_ids);
  AuditEntry entry = permit.entry();
  entry.detail = "batch, unchanged";
  entry.count = 0;
  for (size_t i = 0; i < chunk.known.size(); ++i) {
    const OpenRecord* stored = records.ok() && (*records)[i].ok() ? &*(*records)[i] : nullptr;
    const Result<Record> record =
        stored != nullptr ? Record::Parse(stored->content.view()) : Status(Reason::kCustomerNotFound);
    if (!record.ok() || !HoldsAll(*record, chunk.known_values[i])) {
      chunk.later.push_back(chunk.known[i]);
      continue;
    }
    answers[chunk.known[i]] =
        CreateAnswer{house_.codes().EncodeCustomer(chunk.known_ids[i]), false, false, EtagOf(stored->version)};
    entry.customers.push_back(record->audit_id);
  }
  if (!entry.customers.empty()) receipts.push_back(permit.SubmitStep({}, std::move(entry)));
}

Status Customers::CreateTogether(Permit& permit, Room& room, const Catalogue& catalogue,
                                 std::span<const CreateRequest> requests, const Chunk& chunk,
                                 const std::vector<CustomerId>& ids, const std::vector<CustomerKeyPtr>& keys,
                                 SealedBatch batch) const {
  AuditEntry entry = permit.entry();
  entry.count = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    const CreateRequest& request = requests[chunk.fresh[i]];
    RETURN_IF_ERROR(AddNewCustomer(batch, room, ids[i], *keys[i], catalogue, chunk.fresh_values[i], request.external_id,
                                   request.tier, entry));
  }
  return permit.SubmitStep(std::move(batch), std::move(entry)).Wait();
}

// --- changing --------------------------------------------------------------------------------------------------------

Result<Receipt> Customers::SubmitChange(Permit& permit, const Catalogue& catalogue, const OpenCustomer& customer,
                                        const PreparedValues& values, std::span<const FieldId> removed,
                                        std::optional<uint8_t> tier, std::vector<Bytes>& taken) {
  const Record& before = customer.record;
  Record after = before;
  if (tier.has_value()) after.tier = *tier;
  const auto replaced = [&](FieldId field) {
    return values.Sets(field) || std::find(removed.begin(), removed.end(), field) != removed.end();
  };
  std::erase_if(after.values, [&](const RecordValue& value) { return replaced(value.field); });
  for (const auto& value : values.all()) {
    const FieldId field = value.first;
    const std::string& text = value.second;
    // A value that stays the same keeps its item number, so that its tokens go on standing for it.
    const auto same = std::find_if(before.values.begin(), before.values.end(), [&](const RecordValue& old_value) {
      return old_value.field == field && old_value.text == text && after.FindItem(field, old_value.item) == nullptr;
    });
    if (same != before.values.end()) {
      after.values.push_back(*same);
    } else {
      after.Add(field, text);
    }
  }

  SealedBatch batch;
  const SealedStore& sealed = *customer.room->sealed;
  ASSIGN_OR_RETURN(const PlainBytes content, after.Encode());
  ASSIGN_OR_RETURN(const Digest hash,
                   sealed.PutRecord(batch, customer.id, *customer.stored.key, content.view(), customer.stored.version));
  const std::set<IndexRow> old_rows = IndexRowsOf(catalogue, before, house_.clock(), RowsOf::kEveryRule);
  const std::set<IndexRow> sure_rows = IndexRowsOf(catalogue, before, house_.clock(), RowsOf::kFinishedIndexes);
  const std::set<IndexRow> new_rows = IndexRowsOf(catalogue, after, house_.clock());
  for (const IndexRow& row : old_rows) {
    if (!new_rows.contains(row)) RETURN_IF_ERROR(sealed.DeleteReference(batch, row.label, row.value, customer.id));
  }
  for (const IndexRow& row : new_rows) {
    if (!sure_rows.contains(row)) RETURN_IF_ERROR(sealed.PutReference(batch, row.label, row.value, customer.id));
  }
  // A value that is no longer there: what was sealed so far still opens with the customer's key.
  for (const RecordValue& value : before.values) {
    if (after.FindItem(value.field, value.item) == nullptr) taken.push_back(TakenValueName(value.field, value.item));
  }
  if (!taken.empty()) RETURN_IF_ERROR(MarkForRekey(sealed, batch, customer.id, house_.clock().NowMillis(), taken));
  AuditEntry entry = permit.entry();
  entry.fields = values.fields();
  entry.fields.insert(entry.fields.end(), removed.begin(), removed.end());
  entry.customers = {before.audit_id};
  entry.change = hash;
  return permit.SubmitStep(std::move(batch), std::move(entry));
}

// Durable when it answers, with the note of what was taken away: a restore does not bring back what was acknowledged as
// gone.  Of what is not acknowledged, the mark in the change's own commit tells.
Result<Receipt> Customers::ChangeOnce(Permit& permit, const Catalogue& catalogue, const OpenCustomer& customer,
                                      const PreparedValues& values, std::span<const FieldId> removed,
                                      std::optional<uint8_t> tier) {
  std::vector<Bytes> taken;
  ASSIGN_OR_RETURN(Receipt receipt, SubmitChange(permit, catalogue, customer, values, removed, tier, taken));
  if (taken.empty() || !receipt.Wait().ok()) return receipt;
  RETURN_IF_ERROR(NoteTaken(*customer.room->sealed, customer.id, taken, house_.clock().NowMillis()));
  return receipt;
}

// Values need the right to change, a tier the right to set it: where it is lowered, less stands before the values.
Permit Customers::AuthoriseChange(const Caller& caller, const ChangeRequest& request,
                                  const Result<OpenCustomer>& customer) const {
  Room* const room = customer.ok() ? customer->room : nullptr;
  const uint8_t tier = customer.ok() ? customer->record.tier : 0;
  const bool values = !request.set.empty() || !request.remove.empty() || !request.tier.has_value();
  if (!values) return gate_.Authorise(caller, Action::kCustomerTier, room, tier);
  Permit change = gate_.Authorise(caller, Action::kCustomerChange, room, tier);
  if (!change.granted() || !request.tier.has_value()) return change;
  Permit set_tier = gate_.Authorise(caller, Action::kCustomerTier, room, tier);
  if (!set_tier.granted()) {
    change.Close();  // one entry says it
    return set_tier;
  }
  set_tier.Close();
  return change;
}

Receipted<std::string> Customers::Change(const Caller& caller, const ChangeRequest& request) {
  Result<OpenCustomer> customer = Open(request.code);
  Permit permit = AuthoriseChange(caller, request, customer);
  if (!permit.granted()) return permit.Refuse<std::string>();
  if (!customer.ok()) return permit.Fail<std::string>(ToldOf(caller, request.code, customer.status()));
  if (!permit.MayKnow(customer->record.tier)) return permit.Fail<std::string>(Status(Reason::kCustomerNotFound));
  permit.entry().customers = {customer->record.audit_id};
  if (request.tier.has_value() && *request.tier != customer->record.tier) {
    permit.entry().detail = "tier " + std::to_string(customer->record.tier) + " to " + std::to_string(*request.tier);
  }
  if (!request.any_version) {
    if (!request.if_match.has_value()) return permit.Fail<std::string>(Status(Reason::kPreconditionRequired));
    if (*request.if_match != EtagOf(customer->stored.version))
      return permit.Fail<std::string>(Status(Reason::kPreconditionFailed));
  }
  const CataloguePtr catalogue = catalogue_.Current();
  const PasswordField passwords(house_.office().sealed->ring(), house_.random());
  const Result<PreparedValues> values =
      PreparedValues::Check(*catalogue, request.collection_point, request.set, house_.clock(), passwords);
  if (!values.ok()) return permit.Fail<std::string>(values.status());
  std::vector<FieldId> removed;
  for (std::string_view name : request.remove) {
    const Result<const FieldDef*> field = catalogue->Field(name);
    if (!field.ok()) return permit.Fail<std::string>(field.status());
    if (!values->Sets((*field)->id)) removed.push_back((*field)->id);
  }
  Result<Receipt> receipt = Receipt::Settled(Status::Ok());
  for (int attempt = 0;; ++attempt) {
    receipt = ChangeOnce(permit, *catalogue, *customer, *values, removed, request.tier);
    if (!receipt.ok()) return permit.Fail<std::string>(receipt.status());
    const Status written = receipt->Wait();
    if (written.ok()) break;
    if (written.reason() != Reason::kStorageConflict) return permit.Fail<std::string>(written);
    // Whoever named a version hears that it is another one now; whoever takes any gets the one there is, such as after
    // a new key.  Policy was asked about the tier: if that changed, it would have to be asked again.
    if (!request.any_version || attempt == kTries) return permit.Fail<std::string>(Status(Reason::kPreconditionFailed));
    const uint8_t tier = customer->record.tier;
    customer = OpenById(customer->id);
    if (!customer.ok()) return permit.Fail<std::string>(customer.status());
    if (customer->record.tier != tier) return permit.Fail<std::string>(Status(Reason::kPreconditionFailed));
  }
  permit.Close();
  const Result<OpenCustomer> changed = OpenById(customer->id);
  return Receipted<std::string>(changed.ok() ? EtagOf(changed->stored.version) : std::string(), *receipt);
}

}  // namespace strongroom
