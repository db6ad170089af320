#include "access/safeguards.h"

#include <utility>

namespace strongroom {
namespace {

constexpr size_t kRemembered = 4096;  // requests: each is answered long before so many others came

}  // namespace

bool AccessSafeguards::WouldWait(const Caller& caller, Action action) const {
  if (!caller.approval.empty() || !caller.break_glass.empty()) return true;
  return budgets_.WouldWait(caller, action, *gate_.policy().Get());
}

Result<std::string> AccessSafeguards::SpendApproval(const Caller& caller, Action action) {
  return approvals_.Spend(caller, action);
}

Result<std::string> AccessSafeguards::BreakGlass(const Caller& caller, Action action) {
  {
    std::lock_guard lock(mutex_);
    const auto found = broken_for_.find(caller.request_id);
    if (found != broken_for_.end()) return found->second;
  }
  RETURN_IF_ERROR(Approvals::CheckGlassReason(caller));
  RETURN_IF_ERROR(budgets_.TakeOne(caller, Action::kBreakGlass, *gate_.policy().Get()));
  ASSIGN_OR_RETURN(std::string note, approvals_.BreakGlass(caller, action));
  std::lock_guard lock(mutex_);
  if (broken_for_.size() >= kRemembered) broken_for_.clear();
  broken_for_[caller.request_id] = note;
  return note;
}

Status AccessSafeguards::TakeBudget(const Caller& caller, Action action, std::span<const AuditId> customers,
                                    const PolicySet& policy) {
  if (customers.empty()) return budgets_.CheckLock(caller);
  return budgets_.Take(caller, action, customers, policy);
}

bool AccessSafeguards::FirstTouch(uint64_t request_id) {
  std::lock_guard lock(mutex_);
  if (told_of_.size() >= kRemembered) told_of_.clear();
  return std::exchange(told_of_[request_id], true) == false;
}

void AccessSafeguards::TouchedTier(const Caller& caller, const AuditEntry& entry, uint8_t /*tier*/) {
  if (caller.principal == nullptr || caller.principal->kind != PrincipalKind::kStaff) return;
  if (!FirstTouch(caller.request_id)) return;
  PolicyQuestion answering;
  answering.action = Action::kAuditRead;
  const std::vector<Person> answerable =
      messenger_.ThoseWhoCould(*gate_.policy().Get(), answering, caller.address, caller.principal->id);
  SealedBatch batch;
  const Status put = messenger_.Tell(batch, "vip-touched", answerable, /*to_house=*/true,
                                     {{"by", Messenger::LabelOf(people_.Find(caller.principal->id))},
                                      {"action", std::string(NameOf(entry.action))},
                                      {"time", FormatTime(gate_.house().clock().NowMillis())}});
  // Nobody to tell, or no room to: the touch itself is in the customer's log.
  if (!put.ok() || batch.empty()) return;
  AuditEntry told;
  told.actor_kind = PrincipalKind::kSystem;
  told.action = Action::kOutboxChange;
  told.decision = Decision::kPlain;
  told.request_id = caller.request_id;
  told.detail = "notice vip-touched";
  gate_.house().office().journal->Submit(std::move(batch), std::move(told));
}

}  // namespace strongroom
