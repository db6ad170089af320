#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

#include "client/client.h"
#include "http/certificate.h"
#include "http/listener.h"

namespace strongroom {
namespace {

class KeyAuthenticator : public Authenticator {
 public:
  std::optional<Result<Authenticated>> AuthenticateQuickly(const RequestHead&) override { return std::nullopt; }
  Result<Authenticated> Authenticate(const RequestHead& head) override {
    if (head.Header("authorization") != "Bearer right-key") return Status(Reason::kCredentialInvalid);
    return Authenticated{};
  }
};

class ClientServer : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/strongroom-client-XXXXXX";
    folder_ = mkdtemp(pattern);
    ASSERT_TRUE(CreateSelfSignedCertificate(folder_ + "/a.crt", folder_ + "/a.key", {}).ok());
    ASSERT_TRUE(CreateSelfSignedCertificate(folder_ + "/b.crt", folder_ + "/b.key", {}).ok());
    ASSERT_TRUE(router_
                    .Add("POST", "/echo", {},
                         [](Exchange& exchange) { exchange.Respond(Response::Json(Bytes(exchange.request().body()))); })
                    .ok());
    ASSERT_TRUE(router_
                    .Add("GET", "/large", {},
                         [](Exchange& exchange) { exchange.Respond(Response::Text(Bytes(kLargeBytes, 'x'))); })
                    .ok());
    ASSERT_TRUE(
        router_
            .Add("GET", "/refused", {},
                 [](Exchange& exchange) { exchange.Respond(Status(Reason::kPurposeMissing, "Name a purpose.")); })
            .ok());
    ListenerConfig config;
    auto tls = TlsContext::Create({folder_ + "/a.crt", folder_ + "/a.key"});
    ASSERT_TRUE(tls.ok());
    config.tls = *tls;
    config.worker_threads = 2;
    auto listener = Listener::Start(config, router_, authenticator_);
    ASSERT_TRUE(listener.ok()) << listener.status().ToString();
    listener_ = std::move(*listener);
  }
  void TearDown() override {
    listener_.reset();
    std::filesystem::remove_all(folder_);
  }
  std::unique_ptr<Client> Open(const std::string& host, const std::string& ca, const std::string& pin) {
    ClientConfig config;
    config.base_url = "https://" + host + ":" + std::to_string(listener_->port());
    if (!ca.empty()) config.ca_file = folder_ + "/" + ca;
    if (!pin.empty()) config.pinned_certificate = folder_ + "/" + pin;
    auto client = Client::Create(config);
    EXPECT_TRUE(client.ok());
    (*client)->SetApiKey("right-key");
    return std::move(*client);
  }

  static constexpr size_t kLargeBytes = 5u << 20;
  std::string folder_;
  Router router_;
  KeyAuthenticator authenticator_;
  std::unique_ptr<Listener> listener_;
};

TEST_F(ClientServer, TrustsAPinnedCertificateOrAnAuthorityAndNothingElse) {
  EXPECT_EQ(Open("127.0.0.1", "", "a.crt")->Call("POST", "/echo", {}, "{}").reason(), Reason::kOk);
  EXPECT_EQ(Open("127.0.0.1", "a.crt", "")->Call("POST", "/echo", {}, "{}").reason(), Reason::kOk);
  EXPECT_EQ(Open("localhost", "a.crt", "")->Call("POST", "/echo", {}, "{}").reason(), Reason::kOk);
  EXPECT_EQ(Open("127.0.0.1", "", "b.crt")->Call("POST", "/echo", {}, "{}").reason(), Reason::kServerUnproved);
  EXPECT_EQ(Open("127.0.0.1", "b.crt", "")->Call("POST", "/echo", {}, "{}").reason(), Reason::kServerUnproved);
  EXPECT_EQ(Open("127.0.0.1", "", "")->Call("POST", "/echo", {}, "{}").reason(), Reason::kServerUnproved);
  EXPECT_EQ(Open("127.0.0.2", "a.crt", "")->Call("POST", "/echo", {}, "{}").reason(), Reason::kServerUnreachable)
      << "nothing listens there";
}

TEST_F(ClientServer, CarriesBodiesDownloadsAndProblems) {
  auto client = Open("127.0.0.1", "", "a.crt");
  const std::string body = "\"" + std::string(1u << 20, 'b') + "\"";
  auto echo = client->Call("POST", "/echo", {}, body);
  ASSERT_TRUE(echo.ok()) << echo.status().ToString();
  EXPECT_EQ(echo->body, body);
  FILE* file = tmpfile();
  ASSERT_TRUE(client->Download("GET", "/large", {}, {}, fileno(file)).ok());
  EXPECT_EQ(lseek(fileno(file), 0, SEEK_END), static_cast<off_t>(kLargeBytes));
  fclose(file);
  const Status refused = client->Call("GET", "/refused").status();
  EXPECT_EQ(refused.reason(), Reason::kPurposeMissing);
  EXPECT_EQ(refused.message(), "Name a purpose.");
  EXPECT_EQ(client->Call("GET", "/nowhere").reason(), Reason::kRouteNotFound);
  client->SetApiKey("wrong-key");
  EXPECT_EQ(client->Call("POST", "/echo", {}, "{}").reason(), Reason::kCredentialInvalid);
}

}  // namespace
}  // namespace strongroom
