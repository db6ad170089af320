// Owners of OpenSSL's certificate objects, and PEM without surprises.  Of crypto/ alone.
#pragma once

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"

namespace strongroom::internal {

template <auto kFree>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, FreeWith<X509_free>>;
using RequestPtr = std::unique_ptr<X509_REQ, FreeWith<X509_REQ_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;
using NamePtr = std::unique_ptr<X509_NAME, FreeWith<X509_NAME_free>>;
using BignumPtr = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;

// The one block of `label` ("CERTIFICATE REQUEST") in `text`, decoded; text before and behind it is not looked at.
// kInvalidArgument when there is none, when it is encrypted or has other headers, and beyond `limit_bytes`.
Result<Bytes> PemBlock(ByteView text, std::string_view label, size_t limit_bytes);
std::string PemText(ByteView der, std::string_view label);

// By DER; null when malformed or when bytes are left over.  OpenSSL's error queue is left empty.
CertificatePtr CertificateFromDer(ByteView der);
Bytes DerOf(const X509* certificate);

// What an OpenSSL function of the form i2d_X(object, unsigned char**) writes; empty when it cannot.
template <typename Object>
Bytes Written(int (*write)(Object, unsigned char**), Object object) {
  unsigned char* made = nullptr;
  const int size_bytes = write(object, &made);
  if (size_bytes <= 0) {
    ERR_clear_error();
    return {};
  }
  Bytes der(reinterpret_cast<const char*>(made), static_cast<size_t>(size_bytes));
  OPENSSL_clear_free(made, static_cast<size_t>(size_bytes));
  return der;
}

}  // namespace strongroom::internal
