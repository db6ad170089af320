#include "server/tour.h"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "cli/session.h"
#include "server/credentials_files.h"
#include "server/init.h"
#include "server/running_server.h"
#include "server/signals.h"
#include "server/tour_import.h"
#include "server/tour_screen.h"

namespace strongroom {
namespace {

// Answers how the first administrator enrols, when a vault was made.
Result<SecretBytes> MakeDevelopmentVault(const ServerConfig& config) {
  SystemClock clock;
  SystemRandom random;
  ASSIGN_OR_RETURN(const std::unique_ptr<VaultFiles> files, VaultFiles::Open(config, true));
  const Result<LockInfo> lock = ReadLockInfo(*files->office().keys);
  if (lock.ok()) return SecretBytes();
  if (lock.reason() != Reason::kNotInitialised) return lock.status();  // damaged is not the same as absent
  std::printf("Making a development vault in %s (its key lies in %s: for trying out, not for real people's data).\n",
              config.data_dir.c_str(), DevelopmentKeyFile(config).c_str());
  InitOptions options;
  options.lock.info.kind = LockKind::kDevelopment;
  ASSIGN_OR_RETURN(options.secret, MakeDevelopmentKey(config, random));
  options.first_key.name = "development administrator";
  options.first_key.kind = PrincipalKind::kApplication;
  options.first_key.roles = {"administrator", "operator"};
  options.first_administrator = FirstAdministrator("administrator");
  ASSIGN_OR_RETURN(InitResult made, InitialiseVault(*files, std::move(options), clock, random));
  RETURN_IF_ERROR(WriteCredential(config, "administrator", made.first_key_text));
  return std::move(made.enrolment_code);
}

Result<Caller> CallerOf(const ServerConfig& config, OpenVault& vault, const std::string& name) {
  Caller caller;
  caller.address = IpAddress::Loopback();
  ASSIGN_OR_RETURN(caller.principal, SignInFromFile(config, vault, name));
  caller.standing = StandingOfKey(*caller.principal);
  return caller;
}

ApiKeySpec SpecOf(const std::string& name, PrincipalKind kind, std::vector<std::string> roles) {
  ApiKeySpec spec;
  spec.name = "tour: " + name;
  spec.kind = kind;
  spec.roles = std::move(roles);
  spec.purposes = {"customer-service"};
  if (kind == PrincipalKind::kApplication) spec.token_domains = {"*"};
  spec.networks = {*IpNetwork::Parse("127.0.0.0/8"), *IpNetwork::Parse("::1")};
  return spec;
}

Status MakeCredentials(const ServerConfig& config, OpenVault& vault, const Caller& administrator) {
  RETURN_IF_ERROR(EnsureCredential(config, vault, administrator, "application",
                                   SpecOf("application", PrincipalKind::kApplication, {"application"})));
  RETURN_IF_ERROR(
      EnsureCredential(config, vault, administrator, "support", SpecOf("support", PrincipalKind::kStaff, {"support"})));
  RETURN_IF_ERROR(EnsureCredential(config, vault, administrator, "privacy-officer",
                                   SpecOf("privacy officer", PrincipalKind::kStaff, {"privacy-officer", "importer"})));
  return EnsureCredential(config, vault, administrator, "auditor",
                          SpecOf("auditor", PrincipalKind::kAuditor, {"auditor"}));
}

}  // namespace

Status RunTour(const TourOptions& options) {
  // Before any thread exists, so that all inherit the mask.
  BlockStopSignals();
  ServerConfig config = options.config;
  ASSIGN_OR_RETURN(const SecretBytes enrolment, MakeDevelopmentVault(config));
  ASSIGN_OR_RETURN(const std::unique_ptr<RunningServer> server, RunningServer::Start(config));
  std::printf("Console: https://127.0.0.1:%u/console/\n", static_cast<unsigned>(server->port()));
  if (!enrolment.empty()) {
    std::printf("  The first administrator enrols there as 'administrator' with %s (shown once, good for 7 days).\n",
                std::string(ExposeSecret(enrolment)).c_str());
  }
  const std::string path = options.csv.empty() ? options.example_csv : options.csv;
  {
    const std::shared_ptr<OpenVault> vault = server->keeper().Current();
    if (vault == nullptr)
      return Status(Reason::kServerLocked, "this vault has a real lock; the tour is for development vaults");
    ASSIGN_OR_RETURN(const Caller administrator, CallerOf(config, *vault, "administrator"));
    RETURN_IF_ERROR(MakeCredentials(config, *vault, administrator));
    TourCallers callers;
    ASSIGN_OR_RETURN(callers.support, CallerOf(config, *vault, "support"));
    ASSIGN_OR_RETURN(callers.application, CallerOf(config, *vault, "application"));
    ASSIGN_OR_RETURN(callers.officer, CallerOf(config, *vault, "privacy-officer"));
    ASSIGN_OR_RETURN(callers.auditor, CallerOf(config, *vault, "auditor"));
    TokenDomain domain;
    domain.name = "partner-demo";
    domain.description = "a partner of the tour";
    RETURN_IF_ERROR(vault->tokens().PutDomain(administrator, std::move(domain)).Wait().status());

    LocalImport import;
    import.path = path;
    import.ask = !options.yes && !options.csv.empty();
    std::printf("Importing %s:\n", path.c_str());
    ASSIGN_OR_RETURN(const LocalImportResult imported, ImportLocalFile(config, *vault, callers.officer, import));
    if (imported.was_complete) {
      std::printf("  this file was imported before; nothing is imported twice\n");
    } else {
      std::printf("  %llu created, %llu changed, %llu unchanged, %llu bad rows%s%s\n",
                  static_cast<unsigned long long>(imported.created), static_cast<unsigned long long>(imported.changed),
                  static_cast<unsigned long long>(imported.unchanged),
                  static_cast<unsigned long long>(imported.bad_rows), imported.bad_rows_file.empty() ? "" : ", see ",
                  imported.bad_rows_file.c_str());
    }
    ASSIGN_OR_RETURN(const Bytes csv, ReadWholeFile(path, size_t{2} << 30));
    RETURN_IF_ERROR(PrintTourScreen(*server, *vault, callers, csv));
  }
  std::fflush(stdout);
  if (options.once) return Status::Ok();
  std::printf("\nServing until Ctrl-C.\n");
  std::fflush(stdout);
  WaitForStop([&server] { server->ReloadCertificate().IgnoreError(); });
  std::printf("Stopping: answering what is in flight.\n");
  return Status::Ok();
}

}  // namespace strongroom
