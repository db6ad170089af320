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

timeval ToTimeval(int64_t millis) {
  return {static_cast<time_t>(millis / 1000), static_cast<suseconds_t>(millis % 1000 * 1000)};
}

bool ConnectWithin(int fd, const addrinfo& to, int64_t millis) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return false;
  if (connect(fd, to.ai_addr, to.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return false;
    pollfd waiting{fd, POLLOUT, 0};
    if (poll(&waiting, 1, static_cast<int>(millis)) != 1) {
      errno = ETIMEDOUT;
      return false;
    }
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return false;
    if (error != 0) {
      errno = error;
      return false;
    }
  }
  return fcntl(fd, F_SETFL, flags) == 0;
}

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

Result<std::unique_ptr<TlsSocket>> TlsSocket::Connect(const std::string& host, const std::string& port, bool tls,
                                                      const TlsTrust& trust, int64_t connect_millis,
                                                      int64_t io_millis) {
  std::unique_ptr<TlsSocket> made(new TlsSocket);
  RETURN_IF_ERROR(made->ConnectTcp(host, port, connect_millis, io_millis));
  if (tls) RETURN_IF_ERROR(made->StartTls(host, trust));
  return made;
}

Status TlsSocket::ConnectTcp(const std::string& host, const std::string& port, int64_t connect_millis,
                             int64_t io_millis) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return Unreachable("The name " + host + " cannot be resolved: " + gai_strerror(error) + ".");
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  int last_error = 0;
  for (const addrinfo* to = found; to != nullptr; to = to->ai_next) {
    fd_ = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC, to->ai_protocol);
    if (fd_ < 0) continue;
    if (ConnectWithin(fd_, *to, connect_millis)) break;
    last_error = errno;
    close(fd_);
    fd_ = -1;
  }
  if (fd_ < 0) {
    return Unreachable("Cannot connect to " + host + " port " + port + ": " + std::strerror(last_error) +
                       ". Is the server running there?");
  }
  const timeval timeout = ToTimeval(io_millis);
  const int one = 1;
  if (setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0 ||
      setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) != 0 ||
      setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0) {
    return Unreachable("The socket takes no time-outs.");
  }
  return Status::Ok();
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
  if (SSL_connect(ssl_) != 1) {
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
  const SigpipeBlocker no_sigpipe;
  while (!bytes.empty()) {
    ssize_t sent = 0;
    if (ssl_ != nullptr) {
      ERR_clear_error();
      sent = SSL_write(ssl_, bytes.data(), static_cast<int>(std::min<size_t>(bytes.size(), 1 << 30)));
    } else {
      sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    if (sent <= 0) {
      ERR_clear_error();
      return Unreachable("The connection broke while the request was sent.");
    }
    bytes.remove_prefix(sent);
  }
  return Status::Ok();
}

Result<size_t> TlsSocket::Read(char* data, size_t size) {
  const SigpipeBlocker no_sigpipe;
  ssize_t got = 0;
  if (ssl_ == nullptr) {
    got = recv(fd_, data, size, 0);
    if (got < 0) return Unreachable(errno == EAGAIN ? "The server did not answer in time." : "The connection broke.");
    return static_cast<size_t>(got);
  }
  ERR_clear_error();
  got = SSL_read(ssl_, data, static_cast<int>(std::min<size_t>(size, 1 << 30)));
  if (got > 0) return static_cast<size_t>(got);
  const int error = SSL_get_error(ssl_, static_cast<int>(got));
  ERR_clear_error();
  if (error == SSL_ERROR_ZERO_RETURN) return size_t{0};
  return Unreachable(error == SSL_ERROR_WANT_READ ? "The server did not answer in time." : "The connection broke.");
}

}  // namespace strongroom
