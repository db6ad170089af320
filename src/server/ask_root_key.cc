#include "server/ask_root_key.h"

#include <utility>
#include <vector>

#include "base/wipe.h"
#include "crypto/shamir.h"
#include "keys/lock.h"
#include "locks/device_process.h"
#include "server/running_server.h"

namespace strongroom {
namespace {

constexpr size_t kMaxShareFileBytes = 64 << 10;

Result<SecretBytes> AskShares(Session& session, const LockInfo& lock, const std::string& file) {
  std::vector<SecretShare> shares;
  if (!file.empty()) {  // a share a line
    ASSIGN_OR_RETURN(std::string text, ReadWholeFile(file, kMaxShareFileBytes));
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      if (end > begin) {
        Result<SecretShare> share = DecodeShare(std::string_view(text).substr(begin, end - begin));
        if (!share.ok()) WipeText(text);
        RETURN_IF_ERROR(share.status());
        shares.push_back(*std::move(share));
      }
      begin = end + 1;
    }
    WipeText(text);
  }
  while (file.empty() && shares.size() < lock.threshold) {
    ASSIGN_OR_RETURN(std::string text, session.Secret({}, "Share " + std::to_string(shares.size() + 1) + " of " +
                                                              std::to_string(lock.threshold)));
    Result<SecretShare> share = DecodeShare(text);
    WipeText(text);
    RETURN_IF_ERROR(share.status());
    shares.push_back(*std::move(share));
  }
  Result<SecretBytes> secret = CombineShares(shares);
  if (!secret.ok()) return Status(Reason::kUnlockFailed, "these shares do not open the lock");
  return secret;
}

}  // namespace

Result<SecretBytes> AskRootKey(Session& session, const ServerConfig& config, const std::string& file,
                               const Store& office_keys) {
  ASSIGN_OR_RETURN(const LockInfo lock, ReadLockInfo(office_keys));
  SecretBytes secret;
  if (lock.kind == LockKind::kDevelopment) {
    ASSIGN_OR_RETURN(secret, ReadDevelopmentKey(config));
  } else if (lock.kind == LockKind::kShares) {
    ASSIGN_OR_RETURN(secret, AskShares(session, lock, file));
  } else if (!lock.unattended) {
    ASSIGN_OR_RETURN(std::string text, session.Secret(file, IsInHardware(lock.kind) ? "PIN" : "Passphrase"));
    secret = SecretBytes::CopyOf(text);
    WipeText(text);
  }
  DeviceProcess device(config.lock);
  return OpenLock(office_keys, secret, &device);
}

}  // namespace strongroom
