// Gate: the one authorise-and-record call that every public method of a service opens with.
//
//     Permit permit = gate_.Authorise(caller, Action::kCustomerErase, room);
//     if (!permit.granted()) return permit.Refuse<Erased>();
//     ... do the work ...
//     return permit.Finish(std::move(answer), std::move(batch));
//
// A Permit carries the audit entry.  It ends in exactly one of Refuse, Fail or Finish, each of which submits the entry
// (and the batch of the work, in the same commit) and gives a Receipted answer that opens when both are durable.  A
// permit that is dropped without any records itself as abandoned: nothing that was asked leaves no trace.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/receipt.h"
#include "policy/policy_set.h"
#include "vault/catalogue.h"
#include "vault/house.h"

namespace strongroom {

// The policy in force; swapped whole.  Any thread.
class PolicyInForce {
 public:
  explicit PolicyInForce(std::shared_ptr<const PolicySet> policy) : policy_(std::move(policy)) {}
  std::shared_ptr<const PolicySet> Get() const { return std::atomic_load(&policy_); }
  void Set(std::shared_ptr<const PolicySet> policy) { std::atomic_store(&policy_, std::move(policy)); }

 private:
  std::shared_ptr<const PolicySet> policy_;
};

// What stands between a decision and the work besides policy: approvals by a second person, and budgets.  The gate
// asks; access/safeguards.h answers.  Any thread.
class Safeguards {
 public:
  virtual ~Safeguards() = default;
  // Whether the calls below would wait for the disk on behalf of this caller: such a request belongs on a worker.
  virtual bool WouldWait(const Caller& caller, Action action) const = 0;
  // The caller presents an approval.  Ok: it was given, by somebody else, for this very request, and is spent now,
  // durably. kApprovalNotFound, kApprovalUnusable, kApprovalWaiting.
  virtual Result<std::string> SpendApproval(const Caller& caller,
                                            Action action) = 0;  // answers what the log shall say of it
  // Ok: what `customers` more cost was taken, durably.  kBudgetExhausted, kPersonLocked.  Asked with 0 before the work
  // (may this person work at all?) and with their number before the answer leaves.
  virtual Status TakeBudget(const Caller& caller, Action action, size_t customers, const PolicySet& policy) = 0;
};

class Gate;

class Permit {
 public:
  Permit(Permit&& other) noexcept;
  Permit& operator=(Permit&&) = delete;
  ~Permit();

  bool granted() const { return refusal_.ok(); }
  const Status& refusal() const { return refusal_; }
  Decision decision() const { return static_cast<Decision>(entry_.decision); }

  // Decides one more field under the same action; a field that is not granted `wanted` or better turns the permit into
  // a refusal when `required`, else is just answered (a masked read leaves such fields out).
  Decided DecideField(const FieldDef& field, uint8_t tier, Decision wanted, bool required);
  // Turns the permit into a refusal for a reason the service found (a token domain, a collection point).
  void Deny(Status why) { refusal_ = std::move(why); }

  AuditEntry& entry() { return entry_; }
  const Caller& caller() const { return caller_; }
  // Entries about customers belong into their compartment's log.
  void RecordIn(Room& room) { room_ = &room; }
  Room& room() const { return *room_; }

  // Precondition: !granted().
  template <typename T>
  Receipted<T> Refuse() {
    return Receipted<T>(refusal_, Submit({}, refusal_.reason()));
  }
  // Allowed, but it did not work: the attempt is recorded with its reason.
  template <typename T>
  Receipted<T> Fail(const Status& failure) {
    return Receipted<T>(failure, Submit({}, failure.reason()));
  }
  template <typename T>
  Receipted<T> Finish(T answer, SealedBatch batch = {}) {
    if (Status taken = TakeBudget(); !taken.ok()) {
      Deny(std::move(taken));
      return Refuse<T>();
    }
    return Receipted<T>(std::move(answer), Submit(std::move(batch), Reason::kOk));
  }
  // For work of several commits: the receipt of this one.
  Receipt Submit(SealedBatch batch, Reason outcome);
  // One step of work that takes several commits, under an entry made from entry(): the permit stays open.
  Receipt SubmitStep(SealedBatch batch, AuditEntry entry) const;
  // The steps were everything: no further entry.
  void Close() { open_ = false; }

 private:
  friend class Gate;
  // A decision that asks for a second person becomes `plain` if the caller presents that person's approval.
  void Approve(Decided& decided);
  Status TakeBudget();
  // A purpose nobody defined is not written down: it may be anything, a value in the wrong place for one.
  void ForgetUnknownPurpose(AuditEntry& entry) const;
  Permit(const Gate& gate, const Caller& caller, Action action, Room& room);
  const Gate* gate_;
  Caller caller_;
  std::shared_ptr<const PolicySet> policy_;
  Room* room_;
  AuditEntry entry_;
  Status refusal_;
  bool open_ = true;
  bool purpose_is_known_ = false;  // the credential or a field names it
  bool approved_ = false;          // the approval that was presented has been spent on this request
};

// Any thread.
class Gate {
 public:
  Gate(House& house, PolicyInForce& policy) : house_(house), policy_(policy) {}

  // Asks policy about `action` as such.  `room`: where it will be recorded, the office unless a compartment is known.
  // Actions on fields (read, reveal, compare...) are then decided field by field with Permit::DecideField.
  Permit Authorise(const Caller& caller, Action action, Room* room = nullptr) const;
  // The same for actions that policy decides per field only: no question is asked yet, only the purpose is checked.
  Permit AuthoriseFields(const Caller& caller, Action action, bool needs_purpose, Room* room = nullptr) const;

  House& house() const { return house_; }
  PolicyInForce& policy() const { return policy_; }

  // Before the first request; must outlive the last.  Without: what needs an approval stays closed, and nothing is
  // budgeted.
  void SetSafeguards(Safeguards* safeguards) { safeguards_ = safeguards; }
  Safeguards* safeguards() const { return safeguards_; }

 private:
  House& house_;
  PolicyInForce& policy_;
  Safeguards* safeguards_ = nullptr;
};

}  // namespace strongroom
