// The built-in certificate authority: one P-256 key that signs certificates of devices (X.509 v3, RFC 5280), and
// nothing else.  By OpenSSL.
//
// The root is self-signed, may sign end entities alone (path length 0), and only for clients of TLS.  What it issues
// names the device by its random number: a certificate travels where others may look.
#pragma once

#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "crypto/secret.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY
struct x509_st;      // OpenSSL's X509

namespace strongroom {

struct IssuedCertificate {
  Bytes der;
  Digest fingerprint{};  // SHA-256 of `der`
  UnixMillis not_after = 0;
};

// Any thread.
class CertificateAuthority {
 public:
  static constexpr int64_t kRootDays = 3650;
  static constexpr int64_t kLeastDays = 90;
  static constexpr int64_t kMostDays = 365;

  static Result<CertificateAuthority> Create(Random& random, UnixMillis now);
  // What private_key() and certificate() gave.  kDataCorrupt when they are none, or do not belong together.
  static Result<CertificateAuthority> Open(const SecretBytes& private_key, ByteView certificate);

  SecretBytes private_key() const;                           // DER
  const Bytes& certificate() const { return certificate_; }  // DER

  // `public_key`: SubjectPublicKeyInfo, of certificate_request.h.  `device`: 1 to 64 letters, digits and '-'.  Never
  // beyond the root's own end.  kInvalidArgument for days out of range and for a key that is none.
  Result<IssuedCertificate> Issue(ByteView public_key, std::string_view device, UnixMillis now, int64_t days,
                                  Random& random) const;

 private:
  struct FreeKey {
    void operator()(evp_pkey_st* key) const;
  };
  struct FreeCertificate {
    void operator()(x509_st* certificate) const;
  };
  CertificateAuthority() = default;
  std::unique_ptr<evp_pkey_st, FreeKey> key_;
  std::unique_ptr<x509_st, FreeCertificate> root_;
  Bytes certificate_;
};

// "-----BEGIN CERTIFICATE-----..."
std::string CertificatePem(ByteView der);
// Of a certificate: its SubjectPublicKeyInfo, DER.  kDataCorrupt.
Result<Bytes> PublicKeyOfCertificate(ByteView der);

}  // namespace strongroom
