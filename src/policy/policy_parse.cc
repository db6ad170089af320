// Reads a policy.  The format is docs/reference/policy.md.
#include <algorithm>

#include "policy/policy_set.h"
#include "policy/toml_reader.h"

namespace strongroom {
namespace {

constexpr int64_t kLongestSecondFactorAgeSeconds = 30 * 24 * 3600;
constexpr std::string_view kNameRule =
    " is no name: lower-case letters, digits, '-', '_', '.', a letter first, at most 64";

template <typename T>
using FromName = std::optional<T> (*)(std::string_view);

// The member's names turned into values; `known_as` says what they should have been.
template <typename T>
Result<std::vector<T>> ReadNamed(const TomlReader& table, std::string_view member, FromName<T> from_name,
                                 std::string_view known_as) {
  ASSIGN_OR_RETURN(std::vector<LocatedString> names, table.Strings(member));
  std::vector<T> values;
  for (const LocatedString& name : names) {
    const std::optional<T> value = from_name(name.text);
    if (!value) return PolicyErrorAt(name.line, "unknown " + std::string(known_as) + " " + Quoted(name.text));
    values.push_back(*value);
  }
  return values;
}

std::optional<Action> AskableActionFromName(std::string_view name) {
  const std::optional<Action> action = ActionFromName(name);
  return action && CanBeAsked(*action) ? action : std::nullopt;
}

std::optional<PrincipalKind> KindThatCallsFromName(std::string_view name) {
  const std::optional<PrincipalKind> kind = PrincipalKindFromName(name);
  return kind && *kind != PrincipalKind::kNone ? kind : std::nullopt;
}

Result<std::vector<std::string>> ReadNames(const TomlReader& table, std::string_view member) {
  ASSIGN_OR_RETURN(std::vector<LocatedString> names, table.Strings(member));
  std::vector<std::string> values;
  for (const LocatedString& name : names) {
    if (!IsPolicyName(name.text)) return PolicyErrorAt(name.line, Quoted(name.text) + std::string(kNameRule));
    values.push_back(name.text);
  }
  return values;
}

Result<std::vector<std::string>> ReadPurposes(const TomlReader& table) {
  ASSIGN_OR_RETURN(std::vector<LocatedString> names, table.Strings("purposes"));
  std::vector<std::string> values;
  for (const LocatedString& name : names) {
    if (name.text == "*" && names.size() > 1) {
      return PolicyErrorAt(name.line, "\"*\" already stands for every purpose; write it alone");
    }
    if (name.text != "*" && !IsPolicyName(name.text)) {
      return PolicyErrorAt(name.line, Quoted(name.text) + std::string(kNameRule));
    }
    values.push_back(name.text);
  }
  return values;
}

Result<std::vector<std::string>> ReadRoles(const TomlReader& table, const std::vector<std::string>& known) {
  ASSIGN_OR_RETURN(std::vector<LocatedString> names, table.Strings("roles"));
  std::vector<std::string> values;
  for (const LocatedString& name : names) {
    if (std::find(known.begin(), known.end(), name.text) == known.end()) {
      return PolicyErrorAt(name.line, "role " + Quoted(name.text) + " is not in the list of roles at the top");
    }
    values.push_back(name.text);
  }
  return values;
}

Result<PolicyRule> ReadRule(const TomlReader& table, const std::vector<std::string>& known_roles) {
  RETURN_IF_ERROR(table.OnlyMembers({"name", "roles", "actions", "sensitivities", "fields", "purposes", "compartments",
                                     "networks", "tier_at_most", "second_factor_max_age_seconds", "kinds", "needs",
                                     "lacks", "hours", "decision"}));
  PolicyRule rule;
  ASSIGN_OR_RETURN(LocatedString name, table.RequiredString("name"));
  if (!IsPolicyName(name.text)) return PolicyErrorAt(name.line, Quoted(name.text) + std::string(kNameRule));
  if (name.text == Decided().rule_name) {
    return PolicyErrorAt(name.line,
                         Quoted(name.text) + " is the name of what happens when no rule matches; choose another");
  }
  rule.name = std::move(name.text);
  ASSIGN_OR_RETURN(rule.roles, ReadRoles(table, known_roles));
  ASSIGN_OR_RETURN(rule.actions, ReadNamed<Action>(table, "actions", AskableActionFromName, "action"));
  ASSIGN_OR_RETURN(rule.sensitivities,
                   ReadNamed<Sensitivity>(table, "sensitivities", SensitivityFromName, "sensitivity"));
  ASSIGN_OR_RETURN(rule.fields, ReadNames(table, "fields"));
  ASSIGN_OR_RETURN(rule.purposes, ReadPurposes(table));
  ASSIGN_OR_RETURN(rule.compartments, ReadNames(table, "compartments"));
  ASSIGN_OR_RETURN(rule.networks,
                   ReadNamed<IpNetwork>(table, "networks", IpNetwork::Parse, "network (host bits must be zero)"));
  ASSIGN_OR_RETURN(rule.kinds, ReadNamed<PrincipalKind>(table, "kinds", KindThatCallsFromName, "kind of caller"));
  ASSIGN_OR_RETURN(rule.needs, ReadNamed<Need>(table, "needs", NeedFromName, "need"));
  ASSIGN_OR_RETURN(rule.lacks, ReadNamed<Need>(table, "lacks", NeedFromName, "need"));
  ASSIGN_OR_RETURN(rule.hours,
                   ReadNamed<WeekHours>(table, "hours", WeekHours::Parse, "hours (\"mon-fri 07:00-19:00\")"));
  ASSIGN_OR_RETURN(std::optional<int64_t> tier, table.Integer("tier_at_most", 0, 255));
  if (tier) rule.tier_at_most = static_cast<uint8_t>(*tier);
  ASSIGN_OR_RETURN(rule.second_factor_max_age_seconds,
                   table.Integer("second_factor_max_age_seconds", 1, kLongestSecondFactorAgeSeconds));
  ASSIGN_OR_RETURN(LocatedString decision, table.RequiredString("decision"));
  const std::optional<Decision> known_decision = DecisionFromName(decision.text);
  if (!known_decision) {
    return PolicyErrorAt(decision.line, "unknown decision " + Quoted(decision.text) +
                                            "; known: deny token masked plain needs_step_up needs_approval");
  }
  rule.decision = *known_decision;
  return rule;
}

Result<PolicyBudget> ReadBudget(const TomlReader& table, const std::vector<std::string>& known_roles) {
  RETURN_IF_ERROR(table.OnlyMembers({"name", "roles", "actions", "customers", "per", "lock_after"}));
  PolicyBudget budget;
  ASSIGN_OR_RETURN(LocatedString name, table.RequiredString("name"));
  if (!IsPolicyName(name.text)) return PolicyErrorAt(name.line, Quoted(name.text) + std::string(kNameRule));
  budget.name = std::move(name.text);
  ASSIGN_OR_RETURN(budget.roles, ReadRoles(table, known_roles));
  ASSIGN_OR_RETURN(budget.actions, ReadNamed<Action>(table, "actions", AskableActionFromName, "action"));
  if (budget.roles.empty()) return PolicyErrorAt(table.line(), "member roles is missing: say whose budget it is");
  if (budget.actions.empty()) return PolicyErrorAt(table.line(), "member actions is missing: say what counts");
  ASSIGN_OR_RETURN(const std::optional<int64_t> customers, table.Integer("customers", 1, 1'000'000));
  if (!customers) return PolicyErrorAt(table.line(), "member customers is missing: say how many");
  budget.customers = static_cast<uint32_t>(*customers);
  ASSIGN_OR_RETURN(const LocatedString per, table.RequiredString("per"));
  if (per.text != "hour" && per.text != "day") return PolicyErrorAt(per.line, "per is \"hour\" or \"day\"");
  budget.window_seconds = per.text == "hour" ? 3600 : 24 * 3600;
  ASSIGN_OR_RETURN(const std::optional<int64_t> lock_after, table.Integer("lock_after", 1, 1'000'000));
  budget.lock_after = static_cast<uint32_t>(lock_after.value_or(0));
  return budget;
}

// Every [[member]], in order; no two of the same name.
template <typename T>
Status ReadAll(const TomlReader& root, std::string_view member, size_t at_most, const std::vector<std::string>& roles,
               Result<T> (*read)(const TomlReader&, const std::vector<std::string>&), std::vector<T>& into) {
  ASSIGN_OR_RETURN(const std::vector<TomlReader> tables, root.Tables(member));
  if (tables.size() > at_most) {
    return PolicyErrorAt(1, "there are " + std::to_string(tables.size()) + " " + std::string(member) + "s; at most " +
                                std::to_string(at_most) + " are supported");
  }
  for (const TomlReader& table : tables) {
    ASSIGN_OR_RETURN(T one, read(table, roles));
    const bool twice =
        std::any_of(into.begin(), into.end(), [&](const T& earlier) { return earlier.name == one.name; });
    if (twice) {
      return PolicyErrorAt(table.line(), "two " + std::string(member) + "s are named " + Quoted(one.name));
    }
    into.push_back(std::move(one));
  }
  return Status::Ok();
}

}  // namespace

Result<std::shared_ptr<const PolicySet>> PolicySet::Parse(std::string_view toml) {
  ASSIGN_OR_RETURN(const TomlDocument document, TomlDocument::Parse(toml));
  const TomlReader root = document.root();
  RETURN_IF_ERROR(root.OnlyMembers({"format", "roles", "rule", "budget"}));
  // Absent means 1.  A later format would carry meanings this build does not know, so it is refused, not guessed at.
  ASSIGN_OR_RETURN([[maybe_unused]] const std::optional<int64_t> format, root.Integer("format", 1, 1));

  auto policy = std::make_shared<PolicySet>();
  ASSIGN_OR_RETURN(policy->roles_, ReadNames(root, "roles"));
  if (policy->roles_.empty()) return PolicyErrorAt(1, "member roles is missing: list every role at the top");
  if (policy->roles_.size() > kMaxRoles) {
    return PolicyErrorAt(1, "there are " + std::to_string(policy->roles_.size()) + " roles; at most 64 are supported");
  }
  RETURN_IF_ERROR(ReadAll<PolicyRule>(root, "rule", kMaxRules, policy->roles_, ReadRule, policy->rules_));
  RETURN_IF_ERROR(ReadAll<PolicyBudget>(root, "budget", kMaxBudgets, policy->roles_, ReadBudget, policy->budgets_));
  policy->source_ = std::string(toml);
  policy->Compile();
  return std::shared_ptr<const PolicySet>(std::move(policy));
}

}  // namespace strongroom
