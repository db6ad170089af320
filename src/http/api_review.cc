// The access review: who can see what, who does not use it, and the signed record of the look; and the score.
#include "access/api_key_record.h"
#include "http/api_tools.h"

namespace strongroom {
namespace {

std::string_view NameOf(UseKind kind) {
  switch (kind) {
    case UseKind::kSignIn:
      return "sign_in";
    case UseKind::kRead:
      return "read";
    case UseKind::kShow:
      return "show";
    case UseKind::kExport:
      return "export";
    case UseKind::kOther:
      return "other";
  }
  return "unknown";
}

std::string TimeOfDay(uint32_t day) { return FormatTime(int64_t{day} * kMillisOfDay); }

void AppendSight(JsonWriter& json, const Sight& sight) {
  std::vector<std::string_view> in_clear;
  json.Key("sees").BeginObject();
  for (int i = 0; i < kSensitivityCount; ++i) {
    const auto sensitivity = static_cast<Sensitivity>(i);
    if (sight.Best(sensitivity) == Reach::kNothing) continue;
    if (sight.Best(sensitivity) > Reach::kMasked) in_clear.push_back(strongroom::NameOf(sensitivity));
    json.Key(strongroom::NameOf(sensitivity)).BeginObject();
    for (size_t action = 0; action < kSightActions.size(); ++action) {
      const Reach reach = sight.reach[static_cast<size_t>(i)][action];
      if (reach != Reach::kNothing) {
        json.String(strongroom::NameOf(kSightActions[action]), strongroom::NameOf(reach));
      }
    }
    json.EndObject();
  }
  json.EndObject().Key("sensitivities").BeginArray();
  for (const std::string_view name : in_clear) json.String(name);
  json.EndArray().Bool("sees_everything", sight.Everything());
}

void AppendHolder(JsonWriter& json, const ReviewedHolder& holder, int64_t unused_after_days) {
  json.BeginObject().String("id", FormatPrincipalId(holder.id)).String("name", holder.name);
  json.String("kind", holder.kind).String("state", holder.state).Key("roles").BeginArray();
  for (const std::string& role : holder.roles) json.String(role);
  json.EndArray();
  AppendSight(json, holder.sight);
  if (holder.last_day) json.String("last_used_at", TimeOfDay(*holder.last_day));
  json.Int("unused_days", holder.unused_days).Bool("unused", holder.unused_days >= unused_after_days);
  json.Key("uses").BeginObject();
  for (const auto& [kind, day] : holder.uses) json.String(NameOf(kind), TimeOfDay(day));
  json.EndObject().EndObject();
}

void AppendSigned(JsonWriter& json, const SignedReview& review) {
  json.BeginObject().String("id", review.id).String("at", FormatTime(review.at)).Key("by").BeginObject();
  json.String("id", FormatPrincipalId(review.by)).String("name", review.by_name).EndObject();
  json.Int("sees_everything", review.sees_everything).EndObject();
}

Result<Response> Read(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const AccessReview review, call.vault.review().Read(call.caller).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("as_of", FormatTime(review.as_of)).String("policy", review.policy_digest);
  json.Int("ceiling", review.ceiling).Int("sees_everything", review.sees_everything);
  json.Int("unused_after_days", review.unused_after_days).String("due_at", FormatTime(review.due_at));
  if (review.last_signed) AppendSigned(json.Key("last_signed"), *review.last_signed);
  json.Key("people").BeginArray();
  for (const ReviewedHolder& holder : review.people) AppendHolder(json, holder, review.unused_after_days);
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Sign(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  RETURN_IF_ERROR(document.root().RefuseUnknown());
  ASSIGN_OR_RETURN(const std::string note, call.vault.review().Sign(call.caller).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("note", note).EndObject();
  return JsonResponse(std::move(out), 201);
}

Result<Response> List(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const std::vector<SignedReview> reviews, call.vault.review().List(call.caller).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("reviews").BeginArray();
  for (const SignedReview& review : reviews) AppendSigned(json, review);
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Get(ApiCall& call) {
  ASSIGN_OR_RETURN(std::string note, call.vault.review().Get(call.caller, call.request.Param("id")).Wait());
  return Response::Text(std::move(note));
}

void AppendCheck(JsonWriter& json, const ScoreCheck& check) {
  json.BeginObject().String("id", check.id).Int("points", check.points).Int("of", check.of);
  json.String("what", check.what).String("why", check.why).String("how", check.how).String("link", check.link);
  json.Key("names").BeginArray();
  for (const std::string& name : check.names) json.String(name);
  json.EndArray().EndObject();
}

Result<Response> ReadScore(ApiCall& call, const VaultKeeper& keeper) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const ScoreReport report, call.vault.score().Read(call.caller, keeper.Facts()).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Int("score", report.score).Key("next").BeginArray();
  for (const ScoreCheck& check : report.next) AppendCheck(json, check);
  json.EndArray().Key("checks").BeginArray();
  for (const ScoreCheck& check : report.checks) AppendCheck(json, check);
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

}  // namespace

void AddScoreRoutes(RouteAdder& add, const VaultKeeper& keeper) {
  add.Worker("GET", "/v1/score", [&keeper](ApiCall& call) { return ReadScore(call, keeper); });
}

void AddReviewRoutes(RouteAdder& add) {
  add.Worker("GET", "/v1/access-review", Read);
  add.Worker("POST", "/v1/access-review:sign", Sign);
  add.Worker("GET", "/v1/access-reviews", List);
  add.Worker("GET", "/v1/access-reviews/{id}", Get);
}

}  // namespace strongroom
