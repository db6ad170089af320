#include "access/sign_in_json.h"

#include "access/api_key_record.h"
#include "base/encoding.h"
#include "factors/recovery_codes.h"

namespace strongroom {
namespace {

// SameSite=Strict: no other site's page or link makes a browser send it.  __Host-: no other host can have set it.
constexpr std::string_view kAttributes = "; Path=/; Secure; HttpOnly; SameSite=Strict";
constexpr std::string_view kLongestLife = "; Max-Age=34560000";  // 400 days, the most that browsers keep

std::string CookieOf(std::string_view name, std::string_view value, std::string_view more) {
  std::string cookie;
  cookie.reserve(160);
  cookie.append(name).append("=").append(value).append(kAttributes).append(more);
  return cookie;
}

void AppendStrings(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.Key(name).BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

}  // namespace

std::string SetSessionCookie(const SecretBytes& cookie) { return CookieOf(kSessionCookie, ExposeSecret(cookie), ""); }

std::string DropSessionCookie() { return CookieOf(kSessionCookie, "", "; Max-Age=0"); }

std::string SetDeviceCookie(std::string_view device_mark) { return CookieOf(kDeviceCookie, device_mark, kLongestLife); }

void AppendSignInStepJson(JsonWriter& json, const SignInStep& step) {
  json.BeginObject();
  if (step.done.has_value()) {
    json.String("next", "done").String("session_id", step.done->session_id);
    json.String("proof_public", Base64UrlEncode(step.done->proof_public)).EndObject();
    return;
  }
  const bool asks = step.next == SignInStep::Next::kQuestion;
  json.String("transaction", step.transaction).String("next", asks ? "question" : "factor");
  if (asks) {
    json.String("question", step.question);
  } else {
    json.Key("factors").BeginArray();
    for (const FactorKind kind : step.factors) json.String(NameOf(kind));
    json.EndArray();
  }
  json.EndObject();
}

void AppendTotpOfferJson(JsonWriter& json, const TotpOffer& offer) {
  json.BeginObject().String("secret", ExposeSecret(offer.secret)).String("uri", ExposeSecret(offer.uri));
  json.String("qr_svg", ExposeSecret(offer.qr_svg)).EndObject();
}

void AppendRecoveryCodesJson(JsonWriter& json, const std::vector<SecretBytes>& codes) {
  json.BeginObject().Key("codes").BeginArray();
  for (const SecretBytes& code : codes) json.String(ExposeSecret(code));
  json.EndArray().EndObject();
}

void AppendAccountJson(JsonWriter& json, const StaffMember& person) {
  json.BeginObject().String("id", FormatPrincipalId(person.id)).String("name", person.name);
  json.String("display_name", person.display_name).String("language", person.language);
  if (!person.email.empty()) json.String("email", person.email);
  if (!person.phone.empty()) json.String("phone", person.phone);
  if (person.password_set_at) json.String("password_set_at", FormatTime(*person.password_set_at));
  if (!person.question.empty()) json.String("question", person.question);
  json.Bool("totp", !person.totp_secret.empty()).Bool("phone_confirmed", person.phone_confirmed);
  size_t left = 0;
  if (!person.recovery_codes.empty()) {
    const Result<RecoveryCodeSet> set = RecoveryCodeSet::Decode(person.recovery_codes[0].verifier);
    if (set.ok()) left = set->left();
  }
  json.Int("recovery_codes_left", static_cast<int64_t>(left)).Key("passkeys").BeginArray();
  for (const Passkey& passkey : person.passkeys) {
    json.BeginObject().String("id", Base64UrlEncode(passkey.credential_id)).String("label", passkey.label);
    json.String("added_at", FormatTime(passkey.added_at)).Bool("backed_up", passkey.backed_up).EndObject();
  }
  json.EndArray().EndObject();
}

void AppendSessionViewJson(JsonWriter& json, const SessionView& view) {
  json.BeginObject().Key("me").BeginObject();
  json.String("id", FormatPrincipalId(view.person->id)).String("name", view.person->name);
  json.String("display_name", view.person->display_name).String("language", view.person->language);
  AppendStrings(json, "roles", view.roles);
  AppendStrings(json, "purposes", view.person->purposes);
  json.EndObject();
  json.Key("second_factor_age_seconds");
  view.second_factor_age_seconds.has_value() ? json.Int(*view.second_factor_age_seconds) : json.Null();
  json.Int("expires_in_seconds", view.expires_in_seconds);
  json.Key("may").BeginArray();
  for (const Action action : view.may) json.String(NameOf(action));
  json.EndArray().Key("overdue").BeginArray();
  for (const OverdueRegister& one : view.overdue) {
    json.BeginObject().String("register", one.name).String("kind", one.kind).String("version", one.version).EndObject();
  }
  json.EndArray().EndObject();
}

void AppendSessionsJson(JsonWriter& json, const std::vector<SessionInfo>& sessions, uint64_t current) {
  json.BeginObject().Key("sessions").BeginArray();
  for (const SessionInfo& session : sessions) {
    json.BeginObject().String("id", FormatSessionId(session.id)).Bool("current", session.id == current);
    json.String("created_at", FormatTime(session.created_at)).String("last_seen_at", FormatTime(session.last_seen_at));
    json.String("ends_at", FormatTime(session.ends_at)).String("factor", NameOf(session.factor));
    json.String("address", session.address.ToString()).String("device", session.device).EndObject();
  }
  json.EndArray().EndObject();
}

}  // namespace strongroom
