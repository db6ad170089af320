#include "server/witness_server.h"

#include <utility>

#include "http/exchange.h"
#include "http/router.h"
#include "http/tls.h"
#include "witness/add_checkpoint.h"
#include "witness/state_files.h"
#include "witness/witness.h"

namespace strongroom {
namespace {

constexpr char kKeyFile[] = "witness.key";
constexpr int64_t kStopMillis = 5'000;

Result<WitnessSigner> ReadSigner(const StateFiles& files) {
  ASSIGN_OR_RETURN(std::optional<Bytes> text, files.Read(kKeyFile));
  if (!text.has_value()) {
    return Status(Reason::kNotInitialised,
                  "there is no witness's key; 'strongroom witness init DIR --name NAME' makes one");
  }
  const SecretBytes secret = SecretBytes::CopyOf(*text);
  WipeString(*text);
  return WitnessSigner::Parse(secret);
}

class NobodySignsIn : public Authenticator {
 public:
  std::optional<Result<Authenticated>> AuthenticateQuickly(const RequestHead&) override { return std::nullopt; }
  Result<Authenticated> Authenticate(const RequestHead&) override { return Status(Reason::kCredentialMissing); }
};

void Answer(Exchange& exchange, WitnessAnswer answer) {
  exchange.Respond(Response{answer.status, answer.content_type, std::move(answer.body), {}});
}

class WitnessServerImpl final : public WitnessServer {
 public:
  ~WitnessServerImpl() override {
    if (listener_) listener_->Stop(kStopMillis);
  }
  uint16_t port() const override { return listener_->port(); }
  const WitnessKey& key() const override { return witness_->key(); }
  Status ReloadCertificate() override { return tls_ == nullptr ? Status::Ok() : tls_->Reload(); }

  Status Begin(const WitnessServerConfig& config, const Clock& clock) {
    std::vector<VerifierKey> logs;
    for (const std::string& text : config.logs) {
      ASSIGN_OR_RETURN(VerifierKey log, VerifierKey::Parse(text));
      logs.push_back(std::move(log));
    }
    ASSIGN_OR_RETURN(files_, StateDirectory::Open(config.state_directory, false));
    ASSIGN_OR_RETURN(WitnessSigner signer, ReadSigner(*files_));
    ASSIGN_OR_RETURN(witness_, Witness::Open(*files_, std::move(signer), logs, clock));
    RETURN_IF_ERROR(router_.Add(
        "POST", "/add-checkpoint", {.lane = Lane::kWorker, .is_public = true, .max_body_bytes = kMaxAddCheckpointBytes},
        [this](Exchange& exchange) { Answer(exchange, witness_->AddCheckpoint(exchange.request().body())); }));
    RETURN_IF_ERROR(router_.Add("GET", "/{hash}/checkpoint", {.lane = Lane::kWorker, .is_public = true},
                                [this](Exchange& exchange) {
                                  Answer(exchange, witness_->NewestCheckpoint(exchange.request().Param("hash")));
                                }));
    ListenerConfig listener;
    listener.address = config.address;
    listener.port = config.port;
    listener.io_threads = 1;
    listener.worker_threads = 4;
    listener.max_connections = 1'000;
    if (config.certificate_file.empty()) {
      listener.plaintext_on_loopback = true;
    } else {
      ASSIGN_OR_RETURN(tls_, TlsContext::Create({config.certificate_file, config.key_file, false}));
      listener.tls = tls_;
    }
    ASSIGN_OR_RETURN(listener_, Listener::Start(listener, router_, nobody_));
    return Status::Ok();
  }

 private:
  std::unique_ptr<StateDirectory> files_;
  std::unique_ptr<Witness> witness_;
  Router router_;
  NobodySignsIn nobody_;
  std::shared_ptr<TlsContext> tls_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace

Result<WitnessKey> MakeWitnessKey(const std::string& state_directory, const std::string& name, Random& random) {
  ASSIGN_OR_RETURN(const WitnessSigner witness, WitnessSigner::Create(name, Signer::Generate(random)));
  ASSIGN_OR_RETURN(const std::unique_ptr<StateDirectory> files, StateDirectory::Open(state_directory, true));
  ASSIGN_OR_RETURN(std::optional<Bytes> there, files->Read(kKeyFile));
  if (there.has_value()) {
    WipeString(*there);
    return Status(Reason::kAlreadyInitialised,
                  state_directory + " has a witness's key; it is never replaced: what it cosigned stays its own");
  }
  const std::string fresh = std::string(kKeyFile) + ".new";
  RETURN_IF_ERROR(files->Write(fresh, ExposeSecret(witness.Encode())));
  RETURN_IF_ERROR(files->Sync(fresh));
  RETURN_IF_ERROR(files->Rename(fresh, kKeyFile));
  RETURN_IF_ERROR(files->SyncDirectory());
  return witness.key;
}

Result<WitnessKey> ReadWitnessKey(const std::string& state_directory) {
  ASSIGN_OR_RETURN(const std::unique_ptr<StateDirectory> files, StateDirectory::Open(state_directory, false));
  ASSIGN_OR_RETURN(const WitnessSigner signer, ReadSigner(*files));
  return signer.key;
}

Result<std::unique_ptr<WitnessServer>> WitnessServer::Start(const WitnessServerConfig& config, const Clock& clock) {
  auto server = std::make_unique<WitnessServerImpl>();
  RETURN_IF_ERROR(server->Begin(config, clock));
  return std::unique_ptr<WitnessServer>(std::move(server));
}

}  // namespace strongroom
