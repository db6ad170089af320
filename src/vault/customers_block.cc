// Erasures that can be undone: first a customer is blocked, and destroyed when the time to undo is over.
//
// Blocking is one batch of the key store (keys/customer_keys.h): what is restored from a backup of the data opens as
// little as what is here.  It stands between two entries:
// (1) the intent;
// (2) the block.  From here on nothing of the customer opens for anybody who asks;
// (3) the outcome, with the record written anew: whoever opened it before the block and has not answered yet finds that
//     it changed, and shows nothing.
// Undoing is an entry, the end of the block, and an entry.  Destroying is an erasure like any other
// (customers_erase.cc); whoever begins one, blocks or undoes holds `beginning_`, so that nothing is destroyed that was
// just given back.
#include <thread>
#include <utility>

#include "vault/customers.h"
#include "vault/erasure_certificate.h"
#include "vault/erasure_plan.h"

namespace strongroom {
namespace {

constexpr int64_t kMillisPerDay = 86'400'000;
constexpr int kTries = 10;
constexpr int64_t kClockMarginMillis = 60'000;
constexpr size_t kAtOnce = 100;
constexpr int64_t kLookMillis = 50;

AuditEntry SystemEntry() {
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kCustomerErase;
  entry.decision = Decision::kPlain;
  return entry;
}

Status Erasing(const ErasureBlock& block, UnixMillis now) {
  if (block.due_at <= now) return Status(Reason::kCustomerErasing, "the time to undo this erasure is over");
  return Status(Reason::kCustomerErasing,
                "this customer is being erased; that can be undone until " + FormatTime(block.due_at));
}

}  // namespace

bool Customers::IsBlocked(CustomerId customer) const {
  const Room* const room = RoomNow(customer);
  if (room == nullptr) return false;
  const Result<std::optional<ErasureBlock>> block = room->customer_keys->BlockOf(customer);
  return !block.ok() || block->has_value();  // what cannot be read is taken for blocked
}

Status Customers::ToldOf(const Caller& caller, std::string_view code, const Status& failure) const {
  if (failure.reason() != Reason::kCustomerNotFound) return failure;
  const Result<OpenCustomer> customer = OpenEvenBlocked(code);
  if (!customer.ok()) return failure;
  const Result<std::optional<ErasureBlock>> block = customer->room->customer_keys->BlockOf(customer->id);
  if (!block.ok() || !block->has_value()) return failure;
  PolicyQuestion question;
  question.action = Action::kCustomerErase;
  question.compartment = customer->room->info.name;
  question.tier = customer->record.tier;
  if (gate_.policy().Get()->Decide(caller, question).decision == Decision::kDeny) return failure;
  return Erasing(**block, house_.clock().NowMillis());
}

// Steps 1 to 3; the first two are left out when it is blocked already.
Receipted<ErasureAnswer> Customers::BlockFor(Permit permit, const OpenCustomer& customer,
                                             const std::optional<ErasureBlock>& known) {
  Room& room = *customer.room;
  permit.entry().customers = {customer.record.audit_id};
  ErasureBlock block = known.value_or(ErasureBlock{});
  if (!known.has_value()) {
    block.asked_at = house_.clock().NowMillis();
    block.due_at = block.asked_at + erasing_.undo_days * kMillisPerDay;
    AuditEntry intent = permit.entry();
    intent.detail = "to be blocked until " + FormatTime(block.due_at);
    if (const Status written = permit.SubmitStep({}, std::move(intent)).Wait(); !written.ok()) {
      return permit.Fail<ErasureAnswer>(written);
    }
  }
  // Also of one who is noted: a key that lacks the mark gets it.
  if (const Status blocked = room.customer_keys->Block(customer.id, block); !blocked.ok()) {
    return permit.Fail<ErasureAnswer>(blocked);
  }
  ErasureAnswer answer;
  answer.code = house_.codes().EncodeCustomer(customer.id);
  answer.asked_at = block.asked_at;
  answer.undo_until = block.due_at;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const Result<OpenRecord> record = room.sealed->GetRecordEvenBlocked(customer.id);
    if (!record.ok()) return permit.Fail<ErasureAnswer>(record.status());
    SealedBatch batch;
    const Result<Digest> hash =
        room.sealed->PutRecord(batch, customer.id, *record->key, record->content.view(), record->version);
    if (!hash.ok()) return permit.Fail<ErasureAnswer>(hash.status());
    AuditEntry outcome = permit.entry();
    outcome.change = *hash;
    outcome.detail = "blocked until " + FormatTime(block.due_at);
    const Receipt receipt = permit.SubmitStep(std::move(batch), std::move(outcome));
    const Status written = receipt.Wait();
    if (written.ok()) {
      permit.Close();
      return Receipted<ErasureAnswer>(std::move(answer), receipt);
    }
    if (written.reason() != Reason::kStorageConflict) return permit.Fail<ErasureAnswer>(written);
  }
  return permit.Fail<ErasureAnswer>(Status(Reason::kRecordBusy));
}

Receipted<UndoAnswer> Customers::UndoErasure(const Caller& caller, std::string_view code) {
  const std::lock_guard beginning(beginning_);
  const Result<OpenCustomer> customer = OpenEvenBlocked(code);
  Permit permit = gate_.Authorise(caller, Action::kErasureUndo, customer.ok() ? customer->room : nullptr,
                                  customer.ok() ? customer->record.tier : 0);
  if (!permit.granted()) return permit.Refuse<UndoAnswer>();
  if (!customer.ok()) return permit.Fail<UndoAnswer>(customer.status());
  permit.entry().customers = {customer->record.audit_id};
  CustomerKeys& keys = *customer->room->customer_keys;
  const Result<std::optional<ErasureBlock>> block = keys.BlockOf(customer->id);
  if (!block.ok()) return permit.Fail<UndoAnswer>(block.status());
  UndoAnswer answer{house_.codes().EncodeCustomer(customer->id), block->has_value()};
  if (!answer.undone) {
    permit.entry().detail = "not being erased";
    return permit.Finish(std::move(answer));
  }
  // With several servers the one on duty destroys, and its clock may be ahead of this one's.
  const UnixMillis now = house_.clock().NowMillis() + (house_.view().shared() ? kClockMarginMillis : 0);
  if ((*block)->due_at <= now) return permit.Fail<UndoAnswer>(Erasing(**block, now));
  AuditEntry intent = permit.entry();
  intent.detail = "intent";
  if (const Status written = permit.SubmitStep({}, std::move(intent)).Wait(); !written.ok()) {
    return permit.Fail<UndoAnswer>(written);
  }
  if (const Status freed = keys.Unblock(customer->id); !freed.ok()) return permit.Fail<UndoAnswer>(freed);
  permit.entry().detail = "undone";
  return permit.Finish(std::move(answer));
}

// --- what is due -----------------------------------------------------------------------------------------------------

Status Customers::DestroyOne(Room& room, CustomerId customer) {
  AuditEntry entry = SystemEntry();
  const UnixMillis now = house_.clock().NowMillis();
  std::unique_lock beginning(beginning_);
  ASSIGN_OR_RETURN(const std::optional<ErasureBlock> block, room.customer_keys->BlockOf(customer));
  if (!block.has_value() || block->due_at > now) return Status::Ok();  // undone, or done, meanwhile
  const Result<OpenCustomer> opened = OpenByIdEvenBlocked(customer);
  if (opened.reason() == Reason::kCustomerNotFound) {
    ASSIGN_OR_RETURN(const std::optional<ErasurePlan> plan, ErasurePlan::Find(*room.sealed, customer));
    if (plan.has_value()) return Status::Ok();  // begun: FinishErasures() goes on with it
    // Data older than the customer was restored, or a create broke off: the key is all there is.
    entry.detail = "key without a record";
    RETURN_IF_ERROR(room.journal->Submit({}, entry).Wait());
    const Status destroyed = room.customer_keys->Destroy(customer, now);
    if (destroyed.reason() != Reason::kCustomerNotFound) return destroyed;
    return room.customer_keys->DropOrphans({customer});
  }
  RETURN_IF_ERROR(opened.status());
  entry.customers = {opened->record.audit_id};
  ASSIGN_OR_RETURN(ErasurePlan plan,
                   WriteIntent(*opened, block->asked_at, entry, [&room](SealedBatch batch, AuditEntry step) {
                     return room.journal->Submit(std::move(batch), std::move(step));
                   }));
  beginning.unlock();
  return CarryOut(room, plan, entry, now).status();
}

FinishedErasures Customers::DestroyDue() {
  FinishedErasures answer;
  const auto failed = [&answer](const Status& why) {
    ++answer.unfinished;
    if (answer.first_failure.ok()) answer.first_failure = why;
  };
  const UnixMillis now = house_.clock().NowMillis();
  for (const auto& room : house_.compartments()) {
    CustomerId begin = 0;
    while (true) {
      const auto blocked = room->customer_keys->ScanBlocked(begin, kAtOnce);
      if (!blocked.ok()) {
        failed(blocked.status());
        break;
      }
      for (const BlockedCustomer& one : *blocked) {
        if (one.block.due_at > now) continue;
        const Status done = DestroyOne(*room, one.customer);
        if (done.ok()) {
          ++answer.finished;
        } else {
          failed(done);
        }
      }
      if (blocked->size() < kAtOnce) break;
      begin = blocked->back().customer + 1;
    }
  }
  return answer;
}

// --- the certificate -------------------------------------------------------------------------------------------------

Receipted<std::string> Customers::ErasureCertificate(const Caller& caller, std::string_view code) {
  const Result<CustomerId> id = IdOf(code);
  Room* const room = id.ok() ? RoomNow(*id) : nullptr;
  Permit permit = gate_.Authorise(caller, Action::kErasureRead, room);
  if (!permit.granted()) return permit.Refuse<std::string>();
  if (!id.ok()) return permit.Fail<std::string>(id.status());
  if (room == nullptr) return permit.Fail<std::string>(Status(Reason::kCustomerNotFound));
  Result<std::optional<KeptErasure>> kept = FindErasure(*room->sealed, *id);
  if (!kept.ok()) return permit.Fail<std::string>(kept.status());
  if (!kept->has_value()) {
    return permit.Fail<std::string>(
        ToldOf(caller, code, Status(Reason::kCustomerNotFound, "no certificate of an erasure is kept for this code")));
  }
  const bool placed = (*kept)->index.has_value();
  Result<std::string> note = SignErasure(*room, **kept);
  // The log takes entries in a moment after they were written.
  for (int64_t waited = 0; note.ok() && !(*kept)->index.has_value() && waited < erasing_.merge_millis;
       waited += kLookMillis) {
    std::this_thread::sleep_for(std::chrono::milliseconds(kLookMillis));
    note = SignErasure(*room, **kept);
  }
  if (!note.ok()) return permit.Fail<std::string>(note.status());
  SealedBatch batch;
  if (!placed && (*kept)->index.has_value()) {
    if (const Status put = PutErasure(*room->sealed, batch, **kept); !put.ok()) return permit.Fail<std::string>(put);
  }
  return permit.Finish(*std::move(note), std::move(batch));
}

Result<size_t> Customers::SweepCertificates() {
  const UnixMillis before = house_.clock().NowMillis() - erasing_.certificate_days * kMillisPerDay;
  size_t swept = 0;
  for (const auto& room : house_.compartments()) {
    ASSIGN_OR_RETURN(const size_t some, SweepErasures(*room, before));
    swept += some;
  }
  return swept;
}

}  // namespace strongroom
