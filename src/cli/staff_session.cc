#include "cli/staff_session.h"

#include <sys/stat.h>

#include <utility>

#include "base/encoding.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "base/wipe.h"
#include "cli/session.h"
#include "factors/session_proof.h"

namespace strongroom {
namespace {

constexpr size_t kMaxFileBytes = 16u << 10;
constexpr mode_t kOwnerOnly = 0700;

class SessionClient : public Client {
 public:
  SessionClient(std::unique_ptr<Client> inner, const StaffSession& session, const Clock& clock)
      : inner_(std::move(inner)), session_(session), clock_(clock), key_(session.proof_key) {}

  void SetApiKey(std::string_view key) override { inner_->SetApiKey(key); }
  Result<ClientResponse> Call(std::string_view method, std::string_view path, const ClientHeaders& headers,
                              ByteView body) override {
    return inner_->Call(method, path, Signed(method, path, headers), body);
  }
  Result<ClientResponse> Download(std::string_view method, std::string_view path, const ClientHeaders& headers,
                                  ByteView body, int fd, void (*progress)(uint64_t bytes)) override {
    return inner_->Download(method, path, Signed(method, path, headers), body, fd, progress);
  }

 private:
  ClientHeaders Signed(std::string_view method, std::string_view path, ClientHeaders headers) const {
    std::string cookies = "__Host-strongroom=" + session_.cookie;
    if (!session_.device_mark.empty()) cookies += "; __Host-strongroom-device=" + session_.device_mark;
    headers.emplace_back("Cookie", std::move(cookies));
    headers.emplace_back("X-Session-Proof", key_.MakeProof(method, path, clock_.NowMillis()));
    return headers;
  }

  const std::unique_ptr<Client> inner_;
  const StaffSession& session_;
  const Clock& clock_;
  const SessionProofKey key_;
};

Status Damaged(const std::string& path) {
  return Status(Reason::kFileUnreadable, path + " is no session; delete it and run 'strongroom login'.");
}

// The directory the file is in, when it is missing; its parents are there.
void MakeDirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0) return;
  const std::string directory = path.substr(0, slash);
  const size_t above = directory.rfind('/');
  if (above != std::string::npos && above > 0) mkdir(directory.substr(0, above).c_str(), kOwnerOnly);
  mkdir(directory.c_str(), kOwnerOnly);  // if it fails, writing the file says why
}

}  // namespace

std::string StaffSessionFile(const std::function<std::optional<std::string>(const std::string& name)>& environment) {
  if (auto file = environment("STRONGROOM_SESSION_FILE"); file && !file->empty()) return *std::move(file);
  if (auto home = environment("HOME"); home && !home->empty()) return *home + "/.config/strongroom/session";
  return {};
}

Status StaffSession::Save(const std::string& path) const {
  Bytes text;
  text.reserve(1024);
  JsonWriter json(text);
  json.BeginObject().String("server", server).String("name", name).String("session_id", session_id);
  json.String("cookie", cookie).String("device_mark", device_mark);
  json.String("proof_key", Base64UrlEncode(ExposeSecret(proof_key))).EndObject();
  MakeDirectoryOf(path);
  const Status written = WriteWholeFile(path, text);
  WipeText(text);
  return written;
}

Result<std::optional<StaffSession>> StaffSession::Load(const std::string& path) {
  struct stat info = {};
  if (path.empty() || stat(path.c_str(), &info) != 0) return std::optional<StaffSession>();
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Status(Reason::kFileUnreadable, "others on this machine can read " + path + "; run: chmod 600 " + path);
  }
  ASSIGN_OR_RETURN(std::string text, ReadWholeFile(path, kMaxFileBytes));
  const Result<JsonDocument> document = JsonDocument::ParseObject(text);
  WipeText(text);
  if (!document.ok()) return Damaged(path);
  StaffSession session;
  for (auto [member, target] : {std::pair{"server", &session.server}, std::pair{"name", &session.name},
                                std::pair{"session_id", &session.session_id}, std::pair{"cookie", &session.cookie},
                                std::pair{"device_mark", &session.device_mark}}) {
    const Result<std::string_view> value = document->root().GetString(member);
    if (!value.ok()) return Damaged(path);
    *target = std::string(*value);
  }
  const Result<std::string_view> key = document->root().GetString("proof_key");
  Result<Bytes> raw = key.ok() ? Base64UrlDecode(*key) : Result<Bytes>(key.status());
  if (!raw.ok()) return Damaged(path);
  session.proof_key = SecretBytes::CopyOf(*raw);
  WipeText(*raw);
  return std::optional<StaffSession>(std::move(session));
}

std::string CookieSetBy(const ClientResponse& response, std::string_view name) {
  for (const auto& [header, value] : response.headers) {
    if (header != "set-cookie" || !value.starts_with(name) || value.size() <= name.size()) continue;
    if (value[name.size()] != '=') continue;
    const size_t begin = name.size() + 1;
    return value.substr(begin, value.find(';') - begin);
  }
  return {};
}

std::unique_ptr<Client> WithSession(std::unique_ptr<Client> inner, const StaffSession& session, const Clock& clock) {
  return std::make_unique<SessionClient>(std::move(inner), session, clock);
}

}  // namespace strongroom
