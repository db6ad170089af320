// A vault on the disk with a history, and backup sets of its days: for tests of restoring it.
//
// Day one: ada, bob and cy are customers; data set "one" and key set "keys-one".  Day two: bob is erased, dee comes,
// ada moves house; the increment "two".  After it cy is erased, and eve comes.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "access/open_vault.h"
#include "backup/make_set.h"
#include "server/init.h"
#include "server/restore.h"
#include "server/testing/test_place.h"
#include "server/vault_files.h"
#include "store/testing/temp_dir.h"

namespace strongroom {

// Whatever fails here ends the process: no test has anything to say then.
class RestoreVault {
 public:
  // A vault that is open.  Members end in reverse.
  struct Opened {
    std::unique_ptr<VaultFiles> files;
    std::vector<std::unique_ptr<SequencerRunner>> sequencers;
    std::unique_ptr<OpenVault> vault;
    ~Opened() {
      vault.reset();
      sequencers.clear();
    }
  };

  RestoreVault() : identity_(AgeIdentity::Generate(random_)) {
    config_.data_dir = directory_.Path("vault");
    PutIntoTestEngine(config_);
    std::filesystem::create_directory(directory_.Path("sets"));
    secret_ = SecretBytes::Generate(32, random_);
    Principal everything;
    everything.id = 7;
    everything.kind = PrincipalKind::kApplication;
    everything.roles = {"application", "privacy-officer", "administrator", "operator"};
    everything.purposes = {"*"};
    principal_ = std::make_shared<const Principal>(everything);
    Live();
    Parse();
  }

  // Opens it as a start of the server does.
  static Result<std::unique_ptr<Opened>> Open(const ServerConfig& config, const SecretBytes& secret, const Clock& clock,
                                              Random& random, const VaultFilesOptions& options = {}) {
    auto opened = std::make_unique<Opened>();
    ASSIGN_OR_RETURN(opened->files, VaultFiles::Open(config, false, options));
    ASSIGN_OR_RETURN(const SecretBytes root, OpenLock(*opened->files->office().keys, secret));
    ASSIGN_OR_RETURN(OpenedHouse house, OpenHouse(*opened->files, root, clock, random));
    opened->sequencers = std::move(house.sequencers);
    ASSIGN_OR_RETURN(opened->vault, OpenVault::Open(std::move(house.house)));
    return opened;
  }
  Result<std::unique_ptr<Opened>> Open(const VaultFilesOptions& options = {}) {
    return Open(config_, secret_, clock_, random_, options);
  }

  RestoreHooks Hooks() {
    RestoreHooks hooks;
    hooks.say = [this](const std::string& line) { said += line + "\n"; };
    hooks.progress = [](std::string_view, uint64_t) {};
    hooks.confirm = [](const std::string&) -> Result<bool> { return true; };
    hooks.unlock = [this](const Store& office_keys) { return OpenLock(office_keys, secret_); };
    return hooks;
  }

  RestoreOrder Order(const std::vector<std::string>& sets, const std::string& keys = {}) {
    RestoreOrder order;
    for (const std::string& name : sets) order.data.push_back(*OpenRestoreSet(files_.at(name), age_keys_));
    if (!keys.empty()) order.keys = *OpenRestoreSet(files_.at(keys), age_keys_);
    order.data_as_is = sets.empty();
    return order;
  }

  Result<RestoreReport> Restore(const RestoreOrder& order, const RestoreHooks& hooks,
                                const VaultFilesOptions& options = {}) {
    ASSIGN_OR_RETURN(const std::unique_ptr<VaultFiles> files,
                     VaultFiles::Open(config_, CreateStores{!order.data_as_is, order.keys.has_value()}, options));
    return RunRestore(*files, order, hooks, clock_, random_);
  }
  Result<RestoreReport> Restore(const RestoreOrder& order) { return Restore(order, Hooks()); }

  Caller AsAll() const {
    Caller caller;
    caller.principal = principal_;
    caller.address = IpAddress::Loopback();
    caller.purpose = "restore-test";
    return caller;
  }

  // What a search of this e-mail address finds: external ids are not shown, so codes.
  size_t Hits(Opened& opened, const std::string& mail) const {
    const auto hits = opened.vault->customers().Search(AsAll(), "", "mail", mail, false).Wait();
    return hits.ok() ? hits->size() : 1'000;
  }
  static bool Opens(Opened& opened, const std::string& who) {
    return opened.vault->customers().Open("ext:" + who).ok();
  }

  const std::string& File(const std::string& name) const { return files_.at(name); }
  const std::string& Code(const std::string& who) const { return codes_.at(who); }
  // The compartment's checkpoints, as anybody could have kept them.
  const std::vector<std::string>& checkpoints() const { return checkpoints_; }
  const StoreRow& KeyRowOf(const std::string& who) const { return key_rows_.at(who); }
  ServerConfig& config() { return config_; }
  std::string Path(const std::string& name) { return directory_.Path(name); }
  const SecretBytes& secret() const { return secret_; }
  const Clock& clock() const { return clock_; }
  Random& random() { return random_; }
  std::string said;

 private:
  template <typename T>
  static T Must(Result<T> result) {
    if (!result.ok()) std::fprintf(stderr, "%s\n", result.status().ToString().c_str()), std::abort();
    return *std::move(result);
  }
  static void Must(const Status& status) {
    if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str()), std::abort();
  }

  void Make(Opened& opened, const std::string& who) {
    const std::string mail = who + "@example.com";
    CreateRequest request;
    request.compartment = "main";
    request.collection_point = "restore-test";
    request.external_id = who;
    request.values = {{"mail", mail}, {"street", "First Street"}};
    codes_[who] = Must(opened.vault->customers().Create(AsAll(), request).Wait()).code;
    const CustomerId id = Must(opened.vault->house().codes().DecodeCustomer(codes_[who]));
    const Store& keys = *Must(opened.files->Room("main", false))->keys;
    key_rows_[who] = {CustomerKeyRowKey(id), Must(keys.Get(CustomerKeyRowKey(id)))->bytes};
  }

  void Erase(Opened& opened, const std::string& who) {
    Must(opened.vault->customers().Erase(AsAll(), codes_.at(who)).Wait().status());
  }

  void Backup(Opened& opened, SetKind kind, const std::string& name, const std::string& parent = {}) {
    // Everything merged: what the sets hold is what the checkpoint says.
    opened.sequencers.clear();
    for (const auto& [room, stores] : opened.files->rooms()) {
      const CompartmentId id = room == "office" ? kOffice : Must(opened.vault->house().RoomByName(room))->info.id;
      const CompartmentId named = room == "office" ? opened.vault->house().compartments().front()->info.id : id;
      SequencerOptions options;
      options.origin = LogOrigin(room, named);
      const Room& one =
          room == "office" ? opened.vault->house().office() : *Must(opened.vault->house().RoomByName(room));
      auto sequencer = Must(Sequencer::Open(*stores.data, *stores.keys, one.sealed->ring_ptr(), random_, options));
      static_cast<void>(Must(sequencer->Step()));
      if (room == "main") checkpoints_.push_back(Must(one.log->ReadCheckpoint()));
    }
    MakeSetOptions options;
    options.header.kind = kind;
    options.header.vault = Must(opened.vault->house().office().log->Key()).name;
    options.header.id.assign(16, '\0');
    random_.Fill(options.header.id.data(), 16);
    options.header.made_at = clock_.NowMillis();
    if (!parent.empty()) {
      options.header.parent = ids_.at(parent);
      options.parent_file = files_.at(parent);
    }
    for (const auto& [room, stores] : opened.files->rooms())
      options.rooms.push_back({room, kind == SetKind::kData ? stores.data.get() : stores.keys.get()});
    options.recipients = {identity_.recipient()};
    options.directory = directory_.Path("sets");
    if (kind == SetKind::kData) options.index_key = index_key_.Clone();
    const MadeSet made = Must(MakeSet(options, random_));
    ids_[name] = made.header.id;
    files_[name] = options.directory + "/" + made.file;
  }

  void Live() {
    {
      auto files = Must(VaultFiles::Open(config_, true));
      InitOptions options;
      options.compartments = {"main"};
      options.lock.info.kind = LockKind::kDevelopment;
      options.secret = secret_.Clone();
      options.first_key.name = "first";
      options.first_key.kind = PrincipalKind::kApplication;
      options.first_key.roles = {"administrator"};
      static_cast<void>(Must(InitialiseVault(*files, std::move(options), clock_, random_)));
    }
    {
      auto opened = Must(Open());
      CatalogueService& catalogue = opened->vault->catalogue();
      for (const auto& [name, search] : {std::pair{"mail", SearchKind::kExact}, {"street", SearchKind::kNone}}) {
        FieldDef field;
        field.name = name;
        field.purposes = {"restore-test"};
        field.legal_basis = "contract";
        field.search = search;
        Must(catalogue.PutField(AsAll(), std::move(field)).Wait().status());
      }
      Must(catalogue.PutCollectionPoint(AsAll(), {"restore-test", "a test", {"mail", "street"}}).Wait().status());
      for (const char* who : {"ada", "bob", "cy"}) Make(*opened, who);
      Backup(*opened, SetKind::kData, "one");
      Backup(*opened, SetKind::kKeys, "keys-one");
    }
    CopyVault(config_, directory_.Path("day-one"));
    {
      auto opened = Must(Open());
      Erase(*opened, "bob");
      Make(*opened, "dee");
      ChangeRequest change;
      change.code = codes_.at("ada");
      change.any_version = true;
      change.collection_point = "restore-test";
      change.set = {{"street", "Second Street"}};
      Must(opened->vault->customers().Change(AsAll(), change).Wait().status());
      Backup(*opened, SetKind::kData, "two", "one");
    }
    {
      auto opened = Must(Open());
      Erase(*opened, "cy");
      Make(*opened, "eve");
      Backup(*opened, SetKind::kKeys, "keys-now");
    }
  }

  void Parse() {
    Result<std::vector<AgeIdentity>> parsed = ParseAgeIdentities(ExposeSecret(identity_.Encode()));
    age_keys_.identities = Must(std::move(parsed));
  }

  TempDir directory_;
  ServerConfig config_;
  SystemClock clock_;
  SystemRandom random_;
  AgeIdentity identity_;
  AgeKeys age_keys_;
  SecretBytes secret_;
  SecretBytes index_key_ = SecretBytes::Generate(32, random_);
  std::shared_ptr<const Principal> principal_;
  std::map<std::string, std::string> files_;
  std::map<std::string, Bytes> ids_;
  std::map<std::string, std::string> codes_;
  std::map<std::string, StoreRow> key_rows_;
  std::vector<std::string> checkpoints_;
};

}  // namespace strongroom
