#include "vault/gate.h"

#include <algorithm>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr size_t kMaxPurposeBytes = 64;

// What the log may hold as a purpose; anything else is refused and not written down, as it may be anything.
bool CanBePurpose(std::string_view text) {
  const bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) >= 0x20 && c != 0x7f; });
  return text.size() <= kMaxPurposeBytes && printable && IsValidUtf8(text);
}

// How much a decision lets through; what needs a further step lets nothing through yet.
int Openness(Decision decision) {
  switch (decision) {
    case Decision::kPlain:
      return 3;
    case Decision::kMasked:
      return 2;
    case Decision::kToken:
      return 1;
    default:
      return 0;
  }
}

Status RefusalOf(const Decided& decided, Action action, std::string_view field) {
  std::string what(NameOf(action));
  if (!field.empty()) what += " of field '" + std::string(field) + "'";
  const std::string by = " (rule '" + std::string(decided.rule_name) + "')";
  switch (decided.decision) {
    case Decision::kNeedsStepUp:
      return Status(Reason::kStepUpNeeded, what + " needs a fresh second factor" + by);
    case Decision::kNeedsApproval:
      return Status(Reason::kApprovalNeeded, what + " needs the approval of a second person" + by);
    default:
      return Status(Reason::kDenied, "policy does not allow " + what + " to this credential" + by);
  }
}

bool Names(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool Lists(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [name](const std::string& one) { return one == name || one == "*"; });
}

}  // namespace

Permit::Permit(const Gate& gate, const Caller& caller, Action action, Room& room)
    : gate_(&gate), caller_(caller), policy_(gate.policy().Get()), room_(&room) {
  if (caller.principal != nullptr) {
    entry_.actor_kind = caller.principal->kind;
    entry_.actor = caller.principal->id;
    purpose_is_known_ = Names(caller.principal->purposes, caller.purpose);
  }
  entry_.address = caller.address;
  entry_.request_id = caller.request_id;
  entry_.action = action;
  if (CanBePurpose(caller.purpose)) entry_.purpose = std::string(caller.purpose);
}

Permit::Permit(Permit&& other) noexcept
    : gate_(other.gate_),
      caller_(std::move(other.caller_)),
      policy_(std::move(other.policy_)),
      room_(other.room_),
      entry_(std::move(other.entry_)),
      refusal_(std::move(other.refusal_)),
      open_(std::exchange(other.open_, false)),
      purpose_is_known_(other.purpose_is_known_),
      approved_(other.approved_) {}

Permit::~Permit() {
  if (open_) Submit({}, Reason::kInternal);
}

void Permit::Approve(Decided& decided) {
  if (decided.decision != Decision::kNeedsApproval) return;
  Safeguards* const safeguards = gate_->safeguards();
  if (!approved_ && !caller_.approval.empty() && safeguards != nullptr && granted()) {
    Result<std::string> spent = safeguards->SpendApproval(caller_, entry_.action);
    if (!spent.ok()) {
      refusal_ = spent.status();
      return;
    }
    approved_ = true;
    entry_.detail = std::move(*spent);
  }
  if (approved_) decided.decision = Decision::kPlain;
}

Status Permit::TakeBudget() {
  Safeguards* const safeguards = gate_->safeguards();
  if (safeguards == nullptr || entry_.customers.empty()) return Status::Ok();
  return safeguards->TakeBudget(caller_, entry_.action, entry_.customers.size(), *policy_);
}

void Permit::ForgetUnknownPurpose(AuditEntry& entry) const {
  if (!purpose_is_known_) entry.purpose.clear();
}

Receipt Permit::Submit(SealedBatch batch, Reason outcome) {
  open_ = false;
  ForgetUnknownPurpose(entry_);
  entry_.outcome = outcome;
  return room_->journal->Submit(std::move(batch), std::move(entry_));
}

Receipt Permit::SubmitStep(SealedBatch batch, AuditEntry entry) const {
  ForgetUnknownPurpose(entry);
  return room_->journal->Submit(std::move(batch), std::move(entry));
}

Decided Permit::DecideField(const FieldDef& field, uint8_t tier, Decision wanted, bool required) {
  PolicyQuestion question;
  question.action = entry_.action;
  question.field = field.name;
  question.sensitivity = field.sensitivity;
  question.has_field = true;
  question.compartment = room_->info.name;
  question.tier = tier;
  Decided decided = policy_->Decide(caller_, question);
  if (required) Approve(decided);
  // A value is held for its purposes and no other, whatever a role may do.
  purpose_is_known_ = purpose_is_known_ || Names(field.purposes, caller_.purpose);
  const bool purpose_fits = caller_.purpose.empty() || Lists(field.purposes, caller_.purpose);
  const bool enough = Openness(decided.decision) >= Openness(wanted) && purpose_fits;
  if (required) {
    if (std::find(entry_.fields.begin(), entry_.fields.end(), field.id) == entry_.fields.end()) {
      entry_.fields.push_back(field.id);
    }
    // One entry for many decisions names what stopped the work, else what opened the most.
    if (granted() && (!enough || Openness(decided.decision) >= Openness(entry_.decision))) {
      entry_.decision = decided.decision;
      entry_.rule = decided.rule;
    }
    if (!enough && granted()) {
      if (!purpose_fits) {
        entry_.decision = Decision::kDeny;
        refusal_ =
            Status(Reason::kPurposeRefused, "field '" + field.name + "' is not held for the purpose that was named");
      } else {
        refusal_ = RefusalOf(decided, entry_.action, field.name);
      }
    }
  }
  if (!purpose_fits) decided.decision = Decision::kDeny;
  return decided;
}

Permit Gate::Authorise(const Caller& caller, Action action, Room* room) const {
  Permit permit(*this, caller, action, room != nullptr ? *room : house_.office());
  PolicyQuestion question;
  question.action = action;
  question.compartment = permit.room_->info.name;
  Decided decided = permit.policy_->Decide(caller, question);
  permit.Approve(decided);
  permit.entry_.decision = decided.decision;
  permit.entry_.rule = decided.rule;
  if (Openness(decided.decision) == 0 && permit.granted()) permit.refusal_ = RefusalOf(decided, action, {});
  return permit;
}

Permit Gate::AuthoriseFields(const Caller& caller, Action action, bool needs_purpose, Room* room) const {
  Permit permit(*this, caller, action, room != nullptr ? *room : house_.office());
  if (caller.principal == nullptr) {
    permit.refusal_ = Status(Reason::kCredentialMissing);
  } else if (needs_purpose && caller.purpose.empty()) {
    permit.refusal_ = Status(Reason::kPurposeMissing, "name the purpose this is done for (member 'purpose')");
  } else if (!caller.purpose.empty() && permit.entry_.purpose.empty()) {
    permit.refusal_ = Status(Reason::kPurposeRefused, "a purpose is at most 64 bytes of text");
  } else if (!caller.purpose.empty() && !Lists(caller.principal->purposes, caller.purpose)) {
    permit.refusal_ = Status(Reason::kPurposeRefused, "this credential may not use the purpose that was named");
  }
  return permit;
}

}  // namespace strongroom
