#include "http/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <mutex>
#include <set>
#include <thread>

#include "http/test_socket.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// "good" is known at once, "slow" after a look-up, anything else is not.
class TestAuthenticator : public Authenticator {
 public:
  std::optional<Result<Authenticated>> AuthenticateQuickly(const RequestHead& head) override {
    const std::string_view key = head.Header("authorization");
    if (key == "Bearer slow") return std::nullopt;
    return Check(key);
  }
  Result<Authenticated> Authenticate(const RequestHead& head) override { return Check(head.Header("authorization")); }

 private:
  static Result<Authenticated> Check(std::string_view key) {
    if (key.empty()) return Status(Reason::kCredentialMissing);
    if (key != "Bearer good" && key != "Bearer slow") return Status(Reason::kCredentialInvalid);
    Authenticated who;
    auto principal = std::make_shared<Principal>();
    principal->name = "tester";
    who.caller.principal = principal;
    return who;
  }
};

// Answers from a thread of its own, all that wait at once.
class ForeignThread {
 public:
  ForeignThread() : thread_([this] { Run(); }) {}
  ~ForeignThread() {
    stop_ = true;
    thread_.join();
  }
  void Add(Exchange& exchange) {
    std::lock_guard lock(mutex_);
    waiting_.push_back(&exchange);
  }
  std::atomic<int64_t> pause_micros{200};

 private:
  void Run() {
    while (!stop_) {
      std::this_thread::sleep_for(std::chrono::microseconds(pause_micros.load()));
      std::vector<Exchange*> batch;
      {
        std::lock_guard lock(mutex_);
        batch.swap(waiting_);
      }
      for (Exchange* exchange : batch) {
        const std::string body(exchange->request().Query("n").value_or("none"));
        exchange->Respond(Response::Text(body));
      }
    }
  }
  std::mutex mutex_;
  std::vector<Exchange*> waiting_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

class ListenerTest : public ::testing::Test {
 protected:
  ListenerTest() {
    config_.plaintext_on_loopback = true;
    config_.worker_threads = 4;
    const auto echo = [this](Exchange& exchange) {
      ++handled_;
      exchange.Respond(Response::Text(Bytes(exchange.request().body())));
    };
    const auto add = [this](const char* method, const char* path, RouteOptions options, Handler handler) {
      EXPECT_TRUE(router_.Add(method, path, options, std::move(handler)).ok());
    };
    add("GET", "/healthz", {Lane::kInline, true, 0}, [](Exchange& e) { e.Respond(Response::Text("ok")); });
    add("POST", "/echo", {Lane::kInline, true, 0}, echo);
    add("POST", "/worker", {Lane::kWorker, true, 0}, echo);
    add("POST", "/small", {Lane::kWorker, true, 100}, echo);
    add("POST", "/closed", {Lane::kWorker, false, 0}, echo);
    add("GET", "/who", {Lane::kWorker, false, 0}, [](Exchange& e) {
      e.Respond(Response::Text(e.caller().principal->name + " " + e.caller().address.ToString()));
    });
    add("GET", "/later", {Lane::kInline, true, 0}, [this](Exchange& e) { foreign_.Add(e); });
    add("GET", "/throws", {Lane::kWorker, true, 0}, [](Exchange&) { throw std::runtime_error("secret-cause"); });
    add("GET", "/large", {Lane::kInline, true, 0},
        [](Exchange& e) { e.Respond(Response::Text(Bytes(8u << 20, 'x'))); });
    add("GET", "/split", {Lane::kInline, true, 0}, [](Exchange& e) {
      Response response = Response::Text("x");
      response.headers = {{"X-Note", "a\r\nInjected: yes"}, {"cache-control", "max-age=60"}};
      e.Respond(std::move(response));
    });
  }
  void Start() {
    auto listener = Listener::Start(config_, router_, authenticator_);
    ASSERT_TRUE(listener.ok()) << listener.status().ToString();
    listener_ = std::move(*listener);
  }
  uint16_t port() const { return listener_->port(); }
  // The answer to one raw request on a connection of its own.
  std::string Ask(std::string_view raw) {
    TestSocket socket(port());
    socket.Send(raw);
    return socket.ReadAnswer(!raw.starts_with("HEAD"));
  }

  ListenerConfig config_;
  Router router_;
  TestAuthenticator authenticator_;
  ForeignThread foreign_;
  std::atomic<int> handled_{0};
  std::unique_ptr<Listener> listener_;  // last: goes first
};

TEST_F(ListenerTest, AnswersWithItsSecurityHeaders) {
  Start();
  const std::string answer = Ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(StatusOf(answer), 200);
  EXPECT_EQ(BodyOf(answer), "ok");
  for (const char* header : {"Cache-Control: no-store", "X-Content-Type-Options: nosniff",
                             "X-Request-Id: ", "Date: ", "Content-Security-Policy: default-src 'none'"}) {
    EXPECT_THAT(answer, HasSubstr(header));
  }
  EXPECT_THAT(answer, Not(HasSubstr("Server:")));
  EXPECT_THAT(answer, Not(HasSubstr("Strict-Transport-Security")));
}

TEST_F(ListenerTest, HandlersMayReplaceDefaultsButNotBreakLines) {
  Start();
  const std::string answer = Ask("GET /split HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("cache-control: max-age=60"));
  EXPECT_THAT(answer, Not(HasSubstr("no-store")));
  EXPECT_THAT(answer, Not(HasSubstr("\nInjected")));
}

TEST_F(ListenerTest, KeepsConnectionsAndTakesPipelinedRequestsInTurn) {
  Start();
  TestSocket socket(port());
  std::string burst;
  for (int i = 0; i < 50; ++i) {
    const std::string body = "body-" + std::to_string(i);
    burst += std::string("POST ") + (i % 2 == 0 ? "/echo" : "/worker") +
             " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  ASSERT_TRUE(socket.Send(burst));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(BodyOf(socket.ReadAnswer()), "body-" + std::to_string(i));
}

TEST_F(ListenerTest, OneConnectionsPipelineDoesNotHoldUpTheOthers) {
  constexpr int kPipelined = 200;
  config_.io_threads = 1;
  std::vector<std::string> turns;  // touched by the one I/O thread, read after the last answer
  std::atomic<bool> started{false}, go{false};
  ASSERT_TRUE(router_
                  .Add("GET", "/turn", {Lane::kInline, true, 0},
                       [&](Exchange& e) {
                         if (turns.empty()) {
                           started = true;
                           started.notify_all();
                           go.wait(false);
                         }
                         turns.emplace_back(*e.request().Query("n"));
                         e.Respond(Response::Text("ok"));
                       })
                  .ok());
  Start();
  TestSocket other(port());
  other.Send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(BodyOf(other.ReadAnswer()), "ok");
  TestSocket greedy(port());
  std::string burst;
  for (int i = 0; i < kPipelined; ++i) burst += "GET /turn?n=greedy HTTP/1.1\r\nHost: x\r\n\r\n";
  ASSERT_TRUE(greedy.Send(burst));
  started.wait(false);
  ASSERT_TRUE(other.Send("GET /turn?n=other HTTP/1.1\r\nHost: x\r\n\r\n"));
  go = true;
  go.notify_all();
  EXPECT_EQ(BodyOf(other.ReadAnswer()), "ok");
  for (int i = 0; i < kPipelined; ++i) ASSERT_EQ(BodyOf(greedy.ReadAnswer()), "ok") << i;
  ASSERT_EQ(turns.size(), kPipelined + 1U);
  EXPECT_LT(std::find(turns.begin(), turns.end(), "other") - turns.begin(), kPipelined / 2);
}

// Connections that gave way are in the loop's inbox while they are cut: nothing may be freed under it.
TEST_F(ListenerTest, APipelineMayEndAtAnyMoment) {
  Start();
  std::string burst;
  for (int i = 0; i < 200; ++i) burst += "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  for (int i = 0; i < 40; ++i) {
    TestSocket socket(port());
    socket.Send(burst);
    if (i % 4 == 0) listener_->CutConnections(true);
  }
  EXPECT_EQ(StatusOf(Ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")), 200);
  {
    TestSocket socket(port());
    socket.Send(burst);
    listener_->Stop(0);
  }
  EXPECT_EQ(listener_->stats().open, 0u);
}

TEST_F(ListenerTest, ReadsRequestsThatArriveByteByByte) {
  Start();
  TestSocket socket(port());
  for (char c : std::string("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")) {
    ASSERT_TRUE(socket.Send({&c, 1}));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(BodyOf(socket.ReadAnswer()), "hello");
}

TEST_F(ListenerTest, RefusesMalformedRequests) {
  Start();
  EXPECT_EQ(StatusOf(Ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")), 200);
  const std::string long_name(200, 'a');
  const std::string_view cases[] = {
      "GET /healthz HTTP/1.1\r\n\r\n",                                 // no Host
      "GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",           // two
      "GET /healthz HTTP/1.1\nHost: x\n\n",                            // bare line feeds
      "GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n",                     // space before the colon
      "GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",        // folded
      "GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n",                     //
      "GET healthz HTTP/1.1\r\nHost: x\r\n\r\n",                       // no path
      "GET * HTTP/1.1\r\nHost: x\r\n\r\n",                             //
      "GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n",                      //
      "GET /healthz\r\n\r\n",                                          // HTTP/0.9
      "\x16\x03\x01\x02 /\r\n\r\n",                                    // TLS to a plain port
      "G\x01T / HTTP/1.1\r\nHost: x\r\n\r\n",                          //
      "GET /health\x01z HTTP/1.1\r\nHost: x\r\n\r\n",                  //
      "GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\x01z\r\n\r\n",         //
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",  //
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n",  //
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",  //
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: "
      "chunked\r\n\r\n0\r\n\r\n",  // smuggling
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: "
      "5\r\n\r\n0\r\n\r\n",                                                                          //
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",         //
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",     //
      "POST /echo HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",               //
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",              //
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",  //
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",  //
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nContent-Length: 1\r\n\r\na",            //
      "GET /healthz?a=%zz HTTP/1.1\r\nHost: x\r\n\r\n",                                              //
      "GET /healthz HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nauthorization: b\r\n\r\n",
  };
  int refused = 0;
  for (std::string_view raw : cases) {
    TestSocket socket(port());
    socket.Send(raw);
    const std::string answer = socket.ReadAnswer();
    EXPECT_EQ(StatusOf(answer), 400) << raw << "\n" << answer;
    EXPECT_THAT(answer, HasSubstr("application/problem+json")) << raw;
    ++refused;
  }
  EXPECT_EQ(handled_, 0);
  std::cout << refused << " malformed requests refused\n";
}

TEST_F(ListenerTest, TakesWhatIsUnusualButRight) {
  Start();
  EXPECT_EQ(StatusOf(Ask("GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n")), 200);
  EXPECT_EQ(StatusOf(Ask("GET /healthz?x=1 HTTP/1.1\r\nhOsT:x\r\n\r\n")), 200);
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n6\r\n "
      "world\r\n0\r\nTrailer: "
      "x\r\n\r\n";
  EXPECT_EQ(BodyOf(Ask(chunked)), "hello world");
  TestSocket socket(port());
  ASSERT_TRUE(socket.Send(chunked + chunked));
  EXPECT_EQ(BodyOf(socket.ReadAnswer()), "hello world");
  EXPECT_EQ(BodyOf(socket.ReadAnswer()), "hello world");
}

TEST_F(ListenerTest, Http10IsAnsweredAndClosed) {
  Start();
  TestSocket socket(port());
  socket.Send("GET /healthz HTTP/1.0\r\n\r\n");
  const std::string all = socket.ReadAll();
  EXPECT_EQ(StatusOf(all), 200);
  EXPECT_THAT(all, HasSubstr("Connection: close"));
}

TEST_F(ListenerTest, ConnectionCloseIsHonoured) {
  Start();
  TestSocket socket(port());
  socket.Send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(BodyOf(socket.ReadAll()), "ok");
}

TEST_F(ListenerTest, HeadHasAHeaderAndNoBody) {
  Start();
  TestSocket socket(port());
  socket.Send("HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string head = socket.ReadAnswer(false);
  EXPECT_THAT(head, HasSubstr("Content-Length: 2"));
  EXPECT_EQ(BodyOf(socket.ReadAnswer()), "ok");
}

TEST_F(ListenerTest, WrongPathsAndMethodsAreToldApart) {
  Start();
  EXPECT_EQ(StatusOf(Ask("GET /nope HTTP/1.1\r\nHost: x\r\n\r\n")), 404);
  const std::string wrong = Ask("PUT /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(StatusOf(wrong), 405);
  EXPECT_THAT(wrong, HasSubstr("Allow: GET, HEAD\r\n"));
  EXPECT_EQ(StatusOf(Ask("BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n")), 405);
}

TEST_F(ListenerTest, RefusesLargeHeaders) {
  Start();
  const auto with = [](size_t size) {
    return "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(size, 'a') + "\r\n\r\n";
  };
  EXPECT_EQ(StatusOf(Ask(with(15'000))), 200);
  EXPECT_EQ(StatusOf(Ask(with(17'000))), 431);
  EXPECT_EQ(StatusOf(Ask(with(500'000))), 431);
  std::string many = "GET /healthz HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 101; ++i) many += "A: b\r\n";
  EXPECT_EQ(StatusOf(Ask(many + "\r\n")), 400);
}

TEST_F(ListenerTest, RefusesLargeBodiesBeforeReadingThem) {
  config_.max_body_bytes = 1u << 20;
  Start();
  const auto post = [&](const char* path, size_t size) {
    TestSocket socket(port());
    socket.Send(std::string("POST ") + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) +
                "\r\n\r\n");
    socket.Send(std::string(size, 'b'));
    return socket.ReadAnswer();
  };
  const std::string whole = post("/worker", 1u << 20);
  EXPECT_EQ(StatusOf(whole), 200);
  EXPECT_EQ(BodyOf(whole), std::string(1u << 20, 'b'));
  EXPECT_EQ(StatusOf(post("/worker", (1u << 20) + 1)), 413);
  EXPECT_EQ(StatusOf(post("/small", 100)), 200);
  EXPECT_EQ(StatusOf(post("/small", 101)), 413);
  // Chunked bodies do not say how long they will be; they are counted.
  std::string chunked = "POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 11; ++i) chunked += "a\r\n0123456789\r\n";
  EXPECT_EQ(StatusOf(Ask(chunked + "0\r\n\r\n")), 413);
}

TEST_F(ListenerTest, BoundsWhatAllBodiesTogetherHold) {
  config_.max_body_bytes_total = 300'000;
  Start();
  TestSocket hog(port());
  hog.Send("POST /worker HTTP/1.1\r\nHost: x\r\nContent-Length: 200001\r\n\r\n" + std::string(200'000, 'b'));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const std::string second =
      Ask("POST /worker HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + std::string(200'000, 'b'));
  EXPECT_EQ(StatusOf(second), 503);
  ASSERT_TRUE(hog.Send("b"));
  EXPECT_EQ(StatusOf(hog.ReadAnswer()), 200);
  EXPECT_EQ(
      StatusOf(Ask("POST /worker HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + std::string(200'000, 'b'))),
      200);
}

TEST_F(ListenerTest, AuthenticatesBeforeReadingTheBody) {
  Start();
  TestSocket socket(port());
  // The body never comes; the answer does.
  socket.Send("POST /closed HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
  const std::string refusal = socket.ReadAnswer();
  EXPECT_EQ(StatusOf(refusal), 401);
  EXPECT_THAT(refusal, HasSubstr("credential-missing"));
  EXPECT_THAT(refusal, HasSubstr("Connection: close"));
  EXPECT_EQ(StatusOf(Ask("GET /who HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer bad\r\n\r\n")), 401);
  EXPECT_EQ(handled_, 0);
  for (const char* key : {"good", "slow"}) {
    const std::string answer =
        Ask(std::string("GET /who HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ") + key + "\r\n\r\n");
    EXPECT_EQ(BodyOf(answer), "tester 127.0.0.1") << key;
  }
}

TEST_F(ListenerTest, BelievesForwardedAddressesOfTrustedProxiesOnly) {
  const std::string request =
      "GET /who HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nX-Forwarded-For: 2001:db8::7\r\n\r\n";
  Start();
  EXPECT_EQ(BodyOf(Ask(request)), "tester 127.0.0.1");
  config_.trusted_proxies = {*IpNetwork::Parse("127.0.0.0/8")};
  Start();
  EXPECT_EQ(BodyOf(Ask(request)), "tester 2001:db8::7");
}

TEST_F(ListenerTest, SaysContinueOnlyWhenItWillReadTheBody) {
  Start();
  const std::string_view rest = "Host: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  TestSocket welcome(port());
  welcome.Send("POST /echo HTTP/1.1\r\n" + std::string(rest));
  EXPECT_EQ(StatusOf(welcome.ReadAnswer()), 100);
  welcome.Send("hello");
  EXPECT_EQ(BodyOf(welcome.ReadAnswer()), "hello");
  TestSocket refused(port());
  refused.Send("POST /closed HTTP/1.1\r\n" + std::string(rest));
  EXPECT_EQ(StatusOf(refused.ReadAnswer()), 401);
}

TEST_F(ListenerTest, SlowHeadersAndBodiesEndInATimeout) {
  config_.header_millis = 300;
  config_.body_millis = 300;
  Start();
  TestSocket header(port());
  header.Send("GET /healthz HTTP/1.1\r\n");
  TestSocket body(port());
  body.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  TestSocket silent(port());
  EXPECT_EQ(StatusOf(header.ReadAnswer()), 408);
  EXPECT_EQ(StatusOf(body.ReadAnswer()), 408);
  EXPECT_TRUE(silent.IsClosed());
  // One byte now and then does not buy time.
  TestSocket drip(port());
  const auto start = std::chrono::steady_clock::now();
  while (drip.Send("G") && std::chrono::steady_clock::now() - start < std::chrono::seconds(15)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(15));
  EXPECT_GE(listener_->stats().timeouts, 3u);
}

TEST_F(ListenerTest, IdleConnectionsAreClosed) {
  config_.idle_millis = 300;
  Start();
  TestSocket socket(port());
  socket.Send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(StatusOf(socket.ReadAnswer()), 200);
  EXPECT_TRUE(socket.IsClosed());
}

TEST_F(ListenerTest, TooManyConnectionsAreTurnedAway) {
  config_.max_connections = 3;
  Start();
  std::vector<std::unique_ptr<TestSocket>> held;
  for (int i = 0; i < 3; ++i) {
    held.push_back(std::make_unique<TestSocket>(port()));
    held.back()->Send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(StatusOf(held.back()->ReadAnswer()), 200);
  }
  const std::string refusal = TestSocket(port()).ReadAll();
  EXPECT_EQ(StatusOf(refusal), 503);
  const size_t length = refusal.find("Content-Length: ");
  ASSERT_NE(length, std::string::npos);
  EXPECT_EQ(std::strtoul(refusal.c_str() + length + 16, nullptr, 10), BodyOf(refusal).size());
  held.pop_back();
  for (int i = 0; i < 200 && listener_->stats().open > 2; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(StatusOf(Ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")), 200);
}

TEST_F(ListenerTest, AFullWorkerQueueIsAProblemNotAWait) {
  config_.worker_threads = 1;
  config_.worker_queue = 1;
  std::atomic<bool> go{false};
  ASSERT_TRUE(router_
                  .Add("GET", "/block", {Lane::kWorker, true, 0},
                       [&](Exchange& e) {
                         go.wait(false);
                         e.Respond(Response::Text("done"));
                       })
                  .ok());
  Start();
  std::vector<std::unique_ptr<TestSocket>> sockets;
  for (int i = 0; i < 4; ++i) {
    sockets.push_back(std::make_unique<TestSocket>(port()));
    sockets.back()->Send("GET /block HTTP/1.1\r\nHost: x\r\n\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(StatusOf(sockets[3]->ReadAnswer()), 503);
  go = true;
  go.notify_all();
  EXPECT_EQ(BodyOf(sockets[0]->ReadAnswer()), "done");
  EXPECT_EQ(BodyOf(sockets[1]->ReadAnswer()), "done");
}

TEST_F(ListenerTest, AHandlerThatThrowsIsAnInternalProblem) {
  Start();
  const std::string answer = Ask("GET /throws HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(StatusOf(answer), 500);
  EXPECT_THAT(answer, Not(HasSubstr("secret-cause")));
}

// The connection is at its next request, or gone, by the time the first handler throws.
TEST_F(ListenerTest, AHandlerThatThrowsAfterItAnsweredTouchesNoOtherExchange) {
  std::atomic<bool> second_runs{false}, thrown{false};
  ASSERT_TRUE(router_
                  .Add("GET", "/first", {Lane::kWorker, true, 0},
                       [&](Exchange& e) {
                         e.Respond(Response::Text("first"));
                         second_runs.wait(false);
                         struct Tell {
                           std::atomic<bool>& flag;
                           ~Tell() {
                             flag = true;
                             flag.notify_all();
                           }
                         } tell{thrown};
                         throw std::runtime_error("late");
                       })
                  .ok());
  ASSERT_TRUE(router_
                  .Add("GET", "/second", {Lane::kWorker, true, 0},
                       [&](Exchange& e) {
                         second_runs = true;
                         second_runs.notify_all();
                         thrown.wait(false);
                         // Thrown, and caught within moments.
                         std::this_thread::sleep_for(std::chrono::milliseconds(50));
                         e.Respond(Response::Text("second"));
                       })
                  .ok());
  Start();
  TestSocket socket(port());
  socket.Send("GET /first HTTP/1.1\r\nHost: x\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(BodyOf(socket.ReadAnswer()), "first");
  EXPECT_EQ(BodyOf(socket.ReadAnswer()), "second");
}

TEST_F(ListenerTest, AHandlerThatThrowsAfterItPassedTheExchangeOnDoesNotAnswerIt) {
  ASSERT_TRUE(router_
                  .Add("GET", "/passes-on", {Lane::kInline, true, 0},
                       [](Exchange& e) {
                         EXPECT_TRUE(e.ContinueOnWorker([](Exchange& again) {
                           std::this_thread::sleep_for(std::chrono::milliseconds(50));
                           again.Respond(Response::Text("from the worker"));
                         }));
                         throw std::runtime_error("late");
                       })
                  .ok());
  Start();
  EXPECT_EQ(BodyOf(Ask("GET /passes-on HTTP/1.1\r\nHost: x\r\n\r\n")), "from the worker");
  EXPECT_EQ(StatusOf(Ask("GET /throws HTTP/1.1\r\nHost: x\r\n\r\n")), 500);  // the control
}

TEST_F(ListenerTest, LargeAnswersArriveWhole) {
  Start();
  TestSocket socket(port());
  socket.Send("GET /large HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // let the socket's buffer fill
  EXPECT_EQ(BodyOf(socket.ReadAnswer()), std::string(8u << 20, 'x'));
  EXPECT_EQ(BodyOf(socket.ReadAnswer()), "ok");
}

TEST_F(ListenerTest, ManyConnectionsAnsweredFromAForeignThreadEachGetTheirOwnAnswer) {
  Start();
  constexpr int kConnections = 64, kRounds = 40;
  std::atomic<int> right{0};
  std::mutex mutex;
  std::set<std::string> ids;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      std::vector<std::unique_ptr<TestSocket>> sockets;
      for (int c = 0; c < kConnections / 8; ++c) sockets.push_back(std::make_unique<TestSocket>(port()));
      for (int round = 0; round < kRounds; ++round) {
        const auto name = [&](size_t c) { return std::to_string(t * 1000000 + round * 1000 + static_cast<int>(c)); };
        for (size_t c = 0; c < sockets.size(); ++c) {
          sockets[c]->Send("GET /later?n=" + name(c) + " HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        for (size_t c = 0; c < sockets.size(); ++c) {
          const std::string answer = sockets[c]->ReadAnswer();
          if (BodyOf(answer) == name(c)) ++right;
          std::lock_guard lock(mutex);
          ids.insert(answer.substr(answer.find("X-Request-Id: ") + 14, 16));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, kConnections * kRounds);
  EXPECT_EQ(ids.size(), static_cast<size_t>(kConnections * kRounds)) << "request ids repeat";
}

TEST_F(ListenerTest, APeerThatLeavesBeforeItsAnswerHarmsNobody) {
  foreign_.pause_micros = 50'000;
  Start();
  for (int i = 0; i < 20; ++i) {
    TestSocket socket(port());
    socket.Send("GET /later?n=1 HTTP/1.1\r\nHost: x\r\n\r\n");
    if (i % 2 == 0) {
      const linger reset{1, 0};  // a reset instead of an orderly end
      EXPECT_EQ(setsockopt(socket.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
    }
  }
  EXPECT_EQ(StatusOf(Ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")), 200);
  for (int i = 0; i < 400 && listener_->stats().open > 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(listener_->stats().open, 0u);
}

TEST_F(ListenerTest, ShutdownLosesNoAnswerInFlight) {
  foreign_.pause_micros = 1'000'000;  // well after Stop() began, on a busy machine too
  Start();
  std::vector<std::unique_ptr<TestSocket>> sockets;
  for (int i = 0; i < 32; ++i) {
    sockets.push_back(std::make_unique<TestSocket>(port()));
    sockets.back()->Send("GET /later?n=" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  TestSocket idle(port());
  idle.Send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(StatusOf(idle.ReadAnswer()), 200);
  listener_->Stop(10'000);
  int answered = 0;
  for (int i = 0; i < 32; ++i) {
    const std::string answer = sockets[i]->ReadAll();
    if (BodyOf(answer) == std::to_string(i) && answer.find("Connection: close") != std::string::npos) ++answered;
  }
  EXPECT_EQ(answered, 32);
  EXPECT_TRUE(idle.IsClosed());
}

TEST_F(ListenerTest, PlaintextNeedsALoopbackAddressAndToBeAskedFor) {
  config_.plaintext_on_loopback = false;
  EXPECT_EQ(Listener::Start(config_, router_, authenticator_).reason(), Reason::kConfigInvalid);
  config_.plaintext_on_loopback = true;
  EXPECT_TRUE(Listener::Start(config_, router_, authenticator_).ok());
  for (const char* address : {"0.0.0.0", "::", "192.0.2.1", "localhost", ""}) {
    config_.address = address;
    EXPECT_EQ(Listener::Start(config_, router_, authenticator_).reason(), Reason::kConfigInvalid) << address;
  }
}

TEST(HandlerWithoutANetwork, CanBeTested) {
  const Handler handler = [](Exchange& exchange) {
    if (exchange.caller().principal == nullptr) return exchange.Respond(Status(Reason::kDenied));
    exchange.Respond(Response::Text(std::string(exchange.request().Header("x-name"))));
    exchange.Respond(Response::Text("a second answer does not count"));
  };
  TestRequest request("GET", "/");
  request.Set("X-Name", "value");
  TestExchange stranger(request);
  handler(stranger);
  EXPECT_EQ(stranger.Wait().status, 403);
  Authenticated who;
  who.caller.principal = std::make_shared<Principal>();
  TestExchange known(request, who);
  handler(known);
  EXPECT_EQ(known.Wait().body, "value");
}

}  // namespace
}  // namespace strongroom
