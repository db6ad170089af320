#include "http/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "http/certificate.h"
#include "http/listener.h"
#include "http/test_socket.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;

class Nobody : public Authenticator {
 public:
  std::optional<Result<Authenticated>> AuthenticateQuickly(const RequestHead&) override {
    return Result<Authenticated>(Status(Reason::kCredentialMissing));
  }
  Result<Authenticated> Authenticate(const RequestHead&) override { return Status(Reason::kCredentialMissing); }
};

// A TLS client that trusts anything and tells what it saw.
class TestTls {
 public:
  TestTls(uint16_t port, int min_version, int max_version)
      : socket_(port), context_(SSL_CTX_new(TLS_client_method())), ssl_(nullptr) {
    SSL_CTX_set_min_proto_version(context_, min_version);
    SSL_CTX_set_max_proto_version(context_, max_version);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, socket_.fd());
    connected_ = SSL_connect(ssl_) == 1;
  }
  ~TestTls() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  bool connected() const { return connected_; }
  int version() const { return SSL_version(ssl_); }
  std::string Fingerprint() const {
    X509* shown = SSL_get1_peer_certificate(ssl_);
    unsigned char digest[32];
    unsigned size = 0;
    EXPECT_EQ(X509_digest(shown, EVP_sha256(), digest, &size), 1);
    X509_free(shown);
    std::string hex;
    for (unsigned char byte : digest) {
      hex += "0123456789abcdef"[byte >> 4];
      hex += "0123456789abcdef"[byte & 15];
    }
    return hex;
  }
  std::string Ask(const std::string& request) {
    SSL_write(ssl_, request.data(), static_cast<int>(request.size()));
    std::string answer;
    char data[16384];
    while (answer.find("\r\n\r\n") == std::string::npos || !answer.ends_with("end")) {
      const int got = SSL_read(ssl_, data, sizeof data);
      if (got <= 0) break;
      answer.append(data, got);
    }
    return answer;
  }

 private:
  TestSocket socket_;
  SSL_CTX* context_;
  SSL* ssl_;
  bool connected_ = false;
};

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    char pattern[] = "/tmp/strongroom-tls-XXXXXX";
    folder_ = mkdtemp(pattern);
    MakeCertificate("first");
    EXPECT_TRUE(
        router_
            .Add("GET", "/healthz", {Lane::kInline, true, 0}, [](Exchange& e) { e.Respond(Response::Text("the end")); })
            .ok());
    EXPECT_TRUE(router_
                    .Add("POST", "/echo", {Lane::kWorker, true, 0},
                         [](Exchange& e) { e.Respond(Response::Text(Bytes(e.request().body()))); })
                    .ok());
  }
  ~TlsTest() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  void MakeCertificate(const std::string& name) {
    const Status made =
        CreateSelfSignedCertificate(Path(name + ".crt"), Path(name + ".key"), {"vault.example", "192.0.2.9"});
    ASSERT_TRUE(made.ok()) << made.ToString();
  }
  // The files the listener reads become those of `name`.
  void Install(const std::string& name) {
    for (const char* suffix : {".crt", ".key"}) {
      std::filesystem::copy_file(Path(name + suffix), Path(std::string("live") + suffix),
                                 std::filesystem::copy_options::overwrite_existing);
    }
    chmod(Path("live.key").c_str(), 0600);
  }
  void Start(bool allow_tls12) {
    Install("first");
    auto tls = TlsContext::Create({Path("live.crt"), Path("live.key"), allow_tls12});
    ASSERT_TRUE(tls.ok()) << tls.status().ToString();
    tls_ = *tls;
    ListenerConfig config;
    config.tls = tls_;
    config.worker_threads = 2;
    auto listener = Listener::Start(config, router_, nobody_);
    ASSERT_TRUE(listener.ok()) << listener.status().ToString();
    listener_ = std::move(*listener);
  }

  std::string folder_;
  Router router_;
  Nobody nobody_;
  std::shared_ptr<TlsContext> tls_;
  std::unique_ptr<Listener> listener_;
};

constexpr const char* kHealth = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_F(TlsTest, SpeaksTls13AndSaysSoForGood) {
  Start(false);
  TestTls client(listener_->port(), TLS1_3_VERSION, TLS1_3_VERSION);
  ASSERT_TRUE(client.connected());
  const std::string answer = client.Ask(kHealth);
  EXPECT_EQ(StatusOf(answer), 200);
  EXPECT_THAT(answer, HasSubstr("Strict-Transport-Security: max-age="));
  EXPECT_EQ(StatusOf(client.Ask(kHealth)), 200) << "the connection is kept";
}

TEST_F(TlsTest, SpeaksTls12OnlyWhenAllowed) {
  Start(false);
  EXPECT_FALSE(TestTls(listener_->port(), TLS1_2_VERSION, TLS1_2_VERSION).connected());
  EXPECT_TRUE(TestTls(listener_->port(), TLS1_2_VERSION, TLS1_3_VERSION).connected());
  Start(true);
  TestTls old(listener_->port(), TLS1_2_VERSION, TLS1_2_VERSION);
  EXPECT_TRUE(old.connected());
  EXPECT_EQ(old.version(), TLS1_2_VERSION);
  EXPECT_FALSE(TestTls(listener_->port(), TLS1_VERSION, TLS1_1_VERSION).connected());
}

TEST_F(TlsTest, TakesANewCertificateWithoutARestart) {
  Start(false);
  const std::string first = *CertificateFingerprint(Path("first.crt"));
  TestTls before(listener_->port(), TLS1_3_VERSION, TLS1_3_VERSION);
  EXPECT_EQ(before.Fingerprint(), first);
  MakeCertificate("second");
  Install("second");
  ASSERT_TRUE(tls_->Reload().ok());
  const std::string second = *CertificateFingerprint(Path("second.crt"));
  EXPECT_NE(first, second);
  EXPECT_EQ(TestTls(listener_->port(), TLS1_3_VERSION, TLS1_3_VERSION).Fingerprint(), second);
  EXPECT_EQ(StatusOf(before.Ask(kHealth)), 200) << "living connections go on";
  // A key that does not belong to the certificate changes nothing.
  std::filesystem::copy_file(Path("first.key"), Path("live.key"), std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(tls_->Reload().reason(), Reason::kConfigInvalid);
  EXPECT_EQ(TestTls(listener_->port(), TLS1_3_VERSION, TLS1_3_VERSION).Fingerprint(), second);
}

TEST_F(TlsTest, PlaintextGetsAPlainRefusal) {
  Start(false);
  for (const char* raw : {kHealth, "POST /echo HTTP/1.1\r\nAuthorization: Bearer x\r\n\r\n", "hello\r\n"}) {
    TestSocket socket(listener_->port());
    socket.Send(raw);
    const std::string answer = socket.ReadAll();
    EXPECT_EQ(StatusOf(answer), 400);
    EXPECT_THAT(answer, HasSubstr("plaintext-refused"));
  }
}

TEST_F(TlsTest, GarbageThatLooksLikeTlsEndsTheConnectionOnly) {
  Start(false);
  TestSocket socket(listener_->port());
  socket.Send(std::string("\x16\x03\x01\x00\x05", 5) + "abcde");
  socket.ReadAll();
  EXPECT_TRUE(TestTls(listener_->port(), TLS1_3_VERSION, TLS1_3_VERSION).connected());
}

TEST_F(TlsTest, LargeBodiesTravelBothWays) {
  Start(false);
  TestTls client(listener_->port(), TLS1_3_VERSION, TLS1_3_VERSION);
  const std::string body = std::string(3u << 20, 'b') + "end";
  const std::string answer = client.Ask(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(BodyOf(answer), body);
}

TEST_F(TlsTest, RefusesKeysThatOthersCanRead) {
  Install("first");
  chmod(Path("live.key").c_str(), 0644);
  EXPECT_EQ(TlsContext::Create({Path("live.crt"), Path("live.key")}).reason(), Reason::kConfigInvalid);
  chmod(Path("live.key").c_str(), 0640);
  EXPECT_TRUE(TlsContext::Create({Path("live.crt"), Path("live.key")}).ok());
  EXPECT_EQ(TlsContext::Create({Path("none.crt"), Path("live.key")}).reason(), Reason::kConfigInvalid);
  EXPECT_EQ(TlsContext::Create({Path("live.crt"), Path("none.key")}).reason(), Reason::kConfigInvalid);
}

TEST_F(TlsTest, SelfSignedCertificatesNameTheirHostsAndGuardTheirKey) {
  struct stat info {};
  ASSERT_EQ(stat(Path("first.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  FILE* file = fopen(Path("first.crt").c_str(), "r");
  X509* certificate = PEM_read_X509(file, nullptr, nullptr, nullptr);
  fclose(file);
  ASSERT_NE(certificate, nullptr);
  for (const char* host : {"localhost", "vault.example"})
    EXPECT_EQ(X509_check_host(certificate, host, 0, 0, nullptr), 1);
  for (const char* ip : {"127.0.0.1", "::1", "192.0.2.9"}) EXPECT_EQ(X509_check_ip_asc(certificate, ip, 0), 1);
  EXPECT_EQ(X509_check_host(certificate, "other.example", 0, 0, nullptr), 0);
  int days = 0, seconds = 0;
  ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate), X509_get0_notAfter(certificate));
  EXPECT_EQ(days, 397);
  X509_free(certificate);
  // What exists is not overwritten.
  EXPECT_EQ(CreateSelfSignedCertificate(Path("first.crt"), Path("first.key"), {}).reason(),
            Reason::kAlreadyInitialised);
  EXPECT_EQ(CreateSelfSignedCertificate(Path("x.crt"), Path("x.key"), {"a,DNS:b"}).reason(), Reason::kInvalidArgument);
}

}  // namespace
}  // namespace strongroom
