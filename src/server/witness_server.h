// A witness behind a listener: POST /add-checkpoint and GET /<origin hash>/checkpoint (tlog-witness), nothing else.  It
// is a process of its own, on a machine that those whose logs it watches do not administer; it opens no vault.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "crypto/random.h"
#include "http/listener.h"
#include "witness/cosignature.h"

namespace strongroom {

struct WitnessServerConfig {
  std::string state_directory;
  std::string address = "127.0.0.1";
  uint16_t port = 0;
  std::string certificate_file;  // both empty: without TLS, on loopback alone
  std::string key_file;
  std::vector<std::string> logs;  // verifier keys
};

// Makes the state directory's key.  kAlreadyInitialised: there is one; kInvalidArgument: the name is none.
Result<WitnessKey> MakeWitnessKey(const std::string& state_directory, const std::string& name, Random& random);
Result<WitnessKey> ReadWitnessKey(const std::string& state_directory);

class WitnessServer {
 public:
  // `clock` must outlive this.  kNotInitialised without a key; kStorageUnavailable when another process has the
  // directory; kDataCorrupt when its state is not by this key; kConfigInvalid.
  static Result<std::unique_ptr<WitnessServer>> Start(const WitnessServerConfig& config, const Clock& clock);
  virtual ~WitnessServer() = default;
  virtual uint16_t port() const = 0;
  virtual const WitnessKey& key() const = 0;
  virtual Status ReloadCertificate() = 0;
};

}  // namespace strongroom
