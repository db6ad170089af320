// Whatever an identity provider sends, or somebody in its name: keys, discovery and tokens are read or refused, and no
// token verifies without the private key.
#include <cstdint>
#include <cstdlib>

#include "base/encoding.h"
#include "factors/jose.h"
#include "factors/openid.h"

using namespace strongroom;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView input(reinterpret_cast<const char*>(data), size);
  // RFC 7515, A.3 and RFC 8037, A.2; their tokens are nobody's to guess.
  static const JwkSet& keys = *new JwkSet(std::move(
      *JwkSet::Parse(R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                     R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})")));
  IdTokenExpectation expected;
  expected.issuer = "https://id.example";
  expected.client_id = "c";
  expected.nonce = "n";
  if (VerifyIdToken(input, keys, expected, 1'790'000'000'000).ok()) abort();
  const auto set = JwkSet::Parse(input);
  if (set.ok() && set->size() > 64) abort();
  const auto provider = ParseOpenIdDiscovery(input, "https://id.example");
  if (provider.ok() && !provider->token_endpoint.starts_with("https://")) abort();
  ParseOpenIdTokenAnswer(input).status().IgnoreError();
  return 0;
}
