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

#include <algorithm>
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
  // Policy asks for an approval, there is none, and policy lets the caller break the glass.  Ok: everybody who answers
  // for it is being told, and that it was done is recorded, durably.  kBudgetExhausted, kInvalidArgument.
  virtual Result<std::string> BreakGlass(const Caller& caller, Action action) = 0;
  // Ok: what these customers cost was taken, durably.  kBudgetExhausted, kPersonLocked.  Asked with none before the
  // work (may this person work at all?), which never waits, and with all of them before the answer leaves.
  virtual Status TakeBudget(const Caller& caller, Action action, std::span<const AuditId> customers,
                            const PolicySet& policy) = 0;
  // A customer of a higher tier was touched, or somebody was refused one; the entry says which.  Does not wait.
  virtual void TouchedTier(const Caller& caller, const AuditEntry& entry, uint8_t tier) = 0;
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
  void Deny(Status why) {
    refusal_ = std::move(why);
    hidden_ = false;
  }
  // The service finds customers by code: whoever policy refuses for the customer's tier alone hears what is said of
  // nobody.  Then hidden(), and what is decided afterwards is decided as for nobody.
  void HideTiers() { hides_tiers_ = true; }
  bool hidden() const { return hidden_; }
  // Goes on with others, after one that was hidden was answered as nobody.
  void PassOver() {
    if (std::exchange(hidden_, false)) refusal_ = Status::Ok();
  }
  // May the caller know that there is a customer of this tier here?  Whoever may read may know.  Not: who may read
  // customers of lower tiers alone, or may read nobody and is refused this action for the tier alone.
  bool MayKnow(uint8_t tier) const;
  // The work touches a customer of this tier, which no DecideField was told.
  void TouchesTier(uint8_t tier) { tier_ = std::max(tier_, tier); }
  // Takes the budget for the customers of `entry` now, for work that ends in SubmitStep and not in Finish.
  Status Charge(const AuditEntry& entry);

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
    if (Status taken = Charge(entry_); !taken.ok()) {
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
  // A decision that asks for a second person becomes `plain` if the caller presents that person's approval, or may
  // and does break the glass.
  void Approve(const PolicyQuestion& question, Decided& decided);
  Result<std::string> AskSafeguards(Safeguards& safeguards, const PolicyQuestion& question) const;
  void RefuseAtOnce();
  bool PolicyDenies(Action action, uint8_t tier) const;
  // What the caller is told when `decided` is not enough.
  Status Refusal(PolicyQuestion question, const Decided& decided, Decision wanted);
  // The entry as it is written: with the approval and the case it was done for.
  AuditEntry Completed(AuditEntry entry, uint8_t tier) const;
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
  bool hides_tiers_ = false;
  bool hidden_ = false;
  uint8_t tier_ = 0;  // the highest that was touched or refused
  std::string note_;  // of the approval, for the log
};

// Any thread.
class Gate {
 public:
  Gate(House& house, PolicyInForce& policy) : house_(house), policy_(policy) {}

  // Asks policy about `action` as such.  `room`: where it will be recorded, the office unless a compartment is known.
  // Actions on fields (read, reveal, compare...) are then decided field by field with Permit::DecideField.
  // `tier`: of the customer; whoever is refused for it alone hears what is said of nobody (Permit::HideTiers).
  Permit Authorise(const Caller& caller, Action action, Room* room = nullptr, uint8_t tier = 0) const;
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
