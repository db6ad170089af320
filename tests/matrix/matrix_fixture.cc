#include "tests/matrix/matrix_fixture.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "access/api_json.h"
#include "http/problem.h"

namespace strongroom::matrix {
namespace {

constexpr int64_t kDay = 24 * 3'600'000LL;  // keys expire, questions end

// Refusals that are about who asks.  Everything else let the caller through to the work.
bool IsAboutTheCaller(std::string_view code) {
  static const std::set<std::string_view> kCodes = {
      "credential-missing",      "credential-invalid",   "network-refused",
      "session-ended",           "session-unproved",     "denied",
      "reauthentication-needed", "purpose-missing",      "purpose-refused",
      "step-up-needed",          "approval-needed",      "approval-not-found",
      "approval-unusable",       "approval-waiting",     "budget-exhausted",
      "person-locked",           "token-domain-refused", "own-case-refused"};
  return kCodes.contains(code);
}

std::string OutcomeOf(const Response& response) {
  if (response.status < 400) return "+";
  const Result<JsonDocument> document = JsonDocument::ParseObject(response.body);
  if (!document.ok() || !document->root().GetString("code").ok()) return "not-a-problem";
  const std::string code(*document->root().GetString("code"));
  // What is asked about must be there: an example that reaches nothing shows nothing.
  if (code == "route-not-found" || code == "malformed-json" || code == "internal") return "broken-example:" + code;
  return IsAboutTheCaller(code) ? code : "+";
}

bool TakeField(std::string_view line, std::string_view name, std::string& value) {
  if (!line.starts_with(name)) return false;
  line.remove_prefix(name.size());
  while (line.starts_with(' ')) line.remove_prefix(1);
  value = std::string(line);
  return true;
}

}  // namespace

std::string_view NameOf(Condition condition) {
  constexpr std::string_view kNames[] = {"all",     "overdue",   "no-factor", "stale-factor", "no-purpose",
                                         "no-case", "no-device", "approved",  "off-hours",    "guest-network"};
  return kNames[static_cast<size_t>(condition)];
}

std::string ReadFile(const std::string& name) {
  std::ifstream file(std::string(STRONGROOM_SOURCE_DIR) + "/tests/matrix/" + name);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Result<std::vector<Example>> ReadExamples(const std::string& text) {
  std::vector<Example> examples;
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    std::string value;
    Example* const last = examples.empty() ? nullptr : &examples.back();
    if (last != nullptr && TakeField(line, ">", value)) {
      last->target = value;
    } else if (last != nullptr && TakeField(line, "type:", value)) {
      last->headers.emplace_back("Content-Type", value);
    } else if (last != nullptr && TakeField(line, "header:", value) && value.find(": ") != std::string::npos) {
      last->headers.emplace_back(value.substr(0, value.find(": ")), value.substr(value.find(": ") + 2));
    } else if (last != nullptr && TakeField(line, "body:", value)) {
      last->body = value;
    } else if (line.find(" /") != std::string::npos) {
      Example example;
      example.name = line;
      const size_t space = line.find(' ');
      const size_t end = line.find(' ', space + 1);
      example.operation = line.substr(0, end);
      example.target = example.operation.substr(space + 1);
      examples.push_back(std::move(example));
    } else {
      return Status(Reason::kInvalidArgument, "requests.txt, line " + std::to_string(number));
    }
  }
  return examples;
}

// --- the stage -------------------------------------------------------------------------------------------------------

Stage::Stage() {
  EXPECT_TRUE(AddApiRoutes(router_, vault_, {.version = "1", .stats = [] { return ListenerStats(); }}).ok());
  AddPeople();
  TokenDomain shop;
  shop.name = "shop";
  shop.stateless_ff1 = true;
  EXPECT_TRUE(vault_->tokens().PutDomain(vault_.As("everything"), shop).Wait().ok());
  vault_.SequenceAll();
  EXPECT_TRUE(vault_->review().Sign(vault_.As("everything")).Wait().ok());
  review_ = vault_->review().List(vault_.As("everything")).Wait()->front().id;
}

void Stage::Prepare(const std::string& caller) {
  caller_ = caller;
  Renew();
  for (const char* name : {"person", "suspended", "key", "token", "session", "approval", "own-question"}) Draw(name);
  prepared_ = true;
}

// Whatever the last request changed is there again.
void Stage::Renew() {
  ++unique_;
  if (vault_.GetStatus().locked) {
    EXPECT_TRUE(vault_.Unlock(SecretBytes::CopyOf(TestVault::kPassphrase)).ok());
  }
  const auto customer = [&](uint8_t tier) {
    return vault_.CreateCustomer({{"full_name", "Ada Lovelace"},
                                  {"email", "ada" + std::to_string(unique_) + "@example.com"},
                                  {"card", "4111111111111111"},
                                  {"portal_password", "a long enough password"}},
                                 {}, "main", tier);
  };
  // A new one only for what may have gone: each is a commit.
  const bool gone =
      placeholders_.empty() || !vault_->customers().Read(vault_.As("everything"), placeholders_["code"]).Wait().ok();
  if (gone) placeholders_["code"] = customer(0);
  if (placeholders_["vip"].empty()) placeholders_["vip"] = customer(1);
  const Caller everything = vault_.As("everything", "delivery");
  const auto files = vault_->files().List(everything, placeholders_["code"]).Wait();
  if (files.ok() && files->empty()) {
    placeholders_["file"] = vault_->files()
                                .Put(everything, placeholders_["code"], "web-signup", "id_scan", "a", "text/plain", "x")
                                .Wait()
                                ->id;
  }
  placeholders_["unique"] = std::to_string(unique_);
  placeholders_["policy"] = MatrixPolicy();
  placeholders_["review"] = review_;
  placeholders_["colleague"] = FormatPrincipalId(accounts_.at("support 2"));
  placeholders_["wide-policy"] =
      MatrixPolicy() + "\n[[rule]]\nname = \"all\"\nactions = [\"customer.reveal\"]\ndecision = \"plain\"\n";
}

// Something of this name that no request has touched.
void Stage::Draw(const std::string& name) {
  if (name == "person") {
    placeholders_[name] = FormatPrincipalId(AddAccount("colleague-" + std::to_string(++unique_), "support"));
  } else if (name == "suspended") {
    placeholders_[name] =
        FormatPrincipalId(AddAccount("suspended-" + std::to_string(++unique_), "administrator",
                                     [](StaffMember& person) { person.state = StaffState::kSuspended; }));
  } else if (name == "session") {
    placeholders_[name] = FormatSessionId(SignIn(accounts_.at("support 2")).id);
  } else if (name == "key") {
    ApiKeySpec spec;
    spec.name = "a key";
    spec.kind = PrincipalKind::kApplication;
    spec.roles = {"application"};
    placeholders_[name] =
        FormatPrincipalId(vault_->api_keys().Create(vault_.As("everything"), std::move(spec)).Wait()->info.id);
  } else if (name == "token") {
    TokenRequest request;
    request.code = placeholders_["code"];
    request.field = "email";
    const auto made = vault_->tokens().Create(vault_.As("everything"), "shop", std::span(&request, 1)).Wait();
    EXPECT_TRUE(made.ok() && made->front().ok());
    placeholders_[name] = made->front()->token;
  } else if (name == "approval" || name == "own-question") {
    vault_.clock().AdvanceMillis(kDay);  // those before are over: nobody waits for twenty answers
    const std::string who = name == "approval" ? "support 2" : caller_;
    const Caller asker = IsPerson(who) ? PersonNow(who) : ProgramOf(who, Condition::kAll);
    const auto ask = [](const AskedRequest&) -> Result<AskedQuestions> {
      AskedQuestions asked;
      AskedQuestion question;
      question.action = Action::kStaffSelf;  // what everybody who signs in may ask for
      question.compartment = "office";
      asked.questions = {question};
      return asked;
    };
    const auto view = vault_->approvals().Ask(asker, {"POST", "/v1/me:accept", ""}, "why not", ask).Wait();
    placeholders_[name] =
        view.ok() ? FormatApprovalId(view->approval.id) : std::string(16, '0');  // programs ask nobody
  }
}

std::string Stage::Fill(std::string text) {
  static const std::set<std::string> kDrawn = {"person",  "suspended", "key",         "token",
                                               "session", "approval",  "own-question"};
  for (size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
    const size_t end = text.find('}', at);
    if (end == std::string::npos) break;
    const std::string name = text.substr(at + 1, end - at - 1);
    if (kDrawn.contains(name) && !prepared_) Draw(name);
    const auto known = placeholders_.find(name);
    if (known == placeholders_.end()) continue;
    text.replace(at, end - at + 1, known->second);
  }
  return text;
}

Stage::Sent Stage::Prepare(const Example& example, std::string target, std::string body) {
  const size_t question = std::min(target.find('?'), target.size());
  Sent sent;
  sent.query = std::make_unique<std::string>(question < target.size() ? target.substr(question + 1) : "");
  sent.request = std::make_unique<TestRequest>(example.operation.substr(0, example.operation.find(' ')),
                                               target.substr(0, question), std::move(body));
  TestRequest& request = *sent.request;
  bool says_type = false;
  for (const auto& [name, value] : example.headers) {
    request.Set(name, value);
    says_type = says_type || name == "Content-Type";
  }
  if (!says_type && !request.body().empty()) request.Set("Content-Type", "application/json");
  Router::Reserve(request, target.size() * 2);
  EXPECT_TRUE(Router::ParseQuery(*sent.query, request).ok());
  request.SetTarget(target);
  const Result<RouteMatch> match = router_.Match(request);
  if (match.ok()) sent.route = match->route;
  return sent;
}

bool Stage::IsPublic(const Example& example) const {
  for (const auto& route : router_.routes()) {
    if (route->method + " " + route->pattern == example.operation) return route->options.is_public;
  }
  return false;
}

std::string Stage::Run(const Sent& sent, Authenticated who) {
  if (sent.route == nullptr) return "broken-example:no-route";
  who.session = vault_.Current();
  who.caller.request_id = sent.request->request_id();
  TestExchange exchange(*sent.request, std::move(who));
  sent.route->handler(exchange);
  return OutcomeOf(exchange.Wait());
}

uint64_t Stage::Entries() {
  uint64_t entries = vault_->house().office().journal->DurableEntries();
  for (const auto& room : vault_->house().compartments()) entries += room->journal->DurableEntries();
  return entries;
}

std::string Stage::Ask(const Example& example, const std::string& caller, Condition condition, bool* unrecorded) {
  caller_ = caller;
  if (!prepared_) Renew();
  const bool person = IsPerson(caller);
  placeholders_["self"] = FormatPrincipalId(person ? accounts_.at(AccountFor(caller, condition))
                                                   : ProgramOf(caller, condition).principal->id);
  if (condition == Condition::kApproved) return Approved(example, caller);
  const std::string body = Fill(example.body);
  const Sent sent = Prepare(example, Fill(example.target), body);
  if (condition != Condition::kNoCase) sent.request->Set("X-Case", "SUP-1");
  if (!sent.request->Header("X-Break-Glass").empty()) vault_.clock().AdvanceMillis(kDay);  // once a day
  Authenticated who;
  if (person) {
    Result<Authenticated> known = PersonAsks(caller, condition, *sent.request);
    if (!known.ok()) return std::string(InfoOf(known.status().reason()).wire_code);
    who = *std::move(known);
  } else {
    who.caller = ProgramOf(caller, condition);
  }
  const uint64_t before = Entries();
  const std::string outcome = Run(sent, std::move(who));
  if (unrecorded != nullptr) *unrecorded = Entries() == before;
  prepared_ = false;
  return outcome;
}

std::set<std::string> Stage::Rights() {
  std::set<std::string> rights;
  const auto with_roles = [](std::string text, const auto& roles) {
    for (const auto& role : roles) text += " " + role;
    return text;
  };
  for (const ApiKeyInfo& key : vault_->api_keys().AllInfos()) {
    if (!key.revoked_at) rights.insert(with_roles("key " + FormatPrincipalId(key.id), key.spec.roles));
  }
  for (const StaffMemberPtr& member : vault_->staff_directory().All()) {
    if (member->state != StaffState::kActive) continue;
    rights.insert(with_roles("person " + FormatPrincipalId(member->id), member->RolesAt(vault_.clock().NowMillis())));
  }
  rights.insert("policy " + std::to_string(std::hash<std::string>()(vault_->gate().policy().Get()->source())));
  return rights;
}

// Asked over the API, agreed to by a colleague of the same role, and sent again, byte for byte.
std::string Stage::Approved(const Example& example, const std::string& who) {
  const std::string body = Fill(example.body);
  const std::string target = Fill(example.target);
  prepared_ = false;
  Bytes described;
  JsonWriter json(described);
  json.BeginObject().String("method", example.operation.substr(0, example.operation.find(' ')));
  json.String("target", target).String("body", body).String("reason", "because").EndObject();
  Example ask;
  ask.operation = "POST /v1/approvals";
  const Sent asking = Prepare(ask, "/v1/approvals", described);
  Authenticated asker;
  asker.caller = IsPerson(who) ? PersonNow(who) : ProgramOf(who, Condition::kAll);
  asker.caller.request_id = asking.request->request_id();
  asker.session = vault_.Current();
  TestExchange exchange(*asking.request, std::move(asker));
  asking.route->handler(exchange);
  const Response& answer = exchange.Wait();
  if (answer.status != 201) return "cannot-ask:" + OutcomeOf(answer);
  const std::string id(*JsonDocument::ParseObject(answer.body)->root().GetString("id"));
  const std::string colleague = IsPerson(who) ? who + " 2" : "support 2";  // a key has no second one
  const auto granted = vault_->approvals().Grant(PersonNow(colleague), id).Wait();
  if (!granted.ok()) return "cannot-grant:" + std::string(InfoOf(granted.reason()).wire_code);
  const Sent sent = Prepare(example, target, body);
  sent.request->Set("X-Case", "SUP-1").Set("X-Approval", id);
  Authenticated again;
  again.caller = IsPerson(who) ? PersonNow(who) : ProgramOf(who, Condition::kAll);
  return Run(sent, std::move(again));
}

std::string Stage::AskWith(const Example& example, std::string_view bad_credential) {
  if (placeholders_.empty()) Renew();
  const Sent sent = Prepare(example, Fill(example.target), Fill(example.body));
  ShowBad(bad_credential, *sent.request);
  const Result<Authenticated> known = authenticator_.Authenticate(*sent.request);
  return known.ok() ? "let in" : std::string(InfoOf(known.status().reason()).wire_code);
}

}  // namespace strongroom::matrix
