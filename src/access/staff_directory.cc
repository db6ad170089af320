#include "access/staff_directory.h"

#include <algorithm>
#include <string>
#include <utility>

#include "access/api_key_record.h"
#include "base/encoding.h"
#include "vault/normalise_text.h"

namespace strongroom {
namespace {

constexpr size_t kPage = 1000;
constexpr int kTries = 4;

Bytes IdContent(PrincipalId id) {
  Bytes content;
  ByteWriter(content).U64(id);
  return content;
}

// The document of one person, and the version it was read at.
struct Stored {
  StaffMember member;
  StoreVersion version = kAbsent;
};

Result<Stored> ReadStored(const SealedStore& office, PrincipalId id) {
  ASSIGN_OR_RETURN(const std::optional<Document> document, office.GetDocument(Table::kStaff, FormatPrincipalId(id)));
  if (!document) return Status(Reason::kStaffNotFound);
  ASSIGN_OR_RETURN(StaffMember member, StaffMember::Decode(document->content));
  return Stored{std::move(member), document->version};
}

const SealedStore& OfficeOf(const Gate& gate) { return *gate.house().office().sealed; }

}  // namespace

Result<std::unique_ptr<StaffDirectory>> StaffDirectory::Open(Gate& gate) {
  std::unique_ptr<StaffDirectory> directory(new StaffDirectory(gate));
  RETURN_IF_ERROR(directory->Refresh());
  return directory;
}

Status StaffDirectory::Refresh() {
  std::lock_guard lock(change_mutex_);
  return ReadAll();
}

// A rule over all people (the last administrator stays) holds across servers only if it is asked of what is stored, and
// nobody changes that before the batch is written.
Result<StoreVersion> StaffDirectory::CatchUp() {
  if (!gate_.house().view().shared()) return kAbsent;
  ASSIGN_OR_RETURN(const StoreVersion change, OfficeOf(gate_).ChangeOf(Table::kStaff));
  RETURN_IF_ERROR(ReadAll());
  return change;
}

Status StaffDirectory::ReadAll() {
  auto snapshot = std::make_shared<Snapshot>();
  Bytes after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> page,
                     OfficeOf(gate_).ListDocuments(Table::kStaff, after, kPage));
    for (const ListedDocument& document : page) {
      ASSIGN_OR_RETURN(StaffMember member, StaffMember::Decode(document.content));
      snapshot->by_name[FoldForSearch(member.name)] = member.id;
      const PrincipalId id = member.id;
      snapshot->by_id[id] = std::make_shared<const StaffMember>(std::move(member));
    }
    if (page.size() < kPage) break;
    after = page.back().row_key;
  }
  std::atomic_store(&snapshot_, std::shared_ptr<const Snapshot>(std::move(snapshot)));
  return Status::Ok();
}

StaffMemberPtr StaffDirectory::Find(PrincipalId id) const {
  const std::shared_ptr<const Snapshot> snapshot = std::atomic_load(&snapshot_);
  const auto found = snapshot->by_id.find(id);
  return found == snapshot->by_id.end() ? nullptr : found->second;
}

StaffMemberPtr StaffDirectory::FindByName(std::string_view name) const {
  const std::shared_ptr<const Snapshot> snapshot = std::atomic_load(&snapshot_);
  const auto found = snapshot->by_name.find(FoldForSearch(name));
  return found == snapshot->by_name.end() ? nullptr : snapshot->by_id.at(found->second);
}

std::vector<StaffMemberPtr> StaffDirectory::All() const {
  const std::shared_ptr<const Snapshot> snapshot = std::atomic_load(&snapshot_);
  std::vector<StaffMemberPtr> all;
  all.reserve(snapshot->by_id.size());
  for (const auto& [id, member] : snapshot->by_id) all.push_back(member);
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->id < b->id; });
  return all;
}

Status StaffDirectory::Prepare(const SealedStore& office, SealedBatch& batch, const StaffMember& member) {
  const std::string name = FoldForSearch(member.name);
  RETURN_IF_ERROR(office.PutDocument(batch, Table::kStaffName, name, IdContent(member.id), kAbsent));
  return office.PutDocument(batch, Table::kStaff, FormatPrincipalId(member.id), member.Encode(), kAbsent);
}

Receipted<StaffMemberPtr> StaffDirectory::Add(Permit permit, StaffMember member, const CheckFn& check) {
  SealedBatch batch;
  if (const Status prepared = Prepare(OfficeOf(gate_), batch, member); !prepared.ok()) {
    return permit.Fail<StaffMemberPtr>(prepared);
  }
  std::lock_guard lock(change_mutex_);
  // Asked first, because a conflict on the batch could not say which of the two documents was there.
  const auto taken = OfficeOf(gate_).GetDocument(Table::kStaffName, FoldForSearch(member.name));
  if (!taken.ok()) return permit.Fail<StaffMemberPtr>(taken.status());
  if (taken->has_value()) return permit.Fail<StaffMemberPtr>(Status(Reason::kStaffNameTaken));
  if (const Status allowed = check ? check(member) : Status::Ok(); !allowed.ok()) {
    return permit.Fail<StaffMemberPtr>(allowed);
  }
  const Receipt receipt = permit.Submit(std::move(batch), Reason::kOk);
  if (const Status written = receipt.Wait(); !written.ok()) {
    return written.reason() == Reason::kStorageConflict ? Status(Reason::kStaffNameTaken) : written;
  }
  const StaffMemberPtr added = std::make_shared<const StaffMember>(std::move(member));
  Publish(added);
  Tell(nullptr, added);
  return Receipted<StaffMemberPtr>(added, receipt);
}

Receipted<StaffMemberPtr> StaffDirectory::Change(Permit permit, PrincipalId id, const ChangeFn& change) {
  std::lock_guard lock(change_mutex_);
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const Result<StoreVersion> known = CatchUp();
    if (!known.ok()) return permit.Fail<StaffMemberPtr>(known.status());
    Result<Stored> stored = ReadStored(OfficeOf(gate_), id);
    if (!stored.ok()) return permit.Fail<StaffMemberPtr>(stored.status());
    const StaffMemberPtr before = std::make_shared<const StaffMember>(stored->member);
    if (const Status allowed = change(stored->member); !allowed.ok()) return permit.Fail<StaffMemberPtr>(allowed);
    SealedBatch batch;
    if (const Status put = PutChanged(batch, stored->member, stored->version); !put.ok()) {
      return permit.Fail<StaffMemberPtr>(put);
    }
    OfficeOf(gate_).ExpectNoChangeSince(batch, Table::kStaff, *known);
    permit.entry().change = Sha256(stored->member.Encode());
    const Receipt receipt = permit.SubmitStep(std::move(batch), permit.entry());
    const Status written = receipt.Wait();
    if (written.reason() == Reason::kStorageConflict) continue;
    permit.Close();
    if (!written.ok()) return written;
    const StaffMemberPtr after = std::make_shared<const StaffMember>(std::move(stored->member));
    Publish(after);
    Tell(before, after);
    return Receipted<StaffMemberPtr>(after, receipt);
  }
  return permit.Fail<StaffMemberPtr>(Status(Reason::kRecordBusy));
}

Result<StaffMemberPtr> StaffDirectory::ChangeRecorded(PrincipalId id, const ChangeFn& change, AuditEntry entry) {
  std::lock_guard lock(change_mutex_);
  for (int attempt = 0; attempt < kTries; ++attempt) {
    ASSIGN_OR_RETURN(const StoreVersion known, CatchUp());
    ASSIGN_OR_RETURN(Stored stored, ReadStored(OfficeOf(gate_), id));
    const StaffMemberPtr before = std::make_shared<const StaffMember>(stored.member);
    RETURN_IF_ERROR(change(stored.member));
    SealedBatch batch;
    RETURN_IF_ERROR(PutChanged(batch, stored.member, stored.version));
    OfficeOf(gate_).ExpectNoChangeSince(batch, Table::kStaff, known);
    const Status written = gate_.house().office().journal->Submit(std::move(batch), entry).Wait();
    if (written.reason() == Reason::kStorageConflict) continue;
    RETURN_IF_ERROR(written);
    StaffMemberPtr after = std::make_shared<const StaffMember>(std::move(stored.member));
    Publish(after);
    Tell(before, after);
    return after;
  }
  return Status(Reason::kRecordBusy);
}

// Nobody changes their id or the name they sign in with: other documents know them by these.
Status StaffDirectory::PutChanged(SealedBatch& batch, const StaffMember& member, StoreVersion version) const {
  return OfficeOf(gate_).PutDocument(batch, Table::kStaff, FormatPrincipalId(member.id), member.Encode(), version);
}

void StaffDirectory::Publish(const StaffMemberPtr& member) {
  auto snapshot = std::make_shared<Snapshot>(*std::atomic_load(&snapshot_));
  snapshot->by_id[member->id] = member;
  snapshot->by_name[FoldForSearch(member->name)] = member->id;
  std::atomic_store(&snapshot_, std::shared_ptr<const Snapshot>(std::move(snapshot)));
}

void StaffDirectory::Tell(const StaffMemberPtr& before, const StaffMemberPtr& after) const {
  for (const Listener& listener : listeners_) listener(before, after);
}

}  // namespace strongroom
