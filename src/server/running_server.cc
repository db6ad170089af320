#include "server/running_server.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/encoding.h"
#include "crypto/heap/wiping_heap.h"
#include "http/certificate.h"
#include "server/version.h"

namespace strongroom {
namespace {

Status FileError(const std::string& what, const std::string& path) {
  return Status(Reason::kFileUnreadable, what + " " + path + ": " + std::strerror(errno));
}

// Closes on every way out.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

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

Status WritePrivateFile(const std::string& path, ByteView text) {
  const std::string temporary = path + ".new";
  const Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (file.get() < 0) return FileError("cannot write", temporary);
  if (fchmod(file.get(), 0600) != 0) return FileError("cannot make private", temporary);
  for (size_t written = 0; written < text.size();) {
    const ssize_t count = write(file.get(), text.data() + written, text.size() - written);
    if (count < 0 && errno != EINTR) return FileError("cannot write", temporary);
    if (count > 0) written += static_cast<size_t>(count);
  }
  if (fsync(file.get()) != 0) return FileError("cannot flush", temporary);
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return FileError("cannot replace", path);
  const Descriptor directory(open(std::filesystem::path(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || fsync(directory.get()) != 0) return FileError("cannot flush the directory of", path);
  return Status::Ok();
}

Result<Bytes> ReadWholeFile(const std::string& path, size_t max_bytes) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return FileError("cannot read", path);
  Bytes text;
  char buffer[64 * 1024];
  while (true) {
    const ssize_t count = read(file.get(), buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError("cannot read", path);
    if (count == 0) return text;
    text.append(buffer, static_cast<size_t>(count));
    if (text.size() > max_bytes) return Status(Reason::kFileUnreadable, path + " is larger than " + std::to_string(max_bytes) + " bytes");
  }
}

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
  const Status written = WritePrivateFile(DevelopmentKeyFile(config), hex);
  WipeString(hex);
  if (!written.ok()) return written;
  return key;
}

Result<std::unique_ptr<RunningServer>> RunningServer::Start(const ServerConfig& config, const HouseOptions& options) {
  std::unique_ptr<RunningServer> server(new RunningServer(config));
  ASSIGN_OR_RETURN(server->files_, VaultFiles::Open(config, false));
  ASSIGN_OR_RETURN(server->keeper_, Keeper::Create(config, *server->files_, server->clock_, server->random_, options));
  server->keeper_->OnLocked([] { ScrubStack(); });

  ASSIGN_OR_RETURN(const LockInfo lock, ReadLockInfo(*server->files_->office().keys));
  if (lock.kind == LockKind::kDevelopment) {
    const std::optional<IpAddress> address = IpAddress::Parse(config.address);
    if (!address.has_value() || !address->IsLoopback()) {
      return Status(Reason::kConfigInvalid, "a vault with a development key file is served on loopback only; make a vault with a real lock ('strongroom init')");
    }
    ASSIGN_OR_RETURN(const SecretBytes key, ReadDevelopmentKey(config));
    RETURN_IF_ERROR(server->keeper_->Unlock(key));
  }

  if (!std::filesystem::exists(config.CertificateFile())) {
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(config.CertificateFile()).parent_path(), error);
    RETURN_IF_ERROR(CreateSelfSignedCertificate(config.CertificateFile(), config.KeyFile(), {}));
  }
  ASSIGN_OR_RETURN(server->tls_, TlsContext::Create({config.CertificateFile(), config.KeyFile(), config.allow_tls12}));

  ApiOptions api;
  api.version = kVersion;
  api.stats = [raw = server.get()] { return raw->listener_ != nullptr ? raw->listener_->stats() : ListenerStats{}; };
  server->router_ = std::make_unique<Router>();
  server->authenticator_ = std::make_unique<ApiAuthenticator>(*server->keeper_, server->clock_);
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

void RunningServer::Stop() {
  const int64_t patience_millis = int64_t{config_.shutdown_seconds} * 1000;
  if (plaintext_) plaintext_->Stop(patience_millis);
  if (listener_) listener_->Stop(patience_millis);
  plaintext_.reset();
  listener_.reset();
  if (keeper_) keeper_->Close().IgnoreError();  // the process ends either way; what was acknowledged is on disk
}

}  // namespace strongroom
