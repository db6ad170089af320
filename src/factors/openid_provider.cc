// What a provider says of itself, and where the browser is sent.
#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/json.h"
#include "factors/openid.h"

namespace strongroom {
namespace {

constexpr JsonLimits kLimits = {.max_depth = 8, .max_bytes = 64 * 1024, .max_values = 4000};
constexpr size_t kMostAddressBytes = 2048;

Status Failed(std::string message) { return {Reason::kSingleSignOnFailed, std::move(message)}; }

// Printable ASCII alone: an address that two readers could split differently is no address.
bool IsPlain(std::string_view address) {
  return address.size() <= kMostAddressBytes && std::all_of(address.begin(), address.end(), [](char c) {
           return c > ' ' && c < '\x7f' && c != '"' && c != '\\' && c != '<' && c != '>';
         });
}

bool IsAcceptableAddress(std::string_view address, bool allow_loopback_http) {
  if (!IsPlain(address) || address.find('#') != std::string_view::npos) return false;
  if (address.starts_with("https://")) return address.size() > 8 && address[8] != '/';
  if (!allow_loopback_http) return false;
  for (const std::string_view host : {"http://127.0.0.1", "http://[::1]", "http://localhost"}) {
    if (!address.starts_with(host)) continue;
    const std::string_view rest = address.substr(host.size());
    if (rest.empty() || rest[0] == '/' || rest[0] == ':') return rest.find('@') == std::string_view::npos;
  }
  return false;
}

Status ReadAddress(JsonValue root, std::string_view name, bool allow_loopback_http, std::string& out) {
  const Result<std::string_view> address = root.GetString(name);
  if (!address.ok()) return Failed("the provider's discovery document lacks " + std::string(name));
  if (!IsAcceptableAddress(*address, allow_loopback_http)) {
    return Failed("the provider's " + std::string(name) + " is not an https address");
  }
  out = std::string(*address);
  return Status::Ok();
}

// Whether the list, where there is one, holds a text that is `wanted`.
template <typename Wanted>
bool ListHas(JsonValue root, std::string_view name, bool when_absent, Wanted wanted) {
  const std::optional<JsonValue> list = root.Find(name);
  if (!list) return when_absent;
  for (const JsonValue item : *list) {
    const Result<std::string_view> text = item.AsString();
    if (text.ok() && wanted(*text)) return true;
  }
  return false;
}

void AppendParameter(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty() && out.back() != '?' && out.back() != '&') out.push_back('&');
  out.append(name).append("=").append(PercentEncode(value));
}

}  // namespace

std::string OpenIdDiscoveryAddress(std::string_view issuer) {
  if (issuer.ends_with('/')) issuer.remove_suffix(1);  // Discovery 1.0, 4.1
  return std::string(issuer) + "/.well-known/openid-configuration";
}

Result<OpenIdProvider> ParseOpenIdDiscovery(ByteView json, std::string_view issuer, bool allow_loopback_http) {
  const Result<JsonDocument> document = JsonDocument::ParseObject(json, kLimits);
  if (!document.ok()) return Failed("the provider's discovery document cannot be read: " + document.status().message());
  const JsonValue root = document->root();
  OpenIdProvider provider;
  RETURN_IF_ERROR(ReadAddress(root, "issuer", allow_loopback_http, provider.issuer));
  // Byte for byte (Discovery 1.0, 4.3): a provider that speaks for another could sign anybody in.
  if (provider.issuer != issuer) return Failed("the discovery document is of another issuer than the configured one");
  RETURN_IF_ERROR(ReadAddress(root, "authorization_endpoint", allow_loopback_http, provider.authorization_endpoint));
  RETURN_IF_ERROR(ReadAddress(root, "token_endpoint", allow_loopback_http, provider.token_endpoint));
  RETURN_IF_ERROR(ReadAddress(root, "jwks_uri", allow_loopback_http, provider.jwks_uri));
  if (root.Find("end_session_endpoint")) {
    RETURN_IF_ERROR(ReadAddress(root, "end_session_endpoint", allow_loopback_http, provider.end_session_endpoint));
  }
  if (!ListHas(root, "response_types_supported", false, [](std::string_view type) { return type == "code"; })) {
    return Failed("the provider does not offer the code flow");
  }
  if (!ListHas(root, "code_challenge_methods_supported", true, [](std::string_view m) { return m == "S256"; })) {
    return Failed("the provider does not offer PKCE with S256");
  }
  const auto ours = [](std::string_view name) { return JoseAlgorithm(name).has_value(); };
  if (!ListHas(root, "id_token_signing_alg_values_supported", false, ours)) {
    return Failed("the provider signs with none of RS256, ES256 and EdDSA");
  }
  return provider;
}

std::string OpenIdAuthorizationAddress(const OpenIdProvider& provider, const OpenIdRequest& request) {
  std::string address = provider.authorization_endpoint;
  if (address.find('?') == std::string::npos) address.push_back('?');
  AppendParameter(address, "response_type", "code");
  AppendParameter(address, "client_id", request.client_id);
  AppendParameter(address, "redirect_uri", request.redirect_uri);
  AppendParameter(address, "scope", request.scope);
  AppendParameter(address, "state", request.state);
  AppendParameter(address, "nonce", request.nonce);
  AppendParameter(address, "code_challenge", request.challenge);
  AppendParameter(address, "code_challenge_method", "S256");
  if (request.max_age_seconds) AppendParameter(address, "max_age", std::to_string(*request.max_age_seconds));
  return address;
}

SecretBytes OpenIdTokenRequestBody(const OpenIdRequest& request, std::string_view code, const SecretBytes& verifier) {
  std::string body;
  AppendParameter(body, "grant_type", "authorization_code");
  AppendParameter(body, "code", code);
  AppendParameter(body, "redirect_uri", request.redirect_uri);
  AppendParameter(body, "client_id", request.client_id);
  AppendParameter(body, "code_verifier", ExposeSecret(verifier));
  SecretBytes secret = SecretBytes::CopyOf(body);
  WipeString(body);
  return secret;
}

Result<std::string> ParseOpenIdTokenAnswer(ByteView json) {
  const Result<JsonDocument> document = JsonDocument::ParseObject(json, kLimits);
  if (!document.ok()) return Failed("the provider's token answer cannot be read: " + document.status().message());
  const Result<std::string_view> token = document->root().GetString("id_token");
  if (!token.ok()) return Failed("the provider's token answer has no id_token");
  return std::string(*token);
}

}  // namespace strongroom
