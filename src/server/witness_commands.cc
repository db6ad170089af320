#include "server/witness_commands.h"

#include <charconv>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/session.h"
#include "server/signals.h"
#include "server/witness_server.h"

namespace strongroom {
namespace {

struct InitCommand {
  std::string directory;
  std::string name;
};

Result<ExitCode> Init(Session& session, const InitCommand& command) {
  SystemRandom random;
  ASSIGN_OR_RETURN(const WitnessKey key, MakeWitnessKey(command.directory, command.name, random));
  session.PrintLine(key.Encode());
  session.Note(
      "This is the witness's public key: give it to those whose logs it will watch. The private one stays in " +
      command.directory + ". Never put an older copy of that directory back: make another witness instead.");
  return ExitCode::kOk;
}

struct ServeCommand {
  std::string directory;
  std::string listen = "127.0.0.1:8444";
  std::string certificate;
  std::string key;
  std::vector<std::string> logs;
};

// "192.0.2.7:8444", "[2001:db8::7]:8444"
Status ReadListen(std::string_view text, WitnessServerConfig& config) {
  const size_t colon = text.rfind(':');
  const std::string_view digits = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), config.port);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    return Status(Reason::kInvalidArgument, "--listen takes ADDRESS:PORT, as 127.0.0.1:8444");
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  config.address = std::string(host);
  return Status::Ok();
}

Result<ExitCode> Serve(Session& session, const ServeCommand& command) {
  BlockStopSignals();
  WitnessServerConfig config;
  config.state_directory = command.directory;
  config.certificate_file = command.certificate;
  config.key_file = command.key;
  config.logs = command.logs;
  RETURN_IF_ERROR(ReadListen(command.listen, config));
  if (command.certificate.empty() != command.key.empty()) {
    return Status(Reason::kInvalidArgument, "--certificate and --certificate-key belong together");
  }
  const SystemClock clock;
  ASSIGN_OR_RETURN(const std::unique_ptr<WitnessServer> server, WitnessServer::Start(config, clock));
  session.PrintLine("witness " + server->key().name + " listens on " +
                    (config.certificate_file.empty() ? "http://" : "https://") + config.address + ":" +
                    std::to_string(server->port()) + " for " + std::to_string(config.logs.size()) + " log keys");
  std::fflush(stdout);
  WaitForStop([&] {
    const Status reloaded = server->ReloadCertificate();
    session.Note(reloaded.ok() ? "certificate read again" : "certificate kept as it was: " + reloaded.ToString());
  });
  return ExitCode::kOk;
}

struct KeyCommand {
  std::string directory;
};

}  // namespace

void AddWitnessCommands(CommandLine& line) {
  line.Group("witness", "Be a witness: cosign the checkpoints of other people's logs");
  auto init = std::make_shared<InitCommand>();
  line.Add("witness init", "Make a witness's key")
      .Positional("DIR", init->directory, "the witness's state, made when missing")
      .RequiredText("--name", init->name, "NAME", "a name for it, like witness.example.com/one")
      .Note("Prints the public key. A witness that lost its state, or has an older copy of it, must not be used again.")
      .Example("strongroom witness init /var/lib/witness --name witness.example.com/one")
      .Run([init](Session& session) { return Init(session, *init); });

  auto key = std::make_shared<KeyCommand>();
  line.Add("witness key", "Print a witness's public key")
      .Positional("DIR", key->directory, "the witness's state")
      .Example("strongroom witness key /var/lib/witness")
      .Run([key](Session& session) -> Result<ExitCode> {
        ASSIGN_OR_RETURN(const WitnessKey read, ReadWitnessKey(key->directory));
        session.PrintLine(read.Encode());
        return ExitCode::kOk;
      });

  auto serve = std::make_shared<ServeCommand>();
  line.Add("witness serve", "Cosign checkpoints of these logs (tlog-witness)")
      .RequiredText("--state", serve->directory, "DIR", "as 'witness init' made it; one process at a time")
      .Text("--listen", serve->listen, "ADDRESS:PORT", "where; port 0: any free one, printed at the start")
      .Text("--certificate", serve->certificate, "FILE", "PEM; without: no TLS, on loopback only, for a proxy in front")
      .Text("--certificate-key", serve->key, "FILE", "PEM, of that certificate")
      .Many("--log", serve->logs, "VKEY", "the verifier key of a log to cosign for; given once for each")
      .Note("SIGTERM stops, SIGHUP reads the certificate again. Logs are added or taken away by a restart.")
      .Example(
          "strongroom witness serve --state /var/lib/witness --listen 0.0.0.0:8444 --certificate w.pem "
          "--certificate-key w.key "
          "--log 'strongroom/main-1a2b3c4d+1f2e3d4c+AT...'")
      .Run([serve](Session& session) { return Serve(session, *serve); });
}

}  // namespace strongroom
