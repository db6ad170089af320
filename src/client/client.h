// A small synchronous HTTP/1.1 client of a Strongroom server: what the command line talks through.
//
//     ASSIGN_OR_RETURN(auto client, Client::Create({.base_url = "https://vault.example:8443", .ca_file = "ca.pem"}));
//     client->SetApiKey(key);
//     ASSIGN_OR_RETURN(ClientResponse response, client->Call("GET", "/v1/customers/" + code));
//
// TLS 1.3, or 1.2 when the server has no more.  The server is known either by a certificate authority's file, by the
// system's authorities, or by one pinned certificate; there is no way to skip the check.  Plain http:// is refused
// unless the host is a loopback address.  One connection, kept alive and reopened when the server has closed it; a
// request that may have reached the server is repeated only if it is safe (GET, HEAD) or carries an Idempotency-Key.
// One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"

namespace strongroom {

struct ClientConfig {
  std::string base_url = {};            // "https://host[:port]"; nothing behind the port
  std::string ca_file = {};             // PEM; empty: the system's authorities
  std::string pinned_certificate = {};  // PEM file of the server's own certificate; names and dates are then not asked
  std::string client_certificate = {};  // PEM file of the caller's own, shown to a server that asks; empty: none
  std::string client_key = {};          // PEM file
  int64_t connect_millis = 10'000;
  int64_t io_millis = 60'000;  // without a byte in either direction
  size_t max_body_bytes = 256u << 20;
};

using ClientHeaders = std::vector<std::pair<std::string, std::string>>;

struct ClientResponse {
  int status = 0;
  ClientHeaders headers;  // names in lower case
  Bytes body;
  // Empty when absent.  `name` in lower case.
  std::string_view Header(std::string_view name) const;
};

class Client {
 public:
  static Result<std::unique_ptr<Client>> Create(ClientConfig config);  // does not connect yet
  virtual ~Client() = default;

  // Sent as "Authorization: Bearer"; kept in a wiped string.  Empty: none.
  virtual void SetApiKey(std::string_view key) = 0;

  // Answers of 2xx and 3xx.  A problem answer comes back as the Status it was made of, with the server's detail as its
  // message.  kServerUnreachable: no connection, or it broke; kServerUnproved: the certificate; kInternal: the answer
  // is not one of a Strongroom server.
  virtual Result<ClientResponse> Call(std::string_view method, std::string_view path, const ClientHeaders& headers = {},
                                      ByteView body = {}) = 0;

  // The same, with the body written to `fd` as it comes; ClientResponse::body stays empty.  Progress, if given, is
  // told the bytes so far.  On failure part of the body may have been written.
  virtual Result<ClientResponse> Download(std::string_view method, std::string_view path, const ClientHeaders& headers,
                                          ByteView body, int fd, void (*progress)(uint64_t bytes) = nullptr) = 0;
};

}  // namespace strongroom
