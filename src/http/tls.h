// TLS for the listener: OpenSSL contexts that are replaced without a restart, and a channel over a socket.
#pragma once

#include <sys/types.h>

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/status.h"

struct ssl_ctx_st;
struct ssl_st;

namespace strongroom {

struct TlsConfig {
  std::string certificate_file;  // PEM: the server's certificate, then its intermediates
  std::string key_file;          // PEM; not readable by others
  bool allow_tls12 = false;      // else TLS 1.3 alone; with 1.2: forward secret AEAD suites only
};

// Any thread.
class TlsContext {
 public:
  // kConfigInvalid says which file is wrong and why.
  static Result<std::shared_ptr<TlsContext>> Create(TlsConfig config);
  // Reads the files again.  New connections get the new certificate, living ones keep theirs; on failure all stays.
  Status Reload();

  // Whose certificates clients may show: one root's, DER; null while there is none.  Asked at each handshake, on an I/O
  // thread; must not wait.  Before the first connection.
  using AuthorityFn = std::function<std::shared_ptr<const Bytes>()>;
  void AskForClients(AuthorityFn authority) { authority_ = std::move(authority); }

  // A connection of the server's side, to be freed by the caller (SSL_free); null when there is no memory.  It asks for
  // a client's certificate, and does not require one, when there is an authority for them.
  ssl_st* NewConnection() const;

 private:
  struct ClientTrust;
  std::shared_ptr<const ClientTrust> TrustInForce() const;
  explicit TlsContext(TlsConfig config) : config_(std::move(config)) {}
  const TlsConfig config_;
  AuthorityFn authority_;
  mutable std::mutex mutex_;
  std::shared_ptr<ssl_ctx_st> context_;               // guarded by mutex_
  mutable std::shared_ptr<const ClientTrust> trust_;  // guarded by mutex_; of the authority asked last
};

enum class IoOutcome : uint8_t {
  kDone,    // some bytes moved
  kWait,    // the socket is not ready
  kClosed,  // the peer ended the stream
  kBroken,  // reset, or a fault in the protocol
};

struct IoResult {
  IoOutcome outcome = IoOutcome::kBroken;
  size_t size = 0;
};

// A non-blocking socket, with or without TLS.  Owns neither the descriptor nor thread safety.
//
// `drained` is set when a read found less than it asked for: an edge-triggered poller then waits for the next edge.
class Channel {
 public:
  Channel() = default;
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  void OpenPlain(int fd) { fd_ = fd; }
  Status OpenTls(int fd, const TlsContext& context);  // server side

  bool tls() const { return ssl_ != nullptr; }
  IoResult Handshake();
  // After the handshake: SHA-256 of the certificate the client showed and proved to hold the key of.  It chains to the
  // authority; whether it ran out is for whoever knows it to say.
  std::optional<std::array<uint8_t, 32>> ClientCertificate() const;
  IoResult Read(char* data, size_t size);
  IoResult Write(const char* data, size_t size);
  // True when bytes may be read although the socket is drained (TLS keeps decrypted ones).
  bool HasPending() const;
  void SendCloseNotify();

  int fd() const { return fd_; }
  bool drained() const { return drained_; }
  void set_drained(bool drained) { drained_ = drained; }
  // On the raw socket.
  IoResult RawRead(char* data, size_t size);
  IoResult RawWrite(const char* data, size_t size);

 private:
  IoResult FromSsl(int returned);
  int fd_ = -1;
  ssl_st* ssl_ = nullptr;
  bool drained_ = false;
};

}  // namespace strongroom
