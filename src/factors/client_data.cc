#include "factors/client_data.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/secret.h"

namespace strongroom {
namespace {

// Browsers send some 200 bytes and may add members.
constexpr JsonLimits kLimits = {.max_depth = 8, .max_bytes = 8192, .max_values = 200};

bool IsOneOf(const std::vector<std::string>& allowed, std::string_view value) {
  return std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

struct ClientData {
  std::string_view type, challenge, origin;
  std::optional<bool> cross_origin;
  std::optional<std::string_view> top_origin;
};

Result<ClientData> ReadMembers(JsonValue root) {
  ClientData data;
  ASSIGN_OR_RETURN(data.type, root.GetString("type"));
  ASSIGN_OR_RETURN(data.challenge, root.GetString("challenge"));
  ASSIGN_OR_RETURN(data.origin, root.GetString("origin"));
  ASSIGN_OR_RETURN(data.cross_origin, root.OptBool("crossOrigin"));
  ASSIGN_OR_RETURN(data.top_origin, root.OptString("topOrigin"));
  return data;
}

// Whether the ceremony may have run inside of a frame of another site.
bool PlaceAllowed(const RelyingParty& party, const ClientData& data) {
  if (!data.cross_origin.value_or(false) && !data.top_origin) return true;
  if (!party.allow_cross_origin) return false;
  if (party.top_origins.empty()) return true;
  return data.top_origin && IsOneOf(party.top_origins, *data.top_origin);
}

}  // namespace

Status CheckClientData(const RelyingParty& party, std::string_view type, ByteView challenge, ByteView json,
                       Reason failure) {
  const Result<JsonDocument> document = JsonDocument::ParseObject(json, kLimits);
  if (!document.ok()) return {failure, "the browser's client data is not JSON that can be read"};
  const Result<ClientData> data = ReadMembers(document->root());
  if (!data.ok()) return {failure, "the browser's client data lacks a member, or has one of another type"};
  if (data->type != type) return {failure, "the client data is of another kind of ceremony"};
  if (challenge.size() < kChallengeLeastBytes) return {Reason::kInternal, "the challenge of the ceremony is too short"};
  if (!EqualInConstantTime(data->challenge, Base64UrlEncode(challenge))) {
    return {failure, "the client data answers another challenge: begin again"};
  }
  if (!IsOneOf(party.origins, data->origin)) return {failure, "the ceremony ran on another site"};
  if (!PlaceAllowed(party, *data)) return {failure, "the ceremony ran inside of another site's page"};
  return Status::Ok();
}

}  // namespace strongroom
