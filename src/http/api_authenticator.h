// Who calls: a program by its API key ("Authorization: Bearer srk_..."), or a person by the cookie of a session and the
// proof that goes with it (access/sessions.h).  Never both.
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

  // kServerLocked, kCredentialMissing, kCredentialInvalid, kSessionEnded, kSessionUnproved, kNetworkRefused,
  // kDeviceRefused, kRateLimited.  Always answers: keys and sessions are looked up in memory.
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
  static Result<Caller> ByKey(OpenVault& vault, const RequestHead& head);
  static Result<Caller> BySession(OpenVault& vault, const RequestHead& head, std::string_view cookie);
  Result<RateLimit> Count(PrincipalId principal);

  VaultKeeper& keeper_;
  const Clock& clock_;
  const ApiAuthenticatorOptions options_;
  std::array<Shard, 16> shards_;
};

}  // namespace strongroom
