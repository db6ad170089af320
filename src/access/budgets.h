// Budgets: how many customers one person may touch within a time (policy/policy_set.h, PROTECTIONS P21), so that
// helping people one after another goes unhindered and copying the customer base does not.
//
// What is used is taken before, in durable slices (docs/formats/budget.md).  A customer counts once within a window,
// however often they are looked at; a guess (compare) counts each time.  Beyond the budget requests are refused, and
// after as many refusals as policy says the person is locked until a colleague has looked into it.  Programs are not
// counted.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "access/budget_record.h"
#include "access/messenger.h"
#include "access/people.h"
#include "audit/receipt.h"
#include "vault/gate.h"

namespace strongroom {

struct BudgetUse {
  std::string budget;
  uint32_t limit = 0;
  uint32_t used = 0;  // by what this server knows
  uint32_t refused = 0;
  UnixMillis until = 0;  // the window's end
};

struct PersonsBudgets {
  PrincipalId id = 0;
  std::string name;
  std::optional<UnixMillis> locked_at;
  std::vector<BudgetUse> budgets;  // of windows that have not ended
};

struct BudgetOptions {
  // For the test that shows what slices are for: nothing is written, and a crash gives everything anew.
  bool durable_for_tests = true;
};

// Any thread.
class Budgets {
 public:
  // Reads what was taken.  All must outlive this.
  static Result<std::unique_ptr<Budgets>> Open(Gate& gate, People& people, const Messenger& messenger,
                                               BudgetOptions options = {});

  // Who is locked: another server may have locked or released somebody.
  Status Refresh();

  // True when Take() for one customer would have to write first.  Never waits.
  bool WouldWait(const Caller& caller, Action action, const PolicySet& policy) const;
  // Ok: taken.  kBudgetExhausted, kPersonLocked.  Waits for the disk when a slice is to be drawn or a refusal counted.
  Status Take(const Caller& caller, Action action, std::span<const AuditId> customers, const PolicySet& policy);
  // The same for what is no customer.
  Status TakeOne(const Caller& caller, Action action, const PolicySet& policy);
  // kPersonLocked.  Never waits.
  Status CheckLock(const Caller& caller) const;

  // Everybody's for staff.read, else one's own (staff.self).
  Receipted<std::vector<PersonsBudgets>> List(const Caller& caller) const;
  // The person may work again, with budgets as new.  Action staff.suspend.  kOwnCaseRefused, kStaffNotFound,
  // kStaffStateWrong: not locked.
  Receipted<PersonsBudgets> Release(const Caller& caller, PrincipalId person);

 private:
  struct Account {
    BudgetRecord record;  // as last written or read
    StoreVersion version = kAbsent;
    uint32_t left = 0;  // of what was taken here, not used yet
    std::set<AuditId> seen;
  };
  struct Holder {
    std::mutex mutex;  // held while a slice is drawn: others of the same person wait, nobody else
    std::map<std::string, Account, std::less<>> accounts;
    std::atomic<bool> locked{false};
  };
  // What one budget is asked for by one request.
  struct Wish {
    const PolicyBudget* budget = nullptr;
    uint32_t customers = 0;
  };

  Budgets(Gate& gate, People& people, const Messenger& messenger, BudgetOptions options)
      : gate_(gate), people_(people), messenger_(messenger), options_(options) {}
  Status ReadAll();
  const SealedStore& office() const { return *gate_.house().office().sealed; }
  UnixMillis Now() const { return gate_.house().clock().NowMillis(); }
  Holder* Find(PrincipalId person) const;
  Holder& FindOrAdd(PrincipalId person);
  Account& AccountOf(Holder& holder, PrincipalId person, const PolicyBudget& budget) const;
  // Begins a new window when the last one ended.
  void Roll(Account& account, const PolicyBudget& budget) const;
  Status TakeFrom(const Caller& caller, Holder& holder, Account& account, const Wish& wish);
  Status Draw(const Caller& caller, Account& account, uint32_t more, const PolicyBudget& budget);
  Status Refused(const Caller& caller, Holder& holder, Account& account, const PolicyBudget& budget);
  Status TellOfRefusal(SealedBatch& batch, const Caller& caller, const Account& account, const PolicyBudget& budget,
                       bool locks) const;
  Status Write(const Caller& caller, Account& account, const BudgetRecord& record, SealedBatch batch, AuditEntry entry);
  Status Reread(Account& account, const PolicyBudget* budget) const;
  PersonsBudgets ViewOf(PrincipalId id, Holder& holder, const PolicySet& policy) const;

  Gate& gate_;
  People& people_;
  const Messenger& messenger_;
  const BudgetOptions options_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<PrincipalId, std::unique_ptr<Holder>> holders_;  // guarded by mutex_; never taken away
};

}  // namespace strongroom
