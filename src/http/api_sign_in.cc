// Signing in: name and password, factor, question; or a passkey for all of it.
#include "access/front_door.h"
#include "http/api_door.h"

namespace strongroom {
namespace {

Result<Response> Begin(DoorCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view name, body.GetString("name"));
  ASSIGN_OR_RETURN(const std::string_view password, body.GetString("password"));
  ASSIGN_OR_RETURN(const Bytes proof_public, ReadProofPublic(body));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const SignInStep step,
                   call.vault.front_door().sign_in().Begin(call.from, name, password, proof_public));
  return StepResponse(step);
}

Result<Response> Factor(DoorCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view transaction, body.GetString("transaction"));
  ASSIGN_OR_RETURN(const std::string_view kind, body.GetString("kind"));
  ShownFactor shown;
  shown.kind = FactorKindFromName(kind).value_or(FactorKind::kNone);
  if (shown.kind == FactorKind::kNone) {
    return Status(Reason::kInvalidArgument, "'kind' is totp, passkey, sms or recovery");
  }
  ASSIGN_OR_RETURN(const std::optional<std::string_view> code, body.OptString("code"));
  ASSIGN_OR_RETURN(shown.credential, body.OptObject("credential"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  shown.code = code.value_or(std::string_view());
  ASSIGN_OR_RETURN(const SignInStep step, call.vault.front_door().sign_in().GiveFactor(call.from, transaction, shown));
  return StepResponse(step);
}

Result<Response> Question(DoorCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view transaction, body.GetString("transaction"));
  ASSIGN_OR_RETURN(const std::string_view answer, body.GetString("answer"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const SignInStep step, call.vault.front_door().sign_in().Answer(call.from, transaction, answer));
  return StepResponse(step);
}

Result<Response> SendCode(DoorCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view transaction, body.GetString("transaction"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  RETURN_IF_ERROR(call.vault.front_door().sign_in().SendCode(call.from, transaction));
  return Nothing();
}

// The options as the browser takes them, and with them what to send back.
Response OptionsResponse(const PasskeyOptions& options) {
  Bytes out = options.json;
  if (!options.transaction.empty()) {
    out.pop_back();
    out.append(R"(,"transaction":)");
    AppendJsonString(out, options.transaction);
    out.push_back('}');
  }
  return JsonResponse(std::move(out));
}

Result<Response> Options(DoorCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::optional<std::string_view> transaction, body.OptString("transaction"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const PasskeyOptions options,
                   call.vault.front_door().sign_in().OptionsFor(call.from, transaction.value_or(std::string_view())));
  return OptionsResponse(options);
}

Result<Response> WithPasskey(DoorCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view transaction, body.GetString("transaction"));
  ASSIGN_OR_RETURN(const JsonValue credential, body.GetObject("credential"));
  ASSIGN_OR_RETURN(const Bytes proof_public, ReadProofPublic(body));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const SignInStep step,
                   call.vault.front_door().sign_in().WithPasskey(call.from, transaction, credential, proof_public));
  return StepResponse(step);
}

}  // namespace

void AddSignInRoutes(RouteAdder& add, VaultKeeper& keeper) {
  AddDoorRoute(add, keeper, "POST", "/v1/sign-in", Begin);
  AddDoorRoute(add, keeper, "POST", "/v1/sign-in:factor", Factor);
  AddDoorRoute(add, keeper, "POST", "/v1/sign-in:question", Question);
  AddDoorRoute(add, keeper, "POST", "/v1/sign-in:send-code", SendCode);
  AddDoorRoute(add, keeper, "POST", "/v1/sign-in:passkey-options", Options);
  AddDoorRoute(add, keeper, "POST", "/v1/sign-in:passkey", WithPasskey);
}

}  // namespace strongroom
