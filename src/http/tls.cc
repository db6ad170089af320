#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace strongroom {
namespace {

std::string OpenSslError() {
  const unsigned long code = ERR_peek_last_error();  // NOLINT(google-runtime-int): OpenSSL's type
  const char* text = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string message = text == nullptr ? "no further detail" : text;
  ERR_clear_error();
  return message;
}

Status Unusable(const std::string& what, const std::string& file) {
  return Status(Reason::kConfigInvalid, what + " " + file + " cannot be used: " + OpenSslError() + ".");
}

// Dates are left to the register of devices, which goes by the vault's clock and can tell the person what to do; all
// else that is wrong with a chain ends the handshake.
int AcceptButForDates(int verified, X509_STORE_CTX* context) {
  if (verified == 1) return 1;
  const int error = X509_STORE_CTX_get_error(context);
  if (error != X509_V_ERR_CERT_HAS_EXPIRED && error != X509_V_ERR_CERT_NOT_YET_VALID) return 0;
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
}

int ChooseHttp11(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                 void*) {
  static constexpr unsigned char kProtocols[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kProtocols, sizeof kProtocols, in, in_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

// A BIO over Channel's socket: OpenSSL's own would raise SIGPIPE and would not say when the socket is drained.
int BioRead(BIO* bio, char* data, int size) {
  auto* channel = static_cast<Channel*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const IoResult result = channel->RawRead(data, static_cast<size_t>(size));
  if (result.outcome == IoOutcome::kDone) return static_cast<int>(result.size);
  if (result.outcome == IoOutcome::kWait) BIO_set_retry_read(bio);
  return result.outcome == IoOutcome::kClosed ? 0 : -1;
}

int BioWrite(BIO* bio, const char* data, int size) {
  auto* channel = static_cast<Channel*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const IoResult result = channel->RawWrite(data, static_cast<size_t>(size));
  if (result.outcome == IoOutcome::kDone) return static_cast<int>(result.size);
  if (result.outcome == IoOutcome::kWait) BIO_set_retry_write(bio);
  return -1;
}

long BioControl(BIO*, int command, long, void*) {  // NOLINT(google-runtime-int): OpenSSL's type
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* ChannelBio() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "channel");
    if (made == nullptr || BIO_meth_set_read(made, BioRead) != 1 || BIO_meth_set_write(made, BioWrite) != 1 ||
        BIO_meth_set_ctrl(made, BioControl) != 1) {
      std::abort();
    }
    return made;
  }();
  return method;
}

Status CheckKeyMode(const std::string& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) {
    return Status(Reason::kConfigInvalid, "The key file " + file + " cannot be read: " + std::strerror(errno) + ".");
  }
  if ((info.st_mode & S_IRWXO) != 0) {
    return Status(Reason::kConfigInvalid, "The key file " + file + " is open to every user; make it 0600 or 0640.");
  }
  return Status::Ok();
}

Result<std::shared_ptr<SSL_CTX>> Load(const TlsConfig& config) {
  RETURN_IF_ERROR(CheckKeyMode(config.key_file));
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return Status(Reason::kInternal, "no TLS context: " + OpenSslError());
  SSL_CTX* ctx = context.get();
  const int oldest = config.allow_tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
  if (SSL_CTX_set_min_proto_version(ctx, oldest) != 1 ||
      SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) {
    return Status(Reason::kInternal, "TLS versions or suites refused: " + OpenSslError());
  }
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_CLEANSE_PLAINTEXT | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Sessions that are resumed bring the client's certificate along: only to whoever asks for one, under this name.
  static constexpr unsigned char kSessionsOf[] = "strongroom";
  if (SSL_CTX_set_session_id_context(ctx, kSessionsOf, sizeof kSessionsOf - 1) != 1) {
    return Status(Reason::kInternal, "TLS sessions cannot be named: " + OpenSslError());
  }
  SSL_CTX_set_read_ahead(ctx, 1);  // one recv() per record, not two
  SSL_CTX_set_alpn_select_cb(ctx, ChooseHttp11, nullptr);
  if (SSL_CTX_use_certificate_chain_file(ctx, config.certificate_file.c_str()) != 1) {
    return Unusable("The certificate file", config.certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(ctx, config.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return Unusable("The key file", config.key_file);
  }
  if (SSL_CTX_check_private_key(ctx) != 1)
    return Unusable("The certificate and key do not belong together:", config.key_file);
  return context;
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::Create(TlsConfig config) {
  std::shared_ptr<TlsContext> context(new TlsContext(std::move(config)));
  RETURN_IF_ERROR(context->Reload());
  return context;
}

Status TlsContext::Reload() {
  ASSIGN_OR_RETURN(std::shared_ptr<SSL_CTX> fresh, Load(config_));
  std::lock_guard lock(mutex_);
  context_ = std::move(fresh);
  return Status::Ok();
}

// What connections are told of the authority; made once for each.
struct TlsContext::ClientTrust {
  explicit ClientTrust(std::shared_ptr<const Bytes> of) : authority(std::move(of)) {}
  ~ClientTrust() {
    X509_STORE_free(store);
    X509_free(root);
  }
  ClientTrust(const ClientTrust&) = delete;
  ClientTrust& operator=(const ClientTrust&) = delete;

  bool Load() {
    const auto* at = reinterpret_cast<const unsigned char*>(authority->data());
    root = d2i_X509(nullptr, &at, static_cast<long>(authority->size()));  // NOLINT(google-runtime-int): OpenSSL's
    store = X509_STORE_new();
    return root != nullptr && store != nullptr && X509_STORE_add_cert(store, root) == 1;
  }
  // Browsers offer a certificate only when its issuer is in the list, and so do not bother people who have none.
  bool ApplyTo(SSL* ssl) const {
    if (SSL_set1_verify_cert_store(ssl, store) != 1 || SSL_add_client_CA(ssl, root) != 1) return false;
    SSL_set_verify(ssl, SSL_VERIFY_PEER, AcceptButForDates);
    SSL_set_verify_depth(ssl, 1);
    return true;
  }

  const std::shared_ptr<const Bytes> authority;
  X509* root = nullptr;
  X509_STORE* store = nullptr;
};

std::shared_ptr<const TlsContext::ClientTrust> TlsContext::TrustInForce() const {
  const std::shared_ptr<const Bytes> authority = authority_ ? authority_() : nullptr;
  if (authority == nullptr) return nullptr;
  const std::lock_guard lock(mutex_);
  if (trust_ != nullptr && (trust_->authority == authority || *trust_->authority == *authority)) return trust_;
  const auto fresh = std::make_shared<ClientTrust>(authority);
  if (!fresh->Load()) return nullptr;  // nobody is known by a certificate then
  trust_ = fresh;
  return trust_;
}

ssl_st* TlsContext::NewConnection() const {
  const std::shared_ptr<const ClientTrust> trust = TrustInForce();
  SSL* ssl = nullptr;
  {
    const std::lock_guard lock(mutex_);
    ssl = SSL_new(context_.get());  // takes a reference of its own
  }
  if (ssl != nullptr && trust != nullptr && !trust->ApplyTo(ssl)) {
    SSL_free(ssl);
    return nullptr;
  }
  return ssl;
}

Channel::~Channel() {
  if (ssl_ != nullptr) SSL_free(ssl_);
}

Status Channel::OpenTls(int fd, const TlsContext& context) {
  fd_ = fd;
  ssl_ = context.NewConnection();
  BIO* bio = ssl_ == nullptr ? nullptr : BIO_new(ChannelBio());
  if (bio == nullptr) return Status(Reason::kInternal, "no TLS connection: " + OpenSslError());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_accept_state(ssl_);
  return Status::Ok();
}

IoResult Channel::FromSsl(int returned) {
  if (returned > 0) return {IoOutcome::kDone, static_cast<size_t>(returned)};
  const int error = SSL_get_error(ssl_, returned);
  ERR_clear_error();
  switch (error) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return {IoOutcome::kWait};
    case SSL_ERROR_ZERO_RETURN:
      return {IoOutcome::kClosed};
    default:
      return {IoOutcome::kBroken};
  }
}

// OpenSSL asks for an empty error queue before each call (SSL_get_error(3)); handlers on this thread may have left one.
IoResult Channel::Handshake() {
  ERR_clear_error();
  return FromSsl(SSL_do_handshake(ssl_));
}

std::optional<std::array<uint8_t, 32>> Channel::ClientCertificate() const {
  if (ssl_ == nullptr || SSL_get_verify_mode(ssl_) == SSL_VERIFY_NONE) return std::nullopt;
  const X509* shown = SSL_get0_peer_certificate(ssl_);
  if (shown == nullptr || SSL_get_verify_result(ssl_) != X509_V_OK) return std::nullopt;
  std::array<uint8_t, 32> digest{};
  unsigned size = 0;
  const bool made = X509_digest(shown, EVP_sha256(), digest.data(), &size) == 1 && size == digest.size();
  ERR_clear_error();
  if (!made) return std::nullopt;
  return digest;
}

IoResult Channel::Read(char* data, size_t size) {
  if (ssl_ == nullptr) return RawRead(data, size);
  ERR_clear_error();
  return FromSsl(SSL_read(ssl_, data, static_cast<int>(std::min<size_t>(size, 1 << 30))));
}

IoResult Channel::Write(const char* data, size_t size) {
  if (ssl_ == nullptr) return RawWrite(data, size);
  ERR_clear_error();
  return FromSsl(SSL_write(ssl_, data, static_cast<int>(std::min<size_t>(size, 1 << 30))));
}

bool Channel::HasPending() const { return ssl_ != nullptr && SSL_has_pending(ssl_) == 1; }

void Channel::SendCloseNotify() {
  // Best effort: the peer may be gone, and nothing depends on its hearing this.
  if (ssl_ != nullptr && SSL_is_init_finished(ssl_)) SSL_shutdown(ssl_);
  ERR_clear_error();
}

IoResult Channel::RawRead(char* data, size_t size) {
  while (true) {
    const ssize_t got = recv(fd_, data, size, MSG_DONTWAIT);
    if (got > 0) {
      if (static_cast<size_t>(got) < size) drained_ = true;
      return {IoOutcome::kDone, static_cast<size_t>(got)};
    }
    if (got == 0) return {IoOutcome::kClosed};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      drained_ = true;
      return {IoOutcome::kWait};
    }
    return {IoOutcome::kBroken};
  }
}

IoResult Channel::RawWrite(const char* data, size_t size) {
  while (true) {
    const ssize_t sent = send(fd_, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return {IoOutcome::kDone, static_cast<size_t>(sent)};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoOutcome::kWait};
    return {IoOutcome::kBroken};
  }
}

}  // namespace strongroom
