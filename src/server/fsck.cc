#include "server/fsck.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/encoding.h"
#include "server/fsck_run.h"

namespace strongroom {

std::string_view NameOf(FsckCheck check) {
  constexpr std::string_view kNames[kFsckChecks] = {"records", "items",     "index rows", "tokens",
                                                    "keys",    "documents", "log",        "against the log"};
  return kNames[static_cast<size_t>(check)];
}

std::string FsckFinding::Line() const {
  std::string line = customer.empty() ? compartment + ": " : "customer " + customer + ": ";
  line += what;
  if (mended) line += " (mended)";
  return line;
}

uint64_t FsckReport::Rows() const { return std::accumulate(looked_at.begin(), looked_at.end(), uint64_t{0}); }

bool FsckReport::Damaged() const {
  return more_findings > 0 ||
         std::any_of(findings.begin(), findings.end(), [](const FsckFinding& finding) { return !finding.mended; });
}

Status FsckRun::OpenStores() {
  const auto open = [this](const Room& room) -> Status {
    ASSIGN_OR_RETURN(by_room_[room.info.name], stores_(room.info.name));
    return Status::Ok();
  };
  for (const auto& room : house.compartments()) RETURN_IF_ERROR(open(*room));
  return open(house.office());
}

void FsckRun::Find(FsckCheck check, const Room& room, std::string what, bool mended) {
  if (report.findings.size() == FsckReport::kMaxFindings) {
    if (!mended) ++report.more_findings;
    return;
  }
  report.findings.push_back({check, room.info.name, {}, std::move(what), mended});
}

void FsckRun::FindOf(FsckCheck check, const Room& room, CustomerId customer, std::string what, bool mended) {
  const size_t before = report.findings.size();
  Find(check, room, std::move(what), mended);
  if (report.findings.size() > before) report.findings.back().customer = house.codes().EncodeCustomer(customer);
}

Result<bool> FsckRun::Mend(Room& room, SealedBatch batch, uint64_t rows, std::string detail) {
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kStoreCheck;
  entry.decision = Decision::kPlain;
  entry.count = static_cast<uint32_t>(rows);
  entry.detail = "repair: " + std::move(detail);
  const Status written = room.journal->Submit(std::move(batch), std::move(entry)).Wait();
  if (written.reason() == Reason::kStorageConflict) return false;
  RETURN_IF_ERROR(written);
  report.mended_rows += rows;
  return true;
}

Result<bool> FsckRun::IsBeingErased(const Room& room, CustomerId customer) {
  const Result<std::optional<ErasurePlan>> plan = ErasurePlan::Find(*room.sealed, customer);
  // A plan that does not open is there all the same; the check of documents, or its own list, tells of it.
  if (plan.reason() == Reason::kDataCorrupt || plan.reason() == Reason::kKeyMissing) return true;
  RETURN_IF_ERROR(plan.status());
  return plan->has_value();
}

Result<bool> FsckRun::IsMoving(CustomerId customer) const {
  for (const auto& room : house.compartments()) {
    const Result<bool> moving = room->customer_keys->IsMoving(customer);
    if (moving.reason() == Reason::kDataCorrupt) continue;  // told by the check of keys
    RETURN_IF_ERROR(moving.status());
    if (*moving) return true;
  }
  return false;
}

Result<bool> FsckRun::HasRecord(const StoredRows& rows, CustomerId customer) {
  Bytes key = "c";
  ByteWriter(key).U64(customer);
  ASSIGN_OR_RETURN(const std::vector<StoredRecord> found, rows.Records(key, 1));
  return !found.empty() && found.front().row_key == key;
}

FsckStoresOf StoresOfFiles(const VaultFiles& files) {
  return [&files](const std::string& room) -> Result<FsckStores> {
    const auto found = files.rooms().find(room);
    if (found == files.rooms().end()) return Status(Reason::kCompartmentUnknown);
    return FsckStores{found->second.data.get(), found->second.keys.get()};
  };
}

Result<FsckOpened> OpenForFsck(const Room& room, CustomerId customer, bool want_hash) {
  FsckOpened opened;
  ASSIGN_OR_RETURN(opened.stored, room.sealed->GetRecordEvenBlocked(customer, want_hash));
  ASSIGN_OR_RETURN(opened.record, Record::Parse(opened.stored.content.view()));
  return opened;
}

// Index rows before records: a repair takes away what does not open, and records then find that it is missing.
Result<FsckReport> CheckVault(OpenVault& vault, const FsckStoresOf& stores, const FsckOptions& options) {
  FsckRun run(vault, stores, options);
  RETURN_IF_ERROR(run.OpenStores());
  if (run.repair()) RETURN_IF_ERROR(FinishWork(run));
  for (const auto& room : run.house.compartments()) {
    RETURN_IF_ERROR(CheckIndexRows(run, *room));
    RETURN_IF_ERROR(CheckRecords(run, *room));
    RETURN_IF_ERROR(CheckItems(run, *room));
    RETURN_IF_ERROR(CheckKeys(run, *room));
    RETURN_IF_ERROR(CheckDocuments(run, *room));
    RETURN_IF_ERROR(ListWork(run, *room));
    RETURN_IF_ERROR(CheckLog(run, *room));
    if (options.against_log) RETURN_IF_ERROR(CheckAgainstLog(run, *room));
  }
  Room& office = run.house.office();
  if (run.repair()) RETURN_IF_ERROR(SweepLeftovers(run));
  RETURN_IF_ERROR(CheckKeys(run, office));
  RETURN_IF_ERROR(CheckDocuments(run, office));
  RETURN_IF_ERROR(ListWork(run, office));
  RETURN_IF_ERROR(CheckLog(run, office));
  return std::move(run.report);
}

}  // namespace strongroom
