// Whether an ID token is for us, of now, and of this sign-in (OpenID Connect Core 1.0, 3.1.3.7).
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/json.h"
#include "factors/openid.h"

namespace strongroom {
namespace {

constexpr JsonLimits kLimits = {.max_depth = 16, .max_bytes = 16 * 1024, .max_values = 2000};
constexpr size_t kMostSubjectBytes = 255;  // Core 1.0, section 2
constexpr size_t kMostTextBytes = 512;
constexpr size_t kMostMethods = 16;

Status Failed(std::string message) { return {Reason::kSingleSignOnFailed, std::move(message)}; }
Status Wrong(std::string_view claim, std::string_view what) {
  return Failed("the ID token's " + std::string(claim) + " " + std::string(what));
}

// Seconds, perhaps with a fraction (RFC 7519, NumericDate), as milliseconds; nothing when absent.
Result<std::optional<UnixMillis>> ReadTime(JsonValue claims, std::string_view name) {
  const std::optional<JsonValue> member = claims.Find(name);
  if (!member) return std::optional<UnixMillis>();
  const Result<double> seconds = member->AsDouble();
  // From 1970 to the year 33658: what is beyond is no time, and could not be turned into milliseconds.
  if (!seconds.ok() || *seconds < 0 || *seconds > 1e12) return Wrong(name, "is not a time");
  return std::optional<UnixMillis>(static_cast<UnixMillis>(std::floor(*seconds * 1000)));
}

// A text for people, cut off where it is absurd; empty when absent or of another type.
std::string ReadText(JsonValue claims, std::string_view name) {
  const std::optional<JsonValue> member = claims.Find(name);
  if (!member) return {};
  const Result<std::string_view> text = member->AsString();
  return text.ok() && text->size() <= kMostTextBytes ? std::string(*text) : std::string();
}

bool Is(JsonValue claims, std::string_view name, std::string_view wanted) {
  const Result<std::string_view> text = claims.GetString(name);
  return text.ok() && *text == wanted;
}

// One text, or a list of them; with several, or a named party, that party must be us.
Status CheckAudience(JsonValue claims, const std::string& client_id) {
  const std::optional<JsonValue> audience = claims.Find("aud");
  if (!audience) return Wrong("aud", "is missing");
  size_t parties = 0;
  bool named = false;
  const auto look = [&](JsonValue value) {
    const Result<std::string_view> text = value.AsString();
    ++parties;
    named = named || (text.ok() && *text == client_id);
  };
  if (audience->IsArray()) {
    for (const JsonValue item : *audience) look(item);
  } else {
    look(*audience);
  }
  if (!named) return Wrong("aud", "does not name this client");
  if ((parties > 1 || claims.Find("azp")) && !Is(claims, "azp", client_id)) {
    return Wrong("azp", "names another client, or nobody beside several audiences");
  }
  return Status::Ok();
}

Status CheckTimes(JsonValue claims, const IdTokenExpectation& expected, UnixMillis now, IdToken& token) {
  ASSIGN_OR_RETURN(const std::optional<UnixMillis> expires, ReadTime(claims, "exp"));
  ASSIGN_OR_RETURN(const std::optional<UnixMillis> not_before, ReadTime(claims, "nbf"));
  ASSIGN_OR_RETURN(const std::optional<UnixMillis> made, ReadTime(claims, "iat"));
  ASSIGN_OR_RETURN(token.authenticated_at, ReadTime(claims, "auth_time"));
  if (!expires || *expires <= now - expected.skew_millis) return Wrong("exp", "is past, or missing");
  if (not_before && *not_before > now + expected.skew_millis) return Wrong("nbf", "is still to come");
  if (!made || *made > now + expected.skew_millis) return Wrong("iat", "is still to come, or missing");
  if (*made < now - expected.most_age_millis - expected.skew_millis) return Wrong("iat", "is too long ago");
  if (!expected.max_age_seconds) return Status::Ok();
  if (!token.authenticated_at) return Wrong("auth_time", "is missing though an age was asked for");
  if (*token.authenticated_at > now + expected.skew_millis ||
      *token.authenticated_at < now - *expected.max_age_seconds * 1000 - expected.skew_millis) {
    return Wrong("auth_time", "is longer ago than was asked for, or still to come");
  }
  return Status::Ok();
}

Status ReadSubject(JsonValue claims, std::string& subject) {
  const Result<std::string_view> text = claims.GetString("sub");
  if (!text.ok() || text->empty() || text->size() > kMostSubjectBytes) return Wrong("sub", "is missing or too long");
  const bool printable = std::all_of(text->begin(), text->end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!printable) return Wrong("sub", "is not ASCII");
  subject = std::string(*text);
  return Status::Ok();
}

std::vector<std::string> ReadMethods(JsonValue claims) {
  std::vector<std::string> methods;
  const std::optional<JsonValue> list = claims.Find("amr");
  if (!list || !list->IsArray()) return methods;
  for (const JsonValue item : *list) {
    const Result<std::string_view> name = item.AsString();
    if (name.ok() && name->size() <= kMostTextBytes && methods.size() < kMostMethods) methods.emplace_back(*name);
  }
  return methods;
}

// Some providers say "true".  Only a plain true counts: the rest is no promise.
bool IsTrue(JsonValue claims, std::string_view name) {
  const std::optional<JsonValue> member = claims.Find(name);
  if (!member) return false;
  const Result<bool> value = member->AsBool();
  return value.ok() && *value;
}

}  // namespace

Result<IdToken> VerifyIdToken(std::string_view token, const JwkSet& keys, const IdTokenExpectation& expected,
                              UnixMillis now) {
  if (expected.issuer.empty() || expected.client_id.empty() || expected.nonce.empty()) {
    return Status(Reason::kInternal, "an ID token was to be verified without issuer, client or nonce");
  }
  ASSIGN_OR_RETURN(const Bytes payload, VerifyJws(token, keys));
  const Result<JsonDocument> document = JsonDocument::ParseObject(payload, kLimits);
  if (!document.ok()) return Failed("the ID token's claims cannot be read: " + document.status().message());
  const JsonValue claims = document->root();
  if (!Is(claims, "iss", expected.issuer)) return Wrong("iss", "is another issuer");
  RETURN_IF_ERROR(CheckAudience(claims, expected.client_id));
  if (!Is(claims, "nonce", expected.nonce)) return Wrong("nonce", "is not that of this sign-in");
  IdToken id;
  RETURN_IF_ERROR(CheckTimes(claims, expected, now, id));
  RETURN_IF_ERROR(ReadSubject(claims, id.subject));
  id.email = ReadText(claims, "email");
  id.email_verified = IsTrue(claims, "email_verified");
  id.name = ReadText(claims, "name");
  id.preferred_username = ReadText(claims, "preferred_username");
  id.session_id = ReadText(claims, "sid");
  id.context_class = ReadText(claims, "acr");
  id.methods = ReadMethods(claims);
  return id;
}

}  // namespace strongroom
