// Tokens over the API.
#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ApiTokensTest : public ApiTest {
 protected:
  ApiTokensTest() {
    code_ = vault_.CreateCustomer({{"email", "ada@example.com"}, {"card", "4111111111111111"}});
    for (const char* domain :
         {R"({"name":"shop"})", R"({"name":"partner"})", R"({"name":"cards","stateless_ff1":true})"}) {
      const std::string name = std::string(domain).substr(9, std::string(domain).find('"', 9) - 9);
      EXPECT_EQ(Outcome("administrator", "PUT /v1/token-domains/" + name, domain), "200");
    }
  }
  std::string Item(const std::string& field, const std::string& more = "") {
    return R"({"items":[{"code":")" + code_ + R"(","field":")" + field + '"' + more + "}]}";
  }
  // The token of a call that makes one.
  std::string Make(const std::string& body, const std::string& domain = "shop") {
    const ApiAnswer made = Call("everything", "POST /v1/token-domains/" + domain + "/tokens", body);
    EXPECT_EQ(made.status, 200) << made.body;
    constexpr std::string_view kBefore = R"("token":")";
    const size_t at = made.body.find(kBefore);
    if (at == std::string::npos) return "";
    const size_t from = at + kBefore.size();
    return made.body.substr(from, made.body.find('"', from) - from);
  }
  ApiAnswer Resolve(const std::string& token, const std::string& domain = "shop") {
    return Call("application", "POST /v1/token-domains/" + domain + "/resolve",
                R"({"purpose":"delivery","tokens":[")" + token + R"("]})");
  }
  std::string code_;
};

TEST_F(ApiTokensTest, ATokenStandsForItsValueInItsDomainAlone) {
  const std::string token = Make(Item("email"));
  EXPECT_THAT(token, ::testing::StartsWith("tok_"));
  EXPECT_EQ(Resolve(token).body,
            R"({"results":[{"code":")" + code_ + R"(","field":"email","value":"ada@example.com"}]})");
  EXPECT_EQ(Resolve(token, "partner").code(), "token-not-found");
  EXPECT_EQ(Resolve(token, "nowhere").code(), "token-domain-unknown");
  EXPECT_EQ(Resolve("tok_mistyped").code(), "token-mistyped");
}

// A mask never stands where a value would.
TEST_F(ApiTokensTest, APartnerIsShownTheMaskUnderANameOfItsOwn) {
  const std::string token = Make(Item("email"), "partner");
  const std::string body = R"({"purpose":"delivery","tokens":[")" + token + R"("]})";
  const ApiAnswer masked = Call("partner", "POST /v1/token-domains/partner/resolve", body);
  EXPECT_EQ(masked.status, 200) << masked.body;
  EXPECT_THAT(masked.body, HasSubstr(R"("field":"email","masked":")"));
  EXPECT_THAT(masked.body, Not(HasSubstr("ada@example.com")));
  EXPECT_THAT(masked.body, Not(HasSubstr(R"("value")")));
  EXPECT_EQ(Outcome("partner", "POST /v1/token-domains/cards/resolve", body), "403 token-domain-refused");
  EXPECT_THAT(Resolve(token, "partner").body, HasSubstr(R"("value":"ada@example.com")"));  // the control
}

TEST_F(ApiTokensTest, AOneTimeTokenResolvesOnce) {
  const std::string token = Make(Item("email", R"(,"one_time":true)"));
  EXPECT_THAT(Resolve(token).body, HasSubstr("ada@example.com"));
  const ApiAnswer spent = Resolve(token);
  EXPECT_EQ(spent.status, 410);
  EXPECT_EQ(spent.code(), "token-spent");
  EXPECT_THAT(spent.body, Not(HasSubstr("ada@")));
}

TEST_F(ApiTokensTest, ATokenExpiresWhenItWasSaidTo) {
  const std::string seconds = Make(Item("email", R"(,"expires_in_seconds":60)"));
  const std::string moment =
      Make(Item("email", R"(,"expires_at":")" + FormatTime(vault_.clock().NowMillis() + 60'000) + '"'));
  EXPECT_EQ(Resolve(seconds).status, 200);
  EXPECT_EQ(Resolve(moment).status, 200);
  vault_.clock().AdvanceMillis(60'001);
  EXPECT_EQ(Resolve(seconds).code(), "token-expired");
  EXPECT_EQ(Resolve(moment).code(), "token-expired");
  for (const char* wrong : {R"(,"expires_at":"2020-01-01T00:00:00Z")", R"(,"expires_at":"tomorrow")",
                            R"(,"expires_at":"2031-02-30T00:00:00Z")", R"(,"expires_in_seconds":0)",
                            R"(,"expires_in_seconds":5,"expires_at":"2031-01-01T00:00:00Z")"}) {
    EXPECT_EQ(Outcome("everything", "POST /v1/token-domains/shop/tokens", Item("email", wrong)), "400 invalid-argument")
        << wrong;
  }
}

TEST_F(ApiTokensTest, RevokedTokensEndAndOthersDoNot) {
  const std::string first = Make(Item("email")), second = Make(Item("email"));
  const ApiAnswer revoked =
      Call("application", "POST /v1/token-domains/shop/revoke", R"({"tokens":[")" + first + R"(","tok_mistyped"]})");
  EXPECT_THAT(revoked.body, HasSubstr(R"({"results":[{},{"problem":{"code":"token-mistyped")"));
  EXPECT_EQ(Resolve(first).code(), "token-revoked");
  EXPECT_EQ(Resolve(second).status, 200);
}

TEST_F(ApiTokensTest, ADeterministicTokenIsTheSameAgain) {
  const std::string body = Item("email", R"(,"format":"deterministic")");
  EXPECT_EQ(Make(body), Make(body));
  EXPECT_NE(Make(Item("email")), Make(Item("email")));
}

TEST_F(ApiTokensTest, AFormatPreservingTokenKeepsTheLastFour) {
  const std::string token = Make(Item("card", R"(,"format":"format_preserving")"));
  EXPECT_THAT(token, ::testing::EndsWith("1111"));
  EXPECT_NE(token, "4111111111111111");
}

TEST_F(ApiTokensTest, StatelessTokensGoThereAndBackInADomainThatOptedIn) {
  const std::string values = R"({"purpose":"delivery","field":"card","values":["4111111111111111","12"]})";
  const ApiAnswer encrypted = Call("everything", "POST /v1/token-domains/cards/encrypt", values);
  ASSERT_EQ(encrypted.status, 200) << encrypted.body;
  EXPECT_THAT(encrypted.body, HasSubstr(R"({"problem":{"code":"token-format-refused")"));
  const std::string token = encrypted.body.substr(encrypted.body.find("\"value\":\"") + 9, 16);
  EXPECT_NE(token, "4111111111111111");
  EXPECT_EQ(Call("everything", "POST /v1/token-domains/cards/decrypt",
                 R"({"purpose":"delivery","field":"card","values":[")" + token + R"("]})")
                .body,
            R"({"results":[{"value":"4111111111111111"}]})");
  EXPECT_EQ(Outcome("everything", "POST /v1/token-domains/shop/encrypt", values), "400 token-format-refused");
}

// More than the I/O thread may be kept busy with: the same answer, by way of a worker.
TEST_F(ApiTokensTest, ALargeBatchIsAnsweredLikeASmallOne) {
  const std::string token = Make(Item("email"));
  std::string tokens;
  for (int i = 0; i < 500; ++i) tokens += (i == 0 ? "\"" : ",\"") + token + '"';
  const ApiAnswer answer =
      Call("application", "POST /v1/token-domains/shop/resolve", R"({"purpose":"delivery","tokens":[)" + tokens + "]}");
  EXPECT_EQ(answer.status, 200) << answer.body.substr(0, 300);
  EXPECT_THAT(answer.body, ::testing::EndsWith(R"("value":"ada@example.com"}]})"));
}

TEST_F(ApiTokensTest, TheSameTokensUnderOneKeyAreMadeOnce) {
  const Headers key = {{"Idempotency-Key", "t1"}};
  const ApiAnswer first = Call("everything", "POST /v1/token-domains/shop/tokens", Item("email"), key);
  EXPECT_EQ(Call("everything", "POST /v1/token-domains/shop/tokens", Item("email"), key).body, first.body);
  EXPECT_NE(Call("everything", "POST /v1/token-domains/shop/tokens", Item("email")).body, first.body);
  EXPECT_EQ(Outcome("everything", "POST /v1/token-domains/partner/tokens", Item("email"), key),
            "409 idempotency-mismatch");
}

// Policy speaks of fields here: each is asked about before an old answer is given.
TEST_F(ApiTokensTest, TokensUnderAKeyAreNotRepeatedToWhoMayNoLongerMakeThem) {
  const Headers key = {{"Idempotency-Key", "t1"}};
  const std::string line = "POST /v1/token-domains/shop/tokens";
  const auto notes = [this] {
    return vault_->house().office().sealed->ListDocuments(Table::kIdempotency, {}, 10)->size();
  };
  EXPECT_EQ(Outcome("support", line, Item("email"), key).substr(0, 3), "403");
  EXPECT_EQ(Outcome("support", line, R"({"items":[{"code":"ext:nobody","field":"nothing"}]})", key), "200");
  EXPECT_EQ(notes(), 0U);
  const ApiAnswer first = Call("application", line, Item("email"), key);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(Call("application", line, Item("email"), key).body, first.body);  // the control
  EXPECT_EQ(notes(), 1U);

  const std::string before = vault_->gate().policy().Get()->source();
  std::string without = before;
  const std::string rules = "[[rule]]\nname = \"never-show-credentials\"";
  ASSERT_NE(without.find(rules), std::string::npos);
  without.insert(without.find(rules),
                 "[[rule]]\nname = \"no-email-tokens\"\nactions = [\"token.create\"]\nfields = [\"email\"]\n"
                 "decision = \"deny\"\n\n");
  vault_->gate().policy().Set(*PolicySet::Parse(without));
  const ApiAnswer refused = Call("application", line, Item("email"), key);
  EXPECT_EQ(refused.code(), "denied");
  EXPECT_THAT(refused.body, Not(HasSubstr("tok_")));
}

TEST_F(ApiTokensTest, DomainsAreListedAndKeepTheirSettings) {
  EXPECT_THAT(Call("administrator", "GET /v1/token-domains").body, HasSubstr(R"("name":"cards")"));
  EXPECT_EQ(Outcome("administrator", "PUT /v1/token-domains/shop", R"({"name":"shop","keep_last":0})"),
            "409 token-domain-exists");
  EXPECT_EQ(Outcome("administrator", "PUT /v1/token-domains/shop", R"({"name":"other"})"), "400 invalid-argument");
}

}  // namespace
}  // namespace strongroom
