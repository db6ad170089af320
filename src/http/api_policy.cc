// The policy in force: read, changed, tested, explained.
#include "http/api_tools.h"
#include "policy/policy_table.h"

namespace strongroom {
namespace {

constexpr size_t kMaxTomlBytes = 1u << 20;

Response PolicyResponse(const PolicyView& policy) {
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("source", policy.source).String("digest", policy.digest).EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Read(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const PolicyView policy, call.vault.policy().Read(call.caller).Wait());
  return PolicyResponse(policy);
}

Result<Response> Change(ApiCall& call) {
  RETURN_IF_ERROR(ExpectMediaType(call.request, {"application/toml"}));
  ASSIGN_OR_RETURN(const PolicyView policy, call.vault.policy().Change(call.caller, call.request.body()).Wait());
  return PolicyResponse(policy);
}

Result<Response> Test(ApiCall& call) {
  RETURN_IF_ERROR(ExpectMediaType(call.request, {"application/toml"}));
  ASSIGN_OR_RETURN(std::string report, call.vault.policy().Test(call.caller, call.request.body()).Wait());
  return Response::Text(std::move(report));
}

// Of keys and accounts, whoever they are for.
std::vector<std::string> RolesInUse(OpenVault& vault) {
  std::vector<std::string> roles;
  for (const ApiKeyInfo& key : vault.api_keys().AllInfos()) {
    if (!key.revoked_at.has_value()) roles.insert(roles.end(), key.spec.roles.begin(), key.spec.roles.end());
  }
  for (const Person& person : vault.people().All()) roles.insert(roles.end(), person.roles.begin(), person.roles.end());
  return roles;
}

Result<Response> Lint(ApiCall& call) {
  if (!call.request.body().empty()) RETURN_IF_ERROR(ExpectMediaType(call.request, {"application/toml"}));
  ASSIGN_OR_RETURN(const std::vector<PolicyFinding> findings,
                   call.vault.policy().Lint(call.caller, call.request.body(), RolesInUse(call.vault)).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("findings").BeginArray();
  for (const PolicyFinding& finding : findings) {
    json.BeginObject().String("kind", finding.kind).String("about", finding.about).String("text", finding.text);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

struct ExplainBody {
  JsonDocument document;
  PolicyQuery query;  // points into the document
};

Result<ExplainBody> ReadExplain(const Request& request) {
  ASSIGN_OR_RETURN(JsonDocument document, ReadJson(request));
  const JsonValue body = document.root();
  PolicyQuery query;
  ASSIGN_OR_RETURN(const std::vector<std::string_view> roles, ReadStrings(body, "roles", 16));
  query.roles.assign(roles.begin(), roles.end());
  ASSIGN_OR_RETURN(const std::string_view action_name, body.GetString("action"));
  const std::optional<Action> action = ActionFromName(action_name);
  if (!action.has_value()) {
    return Status(Reason::kInvalidArgument, "'action' is no action, such as customer.reveal; see the policy's page");
  }
  query.question.action = *action;
  ASSIGN_OR_RETURN(const std::optional<std::string_view> field, body.OptString("field"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> sensitivity_name, body.OptString("sensitivity"));
  query.question.field = field.value_or("");
  if (sensitivity_name.has_value()) {
    const std::optional<Sensitivity> sensitivity = SensitivityFromName(*sensitivity_name);
    if (!sensitivity.has_value()) {
      return Status(Reason::kInvalidArgument,
                    "'sensitivity' is public, internal, personal, sensitive, financial or credential");
    }
    query.question.sensitivity = *sensitivity;
    query.question.has_field = true;
  } else if (field.has_value()) {
    return Status(Reason::kMissingMember, "a question about a field says its 'sensitivity'");
  }
  ASSIGN_OR_RETURN(const std::optional<std::string_view> purpose, body.OptString("purpose"));
  query.purpose = std::string(purpose.value_or(""));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> compartment, body.OptString("compartment"));
  query.question.compartment = compartment.value_or("");
  ASSIGN_OR_RETURN(const std::optional<int64_t> tier, body.OptInt("tier", 0, 15));
  query.question.tier = static_cast<uint8_t>(tier.value_or(0));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> address, body.OptString("address"));
  if (address.has_value()) {
    const std::optional<IpAddress> parsed = IpAddress::Parse(*address);
    if (!parsed.has_value()) return Status(Reason::kInvalidArgument, "'address' is an IPv4 or IPv6 address");
    query.address = *parsed;
  }
  ASSIGN_OR_RETURN(const std::optional<std::string_view> kind, body.OptString("kind"));
  if (kind.has_value()) {
    const std::optional<PrincipalKind> known = PrincipalKindFromName(*kind);
    if (!known.has_value()) return Status(Reason::kInvalidArgument, "'kind' is staff, application, partner, ...");
    query.kind = *known;
  }
  ASSIGN_OR_RETURN(const std::vector<std::string_view> has, OptStrings(body, "has", kNeedCount));
  for (const std::string_view name : has) {
    const std::optional<Need> need = NeedFromName(name);
    if (!need.has_value())
      return Status(Reason::kInvalidArgument, "'has' lists needs such as training; see the policy's page");
    query.has.push_back(*need);
  }
  ASSIGN_OR_RETURN(const std::optional<std::string_view> at, body.OptString("at"));
  if (at.has_value()) {
    query.minute_of_week = ParseWeekMoment(*at);
    if (!query.minute_of_week.has_value()) {
      return Status(Reason::kInvalidArgument, "'at' is a moment of the week such as \"mon 10:30\"");
    }
  }
  ASSIGN_OR_RETURN(query.second_factor_age_seconds, body.OptInt("second_factor_age_seconds", 0, INT32_MAX));
  RETURN_IF_ERROR(body.RefuseUnknown());
  return ExplainBody{std::move(document), std::move(query)};
}

Result<Response> Explain(ApiCall& call) {
  ASSIGN_OR_RETURN(const ExplainBody body, ReadExplain(call.request));
  ASSIGN_OR_RETURN(const PolicyAnswer answer, call.vault.policy().Explain(call.caller, body.query).Wait());
  const PolicyExplanation& explanation = answer.explanation;
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("decision", NameOf(explanation.decided.decision));
  json.Key("rule").BeginObject().Int("number", explanation.decided.rule);
  json.String("name", explanation.decided.rule_name).EndObject().Key("steps").BeginArray();
  for (const PolicyExplanation::Step& step : explanation.steps) {
    json.BeginObject().Int("rule", step.rule).String("name", step.rule_name).Bool("matched", step.matched);
    json.Key("reasons").BeginArray();
    for (const std::string& reason : step.reasons) json.String(reason);
    json.EndArray().EndObject();
  }
  json.EndArray().Key("notes").BeginArray();
  for (const std::string& note : explanation.notes) json.String(note);
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

}  // namespace

void AddPolicyRoutes(RouteAdder& add) {
  add.Worker("GET", "/v1/policy", Read);
  add.Worker("PUT", "/v1/policy", Change, kMaxTomlBytes);
  add.Worker("POST", "/v1/policy:test", Test, kMaxTomlBytes);
  add.Worker("POST", "/v1/policy:lint", Lint, kMaxTomlBytes);
  add.Worker("POST", "/v1/policy:explain", Explain);
}

}  // namespace strongroom
