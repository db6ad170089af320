// The API's JSON forms of what access holds: credentials and log entries.
#pragma once

#include "access/api_keys.h"
#include "access/open_vault.h"
#include "access/staff_service.h"
#include "base/json.h"
#include "base/json_writer.h"

namespace strongroom {

// {"name", "kind", "roles", "purposes"?, "token_domains"?, "networks"?, "expires_in_days"?}.  Strict; what is within
// the lists is checked by CheckApiKeySpec.
Result<ApiKeySpec> ApiKeySpecFromJson(const JsonValue& json, UnixMillis now);
// Without the key, which nobody has.
void AppendApiKeyJson(JsonWriter& json, const ApiKeyInfo& info);
// With the key, for the one time it is shown.
void AppendNewApiKeyJson(JsonWriter& json, const NewApiKey& made);
// "enrolment_code", for the one time it is shown.
void AppendEnrolmentCode(JsonWriter& json, const Invited& invited);
// "3f0c55aa12345678"; kInvalidArgument otherwise.
Result<PrincipalId> ParsePrincipalId(std::string_view text);

// {"entries": [newest first], "next_before": place or null}; fields and rules under the names they have today.
void AppendLogPageJson(JsonWriter& json, const LogPage& page, const OpenVault& vault);

}  // namespace strongroom
