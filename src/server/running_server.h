// RunningServer: stores, keeper, routes and listener of one process, wired from a configuration.  main(), the tour,
// the benchmarks and the tests all start the server this way.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "crypto/random.h"
#include "http/api_authenticator.h"
#include "http/api_routes.h"
#include "http/listener.h"
#include "http/router.h"
#include "server/config.h"
#include "server/keeper.h"
#include "server/vault_files.h"

namespace strongroom {

class RunningServer {
 public:
  // Opens the vault (kNotInitialised when there is none), unlocks it when the lock is a development key file, and
  // listens.  A development lock on an address that is not loopback: kConfigInvalid.  A lock in hardware is tried once
  // when it needs no person (a PIN file, a TPM without a PIN): when that fails, the server is locked, and
  // unlock_status() says why: a service manager that starts it again and again must not use up a token's tries.
  static Result<std::unique_ptr<RunningServer>> Start(const ServerConfig& config, const HouseOptions& options = {},
                                                      VaultFilesOptions files = {});
  ~RunningServer();

  Keeper& keeper() { return *keeper_; }
  VaultFiles& files() { return *files_; }
  uint16_t port() const { return listener_->port(); }
  uint16_t plaintext_port() const { return plaintext_ ? plaintext_->port() : 0; }
  const ServerConfig& config() const { return config_; }
  // How opening the lock without a person went; ok when that was not to be tried.
  const Status& unlock_status() const { return unlock_status_; }
  // New connections get the certificate that is in the files now.
  Status ReloadCertificate() { return tls_->Reload(); }
  // Answers what is in flight, closes the vault, wipes the keys.
  void Stop();

 private:
  explicit RunningServer(const ServerConfig& config) : config_(config) {}
  void CutConnections(bool and_answers);
  void ScrubThreads();
  Status UnlockByDevice(const LockInfo& lock);

  const ServerConfig config_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<VaultFiles> files_;
  Status unlock_status_;
  std::unique_ptr<Keeper> keeper_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<ApiAuthenticator> authenticator_;
  std::shared_ptr<TlsContext> tls_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Listener> plaintext_;
  std::mutex listeners_mutex_;  // held while they stop; guards the two pointers from then on
};

// The development key file beside the data: written by MakeDevelopmentKey, mode 0600.  kFileUnreadable.
std::string DevelopmentKeyFile(const ServerConfig& config);
Result<SecretBytes> ReadDevelopmentKey(const ServerConfig& config);
Result<SecretBytes> MakeDevelopmentKey(const ServerConfig& config, Random& random);
// The first line of a file, as a secret.  kFileUnreadable.
Result<SecretBytes> ReadSecretLine(const std::string& path);

}  // namespace strongroom
