// Making a vault: root key, lock, rings, compartments, the first credential and the first person.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "access/api_keys.h"
#include "access/staff_service.h"
#include "base/clock.h"
#include "crypto/shamir.h"
#include "keys/lock.h"
#include "server/vault_files.h"

namespace strongroom {

struct InitOptions {
  std::vector<std::string> compartments = {"main", "vip"};
  LockOptions lock;
  SecretBytes secret;  // passphrase, key file or PIN; made here for shares
  ApiKeySpec first_key;
  std::vector<std::string> custodians;  // of shares: a name for each, or none
  // Who may sign in first; without a name, nobody until somebody is invited by key.
  StaffInvitation first_administrator;
};

struct InitResult {
  SecretBytes first_key_text;  // shown once
  SecretBytes enrolment_code;  // of the first administrator; shown once
  UnixMillis enrolment_until = 0;
  std::vector<SecretShare> shares;  // of a shares lock: shown once
};

// Somebody who runs the system and sees no personal data.
StaffInvitation FirstAdministrator(const std::string& name);

// `files` were opened with create.  kAlreadyInitialised when the office has a lock: nothing is changed then.
Result<InitResult> InitialiseVault(VaultFiles& files, InitOptions options, const Clock& clock, Random& random);

}  // namespace strongroom
