#include "server/restore.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "access/policy_service.h"
#include "audit/signed_note.h"
#include "backup/set_file.h"
#include "keys/customer_key_row.h"
#include "keys/lock.h"
#include "keys/root_rotation.h"
#include "server/restore_mark.h"
#include "server/restore_rows.h"
#include "store/memory_store.h"

namespace strongroom {
namespace {

constexpr char kOfficeName[] = "office";
constexpr char kLockKey[] = "Slock";
constexpr uint64_t kProgressRows = 4'096;
constexpr size_t kPage = 1'000;

Status Refuse(std::string why) { return Status(Reason::kInvalidArgument, std::move(why)); }

// "strongroom/office-1a2b3c4d" of whatever generation of the office's log.
std::string VaultOf(const std::string& office_origin) {
  static const size_t kSize = LogOrigin(kOfficeName, 0).size();
  return office_origin.substr(0, kSize);
}

char KindOf(ByteView row_key) { return row_key.empty() ? '\0' : row_key.front(); }

class Run {
 public:
  Run(VaultFiles& files, const RestoreOrder& order, const RestoreHooks& hooks, const Clock& clock, Random& random)
      : files_(files), order_(order), hooks_(hooks), clock_(clock), random_(random) {}

  Result<RestoreReport> All() {
    RETURN_IF_ERROR(Prepare());
    RETURN_IF_ERROR(WriteMark());
    if (mark_.phase == RestorePhase::kKeys) {
      RETURN_IF_ERROR(WriteKeys());
      RETURN_IF_ERROR(Advance(RestorePhase::kData));
    }
    if (mark_.phase == RestorePhase::kData) {
      RETURN_IF_ERROR(WriteData());
      RETURN_IF_ERROR(Advance(RestorePhase::kLogs));
    }
    if (mark_.phase == RestorePhase::kLogs) {
      RETURN_IF_ERROR(BeginLogs());
      RETURN_IF_ERROR(Advance(RestorePhase::kReplay));
    }
    RETURN_IF_ERROR(ReplayAndCheck());
    RETURN_IF_ERROR(ClearRestoreMark(OfficeKeys()));
    return std::move(report_);
  }

 private:
  Store& OfficeKeys() { return *files_.office().keys; }

  // --- before anything is changed ---

  Status Prepare() {
    ASSIGN_OR_RETURN(const std::optional<RestoreMark> begun, ReadRestoreMark(OfficeKeys()));
    if (begun.has_value()) mark_ = *begun;
    RETURN_IF_ERROR(SortSets());
    RestoreMark wanted = mark_;
    wanted.data_sets.clear();
    for (const RestoreSet* set : chain_) wanted.data_sets.push_back(set->header.id);
    wanted.keys_set = order_.keys.has_value() ? order_.keys->header.id : Bytes();
    const bool goes_on = begun.has_value() && wanted == *begun;
    if (begun.has_value() && !goes_on && !begun->keys_set.empty() && wanted.keys_set.empty() &&
        begun->phase == RestorePhase::kKeys) {
      return Refuse("the restore that was begun had not finished writing the key store: give a key set again");
    }
    if (begun.has_value() && begun->phase == RestorePhase::kData && !begun->data_sets.empty() && order_.data_as_is) {
      return Refuse("the restore that was begun had not finished writing the data: give data sets again");
    }
    if (!goes_on) wanted.phase = wanted.keys_set.empty() ? RestorePhase::kData : RestorePhase::kKeys;
    mark_ = std::move(wanted);
    if (begun.has_value()) {
      hooks_.say(goes_on ? "Going on with the restore that was begun at " + FormatTime(mark_.begun_at) + "."
                         : "Another restore was begun and is given up; this one begins from the start.");
    }
    RETURN_IF_ERROR(CheckKeysOrder(begun));
    RETURN_IF_ERROR(ReadSets());
    RETURN_IF_ERROR(CheckVault());
    ASSIGN_OR_RETURN(root_, hooks_.unlock(mark_.phase == RestorePhase::kKeys ? key_set_office_ : OfficeKeys()));
    const Store& ring_rows = mark_.phase == RestorePhase::kKeys ? static_cast<Store&>(key_set_office_) : OfficeKeys();
    ASSIGN_OR_RETURN(const bool opens, RingOpens(ring_rows));
    if (!opens) return Status(Reason::kUnlockFailed, "the root key does not open the office's keys");
    if (goes_on) return Status::Ok();
    SayWhatFollows();
    ASSIGN_OR_RETURN(const bool wanted_so, hooks_.confirm("Restore"));
    return wanted_so ? Status::Ok() : Refuse("nothing was changed");
  }

  // A rotation of the root key may have broken off: then the wraps that are to come are the ones that open.
  Result<bool> RingOpens(const Store& store) {
    const Status opened = KeyRing::Open(store, root_, kOffice).status();
    if (opened.ok()) return true;
    if (opened.code() == Code::kUnavailable) return opened;  // nobody knows: it could not be read
    ASSIGN_OR_RETURN(const std::vector<StoreRow> staged, store.Scan({.begin = "N", .end = "O", .limit = 1}));
    return !staged.empty();  // SettleRoot decides, once the mark stands
  }

  // The full set first, then the increments as they go on from each other.
  Status SortSets() {
    if (order_.data_as_is != order_.data.empty())
      return Refuse("give the data sets to restore from, or --data-as-is for data that has been put back already");
    if (order_.keys.has_value() && order_.keys->header.kind != SetKind::kKeys)
      return Refuse(order_.keys->name + " is no key set");
    std::set<const RestoreSet*> left;
    for (const RestoreSet& set : order_.data) {
      if (set.header.kind != SetKind::kData) return Refuse(set.name + " is no data set; a key set goes to --keys-set");
      left.insert(&set);
    }
    Bytes parent;
    while (!left.empty()) {
      const auto next =
          std::find_if(left.begin(), left.end(), [&](const RestoreSet* set) { return set->header.parent == parent; });
      if (next == left.end()) {
        return Refuse(chain_.empty()
                          ? "no full set is among the data sets: an increment needs the full set it goes on from"
                          : (*left.begin())->name + " does not go on from the other sets: one in between is missing");
      }
      parent = (*next)->header.id;
      if (!chain_.empty() && (*next)->header.rooms != chain_.front()->header.rooms)
        return Refuse((*next)->name + " has other rooms than the set it goes on from");
      chain_.push_back(*next);
      left.erase(next);
    }
    return Status::Ok();
  }

  Status CheckKeysOrder(const std::optional<RestoreMark>& begun) {
    ASSIGN_OR_RETURN(const std::optional<StoreValue> lock, OfficeKeys().Get(kLockKey));
    const bool half_written = begun.has_value() && begun->phase == RestorePhase::kKeys;
    if (!order_.keys.has_value()) {
      if (lock.has_value() && !half_written) return Status::Ok();
      return Status(Reason::kNotInitialised,
                    "there is no key store here. Is its disk mounted? If it is lost, give the newest key set with "
                    "--keys-set");
    }
    if (!lock.has_value() || order_.replace_keys || half_written) return Status::Ok();
    if (begun.has_value() && begun->keys_set == order_.keys->header.id) return Status::Ok();
    return Refuse(
        "the key store is there, and knows of every erasure: leave --keys-set away. Only if it is damaged, say "
        "--replace-keys as well");
  }

  // Each set to its proven end.  What is behind us is not needed any more.
  Status ReadSets() {
    if (mark_.phase <= RestorePhase::kData) {
      for (const RestoreSet* set : chain_) RETURN_IF_ERROR(ReadSet(*set, nullptr));
    }
    if (mark_.phase == RestorePhase::kKeys) RETURN_IF_ERROR(ReadSet(*order_.keys, &key_set_office_));
    return Status::Ok();
  }

  Status ReadSet(const RestoreSet& set, Store* office_rows) {
    ASSIGN_OR_RETURN(const std::unique_ptr<SetReader> reader, set.open());
    if (reader->header() != set.header) return Status(Reason::kDataCorrupt, set.name + " was changed meanwhile");
    StoreBatch office;
    for (uint64_t rows = 0;; ++rows) {
      ASSIGN_OR_RETURN(std::optional<SetRow> row, reader->Next());
      if (!row.has_value()) break;
      if (office_rows != nullptr && row->room == kOfficeName && row->value.has_value())
        office.puts.push_back({std::move(row->key), *std::move(row->value)});
      if (rows % kProgressRows == 0) hooks_.progress("reading " + set.name, rows);
    }
    return office_rows != nullptr ? office_rows->Commit(office) : Status::Ok();
  }

  // All of one vault, and of this one.
  Status CheckVault() {
    std::string vault;
    ASSIGN_OR_RETURN(const std::optional<StoreValue> mark, OfficeKeys().Get(kLogMarkKey));
    if (mark.has_value()) {
      ASSIGN_OR_RETURN(const NoteParts parts, SplitNote(mark->bytes));
      ASSIGN_OR_RETURN(const ParsedCheckpoint parsed, ParseCheckpoint(parts.text));
      vault = VaultOf(parsed.checkpoint.origin);
    }
    std::vector<const RestoreSet*> sets = chain_;
    if (order_.keys.has_value()) sets.push_back(&*order_.keys);
    for (const RestoreSet* set : sets) {
      if (vault.empty()) vault = VaultOf(set->header.vault);
      if (VaultOf(set->header.vault) != vault)
        return Refuse(set->name + " is of another vault (" + set->header.vault + ", not " + vault + ")");
    }
    return Status::Ok();
  }

  void SayWhatFollows() {
    if (!chain_.empty()) {
      const SetHeader& last = chain_.back()->header;
      std::string rooms;
      for (const std::string& room : last.rooms) rooms += (rooms.empty() ? "" : ", ") + room;
      hooks_.say("Data: as it was at " + FormatTime(last.made_at) + ". What was written since is lost. Rooms: " +
                 rooms + ". What lies in their data stores now is replaced.");
    } else {
      hooks_.say("Data: as it lies in the data stores now.");
    }
    if (!order_.keys.has_value()) {
      hooks_.say("Keys: those on this machine. Whoever was erased stays erased.");
      return;
    }
    const UnixMillis keys_at = order_.keys->header.made_at;
    const UnixMillis data_at = chain_.empty() ? keys_at : chain_.back()->header.made_at;
    hooks_.say("Keys: as they were at " + FormatTime(keys_at) + ".");
    hooks_.say("THIS KEY SET KNOWS OF NO ERASURE AFTER " + FormatTime(keys_at) + ". Whoever was erased after " +
               FormatTime(std::max(keys_at, data_at)) +
               (order_.replace_keys ? ", and is not in the ledger of the key store that it replaces," : "") +
               " is a customer again when this has finished: erase them anew, from the requests and certificates you "
               "hold. Customers who were made after " +
               FormatTime(keys_at) + " have no key in it and are lost.");
  }

  // --- the steps ---

  Status WriteMark() {
    if (mark_.id.empty()) {
      mark_.id.assign(LogGeneration::kRestoreIdBytes, '\0');
      random_.Fill(mark_.id.data(), mark_.id.size());
      mark_.begun_at = clock_.NowMillis();
    }
    return hooks_.without_mark_for_tests ? Status::Ok() : WriteRestoreMark(OfficeKeys(), mark_);
  }

  Status Advance(RestorePhase phase) {
    mark_.phase = phase;
    return hooks_.without_mark_for_tests ? Status::Ok() : WriteRestoreMark(OfficeKeys(), mark_);
  }

  Status WriteKeys() {
    ASSIGN_OR_RETURN(const std::unique_ptr<SetReader> reader, order_.keys->open());
    // What the key store knows of erasures, of generations and of the log is newer than the set, and stays.
    const auto stays = [](ByteView key) {
      const char kind = KindOf(key);
      return kind == 'L' || kind == 'F' || kind == 'B' || kind == 'G' || kind == 'M' || key == kLockKey ||
             IsRestoreMark(key);
    };
    std::optional<Bytes> lock;
    std::string room;
    Store* store = nullptr;
    std::unique_ptr<MirrorRows> mirror;
    bool known_before = false;
    while (true) {
      ASSIGN_OR_RETURN(std::optional<SetRow> row, reader->Next());
      if (mirror != nullptr && (!row.has_value() || row->room != room)) {
        RETURN_IF_ERROR(mirror->Finish());
        RETURN_IF_ERROR(DropErasedKeys(*store));
        RETURN_IF_ERROR(BlockWhoIsNoted(*store));
      }
      if (!row.has_value()) break;
      if (mirror == nullptr || row->room != room) {
        room = row->room;
        ASSIGN_OR_RETURN(RoomStores * stores, files_.Room(room, CreateStores{true, true}));
        store = stores->keys.get();
        ASSIGN_OR_RETURN(const std::vector<StoreRow> ring, store->Scan({.begin = "R", .end = "S", .limit = 1}));
        known_before = !ring.empty();
        mirror = std::make_unique<MirrorRows>(*store, stays);
      }
      if (row->key == kLockKey) {
        lock = std::move(row->value);  // last of all: without it this is no vault
        continue;
      }
      if (IsRestoreMark(row->key)) continue;
      // Who was blocked then may have been released since.
      if (KindOf(row->key) == 'B' && known_before) continue;
      if (stays(row->key)) {
        ASSIGN_OR_RETURN(const std::optional<StoreValue> present, store->Get(row->key));
        if (present.has_value()) continue;
      }
      RETURN_IF_ERROR(mirror->Take(std::move(row->key), *std::move(row->value)));
    }
    if (!lock.has_value()) return Status(Reason::kDataCorrupt, "the key set has no lock");
    StoreBatch batch;
    batch.puts.push_back({kLockKey, *std::move(lock)});
    return OfficeKeys().Commit(batch);
  }

  // The ledger of the store and that of the set are one by now: nobody in either has a key.
  static Status DropErasedKeys(Store& store) {
    RowWriter writer(store);
    Bytes begin = "L";
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<StoreRow> page, store.Scan({.begin = begin, .end = "M", .limit = kPage}));
      for (const StoreRow& row : page) {
        RETURN_IF_ERROR(writer.Delete("K" + row.key.substr(1)));
        const Bytes past = "P" + row.key.substr(1);  // and none of the keys before it
        ASSIGN_OR_RETURN(const std::vector<StoreRow> before,
                         store.Scan({.begin = past, .end = PrefixEnd(past), .limit = 100'000}));
        for (const StoreRow& one : before) RETURN_IF_ERROR(writer.Delete(one.key));
      }
      if (page.size() < kPage) return writer.Flush();
      begin = page.back().key + '\0';
    }
  }

  // Keys came from the set, the notes of who is blocked stayed: the mark in the key's row, which is what everybody
  // asks, follows the note.
  static Status BlockWhoIsNoted(Store& store) {
    RowWriter writer(store);
    Bytes begin = "K";
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<StoreRow> page, store.Scan({.begin = begin, .end = "L", .limit = kPage}));
      for (const StoreRow& row : page) {
        Result<CustomerKeyRow> key = CustomerKeyRow::Decode(row.value);
        if (!key.ok()) continue;  // fsck names it
        ASSIGN_OR_RETURN(const std::optional<StoreValue> note, store.Get("B" + row.key.substr(1)));
        if (key->blocked == note.has_value()) continue;
        key->blocked = note.has_value();
        RETURN_IF_ERROR(writer.Put(row.key, key->Encode()));
      }
      if (page.size() < kPage) return writer.Flush();
      begin = page.back().key + '\0';
    }
  }

  Status WriteData() {
    for (const RestoreSet* set : chain_) {
      ASSIGN_OR_RETURN(const std::unique_ptr<SetReader> reader, set->open());
      RETURN_IF_ERROR(set->header.full() ? PutFull(*reader, set->name) : PutIncrement(*reader, set->name));
      if (set != chain_.back()) continue;
      for (const RoomTotals& totals : reader->totals()) {
        hooks_.progress("comparing " + totals.room, 0);
        ASSIGN_OR_RETURN(RoomStores * stores, files_.Room(totals.room, CreateStores{true, false}));
        RETURN_IF_ERROR(CheckRestoredRoom(*stores->data, totals));
      }
    }
    return Status::Ok();
  }

  Result<Store*> DataOf(const std::string& room) {
    ASSIGN_OR_RETURN(RoomStores * stores, files_.Room(room, CreateStores{true, false}));
    return stores->data.get();
  }

  Status PutFull(SetReader& reader, const std::string& name) {
    std::map<std::string, std::unique_ptr<MirrorRows>> rooms;
    for (const std::string& room : reader.header().rooms) {  // also those without rows
      ASSIGN_OR_RETURN(Store * store, DataOf(room));
      rooms[room] = std::make_unique<MirrorRows>(*store);
    }
    for (uint64_t rows = 0;; ++rows) {
      ASSIGN_OR_RETURN(std::optional<SetRow> row, reader.Next());
      if (!row.has_value()) break;
      RETURN_IF_ERROR(rooms.at(row->room)->Take(std::move(row->key), *std::move(row->value)));
      if (rows % kProgressRows == 0) hooks_.progress("writing " + name, rows);
    }
    for (const auto& [room, mirror] : rooms) RETURN_IF_ERROR(mirror->Finish());
    return Status::Ok();
  }

  Status PutIncrement(SetReader& reader, const std::string& name) {
    std::map<std::string, std::unique_ptr<RowWriter>> rooms;
    for (const std::string& room : reader.header().rooms) {
      ASSIGN_OR_RETURN(Store * store, DataOf(room));
      rooms[room] = std::make_unique<RowWriter>(*store);
    }
    for (uint64_t rows = 0;; ++rows) {
      ASSIGN_OR_RETURN(std::optional<SetRow> row, reader.Next());
      if (!row.has_value()) break;
      RowWriter& writer = *rooms.at(row->room);
      const Status put = row->value.has_value() ? writer.Put(std::move(row->key), *std::move(row->value))
                                                : writer.Delete(std::move(row->key));
      RETURN_IF_ERROR(put);
      if (rows % kProgressRows == 0) hooks_.progress("writing " + name, rows);
    }
    for (const auto& [room, writer] : rooms) RETURN_IF_ERROR(writer->Flush());
    return Status::Ok();
  }

  Status BeginLogs() {
    const auto begin = [&](RoomStores& stores, CompartmentId id, const std::string& origin,
                           std::shared_ptr<const KeyRing> ring) -> Status {
      if (ring == nullptr) {
        RETURN_IF_ERROR(SettleRoot(*stores.keys, root_, id));
        ASSIGN_OR_RETURN(ring, KeyRing::Open(*stores.keys, root_, id));
      }
      return BeginLogGeneration(*stores.data, *stores.keys, ring, origin, mark_.id, clock_.NowMillis(), random_)
          .status();
    };
    RETURN_IF_ERROR(SettleRoot(OfficeKeys(), root_, kOffice));
    ASSIGN_OR_RETURN(const std::shared_ptr<const KeyRing> ring, KeyRing::Open(OfficeKeys(), root_, kOffice));
    const SealedStore office(*files_.office().data, ring, nullptr, random_);
    ASSIGN_OR_RETURN(const std::vector<CompartmentInfo> infos, House::ReadCompartments(office));
    const CompartmentId vault_id = infos.empty() ? 0 : infos.front().id;
    RETURN_IF_ERROR(begin(files_.office(), kOffice, LogOrigin(kOfficeName, vault_id), ring));
    for (const CompartmentInfo& info : infos) {
      ASSIGN_OR_RETURN(RoomStores * stores, files_.Room(info.name, false));
      RETURN_IF_ERROR(begin(*stores, info.id, LogOrigin(info.name, info.id), nullptr));
    }
    return Status::Ok();
  }

  Status ReplayAndCheck() {
    HouseOptions options;
    options.during_restore = true;
    options.still_for_tests = hooks_.still_for_tests;
    ASSIGN_OR_RETURN(OpenedHouse opened, OpenHouse(files_, root_, clock_, random_, options));
    House& house = *opened.house;
    RETURN_IF_ERROR(Enter(house.office(), files_.office()));
    for (const auto& room : house.compartments()) {
      ASSIGN_OR_RETURN(RoomStores * stores, files_.Room(room->info.name, false));
      RETURN_IF_ERROR(Enter(*room, *stores));
    }
    RETURN_IF_ERROR(ForgetOfOffice(house.office()));
    {
      ASSIGN_OR_RETURN(std::shared_ptr<const PolicySet> policy, PolicyService::Load(*house.office().sealed));
      PolicyInForce in_force(std::move(policy));
      Gate gate(house, in_force);
      ASSIGN_OR_RETURN(const std::unique_ptr<CatalogueService> service, CatalogueService::Open(gate));
      const CataloguePtr catalogue = service->Current();
      for (size_t i = 0; i < house.compartments().size() && !hooks_.without_replay_for_tests; ++i) {
        Room& room = *house.compartments()[i];
        const auto progress = [&](uint64_t rows) {
          hooks_.progress("replaying the ledger in " + room.info.name, rows);
        };
        ASSIGN_OR_RETURN(report_.rooms[i + 1].replay, ReplayLedger(house, room, *catalogue, progress));
      }
    }
    hooks_.progress("checking", 0);
    ASSIGN_OR_RETURN(const std::unique_ptr<OpenVault> vault, OpenVault::Open(std::move(opened.house), hooks_.vault));
    FsckOptions check;
    check.repair = true;            // nobody else has the vault
    check.keep_orphan_keys = true;  // of who came after this copy: a newer one may still be put back
    ASSIGN_OR_RETURN(report_.check, strongroom::CheckVault(*vault, StoresOfFiles(files_), check));
    RETURN_IF_ERROR(Leave(vault->house().office(), report_.rooms.front()));
    for (size_t i = 0; i < vault->house().compartments().size(); ++i)
      RETURN_IF_ERROR(Leave(*vault->house().compartments()[i], report_.rooms[i + 1]));
    opened.sequencers.clear();
    return Status::Ok();
  }

  static AuditEntry EntryOf(std::string detail, uint64_t count) {
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = Action::kStoreRestore;
    entry.decision = Decision::kPlain;
    entry.detail = std::move(detail);
    entry.count = static_cast<uint32_t>(std::min<uint64_t>(count, UINT32_MAX));
    return entry;
  }

  // The first entry that is new: what was known, and what is gone.  Once, whatever crashed since.
  Status Enter(Room& room, RoomStores& stores) {
    ASSIGN_OR_RETURN(const std::optional<LogGeneration> generation,
                     ReadLogGeneration(*stores.keys, room.sealed->ring()));
    if (!generation.has_value()) return Status(Reason::kLogInvalid, "the restored log has no generation");
    report_.rooms.push_back({room.info.name, *generation, {}});
    LogFilter filter;
    filter.action = Action::kStoreRestore;
    filter.from = generation->began_at;
    ASSIGN_OR_RETURN(const LogPage page, room.log->Find(filter, kPage));
    const std::string detail = generation->Describe();
    const bool there = std::any_of(page.entries.begin(), page.entries.end(),
                                   [&](const IndexedEntry& entry) { return entry.entry.detail == detail; });
    return there ? Status::Ok() : room.journal->Submit({}, EntryOf(detail, generation->Lost())).Wait();
  }

  // The outcome.
  Status Leave(Room& room, const RestoredRoom& restored) const {
    const std::string detail = "restored: " + std::to_string(restored.replay.erased_again) + " erased again, " +
                               std::to_string(restored.replay.unopenable) + " unopenable, " +
                               std::to_string(report_.check.Found()) + " findings";
    return room.journal->Submit({}, EntryOf(detail, restored.replay.customers)).Wait();
  }

  // What was valid on the day of the copy and may have ended since: whoever was signed in, what was approved and not
  // yet used, what waited to be told.  And what had left the machine, which was the log before.
  static Status ForgetOfOffice(Room& office) {
    for (const Table table : {Table::kSession, Table::kAttempt, Table::kApproval, Table::kOutbox}) {
      while (true) {
        ASSIGN_OR_RETURN(const std::vector<ListedDocument> page, office.sealed->ListDocuments(table, {}, kPage));
        if (page.empty()) break;
        SealedBatch batch;
        std::vector<Bytes> keys;
        for (const ListedDocument& document : page) keys.push_back(document.row_key);
        SealedStore::DeleteRows(batch, keys);
        RETURN_IF_ERROR(office.journal->Submit(std::move(batch), EntryOf("forgotten", keys.size())).Wait());
      }
    }
    SealedBatch batch;
    office.sealed->DeleteDocument(batch, Table::kHouse, "witnessed");
    return office.journal->Submit(std::move(batch), EntryOf("forgotten: witnessed", 1)).Wait();
  }

  VaultFiles& files_;
  const RestoreOrder& order_;
  const RestoreHooks& hooks_;
  const Clock& clock_;
  Random& random_;
  RestoreMark mark_;
  std::vector<const RestoreSet*> chain_;
  MemoryStore key_set_office_;  // the office's rows of the key set: its lock is among them
  SecretBytes root_;
  RestoreReport report_;
};

}  // namespace

Result<RestoreSet> OpenRestoreSet(const std::string& file, const AgeKeys& keys) {
  RestoreSet set;
  set.name = file;
  set.open = [file, &keys]() -> Result<std::unique_ptr<SetReader>> {
    ASSIGN_OR_RETURN(AgeSource source, OpenSetFile(file));
    Result<std::unique_ptr<SetReader>> reader = SetReader::Open(std::move(source), keys);
    // Another file is needed, or another identity: nothing is wrong with the vault.
    const Reason reason = reader.reason() == Reason::kKeyMissing ? Reason::kFileUnreadable : reader.reason();
    if (!reader.ok()) return Status(reason, file + ": " + reader.status().message());
    return reader;
  };
  ASSIGN_OR_RETURN(const std::unique_ptr<SetReader> reader, set.open());
  set.header = reader->header();
  return set;
}

Result<RestoreReport> RunRestore(VaultFiles& files, const RestoreOrder& order, const RestoreHooks& hooks,
                                 const Clock& clock, Random& random) {
  return Run(files, order, hooks, clock, random).All();
}

}  // namespace strongroom
