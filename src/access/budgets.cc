#include "access/budgets.h"

#include <algorithm>
#include <utility>

#include "access/api_key_record.h"

namespace strongroom {
namespace {

constexpr size_t kPage = 500;
constexpr uint32_t kSlicesPerBudget = 8;
constexpr int kTries = 4;
constexpr uint32_t kSpare = 4;  // with less left, a request is sent where it may wait: others may be under way

bool IsPerson(const Caller& caller) {
  return caller.principal != nullptr && caller.principal->kind == PrincipalKind::kStaff;
}

bool Applies(const PolicyBudget& budget, const Caller& caller, Action action) {
  const bool counts = std::find(budget.actions.begin(), budget.actions.end(), action) != budget.actions.end();
  const std::vector<std::string>& roles = caller.principal->roles;
  return counts && std::any_of(budget.roles.begin(), budget.roles.end(), [&](const std::string& role) {
           return std::find(roles.begin(), roles.end(), role) != roles.end();
         });
}

// Each guess tells something new, whoever it is about.
bool CountsEachTime(Action action) {
  return action == Action::kCustomerCompare || action == Action::kPasswordVerify || action == Action::kCustomerSignIn;
}

AuditEntry EntryOf(const Caller& caller, Action action, std::string detail) {
  AuditEntry entry;
  entry.actor = caller.principal->id;
  entry.actor_kind = caller.principal->kind;
  entry.address = caller.address;
  entry.request_id = caller.request_id;
  entry.action = action;
  entry.decision = Decision::kPlain;
  entry.detail = std::move(detail);
  return entry;
}

Status Locked() {
  return Status(Reason::kPersonLocked, "too many requests beyond the budget; a colleague has to look into it first");
}

}  // namespace

Result<std::unique_ptr<Budgets>> Budgets::Open(Gate& gate, People& people, const Messenger& messenger,
                                               BudgetOptions options) {
  std::unique_ptr<Budgets> budgets(new Budgets(gate, people, messenger, options));
  RETURN_IF_ERROR(budgets->ReadAll());
  return budgets;
}

Status Budgets::ReadAll() {
  Bytes after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> page, office().ListDocuments(Table::kBudget, after, kPage));
    for (const ListedDocument& document : page) {
      ASSIGN_OR_RETURN(BudgetRecord record, BudgetRecord::Decode(document.content));
      Holder& holder = FindOrAdd(record.principal);
      if (record.locked_at.has_value()) holder.locked = true;
      Account& account = holder.accounts[record.budget];
      account.record = std::move(record);
      // Listing tells no version.  Nothing is left of slices drawn before, so the first use reads the document again.
      account.version = kAbsent;
    }
    if (page.size() < kPage) return Status::Ok();
    after = page.back().row_key;
  }
}

Status Budgets::Refresh() {
  std::set<PrincipalId> locked;
  Bytes after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> page, office().ListDocuments(Table::kBudget, after, kPage));
    for (const ListedDocument& document : page) {
      ASSIGN_OR_RETURN(const BudgetRecord record, BudgetRecord::Decode(document.content));
      if (record.locked_at.has_value()) locked.insert(record.principal);
    }
    if (page.size() < kPage) break;
    after = page.back().row_key;
  }
  for (const PrincipalId id : locked) FindOrAdd(id).locked = true;
  std::vector<std::pair<PrincipalId, Holder*>> holders;
  {
    std::shared_lock lock(mutex_);
    for (const auto& [id, holder] : holders_) holders.emplace_back(id, holder.get());
  }
  for (const auto& [id, holder] : holders) {
    if (!holder->locked || locked.contains(id)) continue;
    std::lock_guard lock(holder->mutex);
    holder->accounts.clear();  // released elsewhere: the budgets begin anew
    holder->locked = false;
  }
  return Status::Ok();
}

Budgets::Holder* Budgets::Find(PrincipalId person) const {
  std::shared_lock lock(mutex_);
  const auto found = holders_.find(person);
  return found == holders_.end() ? nullptr : found->second.get();
}

Budgets::Holder& Budgets::FindOrAdd(PrincipalId person) {
  if (Holder* const known = Find(person); known != nullptr) return *known;
  std::unique_lock lock(mutex_);
  std::unique_ptr<Holder>& holder = holders_[person];
  if (holder == nullptr) holder = std::make_unique<Holder>();
  return *holder;
}

Budgets::Account& Budgets::AccountOf(Holder& holder, PrincipalId person, const PolicyBudget& budget) const {
  Account& account = holder.accounts[budget.name];
  account.record.principal = person;
  account.record.budget = budget.name;
  Roll(account, budget);
  return account;
}

void Budgets::Roll(Account& account, const PolicyBudget& budget) const {
  const UnixMillis end = account.record.began_at + int64_t{budget.window_seconds} * 1000;
  if (account.record.began_at != 0 && Now() < end) return;
  account.record.began_at = Now();
  account.record.taken = account.record.refused = 0;
  account.left = 0;
  account.seen.clear();
}

// --- taking ----------------------------------------------------------------------------------------------------------

Status Budgets::CheckLock(const Caller& caller) const {
  if (!IsPerson(caller)) return Status::Ok();
  const Holder* const holder = Find(caller.principal->id);
  return holder != nullptr && holder->locked ? Locked() : Status::Ok();
}

bool Budgets::WouldWait(const Caller& caller, Action action, const PolicySet& policy) const {
  if (!IsPerson(caller)) return false;
  for (const PolicyBudget& budget : policy.budgets()) {
    if (!Applies(budget, caller, action)) continue;
    Holder* const holder = Find(caller.principal->id);
    if (holder == nullptr) return true;
    if (holder->locked) return false;
    const std::unique_lock lock(holder->mutex, std::try_to_lock);
    if (!lock.owns_lock()) return true;
    const auto account = holder->accounts.find(budget.name);
    if (account == holder->accounts.end() || account->second.left < kSpare) return true;
    if (Now() >= account->second.record.began_at + int64_t{budget.window_seconds} * 1000) return true;
  }
  return false;
}

Status Budgets::Take(const Caller& caller, Action action, std::span<const AuditId> customers, const PolicySet& policy) {
  RETURN_IF_ERROR(CheckLock(caller));
  if (!IsPerson(caller) || customers.empty()) return Status::Ok();
  std::vector<const PolicyBudget*> applying;
  for (const PolicyBudget& budget : policy.budgets()) {
    if (Applies(budget, caller, action)) applying.push_back(&budget);
  }
  if (applying.empty()) return Status::Ok();
  Holder& holder = FindOrAdd(caller.principal->id);
  std::lock_guard lock(holder.mutex);
  if (holder.locked) return Locked();
  std::vector<std::pair<Account*, uint32_t>> uses;
  for (const PolicyBudget* budget : applying) {
    Account& account = AccountOf(holder, caller.principal->id, *budget);
    std::set<AuditId> fresh;
    for (const AuditId& customer : customers) {
      if (!account.seen.contains(customer)) fresh.insert(customer);
    }
    const size_t counted = CountsEachTime(action) ? customers.size() : fresh.size();
    const Wish wish{budget, static_cast<uint32_t>(counted)};
    RETURN_IF_ERROR(TakeFrom(caller, holder, account, wish));
    uses.emplace_back(&account, wish.customers);
  }
  for (const auto& [account, used] : uses) {
    account->left -= used;
    if (!CountsEachTime(action)) account->seen.insert(customers.begin(), customers.end());
  }
  return Status::Ok();
}

Status Budgets::TakeOne(const Caller& caller, Action action, const PolicySet& policy) {
  AuditId one{};
  gate_.house().random().Fill(one.data(), one.size());
  return Take(caller, action, std::span(&one, 1), policy);
}

Status Budgets::TakeFrom(const Caller& caller, Holder& holder, Account& account, const Wish& wish) {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    if (account.left >= wish.customers) return Status::Ok();
    if (account.version == kAbsent) RETURN_IF_ERROR(Reread(account, wish.budget));
    const uint32_t limit = wish.budget->customers;
    const uint32_t untaken = limit > account.record.taken ? limit - account.record.taken : 0;
    const uint32_t missing = wish.customers - account.left;
    if (missing > untaken) return Refused(caller, holder, account, *wish.budget);
    const uint32_t slice = std::max<uint32_t>(1, limit / kSlicesPerBudget);
    const Status drawn = Draw(caller, account, std::min(untaken, std::max(missing, slice)), *wish.budget);
    if (drawn.reason() == Reason::kStorageConflict) {  // another server drew one
      RETURN_IF_ERROR(Reread(account, wish.budget));
      continue;
    }
    RETURN_IF_ERROR(drawn);
  }
  return Status(Reason::kRecordBusy, "the budget kept changing; try again shortly");
}

Status Budgets::Reread(Account& account, const PolicyBudget* budget) const {
  ASSIGN_OR_RETURN(const std::optional<Document> stored, office().GetDocument(Table::kBudget, account.record.Name()));
  if (!stored.has_value()) {
    account.version = kAbsent;
    return Status::Ok();
  }
  account.version = stored->version;
  ASSIGN_OR_RETURN(BudgetRecord record, BudgetRecord::Decode(stored->content));
  const UnixMillis end = record.began_at + int64_t{budget->window_seconds} * 1000;
  if (Now() >= end && !record.locked_at.has_value()) return Status::Ok();  // of a window that ended
  account.record = std::move(record);
  return Status::Ok();
}

Status Budgets::Draw(const Caller& caller, Account& account, uint32_t more, const PolicyBudget& budget) {
  BudgetRecord next = account.record;
  next.taken += more;
  AuditEntry entry = EntryOf(caller, Action::kStaffSelf,
                             "budget " + budget.name + ": " + std::to_string(next.taken) + " of " +
                                 std::to_string(budget.customers) + " taken");
  RETURN_IF_ERROR(Write(caller, account, next, {}, std::move(entry)));
  account.left += more;
  return Status::Ok();
}

Status Budgets::Write(const Caller&, Account& account, const BudgetRecord& record, SealedBatch batch,
                      AuditEntry entry) {
  if (!options_.durable_for_tests) {
    account.record = record;
    return Status::Ok();
  }
  RETURN_IF_ERROR(office().PutDocument(batch, Table::kBudget, record.Name(), record.Encode(), account.version));
  RETURN_IF_ERROR(gate_.house().office().journal->Submit(std::move(batch), std::move(entry)).Wait());
  // As it is now: another server may have drawn a slice since, and the version and the sum must be of one moment.
  ASSIGN_OR_RETURN(const std::optional<Document> stored, office().GetDocument(Table::kBudget, record.Name()));
  if (!stored.has_value()) return Status(Reason::kDataCorrupt, "a budget's record is gone");
  ASSIGN_OR_RETURN(account.record, BudgetRecord::Decode(stored->content));
  account.version = stored->version;
  return Status::Ok();
}

// --- beyond ----------------------------------------------------------------------------------------------------------

Status Budgets::TellOfRefusal(SealedBatch& batch, const Caller& caller, const Account& account,
                              const PolicyBudget& budget, bool locks) const {
  const std::optional<Person> person = people_.Find(caller.principal->id);
  PolicyQuestion releasing;
  releasing.action = Action::kStaffSuspend;
  const std::vector<Person> answerable =
      messenger_.ThoseWhoCould(*gate_.policy().Get(), releasing, caller.address, caller.principal->id);
  if (account.record.refused == 0) {
    RETURN_IF_ERROR(messenger_.Tell(batch, "budget-exceeded", answerable, /*to_house=*/true,
                                    {{"by", Messenger::LabelOf(person)},
                                     {"count", std::to_string(account.record.taken)},
                                     {"time", FormatTime(Now())}}));
  }
  if (!locks) return Status::Ok();
  if (person.has_value()) {
    RETURN_IF_ERROR(messenger_.Tell(batch, "account-locked", {*person}, /*to_house=*/false,
                                    {{"time", FormatTime(Now())}, {"reason", budget.name}}));
  }
  return messenger_.Tell(batch, "alarm", answerable, /*to_house=*/true,
                         {{"what", "person-locked." + budget.name}, {"count", "1"}, {"time", FormatTime(Now())}});
}

Status Budgets::Refused(const Caller& caller, Holder& holder, Account& account, const PolicyBudget& budget) {
  BudgetRecord next = account.record;
  ++next.refused;
  const bool locks = budget.lock_after > 0 && next.refused >= budget.lock_after;
  if (locks) next.locked_at = Now();
  SealedBatch batch;
  // A full outbox does not turn a refusal into a grant.
  TellOfRefusal(batch, caller, account, budget, locks).IgnoreError();
  AuditEntry entry = EntryOf(
      caller, locks ? Action::kAlarm : Action::kStaffSelf,
      "budget " + budget.name + ": " + std::to_string(next.refused) + " refused" + (locks ? ", person locked" : ""));
  entry.outcome = locks ? Reason::kPersonLocked : Reason::kBudgetExhausted;
  Status written = Write(caller, account, next, std::move(batch), std::move(entry));
  if (written.reason() == Reason::kStorageConflict) {
    RETURN_IF_ERROR(Reread(account, &budget));
  } else {
    RETURN_IF_ERROR(written);
  }
  if (locks) {
    holder.locked = true;
    people_.Lock(caller.principal->id, "budget " + budget.name).IgnoreError();  // locked here, whatever comes of it
    return Locked();
  }
  const int64_t seconds = (account.record.began_at - Now()) / 1000 + budget.window_seconds;
  return Status(Reason::kBudgetExhausted, "the budget '" + budget.name + "' of " + std::to_string(budget.customers) +
                                              " customers is used; it begins anew in " + std::to_string(seconds) +
                                              " seconds");
}

// --- looking and releasing -------------------------------------------------------------------------------------------

PersonsBudgets Budgets::ViewOf(PrincipalId id, Holder& holder, const PolicySet& policy) const {
  PersonsBudgets view;
  view.id = id;
  const std::optional<Person> person = people_.Find(id);
  if (person.has_value()) view.name = person->name;
  std::lock_guard lock(holder.mutex);
  for (const auto& [name, account] : holder.accounts) {
    if (account.record.locked_at.has_value()) view.locked_at = account.record.locked_at;
    const auto budget = std::find_if(policy.budgets().begin(), policy.budgets().end(),
                                     [&name = name](const PolicyBudget& one) { return one.name == name; });
    if (budget == policy.budgets().end()) continue;
    const UnixMillis until = account.record.began_at + int64_t{budget->window_seconds} * 1000;
    if (until <= Now()) continue;
    view.budgets.push_back(
        {name, budget->customers, account.record.taken - account.left, account.record.refused, until});
  }
  return view;
}

Receipted<std::vector<PersonsBudgets>> Budgets::List(const Caller& caller) const {
  using Views = std::vector<PersonsBudgets>;
  Permit permit = gate_.Authorise(caller, Action::kStaffRead);
  const bool all = permit.granted();
  if (!all) {
    Permit own = gate_.Authorise(caller, Action::kStaffSelf);
    own.Close();
    if (!own.granted()) return permit.Refuse<Views>();
    permit.Deny(Status::Ok());  // for what concerns oneself
    permit.entry().action = Action::kStaffSelf;
    permit.entry().decision = own.decision();
  }
  const std::shared_ptr<const PolicySet> policy = gate_.policy().Get();
  std::vector<std::pair<PrincipalId, Holder*>> holders;
  {
    std::shared_lock lock(mutex_);
    for (const auto& [id, holder] : holders_) {
      if (all || id == caller.principal->id) holders.emplace_back(id, holder.get());
    }
  }
  std::sort(holders.begin(), holders.end());
  Views views;
  for (const auto& [id, holder] : holders) {
    PersonsBudgets view = ViewOf(id, *holder, *policy);
    if (!view.budgets.empty() || view.locked_at.has_value()) views.push_back(std::move(view));
  }
  permit.entry().detail = "budgets";
  return permit.Finish(std::move(views));
}

Receipted<PersonsBudgets> Budgets::Release(const Caller& caller, PrincipalId person) {
  Permit permit = gate_.Authorise(caller, Action::kStaffSuspend);
  if (!permit.granted()) return permit.Refuse<PersonsBudgets>();
  permit.entry().detail = "release " + FormatPrincipalId(person);
  if (caller.principal->id == person) {
    return permit.Fail<PersonsBudgets>(Status(Reason::kOwnCaseRefused, "a colleague has to look into it"));
  }
  const std::optional<Person> known = people_.Find(person);
  if (!known.has_value()) return permit.Fail<PersonsBudgets>(Status(Reason::kStaffNotFound));
  Holder& holder = FindOrAdd(person);
  std::unique_lock lock(holder.mutex);
  if (!holder.locked && (known->active || !known->has_account)) {
    return permit.Fail<PersonsBudgets>(Status(Reason::kStaffStateWrong, "this person is not locked"));
  }
  // First the account, then the budgets: what a failure comes between is repeated.
  if (const Status unlocked = people_.Unlock(person, caller); !unlocked.ok())
    return permit.Fail<PersonsBudgets>(unlocked);
  SealedBatch batch;
  for (const auto& [name, account] : holder.accounts) {
    office().DeleteDocument(batch, Table::kBudget, account.record.Name());
  }
  const Receipt receipt = permit.Submit(std::move(batch), Reason::kOk);
  if (const Status written = receipt.Wait(); !written.ok()) return written;
  holder.accounts.clear();
  holder.locked = false;
  lock.unlock();
  return Receipted<PersonsBudgets>(ViewOf(person, holder, *gate_.policy().Get()), receipt);
}

}  // namespace strongroom
