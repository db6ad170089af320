#include "stage.h"

#include <signal.h>

#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

#include "base/json_writer.h"
#include "factors/totp.h"

namespace strongroom {
namespace {

const ClientHeaders kJson = {{"Content-Type", "application/json"}};

std::string Member(ByteView body, const std::string& name) {
  const size_t begin = body.find("\"" + name + "\":\"");
  if (begin == ByteView::npos) return {};
  const size_t value = begin + name.size() + 4;
  return std::string(body.substr(value, body.find('"', value) - value));
}

std::string Letters(Random& random, size_t count) {
  std::string text;
  while (text.size() < count) text.push_back(static_cast<char>('a' + random.Below(26)));
  return text;
}

}  // namespace

Result<std::unique_ptr<Stage>> Stage::Make(size_t people) {
  std::unique_ptr<Stage> stage(new Stage());
  ASSIGN_OR_RETURN(stage->vault_, MakeVaultOnDisk(stage->directory()));
  ASSIGN_OR_RETURN(stage->server_, ServerProcess::Start(PROVE_SERVER, stage->vault_, stage->directory(),
                                                        {"STRONGROOM_TRUSTED_PROXIES=127.0.0.1"}));
  RETURN_IF_ERROR(stage->server_->Unlock(stage->vault_));
  RETURN_IF_ERROR(stage->Fill(people));
  return stage;
}

Status Stage::Fill(size_t people) {
  const std::unique_ptr<Client> client = server_->MakeClient(vault_.first_key);
  for (const auto& [field, type] : {std::pair("name", "person_name"), std::pair("email", "email")}) {
    const std::string definition =
        std::string(R"({"name":")") + field + R"(","type":")" + type +
        R"(","sensitivity":"personal","search":"exact","purposes":["customer-service"],"legal_basis":"contract"})";
    RETURN_IF_ERROR(client->Call("PUT", std::string("/v1/catalogue/fields/") + field, kJson, definition).status());
  }
  RETURN_IF_ERROR(client
                      ->Call("PUT", "/v1/catalogue/collection-points/counter", kJson,
                             R"({"name":"counter","description":"a form","fields":["name","email"]})")
                      .status());
  RETURN_IF_ERROR(
      client->Call("PUT", "/v1/token-domains/partner", kJson, R"({"name":"partner","description":"a partner"})")
          .status());
  for (size_t i = 0; i < people; ++i) {
    StagePerson person;
    person.compartment = i % 4 == 3 ? "vip" : "main";
    person.name = "Person " + Letters(random_, 10);
    // Two share an address, so that what equal values give away can be shown.
    person.email = i == 2 ? people_[0].email : Letters(random_, 10) + "@" + Letters(random_, 8) + ".example";
    Bytes body;
    JsonWriter json(body);
    json.BeginObject().String("collection_point", "counter").String("compartment", person.compartment).Key("values");
    json.BeginObject().String("name", person.name).String("email", person.email).EndObject().EndObject();
    ASSIGN_OR_RETURN(const ClientResponse answer, client->Call("POST", "/v1/customers", kJson, body));
    person.code = Member(answer.body, "code");
    search_.AddValue(person.name);
    search_.AddValue(person.email);
    RETURN_IF_ERROR(client
                        ->Call("POST", "/v1/customers/" + person.code + "/reveal", kJson,
                               R"({"purpose":"customer-service","fields":["email"]})")
                        .status());
    people_.push_back(std::move(person));
  }
  search_.Build();
  ASSIGN_OR_RETURN(
      const ClientResponse key,
      client->Call("POST", "/v1/api-keys", kJson,
                   R"({"name":"a partner","kind":"partner","roles":["partner"],"purposes":["customer-service"],)"
                   R"("token_domains":["partner"],"networks":["192.0.2.0/24"]})"));
  partner_key_ = Member(key.body, "key");
  return Status::Ok();
}

void Stage::Title(const std::string& who) const { std::printf("\n%s\n", who.c_str()); }
void Stage::Tries(const std::string& what) const { std::printf("  tries     %s\n", what.c_str()); }
void Stage::Gets(const std::string& what) const { std::printf("  obtains   %s\n", what.c_str()); }
void Stage::Claim(const std::string& what, bool holds) {
  std::printf("  %s %s\n", holds ? "holds    " : "BROKEN   ", what.c_str());
  std::fflush(stdout);
  if (!holds) ++broken_;
}

void Stage::WaitForNextCode() const {
  std::printf("  (waiting for the app's next code)\n");
  std::fflush(stdout);
  const int64_t shown = TotpStepAt(clock_.NowMillis());
  while (TotpStepAt(clock_.NowMillis()) == shown) std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

Status Stage::StopServer() {
  server_->process().Signal(SIGTERM);
  if (server_->process().Wait(30'000) != 0) return Status(Reason::kInternal, "the server does not stop");
  return Status::Ok();
}

Result<std::unique_ptr<Stage::Opened>> Stage::Open() {
  auto opened = std::make_unique<Opened>();
  ASSIGN_OR_RETURN(opened->files, OpenFiles());
  ASSIGN_OR_RETURN(opened->root_key, OpenLock(*opened->files->office().keys, SecretBytes::CopyOf(vault_.passphrase)));
  ASSIGN_OR_RETURN(OpenedHouse house, OpenHouse(*opened->files, opened->root_key, clock_, random_));
  opened->sequencers = std::move(house.sequencers);
  ASSIGN_OR_RETURN(opened->vault, OpenVault::Open(std::move(house.house)));
  return opened;
}

Caller Stage::Everyone() const {
  Principal everyone;
  everyone.id = 99;
  everyone.kind = PrincipalKind::kApplication;
  everyone.roles = {"administrator", "operator", "application", "privacy-officer", "auditor"};
  everyone.purposes = {"*"};
  everyone.token_domains = {"*"};
  Caller caller;
  caller.principal = std::make_shared<const Principal>(everyone);
  caller.address = IpAddress::Loopback();
  caller.purpose = "customer-service";
  return caller;
}

}  // namespace strongroom
