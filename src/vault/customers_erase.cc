// Erasing customers for good.
//
// (1) One commit: the record is deleted and the intent written, a sealed list of what must be known to delete the rest.
//     From here on nothing can be added beside the customer, because every such write is conditional on the record.
// (2) When there are tokens that have rows elsewhere: the intent is written again with those, as far as they can be
//     listed.  Nothing that fails here keeps the key alive.
// (3) The key store: the erasure ledger is written and the key deleted.  Nothing of the customer opens any more.
// (4) The office's directory of tokens, then all rows, with the outcome entry and the end of the intent.
// A crash or failure after (1) leaves the intent, which FinishErasures() or a second call carries out.  Two calls at
// once meet at the intent: it is replaced and deleted only as the version that was read.
#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "vault/customers.h"
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

Status Record(Room& room, SealedBatch batch, AuditEntry entry, std::string detail) {
  entry.detail = std::move(detail);
  return room.journal->Submit(std::move(batch), std::move(entry)).Wait();
}

// Step 2.  Without a key, what has to be listed was listed before a crash.
Status ListTokens(const House& house, Room& room, ErasurePlan& plan, const AuditEntry& entry) {
  if (plan.tokens_listed) return Status::Ok();
  const Result<CustomerKeyPtr> key = room.customer_keys->Get(plan.customer);
  if (key.reason() == Reason::kCustomerNotFound) return Status::Ok();
  if (!key.ok()) return key.status();
  ASSIGN_OR_RETURN(const bool any, plan.AddTokens(room, house.office(), **key));
  if (!any) return Status::Ok();
  SealedBatch batch;
  RETURN_IF_ERROR(plan.PutIntent(*room.sealed, batch));
  return Record(room, std::move(batch), entry, "tokens listed");
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

// Step 4, answering how many rows went.
Result<size_t> DeleteEverything(Room& room, ErasurePlan& plan, const AuditEntry& entry) {
  size_t items = 0;
  for (int attempt = 0; attempt < kTries;) {
    SealedBatch batch;
    ASSIGN_OR_RETURN(const size_t some, room.sealed->DeleteAllItems(batch, plan.customer, kItemsPerCommit));
    if (some == kItemsPerCommit) {  // more than one commit should hold
      RETURN_IF_ERROR(Record(room, std::move(batch), entry, "items"));
      items += some;
      continue;
    }
    RETURN_IF_ERROR(plan.AddDeletes(*room.sealed, batch));
    const Status written = Record(room, std::move(batch), entry, LastDetail(plan));
    if (written.ok()) return items + some + plan.rows.size() + 1;  // and the record
    if (written.reason() != Reason::kStorageConflict) return written;
    ASSIGN_OR_RETURN(const bool still_there, ReadAgain(room, plan));
    if (!still_there) return items;
    ++attempt;
  }
  return Status(Reason::kRecordBusy);
}

// Steps 2 to 4.
Result<size_t> CarryOut(const House& house, Room& room, ErasurePlan& plan, const AuditEntry& entry, UnixMillis now) {
  // Whatever it says: what could not be listed is found by fsck, and a key that stayed would open everything.
  ListTokens(house, room, plan, entry).IgnoreError();
  const Status destroyed = room.customer_keys->Destroy(plan.customer, now);
  if (!destroyed.ok() && destroyed.reason() != Reason::kCustomerNotFound) return destroyed;  // not found: done before
  ASSIGN_OR_RETURN(const bool still_there, ReadAgain(room, plan));
  if (!still_there) return size_t{0};
  if (!plan.tokens_listed) {  // the key went without a list: what has not been deleted since tells how many it lacks
    ASSIGN_OR_RETURN(plan.unlisted, plan.CountTokens(room));
    plan.tokens = plan.unlisted;
    plan.tokens_listed = true;
  }
  RETURN_IF_ERROR(SweepDirectory(house.office(), plan));
  return DeleteEverything(room, plan, entry);
}

}  // namespace

// Step 1, or the plan that an earlier call left.
Result<ErasurePlan> Customers::BeginErasure(Permit& permit, const Result<OpenCustomer>& customer,
                                            std::string_view code) {
  if (customer.ok()) {
    permit.entry().customers = {customer->record.audit_id};
    const SealedStore& sealed = *customer->room->sealed;
    const CataloguePtr catalogue = catalogue_.Current();  // until the intent is written (vault/index_jobs.h)
    ASSIGN_OR_RETURN(ErasurePlan plan, ErasurePlan::Make(*customer->room, *catalogue, *customer, house_.clock()));
    SealedBatch batch;
    RETURN_IF_ERROR(plan.PutIntent(sealed, batch));
    // Holds only if the record is still the one the plan was made from.
    sealed.ExpectRecord(batch, customer->id, customer->stored.version);
    sealed.DeleteRecord(batch, customer->id);
    AuditEntry entry = permit.entry();
    entry.detail = "intent";
    const Status written = permit.SubmitStep(std::move(batch), std::move(entry)).Wait();
    if (written.reason() == Reason::kStorageConflict) return Status(Reason::kRecordBusy);
    if (!written.ok()) return written;
    ASSIGN_OR_RETURN(const bool still_there, ReadAgain(*customer->room, plan));  // for its version
    if (!still_there) return Status(Reason::kCustomerNotFound);                  // another call has finished it
    return plan;
  }
  if (customer.reason() != Reason::kCustomerNotFound) return customer.status();
  const Result<CustomerId> id = house_.codes().DecodeCustomer(code);
  Room* const room = id.ok() ? house_.RoomOf(*id) : nullptr;
  if (room == nullptr) return customer.status();
  ASSIGN_OR_RETURN(std::optional<ErasurePlan> left, ErasurePlan::Find(*room->sealed, *id));
  if (!left.has_value()) return customer.status();
  permit.RecordIn(*room);
  permit.entry().customers = {left->audit_id};
  return *std::move(left);
}

Receipted<ErasureAnswer> Customers::Erase(const Caller& caller, std::string_view code) {
  const Result<OpenCustomer> customer = Open(code);
  Permit permit = gate_.Authorise(caller, Action::kCustomerErase, customer.ok() ? customer->room : nullptr,
                                  customer.ok() ? customer->record.tier : 0);
  if (!permit.granted()) return permit.Refuse<ErasureAnswer>();
  Result<ErasurePlan> plan = BeginErasure(permit, customer, code);
  if (!plan.ok()) return permit.Fail<ErasureAnswer>(plan.status());

  Room& room = *house_.RoomOf(plan->customer);
  ErasureAnswer answer;
  answer.code = house_.codes().EncodeCustomer(plan->customer);
  answer.erased_at = house_.clock().NowMillis();
  const Result<size_t> deleted = CarryOut(house_, room, *plan, permit.entry(), answer.erased_at);
  if (!deleted.ok()) return permit.Fail<ErasureAnswer>(deleted.status());
  permit.Close();
  answer.rows_deleted = *deleted;
  answer.tokens_gone = plan->tokens;
  answer.key_gone = room.customer_keys->Get(plan->customer).reason() == Reason::kCustomerNotFound;
  answer.record_gone = room.sealed->GetRecord(plan->customer).reason() == Reason::kCustomerNotFound;
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
    return CarryOut(house_, room, *plan, entry, house_.clock().NowMillis()).status();
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
