#include "http/api_door.h"

#include "access/sign_in_json.h"
#include "base/encoding.h"
#include "http/cookies.h"

namespace strongroom {
namespace {

constexpr size_t kDoorBody = 64u << 10;  // a passkey's answer is the largest

Result<Response> Handle(Exchange& exchange, OpenVault& vault, const DoorHandler& handler) {
  const Request& request = exchange.request();
  if (ComesFromOtherSite(request, vault.front_door().rules().Get()->origin)) {
    return Status(Reason::kDenied, "Signing in begins at our own pages; another site's page sent this.");
  }
  RETURN_IF_ERROR(request.RefuseUnknownQuery({}));
  DoorCall call{request, vault, SignInFromOf(request)};
  return handler(call);
}

}  // namespace

void AddDoorRoute(RouteAdder& add, VaultKeeper& keeper, const char* method, const char* pattern, DoorHandler handler) {
  add.Public(
      method, pattern, Lane::kWorker,
      [&keeper, handler = std::move(handler)](Exchange& exchange) {
        const std::shared_ptr<OpenVault> vault = keeper.Current();
        if (vault == nullptr) {
          return exchange.Respond(
              Status(Reason::kServerLocked, "The server is locked. Unlock it with 'strongroom unlock'."));
        }
        Result<Response> answer = Handle(exchange, *vault, handler);
        if (!answer.ok()) return exchange.Respond(answer.status());
        exchange.Respond(*std::move(answer));
      },
      kDoorBody);
}

SignInFrom SignInFromOf(const RequestHead& head) {
  SignInFrom from;
  from.address = head.address();
  from.request_id = head.request_id();
  const std::string_view cookies = head.Header("Cookie");
  const std::string_view device = CookieNamed(cookies, kDeviceCookie);
  if (IsDeviceMark(device)) from.device_mark = device;
  from.session_cookie = CookieNamed(cookies, kSessionCookie);
  from.user_agent = head.Header("User-Agent");
  from.host = head.Header("Host");
  from.certificate = head.client_certificate();
  return from;
}

Result<Bytes> ReadProofPublic(const JsonValue& body) {
  ASSIGN_OR_RETURN(const std::string_view text, body.GetString("proof_public"));
  Result<Bytes> point = Base64UrlDecode(text);
  if (!point.ok()) return Status(Reason::kFactorInvalid, "'proof_public' is a P-256 point, 65 bytes in base64url");
  return point;
}

Response StepResponse(const SignInStep& step) {
  Bytes out;
  JsonWriter json(out);
  AppendSignInStepJson(json, step);
  Response response = JsonResponse(std::move(out));
  if (step.done.has_value()) {
    response.headers.emplace_back("Set-Cookie", SetSessionCookie(step.done->cookie));
    response.headers.emplace_back("Set-Cookie", SetDeviceCookie(step.done->device_mark));
  }
  return response;
}

Response Nothing() { return JsonResponse("{}"); }

}  // namespace strongroom
