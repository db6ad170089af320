#include "server_process.h"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/encoding.h"
#include "base/json_writer.h"
#include "crypto/shamir.h"
#include "server/testing/test_place.h"
#include "store/testing/temp_dir.h"

namespace strongroom {
namespace {

uint16_t PortBehind(const std::string& text, const std::string& mark) {
  const size_t at = text.find(mark);
  if (at == std::string::npos) return 0;
  return static_cast<uint16_t>(std::strtoul(text.c_str() + at + mark.size(), nullptr, 10));
}

std::string TomlList(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) list += (list.size() == 1 ? "\"" : ", \"") + text + "\"";
  return list + "]";
}

MadeVault Configure(const std::string& directory, const StoreAddresses& stores = {}) {
  MadeVault vault;
  vault.config.data_dir = directory + "/data";
  vault.config.key_dir = directory + "/keys";
  vault.config_file = directory + "/strongroom.toml";
  vault.config.data_store = stores.data;
  vault.config.key_store = stores.keys;
  vault.config.data_stores = stores.data_apart;
  vault.config.key_stores = stores.keys_apart;
  PutIntoTestEngine(vault.config);
  std::ofstream(vault.config_file) << "data_dir = \"" << vault.config.data_dir << "\"\nkey_dir = \""
                                   << vault.config.key_dir << "\"\nport = 0\nplaintext = true\nworker_threads = 8\n"
                                   << "data_store = \"" << vault.config.data_store << "\"\nkey_store = \""
                                   << vault.config.key_store << "\"\nstore_schema = \"" << vault.config.store_schema
                                   << "\"\ndata_stores = " << TomlList(stores.data_apart)
                                   << "\nkey_stores = " << TomlList(stores.keys_apart) << "\n";
  return vault;
}

}  // namespace

void RecordingRandom::Fill(void* out, size_t size_bytes) {
  system_.Fill(out, size_bytes);
  if (size_bytes == 32) draws_of_32_.emplace_back(static_cast<const char*>(out), size_bytes);
}

Result<MadeVault> MakeVaultBy(const std::string& binary, const std::string& directory, const StoreAddresses& stores) {
  MadeVault vault = Configure(directory, stores);
  SystemRandom random;
  vault.passphrase = "test passphrase " + HexEncode(random.Take(8));
  const TempDir outside;
  std::ofstream(outside.Path("passphrase")) << vault.passphrase << "\n";
  ASSIGN_OR_RETURN(const ProgramOutput made,
                   RunProgram({binary, "init", "--config", vault.config_file, "--lock", "passphrase",
                               "--passphrase-file", outside.Path("passphrase")}));
  const size_t at = made.out.find("srk_");
  if (made.exit_code != 0 || at == std::string::npos) return Status(Reason::kInternal, "init: " + made.out + made.err);
  vault.first_key = made.out.substr(at, made.out.find_first_of(" \n", at) - at);
  return vault;
}

Result<MadeVault> MakeVaultOnDisk(const std::string& directory, LockKind lock, const StoreAddresses& stores) {
  MadeVault vault = Configure(directory, stores);
  SystemClock clock;
  RecordingRandom random;
  ASSIGN_OR_RETURN(const std::unique_ptr<VaultFiles> files, VaultFiles::Open(vault.config, true));
  InitOptions options;
  options.compartments = stores.compartments;
  options.lock.info.kind = lock;
  options.lock.cost = {8 * 1024, 1};  // the cheapest that is taken: these tests are not about guessing
  if (lock == LockKind::kShares) {
    options.lock.info = {lock, 2, 3};
  } else {
    vault.passphrase = "test passphrase " + HexEncode(random.Take(8));
    options.secret = SecretBytes::CopyOf(vault.passphrase);
  }
  options.first_key.name = "everything";
  options.first_key.kind = PrincipalKind::kApplication;
  options.first_key.roles = {"administrator", "operator", "application", "privacy-officer", "auditor", "importer"};
  options.first_key.purposes = {"*"};
  options.first_key.token_domains = {"*"};
  ASSIGN_OR_RETURN(const InitResult made, InitialiseVault(*files, std::move(options), clock, random));
  vault.first_key = std::string(ExposeSecret(made.first_key_text));
  for (const SecretShare& share : made.shares) vault.shares.push_back(EncodeShare(share));
  vault.secret_keys = random.draws_of_32();
  return vault;
}

Result<std::unique_ptr<ServerProcess>> ServerProcess::Start(const std::string& binary, const MadeVault& vault,
                                                            const std::string& directory,
                                                            const std::vector<std::string>& environment) {
  constexpr int kPolls = 6'000;
  const std::string out = directory + "/server.out";
  std::ofstream(out, std::ios::trunc).close();  // the port is looked for in what this start writes
  const auto started = std::chrono::steady_clock::now();
  std::unique_ptr<ServerProcess> server(new ServerProcess());
  ASSIGN_OR_RETURN(server->process_, ChildProcess::Start({binary, "serve", "--config", vault.config_file}, out,
                                                         directory + "/server.err", environment));
  server->certificate_ = vault.config.CertificateFile();
  for (int poll = 0; poll < kPolls && server->process_->Running(); ++poll) {
    std::ostringstream text;
    text << std::ifstream(out).rdbuf();
    if (text.str().find('\n') != std::string::npos) {
      server->port_ = PortBehind(text.str(), "https://127.0.0.1:");
      server->plaintext_port_ = PortBehind(text.str(), "http://127.0.0.1:");
      if (server->port_ == 0) return Status(Reason::kInternal, "the server names no port: " + text.str());
      const auto took = std::chrono::steady_clock::now() - started;
      server->ready_millis_ = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
      return server;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::ostringstream error;
  error << std::ifstream(directory + "/server.err").rdbuf();
  return Status(Reason::kInternal, "the server does not start: " + error.str());
}

std::unique_ptr<Client> ServerProcess::MakeClient(const std::string& api_key) const {
  ClientConfig config;
  config.base_url = "https://127.0.0.1:" + std::to_string(port_);
  config.pinned_certificate = certificate_;
  Result<std::unique_ptr<Client>> client = Client::Create(config);
  if (!client.ok()) std::abort();  // a test without its client has nothing to say
  (*client)->SetApiKey(api_key);
  return *std::move(client);
}

Status ServerProcess::Unlock(const MadeVault& vault) const {
  Bytes body;
  JsonWriter(body).BeginObject().String("passphrase", vault.passphrase).EndObject();
  return MakeClient("")->Call("POST", "/v1/unlock", {{"Content-Type", "application/json"}}, body).status();
}

Status ServerProcess::Lock(const std::string& api_key) const {
  constexpr int kPolls = 1'500;
  RETURN_IF_ERROR(MakeClient(api_key)->Call("POST", "/v1/lock").status());
  for (int poll = 0; poll < kPolls; ++poll) {
    // A lock cuts connections, and one of ours may be among them.
    const Result<ClientResponse> status = MakeClient("")->Call("GET", "/v1/status");
    if (!status.ok() && status.reason() != Reason::kServerUnreachable) return status.status();
    if (status.ok() && status->body.find("\"locked\":true") != Bytes::npos) return Status::Ok();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return Status(Reason::kInternal, "the lock is not complete after 15 seconds");
}

}  // namespace strongroom
