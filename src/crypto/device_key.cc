#include "crypto/device_key.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>

#include "crypto/internal/x509.h"
#include "crypto/public_key.h"

namespace strongroom {
namespace {

using internal::BioPtr;
using internal::RequestPtr;
using MdContext = std::unique_ptr<EVP_MD_CTX, internal::FreeWith<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, internal::FreeWith<ECDSA_SIG_free>>;

constexpr int kCoordinateBytes = 32;

Status Failed(const char* what) {
  ERR_clear_error();
  return Status(Reason::kInternal, what);
}

// Nobody is asked for a passphrase: an encrypted key is refused.
int NoPassphrase(char*, int, int, void*) { return -1; }

Bytes FixedWidth(ByteView der) {
  const unsigned char* at = AsU8(der);
  const EcdsaSignature pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));  // NOLINT(google-runtime-int)
  Bytes out(2 * kCoordinateBytes, '\0');
  if (pair == nullptr || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), AsU8(out), kCoordinateBytes) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), AsU8(out) + kCoordinateBytes, kCoordinateBytes) < 0) {
    return {};
  }
  return out;
}

}  // namespace

void DeviceKey::FreeKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<DeviceKey> DeviceKey::Generate() {
  DeviceKey made;
  made.key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  if (made.key_ == nullptr) return Failed("a device's key cannot be made");
  return made;
}

Result<DeviceKey> DeviceKey::FromPem(ByteView pem) {
  const BioPtr text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  DeviceKey read;
  if (text != nullptr) read.key_.reset(PEM_read_bio_PrivateKey(text.get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  if (read.key_ != nullptr && EVP_PKEY_is_a(read.key_.get(), "EC") == 1) {
    const Bytes info = internal::Written<const EVP_PKEY*>(i2d_PUBKEY, read.key_.get());
    const Result<PublicKey> key = PublicKey::FromSubjectPublicKeyInfo(info);
    if (key.ok() && key->algorithm() == SignatureAlgorithm::kEs256) return read;
  }
  return Status(Reason::kInvalidArgument, "the file holds no P-256 private key in PEM form, or an encrypted one");
}

SecretBytes DeviceKey::Pem() const {
  const BioPtr text(BIO_new(BIO_s_secmem()));
  if (text == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(text.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    ERR_clear_error();
    return {};
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);  // NOLINT(google-runtime-int): OpenSSL's type
  return SecretBytes::CopyOf({data, static_cast<size_t>(size)});
}

Result<std::string> DeviceKey::RequestPem() const {
  const RequestPtr request(X509_REQ_new());
  if (request == nullptr || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_pubkey(request.get(), key_.get()) != 1 ||
      X509_REQ_sign(request.get(), key_.get(), EVP_sha256()) <= 0) {
    return Failed("a certificate request cannot be made");
  }
  const Bytes der = internal::Written<const X509_REQ*>(i2d_X509_REQ, request.get());
  if (der.empty()) return Failed("a certificate request cannot be written");
  return internal::PemText(der, "CERTIFICATE REQUEST");
}

Result<Bytes> DeviceKey::Sign(ByteView message) const {
  const MdContext context(EVP_MD_CTX_new());
  size_t size_bytes = 0;
  if (context == nullptr || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size_bytes, AsU8(message), message.size()) != 1) {
    return Failed("the device's key cannot sign");
  }
  Bytes der(size_bytes, '\0');
  if (EVP_DigestSign(context.get(), AsU8(der), &size_bytes, AsU8(message), message.size()) != 1) {
    return Failed("the device's key cannot sign");
  }
  der.resize(size_bytes);
  Bytes signature = FixedWidth(der);
  if (signature.empty()) return Failed("the device's signature has no fixed width");
  return signature;
}

}  // namespace strongroom
