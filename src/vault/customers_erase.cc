// Erasing customers for good.  What comes before, when it may be undone: customers_block.cc.
//
// (1) One commit: the record is deleted and the intent written, a sealed list of what must be known to delete the rest.
//     From here on nothing can be added beside the customer, because every such write is conditional on the record.
// (2) When there are tokens that have rows elsewhere: the intent is written again with those, as far as they can be
//     listed.  Nothing that fails here keeps the key alive.
// (3) The key store: the erasure ledger is written and the key deleted.  Nothing of the customer opens any more.  Of a
//     customer who was moved, the ledgers of the compartments before name them too: copies of their data hold them.
// (4) The office's directory of tokens, then all rows, with the outcome entry and the end of the intent.
// A crash or failure after (1) leaves the intent, which FinishErasures() or a second call carries out.  Two calls at
// once meet at the intent: it is replaced and deleted only as the version that was read.
#include <algorithm>
#include <utility>

#include "audit/erasure_note.h"
#include "base/encoding.h"
#include "vault/customers.h"
#include "vault/erasure_certificate.h"
#include "vault/erasure_plan.h"

namespace strongroom {
namespace {

constexpr size_t kItemsPerCommit = 5'000;
constexpr int kTries = 10;  // against new owners of the customer's deterministic tokens

// Takes the customer's format-preserving tokens out of the office's directory.
Status SweepDirectory(const Room& office, const ErasurePlan& plan) {
  for (size_t begin = 0; begin < plan.directory_rows.size(); begin += kItemsPerCommit) {
    const size_t end = std::min(begin + kItemsPerCommit, plan.directory_rows.size());
    SealedBatch batch;
    SealedStore::DeleteRows(batch, {plan.directory_rows.begin() + static_cast<ptrdiff_t>(begin),
                                    plan.directory_rows.begin() + static_cast<ptrdiff_t>(end)});
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = Action::kTokenRevoke;
    entry.decision = Decision::kPlain;
    entry.count = static_cast<uint32_t>(end - begin);
    entry.detail = "directory of an erased customer";
    RETURN_IF_ERROR(office.journal->Submit(std::move(batch), std::move(entry)).Wait());
  }
  return Status::Ok();
}

Status RecordStep(Room& room, SealedBatch batch, AuditEntry entry, std::string detail) {
  entry.detail = std::move(detail);
  return room.journal->Submit(std::move(batch), std::move(entry)).Wait();
}

// Step 2.  Without a key, what has to be listed was listed before a crash.
Status ListTokens(const House& house, Room& room, ErasurePlan& plan, const AuditEntry& entry) {
  if (plan.tokens_listed) return Status::Ok();
  const Result<CustomerKeyPtr> key = room.customer_keys->GetEvenBlocked(plan.customer);
  if (key.reason() == Reason::kCustomerNotFound) return Status::Ok();
  if (!key.ok()) return key.status();
  ASSIGN_OR_RETURN(const bool any, plan.AddTokens(room, house.office(), **key));
  if (!any) return Status::Ok();
  SealedBatch batch;
  RETURN_IF_ERROR(plan.PutIntent(*room.sealed, batch));
  return RecordStep(room, std::move(batch), entry, "items listed");
}

// The intent as it is now.  False: another call has deleted it, and with it everything else.
Result<bool> ReadAgain(const Room& room, ErasurePlan& plan) {
  ASSIGN_OR_RETURN(std::optional<ErasurePlan> stored, ErasurePlan::Find(*room.sealed, plan.customer));
  if (!stored.has_value()) return false;
  if (plan.tokens_listed && !stored->tokens_listed) {
    plan.version = stored->version;  // what this call listed could not be written, or was nothing
  } else {
    plan = *std::move(stored);
  }
  return true;
}

std::string LastDetail(const ErasurePlan& plan) {
  if (plan.unlisted == 0) return "done";
  return "done; " + std::to_string(plan.unlisted) + " tokens could not be listed: fsck sweeps what they left";
}

}  // namespace

// For whoever asks for the certificate; the entry of the outcome holds the hash of what it says.
Status Customers::KeepCertificate(const Room& room, const ErasurePlan& plan, SealedBatch& batch,
                                  AuditEntry& entry) const {
  if (erasing_.certificate_days == 0) return Status::Ok();
  const UnixMillis now = house_.clock().NowMillis();
  ASSIGN_OR_RETURN(const std::optional<UnixMillis> destroyed_at, room.customer_keys->ErasedAt(plan.customer));
  ErasureFacts facts;
  facts.customer = house_.codes().EncodeCustomer(plan.customer);
  facts.destroyed_at = destroyed_at.value_or(now);
  facts.asked_at = plan.asked_at != 0 ? plan.asked_at : facts.destroyed_at;
  facts.index_rows = plan.rows.size();
  facts.tokens = plan.tokens;
  facts.files = plan.files;
  facts.disclosures = plan.disclosures;
  facts.other_items = plan.other_items;
  facts.tokens_unlisted = plan.unlisted;
  ASSIGN_OR_RETURN(facts.beyond_recall_at,
                   BeyondRecallAt(room, facts.destroyed_at, erasing_.rotate_days, erasing_.keep_days));
  KeptErasure kept{plan.customer, now, FormatErasureFacts(facts), std::nullopt};
  entry.change = Sha256(kept.facts);
  return PutErasure(*room.sealed, batch, kept);
}

// Step 4, answering how many rows went.
Result<size_t> Customers::DeleteEverything(Room& room, ErasurePlan& plan, const AuditEntry& entry) const {
  size_t items = 0;
  for (int attempt = 0; attempt < kTries;) {
    SealedBatch batch;
    ASSIGN_OR_RETURN(const size_t some, room.sealed->DeleteAllItems(batch, plan.customer, kItemsPerCommit));
    if (some == kItemsPerCommit) {  // more than one commit should hold
      RETURN_IF_ERROR(RecordStep(room, std::move(batch), entry, "items"));
      items += some;
      continue;
    }
    RETURN_IF_ERROR(plan.AddDeletes(*room.sealed, batch));
    AuditEntry last = entry;
    RETURN_IF_ERROR(KeepCertificate(room, plan, batch, last));
    const Status written = RecordStep(room, std::move(batch), std::move(last), LastDetail(plan));
    if (written.ok()) return items + some + plan.rows.size() + 1;  // and the record
    if (written.reason() != Reason::kStorageConflict) return written;
    ASSIGN_OR_RETURN(const bool still_there, ReadAgain(room, plan));
    if (!still_there) return items;
    ++attempt;
  }
  return Status(Reason::kRecordBusy);
}

// Steps 2 to 4.
Result<size_t> Customers::CarryOut(Room& room, ErasurePlan& plan, const AuditEntry& entry, UnixMillis now) const {
  // Whatever it says: what could not be listed is found by fsck, and a key that stayed would open everything.
  ListTokens(house_, room, plan, entry).IgnoreError();
  const Status destroyed = room.customer_keys->Destroy(plan.customer, now);
  if (!destroyed.ok() && destroyed.reason() != Reason::kCustomerNotFound) return destroyed;  // not found: done before
  for (const auto& other : house_.compartments()) {
    if (other.get() == &room) continue;
    ASSIGN_OR_RETURN(const bool left_from_there, other->customer_keys->DestroyDeparted(plan.customer, now));
    if (!left_from_there) continue;
    AuditEntry there = entry;
    there.detail = "of a customer who was moved away: ledger";
    RETURN_IF_ERROR(other->journal->Submit({}, std::move(there)).Wait());
  }
  ASSIGN_OR_RETURN(const bool still_there, ReadAgain(room, plan));
  if (!still_there) return size_t{0};
  if (!plan.tokens_listed) {  // the key went without a list: what has not been deleted since tells how many it lacks
    RETURN_IF_ERROR(plan.CountItems(room));
    plan.unlisted = plan.tokens;
    plan.tokens_listed = true;
  }
  RETURN_IF_ERROR(SweepDirectory(house_.office(), plan));
  return DeleteEverything(room, plan, entry);
}

// Step 1.
Result<ErasurePlan> Customers::WriteIntent(const OpenCustomer& customer, UnixMillis asked_at, AuditEntry entry,
                                           const Submit& submit) {
  const SealedStore& sealed = *customer.room->sealed;
  const CataloguePtr catalogue = catalogue_.Current();  // until the intent is written (vault/index_jobs.h)
  ASSIGN_OR_RETURN(ErasurePlan plan, ErasurePlan::Make(*customer.room, *catalogue, customer, house_.clock(), asked_at));
  SealedBatch batch;
  RETURN_IF_ERROR(plan.PutIntent(sealed, batch));
  // Holds only if the record is still the one the plan was made from.
  sealed.ExpectRecord(batch, customer.id, customer.stored.version);
  sealed.DeleteRecord(batch, customer.id);
  entry.detail = "intent";
  const Status written = submit(std::move(batch), std::move(entry)).Wait();
  if (written.reason() == Reason::kStorageConflict) return Status(Reason::kRecordBusy);
  if (!written.ok()) return written;
  ASSIGN_OR_RETURN(const bool still_there, ReadAgain(*customer.room, plan));  // for its version
  if (!still_there) return Status(Reason::kCustomerNotFound);                 // another call has finished it
  return plan;
}

// Step 1, or the plan that an earlier call left.
Result<ErasurePlan> Customers::BeginErasure(Permit& permit, const Result<OpenCustomer>& customer, std::string_view code,
                                            UnixMillis asked_at) {
  if (customer.ok()) {
    permit.entry().customers = {customer->record.audit_id};
    return WriteIntent(*customer, asked_at, permit.entry(), [&permit](SealedBatch batch, AuditEntry entry) {
      return permit.SubmitStep(std::move(batch), std::move(entry));
    });
  }
  if (customer.reason() != Reason::kCustomerNotFound) return customer.status();
  const Result<CustomerId> id = house_.codes().DecodeCustomer(code);
  Room* const room = id.ok() ? RoomNow(*id) : nullptr;
  if (room == nullptr) return customer.status();
  ASSIGN_OR_RETURN(std::optional<ErasurePlan> left, ErasurePlan::Find(*room->sealed, *id));
  if (!left.has_value()) return customer.status();
  permit.RecordIn(*room);
  permit.entry().customers = {left->audit_id};
  return *std::move(left);
}

Receipted<ErasureAnswer> Customers::Erase(const Caller& caller, std::string_view code, bool now) {
  const Result<OpenCustomer> customer = OpenEvenBlocked(code);
  Permit permit = gate_.Authorise(caller, Action::kCustomerErase, customer.ok() ? customer->room : nullptr,
                                  customer.ok() ? customer->record.tier : 0);
  if (!permit.granted()) return permit.Refuse<ErasureAnswer>();
  std::unique_lock beginning(beginning_);
  UnixMillis asked_at = house_.clock().NowMillis();
  if (customer.ok()) {
    const Result<std::optional<ErasureBlock>> block = customer->room->customer_keys->BlockOf(customer->id);
    if (!block.ok()) return permit.Fail<ErasureAnswer>(block.status());
    const bool due = block->has_value() && (*block)->due_at <= asked_at;
    const bool waits = block->has_value() || erasing_.undo_days > 0;
    if (waits && !due && !now) return BlockFor(std::move(permit), *customer, *block);
    if (block->has_value()) asked_at = (*block)->asked_at;
  }
  Result<ErasurePlan> plan = BeginErasure(permit, customer, code, asked_at);
  beginning.unlock();
  if (!plan.ok()) return permit.Fail<ErasureAnswer>(plan.status());

  Room& room = customer.ok() ? *customer->room : permit.room();
  ErasureAnswer answer;
  answer.asked_at = plan->asked_at;
  answer.code = house_.codes().EncodeCustomer(plan->customer);
  answer.erased_at = house_.clock().NowMillis();
  const Result<size_t> deleted = CarryOut(room, *plan, permit.entry(), answer.erased_at);
  if (!deleted.ok()) return permit.Fail<ErasureAnswer>(deleted.status());
  permit.Close();
  answer.rows_deleted = *deleted;
  answer.tokens_gone = plan->tokens;
  answer.key_gone = room.customer_keys->GetEvenBlocked(plan->customer).reason() == Reason::kCustomerNotFound;
  answer.record_gone = room.sealed->GetRecordEvenBlocked(plan->customer).reason() == Reason::kCustomerNotFound;
  const Result<size_t> left = room.sealed->CountMarked(plan->rows);
  answer.index_rows_gone = left.ok() && *left == 0 && plan->unlisted == 0;
  return Receipted<ErasureAnswer>(std::move(answer), Receipt::Settled(Status::Ok()));
}

FinishedErasures Customers::FinishErasures() {
  constexpr size_t kAtOnce = 100;
  FinishedErasures answer;
  const auto failed = [&answer](const Status& why) {
    ++answer.unfinished;
    if (answer.first_failure.ok()) answer.first_failure = why;
  };
  const auto finish = [this](Room& room, ByteView content) -> Status {
    ASSIGN_OR_RETURN(const ErasurePlan listed, ErasurePlan::Decode(*room.sealed, content));
    ASSIGN_OR_RETURN(std::optional<ErasurePlan> plan, ErasurePlan::Find(*room.sealed, listed.customer));
    if (!plan.has_value()) return Status::Ok();
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = Action::kCustomerErase;
    entry.decision = Decision::kPlain;
    entry.customers.push_back(plan->audit_id);
    return CarryOut(room, *plan, entry, house_.clock().NowMillis()).status();
  };
  for (const auto& room : house_.compartments()) {
    Bytes after;
    while (true) {
      const auto intents = room->sealed->ListDocuments(Table::kIntent, after, kAtOnce);
      if (!intents.ok()) {
        failed(intents.status());
        break;
      }
      for (const ListedDocument& document : *intents) {
        const Status done = finish(*room, document.content);
        if (done.ok()) {
          ++answer.finished;
        } else {
          failed(done);
        }
      }
      if (intents->size() < kAtOnce) break;
      after = intents->back().row_key;
    }
  }
  return answer;
}

}  // namespace strongroom
