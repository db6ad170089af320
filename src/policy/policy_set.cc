// Deciding and explaining.  Reading the file is policy_parse.cc.
#include "policy/policy_set.h"

#include <algorithm>

namespace strongroom {
namespace {

constexpr std::string_view kAnyPurpose = "*";
constexpr uint8_t kNoField = 1u << kSensitivityCount;  // the bit of a question that concerns no single field

bool Names(const std::vector<std::string>& list, std::string_view name) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& entry) { return entry == name; });
}

// A claim counts only when the credential may make it, whoever else checks that as well.
bool MayClaim(const Principal& principal, std::string_view purpose) {
  return !purpose.empty() && (Names(principal.purposes, purpose) || Names(principal.purposes, kAnyPurpose));
}

// One predicate per remaining part of a rule: true when the part is not stated, or is met.
bool FieldMet(const PolicyRule& rule, const PolicyQuestion& question) {
  return rule.fields.empty() || (question.has_field && Names(rule.fields, question.field));
}

bool PurposeMet(const PolicyRule& rule, const Caller& caller) {
  if (rule.purposes.empty()) return true;
  return MayClaim(*caller.principal, caller.purpose) &&
         (Names(rule.purposes, caller.purpose) || Names(rule.purposes, kAnyPurpose));
}

bool CompartmentMet(const PolicyRule& rule, const PolicyQuestion& question) {
  return rule.compartments.empty() || Names(rule.compartments, question.compartment);
}

bool NetworkMet(const PolicyRule& rule, const Caller& caller) {
  return rule.networks.empty() ||
         std::any_of(rule.networks.begin(), rule.networks.end(),
                     [&](const IpNetwork& network) { return network.Contains(caller.address); });
}

bool TierMet(const PolicyRule& rule, const PolicyQuestion& question) {
  return !rule.tier_at_most || question.tier <= *rule.tier_at_most;
}

bool KindMet(const PolicyRule& rule, const Caller& caller) {
  return rule.kinds.empty() ||
         std::find(rule.kinds.begin(), rule.kinds.end(), caller.principal->kind) != rule.kinds.end();
}

bool NeedsMet(const PolicyRule& rule, const Caller& caller) {
  return std::all_of(rule.needs.begin(), rule.needs.end(), [&](Need need) { return IsMet(need, caller); });
}

bool LacksMet(const PolicyRule& rule, const Caller& caller) {
  return rule.lacks.empty() ||
         std::any_of(rule.lacks.begin(), rule.lacks.end(), [&](Need need) { return !IsMet(need, caller); });
}

bool HoursMet(const PolicyRule& rule, const Caller& caller) {
  const std::optional<uint16_t> minute = caller.standing.minute_of_week;
  return rule.hours.empty() || (minute && std::any_of(rule.hours.begin(), rule.hours.end(),
                                                      [&](const WeekHours& hours) { return hours.Contains(*minute); }));
}

// A negative age is a factor shown in the future: a clock is wrong, so it counts as none.
bool SecondFactorMet(const PolicyRule& rule, const Caller& caller) {
  if (!rule.second_factor_max_age_seconds) return true;
  const std::optional<int64_t> age_seconds = caller.second_factor_age_seconds;
  return age_seconds && *age_seconds >= 0 && *age_seconds <= *rule.second_factor_max_age_seconds;
}

bool ConditionsMet(const PolicyRule& rule, const Caller& caller, const PolicyQuestion& question) {
  return FieldMet(rule, question) && PurposeMet(rule, caller) && CompartmentMet(rule, question) &&
         NetworkMet(rule, caller) && TierMet(rule, question) && SecondFactorMet(rule, caller) &&
         KindMet(rule, caller) && NeedsMet(rule, caller) && LacksMet(rule, caller) && HoursMet(rule, caller);
}

std::string Joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "none" : out;
}

// What the rule asks of the person and the hour, and is not so.
void AppendUnmetStanding(const PolicyRule& rule, const Caller& caller, std::vector<std::string>& reasons) {
  if (!KindMet(rule, caller)) {
    std::vector<std::string> kinds;
    for (const PrincipalKind kind : rule.kinds) kinds.emplace_back(NameOf(kind));
    reasons.push_back("it is for callers of kind " + Joined(kinds) + ", this one is of kind " +
                      std::string(NameOf(caller.principal->kind)));
  }
  for (const Need need : rule.needs) {
    if (!IsMet(need, caller)) reasons.push_back("it needs " + std::string(NameOf(need)) + ", which is not met");
  }
  if (!LacksMet(rule, caller)) {
    std::vector<std::string> lacks;
    for (const Need need : rule.lacks) lacks.emplace_back(NameOf(need));
    reasons.push_back("it is for those who lack " + Joined(lacks) + ", and this caller lacks none");
  }
  if (!HoursMet(rule, caller)) {
    std::vector<std::string> hours;
    for (const WeekHours& each : rule.hours) hours.push_back(each.ToString());
    reasons.push_back("it is for the hours " + Joined(hours) +
                      (caller.standing.minute_of_week ? ", and it is another time" : ", and the time is not known"));
  }
}

// For the parts ConditionsMet looks at; what each lacks, in words.
void AppendUnmetConditions(const PolicyRule& rule, const Caller& caller, const PolicyQuestion& question,
                           std::vector<std::string>& reasons) {
  if (!FieldMet(rule, question)) {
    reasons.push_back(
        "it is for the fields " + Joined(rule.fields) +
        (question.has_field ? ", asked was " + std::string(question.field) : ", asked was no single field"));
  }
  if (!PurposeMet(rule, caller)) {
    std::string claimed = "no purpose was claimed";
    if (!caller.purpose.empty()) {
      claimed = "claimed was " + std::string(caller.purpose);
      if (!MayClaim(*caller.principal, caller.purpose)) claimed += ", which the credential does not list";
    }
    reasons.push_back("it is for the purposes " + Joined(rule.purposes) + "; " + claimed);
  }
  if (!CompartmentMet(rule, question)) {
    reasons.push_back("it is for the compartments " + Joined(rule.compartments) + ", asked was " +
                      (question.compartment.empty() ? "none" : std::string(question.compartment)));
  }
  if (!NetworkMet(rule, caller)) {
    std::vector<std::string> networks;
    for (const IpNetwork& network : rule.networks) networks.push_back(network.ToString());
    reasons.push_back("it is for calls from " + Joined(networks) + ", this one came from " + caller.address.ToString());
  }
  if (!TierMet(rule, question)) {
    reasons.push_back("it is for customers of tier " + std::to_string(*rule.tier_at_most) +
                      " at most, this one is of tier " + std::to_string(question.tier));
  }
  if (!SecondFactorMet(rule, caller)) {
    const std::optional<int64_t> age_seconds = caller.second_factor_age_seconds;
    reasons.push_back("it needs a second factor at most " + std::to_string(*rule.second_factor_max_age_seconds) +
                      " s old, " +
                      (age_seconds ? "the one shown is " + std::to_string(*age_seconds) + " s old" : "none was shown"));
  }
  AppendUnmetStanding(rule, caller, reasons);
}

}  // namespace

void PolicySet::Compile() {
  masks_.clear();
  for (std::vector<RuleMask>& rules : by_action_) rules.clear();
  for (size_t i = 0; i < rules_.size(); ++i) {
    const PolicyRule& rule = rules_[i];
    RuleMask mask;
    mask.rule = static_cast<uint16_t>(i);
    if (rule.roles.empty()) mask.roles = ~uint64_t{0};
    for (size_t role = 0; role < roles_.size(); ++role) {
      if (Names(rule.roles, roles_[role])) mask.roles |= uint64_t{1} << role;
    }
    if (!rule.sensitivities.empty()) {
      mask.sensitivities = 0;
      for (Sensitivity sensitivity : rule.sensitivities) {
        mask.sensitivities = static_cast<uint8_t>(mask.sensitivities | 1u << static_cast<int>(sensitivity));
      }
    }
    masks_.push_back(mask);
    const std::span<const Action> actions = rule.actions.empty() ? AllActions() : std::span<const Action>(rule.actions);
    for (Action action : actions) {
      if (CanBeAsked(action)) by_action_[static_cast<size_t>(action)].push_back(mask);
    }
  }
}

uint64_t PolicySet::RoleBits(const Principal& principal) const {
  uint64_t bits = 0;
  for (const std::string& held : principal.roles) {
    for (size_t i = 0; i < roles_.size(); ++i) {
      if (roles_[i] == held) {
        bits |= uint64_t{1} << i;
        break;
      }
    }
  }
  return bits;
}

// A sensitivity outside the list (memory or a caller gone wrong) has no bit, so that no rule which states one matches.
uint8_t PolicySet::SensitivityBit(const PolicyQuestion& question) {
  if (!question.has_field) return kNoField;
  const auto number = static_cast<unsigned>(question.sensitivity);
  return number < kSensitivityCount ? static_cast<uint8_t>(1u << number) : uint8_t{0};
}

bool PolicySet::HasRole(std::string_view role) const { return Names(roles_, role); }

Decided PolicySet::Decide(const Caller& caller, const PolicyQuestion& question) const {
  const auto action = static_cast<size_t>(question.action);
  if (caller.principal == nullptr || caller.principal->kind == PrincipalKind::kNone || action >= kActionLimit)
    return {};
  const uint64_t roles = RoleBits(*caller.principal);
  const uint8_t sensitivity = SensitivityBit(question);
  if (roles == 0 || sensitivity == 0) return {};
  for (const RuleMask& mask : by_action_[action]) {
    if ((mask.roles & roles) == 0 || (mask.sensitivities & sensitivity) == 0) continue;
    const PolicyRule& rule = rules_[mask.rule];
    if (!ConditionsMet(rule, caller, question)) continue;
    return {rule.decision, static_cast<uint16_t>(mask.rule + 1), rule.name};
  }
  return {};
}

PolicyExplanation PolicySet::Explain(const Caller& caller, const PolicyQuestion& question) const {
  PolicyExplanation explanation;
  explanation.decided = Decide(caller, question);
  if (caller.principal == nullptr || caller.principal->kind == PrincipalKind::kNone) {
    explanation.notes.push_back("nobody is signed in, so everything is denied");
    return explanation;
  }
  const Principal& principal = *caller.principal;
  if (!CanBeAsked(question.action)) {
    explanation.notes.push_back(std::string(NameOf(question.action)) +
                                " is nothing that can be asked, so it is denied");
    return explanation;
  }
  const uint64_t roles = RoleBits(principal);
  const uint8_t sensitivity = SensitivityBit(question);
  if (roles == 0 || sensitivity == 0) {
    explanation.notes.push_back(roles == 0 ? "the caller holds no role this policy knows (held: " +
                                                 Joined(principal.roles) + "), so everything is denied"
                                           : "the field's sensitivity is none this policy knows, so it is denied");
    return explanation;
  }
  for (const RuleMask& mask : masks_) {
    const PolicyRule& rule = rules_[mask.rule];
    PolicyExplanation::Step step;
    step.rule = static_cast<uint16_t>(mask.rule + 1);
    step.rule_name = rule.name;
    const bool speaks = rule.actions.empty() ||
                        std::find(rule.actions.begin(), rule.actions.end(), question.action) != rule.actions.end();
    if (!speaks) step.reasons.push_back("it does not speak of " + std::string(NameOf(question.action)));
    if ((mask.roles & roles) == 0) {
      step.reasons.push_back("it is for the roles " + Joined(rule.roles) + ", the caller holds " +
                             Joined(principal.roles));
    }
    if ((mask.sensitivities & sensitivity) == 0) {
      std::vector<std::string> names;
      for (Sensitivity stated : rule.sensitivities) names.emplace_back(NameOf(stated));
      step.reasons.push_back("it is for fields that are " + Joined(names) + ", " +
                             (question.has_field ? "this one is " + std::string(NameOf(question.sensitivity))
                                                 : "asked was no single field"));
    }
    AppendUnmetConditions(rule, caller, question, step.reasons);
    step.matched = step.reasons.empty();
    explanation.steps.push_back(std::move(step));
    if (explanation.steps.back().matched) return explanation;
  }
  explanation.notes.push_back("no rule matched, so it is denied");
  return explanation;
}

}  // namespace strongroom
