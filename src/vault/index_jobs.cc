#include "vault/index_jobs.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr int64_t kOthersMillis = 10'000;
constexpr size_t kPieceCustomers = 200;
constexpr size_t kPieceBytes = 384 * 1024;  // a commit may hold 1 MiB, with its entry
constexpr int kIdBits = 52;                 // of a customer id, below its bucket

Bytes JobName(FieldId field) {
  Bytes name = "index-job";
  ByteWriter(name).U16(field);
  return name;
}

// Ids are random within the room's buckets, so that a place among them is a share of the customers.
double ShareDone(const CompartmentInfo& info, const IndexJobState& state) {
  if (state.phase == IndexJobState::Phase::kDone) return 1;
  const auto begin = static_cast<double>(uint64_t{info.first_bucket} << kIdBits);
  const auto end = static_cast<double>(uint64_t{info.last_bucket} + 1) * static_cast<double>(uint64_t{1} << kIdBits);
  const double walked = std::clamp((static_cast<double>(state.next) - begin) / (end - begin), 0.0, 1.0);
  return state.phase == IndexJobState::Phase::kMaking ? walked / 2 : 0.5 + walked / 2;
}

Result<IndexJobState> Load(const SealedStore& sealed, const FieldDef& field) {
  IndexJobState fresh;
  fresh.change = field.replaced->change;
  ASSIGN_OR_RETURN(const std::optional<Document> stored, sealed.GetDocument(Table::kHouse, JobName(field.id)));
  if (!stored.has_value()) return fresh;
  ASSIGN_OR_RETURN(IndexJobState state, IndexJobState::Decode(stored->content));
  // What an earlier change left says nothing of this one.
  if (state.change != fresh.change) state = fresh;
  state.version = stored->version;
  return state;
}

AuditEntry SystemEntry(const FieldDef& field, std::string detail) {
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kCatalogueChange;
  entry.decision = Decision::kPlain;
  entry.fields = {field.id};
  entry.detail = std::move(detail);
  return entry;
}

}  // namespace

Bytes IndexJobState::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.U64(change);
  writer.U8(static_cast<uint8_t>(phase));
  writer.U64(next);
  for (const uint64_t number : {looked_at, written, deleted, repairs, rounds}) writer.Varint(number);
  return out;
}

Result<IndexJobState> IndexJobState::Decode(ByteView content) {
  ByteReader reader(content);
  IndexJobState state;
  if (reader.U8() != kFormatVersion) return Status(Reason::kDataCorrupt, "an index job of an unknown version");
  state.change = reader.U64();
  const uint8_t phase = reader.U8();
  if (phase < 1 || phase > 3) return Status(Reason::kDataCorrupt, "an index job of an unknown phase");
  state.phase = static_cast<Phase>(phase);
  state.next = reader.U64();
  for (uint64_t* number : {&state.looked_at, &state.written, &state.deleted, &state.repairs, &state.rounds})
    *number = reader.Varint();
  RETURN_IF_ERROR(reader.Finish("an index job"));
  return state;
}

// One commit in the making.
struct IndexJobs::Piece {
  bool proving = false;
  SealedBatch batch;
  uint64_t customers = 0;
  uint64_t written = 0;
  uint64_t deleted = 0;
  uint64_t unreadable = 0;  // records that do not open: fsck tells of them, and they are found by no search
};

IndexJobs::~IndexJobs() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void IndexJobs::Start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
}

Status IndexJobs::last_status() const {
  const std::lock_guard lock(mutex_);
  return last_status_;
}

void IndexJobs::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const Result<Step> step = house_.on_duty() ? RunPiece() : Result<Step>(Step::kNothing);
    lock.lock();
    last_status_ = step.status();
    if (step.ok() && *step == Step::kWorked) continue;
    const auto pause = !step.ok()                ? std::chrono::milliseconds(5'000)
                       : *step == Step::kWaiting ? std::chrono::milliseconds(50)
                                                 : std::chrono::milliseconds(500);
    wake_.wait_for(lock, pause, [this] { return stopping_; });
  }
}

Status IndexJobs::RunAll() {
  while (true) {
    ASSIGN_OR_RETURN(const Step step, RunPiece());
    if (step == Step::kNothing) return Status::Ok();
    if (step == Step::kWaiting) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Result<IndexJobs::Step> IndexJobs::RunPiece() {
  const std::lock_guard lock(work_mutex_);
  const CataloguePtr catalogue = catalogue_.Current();
  for (const FieldDef& field : catalogue->fields()) {
    if (field.replaced.has_value()) return WorkOn(field);
  }
  return Step::kNothing;
}

// Each server reads the changed catalogue within a second or refuses; requests that began before it did have ended by
// then.
bool IndexJobs::OthersHadTime(uint64_t change) {
  const int64_t now = house_.clock().MonotonicMillis();
  const auto [since, added] = seen_since_.try_emplace(change, now);
  return !added && now - since->second >= kOthersMillis;
}

Result<IndexJobs::Step> IndexJobs::WorkOn(const FieldDef& field) {
  if (!settled_.contains(field.replaced->change)) {
    if (catalogue_.OlderSnapshotsInUse()) return Step::kWaiting;
    // Other servers, too, have to be done with the rule before.
    if (house_.view().shared() && !OthersHadTime(field.replaced->change)) return Step::kWaiting;
    settled_.insert(field.replaced->change);
  }
  for (const auto& room : house_.compartments()) {
    ASSIGN_OR_RETURN(IndexJobState state, Load(*room->sealed, field));
    if (state.phase == IndexJobState::Phase::kDone) continue;
    const Status walked = Walk(*room, field, state);
    if (walked.reason() == Reason::kStorageConflict) {
      piece_customers_ = std::max<size_t>(1, piece_customers_ / 4);  // a customer changed meanwhile: read it again
      return Step::kWorked;
    }
    RETURN_IF_ERROR(walked);
    piece_customers_ = std::min(kPieceCustomers, piece_customers_ * 2);
    TellProgress(field);
    return Step::kWorked;
  }
  RETURN_IF_ERROR(catalogue_.FinishRebuilding(field.id, field.replaced->change));
  for (const auto& room : house_.compartments()) {
    SealedBatch batch;
    room->sealed->DeleteDocument(batch, Table::kHouse, JobName(field.id));
    RETURN_IF_ERROR(
        room->journal->Submit(std::move(batch), SystemEntry(field, "field " + field.name + ", index complete")).Wait());
  }
  return Step::kWorked;
}

Status IndexJobs::AddCustomer(const Room& room, const FieldDef& field, CustomerId id, Piece& piece) const {
  const SealedStore& sealed = *room.sealed;
  const Result<OpenRecord> stored = sealed.GetRecordEvenBlocked(id);  // who may come back must be found again
  if (stored.reason() == Reason::kCustomerNotFound)
    return Status::Ok();  // erased meanwhile, or its key is: no row may be added
  ++piece.customers;
  if (stored.reason() == Reason::kDataCorrupt || stored.reason() == Reason::kKeyMissing) {
    ++piece.unreadable;
    return Status::Ok();
  }
  RETURN_IF_ERROR(stored.status());
  ASSIGN_OR_RETURN(const Record record, Record::Parse(stored->content.view()));
  const std::set<IndexRow> wanted = IndexRowsByRule(field, field.Rule(), record, house_.clock());
  const std::set<IndexRow> before = IndexRowsByRule(field, field.replaced->rule, record, house_.clock());
  // A first walk knows what is there: rows by the rule before.  A proof believes nothing.
  const auto is_there = [&](const IndexRow& row) -> Result<bool> {
    if (!piece.proving) return before.contains(row);
    return sealed.HasReference(row.label, row.value, id);
  };
  uint64_t changes = 0;
  for (const IndexRow& row : wanted) {
    ASSIGN_OR_RETURN(const bool there, is_there(row));
    if (there) continue;
    RETURN_IF_ERROR(sealed.PutReference(piece.batch, row.label, row.value, id));
    ++piece.written;
    ++changes;
  }
  for (const IndexRow& row : before) {
    if (wanted.contains(row)) continue;
    ASSIGN_OR_RETURN(const bool there, is_there(row));
    if (!there) continue;
    RETURN_IF_ERROR(sealed.DeleteReference(piece.batch, row.label, row.value, id));
    ++piece.deleted;
    ++changes;
  }
  if (changes > 0) sealed.ExpectRecord(piece.batch, id, stored->version);
  return Status::Ok();
}

Status IndexJobs::Walk(Room& room, const FieldDef& field, IndexJobState& state) {
  ASSIGN_OR_RETURN(const std::vector<CustomerId> ids, room.sealed->ScanRecords(state.next, piece_customers_));
  Piece piece;
  piece.proving = state.phase == IndexJobState::Phase::kProving;
  size_t done = 0;
  while (done < ids.size() && piece.batch.ApproximateSizeBytes() < kPieceBytes) {
    RETURN_IF_ERROR(AddCustomer(room, field, ids[done], piece));
    state.next = ids[done++] + 1;
  }
  state.looked_at += piece.customers;
  state.written += piece.written;
  state.deleted += piece.deleted;
  std::string detail = "field " + field.name + (piece.proving ? ", index proved: " : ", index built: ") +
                       std::to_string(piece.written) + " rows written, " + std::to_string(piece.deleted) + " deleted";
  if (piece.unreadable > 0) detail += ", " + std::to_string(piece.unreadable) + " records do not open";
  if (piece.proving) state.repairs += piece.written + piece.deleted;
  if (done == ids.size() && ids.size() < piece_customers_) {  // the end of this walk
    const bool proved = piece.proving && state.repairs == 0;
    state.phase = proved ? IndexJobState::Phase::kDone : IndexJobState::Phase::kProving;
    state.next = 0;
    state.repairs = 0;
    if (!proved) ++state.rounds;
  }
  RETURN_IF_ERROR(
      room.sealed->PutDocument(piece.batch, Table::kHouse, JobName(field.id), state.Encode(), state.version));
  AuditEntry entry = SystemEntry(field, std::move(detail));
  entry.count = static_cast<uint32_t>(piece.customers);
  return room.journal->Submit(std::move(piece.batch), std::move(entry)).Wait();
}

void IndexJobs::TellProgress(const FieldDef& field) {
  double done = 0;
  for (const auto& room : house_.compartments()) {
    const Result<IndexJobState> state = Load(*room->sealed, field);
    if (state.ok()) done += ShareDone(room->info, *state) / static_cast<double>(house_.compartments().size());
  }
  catalogue_.NoteProgress(field.id, std::clamp(static_cast<int>(done * 100), 0, 99));
}

}  // namespace strongroom
