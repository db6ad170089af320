// Reading customers: the calls that run on the I/O thread, the product's hot path among them.
#include <algorithm>

#include "access/tier_suggestions.h"
#include "http/api_tools.h"

namespace strongroom {
namespace {

constexpr size_t kMaxFieldsAtOnce = 200;

// {"code", "values"}: the body of a reveal, and one item of a batch.
void AppendRevealed(JsonWriter& json, const Revealed& revealed) {
  json.BeginObject().String("code", revealed.code).Key("values");
  AppendRevealedValues(json, revealed.values);
  json.EndObject();
}

size_t SizeOf(const Revealed& revealed) {
  size_t size = 64;
  for (const RevealedValue& value : revealed.values) size += value.field->name.size() + value.text.size() + 8;
  return size;
}

Result<std::vector<std::string_view>> ReadFields(const JsonValue& body) {
  ASSIGN_OR_RETURN(std::vector<std::string_view> fields, ReadStrings(body, "fields", kMaxFieldsAtOnce));
  for (size_t i = 1; i < fields.size(); ++i) {
    if (std::find(fields.begin(), fields.begin() + static_cast<ptrdiff_t>(i), fields[i]) !=
        fields.begin() + static_cast<ptrdiff_t>(i)) {
      return Status(Reason::kInvalidArgument, "'fields' names a field twice");
    }
  }
  return fields;
}

Receipted<Rendered> Show(ApiCall& call) {
  if (const Status query = call.request.RefuseUnknownQuery({}); !query.ok()) return query;
  return call.vault.customers().Read(call.caller, call.request.Param("code")).Map([](MaskedCustomer customer) {
    Rendered rendered;
    JsonWriter json(rendered.body.mutable_bytes());
    AppendMaskedCustomer(json, customer);
    rendered.etag = std::move(customer.etag);
    return rendered;
  });
}

struct RevealBody {
  JsonDocument document;
  std::vector<std::string_view> fields;  // point into the document
};

Result<RevealBody> ReadReveal(ApiCall& call) {
  ASSIGN_OR_RETURN(JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  RETURN_IF_ERROR(ReadPurpose(body, call.caller));
  ASSIGN_OR_RETURN(std::vector<std::string_view> fields, ReadFields(body));
  RETURN_IF_ERROR(body.RefuseUnknown());
  return RevealBody{std::move(document), std::move(fields)};
}

Receipted<Rendered> Reveal(ApiCall& call) {
  Result<RevealBody> body = ReadReveal(call);
  if (!body.ok()) return body.status();
  return call.vault.customers()
      .Reveal(call.caller, {call.request.Param("code"), std::move(body->fields)})
      .Map([](const Revealed& revealed) {
        Rendered rendered;
        rendered.body.mutable_bytes().reserve(SizeOf(revealed));
        JsonWriter json(rendered.body.mutable_bytes());
        AppendRevealed(json, revealed);
        return rendered;
      });
}

struct CompareBody {
  JsonDocument document;
  std::string_view field;
  std::string_view value;
  std::optional<IpAddress> answers_from;
};

// Where the person is who answers, when an application asks on their behalf.
Result<std::optional<IpAddress>> ReadAnswersFrom(const JsonValue& body) {
  ASSIGN_OR_RETURN(const std::optional<std::string_view> text, body.OptString("client_address"));
  if (!text.has_value()) return std::optional<IpAddress>();
  const std::optional<IpAddress> address = IpAddress::Parse(*text);
  if (!address.has_value()) return Status(Reason::kInvalidArgument, "'client_address' is an IPv4 or IPv6 address");
  return address;
}

Result<CompareBody> ReadCompare(ApiCall& call, std::string_view value_member) {
  ASSIGN_OR_RETURN(JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  RETURN_IF_ERROR(ReadPurpose(body, call.caller));
  ASSIGN_OR_RETURN(const std::string_view field, body.GetString("field"));
  ASSIGN_OR_RETURN(const std::string_view value, body.GetString(value_member));
  ASSIGN_OR_RETURN(const std::optional<IpAddress> answers_from, ReadAnswersFrom(body));
  RETURN_IF_ERROR(body.RefuseUnknown());
  return CompareBody{std::move(document), field, value, answers_from};
}

Bytes MatchJson(bool match) { return match ? R"({"match":true})" : R"({"match":false})"; }

Receipted<Rendered> Compare(ApiCall& call) {
  const Result<CompareBody> body = ReadCompare(call, "value");
  if (!body.ok()) return body.status();
  return call.vault.customers()
      .Compare(call.caller, call.request.Param("code"), body->field, body->value, body->answers_from)
      .Map([](bool match) {
        return Rendered{PlainBytes(MatchJson(match)), {}};
      });
}

// Slow on purpose (Argon2id), so on a worker.
Result<Response> VerifyPassword(ApiCall& call) {
  ASSIGN_OR_RETURN(const CompareBody body, ReadCompare(call, "password"));
  ASSIGN_OR_RETURN(const bool match, call.vault.customers()
                                         .VerifyPassword(call.caller, call.request.Param("code"), body.field,
                                                         body.value, body.answers_from)
                                         .Wait());
  return JsonResponse(MatchJson(match));
}

Result<Response> RevealBatch(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request, kBatchValues));
  const JsonValue body = document.root();
  RETURN_IF_ERROR(ReadPurpose(body, call.caller));
  std::vector<std::string_view> for_all;
  ASSIGN_OR_RETURN(const std::optional<JsonValue> fields, body.OptArray("fields"));
  if (fields.has_value()) {
    ASSIGN_OR_RETURN(for_all, ReadFields(body));
  }
  ASSIGN_OR_RETURN(const JsonValue items, body.GetArray("items"));
  if (items.size() > AuditEntry::kMaxAuditIds) {
    return Status(Reason::kBatchTooLarge,
                  "a batch reveals at most 2,000 customers, because one log entry names them all");
  }
  std::vector<RevealRequest> requests;
  requests.reserve(items.size());
  for (const JsonValue item : items) {
    RevealRequest request;
    ASSIGN_OR_RETURN(request.code, item.GetString("code"));
    ASSIGN_OR_RETURN(const std::optional<JsonValue> own, item.OptArray("fields"));
    if (own.has_value()) {
      ASSIGN_OR_RETURN(request.fields, ReadFields(item));
    } else {
      request.shared_fields = &for_all;
    }
    RETURN_IF_ERROR(item.RefuseUnknown());
    requests.push_back(std::move(request));
  }
  RETURN_IF_ERROR(body.RefuseUnknown());

  using Answers = std::vector<Result<Revealed>>;
  Result<Answers> answers = call.vault.customers().RevealMany(call.caller, requests).Wait();
  for (int retry = 0; retry < 3 && answers.reason() == Reason::kStorageConflict; ++retry) {
    answers = call.vault.customers().RevealMany(call.caller, requests).Wait();
  }
  RETURN_IF_ERROR(answers.status());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("results").BeginArray();
  for (const Result<Revealed>& answer : *answers) {
    if (answer.ok()) {
      AppendRevealed(json, *answer);
    } else {
      json.BeginObject().Key("problem");
      AppendProblem(json, answer.status());
      json.EndObject();
    }
  }
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> List(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({"compartment", "cursor", "limit"}));
  ASSIGN_OR_RETURN(const std::optional<uint64_t> limit, QueryNumber(call.request, "limit", 1, Customers::kMaxPage));
  ASSIGN_OR_RETURN(const ListAnswer page, call.vault.customers()
                                              .List(call.caller, QueryText(call.request, "compartment"),
                                                    QueryText(call.request, "cursor"), limit.value_or(50))
                                              .Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("customers").BeginArray();
  for (const MaskedCustomer& customer : page.customers) AppendMaskedCustomer(json, customer);
  json.EndArray().String("next_cursor", page.next_cursor).EndObject();
  return JsonResponse(std::move(out));
}

// One of `value`, `like`, and `from` or `to`.
Result<SearchQuery> ReadQuery(const JsonValue& body) {
  ASSIGN_OR_RETURN(const std::optional<std::string_view> value, body.OptString("value"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> match, body.OptString("match"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> like, body.OptString("like"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> from, body.OptString("from"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> to, body.OptString("to"));
  const bool between = from.has_value() || to.has_value();
  const int ways = (value.has_value() ? 1 : 0) + (like.has_value() ? 1 : 0) + (between ? 1 : 0);
  if (ways == 0) return Status(Reason::kMissingMember, "'value' is missing, or 'like', or 'from' or 'to'");
  if (ways > 1) return Status(Reason::kInvalidArgument, "a search has 'value', or 'like', or 'from' and 'to'");
  if (match.has_value() && !value.has_value()) return Status(Reason::kInvalidArgument, "'match' goes with 'value'");
  if (between) return SearchQuery{.by = SearchBy::kBetween, .from = from.value_or(""), .to = to.value_or("")};
  if (like.has_value()) return SearchQuery{.by = SearchBy::kLike, .value = *like};
  const bool prefix = match.value_or("exact") == "prefix";
  if (!prefix && match.value_or("exact") != "exact")
    return Status(Reason::kInvalidArgument, "'match' is exact or prefix");
  return SearchQuery{.by = prefix ? SearchBy::kBeginning : SearchBy::kEqual, .value = *value};
}

Result<Response> Search(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  RETURN_IF_ERROR(ReadPurpose(body, call.caller));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> compartment, body.OptString("compartment"));
  ASSIGN_OR_RETURN(const std::string_view field, body.GetString("field"));
  ASSIGN_OR_RETURN(const SearchQuery query, ReadQuery(body));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const std::vector<MaskedCustomer> hits,
                   call.vault.customers().Search(call.caller, compartment.value_or(""), field, query).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("customers").BeginArray();
  for (const MaskedCustomer& customer : hits) AppendMaskedCustomer(json, customer);
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> SuggestTiers(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({"compartment", "cursor", "at_least"}));
  ASSIGN_OR_RETURN(const std::optional<uint64_t> at_least, QueryNumber(call.request, "at_least", 0, 1000));
  const TierSuggestions suggestions(call.vault.gate(), call.vault.catalogue(), call.vault.customers());
  ASSIGN_OR_RETURN(const TierSuggestionPage page,
                   suggestions
                       .List(call.caller, QueryText(call.request, "compartment"), QueryText(call.request, "cursor"),
                             static_cast<uint32_t>(at_least.value_or(TierSuggestions::kEnoughPoints)))
                       .Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("suggestions").BeginArray();
  for (const TierSuggestion& one : page.suggestions) {
    json.BeginObject().String("code", one.code).Int("tier", one.tier).Int("suggested", one.suggested);
    json.Int("points", one.exposure.Points()).Int("precious_fields", one.exposure.precious_fields);
    json.Int("tokens", one.exposure.tokens).Int("disclosures", one.exposure.disclosures);
    json.Int("reveals", one.exposure.reveals).EndObject();
  }
  json.EndArray().Int("looked_at", static_cast<int64_t>(page.looked_at));
  json.Bool("all_reveals_counted", page.all_reveals_counted).String("next_cursor", page.next_cursor).EndObject();
  return JsonResponse(std::move(out));
}

}  // namespace

void AddCustomerReadRoutes(RouteAdder& add) {
  add.Inline("GET", "/v1/customers/{code}", Action::kCustomerRead, Show);
  add.Inline("POST", "/v1/customers/{code}/reveal", Action::kCustomerReveal, Reveal);
  add.Inline("POST", "/v1/customers/{code}/compare", Action::kCustomerCompare, Compare);
  add.Worker("POST", "/v1/customers/{code}/verify-password", VerifyPassword);
  add.Worker("POST", "/v1/customers:reveal", RevealBatch, RouteAdder::kBatchBody);
  add.Worker("GET", "/v1/customers", List);
  add.Worker("POST", "/v1/customers:search", Search);
  add.Worker("GET", "/v1/tier-suggestions", SuggestTiers);
}

}  // namespace strongroom
