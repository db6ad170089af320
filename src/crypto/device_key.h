// The device's side: a key that stays on it, the request for its certificate, and what it signs.  P-256, by OpenSSL.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/secret.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace strongroom {

// Any thread.
class DeviceKey {
 public:
  static Result<DeviceKey> Generate();
  // PKCS#8 or SEC 1 PEM of a P-256 key, not encrypted.  kInvalidArgument.
  static Result<DeviceKey> FromPem(ByteView pem);

  SecretBytes Pem() const;  // PKCS#8
  // PKCS#10, signed with SHA-256.  It names nobody: the authority would not listen.
  Result<std::string> RequestPem() const;
  // ECDSA with SHA-256, r and s side by side (JOSE's ES256): 64 bytes.
  Result<Bytes> Sign(ByteView message) const;

 private:
  struct FreeKey {
    void operator()(evp_pkey_st* key) const;
  };
  DeviceKey() = default;
  std::unique_ptr<evp_pkey_st, FreeKey> key_;
};

}  // namespace strongroom
