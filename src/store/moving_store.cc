#include "store/moving_store.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace strongroom {
namespace {

// The move's own rows; no other row of any store begins with this letter.
constexpr char kMoveRows = 'y';
constexpr char kLeaving[] = "yleaving";    // in the old place: this move has begun
constexpr char kArriving[] = "yarriving";  // in the new place: it is not complete yet
constexpr char kArrived[] = "yarrived";    // in the new place: it is complete, and this is the move that filled it
constexpr char kMoved[] = "ymoved";        // in the old place: everything is in the new one
constexpr size_t kMostMoveRows = 4;        // in one store
constexpr char kVersion = 1;
constexpr size_t kIdBytes = 16;

constexpr size_t kLeastPageRows = 8;
constexpr size_t kMostPageRows = 2'000;
constexpr size_t kMostBatchBytes = size_t{1} << 20;

bool IsMoveRow(ByteView key) { return !key.empty() && key.front() == kMoveRows; }

Bytes MoveRowValue(ByteView id, std::string_view place = {}) {
  Bytes value(1, kVersion);
  value += id;
  value += place;
  return value;
}

// The id a move's row carries.
Result<std::optional<Bytes>> ReadMoveRow(const Store& store, const char* key, Bytes* whole = nullptr) {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, store.Get(key));
  if (!row.has_value()) return std::optional<Bytes>();
  if (row->bytes.size() < 1 + kIdBytes || row->bytes.front() != kVersion)
    return Status(Reason::kDataCorrupt, "a row that tells of a store's move cannot be read");
  if (whole != nullptr) *whole = row->bytes;
  return std::optional<Bytes>(row->bytes.substr(1, kIdBytes));
}

Bytes KeyAfter(ByteView key) {
  Bytes after(key);
  after.push_back('\0');
  return after;
}

// The move's own rows are nobody's.
Result<std::vector<StoreRow>> ScanOthers(const StoreReader& store, const ScanRange& range) {
  ScanRange wider = range;
  wider.limit += kMostMoveRows;
  ASSIGN_OR_RETURN(std::vector<StoreRow> rows, store.Scan(wider));
  std::erase_if(rows, [](const StoreRow& row) { return IsMoveRow(row.key); });
  if (rows.size() > range.limit) rows.resize(range.limit);
  return rows;
}

class OthersReader : public StoreReader {
 public:
  explicit OthersReader(std::unique_ptr<StoreReader> all) : all_(std::move(all)) {}
  Result<std::optional<StoreValue>> Get(ByteView key) const override { return all_->Get(key); }
  Result<std::vector<std::optional<StoreValue>>> MultiGet(const std::vector<Bytes>& keys) const override {
    return all_->MultiGet(keys);
  }
  Result<std::vector<StoreRow>> Scan(const ScanRange& range) const override { return ScanOthers(*all_, range); }

 private:
  const std::unique_ptr<StoreReader> all_;
};

// All of a range, whatever its length.
Result<std::vector<StoreRow>> ScanAll(const Store& store, const Bytes& begin, const Bytes& end) {
  std::vector<StoreRow> rows;
  ScanRange range{begin, end, kMostPageRows};
  while (true) {
    ASSIGN_OR_RETURN(std::vector<StoreRow> page, store.Scan(range));
    const bool last = page.size() < range.limit;
    for (StoreRow& row : page) rows.push_back(std::move(row));
    if (last) return rows;
    range.begin = KeyAfter(rows.back().key);
  }
}

}  // namespace

Status CheckNotMoved(const Store& store) {
  Bytes moved;
  ASSIGN_OR_RETURN(const std::optional<Bytes> id, ReadMoveRow(store, kMoved, &moved));
  if (id.has_value())
    return Status(Reason::kStoreMoved,
                  "everything in this store is in " + moved.substr(1 + kIdBytes) + " now: say so in the configuration");
  ASSIGN_OR_RETURN(const std::optional<Bytes> arriving, ReadMoveRow(store, kArriving));
  if (arriving.has_value())
    return Status(Reason::kStoreMoved,
                  "a move to this store has not been completed: the old place is still the one to use");
  return Status::Ok();
}

MovingStore::MovingStore(std::unique_ptr<Store> from, std::unique_ptr<Store> to, Bytes id, std::string to_name)
    : from_(std::move(from)),
      to_(std::move(to)),
      id_(std::move(id)),
      to_name_(std::move(to_name)),
      live_(from_.get()) {}

Result<std::unique_ptr<MovingStore>> MovingStore::Open(std::unique_ptr<Store> from, std::unique_ptr<Store> to,
                                                       ByteView id, const std::string& to_name) {
  if (id.size() != kIdBytes) return Status(Reason::kInternal, "the id of a store's move has 16 bytes");
  ASSIGN_OR_RETURN(const std::optional<Bytes> moved, ReadMoveRow(*from, kMoved));
  ASSIGN_OR_RETURN(const std::optional<Bytes> leaving, ReadMoveRow(*from, kLeaving));
  ASSIGN_OR_RETURN(const std::optional<Bytes> arriving, ReadMoveRow(*to, kArriving));
  ASSIGN_OR_RETURN(const std::optional<Bytes> arrived, ReadMoveRow(*to, kArrived));
  ASSIGN_OR_RETURN(const std::optional<Bytes> arriving_here, ReadMoveRow(*from, kArriving));
  if (arriving_here.has_value())
    return Status(Reason::kStoreMoved, "the store that is to move is the new place of a move that is not complete");

  std::unique_ptr<MovingStore> store(
      new MovingStore(std::move(from), std::move(to), leaving.value_or(Bytes(id)), to_name));
  if (moved.has_value()) {
    if (arriving != moved && arrived != moved)
      return Status(Reason::kStoreMoved, "the old place has moved to another place than the new one that is named");
    store->live_ = store->to_.get();
    store->progress_.phase = StoreMovePhase::kEmptying;
    return store;
  }
  if (!arriving.has_value() || leaving != arriving) {
    // Nothing there may be lost; a mark alone is of a beginning that was broken off, or of a place that was left and
    // emptied before.
    ASSIGN_OR_RETURN(const std::vector<StoreRow> any, store->to_->Scan({{}, {}, 2}));
    if (any.size() > 1 || (any.size() == 1 && any.front().key != kArriving && any.front().key != kMoved))
      return Status(Reason::kStoreNotEmpty, "the new place holds rows that this move did not bring");
  }
  RETURN_IF_ERROR(store->Begin());
  return store;
}

// The new place first: one that is marked and never filled is refused, one that is filled and not marked would not be.
Status MovingStore::Begin() {
  StoreBatch arriving;
  arriving.puts.push_back({kArriving, MoveRowValue(id_)});
  arriving.deletes.push_back(kMoved);  // of a move away from there, long ago
  RETURN_IF_ERROR(to_->Commit(arriving));
  StoreBatch leaving;
  leaving.puts.push_back({kLeaving, MoveRowValue(id_)});
  RETURN_IF_ERROR(from_->Commit(leaving));
  progress_.passes = 1;
  return Status::Ok();
}

// --- the store that others use
// -----------------------------------------------------------------------------------------

Result<std::optional<StoreValue>> MovingStore::Get(ByteView key) const {
  const std::shared_lock reading(reads_);
  return live().Get(key);
}

Result<std::vector<std::optional<StoreValue>>> MovingStore::MultiGet(const std::vector<Bytes>& keys) const {
  const std::shared_lock reading(reads_);
  return live().MultiGet(keys);
}

Result<std::vector<StoreRow>> MovingStore::Scan(const ScanRange& range) const {
  const std::shared_lock reading(reads_);
  return ScanOthers(live(), range);
}

Result<std::unique_ptr<StoreReader>> MovingStore::Snapshot() const {
  const std::shared_lock reading(reads_);
  ASSIGN_OR_RETURN(std::unique_ptr<StoreReader> snapshot, live().Snapshot());
  return std::unique_ptr<StoreReader>(std::make_unique<OthersReader>(std::move(snapshot)));
}

Status MovingStore::Compact(ByteView begin, ByteView end) {
  Status compacted = from_->Compact(begin, end);
  const Status other = to_->Compact(begin, end);
  return compacted.ok() ? other : compacted;
}

std::vector<Status> MovingStore::CommitGroup(const std::vector<const StoreBatch*>& batches, const Finisher& finish) {
  const std::lock_guard alone(commits_);
  if (live_ == to_.get()) return to_->CommitGroup(batches, finish);

  StoreBatch written;  // what the old place wrote, as one batch without conditions
  const auto note = [&](const std::vector<size_t>& admitted, StoreBatch& extra) -> Status {
    if (finish) RETURN_IF_ERROR(finish(admitted, extra));
    // Later batches of a group win over earlier ones, as they do in the store.
    std::vector<const StoreBatch*> in_order;
    for (const size_t index : admitted) in_order.push_back(batches[index]);
    in_order.push_back(&extra);
    std::map<Bytes, std::optional<Bytes>> rows;
    for (const StoreBatch* batch : in_order) {
      for (const StorePut& put : batch->puts) rows[put.key] = put.value;
      for (const Bytes& key : batch->deletes) rows[key] = std::nullopt;
    }
    for (auto& [key, value] : rows) {
      if (value.has_value()) {
        written.puts.push_back({key, *std::move(value)});
      } else {
        written.deletes.push_back(key);
      }
    }
    return Status::Ok();
  };
  std::vector<Status> statuses = from_->CommitGroup(batches, note);
  // A write whose outcome is not known may or may not be there: the next pass sees what is.
  const bool unknown = std::any_of(statuses.begin(), statuses.end(), [](const Status& status) {
    return !status.ok() && status.reason() != Reason::kStorageConflict;
  });
  if (unknown) missed_one_ = true;
  if (unknown || (written.puts.empty() && written.deletes.empty())) return statuses;
  const Status mirrored = to_->Commit(written);
  if (!mirrored.ok()) {
    missed_one_ = true;
    Note(mirrored);
  }
  return statuses;
}

// --- the move
// ----------------------------------------------------------------------------------------------------------

StoreMoveProgress MovingStore::progress() const {
  const std::lock_guard lock(progress_mutex_);
  return progress_;
}

void MovingStore::Note(const Status& status) {
  const std::lock_guard lock(progress_mutex_);
  progress_.last = status;
}

Result<bool> MovingStore::MoveSome() {
  StoreMovePhase phase = progress().phase;
  if (phase == StoreMovePhase::kDone) return false;
  const Status done = phase == StoreMovePhase::kCopying ? CopyPage() : EmptyPage();
  Note(done);
  RETURN_IF_ERROR(done);
  return progress().phase != StoreMovePhase::kDone;
}

// Under the commits' mutex, so that the page cannot change between the two reads.
Status MovingStore::CopyPage() {
  const std::lock_guard alone(commits_);
  if (missed_one_) {
    missed_one_ = false;
    differed_ = false;
    cursor_.clear();
    const std::lock_guard lock(progress_mutex_);
    ++progress_.passes;
    progress_.rows_compared = 0;
  }
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows, from_->Scan({cursor_, {}, page_rows_}));
  const bool last = rows.size() < page_rows_;
  const Bytes end = last ? Bytes() : KeyAfter(rows.back().key);
  RETURN_IF_ERROR(BringRange(rows, end));
  size_t bytes = 1;
  for (const StoreRow& row : rows) bytes += row.key.size() + row.value.size();
  page_rows_ = std::clamp(page_rows_ * kPageBytes / bytes, std::max(kLeastPageRows, page_rows_ / 4),
                          std::min(kMostPageRows, page_rows_ * 2));
  {
    const std::lock_guard lock(progress_mutex_);
    progress_.rows_compared += rows.size();
  }
  cursor_ = end;
  if (!last) return Status::Ok();
  if (!differed_) return CutOver();
  differed_ = false;
  const std::lock_guard lock(progress_mutex_);
  ++progress_.passes;
  progress_.rows_compared = 0;
  return Status::Ok();
}

// Makes the new place's rows from the cursor to `end` those of the old one.
Status MovingStore::BringRange(const std::vector<StoreRow>& rows, const Bytes& end) {
  ASSIGN_OR_RETURN(const std::vector<StoreRow> there, ScanAll(*to_, cursor_, end));
  StoreBatch batch;
  uint64_t written = 0;
  const auto commit = [&]() -> Status {
    if (batch.puts.empty() && batch.deletes.empty()) return Status::Ok();
    differed_ = true;  // also when it fails: then it is not known
    RETURN_IF_ERROR(to_->Commit(batch));
    written += batch.puts.size() + batch.deletes.size();
    batch = {};
    return Status::Ok();
  };
  auto other = there.begin();
  for (const StoreRow& row : rows) {
    for (; other != there.end() && other->key < row.key; ++other) {
      if (!IsMoveRow(other->key)) batch.deletes.push_back(other->key);
    }
    const bool same = other != there.end() && other->key == row.key && other->value == row.value;
    if (other != there.end() && other->key == row.key) ++other;
    if (same || IsMoveRow(row.key)) continue;
    batch.puts.push_back({row.key, row.value});
    if (batch.ApproximateSizeBytes() >= kMostBatchBytes) RETURN_IF_ERROR(commit());
  }
  for (; other != there.end(); ++other) {
    if (!IsMoveRow(other->key)) batch.deletes.push_back(other->key);
  }
  RETURN_IF_ERROR(commit());
  const std::lock_guard lock(progress_mutex_);
  progress_.rows_written += written;
  return Status::Ok();
}

// Every row has been compared, and every commit since has reached both places.  One row, in the old place: whatever
// happens around it, a start sees it or does not.
Status MovingStore::CutOver() {
  StoreBatch batch;
  batch.puts.push_back({kMoved, MoveRowValue(id_, to_name_)});
  const Status written = from_->Commit(batch);
  if (!written.ok()) {
    missed_one_ = true;  // not known whether it is there; the old place takes no writes until it is opened again
    return written;
  }
  live_ = to_.get();
  { const std::unique_lock none_left(reads_); }
  const std::lock_guard lock(progress_mutex_);
  progress_.phase = StoreMovePhase::kEmptying;
  return Status::Ok();
}

Status MovingStore::EmptyPage() {
  StoreBatch complete;
  complete.deletes.emplace_back(kArriving);
  complete.puts.push_back({kArrived, MoveRowValue(id_)});
  ASSIGN_OR_RETURN(const std::optional<StoreValue> arriving, to_->Get(kArriving));
  if (arriving.has_value()) RETURN_IF_ERROR(to_->Commit(complete));

  // All but the row that says where everything went.
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows, from_->Scan({{}, {}, kMostPageRows / 4}));
  StoreBatch batch;
  for (const StoreRow& row : rows) {
    if (row.key != kMoved) batch.deletes.push_back(row.key);
  }
  if (!batch.deletes.empty()) {
    RETURN_IF_ERROR(from_->Commit(batch));
    const std::lock_guard lock(progress_mutex_);
    progress_.rows_deleted += batch.deletes.size();
    return Status::Ok();
  }
  RETURN_IF_ERROR(from_->Compact({}, {}));
  const std::lock_guard lock(progress_mutex_);
  progress_.phase = StoreMovePhase::kDone;
  return Status::Ok();
}

}  // namespace strongroom
