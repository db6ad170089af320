#include "factors/jose.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/signer.h"

namespace strongroom {
namespace {

// RFC 7515, A.2 and A.3; RFC 8037, A.2 and A.4.
const std::string kRsa =
    R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4Ql)"
    R"(L-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTB)"
    R"(EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9g)"
    R"(b54h4FRWyuXpoQ","e":"AQAB"})";
const std::string kEc = R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                        R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
const std::string kEd = R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
const std::string kPayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const std::string kRsaToken =
    "eyJhbGciOiJSUzI1NiJ9." + kPayload +
    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
    "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZ"
    "cAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--"
    "xi12jzDwusC-eOk"
    "HWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const std::string kEcToken = "eyJhbGciOiJFUzI1NiJ9." + kPayload +
                             ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const std::string kEdToken =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

std::string SetOf(const std::vector<std::string>& keys) {
  std::string json = "{\"keys\":[";
  for (const std::string& key : keys) json += (json.back() == '[' ? "" : ",") + key;
  return json + "]}";
}

// The key with members more.
std::string With(std::string key, const std::string& members) {
  key.insert(key.size() - 1, "," + members);
  return key;
}

bool Verifies(const std::string& token, const std::vector<std::string>& keys) {
  const Result<JwkSet> set = JwkSet::Parse(SetOf(keys));
  return set.ok() && VerifyJws(token, *set).ok();
}

// Signs with the key whose public half is kEd (RFC 8032, TEST 1).
std::string SignedWithEd(const std::string& header, const std::string& payload) {
  const auto signer = Signer::FromSeed(
      SecretBytes::CopyOf(*HexDecode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")));
  const std::string text = Base64UrlEncode(header) + "." + Base64UrlEncode(payload);
  return text + "." + Base64UrlEncode(*signer->Sign(text));
}

TEST(Jose, VerifiesThePublishedTokens) {
  const Result<JwkSet> set = JwkSet::Parse(SetOf({kRsa, kEc, kEd}));
  ASSERT_TRUE(set.ok()) << set.status().ToString();
  EXPECT_EQ(set->size(), 3u);
  for (const std::string& token : {kRsaToken, kEcToken}) {
    const Result<Bytes> payload = VerifyJws(token, *set);
    ASSERT_TRUE(payload.ok()) << payload.status().ToString();
    EXPECT_EQ(*payload, *Base64UrlDecode(kPayload));
  }
  EXPECT_EQ(*VerifyJws(kEdToken, *set), "Example of Ed25519 signing");
}

TEST(Jose, RefusesEveryAlteration) {
  for (const std::string& token : {kRsaToken, kEcToken, kEdToken}) {
    ASSERT_TRUE(Verifies(token, {kRsa, kEc, kEd})) << "control";
    for (size_t i = 0; i < token.size(); ++i) {
      std::string altered = token;
      altered[i] = altered[i] == 'A' ? 'B' : 'A';
      EXPECT_FALSE(Verifies(altered, {kRsa, kEc, kEd})) << i;
    }
    for (const std::string& other : {"." + token, token + ".", token + ".x", token.substr(0, token.rfind('.')),
                                     token.substr(0, token.rfind('.') + 1), token + "=", token + "\n"}) {
      EXPECT_FALSE(Verifies(other, {kRsa, kEc, kEd}));
    }
  }
  EXPECT_FALSE(Verifies(std::string(1'000'000, '.'), {kEc}));
  EXPECT_FALSE(Verifies("", {kEc}));
}

TEST(Jose, TheAlgorithmIsTheKeysNotTheTokens) {
  ASSERT_TRUE(Verifies(SignedWithEd(R"({"alg":"EdDSA"})", "{}"), {kEd})) << "control";
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"HS256"})", R"({"alg":"HS512"})",
                             R"({"alg":"ES256"})", R"({"alg":"RS256"})", R"({"alg":"eddsa"})", R"({"alg":""})",
                             R"({"alg":null})", R"({})", R"([])", R"({"alg":"EdDSA","alg":"EdDSA"})", "EdDSA"}) {
    EXPECT_FALSE(Verifies(SignedWithEd(header, "{}"), {kRsa, kEc, kEd})) << header;
  }
  // "none" with no signature at all, and an HMAC whose key is the public key: the classics.
  EXPECT_FALSE(Verifies(Base64UrlEncode(R"({"alg":"none"})") + ".e30.", {kEd}));
  const std::string text = Base64UrlEncode(R"({"alg":"HS256"})") + ".e30";
  const Mac mac(SecretBytes::CopyOf(*Base64UrlDecode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")));
  EXPECT_FALSE(Verifies(text + "." + Base64UrlEncode(View(mac.Compute({text}))), {kEd}));
}

TEST(Jose, DemandedExtensionsAndKeysInsideOfTheTokenHaveNoEffect) {
  EXPECT_FALSE(Verifies(SignedWithEd(R"({"alg":"EdDSA","crit":["exp"],"exp":1})", "{}"), {kEd}));
  EXPECT_FALSE(Verifies(SignedWithEd(R"({"alg":"EdDSA","b64":false})", "{}"), {kEd}));
  // A key in the header is not looked at: with it the token verifies no better.
  const std::string with_key = SignedWithEd(R"({"alg":"EdDSA","jwk":)" + kEd + "}", "{}");
  EXPECT_TRUE(Verifies(with_key, {kEd})) << "control";
  EXPECT_FALSE(Verifies(with_key, {kEc}));
}

TEST(Jose, TheKeyIdChoosesTheKey) {
  const std::string other = R"({"kty":"OKP","crv":"Ed25519","x":"PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"})";
  const std::string token = SignedWithEd(R"({"alg":"EdDSA","kid":"now"})", "{}");
  EXPECT_TRUE(Verifies(token, {With(other, R"("kid":"then")"), With(kEd, R"("kid":"now")")}));
  EXPECT_FALSE(Verifies(token, {With(other, R"("kid":"now")"), With(kEd, R"("kid":"then")")}));
  EXPECT_FALSE(Verifies(token, {With(kEd, R"("kid":"then")")}));
  EXPECT_FALSE(Verifies(token, {With(kEd, R"("kid":"now")"), With(other, R"("kid":"now")")})) << "ambiguous";
  const std::string nameless = SignedWithEd(R"({"alg":"EdDSA"})", "{}");
  EXPECT_TRUE(Verifies(nameless, {With(kEd, R"("kid":"now")")}));
  EXPECT_FALSE(Verifies(nameless, {With(kEd, R"("kid":"now")"), With(other, R"("kid":"then")")})) << "ambiguous";
}

TEST(JwkSet, LeavesOutWhatIsNotAPublicSigningKey) {
  EXPECT_TRUE(JwkSet::Parse(SetOf({kEd})).ok()) << "control";
  EXPECT_TRUE(JwkSet::Parse(SetOf({With(kEd, R"("use":"sig","alg":"EdDSA","key_ops":["verify"])")})).ok()) << "control";
  for (const std::string& useless :
       {With(kEd, R"("use":"enc")"), With(kEd, R"("key_ops":["sign"])"), With(kEd, R"("alg":"ES256")"),
        With(kEd, R"("alg":"none")"), With(kEd, R"("d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")"),
        std::string(R"({"kty":"oct","k":"AAAA"})"), std::string(R"({"kty":"EC","crv":"P-384","x":"AA","y":"AA"})"),
        std::string(R"({"kty":"RSA","n":"AQAB","e":"AQAB"})"), std::string("17"), std::string("{}")}) {
    EXPECT_FALSE(JwkSet::Parse(SetOf({useless})).ok()) << useless;
    EXPECT_EQ(JwkSet::Parse(SetOf({useless, kEc}))->size(), 1u) << useless;
  }
}

TEST(JwkSet, RefusesWhatIsNoSet) {
  for (const std::string& bad : {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"keys":{}})"),
                                 std::string(R"({"keys":[]})"), std::string(R"({"keys":[],"keys":[]})"),
                                 SetOf(std::vector<std::string>(65, kEd)), std::string(100'000, ' ')}) {
    EXPECT_EQ(JwkSet::Parse(bad).reason(), Reason::kSingleSignOnFailed);
  }
}

// RFC 7636, appendix B.
TEST(Pkce, GivesThePublishedChallengeAndFreshVerifiers) {
  EXPECT_EQ(PkceChallenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  SystemRandom random;
  const Pkce a = MakePkce(random), b = MakePkce(random);
  EXPECT_EQ(a.verifier.size(), 43u);
  EXPECT_EQ(PkceChallenge(ExposeSecret(a.verifier)), a.challenge);
  EXPECT_NE(a.challenge, b.challenge);
}

}  // namespace
}  // namespace strongroom
