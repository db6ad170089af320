// Signing in over HTTP, as the console does it; and what is tried against it.  Each attack with its control.
#include <cstdio>

#include "access/api_key_record.h"
#include "access/front_door.h"
#include "access/sign_in_json.h"
#include "access/testing/test_person.h"
#include "base/encoding.h"
#include "http/client_address.h"
#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ApiSignInTest : public ApiTest {
 protected:
  ApiSignInTest() : ada_(MakePerson(vault_, browser_, "ada")) { from_ = browser_.address; }

  std::string CookieHeader() const {
    std::string header;
    if (!browser_.cookie.empty()) header += std::string(kSessionCookie) + "=" + browser_.cookie;
    if (!browser_.device_mark.empty()) {
      header += (header.empty() ? "" : "; ") + std::string(kDeviceCookie) + "=" + browser_.device_mark;
    }
    return header;
  }
  // The value that an answer gives a cookie.
  static std::string CookieOf(const ApiAnswer& answer, std::string_view name) {
    const std::string all = answer.HeaderOf("Set-Cookie");
    const std::string begin = std::string(name) + "=";
    size_t at = all.find(begin);
    if (at == std::string::npos) return "";
    at += begin.size();
    return all.substr(at, all.find(';', at) - at);
  }

  // As the signed-in browser: cookie and proof.
  ApiAnswer Ask(const std::string& line, std::string body = {}, Headers headers = {}) {
    const size_t space = line.find(' ');
    headers.emplace_back("X-Session-Proof", browser_.Proof(line.substr(0, space), line.substr(space + 1)));
    return AskUnproved(line, std::move(body), std::move(headers));
  }
  ApiAnswer AskUnproved(const std::string& line, std::string body = {}, Headers headers = {}) {
    if (!CookieHeader().empty()) headers.emplace_back("Cookie", CookieHeader());
    headers.emplace_back("Host", "vault.example.com");
    return CallWithKey("", line, std::move(body), std::move(headers));
  }
  ApiAnswer GivePassword(const std::string& password, Headers headers = {}) {
    const std::string point = Base64UrlEncode(browser_.ProofPublic());
    const ApiAnswer answer =
        AskUnproved("POST /v1/sign-in",
                    R"({"name":"ada","password":")" + password + R"(","proof_public":")" + point + R"("})", headers);
    browser_.transaction = answer.TextOf("transaction");
    return answer;
  }
  ApiAnswer GiveCode(const std::string& code) {
    return AskUnproved("POST /v1/sign-in:factor",
                       R"({"transaction":")" + browser_.transaction + R"(","kind":"totp","code":")" + code + R"("})");
  }
  // Keeps what the browser keeps.
  void Take(const ApiAnswer& done) {
    ASSERT_EQ(done.TextOf("next"), "done") << done.body;
    browser_.cookie = CookieOf(done, kSessionCookie);
    browser_.device_mark = CookieOf(done, kDeviceCookie);
    browser_.session_id = done.TextOf("session_id");
    browser_.Agree(*Base64UrlDecode(done.TextOf("proof_public")), browser_.session_id);
  }
  void SignIn() {
    ASSERT_EQ(GivePassword(ada_.password).status, 200);
    Take(GiveCode(ada_.Code(vault_)));
    WaitForTheNextCode(vault_);
  }
  std::string OutcomeOf(const ApiAnswer& answer) {
    return std::to_string(answer.status) + (answer.status >= 400 ? " " + answer.code() : "");
  }
  AuditEntry Newest() { return OfficeEntries(vault_).back(); }

  TestBrowser browser_{vault_};
  TestPerson ada_;
};

TEST_F(ApiSignInTest, ABrowserSignsInLooksAroundAndSignsOut) {
  const ApiAnswer step = GivePassword(ada_.password);
  EXPECT_EQ(step.TextOf("next"), "factor");
  EXPECT_THAT(step.body, HasSubstr(R"("factors":["totp"])"));
  EXPECT_EQ(step.HeaderOf("Set-Cookie"), "") << "nothing before the second factor";
  const ApiAnswer done = GiveCode(ada_.Code(vault_));
  Take(done);
  for (const char* attribute : {"; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"}) {
    EXPECT_THAT(done.HeaderOf("Set-Cookie"), HasSubstr(attribute));
  }
  EXPECT_THAT(done.HeaderOf("Set-Cookie"), Not(HasSubstr("Domain")));
  EXPECT_THAT(done.body, Not(HasSubstr("srs_"))) << "scripts never see the cookie";

  const ApiAnswer session = Ask("GET /v1/session");
  EXPECT_EQ(session.status, 200) << session.body;
  EXPECT_THAT(session.body, HasSubstr(R"("name":"ada")"));
  EXPECT_THAT(session.body, HasSubstr(R"("customer.read")"));
  EXPECT_THAT(session.body, HasSubstr(R"("register":"training")"));
  EXPECT_THAT(Ask("GET /v1/sessions").body, HasSubstr(R"("current":true)"));
  EXPECT_EQ(Ask("GET /v1/customers/ext:none").code(), "customer-not-found") << "the rest of the API, by cookie";

  const ApiAnswer out = Ask("DELETE /v1/session");
  EXPECT_EQ(out.status, 200) << out.body;
  EXPECT_THAT(out.HeaderOf("Set-Cookie"), HasSubstr("Max-Age=0"));
  EXPECT_EQ(OutcomeOf(Ask("GET /v1/session")), "401 session-ended");
}

TEST_F(ApiSignInTest, AnInvitedPersonEnrolsOverHttp) {
  const ApiAnswer invited = Call("administrator", "POST /v1/staff", R"({"name":"kim","roles":[{"role":"support"}]})");
  ASSERT_EQ(invited.status, 201) << invited.body;
  const size_t at = invited.body.find("\"enrolment_code\":\"") + 18;
  const std::string code = invited.body.substr(at, invited.body.find('"', at) - at);
  for (const StaffMemberPtr& member : vault_->staff_directory().All()) {
    if (member->name != "kim") continue;
    EXPECT_EQ(Outcome("everything", "POST /v1/staff/" + FormatPrincipalId(member->id) + "/vet", R"({"reference":"7"})"),
              "200");
  }
  const ApiAnswer opened = AskUnproved("POST /v1/enrolments:open", R"({"code":")" + code + R"("})");
  ASSERT_EQ(opened.status, 200) << opened.body;
  const std::string tx = R"({"transaction":")" + opened.TextOf("transaction") + R"(")";
  const auto step = [&](const std::string& what, const std::string& more = "") {
    return AskUnproved("POST /v1/enrolments:" + what, tx + more + "}");
  };
  EXPECT_EQ(OutcomeOf(step("password", R"(,"password":"password1")")), "400 password-refused");
  EXPECT_EQ(OutcomeOf(step("password", R"(,"password":"orange kettle 72")")), "200");
  const ApiAnswer offer = step("totp-begin");
  EXPECT_THAT(offer.body, HasSubstr("otpauth://totp/"));
  EXPECT_THAT(offer.body, HasSubstr("<svg"));
  const std::string totp = CodeOfNewApp(vault_, offer.TextOf("secret"));
  EXPECT_EQ(OutcomeOf(step("totp-confirm", R"(,"code":")" + totp + R"(")")), "200");
  EXPECT_EQ(OutcomeOf(step("question", R"(,"question":"First bicycle?","answer":"Blue-green Crescent")")), "200");
  const ApiAnswer codes = step("recovery");
  EXPECT_EQ(std::count(codes.body.begin(), codes.body.end(), ','), 9) << codes.body;
  const ApiAnswer finished = step("finish");
  EXPECT_EQ(finished.status, 200) << finished.body;
  EXPECT_THAT(finished.HeaderOf("Set-Cookie"), HasSubstr(std::string(kDeviceCookie) + "=srd_"));
  EXPECT_EQ(OutcomeOf(step("finish")), "401 enrolment-invalid");
}

// --- attacks ---------------------------------------------------------------------------------------------------------

TEST_F(ApiSignInTest, AStolenCookieIsWorthlessOnAnotherDevice) {
  SignIn();
  EXPECT_EQ(OutcomeOf(AskUnproved("GET /v1/session")), "401 session-unproved");
  EXPECT_EQ(Newest().action, Action::kAlarm);
  EXPECT_EQ(OutcomeOf(AskUnproved("GET /v1/session", "", {{"X-Session-Proof", "1.AAAA"}})), "401 session-unproved");
  // A proof that was seen is of its request alone.
  const std::string seen = browser_.Proof("GET", "/v1/session");
  EXPECT_EQ(OutcomeOf(AskUnproved("GET /v1/sessions", "", {{"X-Session-Proof", seen}})), "401 session-unproved");
  EXPECT_EQ(OutcomeOf(Ask("GET /v1/session")), "200") << "the control";
}

TEST_F(ApiSignInTest, AnotherSitesPageCannotActForWhoeverIsSignedIn) {
  SignIn();
  const std::string line = "POST /v1/session:step-up";
  // A form or fetch() of another page: the browser would send the cookie (SameSite aside), and cannot make the proof.
  EXPECT_EQ(OutcomeOf(AskUnproved(line, R"({"kind":"password","password":"x"})", {{"Origin", "https://evil.example"}})),
            "401 session-unproved");
  // Even with a proof, what says that it comes from elsewhere is refused.
  for (const Headers& headers : {Headers{{"Origin", "https://evil.example"}}, Headers{{"Sec-Fetch-Site", "cross-site"}},
                                 Headers{{"Sec-Fetch-Site", "same-site"}}, Headers{{"Origin", "null"}}}) {
    EXPECT_EQ(OutcomeOf(Ask("GET /v1/session", "", headers)), "401 session-unproved") << headers[0].second;
  }
  EXPECT_EQ(OutcomeOf(Ask("GET /v1/session", "",
                          {{"Origin", "https://vault.example.com"}, {"Sec-Fetch-Site", "same-origin"}})),
            "200")
      << "the control";
}

TEST_F(ApiSignInTest, NobodySignsAnotherIntoTheirOwnAccountFromAnotherSite) {
  EXPECT_EQ(OutcomeOf(GivePassword(ada_.password, {{"Origin", "https://evil.example"}})), "403 denied");
  EXPECT_EQ(OutcomeOf(GivePassword(ada_.password, {{"Sec-Fetch-Site", "cross-site"}})), "403 denied");
  EXPECT_EQ(OutcomeOf(GivePassword(ada_.password, {{"Sec-Fetch-Site", "same-origin"}})), "200") << "the control";
}

TEST_F(ApiSignInTest, ACookieThatWasPlantedIsNotTheSession) {
  browser_.cookie = "srs_" + std::string(43, 'B');
  const std::string planted = browser_.cookie;
  SignIn();
  EXPECT_NE(browser_.cookie, planted);
  const std::string own = browser_.cookie;
  browser_.cookie = planted;
  EXPECT_EQ(OutcomeOf(Ask("GET /v1/session")), "401 session-ended");
  browser_.cookie = own;
  EXPECT_EQ(OutcomeOf(Ask("GET /v1/session")), "200") << "the control";
}

TEST_F(ApiSignInTest, AKeyAndACookieTogetherAreRefused) {
  SignIn();
  const std::string proof = browser_.Proof("GET", "/v1/session");
  Headers both = {{"X-Session-Proof", proof}, {"Cookie", CookieHeader()}, {"Host", "vault.example.com"}};
  EXPECT_EQ(OutcomeOf(CallWithKey("Bearer " + vault_.Key("auditor"), "GET /v1/session", "", both)),
            "401 credential-invalid");
  EXPECT_EQ(OutcomeOf(Call("auditor", "GET /v1/policy")), "200") << "the control: the key alone";
}

TEST_F(ApiSignInTest, TwoSessionCookiesAreNone) {
  SignIn();
  Headers two = {{"X-Session-Proof", browser_.Proof("GET", "/v1/session")},
                 {"Cookie", CookieHeader() + "; " + std::string(kSessionCookie) + "=srs_x"}};
  EXPECT_EQ(OutcomeOf(CallWithKey("", "GET /v1/session", "", two)), "401 credential-missing");
}

TEST_F(ApiSignInTest, CredentialStuffingFromOneNetworkIsHeldUp) {
  from_ = *IpAddress::Parse("198.51.100.23");
  browser_.device_mark.clear();
  const uint64_t before = vault_->front_door().slow_work().turns();
  std::set<std::string> answers;
  for (int i = 0; i < 200; ++i) {
    const std::string point = Base64UrlEncode(browser_.ProofPublic());
    const ApiAnswer answer =
        AskUnproved("POST /v1/sign-in", R"({"name":"person)" + std::to_string(i) +
                                            R"(","password":"stolen","proof_public":")" + point + R"("})");
    answers.insert(OutcomeOf(answer));
  }
  EXPECT_EQ(answers, std::set<std::string>{"401 sign-in-refused"});
  EXPECT_EQ(vault_->front_door().slow_work().turns() - before, 30u) << "looked at, before the network has to wait";
  // From there even the right password waits its turn; from elsewhere it does not.
  EXPECT_EQ(OutcomeOf(GivePassword(ada_.password)), "401 sign-in-refused");
  from_ = *IpAddress::Parse("203.0.113.4");
  EXPECT_EQ(OutcomeOf(GivePassword(ada_.password)), "200") << "the control";
}

TEST_F(ApiSignInTest, AHalfFinishedSignInIsNoWayAroundTheLockOut) {
  const std::string enrolled_mark = browser_.device_mark;
  from_ = *IpAddress::Parse("198.51.100.23");
  browser_.device_mark.clear();
  int looked_at = 0;
  for (int i = 0; i < 12; ++i) {
    // A transaction made while it was still allowed...
    if (GivePassword(ada_.password).status != 200) continue;
    for (int guess = 0; guess < 5; ++guess) {
      const ApiAnswer answer = GiveCode("000000");
      EXPECT_THAT(OutcomeOf(answer), ::testing::AnyOf("401 factor-refused", "401 sign-in-expired"));
      const std::string detail = Newest().detail;
      looked_at += detail.find("wrong factor") != std::string::npos ? 1 : 0;
    }
  }
  // ... does not outlast it: five from this network, then delays.
  EXPECT_LE(looked_at, 6);
  ASSERT_EQ(GivePassword(ada_.password).status, 200);
  EXPECT_EQ(OutcomeOf(GiveCode(ada_.Code(vault_))), "401 factor-refused") << "the right code has to wait as well";
  // The owner's browser, known to the account, is not held up by any of it.
  from_ = browser_.address;
  browser_.device_mark = enrolled_mark;
  SignIn();
  EXPECT_EQ(OutcomeOf(Ask("GET /v1/session")), "200");
}

TEST_F(ApiSignInTest, AForgedClientAddressIsNotBelieved) {
  // The listener's own rule (client_address.h): only a trusted proxy may say who it speaks for.
  const IpAddress outside = *IpAddress::Parse("198.51.100.9");
  const std::vector<IpNetwork> proxies = {*IpNetwork::Parse("10.0.0.0/8")};
  EXPECT_EQ(ClientAddress(outside, "192.0.2.7", proxies), outside);
  EXPECT_EQ(ClientAddress(*IpAddress::Parse("10.0.0.1"), "192.0.2.7", proxies), *IpAddress::Parse("192.0.2.7"));
  // And signing in asks the listener's address, whatever headers say.
  TestBrowser inside(vault_);
  const TestPerson mary = MakePerson(vault_, inside, "mary", {.networks = {*IpNetwork::Parse("192.0.2.0/24")}});
  const auto sign_in = [&](const IpAddress& from) {
    from_ = from;
    const std::string point = Base64UrlEncode(browser_.ProofPublic());
    const std::string body =
        R"({"name":"mary","password":")" + mary.password + R"(","proof_public":")" + point + R"("})";
    return OutcomeOf(
        AskUnproved("POST /v1/sign-in", body,
                    {{"X-Forwarded-For", "192.0.2.7"}, {"X-Real-IP", "192.0.2.7"}, {"Forwarded", "for=192.0.2.7"}}));
  };
  EXPECT_EQ(sign_in(outside), "401 sign-in-refused");
  EXPECT_EQ(sign_in(*IpAddress::Parse("192.0.2.99")), "200") << "the control";
}

TEST_F(ApiSignInTest, ASuspendedPersonsNextRequestIsTheirLast) {
  SignIn();
  EXPECT_EQ(OutcomeOf(Ask("GET /v1/session")), "200");
  EXPECT_EQ(Outcome("everything", "POST /v1/staff/" + FormatPrincipalId(ada_.id) + "/suspend"), "200");
  EXPECT_EQ(OutcomeOf(Ask("GET /v1/session")), "401 session-ended");
}

TEST_F(ApiSignInTest, SomebodyElsesSessionsNeedTheRight) {
  SignIn();
  const std::string id = browser_.session_id;
  EXPECT_EQ(Outcome("support", "DELETE /v1/sessions/" + id), "403 denied");
  EXPECT_EQ(Outcome("support", "GET /v1/sessions?person=" + FormatPrincipalId(ada_.id)), "403 denied");
  EXPECT_EQ(OutcomeOf(Ask("GET /v1/session")), "200");
  EXPECT_EQ(Outcome("everything", "DELETE /v1/sessions/" + id), "200");
  EXPECT_EQ(OutcomeOf(Ask("GET /v1/session")), "401 session-ended");
}

}  // namespace
}  // namespace strongroom
