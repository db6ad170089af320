#include "policy/policy_lint.h"

#include <algorithm>

namespace strongroom {
namespace {

template <typename T>
bool Holds(const std::vector<T>& list, const T& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

// Whether whatever fits `inner` fits `outer`; an empty list is fitted by anything.
template <typename T>
bool Covers(const std::vector<T>& outer, const std::vector<T>& inner) {
  if (outer.empty()) return true;
  return !inner.empty() && std::all_of(inner.begin(), inner.end(), [&](const T& one) { return Holds(outer, one); });
}

bool CoversPurposes(const PolicyRule& outer, const PolicyRule& inner) {
  const bool any = Holds(outer.purposes, std::string("*")) && !inner.purposes.empty();
  return any || Covers(outer.purposes, inner.purposes);
}

bool CoversNetworks(const PolicyRule& outer, const PolicyRule& inner) {
  if (outer.networks.empty()) return true;
  return !inner.networks.empty() &&
         std::all_of(inner.networks.begin(), inner.networks.end(), [&](const IpNetwork& one) {
           return std::any_of(outer.networks.begin(), outer.networks.end(), [&](const IpNetwork& wide) {
             return wide.prefix_bits <= one.prefix_bits && wide.Contains(one.base) &&
                    wide.base.IsV4() == one.base.IsV4();
           });
         });
}

bool CoversTier(const PolicyRule& outer, const PolicyRule& inner) {
  if (!outer.tier_at_most.has_value()) return true;
  return inner.tier_at_most.has_value() && *inner.tier_at_most <= *outer.tier_at_most;
}

bool CoversFactor(const PolicyRule& outer, const PolicyRule& inner) {
  if (!outer.second_factor_max_age_seconds.has_value()) return true;
  return inner.second_factor_max_age_seconds.has_value() &&
         *inner.second_factor_max_age_seconds <= *outer.second_factor_max_age_seconds;
}

// Every question that `inner` matches, `outer` matches as well.  Errs on the side of "no": two rules that cover a third
// only together are not seen.
bool CoversRule(const PolicyRule& outer, const PolicyRule& inner) {
  const bool needs =
      std::all_of(outer.needs.begin(), outer.needs.end(), [&](Need need) { return Holds(inner.needs, need); });
  // At least one of those that `inner` asks to be missing: then one of a longer list is missing, too.
  const bool lacks = outer.lacks.empty() || (!inner.lacks.empty() && Covers(outer.lacks, inner.lacks));
  return Covers(outer.roles, inner.roles) && Covers(outer.kinds, inner.kinds) && Covers(outer.actions, inner.actions) &&
         Covers(outer.sensitivities, inner.sensitivities) && Covers(outer.fields, inner.fields) &&
         CoversPurposes(outer, inner) && Covers(outer.compartments, inner.compartments) &&
         CoversNetworks(outer, inner) && needs && lacks && Covers(outer.hours, inner.hours) &&
         CoversTier(outer, inner) && CoversFactor(outer, inner);
}

// Why no question at all can match the rule; empty: one can.
std::string Contradiction(const PolicyRule& rule) {
  const bool all_needed = !rule.lacks.empty() && std::all_of(rule.lacks.begin(), rule.lacks.end(),
                                                             [&](Need need) { return Holds(rule.needs, need); });
  if (all_needed) return "it needs what it also asks to be missing";
  const bool people = rule.kinds.empty() || Holds(rule.kinds, PrincipalKind::kStaff);
  if (!people && !rule.needs.empty()) return "it is for programs, and a program meets none of the needs";
  const bool of_fields = !rule.sensitivities.empty() || !rule.fields.empty();
  const bool actions_have_fields =
      rule.actions.empty() || std::any_of(rule.actions.begin(), rule.actions.end(), TouchesPersonalData);
  if (of_fields && !actions_have_fields) return "it is for fields, and its actions concern none";
  return "";
}

bool Opens(Decision decision) {
  return decision == Decision::kPlain || decision == Decision::kMasked || decision == Decision::kToken;
}

bool SpeaksOf(const PolicyRule& rule, Action action) { return rule.actions.empty() || Holds(rule.actions, action); }

bool Overlap(const PolicyRule& one, const PolicyRule& other) {
  const auto meet = [](const auto& a, const auto& b) {
    return a.empty() || b.empty() || std::any_of(a.begin(), a.end(), [&](const auto& item) { return Holds(b, item); });
  };
  return meet(one.roles, other.roles) && meet(one.actions, other.actions) &&
         meet(one.sensitivities, other.sensitivities);
}

class Linter {
 public:
  Linter(const PolicySet& policy, const std::vector<std::string>* in_use) : policy_(policy), in_use_(in_use) {}

  std::vector<PolicyFinding> Run() {
    for (size_t i = 0; i < policy_.rules().size(); ++i) CheckRule(i);
    for (const std::string& role : policy_.roles()) CheckRole(role);
    for (const PolicyBudget& budget : policy_.budgets()) CheckBudget(budget);
    return std::move(findings_);
  }

 private:
  void Find(std::string kind, const std::string& about, std::string text) {
    findings_.push_back({std::move(kind), about, std::move(text)});
  }

  void CheckRule(size_t index) {
    const PolicyRule& rule = policy_.rules()[index];
    if (const std::string why = Contradiction(rule); !why.empty()) {
      Find("never-matches", rule.name, "Rule '" + rule.name + "' can never match: " + why + ".");
    }
    for (size_t above = 0; above < index; ++above) {
      if (!CoversRule(policy_.rules()[above], rule)) continue;
      Find("never-matches", rule.name,
           "Rule '" + rule.name + "' can never match: '" + policy_.rules()[above].name +
               "' above it decides all it speaks of.");
      break;
    }
    if (rule.actions.empty() && rule.decision != Decision::kDeny) {
      Find("grants-any-action", rule.name,
           "Rule '" + rule.name + "' names no actions and so grants all of them, also those of later releases.");
    }
    if (rule.decision == Decision::kNeedsStepUp) CheckStepUp(index);
    if (rule.decision == Decision::kNeedsApproval) CheckApproval(rule);
  }

  // Asking for a second factor helps only where one that was shown opens something.
  void CheckStepUp(size_t index) {
    const PolicyRule& rule = policy_.rules()[index];
    const auto opens = [&](const PolicyRule& above) {
      return above.second_factor_max_age_seconds.has_value() && above.decision != Decision::kDeny &&
             Overlap(above, rule);
    };
    const auto begin = policy_.rules().begin();
    if (std::any_of(begin, begin + static_cast<ptrdiff_t>(index), opens)) return;
    Find("dead-end", rule.name,
         "Rule '" + rule.name +
             "' asks for a second factor, and no rule above it opens anything for whoever shows one.");
  }

  void CheckApproval(const PolicyRule& rule) {
    const auto decides = [](const PolicyRule& other) {
      return Opens(other.decision) && SpeaksOf(other, Action::kApprovalDecide);
    };
    // Somebody of the same roles, or of any that decides: which of them policy refuses is for `policy explain`.
    if (std::any_of(policy_.rules().begin(), policy_.rules().end(), decides)) return;
    Find("nobody-approves", rule.name,
         "Rule '" + rule.name + "' asks for a second person, and no rule lets anybody decide (approval.decide).");
  }

  void CheckRole(const std::string& role) {
    const bool named = std::any_of(policy_.rules().begin(), policy_.rules().end(), [&](const PolicyRule& rule) {
      return rule.decision != Decision::kDeny && Holds(rule.roles, role);
    });
    if (!named) {
      Find("role-without-rule", role, "No rule grants anything to the role '" + role + "' by name.");
    } else if (in_use_ != nullptr && !Holds(*in_use_, role)) {
      Find("role-without-anybody", role, "Nobody holds the role '" + role + "'.");
    }
  }

  // Of its roles and actions one is granted at least.
  void CheckBudget(const PolicyBudget& budget) {
    const bool counts = std::any_of(policy_.rules().begin(), policy_.rules().end(), [&](const PolicyRule& rule) {
      const bool role =
          rule.roles.empty() || std::any_of(budget.roles.begin(), budget.roles.end(),
                                            [&](const std::string& one) { return Holds(rule.roles, one); });
      return rule.decision != Decision::kDeny && role &&
             std::any_of(budget.actions.begin(), budget.actions.end(),
                         [&](Action action) { return SpeaksOf(rule, action); });
    });
    if (counts) return;
    Find("budget-without-grant", budget.name,
         "Budget '" + budget.name + "' counts nothing: no rule grants its actions to its roles.");
  }

  const PolicySet& policy_;
  const std::vector<std::string>* const in_use_;
  std::vector<PolicyFinding> findings_;
};

}  // namespace

std::vector<PolicyFinding> LintPolicy(const PolicySet& policy, const std::vector<std::string>* roles_in_use) {
  return Linter(policy, roles_in_use).Run();
}

}  // namespace strongroom
