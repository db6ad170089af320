#include "server/running_server.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/encoding.h"
#include "cli/session.h"
#include "crypto/heap/wiping_heap.h"
#include "crypto/secret.h"
#include "http/certificate.h"
#include "server/version.h"

namespace strongroom {
namespace {

constexpr int64_t kScrubPatienceMillis = 1'000;

void ScrubThread() {
  ForgetThreadKeys();
  ScrubStack();
}

ListenerConfig ListenerConfigOf(const ServerConfig& config) {
  ListenerConfig listener;
  listener.address = config.address;
  listener.port = config.port;
  listener.io_threads = config.io_threads;
  listener.worker_threads = config.worker_threads;
  listener.max_connections = config.max_connections;
  listener.max_body_bytes = config.max_body_bytes;
  listener.trusted_proxies = config.trusted_proxies;
  return listener;
}

}  // namespace

std::string DevelopmentKeyFile(const ServerConfig& config) { return config.data_dir + "/development.key"; }

Result<SecretBytes> ReadDevelopmentKey(const ServerConfig& config) {
  ASSIGN_OR_RETURN(Bytes hex, ReadWholeFile(DevelopmentKeyFile(config), 1024));
  while (!hex.empty() && hex.back() == '\n') hex.pop_back();
  ASSIGN_OR_RETURN(Bytes key, HexDecode(hex));
  SecretBytes secret = SecretBytes::CopyOf(key);
  WipeString(key);
  WipeString(hex);
  return secret;
}

Result<SecretBytes> MakeDevelopmentKey(const ServerConfig& config, Random& random) {
  SecretBytes key = SecretBytes::Generate(Aead::kKeySizeBytes, random);
  std::string hex = HexEncode(ExposeSecret(key)) + "\n";
  const Status written = WriteWholeFile(DevelopmentKeyFile(config), hex);
  WipeString(hex);
  if (!written.ok()) return written;
  return key;
}

Result<SecretBytes> ReadSecretLine(const std::string& path) {
  ASSIGN_OR_RETURN(Bytes text, ReadWholeFile(path, 4096));
  const size_t end = text.find('\n');
  SecretBytes secret = SecretBytes::CopyOf(ByteView(text).substr(0, end));
  WipeString(text);
  return secret;
}

namespace {}  // namespace

Status RunningServer::UnlockByDevice(const LockInfo& lock) {
  if (!IsInHardware(lock.kind)) return Status::Ok();
  if (config_.lock.pin_file.empty()) return lock.unattended ? keeper_->Unlock(SecretBytes()) : Status::Ok();
  ASSIGN_OR_RETURN(const SecretBytes pin, ReadSecretLine(config_.lock.pin_file));
  return keeper_->Unlock(pin);
}

Result<std::unique_ptr<RunningServer>> RunningServer::Start(const ServerConfig& config, const HouseOptions& options,
                                                            VaultFilesOptions files) {
  std::unique_ptr<RunningServer> server(new RunningServer(config));
  RETURN_IF_ERROR(
      MakeCourier(config.outbox).status());  // a wrong setting is told at the start, not at the first unlock
  RETURN_IF_ERROR(PlacesOf(config.witness).status());
  files.writer = config.server_number;
  ASSIGN_OR_RETURN(server->files_, VaultFiles::Open(config, false, files));
  ASSIGN_OR_RETURN(server->keeper_, Keeper::Create(config, *server->files_, server->clock_, server->random_, options));
  server->keeper_->OnLock({[raw = server.get()](bool and_answers) { raw->CutConnections(and_answers); },
                           [raw = server.get()] { raw->ScrubThreads(); }, ScrubThread});

  ASSIGN_OR_RETURN(const LockInfo lock, ReadLockInfo(*server->files_->office().keys));
  if (lock.kind == LockKind::kDevelopment) {
    const std::optional<IpAddress> address = IpAddress::Parse(config.address);
    if (!address.has_value() || !address->IsLoopback()) {
      return Status(Reason::kConfigInvalid,
                    "a vault with a development key file is served on loopback only; make a vault with a real lock "
                    "('strongroom init')");
    }
    ASSIGN_OR_RETURN(const SecretBytes key, ReadDevelopmentKey(config));
    RETURN_IF_ERROR(server->keeper_->Unlock(key));
  }
  server->unlock_status_ = server->UnlockByDevice(lock);

  // Only the vault's own: a configured file that is missing is a mistake, not a wish for another certificate.
  if (config.certificate_file.empty() && !std::filesystem::exists(config.CertificateFile())) {
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(config.CertificateFile()).parent_path(), error);
    RETURN_IF_ERROR(CreateSelfSignedCertificate(config.CertificateFile(), config.KeyFile(), {}));
  }
  ASSIGN_OR_RETURN(server->tls_, TlsContext::Create({config.CertificateFile(), config.KeyFile(), config.allow_tls12}));
  // While the vault is locked nobody is asked for a certificate.
  server->tls_->AskForClients([keeper = server->keeper_.get()]() -> std::shared_ptr<const Bytes> {
    const std::shared_ptr<OpenVault> vault = keeper->Current();
    return vault == nullptr ? nullptr : vault->devices().authority();
  });

  ApiOptions api;
  api.version = kVersion;
  api.stats = [raw = server.get()] { return raw->listener_ != nullptr ? raw->listener_->stats() : ListenerStats{}; };
  server->router_ = std::make_unique<Router>();
  server->authenticator_ = std::make_unique<ApiAuthenticator>(
      *server->keeper_, server->clock_, ApiAuthenticatorOptions{.requests_per_second = config.requests_per_second});
  RETURN_IF_ERROR(AddApiRoutes(*server->router_, *server->keeper_, std::move(api)));
  ListenerConfig listener = ListenerConfigOf(config);
  listener.tls = server->tls_;
  ASSIGN_OR_RETURN(server->listener_, Listener::Start(listener, *server->router_, *server->authenticator_));
  if (config.plaintext) {
    listener.tls = nullptr;
    listener.plaintext_on_loopback = true;
    listener.port = config.plaintext_port;
    ASSIGN_OR_RETURN(server->plaintext_, Listener::Start(listener, *server->router_, *server->authenticator_));
  }
  return server;
}

RunningServer::~RunningServer() { Stop(); }

// While the server stops there is nothing to cut, and its threads end: whoever asks then must not wait for that.
void RunningServer::CutConnections(bool and_answers) {
  const std::unique_lock lock(listeners_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  if (plaintext_) plaintext_->CutConnections(and_answers);
  if (listener_) listener_->CutConnections(and_answers);
}

void RunningServer::ScrubThreads() {
  ScrubThread();
  const std::unique_lock lock(listeners_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  if (plaintext_) plaintext_->RunOnEveryThread(ScrubThread, kScrubPatienceMillis);
  if (listener_) listener_->RunOnEveryThread(ScrubThread, kScrubPatienceMillis);
}

void RunningServer::Stop() {
  const std::lock_guard lock(listeners_mutex_);
  const int64_t patience_millis = int64_t{config_.shutdown_seconds} * 1000;
  if (keeper_) keeper_->LetGo();
  if (plaintext_) plaintext_->Stop(patience_millis);
  if (listener_) listener_->Stop(patience_millis);
  plaintext_.reset();
  listener_.reset();
  if (keeper_ && !keeper_->Close().ok()) {
    std::fputs("strongroom: requests would not end; stopping without them. What was acknowledged is on disk.\n",
               stderr);
    std::_Exit(1);
  }
}

}  // namespace strongroom
