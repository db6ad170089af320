// Files of customers.  A file's bytes are always answered as application/octet-stream, whatever was uploaded: a browser
// must never run what a customer sent.  What it was said to be is in X-File-Media-Type.
#include "http/api_tools.h"

namespace strongroom {
namespace {

void AppendFileInfo(JsonWriter& json, const FileInfo& info) {
  json.BeginObject().String("id", info.id).String("field", info.field).String("name", info.name);
  json.String("media_type", info.media_type).Int("size_bytes", static_cast<int64_t>(info.size_bytes));
  json.String("stored_at", FormatTime(info.stored_at)).EndObject();
}

Result<Response> Put(ApiCall& call) {
  const Request& request = call.request;
  RETURN_IF_ERROR(request.RefuseUnknownQuery({"field", "collection_point"}));
  const std::string_view media_type = request.Header("Content-Type");
  if (media_type.empty()) return Status(Reason::kUnsupportedMediaType, "Say what the file is in Content-Type.");
  ASSIGN_OR_RETURN(const std::string name, PercentDecode(request.Header("X-File-Name")));
  ASSIGN_OR_RETURN(const FileInfo info,
                   call.vault.files()
                       .Put(call.caller, request.Param("code"), QueryText(request, "collection_point"),
                            QueryText(request, "field"), name, media_type, request.body())
                       .Wait());
  Bytes out;
  JsonWriter json(out);
  AppendFileInfo(json, info);
  return JsonResponse(std::move(out), 201);
}

Result<Response> List(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const std::vector<FileInfo> files,
                   call.vault.files().List(call.caller, call.request.Param("code")).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("files").BeginArray();
  for (const FileInfo& info : files) AppendFileInfo(json, info);
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> GetContent(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  RETURN_IF_ERROR(ReadPurpose(body, call.caller));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(FileContent file,
                   call.vault.files().Get(call.caller, call.request.Param("code"), call.request.Param("file")).Wait());
  Response response{200, "application/octet-stream", std::move(file.content.mutable_bytes()), {}};
  response.headers.emplace_back("Content-Disposition", "attachment");
  response.headers.emplace_back("X-File-Name", PercentEncode(file.info.name));
  response.headers.emplace_back("X-File-Media-Type", file.info.media_type);
  return response;
}

Result<Response> Delete(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  RETURN_IF_ERROR(
      call.vault.files().Delete(call.caller, call.request.Param("code"), call.request.Param("file")).Wait().status());
  return JsonResponse("{}");
}

}  // namespace

void AddFileRoutes(RouteAdder& add) {
  add.Worker("POST", "/v1/customers/{code}/files", Put, Files::kMaxFileBytes);
  add.Worker("GET", "/v1/customers/{code}/files", List);
  add.Worker("POST", "/v1/customers/{code}/files/{file}/content", GetContent);
  add.Worker("DELETE", "/v1/customers/{code}/files/{file}", Delete);
}

}  // namespace strongroom
