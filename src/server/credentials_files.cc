#include "server/credentials_files.h"

#include <filesystem>
#include <utility>

#include "cli/session.h"
#include "server/running_server.h"

namespace strongroom {

std::string CredentialFile(const ServerConfig& config, const std::string& name) {
  return config.data_dir + "/credentials/" + name;
}

Status WriteCredential(const ServerConfig& config, const std::string& name, const SecretBytes& key_text) {
  std::error_code error;
  std::filesystem::create_directories(config.data_dir + "/credentials", error);
  if (error) return Status(Reason::kFileUnreadable, "cannot make the directory of credentials: " + error.message());
  Bytes key(ExposeSecret(key_text));
  key += "\n";
  const Status key_written = WriteWholeFile(CredentialFile(config, name) + ".key", key);
  Bytes header = "Authorization: Bearer " + key;
  const Status header_written = WriteWholeFile(CredentialFile(config, name) + ".header", header);
  WipeString(key);
  WipeString(header);
  return key_written.ok() ? header_written : key_written;
}

Result<std::shared_ptr<const Principal>> SignInFromFile(const ServerConfig& config, OpenVault& vault,
                                                        const std::string& name) {
  ASSIGN_OR_RETURN(Bytes key, ReadWholeFile(CredentialFile(config, name) + ".key", 1024));
  while (!key.empty() && key.back() == '\n') key.pop_back();
  auto principal = vault.api_keys().Authenticate(key, IpAddress::Loopback());
  WipeString(key);
  return principal;
}

Status EnsureCredential(const ServerConfig& config, OpenVault& vault, const Caller& administrator,
                        const std::string& name, ApiKeySpec spec) {
  if (SignInFromFile(config, vault, name).ok()) return Status::Ok();
  Result<NewApiKey> made = vault.api_keys().Create(administrator, std::move(spec)).Wait();
  if (!made.ok()) return made.status();
  return WriteCredential(config, name, made->key_text);
}

}  // namespace strongroom
