// Making a vault: root key, lock, rings, compartments and the first credential.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "access/api_keys.h"
#include "base/clock.h"
#include "crypto/shamir.h"
#include "keys/lock.h"
#include "server/vault_files.h"

namespace strongroom {

struct InitOptions {
  std::vector<std::string> compartments = {"main", "vip"};
  LockOptions lock;
  SecretBytes secret;                       // passphrase or key file; made here for shares
  ApiKeySpec first_key;
};

struct InitResult {
  SecretBytes first_key_text;               // shown once
  std::vector<SecretShare> shares;          // of a shares lock: shown once
};

// `files` were opened with create.  kAlreadyInitialised when the office has a lock: nothing is changed then.
Result<InitResult> InitialiseVault(VaultFiles& files, InitOptions options, const Clock& clock, Random& random);

}  // namespace strongroom
