// WebClient: one HTTPS request to a server that is no Strongroom: a webhook, a text gateway, an identity provider.
//
//     WebClient web({.ca_file = "", .total_millis = 10'000});
//     ASSIGN_OR_RETURN(WebAnswer answer, web.Send({.method = "GET", .url = "https://id.example/.well-known/..."}));
//
// TLS 1.2 or better, and the server must prove its name: there is no way to skip the check.  Plain http:// is for
// loopback addresses alone.  Redirects are not followed (a 3xx is an answer like any other), proxies of the environment
// are not asked, nothing is kept between requests: no connection, no cookie.  Every answer of the server is an answer,
// also 4xx and 5xx; a Status means that there was none.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/status.h"
#include "client/http_answer.h"
#include "client/stop_signal.h"

namespace strongroom {

struct WebClientConfig {
  std::string ca_file = {};  // PEM; empty: the system's authorities
  int64_t connect_millis = 10'000;
  int64_t io_millis = 10'000;     // without a byte in either direction
  int64_t total_millis = 30'000;  // of the whole request, the resolution of the name aside
  HttpAnswerLimits limits = {};
  const StopSignal* stop = nullptr;  // ends requests at once; outlives the client
};

struct WebRequest {
  std::string method = "GET";
  std::string url = {};
  WebHeaders headers = {};  // beside Host, Connection, Content-Length and User-Agent, which are set here
  Bytes body = {};
  bool wants_body = true;  // false: the answer's status and headers are enough, and its body is not waited for
};

// Any thread; virtual for those who test against a made-up server.
class WebClient {
 public:
  explicit WebClient(WebClientConfig config) : config_(std::move(config)) {}
  virtual ~WebClient() = default;
  // kInvalidArgument: the URL, a header or the method cannot be sent.  kServerUnreachable: no connection, it broke, it
  // took too long, or the answer is no HTTP or too large; the server may have got the request.  kServerUnproved: the
  // certificate.  kShuttingDown: `stop` was set.  Messages name the host, never path, headers or bodies.
  virtual Result<WebAnswer> Send(const WebRequest& request) const;

 private:
  const WebClientConfig config_;
};

}  // namespace strongroom
