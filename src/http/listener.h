// The listener: accepts connections, takes each request its way (request_way.cc), shuts down in order.
//
//     Router router;
//     RETURN_IF_ERROR(router.Add("GET", "/healthz", {.lane = Lane::kInline, .is_public = true}, Health));
//     ASSIGN_OR_RETURN(auto listener, Listener::Start(config, router, authenticator));
//     ...
//     listener->Stop(10'000);
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "http/exchange.h"
#include "http/router.h"
#include "http/tls.h"
#include "policy/principal.h"

namespace strongroom {

struct ListenerConfig {
  std::string address = "127.0.0.1";  // IPv4 or IPv6
  uint16_t port = 0;                  // 0: any free one
  std::shared_ptr<TlsContext> tls;    // null: plain HTTP, refused unless on loopback and asked for:
  bool plaintext_on_loopback = false;

  int io_threads = 2;
  int worker_threads = 48;
  size_t worker_queue = 1024;  // requests waiting for a worker; beyond: 503

  size_t max_connections = 10'000;
  size_t max_header_bytes = 16u << 10;
  size_t max_body_bytes = 16u << 20;         // a route may say otherwise
  size_t max_body_bytes_total = 512u << 20;  // of all requests in flight; beyond: 503
  int64_t handshake_millis = 10'000;
  int64_t header_millis = 10'000;  // from the first byte of a request to the end of its header
  int64_t idle_millis = 75'000;    // between requests
  int64_t body_millis = 30'000;    // plus one second per min_bytes_per_second received
  int64_t write_millis = 30'000;   // likewise for the answer
  size_t min_bytes_per_second = 16u << 10;

  std::vector<IpNetwork> trusted_proxies;  // whose X-Forwarded-For is believed
};

struct ListenerStats {
  uint64_t accepted = 0;             // connections
  uint64_t open = 0;                 // connections now
  uint64_t refused_connections = 0;  // over max_connections
  uint64_t requests = 0;             // answered, of any status
  uint64_t client_errors = 0;        // of these, 4xx
  uint64_t server_errors = 0;        // of these, 5xx
  uint64_t timeouts = 0;
};

class Listener {
 public:
  // `router` and `authenticator` must outlive the listener.  kConfigInvalid.
  static Result<std::unique_ptr<Listener>> Start(const ListenerConfig& config, const Router& router,
                                                 Authenticator& authenticator);
  virtual ~Listener() = default;  // stops, with no patience

  virtual uint16_t port() const = 0;
  virtual ListenerStats stats() const = 0;
  // Ends every connection that waits for its peer: idle ones, and requests that are not complete.  Those in a handler
  // end once they are answered; answers under way go out, unless `and_answers`.  What these connections held of
  // requests and answers is overwritten.  New ones are still accepted.  Any thread but this listener's own.
  virtual void CutConnections(bool and_answers) = 0;
  // Runs `task` on every I/O thread and worker thread between two requests, and waits for that at most this long; a
  // thread that is busy longer runs it afterwards.  Any thread but this listener's own.
  virtual void RunOnEveryThread(std::function<void()> task, int64_t patience_millis) = 0;
  // Accepts nothing more, lets requests in flight finish for up to this long, closes.  What a handler answers after
  // that is dropped.  Any thread but a handler's.
  virtual void Stop(int64_t deadline_millis) = 0;
};

}  // namespace strongroom
