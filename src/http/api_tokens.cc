// Token domains; making, resolving and revoking tokens; stateless FF1.
#include "http/api_tools.h"

namespace strongroom {
namespace {

// An answer is kept for an Idempotency-Key only so far as it fits (Idempotency::kMaxAnswerBytes).
constexpr size_t kMaxKeyedItems = 2'000;

// Calls write(item) for each item that is there, and writes the problem of each that is not.
template <typename Item, typename Write>
void AppendResults(JsonWriter& json, const std::vector<Result<Item>>& items, const Write& write) {
  json.BeginObject().Key("results").BeginArray();
  for (const Result<Item>& item : items) {
    json.BeginObject();
    if (item.ok()) {
      write(*item);
    } else {
      json.Key("problem");
      AppendProblem(json, item.status());
    }
    json.EndObject();
  }
  json.EndArray().EndObject();
}

Result<Response> PutDomain(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  ASSIGN_OR_RETURN(TokenDomain domain, TokenDomainFromJson(document.root()));
  if (domain.name != call.request.Param("domain")) {
    return Status(Reason::kInvalidArgument, "'name' is not the name in the address");
  }
  ASSIGN_OR_RETURN(domain, call.vault.tokens().PutDomain(call.caller, std::move(domain)).Wait());
  Bytes out;
  JsonWriter json(out);
  TokenDomainToJson(domain, json);
  return JsonResponse(std::move(out));
}

Result<Response> ListDomains(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const std::vector<TokenDomain> domains, call.vault.tokens().ListDomains(call.caller).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("token_domains").BeginArray();
  for (const TokenDomain& domain : domains) TokenDomainToJson(domain, json);
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<TokenRequest> ReadTokenRequest(const JsonValue& item, UnixMillis now) {
  constexpr int64_t kMaxSeconds = 10ll * 366 * 86'400;
  TokenRequest request;
  ASSIGN_OR_RETURN(request.code, item.GetString("code"));
  ASSIGN_OR_RETURN(request.field, item.GetString("field"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> value, item.OptString("value"));
  request.value = value.value_or("");
  ASSIGN_OR_RETURN(const std::optional<std::string_view> format_name, item.OptString("format"));
  const std::optional<TokenFormat> format = TokenFormatFromName(format_name.value_or("random"));
  if (!format.has_value()) {
    return Status(Reason::kInvalidArgument, "'format' is random, deterministic or format_preserving");
  }
  request.format = *format;
  ASSIGN_OR_RETURN(const std::optional<bool> one_time, item.OptBool("one_time"));
  request.one_time = one_time.value_or(false);
  ASSIGN_OR_RETURN(const std::optional<int64_t> seconds, item.OptInt("expires_in_seconds", 1, kMaxSeconds));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> moment, item.OptString("expires_at"));
  if (seconds.has_value() && moment.has_value()) {
    return Status(Reason::kInvalidArgument, "give 'expires_in_seconds' or 'expires_at', not both");
  }
  if (seconds.has_value()) request.expires_at = now + *seconds * 1000;
  if (moment.has_value()) {
    ASSIGN_OR_RETURN(request.expires_at, ParseTime(*moment));
    if (request.expires_at <= now) return Status(Reason::kInvalidArgument, "'expires_at' has passed");
  }
  RETURN_IF_ERROR(item.RefuseUnknown());
  return request;
}

Result<Response> Create(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  RETURN_IF_ERROR(ReadPurpose(body, call.caller));
  ASSIGN_OR_RETURN(const JsonValue items, body.GetArray("items"));
  const bool keyed = !call.request.Header("Idempotency-Key").empty();
  if (items.size() > (keyed ? kMaxKeyedItems : Tokens::kMaxBatch)) {
    return Status(Reason::kBatchTooLarge, "a batch has at most 10,000 tokens, or 2,000 under an Idempotency-Key");
  }
  std::vector<TokenRequest> requests;
  requests.reserve(items.size());
  const UnixMillis now = call.vault.house().clock().NowMillis();
  for (const JsonValue item : items) {
    ASSIGN_OR_RETURN(TokenRequest request, ReadTokenRequest(item, now));
    requests.push_back(request);
  }
  RETURN_IF_ERROR(body.RefuseUnknown());
  const auto ask = [&] { return call.vault.tokens().AskToCreate(call.caller, call.request.Param("domain"), requests); };
  return OncePerKey(call, ask, /*safe_to_repeat=*/false, [&]() -> Result<Response> {
    ASSIGN_OR_RETURN(const std::vector<Result<TokenMade>> made,
                     call.vault.tokens().Create(call.caller, call.request.Param("domain"), requests).Wait());
    Bytes out;
    JsonWriter json(out);
    AppendResults(json, made, [&json](const TokenMade& token) {
      json.String("token", token.token).Bool("existed", token.existed);
    });
    return JsonResponse(std::move(out));
  });
}

struct TextsBody {
  JsonDocument document;
  std::string_view field;
  std::vector<std::string_view> texts;  // point into the document
};

Result<TextsBody> ReadTexts(ApiCall& call, std::string_view member, size_t max, bool with_field) {
  ASSIGN_OR_RETURN(JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  RETURN_IF_ERROR(ReadPurpose(body, call.caller));
  std::string_view field;
  if (with_field) {
    ASSIGN_OR_RETURN(field, body.GetString("field"));
  }
  ASSIGN_OR_RETURN(std::vector<std::string_view> texts, ReadStrings(body, member, max));
  RETURN_IF_ERROR(body.RefuseUnknown());
  return TextsBody{std::move(document), field, std::move(texts)};
}

Receipted<Rendered> Resolve(ApiCall& call) {
  const Result<TextsBody> body = ReadTexts(call, "tokens", AuditEntry::kMaxAuditIds, /*with_field=*/false);
  if (!body.ok()) return body.status();
  return call.vault.tokens()
      .Resolve(call.caller, call.request.Param("domain"), body->texts)
      .Map([](const std::vector<Result<TokenResolved>>& resolved) {
        Rendered rendered;
        rendered.body.mutable_bytes().reserve(64 + resolved.size() * 96);
        JsonWriter json(rendered.body.mutable_bytes());
        AppendResults(json, resolved, [&json](const TokenResolved& token) {
          json.String("code", token.code).String("field", token.field->name);
          json.String(token.plain ? "value" : "masked", token.value.view());
        });
        return rendered;
      });
}

Result<Response> Revoke(ApiCall& call) {
  ASSIGN_OR_RETURN(const TextsBody body, ReadTexts(call, "tokens", AuditEntry::kMaxAuditIds, /*with_field=*/false));
  ASSIGN_OR_RETURN(const std::vector<Status> revoked,
                   call.vault.tokens().Revoke(call.caller, call.request.Param("domain"), body.texts).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("results").BeginArray();
  for (const Status& status : revoked) {
    json.BeginObject();
    if (!status.ok()) {
      json.Key("problem");
      AppendProblem(json, status);
    }
    json.EndObject();
  }
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Receipted<Rendered> Transform(ApiCall& call, bool encrypt) {
  const Result<TextsBody> body = ReadTexts(call, "values", Tokens::kMaxBatch, /*with_field=*/true);
  if (!body.ok()) return body.status();
  return call.vault.tokens()
      .TransformFf1(call.caller, call.request.Param("domain"), body->field, body->texts, encrypt)
      .Map([](std::vector<Result<std::string>> values) {
        Rendered rendered;
        rendered.body.mutable_bytes().reserve(64 + values.size() * 32);
        JsonWriter json(rendered.body.mutable_bytes());
        AppendResults(json, values, [&json](const std::string& value) { json.String("value", value); });
        for (Result<std::string>& value : values) {
          if (value.ok()) PlainBytes(std::move(*value));  // wiped
        }
        return rendered;
      });
}

Receipted<Rendered> Encrypt(ApiCall& call) { return Transform(call, true); }
Receipted<Rendered> Decrypt(ApiCall& call) { return Transform(call, false); }

}  // namespace

void AddTokenRoutes(RouteAdder& add) {
  add.Worker("GET", "/v1/token-domains", ListDomains);
  add.Worker("PUT", "/v1/token-domains/{domain}", PutDomain);
  add.Worker("POST", "/v1/token-domains/{domain}/tokens", Create, RouteAdder::kBatchBody);
  add.Inline("POST", "/v1/token-domains/{domain}/resolve", Action::kTokenResolve, Resolve);
  add.Worker("POST", "/v1/token-domains/{domain}/revoke", Revoke);
  add.Inline("POST", "/v1/token-domains/{domain}/encrypt", Action::kTokenCreate, Encrypt, RouteAdder::kRecordBody);
  add.Inline("POST", "/v1/token-domains/{domain}/decrypt", Action::kTokenResolve, Decrypt, RouteAdder::kRecordBody);
}

}  // namespace strongroom
