// What a peer may take of the server: bytes, time, connections, a place in the queue.
#include "http/testing/listener_fixture.h"

namespace strongroom {
namespace {

using ::testing::Not;

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

}  // namespace
}  // namespace strongroom
