// Those who are let in: an agent who was bribed, an administrator who is curious.
#include <string>
#include <vector>

#include "base/json.h"
#include "base/json_writer.h"
#include "browser.h"
#include "stage.h"

namespace strongroom {
namespace {

const ClientHeaders kJson = {{"Content-Type", "application/json"}};
constexpr size_t kCustomers = 45;      // more than a person of support may see within an hour
constexpr size_t kHourOfSupport = 40;  // of the default policy

std::string Member(const Bytes& json, std::string_view name) {
  const Result<JsonDocument> document = JsonDocument::ParseObject(json);
  if (!document.ok()) return {};
  const auto found = document->root().GetString(name);
  return found.ok() ? std::string(*found) : std::string();
}

// A person with a key of their own.
struct Hired {
  std::string id;
  std::unique_ptr<Client> client;
};

Result<Hired> Hire(Stage& stage, const std::string& name, const std::string& role) {
  const auto own = stage.server().MakeClient(stage.vault().first_key);
  ASSIGN_OR_RETURN(const ClientResponse made, own->Call("POST", "/v1/api-keys", kJson,
                                                        R"({"name":")" + name + R"(","kind":"staff","roles":[")" +
                                                            role + R"("],"purposes":["*"]})"));
  return Hired{Member(made.body, "id"), stage.server().MakeClient(Member(made.body, "key"))};
}

Result<std::vector<std::string>> MakeCustomers(Client& own) {
  std::vector<std::string> codes;
  for (size_t i = 0; i < kCustomers; ++i) {
    const std::string number = std::to_string(i);
    ASSIGN_OR_RETURN(const ClientResponse made,
                     own.Call("POST", "/v1/customers", kJson,
                              R"({"collection_point":"counter","compartment":"main","values":{"name":"Customer )" +
                                  number + R"(","email":"customer)" + number + R"(@example.net"}})"));
    codes.push_back(Member(made.body, "code"));
  }
  return codes;
}

Result<ClientResponse> Show(Client& client, const std::string& code, const ClientHeaders& headers = kJson) {
  return client.Call("POST", "/v1/customers/" + code + "/reveal", headers,
                     R"({"purpose":"customer-service","fields":["email"]})");
}

std::string QuestionAbout(const std::string& code) {
  Bytes question;
  JsonWriter json(question);
  json.BeginObject().String("method", "POST").String("target", "/v1/customers/" + code + "/reveal");
  json.String("body", R"({"purpose":"customer-service","fields":["email"]})")
      .String("reason", "she called")
      .EndObject();
  return question;
}

size_t EntriesOf(Client& own, const std::string& actor) {
  const Result<ClientResponse> log =
      own.Call("GET", "/v1/audit/entries?log=main&action=customer.reveal&limit=1000&actor=" + actor);
  if (!log.ok()) return 0;
  const Result<JsonDocument> document = JsonDocument::ParseObject(log->body);
  if (!document.ok()) return 0;
  const auto entries = document->root().GetArray("entries");
  size_t shown = 0;
  if (!entries.ok()) return 0;
  for (const JsonValue entry : *entries) {
    const auto outcome = entry.GetString("outcome");
    shown += outcome.ok() && *outcome == "ok" ? 1 : 0;
  }
  return shown;
}

// What is sent where a body decides whether data comes out; elsewhere an empty object will do.
std::string BodyFor(const std::string& operation, const std::string& code) {
  if (operation.find("reveal") != std::string::npos && operation.find("{code}") == std::string::npos) {
    return R"({"purpose":"customer-service","fields":["email"],"items":[{"code":")" + code + R"("}]})";
  }
  if (operation.find("reveal") != std::string::npos) return R"({"purpose":"customer-service","fields":["email"]})";
  if (operation.find(":export") != std::string::npos) {
    return R"({"purpose":"customer-service","fields":["email","name"],"recipient":"me"})";
  }
  if (operation.find("customers:search") != std::string::npos) return R"({"field":"email","value":"a@example.com"})";
  if (operation.find("compare") != std::string::npos) return R"({"field":"email","value":"a@example.com"})";
  if (operation.find("entries:search") != std::string::npos) return R"({"customer":")" + code + R"("})";
  return "{}";
}

std::string Filled(std::string path, const std::string& code) {
  const std::pair<const char*, std::string> known[] = {{"{code}", code}, {"{log}", "main"}, {"{domain}", "partner"}};
  for (const auto& [name, value] : known) {
    if (const size_t at = path.find(name); at != std::string::npos) path.replace(at, std::string(name).size(), value);
  }
  for (size_t at = path.find('{'); at != std::string::npos; at = path.find('{')) {
    path.replace(at, path.find('}', at) - at + 1, "000");
  }
  if (path == "/v1/audit/entries") path += "?log=main";
  return path;
}

struct Walk {
  size_t asked = 0;
  size_t answered = 0;  // with success
  size_t leaks = 0;     // answers with somebody's name or address in them
};

// Every operation of the server's own document, once.  `harmless`: only those that change nothing.
Walk WalkAs(Stage& stage, Client& own, Client& client, const std::string& code, bool harmless) {
  Walk walk;
  const Result<ClientResponse> answer = own.Call("GET", "/openapi.json");
  const auto document =
      answer.ok() ? JsonDocument::Parse(answer->body, {.max_depth = 64}) : Result<JsonDocument>(answer.status());
  if (!document.ok()) return walk;
  for (const JsonValue path : *document->root().Find("paths")) {
    for (const JsonValue operation : path) {
      std::string method(operation.key());
      for (char& c : method) c = static_cast<char>(c & ~0x20);
      const std::string pattern(path.key());
      const bool reads = method == "GET" || pattern.find("reveal") != std::string::npos ||
                         pattern.find("export") != std::string::npos || pattern.find("search") != std::string::npos;
      if (harmless && !reads) continue;
      const bool sends = method != "GET" && method != "DELETE";
      const Result<ClientResponse> seen = client.Call(method, Filled(pattern, code), sends ? kJson : ClientHeaders{},
                                                      sends ? BodyFor(pattern, code) : "");
      ++walk.asked;
      walk.answered += seen.ok() ? 1 : 0;
      const std::string text = seen.ok() ? seen->body : seen.status().message();
      walk.leaks += stage.search().Search(text).empty() ? 0 : 1;
    }
  }
  return walk;
}

void WalkEverything(Stage& stage, Client& own, Client& client, const std::string& code) {
  stage.Tries("every operation that the server's own document lists, about a customer and in general");
  const Walk walk = WalkAs(stage, own, client, code, /*harmless=*/false);
  stage.Claim("asked " + std::to_string(walk.asked) + ", " + std::to_string(walk.answered) +
                  " of them answered; names and addresses of customers in " + std::to_string(walk.leaks) + " answers",
              walk.asked > 100 && walk.answered > 10 && walk.leaks == 0);
  const Walk control = WalkAs(stage, own, own, code, /*harmless=*/true);
  stage.Claim("(control: an application that asks the " + std::to_string(control.asked) +
                  " of these that only read finds them in " + std::to_string(control.leaks) + ")",
              control.leaks > 0);
}

}  // namespace

void PlayBribedAgent(Stage& stage) {
  stage.Title("A BRIBED AGENT of support, with a key, a purpose and the codes of all customers");
  const auto own = stage.server().MakeClient(stage.vault().first_key);
  const Result<std::vector<std::string>> codes = MakeCustomers(*own);
  if (!codes.ok()) return stage.Fail(codes.status());
  const Result<Hired> agent = Hire(stage, "agent", "support");
  const Result<Hired> chief = Hire(stage, "chief", "administrator");
  if (!agent.ok() || !chief.ok()) return stage.Fail(agent.ok() ? chief.status() : agent.status());
  Client& client = *agent->client;

  stage.Tries("to list and to export the customers");
  stage.Claim("listing answered denied", CodeOf(client.Call("GET", "/v1/customers")) == "denied");
  stage.Claim("exporting answered denied",
              CodeOf(client.Call("POST", "/v1/customers:export", kJson,
                                 R"({"fields":["email"],"recipient":"me","purpose":"customer-service"})")) == "denied");

  stage.Tries("to show one customer after another, as fast as the server answers");
  size_t shown = 0;
  for (const std::string& code : *codes) shown += Show(client, code).ok() ? 1 : 0;
  stage.Claim("saw " + std::to_string(shown) + " of " + std::to_string(codes->size()) + ", then budget-exhausted",
              shown == kHourOfSupport && CodeOf(Show(client, codes->back())) == "budget-exhausted");
  for (int i = 0; i < 20; ++i) Show(client, codes->back()).status().IgnoreError();
  stage.Claim("went on, and was locked: person-locked, also for what was open before",
              CodeOf(Show(client, codes->front())) == "person-locked");
  stage.Claim("each look stands in the log under one name: " + std::to_string(EntriesOf(*own, agent->id)),
              EntriesOf(*own, agent->id) == kHourOfSupport);
  stage.Claim("(control: a program with the same right, which no budget counts, is shown all)", [&] {
    size_t all = 0;
    for (const std::string& code : *codes) all += Show(*own, code).ok() ? 1 : 0;
    return all == codes->size();
  }());

  stage.Claim("a colleague releases the agent",
              CodeOf(chief->client->Call("POST", "/v1/staff/" + agent->id + "/release")) == "200");
  stage.Tries("to see a protected customer, and to agree to it alone");
  const std::string vip = codes->front();
  const Result<ClientResponse> marked =
      own->Call("PATCH", "/v1/customers/" + vip, {{"Content-Type", "application/json"}, {"If-Match", "*"}},
                R"({"collection_point":"counter","tier":1})");
  if (!marked.ok()) return stage.Fail(marked.status());
  stage.Claim("answered approval-needed", CodeOf(Show(client, vip)) == "approval-needed");
  const Result<ClientResponse> asked = client.Call("POST", "/v1/approvals", kJson, QuestionAbout(vip));
  if (!asked.ok()) return stage.Fail(asked.status());
  const std::string id = Member(asked->body, "id");
  stage.Claim("agreeing alone answered own-case-refused",
              CodeOf(client.Call("POST", "/v1/approvals/" + id + "/grant")) == "own-case-refused");
  stage.Claim(
      "showing it all the same answered approval-waiting",
      CodeOf(Show(client, vip, {{"Content-Type", "application/json"}, {"X-Approval", id}})) == "approval-waiting");
  const Result<Hired> colleague = Hire(stage, "colleague", "support");
  if (!colleague.ok()) return stage.Fail(colleague.status());
  stage.Claim(
      "(control: with a colleague who agrees, it is shown, once)",
      CodeOf(colleague->client->Call("POST", "/v1/approvals/" + id + "/grant")) == "200" &&
          Show(client, vip, {{"Content-Type", "application/json"}, {"X-Approval", id}}).ok() &&
          CodeOf(Show(client, vip, {{"Content-Type", "application/json"}, {"X-Approval", id}})) == "approval-unusable");
  stage.Gets("one field of " + std::to_string(shown) +
             " customers in an hour and 200 in a day, each look under the agent's own name; no");
  stage.Gets("list, no file of the customer base, and of protected customers what a colleague agreed to");
}

void PlayAdministrator(Stage& stage) {
  stage.Title("A CURIOUS ADMINISTRATOR, with all that the role may do");
  const auto own = stage.server().MakeClient(stage.vault().first_key);
  const Result<Hired> hired = Hire(stage, "administrator", "administrator");
  const Result<Hired> agent = Hire(stage, "another agent", "support");
  if (!hired.ok() || !agent.ok()) return stage.Fail(hired.ok() ? agent.status() : hired.status());
  Client& client = *hired->client;
  const std::string code = stage.people().front().code;
  const std::string customer = "/v1/customers/" + code;

  WalkEverything(stage, *own, client, code);
  stage.Tries("to see customers: one, all, a search, a value, a comparison, the log");
  const Status looks[] = {
      client.Call("GET", customer).status(),
      client.Call("GET", "/v1/customers").status(),
      client.Call("POST", "/v1/customers:search", kJson, R"({"field":"email","value":"a@example.com"})").status(),
      Show(client, code).status(),
      client.Call("POST", customer + "/compare", kJson, R"({"field":"email","value":"a@example.com"})").status(),
      client.Call("GET", "/v1/audit/entries?log=main").status(),
      client.Call("GET", customer + "/disclosures").status(),
      client.Call("GET", customer + "/files").status()};
  bool all_denied = true;
  for (const Status& look : looks) all_denied = all_denied && look.reason() == Reason::kDenied;
  stage.Claim("eight ways, all denied", all_denied);

  stage.Tries("to give oneself more: another policy, a key with another role, alone");
  const Result<ClientResponse> policy = own->Call("GET", "/v1/policy");
  if (!policy.ok()) return stage.Fail(policy.status());
  const ClientHeaders toml = {{"Content-Type", "application/toml"}};
  stage.Claim(
      "the policy answered approval-needed",
      CodeOf(client.Call("PUT", "/v1/policy", toml, Member(policy->body, "source") + "\n#\n")) == "approval-needed");
  stage.Claim("the key answered approval-needed",
              CodeOf(client.Call("POST", "/v1/api-keys", kJson,
                                 R"({"name":"mine","kind":"staff","roles":["support"],"purposes":["*"]})")) ==
                  "approval-needed");

  stage.Tries("to let somebody else look, who asked");
  const auto marked = own->Call("PATCH", customer, {{"Content-Type", "application/json"}, {"If-Match", "*"}},
                                R"({"collection_point":"counter","tier":1})");
  if (!marked.ok()) return stage.Fail(marked.status());
  const Result<ClientResponse> asked = agent->client->Call("POST", "/v1/approvals", kJson, QuestionAbout(code));
  if (!asked.ok()) return stage.Fail(asked.status());
  const std::string id = Member(asked->body, "id");
  stage.Claim("agreeing answered denied: whoever could not ask cannot agree",
              CodeOf(client.Call("POST", "/v1/approvals/" + id + "/grant")) == "denied");
  const Result<ClientResponse> seen = client.Call("GET", "/v1/approvals/" + id);
  stage.Claim("and the question does not say whom it is about",
              seen.ok() && seen->body.find(code) == Bytes::npos && seen->body.find("she called") == Bytes::npos);
  stage.Claim("(control: an application reads the same customer)", own->Call("GET", customer).ok());
  stage.Gets("who works here with which role, who asked for what kind of thing, and the rules. Together with a second");
  stage.Gets(
      "administrator: any rule, and so everything from then on, under both their names. Whoever has the key that the "
      "vault");
  stage.Gets("was set up with needs no second person: revoke it when there are people");
}

}  // namespace strongroom
