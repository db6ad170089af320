#include "server/vault_files.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <future>
#include <set>
#include <thread>
#include <utility>

#include "audit/log_generation.h"
#include "keys/root_rotation.h"
#include "server/restore_mark.h"
#include "store/postgres_store.h"

namespace strongroom {
namespace {

constexpr char kDirectory[] = "directory";  // what a configuration calls the place that is no database

Status MakePrivateDirectory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return Status(Reason::kStorageUnavailable, "cannot make the directory " + path + ": " + error.message());
  std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  if (error) return Status(Reason::kStorageUnavailable, "cannot make " + path + " private: " + error.message());
  return Status::Ok();
}

// Another server may be sequencing while this one opens: what is read of the log, and the mark, are of two moments
// then. What is really behind its mark, or broken, stays so.
template <typename Look>
auto LookUntilSteady(const ServerView& view, const Look& look) {
  constexpr int kTries = 20;
  for (int tries = 1;; ++tries) {
    auto looked = look();
    const Reason reason = looked.reason();
    const bool may_pass =
        view.shared() && (reason == Reason::kStorageBehindMark || reason == Reason::kLogInvalid) && tries < kTries;
    if (!may_pass) return looked;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

Result<std::unique_ptr<Room>> OpenRoom(const CompartmentInfo& info, RoomStores& stores, const SecretBytes& root_key,
                                       const std::shared_ptr<RootKey>& held_root,
                                       const std::shared_ptr<ServerView>& view, const Clock& clock, Random& random,
                                       const HouseOptions& options) {
  RETURN_IF_ERROR(SettleRoot(*stores.keys, root_key, info.id));  // what a rotation of the root key left
  ASSIGN_OR_RETURN(std::shared_ptr<const KeyRing> ring, KeyRing::Open(*stores.keys, root_key, info.id));
  auto room = std::make_unique<Room>();
  room->info = info;
  room->log = std::make_unique<LogReader>(*stores.data, ring);
  RETURN_IF_ERROR(LookUntilSteady(*view, [&] { return room->log->CheckMark(*stores.keys); }));
  if (info.id != kOffice) room->customer_keys = std::make_unique<CustomerKeys>(*stores.keys, ring, clock, random, view);
  room->sealed = std::make_unique<SealedStore>(*stores.data, ring, room->customer_keys.get(), random, view);
  JournalOptions journal;
  if (view->shared()) journal.writer = view->number();
  journal.null_log_for_benchmark = options.null_log_for_benchmark;
  ASSIGN_OR_RETURN(room->journal, Journal::Open(*stores.data, ring, clock, random, journal));
  room->epochs = std::make_unique<KeyEpochs>(*stores.keys, *stores.data, ring, held_root, room->customer_keys.get(),
                                             clock, random);
  return room;
}

}  // namespace

Result<std::unique_ptr<Store>> VaultFiles::OpenPlace(const Side& side, const std::string& conninfo,
                                                     const std::string& room, bool create) const {
  if (!conninfo.empty()) {
    PostgresOptions options;
    options.conninfo = conninfo;
    options.schema = side.schema_begin + "-" + room + "-" + side.name;
    options.create_if_missing = create;
    options.writer = options_.writer;
    options.unsafe_no_turns_for_tests = options_.unsafe_no_turns_for_tests;
    return OpenPostgresStore(options);
  }
  if (options_.open_store) return options_.open_store(side.directory + "/" + room, create);
  RocksDbOptions options;
  options.path = side.directory + "/" + room;
  options.create_if_missing = create;
  options.shared = shared_;
  options.env = options_.env;
  if (options_.write_buffer_bytes != 0) options.write_buffer_bytes = options_.write_buffer_bytes;
  options.unsafe_no_sync_for_tests = options_.unsafe_no_sync_for_tests;
  return OpenRocksDbStore(options);
}

const std::string& VaultFiles::Side::ConninfoOf(const std::string& room) const {
  const auto found = apart.find(room);
  return found == apart.end() ? conninfo : found->second;
}

const std::string& VaultFiles::Side::NextOf(const std::string& room) const {
  const auto found = apart_next.find(room);
  return found == apart_next.end() ? next : found->second;
}

Result<std::unique_ptr<Store>> VaultFiles::OpenStore(const Side& side, const std::string& room, bool create) {
  const std::string& here = side.ConninfoOf(room);
  const std::string& next = side.NextOf(room);
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store, OpenPlace(side, here, room, create));
  if (next.empty()) {
    RETURN_IF_ERROR(CheckNotMoved(*store));
    return store;
  }
  const bool to_directory = next == kDirectory;
  if (to_directory == here.empty() && (to_directory || next == here))
    return Status(Reason::kConfigInvalid, "a store cannot move to the place where it is: take the setting out");
  if (to_directory) RETURN_IF_ERROR(MakePrivateDirectory(side.directory));
  ASSIGN_OR_RETURN(std::unique_ptr<Store> there,
                   OpenPlace(side, to_directory ? std::string() : next, room, /*create=*/true));
  SystemRandom random;
  Bytes id(16, '\0');
  random.Fill(id.data(), id.size());
  ASSIGN_OR_RETURN(std::unique_ptr<MovingStore> moving,
                   MovingStore::Open(std::move(store), std::move(there), id, to_directory ? kDirectory : "PostgreSQL"));
  const std::lock_guard lock(moves_mutex_);
  moves_.push_back({room + " " + side.name, moving.get()});
  return std::unique_ptr<Store>(std::move(moving));
}

std::vector<MovingRoom> VaultFiles::moves() const {
  const std::lock_guard lock(moves_mutex_);
  return moves_;
}

Result<std::unique_ptr<VaultFiles>> VaultFiles::Open(const ServerConfig& config, CreateStores create,
                                                     const VaultFilesOptions& options) {
  Side data{"data", config.data_dir + "/stores", config.data_store, config.data_store_next, config.store_schema, {},
            {}};
  Side keys{"keys", config.KeyDir(), config.key_store, config.key_store_next, config.store_schema, {}, {}};
  RETURN_IF_ERROR(CheckStorePlaces(config));
  ASSIGN_OR_RETURN(data.apart, StoresApart("data_stores", config.data_stores));
  ASSIGN_OR_RETURN(keys.apart, StoresApart("key_stores", config.key_stores));
  ASSIGN_OR_RETURN(data.apart_next, StoresApart("data_stores_next", config.data_stores_next));
  ASSIGN_OR_RETURN(keys.apart_next, StoresApart("key_stores_next", config.key_stores_next));
  const bool in_postgres = !config.data_store.empty() && !config.key_store.empty();
  if (options.writer != 0 && (!in_postgres || data.moves() || keys.moves())) {
    return Status(Reason::kConfigInvalid,
                  "several servers (server_number) need data_store and key_store in PostgreSQL, and no move under way");
  }
  RocksDbSharedOptions shared;
  shared.block_cache_bytes = size_t{config.block_cache_mebibytes} << 20;
  std::unique_ptr<VaultFiles> files(
      new VaultFiles(std::move(data), std::move(keys), MakeRocksDbShared(shared), options));
  if (create.data || create.keys) RETURN_IF_ERROR(MakePrivateDirectory(config.data_dir));
  for (const auto& [side, wanted] : {std::pair{&files->data_, create.data}, {&files->keys_, create.keys}}) {
    if (wanted && side->conninfo.empty()) RETURN_IF_ERROR(MakePrivateDirectory(side->directory));
  }
  ASSIGN_OR_RETURN(const RoomStores* office, files->Room("office", create));
  static_cast<void>(office);
  return files;
}

Result<RoomStores*> VaultFiles::Room(const std::string& name, CreateStores create) {
  if (const auto known = rooms_.find(name); known != rooms_.end()) return &known->second;
  RoomStores stores;
  // Both at once: after a crash each has a log to replay.
  std::future<Result<std::unique_ptr<Store>>> keys =
      std::async(std::launch::async, [&] { return OpenStore(keys_, name, create.keys); });
  Result<std::unique_ptr<Store>> data = OpenStore(data_, name, create.data);
  ASSIGN_OR_RETURN(stores.keys, keys.get());
  ASSIGN_OR_RETURN(stores.data, std::move(data));
  return &(rooms_[name] = std::move(stores));
}

Status VaultFiles::CheckApart(const std::vector<CompartmentInfo>& compartments) const {
  std::set<std::string> known = {"office"};
  for (const CompartmentInfo& info : compartments) known.insert(info.name);
  const std::pair<const char*, const std::map<std::string, std::string>*> settings[] = {
      {"data_stores", &data_.apart},
      {"key_stores", &keys_.apart},
      {"data_stores_next", &data_.apart_next},
      {"key_stores_next", &keys_.apart_next}};
  for (const auto& [setting, rooms] : settings) {
    for (const auto& [name, address] : *rooms) {
      if (!known.contains(name))
        return Status(Reason::kConfigInvalid,
                      "'" + std::string(setting) + "' names '" + name + "', and there is no such compartment");
    }
  }
  return Status::Ok();
}

OpenVaultOptions KeepingOf(const ServerConfig& config) {
  OpenVaultOptions options;
  options.rotation.rotate_days = config.epoch_rotate_days;
  options.rotation.keep_days = config.epoch_keep_days;
  options.erasing.undo_days = config.erasure_undo_days;
  options.erasing.certificate_days = config.erasure_certificate_days;
  return options;
}

std::string LogOrigin(const std::string& room, CompartmentId compartment) {
  char id[12];
  std::snprintf(id, sizeof(id), "%08x", compartment);
  return "strongroom/" + room + "-" + id;
}

Result<OpenedHouse> OpenHouse(VaultFiles& files, const SecretBytes& root_key, const Clock& clock, Random& random,
                              const HouseOptions& options) {
  if (!options.during_restore) RETURN_IF_ERROR(RefuseUnfinishedRestore(*files.office().keys));
  const auto held_root = std::make_shared<RootKey>(root_key);
  const auto view = std::make_shared<ServerView>(clock, files.writer());
  CompartmentInfo office_info;
  office_info.name = "office";
  ASSIGN_OR_RETURN(std::unique_ptr<Room> office,
                   OpenRoom(office_info, files.office(), root_key, held_root, view, clock, random, options));
  ASSIGN_OR_RETURN(const std::vector<CompartmentInfo> infos, House::ReadCompartments(*office->sealed));
  RETURN_IF_ERROR(files.CheckApart(infos));
  std::vector<std::unique_ptr<Room>> compartments;
  for (const CompartmentInfo& info : infos) {
    ASSIGN_OR_RETURN(RoomStores * stores, files.Room(info.name, false));
    ASSIGN_OR_RETURN(std::unique_ptr<Room> room,
                     OpenRoom(info, *stores, root_key, held_root, view, clock, random, options));
    compartments.push_back(std::move(room));
  }
  std::unique_ptr<FleetRows> fleet;
  if (view->shared()) {
    fleet = std::make_unique<FleetRows>(*files.office().data, office->sealed->ring_ptr(), random);
    office->epochs->ShareWith(fleet.get(), view);
    for (const auto& room : compartments) room->epochs->ShareWith(fleet.get(), view);
  }
  OpenedHouse opened;
  opened.house =
      std::make_unique<House>(std::move(office), std::move(compartments), clock, random, view, std::move(fleet));

  const auto start = [&](const Room& room, RoomStores& stores, const std::string& origin) -> Status {
    ASSIGN_OR_RETURN(const std::optional<LogGeneration> restored, ReadLogGeneration(*stores.keys, room.sealed->ring()));
    SequencerOptions sequencer_options;
    sequencer_options.origin = restored.has_value() ? restored->origin : origin;
    ASSIGN_OR_RETURN(std::unique_ptr<Sequencer> sequencer, LookUntilSteady(*view, [&] {
                       return Sequencer::Open(*stores.data, *stores.keys, room.sealed->ring_ptr(), random,
                                              sequencer_options);
                     }));
    // The first step before anybody asks: from then on there is always a checkpoint.
    // Of several servers, one that is on duty already may be at it.
    if (const Status merged = sequencer->Step().status();
        !merged.ok() && !(view->shared() && merged.reason() == Reason::kStorageConflict)) {
      return merged;
    }
    if (!options.still_for_tests) {
      opened.sequencers.push_back(
          std::make_unique<SequencerRunner>(std::move(sequencer), [view] { return view->on_duty(); }));
    }
    return Status::Ok();
  };
  // The office has no id of its own: its log is told from other vaults' by the first compartment's.
  const CompartmentId vault_id = infos.empty() ? 0 : infos.front().id;
  RETURN_IF_ERROR(start(opened.house->office(), files.office(), LogOrigin("office", vault_id)));
  for (const auto& room : opened.house->compartments()) {
    ASSIGN_OR_RETURN(RoomStores * stores, files.Room(room->info.name, false));
    RETURN_IF_ERROR(start(*room, *stores, LogOrigin(room->info.name, room->info.id)));
  }
  return opened;
}

}  // namespace strongroom
