#include "client/client.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace strongroom {
namespace {

using ::testing::HasSubstr;

// A server that answers each request on a connection with the next of its scripted answers; "" closes instead.
class ScriptedServer {
 public:
  // Each inner list is one connection.
  explicit ScriptedServer(std::vector<std::vector<std::string>> script) : script_(std::move(script)) {
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    if (bind(fd_, reinterpret_cast<sockaddr*>(&name), size) != 0 || listen(fd_, 8) != 0 ||
        getsockname(fd_, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
      std::abort();
    }
    port_ = ntohs(name.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~ScriptedServer() {
    thread_.join();
    close(fd_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  // What all clients sent; call when they are done.
  const std::string& seen() {
    if (thread_.joinable()) thread_.join();
    thread_ = std::thread([] {});
    return seen_;
  }

 private:
  void Run() {
    for (const auto& answers : script_) {
      const int fd = accept(fd_, nullptr, nullptr);
      for (const std::string& answer : answers) {
        std::string request;
        char data[4096];
        while (request.find("\r\n\r\n") == std::string::npos) {
          const ssize_t got = recv(fd, data, sizeof data, 0);
          if (got <= 0) break;
          request.append(data, got);
        }
        seen_ += request;
        if (answer.empty()) break;
        if (send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
      }
      close(fd);
    }
  }
  std::vector<std::vector<std::string>> script_;
  std::string seen_;
  int fd_ = -1;
  uint16_t port_ = 0;
  std::thread thread_;
};

std::string Answer(int status, const std::string& body, const std::string& extra = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         extra + "\r\n" + body;
}

std::unique_ptr<Client> Open(const ScriptedServer& server) {
  auto client = Client::Create({.base_url = server.url(), .io_millis = 5'000});
  EXPECT_TRUE(client.ok());
  return std::move(*client);
}

TEST(Client, CallsAndKeepsTheConnection) {
  ScriptedServer server({{Answer(200, "{\"a\":1}", "ETag: \"v7\"\r\n"), Answer(201, "")}});
  auto client = Open(server);
  client->SetApiKey("the-key");
  auto first = client->Call("GET", "/v1/x?y=1");
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  EXPECT_EQ(first->body, "{\"a\":1}");
  EXPECT_EQ(first->Header("etag"), "\"v7\"");
  auto second = client->Call("POST", "/v1/x", {{"Idempotency-Key", "k"}}, "{}");
  ASSERT_TRUE(second.ok()) << second.status().ToString();
  EXPECT_EQ(second->status, 201);
  client.reset();
  EXPECT_THAT(server.seen(), HasSubstr("GET /v1/x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:"));
  EXPECT_THAT(server.seen(), HasSubstr("Authorization: Bearer the-key\r\n"));
  EXPECT_THAT(server.seen(), HasSubstr("Idempotency-Key: k\r\n"));
  EXPECT_THAT(server.seen(), HasSubstr("Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"));
}

TEST(Client, GivesProblemsBackAsTheirStatus) {
  const std::string type = "Content-Type: application/problem+json\r\n";
  ScriptedServer server({{Answer(404, R"({"code":"customer-not-found","detail":"No such customer here."})", type),
                          Answer(418, R"({"code":"made-up","detail":"Tea."})", type), Answer(502, "<html>", "")}});
  auto client = Open(server);
  const Status known = client->Call("GET", "/").status();
  EXPECT_EQ(known.reason(), Reason::kCustomerNotFound);
  EXPECT_EQ(known.message(), "No such customer here.");
  const Status unknown = client->Call("GET", "/").status();
  EXPECT_EQ(unknown.reason(), Reason::kInternal);
  EXPECT_EQ(unknown.message(), "Tea.");
  EXPECT_EQ(client->Call("GET", "/").reason(), Reason::kInternal);
}

TEST(Client, ReopensAConnectionTheServerClosedForSafeRequestsOnly) {
  ScriptedServer server({{Answer(200, "1"), ""}, {Answer(200, "2"), ""}, {Answer(200, "3")}});
  auto client = Open(server);
  EXPECT_EQ(client->Call("GET", "/")->body, "1");
  EXPECT_EQ(client->Call("GET", "/")->body, "2");
  EXPECT_EQ(client->Call("POST", "/", {}, "{}").reason(), Reason::kServerUnreachable);
  EXPECT_EQ(client->Call("POST", "/", {}, "{}")->body, "3");
}

TEST(Client, ReadsChunkedBodiesAndDownloadsToAFile) {
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nT: x\r\n\r\n";
  ScriptedServer server(
      {{chunked, chunked,
        Answer(403, R"({"code":"denied","detail":"no"})", "Content-Type: application/problem+json\r\n")}});
  auto client = Open(server);
  EXPECT_EQ(client->Call("GET", "/")->body, "hello world");
  FILE* file = tmpfile();
  auto response = client->Download("GET", "/", {}, {}, fileno(file));
  ASSERT_TRUE(response.ok());
  EXPECT_TRUE(response->body.empty());
  char text[32] = {};
  EXPECT_EQ(pread(fileno(file), text, sizeof text, 0), 11);
  EXPECT_STREQ(text, "hello world");
  EXPECT_EQ(client->Download("GET", "/", {}, {}, fileno(file)).reason(), Reason::kDenied);
  EXPECT_EQ(lseek(fileno(file), 0, SEEK_CUR), 11) << "a refusal is not part of the download";
  fclose(file);
}

TEST(Client, RefusesAnswersThatAreNoHttp) {
  for (const char* odd : {"SSH-2.0-OpenSSH_9\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                          "HTTP/1.1 200 OK\r\n\r\nno length"}) {
    ScriptedServer server({{odd}});
    EXPECT_FALSE(Open(server)->Call("GET", "/").ok()) << odd;
  }
}

TEST(Client, RefusesWhatWouldBreakALineOrLeaveTheHost) {
  auto client = Client::Create({.base_url = "http://127.0.0.1:1"});
  ASSERT_TRUE(client.ok());
  EXPECT_EQ((*client)->Call("GET", "/a b").reason(), Reason::kInvalidArgument);
  EXPECT_EQ((*client)->Call("GET", "no-slash").reason(), Reason::kInvalidArgument);
  EXPECT_EQ((*client)->Call("GET", "/", {{"X", "a\r\nY: b"}}).reason(), Reason::kInvalidArgument);
  (*client)->SetApiKey("a\nb");
  EXPECT_EQ((*client)->Call("GET", "/").reason(), Reason::kInvalidArgument);
}

TEST(Client, PlainHttpIsForLoopbackOnly) {
  for (const char* good : {"http://127.0.0.1:80", "http://localhost", "http://[::1]:8080", "https://vault.example",
                           "https://192.0.2.1:8443/"}) {
    EXPECT_TRUE(Client::Create({.base_url = good}).ok()) << good;
  }
  for (const char* bad : {"http://vault.example", "ftp://x", "vault.example", "https://", "https://a:b", "https://a/b",
                          "https://user@host", "http://127.evil.example@x", "http://127.evil.example"}) {
    EXPECT_EQ(Client::Create({.base_url = bad}).reason(), Reason::kInvalidArgument) << bad;
  }
}

TEST(Client, AnUnreachableServerIsSaidToBeThat) {
  auto client = Client::Create({.base_url = "http://127.0.0.1:1"});
  EXPECT_EQ((*client)->Call("GET", "/").reason(), Reason::kServerUnreachable);
}

}  // namespace
}  // namespace strongroom
