// What is read from a connection, and what is answered: RFC 9112 to the letter, nothing ambiguous.
#include "http/testing/listener_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

TEST_F(ListenerTest, AHandlerCanTellWhetherItsCallerHasLeft) {
  Start();
  const std::string request = "POST /long HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab";
  const auto until = [](const std::atomic<int>& count, int wanted) {
    for (int i = 0; i < 10'000 && count < wanted; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    EXPECT_EQ(count, wanted);
  };
  TestSocket stays(port());
  ASSERT_TRUE(stays.Send(request));
  until(handled_, 1);
  {
    TestSocket leaves(port());
    ASSERT_TRUE(leaves.Send(request));
    until(handled_, 2);
  }
  until(left_, 1);
  {
    TestSocket leaves_at_once(port());
    ASSERT_TRUE(leaves_at_once.Send(request));
  }
  until(left_, 2);
  TestSocket says_no_more(port());
  ASSERT_TRUE(says_no_more.Send(request + "POST /echo"));
  ASSERT_EQ(shutdown(says_no_more.fd(), SHUT_WR), 0);
  EXPECT_EQ(BodyOf(says_no_more.ReadAnswer()), "done");
  EXPECT_EQ(left_, 3);
  // The control: a caller that stays, and has sent its next request already, has not left.
  ASSERT_TRUE(stays.Send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
  let_go_ = true;
  EXPECT_EQ(BodyOf(stays.ReadAnswer()), "done");
  EXPECT_EQ(BodyOf(stays.ReadAnswer()), "ok");
  EXPECT_EQ(left_, 3);
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

}  // namespace
}  // namespace strongroom
