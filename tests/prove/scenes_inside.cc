// Those who are already inside: with write access to a store, with the signing key, with the keys of one compartment.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "audit/export.h"
#include "audit/verifier.h"
#include "base/encoding.h"
#include "server/fsck.h"
#include "stage.h"
#include "store/memory_store.h"

namespace strongroom {
namespace {

constexpr size_t kAllRows = 1'000'000;
constexpr size_t kBlindedBytes = 1 + 16;  // of an index row: 'i' and the blinded value; a tail follows

Bytes RecordKeyOf(CustomerId id) {
  Bytes key = "c";
  ByteWriter(key).U64(id);
  return key;
}

std::string Number(uint64_t number) { return std::to_string(number); }

// What an SQL shell on one compartment's database would show.
void Count(Stage& stage, Store& data) {
  const Result<std::vector<StoreRow>> rows = data.Scan({.begin = {}, .end = {}, .limit = kAllRows});
  if (!rows.ok()) return stage.Fail(rows.status());
  std::map<char, uint64_t> kinds;
  std::map<Bytes, uint64_t> equal;
  std::set<size_t> sizes;
  bool plain = false;
  for (const StoreRow& row : *rows) {
    ++kinds[row.key.front()];
    if (row.key.front() == 'i') ++equal[row.key.substr(0, kBlindedBytes)];
    if (row.key.front() == 'c') sizes.insert(row.value.size());
    plain = plain || !stage.search().Search(row.key).empty() || !stage.search().Search(row.value).empty();
  }
  const auto shared = std::count_if(equal.begin(), equal.end(), [](const auto& group) { return group.second > 1; });
  stage.Claim("read all " + Number(rows->size()) + " rows: no value in any of them", !plain);
  stage.Gets("that there are " + Number(kinds['c']) + " customers, their records' sizes (" + Number(*sizes.begin()) +
             " to " + Number(*sizes.rbegin()) + " bytes), " + Number(kinds['i']) + " index rows");
  stage.Gets(Number(shared) +
             " of the index rows' hashes occur more than once: which customers share a value, not who they are nor "
             "what it is");
}

std::string EmailOf(OpenVault& vault, const Caller& caller, const std::string& code, Status* why = nullptr) {
  const Result<Revealed> revealed = vault.customers().Reveal(caller, {code, {"email"}}).Wait();
  if (why != nullptr) *why = revealed.status();
  return revealed.ok() ? std::string(revealed->values.front().text) : std::string();
}

// Reads one customer's row, then lets the owner change the customer.
Result<Bytes> OldRowOf(Stage& stage, Stage::Opened& opened, const StagePerson& person, CustomerId* id) {
  ASSIGN_OR_RETURN(const OpenCustomer customer, opened.vault->customers().Open(person.code));
  *id = customer.id;
  ASSIGN_OR_RETURN(RoomStores * stores, opened.files->Room(person.compartment, false));
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, stores->data->Get(RecordKeyOf(customer.id)));
  ChangeRequest change;
  change.code = person.code;
  change.any_version = true;
  change.collection_point = "counter";
  change.set = {{"email", "changed@later.example"}};
  RETURN_IF_ERROR(opened.vault->customers().Change(stage.Everyone(), change).Wait().status());
  return row->bytes;
}

Status PlaySwapAndRestore(Stage& stage) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Stage::Opened> opened, stage.Open());
  const Caller caller = stage.Everyone();
  const StagePerson& first = stage.people()[0];
  const StagePerson& second = stage.people()[1];
  ASSIGN_OR_RETURN(RoomStores * stores, opened->files->Room("main", false));
  ASSIGN_OR_RETURN(const OpenCustomer one, opened->vault->customers().Open(first.code));
  ASSIGN_OR_RETURN(const OpenCustomer two, opened->vault->customers().Open(second.code));
  const Bytes one_key = RecordKeyOf(one.id);
  const Bytes two_key = RecordKeyOf(two.id);
  ASSIGN_OR_RETURN(const std::optional<StoreValue> one_row, stores->data->Get(one_key));
  ASSIGN_OR_RETURN(const std::optional<StoreValue> two_row, stores->data->Get(two_key));
  const auto write = [&](const Bytes& of_one, const Bytes& of_two) {
    StoreBatch batch;
    batch.puts = {{one_key, of_one}, {two_key, of_two}};
    return stores->data->Commit(batch);
  };

  stage.Tries("to swap the records of two customers, so that one is shown the other's data");
  RETURN_IF_ERROR(write(two_row->bytes, one_row->bytes));
  Status why_one;
  Status why_two;
  EmailOf(*opened->vault, caller, first.code, &why_one);
  EmailOf(*opened->vault, caller, second.code, &why_two);
  stage.Claim("neither opens: " + std::string(InfoOf(why_one.reason()).wire_code) + ", " +
                  std::string(InfoOf(why_two.reason()).wire_code),
              why_one.reason() == Reason::kDataCorrupt && why_two.reason() == Reason::kDataCorrupt);
  ASSIGN_OR_RETURN(const FsckReport swapped, CheckVault(*opened->vault, StoresOfFiles(*opened->files)));
  stage.Claim("and fsck names both", swapped.findings.size() >= 2);
  RETURN_IF_ERROR(write(one_row->bytes, two_row->bytes));
  stage.Claim("(control: put back, both open)", EmailOf(*opened->vault, caller, first.code) == first.email &&
                                                    EmailOf(*opened->vault, caller, second.code) == second.email);

  stage.Tries("to change one bit of a record");
  Bytes bent = one_row->bytes;
  bent[bent.size() / 2] = static_cast<char>(bent[bent.size() / 2] ^ 1);
  RETURN_IF_ERROR(write(bent, two_row->bytes));
  EmailOf(*opened->vault, caller, first.code, &why_one);
  stage.Claim("it does not open: " + std::string(InfoOf(why_one.reason()).wire_code),
              why_one.reason() == Reason::kDataCorrupt);
  RETURN_IF_ERROR(write(one_row->bytes, two_row->bytes));

  stage.Tries("to put an old copy of one whole record back after it was changed");
  CustomerId id = 0;
  ASSIGN_OR_RETURN(const Bytes old_row, OldRowOf(stage, *opened, first, &id));
  StoreBatch batch;
  batch.puts.push_back({one_key, old_row});
  RETURN_IF_ERROR(stores->data->Commit(batch));
  const bool shows_old = EmailOf(*opened->vault, caller, first.code) == first.email;
  stage.Gets(shows_old ? "the old values are shown again: one whole record can be rolled back"
                       : "nothing: the old record is not shown");
  ASSIGN_OR_RETURN(const OpenCustomer rolled_back, opened->vault->customers().OpenById(one.id, /*want_hash=*/true));
  ASSIGN_OR_RETURN(const auto entries, rolled_back.room->log->FindByCustomer(rolled_back.record.audit_id, 1'000));
  const auto newest = std::find_if(entries.begin(), entries.end(),
                                   [](const IndexedEntry& entry) { return entry.entry.change.has_value(); });
  stage.Claim("the log knows better: its newest change entry commits to another record than the one in the store",
              newest != entries.end() && *newest->entry.change != rolled_back.stored.sealed_hash);
  const FsckOptions against_log{.against_log = true};
  ASSIGN_OR_RETURN(const FsckReport report, CheckVault(*opened->vault, StoresOfFiles(*opened->files), against_log));
  stage.Claim("and fsck against the log names the customer",
              std::any_of(report.findings.begin(), report.findings.end(), [&](const FsckFinding& finding) {
                return finding.check == FsckCheck::kAgainstLog && finding.customer == first.code;
              }));
  return Status::Ok();
}

// A log as somebody with all keys would like it to have been: the same entries but one, signed with the true key.
Status PlayForgery(Stage& stage) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Stage::Opened> opened, stage.Open());
  const Room& room = *opened->vault->house().compartments().front();
  const std::string honest = stage.directory() + "/log-honest";
  const std::string forged = stage.directory() + "/log-forged";
  std::filesystem::create_directories(honest);
  std::filesystem::create_directories(forged);
  ASSIGN_OR_RETURN(const VerifierKey key, room.log->Key());
  ASSIGN_OR_RETURN(const ExportReport exported, ExportLog(*room.log, honest, key));
  ASSIGN_OR_RETURN(const std::string kept_elsewhere, room.log->ReadCheckpoint());
  stage.Claim("(control: the honest log of " + Number(exported.checkpoint.size) +
                  " entries verifies, also against the checkpoint that was kept elsewhere)",
              VerifyExport(honest, key, kept_elsewhere).ok());

  stage.Tries("without the signing key: to change one byte of the exported entries");
  const std::string bent_directory = stage.directory() + "/log-bent";
  std::filesystem::copy(honest, bent_directory, std::filesystem::copy_options::recursive);
  for (const auto& file : std::filesystem::recursive_directory_iterator(bent_directory + "/tile/entries")) {
    if (!file.is_regular_file()) continue;
    std::FILE* bundle = std::fopen(file.path().c_str(), "r+b");
    if (bundle == nullptr) return Status(Reason::kFileUnreadable);
    std::fseek(bundle, 40, SEEK_SET);
    const int byte = std::fgetc(bundle);
    std::fseek(bundle, 40, SEEK_SET);
    std::fputc(byte ^ 1, bundle);
    std::fclose(bundle);
    break;
  }
  const VerifyReport bent = VerifyExport(bent_directory, key);
  stage.Claim("found: " + (bent.ok() ? std::string("nothing") : bent.problem->ToString()), !bent.ok());

  stage.Tries("with every key: to write the log anew without the first reveal, and to sign that");
  ASSIGN_OR_RETURN(RoomStores * stores, opened->files->Room(room.info.name, false));
  ASSIGN_OR_RETURN(const std::shared_ptr<const KeyRing> ring,
                   KeyRing::Open(*stores->keys, opened->root_key, room.info.id));
  MemoryStore data;
  MemoryStore keys;
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<Journal> journal,
                     Journal::Open(data, ring, stage.clock(), stage.random(), {}));
    ASSIGN_OR_RETURN(const std::vector<IndexedEntry> entries, room.log->Read(0, exported.checkpoint.size));
    bool left_out = false;
    for (const IndexedEntry& entry : entries) {
      const bool unwanted = !left_out && entry.entry.action == Action::kCustomerReveal;
      left_out = left_out || unwanted;
      if (!unwanted) RETURN_IF_ERROR(journal->Submit({}, entry.entry).Wait());
    }
    // And a few more, so that the log is not shorter than it was.
    for (int i = 0; i < 5; ++i) RETURN_IF_ERROR(journal->Submit({}, entries.back().entry).Wait());
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Sequencer> sequencer,
                   Sequencer::Open(data, keys, ring, stage.random(), {.origin = key.name}));
  while (true) {
    ASSIGN_OR_RETURN(const bool merged, sequencer->Step());
    if (!merged) break;
  }
  ASSIGN_OR_RETURN(const ExportReport forgery, ExportLog(LogReader(data, ring), forged, key));
  stage.Gets("a log of " + Number(forgery.checkpoint.size) + " entries without that reveal which, looked at alone, " +
             (VerifyExport(forged, key).ok() ? "verifies" : "does not verify"));
  const VerifyReport against = VerifyExport(forged, key, kept_elsewhere);
  stage.Claim("against the checkpoint that left the machine before: " +
                  (against.ok() ? std::string("not found") : against.problem->ToString()),
              !against.ok());
  stage.Gets(
      "so: as long as no checkpoint leaves the machine, the honesty of whoever has the root key is all there is");
  return Status::Ok();
}

Status PlayBreakIn(Stage& stage) {
  ASSIGN_OR_RETURN(const std::unique_ptr<VaultFiles> files, stage.OpenFiles());
  ASSIGN_OR_RETURN(const SecretBytes root,
                   OpenLock(*files->office().keys, SecretBytes::CopyOf(stage.vault().passphrase)));
  ASSIGN_OR_RETURN(RoomStores * main, files->Room("main", false));
  ASSIGN_OR_RETURN(RoomStores * vip, files->Room("vip", false));
  ASSIGN_OR_RETURN(const std::shared_ptr<const KeyRing> office_ring,
                   KeyRing::Open(*files->office().keys, root, kOffice));
  const SealedStore office(*files->office().data, office_ring, nullptr, stage.random());
  ASSIGN_OR_RETURN(const std::vector<CompartmentInfo> infos, House::ReadCompartments(office));
  const auto vip_info =
      std::find_if(infos.begin(), infos.end(), [](const CompartmentInfo& info) { return info.name == "vip"; });
  if (vip_info == infos.end()) return Status(Reason::kCompartmentUnknown);
  // What the intruder has: the ring of "vip" in clear, and copies of all stores.  Not the root key.
  ASSIGN_OR_RETURN(const std::shared_ptr<const KeyRing> vip_ring, KeyRing::Open(*vip->keys, root, vip_info->id));
  const auto open_all = [&](RoomStores& stores) -> Result<std::pair<size_t, size_t>> {
    CustomerKeys customer_keys(*stores.keys, vip_ring, stage.clock(), stage.random());
    const SealedStore sealed(*stores.data, vip_ring, &customer_keys, stage.random());
    ASSIGN_OR_RETURN(const std::vector<CustomerId> ids, sealed.ScanRecords(0, kAllRows));
    size_t opened = 0;
    for (const CustomerId id : ids) opened += sealed.GetRecord(id).ok() ? 1 : 0;
    return std::pair(opened, ids.size());
  };
  ASSIGN_OR_RETURN(const auto own, open_all(*vip));
  ASSIGN_OR_RETURN(const auto other, open_all(*main));
  stage.Gets("every record of the compartment whose keys were taken: " + Number(own.first) + " of " +
             Number(own.second));
  stage.Claim("(control: so the keys are the right ones)", own.first == own.second && own.second > 0);
  stage.Claim("of the other compartment's " + Number(other.second) + " records these keys open " + Number(other.first),
              other.first == 0 && other.second > 0);
  stage.Gets(
      "how many customers the other compartment has. All rings hang from one root key: whoever takes that has both");
  return Status::Ok();
}

}  // namespace

void PlayStoreAccess(Stage& stage) {
  stage.Title(
      "WRITE ACCESS TO ONE COMPARTMENT'S DATABASE, without keys (SQL injection, a bribed database administrator)");
  {
    const Result<std::unique_ptr<VaultFiles>> files = stage.OpenFiles();
    if (!files.ok()) return stage.Fail(files.status());
    const Result<RoomStores*> stores = (*files)->Room("main", false);
    if (!stores.ok()) return stage.Fail(stores.status());
    Count(stage, *(*stores)->data);
  }
  if (const Status played = PlaySwapAndRestore(stage); !played.ok()) stage.Fail(played);
}

void PlayLogForger(Stage& stage) {
  stage.Title("AN ADMINISTRATOR WHO WOULD LIKE THE LOG TO SAY SOMETHING ELSE");
  if (const Status played = PlayForgery(stage); !played.ok()) stage.Fail(played);
}

void PlayOneCompartment(Stage& stage) {
  stage.Title("A BREAK-IN TO ONE COMPARTMENT, its keys in clear included");
  if (const Status played = PlayBreakIn(stage); !played.ok()) stage.Fail(played);
}

}  // namespace strongroom
