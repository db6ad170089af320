// Signing in for the customers of the company's own applications: asked by the application, over its own credential.
#include "access/customer_door.h"
#include "access/sign_in_json.h"
#include "base/encoding.h"
#include "http/api_door.h"

namespace strongroom {
namespace {

CustomerSignIn& SignInOf(ApiCall& call) { return call.vault.customer_door().sign_in(); }
CustomerFactors& FactorsOf(ApiCall& call) { return call.vault.customer_door().factors(); }

// --- reading ---------------------------------------------------------------------------------------------------------

// Required: taken for the application's own address, all its customers would be one network.
Result<IpAddress> ReadClientAddress(const JsonValue& body) {
  ASSIGN_OR_RETURN(const std::string_view text, body.GetString("client_address"));
  const std::optional<IpAddress> address = IpAddress::Parse(text);
  if (!address.has_value()) return Status(Reason::kInvalidArgument, "'client_address' is an IPv4 or IPv6 address");
  return *address;
}

Result<CustomerAt> ReadAt(const JsonValue& body) {
  CustomerAt at;
  ASSIGN_OR_RETURN(at.address, ReadClientAddress(body));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> device, body.OptString("device"));
  at.device = device.value_or(std::string_view());
  return at;
}

Result<FactorKind> ReadKind(const JsonValue& body) {
  ASSIGN_OR_RETURN(const std::string_view kind, body.GetString("kind"));
  const std::optional<FactorKind> known = FactorKindFromName(kind);
  if (!known.has_value()) return Status(Reason::kInvalidArgument, "'kind' is totp, passkey, sms or recovery");
  return *known;
}

Result<NewCustomerPassword> ReadNewPassword(const JsonValue& body) {
  NewCustomerPassword wanted;
  ASSIGN_OR_RETURN(wanted.field, body.GetString("field"));
  ASSIGN_OR_RETURN(wanted.collection_point, body.GetString("collection_point"));
  ASSIGN_OR_RETURN(wanted.password, body.GetString("password"));
  ASSIGN_OR_RETURN(wanted.from, ReadClientAddress(body));
  return wanted;
}

Status ReadEmpty(const ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  return document.root().RefuseUnknown();
}

// --- writing ---------------------------------------------------------------------------------------------------------

std::string_view NameOf(CustomerStep::Outcome outcome) {
  switch (outcome) {
    case CustomerStep::Outcome::kRefused:
      return "refused";
    case CustomerStep::Outcome::kFactor:
      return "factor";
    case CustomerStep::Outcome::kReset:
      return "reset";
    case CustomerStep::Outcome::kDone:
      return "done";
  }
  return "refused";
}

// RFC 8176.  No attestation is verified, so a passkey is not called a piece of hardware.
std::string_view AmrOf(std::string_view method) {
  if (method == "password") return "pwd";
  if (method == "totp") return "otp";
  if (method == "sms") return "sms";
  if (method == "passkey") return "swk";
  return {};
}

void AppendVerdict(JsonWriter& json, const CustomerVerdict& verdict) {
  json.String("customer", verdict.customer).Key("methods").BeginArray();
  for (const std::string_view method : verdict.methods) json.String(method);
  json.EndArray().Key("amr").BeginArray();
  for (const std::string_view method : verdict.methods) {
    if (!AmrOf(method).empty()) json.String(AmrOf(method));
  }
  if (verdict.methods.size() > 1) json.String("mfa");
  json.EndArray().String("at", FormatTime(verdict.at)).Bool("new_device", verdict.new_device);
  json.Bool("new_network", verdict.new_network).String("device", verdict.device);
}

Response StepResponseOf(const CustomerStep& step) {
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("result", NameOf(step.outcome));
  if (!step.transaction.empty()) json.String("transaction", step.transaction);
  if (step.outcome == CustomerStep::Outcome::kFactor) {
    json.Key("factors").BeginArray();
    for (const FactorKind kind : step.factors) json.String(strongroom::NameOf(kind));
    json.EndArray();
  }
  if (step.done.has_value()) AppendVerdict(json, *step.done);
  json.EndObject();
  return JsonResponse(std::move(out));
}

// --- signing in ------------------------------------------------------------------------------------------------------

Result<Response> Begin(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  CustomerPassword shown;
  shown.code = call.request.Param("code");
  ASSIGN_OR_RETURN(shown.field, body.GetString("field"));
  ASSIGN_OR_RETURN(shown.password, body.GetString("password"));
  ASSIGN_OR_RETURN(const CustomerAt at, ReadAt(body));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const CustomerStep step, SignInOf(call).Begin(call.caller, shown, at));
  return StepResponseOf(step);
}

Result<Response> Recover(ApiCall& call) {
  RETURN_IF_ERROR(ReadEmpty(call));
  ASSIGN_OR_RETURN(const std::string transaction,
                   SignInOf(call).BeginRecovery(call.caller, call.request.Param("code")));
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("transaction", transaction).EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Factor(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view transaction, body.GetString("transaction"));
  ShownFactor shown;
  ASSIGN_OR_RETURN(shown.kind, ReadKind(body));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> code, body.OptString("code"));
  ASSIGN_OR_RETURN(shown.credential, body.OptObject("credential"));
  ASSIGN_OR_RETURN(const CustomerAt at, ReadAt(body));
  RETURN_IF_ERROR(body.RefuseUnknown());
  shown.code = code.value_or(std::string_view());
  ASSIGN_OR_RETURN(const CustomerStep step, SignInOf(call).GiveFactor(call.caller, transaction, shown, at));
  return StepResponseOf(step);
}

Result<Response> OptionsForPasskey(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view transaction, body.GetString("transaction"));
  ASSIGN_OR_RETURN(const std::string_view origin, body.GetString("origin"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(std::string options, SignInOf(call).PasskeyOptions(call.caller, transaction, origin));
  return JsonResponse(std::move(options));
}

Result<Response> SendCode(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view transaction, body.GetString("transaction"));
  ASSIGN_OR_RETURN(const std::string_view service, body.GetString("service"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> language, body.OptString("language"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  RETURN_IF_ERROR(SignInOf(call).SendCode(call.caller, transaction, service, language.value_or("en")));
  return Nothing();
}

Result<Response> Reset(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view transaction, body.GetString("transaction"));
  ASSIGN_OR_RETURN(const NewCustomerPassword wanted, ReadNewPassword(body));
  RETURN_IF_ERROR(body.RefuseUnknown());
  RETURN_IF_ERROR(SignInOf(call).ResetPassword(call.caller, transaction, wanted));
  return Nothing();
}

// --- setting it up ---------------------------------------------------------------------------------------------------

Result<Response> Describe(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const CustomerFactorsView view, FactorsOf(call).Describe(call.caller, call.request.Param("code")));
  const StaffMember& person = view.account.person;
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("code", view.code).Bool("password", view.password);
  json.Bool("totp", !person.totp_secret.empty()).Bool("phone", person.phone_confirmed);
  json.Int("recovery_codes_left", static_cast<int64_t>(view.account.recovery_codes_left()));
  json.Bool("codes_closed", view.account.codes_are_closed()).Key("passkeys").BeginArray();
  for (const Passkey& passkey : person.passkeys) {
    json.BeginObject().String("id", Base64UrlEncode(passkey.credential_id)).String("label", passkey.label);
    json.String("added_at", FormatTime(passkey.added_at)).Bool("backed_up", passkey.backed_up).EndObject();
  }
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Password(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const NewCustomerPassword wanted, ReadNewPassword(body));
  RETURN_IF_ERROR(body.RefuseUnknown());
  RETURN_IF_ERROR(FactorsOf(call).SetPassword(call.caller, call.request.Param("code"), wanted));
  return Nothing();
}

Result<Response> BeginTotp(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view name, body.GetString("name"));
  ASSIGN_OR_RETURN(const std::string_view service, body.GetString("service"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const BegunFactor begun,
                   FactorsOf(call).BeginTotp(call.caller, call.request.Param("code"), service, name));
  PlainBytes out;  // wiped unless it is sent
  out.mutable_bytes().reserve(64u << 10);
  JsonWriter json(out.mutable_bytes());
  json.BeginObject().String("transaction", begun.transaction).Key("totp");
  AppendTotpOfferJson(json, begun.totp);
  json.EndObject();
  return JsonResponse(std::move(out.mutable_bytes()));
}

Result<Response> BeginPasskey(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view name, body.GetString("name"));
  ASSIGN_OR_RETURN(const std::string_view origin, body.GetString("origin"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const BegunFactor begun,
                   FactorsOf(call).BeginPasskey(call.caller, call.request.Param("code"), origin, name));
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("transaction", begun.transaction).Key("options").Raw(begun.options).EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> BeginPhone(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view phone, body.GetString("phone"));
  ASSIGN_OR_RETURN(const std::string_view service, body.GetString("service"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> language, body.OptString("language"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const BegunFactor begun, FactorsOf(call).BeginPhone(call.caller, call.request.Param("code"), phone,
                                                                       service, language.value_or("en")));
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("transaction", begun.transaction).EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Confirm(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::string_view transaction, body.GetString("transaction"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> code, body.OptString("code"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> label, body.OptString("label"));
  FactorProof proof;
  ASSIGN_OR_RETURN(proof.credential, body.OptObject("credential"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  proof.code = code.value_or(std::string_view());
  proof.label = label.value_or(std::string_view());
  RETURN_IF_ERROR(FactorsOf(call).Confirm(call.caller, transaction, proof));
  return Nothing();
}

Result<Response> RecoveryCodes(ApiCall& call) {
  RETURN_IF_ERROR(ReadEmpty(call));
  ASSIGN_OR_RETURN(const std::vector<SecretBytes> codes,
                   FactorsOf(call).MakeRecoveryCodes(call.caller, call.request.Param("code")));
  PlainBytes out;
  out.mutable_bytes().reserve(1024);
  JsonWriter json(out.mutable_bytes());
  AppendRecoveryCodesJson(json, codes);
  return JsonResponse(std::move(out.mutable_bytes()));
}

Result<Response> Remove(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const FactorKind kind, ReadKind(body));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> id, body.OptString("id"));
  RETURN_IF_ERROR(body.RefuseUnknown());
  RETURN_IF_ERROR(
      FactorsOf(call).Remove(call.caller, call.request.Param("code"), kind, id.value_or(std::string_view())));
  return Nothing();
}

}  // namespace

void AddCustomerSignInRoutes(RouteAdder& add) {
  add.Worker("GET", "/v1/customers/{code}/sign-in", Describe);
  add.Worker("POST", "/v1/customers/{code}/sign-in", Begin);
  add.Worker("POST", "/v1/customers/{code}/sign-in/recover", Recover);
  add.Worker("POST", "/v1/customers/{code}/sign-in/password", Password);
  add.Worker("POST", "/v1/customers/{code}/sign-in/totp-begin", BeginTotp);
  add.Worker("POST", "/v1/customers/{code}/sign-in/passkey-begin", BeginPasskey);
  add.Worker("POST", "/v1/customers/{code}/sign-in/phone-begin", BeginPhone);
  add.Worker("POST", "/v1/customers/{code}/sign-in/recovery-codes", RecoveryCodes);
  add.Worker("POST", "/v1/customers/{code}/sign-in/remove", Remove);
  add.Worker("POST", "/v1/customer-sign-ins:confirm", Confirm);
  add.Worker("POST", "/v1/customer-sign-ins:factor", Factor);
  add.Worker("POST", "/v1/customer-sign-ins:passkey-options", OptionsForPasskey);
  add.Worker("POST", "/v1/customer-sign-ins:send-code", SendCode);
  add.Worker("POST", "/v1/customer-sign-ins:password", Reset);
}

}  // namespace strongroom
