// The API's JSON forms and cookies of signing in.
#pragma once

#include <string>
#include <vector>

#include "access/credential_setup.h"
#include "access/session_view.h"
#include "access/sessions.h"
#include "access/sign_in.h"
#include "base/json_writer.h"

namespace strongroom {

constexpr std::string_view kSessionCookie = "__Host-strongroom";
constexpr std::string_view kDeviceCookie = "__Host-strongroom-device";

// Values of Set-Cookie (docs/formats/session.md).
std::string SetSessionCookie(const SecretBytes& cookie);
std::string DropSessionCookie();
std::string SetDeviceCookie(std::string_view device_mark);

// {"transaction", "next": "factor", "factors"} | {…, "question"} | {"next": "done", "session_id", "proof_public"}
void AppendSignInStepJson(JsonWriter& json, const SignInStep& step);
// {"secret", "uri", "qr_svg"} and {"codes"}: secrets, to be wiped.
void AppendTotpOfferJson(JsonWriter& json, const TotpOffer& offer);
void AppendRecoveryCodesJson(JsonWriter& json, const std::vector<SecretBytes>& codes);
// How a person signs in; no secret in it.
void AppendAccountJson(JsonWriter& json, const StaffMember& person);
void AppendSessionViewJson(JsonWriter& json, const SessionView& view);
void AppendSessionsJson(JsonWriter& json, const std::vector<SessionInfo>& sessions, uint64_t current);

}  // namespace strongroom
