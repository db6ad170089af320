// Texts that the caller brings: what is personal in them, and the same texts blacked out.
#include "archive/text_filters.h"
#include "http/api_tools.h"

namespace strongroom {
namespace {

Status ReadAsk(const JsonValue& body, TextAsk& ask) {
  ASSIGN_OR_RETURN(ask.text, body.GetString("text"));
  ASSIGN_OR_RETURN(ask.kinds, OptStrings(body, "types", 64));
  ASSIGN_OR_RETURN(ask.min_score, body.OptDouble("min_score"));
  return Status::Ok();
}

void AppendKind(JsonWriter& json, std::string_view type, std::string_view subtype, std::string_view rule,
                double score) {
  json.String("type", type);
  if (!subtype.empty()) json.String("subtype", subtype);
  json.String("rule", rule).Key("score").Double(score);
}

Result<Response> Detect(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  DetectAsk ask;
  RETURN_IF_ERROR(ReadAsk(body, ask));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> heading, body.OptString("heading"));
  ask.heading = heading.value_or("");
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const std::vector<TextFind> finds, call.vault.text_filters().Detect(call.caller, ask).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("finds").BeginArray();
  for (const TextFind& find : finds) {
    json.BeginObject();
    AppendKind(json, find.type, find.subtype, find.rule, find.score);
    json.Int("begin", static_cast<int64_t>(find.begin)).Int("end", static_cast<int64_t>(find.end));
    json.EndObject();
  }
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Redact(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  RedactAsk ask;
  RETURN_IF_ERROR(ReadAsk(body, ask));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> format, body.OptString("format"));
  ask.format = format.value_or("text");
  ASSIGN_OR_RETURN(const std::optional<std::string_view> mode, body.OptString("mode"));
  ask.mode = mode.value_or("label");
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const RedactedText redacted, call.vault.text_filters().Redact(call.caller, ask).Wait());
  Bytes out;
  out.reserve(redacted.text.size() + 128 + redacted.finds.size() * 96);
  JsonWriter json(out);
  json.BeginObject().String("text", redacted.text.view()).Int("count", static_cast<int64_t>(redacted.count));
  json.Key("finds").BeginArray();
  for (const RedactedFind& find : redacted.finds) {
    json.BeginObject();
    AppendKind(json, find.type, find.subtype, find.rule, find.score);
    if (!find.part.empty()) json.String("part", find.part);
    if (!find.path.empty()) json.String("path", find.path);
    if (find.line != 0)
      json.Int("line", static_cast<int64_t>(find.line)).Int("column", static_cast<int64_t>(find.column));
    json.EndObject();
  }
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

}  // namespace

void AddTextRoutes(RouteAdder& add) {
  add.Worker("POST", "/v1/detect", Detect, RouteAdder::kRecordBody);
  add.Worker("POST", "/v1/redact", Redact, RouteAdder::kRecordBody);
}

}  // namespace strongroom
