#include "keys/key_epochs.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "base/encoding.h"
#include "keys/aad.h"
#include "keys/customer_key_row.h"
#include "keys/past_rows.h"
#include "keys/root_rotation.h"
#include "keys/row_marks.h"
#include "store/group.h"

namespace strongroom {
namespace {

constexpr char kCustomerKeyKind = 'K';
constexpr int kPagesBetweenSaves = 16;

Bytes FirstOf(char kind) { return Bytes(1, kind); }
Bytes EndOf(char kind) { return Bytes(1, static_cast<char>(kind + 1)); }

Status AddRingKey(StoreBatch& batch, const RootKey& root, CompartmentId compartment, std::string_view name, Epoch epoch,
                  const SecretBytes& key, Random& random) {
  ASSIGN_OR_RETURN(Bytes wrapped, root.Wrap(key, aad::RingKey(compartment, name, epoch), random));
  Bytes row_key = RingRowKey(name, epoch);
  batch.conditions.push_back({row_key, kAbsent});
  batch.puts.push_back({std::move(row_key), std::move(wrapped)});
  return Status::Ok();
}

// Commits each on its own, in one flush; answers how many were written.  One whose row changed meanwhile is left: what
// it is now, the proof will see.
Result<uint64_t> CommitEach(Store& store, const std::vector<StoreBatch>& batches) {
  if (batches.empty()) return uint64_t{0};
  std::vector<const StoreBatch*> group;
  group.reserve(batches.size());
  for (const StoreBatch& batch : batches) group.push_back(&batch);
  uint64_t written = 0;
  for (const Status& status : store.CommitGroup(group, nullptr)) {
    if (status.ok()) {
      ++written;
    } else if (status.reason() != Reason::kStorageConflict) {
      return status;
    }
  }
  return written;
}

const EpochKeys* ClosedKeys(const EpochSet& epochs, Epoch epoch) {
  const auto found = epochs.held.find(epoch);
  return found == epochs.held.end() ? nullptr : found->second.get();
}

}  // namespace

struct KeyEpochs::Page {
  std::vector<StoreRow> rows;
  Bytes next;  // where the next page begins
  bool last = false;
};

KeyEpochs::KeyEpochs(Store& key_store, Store& data, std::shared_ptr<const KeyRing> ring,
                     std::shared_ptr<RootKey> root_key, CustomerKeys* customer_keys, const Clock& clock, Random& random)
    : key_store_(key_store),
      data_(data),
      ring_(std::move(ring)),
      root_key_(std::move(root_key)),
      customer_keys_(customer_keys),
      clock_(clock),
      random_(random) {}

Result<std::vector<EpochInfo>> KeyEpochs::List() const {
  ASSIGN_OR_RETURN(std::vector<EpochInfo> infos, ReadEpochRows(key_store_, ring_->rows(), ring_->compartment()));
  if (!infos.empty()) return infos;
  EpochInfo only;  // a vault from before epochs had rows
  only.epoch = ring_->epoch();
  infos.push_back(only);
  return infos;
}

Status KeyEpochs::Save(EpochInfo& info) {
  StoreBatch batch;
  RETURN_IF_ERROR(PutEpochRow(batch, ring_->rows(), ring_->compartment(), info, random_));
  RETURN_IF_ERROR(key_store_.Commit(batch));
  info.version = VersionOf(batch.puts.front().value);
  pages_unsaved_ = 0;
  return Status::Ok();
}

// --- the next epoch --------------------------------------------------------------------------------------------------

Result<Epoch> KeyEpochs::TurnOver(const std::function<void()>& settle, int64_t patience_millis) {
  std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const std::vector<EpochInfo> infos, List());
  for (const EpochInfo& info : infos) {
    if (info.state == EpochState::kClosed) {
      return Status(Reason::kRotationUnderWay, "epoch " + std::to_string(info.epoch) + " is still being emptied");
    }
  }
  EpochInfo closing = infos.back();
  EpochInfo opening;
  opening.epoch = closing.epoch + 1;
  opening.opened_at = clock_.NowMillis();
  closing.state = EpochState::kClosed;
  closing.closed_at = opening.opened_at;
  closing.phase = MovePhase::kCustomerKeys;

  RETURN_IF_ERROR(PrepareOthers(closing.epoch, opening.epoch));
  const std::shared_lock same_root(root_key_->rings());
  RETURN_IF_ERROR(SettleRing());
  const SecretBytes wrap_key = SecretBytes::Generate(Aead::kKeySizeBytes, random_);
  const SecretBytes blinding_key = SecretBytes::Generate(Aead::kKeySizeBytes, random_);
  StoreBatch batch;
  const CompartmentId compartment = ring_->compartment();
  RETURN_IF_ERROR(AddRingKey(batch, *root_key_, compartment, "wrap", opening.epoch, wrap_key, random_));
  RETURN_IF_ERROR(AddRingKey(batch, *root_key_, compartment, "blind", opening.epoch, blinding_key, random_));
  RETURN_IF_ERROR(PutEpochRow(batch, ring_->rows(), compartment, opening, random_));
  RETURN_IF_ERROR(PutEpochRow(batch, ring_->rows(), compartment, closing, random_));
  batch.puts.push_back({TurnRowKey(), TurnRowValue(opening.epoch)});
  if (const Status written = key_store_.Commit(batch); !written.ok()) {
    if (fleet_ != nullptr)
      fleet_->NoticeEpoch(compartment, closing.epoch).IgnoreError();  // duty's next look tells again
    return written;
  }
  moving_.reset();

  // The keys are on the disk.  From here on nothing may fail: writers wait.
  auto set = std::make_shared<EpochSet>(*ring_->epochs().Current());
  set->open = std::make_shared<const EpochKeys>(opening.epoch, wrap_key, blinding_key);
  set->held[opening.epoch] = set->open;
  set->live.push_back(set->open);
  ring_->epochs().Close(patience_millis);
  // What passed the gate before it was closed is on its way to the disk.  Nobody may look for a row, find none and
  // write one under the new epoch before those are there.
  settle();
  if (customer_keys_ != nullptr) customer_keys_->Settle();
  // From here on the data store refuses what any server prepared for the epoch before.
  const Status turned = PutTurnRows(opening.epoch, /*key_store=*/false);
  ring_->epochs().Publish(std::move(set));
  if (fleet_ == nullptr) return opening.epoch;  // nobody asks for that row
  RETURN_IF_ERROR(turned);
  RETURN_IF_ERROR(TellOthers());
  // Whoever looks for a row by epochs of before this one has ended, or refuses (keys/server_view.h): rows may move.
  std::this_thread::sleep_for(std::chrono::milliseconds(kReadersMillis));
  return opening.epoch;
}

// A change of the root key that broke off has left wraps that the next start would put in place: a key that the ring
// gets meanwhile would be lost by that, and one that it loses would come back.
Status KeyEpochs::SettleRing() {
  if (root_key_->doubtful())
    return Status(Reason::kStorageUnavailable,
                  "a change of the root key broke off, and it is not known which one is in force: change it again, or "
                  "lock and unlock the vault");
  return SettleRoot(key_store_, root_key_->Clone(), ring_->compartment());
}

// --- with other servers ----------------------------------------------------------------------------------------------

void KeyEpochs::ShareWith(FleetRows* fleet, std::shared_ptr<const ServerView> view) {
  fleet_ = fleet;
  view_ = std::move(view);
  ring_->epochs().ShareWithOthers();
}

Status KeyEpochs::PutTurnRows(Epoch open, bool key_store) {
  StoreBatch batch;
  batch.puts.push_back({TurnRowKey(), TurnRowValue(open)});
  if (key_store) RETURN_IF_ERROR(key_store_.Commit(batch));
  return data_.Commit(batch);
}

// Others begin nothing new under the epoch, and end what they began, before it is closed.
Status KeyEpochs::PrepareOthers(Epoch closing, Epoch opening) {
  if (fleet_ == nullptr) return Status::Ok();
  if (!view_->on_duty()) {
    return Status(Reason::kStorageConflict, "another server is on duty: the epochs are its to turn");
  }
  RETURN_IF_ERROR(fleet_->NoticeEpoch(ring_->compartment(), opening));
  std::this_thread::sleep_for(std::chrono::milliseconds(kNoticeMillis));
  if (view_->on_duty()) return Status::Ok();
  RETURN_IF_ERROR(fleet_->NoticeEpoch(ring_->compartment(), closing));
  return Status(Reason::kStorageConflict, "another server came on duty meanwhile");
}

Status KeyEpochs::TellOthers() {
  return fleet_ == nullptr ? Status::Ok() : fleet_->NoticeEpoch(ring_->compartment(), ring_->epoch());
}

Result<bool> KeyEpochs::Follow(Epoch wanted) {
  // Never waited for: a look must not be held up.  Whoever holds it here turns or moves, and the notice is our own.
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return view_->on_duty();
  if (wanted > ring_->epoch()) {
    ASSIGN_OR_RETURN(const std::optional<Epoch> open, ReadTurnRow(data_));
    if (!open.has_value() || *open < wanted) {
      ring_->epochs().Hold();
      return false;
    }
  }
  ASSIGN_OR_RETURN(EpochSetPtr set, ring_->ReadEpochs(key_store_, *root_key_));
  ring_->epochs().Publish(std::move(set));
  return true;
}

Status KeyEpochs::FinishTurn() {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(EpochSetPtr set, ring_->ReadEpochs(key_store_, *root_key_));
  const Epoch open = set->open->number;
  ASSIGN_OR_RETURN(const std::optional<Epoch> in_keys, ReadTurnRow(key_store_));
  ASSIGN_OR_RETURN(const std::optional<Epoch> in_data, ReadTurnRow(data_));
  if (in_keys != open || in_data != open) RETURN_IF_ERROR(PutTurnRows(open, /*key_store=*/true));
  ring_->epochs().Publish(std::move(set));
  return TellOthers();
}

// --- moving ----------------------------------------------------------------------------------------------------------

Result<KeyEpochs::Page> KeyEpochs::ScanPage(const Store& store, char kind, const Bytes& cursor, size_t rows) const {
  Page page;
  ASSIGN_OR_RETURN(page.rows,
                   store.Scan({.begin = std::max(cursor, FirstOf(kind)), .end = EndOf(kind), .limit = rows}));
  page.last = page.rows.size() < rows;
  if (!page.rows.empty()) page.next = page.rows.back().key + '\0';
  return page;
}

Result<bool> KeyEpochs::MoveSome(size_t page_rows) {
  std::lock_guard lock(mutex_);
  if (!moving_.has_value()) {
    ASSIGN_OR_RETURN(const std::vector<EpochInfo> infos, List());
    const auto closed = std::find_if(infos.begin(), infos.end(),
                                     [](const EpochInfo& info) { return info.state == EpochState::kClosed; });
    if (closed == infos.end()) return false;
    moving_ = *closed;
    pages_unsaved_ = 0;
    left_ = unreadable_ = 0;
    if (moving_->phase == MovePhase::kProof) moving_->cursor.clear();  // a proof is one whole scan
  }
  EpochInfo& info = *moving_;
  const EpochSetPtr epochs = ring_->epochs().Current();
  const MovePhase phase = info.phase;
  const auto go_on = [&]() -> Result<bool> {
    switch (phase) {
      case MovePhase::kReferences:
        return Reblind(info, *epochs, kReferenceKind, page_rows);
      case MovePhase::kUniqueRows:
        return Reblind(info, *epochs, kUniqueKind, page_rows);
      case MovePhase::kProof:
        return Prove(info, *epochs, page_rows);
      default:
        return Rewrap(info, *epochs, page_rows);
    }
  };
  const Result<bool> phase_done = go_on();
  if (!phase_done.ok()) {
    moving_.reset();  // whatever was written, the rows say where to go on
    return phase_done.status();
  }
  if (phase == MovePhase::kProof && *phase_done) {
    const Status finished = Finish(info);
    moving_.reset();
    RETURN_IF_ERROR(finished);
    return true;  // there may be an older one
  }
  if (*phase_done) {
    info.phase = static_cast<MovePhase>(static_cast<uint8_t>(phase) + 1);
    info.cursor.clear();
  }
  if (*phase_done || ++pages_unsaved_ >= kPagesBetweenSaves) {
    if (const Status saved = Save(info); !saved.ok()) {
      moving_.reset();
      return saved;
    }
  }
  return true;
}

Result<bool> KeyEpochs::Rewrap(EpochInfo& info, const EpochSet& epochs, size_t page_rows) {
  ASSIGN_OR_RETURN(const Page page, ScanPage(key_store_, kCustomerKeyKind, info.cursor, page_rows));
  std::vector<StoreBatch> batches;
  for (const StoreRow& row : page.rows) {
    ASSIGN_OR_RETURN(const CustomerId customer, CustomerOfKeyRow(row.key));
    ASSIGN_OR_RETURN(const CustomerKeyRow stored, CustomerKeyRow::Decode(row.value));
    if (stored.epoch == epochs.open->number) continue;
    ASSIGN_OR_RETURN(const CustomerKeyRow moved,
                     stored.Rewrapped(epochs, *epochs.open, ring_->compartment(), customer, random_));
    StoreBatch batch;
    batch.conditions.push_back({row.key, VersionOf(row.value)});
    batch.puts.push_back({row.key, moved.Encode()});
    batches.push_back(std::move(batch));
  }
  ASSIGN_OR_RETURN(const uint64_t written, CommitEach(key_store_, batches));
  info.moved_keys += written;
  if (!page.rows.empty()) info.cursor = page.next;
  return page.last;
}

// Nothing: the row does not stand under that epoch.
Result<std::optional<StoreBatch>> KeyEpochs::MoveRow(const EpochKeys& from, const EpochKeys& to,
                                                     const StoreRow& row) const {
  const CompartmentId compartment = ring_->compartment();
  const Result<Bytes> content = from.blinder.refs.Open(row.value, aad::Row(compartment, row.key));
  if (!content.ok()) return std::optional<StoreBatch>();
  CustomerId customer = 0;
  if (row.key.front() == kReferenceKind) {
    ByteReader reader(*content);
    customer = reader.U64();
    RETURN_IF_ERROR(reader.Finish("an index row"));
  }
  ASSIGN_OR_RETURN(const RowMark mark, MarkOfRowKey(from.blinder, row.key, customer));
  StoreBatch batch;
  Bytes moved_key = RowKeyOfMark(to.blinder, mark);
  ASSIGN_OR_RETURN(Bytes sealed, to.blinder.refs.Seal(*content, aad::Row(compartment, moved_key), random_));
  batch.conditions.push_back({row.key, VersionOf(row.value)});
  // Of a unique row there may be no other; a reference that is there already says the same.
  if (mark.kind == kUniqueKind) batch.conditions.push_back({moved_key, kAbsent});
  batch.deletes.push_back(row.key);
  batch.puts.push_back({std::move(moved_key), std::move(sealed)});
  return std::optional<StoreBatch>(std::move(batch));
}

Result<bool> KeyEpochs::Reblind(EpochInfo& info, const EpochSet& epochs, char kind, size_t page_rows) {
  const EpochKeys* const from = ClosedKeys(epochs, info.epoch);
  if (from == nullptr) return Status(Reason::kKeyMissing, "the keys of a closed epoch are not there");
  ASSIGN_OR_RETURN(const Page page, ScanPage(data_, kind, info.cursor, page_rows));
  std::vector<StoreBatch> batches;
  for (const StoreRow& row : page.rows) {
    ASSIGN_OR_RETURN(std::optional<StoreBatch> batch, MoveRow(*from, *epochs.open, row));
    if (batch.has_value()) batches.push_back(*std::move(batch));
  }
  ASSIGN_OR_RETURN(const uint64_t written, CommitEach(data_, batches));
  info.moved_rows += written;
  if (!page.rows.empty()) info.cursor = page.next;
  return page.last;
}

// --- proving ---------------------------------------------------------------------------------------------------------

Status KeyEpochs::CountUnder(const EpochInfo& info, const EpochSet& epochs, const Page& page, char kind) {
  for (const StoreRow& row : page.rows) {
    if (kind == kCustomerKeyKind) {
      ASSIGN_OR_RETURN(const CustomerKeyRow stored, CustomerKeyRow::Decode(row.value));
      if (stored.epoch == epochs.open->number) continue;
      stored.epoch == info.epoch ? ++left_ : ++unreadable_;
      continue;
    }
    // Opened, not taken at its word: what stands under the open epoch opens with its key.
    const Bytes associated_data = aad::Row(ring_->compartment(), row.key);
    if (epochs.open->blinder.refs.Open(row.value, associated_data).ok()) continue;
    const EpochKeys* const closed = ClosedKeys(epochs, info.epoch);
    const bool under_closed = closed != nullptr && closed->blinder.refs.Open(row.value, associated_data).ok();
    under_closed ? ++left_ : ++unreadable_;
  }
  return Status::Ok();
}

// Customers' keys, references, unique rows: the cursor tells which of them is being scanned.
Result<bool> KeyEpochs::Prove(EpochInfo& info, const EpochSet& epochs, size_t page_rows) {
  constexpr char kOrder[] = {kCustomerKeyKind, kReferenceKind, kUniqueKind};
  if (info.cursor.empty()) {
    left_ = unreadable_ = info.scanned_keys = info.scanned_rows = 0;
    info.cursor = FirstOf(kCustomerKeyKind);
  }
  const char kind = info.cursor.front();
  const bool in_key_store = kind == kCustomerKeyKind;
  ASSIGN_OR_RETURN(const Page page, ScanPage(in_key_store ? key_store_ : data_, kind, info.cursor, page_rows));
  RETURN_IF_ERROR(CountUnder(info, epochs, page, kind));
  (in_key_store ? info.scanned_keys : info.scanned_rows) += page.rows.size();
  if (!page.last) {
    info.cursor = page.next;
    return false;
  }
  if (kind != kUniqueKind) {
    info.cursor = FirstOf(kOrder[kind == kCustomerKeyKind ? 1 : 2]);
    return false;
  }
  if (left_ > 0) {  // what was changed just when it was to be moved: once more
    info.phase = MovePhase::kCustomerKeys;
    info.cursor.clear();
    RETURN_IF_ERROR(Save(info));
    return false;
  }
  if (unreadable_ > 0) {
    return Status(Reason::kDataCorrupt, std::to_string(unreadable_) + " rows open under no epoch's key, so epoch " +
                                            std::to_string(info.epoch) + " cannot be proved empty; run fsck");
  }
  return true;
}

Status KeyEpochs::Finish(EpochInfo& info) {
  info.state = EpochState::kEmpty;
  info.phase = MovePhase::kUntold;
  info.cursor.clear();
  info.empty_at = clock_.NowMillis();
  RETURN_IF_ERROR(Save(info));
  PublishWithout(info.epoch, /*destroyed=*/false);
  RETURN_IF_ERROR(TellOthers());
  // The old wraps: replaced above, and still in the store's files.
  return key_store_.Compact(FirstOf(kCustomerKeyKind), EndOf(kCustomerKeyKind));
}

void KeyEpochs::PublishWithout(Epoch epoch, bool destroyed) {
  auto set = std::make_shared<EpochSet>(*ring_->epochs().Current());
  std::erase_if(set->live, [epoch](const EpochKeysPtr& keys) { return keys->number == epoch; });
  if (destroyed) set->held.erase(epoch);
  ring_->epochs().Publish(std::move(set));
}

Status KeyEpochs::MarkTold(const EpochInfo& told) {
  std::lock_guard lock(mutex_);
  EpochInfo info = told;
  info.phase = MovePhase::kNone;
  return Save(info);
}

// --- destroying ------------------------------------------------------------------------------------------------------

Status KeyEpochs::Destroy(Epoch epoch) {
  std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const std::vector<EpochInfo> infos, List());
  const auto found =
      std::find_if(infos.begin(), infos.end(), [&](const EpochInfo& info) { return info.epoch == epoch; });
  if (found == infos.end() || found->state != EpochState::kEmpty) {
    return Status(Reason::kInvalidArgument, "epoch " + std::to_string(epoch) + " is not proved empty");
  }
  const std::shared_lock same_root(root_key_->rings());
  RETURN_IF_ERROR(SettleRing());
  EpochInfo info = *found;
  info.state = EpochState::kDestroyed;
  info.phase = MovePhase::kUntold;
  info.destroyed_at = clock_.NowMillis();
  StoreBatch batch;
  for (const std::string_view name : {"wrap", "blind"}) batch.deletes.push_back(RingRowKey(name, epoch));
  RETURN_IF_ERROR(PutEpochRow(batch, ring_->rows(), ring_->compartment(), info, random_));
  RETURN_IF_ERROR(key_store_.Commit(batch));
  PublishWithout(epoch, /*destroyed=*/true);
  RETURN_IF_ERROR(TellOthers());
  // What opens nothing any more.  If this breaks off, the next epoch's end sweeps it.
  if (customer_keys_ != nullptr) RETURN_IF_ERROR(customer_keys_->SweepPast());
  RETURN_IF_ERROR(key_store_.Compact(FirstOf(kTakenKind), EndOf(kTakenKind)));
  return key_store_.Compact(FirstOf(kPastKeyKind), "S");  // past keys and the ring
}

}  // namespace strongroom
