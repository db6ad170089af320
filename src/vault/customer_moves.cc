#include "vault/customer_moves.h"

#include <set>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "vault/erasure_plan.h"
#include "vault/index_rows.h"
#include "vault/record.h"
#include "vault/rekey.h"
#include "vault/token_item.h"

namespace strongroom {
namespace {

constexpr int kTries = 10;                         // against who changes the record just then
constexpr size_t kBatchBytes = size_t{600} << 10;  // with one part of a file more it stays below a group's limit
constexpr size_t kComparedAtOnce = 16;             // a part of a file has 256 KiB
constexpr size_t kItemsPerCommit = 5'000;          // deleted
constexpr size_t kMaxTokens = 1'000'000;
constexpr size_t kPage = 200;
constexpr uint8_t kTurnVersion = 1;

Bytes EncodeCustomer(CustomerId customer) {
  Bytes out;
  ByteWriter(out).U64(customer);
  return out;
}

// What a turn says: whoever wrote it last has it.
Bytes EncodeTurn(CustomerId customer, Random& random) {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kTurnVersion);
  writer.U64(customer);
  writer.U64(random.NextU64());
  return out;
}

// A token that several customers share cannot go along with one of them.
Status CheckTokens(const Room& room, CustomerId customer, const CustomerKey& key) {
  ASSIGN_OR_RETURN(const std::vector<Bytes> names, room.sealed->ListItems(customer, kTokenItemKind, kMaxTokens));
  for (const Bytes& name : names) {
    ASSIGN_OR_RETURN(const std::optional<OpenItem> opened, room.sealed->GetItem(customer, key, kTokenItemKind, name));
    if (!opened.has_value()) continue;
    ASSIGN_OR_RETURN(const TokenItem token, TokenItem::Decode(opened->content.view()));
    if (token.format == TokenFormat::kDeterministic) {
      return Status(Reason::kTokenFormatRefused,
                    "the customer has a deterministic token, which is shared within the compartment and cannot go "
                    "along");
    }
  }
  return Status::Ok();
}

bool SameRecord(const Record& one, const Record& other) {
  const auto same = [](const RecordValue& a, const RecordValue& b) {
    return a.field == b.field && a.item == b.item && a.text == b.text;
  };
  return one.tier == other.tier && one.consent_version == other.consent_version && one.audit_id == other.audit_id &&
         one.next_item == other.next_item &&
         std::equal(one.values.begin(), one.values.end(), other.values.begin(), other.values.end(), same);
}

// The rows that the customer has in this compartment.
std::vector<RowMark> MarksOf(const SealedStore& sealed, const std::vector<IndexRow>& rows, const Record& record,
                             CustomerId customer) {
  std::vector<RowMark> marks;
  marks.reserve(rows.size() + 2);
  for (const IndexRow& row : rows) marks.push_back(sealed.MarkOfReference(row.label, row.value, customer));
  if (const RecordValue* external_id = record.Find(kExternalIdField)) {
    marks.push_back(sealed.MarkOfUnique(ExternalIdLabel(), external_id->text));
  }
  marks.push_back(sealed.MarkOfUnique(AuditIdLabel(), View(record.audit_id)));
  return marks;
}

}  // namespace

struct CustomerMoves::Journey {
  CustomerId customer = 0;
  Room* from = nullptr;
  Room* to = nullptr;
  AuditEntry entry;  // who moves whom
  Arrival arrival;
  Departure departure;
  StoreVersion from_turn = kAbsent;
  StoreVersion to_turn = kAbsent;
  CustomerKeyPtr new_key;
  std::vector<RowMark> marks;  // of the copy
  size_t items = 0;
};

// --- what is asked ---------------------------------------------------------------------------------------------------

Receipted<MoveAnswer> CustomerMoves::Move(const Caller& caller, std::string_view code, std::string_view compartment) {
  Result<OpenCustomer> customer = customers_.Open(code);
  Permit permit = gate_.Authorise(caller, Action::kCustomerMove, customer.ok() ? customer->room : nullptr,
                                  customer.ok() ? customer->record.tier : 0);
  if (!permit.granted()) return permit.Refuse<MoveAnswer>();
  if (!customer.ok()) return permit.Fail<MoveAnswer>(customers_.ToldOf(caller, code, customer.status()));
  if (!permit.MayKnow(customer->record.tier)) return permit.Fail<MoveAnswer>(Status(Reason::kCustomerNotFound));
  permit.entry().customers = {customer->record.audit_id};
  const Result<Room*> to = house_.RoomByName(compartment);
  if (!to.ok()) return permit.Fail<MoveAnswer>(to.status());
  PolicyQuestion question;
  question.action = Action::kCustomerMove;
  question.compartment = (*to)->info.name;
  question.tier = customer->record.tier;
  if (gate_.policy().Get()->Decide(caller, question).decision == Decision::kDeny) {
    permit.Deny(Status(Reason::kDenied, "policy does not let you move customers into this compartment"));
    return permit.Refuse<MoveAnswer>();
  }

  MoveAnswer answer;
  answer.code = house_.codes().EncodeCustomer(customer->id);
  answer.from = customer->room->info.name;
  answer.to = (*to)->info.name;
  if (customer->room == *to) {
    permit.entry().detail = "lives there already";
    return permit.Finish(std::move(answer));
  }
  if (const Status duty = house_.CheckDuty(); !duty.ok()) return permit.Fail<MoveAnswer>(duty);
  const std::lock_guard one_at_a_time(moving_);
  if (const Status duty = house_.CheckDuty(); !duty.ok()) return permit.Fail<MoveAnswer>(duty);  // it may have waited
  Journey journey;
  journey.customer = customer->id;
  journey.from = customer->room;
  journey.to = *to;
  journey.entry = permit.entry();
  if (const Status target = CheckTarget(**to, *customer); !target.ok()) return permit.Fail<MoveAnswer>(target);
  if (const Status movable = CheckTokens(*journey.from, journey.customer, *customer->stored.key); !movable.ok()) {
    return permit.Fail<MoveAnswer>(movable);
  }
  if (const Status moved = MoveNow(journey); !moved.ok()) {
    return permit.Fail<MoveAnswer>(moved.reason() == Reason::kStorageConflict ? Status(Reason::kRecordBusy) : moved);
  }
  permit.Close();  // each step has its entry
  answer.moved = true;
  answer.items = journey.items;
  answer.index_rows = journey.marks.size();
  return Receipted<MoveAnswer>(std::move(answer), Receipt::Settled(Status::Ok()));
}

Status CustomerMoves::CheckTarget(const Room& to, const OpenCustomer& customer) const {
  const RecordValue* const external_id = customer.record.Find(kExternalIdField);
  if (external_id == nullptr) return Status::Ok();
  ASSIGN_OR_RETURN(const std::optional<UniqueRow> row, to.sealed->GetUnique(ExternalIdLabel(), external_id->text));
  if (!row.has_value() || row->content == EncodeCustomer(customer.id)) return Status::Ok();
  return Status(Reason::kExternalIdTaken, "another customer of that compartment has this customer's external id");
}

Status CustomerMoves::MoveNow(Journey& journey) {
  // A broken off move of this customer would be in the way.
  for (const auto& room : house_.compartments()) {
    RETURN_IF_ERROR(Resume(*room, journey.customer, journey.entry));
  }
  ASSIGN_OR_RETURN(Room* const lives, house_.WhereIs(journey.customer));
  if (lives != journey.from) return Status(Reason::kRecordBusy);  // moved by somebody else just now
  ASSIGN_OR_RETURN(journey.departure.generation, journey.from->customer_keys->GenerationOf(journey.customer));
  journey.departure.to = journey.to->info.id;
  journey.departure.at = house_.clock().NowMillis();
  journey.arrival = Arrival{journey.from->info.id, journey.departure.generation, journey.departure.at};
  const Result<CustomerKeyPtr> key = journey.to->customer_keys->BeginArrival(journey.customer, journey.arrival);
  Status moved = key.status();
  if (key.ok()) {
    journey.new_key = *key;
    moved = Begin(journey);
    if (moved.ok()) moved = Depart(journey);
    if (moved.ok()) moved = Copy(journey);
    if (moved.ok()) moved = Compare(journey);
    if (moved.ok()) BeforeStep();
    if (moved.ok()) moved = journey.from->customer_keys->CutOver(journey.customer, journey.departure);
    if (moved.ok()) moved = Finish(journey);
  }
  if (moved.ok()) return moved;
  // What the rows say decides, not what was heard: a batch whose answer was lost may have been written.  Another server
  // that has come on duty since does it, and is left to it.
  const Status resumed =
      house_.CheckDuty().ok() ? Resume(*journey.to, journey.customer, journey.entry) : Status(Reason::kRecordBusy);
  // Another server may have ended the move before this one wrote that the customer leaves: nobody else takes that back.
  const Status given_back = journey.from->customer_keys->AbortDeparture(journey.customer, journey.departure);
  if (!resumed.ok() || !given_back.ok()) left_over_ = true;
  DropTurns(journey);
  const Result<Room*> now = house_.WhereIs(journey.customer);
  return resumed.ok() && now.ok() && *now == journey.to ? Status::Ok() : moved;
}

// --- turns -----------------------------------------------------------------------------------------------------------

Status CustomerMoves::RecordStep(Room& room, SealedBatch batch, AuditEntry entry, std::string detail) const {
  BeforeStep();
  entry.detail = std::move(detail);
  return room.journal->Submit(std::move(batch), std::move(entry)).Wait();
}

Status CustomerMoves::PutTurn(Room& room, SealedBatch& batch, CustomerId customer, Bytes& turn) const {
  turn = EncodeTurn(customer, house_.random());
  return room.sealed->OverwriteDocument(batch, Table::kMoveTurn, EncodeCustomer(customer), turn);
}

Result<StoreVersion> CustomerMoves::VersionOfTurn(const Room& room, CustomerId customer, ByteView turn) const {
  ASSIGN_OR_RETURN(const std::optional<Document> now,
                   room.sealed->GetDocument(Table::kMoveTurn, EncodeCustomer(customer)));
  if (ignore_turns_) return now.has_value() ? now->version : kAbsent;
  if (!now.has_value() || now->content != turn) return Status(Reason::kRecordBusy);  // somebody else's
  return now->version;
}

Result<StoreVersion> CustomerMoves::TakeTurn(Room& room, const Journey& journey, std::string detail) const {
  SealedBatch batch;
  Bytes turn;
  RETURN_IF_ERROR(PutTurn(room, batch, journey.customer, turn));
  RETURN_IF_ERROR(RecordStep(room, std::move(batch), journey.entry, std::move(detail)));
  return VersionOfTurn(room, journey.customer, turn);
}

void CustomerMoves::ExpectTurn(const Room& room, SealedBatch& batch, CustomerId customer, StoreVersion turn) const {
  if (!ignore_turns_) room.sealed->ExpectDocument(batch, Table::kMoveTurn, EncodeCustomer(customer), turn);
}

void CustomerMoves::EndTurn(const Room& room, SealedBatch& batch, CustomerId customer, StoreVersion turn) const {
  ExpectTurn(room, batch, customer, turn);
  room.sealed->DeleteDocument(batch, Table::kMoveTurn, EncodeCustomer(customer));
}

// Those that were taken after another server had ended the move.
void CustomerMoves::DropTurns(const Journey& journey) const {
  for (const auto& [room, turn] : {std::pair{journey.from, journey.from_turn}, {journey.to, journey.to_turn}}) {
    if (turn == kAbsent) continue;
    SealedBatch batch;
    EndTurn(*room, batch, journey.customer, turn);
    RecordStep(*room, std::move(batch), journey.entry, "ended by another server")
        .IgnoreError();  // or not ours any more
  }
}

// Whoever ends a move takes the turn first.  So what is found now stays true until the turn is taken away, and then
// nothing is written any more.
Status CustomerMoves::CheckArrival(const Journey& journey) const {
  ASSIGN_OR_RETURN(const std::optional<Arrival> arrival, journey.to->customer_keys->ArrivalOf(journey.customer));
  const bool same = arrival.has_value() && *arrival == journey.arrival;
  return same || ignore_turns_ ? Status::Ok() : Status(Reason::kRecordBusy);
}

// --- the steps -------------------------------------------------------------------------------------------------------

// The rest of step 1.
Status CustomerMoves::Begin(Journey& journey) const {
  ASSIGN_OR_RETURN(journey.to_turn, TakeTurn(*journey.to, journey, "intent: from " + journey.from->info.name));
  return CheckArrival(journey);
}

// Step 2.
Status CustomerMoves::Depart(Journey& journey) const {
  Room& from = *journey.from;
  BeforeStep();
  RETURN_IF_ERROR(from.customer_keys->BeginDeparture(journey.customer, journey.departure));
  Status written(Reason::kRecordBusy);
  Bytes turn;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    ASSIGN_OR_RETURN(const OpenRecord stored, from.sealed->GetRecordEvenBlocked(journey.customer));
    SealedBatch batch;
    AuditEntry entry = journey.entry;
    RETURN_IF_ERROR(PutTurn(from, batch, journey.customer, turn));
    ASSIGN_OR_RETURN(entry.change, from.sealed->PutRecord(batch, journey.customer, *stored.key, stored.content.view(),
                                                          stored.version));
    written = RecordStep(from, std::move(batch), std::move(entry), "intent: to " + journey.to->info.name);
    if (written.reason() != Reason::kStorageConflict) break;
  }
  RETURN_IF_ERROR(written);
  ASSIGN_OR_RETURN(journey.from_turn, VersionOfTurn(from, journey.customer, turn));
  RETURN_IF_ERROR(CheckArrival(journey));
  // From here on nothing is written beside the customer.  What was taken away before is noted with the key that sealed
  // it, which is about to become a past one.
  RETURN_IF_ERROR(NoteMarked(*from.sealed, journey.customer));
  ASSIGN_OR_RETURN(const CustomerKeyPtr key, from.customer_keys->GetAfresh(journey.customer));
  return CheckTokens(from, journey.customer, *key);
}

// Step 3.  The record comes last: a copy of the store that has it has everything.
Status CustomerMoves::Copy(Journey& journey) const {
  const SealedStore& sealed = *journey.to->sealed;
  const CustomerId customer = journey.customer;
  const std::string detail = "copy from " + journey.from->info.name;
  ASSIGN_OR_RETURN(const OpenRecord stored, journey.from->sealed->GetRecordEvenBlocked(customer));
  Bytes after;
  while (true) {
    SealedBatch batch;
    ASSIGN_OR_RETURN(const CopiedItems page, sealed.CopyItems(batch, *journey.from->sealed, customer, *stored.key,
                                                              *journey.new_key, after, kBatchBytes));
    if (page.unreadable > 0) {
      return Status(Reason::kDataCorrupt,
                    "something beside the record does not open; 'strongroom fsck' tells what it is");
    }
    if (page.items > 0) {
      AuditEntry entry = journey.entry;
      entry.count = static_cast<uint32_t>(page.items);
      ExpectTurn(*journey.to, batch, customer, journey.to_turn);
      RETURN_IF_ERROR(RecordStep(*journey.to, std::move(batch), std::move(entry), detail + ": items"));
      journey.items += page.items;
    }
    if (page.last) break;
    after = page.next;
  }
  ASSIGN_OR_RETURN(Record record, Record::Parse(stored.content.view()));
  const CataloguePtr catalogue = catalogue_.Current();  // until its rows are written (vault/index_jobs.h)
  SealedBatch batch;
  RETURN_IF_ERROR(sealed.TakeLease(batch));
  record.epoch = batch.lease()->open().number;
  ASSIGN_OR_RETURN(const PlainBytes content, record.Encode());
  AuditEntry entry = journey.entry;
  ASSIGN_OR_RETURN(entry.change, sealed.PutRecord(batch, customer, *journey.new_key, content.view(), kAbsent));
  const std::set<IndexRow> wanted = IndexRowsOf(*catalogue, record, house_.clock());
  const std::vector<IndexRow> rows(wanted.begin(), wanted.end());
  for (const IndexRow& row : rows) RETURN_IF_ERROR(sealed.PutReference(batch, row.label, row.value, customer));
  if (const RecordValue* external_id = record.Find(kExternalIdField)) {
    RETURN_IF_ERROR(sealed.PutUnique(batch, ExternalIdLabel(), external_id->text, EncodeCustomer(customer)));
  }
  RETURN_IF_ERROR(sealed.PutUnique(batch, AuditIdLabel(), View(record.audit_id), EncodeCustomer(customer)));
  journey.marks = MarksOf(sealed, rows, record, customer);
  ExpectTurn(*journey.to, batch, customer, journey.to_turn);
  return RecordStep(*journey.to, std::move(batch), std::move(entry), detail);
}

// Step 4, from what the stores hold and the keys that the key stores hold.
Status CustomerMoves::Compare(const Journey& journey) const {
  const Status differs(Reason::kDataCorrupt, "the copy differs from what it was made from; nothing was moved");
  const SealedStore& theirs = *journey.from->sealed;
  const SealedStore& ours = *journey.to->sealed;
  ASSIGN_OR_RETURN(const CustomerKeyPtr their_key, journey.from->customer_keys->GetAfresh(journey.customer));
  ASSIGN_OR_RETURN(const CustomerKeyPtr our_key, journey.to->customer_keys->GetAfresh(journey.customer));
  ASSIGN_OR_RETURN(const OpenRecord original, theirs.GetRecordWith(journey.customer, their_key));
  ASSIGN_OR_RETURN(const OpenRecord copy, ours.GetRecordWith(journey.customer, our_key));
  ASSIGN_OR_RETURN(const Record one, Record::Parse(original.content.view()));
  ASSIGN_OR_RETURN(const Record other, Record::Parse(copy.content.view()));
  if (!SameRecord(one, other)) return differs;
  Bytes after;
  size_t items = 0;
  while (true) {
    ASSIGN_OR_RETURN(const CopiedItems page,
                     ours.CompareItems(theirs, journey.customer, *their_key, *our_key, after, kComparedAtOnce));
    if (!page.same) return differs;
    items += page.items;
    if (page.last) break;
    after = page.next;
  }
  if (items != journey.items) return differs;
  ASSIGN_OR_RETURN(const size_t rows, ours.CountMarked(journey.marks));
  return rows == journey.marks.size() ? Status::Ok() : differs;
}

// Step 6; may be done again.
Status CustomerMoves::Finish(const Journey& journey) const {
  BeforeStep();
  RETURN_IF_ERROR(journey.to->customer_keys->EndArrival(journey.customer, journey.arrival));
  const Result<CustomerKeyPtr> past = journey.from->customer_keys->GetDeparted(journey.customer);
  RETURN_IF_ERROR(DeleteAll(*journey.from, journey.customer, past, journey.from_turn, journey.entry,
                            "moved away to " + journey.to->info.name));
  SealedBatch batch;
  EndTurn(*journey.to, batch, journey.customer, journey.to_turn);
  RETURN_IF_ERROR(RecordStep(*journey.to, std::move(batch), journey.entry, "arrived from " + journey.from->info.name));
  BeforeStep();
  return journey.to->customer_keys->ForgetArrival(journey.customer, journey.arrival);
}

// What was copied goes; may be done again.
Status CustomerMoves::GiveUp(const Journey& journey) const {
  const Result<CustomerKeyPtr> key = journey.to->customer_keys->GetAfresh(journey.customer);
  RETURN_IF_ERROR(DeleteAll(*journey.to, journey.customer, key, journey.to_turn, journey.entry,
                            "given up; copy from " + journey.from->info.name));
  SealedBatch batch;
  EndTurn(*journey.from, batch, journey.customer, journey.from_turn);
  RETURN_IF_ERROR(
      RecordStep(*journey.from, std::move(batch), journey.entry, "stays; no copy at " + journey.to->info.name));
  BeforeStep();
  return journey.to->customer_keys->DropArrival(journey.customer, journey.arrival);
}

Status CustomerMoves::DeleteAll(Room& room, CustomerId customer, const Result<CustomerKeyPtr>& keys, StoreVersion turn,
                                AuditEntry entry, const std::string& detail) const {
  const SealedStore& sealed = *room.sealed;
  const CataloguePtr catalogue = catalogue_.Current();
  std::vector<RowMark> marks;
  ASSIGN_OR_RETURN(const std::vector<CustomerId> next, sealed.ScanRecords(customer, 1));
  const bool record = !next.empty() && next.front() == customer;
  if (record && keys.ok()) {
    OpenCustomer opened;
    opened.room = &room;
    opened.id = customer;
    ASSIGN_OR_RETURN(opened.stored, sealed.GetRecordWith(customer, *keys));
    ASSIGN_OR_RETURN(opened.record, Record::Parse(opened.stored.content.view()));
    ASSIGN_OR_RETURN(const ErasurePlan plan, ErasurePlan::Make(room, *catalogue, opened, house_.clock(), 0));
    marks = plan.rows;
    entry.customers = {opened.record.audit_id};
  } else if (record && keys.reason() != Reason::kCustomerNotFound) {
    return keys.status();  // without a key the rows are for fsck to sweep
  }
  while (true) {
    SealedBatch batch;
    ASSIGN_OR_RETURN(const size_t items, sealed.DeleteAllItems(batch, customer, kItemsPerCommit));
    AuditEntry step = entry;
    step.count = static_cast<uint32_t>(items);
    if (items == kItemsPerCommit) {
      ExpectTurn(room, batch, customer, turn);
      RETURN_IF_ERROR(RecordStep(room, std::move(batch), std::move(step), "items of who was moved"));
      continue;
    }
    EndTurn(room, batch, customer, turn);
    if (items == 0 && !record) {  // done before, or nothing was copied
      return RecordStep(room, std::move(batch), std::move(step), "nothing is left here");
    }
    RETURN_IF_ERROR(sealed.DeleteMarked(batch, marks));
    sealed.DeleteRecord(batch, customer);
    ForgetMark(sealed, batch, customer);
    return RecordStep(room, std::move(batch), std::move(step), detail);
  }
}

// --- after a crash ---------------------------------------------------------------------------------------------------

// From the turns on, whoever was at it before writes nothing any more; what the rows say after that is what counts.
Status CustomerMoves::Resume(Room& to, CustomerId customer, const AuditEntry& entry) const {
  ASSIGN_OR_RETURN(const std::optional<Arrival> arrival, to.customer_keys->ArrivalOf(customer));
  if (!arrival.has_value()) return Status::Ok();
  Journey journey;
  journey.customer = customer;
  journey.to = &to;
  journey.from = house_.RoomById(arrival->from);
  journey.entry = entry;
  journey.arrival = *arrival;
  journey.departure = {DepartureState::kLeaving, to.info.id, arrival->generation, arrival->at};
  if (journey.from == nullptr) return Status(Reason::kDataCorrupt, "a customer arrives from no compartment there is");
  ASSIGN_OR_RETURN(journey.to_turn, TakeTurn(to, journey, "taken up again: from " + journey.from->info.name));
  ASSIGN_OR_RETURN(journey.from_turn, TakeTurn(*journey.from, journey, "taken up again: to " + to.info.name));
  if (const Status mine = CheckArrival(journey); !mine.ok()) {
    DropTurns(journey);
    return mine;
  }
  CustomerKeys& left = *journey.from->customer_keys;
  // Unless they have gone the customer lives where they were.  They are given back first: the copy goes when it is sure
  // not to count.
  BeforeStep();
  RETURN_IF_ERROR(left.AbortDeparture(customer, journey.departure));
  ASSIGN_OR_RETURN(const std::optional<Departure> departure, left.DepartureOf(customer));
  const bool gone =
      departure.has_value() && departure->state == DepartureState::kGone && SameMove(*departure, journey.departure);
  return gone ? Finish(journey) : GiveUp(journey);
}

// Who leaves for where nobody knows of it: a server went on after another had ended the move, and then crashed.
Status CustomerMoves::GiveBackWhoOnlyLeaves(Room& from) const {
  CustomerId begin = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<CustomerId> page, from.customer_keys->ScanDepartures(begin, kPage));
    for (const CustomerId customer : page) {
      ASSIGN_OR_RETURN(const std::optional<Departure> departure, from.customer_keys->DepartureOf(customer));
      if (!departure.has_value() || departure->state != DepartureState::kLeaving) continue;
      const Room* const to = house_.RoomById(departure->to);
      if (to == nullptr) return Status(Reason::kDataCorrupt, "a customer leaves for no compartment there is");
      ASSIGN_OR_RETURN(const std::optional<Arrival> arrival, to->customer_keys->ArrivalOf(customer));
      const Arrival same{from.info.id, departure->generation, departure->at};
      if (!arrival.has_value() || *arrival != same) {
        RETURN_IF_ERROR(from.customer_keys->AbortDeparture(customer, *departure));
      }
    }
    if (page.size() < kPage) return Status::Ok();
    begin = page.back() + 1;
  }
}

FinishedMoves CustomerMoves::FinishMoves() {
  FinishedMoves answer;
  if (!house_.on_duty()) return answer;
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kCustomerMove;
  entry.decision = Decision::kPlain;
  const auto note = [&answer](const Status& status) {
    ++(status.ok() ? answer.finished : answer.unfinished);
    if (answer.first_failure.ok()) answer.first_failure = status;
  };
  const std::lock_guard one_at_a_time(moving_);
  left_over_ = false;
  for (const auto& room : house_.compartments()) {
    CustomerId begin = 0;
    while (true) {
      const auto page = room->customer_keys->ScanArrivals(begin, kPage);
      if (!page.ok()) {
        note(page.status());
        break;
      }
      for (const CustomerId customer : *page) note(Resume(*room, customer, entry));
      if (page->size() < kPage) break;
      begin = page->back() + 1;
    }
    if (const Status given_back = GiveBackWhoOnlyLeaves(*room); !given_back.ok()) note(given_back);
  }
  if (answer.unfinished > 0) left_over_ = true;
  return answer;
}

}  // namespace strongroom
