// A device's own side, and an authority that nobody trusts, for tests of layers that see no keys.
#pragma once

#include <string>

#include "crypto/certificate_authority.h"
#include "crypto/certificate_request.h"
#include "crypto/device_key.h"
#include "crypto/random.h"

namespace strongroom {

struct TestDevice {
  DeviceKey key = *DeviceKey::Generate();

  std::string Request() const { return *key.RequestPem(); }
  std::string KeyPem() const { return std::string(ExposeSecret(key.Pem())); }
  Bytes Sign(ByteView message) const { return *key.Sign(message); }
  // For this device's key, by an authority that was made a moment ago.
  std::string CertificateOfAStranger(UnixMillis now) const {
    SystemRandom random;
    const CertificateAuthority stranger = *CertificateAuthority::Create(random, now);
    return CertificatePem(stranger.Issue(*PublicKeyOfRequest(Request()), "d1", now, 90, random)->der);
  }
};

}  // namespace strongroom
