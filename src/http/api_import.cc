// Imports: propose, accept, piece by piece.
#include "base/encoding.h"
#include "http/api_tools.h"

namespace strongroom {
namespace {

constexpr size_t kMaxBeginningBytes = 256u << 10;
constexpr size_t kMaxColumns = 1'000;

Result<char> ReadDelimiter(const JsonValue& json) {
  ASSIGN_OR_RETURN(const std::optional<std::string_view> text, json.OptString("delimiter"));
  const std::string_view delimiter = text.value_or(",");
  if (delimiter.size() != 1) return Status(Reason::kInvalidArgument, "'delimiter' is one character");
  return delimiter[0];
}

Status CheckFormat(std::string_view format) {
  if (format == "csv" || format == "ndjson") return Status::Ok();
  return Status(Reason::kInvalidArgument, "'format' is csv or ndjson");
}

void AppendProposal(JsonWriter& json, const ImportProposal& proposal) {
  json.BeginObject().String("format", proposal.format).String("delimiter", std::string_view(&proposal.delimiter, 1));
  json.Key("columns").BeginArray();
  for (const ColumnProposal& column : proposal.columns) {
    json.BeginObject().String("column", column.column).String("field", column.field);
    json.Bool("external_id", column.external_id).Bool("exists", column.field_exists).String("why", column.why);
    json.Key("definition");
    if (column.field.empty()) {
      json.Null();
    } else {
      FieldToJson(column.definition, json);
    }
    json.EndObject();
  }
  json.EndArray().EndObject();
}

Result<ColumnProposal> ReadColumnProposal(const JsonValue& json) {
  RETURN_IF_ERROR(json.ExpectObject());
  ColumnProposal column;
  ASSIGN_OR_RETURN(column.column, json.GetString("column"));
  ASSIGN_OR_RETURN(column.field, json.GetString("field"));
  ASSIGN_OR_RETURN(const std::optional<bool> external_id, json.OptBool("external_id"));
  column.external_id = external_id.value_or(false);
  ASSIGN_OR_RETURN(const std::optional<bool> exists, json.OptBool("exists"));
  column.field_exists = exists.value_or(false);
  ASSIGN_OR_RETURN(const std::optional<std::string_view> why, json.OptString("why"));
  column.why = std::string(why.value_or(""));
  ASSIGN_OR_RETURN(const std::optional<JsonValue> definition, json.OptObject("definition"));
  if (definition.has_value() && !column.field_exists) {
    ASSIGN_OR_RETURN(column.definition, FieldFromJson(*definition));
    if (column.definition.name != column.field) {
      return Status(Reason::kInvalidArgument, json.Path() + ": the definition is of a field with another name");
    }
  } else if (!column.field.empty() && !column.field_exists && !column.external_id) {
    return Status(Reason::kMissingMember, json.Path() + ": a new field needs its definition");
  }
  RETURN_IF_ERROR(json.RefuseUnknown());
  return column;
}

Result<ImportProposal> ReadProposal(const JsonValue& json) {
  ImportProposal proposal;
  ASSIGN_OR_RETURN(proposal.format, json.GetString("format"));
  RETURN_IF_ERROR(CheckFormat(proposal.format));
  ASSIGN_OR_RETURN(proposal.delimiter, ReadDelimiter(json));
  ASSIGN_OR_RETURN(const JsonValue columns, json.GetArray("columns"));
  if (columns.size() > kMaxColumns) return Status(Reason::kBatchTooLarge, "a file has at most 1,000 columns");
  for (const JsonValue item : columns) {
    ASSIGN_OR_RETURN(ColumnProposal column, ReadColumnProposal(item));
    proposal.columns.push_back(std::move(column));
  }
  RETURN_IF_ERROR(json.RefuseUnknown());
  return proposal;
}

void AppendMapping(JsonWriter& json, const ImportMapping& mapping) {
  json.BeginObject().String("format", mapping.format).String("delimiter", std::string_view(&mapping.delimiter, 1));
  json.String("compartment", mapping.compartment).String("collection_point", mapping.collection_point);
  json.Key("columns").BeginArray();
  for (const ColumnMapping& column : mapping.columns) {
    json.BeginObject().String("column", column.column).String("field", column.field);
    json.Bool("external_id", column.external_id).EndObject();
  }
  json.EndArray().EndObject();
}

// The header X-Import-Mapping: what Accept answered, as base64url.
Result<ImportMapping> ReadMapping(std::string_view header) {
  if (header.empty()) {
    return Status(Reason::kMissingMember, "send the mapping that :accept answered, as base64url in X-Import-Mapping");
  }
  ASSIGN_OR_RETURN(const Bytes text, Base64UrlDecode(header));
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::ParseObject(text));
  const JsonValue json = document.root();
  ImportMapping mapping;
  ASSIGN_OR_RETURN(mapping.format, json.GetString("format"));
  RETURN_IF_ERROR(CheckFormat(mapping.format));
  ASSIGN_OR_RETURN(mapping.delimiter, ReadDelimiter(json));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> compartment, json.OptString("compartment"));
  mapping.compartment = std::string(compartment.value_or(""));
  ASSIGN_OR_RETURN(mapping.collection_point, json.GetString("collection_point"));
  ASSIGN_OR_RETURN(const JsonValue columns, json.GetArray("columns"));
  if (columns.size() > kMaxColumns) return Status(Reason::kBatchTooLarge, "a file has at most 1,000 columns");
  for (const JsonValue item : columns) {
    ColumnMapping column;
    ASSIGN_OR_RETURN(column.column, item.GetString("column"));
    ASSIGN_OR_RETURN(column.field, item.GetString("field"));
    ASSIGN_OR_RETURN(const std::optional<bool> external_id, item.OptBool("external_id"));
    column.external_id = external_id.value_or(false);
    RETURN_IF_ERROR(item.RefuseUnknown());
    mapping.columns.push_back(std::move(column));
  }
  RETURN_IF_ERROR(json.RefuseUnknown());
  return mapping;
}

Result<Response> Propose(ApiCall& call) {
  RETURN_IF_ERROR(ExpectMediaType(call.request, {"text/csv", "application/x-ndjson"}));
  ASSIGN_OR_RETURN(const ImportProposal proposal,
                   call.vault.importer().Propose(call.caller, call.request.body()).Wait());
  Bytes out;
  JsonWriter json(out);
  AppendProposal(json, proposal);
  return JsonResponse(std::move(out));
}

Result<Response> Accept(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const JsonValue proposal_json, body.GetObject("proposal"));
  ASSIGN_OR_RETURN(const ImportProposal proposal, ReadProposal(proposal_json));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> compartment, body.OptString("compartment"));
  ASSIGN_OR_RETURN(const std::string_view point, body.GetString("collection_point"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const ImportMapping mapping,
                   call.vault.importer().Accept(call.caller, proposal, compartment.value_or(""), point).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("mapping");
  AppendMapping(json, mapping);
  json.EndObject();
  return JsonResponse(std::move(out));
}

Result<bool> QueryFlag(const Request& request, std::string_view name) {
  const std::string_view text = QueryText(request, name);
  if (text.empty() || text == "false") return false;
  if (text == "true") return true;
  return Status(Reason::kInvalidArgument, "'first' and 'last' are true or false");
}

Result<Response> Piece(ApiCall& call) {
  RETURN_IF_ERROR(ExpectMediaType(call.request, {"text/csv", "application/x-ndjson"}));
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({"first_line", "first", "last"}));
  ASSIGN_OR_RETURN(const std::optional<uint64_t> first_line,
                   QueryNumber(call.request, "first_line", 1, UINT64_MAX / 2));
  ASSIGN_OR_RETURN(const bool first, QueryFlag(call.request, "first"));
  ASSIGN_OR_RETURN(const bool last, QueryFlag(call.request, "last"));
  ASSIGN_OR_RETURN(const ImportMapping mapping, ReadMapping(call.request.Header("X-Import-Mapping")));
  ASSIGN_OR_RETURN(const ImportProgress progress,
                   call.vault.importer()
                       .ImportPiece(call.caller, mapping, call.request.body(), first_line.value_or(1), first, last)
                       .Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("consumed_bytes").Uint(progress.consumed_bytes).Key("next_line").Uint(progress.next_line);
  json.Key("created").Uint(progress.created).Key("changed").Uint(progress.changed);
  json.Key("unchanged").Uint(progress.unchanged).Key("bad_rows").BeginArray();
  for (const BadRow& row : progress.bad_rows) {
    json.BeginObject().Key("line").Uint(row.line).String("reason", row.reason).EndObject();
  }
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

}  // namespace

void AddImportRoutes(RouteAdder& add) {
  add.Worker("POST", "/v1/imports:propose", Propose, kMaxBeginningBytes);
  add.Worker("POST", "/v1/imports:accept", Accept, RouteAdder::kRecordBody);
  add.Worker("POST", "/v1/imports:piece", Piece, Importer::kMaxPieceBytes);
}

}  // namespace strongroom
