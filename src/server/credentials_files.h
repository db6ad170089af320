// API keys of a development vault, in files only their owner can read: <data_dir>/credentials/<role>.key, and .header
// for curl's -H @file, so that no key is ever an argument.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "access/open_vault.h"
#include "base/status.h"
#include "server/config.h"

namespace strongroom {

std::string CredentialFile(const ServerConfig& config, const std::string& name);  // without the ending
Status WriteCredential(const ServerConfig& config, const std::string& name, const SecretBytes& key_text);
// The principal a credential file stands for.
Result<std::shared_ptr<const Principal>> SignInFromFile(const ServerConfig& config, OpenVault& vault,
                                                        const std::string& name);
// Makes the credential with these roles, unless its file is there and still opens.
Status EnsureCredential(const ServerConfig& config, OpenVault& vault, const Caller& administrator,
                        const std::string& name, ApiKeySpec spec);

}  // namespace strongroom
