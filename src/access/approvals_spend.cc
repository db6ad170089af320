// What the gate does with approvals: spends them, does without one, and what ends them.
#include <algorithm>
#include <utility>

#include "access/api_key_record.h"
#include "access/approvals.h"
#include "access/request_digest.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr int kTries = 4;
constexpr size_t kRemembered = 4096;
constexpr size_t kMinReasonBytes = 10;

AuditEntry EntryOf(const Caller& caller, Action action) {
  AuditEntry entry;
  if (caller.principal != nullptr) {
    entry.actor = caller.principal->id;
    entry.actor_kind = caller.principal->kind;
  }
  entry.address = caller.address;
  entry.request_id = caller.request_id;
  entry.action = action;
  entry.decision = Decision::kPlain;
  return entry;
}

std::string NoteOf(const Approval& approval) {
  std::string note = "approval " + FormatApprovalId(approval.id);
  return approval.decided_at.has_value() ? note + " by " + FormatPrincipalId(approval.decided_by) : note + " alone";
}

}  // namespace

// --- spending --------------------------------------------------------------------------------------------------------

Status Approvals::CheckUsable(const Caller& caller, Action action, const Approval& approval) const {
  const Status unusable(Reason::kApprovalUnusable, "the approval was given for another request; ask for this one");
  if (approval.digest != caller.request_digest || !approval.Concerns(action)) return unusable;
  switch (approval.state) {
    case ApprovalState::kGranted:
      break;
    case ApprovalState::kPending:
      if (!approval.effective_at.has_value()) {
        return Status(Reason::kApprovalWaiting, "no colleague has agreed to it yet");
      }
      if (Now() < *approval.effective_at) {
        return Status(Reason::kApprovalWaiting,
                      "nobody else could agree to it, so it takes effect at " + FormatTime(*approval.effective_at));
      }
      if (!NobodyElseCould(approval, caller.address)) {
        return Status(Reason::kApprovalWaiting, "there is a colleague now who can agree to it");
      }
      break;
    case ApprovalState::kRefused:
      return Status(Reason::kApprovalUnusable, "a colleague refused it");
    case ApprovalState::kSpent:
    case ApprovalState::kGlassBroken:
      return Status(Reason::kApprovalUnusable, "it was used already; an approval is good for one request");
    case ApprovalState::kEnded:
      return Status(Reason::kApprovalUnusable, "whoever asked or agreed may not work any more");
  }
  if (approval.Over(Now())) return Status(Reason::kApprovalUnusable, "it was not used in time; ask again");
  const std::optional<Person> asker = people_.Find(approval.asked_by);
  const bool asker_works = asker.has_value() && asker->active;
  const bool approver_works = !approval.decided_at.has_value() || people_.MayDecide(approval.decided_by);
  if (!asker_works || !approver_works) {
    return Status(Reason::kApprovalUnusable, "whoever asked or agreed may not work any more");
  }
  return Status::Ok();
}

Status Approvals::WriteSpent(const Caller& caller, const Stored& stored) {
  Approval spent = stored.approval;
  spent.state = ApprovalState::kSpent;
  spent.spent_at = Now();
  AuditEntry entry = EntryOf(caller, Action::kApprovalAsk);
  entry.detail = DetailOf(spent, "spent");
  entry.change = spent.digest;
  SealedBatch batch;
  RETURN_IF_ERROR(Put(batch, spent, stored.version));
  return gate_.house().office().journal->Submit(std::move(batch), std::move(entry)).Wait();
}

bool Approvals::GoesOn(const Caller& caller, Action action, const Approval& approval) {
  if (!approval.Concerns(action) || approval.state != ApprovalState::kSpent) return false;
  std::lock_guard lock(mutex_);
  const auto spent_for = spent_for_.find(approval.id);
  if (spent_for != spent_for_.end() && spent_for->second == caller.request_id) return true;
  const auto next = next_pages_.find(approval.id);
  const bool in_time = Now() < approval.spent_at.value_or(0) + options_.usable_millis;
  if (next == next_pages_.end() || next->second != caller.request_digest || !in_time) return false;
  next_pages_.erase(next);
  spent_for_[approval.id] = caller.request_id;
  return true;
}

void Approvals::AllowNextPage(const Caller& caller, ByteView body, const std::string& next_cursor) {
  const Result<ApprovalId> id = ParseApprovalId(caller.approval);
  if (!id.ok() || caller.principal == nullptr) return;
  const Bytes next = ExportForm(body, next_cursor);
  std::lock_guard lock(mutex_);
  const auto spent_for = spent_for_.find(*id);
  if (spent_for == spent_for_.end() || spent_for->second != caller.request_id) return;
  if (next_pages_.size() >= kRemembered) next_pages_.clear();
  next_pages_[*id] = DigestOfRequest(caller.principal->id, "POST", "/v1/customers:export", next);
}

Result<std::string> Approvals::Spend(const Caller& caller, Action action) {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    ASSIGN_OR_RETURN(const Stored stored, Read(caller.approval));
    const Approval& approval = stored.approval;
    // Somebody else's question is nobody's business.
    if (caller.principal == nullptr || approval.asked_by != caller.principal->id)
      return Status(Reason::kApprovalNotFound);
    if (GoesOn(caller, action, approval)) return NoteOf(approval);
    RETURN_IF_ERROR(CheckUsable(caller, action, approval));
    const Status written = WriteSpent(caller, stored);
    if (written.reason() == Reason::kStorageConflict) continue;  // read again what became of it
    RETURN_IF_ERROR(written);
    std::lock_guard lock(mutex_);
    if (spent_for_.size() >= kRemembered) spent_for_.clear();  // such a request is long answered
    spent_for_[approval.id] = caller.request_id;
    return NoteOf(approval);
  }
  return Status(Reason::kApprovalUnusable, "it was used at the same moment");
}

// --- doing without ---------------------------------------------------------------------------------------------------

Status Approvals::CheckGlassReason(const Caller& caller) {
  ASSIGN_OR_RETURN(const std::string reason, PercentDecode(caller.break_glass));
  if (reason.size() >= kMinReasonBytes && reason.size() <= kMaxReasonBytes) return Status::Ok();
  return Status(Reason::kInvalidArgument, "X-Break-Glass says why, in 10 to 500 bytes of text, percent-encoded");
}

Result<std::string> Approvals::BreakGlass(const Caller& caller, Action action) {
  RETURN_IF_ERROR(CheckGlassReason(caller));
  ASSIGN_OR_RETURN(std::string reason, PercentDecode(caller.break_glass));
  Approval broken;
  while (broken.id == 0) broken.id = gate_.house().random().NextU64();
  broken.state = ApprovalState::kGlassBroken;
  broken.asked_by = caller.principal->id;
  broken.asked_at = broken.pending_until = Now();
  broken.spent_at = Now();
  broken.purpose = std::string(caller.purpose);
  broken.reason = std::move(reason);
  AskedQuestion question;
  question.action = action;
  broken.questions.push_back(std::move(question));
  SealedBatch batch;
  RETURN_IF_ERROR(Put(batch, broken, kAbsent));
  // Those who answer for people, and those who answer for data.
  const std::shared_ptr<const PolicySet> policy = gate_.policy().Get();
  std::vector<Person> told;
  for (const Action of : {Action::kStaffSuspend, Action::kAuditRead}) {
    PolicyQuestion asking;
    asking.action = of;
    for (Person& person : messenger_.ThoseWhoCould(*policy, asking, caller.address, broken.asked_by)) {
      const auto same = [&](const Person& one) { return one.id == person.id; };
      if (std::none_of(told.begin(), told.end(), same)) told.push_back(std::move(person));
    }
  }
  RETURN_IF_ERROR(messenger_.Tell(batch, "break-glass", told, /*to_house=*/true,
                                  {{"by", Messenger::LabelOf(people_.Find(broken.asked_by))},
                                   {"action", std::string(NameOf(action))},
                                   {"time", FormatTime(Now())}}));
  AuditEntry entry = EntryOf(caller, Action::kBreakGlass);
  entry.detail = DetailOf(broken, "glass broken");
  RETURN_IF_ERROR(gate_.house().office().journal->Submit(std::move(batch), std::move(entry)).Wait());
  return "glass broken " + FormatApprovalId(broken.id);
}

// --- ending ----------------------------------------------------------------------------------------------------------

void Approvals::EndAllOf(PrincipalId person) {
  const Result<std::vector<Approval>> all = ReadAll();
  if (!all.ok()) return;  // whether they work is asked again when an approval is presented
  for (const Approval& listed : *all) {
    const bool open = listed.state == ApprovalState::kPending || listed.state == ApprovalState::kGranted;
    if (!open || (listed.asked_by != person && listed.decided_by != person)) continue;
    Result<Stored> stored = Read(FormatApprovalId(listed.id));
    if (!stored.ok() || stored->approval.state != listed.state) continue;
    stored->approval.state = ApprovalState::kEnded;
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = Action::kApprovalDecide;
    entry.decision = Decision::kPlain;
    entry.detail = DetailOf(stored->approval, std::string(NameOf(listed.state)) + " to ended");
    SealedBatch batch;
    if (!Put(batch, stored->approval, stored->version).ok()) continue;
    // Lost against a decision or a use of this moment: the same question is asked when it is presented.
    gate_.house().office().journal->Submit(std::move(batch), std::move(entry)).Wait().IgnoreError();
  }
}

}  // namespace strongroom
