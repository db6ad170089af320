// A blocking TCP connection with time-outs, with or without TLS.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/status.h"

struct ssl_st;
struct ssl_ctx_st;

namespace strongroom {

struct TlsTrust {
  std::string ca_file;
  std::string pinned_certificate;
};

class TlsSocket {
 public:
  // kServerUnreachable, kServerUnproved, kFileUnreadable.
  static Result<std::unique_ptr<TlsSocket>> Connect(const std::string& host, const std::string& port, bool tls,
                                                    const TlsTrust& trust, int64_t connect_millis, int64_t io_millis);
  ~TlsSocket();
  TlsSocket(const TlsSocket&) = delete;
  TlsSocket& operator=(const TlsSocket&) = delete;

  Status WriteAll(ByteView bytes);
  // At least one byte, or zero at the end of the stream.
  Result<size_t> Read(char* data, size_t size);

 private:
  TlsSocket() = default;
  Status ConnectTcp(const std::string& host, const std::string& port, int64_t connect_millis, int64_t io_millis);
  Status StartTls(const std::string& host, const TlsTrust& trust);
  int fd_ = -1;
  ssl_st* ssl_ = nullptr;
  ssl_ctx_st* context_ = nullptr;
};

}  // namespace strongroom
