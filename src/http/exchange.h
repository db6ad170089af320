// One request and its answer, as handlers see them.
//
//     void GetCustomer(Exchange& exchange) {
//       const Request& request = exchange.request();
//       Result<Bytes> json = service.Get(exchange.caller(), request.Param("code"));
//       if (!json.ok()) return exchange.Respond(json.status());
//       exchange.Respond(Response::Json(std::move(*json)));
//     }
//
// A handler gets an Exchange that stays valid until it is answered, exactly once, from any thread, during the call or
// later.  Nothing of the exchange (views of the request included) may be touched after Respond().  A handler that
// throws is answered for, unless it has answered or passed the exchange on with ContinueOnWorker().
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "policy/principal.h"

namespace strongroom {

struct NameValue {
  std::string_view name;
  std::string_view value;
};

// What is known once the header has arrived.  Views live as long as the exchange.
class RequestHead {
 public:
  std::string_view method() const { return method_; }
  std::string_view path() const { return path_; }      // as sent, without the query
  std::string_view target() const { return target_; }  // the path and the query, as sent
  // A header by name, in any case; empty when absent.  Authorization, Host, Content-Type, Idempotency-Key, If-Match
  // and the like occur at most once: a request that repeats them was refused.
  std::string_view Header(std::string_view name) const;
  const std::vector<NameValue>& headers() const { return headers_; }
  // A parameter of the route's pattern ("/v1/customers/{code}"), percent-decoded; empty when the pattern has none.
  std::string_view Param(std::string_view name) const;
  // A parameter of the query, percent-decoded; a query that repeats a name was refused.
  std::optional<std::string_view> Query(std::string_view name) const;
  const std::vector<NameValue>& query() const { return query_; }
  // kInvalidArgument when the query names anything else.
  Status RefuseUnknownQuery(std::initializer_list<std::string_view> known) const;
  // Who is at the other end: behind trusted proxies, the address they vouch for (client_address.h).
  const IpAddress& address() const { return address_; }
  bool tls() const { return tls_; }
  // SHA-256 of the certificate that the connection's client showed, verified at the handshake (tls.h).  Headers say
  // nothing about it, whoever sends them: behind a proxy that ends TLS there is none.
  const std::optional<std::array<uint8_t, 32>>& client_certificate() const { return client_certificate_; }
  uint64_t request_id() const { return request_id_; }
  std::string RequestIdText() const;  // 16 hex digits, as in X-Request-Id

 protected:
  friend class Router;
  friend class TestRequest;
  std::string_view method_;
  std::string_view path_;
  std::string_view target_;
  std::vector<NameValue> headers_;
  std::vector<NameValue> params_;
  std::vector<NameValue> query_;
  Bytes decoded_;  // what percent-decoded views point into; never reallocated while they live
  IpAddress address_;
  uint64_t request_id_ = 0;
  bool tls_ = false;
  std::optional<std::array<uint8_t, 32>> client_certificate_;
};

class Request : public RequestHead {
 public:
  ByteView body() const { return body_; }

 protected:
  ByteView body_;
};

struct Response {
  int status = 200;
  std::string_view content_type = "application/json";  // static storage
  Bytes body;                                          // wiped once sent
  // Further headers; one that names a default (Cache-Control, Content-Security-Policy) replaces it.
  std::vector<std::pair<std::string, std::string>> headers;

  static Response Json(Bytes body, int status = 200) { return {status, "application/json", std::move(body), {}}; }
  static Response Text(Bytes body, int status = 200) {
    return {status, "text/plain; charset=utf-8", std::move(body), {}};
  }
  static Response Empty(int status = 204) { return {status, {}, {}, {}}; }
};

// What the caller is told of its allowance (RateLimit-Limit, -Remaining, -Reset); limit 0: no limit, no headers.
struct RateLimit {
  uint32_t limit = 0;
  uint32_t remaining = 0;
  uint32_t reset_seconds = 0;
};

// The outcome of authentication: the caller, and whatever else the authenticator wants its handlers to have.
struct Authenticated {
  Caller caller;
  std::shared_ptr<void> session;
  RateLimit rate;
};

class Exchange;
using Handler = std::function<void(Exchange&)>;

class Exchange {
 public:
  virtual ~Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  virtual const Request& request() const = 0;
  // On public routes nobody was authenticated: caller().principal is null.
  const Caller& caller() const { return who_.caller; }
  const std::shared_ptr<void>& session() const { return who_.session; }

  void Respond(Response response);
  void Respond(const Status& status);  // as a problem (problem.h); `status` is not ok

  // The caller has closed its side of the connection: nobody waits for the answer any more.  For work that takes long
  // and looks at it now and then; whoever holds the exchange, any thread.  A caller that closes only the direction it
  // sends in counts as one that left.
  bool CallerLeft() const { return caller_left_.load(std::memory_order_relaxed); }

  // Goes on with `next` on a worker thread, where it may block: for an inline handler that finds it has to.  Any
  // thread; does not block.  After an answer of true the exchange is `next`'s and must not be touched.  False: no
  // worker takes it (too many wait, or the server is stopping), and the caller still has to answer.
  virtual bool ContinueOnWorker(Handler next) = 0;

 protected:
  Exchange() = default;
  // Called once per exchange with answer_ filled, on the thread that answered.
  virtual void OnAnswered() = 0;
  // Runs a handler that holds this exchange, and answers kInternal for one that throws while it still does.
  void Guard(const Handler& handler);
  Authenticated who_;
  Response answer_;
  std::atomic<bool> caller_left_{false};  // once set, of this and every later exchange of the connection
  // Odd: answered.  Even: open, and another number for each exchange and for each holder of it.  Shared, because a
  // handler may come back from Respond() when the connection is gone.
  const std::shared_ptr<std::atomic<uint64_t>> turn_ = std::make_shared<std::atomic<uint64_t>>(0);
};

// Where a handler runs.
enum class Lane : uint8_t {
  kInline,  // on the I/O thread: must not block; may leave the answer to another thread
  kWorker,  // on a worker thread: may block
};

// Says who calls, from the header alone and before the body is read.  Any thread, many at once.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // On the I/O thread, must not block.  Nothing: not known without looking it up; Authenticate() is then called.
  virtual std::optional<Result<Authenticated>> AuthenticateQuickly(const RequestHead& head) = 0;
  // On a worker thread, may block.
  virtual Result<Authenticated> Authenticate(const RequestHead& head) = 0;
};

// An exchange without a network, for testing handlers.
class TestRequest : public Request {
 public:
  TestRequest(std::string method, std::string path, Bytes body = {});
  TestRequest& Set(std::string name, std::string value);       // a header
  TestRequest& SetQuery(std::string name, std::string value);  // a query parameter
  TestRequest& From(const IpAddress& address);
  TestRequest& Show(const std::array<uint8_t, 32>& certificate);
  TestRequest& SetTarget(std::string target);  // with its query, where that was set by other means

 private:
  std::string_view Keep(std::string text);
  std::vector<std::unique_ptr<std::string>> kept_;
};

class TestExchange : public Exchange {
 public:
  explicit TestExchange(const Request& request, Authenticated who = {}) : request_(request) { who_ = std::move(who); }
  ~TestExchange() override;
  const Request& request() const override { return request_; }
  bool ContinueOnWorker(Handler next) override;  // on a thread of its own
  // The caller closes its connection.
  void Leave() { caller_left_ = true; }
  // Waits for the answer.
  const Response& Wait();

 protected:
  void OnAnswered() override;

 private:
  const Request& request_;
  std::mutex mutex_;
  std::condition_variable answered_now_;
  bool done_ = false;                 // guarded by mutex_
  std::vector<std::thread> workers_;  // guarded by mutex_
};

}  // namespace strongroom
