// Single sign-on: the company's identity provider instead of the password; and its settings.
#include "access/front_door.h"
#include "http/api_door.h"

namespace strongroom {
namespace {

SingleSignOn& SignOnOf(OpenVault& vault) { return vault.front_door().single_sign_on(); }

Result<Response> Offers(DoorCall& call) {
  Bytes out;
  JsonWriter(out).BeginObject().Bool("single_sign_on", SignOnOf(call.vault).configured()).EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Begin(DoorCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  ASSIGN_OR_RETURN(const Bytes proof_public, ReadProofPublic(document.root()));
  RETURN_IF_ERROR(document.root().RefuseUnknown());
  ASSIGN_OR_RETURN(const SignOnStart start, SignOnOf(call.vault).Begin(call.from, proof_public));
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("transaction", start.transaction).String("address", start.address).EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Finish(DoorCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view transaction, body.GetString("transaction"));
  ASSIGN_OR_RETURN(const std::string_view state, body.GetString("state"));
  ASSIGN_OR_RETURN(const std::string_view code, body.GetString("code"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const SignInStep step, SignOnOf(call.vault).Finish(call.from, transaction, state, code));
  return StepResponse(step);
}

Response ViewResponse(const SingleSignOnView& view) {
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Bool("configured", view.configured).String("redirect_address", view.redirect_address);
  if (view.configured) {
    json.String("issuer", view.issuer).String("client_id", view.client_id).Bool("has_secret", view.has_secret);
  }
  json.EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Read(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const SingleSignOnView view, SignOnOf(call.vault).Read(call.caller).Wait());
  return ViewResponse(view);
}

Result<Response> Set(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  SingleSignOnSettings settings;
  ASSIGN_OR_RETURN(const std::string_view issuer, body.GetString("issuer"));
  ASSIGN_OR_RETURN(const std::string_view client_id, body.GetString("client_id"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> secret, body.OptString("client_secret"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  settings.issuer = std::string(issuer);
  settings.client_id = std::string(client_id);
  settings.client_secret = SecretBytes::CopyOf(secret.value_or(std::string_view()));
  ASSIGN_OR_RETURN(const SingleSignOnView view, SignOnOf(call.vault).Set(call.caller, std::move(settings)).Wait());
  return ViewResponse(view);
}

Result<Response> Remove(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  ASSIGN_OR_RETURN(const SingleSignOnView view, SignOnOf(call.vault).Remove(call.caller).Wait());
  return ViewResponse(view);
}

}  // namespace

void AddSingleSignOnRoutes(RouteAdder& add, VaultKeeper& keeper) {
  AddDoorRoute(add, keeper, "GET", "/v1/sign-in", Offers);
  AddDoorRoute(add, keeper, "POST", "/v1/sign-in:sign-on-begin", Begin);
  AddDoorRoute(add, keeper, "POST", "/v1/sign-in:sign-on-finish", Finish);
  add.Worker("GET", "/v1/single-sign-on", Read);
  add.Worker("PUT", "/v1/single-sign-on", Set);
  add.Worker("DELETE", "/v1/single-sign-on", Remove);
}

}  // namespace strongroom
