// Devices over HTTP, and certificates over real TLS: what a connection shows reaches policy, and nothing else does.
#include <openssl/ssl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "access/api_key_record.h"
#include "access/front_door.h"
#include "access/sign_in_json.h"
#include "access/testing/test_device.h"
#include "access/testing/test_person.h"
#include "base/encoding.h"
#include "http/certificate.h"
#include "http/listener.h"
#include "http/test_socket.h"
#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Quoted(std::string_view text) {
  Bytes out;
  JsonWriter(out).String(text);
  return out;
}

class ApiDevicesTest : public ApiTest {
 protected:
  ApiDevicesTest() : ada_(MakePerson(vault_, browser_, "ada")) { from_ = browser_.address; }

  std::string CookieHeader() const {
    return std::string(kSessionCookie) + "=" + browser_.cookie + "; " + std::string(kDeviceCookie) + "=" +
           browser_.device_mark;
  }
  ApiAnswer AskAsAda(const std::string& line, std::string body = {}) {
    const size_t space = line.find(' ');
    return CallWithKey("", line, std::move(body),
                       {{"X-Session-Proof", browser_.Proof(line.substr(0, space), line.substr(space + 1))},
                        {"Cookie", CookieHeader()}});
  }

  TestBrowser browser_{vault_};
  TestPerson ada_;
};

TEST_F(ApiDevicesTest, FromTheRequestToTheLostDevice) {
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  const TestDevice device;
  const std::string body = R"({"label":"laptop","request":)" + Quoted(device.Request()) + "}";
  const ApiAnswer asked = AskAsAda("POST /v1/devices", body);
  ASSERT_EQ(asked.status, 201) << asked.body;
  EXPECT_EQ(asked.TextOf("state"), "requested");
  EXPECT_EQ(asked.TextOf("certificate"), "");
  const std::string path = "/v1/devices/" + asked.TextOf("id");

  EXPECT_EQ(AskAsAda("POST " + path + "/grant", "{}").code(), "denied");
  const ApiAnswer granted = Call("administrator", "POST " + path + "/grant", R"({"days":90})");
  ASSERT_EQ(granted.status, 200) << granted.body;
  EXPECT_EQ(granted.TextOf("state"), "active");
  EXPECT_THAT(granted.TextOf("certificate"), HasSubstr("BEGIN CERTIFICATE"));
  EXPECT_THAT(granted.body, Not(HasSubstr("PRIVATE")));
  EXPECT_EQ(AskAsAda("GET " + path).TextOf("certificate"), granted.TextOf("certificate"));
  EXPECT_THAT(AskAsAda("GET /v1/me/devices").body, HasSubstr(asked.TextOf("id")));
  EXPECT_THAT(Call("administrator", "GET /v1/devices").body, HasSubstr(R"("name":"Person ada")"));
  EXPECT_EQ(Outcome("support", "GET /v1/devices"), "403 denied");
  EXPECT_EQ(Outcome("administrator", "POST " + path + "/renew", R"({"days":365})"), "200");

  const std::string nonce = CallWithKey("", "POST " + path + "/challenge", "", {}).TextOf("nonce");
  const std::string report = R"({"device":")" + asked.TextOf("id") + R"(","nonce":")" + nonce + R"(","made_at":)" +
                             std::to_string(vault_.clock().NowMillis() / 1000) +
                             R"(,"disk_encrypted":true,"protection_current":true,"os":"Debian 12"})";
  const std::string signed_report = R"({"report":")" + Base64UrlEncode(report) + R"(","signature":")" +
                                    Base64UrlEncode(device.Sign("strongroom posture v1\n" + report)) + R"("})";
  const ApiAnswer taken = CallWithKey("", "POST " + path + "/posture", signed_report, {});
  ASSERT_EQ(taken.status, 200) << taken.body;
  EXPECT_THAT(taken.body, HasSubstr(R"("healthy":true)"));
  EXPECT_EQ(CallWithKey("", "POST " + path + "/posture", signed_report, {}).code(), "posture-invalid") << "once";
  EXPECT_THAT(Call("administrator", "GET " + path).body, HasSubstr(R"("healthy":true)"));

  EXPECT_EQ(AskAsAda("DELETE " + path).TextOf("state"), "revoked");
  EXPECT_EQ(AskAsAda("DELETE " + path).code(), "device-refused");
  EXPECT_EQ(CallWithKey("", "POST " + path + "/challenge", "", {}).code(), "device-not-found");
}

TEST_F(ApiDevicesTest, IssuesForSomebodyElseAtOnce) {
  const std::string request = Quoted(TestDevice().Request());
  const std::string body =
      R"({"person":")" + FormatPrincipalId(ada_.id) + R"(","label":"laptop","request":)" + request + "}";
  EXPECT_EQ(Outcome("support", "POST /v1/devices:issue", body), "403 denied");
  const ApiAnswer issued = Call("administrator", "POST /v1/devices:issue", body);
  EXPECT_EQ(issued.status, 201) << issued.body;
  EXPECT_THAT(issued.TextOf("authority"), HasSubstr("BEGIN CERTIFICATE"));
  EXPECT_EQ(Outcome("administrator", "POST /v1/devices:issue",
                    R"({"person":"0000000000000001","label":"x","request":)" + request + "}"),
            "404 staff-not-found");
}

// --- over TLS --------------------------------------------------------------------------------------------------------

// A client that shows a certificate, if it is given one and asked for it.
class TlsClient {
 public:
  explicit TlsClient(uint16_t port, const std::string& certificate = {}, const std::string& key = {})
      : socket_(port), context_(SSL_CTX_new(TLS_client_method())) {
    if (!certificate.empty()) {
      EXPECT_EQ(SSL_CTX_use_certificate_file(context_, certificate.c_str(), SSL_FILETYPE_PEM), 1);
      EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM), 1);
    }
    SSL_CTX_set_cert_cb(
        context_,
        [](SSL*, void* asked) {
          *static_cast<bool*>(asked) = true;
          return 1;
        },
        &asked_);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, socket_.fd());
    SSL_connect(ssl_);
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  bool was_asked() const { return asked_; }
  // The status; 0 when the connection was ended.
  int Ask(const std::string& request) {
    SSL_write(ssl_, request.data(), static_cast<int>(request.size()));
    std::string answer;
    char data[16384];
    while (answer.find("\r\n\r\n") == std::string::npos) {
      const int got = SSL_read(ssl_, data, sizeof data);
      if (got <= 0) return 0;
      answer.append(data, static_cast<size_t>(got));
    }
    last_ = answer;
    return StatusOf(answer);
  }
  const std::string& last() const { return last_; }

 private:
  TestSocket socket_;
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
  bool asked_ = false;
  std::string last_;
};

class DevicesOverTlsTest : public ApiDevicesTest {
 protected:
  DevicesOverTlsTest() {
    char pattern[] = "/tmp/strongroom-devices-XXXXXX";
    folder_ = mkdtemp(pattern);
    EXPECT_TRUE(CreateSelfSignedCertificate(Path("server.crt"), Path("server.key"), {}).ok());
    auto tls = TlsContext::Create({Path("server.crt"), Path("server.key"), false});
    EXPECT_TRUE(tls.ok()) << tls.status().ToString();
    (*tls)->AskForClients([this]() -> std::shared_ptr<const Bytes> {
      const std::shared_ptr<OpenVault> vault = vault_.Current();
      return vault == nullptr ? nullptr : vault->devices().authority();
    });
    ListenerConfig config;
    config.tls = *tls;
    config.worker_threads = 2;
    listener_ = *Listener::Start(config, router_, authenticator_);
    browser_.address = IpAddress::Loopback();
    TestBrowser bos(vault_);
    bo_ = MakePerson(vault_, bos, "bo");
    UsePolicy();
  }
  ~DevicesOverTlsTest() override {
    listener_.reset();
    std::filesystem::remove_all(folder_);
  }

  // Support reads the catalogue from an enrolled device alone.
  void UsePolicy() {
    const auto policy = PolicySet::Parse(
        "format = 1\nroles = [\"support\", \"administrator\", \"everything\"]\n[[rule]]\nname = \"from-devices\"\n"
        "roles = [\"support\"]\nactions = [\"catalogue.read\"]\nneeds = [\"device\"]\ndecision = \"plain\"\n"
        "[[rule]]\nname = \"own\"\nroles = [\"support\"]\nactions = [\"staff.self\"]\ndecision = \"plain\"\n"
        "[[rule]]\nname = \"lock\"\nroles = [\"everything\"]\nactions = [\"server.lock\"]\ndecision = \"plain\"\n"
        "[[rule]]\nname = \"devices\"\nroles = [\"administrator\"]\nactions = [\"device.enrol\", \"device.revoke\"]\n"
        "decision = \"plain\"\n");
    ASSERT_TRUE(policy.ok()) << policy.status().ToString();
    vault_->gate().policy().Set(*policy);
  }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  // Enrols a device of this person; `name`.crt and .key.
  DeviceId Enrol(PrincipalId person, const std::string& name) {
    const TestDevice device;
    const Result<DeviceView> view =
        vault_->devices().Issue(vault_.As("administrator"), person, name, device.Request(), 90).Wait();
    EXPECT_TRUE(view.ok()) << view.status().ToString();
    const IssuedCertificate& issued = view->record.certificates.back();
    std::ofstream(Path(name + ".crt")) << CertificatePem(issued.der);
    std::ofstream(Path(name + ".key")) << device.KeyPem();
    newest_ = issued.fingerprint;
    return view->record.id;
  }
  TlsClient Connect(const std::string& name = {}) {
    return name.empty() ? TlsClient(listener_->port())
                        : TlsClient(listener_->port(), Path(name + ".crt"), Path(name + ".key"));
  }
  std::string ReadsCatalogue(const std::string& more = {}) {
    return "GET /v1/catalogue HTTP/1.1\r\nHost: x\r\nCookie: " + CookieHeader() +
           "\r\nX-Session-Proof: " + browser_.Proof("GET", "/v1/catalogue") + "\r\n" + more + "\r\n";
  }

  std::string folder_;
  std::unique_ptr<Listener> listener_;
  Digest newest_{};
  TestPerson bo_;
};

TEST_F(DevicesOverTlsTest, ACertificateOpensWhatNeedsADevice) {
  Enrol(ada_.id, "laptop");
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  TlsClient bare = Connect();
  EXPECT_EQ(bare.Ask(ReadsCatalogue()), 403) << "none shown";
  EXPECT_TRUE(bare.was_asked());
  TlsClient laptop = Connect("laptop");
  EXPECT_EQ(laptop.Ask(ReadsCatalogue()), 200) << "the control" << laptop.last();
  EXPECT_EQ(laptop.Ask(ReadsCatalogue()), 200) << "the connection is kept";
}

TEST_F(DevicesOverTlsTest, HeadersAreNoCertificate) {
  Enrol(ada_.id, "laptop");
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  const std::string hex = HexEncode(View(newest_));
  EXPECT_EQ(Connect().Ask(ReadsCatalogue("X-SSL-Client-SHA256: " + hex + "\r\nX-Forwarded-Client-Cert: Hash=" + hex +
                                         "\r\nX-SSL-Client-Verify: SUCCESS\r\n")),
            403);
  EXPECT_EQ(Connect("laptop").Ask(ReadsCatalogue()), 200) << "the control";
}

TEST_F(DevicesOverTlsTest, SomebodyElsesAndARevokedOneAreRefused) {
  Enrol(bo_.id, "bos");
  const DeviceId own = Enrol(ada_.id, "laptop");
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  TlsClient laptop = Connect("laptop");
  EXPECT_EQ(laptop.Ask(ReadsCatalogue()), 200) << "the control";
  TlsClient other = Connect("bos");
  EXPECT_EQ(other.Ask(ReadsCatalogue()), 403);
  EXPECT_THAT(other.last(), HasSubstr("device-refused"));
  ASSERT_TRUE(vault_->devices().Revoke(vault_.As("administrator"), own).Wait().ok());
  EXPECT_EQ(laptop.Ask(ReadsCatalogue()), 403) << "on the same connection";
}

TEST_F(DevicesOverTlsTest, AStolenCookieOpensNothingWithoutTheDevice) {
  Enrol(ada_.id, "laptop");
  browser_.certificate = newest_;
  ASSERT_TRUE(browser_.SignIn(ada_).ok());
  const std::string session = "GET /v1/session HTTP/1.1\r\nHost: x\r\nCookie: " + CookieHeader() +
                              "\r\nX-Session-Proof: " + browser_.Proof("GET", "/v1/session") + "\r\n\r\n";
  EXPECT_EQ(Connect("laptop").Ask(session), 200) << "the control";
  EXPECT_EQ(Connect().Ask(session), 403);
}

TEST_F(DevicesOverTlsTest, CertificatesOfOthersEndTheHandshake) {
  Enrol(ada_.id, "laptop");
  const TestDevice device;
  std::ofstream(Path("forged.crt")) << device.CertificateOfAStranger(vault_.clock().NowMillis());
  std::ofstream(Path("forged.key")) << device.KeyPem();
  EXPECT_EQ(Connect("forged").Ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), 0);
  ASSERT_TRUE(CreateSelfSignedCertificate(Path("self.crt"), Path("self.key"), {}).ok());
  EXPECT_EQ(Connect("self").Ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), 0);
  EXPECT_EQ(Connect("laptop").Ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), 200) << "the control";
  EXPECT_EQ(Connect().Ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), 200) << "none is required";
}

TEST_F(DevicesOverTlsTest, NobodyIsAskedBeforeThereIsAnAuthorityOrWhileItIsLocked) {
  EXPECT_FALSE(Connect().was_asked()) << "no device was ever enrolled";
  Enrol(ada_.id, "laptop");
  EXPECT_TRUE(Connect().was_asked()) << "the control";
  ASSERT_TRUE(vault_.Lock(vault_.As("everything")).ok());
  EXPECT_FALSE(Connect().was_asked());
}

}  // namespace
}  // namespace strongroom
