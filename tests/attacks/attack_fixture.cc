#include "tests/attacks/attack_fixture.h"

#include "access/sign_in_json.h"
#include "base/encoding.h"
#include "base/json.h"
#include "factors/totp.h"
#include "http/test_socket.h"

namespace strongroom::attacks {
namespace {

constexpr std::string_view kHost = "vault.example.com";

}  // namespace

std::string Answer::Outcome() const { return std::to_string(status) + (status >= 400 ? " " + TextOf("code") : ""); }

std::string Answer::TextOf(std::string_view member) const {
  const Result<JsonDocument> document = JsonDocument::Parse(body);
  if (!document.ok() || !document->root().IsObject()) return "";
  const auto found = document->root().Find(member);
  return found.has_value() && found->AsString().ok() ? std::string(*found->AsString()) : "";
}

std::string Answer::HeaderOf(std::string_view name) const {
  const size_t at = head.find("\r\n" + std::string(name) + ": ");
  if (at == std::string::npos) return "";
  const size_t value = at + name.size() + 4;
  return head.substr(value, head.find("\r\n", value) - value);
}

std::string Answer::CookieOf(std::string_view name) const {
  const std::string begin = "Set-Cookie: " + std::string(name) + "=";
  const size_t at = head.find(begin);
  if (at == std::string::npos) return "";
  const size_t value = at + begin.size();
  return head.substr(value, head.find_first_of(";\r", value) - value);
}

std::unique_ptr<TestRequest> Rewritten(const RequestHead& head, const std::string& proof) {
  auto request = std::make_unique<TestRequest>(std::string(head.method()), std::string(head.path()));
  request->SetTarget(std::string(head.target())).From(head.address());
  for (const NameValue& header : head.headers()) {
    const bool left_out =
        header.name == "X-Session-Proof" || header.name == "Origin" || header.name == "Sec-Fetch-Site";
    if (!left_out) request->Set(std::string(header.name), std::string(header.value));
  }
  request->Set("X-Session-Proof", proof);
  return request;
}

AttackTest::AttackTest(const std::vector<IpNetwork>& trusted_proxies) : ada_(MakePerson(vault_, victims_, "ada")) {
  EXPECT_TRUE(AddApiRoutes(router_, vault_, {.version = "1", .stats = [] { return ListenerStats(); }}).ok());
  ListenerConfig config;
  config.plaintext_on_loopback = true;
  config.worker_threads = 4;
  config.trusted_proxies = trusted_proxies;
  Result<std::unique_ptr<Listener>> started = Listener::Start(config, router_, door_);
  EXPECT_TRUE(started.ok()) << started.status().ToString();
  listener_ = *std::move(started);
}

Answer AttackTest::Send(const std::string& from, const std::string& line, const std::string& body, Headers headers) {
  std::string text = line + " HTTP/1.1\r\nHost: " + std::string(kHost) + "\r\nConnection: close\r\n";
  if (!from.empty()) headers.emplace_back("X-Forwarded-For", from);
  bool says_type = body.empty();
  for (const auto& [name, value] : headers) {
    text += name + ": " + value + "\r\n";
    says_type = says_type || name == "Content-Type";
  }
  if (!says_type) text += "Content-Type: application/json\r\n";
  if (!body.empty() || line.starts_with("POST ")) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  TestSocket socket(listener_->port());
  EXPECT_TRUE(socket.Send(text + "\r\n" + body));
  const std::string raw = socket.ReadAnswer();
  Answer answer;
  answer.status = StatusOf(raw);
  answer.body = BodyOf(raw);
  answer.head = raw.substr(0, raw.size() - answer.body.size());
  return answer;
}

Headers AttackTest::CookiesOf(const TestBrowser& browser) const {
  std::string cookies;
  if (!browser.cookie.empty()) cookies += std::string(kSessionCookie) + "=" + browser.cookie;
  if (!browser.device_mark.empty()) {
    cookies += (cookies.empty() ? "" : "; ") + std::string(kDeviceCookie) + "=" + browser.device_mark;
  }
  if (cookies.empty()) return {};
  return {{"Cookie", cookies}};
}

Answer AttackTest::GivePassword(TestBrowser& browser, const std::string& name, const std::string& password,
                                Headers headers) {
  for (auto& cookie : CookiesOf(browser)) headers.push_back(std::move(cookie));
  const std::string point = Base64UrlEncode(browser.ProofPublic());
  const Answer answer =
      Send(browser.address.ToString(), "POST /v1/sign-in",
           R"({"name":")" + name + R"(","password":")" + password + R"(","proof_public":")" + point + R"("})",
           std::move(headers));
  browser.transaction = answer.TextOf("transaction");
  return answer;
}

Answer AttackTest::GiveCode(TestBrowser& browser, const std::string& code) {
  const Answer answer = Send(
      browser.address.ToString(), "POST /v1/sign-in:factor",
      R"({"transaction":")" + browser.transaction + R"(","kind":"totp","code":")" + code + R"("})", CookiesOf(browser));
  if (answer.TextOf("next") != "done") return answer;
  browser.cookie = answer.CookieOf(kSessionCookie);
  browser.device_mark = answer.CookieOf(kDeviceCookie);
  browser.session_id = answer.TextOf("session_id");
  browser.Agree(*Base64UrlDecode(answer.TextOf("proof_public")), browser.session_id);
  return answer;
}

void AttackTest::SignIn(TestBrowser& browser, const TestPerson& person) {
  ASSERT_EQ(GivePassword(browser, person.name, person.password).Outcome(), "200");
  ASSERT_EQ(GiveCode(browser, person.Code(vault_)).Outcome(), "200");
  ASSERT_NE(browser.cookie, "");
  vault_.clock().AdvanceMillis(kTotpStepMillis);
}

Answer AttackTest::Ask(TestBrowser& browser, const std::string& line, const std::string& body, Headers headers) {
  const size_t space = line.find(' ');
  for (auto& cookie : CookiesOf(browser)) headers.push_back(std::move(cookie));
  headers.emplace_back("X-Session-Proof", browser.Proof(line.substr(0, space), line.substr(space + 1)));
  return Send(browser.address.ToString(), line, body, std::move(headers));
}

void AttackTest::KeepRegisters(const TestPerson& person) {
  for (const char* name : {"training", "agreement", "acceptable-use"}) {
    RegisterMark mark;
    mark.name = name;
    mark.version = "1";
    EXPECT_TRUE(vault_->registers().Record(vault_.As("everything"), person.id, mark).Wait().ok()) << name;
  }
}

}  // namespace strongroom::attacks
