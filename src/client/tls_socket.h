// A TCP connection with time-outs, with or without TLS.  Calls wait; the socket beneath does not block, so that a peer
// who sends slowly, also within one TLS record, cannot hold a thread longer than the limits say.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/status.h"
#include "client/stop_signal.h"

struct addrinfo;
struct ssl_st;
struct ssl_ctx_st;

namespace strongroom {

struct TlsTrust {
  std::string ca_file;                  // PEM; empty: the system's authorities
  std::string pinned_certificate;       // PEM of the server's own certificate; names and dates are then not asked
  std::string client_certificate = {};  // PEM of the caller's own, shown to a server that asks; empty: none
  std::string client_key = {};          // PEM; of that certificate
};

struct SocketLimits {
  int64_t connect_millis = 10'000;   // for each address the name has
  int64_t io_millis = 60'000;        // without a byte in either direction
  int64_t total_millis = 0;          // from Connect() to the last byte, names' resolution aside; 0: no limit
  const StopSignal* stop = nullptr;  // ends every wait with kShuttingDown
};

// One thread at a time.
class TlsSocket {
 public:
  // kServerUnreachable, kServerUnproved, kFileUnreadable, kShuttingDown.
  static Result<std::unique_ptr<TlsSocket>> Connect(const std::string& host, const std::string& port, bool tls,
                                                    const TlsTrust& trust, const SocketLimits& limits);
  ~TlsSocket();
  TlsSocket(const TlsSocket&) = delete;
  TlsSocket& operator=(const TlsSocket&) = delete;

  // From here on TLS, on a connection that began without (SMTP's STARTTLS).  TLS 1.2 at least; the server must prove
  // to be `host`.  On failure the connection is of no more use.
  Status StartTls(const std::string& host, const TlsTrust& trust);
  bool is_tls() const { return ssl_ != nullptr; }

  Status WriteAll(ByteView bytes);
  // At least one byte, or zero at the end of the stream.
  Result<size_t> Read(char* data, size_t size);
  // No more will be written.
  void FinishWriting();
  // After FinishWriting(): reads past whatever comes.  Ok when the peer ends the stream too, or is still quiet after
  // `millis`; kServerUnreachable when the connection breaks: what was written may not have been taken.
  Status AwaitClose(int64_t millis);

 private:
  explicit TlsSocket(const SocketLimits& limits);
  Status ConnectTcp(const std::string& host, const std::string& port);
  bool ConnectTo(const addrinfo& to);
  Status Wait(short events, int64_t millis) const;  // NOLINT(google-runtime-int): poll's type
  Status WaitForSsl(int returned, const char* broken) const;
  const SocketLimits limits_;
  const int64_t begun_ms_;
  int fd_ = -1;
  ssl_st* ssl_ = nullptr;
  ssl_ctx_st* context_ = nullptr;
};

}  // namespace strongroom
