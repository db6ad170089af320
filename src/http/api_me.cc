// One's own account: confirming that it is still oneself, and changing how one signs in.
#include "access/front_door.h"
#include "access/sign_in_json.h"
#include "base/encoding.h"
#include "http/api_door.h"

namespace strongroom {
namespace {

Account& AccountOf(ApiCall& call) { return call.vault.front_door().account(); }

Result<Response> StepUp(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  StepUpProof proof;
  ASSIGN_OR_RETURN(proof.kind, body.GetString("kind"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> password, body.OptString("password"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> code, body.OptString("code"));
  ASSIGN_OR_RETURN(proof.credential, body.OptObject("credential"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  proof.password = password.value_or(std::string_view());
  proof.code = code.value_or(std::string_view());
  ASSIGN_OR_RETURN(const SecretBytes cookie, AccountOf(call).StepUp(call.caller, SignInFromOf(call.request), proof));
  Response response = Nothing();
  response.headers.emplace_back("Set-Cookie", SetSessionCookie(cookie));
  return response;
}

Status ExpectEmptyObject(const ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  return document.root().RefuseUnknown();
}

Result<Response> StepUpOptions(ApiCall& call) {
  RETURN_IF_ERROR(ExpectEmptyObject(call));
  ASSIGN_OR_RETURN(std::string options, AccountOf(call).StepUpOptions(call.caller, SignInFromOf(call.request)));
  return JsonResponse(std::move(options));
}

Result<Response> Get(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const StaffMemberPtr person, AccountOf(call).Get(call.caller).Wait());
  Bytes out;
  JsonWriter json(out);
  AppendAccountJson(json, *person);
  return JsonResponse(std::move(out));
}

// Reads one member of text, and nothing else.
Result<std::string> OnlyText(const ApiCall& call, std::string_view member) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  ASSIGN_OR_RETURN(const std::string_view text, document.root().GetString(member));
  RETURN_IF_ERROR(document.root().RefuseUnknown());
  return std::string(text);
}

Result<Response> Password(ApiCall& call) {
  ASSIGN_OR_RETURN(const std::string password, OnlyText(call, "password"));
  RETURN_IF_ERROR(AccountOf(call).ChangePassword(call.caller, SignInFromOf(call.request), password));
  return Nothing();
}

Result<Response> TotpBegin(ApiCall& call) {
  RETURN_IF_ERROR(ExpectEmptyObject(call));
  ASSIGN_OR_RETURN(const TotpOffer offer, AccountOf(call).BeginTotp(call.caller));
  PlainBytes out;  // wiped unless it is sent
  out.mutable_bytes().reserve(64u << 10);
  JsonWriter json(out.mutable_bytes());
  AppendTotpOfferJson(json, offer);
  return JsonResponse(std::move(out.mutable_bytes()));
}

Result<Response> TotpConfirm(ApiCall& call) {
  ASSIGN_OR_RETURN(const std::string code, OnlyText(call, "code"));
  RETURN_IF_ERROR(AccountOf(call).ConfirmTotp(call.caller, SignInFromOf(call.request), code));
  return Nothing();
}

Result<Response> TotpRemove(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  RETURN_IF_ERROR(AccountOf(call).RemoveTotp(call.caller, SignInFromOf(call.request)));
  return Nothing();
}

Result<Response> PasskeyBegin(ApiCall& call) {
  RETURN_IF_ERROR(ExpectEmptyObject(call));
  ASSIGN_OR_RETURN(std::string options, AccountOf(call).BeginPasskey(call.caller, SignInFromOf(call.request)));
  return JsonResponse(std::move(options));
}

Result<Response> PasskeyFinish(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const JsonValue credential, body.GetObject("credential"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> label, body.OptString("label"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  RETURN_IF_ERROR(AccountOf(call).FinishPasskey(call.caller, SignInFromOf(call.request), credential,
                                                label.value_or(std::string_view())));
  return Nothing();
}

Result<Response> PasskeyRemove(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  const Result<Bytes> id = Base64UrlDecode(call.request.Param("id"));
  if (!id.ok()) return Status(Reason::kFactorInvalid, "a passkey's id is base64url, as the account lists it");
  RETURN_IF_ERROR(AccountOf(call).RemovePasskey(call.caller, SignInFromOf(call.request), *id));
  return Nothing();
}

Result<Response> PhoneBegin(ApiCall& call) {
  ASSIGN_OR_RETURN(const std::string phone, OnlyText(call, "phone"));
  RETURN_IF_ERROR(AccountOf(call).BeginPhone(call.caller, phone));
  return Nothing();
}

Result<Response> PhoneConfirm(ApiCall& call) {
  ASSIGN_OR_RETURN(const std::string code, OnlyText(call, "code"));
  RETURN_IF_ERROR(AccountOf(call).ConfirmPhone(call.caller, SignInFromOf(call.request), code));
  return Nothing();
}

Result<Response> PhoneRemove(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  RETURN_IF_ERROR(AccountOf(call).RemovePhone(call.caller, SignInFromOf(call.request)));
  return Nothing();
}

Result<Response> Question(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view question, body.GetString("question"));
  ASSIGN_OR_RETURN(const std::string_view answer, body.GetString("answer"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  RETURN_IF_ERROR(AccountOf(call).SetQuestion(call.caller, SignInFromOf(call.request), question, answer));
  return Nothing();
}

Result<Response> Recovery(ApiCall& call) {
  RETURN_IF_ERROR(ExpectEmptyObject(call));
  ASSIGN_OR_RETURN(const std::vector<SecretBytes> codes,
                   AccountOf(call).MakeRecoveryCodes(call.caller, SignInFromOf(call.request)));
  PlainBytes out;
  out.mutable_bytes().reserve(1024);
  JsonWriter json(out.mutable_bytes());
  AppendRecoveryCodesJson(json, codes);
  return JsonResponse(std::move(out.mutable_bytes()));
}

}  // namespace

void AddOwnAccountRoutes(RouteAdder& add) {
  add.Worker("POST", "/v1/session:step-up", StepUp);
  add.Worker("POST", "/v1/session:passkey-options", StepUpOptions);
  add.Worker("GET", "/v1/me", Get);
  add.Worker("POST", "/v1/me:password", Password);
  add.Worker("POST", "/v1/me:totp-begin", TotpBegin);
  add.Worker("POST", "/v1/me:totp-confirm", TotpConfirm);
  add.Worker("DELETE", "/v1/me/totp", TotpRemove);
  add.Worker("POST", "/v1/me:passkey-begin", PasskeyBegin);
  add.Worker("POST", "/v1/me:passkey-finish", PasskeyFinish);
  add.Worker("DELETE", "/v1/me/passkeys/{id}", PasskeyRemove);
  add.Worker("POST", "/v1/me:phone-begin", PhoneBegin);
  add.Worker("POST", "/v1/me:phone-confirm", PhoneConfirm);
  add.Worker("DELETE", "/v1/me/phone", PhoneRemove);
  add.Worker("POST", "/v1/me:question", Question);
  add.Worker("POST", "/v1/me:recovery", Recovery);
}

}  // namespace strongroom
