// The real server in a process of its own, over a vault that the test made.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "child_process.h"
#include "client/client.h"
#include "crypto/random.h"
#include "server/config.h"
#include "server/init.h"

namespace strongroom {

// Answers what the system's generator answers and keeps every draw of 32 bytes: the root key and the keys of all rings,
// when a vault is made with it.
class RecordingRandom : public Random {
 public:
  void Fill(void* out, size_t size_bytes) override;
  const std::vector<Bytes>& draws_of_32() const { return draws_of_32_; }

 private:
  SystemRandom system_;
  std::vector<Bytes> draws_of_32_;
};

struct MadeVault {
  ServerConfig config;
  std::string config_file;
  std::string passphrase;           // of a passphrase lock
  std::vector<std::string> shares;  // of a shares lock
  std::string first_key;            // an API key with every role
  std::vector<Bytes> secret_keys;   // root key and ring keys
};

// In `directory`: data/, keys/ and strongroom.toml.  The server will listen on any free port, also without TLS.
// PostgreSQL addresses in `stores` put a side there; without any, the vault lies where the tests are run over
// (store/testing/test_engine.h).
struct StoreAddresses {
  std::string data;
  std::string keys;
  // "compartment=address" each: those of one compartment, or of the office, elsewhere.
  std::vector<std::string> data_apart = {};
  std::vector<std::string> keys_apart = {};
  std::vector<std::string> compartments = {"main", "vip"};
};
Result<MadeVault> MakeVaultOnDisk(const std::string& directory, LockKind lock = LockKind::kPassphrase,
                                  const StoreAddresses& stores = {});
// The same by `binary init`: its keys are known to itself alone, and the first key is an administrator's.
Result<MadeVault> MakeVaultBy(const std::string& binary, const std::string& directory,
                              const StoreAddresses& stores = {});

class ServerProcess {
 public:
  // Starts `binary serve` and waits until it listens; output goes to <directory>/server.out and server.err.
  static Result<std::unique_ptr<ServerProcess>> Start(const std::string& binary, const MadeVault& vault,
                                                      const std::string& directory,
                                                      const std::vector<std::string>& environment = {});
  ChildProcess& process() { return *process_; }
  uint16_t port() const { return port_; }
  uint16_t plaintext_port() const { return plaintext_port_; }
  int64_t ready_millis() const { return ready_millis_; }  // from the start to the line that says it listens
  // Over TLS, trusting the vault's own certificate, with this API key.
  std::unique_ptr<Client> MakeClient(const std::string& api_key) const;
  Status Unlock(const MadeVault& vault) const;
  // Asks for the lock and waits until the status says that it is complete.
  Status Lock(const std::string& api_key) const;

 private:
  std::unique_ptr<ChildProcess> process_;
  std::string certificate_;
  uint16_t port_ = 0;
  uint16_t plaintext_port_ = 0;
  int64_t ready_millis_ = 0;
};

}  // namespace strongroom
