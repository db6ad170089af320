#include "factors/openid.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"
#include "crypto/signer.h"

namespace strongroom {
namespace {

constexpr UnixMillis kNow = 1'790'000'000'000;

// A provider with one Ed25519 key.
class Provider {
 public:
  Provider() : signer_(MakeSigner()) {}
  JwkSet Keys() const {
    return std::move(*JwkSet::Parse(R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":")" +
                                    Base64UrlEncode(signer_.public_key()) + "\"}]}"));
  }
  std::string Sign(const std::string& claims) const {
    const std::string text =
        Base64UrlEncode(R"({"alg":"EdDSA","kid":"k","typ":"JWT"})") + "." + Base64UrlEncode(claims);
    return text + "." + Base64UrlEncode(*signer_.Sign(text));
  }

 private:
  static Signer MakeSigner() {
    SeededRandom random(1);
    return Signer::Generate(random);
  }
  Signer signer_;
};

IdTokenExpectation Expected() {
  IdTokenExpectation expected;
  expected.issuer = "https://id.example";
  expected.client_id = "strongroom";
  expected.nonce = "n-1";
  return expected;
}

const std::string kGood =
    R"({"iss":"https://id.example","aud":"strongroom","sub":"248289761001","nonce":"n-1","exp":1790000300,)"
    R"("iat":1789999990,"auth_time":1789999980,"email":"ada@example.com","email_verified":true,"name":"Ada",)"
    R"("amr":["pwd","otp"],"acr":"2"})";

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

Result<IdToken> Verify(const std::string& claims, const IdTokenExpectation& expected = Expected(),
                       UnixMillis now = kNow) {
  const Provider provider;
  return VerifyIdToken(provider.Sign(claims), provider.Keys(), expected, now);
}

TEST(IdToken, GivesTheClaimsOfAGoodToken) {
  const Result<IdToken> token = Verify(kGood);
  ASSERT_TRUE(token.ok()) << token.status().ToString();
  EXPECT_EQ(token->subject, "248289761001");
  EXPECT_EQ(token->email, "ada@example.com");
  EXPECT_TRUE(token->email_verified);
  EXPECT_EQ(token->methods, (std::vector<std::string>{"pwd", "otp"}));
  EXPECT_EQ(token->context_class, "2");
  EXPECT_EQ(token->authenticated_at, UnixMillis{1'789'999'980'000});
}

TEST(IdToken, EachWrongOrMissingClaimIsRefused) {
  ASSERT_TRUE(Verify(kGood).ok()) << "control";
  const std::pair<const char*, const char*> changes[] = {
      {"https://id.example", "https://id.example/"},
      {"https://id.example", "https://evil.example"},
      {R"("iss":)", R"("isz":)"},
      {R"("aud":"strongroom")", R"("aud":"another")"},
      {R"("aud":"strongroom")", R"("aud":["another"])"},
      {R"("aud":"strongroom")", R"("aud":["strongroom","another"])"},
      {R"("aud":"strongroom")", R"("aud":["strongroom","another"],"azp":"another")"},
      {R"("aud":"strongroom")", R"("aud":"strongroom","azp":"another")"},
      {R"("aud":"strongroom")", R"("aud":[["strongroom"]])"},
      {R"("aud":"strongroom")", R"("aud":{"strongroom":1})"},
      {R"("aud":"strongroom",)", ""},
      {R"("nonce":"n-1")", R"("nonce":"n-2")"},
      {R"("nonce":"n-1",)", ""},
      {R"("exp":1790000300)", R"("exp":1789999939)"},
      {R"("exp":1790000300)", R"("exp":"1790000300")"},
      {R"("exp":1790000300)", R"("exp":-1)"},
      {R"("exp":1790000300)", R"("exp":1e300)"},
      {R"("exp":1790000300,)", ""},
      {R"("iat":1789999990)", R"("iat":1790000061)"},
      {R"("iat":1789999990)", R"("iat":1789999330)"},
      {R"("iat":1789999990,)", ""},
      {R"("iat":1789999990)", R"("iat":1789999990,"nbf":1790000061)"},
      {R"("sub":"248289761001")", R"("sub":"")"},
      {R"("sub":"248289761001")", R"("sub":"å")"},
      {R"("sub":"248289761001")", R"("sub":248289761001)"},
      {R"("sub":"248289761001",)", ""},
      {R"("sub":)", R"("sub":"x","sub":)"},
  };
  for (const auto& [from, to] : changes) {
    EXPECT_EQ(Verify(Replaced(kGood, from, to)).reason(), Reason::kSingleSignOnFailed) << from << " to " << to;
  }
  EXPECT_FALSE(Verify(Replaced(kGood, "248289761001", std::string(256, 'x'))).ok());
  EXPECT_FALSE(Verify("[]").ok());
  // The controls: what the standard allows.
  for (const auto& [from, to] : {std::pair{R"("aud":"strongroom")", R"("aud":["strongroom"])"},
                                 std::pair{R"("aud":"strongroom")", R"("aud":["a","strongroom"],"azp":"strongroom")"},
                                 std::pair{R"("exp":1790000300)", R"("exp":1789999941.5)"},
                                 std::pair{R"("iat":1789999990)", R"("iat":1790000059,"nbf":1790000059)"}}) {
    EXPECT_TRUE(Verify(Replaced(kGood, from, to)).ok()) << to;
  }
}

TEST(IdToken, AnAgeThatWasAskedForIsDemanded) {
  IdTokenExpectation expected = Expected();
  const std::string without = Replaced(kGood, R"("auth_time":1789999980,)", "");
  const std::string old = Replaced(kGood, R"("auth_time":1789999980)", R"("auth_time":1789990000)");
  EXPECT_TRUE(Verify(without, expected).ok()) << "control: not asked for";
  EXPECT_TRUE(Verify(old, expected).ok()) << "control: not asked for";
  expected.max_age_seconds = 60;
  EXPECT_TRUE(Verify(kGood, expected).ok()) << "control";
  EXPECT_FALSE(Verify(without, expected).ok());
  EXPECT_FALSE(Verify(old, expected).ok());
}

TEST(IdToken, AnUnverifiedAddressIsCalledThat) {
  EXPECT_FALSE(Verify(Replaced(kGood, R"("email_verified":true)", R"("email_verified":false)"))->email_verified);
  EXPECT_FALSE(Verify(Replaced(kGood, R"("email_verified":true)", R"("email_verified":"true")"))->email_verified);
  EXPECT_FALSE(Verify(Replaced(kGood, R"("email_verified":true,)", ""))->email_verified);
}

TEST(IdToken, AnotherProvidersSignatureIsRefused) {
  const Provider provider;
  SystemRandom random;
  const std::string other = R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":")" +
                            Base64UrlEncode(Signer::Generate(random).public_key()) + "\"}]}";
  EXPECT_EQ(VerifyIdToken(provider.Sign(kGood), *JwkSet::Parse(other), Expected(), kNow).reason(),
            Reason::kSingleSignOnFailed);
  // An expectation left empty is a mistake of ours, not a token for everybody.
  for (std::string IdTokenExpectation::*member :
       {&IdTokenExpectation::issuer, &IdTokenExpectation::client_id, &IdTokenExpectation::nonce}) {
    IdTokenExpectation empty = Expected();
    (empty.*member).clear();
    EXPECT_EQ(Verify(kGood, empty).reason(), Reason::kInternal);
  }
}

const std::string kDiscovery =
    R"({"issuer":"https://id.example","authorization_endpoint":"https://id.example/auth",)"
    R"("token_endpoint":"https://id.example/token","jwks_uri":"https://id.example/keys",)"
    R"("response_types_supported":["code","id_token"],"subject_types_supported":["public"],)"
    R"("id_token_signing_alg_values_supported":["RS256"],"code_challenge_methods_supported":["plain","S256"]})";

TEST(OpenIdDiscovery, ReadsWhatIsUsed) {
  const auto provider = ParseOpenIdDiscovery(kDiscovery, "https://id.example");
  ASSERT_TRUE(provider.ok()) << provider.status().ToString();
  EXPECT_EQ(provider->token_endpoint, "https://id.example/token");
  EXPECT_EQ(provider->end_session_endpoint, "");
  EXPECT_EQ(OpenIdDiscoveryAddress("https://id.example/t/"), "https://id.example/t/.well-known/openid-configuration");
}

TEST(OpenIdDiscovery, RefusesOthersIssuersPlainHttpAndWeakFlows) {
  ASSERT_TRUE(ParseOpenIdDiscovery(kDiscovery, "https://id.example").ok()) << "control";
  EXPECT_FALSE(ParseOpenIdDiscovery(kDiscovery, "https://id.example/").ok());
  EXPECT_FALSE(ParseOpenIdDiscovery(kDiscovery, "https://evil.example").ok());
  const std::pair<const char*, const char*> changes[] = {{"https://id.example/auth", "http://id.example/auth"},
                                                         {"https://id.example/token", "ftp://id.example/token"},
                                                         {"https://id.example/keys", "http://127.0.0.1/keys"},
                                                         {"https://id.example/keys", "https://id.example/#k"},
                                                         {"https://id.example/auth", "https://id.example/a b"},
                                                         {"https://id.example/auth", "javascript:alert(1)"},
                                                         {"https://id.example/auth", "https:///auth"},
                                                         {R"("jwks_uri")", R"("jwks")"},
                                                         {R"(["code","id_token"])", R"(["id_token"])"},
                                                         {R"(["plain","S256"])", R"(["plain"])"},
                                                         {R"(["RS256"])", R"(["none","HS256"])"},
                                                         {R"("issuer")", R"("issuers")"}};
  for (const auto& [from, to] : changes) {
    EXPECT_EQ(ParseOpenIdDiscovery(Replaced(kDiscovery, from, to), "https://id.example").reason(),
              Reason::kSingleSignOnFailed)
        << to;
  }
}

TEST(OpenIdDiscovery, PlainHttpIsForLoopbackAndOnlyWhenAllowed) {
  for (const char* base : {"http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"}) {
    std::string json = kDiscovery;
    for (size_t at = json.find("https://id.example"); at != std::string::npos; at = json.find("https://id.example")) {
      json.replace(at, 18, base);
    }
    EXPECT_TRUE(ParseOpenIdDiscovery(json, base, true).ok()) << base;
    EXPECT_FALSE(ParseOpenIdDiscovery(json, base, false).ok()) << base;
  }
  for (const char* elsewhere :
       {"http://127.0.0.1.evil.test/keys", "http://localhost@evil.test/keys", "http://localhost:80@evil.test/keys"}) {
    EXPECT_FALSE(
        ParseOpenIdDiscovery(Replaced(kDiscovery, "https://id.example/keys", elsewhere), "https://id.example", true)
            .ok())
        << elsewhere;
  }
}

TEST(OpenIdRequest, AddressAndBodyAreEncoded) {
  OpenIdProvider provider;
  provider.authorization_endpoint = "https://id.example/auth?tenant=1";
  const OpenIdRequest request = {"a&b", "https://vault.example/back", "s t", "n", "ch", "openid", 300};
  EXPECT_EQ(
      OpenIdAuthorizationAddress(provider, request),
      "https://id.example/auth?tenant=1&response_type=code&client_id=a%26b&redirect_uri=https%3A%2F%2Fvault.example"
      "%2Fback&scope=openid&state=s%20t&nonce=n&code_challenge=ch&code_challenge_method=S256&max_age=300");
  EXPECT_EQ(ExposeSecret(OpenIdTokenRequestBody(request, "c/d", SecretBytes::CopyOf("ver"))),
            "grant_type=authorization_code&code=c%2Fd&redirect_uri=https%3A%2F%2Fvault.example%2Fback&client_id=a%26b"
            "&code_verifier=ver");
  EXPECT_EQ(*ParseOpenIdTokenAnswer(R"({"access_token":"x","id_token":"a.b.c","token_type":"Bearer"})"), "a.b.c");
  EXPECT_EQ(ParseOpenIdTokenAnswer(R"({"error":"invalid_grant"})").reason(), Reason::kSingleSignOnFailed);
}

}  // namespace
}  // namespace strongroom
