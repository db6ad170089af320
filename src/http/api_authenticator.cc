#include "http/api_authenticator.h"

#include <strings.h>

#include <utility>

#include "access/sign_in_json.h"
#include "http/cookies.h"

namespace strongroom {
namespace {

// RFC 6750 section 2.1; the scheme's name is in any case (RFC 9110 section 11.1).
std::string_view BearerOf(std::string_view header) {
  constexpr std::string_view kScheme = "Bearer ";
  if (header.size() < kScheme.size() || strncasecmp(header.data(), kScheme.data(), kScheme.size()) != 0) return {};
  return header.substr(kScheme.size());
}

}  // namespace

std::optional<Result<Authenticated>> ApiAuthenticator::AuthenticateQuickly(const RequestHead& head) {
  return Authenticate(head);
}

Result<Caller> ApiAuthenticator::ByKey(OpenVault& vault, const RequestHead& head) {
  const std::string_view key = BearerOf(head.Header("Authorization"));
  if (key.empty()) {
    return Status(Reason::kCredentialMissing, "Sign in, or send an API key: 'Authorization: Bearer srk_...'.");
  }
  Caller caller;
  ASSIGN_OR_RETURN(caller.principal, vault.api_keys().Authenticate(key, head.address(), head.request_id()));
  caller.standing = StandingOfKey(*caller.principal);
  return caller;
}

Result<Caller> ApiAuthenticator::BySession(OpenVault& vault, const RequestHead& head, std::string_view cookie) {
  if (!head.Header("Authorization").empty()) {
    return Status(Reason::kCredentialInvalid, "Send an API key or the cookie of a session, not both.");
  }
  FrontDoor& door = vault.front_door();
  SessionRequest request;
  request.cookie = cookie;
  request.proof = head.Header("X-Session-Proof");
  request.method = head.method();
  request.target = head.target();
  request.from_other_site = ComesFromOtherSite(head, door.rules().Get()->origin);
  request.address = head.address();
  request.request_id = head.request_id();
  request.certificate = head.client_certificate();
  return door.sessions().Authenticate(request);
}

Result<Authenticated> ApiAuthenticator::Authenticate(const RequestHead& head) {
  std::shared_ptr<OpenVault> vault = keeper_.Current();
  if (vault == nullptr) {
    return Status(Reason::kServerLocked, "The server is locked. Unlock it with 'strongroom unlock'.");
  }
  const std::string_view cookie = CookieNamed(head.Header("Cookie"), kSessionCookie);
  Authenticated who;
  ASSIGN_OR_RETURN(who.caller, cookie.empty() ? ByKey(*vault, head) : BySession(*vault, head, cookie));
  ASSIGN_OR_RETURN(who.rate, Count(who.caller.principal->id));
  who.caller.address = head.address();
  who.caller.request_id = head.request_id();
  who.session = std::move(vault);
  return who;
}

Result<RateLimit> ApiAuthenticator::Count(PrincipalId principal) {
  RateLimit rate;
  if (options_.requests_per_second == 0) return rate;
  const int64_t now = clock_.MonotonicMillis() / 1000;
  Shard& shard = shards_[principal % shards_.size()];
  std::lock_guard lock(shard.mutex);
  Window& window = shard.windows[principal];
  if (window.second != now) window = {now, 0};
  if (window.used >= options_.requests_per_second) {
    return Status(Reason::kRateLimited, "This credential has used its " + std::to_string(options_.requests_per_second) +
                                            " requests of this second. Wait a second.");
  }
  ++window.used;
  rate.limit = options_.requests_per_second;
  rate.remaining = options_.requests_per_second - window.used;
  rate.reset_seconds = 1;
  return rate;
}

}  // namespace strongroom
