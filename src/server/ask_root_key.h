// Opening a vault that no server runs, for the commands that work on its stores.
#pragma once

#include <string>

#include "cli/session.h"
#include "crypto/secret.h"
#include "server/config.h"
#include "store/store.h"

namespace strongroom {

// The root key, behind whatever the lock asks for: a development key or a token in reach is taken without a question; a
// passphrase, PIN or shares are read from `file` (a share a line) or, without one, asked for at the terminal.
// kUnlockFailed, kFileUnreadable, kNotInitialised.
Result<SecretBytes> AskRootKey(Session& session, const ServerConfig& config, const std::string& file,
                               const Store& office_keys);

}  // namespace strongroom
