// The catalogue: fields and collection points.
#include "http/api_tools.h"

namespace strongroom {
namespace {

void AppendField(const CatalogueService& catalogue, const FieldDef& field, JsonWriter& json) {
  const bool rebuilding = field.replaced.has_value();
  FieldToJson(field, json, rebuilding ? std::optional(catalogue.ProgressOf(field.id)) : std::nullopt);
}

Result<Response> Read(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const CataloguePtr catalogue, call.vault.catalogue().Read(call.caller).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("fields").BeginArray();
  for (const FieldDef& field : catalogue->fields()) AppendField(call.vault.catalogue(), field, json);
  json.EndArray().Key("collection_points").BeginArray();
  for (const CollectionPoint& point : catalogue->points()) CollectionPointToJson(point, json);
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Status ExpectName(const std::string& name, const Request& request) {
  if (name == request.Param("name")) return Status::Ok();
  return Status(Reason::kInvalidArgument, "'name' is not the name in the address");
}

Result<Response> PutField(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  ASSIGN_OR_RETURN(FieldDef field, FieldFromJson(document.root()));
  RETURN_IF_ERROR(ExpectName(field.name, call.request));
  field.id = 0;  // the catalogue gives it
  ASSIGN_OR_RETURN(field, call.vault.catalogue().PutField(call.caller, std::move(field)).Wait());
  Bytes out;
  JsonWriter json(out);
  AppendField(call.vault.catalogue(), field, json);
  return JsonResponse(std::move(out));
}

Result<Response> PutCollectionPoint(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  ASSIGN_OR_RETURN(CollectionPoint point, CollectionPointFromJson(document.root()));
  RETURN_IF_ERROR(ExpectName(point.name, call.request));
  ASSIGN_OR_RETURN(point, call.vault.catalogue().PutCollectionPoint(call.caller, std::move(point)).Wait());
  Bytes out;
  JsonWriter json(out);
  CollectionPointToJson(point, json);
  return JsonResponse(std::move(out));
}

}  // namespace

void AddCatalogueRoutes(RouteAdder& add) {
  add.Worker("GET", "/v1/catalogue", Read);
  add.Worker("PUT", "/v1/catalogue/fields/{name}", PutField);
  add.Worker("PUT", "/v1/catalogue/collection-points/{name}", PutCollectionPoint);
}

}  // namespace strongroom
