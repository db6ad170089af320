// A listener with a few routes, for its tests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/listener.h"
#include "http/test_socket.h"

namespace strongroom {

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
    // Works until its caller has left, or the test lets it go.
    add("POST", "/long", {Lane::kWorker, true, 0}, [this](Exchange& e) {
      ++handled_;
      while (!e.CallerLeft() && !let_go_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (e.CallerLeft()) ++left_;
      e.Respond(Response::Text("done"));
    });
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
  std::atomic<int> left_{0};  // callers of /long
  std::atomic<bool> let_go_{false};
  std::unique_ptr<Listener> listener_;  // last: goes first
};

}  // namespace strongroom
