#include "client/tls_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"

namespace strongroom {
namespace {

Status Unreachable(const std::string& what) { return Status(Reason::kServerUnreachable, what); }
Status Unproved(const std::string& what) { return Status(Reason::kServerUnproved, what); }

std::string OpenSslError() {
  const unsigned long code = ERR_peek_last_error();  // NOLINT(google-runtime-int): OpenSSL's type
  const char* text = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string message = text == nullptr ? "no further detail" : text;
  ERR_clear_error();
  return message;
}

bool IsAddress(const std::string& host) {
  unsigned char buffer[16];
  return inet_pton(AF_INET, host.c_str(), buffer) == 1 || inet_pton(AF_INET6, host.c_str(), buffer) == 1;
}

// OpenSSL writes to the socket with write(), which would end the program when the server has gone.
class SigpipeBlocker {
 public:
  SigpipeBlocker() {
    sigset_t pipe_only;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before_);
  }
  ~SigpipeBlocker() {
    if (sigismember(&before_, SIGPIPE) == 1) return;
    sigset_t pipe_only;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    const timespec now{};
    while (sigtimedwait(&pipe_only, nullptr, &now) == SIGPIPE) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t before_{};
};

// The pinned certificate and the one shown must be the same, byte for byte.
Status ComparePin(SSL* ssl, const std::string& file) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_file(file.c_str(), "r"), BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> pinned(
      bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr, X509_free);
  if (!pinned)
    return Status(Reason::kFileUnreadable, "The file " + file + " holds no certificate: " + OpenSslError() + ".");
  const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(ssl), X509_free);
  if (!shown || X509_cmp(pinned.get(), shown.get()) != 0) {
    return Unproved("The server shows another certificate than the one in " + file +
                    ". If its operator has renewed it, get the new one from them.");
  }
  return Status::Ok();
}

}  // namespace

TlsSocket::TlsSocket(const SocketLimits& limits) : limits_(limits), begun_ms_(SystemClock().MonotonicMillis()) {}

Result<std::unique_ptr<TlsSocket>> TlsSocket::Connect(const std::string& host, const std::string& port, bool tls,
                                                      const TlsTrust& trust, const SocketLimits& limits) {
  std::unique_ptr<TlsSocket> made(new TlsSocket(limits));
  RETURN_IF_ERROR(made->ConnectTcp(host, port));
  if (tls) RETURN_IF_ERROR(made->StartTls(host, trust));
  return made;
}

// Until the socket is ready, for `millis` at most and never beyond the limit of the whole.
Status TlsSocket::Wait(short events, int64_t millis) const {  // NOLINT(google-runtime-int): poll's type
  const SystemClock clock;
  const int64_t now = clock.MonotonicMillis();
  int64_t until = now + millis;
  if (limits_.total_millis > 0) until = std::min(until, begun_ms_ + limits_.total_millis);
  while (true) {
    const int64_t left = until - clock.MonotonicMillis();
    if (limits_.stop != nullptr && limits_.stop->IsSet()) return Status(Reason::kShuttingDown);
    if (left <= 0) return Unreachable("The server did not answer in time.");
    pollfd waiting[2] = {{fd_, events, 0}, {limits_.stop == nullptr ? -1 : limits_.stop->fd(), POLLIN, 0}};
    const int ready = poll(waiting, 2, static_cast<int>(std::min<int64_t>(left, INT32_MAX)));
    if (ready < 0 && errno != EINTR) return Unreachable("The connection broke.");
    if (ready > 0 && waiting[0].revents != 0 && waiting[1].revents == 0) return Status::Ok();
  }
}

// errno says why not.
bool TlsSocket::ConnectTo(const addrinfo& to) {
  if (connect(fd_, to.ai_addr, to.ai_addrlen) == 0) return true;
  if (errno != EINPROGRESS) return false;
  if (const Status ready = Wait(POLLOUT, limits_.connect_millis); !ready.ok()) {
    errno = ready.reason() == Reason::kShuttingDown ? ECANCELED : ETIMEDOUT;
    return false;
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return false;
  errno = error;
  return error == 0;
}

Status TlsSocket::ConnectTcp(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  // "localhost" is this machine whatever a resolver says, and where there is none (RFC 6761 section 6.3).
  const char* const node = host == "localhost" ? nullptr : host.c_str();
  if (const int error = getaddrinfo(node, port.c_str(), &hints, &found); error != 0) {
    return Unreachable("The name " + host + " cannot be resolved: " + gai_strerror(error) + ".");
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  int last_error = 0;
  for (const addrinfo* to = found; to != nullptr; to = to->ai_next) {
    fd_ = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->ai_protocol);
    if (fd_ < 0) continue;
    if (ConnectTo(*to)) break;
    last_error = errno;
    close(fd_);
    fd_ = -1;
  }
  if (limits_.stop != nullptr && limits_.stop->IsSet()) return Status(Reason::kShuttingDown);
  if (fd_ < 0) {
    return Unreachable("Cannot connect to " + host + " port " + port + ": " + std::strerror(last_error) +
                       ". Is the server running there?");
  }
  const int one = 1;
  if (setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0) return Unreachable("The socket is of no use.");
  return Status::Ok();
}

// After an OpenSSL call that did not finish: Ok when it is to be called again.
Status TlsSocket::WaitForSsl(int returned, const char* broken) const {
  const int error = SSL_get_error(ssl_, returned);
  if (error == SSL_ERROR_WANT_READ) return Wait(POLLIN, limits_.io_millis);
  if (error == SSL_ERROR_WANT_WRITE) return Wait(POLLOUT, limits_.io_millis);
  return Unreachable(broken);
}

Status TlsSocket::StartTls(const std::string& host, const TlsTrust& trust) {
  const SigpipeBlocker no_sigpipe;
  ERR_clear_error();
  context_ = SSL_CTX_new(TLS_client_method());
  if (context_ == nullptr || SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION) != 1) {
    return Unproved("TLS cannot be set up: " + OpenSslError() + ".");
  }
  const bool is_pinned = !trust.pinned_certificate.empty();
  if (!is_pinned) {
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    if (trust.ca_file.empty()) {
      if (SSL_CTX_set_default_verify_paths(context_) != 1)
        return Unproved("The system has no certificate authorities.");
    } else if (SSL_CTX_load_verify_locations(context_, trust.ca_file.c_str(), nullptr) != 1) {
      return Status(Reason::kFileUnreadable,
                    "The file " + trust.ca_file + " cannot be read as certificates: " + OpenSslError() + ".");
    }
  }
  if (!trust.client_certificate.empty() &&
      (SSL_CTX_use_certificate_chain_file(context_, trust.client_certificate.c_str()) != 1 ||
       SSL_CTX_use_PrivateKey_file(context_, trust.client_key.c_str(), SSL_FILETYPE_PEM) != 1 ||
       SSL_CTX_check_private_key(context_) != 1)) {
    return Status(Reason::kFileUnreadable, "The certificate " + trust.client_certificate + " and the key " +
                                               trust.client_key + " cannot be used: " + OpenSslError() + ".");
  }
  ssl_ = SSL_new(context_);
  if (ssl_ == nullptr || SSL_set_fd(ssl_, fd_) != 1) return Unproved("TLS cannot be set up: " + OpenSslError() + ".");
  if (IsAddress(host)) {
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host.c_str()) != 1)
      return Unproved("The host is no address.");
  } else if (SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str())) !=
                 1 ||
             SSL_set1_host(ssl_, host.c_str()) != 1) {
    return Unproved("The host name cannot be used with TLS.");
  }
  SSL_set_mode(ssl_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  for (int done = SSL_connect(ssl_); done != 1; done = SSL_connect(ssl_)) {
    const int error = SSL_get_error(ssl_, done);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
      RETURN_IF_ERROR(WaitForSsl(done, ""));
      continue;
    }
    const long verdict = SSL_get_verify_result(ssl_);  // NOLINT(google-runtime-int): OpenSSL's type
    const std::string why = verdict != X509_V_OK ? X509_verify_cert_error_string(verdict) : OpenSslError();
    ERR_clear_error();
    return Unproved("The server " + host + " could not prove who it is, or speaks no TLS: " + why + ".");
  }
  return is_pinned ? ComparePin(ssl_, trust.pinned_certificate) : Status::Ok();
}

TlsSocket::~TlsSocket() {
  const SigpipeBlocker no_sigpipe;
  if (ssl_ != nullptr) {
    SSL_shutdown(ssl_);  // best effort
    SSL_free(ssl_);
  }
  if (context_ != nullptr) SSL_CTX_free(context_);
  ERR_clear_error();
  if (fd_ >= 0) close(fd_);
}

Status TlsSocket::WriteAll(ByteView bytes) {
  constexpr char kBroke[] = "The connection broke while the request was sent.";
  const SigpipeBlocker no_sigpipe;
  while (!bytes.empty()) {
    ssize_t sent = 0;
    if (ssl_ != nullptr) {
      ERR_clear_error();
      sent = SSL_write(ssl_, bytes.data(), static_cast<int>(std::min<size_t>(bytes.size(), 1 << 30)));
      if (sent <= 0) RETURN_IF_ERROR(WaitForSsl(static_cast<int>(sent), kBroke));
    } else {
      sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) return Unreachable(kBroke);
      if (sent < 0) RETURN_IF_ERROR(Wait(POLLOUT, limits_.io_millis));
    }
    if (sent > 0) bytes.remove_prefix(sent);
  }
  return Status::Ok();
}

Result<size_t> TlsSocket::Read(char* data, size_t size) {
  constexpr char kBroke[] = "The connection broke.";
  const SigpipeBlocker no_sigpipe;
  while (true) {
    if (ssl_ == nullptr) {
      const ssize_t got = recv(fd_, data, size, 0);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EAGAIN && errno != EINTR) return Unreachable(kBroke);
      RETURN_IF_ERROR(Wait(POLLIN, limits_.io_millis));
      continue;
    }
    ERR_clear_error();
    const int got = SSL_read(ssl_, data, static_cast<int>(std::min<size_t>(size, 1 << 30)));
    if (got > 0) return static_cast<size_t>(got);
    if (SSL_get_error(ssl_, got) == SSL_ERROR_ZERO_RETURN) return size_t{0};
    RETURN_IF_ERROR(WaitForSsl(got, kBroke));
  }
}

void TlsSocket::FinishWriting() {
  const SigpipeBlocker no_sigpipe;
  if (ssl_ != nullptr) {
    SSL_shutdown(ssl_);  // best effort
    ERR_clear_error();
  }
  shutdown(fd_, SHUT_WR);
}

// Below TLS: what the peer says now is of no interest, how it ends is.
Status TlsSocket::AwaitClose(int64_t millis) {
  const int64_t until = SystemClock().MonotonicMillis() + millis;
  char ignored[1024];
  while (true) {
    const Status ready = Wait(POLLIN, std::max<int64_t>(until - SystemClock().MonotonicMillis(), 0));
    if (!ready.ok()) return ready.reason() == Reason::kShuttingDown ? ready : Status::Ok();
    const ssize_t got = recv(fd_, ignored, sizeof ignored, 0);
    if (got == 0) return Status::Ok();
    if (got < 0 && errno != EAGAIN && errno != EINTR) return Unreachable("The connection broke.");
  }
}

}  // namespace strongroom
