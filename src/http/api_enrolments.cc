// Enrolling: from an invitation's code to an account that signs in.
#include "access/front_door.h"
#include "access/sign_in_json.h"
#include "http/api_door.h"

namespace strongroom {
namespace {

Result<Response> Open(DoorCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view code, body.GetString("code"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const OpenedEnrolment opened, call.vault.front_door().enrolment().Open(call.from, code));
  Bytes out;
  JsonWriter json(out);
  // Nothing of an enrolment is kept before its end: both are always still to be set.
  json.BeginObject().String("transaction", opened.transaction).String("name", opened.name);
  json.Bool("password", true).Bool("factor", true).EndObject();
  return JsonResponse(std::move(out));
}

// A step: {"transaction", …}.  `step` reads the rest.
using Step = Result<Response> (*)(DoorCall& call, Enrolment& enrolment, std::string_view transaction, JsonValue body);

template <Step kStep>
Result<Response> Take(DoorCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view transaction, body.GetString("transaction"));
  return kStep(call, call.vault.front_door().enrolment(), transaction, body);
}

Result<Response> Password(DoorCall& call, Enrolment& enrolment, std::string_view transaction, JsonValue body) {
  ASSIGN_OR_RETURN(const std::string_view password, body.GetString("password"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  RETURN_IF_ERROR(enrolment.SetPassword(call.from, transaction, password));
  return Nothing();
}

Result<Response> TotpBegin(DoorCall& call, Enrolment& enrolment, std::string_view transaction, JsonValue body) {
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const TotpOffer offer, enrolment.BeginTotp(call.from, transaction));
  PlainBytes out;  // wiped unless it is sent
  out.mutable_bytes().reserve(64u << 10);
  JsonWriter json(out.mutable_bytes());
  AppendTotpOfferJson(json, offer);
  return JsonResponse(std::move(out.mutable_bytes()));
}

Result<Response> TotpConfirm(DoorCall& call, Enrolment& enrolment, std::string_view transaction, JsonValue body) {
  ASSIGN_OR_RETURN(const std::string_view code, body.GetString("code"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  RETURN_IF_ERROR(enrolment.ConfirmTotp(call.from, transaction, code));
  return Nothing();
}

Result<Response> PasskeyBegin(DoorCall& call, Enrolment& enrolment, std::string_view transaction, JsonValue body) {
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(std::string options, enrolment.BeginPasskey(call.from, transaction));
  return JsonResponse(std::move(options));
}

Result<Response> PasskeyFinish(DoorCall& call, Enrolment& enrolment, std::string_view transaction, JsonValue body) {
  ASSIGN_OR_RETURN(const JsonValue credential, body.GetObject("credential"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> label, body.OptString("label"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  RETURN_IF_ERROR(enrolment.FinishPasskey(call.from, transaction, credential, label.value_or(std::string_view())));
  return Nothing();
}

Result<Response> Question(DoorCall& call, Enrolment& enrolment, std::string_view transaction, JsonValue body) {
  ASSIGN_OR_RETURN(const std::string_view question, body.GetString("question"));
  ASSIGN_OR_RETURN(const std::string_view answer, body.GetString("answer"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  RETURN_IF_ERROR(enrolment.SetQuestion(call.from, transaction, question, answer));
  return Nothing();
}

Result<Response> Recovery(DoorCall& call, Enrolment& enrolment, std::string_view transaction, JsonValue body) {
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const std::vector<SecretBytes> codes, enrolment.MakeRecoveryCodes(call.from, transaction));
  PlainBytes out;
  out.mutable_bytes().reserve(1024);
  JsonWriter json(out.mutable_bytes());
  AppendRecoveryCodesJson(json, codes);
  return JsonResponse(std::move(out.mutable_bytes()));
}

Result<Response> Finish(DoorCall& call, Enrolment& enrolment, std::string_view transaction, JsonValue body) {
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const std::string mark, enrolment.Finish(call.from, transaction));
  Response response = Nothing();
  response.headers.emplace_back("Set-Cookie", SetDeviceCookie(mark));
  return response;
}

}  // namespace

void AddEnrolmentRoutes(RouteAdder& add, VaultKeeper& keeper) {
  AddDoorRoute(add, keeper, "POST", "/v1/enrolments:open", Open);
  AddDoorRoute(add, keeper, "POST", "/v1/enrolments:password", Take<Password>);
  AddDoorRoute(add, keeper, "POST", "/v1/enrolments:totp-begin", Take<TotpBegin>);
  AddDoorRoute(add, keeper, "POST", "/v1/enrolments:totp-confirm", Take<TotpConfirm>);
  AddDoorRoute(add, keeper, "POST", "/v1/enrolments:passkey-begin", Take<PasskeyBegin>);
  AddDoorRoute(add, keeper, "POST", "/v1/enrolments:passkey-finish", Take<PasskeyFinish>);
  AddDoorRoute(add, keeper, "POST", "/v1/enrolments:question", Take<Question>);
  AddDoorRoute(add, keeper, "POST", "/v1/enrolments:recovery", Take<Recovery>);
  AddDoorRoute(add, keeper, "POST", "/v1/enrolments:finish", Take<Finish>);
}

}  // namespace strongroom
