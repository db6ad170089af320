// Files of customers.
#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/table.h"

namespace strongroom {
namespace {

constexpr size_t kMaxFileBytes = 16u << 20;

struct FileOptions {
  std::string code;
  std::string file;
  std::string id;
  std::string field;
  std::string collection_point;
  std::string content_type = "application/octet-stream";
  std::string name;
  std::string purpose;
  std::string output;
  bool force = false;
  bool yes = false;
};

Result<ExitCode> PutFile(Session& session, const FileOptions& options) {
  ASSIGN_OR_RETURN(const std::string content, options.file == "-" ? session.terminal().ReadAll(kMaxFileBytes)
                                                                  : ReadWholeFile(options.file, kMaxFileBytes));
  std::string name = options.name;
  if (name.empty() && options.file != "-") name = options.file.substr(options.file.rfind('/') + 1);
  ClientHeaders headers = {{"Content-Type", options.content_type}};
  // The path of one segment is the segment percent-encoded, behind a slash.
  if (!name.empty()) headers.emplace_back("X-File-Name", UrlPath({name}).substr(1));
  const std::string path = UrlPath({"v1", "customers", options.code, "files"}) +
                           UrlQuery({{"field", options.field}, {"collection_point", options.collection_point}});
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", path, content, headers));
  session.json() ? session.PrintJson(answer) : session.Print(MembersOf(answer.root()));
  return ExitCode::kOk;
}

Result<ExitCode> GetFile(Session& session, const FileOptions& options) {
  // A file may hold anything, also what steers a terminal.
  if (options.output.empty() && session.terminal().OutIsTerminal()) {
    return Status(Reason::kInvalidArgument, "A file is not written to a terminal; name one with -o FILE.");
  }
  struct stat info = {};
  const bool to_file = !options.output.empty() && options.output != "-";
  if (to_file && !options.force && lstat(options.output.c_str(), &info) == 0) {
    return Status(Reason::kInvalidArgument, options.output + " exists; add --force to replace it.");
  }
  Bytes body;
  JsonWriter(body).BeginObject().String("purpose", options.purpose).EndObject();
  ASSIGN_OR_RETURN(Client* const client, session.client());
  const std::string path = UrlPath({"v1", "customers", options.code, "files", options.id, "content"});
  ASSIGN_OR_RETURN(const ClientResponse response, client->Call("POST", path, {}, body));
  if (!to_file) {
    session.Print(response.body);
    return ExitCode::kOk;
  }
  RETURN_IF_ERROR(WriteWholeFile(options.output, response.body));
  session.Note(options.output + ": " + std::to_string(response.body.size()) + " bytes");
  return ExitCode::kOk;
}

Result<ExitCode> ListFiles(Session& session, const FileOptions& options) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", UrlPath({"v1", "customers", options.code, "files"})));
  ASSIGN_OR_RETURN(const JsonValue files, answer.root().GetArray("files"));
  if (session.json()) {
    session.PrintJson(answer);
  } else {
    session.Print(files.size() == 0 ? "no files\n"
                                    : TableOf(files, {{"ID", "id"},
                                                      {"FIELD", "field"},
                                                      {"NAME", "name"},
                                                      {"TYPE", "media_type"},
                                                      {"BYTES", "size_bytes"},
                                                      {"STORED", "stored_at"}}));
  }
  return ExitCode::kOk;
}

Result<ExitCode> DeleteFile(Session& session, const FileOptions& options) {
  ASSIGN_OR_RETURN(const bool sure, session.Confirm(options.yes, "Delete the file " + Printable(options.id) + "?"));
  if (!sure) {
    session.Note("Nothing was deleted.");
    return ExitCode::kFailed;
  }
  ASSIGN_OR_RETURN(const Answer answer,
                   session.Call("DELETE", UrlPath({"v1", "customers", options.code, "files", options.id})));
  session.json() ? session.PrintJson(answer) : session.PrintLine("deleted");
  return ExitCode::kOk;
}

constexpr char kCodeHelp[] = "customer code, or ext:ID for an external id";

}  // namespace

void AddFileCommands(CommandLine& line) {
  line.Group("customer file", "Files of customers");
  auto put = std::make_shared<FileOptions>();
  line.Add("customer file put", "Store a file of a customer")
      .Positional("CODE", put->code, kCodeHelp)
      .Positional("FILE", put->file, "at most 16 MiB; - for standard input")
      .RequiredText("--field", put->field, "FIELD", "field of type file it belongs to")
      .RequiredText("--collection-point,-p", put->collection_point, "NAME", "form or process that gathers it")
      .Text("--type", put->content_type, "TYPE", "media type")
      .Text("--name", put->name, "NAME", "name to keep instead of FILE's own")
      .Example("strongroom customer file put 7K3F-9QWM-2 id.pdf --field id_copy -p onboarding --type application/pdf")
      .Run([put](Session& session) { return PutFile(session, *put); });

  auto get = std::make_shared<FileOptions>();
  line.Add("customer file get", "Fetch a file of a customer, for a purpose")
      .Positional("CODE", get->code, kCodeHelp)
      .Positional("ID", get->id, "the file's id")
      .RequiredText("--purpose", get->purpose, "PURPOSE", "why; it stands in the log")
      .Text("--output,-o", get->output, "FILE", "where to write it; default: standard output")
      .Flag("--force", get->force, "replace FILE when it exists")
      .Example("strongroom customer file get 7K3F-9QWM-2 5f0c --purpose identity-check -o id.pdf")
      .Run([get](Session& session) { return GetFile(session, *get); });

  auto list = std::make_shared<FileOptions>();
  line.Add("customer file list", "List the files of a customer")
      .Positional("CODE", list->code, kCodeHelp)
      .Example("strongroom customer file list 7K3F-9QWM-2")
      .Run([list](Session& session) { return ListFiles(session, *list); });

  auto erased = std::make_shared<FileOptions>();
  line.Add("customer file delete", "Delete a file of a customer")
      .Positional("CODE", erased->code, kCodeHelp)
      .Positional("ID", erased->id, "the file's id")
      .Flag("--yes", erased->yes, "do not ask")
      .Example("strongroom customer file delete 7K3F-9QWM-2 5f0c")
      .Run([erased](Session& session) { return DeleteFile(session, *erased); });
}

}  // namespace strongroom
