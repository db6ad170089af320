#include "crypto/certificate_request.h"

#include <openssl/obj_mac.h>
#include <openssl/objects.h>

#include "crypto/internal/x509.h"
#include "crypto/public_key.h"

namespace strongroom {
namespace {

using internal::RequestPtr;

Status Refused(const char* message) {
  ERR_clear_error();
  return Status(Reason::kInvalidArgument, message);
}

Result<Bytes> DerOfRequest(ByteView pem) {
  Result<Bytes> der = internal::PemBlock(pem, "CERTIFICATE REQUEST", kMaxCertificateRequestBytes);
  if (der.ok()) return der;
  der = internal::PemBlock(pem, "NEW CERTIFICATE REQUEST", kMaxCertificateRequestBytes);
  if (der.ok()) return der;
  return Refused("send a certificate request in PEM form: -----BEGIN CERTIFICATE REQUEST-----");
}

// MD5 and SHA-1 no longer show who signed.  Ed25519 brings its own hash, and is no key for a device here.
bool HasStrongHash(const X509_REQ* request) {
  int hash = NID_undef;
  int key = NID_undef;
  if (OBJ_find_sigid_algs(X509_REQ_get_signature_nid(request), &hash, &key) != 1) return false;
  return hash == NID_sha256 || hash == NID_sha384 || hash == NID_sha512;
}

}  // namespace

Result<Bytes> PublicKeyOfRequest(ByteView pem) {
  ASSIGN_OR_RETURN(const Bytes der, DerOfRequest(pem));
  const unsigned char* at = AsU8(der);
  const RequestPtr request(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));  // NOLINT(google-runtime-int)
  if (request == nullptr || at != AsU8(der) + der.size()) return Refused("the certificate request is malformed");
  X509_PUBKEY* const key = X509_REQ_get_X509_PUBKEY(request.get());
  if (key == nullptr) return Refused("the certificate request holds no public key");
  Bytes info = internal::Written<const X509_PUBKEY*>(i2d_X509_PUBKEY, key);
  // First the key: a strange one could make checking the signature expensive.
  RETURN_IF_ERROR(PublicKey::FromSubjectPublicKeyInfo(info).status());
  EVP_PKEY* const opened = X509_REQ_get0_pubkey(request.get());
  if (opened == nullptr || !HasStrongHash(request.get()) || X509_REQ_verify(request.get(), opened) != 1) {
    return Refused("the certificate request is not signed by its own key with SHA-256 or better");
  }
  ERR_clear_error();
  return info;
}

}  // namespace strongroom
