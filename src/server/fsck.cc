#include "server/fsck.h"

#include <algorithm>

#include "vault/index_rows.h"

namespace strongroom {
namespace {

constexpr size_t kPage = 1'000;
constexpr size_t kMaxFindings = 1'000;
constexpr uint64_t kLogPage = 8'192;

class Walk {
 public:
  Walk(OpenVault& vault, bool sweep)
      : vault_(vault), house_(vault.house()), sweep_(sweep), catalogue_(vault.catalogue().Current()) {}

  Result<FsckReport> Run() {
    for (const auto& room : house_.compartments()) {
      RETURN_IF_ERROR(CheckRecords(*room));
      RETURN_IF_ERROR(CheckKeys(*room));
      RETURN_IF_ERROR(CheckLog(room->info.name, *room->log));
    }
    if (sweep_) {
      ASSIGN_OR_RETURN(report_.orphan_chunks, vault_.files().SweepOrphans());
      ASSIGN_OR_RETURN(report_.orphan_directory_rows, vault_.tokens().SweepDirectory());
    }
    RETURN_IF_ERROR(CheckLog("office", *house_.office().log));
    return std::move(report_);
  }

 private:
  void Find(const std::string& finding) {
    if (report_.findings.size() < kMaxFindings) report_.findings.push_back(finding);
  }

  Status CheckRecords(Room& room) {
    CustomerId begin = 0;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<CustomerId> page, room.sealed->ScanRecords(begin, kPage));
      for (const CustomerId id : page) RETURN_IF_ERROR(CheckRecord(room, id));
      if (page.size() < kPage) return Status::Ok();
      begin = page.back() + 1;
    }
  }

  Status CheckRecord(Room& room, CustomerId id) {
    ++report_.customers;
    const std::string code = house_.codes().EncodeCustomer(id);
    const Result<OpenCustomer> customer = vault_.customers().OpenByIdEvenBlocked(id);
    if (!customer.ok()) {
      // Erased since the page was read, or truly a record whose key is gone.
      ASSIGN_OR_RETURN(const std::vector<CustomerId> again, room.sealed->ScanRecords(id, 1));
      if (!again.empty() && again.front() == id)
        Find("customer " + code + ": the record does not open (" + customer.status().ToString() + ")");
      return Status::Ok();
    }
    if (house_.RoomOf(id) != &room) Find("customer " + code + ": stands in a compartment its code does not lead to");
    for (const IndexRow& row : IndexRowsOf(*catalogue_, customer->record, house_.clock(), RowsOf::kFinishedIndexes)) {
      ++report_.index_rows;
      ASSIGN_OR_RETURN(const bool there, room.sealed->HasReference(row.label, row.value, id));
      if (there) continue;
      const Result<OpenCustomer> now = vault_.customers().OpenByIdEvenBlocked(id);
      if (now.ok() && now->stored.version == customer->stored.version)
        Find("customer " + code + ": an index row is missing; searches do not find it");
    }
    return Status::Ok();
  }

  // A create writes its key first: a key without a record is a create under way, or one that broke off.
  Status CheckKeys(Room& room) {
    CustomerId begin = 0;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<CustomerId> page, room.customer_keys->Scan(begin, kPage));
      std::vector<CustomerId> orphans;
      for (const CustomerId id : page) {
        ASSIGN_OR_RETURN(const std::vector<CustomerId> record, room.sealed->ScanRecords(id, 1));
        if (record.empty() || record.front() != id) orphans.push_back(id);
      }
      report_.orphan_keys += orphans.size();
      if (sweep_ && !orphans.empty()) RETURN_IF_ERROR(room.customer_keys->DropOrphans(orphans));
      if (page.size() < kPage) return Status::Ok();
      begin = page.back() + 1;
    }
  }

  Status CheckLog(const std::string& name, const LogReader& log) {
    ASSIGN_OR_RETURN(const uint64_t size, log.Size());
    for (uint64_t begin = 0; begin < size; begin += kLogPage) {
      const uint64_t end = std::min(begin + kLogPage, size);
      const auto entries = log.Read(begin, end);  // compares each with the hash in its tile
      if (!entries.ok()) {
        Find("log " + name + ": " + entries.status().ToString());
        return Status::Ok();
      }
      report_.log_entries += entries->size();
    }
    return Status::Ok();
  }

  OpenVault& vault_;
  House& house_;
  const bool sweep_;
  const CataloguePtr catalogue_;
  FsckReport report_;
};

}  // namespace

Result<FsckReport> CheckVault(OpenVault& vault, bool sweep) { return Walk(vault, sweep).Run(); }

}  // namespace strongroom
