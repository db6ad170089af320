// What the checks of one fsck share, and the checks themselves.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keys/stored_rows.h"
#include "server/fsck.h"
#include "vault/erasure_plan.h"

namespace strongroom {

// One thread.
class FsckRun {
 public:
  static constexpr size_t kPage = 1'000;  // rows

  // `vault` must outlive this, as must the stores.
  FsckRun(OpenVault& open_vault, const FsckStoresOf& stores, const FsckOptions& wanted)
      : vault(open_vault),
        house(open_vault.house()),
        options(wanted),
        catalogue(open_vault.catalogue().Current()),
        stores_(stores) {}
  // Before the checks: the stores of every room.
  Status OpenStores();

  OpenVault& vault;
  House& house;
  const FsckOptions options;
  const CataloguePtr catalogue;
  FsckReport report;

  const FsckStores& StoresOf(const Room& room) const { return by_room_.at(room.info.name); }
  StoredRows RowsOf(const Room& room) const {
    const FsckStores& stores = StoresOf(room);
    return StoredRows(*stores.data, *stores.keys, room.sealed->ring());
  }
  bool repair() const { return options.repair; }
  void Count(FsckCheck check, uint64_t rows = 1) { report.looked_at[static_cast<size_t>(check)] += rows; }

  void Find(FsckCheck check, const Room& room, std::string what, bool mended = false);
  void FindOf(FsckCheck check, const Room& room, CustomerId customer, std::string what, bool mended = false);
  void Unfinished(const Room& room, const std::string& what) {
    report.unfinished.push_back(room.info.name + ": " + what);
  }

  // One commit of a repair, under an entry of its own.  False: somebody changed what it was decided on; nothing was
  // written.
  Result<bool> Mend(Room& room, SealedBatch batch, uint64_t rows, std::string detail);

  // An erasure that is not finished owns what is left of its customer.
  static Result<bool> IsBeingErased(const Room& room, CustomerId customer);
  // A move that is not finished owns both sides of its customer.
  Result<bool> IsMoving(CustomerId customer) const;
  static Result<bool> HasRecord(const StoredRows& rows, CustomerId customer);

 private:
  const FsckStoresOf stores_;
  std::map<std::string, FsckStores> by_room_;
};

// fsck_work.cc: what a crash left or a job has under way.  A repair finishes it first.
Status FinishWork(FsckRun& run);
Status ListWork(FsckRun& run, const Room& room);
// fsck_rows.cc: each index row opens, and leads to a customer whose record has its value.
Status CheckIndexRows(FsckRun& run, Room& room);
// fsck_records.cc: each record opens under its customer's key, where its code leads, and has all its index rows.
Status CheckRecords(FsckRun& run, Room& room);
// fsck_items.cc: each item beside a record opens; files are whole.
Status CheckItems(FsckRun& run, Room& room);
// fsck_tokens.cc: a token's rows elsewhere are there.
Status CheckToken(FsckRun& run, Room& room, CustomerId customer, const StoredItem& item, ByteView content);
// Parts of uploads and rows of the directory that lead nowhere; nobody else may have the vault.
Status SweepLeftovers(FsckRun& run);
// fsck_keys.cc: each key opens and has its record; the ledger and the epochs agree with what is there.
Status CheckKeys(FsckRun& run, Room& room);
// fsck_documents.cc: each document opens.
Status CheckDocuments(FsckRun& run, const Room& room);
// fsck_log.cc: the log against itself.
Status CheckLog(FsckRun& run, Room& room);
// fsck_against_log.cc: each record against the log.
Status CheckAgainstLog(FsckRun& run, Room& room);

// Of a customer who has a record that opens.
struct FsckOpened {
  OpenRecord stored;
  Record record;  // points into stored.content
};
Result<FsckOpened> OpenForFsck(const Room& room, CustomerId customer, bool want_hash = false);

}  // namespace strongroom
