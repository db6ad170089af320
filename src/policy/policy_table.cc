#include "policy/policy_table.h"

#include <algorithm>
#include <set>
#include <utility>

#include "policy/toml_reader.h"

namespace strongroom {
namespace {

constexpr char kTogether = '+';

std::vector<std::string> RolesOf(const std::string& who) {
  std::vector<std::string> roles;
  size_t start = 0;
  for (size_t plus = who.find(kTogether); plus != std::string::npos; plus = who.find(kTogether, start)) {
    roles.push_back(who.substr(start, plus - start));
    start = plus + 1;
  }
  roles.push_back(who.substr(start));
  return roles;
}

std::vector<std::string> TextsOf(std::vector<LocatedString> located) {
  std::vector<std::string> texts;
  for (LocatedString& entry : located) texts.push_back(std::move(entry.text));
  return texts;
}

// One question and who asks it, owning what Caller and PolicyQuestion only point to.
struct Asked {
  std::string who;
  Action action = Action::kNone;
  std::optional<Sensitivity> sensitivity;
  const PolicyCase* from = nullptr;

  Decided Ask(const PolicySet& policy) const {
    auto principal = std::make_shared<Principal>();
    principal->id = 1;
    principal->kind = from->kind;
    principal->roles = RolesOf(who);
    principal->purposes = from->credential_purposes;
    Caller caller;
    caller.principal = std::move(principal);
    caller.address = from->address;
    caller.purpose = from->purpose;
    caller.second_factor_age_seconds = from->second_factor_age_seconds;
    for (const Need need : from->has) Meet(need, caller);
    caller.standing.minute_of_week = from->minute_of_week;
    PolicyQuestion question;
    question.action = action;
    question.has_field = sensitivity.has_value();
    question.sensitivity = sensitivity.value_or(Sensitivity::kCredential);
    if (question.has_field) question.field = from->field;
    question.compartment = from->compartment;
    question.tier = from->tier;
    return policy.Decide(caller, question);
  }

  std::string ToString() const {
    std::string text = who + " asks " + std::string(NameOf(action));
    if (sensitivity) text += " of a " + std::string(NameOf(*sensitivity)) + " field";
    if (sensitivity && !from->field.empty()) text += " " + from->field;
    if (!from->purpose.empty()) text += " for " + from->purpose;
    if (from->tier != 0) text += ", tier " + std::to_string(from->tier);
    if (!from->compartment.empty()) text += ", compartment " + from->compartment;
    if (from->address != IpAddress::Loopback()) text += ", from " + from->address.ToString();
    if (from->second_factor_age_seconds) {
      text += ", second factor " + std::to_string(*from->second_factor_age_seconds) + " s old";
    }
    if (from->kind != PrincipalKind::kStaff) text += ", as " + std::string(NameOf(from->kind));
    for (const Need need : from->has) text += ", with " + std::string(NameOf(need));
    return text;
  }
};

void Check(const PolicySet& policy, const Asked& asked, PolicyTableReport& report) {
  const Decided got = asked.Ask(policy);
  const PolicyCase& from = *asked.from;
  if (got.decision == from.decision && (from.rule.empty() || from.rule == got.rule_name)) return;
  PolicyMismatch mismatch;
  mismatch.line = from.line;
  mismatch.asked = asked.ToString();
  mismatch.expected = from.decision;
  mismatch.expected_rule = from.rule;
  mismatch.got = got.decision;
  mismatch.got_rule = got.rule_name;
  report.mismatches.push_back(std::move(mismatch));
}

// The moment at which a span of hours begins.
std::optional<uint16_t> FirstMinuteOf(const std::vector<WeekHours>& hours) {
  if (hours.empty()) return std::nullopt;
  return static_cast<uint16_t>(hours.front().first_day * WeekHours::kMinutesPerDay + hours.front().from_minute);
}

// Ways to ask that `rule` would be met by, if its role, action and sensitivity are: every purpose, field, compartment
// and network it states, each combined with all others.  Where it states none, a value no rule names, which also
// escapes every earlier rule that names one.  Without a rule: the plain ways.
std::vector<PolicyCase> WaysToAsk(const PolicyRule* rule) {
  const std::vector<std::string> unstated = {""};
  const bool states_purposes = rule != nullptr && !rule->purposes.empty() && rule->purposes.front() != "*";
  const std::vector<std::string> purposes =
      states_purposes ? rule->purposes : std::vector<std::string>{"", "a-purpose-no-rule-names"};
  const std::vector<std::string>& fields = rule != nullptr && !rule->fields.empty() ? rule->fields : unstated;
  const std::vector<std::string>& compartments =
      rule != nullptr && !rule->compartments.empty() ? rule->compartments : unstated;
  std::vector<IpAddress> addresses;
  if (rule != nullptr) {
    for (const IpNetwork& network : rule->networks) addresses.push_back(network.base);
  }
  if (addresses.empty()) addresses.push_back(IpAddress::Loopback());

  std::vector<PolicyCase> ways;
  PolicyCase way;
  way.credential_purposes = {"*"};
  if (rule != nullptr) {
    if (!rule->kinds.empty()) way.kind = rule->kinds.front();
    way.has = rule->needs;
    way.minute_of_week = FirstMinuteOf(rule->hours);
  }
  for (const std::string& purpose : purposes) {
    for (const std::string& field : fields) {
      for (const std::string& compartment : compartments) {
        for (const IpAddress& address : addresses) {
          way.purpose = purpose;
          way.field = field;
          way.compartment = compartment;
          way.address = address;
          for (const int tier : {0, 1, 255}) {
            way.tier = static_cast<uint8_t>(tier);
            way.second_factor_age_seconds.reset();
            ways.push_back(way);
            way.second_factor_age_seconds = 0;
            ways.push_back(way);
          }
        }
      }
    }
  }
  return ways;
}

// Asks in all these ways, of every sensitivity and of no field; false after the first that is not denied.
bool AllDenied(const PolicySet& policy, const std::string& role, Action action, const std::vector<PolicyCase>& ways,
               PolicyTableReport& report) {
  for (const PolicyCase& way : ways) {
    for (int sensitivity = -1; sensitivity < kSensitivityCount; ++sensitivity) {
      Asked asked{role, action, std::nullopt, &way};
      if (sensitivity >= 0) asked.sensitivity = static_cast<Sensitivity>(sensitivity);
      ++report.rest_questions;
      const size_t before = report.mismatches.size();
      Check(policy, asked, report);
      if (report.mismatches.size() != before) return false;
    }
  }
  return true;
}

bool MayGrant(const PolicyRule& rule, const std::string& role, Action action) {
  const auto speaks_of = [](const auto& list, const auto& value) {
    return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
  };
  return rule.decision != Decision::kDeny && speaks_of(rule.roles, role) && speaks_of(rule.actions, action);
}

// One mismatch at most for each role and action: a rule too wide would otherwise fill the screen.
void CheckRest(const PolicySet& policy, const std::vector<PolicyCase>& cases, PolicyTableReport& report) {
  std::set<std::pair<std::string, Action>> named;
  for (const PolicyCase& each : cases) {
    for (const std::string& who : each.who) {
      for (Action action : each.what) named.emplace(who, action);
    }
  }
  const std::vector<PolicyCase> plain_ways = WaysToAsk(nullptr);
  for (const std::string& role : policy.roles()) {
    for (Action action : AllActions()) {
      if (named.count({role, action}) != 0 || !AllDenied(policy, role, action, plain_ways, report)) continue;
      for (const PolicyRule& rule : policy.rules()) {
        if (MayGrant(rule, role, action) && !AllDenied(policy, role, action, WaysToAsk(&rule), report)) break;
      }
    }
  }
}

Result<std::vector<std::optional<Sensitivity>>> ReadSensitivities(const TomlReader& table) {
  ASSIGN_OR_RETURN(const std::vector<LocatedString> names, table.Strings("sensitivity"));
  std::vector<std::optional<Sensitivity>> sensitivities;
  for (const LocatedString& name : names) {
    const std::optional<Sensitivity> sensitivity = SensitivityFromName(name.text);
    if (!sensitivity && name.text != "none")
      return PolicyErrorAt(name.line, "unknown sensitivity " + Quoted(name.text));
    sensitivities.push_back(sensitivity);
  }
  if (sensitivities.empty()) sensitivities.push_back(std::nullopt);
  return sensitivities;
}

Result<std::string> ReadOptionalText(const TomlReader& table, std::string_view member) {
  ASSIGN_OR_RETURN(std::optional<LocatedString> found, table.String(member));
  return found ? std::move(found->text) : std::string();
}

// "mon 10:30".
Result<std::optional<uint16_t>> ReadMoment(const TomlReader& table) {
  ASSIGN_OR_RETURN(const std::optional<LocatedString> at, table.String("at"));
  if (!at) return std::optional<uint16_t>();
  const std::optional<uint16_t> minute = ParseWeekMoment(at->text);
  if (!minute) return PolicyErrorAt(at->line, "at is a moment of the week such as \"mon 10:30\"");
  return minute;
}

Status ReadCaller(const TomlReader& table, PolicyCase& read) {
  ASSIGN_OR_RETURN(const std::optional<LocatedString> kind, table.String("kind"));
  if (kind) {
    const std::optional<PrincipalKind> known = PrincipalKindFromName(kind->text);
    if (!known || *known == PrincipalKind::kNone)
      return PolicyErrorAt(kind->line, "unknown kind " + Quoted(kind->text));
    read.kind = *known;
  }
  ASSIGN_OR_RETURN(const std::vector<LocatedString> has, table.Strings("has"));
  for (const LocatedString& name : has) {
    const std::optional<Need> need = NeedFromName(name.text);
    if (!need) return PolicyErrorAt(name.line, "unknown need " + Quoted(name.text));
    read.has.push_back(*need);
  }
  ASSIGN_OR_RETURN(read.minute_of_week, ReadMoment(table));
  return Status::Ok();
}

Result<PolicyCase> ReadCase(const TomlReader& table) {
  RETURN_IF_ERROR(
      table.OnlyMembers({"who", "what", "sensitivity", "field", "why", "credential_purposes", "compartment", "from",
                         "tier", "second_factor_age_seconds", "kind", "has", "at", "decision", "rule"}));
  PolicyCase read;
  read.line = table.line();
  ASSIGN_OR_RETURN(std::vector<LocatedString> who, table.Strings("who"));
  ASSIGN_OR_RETURN(const std::vector<LocatedString> what, table.Strings("what"));
  if (who.empty()) return PolicyErrorAt(read.line, "member who is missing: name a role");
  if (what.empty()) return PolicyErrorAt(read.line, "member what is missing: name an action");
  read.who = TextsOf(std::move(who));
  for (const LocatedString& name : what) {
    const std::optional<Action> action = ActionFromName(name.text);
    if (!action) return PolicyErrorAt(name.line, "unknown action " + Quoted(name.text));
    read.what.push_back(*action);
  }
  ASSIGN_OR_RETURN(read.sensitivities, ReadSensitivities(table));
  ASSIGN_OR_RETURN(read.field, ReadOptionalText(table, "field"));
  ASSIGN_OR_RETURN(read.purpose, ReadOptionalText(table, "why"));
  ASSIGN_OR_RETURN(read.compartment, ReadOptionalText(table, "compartment"));
  ASSIGN_OR_RETURN(read.rule, ReadOptionalText(table, "rule"));
  ASSIGN_OR_RETURN(std::vector<LocatedString> credential_purposes, table.Strings("credential_purposes"));
  read.credential_purposes = TextsOf(std::move(credential_purposes));
  if (read.credential_purposes.empty()) read.credential_purposes = {"*"};
  ASSIGN_OR_RETURN(const std::optional<LocatedString> from, table.String("from"));
  if (from) {
    const std::optional<IpAddress> address = IpAddress::Parse(from->text);
    if (!address) return PolicyErrorAt(from->line, "from is no IPv4 or IPv6 address");
    read.address = *address;
  }
  ASSIGN_OR_RETURN(const std::optional<int64_t> tier, table.Integer("tier", 0, 255));
  if (tier) read.tier = static_cast<uint8_t>(*tier);
  ASSIGN_OR_RETURN(read.second_factor_age_seconds, table.Integer("second_factor_age_seconds", 0, INT64_MAX));
  RETURN_IF_ERROR(ReadCaller(table, read));
  ASSIGN_OR_RETURN(const LocatedString decision, table.RequiredString("decision"));
  const std::optional<Decision> known = DecisionFromName(decision.text);
  if (!known) return PolicyErrorAt(decision.line, "unknown decision " + Quoted(decision.text));
  read.decision = *known;
  return read;
}

}  // namespace

std::optional<uint16_t> ParseWeekMoment(std::string_view text) {
  const std::optional<WeekHours> until_midnight = WeekHours::Parse(std::string(text) + "-24:00");
  if (!until_midnight || until_midnight->first_day != until_midnight->last_day) return std::nullopt;
  return FirstMinuteOf({*until_midnight});
}

std::string PolicyMismatch::ToString() const {
  std::string text = line == 0 ? "rest" : "line " + std::to_string(line);
  text += ": " + asked + ": expected " + std::string(NameOf(expected));
  if (!expected_rule.empty()) text += " by " + expected_rule;
  return text + ", got " + std::string(NameOf(got)) + " by " + got_rule;
}

Result<PolicyTable> PolicyTable::Parse(std::string_view toml) {
  ASSIGN_OR_RETURN(const TomlDocument document, TomlDocument::Parse(toml));
  const TomlReader root = document.root();
  RETURN_IF_ERROR(root.OnlyMembers({"rest", "case"}));
  PolicyTable table;
  ASSIGN_OR_RETURN(const std::optional<LocatedString> rest, root.String("rest"));
  if (rest && rest->text != "deny") return PolicyErrorAt(rest->line, "rest can only be \"deny\"");
  table.rest_is_denied_ = rest.has_value();
  ASSIGN_OR_RETURN(const std::vector<TomlReader> cases, root.Tables("case"));
  for (const TomlReader& each : cases) {
    ASSIGN_OR_RETURN(PolicyCase read, ReadCase(each));
    table.cases_.push_back(std::move(read));
  }
  if (table.cases_.empty()) return PolicyErrorAt(1, "there is no [[case]]: a table that asks nothing passes always");
  return table;
}

Result<PolicyTableReport> PolicyTable::Run(const PolicySet& policy) const {
  PolicyTableReport report;
  for (const PolicyCase& each : cases_) {
    ++report.cases;
    for (const std::string& who : each.who) {
      for (const std::string& role : RolesOf(who)) {
        if (!policy.HasRole(role)) {
          return Status(Reason::kRoleUnknown,
                        "line " + std::to_string(each.line) + ": the policy has no role " + Quoted(role));
        }
      }
      for (Action action : each.what) {
        for (const std::optional<Sensitivity>& sensitivity : each.sensitivities) {
          ++report.questions;
          Check(policy, Asked{who, action, sensitivity, &each}, report);
        }
      }
    }
  }
  if (rest_is_denied_) CheckRest(policy, cases_, report);
  return report;
}

}  // namespace strongroom
