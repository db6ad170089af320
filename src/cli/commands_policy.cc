// The policy: who may do what.
#include <algorithm>

#include "cli/commands.h"
#include "cli/table.h"

namespace strongroom {
namespace {

constexpr size_t kMaxPolicyBytes = 4u << 20;

struct PolicyOptions {
  std::string file;
  std::string action;
  std::vector<std::string> roles;
  std::string field;
  std::string sensitivity;
  std::string purpose;
  std::string kind;
  std::vector<std::string> has;
  std::string at;
  int64_t second_factor_age_seconds = -1;
  int64_t tier = 0;
};

Result<std::string> ReadToml(Session& session, const std::string& file) {
  return file == "-" ? session.terminal().ReadAll(kMaxPolicyBytes) : ReadWholeFile(file, kMaxPolicyBytes);
}

Result<ExitCode> ShowPolicy(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/policy"));
  ASSIGN_OR_RETURN(const std::string_view source, answer.root().GetString("source"));
  if (session.json()) {
    session.PrintJson(answer);
  } else {
    session.Print(source);  // as it was put: it is meant to be saved and changed
    session.Note("digest " + CellOf(answer.root(), "digest"));
  }
  return ExitCode::kOk;
}

Result<ExitCode> SetPolicy(Session& session, const PolicyOptions& options) {
  ASSIGN_OR_RETURN(const std::string toml, ReadToml(session, options.file));
  ASSIGN_OR_RETURN(const Answer answer,
                   session.Call("PUT", "/v1/policy", toml, {{"Content-Type", "application/toml"}}));
  session.json() ? session.PrintJson(answer) : session.PrintLine("in force; digest " + CellOf(answer.root(), "digest"));
  return ExitCode::kOk;
}

// The report has a line for each mismatch, and one that closes it.
Result<ExitCode> TestPolicy(Session& session, const PolicyOptions& options) {
  ASSIGN_OR_RETURN(const std::string toml, ReadToml(session, options.file));
  ASSIGN_OR_RETURN(Client* const client, session.client());
  ASSIGN_OR_RETURN(const ClientResponse response,
                   client->Call("POST", "/v1/policy:test", {{"Content-Type", "application/toml"}}, toml));
  std::string report = response.body;
  if (response.Header("content-type").starts_with("application/json")) {
    ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::ParseObject(response.body));
    ASSIGN_OR_RETURN(report, document.root().GetString("report"));
  }
  if (!report.ends_with('\n')) report += "\n";
  session.Print(report);
  return std::count(report.begin(), report.end(), '\n') == 1 ? ExitCode::kOk : ExitCode::kFailed;
}

// Policy speaks of sensitivities; which one a field has, the catalogue knows.
Result<std::string> SensitivityOf(Session& session, const std::string& field) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/catalogue"));
  ASSIGN_OR_RETURN(const JsonValue fields, answer.root().GetArray("fields"));
  for (const JsonValue& one : fields) {
    if (CellOf(one, "name") == field) return CellOf(one, "sensitivity");
  }
  return Status(Reason::kFieldUnknown, "The catalogue has no field " + field + "; or say its --sensitivity.");
}

// One line a rule that was tried, in order, until one matched.
std::string StepsText(const JsonValue& answer) {
  std::string text;
  for (const std::string_view member : {"steps", "notes"}) {
    const auto list = answer.Find(member);
    if (!list) continue;
    for (const JsonValue& step : *list) {
      if (!step.IsObject()) {
        text += "  " + CellText(step) + "\n";
        continue;
      }
      const std::string reasons = CellOf(step, "reasons");
      text += "  " + CellOf(step, "rule") + " " + CellOf(step, "name") + ": " +
              (CellOf(step, "matched") == "yes" ? "matches" : "does not match") +
              (reasons.empty() ? "" : " (" + reasons + ")") + "\n";
    }
  }
  return text;
}

Result<ExitCode> ExplainPolicy(Session& session, const PolicyOptions& options) {
  if (options.roles.empty()) return Status(Reason::kInvalidArgument, "Name who asks with --role.");
  std::string sensitivity = options.sensitivity;
  if (sensitivity.empty() && !options.field.empty()) {
    ASSIGN_OR_RETURN(sensitivity, SensitivityOf(session, options.field));
  }
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().Key("roles").BeginArray();
  for (const std::string& role : options.roles) json.String(role);
  json.EndArray().String("action", options.action);
  if (!options.field.empty()) json.String("field", options.field);
  if (!sensitivity.empty()) json.String("sensitivity", sensitivity);
  if (!options.purpose.empty()) json.String("purpose", options.purpose);
  if (options.tier > 0) json.Int("tier", options.tier);
  if (!options.kind.empty()) json.String("kind", options.kind);
  if (!options.at.empty()) json.String("at", options.at);
  if (options.second_factor_age_seconds >= 0) json.Int("second_factor_age_seconds", options.second_factor_age_seconds);
  if (!options.has.empty()) {
    json.Key("has").BeginArray();
    for (const std::string& need : options.has) json.String(need);
    json.EndArray();
  }
  json.EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/policy:explain", body));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  session.PrintLine(CellOf(answer.root(), "decision") + ", by rule " + CellOf(answer.root(), "rule.number") + " " +
                    CellOf(answer.root(), "rule.name"));
  session.Print(StepsText(answer.root()));
  return ExitCode::kOk;
}

Result<ExitCode> LintPolicy(Session& session, const PolicyOptions& options) {
  std::string toml;
  if (!options.file.empty()) {
    ASSIGN_OR_RETURN(toml, ReadToml(session, options.file));
  }
  const ClientHeaders headers = toml.empty() ? ClientHeaders() : ClientHeaders{{"Content-Type", "application/toml"}};
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/policy:lint", toml, headers));
  ASSIGN_OR_RETURN(const JsonValue findings, answer.root().GetArray("findings"));
  if (session.json()) {
    session.PrintJson(answer);
  } else {
    for (const JsonValue finding : findings)
      session.PrintLine(CellOf(finding, "kind") + ": " + CellOf(finding, "text"));
    if (findings.size() == 0) session.PrintLine("nothing to say");
  }
  return findings.size() == 0 ? ExitCode::kOk : ExitCode::kFailed;
}

}  // namespace

void AddPolicyCommands(CommandLine& line) {
  line.Group("policy", "Who may do what, to which data, for what reason");
  line.Add("policy show", "Print the policy in force, as TOML")
      .Example("strongroom policy show > policy.toml")
      .Run(ShowPolicy);

  auto set = std::make_shared<PolicyOptions>();
  line.Add("policy set", "Put a policy in force")
      .Positional("FILE", set->file, "policy as TOML; - for standard input")
      .Example("strongroom policy set policy.toml")
      .Run([set](Session& session) { return SetPolicy(session, *set); });

  auto test = std::make_shared<PolicyOptions>();
  line.Add("policy test", "Ask the policy in force a table of questions, and compare its answers")
      .Positional("FILE", test->file, "table as TOML; - for standard input")
      .Note("Ends with 1 when an answer differs.")
      .Example("strongroom policy test policy-cases.toml")
      .Run([test](Session& session) { return TestPolicy(session, *test); });

  auto lint = std::make_shared<PolicyOptions>();
  line.Add("policy lint", "Name what in a policy is likely not meant: rules that never match, roles nobody holds")
      .OptionalPositional("FILE", lint->file, "policy as TOML; - for standard input; absent: the one in force")
      .Note("Ends with 1 when there is something to say.")
      .Example("strongroom policy lint policy.toml")
      .Run([lint](Session& session) { return LintPolicy(session, *lint); });

  auto explain = std::make_shared<PolicyOptions>();
  line.Add("policy explain", "Say how the policy decides one question, and by which rule")
      .Positional("ACTION", explain->action, "what is asked, as customer.reveal")
      .List("--role", explain->roles, "ROLE", "who asks")
      .Text("--field", explain->field, "FIELD", "of which field")
      .Choice("--sensitivity", explain->sensitivity,
              {"public", "internal", "personal", "sensitive", "financial", "credential"}, "or of any such field")
      .Text("--purpose", explain->purpose, "PURPOSE", "for which purpose")
      .Number("--tier", explain->tier, 0, 15, "of a customer of this tier")
      .Choice("--kind", explain->kind, {"staff", "application", "partner", "customer", "auditor", "system"},
              "what kind of caller (default: staff)")
      .List("--has", explain->has, "NEED", "what the person has: training, agreement, acceptable-use, device, case")
      .Text("--at", explain->at, "MOMENT", "at this moment of the week, as 'mon 10:30'")
      .Number("--factor-age", explain->second_factor_age_seconds, 0, 2'592'000,
              "a second factor was shown so many seconds ago")
      .Example("strongroom policy explain customer.reveal --role support --field email --purpose support-call")
      .Run([explain](Session& session) { return ExplainPolicy(session, *explain); });
}

}  // namespace strongroom
