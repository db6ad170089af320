#include "http/certificate.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/encoding.h"
#include "base/wipe.h"
#include "policy/principal.h"

namespace strongroom {
namespace {

constexpr int kValidDays = 397;

template <typename T, void (*Free)(T*)>
struct Deleter {
  void operator()(T* object) const { Free(object); }
};
void FreeBio(BIO* bio) { BIO_free_all(bio); }
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY, EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509, X509_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION, X509_EXTENSION_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO, FreeBio>>;

Status Failed(const char* what) {
  ERR_clear_error();
  return Status(Reason::kInternal, std::string("cannot create a certificate: ") + what);
}

// A DNS name, so that nothing of OpenSSL's configuration syntax can hide in it.
bool IsDnsName(const std::string& name) {
  return !name.empty() && name.size() <= 253 && name[0] != '-' && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

Result<std::string> SubjectAltName(const std::vector<std::string>& names) {
  std::string text = "DNS:localhost,IP:127.0.0.1,IP:::1";
  for (const std::string& name : names) {
    if (name == "localhost" || name == "127.0.0.1" || name == "::1") continue;
    if (const auto address = IpAddress::Parse(name)) {
      text += ",IP:" + address->ToString();
    } else if (IsDnsName(name)) {
      text += ",DNS:" + name;
    } else {
      return Status(Reason::kInvalidArgument, "A certificate's names are host names or IP addresses.");
    }
  }
  return text;
}

bool AddExtension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Result<CertificatePtr> MakeCertificate(EVP_PKEY* key, const std::string& alt_names) {
  CertificatePtr certificate(X509_new());
  unsigned char serial[16];
  if (!certificate || RAND_bytes(serial, sizeof serial) != 1) return Failed("serial number");
  serial[0] = static_cast<unsigned char>((serial[0] & 0x7f) | 0x40);  // positive, and of full length
  const std::unique_ptr<BIGNUM, Deleter<BIGNUM, BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
  X509* x509 = certificate.get();
  X509_NAME* name = X509_get_subject_name(x509);
  if (!number || BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509)) == nullptr ||
      X509_set_version(x509, X509_VERSION_3) != 1 || X509_gmtime_adj(X509_getm_notBefore(x509), -60) == nullptr ||
      X509_time_adj_ex(X509_getm_notAfter(x509), kValidDays, -60, nullptr) == nullptr ||
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1,
                                 0) != 1 ||
      X509_set_issuer_name(x509, name) != 1 || X509_set_pubkey(x509, key) != 1) {
    return Failed("fields");
  }
  if (!AddExtension(x509, NID_subject_alt_name, alt_names) ||
      !AddExtension(x509, NID_basic_constraints, "critical,CA:FALSE") ||
      !AddExtension(x509, NID_key_usage, "critical,digitalSignature") ||
      !AddExtension(x509, NID_ext_key_usage, "serverAuth") || !AddExtension(x509, NID_subject_key_identifier, "hash")) {
    return Failed("extensions");
  }
  if (X509_sign(x509, key, EVP_sha256()) == 0) return Failed("signature");
  return certificate;
}

Status WriteNew(const std::string& file, mode_t mode, BIO* content) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(content, &data);  // NOLINT(google-runtime-int): OpenSSL's type
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    const Reason reason = errno == EEXIST ? Reason::kAlreadyInitialised : Reason::kFileUnreadable;
    return Status(reason, "The file " + file + " cannot be created: " + std::strerror(errno) + ".");
  }
  // The umask may only have narrowed the mode; say it exactly.
  const bool written = fchmod(fd, mode) == 0 && write(fd, data, size) == size && fsync(fd) == 0;
  const bool closed = close(fd) == 0;
  if (written && closed) return Status::Ok();
  return Status(Reason::kFileUnreadable, "The file " + file + " cannot be written: " + std::strerror(errno) + ".");
}

}  // namespace

Status CreateSelfSignedCertificate(const std::string& certificate_file, const std::string& key_file,
                                   const std::vector<std::string>& names) {
  ASSIGN_OR_RETURN(const std::string alt_names, SubjectAltName(names));
  const KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  if (!key) return Failed("key");
  ASSIGN_OR_RETURN(CertificatePtr certificate, MakeCertificate(key.get(), alt_names));
  const BioPtr key_text(BIO_new(BIO_s_secmem())), certificate_text(BIO_new(BIO_s_mem()));
  if (!key_text || !certificate_text ||
      PEM_write_bio_PKCS8PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1) {
    return Failed("PEM");
  }
  RETURN_IF_ERROR(WriteNew(key_file, 0600, key_text.get()));
  return WriteNew(certificate_file, 0644, certificate_text.get());
}

Result<std::string> CertificateFingerprint(const std::string& certificate_file) {
  const BioPtr file(BIO_new_file(certificate_file.c_str(), "r"));
  const CertificatePtr certificate(file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr);
  ERR_clear_error();
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest, &size) != 1) {
    return Status(Reason::kFileUnreadable, "The file " + certificate_file + " holds no certificate.");
  }
  return HexEncode({reinterpret_cast<const char*>(digest), size});
}

}  // namespace strongroom
