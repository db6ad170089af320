// The audit logs: read, searched by customer, exported as tiles, proved.
#include <charconv>

#include "access/api_json.h"
#include "http/api_tools.h"

namespace strongroom {
namespace {

constexpr size_t kMaxEntries = 1'000;
constexpr uint64_t kMaxIndex = UINT64_MAX / 2;

Result<Response> Logs(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const std::vector<LogInfo> logs, call.vault.audit().Logs(call.caller).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("logs").BeginArray();
  for (const LogInfo& log : logs) {
    json.BeginObject().String("name", log.name).String("verifier_key", log.verifier_key);
    json.String("checkpoint", log.checkpoint).Key("size").Uint(log.size).EndObject();
  }
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

// What a question is made of, as text: from the query of a GET, or from the members of a POST.
struct QueryTexts {
  std::optional<std::string_view> log;
  std::optional<std::string_view> actor;
  std::optional<std::string_view> action;
  std::optional<std::string_view> from;
  std::optional<std::string_view> until;
};

Result<LogQuery> ReadQuery(const QueryTexts& texts) {
  LogQuery query;
  query.log = texts.log.value_or("");
  if (texts.actor.has_value()) {
    ASSIGN_OR_RETURN(query.actor, ParsePrincipalId(*texts.actor));
  }
  if (texts.action.has_value()) {
    query.action = ActionFromName(*texts.action);
    if (!query.action.has_value()) {
      return Status(Reason::kInvalidArgument, "'action' is no action, such as customer.reveal");
    }
  }
  if (texts.from.has_value()) {
    ASSIGN_OR_RETURN(query.from, ParseTime(*texts.from));
  }
  if (texts.until.has_value()) {
    ASSIGN_OR_RETURN(query.until, ParseTime(*texts.until));
  }
  return query;
}

Result<Response> AnswerQuery(ApiCall& call, const LogQuery& query) {
  ASSIGN_OR_RETURN(const LogPage page, call.vault.audit().Find(call.caller, query).Wait());
  Bytes out;
  JsonWriter json(out);
  AppendLogPageJson(json, page, call.vault);
  return JsonResponse(std::move(out));
}

Result<Response> Entries(ApiCall& call) {
  const Request& request = call.request;
  RETURN_IF_ERROR(request.RefuseUnknownQuery({"log", "actor", "action", "from", "until", "limit", "before"}));
  ASSIGN_OR_RETURN(LogQuery query, ReadQuery({request.Query("log"), request.Query("actor"), request.Query("action"),
                                              request.Query("from"), request.Query("until")}));
  ASSIGN_OR_RETURN(const std::optional<uint64_t> limit, QueryNumber(request, "limit", 1, kMaxEntries));
  if (limit.has_value()) query.limit = *limit;
  ASSIGN_OR_RETURN(query.before, QueryNumber(request, "before", 0, kMaxIndex));
  return AnswerQuery(call, query);
}

// A POST, because it names a customer, and names of customers do not belong in addresses.
Result<Response> SearchEntries(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  QueryTexts texts;
  ASSIGN_OR_RETURN(texts.log, body.OptString("log"));
  ASSIGN_OR_RETURN(texts.actor, body.OptString("actor"));
  ASSIGN_OR_RETURN(texts.action, body.OptString("action"));
  ASSIGN_OR_RETURN(texts.from, body.OptString("from"));
  ASSIGN_OR_RETURN(texts.until, body.OptString("until"));
  ASSIGN_OR_RETURN(LogQuery query, ReadQuery(texts));
  ASSIGN_OR_RETURN(query.customer, body.GetString("customer"));
  ASSIGN_OR_RETURN(const std::optional<int64_t> limit, body.OptInt("limit", 1, kMaxEntries));
  if (limit.has_value()) query.limit = static_cast<size_t>(*limit);
  ASSIGN_OR_RETURN(const std::optional<int64_t> before, body.OptInt("before", 0));
  if (before.has_value()) query.before = static_cast<uint64_t>(*before);
  RETURN_IF_ERROR(body.RefuseUnknown());
  return AnswerQuery(call, query);
}

Result<Response> AnswerPath(ApiCall& call, std::string_view path, std::string_view content_type) {
  ASSIGN_OR_RETURN(Bytes content, call.vault.audit().ReadPath(call.caller, call.request.Param("log"), path).Wait());
  return Response{200, content_type, std::move(content), {}};
}

Result<Response> ReadCheckpoint(ApiCall& call) { return AnswerPath(call, "checkpoint", "text/plain; charset=utf-8"); }

Result<Response> ReadWitnessed(ApiCall& call) {
  ASSIGN_OR_RETURN(std::string note, call.vault.log_witnesses().Newest(call.caller, call.request.Param("log")).Wait());
  return Response::Text(std::move(note));
}

// "/v1/audit/logs/main/tile/0/x001/067" → "tile/0/x001/067", as tlog-tiles writes it.
Result<Response> ReadTile(ApiCall& call) {
  const std::string_view path = call.request.path();
  return AnswerPath(call, path.substr(path.find("/tile/") + 1), "application/octet-stream");
}

Result<Response> Prove(ApiCall& call) {
  const std::string_view text = call.request.Param("index");
  uint64_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Status(Reason::kInvalidArgument, "an entry's index is a number");
  }
  ASSIGN_OR_RETURN(std::string proof, call.vault.audit().Prove(call.caller, call.request.Param("log"), index).Wait());
  return Response::Text(std::move(proof));
}

}  // namespace

void AddAuditRoutes(RouteAdder& add) {
  add.Worker("GET", "/v1/audit/logs", Logs);
  add.Worker("GET", "/v1/audit/entries", Entries);
  add.Worker("POST", "/v1/audit/entries:search", SearchEntries);
  add.Worker("GET", "/v1/audit/logs/{log}/checkpoint", ReadCheckpoint);
  add.Worker("GET", "/v1/audit/logs/{log}/witnessed", ReadWitnessed);
  // tile/<level>/<n> and tile/entries/<n>, where <n> is up to four segments, and ".p/<width>" one more.
  add.Worker("GET", "/v1/audit/logs/{log}/tile/{level}/{n1}", ReadTile);
  add.Worker("GET", "/v1/audit/logs/{log}/tile/{level}/{n1}/{n2}", ReadTile);
  add.Worker("GET", "/v1/audit/logs/{log}/tile/{level}/{n1}/{n2}/{n3}", ReadTile);
  add.Worker("GET", "/v1/audit/logs/{log}/tile/{level}/{n1}/{n2}/{n3}/{n4}", ReadTile);
  add.Worker("GET", "/v1/audit/logs/{log}/tile/{level}/{n1}/{n2}/{n3}/{n4}/{n5}", ReadTile);
  add.Worker("GET", "/v1/audit/logs/{log}/proof/{index}", Prove);
}

}  // namespace strongroom
