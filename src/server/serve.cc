#include "server/serve.h"

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "server/backup_commands.h"
#include "server/compartment_command.h"
#include "server/credentials_files.h"
#include "server/fsck.h"
#include "server/fsck_print.h"
#include "server/init.h"
#include "server/restore_command.h"
#include "server/running_server.h"
#include "server/signals.h"
#include "server/test_gateway.h"
#include "server/tour.h"
#include "server/version.h"
#include "server/witness_commands.h"

namespace strongroom {
namespace {

// The address a `strongroom tour` finds its example at: beside the sources it was built from, or installed.
constexpr char kExampleCsv[] = STRONGROOM_EXAMPLE_CSV;

struct ServeOptions {
  std::string config;
  std::string data;
  std::string passphrase_file;
};

Result<ServerConfig> ConfigOf(const std::string& file, const std::string& data) {
  ASSIGN_OR_RETURN(ServerConfig config, LoadConfig(file));
  if (!data.empty()) config.data_dir = data;
  return config;
}

Result<ExitCode> Serve(Session& session, const ServeOptions& options) {
  BlockStopSignals();
  ASSIGN_OR_RETURN(const ServerConfig config, ConfigOf(options.config, options.data));
  ASSIGN_OR_RETURN(const std::unique_ptr<RunningServer> server, RunningServer::Start(config));
  if (!options.passphrase_file.empty() && server->keeper().Current() == nullptr) {
    ASSIGN_OR_RETURN(const SecretBytes secret, ReadSecretLine(options.passphrase_file));
    RETURN_IF_ERROR(server->keeper().Unlock(secret));
  }
  const bool locked = server->keeper().Current() == nullptr;
  if (!server->unlock_status().ok()) session.Note("the lock did not open: " + server->unlock_status().ToString());
  session.PrintLine("strongroom " + std::string(kVersion) + " listens on https://" + config.address + ":" +
                    std::to_string(server->port()) +
                    (config.plaintext ? " and http://127.0.0.1:" + std::to_string(server->plaintext_port()) : "") +
                    (locked ? "; it is locked: 'strongroom unlock' opens it" : "; it is unlocked"));
  std::fflush(stdout);
  WaitForStop([&] {
    const Status reloaded = server->ReloadCertificate();
    session.Note(reloaded.ok() ? "certificate read again" : "certificate kept as it was: " + reloaded.ToString());
  });
  session.Note("stopping: answering what is in flight");
  server->Stop();
  return ExitCode::kOk;
}

struct InitCommand {
  std::string config;
  std::string data;
  std::string lock = "passphrase";
  std::string passphrase_file;
  int64_t threshold = 2;
  int64_t shares = 3;
  std::vector<std::string> compartments = {"main", "vip"};
  std::string administrator = "administrator";
  std::vector<std::string> custodians;
};

Status ReadLock(const InitCommand& command, const ServerConfig& config, Random& random, InitOptions& options) {
  if (command.lock == "development") {
    options.lock.info.kind = LockKind::kDevelopment;
    ASSIGN_OR_RETURN(options.secret, MakeDevelopmentKey(config, random));
  } else if (command.lock == "shares") {
    options.lock.info = {LockKind::kShares, static_cast<uint8_t>(command.threshold),
                         static_cast<uint8_t>(command.shares)};
  } else if (command.lock == "tpm" && command.passphrase_file.empty()) {
    options.lock.info.kind = LockKind::kTpm;
  } else {
    if (command.passphrase_file.empty()) {
      return Status(Reason::kInvalidArgument,
                    "give the passphrase or PIN in a file (--passphrase-file FILE; '/dev/stdin' reads standard input)");
    }
    options.lock.info.kind = command.lock == "tpm"      ? LockKind::kTpm
                             : command.lock == "pkcs11" ? LockKind::kPkcs11
                                                        : LockKind::kPassphrase;
    ASSIGN_OR_RETURN(options.secret, ReadSecretLine(command.passphrase_file));
  }
  return Status::Ok();
}

Result<ExitCode> Init(Session& session, const InitCommand& command) {
  ASSIGN_OR_RETURN(const ServerConfig config, ConfigOf(command.config, command.data));
  SystemClock clock;
  SystemRandom random;
  ASSIGN_OR_RETURN(const std::unique_ptr<VaultFiles> files, VaultFiles::Open(config, true));
  const Result<LockInfo> lock = ReadLockInfo(*files->office().keys);
  if (lock.ok()) return Status(Reason::kAlreadyInitialised);
  if (lock.reason() != Reason::kNotInitialised) return lock.status();  // damaged is not the same as absent
  InitOptions options;
  options.compartments = command.compartments;
  options.custodians = command.custodians;
  RETURN_IF_ERROR(ReadLock(command, config, random, options));
  DeviceProcess device(config.lock);
  options.lock.device = &device;
  const bool no_pin = options.lock.info.kind == LockKind::kTpm && options.secret.empty();
  options.first_key.name = "first administrator";
  options.first_key.kind = PrincipalKind::kApplication;
  options.first_key.roles = {"administrator", "operator"};
  options.first_administrator = FirstAdministrator(command.administrator);
  ASSIGN_OR_RETURN(const InitResult made, InitialiseVault(*files, std::move(options), clock, random));
  session.PrintLine("A vault was made in " + config.data_dir + ", its keys in " + config.KeyDir() + ".");
  if (no_pin) {
    session.PrintLine(
        "The TPM opens it without a PIN: it starts without people, and the lock does not survive theft of the "
        "machine.");
  }
  for (const SecretShare& share : made.shares) {
    const size_t at = share.index - 1u;
    const std::string whose = at < command.custodians.size() ? ", " + command.custodians[at] : std::string();
    session.PrintLine("share " + std::to_string(share.index) + whose + ": " + EncodeShare(share));
  }
  if (!made.shares.empty()) {
    session.PrintLine("Each share goes to one person, on paper. Any " + std::to_string(command.threshold) +
                      " of them unlock; with fewer the data is lost. They are not shown again. When the vault is "
                      "open, each custodian shows that theirs arrived: 'strongroom share acknowledge'.");
  }
  session.PrintLine("administrator key (shown once): " + std::string(ExposeSecret(made.first_key_text)));
  if (!made.enrolment_code.empty())
    session.PrintLine("enrolment code of " + command.administrator + " (shown once, good until " +
                      FormatTime(made.enrolment_until) + "): " + std::string(ExposeSecret(made.enrolment_code)));
  session.PrintLine("The key is for programs and for setting up. People sign in at https://" + config.address + ":" +
                    std::to_string(config.port) + "/console/, first with the enrolment code.");
  session.PrintLine(
      "Solo mode: there is one administrator. Invite a second one soon ('strongroom staff invite'), then revoke the "
      "key.");
  return ExitCode::kOk;
}

struct TourCommand {
  std::string config;
  std::string data;
  std::string csv;
  bool yes = false;
  bool once = false;
};

void AddServe(CommandLine& line) {
  auto options = std::make_shared<ServeOptions>();
  line.Add("serve", "Run the server")
      .Text("--config", options->config, "FILE", "the configuration (docs/reference/configuration.md)")
      .Text("--vault", options->data, "DIR", "the vault's directory; overrides the configuration")
      .Text("--passphrase-file", options->passphrase_file, "FILE", "unlock at the start with the passphrase in FILE")
      .Example("strongroom serve --config /etc/strongroom/strongroom.toml")
      .Note("SIGTERM answers what is in flight and stops; SIGHUP reads the certificate again.")
      .Run([options](Session& session) { return Serve(session, *options); });
}

void AddInit(CommandLine& line) {
  auto command = std::make_shared<InitCommand>();
  line.Add("init", "Make a new vault")
      .Text("--config", command->config, "FILE", "the configuration")
      .Text("--vault", command->data, "DIR", "where the vault is made; overrides the configuration")
      .Choice("--lock", command->lock, {"passphrase", "shares", "pkcs11", "tpm", "development"},
              "what opens it after a restart; of the devices the configuration's section [lock] says where they are")
      .Text("--passphrase-file", command->passphrase_file, "FILE",
            "the passphrase (at least 12 bytes) or the PIN, on the first line; a TPM may go without")
      .Number("--threshold", command->threshold, 2, 255, "shares needed to unlock")
      .Number("--shares", command->shares, 2, 255, "shares made")
      .Many("--custodian", command->custodians, "NAME", "who gets a share; once for each, in order, or never")
      .Text("--administrator", command->administrator, "NAME", "the name the first administrator signs in with")
      .List("--compartments", command->compartments, "NAMES", "groups of customers with keys and stores of their own")
      .Example("strongroom init --vault /srv/strongroom --lock shares --threshold 2 --shares 3")
      .Run([command](Session& session) { return Init(session, *command); });
}

void AddTour(CommandLine& line) {
  auto command = std::make_shared<TourCommand>();
  line.Add("tour", "Make a development vault, import a file and tell its story")
      .Text("--config", command->config, "FILE", "the configuration")
      .Text("--vault", command->data, "DIR", "where the vault is or is made")
      .Text("--csv", command->csv, "FILE", "import this file instead of the example")
      .Flag("--yes", command->yes, "accept the proposed mapping")
      .Flag("--once", command->once, "end after the screen instead of serving")
      .Example("strongroom tour --vault ./data --csv customers.csv --yes --once")
      .Run([command](Session&) -> Result<ExitCode> {
        TourOptions options;
        ASSIGN_OR_RETURN(options.config, ConfigOf(command->config, command->data));
        options.csv = command->csv;
        options.example_csv = kExampleCsv;
        options.yes = command->yes;
        options.once = command->once;
        RETURN_IF_ERROR(RunTour(options));
        return ExitCode::kOk;
      });
}

struct GatewayCommand {
  int64_t port = 8099;
  std::string secret_file;
};

Result<ExitCode> RunGateway(Session& session, const GatewayCommand& command) {
  BlockStopSignals();
  std::string secret;
  if (!command.secret_file.empty()) {
    ASSIGN_OR_RETURN(const SecretBytes line, ReadSecretLine(command.secret_file));
    secret = ExposeSecret(line);
  }
  const SystemClock clock;
  ASSIGN_OR_RETURN(const std::unique_ptr<TestGateway> gateway,
                   TestGateway::Start(static_cast<uint16_t>(command.port), std::move(secret), clock,
                                      [&session](std::string_view line) {
                                        session.PrintLine(line);
                                        std::fflush(stdout);
                                      }));
  session.Note("prints what is posted to http://127.0.0.1:" + std::to_string(gateway->port()) +
               "/ and sends nothing on; Ctrl-C ends it");
  WaitForStop([] {});
  return ExitCode::kOk;
}

void AddGateway(CommandLine& line) {
  auto command = std::make_shared<GatewayCommand>();
  line.Add("outbox gateway", "Be a text gateway and webhook receiver for trying things out: print what comes")
      .Number("--port", command->port, 0, 65535, "where to listen, on this machine only; 0: any free one")
      .Text("--secret-file", command->secret_file, "FILE", "the webhook's secret: say whether signatures are right")
      .Note("For a test set-up: what it prints may hold one-time codes.")
      .Example("strongroom outbox gateway --port 8099 --secret-file ops.secret")
      .Run([command](Session& session) { return RunGateway(session, *command); });
}

}  // namespace

void AddStoreCommands(CommandLine& line) {
  AddServe(line);
  AddInit(line);
  AddTour(line);
  AddRestoreCommand(line);
  AddGateway(line);
  AddWitnessCommands(line);
  AddBackupCommands(line);
  AddCompartmentCommand(line);
  line.Add("version", "Print the version").Run([](Session& session) -> Result<ExitCode> {
    session.PrintLine(std::string("strongroom ") + kVersion);
    return ExitCode::kOk;
  });
}

Result<ExitCode> FsckOffline(Session& session, const OfflineFsck& wanted) {
  ASSIGN_OR_RETURN(const ServerConfig config, ConfigOf({}, wanted.directory));
  FsckOptions options;
  options.repair = wanted.repair;
  options.against_log = wanted.against_log;
  SystemClock clock;
  SystemRandom random;
  ASSIGN_OR_RETURN(const std::unique_ptr<VaultFiles> files, VaultFiles::Open(config, false));
  ASSIGN_OR_RETURN(const LockInfo lock, ReadLockInfo(*files->office().keys));
  SecretBytes secret;
  if (lock.kind == LockKind::kDevelopment) {
    ASSIGN_OR_RETURN(secret, ReadDevelopmentKey(config));
  } else if (lock.kind != LockKind::kShares && !lock.unattended) {
    ASSIGN_OR_RETURN(secret, ReadSecretLine("/dev/stdin"));
  } else if (lock.kind == LockKind::kShares) {
    return Status(Reason::kInvalidArgument,
                  "a vault locked by shares is checked while it is served: 'strongroom fsck'");
  }
  DeviceProcess device(config.lock);
  ASSIGN_OR_RETURN(const SecretBytes root_key, OpenLock(*files->office().keys, secret, &device));
  ASSIGN_OR_RETURN(OpenedHouse opened, OpenHouse(*files, root_key, clock, random));
  FsckReport report;
  const int64_t begun = clock.MonotonicMillis();
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<OpenVault> vault,
                     OpenVault::Open(std::move(opened.house), KeepingOf(config)));
    ASSIGN_OR_RETURN(report, CheckVault(*vault, StoresOfFiles(*files), options));
    opened.sequencers.clear();
  }
  const int64_t millis = std::max<int64_t>(1, clock.MonotonicMillis() - begun);
  session.Print(session.json() ? FsckJson(report, millis) : FsckText(report, millis));
  return report.Damaged() ? ExitCode::kFailed : ExitCode::kOk;
}

}  // namespace strongroom
