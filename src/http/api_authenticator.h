// Who calls: "Authorization: Bearer srk_..." against the API keys of the open vault.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "access/open_vault.h"
#include "base/clock.h"
#include "http/exchange.h"

namespace strongroom {

struct ApiAuthenticatorOptions {
  uint32_t requests_per_second = 0;  // of each credential; 0: no limit
};

// The session it gives an exchange is the OpenVault the key was found in, which so stays open until the exchange was
// answered and let go, on an I/O thread (VaultKeeper says why that matters).
class ApiAuthenticator : public Authenticator {
 public:
  // Both must outlive this.
  ApiAuthenticator(VaultKeeper& keeper, const Clock& clock, ApiAuthenticatorOptions options = {})
      : keeper_(keeper), clock_(clock), options_(options) {}

  // kServerLocked, kCredentialMissing, kCredentialInvalid, kNetworkRefused, kRateLimited.  Always answers: keys are
  // looked up in memory.
  std::optional<Result<Authenticated>> AuthenticateQuickly(const RequestHead& head) override;
  Result<Authenticated> Authenticate(const RequestHead& head) override;

 private:
  struct Window {
    int64_t second = 0;
    uint32_t used = 0;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<PrincipalId, Window> windows;  // one for each key ever used: bounded by the keys there are
  };
  Result<RateLimit> Count(PrincipalId principal);

  VaultKeeper& keeper_;
  const Clock& clock_;
  const ApiAuthenticatorOptions options_;
  std::array<Shard, 16> shards_;
};

}  // namespace strongroom
