#include "browser.h"

#include <utility>

#include "base/encoding.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "crypto/hash.h"
#include "factors/totp.h"

namespace strongroom {
namespace {

constexpr std::string_view kSessionCookie = "__Host-strongroom";
constexpr std::string_view kDeviceCookie = "__Host-strongroom-device";
const ClientHeaders kJson = {{"Content-Type", "application/json"}};

// A principal of its own, for what the inviter may not do.
Result<std::unique_ptr<Client>> Second(Stage& stage) {
  const auto own = stage.server().MakeClient(stage.vault().first_key);
  const Result<ClientResponse> made = own->Call(
      "POST", "/v1/api-keys", kJson, R"({"name":"second","kind":"staff","roles":["administrator"],"purposes":[]})");
  RETURN_IF_ERROR(made.status());
  return stage.server().MakeClient(MemberOf(made, "key"));
}

}  // namespace

std::string CodeOf(const Result<ClientResponse>& answer) {
  return answer.ok() ? "200" : std::string(InfoOf(answer.reason()).wire_code);
}

std::string MemberOf(const Result<ClientResponse>& answer, std::string_view name) {
  if (!answer.ok()) return {};
  const Result<JsonDocument> document = JsonDocument::ParseObject(answer->body);
  if (!document.ok()) return {};
  const auto found = document->root().GetString(name);
  return found.ok() ? std::string(*found) : std::string();
}

Browser::Browser(Stage& stage, std::string address)
    : stage_(stage), address_(std::move(address)), client_(stage.server().MakeClient("")) {}

Browser Browser::WithoutKey() const {
  Browser copy(stage_, "203.0.113.99");
  copy.session_cookie_ = session_cookie_;
  copy.device_cookie_ = device_cookie_;
  return copy;
}

Result<ClientResponse> Browser::Ask(const std::string& method, const std::string& target, const Bytes& body) {
  ClientHeaders headers = {{"X-Forwarded-For", address_}};
  std::string cookies;
  for (const auto& [name, value] :
       {std::pair(kSessionCookie, &session_cookie_), std::pair(kDeviceCookie, &device_cookie_)}) {
    if (!value->empty()) cookies += (cookies.empty() ? "" : "; ") + std::string(name) + "=" + *value;
  }
  if (!cookies.empty()) headers.emplace_back("Cookie", cookies);
  if (proof_ != nullptr) {
    headers.emplace_back("X-Session-Proof", proof_->MakeProof(method, target, stage_.clock().NowMillis()));
  }
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  ASSIGN_OR_RETURN(ClientResponse answer, client_->Call(method, target, headers, body));
  Keep(answer);
  return answer;
}

void Browser::Keep(const ClientResponse& answer) {
  for (const auto& [name, value] : answer.headers) {
    if (name != "set-cookie") continue;
    const size_t equals = value.find('=');
    const std::string cookie = value.substr(0, equals);
    const std::string content = value.substr(equals + 1, value.find(';') - equals - 1);
    if (cookie == kSessionCookie) session_cookie_ = content;
    if (cookie == kDeviceCookie) device_cookie_ = content;
  }
}

Result<ClientResponse> Browser::GivePassword(const std::string& name, const std::string& password) {
  proof_.reset();
  session_cookie_.clear();
  pair_ = std::make_unique<EcdhP256>(EcdhP256::Generate(stage_.random()));
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().String("name", name).String("password", password);
  json.String("proof_public", Base64UrlEncode(View(pair_->public_point()))).EndObject();
  Result<ClientResponse> answer = Ask("POST", "/v1/sign-in", body);
  transaction_ = MemberOf(answer, "transaction");
  return answer;
}

Result<ClientResponse> Browser::GiveCode(const std::string& code) {
  Bytes body;
  JsonWriter(body)
      .BeginObject()
      .String("transaction", transaction_)
      .String("kind", "totp")
      .String("code", code)
      .EndObject();
  ASSIGN_OR_RETURN(const ClientResponse answer, Ask("POST", "/v1/sign-in:factor", body));
  if (MemberOf(answer, "next") != "done") return answer;
  // The browser's side of factors/session_proof.h.
  ASSIGN_OR_RETURN(const Bytes theirs, Base64UrlDecode(MemberOf(answer, "proof_public")));
  ASSIGN_OR_RETURN(const SecretBytes shared, pair_->Agree(theirs));
  proof_ = std::make_unique<SessionProofKey>(HkdfWithSalt(
      ExposeSecret(shared), View(Sha256(MemberOf(answer, "session_id"))), "strongroom session proof v1", 32));
  return answer;
}

std::string Employee::Code(const Clock& clock, int steps) const {
  return TotpCodeAt(app, TotpStepAt(clock.NowMillis()) + steps);
}

Result<Employee> Employ(Stage& stage, Browser& browser, const std::string& name, const EmployeeOptions& options) {
  const auto own = stage.server().MakeClient(stage.vault().first_key);
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> second, Second(stage));
  Employee employee;
  employee.name = name;
  employee.password = "violet-" + name + "-harbour-41";
  Bytes invitation;
  JsonWriter json(invitation);
  json.BeginObject().String("name", name).Key("roles").BeginArray().BeginObject();
  json.String("role", options.role).EndObject().EndArray().Key("purposes").BeginArray().String("*").EndArray();
  if (!options.network.empty()) json.Key("networks").BeginArray().String(options.network).EndArray();
  json.EndObject();
  ASSIGN_OR_RETURN(const ClientResponse invited, own->Call("POST", "/v1/staff", kJson, invitation));
  const std::string code = MemberOf(invited, "enrolment_code");
  employee.id = MemberOf(invited, "id");
  RETURN_IF_ERROR(
      second->Call("POST", "/v1/staff/" + employee.id + "/vet", kJson, R"({"reference":"folder 7"})").status());

  ASSIGN_OR_RETURN(const ClientResponse opened,
                   browser.Ask("POST", "/v1/enrolments:open", R"({"code":")" + code + R"("})"));
  const std::string transaction = R"({"transaction":")" + MemberOf(opened, "transaction") + R"(")";
  const auto step = [&](const std::string& what, const std::string& more = "") {
    return browser.Ask("POST", "/v1/enrolments:" + what, transaction + more + "}");
  };
  RETURN_IF_ERROR(step("password", R"(,"password":")" + employee.password + R"(")").status());
  ASSIGN_OR_RETURN(const ClientResponse offer, step("totp-begin"));
  ASSIGN_OR_RETURN(employee.app, ParseTotpSecretText(MemberOf(offer, "secret")));
  // The step before this one, so that this one's code is still good.
  RETURN_IF_ERROR(step("totp-confirm", R"(,"code":")" + employee.Code(stage.clock(), -1) + R"(")").status());
  if (!options.question.empty()) {
    RETURN_IF_ERROR(
        step("question", R"(,"question":")" + options.question + R"(","answer":"blue-green bicycle")").status());
  }
  RETURN_IF_ERROR(step("finish").status());
  for (const char* name_of : {"training", "agreement", "acceptable-use"}) {
    RETURN_IF_ERROR(second
                        ->Call("POST", "/v1/staff/" + employee.id + "/record", kJson,
                               R"({"register":")" + std::string(name_of) + R"(","version":"1"})")
                        .status());
  }
  return employee;
}

}  // namespace strongroom
