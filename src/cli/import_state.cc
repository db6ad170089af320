#include "cli/import_state.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/json.h"
#include "base/json_writer.h"
#include "cli/session.h"

namespace strongroom {
namespace {

constexpr int64_t kFormat = 1;

Result<uint64_t> Count(const JsonValue& root, std::string_view name) {
  ASSIGN_OR_RETURN(const int64_t count, root.GetInt(name, 0));
  return static_cast<uint64_t>(count);
}

Result<ImportState> Decode(const std::string& text) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::ParseObject(text));
  const JsonValue root = document.root();
  ImportState state;
  ASSIGN_OR_RETURN(const int64_t format, root.GetInt("format", kFormat, kFormat));
  static_cast<void>(format);
  ASSIGN_OR_RETURN(state.server, root.GetString("server"));
  ASSIGN_OR_RETURN(state.file_bytes, Count(root, "file_bytes"));
  ASSIGN_OR_RETURN(state.file_modified_nanos, root.GetInt("file_modified_nanos"));
  ASSIGN_OR_RETURN(state.offset, Count(root, "offset"));
  ASSIGN_OR_RETURN(state.line, Count(root, "line"));
  ASSIGN_OR_RETURN(state.created, Count(root, "created"));
  ASSIGN_OR_RETURN(state.changed, Count(root, "changed"));
  ASSIGN_OR_RETURN(state.unchanged, Count(root, "unchanged"));
  ASSIGN_OR_RETURN(state.bad, Count(root, "bad"));
  ASSIGN_OR_RETURN(state.bad_file_bytes, Count(root, "bad_file_bytes"));
  ASSIGN_OR_RETURN(const JsonValue mapping, root.GetObject("mapping"));
  state.mapping = mapping.RawText();
  RETURN_IF_ERROR(root.RefuseUnknown());
  if (state.offset > state.file_bytes) return Status(Reason::kImportInvalid, "offset");
  return state;
}

}  // namespace

std::string ImportStatePath(const std::string& file) { return file + ".strongroom-import"; }

std::string EncodeImportState(const ImportState& state) {
  Bytes text;
  JsonWriter json(text);
  json.BeginObject().Int("format", kFormat).String("server", state.server);
  json.Key("file_bytes").Uint(state.file_bytes).Int("file_modified_nanos", state.file_modified_nanos);
  json.Key("offset").Uint(state.offset).Key("line").Uint(state.line);
  json.Key("created").Uint(state.created).Key("changed").Uint(state.changed).Key("unchanged").Uint(state.unchanged);
  json.Key("bad").Uint(state.bad).Key("bad_file_bytes").Uint(state.bad_file_bytes);
  json.Key("mapping").Raw(state.mapping).EndObject();
  text += "\n";
  return text;
}

Result<ImportState> DecodeImportState(const std::string& text) {
  Result<ImportState> state = Decode(text);
  if (!state.ok()) return Status(Reason::kImportInvalid, "This is not the progress of an import.");
  return state;
}

Result<std::optional<ImportState>> LoadImportState(const std::string& file) {
  const std::string path = ImportStatePath(file);
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return std::optional<ImportState>();
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path, 4u << 20));
  Result<ImportState> state = DecodeImportState(text);
  if (!state.ok()) {
    return Status(Reason::kImportInvalid, path + " is not the progress of an import; remove it to begin again.");
  }
  return std::optional<ImportState>(std::move(*state));
}

Status SaveImportState(const std::string& file, const ImportState& state) {
  return WriteWholeFile(ImportStatePath(file), EncodeImportState(state));
}

Status RemoveImportState(const std::string& file) {
  const std::string path = ImportStatePath(file);
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return Status::Ok();
  return Status(Reason::kFileUnreadable, path + " cannot be removed: " + std::strerror(errno) + ".");
}

}  // namespace strongroom
