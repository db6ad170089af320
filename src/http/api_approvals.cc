// Asking a colleague, and answering one; what everybody's budgets have left.
#include "access/api_json.h"
#include "http/api_tools.h"
#include "http/asked_questions.h"

namespace strongroom {
namespace {

constexpr size_t kMaxAskBytes = 3u << 20;  // a body of 1 MiB, escaped

void AppendTime(JsonWriter& json, std::string_view name, std::optional<UnixMillis> time) {
  json.Key(name);
  if (time.has_value()) {
    json.String(FormatTime(*time));
  } else {
    json.Null();
  }
}

void AppendPerson(JsonWriter& json, std::string_view name, PrincipalId id, std::string_view called) {
  json.Key(name).BeginObject().String("id", FormatPrincipalId(id)).String("name", called).EndObject();
}

void AppendApproval(JsonWriter& json, const ApprovalView& view) {
  const Approval& approval = view.approval;
  json.BeginObject().String("id", FormatApprovalId(approval.id));
  json.String("state", view.expired ? "expired" : NameOf(approval.state));
  AppendPerson(json, "asked_by", approval.asked_by, view.asked_by_name);
  json.Key("actions").BeginArray();
  Action before = Action::kNone;
  for (const AskedQuestion& question : approval.questions) {
    if (question.action != before) json.String(NameOf(question.action));
    before = question.action;
  }
  json.EndArray();
  json.Bool("request_shown", view.request_shown).Bool("may_decide", view.may_decide);
  json.String("method", approval.request.method).String("target", approval.request.target);
  json.String("body", IsValidUtf8(approval.request.body) ? std::string_view(approval.request.body) : "");
  json.String("reason", approval.reason);
  json.String("digest", HexEncode(View(approval.digest)));
  AppendTime(json, "since", approval.asked_at);
  AppendTime(json, "until", approval.decided_at ? approval.usable_until : approval.pending_until);
  AppendTime(json, "effective_at", approval.effective_at);
  json.Key("decided_by");
  if (approval.decided_at.has_value()) {
    json.BeginObject().String("id", FormatPrincipalId(approval.decided_by)).String("name", view.decided_by_name);
    json.EndObject();
  } else {
    json.Null();
  }
  AppendTime(json, "decided_at", approval.decided_at);
  AppendTime(json, "spent_at", approval.spent_at);
  json.EndObject();
}

Response ApprovalResponse(const ApprovalView& view, int status = 200) {
  PlainBytes out;  // it may hold what the request carries
  JsonWriter json(out.mutable_bytes());
  AppendApproval(json, view);
  return JsonResponse(std::move(out.mutable_bytes()), status);
}

Result<Response> Ask(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view method, body.GetString("method"));
  ASSIGN_OR_RETURN(const std::string_view target, body.GetString("target"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> text, body.OptString("body"));
  ASSIGN_OR_RETURN(const std::string_view reason, body.GetString("reason"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  AskedRequest request{std::string(method), std::string(target), Bytes(text.value_or(""))};
  const auto questions_of = [&call](const AskedRequest& described) { return QuestionsOf(call.vault, described); };
  ASSIGN_OR_RETURN(const ApprovalView view,
                   call.vault.approvals().Ask(call.caller, std::move(request), reason, questions_of).Wait());
  return ApprovalResponse(view, 201);
}

Result<Response> List(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const std::vector<ApprovalView> views, call.vault.approvals().List(call.caller).Wait());
  PlainBytes out;
  JsonWriter json(out.mutable_bytes());
  json.BeginObject().Key("approvals").BeginArray();
  for (const ApprovalView& view : views) AppendApproval(json, view);
  json.EndArray().EndObject();
  return JsonResponse(std::move(out.mutable_bytes()));
}

Result<Response> Get(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const ApprovalView view, call.vault.approvals().Get(call.caller, call.request.Param("id")).Wait());
  return ApprovalResponse(view);
}

Result<Response> Grant(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  ASSIGN_OR_RETURN(const ApprovalView view, call.vault.approvals().Grant(call.caller, call.request.Param("id")).Wait());
  return ApprovalResponse(view);
}

Result<Response> Refuse(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  ASSIGN_OR_RETURN(const ApprovalView view,
                   call.vault.approvals().Refuse(call.caller, call.request.Param("id")).Wait());
  return ApprovalResponse(view);
}

// --- budgets ---------------------------------------------------------------------------------------------------------

void AppendBudgets(JsonWriter& json, const PersonsBudgets& person) {
  json.BeginObject().String("id", FormatPrincipalId(person.id)).String("name", person.name);
  AppendTime(json, "locked_at", person.locked_at);
  json.Key("budgets").BeginArray();
  for (const BudgetUse& use : person.budgets) {
    json.BeginObject().String("budget", use.budget).Int("limit", use.limit).Int("used", use.used);
    json.Int("refused", use.refused).String("until", FormatTime(use.until)).EndObject();
  }
  json.EndArray().EndObject();
}

Result<Response> ListBudgets(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const std::vector<PersonsBudgets> people, call.vault.budgets().List(call.caller).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("people").BeginArray();
  for (const PersonsBudgets& person : people) AppendBudgets(json, person);
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Release(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  ASSIGN_OR_RETURN(const PrincipalId id, ParsePrincipalId(call.request.Param("id")));
  ASSIGN_OR_RETURN(const PersonsBudgets person, call.vault.budgets().Release(call.caller, id).Wait());
  Bytes out;
  JsonWriter json(out);
  AppendBudgets(json, person);
  return JsonResponse(std::move(out));
}

}  // namespace

void AddApprovalRoutes(RouteAdder& add) {
  add.Worker("POST", "/v1/approvals", Ask, kMaxAskBytes);
  add.Worker("GET", "/v1/approvals", List);
  add.Worker("GET", "/v1/approvals/{id}", Get);
  add.Worker("POST", "/v1/approvals/{id}/grant", Grant);
  add.Worker("POST", "/v1/approvals/{id}/refuse", Refuse);
  add.Worker("GET", "/v1/budgets", ListBudgets);
  add.Worker("POST", "/v1/staff/{id}/release", Release);
}

}  // namespace strongroom
