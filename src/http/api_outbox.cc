// The outbox: what waits to be told, tried again, thrown away, tested.
#include "http/api_tools.h"

namespace strongroom {
namespace {

void AppendNotice(JsonWriter& json, const QueuedNotice& notice) {
  json.BeginObject().String("id", notice.id).String("kind", notice.kind).String("channel", NameOf(notice.channel));
  json.String("to", notice.to).String("state", NameOf(notice.state)).Int("attempts", notice.attempts);
  json.String("created_at", FormatTime(notice.created_at)).String("due_at", FormatTime(notice.due_at));
  if (notice.expires_at != 0) json.String("expires_at", FormatTime(notice.expires_at));
  if (!notice.last_failure.empty()) json.String("last_failure", notice.last_failure);
  json.EndObject();
}

Response NoticeResponse(const QueuedNotice& notice) {
  Bytes out;
  JsonWriter json(out);
  AppendNotice(json, notice);
  return JsonResponse(std::move(out));
}

Result<Response> List(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({"state", "after", "limit"}));
  const std::string_view state_name = QueryText(call.request, "state");
  std::optional<OutboxItem::State> state;
  if (state_name == "waiting") state = OutboxItem::State::kWaiting;
  if (state_name == "dead") state = OutboxItem::State::kDead;
  if (!state.has_value() && !state_name.empty()) {
    return Status(Reason::kInvalidArgument, "'state' is waiting or dead");
  }
  ASSIGN_OR_RETURN(const std::optional<uint64_t> limit, QueryNumber(call.request, "limit", 1, OutboxService::kMaxPage));
  ASSIGN_OR_RETURN(const OutboxPage page, call.vault.outbox_service()
                                              .List(call.caller, state, QueryText(call.request, "after"),
                                                    static_cast<size_t>(limit.value_or(100)))
                                              .Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Int("waiting", static_cast<int64_t>(page.counts.waiting));
  json.Int("dead", static_cast<int64_t>(page.counts.dead)).Key("notices").BeginArray();
  for (const QueuedNotice& notice : page.notices) AppendNotice(json, notice);
  json.EndArray();
  if (!page.next.empty()) json.String("next", page.next);
  json.EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Retry(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  ASSIGN_OR_RETURN(const QueuedNotice notice,
                   call.vault.outbox_service().Retry(call.caller, call.request.Param("id")).Wait());
  return NoticeResponse(notice);
}

Result<Response> Discard(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  ASSIGN_OR_RETURN(const QueuedNotice notice,
                   call.vault.outbox_service().Discard(call.caller, call.request.Param("id")).Wait());
  return NoticeResponse(notice);
}

Result<Response> Test(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view channel_name, body.GetString("channel"));
  ASSIGN_OR_RETURN(const std::string_view to, body.GetString("to"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> language_name, body.OptString("language"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  const std::optional<NoticeChannel> channel = ChannelFromName(channel_name);
  if (!channel.has_value()) return Status(Reason::kInvalidArgument, "'channel' is mail, sms, webhook or syslog");
  const std::optional<Language> language = LanguageFromName(language_name.value_or("en"));
  if (!language.has_value()) return Status(Reason::kInvalidArgument, "'language' is en, sv or zh");
  ASSIGN_OR_RETURN(const TestOutcome outcome,
                   call.vault.outbox_service().Test(call.caller, {*channel, std::string(to)}, *language).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Bool("sent", outcome.sent);
  if (!outcome.detail.empty()) json.String("detail", outcome.detail);
  json.EndObject();
  return JsonResponse(std::move(out));
}

}  // namespace

void AddOutboxRoutes(RouteAdder& add) {
  add.Worker("GET", "/v1/outbox", List);
  add.Worker("POST", "/v1/outbox/{id}/retry", Retry);
  add.Worker("DELETE", "/v1/outbox/{id}", Discard);
  add.Worker("POST", "/v1/outbox:test", Test);
}

}  // namespace strongroom
