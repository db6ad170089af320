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
                                     "networks", "tier_at_most", "second_factor_max_age_seconds", "decision"}));
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

}  // namespace

Result<std::shared_ptr<const PolicySet>> PolicySet::Parse(std::string_view toml) {
  ASSIGN_OR_RETURN(const TomlDocument document, TomlDocument::Parse(toml));
  const TomlReader root = document.root();
  RETURN_IF_ERROR(root.OnlyMembers({"format", "roles", "rule"}));
  // Absent means 1.  A later format would carry meanings this build does not know, so it is refused, not guessed at.
  ASSIGN_OR_RETURN([[maybe_unused]] const std::optional<int64_t> format, root.Integer("format", 1, 1));

  auto policy = std::make_shared<PolicySet>();
  ASSIGN_OR_RETURN(policy->roles_, ReadNames(root, "roles"));
  if (policy->roles_.empty()) return PolicyErrorAt(1, "member roles is missing: list every role at the top");
  if (policy->roles_.size() > kMaxRoles) {
    return PolicyErrorAt(1, "there are " + std::to_string(policy->roles_.size()) + " roles; at most 64 are supported");
  }
  ASSIGN_OR_RETURN(const std::vector<TomlReader> tables, root.Tables("rule"));
  if (tables.size() > kMaxRules) {
    return PolicyErrorAt(1, "there are " + std::to_string(tables.size()) + " rules; at most 2000 are supported");
  }
  for (const TomlReader& table : tables) {
    ASSIGN_OR_RETURN(PolicyRule rule, ReadRule(table, policy->roles_));
    const bool twice = std::any_of(policy->rules_.begin(), policy->rules_.end(),
                                   [&](const PolicyRule& earlier) { return earlier.name == rule.name; });
    if (twice) return PolicyErrorAt(table.line(), "two rules are named " + Quoted(rule.name));
    policy->rules_.push_back(std::move(rule));
  }
  policy->source_ = std::string(toml);
  policy->Compile();
  return std::shared_ptr<const PolicySet>(std::move(policy));
}

}  // namespace strongroom
