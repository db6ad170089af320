// Copies of the stores: making one, the register of those there are, and confirming that one is destroyed.
#include "http/api_tools.h"

namespace strongroom {
namespace {

void AppendTime(JsonWriter& json, std::string_view name, UnixMillis time) {
  if (time != 0) json.String(name, FormatTime(time));
}

void AppendBackup(JsonWriter& json, const BackupRecord& record) {
  json.BeginObject().String("id", HexEncode(record.id)).String("kind", NameOf(record.kind));
  json.String("state", NameOf(record.state));
  if (!record.parent.empty()) json.String("parent", HexEncode(record.parent));
  json.String("file", record.file);
  json.Key("recipients").BeginArray();
  for (const std::string& recipient : record.recipients) json.String(recipient);
  json.EndArray();
  AppendTime(json, "begun_at", record.begun_at);
  if (record.state == BackupState::kMade) {
    AppendTime(json, "made_at", record.made_at);
    json.Int("size_bytes", static_cast<int64_t>(record.size_bytes)).Int("rows", static_cast<int64_t>(record.rows));
    json.String("sha256", HexEncode(View(record.sha256)));
  }
  AppendTime(json, "expires_at", record.expires_at);
  AppendTime(json, "file_deleted_at", record.file_deleted_at);
  AppendTime(json, "destroyed_at", record.destroyed_at);
  if (record.destroyed_at != 0) json.String("destroyed_by", FormatPrincipalId(record.destroyed_by));
  json.EndObject();
}

Response BackupResponse(const BackupRecord& record, int status) {
  Bytes out;
  JsonWriter json(out);
  AppendBackup(json, record);
  return JsonResponse(std::move(out), status);
}

Result<Response> Make(ApiCall& call, VaultKeeper& keeper) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue root = document.root();
  ASSIGN_OR_RETURN(const std::string_view kind, root.GetString("kind"));
  ASSIGN_OR_RETURN(const std::optional<bool> incremental, root.OptBool("incremental"));
  RETURN_IF_ERROR(root.RefuseUnknown());
  const std::optional<BackupKind> known = BackupKindFromName(kind);
  if (!known.has_value()) return Status(Reason::kInvalidArgument, "'kind' takes data or keys");
  ASSIGN_OR_RETURN(const BackupRecord made, keeper.MakeBackup(call.caller, {*known, incremental.value_or(false)}));
  return BackupResponse(made, 201);
}

Result<Response> List(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const std::vector<BackupRecord> all, call.vault.backups().List(call.caller).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("backups").BeginArray();
  for (const BackupRecord& record : all) AppendBackup(json, record);
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> ConfirmDestroyed(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  const Result<Bytes> id = HexDecode(call.request.Param("id"));
  ASSIGN_OR_RETURN(const BackupRecord record,
                   call.vault.backups().ConfirmDestroyed(call.caller, id.ok() ? *id : Bytes()).Wait());
  return BackupResponse(record, 200);
}

}  // namespace

void AddBackupRoutes(RouteAdder& add, VaultKeeper& keeper) {
  add.Worker("POST", "/v1/backups", [&keeper](ApiCall& call) { return Make(call, keeper); });
  add.Worker("GET", "/v1/backups", List);
  add.Worker("POST", "/v1/backups/{id}/destroyed", ConfirmDestroyed);
}

}  // namespace strongroom
