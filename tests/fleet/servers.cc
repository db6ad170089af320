#include "servers.h"

#include <signal.h>

#include <filesystem>
#include <fstream>

namespace strongroom {

Result<std::unique_ptr<Servers>> Servers::Make() {
  std::unique_ptr<Servers> made(new Servers());
  // Each server keeps some connections to each of its stores.
  ASSIGN_OR_RETURN(made->cluster_, PostgresCluster::Start({"max_connections=300"}));
  const std::string address = made->cluster_->conninfo();
  ASSIGN_OR_RETURN(made->vault_, MakeVaultOnDisk(made->directory_.path(), LockKind::kPassphrase,
                                                 {address, address + " application_name=keys"}));
  return made;
}

Status Servers::Start(uint32_t number) {
  const std::string place = directory_.Path("server-" + std::to_string(number));
  std::error_code error;
  std::filesystem::create_directories(place, error);
  if (error) return Status(Reason::kInternal, error.message());
  ASSIGN_OR_RETURN(
      std::unique_ptr<ServerProcess> server,
      ServerProcess::Start(FLEET_SERVER, vault_, place, {"STRONGROOM_SERVER_NUMBER=" + std::to_string(number)}));
  RETURN_IF_ERROR(server->Unlock(vault_));
  servers_[number] = std::move(server);
  return Status::Ok();
}

void Servers::Kill(uint32_t number) {
  servers_.at(number)->process().Signal(SIGKILL);
  servers_.at(number)->process().Wait(10'000);
  servers_.erase(number);
}

void Servers::Stop(uint32_t number) {
  servers_.at(number)->process().Signal(SIGTERM);
  servers_.at(number)->process().Wait(20'000);
  servers_.erase(number);
}

Result<std::string> Servers::Call(uint32_t number, const std::string& method, const std::string& path,
                                  const std::string& body, const ClientHeaders& more) const {
  ClientHeaders headers = more;
  if (!body.empty()) headers.push_back({"Content-Type", "application/json"});
  const std::unique_ptr<Client> client = servers_.at(number)->MakeClient(vault_.first_key);
  ASSIGN_OR_RETURN(ClientResponse response, client->Call(method, path, headers, body));
  return std::string(std::move(response.body));
}

Status Servers::Describe(uint32_t number) const {
  RETURN_IF_ERROR(
      Call(
          number, "PUT", "/v1/catalogue/fields/note",
          R"({"name":"note","type":"text","sensitivity":"personal","purposes":["customer-service"],"legal_basis":"contract","search":"exact"})")
          .status());
  return Call(number, "PUT", "/v1/catalogue/collection-points/counter",
              R"({"name":"counter","description":"a test","fields":["note"]})")
      .status();
}

std::string TextOf(const std::string& json, const std::string& name) {
  const std::string begin = "\"" + name + "\":\"";
  const size_t at = json.find(begin);
  if (at == std::string::npos) return "";
  const size_t from = at + begin.size();
  return json.substr(from, json.find('"', from) - from);
}

Result<std::string> Servers::Create(uint32_t number, const std::string& note, const std::string& external_id) const {
  const std::string id = external_id.empty() ? "" : R"("external_id":")" + external_id + R"(",)";
  ASSIGN_OR_RETURN(const std::string answer,
                   Call(number, "POST", "/v1/customers",
                        "{" + id + R"("collection_point":"counter","values":{"note":")" + note + R"("}})"));
  return TextOf(answer, "code");
}

Result<std::string> Servers::Reveal(uint32_t number, const std::string& code) const {
  ASSIGN_OR_RETURN(const std::string answer, Call(number, "POST", "/v1/customers/" + code + "/reveal",
                                                  R"({"purpose":"customer-service","fields":["note"]})"));
  return TextOf(answer, "note");
}

Status Servers::Change(uint32_t number, const std::string& code, const std::string& note) const {
  return Call(number, "PATCH", "/v1/customers/" + code,
              R"({"collection_point":"counter","set":{"note":")" + note + R"("}})", {{"If-Match", "*"}})
      .status();
}

Result<std::string> Servers::Find(uint32_t number, const std::string& compartment, const std::string& note) const {
  ASSIGN_OR_RETURN(const std::string found,
                   Call(number, "POST", "/v1/customers:search",
                        R"({"compartment":")" + compartment + R"(","field":"note","value":")" + note + R"("})"));
  return TextOf(found, "code");
}

Status Servers::Move(uint32_t number, const std::string& code, const std::string& compartment) const {
  return Call(number, "POST", "/v1/customers/" + code + "/move", R"({"compartment":")" + compartment + R"("})")
      .status();
}

Status Servers::VerifyLogs(uint32_t number) const {
  const TempDir out;
  std::ofstream(out.Path("key")) << vault_.first_key << "\n";
  std::filesystem::permissions(out.Path("key"),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const std::string url = "https://127.0.0.1:" + std::to_string(servers_.at(number)->port());
  ASSIGN_OR_RETURN(const ProgramOutput exported,
                   RunProgram({FLEET_SERVER, "audit", "export", out.Path("logs"), "--server", url, "--pin",
                               vault_.config.CertificateFile(), "--key-file", out.Path("key")}));
  if (exported.exit_code != 0) return Status(Reason::kInternal, exported.out + exported.err);
  for (const std::string room : {"office", "main", "vip"}) {
    const size_t at = exported.out.find("strongroom/" + room + "-");
    if (at == std::string::npos) return Status(Reason::kInternal, "no key of " + room + ": " + exported.out);
    const std::string key = exported.out.substr(at, exported.out.find_first_of("' \n", at) - at);
    ASSIGN_OR_RETURN(const ProgramOutput verified,
                     RunProgram({FLEET_SERVER, "audit", "verify", out.Path("logs") + "/" + room, "--key", key}));
    if (verified.exit_code != 0) return Status(Reason::kLogInvalid, room + ": " + verified.out + verified.err);
  }
  return Status::Ok();
}

uint32_t Servers::OnDuty() const {
  for (const auto& [number, server] : servers_) {
    const Result<std::string> answer = Call(number, "GET", "/v1/servers");
    if (answer.ok() && answer->find("\"on_duty\":true,\"age_millis\"") != std::string::npos) return number;
  }
  return 0;
}

}  // namespace strongroom
