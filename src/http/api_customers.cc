// Creating, changing and erasing customers; exports and what they leave behind.
#include "http/api_tools.h"

namespace strongroom {
namespace {

constexpr int64_t kMaxTier = 15;

// Members shared by a single create and the items of a batch.
Status ReadNewCustomer(const JsonValue& json, CreateRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<std::string_view> external_id, json.OptString("external_id"));
  request.external_id = external_id.value_or("");
  ASSIGN_OR_RETURN(const std::optional<int64_t> tier, json.OptInt("tier", 0, kMaxTier));
  request.tier = static_cast<uint8_t>(tier.value_or(0));
  ASSIGN_OR_RETURN(const JsonValue values, json.GetObject("values"));
  return ReadValues(values, request.values);
}

// Members that hold for a whole call.
Status ReadCreateOptions(const JsonValue& body, CreateRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<std::string_view> compartment, body.OptString("compartment"));
  request.compartment = compartment.value_or("");
  ASSIGN_OR_RETURN(request.collection_point, body.GetString("collection_point"));
  ASSIGN_OR_RETURN(const std::optional<bool> upsert, body.OptBool("upsert"));
  request.upsert = upsert.value_or(false);
  return Status::Ok();
}

void AppendCreated(JsonWriter& json, const CreateAnswer& answer) {
  json.BeginObject().String("code", answer.code).Bool("created", answer.created);
  json.Bool("changed", answer.changed).EndObject();
}

struct CreateBody {
  JsonDocument document;
  CreateRequest request;  // points into the document
};

Result<CreateBody> ReadCreate(ApiCall& call) {
  ASSIGN_OR_RETURN(JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  RETURN_IF_ERROR(ReadPurpose(body, call.caller));
  CreateRequest request;
  RETURN_IF_ERROR(ReadCreateOptions(body, request));
  RETURN_IF_ERROR(ReadNewCustomer(body, request));
  RETURN_IF_ERROR(body.RefuseUnknown());
  return CreateBody{std::move(document), std::move(request)};
}

Receipted<Response> Create(ApiCall& call) {
  const Result<CreateBody> body = ReadCreate(call);
  if (!body.ok()) return body.status();
  const auto create = [&] {
    return call.vault.customers().Create(call.caller, body->request).Map([](const CreateAnswer& answer) {
      Bytes out;
      JsonWriter json(out);
      AppendCreated(json, answer);
      return JsonResponse(std::move(out), answer.created ? 201 : 200, answer.etag);
    });
  };
  if (call.request.Header("Idempotency-Key").empty()) return create();
  const auto ask = [&] {
    const Result<Room*> room = call.vault.house().RoomByName(body->request.compartment);
    return call.vault.gate().Authorise(call.caller, Action::kCustomerCreate, room.ok() ? *room : nullptr);
  };
  // The answer is kept beside the key before it leaves, and so waited for.
  const bool safe_to_repeat = !body->request.external_id.empty();
  return Receipted<Response>::Settled(OncePerKey(call, ask, safe_to_repeat, [&] { return create().Wait(); }));
}

Result<Response> CreateBatch(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request, kBatchValues));
  const JsonValue body = document.root();
  RETURN_IF_ERROR(ReadPurpose(body, call.caller));
  CreateRequest common;
  RETURN_IF_ERROR(ReadCreateOptions(body, common));
  ASSIGN_OR_RETURN(const JsonValue customers, body.GetArray("customers"));
  if (customers.size() > Customers::kMaxBatch) {
    return Status(Reason::kBatchTooLarge, "a batch has at most 10,000 customers");
  }
  std::vector<CreateRequest> requests;
  requests.reserve(customers.size());
  for (const JsonValue customer : customers) {
    CreateRequest& request = requests.emplace_back(common);
    RETURN_IF_ERROR(customer.ExpectObject());
    RETURN_IF_ERROR(ReadNewCustomer(customer, request));
    RETURN_IF_ERROR(customer.RefuseUnknown());
  }
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const std::vector<Result<CreateAnswer>> answers,
                   call.vault.customers().CreateMany(call.caller, requests).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("results").BeginArray();
  for (const Result<CreateAnswer>& answer : answers) {
    if (answer.ok()) {
      AppendCreated(json, *answer);
    } else {
      json.BeginObject().Key("problem");
      AppendProblem(json, answer.status());
      json.EndObject();
    }
  }
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Change(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  RETURN_IF_ERROR(ReadPurpose(body, call.caller));
  ChangeRequest request;
  request.code = call.request.Param("code");
  const std::string_view if_match = call.request.Header("If-Match");
  request.any_version = if_match == "*";
  if (!if_match.empty() && !request.any_version) request.if_match = std::string(if_match);
  ASSIGN_OR_RETURN(request.collection_point, body.GetString("collection_point"));
  ASSIGN_OR_RETURN(const std::optional<JsonValue> set, body.OptObject("set"));
  if (set.has_value()) RETURN_IF_ERROR(ReadValues(*set, request.set));
  ASSIGN_OR_RETURN(const std::optional<JsonValue> remove, body.OptArray("remove"));
  if (remove.has_value()) {
    ASSIGN_OR_RETURN(request.remove, ReadStrings(body, "remove", 1000));
  }
  ASSIGN_OR_RETURN(const std::optional<int64_t> tier, body.OptInt("tier", 0, kMaxTier));
  if (tier.has_value()) request.tier = static_cast<uint8_t>(*tier);
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const std::string etag, call.vault.customers().Change(call.caller, request).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("code", request.code).EndObject();
  return JsonResponse(std::move(out), 200, etag);
}

Result<Response> Erase(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({"now"}));
  const std::string_view now = QueryText(call.request, "now");
  if (!now.empty() && now != "true" && now != "false") {
    return Status(Reason::kInvalidArgument, "'now' is true or false");
  }
  ASSIGN_OR_RETURN(const ErasureAnswer erased,
                   call.vault.customers().Erase(call.caller, call.request.Param("code"), now == "true").Wait());
  Bytes out;
  JsonWriter json(out);
  if (erased.undo_until != 0) {
    json.BeginObject().String("code", erased.code).String("asked_at", FormatTime(erased.asked_at));
    json.String("undo_until", FormatTime(erased.undo_until)).EndObject();
    return JsonResponse(std::move(out), 202);
  }
  json.BeginObject().String("code", erased.code).String("erased_at", FormatTime(erased.erased_at));
  json.Int("rows_deleted", static_cast<int64_t>(erased.rows_deleted));
  json.Int("tokens_gone", static_cast<int64_t>(erased.tokens_gone));
  json.Bool("key_gone", erased.key_gone).Bool("record_gone", erased.record_gone);
  json.Bool("index_rows_gone", erased.index_rows_gone).EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> UndoErasure(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  ASSIGN_OR_RETURN(const UndoAnswer undo,
                   call.vault.customers().UndoErasure(call.caller, call.request.Param("code")).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("code", undo.code).Bool("undone", undo.undone).EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> GetCertificate(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const std::string note,
                   call.vault.customers().ErasureCertificate(call.caller, call.request.Param("code")).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("certificate", note).EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Rekey(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  ASSIGN_OR_RETURN(const RekeyAnswer rekeyed,
                   call.vault.customers().Rekey(call.caller, call.request.Param("code")).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("code", rekeyed.code).Int("generation", rekeyed.generation);
  json.Int("items_resealed", static_cast<int64_t>(rekeyed.items_resealed)).EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Move(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view compartment, body.GetString("compartment"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  if (compartment.empty()) return Status(Reason::kCompartmentUnknown, "name the compartment to move the customer to");
  ASSIGN_OR_RETURN(const MoveAnswer moved,
                   call.vault.customer_moves().Move(call.caller, call.request.Param("code"), compartment).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("code", moved.code).String("from", moved.from).String("to", moved.to);
  json.Bool("moved", moved.moved).Int("items", static_cast<int64_t>(moved.items));
  json.Int("index_rows", static_cast<int64_t>(moved.index_rows)).EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> ListDisclosures(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const std::vector<Disclosure> disclosures,
                   call.vault.disclosures().Of(call.caller, call.request.Param("code")).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("disclosures").BeginArray();
  for (const Disclosure& one : disclosures) {
    json.BeginObject().String("time", FormatTime(one.time)).String("recipient", one.recipient);
    json.String("contract", one.contract).String("purpose", one.purpose).Key("fields").BeginArray();
    for (const std::string& field : one.fields) json.String(field);
    json.EndArray().String("made_by", one.made_by).EndObject();
  }
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Export(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  RETURN_IF_ERROR(ReadPurpose(body, call.caller));
  ExportRequest request;
  ASSIGN_OR_RETURN(const std::optional<std::string_view> compartment, body.OptString("compartment"));
  request.compartment = compartment.value_or("");
  ASSIGN_OR_RETURN(request.fields, ReadStrings(body, "fields", 1000));
  ASSIGN_OR_RETURN(request.recipient, body.GetString("recipient"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> contract, body.OptString("contract"));
  request.contract = contract.value_or("");
  ASSIGN_OR_RETURN(const std::optional<std::string_view> cursor, body.OptString("cursor"));
  request.cursor = cursor.value_or("");
  ASSIGN_OR_RETURN(const std::optional<int64_t> limit, body.OptInt("limit", 1, Disclosures::kMaxPage));
  if (limit.has_value()) request.limit = static_cast<size_t>(*limit);
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const ExportPage page, call.vault.disclosures().Export(call.caller, request).Wait());
  if (!call.caller.approval.empty() && !page.next_cursor.empty()) {
    call.vault.approvals().AllowNextPage(call.caller, call.request.body(), page.next_cursor);
  }
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("customers").BeginArray();
  for (const ExportedCustomer& customer : page.customers) {
    json.BeginObject().String("code", customer.code).Key("values");
    AppendRevealedValues(json, customer.values);
    json.EndObject();
  }
  json.EndArray().String("next_cursor", page.next_cursor).EndObject();
  return JsonResponse(std::move(out));
}

}  // namespace

void AddCustomerRoutes(RouteAdder& add) {
  add.Deferred("POST", "/v1/customers", Create, RouteAdder::kRecordBody);
  add.Worker("POST", "/v1/customers:batch", CreateBatch, RouteAdder::kBatchBody);
  add.Worker("PATCH", "/v1/customers/{code}", Change, RouteAdder::kRecordBody);
  add.Worker("DELETE", "/v1/customers/{code}", Erase);
  add.Worker("POST", "/v1/customers/{code}/undo-erasure", UndoErasure);
  add.Worker("GET", "/v1/customers/{code}/erasure", GetCertificate);
  add.Worker("POST", "/v1/customers/{code}/rekey", Rekey);
  add.Worker("POST", "/v1/customers/{code}/move", Move);
  add.Worker("GET", "/v1/customers/{code}/disclosures", ListDisclosures);
  add.Worker("POST", "/v1/customers:export", Export);
}

}  // namespace strongroom
