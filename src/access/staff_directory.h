// StaffDirectory: the people who sign in, read and changed one document at a time.  The layer below the services that
// decide (staff.h, sign_in.h, registers.h): it asks nobody for permission and is no service itself.
//
// A change reads the stored document, applies a function to it, and commits it together with the caller's log entry, on
// condition that nobody changed it meanwhile; then it tries again.  What is read for each request (state, roles, marks)
// is a snapshot in memory, replaced when a change is durable, and refreshed from the store for what other servers did.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/staff_member.h"
#include "audit/receipt.h"
#include "vault/gate.h"

namespace strongroom {

using StaffMemberPtr = std::shared_ptr<const StaffMember>;

// Any thread.
class StaffDirectory {
 public:
  // Reads everybody.  `gate` must outlive this.
  static Result<std::unique_ptr<StaffDirectory>> Open(Gate& gate);

  // From memory; null when there is nobody of this id or name.
  StaffMemberPtr Find(PrincipalId id) const;
  StaffMemberPtr FindByName(std::string_view name) const;  // compared by NFKC casefold
  std::vector<StaffMemberPtr> All() const;                 // by id

  // For `strongroom init`, before there is a directory: adds somebody and their name to the batch.
  static Status Prepare(const SealedStore& office, SealedBatch& batch, const StaffMember& member);

  // Adds somebody; the name is claimed in the same commit.  kStaffNameTaken, or what `check` says, which is asked while
  // nobody else is added or changed.  Ends the permit.
  using CheckFn = std::function<Status(const StaffMember& member)>;
  Receipted<StaffMemberPtr> Add(Permit permit, StaffMember member, const CheckFn& check = nullptr);
  // `change` may refuse; it may be called several times.  Its refusal is recorded and answered.  Ends the permit.
  // kStaffNotFound, kRecordBusy (others kept changing it).
  using ChangeFn = std::function<Status(StaffMember&)>;
  Receipted<StaffMemberPtr> Change(Permit permit, PrincipalId id, const ChangeFn& change);
  // The same for what has no caller to ask about (a sign-in under way, a reminder sent): the entry is the caller's.
  Result<StaffMemberPtr> ChangeRecorded(PrincipalId id, const ChangeFn& change, AuditEntry entry);

  // Told after each durable change, on the changing thread, which holds the directory's lock: sessions end, caches
  // forget; a listener changes nobody.  `before` is null for somebody new.  Added before the first request.
  using Listener = std::function<void(const StaffMemberPtr& before, const StaffMemberPtr& after)>;
  void AddListener(Listener listener) { listeners_.push_back(std::move(listener)); }

  // Reads again what other servers changed.
  Status Refresh();

 private:
  struct Snapshot {
    std::unordered_map<PrincipalId, StaffMemberPtr> by_id;
    std::unordered_map<std::string, PrincipalId> by_name;
  };
  explicit StaffDirectory(Gate& gate) : gate_(gate) {}
  Status ReadAll();
  Result<StoreVersion> CatchUp();
  Status PutChanged(SealedBatch& batch, const StaffMember& member, StoreVersion version) const;
  void Publish(const StaffMemberPtr& member);
  void Tell(const StaffMemberPtr& before, const StaffMemberPtr& after) const;

  Gate& gate_;
  std::mutex change_mutex_;  // one change at a time here; documents are conditional as well
  std::shared_ptr<const Snapshot> snapshot_;
  std::vector<Listener> listeners_;
};

}  // namespace strongroom
