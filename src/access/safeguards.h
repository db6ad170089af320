// AccessSafeguards: approvals and budgets as the gate asks for them (vault/gate.h).
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "access/approvals.h"
#include "access/budgets.h"
#include "access/messenger.h"
#include "vault/gate.h"

namespace strongroom {

// Any thread.
class AccessSafeguards : public Safeguards {
 public:
  // All must outlive this.
  AccessSafeguards(Gate& gate, People& people, Approvals& approvals, Budgets& budgets, const Messenger& messenger)
      : gate_(gate), people_(people), approvals_(approvals), budgets_(budgets), messenger_(messenger) {}

  bool WouldWait(const Caller& caller, Action action) const override;
  Result<std::string> SpendApproval(const Caller& caller, Action action) override;
  Result<std::string> BreakGlass(const Caller& caller, Action action) override;
  Status TakeBudget(const Caller& caller, Action action, std::span<const AuditId> customers,
                    const PolicySet& policy) override;
  // Tells those who answer for data, once for each request of a person.  What programs touch is in the log alone.
  void TouchedTier(const Caller& caller, const AuditEntry& entry, uint8_t tier) override;

 private:
  // True the first time for this request.
  bool FirstTouch(uint64_t request_id);

  Gate& gate_;
  People& people_;
  Approvals& approvals_;
  Budgets& budgets_;
  const Messenger& messenger_;
  std::mutex mutex_;
  std::unordered_map<uint64_t, std::string> broken_for_;  // by request: one may ask the gate more than once
  std::unordered_map<uint64_t, bool> told_of_;            // requests whose touch has been told
};

}  // namespace strongroom
