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
      approved_(other.approved_),
      hides_tiers_(other.hides_tiers_),
      hidden_(other.hidden_),
      tier_(other.tier_),
      note_(std::move(other.note_)) {}

Permit::~Permit() {
  if (open_) Submit({}, Reason::kInternal);
}

// --- safeguards ------------------------------------------------------------------------------------------------------

void Permit::Approve(const PolicyQuestion& question, Decided& decided) {
  if (decided.decision != Decision::kNeedsApproval) return;
  Safeguards* const safeguards = gate_->safeguards();
  const bool asked = !caller_.approval.empty() || !caller_.break_glass.empty();
  if (!approved_ && asked && safeguards != nullptr && granted()) {
    Result<std::string> note = AskSafeguards(*safeguards, question);
    if (!note.ok()) {
      refusal_ = note.status();
      return;
    }
    approved_ = true;
    note_ = std::move(*note);
  }
  if (approved_) decided.decision = Decision::kPlain;
}

Result<std::string> Permit::AskSafeguards(Safeguards& safeguards, const PolicyQuestion& question) const {
  if (!caller_.approval.empty()) return safeguards.SpendApproval(caller_, question.action);
  PolicyQuestion breaking = question;
  breaking.action = Action::kBreakGlass;
  const Decided may = policy_->Decide(caller_, breaking);
  if (may.decision != Decision::kPlain) return RefusalOf(may, Action::kBreakGlass, {});
  return safeguards.BreakGlass(caller_, question.action);
}

Status Permit::Charge(const AuditEntry& entry) {
  Safeguards* const safeguards = gate_->safeguards();
  if (safeguards == nullptr || entry.customers.empty()) return Status::Ok();
  return safeguards->TakeBudget(caller_, entry.action, entry.customers, *policy_);
}

void Permit::RefuseAtOnce() {
  if (granted()) refusal_ = gate_->house().view().CheckFresh();
  Safeguards* const safeguards = gate_->safeguards();
  if (safeguards == nullptr || !granted()) return;
  refusal_ = safeguards->TakeBudget(caller_, entry_.action, {}, *policy_);
}

// --- tiers -----------------------------------------------------------------------------------------------------------

bool Permit::PolicyDenies(Action action, uint8_t tier) const {
  PolicyQuestion question;
  question.action = action;
  question.compartment = room_->info.name;
  question.tier = tier;
  return policy_->Decide(caller_, question).decision == Decision::kDeny;
}

bool Permit::MayKnow(uint8_t tier) const {
  if (tier == 0 || !PolicyDenies(Action::kCustomerRead, tier)) return true;
  if (!PolicyDenies(Action::kCustomerRead, 0)) return false;
  return !PolicyDenies(entry_.action, tier) || PolicyDenies(entry_.action, 0);
}

Status Permit::Refusal(PolicyQuestion question, const Decided& decided, Decision wanted) {
  const bool by_tier = hides_tiers_ && question.tier > 0 && decided.decision == Decision::kDeny &&
                       PolicyDenies(Action::kCustomerRead, question.tier);
  if (!by_tier) return RefusalOf(decided, question.action, question.field);
  question.tier = 0;
  const Decided of_nobody = policy_->Decide(caller_, question);
  hidden_ = Openness(of_nobody.decision) >= Openness(wanted);
  return hidden_ ? Status(Reason::kCustomerNotFound) : RefusalOf(of_nobody, question.action, question.field);
}

// --- recording -------------------------------------------------------------------------------------------------------

void Permit::ForgetUnknownPurpose(AuditEntry& entry) const {
  if (!purpose_is_known_) entry.purpose.clear();
}

AuditEntry Permit::Completed(AuditEntry entry, uint8_t tier) const {
  ForgetUnknownPurpose(entry);
  const auto add = [&entry](std::string_view what, std::string_view note) {
    const size_t more = what.size() + note.size() + 2;
    if (note.empty() || entry.detail.size() + more > AuditEntry::kMaxDetailBytes) return;
    if (!entry.detail.empty()) entry.detail += "; ";
    entry.detail.append(what).append(note);
  };
  add("", note_);
  add("case ", caller_.case_reference);
  Safeguards* const safeguards = gate_->safeguards();
  if (tier > 0 && safeguards != nullptr) safeguards->TouchedTier(caller_, entry, tier);
  return entry;
}

Receipt Permit::Submit(SealedBatch batch, Reason outcome) {
  open_ = false;
  entry_.outcome = outcome;
  return room_->journal->Submit(std::move(batch), Completed(std::move(entry_), tier_));
}

Receipt Permit::SubmitStep(SealedBatch batch, AuditEntry entry) const {
  return room_->journal->Submit(std::move(batch), Completed(std::move(entry), tier_));
}

Decided Permit::DecideField(const FieldDef& field, uint8_t tier, Decision wanted, bool required) {
  PolicyQuestion question;
  question.action = entry_.action;
  question.field = field.name;
  question.sensitivity = field.sensitivity;
  question.has_field = true;
  question.compartment = room_->info.name;
  question.tier = hidden_ ? 0 : tier;
  Decided decided = policy_->Decide(caller_, question);
  if (required) {
    Approve(question, decided);
    TouchesTier(tier);
  }
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
    if (!enough && (granted() || hidden_)) {
      if (!purpose_fits) {
        entry_.decision = Decision::kDeny;
        Deny(Status(Reason::kPurposeRefused, "field '" + field.name + "' is not held for the purpose that was named"));
      } else {
        hidden_ = false;
        refusal_ = Refusal(question, decided, wanted);
      }
    }
  }
  if (!purpose_fits) decided.decision = Decision::kDeny;
  return decided;
}

Permit Gate::Authorise(const Caller& caller, Action action, Room* room, uint8_t tier) const {
  Permit permit(*this, caller, action, room != nullptr ? *room : house_.office());
  PolicyQuestion question;
  question.action = action;
  question.compartment = permit.room_->info.name;
  question.tier = tier;
  permit.HideTiers();
  permit.TouchesTier(tier);
  permit.RefuseAtOnce();
  Decided decided = permit.policy_->Decide(caller, question);
  permit.Approve(question, decided);
  permit.entry_.decision = decided.decision;
  permit.entry_.rule = decided.rule;
  if (Openness(decided.decision) == 0 && permit.granted()) {
    permit.refusal_ = permit.Refusal(question, decided, Decision::kToken);
  }
  return permit;
}

Permit Gate::AuthoriseFields(const Caller& caller, Action action, bool needs_purpose, Room* room) const {
  Permit permit(*this, caller, action, room != nullptr ? *room : house_.office());
  permit.RefuseAtOnce();
  if (!permit.granted()) return permit;
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
