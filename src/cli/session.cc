#include "cli/session.h"

#include <sys/stat.h>

#include "base/wipe.h"

namespace strongroom {
namespace {

constexpr char kDefaultServer[] = "https://127.0.0.1:8443";
constexpr size_t kMaxSecretBytes = 16u << 10;

std::string_view WithoutLineEnd(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

bool OthersMayRead(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

// The first line of a file that holds a secret.
Result<std::string> ReadSecretFile(Session& session, const std::string& path) {
  ASSIGN_OR_RETURN(std::string contents, ReadWholeFile(path, kMaxSecretBytes));
  if (OthersMayRead(path))
    session.Note("warning: others on this machine can read " + path + "; run: chmod 600 " + path);
  std::string secret(WithoutLineEnd(contents));
  WipeText(contents);
  if (secret.empty()) return Status(Reason::kFileUnreadable, path + " is empty.");
  return secret;
}

}  // namespace

std::string Session::ServerAddress() const {
  if (!options_.server.empty()) return options_.server;
  return Environment("STRONGROOM_SERVER").value_or(kDefaultServer);
}

std::string Session::DataFile(const std::string& name) const {
  const std::string directory =
      options_.data_directory.empty() ? Environment("STRONGROOM_DATA").value_or("") : options_.data_directory;
  if (directory.empty()) return {};
  const std::string path = directory + "/" + name;
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 ? path : std::string();
}

// What was said nearest wins: the option, the environment, the data directory.  None is no error yet: some calls are
// open to everybody, and the others say that a credential is missing.
Result<std::string> Session::ApiKey() {
  if (!options_.key_file.empty()) return ReadSecretFile(*this, options_.key_file);
  if (auto key = Environment("STRONGROOM_API_KEY"); key && !key->empty()) return std::move(*key);
  if (const auto file = Environment("STRONGROOM_API_KEY_FILE"); file && !file->empty()) {
    return ReadSecretFile(*this, *file);
  }
  if (const std::string file = DataFile("credentials/administrator.key"); !file.empty())
    return ReadSecretFile(*this, file);
  return std::string();
}

Result<std::unique_ptr<Client>> Session::Connect() {
  ClientConfig config;
  config.base_url = ServerAddress();
  config.ca_file = options_.ca_file;
  config.pinned_certificate = options_.pin_file;
  if (config.ca_file.empty() && config.pinned_certificate.empty()) {
    config.pinned_certificate = Environment("STRONGROOM_PIN").value_or("");
  }
  if (config.ca_file.empty() && config.pinned_certificate.empty()) {
    config.pinned_certificate = DataFile("tls/certificate.pem");
  }
  const std::string device = options_.device.empty() ? Environment("STRONGROOM_DEVICE").value_or("") : options_.device;
  if (!device.empty()) {
    config.client_certificate = device + ".crt";
    config.client_key = device + ".key";
  }
  return context_.connect(std::move(config));
}

std::string Session::StaffSessionPath() const { return StaffSessionFile(context_.environment); }

// Of the person who signed in, to the server they signed in to and no other.
Status Session::UseStaffSession() {
  ASSIGN_OR_RETURN(std::optional<StaffSession> kept, StaffSession::Load(StaffSessionPath()));
  if (!kept.has_value() || kept->cookie.empty() || kept->server != ServerAddress()) return Status::Ok();
  staff_session_ = std::make_unique<StaffSession>(*std::move(kept));
  client_ = WithSession(std::move(client_), *staff_session_, clock());
  return Status::Ok();
}

Result<Client*> Session::client() {
  if (client_) return client_.get();
  ASSIGN_OR_RETURN(client_, Connect());
  ASSIGN_OR_RETURN(std::string key, ApiKey());
  if (key.empty()) {
    RETURN_IF_ERROR(UseStaffSession());
  } else {
    client_->SetApiKey(key);
  }
  WipeText(key);
  return client_.get();
}

// With what the person says beside the request: the case it is for, the approval that was given for it.
Result<ClientResponse> Session::Send(std::string_view method, std::string_view path, ByteView body,
                                     const ClientHeaders& headers) {
  ASSIGN_OR_RETURN(Client* const connected, client());
  ClientHeaders all = headers;
  if (!options_.case_reference.empty()) all.emplace_back("X-Case", options_.case_reference);
  if (!options_.approval.empty()) all.emplace_back("X-Approval", options_.approval);
  return connected->Call(method, path, all, body);
}

// Describes the very request that was refused, and says how to repeat it.
Status Session::AskColleague(std::string_view method, std::string_view path, ByteView body) {
  Bytes question;
  JsonWriter json(question);
  json.BeginObject().String("method", method).String("target", path).String("body", body);
  json.String("reason", options_.ask_reason).EndObject();
  ASSIGN_OR_RETURN(Client* const connected, client());
  ASSIGN_OR_RETURN(const ClientResponse response, connected->Call("POST", "/v1/approvals", {}, question));
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::ParseObject(response.body));
  ASSIGN_OR_RETURN(const std::string_view id, document.root().GetString("id"));
  return Status(Reason::kApprovalWaiting,
                "A colleague was asked. Once they agree, repeat the same command with --approval " + std::string(id) +
                    " instead of --ask.");
}

static Result<Answer> Understood(ClientResponse response) {
  const ByteView text = response.body.empty() ? ByteView("{}") : ByteView(response.body);
  auto document = JsonDocument::ParseObject(text, {.max_bytes = 256u << 20, .max_values = 4u << 20});
  if (!document.ok()) {
    return Status(Reason::kInternal, "The answer is not one of a Strongroom server: it is not a JSON object.");
  }
  return Answer{std::move(response), std::move(*document)};
}

Result<Answer> Session::Call(std::string_view method, std::string_view path, ByteView body,
                             const ClientHeaders& headers) {
  Result<ClientResponse> sent = Send(method, path, body, headers);
  if (sent.reason() == Reason::kApprovalNeeded && !options_.ask_reason.empty()) {
    return AskColleague(method, path, body);
  }
  RETURN_IF_ERROR(sent.status());
  return Understood(*std::move(sent));
}

Result<Answer> Session::CallAsNobody(std::string_view method, std::string_view path, ByteView body,
                                     const ClientHeaders& headers) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> nobody, Connect());
  ASSIGN_OR_RETURN(ClientResponse response, nobody->Call(method, path, headers, body));
  return Understood(std::move(response));
}

void Session::PrintLine(std::string_view text) {
  Print(text);
  Print("\n");
}

void Session::Note(std::string_view text) { terminal().Err(std::string("strongroom: ").append(text).append("\n")); }

void Session::PrintJson(const Answer& answer) { PrintLine(PrintableJson(answer.root().RawText())); }

Result<std::string> Session::PersonalValue(const std::string& given, std::string_view what) {
  if (!given.empty() && given != "-") return given;
  if (terminal().IsInteractive()) return terminal().Ask(std::string(what) + ": ", true);
  return terminal().ReadLine();
}

Result<std::string> Session::Secret(const std::string& file, std::string_view what) {
  if (!file.empty() && file != "-") return ReadSecretFile(*this, file);
  if (terminal().IsInteractive()) return terminal().Ask(std::string(what) + ": ", false);
  return terminal().ReadLine();
}

Result<bool> Session::Confirm(bool yes, std::string_view question) {
  if (yes) return true;
  if (!terminal().IsInteractive()) {
    return Status(Reason::kInvalidArgument,
                  "This asks before it acts, and there is no terminal to ask on; add --yes to answer beforehand.");
  }
  ASSIGN_OR_RETURN(const std::string answer, terminal().Ask(std::string(question) + " [y/N] ", true));
  return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes";
}

}  // namespace strongroom
