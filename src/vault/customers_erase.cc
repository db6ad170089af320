// Erasing customers for good.
//
// Order: (1) the intent, a sealed list of every row to delete, with its entry; (2) the erasure ledger and the deletion
// of the key, in the key store: from here on nothing of the customer opens; (3) the rows, with the outcome entry.  A crash after (1)
// leaves an intent that FinishErasures() carries out; the list is needed because after (2) no record can be read to
// compute the rows from.
#include <utility>

#include "base/encoding.h"
#include "vault/customers.h"
#include "vault/erasure_plan.h"

namespace strongroom {
namespace {

Status CarryOut(Room& room, const ErasurePlan& plan, Permit* permit, AuditEntry entry, UnixMillis now) {
  const Status destroyed = room.customer_keys->Destroy(plan.customer, now);
  if (!destroyed.ok() && destroyed.reason() != Reason::kCustomerNotFound) return destroyed;  // not found: done before a crash
  SealedBatch batch;
  RETURN_IF_ERROR(plan.AddDeletes(*room.sealed, batch));
  entry.detail = "done";
  AuditEntry remainder = entry;
  if (permit != nullptr) {
    RETURN_IF_ERROR(permit->SubmitStep(std::move(batch), std::move(entry)).Wait());
  } else {
    RETURN_IF_ERROR(room.journal->Submit(std::move(batch), std::move(entry)).Wait());
  }
  // A token or file that was being added while the plan was made.  From here on none can be: adding one is conditional on
  // the record.
  SealedBatch late;
  ASSIGN_OR_RETURN(const size_t late_items, room.sealed->DeleteAllItems(late, plan.customer, 10'000));
  if (late_items == 0) return Status::Ok();
  remainder.detail = "remainder";
  return room.journal->Submit(std::move(late), std::move(remainder)).Wait();
}

// Takes the customer's format-preserving tokens out of the office's directory.
Status SweepDirectory(const Room& office, const ErasurePlan& plan) {
  if (plan.directory_names.empty()) return Status::Ok();
  SealedBatch batch;
  for (const Bytes& name : plan.directory_names) office.sealed->DeleteDocument(batch, Table::kTokenDirectory, name);
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kTokenRevoke;
  entry.decision = Decision::kPlain;
  entry.count = static_cast<uint32_t>(plan.directory_names.size());
  entry.detail = "directory of an erased customer";
  return office.journal->Submit(std::move(batch), std::move(entry)).Wait();
}

}  // namespace

Receipted<ErasureAnswer> Customers::Erase(const Caller& caller, std::string_view code) {
  Permit permit = gate_.Authorise(caller, Action::kCustomerErase);
  if (!permit.granted()) return permit.Refuse<ErasureAnswer>();
  const Result<OpenCustomer> customer = Open(code);
  if (!customer.ok()) return permit.Fail<ErasureAnswer>(customer.status());
  Room& room = *customer->room;
  permit.RecordIn(room);
  permit.entry().customers.push_back(customer->record.audit_id);

  const CataloguePtr catalogue = catalogue_.Current();
  Result<ErasurePlan> plan = ErasurePlan::Make(room, *catalogue, *customer, house_.clock());
  if (!plan.ok()) return permit.Fail<ErasureAnswer>(plan.status());
  SealedBatch intent;
  if (const Status put = plan->PutIntent(*room.sealed, intent); !put.ok()) return permit.Fail<ErasureAnswer>(put);
  // Holds only if the record is still the one the plan was made from.
  room.sealed->ExpectRecord(intent, customer->id, customer->stored.version);
  AuditEntry intent_entry = permit.entry();
  intent_entry.detail = "intent";
  const Status intended = permit.SubmitStep(std::move(intent), std::move(intent_entry)).Wait();
  if (!intended.ok()) {
    return permit.Fail<ErasureAnswer>(intended.reason() == Reason::kStorageConflict ? Status(Reason::kRecordBusy) : intended);
  }

  ErasureAnswer answer;
  answer.code = house_.codes().EncodeCustomer(customer->id);
  answer.erased_at = house_.clock().NowMillis();
  AuditEntry outcome = permit.entry();
  if (const Status done = CarryOut(room, *plan, &permit, std::move(outcome), answer.erased_at); !done.ok()) {
    return permit.Fail<ErasureAnswer>(done);
  }
  permit.Close();
  SweepDirectory(house_.office(), *plan).IgnoreError();  // a directory row without its token resolves to nothing; fsck sweeps
  answer.rows_deleted = plan->rows.size();
  answer.tokens_gone = plan->tokens;
  answer.key_gone = room.customer_keys->Get(customer->id).reason() == Reason::kCustomerNotFound;
  answer.record_gone = room.sealed->GetRecord(customer->id).reason() == Reason::kCustomerNotFound;
  const Result<size_t> left = room.sealed->CountRows(plan->rows);
  answer.index_rows_gone = left.ok() && *left == 0;
  return Receipted<ErasureAnswer>(std::move(answer), Receipt::Settled(Status::Ok()));
}

Result<size_t> Customers::FinishErasures() {
  size_t finished = 0;
  for (const auto& room : house_.compartments()) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> intents, room->sealed->ListDocuments(Table::kIntent, {}, 10'000));
    for (const ListedDocument& document : intents) {
      ASSIGN_OR_RETURN(const ErasurePlan plan, ErasurePlan::Decode(document.content));
      AuditEntry entry;
      entry.actor_kind = PrincipalKind::kSystem;
      entry.action = Action::kCustomerErase;
      entry.decision = Decision::kPlain;
      entry.customers.push_back(plan.audit_id);
      RETURN_IF_ERROR(CarryOut(*room, plan, nullptr, std::move(entry), house_.clock().NowMillis()));
      RETURN_IF_ERROR(SweepDirectory(house_.office(), plan));
      ++finished;
    }
  }
  return finished;
}

}  // namespace strongroom
