// OpenID Connect as a relying party: what a provider says of itself (Discovery 1.0), where to send the browser, and
// whether an ID token is meant for us (Core 1.0, 3.1.3.7).  Fetching is the caller's.  Any thread.
//
// All failures are kSingleSignOnFailed with a message for the operator's log; it names members, never their values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "factors/jose.h"

namespace strongroom {

// The part of the discovery document that is used.
struct OpenIdProvider {
  std::string issuer;
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string jwks_uri;
  std::string end_session_endpoint;  // empty: none
};

// `issuer` is what the operator configured: the document must name exactly it, and have addresses of https (or, when
// `allow_loopback_http`, of http on 127.0.0.1, [::1] or localhost), the code flow, S256 where it lists methods, and an
// algorithm of ours.  At most 64 KiB.
Result<OpenIdProvider> ParseOpenIdDiscovery(ByteView json, std::string_view issuer, bool allow_loopback_http = false);
// Where the document is: issuer + "/.well-known/openid-configuration".
std::string OpenIdDiscoveryAddress(std::string_view issuer);

struct OpenIdRequest {
  std::string client_id;
  std::string redirect_uri;
  std::string state;      // random, kept with the browser's session
  std::string nonce;      // random, comes back inside of the token
  std::string challenge;  // PKCE
  std::string scope = "openid email profile";
  std::optional<int64_t> max_age_seconds;
};
// The address to send the browser to.
std::string OpenIdAuthorizationAddress(const OpenIdProvider& provider, const OpenIdRequest& request);
// The body of the token request (application/x-www-form-urlencoded), without client authentication.
SecretBytes OpenIdTokenRequestBody(const OpenIdRequest& request, std::string_view code, const SecretBytes& verifier);
// The ID token of a token answer; other tokens in it are dropped.
Result<std::string> ParseOpenIdTokenAnswer(ByteView json);

struct IdTokenExpectation {
  std::string issuer;
  std::string client_id;
  std::string nonce;
  std::optional<int64_t> max_age_seconds;  // when set, the token must say when the person signed in
  int64_t skew_millis = 60'000;            // of the provider's clock
  int64_t most_age_millis = 600'000;       // since the token was made: it comes straight from the provider
};

struct IdToken {
  std::string subject;  // with the issuer, who it is; nothing else in here identifies anybody
  std::string email;
  bool email_verified = false;
  std::string name;
  std::string preferred_username;
  std::string session_id;                      // sid
  std::string context_class;                   // acr
  std::vector<std::string> methods;            // amr
  std::optional<UnixMillis> authenticated_at;  // auth_time
};

// Signature by VerifyJws; then iss, aud, azp, exp, nbf, iat, nonce, auth_time.
Result<IdToken> VerifyIdToken(std::string_view token, const JwkSet& keys, const IdTokenExpectation& expected,
                              UnixMillis now);

}  // namespace strongroom
