// Answers that come later, from other threads, from handlers that throw, to peers that leave, and during shutdown.
#include "http/testing/listener_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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
